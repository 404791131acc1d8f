/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walker that has no memory, only the buffer: memory size, and conversion of the buffer to the
 * machine's own representation for stubs that read it themselves. */
#include "ndr/engine.h"
#include "ndr/in.h"

static void scan_object(struct ndr_walk *w, const struct ndr_type *type);

static void add_memory(struct ndr_walk *w, size_t alignment, uint64_t size)
{
    uint64_t sum = walk_align(w->memory, alignment) + size;

    if (sum > INT32_MAX)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    w->memory = (uintptr_t)sum;
}

static void note_pointer(struct ndr_walk *w, const struct ndr_type *pointer, unsigned char *cell,
                         unsigned char *base, unsigned char *wire)
{
    struct ndr_deferred *deferred = walk_defer(w);

    deferred->type = pointer;
    if (w->converting)
        memcpy(&deferred->id, wire,
               sizeof(deferred->id)); /* converted with the image around it */
    else
        deferred->id = wire_id_at(w, wire);
}

static void scan_embedded_pointer(struct ndr_walk *w, const struct ndr_type *type)
{
    uint32_t id = wire_pointer_id(w);
    struct ndr_deferred *deferred = walk_defer(w);

    deferred->type = type;
    deferred->id = id;
}

static unsigned char *scan_raw(struct ndr_walk *w, const struct ndr_type *type)
{
    unsigned char *wire = wire_take(w, type->wire_align, type->memory_size);

    if (w->converting)
        walk_localize(w, type, wire);
    return wire;
}

/* ---- arrays and strings ---- */

static uint32_t scan_string(struct ndr_walk *w, const struct ndr_type *type, uint32_t max)
{
    uint32_t length;
    unsigned char *wire = wire_string(w, type, max, &length);

    if (w->converting)
        walk_localize_string(w, type, wire, length);
    return length;
}

static void scan_elements(struct ndr_walk *w, const struct ndr_type *type,
                          struct ndr_dimensions *dims, unsigned int level)
{
    const struct ndr_type *element = type->array.element;
    uint32_t i;

    for (i = 0; i < dims->actual[level]; i++) {
        if (element->kind == NDR_KIND_ARRAY && !element->raw)
            scan_elements(w, element, dims, level + 1);
        else if (ndr_is_conformant(element))
            scan_string(w, element, dims->max[level + 1]);
        else
            scan_object(w, element);
    }
}

static void scan_raw_elements(struct ndr_walk *w, const struct ndr_type *type,
                              const struct ndr_dimensions *dims, const struct ndr_pointer_map *map)
{
    uint32_t i, size = type->array.element_size, count = dims->actual[0];
    struct ndr_image image = { .count = count };

    if (!count)
        return;
    if (size && count > wire_left(w) / size)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    image.wire = image.elements_wire = wire_take(w, type->wire_align, (size_t)count * size);
    for (i = 0; w->converting && i < count; i++)
        walk_localize(w, type->array.element, image.wire + (size_t)i * size);
    if (map == type->array.pointers)
        walk_map_fixed(w, map, &image, note_pointer);
    walk_map_elements(w, map, &image, note_pointer);
}

static void scan_array(struct ndr_walk *w, const struct ndr_type *type, struct ndr_dimensions *dims,
                       const struct ndr_pointer_map *owner)
{
    wire_variance(w, type, dims);
    if (type->array.raw_elements)
        scan_raw_elements(w, type, dims, owner ? owner : type->array.pointers);
    else
        scan_elements(w, type, dims, 0);
}

/* ---- structures and unions ---- */

static void scan_struct(struct ndr_walk *w, const struct ndr_type *type)
{
    const struct ndr_type *tail = type->structure.tail;
    struct ndr_image image = { 0 };
    uint32_t i;

    if (type->raw) {
        image.wire = scan_raw(w, type);
        walk_map_fixed(w, type->structure.pointers, &image, note_pointer);
    } else {
        wire_take(w, type->wire_align, 0);
        for (i = 0; i < type->structure.field_count; i++)
            scan_object(w, type->structure.fields[i].type);
    }
    if (tail && tail->kind == NDR_KIND_STRING)
        scan_string(w, tail, w->hoisted->max[0]);
    else if (tail)
        scan_array(w, tail, w->hoisted, type->structure.pointers);
}

