/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations on shared-memory connections: see shared.h. Setting one up is in shared_setup.c. */
#include "transport/shared.h"
#include "transport/poll.h"
#include "transport/spin_wait.h"
#include "transport/turn.h"

/* For so long after it was heard a peer is taken to be there; to ask the system costs a request. */
#define ALIVE_MS 10

/* All receives that wait for themselves in this process: what pays depends on the machine. Those that wait for
 * a peer that had to be woken have an account of their own, since it takes longer, and so have those in the middle
 * of a message, with all others: nobody has to think meanwhile. */
static struct spin own_spin, woken_spin = {.is_patient = true};
struct spin shared_flow_spin = {.credit = SPIN_CREDIT_MAX, .is_patient = true};

static bool is_over(const struct shared *shared)
{
    return __atomic_load_n(&shared->conn->closed, __ATOMIC_ACQUIRE) ||
           __atomic_load_n(&shared->peer_gone, __ATOMIC_ACQUIRE);
}

static void ring_peer(struct shared *shared, enum ring_rest rest)
{
    if (rest == RING_SLEEPS_ALONE)
        SetEvent(shared->peer_event);
    else if (rest == RING_SLEEPS_COMMONLY)
        SetEvent(shared->peer_doorbell);
}

/* After octets have been put into the outgoing ring. */
static void wake_reader(struct shared *shared)
{
    enum ring_rest rest = ring_wake(&shared->out);

    if (rest == RING_AWAKE)
        return;
    __atomic_store_n(&shared->has_rung, true, __ATOMIC_RELAXED);
    ring_peer(shared, rest);
}

/* After octets have been taken out of the incoming one. */
static void wake_writer(struct shared *shared)
{
    ring_peer(shared, ring_wake(&shared->in));
}

/* ---- parts of operations; called with the lock held ---- */

/* ERROR_IO_PENDING: nothing is there, and more may come. */
static DWORD read_some(struct shared *shared, void *buffer, DWORD size, DWORD *bytes)
{
    bool over = is_over(shared); /* before looking: what was written before the end is still read */

    *bytes = ring_read(&shared->in, buffer, size);
    if (*bytes) {
        shared->last_heard = GetTickCount64();
        return ERROR_SUCCESS;
    }
    if (shared->conn->closed)
        return ERROR_OPERATION_ABORTED;
    if (shared->in.broken)
        return ERROR_INVALID_DATA;
    return over ? ERROR_SUCCESS : ERROR_IO_PENDING;
}

/* Goes on with the send, by `most` octets; ERROR_IO_PENDING: there is more to do than that, or than
 * room for it. */
static DWORD write_some(struct shared *shared, size_t most)
{
    uint32_t written;

    while (shared->send.index < shared->send.count) {
        const struct transport_buf *buf = &shared->send.bufs[shared->send.index];
        size_t left = buf->length - shared->send.offset;

        if (is_over(shared))
            return shared->conn->closed ? ERROR_OPERATION_ABORTED : ERROR_BROKEN_PIPE;
        written = ring_write(&shared->out, (const char *)buf->data + shared->send.offset, min(left, most));
        shared->send.offset += written;
        most -= written;
        if (shared->out.broken)
            return ERROR_INVALID_DATA;
        if (shared->send.offset < buf->length)
            return ERROR_IO_PENDING;
        shared->send.index++;
        shared->send.offset = 0;
    }
    return ERROR_SUCCESS;
}

static bool shared_is_dead(struct transport_conn *conn)
{
    if (is_over(conn->shared))
        return true;
    return GetTickCount64() - conn->shared->last_heard > ALIVE_MS && conn->ops->is_dead(conn);
}

/* ---- receiving ---- */

static bool advance(struct shared *shared);

static DWORD try_recv(struct shared *shared, void *buffer, DWORD size, DWORD *bytes)
{
    DWORD error;

    AcquireSRWLockExclusive(&shared->lock);
    error = read_some(shared, buffer, size, bytes);
    ReleaseSRWLockExclusive(&shared->lock);
    if (*bytes)
        wake_writer(shared);
    return error;
}

/* The receive has become outstanding, and nobody looks at the connection. Something may have come
 * meanwhile: unless a poller has it, it is ours. */
