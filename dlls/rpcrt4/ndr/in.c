/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The incoming walker: unmarshalling of objects. Everything that it reads may come from an enemy:
 * no count is believed before it has been held against the bytes that are left, and nothing is
 * allocated for it before. */
#include "ndr/in.h"

#include "ndr/made.h"
#include "ndr/memory.h"

static bool is_laid_out(const struct ndr_walk *w, const struct ndr_type *type)
{
    return type->layout && !(w->foreign && type->raw);
}

/* Whether every byte that matters of a new object will be written. */
static bool is_overwritten(const struct ndr_walk *w, const struct ndr_type *type)
{
    if (type->kind == NDR_KIND_STRING || ndr_is_plain(type))
        return true;
    if (type->kind == NDR_KIND_ARRAY) {
        if (type->array.raw_elements && !type->has_pointers)
            return true;
        if (type->array.variance.present)
            return false;
        type = type->array.element;
    }
    return is_laid_out(w, type) && !w->client;
}

/* Memory for an object. Whatever is not overwritten as a whole is zeroed, so that no old pointer is
 * ever followed. */
unsigned char *in_allocate(struct ndr_walk *w, const struct ndr_type *type, uint64_t size)
{
    size_t alignment = type->memory_align > sizeof(void *) ? type->memory_align : sizeof(void *);
    unsigned char *memory;

    if (size > INT32_MAX)
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    memory = ndr_allocate(w->msg, (size_t)size, alignment);
    if (!memory && w->msg->pAllocAllNodesContext && w->msg->pAllocAllNodesContext->lent)
        walk_fail(w, NDR_STATUS_BYTE_COUNT_TOO_SMALL);
    if (!memory)
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    if (!is_overwritten(w, type))
        memset(memory, 0, (size_t)size);
    return memory;
}

/* ---- scalars and other raw images ---- */

static void in_plain(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    unsigned char *wire = wire_take(w, type->wire_align, type->memory_size);

    if (memory == wire)
        return;
    walk_copy(memory, wire, type->memory_size);
    if (w->foreign)
        walk_localize(w, type, memory);
}

static void in_range(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory);

static void in_scalar(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    int32_t narrow;
    intptr_t wide;

    switch (type->kind) {
    case NDR_KIND_RANGE:
        in_range(w, type, memory);
        break;
    case NDR_KIND_ENUM16:
        narrow = (int32_t)wire_tag(w, type);
        memcpy(memory, &narrow, sizeof(narrow));
        break;
    case NDR_KIND_INT3264:
        narrow = (int32_t)wire_value(w, 4);
        wide = type->fc == NDR_FC_INT3264 ? narrow : (intptr_t)(uint32_t)narrow;
        memcpy(memory, &wide, sizeof(wide));
        break;
    default:
        in_plain(w, type, memory);
        break;
    }
}

static void in_range(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    int64_t value;

    in_scalar(w, type->range.base, memory);
    value = walk_integer(type->range.base->fc, memory);
    if (value < type->range.low || value > type->range.high)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
}

static void note_pointer(struct ndr_walk *w, const struct ndr_type *pointer, unsigned char *cell,
                         unsigned char *base, unsigned char *wire)
{
    in_defer(w, pointer, cell, base, wire_id_at(w, wire));
    /* The cell is about to be overwritten; a hook's routines look at what was in it. */
    if (pointer->kind == NDR_KIND_HOOK && w->client)
        w->deferred[w->deferred_count - 1].one.old = load_pointer(cell);
}

static void clear_pointer(struct ndr_walk *w, const struct ndr_type *pointer, unsigned char *cell,
                          unsigned char *base, unsigned char *wire)
{
    store_pointer(cell, NULL);
}

/* ---- arrays and strings ---- */

static void in_characters(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                          const unsigned char *wire, uint32_t length)
{
    walk_copy(memory, wire, (size_t)length * type->string.unit);
    if (w->foreign)
        walk_localize_string(w, type, memory, length);
}

static void in_string(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                      uint32_t max)
{
    uint32_t length;
    unsigned char *wire = wire_string(w, type, max, &length);

    in_characters(w, type, memory, wire, length);
}

void in_part(struct ndr_walk *w, const struct ndr_part *part, unsigned char *memory,
             unsigned char *wire)
{
    uintptr_t pos = w->pos;

    if (part->kind == NDR_KIND_BASE) {
        walk_copy(memory + part->memory, wire + part->wire, part->size);
        if (w->foreign)
            walk_localize(w, part->type, memory + part->memory);
        return;
    }
    w->pos = (uintptr_t)wire + part->wire;
    in_scalar(w, part->type, memory + part->memory);
    w->pos = pos;
}

