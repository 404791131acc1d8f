/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's pipes: a synchronous call's loops around the application's pull and push, and what
 * an asynchronous call does when all has been pulled and pushed. See pipe.h. */
#include "stub/message.h"
#include "stub/pipe.h"

/* What alloc is asked for, in octets. */
#define BUFFER_SIZE (64u << 10)

void stub_pipes_begin(struct stub_pipes *set)
{
    RPC_MESSAGE *rpc = set->call->rpc;

    rpc->RpcFlags |= RPC_BUFFER_PARTIAL | (stub_pipes_have(set, true) ? 0 : RPC_BUFFER_COMPLETE);
    set->data.phase = rpc->BufferLength & 7;
    set->rpc = *rpc;
    set->rpc.RpcFlags &= ~RPC_BUFFER_COMPLETE;
}

static void raise_unless_ok(RPC_STATUS status)
{
    if (status != RPC_S_OK)
        RpcRaiseException(status);
}

/* The buffer that the application's alloc gives, for one element at least. */
static ULONG get_buffer(const struct stub_pipe *pipe, void **buffer)
{
    ULONG size = pipe->ndr.type.memory_size, allocated = 0;

    if (size < BUFFER_SIZE)
        size *= BUFFER_SIZE / size;
    *buffer = NULL;
    pipe->functions->alloc(pipe->functions->state, size, buffer, &allocated);
    if (!*buffer || allocated < pipe->ndr.type.memory_size)
        RpcRaiseException(RPC_X_PIPE_APP_MEMORY);
    return allocated / pipe->ndr.type.memory_size;
}

static void feed(struct stub_pipe *pipe)
{
    bool last;
    ULONG count, max;
    void *buffer;

    do {
        max = get_buffer(pipe, &buffer);
        count = 0;
        pipe->functions->pull(pipe->functions->state, buffer, max, &count);
        if (count > max)
            RpcRaiseException(RPC_X_PIPE_APP_MEMORY);
        if (!count)
            pipe->ndr.written = true;
        last = !count && !stub_pipes_unwritten(pipe->set);
        raise_unless_ok(pipe_write(pipe, buffer, count, last));
    } while (count);
}

static void drain(struct stub_pipe *pipe)
{
    uint32_t count = 0;
    void *buffer;
    ULONG max;

    do {
        max = get_buffer(pipe, &buffer);
        raise_unless_ok(pipe_read(pipe, buffer, max, false, &count));
        pipe->functions->push(pipe->functions->state, buffer, count);
    } while (count);
}

void stub_pipes_exchange(struct stub_pipes *set)
{
    struct stub_call *call = set->call;
    struct stub_pipe *pipe;
    RPC_STATUS status;

    stub_pipes_begin(set);
    if ((status = I_RpcSend(call->rpc))) {
        call->msg.fBufferValid = 0; /* it has been freed */
        RpcRaiseException(status);
    }
    while ((pipe = stub_pipes_unwritten(set)))
        feed(pipe);
    while ((pipe = stub_pipes_unread(set)))
        drain(pipe);
    raise_unless_ok(stub_pipes_want_rest(set, true));
}

RPC_STATUS stub_pipes_want_rest(struct stub_pipes *set, bool notify)
{
    const struct ndr_pipes *data = &set->data;
    uint32_t kept = ndr_pipes_kept(data);
    RPC_STATUS status;

    if (set->has_rest)
        return RPC_S_OK;
    set->rpc.Buffer = (void *)(data->pos - kept);
    set->rpc.BufferLength = (unsigned int)(data->end - data->pos) + kept;
    set->rpc.RpcFlags &= ~(RPC_BUFFER_PARTIAL | RPC_BUFFER_NONOTIFY);
    set->rpc.RpcFlags |= RPC_BUFFER_EXTRA | (notify ? 0 : RPC_BUFFER_NONOTIFY);
    status = I_RpcReceive(&set->rpc, 0);
    if (status == RPC_S_ASYNC_CALL_PENDING)
        return RPC_S_OK;
    if (status)
        return status;
    pipe_data_received(set, kept);
    set->has_rest = true;
    return RPC_S_OK;
}

void stub_pipes_give_rest(struct stub_pipes *set)
{
    struct stub_call *call = set->call;

    call->rpc->Buffer = set->rpc.Buffer;
    call->rpc->BufferLength = set->rpc.BufferLength;
    call->rpc->DataRepresentation = set->rpc.DataRepresentation;
    stub_begin_reply(&call->msg);
    call->msg.Buffer += set->data.pos - set->data.base;
}
