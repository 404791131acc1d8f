/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a client binding handle's calls are authenticated: Windows SDK, RpcBindingSetAuthInfo(Ex),
 * RpcBindingInqAuthInfo(Ex), RpcMgmtInqDefaultProtectLevel. */
#include "api/binding.h"
#include "api/strings.h"
#include "platform/memory.h"
#include "platform/trace.h"

/***********************************************************************
 *           RpcBindingSetAuthInfoExW   (RPCRT4.@)
 *
 * Acquires the credentials at once: identity may be freed afterwards. NULL: those of the calling
 * thread. A level or service of "none" turns authentication off. qos: versions 1 to 5, of which the
 * members of version 1 count. Errors: RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_UNKNOWN_AUTHN_LEVEL,
 * RPC_S_INVALID_AUTH_IDENTITY, RPC_S_SEC_PKG_ERROR, RPC_S_INVALID_ARG (qos), RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcBindingSetAuthInfoExW(RPC_BINDING_HANDLE handle, RPC_WSTR principal, ULONG level, ULONG service,
                                           RPC_AUTH_IDENTITY_HANDLE identity, ULONG authz, RPC_SECURITY_QOS *qos)
{
    struct auth_info *info = NULL;
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    if (level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY) {
        status = RPC_S_UNKNOWN_AUTHN_LEVEL;
    } else if (level != RPC_C_AUTHN_LEVEL_NONE && service != RPC_C_AUTHN_NONE) {
        const struct auth_info_args args = {
            .principal = principal,
            .level = level,
            .service = service,
            .authz = authz,
            .identity = identity,
            .qos = qos,
            .is_local_call = binding->transport->type == TRANSPORT_TYPE_LPC,
        };

        status = auth_info_create(&args, &info);
    }
    if (!status)
        binding_set_auth(binding, info);
    TRACE("%p: service %lu, level %lu -> %s", handle, service, level, trace_status(status));
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcBindingSetAuthInfoExA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingSetAuthInfoExA(RPC_BINDING_HANDLE handle, RPC_CSTR principal, ULONG level, ULONG service,
                                           RPC_AUTH_IDENTITY_HANDLE identity, ULONG authz, RPC_SECURITY_QOS *qos)
{
    WCHAR *wide;
    RPC_STATUS status = string_to_wide(principal, &wide);

    if (!status)
        status = RpcBindingSetAuthInfoExW(handle, wide, level, service, identity, authz, qos);
    rpc_free(wide);
    return status;
}

/***********************************************************************
 *           RpcBindingSetAuthInfoW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingSetAuthInfoW(RPC_BINDING_HANDLE handle, RPC_WSTR principal, ULONG level, ULONG service,
                                         RPC_AUTH_IDENTITY_HANDLE identity, ULONG authz)
{
    return RpcBindingSetAuthInfoExW(handle, principal, level, service, identity, authz, NULL);
}

/***********************************************************************
 *           RpcBindingSetAuthInfoA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingSetAuthInfoA(RPC_BINDING_HANDLE handle, RPC_CSTR principal, ULONG level, ULONG service,
                                         RPC_AUTH_IDENTITY_HANDLE identity, ULONG authz)
{
    return RpcBindingSetAuthInfoExA(handle, principal, level, service, identity, authz, NULL);
}

/* ---- asking ---- */

static RPC_STATUS auth_of(RPC_BINDING_HANDLE handle, struct auth_info **info)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    *info = binding_get_auth(binding);
    binding_release(binding);
    return *info ? RPC_S_OK : RPC_S_BINDING_HAS_NO_AUTH;
}

/* Each of them may be NULL. */
static void tell(const struct auth_info *info, ULONG *level, ULONG *service, RPC_AUTH_IDENTITY_HANDLE *identity,
                 ULONG *authz, RPC_SECURITY_QOS *qos)
{
    if (level)
        *level = info->level;
    if (service)
        *service = info->package.service;
    if (identity)
        *identity = info->identity;
    if (authz)
        *authz = info->authz;
    if (qos)
        *qos = info->qos;
}

/***********************************************************************
 *           RpcBindingInqAuthInfoExW   (RPCRT4.@)
 *
 * principal: for RpcStringFree; NULL if none was set. identity: the very pointer that was set.
 * version: of *qos, of which the members of version 1 are filled in. RPC_S_BINDING_HAS_NO_AUTH,
 * RPC_S_INVALID_ARG (version), RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcBindingInqAuthInfoExW(RPC_BINDING_HANDLE handle, RPC_WSTR *principal, ULONG *level, ULONG *service,
                                           RPC_AUTH_IDENTITY_HANDLE *identity, ULONG *authz, ULONG version,
                                           RPC_SECURITY_QOS *qos)
{
    struct auth_info *info;
    RPC_STATUS status;

    if (qos && version != RPC_C_SECURITY_QOS_VERSION)
        return RPC_S_INVALID_ARG;
    status = auth_of(handle, &info);
    if (status)
        return status;
    if (principal)
        status = string_copy_wide(info->principal, principal);
    if (!status)
        tell(info, level, service, identity, authz, qos);
    auth_info_release(info);
    return status;
}

/***********************************************************************
 *           RpcBindingInqAuthInfoExA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqAuthInfoExA(RPC_BINDING_HANDLE handle, RPC_CSTR *principal, ULONG *level, ULONG *service,
                                           RPC_AUTH_IDENTITY_HANDLE *identity, ULONG *authz, ULONG version,
                                           RPC_SECURITY_QOS *qos)
{
    WCHAR *wide = NULL;
    RPC_STATUS status = RpcBindingInqAuthInfoExW(handle, principal ? &wide : NULL, level, service,
                                                 identity, authz, version, qos);

    if (!status && principal)
        status = string_to_ansi(wide, principal);
    rpc_free(wide);
    return status;
}

/***********************************************************************
 *           RpcBindingInqAuthInfoW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqAuthInfoW(RPC_BINDING_HANDLE handle, RPC_WSTR *principal, ULONG *level, ULONG *service,
                                         RPC_AUTH_IDENTITY_HANDLE *identity, ULONG *authz)
{
    return RpcBindingInqAuthInfoExW(handle, principal, level, service, identity, authz, 0, NULL);
}

/***********************************************************************
 *           RpcBindingInqAuthInfoA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqAuthInfoA(RPC_BINDING_HANDLE handle, RPC_CSTR *principal, ULONG *level, ULONG *service,
                                         RPC_AUTH_IDENTITY_HANDLE *identity, ULONG *authz)
{
    return RpcBindingInqAuthInfoExA(handle, principal, level, service, identity, authz, 0, NULL);
}

/***********************************************************************
 *           RpcMgmtInqDefaultProtectLevel   (RPCRT4.@)
 *
 * The level that RPC_C_AUTHN_LEVEL_DEFAULT stands for with an authentication service.
 * RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcMgmtInqDefaultProtectLevel(unsigned long service, unsigned long *level)
{
    struct security_package package;
    RPC_STATUS status;

    if (!level)
        return RPC_S_INVALID_ARG;
    if (service == RPC_C_AUTHN_NONE) {
        *level = RPC_C_AUTHN_LEVEL_NONE;
        return RPC_S_OK;
    }
    status = security_package_find(service, &package);
    return status ? status : security_level(package.service, RPC_C_AUTHN_LEVEL_DEFAULT, level);
}
