/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outgoing walker: buffer size and marshalling. Sizing is marshalling into nothing, so that
 * both always agree. */
#include "ndr/engine.h"
#include "ndr/out.h"

static void out_laid_out(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                         uint32_t count, uint32_t stride);

static unsigned char *out_bytes(struct ndr_walk *w, size_t alignment, const void *bytes,
                                size_t size)
{
    unsigned char *wire = out_reserve(w, alignment, size);

    if (wire && size)
        walk_copy(wire, bytes, size);
    return wire;
}

/* `count` raw images of a type, one behind the other. */
static unsigned char *out_images(struct ndr_walk *w, const struct ndr_type *type, size_t alignment,
                                 const void *images, uint32_t count, size_t stride)
{
    unsigned char *wire = out_bytes(w, alignment, images, count * stride);
    uint32_t i;

    for (i = 0; wire && type->has_gaps && i < count; i++)
        walk_clear_gaps(type, wire + i * stride);
    return wire;
}

/* `count` counts. */
static void out_counts(struct ndr_walk *w, const uint32_t *counts, uint32_t count)
{
    uint8_t size = w->rules->count_size;
    unsigned char *wire = out_reserve(w, size, (size_t)count * size);
    uint32_t i;

    for (i = 0; wire && i < count; i++)
        put_number(wire + i * size, counts[i], size);
}

static void out_count(struct ndr_walk *w, uint32_t count)
{
    out_counts(w, &count, 1);
}

static void out_enum16(struct ndr_walk *w, int64_t value)
{
    uint16_t narrow = (uint16_t)value;

    if (value < 0 || value > INT16_MAX)
        walk_fail(w, NDR_STATUS_ENUM_VALUE_OUT_OF_RANGE);
    out_bytes(w, 2, &narrow, 2);
}

static void out_scalar(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    uint32_t narrow;

    switch (type->kind) {
    case NDR_KIND_ENUM16:
        out_enum16(w, walk_integer(NDR_FC_ENUM16, memory));
        break;
    case NDR_KIND_INT3264:
        narrow = (uint32_t)walk_integer(type->fc, memory);
        out_bytes(w, 4, &narrow, 4);
        break;
    default:
        out_bytes(w, type->wire_align, memory, type->memory_size);
        break;
    }
}

/* ---- pointers ---- */

static void defer(struct ndr_walk *w, const struct ndr_type *type, unsigned char *cell,
                  unsigned char *base, unsigned char *slot)
{
    struct ndr_deferred *deferred = walk_defer(w);

    deferred->type = type;
    deferred->cell = cell;
    deferred->base = base;
    deferred->slot = slot;
}

static void out_embedded_pointer(struct ndr_walk *w, const struct ndr_type *type,
                                 unsigned char *cell)
{
    defer(w, type, cell, w->base, out_reserve(w, w->rules->pointer_size, w->rules->pointer_size));
}

static void write_id(struct ndr_walk *w, unsigned char *slot, uint32_t id)
{
    if (slot)
        put_number(slot, id, w->rules->pointer_size);
}

/* Writes the referent id; false if the referent has been written before. What it is is recorded, so
 * that no reply makes something else of it. */
static bool out_full_id(struct ndr_walk *w, const struct ndr_type *type, unsigned char *value,
                        unsigned char *slot)
{
    struct ndr_full_pointers *table = walk_full_pointers(w);
    struct ndr_referent_shape shape = walk_shape(walk_pointee(w, type));
    uint8_t state = w->sizing ? NDR_FULL_BUFFER_SIZED : NDR_FULL_MARSHALLED;
    uint32_t id;
    bool done;

    if (!ndr_full_pointers_by_pointer(table, value, state, &id, &done))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    ndr_full_pointers_share(table, id, &shape);
    write_id(w, slot, id);
    return !done;
}

