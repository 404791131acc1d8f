/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A wait that looks as spin.h says, with the system's clock and scheduler. RPCRT4_SPIN=0 in the
 * environment of the process, or one processor for it, when it waits for the first time: nobody looks. */
#ifndef RPCRT4_TRANSPORT_SPIN_WAIT_H
#define RPCRT4_TRANSPORT_SPIN_WAIT_H

#include "platform/base.h"
#include "transport/spin.h"

void spin_wait_begin(struct spin_wait *wait, struct spin *spin, bool crowded);
/* What follows a burst of rounds. False: it has been long enough. */
bool spin_wait_step(struct spin_wait *wait);

/* Lets a moment go by. False: it has been long enough. */
static inline bool spin_wait_more(struct spin_wait *wait)
{
    if (!wait->look)
        return false;
    YieldProcessor();
    return ++wait->rounds % SPIN_BURST || spin_wait_step(wait);
}

#endif
