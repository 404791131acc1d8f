/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links: see link.h. */
#include "call/link.h"
#include "call/buffer.h"
#include "call/statistics.h"
#include "platform/memory.h"
#include "platform/trace.h"

static void send_done(struct pool_op *op, DWORD error, DWORD bytes);
static void pump(struct pool_op *op, DWORD error, DWORD bytes);
static void recv_done(struct pool_op *op, DWORD error, DWORD bytes);
static void recv_resume(struct pool_op *op, DWORD error, DWORD bytes);
static void recv_at_once(struct pool_op *op, DWORD error, DWORD bytes);

static void *allocate(void *context, size_t size)
{
    return rpc_alloc(size);
}

static void release(void *context, void *memory)
{
    rpc_free(memory);
}

const struct wire_allocator link_allocator = {allocate, release, NULL, NULL};

void link_init(struct link *link, const struct link_ops *ops)
{
    memset(link, 0, sizeof(*link));
    link->ops = ops;
    link->refs = 1;
    link->max_xmit_frag = PDU_MIN_FRAGMENT;
    InitializeSRWLock(&link->lock);
    list_init(&link->queue);
    list_init(&link->leaving);
    list_init(&link->deferred);
    list_init(&link->cork);
    link->send_op.done = send_done;
    link->pump_op.done = pump;
    link->recv_op.done = recv_done;
    link->resume_op.done = recv_resume;
    pdu_stream_init(&link->stream, &buffer_allocator, TRANSPORT_ROOM_LITTLE, PDU_MAX_FRAGMENT);
}

void link_attach(struct link *link, struct transport_conn *conn)
{
    AcquireSRWLockExclusive(&link->lock);
    link->conn = conn;
    if (link->closed)
        transport_shutdown(conn);
    ReleaseSRWLockExclusive(&link->lock);
}

void link_addref(struct link *link)
{
    InterlockedIncrement(&link->refs);
}

void link_release(struct link *link)
{
    if (InterlockedDecrement(&link->refs))
        return;
    if (link->conn)
        transport_release(link->conn);
    security_context_free(link->security);
    pdu_stream_free(&link->stream);
    link_body_free(link);
    link->ops->destroy(link);
}

/* ---- sending ---- */

static bool start_message(struct link *link, struct link_message *message)
{
    unsigned header = PDU_RESPONSE_HEADER_LENGTH;

    if (message->kind == LINK_PDU)
        return true;
    if (message->kind == LINK_REQUEST && message->header.request.object)
        header = PDU_REQUEST_HEADER_LENGTH + PDU_OBJECT_LENGTH;
    return fragmenter_init(&message->fragmenter, message->length, link->max_xmit_frag, header, link_auth_room(link));
}

static size_t build_header(struct link *link, struct link_message *message, const struct fragment *fragment,
                           uint8_t *buffer, size_t capacity)
{
    const struct pdu_auth_room *auth = link_auth_room(link);
    bool first = fragment->first && !message->continues, last = fragment->last && !message->more;
    uint8_t flags = message->flags | (first ? PFC_FIRST_FRAG : 0) | (last ? PFC_LAST_FRAG : 0);
    uint32_t left = message->more ? 0 : message->length - fragment->offset; /* 0: unknown */

    if (message->kind == LINK_REQUEST) {
        message->header.request.flags = flags;
        message->header.request.alloc_hint = left;
        return pdu_build_request_header(buffer, capacity, &message->header.request, fragment->length, auth);
    }
    message->header.response.flags = flags;
    message->header.response.alloc_hint = left;
    return pdu_build_response_header(buffer, capacity, &message->header.response, fragment->length, auth);
}

/* Adds the message's next PDU to the batch; true if it was its last. */
static bool batch_pdu(struct link *link, struct link_message *message, unsigned pdu, unsigned *bufs)
{
    struct fragment fragment;
    size_t header;

    if (message->kind == LINK_PDU) {
        link->bufs[(*bufs)++] = (struct transport_buf){message->data, message->length};
        return true;
    }
    fragmenter_next(&message->fragmenter, &fragment);
    header = build_header(link, message, &fragment, link->headers[pdu], sizeof(link->headers[pdu]));
    link->bufs[(*bufs)++] = (struct transport_buf){link->headers[pdu], header};
    if (fragment.length)
        link->bufs[(*bufs)++] = (struct transport_buf){message->data + fragment.offset, fragment.length};
    return fragment.last;
}

