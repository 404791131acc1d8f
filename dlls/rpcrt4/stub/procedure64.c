/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decoding of NDR64's procedure descriptions: an NDR64_PROC_FORMAT, its extension, and one
 * NDR64_PARAM_FORMAT for each parameter. Source: ndr64types.h. */
#include "stub/procedure.h"
#include "ndr/format64.h"
#include "ndr/hook_format.h"
#include <ndr64types.h>

/* NDR64_PARAM_FLAGS that PARAM_… does not know: reserved ones. */
#define RESERVED_ATTRIBUTES 0x6000

/* NDR64_PARAM_FORMAT, with the attributes as a number. */
struct param_format {
    const void *type;
    NDR64_UINT16 attributes;
    NDR64_UINT16 reserved;
    NDR64_UINT32 stack_offset;
};
_Static_assert(sizeof(struct param_format) == sizeof(NDR64_PARAM_FORMAT), "NDR64_PARAM_FORMAT");

/* The same flags as an -Oicf header has, from their places in NDR64_PROC_FLAGS. */
static void decode_flags(struct stub_proc *proc, const NDR64_PROC_FLAGS *flags)
{
    proc->oi_flags = (flags->IsObject ? Oi_OBJECT_PROC : 0) |
                     (flags->UsesFullPtrPackage ? Oi_FULL_PTR_USED : 0) |
                     (flags->UsesRpcSmPackage ? Oi_RPCSS_ALLOC_USED : 0) |
                     (flags->HandlesExceptions ? Oi_HAS_COMM_OR_FAULT : 0);
    proc->oi2_flags = (flags->ServerMustSize ? OI2_SERVER_MUST_SIZE : 0) |
                      (flags->ClientMustSize ? OI2_CLIENT_MUST_SIZE : 0) |
                      (flags->HasReturn ? OI2_HAS_RETURN : 0) |
                      (flags->UsesPipes ? OI2_HAS_PIPES : 0) |
                      (flags->HasOtherExtensions ? OI2_HAS_EXTENSIONS : 0);
    /* A [notify] routine may be called as a [notify_flag] one: its argument is in a register. */
    proc->ext_flags = EXT_HAS_NEW_CORR_DESC |
                      (flags->ClientHasCorrelation ? EXT_CLIENT_CORR_CHECK : 0) |
                      (flags->ServerHasCorrelation ? EXT_SERVER_CORR_CHECK : 0) |
                      (flags->HasNotify ? EXT_HAS_NOTIFY2 : 0);
}

static void decode_explicit_handle(struct stub_handle *handle, const NDR64_BINDINGS *binding)
{
    handle->is_parameter = true;
    handle->flags = binding->Context.Flags;
    handle->offset = binding->Context.StackOffset;
    switch (binding->Context.HandleType) {
    case FC64_BIND_PRIMITIVE:
        handle->type = FC_BIND_PRIMITIVE;
        return;
    case FC64_BIND_GENERIC:
        handle->type = FC_BIND_GENERIC;
        handle->index = binding->Generic.RoutineIndex;
        handle->size = binding->Generic.Size;
        return;
    case FC64_BIND_CONTEXT:
        handle->type = FC_BIND_CONTEXT;
        return;
    }
    RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
}

static unsigned char implicit_handle(unsigned int type)
{
    switch (type) {
    case NDR64_FC_BIND_GENERIC:
        return FC_BIND_GENERIC;
    case NDR64_FC_BIND_PRIMITIVE:
        return FC_BIND_PRIMITIVE;
    case NDR64_FC_AUTO_HANDLE:
        return FC_AUTO_HANDLE;
    case NDR64_FC_CALLBACK_HANDLE:
        return FC_CALLBACK_HANDLE;
    }
    return 0; /* stub_bind() refuses it */
}

/* NDR64_RPC_FLAGS are the RPC flags' lowest octet and their highest one. */
static uint32_t rpc_flags(uint16_t flags)
{
    return (flags & 0xff) | (uint32_t)(flags & 0xff00) << 16;
}

void stub_proc_decode_ndr64(struct stub_proc *proc, const MIDL_STUB_DESC *desc, const void *format,
                            unsigned int number)
{
    const NDR64_PROC_FORMAT *header = format;
    const unsigned char *extension = (const unsigned char *)(header + 1);
    const NDR64_BIND_AND_NOTIFY_EXTENSION *bind_and_notify = (const void *)extension;
    NDR64_PROC_FLAGS flags;

    memset(proc, 0, offsetof(struct stub_proc, converted));
    memcpy(&flags, &header->Flags, sizeof(flags));
    proc->desc = desc;
    proc->syntax = STUB_NDR64;
    proc->number = (uint16_t)number;
    proc->stack_size = header->StackSize;
    proc->client_buffer_size = header->ConstantClientBufferSize;
    proc->server_buffer_size = header->ConstantServerBufferSize;
    proc->rpc_flags = rpc_flags(header->RpcFlags);
    proc->param_count = header->NumberOfParams;
    proc->params = extension + header->ExtensionSize;
    decode_flags(proc, &flags);
    if (header->ExtensionSize >= sizeof(*bind_and_notify))
        proc->notify_index = bind_and_notify->NotifyIndex;
    if (flags.HandleType != NDR64_FC_EXPLICIT_HANDLE)
        proc->handle.type = implicit_handle(flags.HandleType);
    else if (header->ExtensionSize >= sizeof(*bind_and_notify))
        decode_explicit_handle(&proc->handle, (const NDR64_BINDINGS *)&bind_and_notify->Binding);
    else
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
}

static enum param_kind kind_of(const unsigned char *type)
{
    struct ndr_context_format context;

    if (ndr_context_format(type, true, &context))
        return PARAM_KIND_CONTEXT;
    switch (*type) {
    case FC64_FLOAT32:
        return PARAM_KIND_FLOAT;
    case FC64_FLOAT64:
        return PARAM_KIND_DOUBLE;
    case FC64_RANGE:
        return PARAM_KIND_RANGE;
    case FC64_RP:
        return PARAM_KIND_REF_POINTER;
    case FC64_UP:
    case FC64_OP:
    case FC64_FP:
    case FC64_IP:
        return PARAM_KIND_POINTER;
    }
    return PARAM_KIND_OTHER;
}

struct stub_param stub_ndr64_param(const struct stub_proc *proc, unsigned int index)
{
    const struct param_format *format = (const struct param_format *)proc->params + index;

    return (struct stub_param){
        .attributes = format->attributes & ~RESERVED_ATTRIBUTES,
        .offset = format->stack_offset,
        .kind = kind_of(format->type),
        .type = format->type,
    };
}

const unsigned char *stub_ndr64_pointee(const unsigned char *type)
{
    const NDR64_POINTER_FORMAT *pointer = (const void *)type;

    switch (type[0]) {
    case FC64_RP:
    case FC64_UP:
    case FC64_OP:
    case FC64_FP:
        return pointer->Flags & FC_POINTER_DEREF ? NULL : pointer->Pointee;
    }
    return type;
}
