/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client calls: see call.h. */
#include "client/call.h"
#include "call/buffer.h"
#include "call/error_info.h"
#include "client/backlog.h"
#include "client/connection.h"
#include "client/stream.h"
#include "client/syntax.h"
#include "platform/spare.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "platform/wait.h"

static void run_notify_work(struct link_work *work);
static void run_notify_op(struct pool_op *op, DWORD error, DWORD bytes);
static void on_timeout(struct pool_timer *timer);

static struct spare spare_calls;

static void call_destroy(struct object *object)
{
    struct client_call *call = CONTAINER_OF(object, struct client_call, object);

    if (call->association)
        association_release(call->association);
    if (call->stream)
        client_stream_destroy(call->stream);
    reassembly_discard(&call->reply);
    buffer_free(call->reply_buffer);
    buffer_free(call->request);
    buffer_free(call->other.data);
    rpc_free(call->error_info);
    if (call->async)
        notification_dispose(&call->notification);
    auth_info_release(call->auth);
    binding_release(call->binding);
    spare_free(&spare_calls, call);
}

/* Where no package takes part, the transport itself tells the server who the client is. */
static struct auth_info *client_auth(struct binding *binding)
{
    struct auth_info *auth = binding->auth ? binding_get_auth(binding) : NULL;

    if (!auth || auth->has_credentials)
        return auth;
    auth_info_release(auth);
    return NULL;
}

static RPC_STATUS create(struct binding *binding, RPC_CLIENT_INTERFACE *iface, struct client_call **result)
{
    struct client_call *call = spare_alloc(&spare_calls, sizeof(*call));

    if (!call)
        return RPC_S_OUT_OF_MEMORY;
    memset(call, 0, sizeof(*call));
    object_init(&call->object, OBJECT_CLIENT_CALL, call_destroy);
    call_state_init(&call->state);
    reassembly_init(&call->reply, &buffer_allocator, UINT32_MAX);
    list_init(&call->entry);
    object_addref(&binding->object);
    call->binding = binding;
    call->auth = client_auth(binding);
    call->iface = iface;
    memcpy(&call->abstract, &iface->InterfaceId, sizeof(call->abstract));
    call->thread = GetCurrentThreadId();
    call->notify_work.run = run_notify_work;
    call->notify_op.done = run_notify_op;
    pool_timer_init(&call->timer, on_timeout);
    *result = call;
    return RPC_S_OK;
}

static void set_object(struct client_call *call, const UUID *object_uuid)
{
    AcquireSRWLockShared(&call->binding->lock);
    memcpy(&call->object_uuid, object_uuid ? object_uuid : &call->binding->object_uuid, sizeof(call->object_uuid));
    ReleaseSRWLockShared(&call->binding->lock);
    call->has_object = !wire_uuid_equal(&call->object_uuid, &wire_nil_uuid);
}

/* The syntax that I_RpcNegotiateTransferSyntax has chosen, or the interface's first. The message's
 * pointer may mean nothing, if it comes from a stub for one syntax: it is only compared. */
static const RPC_SYNTAX_IDENTIFIER *chosen_syntax(const RPC_MESSAGE *msg, const RPC_CLIENT_INTERFACE *iface)
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned count = client_interface_syntaxes(iface, syntaxes);

    for (unsigned i = 0; i < count; i++) {
        if (msg->TransferSyntax == syntaxes[i].id)
            return syntaxes[i].id;
    }
    return &iface->TransferSyntax;
}

RPC_STATUS client_call_create(struct binding *binding, RPC_MESSAGE *msg, const UUID *object_uuid,
                              struct client_call **result)
{
    struct client_call *call;
    RPC_STATUS status = create(binding, msg->RpcInterfaceInformation, &call);

    if (status)
        return status;
    call->transfer = call->offers[0] = *wire_syntax_of(chosen_syntax(msg, call->iface));
    call->offer_count = 1;
    set_object(call, object_uuid);
    call->opnum = (uint16_t)(msg->ProcNum & ~RPC_FLAGS_VALID_BIT);
    call->maybe = (msg->RpcFlags & (RPC_NCA_FLAGS_MAYBE | RPC_NCA_FLAGS_BROADCAST)) != 0;
    call->idempotent = (msg->RpcFlags & RPC_NCA_FLAGS_IDEMPOTENT) != 0;
    call->request = buffer_alloc(msg->BufferLength);
    if (!call->request) {
        client_call_release(call);
        return RPC_S_OUT_OF_MEMORY;
    }
    *result = call;
    return RPC_S_OK;
}

