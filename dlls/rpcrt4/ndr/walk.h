/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the walkers share: a position in the buffer, the wire rules, the stack of deferred pointers,
 * and the types found so far. A walk is one call of a function of ndr/engine.h; it lives on that
 * function's stack.
 *
 * Referents of embedded pointers come after the outermost construct that holds the pointer, each
 * followed by its own referents (C706 14.3.12). So a construct pushes its pointers as it meets
 * them, those of a layout as one run; when it is done they are reversed and popped one by one.
 * Nothing recurses along pointers: a list of any length needs no machine stack. */
#ifndef RPCRT4_NDR_WALK_H
#define RPCRT4_NDR_WALK_H

#include <string.h>

#include "ndr/decode.h"
#include "ndr/format.h"
#include "ndr/full_pointer.h"
#include "ndr/hooks.h"
#include "ndr/raise.h"

/* Where NDR 2.0 and NDR64 differ on the wire. */
struct ndr_wire_rules {
    uint8_t count_size;   /* of counts (conformance, offsets, lengths), which are aligned to it */
    uint8_t pointer_size; /* of referent ids, likewise */
};

extern const struct ndr_wire_rules ndr20_rules, ndr64_rules;

/* Beyond what has arrived, one walk allocates at most this: arrays may have room for more elements
 * than are sent. */
#define NDR_MAX_SLACK (64u << 20)
/* Elements that take nothing on the wire cannot be held against what has arrived. */
#define NDR_MAX_EMPTY_ELEMENTS 65536u

/* The counts of an array's dimensions, outermost first. */
struct ndr_dimensions {
    uint32_t max[NDR_MAX_DIMENSIONS];
    uint32_t first[NDR_MAX_DIMENSIONS];
    uint32_t actual[NDR_MAX_DIMENSIONS];
};

/* A pointer whose referent is still to be walked. */
struct ndr_deferred {
    const struct ndr_type *type; /* pointer or hook; NULL: free the block at `cell` */
    unsigned char *cell;         /* where the pointer is in memory */
    unsigned char *base;         /* structure that correlation descriptors of pointees count from */
    unsigned char *old;          /* the pointer's value before unmarshalling, or NULL */
    unsigned char *slot;         /* where the referent id is on the wire; NULL: not known, or */
    uint32_t id;                 /* unmarshalling: the id has been read */
};

/* The pointers of `left` objects of one layout, of the first one from `next` on. */
struct ndr_run {
    unsigned char *memory, *wire; /* of the first object; no wire while sizing or freeing */
    unsigned char *block;         /* freed when all that the pointers lead to has been; or NULL */
    const struct ndr_pointer_place *next;
    uint32_t left;
    uint32_t memory_stride;
    uint32_t pending; /* of a quick layout, once its walk (ndr/run.h) has begun: then next is NULL */
};

/* One entry of the stack. */
struct ndr_pushed {
    const struct ndr_layout *layout; /* of a run; NULL: one pointer */
    union {
        struct ndr_deferred one;
        struct ndr_run run;
    };
};

/* A correlated value that can only be compared when more has been unmarshalled. */
struct ndr_late_check {
    struct ndr_correlation correlation;
    unsigned char *object, *base;
    uint32_t value;
    bool tag; /* compared as 32 bits, whatever their signs */
};

#define NDR_INLINE_DEFERRED 24
#define NDR_MEMO            8

struct ndr_walk {
    struct ndr_message *msg;
    const struct ndr_wire_rules *rules;
    uintptr_t pos, end; /* of the buffer; while sizing: offsets from 0 */
    bool sizing, client, converting;
    bool swap;       /* integers are in the other byte order */
    uint8_t foreign; /* NDR_MESSAGE_FOREIGN of the message: what else is not ours */
    uint8_t increment;
    unsigned char *base;
    struct ndr_dimensions *hoisted; /* counts that precede the structure being walked, or NULL */
    uint64_t slack;                 /* left of NDR_MAX_SLACK */
    uintptr_t memory;               /* memory_size walker: the sum */
    struct ndr_pushed *deferred;
    uint32_t deferred_count, deferred_capacity;
    struct ndr_late_check *late;
    uint32_t late_count, late_capacity;
    struct ndr_pending *outer_blocks; /* heap blocks of the walks that this one is inside of */
    const struct ndr_graph *memo[NDR_MEMO];
    struct ndr_pushed inline_deferred[NDR_INLINE_DEFERRED];
};

void walk_begin(struct ndr_walk *w, struct ndr_message *msg);
/* Frees what the walk holds. */
void walk_end(struct ndr_walk *w);
/* Ends the walk and raises. */
void walk_fail(struct ndr_walk *w, uint32_t status) __attribute__((noreturn));
/* Frees the heap blocks of walks that an exception of user code has ended. */
void walk_abandon(struct ndr_message *msg);
/* A heap block that is found and freed even if user code ends the walk; `block` may be NULL. */
void *walk_resize(struct ndr_walk *w, void *block, size_t size);

/* A graph that is freed with the walk. */
void walk_own(struct ndr_walk *w, struct ndr_graph *graph);

