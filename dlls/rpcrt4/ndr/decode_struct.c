/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR 2.0 decoder: structures ("Structures (RPC)" and "Pointer Layout" of the SDK's format string
 * documentation). */
#include <string.h>

#include "ndr/decode_internal.h"
#include "ndr/raise.h"

/* A member layout being read. */
struct layout {
    const unsigned char *format;
    const unsigned char *pointers; /* next pointer description of a complex structure, or NULL */
    struct ndr_field *fields;
    uint32_t count;
    uint32_t offset;
};

static uint32_t layout_capacity(const unsigned char *format)
{
    uint32_t count = 0;

    while (*format != NDR_FC_END) {
        count++;
        format += *format == NDR_FC_EMBEDDED_COMPLEX ? 4 : 1;
    }
    return count;
}

static void layout_add(struct decoder *d, struct layout *layout, const struct ndr_type *type)
{
    if (!type || layout->offset > 0x10000)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    layout->fields[layout->count].offset = layout->offset;
    layout->fields[layout->count++].type = type;
    layout->offset += type->memory_size;
}

static void layout_add_pointer(struct decoder *d, struct layout *layout)
{
    /* Structures with a pointer map describe their pointers there: here they only are 4 bytes. */
    if (!layout->pointers) {
        layout_add(d, layout, ndr_base_type(NDR_FC_ULONG));
        return;
    }
    layout_add(d, layout, decode_pointer(d, layout->pointers));
    layout->pointers += 4;
}

static void layout_member(struct decoder *d, struct layout *layout)
{
    const unsigned char *format = layout->format++;

    switch (*format) {
    case NDR_FC_PAD:
        return;
    case NDR_FC_POINTER:
        layout_add_pointer(d, layout);
        return;
    case NDR_FC_ALIGNM2:
    case NDR_FC_ALIGNM4:
    case NDR_FC_ALIGNM8:
        layout->offset = format_align(layout->offset, 2u << (*format - NDR_FC_ALIGNM2));
        return;
    case NDR_FC_EMBEDDED_COMPLEX:
        layout->offset += format[1];
        layout->format = format + 4;
        layout_add(d, layout, decode_type(d, format + 2 + format_i16(format + 2), false));
        return;
    }
    if (*format >= NDR_FC_STRUCTPAD1 && *format <= NDR_FC_STRUCTPAD7)
        layout->offset += *format - NDR_FC_STRUCTPAD1 + 1;
    else
        layout_add(d, layout, ndr_base_type(*format));
}

static const unsigned char *skip_layout(const unsigned char *format)
{
    while (*format != NDR_FC_END)
        format += *format == NDR_FC_EMBEDDED_COMPLEX ? 4 : 1;
    return format + 1;
}

static void read_layout(struct decoder *d, struct layout *layout, const unsigned char *format)
{
    layout->format = format;
    layout->fields = decode_allocate(d, (layout_capacity(format) + 1) * sizeof(*layout->fields));
    while (*layout->format != NDR_FC_END)
        layout_member(d, layout);
}

/* Whether `field` can join the run of scalars before it: right behind them in memory, it is there
 * on the wire, too. */
static bool joins_run(const struct ndr_type *run, uint32_t run_offset,
                      const struct ndr_field *field)
{
    return field->type->kind == NDR_KIND_BASE && field->type->wire_align <= run->wire_align &&
           !(run->memory_size & (field->type->wire_align - 1u)) &&
           field->offset == run_offset + run->memory_size;
}

/* Complex structures are walked field by field; neighbouring scalars become one raw field, copied
 * at once. */
static void merge_scalars(struct decoder *d, struct ndr_type *type)
{
    struct ndr_field *fields = type->structure.fields;
    uint32_t i, j, kept = 0, count = type->structure.field_count;

    for (i = 0; i < count; i = j) {
        struct ndr_field first = fields[i];
        struct ndr_type run = *first.type, *merged;

        for (j = i + 1; first.type->kind == NDR_KIND_BASE && j < count &&
                        joins_run(&run, first.offset, &fields[j]);
             j++)
            run.memory_size = fields[j].offset - first.offset + fields[j].type->memory_size;
        if (j > i + 1) {
            merged = decode_node(d, NDR_KIND_STRUCT, type->format);
            merged->raw = true;
            merged->wire_align = merged->memory_align = first.type->wire_align;
            merged->wire_least = merged->memory_size = run.memory_size;
            merged->structure.field_count = j - i;
            merged->structure.fields = decode_allocate(d, (j - i) * sizeof(*fields));
            memcpy(merged->structure.fields, fields + i, (j - i) * sizeof(*fields));
            for (uint32_t k = 0; k < j - i; k++)
                merged->structure.fields[k].offset -= first.offset;
            first.type = merged;
        }
        fields[kept++] = first;
    }
    type->structure.field_count = kept;
}

