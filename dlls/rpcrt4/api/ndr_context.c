/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles: functions for programs, and for stubs that marshal them without an interpreter.
 * See stub/context.h. Sources: the SDK's reference pages and rpcndr.h. */
#include "stub/call.h"
#include "stub/context.h"
#include "stub/message.h"

/* ---- programs ---- */

/* Forgets a context handle without telling the server, and sets it to NULL.
 * RPC_X_SS_CONTEXT_MISMATCH */
RPC_STATUS RPC_ENTRY RpcSmDestroyClientContext(void **ContextHandle)
{
    return ContextHandle ? context_client_destroy(ContextHandle) : RPC_X_SS_CONTEXT_MISMATCH;
}

/* The same, raising the error. */
void RPC_ENTRY RpcSsDestroyClientContext(void **ContextHandle)
{
    RPC_STATUS status = RpcSmDestroyClientContext(ContextHandle);

    if (status != RPC_S_OK)
        RpcRaiseException(status);
}

/* The binding handle that calls with the context use; it stays the context's.
 * RPC_X_SS_CONTEXT_MISMATCH, RPC_X_SS_IN_NULL_CONTEXT, RPC_S_INVALID_ARG */
RPC_STATUS RPC_ENTRY RpcSsGetContextBinding(void *ContextHandle, RPC_BINDING_HANDLE *Binding)
{
    return Binding ? context_client_get_binding(ContextHandle, Binding) : RPC_S_INVALID_ARG;
}

/* In a manager routine: makes its call the only user of a context that it has been given as a
 * shared one. UserContext is what the routine got. RPC_S_OK, also for an [out] context;
 * ERROR_MORE_WRITES when another call is about to become the only user (this one stays a shared
 * user); RPC_X_SS_CONTEXT_MISMATCH for what is no context of this call. */
RPC_STATUS RPC_ENTRY RpcSsContextLockExclusive(RPC_BINDING_HANDLE ServerBindingHandle,
                                               void *UserContext)
{
    return context_lock_exclusive(UserContext);
}

/* The reverse. */
RPC_STATUS RPC_ENTRY RpcSsContextLockShared(RPC_BINDING_HANDLE ServerBindingHandle,
                                            void *UserContext)
{
    return context_lock_shared(UserContext);
}

/* From now on no context of the process is used by one call at a time only. */
void RPC_ENTRY I_RpcSsDontSerializeContext(void)
{
    context_dont_serialize();
}

void RPC_ENTRY RpcSsDontSerializeContext(void)
{
    context_dont_serialize();
}

/* ---- client stubs; all of these raise ---- */

RPC_BINDING_HANDLE RPC_ENTRY NDRCContextBinding(NDR_CCONTEXT CContext)
{
    return context_client_binding(CContext);
}

void RPC_ENTRY NDRCContextMarshall(NDR_CCONTEXT CContext, void *pBuff)
{
    context_client_marshal(CContext, pBuff);
}

void RPC_ENTRY NDRCContextUnmarshall(NDR_CCONTEXT *pCContext, RPC_BINDING_HANDLE hBinding,
                                     void *pBuff, ULONG DataRepresentation)
{
    context_client_unmarshal(pCContext, hBinding, pBuff, DataRepresentation);
}

/* fCheck: raise RPC_X_SS_IN_NULL_CONTEXT for a closed one. */
void RPC_ENTRY NdrClientContextMarshall(PMIDL_STUB_MESSAGE pStubMsg, NDR_CCONTEXT ContextHandle,
                                        int fCheck)
{
    if (fCheck && !ContextHandle)
        RpcRaiseException(RPC_X_SS_IN_NULL_CONTEXT);
    context_client_marshal(ContextHandle,
                           stub_put((struct ndr_message *)pStubMsg, 4, cbNDRContext));
}

void RPC_ENTRY NdrClientContextUnmarshall(PMIDL_STUB_MESSAGE pStubMsg, NDR_CCONTEXT *pContextHandle,
                                          RPC_BINDING_HANDLE BindHandle)
{
    const unsigned char *wire = stub_get((struct ndr_message *)pStubMsg, 4, cbNDRContext);

    context_client_unmarshal(pContextHandle, BindHandle, wire,
                             pStubMsg->RpcMsg->DataRepresentation);
}

/* Adds a context handle to the size of the buffer to get. */
void RPC_ENTRY NdrContextHandleSize(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                                    PFORMAT_STRING pFormat)
{
    stub_size((struct ndr_message *)pStubMsg, 4, cbNDRContext);
}

/* ---- server stubs; all of these raise, and hold the contexts until the call has been dispatched
 * ---- */

static NDR_SCONTEXT unmarshal(RPC_BINDING_HANDLE binding, const void *wire, ULONG representation,
                              const struct context_type *type)
{
    struct context_holds *holds = context_holds_of_thread();

    return wire ? context_server_unmarshal(holds, binding, wire, representation, type)
                : context_server_new(holds, type);
}

