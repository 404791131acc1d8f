/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for the stub data of requests and replies. Large blocks are kept for a second after their
 * release and used again (eight of them, of 64 KiB to 4 MiB): the system would zero fresh memory
 * page by page, which takes several times as long as copying into it. Any thread. */
#ifndef RPCRT4_CALL_BUFFER_H
#define RPCRT4_CALL_BUFFER_H

#include "platform/base.h"
#include "wire/types.h"

/* Aligned as the heap aligns; what it holds is undefined. NULL: no memory. */
void *buffer_alloc(size_t size);
/* The same, but only out of what is kept: NULL if nothing fits. */
void *buffer_reuse(size_t size);
/* Of another size, with what it held. NULL: no memory, and `buffer` stays as it was. */
void *buffer_resize(void *buffer, size_t size);
void buffer_free(void *buffer); /* NULL is allowed */

extern const struct wire_allocator buffer_allocator; /* the same for wire/ */

#endif
