/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles in the client: see context.h. A handle is an entry of the process's handle table,
 * so that a stale or forged one is refused. */
#include "stub/context.h"
#include "platform/handle.h"
#include "platform/memory.h"
#include "wire/types.h"

struct client_context {
    struct object object;
    RPC_BINDING_HANDLE binding;
    uint32_t attributes;
    struct wire_uuid uuid;
};

static void context_destroy(struct object *object)
{
    struct client_context *context = CONTAINER_OF(object, struct client_context, object);

    if (context->binding)
        RpcBindingFree(&context->binding);
    rpc_free(context);
}

static struct client_context *context_ref(NDR_CCONTEXT handle)
{
    struct object *object = handle_ref(handle, OBJECT_CLIENT_CONTEXT);

    return object ? CONTAINER_OF(object, struct client_context, object) : NULL;
}

RPC_STATUS context_client_get_binding(NDR_CCONTEXT handle, RPC_BINDING_HANDLE *binding)
{
    struct client_context *context;

    if (!handle)
        return RPC_X_SS_IN_NULL_CONTEXT;
    if (!(context = context_ref(handle)))
        return RPC_X_SS_CONTEXT_MISMATCH;
    *binding = context->binding;
    object_release(&context->object);
    return RPC_S_OK;
}

RPC_BINDING_HANDLE context_client_binding(NDR_CCONTEXT handle)
{
    RPC_BINDING_HANDLE binding;
    RPC_STATUS status = context_client_get_binding(handle, &binding);

    if (status != RPC_S_OK)
        RpcRaiseException(status);
    return binding;
}

void context_client_marshal(NDR_CCONTEXT handle, unsigned char wire[cbNDRContext])
{
    struct client_context *context;

    memset(wire, 0, cbNDRContext);
    if (!handle)
        return;
    if (!(context = context_ref(handle)))
        RpcRaiseException(RPC_X_SS_CONTEXT_MISMATCH);
    wire_put_u32(wire, context->attributes, false);
    wire_put_uuid(wire + 4, &context->uuid, false);
    object_release(&context->object);
}

static NDR_CCONTEXT context_open(RPC_BINDING_HANDLE binding, uint32_t attributes,
                                 const struct wire_uuid *uuid)
{
    struct client_context *context = rpc_alloc_zero(sizeof(*context));
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    if (!context)
        RpcRaiseException(status);
    object_init(&context->object, OBJECT_CLIENT_CONTEXT, context_destroy);
    context->attributes = attributes;
    context->uuid = *uuid;
    if ((status = RpcBindingCopy(binding, &context->binding)) == RPC_S_OK) {
        if (handle_open(&context->object))
            return context->object.handle;
        status = RPC_S_OUT_OF_MEMORY;
    }
    object_release(&context->object);
    RpcRaiseException(status);
}

void context_client_unmarshal(NDR_CCONTEXT *handle, RPC_BINDING_HANDLE binding,
                              const unsigned char wire[cbNDRContext], ULONG representation)
{
    bool big_endian = (representation & NDR_INT_REP_MASK) == NDR_BIG_ENDIAN;
    uint32_t attributes = wire_get_u32(wire, big_endian);
    struct client_context *context;
    struct wire_uuid uuid;

    wire_get_uuid(wire + 4, big_endian, &uuid);
    if (wire_uuid_equal(&uuid, &wire_nil_uuid)) {
        if (*handle && context_client_destroy(handle) != RPC_S_OK)
            RpcRaiseException(RPC_X_SS_CONTEXT_MISMATCH);
    } else if (*handle && (context = context_ref(*handle))) {
        context->attributes = attributes;
        context->uuid = uuid;
        object_release(&context->object);
    } else {
        *handle = context_open(binding, attributes, &uuid);
    }
}

RPC_STATUS context_client_destroy(NDR_CCONTEXT *handle)
{
    struct client_context *context = context_ref(*handle);
    bool closed;

    if (!context)
        return RPC_X_SS_CONTEXT_MISMATCH;
    closed = handle_close(&context->object);
    object_release(&context->object);
    if (!closed)
        return RPC_X_SS_CONTEXT_MISMATCH;
    object_release(&context->object); /* the one that context_open() got */
    *handle = NULL;
    return RPC_S_OK;
}
