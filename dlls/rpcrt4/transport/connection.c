/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections: what is the same for sockets and pipes.
 *
 * The OVERLAPPED that the system writes to is the connection's own, and each outstanding operation
 * holds a reference on the connection, so that it outlives the operation. The last reference closes
 * the handle: then nothing is outstanding any more.
 *
 * A wait on the calling thread (transport_recv_wait) is an overlapped receive that signals an event
 * instead of queueing a packet. Under Wine that costs exactly as many requests to the wineserver as
 * a blocking recv(), and unlike that it can time out and be cancelled. */
#include "transport/shared.h"

#include <winternl.h>

static const struct conn_io system_io;

void conn_init(struct transport_conn *conn, const struct conn_ops *ops, HANDLE handle,
               struct transport_listener *listener)
{
    conn->ops = ops;
    conn->io = ops->announce ? &ready_io : &system_io;
    conn->handle = handle;
    conn->refs = 1;
    conn->listener = listener;
    if (listener)
        listener_addref(listener);
}

void transport_addref(struct transport_conn *conn)
{
    InterlockedIncrement(&conn->refs);
}

bool transport_try_addref(struct transport_conn *conn)
{
    LONG refs = __atomic_load_n(&conn->refs, __ATOMIC_RELAXED);

    while (refs && !__atomic_compare_exchange_n(&conn->refs, &refs, refs + 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        ;
    return refs;
}

void transport_release(struct transport_conn *conn)
{
    struct transport_listener *listener = conn->listener;
    LONG refs = __atomic_load_n(&conn->refs, __ATOMIC_RELAXED);

    do {
        if (refs == 2 && conn->shared && conn->shared->watching)
            transport_shutdown(conn); /* what is left is the wait for the pipe's end, which has to go, too */
    } while (!__atomic_compare_exchange_n(&conn->refs, &refs, refs - 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    if (refs > 1)
        return;
    if (conn->wait_event)
        CloseHandle(conn->wait_event);
    ready_end(conn);
    shared_free(conn->shared);
    shared_free(conn->offered);
    conn->ops->destroy(conn);
    if (listener)
        listener_release(listener);
}

void transport_shutdown(struct transport_conn *conn)
{
    if (InterlockedExchange(&conn->closed, true))
        return;
    CancelIoEx(conn->handle, NULL); /* which ends what is outstanding in shared memory, too */
    if (conn->ops->shutdown)
        conn->ops->shutdown(conn);
    ready_wake(conn);
}

/* After an operation has been started: transport_shutdown() may have come before it. (The operation
 * may have ended and the next one have been started meanwhile; then that is cancelled, which is
 * right, too.) */
static void cancel_if_closed(struct transport_conn *conn, struct pool_op *op)
{
    if (conn_is_closed(conn))
        CancelIoEx(conn->handle, &op->overlapped);
}

/* ---- receiving ---- */

DWORD conn_recv_result(struct transport_conn *conn, DWORD error, DWORD *bytes)
{
    if (conn_is_closed(conn) && (error || !*bytes))
        return ERROR_OPERATION_ABORTED;
    switch (error) {
    case ERROR_BROKEN_PIPE:
    case ERROR_PIPE_NOT_CONNECTED:
    case ERROR_HANDLE_EOF:
        *bytes = 0;
        return ERROR_SUCCESS;
    default:
        return error;
    }
}

static void recv_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct transport_conn *conn = CONTAINER_OF(op, struct transport_conn, recv.op);
    struct pool_op *user = conn->recv.user;

    error = conn_recv_result(conn, error, &bytes);
    user->done(user, error, bytes);
    transport_release(conn);
}

DWORD conn_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes)
{
    DWORD error;

    memset(&conn->recv.op.overlapped, 0, sizeof(conn->recv.op.overlapped));
    conn->recv.op.done = recv_done;
    conn->recv.user = op;
    transport_addref(conn);
    error = conn->ops->recv(conn, buffer, size, &conn->recv.op.overlapped, bytes);
    if (error == ERROR_IO_PENDING) {
        cancel_if_closed(conn, &conn->recv.op);
        return error;
    }
    transport_release(conn);
    return conn_recv_result(conn, error, bytes);
}

DWORD overlapped_wait(HANDLE handle, OVERLAPPED *overlapped, HANDLE event, DWORD timeout_ms,
                      HANDLE cancel, DWORD *bytes)
{
    HANDLE handles[] = {event, cancel};
    DWORD wait, wait_error = ERROR_CANCELLED, error;

    wait = WaitForMultipleObjects(cancel ? 2 : 1, handles, FALSE, timeout_ms);
    if (wait == WAIT_TIMEOUT)
        wait_error = ERROR_TIMEOUT;
    else if (wait == WAIT_FAILED)
        wait_error = GetLastError();
    if (wait != WAIT_OBJECT_0) {
        CancelIoEx(handle, overlapped);
        WaitForSingleObject(event, INFINITE);
    }
    *bytes = (DWORD)overlapped->InternalHigh;
    error = RtlNtStatusToDosError((NTSTATUS)overlapped->Internal);
    return wait != WAIT_OBJECT_0 && error == ERROR_OPERATION_ABORTED ? wait_error : error;
}

static DWORD conn_recv_wait(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                            DWORD *bytes)
{
    struct pool_op
        op; /* only its OVERLAPPED is used: the operation has ended when this function returns */
    DWORD error;

    if (!conn->wait_event && !(conn->wait_event = CreateEventW(NULL, TRUE, FALSE, NULL)))
        return GetLastError();
    memset(&op, 0, sizeof(op));
    op.overlapped.hEvent = event_only(conn->wait_event);
    error = conn->ops->recv(conn, buffer, size, &op.overlapped, bytes);
    if (error == ERROR_IO_PENDING) {
        cancel_if_closed(conn, &op);
        pool_block_begin();
        error = overlapped_wait(conn->handle, &op.overlapped, conn->wait_event, timeout_ms, cancel,
                                bytes);
        pool_block_end();
    }
    return conn_recv_result(conn, error, bytes);
}

/* ---- sending ---- */

/* How much an operation that succeeded has sent. A message is sent as a whole; where the thread that had started
 * it was ending when it ended, Wine 8 has lost how much it was, and reports 0. */
static size_t sent_by(const struct transport_conn *conn, DWORD bytes)
{
    return conn->ops->message_mode ? conn->send.total - conn->send.sent : bytes;
}

/* Sends what is left, as one or more operations of the system. overlapped NULL: as long as none has to wait. */
static DWORD send_parts(struct transport_conn *conn, OVERLAPPED *overlapped)
{
    DWORD error, bytes;

    while (conn->send.sent < conn->send.total) {
        if (conn_is_closed(conn))
            return ERROR_OPERATION_ABORTED;
        if (overlapped)
            memset(overlapped, 0, sizeof(*overlapped));
        bytes = 0;
        error = conn->ops->send(conn, conn->send.bufs, conn->send.count, conn->send.sent, overlapped, &bytes);
        if (error)
            return error;
        if (!sent_by(conn, bytes))
            return ERROR_WRITE_FAULT;
        conn->send.sent += sent_by(conn, bytes);
    }
    return ERROR_SUCCESS;
}

static DWORD send_rest(struct transport_conn *conn)
{
    DWORD error = send_parts(conn, &conn->send.op.overlapped);

    if (error == ERROR_IO_PENDING)
        cancel_if_closed(conn, &conn->send.op);
    return error;
}

static DWORD send_result(struct transport_conn *conn, DWORD error)
{
    return error && conn_is_closed(conn) ? ERROR_OPERATION_ABORTED : error;
}

/* The operation has ended; its reference goes. */
static void send_end(struct transport_conn *conn, DWORD error)
{
    struct pool_op *user = conn->send.user;

    error = send_result(conn, error);
    user->done(user, error, error ? 0 : (DWORD)conn->send.total);
    transport_release(conn);
}

static void send_go_on(struct transport_conn *conn)
{
    DWORD error;

    transport_addref(conn); /* the operation's own may go as soon as the next part is outstanding */
    error = send_rest(conn);
    if (error != ERROR_IO_PENDING)
        send_end(conn, error);
    transport_release(conn);
}

static void send_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct transport_conn *conn = CONTAINER_OF(op, struct transport_conn, send.op);

    if (!error && !sent_by(conn, bytes))
        error = ERROR_WRITE_FAULT;
    if (!error)
        conn->send.sent += sent_by(conn, bytes);
    if (!error && conn->send.sent < conn->send.total)
        send_go_on(conn);
    else
        send_end(conn, error);
}

static void send_later(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct transport_conn *conn = CONTAINER_OF(op, struct transport_conn, send.op);

    conn->send.op.done = send_done;
    send_go_on(conn);
}

/* Wine 8 has a send that has to wait done by the thread that began it, and where that ends meanwhile, forgets how
 * much has been sent: so a thread of the program's, which may end at any time, sends what can be sent without
 * waiting, and a worker the rest. */
static DWORD send_at_once(struct transport_conn *conn)
{
    DWORD error = send_parts(conn, NULL);

    if (error != ERROR_IO_PENDING)
        return error;
    conn->send.op.done = send_later;
    error = pool_queue(&conn->send.op);
    return error ? error : ERROR_IO_PENDING;
}

DWORD conn_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, size_t total,
                struct pool_op *op, DWORD *bytes)
{
    DWORD error;

