/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [user_marshal] and [wire_marshal]: types whose wire form the application makes itself
 * ("User-marshal", and the documentation of the <type>_UserSize, _UserMarshal, _UserUnmarshal and
 * _UserFree functions). */
#include "ndr/user_marshal.h"

#include "ndr/format.h"
#include "ndr/hook_format.h"
#include "ndr/raise.h"
#include "ndr/transmit_as.h"
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
        .pTypeFormat = ndr_user_format(msg, format).transmitted,
    };
}

static const struct ndr_user_routines *routines_of(const struct ndr_message *msg,
                                                   const struct ndr_user_format *user)
{
    return &msg->StubDesc->aUserMarshalQuadruple[user->routine];
}

static void user_buffer_size(struct ndr_message *msg, unsigned char *memory,
                             const unsigned char *format)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_BUFFER_SIZE);
    struct ndr_user_format user = ndr_user_format(msg, format);

    if (!user.pointer)
        msg->BufferLength = (uint32_t)walk_align(msg->BufferLength, user.alignment);
    if (user.wire_size)
        msg->BufferLength += user.wire_size;
    else
        msg->BufferLength =
            routines_of(msg, &user)->pfnBufferSize(&call.Flags, msg->BufferLength, memory);
}

static void user_marshal(struct ndr_message *msg, unsigned char *memory,
                         const unsigned char *format)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_MARSHAL);
    struct ndr_user_format user = ndr_user_format(msg, format);

    if (!user.pointer)
        msg->Buffer = (unsigned char *)walk_align((uintptr_t)msg->Buffer, user.alignment);
    msg->Buffer = routines_of(msg, &user)->pfnMarshall(&call.Flags, msg->Buffer, memory);
}

static void user_convert(struct ndr_message *msg, const unsigned char *format)
{
    ndr_transmitted_begin(msg, false);
    ndr_convert(msg, ndr_user_format(msg, format).referent);
    ndr_transmitted_end(msg);
}

/* "When the wire type is properly defined, you do not have to use the NDR format flags, as the NDR
 * engine performs the necessary conversions" (the SDK's "The type_UserSize Function"). */
static void convert_ahead(struct ndr_message *msg, const unsigned char *format)
{
    unsigned char *start = msg->Buffer;

    if (!(msg->uFlags & NDR_MESSAGE_FOREIGN))
        return;
    user_convert(msg, format);
    msg->Buffer = start;
}

static void user_unmarshal(struct ndr_message *msg, unsigned char **memory,
                           const unsigned char *format, unsigned char must_alloc)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_UNMARSHAL);
    struct ndr_user_format user = ndr_user_format(msg, format);

    if (!user.pointer)
        msg->Buffer = (unsigned char *)walk_align((uintptr_t)msg->Buffer, user.alignment);
    /* The routine takes the size of the wire type, without asking how much is left. */
    if (msg->Buffer > msg->BufferEnd || (size_t)(msg->BufferEnd - msg->Buffer) < user.wire_size)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    convert_ahead(msg, format);
    msg->Buffer = routines_of(msg, &user)->pfnUnmarshall(&call.Flags, msg->Buffer, *memory);
}

/* What is on the wire is the transmitted type: skips it. */
static void user_memory_size(struct ndr_message *msg, const unsigned char *format)
{
    uint32_t size = msg->MemorySize;

    ndr_transmitted_begin(msg, false);
    ndr_memory_size(msg, ndr_user_format(msg, format).referent);
    ndr_transmitted_end(msg);
    msg->MemorySize = size;
}

static void user_free(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    struct ndr_user_call call = ndr_user_call_begin(msg, format, NDR_USER_FREE);
    struct ndr_user_format user = ndr_user_format(msg, format);

    routines_of(msg, &user)->pfnFree(&call.Flags, memory);
}

const struct ndr_hooks ndr_user_marshal_hooks = {
    .buffer_size = user_buffer_size,
    .marshal = user_marshal,
    .unmarshal = user_unmarshal,
    .memory_size = user_memory_size,
    .convert = user_convert,
    .free = user_free,
};
