/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that the pool's workers wait for beside the completion port. What tells by an event that
 * there is something to do (a socket) need not keep an operation outstanding: under Wine that takes
 * half as many requests to the wineserver.
 *
 * There are few, because each wait is for all of them; they are lent to whoever has last had use for
 * one. Any worker may find one set, also one that has waited since before it was lent. */
#ifndef RPCRT4_TRANSPORT_POOL_EVENT_H
#define RPCRT4_TRANSPORT_POOL_EVENT_H

#include "transport/pool.h"

#define POOL_EVENTS_MAX 15
#define POOL_EVENT_LOST 1 /* octets, of a `done` that comes because the event has been taken away */

struct pool_event;

/* For connections. An event for `op`, which must not be outstanding; NULL: none is to be had. */
struct pool_event *pool_event_take(struct pool_op *op);
/* It is not armed. */
void pool_event_give(struct pool_event *event);
/* Auto-reset; it may be set at any time, even for nothing. */
HANDLE pool_event_handle(const struct pool_event *event);
/* From now on, once: op->done(op, ERROR_SUCCESS, 0) when the event is set, or POOL_EVENT_LOST octets
 * when somebody else has it now. False: it has been set since it was armed last; it is not armed.
 * Unless it is `sure` that everything that comes will set the event, `done` is also called after a
 * while for nothing. */
bool pool_event_arm(struct pool_event *event, bool sure);

/* For the pool: the event at `index` has been set. What is to be run, or NULL. */
struct pool_op *pool_event_fired(unsigned index);
HANDLE pool_event_at(unsigned index);

/* By the pool: from now on there are `count` events, which is more than before. */
void pool_events_grew(unsigned count);
/* As pool_queue(), with so many octets. */
DWORD pool_post(struct pool_op *op, DWORD bytes);

#endif
