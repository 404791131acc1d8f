/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Raw images in the sender's representation: what to turn in them, and into what. */
#include "ndr/foreign.h"
#include "ndr/walk.h"

static void swap_scalar(unsigned char *p, uint32_t size)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    switch (size) {
    case 2:
        memcpy(&u16, p, 2);
        u16 = __builtin_bswap16(u16);
        memcpy(p, &u16, 2);
        break;
    case 4:
        memcpy(&u32, p, 4);
        u32 = __builtin_bswap32(u32);
        memcpy(p, &u32, 4);
        break;
    case 8:
        memcpy(&u64, p, 8);
        u64 = __builtin_bswap64(u64);
        memcpy(p, &u64, 8);
        break;
    }
}

uint32_t ndr_localize_scalar(uint8_t fc, uint32_t size, uint8_t foreign, unsigned char *image)
{
    enum ndr_float_format format = (foreign & NDR_MESSAGE_FLOAT_MASK) >> NDR_MESSAGE_FLOAT_SHIFT;

    if (fc == NDR_FC_CHAR && foreign & NDR_MESSAGE_EBCDIC)
        *image = ndr_latin_of_ebcdic[*image];
    else if ((fc == NDR_FC_FLOAT || fc == NDR_FC_DOUBLE) && format != NDR_FLOAT_IEEE)
        return ndr_localize_float(image, size, format, foreign & NDR_MESSAGE_BYTE_SWAPPED);
    else if (foreign & NDR_MESSAGE_BYTE_SWAPPED)
        swap_scalar(image, size);
    return 0;
}

static void localize_scalar(struct ndr_walk *w, const struct ndr_type *type, unsigned char *image)
{
    uint32_t status = ndr_localize_scalar(type->fc, type->memory_size, w->foreign, image);

    if (status)
        walk_fail(w, status);
}

static void localize_array(struct ndr_walk *w, const struct ndr_type *type, unsigned char *image)
{
    const struct ndr_type *element = type->array.element;
    uint32_t i;

    if (element->kind == NDR_KIND_BASE && element->memory_size == 1 && element->fc != NDR_FC_CHAR)
        return;
    for (i = 0; i < type->array.count; i++)
        walk_localize(w, element, image + (size_t)i * type->array.element_size);
}

void walk_localize(struct ndr_walk *w, const struct ndr_type *type, unsigned char *image)
{
    uint32_t i;

    switch (type->kind) {
    case NDR_KIND_BASE:
    case NDR_KIND_POINTER: /* in a raw image, where it is as wide as a referent id */
        localize_scalar(w, type, image);
        break;
    case NDR_KIND_STRUCT:
        for (i = 0; i < type->structure.field_count; i++)
            walk_localize(w, type->structure.fields[i].type,
                          image + type->structure.fields[i].offset);
        break;
    case NDR_KIND_ARRAY:
        localize_array(w, type, image);
        break;
    default:
        break;
    }
}

void walk_localize_string(struct ndr_walk *w, const struct ndr_type *type, unsigned char *string,
                          uint32_t length)
{
    bool characters = type->fc == NDR_FC_CSTRING || type->fc == NDR_FC_C_CSTRING;
    const struct ndr_type *unit = ndr_base_type(characters ? NDR_FC_CHAR : NDR_FC_WCHAR);
    uint32_t i;

    for (i = 0; (characters || type->wire_align == 2) && i < length; i++)
        localize_scalar(w, unit, string + (size_t)i * type->string.unit);
}
