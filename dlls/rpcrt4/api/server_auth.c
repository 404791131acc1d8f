/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authentication as a server sees it: the services that it offers, and who its clients are. Windows
 * SDK, RpcServerRegisterAuthInfo, RpcServerInqDefaultPrincName, RpcBindingInqAuthClient(Ex),
 * RpcImpersonateClient. In all that take a binding handle, NULL means the call that the calling
 * thread works for; common errors: RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING for a client's
 * handle, RPC_S_NO_CALL_ACTIVE. */
#include "api/binding.h"
#include "api/strings.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/auth_service.h"
#include "server/identity.h"

/* ---- what the server offers ---- */

/***********************************************************************
 *           RpcServerRegisterAuthInfoW   (RPCRT4.@)
 *
 * principal: the name to be known by; NULL: the user's. get_key and arg go to the security package.
 * RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_SEC_PKG_ERROR, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcServerRegisterAuthInfoW(RPC_WSTR principal, ULONG service, RPC_AUTH_KEY_RETRIEVAL_FN get_key,
                                             void *arg)
{
    RPC_STATUS status = auth_service_register(principal, service, get_key, arg);

    TRACE("service %lu, %s -> %s", service, trace_wide(principal), trace_status(status));
    return status;
}

/***********************************************************************
 *           RpcServerRegisterAuthInfoA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerRegisterAuthInfoA(RPC_CSTR principal, ULONG service, RPC_AUTH_KEY_RETRIEVAL_FN get_key,
                                             void *arg)
{
    WCHAR *wide;
    RPC_STATUS status = string_to_wide(principal, &wide);

    if (!status)
        status = RpcServerRegisterAuthInfoW(wide, service, get_key, arg);
    rpc_free(wide);
    return status;
}

/***********************************************************************
 *           RpcServerInqDefaultPrincNameW   (RPCRT4.@)
 *
 * The name by which a service knows this process, for RpcStringFree. RPC_S_UNKNOWN_AUTHN_SERVICE
 * (RPC_C_AUTHN_DEFAULT, too), RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcServerInqDefaultPrincNameW(ULONG service, RPC_WSTR *principal)
{
    WCHAR *name;
    RPC_STATUS status = auth_service_default_name(service, &name);

    if (status)
        return status;
    if (principal)
        *principal = name;
    else
        rpc_free(name);
    return principal ? RPC_S_OK : RPC_S_INVALID_ARG;
}

/***********************************************************************
 *           RpcServerInqDefaultPrincNameA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerInqDefaultPrincNameA(ULONG service, RPC_CSTR *principal)
{
    WCHAR *name;
    RPC_STATUS status = auth_service_default_name(service, &name);

    if (status)
        return status;
    status = principal ? string_to_ansi(name, principal) : RPC_S_INVALID_ARG;
    rpc_free(name);
    return status;
}

/* ---- who the client is ---- */

/* All but the server's name. Each may be NULL. */
static void tell(struct server_call *call, const struct server_identity *identity, RPC_AUTHZ_HANDLE *privileges,
                 ULONG *level, ULONG *service, ULONG *authz)
{
    if (privileges)
        *privileges = (RPC_AUTHZ_HANDLE)server_call_client_name(call);
    if (level)
        *level = identity->level;
    if (service)
        *service = identity->service;
    if (authz)
        *authz = RPC_C_AUTHZ_NONE;
}

static RPC_STATUS identity_of(RPC_BINDING_HANDLE binding, struct server_call **call, struct server_identity *identity)
{
    RPC_STATUS status = server_binding_of(binding, call);

    if (status)
        return status;
    status = server_call_identity(*call, identity);
    if (status)
        server_call_release(*call);
    return status;
}

/***********************************************************************
 *           RpcBindingInqAuthClientExW   (RPCRT4.@)
 *
 * *privileges: the client's principal name (WCHAR *), valid while the call is, in both forms; NULL
 * where the security package does not tell. *principal: for RpcStringFree; NULL if the server has
 * registered none. RPC_S_BINDING_HAS_NO_AUTH, and then nothing is set; RPC_S_OUT_OF_MEMORY. flags
 * concern certificates, and are ignored.
 */
RPC_STATUS WINAPI RpcBindingInqAuthClientExW(RPC_BINDING_HANDLE binding, RPC_AUTHZ_HANDLE *privileges,
                                             RPC_WSTR *principal, ULONG *level, ULONG *service, ULONG *authz,
                                             ULONG flags)
{
    struct server_identity identity;
    struct server_call *call;
    RPC_STATUS status = identity_of(binding, &call, &identity);

    if (status)
        return status;
    if (principal)
        status = string_copy_wide(identity.server, principal);
    if (!status)
        tell(call, &identity, privileges, level, service, authz);
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcBindingInqAuthClientExA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqAuthClientExA(RPC_BINDING_HANDLE binding, RPC_AUTHZ_HANDLE *privileges,
                                             RPC_CSTR *principal, ULONG *level, ULONG *service, ULONG *authz,
                                             ULONG flags)
{
    WCHAR *wide = NULL;
    RPC_STATUS status = RpcBindingInqAuthClientExW(binding, privileges, principal ? &wide : NULL,
                                                   level, service, authz, flags);

    if (!status && principal)
        status = string_to_ansi(wide, principal);
    rpc_free(wide);
    return status;
}

/***********************************************************************
 *           RpcBindingInqAuthClientW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqAuthClientW(RPC_BINDING_HANDLE binding, RPC_AUTHZ_HANDLE *privileges, RPC_WSTR *principal,
                                           ULONG *level, ULONG *service, ULONG *authz)
{
    return RpcBindingInqAuthClientExW(binding, privileges, principal, level, service, authz, 0);
}

/***********************************************************************
 *           RpcBindingInqAuthClientA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqAuthClientA(RPC_BINDING_HANDLE binding, RPC_AUTHZ_HANDLE *privileges, RPC_CSTR *principal,
                                           ULONG *level, ULONG *service, ULONG *authz)
{
    return RpcBindingInqAuthClientExA(binding, privileges, principal, level, service, authz, 0);
}

/* ---- acting as the client ---- */

/***********************************************************************
 *           RpcImpersonateClient   (RPCRT4.@)
 *
 * The calling thread takes the client's identity until RpcRevertToSelf: that of the call's security
 * context, or that of a local transport's client. RPC_S_NO_CONTEXT_AVAILABLE where neither is known,
 * or the security package cannot.
 */
RPC_STATUS WINAPI RpcImpersonateClient(RPC_BINDING_HANDLE binding)
{
    struct server_call *call;
    RPC_STATUS status = server_binding_of(binding, &call);

    if (status)
        return status;
    status = server_call_impersonate(call);
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcRevertToSelfEx   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcRevertToSelfEx(RPC_BINDING_HANDLE binding)
{
    struct server_call *call;
    RPC_STATUS status = server_binding_of(binding, &call);

    if (status)
        return status;
    status = server_call_revert(call);
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcRevertToSelf   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcRevertToSelf(void)
{
    return RpcRevertToSelfEx(NULL);
}
