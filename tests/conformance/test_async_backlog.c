/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that are made by a thread which has many ended ones to complete, for which the server may be
 * woken later than at once: all that is true of others holds for them. */
#include "async_client.h"
#include "async_server.h"

enum { BEHIND = 40 };

static const RPC_NOTIFICATION_TYPES types[] = ALL_NOTIFICATION_TYPES;

struct backlog {
    RPC_BINDING_HANDLE binding, steer;
    struct async_call *calls[BEHIND];
    unsigned completed;
};

static bool has_ended(struct async_call *call)
{
    return RpcAsyncGetCallStatus(&call->state) != RPC_S_ASYNC_CALL_PENDING;
}

/* Calls that have ended, and that nobody has completed. */
static void begin(struct backlog *backlog, void **state)
{
    backlog->binding = rpc_target_bind(rpc_fixture_target(state));
    backlog->steer = rpc_target_bind(rpc_fixture_target(state));
    backlog->completed = 0;
    for (LONG i = 0; i < BEHIND; i++) {
        backlog->calls[i] = call_new(RpcNotificationTypeEvent);
        assert_int_equal(call_add(backlog->calls[i], backlog->binding, i, 1), RPC_S_OK);
    }
    for (LONG i = 0; i < BEHIND; i++)
        while (!has_ended(backlog->calls[i]))
            Sleep(1);
}

/* After this the next call may wait. */
static void complete_one(struct backlog *backlog)
{
    struct async_call *call = backlog->calls[backlog->completed];

    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(call->value, backlog->completed++ + 1);
}

static void end(struct backlog *backlog)
{
    while (backlog->completed < BEHIND)
        complete_one(backlog);
    for (unsigned i = 0; i < BEHIND; i++)
        call_free(backlog->calls[i]);
    rpc_fixture_unbind(&backlog->steer);
    rpc_fixture_unbind(&backlog->binding);
}

/* Lets a server that looks for more go to sleep. */
static void let_sleep(void)
{
    Sleep(3);
}

/* A call alone, after which none is made: nothing else makes the server look. */
static void test_alone(void **state)
{
    struct backlog backlog;

    begin(&backlog, state);
    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        struct async_call *call = call_new(types[i]);

        let_sleep();
        complete_one(&backlog);
        assert_int_equal(call_add(call, backlog.binding, i, 100), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->value, i + 100);
        call_free(call);
    }
    end(&backlog);
}

/* Several, of which those that wait leave with others. */
static void test_together(void **state)
{
    struct async_call *calls[BEHIND / 2];
    struct backlog backlog;

    begin(&backlog, state);
    let_sleep();
    for (unsigned i = 0; i < ARRAYSIZE(calls); i++) {
        calls[i] = call_new(types[i % ARRAYSIZE(types)]);
        complete_one(&backlog);
        assert_int_equal(call_add(calls[i], backlog.binding, i, 7), RPC_S_OK);
    }
    for (unsigned i = 0; i < ARRAYSIZE(calls); i++) {
        assert_int_equal(call_finish(calls[i]), RPC_S_OK);
        assert_int_equal(calls[i]->value, i + 7);
        call_free(calls[i]);
    }
    end(&backlog);
}

/* Whether it still waits or has gone: it ends at once, and is notified once. */
static void test_cancel(void **state)
{
    struct backlog backlog;

    begin(&backlog, state);
    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        struct async_call *call = call_new(types[i]);

        let_sleep();
        complete_one(&backlog);
        assert_int_equal(call_hold(call, backlog.binding, 0, 1), RPC_S_OK);
        assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
        assert_int_equal(steer_add(backlog.steer, 1, 2), 3);
        call_free(call);
    }
    end(&backlog);
}

/* The request and its cancel both get there. */
static void test_nonabortive_cancel(void **state)
{
    struct backlog backlog;

    begin(&backlog, state);
    for (unsigned i = 0; i < 4; i++) {
        struct async_call *call = call_new(RpcNotificationTypeEvent);

        let_sleep();
        complete_one(&backlog);
        assert_int_equal(call_hold(call, backlog.binding, HOLD_WATCH_CANCEL, 1), RPC_S_OK);
        assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
        steer_await(backlog.steer, call->token, AWAIT_CANCELLED);
        steer_release(backlog.steer, call->token, RELEASE_COMPLETE, 2);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->value, 2);
        call_free(call);
    }
    end(&backlog);
}

/* A time-out is the call's, wherever its request is. */
static void test_timeout(void **state)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    struct backlog backlog;

    begin(&backlog, state);
    assert_int_equal(RpcBindingSetOption(backlog.binding, RPC_C_OPT_CALL_TIMEOUT, 30), RPC_S_OK);
    let_sleep();
    complete_one(&backlog);
    assert_int_equal(call_hold(call, backlog.binding, 0, 1), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
    call_free(call);
    end(&backlog);
}

/* The server dies while a request waits: it ends like all others. */
static void test_server_dies(void **state)
{
    static const WCHAR *const protseqs[] = {L"ncalrpc", L"ncacn_np"};

    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        struct async_call *first = call_new(RpcNotificationTypeEvent), *calls[BEHIND], *last;
        struct rpc_child child;
        RPC_BINDING_HANDLE binding;

        rpc_child_start(&child, protseqs[i]);
        binding = rpc_fixture_bind(protseqs[i], child.endpoint);
        for (unsigned n = 0; n < BEHIND; n++) {
            calls[n] = call_new(RpcNotificationTypeEvent);
            assert_int_equal(call_add(calls[n], binding, 1, 2), RPC_S_OK);
        }
        assert_int_equal(call_add(first, binding, 1, 2), RPC_S_OK);
        while (!has_ended(first))
            Sleep(1);
        rpc_child_kill(&child);
        assert_int_equal(call_finish(first), RPC_S_OK);
        last = call_new(RpcNotificationTypeEvent);
        if (!call_add(last, binding, 1, 2))
            assert_int_not_equal(call_finish(last), RPC_S_OK);
        for (unsigned n = 0; n < BEHIND; n++) {
            assert_int_equal(call_finish(calls[n]), RPC_S_OK);
            call_free(calls[n]);
        }
        call_free(first);
        call_free(last);
        rpc_fixture_unbind(&binding);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_nonabortive_cancel),
        cmocka_unit_test(test_timeout),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_server_dies),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_backlog",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
