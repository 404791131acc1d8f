/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Corked links: what is enqueued on them leaves together. Whoever has corked one may be kept by user
 * code, so the monitor takes out corks that have been there for a moment. */
#include "call/link.h"
#include "transport/monitor.h"

#define BATCH 16

static struct {
    SRWLOCK lock; /* taken before a link's */
    struct list links;
    bool watched;
} corks = {.lock = SRWLOCK_INIT, .links = {&corks.links, &corks.links}};

/* With both locks held. */
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

static bool watch(void)
{
    struct link *old[BATCH];
    unsigned count = 0;
    bool any = false;

    AcquireSRWLockExclusive(&corks.lock);
    LIST_FOR_EACH_SAFE(link, &corks.links, struct link, cork) {
        any = true;
        if (!link->cork_is_old) {
            link->cork_is_old = true;
        } else if (count < BATCH) {
            AcquireSRWLockExclusive(&link->lock);
            take_out(link);
            ReleaseSRWLockExclusive(&link->lock);
            link_addref(link);
            old[count++] = link;
        }
    }
    ReleaseSRWLockExclusive(&corks.lock);
    uncork_old(old, count);
    return any;
}

void link_cork(struct link *link)
{
    if (link->corked || !transport_sends_dearly(link->conn))
        return;
    AcquireSRWLockExclusive(&corks.lock);
    if (!corks.watched)
        monitor_add(watch);
    corks.watched = true;
    AcquireSRWLockExclusive(&link->lock);
    if (!link->corked) {
        link->corked = true;
        link->cork_is_old = false;
        list_append(&corks.links, &link->cork);
    }
    ReleaseSRWLockExclusive(&link->lock);
    ReleaseSRWLockExclusive(&corks.lock);
    if (!monitor_begin())
        link_uncork(link);
}

void link_uncork(struct link *link)
{
    if (!link->corked)
        return;
    AcquireSRWLockExclusive(&corks.lock);
    AcquireSRWLockExclusive(&link->lock);
    if (link->corked)
        take_out(link);
    ReleaseSRWLockExclusive(&link->lock);
    ReleaseSRWLockExclusive(&corks.lock);
    link_pump(link);
}
