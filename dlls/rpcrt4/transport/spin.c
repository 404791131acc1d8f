/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking before sleeping: see spin.h. */
#include "transport/spin.h"

/* About what it takes under Wine to fall asleep on an event and to be woken by another process. */
#define SPIN_US 80
#define ROUNDS_PER_LOOK_AT_THE_CLOCK 32

#define PATIENCE 3

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

static unsigned patience(const struct spin *spin)
{
    return spin->is_patient ? PATIENCE : 1;
}

void spin_begin(struct spin_wait *wait, struct spin *spin)
{
    wait->spin = spin;
    wait->rounds = 0;
    wait->end = 0;
    wait->look = spin_pays(spin) || ++spin->skipped >= TRY_AFTER * patience(spin);
    if (wait->look)
        spin->skipped = 0;
}

/* The clock is first looked at when the wait is no longer a short one: under Wine that takes as long as
 * much of a short one does. */
static bool is_late(struct spin_wait *wait)
{
    LONGLONG time = now();

    if (!wait->end)
        wait->end = time + ticks_of_a_spin() * patience(wait->spin);
    return time >= wait->end;
}

bool spin_more(struct spin_wait *wait)
{
    if (!wait->look)
        return false;
    YieldProcessor();
    return ++wait->rounds % ROUNDS_PER_LOOK_AT_THE_CLOCK || !is_late(wait);
}

void spin_end(struct spin_wait *wait, bool paid)
{
    struct spin *spin = wait->spin;

    if (!wait->look)
        return;
    if (paid)
        spin->credit = min(spin->credit + 1, SPIN_CREDIT_MAX);
    else
        spin->credit = spin->credit > 0 ? spin->credit / 2 - 1 : -1;
}
