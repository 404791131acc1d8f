/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 decoder: base types, pointers, strings, [range], types with hooks, and the choice among all
 * types. The nodes have the NDR 2.0 format characters of the same families, so that whoever looks
 * at a node needs not know where it came from. */
#include "ndr/decode64_internal.h"

#define BASE_KIND(code, node_kind, fc20, wire, memory) \
    [code] = { \
        .kind = (node_kind), .fc = (fc20), .wire_align = (wire), .memory_align = (memory), \
        .raw = (node_kind) == NDR_KIND_BASE, .memory_size = (memory), .wire_least = (wire) \
    }
#define BASE(code, fc20, size) BASE_KIND(code, NDR_KIND_BASE, fc20, size, size)

/* [MS-RPCE] 2.2.5.2: as in NDR, but enumerations have four bytes; they are FC64_INT32 here, and
 * INT3264s FC64_INT64. */
static const struct ndr_type base_types[] = {
    BASE(FC64_UINT8, NDR_FC_USMALL, 1),
    BASE(FC64_INT8, NDR_FC_SMALL, 1),
    BASE(FC64_UINT16, NDR_FC_USHORT, 2),
    BASE(FC64_INT16, NDR_FC_SHORT, 2),
    BASE(FC64_INT32, NDR_FC_LONG, 4),
    BASE(FC64_UINT32, NDR_FC_ULONG, 4),
    BASE(FC64_INT64, NDR_FC_HYPER, 8),
    BASE(FC64_UINT64, NDR_FC_HYPER, 8),
    BASE(FC64_FLOAT32, NDR_FC_FLOAT, 4),
    BASE(FC64_FLOAT64, NDR_FC_DOUBLE, 8),
    BASE(FC64_CHAR, NDR_FC_CHAR, 1),
    BASE(FC64_WCHAR, NDR_FC_WCHAR, 2),
    BASE_KIND(FC64_IGNORE, NDR_KIND_IGNORED, NDR_FC_IGNORE, 8, sizeof(void *)),
    BASE(FC64_ERROR_STATUS_T, NDR_FC_ERROR_STATUS_T, 4),
};

const struct ndr_type *ndr64_base_type(unsigned char fc)
{
    if (fc >= sizeof(base_types) / sizeof(base_types[0]) || !base_types[fc].wire_align)
        return NULL;
    return &base_types[fc];
}

void decode64_read(struct decoder *d, void *piece, const unsigned char *format, size_t size)
{
    uint32_t span = decode_span_begin(d, format);

    decode_span_end(d, span, format + size);
    memcpy(piece, format, size);
}

uint8_t decode64_alignment(struct decoder *d, unsigned int mask)
{
    if (mask > 15 || mask & (mask + 1))
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    return (uint8_t)(mask + 1);
}

struct ndr_type *decode64_node(struct decoder *d, enum ndr_kind kind, uint8_t fc,
                               const unsigned char *format)
{
    struct ndr_type *type = decode_node(d, kind, format);

    type->fc = fc;
    return type;
}

struct ndr_type *decode64_blob(struct decoder *d, const unsigned char *format, uint32_t size,
                               uint8_t alignment)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_STRUCT, NDR_FC_STRUCT, format);

    type->raw = true;
    type->wire_align = type->memory_align = alignment;
    type->memory_size = type->wire_least = size;
    return type;
}

/* ---- pointers ---- */

static uint8_t pointer_fc(uint8_t code)
{
    switch (code) {
    case FC64_RP:
        return NDR_FC_RP;
    case FC64_UP:
        return NDR_FC_UP;
    case FC64_OP:
        return NDR_FC_OP;
    default:
        return NDR_FC_FP;
    }
}

/* An interface pointer's pointee is the description of its IID, which is what the hook gets. */
static const struct ndr_type *interface_pointer(struct decoder *d, const unsigned char *iid)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_HOOK, NDR_FC_IP, iid);

    type->memory_size = type->memory_align = sizeof(void *);
    type->wire_align = type->wire_least = 8;
    type->has_pointers = true;
    type->hook.pointer = true;
    return type;
}

/* Whether a fragment is a structure, or a string of no given size; the graph then depends on its
 * code. */
