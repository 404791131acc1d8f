/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub messages and their buffers: see message.h. */
#include "stub/message.h"

/* Members that are not mentioned keep their values: compiled stubs may have set them before. */
static void init_common(struct ndr_message *msg, RPC_MESSAGE *rpc, const MIDL_STUB_DESC *desc)
{
    msg->RpcMsg = (struct ndr_rpc_message *)rpc;
    msg->StubDesc = (const struct ndr_stub_desc *)desc;
    msg->pfnAllocate = desc->pfnAllocate;
    msg->pfnFree = desc->pfnFree;
    msg->ReuseBuffer = 0;
    msg->pAllocAllNodesContext = NULL;
    msg->pPointerQueueState = NULL;
    msg->IgnoreEmbeddedPointers = 0;
    msg->PointerBufferMark = NULL;
    msg->BufferLength = 0;
    msg->CorrDespIncrement = 0;
    msg->uFlags = 0;
    msg->UniquePtrCount = 0;
    msg->StackTop = NULL;
    msg->FullPtrRefId = 0;
    msg->PointerLength = 0;
    msg->fInDontFree = msg->fDontCallFreeInst = msg->fInOnlyParam = 0;
    msg->fHasReturn = msg->fHasExtensions = msg->fHasNewCorrDesc = 0;
    msg->fIsIn = msg->fIsOut = msg->fIsOicf = msg->fBufferValid = 0;
    msg->fHasMemoryValidateCallback = msg->fInFree = msg->fNeedMCCP = 0;
    msg->fUnused = 0;
    msg->dwDestContext = 2; /* MSHCTX_DIFFERENTMACHINE */
    msg->pvDestContext = NULL;
    msg->pRpcChannelBuffer = NULL;
    msg->pArrayInfo = NULL;
    msg->dwStubPhase = 0;
    msg->LowStackMark = NULL;
    msg->pAsyncMsg = NULL;
    msg->pCorrInfo = NULL;
    msg->pCorrMemory = NULL;
    msg->pMemoryList = NULL;
}

void stub_init_client(struct ndr_message *msg, RPC_MESSAGE *rpc, const MIDL_STUB_DESC *desc,
                      unsigned int number)
{
    init_common(msg, rpc, desc);
    msg->IsClient = 1;
    msg->BufferStart = NULL;
    msg->BufferEnd = NULL;
    rpc->Handle = NULL;
    rpc->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    rpc->ProcNum = number | RPC_FLAGS_VALID_BIT;
    rpc->RpcInterfaceInformation = desc->RpcInterfaceInformation;
    rpc->ReservedForRuntime = NULL;
    rpc->RpcFlags = 0;
}

void stub_init_server(struct ndr_message *msg, RPC_MESSAGE *rpc, const MIDL_STUB_DESC *desc)
{
    init_common(msg, rpc, desc);
    msg->IsClient = 0;
    msg->FullPtrXlatTables = NULL;
    msg->Buffer = msg->BufferStart = rpc->Buffer;
    msg->BufferEnd = msg->BufferStart + rpc->BufferLength;
}

unsigned char *stub_get_buffer(struct ndr_message *msg, uint32_t length, RPC_BINDING_HANDLE binding)
{
    RPC_MESSAGE *rpc = stub_rpc_message(msg);
    RPC_STATUS status;

    rpc->Handle = binding;
    rpc->BufferLength = length;
    if ((status = I_RpcGetBuffer(rpc)) != RPC_S_OK)
        RpcRaiseException(status);
    msg->SavedHandle = binding;
    msg->fBufferValid = 1;
    return msg->Buffer = rpc->Buffer;
}

void stub_get_reply(RPC_MESSAGE *rpc, uint32_t length)
{
    RPC_STATUS status;

    rpc->BufferLength = length;
    rpc->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    if ((status = I_RpcGetBuffer(rpc)) != RPC_S_OK)
        RpcRaiseException(status);
}

