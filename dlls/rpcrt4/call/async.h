/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ties a stub to an asynchronous call. A stub (stub/, or a program that uses the I_Rpc
 * functions itself) hands the call engine one `struct async_stub` with I_RpcAsyncSetHandle's
 * internal twin async_attach(); from then on the engine calls exactly one of its functions, exactly
 * once, with no lock held, and never touches it again. */
#ifndef RPCRT4_CALL_ASYNC_H
#define RPCRT4_CALL_ASYNC_H

#include "platform/base.h"

/* RPC_ASYNC_STATE.Signature once RpcAsyncInitializeHandle has been called: "ASYC". */
#define ASYNC_SIGNATURE 0x43595341

struct async_stub {
    /* RpcAsyncCompleteCall, on the caller's thread.
     * Client: the call has been answered. Take the answer with I_RpcReceive on the stub's message, unmarshal [out]
     * parameters, store the return value in *reply (when not NULL), free buffer and stub; return RPC_S_OK or the error.
     * Server: marshal the answer (*reply is the return value), I_RpcSend it, free the stub.
     * May raise: the engine turns the exception into the returned status (client) or into a fault (server); the
     * stub frees itself even then. */
    RPC_STATUS (*complete)(struct async_stub *stub, PRPC_ASYNC_STATE async, void *reply);
    /* The call ended in another way (fault, cancel, lost connection; server: aborted, or the client is gone). Free
     * everything. Client, `why` is what RpcAsyncCompleteCall returns: [out] parameters stay as they are, except
     * [comm_status] and [fault_status] ones. */
    void (*abandon)(struct async_stub *stub, RPC_STATUS why);
};

/* Makes the call that msg stands for (client: after I_RpcGetBuffer on a binding handle; server:
 * within dispatch) an asynchronous one of `async`, and hands over `stub` (NULL where the program
 * itself completes it). Fails with RPC_S_INVALID_ASYNC_HANDLE for a state that was not initialized,
 * RPC_S_INVALID_ASYNC_CALL for one whose call has not ended, RPC_S_INVALID_ARG for an unknown
 * notification type; then `stub` stays the caller's. Server: `async` is the stub's own storage,
 * initialized by it with RpcAsyncInitializeHandle, alive until complete or abandon has been called;
 * the RPC_MESSAGE that the dispatch function was given dies when it returns, so the stub works on a
 * copy of it. */
RPC_STATUS async_attach(RPC_MESSAGE *msg, PRPC_ASYNC_STATE async, struct async_stub *stub);

/* A client's call whose interface has several transfer syntaxes, before its buffer is asked for: the
 * one that the server is known to take. NULL: it would have to be asked, for which an asynchronous
 * caller does not wait. */
const RPC_SYNTAX_IDENTIFIER *async_known_syntax(const RPC_MESSAGE *msg);
/* Then the call is marshalled twice, and what is sent turns out when the connection has been bound:
 * the request of `other` becomes msg's second one, and `other` has no buffer any more. When the call
 * has ended, msg->TransferSyntax is the syntax that was used. */
void async_add_syntax(RPC_MESSAGE *msg, RPC_MESSAGE *other);

#endif
