/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager routines of async.idl: calls that are answered at once, kept until another call says
 * so, or failed, and what the tests ask about them. */
#include "rpc_fixture.h"
#include "async.h"
#include "async_server.h"

/* RpcClientDisconnect and RpcClientCancel, which mingw's rpcasync.h lacks. */
#define EVENT_CLIENT_DISCONNECT ((RPC_ASYNC_EVENT)3)
#define EVENT_CLIENT_CANCEL ((RPC_ASYNC_EVENT)4)

#define MAX_HELD 16384
#define MAX_ORDER 4096

/* A call that waits for sync_release; which one is its token's business. */
struct held_call {
    bool arrived, released;
    bool blocks;             /* sync_block: a thread waits in it */
    bool cancelled;          /* sync_block has seen its cancel */
    PRPC_ASYNC_STATE async;
    LONG *value;
    LONG flags;
    HANDLE cancel_event, gone_event;
    LONG cancel_told, gone_told;
};

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static struct held_call held[MAX_HELD];
static LONG order[MAX_ORDER], order_count;
static volatile LONG told, queued;

void async_server_register(void)
{
    RPC_STATUS status =
        RpcServerRegisterIfEx(server_async_test_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                              2 * MAX_HELD, NULL);

    if (status != RPC_S_OK) {
        printf("RpcServerRegisterIfEx: %ld\n", status);
        ExitProcess(2);
    }
}

static struct held_call *find_held(LONG token)
{
    return &held[(ULONG)token % MAX_HELD];
}

/* ---- calls that are answered at once ---- */

void server_async_add(PRPC_ASYNC_STATE async, handle_t binding, LONG a, LONG b, LONG *sum)
{
    LONG reply = a - b;

    *sum = a + b;
    RpcAsyncCompleteCall(async, &reply);
}

void server_async_echo(PRPC_ASYNC_STATE async, handle_t binding, LONG size, byte *buffer)
{
    LONG reply = size;

    for (LONG i = 0; i < size; i++)
        buffer[i] ^= 0x5a;
    RpcAsyncCompleteCall(async, &reply);
}

void server_async_fill(PRPC_ASYNC_STATE async, handle_t binding, LONG seed, LONG size, byte *buffer)
{
    LONG reply = seed;

    for (LONG i = 0; i < size; i++)
        buffer[i] = (byte)(seed + i * 7);
    RpcAsyncCompleteCall(async, &reply);
}

void server_async_sink(PRPC_ASYNC_STATE async, handle_t binding, LONG size, byte *buffer)
{
    ULONG sum = 0;

    for (LONG i = 0; i < size; i++)
        sum = sum * 31 + buffer[i];
    RpcAsyncCompleteCall(async, &sum);
}

void server_async_wide(PRPC_ASYNC_STATE async, handle_t binding, hyper a, double *b, hyper *c)
{
    LONG reply = sizeof(a);

    *b *= 2;
    *c = -a;
    RpcAsyncCompleteCall(async, &reply);
}

void server_async_nothing(PRPC_ASYNC_STATE async, handle_t binding)
{
    RpcAsyncCompleteCall(async, NULL);
}

LONG server_sync_add(handle_t binding, LONG a, LONG b)
{
    return a + b;
}

/* ---- calls that another thread ends ---- */

struct later {
    PRPC_ASYNC_STATE async;
    LONG reply;
    ULONG abort_code; /* 0: complete */
};

static DWORD WINAPI end_later(void *arg)
{
    struct later *later = arg;

    if (later->abort_code)
        RpcAsyncAbortCall(later->async, later->abort_code);
    else
        RpcAsyncCompleteCall(later->async, &later->reply);
    free(later);
    return 0;
}

static void hand_over(PRPC_ASYNC_STATE async, LONG reply, ULONG abort_code)
{
    struct later *later = malloc(sizeof(*later));

    *later = (struct later){async, reply, abort_code};
    if (!QueueUserWorkItem(end_later, later, WT_EXECUTEDEFAULT))
        end_later(later);
}

