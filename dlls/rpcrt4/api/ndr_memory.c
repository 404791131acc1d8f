/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RpcSs… and RpcSm… memory functions, which do the same but raise respectively return their
 * errors, and their twins for stubs. See stub/memory.h. Source: the SDK's reference pages of the
 * functions. */
#include "ndr/stubmsg.h"
#include "platform/imports.h"
#include "stub/memory.h"

static void raise_unless_ok(RPC_STATUS status)
{
    if (status != RPC_S_OK)
        RpcRaiseException(status);
}

/* Enables the calling thread's memory environment; calls nest. RPC_S_OUT_OF_MEMORY */
RPC_STATUS RPC_ENTRY RpcSmEnableAllocate(void)
{
    return ss_enable();
}

void RPC_ENTRY RpcSsEnableAllocate(void)
{
    raise_unless_ok(ss_enable());
}

/* Disables it: the call that matches the first RpcSmEnableAllocate frees all that RpcSmAllocate has
 * allocated. */
RPC_STATUS RPC_ENTRY RpcSmDisableAllocate(void)
{
    ss_disable();
    return RPC_S_OK;
}

void RPC_ENTRY RpcSsDisableAllocate(void)
{
    ss_disable();
}

/* NULL, and RPC_S_OUT_OF_MEMORY in *pStatus, also where the environment is not enabled. */
void *RPC_ENTRY RpcSmAllocate(size_t Size, RPC_STATUS *pStatus)
{
    void *ptr = ss_alloc(Size);

    if (pStatus)
        *pStatus = ptr ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
    return ptr;
}

void *RPC_ENTRY RpcSsAllocate(size_t Size)
{
    return ss_allocate(Size);
}

/* RPC_S_INVALID_ARG for what is not a block of the calling thread's environment. */
RPC_STATUS RPC_ENTRY RpcSmFree(void *NodeToFree)
{
    return ss_free(NodeToFree);
}

void RPC_ENTRY RpcSsFree(void *NodeToFree)
{
    ss_release(NodeToFree);
}

/* A handle of the calling thread's environment, for RpcSmSetThreadHandle on another thread; NULL if
 * it has none. */
RPC_SS_THREAD_HANDLE RPC_ENTRY RpcSmGetThreadHandle(RPC_STATUS *pStatus)
{
    if (pStatus)
        *pStatus = RPC_S_OK;
    return ss_thread_handle();
}

RPC_SS_THREAD_HANDLE RPC_ENTRY RpcSsGetThreadHandle(void)
{
    return ss_thread_handle();
}

/* From now on the calling thread uses that environment. */
RPC_STATUS RPC_ENTRY RpcSmSetThreadHandle(RPC_SS_THREAD_HANDLE Id)
{
    ss_set_thread_handle(Id);
    return RPC_S_OK;
}

void RPC_ENTRY RpcSsSetThreadHandle(RPC_SS_THREAD_HANDLE Id)
{
    ss_set_thread_handle(Id);
}

/* The allocator that client stubs of the calling thread use. RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_MEMORY */
RPC_STATUS RPC_ENTRY RpcSmSetClientAllocFree(RPC_CLIENT_ALLOC *ClientAlloc,
                                             RPC_CLIENT_FREE *ClientFree)
{
    return ss_swap_client(ClientAlloc, ClientFree, NULL, NULL);
}

void RPC_ENTRY RpcSsSetClientAllocFree(RPC_CLIENT_ALLOC *ClientAlloc, RPC_CLIENT_FREE *ClientFree)
{
    raise_unless_ok(ss_swap_client(ClientAlloc, ClientFree, NULL, NULL));
}

/* The same, and returns the allocator that was used until now. */
RPC_STATUS RPC_ENTRY RpcSmSwapClientAllocFree(RPC_CLIENT_ALLOC *ClientAlloc,
                                              RPC_CLIENT_FREE *ClientFree,
                                              RPC_CLIENT_ALLOC **OldClientAlloc,
                                              RPC_CLIENT_FREE **OldClientFree)
{
    if (!OldClientAlloc || !OldClientFree)
        return RPC_S_INVALID_ARG;
    return ss_swap_client(ClientAlloc, ClientFree, OldClientAlloc, OldClientFree);
}

void RPC_ENTRY RpcSsSwapClientAllocFree(RPC_CLIENT_ALLOC *ClientAlloc, RPC_CLIENT_FREE *ClientFree,
                                        RPC_CLIENT_ALLOC **OldClientAlloc,
                                        RPC_CLIENT_FREE **OldClientFree)
{
    raise_unless_ok(
        RpcSmSwapClientAllocFree(ClientAlloc, ClientFree, OldClientAlloc, OldClientFree));
}

/* Frees memory that a client stub has returned, whatever allocator the thread has. */
RPC_STATUS RPC_ENTRY RpcSmClientFree(void *pNodeToFree)
{
    ss_client_release(pNodeToFree);
    return RPC_S_OK;
}

/* ---- for stubs ---- */

void RPC_ENTRY NdrRpcSsEnableAllocate(PMIDL_STUB_MESSAGE pMessage)
{
    raise_unless_ok(ss_enable());
    pMessage->pfnAllocate = ss_allocate;
    pMessage->pfnFree = ss_release;
}

void RPC_ENTRY NdrRpcSsDisableAllocate(PMIDL_STUB_MESSAGE pMessage)
{
    ss_disable();
    pMessage->pfnAllocate = ss_default_allocate;
    pMessage->pfnFree = ss_default_release;
}

/* A client stub that uses the thread's allocator; the program's own malloc and free are its
 * default. */
void RPC_ENTRY NdrRpcSmSetClientToOsf(PMIDL_STUB_MESSAGE pMessage)
{
    const MALLOC_FREE_STRUCT *program =
        pMessage->StubDesc ? pMessage->StubDesc->pMallocFreeStruct : NULL;

    if (program && program->pfnAllocate && program->pfnFree)
        ss_set_default_client(program->pfnAllocate, program->pfnFree);
    pMessage->pfnAllocate = ss_client_allocate;
    pMessage->pfnFree = ss_client_release;
}

void *RPC_ENTRY NdrRpcSmClientAllocate(size_t Size)
{
    return ss_client_allocate(Size);
}

void RPC_ENTRY NdrRpcSmClientFree(void *NodeToFree)
{
    ss_client_release(NodeToFree);
}

void *RPC_ENTRY NdrRpcSsDefaultAllocate(size_t Size)
{
    return ss_default_allocate(Size);
}

void RPC_ENTRY NdrRpcSsDefaultFree(void *NodeToFree)
{
    ss_default_release(NodeToFree);
}

void RPC_ENTRY NdrpSetRpcSsDefaults(RPC_CLIENT_ALLOC *alloc, RPC_CLIENT_FREE *release)
{
    if (!alloc || !release)
        RpcRaiseException(RPC_S_INVALID_ARG);
    ss_set_default_client(alloc, release);
}

/* CoTaskMemAlloc, which raises RPC_S_OUT_OF_MEMORY. */
void *RPC_ENTRY NdrOleAllocate(size_t Size)
{
    const struct imports_ole32 *ole32 = imports_ole32();
    void *ptr = ole32 ? ole32->CoTaskMemAlloc(Size) : NULL;

    if (!ptr)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return ptr;
}

/* CoTaskMemFree */
void RPC_ENTRY NdrOleFree(void *NodeToFree)
{
    const struct imports_ole32 *ole32 = imports_ole32();

    if (ole32)
        ole32->CoTaskMemFree(NodeToFree);
}