static DWORD rest_recv(struct shared *shared, uint32_t serial, DWORD *bytes)
{
    DWORD error = ERROR_IO_PENDING;

    if (!poll_rest(shared))
        return ERROR_IO_PENDING;
    AcquireSRWLockExclusive(&shared->lock);
    if (shared->recv.op && shared->recv.serial == serial &&
        (error = read_some(shared, shared->recv.buffer, shared->recv.size, bytes)) != ERROR_IO_PENDING)
        shared->recv.op = NULL;
    ReleaseSRWLockExclusive(&shared->lock);
    if (error == ERROR_IO_PENDING)
        return error;
    if (*bytes)
        wake_writer(shared);
    transport_release(shared->conn);
    return error;
}

static DWORD shared_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes)
{
    struct shared *shared = conn->shared;
    bool looked_at = false;
    uint32_t serial;
    DWORD error;

    AcquireSRWLockExclusive(&shared->lock);
    error = read_some(shared, buffer, size, bytes);
    serial = ++shared->recv.serial;
    if (error == ERROR_IO_PENDING) {
        transport_addref(conn);
        shared->recv.op = op;
        shared->recv.buffer = buffer;
        shared->recv.size = size;
        looked_at = shared->looked_at;
        if (looked_at)
            ring_sleep(&shared->in, RING_AWAKE);
    }
    ReleaseSRWLockExclusive(&shared->lock);
    if (*bytes)
        wake_writer(shared);
    return error != ERROR_IO_PENDING || looked_at ? error : rest_recv(shared, serial, bytes);
}

static void rest_alone(struct shared *shared, enum ring_rest rest)
{
    AcquireSRWLockExclusive(&shared->lock);
    ring_sleep(&shared->in, rest);
    if (shared->send.op)
        ring_sleep(&shared->out, rest);
    ReleaseSRWLockExclusive(&shared->lock);
}

/* Has the peer been woken since this end last waited for itself? Whoever sends meanwhile may set the mark anew: it
 * is no more than a guess of how long the answer takes. */
static bool take_has_rung(struct shared *shared)
{
    bool rung = __atomic_load_n(&shared->has_rung, __ATOMIC_RELAXED);

    if (rung)
        __atomic_store_n(&shared->has_rung, false, __ATOMIC_RELAXED);
    return rung;
}

/* Looks for a while. ERROR_IO_PENDING: in vain. */
static DWORD look_for_data(struct shared *shared, void *buffer, DWORD size, DWORD *bytes)
{
    DWORD error = try_recv(shared, buffer, size, bytes);
    bool flowing = shared_is_flowing(shared);
    struct spin *spin = flowing ? &shared_flow_spin : &own_spin;
    struct spin_wait wait;

    if (take_has_rung(shared) && !flowing)
        spin = &woken_spin;
    if (error != ERROR_IO_PENDING)
        return error;
    rest_alone(shared, RING_AWAKE);
    spin_wait_begin(&wait, spin, turn_is_wanted());
    if (!wait.look)
        return error;
    if (!flowing && !shared->send.op)
        turn_begin();
    do {
        if (shared->send.op)
            advance(shared);
        if (ring_available(&shared->in) || shared->in.broken || is_over(shared))
            error = try_recv(shared, buffer, size, bytes);
    } while (error == ERROR_IO_PENDING && spin_wait_more(&wait));
    turn_end(error != ERROR_IO_PENDING, !wait.end);
    spin_end(&wait, error != ERROR_IO_PENDING);
    return error;
}

/* Sleeps until something arrives. */
static DWORD sleep_for_data(struct shared *shared, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                            DWORD *bytes)
{
    HANDLE handles[] = {shared->own_event, cancel};
    uint64_t deadline = timeout_ms == INFINITE ? 0 : deadline_after(timeout_ms);
    DWORD error, wait = WAIT_OBJECT_0;

    for (;;) {
        rest_alone(shared, RING_SLEEPS_ALONE);
        if (shared->send.op && advance(shared))
            rest_alone(shared, RING_SLEEPS_ALONE);
        error = try_recv(shared, buffer, size, bytes);
        if (error != ERROR_IO_PENDING)
            return error;
        if (wait != WAIT_OBJECT_0)
            return wait == WAIT_TIMEOUT ? ERROR_TIMEOUT : wait == WAIT_OBJECT_0 + 1 ? ERROR_CANCELLED : GetLastError();
        wait = WaitForMultipleObjects(cancel ? 2 : 1, handles, FALSE,
                                      timeout_ms == INFINITE ? INFINITE : deadline_left(deadline));
    }
}

