/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pipes of a call, and in what order they may be used: see pipe.h. */
#include "stub/pipe.h"
#include "ndr/engine.h"
#include "platform/memory.h"
#include "platform/seh.h"

static void pipe_destroy(struct object *object)
{
    struct stub_pipes *set = CONTAINER_OF(object, struct stub_pipe, object)->set;

    if (InterlockedDecrement(&set->refs))
        return;
    pipe_data_end(set);
    rpc_free(set);
}

/* ---- making them ---- */

static const unsigned char *type_of(const struct stub_param *param, bool ndr64)
{
    const unsigned char *type = param->type;

    if (ndr64)
        return param->kind == PARAM_KIND_REF_POINTER ? stub_ndr64_pointee(type) : type;
    if (type[0] == FC_RP)
        type += type[1] & FC_SIMPLE_POINTER ? 2 : 2 + (int16_t)format_u16(type + 2);
    return type;
}

/* On i386 a structure that is passed by value is on the stack; elsewhere, and by reference, the
 * stack has its address. */
static bool is_on_stack(const struct stub_param *param, bool ndr64)
{
#ifdef __x86_64__
    return false;
#else
    return !ndr64 && !(param->attributes & PARAM_SIMPLE_REF) && param->type[0] == FC_PIPE;
#endif
}

/* The structure that the caller passes, or (server) the one that the manager routine gets. */
static struct pipe_functions *functions_of(struct stub_call *call, const struct stub_param *param,
                                           struct stub_arena *arena)
{
    unsigned char *slot = param_slot(call, param);
    struct pipe_functions *functions;

    if (is_on_stack(param, call->proc.syntax == STUB_NDR64))
        return (struct pipe_functions *)slot;
    if (arena)
        *(void **)slot = stub_arena_alloc(arena, sizeof(*functions));
    functions = *(struct pipe_functions **)slot;
    if (!functions)
        RpcRaiseException(RPC_X_NULL_REF_POINTER);
    return functions;
}

static void init_pipe(struct stub_pipes *set, struct stub_pipe *pipe, const struct stub_param *param)
{
    bool server = !set->call->msg.IsClient;

    object_init(&pipe->object, OBJECT_PIPE, pipe_destroy);
    pipe->set = set;
    pipe->is_in = param->attributes & PARAM_PIPE_IN;
    pipe->is_out = param->attributes & PARAM_PIPE_OUT;
    pipe->reads = server ? pipe->is_in : pipe->is_out;
    pipe->writes = server ? pipe->is_out : pipe->is_in;
    pipe->ndr.drained = !pipe->reads;
    pipe->ndr.written = !pipe->writes;
}

/* The application pulls and pushes: its structure leads here. */
static void give_functions(struct stub_pipe *pipe)
{
    if (!handle_open(&pipe->object))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    pipe->functions->pull = stub_pipe_pull;
    pipe->functions->push = stub_pipe_push;
    pipe->functions->alloc = NULL;
    pipe->functions->state = pipe->object.handle;
}

static void fill_set(struct stub_pipes *set, struct stub_arena *arena)
{
    struct stub_call *call = set->call;
    unsigned int next = 0;

    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);
        struct stub_pipe *pipe = &set->pipes[next];

        if (!(param.attributes & PARAM_PIPE))
            continue;
        next++;
        ndr_pipe_type_decode(&pipe->ndr.type, &call->msg, type_of(&param, call->proc.syntax == STUB_NDR64));
        pipe->functions = functions_of(call, &param, arena);
        if (set->async || !call->msg.IsClient)
            give_functions(pipe);
    }
}

static struct stub_pipes *new_set(struct stub_call *call, bool async)
{
    unsigned int count = 0;
    struct stub_pipes *set;

    for (unsigned int i = 0; i < call->proc.param_count; i++)
        count += (stub_proc_param(&call->proc, i).attributes & PARAM_PIPE) != 0;
    set = count ? rpc_alloc_zero(sizeof(*set) + count * sizeof(set->pipes[0])) : NULL;
    if (count && !set)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    if (!set)
        return NULL;
    InitializeSRWLock(&set->lock);
    set->call = call;
    set->async = async;
    pipe_data_init(set);
    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (param.attributes & PARAM_PIPE)
            init_pipe(set, &set->pipes[set->count++], &param);
    }
    set->refs = set->count;
    return set;
}

struct stub_pipes *stub_pipes_create(struct stub_call *call, struct stub_arena *arena, bool async)
{
    struct stub_pipes *set = new_set(call, async);
    volatile bool done = !set;

    if (done)
        return NULL;
    RpcTryFinally {
        fill_set(set, arena);
        done = true;
    }
    RpcFinally {
        if (!done)
            stub_pipes_close(set);
    }
    RpcEndFinally
    return set;
}

void stub_pipes_seal(struct stub_pipes *set)
{
    AcquireSRWLockExclusive(&set->lock);
    set->closed = true;
    ReleaseSRWLockExclusive(&set->lock);
}

void stub_pipes_close(struct stub_pipes *set)
{
    unsigned int count;

    if (!set)
        return;
    stub_pipes_seal(set);
    count = set->count;
    for (unsigned int i = 0; i < count; i++) {
        handle_close(&set->pipes[i].object);
        object_release(&set->pipes[i].object); /* the last of them frees the set */
    }
}

