/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's side of asynchronous calls: completed in the manager routine, on another thread, or
 * after the client has gone; aborted; failed by an exception. Sources: the SDK documentation's
 * "Sending the Asynchronous Reply", "Error Handling", RpcAsyncAbortCall,
 * RpcServerSubscribeForNotification. */
#include "async_client.h"
#include "async_server.h"

static void test_completed(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (LONG i = 0; i < 50; i++) {
        call_reset(call);
        if (i & 1)
            async_add_elsewhere(&call->state, binding, i, 7, &call->value);
        else
            async_add(&call->state, binding, i, 7, &call->value);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->value, i + 7);
        assert_int_equal(call->reply, i - 7);
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* "both synchronous and asynchronous clients can communicate with an asynchronous server"
 * (Asynchronous RPC): async_add, called synchronously and without a stub. */
static void test_synchronous_client(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    LONG sum = 0, reply = 0;

    for (LONG i = 0; i < 10; i++) {
        RPC_MESSAGE message = {
            .Handle = binding,
            .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
            .BufferLength = 8,
            .ProcNum = 0,
            .RpcInterfaceInformation = async_test_v1_0_c_ifspec,
        };

        assert_int_equal(I_RpcGetBuffer(&message), RPC_S_OK);
        memcpy(message.Buffer, &i, 4);
        memcpy((char *)message.Buffer + 4, "\x05\0\0\0", 4);
        assert_int_equal(I_RpcSendReceive(&message), RPC_S_OK);
        assert_int_equal(message.BufferLength, 8);
        memcpy(&sum, message.Buffer, 4);
        memcpy(&reply, (char *)message.Buffer + 4, 4);
        assert_int_equal(sum, i + 5);
        assert_int_equal(reply, i - 5);
        assert_int_equal(I_RpcFreeBuffer(&message), RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

static const ULONG codes[] = {
    1,
    ERROR_ACCESS_DENIED,
    0x20001234,
    0xe0001234,
    0x80004005,
    0xc0000022,
    RPC_S_SERVER_TOO_BUSY,
    RPC_S_UNKNOWN_IF,
    RPC_X_BAD_STUB_DATA,
    RPC_S_CALL_CANCELLED,
    RPC_S_ZERO_DIVIDE,
    RPC_S_CALL_FAILED,
    RPC_S_OUT_OF_MEMORY,
};

/* "propagates the exception code to the client as a fault" (RpcAsyncAbortCall); the same for
 * exceptions. */
static void test_codes(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (LONG how = RAISE_NOW; how <= RAISE_ABORT_LATER; how++) {
        for (unsigned i = 0; i < ARRAYSIZE(codes); i++) {
            RPC_STATUS status;

            call_reset(call);
            assert_int_equal(call_raise(call, binding, how, codes[i]), RPC_S_OK);
            status = call_finish(call);
            if ((ULONG)status != codes[i])
                fail_msg("raised in way %ld: %#lx became %#lx", how, codes[i], status);
            assert_int_equal(steer_add(binding, 1, 2), 3);
        }
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* A held call's code arrives too; [out] parameters stay as they are. */
static void test_abort_held(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    assert_int_equal(call_hold(call, binding, 0, 5), RPC_S_OK);
    steer_await(binding, call->token, AWAIT_ARRIVED);
    assert_int_equal(steer_release(binding, call->token, RELEASE_ABORT, 0x20001234), RPC_S_OK);
    assert_int_equal(call_finish(call), 0x20001234);
    assert_int_equal(call->value, 5);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* ---- clients that go away ---- */

#define CLIENT_TOKEN 8000

/* The client process's call. */
static bool client(RPC_BINDING_HANDLE binding, LONG flags)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    volatile bool submitted = true;

    RpcTryExcept
    {
        async_hold(&call->state, binding, CLIENT_TOKEN, flags, &call->value);
    }
    RpcExcept(1)
    {
        submitted = false;
    }
    RpcEndExcept
    return submitted;
}

static void client_dies(struct rpc_target *target, LONG flags, LONG how)
{
    RPC_BINDING_HANDLE steer = rpc_target_bind(target);
    LONG told = steer_count(steer, COUNT_TOLD, 0), queued = steer_count(steer, COUNT_QUEUED, 0);
    HANDLE process = rpc_client_start(target, flags);

    steer_await(steer, CLIENT_TOKEN, AWAIT_ARRIVED);
    rpc_client_kill(process);
    if (flags & HOLD_WATCH_DISCONNECT)
        steer_await(steer, CLIENT_TOKEN, AWAIT_CLIENT_GONE);
    /* Success or an error, but no crash, and the server lives on. */
    assert_int_not_equal(steer_release(steer, CLIENT_TOKEN, how, 77), ERROR_NOT_FOUND);
    assert_int_equal(steer_add(steer, 1, 2), 3);
    if (flags & HOLD_WATCH_DISCONNECT) {
        assert_int_equal(steer_count(steer, COUNT_TOLD, 0) - told, !(flags & HOLD_BY_EVENT));
        assert_int_equal(steer_count(steer, COUNT_QUEUED, 0) - queued, 1);
    }
    rpc_fixture_unbind(&steer);
}

static void test_client_dies(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);

    client_dies(target, 0, RELEASE_COMPLETE);
    client_dies(target, 0, RELEASE_ABORT);
    client_dies(target, HOLD_WATCH_DISCONNECT, RELEASE_COMPLETE);
    client_dies(target, HOLD_WATCH_DISCONNECT | HOLD_BY_EVENT, RELEASE_ABORT);
}

/* ---- the server's view of the state of a call ---- */

static void test_server_functions_outside_a_call(void **state)
{
    RPC_ASYNC_NOTIFICATION_INFO info = {0};
    ULONG queued;

    assert_int_equal(RpcServerTestCancel(NULL), RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(RpcTestCancel(), RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(RpcServerSubscribeForNotification(NULL, RpcNotificationCallCancel,
                                                       RpcNotificationTypeEvent, &info),
                     RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(RpcServerUnsubscribeForNotification(NULL, RpcNotificationCallCancel, &queued),
                     RPC_S_NO_CALL_ACTIVE);
}

/* A client's binding handle is no call. */
static void test_server_functions_on_a_binding(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncalrpc", L"nobody");

    assert_int_not_equal(RpcServerTestCancel(binding), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_completed),
        cmocka_unit_test(test_synchronous_client),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_abort_held),
        cmocka_unit_test(test_client_dies),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_server_functions_outside_a_call),
        cmocka_unit_test(test_server_functions_on_a_binding),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_server",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
        .client = client,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
