/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime's allocator: the process heap. Everything that a caller gives back with
 * RpcStringFree, I_RpcFree or a vector's Free function comes from here, so that any thread and any
 * module may free it. */
#ifndef RPCRT4_PLATFORM_MEMORY_H
#define RPCRT4_PLATFORM_MEMORY_H

#include "platform/base.h"

/* NULL when there is no memory. */
static inline void *rpc_alloc(size_t size)
{
    return HeapAlloc(GetProcessHeap(), 0, size);
}

static inline void *rpc_alloc_zero(size_t size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

/* As realloc(): NULL leaves `ptr` as it was; a NULL `ptr` allocates. */
static inline void *rpc_realloc(void *ptr, size_t size)
{
    return ptr ? HeapReAlloc(GetProcessHeap(), 0, ptr, size) : rpc_alloc(size);
}

/* NULL is allowed. */
static inline void rpc_free(void *ptr)
{
    if (ptr)
        HeapFree(GetProcessHeap(), 0, ptr);
}

#endif
