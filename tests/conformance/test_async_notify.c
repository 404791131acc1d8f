/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The six notification types: each ended call is notified exactly once, whatever ended it, and a
 * call that raises at submission never. Sources: the SDK documentation's "Making the Asynchronous
 * Call", RPC_ASYNC_NOTIFICATION_INFO and RPCNOTIFICATION_ROUTINE. */
#include "async_client.h"
#include "async_server.h"

static const RPC_NOTIFICATION_TYPES types[] = ALL_NOTIFICATION_TYPES;
#define TYPES (ARRAYSIZE(types))

/* Calls of every type at once, all held by the server. */
static void hold_all(struct async_call **calls, RPC_BINDING_HANDLE binding,
                     RPC_BINDING_HANDLE steer)
{
    for (unsigned i = 0; i < TYPES; i++) {
        calls[i] = call_new(types[i]);
        assert_int_equal(call_hold(calls[i], binding, 0, 5), RPC_S_OK);
    }
    for (unsigned i = 0; i < TYPES; i++)
        steer_await(steer, calls[i]->token, AWAIT_ARRIVED);
    for (unsigned i = 0; i < TYPES; i++)
        assert_int_equal(call_notified(calls[i]), 0);
}

/* After a round trip on the same binding a second notification would have come. */
static void free_all(struct async_call **calls, RPC_BINDING_HANDLE binding)
{
    assert_int_equal(steer_add(binding, 2, 3), 5);
    for (unsigned i = 0; i < TYPES; i++) {
        assert_int_equal(call_notified(calls[i]), call_expected(calls[i]));
        call_free(calls[i]);
    }
}

