/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime's allocator for stubs, and the functions that take its strings back (rpcdce.h,
 * rpcdcep.h). */
#include "platform/memory.h"

/***********************************************************************
 *           I_RpcAllocate   (RPCRT4.@)
 *
 * NULL when there is no memory.
 */
void *WINAPI I_RpcAllocate(unsigned int size)
{
    return rpc_alloc(size);
}

/***********************************************************************
 *           I_RpcFree   (RPCRT4.@)
 *
 * NULL is allowed.
 */
void WINAPI I_RpcFree(void *object)
{
    rpc_free(object);
}

/***********************************************************************
 *           RpcStringFreeA   (RPCRT4.@)
 *
 * Frees *string, which may be NULL, and sets it to NULL. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcStringFreeA(RPC_CSTR *string)
{
    if (!string)
        return RPC_S_INVALID_ARG;
    rpc_free(*string);
    *string = NULL;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcStringFreeW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcStringFreeW(RPC_WSTR *string)
{
    if (!string)
        return RPC_S_INVALID_ARG;
    rpc_free(*string);
    *string = NULL;
    return RPC_S_OK;
}
