/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What compiled stubs call: the interpreters (stub/client.h, stub/server.h), and around the
 * marshalling of -Os stubs the buffer functions (stub/message.h). Sources: rpcndr.h, and the SDK's
 * "RPC NDR Engine" pages. All raise their errors. */
#include <stdarg.h>

#include "stub/client.h"
#include "stub/message.h"
#include "stub/server.h"

static CLIENT_CALL_RETURN as_return(uint64_t value)
{
    CLIENT_CALL_RETURN result;

    result.Simple = (LONG_PTR)value;
    return result;
}

/* ---- client interpreters ---- */

static uint64_t call(PMIDL_STUB_DESC desc, PFORMAT_STRING procedure, enum stub_syntax syntax,
                     unsigned char *args)
{
    const struct stub_format format = {.desc = desc, .procedure = procedure, .syntax = syntax};

    return stub_client_call(&format, args);
}

static void async_call(PMIDL_STUB_DESC desc, PFORMAT_STRING procedure, const unsigned char *args)
{
    const struct stub_format format = {.desc = desc, .procedure = procedure, .syntax = STUB_OICF};

    stub_client_async_call(&format, args);
}

/* The argument stack of a stub that passes its arguments on: they follow one another as the stub's
 * own do. */
static unsigned char *direct_arguments(va_list args)
{
    return (unsigned char *)args;
}

/* … and as the -Oicf functions get it: on i386 the stub passes the address of its first argument
 * instead. */
#ifdef __x86_64__
#define ARGUMENTS(args) direct_arguments(args)
#else
#define ARGUMENTS(args) va_arg(args, unsigned char *)
#endif

CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrClientCall2(PMIDL_STUB_DESC pStubDescriptor,
                                                PFORMAT_STRING pFormat, ...)
{
    uint64_t result;
    va_list args;

    va_start(args, pFormat);
    result = call(pStubDescriptor, pFormat, STUB_OICF, ARGUMENTS(args));
    va_end(args);
    return as_return(result);
}

CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrAsyncClientCall(PMIDL_STUB_DESC pStubDescriptor,
                                                    PFORMAT_STRING pFormat, ...)
{
    va_list args;

    va_start(args, pFormat);
    async_call(pStubDescriptor, pFormat, ARGUMENTS(args));
    va_end(args);
    return as_return(0);
}

#ifdef __i386__

/* The old interpreter, which no 64-bit stub uses. */
CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrClientCall(PMIDL_STUB_DESC pStubDescriptor,
                                               PFORMAT_STRING pFormat, ...)
{
    uint64_t result;
    va_list args;

    va_start(args, pFormat);
    result = call(pStubDescriptor, pFormat, STUB_OI, ARGUMENTS(args));
    va_end(args);
    return as_return(result);
}

CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrClientCall4(PMIDL_STUB_DESC pStubDescriptor,
                                                PFORMAT_STRING pFormat, ...)
{
    uint64_t result;
    va_list args;

    va_start(args, pFormat);
    result = call(pStubDescriptor, pFormat, STUB_OICF, direct_arguments(args));
    va_end(args);
    return as_return(result);
}

CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrAsyncClientCall2(PMIDL_STUB_DESC pStubDescriptor,
                                                     PFORMAT_STRING pFormat, ...)
{
    va_list args;

    va_start(args, pFormat);
    async_call(pStubDescriptor, pFormat, direct_arguments(args));
    va_end(args);
    return as_return(0);
}

#endif

/* ---- server interpreters: entries of dispatch tables ---- */

void RPC_ENTRY NdrServerCall2(PRPC_MESSAGE pRpcMsg)
{
    stub_server_call(pRpcMsg, SERVER_OICF);
}

void RPC_ENTRY NdrServerCall(PRPC_MESSAGE pRpcMsg)
{
    stub_server_call(pRpcMsg, SERVER_OI);
}

void RPC_ENTRY NdrAsyncServerCall(PRPC_MESSAGE pRpcMsg)
{
    stub_server_async_call(pRpcMsg, SERVER_OICF);
}

/* ---- -Os stubs ---- */

void RPC_ENTRY NdrClientInitializeNew(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                      PMIDL_STUB_DESC pStubDescriptor, unsigned int ProcNum)
{
    stub_init_client((struct ndr_message *)pStubMsg, pRpcMsg, pStubDescriptor, ProcNum);
}

void RPC_ENTRY NdrClientInitialize(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                   PMIDL_STUB_DESC pStubDescriptor, unsigned int ProcNum)
{
    stub_init_client((struct ndr_message *)pStubMsg, pRpcMsg, pStubDescriptor, ProcNum);
}

unsigned char *RPC_ENTRY NdrServerInitializeNew(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                                PMIDL_STUB_DESC pStubDescriptor)
{
    stub_init_server((struct ndr_message *)pStubMsg, pRpcMsg, pStubDescriptor);
    return NULL;
}

unsigned char *RPC_ENTRY NdrServerInitialize(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                             PMIDL_STUB_DESC pStubDescriptor)
{
    return NdrServerInitializeNew(pRpcMsg, pStubMsg, pStubDescriptor);
}

unsigned char *RPC_ENTRY NdrServerInitializeUnmarshall(PMIDL_STUB_MESSAGE pStubMsg,
                                                       PMIDL_STUB_DESC pStubDescriptor,
                                                       PRPC_MESSAGE pRpcMsg)
{
    return NdrServerInitializeNew(pRpcMsg, pStubMsg, pStubDescriptor);
}