/* The pointers of the server's memory mean nothing; the client's are needed until their referents
 * are read. */
static void in_clear_pointers(const struct ndr_layout *layout, unsigned char *memory)
{
    uint32_t i;

    for (i = 0; i < layout->pointer_count; i++)
        store_pointer(memory + layout->pointers[i].memory, NULL);
}

/* An object that stays where it is in the buffer. Its cells are the ids: they are read before
 * anybody takes them for pointers. */
static void in_place(struct ndr_walk *w, const struct ndr_layout *layout, unsigned char *memory)
{
    uint32_t i;

    if (layout->quick) {
        in_run_in_place(w, layout, memory);
        return;
    }
    for (i = 0; i < layout->pointer_count; i++) {
        const struct ndr_pointer_place *place = &layout->pointers[i];
        unsigned char *cell = memory + place->memory;

        in_defer(w, place->pointer, cell, memory + place->base, wire_id_at(w, cell));
    }
}

/* `count` objects that have a layout, `stride` bytes apart in memory. */
static void in_laid_out(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                        uint32_t count, uint32_t stride)
{
    const struct ndr_layout *layout = type->layout;
    uint64_t size = (uint64_t)layout->wire_stride * (count - 1) + layout->wire_size;
    uint32_t i;
    unsigned char *wire;

    if (size > wire_left(w))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    wire = wire_take(w, type->wire_align, (size_t)size);
    if (wire == memory) {
        in_place(w, layout, memory);
        return;
    }
    walk_defer_run(w, type, memory, wire, count, stride);
    for (i = 0; i < count; i++, wire += layout->wire_stride, memory += stride) {
        in_parts(w, layout, memory, wire);
        if (!w->client)
            in_clear_pointers(layout, memory);
    }
}

/* The elements of one dimension. */
static void in_elements(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                        struct ndr_dimensions *dims, unsigned int level)
{
    const struct ndr_type *element = type->array.element;
    uint64_t stride = walk_stride(type, dims, level);
    uint32_t i;

    memory += stride * dims->first[level];
    if (is_laid_out(w, element) && dims->actual[level]) {
        in_laid_out(w, element, memory, dims->actual[level], type->array.element_size);
        return;
    }
    for (i = 0; i < dims->actual[level]; i++, memory += stride) {
        if (element->kind == NDR_KIND_ARRAY && !element->raw)
            in_elements(w, element, memory, dims, level + 1);
        else if (ndr_is_conformant(element))
            in_string(w, element, memory, dims->max[level + 1]);
        else
            in_object(w, element, memory);
    }
}

/* Elements that are copied at once. Their pointers are noted before, as memory still has their old
 * values; it may also be the wire itself. */
static void in_raw_elements(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                            const struct ndr_dimensions *dims, const struct ndr_pointer_map *map,
                            struct ndr_image *image)
{
    uint32_t i, size = type->array.element_size, count = dims->actual[0];

    if (!count)
        return;
    if (size && count > wire_left(w) / size)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    image->elements_wire = wire_take(w, type->wire_align, (size_t)count * size);
    image->first = dims->first[0];
    image->count = count;
    if (type->array.pointers) {
        image->wire = image->elements_wire;
        walk_map_fixed(w, map, image, note_pointer);
    }
    walk_map_elements(w, map, image, note_pointer);
    memory += (size_t)image->first * size;
    if (memory != image->elements_wire)
        memcpy(memory, image->elements_wire, (size_t)count * size);
    for (i = 0; w->foreign && i < count; i++)
        walk_localize(w, type->array.element, memory + (size_t)i * size);
    if (type->array.pointers)
        walk_map_fixed(w, map, image, clear_pointer);
    walk_map_elements(w, map, image, clear_pointer);
}

/* Where the transmitted elements begin: NDR64 says of every array where that has to be. */
static void check_first(struct ndr_walk *w, const struct ndr_correlation *variance,
                        unsigned char *memory, uint32_t first)
{
    if (variance->first)
        correlation_check_count(w, variance->first, memory, first);
    else if (first && w->increment == NDR64_INCREMENT)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
}

static void check_variance(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                           const struct ndr_dimensions *dims)
{
    unsigned int level;

    for (level = 0; type->kind == NDR_KIND_ARRAY && (!level || !type->raw);
         level++, type = type->array.element)
        if (type->array.variance.present) {
            correlation_check_count(w, &type->array.variance, memory, dims->actual[level]);
            check_first(w, &type->array.variance, memory, dims->first[level]);
        }
}