static bool is_quick_pointee(struct decoder *d, const unsigned char *pointee)
{
    struct ndr64_string string;
    uint8_t code;

    decode64_read(d, &code, pointee, sizeof(code));
    if (code == FC64_CONF_CHAR_STRING || code == FC64_CONF_WCHAR_STRING) {
        decode64_read(d, &string, pointee, sizeof(string));
        return !(string.Flags & NDR64_STRING_IS_SIZED);
    }
    return code >= FC64_STRUCT && code <= FC64_FORCED_CONF_BOGUS_STRUCT;
}

const struct ndr_type *decode64_pointer(struct decoder *d, const unsigned char *format)
{
    struct ndr64_pointer pointer;
    struct ndr_type *type;

    decode64_read(d, &pointer, format, sizeof(pointer));
    if (pointer.FormatCode < FC64_RP || pointer.FormatCode > FC64_IP || !pointer.Pointee)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (pointer.FormatCode == FC64_IP)
        return interface_pointer(d, pointer.Pointee);
    type = decode64_node(d, NDR_KIND_POINTER, pointer_fc(pointer.FormatCode), format);
    type->wire_align = type->wire_least = 8;
    type->memory_size = type->memory_align = sizeof(void *);
    type->has_pointers = true;
    type->pointer.attributes = pointer.Flags & (uint8_t)~NDR64_POINTER_SETS_MARK;
    type->pointer.pointee = NULL;
    type->pointer.pointee_format = pointer.Pointee;
    type->pointer.quick = type->fc == NDR_FC_UP && !type->pointer.attributes &&
                          is_quick_pointee(d, pointer.Pointee);
    return type;
}

/* ---- strings and ranges ---- */

static const struct ndr_type *decode_string(struct decoder *d, const unsigned char *format)
{
    bool conformant = *format >= FC64_CONF_CHAR_STRING;
    bool structures = *format == FC64_STRUCT_STRING || *format == FC64_CONF_STRUCT_STRING;
    struct ndr_type *type = decode64_node(d, NDR_KIND_STRING,
                                          conformant ? NDR_FC_C_SSTRING : NDR_FC_SSTRING, format);
    struct ndr64_sized_string sized;
    struct ndr64_fixed_string fixed;
    struct ndr64_string header;

    decode64_read(d, &header, format, sizeof(header));
    if (!header.ElementSize || header.ElementSize > UINT8_MAX ||
        (!structures && header.ElementSize > 2))
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->string.unit = (uint8_t)header.ElementSize;
    type->wire_align = type->memory_align = structures ? 1 : type->string.unit;
    type->wire_least = 16;
    type->string.conformant = conformant;
    if (!conformant) {
        decode64_read(d, &fixed, format, sizeof(fixed));
        type->memory_size = fixed.TotalSize;
        type->string.count = fixed.TotalSize / header.ElementSize;
    } else if (header.Flags & NDR64_STRING_IS_SIZED) {
        decode64_read(d, &sized, format, sizeof(sized));
        type->string.sized = true;
        type->string.conformance = decode64_correlation(d, sized.SizeDescription);
    }
    if (type->memory_size > INT32_MAX || type->string.sized != type->string.conformance.present)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    return type;
}

static const struct ndr_type *decode_range(struct decoder *d, const unsigned char *format)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_RANGE, NDR_FC_RANGE, format);
    const struct ndr_type *base;
    struct ndr64_range range;

    decode64_read(d, &range, format, sizeof(range));
    base = ndr64_base_type(range.RangeType);
    if (!base || base->kind != NDR_KIND_BASE)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->range.base = base;
    type->range.low = range.MinValue;
    type->range.high = range.MaxValue;
    type->wire_align = base->wire_align;
    type->wire_least = base->wire_least;
    type->memory_align = base->memory_align;
    type->memory_size = base->memory_size;
    return type;
}

/* ---- types with hooks, and handles ---- */

static struct ndr_type *hook_node(struct decoder *d, uint8_t fc, const unsigned char *format)
{
    struct ndr_type *type = decode64_node(d, NDR_KIND_HOOK, fc, format);

    type->has_pointers = true;
    type->memory_align = sizeof(void *);
    type->wire_least = 1;
    return type;
}

