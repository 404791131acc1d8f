/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two sources of the unmarshalling walker share: objects (in.c), and pointers with the
 * memory of what they point at (in_pointer.c). */
#ifndef RPCRT4_NDR_IN_H
#define RPCRT4_NDR_IN_H

#include "ndr/reader.h"

/* Unmarshals an object into memory that it has. Counts in front of it have been read: they are in
 * w->hoisted. */
void in_object(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory);
/* Calls a hook's routine for an object, or for the referent of a hook that is a pointer. */
void in_hook(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory);
/* Unmarshals a construct with its counts. Its memory is `existing`; else, if `point`, the buffer
 * itself where that is possible; else new memory. Returns the memory. */
unsigned char *in_construct(struct ndr_walk *w, const struct ndr_type *type,
                            unsigned char *existing, bool point);
/* An embedded pointer: takes note of it, and clears it. */
void in_defer(struct ndr_walk *w, const struct ndr_type *type, unsigned char *cell,
              unsigned char *base, uint32_t id);
/* Referents, until the stack is at `level` again. */
void in_referents(struct ndr_walk *w, uint32_t level);
/* The same of quick runs (walk.h), from the one on top of the stack on, until the stack is at `level`
 * or something else is on its top. Only where nothing is foreign. */
void in_runs(struct ndr_walk *w, uint32_t level);
/* Pushes the run of a quick layout's object that stays in the buffer. */
void in_run_in_place(struct ndr_walk *w, const struct ndr_layout *layout, unsigned char *memory);
/* A pointer whose id has been read, if it has one. What its referent holds goes to the stack. */
void in_pointer(struct ndr_walk *w, struct ndr_deferred *p);
/* One part of a layout; position and bounds are the whole layout's. */
void in_part(struct ndr_walk *w, const struct ndr_part *part, unsigned char *memory,
             unsigned char *wire);
/* A parameter that is a pointer. */
void in_top_pointer(struct ndr_walk *w, const struct ndr_type *type, unsigned char **memory);
unsigned char *in_allocate(struct ndr_walk *w, const struct ndr_type *type, uint64_t size);

/* The memory that a pointer's referent will need, with everything that it leads to; the position is
 * kept (scan.c). */
uint64_t scan_referent_size(struct ndr_walk *w, const struct ndr_type *pointee);

/* What is no pointer of an object that has a layout; its bounds have been checked. */
static inline void in_parts(struct ndr_walk *w, const struct ndr_layout *layout,
                            unsigned char *memory, unsigned char *wire)
{
    const struct ndr_part *part = layout->parts, *end = part + layout->part_count;

    for (; part != end; part++) {
        if (part->kind == NDR_KIND_BASE && !w->foreign)
            walk_copy(memory + part->memory, wire + part->wire, part->size);
        else
            in_part(w, part, memory, wire);
    }
}

#endif
