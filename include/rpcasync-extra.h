/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the Windows SDK's rpcdce.h and rpcasync.h declare, or rpcrt4.dll exports under an older
 * name, and mingw-w64's headers (10.0) lack. Include it after <rpc.h>. Newer headers may have any
 * of it. */
#ifndef RPCRT4_RPCASYNC_EXTRA_H
#define RPCRT4_RPCASYNC_EXTRA_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RpcServerRegisterIfEx, If2, If3: flags. */
#ifndef RPC_IF_SEC_NO_CACHE
#define RPC_IF_SEC_NO_CACHE 0x0040
#endif
#ifndef RPC_IF_SEC_CACHE_PER_PROC
#define RPC_IF_SEC_CACHE_PER_PROC 0x0080
#endif
#ifndef RPC_IF_ASYNC_CALLBACK
#define RPC_IF_ASYNC_CALLBACK 0x0100
#endif

/* RpcBindingCreate: flags of the template and of the options. */
#ifndef RPC_BHT_OBJECT_UUID_VALID
#define RPC_BHT_OBJECT_UUID_VALID 0x1
#endif
#ifndef RPC_BHO_NONCAUSAL
#define RPC_BHO_NONCAUSAL 0x1
#endif
#ifndef RPC_BHO_DONTLINGER
#define RPC_BHO_DONTLINGER 0x2
#endif
#ifndef RPC_BHO_EXCLUSIVE_AND_GUARANTEED
#define RPC_BHO_EXCLUSIVE_AND_GUARANTEED 0x4
#endif

/* RPC_BINDING_HANDLE_TEMPLATE and RPC_CALL_ATTRIBUTES: protocol sequences. */
#ifndef RPC_PROTSEQ_TCP
#define RPC_PROTSEQ_TCP 0x1
#endif
#ifndef RPC_PROTSEQ_NMP
#define RPC_PROTSEQ_NMP 0x2
#endif
#ifndef RPC_PROTSEQ_LRPC
#define RPC_PROTSEQ_LRPC 0x3
#endif
#ifndef RPC_PROTSEQ_HTTP
#define RPC_PROTSEQ_HTTP 0x4
#endif

/* RpcServerInqCallAttributes: flags. */
#ifndef RPC_QUERY_CALL_LOCAL_ADDRESS
#define RPC_QUERY_CALL_LOCAL_ADDRESS 0x08
#endif
#ifndef RPC_QUERY_CLIENT_PID
#define RPC_QUERY_CLIENT_PID 0x10
#endif
#ifndef RPC_QUERY_IS_CLIENT_LOCAL
#define RPC_QUERY_IS_CLIENT_LOCAL 0x20
#endif
#ifndef RPC_QUERY_NO_AUTH_REQUIRED
#define RPC_QUERY_NO_AUTH_REQUIRED 0x40
#endif

/* Version 3 is version 2 and the client's identifier. */
#if !defined(RPC_QUERY_CLIENT_ID) && _WIN32_WINNT >= 0x0602
#define RPC_QUERY_CLIENT_ID 0x80

#define RPC_CALL_ATTRIBUTES_V3_(CHARACTER, LOCAL_ADDRESS) \
    unsigned int Version; \
    ULONG Flags; \
    ULONG ServerPrincipalNameBufferLength; \
    CHARACTER *ServerPrincipalName; \
    ULONG ClientPrincipalNameBufferLength; \
    CHARACTER *ClientPrincipalName; \
    ULONG AuthenticationLevel; \
    ULONG AuthenticationService; \
    WINBOOL NullSession; \
    WINBOOL KernelMode; \
    ULONG ProtocolSequence; \
    RpcCallClientLocality IsClientLocal; \
    HANDLE ClientPID; \
    ULONG CallStatus; \
    RpcCallType CallType; \
    LOCAL_ADDRESS *CallLocalAddress; \
    unsigned short OpNum; \
    UUID InterfaceUuid; \
    ULONG ClientIdentifierBufferLength; \
    unsigned char *ClientIdentifier;

typedef struct tagRPC_CALL_ATTRIBUTES_V3_A {
    RPC_CALL_ATTRIBUTES_V3_(unsigned char, RPC_CALL_LOCAL_ADDRESS_V1_A)
} RPC_CALL_ATTRIBUTES_V3_A;
typedef struct tagRPC_CALL_ATTRIBUTES_V3_W {
    RPC_CALL_ATTRIBUTES_V3_(unsigned short, RPC_CALL_LOCAL_ADDRESS_V1_W)
} RPC_CALL_ATTRIBUTES_V3_W;
#undef RPC_CALL_ATTRIBUTES_V3_

#ifdef UNICODE
#define RPC_CALL_ATTRIBUTES_V3 RPC_CALL_ATTRIBUTES_V3_W
#else
#define RPC_CALL_ATTRIBUTES_V3 RPC_CALL_ATTRIBUTES_V3_A
#endif
#endif

RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterIf3(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                   RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                                   unsigned int MaxCalls, unsigned int MaxRpcSize,
                                                   RPC_IF_CALLBACK_FN *IfCallback,
                                                   void *SecurityDescriptor);

RPCRTAPI int RPC_ENTRY RpcExceptionFilter(ULONG ExceptionCode);

/* The asynchronous functions by the names that they had first. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcInitializeAsyncHandle(PRPC_ASYNC_STATE pAsync, unsigned int Size);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcRegisterAsyncInfo(PRPC_ASYNC_STATE pAsync);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcGetAsyncCallStatus(PRPC_ASYNC_STATE pAsync);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcCompleteAsyncCall(PRPC_ASYNC_STATE pAsync, void *Reply);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcAbortAsyncCall(PRPC_ASYNC_STATE pAsync, ULONG ExceptionCode);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcCancelAsyncCall(PRPC_ASYNC_STATE pAsync, WINBOOL fAbort);
RPCRTAPI RPC_STATUS RPC_ENTRY I_RpcSetAsyncHandle(PRPC_MESSAGE Message, PRPC_ASYNC_STATE pAsync);
RPCRTAPI RPC_STATUS RPC_ENTRY I_RpcAbortAsyncCall(PRPC_ASYNC_STATE pAsync, ULONG ExceptionCode);

#ifdef __cplusplus
}
#endif
#endif
