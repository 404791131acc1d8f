/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The traffic of calls over a client connection: see connection.h. Opening it is
 * client/negotiate.c's. */
#include "client/connection.h"
#include "call/buffer.h"
#include "call/statistics.h"
#include "call/status.h"
#include "client/backlog.h"
#include "client/negotiate.h"
#include "client/stream.h"
#include "platform/memory.h"
#include "platform/trace.h"

#define BURST 8 /* calls */

static bool conn_pdu(struct link *link, const struct pdu_header *header, const uint8_t *fragment);
static void conn_closed(struct link *link, RPC_STATUS status);
static void conn_destroy(struct link *link);

static bool conn_lend(struct link *link, const struct pdu_header *header, const uint8_t *headers,
                      struct link_lending *lending);
static bool conn_take_back(struct link *link, const struct pdu_header *header, struct link_lending *lending);

static const struct link_ops conn_ops = {
    .pdu = conn_pdu, .lend = conn_lend, .take_back = conn_take_back, .closed = conn_closed, .destroy = conn_destroy
};

static struct client_conn *conn_of(struct link *link)
{
    return CONTAINER_OF(link, struct client_conn, link);
}

struct client_conn *conn_create(struct association *association, struct auth_info *auth)
{
    struct client_conn *conn = rpc_alloc_zero(sizeof(*conn));

    if (!conn)
        return NULL;
    link_init(&conn->link, &conn_ops);
    association_addref(association);
    conn->association = association;
    auth_info_addref(auth);
    conn->auth = auth;
    conn->state = CONN_OPENING;
    conn->next_call_id = 1;
    list_init(&conn->waiting);
    list_init(&conn->bound);
    for (unsigned i = 0; i < CONN_CALL_BUCKETS; i++)
        list_init(&conn->calls[i]);
    list_append(&association->conns, &conn->entry); /* which owns the first reference */
    return conn;
}

static void conn_destroy(struct link *link)
{
    struct client_conn *conn = conn_of(link);

    association_release(conn->association);
    auth_info_release(conn->auth);
    rpc_free(conn->refusal.error_info);
    rpc_free(conn);
}

void conn_addref(struct client_conn *conn)
{
    link_addref(&conn->link);
}

void conn_release(struct client_conn *conn)
{
    link_release(&conn->link);
}

static const struct conn_context *find_context(const struct client_conn *conn, const struct wire_syntax *abstract,
                                               const struct wire_syntax *transfer)
{
    for (unsigned i = 0; i < conn->context_count; i++) {
        if (wire_syntax_equal(&conn->contexts[i].abstract, abstract) &&
            wire_syntax_equal(&conn->contexts[i].transfer, transfer))
            return &conn->contexts[i];
    }
    return NULL;
}

const struct conn_context *conn_find_context(const struct client_conn *conn, const struct wire_syntax *abstract,
                                             const struct wire_syntax *transfers, unsigned transfer_count)
{
    const struct conn_context *context = NULL;

    for (unsigned i = 0; i < transfer_count && !context; i++)
        context = find_context(conn, abstract, &transfers[i]);
    return context;
}

int conn_context_id(const struct client_conn *conn, const struct wire_syntax *abstract, const struct wire_syntax *transfer)
{
    const struct conn_context *context = find_context(conn, abstract, transfer);

    return context ? context->id : -1;
}

/* Takes the call off the connection's lists, whoever comes first: true. Then the list's references
 * to call and connection are the caller's. With the lock held. */
static bool conn_detach_call(struct client_conn *conn, struct client_call *call)
{
    if (call->conn != conn)
        return false;
    list_remove(&call->entry);
    if (!call->waiting)
        conn->active--;
    if (call->stream) {
        conn->exclusive = false;
        conn->doomed = !call->waiting && !outflow_is_gone(&call->stream->out);
        if (conn->doomed)
            conn->state = CONN_DEAD;
    }
    call->waiting = false;
    call->conn = NULL;
    return true;
}

/* ---- sending ---- */

static void request_sent(struct link_message *message, RPC_STATUS status);

/* Once, behind the first fragment of the request. A request of which nothing has been queued yet is
 * cancelled when that has happened: client_stream_write(). */
static void enqueue_cancel(struct client_conn *conn, struct client_call *call)
{
    struct link_message *message = call->stream ? &call->stream->out.message : &call->message;
    uint8_t pdu[PDU_HEADER_LENGTH];

    if (call->cancel_sent || (call->stream && !outflow_has_started(&call->stream->out)))
        return;
    call->cancel_sent = true;
    link_enqueue_behind(&conn->link, message, pdu,
                        pdu_build_auth_only(pdu, sizeof(pdu), PDU_CO_CANCEL, 0, call->call_id, NULL));
}

