/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [user_marshal] and [wire_marshal]: types whose wire form the application makes itself
 * ("User-marshal", and the documentation of the <type>_UserSize, _UserMarshal, _UserUnmarshal and
 * _UserFree functions). */
#include "ndr/user_marshal.h"

#include "ndr/format.h"
#include "ndr/format_bytes.h"
#include "ndr/raise.h"
#include "ndr/walk.h"

/* The routines always see the machine's own data representation. */
struct ndr_user_call ndr_user_call_begin(struct ndr_message *msg, const unsigned char *format,
                                         uint32_t kind)
{
    return (struct ndr_user_call){
        .Flags = (msg->dwDestContext & 0xffff) | NDR_REPRESENTATION_LOCAL << 16,
        .pStubMsg = msg,
        .Signature = NDR_USER_CALL_SIGNATURE,
        .CBType = kind,
        .pFormat = format,
        .pTypeFormat = format + 8 + format_i16(format + 8),
    };
}

static const struct ndr_user_routines *routines_of(const struct ndr_message *msg,
                                                   const unsigned char *format)
{
    return &msg->StubDesc->aUserMarshalQuadruple[format_u16(format + 2)];
}

static uint32_t alignment_of(const unsigned char *format)
{
    return (format[1] & 0x0f) + 1u;
}

static bool is_pointer(const unsigned char *format)
{
    return (format[1] & NDR_USER_MARSHAL_POINTER) != 0;
}

/* Bytes on the wire, or 0 if only the application knows. */
static uint32_t fixed_size(const unsigned char *format)
{
    return is_pointer(format) ? 0 : format_u16(format + 6);
}

static void user_buffer_size(struct ndr_message *msg, unsigned char *memory,
                             const unsigned char *format)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_BUFFER_SIZE);

    if (!is_pointer(format))
        msg->BufferLength = (uint32_t)walk_align(msg->BufferLength, alignment_of(format));
    if (fixed_size(format))
        msg->BufferLength += fixed_size(format);
    else
        msg->BufferLength =
            routines_of(msg, format)->pfnBufferSize(&call.Flags, msg->BufferLength, memory);
}

static void user_marshal(struct ndr_message *msg, unsigned char *memory,
                         const unsigned char *format)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_MARSHAL);

    if (!is_pointer(format))
        msg->Buffer = (unsigned char *)walk_align((uintptr_t)msg->Buffer, alignment_of(format));
    msg->Buffer = routines_of(msg, format)->pfnMarshall(&call.Flags, msg->Buffer, memory);
}

/* What describes the referent, or the object, on the wire. */
static const unsigned char *wire_format_of(const unsigned char *format)
{
    const unsigned char *wire_format = format + 8 + format_i16(format + 8);

    if (!is_pointer(format))
        return wire_format;
    wire_format += 2;
    return wire_format[-1] & NDR_SIMPLE_POINTER ? wire_format
                                                : wire_format + format_i16(wire_format);
}

static void user_convert(struct ndr_message *msg, const unsigned char *format)
{
    ndr_convert(msg, wire_format_of(format));
}

/* "When the wire type is properly defined, you do not have to use the NDR format flags, as the NDR
 * engine performs the necessary conversions" (the SDK's "The type_UserSize Function"). */
static void convert_ahead(struct ndr_message *msg, const unsigned char *format)
{
    unsigned char *start = msg->Buffer;

    if (!(msg->uFlags & NDR_MESSAGE_BYTE_SWAPPED))
        return;
    user_convert(msg, format);
    msg->Buffer = start;
}

static void user_unmarshal(struct ndr_message *msg, unsigned char **memory,
                           const unsigned char *format, unsigned char must_alloc)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_UNMARSHAL);

    if (!is_pointer(format))
        msg->Buffer = (unsigned char *)walk_align((uintptr_t)msg->Buffer, alignment_of(format));
    /* The routine takes the size of the wire type, without asking how much is left. */
    if (msg->Buffer > msg->BufferEnd || (size_t)(msg->BufferEnd - msg->Buffer) < fixed_size(format))
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    convert_ahead(msg, format);
    msg->Buffer = routines_of(msg, format)->pfnUnmarshall(&call.Flags, msg->Buffer, *memory);
}

/* What is on the wire is the transmitted type: skips it. */
static void user_memory_size(struct ndr_message *msg, const unsigned char *format)
{
    uint32_t size = msg->MemorySize;

    ndr_memory_size(msg, wire_format_of(format));
    msg->MemorySize = size;
}

static void user_free(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_FREE);

    routines_of(msg, format)->pfnFree(&call.Flags, memory);
}

const struct ndr_hooks ndr_user_marshal_hooks = {
    .buffer_size = user_buffer_size,
    .marshal = user_marshal,
    .unmarshal = user_unmarshal,
    .memory_size = user_memory_size,
    .convert = user_convert,
    .free = user_free,
};
