/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor: see monitor.h. */
#include "transport/monitor.h"
#include "platform/wait.h"
#include "transport/pool.h"

/* It sleeps when there has been nothing for so long: waking it costs as much as many ticks. */
#define TICKS_WITHOUT_WORK 5
/* The interval, while it looks: longer than any, so that who has something that it may have looked past asks for
 * another look. */
#define LOOKING INT32_MAX

static struct {
    SRWLOCK lock; /* while it is started, or a watch is added */
    bool started;
    int32_t interval; /* microseconds to the next look; 0: it sleeps */
    unsigned count;
    unsigned (*watches[MONITOR_WATCHES_MAX])(void);
} monitor = {.lock = SRWLOCK_INIT};

/* The soonest that one of them wants to be asked again. */
static unsigned watch(void)
{
    unsigned soonest = 0, wanted;

    for (unsigned i = 0; i < __atomic_load_n(&monitor.count, __ATOMIC_ACQUIRE); i++) {
        wanted = monitor.watches[i]();
        if (wanted && (!soonest || wanted < soonest))
            soonest = wanted;
    }
    return soonest;
}

/* Unless somebody has asked for another one meanwhile. */
static bool change_interval(int32_t from, int32_t to)
{
    return __atomic_compare_exchange_n(&monitor.interval, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static DWORD WINAPI monitor_main(void *module)
{
    unsigned idle = 0, wanted;
    int32_t interval;

    for (;;) {
        wait_while_equal(&monitor.interval, 0);
        interval = __atomic_load_n(&monitor.interval, __ATOMIC_SEQ_CST);
        wait_while_equal_us(&monitor.interval, interval, interval);
        if (!change_interval(interval, LOOKING))
            continue;
        wanted = watch();
        idle = wanted ? 0 : idle + 1;
        if (idle < TICKS_WITHOUT_WORK) {
            change_interval(LOOKING, wanted ? (int32_t)wanted : interval);
            continue;
        }
        idle = 0;
        change_interval(LOOKING, 0);
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

void monitor_add(unsigned (*watch)(void))
{
    AcquireSRWLockExclusive(&monitor.lock);
    monitor.watches[monitor.count] = watch;
    __atomic_store_n(&monitor.count, monitor.count + 1, __ATOMIC_RELEASE);
    ReleaseSRWLockExclusive(&monitor.lock);
}

bool monitor_begin(unsigned within_us)
{
    int32_t interval = __atomic_load_n(&monitor.interval, __ATOMIC_SEQ_CST);

    if (!*(volatile bool *)&monitor.started && !start())
        return false;
    while (!interval || interval > (int32_t)within_us) {
        if (change_interval(interval, interval ? (int32_t)within_us : MONITOR_TICK_US)) {
            if (interval != LOOKING)
                wake_all(&monitor.interval);
            break;
        }
        interval = __atomic_load_n(&monitor.interval, __ATOMIC_SEQ_CST);
    }
    return true;
}
