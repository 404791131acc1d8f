/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two sources of the outgoing walker share: everything (out.c), and the pointers that most
 * of the work is about (out_run.c). `sizing` is w->sizing: callers that know it before say so. */
#ifndef RPCRT4_NDR_OUT_H
#define RPCRT4_NDR_OUT_H

#include "ndr/walk.h"

/* What Windows writes for the first non-full pointer of a call; the next ones follow in steps of
 * four. */
#define FIRST_REFERENT_ID 0x20000u
/* No buffer is larger than this. */
#define MAX_BUFFER 0x7fffffffu

void out_object(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory);
/* A conformant string that is not sized, and no part of anything. */
void out_text(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory);
/* The referents of quick runs (walk.h), from the one on top of the stack on, until the stack is at
 * `level` or something else is on its top. */
void out_runs(struct ndr_walk *w, uint32_t level);

/* The next `size` bytes of the buffer, NULL while sizing. Alignment gaps are zeroed: they would
 * carry old memory. */
static inline unsigned char *out_reserve_if(struct ndr_walk *w, bool sizing, size_t alignment,
                                            size_t size)
{
    uintptr_t start = walk_align(w->pos, alignment);

    if (start < w->pos || start > w->end || size > w->end - start)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    if (sizing) {
        w->pos = start + size;
        return NULL;
    }
    for (; w->pos < start; w->pos++)
        *(unsigned char *)w->pos = 0;
    w->pos = start + size;
    return (unsigned char *)start;
}

static inline unsigned char *out_reserve(struct ndr_walk *w, size_t alignment, size_t size)
{
    return out_reserve_if(w, w->sizing, alignment, size);
}

/* A count or a referent id, which is as wide as `size` says. */
static inline void put_number(unsigned char *wire, uint32_t number, size_t size)
{
    uint64_t wide = number; /* little-endian: the first bytes are the narrow one's */

    if (size == sizeof(wide))
        memcpy(wire, &wide, sizeof(wide));
    else
        memcpy(wire, &number, sizeof(number));
}

static inline uint32_t next_unique_id(struct ndr_walk *w)
{
    return FIRST_REFERENT_ID + 4u * w->msg->UniquePtrCount++;
}

/* One part of a layout; position and bounds are the whole layout's. */
static inline void out_part(struct ndr_walk *w, const struct ndr_part *part,
                            const unsigned char *memory, unsigned char *wire)
{
    uint32_t value;

    switch (part->kind) {
    case NDR_KIND_ENUM16:
        memcpy(&value, memory + part->memory, sizeof(value));
        if (value > INT16_MAX)
            walk_fail(w, NDR_STATUS_ENUM_VALUE_OUT_OF_RANGE);
        memcpy(wire + part->wire, &value, 2); /* little-endian */
        break;
    case NDR_KIND_INT3264:
        memcpy(wire + part->wire, memory + part->memory, 4);
        break;
    default:
        walk_copy(wire + part->wire, memory + part->memory, part->size);
        break;
    }
}

static inline void out_parts(struct ndr_walk *w, const struct ndr_layout *layout,
                             const unsigned char *memory, unsigned char *wire)
{
    const struct ndr_part *part = layout->parts, *end = part + layout->part_count;

    for (; part != end; part++)
        out_part(w, part, memory, wire);
}

#endif