/* A pointer's id, if it has a place on the wire; true if its referent follows. */
static bool out_id(struct ndr_walk *w, const struct ndr_type *type, unsigned char *value,
                   unsigned char *slot, bool on_wire)
{
    if (!value) {
        if (type->fc == NDR_FC_RP)
            walk_fail(w, NDR_STATUS_NULL_REF_POINTER);
        write_id(w, slot, 0);
        return false;
    }
    if (type->fc == NDR_FC_FP)
        return out_full_id(w, type, value, slot);
    if (on_wire && !w->sizing)
        write_id(w, slot, next_unique_id(w));
    return true;
}

/* A pointer whose id (if any) goes to `slot`, and its referent. Pointers to pointers are followed
 * in the loop; a reference pointer that is itself a referent has no place on the wire, as a
 * top-level one has none. */
static void out_pointer(struct ndr_walk *w, const struct ndr_type *type, unsigned char *value,
                        unsigned char *slot, bool on_wire)
{
    const struct ndr_type *pointee;

    while (out_id(w, type, value, slot, on_wire)) {
        pointee = walk_pointee(w, type);
        if (pointee->kind != NDR_KIND_POINTER) {
            out_object(w, pointee, value);
            return;
        }
        if (type->pointer.attributes & NDR_POINTER_DEREF)
            value = load_pointer(value);
        type = pointee;
        on_wire = type->fc != NDR_FC_RP;
        slot = on_wire ? out_reserve(w, w->rules->pointer_size, w->rules->pointer_size) : NULL;
    }
}

/* ---- hooks ---- */

static void call_hook(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_hooks *hooks = walk_hooks(w, type);
    struct ndr_message *msg = w->msg;
    uint32_t length = msg->BufferLength;

    if (w->sizing) {
        msg->BufferLength = (uint32_t)w->pos;
        hooks->buffer_size(msg, memory, type->format);
        w->pos = msg->BufferLength;
        msg->BufferLength = length;
        if (w->pos > w->end)
            walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
        return;
    }
    msg->Buffer = (unsigned char *)w->pos;
    hooks->marshal(msg, memory, type->format);
    if ((uintptr_t)msg->Buffer < w->pos || (uintptr_t)msg->Buffer > w->end)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    w->pos = (uintptr_t)msg->Buffer;
}

static void out_deferred_hook(struct ndr_walk *w, const struct ndr_deferred *deferred)
{
    const struct ndr_hooks *hooks = walk_hooks(w, deferred->type);

    if (hooks->is_null && hooks->is_null(w->msg, deferred->cell, deferred->type->format)) {
        write_id(w, deferred->slot, 0);
        return;
    }
    if (!w->sizing)
        write_id(w, deferred->slot, next_unique_id(w));
    call_hook(w, deferred->type, deferred->cell);
}

/* Referents, until the stack is at `level` again. */
static void out_referents(struct ndr_walk *w, uint32_t level)
{
    struct ndr_deferred deferred;
    uint32_t before;

    walk_reverse(w, level);
    for (;;) {
        out_runs(w, level);
        if (w->deferred_count == level)
            break;
        walk_next_pointer(w, &deferred);
        before = w->deferred_count;
        w->base = deferred.base;
        if (deferred.type->kind == NDR_KIND_HOOK)
            out_deferred_hook(w, &deferred);
        else
            out_pointer(w, deferred.type, load_pointer(deferred.cell), deferred.slot, true);
        walk_reverse(w, before);
    }
}

/* ---- arrays and strings ---- */

/* The room of a string; of one that is not sized, its characters. */
static uint32_t string_max(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_correlation *conformance = &type->string.conformance;
    uint64_t length;

    if (type->string.sized)
        return correlation_count(w, conformance, memory);
    length = walk_string_length(memory, type->string.unit, MAX_BUFFER);
    if (!length || (conformance->has_range && ((int64_t)length < conformance->low ||
                                               (int64_t)length > conformance->high)))
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    return (uint32_t)length;
}

