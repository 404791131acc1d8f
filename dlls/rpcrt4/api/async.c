/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The asynchronous API: rpcasync.h. Windows SDK, "Asynchronous RPC" and the functions' own
 * pages. */
#include "call/async.h"
#include "client/call.h"
#include "platform/seh.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "platform/wait.h"
#include "server/call.h"

static bool is_initialized(PRPC_ASYNC_STATE async)
{
    return async && async->Size == sizeof(*async) && async->Signature == ASYNC_SIGNATURE;
}

/* The call behind the structure, referenced; NULL for a structure that has none (any more), or
 * somebody else's. */
static struct object *call_of(PRPC_ASYNC_STATE async)
{
    struct object *object;
    PRPC_ASYNC_STATE owner;

    if (!is_initialized(async))
        return NULL;
    object = handle_ref(async->RuntimeInfo, OBJECT_CLIENT_CALL | OBJECT_SERVER_CALL);
    if (!object)
        return NULL;
    owner = object->kind == OBJECT_CLIENT_CALL ? CONTAINER_OF(object, struct client_call, object)->async
                                               : CONTAINER_OF(object, struct server_call, object)->async;
    if (owner == async)
        return object;
    object_release(object);
    return NULL;
}

/***********************************************************************
 *           RpcAsyncInitializeHandle   (RPCRT4.@)
 *
 * size: RPC_ASYNC_VERSION_1_0, the structure's size in bytes. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcAsyncInitializeHandle(PRPC_ASYNC_STATE async, unsigned int size)
{
    if (!async || size != sizeof(*async))
        return RPC_S_INVALID_ARG;
    async->Size = size;
    async->Signature = ASYNC_SIGNATURE;
    async->Lock = 0;
    async->Flags = 0;
    async->StubInfo = NULL;
    async->RuntimeInfo = NULL;
    memset(async->Reserved, 0, sizeof(async->Reserved));
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcAsyncRegisterInfo   (RPCRT4.@)
 *
 * Nothing has to be registered: a call captures what it needs when it is made. Errors:
 * RPC_S_INVALID_ASYNC_HANDLE.
 */
RPC_STATUS WINAPI RpcAsyncRegisterInfo(PRPC_ASYNC_STATE async)
{
    return is_initialized(async) ? RPC_S_OK : RPC_S_INVALID_ASYNC_HANDLE;
}

/* Waits out the moment in which a call is ending. */
static enum call_claim settle(struct client_call *call, enum call_claim (*ask)(struct call_state *))
{
    enum call_claim claim;

    while ((claim = ask(&call->state)) == CLAIM_ENDING)
        wait_while_equal(&call->state.phase, CALL_ENDING);
    return claim;
}

static enum call_claim peek(struct call_state *state)
{
    return call_state_peek(state);
}

static RPC_STATUS client_status(struct client_call *call)
{
    switch (settle(call, peek)) {
    case CLAIM_PENDING:
        return RPC_S_ASYNC_CALL_PENDING;
    case CLAIM_TAKEN:
        return call->status;
    default:
        return RPC_S_INVALID_BINDING;
    }
}

/***********************************************************************
 *           RpcAsyncGetCallStatus   (RPCRT4.@)
 *
 * RPC_S_ASYNC_CALL_PENDING until the call has ended, then what RpcAsyncCompleteCall would return.
 * RPC_S_INVALID_BINDING for a structure without a call. Windows SDK; the last is observed (Wine's
 * tests).
 */
RPC_STATUS WINAPI RpcAsyncGetCallStatus(PRPC_ASYNC_STATE async)
{
    struct object *object = call_of(async);
    RPC_STATUS status = RPC_S_ASYNC_CALL_PENDING;

    if (!object)
        return RPC_S_INVALID_BINDING;
    if (object->kind == OBJECT_CLIENT_CALL)
        status = client_status(CONTAINER_OF(object, struct client_call, object));
    object_release(object);
    return status;
}