static void test_reply(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *calls[TYPES];

    hold_all(calls, binding, steer);
    for (unsigned i = 0; i < TYPES; i++) {
        assert_int_equal(steer_release(steer, calls[i]->token, RELEASE_COMPLETE, 70 + i), RPC_S_OK);
        assert_int_equal(call_finish(calls[i]), RPC_S_OK);
        assert_int_equal(calls[i]->value, 70 + i);
        assert_int_equal(calls[i]->reply, calls[i]->token);
    }
    free_all(calls, binding);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

static void test_fault(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *calls[TYPES];

    hold_all(calls, binding, steer);
    for (unsigned i = 0; i < TYPES; i++) {
        assert_int_equal(steer_release(steer, calls[i]->token, RELEASE_ABORT, 0x20001000 + i),
                         RPC_S_OK);
        assert_int_equal(call_finish(calls[i]), 0x20001000 + i);
        assert_int_equal(calls[i]->value, 5);
        assert_int_equal(calls[i]->reply, UNTOUCHED);
    }
    free_all(calls, binding);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

static void test_cancel(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *calls[TYPES];

    hold_all(calls, binding, steer);
    for (unsigned i = 0; i < TYPES; i++) {
        assert_int_equal(RpcAsyncCancelCall(&calls[i]->state, TRUE), RPC_S_OK);
        assert_int_equal(call_finish(calls[i]), RPC_S_CALL_CANCELLED);
    }
    for (unsigned i = 0; i < TYPES; i++)
        steer_release(steer, calls[i]->token, RELEASE_COMPLETE, 6); /* the late replies */
    for (unsigned i = 0; i < TYPES; i++)
        assert_int_equal(calls[i]->value, 5);
    free_all(calls, binding);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

/* The reply may be there before anybody waits for it. */
static void test_immediate_reply(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < TYPES; i++) {
        struct async_call *call = call_new(types[i]);

        for (LONG round = 0; round < 20; round++) {
            call_reset(call);
            assert_int_equal(call_add(call, binding, round, 30), RPC_S_OK);
            if (round & 1)
                assert_int_equal(steer_add(binding, 1, 1), 2);
            assert_int_equal(call_finish(call), RPC_S_OK);
            assert_int_equal(call->value, round + 30);
            assert_int_equal(call->reply, round - 30);
        }
        call_free(call);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- where APCs and callbacks run ---- */

static DWORD WINAPI alertable_thread(void *end)
{
    while (WaitForSingleObjectEx(end, WAIT_MS, TRUE) == WAIT_IO_COMPLETION)
        ;
    return 0;
}

/* Waits, without being alertable, until the call has been notified. */
static void await_count(struct async_call *call, LONG count)
{
    for (ULONGLONG end = GetTickCount64() + WAIT_MS; call->count < count && GetTickCount64() < end;)
        Sleep(1);
    assert_int_equal(call->count, count);
}

static void test_apc_on_calling_thread(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeApc);

    assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
    while (RpcAsyncGetCallStatus(&call->state) == RPC_S_ASYNC_CALL_PENDING)
        Sleep(1);
    assert_int_equal(call->count, 0); /* not before this thread is alertable */
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(call->thread, GetCurrentThreadId());
    call_free(call);
    rpc_fixture_unbind(&binding);
}

static void test_apc_on_given_thread(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeApc);
    HANDLE end = CreateEventW(NULL, TRUE, FALSE, NULL), thread;
    DWORD id;

    thread = CreateThread(NULL, 0, alertable_thread, end, 0, &id);
    call->state.u.APC.hThread = thread;
    assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
    await_count(call, 1);
    assert_int_equal(call->thread, id);
    assert_int_equal(RpcAsyncCompleteCall(&call->state, &call->reply), RPC_S_OK);
    assert_int_equal(call->value, 3);
    /* The handle is still ours. */
    SetEvent(end);
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    assert_true(CloseHandle(thread));
    CloseHandle(end);
    assert_int_equal(call_notified(call), 1);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* The handle may be closed, and its value be another thread's, as soon as the call has been made;
 * GetCurrentThread() is the same as none. */
static void test_apc_handle(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    HANDLE process = GetCurrentProcess(), end = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE others[8];

    for (unsigned pseudo = 0; pseudo < 2; pseudo++) {
        struct async_call *call = call_new(RpcNotificationTypeApc);
        HANDLE own = GetCurrentThread();

        if (!pseudo)
            assert_true(DuplicateHandle(process, own, process, &own, 0, FALSE, DUPLICATE_SAME_ACCESS));
        call->state.u.APC.hThread = own;
        assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
        if (!pseudo)
            assert_true(CloseHandle(own));
        for (unsigned i = 0; i < ARRAYSIZE(others); i++)
            others[i] = CreateThread(NULL, 0, alertable_thread, end, 0, NULL);
        assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 2), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->thread, GetCurrentThreadId());
        SetEvent(end);
        for (unsigned i = 0; i < ARRAYSIZE(others); i++) {
            assert_int_equal(WaitForSingleObject(others[i], WAIT_MS), WAIT_OBJECT_0);
            CloseHandle(others[i]);
        }
        ResetEvent(end);
        call_free(call);
    }
    CloseHandle(end);
    rpc_fixture_unbind(&binding);
}

enum { APC_THREADS = 6, APC_ROUNDS = 10, APC_CALLS = 10 };

struct apc_caller {
    RPC_BINDING_HANDLE binding;
    LONG volatile rounds; /* that went as they should */
};

static void RPC_ENTRY count_on_thread(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    struct async_call *call = async->UserInfo;

    call->thread = GetCurrentThreadId();
    call->count++; /* no other thread does */
}

/* Several calls at once, all notified on the thread that has made them, each once. (No assertions:
 * cmocka's are for its own thread.) */
static bool apc_round(struct async_call *calls, RPC_BINDING_HANDLE binding)
{
    unsigned waits = 0, good = 0;

    for (LONG i = 0; i < APC_CALLS; i++) {
        RpcAsyncInitializeHandle(&calls[i].state, sizeof(calls[i].state));
        calls[i].state.UserInfo = &calls[i];
        calls[i].state.NotificationType = RpcNotificationTypeApc;
        calls[i].state.u.APC.NotificationRoutine = count_on_thread;
        calls[i].state.u.APC.hThread = NULL;
        calls[i].count = 0;
        if (call_add(&calls[i], binding, i, 5))
            return false;
    }
    for (LONG i = 0; i < APC_CALLS; i++) {
        while (!calls[i].count && waits++ < APC_CALLS)
            SleepEx(WAIT_MS, TRUE);
        good += RpcAsyncCompleteCall(&calls[i].state, &calls[i].reply) == RPC_S_OK && calls[i].value == i + 5;
    }
    SleepEx(0, TRUE);
    for (LONG i = 0; i < APC_CALLS; i++)
        good += calls[i].count == 1 && calls[i].thread == GetCurrentThreadId();
    return good == 2 * APC_CALLS;
}

static DWORD WINAPI call_with_apcs(void *arg)
{
    struct async_call calls[APC_CALLS];
    struct apc_caller *caller = arg;

    for (unsigned i = 0; i < APC_ROUNDS; i++)
        caller->rounds += apc_round(calls, caller->binding);
    return 0;
}

/* Threads at once, and one after the other. */
static void test_apcs_of_many_threads(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct apc_caller callers[APC_THREADS];
    HANDLE threads[APC_THREADS];

    for (unsigned at_once = 0; at_once < 2; at_once++) {
        for (unsigned i = 0; i < APC_THREADS; i++) {
            callers[i] = (struct apc_caller){binding, 0};
            threads[i] = CreateThread(NULL, 0, call_with_apcs, &callers[i], 0, NULL);
            if (!at_once)
                assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
        }
        for (unsigned i = 0; i < APC_THREADS; i++) {
            assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
            CloseHandle(threads[i]);
            assert_int_equal(callers[i].rounds, APC_ROUNDS);
        }
    }
    rpc_fixture_unbind(&binding);
}

static void test_callback_on_another_thread(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeCallback);

    assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
    assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 2), RPC_S_OK);
    await_count(call, 1);
    assert_int_not_equal(call->thread, GetCurrentThreadId());
    assert_int_equal(call_finish(call), RPC_S_OK);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* ---- user code in notification routines ---- */

