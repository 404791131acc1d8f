/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocations of unmarshalling: see memory.h. The list's layout is the one that the SDK's runtime
 * shows. */
#include "ndr/memory.h"

#include "ndr/engine.h"
#include "ndr/made.h"
#include "ndr/walk.h"

#define MAGIC (('M' << 24) | ('E' << 16) | ('M' << 8) | 'L')

struct ndr_memory_block {
    uint32_t magic;
    uint32_t size; /* of the application's part before this */
    uint32_t reserved;
    struct ndr_memory_block *next;
};

static void *allocate_block(struct ndr_message *msg, size_t size)
{
    struct ndr_memory_block *link;
    unsigned char *block;

    if (size > INT32_MAX)
        return NULL;
    size = walk_align(size, 8);
    block = msg->pfnAllocate(size + sizeof(*link));
    if (!block)
        return NULL;
    link = (struct ndr_memory_block *)(block + size);
    link->magic = MAGIC;
    link->size = (uint32_t)size;
    link->reserved = 0;
    link->next = msg->pMemoryList;
    msg->pMemoryList = link;
    return block;
}

void *ndr_allocate(struct ndr_message *msg, size_t size, size_t alignment)
{
    struct ndr_all_nodes *nodes = msg->pAllocAllNodesContext;
    uintptr_t part;

    if (nodes) {
        part = walk_align((uintptr_t)nodes->next, nodes->fresh ? 1 : alignment);
        nodes->fresh = false;
        if (part <= (uintptr_t)nodes->end && size <= (uintptr_t)nodes->end - part) {
            nodes->next = (unsigned char *)part + size;
            return (void *)part;
        }
        if (nodes->lent)
            return NULL;
    }
    return allocate_block(msg, size);
}

bool ndr_all_nodes_begin(struct ndr_message *msg, size_t size)
{
    unsigned char *block;
    struct ndr_all_nodes *nodes;

    if (size > INT32_MAX - sizeof(*nodes))
        return false;
    size = walk_align(size, 8);
    block = allocate_block(msg, size + sizeof(*nodes));
    if (!block)
        return false;
    nodes = (struct ndr_all_nodes *)(block + size); /* lies at the end of its block */
    *nodes = (struct ndr_all_nodes){ block, block + size, false, false };
    msg->pAllocAllNodesContext = nodes;
    return true;
}

void ndr_all_nodes_end(struct ndr_message *msg)
{
    msg->pAllocAllNodesContext = NULL;
}

void ndr_release_since(struct ndr_message *msg, struct ndr_memory_block *mark)
{
    struct ndr_memory_block *link;

    while ((link = msg->pMemoryList) != mark) {
        msg->pMemoryList = link->next;
        msg->pfnFree((unsigned char *)link - link->size);
    }
}

void ndr_release_allocations(struct ndr_message *msg)
{
    ndr_made_free_since(msg, 0);
    ndr_release_since(msg, NULL);
    msg->pAllocAllNodesContext = NULL;
    walk_abandon(msg);
}

void ndr_accept_allocations(struct ndr_message *msg)
{
    msg->pMemoryList = NULL;
    ndr_made_accept(msg);
}
