/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What portable code takes from its platform, for native tests and fuzz targets. */
#include "unit/native_platform.h"

#include "ndr/raise.h"

#include <malloc.h>
#include <stdlib.h>

struct native_memory native_memory;

static void *allocate(void *context, size_t size)
{
    void *memory;

    if (native_memory.fail_after && !--native_memory.fail_after)
        return NULL;
    memory = malloc(size);
    if (!memory)
        return NULL;
    native_memory.in_use += malloc_usable_size(memory);
    if (size > native_memory.peak_request)
        native_memory.peak_request = size;
    return memory;
}

static void release(void *context, void *memory)
{
    native_memory.in_use -= malloc_usable_size(memory);
    free(memory);
}

jmp_buf *native_raised;
uint32_t native_raised_status;

void ndr_raise(uint32_t status)
{
    if (!native_raised)
        abort();
    native_raised_status = status;
    longjmp(*native_raised, 1);
}

const struct wire_allocator native_allocator = { allocate, release, NULL, NULL };
