/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cache of decoded types: a hash table of format addresses, read and extended without a lock.
 * Entries stay for good, as a walker on another thread may be using one; an address whose contents
 * change again and again (libraries loaded in turn at one place, format strings in heap memory)
 * gets a bounded number of them. */
#include "ndr/decode.h"

#define BUCKETS          1024
#define MAX_SAME_ADDRESS 4

static struct ndr_graph *buckets[BUCKETS];

static struct ndr_graph **bucket_of(const unsigned char *format)
{
    uintptr_t address = (uintptr_t)format;

    return &buckets[(address ^ address >> 10 ^ address >> 20) % BUCKETS];
}

const struct ndr_graph *ndr_cache_find(const unsigned char *format, uint8_t increment, bool *owned)
{
    struct ndr_graph **bucket = bucket_of(format), *graph;
    unsigned int same = 0;

    *owned = false;
    for (graph = __atomic_load_n(bucket, __ATOMIC_ACQUIRE); graph; graph = graph->next) {
        if (graph->format != format || graph->increment != increment)
            continue;
        if (ndr_graph_is_current(graph))
            return graph;
        same++;
    }
    graph = ndr_decode(format, increment);
    if (same >= MAX_SAME_ADDRESS) {
        *owned = true;
        return graph;
    }
    graph->next = __atomic_load_n(bucket, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(bucket, &graph->next, graph, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    return graph;
}
