/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The procedures of async.idl without exceptions. */
#include "async_client.h"

#define CAUGHT(statement) ({ \
    RPC_STATUS caught = RPC_S_OK; \
    RpcTryExcept { statement; } \
    RpcExcept(1) { caught = RpcExceptionCode(); } \
    RpcEndExcept \
    caught; \
})

LONG fresh_tokens(LONG count)
{
    static LONG next = 1;

    return InterlockedExchangeAdd(&next, count);
}

RPC_STATUS call_hold(struct async_call *call, RPC_BINDING_HANDLE binding, LONG flags, LONG value)
{
    call->token = fresh_tokens(1);
    call->value = value;
    return CAUGHT(async_hold(&call->state, binding, call->token, flags, &call->value));
}

RPC_STATUS call_add(struct async_call *call, RPC_BINDING_HANDLE binding, LONG a, LONG b)
{
    return CAUGHT(async_add(&call->state, binding, a, b, &call->value));
}

RPC_STATUS call_raise(struct async_call *call, RPC_BINDING_HANDLE binding, LONG how, ULONG code)
{
    return CAUGHT(async_raise(&call->state, binding, how, code));
}

RPC_STATUS call_sink(struct async_call *call, RPC_BINDING_HANDLE binding, LONG size, byte *buffer)
{
    return CAUGHT(async_sink(&call->state, binding, size, buffer));
}

static void check_steer(const char *name, RPC_STATUS status)
{
    if (status != RPC_S_OK)
        fail_msg("%s raised %ld", name, status);
}

LONG steer_add(RPC_BINDING_HANDLE binding, LONG a, LONG b)
{
    volatile LONG answer = 0;

    check_steer("sync_add", CAUGHT(answer = sync_add(binding, a, b)));
    return answer;
}

void steer_await(RPC_BINDING_HANDLE binding, LONG token, LONG what)
{
    volatile LONG answer = 0;

    check_steer("sync_await", CAUGHT(answer = sync_await(binding, token, what)));
    if (answer != RPC_S_OK)
        fail_msg("the server waited in vain (%ld) for %ld", answer, what);
}

LONG steer_release(RPC_BINDING_HANDLE binding, LONG token, LONG how, ULONG code)
{
    volatile LONG answer = 0;

    check_steer("sync_release", CAUGHT(answer = sync_release(binding, token, how, code)));
    return answer;
}

LONG steer_release_all(RPC_BINDING_HANDLE binding, LONG first, LONG count, ULONG seed)
{
    volatile LONG answer = 0;

    check_steer("sync_release_all", CAUGHT(answer = sync_release_all(binding, first, count, seed)));
    return answer;
}

LONG steer_count(RPC_BINDING_HANDLE binding, LONG what, LONG argument)
{
    volatile LONG answer = 0;

    check_steer("sync_count", CAUGHT(answer = sync_count(binding, what, argument)));
    return answer;
}

void steer_await_count(RPC_BINDING_HANDLE binding, LONG what, LONG argument, LONG value)
{
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    LONG count;

    while ((count = steer_count(binding, what, argument)) != value) {
        if (GetTickCount64() >= end)
            fail_msg("the server's counter %ld stays at %ld instead of %ld", what, count, value);
        Sleep(5);
    }
}
