/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 decoder: structures.
 *
 * A pointer is as wide on the wire as it is in memory, so nearly every structure's wire image is
 * its memory image, with its pointers where they are. MIDL describes those with gaps member by
 * member ("forced bogus"), lest old memory be sent, the others as bytes and a pointer layout. Both
 * become fields, and get a layout (decode_layout.c), if they have pointers; without, and without
 * gaps, they are raw. */
#include "ndr/decode64_internal.h"

/* The members of a complex structure, as they are read. */
struct layout {
    const unsigned char *pointers; /* description of the next pointer, or NULL */
    struct ndr_field *fields;
    uint32_t count;
    uint32_t offset;
};

static bool is_alignment(const struct ndr_type *type)
{
    return type->kind == NDR_KIND_STRUCT && !type->raw && !type->structure.field_count &&
           !type->structure.conformant;
}

/* A field without contents, at which the wire is aligned. */
static const struct ndr_type *alignment_node(struct decoder *d, const unsigned char *format,
                                             unsigned int mask)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_STRUCT, NDR_FC_BOGUS_STRUCT, format);

    type->wire_align = decode64_alignment(d, mask);
    return type;
}

static size_t member_size(const unsigned char *format)
{
    return *format == FC64_EMBEDDED_COMPLEX ? sizeof(struct ndr64_embedded)
                                                : sizeof(struct ndr64_member);
}

static void add_field(struct decoder *d, struct layout *layout, const struct ndr_type *type)
{
    if (!type || layout->offset > INT32_MAX - type->memory_size)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    layout->fields[layout->count].offset = layout->offset;
    layout->fields[layout->count++].type = type;
    layout->offset += type->memory_size;
}

static void add_pointer(struct decoder *d, struct layout *layout)
{
    if (!layout->pointers)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    add_field(d, layout, decode64_pointer(d, layout->pointers));
    layout->pointers += sizeof(struct ndr64_pointer);
}

static void add_member(struct decoder *d, struct layout *layout, const unsigned char *format)
{
    struct ndr64_embedded embedded;
    struct ndr64_member member;

    if (*format == FC64_EMBEDDED_COMPLEX) {
        memcpy(&embedded, format, sizeof(embedded));
        add_field(d, layout, decode64_type(d, embedded.Type));
        return;
    }
    memcpy(&member, format, sizeof(member));
    switch (member.FormatCode) {
    case FC64_POINTER:
        add_pointer(d, layout);
        break;
    case FC64_STRUCTPADN:
        layout->offset += member.Size;
        break;
    case FC64_BUFFER_ALIGN:
        add_field(d, layout, alignment_node(d, format, member.Alignment));
        break;
    case FC64_STRUCT:
        add_field(d, layout, decode64_blob(d, format, member.Size,
                                           decode64_alignment(d, member.Alignment)));
        break;
    default:
        add_field(d, layout, ndr64_base_type(member.FormatCode));
        break;
    }
}

static void read_members(struct decoder *d, struct layout *layout, const unsigned char *format)
{
    uint32_t count = 0, span = decode_span_begin(d, format);
    const unsigned char *at;

    for (at = format; *at != FC64_END; at += member_size(at))
        count++;
    decode_span_end(d, span, at + 1);
    layout->fields = decode_allocate(d, (count + 1) * sizeof(*layout->fields));
    for (at = format; *at != FC64_END; at += member_size(at))
        add_member(d, layout, at);
}

/* Makes a complex structure a raw one, if it is nothing but bytes, without gaps. */
static void make_raw(struct ndr_type *type, const struct layout *layout)
{
    uint32_t i, end = 0;

    for (i = 0; i < layout->count; i++) {
        const struct ndr_field *field = &layout->fields[i];

        if (field->type->wire_align > type->wire_align || end & (field->type->wire_align - 1u))
            return;
        if (is_alignment(field->type))
            continue;
        if (!ndr_is_plain(field->type) || end != field->offset)
            return;
        end += field->type->memory_size;
    }
    if (end != type->memory_size)
        return;
    type->raw = true;
    type->wire_least = type->memory_size;
    type->structure.field_count = 0;
}

/* ---- structures that are walked field by field ---- */

