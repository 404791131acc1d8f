/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server connections: see connection.h. */
#include "server/connection.h"
#include "call/statistics.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/authenticate.h"
#include "server/call.h"
#include "server/stream.h"

static bool conn_pdu(struct link *link, const struct pdu_header *header, const uint8_t *fragment);
static bool conn_refused(struct link *link, const struct pdu_header *header, RPC_STATUS status);
static void conn_closed(struct link *link, RPC_STATUS status);
static void conn_destroy(struct link *link);
static void dispatch_ready(struct link_work *work);
static void dispatch_later(struct pool_op *op, DWORD error, DWORD bytes);

static bool conn_lend(struct link *link, const struct pdu_header *header, const uint8_t *headers,
                      struct link_lending *lending);
static bool conn_take_back(struct link *link, const struct pdu_header *header, struct link_lending *lending);

static const struct link_ops conn_ops = {
    .pdu = conn_pdu, .lend = conn_lend, .take_back = conn_take_back,
    .refused = conn_refused, .closed = conn_closed, .destroy = conn_destroy
};

static struct server_conn *conn_of(struct link *link)
{
    return CONTAINER_OF(link, struct server_conn, link);
}

void server_conn_accept(void *arg, struct transport_conn *transport_conn)
{
    struct server_endpoint *endpoint = arg;
    struct server_conn *conn = rpc_alloc_zero(sizeof(*conn));

    if (!conn) {
        transport_release(transport_conn);
        return;
    }
    link_init(&conn->link, &conn_ops);
    InitializeSRWLock(&conn->lock);
    list_init(&conn->receiving);
    list_init(&conn->calls);
    list_init(&conn->ready);
    conn->dispatch_work.run = dispatch_ready;
    conn->dispatch_op.done = dispatch_later;
    endpoint_addref(endpoint);
    conn->endpoint = endpoint;
    TRACE("connection %p on %s %s", conn, trace_wide(endpoint->transport->protseq), trace_wide(endpoint->name));
    link_attach(&conn->link, transport_conn);
    link_recv_start(&conn->link);
    server_conn_release(conn); /* the receive role keeps it */
}

void server_conn_addref(struct server_conn *conn)
{
    link_addref(&conn->link);
}

void server_conn_release(struct server_conn *conn)
{
    link_release(&conn->link);
}

static void conn_destroy(struct link *link)
{
    struct server_conn *conn = conn_of(link);

    if (conn->association)
        server_association_release(conn->association);
    endpoint_release(conn->endpoint);
    rpc_free(conn->client_name);
    rpc_free(conn);
}

const struct server_context *server_conn_context(struct server_conn *conn, uint16_t id)
{
    for (unsigned i = 0; i < conn->context_count; i++) {
        if (conn->contexts[i].id == id)
            return &conn->contexts[i];
    }
    return NULL;
}

/* ---- how much it holds ---- */

/* What a call takes besides its data, roughly: many small ones count as well. */
#define CALL_SIZE 1024u

static void count_more(struct server_conn *conn, size_t *counter, size_t octets, size_t most)
{
    size_t now = __atomic_add_fetch(counter, octets + CALL_SIZE, __ATOMIC_SEQ_CST);

    if (now > most && now - octets - CALL_SIZE <= most)
        link_recv_pause(&conn->link);
}

/* True: it was too many, and is not any more. */
static bool count_less(struct server_conn *conn, size_t *counter, size_t octets, size_t most)
{
    size_t before = __atomic_fetch_sub(counter, octets + CALL_SIZE, __ATOMIC_SEQ_CST);
    bool eased = before > most && before - octets - CALL_SIZE <= most;

    if (eased)
        link_recv_resume(&conn->link);
    return eased;
}

static bool reads_its_answers(struct server_conn *conn)
{
    return __atomic_load_n(&conn->unsent, __ATOMIC_SEQ_CST) <= SERVER_UNSENT_MOST;
}

/* ---- dispatching ---- */

/* The next call, after the one that has been dispatched (NULL: none yet). NULL: there is none, or the
 * turn has been handed on meanwhile. */
static struct server_call *next_ready(struct server_conn *conn, struct server_call *dispatched)
{
    struct server_call *call = NULL;
    bool more = false;

