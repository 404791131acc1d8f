/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The incoming walker: quick runs. This is where lists, trees and arrays of structures with strings
 * spend their time. */
#include "ndr/in.h"
#include "ndr/run.h"

/* The characters of a string that is only as large as they say: where they are in the buffer, or in
 * new memory if the buffer is not the object's owner's. */
static inline unsigned char *new_text(struct ndr_walk *w, const struct ndr_type *type)
{
    unsigned char *memory, *wire;
    uint32_t length;

    wire = wire_text(w, type, &length);
    if (!w->client)
        return wire;
    memory = in_allocate(w, type, (uint64_t)length * type->string.unit);
    walk_copy(memory, wire, (size_t)length * type->string.unit);
    return memory;
}

/* Whose pointers have ids. From then on no id can be taken for a pointer, if the object is still in
 * the buffer; the client's old pointers stay. */
NDR_ALWAYS_INLINE uint32_t begin_unmarshalling(struct ndr_walk *w, const struct ndr_quick_run *run)
{
    const struct ndr_pointer_place *place = run->layout->pointers;
    uint32_t i, count = run->layout->pointer_count, pending = 0;

    for (i = 0; i < count; i++, place++) {
        bool null = !wire_id_at(w, run->wire + place->wire);

        if (!null)
            pending |= 1u << i;
        if (null || !w->client)
            store_pointer(run->memory + place->memory, NULL);
    }
    return pending;
}

void in_run_in_place(struct ndr_walk *w, const struct ndr_layout *layout, unsigned char *memory)
{
    struct ndr_quick_run run;

    run_begin(w, &run, layout, memory, memory, begin_unmarshalling);
    run_push(w, &run);
}

/* A new object that has a layout, up to its pointers. In the server, a raw one stays where it is. */
static inline void new_laid_out(struct ndr_walk *w, const struct ndr_type *type,
                                struct ndr_quick_run *run)
{
    const struct ndr_layout *layout = type->layout;
    unsigned char *wire = wire_take(w, type->wire_align, layout->wire_size), *memory = wire;

    if (!type->raw || w->client) {
        memory = in_allocate(w, type, type->memory_size);
        in_parts(w, layout, memory, wire);
    }
    run_begin(w, run, layout, memory, wire, begin_unmarshalling);
}

/* A pointer for which the caller has memory: as any other. */
static void in_existing(struct ndr_walk *w, const struct ndr_pointer_place *place,
                        unsigned char *cell, unsigned char *base)
{
    struct ndr_deferred pointer = {
        .type = place->pointer, .cell = cell, .base = base, .old = load_pointer(cell),
        .id = 1, /* not null: that is all that a quick pointer's tells */
    };
    uint32_t before = w->deferred_count;

    w->base = base;
    in_pointer(w, &pointer);
    walk_reverse(w, before);
}

static void in_structure(struct ndr_walk *w, const struct ndr_type *type, unsigned char *cell,
                         unsigned char *base)
{
    uint32_t before = w->deferred_count;

    w->base = base;
    store_pointer(cell, in_construct(w, type, NULL, !w->client));
    walk_reverse(w, before);
}

void in_runs(struct ndr_walk *w, uint32_t level)
{
    struct ndr_quick_run run = { 0 };
    const struct ndr_pointer_place *place;
    const struct ndr_type *pointee;
    unsigned char *cell, *base;

    while ((place = run_next(w, level, &run, begin_unmarshalling))) {
        cell = run.memory + place->memory;
        base = run.memory + place->base;
        pointee = walk_pointee(w, place->pointer);
        if (w->client && load_pointer(cell)) {
            run_leave(w, &run);
            in_existing(w, place, cell, base);
        } else if (pointee->kind == NDR_KIND_STRING) {
            store_pointer(cell, new_text(w, pointee));
        } else if (pointee->layout && pointee->layout->quick) {
            run_push(w, &run);
            new_laid_out(w, pointee, &run);
            store_pointer(cell, run.memory);
        } else {
            run_leave(w, &run);
            in_structure(w, pointee, cell, base);
        }
    }
}