/* Looks a type up in the cache. */
const struct ndr_type *walk_find_type(struct ndr_walk *w, const unsigned char *format);

static inline const struct ndr_type *walk_type(struct ndr_walk *w, const unsigned char *format)
{
    const struct ndr_graph *memo = w->memo[((uintptr_t)format >> 1) % NDR_MEMO];

    return memo && memo->format == format ? memo->root : walk_find_type(w, format);
}

static inline const struct ndr_type *walk_pointee(struct ndr_walk *w,
                                                  const struct ndr_type *pointer)
{
    return pointer->pointer.pointee ? pointer->pointer.pointee
                                    : walk_type(w, pointer->pointer.pointee_format);
}

/* The routines of a hook's type, about to be called. Raises RPC_S_CANNOT_SUPPORT if it has none. */
const struct ndr_hooks *walk_hooks(struct ndr_walk *w, const struct ndr_type *type);

/* What a full pointer's referent is. */
struct ndr_referent_shape walk_shape(const struct ndr_type *pointee);

/* The tables of full pointers. Raises RPC_S_INTERNAL_ERROR if the call has none. */
struct ndr_full_pointers *walk_full_pointers(struct ndr_walk *w);

/* ---- the stack of deferred pointers ---- */

/* Makes room for more. */
void walk_grow_stack(struct ndr_walk *w);
/* Pushes a pointer, to be filled in by the caller. */
struct ndr_deferred *walk_defer(struct ndr_walk *w);
/* What was pushed since `level` is turned around: the first of it will be popped first. */
void walk_turn_around(struct ndr_walk *w, uint32_t level);

/* Whether a union has an arm for a discriminant; *arm is NULL for an empty one. */
bool walk_find_arm(const struct ndr_type *choice, uint32_t tag, const struct ndr_type **arm);
/* The arm for a discriminant; NULL for an empty arm. Raises RPC_X_INVALID_TAG if there is none. */
const struct ndr_type *walk_arm(struct ndr_walk *w, const struct ndr_type *choice, uint32_t tag);
/* An integer in memory, sign- or zero-extended as its type asks. */
int64_t walk_integer(uint8_t fc, const void *memory);
/* The size in memory of one element of the array's dimension `level`. */
uint64_t walk_stride(const struct ndr_type *array, const struct ndr_dimensions *dims,
                     unsigned int level);
/* The size in memory of a type, its conformant part included; dims are that part's. */
uint64_t walk_memory_size(const struct ndr_type *type, const struct ndr_dimensions *dims);
/* The conformant array or string that the counts in front of `type` are of, or NULL. */
const struct ndr_type *walk_conformant(const struct ndr_type *type);
/* Zeroes the bytes of a raw image that are no member's: they would carry old memory. */
void walk_clear_gaps(const struct ndr_type *type, unsigned char *image);

/* ---- representation (localize.c) ---- */

/* Turns every scalar of a raw image from the sender's representation into ours, in place. Raises
 * RPC_S_FP_OVERFLOW or RPC_X_BAD_STUB_DATA for floating-point numbers that cannot be. */
void walk_localize(struct ndr_walk *w, const struct ndr_type *type, unsigned char *image);
/* The same for a string's characters. */
void walk_localize_string(struct ndr_walk *w, const struct ndr_type *type, unsigned char *string,
                          uint32_t length);

/* ---- pointer maps ---- */

/* The parts of a raw image that a pointer map speaks of: in memory, and on the wire (NULL while
 * sizing or freeing). */
struct ndr_image {
    unsigned char *memory, *wire;
    unsigned char *elements_wire; /* first transmitted element of the conformant or varying array */
    uint32_t first, count;        /* which elements are transmitted */
};

typedef void (*ndr_map_visitor)(struct ndr_walk *w, const struct ndr_type *pointer,
                                unsigned char *cell, unsigned char *base, unsigned char *wire);
/* Visits the pointers of the fixed part, or those of the array's elements; the former precede the
 * latter on the wire. */
void walk_map_fixed(struct ndr_walk *w, const struct ndr_pointer_map *map,
                    const struct ndr_image *image, ndr_map_visitor visit);
void walk_map_elements(struct ndr_walk *w, const struct ndr_pointer_map *map,
                       const struct ndr_image *image, ndr_map_visitor visit);

/* ---- correlation (correlation.c) ---- */

/* The count that a descriptor yields; `object` is what the descriptor describes. Raises
 * RPC_X_INVALID_BOUND if it is negative or too large. */
uint32_t correlation_count(struct ndr_walk *w, const struct ndr_correlation *corr,
                           unsigned char *object);
/* First element and number of elements that a variance descriptor yields. */
void correlation_variance(struct ndr_walk *w, const struct ndr_correlation *corr,
                          unsigned char *object, uint32_t *first, uint32_t *actual);
/* The same for freeing: 0 where the others would raise. */
uint32_t correlation_count_left(struct ndr_walk *w, const struct ndr_correlation *corr,
                                unsigned char *object);
uint32_t correlation_first_left(struct ndr_walk *w, const struct ndr_correlation *corr,
                                unsigned char *object);