static void count_burst(struct client_conn *conn)
{
    uint64_t now = GetTickCount64();

    if (now != conn->burst_tick)
        conn->burst = 0;
    conn->burst_tick = now;
    conn->burst++;
}

/* Are many calls outstanding, and has it just been given some of them? Then more are to come. */
static bool is_in_burst(const struct client_conn *conn)
{
    return conn->active >= BURST && conn->burst >= BURST;
}

/* Gives the call an id and the link its request. With the lock held; the call is on no list. */
static void start_call(struct client_conn *conn, struct client_call *call)
{
    struct link_message *message = &call->message;
    const struct conn_context *context = conn_find_context(conn, &call->abstract, call->offers, call->offer_count);

    if (context)
        client_call_settle_syntax(call, &context->transfer);
    call->waiting = false;
    call->call_id = conn->next_call_id++;
    list_append(&conn->calls[call->call_id % CONN_CALL_BUCKETS], &call->entry);
    conn->active++;
    count_burst(conn);
    call_state_advance(&call->state, CALL_SENDING);
    reassembly_init(&call->reply, &buffer_allocator, UINT32_MAX);
    *message = (struct link_message){
        .kind = LINK_REQUEST,
        .header.request = {
            .call_id = call->call_id,
            .context_id = (uint16_t)conn_context_id(conn, &call->abstract, &call->transfer),
            .opnum = call->opnum,
            .object = call->has_object ? &call->object_uuid : NULL,
        },
        .flags = call->maybe ? PFC_MAYBE : 0,
        .data = call->request,
        .length = call->request_length,
        .done = request_sent,
    };
    statistics_add(STATISTIC_CALLS_OUT, 1);
    if (call->stream) {
        client_stream_open(call->stream, &conn->link, message);
        if (call->cancel_requested)
            enqueue_cancel(conn, call);
        return;
    }
    client_call_addref(call);
    if (!link_enqueue(&conn->link, message, false))
        client_call_release(call); /* conn_closed() ends it */
    else if (call->cancel_requested)
        enqueue_cancel(conn, call);
}

void conn_flush(struct client_conn *conn)
{
    while (conn->state == CONN_OPEN && !list_is_empty(&conn->waiting) && (conn->multiplexed || !conn->active)) {
        struct client_call *call = LIST_FIRST(&conn->waiting, struct client_call, entry);

        list_remove(&call->entry);
        if (call->bind_only)
            list_append(&conn->bound, &call->entry);
        else
            start_call(conn, call);
    }
}

static void end_bound(struct client_conn *conn)
{
    struct client_call *call;

    for (;;) {
        AcquireSRWLockExclusive(&conn->association->lock);
        if ((call = LIST_FIRST(&conn->bound, struct client_call, entry)))
            conn_detach_call(conn, call);
        ReleaseSRWLockExclusive(&conn->association->lock);
        if (!call)
            break;
        client_call_finish(call, CALL_REPLIED, RPC_S_OK, CALL_END_ELSEWHERE);
        client_call_release(call);
        conn_release(conn);
    }
}

void conn_flushed(struct client_conn *conn)
{
    end_bound(conn);
    link_pump(&conn->link);
}

/* May the request wait for those that its thread makes soon? */
static bool may_wait(struct client_conn *conn, const struct client_call *call)
{
    int32_t behind;

    if (!call->async || call->stream || !notification_is_signal(&call->notification) || !backlog_shrinks(call->thread, &behind))
        return false;
    behind += link_unhandled(&conn->link);
    return behind >= BURST && link_hold(&conn->link, behind);
}

void conn_submitted(struct client_conn *conn, const struct client_call *call)
{
    end_bound(conn);
    if (may_wait(conn, call))
        return;
    link_uncork(&conn->link);
    if (is_in_burst(conn))
        link_pump_soon(&conn->link);
    else
        link_pump(&conn->link);
}

RPC_STATUS conn_send_exclusive(struct client_conn *conn, struct client_call *call)
{
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&conn->association->lock);
    if (conn->state == CONN_OPEN) {
        conn_addref(conn);
        client_call_addref(call);
        call->conn = conn;
        start_call(conn, call);
    } else {
        status = RPC_S_CALL_FAILED_DNE;
    }
    ReleaseSRWLockExclusive(&conn->association->lock);
    if (!status)
        link_pump(&conn->link);
    return status;
}

