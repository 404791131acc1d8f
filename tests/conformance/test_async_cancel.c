/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancels: abortive ones end the call at the client at once, others tell the server, and the call
 * ends as the server chooses. Sources: the SDK documentation of RpcAsyncCancelCall,
 * RpcServerTestCancel, RpcServerSubscribeForNotification, RpcCancelThread(Ex); C706 12.6.4.1
 * (cancel PDU). */
#include "async_client.h"
#include "async_server.h"
#include "fake_server.h"

static void test_abortive(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    ULONGLONG start;

    for (unsigned round = 0; round < 20; round++) {
        call_reset(call);
        assert_int_equal(call_hold(call, binding, 0, 5), RPC_S_OK);
        steer_await(steer, call->token, AWAIT_ARRIVED);
        start = GetTickCount64();
        assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
        assert_true(GetTickCount64() - start < 1000);
        /* The binding works, and the late reply harms nobody. */
        assert_int_equal(steer_add(binding, 1, 2), 3);
        steer_release(steer, call->token, RELEASE_COMPLETE, 6);
        assert_int_equal(steer_add(binding, 3, 4), 7);
        assert_int_equal(call->value, 5);
    }
    call_free(call);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

/* A cancel at any moment: before, while or after the request is sent. Whatever happens to the
 * server's side of the call, the client's ends once. */
static void test_abortive_at_once(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeIoc);

    for (LONG round = 0; round < 200; round++) {
        RPC_STATUS status;

        call_reset(call);
        assert_int_equal(call_add(call, binding, round, 1), RPC_S_OK);
        if (round & 1)
            SwitchToThread();
        assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
        status = call_finish(call);
        if (status == RPC_S_OK)
            assert_int_equal(call->value, round + 1);
        else
            assert_int_equal(status, RPC_S_CALL_CANCELLED);
    }
    assert_int_equal(steer_add(binding, 3, 4), 7);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

static void test_nonabortive(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    assert_int_equal(call_hold(call, binding, 0, 5), RPC_S_OK);
    steer_await(steer, call->token, AWAIT_IN_PROGRESS);
    assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    steer_await(steer, call->token, AWAIT_CANCELLED);
    /* It is pending until the server ends it. */
    assert_int_equal(call_notified(call), 0);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(steer_release(steer, call->token, RELEASE_COMPLETE, 8), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(call->value, 8);

    /* A server that gives in. */
    call_reset(call);
    assert_int_equal(call_hold(call, binding, 0, 5), RPC_S_OK);
    steer_await(steer, call->token, AWAIT_IN_PROGRESS); /* the last cancel was not this call's */
    assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    steer_await(steer, call->token, AWAIT_CANCELLED);
    assert_int_equal(steer_release(steer, call->token, RELEASE_ABORT, RPC_S_CALL_CANCELLED),
                     RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);

    /* "If the call times out, then the client can issue an abortive cancel" */
    call_reset(call);
    assert_int_equal(call_hold(call, binding, 0, 5), RPC_S_OK);
    steer_await(steer, call->token, AWAIT_ARRIVED);
    assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
    steer_release(steer, call->token, RELEASE_COMPLETE, 6);
    call_free(call);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

/* A call that has ended but is not completed: a cancel changes nothing. */
static void test_after_the_end(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (BOOL abortive = FALSE; abortive <= TRUE; abortive++) {
        call_reset(call);
        assert_int_equal(call_add(call, binding, 4, 5), RPC_S_OK);
        assert_true(call_wait(call, WAIT_MS));
        assert_int_equal(RpcAsyncCancelCall(&call->state, abortive), RPC_S_OK);
        assert_int_equal(RpcAsyncCompleteCall(&call->state, &call->reply), RPC_S_OK);
        assert_int_equal(call->value, 9);
        assert_int_equal(call_notified(call), 1);
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* ---- the server's subscriptions ---- */

static void cancel_is_told(struct rpc_target *target, LONG flags, BOOL abortive)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(target), steer = rpc_target_bind(target);
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    LONG told = steer_count(steer, COUNT_TOLD, 0), queued = steer_count(steer, COUNT_QUEUED, 0);

    assert_int_equal(call_hold(call, binding, flags, 5), RPC_S_OK);
    steer_await(steer, call->token, AWAIT_ARRIVED);
    assert_int_equal(RpcAsyncCancelCall(&call->state, abortive), RPC_S_OK);
    if (abortive)
        assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
    steer_await(steer, call->token, AWAIT_CANCEL_TOLD);
    steer_await(steer, call->token, AWAIT_CANCELLED);
    /* "RPC will notify the server no more than once per call" */
    if (!abortive)
        assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    steer_release(steer, call->token, RELEASE_COMPLETE, 6);
    if (!abortive)
        assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(steer_count(steer, COUNT_TOLD, 0) - told, !(flags & HOLD_BY_EVENT));
    assert_int_equal(steer_count(steer, COUNT_QUEUED, 0) - queued, 1);
    call_free(call);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

static void test_subscriptions(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);

    cancel_is_told(target, HOLD_WATCH_CANCEL, FALSE);
    cancel_is_told(target, HOLD_WATCH_CANCEL, TRUE);
    cancel_is_told(target, HOLD_WATCH_CANCEL | HOLD_BY_EVENT, FALSE);
    cancel_is_told(target, HOLD_WATCH_CANCEL | HOLD_WATCH_DISCONNECT, FALSE);
    cancel_is_told(target, HOLD_WATCH_CANCEL | HOLD_BAD_SUBSCRIPTION, FALSE);
}

/* Subscriptions without a notification. */
static void test_untold_subscription(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    LONG told = steer_count(binding, COUNT_TOLD, 0), queued = steer_count(binding, COUNT_QUEUED, 0);

    assert_int_equal(call_hold(call, binding, HOLD_WATCH_CANCEL | HOLD_WATCH_DISCONNECT, 5),
                     RPC_S_OK);
    steer_await(binding, call->token, AWAIT_IN_PROGRESS);
    assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 6), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(steer_count(binding, COUNT_TOLD, 0), told);
    assert_int_equal(steer_count(binding, COUNT_QUEUED, 0), queued);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* ---- while the request is being sent ---- */

#define LARGE (64 << 20)

/* Accepts the bind, reads no request until told to (`go`); then reads all of it, counts cancels,
 * and answers. */
static void read_late(struct fake_server *server, SOCKET s)
{
    static const uint8_t stub[4] = {77, 0, 0, 0};
    HANDLE waits[2] = {server->go, server->stop};
    struct fake_pdu *pdu = malloc(sizeof(*pdu));
    uint8_t out[64];
    bool whole = false;

    if (fake_accept_bind(s) && WaitForMultipleObjects(2, waits, FALSE, WAIT_MS) == WAIT_OBJECT_0) {
        while (!(whole && server->seen) && fake_recv(s, pdu)) {
            if (pdu->type == FAKE_CO_CANCEL)
                InterlockedIncrement(&server->seen);
            whole = whole || (pdu->type == FAKE_REQUEST && (pdu->flags & FAKE_LAST));
        }
        if (whole)
            fake_send(s, out, fake_response(out, 3, pdu->call_id, 4, stub, 4));
        fake_drain(s);
    }
    free(pdu);
}

static void test_abortive_while_sending(void **state)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    byte *buffer = calloc(1, LARGE);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;
    ULONGLONG start;

    fake_start(&server, read_late, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(call_sink(call, binding, LARGE, buffer), RPC_S_OK);
    free(buffer);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    start = GetTickCount64();
    assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
    assert_true(GetTickCount64() - start < 1000);
    call_free(call);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
}

static void test_nonabortive_while_sending(void **state)
{
    enum { LENGTH = LARGE / 8 }; /* all of it will be read */
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    byte *buffer = calloc(1, LENGTH);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;

    fake_start(&server, read_late, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(call_sink(call, binding, LENGTH, buffer), RPC_S_OK);
    free(buffer);
    assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(call_notified(call), 0);
    SetEvent(server.go);
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(call->reply, 77);
    assert_int_equal(server.seen, 1);
    call_free(call);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
}

/* ---- synchronous calls: RpcCancelThread ---- */

struct blocked {
    RPC_BINDING_HANDLE binding;
    LONG token;
    HANDLE ready, thread;
    volatile LONG answer;
    volatile RPC_STATUS status;
};

static DWORD WINAPI call_block(void *arg)
{
    struct blocked *blocked = arg;
    RPC_STATUS status = RPC_S_OK;
    LONG answer = UNTOUCHED;

    RpcTryExcept
    {
        answer = sync_block(blocked->binding, blocked->token);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    blocked->answer = answer;
    blocked->status = status;
    return 0;
}

static void start_blocked(struct blocked *blocked, RPC_BINDING_HANDLE binding,
                          RPC_BINDING_HANDLE steer)
{
    *blocked = (struct blocked){.binding = binding, .token = fresh_tokens(1)};
    blocked->thread = CreateThread(NULL, 0, call_block, blocked, 0, NULL);
    steer_await(steer, blocked->token, AWAIT_ARRIVED);
}

static void end_blocked(struct blocked *blocked)
{
    assert_int_equal(WaitForSingleObject(blocked->thread, WAIT_MS), WAIT_OBJECT_0);
    assert_true(CloseHandle(blocked->thread));
}

/* The server sees the cancel and gives in. */
static void test_cancel_thread(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct blocked blocked;

    for (unsigned ex = 0; ex < 2; ex++) {
        start_blocked(&blocked, binding, steer);
        if (ex)
            assert_int_equal(RpcCancelThreadEx(blocked.thread, RPC_C_CANCEL_INFINITE_TIMEOUT),
                             RPC_S_OK);
        else
            assert_int_equal(RpcCancelThread(blocked.thread), RPC_S_OK);
        steer_await(steer, blocked.token, AWAIT_CANCELLED);
        steer_release(steer, blocked.token, RELEASE_COMPLETE, 0);
        end_blocked(&blocked);
        assert_int_equal(blocked.status, RPC_S_OK);
        assert_int_equal(blocked.answer, 1);
    }
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

/* "If the server does not return within this interval, the call fails at the client with an
 * RPC_S_CALL_CANCELLED exception. The server stub continues to execute." (RpcCancelThreadEx) */
static void test_cancel_thread_at_once(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    struct blocked blocked;

    start_blocked(&blocked, binding, steer);
    assert_int_equal(RpcCancelThreadEx(blocked.thread, 0), RPC_S_OK);
    end_blocked(&blocked);
    assert_int_equal(blocked.status, RPC_S_CALL_CANCELLED);
    assert_int_equal(blocked.answer, UNTOUCHED);
    steer_await(steer, blocked.token, AWAIT_CANCELLED);
    assert_int_equal(steer_add(binding, 1, 2), 3);
    steer_release(steer, blocked.token, RELEASE_COMPLETE, 0);
    assert_int_equal(steer_add(binding, 1, 2), 3);
    rpc_fixture_unbind(&steer);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_abortive),
        cmocka_unit_test(test_abortive_at_once),
        cmocka_unit_test(test_nonabortive),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_untold_subscription),
        cmocka_unit_test(test_cancel_thread),
        cmocka_unit_test(test_cancel_thread_at_once),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_abortive_while_sending),
        cmocka_unit_test(test_nonabortive_while_sending),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_cancel",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