RPC_STATUS client_call_create_bind(struct binding *binding, RPC_CLIENT_INTERFACE *iface, struct client_call **call)
{
    RPC_STATUS status = create(binding, iface, call);

    if (status)
        return status;
    (*call)->bind_only = true;
    (*call)->offer_count = client_offers(iface, (*call)->offers);
    (*call)->transfer = (*call)->offers[0];
    return RPC_S_OK;
}

void client_call_add_syntax(struct client_call *call, struct client_call *other)
{
    call->offers[call->offer_count++] = other->transfer;
    call->other = (struct call_request){other->request, other->request_length};
    other->request = NULL;
}

void client_call_settle_syntax(struct client_call *call, const struct wire_syntax *transfer)
{
    struct call_request former = {call->request, call->request_length};

    if (wire_syntax_equal(&call->transfer, transfer))
        return;
    call->request = call->other.data;
    call->request_length = call->other.length;
    call->other = former;
    call->transfer = *transfer;
}

void client_call_addref(struct client_call *call)
{
    object_addref(&call->object);
}

void client_call_release(struct client_call *call)
{
    object_release(&call->object);
}

/* ---- the end of a call ---- */

static void run_notify_work(struct link_work *work)
{
    struct client_call *call = CONTAINER_OF(work, struct client_call, notify_work);

    notification_deliver(&call->notification, RpcCallComplete);
    client_call_release(call);
}

static void run_notify_op(struct pool_op *op, DWORD error, DWORD bytes)
{
    run_notify_work(&CONTAINER_OF(op, struct client_call, notify_op)->notify_work);
}

/* Callbacks run where no lock is held and nothing waits for the thread: later on the receiving
 * thread, or on a worker. */
static void deliver_callback(struct client_call *call, enum call_end_place place)
{
    client_call_addref(call);
    if (place == CALL_END_RECEIVING)
        link_defer(call->receiving, &call->notify_work);
    else if (pool_queue(&call->notify_op))
        run_notify_work(&call->notify_work);
}

static void deliver(struct client_call *call)
{
    call->in_backlog = notification_is_signal(&call->notification);
    if (call->in_backlog)
        backlog_add(call->thread);
    notification_deliver(&call->notification, RpcCallComplete);
}

static void disarm_timer(struct client_call *call)
{
    if (call->timer_set && pool_timer_cancel(&call->timer))
        client_call_release(call);
}

bool client_call_finish(struct client_call *call, enum call_phase outcome, RPC_STATUS status, enum call_end_place place)
{
    bool is_callback = call->async && notification_is_callback(&call->notification);

    if (!call_state_begin_end(&call->state))
        return false;
    TRACE("call %p of async %p ends with %s", call, call->async, trace_status(status));
    call->status = status;
    disarm_timer(call);
    /* Before anybody learns of the end: who pulls then is not kept waiting. */
    if (call->stream) {
        notifier_close(&call->stream->notifier);
        client_stream_close(call->stream, status);
    }
    if (call->async && !is_callback)
        deliver(call);
    /* Once it is seen to have ended its caller closes the event, whose handle may become another's. */
    if (call->wake)
        SetEvent(call->wake);
    call_state_end(&call->state, outcome);
    if (call->async)
        wake_all(&call->state.phase);
    if (is_callback && call->stream)
        notifier_post_last(&call->stream->notifier, RpcCallComplete);
    else if (is_callback)
        deliver_callback(call, place);
    return true;
}

void client_call_explain(struct client_call *call, RPC_STATUS status)
{
    const struct eerr_param refusal[] = {error_param_long(call->refusal_reason), error_param_long(1)};

    error_info_clear();
    if (call->refused)
        error_info_add(ERROR_BY_RUNTIME, status, ERROR_AT_BIND_REFUSED, ARRAY_LENGTH(refusal), refusal);
    else
        error_info_add(ERROR_BY_RUNTIME, status, ERROR_AT_RECEIVE_REPLY, 0, NULL);
    if (call->error_info)
        error_info_append(call->error_info, call->error_info_length);
}

