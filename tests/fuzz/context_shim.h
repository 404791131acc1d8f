/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As much of Windows, and of the runtime's lower layers, as stub/context_server.c takes: for one
 * thread, without waiting. Included before that source, in place of its own headers. */
#ifndef TESTS_FUZZ_CONTEXT_SHIM_H
#define TESTS_FUZZ_CONTEXT_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ndr/raise.h"
#include "platform/list.h"
#include "unit/native_platform.h"

#define RPCRT4_PLATFORM_BASE_H
#define RPCRT4_PLATFORM_MEMORY_H
#define RPCRT4_PLATFORM_SEH_H
#define RPCRT4_PLATFORM_THREAD_H

#define REQUIRE(condition)                                                 \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                       \
        }                                                                  \
    } while (0)

#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define RPC_S_OK                        0
#define RPC_S_OUT_OF_MEMORY             14
#define ERROR_MORE_WRITES               1120
#define RPC_X_SS_CONTEXT_MISMATCH       6
#define RPC_X_SS_IN_NULL_CONTEXT        1775
#define RPC_S_UUID_LOCAL_ONLY           1824
#define NDR_INT_REP_MASK                0xf0u
#define NDR_BIG_ENDIAN                  0u
#define INFINITE                        0xffffffffu
#define cbNDRContext                    20
#define RPC_CONTEXT_HANDLE_DEFAULT_GUARD ((void *)-4083)

typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint16_t WCHAR;
typedef long RPC_STATUS;
typedef void *RPC_BINDING_HANDLE, *NDR_CCONTEXT;
typedef void (*NDR_RUNDOWN)(void *context);
typedef struct { uint8_t octets[16]; } UUID;
typedef struct { int Length; } RPC_SERVER_INTERFACE;
typedef struct { bool held; } SRWLOCK;
typedef struct { int none; } CONDITION_VARIABLE;
typedef struct _NDR_SCONTEXT { void *pad[2]; void *userContext; } *NDR_SCONTEXT;
#define SRWLOCK_INIT {false}

struct context_holds;
struct thread_state {
    RPC_BINDING_HANDLE server_call;
    struct context_holds *contexts;
};
static struct thread_state shim_thread;

static inline struct thread_state *thread_get(void)
{
    return &shim_thread;
}

static inline struct thread_state *thread_peek(void)
{
    return &shim_thread;
}

static inline void *rpc_alloc(size_t size)
{
    return malloc(size);
}

static inline void *rpc_alloc_zero(size_t size)
{
    return calloc(1, size);
}

static inline void rpc_free(void *block)
{
    free(block);
}

static inline LONG InterlockedIncrement(LONG *value)
{
    return ++*value;
}

static inline LONG InterlockedDecrement(LONG *value)
{
    return --*value;
}

static inline void InitializeSRWLock(SRWLOCK *lock)
{
    lock->held = false;
}

/* A second time would be a deadlock. */
static inline void AcquireSRWLockExclusive(SRWLOCK *lock)
{
    REQUIRE(!lock->held);
    lock->held = true;
}

static inline void ReleaseSRWLockExclusive(SRWLOCK *lock)
{
    REQUIRE(lock->held);
    lock->held = false;
}

#define AcquireSRWLockShared AcquireSRWLockExclusive
#define ReleaseSRWLockShared ReleaseSRWLockExclusive

static inline void InitializeConditionVariable(CONDITION_VARIABLE *variable)
{
}

static inline void WakeAllConditionVariable(CONDITION_VARIABLE *variable)
{
}

/* Nobody would wake this thread. */
static inline void SleepConditionVariableSRW(CONDITION_VARIABLE *variable, SRWLOCK *lock, uint32_t ms, int flags)
{
    abort();
}

static inline void __attribute__((noreturn)) RpcRaiseException(RPC_STATUS status)
{
    ndr_raise((uint32_t)status);
}

/* Unique, and often in the same bucket. */
static inline RPC_STATUS UuidCreate(UUID *uuid)
{
    static uint32_t serial;

    memset(uuid, 0x5a, sizeof(*uuid));
    serial++;
    uuid->octets[0] = (uint8_t)(serial & 3);
    memcpy(uuid->octets + 8, &serial, sizeof(serial));
    return RPC_S_OK;
}

/* Rundown routines here do not raise. */
#define RpcTryExcept if (1)
#define RpcExcept(filter) else
#define RpcEndExcept

#endif
