/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What RpcAsyncGetCallStatus, RpcAsyncCompleteCall and the others say of a call in each of its
 * states, and of handles that stand for no call. Sources: the SDK documentation of these functions;
 * Wine's tests of RpcAsyncInitializeHandle and RpcAsyncGetCallStatus, which pass on Windows. */
#include "async_client.h"
#include "async_server.h"

/* No call is known by this state. */
static void assert_no_call(RPC_ASYNC_STATE *async)
{
    LONG reply = UNTOUCHED;

    assert_int_equal(RpcAsyncGetCallStatus(async), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcAsyncCompleteCall(async, &reply), RPC_S_INVALID_ASYNC_HANDLE);
    assert_int_equal(RpcAsyncCancelCall(async, TRUE), RPC_S_INVALID_ASYNC_HANDLE);
    assert_int_equal(RpcAsyncCancelCall(async, FALSE), RPC_S_INVALID_ASYNC_HANDLE);
    assert_int_equal(RpcAsyncAbortCall(async, 5), RPC_S_INVALID_ASYNC_HANDLE);
    assert_int_equal(I_RpcAsyncAbortCall(async, 5), RPC_S_INVALID_ASYNC_HANDLE);
    assert_int_equal(reply, UNTOUCHED);
}

static void test_initialize(void **state)
{
    RPC_ASYNC_STATE async, was;

    memset(&async, 0xcc, sizeof(async));
    was = async;
    assert_int_equal(RpcAsyncInitializeHandle(&async, sizeof(async) - 1), RPC_S_INVALID_ARG);
    assert_int_equal(RpcAsyncInitializeHandle(&async, sizeof(async) + 1), RPC_S_INVALID_ARG);
    assert_memory_equal(&async, &was, sizeof(async));
    assert_int_equal(RpcAsyncInitializeHandle(&async, sizeof(async)), RPC_S_OK);
    assert_int_equal(async.Size, sizeof(async));
    assert_int_equal(async.Signature, 0x43595341);
    assert_int_equal(async.Lock, 0);
    assert_int_equal(async.Flags, 0);
    assert_null(async.StubInfo);
    assert_null(async.RuntimeInfo);
    assert_ptr_equal(async.UserInfo, was.UserInfo);
    assert_int_equal(async.Event, was.Event);
    assert_int_equal(async.NotificationType, was.NotificationType);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(async.Reserved[i], 0);
    assert_int_equal(RpcAsyncRegisterInfo(&async), RPC_S_OK);
}

static void test_no_call(void **state)
{
    static LONG junk[64];
    void *runtime_infos[] = {NULL,
                             (void *)1,
                             (void *)0xdeadbeef,
                             junk,
                             (char *)junk + 1,
                             &runtime_infos,
                             (void *)(ULONG_PTR)test_no_call,
                             GetProcessHeap()};
    RPC_ASYNC_STATE async;

    memset(&async, 0, sizeof(async));
    assert_no_call(&async);
    memset(&async, 0xcc, sizeof(async));
    assert_no_call(&async);
    RpcAsyncInitializeHandle(&async, sizeof(async));
    assert_no_call(&async);
    memset(junk, 0xff, sizeof(junk));
    for (unsigned i = 0; i < ARRAYSIZE(runtime_infos); i++) {
        RpcAsyncInitializeHandle(&async, sizeof(async));
        async.RuntimeInfo = runtime_infos[i];
        assert_no_call(&async);
        async.StubInfo = runtime_infos[i];
        assert_no_call(&async);
    }
    assert_no_call(NULL);
}

static void test_pending(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
        assert_int_equal(RpcAsyncCompleteCall(&call->state, &call->reply),
                         RPC_S_ASYNC_CALL_PENDING);
    }
    steer_await(steer, call->token, AWAIT_ARRIVED);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(RpcAsyncCompleteCall(&call->state, &call->reply), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(call->value, 1);
    assert_int_equal(call->reply, UNTOUCHED);
    assert_int_equal(steer_release(steer, call->token, RELEASE_COMPLETE, 2), RPC_S_OK);
    assert_true(call_wait(call, WAIT_MS));
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_OK);
    assert_int_equal(RpcAsyncCompleteCall(&call->state, &call->reply), RPC_S_OK);
    assert_int_equal(call->value, 2);
    assert_no_call(&call->state);
    call_free(call);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

static void test_failed(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    assert_int_equal(call_raise(call, binding, RAISE_ABORT, 0x20002000), RPC_S_OK);
    assert_true(call_wait(call, WAIT_MS));
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), 0x20002000);
    assert_int_equal(RpcAsyncCompleteCall(&call->state, &call->reply), 0x20002000);
    assert_no_call(&call->state);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* "In Windows XP and later, the RPC_ASYNC_STATE structure is ready for immediate re-use subsequent
 * to a completed asynchronous call" (RpcAsyncInitializeHandle). */
