/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronous calls, and what they share with asynchronous ones: see client.h. */
#include "stub/client.h"
#include "call/async.h"
#include "call/syntax.h"
#include "platform/seh.h"
#include "stub/channel.h"
#include "stub/message.h"
#include "stub/syntax.h"

#include <rpcproxy.h>

/* The call is to be made as `format` says. */
static void describe(struct stub_client *client, const struct stub_format *format)
{
    struct stub_call *call = &client->call;

    stub_proc_decode_format(&call->proc, format);
    if (client->is_async)
        stub_call_check(call, false);
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
    client->prototyped = false;
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

static void check_params(struct stub_client *client)
{
    if (!client->checked)
        stub_client_check_params(client);
    client->checked = true;
    if (!stub_call_is_method(&client->call))
        return;
    /* COM's [out] pointers need not be initialized, and are used although a call has failed. */
    stub_client_clear_params(client);
    client->unmarshalling = true;
}

static void connect(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    if (stub_call_is_method(call)) {
        channel_open(&call->msg, *(void **)call->args);
        return;
    }
    if (!client->binding.handle)
        stub_bind(&client->binding, &call->proc, call->args);
    if (client->info)
        choose_syntax(client);
}

static void get_buffer(struct stub_client *client)
{
    struct ndr_message *msg = &client->call.msg;

    if (stub_call_is_method(&client->call))
        channel_get_buffer(msg, channel_iid_of_proxy(*(void **)client->call.args));
    else
        stub_get_buffer(msg, msg->BufferLength, client->binding.handle);
}

void stub_client_marshal(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    stub_call_begin(call);
    check_params(client);
    connect(client);
    client->pipes = stub_pipes_create(call, NULL, client->is_async);
    call->msg.BufferLength = call->proc.client_buffer_size;
    stub_size_params(call, PARAM_IN);
    get_buffer(client);
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
    if (stub_call_is_method(call))
        channel_close(&call->msg);
    else
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
        else if (stub_call_is_method(&client->call))
            channel_send_receive(&client->call.msg);
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

/* ---- methods of COM interfaces ---- */

/* MIDL describes an HRESULT as the integer that it is. */
static bool returns_hresult(const struct stub_client *client)
{
    struct stub_param result;

    return stub_proc_result(&client->call.proc, &result) && result.attributes & PARAM_BASETYPE &&
           result.type[0] == FC_LONG;
}

static bool is_result(const struct stub_client *client)
{
    return client->call.msg.dwStubPhase != PROXY_SENDRECEIVE && returns_hresult(client);
}

static void call_method(struct stub_client *client)
{
    RpcTryExcept {
        make_call(client);
    }
    RpcExcept(is_result(client)) {
        client->call.result = (uint32_t)channel_result(RpcExceptionCode());
    }
    RpcEndExcept
}

#ifdef __x86_64__

/* Where the fourth argument, and each before it, is a float, its slot holds nothing. */
static void take_floats(struct stub_call *call, const double *floats)
{
    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if ((param.kind == PARAM_KIND_FLOAT || param.kind == PARAM_KIND_DOUBLE) &&
            !(param.attributes & PARAM_RETURN) && param.offset < 4 * sizeof(*floats) &&
            param_is_inline(call, &param))
            memcpy(param_slot(call, &param), &floats[param.offset / sizeof(*floats)],
                   sizeof(*floats));
    }
}

#else

static void take_floats(struct stub_call *call, const double *floats)
{
}

#endif

static struct stub_method_result method_result(const struct stub_call *call)
{
    struct stub_method_result result = {call->result, call->proc.stack_size, STUB_RETURNS_INTEGER};
    struct stub_param param;

    if (!stub_proc_result(&call->proc, &param))
        return result;
    result.args_size = param.offset;
    if (param.kind == PARAM_KIND_FLOAT)
        result.floating = STUB_RETURNS_FLOAT;
    if (param.kind == PARAM_KIND_DOUBLE)
        result.floating = STUB_RETURNS_DOUBLE;
    return result;
}

struct stub_method_result stub_client_method_call(const MIDL_STUBLESS_PROXY_INFO *info,
                                                  unsigned int number, unsigned char *args,
                                                  const double *floats)
{
    const struct stub_format format = stub_client_format(
        info, number, (const RPC_SYNTAX_IDENTIFIER *)&wire_syntax_ndr20);
    struct stub_client client;

    stub_client_begin(&client, &format, args);
    stub_call_check(&client.call, true);
    client.prototyped = true;
    take_floats(&client.call, floats);
    call_method(&client);
    return method_result(&client.call);
}

uint64_t stub_client_call(const struct stub_format *format, unsigned char *args)
{
    struct stub_client client;

    stub_client_begin(&client, format, args);
    if (stub_call_is_method(&client.call))
        call_method(&client);
    else
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
    struct stub_format format;
    struct stub_client client;
    volatile bool again = false;

    /* COM's channels carry NDR 2.0, and its interfaces have no RPC_CLIENT_INTERFACE. */
    if (!info->pStubDesc->RpcInterfaceInformation) {
        format = stub_client_format(info, number,
                                    (const RPC_SYNTAX_IDENTIFIER *)&wire_syntax_ndr20);
        return stub_client_call(&format, args);
    }
    format = stub_client_format(info, number, stub_preferred_syntax(info));
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
