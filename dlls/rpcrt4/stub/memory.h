/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RpcSs memory environment of a thread: blocks that are all freed when the environment is
 * disabled, and the allocator that client stubs use. Threads may share an environment through its
 * handle. Sources: the SDK's "RpcSs Memory
 * Management Package" and the RpcSs…/RpcSm… reference pages. */
#ifndef RPCRT4_STUB_MEMORY_H
#define RPCRT4_STUB_MEMORY_H

#include "platform/base.h"

struct ss_memory;

/* RpcSsEnableAllocate: calls nest. RPC_S_OK or RPC_S_OUT_OF_MEMORY. */
RPC_STATUS ss_enable(void);
/* RpcSsDisableAllocate: the last one frees all blocks. Does nothing where the environment is not
 * enabled. */
void ss_disable(void);

/* An environment of its own for a call that goes from thread to thread, enabled once; NULL: no
 * memory. It lives until ss_drop(), and while a thread is in it. */
struct ss_memory *ss_create(void);
void ss_drop(struct ss_memory *memory);
/* Makes it the calling thread's, whose former one (or NULL) is to be given back to ss_leave(). */
struct ss_memory *ss_enter(struct ss_memory *memory);
void ss_leave(struct ss_memory *former);

/* A block of the calling thread's environment; NULL when there is no memory or the environment is
 * not enabled. */
void *ss_alloc(size_t size);
/* RPC_S_OK, or RPC_S_INVALID_ARG for what is not a block of the calling thread's environment. */
RPC_STATUS ss_free(void *ptr);

/* The environment as a handle for another thread, or for coming back to it: it lives while it is
 * enabled, unless the last thread in it ends. NULL when the thread has none that is enabled. */
struct ss_memory *ss_thread_handle(void);
void ss_set_thread_handle(struct ss_memory *memory);

/* Replaces the calling thread's client allocator, and returns the old one where the pointers are
 * not NULL. RPC_S_OK, RPC_S_INVALID_ARG for a missing function, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS ss_swap_client(RPC_CLIENT_ALLOC *alloc, RPC_CLIENT_FREE *release,
                          RPC_CLIENT_ALLOC **old_alloc, RPC_CLIENT_FREE **old_release);
/* The allocator for threads that have set none and have no enabled environment: the program's
 * malloc and free. */
void ss_set_default_client(RPC_CLIENT_ALLOC *alloc, RPC_CLIENT_FREE *release);

/* Allocators as a MIDL_STUB_MESSAGE has them; the allocating ones raise RPC_S_OUT_OF_MEMORY. */
void *__RPC_API ss_allocate(size_t size);         /* RpcSsAllocate */
void __RPC_API ss_release(void *ptr);             /* RpcSsFree */
void *__RPC_API ss_client_allocate(size_t size);  /* NdrRpcSmClientAllocate */
void __RPC_API ss_client_release(void *ptr);      /* NdrRpcSmClientFree */
void *__RPC_API ss_default_allocate(size_t size); /* NdrRpcSsDefaultAllocate */
void __RPC_API ss_default_release(void *ptr);     /* NdrRpcSsDefaultFree */

#endif