static DWORD shared_recv_wait(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                              DWORD *bytes)
{
    struct shared *shared = conn->shared;
    DWORD error = look_for_data(shared, buffer, size, bytes);

    if (error == ERROR_IO_PENDING) {
        pool_block_begin();
        turn_sleep_begin();
        error = sleep_for_data(shared, buffer, size, timeout_ms, cancel, bytes);
        turn_sleep_end();
        pool_block_end();
    }
    /* This thread has looked after the outstanding send, too; it does no more. */
    if (shared->send.op && poll_rest(shared))
        shared_progress(shared);
    return error;
}

/* ---- sending ---- */

static void begin_send(struct shared *shared, const struct transport_buf *bufs, unsigned count, size_t total)
{
    shared->send.serial++;
    shared->send.bufs = bufs;
    shared->send.count = count;
    shared->send.index = 0;
    shared->send.offset = 0;
    shared->send.total = (DWORD)total;
    if (total > RING_PIECE)
        ring_promise(&shared->out, (uint32_t)total);
}

/* The send has become outstanding, and nobody looks at the connection. There may be room meanwhile:
 * unless a poller has the send, it is ours. */
static DWORD rest_send(struct shared *shared, uint32_t serial)
{
    DWORD error = ERROR_IO_PENDING;
    uint32_t before;

    while (error == ERROR_IO_PENDING && poll_rest(shared)) {
        AcquireSRWLockExclusive(&shared->lock);
        if (!shared->send.op || shared->send.serial != serial) {
            ReleaseSRWLockExclusive(&shared->lock);
            return error;
        }
        before = shared->out.position;
        error = write_some(shared, SIZE_MAX);
        if (error != ERROR_IO_PENDING)
            shared->send.op = NULL;
        before = shared->out.position - before;
        ReleaseSRWLockExclusive(&shared->lock);
        if (!before)
            break; /* it was the receive that a poller has something for */
        wake_reader(shared);
    }
    if (error != ERROR_IO_PENDING)
        transport_release(shared->conn);
    return error;
}

/* The send is not yet outstanding: nobody else goes on with it. */
static DWORD write_on(struct shared *shared, size_t most)
{
    uint32_t before = shared->out.position;
    DWORD error;

    AcquireSRWLockExclusive(&shared->lock);
    error = write_some(shared, most);
    ReleaseSRWLockExclusive(&shared->lock);
    if (shared->out.position != before)
        wake_reader(shared);
    return error;
}

/* The ring is full. A reader that is awake makes room before it could be told to ring. */
static DWORD look_for_room(struct shared *shared)
{
    DWORD error = ERROR_IO_PENDING;
    struct spin_wait wait;

    spin_wait_begin(&wait, &shared_flow_spin, false);
    while (error == ERROR_IO_PENDING && spin_wait_more(&wait)) {
        if (ring_available(&shared->out) || shared->out.broken || is_over(shared))
            error = write_on(shared, SIZE_MAX);
    }
    spin_end(&wait, error != ERROR_IO_PENDING);
    return error;
}

static DWORD shared_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, size_t total,
                         struct pool_op *op, DWORD *bytes)
{
    struct shared *shared = conn->shared;
    bool looked_at = false;
    uint32_t serial;
    DWORD error;

    AcquireSRWLockExclusive(&shared->lock);
    begin_send(shared, bufs, count, total);
    serial = shared->send.serial;
    looked_at = shared->looked_at;
    ReleaseSRWLockExclusive(&shared->lock);
    /* A reader that has to be woken wakes up while the rest is copied, if it then waits for that awake. */
    error = write_on(shared, spin_pays(&shared_flow_spin) ? RING_PIECE : SIZE_MAX);
    if (error == ERROR_IO_PENDING)
        error = write_on(shared, SIZE_MAX);
    if (error == ERROR_IO_PENDING && !looked_at)
        error = look_for_room(shared);
    if (error == ERROR_IO_PENDING) {
        AcquireSRWLockExclusive(&shared->lock);
        transport_addref(conn);
        shared->send.op = op;
        looked_at = shared->looked_at;
        if (looked_at)
            ring_sleep(&shared->out, RING_AWAKE);
        ReleaseSRWLockExclusive(&shared->lock);
    }
    if (error == ERROR_IO_PENDING && !looked_at)
        error = rest_send(shared, serial);
    *bytes = error ? 0 : (DWORD)total;
    return error;
}

