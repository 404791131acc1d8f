/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread that waits for data (call/inflow.h) or for room (call/outflow.h): one at a time. All but
 * flow_waiter_wait() with the flow's lock held. */
#ifndef RPCRT4_CALL_FLOW_WAITER_H
#define RPCRT4_CALL_FLOW_WAITER_H

#include "platform/base.h"

struct flow_waiter {
    HANDLE wake; /* NULL until a thread has to wait */
    bool waiting;
};

/* The calling thread is going to wait: flow_waiter_tell() from now on ends that. An error: it cannot. */
DWORD flow_waiter_begin(struct flow_waiter *waiter);
/* ERROR_SUCCESS, ERROR_CANCELLED (`cancel`, may be NULL, was signalled), or the error of the wait. */
DWORD flow_waiter_wait(struct flow_waiter *waiter, HANDLE cancel);
/* What is waited for is there, or will not come. */
void flow_waiter_tell(struct flow_waiter *waiter);
void flow_waiter_free(struct flow_waiter *waiter);

#endif
