/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of calls in progress: see notifier.h. */
#include "call/notifier.h"

static void run_callbacks(struct pool_op *op, DWORD error, DWORD bytes);

void notifier_init(struct notifier *notifier, struct object *owner)
{
    memset(notifier, 0, sizeof(*notifier));
    InitializeSRWLock(&notifier->lock);
    notifier->owner = owner;
    notifier->op.done = run_callbacks;
}

void notifier_set(struct notifier *notifier, const struct notification *notification)
{
    AcquireSRWLockExclusive(&notifier->lock);
    notifier->notification = *notification;
    ReleaseSRWLockExclusive(&notifier->lock);
}

/* The next callback, in the order of the events' numbers but for RpcCallComplete, which is last. */
static bool take_callback(struct notifier *notifier, struct notification *notification, RPC_ASYNC_EVENT *event)
{
    unsigned pending;

    AcquireSRWLockExclusive(&notifier->lock);
    pending = notifier->pending;
    if (pending & ~(1u << RpcCallComplete))
        pending &= ~(1u << RpcCallComplete);
    notifier->running = pending != 0;
    if (pending) {
        *event = (RPC_ASYNC_EVENT)__builtin_ctz(pending);
        notifier->pending &= ~(1u << *event);
        *notification = notifier->notification;
    }
    ReleaseSRWLockExclusive(&notifier->lock);
    return pending != 0;
}

static void run_callbacks(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct notifier *notifier = CONTAINER_OF(op, struct notifier, op);
    struct object *owner = notifier->owner;
    struct notification notification;
    RPC_ASYNC_EVENT event;

    while (take_callback(notifier, &notification, &event))
        notification_deliver(&notification, event);
    object_release(owner);
}

/* With the lock held. True: a worker has to be found. */
static bool post(struct notifier *notifier, RPC_ASYNC_EVENT event)
{
    bool start = false;

    if (!notification_is_callback(&notifier->notification)) {
        notification_deliver(&notifier->notification, event);
    } else {
        notifier->pending |= 1u << event;
        start = !notifier->running;
        notifier->running = true;
    }
    return start;
}

static void start_callbacks(struct notifier *notifier)
{
    object_addref(notifier->owner);
    if (pool_queue(&notifier->op))
        run_callbacks(&notifier->op, ERROR_SUCCESS, 0);
}

void notifier_post(struct notifier *notifier, RPC_ASYNC_EVENT event)
{
    bool start;

    AcquireSRWLockExclusive(&notifier->lock);
    start = !notifier->closed && post(notifier, event);
    ReleaseSRWLockExclusive(&notifier->lock);
    if (start)
        start_callbacks(notifier);
}

void notifier_close(struct notifier *notifier)
{
    AcquireSRWLockExclusive(&notifier->lock);
    notifier->closed = true;
    notifier->pending = 0;
    ReleaseSRWLockExclusive(&notifier->lock);
}

void notifier_post_last(struct notifier *notifier, RPC_ASYNC_EVENT event)
{
    bool start;

    AcquireSRWLockExclusive(&notifier->lock);
    notifier->closed = true;
    notifier->pending = 0;
    start = post(notifier, event);
    ReleaseSRWLockExclusive(&notifier->lock);
    if (start)
        start_callbacks(notifier);
}
