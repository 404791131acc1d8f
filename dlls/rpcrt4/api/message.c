/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime's message functions, which stubs call: I_RpcGetBuffer, I_RpcSendReceive and their kin
 * (rpcdcep.h). On a client, RPC_MESSAGE.ReservedForRuntime holds a reference on the client call
 * from getting the buffer to freeing it; on a server, it is the server call, which outlives the
 * message. */
#include "call/async.h"
#include "call/buffer.h"
#include "client/call.h"
#include "client/stream.h"
#include "client/syntax.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "platform/wait.h"
#include "server/call.h"
#include "server/stream.h"

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

/* The message has no call and no buffer any more. A synchronous call that is still in progress (its
 * data travelling in pieces) is given up. */
static void drop_client_call(RPC_MESSAGE *msg, struct client_call *call)
{
    if (call->stream && !call->async && !call_state_has_ended(&call->state))
        client_call_cancel(call, true);
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
 *           I_RpcNegotiateTransferSyntax   (RPCRT4.@)
 *
 * Chooses the transfer syntax for a call over Message->Handle: Message->TransferSyntax, which is in
 * the description of the interface (Message->RpcInterfaceInformation). I_RpcGetBuffer then makes a
 * request in it. Where the interface has several and the server has not been asked yet, connects and
 * binds; remembers the answer for as long as there is a connection. A server that has been replaced
 * meanwhile may refuse the call with RPC_S_UNSUPPORTED_TRANS_SYN: then the next negotiation asks
 * anew. Other errors: RPC_S_INVALID_BINDING, RPC_S_INTERFACE_NOT_FOUND, and those of a call.
 */
RPC_STATUS WINAPI I_RpcNegotiateTransferSyntax(RPC_MESSAGE *msg)
{
    struct binding *binding = binding_from_handle(msg->Handle);
    const RPC_SYNTAX_IDENTIFIER *syntax;
    RPC_STATUS status = RPC_S_INTERFACE_NOT_FOUND;

    if (!binding)
        return RPC_S_INVALID_BINDING;
    if (msg->RpcInterfaceInformation)
        status = client_negotiate_syntax(binding, msg->RpcInterfaceInformation, &syntax);
    if (!status)
        msg->TransferSyntax = (RPC_SYNTAX_IDENTIFIER *)syntax;
    binding_release(binding);
    return status;
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

/* ---- whole buffers and pieces ---- */

/* What the message's RpcFlags say about what is sent with it. */
static enum outflow_write write_mode(const RPC_MESSAGE *msg)
{
    if (!(msg->RpcFlags & RPC_BUFFER_PARTIAL) || msg->RpcFlags & RPC_BUFFER_COMPLETE)
        return OUTFLOW_LAST;
    return msg->RpcFlags & RPC_BUFFER_EXTRA ? OUTFLOW_CORKED : OUTFLOW_PART;
}

/* … about what is to be received. */
static struct inflow_request read_request(const RPC_MESSAGE *msg, unsigned int size)
{
    struct inflow_request request = {
        .least = size,
        .all = !(msg->RpcFlags & RPC_BUFFER_PARTIAL),
        .arm = !(msg->RpcFlags & RPC_BUFFER_NONOTIFY),
    };

    if (msg->RpcFlags & RPC_BUFFER_EXTRA) {
        request.kept = msg->Buffer;
        request.kept_length = msg->BufferLength;
    }
    return request;
}

static void give_piece(RPC_MESSAGE *msg, struct inflow_block *block, bool complete, uint32_t drep)
{
    msg->Buffer = block->data;
    msg->BufferLength = block->length;
    msg->DataRepresentation = drep;
    msg->RpcFlags &= ~RPC_BUFFER_COMPLETE;
    if (complete)
        msg->RpcFlags |= RPC_BUFFER_COMPLETE;
}

static RPC_STATUS write_piece(const RPC_MESSAGE *msg, struct client_call *call, enum outflow_write how)
{
    bool notify = call->async && call->async->Flags & RPC_C_NOTIFY_ON_SEND_COMPLETE;

    return client_stream_write(call->stream, msg->Buffer, msg->BufferLength, how, notify);
}

static RPC_STATUS read_piece(RPC_MESSAGE *msg, struct client_call *call, const struct inflow_request *request)
{
    bool complete;
    RPC_STATUS status = client_stream_read(call->stream, request, &complete);

    if (!status)
        give_piece(msg, call->stream->current, complete, call->reply_drep);
    return status;
}

/* The first I_RpcSend of a call whose stub data travels in pieces. A synchronous caller may have to
 * wait while he writes, and so submits before. */
static RPC_STATUS begin_stream(RPC_MESSAGE *msg, struct client_call *call)
{
    RPC_STATUS status = client_stream_create(call);

    if (!status && call->async)
        status = write_piece(msg, call, write_mode(msg));
    if (!status)
        status = client_call_submit(call);
    if (!status && !call->async)
        status = write_piece(msg, call, write_mode(msg));
    return status;
}

static RPC_STATUS submit(RPC_MESSAGE *msg, struct client_call *call)
{
    RPC_STATUS status;

    call->request_length = msg->BufferLength;
    if (!call->async || msg->RpcFlags & RPC_BUFFER_PARTIAL)
        status = begin_stream(msg, call);
    else
        status = client_call_submit(call);
    if (!status)
        return RPC_S_OK;
    if (call->async) {
        call->async->RuntimeInfo = NULL;
        client_call_drop_async(call);
    }
    drop_client_call(msg, call);
    return status;
}

static RPC_STATUS finish_stream(RPC_MESSAGE *msg, struct client_call *call)
{
    const struct inflow_request rest = {.all = true};
    RPC_STATUS status = write_piece(msg, call, OUTFLOW_LAST);

    return status ? status : read_piece(msg, call, &rest);
}

/***********************************************************************
 *           I_RpcSendReceive   (RPCRT4.@)
 *
 * Sends the request (of one that has been sent in pieces, the last) and waits for the answer, which
 * replaces the buffer. Otherwise the buffer is gone, and the status is the fault's or the reason why
 * there is no answer.
 */
RPC_STATUS WINAPI I_RpcSendReceive(RPC_MESSAGE *msg)
{
    struct client_call *call = client_call_of(msg);
    RPC_STATUS status;

    if (!call)
        return RPC_S_INVALID_BINDING;
    call->request_length = msg->BufferLength;
    status = call->stream ? finish_stream(msg, call) : client_call_send_receive(call);
    if (status)
        drop_client_call(msg, call);
    else if (!call->stream)
        give_reply(msg, call);
    return status;
}

/***********************************************************************
 *           I_RpcSend   (RPCRT4.@)
 *
 * Client: submits an asynchronous call (I_RpcAsyncSetHandle). Server: answers one. With
 * RPC_BUFFER_PARTIAL in Message->RpcFlags the buffer is a part of the request or reply, of any
 * length, and is copied: it stays the caller's, may be any memory, and may be used again;
 * RPC_BUFFER_EXTRA with it says that more is sent at once, RPC_BUFFER_COMPLETE that it is the last
 * part. A send without RPC_BUFFER_PARTIAL is the last one, too. A synchronous caller waits while
 * more than OUTFLOW_LIMIT octets have not left; of an asynchronous one whose RPC_ASYNC_STATE has
 * RPC_C_NOTIFY_ON_SEND_COMPLETE in its Flags, RpcSendComplete tells when they have. A synchronous
 * client call that begins with I_RpcSend goes on with I_RpcSend and I_RpcReceive. Errors: what the
 * call has ended with; RPC_S_OUT_OF_MEMORY; a first send that fails has freed the buffer.
 */
RPC_STATUS WINAPI I_RpcSend(RPC_MESSAGE *msg)
{
    struct client_call *client = client_call_of(msg);
    struct server_call *server = server_call_of(msg);

    if (client)
        return client->stream ? write_piece(msg, client, write_mode(msg)) : submit(msg, client);
    if (!server)
        return RPC_S_INVALID_BINDING;
    if (write_mode(msg) == OUTFLOW_LAST)
        return server_call_answer(server, msg->BufferLength);
    return server_stream_write(server, msg->Buffer, msg->BufferLength, write_mode(msg),
                               msg->RpcFlags & RPC_BUFFER_ASYNC);
}

static RPC_STATUS receive_reply(RPC_MESSAGE *msg, struct client_call *call)
{
    while (call_state_peek(&call->state) == CLAIM_ENDING)
        wait_while_equal(&call->state.phase, CALL_ENDING);
    if (!call_state_has_ended(&call->state))
        return RPC_S_ASYNC_CALL_PENDING;
    if (!call->status)
        give_reply(msg, call);
    return call->status;
}

static RPC_STATUS receive_request(RPC_MESSAGE *msg, struct server_call *call, const struct inflow_request *request)
{
    struct inflow_block *block;
    bool complete;
    RPC_STATUS status = server_stream_read(call, request, msg->RpcFlags & RPC_BUFFER_ASYNC, &block, &complete);

    if (!status)
        give_piece(msg, block, complete, call->request_drep);
    return status;
}

/***********************************************************************
 *           I_RpcReceive   (RPCRT4.@)
 *
 * Takes the answer of an asynchronous call: RPC_S_ASYNC_CALL_PENDING before it has ended, then its
 * status. Where stub data arrives in pieces (a client call that was sent so; a server's message
 * without RPC_BUFFER_COMPLETE): with RPC_BUFFER_PARTIAL the next piece, of at least `size` octets
 * unless it is the last, which RPC_BUFFER_COMPLETE in RpcFlags then says; without it all of the
 * rest. With RPC_BUFFER_EXTRA the new buffer begins with what the old one holds. The old one, if it
 * came from here, is freed; a server's first only when it is wholly contained in the new. A
 * synchronous call waits; an asynchronous one (RPC_BUFFER_ASYNC in a server) gets
 * RPC_S_ASYNC_CALL_PENDING, and, unless RPC_BUFFER_NONOTIFY is set, RpcReceiveComplete when asking
 * again is worth while.
 */
RPC_STATUS WINAPI I_RpcReceive(RPC_MESSAGE *msg, unsigned int size)
{
    struct client_call *client = client_call_of(msg);
    struct server_call *server = server_call_of(msg);
    struct inflow_request request = read_request(msg, size);

    if (client)
        return client->stream ? read_piece(msg, client, &request) : receive_reply(msg, client);
    return server ? receive_request(msg, server, &request) : RPC_S_INVALID_BINDING;
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

/* The blocks that message buffers are in are the calls'; what else there is can be resized. */
static RPC_STATUS resize(uint8_t **owned, RPC_MESSAGE *msg, unsigned int size)
{
    uint8_t *grown;

    if (msg->Buffer != *owned)
        return RPC_S_INVALID_ARG;
    grown = buffer_resize(*owned, size);
    if (!grown)
        return RPC_S_OUT_OF_MEMORY;
    *owned = grown;
    msg->Buffer = grown;
    msg->BufferLength = size;
    return RPC_S_OK;
}

/***********************************************************************
 *           I_RpcReallocPipeBuffer   (RPCRT4.@)
 *
 * Makes the buffer that I_RpcGetBuffer made one of `size` octets, keeping what it holds; parts of
 * requests and replies are marshalled in it. RPC_S_INVALID_ARG for another buffer,
 * RPC_S_OUT_OF_MEMORY, RPC_S_INVALID_BINDING.
 */
RPC_STATUS WINAPI I_RpcReallocPipeBuffer(RPC_MESSAGE *msg, unsigned int size)
{
    struct client_call *client = client_call_of(msg);
    struct server_call *server = server_call_of(msg);

    if (client)
        return resize(&client->request, msg, size);
    return server ? resize(&server->reply, msg, size) : RPC_S_INVALID_BINDING;
}

/***********************************************************************
 *           I_RpcFreePipeBuffer   (RPCRT4.@)
 *
 * Frees the piece that I_RpcReceive gave last. Other buffers are the call's.
 */
RPC_STATUS WINAPI I_RpcFreePipeBuffer(RPC_MESSAGE *msg)
{
    struct client_call *client = client_call_of(msg);
    struct server_call *server = server_call_of(msg);
    struct inflow_block **current = NULL;

    if (client && client->stream)
        current = &client->stream->current;
    else if (server && server->stream)
        current = &server->stream->current;
    else if (!client && !server)
        return RPC_S_INVALID_BINDING;
    if (current && *current && msg->Buffer == (*current)->data) {
        rpc_free(*current);
        *current = NULL;
        msg->Buffer = NULL;
        msg->BufferLength = 0;
    }
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

const RPC_SYNTAX_IDENTIFIER *async_known_syntax(const RPC_MESSAGE *msg)
{
    struct binding *binding = binding_from_handle(msg->Handle);
    const RPC_SYNTAX_IDENTIFIER *syntax;

    if (!binding)
        return NULL;
    syntax = client_known_syntax(binding, msg->RpcInterfaceInformation);
    binding_release(binding);
    return syntax;
}

void async_add_syntax(RPC_MESSAGE *msg, RPC_MESSAGE *other)
{
    struct client_call *call = client_call_of(msg), *second = client_call_of(other);

    second->request_length = other->BufferLength;
    client_call_add_syntax(call, second);
    drop_client_call(other, second);
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
