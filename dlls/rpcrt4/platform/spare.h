/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A few blocks of one size that are kept for those who need one next: an empty call would otherwise
 * spend a third of its time in the heap. Any thread, without a lock; zeroed, it is empty. */
#ifndef RPCRT4_PLATFORM_SPARE_H
#define RPCRT4_PLATFORM_SPARE_H

#include "platform/memory.h"

#define SPARE_BLOCKS 2

struct spare {
    void *blocks[SPARE_BLOCKS];
};

/* A block of that size, kept or new; what it holds is undefined. NULL: no memory. */
static inline void *spare_alloc(struct spare *spare, size_t size)
{
    void *block = NULL;

    for (unsigned i = 0; i < SPARE_BLOCKS && !block; i++) {
        if (__atomic_load_n(&spare->blocks[i], __ATOMIC_RELAXED))
            block = __atomic_exchange_n(&spare->blocks[i], NULL, __ATOMIC_ACQUIRE);
    }
    return block ? block : rpc_alloc(size);
}

/* Gives back what spare_alloc() of the same `spare` has given. */
static inline void spare_free(struct spare *spare, void *block)
{
    void *none = NULL;

    for (unsigned i = 0; i < SPARE_BLOCKS; i++, none = NULL) {
        if (!__atomic_load_n(&spare->blocks[i], __ATOMIC_RELAXED) &&
            __atomic_compare_exchange_n(&spare->blocks[i], &none, block, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return;
    }
    rpc_free(block);
}

#endif
