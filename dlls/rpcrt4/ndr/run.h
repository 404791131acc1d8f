/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick runs: the pointers of objects whose layout is quick (ndr/types.h). Lists, trees and arrays of
 * structures with strings are nothing else. Of each object it is found out at once which of its
 * pointers lead anywhere; who walks a run keeps it out of the stack, in registers, for as long as
 * that goes on with strings and with further such objects. */
#ifndef RPCRT4_NDR_RUN_H
#define RPCRT4_NDR_RUN_H

#include "ndr/walk.h"

#define NDR_ALWAYS_INLINE static inline __attribute__((always_inline))

struct ndr_quick_run {
    const struct ndr_layout *layout;
    unsigned char *memory, *wire, *block; /* as in struct ndr_run */
    uint32_t pending;  /* a bit for each pointer of this object that is still to be walked */
    uint32_t left;     /* objects behind this one */
    uint32_t stride;
};

/* Begins an object: which of its pointers are not null. To be found by branches, not by arithmetic:
 * a processor that has guessed them goes on to the next object without waiting for this one. */
typedef uint32_t ndr_begin_object(struct ndr_walk *w, const struct ndr_quick_run *run);

/* Takes the run on top of the stack, unless the stack is at `level` or something else is there. */
NDR_ALWAYS_INLINE bool run_pop(struct ndr_walk *w, uint32_t level, struct ndr_quick_run *run,
                               ndr_begin_object *begin)
{
    const struct ndr_pushed *top;

    if (w->deferred_count == level)
        return false;
    top = &w->deferred[w->deferred_count - 1];
    if (!top->layout || !top->layout->quick)
        return false;
    run->layout = top->layout;
    run->memory = top->run.memory;
    run->wire = top->run.wire;
    run->block = top->run.block;
    run->left = top->run.left - 1;
    run->stride = top->run.memory_stride;
    w->deferred_count--;
    run->pending = top->run.next ? begin(w, run) : top->run.pending;
    return true;
}

/* Puts it on the stack, if it has anything left. */
NDR_ALWAYS_INLINE void run_push(struct ndr_walk *w, struct ndr_quick_run *run)
{
    struct ndr_run *pushed;

    if (!run->pending && !run->left)
        return;
    pushed = &walk_push(w, run->layout)->run;
    pushed->memory = run->memory;
    pushed->wire = run->wire;
    pushed->block = run->block;
    pushed->next = NULL;
    pushed->left = run->left + 1;
    pushed->memory_stride = run->stride;
    pushed->pending = run->pending;
}

/* The same, and this is not walked any more. */
NDR_ALWAYS_INLINE void run_leave(struct ndr_walk *w, struct ndr_quick_run *run)
{
    run_push(w, run);
    run->pending = run->left = 0;
}

/* The next pointer of the run, or else of the next one on the stack; NULL if there is none. */
NDR_ALWAYS_INLINE const struct ndr_pointer_place *
run_next(struct ndr_walk *w, uint32_t level, struct ndr_quick_run *run, ndr_begin_object *begin)
{
    const struct ndr_pointer_place *place;

    while (!run->pending) {
        if (run->left) {
            run->left--;
            run->memory += run->stride;
            if (run->wire)
                run->wire += run->layout->wire_stride;
            run->pending = begin(w, run);
        } else if (!run_pop(w, level, run, begin)) {
            return NULL;
        }
    }
    place = &run->layout->pointers[__builtin_ctz(run->pending)];
    run->pending &= run->pending - 1;
    return place;
}

/* The run of one object's pointers. */
NDR_ALWAYS_INLINE void run_begin(struct ndr_walk *w, struct ndr_quick_run *run,
                                 const struct ndr_layout *layout, unsigned char *memory,
                                 unsigned char *wire, ndr_begin_object *begin)
{
    *run = (struct ndr_quick_run){ layout, memory, wire, NULL, 0, 0, 0 };
    run->pending = begin(w, run);
}

/* While sizing and freeing, all that there is to know is in memory. */
NDR_ALWAYS_INLINE uint32_t run_values(struct ndr_walk *w, const struct ndr_quick_run *run)
{
    const struct ndr_pointer_place *place = run->layout->pointers;
    uint32_t i, count = run->layout->pointer_count, pending = 0;

    for (i = 0; i < count; i++, place++)
        if (load_pointer(run->memory + place->memory))
            pending |= 1u << i;
    return pending;
}

#endif
