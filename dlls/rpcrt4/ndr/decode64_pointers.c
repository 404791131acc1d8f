/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 decoder: the pointer layouts of raw images. */
#include "ndr/decode64_internal.h"

/* What one pointer takes in a layout. */
#define INSTANCE_SIZE (sizeof(struct ndr64_pointer_instance) + sizeof(struct ndr64_pointer))

/* One group of a layout: where its pointers are, how many, and where it ends. */
struct group {
    struct ndr64_fixed_repeat repeat;
    const unsigned char *instances, *end;
};

static bool next_group(struct decoder *d, const unsigned char *at, struct group *group)
{
    memset(group, 0, sizeof(*group));
    switch (*at) {
    case FC64_END:
        return false;
    case FC64_NO_REPEAT:
        group->repeat.RepeatFormat.NumberOfPointers = 1;
        group->repeat.Iterations = 1;
        group->instances = at + sizeof(struct ndr64_no_repeat);
        break;
    case FC64_FIXED_REPEAT:
        memcpy(&group->repeat, at, sizeof(group->repeat));
        group->instances = at + sizeof(group->repeat);
        break;
    case FC64_VARIABLE_REPEAT:
        memcpy(&group->repeat.RepeatFormat, at, sizeof(group->repeat.RepeatFormat));
        group->instances = at + sizeof(group->repeat.RepeatFormat);
        break;
    default:
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    }
    group->end = group->instances + group->repeat.RepeatFormat.NumberOfPointers * INSTANCE_SIZE;
    return true;
}

static uint32_t instance_offset(const struct group *group, uint32_t i)
{
    struct ndr64_pointer_instance instance;

    memcpy(&instance, group->instances + i * INSTANCE_SIZE, sizeof(instance));
    return instance.Offset;
}

/* Whether offsets are from the element, not from the image: one in front of the array can only be
 * the former, one beyond an element only the latter. */
static bool is_relative(const struct group *group)
{
    const struct ndr64_repeat *repeat = &group->repeat.RepeatFormat;
    uint32_t i;

    for (i = 0; i < repeat->NumberOfPointers; i++)
        if (instance_offset(group, i) < repeat->OffsetToArray)
            return true;
    return false;
}

