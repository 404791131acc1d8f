/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous pipes: push and pull on both sides, their notifications, their errors, and how calls
 * in mid-stream end. Sources: the SDK's "Asynchronous Pipes", "Asynchronous Pipe State". */
#include "pipe_server.h"
#include "stub_raised.h"

/* ---- a client's call ---- */

struct client {
    RPC_ASYNC_STATE state;
    HANDLE event, port;
    HWND window;
    volatile LONG completions, sends, receives; /* callbacks, APCs and messages that came */
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
    switch (type) {
    case RpcNotificationTypeApc:
        client->state.u.APC.NotificationRoutine = notified;
        break;
    case RpcNotificationTypeIoc:
        client->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
        client->state.u.IOC.hIOPort = client->port;
        client->state.u.IOC.dwNumberOfBytesTransferred = 11;
        client->state.u.IOC.dwCompletionKey = 12;
        client->state.u.IOC.lpOverlapped = (OVERLAPPED *)client;
        break;
    case RpcNotificationTypeHwnd:
        client->window = CreateWindowExW(0, L"Static", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
        assert_non_null(client->window);
        client->state.u.HWND.hWnd = client->window;
        client->state.u.HWND.Msg = WM_USER + 3;
        break;
    case RpcNotificationTypeCallback:
        client->state.u.NotificationRoutine = notified;
        break;
    default:
        client->state.u.hEvent = client->event;
        break;
    }
    return client;
}

static void await_packet(struct client *client)
{
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    DWORD bytes;

    assert_true(GetQueuedCompletionStatus(client->port, &bytes, &key, &overlapped, WAIT_MS));
    assert_int_equal(bytes, 11);
    assert_int_equal(key, 12);
    assert_ptr_equal(overlapped, client);
}

static void await_message(struct client *client)
{
    MSG message;

    for (;;) {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
            if (message.hwnd != client->window || message.message != WM_USER + 3)
                continue;
            assert_ptr_equal(message.lParam, &client->state);
            notified(&client->state, NULL, message.wParam);
            return;
        }
        assert_int_not_equal(MsgWaitForMultipleObjects(0, NULL, FALSE, WAIT_MS, QS_ALLINPUT), WAIT_TIMEOUT);
    }
}

static void await_event(struct client *client)
{
    DWORD wait;

    if (client->port) {
        await_packet(client);
        return;
    }
    if (client->window) {
        await_message(client);
        return;
    }
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
    bool counts = !client->port && client->state.NotificationType != RpcNotificationTypeEvent;

    while (counts && !client->completions)
        await_event(client);
    while (counts && !client->returned)
        SwitchToThread();
    assert_int_equal(client->completions, counts);
    if (client->port)
        CloseHandle(client->port);
    if (client->window)
        DestroyWindow(client->window);
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
                                               RpcNotificationTypeCallback, RpcNotificationTypeIoc,
                                               RpcNotificationTypeHwnd};

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
        if (types[i] != RpcNotificationTypeEvent && types[i] != RpcNotificationTypeIoc) {
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

        async_pipe_negate(&client->state, binding, NEGATE_NOTIFIED(types[i]), &client->pipe);
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

    async_pipe_negate(&client->state, binding, NEGATE_LEAVE | NEGATE_NOTIFIED(RpcNotificationTypeEvent),
                      &client->pipe);
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

/* While it receives, and while it sends: the latter not over TCP, where Wine 8 leaves the socket open of a process that
 * is killed within a send. */
static void test_server_dies(void **state)
{
    static const struct {
        const WCHAR *protseq;
        bool out;
    } cases[] = {
        {L"ncalrpc", false}, {L"ncalrpc", true}, {L"ncacn_np", false}, {L"ncacn_np", true}, {L"ncacn_ip_tcp", false},
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct client *client = client_new(RpcNotificationTypeEvent);
        RPC_BINDING_HANDLE binding;
        struct rpc_child child;
        RPC_STATUS status;
        LONG result;
        ULONG count;
        hyper sum;

        rpc_child_start(&child, cases[i].protseq);
        binding = rpc_fixture_bind(cases[i].protseq, child.endpoint);
        if (!cases[i].out) {
            async_pipe_sum(&client->state, binding, &client->pipe, &sum);
            push_numbers(client, 1, 5000);
        } else {
            async_pipe_source(&client->state, binding, 1, 100000000, 10000, &client->pipe);
            assert_int_equal(pull(client, 10, &count), RPC_S_OK);
        }
        rpc_child_kill(&child);
        while (cases[i].out && !(status = pull(client, ARRAYSIZE(client->buffer), &count)))
            ; /* what had come before */
        assert_int_equal(complete(client, &result), RPC_S_CALL_FAILED);
        assert_int_equal(client->pipe.push(client->pipe.state, client->buffer, 1), RPC_X_PIPE_CLOSED);
        rpc_fixture_unbind(&binding);
        client_free(client);
    }
}

/* In a process of its own: in mid-stream of a call. */
static bool be_client(RPC_BINDING_HANDLE binding, LONG out)
{
    struct client *client = client_new(RpcNotificationTypeEvent);
    static hyper sum;
    ULONG count;

    if (out) {
        async_pipe_source(&client->state, binding, 1, 100000000, 10000, &client->pipe);
        return pull(client, 10, &count) == RPC_S_OK;
    }
    async_pipe_sum(&client->state, binding, &client->pipe, &sum);
    return push(client, 5000) == RPC_S_OK;
}

static void await_calls(LONG count)
{
    while (pipe_server_calls != count)
        assert_int_equal(WaitForSingleObject(pipe_server_changed, WAIT_MS), WAIT_OBJECT_0);
}

/* The server's pull, and push, fail. */
static void test_client_dies(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);

    for (LONG out = 0; out < 2 && !target->in_child; out++) {
        HANDLE client;

        await_calls(0);
        client = rpc_client_start(target, out);
        await_calls(1);
        pipe_server_failure = 0;
        rpc_client_kill(client);
        await_calls(0);
        assert_int_equal(pipe_server_failure, RPC_S_CALL_FAILED);
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
        cmocka_unit_test(test_client_dies),
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
        .client = be_client,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
