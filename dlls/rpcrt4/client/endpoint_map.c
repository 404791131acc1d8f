/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing endpoint maps: see endpoint_map.h. */
#include "client/endpoint_map.h"
#include "client/binding_tower.h"
#include "client/mapper.h"
#include "platform/memory.h"

#define MAX_ENTRIES 65535
#define TOWERS_AT_ONCE 64

/* ---- lists of entries ---- */

struct entry_list {
    struct epm_tower *towers; /* one for each binding in each transfer syntax */
    unsigned tower_count;
    struct epm_entry *entries; /* each tower with each object */
    unsigned count;
};

static void free_list(struct entry_list *list)
{
    while (list->tower_count)
        tower_free(&list->towers[--list->tower_count]);
    rpc_free(list->towers);
    rpc_free(list->entries);
}

static RPC_STATUS make_towers(const struct endpoint_map_entries *from, struct entry_list *list)
{
    RPC_STATUS status = RPC_S_OK;

    for (unsigned i = 0; !status && i < from->binding_count * from->syntax_count; i++) {
        const struct interface_syntax *syntax = &from->syntaxes[i % from->syntax_count];

        status = tower_of_binding(from->bindings[i / from->syntax_count], true, &from->iface,
                                  wire_syntax_of(syntax->id), &list->towers[i]);
        if (!status)
            list->tower_count++;
    }
    return status;
}

static void cross(const struct endpoint_map_entries *from, struct entry_list *list)
{
    for (unsigned t = 0; t < list->tower_count; t++) {
        for (unsigned o = 0; o < from->object_count; o++) {
            struct epm_entry *entry = &list->entries[list->count++];

            memcpy(&entry->object, &from->objects[o], sizeof(entry->object));
            entry->tower = list->towers[t];
            entry->annotation = from->annotation;
        }
    }
}

/* On success the list is for free_list(). */
static RPC_STATUS make_list(const struct endpoint_map_entries *from, struct entry_list *list)
{
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;
    size_t towers;

    memset(list, 0, sizeof(*list));
    if (from->object_count > MAX_ENTRIES / from->syntax_count / from->binding_count)
        return RPC_S_OUT_OF_RESOURCES;
    towers = (size_t)from->binding_count * from->syntax_count;
    list->towers = rpc_alloc(towers * sizeof(*list->towers));
    list->entries = rpc_alloc_zero(towers * from->object_count * sizeof(*list->entries));
    if (list->towers && list->entries)
        status = make_towers(from, list);
    if (status)
        free_list(list);
    else
        cross(from, list);
    return status;
}

/* ---- calls ---- */

static RPC_STATUS call_for_status(const struct mapper *mapper, unsigned opnum,
                                  stub_encode_fn encode, const void *args)
{
    struct own_reply reply;
    uint32_t answer;
    RPC_STATUS status = mapper_call(mapper, opnum, encode, args, &reply);

    if (status)
        return status;
    status = epm_decode_status(&reply.data, &answer) ? mapper_status(answer) : RPC_X_BAD_STUB_DATA;
    own_reply_free(&reply);
    return status;
}

/* ept_insert or ept_delete, in the layout that the mapper understands: see enum epm_layout. */
static RPC_STATUS call_update(const struct mapper *mapper, unsigned opnum, stub_encode_fn encode,
                              struct epm_update *update)
{
    RPC_STATUS status = call_for_status(mapper, opnum, encode, update);

    if (status != RPC_X_BAD_STUB_DATA || update->layout == EPM_LAYOUT_C706)
        return status;
    update->layout = EPM_LAYOUT_C706;
    return call_for_status(mapper, opnum, encode, update);
}

static bool is_same_endpoint(const struct epm_tower *a, const struct epm_tower *b)
{
    struct tower first, second;

    return a->octets && tower_decode(a->octets, a->length, &first) == TOWER_OK &&
           tower_decode(b->octets, b->length, &second) == TOWER_OK &&
           first.protseq == second.protseq && !strcmp(first.endpoint, second.endpoint);
}

/* Is the entry's endpoint among those that the mapper gives for its interface and object? */
static bool lists(struct stub_reader *r, const struct epm_entry *entry)
{
    struct epm_tower tower;
    struct epm_items items;

    if (!epm_decode_map(r, &items))
        return false;
    if (items.count == TOWERS_AT_ONCE)
        return true; /* or beyond them */
    while (epm_next_tower(&items, &tower)) {
        if (is_same_endpoint(&tower, &entry->tower))
            return true;
    }
    return false;
}

