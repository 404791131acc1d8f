/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous pipes: push and pull on both sides, their notifications, their errors, and how calls
 * in mid-stream end. Sources: the SDK's "Asynchronous Pipes", "Asynchronous Pipe State". */
#include "pipe_server.h"
#include "stub_raised.h"

/* ---- a client's call ---- */

struct client {
    RPC_ASYNC_STATE state;
    HANDLE event;
    volatile LONG completions, sends, receives; /* callbacks and APCs that came */
    volatile LONG returned; /* … and of the first kind, those that are over */
    ASYNC_LONG_PIPE pipe;
    LONG buffer[8192];
};

static void __RPC_USER notified(PRPC_ASYNC_STATE state, void *context, RPC_ASYNC_EVENT event)
{
    struct client *client = CONTAINING_RECORD(state, struct client, state);

    InterlockedIncrement(event == RpcCallComplete ? &client->completions
                                                  : event == RpcSendComplete ? &client->sends : &client->receives);
    SetEvent(client->event);
    if (event == RpcCallComplete)
        InterlockedIncrement(&client->returned);
}

static struct client *client_new(RPC_NOTIFICATION_TYPES type)
{
    struct client *client = calloc(1, sizeof(*client));

    assert_int_equal(RpcAsyncInitializeHandle(&client->state, sizeof(client->state)), RPC_S_OK);
    client->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    client->state.NotificationType = type;
    if (type == RpcNotificationTypeEvent)
        client->state.u.hEvent = client->event;
    else if (type == RpcNotificationTypeApc)
        client->state.u.APC.NotificationRoutine = notified;
    else
        client->state.u.NotificationRoutine = notified;
    return client;
}

static void await_event(struct client *client)
{
    DWORD wait;

    while ((wait = WaitForSingleObjectEx(client->event, WAIT_MS, TRUE)) == WAIT_IO_COMPLETION)
        ;
    assert_int_equal(wait, WAIT_OBJECT_0);
}

/* Waits until the call has ended, and completes it. */
static RPC_STATUS complete(struct client *client, LONG *result)
{
    RPC_STATUS status;

    while ((status = RpcAsyncCompleteCall(&client->state, result)) == RPC_S_ASYNC_CALL_PENDING)
        await_event(client);
    return status;
}

/* After the call. RpcCallComplete has come, or comes, once and as the last: a callback or APC may come
 * after its call has been completed, and needs the structure. */
static void client_free(struct client *client)
{
    bool counts = client->state.NotificationType != RpcNotificationTypeEvent;

    while (counts && !client->completions)
        await_event(client);
    while (counts && !client->returned)
        SwitchToThread();
    assert_int_equal(client->completions, counts);
    CloseHandle(client->event);
    free(client);
}

/* Pushes, and waits until that has left. */
static RPC_STATUS push(struct client *client, LONG count)
{
    RPC_STATUS status;

    client->state.Flags = RPC_C_NOTIFY_ON_SEND_COMPLETE;
    status = client->pipe.push(client->pipe.state, client->buffer, count);
    if (!status && count)
        await_event(client);
    return status;
}

static RPC_STATUS pull(struct client *client, ULONG max, ULONG *count)
{
    RPC_STATUS status;

    while ((status = client->pipe.pull(client->pipe.state, client->buffer, max, count)) == RPC_S_ASYNC_CALL_PENDING)
        await_event(client);
    return status;
}

static void push_numbers(struct client *client, LONG first, LONG count)
{
    for (LONG i = 0; i < count; i++)
        client->buffer[i] = first + i;
    assert_int_equal(push(client, count), RPC_S_OK);
}

/* ---- data ---- */

static const RPC_NOTIFICATION_TYPES types[] = {RpcNotificationTypeEvent, RpcNotificationTypeApc,
                                               RpcNotificationTypeCallback};