void server_async_add_elsewhere(PRPC_ASYNC_STATE async, handle_t binding, LONG a, LONG b, LONG *sum)
{
    *sum = a + b;
    hand_over(async, a - b, 0);
}

void server_async_raise(PRPC_ASYNC_STATE async, handle_t binding, LONG how, ULONG code)
{
    switch (how) {
    case RAISE_NOW:
        RpcRaiseException(code);
    case RAISE_ABORT:
        RpcAsyncAbortCall(async, code);
        break;
    case RAISE_ABORT_LATER:
        hand_over(async, 0, code);
        break;
    }
}

/* ---- held calls ---- */

static void RPC_ENTRY client_changed(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    InterlockedIncrement(&told);
    AcquireSRWLockExclusive(&lock);
    for (unsigned i = 0; i < MAX_HELD; i++) {
        if (held[i].async == async && held[i].arrived) {
            held[i].cancel_told += event == EVENT_CLIENT_CANCEL;
            held[i].gone_told += event == EVENT_CLIENT_DISCONNECT;
        }
    }
    WakeAllConditionVariable(&changed);
    ReleaseSRWLockExclusive(&lock);
}

static RPC_STATUS subscribe(PRPC_ASYNC_STATE async, RPC_NOTIFICATIONS what, HANDLE event)
{
    RPC_ASYNC_NOTIFICATION_INFO info;

    if (event)
        info.hEvent = event;
    else
        info.NotificationRoutine = client_changed;
    return RpcServerSubscribeForNotification(
        RpcAsyncGetCallHandle(async), what,
        event ? RpcNotificationTypeEvent : RpcNotificationTypeCallback, &info);
}

/* RPC_S_OK if subscriptions are refused as documented (RpcServerSubscribeForNotification). */
static RPC_STATUS subscribe_badly(RPC_BINDING_HANDLE binding)
{
    RPC_ASYNC_NOTIFICATION_INFO info = {.NotificationRoutine = client_changed};
    ULONG count;

    if (RpcServerSubscribeForNotification(binding, RpcNotificationCallCancel,
                                          RpcNotificationTypeNone, &info) != RPC_S_INVALID_ARG)
        return 0x20000001;
    if (RpcServerSubscribeForNotification(binding, 4, RpcNotificationTypeCallback, &info) !=
        RPC_S_CANNOT_SUPPORT)
        return 0x20000002;
    if (RpcServerUnsubscribeForNotification(binding, 4, &count) != RPC_S_CANNOT_SUPPORT)
        return 0x20000003;
    return RPC_S_OK;
}

static RPC_STATUS watch(struct held_call *call)
{
    RPC_STATUS status = RPC_S_OK;

    if (call->flags & HOLD_BAD_SUBSCRIPTION)
        status = subscribe_badly(RpcAsyncGetCallHandle(call->async));
    if (call->flags & HOLD_BY_EVENT) {
        call->cancel_event = CreateEventW(NULL, TRUE, FALSE, NULL);
        call->gone_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    }
    if (status == RPC_S_OK && (call->flags & HOLD_WATCH_CANCEL))
        status = subscribe(call->async, RpcNotificationCallCancel, call->cancel_event);
    if (status == RPC_S_OK && (call->flags & HOLD_WATCH_DISCONNECT))
        status = subscribe(call->async, RpcNotificationClientDisconnect, call->gone_event);
    return status;
}

static void unwatch(struct held_call *call)
{
    RPC_BINDING_HANDLE binding = RpcAsyncGetCallHandle(call->async);
    ULONG count = 0;

    if ((call->flags & HOLD_WATCH_CANCEL) &&
        RpcServerUnsubscribeForNotification(binding, RpcNotificationCallCancel, &count) == RPC_S_OK)
        InterlockedExchangeAdd(&queued, count);
    count = 0;
    if ((call->flags & HOLD_WATCH_DISCONNECT) &&
        RpcServerUnsubscribeForNotification(binding, RpcNotificationClientDisconnect, &count) ==
            RPC_S_OK)
        InterlockedExchangeAdd(&queued, count);
    if (call->flags & HOLD_BY_EVENT) {
        CloseHandle(call->cancel_event);
        CloseHandle(call->gone_event);
    }
}

