/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of client binding handles: Windows SDK, RpcBindingSetOption, Binding Option Constants,
 * RpcMgmtSetComTimeout. */
#include "api/binding.h"
#include "platform/trace.h"

/* Which options can be set here; the others belong to transports that are not supported (message
 * queues). */
static bool is_option(ULONG option)
{
    switch (option) {
    case RPC_C_OPT_BINDING_NONCAUSAL:
    case RPC_C_OPT_SECURITY_CALLBACK:
    case RPC_C_OPT_UNIQUE_BINDING:
    case RPC_C_OPT_CALL_TIMEOUT:
    case RPC_C_OPT_DONT_LINGER:
        return true;
    default:
        return false;
    }
}

/***********************************************************************
 *           RpcBindingSetOption   (RPCRT4.@)
 *
 * RPC_C_OPT_CALL_TIMEOUT is in milliseconds, 0 for none. RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING (also for RPC_C_OPT_DONT_LINGER before the first call),
 * RPC_S_CANNOT_SUPPORT for an option that is not known.
 */
RPC_STATUS WINAPI RpcBindingSetOption(RPC_BINDING_HANDLE handle, ULONG option, ULONG_PTR value)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    AcquireSRWLockExclusive(&binding->lock);
    if (!is_option(option))
        status = RPC_S_CANNOT_SUPPORT;
    else if (option == RPC_C_OPT_DONT_LINGER && !binding->association)
        status = RPC_S_WRONG_KIND_OF_BINDING;
    else
        binding->option[option] = value;
    ReleaseSRWLockExclusive(&binding->lock);
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcBindingInqOption   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingInqOption(RPC_BINDING_HANDLE handle, ULONG option, ULONG_PTR *value)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    AcquireSRWLockShared(&binding->lock);
    if (is_option(option))
        *value = binding->option[option];
    else
        status = RPC_S_CANNOT_SUPPORT;
    ReleaseSRWLockShared(&binding->lock);
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtSetComTimeout   (RPCRT4.@)
 *
 * timeout: RPC_C_BINDING_MIN_TIMEOUT (0) to RPC_C_BINDING_INFINITE_TIMEOUT (10): how patiently to
 * connect. RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_TIMEOUT.
 */
RPC_STATUS WINAPI RpcMgmtSetComTimeout(RPC_BINDING_HANDLE handle, unsigned int timeout)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    if (timeout > RPC_C_BINDING_INFINITE_TIMEOUT)
        status = RPC_S_INVALID_TIMEOUT;
    else
        binding->com_timeout = timeout;
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtInqComTimeout   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcMgmtInqComTimeout(RPC_BINDING_HANDLE handle, unsigned int *timeout)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    *timeout = binding->com_timeout;
    binding_release(binding);
    return RPC_S_OK;
}
