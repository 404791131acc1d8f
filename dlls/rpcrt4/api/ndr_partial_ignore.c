/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doors to [partial_ignore] (stub/partial_ignore.h) for compiled (-Os) stubs. Source: rpcndr.h and
 * the MIDL documentation, "partial_ignore attribute". */
#include "platform/base.h"

#include "stub/partial_ignore.h"

static struct ndr_message *message(PMIDL_STUB_MESSAGE msg)
{
    return (struct ndr_message *)msg;
}

/* The client's parameter, pMemory being the pointer: in the request it is a referent id. Raises
 * RPC_X_BAD_STUB_DATA where the buffer is too small. */
void RPC_ENTRY NdrPartialIgnoreClientBufferSize(PMIDL_STUB_MESSAGE pStubMsg, void *pMemory)
{
    partial_ignore_size(message(pStubMsg));
}

void RPC_ENTRY NdrPartialIgnoreClientMarshall(PMIDL_STUB_MESSAGE pStubMsg, void *pMemory)
{
    partial_ignore_marshal(message(pStubMsg), pMemory);
}

/* *ppMemory becomes NULL, or something else that NdrPartialIgnoreServerInitialize turns into an
 * object. RPC_X_BAD_STUB_DATA */
void RPC_ENTRY NdrPartialIgnoreServerUnmarshall(PMIDL_STUB_MESSAGE pStubMsg, void **ppMemory)
{
    *ppMemory = partial_ignore_unmarshal(message(pStubMsg)) ? ppMemory : NULL;
}

/* When all parameters have been read: an object of zeros for the pointer, if it is not null;
 * pFormat is the pointer's type. RPC_S_OUT_OF_MEMORY, RPC_X_INVALID_BOUND */
void RPC_ENTRY NdrPartialIgnoreServerInitialize(PMIDL_STUB_MESSAGE pStubMsg, void **ppMemory,
                                                PFORMAT_STRING pFormat)
{
    if (*ppMemory)
        *ppMemory = partial_ignore_object(message(pStubMsg), pFormat);
}
