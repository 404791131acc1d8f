/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [partial_ignore]: see partial_ignore.h. */
#include "stub/partial_ignore.h"

#include "ndr/memory.h"
#include "stub/call.h"
#include "stub/message.h"

#define REFERENT_ID 0x20000u

static size_t id_size(const struct ndr_message *msg)
{
    return msg->uFlags & NDR_MESSAGE_NDR64 ? 8 : 4;
}

void partial_ignore_size(struct ndr_message *msg)
{
    stub_size(msg, id_size(msg), id_size(msg));
}

void partial_ignore_marshal(struct ndr_message *msg, const void *pointer)
{
    unsigned char *end = (unsigned char *)msg->RpcMsg->Buffer + msg->BufferLength;
    size_t size = id_size(msg), gap = -(uintptr_t)msg->Buffer & (size - 1);
    uint64_t id = pointer ? REFERENT_ID : 0;

    if (msg->Buffer > end || gap + size > (size_t)(end - msg->Buffer))
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    memset(msg->Buffer, 0, gap);
    memcpy(msg->Buffer + gap, &id, size);
    msg->Buffer += gap + size;
}

bool partial_ignore_unmarshal(struct ndr_message *msg)
{
    static const unsigned char none[8];
    size_t size = id_size(msg);

    return memcmp(stub_get(msg, size, size), none, size) != 0;
}

void *partial_ignore_object(struct ndr_message *msg, const unsigned char *type)
{
    uint32_t size = stub_pointee_size(msg, type);
    void *object = ndr_allocate(msg, size, 8);

    if (!object)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return memset(object, 0, size);
}
