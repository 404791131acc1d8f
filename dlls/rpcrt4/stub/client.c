/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronous calls, and what they share with asynchronous ones: see client.h. */
#include "stub/client.h"
#include "platform/seh.h"
#include "stub/message.h"

void stub_client_begin(struct stub_client *client, const struct stub_format *format,
                       unsigned char *args)
{
    struct stub_call *call = &client->call;

    memset(&call->msg, 0, sizeof(call->msg));
    memset(&client->rpc, 0, sizeof(client->rpc));
    memset(&client->binding, 0, sizeof(client->binding));
    client->unmarshalling = false;
    call->rpc = &client->rpc;
    call->args = args;
    call->result = 0;
    stub_proc_decode_format(&call->proc, format);
    stub_call_check(call);
    stub_init_client(&call->msg, &client->rpc, stub_call_desc(call, format), call->proc.number);
    client->rpc.RpcFlags = call->proc.rpc_flags;
    if (call->proc.oi_flags & Oi_RPCSS_ALLOC_USED) {
        call->msg.pfnAllocate = ss_client_allocate;
        call->msg.pfnFree = ss_client_release;
    }
}

void stub_client_marshal(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    stub_call_begin(call);
    stub_client_check_params(client);
    stub_bind(&client->binding, &call->proc, call->args);
    call->msg.BufferLength = call->proc.client_buffer_size;
    stub_size_params(call, PARAM_IN);
    stub_get_buffer(&call->msg, call->msg.BufferLength, client->binding.handle);
    stub_marshal_params(call, PARAM_IN);
    stub_end_marshalling(&call->msg);
}

void stub_client_unmarshal(struct stub_client *client)
{
    struct stub_call *call = &client->call;

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
    stub_free_buffer(&call->msg);
    stub_call_end(call);
    stub_unbind(&client->binding);
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
        stub_send_receive(&client->call.msg, client->call.msg.Buffer);
        stub_client_unmarshal(client);
    }
    RpcFinally {
        stub_client_end(client);
    }
    RpcEndFinally
}

uint64_t stub_client_call(const struct stub_format *format, unsigned char *args)
{
    struct stub_client client;

    stub_client_begin(&client, format, args);
    RpcTryExcept {
        make_call(&client);
    }
    RpcExcept(stub_client_keeps_status(&client, RpcExceptionCode())) {
        stub_client_store_status(&client, RpcExceptionCode());
    }
    RpcEndExcept
    return client.call.result;
}