static void test_in(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        struct client *client = client_new(types[i]);
        hyper sum = 0;
        LONG result = 0;

        async_pipe_sum(&client->state, binding, &client->pipe, &sum);
        for (LONG n = 0; n < 20; n++)
            push_numbers(client, 1 + n * 5000, 5000);
        assert_int_equal(RpcAsyncGetCallStatus(&client->state), RPC_S_ASYNC_CALL_PENDING);
        assert_int_equal(push(client, 0), RPC_S_OK);
        assert_int_equal(complete(client, &result), RPC_S_OK);
        assert_int_equal(result, 100000);
        assert_true(sum == 100000ll * 100001 / 2);
        if (types[i] != RpcNotificationTypeEvent) {
            assert_true(client->sends >= 20);
            assert_int_equal(client->receives, 0);
        }
        assert_int_equal(client->pipe.push(client->pipe.state, client->buffer, 1), RPC_X_PIPE_CLOSED);
        client_free(client);
    }
    rpc_fixture_unbind(&binding);
}

static void test_out(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        struct client *client = client_new(types[i]);
        LONG result = 0, got = 0, wrong = 0;
        ULONG count;

        async_pipe_source(&client->state, binding, 7, 100000, 3333, &client->pipe);
        do {
            assert_int_equal(RpcAsyncCompleteCall(&client->state, &result), RPC_S_ASYNC_CALL_PENDING);
            assert_int_equal(pull(client, 1000, &count), RPC_S_OK);
            for (ULONG n = 0; n < count; n++)
                wrong += client->buffer[n] != 7 + got++;
        } while (count);
        assert_int_equal(got, 100000);
        assert_int_equal(wrong, 0);
        assert_int_equal(client->pipe.pull(client->pipe.state, client->buffer, 1, &count), RPC_X_PIPE_EMPTY);
        assert_int_equal(complete(client, &result), RPC_S_OK);
        assert_int_equal(result, 100000);
        client_free(client);
    }
    rpc_fixture_unbind(&binding);
}

