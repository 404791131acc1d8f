/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR 2.0 decoder: base types, pointers, strings, [range], correlation descriptors, and the choice
 * among all types. */
#include "ndr/decode_internal.h"
#include "ndr/raise.h"

#define SCALAR(node_kind, code, wire, memory, same) \
    { \
        .kind = (node_kind), .fc = (code), .wire_align = (wire), .memory_align = (memory), \
        .raw = (same), .memory_size = (memory), .wire_least = (wire) \
    }
#define BASE(code, size) [code] = SCALAR(NDR_KIND_BASE, code, size, size, true)

static const struct ndr_type base_types[] = {
    BASE(NDR_FC_BYTE, 1),
    BASE(NDR_FC_CHAR, 1),
    BASE(NDR_FC_SMALL, 1),
    BASE(NDR_FC_USMALL, 1),
    BASE(NDR_FC_WCHAR, 2),
    BASE(NDR_FC_SHORT, 2),
    BASE(NDR_FC_USHORT, 2),
    BASE(NDR_FC_LONG, 4),
    BASE(NDR_FC_ULONG, 4),
    BASE(NDR_FC_FLOAT, 4),
    BASE(NDR_FC_HYPER, 8),
    BASE(NDR_FC_DOUBLE, 8),
    [NDR_FC_ENUM16] = SCALAR(NDR_KIND_ENUM16, NDR_FC_ENUM16, 2, 4, false),
    BASE(NDR_FC_ENUM32, 4),
    [NDR_FC_IGNORE] = SCALAR(NDR_KIND_IGNORED, NDR_FC_IGNORE, 4, sizeof(void *), false),
    BASE(NDR_FC_ERROR_STATUS_T, 4),
};

#define NARROW (sizeof(void *) == 4)
#define INT3264(code) \
    SCALAR(NARROW ? NDR_KIND_BASE : NDR_KIND_INT3264, code, 4, sizeof(void *), NARROW)

static const struct ndr_type int3264_type = INT3264(NDR_FC_INT3264);
static const struct ndr_type uint3264_type = INT3264(NDR_FC_UINT3264);

const struct ndr_type *ndr_base_type(unsigned char fc)
{
    if (fc == NDR_FC_INT3264)
        return &int3264_type;
    if (fc == NDR_FC_UINT3264)
        return &uint3264_type;
    if (fc == NDR_FC_ZERO || fc >= sizeof(base_types) / sizeof(base_types[0]))
        return NULL;
    return &base_types[fc];
}

struct ndr_type *decode_node(struct decoder *d, enum ndr_kind kind, const unsigned char *format)
{
    struct ndr_type *type = decode_allocate(d, sizeof(*type));

    type->kind = kind;
    type->fc = *format;
    type->format = format;
    type->wire_align = type->memory_align = 1;
    return type;
}

/* "Correlation Descriptors": type, operator, offset<2>, [flags<2>], and where stubs are made for NT
 * 6.0, [a range: kind<1>, pad<1>, low<4>, high<4>]. All ones: there is none. */
struct ndr_correlation ndr_decode_correlation(const unsigned char *format, uint8_t increment)
{
    struct ndr_correlation corr = { 0 };

    if (format_u32(format) == 0xffffffff)
        return corr;
    corr.present = true;
    corr.where = format[0] & 0xf0;
    corr.value_fc = format[0] & 0x0f;
    corr.operation = format[1];
    corr.offset = format_i16(format + 2);
    if (corr.where == NDR_CORRELATION_CONSTANT) {
        corr.offset = format[1] << 16 | format_u16(format + 2);
        corr.operation = 0;
    } else if (corr.where == NDR_CORRELATION_TOP_LEVEL ||
               corr.where == NDR_CORRELATION_TOP_LEVEL_MULTID) {
        corr.where = NDR_CORRELATION_TOP_LEVEL;
        corr.offset = format_u16(format + 2);
    }
    if (corr.operation == NDR_FC_CALLBACK || corr.operation == NDR_FC_EXPR)
        corr.offset = format_u16(format + 2);
    if (increment >= 2)
        corr.flags = format[4];
    if (increment >= 12 && format[6]) {
        corr.has_range = true;
        corr.low = (int32_t)format_u32(format + 8);
        corr.high = (int32_t)format_u32(format + 12);
    }
    return corr;
}

