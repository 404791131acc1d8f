/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading tags, counts and strings, and believing them only as far as the bytes that are left
 * allow. */
#include "ndr/reader.h"

#include "ndr/foreign.h"

void wire_begin(struct ndr_walk *w, struct ndr_message *msg)
{
    walk_begin(w, msg);
    w->pos = (uintptr_t)msg->Buffer;
    w->end = (uintptr_t)msg->BufferEnd;
    /* NDR64 is little-endian ([MS-RPCE] 2.2.5), and its formats could not say what to turn. */
    if (w->pos > w->end || (w->foreign && w->increment == NDR64_INCREMENT))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
}

static unsigned char wire_character(struct ndr_walk *w, unsigned char *wire)
{
    unsigned char character = *wire;

    if (w->foreign & NDR_MESSAGE_EBCDIC)
        character = ndr_latin_of_ebcdic[character];
    if (w->converting)
        *wire = character;
    return character;
}

uint32_t wire_tag(struct ndr_walk *w, const struct ndr_type *discriminant)
{
    unsigned char *wire = wire_take(w, discriminant->wire_least, discriminant->wire_least);
    uint32_t tag = wire_unsigned(w, wire, discriminant->wire_least);

    switch (discriminant->fc) {
    case NDR_FC_CHAR:
        return wire_character(w, wire);
    case NDR_FC_SMALL:
        return (uint32_t)(int8_t)tag;
    case NDR_FC_SHORT:
        return (uint32_t)(int16_t)tag;
    case NDR_FC_ENUM16:
        if (tag > INT16_MAX)
            walk_fail(w, NDR_STATUS_ENUM_VALUE_OUT_OF_RANGE);
        return tag;
    default:
        return tag;
    }
}

/* What the least array of these counts takes: in memory, and on the wire. */
struct extent {
    uint64_t elements;
    uint64_t rows; /* the most elements of any dimension: rows may be empty */
    uint64_t memory;
    uint32_t wire_least; /* of one element */
    bool sent_whole;     /* every element is on the wire */
};

static struct extent array_extent(const struct ndr_type *type, const struct ndr_dimensions *dims)
{
    struct extent extent = { .elements = 1, .sent_whole = true };
    unsigned int level;

    for (level = 0;; level++) {
        if (extent.elements > UINT32_MAX)
            break;
        extent.elements *= dims->max[level];
        if (extent.elements > extent.rows)
            extent.rows = extent.elements;
        if (type->kind == NDR_KIND_STRING) {
            extent.memory = extent.elements * type->string.unit;
            extent.sent_whole = false;
            break;
        }
        if (type->array.variance.present)
            extent.sent_whole = false;
        extent.wire_least = type->array.element->wire_least;
        extent.memory = extent.elements * type->array.element_size;
        if (!ndr_is_conformant(type->array.element))
            break;
        type = type->array.element;
    }
    return extent;
}

/* An array that is sent whole cannot have more elements than the bytes left could hold. One that
 * has room for more may, within the walk's slack. */
static void charge(struct ndr_walk *w, const struct ndr_type *type,
                   const struct ndr_dimensions *dims)
{
    struct extent extent = array_extent(type, dims);
    size_t left = wire_left(w);

    if (extent.sent_whole && extent.wire_least) {
        if (extent.elements > left / extent.wire_least ||
            (extent.rows > left && extent.rows > NDR_MAX_EMPTY_ELEMENTS))
            walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
        return;
    }
    if (extent.sent_whole && extent.elements > NDR_MAX_EMPTY_ELEMENTS)
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    if (extent.elements > UINT32_MAX || (extent.memory > left && extent.memory - left > w->slack))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    if (extent.memory > left)
        w->slack -= extent.memory - left;
}

void wire_conformance(struct ndr_walk *w, const struct ndr_type *type, struct ndr_dimensions *dims)
{
    const struct ndr_type *dimension = type;
    unsigned int level;

    for (level = 0; ndr_is_conformant(dimension); level++) {
        if (level >= NDR_MAX_DIMENSIONS)
            walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
        dims->max[level] = wire_count(w);
        if (dimension->kind == NDR_KIND_STRING)
            break;
        dimension = dimension->array.element;
    }
    charge(w, type, dims);
}

void wire_string_conformance(struct ndr_walk *w, const struct ndr_type *type,
                             struct ndr_dimensions *dims)
{
    if (!type->string.conformant)
        dims->max[0] = type->string.count;
    else if (type->string.sized)
        wire_conformance(w, type, dims);
    else
        dims->max[0] = wire_count(w);
}

void wire_variance(struct ndr_walk *w, const struct ndr_type *type, struct ndr_dimensions *dims)
{
    uint64_t elements = 1;
    unsigned int level;
    uint32_t counts[2];

    for (level = 0; type->kind == NDR_KIND_ARRAY && (!level || !type->raw); level++) {
        if (level >= NDR_MAX_DIMENSIONS)
            walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
        if (!type->array.conformance.present)
            dims->max[level] = type->array.count;
        dims->first[level] = 0;
        dims->actual[level] = dims->max[level];
        if (type->array.variance.present) {
            wire_counts(w, counts, 2);
            dims->first[level] = counts[0];
            dims->actual[level] = counts[1];
        }
        if (dims->first[level] > dims->max[level] ||
            dims->actual[level] > dims->max[level] - dims->first[level])
            walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
        type = type->array.element;
        elements *= dims->actual[level];
        if (elements > wire_left(w) / (type->wire_least ? type->wire_least : 1) &&
            elements > NDR_MAX_EMPTY_ELEMENTS)
            walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    }
}

unsigned char *wire_string(struct ndr_walk *w, const struct ndr_type *type, uint32_t max,
                           uint32_t *length)
{
    uint32_t counts[2]; /* offset, actual count */

    wire_counts(w, counts, 2);
    *length = counts[1];
    return wire_characters(w, type, counts[0], *length, max);
}
