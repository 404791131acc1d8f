/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stubs for several transfer syntaxes call (MIDL's -protocol all and -protocol ndr64): the
 * interpreters that take NDR 2.0 and NDR64. 64-bit only. Source: rpcndr.h. All raise their
 * errors. */
#include <stdarg.h>

#include "stub/client.h"
#include "stub/server.h"

#ifdef __x86_64__

static CLIENT_CALL_RETURN as_return(uint64_t value)
{
    CLIENT_CALL_RETURN result;

    result.Simple = (LONG_PTR)value;
    return result;
}

/* A synchronous call of procedure nProcNum, whose arguments follow. pReturnValue is where a value
 * goes that no register can hold. */
CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrClientCall3(MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                                ULONG nProcNum, void *pReturnValue, ...)
{
    uint64_t result;
    va_list args;

    va_start(args, pReturnValue);
    result = stub_client_call_any(pProxyInfo, nProcNum, (unsigned char *)args);
    va_end(args);
    return as_return(result);
}

CLIENT_CALL_RETURN RPC_VAR_ENTRY Ndr64AsyncClientCall(MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                                      ULONG nProcNum, void *pReturnValue, ...)
{
    va_list args;

    va_start(args, pReturnValue);
    stub_client_async_call_any(pProxyInfo, nProcNum, (const unsigned char *)args);
    va_end(args);
    return as_return(0);
}

/* ---- server interpreters: entries of dispatch tables ---- */

/* Whichever syntax the call is in. */
void RPC_ENTRY NdrServerCallAll(PRPC_MESSAGE pRpcMsg)
{
    stub_server_call(pRpcMsg, SERVER_ANY);
}

void RPC_ENTRY NdrServerCallNdr64(PRPC_MESSAGE pRpcMsg)
{
    stub_server_call(pRpcMsg, SERVER_NDR64);
}

void RPC_ENTRY Ndr64AsyncServerCallAll(PRPC_MESSAGE pRpcMsg)
{
    stub_server_async_call(pRpcMsg, SERVER_ANY);
}

void RPC_ENTRY Ndr64AsyncServerCall64(PRPC_MESSAGE pRpcMsg)
{
    stub_server_async_call(pRpcMsg, SERVER_NDR64);
}

#endif
