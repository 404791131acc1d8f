/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server calls: see call.h. Running the manager routine is server/dispatch.c's. */
#include "server/call.h"
#include "call/buffer.h"
#include "call/error_info.h"
#include "platform/spare.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "server/stream.h"

/* RPC_ASYNC_EVENT values that mingw-w64's rpcasync.h lacks. */
#define EVENT_CLIENT_DISCONNECT 3
#define EVENT_CLIENT_CANCEL 4

static struct spare spare_calls;

static void subscription_free(struct subscription *subscription)
{
    if (subscription)
        notification_dispose(&subscription->notification);
    rpc_free(subscription);
}

static void call_destroy(struct object *object)
{
    struct server_call *call = CONTAINER_OF(object, struct server_call, object);

    for (unsigned i = 0; i < SUBSCRIPTIONS; i++)
        subscription_free(call->subscriptions[i]);
    if (call->iface)
        registry_end_call(call->iface);
    if (call->stream)
        server_stream_destroy(call->stream);
    reassembly_discard(&call->reassembly);
    buffer_free(call->request);
    buffer_free(call->reply);
    server_association_release(call->association);
    server_conn_release(call->conn);
    spare_free(&spare_calls, call);
}

struct server_call *server_call_create(struct server_conn *conn, const struct pdu_header *header,
                                       const struct pdu_request *request, const struct server_context *context)
{
    struct server_call *call = spare_alloc(&spare_calls, sizeof(*call));

    if (!call)
        return NULL;
    memset(call, 0, sizeof(*call));
    object_init(&call->object, OBJECT_SERVER_CALL, call_destroy);
    server_call_state_init(&call->state);
    InitializeSRWLock(&call->lock);
    list_init(&call->entry);
    list_init(&call->ready_entry);
    call->handle_holds = 2;
    server_conn_addref(conn);
    call->conn = conn;
    server_association_addref(conn->association);
    call->association = conn->association;
    call->call_id = header->call_id;
    call->context_id = request->context_id;
    call->opnum = request->opnum;
    call->maybe = (header->flags & PFC_MAYBE) != 0;
    memcpy(&call->object_uuid, &request->object, sizeof(call->object_uuid));
    reassembly_init(&call->reassembly, &buffer_allocator, UINT32_MAX);
    if (context) {
        call->abstract = context->abstract;
        call->transfer = context->transfer;
        if (!conn->endpoint->transport->is_local)
            reassembly_init(&call->reassembly, &buffer_allocator, registry_max_rpc_size(&context->abstract));
    } else {
        call->refusal = WIRE_NCA_S_INVALID_PRES_CONTEXT_ID;
    }
    if (handle_open(&call->object))
        return call;
    server_call_release(call);
    return NULL;
}

void server_call_addref(struct server_call *call)
{
    object_addref(&call->object);
}

void server_call_release(struct server_call *call)
{
    object_release(&call->object);
}

struct server_call *server_call_from_handle(RPC_BINDING_HANDLE handle)
{
    struct thread_state *thread = handle ? NULL : thread_peek();
    struct object *object;

    if (thread)
        handle = thread->server_call;
    object = handle ? handle_ref(handle, OBJECT_SERVER_CALL) : NULL;
    return object ? CONTAINER_OF(object, struct server_call, object) : NULL;
}

/* ---- answering ---- */

/* Takes the call off its connection; true for the first. The list's reference is the caller's then.
 * */
static bool unlist(struct server_call *call)
{
    bool listed;

    AcquireSRWLockExclusive(&call->conn->lock);
    listed = call->listed;
    call->listed = false;
    list_remove(&call->entry);
    ReleaseSRWLockExclusive(&call->conn->lock);
    return listed;
}

void server_call_unhold(struct server_call *call)
{
    if (InterlockedDecrement(&call->handle_holds) == 0)
        handle_close(&call->object);
}

static void finish(struct server_call *call)
{
    server_call_state_answered(&call->state);
    if (call->stream)
        server_stream_finish(call->stream);
    server_call_unhold(call);
    if (unlist(call))
        server_call_release(call);
}

