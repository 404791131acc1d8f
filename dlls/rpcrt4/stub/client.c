/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronous calls, and what they share with asynchronous ones: see client.h. */
#include "stub/client.h"
#include "call/async.h"
#include "call/syntax.h"
#include "platform/seh.h"
#include "stub/message.h"
#include "stub/syntax.h"

/* The call is to be made as `format` says. */
static void describe(struct stub_client *client, const struct stub_format *format)
{
    struct stub_call *call = &client->call;

    stub_proc_decode_format(&call->proc, format);
    stub_call_check(call);
    stub_init_client(&call->msg, &client->rpc, stub_call_desc(call, format), call->proc.number);
    client->rpc.RpcFlags = call->proc.rpc_flags | (client->is_async ? RPC_BUFFER_ASYNC : 0);
    if (call->proc.oi_flags & Oi_RPCSS_ALLOC_USED) {
        call->msg.pfnAllocate = ss_client_allocate;
        call->msg.pfnFree = ss_client_release;
    }
}

void stub_client_begin(struct stub_client *client, const struct stub_format *format,
                       unsigned char *args)
{
    struct stub_call *call = &client->call;

    memset(&call->msg, 0, sizeof(call->msg));
    memset(&client->rpc, 0, sizeof(client->rpc));
    memset(&client->binding, 0, sizeof(client->binding));
    client->info = NULL;
    client->pipes = NULL;
    client->is_async = client->checked = client->negotiated = client->unmarshalling = false;
    call->rpc = &client->rpc;
    call->args = args;
    call->result = 0;
    describe(client, format);
}

/* The syntax that the server takes, as far as that can be known. A pipe's chunks are marshalled one
 * by one: for them it has to be. */
static const RPC_SYNTAX_IDENTIFIER *negotiate(struct stub_client *client)
{
    bool waits = !client->is_async || client->call.proc.oi2_flags & OI2_HAS_PIPES;
    RPC_STATUS status;

    client->rpc.Handle = client->binding.handle;
    if (!waits)
        return async_known_syntax(&client->rpc);
    status = I_RpcNegotiateTransferSyntax(&client->rpc);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    return client->rpc.TransferSyntax;
}

static void choose_syntax(struct stub_client *client)
{
    struct stub_call *call = &client->call;
    const RPC_SYNTAX_IDENTIFIER *syntax = negotiate(client);
    struct stub_format format;

    client->negotiated = syntax != NULL;
    if (!syntax)
        syntax = stub_preferred_syntax(client->info);
    if (syntax_is_ndr64(syntax) != (call->proc.syntax == STUB_NDR64)) {
        format = stub_client_format(client->info, call->proc.number, syntax);
        stub_call_end(call);
        describe(client, &format);
        stub_call_begin(call);
    }
    client->rpc.TransferSyntax = (RPC_SYNTAX_IDENTIFIER *)syntax;
}

void stub_client_marshal(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    stub_call_begin(call);
    if (!client->checked)
        stub_client_check_params(client);
    client->checked = true;
    if (!client->binding.handle)
        stub_bind(&client->binding, &call->proc, call->args);
    if (client->info)
        choose_syntax(client);
    client->pipes = stub_pipes_create(call, NULL, client->is_async);
    call->msg.BufferLength = call->proc.client_buffer_size;
    stub_size_params(call, PARAM_IN);
    stub_get_buffer(&call->msg, call->msg.BufferLength, client->binding.handle);
    stub_marshal_params(call, PARAM_IN);
    stub_end_marshalling(&call->msg);
}

void stub_client_unmarshal(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    if (client->pipes)
        stub_pipes_give_rest(client->pipes);
    else
        stub_begin_reply(&call->msg);
    ndr_set_representation(&call->msg, client->rpc.DataRepresentation);
    client->unmarshalling = true;
    stub_client_unmarshal_params(client);
    ndr_accept_allocations(&call->msg);
    client->unmarshalling = false;
}

void stub_client_end(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    if (client->unmarshalling) {
        client->unmarshalling = false;
        stub_client_clear_params(client);
    }
    stub_pipes_close(client->pipes);
    stub_free_buffer(&call->msg);
    stub_call_end(call);
    stub_unbind(&client->binding);
    client->binding.handle = NULL;
}

