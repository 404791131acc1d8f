/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Per-thread state, from inside: made on first use, gone with its thread, and cancels that find
 * it. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include "platform/thread.h"
#include <cmocka.h>

#include "heap_blocks.h"

static int init(void **state)
{
    return !thread_init();
}

static int finish(void **state)
{
    thread_exit();
    return 0;
}

/* A thread that waits to be told to go on, and then runs `body`; it ends as the loader ends it. */
struct thread {
    HANDLE handle, go;
    DWORD id;
    int (*body)(void);
};

static DWORD WINAPI run(void *arg)
{
    struct thread *thread = arg;
    int result;

    WaitForSingleObject(thread->go, INFINITE);
    result = thread->body ? thread->body() : 0;
    thread_detach();
    return result;
}

static void thread_start(struct thread *thread, int (*body)(void))
{
    thread->body = body;
    thread->go = CreateEventW(NULL, TRUE, FALSE, NULL);
    thread->handle = CreateThread(NULL, 0, run, thread, 0, &thread->id);
}

static void thread_join(struct thread *thread)
{
    DWORD result = 1;

    SetEvent(thread->go);
    WaitForSingleObject(thread->handle, INFINITE);
    GetExitCodeThread(thread->handle, &result);
    CloseHandle(thread->handle);
    CloseHandle(thread->go);
    assert_int_equal(result, 0);
}

static void run_thread(int (*body)(void))
{
    struct thread thread;

    thread_start(&thread, body);
    thread_join(&thread);
}

/* ---- the state ---- */

static LONG released;

static void count_release(void *value)
{
    released += *(LONG *)value;
}

static int fill_slots(void)
{
    static LONG one = 1, ten = 10;
    struct thread_state *state;

    if (thread_peek())
        return 1;
    SetLastError(4711);
    state = thread_get();
    if (!state || thread_peek() != state || thread_get() != state || GetLastError() != 4711)
        return 2;
    if (state->id != GetCurrentThreadId() || state->server_call || state->error_info.value)
        return 3;
    state->error_info.value = &one;
    state->error_info.release = count_release;
    state->ss_memory.value = &ten;
    state->ss_memory.release = count_release;
    return 0;
}

static void test_state(void **state)
{
    released = 0;
    run_thread(fill_slots);
    assert_int_equal(released, 11);
    assert_leaves_nothing(run_thread(fill_slots));
}

static int use_nothing(void)
{
    return thread_peek() != NULL;
}

static void test_unused(void **state)
{
    assert_leaves_nothing(run_thread(use_nothing));
}

/* ---- a thread that is terminated, and another one with its id ---- */

static LONG stale_id, stale_is_gone;

static void note_stale(void *value)
{
    stale_is_gone = *(LONG *)value == stale_id;
}

static DWORD WINAPI wait_with_state(void *ready)
{
    static LONG id;
    struct thread_state *state = thread_get();

    state->pool_worker = true;
    state->apc_thread.value = &id;
    state->apc_thread.release = note_stale;
    id = (LONG)GetCurrentThreadId();
    SetEvent(ready);
    Sleep(INFINITE);
    return 0;
}

/* 0: it has the id, and a state of its own. */
static DWORD WINAPI has_own_state(void *unused)
{
    struct thread_state *state;
    DWORD result = 1;

    if ((LONG)GetCurrentThreadId() == stale_id) {
        state = thread_get();
        result = !state || state->apc_thread.value || state->pool_worker || !stale_is_gone ? 2 : 0;
        thread_detach();
    }
    return result;
}

/* A terminated thread's state stays; whoever has its id next must not take it for his own. */
static void test_terminated(void **state)
{
    enum { THREADS = 3000 }; /* the system gives an id again when it has given some hundred others */
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, NULL), thread;
    DWORD id, result = 1;

    stale_is_gone = false;
    thread = CreateThread(NULL, 0, wait_with_state, ready, 0, &id);
    assert_int_equal(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    stale_id = (LONG)id;
    TerminateThread(thread, 0);
    assert_int_equal(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(ready);
    for (unsigned i = 0; i < THREADS && result == 1; i++) {
        thread = CreateThread(NULL, 0, has_own_state, NULL, 0, NULL);
        assert_int_equal(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
        GetExitCodeThread(thread, &result);
        CloseHandle(thread);
    }
    if (result == 1)
        skip(); /* the id has not come again */
    assert_int_equal(result, 0);
}

/* ---- cancels ---- */

static int is_cancelled_once(void)
{
    HANDLE event;

    if (!thread_take_cancel() || thread_take_cancel())
        return 1;
    event = thread_cancel_event();
    if (!event || thread_cancel_event() != event || WaitForSingleObject(event, 0) != WAIT_TIMEOUT)
        return 2;
    thread_cancel(GetCurrentThreadId(), NULL);
    if (WaitForSingleObject(event, 0) != WAIT_OBJECT_0 || !thread_take_cancel())
        return 3;
    return WaitForSingleObject(event, 0) != WAIT_TIMEOUT;
}

/* A cancel for a thread that has used nothing yet waits for it; several are one. */
static void test_cancel_before_use(void **state)
{
    struct thread thread;

    thread_start(&thread, is_cancelled_once);
    assert_true(thread_cancel(thread.id, NULL));
    assert_true(thread_cancel(thread.id, NULL));
    thread_join(&thread);
}

static int waits_for_cancel(void)
{
    return WaitForSingleObject(thread_cancel_event(), 10000) != WAIT_OBJECT_0 ||
           !thread_take_cancel();
}

/* Whichever comes first, the event or the cancel. */
static void test_cancel_wakes(void **state)
{
    for (int round = 0; round < 50; round++) {
        struct thread thread;

        thread_start(&thread, waits_for_cancel);
        SetEvent(thread.go);
        assert_true(thread_cancel(thread.id, NULL));
        thread_join(&thread);
    }
}

/* The cancel of a thread that ends without looking is not left for the next one with its id. */
static void cancel_and_end(void)
{
    struct thread thread;

    thread_start(&thread, NULL);
    thread_cancel(thread.id, NULL);
    thread_join(&thread);
}

static void test_cancel_is_forgotten(void **state)
{
    assert_leaves_nothing(cancel_and_end());
}

static int has_timeout(void)
{
    return thread_get()->cancel_timeout != 7;
}

static void test_cancel_timeout(void **state)
{
    LONG timeout = 7;
    struct thread thread;

    assert_int_equal(thread_get()->cancel_timeout, RPC_C_CANCEL_INFINITE_TIMEOUT);
    thread_start(&thread, has_timeout);
    assert_true(thread_cancel(thread.id, &timeout));
    thread_join(&thread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_unused),
        cmocka_unit_test(test_terminated),
        cmocka_unit_test(test_cancel_before_use),
        cmocka_unit_test(test_cancel_wakes),
        cmocka_unit_test(test_cancel_is_forgotten),
        cmocka_unit_test(test_cancel_timeout),
    };

    return cmocka_run_group_tests(tests, init, finish);
}
