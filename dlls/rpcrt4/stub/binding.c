/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The binding handle of a client's call: see binding.h. */
#include "stub/binding.h"
#include "platform/thread.h"
#include "stub/context.h"

/* The address of a handle parameter. */
static const void *handle_place(const struct stub_handle *handle, const unsigned char *args)
{
    const unsigned char *slot = args + handle->offset;

    return handle->flags & HANDLE_PARAM_IS_VIA_PTR ? *(const void *const *)slot : slot;
}

/* A generic handle is an integer or a pointer of 1, 2, 4 or 8 octets. */
static void *generic_value(const void *place, unsigned int size)
{
    switch (size) {
    case 1:
        return (void *)(uintptr_t)*(const uint8_t *)place;
    case 2:
        return (void *)(uintptr_t)*(const uint16_t *)place;
    case 4:
        return (void *)(uintptr_t)*(const uint32_t *)place;
    case 8:
        return (void *)(uintptr_t)*(const uint64_t *)place;
    }
    RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
}

static void bind_generic(struct stub_binding *binding, const void *place, unsigned int size,
                         GENERIC_BINDING_ROUTINE bind, GENERIC_UNBIND_ROUTINE unbind)
{
    binding->generic = generic_value(place, size);
    if (!(binding->handle = bind(binding->generic)))
        RpcRaiseException(RPC_S_INVALID_BINDING);
    binding->unbind = unbind;
}

static void bind_parameter(struct stub_binding *binding, const struct stub_proc *proc,
                           const unsigned char *args)
{
    const struct stub_handle *handle = &proc->handle;
    const GENERIC_BINDING_ROUTINE_PAIR *pair;
    const void *place = handle_place(handle, args);

    if (!place)
        RpcRaiseException(RPC_X_NULL_REF_POINTER);
    switch (handle->type) {
    case FC_BIND_PRIMITIVE:
        binding->handle = *(const RPC_BINDING_HANDLE *)place;
        break;
    case FC_BIND_GENERIC:
        pair = &proc->desc->aGenericBindingRoutinePairs[handle->index];
        bind_generic(binding, place, handle->size, pair->pfnBind, pair->pfnUnbind);
        break;
    case FC_BIND_CONTEXT:
        if (!(handle->flags & HANDLE_PARAM_IS_IN))
            RpcRaiseException(RPC_S_INVALID_BINDING);
        binding->handle = context_client_binding(*(const NDR_CCONTEXT *)place);
        break;
    }
}

static void bind_implicit(struct stub_binding *binding, const struct stub_proc *proc)
{
    const MIDL_STUB_DESC *desc = proc->desc;
    const GENERIC_BINDING_INFO *info;
    const struct thread_state *thread;

    switch (proc->handle.type) {
    case FC_BIND_PRIMITIVE:
        binding->handle = *desc->IMPLICIT_HANDLE_INFO.pPrimitiveHandle;
        break;
    case FC_BIND_GENERIC:
        info = desc->IMPLICIT_HANDLE_INFO.pGenericBindingInfo;
        bind_generic(binding, info->pObj, info->Size, info->pfnBind, info->pfnUnbind);
        break;
    case FC_AUTO_HANDLE:
        if (!desc->IMPLICIT_HANDLE_INFO.pAutoHandle || !*desc->IMPLICIT_HANDLE_INFO.pAutoHandle)
            RpcRaiseException(RPC_S_NAME_SERVICE_UNAVAILABLE);
        binding->handle = *desc->IMPLICIT_HANDLE_INFO.pAutoHandle;
        break;
    case FC_CALLBACK_HANDLE:
        thread = thread_peek();
        if (!thread || !thread->server_call)
            RpcRaiseException(RPC_S_NO_CALL_ACTIVE);
        binding->handle = thread->server_call;
        break;
    default:
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
    }
}

void stub_bind(struct stub_binding *binding, const struct stub_proc *proc,
               const unsigned char *args)
{
    if (proc->handle.is_parameter)
        bind_parameter(binding, proc, args);
    else
        bind_implicit(binding, proc);
}

void stub_unbind(struct stub_binding *binding)
{
    GENERIC_UNBIND_ROUTINE unbind = binding->unbind;

    binding->unbind = NULL;
    if (unbind)
        unbind(binding->generic, (unsigned char *)binding->handle);
}