/* Whether the pointee at another address is a structure; the graph then depends on its code. */
static bool points_at_structure(struct decoder *d, const unsigned char *pointee)
{
    decode_span_end(d, decode_span_begin(d, pointee), pointee + 1);
    return *pointee == NDR_FC_STRUCT || *pointee == NDR_FC_PSTRUCT || *pointee == NDR_FC_BOGUS_STRUCT;
}

static bool is_quick(struct decoder *d, const struct ndr_type *type)
{
    const struct ndr_type *pointee = type->pointer.pointee;

    if (type->fc != NDR_FC_UP || type->pointer.attributes & ~NDR_SIMPLE_POINTER)
        return false;
    if (!pointee)
        return points_at_structure(d, type->pointer.pointee_format);
    return pointee->kind == NDR_KIND_STRING && pointee->string.conformant &&
           !pointee->string.sized && !pointee->string.conformance.has_range;
}

const struct ndr_type *decode_pointer(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *type = decode_node(d, NDR_KIND_POINTER, format);

    type->wire_align = 4;
    type->wire_least = 4;
    type->memory_align = type->memory_size = sizeof(void *);
    type->has_pointers = true;
    type->pointer.attributes = format[1];
    decode_span_end(d, span, format + 4);
    if (format[1] & NDR_SIMPLE_POINTER)
        type->pointer.pointee = decode_type(d, format + 2, false);
    else
        type->pointer.pointee_format = format + 2 + format_i16(format + 2);
    type->pointer.quick = is_quick(d, type);
    return type;
}

/* FC_BYTE_COUNT_POINTER: a base type<1> and a correlation descriptor, or FC_PAD<1>, the descriptor
 * and the pointee ("Byte Count Pointers"). On the wire it is a reference pointer. */
static const struct ndr_type *decode_byte_count(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format), length = 6u + d->increment;
    struct ndr_type *type = decode_node(d, NDR_KIND_POINTER, format);
    struct ndr_correlation *count = decode_allocate(d, sizeof(*count));

    *count = ndr_decode_correlation(format + 2, d->increment);
    type->fc = NDR_FC_RP;
    type->wire_align = 4;
    type->wire_least = 4;
    type->memory_align = type->memory_size = sizeof(void *);
    type->has_pointers = true;
    type->pointer.attributes = NDR_ALLOCED_ON_STACK; /* the object itself is not the stub's */
    type->pointer.byte_count = count;
    decode_span_end(d, span, format + length);
    type->pointer.pointee =
        format[1] == NDR_FC_PAD ? decode_type(d, format + length, false) : ndr_base_type(format[1]);
    if (!type->pointer.pointee || !count->present)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    return type;
}

static bool range_is_unsigned(unsigned char fc)
{
    switch (fc) {
    case NDR_FC_SMALL:
    case NDR_FC_SHORT:
    case NDR_FC_LONG:
    case NDR_FC_HYPER:
    case NDR_FC_ENUM16:
    case NDR_FC_ENUM32:
        return false;
    default:
        return true;
    }
}

static const struct ndr_type *decode_range(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *type = decode_node(d, NDR_KIND_RANGE, format);
    const struct ndr_type *base = ndr_base_type(format[1] & 0x0f);

    if (!base || (base->kind != NDR_KIND_BASE && base->kind != NDR_KIND_ENUM16))
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type->range.base = base;
    type->wire_align = base->wire_align;
    type->wire_least = base->wire_least;
    type->memory_align = base->memory_align;
    type->memory_size = base->memory_size;
    if (range_is_unsigned(base->fc)) {
        type->range.low = format_u32(format + 2);
        type->range.high = format_u32(format + 6);
    } else {
        type->range.low = (int32_t)format_u32(format + 2);
        type->range.high = (int32_t)format_u32(format + 6);
    }
    decode_span_end(d, span, format + 10);
    return type;
}

