/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles as parameters. On the client's argument stack is the handle, or a pointer to it;
 * on the server's is what the manager routine has stored in the context, or a pointer to that. */
#include "stub/call.h"
#include "ndr/hook_format.h"
#include "stub/message.h"

static struct ndr_context_format format_of(const unsigned char *type, bool ndr64)
{
    struct ndr_context_format format;

    if (!ndr_context_format(type, ndr64, &format))
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
    return format;
}

static const unsigned char *handle_of(const struct stub_call *call, const struct stub_param *param)
{
    return format_of(param->type, call->proc.syntax == STUB_NDR64).handle;
}

unsigned char context_param_flags(const struct stub_call *call, const struct stub_param *param)
{
    return handle_of(call, param)[1];
}

struct context_type context_type_of_format(const RPC_SERVER_INTERFACE *owner,
                                           const unsigned char *format, bool ndr64)
{
    struct ndr_context_format context = format_of(format, ndr64);
    unsigned char flags = context.handle[1];
    struct context_type type = {
        .owner = owner,
        .guard = flags & NDR_STRICT_CONTEXT_HANDLE || context.typed ? &owner->InterfaceId : NULL,
        .type_id = context.type_id,
        .shared = flags & NDR_CONTEXT_HANDLE_NOSERIALIZE,
        .not_null = flags & NDR_CONTEXT_HANDLE_CANNOT_BE_NULL,
    };

    return type;
}

static struct context_type type_of(const struct stub_call *call, const struct stub_param *param)
{
    return context_type_of_format(call->proc.desc->RpcInterfaceInformation, param->type,
                                  call->proc.syntax == STUB_NDR64);
}

static NDR_RUNDOWN rundown_of(const struct stub_call *call, const struct stub_param *param)
{
    const NDR_RUNDOWN *routines = call->proc.desc->apfnNdrRundownRoutines;
    unsigned char index = handle_of(call, param)[2];

    return routines && index != INVALID_RUNDOWN_ROUTINE_INDEX ? routines[index] : NULL;
}

static bool is_via_pointer(const struct stub_call *call, const struct stub_param *param)
{
    return context_param_flags(call, param) & HANDLE_PARAM_IS_VIA_PTR && !(param->attributes & PARAM_RETURN);
}

/* ---- client ---- */

static NDR_CCONTEXT *client_place(struct stub_call *call, const struct stub_param *param)
{
    unsigned char *slot = param_slot(call, param);

    return is_via_pointer(call, param) ? *(NDR_CCONTEXT **)slot : (NDR_CCONTEXT *)slot;
}

static void client_marshal(struct stub_call *call, const struct stub_param *param)
{
    NDR_CCONTEXT context = *client_place(call, param);

    if (!context && context_param_flags(call, param) & NDR_CONTEXT_HANDLE_CANNOT_BE_NULL)
        RpcRaiseException(RPC_X_SS_IN_NULL_CONTEXT);
    context_client_marshal(context, stub_put(&call->msg, 4, cbNDRContext));
}

static void client_unmarshal(struct stub_call *call, const struct stub_param *param)
{
    const unsigned char *wire = stub_get(&call->msg, 4, cbNDRContext);
    NDR_CCONTEXT *place = client_place(call, param);

    if (!(param->attributes & PARAM_IN))
        *place = NULL;
    context_client_unmarshal(place, call->msg.SavedHandle, wire, call->rpc->DataRepresentation);
}

/* ---- server ---- */

static void pass_to_manager(struct stub_call *call, const struct stub_param *param,
                            NDR_SCONTEXT context)
{
    void **slot = (void **)param_slot(call, param);

    if (!(param->attributes & PARAM_RETURN))
        *slot = is_via_pointer(call, param) ? &context->userContext : context->userContext;
}

static void server_unmarshal(struct stub_call *call, const struct stub_param *param,
                             unsigned int index)
{
    const unsigned char *wire = stub_get(&call->msg, 4, cbNDRContext);
    struct context_type type = type_of(call, param);

    call->contexts[index] = context_server_unmarshal(call->holds, call->rpc->Handle, wire,
                                                     call->rpc->DataRepresentation, &type);
    context_set_rundown(call->contexts[index], rundown_of(call, param));
    pass_to_manager(call, param, call->contexts[index]);
}

void context_param_new(struct stub_call *call, const struct stub_param *param, unsigned int index)
{
    struct context_type type = type_of(call, param);

    call->contexts[index] = context_server_new(call->holds, &type);
    context_set_rundown(call->contexts[index], rundown_of(call, param));
    pass_to_manager(call, param, call->contexts[index]);
}

void context_param_returned(struct stub_call *call)
{
    struct stub_param result;

    if (stub_proc_result(&call->proc, &result) && param_is_context(&result))
        call->contexts[call->proc.param_count - 1]->userContext = (void *)(uintptr_t)call->result;
}

static void server_marshal(struct stub_call *call, const struct stub_param *param,
                           unsigned int index)
{
    context_server_marshal(call->holds, call->rpc->Handle, call->contexts[index],
                           stub_put(&call->msg, 4, cbNDRContext), rundown_of(call, param));
}

void context_param_marshal(struct stub_call *call, const struct stub_param *param,
                           unsigned int index)
{
    if (call->msg.IsClient)
        client_marshal(call, param);
    else
        server_marshal(call, param, index);
}

void context_param_unmarshal(struct stub_call *call, const struct stub_param *param,
                             unsigned int index)
{
    if (call->msg.IsClient)
        client_unmarshal(call, param);
    else
        server_unmarshal(call, param, index);
}
