/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints of a server: the RpcServerUseProtseq… family and RpcServerInqBindings. Windows SDK, the
 * functions' pages.
 *
 * The families differ in where the endpoint comes from: …Ep takes it from the caller, …If from the
 * interface's endpoint attribute, the others let the runtime choose. The Ex forms add a policy, of
 * which a server of three transports needs nothing. Errors of all: RPC_S_PROTSEQ_NOT_SUPPORTED,
 * RPC_S_INVALID_RPC_PROTSEQ, RPC_S_DUPLICATE_ENDPOINT, RPC_S_INVALID_ENDPOINT_FORMAT,
 * RPC_S_INVALID_SECURITY_DESC, RPC_S_CANT_CREATE_ENDPOINT, RPC_S_OUT_OF_MEMORY; …If:
 * RPC_S_PROTSEQ_NOT_FOUND; All…: RPC_S_NO_PROTSEQS. */
#include "api/strings.h"
#include "client/binding.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/endpoint.h"

static RPC_STATUS use(const WCHAR *protseq, const WCHAR *network_addr, const WCHAR *endpoint, unsigned int max_calls,
                      void *descriptor)
{
    const struct endpoint_args args = {protseq, endpoint && *endpoint ? endpoint : NULL,
                                       network_addr && *network_addr ? network_addr : NULL, max_calls, descriptor};
    RPC_STATUS status;

    if (!protseq)
        return RPC_S_INVALID_RPC_PROTSEQ;
    status = endpoint_open(&args);
    TRACE("%s, %s: %s", trace_wide(protseq), trace_wide(endpoint), trace_status(status));
    return status;
}

static RPC_STATUS use_ansi(RPC_CSTR protseq, RPC_CSTR network_addr, RPC_CSTR endpoint, unsigned int max_calls,
                           void *descriptor)
{
    WCHAR *wide_protseq = NULL, *wide_addr = NULL, *wide_endpoint = NULL;
    RPC_STATUS status = string_to_wide(protseq, &wide_protseq);

    if (!status)
        status = string_to_wide(network_addr, &wide_addr);
    if (!status)
        status = string_to_wide(endpoint, &wide_endpoint);
    if (!status)
        status = use(wide_protseq, wide_addr, wide_endpoint, max_calls, descriptor);
    rpc_free(wide_protseq);
    rpc_free(wide_addr);
    rpc_free(wide_endpoint);
    return status;
}