    AcquireSRWLockExclusive(&conn->lock);
    if (conn->running == dispatched) {
        if (reads_its_answers(conn))
            call = LIST_FIRST(&conn->ready, struct server_call, ready_entry);
        conn->running = call;
        if (call)
            list_remove(&call->ready_entry);
        else
            conn->dispatching = false;
        more = !list_is_empty(&conn->ready);
    }
    ReleaseSRWLockExclusive(&conn->lock);
    if (call)
        count_less(conn, &conn->waiting, call->request_length, SERVER_WAITING_MOST);
    if (more)
        link_cork(&conn->link); /* the answers to calls that came together leave together */
    else if (!call)
        link_uncork(&conn->link);
    return call;
}

static void dispatch_ready(struct link_work *work)
{
    struct server_conn *conn = CONTAINER_OF(work, struct server_conn, dispatch_work);
    struct server_call *call = next_ready(conn, NULL), *next;

    while (call) {
        server_call_dispatch(call);
        next = next_ready(conn, call);
        server_call_release(call);
        call = next;
    }
    server_conn_release(conn);
}

static void start_dispatching(struct server_conn *conn)
{
    server_conn_addref(conn);
    link_defer(&conn->link, &conn->dispatch_work);
}

static void dispatch_later(struct pool_op *op, DWORD error, DWORD bytes)
{
    dispatch_ready(&CONTAINER_OF(op, struct server_conn, dispatch_op)->dispatch_work);
}

void server_conn_answering(struct server_conn *conn, size_t octets)
{
    count_more(conn, &conn->unsent, octets, SERVER_UNSENT_MOST);
}

void server_conn_answered(struct server_conn *conn, size_t octets)
{
    bool start;

    if (!count_less(conn, &conn->unsent, octets, SERVER_UNSENT_MOST))
        return;
    AcquireSRWLockExclusive(&conn->lock);
    start = !conn->dispatching && !conn->running && !list_is_empty(&conn->ready);
    if (start)
        conn->dispatching = true;
    ReleaseSRWLockExclusive(&conn->lock);
    if (!start)
        return;
    server_conn_addref(conn);
    if (pool_queue(&conn->dispatch_op))
        dispatch_later(&conn->dispatch_op, ERROR_SUCCESS, 0);
}

/* The client does not wait for this call any more: what it asks for next need not wait for the
 * manager routine to return. */
static void hand_turn_on(struct server_conn *conn, struct server_call *call)
{
    bool start = false;

    AcquireSRWLockExclusive(&conn->lock);
    if (conn->running == call) {
        conn->running = NULL;
        start = conn->dispatching = !list_is_empty(&conn->ready);
    }
    ReleaseSRWLockExclusive(&conn->lock);
    if (start)
        start_dispatching(conn);
}

/* The request is complete: it is its turn when those before it have been dispatched. */
static void make_ready(struct server_conn *conn, struct server_call *call)
{
    bool start = false;

    AcquireSRWLockExclusive(&conn->lock);
    if (!call->queued) {
        call->queued = true;
        server_call_addref(call);
        list_append(&conn->ready, &call->ready_entry);
        count_more(conn, &conn->waiting, call->request_length, SERVER_WAITING_MOST);
        start = !conn->dispatching;
        conn->dispatching = true;
    }
    ReleaseSRWLockExclusive(&conn->lock);
    if (start)
        start_dispatching(conn);
}

/* ---- requests ---- */

/* With the lock held. */
static struct server_call *find_in(const struct list *calls, uint32_t call_id)
{
    LIST_FOR_EACH(call, calls, struct server_call, entry) {
        if (call->call_id == call_id) {
            server_call_addref(call);
            return call;
        }
    }
    return NULL;
}

/* The call with that id whose request is not all there yet, referenced. */
static struct server_call *find_receiving(struct server_conn *conn, uint32_t call_id)
{
    struct server_call *call;

    AcquireSRWLockShared(&conn->lock);
    call = find_in(&conn->receiving, call_id);
    ReleaseSRWLockShared(&conn->lock);
    return call;
}

/* The call with that id, referenced. */
static struct server_call *find_call(struct server_conn *conn, uint32_t call_id)
{
    struct server_call *call;