/* Wine's mapper deletes an entry although its endpoint is another's, so that a server that is no
 * longer registered would take away the one that has replaced it. Therefore the mapper is asked
 * first. */
static RPC_STATUS delete_entry(const struct mapper *mapper, const struct epm_entry *entry)
{
    const struct epm_map_request request = {
        .object = entry->object, .tower = entry->tower, .max_towers = TOWERS_AT_ONCE};
    struct epm_update update = {entry, 1, false, EPM_LAYOUT_WINE};
    struct own_reply reply;
    RPC_STATUS status = mapper_call(mapper, EPM_MAP, epm_encode_map, &request, &reply);
    bool listed;

    if (status)
        return status;
    listed = lists(&reply.data, entry);
    own_reply_free(&reply);
    if (!listed)
        return EPT_S_NOT_REGISTERED;
    return call_update(mapper, EPM_DELETE, epm_encode_delete, &update);
}

static RPC_STATUS delete_each(const struct mapper *mapper, const struct entry_list *list)
{
    RPC_STATUS status = RPC_S_OK;
    bool any = false;

    for (unsigned i = 0; i < list->count; i++) {
        status = delete_entry(mapper, &list->entries[i]);
        any = any || !status;
        if (status && status != EPT_S_NOT_REGISTERED)
            return status;
    }
    return any ? RPC_S_OK : status;
}

static RPC_STATUS insert(const struct mapper *mapper, const struct entry_list *list, bool replace)
{
    struct epm_update update = {list->entries, list->count, replace, EPM_LAYOUT_WINE};

    return call_update(mapper, EPM_INSERT, epm_encode_insert, &update);
}

static RPC_STATUS insert_beside(const struct mapper *mapper, const struct entry_list *list)
{
    return insert(mapper, list, false);
}

static RPC_STATUS insert_instead(const struct mapper *mapper, const struct entry_list *list)
{
    return insert(mapper, list, true);
}

/* Does it to this machine's map. */
static RPC_STATUS change_map(const struct endpoint_map_entries *entries,
                             RPC_STATUS (*change)(const struct mapper *mapper,
                                                  const struct entry_list *list))
{
    struct entry_list list;
    struct mapper mapper;
    RPC_STATUS status = make_list(entries, &list);

    if (status)
        return status;
    status = mapper_open(NULL, &mapper);
    if (!status) {
        status = change(&mapper, &list);
        mapper_close(&mapper);
    }
    free_list(&list);
    return status;
}

RPC_STATUS endpoint_map_insert(const struct endpoint_map_entries *entries, bool replace)
{
    return change_map(entries, replace ? insert_instead : insert_beside);
}

RPC_STATUS endpoint_map_delete(const struct endpoint_map_entries *entries)
{
    return change_map(entries, delete_each);
}

static RPC_STATUS remove_in_syntax(const struct mapper *mapper, const struct wire_syntax *iface,
                                   const struct wire_syntax *transfer, struct binding *element,
                                   const UUID *object)
{
    struct epm_mgmt_delete_request request = {.has_object = object != NULL};
    RPC_STATUS status = tower_of_binding(element, false, iface, transfer, &request.tower);

    if (status)
        return status;
    if (object)
        memcpy(&request.object, object, sizeof(request.object));
    status = call_for_status(mapper, EPM_MGMT_DELETE, epm_encode_mgmt_delete, &request);
    tower_free(&request.tower);
    return status;
}

RPC_STATUS endpoint_map_remove(struct binding *where, const struct wire_syntax *iface,
                               struct binding *element, const UUID *object)
{
    struct mapper mapper;
    RPC_STATUS status = mapper_open(where, &mapper), second = RPC_S_OK;

    if (status)
        return status;
    status = remove_in_syntax(&mapper, iface, &wire_syntax_ndr20, element, object);
    if (!status || status == EPT_S_NOT_REGISTERED)
        second = remove_in_syntax(&mapper, iface, &wire_syntax_ndr64, element, object);
    mapper_close(&mapper);
    return status == EPT_S_NOT_REGISTERED ? second : status;
}
