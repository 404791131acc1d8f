/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for something for a while before sleeping. It costs a processor's time; it pays if what is
 * waited for comes within the time that falling asleep and being woken would take. That depends on
 * the peer and on what else the machine has to do, so each place that waits keeps account: it looks
 * as long as that has paid lately, and when it has not, it only tries again now and then. */
#ifndef RPCRT4_TRANSPORT_SPIN_H
#define RPCRT4_TRANSPORT_SPIN_H

#include "platform/base.h"

#define SPIN_CREDIT_MAX 8

struct spin {
    LONG credit;      /* rises when looking has paid, falls when it has not */
    unsigned skipped; /* waits without looking since the last try */
    bool is_patient;  /* looks for longer, and tries less often: so a peer that has to be woken first is met */
};

/* One wait. */
struct spin_wait {
    struct spin *spin;
    LONGLONG end; /* QueryPerformanceCounter; 0: not known yet */
    unsigned rounds;
    bool look;
};

void spin_begin(struct spin_wait *wait, struct spin *spin);
/* Has it paid lately? */
static inline bool spin_pays(const struct spin *spin)
{
    return spin->credit >= 0;
}

/* Lets a moment go by. False: it has been long enough. */
bool spin_more(struct spin_wait *wait);
/* Has what was waited for come while looking? Not to be called where it was there at once. */
void spin_end(struct spin_wait *wait, bool paid);

#endif