/* ---- getting ready to send ---- */

static RPC_STATUS find_association(struct client_call *call)
{
    return call->association ? RPC_S_OK : binding_get_association(call->binding, &call->association);
}

/* ---- synchronous calls ---- */

static DWORD time_left(const struct client_call *call)
{
    uint64_t now;

    if (!call->deadline)
        return INFINITE;
    now = GetTickCount64();
    return now < call->deadline ? (DWORD)(call->deadline - now) : 0;
}

/* It has to end within that time, if it has not to earlier. */
static void set_deadline(struct client_call *call, DWORD ms)
{
    if (ms < time_left(call))
        call->deadline = GetTickCount64() + ms;
}

/* Waits for the end of a call that another thread receives for. */
static DWORD wait_for_wake(struct client_call *call, DWORD timeout_ms, HANDLE cancel)
{
    HANDLE handles[] = {call->wake, cancel};

    switch (WaitForMultipleObjects(cancel ? 2 : 1, handles, FALSE, timeout_ms)) {
    case WAIT_OBJECT_0:
        return ERROR_SUCCESS;
    case WAIT_TIMEOUT:
        return ERROR_TIMEOUT;
    default:
        return ERROR_CANCELLED;
    }
}

/* The calling thread was cancelled: the server is told; the call goes on until
 * RpcMgmtSetCancelTimeout's time is over. */
static void forward_cancel(struct client_call *call, struct client_conn *conn)
{
    struct thread_state *thread = thread_get();

    thread_take_cancel();
    conn_cancel_call(conn, call);
    if (thread->cancel_timeout != RPC_C_CANCEL_INFINITE_TIMEOUT)
        set_deadline(call, thread->cancel_timeout > 0 ? thread->cancel_timeout * 1000u : 0);
}

/* Waits until the call has ended; a time-out ends it. */
static void wait_for_end(struct client_call *call, struct client_conn *conn, bool receiving)
{
    HANDLE cancel = thread_cancel_event();
    bool cancelled = false;
    DWORD error;

    while (!call_state_has_ended(&call->state)) {
        error = receiving ? link_recv_once(&conn->link, time_left(call), cancel)
                          : wait_for_wake(call, time_left(call), cancel);
        if (error == ERROR_CANCELLED) {
            cancelled = true;
            forward_cancel(call, conn);
        } else if (error == ERROR_TIMEOUT && conn_abandon_call(conn, call)) {
            client_call_finish(call, CALL_CANCELLED, RPC_S_CALL_CANCELLED, CALL_END_ELSEWHERE);
            client_call_release(call);
            conn_release(conn);
        }
    }
    if (cancelled)
        TRACE("call %p was cancelled, and ended with %s", call, trace_status(call->status));
}

/* Sends the request over an open connection and waits for the end. */
static RPC_STATUS exchange(struct client_call *call, struct client_conn *conn, bool receiving)
{
    RPC_STATUS status;

    if (!receiving) {
        call->wake = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!call->wake)
            return RPC_S_OUT_OF_RESOURCES;
    }
    status = conn_send_exclusive(conn, call);
    if (!status) {
        wait_for_end(call, conn, receiving);
        status = call->status;
    }
    return status;
}

/* Makes the connection ready for the call; `receiving` says whether this thread may do what that
 * takes. */
static RPC_STATUS open_conn(struct client_call *call, struct client_conn *conn, bool receiving)
{
    const struct conn_open_args args = {&call->abstract, call->offers, call->offer_count,
                                        min(binding_connect_timeout(call->binding), time_left(call)),
                                        thread_cancel_event()};
    RPC_STATUS status;

    if (!receiving)
        return conn_find_context(conn, &call->abstract, call->offers, call->offer_count) ? RPC_S_OK
                                                                                          : RPC_S_CALL_FAILED_DNE;
    status = conn_open(conn, &args);
    if (status == RPC_S_CALL_CANCELLED)
        thread_take_cancel();
    return status && !time_left(call) ? RPC_S_CALL_CANCELLED : status;
}