/* Where an urgent PDU goes: before everything but the other control PDUs, even between the
 * fragments of a message. */
static struct list *urgent_place(struct link *link)
{
    LIST_FOR_EACH(message, &link->queue, struct link_message, entry) {
        if (message->kind != LINK_PDU)
            return &message->entry;
    }
    return &link->queue;
}

/* What was to go behind the message's first fragment, in no queue; NULL: nothing. */
static struct link_message *take_follower(struct link_message *message)
{
    struct link_message *follower = message->follower;

    message->follower = NULL;
    return follower;
}

/* Whatever becomes of a message that is not sent, becomes of its follower. */
static void append_with_follower(struct list *list, struct link_message *message, enum link_message_phase phase)
{
    struct link_message *follower = take_follower(message);

    message->phase = phase;
    list_append(list, &message->entry);
    if (follower) {
        follower->phase = phase;
        list_append(list, &follower->entry);
    }
}

/* A message has begun to leave: now its follower may. */
static void let_follow(struct link *link, struct link_message *message)
{
    struct link_message *follower = take_follower(message);

    if (follower)
        list_insert_before(urgent_place(link), &follower->entry);
}

/* One more PDU is added to a batch that has not got so many octets. */
static size_t batch_limit(struct link *link)
{
    return transport_sends_dearly(link->conn) && !link_auth_room(link) ? LINK_BATCH_BYTES_DEAR : LINK_BATCH_BYTES;
}

/* Collects what the next send carries; stopped messages go to `stopped`. Returns the number of
 * buffers. Called with the lock held. */
static unsigned collect_batch(struct link *link, struct list *stopped)
{
    unsigned pdus = 0, bufs = 0, limit = transport_is_message_mode(link->conn) ? 1 : LINK_BATCH_PDUS;
    size_t bytes = 0, most = batch_limit(link);

    while (pdus < limit && bytes < most && !list_is_empty(&link->queue)) {
        struct link_message *message = LIST_FIRST(&link->queue, struct link_message, entry);
        unsigned before = bufs;

        if (message->stop || (message->phase == LINK_QUEUED && !start_message(link, message))) {
            list_remove(&message->entry);
            append_with_follower(stopped, message, LINK_DONE);
            continue;
        }
        message->phase = LINK_STARTED;
        if (batch_pdu(link, message, pdus, &bufs)) {
            message->phase = LINK_LEAVING;
            list_remove(&message->entry);
            list_append(&link->leaving, &message->entry);
        }
        let_follow(link, message);
        pdus++;
        while (before < bufs)
            bytes += link->bufs[before++].length;
    }
    if (pdus)
        statistics_add(STATISTIC_PACKETS_OUT, (LONG)pdus);
    return bufs;
}

/* Messages that link_stop() leaves alone: none of them is LINK_QUEUED. */
static void finish_messages(struct list *messages, RPC_STATUS status)
{
    while (!list_is_empty(messages)) {
        struct link_message *message = LIST_FIRST(messages, struct link_message, entry);

        list_remove(&message->entry);
        if (message->phase != LINK_UNSENT)
            message->phase = LINK_DONE;
        message->done(message, status);
    }
}

/* The outstanding send has ended: its messages are done, and after a failure all others are too. */
static void batch_ended(struct link *link, RPC_STATUS status)
{
    struct list done, failed;

    if (link->protected_batch) {
        rpc_free(link->protected_batch);
        link->protected_batch = NULL;
    }
    list_init(&done);
    list_init(&failed);
    AcquireSRWLockExclusive(&link->lock);
    list_splice(&done, &link->leaving);
    if (link->closed) {
        status = link->close_status;
        list_splice(&failed, &link->queue);
        link->sending = false;
    }
    ReleaseSRWLockExclusive(&link->lock);
    finish_messages(&done, status);
    finish_messages(&failed, status);
}

