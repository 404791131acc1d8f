/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* platform/lock.h: that locks exclude, that shared ones do not, that nobody waits for ever. */
#include "platform/base.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define THREADS 4
#define ROUNDS  20000
#define WAIT_MS 20000

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static volatile LONG first, second, turn;
static LONG sharing, most_sharing, mistakes;

static void run(LPTHREAD_START_ROUTINE routine)
{
    HANDLE threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = CreateThread(NULL, 0, routine, (void *)i, 0, NULL);
        assert_non_null(threads[i]);
    }
    assert_int_equal(WaitForMultipleObjects(THREADS, threads, TRUE, WAIT_MS), WAIT_OBJECT_0);
    for (size_t i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
}

/* Two counts that are the same whenever nobody has the lock alone. */
static DWORD WINAPI write_and_read(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 3 == 0) {
            AcquireSRWLockExclusive(&lock);
            first++;
            if (i % 64 == 0)
                SwitchToThread();
            second++;
            ReleaseSRWLockExclusive(&lock);
        } else {
            AcquireSRWLockShared(&lock);
            if (first != second)
                InterlockedIncrement(&mistakes);
            if (i % 64 == 1)
                SwitchToThread();
            ReleaseSRWLockShared(&lock);
        }
    }
    return 0;
}

static void excludes(void **state)
{
    run(write_and_read);
    assert_int_equal(mistakes, 0);
    assert_int_equal(first, THREADS * ((ROUNDS + 2) / 3));
    assert_int_equal(second, first);
    assert_null(lock.Ptr); /* as it was at first: nobody is thought to wait */
}

/* All of them have it at once. */
static DWORD WINAPI share(void *arg)
{
    LONG now;

    AcquireSRWLockShared(&lock);
    now = InterlockedIncrement(&sharing);
    while (now < THREADS && sharing < THREADS)
        SwitchToThread();
    InterlockedCompareExchange(&most_sharing, sharing, 0);
    ReleaseSRWLockShared(&lock);
    return 0;
}

static void shares(void **state)
{
    run(share);
    assert_int_equal(sharing, THREADS);
    assert_int_equal(most_sharing, THREADS);
    assert_null(lock.Ptr);
}

/* In turns, by the condition variable alone. */
static DWORD WINAPI take_turns(void *arg)
{
    for (int i = 0; i < 500; i++) {
        AcquireSRWLockExclusive(&lock);
        while ((size_t)turn % THREADS != (size_t)arg)
            SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
        turn++;
        ReleaseSRWLockExclusive(&lock);
        WakeAllConditionVariable(&changed);
    }
    return 0;
}

static void turns(void **state)
{
    run(take_turns);
    assert_int_equal(turn, 500 * THREADS);
    assert_null(lock.Ptr);
}

static void sleep_ends(void **state)
{
    AcquireSRWLockExclusive(&lock);
    SetLastError(0);
    assert_false(SleepConditionVariableSRW(&changed, &lock, 1, 0));
    assert_int_equal(GetLastError(), ERROR_TIMEOUT);
    ReleaseSRWLockExclusive(&lock);
    assert_null(lock.Ptr);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(excludes),
        cmocka_unit_test(shares),
        cmocka_unit_test(turns),
        cmocka_unit_test(sleep_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
