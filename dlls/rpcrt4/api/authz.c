/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's Authz context, for access checks of authz.dll: Windows SDK,
 * RpcGetAuthorizationContextForClient. */
#include "api/binding.h"
#include "platform/imports.h"
#include "server/identity.h"

/* The runtime's own resource manager, made on first use and kept; NULL and GetLastError(). */
static AUTHZ_RESOURCE_MANAGER_HANDLE resource_manager(const struct imports_authz *authz)
{
    static void *volatile kept;
    AUTHZ_RESOURCE_MANAGER_HANDLE made = NULL;

    if (kept)
        return kept;
    if (!authz->AuthzInitializeResourceManager(AUTHZ_RM_FLAG_NO_AUDIT, NULL, NULL, NULL, L"rpcrt4", &made))
        return NULL;
    if (InterlockedCompareExchangePointer(&kept, made, NULL))
        authz->AuthzFreeResourceManager(made);
    return kept;
}

static RPC_STATUS make_context(HANDLE token, LARGE_INTEGER *expiration, void **context)
{
    const struct imports_authz *authz = imports_authz();
    AUTHZ_RESOURCE_MANAGER_HANDLE manager = authz ? resource_manager(authz) : NULL;
    AUTHZ_CLIENT_CONTEXT_HANDLE made = NULL;
    const LUID nobody = {0, 0};

    if (!manager || !authz->AuthzInitializeContextFromToken(0, token, manager, expiration, nobody, NULL, &made))
        return (RPC_STATUS)GetLastError();
    *context = made;
    return RPC_S_OK;
}

static RPC_STATUS context_of(struct server_call *call, LARGE_INTEGER *expiration, void **context)
{
    HANDLE token;
    RPC_STATUS status = server_call_token(call, &token);

    if (status)
        return status;
    status = make_context(token, expiration, context);
    CloseHandle(token);
    return status;
}

/***********************************************************************
 *           RpcGetAuthorizationContextForClient   (RPCRT4.@)
 *
 * binding: NULL: the call that the calling thread works for. *context is an
 * AUTHZ_CLIENT_CONTEXT_HANDLE, to be freed by RpcFreeAuthorizationContext. With `impersonate`, the
 * thread takes the client's identity as well. ERROR_INVALID_PARAMETER for a reserved parameter that
 * is not 0, RPC_S_NO_CONTEXT_AVAILABLE for a client without a token, errors of authz.dll.
 */
RPC_STATUS WINAPI RpcGetAuthorizationContextForClient(RPC_BINDING_HANDLE binding, BOOL impersonate, void *reserved1,
                                                      LARGE_INTEGER *expiration, LUID reserved2, DWORD reserved3,
                                                      void *reserved4, void **context)
{
    struct server_call *call;
    RPC_STATUS status;

    if (reserved1 || reserved2.LowPart || reserved2.HighPart || reserved3 || reserved4 || !context)
        return ERROR_INVALID_PARAMETER;
    if ((status = server_binding_of(binding, &call)))
        return status;
    status = context_of(call, expiration, context);
    if (!status && impersonate && (status = server_call_impersonate(call)))
        RpcFreeAuthorizationContext(context);
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcFreeAuthorizationContext   (RPCRT4.@)
 *
 * Sets *context to NULL. ERROR_INVALID_PARAMETER, errors of authz.dll.
 */
RPC_STATUS WINAPI RpcFreeAuthorizationContext(void **context)
{
    const struct imports_authz *authz;

    if (!context || !*context)
        return ERROR_INVALID_PARAMETER;
    authz = imports_authz();
    if (!authz || !authz->AuthzFreeContext(*context))
        return (RPC_STATUS)GetLastError();
    *context = NULL;
    return RPC_S_OK;
}
