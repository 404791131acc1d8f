/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events beside the port: see pool_event.h. */
#include "transport/pool_event.h"

#define KEPT_MS 500    /* so long nobody else gets it */
#define UNSURE_MS 250  /* after once to twice that time it is as if it had been set */

struct pool_event {
    HANDLE handle;         /* never closed: workers wait for it */
    struct pool_op *owner; /* NULL: free */
    bool armed;
    bool fired;            /* while it was not armed */
    bool sure;
    bool old;              /* it was armed already when the timer went off last */
    uint64_t since;        /* it was armed; ms, GetTickCount64 */
};

static void look_at_unsure(struct pool_timer *timer);

static struct {
    SRWLOCK lock;
    unsigned count;
    bool refused;
    struct pool_event events[POOL_EVENTS_MAX];
    struct pool_timer timer;
    bool timer_set;
} events = {.lock = SRWLOCK_INIT};

/* ---- lending them ---- */

/* Can a port be waited for like an event? That is not documented. */
static bool port_is_waitable(void)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    bool is_waitable = port && WaitForSingleObject(port, 0) == WAIT_TIMEOUT &&
                       PostQueuedCompletionStatus(port, 0, 0, NULL) && WaitForSingleObject(port, 0) == WAIT_OBJECT_0;

    if (port)
        CloseHandle(port);
    return is_waitable;
}

static struct pool_event *free_event(void)
{
    for (unsigned i = 0; i < events.count; i++) {
        if (!events.events[i].owner)
            return &events.events[i];
    }
    return NULL;
}

static struct pool_event *new_event(void)
{
    struct pool_event *event = &events.events[events.count];

    if (events.refused || events.count == POOL_EVENTS_MAX)
        return NULL;
    if (!events.count && !port_is_waitable()) {
        events.refused = true;
        return NULL;
    }
    event->handle = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!event->handle)
        return NULL;
    pool_events_grew(++events.count);
    return event;
}

/* Takes away the one that has been armed for longest. */
static struct pool_event *take_away(void)
{
    uint64_t before = GetTickCount64() - KEPT_MS;
    struct pool_event *found = NULL;

    for (unsigned i = 0; i < events.count; i++) {
        struct pool_event *event = &events.events[i];

        if (event->armed && event->since < before) {
            before = event->since;
            found = event;
        }
    }
    return found && !pool_post(found->owner, POOL_EVENT_LOST) ? found : NULL;
}

struct pool_event *pool_event_take(struct pool_op *op)
{
    struct pool_event *event;

    AcquireSRWLockExclusive(&events.lock);
    event = free_event();
    if (!event)
        event = new_event();
    if (!event)
        event = take_away();
    if (event) {
        event->owner = op;
        event->armed = event->fired = false;
    }
    ReleaseSRWLockExclusive(&events.lock);
    return event;
}

void pool_event_give(struct pool_event *event)
{
    AcquireSRWLockExclusive(&events.lock);
    event->owner = NULL;
    ReleaseSRWLockExclusive(&events.lock);
}

HANDLE pool_event_handle(const struct pool_event *event)
{
    return event->handle;
}

HANDLE pool_event_at(unsigned index)
{
    return events.events[index].handle;
}

/* ---- using them ---- */

/* With the lock held. */
static void set_timer(void)
{
    if (!events.timer.fire)
        pool_timer_init(&events.timer, look_at_unsure);
    events.timer_set = !pool_timer_set(&events.timer, UNSURE_MS);
}

static void look_at_unsure(struct pool_timer *timer)
{
    bool left = false;

    AcquireSRWLockExclusive(&events.lock);
    for (unsigned i = 0; i < events.count; i++) {
        struct pool_event *event = &events.events[i];

        if (!event->armed || event->sure)
            continue;
        if (event->old && !pool_post(event->owner, 0))
            event->armed = false;
        event->old = true;
        left = left || event->armed;
    }
    events.timer_set = false;
    if (left)
        set_timer();
    ReleaseSRWLockExclusive(&events.lock);
}

bool pool_event_arm(struct pool_event *event, bool sure)
{
    bool armed;

    AcquireSRWLockExclusive(&events.lock);
    armed = !event->fired;
    event->armed = armed;
    event->fired = false;
    event->sure = sure;
    event->old = false;
    event->since = GetTickCount64();
    if (armed && !sure && !events.timer_set)
        set_timer();
    ReleaseSRWLockExclusive(&events.lock);
    return armed;
}

struct pool_op *pool_event_fired(unsigned index)
{
    struct pool_event *event = &events.events[index];
    struct pool_op *op = NULL;

    AcquireSRWLockExclusive(&events.lock);
    if (event->armed)
        op = event->owner;
    event->fired = !event->armed;
    event->armed = false;
    ReleaseSRWLockExclusive(&events.lock);
    return op;
}
