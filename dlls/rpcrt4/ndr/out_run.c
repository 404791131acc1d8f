/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outgoing walker: quick runs. This is where lists, trees and arrays of structures with strings
 * spend their time. Both passes are made of the same inline functions, so that they always agree,
 * but each has them to itself. */
#include "ndr/out.h"
#include "ndr/run.h"

NDR_ALWAYS_INLINE void put_text(struct ndr_walk *w, bool sizing, const struct ndr_type *type,
                            const unsigned char *memory)
{
    uint8_t unit = type->string.unit, size = w->rules->count_size;
    uint64_t length = walk_string_length(memory, unit, MAX_BUFFER);
    unsigned char *wire;

    if (!length)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    wire = out_reserve_if(w, sizing, size, 3 * (size_t)size);
    if (!sizing) {
        put_number(wire, (uint32_t)length, size);
        put_number(wire + size, 0, size);
        put_number(wire + 2 * size, (uint32_t)length, size);
    }
    wire = out_reserve_if(w, sizing, type->wire_align, (size_t)length * unit);
    if (!sizing)
        walk_copy(wire, memory, (size_t)length * unit);
}

void out_text(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    put_text(w, w->sizing, type, memory);
}

/* Any other structure; what it holds goes to the stack. */
static void out_structure(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                          unsigned char *base)
{
    uint32_t before = w->deferred_count;

    w->base = base;
    out_object(w, type, memory);
    walk_reverse(w, before);
}

/* Null pointers are written here; the others when their turn comes. */
NDR_ALWAYS_INLINE uint32_t begin_marshalling(struct ndr_walk *w, const struct ndr_quick_run *run)
{
    const struct ndr_pointer_place *place = run->layout->pointers;
    uint32_t i, count = run->layout->pointer_count, pending = 0;

    for (i = 0; i < count; i++, place++) {
        if (load_pointer(run->memory + place->memory))
            pending |= 1u << i;
        else
            put_number(run->wire + place->wire, 0, w->rules->pointer_size);
    }
    return pending;
}

/* An object that has a layout, up to its pointers. */
NDR_ALWAYS_INLINE void put_laid_out(struct ndr_walk *w, bool sizing, const struct ndr_type *type,
                                    unsigned char *memory, struct ndr_quick_run *run)
{
    const struct ndr_layout *layout = type->layout;
    unsigned char *wire = out_reserve_if(w, sizing, type->wire_align, layout->wire_size);

    if (!sizing && layout->has_gaps)
        memset(wire, 0, layout->wire_size);
    if (!sizing)
        out_parts(w, layout, memory, wire);
    run_begin(w, run, layout, memory, wire, sizing ? run_values : begin_marshalling);
}

NDR_ALWAYS_INLINE void put_runs(struct ndr_walk *w, uint32_t level, bool sizing)
{
    struct ndr_quick_run run = { 0 };
    const struct ndr_pointer_place *place;
    const struct ndr_type *pointee;
    unsigned char *value, *base;

    while ((place = run_next(w, level, &run, sizing ? run_values : begin_marshalling))) {
        base = run.memory + place->base;
        value = load_pointer(run.memory + place->memory);
        if (!sizing)
            put_number(run.wire + place->wire, next_unique_id(w), w->rules->pointer_size);
        pointee = walk_pointee(w, place->pointer);
        if (pointee->kind == NDR_KIND_STRING) {
            put_text(w, sizing, pointee, value);
        } else if (pointee->layout && pointee->layout->quick) {
            run_push(w, &run);
            put_laid_out(w, sizing, pointee, value, &run);
        } else {
            run_leave(w, &run);
            out_structure(w, pointee, value, base);
        }
    }
}

static void size_runs(struct ndr_walk *w, uint32_t level)
{
    put_runs(w, level, true);
}

static void marshal_runs(struct ndr_walk *w, uint32_t level)
{
    put_runs(w, level, false);
}

void out_runs(struct ndr_walk *w, uint32_t level)
{
    if (w->sizing)
        size_runs(w, level);
    else
        marshal_runs(w, level);
}
