/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's pipes: a manager routine runs when the parameters that are no pipes are there. See
 * pipe.h. */
#include "platform/seh.h"
#include "stub/memory.h"
#include "stub/message.h"
#include "stub/pipe.h"
#include "stub/server.h"

/* So often every piece of a request may be the one that was missing; after that the next attempt
 * waits until there is twice as much. */
#define IMPATIENT_ATTEMPTS 16

/* Unmarshalling has failed for want of data: as if it had not begun. */
static void undo(struct stub_server *server)
{
    struct stub_call *call = &server->call;
    const MIDL_STUB_DESC *desc = (const MIDL_STUB_DESC *)call->msg.StubDesc;

    stub_call_end(call);
    context_holds_release(&server->holds, CONTEXT_MANAGER_FAILED);
    context_holds_init(&server->holds);
    if (server->ss_enabled)
        ss_disable();
    server->ss_enabled = false;
    stub_init_server(&call->msg, call->rpc, desc);
}

static void receive_more(struct stub_server *server, unsigned int attempt)
{
    RPC_MESSAGE *rpc = server->call.rpc;
    RPC_STATUS status;

    rpc->RpcFlags = RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA;
    status = I_RpcReceive(rpc, attempt < IMPATIENT_ATTEMPTS ? 0 : rpc->BufferLength);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    server->call.msg.Buffer = server->call.msg.BufferStart = rpc->Buffer;
    server->call.msg.BufferEnd = server->call.msg.BufferStart + rpc->BufferLength;
}

/* False: the request ends before the parameters do, so far. */
static bool try_unmarshal(struct stub_server *server, void *first)
{
    const RPC_MESSAGE *rpc = server->call.rpc;
    volatile bool done = false;

    RpcTryExcept {
        stub_server_unmarshal(server, first);
        done = true;
    }
    RpcExcept(RpcExceptionCode() == RPC_X_BAD_STUB_DATA && !(rpc->RpcFlags & RPC_BUFFER_COMPLETE)) {
    }
    RpcEndExcept
    return done;
}

void stub_pipes_unmarshal(struct stub_server *server, void *first)
{
    struct stub_call *call = &server->call;
    struct stub_pipes *set;

    for (unsigned int attempt = 0; !try_unmarshal(server, first); attempt++) {
        undo(server);
        receive_more(server, attempt);
    }
    server->pipes = set = stub_pipes_create(call, &server->arena, first != NULL);
    if (!set)
        return;
    set->rpc = *call->rpc;
    if (first)
        set->rpc.RpcFlags |= RPC_BUFFER_ASYNC;
    pipe_data_received(set, (uint32_t)(call->msg.Buffer - call->msg.BufferStart));
}
