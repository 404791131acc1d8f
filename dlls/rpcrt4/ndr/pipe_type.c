/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats of pipe types. FC_PIPE: flags and the element's alignment less one, an offset to the
 * element's type, its size in memory and on the wire (16 bits each, 32 with NDR_PIPE_BIG), and with
 * FC_PIPE_HAS_RANGE two bounds. Source: ndrtypes.h, and what MIDL writes for [MS-EFSR]. */
#include <string.h>

#include "ndr/engine.h"
#include "ndr/format.h"
#include "ndr/format_bytes.h"
#include "ndr/format64.h"
#include "ndr/pipe.h"

static void decode_ndr20(struct ndr_pipe_type *type, const unsigned char *format)
{
    unsigned char flags = format[1];
    const unsigned char *p = format + 4;

    if (format[0] != NDR_FC_PIPE || flags & NDR_PIPE_OBJECT)
        ndr_raise(NDR_STATUS_WRONG_PIPE_VERSION);
    type->element = format + 2 + format_i16(format + 2);
    if (flags & NDR_PIPE_BIG) {
        type->memory_size = format_u32(p);
        type->wire_size = format_u32(p + 4);
        p += 8;
    } else {
        type->memory_size = format_u16(p);
        type->wire_size = format_u16(p + 2);
        p += 4;
    }
    type->has_range = flags & NDR_PIPE_HAS_RANGE;
    if (type->has_range)
        type->most = format_u32(p + 4);
}

static void decode_ndr64(struct ndr_pipe_type *type, const unsigned char *format)
{
    const struct ndr64_pipe *pipe = (const void *)format;

    if (pipe->FormatCode != FC64_PIPE)
        ndr_raise(NDR_STATUS_WRONG_PIPE_VERSION);
    type->element = pipe->Type;
    type->memory_size = pipe->MemorySize;
    type->wire_size = pipe->BufferSize;
    type->has_range = pipe->Flags & NDR64_PIPE_HAS_RANGE;
    if (type->has_range)
        type->most = pipe->MaxValue;
}

void ndr_pipe_type_decode(struct ndr_pipe_type *type, struct ndr_message *msg, const unsigned char *format)
{
    memset(type, 0, sizeof(*type));
    if (msg->uFlags & NDR_MESSAGE_NDR64)
        decode_ndr64(type, format);
    else
        decode_ndr20(type, format);
    type->is_image = ndr_is_image(msg, type->element, &type->wire_align);
    if (!type->memory_size || !type->wire_size ||
        (type->is_image && type->memory_size != type->wire_size))
        ndr_raise(NDR_STATUS_WRONG_PIPE_VERSION);
}
