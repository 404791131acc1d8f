/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The events of a call in progress: RpcReceiveComplete and RpcSendComplete, in whatever order data
 * come and go, and a client's RpcCallComplete, after which there is none. Callbacks run on workers,
 * one at a time. Once notifier_close() has returned, nothing of the caller's is touched any more,
 * except by a callback that is running. */
#ifndef RPCRT4_CALL_NOTIFIER_H
#define RPCRT4_CALL_NOTIFIER_H

#include "call/notify.h"
#include "platform/base.h"
#include "platform/handle.h"
#include "transport/pool.h"

struct notifier {
    SRWLOCK lock;
    struct object *owner; /* referenced while a callback is on its way */
    struct notification notification;
    unsigned pending;     /* callbacks to be run, a bit for each RPC_ASYNC_EVENT */
    bool running, closed;
    struct pool_op op;
};

void notifier_init(struct notifier *notifier, struct object *owner);
/* How from now on; the caller keeps what capturing obtained. */
void notifier_set(struct notifier *notifier, const struct notification *notification);
/* Any thread may call it, also a PDU handler. */
void notifier_post(struct notifier *notifier, RPC_ASYNC_EVENT event);
void notifier_close(struct notifier *notifier);
/* The same, after one more event. */
void notifier_post_last(struct notifier *notifier, RPC_ASYNC_EVENT event);

#endif