static void read_group(struct decoder *d, struct ndr_pointer_group *to, const unsigned char *at,
                       const struct group *group)
{
    const struct ndr64_repeat *repeat = &group->repeat.RepeatFormat;
    uint32_t i, shift = is_relative(group) ? repeat->OffsetToArray : 0;

    if (repeat->NumberOfPointers > UINT16_MAX || repeat->OffsetToArray > INT32_MAX ||
        repeat->Increment > INT32_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    to->variable = *at == FC64_VARIABLE_REPEAT;
    /* An element that is but a pointer holds nothing that its pointee could count by. */
    to->keeps_base = *at != FC64_NO_REPEAT && repeat->Increment == sizeof(void *) &&
                     !(repeat->Flags & NDR64_REPEAT_SETS_MARK);
    to->repeat = group->repeat.Iterations;
    to->increment = repeat->Increment;
    to->array_offset = (int32_t)repeat->OffsetToArray;
    to->pointer_count = repeat->NumberOfPointers;
    to->pointers = decode_allocate(d, (to->pointer_count + 1) * sizeof(*to->pointers));
    for (i = 0; i < to->pointer_count; i++) {
        to->pointers[i].offset = (int32_t)(shift + instance_offset(group, i));
        to->pointers[i].pointer =
            decode64_pointer(d, group->instances + i * INSTANCE_SIZE +
                                    sizeof(struct ndr64_pointer_instance));
    }
}

struct ndr_pointer_map *decode64_pointer_map(struct decoder *d, const unsigned char *format)
{
    struct ndr_pointer_map *map = decode_allocate(d, sizeof(*map));
    uint32_t i, count = 0, span = decode_span_begin(d, format);
    const unsigned char *at;
    struct group group;

    for (at = format; next_group(d, at, &group); at = group.end)
        count++;
    decode_span_end(d, span, at + 1);
    map->count = count;
    map->groups = decode_allocate(d, (count + 1) * sizeof(*map->groups));
    for (at = format, i = 0; i < count; i++, at = group.end) {
        next_group(d, at, &group);
        read_group(d, &map->groups[i], at, &group);
    }
    return map;
}

/* ---- structures of a map's pointers, and bytes between them ---- */

static uint32_t count_pointers(const struct ndr_pointer_map *map)
{
    uint32_t i, count = 0;

    for (i = 0; i < map->count; i++)
        count += map->groups[i].pointer_count;
    return count;
}

/* The pointers of a map, by their offsets; NULL if they are more than members of one structure. */
static struct ndr_pointer_slot *sorted_pointers(struct decoder *d,
                                                const struct ndr_pointer_map *map)
{
    struct ndr_pointer_slot *slots = decode_allocate(d, (count_pointers(map) + 1) * sizeof(*slots));
    uint32_t i, j, at, count = 0;

    for (i = 0; i < map->count; i++) {
        const struct ndr_pointer_group *group = &map->groups[i];

        if (group->repeat != 1 || group->variable || group->keeps_base || group->array_offset)
            return NULL;
        for (j = 0; j < group->pointer_count; j++) {
            for (at = count++; at && slots[at - 1].offset > group->pointers[j].offset; at--)
                slots[at] = slots[at - 1];
            slots[at] = group->pointers[j];
        }
    }
    return slots;
}

static void add_field(struct ndr_type *type, uint32_t offset, const struct ndr_type *field)
{
    type->structure.fields[type->structure.field_count].offset = offset;
    type->structure.fields[type->structure.field_count++].type = field;
}

bool decode64_fields(struct decoder *d, struct ndr_type *type)
{
    const struct ndr_pointer_map *map = type->structure.pointers;
    const struct ndr_pointer_slot *slots = sorted_pointers(d, map);
    uint32_t i, at, end = 0, count = count_pointers(map);

    if (!slots || type->wire_align < 8 || type->memory_size < sizeof(void *))
        return false;
    for (i = 0; i < count; i++, end = at + sizeof(void *)) {
        at = (uint32_t)slots[i].offset;
        if (at & 7 || at < end || at > type->memory_size - sizeof(void *))
            return false;
    }
    type->structure.fields = decode_allocate(d, (2 * count + 1) * sizeof(struct ndr_field));
    for (i = 0, end = 0; i < count; i++, end = at + sizeof(void *)) {
        at = (uint32_t)slots[i].offset;
        if (at > end)
            add_field(type, end, decode64_blob(d, type->format, at - end, 1));
        add_field(type, at, slots[i].pointer);
    }
    if (type->memory_size > end)
        add_field(type, end, decode64_blob(d, type->format, type->memory_size - end, 1));
    type->structure.pointers = NULL;
    type->raw = false;
    return true;
}

/* ---- maps of arrays that end structures ---- */

static void shift_group(struct decoder *d, struct ndr_pointer_group *group, uint32_t offset)
{
    size_t size = group->pointer_count * sizeof(*group->pointers);
    struct ndr_pointer_slot *pointers = decode_allocate(d, size + sizeof(*pointers));
    uint32_t i;

    if (size)
        memcpy(pointers, group->pointers, size);
    for (i = 0; i < group->pointer_count; i++)
        pointers[i].offset += (int32_t)offset;
    group->pointers = pointers;
    group->array_offset += (int32_t)offset;
}

struct ndr_pointer_map *decode64_join_maps(struct decoder *d, const struct ndr_pointer_map *a,
                                           const struct ndr_pointer_map *b, uint32_t offset)
{
    struct ndr_pointer_map *map = decode_allocate(d, sizeof(*map));
    uint32_t i, from_a = a ? a->count : 0, from_b = b ? b->count : 0;

    map->count = from_a + from_b;
    map->groups = decode_allocate(d, (map->count + 1) * sizeof(*map->groups));
    for (i = 0; i < from_a; i++)
        map->groups[i] = a->groups[i];
    for (i = 0; i < from_b; i++) {
        map->groups[from_a + i] = b->groups[i];
        shift_group(d, &map->groups[from_a + i], offset);
    }
    return map;
}
