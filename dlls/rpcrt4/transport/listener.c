/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listeners: what is the same for sockets and pipes. A few accepts are outstanding at all times;
 * each goes round from `post` over accept_done() to `take` and the next `post`, and holds a
 * reference on the listener. When posting fails (too many handles, no memory), it is tried again
 * after a while: a listener lives until it is closed. */
#include "transport/internal.h"
#include "platform/memory.h"
#include "platform/trace.h"

#define RETRY_MS 100

/* On the stack of a thread that runs the listener's callback. */
struct callback {
    struct list entry;
    DWORD thread;
};

static WCHAR *copy_wide(const WCHAR *s)
{
    size_t size = (wcslen(s) + 1) * sizeof(*s);
    WCHAR *copy = rpc_alloc(size);

    return copy ? memcpy(copy, s, size) : NULL;
}

/* What is not ASCII becomes '?'. */
static char *copy_ascii(const WCHAR *s)
{
    size_t length = wcslen(s);
    char *copy = rpc_alloc(length + 1);

    for (size_t i = 0; copy && i <= length; i++)
        copy[i] = s[i] < 0x80 ? (char)s[i] : '?';
    return copy;
}

DWORD listener_init(struct transport_listener *listener, const struct listener_ops *ops,
                    const WCHAR *endpoint, const struct transport_listen_args *args)
{
    listener->ops = ops;
    listener->refs = 1;
    InitializeSRWLock(&listener->lock);
    InitializeConditionVariable(&listener->callback_ended);
    list_init(&listener->callbacks);
    listener->callback = args->accept;
    listener->arg = args->arg;
    listener->endpoint = copy_wide(endpoint);
    listener->ascii_endpoint = copy_ascii(endpoint);
    if (listener->endpoint && listener->ascii_endpoint)
        return ERROR_SUCCESS;
    rpc_free(listener->endpoint);
    rpc_free(listener->ascii_endpoint);
    return ERROR_NOT_ENOUGH_MEMORY;
}

void listener_addref(struct transport_listener *listener)
{
    InterlockedIncrement(&listener->refs);
}

void listener_release(struct transport_listener *listener)
{
    if (InterlockedDecrement(&listener->refs))
        return;
    rpc_free(listener->endpoint);
    rpc_free(listener->ascii_endpoint);
    listener->ops->destroy(listener);
}

/* ---- accepting ---- */

/* Called with the lock held. False: the accept has come to its end. */
static bool accept_post(struct accept *accept)
{
    struct transport_listener *listener = accept->listener;
    DWORD error;

    if (listener->closing)
        return false;
    error = listener->ops->post(accept);
    if (error == ERROR_SUCCESS)
        error = pool_queue(&accept->op); /* not from here: the caller may be no worker */
    if (error == ERROR_SUCCESS || error == ERROR_IO_PENDING)
        return true;
    WARN("%s: error %lu, trying again", trace_wide(listener->endpoint), error);
    return pool_timer_set(&accept->retry, RETRY_MS) == ERROR_SUCCESS;
}

static void accept_again(struct accept *accept)
{
    struct transport_listener *listener = accept->listener;
    bool goes_on;

    AcquireSRWLockExclusive(&listener->lock);
    goes_on = accept_post(accept);
    ReleaseSRWLockExclusive(&listener->lock);
    if (!goes_on)
        listener_release(listener);
}

static void deliver(struct transport_listener *listener, struct transport_conn *conn)
{
    struct callback callback = {.thread = GetCurrentThreadId()};
    bool closing;

    list_init(&callback.entry);
    AcquireSRWLockExclusive(&listener->lock);
    closing = listener->closing;
    if (!closing)
        list_append(&listener->callbacks, &callback.entry);
    ReleaseSRWLockExclusive(&listener->lock);
    if (closing) {
        transport_release(conn);
        return;
    }
    listener->callback(listener->arg, conn);
    AcquireSRWLockExclusive(&listener->lock);
    list_remove(&callback.entry);
    ReleaseSRWLockExclusive(&listener->lock);
    WakeAllConditionVariable(&listener->callback_ended);
}

/* An error is that of one connection (its client has gone again), or listener_close(). */
static void accept_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct accept *accept = CONTAINER_OF(op, struct accept, op);
    struct transport_conn *conn = error ? NULL : accept->listener->ops->take(accept);

    if (conn)
        deliver(accept->listener, conn);
    accept_again(accept);
}

static void accept_retry(struct pool_timer *timer)
{
    accept_again(CONTAINER_OF(timer, struct accept, retry));
}

void listener_start(struct transport_listener *listener)
{
    for (unsigned i = 0; i < listener->accept_count; i++) {
        struct accept *accept = listener->accepts[i];

        accept->listener = listener;
        accept->op.done = accept_done;
        pool_timer_init(&accept->retry, accept_retry);
        listener_addref(listener);
        accept_again(accept);
    }
}

/* ---- closing ---- */

/* Called with the lock held: does a thread other than this one run the callback? */
static bool callback_runs_elsewhere(struct transport_listener *listener)
{
    LIST_FOR_EACH(callback, &listener->callbacks, struct callback, entry) {
        if (callback->thread != GetCurrentThreadId())
            return true;
    }
    return false;
}

void transport_listener_close(struct transport_listener *listener)
{
    unsigned ended = 0;

    AcquireSRWLockExclusive(&listener->lock);
    listener->closing = true;
    listener->ops->close(listener);
    for (unsigned i = 0; i < listener->accept_count; i++)
        ended += pool_timer_cancel(&listener->accepts[i]->retry);
    while (callback_runs_elsewhere(listener))
        SleepConditionVariableSRW(&listener->callback_ended, &listener->lock, INFINITE, 0);
    ReleaseSRWLockExclusive(&listener->lock);
    while (ended--)
        listener_release(listener);
    listener_release(listener);
}

const WCHAR *transport_listener_endpoint(struct transport_listener *listener)
{
    return listener->endpoint;
}

bool transport_listener_address(struct transport_listener *listener, unsigned index, WCHAR *buffer,
                                size_t chars)
{
    return listener->ops->address(listener, index, buffer, chars);
}
