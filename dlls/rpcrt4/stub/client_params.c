/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's passes over the parameters of a call: see client.h. */
#include "stub/client.h"
#include "ndr/correlation.h"
#include "ndr/extent.h"

/* On x86_64 the arguments are those of a variadic function, to which a float comes as a double. */
static void fix_float(struct stub_call *call, const struct stub_param *param)
{
#ifdef __x86_64__
    unsigned char *slot = param_slot(call, param);
    double value;
    float narrow;

    if (param->kind != PARAM_KIND_FLOAT || !param_is_inline(call, param))
        return;
    memcpy(&value, slot, sizeof(value));
    narrow = (float)value;
    memcpy(slot, &narrow, sizeof(narrow));
#endif
}

/* Must the argument be a pointer that is not null? */
static bool is_reference(struct stub_call *call, const struct stub_param *param)
{
    if (param_is_context(param))
        return context_param_flags(call, param) & HANDLE_PARAM_IS_VIA_PTR;
    if (param->attributes & PARAM_SIMPLE_REF)
        return true;
    return !param_is_inline(call, param) && param->kind != PARAM_KIND_POINTER;
}

void stub_client_check_params(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if (param.attributes & (PARAM_RETURN | PARAM_PIPE)) /* stub_pipes_create() checks pipes */
            continue;
        if (!client->prototyped)
            fix_float(call, &param);
        if (is_reference(call, &param) && !*(void **)param_slot(call, &param))
            RpcRaiseException(RPC_X_NULL_REF_POINTER);
    }
}

void stub_client_clear_params(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);

        if ((param.attributes & (PARAM_IN | PARAM_OUT | PARAM_RETURN)) == PARAM_OUT &&
            !param_is_context(&param) && ndr_has_pointers(&call->msg, param.type) &&
            ndr_has_fixed_size(&call->msg, param.type))
            memset(param_object(call, &param), 0, param_object_size(call, &param));
    }
}

void stub_client_unmarshal_params(struct stub_client *client)
{
    struct stub_call *call = &client->call;

    for (unsigned int i = 0; i < call->proc.param_count; i++) {
        struct stub_param param = stub_proc_param(&call->proc, i);
        unsigned char *object;

        if (!(param.attributes & PARAM_OUT))
            continue;
        if (param_is_context(&param)) {
            context_param_unmarshal(call, &param, i);
        } else if (param_is_inline(call, &param)) {
            object = param_slot(call, &param);
            ndr_unmarshal(&call->msg, &object, param.type, 0);
        } else {
            ndr_unmarshal(&call->msg, (unsigned char **)param_slot(call, &param), param.type, 0);
        }
    }
    ndr_correlation_pass(&call->msg);
}

void stub_client_clear_object(struct ndr_message *msg, const unsigned char *type, void *object)
{
    if (object)
        memset(object, 0, stub_pointee_size(msg, type));
}
