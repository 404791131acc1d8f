/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The asynchronous procedures of the pipe tests' server. Each call has a thread that pulls, pushes
 * and completes; it learns from an event, and in async_pipe_negate from callbacks, when to go on. */
#include "pipe_server.h"

struct served {
    PRPC_ASYNC_STATE async;
    HANDLE event;
    LONG first, count, per_push, options;
    ASYNC_LONG_PIPE *numbers;
    hyper *sum;
    LONG buffer[16384];
};

static void __RPC_USER signal_event(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    SetEvent(async->UserInfo);
}

static volatile LONG running;

LONG server_pipe_running(handle_t binding)
{
    return running;
}

static void start(struct served *call, PRPC_ASYNC_STATE async, bool callback, LPTHREAD_START_ROUTINE routine)
{
    HANDLE thread;

    InterlockedIncrement(&running);
    call->async = async;
    call->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    async->UserInfo = call->event;
    async->NotificationType = callback ? RpcNotificationTypeCallback : RpcNotificationTypeEvent;
    if (callback)
        async->u.NotificationRoutine = signal_event;
    else
        async->u.hEvent = call->event;
    thread = CreateThread(NULL, 0, routine, call, 0, NULL);
    CloseHandle(thread);
}

static void finish(struct served *call, RPC_STATUS status, LONG result)
{
    HANDLE event = call->event;

    if (status)
        RpcAsyncAbortCall(call->async, status);
    else
        RpcAsyncCompleteCall(call->async, &result);
    InterlockedDecrement(&running);
    CloseHandle(event);
    free(call);
}

static RPC_STATUS pull(struct served *call, LONG *buffer, ULONG max, ULONG *count)
{
    RPC_STATUS status;

    while ((status = call->numbers->pull(call->numbers->state, buffer, max, count)) == RPC_S_ASYNC_CALL_PENDING) {
        if (WaitForSingleObject(call->event, WAIT_MS))
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
    if (!status && WaitForSingleObject(call->event, WAIT_MS))
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
    start(call, async, false, serve_sum);
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
    start(call, async, false, serve_source);
}

static DWORD WINAPI serve_negate(void *arg)
{
    struct served *call = arg;
    RPC_STATUS status;
    ULONG count, total = 0;

    do {
        status = pull(call, call->buffer + total, ARRAYSIZE(call->buffer) - total, &count);
        total += count;
    } while (!status && count);
    for (ULONG i = 0; i < total; i++)
        call->buffer[i] = -call->buffer[i];
    if (!status && call->options == NEGATE_LEAVE)
        total = 0;
    else if (!status && total)
        status = push(call, call->buffer, total);
    if (!status && call->options != NEGATE_LEAVE)
        status = push(call, call->buffer, 0);
    finish(call, status, total);
    return 0;
}

void server_async_pipe_negate(PRPC_ASYNC_STATE async, handle_t binding, LONG options, ASYNC_LONG_PIPE *numbers)
{
    struct served *call = calloc(1, sizeof(*call));

    call->numbers = numbers;
    call->options = options;
    start(call, async, true, serve_negate);
}
