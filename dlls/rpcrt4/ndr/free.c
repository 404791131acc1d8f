/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The freeing walker: gives what unmarshalling or the manager routine has allocated to pfnFree.
 * Correlated values are read from memory, so a block is freed after what it leads to. */
#include "ndr/engine.h"
#include "ndr/run.h"

static void free_object(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory);

static void give(struct ndr_walk *w, unsigned char *block)
{
    if (block < w->msg->BufferStart || block >= w->msg->BufferEnd)
        w->msg->pfnFree(block);
}

/* To be given when what has been pushed after it has been walked. */
static void give_later(struct ndr_walk *w, unsigned char *block)
{
    struct ndr_deferred *deferred = walk_defer(w);

    deferred->type = NULL;
    deferred->cell = block;
}

static void note_pointer(struct ndr_walk *w, const struct ndr_type *pointer, unsigned char *cell,
                         unsigned char *base, unsigned char *wire)
{
    struct ndr_deferred *deferred;

    if (pointer->kind == NDR_KIND_HOOK) {
        walk_hooks(w, pointer)->free(w->msg, cell, pointer->format);
        return;
    }
    if (!load_pointer(cell))
        return;
    deferred = walk_defer(w);
    deferred->type = pointer;
    deferred->cell = cell;
    deferred->base = base;
}

/* Only transmitted elements are freed; others are the application's. */
static void read_counts(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                        struct ndr_dimensions *dims)
{
    unsigned int level;

    for (level = 0; type->kind == NDR_KIND_ARRAY && level < NDR_MAX_DIMENSIONS;
         level++, type = type->array.element) {
        dims->max[level] = type->array.count;
        if (type->array.conformance.present)
            dims->max[level] = correlation_count_left(w, &type->array.conformance, memory);
        dims->first[level] = 0;
        dims->actual[level] = dims->max[level];
        if (!type->array.variance.present)
            continue;
        dims->actual[level] = correlation_count_left(w, &type->array.variance, memory);
        dims->first[level] = correlation_first_left(w, &type->array.variance, memory);
        if (dims->first[level] > dims->max[level] ||
            dims->actual[level] > dims->max[level] - dims->first[level])
            dims->first[level] = dims->actual[level] = 0;
    }
}

static void free_elements(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                          struct ndr_dimensions *dims, unsigned int level)
{
    const struct ndr_type *element = type->array.element;
    uint64_t stride = walk_stride(type, dims, level);
    uint32_t i;

    memory += stride * dims->first[level];
    if (element->layout && dims->actual[level]) {
        walk_defer_run(w, element, memory, NULL, dims->actual[level], type->array.element_size);
        return;
    }
    for (i = 0; i < dims->actual[level]; i++, memory += stride) {
        if (element->kind == NDR_KIND_ARRAY && !element->raw)
            free_elements(w, element, memory, dims, level + 1);
        else
            free_object(w, element, memory);
    }
}

static void free_array(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                       const struct ndr_pointer_map *owner, unsigned char *owner_memory)
{
    const struct ndr_pointer_map *map = owner ? owner : type->array.pointers;
    struct ndr_image image = { .memory = owner ? owner_memory : memory };
    struct ndr_dimensions dims;

    read_counts(w, type, memory, &dims);
    if (!type->array.raw_elements) {
        free_elements(w, type, memory, &dims, 0);
        return;
    }
    image.first = dims.first[0];
    image.count = dims.actual[0];
    if (!owner)
        walk_map_fixed(w, map, &image, note_pointer);
    walk_map_elements(w, map, &image, note_pointer);
}

static void free_struct(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_type *tail = type->structure.tail;
    struct ndr_image image = { .memory = memory };
    unsigned char *base = w->base;
    uint32_t i;

    w->base = memory;
    walk_map_fixed(w, type->structure.pointers, &image, note_pointer);
    for (i = 0; !type->raw && i < type->structure.field_count; i++)
        free_object(w, type->structure.fields[i].type, memory + type->structure.fields[i].offset);
    if (tail && tail->kind == NDR_KIND_ARRAY)
        free_array(w, tail, memory + type->memory_size, type->structure.pointers, memory);
    w->base = base;
}

static void free_union(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_type *arm;
    int64_t tag;

    if (type->fc == NDR_FC_ENCAPSULATED_UNION)
        tag = walk_integer(type->choice.discriminant->fc, memory);
    else
        tag = correlation_tag(w, &type->choice.switch_is, memory);
    if (walk_find_arm(type, (uint32_t)tag, &arm) && arm)
        free_object(w, arm, memory + type->choice.arm_offset);
}

