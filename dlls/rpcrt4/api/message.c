/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime's message functions, which stubs call: I_RpcGetBuffer, I_RpcSendReceive and their kin
 * (rpcdcep.h). On a client, RPC_MESSAGE.ReservedForRuntime holds a reference on the client call
 * from getting the buffer to freeing it; on a server, it is the server call, which outlives the
 * message. */
#include "call/async.h"
#include "client/call.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "platform/wait.h"
#include "server/call.h"

static struct client_call *client_call_of(const RPC_MESSAGE *msg)
{
    struct object *object = msg->ReservedForRuntime;

    return object && object->kind == OBJECT_CLIENT_CALL ? CONTAINER_OF(object, struct client_call, object) : NULL;
}

static struct server_call *server_call_of(const RPC_MESSAGE *msg)
{
    struct object *object = msg->ReservedForRuntime;

    return object && object->kind == OBJECT_SERVER_CALL ? CONTAINER_OF(object, struct server_call, object) : NULL;
}

/* The message has no call and no buffer any more. */
static void drop_client_call(RPC_MESSAGE *msg, struct client_call *call)
{
    msg->ReservedForRuntime = NULL;
    msg->Buffer = NULL;
    msg->BufferLength = 0;
    client_call_release(call);
}

static RPC_STATUS get_client_buffer(struct binding *binding, RPC_MESSAGE *msg, UUID *object)
{
    struct client_call *call;
    RPC_STATUS status;

    if (!msg->RpcInterfaceInformation)
        return RPC_S_INTERFACE_NOT_FOUND;
    status = client_call_create(binding, msg, object, &call);
    if (status)
        return status;
    msg->ReservedForRuntime = call;
    msg->Buffer = call->request;
    msg->TransferSyntax = (RPC_SYNTAX_IDENTIFIER *)&call->transfer;
    return RPC_S_OK;
}

/***********************************************************************
 *           I_RpcGetBufferWithObject   (RPCRT4.@)
 *
 * Makes a buffer of Message->BufferLength octets, aligned as the heap aligns (16 octets, in a 32-bit
 * process 8): on a binding handle for a request, on a server's
 * call handle for its reply. Object overrides the binding's object UUID. Errors:
 * RPC_S_INVALID_BINDING, RPC_S_OUT_OF_MEMORY, RPC_S_INTERFACE_NOT_FOUND.
 */
RPC_STATUS WINAPI I_RpcGetBufferWithObject(RPC_MESSAGE *msg, UUID *object_uuid)
{
    struct object *object = handle_ref(msg->Handle, OBJECT_BINDING | OBJECT_SERVER_CALL);
    RPC_STATUS status;

    if (!object)
        return RPC_S_INVALID_BINDING;
    if (object->kind == OBJECT_BINDING)
        status = get_client_buffer(CONTAINER_OF(object, struct binding, object), msg, object_uuid);
    else
        status = server_call_get_buffer(CONTAINER_OF(object, struct server_call, object), msg);
    object_release(object);
    return status;
}

/***********************************************************************
 *           I_RpcGetBuffer   (RPCRT4.@)
 */
RPC_STATUS WINAPI I_RpcGetBuffer(RPC_MESSAGE *msg)
{
    return I_RpcGetBufferWithObject(msg, NULL);
}

/* The reply becomes the message's buffer; the call keeps owning the memory. */
static void give_reply(RPC_MESSAGE *msg, struct client_call *call)
{
    msg->Buffer = call->reply_buffer;
    msg->BufferLength = call->reply_length;
    msg->DataRepresentation = call->reply_drep;
}

/***********************************************************************
 *           I_RpcSendReceive   (RPCRT4.@)
 *
 * Sends the request and waits for the answer, which replaces the buffer. Otherwise the buffer is
 * gone, and the status is the fault's or the reason why there is no answer.
 */
