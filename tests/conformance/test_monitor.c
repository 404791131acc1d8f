/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transport/monitor.h: who asks for a look gets it soon, whatever the monitor is about to do just then. */
#include "transport/monitor.h"
#include "platform/clock.h"
#include "transport/pool.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define ROUNDS  3000
#define WAIT_MS 5000
/* So long that a look which was asked for, and comes only then, has been lost. */
#define NEVER_US 60000000

static volatile LONG asked, answer_us, looks, asks_within_us;
static HANDLE looked;

DWORD pool_start_thread(LPTHREAD_START_ROUTINE main)
{
    HANDLE thread = CreateThread(NULL, 0, main, NULL, 0, NULL);

    if (!thread)
        return GetLastError();
    CloseHandle(thread);
    return ERROR_SUCCESS;
}

static unsigned watch(void)
{
    looks++;
    if (InterlockedExchange(&asked, false))
        SetEvent(looked);
    if (asks_within_us)
        monitor_begin(asks_within_us);
    return answer_us;
}

static void ask_and_wait(void)
{
    asked = true;
    assert_true(monitor_begin(MONITOR_TICK_US));
    assert_int_equal(WaitForSingleObject(looked, WAIT_MS), WAIT_OBJECT_0);
}

/* Each time the monitor has just begun a long interval, or is about to. */
static void asked_before_a_long_interval(void **state)
{
    answer_us = NEVER_US;
    for (int i = 0; i < ROUNDS; i++) {
        ask_and_wait();
        for (int spin = i % 64 * 8; spin > 0; spin--)
            YieldProcessor();
    }
}

/* It falls asleep when it is not needed; a look may be asked for at any moment of that. */
static void asked_while_it_falls_asleep(void **state)
{
    LONG before;

    answer_us = 0;
    for (int i = 0; i < 20; i++) {
        ask_and_wait();
        Sleep(i % 4);
    }
    Sleep(20);
    before = looks;
    Sleep(20);
    assert_int_equal(looks, before);
    ask_and_wait();
}

/* Who is busy asks at any moment, also while it looks; that is no reason to look again sooner than he wants. */
static void asked_while_it_looks(void **state)
{
    int64_t start, elapsed;
    LONG before;

    answer_us = asks_within_us = 8 * MONITOR_TICK_US;
    ask_and_wait();
    start = clock_us();
    before = looks;
    Sleep(100);
    elapsed = clock_us() - start;
    assert_in_range(looks - before, 1, elapsed / asks_within_us + 2);
    asks_within_us = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_before_a_long_interval),
        cmocka_unit_test(asked_while_it_falls_asleep),
        cmocka_unit_test(asked_while_it_looks),
    };

    looked = CreateEventW(NULL, FALSE, FALSE, NULL);
    monitor_add(watch);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
