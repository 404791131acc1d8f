/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread that sees to it that callbacks which take long do not hold up others. A worker or poller
 * that is about to run code that may block need not bring in another thread for the case that it
 * does: the monitor looks every now and then, while there is anything to look at, and brings one in
 * for whoever has been kept since it looked before. So short callbacks cost no wake-up. (Each look costs the
 * processor that it happens on some 20 µs, which is what fifteen empty calls take.) */
#ifndef RPCRT4_TRANSPORT_MONITOR_H
#define RPCRT4_TRANSPORT_MONITOR_H

#include "platform/base.h"

#define MONITOR_TICK_US 200 /* so what takes twice that long has been noticed */

/* There is something to look at from now on, within so many microseconds (or a tick, where it sleeps).
 * False: there is no monitor, and none can be started. */
bool monitor_begin(unsigned within_us);

/* One more thing that it asks, on its thread: `watch` does what is necessary, and says in how many
 * microseconds to look again, 0 if there is nothing to look at. For good; at most MONITOR_WATCHES_MAX
 * in all. */
#define MONITOR_WATCHES_MAX 4
void monitor_add(unsigned (*watch)(void));

#endif
