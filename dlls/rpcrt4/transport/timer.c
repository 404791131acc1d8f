/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool's timers: a list in the order in which they are due, and one thread that sleeps until
 * the first of them is and hands it to a worker. The thread waits on a condition variable, which
 * stays within the process (a timed wait of a worker in the port would need a post to the port for
 * each earlier timer); it ends when there have been no timers for a while. */
#include "transport/pool.h"

static struct {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    struct list armed; /* by `due`, the earliest first */
    bool running;
} timers = {.lock = SRWLOCK_INIT,
            .changed = CONDITION_VARIABLE_INIT,
            .armed = {&timers.armed, &timers.armed}};

static void timer_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct pool_timer *timer = CONTAINER_OF(op, struct pool_timer, op);

    timer->fire(timer);
}

static void disarm(struct pool_timer *timer)
{
    list_remove(&timer->entry);
    timer->armed = false;
}

/* Waits for a timer to be due and disarms it; NULL when there have been none for a while. Called
 * with the lock held. */
static struct pool_timer *next_due(void)
{
    struct pool_timer *first;
    uint64_t now;
    DWORD wait;

    for (;;) {
        first = LIST_FIRST(&timers.armed, struct pool_timer, entry);
        now = GetTickCount64();
        if (first && first->due <= now) {
            disarm(first);
            return first;
        }
        wait = first ? (DWORD)(first->due - now) : pool_idle_ms;
        if (!SleepConditionVariableSRW(&timers.changed, &timers.lock, wait, 0)
            && list_is_empty(&timers.armed) && !first)
            return NULL;
    }
}

static DWORD WINAPI timer_main(void *module)
{
    struct pool_timer *timer;

    AcquireSRWLockExclusive(&timers.lock);
    while ((timer = next_due())) {
        ReleaseSRWLockExclusive(&timers.lock);
        if (pool_queue(&timer->op) != ERROR_SUCCESS)
            timer->fire(timer);
        AcquireSRWLockExclusive(&timers.lock);
    }
    timers.running = false;
    ReleaseSRWLockExclusive(&timers.lock);
    FreeLibraryAndExitThread(module, 0);
}

void pool_timer_init(struct pool_timer *timer, void (*fire)(struct pool_timer *timer))
{
    memset(timer, 0, sizeof(*timer));
    list_init(&timer->entry);
    timer->op.done = timer_done;
    timer->fire = fire;
}

/* Most timers are set for the same span of time: the search from the end finds their place at
 * once. */
static void insert(struct pool_timer *timer)
{
    struct list *before = timers.armed.prev;

    while (before != &timers.armed
           && LIST_ENTRY_OF(before, struct pool_timer, entry)->due > timer->due)
        before = before->prev;
    list_insert_before(before->next, &timer->entry);
}

DWORD pool_timer_set(struct pool_timer *timer, DWORD ms)
{
    DWORD error;
    bool wake;

    AcquireSRWLockExclusive(&timers.lock);
    list_remove(&timer->entry);
    error = timers.running ? ERROR_SUCCESS : pool_start_thread(timer_main);
    timers.running = timer->armed = !error;
    if (timer->armed) {
        timer->due = GetTickCount64() + ms;
        insert(timer);
    }
    wake = timers.armed.next == &timer->entry;
    ReleaseSRWLockExclusive(&timers.lock);
    if (wake)
        WakeConditionVariable(&timers.changed);
    return error;
}

bool pool_timer_cancel(struct pool_timer *timer)
{
    bool armed;

    AcquireSRWLockExclusive(&timers.lock);
    armed = timer->armed;
    if (armed)
        disarm(timer);
    ReleaseSRWLockExclusive(&timers.lock);
    return armed;
}