/* ---- [comm_status] and [fault_status] ---- */

enum {
    STATUS_NOWHERE = -2,
    STATUS_IS_RESULT = -1,
};

/* Win32 and RPC statuses, and DCE ones (nca_…); everything else is an exception code of the
 * machine. */
static bool is_status(RPC_STATUS code)
{
    return (ULONG)code < 0x80000000u;
}

static const COMM_FAULT_OFFSETS *status_offsets(const struct stub_client *client)
{
    const struct stub_proc *proc = &client->call.proc;

    if (!(proc->oi_flags & Oi_HAS_COMM_OR_FAULT) || !proc->desc->CommFaultOffsets)
        return NULL;
    return &proc->desc->CommFaultOffsets[proc->number];
}

bool stub_client_keeps_status(const struct stub_client *client, RPC_STATUS status)
{
    const COMM_FAULT_OFFSETS *offsets = status_offsets(client);
    ULONG comm, fault;

    if (!offsets || !is_status(status))
        return false;
    stub_map_status(status, &comm, &fault);
    return (comm ? offsets->CommOffset : offsets->FaultOffset) != STATUS_NOWHERE;
}

static void store_status(struct stub_client *client, short offset, ULONG status)
{
    if (offset == STATUS_IS_RESULT)
        client->call.result = status;
    else if (offset != STATUS_NOWHERE)
        **(error_status_t **)(client->call.args + (unsigned short)offset) = status;
}

void stub_client_store_status(struct stub_client *client, RPC_STATUS status)
{
    const COMM_FAULT_OFFSETS *offsets = status_offsets(client);
    ULONG comm, fault;

    if (!offsets)
        return;
    stub_map_status(status, &comm, &fault);
    if (offsets->CommOffset == offsets->FaultOffset) {
        store_status(client, offsets->CommOffset, status);
        return;
    }
    store_status(client, offsets->CommOffset, comm);
    store_status(client, offsets->FaultOffset, fault);
}

/* ---- synchronous calls ---- */

static void make_call(struct stub_client *client)
{
    RpcTryFinally {
        stub_client_marshal(client);
        if (client->pipes)
            stub_pipes_exchange(client->pipes);
        else
            stub_send_receive(&client->call.msg, client->call.msg.Buffer);
        stub_client_unmarshal(client);
    }
    RpcFinally {
        stub_client_end(client);
    }
    RpcEndFinally
}

static void call_once(struct stub_client *client)
{
    RpcTryExcept {
        make_call(client);
    }
    RpcExcept(stub_client_keeps_status(client, RpcExceptionCode())) {
        stub_client_store_status(client, RpcExceptionCode());
    }
    RpcEndExcept
}

uint64_t stub_client_call(const struct stub_format *format, unsigned char *args)
{
    struct stub_client client;

    stub_client_begin(&client, format, args);
    call_once(&client);
    return client.call.result;
}

/* The server that has answered is another one now: nothing has been executed. */
static bool may_negotiate_again(const struct stub_client *client, RPC_STATUS status)
{
    return status == RPC_S_UNSUPPORTED_TRANS_SYN && client->negotiated &&
           stub_other_syntax(client->info, true) && stub_other_syntax(client->info, false);
}

uint64_t stub_client_call_any(const MIDL_STUBLESS_PROXY_INFO *info, unsigned int number,
                              unsigned char *args)
{
    const struct stub_format format =
        stub_client_format(info, number, stub_preferred_syntax(info));
    struct stub_client client;
    volatile bool again = false;

    stub_client_begin(&client, &format, args);
    client.info = info;
    RpcTryExcept {
        make_call(&client);
    }
    RpcExcept(may_negotiate_again(&client, RpcExceptionCode()) ||
              stub_client_keeps_status(&client, RpcExceptionCode())) {
        again = may_negotiate_again(&client, RpcExceptionCode());
        if (!again)
            stub_client_store_status(&client, RpcExceptionCode());
    }
    RpcEndExcept
    if (!again)
        return client.call.result;
    stub_client_begin(&client, &format, args);
    client.info = info;
    client.checked = true;
    call_once(&client);
    return client.call.result;
}
