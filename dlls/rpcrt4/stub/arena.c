/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that lives as long as a server call: see arena.h. */
#include "stub/arena.h"
#include "platform/memory.h"

struct stub_arena_block {
    struct stub_arena_block *next;
    size_t size;
    unsigned char data[] __attribute__((aligned(16)));
};

void *stub_arena_alloc(struct stub_arena *arena, size_t size)
{
    struct stub_arena_block *block;

    if (size <= STUB_ARENA_FIRST - arena->used) {
        void *ptr = arena->first + arena->used;

        arena->used += (size + 15) & ~(size_t)15;
        if (arena->used > STUB_ARENA_FIRST)
            arena->used = STUB_ARENA_FIRST;
        return memset(ptr, 0, size);
    }
    if (size > SIZE_MAX - sizeof(*block) || !(block = rpc_alloc_zero(sizeof(*block) + size)))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->data;
}

bool stub_arena_owns(const struct stub_arena *arena, const void *ptr)
{
    uintptr_t where = (uintptr_t)ptr;

    if (where - (uintptr_t)arena->first < STUB_ARENA_FIRST)
        return true;
    for (const struct stub_arena_block *block = arena->blocks; block; block = block->next) {
        if (where - (uintptr_t)block->data <= block->size)
            return true;
    }
    return false;
}

void stub_arena_free(struct stub_arena *arena)
{
    struct stub_arena_block *block;

    while ((block = arena->blocks)) {
        arena->blocks = block->next;
        rpc_free(block);
    }
}