/* The answer to the offer of shared memory still goes through the pipe, and nothing after it. */
static DWORD send_answer(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, size_t total,
                         struct pool_op *op, DWORD *bytes)
{
    conn->io = &shared_io;
    return conn_send(conn, bufs, count, total, op, bytes);
}

const struct conn_io shared_io = {
    .is_stream = true, .recv = shared_recv, .recv_wait = shared_recv_wait, .send = shared_send, .is_dead = shared_is_dead
};

const struct conn_io shared_answer_io = {
    .recv = shared_recv, .recv_wait = shared_recv_wait, .send = send_answer, .is_dead = shared_is_dead
};

bool shared_peer_sleeps(struct shared *shared)
{
    return __atomic_load_n(&shared->out.shared->reader_rest, __ATOMIC_RELAXED) != RING_AWAKE;
}

/* ---- for the pollers ---- */

bool shared_is_ready(struct shared *shared)
{
    if (!shared->recv.op && !shared->send.op)
        return false;
    return is_over(shared) ||
           (shared->recv.op && __atomic_load_n(&shared->in.shared->tail, __ATOMIC_RELAXED) != shared->in.position) ||
           (shared->send.op &&
            shared->out.position - __atomic_load_n(&shared->out.shared->head, __ATOMIC_RELAXED) < shared->out.size);
}

bool shared_is_flowing(const struct shared *shared)
{
    return shared->send.op || ring_is_promised(&shared->in);
}

/* Does what can be done now. True if an operation has ended. */
static bool advance(struct shared *shared)
{
    struct pool_op *recv = NULL, *send = NULL;
    DWORD recv_error = ERROR_SUCCESS, send_error = ERROR_SUCCESS, received = 0, sent = 0;
    uint32_t before;

    AcquireSRWLockExclusive(&shared->lock);
    if (shared->recv.op) {
        recv_error = read_some(shared, shared->recv.buffer, shared->recv.size, &received);
        if (recv_error != ERROR_IO_PENDING) {
            recv = shared->recv.op;
            shared->recv.op = NULL;
        }
    }
    before = shared->out.position;
    if (shared->send.op) {
        send_error = write_some(shared, SIZE_MAX);
        if (send_error != ERROR_IO_PENDING) {
            send = shared->send.op;
            shared->send.op = NULL;
            sent = send_error ? 0 : shared->send.total;
        }
    }
    before = shared->out.position - before;
    ReleaseSRWLockExclusive(&shared->lock);
    if (received)
        wake_writer(shared);
    if (before)
        wake_reader(shared);
    if (send) {
        send->done(send, send_error, sent);
        transport_release(shared->conn);
    }
    if (recv) {
        recv->done(recv, recv_error, received);
        transport_release(shared->conn);
    }
    return send || recv;
}

bool shared_was_rung(struct shared *shared)
{
    const uint32_t *reader = &shared->in.shared->reader_rest, *writer = &shared->out.shared->writer_rest;

    return shared_is_ready(shared) || (shared->recv.op && __atomic_load_n(reader, __ATOMIC_RELAXED) == RING_AWAKE) ||
           (shared->send.op && __atomic_load_n(writer, __ATOMIC_RELAXED) == RING_AWAKE);
}

/* A peer that has rung does not ring again until it is asked to anew: for what is left of a send, and
 * also where it rang so late that all had been done already. */
bool shared_progress(struct shared *shared)
{
    bool ended = false;

    do {
        ended = advance(shared) || ended;
    } while ((shared->recv.op || shared->send.op) && !*(volatile bool *)&shared->looked_at && poll_rest(shared));
    return ended;
}

bool shared_rest(struct shared *shared, bool looked_at)
{
    enum ring_rest rest = looked_at ? RING_AWAKE : RING_SLEEPS_COMMONLY;
    bool ready;

    AcquireSRWLockExclusive(&shared->lock);
    shared->looked_at = looked_at;
    if (shared->recv.op)
        ring_sleep(&shared->in, rest);
    if (shared->send.op)
        ring_sleep(&shared->out, rest);
    ready = shared_is_ready(shared);
    ReleaseSRWLockExclusive(&shared->lock);
    return ready;
}
