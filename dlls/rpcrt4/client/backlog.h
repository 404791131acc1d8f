/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far threads are behind with completing their asynchronous calls: who still has many to complete
 * that have ended does not wait for the one that he makes now, so the server need not be woken for it
 * alone. A guess, for threads are told apart by a few bits of their ids. Portable; any thread, without
 * a lock. */
#ifndef RPCRT4_CLIENT_BACKLOG_H
#define RPCRT4_CLIENT_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

/* A call of thread `id` has ended, and its notification is on its way; it has been completed, or
 * given up. */
void backlog_add(uint32_t id);
void backlog_remove(uint32_t id);
/* Thread `id` makes a call. True: one has been completed since it made the one before, and *count are
 * to be; else nobody may be about to, and this call may be what is waited for. */
bool backlog_shrinks(uint32_t id, int32_t *count);

#endif
