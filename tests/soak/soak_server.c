/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager routines of soak.idl. */
#include "soak_program.h"

static volatile LONG entered[CLIENTS], outstanding, contexts, twice;

static void enter(LONG client)
{
    InterlockedIncrement(&entered[(ULONG)client % CLIENTS]);
}

static void turn_over(byte *buffer, LONG size)
{
    for (LONG i = 0; i < size; i++)
        buffer[i] ^= 0x5a;
}

void server_soak_get_state(handle_t binding, LONG client, LONG port, soak_state *state)
{
    *state = (soak_state){
        .entered = entered[(ULONG)client % CLIENTS],
        .outstanding = outstanding,
        .contexts = contexts,
        .twice = twice,
        .connections = count_tcp_connections(port),
        .handles = count_handles(),
        .threads = count_threads(),
        .blocks = count_heap_blocks(),
    };
}

void server_soak_echo(handle_t binding, LONG client, LONG size, byte *buffer)
{
    enter(client);
    turn_over(buffer, size);
}

/* ---- asynchronous calls ---- */

struct pending {
    struct pending *next;
    PRPC_ASYNC_STATE async;
    bool abort;
    ULONGLONG due;
    LONG size;
    byte *buffer;
};

static SRWLOCK later_lock = SRWLOCK_INIT;
static struct pending *later;

/* An answer is taken once. (The client may be gone: that is no failure.) */
static DWORD WINAPI answer(void *arg)
{
    struct pending *call = arg;
    RPC_STATUS status;

    if (!call->abort)
        turn_over(call->buffer, call->size);
    /* Before the client can see that the call has ended. */
    InterlockedDecrement(&outstanding);
    status = call->abort ? RpcAsyncAbortCall(call->async, ABORT_CODE) : RpcAsyncCompleteCall(call->async, NULL);
    if (status == RPC_S_INVALID_ASYNC_HANDLE || status == RPC_S_INVALID_ASYNC_CALL)
        InterlockedIncrement(&twice);
    free(call);
    return 0;
}

static struct pending *take_due(void)
{
    struct pending **link, *found = NULL;

    AcquireSRWLockExclusive(&later_lock);
    for (link = &later; (found = *link); link = &found->next) {
        bool cancelled = RpcServerTestCancel(RpcAsyncGetCallHandle(found->async)) == RPC_S_OK;

        if (!cancelled && GetTickCount64() < found->due)
            continue;
        found->abort = found->abort || cancelled;
        *link = found->next;
        break;
    }
    ReleaseSRWLockExclusive(&later_lock);
    return found;
}

static DWORD WINAPI answer_later(void *unused)
{
    struct pending *call;

    for (;; Sleep(2)) {
        while ((call = take_due()))
            answer(call);
    }
    return 0;
}

static void put_off(struct pending *call, LONG delay)
{
    call->due = GetTickCount64() + delay;
    AcquireSRWLockExclusive(&later_lock);
    call->next = later;
    later = call;
    ReleaseSRWLockExclusive(&later_lock);
}

void server_soak_async_echo(PRPC_ASYNC_STATE async, handle_t binding, LONG client, LONG how, LONG delay, LONG size,
                            byte *buffer)
{
    struct pending *call;

    enter(client);
    if (how == ANSWER_RAISE)
        RpcRaiseException(ABORT_CODE);
    InterlockedIncrement(&outstanding);
    call = malloc(sizeof(*call));
    *call = (struct pending){.async = async, .size = size, .buffer = buffer,
                             .abort = how == ANSWER_ABORT || how == ANSWER_ABORT_LATER};
    if (how == ANSWER_LATER || how == ANSWER_ABORT_LATER)
        put_off(call, delay);
    else if (how != ANSWER_ELSEWHERE || !QueueUserWorkItem(answer, call, WT_EXECUTEDEFAULT))
        answer(call);
}

/* ---- pipes ---- */

void server_soak_sum(handle_t binding, LONG client, soak_pipe numbers, hyper *sum)
{
    LONG buffer[PIPE_CHUNK];
    ULONG count;

    enter(client);
    *sum = 0;
    do {
        numbers.pull(numbers.state, buffer, PIPE_CHUNK, &count);
        for (ULONG i = 0; i < count; i++)
            *sum += buffer[i];
    } while (count);
}

void server_soak_source(handle_t binding, LONG client, LONG first, LONG count, soak_pipe *numbers)
{
    LONG buffer[PIPE_CHUNK];

    enter(client);
    for (LONG done = 0, part; done < count; done += part) {
        part = min(PIPE_CHUNK, count - done);
        for (LONG i = 0; i < part; i++)
            buffer[i] = first + done + i;
        numbers->push(numbers->state, buffer, part);
    }
    numbers->push(numbers->state, buffer, 0);
}

struct source {
    PRPC_ASYNC_STATE async;
    HANDLE event;
    LONG first, count;
    ASYNC_soak_pipe *numbers;
};

static RPC_STATUS push(struct source *source, LONG *buffer, LONG count)
{
    RPC_STATUS status;

    source->async->Flags = RPC_C_NOTIFY_ON_SEND_COMPLETE;
    status = source->numbers->push(source->numbers->state, buffer, count);
    if (!status && count && WaitForSingleObject(source->event, LOST_MS))
        status = ERROR_TIMEOUT;
    return status;
}

static DWORD WINAPI push_all(void *arg)
{
    struct source *source = arg;
    RPC_STATUS status = RPC_S_OK;
    LONG buffer[PIPE_CHUNK];

    for (LONG done = 0, part; !status && done < source->count; done += part) {
        part = min(PIPE_CHUNK, source->count - done);
        for (LONG i = 0; i < part; i++)
            buffer[i] = source->first + done + i;
        status = push(source, buffer, part);
    }
    if (!status)
        status = push(source, buffer, 0);
    InterlockedDecrement(&outstanding);
    if (status)
        RpcAsyncAbortCall(source->async, status);
    else
        RpcAsyncCompleteCall(source->async, NULL);
    CloseHandle(source->event);
    free(source);
    return 0;
}

void server_soak_async_source(PRPC_ASYNC_STATE async, handle_t binding, LONG client, LONG first, LONG count,
                              ASYNC_soak_pipe *numbers)
{
    struct source *source = malloc(sizeof(*source));

    enter(client);
    InterlockedIncrement(&outstanding);
    *source = (struct source){async, CreateEventW(NULL, FALSE, FALSE, NULL), first, count, numbers};
    async->NotificationType = RpcNotificationTypeEvent;
    async->u.hEvent = source->event;
    QueueUserWorkItem(push_all, source, WT_EXECUTELONGFUNCTION);
}

/* ---- context handles ---- */

void server_soak_open(handle_t binding, LONG client, LONG start, soak_context *context)
{
    LONG *count = malloc(sizeof(*count));

    enter(client);
    InterlockedIncrement(&contexts);
    *count = start;
    *context = count;
}

LONG server_soak_count(soak_context context)
{
    return ++*(LONG *)context;
}

void server_soak_close(soak_context *context)
{
    soak_context_rundown(*context);
    *context = NULL;
}

void __RPC_USER soak_context_rundown(soak_context context)
{
    InterlockedDecrement(&contexts);
    free(context);
}

/* ---- the rest ---- */

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

void soak_server_register(void)
{
    RPC_STATUS status = RpcServerRegisterIfEx(server_soak_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL);

    if (status != RPC_S_OK) {
        printf("RpcServerRegisterIfEx: %ld\n", status);
        ExitProcess(2);
    }
    CloseHandle(CreateThread(NULL, 0, answer_later, NULL, 0, NULL));
}
