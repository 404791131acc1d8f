/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of the pipe tests: see pipe.idl. */
#include "pipe_server.h"

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

LONG server_pipe_sum(handle_t binding, LONG tag, LONG_PIPE numbers, hyper *sum, LONG *tag_too)
{
    static __thread LONG buffer[16384];
    ULONG count, total = 0;

    *sum = 0;
    do {
        numbers.pull(numbers.state, buffer, ARRAYSIZE(buffer), &count);
        for (ULONG i = 0; i < count; i++)
            *sum += buffer[i];
        total += count;
    } while (count);
    *tag_too = tag;
    return total;
}

LONG server_pipe_source(handle_t binding, LONG first, LONG count, LONG per_push, LONG_PIPE *numbers, char *end)
{
    LONG *buffer = malloc(per_push * sizeof(*buffer));

    for (LONG done = 0, part; done < count; done += part) {
        part = min(per_push, count - done);
        for (LONG i = 0; i < part; i++)
            buffer[i] = first + done + i;
        numbers->push(numbers->state, buffer, part);
    }
    numbers->push(numbers->state, buffer, 0);
    free(buffer);
    *end = 'e';
    return count;
}

#ifdef __x86_64__
/* Exported, but in no header: where the structure's pull leads to. */
RPC_STATUS RPC_ENTRY NdrPipePull(char *state, void *buffer, ULONG max, ULONG *count);
RPC_STATUS RPC_ENTRY NdrPipePush(char *state, void *buffer, ULONG count);
#else
#define NdrPipePull numbers->pull
#define NdrPipePush numbers->push
#endif

LONG server_pipe_negate(handle_t binding, LONG_PIPE *numbers)
{
    static __thread LONG buffer[10000];
    ULONG count, total = 0;

    do {
        NdrPipePull(numbers->state, buffer + total, ARRAYSIZE(buffer) - total ? ARRAYSIZE(buffer) - total : 1, &count);
        total += count;
    } while (count);
    for (ULONG i = 0; i < total; i++)
        buffer[i] = -buffer[i];
    if (total)
        NdrPipePush(numbers->state, buffer, total);
    NdrPipePush(numbers->state, buffer, 0);
    return total;
}

void server_pipe_several(handle_t binding, char c, BYTE_PIPE *octets, POINT_PIPE *points, ODD_PIPE *odd, hyper *sum)
{
    static __thread PIPE_POINT kept[1000];
    unsigned char buffer[100];
    ULONG count, total = 0;
    PIPE_ODD result[2] = {{0, c}, {0, c + 1}};

    do {
        octets->pull(octets->state, buffer, sizeof(buffer), &count);
        for (ULONG i = 0; i < count; i++)
            result[1].x += buffer[i];
        result[0].x += count;
    } while (count);
    do {
        points->pull(points->state, kept + total, 7, &count);
        total += count;
    } while (count);
    for (ULONG i = 0; i < total; i++)
        kept[i] = (PIPE_POINT){-kept[i].x, kept[i].z, kept[i].y};
    if (total)
        points->push(points->state, kept, total);
    points->push(points->state, kept, 0);
    odd->push(odd->state, result, 1);
    odd->push(odd->state, result + 1, 1);
    odd->push(odd->state, result, 0);
    *sum = result[1].x;
}

LONG server_pipe_odd(handle_t binding, ODD_PIPE *odd, hyper *sum)
{
    PIPE_ODD buffer[11];
    ULONG count, total = 0;

    *sum = 0;
    do {
        odd->pull(odd->state, buffer, ARRAYSIZE(buffer), &count);
        for (ULONG i = 0; i < count; i++)
            *sum += buffer[i].x * buffer[i].y;
        total += count;
    } while (count);
    return total;
}

/* What a pull or push raises. */
static LONG raised_by(LONG_PIPE *pipe, bool pull)
{
    volatile LONG code = 0;
    ULONG count;
    LONG number = 1;

    RpcTryExcept
    {
        if (pull)
            pipe->pull(pipe->state, &number, 1, &count);
        else
            pipe->push(pipe->state, &number, 1);
    }
    RpcExcept(1)
    {
        code = RpcExceptionCode();
    }
    RpcEndExcept
    return code;
}

static void drain(LONG_PIPE *pipe)
{
    LONG buffer[100];
    ULONG count;

    do
        pipe->pull(pipe->state, buffer, ARRAYSIZE(buffer), &count);
    while (count);
}

/* Until the call is cancelled, or its client gone. */
static void hang(bool slowly)
{
    for (ULONGLONG end = GetTickCount64() + WAIT_MS; GetTickCount64() < end; Sleep(2)) {
        if (RpcServerTestCancel(NULL) == RPC_S_OK) {
            Sleep(slowly ? 1000 : 0);
            RpcRaiseException(MISUSE_CODE);
        }
    }
}

void server_pipe_misuse(handle_t binding, LONG what, LONG_PIPE in, LONG_PIPE *out, LONG *seen)
{
    bool slowly = what & MISUSE_SLOWLY;
    LONG number = 7;
    ULONG count;

    *seen = 0;
    what &= ~MISUSE_SLOWLY;
    if (what == MISUSE_HANG) {
        in.pull(in.state, &number, 1, &count);
        hang(slowly);
    }
    if (what == MISUSE_LEAVE_IN)
        return;
    if (what == MISUSE_PUSH_EARLY)
        *seen = raised_by(out, false);
    if (what == MISUSE_RAISE) {
        in.pull(in.state, &number, 1, &count);
        RpcRaiseException(MISUSE_CODE);
    }
    drain(&in);
    if (what == MISUSE_PULL_EMPTY)
        *seen = raised_by(&in, true);
    if (what == MISUSE_PULL_OUT)
        *seen = raised_by(out, true);
    out->push(out->state, &number, 1);
    if (what == MISUSE_HANG_OUT)
        hang(slowly);
    if (what == MISUSE_LEAVE_OUT)
        return;
    if (what == MISUSE_RAISE_OUT)
        RpcRaiseException(MISUSE_CODE);
    out->push(out->state, &number, 0);
    if (what == MISUSE_PUSH_CLOSED)
        *seen = raised_by(out, false);
}

LONG server_pipe_behind(handle_t binding, LONG size, unsigned char *octets, BYTE_PIPE numbers)
{
    unsigned char buffer[1000];
    ULONG count;
    LONG sum = 0;

    for (LONG i = 0; i < size; i++)
        sum += octets[i];
    do {
        numbers.pull(numbers.state, buffer, sizeof(buffer), &count);
        for (ULONG i = 0; i < count; i++)
            sum += buffer[i];
    } while (count);
    for (LONG i = 0; i < size; i++)
        sum += octets[i]; /* they are still there */
    return sum;
}

hyper server_pipe_memory(handle_t binding)
{
    PROCESS_HEAP_ENTRY entry = {0};
    hyper total = 0;

    HeapLock(GetProcessHeap());
    while (HeapWalk(GetProcessHeap(), &entry))
        total += entry.wFlags & PROCESS_HEAP_ENTRY_BUSY ? entry.cbData : 0;
    HeapUnlock(GetProcessHeap());
    return total;
}

void pipe_server_register(void)
{
    pipe_server_changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (RpcServerRegisterIfEx(server_pipe_test_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL))
        exit(1);
}