void server_async_hold(PRPC_ASYNC_STATE async, handle_t binding, LONG token, LONG flags,
                       LONG *value)
{
    struct held_call *call = find_held(token);
    RPC_STATUS status;

    AcquireSRWLockExclusive(&lock);
    if (call->arrived) {
        ReleaseSRWLockExclusive(&lock);
        RpcRaiseException(ERROR_ALREADY_EXISTS);
    }
    *call = (struct held_call){.async = async, .value = value, .flags = flags};
    ReleaseSRWLockExclusive(&lock);
    /* Notifications that come before `arrived` would be lost: the tests cancel only what has
     * arrived. */
    status = watch(call);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    AcquireSRWLockExclusive(&lock);
    call->arrived = true;
    WakeAllConditionVariable(&changed);
    ReleaseSRWLockExclusive(&lock);
}

/* Is what the test waits for true? Called with the lock held. */
static bool happened(struct held_call *call, LONG what)
{
    if (!call->arrived)
        return false;
    switch (what) {
    case AWAIT_ARRIVED:
        return true;
    case AWAIT_IN_PROGRESS:
        return RpcServerTestCancel(RpcAsyncGetCallHandle(call->async)) == RPC_S_CALL_IN_PROGRESS;
    case AWAIT_CANCELLED:
        return call->blocks ? call->cancelled
                            : RpcServerTestCancel(RpcAsyncGetCallHandle(call->async)) == RPC_S_OK;
    case AWAIT_CANCEL_TOLD:
        return call->cancel_told ||
               (call->cancel_event && WaitForSingleObject(call->cancel_event, 0) == WAIT_OBJECT_0);
    case AWAIT_CLIENT_GONE:
        return call->gone_told ||
               (call->gone_event && WaitForSingleObject(call->gone_event, 0) == WAIT_OBJECT_0);
    default:
        return false;
    }
}

/* RPC_S_OK, or ERROR_TIMEOUT. */
LONG server_sync_await(handle_t binding, LONG token, LONG what)
{
    struct held_call *call = find_held(token);
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    bool yes;

    AcquireSRWLockExclusive(&lock);
    /* Nothing wakes us for RpcServerTestCancel and events: look again every few milliseconds. */
    while (!(yes = happened(call, what)) && GetTickCount64() < end)
        SleepConditionVariableSRW(&changed, &lock, 5, 0);
    ReleaseSRWLockExclusive(&lock);
    return yes ? RPC_S_OK : ERROR_TIMEOUT;
}

/* What RpcAsyncCompleteCall or RpcAsyncAbortCall returned. Waits for a call that is still on its
 * way: calls are dispatched in order, but run in any. */
LONG server_sync_release(handle_t binding, LONG token, LONG how, ULONG code)
{
    struct held_call *call = find_held(token), copy;
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    RPC_STATUS status = RPC_S_OK;
    LONG reply = token;

    AcquireSRWLockExclusive(&lock);
    while (!call->arrived && GetTickCount64() < end)
        SleepConditionVariableSRW(&changed, &lock, 100, 0);
    copy = *call;
    call->released = true;
    if (!call->blocks)
        call->arrived = false;
    WakeAllConditionVariable(&changed);
    ReleaseSRWLockExclusive(&lock);
    if (!copy.arrived)
        return ERROR_NOT_FOUND;
    if (copy.blocks)
        return RPC_S_OK;
    unwatch(&copy);
    if (how == RELEASE_ABORT) {
        status = RpcAsyncAbortCall(copy.async, code);
    } else {
        *copy.value = code;
        status = RpcAsyncCompleteCall(copy.async, &reply);
    }
    return status;
}

/* Completes the calls first … first + count - 1, in an order that `seed` chooses, each with its
 * token negated as its value. Returns how many were completed. */
