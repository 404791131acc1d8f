/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Passes over the parameters of a call: see call.h. */
#include "stub/call.h"
#include "ndr/correlation.h"
#include "ndr/extent.h"
#include "ndr/full_pointer.h"
#include "stub/message.h"
#include "stub/partial_ignore.h"

void stub_call_check(const struct stub_call *call, bool is_method)
{
    if (stub_call_is_method(call) != is_method)
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
}

/* A structure that a register can hold is passed and returned in one. */
static bool fits_register(uint32_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

/* Larger ones are returned by means of a hidden first argument, of which the format string does not
 * speak. */
static void check_result(struct stub_call *call)
{
    struct stub_param result;

    if (stub_proc_result(&call->proc, &result) && result.attributes & PARAM_BY_VALUE &&
        !fits_register(ndr_object_size(&call->msg, result.type)))
        RpcRaiseException(RPC_S_CANNOT_SUPPORT);
}

const MIDL_STUB_DESC *stub_call_desc(struct stub_call *call, const struct stub_format *format)
{
    if (!format->user_routines || format->user_routines == format->desc->aUserMarshalQuadruple)
        return format->desc;
    call->desc = *format->desc;
    call->desc.aUserMarshalQuadruple = format->user_routines;
    return &call->desc;
}

void stub_call_begin(struct stub_call *call)
{
    unsigned int check = call->msg.IsClient ? EXT_CLIENT_CORR_CHECK : EXT_SERVER_CORR_CHECK;

    call->msg.StackTop = call->args;
    if (call->proc.syntax == STUB_NDR64)
        call->msg.uFlags |= NDR_MESSAGE_NDR64;
    call->msg.fIsOicf = 1;
    call->msg.fHasReturn = (call->proc.oi2_flags & OI2_HAS_RETURN) != 0;
    call->msg.fHasExtensions = (call->proc.oi2_flags & OI2_HAS_EXTENSIONS) != 0;
    call->msg.fHasNewCorrDesc = (call->proc.ext_flags & EXT_HAS_NEW_CORR_DESC) != 0;
    if (call->proc.ext_flags & EXT_HAS_RANGE_ON_CONFORMANCE)
        call->msg.CorrDespIncrement = 12;
    check_result(call);
    ndr_correlation_begin(&call->msg, (call->proc.ext_flags & check) != 0);
    if (!(call->proc.oi_flags & Oi_FULL_PTR_USED))
        return;
    call->msg.FullPtrXlatTables = ndr_full_pointers_create(call->msg.IsClient);
    if (!call->msg.FullPtrXlatTables)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
}

void stub_call_end(struct stub_call *call)
{
    ndr_release_allocations(&call->msg);
    ndr_correlation_end(&call->msg);
    if (call->msg.FullPtrXlatTables)
        ndr_full_pointers_free(call->msg.FullPtrXlatTables);
    call->msg.FullPtrXlatTables = NULL;
}

bool param_is_handle(const struct stub_call *call, const struct stub_param *param)
{
    const struct stub_handle *handle = &call->proc.handle;

    return handle->is_parameter && handle->type == FC_BIND_PRIMITIVE &&
           handle->offset == param->offset && param->attributes & PARAM_BASETYPE;
}

unsigned char *param_slot(struct stub_call *call, const struct stub_param *param)
{
    return param->attributes & PARAM_RETURN ? (unsigned char *)&call->result
                                            : call->args + param->offset;
}

bool param_is_inline(struct stub_call *call, const struct stub_param *param)
{
    if (param->attributes & PARAM_SIMPLE_REF)
        return false;
    if (param->attributes & PARAM_BASETYPE || param->kind == PARAM_KIND_RANGE)
        return true;
    if (!(param->attributes & PARAM_BY_VALUE))
        return false;
#ifdef __x86_64__
    return fits_register(ndr_object_size(&call->msg, param->type));
#else
    return true;
#endif
}

unsigned char *param_object(struct stub_call *call, const struct stub_param *param)
{
    unsigned char *slot = param_slot(call, param);

    return param_is_inline(call, param) ? slot : *(unsigned char **)slot;
}

/* As stub_ndr64_pointee(). */
static const unsigned char *ndr20_pointee(const unsigned char *type)
{
    switch (type[0]) {
    case FC_RP:
    case FC_UP:
    case FC_OP:
    case FC_FP:
        if (type[1] & FC_POINTER_DEREF)
            return NULL;
        return type[1] & FC_SIMPLE_POINTER ? type + 2 : type + 2 + (int16_t)format_u16(type + 2);
    }
    return type;
}

uint32_t stub_pointee_size(struct ndr_message *msg, const unsigned char *type)
{
    const unsigned char *pointee =
        msg->uFlags & NDR_MESSAGE_NDR64 ? stub_ndr64_pointee(type) : ndr20_pointee(type);

    return pointee ? ndr_object_size(msg, pointee) : sizeof(void *);
}

uint32_t param_object_size(struct stub_call *call, const struct stub_param *param)
{
    return param->attributes & (PARAM_BASETYPE | PARAM_SIMPLE_REF)
               ? ndr_object_size(&call->msg, param->type)
               : stub_pointee_size(&call->msg, param->type);
}

uint32_t stub_result_size(struct stub_call *call, const struct stub_param *param)
{
    return param_is_inline(call, param) ? ndr_object_size(&call->msg, param->type) : sizeof(void *);
}

/* ---- sizing and marshalling ---- */

static bool is_ignored(const struct stub_call *call, const struct stub_param *param)
{
    return param->attributes & PARAM_PARTIAL_IGNORE && call->msg.IsClient;
}

static void size_param(struct stub_call *call, const struct stub_param *param)
{
    if (param_is_handle(call, param))
        stub_size(&call->msg, 4, 4); /* the compiler's own sum lacks it */
    else if (is_ignored(call, param))
        partial_ignore_size(&call->msg);
    else if (!(param->attributes & PARAM_MUST_SIZE) && !param_is_context(param))
        return;
    else if (param_is_context(param))
        stub_size(&call->msg, 4, cbNDRContext);
    else
        ndr_buffer_size(&call->msg, param_object(call, param), param->type);
}

void stub_size_params(struct stub_call *call, unsigned int direction)
{
    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (param.attributes & direction)
            size_param(call, &param);
    }
}

void stub_marshal_params(struct stub_call *call, unsigned int direction)
{
    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (!(param.attributes & direction))
            continue;
        if (param_is_context(&param))
            context_param_marshal(call, &param, i);
        else if (is_ignored(call, &param))
            partial_ignore_marshal(&call->msg, param_object(call, &param));
        else
            ndr_marshal(&call->msg, param_object(call, &param), param.type);
    }
}