unsigned char *stub_get_reply_buffer(struct ndr_message *msg, uint32_t length)
{
    RPC_MESSAGE *rpc = stub_rpc_message(msg);

    stub_get_reply(rpc, length);
    return msg->Buffer = rpc->Buffer;
}

void stub_end_marshalling(struct ndr_message *msg)
{
    RPC_MESSAGE *rpc = stub_rpc_message(msg);
    size_t used = msg->Buffer - (unsigned char *)rpc->Buffer;

    if (used > rpc->BufferLength)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    rpc->BufferLength = (unsigned int)used;
}

void stub_begin_reply(struct ndr_message *msg)
{
    const RPC_MESSAGE *rpc = stub_rpc_message(msg);

    msg->Buffer = msg->BufferStart = rpc->Buffer;
    msg->BufferEnd = msg->BufferStart + rpc->BufferLength;
}

void stub_send_receive(struct ndr_message *msg, unsigned char *end)
{
    RPC_STATUS status;

    msg->Buffer = end;
    stub_end_marshalling(msg);
    if ((status = I_RpcSendReceive(stub_rpc_message(msg))) != RPC_S_OK) {
        msg->fBufferValid = 0;
        RpcRaiseException(status);
    }
    stub_begin_reply(msg);
}

void stub_free_buffer(struct ndr_message *msg)
{
    RPC_MESSAGE *rpc = stub_rpc_message(msg);
    void *buffer = rpc->Buffer;
    unsigned int length = rpc->BufferLength;

    if (!msg->fBufferValid)
        return;
    msg->fBufferValid = 0;
    I_RpcFreeBuffer(rpc);
    /* These members tell what they were, as they do on Windows. */
    rpc->Buffer = buffer;
    rpc->BufferLength = length;
}

static unsigned char *advance(struct ndr_message *msg, const unsigned char *end, size_t align,
                              size_t size)
{
    size_t padding = -(uintptr_t)msg->Buffer & (align - 1);
    size_t left = end - msg->Buffer;
    unsigned char *p = msg->Buffer;

    if (msg->Buffer > end || padding > left || size > left - padding)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    msg->Buffer += padding + size;
    return p + padding;
}

unsigned char *stub_put(struct ndr_message *msg, size_t align, size_t size)
{
    const RPC_MESSAGE *rpc = stub_rpc_message(msg);
    unsigned char *start = msg->Buffer;
    unsigned char *p = advance(msg, (unsigned char *)rpc->Buffer + rpc->BufferLength, align, size);

    memset(start, 0, p - start);
    return p;
}

unsigned char *stub_get(struct ndr_message *msg, size_t align, size_t size)
{
    return advance(msg, msg->BufferEnd, align, size);
}

void stub_size(struct ndr_message *msg, size_t align, size_t size)
{
    size_t padding = -(size_t)msg->BufferLength & (align - 1);

    if (size > UINT32_MAX - padding || msg->BufferLength > UINT32_MAX - padding - size)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    msg->BufferLength += (uint32_t)(padding + size);
}

void stub_map_status(RPC_STATUS status, ULONG *comm, ULONG *fault)
{
    *comm = *fault = 0;
    switch (status) {
    case RPC_S_INVALID_BINDING:
    case RPC_S_UNKNOWN_IF:
    case RPC_S_SERVER_UNAVAILABLE:
    case RPC_S_SERVER_TOO_BUSY:
    case RPC_S_CALL_FAILED_DNE:
    case RPC_S_PROTOCOL_ERROR:
    case RPC_S_UNSUPPORTED_TRANS_SYN:
    case RPC_S_UNSUPPORTED_TYPE:
    case RPC_S_PROCNUM_OUT_OF_RANGE:
    case RPC_S_COMM_FAILURE:
    case RPC_X_SS_CONTEXT_MISMATCH:
    case EPT_S_NOT_REGISTERED:
        *comm = status;
        break;
    default:
        *fault = status;
    }
}