RPC_STATUS WINAPI I_RpcSendReceive(RPC_MESSAGE *msg)
{
    struct client_call *call = client_call_of(msg);
    RPC_STATUS status;

    if (!call)
        return RPC_S_INVALID_BINDING;
    call->request_length = msg->BufferLength;
    status = client_call_send_receive(call);
    if (status)
        drop_client_call(msg, call);
    else
        give_reply(msg, call);
    return status;
}

static RPC_STATUS submit(RPC_MESSAGE *msg, struct client_call *call)
{
    RPC_STATUS status;

    if (!call->async)
        return RPC_S_CANNOT_SUPPORT;
    call->request_length = msg->BufferLength;
    status = client_call_submit(call);
    if (!status)
        return RPC_S_OK;
    call->async->RuntimeInfo = NULL;
    client_call_drop_async(call);
    drop_client_call(msg, call);
    return status;
}

/***********************************************************************
 *           I_RpcSend   (RPCRT4.@)
 *
 * Client: submits an asynchronous call (I_RpcAsyncSetHandle). Server: answers one.
 * RPC_S_CANNOT_SUPPORT for a synchronous call's partial buffers.
 */
RPC_STATUS WINAPI I_RpcSend(RPC_MESSAGE *msg)
{
    struct client_call *client = client_call_of(msg);
    struct server_call *server = server_call_of(msg);

    if (client)
        return submit(msg, client);
    return server ? server_call_answer(server, msg->BufferLength) : RPC_S_INVALID_BINDING;
}

/***********************************************************************
 *           I_RpcReceive   (RPCRT4.@)
 *
 * Takes the answer of an asynchronous call: RPC_S_ASYNC_CALL_PENDING before it has ended, then its
 * status.
 */
RPC_STATUS WINAPI I_RpcReceive(RPC_MESSAGE *msg, unsigned int size)
{
    struct client_call *call = client_call_of(msg);

    if (!call)
        return RPC_S_INVALID_BINDING;
    while (call_state_peek(&call->state) == CLAIM_ENDING)
        wait_while_equal(&call->state.phase, CALL_ENDING);
    if (!call_state_has_ended(&call->state))
        return RPC_S_ASYNC_CALL_PENDING;
    if (!call->status)
        give_reply(msg, call);
    return call->status;
}

/***********************************************************************
 *           I_RpcFreeBuffer   (RPCRT4.@)
 *
 * Frees a client's buffer, request or reply; a server's belong to the call. Harmless after a
 * failure.
 */
RPC_STATUS WINAPI I_RpcFreeBuffer(RPC_MESSAGE *msg)
{
    struct client_call *call = client_call_of(msg);

    if (call)
        drop_client_call(msg, call);
    return RPC_S_OK;
}

/* ---- asynchronous handles ---- */

RPC_STATUS async_attach(RPC_MESSAGE *msg, PRPC_ASYNC_STATE async, struct async_stub *stub)
{
    struct client_call *client = client_call_of(msg);
    struct server_call *server = server_call_of(msg);
    struct object *old;
    RPC_STATUS status;

    if (!client && !server)
        return RPC_S_INVALID_BINDING;
    if (!async || async->Size != sizeof(*async) || async->Signature != ASYNC_SIGNATURE)
        return RPC_S_INVALID_ASYNC_HANDLE;
    if ((old = handle_ref(async->RuntimeInfo, OBJECT_CLIENT_CALL | OBJECT_SERVER_CALL))) {
        object_release(old);
        return RPC_S_INVALID_ASYNC_CALL;
    }
    if (server)
        return server_call_set_async(server, async, stub);
    status = client_call_set_async(client, async, stub);
    if (!status)
        async->RuntimeInfo = client->object.handle;
    return status;
}

/***********************************************************************
 *           I_RpcAsyncSetHandle   (RPCRT4.@)
 *
 * Makes the message's call an asynchronous one that the caller completes by itself. See
 * async_attach() for the errors.
 */
RPC_STATUS WINAPI I_RpcAsyncSetHandle(RPC_MESSAGE *msg, PRPC_ASYNC_STATE async)
{
    return async_attach(msg, async, NULL);
}
