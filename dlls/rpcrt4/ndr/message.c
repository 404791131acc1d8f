/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What concerns a whole message or the memory image of a type, and is no walk over either. */
#include "ndr/engine.h"
#include "ndr/walk.h"

void ndr_set_representation(struct ndr_message *msg, uint32_t data_representation)
{
    if (data_representation & (NDR_REPRESENTATION_CHAR_MASK | NDR_REPRESENTATION_FLOAT_MASK))
        ndr_raise(NDR_STATUS_CANNOT_SUPPORT);
    msg->uFlags &= ~NDR_MESSAGE_BYTE_SWAPPED;
    if ((data_representation & NDR_REPRESENTATION_INT_MASK) != NDR_REPRESENTATION_LITTLE_ENDIAN)
        msg->uFlags |= NDR_MESSAGE_BYTE_SWAPPED;
}

uint32_t ndr_object_size(struct ndr_message *msg, const unsigned char *format)
{
    const struct ndr_type *type, *dimension;
    struct ndr_dimensions dims;
    unsigned int level = 0;
    uint64_t elements = 1, size;
    struct ndr_walk w;

    walk_begin(&w, msg);
    type = walk_type(&w, format);
    for (dimension = walk_conformant(type); dimension && ndr_is_conformant(dimension); level++) {
        bool string = dimension->kind == NDR_KIND_STRING;
        const struct ndr_correlation *corr = string ? &dimension->string.conformance : &dimension->array.conformance;

        if (level >= NDR_MAX_DIMENSIONS)
            walk_fail(&w, NDR_STATUS_CANNOT_SUPPORT);
        dims.max[level] = corr->present ? correlation_count(&w, corr, NULL) : 0;
        elements *= dims.max[level];
        if (elements > INT32_MAX)
            walk_fail(&w, NDR_STATUS_INVALID_BOUND);
        dimension = string ? NULL : dimension->array.element;
    }
    size = walk_memory_size(type, &dims);
    if (size > INT32_MAX)
        walk_fail(&w, NDR_STATUS_INVALID_BOUND);
    walk_end(&w);
    return (uint32_t)size;
}
