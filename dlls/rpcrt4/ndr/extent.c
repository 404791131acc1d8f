/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes of objects yet to be made: see extent.h. */
#include "ndr/extent.h"
#include "ndr/walk.h"

/* One dimension's count; *elements is kept from growing beyond what any memory holds. */
static uint32_t count_of(struct ndr_walk *w, const struct ndr_correlation *corr, uint64_t *elements)
{
    uint32_t count;

    if (corr->where == NDR_CORRELATION_FIELD || corr->where == NDR_CORRELATION_POINTER)
        walk_fail(w, NDR_STATUS_INTERNAL_ERROR);
    count = correlation_count(w, corr, NULL);
    *elements *= count;
    if (*elements > INT32_MAX)
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    return count;
}

/* The maximum counts of all dimensions. */
static void dimensions_of(struct ndr_walk *w, const struct ndr_type *type,
                          struct ndr_dimensions *dims)
{
    uint64_t elements = 1;

    for (unsigned int level = 0; type && ndr_is_conformant(type); level++) {
        if (level >= NDR_MAX_DIMENSIONS)
            walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
        if (type->kind == NDR_KIND_STRING) {
            if (!type->string.sized)
                walk_fail(w, NDR_STATUS_INTERNAL_ERROR);
            dims->max[level] = count_of(w, &type->string.conformance, &elements);
            return;
        }
        dims->max[level] = count_of(w, &type->array.conformance, &elements);
        type = type->array.element;
    }
}

uint32_t ndr_object_size(struct ndr_message *msg, const unsigned char *format)
{
    const struct ndr_type *type;
    struct ndr_dimensions dims;
    struct ndr_walk w;
    uint64_t size;

    walk_begin(&w, msg);
    type = walk_type(&w, format);
    dimensions_of(&w, walk_conformant(type), &dims);
    if (type->kind == NDR_KIND_POINTER && type->pointer.byte_count)
        size = correlation_count(&w, type->pointer.byte_count, NULL);
    else
        size = walk_memory_size(type, &dims);
    if (size > INT32_MAX)
        walk_fail(&w, NDR_STATUS_OUT_OF_MEMORY);
    walk_end(&w);
    return (uint32_t)size;
}

bool ndr_has_pointers(struct ndr_message *msg, const unsigned char *format)
{
    const struct ndr_type *type;
    struct ndr_walk w;
    bool pointers;

    walk_begin(&w, msg);
    type = walk_type(&w, format);
    pointers = type->has_pointers || type->kind == NDR_KIND_POINTER || type->kind == NDR_KIND_HOOK;
    walk_end(&w);
    return pointers;
}

bool ndr_has_fixed_size(struct ndr_message *msg, const unsigned char *format)
{
    struct ndr_walk w;
    bool fixed;

    walk_begin(&w, msg);
    fixed = !walk_conformant(walk_type(&w, format));
    walk_end(&w);
    return fixed;
}

bool ndr_is_image(struct ndr_message *msg, const unsigned char *format, uint32_t *wire_align)
{
    const struct ndr_type *type;
    struct ndr_walk w;
    bool image;

    walk_begin(&w, msg);
    type = walk_type(&w, format);
    image = ndr_is_plain(type) && !walk_conformant(type);
    *wire_align = type->wire_align ? type->wire_align : 1;
    walk_end(&w);
    return image;
}