LONG server_sync_release_all(handle_t binding, LONG first, LONG count, ULONG seed)
{
    LONG *tokens = malloc(count * sizeof(*tokens)), done = 0;

    for (LONG i = 0; i < count; i++)
        tokens[i] = first + i;
    for (LONG i = count - 1; i > 0; i--) {
        LONG other, swap = tokens[i];

        seed = seed * 1103515245 + 12345;
        other = (seed >> 16) % (i + 1);
        tokens[i] = tokens[other];
        tokens[other] = swap;
    }
    for (LONG i = 0; i < count; i++)
        done += server_sync_release(binding, tokens[i], RELEASE_COMPLETE, -tokens[i]) == RPC_S_OK;
    free(tokens);
    return done;
}

/* Blocks its thread until the call is released (returns 0) or cancelled (returns 1). */
LONG server_sync_block(handle_t binding, LONG token)
{
    struct held_call *call = find_held(token);
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    bool cancelled = false;

    AcquireSRWLockExclusive(&lock);
    *call = (struct held_call){.arrived = true, .blocks = true};
    WakeAllConditionVariable(&changed);
    while (!call->released && !cancelled && GetTickCount64() < end) {
        SleepConditionVariableSRW(&changed, &lock, 5, 0);
        cancelled = RpcTestCancel() == RPC_S_OK;
    }
    call->cancelled = cancelled;
    while (!call->released && GetTickCount64() < end)
        SleepConditionVariableSRW(&changed, &lock, 100, 0);
    call->arrived = false;
    ReleaseSRWLockExclusive(&lock);
    return cancelled;
}

/* ---- the order of arrival ---- */

static bool has_arrived(LONG sequence)
{
    for (LONG i = 0; i < order_count; i++)
        if (order[i] == sequence)
            return true;
    return false;
}

/* Fails with ERROR_TIMEOUT if the call `wait_for` (-1: none) does not arrive while this one is in
 * its manager routine. */
void server_async_order(PRPC_ASYNC_STATE async, handle_t binding, LONG sequence, LONG wait_for)
{
    ULONGLONG end = GetTickCount64() + WAIT_MS / 2;
    bool in_time = true;

    AcquireSRWLockExclusive(&lock);
    if (order_count < MAX_ORDER)
        order[order_count++] = sequence;
    WakeAllConditionVariable(&changed);
    while (wait_for >= 0 && !has_arrived(wait_for) && (in_time = GetTickCount64() < end))
        SleepConditionVariableSRW(&changed, &lock, 100, 0);
    ReleaseSRWLockExclusive(&lock);
    if (in_time)
        RpcAsyncCompleteCall(async, NULL);
    else
        RpcAsyncAbortCall(async, ERROR_TIMEOUT);
}

LONG server_sync_order_taken(handle_t binding, LONG size, LONG *sequence)
{
    LONG count;

    AcquireSRWLockExclusive(&lock);
    count = order_count < size ? order_count : size;
    memset(sequence, 0xff, size * sizeof(*sequence));
    memcpy(sequence, order, count * sizeof(*sequence));
    order_count = 0;
    ReleaseSRWLockExclusive(&lock);
    return count;
}

/* ---- counters ---- */

static LONG count_held(void)
{
    LONG count = 0;

    AcquireSRWLockExclusive(&lock);
    for (unsigned i = 0; i < MAX_HELD; i++)
        count += held[i].arrived;
    ReleaseSRWLockExclusive(&lock);
    return count;
}

LONG server_sync_count(handle_t binding, LONG what, LONG argument)
{
    switch (what) {
    case COUNT_HANDLES:
        return count_handles();
    case COUNT_HEAP_BLOCKS:
        return count_heap_blocks();
    case COUNT_HEAP_BYTES:
        return count_heap_bytes();
    case COUNT_THREADS:
        return count_threads();
    case COUNT_CONNECTIONS:
        return count_tcp_connections(argument);
    case COUNT_HELD:
        return count_held();
    case COUNT_TOLD:
        return told;
    case COUNT_QUEUED:
        return queued;
    default:
        return -1;
    }
}

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return HeapAlloc(GetProcessHeap(), 0, size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    HeapFree(GetProcessHeap(), 0, memory);
}