    AcquireSRWLockShared(&conn->lock);
    call = find_in(&conn->receiving, call_id);
    if (!call)
        call = find_in(&conn->calls, call_id);
    ReleaseSRWLockShared(&conn->lock);
    return call;
}

static struct server_call *begin_call(struct server_conn *conn, const struct pdu_header *header,
                                      const struct pdu_request *request)
{
    struct server_call *call;

    AcquireSRWLockExclusive(&conn->lock);
    call = server_call_create(conn, header, request, server_conn_context(conn, request->context_id));
    if (call) {
        statistics_add(STATISTIC_CALLS_IN, 1);
        server_call_addref(call);
        list_append(header->flags & PFC_LAST_FRAG ? &conn->calls : &conn->receiving, &call->entry);
        call->listed = true;
    }
    ReleaseSRWLockExclusive(&conn->lock);
    return call;
}

/* Its last fragment has come. */
static void end_receiving(struct server_conn *conn, struct server_call *call)
{
    AcquireSRWLockExclusive(&conn->lock);
    if (call->listed) {
        list_remove(&call->entry);
        list_append(&conn->calls, &call->entry);
    }
    ReleaseSRWLockExclusive(&conn->lock);
}

/* Of a refused call only the end matters. */
static bool skip_fragment(struct server_conn *conn, struct server_call *call, const struct pdu_header *header)
{
    reassembly_discard(&call->reassembly);
    if (header->flags & PFC_LAST_FRAG)
        make_ready(conn, call);
    return true;
}

/* It is dispatched with its first fragment, and takes the others while it runs. */
static bool append_piece(struct server_conn *conn, struct server_call *call, const struct pdu_header *header,
                         const struct pdu_stub *stub)
{
    if (!(header->flags & PFC_FIRST_FRAG) && header->drep != call->request_drep)
        return false;
    server_stream_append(call, header, stub);
    make_ready(conn, call);
    return true;
}

/* What became of a fragment of the request. */
static bool handle_appended(struct server_conn *conn, struct server_call *call, const struct pdu_header *header,
                            enum reassembly_result result)
{
    switch (result) {
    case REASSEMBLY_MORE:
        return true;
    case REASSEMBLY_DONE:
        call->request = reassembly_take(&call->reassembly, &call->request_length);
        call->request_drep = header->drep;
        make_ready(conn, call);
        return true;
    case REASSEMBLY_TOO_LONG:
        call->refusal = WIRE_S_ACCESS_DENIED; /* RpcServerRegisterIf2, MaxRpcSize */
        return skip_fragment(conn, call, header);
    case REASSEMBLY_NO_MEMORY:
        call->refusal = WIRE_NCA_S_FAULT_REMOTE_NO_MEMORY;
        return skip_fragment(conn, call, header);
    default:
        return false;
    }
}

static bool append_fragment(struct server_conn *conn, struct server_call *call, const struct pdu_header *header,
                            const struct pdu_request *request)
{
    bool first = header->flags & PFC_FIRST_FRAG, last = header->flags & PFC_LAST_FRAG;

    if (call->refusal)
        return skip_fragment(conn, call, header);
    if (call->stream || (first && !last && server_stream_begin(call)))
        return append_piece(conn, call, header, &request->stub);
    call->reassembly.behind = pdu_stream_behind(&conn->link.stream);
    return handle_appended(conn, call, header,
                           reassembly_append(&call->reassembly, header, request->alloc_hint, &request->stub));
}

/* Not the first of a request's fragments: that one may begin a call with pipes, and begins all calls. */
static bool conn_lend(struct link *link, const struct pdu_header *header, const uint8_t *headers,
                      struct link_lending *lending)
{
    struct server_conn *conn = conn_of(link);
    struct pdu_request request;
    struct server_call *call;

    if (header->type != PDU_REQUEST || header->flags & PFC_FIRST_FRAG || !conn->bound || conn->refused ||
        pdu_parse_request(headers, header, &request) != PDU_OK || !(call = find_receiving(conn, header->call_id)))
        return false;
    lending->stub = request.stub;
    lending->to = NULL;
    if (!call->refusal && !call->stream)
        lending->to = reassembly_reserve(&call->reassembly, header, request.alloc_hint, request.stub.length);
    if (lending->to)
        reassembly_lend(&call->reassembly, &lending->data);
    server_call_release(call);
    return lending->to != NULL;
}