static RPC_STATUS attempt(struct client_call *call, struct client_conn *conn)
{
    bool receiving = link_recv_try_hold(&conn->link);
    RPC_STATUS status = open_conn(call, conn, receiving);

    if (!status)
        status = exchange(call, conn, receiving);
    else if (receiving)
        conn_tell_refusal(conn, call);
    if (receiving)
        link_recv_drop(&conn->link);
    return status;
}

/* After a failure on a connection that had been idle: may the call be made again? */
static bool may_repeat(const struct client_call *call, RPC_STATUS status, bool was_used)
{
    if (!was_used || call->retried)
        return false;
    return status == RPC_S_CALL_FAILED_DNE ||
           (call->idempotent && status == RPC_S_CALL_FAILED && call_state_phase(&call->state) == CALL_FAILED);
}

static void prepare_repeat(struct client_call *call)
{
    call->retried = true;
    call_state_init(&call->state);
    reassembly_discard(&call->reply);
    if (call->wake)
        CloseHandle(call->wake);
    call->wake = NULL;
}

static RPC_STATUS send_and_wait(struct client_call *call)
{
    RPC_STATUS status = find_association(call);
    struct client_conn *conn;
    bool was_used;

    set_deadline(call, binding_call_timeout(call->binding));
    while (!status) {
        conn = association_get_exclusive(call->association, call, call->retried);
        if (!conn)
            return RPC_S_OUT_OF_MEMORY;
        was_used = conn->was_used || conn->state == CONN_OPEN;
        status = attempt(call, conn);
        association_put_exclusive(conn);
        if (!status || !may_repeat(call, status, was_used))
            break;
        prepare_repeat(call);
        status = RPC_S_OK;
    }
    return status;
}

RPC_STATUS client_call_send_receive(struct client_call *call)
{
    RPC_STATUS status = binding_resolve(call->binding, call->iface);

    if (!status)
        status = send_and_wait(call);
    if (call->wake) {
        CloseHandle(call->wake);
        call->wake = NULL;
    }
    if (status)
        client_call_explain(call, status);
    TRACE("call %p, procedure %u: %s", call, call->opnum, trace_status(status));
    return status;
}

RPC_STATUS client_call_bind(struct client_call *call)
{
    RPC_STATUS status = binding_resolve(call->binding, call->iface);
    struct client_conn *conn;
    bool receiving;

    if (!status)
        status = find_association(call);
    if (status)
        return status;
    conn = association_get_exclusive(call->association, call, false);
    if (!conn)
        return RPC_S_OUT_OF_MEMORY;
    receiving = link_recv_try_hold(&conn->link);
    status = open_conn(call, conn, receiving);
    if (receiving)
        link_recv_drop(&conn->link);
    if (!status)
        call->transfer = conn_find_context(conn, &call->abstract, call->offers, call->offer_count)->transfer;
    association_put_exclusive(conn);
    return status;
}

/* ---- asynchronous calls ---- */

RPC_STATUS client_call_set_async(struct client_call *call, PRPC_ASYNC_STATE async, struct async_stub *stub)
{
    RPC_STATUS status;

    if (call->async)
        return RPC_S_INVALID_ASYNC_CALL;
    status = notification_capture(&call->notification, async);
    if (status)
        return status;
    if (!handle_open(&call->object)) {
        notification_dispose(&call->notification);
        return RPC_S_OUT_OF_MEMORY;
    }
    client_call_addref(call); /* the handle's */
    call->stub = stub;
    call->async = async;
    return RPC_S_OK;
}

void client_call_drop_async(struct client_call *call)
{
    if (!handle_close(&call->object))
        return;
    if (call->in_backlog)
        backlog_remove(call->thread);
    client_call_release(call);
}

static void on_timeout(struct pool_timer *timer)
{
    struct client_call *call = CONTAINER_OF(timer, struct client_call, timer);

    client_call_cancel(call, true);
    client_call_release(call);
}

static void arm_timer(struct client_call *call, DWORD timeout)
{
    if (timeout == INFINITE)
        return;
    client_call_addref(call);
    call->timer_set = true;
    if (pool_timer_set(&call->timer, timeout)) {
        call->timer_set = false;
        client_call_release(call);
    }
}

