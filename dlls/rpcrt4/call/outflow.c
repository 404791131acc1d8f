/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Leaving stub data: see outflow.h. */
#include "call/outflow.h"
#include "platform/memory.h"

#define UNIT 16u
#define LEAST_CAPACITY 4096u

static void part_sent(struct link_message *message, RPC_STATUS status);

void outflow_init(struct outflow *out, struct object *owner, void (*sent)(struct outflow *out))
{
    memset(out, 0, sizeof(*out));
    InitializeSRWLock(&out->lock);
    out->owner = owner;
    out->sent = sent;
}

void outflow_destroy(struct outflow *out)
{
    rpc_free(out->flight);
    rpc_free(out->pending);
    flow_waiter_free(&out->waiter);
}

/* All of these: with the lock held. */

static bool reserve(struct outflow *out, size_t length)
{
    size_t capacity = out->pending_capacity ? out->pending_capacity : LEAST_CAPACITY;
    uint8_t *grown;

    if (length > OUTFLOW_MOST - out->pending_length)
        return false;
    while (capacity < out->pending_length + length)
        capacity *= 2;
    if (capacity == out->pending_capacity)
        return true;
    grown = rpc_realloc(out->pending, capacity);
    if (!grown)
        return false;
    out->pending = grown;
    out->pending_capacity = capacity;
    return true;
}

static size_t sendable(const struct outflow *out)
{
    return out->ended ? out->pending_length : out->pending_length & ~(size_t)(UNIT - 1);
}

static void close_with(struct outflow *out, RPC_STATUS status)
{
    if (!out->closed) {
        out->closed = true;
        out->status = status;
    }
    out->pending_length = 0;
    flow_waiter_tell(&out->waiter);
}

/* What is pending becomes what is in flight, all but the octets that do not fill a unit. */
static bool swap_buffers(struct outflow *out, size_t length)
{
    uint8_t tail[UNIT], *flight = out->pending;
    size_t tail_length = out->pending_length - length, capacity = out->pending_capacity;

    memcpy(tail, flight + length, tail_length);
    out->pending = out->flight;
    out->pending_capacity = out->flight_capacity;
    out->flight = flight;
    out->flight_capacity = capacity;
    out->pending_length = 0;
    if (!reserve(out, tail_length))
        return false;
    memcpy(out->pending, tail, tail_length);
    out->pending_length = tail_length;
    return true;
}

/* Gives the link the next message, if it is time for one. True: link_pump() is due. */
static bool send_next(struct outflow *out)
{
    size_t length = sendable(out);

    if (!out->link || out->sending || out->closed || out->gone || (!length && !out->ended))
        return false;
    if (!reserve(out, 0) || !swap_buffers(out, length)) {
        close_with(out, RPC_S_OUT_OF_MEMORY);
        return false;
    }
    out->message.continues = out->started;
    out->message.more = !out->ended;
    out->message.data = out->flight;
    out->message.length = (uint32_t)length;
    out->message.done = part_sent;
    out->sending = true;
    object_addref(out->owner);
    if (!link_enqueue(out->link, &out->message, false)) {
        out->sending = false;
        close_with(out, RPC_S_CALL_FAILED);
        object_release(out->owner); /* not the last: the caller has one */
        return false;
    }
    out->started = true;
    out->gone = out->ended;
    return true;
}

static void part_sent(struct link_message *message, RPC_STATUS status)
{
    struct outflow *out = CONTAINER_OF(message, struct outflow, message);
    struct object *owner = out->owner;
    bool next, idle;

    AcquireSRWLockExclusive(&out->lock);
    out->sending = false;
    if (status)
        close_with(out, status);
    next = send_next(out);
    idle = !next && (!out->closed || !out->status);
    if (out->pending_length < OUTFLOW_LIMIT)
        flow_waiter_tell(&out->waiter);
    ReleaseSRWLockExclusive(&out->lock);
    if (next)
        link_pump(out->link);
    if (idle)
        out->sent(out);
    object_release(owner);
}

