/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronous calls, and what they share with asynchronous ones: see server.h. */
#include "stub/server.h"
#include "platform/seh.h"
#include "stub/invoke.h"
#include "stub/memory.h"
#include "stub/message.h"
#include "stub/syntax.h"
#include "wire/types.h"

#include <rpcproxy.h>

/* Registers are loaded from the first four slots, whether the routine has as many arguments or
 * not. */
#define LEAST_FRAME (4 * STUB_SLOT_SIZE)

static struct stub_format procedure_format(const RPC_MESSAGE *rpc, const MIDL_SERVER_INFO *info,
                                           unsigned int number, enum server_style style)
{
    const RPC_SYNTAX_IDENTIFIER *ndr20 = (const RPC_SYNTAX_IDENTIFIER *)&wire_syntax_ndr20;
    const RPC_SYNTAX_IDENTIFIER *ndr64 = (const RPC_SYNTAX_IDENTIFIER *)&wire_syntax_ndr64;
    const RPC_SYNTAX_IDENTIFIER *transfer = style == SERVER_NDR64 ? ndr64 : ndr20;

    if (style == SERVER_ANY && rpc->TransferSyntax)
        transfer = rpc->TransferSyntax;
    struct stub_format format = stub_server_format(info, number, transfer);
    if (style == SERVER_OI)
        format.syntax = STUB_OI;
    return format;
}

static const MIDL_SERVER_INFO *info_of(const RPC_MESSAGE *rpc, const struct stub_method *method)
{
    return method ? method->info
                  : ((RPC_SERVER_INTERFACE *)rpc->RpcInterfaceInformation)->InterpreterInfo;
}

static SERVER_ROUTINE manager_of(const RPC_MESSAGE *rpc, const MIDL_SERVER_INFO *info,
                                 const struct stub_method *method, unsigned int number)
{
    const SERVER_ROUTINE *managers =
        rpc->ManagerEpv ? (const SERVER_ROUTINE *)rpc->ManagerEpv : info->DispatchTable;

    if (method)
        managers = (const SERVER_ROUTINE *)method->server->lpVtbl;
    return managers[number];
}

/* Finds out what is to be called; raises. Nothing has to be undone. */
static void find_procedure(struct stub_server *server, RPC_MESSAGE *rpc,
                           const struct stub_method *method, enum server_style style)
{
    const MIDL_SERVER_INFO *info = info_of(rpc, method);
    unsigned int number = rpc->ProcNum & ~(unsigned int)RPC_FLAGS_VALID_BIT;
    const struct stub_format format = procedure_format(rpc, info, number, style);
    struct stub_call *call = &server->call;

    call->rpc = rpc;
    server->method = method;
    server->manager = manager_of(rpc, info, method, number);
    server->thunk = info->ThunkTable ? info->ThunkTable[number] : NULL;
    context_holds_init(&server->holds);
    stub_proc_decode_format(&call->proc, &format);
    stub_call_check(call, method != NULL);
    server->desc = stub_call_desc(call, &format);
}

static void begin(struct stub_server *server)
{
    struct stub_call *call = &server->call;

    memset(&call->msg, 0, sizeof(call->msg));
    call->result = 0;
    call->holds = &server->holds;
    call->contexts = NULL;
    call->args = NULL;
    server->phase = SERVER_UNMARSHALLING;
    server->ss_enabled = false;
    server->pipes = NULL;
    stub_arena_init(&server->arena);
    stub_init_server(&call->msg, call->rpc, server->desc);
    if (server->method)
        channel_serve(&call->msg, server->method->channel);
}

void stub_server_begin(struct stub_server *server, RPC_MESSAGE *rpc,
                       const struct stub_method *method, enum server_style style)
{
    find_procedure(server, rpc, method, style);
    begin(server);
}

/* A primitive handle that is an argument is the client's binding. */
static void store_handle(struct stub_call *call)
{
    const struct stub_handle *handle = &call->proc.handle;

    if (handle->is_parameter && handle->type == FC_BIND_PRIMITIVE)
        *(RPC_BINDING_HANDLE **)(call->args + handle->offset) =
            handle->flags & HANDLE_PARAM_IS_VIA_PTR ? &call->rpc->Handle : call->rpc->Handle;
}

