/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous calls in a server. From async_attach() on the call belongs to the engine: the
 * manager routine may have completed it, and freed all of it, before it even returns; and the
 * dispatch function's exceptions become the call's end there. */
#include "call/async.h"
#include "platform/memory.h"
#include "platform/seh.h"
#include "stub/invoke.h"
#include "stub/memory.h"
#include "stub/message.h"
#include "stub/server.h"

struct stub_server_async {
    struct async_stub stub;
    RPC_ASYNC_STATE async; /* what the manager routine gets */
    RPC_MESSAGE rpc;       /* a copy: the original goes when the dispatch function returns */
    struct ss_memory *memory; /* the call's RpcSs environment, or NULL */
    struct stub_server server;
};

/* The call goes on on this thread: the environment is the thread's meanwhile. */
static struct ss_memory *enter(struct ss_memory *memory)
{
    return memory ? ss_enter(memory) : NULL;
}

static void leave(struct ss_memory *memory, struct ss_memory *former)
{
    if (memory)
        ss_leave(former);
}

static void server_async_free(struct stub_server_async *self)
{
    struct ss_memory *former = enter(self->memory);

    stub_server_end(&self->server);
    leave(self->memory, former);
    if (self->memory)
        ss_drop(self->memory);
    rpc_free(self);
}

static void take_result(struct stub_server_async *self, const void *reply)
{
    struct stub_call *call = &self->server.call;
    struct stub_param result;

    if (reply && stub_proc_result(&call->proc, &result))
        memcpy(&call->result, reply, stub_result_size(call, &result));
}

static RPC_STATUS server_async_complete(struct async_stub *stub, PRPC_ASYNC_STATE async,
                                        void *reply)
{
    struct stub_server_async *self = CONTAINER_OF(stub, struct stub_server_async, stub);
    struct ss_memory *memory = self->memory, *former = enter(memory);
    RPC_STATUS status;

    RpcTryFinally {
        take_result(self, reply);
        stub_server_marshal(&self->server);
        status = I_RpcSend(&self->rpc);
    }
    RpcFinally {
        server_async_free(self);
        leave(memory, former);
    }
    RpcEndFinally
    return status;
}

static void server_async_abandon(struct async_stub *stub, RPC_STATUS why)
{
    server_async_free(CONTAINER_OF(stub, struct stub_server_async, stub));
}

/* Everything that can fail before the call is the engine's. */
static struct stub_server_async *server_async_create(RPC_MESSAGE *rpc, enum server_style style)
{
    struct stub_server_async *self = rpc_alloc(sizeof(*self));
    volatile RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    if (!self)
        RpcRaiseException(status);
    self->stub.complete = server_async_complete;
    self->stub.abandon = server_async_abandon;
    self->rpc = *rpc;
    self->memory = NULL;
    RpcTryFinally {
        stub_server_begin(&self->server, &self->rpc, NULL, style);
        if (self->server.call.proc.oi_flags & Oi_RPCSS_ALLOC_USED && !(self->memory = ss_create()))
            RpcRaiseException(status);
        status = RpcAsyncInitializeHandle(&self->async, sizeof(self->async));
        if (status == RPC_S_OK)
            status = async_attach(rpc, &self->async, &self->stub);
        if (status != RPC_S_OK)
            RpcRaiseException(status);
    }
    RpcFinally {
        if (status != RPC_S_OK) {
            if (self->memory)
                ss_drop(self->memory);
            rpc_free(self);
        }
    }
    RpcEndFinally
    return self;
}

void stub_server_async_call(RPC_MESSAGE *rpc, enum server_style style)
{
    struct stub_server_async *self = server_async_create(rpc, style);
    struct ss_memory *memory = self->memory, *former = enter(memory);

    RpcTryFinally {
        if (self->server.call.proc.oi2_flags & OI2_HAS_PIPES)
            stub_pipes_unmarshal(&self->server, &self->async);
        else
            stub_server_unmarshal(&self->server, &self->async);
        stub_server_invoke_async(&self->server);
    }
    RpcFinally {
        leave(memory, former);
    }
    RpcEndFinally
}
