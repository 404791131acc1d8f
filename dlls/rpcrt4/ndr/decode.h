/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From format strings to type nodes.
 *
 * A graph is the node of one format address with everything embedded in it; pointees are graphs of
 * their own, found when a pointer is followed, so that a recursive type is finite and an unused one
 * is never decoded. A graph keeps the bytes it was made from: it stands for an address only while
 * the bytes there still are the same. */
#ifndef RPCRT4_NDR_DECODE_H
#define RPCRT4_NDR_DECODE_H

#include "ndr/stubmsg.h"
#include "ndr/types.h"

struct ndr_span {
    const unsigned char *start;
    uint32_t length;
    uint32_t copy; /* offset of the bytes in the graph's copy */
};

struct ndr_graph {
    struct ndr_graph *next;
    const unsigned char *format;
    const struct ndr_type *root;
    struct ndr_arena_chunk *chunks;
    struct ndr_span *spans;
    unsigned char *copy;
    uint32_t span_count, span_capacity, copy_length, copy_capacity;
    uint8_t increment;
};

/* Stands for the increment where a format is an NDR64 fragment. */
#define NDR64_INCREMENT 0xff

/* Decodes NDR 2.0 type format bytes; `increment` is what a correlation descriptor has beyond four
 * bytes (0, 2 or 12). With NDR64_INCREMENT, decodes an NDR64 type fragment. Raises
 * RPC_S_CANNOT_SUPPORT for an unknown format character, RPC_S_INTERNAL_ERROR for a malformed string
 * and RPC_S_OUT_OF_MEMORY. */
struct ndr_graph *ndr_decode(const unsigned char *format, uint8_t increment);
void ndr_graph_free(struct ndr_graph *graph);
/* Whether the format bytes still are what the graph was made from. */
bool ndr_graph_is_current(const struct ndr_graph *graph);

/* The node of a format that is a base type's alone, or NULL. */
static inline const struct ndr_type *ndr_single_type(const unsigned char *format, uint8_t increment)
{
    return increment == NDR64_INCREMENT ? ndr64_base_type(*format) : ndr_base_type(*format);
}

/* Reads the correlation descriptor at `format`; *length is its size. */
struct ndr_correlation ndr_decode_correlation(const unsigned char *format, uint8_t increment);

/* Decodes an NDR64 expression fragment. *corr is valid until the graph, which is nobody else's, is
 * freed. Raises as ndr_decode does. */
struct ndr_graph *ndr64_decode_expression(const void *fragment, struct ndr_correlation *corr);

/* The graph of a format address, from the cache or decoded now. *owned is set if the caller has to
 * ndr_graph_free() it (the cache holds too many other contents of that address). Raises as
 * ndr_decode does. */
const struct ndr_graph *ndr_cache_find(const unsigned char *format, uint8_t increment, bool *owned);

#endif
