/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system's random numbers: RtlGenRandom, which advapi32 exports by number. */
#include "platform/random.h"
#include "platform/imports.h"

bool random_bytes(void *buffer, size_t size)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();

    return advapi32 && advapi32->SystemFunction036(buffer, (ULONG)size);
}