RPC_STATUS server_call_get_buffer(struct server_call *call, RPC_MESSAGE *msg)
{
    uint8_t *reply = buffer_alloc(msg->BufferLength);

    if (!reply)
        return RPC_S_OUT_OF_MEMORY;
    buffer_free(call->reply);
    call->reply = reply;
    msg->Buffer = reply;
    return RPC_S_OK;
}

static void answer_sent(struct link_message *message, RPC_STATUS status)
{
    struct server_call *call = CONTAINER_OF(message, struct server_call, message);

    server_conn_answered(call->conn, message->length);
    server_call_release(call);
}

static RPC_STATUS send_response(struct server_call *call, uint32_t length)
{
    if (server_stream_is_answering(call))
        return outflow_write(&call->stream->out, call->reply, length, OUTFLOW_LAST);
    call->message = (struct link_message){
        .kind = LINK_RESPONSE,
        .header.response = {.call_id = call->call_id, .context_id = call->context_id},
        .data = call->reply,
        .length = length,
        .done = answer_sent,
    };
    server_call_addref(call);
    server_conn_answering(call->conn, length);
    if (link_post(&call->conn->link, &call->message, false))
        return RPC_S_OK;
    answer_sent(&call->message, RPC_S_CALL_FAILED);
    return RPC_S_CALL_FAILED;
}

/* The calling thread's error records go with the fault, where that has been allowed. */
static RPC_STATUS send_fault(struct server_call *call, uint32_t fault, bool did_not_execute)
{
    size_t limit = call->conn->link.max_xmit_frag - PDU_FAULT_HEADER_LENGTH, info_length = 0, length;
    uint8_t *info = error_info_encode(limit, &info_length);
    const struct pdu_fault_args args = {
        .flags = did_not_execute ? PFC_DID_NOT_EXECUTE : 0,
        .call_id = call->call_id,
        .context_id = call->context_id,
        .status = fault,
        .extended_error = info,
        .extended_error_length = (uint32_t)info_length,
    };
    uint8_t *pdu = rpc_alloc(PDU_FAULT_HEADER_LENGTH + info_length);
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    if (pdu) {
        length = pdu_build_fault(pdu, PDU_FAULT_HEADER_LENGTH + info_length, &args, NULL);
        status = length && link_post_pdu(&call->conn->link, pdu, length, false) ? RPC_S_OK : RPC_S_CALL_FAILED;
    }
    rpc_free(pdu);
    rpc_free(info);
    return status;
}

RPC_STATUS server_call_answer(struct server_call *call, uint32_t length)
{
    RPC_STATUS status = RPC_S_OK;

    if (!server_call_state_begin_answer(&call->state))
        return RPC_S_INVALID_ASYNC_CALL;
    TRACE("call %p (id %u): answered with %u bytes", call, (unsigned)call->call_id, (unsigned)length);
    if (server_call_client_is_gone(call))
        status = RPC_S_CALL_FAILED;
    else if (!call->maybe)
        status = send_response(call, length);
    finish(call);
    return status;
}

RPC_STATUS server_call_fault(struct server_call *call, uint32_t fault, bool did_not_execute)
{
    RPC_STATUS status = RPC_S_OK;

    if (!server_call_state_begin_answer(&call->state))
        return RPC_S_INVALID_ASYNC_CALL;
    TRACE("call %p (id %u): fault %08x", call, (unsigned)call->call_id, (unsigned)fault);
    if (server_call_client_is_gone(call))
        status = RPC_S_CALL_FAILED;
    else if (!call->maybe)
        status = send_fault(call, fault, did_not_execute);
    finish(call);
    return status;
}

void server_call_drop(struct server_call *call)
{
    if (!server_call_state_drop(&call->state))
        return;
    TRACE("call %p (id %u): dropped", call, (unsigned)call->call_id);
    finish(call);
}

/* ---- cancels ---- */

