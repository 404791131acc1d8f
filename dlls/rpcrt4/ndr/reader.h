/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the buffer: what the unmarshalling and the memory size walkers share. Every read ends at
 * the buffer's end; beyond it is RPC_X_BAD_STUB_DATA. */
#ifndef RPCRT4_NDR_READER_H
#define RPCRT4_NDR_READER_H

#include "ndr/walk.h"

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

/* A count or an offset of an array. */
static inline uint32_t wire_count(struct ndr_walk *w)
{
    return wire_value(w, w->rules->count_size);
}

static inline uint32_t wire_pointer_id(struct ndr_walk *w)
{
    return wire_value(w, w->rules->pointer_size);
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

/* The characters that a string gets memory for. */
static inline uint32_t wire_string_room(const struct ndr_type *type, uint32_t max, uint32_t length)
{
    return type->string.conformant && !type->string.sized ? length : max;
}

#endif