static void test_reuse(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (LONG i = 0; i < 50; i++) {
        LONG how = i % 3;

        call->count = 0;
        if (how == 0)
            assert_int_equal(call_add(call, binding, i, 1), RPC_S_OK);
        else if (how == 1)
            assert_int_equal(call_raise(call, binding, RAISE_NOW, 0x20003000), RPC_S_OK);
        else
            assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
        if (how == 2) {
            steer_await(binding, call->token, AWAIT_ARRIVED);
            assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
        }
        assert_int_equal(call_finish(call), how == 0   ? RPC_S_OK
                                            : how == 1 ? 0x20003000
                                                       : RPC_S_CALL_CANCELLED);
        if (how == 2)
            steer_release(binding, call->token, RELEASE_COMPLETE, 0);
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* "Every outstanding call must have its own unique asynchronous handle" (Making the Asynchronous
 * Call). */
static void test_in_use(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    LONG token;

    assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
    token = call->token;
    assert_int_equal(call_add(call, binding, 1, 2), RPC_S_INVALID_ASYNC_CALL);
    assert_int_equal(call_raise(call, binding, RAISE_NOW, 5), RPC_S_INVALID_ASYNC_CALL);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(steer_release(binding, token, RELEASE_COMPLETE, 9), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(call->value, 9);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* A copy of a state is not the call's handle. */
static void test_copy(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    RPC_ASYNC_STATE copy;

    assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
    copy = call->state;
    assert_no_call(&copy);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 9), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_no_call(&copy);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* A client that does what a stub does: async_hold, by the I_Rpc functions. */
static void test_without_stub(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    LONG arguments[3] = {fresh_tokens(1), 0, 5}, results[2];
    RPC_MESSAGE message = {
        .Handle = binding, .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
        .BufferLength = sizeof(arguments), .ProcNum = 2,
        .RpcInterfaceInformation = async_test_v1_0_c_ifspec, .RpcFlags = RPC_BUFFER_ASYNC,
    };

    assert_int_equal(I_RpcGetBuffer(&message), RPC_S_OK);
    memcpy(message.Buffer, arguments, sizeof(arguments));
    assert_int_equal(I_RpcAsyncSetHandle(&message, &call->state), RPC_S_OK);
    assert_int_equal(I_RpcSend(&message), RPC_S_OK);
    assert_int_equal(I_RpcReceive(&message, 0), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(steer_release(steer, arguments[0], RELEASE_COMPLETE, 9), RPC_S_OK);
    assert_true(call_wait(call, WAIT_MS));
    assert_int_equal(I_RpcReceive(&message, 0), RPC_S_OK);
    assert_int_equal(message.BufferLength, sizeof(results));
    memcpy(results, message.Buffer, sizeof(results));
    assert_int_equal(results[0], 9);
    assert_int_equal(results[1], arguments[0]);
    assert_int_equal(RpcAsyncCompleteCall(&call->state, NULL), RPC_S_OK);
    assert_int_equal(I_RpcFreeBuffer(&message), RPC_S_OK);
    assert_int_equal(call_notified(call), 1);
    assert_no_call(&call->state);
    call_free(call);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

/* Threads that compete for one call's completion: one of them gets it. */
struct racer {
    struct async_call *call;
    volatile LONG *completed, *refused, *other;
};

static DWORD WINAPI race(void *arg)
{
    struct racer *racer = arg;
    RPC_STATUS status;
    LONG reply;

    while ((status = RpcAsyncCompleteCall(&racer->call->state, &reply)) == RPC_S_ASYNC_CALL_PENDING)
        SwitchToThread();
    InterlockedIncrement(status == RPC_S_OK ? racer->completed
                         : status == RPC_S_INVALID_ASYNC_HANDLE ? racer->refused : racer->other);
    return 0;
}

static void test_completed_once(void **state)
{
    enum { THREADS = 4 };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    volatile LONG completed = 0, refused = 0, other = 0;
    struct racer racer = {call, &completed, &refused, &other};
    HANDLE threads[THREADS];

    assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, race, &racer, 0, NULL);
    assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 9), RPC_S_OK);
    assert_int_equal(WaitForMultipleObjects(THREADS, threads, TRUE, WAIT_MS), WAIT_OBJECT_0);
    for (unsigned i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
    assert_int_equal(completed, 1);
    assert_int_equal(refused, THREADS - 1);
    assert_int_equal(other, 0);
    assert_int_equal(call->value, 9);
    assert_int_equal(call_notified(call), 1);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_in_use),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_completed_once),
        cmocka_unit_test(test_without_stub),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_initialize),
        cmocka_unit_test(test_no_call),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_status",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
