/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that unmarshalling allocates for the application, through msg->pfnAllocate. Each block
 * carries, behind the application's bytes, a link of msg->pMemoryList, so that a failed call can
 * give everything back. */
#ifndef RPCRT4_NDR_MEMORY_H
#define RPCRT4_NDR_MEMORY_H

#include <stdbool.h>

#include "ndr/stubmsg.h"

/* The one block of an all_nodes pointer, or the memory that a caller lends ([byte_count]). */
struct ndr_all_nodes {
    unsigned char *next, *end;
    bool lent;  /* what does not fit gets no memory */
    bool fresh; /* lent, and the first object goes to its very start */
};

/* A block of `size` bytes on the list, or NULL. Inside an [allocate(all_nodes)] pointer it is a
 * part of the pointer's one block. */
void *ndr_allocate(struct ndr_message *msg, size_t size, size_t alignment);
/* From here on, until ndr_all_nodes_end(), ndr_allocate takes from one block of that size. False:
 * no memory. */
bool ndr_all_nodes_begin(struct ndr_message *msg, size_t size);
void ndr_all_nodes_end(struct ndr_message *msg);
/* Frees the blocks of the list that are newer than `mark`, which was its head. */
void ndr_release_since(struct ndr_message *msg, struct ndr_memory_block *mark);

#endif
