/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats of pipe types. FC_PIPE: flags and the element's alignment less one, an offset to the
 * element's type, its size in memory and on the wire (16 bits each, 32 with FC_BIG_PIPE), and with
 * FC_PIPE_HAS_RANGE two bounds. Source: ndrtypes.h, and what MIDL writes for [MS-EFSR]. */
#include "ndr/extent.h"
#include "ndr/format64.h"
#include "stub/pipe.h"

static uint32_t format_u32(const unsigned char *p)
{
    return format_u16(p) | (uint32_t)format_u16(p + 2) << 16;
}

static void decode_ndr20(struct pipe_type *type, const unsigned char *format)
{
    unsigned char flags = format[1];
    const unsigned char *p = format + 4;

    if (format[0] != FC_PIPE || flags & FC_OBJECT_PIPE)
        RpcRaiseException(RPC_X_WRONG_PIPE_VERSION);
    type->element = format + 2 + (int16_t)format_u16(format + 2);
    if (flags & FC_BIG_PIPE) {
        type->memory_size = format_u32(p);
        type->wire_size = format_u32(p + 4);
        p += 8;
    } else {
        type->memory_size = format_u16(p);
        type->wire_size = format_u16(p + 2);
        p += 4;
    }
    type->has_range = flags & FC_PIPE_HAS_RANGE;
    if (type->has_range)
        type->most = format_u32(p + 4);
}

static void decode_ndr64(struct pipe_type *type, const unsigned char *format)
{
    const struct ndr64_pipe *pipe = (const void *)format;

    if (pipe->FormatCode != FC64_PIPE)
        RpcRaiseException(RPC_X_WRONG_PIPE_VERSION);
    type->element = pipe->Type;
    type->memory_size = pipe->MemorySize;
    type->wire_size = pipe->BufferSize;
    type->has_range = pipe->Flags & NDR64_PIPE_HAS_RANGE;
    if (type->has_range)
        type->most = pipe->MaxValue;
}

void pipe_type_decode(struct pipe_type *type, struct ndr_message *msg, const unsigned char *format,
                      bool ndr64)
{
    memset(type, 0, sizeof(*type));
    if (ndr64)
        decode_ndr64(type, format);
    else
        decode_ndr20(type, format);
    type->is_image = ndr_is_image(msg, type->element, &type->wire_align);
    if (!type->memory_size || !type->wire_size ||
        (type->is_image && type->memory_size != type->wire_size))
        RpcRaiseException(RPC_X_WRONG_PIPE_VERSION);
}
