/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking before sleeping: see spin.h. */
#include "transport/spin.h"

/* About what it takes under Wine to fall asleep on an event and to be woken by another process. */
#define SPIN_US 80
#define ROUNDS_PER_LOOK_AT_THE_CLOCK 32

#define CREDIT_MAX 8
#define TRY_AFTER  32 /* waits, where it has not paid */

static LONGLONG ticks_of_a_spin(void)
{
    static LONGLONG ticks; /* the same whoever computes it */
    LARGE_INTEGER frequency;

    if (!ticks) {
        QueryPerformanceFrequency(&frequency);
        ticks = frequency.QuadPart * SPIN_US / 1000000;
    }
    return ticks;
}

static LONGLONG now(void)
{
    LARGE_INTEGER counter;

    QueryPerformanceCounter(&counter);
    return counter.QuadPart;
}

void spin_begin(struct spin_wait *wait, struct spin *spin)
{
    wait->spin = spin;
    wait->rounds = 0;
    wait->end = 0;
    if (spin->credit < 0 && ++spin->skipped < TRY_AFTER)
        return;
    spin->skipped = 0;
    wait->end = now() + ticks_of_a_spin();
}

bool spin_more(struct spin_wait *wait)
{
    if (!wait->end)
        return false;
    YieldProcessor();
    return ++wait->rounds % ROUNDS_PER_LOOK_AT_THE_CLOCK || now() < wait->end;
}

void spin_end(struct spin_wait *wait, bool paid)
{
    struct spin *spin = wait->spin;

    if (!wait->end)
        return;
    if (paid)
        spin->credit = min(spin->credit + 1, CREDIT_MAX);
    else
        spin->credit = spin->credit > 0 ? spin->credit / 2 - 1 : -1;
}
