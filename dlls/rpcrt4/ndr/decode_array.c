/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR 2.0 decoder: arrays ("Arrays (RPC)") and the pointer maps of raw types ("Pointer Layout"). */
#include <string.h>

#include "ndr/decode_internal.h"
#include "ndr/raise.h"

/* Bytes of one pointer_instance of the layout. */
#define INSTANCE_SIZE 8

/* Where the pointers of an instance begin, and where the instance ends. */
static const unsigned char *instance_pointers(struct decoder *d, const unsigned char *format,
                                              uint32_t *count)
{
    switch (*format) {
    case NDR_FC_NO_REPEAT:
        *count = 1;
        return format + 2;
    case NDR_FC_FIXED_REPEAT:
        *count = format_u16(format + 8);
        return format + 10;
    case NDR_FC_VARIABLE_REPEAT:
        *count = format_u16(format + 6);
        return format + 8;
    }
    decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
}

/* Offsets are from the start of the structure or array; negative ones from the end of the fixed
 * part. Those in the buffer are the same as those in memory, or the type would not be raw, so only
 * these are read. */
static void read_group(struct decoder *d, struct ndr_pointer_group *group,
                       const unsigned char *format, uint32_t end_offset)
{
    const unsigned char *instance = instance_pointers(d, format, &group->pointer_count);
    uint32_t i;

    group->repeat = 1;
    if (*format == NDR_FC_FIXED_REPEAT) {
        group->repeat = format_u16(format + 2);
        group->increment = format_u16(format + 4);
        group->array_offset = format_i16(format + 6);
    } else if (*format == NDR_FC_VARIABLE_REPEAT) {
        group->variable = true;
        group->increment = format_u16(format + 2);
        group->array_offset = format_i16(format + 4);
    }
    group->pointers = decode_allocate(d, (group->pointer_count + 1) * sizeof(*group->pointers));
    for (i = 0; i < group->pointer_count; i++, instance += INSTANCE_SIZE) {
        int32_t offset = format_i16(instance);

        group->pointers[i].offset = offset < 0 ? (int32_t)end_offset + offset : offset;
        group->pointers[i].pointer = decode_pointer(d, instance + 4);
    }
}

static const unsigned char *next_instance(struct decoder *d, const unsigned char *format)
{
    uint32_t count;
    const unsigned char *instance = instance_pointers(d, format, &count);

    return instance + count * INSTANCE_SIZE;
}

const struct ndr_pointer_map *decode_pointer_map(struct decoder *d, const unsigned char **format,
                                                 uint32_t end_offset)
{
    const unsigned char *first = *format + 2, *at;
    struct ndr_pointer_map *map;
    uint32_t i, count = 0;

    if (**format != NDR_FC_PP)
        return NULL;
    for (at = first; *at != NDR_FC_END; at = next_instance(d, at))
        count++;
    *format = at + 1;
    /* A raw type has its pointers as they are on the wire, in four bytes. */
    if (count && sizeof(void *) != 4)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    map = decode_allocate(d, sizeof(*map));
    map->count = count;
    map->groups = decode_allocate(d, (count + 1) * sizeof(*map->groups));
    for (at = first, i = 0; i < count; i++, at = next_instance(d, at))
        read_group(d, &map->groups[i], at, end_offset);
    return map;
}

/* Reads what precedes the element of each kind of array; returns where the pointer map or the
 * element is. */