/* pBuff NULL: a context that is not open yet. CtxGuard: only a context that was marshalled with the
 * same one fits. */
NDR_SCONTEXT RPC_ENTRY NDRSContextUnmarshall2(RPC_BINDING_HANDLE BindingHandle, void *pBuff,
                                              ULONG DataRepresentation, void *CtxGuard, ULONG Flags)
{
    struct context_type type = {
        .guard = CtxGuard,
        .shared = (Flags & RPC_CONTEXT_HANDLE_FLAGS) == RPC_CONTEXT_HANDLE_DONT_SERIALIZE,
    };

    return unmarshal(BindingHandle, pBuff, DataRepresentation, &type);
}

NDR_SCONTEXT RPC_ENTRY NDRSContextUnmarshallEx(RPC_BINDING_HANDLE BindingHandle, void *pBuff,
                                               ULONG DataRepresentation)
{
    return NDRSContextUnmarshall2(BindingHandle, pBuff, DataRepresentation, NULL, 0);
}

NDR_SCONTEXT RPC_ENTRY NDRSContextUnmarshall(void *pBuff, ULONG DataRepresentation)
{
    return NDRSContextUnmarshall2(NULL, pBuff, DataRepresentation, NULL, 0);
}

void RPC_ENTRY NDRSContextMarshall2(RPC_BINDING_HANDLE BindingHandle, NDR_SCONTEXT CContext,
                                    void *pBuff, NDR_RUNDOWN userRunDownIn, void *CtxGuard,
                                    ULONG Flags)
{
    context_server_marshal(context_holds_of_thread(), BindingHandle, CContext, pBuff,
                           userRunDownIn);
}

void RPC_ENTRY NDRSContextMarshallEx(RPC_BINDING_HANDLE BindingHandle, NDR_SCONTEXT CContext,
                                     void *pBuff, NDR_RUNDOWN userRunDownIn)
{
    NDRSContextMarshall2(BindingHandle, CContext, pBuff, userRunDownIn, NULL, 0);
}

void RPC_ENTRY NDRSContextMarshall(NDR_SCONTEXT CContext, void *pBuff, NDR_RUNDOWN userRunDownIn)
{
    NDRSContextMarshall2(NULL, CContext, pBuff, userRunDownIn, NULL, 0);
}

/* For a parameter that is a pointer to a handle, widl's compiled stubs give the pointer's format. */
static struct context_type type_of(PMIDL_STUB_MESSAGE msg, PFORMAT_STRING format)
{
    if (format[0] == FC_RP && !(format[1] & FC_SIMPLE_POINTER))
        format += 2 + (short)(format[2] | format[3] << 8);
    return context_type_of_format(msg->StubDesc->RpcInterfaceInformation, format, false);
}

NDR_SCONTEXT RPC_ENTRY NdrContextHandleInitialize(PMIDL_STUB_MESSAGE pStubMsg,
                                                  PFORMAT_STRING pFormat)
{
    struct context_type type = type_of(pStubMsg, pFormat);

    return unmarshal(pStubMsg->RpcMsg->Handle, NULL, NDR_LOCAL_DATA_REPRESENTATION, &type);
}

NDR_SCONTEXT RPC_ENTRY NdrServerContextNewUnmarshall(PMIDL_STUB_MESSAGE pStubMsg,
                                                     PFORMAT_STRING pFormat)
{
    const unsigned char *wire = stub_get((struct ndr_message *)pStubMsg, 4, cbNDRContext);
    struct context_type type = type_of(pStubMsg, pFormat);

    return unmarshal(pStubMsg->RpcMsg->Handle, wire, pStubMsg->RpcMsg->DataRepresentation, &type);
}

NDR_SCONTEXT RPC_ENTRY NdrServerContextUnmarshall(PMIDL_STUB_MESSAGE pStubMsg)
{
    const unsigned char *wire = stub_get((struct ndr_message *)pStubMsg, 4, cbNDRContext);
    struct context_type type = {.owner = pStubMsg->StubDesc->RpcInterfaceInformation};

    return unmarshal(pStubMsg->RpcMsg->Handle, wire, pStubMsg->RpcMsg->DataRepresentation, &type);
}

void RPC_ENTRY NdrServerContextMarshall(PMIDL_STUB_MESSAGE pStubMsg, NDR_SCONTEXT ContextHandle,
                                        NDR_RUNDOWN RundownRoutine)
{
    unsigned char *wire = stub_put((struct ndr_message *)pStubMsg, 4, cbNDRContext);

    context_server_marshal(context_holds_of_thread(), pStubMsg->RpcMsg->Handle, ContextHandle, wire,
                           RundownRoutine);
}

void RPC_ENTRY NdrServerContextNewMarshall(PMIDL_STUB_MESSAGE pStubMsg, NDR_SCONTEXT ContextHandle,
                                           NDR_RUNDOWN RundownRoutine, PFORMAT_STRING pFormat)
{
    NdrServerContextMarshall(pStubMsg, ContextHandle, RundownRoutine);
}