static bool conn_take_back(struct link *link, const struct pdu_header *header, struct link_lending *lending)
{
    struct server_conn *conn = conn_of(link);
    struct server_call *call = find_receiving(conn, header->call_id);
    bool ok = true;

    if (!call)
        return true; /* orphaned */
    if (header->flags & PFC_LAST_FRAG)
        end_receiving(conn, call);
    if (call->refusal)
        skip_fragment(conn, call, header);
    else if (reassembly_return(&call->reassembly, &lending->data))
        ok = handle_appended(conn, call, header,
                             reassembly_commit(&call->reassembly, header, lending->stub.length));
    server_call_release(call);
    return ok;
}

static bool handle_request(struct server_conn *conn, const struct pdu_header *header, const uint8_t *fragment)
{
    struct pdu_request request;
    struct server_call *call;
    bool ok;

    if (!conn->bound || (header->auth_length && !conn->link.security) ||
        pdu_parse_request(fragment, header, &request) != PDU_OK)
        return false;
    call = find_receiving(conn, header->call_id);
    if (header->flags & PFC_FIRST_FRAG) {
        if (call) {
            server_call_release(call);
            return false;
        }
        call = begin_call(conn, header, &request);
    } else if (call && header->flags & PFC_LAST_FRAG) {
        end_receiving(conn, call);
    }
    if (!call)
        return !(header->flags & PFC_FIRST_FRAG); /* the rest of an orphaned call; or no memory for a new one */
    ok = append_fragment(conn, call, header, &request);
    server_call_release(call);
    return ok;
}

/* Orphaned while it was still arriving, or before its turn: nothing will be dispatched. */
static void drop_call(struct server_call *call)
{
    bool queued;

    server_call_orphan(call);
    server_call_drop(call);
    AcquireSRWLockExclusive(&call->conn->lock);
    queued = call->queued;
    call->queued = true;
    ReleaseSRWLockExclusive(&call->conn->lock);
    if (!queued)
        server_call_unhold(call); /* it will never be dispatched */
}

static bool handle_about_call(struct server_conn *conn, const struct pdu_header *header)
{
    struct server_call *call = find_call(conn, header->call_id);

    if (!call)
        return true;
    TRACE("call %p (id %u): %s", call, (unsigned)call->call_id,
          header->type == PDU_ORPHANED ? "orphaned" : "cancel requested");
    if (header->type == PDU_ORPHANED) {
        drop_call(call);
        hand_turn_on(conn, call);
    } else {
        server_call_cancel(call);
    }
    server_call_release(call);
    return true;
}

static bool conn_pdu(struct link *link, const struct pdu_header *header, const uint8_t *fragment)
{
    struct server_conn *conn = conn_of(link);

    if (conn->refused)
        return true;
    switch (header->type) {
    case PDU_REQUEST:
        return handle_request(conn, header, fragment);
    case PDU_BIND:
    case PDU_ALTER_CONTEXT:
        return server_conn_bind(conn, header, fragment);
    case PDU_AUTH3:
        return server_conn_auth3(conn, header, fragment);
    case PDU_CO_CANCEL:
    case PDU_ORPHANED:
        return conn->bound && handle_about_call(conn, header);
    default:
        return false;
    }
}

static bool conn_refused(struct link *link, const struct pdu_header *header, RPC_STATUS status)
{
    return server_conn_refuse(conn_of(link), header, status);
}

/* ---- the end ---- */

static struct server_call *take_call(struct server_conn *conn)
{
    struct server_call *call;

    AcquireSRWLockExclusive(&conn->lock);
    call = LIST_FIRST(&conn->receiving, struct server_call, entry);
    if (!call)
        call = LIST_FIRST(&conn->calls, struct server_call, entry);
    if (call) {
        list_remove(&call->entry);
        call->listed = false;
    }
    ReleaseSRWLockExclusive(&conn->lock);
    return call;
}

static void conn_closed(struct link *link, RPC_STATUS status)
{
    struct server_call *call;

    while ((call = take_call(conn_of(link)))) {
        drop_call(call);
        server_call_release(call); /* the list's */
    }
}
