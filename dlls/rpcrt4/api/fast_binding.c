/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Fast" binding handles: RpcBindingCreate, RpcBindingBind, RpcBindingUnbind. rpcdce.h, rpcasync.h;
 * Windows SDK, the functions' pages. Windows has them for ncalrpc only; here every transport has.
 * */
#include "api/binding.h"
#include "api/strings.h"
#include "call/async.h"
#include "client/call.h"
#include "platform/memory.h"
#include "platform/trace.h"

/* RPC_BINDING_HANDLE_TEMPLATE.ProtocolSequence: rpcdce.h's RPC_PROTSEQ_TCP, _NMP and _LRPC. */
static const WCHAR *const protseqs[] = {NULL, L"ncacn_ip_tcp", L"ncacn_np", L"ncalrpc"};

#define HAS_OBJECT 1 /* RPC_BHT_OBJECT_UUID_VALID */
#define OPTION_NONCAUSAL 1
#define OPTION_DONT_LINGER 2

static RPC_STATUS apply_security(RPC_BINDING_HANDLE handle, const RPC_BINDING_HANDLE_SECURITY *security)
{
    if (!security)
        return RPC_S_OK;
    return RpcBindingSetAuthInfoExW(handle, security->ServerPrincName, security->AuthnLevel, security->AuthnSvc,
                                    security->AuthIdentity, RPC_C_AUTHZ_NONE, security->SecurityQos);
}

static RPC_STATUS apply_options(struct binding *binding, const RPC_BINDING_HANDLE_OPTIONS *options)
{
    if (!options)
        return RPC_S_OK;
    if (options->Version != 1 || options->ComTimeout > RPC_C_BINDING_INFINITE_TIMEOUT)
        return RPC_S_INVALID_ARG;
    binding->com_timeout = options->ComTimeout;
    binding->option[RPC_C_OPT_CALL_TIMEOUT] = options->CallTimeout;
    binding->option[RPC_C_OPT_BINDING_NONCAUSAL] = (options->Flags & OPTION_NONCAUSAL) != 0;
    binding->option[RPC_C_OPT_DONT_LINGER] = (options->Flags & OPTION_DONT_LINGER) != 0;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcBindingCreateW   (RPCRT4.@)
 *
 * A handle to what the template names; options may be NULL. RPC_S_INVALID_ARG,
 * RPC_S_PROTSEQ_NOT_SUPPORTED, RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_OUT_OF_MEMORY, and those of
 * RpcBindingSetAuthInfoEx.
 */
RPC_STATUS WINAPI RpcBindingCreateW(RPC_BINDING_HANDLE_TEMPLATE *template, RPC_BINDING_HANDLE_SECURITY *security,
                                    RPC_BINDING_HANDLE_OPTIONS *options, RPC_BINDING_HANDLE *handle)
{
    struct binding *binding;
    RPC_STATUS status;

    if (!template || !handle || template->Version != 1)
        return RPC_S_INVALID_ARG;
    if (!template->ProtocolSequence || template->ProtocolSequence >= ARRAY_LENGTH(protseqs))
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    if (security && security->Version != 1)
        return RPC_S_INVALID_ARG;
    status = binding_create(protseqs[template->ProtocolSequence], template->NetworkAddress, template->StringEndpoint,
                            NULL, template->Flags & HAS_OBJECT ? &template->ObjectUuid : NULL, &binding);
    if (status)
        return status;
    status = apply_options(binding, options);
    *handle = binding->object.handle;
    if (!status)
        status = apply_security(*handle, security);
    if (status)
        RpcBindingFree(handle);
    return status;
}

/***********************************************************************
 *           RpcBindingCreateA   (RPCRT4.@)
 *
 * The template's and security's strings are ANSI ones.
 */
RPC_STATUS WINAPI RpcBindingCreateA(RPC_BINDING_HANDLE_TEMPLATE *template, RPC_BINDING_HANDLE_SECURITY *security,
                                    RPC_BINDING_HANDLE_OPTIONS *options, RPC_BINDING_HANDLE *handle)
{
    RPC_BINDING_HANDLE_TEMPLATE wide;
    RPC_BINDING_HANDLE_SECURITY wide_security;
    WCHAR *address = NULL, *endpoint = NULL, *principal = NULL;
    RPC_STATUS status;

    if (!template)
        return RPC_S_INVALID_ARG;
    wide = *template;
    status = string_to_wide((const unsigned char *)template->NetworkAddress, &address);
    if (!status)
        status = string_to_wide((const unsigned char *)template->StringEndpoint, &endpoint);
    wide.NetworkAddress = address;
    wide.StringEndpoint = endpoint;
    if (!status && security) {
        wide_security = *security;
        status = string_to_wide((const unsigned char *)security->ServerPrincName, &principal);
        wide_security.ServerPrincName = principal;
    }
    if (!status)
        status = RpcBindingCreateW(&wide, security ? &wide_security : NULL, options, handle);
    rpc_free(principal);
    rpc_free(address);
    rpc_free(endpoint);
    return status;
}

static RPC_STATUS bind_async(struct client_call *call, PRPC_ASYNC_STATE async)
{
    RPC_MESSAGE msg = {.ReservedForRuntime = call};
    RPC_STATUS status = async_attach(&msg, async, NULL);

    if (status)
        return status;
    status = client_call_submit(call);
    if (!status)
        return RPC_S_OK;
    async->RuntimeInfo = NULL;
    client_call_drop_async(call);
    return status;
}

/***********************************************************************
 *           RpcBindingBind   (RPCRT4.@)
 *
 * Connects to the server and binds to the interface, so that the first call need not. async NULL:
 * waits. Otherwise it is a call that is notified, cancelled and completed as any other.
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_INVALID_ASYNC_HANDLE, and why the
 * server cannot be reached.
 */
RPC_STATUS WINAPI RpcBindingBind(PRPC_ASYNC_STATE async, RPC_BINDING_HANDLE handle, RPC_IF_HANDLE spec)
{
    struct client_call *call;
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    status = spec ? client_call_create_bind(binding, spec, &call) : RPC_S_INVALID_ARG;
    if (!status) {
        status = async ? bind_async(call, async) : client_call_bind(call);
        client_call_release(call);
    }
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcBindingUnbind   (RPCRT4.@)
 *
 * Leaves the server: the connections that no other handle uses are closed. The handle can be bound
 * again.
 */
RPC_STATUS WINAPI RpcBindingUnbind(RPC_BINDING_HANDLE handle)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    binding_leave(binding);
    binding_release(binding);
    return RPC_S_OK;
}
