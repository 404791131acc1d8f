/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RpcSs memory environment: see memory.h. */
#include "stub/memory.h"
#include "platform/memory.h"
#include "platform/thread.h"

struct ss_memory {
    LONG refs; /* the threads in it; that it is enabled; a call */
    SRWLOCK lock;
    unsigned int enabled;
    struct list blocks;
    RPC_CLIENT_ALLOC *client_alloc; /* NULL: not set */
    RPC_CLIENT_FREE *client_free;
};

struct ss_block {
    struct list entry;
    struct ss_memory *owner;
    unsigned char data[] __attribute__((aligned(16)));
};

static RPC_CLIENT_ALLOC *default_alloc = ss_default_allocate;
static RPC_CLIENT_FREE *default_free = ss_default_release;

static void free_blocks(struct list *blocks)
{
    LIST_FOR_EACH_SAFE(block, blocks, struct ss_block, entry) {
        list_remove(&block->entry);
        rpc_free(block);
    }
}

static void memory_free(struct ss_memory *memory)
{
    free_blocks(&memory->blocks);
    rpc_free(memory);
}

static void memory_release(struct ss_memory *memory)
{
    if (!InterlockedDecrement(&memory->refs))
        memory_free(memory);
}

/* A thread ends: what it has forgotten to disable goes with it, unless other threads use it. */
static void memory_abandon(void *value)
{
    struct ss_memory *memory = value;
    LONG refs = InterlockedDecrement(&memory->refs);

    if (!refs || (refs == 1 && memory->enabled))
        memory_free(memory);
}

static struct ss_memory *memory_peek(void)
{
    struct thread_state *thread = thread_peek();

    return thread ? thread->ss_memory.value : NULL;
}

static struct ss_memory *memory_create(void)
{
    struct ss_memory *memory = rpc_alloc_zero(sizeof(*memory));

    if (!memory)
        return NULL;
    memory->refs = 1;
    InitializeSRWLock(&memory->lock);
    list_init(&memory->blocks);
    return memory;
}

static struct ss_memory *memory_get(void)
{
    struct thread_state *thread = thread_get();

    if (!thread)
        return NULL;
    if (!thread->ss_memory.value) {
        thread->ss_memory.value = memory_create();
        thread->ss_memory.release = memory_abandon;
    }
    return thread->ss_memory.value;
}

static void enable(struct ss_memory *memory)
{
    AcquireSRWLockExclusive(&memory->lock);
    if (!memory->enabled++)
        InterlockedIncrement(&memory->refs);
    ReleaseSRWLockExclusive(&memory->lock);
}

/* The last of them frees all blocks; `times`: how many at once. */
static void disable(struct ss_memory *memory, unsigned int times)
{
    struct list blocks;
    bool last;

    list_init(&blocks);
    AcquireSRWLockExclusive(&memory->lock);
    last = memory->enabled && memory->enabled <= times;
    memory->enabled -= memory->enabled < times ? memory->enabled : times;
    if (last)
        list_splice(&blocks, &memory->blocks);
    ReleaseSRWLockExclusive(&memory->lock);
    free_blocks(&blocks);
    if (last)
        memory_release(memory);
}

struct ss_memory *ss_create(void)
{
    struct ss_memory *memory = memory_create();

    if (memory)
        enable(memory);
    return memory;
}

void ss_drop(struct ss_memory *memory)
{
    disable(memory, UINT_MAX);
    memory_release(memory);
}

struct ss_memory *ss_enter(struct ss_memory *memory)
{
    struct thread_state *thread = thread_get();
    struct ss_memory *former;

    if (!thread)
        return NULL;
    former = thread->ss_memory.value;
    InterlockedIncrement(&memory->refs);
    thread->ss_memory.value = memory;
    thread->ss_memory.release = memory_abandon;
    return former;
}

void ss_leave(struct ss_memory *former)
{
    struct thread_state *thread = thread_peek();
    struct ss_memory *memory;

    if (!thread)
        return;
    memory = thread->ss_memory.value;
    thread->ss_memory.value = former;
    if (memory)
        memory_release(memory);
}

RPC_STATUS ss_enable(void)
{
    struct ss_memory *memory = memory_get();

    if (!memory)
        return RPC_S_OUT_OF_MEMORY;
    enable(memory);
    return RPC_S_OK;
}