/* A place in the pipeline has become free. */
static void conn_call_left(struct client_conn *conn)
{
    bool doomed;

    AcquireSRWLockExclusive(&conn->association->lock);
    conn_flush(conn);
    if (!conn->active && list_is_empty(&conn->waiting))
        conn->owner = NULL;
    doomed = conn->doomed;
    ReleaseSRWLockExclusive(&conn->association->lock);
    if (doomed)
        link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
    conn_flushed(conn);
}

/* Has the call ended with what came? A reply that its reader still takes in pieces has not. */
static bool is_over(struct client_call *call, enum call_phase outcome)
{
    return !call->stream || outcome != CALL_REPLIED || client_stream_replied(call->stream);
}

/* Takes the call off the connection and ends it: the lists' references go. */
static void finish_call(struct client_conn *conn, struct client_call *call, enum call_phase outcome, RPC_STATUS status,
                        enum call_end_place place)
{
    bool detached;

    AcquireSRWLockExclusive(&conn->association->lock);
    detached = conn_detach_call(conn, call);
    ReleaseSRWLockExclusive(&conn->association->lock);
    if (!detached)
        return;
    call->receiving = &conn->link;
    if (is_over(call, outcome))
        client_call_finish(call, outcome, status, place);
    client_call_release(call);
    conn_call_left(conn);
    conn_release(conn);
}

static void request_sent(struct link_message *message, RPC_STATUS status)
{
    struct client_call *call = CONTAINER_OF(message, struct client_call, message);
    struct client_conn *conn = NULL;

    if (!status && !call->maybe)
        call_state_advance(&call->state, CALL_SENT);
    if (!status && call->maybe) {
        AcquireSRWLockExclusive(&call->association->lock);
        if ((conn = call->conn))
            conn_addref(conn);
        ReleaseSRWLockExclusive(&call->association->lock);
    }
    if (conn) {
        finish_call(conn, call, CALL_REPLIED, RPC_S_OK, CALL_END_ELSEWHERE);
        conn_release(conn);
    }
    client_call_release(call);
}

/* ---- receiving ---- */

/* The call that a response or fault is for, referenced; NULL if it has ended (a late answer) or
 * never was. A server that does not multiplex may answer its one call under another id: Wine's
 * built-in one counts by itself. */
static struct client_call *find_call(struct client_conn *conn, uint32_t call_id)
{
    struct client_call *found = NULL;

    AcquireSRWLockShared(&conn->association->lock);
    for (unsigned i = 0; i < CONN_CALL_BUCKETS && !found; i++) {
        unsigned bucket = conn->multiplexed ? call_id % CONN_CALL_BUCKETS : i;

        LIST_FOR_EACH(call, &conn->calls[bucket], struct client_call, entry) {
            if (call->call_id == call_id || !conn->multiplexed) {
                found = call;
                client_call_addref(call);
                break;
            }
        }
        if (conn->multiplexed)
            break;
    }
    ReleaseSRWLockShared(&conn->association->lock);
    return found;
}

static bool take_reply(struct client_conn *conn, struct client_call *call, const struct pdu_header *header)
{
    call->reply_buffer = reassembly_take(&call->reply, &call->reply_length);
    call->reply_drep = header->drep;
    conn->was_used = true;
    finish_call(conn, call, CALL_REPLIED, RPC_S_OK, CALL_END_RECEIVING);
    return true;
}

/* A part of a reply whose reader takes it in pieces. */
static bool handle_piece(struct client_conn *conn, struct client_call *call, const struct pdu_header *header,
                         const struct pdu_stub *stub)
{
    RPC_STATUS status = client_stream_append(call->stream, header, stub);

    if (status == RPC_S_PROTOCOL_ERROR)
        return false;
    conn->was_used = true;
    if (status)
        finish_call(conn, call, CALL_FAILED, status, CALL_END_RECEIVING);
    else if (header->flags & PFC_LAST_FRAG)
        finish_call(conn, call, CALL_REPLIED, RPC_S_OK, CALL_END_RECEIVING);
    return true;
}

/* What became of a fragment of the reply. */
static bool handle_appended(struct client_conn *conn, struct client_call *call, const struct pdu_header *header,
                            enum reassembly_result result)
{
    switch (result) {
    case REASSEMBLY_MORE:
        return true;
    case REASSEMBLY_DONE:
        return take_reply(conn, call, header);
    case REASSEMBLY_NO_MEMORY:
    case REASSEMBLY_TOO_LONG:
        finish_call(conn, call, CALL_FAILED, RPC_S_OUT_OF_MEMORY, CALL_END_RECEIVING);
        return true;
    default:
        return false;
    }
}

static bool conn_lend(struct link *link, const struct pdu_header *header, const uint8_t *headers,
                      struct link_lending *lending)
{
    struct client_conn *conn = conn_of(link);
    struct pdu_response response;
    struct client_call *call;

