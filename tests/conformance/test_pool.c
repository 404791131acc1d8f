/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The I/O loop's workers and timers (transport/pool.h). */
#include "platform/thread.h"
#include "transport/pool_event.h"
#include "transport_fixture.h"

#define IDLE_MS 200

/* ---- workers ---- */

static void test_queue(void **state)
{
    struct completion c[50];
    DWORD bytes;

    assert_false(pool_is_worker());
    for (size_t i = 0; i < ARRAY_LENGTH(c); i++)
        completion_init(&c[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(c); i++)
        assert_int_equal(pool_queue(&c[i].op), ERROR_SUCCESS);
    for (size_t i = 0; i < ARRAY_LENGTH(c); i++) {
        assert_int_equal(completion_wait(&c[i], ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
        assert_int_equal(bytes, 0);
        completion_free(&c[i]);
    }
}

/* On a thread that is not a worker these do nothing. */
static void test_block_elsewhere(void **state)
{
    unsigned threads = pool_thread_count();

    pool_block_end();
    pool_block_begin();
    pool_block_begin();
    assert_int_equal(pool_thread_count(), threads);
    pool_block_end();
}

struct blocked {
    struct pool_op op;
    HANDLE release;
    LONG *entered, *left;
};

static void block(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct blocked *b = CONTAINER_OF(op, struct blocked, op);

    pool_block_begin();
    pool_block_begin();
    InterlockedIncrement(b->entered);
    WaitForSingleObject(b->release, WAIT_MS);
    pool_block_end();
    pool_block_end();
    InterlockedIncrement(b->left);
}

/* How many workers there are when none is blocked: half of the processors, at most 4. */
static unsigned base_workers(void)
{
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return max(1, min(info.dwNumberOfProcessors / 2, 4));
}

/* Until *value is `wanted`: it is at last, or the test has failed. */
static void await(volatile LONG *value, LONG wanted)
{
    for (uint64_t end = GetTickCount64() + WAIT_MS; *value != wanted && GetTickCount64() < end;)
        Sleep(1);
    assert_int_equal(*value, wanted);
}

/* However many workers are blocked, others wait; when they are not needed any more, they end. */
static void test_blocked_workers(void **state)
{
    struct blocked blocked[40];
    HANDLE release = CreateEventW(NULL, TRUE, FALSE, NULL);
    unsigned base = base_workers();
    LONG entered = 0, left = 0;
    uint64_t end;

    for (size_t i = 0; i < ARRAY_LENGTH(blocked); i++) {
        blocked[i] = (struct blocked){
            .op = {.done = block}, .release = release, .entered = &entered, .left = &left};
        assert_int_equal(pool_queue(&blocked[i].op), ERROR_SUCCESS);
    }
    await(&entered, ARRAY_LENGTH(blocked));
    test_queue(state);
    assert_in_range(pool_thread_count(), ARRAY_LENGTH(blocked) + 1, ARRAY_LENGTH(blocked) + base);
    SetEvent(release);
    await(&left, ARRAY_LENGTH(blocked));
    for (end = GetTickCount64() + WAIT_MS; pool_thread_count() > base && GetTickCount64() < end;)
        Sleep(IDLE_MS / 4);
    assert_in_range(pool_thread_count(), 1, base);
    test_queue(state);
    CloseHandle(release);
}

/* Steady light work for which the surplus takes turns does not keep the surplus alive. */
static void test_surplus_under_load(void **state)
{
    struct blocked blocked[20];
    HANDLE release = CreateEventW(NULL, TRUE, FALSE, NULL);
    unsigned base = base_workers();
    LONG entered = 0, left = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(blocked); i++) {
        blocked[i] = (struct blocked){
            .op = {.done = block}, .release = release, .entered = &entered, .left = &left};
        assert_int_equal(pool_queue(&blocked[i].op), ERROR_SUCCESS);
    }
    await(&entered, ARRAY_LENGTH(blocked));
    SetEvent(release);
    await(&left, ARRAY_LENGTH(blocked));
    /* On a busy machine even light work needs several workers now and then. */
    for (uint64_t end = GetTickCount64() + 6 * WAIT_MS;
         pool_thread_count() > base && GetTickCount64() < end;)
        test_queue(state);
    assert_in_range(pool_thread_count(), 1, base);
    CloseHandle(release);
}

/* ---- timers ---- */

struct ticker {
    struct pool_timer timer;
    HANDLE fired;
    volatile LONG calls;
    LONG again; /* how often it sets itself again */
    bool on_worker;
    uint64_t at;
};

static void tick(struct pool_timer *timer)
{
    struct ticker *t = CONTAINER_OF(timer, struct ticker, timer);

    t->on_worker = pool_is_worker();
    t->at = GetTickCount64();
    InterlockedIncrement(&t->calls);
    if (t->again) {
        t->again--;
        pool_timer_set(timer, 1);
    } else {
        SetEvent(t->fired);
    }
}

static void ticker_init(struct ticker *t)
{
    memset(t, 0, sizeof(*t));
    pool_timer_init(&t->timer, tick);
    t->fired = CreateEventW(NULL, TRUE, FALSE, NULL);
}

static void ticker_await(struct ticker *t)
{
    assert_int_equal(WaitForSingleObject(t->fired, WAIT_MS), WAIT_OBJECT_0);
    assert_true(t->on_worker);
}

static void test_timer_fires_once(void **state)
{
    struct ticker t, later;
    uint64_t start = GetTickCount64();

    ticker_init(&t);
    ticker_init(&later);
    assert_false(pool_timer_cancel(&t.timer));
    assert_int_equal(pool_timer_set(&t.timer, 30), ERROR_SUCCESS);
    ticker_await(&t);
    assert_true(t.at - start >= 30);
    assert_false(pool_timer_cancel(&t.timer));
    /* by the time that a later one has fired, a second call would have come */
    assert_int_equal(pool_timer_set(&later.timer, 50), ERROR_SUCCESS);
    ticker_await(&later);
    assert_int_equal(t.calls, 1);
    CloseHandle(t.fired);
    CloseHandle(later.fired);
}

/* One that has been cancelled does not fire; cancelling says when it is too late for that. */
static void test_timer_cancel(void **state)
{
    struct ticker cancelled[20], last;
    LONG expected[20];

    ticker_init(&last);
    for (size_t i = 0; i < ARRAY_LENGTH(cancelled); i++) {
        ticker_init(&cancelled[i]);
        assert_int_equal(pool_timer_set(&cancelled[i].timer, 40), ERROR_SUCCESS);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(cancelled); i++) {
        expected[i] = !pool_timer_cancel(&cancelled[i].timer);
        assert_false(pool_timer_cancel(&cancelled[i].timer));
    }
    assert_int_equal(pool_timer_set(&last.timer, 60), ERROR_SUCCESS);
    ticker_await(&last);
    for (size_t i = 0; i < ARRAY_LENGTH(cancelled); i++) {
        if (expected[i])
            ticker_await(&cancelled[i]);
        assert_int_equal(cancelled[i].calls, expected[i]);
        CloseHandle(cancelled[i].fired);
    }
    CloseHandle(last.fired);
}

/* Set in another order than they are due: none comes too soon, and none waits for one that was set
 * before it. */
static void test_timer_order(void **state)
{
    static const DWORD delays[] = {60000, 120, 60, 1, 30, 90};
    struct ticker t[ARRAY_LENGTH(delays)];
    uint64_t start = GetTickCount64();

    for (size_t i = 0; i < ARRAY_LENGTH(delays); i++) {
        ticker_init(&t[i]);
        assert_int_equal(pool_timer_set(&t[i].timer, delays[i]), ERROR_SUCCESS);
    }
    for (size_t i = 1; i < ARRAY_LENGTH(delays); i++) {
        ticker_await(&t[i]);
        assert_true(t[i].at - start >= delays[i]);
    }
    assert_true(pool_timer_cancel(&t[0].timer));
    for (size_t i = 0; i < ARRAY_LENGTH(delays); i++)
        CloseHandle(t[i].fired);
}

/* Setting an armed timer moves it; a timer may set itself from its own callback. */
static void test_timer_rearm(void **state)
{
    struct ticker t;
    uint64_t start = GetTickCount64();

    ticker_init(&t);
    t.again = 10;
    assert_int_equal(pool_timer_set(&t.timer, 60000), ERROR_SUCCESS);
    assert_int_equal(pool_timer_set(&t.timer, 5), ERROR_SUCCESS);
    ticker_await(&t);
    assert_int_equal(t.calls, 11);
    assert_true(GetTickCount64() - start < WAIT_MS);
    CloseHandle(t.fired);
}

/* Set and cancelled from several threads: each set timer fires, or its cancel says that it will
 * not. */
static DWORD WINAPI churn(void *arg)
{
    LONG *expected = arg;
    struct ticker t;

    ticker_init(&t);
    for (int i = 0; i < 200; i++) {
        LONG before = t.calls;

        ResetEvent(t.fired);
        pool_timer_set(&t.timer, i % 3);
        if (i % 2)
            Sleep(1);
        if (!pool_timer_cancel(&t.timer) && WaitForSingleObject(t.fired, WAIT_MS) == WAIT_OBJECT_0)
            before++;
        if (t.calls != before)
            InterlockedIncrement(expected);
    }
    CloseHandle(t.fired);
    return 0;
}

static void test_timer_churn(void **state)
{
    HANDLE threads[4];
    LONG wrong = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        threads[i] = CreateThread(NULL, 0, churn, &wrong, 0, NULL);
    assert_int_equal(WaitForMultipleObjects(ARRAY_LENGTH(threads), threads, TRUE, WAIT_MS),
                     WAIT_OBJECT_0);
    assert_int_equal(wrong, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        CloseHandle(threads[i]);
}

/* ---- events ---- */

static void test_event(void **state)
{
    struct pool_event *event;
    struct completion c;
    DWORD bytes;

    completion_init(&c);
    event = pool_event_take(&c.op);
    assert_non_null(event);
    for (int i = 0; i < 100; i++) {
        completion_reset(&c);
        assert_true(pool_event_arm(event, true));
        assert_true(SetEvent(pool_event_handle(event)));
        assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
        assert_int_equal(bytes, 0);
        assert_int_equal(c.calls, 1);
        assert_true(c.on_worker);
    }
    pool_event_give(event);
    completion_free(&c);
}

/* One that is set before it is armed is not lost. */
static void test_event_set_before(void **state)
{
    uint64_t end = GetTickCount64() + WAIT_MS;
    struct pool_event *event;
    struct completion c;
    bool armed = true;
    DWORD bytes;

    completion_init(&c);
    event = pool_event_take(&c.op);
    assert_true(SetEvent(pool_event_handle(event)));
    while (WaitForSingleObject(pool_event_handle(event), 0) == WAIT_OBJECT_0 && GetTickCount64() < end)
        SetEvent(pool_event_handle(event)); /* until a worker has taken it */
    test_queue(state);                      /* and has told */
    armed = pool_event_arm(event, true);
    if (armed)
        assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    assert_int_equal(c.calls, armed);
    pool_event_give(event);
    completion_free(&c);
}

/* Where something may come without the event, `done` is called all the same. */
static void test_event_unsure(void **state)
{
    struct pool_event *event;
    struct completion c;
    DWORD bytes;

    completion_init(&c);
    event = pool_event_take(&c.op);
    assert_true(pool_event_arm(event, false));
    assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    assert_int_equal(bytes, 0);
    pool_event_give(event);
    completion_free(&c);
}

/* When all are lent, the one that has waited for longest goes to somebody else, once it has done so
 * for a while; its owner is told. */
static void test_events_run_out(void **state)
{
    struct pool_event *events[POOL_EVENTS_MAX], *more = NULL;
    uint64_t end = GetTickCount64() + WAIT_MS;
    struct completion c[POOL_EVENTS_MAX + 1];
    DWORD bytes;

    for (unsigned i = 0; i <= POOL_EVENTS_MAX; i++)
        completion_init(&c[i]);
    for (unsigned i = 0; i < POOL_EVENTS_MAX; i++) {
        events[i] = pool_event_take(&c[i].op);
        assert_non_null(events[i]);
        if (i == 3)
            assert_true(pool_event_arm(events[i], true));
    }
    assert_null(pool_event_take(&c[POOL_EVENTS_MAX].op));
    while (!more && GetTickCount64() < end) {
        Sleep(10);
        more = pool_event_take(&c[POOL_EVENTS_MAX].op);
    }
    assert_ptr_equal(more, events[3]);
    assert_int_equal(completion_wait(&c[3], ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    assert_int_equal(bytes, POOL_EVENT_LOST);
    assert_true(pool_event_arm(more, true));
    assert_true(SetEvent(pool_event_handle(more)));
    assert_int_equal(completion_wait(&c[POOL_EVENTS_MAX], ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    assert_int_equal(c[3].calls, 1);
    for (unsigned i = 0; i < POOL_EVENTS_MAX; i++)
        pool_event_give(events[i]);
    for (unsigned i = 0; i <= POOL_EVENTS_MAX; i++)
        completion_free(&c[i]);
}

static void hold_worker(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct blocked *b = CONTAINER_OF(op, struct blocked, op);

    InterlockedIncrement(b->entered);
    pool_block_begin();
    WaitForSingleObject(b->release, WAIT_MS);
    pool_block_end();
    InterlockedIncrement(b->left);
}

/* Neither the port nor an event waits for a worker that is kept. */
static void test_event_beside_blocked(void **state)
{
    HANDLE release = CreateEventW(NULL, TRUE, FALSE, NULL);
    LONG entered = 0, left = 0;
    struct blocked blocked = {.op = {.done = hold_worker}, .release = release, .entered = &entered, .left = &left};
    struct pool_event *event;
    struct completion c;
    DWORD bytes;

    completion_init(&c);
    event = pool_event_take(&c.op);
    assert_int_equal(pool_queue(&blocked.op), ERROR_SUCCESS);
    await(&entered, 1);
    assert_true(pool_event_arm(event, true));
    SetEvent(pool_event_handle(event));
    assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    test_queue(state);
    assert_int_equal(left, 0);
    SetEvent(release);
    await(&left, 1);
    pool_event_give(event);
    completion_free(&c);
    CloseHandle(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_block_elsewhere),
        cmocka_unit_test(test_blocked_workers),
        cmocka_unit_test(test_surplus_under_load),
        cmocka_unit_test(test_timer_fires_once),
        cmocka_unit_test(test_timer_cancel),
        cmocka_unit_test(test_timer_order),
        cmocka_unit_test(test_timer_rearm),
        cmocka_unit_test(test_timer_churn),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_event_set_before),
        cmocka_unit_test(test_event_unsure),
        cmocka_unit_test(test_events_run_out),
        cmocka_unit_test(test_event_beside_blocked),
    };

    watchdog_start(120);
    thread_init();
    pool_idle_ms = IDLE_MS;
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