static void check_conformance(struct ndr_walk *w, const struct ndr_type *type,
                              unsigned char *memory, const struct ndr_dimensions *dims)
{
    unsigned int level;

    for (level = 0; ndr_is_conformant(type); level++) {
        if (type->kind == NDR_KIND_STRING) {
            correlation_check_count(w, &type->string.conformance, memory, dims->max[level]);
            return;
        }
        correlation_check_count(w, &type->array.conformance, memory, dims->max[level]);
        type = type->array.element;
    }
}

/* An array behind its maximum counts: those are in dims. If it ends a structure with a pointer map,
 * `owner` is that structure's. */
static void in_array(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                     struct ndr_dimensions *dims, const struct ndr_pointer_map *owner,
                     unsigned char *owner_memory)
{
    struct ndr_image image = { .memory = owner ? owner_memory : memory };

    wire_variance(w, type, dims);
    check_conformance(w, type, memory, dims);
    check_variance(w, type, memory, dims);
    if (type->array.raw_elements)
        in_raw_elements(w, type, memory, dims, owner ? owner : type->array.pointers, &image);
    else
        in_elements(w, type, memory, dims, 0);
}

/* ---- structures and unions ---- */

static void in_tail(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_type *tail = type->structure.tail;
    unsigned char *at = memory + type->memory_size;

    if (tail->kind == NDR_KIND_STRING) {
        check_conformance(w, tail, at, w->hoisted);
        in_string(w, tail, at, w->hoisted->max[0]);
    } else {
        in_array(w, tail, at, w->hoisted, type->structure.pointers, memory);
    }
}

static void in_raw_struct(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    struct ndr_image image = { .memory = memory };

    image.wire = wire_take(w, type->wire_align, type->memory_size);
    walk_map_fixed(w, type->structure.pointers, &image, note_pointer);
    if (memory != image.wire)
        memcpy(memory, image.wire, type->memory_size);
    if (w->foreign)
        walk_localize(w, type, memory);
    walk_map_fixed(w, type->structure.pointers, &image, clear_pointer);
}

static void in_struct(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    unsigned char *base = w->base;
    uint32_t i;

    w->base = memory;
    if (type->raw) {
        in_raw_struct(w, type, memory);
    } else {
        wire_take(w, type->wire_align, 0);
        for (i = 0; i < type->structure.field_count; i++)
            in_object(w, type->structure.fields[i].type, memory + type->structure.fields[i].offset);
    }
    if (type->structure.tail)
        in_tail(w, type, memory);
    w->base = base;
}

static void store_tag(const struct ndr_type *discriminant, unsigned char *memory, uint32_t tag)
{
    memcpy(memory, &tag, discriminant->memory_size);
}

/* The arm's pointers are only the caller's if the arm is the one that the caller had. Of a
 * nonencapsulated union that is not known any more: its switch_is may have been overwritten. */
static void in_union(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_type *discriminant = type->choice.discriminant, *arm;
    uint32_t tag;
    bool same = false;

    wire_take(w, type->wire_align, 0);
    tag = wire_tag(w, discriminant);
    arm = walk_arm(w, type, tag);
    if (type->fc == NDR_FC_ENCAPSULATED_UNION) {
        same = w->client && (uint32_t)walk_integer(discriminant->fc, memory) == tag;
        store_tag(discriminant, memory, tag);
    } else {
        correlation_check_tag(w, &type->choice.switch_is, memory, tag);
    }
    if (type->has_pointers && !same)
        memset(memory + type->choice.arm_offset, 0, type->memory_size - type->choice.arm_offset);
    if (type->choice.arm_align > 1)
        wire_take(w, type->choice.arm_align, 0);
    if (arm)
        in_object(w, arm, memory + type->choice.arm_offset);
}

void in_hook(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_hooks *hooks = walk_hooks(w, type);
    struct ndr_message *msg = w->msg;

    msg->Buffer = (unsigned char *)w->pos;
    hooks->unmarshal(msg, &memory, type->format, 0);
    ndr_made_add(msg, hooks, memory, type->format, type->memory_size);
    if ((uintptr_t)msg->Buffer < w->pos || (uintptr_t)msg->Buffer > w->end)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    w->pos = (uintptr_t)msg->Buffer;
}

