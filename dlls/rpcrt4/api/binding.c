/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binding handles: rpcdce.h's RpcBinding… functions, after the Windows SDK's page of each. Options
 * are api/binding_option.c's, authentication is api/auth_info.c's. */
#include "api/binding.h"
#include "api/strings.h"
#include "platform/memory.h"
#include "platform/trace.h"

RPC_STATUS client_binding_of(RPC_BINDING_HANDLE handle, struct binding **binding)
{
    struct object *object = handle_ref(handle, OBJECT_BINDING | OBJECT_SERVER_CALL);

    if (!object)
        return RPC_S_INVALID_BINDING;
    *binding = CONTAINER_OF(object, struct binding, object);
    if (object->kind == OBJECT_BINDING)
        return RPC_S_OK;
    object_release(object);
    return RPC_S_WRONG_KIND_OF_BINDING;
}

RPC_STATUS server_binding_of(RPC_BINDING_HANDLE handle, struct server_call **call)
{
    struct object *object;

    if ((*call = server_call_from_handle(handle)))
        return RPC_S_OK;
    if (!handle)
        return RPC_S_NO_CALL_ACTIVE;
    if (!(object = handle_ref(handle, OBJECT_BINDING)))
        return RPC_S_INVALID_BINDING;
    object_release(object);
    return RPC_S_WRONG_KIND_OF_BINDING;
}

/* ---- making and freeing ---- */

static RPC_STATUS create_from_parts(const WCHAR *object_text, const WCHAR *protseq, const WCHAR *address,
                                    const WCHAR *endpoint, const WCHAR *options, RPC_BINDING_HANDLE *handle)
{
    struct binding *binding;
    UUID object = {0};
    RPC_STATUS status = RPC_S_OK;

    if (*object_text)
        status = UuidFromStringW((RPC_WSTR)object_text, &object);
    if (!status)
        status = binding_create(protseq, address, endpoint, options, &object, &binding);
    if (!status)
        *handle = binding->object.handle;
    return status;
}

/***********************************************************************
 *           RpcBindingFromStringBindingW   (RPCRT4.@)
 *
 * Errors: RPC_S_INVALID_STRING_BINDING and what RpcStringBindingParse returns,
 * RPC_S_PROTSEQ_NOT_SUPPORTED, RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcBindingFromStringBindingW(RPC_WSTR string_binding, RPC_BINDING_HANDLE *handle)
{
    RPC_WSTR object, protseq, address, endpoint, options;
    RPC_STATUS status;

    if (!handle)
        return RPC_S_INVALID_ARG;
    *handle = NULL;
    status = RpcStringBindingParseW(string_binding, &object, &protseq, &address, &endpoint, &options);
    if (status)
        return status;
    status = create_from_parts(object, protseq, address, endpoint, options, handle);
    TRACE("%s -> %p, %s", trace_wide(string_binding), *handle, trace_status(status));
    RpcStringFreeW(&object);
    RpcStringFreeW(&protseq);
    RpcStringFreeW(&address);
    RpcStringFreeW(&endpoint);
    RpcStringFreeW(&options);
    return status;
}

/***********************************************************************
 *           RpcBindingFromStringBindingA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingFromStringBindingA(RPC_CSTR string_binding, RPC_BINDING_HANDLE *handle)
{
    WCHAR *wide;
    RPC_STATUS status = string_to_wide(string_binding, &wide);

    if (!status)
        status = RpcBindingFromStringBindingW(wide, handle);
    rpc_free(wide);
    return status;
}

/***********************************************************************
 *           RpcBindingFree   (RPCRT4.@)
 *
 * Calls that are under way go on. Errors: RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING.
 */
