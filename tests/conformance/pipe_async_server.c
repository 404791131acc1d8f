/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The asynchronous procedures of the pipe tests' server. Each call has a thread that pulls, pushes
 * and completes; it learns from an event, in async_pipe_negate as the client wants, when to go on. */
#include "pipe_server.h"

volatile RPC_STATUS pipe_server_failure;
volatile LONG pipe_server_calls;
HANDLE pipe_server_changed;

struct served {
    PRPC_ASYNC_STATE async;
    HANDLE event, port;
    HWND window;
    LONG first, count, per_push, options;
    ASYNC_LONG_PIPE *numbers;
    hyper *sum;
    LONG buffer[16384];
};

static void __RPC_USER signal_event(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    SetEvent(async->UserInfo);
}

LONG server_pipe_running(handle_t binding)
{
    return pipe_server_calls;
}

/* On the call's own thread: an APC, or a message, comes to it. */
static void set_notification(struct served *call, RPC_NOTIFICATION_TYPES type)
{
    PRPC_ASYNC_STATE async = call->async;

    async->NotificationType = type;
    switch (type) {
    case RpcNotificationTypeApc:
        async->u.APC.NotificationRoutine = signal_event;
        async->u.APC.hThread = NULL;
        break;
    case RpcNotificationTypeIoc:
        call->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
        async->u.IOC.hIOPort = call->port;
        async->u.IOC.dwNumberOfBytesTransferred = 0;
        async->u.IOC.dwCompletionKey = 7;
        async->u.IOC.lpOverlapped = NULL;
        break;
    case RpcNotificationTypeHwnd:
        call->window = CreateWindowExW(0, L"Static", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
        async->u.HWND.hWnd = call->window;
        async->u.HWND.Msg = WM_USER;
        break;
    case RpcNotificationTypeCallback:
        async->u.NotificationRoutine = signal_event;
        break;
    default:
        async->u.hEvent = call->event;
        break;
    }
}

static bool await_message(struct served *call)
{
    MSG message;

    for (;;) {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
            if (message.hwnd == call->window && message.message == WM_USER)
                return true;
        }
        if (MsgWaitForMultipleObjects(0, NULL, FALSE, WAIT_MS, QS_ALLINPUT) == WAIT_TIMEOUT)
            return false;
    }
}

/* For the next event. */
static bool await(struct served *call)
{
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    DWORD bytes, wait;

    if (call->port)
        return GetQueuedCompletionStatus(call->port, &bytes, &key, &overlapped, WAIT_MS) && key == 7;
    if (call->window)
        return await_message(call);
    while ((wait = WaitForSingleObjectEx(call->event, WAIT_MS, TRUE)) == WAIT_IO_COMPLETION)
        ;
    return wait == WAIT_OBJECT_0;
}

static void start(struct served *call, PRPC_ASYNC_STATE async, LPTHREAD_START_ROUTINE routine)
{
    HANDLE thread;

    InterlockedIncrement(&pipe_server_calls);
    SetEvent(pipe_server_changed);
    call->async = async;
    call->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    async->UserInfo = call->event;
    set_notification(call, RpcNotificationTypeEvent);
    thread = CreateThread(NULL, 0, routine, call, 0, NULL);
    CloseHandle(thread);
}

static void finish(struct served *call, RPC_STATUS status, LONG result)
{
    HANDLE event = call->event, port = call->port;
    HWND window = call->window;

    if (status)
        RpcAsyncAbortCall(call->async, status);
    else
        RpcAsyncCompleteCall(call->async, &result);
    if (status)
        pipe_server_failure = status;
    InterlockedDecrement(&pipe_server_calls);
    SetEvent(pipe_server_changed);
    if (port)
        CloseHandle(port);
    if (window)
        DestroyWindow(window);
    CloseHandle(event);
    free(call);
}

static RPC_STATUS pull(struct served *call, LONG *buffer, ULONG max, ULONG *count)
{
    RPC_STATUS status;

    while ((status = call->numbers->pull(call->numbers->state, buffer, max, count)) == RPC_S_ASYNC_CALL_PENDING) {
        if (!await(call))
            return ERROR_TIMEOUT;
    }
    return status;
}

/* Pushes, and waits until it has left. */
static RPC_STATUS push(struct served *call, LONG *buffer, ULONG count)
{
    RPC_STATUS status;

    call->async->Flags = RPC_C_NOTIFY_ON_SEND_COMPLETE;
    status = call->numbers->push(call->numbers->state, buffer, count);
    if (!status && !await(call))
        status = ERROR_TIMEOUT;
    return status;
}

static DWORD WINAPI serve_sum(void *arg)
{
    struct served *call = arg;
    LONG total = 0;
    RPC_STATUS status;
    ULONG count;

    *call->sum = 0;
    do {
        status = pull(call, call->buffer, ARRAYSIZE(call->buffer), &count);
        for (ULONG i = 0; !status && i < count; i++)
            *call->sum += call->buffer[i];
        total += count;
    } while (!status && count);
    finish(call, status, total);
    return 0;
}

void server_async_pipe_sum(PRPC_ASYNC_STATE async, handle_t binding, ASYNC_LONG_PIPE *numbers, hyper *sum)
{
    struct served *call = calloc(1, sizeof(*call));

    call->numbers = numbers;
    call->sum = sum;
    start(call, async, serve_sum);
}

static DWORD WINAPI serve_source(void *arg)
{
    struct served *call = arg;
    RPC_STATUS status = RPC_S_OK;

    for (LONG done = 0, part; !status && done < call->count; done += part) {
        part = min(min(call->per_push, call->count - done), (LONG)ARRAYSIZE(call->buffer));
        for (LONG i = 0; i < part; i++)
            call->buffer[i] = call->first + done + i;
        status = push(call, call->buffer, part);
    }
    if (!status)
        status = push(call, call->buffer, 0);
    finish(call, status, call->count);
    return 0;
}

void server_async_pipe_source(PRPC_ASYNC_STATE async, handle_t binding, LONG first, LONG count, LONG per_push,
                              ASYNC_LONG_PIPE *numbers)
{
    struct served *call = calloc(1, sizeof(*call));

    call->numbers = numbers;
    call->first = first;
    call->count = count;
    call->per_push = per_push;
    start(call, async, serve_source);
}

static DWORD WINAPI serve_negate(void *arg)
{
    struct served *call = arg;
    RPC_STATUS status;
    ULONG count, total = 0;

    set_notification(call, call->options >> 8);
    do {
        status = pull(call, call->buffer + total, ARRAYSIZE(call->buffer) - total, &count);
        total += count;
    } while (!status && count);
    for (ULONG i = 0; i < total; i++)
        call->buffer[i] = -call->buffer[i];
    if (!status && call->options & NEGATE_LEAVE)
        total = 0;
    else if (!status && total)
        status = push(call, call->buffer, total);
    if (!status && !(call->options & NEGATE_LEAVE))
        status = push(call, call->buffer, 0);
    finish(call, status, total);
    return 0;
}

void server_async_pipe_negate(PRPC_ASYNC_STATE async, handle_t binding, LONG options, ASYNC_LONG_PIPE *numbers)
{
    struct served *call = calloc(1, sizeof(*call));

    call->numbers = numbers;
    call->options = options;
    start(call, async, serve_negate);
}