    conn->send.op.done = send_done;
    conn->send.user = op;
    conn->send.bufs = bufs;
    conn->send.count = count;
    conn->send.total = total;
    conn->send.sent = 0;
    transport_addref(conn);
    error = conn->ops->message_mode || pool_is_worker() ? send_rest(conn) : send_at_once(conn);
    if (error == ERROR_IO_PENDING)
        return error;
    *bytes = error ? 0 : (DWORD)total;
    error = send_result(conn, error);
    transport_release(conn);
    return error;
}

static bool conn_is_dead(struct transport_conn *conn)
{
    return conn->ops->is_dead(conn);
}

static const struct conn_io system_io = {
    .recv = conn_recv, .recv_wait = conn_recv_wait, .send = conn_send, .is_dead = conn_is_dead
};

/* ---- transport.h ---- */

DWORD transport_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes)
{
    if (conn_is_closed(conn))
        return ERROR_OPERATION_ABORTED;
    return size ? conn->io->recv(conn, buffer, size, op, bytes) : ERROR_INVALID_PARAMETER;
}

/* It makes large messages come in few pieces, where there are few such connections: those of threads that wait,
 * and those that have one of the pool's events. */
#define ROOM_MUCH (256u << 10)

size_t transport_recv_room(struct transport_conn *conn, bool waiting)
{
    return conn->io == &ready_io && (waiting || conn->ready.event) ? ROOM_MUCH : TRANSPORT_ROOM_LITTLE;
}