/* Takes the next batch, or gives up sending if there is none. On a failed link sending stays the
 * caller's until batch_ended(). */
static unsigned next_batch(struct link *link, bool *closed)
{
    struct list stopped;
    unsigned count;

    list_init(&stopped);
    AcquireSRWLockExclusive(&link->lock);
    *closed = link->closed;
    count = link->closed ? 0 : collect_batch(link, &stopped);
    if (!count && !link->closed)
        link->sending = false;
    ReleaseSRWLockExclusive(&link->lock);
    finish_messages(&stopped, RPC_S_CALL_CANCELLED);
    return count;
}

/* Starts a send. What has to be protected, is. */
static DWORD send_batch(struct link *link, unsigned count)
{
    RPC_STATUS status = link->security ? link_protect_batch(link, &count) : RPC_S_OK;
    DWORD bytes;

    if (!status)
        return transport_send(link->conn, link->bufs, count, &link->send_op, &bytes);
    link_fail(link, status);
    return ERROR_SUCCESS; /* it has ended */
}

/* Sends batch after batch; called by the one thread that set `sending`, which owns a reference for
 * it. */
static void send_loop(struct link *link)
{
    unsigned count;
    DWORD error;
    bool closed;

    while ((count = next_batch(link, &closed))) {
        error = send_batch(link, count);
        if (error == ERROR_IO_PENDING)
            return;
        if (error)
            link_fail(link, transport_map_io_error(error));
        batch_ended(link, RPC_S_OK);
    }
    if (closed)
        batch_ended(link, RPC_S_CALL_FAILED);
    link_release(link);
}

static void send_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct link *link = CONTAINER_OF(op, struct link, send_op);

    if (error)
        link_fail(link, transport_map_io_error(error));
    batch_ended(link, RPC_S_OK);
    send_loop(link);
}

bool link_enqueue(struct link *link, struct link_message *message, bool urgent)
{
    bool taken;

    message->stop = false;
    message->follower = NULL;
    AcquireSRWLockExclusive(&link->lock);
    taken = !link->closed;
    message->phase = taken ? LINK_QUEUED : LINK_UNSENT;
    if (taken)
        list_insert_before(urgent ? urgent_place(link) : &link->queue, &message->entry);
    ReleaseSRWLockExclusive(&link->lock);
    return taken;
}

/* Is there something to be sent, and nobody who sends? Then the calling thread does, with a reference. */
static bool start_sending(struct link *link)
{
    bool mine;

    AcquireSRWLockExclusive(&link->lock);
    mine = link->conn && !link->sending && !link->closed && !link->corked && !list_is_empty(&link->queue);
    if (mine)
        link->sending = true;
    ReleaseSRWLockExclusive(&link->lock);
    if (mine)
        link_addref(link);
    return mine;
}

void link_pump(struct link *link)
{
    if (start_sending(link))
        send_loop(link);
}

static void pump(struct pool_op *op, DWORD error, DWORD bytes)
{
    send_loop(CONTAINER_OF(op, struct link, pump_op));
}

void link_pump_soon(struct link *link)
{
    if (start_sending(link) && (!transport_sends_dearly(link->conn) || pool_queue(&link->pump_op)))
        send_loop(link);
}

bool link_post(struct link *link, struct link_message *message, bool urgent)
{
    if (!link_enqueue(link, message, urgent))
        return false;
    link_pump(link);
    return true;
}

static void pdu_message_done(struct link_message *message, RPC_STATUS status)
{
    rpc_free(message);
}

/* A copy of the PDU; NULL: no memory. */
static struct link_message *make_pdu_message(const void *pdu, size_t length)
{
    struct link_message *message = rpc_alloc(sizeof(*message) + length);

    if (!message)
        return NULL;
    memset(message, 0, sizeof(*message));
    memcpy(message + 1, pdu, length);
    message->kind = LINK_PDU;
    message->data = (const uint8_t *)(message + 1);
    message->length = (uint32_t)length;
    message->done = pdu_message_done;
    return message;
}