static const unsigned char *read_array_header(struct decoder *d, struct ndr_type *type)
{
    const unsigned char *format = type->format;
    uint32_t corr = 4 + d->increment;

    switch (*format) {
    case NDR_FC_SMFARRAY:
        type->memory_size = format_u16(format + 2);
        return format + 4;
    case NDR_FC_LGFARRAY:
        type->memory_size = format_u32(format + 2);
        return format + 6;
    case NDR_FC_CARRAY:
        type->array.element_size = format_u16(format + 2);
        type->array.conformance = ndr_decode_correlation(format + 4, d->increment);
        return format + 4 + corr;
    case NDR_FC_CVARRAY:
        type->array.element_size = format_u16(format + 2);
        type->array.conformance = ndr_decode_correlation(format + 4, d->increment);
        type->array.variance = ndr_decode_correlation(format + 4 + corr, d->increment);
        return format + 4 + 2 * corr;
    case NDR_FC_SMVARRAY:
        type->memory_size = format_u16(format + 2);
        type->array.count = format_u16(format + 4);
        type->array.element_size = format_u16(format + 6);
        type->array.variance = ndr_decode_correlation(format + 8, d->increment);
        return format + 8 + corr;
    case NDR_FC_LGVARRAY:
        type->memory_size = format_u32(format + 2);
        type->array.count = format_u32(format + 6);
        type->array.element_size = format_u16(format + 10);
        type->array.variance = ndr_decode_correlation(format + 12, d->increment);
        return format + 12 + corr;
    default: /* FC_BOGUS_ARRAY */
        type->array.count = format_u16(format + 2);
        type->array.conformance = ndr_decode_correlation(format + 4, d->increment);
        type->array.variance = ndr_decode_correlation(format + 4 + corr, d->increment);
        return format + 4 + 2 * corr;
    }
}

static const struct ndr_type *read_element(struct decoder *d, const unsigned char *format)
{
    const struct ndr_type *base = ndr_base_type(*format);

    if (*format == NDR_FC_EMBEDDED_COMPLEX)
        return decode_type(d, format + 2 + format_i16(format + 2), false);
    if (*format == NDR_FC_POINTER)
        return ndr_base_type(NDR_FC_ULONG);
    return base ? base : decode_type(d, format, false);
}

/* The element's sizes decide those of the array that the descriptor leaves open. */
static void settle_sizes(struct decoder *d, struct ndr_type *type)
{
    const struct ndr_type *element = type->array.element;
    uint64_t total;

    if (!type->array.element_size)
        type->array.element_size = element->memory_size;
    if (type->array.raw_elements && type->array.element_size < element->memory_size)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (*type->format == NDR_FC_SMFARRAY || *type->format == NDR_FC_LGFARRAY)
        type->array.count = type->array.element_size ? type->memory_size / type->array.element_size
                                                     : 0;
    total = (uint64_t)type->array.count * type->array.element_size;
    if (total > INT32_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (type->array.conformance.present)
        type->memory_size = 0;
    else if (!type->memory_size)
        type->memory_size = (uint32_t)total;
    type->raw = type->array.raw_elements && !type->array.conformance.present &&
                !type->array.variance.present;
    type->has_gaps = type->raw && element->has_gaps;
    if (type->array.variance.present)
        type->wire_least = 8;
    else if (type->raw)
        type->wire_least = type->memory_size;
    else
        type->wire_least = (uint32_t)(type->array.count * (uint64_t)element->wire_least);
}

const struct ndr_type *decode_array(struct decoder *d, const unsigned char *format, bool mapped)
{
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *type = decode_node(d, NDR_KIND_ARRAY, format);
    const unsigned char *at = read_array_header(d, type);
    bool own_map = *at == NDR_FC_PP;

    type->array.pointers = decode_pointer_map(d, &at, 0);
    /* An element that is described in place has a span of its own. */
    decode_span_end(d, span, at + (*at == NDR_FC_EMBEDDED_COMPLEX ? 4 : 1));
    type->array.element = read_element(d, at);
    type->wire_align = (format[1] & 0x0f) + 1;
    type->memory_align = type->array.element->memory_align;
    if (type->memory_align < type->wire_align)
        type->memory_align = type->wire_align;
    type->has_pointers = type->array.element->has_pointers ||
                         (own_map && type->array.pointers->count);
    type->array.raw_elements =
        *format != NDR_FC_BOGUS_ARRAY &&
        ((mapped || own_map) ? sizeof(void *) == 4 || type->array.element->raw
                             : type->array.element->raw && !type->array.element->has_pointers);
    if (ndr_is_conformant(type->array.element) && !type->array.conformance.present)
        decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
    settle_sizes(d, type);
    return type;
}
