/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_held PROTSEQ ENDPOINT CALLS...: so many asynchronous calls whose replies the server holds
 * back, CALLS in ascending order. Stops at a checkpoint before the first and at each of CALLS;
 * then has all answered, and prints how many ended, and how many of them not exactly once or with
 * another call's answer. */
#include "common.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

#define CALLS_MAX 16384
#define WARM_UP 64
#define PATIENCE_MS 60000

/* The application's own memory, in use before the first checkpoint. */
static struct call {
    RPC_ASYNC_STATE state; /* the first member */
    LONG answer;
    LONG volatile notified;
} calls[CALLS_MAX];
static LONG volatile notifications;

static void RPC_ENTRY on_end(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    InterlockedIncrement(&((struct call *)async)->notified);
    InterlockedIncrement(&notifications);
    WakeByAddressSingle((void *)&notifications);
}

static void submit(handle_t binding, long from, long to)
{
    for (long i = from; i < to; i++) {
        struct call *call = &calls[i];

        RpcAsyncInitializeHandle(&call->state, sizeof(call->state));
        call->state.NotificationType = RpcNotificationTypeCallback;
        call->state.u.NotificationRoutine = on_end;
        bench_hold(&call->state, binding, i, &call->answer);
    }
}

static void wait_until_held(handle_t binding, long count)
{
    ULONGLONG end = GetTickCount64() + PATIENCE_MS;

    while (bench_count_held(binding) != count) {
        check(GetTickCount64() < end, "the server does not have all calls", count);
        Sleep(5);
    }
}

static void release_all(handle_t binding, long count)
{
    LONG now;

    check(bench_release(binding) == count, "held calls", count);
    while ((now = notifications) < count)
        check(WaitOnAddress(&notifications, &now, sizeof(now), PATIENCE_MS),
              "a notification is missing", now);
}

static void complete_all(long count)
{
    long failed = 0, notified_otherwise = 0, answered_otherwise = 0;

    for (long i = 0; i < count; i++) {
        failed += RpcAsyncCompleteCall(&calls[i].state, NULL) != RPC_S_OK;
        answered_otherwise += calls[i].answer != i;
        notified_otherwise += calls[i].notified != 1;
    }
    print_number("completed", (double)(count - failed));
    print_number("not_notified_once", (double)notified_otherwise);
    print_number("answered_wrongly", (double)answered_otherwise);
}

/* Calls that use all code and caches before anything is looked at. */
static void warm_up(handle_t binding)
{
    submit(binding, 0, WARM_UP);
    wait_until_held(binding, WARM_UP);
    release_all(binding, WARM_UP);
    for (long i = 0; i < WARM_UP; i++)
        check(!RpcAsyncCompleteCall(&calls[i].state, NULL), "RpcAsyncCompleteCall", i);
    memset(calls, 0, sizeof(calls));
    notifications = 0;
}

/* How many instances a pipe has, this look at it included; 0: the protocol sequence has none. */
static long pipe_instances(const char *protseq, const char *endpoint)
{
    char path[MAX_PATH];
    DWORD instances = 0;
    HANDLE pipe;

    if (!strcmp(protseq, "ncacn_ip_tcp"))
        return 0;
    snprintf(path, sizeof(path), !strcmp(protseq, "ncalrpc") ? "\\\\.\\pipe\\lrpc\\%s" : "\\\\.%s",
             endpoint);
    while ((pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0,
                               NULL)) == INVALID_HANDLE_VALUE)
        check(WaitNamedPipeA(path, PATIENCE_MS), path, GetLastError());
    check(GetNamedPipeHandleStateA(pipe, NULL, &instances, NULL, NULL, NULL, 0), path,
          GetLastError());
    CloseHandle(pipe);
    return (long)instances;
}

int main(int argc, char **argv)
{
    handle_t binding;
    long held = 0, instances;

    check(argc >= 4, "usage: bench_held PROTSEQ ENDPOINT CALLS...", argc);
    memset(calls, 0, sizeof(calls));
    instances = pipe_instances(argv[1], argv[2]);
    binding = bind_to(argv[1], argv[2]);
    warm_up(binding);
    checkpoint("held", 0);
    for (int i = 3; i < argc; i++) {
        long wanted = number(argv[i]);

        check(wanted >= held && wanted <= CALLS_MAX, argv[i], held);
        submit(binding, held, wanted);
        held = wanted;
        wait_until_held(binding, held);
        checkpoint("held", held);
    }
    if (instances)
        print_number("pipe_connections", (double)(pipe_instances(argv[1], argv[2]) - instances));
    release_all(binding, held);
    complete_all(held);
    RpcBindingFree(&binding);
    return 0;
}
