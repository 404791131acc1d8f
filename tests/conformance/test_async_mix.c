/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many calls at once: asynchronous and synchronous ones on one binding from many threads, their
 * order, and a thousand outstanding ones with few threads and connections. Sources: the SDK
 * documentation's "Causal Ordering of Asynchronous Calls", "Binding Option Constants". */
#include "async_client.h"
#include "async_server.h"

/* ---- many threads on one binding ---- */

enum { THREADS = 8, ROUNDS = 25 };

struct worker {
    RPC_BINDING_HANDLE binding;
    HANDLE thread;
    LONG number;
    volatile LONG failed_line; /* asserting is for the main thread */
};

#define CHECK(worker, condition) \
    do { \
        if (!(condition)) { \
            (worker)->failed_line = __LINE__; \
            return; \
        } \
    } while (0)

static RPC_STATUS complete(struct async_call *call)
{
    return call_wait(call, WAIT_MS) ? RpcAsyncCompleteCall(&call->state, &call->reply)
                                    : ERROR_TIMEOUT;
}

static void one_round(struct worker *worker, struct async_call *held, struct async_call *quick,
                      LONG round)
{
    LONG a = worker->number * 1000 + round;

    call_reset(held);
    call_reset(quick);
    held->token = fresh_tokens(1);
    held->value = a;
    async_hold(&held->state, worker->binding, held->token, 0, &held->value);
    async_add(&quick->state, worker->binding, a, 5, &quick->value);
    CHECK(worker, sync_add(worker->binding, a, 3) == a + 3);
    CHECK(worker, complete(quick) == RPC_S_OK);
    CHECK(worker, quick->value == a + 5 && quick->reply == a - 5);
    CHECK(worker, sync_await(worker->binding, held->token, AWAIT_ARRIVED) == RPC_S_OK);
    if (round % 3 == 2) {
        CHECK(worker, RpcAsyncCancelCall(&held->state, TRUE) == RPC_S_OK);
        CHECK(worker, complete(held) == RPC_S_CALL_CANCELLED);
        sync_release(worker->binding, held->token, RELEASE_COMPLETE, 0);
    } else {
        CHECK(worker, sync_release(worker->binding, held->token, RELEASE_COMPLETE, -a) == RPC_S_OK);
        CHECK(worker, complete(held) == RPC_S_OK);
        CHECK(worker, held->value == -a && held->reply == held->token);
    }
}

static DWORD WINAPI work(void *arg)
{
    static const RPC_NOTIFICATION_TYPES types[] = ALL_NOTIFICATION_TYPES;
    struct worker *worker = arg;
    struct async_call *held = call_new(types[worker->number % ARRAYSIZE(types)]);
    struct async_call *quick = call_new(RpcNotificationTypeEvent);

    RpcTryExcept
    {
        for (LONG round = 0; round < ROUNDS && !worker->failed_line; round++)
            one_round(worker, held, quick, round);
    }
    RpcExcept(1)
    {
        worker->failed_line = -(LONG)RpcExceptionCode();
    }
    RpcEndExcept
    if (!worker->failed_line) {
        call_free(held);
        call_free(quick);
    }
    return 0;
}

static void test_threads(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct worker workers[THREADS];

    for (LONG i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.binding = binding, .number = i};
        workers[i].thread = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
    }
    for (LONG i = 0; i < THREADS; i++) {
        assert_int_equal(WaitForSingleObject(workers[i].thread, 3 * WAIT_MS), WAIT_OBJECT_0);
        CloseHandle(workers[i].thread);
    }
    for (LONG i = 0; i < THREADS; i++)
        if (workers[i].failed_line)
            fail_msg("thread %ld failed in line %ld (or with exception, if negative)", i,
                     workers[i].failed_line);
    rpc_fixture_unbind(&binding);
}

/* ---- manager routines that block ---- */

enum { BLOCKED = 12 };

struct blocked {
    struct rpc_target *target;
    LONG token;
    HANDLE thread;
    volatile LONG answer;
};

static DWORD WINAPI block(void *arg)
{
    struct blocked *blocked = arg;
    RPC_BINDING_HANDLE binding = rpc_target_bind(blocked->target);

    blocked->answer = UNTOUCHED;
    RpcTryExcept
    {
        blocked->answer = sync_block(binding, blocked->token);
    }
    RpcExcept(1)
    {
    }
    RpcEndExcept
    RpcBindingFree(&binding);
    return 0;
}

/* More of them than processors, each on a connection of its own: none keeps another from running,
 * nor new connections from being accepted. */
