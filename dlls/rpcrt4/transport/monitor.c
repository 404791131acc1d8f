/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor: see monitor.h. */
#include "transport/monitor.h"
#include "platform/wait.h"
#include "transport/pool.h"

/* It sleeps when there has been nothing for so long: waking it costs as much as many ticks. */
#define TICKS_WITHOUT_WORK 5

static struct {
    SRWLOCK lock; /* while it is started, or a watch is added */
    bool started;
    int32_t active;
    unsigned count;
    bool (*watches[MONITOR_WATCHES_MAX])(void);
} monitor = {.lock = SRWLOCK_INIT};

static bool watch(void)
{
    bool busy = false;

    for (unsigned i = 0; i < __atomic_load_n(&monitor.count, __ATOMIC_ACQUIRE); i++)
        busy = monitor.watches[i]() || busy;
    return busy;
}

static DWORD WINAPI monitor_main(void *module)
{
    unsigned idle = 0;

    for (;;) {
        wait_while_equal(&monitor.active, false);
        wait_while_equal_us(&monitor.active, true, MONITOR_TICK_US);
        idle = watch() ? 0 : idle + 1;
        if (idle < TICKS_WITHOUT_WORK)
            continue;
        idle = 0;
        __atomic_store_n(&monitor.active, false, __ATOMIC_SEQ_CST);
        if (watch()) /* somebody may have seen it active just before */
            __atomic_store_n(&monitor.active, true, __ATOMIC_SEQ_CST);
    }
    return 0;
}

static bool start(void)
{
    AcquireSRWLockExclusive(&monitor.lock);
    if (!monitor.started)
        monitor.started = !pool_start_thread(monitor_main);
    ReleaseSRWLockExclusive(&monitor.lock);
    return monitor.started;
}

void monitor_add(bool (*watch)(void))
{
    AcquireSRWLockExclusive(&monitor.lock);
    monitor.watches[monitor.count] = watch;
    __atomic_store_n(&monitor.count, monitor.count + 1, __ATOMIC_RELEASE);
    ReleaseSRWLockExclusive(&monitor.lock);
}

bool monitor_begin(void)
{
    if (!*(volatile bool *)&monitor.started && !start())
        return false;
    if (!__atomic_load_n(&monitor.active, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&monitor.active, true, __ATOMIC_SEQ_CST);
        wake_all(&monitor.active);
    }
    return true;
}