/* As NdrServerInitializeNew, for a request that arrives in pieces: waits until there are
 * RequestedBufferSize octets of stub data, or all that there will be. Raises what I_RpcReceive
 * returns. (rpcndr.h; what stubs with pipes call.) */
void RPC_ENTRY NdrServerInitializePartial(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                          PMIDL_STUB_DESC pStubDescriptor,
                                          ULONG RequestedBufferSize)
{
    RPC_STATUS status = RPC_S_OK;

    if (pRpcMsg->BufferLength < RequestedBufferSize && !(pRpcMsg->RpcFlags & RPC_BUFFER_COMPLETE)) {
        pRpcMsg->RpcFlags |= RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA;
        status = I_RpcReceive(pRpcMsg, RequestedBufferSize - pRpcMsg->BufferLength);
    }
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    stub_init_server((struct ndr_message *)pStubMsg, pRpcMsg, pStubDescriptor);
}

/* Before the reply is marshalled. */
void RPC_ENTRY NdrServerInitializeMarshall(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg)
{
    pStubMsg->BufferLength = 0;
}

/* A buffer for a request of that many octets; pStubMsg->Buffer. Raises what I_RpcGetBuffer
 * returns. */
unsigned char *RPC_ENTRY NdrGetBuffer(PMIDL_STUB_MESSAGE pStubMsg, ULONG BufferLength,
                                      RPC_BINDING_HANDLE Handle)
{
    return stub_get_buffer((struct ndr_message *)pStubMsg, BufferLength, Handle);
}

/* Sends the request that ends there, and waits for the reply: pStubMsg->Buffer. Raises what
 * I_RpcSendReceive returns. */
unsigned char *RPC_ENTRY NdrSendReceive(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pBufferEnd)
{
    stub_send_receive((struct ndr_message *)pStubMsg, pBufferEnd);
    return pStubMsg->Buffer;
}

void RPC_ENTRY NdrFreeBuffer(PMIDL_STUB_MESSAGE pStubMsg)
{
    stub_free_buffer((struct ndr_message *)pStubMsg);
}

#ifdef __x86_64__

/* What pipe structures lead to, by name, and the buffers of -Os stubs with pipes. No public header
 * declares these; the import libraries tell their parameters. */
RPC_STATUS RPC_ENTRY NdrPipePull(char *state, void *buffer, ULONG max, ULONG *count)
{
    return stub_pipe_pull(state, buffer, max, count);
}

RPC_STATUS RPC_ENTRY NdrPipePush(char *state, void *buffer, ULONG count)
{
    return stub_pipe_push(state, buffer, count);
}

/* A buffer for parts of a request. */
unsigned char *RPC_ENTRY NdrGetPipeBuffer(PMIDL_STUB_MESSAGE pStubMsg, ULONG BufferLength,
                                          RPC_BINDING_HANDLE Handle)
{
    return stub_get_buffer((struct ndr_message *)pStubMsg, BufferLength, Handle);
}

/* More of what arrives: behind what has not been read yet. Raises what I_RpcReceive returns. */
void RPC_ENTRY NdrGetPartialBuffer(PMIDL_STUB_MESSAGE pStubMsg)
{
    struct ndr_message *msg = (struct ndr_message *)pStubMsg;
    RPC_MESSAGE *rpc = stub_rpc_message(msg);
    size_t kept = (msg->Buffer - msg->BufferStart) & ~(size_t)7;
    size_t read = (msg->Buffer - msg->BufferStart) & 7;
    RPC_STATUS status;

    rpc->Buffer = msg->BufferStart + kept;
    rpc->BufferLength = (unsigned int)(msg->BufferEnd - msg->BufferStart - kept);
    rpc->RpcFlags |= RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA;
    if ((status = I_RpcReceive(rpc, 0)) != RPC_S_OK)
        RpcRaiseException(status);
    stub_begin_reply(msg);
    msg->Buffer += read;
}

#endif

/* An automatic handle: there is no name service that could find a server, so that it has to be
 * bound already. RPC_S_NAME_SERVICE_UNAVAILABLE */
static void require_automatic_binding(RPC_BINDING_HANDLE handle)
{
    if (!handle)
        RpcRaiseException(RPC_S_NAME_SERVICE_UNAVAILABLE);
}

unsigned char *RPC_ENTRY NdrNsGetBuffer(PMIDL_STUB_MESSAGE pStubMsg, ULONG BufferLength,
                                        RPC_BINDING_HANDLE Handle)
{
    require_automatic_binding(Handle);
    return NdrGetBuffer(pStubMsg, BufferLength, Handle);
}

unsigned char *RPC_ENTRY NdrNsSendReceive(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pBufferEnd,
                                          RPC_BINDING_HANDLE *pAutoHandle)
{
    require_automatic_binding(pAutoHandle ? *pAutoHandle : NULL);
    return NdrSendReceive(pStubMsg, pBufferEnd);
}

/* Which of the two a status is; the other one gets 0. Always RPC_S_OK. */
RPC_STATUS RPC_ENTRY NdrMapCommAndFaultStatus(PMIDL_STUB_MESSAGE pStubMsg, ULONG *pCommStatus,
                                              ULONG *pFaultStatus, RPC_STATUS Status)
{
    stub_map_status(Status, pCommStatus, pFaultStatus);
    return RPC_S_OK;
}

/* Zeroes what an [out] parameter of that type points at, so that no caller uses it after a failed
 * call. */
void RPC_ENTRY NdrClearOutParameters(PMIDL_STUB_MESSAGE pStubMsg, PFORMAT_STRING pFormat,
                                     void *ArgAddr)
{
    stub_client_clear_object((struct ndr_message *)pStubMsg, pFormat, ArgAddr);
}