/* Delivers at most once per subscription and event. */
static void notify(struct server_call *call, enum server_subscription which)
{
    RPC_ASYNC_EVENT event = which == SUBSCRIPTION_CANCEL ? EVENT_CLIENT_CANCEL : EVENT_CLIENT_DISCONNECT;
    struct subscription *subscription;
    struct notification notification;
    bool deliver;

    AcquireSRWLockExclusive(&call->lock);
    subscription = call->subscriptions[which];
    deliver = subscription && !subscription->delivered;
    if (deliver) {
        subscription->delivered++;
        notification = subscription->notification;
        if (!notification.async)
            notification.async = call->async ? call->async : call->object.handle;
    }
    ReleaseSRWLockExclusive(&call->lock);
    if (deliver)
        notification_deliver_later(&notification, event);
}

void server_call_cancel(struct server_call *call)
{
    AcquireSRWLockExclusive(&call->lock);
    call->cancelled = true;
    ReleaseSRWLockExclusive(&call->lock);
    notify(call, SUBSCRIPTION_CANCEL);
}

void server_call_orphan(struct server_call *call)
{
    struct server_stream *stream;

    AcquireSRWLockExclusive(&call->lock);
    call->cancelled = true;
    call->client_gone = true;
    stream = call->stream;
    ReleaseSRWLockExclusive(&call->lock);
    if (stream)
        server_stream_abort(stream);
    notify(call, SUBSCRIPTION_CANCEL);
    notify(call, SUBSCRIPTION_DISCONNECT);
}

bool server_call_is_cancelled(struct server_call *call)
{
    bool cancelled;

    AcquireSRWLockShared(&call->lock);
    cancelled = call->cancelled;
    ReleaseSRWLockShared(&call->lock);
    return cancelled;
}

bool server_call_client_is_gone(struct server_call *call)
{
    bool gone;

    AcquireSRWLockShared(&call->lock);
    gone = call->client_gone;
    ReleaseSRWLockShared(&call->lock);
    return gone;
}

RPC_STATUS server_call_subscribe(struct server_call *call, enum server_subscription which,
                                 const struct notification *notification)
{
    struct subscription *subscription = rpc_alloc_zero(sizeof(*subscription));
    bool late = false, taken;

    if (!subscription)
        return RPC_S_OUT_OF_MEMORY;
    subscription->notification = *notification;
    AcquireSRWLockExclusive(&call->lock);
    taken = call->subscriptions[which];
    if (!taken) {
        call->subscriptions[which] = subscription;
        late = which == SUBSCRIPTION_CANCEL ? call->cancelled : call->client_gone;
    }
    ReleaseSRWLockExclusive(&call->lock);
    if (taken)
        rpc_free(subscription);
    if (late)
        notify(call, which); /* what happened before is told too */
    return taken ? RPC_S_ALREADY_REGISTERED : RPC_S_OK;
}

RPC_STATUS server_call_unsubscribe(struct server_call *call, enum server_subscription which, unsigned *delivered)
{
    struct subscription *old;

    AcquireSRWLockExclusive(&call->lock);
    old = call->subscriptions[which];
    call->subscriptions[which] = NULL;
    ReleaseSRWLockExclusive(&call->lock);
    *delivered = old ? old->delivered : 0;
    subscription_free(old);
    return old ? RPC_S_OK : RPC_S_INVALID_ARG;
}

/* ---- asynchronous calls ---- */

RPC_STATUS server_call_set_async(struct server_call *call, PRPC_ASYNC_STATE async, struct async_stub *stub)
{
    if (call->async)
        return RPC_S_INVALID_ASYNC_CALL;
    server_call_addref(call); /* the asynchronous handle's */
    call->stub = stub;
    call->async = async;
    call->was_async = true;
    async->RuntimeInfo = call->object.handle;
    return RPC_S_OK;
}

bool server_call_take_async(struct server_call *call, struct async_stub **stub)
{
    bool taken;

    AcquireSRWLockExclusive(&call->lock);
    taken = call->async != NULL;
    call->async = NULL;
    *stub = call->stub;
    call->stub = NULL;
    ReleaseSRWLockExclusive(&call->lock);
    return taken;
}