/* The walkers check what they read; a user's unmarshalling routine may not. */
static bool is_fault_of_data(DWORD code)
{
    return code == STATUS_ACCESS_VIOLATION || code == STATUS_DATATYPE_MISALIGNMENT;
}

void stub_server_unmarshal(struct stub_server *server, void *first)
{
    struct stub_call *call = &server->call;
    size_t size = (call->proc.stack_size + STUB_SLOT_SIZE - 1) & ~(STUB_SLOT_SIZE - 1);

    server->frame_size = size < LEAST_FRAME ? LEAST_FRAME : size;
    call->args = stub_arena_alloc(&server->arena, server->frame_size);
    call->contexts =
        stub_arena_alloc(&server->arena, call->proc.param_count * sizeof(*call->contexts));
    stub_call_begin(call);
    if (call->proc.oi_flags & Oi_RPCSS_ALLOC_USED) {
        if (!first && ss_enable() != RPC_S_OK)
            RpcRaiseException(RPC_S_OUT_OF_MEMORY);
        server->ss_enabled = !first; /* an asynchronous call has an environment of its own */
        call->msg.pfnAllocate = ss_allocate;
        call->msg.pfnFree = ss_release;
    }
    ndr_set_representation(&call->msg, call->rpc->DataRepresentation);
    if (first)
        *(void **)call->args = first;
    store_handle(call);
    RpcTryExcept {
        stub_server_unmarshal_params(server);
    }
    RpcExcept(is_fault_of_data(RpcExceptionCode())) {
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    }
    RpcEndExcept
    stub_server_init_out_params(server);
    ndr_accept_allocations(&call->msg);
}


/* A thunk calls the manager routine with the arguments on the stack, and stores its result
 * there. */
static void call_thunk(struct stub_server *server)
{
    struct stub_call *call = &server->call;
    struct stub_param result;

    server->thunk((PMIDL_STUB_MESSAGE)&call->msg);
    if (stub_proc_result(&call->proc, &result))
        memcpy(&call->result, call->args + result.offset, stub_result_size(call, &result));
}

static void call_manager(struct stub_server *server)
{
    struct stub_call *call = &server->call;
    struct stub_param result;
    float narrow;
    double wide;

    /* Its type decides in which register the return value is. */
    switch (stub_proc_result(&call->proc, &result) ? result.kind : PARAM_KIND_OTHER) {
    case PARAM_KIND_FLOAT:
        narrow = stub_invoke_float(server->manager, call->args, server->frame_size);
        memcpy(&call->result, &narrow, sizeof(narrow));
        break;
    case PARAM_KIND_DOUBLE:
        wide = stub_invoke_double(server->manager, call->args, server->frame_size);
        memcpy(&call->result, &wide, sizeof(wide));
        break;
    default:
        call->result = stub_invoke(server->manager, call->args, server->frame_size);
    }
}

void stub_server_invoke(struct stub_server *server)
{
    struct context_holds *former = context_holds_enter(&server->holds);

    server->phase = SERVER_CALLING;
    RpcTryFinally {
        if (server->thunk)
            call_thunk(server);
        else
            call_manager(server);
    }
    RpcFinally {
        context_holds_enter(former);
    }
    RpcEndFinally
}

void stub_server_invoke_async(struct stub_server *server)
{
    struct context_holds *former = context_holds_enter(&server->holds);

    server->phase = SERVER_CALLING;
    RpcTryFinally {
        stub_invoke(server->manager, server->call.args, server->frame_size);
    }
    RpcFinally {
        context_holds_enter(former);
    }
    RpcEndFinally
}

/* What follows pipes in a reply was marshalled at its place modulo 8, and is sent without what is
 * before it. */
static void end_behind_pipes(RPC_MESSAGE *rpc, uint32_t phase)
{
    unsigned char *buffer = rpc->Buffer;

    rpc->BufferLength -= phase;
    memmove(buffer, buffer + phase, rpc->BufferLength);
    rpc->RpcFlags &= ~(RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA);
}

