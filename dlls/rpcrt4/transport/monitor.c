/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor: see monitor.h. */
#include "transport/monitor.h"
#include "platform/wait.h"
#include "transport/pool.h"

/* It sleeps when there has been nothing for so long: waking it costs as much as many ticks. */
#define TICKS_WITHOUT_WORK 5

static struct {
    SRWLOCK lock; /* while it is started */
    bool started;
    int32_t active;
} monitor = {.lock = SRWLOCK_INIT};

static bool watch(void)
{
    bool pool = pool_watch();

    return poll_watch() || pool;
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