void client_call_cancel_later(struct client_call *call, DWORD ms)
{
    DWORD timeout = binding_call_timeout(call->binding);

    disarm_timer(call);
    call->timer_set = false;
    arm_timer(call, ms < timeout ? ms : timeout);
}

static RPC_STATUS queue_call(struct client_call *call)
{
    RPC_STATUS status = find_association(call);

    if (status)
        return status;
    call_state_advance(&call->state, CALL_BINDING);
    return association_queue_call(call->association, call) ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* Takes the first call that waits for the binding's endpoint; NULL: none, and nobody resolves any
 * more. */
static struct client_call *next_unresolved(struct binding *binding)
{
    struct client_call *call;

    AcquireSRWLockExclusive(&binding->lock);
    call = LIST_FIRST(&binding->unresolved, struct client_call, entry);
    if (call)
        list_remove(&call->entry);
    else
        binding->resolving = false;
    ReleaseSRWLockExclusive(&binding->lock);
    return call;
}

/* On a worker: finds the endpoint, then queues the calls that have been waiting for it, in order.
 * */
static void resolve_on_worker(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct client_call *call = CONTAINER_OF(op, struct client_call, notify_op);
    struct binding *binding = call->binding;
    RPC_STATUS status;

    op->done = run_notify_op;
    object_addref(&binding->object);
    pool_block_begin();
    status = binding_resolve(binding, call->iface);
    pool_block_end();
    client_call_release(call);
    while ((call = next_unresolved(binding))) {
        RPC_STATUS own = status;

        if (!own && !call_state_has_ended(&call->state))
            own = queue_call(call);
        if (own)
            client_call_finish(call, CALL_FAILED, own, CALL_END_ELSEWHERE);
        client_call_release(call);
    }
    binding_release(binding);
}

/* Lets the call wait for the binding's endpoint, if it must: true. */
static bool wait_for_endpoint(struct client_call *call, RPC_STATUS *status)
{
    struct binding *binding = call->binding;
    bool waits, first = false;

    AcquireSRWLockExclusive(&binding->lock);
    waits = !*binding->endpoint || binding->resolving;
    if (waits) {
        first = !binding->resolving;
        binding->resolving = true;
        client_call_addref(call);
        list_append(&binding->unresolved, &call->entry);
    }
    ReleaseSRWLockExclusive(&binding->lock);
    *status = RPC_S_OK;
    if (!first)
        return waits;
    client_call_addref(call);
    call->notify_op.done = resolve_on_worker;
    if (pool_queue(&call->notify_op))
        resolve_on_worker(&call->notify_op, 0, 0);
    return true;
}

RPC_STATUS client_call_submit(struct client_call *call)
{
    RPC_STATUS status;

    TRACE("call %p of async %p, procedure %u, %u bytes", call, call->async, call->opnum, (unsigned)call->request_length);
    arm_timer(call, binding_call_timeout(call->binding));
    if (!wait_for_endpoint(call, &status))
        status = queue_call(call);
    if (status)
        disarm_timer(call);
    return status;
}

/* The connection that carries the call now, referenced. */
static struct client_conn *current_conn(struct client_call *call)
{
    struct client_conn *conn = NULL;

    if (!call->association)
        return NULL;
    AcquireSRWLockExclusive(&call->association->lock);
    if ((conn = call->conn))
        conn_addref(conn);
    ReleaseSRWLockExclusive(&call->association->lock);
    return conn;
}

RPC_STATUS client_call_cancel(struct client_call *call, bool abortive)
{
    struct client_conn *conn = current_conn(call);

    if (!abortive) {
        if (conn)
            conn_cancel_call(conn, call);
        else
            call->cancel_requested = true;
    } else {
        if (conn && conn_abandon_call(conn, call)) {
            client_call_release(call);
            conn_release(conn);
        }
        client_call_finish(call, CALL_CANCELLED, RPC_S_CALL_CANCELLED, CALL_END_ELSEWHERE);
    }
    if (conn)
        conn_release(conn);
    return RPC_S_OK;
}
