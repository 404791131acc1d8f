/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mutexes that the runtime lends to other system DLLs (rpcdcep.h): critical sections, made by
 * their first request. */
#include "platform/memory.h"

static CRITICAL_SECTION *mutex_create(void)
{
    CRITICAL_SECTION *section = rpc_alloc(sizeof(*section));

    if (!section)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    InitializeCriticalSection(section);
    return section;
}

static void mutex_destroy(CRITICAL_SECTION *section)
{
    DeleteCriticalSection(section);
    rpc_free(section);
}

/***********************************************************************
 *           I_RpcRequestMutex   (RPCRT4.@)
 *
 * Enters *mutex, which is made if it is NULL. Raises RPC_S_OUT_OF_MEMORY.
 */
void WINAPI I_RpcRequestMutex(I_RPC_MUTEX *mutex)
{
    CRITICAL_SECTION *made;

    if (!*mutex) {
        made = mutex_create();
        if (InterlockedCompareExchangePointer(mutex, made, NULL))
            mutex_destroy(made);
    }
    EnterCriticalSection(*mutex);
}

/***********************************************************************
 *           I_RpcClearMutex   (RPCRT4.@)
 */
void WINAPI I_RpcClearMutex(I_RPC_MUTEX mutex)
{
    LeaveCriticalSection(mutex);
}

/***********************************************************************
 *           I_RpcDeleteMutex   (RPCRT4.@)
 */
void WINAPI I_RpcDeleteMutex(I_RPC_MUTEX mutex)
{
    mutex_destroy(mutex);
}