    if (header->type != PDU_RESPONSE || !conn->multiplexed || pdu_parse_response(headers, header, &response) != PDU_OK ||
        !(call = find_call(conn, header->call_id)))
        return false;
    lending->stub = response.stub;
    lending->to = call->stream ? NULL
                               : reassembly_reserve(&call->reply, header, response.alloc_hint, response.stub.length);
    if (lending->to)
        reassembly_lend(&call->reply, &lending->data);
    client_call_release(call);
    return lending->to != NULL;
}

static bool conn_take_back(struct link *link, const struct pdu_header *header, struct link_lending *lending)
{
    struct client_conn *conn = conn_of(link);
    struct client_call *call = find_call(conn, header->call_id);
    bool ok = true;

    if (call && reassembly_return(&call->reply, &lending->data))
        ok = handle_appended(conn, call, header, reassembly_commit(&call->reply, header, lending->stub.length));
    if (call)
        client_call_release(call);
    return ok;
}

static bool handle_response(struct client_conn *conn, struct client_call *call, const struct pdu_header *header,
                            const uint8_t *fragment)
{
    struct pdu_response response;

    if (pdu_parse_response(fragment, header, &response) != PDU_OK ||
        (header->auth_length && !conn->link.security))
        return false;
    if (call->stream)
        return handle_piece(conn, call, header, &response.stub);
    call->reply.behind = pdu_stream_behind(&conn->link.stream);
    return handle_appended(conn, call, header,
                           reassembly_append(&call->reply, header, response.alloc_hint, &response.stub));
}

/* Keeps a peer's error records for the thread that completes the call. */
static void keep_error_info(struct client_call *call, const uint8_t *data, size_t length)
{
    if (!data || call->error_info)
        return;
    call->error_info = rpc_alloc(length);
    if (!call->error_info)
        return;
    memcpy(call->error_info, data, length);
    call->error_info_length = length;
}

void conn_tell_refusal(const struct client_conn *conn, struct client_call *call)
{
    if (!conn->refusal.present)
        return;
    call->refused = true;
    call->refusal_reason = conn->refusal.reason;
    keep_error_info(call, conn->refusal.error_info, conn->refusal.error_info_length);
}

static bool handle_fault(struct client_conn *conn, struct client_call *call, const struct pdu_header *header,
                         const uint8_t *fragment)
{
    struct pdu_fault fault;
    RPC_STATUS status;

    if (pdu_parse_fault(fragment, header, &fault) != PDU_OK)
        return false;
    conn->was_used = true;
    status = status_from_fault(fault.status);
    keep_error_info(call, fault.extended_error, fault.extended_error_length);
    finish_call(conn, call, CALL_FAULTED, status, CALL_END_RECEIVING);
    /* Wine's built-in server answers this one twice, and the second answer would be taken for the next call's. */
    if (status == RPC_S_PROCNUM_OUT_OF_RANGE && !conn->multiplexed && !conn->keeps_orphaned)
        link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
    return true;
}

/* The server wants to close: nothing new goes over this connection. */
static bool handle_shutdown(struct client_conn *conn)
{
    bool idle;

    AcquireSRWLockExclusive(&conn->association->lock);
    conn->state = CONN_DEAD;
    idle = !conn->active;
    ReleaseSRWLockExclusive(&conn->association->lock);
    if (idle)
        link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
    return true;
}

static bool conn_pdu(struct link *link, const struct pdu_header *header, const uint8_t *fragment)
{
    struct client_conn *conn = conn_of(link);
    struct client_call *call;
    bool ok;

    switch (header->type) {
    case PDU_BIND_ACK:
    case PDU_BIND_NAK:
    case PDU_ALTER_CONTEXT_RESP:
        return conn->negotiation && negotiation_answer(conn->negotiation, header, fragment);
    case PDU_SHUTDOWN:
        return handle_shutdown(conn);
    case PDU_RESPONSE:
    case PDU_FAULT:
        break;
    default:
        return false;
    }
    if (header->type == PDU_FAULT && conn->negotiation)
        return negotiation_answer(conn->negotiation, header, fragment);
    if (conn->state == CONN_OPENING)
        return false; /* no request has been sent yet */
    call = find_call(conn, header->call_id);
    if (!call) {
        TRACE("conn %p: nobody waits for call %u any more", conn, (unsigned)header->call_id);
        return true;
    }
    ok = header->type == PDU_FAULT ? handle_fault(conn, call, header, fragment)
                                   : handle_response(conn, call, header, fragment);
    client_call_release(call);
    return ok;
}