/* A call whose notification routine completes it and frees everything. */
struct selfish {
    RPC_ASYNC_STATE state;
    LONG value, reply;
    LONG rounds; /* calls that the routine still has to make */
    RPC_BINDING_HANDLE binding;
    struct selfish_result *result;
};

struct selfish_result {
    HANDLE done;
    volatile LONG calls, failures;
};

static void RPC_ENTRY complete_and_go_on(PRPC_ASYNC_STATE async, void *context,
                                         RPC_ASYNC_EVENT event)
{
    struct selfish *call = CONTAINING_RECORD(async, struct selfish, state);
    struct selfish_result *result = call->result;
    RPC_STATUS status = RpcAsyncCompleteCall(async, &call->reply);

    InterlockedIncrement(&result->calls);
    if (status != RPC_S_OK || call->value != call->rounds + 1000)
        InterlockedIncrement(&result->failures);
    if (call->rounds--) {
        async_add(async, call->binding, call->rounds, 1000, &call->value);
    } else {
        memset(call, 0xdd, sizeof(*call));
        free(call);
        SetEvent(result->done);
    }
}

/* The next call is made with the same state, in the routine. */
static void test_complete_in_routine(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned apc = 0; apc < 2; apc++) {
        struct selfish_result result = {CreateEventW(NULL, TRUE, FALSE, NULL), 0, 0};
        struct selfish *call = calloc(1, sizeof(*call));
        DWORD wait;

        assert_int_equal(RpcAsyncInitializeHandle(&call->state, sizeof(call->state)), RPC_S_OK);
        call->state.NotificationType = apc ? RpcNotificationTypeApc : RpcNotificationTypeCallback;
        if (apc)
            call->state.u.APC.NotificationRoutine = complete_and_go_on;
        else
            call->state.u.NotificationRoutine = complete_and_go_on;
        call->binding = binding;
        call->result = &result;
        call->rounds = 20;
        async_add(&call->state, binding, call->rounds, 1000, &call->value);
        while ((wait = WaitForSingleObjectEx(result.done, WAIT_MS, TRUE)) == WAIT_IO_COMPLETION)
            ;
        assert_int_equal(wait, WAIT_OBJECT_0);
        assert_int_equal(result.calls, 21);
        assert_int_equal(result.failures, 0);
        CloseHandle(result.done);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- a thread that ends before its call ---- */

struct short_lived {
    struct async_call *call;
    RPC_BINDING_HANDLE binding;
    RPC_STATUS status;
};

static DWORD WINAPI submit_and_end(void *arg)
{
    struct short_lived *thread = arg;

    thread->status = call_hold(thread->call, thread->binding, 0, 1);
    return 0;
}

/* An APC finds nobody then; the call itself ends as any other. */
static void test_thread_ends(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < TYPES; i++) {
        struct short_lived arg = {call_new(types[i]), binding, RPC_S_OK};
        HANDLE thread = CreateThread(NULL, 0, submit_and_end, &arg, 0, NULL);

        assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
        CloseHandle(thread);
        assert_int_equal(arg.status, RPC_S_OK);
        assert_int_equal(steer_release(binding, arg.call->token, RELEASE_COMPLETE, 2), RPC_S_OK);
        if (types[i] == RpcNotificationTypeApc) {
            while (RpcAsyncGetCallStatus(&arg.call->state) == RPC_S_ASYNC_CALL_PENDING)
                Sleep(1);
            assert_int_equal(RpcAsyncCompleteCall(&arg.call->state, &arg.call->reply), RPC_S_OK);
            assert_int_equal(call_notified(arg.call), 0);
        } else {
            assert_int_equal(call_finish(arg.call), RPC_S_OK);
        }
        assert_int_equal(arg.call->value, 2);
        call_free(arg.call);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- calls that raise ---- */

/* Every way in which submitting can fail before anything is sent. */
static RPC_STATUS submit_badly(struct async_call *call, RPC_BINDING_HANDLE binding, unsigned how)
{
    volatile RPC_STATUS status = RPC_S_OK;
    LONG *nowhere = NULL;

    RpcTryExcept
    {
        switch (how) {
        case 0:
            async_add(&call->state, binding, 1, 2, nowhere);
            break;
        case 1:
            async_add(&call->state, NULL, 1, 2, &call->value);
            break;
        case 2:
            call->state.Signature = 0;
            async_add(&call->state, binding, 1, 2, &call->value);
            break;
        case 3:
            call->state.NotificationType = (RPC_NOTIFICATION_TYPES)99;
            async_add(&call->state, binding, 1, 2, &call->value);
            break;
        }
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static void test_raised(void **state)
{
    static const RPC_STATUS expected[] = {RPC_X_NULL_REF_POINTER, RPC_S_INVALID_BINDING,
                                          RPC_S_INVALID_ASYNC_HANDLE, RPC_S_INVALID_ARG};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < TYPES; i++) {
        for (unsigned how = 0; how < 4; how++) {
            struct async_call *call = call_new(types[i]);
            RPC_STATUS status = submit_badly(call, binding, how);

            if (status != expected[how])
                fail_msg("%s, failure %u: %ld instead of %ld", notification_name(types[i]), how,
                         status, expected[how]);
            assert_int_equal(steer_add(binding, 1, 2), 3);
            assert_int_equal(call_notified(call), 0);
            call_free(call);
        }
    }
    rpc_fixture_unbind(&binding);
}

/* Nobody listens: the call raises and is never notified, or is submitted and notified once. */
static void refused(const WCHAR *protseq, const WCHAR *endpoint)
{
    for (unsigned i = 0; i < TYPES; i++) {
        RPC_BINDING_HANDLE binding = rpc_fixture_bind(protseq, endpoint);
        struct async_call *call = call_new(types[i]);
        RPC_STATUS status = call_add(call, binding, 1, 2);

        if (status == RPC_S_OK)
            status = call_finish(call);
        else
            assert_int_equal(call_notified(call), 0);
        assert_int_equal(status, RPC_S_SERVER_UNAVAILABLE);
        call_free(call);
        rpc_fixture_unbind(&binding);
    }
}

static void test_refused(void **state)
{
    /* A port that was free a moment ago, bound but not listened on. */
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof(address);
    WCHAR port[8];

    assert_int_equal(bind(s, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&address, &size), 0);
    _snwprintf(port, 8, L"%u", ntohs(address.sin_port));
    refused(L"ncacn_ip_tcp", port);
    closesocket(s);
    refused(L"ncalrpc", L"rpcrt4-test-nobody");
    refused(L"ncacn_np", L"\\pipe\\rpcrt4-test-nobody");
}

/* ---- a server that dies ---- */

static void server_dies(const WCHAR *protseq)
{
    struct rpc_child child;
    RPC_BINDING_HANDLE binding, steer;
    struct async_call *calls[TYPES];

    rpc_child_start(&child, protseq);
    binding = rpc_fixture_bind(protseq, child.endpoint);
    steer = rpc_fixture_bind(protseq, child.endpoint);
    hold_all(calls, binding, steer);
    rpc_child_kill(&child);
    for (unsigned i = 0; i < TYPES; i++)
        assert_int_equal(call_finish(calls[i]), RPC_S_CALL_FAILED);
    for (unsigned i = 0; i < TYPES; i++) {
        assert_int_equal(calls[i]->value, 5);
        call_free(calls[i]);
    }
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

static void test_server_dies(void **state)
{
    server_dies(L"ncacn_ip_tcp");
    server_dies(L"ncalrpc");
    server_dies(L"ncacn_np");
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_reply),
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_immediate_reply),
        cmocka_unit_test(test_apc_on_calling_thread),
        cmocka_unit_test(test_apc_on_given_thread),
        cmocka_unit_test(test_apc_handle),
        cmocka_unit_test(test_apcs_of_many_threads),
        cmocka_unit_test(test_callback_on_another_thread),
        cmocka_unit_test(test_complete_in_routine),
        cmocka_unit_test(test_thread_ends),
        cmocka_unit_test(test_raised),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_server_dies),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_notify",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
