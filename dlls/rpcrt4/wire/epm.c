/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of the endpoint mapper's interface: see epm.h. */
#include "wire/epm.h"

#define FIRST_REFERENT 0x00020000

const struct wire_syntax epm_syntax = {
    {0xe1af8308, 0x5d1f, 0x11c9, {0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa}}, 3, 0};

/* ---- writing ---- */

static void put_tower(struct stub_writer *w, const struct epm_tower *tower)
{
    stub_put_u32(w, tower->length);
    stub_put_u32(w, tower->length);
    stub_put_octets(w, tower->octets, tower->length);
}

static void put_handle(struct stub_writer *w, const struct epm_handle *handle)
{
    stub_put_u32(w, handle->attributes);
    stub_put_uuid(w, &handle->uuid);
}

/* [ptr] parameters: full pointers, which some servers want to be numbered from 1 in the order of
 * their appearance. */
static void put_object_pointer(struct stub_writer *w, const struct wire_uuid *object,
                               uint32_t referent)
{
    stub_put_u32(w, referent);
    stub_put_uuid(w, object);
}

static void put_tower_pointer(struct stub_writer *w, const struct epm_tower *tower,
                              uint32_t referent)
{
    stub_put_u32(w, tower->octets ? referent : 0);
    if (tower->octets)
        put_tower(w, tower);
}

/* A conformant array of ept_entry_t, then what the entries point at. */
static void put_entries(struct stub_writer *w, const struct epm_update *update)
{
    stub_put_u32(w, update->count);
    stub_put_u32(w, update->count);
    for (uint32_t i = 0; i < update->count; i++) {
        stub_put_uuid(w, &update->entries[i].object);
        if (update->layout == EPM_LAYOUT_C706)
            stub_put_u32(w, FIRST_REFERENT + i);
        stub_put_string(w, update->entries[i].annotation);
    }
    for (uint32_t i = 0; i < update->count; i++)
        put_tower(w, &update->entries[i].tower);
}

size_t epm_encode_insert(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct epm_update *update = args;
    struct stub_writer w = {buffer, capacity, 0};

    put_entries(&w, update);
    stub_put_u32(&w, update->replace);
    return w.length;
}

size_t epm_encode_delete(const void *args, uint8_t *buffer, size_t capacity)
{
    struct stub_writer w = {buffer, capacity, 0};

    put_entries(&w, args);
    return w.length;
}

size_t epm_encode_map(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct epm_map_request *request = args;
    struct stub_writer w = {buffer, capacity, 0};

    put_object_pointer(&w, &request->object, 1);
    put_tower_pointer(&w, &request->tower, 2);
    put_handle(&w, &request->handle);
    stub_put_u32(&w, request->max_towers);
    return w.length;
}

size_t epm_encode_lookup(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct epm_lookup_request *request = args;
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, request->inquiry_type);
    put_object_pointer(&w, &request->object, 1);
    stub_put_u32(&w, 2);
    stub_put_if_id(&w, &request->iface);
    stub_put_u32(&w, request->vers_option);
    put_handle(&w, &request->handle);
    stub_put_u32(&w, request->max_entries);
    return w.length;
}

size_t epm_encode_handle_free(const void *args, uint8_t *buffer, size_t capacity)
{
    struct stub_writer w = {buffer, capacity, 0};

    put_handle(&w, args);
    return w.length;
}

size_t epm_encode_mgmt_delete(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct epm_mgmt_delete_request *request = args;
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, request->has_object);
    put_object_pointer(&w, &request->object, 1);
    put_tower_pointer(&w, &request->tower, 2);
    return w.length;
}

/* ---- reading ---- */

static void get_handle(struct stub_reader *r, struct epm_handle *handle)
{
    handle->attributes = stub_get_u32(r);
    stub_get_uuid(r, &handle->uuid);
}

static void get_tower(struct stub_reader *r, struct epm_tower *tower)
{
    uint32_t maximum = stub_get_u32(r);

    tower->length = stub_get_u32(r);
    stub_require(r, tower->length <= maximum);
    tower->octets = stub_take(r, tower->length, 1);
}

bool epm_decode_status(struct stub_reader *r, uint32_t *status)
{
    *status = stub_get_u32(r);
    return !r->failed;
}

bool epm_decode_handle_free(struct stub_reader *r, struct epm_handle *handle, uint32_t *status)
{
    get_handle(r, handle);
    *status = stub_get_u32(r);
    return !r->failed;
}

/* The fixed part of an item: whether it points at a tower and, in a lookup's, the rest of the
 * entry. */
static bool get_map_item(struct stub_reader *r)
{
    return stub_get_u32(r) != 0;
}

static bool get_lookup_item(struct stub_reader *r, struct epm_entry *entry)
{
    bool has_tower;

    stub_get_uuid(r, &entry->object);
    has_tower = stub_get_u32(r) != 0;
    entry->annotation = stub_get_string(r, &entry->annotation_length);
    return has_tower;
}

/* Handle, number of items, the header of a conformant varying array. */
static void get_header(struct stub_reader *r, struct epm_items *items)
{
    uint32_t count, maximum, offset;

    get_handle(r, &items->handle);
    count = stub_get_u32(r);
    maximum = stub_get_u32(r);
    offset = stub_get_u32(r);
    items->count = stub_get_u32(r);
    stub_require(r, !offset && items->count == count && count <= maximum && count <= r->length / 4);
}

static bool skip_item(struct stub_reader *r, bool is_lookup)
{
    struct epm_entry entry;

    return is_lookup ? get_lookup_item(r, &entry) : get_map_item(r);
}

/* Goes over everything once, so that taking the items out cannot fail. */
static bool decode_items(struct stub_reader *r, struct epm_items *items, bool is_lookup)
{
    struct epm_tower tower;
    uint32_t towers = 0;

    get_header(r, items);
    items->fixed = *r;
    for (uint32_t i = 0; !r->failed && i < items->count; i++)
        towers += skip_item(r, is_lookup);
    items->deferred = *r;
    for (uint32_t i = 0; !r->failed && i < towers; i++)
        get_tower(r, &tower);
    items->status = stub_get_u32(r);
    return !r->failed;
}

bool epm_decode_map(struct stub_reader *r, struct epm_items *items)
{
    return decode_items(r, items, false);
}

bool epm_decode_lookup(struct stub_reader *r, struct epm_items *items)
{
    return decode_items(r, items, true);
}

static void take_tower(struct epm_items *items, bool has_tower, struct epm_tower *tower)
{
    items->count--;
    *tower = (struct epm_tower){0};
    if (has_tower)
        get_tower(&items->deferred, tower);
}

bool epm_next_tower(struct epm_items *items, struct epm_tower *tower)
{
    if (!items->count)
        return false;
    take_tower(items, get_map_item(&items->fixed), tower);
    return true;
}

bool epm_next_entry(struct epm_items *items, struct epm_entry *entry)
{
    if (!items->count)
        return false;
    take_tower(items, get_lookup_item(&items->fixed, entry), &entry->tower);
    return true;
}
