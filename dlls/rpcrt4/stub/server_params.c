/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's passes over the parameters of a call: see server.h.
 *
 * Who frees what: objects that the engine allocated, or that the manager routine put behind
 * pointers, are the engine's to free (ndr_free); what the arena holds goes with it; the object
 * right behind a simple reference or an array parameter is freed here, unless it lies in the
 * request or in the arena. */
#include "stub/server.h"
#include "ndr/correlation.h"
#include "ndr/memory.h"
#include "stub/partial_ignore.h"

static unsigned char **slot_of(struct stub_server *server, const struct stub_param *param)
{
    return (unsigned char **)param_slot(&server->call, param);
}

/* Gives a parameter that the slot only points at its memory, where that is the interpreter's to
 * provide. */
static void provide_memory(struct stub_server *server, const struct stub_param *param)
{
    bool base = param->attributes & PARAM_BASETYPE && param->attributes & PARAM_SIMPLE_REF;
    bool by_reference =
        param->attributes & PARAM_BY_VALUE && !param_is_inline(&server->call, param);
    uint32_t size = param->server_alloc;

    if (!size && (base || by_reference || param->attributes & PARAM_USE_CACHE))
        size = param_object_size(&server->call, param);
    if (size && !param_is_inline(&server->call, param))
        *slot_of(server, param) = stub_arena_alloc(&server->arena, size);
}

static void unmarshal_param(struct stub_server *server, const struct stub_param *param,
                            unsigned int index)
{
    struct stub_call *call = &server->call;
    uint64_t ignored = 0;
    unsigned char *object;

    if (param_is_context(param)) {
        context_param_unmarshal(call, param, index);
        return;
    }
    if (param_is_inline(call, param)) {
        object = param_is_handle(call, param) ? (unsigned char *)&ignored : param_slot(call, param);
        ndr_unmarshal(&call->msg, &object, param->type, 0);
        return;
    }
    if (param->attributes & PARAM_PARTIAL_IGNORE) {
        /* not null; stub_server_unmarshal_params() makes it an object */
        *slot_of(server, param) = partial_ignore_unmarshal(&call->msg) ? call->args : NULL;
        return;
    }
    provide_memory(server, param);
    ndr_unmarshal(&call->msg, slot_of(server, param), param->type, 0);
}

void stub_server_unmarshal_params(struct stub_server *server)
{
    struct stub_call *call = &server->call;

    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (param.attributes & PARAM_IN)
            unmarshal_param(server, &param, i);
    }
    ndr_correlation_pass(&call->msg);
    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (param.attributes & PARAM_PARTIAL_IGNORE && *slot_of(server, &param))
            *slot_of(server, &param) = partial_ignore_object(&call->msg, param.type);
    }
}

static void *allocate_zeroed(struct stub_call *call, uint32_t size)
{
    void *object = ndr_allocate(&call->msg, size, 8);

    if (!object)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return memset(object, 0, size);
}

/* An object for the manager routine to fill: zeroed, as large as the arguments say. A [ref] pointer
 * that the engine will free gets an object that it can free. */
static void init_out_param(struct stub_server *server, const struct stub_param *param)
{
    struct stub_call *call = &server->call;
    bool by_engine = !(param->attributes & PARAM_SIMPLE_REF) && param->kind == PARAM_KIND_REF_POINTER &&
                     !(param->type[1] & FC_ALLOCED_ON_STACK);
    uint32_t size = param->server_alloc;

    if (!size)
        size = param_object_size(call, param);
    *slot_of(server, param) =
        by_engine ? allocate_zeroed(call, size) : stub_arena_alloc(&server->arena, size);
}

void stub_server_init_out_params(struct stub_server *server)
{
    struct stub_call *call = &server->call;

    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if ((param.attributes & (PARAM_IN | PARAM_OUT)) != PARAM_OUT)
            continue;
        if (param_is_context(&param))
            context_param_new(call, &param, i);
        else if (!(param.attributes & PARAM_RETURN))
            init_out_param(server, &param);
    }
}

/* ---- freeing ---- */

static bool is_pointer(const struct stub_param *param)
{
    return !(param->attributes & (PARAM_BASETYPE | PARAM_SIMPLE_REF)) &&
           (param->kind == PARAM_KIND_REF_POINTER || param->kind == PARAM_KIND_POINTER);
}

static bool is_in_request(const struct stub_call *call, const unsigned char *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)call->msg.BufferStart <
           (uintptr_t)call->msg.BufferEnd - (uintptr_t)call->msg.BufferStart;
}

static void free_contents(struct stub_server *server, const struct stub_param *param)
{
    struct stub_call *call = &server->call;
    unsigned char *object = param_object(call, param);

    call->msg.fDontCallFreeInst = (param->attributes & PARAM_DONT_CALL_FREE_INST) != 0;
    if (object && param->attributes & PARAM_MUST_FREE)
        ndr_free(&call->msg, object, param->type);
}

static void free_object(struct stub_server *server, const struct stub_param *param)
{
    struct stub_call *call = &server->call;
    unsigned char *object = param_object(call, param);

    if (object && !param_is_inline(call, param) && !is_pointer(param) &&
        !is_in_request(call, object) && !stub_arena_owns(&server->arena, object))
        call->msg.pfnFree(object);
}

static void for_each_object(struct stub_server *server,
                            void (*function)(struct stub_server *server,
                                             const struct stub_param *param))
{
    for (unsigned int i = 0; i < server->call.proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&server->call.proc, i);

        if (!(param.attributes & PARAM_PIPE) && !param_is_context(&param))
            function(server, &param);
    }
}

/* Two passes: the contents of one parameter may be described by the object of another. */
void stub_server_free_params(struct stub_server *server)
{
    for_each_object(server, free_contents);
    for_each_object(server, free_object);
}