/* "Strings (RPC)". The unsized conformant structure string is two bytes, the sized one has
 * FC_STRING_SIZED after. */
static struct ndr_type *decode_string(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *type = decode_node(d, NDR_KIND_STRING, format);
    const unsigned char *end = format + 2;
    bool structures = *format == NDR_FC_C_SSTRING || *format == NDR_FC_SSTRING;
    bool wide = *format == NDR_FC_C_WSTRING || *format == NDR_FC_WSTRING;

    type->string.unit = structures ? format[1] : wide ? 2 : 1;
    type->wire_align = type->memory_align = structures ? 1 : type->string.unit;
    type->wire_least = 8;
    type->string.conformant = *format <= NDR_FC_C_WSTRING;
    if (!type->string.unit)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (!type->string.conformant) {
        type->string.count = format_u16(format + 2);
        type->memory_size = type->string.count * type->string.unit;
        end = format + 4;
    } else if (format[structures ? 2 : 1] == NDR_FC_STRING_SIZED) {
        const unsigned char *corr = format + (structures ? 4 : 2);

        type->string.sized = true;
        type->string.conformance = ndr_decode_correlation(corr, d->increment);
        end = corr + 4 + d->increment;
    }
    decode_span_end(d, span, end);
    return type;
}

/* Types that are walked by other modules (ndr/hooks.h). */
static const struct ndr_type *decode_hook(struct decoder *d, const unsigned char *format)
{
    uint32_t span = decode_span_begin(d, format), length = 1;
    struct ndr_type *type = decode_node(d, NDR_KIND_HOOK, format);

    type->has_pointers = true;
    type->memory_align = sizeof(void *);
    type->wire_least = 1;
    switch (*format) {
    case NDR_FC_BIND_CONTEXT:
        type->memory_size = sizeof(void *);
        type->wire_align = 4;
        type->wire_least = 20;
        length = 4;
        break;
    case NDR_FC_IP:
        type->memory_size = sizeof(void *);
        type->wire_align = type->wire_least = 4;
        type->hook.pointer = true;
        length = format[1] == NDR_FC_CONSTANT_IID ? 18 : 6 + d->increment;
        break;
    case NDR_FC_USER_MARSHAL:
        type->memory_size = format_u16(format + 4);
        type->wire_align = (format[1] & 0x0f) + 1;
        type->hook.pointer = (format[1] & NDR_USER_MARSHAL_POINTER) != 0;
        if (type->hook.pointer)
            type->wire_align = type->wire_least = 4;
        length = 10;
        break;
    case NDR_FC_TRANSMIT_AS:
    case NDR_FC_TRANSMIT_AS_PTR:
    case NDR_FC_REPRESENT_AS:
    case NDR_FC_REPRESENT_AS_PTR:
        type->memory_size = format_u16(format + 4);
        length = 10;
        break;
    }
    decode_span_end(d, span, format + length);
    return type;
}

static const struct ndr_type *decode_single(struct decoder *d, const unsigned char *format)
{
    const struct ndr_type *base = ndr_base_type(*format);
    uint32_t span = decode_span_begin(d, format);

    decode_span_end(d, span, format + 1);
    return base ? base : decode_node(d, NDR_KIND_NOTHING, format);
}

/* code, code of the type, offset of the type<2>, two numbers<4>: flags and type id of a type-strict
 * context handle, which concern the context's routines alone; low and high bound of a string's size
 * ([range]). What MIDL emits for Windows Vista and later. */
