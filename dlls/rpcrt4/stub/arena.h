/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server call needs besides the objects that the NDR engine allocates: the argument stack
 * and the objects behind [out] parameters. All of it lives as long as the call, and goes at once.
 * Used by one thread at a time. */
#ifndef RPCRT4_STUB_ARENA_H
#define RPCRT4_STUB_ARENA_H

#include "platform/base.h"

/* Enough for most calls; an asynchronous one keeps it until it has been answered. */
#define STUB_ARENA_FIRST 128

struct stub_arena_block;

struct stub_arena {
    struct stub_arena_block *blocks; /* for what did not fit into `first` */
    size_t used;
    unsigned char first[STUB_ARENA_FIRST] __attribute__((aligned(16)));
};

static inline void stub_arena_init(struct stub_arena *arena)
{
    arena->blocks = NULL;
    arena->used = 0;
}

/* Zeroed, aligned to 16 octets. Raises RPC_S_OUT_OF_MEMORY. */
void *stub_arena_alloc(struct stub_arena *arena, size_t size);
bool stub_arena_owns(const struct stub_arena *arena, const void *ptr);
void stub_arena_free(struct stub_arena *arena);

#endif
