/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call/notifier.h from inside: callbacks of a call in progress run one at a time, RpcCallComplete once
 * and as the last, whoever posts at the same moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/notifier.h"

#define WAIT_MS 20000

struct watched {
    struct object object;
    RPC_ASYNC_STATE async;
    struct notifier notifier;
    HANDLE entered, go_on; /* … of a callback that waits */
    HANDLE destroyed;
    volatile LONG counts[3], running, overlaps, late, waits;
};

static void destroyed(struct object *object)
{
    SetEvent(CONTAINER_OF(object, struct watched, object)->destroyed);
}

static void __RPC_USER routine(RPC_ASYNC_STATE *async, void *context, RPC_ASYNC_EVENT event)
{
    struct watched *w = CONTAINER_OF(async, struct watched, async);

    w->overlaps += InterlockedIncrement(&w->running) > 1;
    w->late += w->counts[RpcCallComplete] != 0;
    InterlockedIncrement(&w->counts[event]);
    if (InterlockedExchange(&w->waits, false)) {
        SetEvent(w->entered);
        WaitForSingleObject(w->go_on, WAIT_MS);
    }
    InterlockedDecrement(&w->running);
}

static struct watched *begin(void)
{
    struct watched *w = calloc(1, sizeof(*w));
    struct notification notification;

    object_init(&w->object, OBJECT_CLIENT_CALL, destroyed);
    w->entered = CreateEventW(NULL, FALSE, FALSE, NULL);
    w->go_on = CreateEventW(NULL, FALSE, FALSE, NULL);
    w->destroyed = CreateEventW(NULL, FALSE, FALSE, NULL);
    w->async.NotificationType = RpcNotificationTypeCallback;
    w->async.u.NotificationRoutine = routine;
    assert_int_equal(notification_capture(&notification, &w->async), RPC_S_OK);
    notifier_init(&w->notifier, &w->object);
    notifier_set(&w->notifier, &notification);
    return w;
}

/* All callbacks are over when the last reference is gone. */
static void end(struct watched *w)
{
    object_release(&w->object);
    assert_int_equal(WaitForSingleObject(w->destroyed, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(w->counts[RpcCallComplete], 1);
    assert_int_equal(w->overlaps, 0);
    assert_int_equal(w->late, 0);
    CloseHandle(w->entered);
    CloseHandle(w->go_on);
    CloseHandle(w->destroyed);
    free(w);
}

/* The call ends while the callback of an earlier event runs. */
static void test_end_while_a_callback_runs(void **state)
{
    struct watched *w = begin();

    w->waits = true;
    notifier_post(&w->notifier, RpcReceiveComplete);
    assert_int_equal(WaitForSingleObject(w->entered, WAIT_MS), WAIT_OBJECT_0);
    notifier_post(&w->notifier, RpcSendComplete); /* is not told any more */
    notifier_close(&w->notifier);
    notifier_post_last(&w->notifier, RpcCallComplete);
    notifier_post(&w->notifier, RpcReceiveComplete);
    assert_int_equal(w->counts[RpcCallComplete], 0);
    SetEvent(w->go_on);
    end(w);
}

/* Events that come while one is told are told after it, each kind once. */
static void test_events_that_wait(void **state)
{
    struct watched *w = begin();

    w->waits = true;
    notifier_post(&w->notifier, RpcSendComplete);
    assert_int_equal(WaitForSingleObject(w->entered, WAIT_MS), WAIT_OBJECT_0);
    w->waits = true;
    for (int i = 0; i < 3; i++)
        notifier_post(&w->notifier, RpcReceiveComplete);
    SetEvent(w->go_on);
    assert_int_equal(WaitForSingleObject(w->entered, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(w->counts[RpcSendComplete], 1);
    assert_int_equal(w->counts[RpcReceiveComplete], 1);
    notifier_post_last(&w->notifier, RpcCallComplete);
    SetEvent(w->go_on);
    end(w);
}

static DWORD WINAPI post_many(void *arg)
{
    struct watched *w = arg;

    for (int i = 0; i < 200; i++)
        notifier_post(&w->notifier, i & 1 ? RpcSendComplete : RpcReceiveComplete);
    object_release(&w->object);
    return 0;
}

static void test_many_posters(void **state)
{
    for (int round = 0; round < 50; round++) {
        struct watched *w = begin();
        HANDLE threads[3];

        for (unsigned i = 0; i < ARRAYSIZE(threads); i++) {
            object_addref(&w->object);
            threads[i] = CreateThread(NULL, 0, post_many, w, 0, NULL);
        }
        if (round & 1)
            SwitchToThread();
        notifier_close(&w->notifier);
        notifier_post_last(&w->notifier, RpcCallComplete);
        WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, WAIT_MS);
        for (unsigned i = 0; i < ARRAYSIZE(threads); i++)
            CloseHandle(threads[i]);
        end(w);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_while_a_callback_runs),
        cmocka_unit_test(test_events_that_wait),
        cmocka_unit_test(test_many_posters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