int64_t correlation_tag(struct ndr_walk *w, const struct ndr_correlation *corr,
                        unsigned char *object);
/* Holds a value from the wire against what the descriptor yields, now or as soon as that is known.
 * Raises RPC_X_BAD_STUB_DATA, RPC_X_INVALID_BOUND if the value is out of the descriptor's range. */
void correlation_check_count(struct ndr_walk *w, const struct ndr_correlation *corr,
                             unsigned char *object, uint32_t value);
void correlation_check_tag(struct ndr_walk *w, const struct ndr_correlation *corr,
                           unsigned char *object, uint32_t value);
/* Compares what could not be compared at once. */
void correlation_finish(struct ndr_walk *w);

/* ---- strings ---- */

/* Characters of a string, its terminator included. 0 if there is no terminator among `max`
 * characters. */
uint64_t walk_string_length(const unsigned char *string, uint8_t unit, uint64_t max);

static inline uintptr_t walk_align(uintptr_t value, uintptr_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

/* memcpy, without the call for the sizes of scalars, small structures and short strings: two moves
 * that overlap. */
static inline void walk_copy(void *to, const void *from, size_t size)
{
    unsigned char head[16], tail[16];

#define MOVE_TWICE(width) \
    do { \
        memcpy(head, from, width); \
        memcpy(tail, (const unsigned char *)from + size - width, width); \
        memcpy(to, head, width); \
        memcpy((unsigned char *)to + size - width, tail, width); \
    } while (0)

    if (size > 32)
        memcpy(to, from, size);
    else if (size >= 16)
        MOVE_TWICE(16);
    else if (size >= 8)
        MOVE_TWICE(8);
    else if (size >= 4)
        MOVE_TWICE(4);
    else if (size >= 2)
        MOVE_TWICE(2);
    else if (size)
        *(unsigned char *)to = *(const unsigned char *)from;
#undef MOVE_TWICE
}

static inline void *load_pointer(const void *cell)
{
    void *pointer;

    memcpy(&pointer, cell, sizeof(pointer));
    return pointer;
}

static inline void store_pointer(void *cell, void *pointer)
{
    memcpy(cell, &pointer, sizeof(pointer));
}

static inline struct ndr_pushed *walk_push(struct ndr_walk *w, const struct ndr_layout *layout)
{
    struct ndr_pushed *pushed;

    if (w->deferred_count == w->deferred_capacity)
        walk_grow_stack(w);
    pushed = &w->deferred[w->deferred_count++];
    pushed->layout = layout;
    return pushed;
}

/* Pushes the pointers of `count` (at least 1) objects that have a layout, `stride` bytes apart in
 * memory. NULL: there are none. */
static inline struct ndr_run *walk_defer_run(struct ndr_walk *w, const struct ndr_type *type,
                                             unsigned char *memory, unsigned char *wire,
                                             uint32_t count, uint32_t stride)
{
    const struct ndr_layout *layout = type->layout;
    struct ndr_run *run;

    if (!layout->pointer_count)
        return NULL;
    run = &walk_push(w, layout)->run;
    run->memory = memory;
    run->wire = wire;
    run->block = NULL;
    run->next = layout->pointers;
    run->left = count;
    run->memory_stride = stride;
    return run;
}

/* Behind a pointer; run->left is 0 behind the last one. */
static inline void walk_advance(struct ndr_run *run, const struct ndr_layout *layout)
{
    if (++run->next != layout->pointers + layout->pointer_count)
        return;
    run->left--;
    run->next = layout->pointers;
    run->memory += run->memory_stride;
    if (run->wire)
        run->wire += layout->wire_stride;
}

/* The last pointer of a run has been popped. */
static inline void walk_end_run(struct ndr_walk *w, struct ndr_pushed *top)
{
    struct ndr_run *run = &top->run;

    if (run->block) {
        top->layout = NULL;
        top->one = (struct ndr_deferred){ .cell = run->block };
    } else {
        w->deferred_count--;
    }
}

/* Pops the next pointer; the stack must not be empty. Of a run's pointer, `old` and `id` are not
 * known yet. */
static inline void walk_next_pointer(struct ndr_walk *w, struct ndr_deferred *pointer)
{
    struct ndr_pushed *top = &w->deferred[w->deferred_count - 1];
    const struct ndr_pointer_place *place;
    struct ndr_run *run = &top->run;

    if (!top->layout) {
        *pointer = top->one;
        w->deferred_count--;
        return;
    }
    place = run->next;
    pointer->old = NULL;
    pointer->id = 0;
    pointer->type = place->pointer;
    pointer->cell = run->memory + place->memory;
    pointer->base = run->memory + place->base;
    pointer->slot = run->wire ? run->wire + place->wire : NULL;
    walk_advance(run, top->layout);
    if (!run->left)
        walk_end_run(w, top);
}

/* What was pushed since `level` will be popped in the order of its pushing. */
static inline void walk_reverse(struct ndr_walk *w, uint32_t level)
{
    if (w->deferred_count > level + 1)
        walk_turn_around(w, level);
}

#endif