static void scan_union(struct ndr_walk *w, const struct ndr_type *type)
{
    const struct ndr_type *arm;

    wire_take(w, type->wire_align, 0);
    arm = walk_arm(w, type, wire_tag(w, type->choice.discriminant));
    if (type->choice.arm_align > 1)
        wire_take(w, type->choice.arm_align, 0);
    if (arm)
        scan_object(w, arm);
}

static void scan_hook(struct ndr_walk *w, const struct ndr_type *type)
{
    const struct ndr_hooks *hooks = walk_hooks(w, type);
    struct ndr_message *msg = w->msg;
    uint32_t size = msg->MemorySize;

    msg->Buffer = (unsigned char *)w->pos;
    msg->MemorySize = (uint32_t)w->memory;
    if (w->converting)
        hooks->convert(msg, type->format);
    else
        hooks->memory_size(msg, type->format);
    if ((uintptr_t)msg->Buffer < w->pos || (uintptr_t)msg->Buffer > w->end)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    w->pos = (uintptr_t)msg->Buffer;
    w->memory = msg->MemorySize;
    msg->MemorySize = size;
}

/* What is on the wire of an object behind its maximum counts. */
static void scan_object(struct ndr_walk *w, const struct ndr_type *type)
{
    struct ndr_dimensions dims;

    switch (type->kind) {
    case NDR_KIND_BASE:
        scan_raw(w, type);
        break;
    case NDR_KIND_ENUM16:
        wire_tag(w, type);
        break;
    case NDR_KIND_INT3264:
        wire_value(w, 4);
        break;
    case NDR_KIND_RANGE:
        scan_object(w, type->range.base);
        break;
    case NDR_KIND_IGNORED:
        wire_pointer_id(w);
        break;
    case NDR_KIND_NOTHING:
        break;
    case NDR_KIND_POINTER:
        scan_embedded_pointer(w, type);
        break;
    case NDR_KIND_STRUCT:
        scan_struct(w, type);
        break;
    case NDR_KIND_ARRAY:
        if (ndr_is_plain(type))
            scan_raw(w, type);
        else
            scan_array(w, type, ndr_is_conformant(type) ? w->hoisted : &dims, NULL);
        break;
    case NDR_KIND_STRING:
        scan_string(w, type, type->string.count);
        break;
    case NDR_KIND_UNION:
        scan_union(w, type);
        break;
    case NDR_KIND_HOOK:
        if (type->hook.pointer)
            scan_embedded_pointer(w, type);
        else
            scan_hook(w, type);
        break;
    }
}

static void scan_single_string(struct ndr_walk *w, const struct ndr_type *type, size_t alignment)
{
    struct ndr_dimensions dims;
    uint32_t length;

    wire_string_conformance(w, type, &dims);
    length = scan_string(w, type, dims.max[0]);
    add_memory(w, alignment,
               (uint64_t)wire_string_room(type, dims.max[0], length) * type->string.unit);
}

/* A construct and its counts; its memory is added to the sum. */
static void scan_construct(struct ndr_walk *w, const struct ndr_type *type, size_t alignment)
{
    const struct ndr_type *conformant = walk_conformant(type);
    struct ndr_dimensions dims;

    if (type->memory_align > alignment)
        alignment = type->memory_align;
    if (type->kind == NDR_KIND_STRING) {
        scan_single_string(w, type, alignment);
        return;
    }
    if (conformant)
        wire_conformance(w, conformant, &dims);
    add_memory(w, alignment, walk_memory_size(type, &dims));
    w->hoisted = conformant ? &dims : NULL;
    scan_object(w, type);
    w->hoisted = NULL;
}

/* ---- pointers ---- */

