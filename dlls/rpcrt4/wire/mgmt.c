/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of the management interface: see mgmt.h. */
#include "wire/mgmt.h"

#define FIRST_REFERENT 0x00020000

const struct wire_syntax mgmt_syntax = {
    {0xafa8bd80, 0x7d8a, 0x11c9, {0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89}}, 1, 0};

/* ---- requests ---- */

size_t mgmt_encode_stats_request(const void *args, uint8_t *buffer, size_t capacity)
{
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, *(const uint32_t *)args);
    return w.length;
}

size_t mgmt_encode_princ_name_request(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct mgmt_princ_name_request *request = args;
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, request->authn_service);
    stub_put_u32(&w, request->room);
    return w.length;
}

bool mgmt_decode_stats_request(struct stub_reader *r, uint32_t *room)
{
    *room = stub_get_u32(r);
    return !r->failed;
}

bool mgmt_decode_princ_name_request(struct stub_reader *r, struct mgmt_princ_name_request *request)
{
    request->authn_service = stub_get_u32(r);
    request->room = stub_get_u32(r);
    return !r->failed;
}

/* ---- responses, written ---- */

/* A pointer to { count, conformant array of pointers to rpc_if_id_t }. */
size_t mgmt_encode_if_ids(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct mgmt_if_ids *reply = args;
    struct stub_writer w = {buffer, capacity, 0};
    uint32_t referent = FIRST_REFERENT;

    if (reply->ids) {
        stub_put_u32(&w, referent++);
        stub_put_u32(&w, reply->count);
        stub_put_u32(&w, reply->count);
        for (uint32_t i = 0; i < reply->count; i++)
            stub_put_u32(&w, referent++);
        for (uint32_t i = 0; i < reply->count; i++)
            stub_put_if_id(&w, &reply->ids[i]);
    } else {
        stub_put_u32(&w, 0);
    }
    stub_put_u32(&w, reply->status);
    return w.length;
}

size_t mgmt_encode_stats(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct mgmt_stats *reply = args;
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, reply->count);
    stub_put_u32(&w, reply->count);
    for (uint32_t i = 0; i < reply->count; i++)
        stub_put_u32(&w, reply->values[i]);
    stub_put_u32(&w, reply->status);
    return w.length;
}

/* [out] status, then the result. */
size_t mgmt_encode_listening(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct mgmt_listening *reply = args;
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, reply->status);
    stub_put_u32(&w, reply->listening);
    return w.length;
}

size_t mgmt_encode_status(const void *args, uint8_t *buffer, size_t capacity)
{
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, *(const uint32_t *)args);
    return w.length;
}

size_t mgmt_encode_princ_name(const void *args, uint8_t *buffer, size_t capacity)
{
    const struct mgmt_princ_name *reply = args;
    struct stub_writer w = {buffer, capacity, 0};

    stub_put_u32(&w, reply->room);
    stub_put_string(&w, reply->name);
    stub_put_u32(&w, reply->status);
    return w.length;
}

/* ---- responses, read ---- */

static void get_ids(struct stub_reader *r, struct wire_syntax *ids, uint32_t room, uint32_t *count)
{
    uint32_t maximum = stub_get_u32(r), slots = stub_get_u32(r);
    const uint8_t *referents;

    stub_require(r, maximum == slots && slots <= r->length / 4);
    referents = stub_take(r, r->failed ? 0 : (size_t)slots * 4, 4);
    for (uint32_t i = 0; !r->failed && i < slots; i++) {
        struct wire_syntax id;

        if (!wire_get_u32(referents + (size_t)i * 4, r->big_endian))
            continue;
        stub_get_if_id(r, &id);
        if (*count < room)
            ids[*count] = id;
        ++*count;
    }
}

bool mgmt_decode_if_ids(struct stub_reader *r, struct wire_syntax *ids, uint32_t room,
                        uint32_t *count, uint32_t *status)
{
    *count = 0;
    if (stub_get_u32(r))
        get_ids(r, ids, room, count);
    *status = stub_get_u32(r);
    return !r->failed;
}

bool mgmt_decode_stats(struct stub_reader *r, struct mgmt_stats *stats)
{
    uint32_t maximum;

    memset(stats, 0, sizeof(*stats));
    stats->count = stub_get_u32(r);
    maximum = stub_get_u32(r);
    stub_require(r, stats->count <= maximum && maximum <= MGMT_STATISTICS);
    for (uint32_t i = 0; !r->failed && i < maximum; i++)
        stats->values[i] = stub_get_u32(r);
    stats->status = stub_get_u32(r);
    return !r->failed;
}

bool mgmt_decode_listening(struct stub_reader *r, struct mgmt_listening *listening)
{
    listening->status = stub_get_u32(r);
    listening->listening = stub_get_u32(r) != 0;
    return !r->failed;
}

bool mgmt_decode_status(struct stub_reader *r, uint32_t *status)
{
    *status = stub_get_u32(r);
    return !r->failed;
}

bool mgmt_decode_princ_name(struct stub_reader *r, const char **name, size_t *length,
                            uint32_t *status)
{
    uint32_t maximum = stub_get_u32(r);

    *name = stub_get_string(r, length);
    stub_require(r, *length < maximum);
    *status = stub_get_u32(r);
    return !r->failed;
}