/* ---- from outside ---- */

void outflow_open(struct outflow *out, struct link *link, const struct link_message *pattern)
{
    AcquireSRWLockExclusive(&out->lock);
    out->link = link;
    out->message = *pattern;
    send_next(out);
    ReleaseSRWLockExclusive(&out->lock);
}

bool outflow_is_open(struct outflow *out)
{
    bool open;

    AcquireSRWLockShared(&out->lock);
    open = out->link != NULL;
    ReleaseSRWLockShared(&out->lock);
    return open;
}

RPC_STATUS outflow_write(struct outflow *out, const void *data, size_t length, enum outflow_write how)
{
    RPC_STATUS status = RPC_S_OK;
    bool pump = false, idle = false;

    AcquireSRWLockExclusive(&out->lock);
    if (out->closed) {
        status = out->status;
        idle = how == OUTFLOW_PART && !status;
    } else if (!reserve(out, length)) {
        status = RPC_S_OUT_OF_MEMORY;
    } else {
        if (length)
            memcpy(out->pending + out->pending_length, data, length);
        out->pending_length += length;
        out->ended = how == OUTFLOW_LAST;
        pump = how != OUTFLOW_CORKED && send_next(out);
        idle = how == OUTFLOW_PART && out->link && !out->sending && !out->closed;
        if (out->closed)
            status = out->status;
    }
    ReleaseSRWLockExclusive(&out->lock);
    if (pump)
        link_pump(out->link);
    if (idle)
        out->sent(out);
    return status;
}

size_t outflow_room(struct outflow *out)
{
    size_t room;

    AcquireSRWLockShared(&out->lock);
    room = out->pending_length < OUTFLOW_LIMIT ? OUTFLOW_LIMIT - out->pending_length : 0;
    ReleaseSRWLockShared(&out->lock);
    return room;
}

DWORD outflow_wait(struct outflow *out, HANDLE cancel)
{
    DWORD error = ERROR_SUCCESS;
    bool pump, waits;

    AcquireSRWLockExclusive(&out->lock);
    pump = send_next(out); /* what was corked */
    waits = !out->closed && out->pending_length >= OUTFLOW_LIMIT;
    if (waits)
        error = flow_waiter_begin(&out->waiter);
    ReleaseSRWLockExclusive(&out->lock);
    if (pump)
        link_pump(out->link);
    return waits && !error ? flow_waiter_wait(&out->waiter, cancel) : error;
}

void outflow_close(struct outflow *out, RPC_STATUS status)
{
    AcquireSRWLockExclusive(&out->lock);
    close_with(out, status);
    ReleaseSRWLockExclusive(&out->lock);
}

enum link_stop outflow_stop(struct outflow *out, RPC_STATUS status)
{
    enum link_stop stop;
    bool unsent = false;

    AcquireSRWLockExclusive(&out->lock);
    close_with(out, status);
    stop = out->sending ? link_stop(out->link, &out->message) : LINK_STOP_SENT;
    if (stop == LINK_STOP_UNSENT) {
        unsent = true; /* and `done` is not called */
        out->sending = false;
        if (out->message.continues)
            stop = LINK_STOP_PARTIAL;
    } else if (stop == LINK_STOP_SENT && !out->gone) {
        stop = out->started ? LINK_STOP_PARTIAL : LINK_STOP_UNSENT;
    }
    ReleaseSRWLockExclusive(&out->lock);
    if (unsent)
        object_release(out->owner);
    return stop;
}

bool outflow_is_gone(struct outflow *out)
{
    bool gone;

    AcquireSRWLockShared(&out->lock);
    gone = out->gone;
    ReleaseSRWLockShared(&out->lock);
    return gone;
}

bool outflow_has_started(struct outflow *out)
{
    bool started;

    AcquireSRWLockShared(&out->lock);
    started = out->started;
    ReleaseSRWLockShared(&out->lock);
    return started;
}
