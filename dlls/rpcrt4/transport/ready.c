/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiving where the system announces by an event that something has come: whoever waits, waits for
 * the event, and receives then, without waiting. An overlapped receive that has to wait takes twice
 * as many requests to the wineserver: Wine has it done by the thread that began it, which is
 * interrupted for that, and then reports its end to somebody else.
 *
 * A thread that receives for itself waits for the connection's own event, a worker for one of the
 * pool's (pool_event.h), as long as that lends one.
 *
 * Wine 8 does not announce an end by a reset (RST) that had come before the last data were received.
 * It does announce all that comes after a receive that brought nothing. So there is one such receive
 * for each wait that takes longer. */
#include "transport/internal.h"
#include "transport/pool_event.h"

#define UNSURE_MS 250 /* a wait longer than that is interrupted */

static DWORD receive_now(struct transport_conn *conn, void *buffer, DWORD size, DWORD *bytes)
{
    DWORD error = conn->ops->recv_now(conn, buffer, size, bytes);

    conn->ready.sure = error == ERROR_IO_PENDING;
    conn->ready.more = !conn->ready.sure && (error || *bytes == size || !*bytes);
    return error;
}

static DWORD announce(struct transport_conn *conn, HANDLE event)
{
    DWORD error = conn->ops->announce(conn, event);

    if (!error)
        __atomic_store_n(&conn->ready.announced, event, __ATOMIC_SEQ_CST);
    return error;
}

void ready_wake(struct transport_conn *conn)
{
    HANDLE event = __atomic_load_n(&conn->ready.announced, __ATOMIC_SEQ_CST);

    if (event)
        SetEvent(event);
}

void ready_end(struct transport_conn *conn)
{
    if (conn->ready.event)
        pool_event_give(conn->ready.event);
}

/* ---- on the calling thread ---- */

/* Has the connection's own event set. */
static DWORD announce_to_own(struct transport_conn *conn)
{
    if (!conn->wait_event && !(conn->wait_event = CreateEventW(NULL, FALSE, FALSE, NULL)))
        return GetLastError();
    return conn->ready.announced == conn->wait_event ? ERROR_SUCCESS : announce(conn, conn->wait_event);
}

/* ERROR_SUCCESS: it is worth receiving. */
static DWORD wait_own(struct transport_conn *conn, DWORD timeout_ms, HANDLE cancel)
{
    HANDLE handles[] = {conn->wait_event, cancel};
    DWORD limit = conn->ready.sure ? INFINITE : UNSURE_MS;

    switch (WaitForMultipleObjects(cancel ? 2 : 1, handles, FALSE, min(timeout_ms, limit))) {
    case WAIT_OBJECT_0:
        return ERROR_SUCCESS;
    case WAIT_OBJECT_0 + 1:
        return ERROR_CANCELLED;
    case WAIT_TIMEOUT:
        return timeout_ms <= limit && timeout_ms != INFINITE ? ERROR_TIMEOUT : ERROR_SUCCESS;
    default:
        return GetLastError();
    }
}

static DWORD ready_recv_wait(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                             DWORD *bytes)
{
    uint64_t deadline = deadline_after(timeout_ms);
    DWORD error = announce_to_own(conn);

    if (error)
        return error;
    error = conn->ready.more ? receive_now(conn, buffer, size, bytes) : ERROR_IO_PENDING;
    pool_block_begin();
    while (error == ERROR_IO_PENDING && !conn_is_closed(conn)) {
        error = wait_own(conn, timeout_ms == INFINITE ? INFINITE : deadline_left(deadline), cancel);
        if (!error)
            error = receive_now(conn, buffer, size, bytes);
    }
    pool_block_end();
    return conn_recv_result(conn, error, bytes);
}

/* Nobody receives. (The event would tell, too, but not at once: an end that came close behind the last
 * data is announced a moment later.) */
static bool ready_is_dead(struct transport_conn *conn)
{
    return announce_to_own(conn) || conn->ops->is_dead(conn);
}

/* ---- by the pool ---- */

static void ready_done(struct pool_op *op, DWORD error, DWORD bytes);

/* Has one of the pool's events set. False: there is none. */
static bool announce_to_pool(struct transport_conn *conn)
{
    if (conn->ready.event)
        return true;
    conn->recv.op.done = ready_done;
    conn->ready.event = pool_event_take(&conn->recv.op);
    if (!conn->ready.event)
        return false;
    if (!announce(conn, pool_event_handle(conn->ready.event)))
        return true;
    pool_event_give(conn->ready.event);
    conn->ready.event = NULL;
    return false;
}

/* Waits for the event, with a reference, or receives what has come meanwhile. */
static DWORD wait_or_receive(struct transport_conn *conn, DWORD *bytes)
{
    DWORD error = conn->ready.more ? receive_now(conn, conn->ready.buffer, conn->ready.size, bytes) : ERROR_IO_PENDING;

    transport_addref(conn); /* that of the operation may go as soon as it has been armed */
    while (error == ERROR_IO_PENDING && !pool_event_arm(conn->ready.event, conn->ready.sure))
        error = receive_now(conn, conn->ready.buffer, conn->ready.size, bytes);
    if (error == ERROR_IO_PENDING && conn_is_closed(conn))
        ready_wake(conn);
    transport_release(conn);
    return error;
}

/* Somebody else has the event now. */
static DWORD event_lost(struct transport_conn *conn)
{
    conn->ready.event = NULL;
    announce(conn, NULL);
    return ERROR_RETRY;
}

static DWORD event_set(struct transport_conn *conn, DWORD *bytes)
{
    DWORD error = conn_is_closed(conn) ? ERROR_OPERATION_ABORTED
                                       : receive_now(conn, conn->ready.buffer, conn->ready.size, bytes);

    return error == ERROR_IO_PENDING ? wait_or_receive(conn, bytes) : error;
}

static void ready_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct transport_conn *conn = CONTAINER_OF(op, struct transport_conn, recv.op);
    struct pool_op *user = conn->recv.user;

    error = bytes == POOL_EVENT_LOST ? event_lost(conn) : event_set(conn, &bytes);
    if (error == ERROR_IO_PENDING)
        return;
    error = conn_recv_result(conn, error, &bytes);
    user->done(user, error, bytes);
    transport_release(conn);
}

static DWORD ready_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes)
{
    DWORD error;

    if (!announce_to_pool(conn))
        return conn_recv(conn, buffer, size, op, bytes);
    conn->recv.user = op;
    conn->ready.buffer = buffer;
    conn->ready.size = size;
    transport_addref(conn);
    error = wait_or_receive(conn, bytes);
    if (error == ERROR_IO_PENDING)
        return error;
    transport_release(conn);
    return conn_recv_result(conn, error, bytes);
}

/* ---- otherwise ---- */

const struct conn_io ready_io = {
    .recv = ready_recv, .recv_wait = ready_recv_wait, .send = conn_send, .is_dead = ready_is_dead
};
