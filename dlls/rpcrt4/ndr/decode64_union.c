/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 decoder: unions. Discriminant and arms both are aligned as the most demanding of them (C706
 * 14.3.8; [MS-RPCE] 2.2.4.5: ms_union does not exist in NDR64). */
#include "ndr/decode64_internal.h"

static const struct ndr_type *decode_arm(struct decoder *d, struct ndr_type *type,
                                         const void *format)
{
    const struct ndr_type *arm;

    if (!format)
        return NULL;
    arm = decode64_type(d, format);
    if (arm->has_pointers)
        type->has_pointers = true;
    if (arm->memory_align > type->memory_align)
        type->memory_align = arm->memory_align;
    return arm;
}

/* 32 ones, and nothing after them but padding: there is no default arm. */
static void decode_default(struct decoder *d, struct ndr_type *type, const unsigned char *format)
{
    const void *arm;
    uintptr_t value;

    decode64_read(d, &arm, format, sizeof(arm));
    value = (uintptr_t)arm;
    type->choice.has_default = value != NDR64_NO_DEFAULT;
    if (type->choice.has_default)
        type->choice.default_arm = decode_arm(d, type, arm);
}

static void decode_arms(struct decoder *d, struct ndr_type *type, const unsigned char *format)
{
    struct ndr64_arm_selector selector;
    struct ndr64_arm arm;
    uint32_t i;

    decode64_read(d, &selector, format, sizeof(selector));
    format += sizeof(selector);
    if (selector.Arms > UINT16_MAX)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->choice.arm_align = decode64_alignment(d, selector.Alignment);
    type->choice.arm_count = selector.Arms;
    type->choice.arms = decode_allocate(d, (selector.Arms + 1) * sizeof(*type->choice.arms));
    for (i = 0; i < selector.Arms; i++, format += sizeof(arm)) {
        decode64_read(d, &arm, format, sizeof(arm));
        type->choice.arms[i].value = (uint32_t)arm.CaseValue;
        type->choice.arms[i].type = decode_arm(d, type, arm.Type);
    }
    decode_default(d, type, format);
}

static void set_discriminant(struct decoder *d, struct ndr_type *type, uint8_t code)
{
    const struct ndr_type *discriminant = ndr64_base_type(code);

    if (!discriminant || discriminant->kind != NDR_KIND_BASE || discriminant->memory_size > 4)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->choice.discriminant = discriminant;
    type->wire_least = discriminant->wire_least;
}

const struct ndr_type *decode64_union(struct decoder *d, const unsigned char *format)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_UNION, NDR_FC_NON_ENCAPSULATED_UNION, format);
    struct ndr64_encapsulated_union encapsulated;
    struct ndr64_union header;

    type->wire_align = decode64_alignment(d, format[1]);
    if (*format == FC64_ENCAPSULATED_UNION) {
        decode64_read(d, &encapsulated, format, sizeof(encapsulated));
        set_discriminant(d, type, encapsulated.SwitchType);
        if (encapsulated.MemorySize > INT32_MAX ||
            encapsulated.MemoryOffset > encapsulated.MemorySize)
            decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
        type->fc = NDR_FC_ENCAPSULATED_UNION;
        type->memory_align = type->choice.discriminant->memory_align;
        type->choice.arm_offset = encapsulated.MemoryOffset;
        type->memory_size = encapsulated.MemorySize;
        decode_arms(d, type, format + sizeof(encapsulated));
        return type;
    }
    decode64_read(d, &header, format, sizeof(header));
    set_discriminant(d, type, header.SwitchType);
    if (header.MemorySize > INT32_MAX || !header.Switch)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->memory_size = header.MemorySize;
    type->choice.switch_is = decode64_correlation(d, header.Switch);
    decode_arms(d, type, format + sizeof(header));
    return type;
}
