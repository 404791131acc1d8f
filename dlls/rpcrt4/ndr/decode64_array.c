/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 decoder: arrays. Only complex ("bogus") ones say what their elements are: the others are
 * copied, and their pointers are in a map. */
#include "ndr/decode64_internal.h"

/* The element of an array that is copied at once. */
static void set_bytes(struct decoder *d, struct ndr_type *type, uint32_t element_size)
{
    if (!element_size || element_size > INT32_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->array.element = decode64_blob(d, type->format, element_size, type->wire_align);
    type->array.element_size = element_size;
    type->array.raw_elements = true;
}

/* The elements as structures with pointers, if that is what the map makes of them. */
static void make_structures(struct decoder *d, struct ndr_type *type, uint32_t count)
{
    const struct ndr_pointer_group *group = &type->array.pointers->groups[0];
    struct ndr_pointer_group first = *group;
    struct ndr_pointer_map map = { 1, &first };
    struct ndr_type *element;

    if (type->array.pointers->count != 1 || group->increment <= sizeof(void *))
        return;
    element = decode64_blob(d, type->format, group->increment, type->wire_align);
    first.repeat = 1;
    first.variable = false;
    element->structure.pointers = &map;
    if (group->increment & (type->wire_align - 1u) || !decode64_fields(d, element))
        return;
    element->has_pointers = true;
    decode_layout(d, element);
    type->array.pointers = NULL;
    type->array.element = element;
    type->array.element_size = group->increment;
    type->array.count = count;
    type->array.raw_elements = false;
}

/* `size`: of an array that is described as a whole; 0: by its elements. */
static void set_pointers(struct decoder *d, struct ndr_type *type, uint8_t flags, size_t header,
                         uint32_t size)
{
    const struct ndr_pointer_group *group;

    if (!(flags & NDR64_ARRAY_HAS_POINTER_INFO))
        return;
    type->array.pointers = decode64_pointer_map(d, type->format + header);
    type->has_pointers = true;
    group = type->array.pointers->groups;
    if (!type->array.pointers->count)
        return;
    if (size && !group->variable && (uint64_t)group->repeat * group->increment == size)
        make_structures(d, type, group->repeat);
    else if (!size && group->variable && group->increment == type->array.element_size)
        make_structures(d, type, type->array.count);
}

/* One element: the whole. */
static void decode_fixed(struct decoder *d, struct ndr_type *type)
{
    struct ndr64_fix_array header;

    decode64_read(d, &header, type->format, sizeof(header));
    set_bytes(d, type, header.TotalSize);
    type->array.count = 1;
    set_pointers(d, type, header.Flags, sizeof(header), header.TotalSize);
    type->memory_size = type->wire_least = header.TotalSize;
    type->raw = type->array.raw_elements;
}

static void decode_conformant(struct decoder *d, struct ndr_type *type, bool varying)
{
    struct ndr64_conf_var_array header = { 0 };
    size_t size = varying ? sizeof(header) : sizeof(header.Conf);

    decode64_read(d, &header, type->format, size);
    set_bytes(d, type, header.Conf.ElementSize);
    set_pointers(d, type, header.Conf.Flags, size, 0);
    type->array.conformance = decode64_correlation(d, header.Conf.ConfDescriptor);
    if (!type->array.conformance.present)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (varying)
        type->array.variance = decode64_correlation(d, header.VarDescriptor);
    type->wire_least = type->array.variance.present ? 24 : 8;
}

static void decode_varying(struct decoder *d, struct ndr_type *type)
{
    struct ndr64_var_array header;

    decode64_read(d, &header, type->format, sizeof(header));
    set_bytes(d, type, header.ElementSize);
    if (header.TotalSize > INT32_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->array.count = header.TotalSize / header.ElementSize;
    set_pointers(d, type, header.Flags, sizeof(header), 0);
    type->array.variance = decode64_correlation(d, header.VarDescriptor);
    type->memory_size = header.TotalSize;
    type->wire_least = 16;
}

/* ---- complex arrays ---- */

static void set_correlations(struct decoder *d, struct ndr_type *type,
                             const struct ndr64_conf_var_bogus_array *header)
{
    struct ndr_correlation *first;

    type->array.conformance = decode64_correlation(d, header->ConfDescription);
    type->array.variance = decode64_correlation(d, header->VarDescription);
    if (!header->OffsetDescription)
        return;
    if (!type->array.variance.present)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    first = decode_allocate(d, sizeof(*first));
    *first = decode64_correlation(d, header->OffsetDescription);
    type->array.variance.first = first;
}

/* Elements that are raw, and as far apart on the wire as in memory, are copied at once. */
static void find_raw_elements(struct ndr_type *type)
{
    const struct ndr_type *element = type->array.element;

    if (ndr_is_plain(element) && !(element->memory_size & (element->wire_align - 1u)) &&
        element->wire_align <= type->wire_align)
        type->array.raw_elements = true;
}

static void decode_complex(struct decoder *d, struct ndr_type *type, bool fixed)
{
    struct ndr64_conf_var_bogus_array header = { 0 };
    const struct ndr_type *element;
    uint64_t size;

    decode64_read(d, &header, type->format, fixed ? sizeof(header.FixedArrayFormat)
                                                  : sizeof(header));
    if (!header.FixedArrayFormat.Element)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    set_correlations(d, type, &header);
    element = type->array.element = decode64_type(d, header.FixedArrayFormat.Element);
    if (ndr_is_conformant(element) && !type->array.conformance.present)
        decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
    type->has_pointers = element->has_pointers;
    if (element->memory_align > type->memory_align)
        type->memory_align = element->memory_align;
    type->array.element_size = element->memory_size;
    type->array.count = header.FixedArrayFormat.NumberElements;
    size = (uint64_t)type->array.count * element->memory_size;
    if (size > INT32_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (!type->array.conformance.present)
        type->memory_size = (uint32_t)size;
    find_raw_elements(type);
    type->raw = type->array.raw_elements && !type->array.conformance.present &&
                !type->array.variance.present && !type->has_pointers;
    type->wire_least = 16;
    if (type->array.conformance.present)
        type->wire_least = type->array.variance.present ? 24 : 8;
    else if (!type->array.variance.present)
        type->wire_least = (uint32_t)((uint64_t)type->array.count * element->wire_least);
}

const struct ndr_type *decode64_array(struct decoder *d, const unsigned char *format)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_ARRAY, NDR_FC_BOGUS_ARRAY, format);

    type->wire_align = type->memory_align = decode64_alignment(d, format[1]);
    switch (*format) {
    case FC64_FIX_ARRAY:
        decode_fixed(d, type);
        break;
    case FC64_CONF_ARRAY:
        decode_conformant(d, type, false);
        break;
    case FC64_CONFVAR_ARRAY:
        decode_conformant(d, type, true);
        break;
    case FC64_VAR_ARRAY:
        decode_varying(d, type);
        break;
    case FC64_FIX_BOGUS_ARRAY:
    case FC64_FIX_FORCED_BOGUS_ARRAY:
        decode_complex(d, type, true);
        break;
    default:
        decode_complex(d, type, false);
        break;
    }
    return type;
}
