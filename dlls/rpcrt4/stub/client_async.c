/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous calls of a client. The stub's copy of the argument stack waits with it for the
 * reply; what the arguments point at is the caller's, who keeps it until the call has been
 * completed. */
#include "call/async.h"
#include "call/syntax.h"
#include "platform/memory.h"
#include "platform/seh.h"
#include "stub/client.h"
#include "stub/message.h"
#include "stub/syntax.h"

struct stub_client_async {
    struct async_stub stub;
    struct stub_client client;
    struct stub_client *other; /* the same call in a second syntax: which is used will turn out */
    unsigned char args[] __attribute__((aligned(16)));
};

static void client_async_free(struct stub_client_async *self)
{
    if (self->other)
        stub_client_end(self->other);
    rpc_free(self->other);
    stub_client_end(&self->client);
    rpc_free(self);
}

/* The engine gives the caller's buffer for the return value; it is as large as the type. */
static void store_result(struct stub_call *call, void *reply)
{
    struct stub_param result;

    if (reply && stub_proc_result(&call->proc, &result))
        memcpy(reply, &call->result, stub_result_size(call, &result));
}

/* The call in the syntax of its reply. */
static struct stub_client *answered_client(struct stub_client_async *self)
{
    struct stub_client *client = &self->client;
    bool ndr64 = syntax_is_ndr64(client->rpc.TransferSyntax);

    if (!self->other || ndr64 == (client->call.proc.syntax == STUB_NDR64))
        return client;
    self->other->rpc.Buffer = client->rpc.Buffer;
    self->other->rpc.BufferLength = client->rpc.BufferLength;
    self->other->rpc.DataRepresentation = client->rpc.DataRepresentation;
    return self->other;
}

static RPC_STATUS receive(struct stub_client *client)
{
    if (!client->pipes)
        return I_RpcReceive(&client->rpc, 0);
    stub_pipes_seal(client->pipes);
    return stub_pipes_want_rest(client->pipes, false);
}

static RPC_STATUS client_async_complete(struct async_stub *stub, PRPC_ASYNC_STATE async,
                                        void *reply)
{
    struct stub_client_async *self = CONTAINER_OF(stub, struct stub_client_async, stub);
    struct stub_client *client;
    RPC_STATUS status;

    RpcTryFinally {
        status = receive(&self->client);
        if (status == RPC_S_OK) {
            client = answered_client(self);
            stub_client_unmarshal(client);
            store_result(&client->call, reply);
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

/* Marshals the call in the syntax, too, that it has not been marshalled in. Raises. */
static void marshal_other(struct stub_client_async *self)
{
    const struct stub_client *client = &self->client;
    const RPC_SYNTAX_IDENTIFIER *syntax =
        stub_other_syntax(client->info, client->call.proc.syntax == STUB_NDR64);
    struct stub_format format;
    struct stub_client *other;

    if (!syntax)
        return;
    format = stub_client_format(client->info, client->call.proc.number, syntax);
    if (!(self->other = other = rpc_alloc_zero(sizeof(*other))))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    stub_client_begin(other, &format, self->args);
    other->checked = true;
    other->binding.handle = client->binding.handle; /* which stays the first one's */
    other->rpc.TransferSyntax = (RPC_SYNTAX_IDENTIFIER *)syntax;
    stub_client_marshal(other);
    async_add_syntax(&self->client.rpc, &other->rpc);
}

/* Raises where the call is not submitted; the stub is the caller's then. */
static void submit(struct stub_client_async *self, PRPC_ASYNC_STATE async)
{
    struct stub_client *client = &self->client;
    RPC_STATUS status;

    stub_client_marshal(client);
    if (client->info && !client->negotiated)
        marshal_other(self);
    if (client->pipes)
        stub_pipes_begin(client->pipes);
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
    /* In NDR64, MIDL does not say so. */
    if (proc.syntax != STUB_NDR64 && !(proc.oi2_flags & OI2_HAS_ASYNC_HANDLE))
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
    if (!(self = rpc_alloc(sizeof(*self) + proc.stack_size)))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    self->stub.complete = client_async_complete;
    self->stub.abandon = client_async_abandon;
    self->other = NULL;
    memcpy(self->args, args, proc.stack_size);
    return self;
}

static void async_call(const MIDL_STUBLESS_PROXY_INFO *info, const struct stub_format *format,
                       const unsigned char *args)
{
    struct stub_client_async *self = client_async_create(format, args);
    volatile bool submitted = false;

    RpcTryFinally {
        stub_client_begin(&self->client, format, self->args);
        self->client.info = info;
        self->client.is_async = true;
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

void stub_client_async_call(const struct stub_format *format, const unsigned char *args)
{
    async_call(NULL, format, args);
}

void stub_client_async_call_any(const MIDL_STUBLESS_PROXY_INFO *info, unsigned int number,
                                const unsigned char *args)
{
    const struct stub_format format =
        stub_client_format(info, number, stub_preferred_syntax(info));

    async_call(info, &format, args);
}