static const struct ndr_type *decode_context_handle(struct decoder *d, const unsigned char *format)
{
    struct ndr_type *type = hook_node(d, NDR_FC_BIND_CONTEXT, format);
    struct ndr64_context_handle handle;

    decode64_read(d, &handle, format, sizeof(handle));
    type->memory_size = sizeof(void *);
    type->wire_align = 4;
    type->wire_least = 20;
    return type;
}

/* user_marshal, transmit_as, represent_as */
static const struct ndr_type *decode_user_type(struct decoder *d, const unsigned char *format,
                                               uint8_t fc)
{
    struct ndr_type *type = hook_node(d, fc, format);
    struct ndr64_user_type user;

    decode64_read(d, &user, format, sizeof(user));
    if (!user.TransmittedType)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->memory_size = user.UserTypeMemorySize;
    type->wire_align = decode64_alignment(d, user.TransmittedTypeWireAlignment);
    type->hook.pointer = fc == NDR_FC_USER_MARSHAL && user.Flags & NDR_USER_MARSHAL_POINTER;
    if (type->hook.pointer)
        type->wire_align = type->wire_least = 8;
    return type;
}

static const struct ndr_type *decode_supplement(struct decoder *d, const unsigned char *format)
{
    struct ndr64_supplement supplement;

    decode64_read(d, &supplement, format, sizeof(supplement));
    if (supplement.RealFormatCode != FC64_BIND_CONTEXT || !supplement.Type)
        decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
    return decode64_type(d, supplement.Type);
}

static const struct ndr_type *decode_pipe(struct decoder *d, const unsigned char *format)
{
    struct ndr64_pipe pipe;

    decode64_read(d, &pipe, format, offsetof(struct ndr64_pipe, MinValue));
    return hook_node(d, NDR_FC_PIPE, format);
}

static const struct ndr_type *decode_single(struct decoder *d, const unsigned char *format)
{
    const struct ndr_type *base = ndr64_base_type(*format);
    unsigned char code;

    decode64_read(d, &code, format, 1);
    return base ? base : decode64_node(d, NDR_KIND_NOTHING, NDR_FC_BIND_PRIMITIVE, format);
}

static const struct ndr_type *decode_by_code(struct decoder *d, const unsigned char *format)
{
    switch (*format) {
    case FC64_BIND_CONTEXT:
        return decode_context_handle(d, format);
    case FC64_BIND_GENERIC:
    case FC64_BIND_PRIMITIVE:
    case FC64_AUTO_HANDLE:
    case FC64_CALLBACK_HANDLE:
        return decode_single(d, format);
    case FC64_SUPPLEMENT:
        return decode_supplement(d, format);
    case FC64_TRANSMIT_AS:
        return decode_user_type(d, format, NDR_FC_TRANSMIT_AS);
    case FC64_REPRESENT_AS:
        return decode_user_type(d, format, NDR_FC_REPRESENT_AS);
    case FC64_USER_MARSHAL:
        return decode_user_type(d, format, NDR_FC_USER_MARSHAL);
    case FC64_PIPE:
        return decode_pipe(d, format);
    case FC64_RANGE:
        return decode_range(d, format);
    }
    if (*format >= FC64_RP && *format <= FC64_IP)
        return decode64_pointer(d, format);
    if (*format >= FC64_STRUCT && *format <= FC64_FORCED_CONF_BOGUS_STRUCT)
        return decode64_struct(d, format);
    if (*format >= FC64_FIX_ARRAY && *format <= FC64_BOGUS_ARRAY)
        return decode64_array(d, format);
    if (*format == FC64_ENCAPSULATED_UNION || *format == FC64_NON_ENCAPSULATED_UNION)
        return decode64_union(d, format);
    if (*format >= FC64_CHAR_STRING && *format <= FC64_CONF_STRUCT_STRING)
        return decode_string(d, format);
    if (ndr64_base_type(*format))
        return decode_single(d, format);
    decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
}

const struct ndr_type *decode64_type(struct decoder *d, const unsigned char *format)
{
    const struct ndr_type *type;

    if (++d->depth > MAX_EMBEDDING)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type = decode_by_code(d, format);
    d->depth--;
    return type;
}