static bool scan_full_id(struct ndr_walk *w, uint32_t id)
{
    struct ndr_full_pointers *table = walk_full_pointers(w);
    uint8_t state = w->converting ? NDR_FULL_CONVERTED : NDR_FULL_MEMORY_SIZED;
    void *pointer;
    bool done;

    check_full_id(w, id);
    if (!w->converting && ndr_full_pointers_has(table, id, NDR_FULL_UNMARSHALLED))
        return false;
    if (!ndr_full_pointers_by_id(table, id, state, &pointer, &done))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    return !done;
}

static bool scan_id(struct ndr_walk *w, const struct ndr_type *type, uint32_t id)
{
    if (type->fc == NDR_FC_RP)
        return true;
    return id && (type->fc != NDR_FC_FP || scan_full_id(w, id));
}

static void scan_pointer(struct ndr_walk *w, const struct ndr_type *type, uint32_t id)
{
    const struct ndr_type *pointee;

    while (scan_id(w, type, id)) {
        pointee = walk_pointee(w, type);
        if (pointee->kind != NDR_KIND_POINTER) {
            scan_construct(w, pointee, sizeof(void *));
            return;
        }
        if (type->pointer.attributes & NDR_POINTER_DEREF)
            add_memory(w, sizeof(void *), sizeof(void *));
        type = pointee;
        if (type->fc != NDR_FC_RP)
            id = wire_pointer_id(w);
    }
}

static void scan_referents(struct ndr_walk *w, uint32_t level)
{
    struct ndr_deferred deferred;
    uint32_t before;

    walk_reverse(w, level);
    while (w->deferred_count > level) {
        walk_next_pointer(w, &deferred);
        before = w->deferred_count;
        if (deferred.type->kind != NDR_KIND_HOOK)
            scan_pointer(w, deferred.type, deferred.id);
        else if (deferred.id)
            scan_hook(w, deferred.type);
        walk_reverse(w, before);
    }
}

uint64_t scan_referent_size(struct ndr_walk *w, const struct ndr_type *pointee)
{
    uint32_t level = w->deferred_count;
    struct ndr_dimensions *hoisted = w->hoisted;
    uintptr_t pos = w->pos, memory = w->memory, size;
    uint64_t slack = w->slack;

    w->memory = 0;
    if (pointee->kind == NDR_KIND_POINTER) {
        add_memory(w, sizeof(void *), sizeof(void *));
        scan_pointer(w, pointee, pointee->fc == NDR_FC_RP ? 0 : wire_pointer_id(w));
    } else {
        scan_construct(w, pointee, sizeof(void *));
    }
    scan_referents(w, level);
    size = w->memory;
    w->memory = memory;
    w->pos = pos;
    w->slack = slack;
    w->hoisted = hoisted;
    return size;
}

static void scan_top(struct ndr_walk *w, const unsigned char *format)
{
    const struct ndr_type *type = walk_type(w, format);

    if (type->kind == NDR_KIND_POINTER) {
        add_memory(w, sizeof(void *), 0);
        scan_pointer(w, type, type->fc == NDR_FC_RP ? 0 : wire_pointer_id(w));
    } else {
        scan_construct(w, type, 1);
    }
    scan_referents(w, 0);
}

static void scan_begin(struct ndr_walk *w, struct ndr_message *msg)
{
    wire_begin(w, msg);
    w->memory = msg->MemorySize;
}

uint32_t ndr_memory_size(struct ndr_message *msg, const unsigned char *format)
{
    struct ndr_walk w;

    scan_begin(&w, msg);
    scan_top(&w, format);
    msg->Buffer = (unsigned char *)w.pos;
    msg->MemorySize = (uint32_t)w.memory;
    walk_end(&w);
    return msg->MemorySize;
}

void ndr_convert(struct ndr_message *msg, const unsigned char *format)
{
    struct ndr_walk w;

    scan_begin(&w, msg);
    if (w.increment == NDR64_INCREMENT)
        walk_fail(&w, NDR_STATUS_CANNOT_SUPPORT);
    w.converting = true;
    w.memory = 0;
    scan_top(&w, format);
    msg->Buffer = (unsigned char *)w.pos;
    walk_end(&w);
}