bool link_enqueue_pdu(struct link *link, const void *pdu, size_t length, bool urgent)
{
    struct link_message *message = make_pdu_message(pdu, length);

    if (!message)
        return false;
    if (link_enqueue(link, message, urgent))
        return true;
    rpc_free(message);
    return false;
}

bool link_enqueue_behind(struct link *link, struct link_message *message, const void *pdu, size_t length)
{
    struct link_message *follower = make_pdu_message(pdu, length);
    bool waits;

    if (!follower)
        return false;
    AcquireSRWLockExclusive(&link->lock);
    waits = message->phase == LINK_QUEUED && !message->follower;
    if (waits)
        message->follower = follower;
    ReleaseSRWLockExclusive(&link->lock);
    if (waits || link_enqueue(link, follower, true))
        return true;
    rpc_free(follower);
    return false;
}

bool link_post_pdu(struct link *link, const void *pdu, size_t length, bool urgent)
{
    if (!link_enqueue_pdu(link, pdu, length, urgent))
        return false;
    link_pump(link);
    return true;
}

struct last_message {
    struct link_message message;
    struct link *link; /* referenced */
    RPC_STATUS status;
};

static void last_message_done(struct link_message *message, RPC_STATUS status)
{
    struct last_message *last = CONTAINER_OF(message, struct last_message, message);

    link_fail(last->link, last->status);
    link_release(last->link);
    rpc_free(last);
}

bool link_post_last_pdu(struct link *link, const void *pdu, size_t length, RPC_STATUS status)
{
    struct last_message *last = rpc_alloc_zero(sizeof(*last) + length);

    if (!last)
        return false;
    memcpy(last + 1, pdu, length);
    last->message.kind = LINK_PDU;
    last->message.data = (const uint8_t *)(last + 1);
    last->message.length = (uint32_t)length;
    last->message.done = last_message_done;
    last->link = link;
    last->status = status;
    link_addref(link);
    if (link_post(link, &last->message, false))
        return true;
    link_release(link);
    rpc_free(last);
    return false;
}

enum link_stop link_stop(struct link *link, struct link_message *message)
{
    enum link_stop result = LINK_STOP_SENT;
    struct link_message *follower = NULL;

    AcquireSRWLockExclusive(&link->lock);
    if (message->phase == LINK_QUEUED) {
        list_remove(&message->entry);
        message->phase = LINK_DONE;
        follower = take_follower(message);
        result = LINK_STOP_UNSENT;
    } else if (message->phase == LINK_STARTED) {
        message->stop = true;
        result = LINK_STOP_PARTIAL;
    }
    ReleaseSRWLockExclusive(&link->lock);
    if (follower)
        follower->done(follower, RPC_S_CALL_CANCELLED);
    return result;
}

/* ---- receiving ---- */

/* Handles a fragment, once it is known to be the peer's. False: the link has failed. */
static bool handle_fragment(struct link *link, const struct pdu_header *header, uint8_t *fragment)
{
    RPC_STATUS status = link->security ? link_unprotect(link, header, fragment) : RPC_S_OK;

    if (!status && !link->ops->pdu(link, header, fragment))
        status = RPC_S_PROTOCOL_ERROR;
    else if (status && link->ops->refused && link->ops->refused(link, header, status))
        return true;
    if (status)
        link_fail(link, status);
    return !status;
}

static void count_unhandled(struct link *link, const struct pdu_header *header)
{
    size_t left = link->stream.end - link->stream.start;

    if (left || link->unhandled)
        __atomic_store_n(&link->unhandled, (LONG)(left / header->frag_length), __ATOMIC_RELAXED);
}

LONG link_unhandled(const struct link *link)
{
    return __atomic_load_n(&link->unhandled, __ATOMIC_RELAXED);
}

