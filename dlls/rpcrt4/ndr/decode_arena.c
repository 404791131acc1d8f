/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Storage of type graphs: the memory of the nodes, and the copy of the format bytes that they were
 * made from. */
#include <stdlib.h>
#include <string.h>

#include "ndr/decode_internal.h"
#include "ndr/raise.h"

struct ndr_arena_chunk {
    struct ndr_arena_chunk *next;
    size_t used, size;
    max_align_t data[];
};

struct ndr_graph *decode_new_graph(const unsigned char *format, uint8_t increment)
{
    struct ndr_graph *graph = calloc(1, sizeof(*graph));

    if (!graph)
        ndr_raise(NDR_STATUS_OUT_OF_MEMORY);
    graph->format = format;
    graph->increment = increment;
    return graph;
}

void decode_fail(struct decoder *d, uint32_t status)
{
    ndr_graph_free(d->graph);
    ndr_raise(status);
}

void *decode_allocate(struct decoder *d, size_t size)
{
    struct ndr_arena_chunk *chunk = d->graph->chunks;
    size_t room;
    void *block;

    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    if (!chunk || chunk->size - chunk->used < size) {
        room = size > 2048 ? size : 2048;
        chunk = malloc(sizeof(*chunk) + room);
        if (!chunk)
            decode_fail(d, NDR_STATUS_OUT_OF_MEMORY);
        chunk->next = d->graph->chunks;
        chunk->used = 0;
        chunk->size = room;
        d->graph->chunks = chunk;
    }
    block = (unsigned char *)chunk->data + chunk->used;
    chunk->used += size;
    memset(block, 0, size);
    return block;
}

uint32_t decode_span_begin(struct decoder *d, const unsigned char *start)
{
    struct ndr_graph *graph = d->graph;
    struct ndr_span *spans;

    if (graph->span_count == graph->span_capacity) {
        uint32_t capacity = graph->span_capacity ? graph->span_capacity * 2 : 8;

        spans = realloc(graph->spans, capacity * sizeof(*spans));
        if (!spans)
            decode_fail(d, NDR_STATUS_OUT_OF_MEMORY);
        graph->spans = spans;
        graph->span_capacity = capacity;
    }
    graph->spans[graph->span_count].start = start;
    graph->spans[graph->span_count].length = 0;
    return graph->span_count++;
}

void decode_span_end(struct decoder *d, uint32_t index, const unsigned char *end)
{
    struct ndr_graph *graph = d->graph;
    struct ndr_span *span = &graph->spans[index];

    span->length = (uint32_t)(end - span->start);
    if (graph->copy_capacity - graph->copy_length < span->length) {
        uint32_t capacity = graph->copy_capacity * 2 + span->length + 64;
        unsigned char *copy = realloc(graph->copy, capacity);

        if (!copy)
            decode_fail(d, NDR_STATUS_OUT_OF_MEMORY);
        graph->copy = copy;
        graph->copy_capacity = capacity;
    }
    span->copy = graph->copy_length;
    memcpy(graph->copy + span->copy, span->start, span->length);
    graph->copy_length += span->length;
}

void ndr_graph_free(struct ndr_graph *graph)
{
    struct ndr_arena_chunk *chunk, *next;

    for (chunk = graph->chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(graph->spans);
    free(graph->copy);
    free(graph);
}

/* Stops at the first difference, byte by byte where the span leaves a page: what follows different
 * bytes may not even be mapped. The spans are in the order in which earlier ones led to later ones,
 * for the same reason. */
static bool span_is_current(const struct ndr_span *span, const unsigned char *copy)
{
    uintptr_t first = (uintptr_t)span->start, last = first + span->length - 1;
    uint32_t i;

    if (first >> 12 == last >> 12)
        return !memcmp(span->start, copy, span->length);
    for (i = 0; i < span->length; i++)
        if (span->start[i] != copy[i])
            return false;
    return true;
}

bool ndr_graph_is_current(const struct ndr_graph *graph)
{
    uint32_t i;

    for (i = 0; i < graph->span_count; i++)
        if (graph->spans[i].length &&
            !span_is_current(&graph->spans[i], graph->copy + graph->spans[i].copy))
            return false;
    return true;
}