/* Whether a field of bytes directly follows another, in memory as on the wire. */
static bool follows(const struct ndr_field *run, uint32_t size, const struct ndr_field *field)
{
    return ndr_is_plain(field->type) &&
           field->type->wire_align <= run->type->wire_align &&
           field->offset == run->offset + size &&
           format_align(size, field->type->wire_align) == size;
}

/* Neighbouring fields of bytes become one, copied at once. */
static void merge_fields(struct decoder *d, struct ndr_type *type)
{
    struct ndr_field *fields = type->structure.fields;
    uint32_t i, j, size, kept = 0, count = type->structure.field_count;

    for (i = 0; i < count; i = j) {
        struct ndr_field first = fields[i];

        size = first.type->memory_size;
        j = i + 1;
        if (ndr_is_plain(first.type)) {
            for (; j < count && follows(&first, size, &fields[j]); j++)
                size += fields[j].type->memory_size;
            if (j > i + 1)
                first.type = decode64_blob(d, type->format, size, first.type->wire_align);
        }
        fields[kept++] = first;
    }
    type->structure.field_count = kept;
}

static void set_conformant(struct decoder *d, struct ndr_type *type, const void *description)
{
    if (!description)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    decode_end_with(d, type, decode64_type(d, description));
}

static bool has_variable_group(const struct ndr_pointer_map *map)
{
    uint32_t i;

    for (i = 0; map && i < map->count; i++)
        if (map->groups[i].variable)
            return true;
    return false;
}

/* The walkers look for the pointers of a structure's array in the structure's map, if it has one;
 * the array may have been described with a map of its own. */
static void join_array_map(struct decoder *d, struct ndr_type *type)
{
    struct ndr_type *array = (struct ndr_type *)type->structure.tail;

    if (!type->raw || !array || array->kind != NDR_KIND_ARRAY || !array->array.raw_elements)
        return;
    if (array->array.pointers && !has_variable_group(type->structure.pointers))
        type->structure.pointers = decode64_join_maps(d, type->structure.pointers,
                                                      array->array.pointers, type->memory_size);
    if (has_variable_group(type->structure.pointers)) {
        array->array.pointers = NULL;
        array->has_pointers = true;
    }
}

static void decode_complex(struct decoder *d, struct ndr_type *type, bool conformant)
{
    struct ndr64_conf_bogus_struct header = { 0 };
    size_t size = conformant ? sizeof(header) : sizeof(header.Bogus);
    struct layout layout = { 0 };

    decode64_read(d, &header, type->format, size);
    layout.pointers = header.Bogus.PointerLayout;
    read_members(d, &layout, type->format + size);
    type->structure.fields = layout.fields;
    type->structure.field_count = layout.count;
    make_raw(type, &layout);
    if (!type->raw) {
        merge_fields(d, type);
        decode_summarize_fields(type);
    }
    if (conformant)
        set_conformant(d, type, header.ConfArrayDescription);
    decode_layout(d, type);
}

static void decode_image(struct decoder *d, struct ndr_type *type, bool conformant)
{
    struct ndr64_conf_struct header = { 0 };
    size_t size = conformant ? sizeof(header) : sizeof(header.Header);

    decode64_read(d, &header, type->format, size);
    type->raw = true;
    type->wire_least = type->memory_size;
    if (header.Header.Flags & NDR64_STRUCT_HAS_POINTER_INFO) {
        type->structure.pointers = decode64_pointer_map(d, type->format + size);
        type->has_pointers = true;
    }
    if (conformant)
        set_conformant(d, type, header.ArrayDescription);
    else if (type->structure.pointers && decode64_fields(d, type))
        decode_layout(d, type);
}

const struct ndr_type *decode64_struct(struct decoder *d, const unsigned char *format)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_STRUCT, NDR_FC_STRUCT, format);
    bool complex = *format >= FC64_BOGUS_STRUCT;
    struct ndr64_struct header;

    decode64_read(d, &header, format, sizeof(header));
    if (header.MemorySize > INT32_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->wire_align = type->memory_align = decode64_alignment(d, header.Alignment);
    type->memory_size = header.MemorySize;
    if (complex)
        decode_complex(d, type, *format >= FC64_CONF_BOGUS_STRUCT);
    else
        decode_image(d, type, *format >= FC64_CONF_STRUCT);
    join_array_map(d, type);
    return type;
}