void ss_disable(void)
{
    struct ss_memory *memory = memory_peek();

    if (memory)
        disable(memory, 1);
}

void *ss_alloc(size_t size)
{
    struct ss_memory *memory = memory_peek();
    struct ss_block *block;

    if (!memory || !memory->enabled || size > SIZE_MAX - sizeof(*block))
        return NULL;
    if (!(block = rpc_alloc(sizeof(*block) + size)))
        return NULL;
    block->owner = memory;
    AcquireSRWLockExclusive(&memory->lock);
    list_append(&memory->blocks, &block->entry);
    ReleaseSRWLockExclusive(&memory->lock);
    return block->data;
}

RPC_STATUS ss_free(void *ptr)
{
    struct ss_memory *memory = memory_peek();
    struct ss_block *block;

    if (!ptr)
        return RPC_S_OK;
    block = CONTAINER_OF(ptr, struct ss_block, data);
    if (!memory || block->owner != memory)
        return RPC_S_INVALID_ARG;
    AcquireSRWLockExclusive(&memory->lock);
    list_remove(&block->entry);
    ReleaseSRWLockExclusive(&memory->lock);
    block->owner = NULL;
    rpc_free(block);
    return RPC_S_OK;
}

struct ss_memory *ss_thread_handle(void)
{
    struct ss_memory *memory = memory_peek();

    return memory && memory->enabled ? memory : NULL;
}

void ss_set_thread_handle(struct ss_memory *memory)
{
    struct thread_state *thread = thread_get();
    struct ss_memory *old;

    if (!thread || (old = thread->ss_memory.value) == memory)
        return;
    if (memory)
        InterlockedIncrement(&memory->refs);
    thread->ss_memory.value = memory;
    thread->ss_memory.release = memory_abandon;
    if (old)
        memory_release(old);
}

/* The functions that client stubs of this thread use now. */
static void client_functions(RPC_CLIENT_ALLOC **alloc, RPC_CLIENT_FREE **release)
{
    const struct ss_memory *memory = memory_peek();

    if (memory && memory->client_alloc) {
        *alloc = memory->client_alloc;
        *release = memory->client_free;
    } else if (memory && memory->enabled) {
        *alloc = ss_allocate;
        *release = ss_release;
    } else {
        *alloc = default_alloc;
        *release = default_free;
    }
}

RPC_STATUS ss_swap_client(RPC_CLIENT_ALLOC *alloc, RPC_CLIENT_FREE *release,
                          RPC_CLIENT_ALLOC **old_alloc, RPC_CLIENT_FREE **old_release)
{
    RPC_CLIENT_ALLOC *now_alloc;
    RPC_CLIENT_FREE *now_release;
    struct ss_memory *memory;

    if (!alloc || !release)
        return RPC_S_INVALID_ARG;
    if (!(memory = memory_get()))
        return RPC_S_OUT_OF_MEMORY;
    client_functions(&now_alloc, &now_release);
    if (old_alloc)
        *old_alloc = now_alloc;
    if (old_release)
        *old_release = now_release;
    memory->client_alloc = alloc;
    memory->client_free = release;
    return RPC_S_OK;
}

void ss_set_default_client(RPC_CLIENT_ALLOC *alloc, RPC_CLIENT_FREE *release)
{
    default_alloc = alloc;
    default_free = release;
}

void *__RPC_API ss_allocate(size_t size)
{
    void *ptr = ss_alloc(size);

    if (!ptr)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return ptr;
}

void __RPC_API ss_release(void *ptr)
{
    ss_free(ptr);
}

void *__RPC_API ss_client_allocate(size_t size)
{
    RPC_CLIENT_ALLOC *alloc;
    RPC_CLIENT_FREE *release;
    void *ptr;

    client_functions(&alloc, &release);
    ptr = alloc(size);
    if (!ptr)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return ptr;
}

void __RPC_API ss_client_release(void *ptr)
{
    RPC_CLIENT_ALLOC *alloc;
    RPC_CLIENT_FREE *release;

    client_functions(&alloc, &release);
    release(ptr);
}

void *__RPC_API ss_default_allocate(size_t size)
{
    void *ptr = rpc_alloc(size);

    if (!ptr)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return ptr;
}

void __RPC_API ss_default_release(void *ptr)
{
    rpc_free(ptr);
}