/* The maximum counts of all dimensions come first, before an enclosing structure even. */
static void out_conformance(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                            struct ndr_dimensions *dims, unsigned int level)
{
    if (level >= NDR_MAX_DIMENSIONS)
        walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
    if (type->kind == NDR_KIND_STRING) {
        dims->max[level] = string_max(w, type, memory);
        out_count(w, dims->max[level]);
        return;
    }
    dims->max[level] = correlation_count(w, &type->array.conformance, memory);
    out_count(w, dims->max[level]);
    if (ndr_is_conformant(type->array.element))
        out_conformance(w, type->array.element, memory, dims, level + 1);
}

/* Then the offsets and actual counts of all dimensions. */
static void out_variance(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                         struct ndr_dimensions *dims, unsigned int level)
{
    if (level >= NDR_MAX_DIMENSIONS)
        walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
    if (!type->array.conformance.present)
        dims->max[level] = type->array.count;
    dims->first[level] = 0;
    dims->actual[level] = dims->max[level];
    if (type->array.variance.present) {
        correlation_variance(w, &type->array.variance, memory, &dims->first[level],
                             &dims->actual[level]);
        if (dims->first[level] > dims->max[level] ||
            dims->actual[level] > dims->max[level] - dims->first[level])
            walk_fail(w, NDR_STATUS_INVALID_BOUND);
        out_count(w, dims->first[level]);
        out_count(w, dims->actual[level]);
    }
    if (type->array.element->kind == NDR_KIND_ARRAY && !type->array.element->raw)
        out_variance(w, type->array.element, memory, dims, level + 1);
}

/* Offset, length and characters. The maximum count of a string that is not sized is its length. */
static void out_string(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                       uint32_t max)
{
    uint64_t length = max;

    if (!type->string.conformant || type->string.sized)
        length = walk_string_length(memory, type->string.unit, max);
    if (!length)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    out_counts(w, (uint32_t[]){ 0, (uint32_t)length }, 2);
    out_bytes(w, type->wire_align, memory, length * type->string.unit);
}

/* A conformant string that is no part of anything. */
static void out_lone_string(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    uint32_t max;

    if (!type->string.sized && !type->string.conformance.has_range) {
        out_text(w, type, memory);
        return;
    }
    max = string_max(w, type, memory);
    out_count(w, max);
    out_string(w, type, memory, max);
}

/* The elements of one dimension; returns where the first one is on the wire, if they were copied at
 * once. */
static unsigned char *out_elements(struct ndr_walk *w, const struct ndr_type *type,
                                   unsigned char *memory, struct ndr_dimensions *dims,
                                   unsigned int level)
{
    const struct ndr_type *element = type->array.element;
    uint64_t stride = walk_stride(type, dims, level), size = stride * dims->actual[level];
    uint32_t i;

    if (!dims->actual[level])
        return NULL;
    if (type->array.raw_elements && size > MAX_BUFFER)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    memory += stride * dims->first[level];
    if (type->array.raw_elements)
        return out_images(w, element, type->wire_align, memory, dims->actual[level], stride);
    if (element->layout) {
        out_laid_out(w, element, memory, dims->actual[level], type->array.element_size);
        return NULL;
    }
    for (i = 0; i < dims->actual[level]; i++, memory += stride) {
        if (element->kind == NDR_KIND_ARRAY && !element->raw)
            out_elements(w, element, memory, dims, level + 1);
        else if (ndr_is_conformant(element))
            out_string(w, element, memory, dims->max[level + 1]);
        else
            out_object(w, element, memory);
    }
    return NULL;
}

static void visit_pointer(struct ndr_walk *w, const struct ndr_type *pointer, unsigned char *cell,
                          unsigned char *base, unsigned char *wire)
{
    defer(w, pointer, cell, base, wire);
}