/* ---- order: [in] pipes, then [out] pipes, each in the order of the parameters ---- */

struct stub_pipe *stub_pipes_unread(struct stub_pipes *set)
{
    for (unsigned int i = 0; i < set->count; i++) {
        if (!set->pipes[i].ndr.drained)
            return &set->pipes[i];
    }
    return NULL;
}

struct stub_pipe *stub_pipes_unwritten(struct stub_pipes *set)
{
    for (unsigned int i = 0; i < set->count; i++) {
        if (!set->pipes[i].ndr.written)
            return &set->pipes[i];
    }
    return NULL;
}

bool stub_pipes_have(const struct stub_pipes *set, bool in)
{
    bool have = false;

    for (unsigned int i = 0; i < set->count; i++)
        have = have || (in ? set->pipes[i].is_in : set->pipes[i].is_out);
    return have;
}

void stub_pipes_check_done(struct stub_pipes *set)
{
    bool done;

    AcquireSRWLockShared(&set->lock);
    done = !stub_pipes_unread(set) && !stub_pipes_unwritten(set);
    ReleaseSRWLockShared(&set->lock);
    if (!done)
        RpcRaiseException(RPC_X_PIPE_DISCIPLINE_ERROR);
}

static RPC_STATUS check_pull(struct stub_pipe *pipe)
{
    struct stub_pipes *set = pipe->set;

    if (set->closed)
        return RPC_X_PIPE_CLOSED;
    if (pipe->reads && pipe->ndr.drained)
        return RPC_X_PIPE_EMPTY;
    if (stub_pipes_unread(set) != pipe || (set->call->msg.IsClient && stub_pipes_unwritten(set)))
        return RPC_X_WRONG_PIPE_ORDER;
    return set->failure;
}

static RPC_STATUS check_push(struct stub_pipe *pipe)
{
    struct stub_pipes *set = pipe->set;

    if (set->closed || (pipe->writes && pipe->ndr.written))
        return RPC_X_PIPE_CLOSED;
    if (stub_pipes_unwritten(set) != pipe || (!set->call->msg.IsClient && stub_pipes_unread(set)))
        return RPC_X_WRONG_PIPE_ORDER;
    return set->failure;
}

/* ---- what applications call ---- */

static RPC_STATUS pull(struct stub_pipe *pipe, void *buffer, ULONG max, ULONG *count)
{
    struct stub_pipes *set = pipe->set;
    RPC_STATUS status = check_pull(pipe);
    uint32_t taken = 0;

    if (status)
        return status;
    if (!max)
        return RPC_S_INVALID_ARG;
    status = pipe_read(pipe, buffer, max, !set->async, &taken);
    *count = taken;
    if (!status && pipe->ndr.drained && set->call->msg.IsClient && !stub_pipes_unread(set))
        status = stub_pipes_want_rest(set, false);
    return status;
}

static RPC_STATUS push(struct stub_pipe *pipe, void *buffer, ULONG count)
{
    struct stub_pipes *set = pipe->set;
    bool client = set->call->msg.IsClient, last = false;
    RPC_STATUS status = check_push(pipe);

    if (status)
        return status;
    if (client && !count) {
        pipe->ndr.written = true;
        last = !stub_pipes_unwritten(set);
    }
    status = pipe_write(pipe, buffer, count, last);
    if (!status && last && !stub_pipes_unread(set))
        status = stub_pipes_want_rest(set, false);
    return status;
}

/* An exception (of a walker, or because the application's buffer is none) is the call's failure
 * from then on. */
static RPC_STATUS guarded(struct stub_pipe *pipe, bool pulls, void *buffer, ULONG max, ULONG *count)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept {
        status = pulls ? pull(pipe, buffer, max, count) : push(pipe, buffer, max);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
        pipe->set->failure = status;
    }
    RpcEndExcept
    if (status == RPC_X_BAD_STUB_DATA || status == RPC_X_INVALID_BOUND)
        pipe->set->failure = status;
    return status;
}

static RPC_STATUS use_pipe(char *state, bool pulls, void *buffer, ULONG max, ULONG *count)
{
    struct object *object = handle_ref(state, OBJECT_PIPE);
    RPC_STATUS status = RPC_X_PIPE_CLOSED;
    struct stub_pipe *pipe;
    bool raises = false;

    if (pulls)
        *count = 0;
    if (object) {
        pipe = CONTAINER_OF(object, struct stub_pipe, object);
        raises = !pipe->set->async;
        AcquireSRWLockExclusive(&pipe->set->lock);
        status = guarded(pipe, pulls, buffer, max, count);
        ReleaseSRWLockExclusive(&pipe->set->lock);
        object_release(object);
    }
    if (status && raises)
        RpcRaiseException(status);
    return status;
}

RPC_STATUS __RPC_USER stub_pipe_pull(char *state, void *buffer, ULONG max, ULONG *count)
{
    return use_pipe(state, true, buffer, max, count);
}

RPC_STATUS __RPC_USER stub_pipe_push(char *state, void *buffer, ULONG count)
{
    return use_pipe(state, false, buffer, count, NULL);
}
