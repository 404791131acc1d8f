/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that have nothing to do for the moment. The one that has come last is called first, so that
 * those that are not needed are not called at all, and can end. */
#ifndef RPCRT4_TRANSPORT_RESERVE_H
#define RPCRT4_TRANSPORT_RESERVE_H

#include "platform/base.h"
#include "platform/list.h"

struct reserve {
    struct list threads;
    unsigned count;
};

#define RESERVE_INIT(reserve) {.threads = {&(reserve).threads, &(reserve).threads}}

/* All with the owner's lock held, which reserve_wait() gives up while it waits. */

/* What the calling thread is called for, never 0; 0 after `ms` milliseconds. */
int32_t reserve_wait(struct reserve *reserve, SRWLOCK *lock, DWORD ms);
/* False: there is nobody. */
bool reserve_call(struct reserve *reserve, int32_t what);

#endif
