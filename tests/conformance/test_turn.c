/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transport/turn.h: each thread gets its turn, and nobody waits for one who is gone. */
#include "transport/turn.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define THREADS 8
#define WAIT_MS 30000

static volatile LONG looking, stop, began[THREADS];

static void run(LPTHREAD_START_ROUTINE routine, size_t first, HANDLE *threads)
{
    for (size_t i = first; i < THREADS; i++) {
        threads[i] = CreateThread(NULL, 0, routine, (void *)i, 0, NULL);
        assert_non_null(threads[i]);
    }
}

static void join(HANDLE *threads, size_t first)
{
    for (size_t i = first; i < THREADS; i++) {
        assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
        CloseHandle(threads[i]);
    }
}

static DWORD WINAPI call_on(void *arg)
{
    while (!stop) {
        turn_begin();
        InterlockedIncrement(&looking);
        began[(size_t)arg]++;
        InterlockedDecrement(&looking);
        turn_end(true, false);
    }
    return 0;
}

static bool all_began(void)
{
    for (int i = 0; i < THREADS; i++) {
        if (!began[i])
            return false;
    }
    return true;
}

static void every_thread_gets_its_turn(void **state)
{
    uint64_t end = GetTickCount64() + WAIT_MS;
    HANDLE threads[THREADS];

    run(call_on, 0, threads);
    while (!all_began() && GetTickCount64() < end)
        Sleep(1);
    stop = true;
    join(threads, 0);
    assert_true(all_began());
    assert_true(turn_places >= 1);
    assert_int_equal(looking, 0);
    assert_false(turn_is_wanted());
}

static DWORD WINAPI call_once(void *arg)
{
    turn_begin();
    turn_end(true, false);
    return 0;
}

/* Each keeps its turn when it ends, or has none left to give back. */
static void nobody_waits_for_one_who_is_gone(void **state)
{
    HANDLE threads[THREADS];

    for (int i = 0; i < 20; i++) {
        run(call_once, 0, threads);
        join(threads, 0);
    }
    assert_false(turn_is_wanted());
}

static DWORD WINAPI fail_once(void *arg)
{
    turn_begin();
    turn_end(false, false);
    turn_sleep_begin();
    return 0;
}

static void who_sleeps_is_one_more_who_wants_a_turn(void **state)
{
    HANDLE threads[THREADS];

    run(fail_once, 0, threads);
    join(threads, 0);
    assert_true(turn_is_wanted());
    for (int i = 0; i < THREADS; i++)
        turn_sleep_end();
    assert_false(turn_is_wanted());
}

/* One who has a turn and is not getting on. */
static void a_wait_without_end_loses_its_turn(void **state)
{
    HANDLE threads[THREADS];

    turn_begin();
    run(call_once, 1, threads);
    join(threads, 1);
    turn_end(true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_gets_its_turn),
        cmocka_unit_test(nobody_waits_for_one_who_is_gone),
        cmocka_unit_test(who_sleeps_is_one_more_who_wants_a_turn),
        cmocka_unit_test(a_wait_without_end_loses_its_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