RPC_STATUS WINAPI RpcServerUseProtseqEpW(RPC_WSTR protseq, unsigned int max_calls, RPC_WSTR endpoint, void *descriptor)
{
    return use(protseq, NULL, endpoint, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqEpA(RPC_CSTR protseq, unsigned int max_calls, RPC_CSTR endpoint, void *descriptor)
{
    return use_ansi(protseq, NULL, endpoint, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqEpExW(RPC_WSTR protseq, unsigned int max_calls, RPC_WSTR endpoint, void *descriptor,
                                           PRPC_POLICY policy)
{
    return use(protseq, NULL, endpoint, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqEpExA(RPC_CSTR protseq, unsigned int max_calls, RPC_CSTR endpoint, void *descriptor,
                                           PRPC_POLICY policy)
{
    return use_ansi(protseq, NULL, endpoint, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqW(RPC_WSTR protseq, unsigned int max_calls, void *descriptor)
{
    return use(protseq, NULL, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqA(RPC_CSTR protseq, unsigned int max_calls, void *descriptor)
{
    return use_ansi(protseq, NULL, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqExW(RPC_WSTR protseq, unsigned int max_calls, void *descriptor, PRPC_POLICY policy)
{
    return use(protseq, NULL, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqExA(RPC_CSTR protseq, unsigned int max_calls, void *descriptor, PRPC_POLICY policy)
{
    return use_ansi(protseq, NULL, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI I_RpcServerUseProtseqEp2W(RPC_WSTR network_addr, RPC_WSTR protseq, unsigned int max_calls,
                                            RPC_WSTR endpoint, void *descriptor, void *policy)
{
    return use(protseq, network_addr, endpoint, max_calls, descriptor);
}

RPC_STATUS WINAPI I_RpcServerUseProtseqEp2A(RPC_CSTR network_addr, RPC_CSTR protseq, unsigned int max_calls,
                                            RPC_CSTR endpoint, void *descriptor, void *policy)
{
    return use_ansi(protseq, network_addr, endpoint, max_calls, descriptor);
}

RPC_STATUS WINAPI I_RpcServerUseProtseq2W(RPC_WSTR network_addr, RPC_WSTR protseq, unsigned int max_calls,
                                          void *descriptor, void *policy)
{
    return use(protseq, network_addr, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI I_RpcServerUseProtseq2A(RPC_CSTR network_addr, RPC_CSTR protseq, unsigned int max_calls,
                                          void *descriptor, void *policy)
{
    return use_ansi(protseq, network_addr, NULL, max_calls, descriptor);
}

/* ---- endpoints that an interface names ---- */

/* Opens the interface's endpoints for `protseq`, or for all protocol sequences that are
 * supported. */
static RPC_STATUS use_interface(const RPC_SERVER_INTERFACE *spec, const WCHAR *protseq, unsigned int max_calls,
                                void *descriptor)
{
    RPC_STATUS status = protseq ? RPC_S_PROTSEQ_NOT_FOUND : RPC_S_NO_PROTSEQS;

    for (unsigned int i = 0; i < spec->RpcProtseqEndpointCount; i++) {
        const RPC_PROTSEQ_ENDPOINT *known = &spec->RpcProtseqEndpoint[i];
        WCHAR *wide = NULL;
        bool wanted;

        if (string_to_wide(known->RpcProtocolSequence, &wide))
            return RPC_S_OUT_OF_MEMORY;
        wanted = protseq ? !_wcsicmp(wide, protseq) : transport_find(wide) != NULL;
        rpc_free(wide);
        if (!wanted)
            continue;
        status = use_ansi(known->RpcProtocolSequence, NULL, known->Endpoint, max_calls, descriptor);
        if (status)
            break;
    }
    return status;
}

RPC_STATUS WINAPI RpcServerUseProtseqIfW(RPC_WSTR protseq, unsigned int max_calls, RPC_IF_HANDLE spec, void *descriptor)
{
    if (!protseq)
        return RPC_S_INVALID_RPC_PROTSEQ;
    return transport_find(protseq) ? use_interface(spec, protseq, max_calls, descriptor) : RPC_S_PROTSEQ_NOT_SUPPORTED;
}

RPC_STATUS WINAPI RpcServerUseProtseqIfA(RPC_CSTR protseq, unsigned int max_calls, RPC_IF_HANDLE spec, void *descriptor)
{
    WCHAR *wide;
    RPC_STATUS status = string_to_wide(protseq, &wide);

    if (!status)
        status = RpcServerUseProtseqIfW(wide, max_calls, spec, descriptor);
    rpc_free(wide);
    return status;
}

RPC_STATUS WINAPI RpcServerUseProtseqIfExW(RPC_WSTR protseq, unsigned int max_calls, RPC_IF_HANDLE spec, void *descriptor,
                                           PRPC_POLICY policy)
{
    return RpcServerUseProtseqIfW(protseq, max_calls, spec, descriptor);
}

RPC_STATUS WINAPI RpcServerUseProtseqIfExA(RPC_CSTR protseq, unsigned int max_calls, RPC_IF_HANDLE spec, void *descriptor,
                                           PRPC_POLICY policy)
{
    return RpcServerUseProtseqIfA(protseq, max_calls, spec, descriptor);
}

RPC_STATUS WINAPI RpcServerUseAllProtseqsIf(unsigned int max_calls, RPC_IF_HANDLE spec, void *descriptor)
{
    return use_interface(spec, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseAllProtseqsIfEx(unsigned int max_calls, RPC_IF_HANDLE spec, void *descriptor,
                                              PRPC_POLICY policy)
{
    return use_interface(spec, NULL, max_calls, descriptor);
}

RPC_STATUS WINAPI RpcServerUseAllProtseqs(unsigned int max_calls, void *descriptor)
{
    const struct transport *transport;
    RPC_STATUS status = RPC_S_NO_PROTSEQS;

    for (unsigned i = 0; (transport = transport_enum(i)); i++) {
        status = use(transport->protseq, NULL, NULL, max_calls, descriptor);
        if (status)
            break;
    }
    return status;
}

RPC_STATUS WINAPI RpcServerUseAllProtseqsEx(unsigned int max_calls, void *descriptor, PRPC_POLICY policy)
{
    return RpcServerUseAllProtseqs(max_calls, descriptor);
}

/* ---- what there is ---- */

static RPC_BINDING_VECTOR *grow_vector(RPC_BINDING_VECTOR *vector, ULONG count)
{
    return rpc_realloc(vector, offsetof(RPC_BINDING_VECTOR, BindingH) + (count + 1) * sizeof(vector->BindingH[0]));
}

/* Appends a binding for every address of the endpoint. */
static RPC_STATUS append_bindings(struct server_endpoint *endpoint, RPC_BINDING_VECTOR **vector)
{
    RPC_BINDING_VECTOR *bigger;
    struct binding *binding;
    WCHAR address[256];
    RPC_STATUS status;

    for (unsigned i = 0; transport_listener_address(endpoint->listener, i, address, ARRAY_LENGTH(address)); i++) {
        if (!(bigger = grow_vector(*vector, (*vector)->Count)))
            return RPC_S_OUT_OF_MEMORY;
        *vector = bigger;
        status = binding_create(endpoint->transport->protseq, address, endpoint->name, NULL, NULL, &binding);
        if (status)
            return status;
        bigger->BindingH[bigger->Count++] = binding->object.handle;
    }
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcServerInqBindings   (RPCRT4.@)
 *
 * Handles by which this server can be called, one for each address of each endpoint;
 * RpcBindingVectorFree frees them. RPC_S_NO_BINDINGS, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcServerInqBindings(RPC_BINDING_VECTOR **result)
{
    RPC_BINDING_VECTOR *vector = grow_vector(NULL, 0);
    struct server_endpoint *endpoint;
    RPC_STATUS status = RPC_S_OK;

    if (!result)
        status = RPC_S_INVALID_ARG;
    else if (!vector)
        status = RPC_S_OUT_OF_MEMORY;
    else
        vector->Count = 0;
    for (unsigned i = 0; !status && (endpoint = endpoint_enum(i)); i++) {
        status = append_bindings(endpoint, &vector);
        endpoint_release(endpoint);
    }
    if (!status && !vector->Count)
        status = RPC_S_NO_BINDINGS;
    if (status && vector && result)
        RpcBindingVectorFree(&vector);
    else if (status)
        rpc_free(vector);
    if (result)
        *result = status ? NULL : vector;
    return status;
}