void in_object(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    struct ndr_dimensions dims;

    if (is_laid_out(w, type)) {
        in_laid_out(w, type, memory, 1, 0);
        return;
    }
    if (ndr_is_plain(type)) {
        in_plain(w, type, memory);
        return;
    }
    switch (type->kind) {
    case NDR_KIND_BASE:
    case NDR_KIND_ENUM16:
    case NDR_KIND_INT3264:
    case NDR_KIND_RANGE:
        in_scalar(w, type, memory);
        break;
    case NDR_KIND_IGNORED:
        wire_pointer_id(w);
        store_pointer(memory, NULL);
        break;
    case NDR_KIND_NOTHING:
        break;
    case NDR_KIND_POINTER:
        in_defer(w, type, memory, w->base, wire_pointer_id(w));
        break;
    case NDR_KIND_STRUCT:
        in_struct(w, type, memory);
        break;
    case NDR_KIND_ARRAY:
        in_array(w, type, memory, &dims, NULL, NULL);
        break;
    case NDR_KIND_STRING:
        in_string(w, type, memory, type->string.count);
        break;
    case NDR_KIND_UNION:
        in_union(w, type, memory);
        break;
    case NDR_KIND_HOOK:
        if (type->hook.pointer)
            in_defer(w, type, memory, w->base, wire_pointer_id(w));
        else
            in_hook(w, type, memory);
        break;
    }
}

/* ---- constructs and their memory ---- */

/* Where in the buffer an object could stay, or NULL. Its wire image has to be its memory image: no
 * conversion, no counts in between. An empty object's place may be behind the buffer, where nobody
 * could tell it from others: it is said to be at the buffer's start. (Inline stubs do not free such
 * arrays, so that they must not be allocated.) */
static unsigned char *place_in_buffer(struct ndr_walk *w, const struct ndr_type *type,
                                      uint64_t size)
{
    const struct ndr_type *tail = type->kind == NDR_KIND_STRUCT ? type->structure.tail : NULL;
    const struct ndr_type *array = type->kind == NDR_KIND_ARRAY ? type : tail;
    uintptr_t start = walk_align(w->pos, type->wire_align);

    if (w->foreign)
        return NULL;
    if (!type->raw && type->kind != NDR_KIND_ARRAY)
        return NULL;
    if (type->kind == NDR_KIND_STRUCT && type->structure.conformant != tail)
        return NULL;
    if (array && (array->kind != NDR_KIND_ARRAY || !array->array.raw_elements ||
                  array->array.variance.present))
        return NULL;
    if (tail && type->memory_size & (tail->wire_align - 1u))
        return NULL;
    return size ? (unsigned char *)start : w->msg->BufferStart;
}

/* A string for the caller's own memory must fit what is there now. */
static bool fits(const struct ndr_type *type, const unsigned char *existing, uint32_t length)
{
    uint64_t room;

    if (!type->string.conformant || type->string.sized)
        return true;
    room = walk_string_length(existing, type->string.unit, length);
    return !room || room >= length;
}

static unsigned char *new_string(struct ndr_walk *w, const struct ndr_type *type,
                                 unsigned char *existing, bool point)
{
    unsigned char *memory = existing, *wire;
    struct ndr_dimensions dims;
    uint32_t length, room;

    wire_string_conformance(w, type, &dims);
    if (type->string.sized || type->string.conformance.has_range)
        check_conformance(w, type, existing, &dims);
    wire = wire_string(w, type, dims.max[0], &length);
    room = wire_string_room(type, dims.max[0], length);
    if (existing && w->client && !fits(type, existing, length))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    if (!memory && point && type->string.conformant && room == length && !w->foreign)
        return wire;
    if (!memory)
        memory = in_allocate(w, type, (uint64_t)room * type->string.unit);
    in_characters(w, type, memory, wire, length);
    return memory;
}

unsigned char *in_construct(struct ndr_walk *w, const struct ndr_type *type,
                            unsigned char *existing, bool point)
{
    const struct ndr_type *conformant = walk_conformant(type);
    unsigned char *memory = existing;
    struct ndr_dimensions dims;
    uint64_t size;

    if (type->kind == NDR_KIND_STRING)
        return new_string(w, type, existing, point);
    if (is_laid_out(w, type)) {
        if (!memory && point && type->raw)
            memory = place_in_buffer(w, type, type->memory_size);
        if (!memory)
            memory = in_allocate(w, type, type->memory_size);
        in_laid_out(w, type, memory, 1, 0);
        return memory;
    }
    if (conformant)
        wire_conformance(w, conformant, &dims);
    size = walk_memory_size(type, &dims);
    if (!memory && point)
        memory = place_in_buffer(w, type, size);
    if (!memory && ndr_is_plain(type) && type->memory_size > wire_left(w))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    if (!memory)
        memory = in_allocate(w, type, size);
    w->hoisted = conformant ? &dims : NULL;
    if (type->kind == NDR_KIND_ARRAY && conformant)
        in_array(w, type, memory, &dims, NULL, NULL);
    else
        in_object(w, type, memory);
    w->hoisted = NULL;
    return memory;
}