/* ---- the end ---- */

/* Nothing of it has reached the server, and the connection may just have been too old: worth
 * another one. */
static bool may_retry(struct client_conn *conn, struct client_call *call, bool waiting)
{
    bool unsent = waiting || (!call->stream && call->message.phase == LINK_UNSENT);

    return (call->async || call->stream) && !call->retried && !conn->association->closed && conn->was_used && unsent;
}

/* Ends, or moves to another connection, one call of a dead connection. Its list reference is the
 * caller's. */
static void bury_call(struct client_conn *conn, struct client_call *call, bool waiting, RPC_STATUS status)
{
    if (may_retry(conn, call, waiting)) {
        call->retried = true;
        call->cancel_sent = false;
        call_state_advance(&call->state, CALL_BINDING);
        if (association_queue_call(conn->association, call))
            return;
    }
    if (waiting && status == RPC_S_CALL_FAILED)
        status = RPC_S_CALL_FAILED_DNE;
    conn_tell_refusal(conn, call);
    client_call_finish(call, CALL_FAILED, status, CALL_END_ELSEWHERE);
}

static struct client_call *first_call(struct client_conn *conn)
{
    for (unsigned i = 0; i < CONN_CALL_BUCKETS; i++) {
        if (!list_is_empty(&conn->calls[i]))
            return LIST_FIRST(&conn->calls[i], struct client_call, entry);
    }
    return LIST_FIRST(&conn->waiting, struct client_call, entry);
}

/* Does the server still have the group? With the lock held. */
static bool group_lives(const struct association *association)
{
    LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry) {
        if (conn->in_group)
            return true;
    }
    return false;
}

static void conn_closed(struct link *link, RPC_STATUS status)
{
    struct client_conn *conn = conn_of(link);
    struct client_call *call;
    bool waiting = false, listed;

    AcquireSRWLockExclusive(&conn->association->lock);
    conn->state = CONN_DEAD;
    listed = !list_is_empty(&conn->entry);
    list_remove(&conn->entry);
    if (!group_lives(conn->association)) {
        conn->association->group_id = 0;
        association_forget_syntaxes(conn->association);
    }
    ReleaseSRWLockExclusive(&conn->association->lock);
    for (;;) {
        AcquireSRWLockExclusive(&conn->association->lock);
        if ((call = first_call(conn))) {
            waiting = call->waiting;
            conn_detach_call(conn, call);
        }
        ReleaseSRWLockExclusive(&conn->association->lock);
        if (!call)
            break;
        bury_call(conn, call, waiting, status);
        client_call_release(call);
        conn_release(conn);
    }
    if (listed)
        conn_release(conn);
}

/* ---- cancelling ---- */

void conn_cancel_call(struct client_conn *conn, struct client_call *call)
{
    AcquireSRWLockExclusive(&conn->association->lock);
    call->cancel_requested = true;
    if (call->conn == conn && !call->waiting)
        enqueue_cancel(conn, call);
    ReleaseSRWLockExclusive(&conn->association->lock);
    link_uncork(&conn->link);
    link_pump(&conn->link);
}

/* Stops the sending of a call that has just been detached, or tells the server to forget it. True:
 * the connection cannot carry another call after that, since the server may not be reading, or
 * would not tell a late answer from the next call's. */
static bool withdraw(struct client_conn *conn, struct client_call *call)
{
    enum link_stop stop = call->stream ? outflow_stop(&call->stream->out, RPC_S_CALL_CANCELLED)
                                       : link_stop(&conn->link, &call->message);
    uint8_t pdu[PDU_HEADER_LENGTH];

    if (stop == LINK_STOP_UNSENT) {
        if (!call->stream)
            client_call_release(call); /* the message's */
        return false;
    }
    if (!conn->active && (stop == LINK_STOP_PARTIAL || !conn->keeps_orphaned)) {
        conn->state = CONN_DEAD;
        return true;
    }
    link_enqueue_pdu(&conn->link, pdu,
                     pdu_build_auth_only(pdu, sizeof(pdu), PDU_ORPHANED, 0, call->call_id, NULL), true);
    return false;
}

bool conn_abandon_call(struct client_conn *conn, struct client_call *call)
{
    bool detached, waiting, doomed = false;

    AcquireSRWLockExclusive(&conn->association->lock);
    waiting = call->waiting || call->bind_only;
    detached = conn_detach_call(conn, call);
    if (detached && !waiting)
        doomed = withdraw(conn, call);
    ReleaseSRWLockExclusive(&conn->association->lock);
    if (doomed)
        link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
    if (detached)
        conn_call_left(conn);
    return detached;
}
