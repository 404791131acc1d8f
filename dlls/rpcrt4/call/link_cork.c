/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Corked links: what is enqueued on them leaves together. Whoever has corked one may be kept by user
 * code, so the monitor takes out corks that have been there for a moment. */
#include "call/link.h"
#include "transport/monitor.h"

#define BATCH 16

/* How long messages are held: */
#define ANSWERS_PER_TICK 12 /* whoever waits for each sees to fewer of them in MONITOR_TICK_US */
#define HOLD_TICKS_MAX   5

static struct {
    SRWLOCK lock; /* taken before a link's */
    struct list links; /* referenced */
    bool watched;
} corks = {.lock = SRWLOCK_INIT, .links = {&corks.links, &corks.links}};

/* With both locks held; the list's reference is the caller's. */
static void take_out(struct link *link)
{
    link->corked = false;
    list_remove(&link->cork);
}

static void uncork_old(struct link *old[BATCH], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        link_pump(old[i]);
        link_release(old[i]);
    }
}

static unsigned watch(void)
{
    struct link *old[BATCH];
    unsigned count = 0;
    bool any = false;

    AcquireSRWLockExclusive(&corks.lock);
    LIST_FOR_EACH_SAFE(link, &corks.links, struct link, cork) {
        any = true;
        if (link->cork_ticks) {
            link->cork_ticks--;
        } else if (count < BATCH) {
            AcquireSRWLockExclusive(&link->lock);
            take_out(link);
            ReleaseSRWLockExclusive(&link->lock);
            old[count++] = link;
        }
    }
    ReleaseSRWLockExclusive(&corks.lock);
    uncork_old(old, count);
    return any ? MONITOR_TICK_US : 0;
}

static void put_in(struct link *link, unsigned ticks)
{
    AcquireSRWLockExclusive(&corks.lock);
    if (!corks.watched)
        monitor_add(watch);
    corks.watched = true;
    AcquireSRWLockExclusive(&link->lock);
    if (!link->corked) {
        link->corked = true;
        link->cork_ticks = ticks;
        link->held = 0;
        link_addref(link);
        list_append(&corks.links, &link->cork);
    }
    ReleaseSRWLockExclusive(&link->lock);
    ReleaseSRWLockExclusive(&corks.lock);
    if (!monitor_begin(MONITOR_TICK_US))
        link_uncork(link);
}

void link_cork(struct link *link)
{
    if (!link->corked && transport_sends_dearly(link->conn))
        put_in(link, 1);
}

bool link_hold(struct link *link, LONG behind)
{
    LONG limit = min(behind / 2, LINK_BATCH_PDUS);
    bool held;

    if (!link->corked && !transport_must_wake(link->conn))
        return false;
    if (!link->corked)
        put_in(link, max(1, min(behind / ANSWERS_PER_TICK, HOLD_TICKS_MAX)));
    AcquireSRWLockExclusive(&link->lock);
    held = link->corked && ++link->held < limit;
    ReleaseSRWLockExclusive(&link->lock);
    return held;
}

void link_uncork(struct link *link)
{
    bool corked;

    if (!link->corked)
        return;
    AcquireSRWLockExclusive(&corks.lock);
    AcquireSRWLockExclusive(&link->lock);
    if ((corked = link->corked))
        take_out(link);
    ReleaseSRWLockExclusive(&link->lock);
    ReleaseSRWLockExclusive(&corks.lock);
    link_pump(link);
    if (corked)
        link_release(link);
}