void decode_summarize_fields(struct ndr_type *type)
{
    uint32_t i;

    for (i = 0; i < type->structure.field_count; i++) {
        const struct ndr_type *field = type->structure.fields[i].type;

        if (field->memory_align > type->memory_align)
            type->memory_align = field->memory_align;
        if (field->has_pointers)
            type->has_pointers = true;
        type->wire_least += field->wire_least;
    }
}

void decode_end_with(struct decoder *d, struct ndr_type *type, const struct ndr_type *array)
{
    uint32_t count = type->structure.field_count;
    const struct ndr_type *last = count ? type->structure.fields[count - 1].type : NULL;

    if (!ndr_is_conformant(array))
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->structure.conformant = array;
    if (type->raw || !last || last->kind != NDR_KIND_STRUCT || !last->structure.conformant)
        type->structure.tail = array;
    if (array->has_pointers)
        type->has_pointers = true;
    if (array->memory_align > type->memory_align)
        type->memory_align = array->memory_align;
}

/* FC_BOGUS_STRUCT: alignment, size<2>, offset to array<2>, offset to pointers<2>, members. */
static void decode_complex(struct decoder *d, struct ndr_type *type, uint32_t span)
{
    const unsigned char *format = type->format;
    struct layout layout = { 0 };
    int16_t array = format_i16(format + 4), pointers = format_i16(format + 6);

    decode_span_end(d, span, skip_layout(format + 8));
    if (pointers)
        layout.pointers = format + 6 + pointers;
    read_layout(d, &layout, format + 8);
    type->structure.fields = layout.fields;
    type->structure.field_count = layout.count;
    merge_scalars(d, type);
    decode_summarize_fields(type);
    if (array)
        decode_end_with(d, type, decode_type(d, format + 4 + array, false));
}

static bool any_field_has_pointers(const struct layout *layout)
{
    uint32_t i;

    for (i = 0; i < layout->count; i++)
        if (layout->fields[i].type->has_pointers || !layout->fields[i].type->raw)
            return true;
    return false;
}

/* Whether a raw image has bytes that are no member's. */
static bool has_gaps(const struct ndr_type *type)
{
    uint32_t end = 0, i;

    for (i = 0; i < type->structure.field_count; i++) {
        const struct ndr_field *field = &type->structure.fields[i];

        if (field->offset > end || field->type->has_gaps)
            return true;
        end = field->offset + field->type->memory_size;
    }
    return end < type->memory_size;
}

/* The structures that are copied at once: alignment, size<2>, [offset to array<2>], [pointers],
 * members. */
static void decode_raw(struct decoder *d, struct ndr_type *type, uint32_t span, bool conformant)
{
    const unsigned char *format = type->format, *member = format + (conformant ? 6 : 4);
    struct layout layout = { 0 };
    int16_t array = conformant ? format_i16(format + 4) : 0;

    type->raw = true;
    type->structure.pointers = decode_pointer_map(d, &member, type->memory_size);
    decode_span_end(d, span, skip_layout(member));
    read_layout(d, &layout, member);
    type->structure.fields = layout.fields;
    type->structure.field_count = layout.count;
    decode_summarize_fields(type);
    if (type->structure.pointers) {
        type->has_pointers = true;
    } else if (any_field_has_pointers(&layout)) {
        type->raw = false;
    }
    if (type->raw) {
        type->memory_align = type->wire_align;
        type->wire_least = type->memory_size;
        type->has_gaps = has_gaps(type);
    }
    if (conformant)
        decode_end_with(d, type,
                        decode_type(d, format + 4 + array, type->structure.pointers != NULL));
}

const struct ndr_type *decode_struct(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *type = decode_node(d, NDR_KIND_STRUCT, format);

    type->wire_align = type->memory_align = (format[1] & 0x0f) + 1;
    type->memory_size = format_u16(format + 2);
    switch (*format) {
    case NDR_FC_BOGUS_STRUCT:
        decode_complex(d, type, span);
        break;
    case NDR_FC_STRUCT:
    case NDR_FC_PSTRUCT:
        decode_raw(d, type, span, false);
        break;
    default:
        decode_raw(d, type, span, true);
        break;
    }
    decode_layout(d, type);
    return type;
}

/* FC_HARD_STRUCT: alignment, size<2>, reserved<4>, offset of an enum16<2> or -1, bytes to copy<2>,
 * memory increment<2>, offset to a union<2> or 0, members. Its members tell all, so it is walked as
 * a complex structure. */
const struct ndr_type *decode_hard_struct(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *type = decode_node(d, NDR_KIND_STRUCT, format);
    struct layout layout = { 0 };

    type->wire_align = type->memory_align = (format[1] & 0x0f) + 1;
    type->memory_size = format_u16(format + 2);
    decode_span_end(d, span, skip_layout(format + 16));
    read_layout(d, &layout, format + 16);
    type->structure.fields = layout.fields;
    type->structure.field_count = layout.count;
    merge_scalars(d, type);
    decode_summarize_fields(type);
    decode_layout(d, type);
    return type;
}
