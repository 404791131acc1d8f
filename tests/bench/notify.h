/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a thread learns that something of its has ended: slots, whose object (event, port, APC,
 * callback) is signalled, and the thread that waits for the next. Used for asynchronous calls and,
 * to compare, for bare signals. */
#ifndef BENCH_NOTIFY_H
#define BENCH_NOTIFY_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

enum notify_kind { NOTIFY_CALLBACK, NOTIFY_EVENT, NOTIFY_PORT, NOTIFY_APC };

struct slot {
    RPC_ASYNC_STATE state; /* the first member */
    HANDLE event;
};

/* The kind of that name ("callback", "event", "port", "apc"), or exits. */
enum notify_kind notify_kind_of(const char *name);

/* Makes `count` slots for the calling thread, which is to wait for them. */
struct slot *notify_slots(enum notify_kind kind, long count);
void notify_free(struct slot *slots, long count);

/* A call is about to be made with the slot's state: initializes that, and tells where to notify. */
void notify_arm(struct slot *slot);

/* Signals as the runtime does when the slot's call ends; for every kind but the callback. Any
 * thread. */
void notify_signal(struct slot *slot);

/* Waits for a slot that has been signalled. `oldest` was armed before all others that are
 * outstanding. `batch`: where the waiting thread can say so (callback), it is woken when so many
 * have been. */
struct slot *notify_next(struct slot *oldest, long batch);

#endif