/* An array without its maximum counts: those are in dims. */
static void out_array(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                      struct ndr_dimensions *dims, struct ndr_image *image)
{
    out_variance(w, type, memory, dims, 0);
    image->elements_wire = out_elements(w, type, memory, dims, 0);
    image->first = dims->first[0];
    image->count = dims->actual[0];
    if (type->array.pointers) {
        image->memory = memory;
        image->wire = image->elements_wire;
        walk_map_fixed(w, type->array.pointers, image, visit_pointer);
        walk_map_elements(w, type->array.pointers, image, visit_pointer);
    }
}

/* What follows the maximum counts of a conformant type. */
static void out_conformant(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                           struct ndr_dimensions *dims, struct ndr_image *image)
{
    if (type->kind == NDR_KIND_STRING)
        out_string(w, type, memory, dims->max[0]);
    else
        out_array(w, type, memory, dims, image);
}

/* ---- structures and unions ---- */

/* `count` objects that have a layout, `stride` bytes apart in memory. */
static void out_laid_out(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory,
                         uint32_t count, uint32_t stride)
{
    const struct ndr_layout *layout = type->layout;
    uint64_t size = (uint64_t)layout->wire_stride * (count - 1) + layout->wire_size;
    unsigned char *wire, *at;
    uint32_t i;

    if (size > MAX_BUFFER)
        walk_fail(w, NDR_STATUS_INVALID_BOUND);
    wire = out_reserve(w, type->wire_align, (size_t)size);
    walk_defer_run(w, type, memory, wire, count, stride);
    if (!wire)
        return;
    if (layout->has_gaps || layout->wire_size < layout->wire_stride)
        memset(wire, 0, (size_t)size);
    for (i = 0, at = wire; i < count; i++, at += layout->wire_stride, memory += stride)
        out_parts(w, layout, memory, at);
}

static void out_members(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    struct ndr_image image = { .memory = memory };
    uint32_t i;

    if (type->raw)
        image.wire = out_images(w, type, type->wire_align, memory, 1, type->memory_size);
    else
        out_reserve(w, type->wire_align, 0);
    for (i = 0; !type->raw && i < type->structure.field_count; i++)
        out_object(w, type->structure.fields[i].type, memory + type->structure.fields[i].offset);
    walk_map_fixed(w, type->structure.pointers, &image, visit_pointer);
    if (!type->structure.tail)
        return;
    out_conformant(w, type->structure.tail, memory + type->memory_size, w->hoisted, &image);
    image.memory = memory;
    walk_map_elements(w, type->structure.pointers, &image, visit_pointer);
}

static void out_struct(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    unsigned char *base = w->base;
    struct ndr_dimensions dims;
    bool outermost = type->structure.conformant && !w->hoisted;

    w->base = memory;
    if (outermost) {
        out_conformance(w, type->structure.conformant, memory + type->memory_size, &dims, 0);
        w->hoisted = &dims;
    }
    out_members(w, type, memory);
    if (outermost)
        w->hoisted = NULL;
    w->base = base;
}

static void out_union(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    const struct ndr_type *discriminant = type->choice.discriminant, *arm;
    int64_t tag;
    uint32_t narrow;

    if (type->fc == NDR_FC_ENCAPSULATED_UNION)
        tag = walk_integer(discriminant->fc, memory);
    else
        tag = correlation_tag(w, &type->choice.switch_is, memory);
    arm = walk_arm(w, type, (uint32_t)tag);
    narrow = (uint32_t)tag;
    out_reserve(w, type->wire_align, 0);
    if (discriminant->kind == NDR_KIND_ENUM16)
        out_enum16(w, tag);
    else
        out_bytes(w, discriminant->wire_align, &narrow, discriminant->memory_size);
    if (type->choice.arm_align > 1)
        out_reserve(w, type->choice.arm_align, 0);
    if (arm)
        out_object(w, arm, memory + type->choice.arm_offset);
}

/* ---- everything ---- */

static void out_alone(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    struct ndr_dimensions dims;
    struct ndr_image image = { 0 };

    if (type->kind == NDR_KIND_STRING) {
        if (type->string.conformant)
            out_lone_string(w, type, memory);
        else
            out_string(w, type, memory, type->string.count);
    } else if (ndr_is_conformant(type)) {
        out_conformance(w, type, memory, &dims, 0);
        out_conformant(w, type, memory, &dims, &image);
    } else {
        out_array(w, type, memory, &dims, &image);
    }
}

