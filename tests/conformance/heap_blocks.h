/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many blocks of the process heap are in use: the runtime takes everything from it, so that
 * what a repeated operation leaves behind can be seen. */
#ifndef RPCRT4_TESTS_HEAP_BLOCKS_H
#define RPCRT4_TESTS_HEAP_BLOCKS_H

#include <windows.h>

static inline unsigned heap_blocks(void)
{
    PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
    unsigned count = 0;

    HeapLock(GetProcessHeap());
    while (HeapWalk(GetProcessHeap(), &entry))
        count += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
    HeapUnlock(GetProcessHeap());
    return count;
}

/* Runs `operation` often, after a first time in which lasting things may be made; nothing is
 * left. */
#define assert_leaves_nothing(operation) \
    do { \
        unsigned blocks_before; \
        operation; \
        blocks_before = heap_blocks(); \
        for (int round_ = 0; round_ < 64; round_++) { \
            operation; \
        } \
        assert_in_range(heap_blocks(), 0, blocks_before + 8); \
    } while (0)

#endif
