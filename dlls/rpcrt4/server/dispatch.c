/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a complete request to the manager routine: whom it may reach, and what becomes of its
 * exceptions. */
#include "call/error_info.h"
#include "call/status.h"
#include "platform/seh.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "server/access.h"
#include "server/identity.h"
#include "server/stream.h"

/* ---- may this client call this interface? ---- */

static bool is_remembered(struct server_conn *conn, unsigned generation)
{
    bool found = false;

    AcquireSRWLockShared(&conn->lock);
    for (unsigned i = 0; i < conn->remembered_count; i++)
        found = found || conn->remembered[i] == generation;
    ReleaseSRWLockShared(&conn->lock);
    return found;
}

static void remember(struct server_conn *conn, unsigned generation)
{
    AcquireSRWLockExclusive(&conn->lock);
    if (conn->remembered_count < SERVER_REMEMBERED)
        conn->remembered[conn->remembered_count++] = generation;
    ReleaseSRWLockExclusive(&conn->lock);
}

static RPC_STATUS ask_callback(struct server_call *call)
{
    struct server_interface *iface = call->iface;
    volatile RPC_STATUS status = RPC_S_ACCESS_DENIED;

    RpcTryExcept {
        status = iface->callback((RPC_IF_HANDLE)iface->spec, call->object.handle);
    }
    RpcExcept(1) {
        WARN("security callback raised %08lx", RpcExceptionCode());
    }
    RpcEndExcept
    return status ? RPC_S_ACCESS_DENIED : RPC_S_OK;
}

static RPC_STATUS ask_descriptor(struct server_call *call)
{
    bool granted;
    HANDLE token;

    server_call_token(call, &token);
    granted = access_is_granted(call->iface->descriptor, token);
    if (token)
        CloseHandle(token);
    return granted ? RPC_S_OK : RPC_S_ACCESS_DENIED;
}

/* What has been allowed once is, to the same client. */
static RPC_STATUS ask(struct server_call *call)
{
    struct server_interface *iface = call->iface;
    bool remembers = !(iface->flags & RPC_IF_SEC_NO_CACHE);
    RPC_STATUS status = RPC_S_OK;

    if (remembers && is_remembered(call->conn, iface->generation))
        return RPC_S_OK;
    if (iface->descriptor)
        status = ask_descriptor(call);
    if (!status && iface->callback)
        status = ask_callback(call);
    if (!status && remembers)
        remember(call->conn, iface->generation);
    return status;
}

/* Interface Registration Flags, Windows SDK; RpcServerRegisterIf3: the security descriptor comes
 * before the callback. */
static RPC_STATUS check_access(struct server_call *call)
{
    struct server_interface *iface = call->iface;
    bool is_local = call->conn->endpoint->transport->is_local;

    if ((iface->flags & RPC_IF_ALLOW_LOCAL_ONLY) && !is_local)
        return RPC_S_ACCESS_DENIED;
    if ((iface->flags & RPC_IF_ALLOW_SECURE_ONLY) && !server_call_is_authenticated(call))
        return RPC_S_ACCESS_DENIED;
    if (iface->callback && !(iface->flags & RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH) && !server_call_is_authenticated(call))
        return RPC_S_ACCESS_DENIED;
    if (!iface->descriptor && !iface->callback)
        return RPC_S_OK;
    return ask(call);
}

/* ---- the manager routine ---- */

/* The code under which a refusal to dispatch travels: C706 appendix E. */
static uint32_t refusal_code(RPC_STATUS status)
{
    switch (status) {
    case RPC_S_UNKNOWN_IF:
        return WIRE_NCA_S_UNK_IF;
    case RPC_S_UNSUPPORTED_TYPE:
        return WIRE_NCA_S_UNSUPPORTED_TYPE;
    case RPC_S_PROCNUM_OUT_OF_RANGE:
        return WIRE_NCA_S_OP_RNG_ERROR;
    case RPC_S_SERVER_TOO_BUSY:
        return WIRE_NCA_S_SERVER_TOO_BUSY;
    default:
        return status_to_fault(status);
    }
}

/* Records why a call was refused. */
static void explain_refusal(RPC_STATUS status)
{
    static const struct {
        RPC_STATUS status;
        uint16_t location;
    } locations[] = {
        {RPC_S_UNSUPPORTED_TYPE, ERROR_AT_NO_TYPE},     {RPC_S_UNKNOWN_IF, ERROR_AT_UNREGISTERED},
        {RPC_S_NOT_LISTENING, ERROR_AT_NOT_LISTENING},  {RPC_S_SERVER_TOO_BUSY, ERROR_AT_TOO_MANY_CALLS},
        {RPC_S_PROCNUM_OUT_OF_RANGE, ERROR_AT_NO_PROCEDURE},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(locations); i++) {
        if (locations[i].status == status)
            error_info_add(ERROR_BY_RUNTIME, status, locations[i].location, 0, NULL);
    }
}

