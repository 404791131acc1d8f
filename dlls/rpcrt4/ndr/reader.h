/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the buffer: what the unmarshalling and the memory size walkers share. Every read ends at
 * the buffer's end; beyond it is RPC_X_BAD_STUB_DATA. */
#ifndef RPCRT4_NDR_READER_H
#define RPCRT4_NDR_READER_H

#include "ndr/walk.h"

/* Begins a walk of the buffer from msg->Buffer to msg->BufferEnd. */
void wire_begin(struct ndr_walk *w, struct ndr_message *msg);

/* The next `size` bytes, behind the alignment gap. */
static inline unsigned char *wire_take(struct ndr_walk *w, size_t alignment, size_t size)
{
    uintptr_t start = walk_align(w->pos, alignment);

    if (start < w->pos || start > w->end || size > w->end - start)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    w->pos = start + size;
    return (unsigned char *)start;
}

static inline size_t wire_left(const struct ndr_walk *w)
{
    return w->end - w->pos;
}

/* A value of 1, 2 or 4 bytes, in the machine's byte order; while converting, the buffer gets it in
 * that order too. */
static inline uint32_t wire_unsigned(struct ndr_walk *w, unsigned char *wire, size_t size)
{
    uint16_t u16;
    uint32_t u32;

    if (size == 1)
        return *wire;
    if (size == 2) {
        memcpy(&u16, wire, 2);
        u16 = w->swap ? __builtin_bswap16(u16) : u16;
        if (w->converting)
            memcpy(wire, &u16, 2);
        return u16;
    }
    memcpy(&u32, wire, 4);
    u32 = w->swap ? __builtin_bswap32(u32) : u32;
    if (w->converting)
        memcpy(wire, &u32, 4);
    return u32;
}

static inline uint32_t wire_value(struct ndr_walk *w, size_t size)
{
    return wire_unsigned(w, wire_take(w, size, size), size);
}

static inline uint32_t wire_count_at(struct ndr_walk *w, unsigned char *wire)
{
    uint64_t count;

    if (w->rules->count_size == sizeof(uint32_t))
        return wire_unsigned(w, wire, sizeof(uint32_t));
    memcpy(&count, wire, sizeof(count));
    if (count > UINT32_MAX)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    return (uint32_t)count;
}

/* Counts or offsets of an array, one behind the other. NDR64 has them in 64 bits; no array has more
 * than 32. */
static inline void wire_counts(struct ndr_walk *w, uint32_t *counts, unsigned int count)
{
    uint8_t size = w->rules->count_size;
    unsigned char *wire = wire_take(w, size, (size_t)count * size);
    unsigned int i;

    for (i = 0; i < count; i++)
        counts[i] = wire_count_at(w, wire + i * size);
}

static inline uint32_t wire_count(struct ndr_walk *w)
{
    uint32_t count;

    wire_counts(w, &count, 1);
    return count;
}

/* What ids beyond 32 bits become: enough for pointers that are only null or not. */
#define NDR_WIDE_ID UINT32_MAX

static inline uint32_t wire_id_at(struct ndr_walk *w, unsigned char *wire)
{
    uint64_t id;

    if (w->rules->pointer_size == sizeof(uint32_t))
        return wire_unsigned(w, wire, sizeof(uint32_t));
    memcpy(&id, wire, sizeof(id));
    return id > UINT32_MAX ? NDR_WIDE_ID : (uint32_t)id;
}

/* A full pointer's id is more than null or not. */
static inline void check_full_id(struct ndr_walk *w, uint32_t id)
{
    if (id == NDR_WIDE_ID && w->rules->pointer_size > sizeof(id))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
}

static inline uint32_t wire_pointer_id(struct ndr_walk *w)
{
    return wire_id_at(w, wire_take(w, w->rules->pointer_size, w->rules->pointer_size));
}

/* A union's discriminant, extended as its type asks. */
uint32_t wire_tag(struct ndr_walk *w, const struct ndr_type *discriminant);
/* The maximum counts that precede a conformant type. */
void wire_conformance(struct ndr_walk *w, const struct ndr_type *type, struct ndr_dimensions *dims);
/* The room of a string that is no part of an array or structure. If nothing but what is sent says
 * how large it is, the room is not believed: such a string is as large as its characters. */
void wire_string_conformance(struct ndr_walk *w, const struct ndr_type *type,
                             struct ndr_dimensions *dims);
/* Offsets and actual counts of an array; where the type has none, all elements. */
void wire_variance(struct ndr_walk *w, const struct ndr_type *type, struct ndr_dimensions *dims);
/* The characters of a string of room for `max`; *length has the number of them, terminator
 * included. */
unsigned char *wire_string(struct ndr_walk *w, const struct ndr_type *type, uint32_t max,
                           uint32_t *length);

static inline bool wire_is_terminator(const unsigned char *character, uint8_t unit)
{
    static const unsigned char terminator[256];

    return unit == 1 ? !*character
         : unit == 2 ? !(character[0] | character[1])
                     : !memcmp(character, terminator, unit);
}

/* The characters behind a string's counts. */
static inline unsigned char *wire_characters(struct ndr_walk *w, const struct ndr_type *type,
                                             uint32_t offset, uint32_t length, uint32_t max)
{
    uint8_t unit = type->string.unit;
    uint64_t size = (uint64_t)length * unit;
    unsigned char *string;

    if (offset || !length || length > max || size > wire_left(w))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    string = wire_take(w, type->wire_align, (size_t)size);
    if (!wire_is_terminator(string + size - unit, unit))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    return string;
}

/* A conformant string that is not sized, and no part of anything. */
static inline unsigned char *wire_text(struct ndr_walk *w, const struct ndr_type *type,
                                       uint32_t *length)
{
    uint32_t counts[3]; /* maximum, offset, actual count */

    wire_counts(w, counts, 3);
    *length = counts[2];
    return wire_characters(w, type, counts[1], counts[2], counts[0]);
}

/* The characters that a string gets memory for. */
static inline uint32_t wire_string_room(const struct ndr_type *type, uint32_t max, uint32_t length)
{
    return type->string.conformant && !type->string.sized ? length : max;
}

#endif