RPC_STATUS WINAPI RpcBindingFree(RPC_BINDING_HANDLE *handle)
{
    struct binding *binding;
    RPC_STATUS status = handle ? client_binding_of(*handle, &binding) : RPC_S_INVALID_BINDING;

    if (status)
        return status;
    *handle = NULL;
    if (handle_close(&binding->object))
        binding_release(binding);
    else
        status = RPC_S_INVALID_BINDING;
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcBindingCopy   (RPCRT4.@)
 *
 * Errors: RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcBindingCopy(RPC_BINDING_HANDLE source, RPC_BINDING_HANDLE *destination)
{
    struct binding *binding, *copy;
    RPC_STATUS status = client_binding_of(source, &binding);

    if (status)
        return status;
    status = binding_copy(binding, &copy);
    if (!status)
        *destination = copy->object.handle;
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcBindingReset   (RPCRT4.@)
 *
 * Makes it a partially bound handle: the endpoint is forgotten. Errors as RpcBindingCopy.
 */
RPC_STATUS WINAPI RpcBindingReset(RPC_BINDING_HANDLE handle)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    status = binding_reset(binding);
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcBindingVectorFree   (RPCRT4.@)
 *
 * Frees the vector of RpcServerInqBindings and the handles that are still in it.
 */
RPC_STATUS WINAPI RpcBindingVectorFree(RPC_BINDING_VECTOR **vector)
{
    if (!vector || !*vector)
        return RPC_S_INVALID_ARG;
    for (ULONG i = 0; i < (*vector)->Count; i++) {
        if ((*vector)->BindingH[i])
            RpcBindingFree(&(*vector)->BindingH[i]);
    }
    rpc_free(*vector);
    *vector = NULL;
    return RPC_S_OK;
}

/* ---- looking at them ---- */

static RPC_STATUS compose(const UUID *object, const WCHAR *protseq, const WCHAR *address, const WCHAR *endpoint,
                          const WCHAR *options, RPC_WSTR *result)
{
    static const UUID nil;
    RPC_WSTR text = NULL;
    RPC_STATUS status = RPC_S_OK;

    if (memcmp(object, &nil, sizeof(nil)))
        status = UuidToStringW((UUID *)object, &text);
    if (!status)
        status = RpcStringBindingComposeW(text, (RPC_WSTR)protseq, (RPC_WSTR)address, (RPC_WSTR)endpoint,
                                          (RPC_WSTR)options, result);
    if (text)
        RpcStringFreeW(&text);
    return status;
}

static RPC_STATUS client_to_string(struct binding *binding, RPC_WSTR *result)
{
    RPC_STATUS status;

    AcquireSRWLockShared(&binding->lock);
    status = compose(&binding->object_uuid, binding->transport->protseq, binding->network_addr, binding->endpoint,
                     binding->options, result);
    ReleaseSRWLockShared(&binding->lock);
    return status;
}

/* A client's endpoint is of no use to a server, and unknown. */
static RPC_STATUS server_to_string(struct server_call *call, RPC_WSTR *result)
{
    WCHAR address[256];

    if (!transport_peer_address(call->conn->link.conn, address, ARRAY_LENGTH(address)))
        address[0] = 0;
    return compose(&call->object_uuid, call->conn->endpoint->transport->protseq, address, NULL, NULL, result);
}

/***********************************************************************
 *           RpcBindingToStringBindingW   (RPCRT4.@)
 *
 * Of a client's or a server's binding handle; free with RpcStringFree. RPC_S_INVALID_BINDING,
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcBindingToStringBindingW(RPC_BINDING_HANDLE handle, RPC_WSTR *string_binding)
{
    struct object *object = handle_ref(handle, OBJECT_BINDING | OBJECT_SERVER_CALL);
    RPC_STATUS status;

    *string_binding = NULL;
    if (!object)
        return RPC_S_INVALID_BINDING;
    if (object->kind == OBJECT_BINDING)
        status = client_to_string(CONTAINER_OF(object, struct binding, object), string_binding);
    else
        status = server_to_string(CONTAINER_OF(object, struct server_call, object), string_binding);
    object_release(object);
    return status;
}

/***********************************************************************
 *           RpcBindingToStringBindingA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcBindingToStringBindingA(RPC_BINDING_HANDLE handle, RPC_CSTR *string_binding)
{
    RPC_WSTR wide;
    RPC_STATUS status = RpcBindingToStringBindingW(handle, &wide);

    *string_binding = NULL;
    if (status)
        return status;
    status = string_to_ansi(wide, string_binding);
    RpcStringFreeW(&wide);
    return status;
}

/***********************************************************************
 *           RpcBindingInqObject   (RPCRT4.@)
 *
 * The object UUID, nil for none. RPC_S_INVALID_BINDING.
 */
RPC_STATUS WINAPI RpcBindingInqObject(RPC_BINDING_HANDLE handle, UUID *uuid)
{
    struct object *object = handle_ref(handle, OBJECT_BINDING | OBJECT_SERVER_CALL);

    if (!object)
        return RPC_S_INVALID_BINDING;
    if (object->kind == OBJECT_BINDING) {
        struct binding *binding = CONTAINER_OF(object, struct binding, object);

        AcquireSRWLockShared(&binding->lock);
        *uuid = binding->object_uuid;
        ReleaseSRWLockShared(&binding->lock);
    } else {
        *uuid = CONTAINER_OF(object, struct server_call, object)->object_uuid;
    }
    object_release(object);
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcBindingSetObject   (RPCRT4.@)
 *
 * NULL: the nil UUID. RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING.
 */
RPC_STATUS WINAPI RpcBindingSetObject(RPC_BINDING_HANDLE handle, UUID *uuid)
{
    static const UUID nil;
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    AcquireSRWLockExclusive(&binding->lock);
    binding->object_uuid = uuid ? *uuid : nil;
    ReleaseSRWLockExclusive(&binding->lock);
    binding_release(binding);
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcBindingServerFromClient   (RPCRT4.@)
 *
 * A partially bound handle to the machine that the call came from. NULL: this thread's call.
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_NO_CALL_ACTIVE, RPC_S_CANNOT_SUPPORT if
 * the client's address is not known.
 */
RPC_STATUS WINAPI RpcBindingServerFromClient(RPC_BINDING_HANDLE client, RPC_BINDING_HANDLE *server)
{
    struct server_call *call;
    struct binding *binding;
    WCHAR address[256];
    RPC_STATUS status = server_binding_of(client, &call);

    if (status)
        return status;
    if (!transport_peer_address(call->conn->link.conn, address, ARRAY_LENGTH(address)))
        status = RPC_S_CANNOT_SUPPORT;
    if (!status)
        status = binding_create(call->conn->endpoint->transport->protseq, address, NULL, NULL, &call->object_uuid,
                                &binding);
    if (!status)
        *server = binding->object.handle;
    server_call_release(call);
    return status;
}
