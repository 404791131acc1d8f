/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous calls of a client. The stub's copy of the argument stack waits with it for the
 * reply; what the arguments point at is the caller's, who keeps it until the call has been
 * completed. */
#include "call/async.h"
#include "platform/memory.h"
#include "platform/seh.h"
#include "stub/client.h"
#include "stub/message.h"

struct stub_client_async {
    struct async_stub stub;
    struct stub_client client;
    unsigned char args[] __attribute__((aligned(16)));
};

static void client_async_free(struct stub_client_async *self)
{
    stub_client_end(&self->client);
    rpc_free(self);
}

/* The engine gives the caller's buffer for the return value; it is as large as the type. */
static void store_result(struct stub_client_async *self, void *reply)
{
    struct stub_call *call = &self->client.call;
    struct stub_param result;

    if (reply && stub_proc_result(&call->proc, &result))
        memcpy(reply, &call->result, stub_result_size(call, &result));
}

static RPC_STATUS client_async_complete(struct async_stub *stub, PRPC_ASYNC_STATE async,
                                        void *reply)
{
    struct stub_client_async *self = CONTAINER_OF(stub, struct stub_client_async, stub);
    struct stub_client *client = &self->client;
    RPC_STATUS status;

    RpcTryFinally {
        status = I_RpcReceive(&client->rpc, 0);
        if (status == RPC_S_OK) {
            stub_client_unmarshal(client);
            store_result(self, reply);
        }
    }
    RpcFinally {
        client_async_free(self);
    }
    RpcEndFinally
    return status;
}

static void client_async_abandon(struct async_stub *stub, RPC_STATUS why)
{
    struct stub_client_async *self = CONTAINER_OF(stub, struct stub_client_async, stub);

    if (stub_client_keeps_status(&self->client, why))
        stub_client_store_status(&self->client, why);
    client_async_free(self);
}

/* Raises where the call is not submitted; the stub is the caller's then. */
static void submit(struct stub_client_async *self, PRPC_ASYNC_STATE async)
{
    struct stub_client *client = &self->client;
    RPC_STATUS status;

    stub_client_marshal(client);
    if ((status = async_attach(&client->rpc, async, &self->stub)) == RPC_S_OK)
        status = I_RpcSend(&client->rpc);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
}

static struct stub_client_async *client_async_create(const struct stub_format *format,
                                                     const unsigned char *args)
{
    struct stub_client_async *self;
    struct stub_proc proc;

    stub_proc_decode_format(&proc, format);
    if (!(proc.oi2_flags & OI2_HAS_ASYNC_HANDLE))
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
    if (!(self = rpc_alloc(sizeof(*self) + proc.stack_size)))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    self->stub.complete = client_async_complete;
    self->stub.abandon = client_async_abandon;
    memcpy(self->args, args, proc.stack_size);
    return self;
}

void stub_client_async_call(const struct stub_format *format, const unsigned char *args)
{
    struct stub_client_async *self = client_async_create(format, args);
    volatile bool submitted = false;

    RpcTryFinally {
        stub_client_begin(&self->client, format, self->args);
        self->client.rpc.RpcFlags |= RPC_BUFFER_ASYNC;
        submit(self, *(PRPC_ASYNC_STATE *)self->args);
        submitted = true;
    }
    RpcFinally {
        if (!submitted)
            client_async_free(self);
    }
    RpcEndFinally
}
