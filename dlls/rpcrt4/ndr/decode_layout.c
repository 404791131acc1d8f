/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Layouts: the flat view of structures whose members are always at the same places on the wire, and
 * of raw ones with pointers. */
#include <string.h>

#include "ndr/decode_internal.h"

/* Larger structures (arrays of structures in them, mostly) are walked member by member. */
#define MAX_PARTS 64

/* A layout being made. Places are counted from the start of the outermost structure. */
struct plan {
    struct ndr_part parts[MAX_PARTS];
    struct ndr_pointer_place pointers[MAX_PARTS];
    uint32_t part_count, pointer_count;
    uint32_t wire; /* where the next member's alignment gap begins */
    uint32_t used; /* bytes on the wire that are not gaps */
    uint8_t alignment;
};

static bool plan_type(struct plan *plan, const struct ndr_type *type, uint32_t memory,
                      uint32_t base);

/* Where the next `size` bytes are on the wire. */
static uint32_t plan_bytes(struct plan *plan, const struct ndr_type *type, uint32_t size)
{
    uint32_t wire = format_align(plan->wire, type->wire_align);

    plan->wire = wire + size;
    plan->used += size;
    return wire;
}

static bool plan_part(struct plan *plan, const struct ndr_type *type, uint32_t memory)
{
    bool plain = ndr_is_plain(type);
    struct ndr_part part = {
        .memory = memory,
        .kind = plain ? NDR_KIND_BASE : type->kind,
        .size = type->memory_size,
        .type = type,
    };

    if (plan->part_count == MAX_PARTS)
        return false;
    part.wire = plan_bytes(plan, type, plain ? type->memory_size : type->wire_least);
    plan->parts[plan->part_count++] = part;
    return true;
}

static bool plan_pointer(struct plan *plan, const struct ndr_type *type, uint32_t memory,
                         uint32_t base)
{
    if (plan->pointer_count == MAX_PARTS)
        return false;
    plan->pointers[plan->pointer_count++] =
        (struct ndr_pointer_place){ memory, plan_bytes(plan, type, type->wire_least), base, type };
    return true;
}

static bool plan_array(struct plan *plan, const struct ndr_type *type, uint32_t memory,
                       uint32_t base)
{
    uint32_t i;

    if (type->array.conformance.present || type->array.variance.present ||
        (type->array.raw_elements && !type->has_gaps))
        return false;
    for (i = 0; i < type->array.count; i++)
        if (!plan_type(plan, type->array.element, memory + i * type->array.element_size, base))
            return false;
    return true;
}

static bool plan_structure(struct plan *plan, const struct ndr_type *type, uint32_t memory)
{
    uint32_t i;

    if (type->structure.conformant)
        return false;
    plan_bytes(plan, type, 0);
    for (i = 0; i < type->structure.field_count; i++) {
        const struct ndr_field *field = &type->structure.fields[i];

        if (!plan_type(plan, field->type, memory + field->offset, memory))
            return false;
    }
    return true;
}

/* A raw structure with gaps: its members are where they are in memory. */
static bool plan_image(struct plan *plan, const struct ndr_type *type, uint32_t memory)
{
    uint32_t start = plan_bytes(plan, type, 0), i;

    for (i = 0; i < type->structure.field_count; i++) {
        const struct ndr_field *field = &type->structure.fields[i];

        plan->wire = start + field->offset;
        if (plan->wire & (field->type->wire_align - 1u) ||
            !plan_type(plan, field->type, memory + field->offset, memory))
            return false;
    }
    plan->wire = start + type->memory_size;
    return true;
}