void out_object(struct ndr_walk *w, const struct ndr_type *type, unsigned char *memory)
{
    if (type->layout) {
        out_laid_out(w, type, memory, 1, 0);
        return;
    }
    if (ndr_is_plain(type)) {
        out_images(w, type, type->wire_align, memory, 1, type->memory_size);
        return;
    }
    switch (type->kind) {
    case NDR_KIND_BASE:
    case NDR_KIND_ENUM16:
    case NDR_KIND_INT3264:
        out_scalar(w, type, memory);
        break;
    case NDR_KIND_RANGE:
        out_scalar(w, type->range.base, memory);
        break;
    case NDR_KIND_IGNORED:
        write_id(w, out_reserve(w, w->rules->pointer_size, w->rules->pointer_size), 0);
        break;
    case NDR_KIND_NOTHING:
        break;
    case NDR_KIND_POINTER:
        out_embedded_pointer(w, type, memory);
        break;
    case NDR_KIND_STRUCT:
        out_struct(w, type, memory);
        break;
    case NDR_KIND_ARRAY:
    case NDR_KIND_STRING:
        out_alone(w, type, memory);
        break;
    case NDR_KIND_UNION:
        out_union(w, type, memory);
        break;
    case NDR_KIND_HOOK:
        if (type->hook.pointer)
            out_embedded_pointer(w, type, memory);
        else
            call_hook(w, type, memory);
        break;
    }
}

static void out_top(struct ndr_walk *w, unsigned char *memory, const unsigned char *format)
{
    const struct ndr_type *type = walk_type(w, format);
    bool on_wire = type->fc != NDR_FC_RP;

    if (type->fc == NDR_FC_IP) /* such a parameter is the pointer itself */
        out_object(w, type, (unsigned char *)&memory);
    else if (type->kind == NDR_KIND_POINTER)
        out_pointer(w, type, memory,
                    on_wire ? out_reserve(w, w->rules->pointer_size, w->rules->pointer_size) : NULL,
                    on_wire);
    else if (memory || type->kind == NDR_KIND_NOTHING || type->kind == NDR_KIND_HOOK)
        out_object(w, type, memory);
    else
        walk_fail(w, NDR_STATUS_NULL_REF_POINTER);
    out_referents(w, 0);
}

void ndr_buffer_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    struct ndr_walk w;

    walk_begin(&w, msg);
    w.sizing = true;
    w.end = MAX_BUFFER;
    out_top(&w, memory, format);
    /* The size was found from an aligned start; the buffer's position may need as much as 7 bytes
     * to get there. */
    if (w.pos + 7 > MAX_BUFFER - msg->BufferLength)
        walk_fail(&w, NDR_STATUS_BAD_STUB_DATA);
    msg->BufferLength += (uint32_t)w.pos + 7;
    walk_end(&w);
}

uint32_t ndr_end_of(struct ndr_message *msg, unsigned char *memory, const unsigned char *format,
                    uint32_t position)
{
    struct ndr_walk w;

    walk_begin(&w, msg);
    w.sizing = true;
    w.pos = position;
    w.end = MAX_BUFFER;
    out_top(&w, memory, format);
    walk_end(&w);
    return (uint32_t)w.pos;
}

unsigned char *ndr_marshal(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format)
{
    struct ndr_walk w;

    walk_begin(&w, msg);
    w.pos = (uintptr_t)msg->Buffer;
    w.end = (uintptr_t)msg->RpcMsg->Buffer + msg->BufferLength;
    if (w.pos > w.end)
        walk_fail(&w, NDR_STATUS_BAD_STUB_DATA);
    out_top(&w, memory, format);
    msg->Buffer = (unsigned char *)w.pos;
    walk_end(&w);
    return NULL;
}
