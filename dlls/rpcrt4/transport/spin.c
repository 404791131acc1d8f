/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking before sleeping: see spin.h. */
#include "transport/spin.h"

/* About what it takes under Wine to fall asleep on an event and to be woken by another process. */
#define SPIN_US    80
/* While many sleep and are woken, the wineserver keeps each of them waiting for the others. */
#define PATIENT_US 2000

/* Where it is crowded: before the first yield, and between two. */
#define YIELD_AFTER_US 20
#define YIELD_EVERY_US 10
/* A yield that takes so long has met somebody who does not yield. */
#define LATE_US 400
/* What may be lost by such ones, and then one part in so many of the time. */
#define LOSS_US   10000
#define LOSS_PART 64

#define PATIENCE 3

/* Where it has not paid: after so many waits it is tried again. */
#define TRY_AFTER         32
#define TRY_AFTER_CROWDED 4

static unsigned patience(const struct spin *spin)
{
    return spin->is_patient ? PATIENCE : 1;
}

void spin_begin(struct spin_wait *wait, struct spin *spin, bool crowded)
{
    *wait = (struct spin_wait){.spin = spin, .crowded = crowded};
    wait->look = spin_pays(spin) || ++spin->skipped >= (crowded ? TRY_AFTER_CROWDED : TRY_AFTER * patience(spin));
    if (wait->look)
        spin->skipped = 0;
}

enum spin_step spin_step(struct spin_wait *wait, int64_t now)
{
    if (!wait->end) {
        wait->end = now + (wait->crowded ? PATIENT_US : SPIN_US * patience(wait->spin));
        wait->yields = now + YIELD_AFTER_US;
    }
    if (now >= wait->end)
        return SPIN_STOP;
    return wait->crowded && now >= wait->yields && now >= wait->spin->no_yield ? SPIN_YIELD : SPIN_LOOK;
}

/* Those that overlap have met the same. */
static void lose(struct spin *spin, int64_t begin, int64_t end)
{
    int64_t made_up = (end - spin->late) / LOSS_PART;

    if (begin < spin->late)
        return;
    spin->lost = (spin->lost > made_up ? spin->lost - made_up : 0) + end - begin;
    spin->late = end;
    if (spin->lost > LOSS_US)
        spin->no_yield = end + (spin->lost - LOSS_US) * LOSS_PART;
}

void spin_yielded(struct spin_wait *wait, int64_t begin, int64_t end)
{
    wait->yields = end + YIELD_EVERY_US;
    if (end - begin > LATE_US)
        lose(wait->spin, begin, end);
}

void spin_end(struct spin_wait *wait, bool paid)
{
    struct spin *spin = wait->spin;

    if (!wait->look)
        return;
    if (paid)
        spin->credit = spin->credit < SPIN_CREDIT_MAX ? spin->credit + 1 : SPIN_CREDIT_MAX;
    else
        spin->credit = spin->credit > 0 ? spin->credit / 2 - 1 : -1;
}
