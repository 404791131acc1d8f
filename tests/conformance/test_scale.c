/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much a client and a server take when there is much to do: ten thousand calls outstanding, sixteen
 * threads that call at once, and bindings that nobody uses. Each test runs against a server in another
 * process, so that what each of the two holds can be told apart. */
#include "async_client.h"
#include "async_server.h"

/* ---- ten thousand calls ---- */

enum { MANY = 10000, MAX_THREADS = 8, MAX_CONNECTIONS = 16, BYTES_PER_CALL = 4096, OWN_THREADS = 2 };

struct many {
    RPC_ASYNC_STATE states[MANY];
    LONG values[MANY], replies[MANY];
    byte notified[MANY];
    LONG first;
    HANDLE port;
};

static void submit_all(struct many *many, RPC_BINDING_HANDLE binding)
{
    many->first = fresh_tokens(MANY);
    for (LONG i = 0; i < MANY; i++) {
        RPC_ASYNC_STATE *async = &many->states[i];

        assert_int_equal(RpcAsyncInitializeHandle(async, sizeof(*async)), RPC_S_OK);
        async->NotificationType = RpcNotificationTypeIoc;
        async->u.IOC.hIOPort = many->port;
        async->u.IOC.dwCompletionKey = i;
        async_hold(async, binding, many->first + i, 0, &many->values[i]);
    }
}

static void finish_all(struct many *many)
{
    OVERLAPPED *overlapped;
    ULONG_PTR i;
    DWORD bytes;

    for (LONG n = 0; n < MANY; n++) {
        assert_true(GetQueuedCompletionStatus(many->port, &bytes, &i, &overlapped, WAIT_MS));
        assert_true(i < MANY);
        assert_int_equal(many->notified[i]++, 0);
        assert_int_equal(RpcAsyncCompleteCall(&many->states[i], &many->replies[i]), RPC_S_OK);
        assert_int_equal(many->values[i], -(many->first + (LONG)i));
        assert_int_equal(many->replies[i], many->first + i);
    }
    assert_false(GetQueuedCompletionStatus(many->port, &bytes, &i, &overlapped, 0));
}

static void assert_at_most(const char *what, LONG value, LONG limit)
{
    if (value > limit)
        fail_msg("%s: %ld, more than %ld", what, value, limit);
}

static void ten_thousand(struct rpc_target *target)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(target), steer = rpc_target_bind(target);
    struct many *many = calloc(1, sizeof(*many));
    LONG bytes, server_bytes;

    many->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    assert_int_equal(steer_add(steer, 1, 2), 3);
    bytes = count_heap_bytes();
    server_bytes = steer_count(steer, COUNT_HEAP_BYTES, 0);
    submit_all(many, binding);
    steer_await_count(steer, COUNT_HELD, 0, MANY);
    assert_at_most("threads", count_threads(), MAX_THREADS + OWN_THREADS);
    assert_at_most("the server's threads", steer_count(steer, COUNT_THREADS, 0), MAX_THREADS + OWN_THREADS);
    assert_at_most("octets", count_heap_bytes() - bytes, MANY * BYTES_PER_CALL);
    assert_at_most("the server's octets", steer_count(steer, COUNT_HEAP_BYTES, 0) - server_bytes,
                   MANY * BYTES_PER_CALL);
    if (rpc_target_port(target))
        assert_at_most("connections", steer_count(steer, COUNT_CONNECTIONS, rpc_target_port(target)),
                       MAX_CONNECTIONS);
    assert_int_equal(steer_release_all(steer, many->first, MANY, 4711), MANY);
    finish_all(many);
    assert_at_most("octets afterwards", count_heap_bytes() - bytes, 1 << 20);
    CloseHandle(many->port);
    free(many);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

/* ---- fairness ---- */

enum { CALLERS = 16, FAIR_MS = 400, FAIR_ROUNDS = 20 };

struct caller {
    struct rpc_target *target;
    HANDLE thread, connected, start;
    volatile LONG *stop;
    volatile LONG calls;
    LONG failed;
};

static DWORD WINAPI call_until_stopped(void *arg)
{
    struct caller *caller = arg;
    RPC_BINDING_HANDLE binding = rpc_target_bind(caller->target);

    RpcTryExcept
    {
        caller->failed = sync_add(binding, 1, 2) != 3; /* the connection is there */
        SetEvent(caller->connected);
        WaitForSingleObject(caller->start, WAIT_MS);
        for (; !*caller->stop && !caller->failed; caller->calls++)
            caller->failed = sync_add(binding, caller->calls, 2) != caller->calls + 2;
    }
    RpcExcept(1)
    {
        caller->failed = RpcExceptionCode();
    }
    RpcEndExcept
    RpcBindingFree(&binding);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    return *(const LONG *)a - *(const LONG *)b;
}