/* Handles what has arrived. False: the link has failed. */
static bool handle_received(struct link *link, DWORD error, DWORD bytes)
{
    enum pdu_result result;
    struct pdu_header header;
    uint8_t *fragment;

    if (error == ERROR_RETRY)
        return true;
    if (error || !bytes) {
        link_fail(link, error ? transport_map_io_error(error) : RPC_S_CALL_FAILED);
        return false;
    }
    if (link->body) {
        if (link_body_commit(link, bytes))
            return true;
        link_fail(link, RPC_S_PROTOCOL_ERROR);
        return false;
    }
    pdu_stream_commit(&link->stream, bytes);
    while ((result = pdu_stream_next(&link->stream, &header, &fragment)) == PDU_OK) {
        TRACE("link %p: PDU type %u, flags %02x, call %u, %u bytes", link, header.type, header.flags,
              (unsigned)header.call_id, header.frag_length);
        statistics_add(STATISTIC_PACKETS_IN, 1);
        count_unhandled(link, &header);
        if (!handle_fragment(link, &header, fragment))
            return false;
    }
    if (result == PDU_NEED_MORE) {
        link_body_begin(link);
        return true;
    }
    WARN("link %p: peer sent something that is no PDU (%d)", link, result);
    link_fail(link, RPC_S_PROTOCOL_ERROR);
    return false;
}

static void run_deferred(struct list *work)
{
    while (!list_is_empty(work)) {
        struct link_work *item = LIST_FIRST(work, struct link_work, entry);

        list_remove(&item->entry);
        item->run(item);
    }
}

static DWORD receive_more(struct link *link, struct pool_op *op, DWORD *bytes)
{
    size_t room;
    uint8_t *buffer = link_reserve(link, false, &room);

    if (!buffer)
        return ERROR_OUTOFMEMORY;
    return transport_recv(link->conn, buffer, (DWORD)room, op, bytes);
}

/* Is receiving paused? Then link_recv_resume() goes on with it; the role's reference is its own. */
static bool park(struct link *link)
{
    bool parked;

    AcquireSRWLockExclusive(&link->lock);
    parked = link->pauses > 0 && !link->closed;
    link->parked = parked;
    ReleaseSRWLockExclusive(&link->lock);
    return parked;
}

/* What a receive that ended at once has brought, handled on another worker. False: there is none. */
static bool hand_over(struct link *link, DWORD error, DWORD bytes)
{
    link->first_error = error;
    link->first_bytes = bytes;
    link->resume_op.done = recv_at_once;
    if (!pool_queue(&link->resume_op))
        return true;
    link->resume_op.done = recv_resume;
    return false;
}

/* Posts the next receive, then runs `work`. Where more has arrived meanwhile, receiving moves to
 * another worker, so that neither waits for the other. Owns a reference for the role. */
static void recv_loop(struct link *link, struct list *work)
{
    DWORD error, bytes = 0;

    for (;;) {
        if (park(link)) {
            run_deferred(work);
            return;
        }
        error = receive_more(link, &link->recv_op, &bytes);
        if (error == ERROR_IO_PENDING || (!list_is_empty(work) && hand_over(link, error, bytes))) {
            run_deferred(work);
            return;
        }
        if (!handle_received(link, error, bytes))
            break;
        list_splice(work, &link->deferred);
    }
    list_splice(work, &link->deferred);
    run_deferred(work);
    link_release(link);
}

static void recv_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct link *link = CONTAINER_OF(op, struct link, recv_op);
    bool alive = handle_received(link, error, bytes);
    struct list work;

    list_init(&work);
    list_splice(&work, &link->deferred);
    if (alive) {
        recv_loop(link, &work);
        return;
    }
    run_deferred(&work);
    link_release(link);
}

static void recv_resume(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct list work;

    list_init(&work);
    recv_loop(CONTAINER_OF(op, struct link, resume_op), &work);
}

static bool take_role(struct link *link, enum link_role role)
{
    bool taken;

    AcquireSRWLockExclusive(&link->lock);
    taken = link->role == LINK_ROLE_FREE;
    if (taken)
        link->role = role;
    ReleaseSRWLockExclusive(&link->lock);
    return taken;
}