/* The stub's function for the call, or NULL. COM registers its interfaces (RPC_IF_OLE) with one
 * function for all procedures. */
static RPC_DISPATCH_FUNCTION dispatch_function(const struct server_call *call)
{
    const RPC_DISPATCH_TABLE *table = registry_dispatch_table(call->iface, &call->transfer);

    if (table && call->opnum < table->DispatchTableCount)
        return table->DispatchTable[call->opnum];
    if (table && table->DispatchTableCount == 1 && call->iface->flags & RPC_IF_OLE)
        return table->DispatchTable[0];
    return NULL;
}

/* Finds the manager and asks whether the call may reach it. */
static RPC_STATUS prepare(struct server_call *call)
{
    RPC_STATUS status;

    if (call->refusal)
        return status_from_fault(call->refusal);
    status = registry_begin_call(&call->abstract, &call->object_uuid, &call->iface);
    if (status) {
        call->iface = NULL;
        return status;
    }
    call->dispatch = dispatch_function(call);
    if (!call->dispatch)
        return RPC_S_PROCNUM_OUT_OF_RANGE;
    return check_access(call);
}

static RPC_STATUS fill_message(struct server_call *call, RPC_MESSAGE *msg)
{
    *msg = (RPC_MESSAGE){
        .Handle = call->object.handle,
        .DataRepresentation = call->request_drep,
        .Buffer = call->request,
        .BufferLength = call->request_length,
        .ProcNum = call->opnum,
        .TransferSyntax = (RPC_SYNTAX_IDENTIFIER *)&call->transfer,
        .RpcInterfaceInformation = call->iface->spec,
        .ReservedForRuntime = call,
        .ManagerEpv = call->iface->manager,
        .RpcFlags = RPC_BUFFER_COMPLETE,
    };
    if (!msg->ManagerEpv)
        msg->ManagerEpv = call->iface->spec->DefaultManagerEpv;
    return call->stream ? server_stream_first(call, msg) : RPC_S_OK;
}

static void (*release_contexts)(bool raised);

void server_call_set_release_contexts(void (*release)(bool raised))
{
    release_contexts = release;
}

/* Runs the stub's dispatch function. 0, or the code of the exception that left it. */
static uint32_t run(struct server_call *call, RPC_MESSAGE *msg)
{
    volatile uint32_t exception = 0;

    RpcTryExcept {
        call->dispatch(msg);
    }
    RpcExcept(1) {
        exception = RpcExceptionCode();
        if (!exception)
            exception = RPC_S_CALL_FAILED;
        WARN("call %p, procedure %u: exception %08x", call, call->opnum, (unsigned)exception);
    }
    RpcEndExcept
    if (release_contexts)
        release_contexts(exception != 0);
    return exception;
}

/* The manager routine has returned, or raised. */
static void conclude(struct server_call *call, RPC_MESSAGE *msg, uint32_t exception)
{
    struct async_stub *stub;

    if (exception) {
        server_call_fault(call, status_to_fault(exception), false);
        if (server_call_take_async(call, &stub)) {
            if (stub)
                stub->abandon(stub, exception);
            server_call_release(call);
        }
        return;
    }
    if (call->was_async)
        server_call_state_defer(&call->state);
    else
        server_call_answer(call, call->reply ? msg->BufferLength : 0);
}

/* Runs it with this thread known as the call's, whatever call the thread is in already. */
static void run_manager(struct server_call *call)
{
    struct thread_state *thread = thread_get();
    RPC_BINDING_HANDLE outer = thread ? thread->server_call : NULL;
    struct context_holds *outer_contexts = thread ? thread->contexts : NULL;
    RPC_STATUS status;
    RPC_MESSAGE msg;

    if (thread) {
        thread->server_call = call->object.handle;
        thread->contexts = NULL;
    }
    pool_block_begin();
    error_info_clear();
    status = thread ? prepare(call) : RPC_S_OUT_OF_MEMORY;
    if (!status)
        status = fill_message(call, &msg);
    if (status) {
        explain_refusal(status);
        server_call_fault(call, call->refusal ? call->refusal : refusal_code(status), true);
    } else {
        TRACE("call %p (id %u): procedure %u of %s, %u bytes", call, (unsigned)call->call_id, call->opnum,
              trace_uuid((const UUID *)&call->abstract.uuid), (unsigned)call->request_length);
        conclude(call, &msg, run(call, &msg));
    }
    pool_block_end();
    if (thread) {
        thread->server_call = outer;
        thread->contexts = outer_contexts;
    }
}

void server_call_dispatch(struct server_call *call)
{
    if (server_call_state_dispatch(&call->state))
        run_manager(call);
    server_call_unhold(call);
}