static void free_object(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    if (!type->has_pointers)
        return;
    switch (type->kind) {
    case NDR_KIND_POINTER:
        note_pointer(w, type, memory, w->base, NULL);
        break;
    case NDR_KIND_STRUCT:
        if (type->layout)
            walk_defer_run(w, type, memory, NULL, 1, 0);
        else
            free_struct(w, type, memory);
        break;
    case NDR_KIND_ARRAY:
        free_array(w, type, memory, NULL, NULL);
        break;
    case NDR_KIND_UNION:
        free_union(w, type, memory);
        break;
    case NDR_KIND_HOOK:
        walk_hooks(w, type)->free(w->msg, memory, type->format);
        break;
    default:
        break;
    }
}

/* False if another alias of the object has been freed. */
static bool may_free(struct ndr_walk *w, const struct ndr_type *type, unsigned char *value)
{
    uint32_t id;
    bool done;

    if (type->pointer.attributes & NDR_DONT_FREE)
        return false;
    if (type->fc != NDR_FC_FP || !w->msg->FullPtrXlatTables)
        return true;
    if (!ndr_full_pointers_by_pointer(w->msg->FullPtrXlatTables, value, NDR_FULL_FREED, &id, &done))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    return !done;
}

/* What an object leads to, then its own memory. */
static void free_block(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    struct ndr_run *run;

    if (!type->has_pointers) {
        give(w, memory);
        return;
    }
    run = type->layout ? walk_defer_run(w, type, memory, NULL, 1, 0) : NULL;
    if (run) {
        run->block = memory;
        return;
    }
    give_later(w, memory);
    free_object(w, type, memory);
}

static void free_pointer(struct ndr_walk *w, const struct ndr_type *type, unsigned char *value)
{
    const struct ndr_type *pointee;

    while (value && may_free(w, type, value)) {
        if (type->pointer.attributes & NDR_ALLOCATE_ALL_NODES) {
            give(w, value);
            return;
        }
        pointee = walk_pointee(w, type);
        if (pointee->kind != NDR_KIND_POINTER) {
            if (type->pointer.attributes & NDR_ALLOCED_ON_STACK)
                free_object(w, pointee, value);
            else
                free_block(w, pointee, value);
            return;
        }
        if (type->pointer.attributes & NDR_POINTER_DEREF) {
            if (!(type->pointer.attributes & NDR_ALLOCED_ON_STACK))
                give_later(w, value);
            value = load_pointer(value);
        }
        type = pointee;
    }
}

/* Any other structure. */
static void free_structure(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                           unsigned char *base)
{
    w->base = base;
    free_block(w, type, memory);
}

/* A structure that leads nowhere is freed at once. */
NDR_ALWAYS_INLINE uint32_t begin_freeing(struct ndr_walk *w, const struct ndr_quick_run *run)
{
    uint32_t pending = run_values(w, run);

    if (!pending && run->block)
        give(w, run->block);
    return pending;
}

/* Nothing is correlated with these structures, so that each is freed as soon as its pointers have
 * been read. */
static void free_runs(struct ndr_walk *w)
{
    struct ndr_quick_run run = { 0 };
    const struct ndr_pointer_place *place;
    const struct ndr_type *pointee;
    unsigned char *value, *base;

    while ((place = run_next(w, 0, &run, begin_freeing))) {
        base = run.memory + place->base;
        value = load_pointer(run.memory + place->memory);
        if (!run.pending && !run.left && run.block)
            give(w, run.block);
        pointee = walk_pointee(w, place->pointer);
        if (!pointee->has_pointers) {
            give(w, value);
        } else if (pointee->layout && pointee->layout->quick) {
            run_push(w, &run);
            run = (struct ndr_quick_run){ pointee->layout, value, NULL, value, 0, 0, 0 };
            run.pending = begin_freeing(w, &run);
        } else {
            run_leave(w, &run);
            free_structure(w, pointee, value, base);
        }
    }
}

static void free_referents(struct ndr_walk *w)
{
    struct ndr_deferred deferred;

    for (;;) {
        free_runs(w);
        if (!w->deferred_count)
            break;
        walk_next_pointer(w, &deferred);
        w->base = deferred.base;
        if (!deferred.type)
            give(w, deferred.cell);
        else
            free_pointer(w, deferred.type, load_pointer(deferred.cell));
    }
}

void ndr_free(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    const struct ndr_type *type;
    struct ndr_walk w;

    if (!memory)
        return;
    walk_begin(&w, msg);
    type = walk_type(&w, format);
    if (type->fc == NDR_FC_IP)
        free_object(&w, type, (unsigned char *)&memory);
    else if (type->kind == NDR_KIND_POINTER)
        free_pointer(&w, type, memory);
    else
        free_object(&w, type, memory);
    free_referents(&w);
    walk_end(&w);
}
