/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for something for a while before sleeping. It costs a processor's time; it pays if what is
 * waited for comes within the time that falling asleep and being woken would take. That depends on
 * the peer and on what else the machine has to do, so each place that waits keeps account: it looks
 * as long as that has paid lately, and when it has not, it only tries again now and then, for longer.
 * It looks for longer, too, where other threads of the process sleep until it has found what it looks
 * for (turn.h): they leave a processor to it.
 *
 * There it also lets others run now and then (yields), because the peer may be waiting for the same
 * processor. A busy process that never yields keeps it for milliseconds then: so nobody yields for a
 * long time once that has taken too much.
 *
 * The policy is portable and sees the time as an argument; spin_wait.h has the clock. */
#ifndef RPCRT4_TRANSPORT_SPIN_H
#define RPCRT4_TRANSPORT_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#define SPIN_CREDIT_MAX 8
#define SPIN_BURST 32 /* rounds between two looks at the clock */

/* A place that waits; any number of threads at once, without a lock: it holds no more than an opinion.
 * Zero at first. */
struct spin {
    int credit;       /* rises when looking has paid, falls when it has not */
    unsigned skipped; /* waits without looking since the last try */
    bool is_patient;  /* looks for longer, and tries less often: so a peer that has to be woken first is met */
    int64_t late;     /* when the last yield ended that took long */
    int64_t lost;     /* by such, as far as it has not been made up for */
    int64_t no_yield; /* until then */
};

/* One wait. */
struct spin_wait {
    struct spin *spin;
    bool look;      /* else do not */
    bool crowded;
    unsigned rounds;
    int64_t end;    /* 0: not known yet */
    int64_t yields; /* the next time */
};

enum spin_step {
    SPIN_STOP,  /* it has been long enough */
    SPIN_LOOK,  /* for another burst */
    SPIN_YIELD, /* let others run, then spin_yielded() */
};

/* Has it paid lately? */
static inline bool spin_pays(const struct spin *spin)
{
    return spin->credit >= 0;
}

/* Times are in microseconds. */
void spin_begin(struct spin_wait *wait, struct spin *spin, bool crowded);
/* After a burst. The clock is first looked at when a wait is no longer a short one: under Wine that
 * takes as long as much of a short one does. */
enum spin_step spin_step(struct spin_wait *wait, int64_t now);
void spin_yielded(struct spin_wait *wait, int64_t begin, int64_t end);
/* Has what was waited for come while looking? Not to be called where it was there at once. */
void spin_end(struct spin_wait *wait, bool paid);

#endif