static void test_in_out(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        struct client *client = client_new(types[i]);
        LONG result = 0, got = 0, wrong = 0;
        ULONG count;

        async_pipe_negate(&client->state, binding, 0, &client->pipe);
        assert_int_equal(client->pipe.pull(client->pipe.state, client->buffer, 1, &count), RPC_X_WRONG_PIPE_ORDER);
        push_numbers(client, 1, 3000);
        push_numbers(client, 3001, 3000);
        assert_int_equal(push(client, 0), RPC_S_OK);
        assert_int_equal(client->pipe.push(client->pipe.state, client->buffer, 1), RPC_X_PIPE_CLOSED);
        do {
            assert_int_equal(pull(client, 999, &count), RPC_S_OK);
            for (ULONG n = 0; n < count; n++)
                wrong += client->buffer[n] != -++got;
        } while (count);
        assert_int_equal(got, 6000);
        assert_int_equal(wrong, 0);
        assert_int_equal(complete(client, &result), RPC_S_OK);
        assert_int_equal(result, 6000);
        client_free(client);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- ends ---- */

static void test_not_drained_by_server(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct client *client = client_new(RpcNotificationTypeEvent);
    LONG result;

    async_pipe_negate(&client->state, binding, NEGATE_LEAVE, &client->pipe);
    assert_int_equal(push(client, 0), RPC_S_OK);
    assert_int_equal(complete(client, &result), RPC_X_PIPE_DISCIPLINE_ERROR);
    client_free(client);
    rpc_fixture_unbind(&binding);
}

/* Cancelled while data are on their way, in either direction: once, and pipes are closed. */
static void test_cancel(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    hyper sum;
    LONG result;
    ULONG count;

    for (unsigned i = 0; i < 2 * ARRAYSIZE(types); i++) {
        struct client *client = client_new(types[i / 2]);

        if (i & 1) {
            async_pipe_sum(&client->state, binding, &client->pipe, &sum);
            push_numbers(client, 1, 5000);
        } else {
            async_pipe_source(&client->state, binding, 1, 10000000, 10000, &client->pipe);
            assert_int_equal(pull(client, 10, &count), RPC_S_OK);
        }
        assert_int_equal(RpcAsyncCancelCall(&client->state, TRUE), RPC_S_OK);
        assert_int_equal(complete(client, &result), RPC_S_CALL_CANCELLED);
        assert_int_equal(client->pipe.pull(client->pipe.state, client->buffer, 1, &count), RPC_X_PIPE_CLOSED);
        client_free(client);
    }
    rpc_fixture_unbind(&binding);
}

/* A server that waits until what it has pushed has left learns that nobody takes it any more. */
static void test_cancel_wakes_server(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    ULONGLONG end = GetTickCount64() + WAIT_MS / 2; /* it gives up by itself after WAIT_MS */
    struct client *client = client_new(RpcNotificationTypeEvent);
    LONG result;
    ULONG count;

    async_pipe_source(&client->state, binding, 1, 10000000, 10000, &client->pipe);
    assert_int_equal(pull(client, 10, &count), RPC_S_OK);
    Sleep(50); /* its pushes fill what there is room for, and it waits */
    assert_int_equal(RpcAsyncCancelCall(&client->state, TRUE), RPC_S_OK);
    assert_int_equal(complete(client, &result), RPC_S_CALL_CANCELLED);
    while (pipe_running(binding) && GetTickCount64() < end)
        Sleep(1);
    assert_int_equal(pipe_running(binding), 0);
    client_free(client);
    rpc_fixture_unbind(&binding);
}

static void test_server_dies(void **state)
{
    static const WCHAR *protseqs[] = {L"ncalrpc", L"ncacn_np", L"ncacn_ip_tcp"};

    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        struct client *client = client_new(RpcNotificationTypeEvent);
        RPC_BINDING_HANDLE binding;
        struct rpc_child child;
        LONG result;
        hyper sum;

        rpc_child_start(&child, protseqs[i]);
        binding = rpc_fixture_bind(protseqs[i], child.endpoint);
        async_pipe_sum(&client->state, binding, &client->pipe, &sum);
        push_numbers(client, 1, 5000);
        rpc_child_kill(&child);
        assert_int_equal(complete(client, &result), RPC_S_CALL_FAILED);
        assert_int_equal(client->pipe.push(client->pipe.state, client->buffer, 1), RPC_X_PIPE_CLOSED);
        rpc_fixture_unbind(&binding);
        client_free(client);
    }
}

/* Once a call is told to be over, its pipe is, too: nobody who then pulls is kept waiting. */
static void test_no_server(void **state)
{
    static const WCHAR *protseqs[] = {L"ncalrpc", L"ncacn_np"};

    for (unsigned i = 0; i < 100; i++) {
        struct client *client = client_new(types[i % ARRAYSIZE(types)]);
        RPC_BINDING_HANDLE binding =
            rpc_fixture_bind(protseqs[i % 2], i % 2 ? L"\\pipe\\rpcrt4-nobody-here" : L"rpcrt4-nobody-here");
        LONG result;
        ULONG count;

        async_pipe_source(&client->state, binding, 1, 10, 10, &client->pipe);
        assert_int_equal(pull(client, 10, &count), RPC_S_SERVER_UNAVAILABLE);
        assert_int_equal(complete(client, &result), RPC_S_SERVER_UNAVAILABLE);
        rpc_fixture_unbind(&binding);
        client_free(client);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_in),
        cmocka_unit_test(test_out),
        cmocka_unit_test(test_in_out),
        cmocka_unit_test(test_not_drained_by_server),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_wakes_server),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_server_dies),
        cmocka_unit_test(test_no_server),
    };
    static const struct rpc_suite suite = {
        .name = "test_pipe_async",
        .register_server = pipe_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
