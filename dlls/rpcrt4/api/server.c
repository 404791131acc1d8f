/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server offers, and when: interfaces, object types, listening. rpcdce.h, after the Windows
 * SDK's page of each function. Endpoints are api/server_endpoint.c's. */
#include "platform/base.h"
#include "platform/imports.h"
#include "platform/trace.h"
#include "server/endpoint.h"
#include "server/object_type.h"
#include "server/registry.h"
#include "stub/context.h"

/* Wine's RtlValidSecurityDescriptor refuses self-relative ones. */
static bool is_valid(SECURITY_DESCRIPTOR *descriptor)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();

    return advapi32 && advapi32->IsValidSecurityDescriptor(descriptor);
}

/***********************************************************************
 *           RpcServerRegisterIf3   (RPCRT4.@)
 *
 * max_calls limits concurrent calls of an auto-listen interface, max_rpc_size (octets, (unsigned)-1
 * for none) the stub data of one request, other than on ncalrpc. A security descriptor
 * (copied) says who may call: who is granted the right 1, which all generic rights contain; clients
 * that are not authenticated are anonymous. RPC_S_TYPE_ALREADY_REGISTERED, RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_MEMORY, RPC_S_INVALID_SECURITY_DESC.
 */
RPC_STATUS WINAPI RpcServerRegisterIf3(RPC_IF_HANDLE spec, UUID *manager_type, RPC_MGR_EPV *manager, unsigned int flags,
                                       unsigned int max_calls, unsigned int max_rpc_size, RPC_IF_CALLBACK_FN *callback,
                                       void *security_descriptor)
{
    const struct registration registration = {
        .spec = spec,
        .manager_type = manager_type,
        .manager = manager,
        .flags = flags,
        .max_calls = max_calls,
        .max_rpc_size = max_rpc_size,
        .callback = callback,
        .descriptor = security_descriptor,
    };

    if (security_descriptor && !is_valid(security_descriptor))
        return RPC_S_INVALID_SECURITY_DESC;
    return registry_add(&registration);
}

/***********************************************************************
 *           RpcServerRegisterIf2   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerRegisterIf2(RPC_IF_HANDLE spec, UUID *manager_type, RPC_MGR_EPV *manager, unsigned int flags,
                                       unsigned int max_calls, unsigned int max_rpc_size, RPC_IF_CALLBACK_FN *callback)
{
    return RpcServerRegisterIf3(spec, manager_type, manager, flags, max_calls, max_rpc_size, callback, NULL);
}

/***********************************************************************
 *           RpcServerRegisterIfEx   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerRegisterIfEx(RPC_IF_HANDLE spec, UUID *manager_type, RPC_MGR_EPV *manager, unsigned int flags,
                                        unsigned int max_calls, RPC_IF_CALLBACK_FN *callback)
{
    return RpcServerRegisterIf3(spec, manager_type, manager, flags, max_calls, (unsigned int)-1, callback, NULL);
}

/***********************************************************************
 *           RpcServerRegisterIf   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerRegisterIf(RPC_IF_HANDLE spec, UUID *manager_type, RPC_MGR_EPV *manager)
{
    return RpcServerRegisterIf3(spec, manager_type, manager, 0, RPC_C_LISTEN_MAX_CALLS_DEFAULT, (unsigned int)-1, NULL,
                                NULL);
}

/***********************************************************************
 *           RpcServerUnregisterIf   (RPCRT4.@)
 *
 * spec NULL: all interfaces that are not auto-listen. manager_type NULL: of every type. Waits for
 * calls under way if `wait`; for auto-listen interfaces always. RPC_S_UNKNOWN_IF,
 * RPC_S_UNKNOWN_MGR_TYPE.
 */
RPC_STATUS WINAPI RpcServerUnregisterIf(RPC_IF_HANDLE spec, UUID *manager_type, unsigned int wait)
{
    return registry_remove(spec, manager_type, wait);
}

/***********************************************************************
 *           RpcServerUnregisterIfEx   (RPCRT4.@)
 *
 * The same, waiting for calls. rundown_contexts: context handles that the interface has made are
 * run down now; else when their client goes.
 */
RPC_STATUS WINAPI RpcServerUnregisterIfEx(RPC_IF_HANDLE spec, UUID *manager_type, int rundown_contexts)
{
    RPC_STATUS status = registry_remove(spec, manager_type, true);

    if (status == RPC_S_OK && rundown_contexts)
        context_rundown_interface(spec);
    return status;
}

/***********************************************************************
 *           RpcServerInqIf   (RPCRT4.@)
 *
 * The manager that an interface was registered with. RPC_S_UNKNOWN_IF, RPC_S_UNKNOWN_MGR_TYPE.
 */
RPC_STATUS WINAPI RpcServerInqIf(RPC_IF_HANDLE spec, UUID *manager_type, RPC_MGR_EPV **manager)
{
    return registry_manager(spec, manager_type, manager);
}

/* ---- listening ---- */

static bool has_endpoint(void)
{
    struct server_endpoint *endpoint = endpoint_enum(0);

    if (endpoint)
        endpoint_release(endpoint);
    return endpoint != NULL;
}

/***********************************************************************
 *           RpcServerListen   (RPCRT4.@)
 *
 * Lets calls to interfaces through that are not auto-listen, at most max_calls at a time; returns
 * when listening has been stopped and all calls have ended, or at once if dont_wait. min_threads is
 * no more than a hint: threads follow the work. RPC_S_ALREADY_LISTENING,
 * RPC_S_NO_PROTSEQS_REGISTERED, RPC_S_MAX_CALLS_TOO_SMALL.
 */
RPC_STATUS WINAPI RpcServerListen(unsigned int min_threads, unsigned int max_calls, unsigned int dont_wait)
{
    RPC_STATUS status;

    if (!max_calls || max_calls < min_threads)
        return RPC_S_MAX_CALLS_TOO_SMALL;
    if (!has_endpoint())
        return RPC_S_NO_PROTSEQS_REGISTERED;
    status = registry_listen(max_calls);
    if (status || dont_wait)
        return status;
    return registry_wait_listen();
}

/***********************************************************************
 *           RpcMgmtWaitServerListen   (RPCRT4.@)
 *
 * RPC_S_NOT_LISTENING.
 */
RPC_STATUS WINAPI RpcMgmtWaitServerListen(void)
{
    return registry_wait_listen();
}

/* ---- object types ---- */

/***********************************************************************
 *           RpcObjectSetType   (RPCRT4.@)
 *
 * A nil or NULL type takes the object's away. RPC_S_ALREADY_REGISTERED, RPC_S_INVALID_OBJECT,
 * RPC_S_OBJECT_NOT_FOUND, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcObjectSetType(UUID *object, UUID *type)
{
    return object_type_set(object, type);
}

/***********************************************************************
 *           RpcObjectInqType   (RPCRT4.@)
 *
 * RPC_S_OBJECT_NOT_FOUND.
 */
RPC_STATUS WINAPI RpcObjectInqType(UUID *object, UUID *type)
{
    UUID found;
    RPC_STATUS status = object_type_inquire(object, &found);

    if (type)
        *type = found;
    return status;
}

/***********************************************************************
 *           RpcObjectSetInqFn   (RPCRT4.@)
 *
 * NULL takes it away.
 */
RPC_STATUS WINAPI RpcObjectSetInqFn(RPC_OBJECT_INQ_FN *function)
{
    object_type_set_inquiry(function);
    return RPC_S_OK;
}