static bool plan_type(struct plan *plan, const struct ndr_type *type, uint32_t memory,
                      uint32_t base)
{
    if (type->wire_align > plan->alignment)
        return false;
    if (ndr_is_plain(type) && !type->has_gaps)
        return plan_part(plan, type, memory);
    switch (type->kind) {
    case NDR_KIND_ENUM16:
    case NDR_KIND_INT3264:
        return plan_part(plan, type, memory);
    case NDR_KIND_RANGE:
        return type->range.base->kind == NDR_KIND_BASE && plan_part(plan, type, memory);
    case NDR_KIND_POINTER:
        return plan_pointer(plan, type, memory, base);
    case NDR_KIND_STRUCT:
        return type->has_gaps ? plan_image(plan, type, memory)
                              : !type->raw && plan_structure(plan, type, memory);
    case NDR_KIND_ARRAY:
        return plan_array(plan, type, memory, base);
    default:
        return false;
    }
}

/* ---- raw structures with pointers ---- */

static bool plan_group(struct plan *plan, const struct ndr_pointer_group *group)
{
    uint32_t i, j;

    if (group->variable || group->keeps_base || group->repeat > MAX_PARTS)
        return false;
    for (i = 0; i < group->repeat; i++) {
        for (j = 0; j < group->pointer_count; j++) {
            const struct ndr_type *pointer = group->pointers[j].pointer;
            uint32_t step = i * group->increment;
            uint32_t offset = step + (uint32_t)group->pointers[j].offset;

            if (plan->pointer_count == MAX_PARTS || pointer->kind != NDR_KIND_POINTER)
                return false;
            plan->pointers[plan->pointer_count++] = (struct ndr_pointer_place){
                offset, offset, (uint32_t)group->array_offset + step, pointer
            };
        }
    }
    return true;
}

/* The first pointer at or behind an offset, or the end. */
static uint32_t next_pointer(const struct plan *plan, uint32_t offset, uint32_t end)
{
    uint32_t i;

    for (i = 0; i < plan->pointer_count; i++)
        if (plan->pointers[i].memory >= offset && plan->pointers[i].memory < end)
            end = plan->pointers[i].memory;
    return end;
}

/* The parts are what is between the pointers. */
static bool plan_raw(struct plan *plan, const struct ndr_type *type)
{
    const struct ndr_pointer_map *map = type->structure.pointers;
    uint32_t i, offset, next;

    if (!map || type->structure.conformant || type->has_gaps)
        return false;
    for (i = 0; i < map->count; i++)
        if (!plan_group(plan, &map->groups[i]))
            return false;
    for (offset = 0; offset < type->memory_size; offset = next + sizeof(void *)) {
        next = next_pointer(plan, offset, type->memory_size);
        if (next == offset)
            continue;
        if (plan->part_count == MAX_PARTS)
            return false;
        plan->parts[plan->part_count++] = (struct ndr_part){
            offset, offset, NDR_KIND_BASE, next - offset, ndr_base_type(NDR_FC_BYTE)
        };
    }
    plan->wire = plan->used = type->memory_size;
    return true;
}

static bool all_quick(const struct plan *plan)
{
    uint32_t i;

    for (i = 0; i < plan->pointer_count; i++)
        if (!plan->pointers[i].pointer->pointer.quick)
            return false;
    return plan->pointer_count <= NDR_MAX_QUICK;
}

void decode_layout(struct decoder *d, struct ndr_type *type)
{
    struct plan plan = { .alignment = type->wire_align };
    struct ndr_layout *layout;
    struct ndr_part *parts;
    struct ndr_pointer_place *pointers;

    if (!(type->raw ? plan_raw(&plan, type) : plan_structure(&plan, type, 0)))
        return;
    parts = decode_allocate(d, plan.part_count * sizeof(*parts));
    memcpy(parts, plan.parts, plan.part_count * sizeof(*parts));
    pointers = decode_allocate(d, plan.pointer_count * sizeof(*pointers));
    memcpy(pointers, plan.pointers, plan.pointer_count * sizeof(*pointers));
    layout = decode_allocate(d, sizeof(*layout));
    *layout = (struct ndr_layout){
        .wire_size = plan.wire,
        .wire_stride = format_align(plan.wire, type->wire_align),
        .quick = all_quick(&plan),
        .has_gaps = plan.used < plan.wire,
        .part_count = plan.part_count,
        .pointer_count = plan.pointer_count,
        .parts = parts,
        .pointers = pointers,
    };
    type->layout = layout;
}
