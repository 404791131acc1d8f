/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR 2.0 decoder: unions ("RPC unions"). */
#include "ndr/decode_internal.h"
#include "ndr/raise.h"

#define NO_DEFAULT 0xffff
#define SIMPLE_ARM 0x80

/* An arm's description: 0 for an empty one, 0x80xx for a base type, else an offset from itself. */
static const struct ndr_type *decode_arm(struct decoder *d, const unsigned char *format)
{
    const struct ndr_type *base;
    int16_t offset = format_i16(format);

    if (!offset)
        return NULL;
    if (format[1] != SIMPLE_ARM)
        return decode_type(d, format + offset, false);
    base = ndr_base_type(format[0]);
    if (!base)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    return base;
}

static void include_arm(struct ndr_type *type, const struct ndr_type *arm)
{
    if (!arm)
        return;
    if (arm->has_pointers)
        type->has_pointers = true;
    if (arm->memory_align > type->memory_align)
        type->memory_align = arm->memory_align;
}

/* size<2>, count and alignment<2>, { value<4>, arm<2> }*, default arm<2>. */
static void decode_arms(struct decoder *d, struct ndr_type *type, uint32_t span,
                        const unsigned char *format)
{
    uint32_t i, count = format_u16(format + 2) & 0x0fff;
    const unsigned char *arm = format + 4, *default_arm = arm + count * 6;

    decode_span_end(d, span, default_arm + 2);
    type->memory_size = format_u16(format);
    type->choice.arm_align = (format_u16(format + 2) >> 12) + 1;
    if (type->choice.arm_align & (type->choice.arm_align - 1))
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->choice.arm_count = count;
    type->choice.arms = decode_allocate(d, (count + 1) * sizeof(*type->choice.arms));
    for (i = 0; i < count; i++, arm += 6) {
        type->choice.arms[i].value = format_u32(arm);
        type->choice.arms[i].type = decode_arm(d, arm + 4);
        include_arm(type, type->choice.arms[i].type);
    }
    type->choice.has_default = format_u16(default_arm) != NO_DEFAULT;
    if (type->choice.has_default) {
        type->choice.default_arm = decode_arm(d, default_arm);
        include_arm(type, type->choice.default_arm);
    }
}

/* The discriminant of an encapsulated union is its first member; the upper nibble of the switch
 * type is the distance from it to the arms. */
static void decode_encapsulated(struct decoder *d, struct ndr_type *type, uint32_t span)
{
    uint32_t increment = type->format[1] >> 4;

    decode_arms(d, type, span, type->format + 2);
    if (increment && (increment & (increment - 1)))
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->choice.arm_offset = increment;
    type->memory_size += increment;
    if (increment > 1)
        type->memory_size = format_align(type->memory_size, increment);
    if (increment > type->memory_align)
        type->memory_align = increment;
}

const struct ndr_type *decode_union(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format), arms_span;
    struct ndr_type *type = decode_node(d, NDR_KIND_UNION, format);
    bool encapsulated = *format == NDR_FC_ENCAPSULATED_UNION;
    const unsigned char *offset = format + 6 + d->increment, *arms;

    type->choice.discriminant = ndr_base_type(encapsulated ? format[1] & 0x0f : format[1]);
    if (!type->choice.discriminant || type->choice.discriminant->memory_size > 4)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->wire_align = type->choice.discriminant->wire_align;
    type->wire_least = type->choice.discriminant->wire_least;
    if (encapsulated) {
        decode_encapsulated(d, type, span);
        return type;
    }
    type->choice.switch_is = ndr_decode_correlation(format + 2, d->increment);
    decode_span_end(d, span, offset + 2);
    arms = offset + format_i16(offset);
    arms_span = decode_span_begin(d, arms);
    decode_arms(d, type, arms_span, arms);
    return type;
}
