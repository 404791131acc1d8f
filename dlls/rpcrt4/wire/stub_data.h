/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data (NDR 2.0, C706 chapter 14) of the interfaces that the runtime itself serves and calls:
 * management and endpoint mapper. They are a dozen procedures of plain integers, and the runtime
 * must be able to make these calls in the middle of any other, from any thread, without the pieces
 * that belong to programs: MIDL_user_allocate, the RpcSs memory environment, exceptions, stub
 * hooks. Written out by hand they need none of that, are the same on every architecture, and can be
 * tested and fuzzed outside Windows. */
#ifndef RPCRT4_WIRE_STUB_DATA_H
#define RPCRT4_WIRE_STUB_DATA_H

#include <string.h>

#include "wire/types.h"

/* ---- writing: little-endian; counts everything, writes what fits ---- */

struct stub_writer {
    uint8_t *buffer; /* NULL with capacity 0: only to count */
    size_t capacity;
    size_t length;
};

/* What encodes the arguments of a request, or the results of a response, that `args` points at.
 * Returns the length; with a NULL buffer, the length that is needed. */
typedef size_t (*stub_encode_fn)(const void *args, uint8_t *buffer, size_t capacity);

static inline void stub_put_octets(struct stub_writer *w, const void *octets, size_t length)
{
    if (w->length <= w->capacity && length <= w->capacity - w->length && length)
        memcpy(w->buffer + w->length, octets, length);
    w->length += length;
}

static inline void stub_align(struct stub_writer *w, size_t alignment)
{
    static const uint8_t zero[8];

    stub_put_octets(w, zero, -w->length & (alignment - 1));
}

static inline void stub_put_u32(struct stub_writer *w, uint32_t value)
{
    uint8_t octets[4];

    stub_align(w, 4);
    wire_put_u32(octets, value, false);
    stub_put_octets(w, octets, sizeof(octets));
}

static inline void stub_put_uuid(struct stub_writer *w, const struct wire_uuid *uuid)
{
    uint8_t octets[16];

    stub_align(w, 4);
    wire_put_uuid(octets, uuid, false);
    stub_put_octets(w, octets, sizeof(octets));
}

/* rpc_if_id_t: the same as a p_syntax_id_t in little-endian order. */
static inline void stub_put_if_id(struct stub_writer *w, const struct wire_syntax *id)
{
    uint8_t octets[WIRE_SYNTAX_LENGTH];

    stub_align(w, 4);
    wire_put_syntax(octets, id, false);
    stub_put_octets(w, octets, sizeof(octets));
}

/* A varying string of one-octet characters, with its terminator. */
static inline void stub_put_string(struct stub_writer *w, const char *s)
{
    size_t count = strlen(s) + 1;

    stub_put_u32(w, 0);
    stub_put_u32(w, (uint32_t)count);
    stub_put_octets(w, s, count);
}

/* ---- reading: either byte order; what is not there reads as 0 and sets `failed` ---- */

struct stub_reader {
    const uint8_t *data;
    size_t length;
    size_t at;
    bool big_endian;
    bool failed;
};

/* `size` octets behind the alignment gap; NULL if they are not there. */
static inline const uint8_t *stub_take(struct stub_reader *r, size_t size, size_t alignment)
{
    size_t at = (r->at + alignment - 1) & ~(alignment - 1);

    if (r->failed || at > r->length || size > r->length - at) {
        r->failed = true;
        return NULL;
    }
    r->at = at + size;
    return r->data + at;
}

static inline void stub_require(struct stub_reader *r, bool condition)
{
    if (!condition)
        r->failed = true;
}

static inline uint16_t stub_get_u16(struct stub_reader *r)
{
    const uint8_t *p = stub_take(r, 2, 2);

    return p ? wire_get_u16(p, r->big_endian) : 0;
}

static inline uint32_t stub_get_u32(struct stub_reader *r)
{
    const uint8_t *p = stub_take(r, 4, 4);

    return p ? wire_get_u32(p, r->big_endian) : 0;
}

static inline void stub_get_uuid(struct stub_reader *r, struct wire_uuid *uuid)
{
    const uint8_t *p = stub_take(r, 16, 4);

    *uuid = wire_nil_uuid;
    if (p)
        wire_get_uuid(p, r->big_endian, uuid);
}

static inline void stub_get_if_id(struct stub_reader *r, struct wire_syntax *id)
{
    stub_get_uuid(r, &id->uuid);
    id->major = stub_get_u16(r);
    id->minor = stub_get_u16(r);
}

/* A varying string: its characters, `*length` of them before the terminator; NULL if it is none. */
static inline const char *stub_get_string(struct stub_reader *r, size_t *length)
{
    uint32_t offset = stub_get_u32(r), count = stub_get_u32(r);
    const uint8_t *text = stub_take(r, count, 1);

    *length = 0;
    stub_require(r, !offset && text && count && memchr(text, 0, count) == text + count - 1);
    if (r->failed)
        return NULL;
    *length = count - 1;
    return (const char *)text;
}

#endif