/* Has the slowest one got a tenth of what the median one has? */
static bool is_even(const struct caller *callers, LONG *least, LONG *median)
{
    LONG calls[CALLERS];

    for (LONG i = 0; i < CALLERS; i++)
        calls[i] = callers[i].calls;
    qsort(calls, CALLERS, sizeof(calls[0]), ascending);
    *least = calls[0];
    *median = calls[CALLERS / 2];
    return *least >= *median / 10;
}

/* No caller starves. (They make calls in turns: for a while, and when the machine is busy for a longer one,
 * some may have had theirs and others not.) */
static void fair(struct rpc_target *target)
{
    HANDLE start = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct caller callers[CALLERS];
    HANDLE connected[CALLERS];
    volatile LONG stop = false;
    unsigned rounds = 0;
    LONG least, median;
    bool even;

    for (LONG i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.target = target, .start = start, .stop = &stop};
        callers[i].connected = connected[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
        callers[i].thread = CreateThread(NULL, 0, call_until_stopped, &callers[i], 0, NULL);
    }
    assert_int_equal(WaitForMultipleObjects(CALLERS, connected, TRUE, WAIT_MS), WAIT_OBJECT_0);
    SetEvent(start);
    do
        Sleep(FAIR_MS);
    while (!(even = is_even(callers, &least, &median)) && ++rounds < FAIR_ROUNDS);
    stop = true;
    for (LONG i = 0; i < CALLERS; i++) {
        assert_int_equal(WaitForSingleObject(callers[i].thread, WAIT_MS), WAIT_OBJECT_0);
        CloseHandle(callers[i].thread);
        CloseHandle(connected[i]);
        assert_int_equal(callers[i].failed, 0);
    }
    CloseHandle(start);
    if (!even)
        fail_msg("the slowest made %ld calls, the median %ld", least, median);
}

/* ---- idle ---- */

enum { BINDINGS = 200, IDLE_MS = 1000, IDLE_CPU_MS = 30 };

static LONG cpu_ms(HANDLE process)
{
    FILETIME created, ended, kernel, user;

    assert_true(GetProcessTimes(process, &created, &ended, &kernel, &user));
    return (LONG)((((ULONGLONG)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime) +
                   ((ULONGLONG)user.dwHighDateTime << 32 | user.dwLowDateTime)) / 10000);
}

/* Open bindings with nothing to do cost no processor time, in either process. */
static void idle(struct rpc_target *target)
{
    RPC_BINDING_HANDLE bindings[BINDINGS];
    LONG own, server;

    for (LONG i = 0; i < BINDINGS; i++) {
        bindings[i] = rpc_target_bind(target);
        assert_int_equal(steer_add(bindings[i], i, 1), i + 1);
    }
    Sleep(50); /* whoever looks for more has given up */
    own = cpu_ms(GetCurrentProcess());
    server = cpu_ms(target->child.process);
    Sleep(IDLE_MS);
    assert_at_most("ms of the client's processor time", cpu_ms(GetCurrentProcess()) - own, IDLE_CPU_MS);
    assert_at_most("ms of the server's processor time", cpu_ms(target->child.process) - server, IDLE_CPU_MS);
    for (LONG i = 0; i < BINDINGS; i++)
        rpc_fixture_unbind(&bindings[i]);
}

/* ---- servers ---- */

static void with_server(const WCHAR *protseq, void (*test)(struct rpc_target *target))
{
    struct rpc_target target = {.protseq = protseq, .in_child = true};

    rpc_child_start(&target.child, protseq);
    wcscpy(target.endpoint, target.child.endpoint);
    test(&target);
    rpc_child_kill(&target.child);
}

#define FOR_EACH_TRANSPORT(test) \
    static void test_##test##_lrpc(void **state) { with_server(L"ncalrpc", test); } \
    static void test_##test##_np(void **state) { with_server(L"ncacn_np", test); } \
    static void test_##test##_tcp(void **state) { with_server(L"ncacn_ip_tcp", test); }

FOR_EACH_TRANSPORT(ten_thousand)
FOR_EACH_TRANSPORT(fair)
FOR_EACH_TRANSPORT(idle)

int main(int argc, char **argv)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_ten_thousand_lrpc), cmocka_unit_test(test_ten_thousand_np),
        cmocka_unit_test(test_ten_thousand_tcp),  cmocka_unit_test(test_fair_lrpc),
        cmocka_unit_test(test_fair_np),           cmocka_unit_test(test_fair_tcp),
        cmocka_unit_test(test_idle_lrpc),         cmocka_unit_test(test_idle_np),
        cmocka_unit_test(test_idle_tcp),
    };
    static const struct rpc_suite suite = {
        .name = "test_scale",
        .register_server = async_server_register,
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