void stub_server_marshal(struct stub_server *server)
{
    struct stub_call *call = &server->call;
    uint32_t phase = server->pipes ? server->pipes->data.phase : 0;

    if (server->pipes)
        stub_pipes_check_done(server->pipes);
    server->phase = SERVER_MARSHALLING;
    context_param_returned(call);
    call->msg.BufferLength = call->proc.server_buffer_size + phase;
    stub_size_params(call, PARAM_OUT);
    if (server->method)
        channel_get_buffer(&call->msg, server->method->iid);
    else
        stub_get_reply_buffer(&call->msg, call->msg.BufferLength);
    call->msg.Buffer += phase;
    stub_marshal_params(call, PARAM_OUT);
    stub_end_marshalling(&call->msg);
    if (server->pipes)
        end_behind_pipes(call->rpc, phase);
    server->phase = SERVER_DONE;
}

static void notify(const struct stub_server *server)
{
    const struct stub_proc *proc = &server->call.proc;
    const NDR_NOTIFY_ROUTINE *routines = proc->desc->NotifyRoutineTable;

    if (!routines)
        return;
    if (proc->ext_flags & EXT_HAS_NOTIFY2)
        ((NDR_NOTIFY2_ROUTINE)routines[proc->notify_index])(server->phase != SERVER_UNMARSHALLING);
    else if (proc->ext_flags & EXT_HAS_NOTIFY)
        routines[proc->notify_index]();
}

static enum context_outcome outcome_of(enum server_phase phase)
{
    switch (phase) {
    case SERVER_MARSHALLING:
        return CONTEXT_MARSHAL_FAILED;
    case SERVER_DONE:
        return CONTEXT_CALL_DONE;
    default:
        return CONTEXT_MANAGER_FAILED;
    }
}

void stub_server_end(struct stub_server *server)
{
    struct stub_call *call = &server->call;

    stub_pipes_close(server->pipes);
    if (server->phase != SERVER_UNMARSHALLING)
        stub_server_free_params(server);
    stub_call_end(call);
    if (server->ss_enabled)
        ss_disable();
    context_holds_release(&server->holds, outcome_of(server->phase));
    notify(server);
    stub_arena_free(&server->arena);
}

/* ---- calls that need no stub message ---- */

/* Is there nothing to unmarshal, to marshal, to free or to tell, but only a routine to call? (A context
 * that it makes by hand is the thread's then, as in a compiled stub.) */
static bool is_bare(const struct stub_server *server)
{
    const struct stub_proc *proc = &server->call.proc;

    return !proc->param_count && proc->stack_size <= LEAST_FRAME && !server->thunk &&
           !(proc->oi_flags & Oi_RPCSS_ALLOC_USED) && !(proc->oi2_flags & OI2_HAS_PIPES) &&
           !(proc->ext_flags & (EXT_HAS_NOTIFY | EXT_HAS_NOTIFY2)) &&
           (!proc->handle.is_parameter || proc->handle.type == FC_BIND_PRIMITIVE);
}

static void call_bare(struct stub_server *server)
{
    unsigned char args[LEAST_FRAME] __attribute__((aligned(8))) = {0};
    RPC_MESSAGE *rpc = server->call.rpc;

    server->call.args = args;
    store_handle(&server->call);
    stub_invoke(server->manager, args, sizeof(args));
    stub_get_reply(rpc, server->call.proc.server_buffer_size);
    rpc->BufferLength = 0;
}

/* ---- synchronous calls ---- */

void stub_server_call(RPC_MESSAGE *rpc, enum server_style style)
{
    struct stub_server server;

    find_procedure(&server, rpc, NULL, style);
    if (is_bare(&server)) {
        call_bare(&server);
        return;
    }
    begin(&server);
    RpcTryFinally {
        if (server.call.proc.oi2_flags & OI2_HAS_PIPES)
            stub_pipes_unmarshal(&server, NULL);
        else
            stub_server_unmarshal(&server, NULL);
        stub_server_invoke(&server);
        stub_server_marshal(&server);
    }
    RpcFinally {
        stub_server_end(&server);
    }
    RpcEndFinally
}

void stub_server_method_call(RPC_MESSAGE *rpc, const struct stub_method *method,
                             enum server_style style)
{
    struct stub_server server;

    stub_server_begin(&server, rpc, method, style);
    RpcTryFinally {
        stub_server_unmarshal(&server, method->server);
        *method->phase = STUB_CALL_SERVER;
        stub_server_invoke(&server);
        *method->phase = STUB_MARSHAL;
        stub_server_marshal(&server);
    }
    RpcFinally {
        stub_server_end(&server);
    }
    RpcEndFinally
}