static const struct ndr_type *decode_supplement(struct decoder *d, const unsigned char *format)
{
    const unsigned char *base = format + 2 + format_i16(format + 2);
    uint32_t span = decode_span_begin(d, format);
    struct ndr_type *string;

    decode_span_end(d, span, format + 12);
    if (*base != format[1])
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    if (*base == NDR_FC_BIND_CONTEXT)
        return decode_hook(d, base);
    if (*base < NDR_FC_C_CSTRING || *base > NDR_FC_C_WSTRING)
        decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
    string = decode_string(d, base);
    string->string.conformance.has_range = true;
    string->string.conformance.low = format_u32(format + 4);
    string->string.conformance.high = format_u32(format + 8);
    return string;
}

static const struct ndr_type *decode_by_character(struct decoder *d, const unsigned char *format,
                                                  bool mapped)
{
    switch (*format) {
    case NDR_FC_RP:
    case NDR_FC_UP:
    case NDR_FC_OP:
    case NDR_FC_FP:
        return decode_pointer(d, format);
    case NDR_FC_BYTE_COUNT_POINTER:
        return decode_byte_count(d, format);
    case NDR_FC_STRUCT:
    case NDR_FC_PSTRUCT:
    case NDR_FC_CSTRUCT:
    case NDR_FC_CPSTRUCT:
    case NDR_FC_CVSTRUCT:
    case NDR_FC_BOGUS_STRUCT:
        return decode_struct(d, format);
    case NDR_FC_HARD_STRUCT:
        return decode_hard_struct(d, format);
    case NDR_FC_CARRAY:
    case NDR_FC_CVARRAY:
    case NDR_FC_SMFARRAY:
    case NDR_FC_LGFARRAY:
    case NDR_FC_SMVARRAY:
    case NDR_FC_LGVARRAY:
    case NDR_FC_BOGUS_ARRAY:
        return decode_array(d, format, mapped);
    case NDR_FC_C_CSTRING:
    case NDR_FC_C_BSTRING:
    case NDR_FC_C_SSTRING:
    case NDR_FC_C_WSTRING:
    case NDR_FC_CSTRING:
    case NDR_FC_BSTRING:
    case NDR_FC_SSTRING:
    case NDR_FC_WSTRING:
        return decode_string(d, format);
    case NDR_FC_ENCAPSULATED_UNION:
    case NDR_FC_NON_ENCAPSULATED_UNION:
        return decode_union(d, format);
    case NDR_FC_RANGE:
        return decode_range(d, format);
    case NDR_FC_BIND_GENERIC:
    case NDR_FC_BIND_PRIMITIVE:
    case NDR_FC_AUTO_HANDLE:
    case NDR_FC_CALLBACK_HANDLE:
        return decode_single(d, format);
    case NDR_FC_TRANSMIT_AS:
    case NDR_FC_REPRESENT_AS:
    case NDR_FC_IP:
    case NDR_FC_BIND_CONTEXT:
    case NDR_FC_TRANSMIT_AS_PTR:
    case NDR_FC_REPRESENT_AS_PTR:
    case NDR_FC_USER_MARSHAL:
    case NDR_FC_PIPE:
        return decode_hook(d, format);
    case NDR_FC_SUPPLEMENT:
        return decode_supplement(d, format);
    }
    if (ndr_base_type(*format))
        return decode_single(d, format);
    decode_fail(d, NDR_STATUS_CANNOT_SUPPORT);
}

const struct ndr_type *decode_type(struct decoder *d, const unsigned char *format, bool mapped)
{
    const struct ndr_type *type;

    if (++d->depth > MAX_EMBEDDING)
        decode_fail(d, NDR_STATUS_INTERNAL_ERROR);
    type = decode_by_character(d, format, mapped);
    d->depth--;
    return type;
}

struct ndr_graph *ndr_decode(const unsigned char *format, uint8_t increment)
{
    struct decoder d = { .graph = decode_new_graph(format, increment), .increment = increment };

    d.graph->root = increment == NDR64_INCREMENT ? decode64_type(&d, format)
                                                 : decode_type(&d, format, false);
    return d.graph;
}