static void recv_at_once(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct link *link = CONTAINER_OF(op, struct link, resume_op);

    op->done = recv_resume;
    recv_done(&link->recv_op, link->first_error, link->first_bytes);
}

bool link_recv_start(struct link *link)
{
    DWORD error, bytes = 0;

    if (!take_role(link, LINK_ROLE_POOL))
        return link->role == LINK_ROLE_POOL;
    link_addref(link);
    error = receive_more(link, &link->recv_op, &bytes);
    if (error != ERROR_IO_PENDING && !hand_over(link, error, bytes))
        recv_done(&link->recv_op, error, bytes);
    return true;
}

void link_recv_pause(struct link *link)
{
    AcquireSRWLockExclusive(&link->lock);
    link->pauses++;
    ReleaseSRWLockExclusive(&link->lock);
}

/* Goes on receiving, on a worker, if it was parked. */
static void unpark(struct link *link, bool parked)
{
    if (parked && pool_queue(&link->resume_op)) {
        link_fail(link, RPC_S_OUT_OF_RESOURCES);
        link_release(link);
    }
}

void link_recv_resume(struct link *link)
{
    bool parked;

    AcquireSRWLockExclusive(&link->lock);
    parked = --link->pauses <= 0 && link->parked;
    if (parked)
        link->parked = false;
    ReleaseSRWLockExclusive(&link->lock);
    unpark(link, parked);
}

bool link_recv_try_hold(struct link *link)
{
    return take_role(link, LINK_ROLE_HELD);
}

DWORD link_recv_once(struct link *link, DWORD timeout_ms, HANDLE cancel)
{
    DWORD error = ERROR_OUTOFMEMORY, bytes = 0;
    struct list work;
    size_t room;
    uint8_t *buffer = link_reserve(link, true, &room);

    if (buffer)
        error = transport_recv_wait(link->conn, buffer, (DWORD)room, timeout_ms, cancel, &bytes);
    if (error == ERROR_TIMEOUT || error == ERROR_CANCELLED)
        return error;
    if (!handle_received(link, error, bytes) && !error)
        error = ERROR_CONNECTION_ABORTED;
    list_init(&work);
    list_splice(&work, &link->deferred);
    run_deferred(&work);
    return error;
}

void link_recv_drop(struct link *link)
{
    pdu_stream_trim(&link->stream);
    AcquireSRWLockExclusive(&link->lock);
    link->role = LINK_ROLE_FREE;
    ReleaseSRWLockExclusive(&link->lock);
}

void link_defer(struct link *link, struct link_work *work)
{
    list_append(&link->deferred, &work->entry);
}

/* ---- the end ---- */

/* Takes out what no send has begun with; that another one is outstanding does not matter to it. */
static void take_unsent(struct link *link, struct list *unsent)
{
    LIST_FOR_EACH_SAFE(message, &link->queue, struct link_message, entry) {
        if (message->phase != LINK_QUEUED)
            continue;
        list_remove(&message->entry);
        append_with_follower(unsent, message, LINK_UNSENT);
    }
}

void link_fail(struct link *link, RPC_STATUS status)
{
    struct list unsent;
    bool first, parked = false;

    list_init(&unsent);
    AcquireSRWLockExclusive(&link->lock);
    first = !link->closed;
    if (first) {
        link->closed = true;
        link->close_status = status;
        parked = link->parked;
        link->parked = false;
        /* What a send has begun with, the transport still reads: batch_ended() finishes it. */
        take_unsent(link, &unsent);
        if (link->conn)
            transport_shutdown(link->conn);
    }
    ReleaseSRWLockExclusive(&link->lock);
    if (!first)
        return;
    TRACE("link %p: closed with %s", link, trace_status(status));
    finish_messages(&unsent, status);
    link->ops->closed(link, status);
    unpark(link, parked);
}

bool link_is_closed(struct link *link)
{
    bool closed;

    AcquireSRWLockShared(&link->lock);
    closed = link->closed;
    ReleaseSRWLockShared(&link->lock);
    return closed;
}
