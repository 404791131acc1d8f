/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's interpreters: what a dispatch table's entries lead to. They unmarshal the
 * request into an argument stack, call the manager routine, and marshal what it left there. */
#ifndef RPCRT4_STUB_SERVER_H
#define RPCRT4_STUB_SERVER_H

#include "platform/base.h"
#include "stub/arena.h"
#include "stub/call.h"
#include "stub/channel.h"
#include "stub/pipe.h"

/* Whose method a call of a COM interface is. */
struct stub_method {
    const MIDL_SERVER_INFO *info; /* of the interface */
    IUnknown *server;
    IRpcChannelBuffer *channel;
    const IID *iid;
    ULONG *phase; /* STUB_…: how far the call has come, for the caller */
};

enum server_phase {
    SERVER_UNMARSHALLING, /* the objects that exist are on msg.pMemoryList */
    SERVER_CALLING,
    SERVER_MARSHALLING,
    SERVER_DONE,
};

struct stub_server {
    struct stub_call call;
    const MIDL_STUB_DESC *desc;
    SERVER_ROUTINE manager;
    STUB_THUNK thunk; /* calls the manager instead, if not NULL */
    size_t frame_size;
    const struct stub_method *method; /* NULL: no COM call */
    enum server_phase phase;
    bool ss_enabled; /* the RpcSs environment has been enabled for this call */
    struct context_holds holds;
    struct stub_pipes *pipes; /* or NULL */
    struct stub_arena arena;
};

enum server_style {
    SERVER_OI,    /* NDR 2.0, old parameter descriptors */
    SERVER_OICF,  /* NDR 2.0 */
    SERVER_NDR64,
    SERVER_ANY,   /* as RPC_MESSAGE.TransferSyntax says */
};

/* NdrServerCall, NdrServerCall2, NdrServerCallNdr64, NdrServerCallAll: serves one call on the
 * calling thread. Raises what the client is to get as a fault. */
void stub_server_call(RPC_MESSAGE *rpc, enum server_style style);
/* NdrStubCall2: the same for a COM call, whose RPC_MESSAGE is a channel's. */
void stub_server_method_call(RPC_MESSAGE *rpc, const struct stub_method *method,
                             enum server_style style);
/* NdrAsyncServerCall and its kin: returns when the manager routine has; the call is completed by
 * RpcAsyncCompleteCall or RpcAsyncAbortCall. Raises likewise, also what the manager routine
 * raised. */
void stub_server_async_call(RPC_MESSAGE *rpc, enum server_style style);

/* ---- what both are made of ---- */

/* Decodes the procedure; `method` NULL: no COM call. Raises; from then on stub_server_end() is
 * needed. */
void stub_server_begin(struct stub_server *server, RPC_MESSAGE *rpc,
                       const struct stub_method *method, enum server_style style);
/* The request becomes an argument stack. `first`: the first argument where it is not the client's
 * (asynchronous calls). Raises RPC_X_BAD_STUB_DATA for what the client should not have sent. */
void stub_server_unmarshal(struct stub_server *server, void *first);
/* Calls the manager routine; its return value is call.result. Raises what it raises. */
void stub_server_invoke(struct stub_server *server);
/* The same for an asynchronous call, which may be complete, and *server gone, when the routine
 * returns. */
void stub_server_invoke_async(struct stub_server *server);
/* The arguments and the return value become a reply in call.rpc. Raises. */
void stub_server_marshal(struct stub_server *server);
/* Frees all objects, releases the contexts, and calls [notify] routines: in any state, once. */
void stub_server_end(struct stub_server *server);

/* server_params.c: passes over the parameters. Raise. */
void stub_server_unmarshal_params(struct stub_server *server);
void stub_server_init_out_params(struct stub_server *server);
void stub_server_free_params(struct stub_server *server);

#endif
