/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's end of all benchmarks: what the interface's procedures do. */
#include "common.h"
#include <string.h>
#include "bench.h"

#define HELD_MAX 20000

/* Calls that wait for bench_release(). An entry is NULL until it has been filled. */
static struct {
    PRPC_ASYNC_STATE volatile calls[HELD_MAX];
    LONG volatile reserved, count;
} held;

void server_bench_empty(handle_t binding)
{
}

void server_bench_echo(handle_t binding, LONG size, byte *buffer)
{
}

void server_bench_async(PRPC_ASYNC_STATE async, handle_t binding)
{
    RpcAsyncCompleteCall(async, NULL);
}

void server_bench_hold(PRPC_ASYNC_STATE async, handle_t binding, LONG number, LONG *answer)
{
    LONG place = InterlockedIncrement(&held.reserved) - 1;

    check(place < HELD_MAX, "too many calls are held", place);
    *answer = number;
    held.calls[place] = async;
    InterlockedIncrement(&held.count);
}

LONG server_bench_count_held(handle_t binding)
{
    return held.count;
}

LONG server_bench_release(handle_t binding)
{
    LONG count = held.count;

    for (LONG i = 0; i < count; i++)
        RpcAsyncCompleteCall(held.calls[i], NULL);
    held.count = held.reserved = 0;
    return count;
}

void serve(const char *protseq, const char *endpoint)
{
    RPC_STATUS status = RpcServerUseProtseqEpA((RPC_CSTR)protseq, 100, (RPC_CSTR)endpoint, NULL);

    memset(&held, 0, sizeof(held)); /* now, so that it is not counted as the memory of a call */
    check(!status, "RpcServerUseProtseqEp", status);
    status = RpcServerRegisterIf(server_bench_v2_0_s_ifspec, NULL, NULL);
    check(!status, "RpcServerRegisterIf", status);
    status = RpcServerListen(1, HELD_MAX, TRUE);
    check(!status, "RpcServerListen", status);
    ready();
    RpcMgmtWaitServerListen();
}