/* Runs the stub's completion; an exception becomes its status. */
static RPC_STATUS run_completion(struct async_stub *stub, PRPC_ASYNC_STATE async, void *reply)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept {
        status = stub->complete(stub, async, reply);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static RPC_STATUS complete_client(struct client_call *call, PRPC_ASYNC_STATE async, void *reply)
{
    RPC_STATUS status;

    switch (settle(call, call_state_claim)) {
    case CLAIM_PENDING:
        return RPC_S_ASYNC_CALL_PENDING;
    case CLAIM_TAKEN:
        break;
    default:
        return RPC_S_INVALID_ASYNC_HANDLE;
    }
    status = call->status;
    if (call->stub && !status)
        status = run_completion(call->stub, async, reply);
    else if (call->stub)
        call->stub->abandon(call->stub, status);
    if (status)
        client_call_explain(call, status);
    async->RuntimeInfo = NULL;
    client_call_drop_async(call);
    return status;
}

static RPC_STATUS complete_server(struct server_call *call, PRPC_ASYNC_STATE async, void *reply)
{
    struct async_stub *stub;
    RPC_STATUS status = RPC_S_OK;

    if (!server_call_take_async(call, &stub))
        return RPC_S_INVALID_ASYNC_HANDLE;
    if (stub) {
        status = run_completion(stub, async, reply);
        /* Marshalling failed: the client must not wait for ever. */
        if (status && server_call_state_phase(&call->state) < SERVER_CALL_ANSWERING)
            server_call_fault(call, status, false);
    }
    server_call_release(call); /* the asynchronous handle's */
    return status;
}

/***********************************************************************
 *           RpcAsyncCompleteCall   (RPCRT4.@)
 *
 * Client: RPC_S_ASYNC_CALL_PENDING until the call has ended. Then, once: fills the [out] and [in,
 * out] parameters, stores the return value in *reply (may be NULL) and returns RPC_S_OK, or returns
 * why the call failed. Server: answers the call with *reply as return value; RPC_S_CALL_FAILED if
 * the client is gone. RPC_S_INVALID_ASYNC_HANDLE for a structure without a call. Windows SDK,
 * "Receiving the Asynchronous Reply", "Sending the Asynchronous Reply".
 */
RPC_STATUS WINAPI RpcAsyncCompleteCall(PRPC_ASYNC_STATE async, void *reply)
{
    struct object *object = call_of(async);
    RPC_STATUS status;

    if (!object)
        return RPC_S_INVALID_ASYNC_HANDLE;
    if (object->kind == OBJECT_CLIENT_CALL)
        status = complete_client(CONTAINER_OF(object, struct client_call, object), async, reply);
    else
        status = complete_server(CONTAINER_OF(object, struct server_call, object), async, reply);
    object_release(object);
    TRACE("async %p: %s", async, trace_status(status));
    return status;
}

/***********************************************************************
 *           RpcAsyncAbortCall   (RPCRT4.@)
 *
 * Server only: ends the call with an exception of that code at the client.
 * RPC_S_INVALID_ASYNC_HANDLE for a structure without a call, RPC_S_INVALID_ASYNC_CALL for a
 * client's.
 */
RPC_STATUS WINAPI RpcAsyncAbortCall(PRPC_ASYNC_STATE async, ULONG code)
{
    struct object *object = call_of(async);
    struct server_call *call;
    struct async_stub *stub;
    RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

    if (!object)
        return RPC_S_INVALID_ASYNC_HANDLE;
    if (object->kind == OBJECT_SERVER_CALL) {
        call = CONTAINER_OF(object, struct server_call, object);
        status = RPC_S_INVALID_ASYNC_HANDLE;
        if (server_call_take_async(call, &stub)) {
            status = server_call_fault(call, code ? code : RPC_S_CALL_FAILED, false);
            if (stub)
                stub->abandon(stub, code);
            server_call_release(call);
        }
    }
    object_release(object);
    return status;
}

/***********************************************************************
 *           RpcAsyncCancelCall   (RPCRT4.@)
 *
 * Client only. abort: the call ends at once with RPC_S_CALL_CANCELLED, whatever the server does;
 * otherwise the server is told, and decides. RPC_S_OK: the request was accepted.
 * RPC_S_INVALID_ASYNC_HANDLE, RPC_S_INVALID_ASYNC_CALL.
 */
RPC_STATUS WINAPI RpcAsyncCancelCall(PRPC_ASYNC_STATE async, BOOL abort)
{
    struct object *object = call_of(async);
    RPC_STATUS status = RPC_S_INVALID_ASYNC_CALL;

    if (!object)
        return RPC_S_INVALID_ASYNC_HANDLE;
    if (object->kind == OBJECT_CLIENT_CALL)
        status = client_call_cancel(CONTAINER_OF(object, struct client_call, object), abort);
    object_release(object);
    return status;
}

/* ---- cancelling synchronous calls ---- */

static RPC_STATUS cancel_thread(void *thread, const LONG *timeout)
{
    DWORD id = GetThreadId(thread);

    if (!id)
        return GetLastError() == ERROR_ACCESS_DENIED ? RPC_S_ACCESS_DENIED : RPC_S_INVALID_ARG;
    return thread_cancel(id, timeout) ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/***********************************************************************
 *           RpcCancelThread   (RPCRT4.@)
 *
 * Asks the server of the synchronous call that the thread is in to cancel it; how long the thread
 * then waits is RpcMgmtSetCancelTimeout's. Errors: RPC_S_ACCESS_DENIED, RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcCancelThread(void *thread)
{
    return cancel_thread(thread, NULL);
}

/***********************************************************************
 *           RpcCancelThreadEx   (RPCRT4.@)
 *
 * The same; the thread waits `timeout` seconds (RPC_C_CANCEL_INFINITE_TIMEOUT: for the server),
 * then its call ends with RPC_S_CALL_CANCELLED.
 */
RPC_STATUS WINAPI RpcCancelThreadEx(void *thread, LONG timeout)
{
    return cancel_thread(thread, &timeout);
}

/***********************************************************************
 *           RpcMgmtSetCancelTimeout   (RPCRT4.@)
 *
 * For the calling thread, in seconds, or RPC_C_CANCEL_INFINITE_TIMEOUT.
 */
RPC_STATUS WINAPI RpcMgmtSetCancelTimeout(LONG timeout)
{
    struct thread_state *thread = thread_get();

    if (!thread)
        return RPC_S_OUT_OF_MEMORY;
    thread->cancel_timeout = timeout;
    return RPC_S_OK;
}

/* ---- cancels in a server ---- */

/***********************************************************************
 *           RpcServerTestCancel   (RPCRT4.@)
 *
 * RPC_S_OK: the client has cancelled the call (binding NULL: this thread's).
 * RPC_S_CALL_IN_PROGRESS: it has not. RPC_S_NO_CALL_ACTIVE, RPC_S_INVALID_BINDING.
 */
RPC_STATUS WINAPI RpcServerTestCancel(RPC_BINDING_HANDLE binding)
{
    struct server_call *call = server_call_from_handle(binding);
    RPC_STATUS status;

    if (!call)
        return binding ? RPC_S_INVALID_BINDING : RPC_S_NO_CALL_ACTIVE;
    status = server_call_is_cancelled(call) ? RPC_S_OK : RPC_S_CALL_IN_PROGRESS;
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcTestCancel   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcTestCancel(void)
{
    return RpcServerTestCancel(NULL);
}