static void test_blocked_managers(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE steer = rpc_target_bind(target);
    struct blocked blocked[BLOCKED];

    for (LONG i = 0; i < BLOCKED; i++) {
        blocked[i] = (struct blocked){.target = target, .token = fresh_tokens(1)};
        blocked[i].thread = CreateThread(NULL, 0, block, &blocked[i], 0, NULL);
    }
    for (LONG i = 0; i < BLOCKED; i++)
        steer_await(steer, blocked[i].token, AWAIT_ARRIVED);
    for (LONG i = 0; i < BLOCKED; i++)
        assert_int_equal(steer_release(steer, blocked[i].token, RELEASE_COMPLETE, 0), RPC_S_OK);
    for (LONG i = 0; i < BLOCKED; i++) {
        assert_int_equal(WaitForSingleObject(blocked[i].thread, WAIT_MS), WAIT_OBJECT_0);
        CloseHandle(blocked[i].thread);
        assert_int_equal(blocked[i].answer, 0);
    }
    rpc_fixture_unbind(&steer);
}

/* ---- order ---- */

/* Forgets what has arrived. */
static void start_order(RPC_BINDING_HANDLE binding)
{
    LONG taken;

    sync_order_taken(binding, 1, &taken);
}

static RPC_STATUS submit_order(struct async_call *call, RPC_BINDING_HANDLE binding, LONG sequence,
                               LONG wait_for)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept
    {
        async_order(&call->state, binding, sequence, wait_for);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

/* "calls made on the same binding handle, on the same thread, at the same security level, are
 * dispatched in the order they were made" */
static void test_causal(void **state)
{
    enum { CALLS = 200 };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *calls[CALLS];
    LONG taken[CALLS];

    start_order(binding);
    for (LONG i = 0; i < CALLS; i++) {
        calls[i] = call_new(RpcNotificationTypeEvent);
        assert_int_equal(submit_order(calls[i], binding, i, -1), RPC_S_OK);
    }
    for (LONG i = 0; i < CALLS; i++) {
        assert_int_equal(call_finish(calls[i]), RPC_S_OK);
        call_free(calls[i]);
    }
    assert_int_equal(sync_order_taken(binding, CALLS, taken), CALLS);
    for (LONG i = 0; i < CALLS; i++)
        assert_int_equal(taken[i], i);
    rpc_fixture_unbind(&binding);
}

struct order_call {
    struct async_call *call;
    RPC_BINDING_HANDLE binding;
    LONG sequence;
    RPC_STATUS status;
};

static DWORD WINAPI order_on_a_thread(void *arg)
{
    struct order_call *order = arg;

    order->status = submit_order(order->call, order->binding, order->sequence, -1);
    if (order->status == RPC_S_OK)
        order->status = complete(order->call);
    return 0;
}

/* "calls from different client threads execute simultaneously": the first runs until the second has
 * arrived. */
static void test_other_thread(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *first = call_new(RpcNotificationTypeEvent);
    struct order_call second = {call_new(RpcNotificationTypeEvent), binding, 2, RPC_S_OK};
    HANDLE thread;

    start_order(binding);
    assert_int_equal(submit_order(first, binding, 1, 2), RPC_S_OK);
    thread = CreateThread(NULL, 0, order_on_a_thread, &second, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_int_equal(second.status, RPC_S_OK);
    assert_int_equal(call_finish(first), RPC_S_OK);
    call_free(first);
    call_free(second.call);
    rpc_fixture_unbind(&binding);
}

/* "the asynchronous call can execute while the synchronous calls are executing" */
static void test_synchronous_meanwhile(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE other = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *first = call_new(RpcNotificationTypeEvent);
    struct async_call *second = call_new(RpcNotificationTypeEvent);

    start_order(binding);
    assert_int_equal(submit_order(first, binding, 1, 2), RPC_S_OK);
    for (LONG i = 0; i < 10; i++)
        assert_int_equal(steer_add(binding, i, i), 2 * i);
    assert_int_equal(RpcAsyncGetCallStatus(&first->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(submit_order(second, other, 2, -1), RPC_S_OK);
    assert_int_equal(call_finish(second), RPC_S_OK);
    assert_int_equal(call_finish(first), RPC_S_OK);
    call_free(first);
    call_free(second);
    rpc_fixture_unbind(&other);
    rpc_fixture_unbind(&binding);
}

/* "If TRUE … RPC calls are executed independently": the first runs until the last has arrived, on
 * one thread. */
static void test_noncausal(void **state)
{
    enum { CALLS = 4 };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *calls[CALLS];
    ULONG_PTR value = 7;
    LONG wait_for;

    assert_int_equal(RpcBindingInqOption(binding, RPC_C_OPT_BINDING_NONCAUSAL, &value), RPC_S_OK);
    assert_int_equal(value, FALSE);
    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_BINDING_NONCAUSAL, TRUE), RPC_S_OK);
    assert_int_equal(RpcBindingInqOption(binding, RPC_C_OPT_BINDING_NONCAUSAL, &value), RPC_S_OK);
    assert_int_equal(value, TRUE);
    start_order(binding);
    for (LONG i = 0; i < CALLS; i++) {
        calls[i] = call_new(RpcNotificationTypeEvent);
        wait_for = i < CALLS - 1 ? 100 + CALLS - 1 : -1;
        assert_int_equal(submit_order(calls[i], binding, 100 + i, wait_for), RPC_S_OK);
    }
    for (LONG i = 0; i < CALLS; i++) {
        assert_int_equal(call_finish(calls[i]), RPC_S_OK);
        call_free(calls[i]);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- a thousand calls ---- */

enum { MANY = 1000, MAX_MORE_THREADS = 16, MAX_MORE_HANDLES = 128, MAX_CONNECTIONS = 32 };

struct many {
    RPC_ASYNC_STATE states[MANY];
    LONG values[MANY], replies[MANY];
    LONG notified[MANY];
    LONG first;
    HANDLE port;
};

static void submit_many(struct many *many, RPC_BINDING_HANDLE binding)
{
    many->first = fresh_tokens(MANY);
    for (LONG i = 0; i < MANY; i++) {
        RPC_ASYNC_STATE *async = &many->states[i];

        assert_int_equal(RpcAsyncInitializeHandle(async, sizeof(*async)), RPC_S_OK);
        async->NotificationType = RpcNotificationTypeIoc;
        async->u.IOC.hIOPort = many->port;
        async->u.IOC.dwNumberOfBytesTransferred = 0;
        async->u.IOC.dwCompletionKey = i;
        async->u.IOC.lpOverlapped = (OVERLAPPED *)async;
        many->values[i] = i;
        async_hold(async, binding, many->first + i, 0, &many->values[i]);
    }
}

static void finish_many(struct many *many)
{
    OVERLAPPED *overlapped;
    ULONG_PTR i;
    DWORD bytes;

    for (LONG n = 0; n < MANY; n++) {
        assert_true(GetQueuedCompletionStatus(many->port, &bytes, &i, &overlapped, WAIT_MS));
        assert_true(i < MANY);
        assert_ptr_equal(overlapped, &many->states[i]);
        assert_int_equal(many->notified[i]++, 0);
        assert_int_equal(RpcAsyncCompleteCall(&many->states[i], &many->replies[i]), RPC_S_OK);
        assert_int_equal(many->values[i], -(many->first + (LONG)i));
        assert_int_equal(many->replies[i], many->first + i);
    }
    assert_false(GetQueuedCompletionStatus(many->port, &bytes, &i, &overlapped, 0));
}

static void assert_within(const char *what, LONG before, LONG now, LONG more)
{
    if (now > before + more)
        fail_msg("%s: %ld, then %ld", what, before, now);
}

static void test_thousand(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE binding = rpc_target_bind(target), steer = rpc_target_bind(target);
    struct many *many = calloc(1, sizeof(*many));
    LONG threads, handles, server_threads, server_handles;

    many->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    assert_int_equal(steer_add(binding, 1, 2), 3);
    threads = count_threads();
    handles = count_handles();
    server_threads = steer_count(steer, COUNT_THREADS, 0);
    server_handles = steer_count(steer, COUNT_HANDLES, 0);
    submit_many(many, binding);
    steer_await_count(steer, COUNT_HELD, 0, MANY);
    for (LONG i = 0; i < MANY; i += 37)
        assert_int_equal(RpcAsyncGetCallStatus(&many->states[i]), RPC_S_ASYNC_CALL_PENDING);
    assert_within("threads", threads, count_threads(), MAX_MORE_THREADS);
    assert_within("handles", handles, count_handles(), MAX_MORE_HANDLES);
    assert_within("server's threads", server_threads, steer_count(steer, COUNT_THREADS, 0),
                  MAX_MORE_THREADS);
    assert_within("server's handles", server_handles, steer_count(steer, COUNT_HANDLES, 0),
                  MAX_MORE_HANDLES);
    if (rpc_target_port(target))
        assert_within("connections", 0,
                      steer_count(steer, COUNT_CONNECTIONS, rpc_target_port(target)),
                      MAX_CONNECTIONS);
    assert_int_equal(steer_release_all(steer, many->first, MANY, 4711), MANY);
    finish_many(many);
    CloseHandle(many->port);
    free(many);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_blocked_managers),
        cmocka_unit_test(test_causal),
        cmocka_unit_test(test_other_thread),
        cmocka_unit_test(test_synchronous_meanwhile),
        cmocka_unit_test(test_noncausal),
        cmocka_unit_test(test_thousand),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_mix",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
