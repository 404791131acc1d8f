/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pollers: the threads that look after the outstanding operations of shared-memory connections, as
 * the pool's workers do after those of the system. (They are workers: callbacks run on them, and
 * pool_block_begin() holds.)
 *
 * There is one event for the whole process, its doorbell, which peers ring; one poller, a listener,
 * always waits for it, or is about to. A poller that has found work becomes the looker, unless there
 * is one: it looks for more itself for a while, at the connections that there was work for, and while
 * it does their peers need not ring. When a callback keeps it for long, another one is called to take
 * its place (monitor.h). The work at one connection that it was woken for is done before, when it is not the
 * looker yet and nobody has to watch over it. */
#ifndef RPCRT4_TRANSPORT_POLL_H
#define RPCRT4_TRANSPORT_POLL_H

#include "transport/shared.h"

struct poller;

/* The doorbell's name; makes it on first use. NULL: it cannot be made. */
const uint8_t *poll_doorbell(void);
/* From now on the pollers look after it; poll_remove() before it is freed. A Win32 error: no thread
 * can be started. */
DWORD poll_add(struct shared *shared);
void poll_remove(struct shared *shared);
/* An operation is outstanding, and the caller has found that nothing can be done about it yet: says
 * how it rests, for the calling thread. True: something can be done after all, and nobody has been
 * told. */
bool poll_rest(struct shared *shared);

/* For the pool: a poller's callback may block. */
void poll_block_begin(struct poller *poller);
void poll_block_end(struct poller *poller);

#endif