DWORD transport_recv_wait(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                          DWORD *bytes)
{
    if (conn_is_closed(conn))
        return ERROR_OPERATION_ABORTED;
    return size ? conn->io->recv_wait(conn, buffer, size, timeout_ms, cancel, bytes) : ERROR_INVALID_PARAMETER;
}

DWORD transport_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count,
                     struct pool_op *op, DWORD *bytes)
{
    size_t total = 0;

    if (conn_is_closed(conn))
        return ERROR_OPERATION_ABORTED;
    for (unsigned i = 0; i < count; i++) {
        if (bufs[i].length > MAXDWORD - total)
            return ERROR_INVALID_PARAMETER;
        total += bufs[i].length;
    }
    return conn->io->send(conn, bufs, count, total, op, bytes);
}

bool transport_is_dead(struct transport_conn *conn)
{
    return conn_is_closed(conn) || conn->io->is_dead(conn);
}

bool transport_is_message_mode(struct transport_conn *conn)
{
    return conn->ops->message_mode && !conn->io->is_stream;
}

bool transport_sends_dearly(struct transport_conn *conn)
{
    return !conn->shared && !conn->ops->message_mode;
}

bool transport_must_wake(struct transport_conn *conn)
{
    return conn->shared && shared_peer_sleeps(conn->shared);
}

DWORD transport_impersonate(struct transport_conn *conn)
{
    return conn->ops->impersonate ? conn->ops->impersonate(conn) : ERROR_CANNOT_IMPERSONATE;
}

DWORD transport_client_pid(struct transport_conn *conn, ULONG *pid)
{
    return conn->ops->client_pid ? conn->ops->client_pid(conn, pid) : ERROR_NOT_SUPPORTED;
}

bool transport_peer_address(struct transport_conn *conn, WCHAR *buffer, size_t chars)
{
    return conn->ops->peer_address(conn, buffer, chars);
}

const char *transport_local_endpoint(struct transport_conn *conn)
{
    return conn->listener ? conn->listener->ascii_endpoint : "";
}

void transport_set_keepalive(struct transport_conn *conn, bool on, DWORD interval_ms)
{
    if (conn->ops->set_keepalive)
        conn->ops->set_keepalive(conn, on, interval_ms);
}
