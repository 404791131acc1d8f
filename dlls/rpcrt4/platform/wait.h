/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a value in memory to change, within the process: no kernel object. From ntdll, which
 * both Wine and Windows (8 and later) have; kernel32 does not offer it. */
#ifndef RPCRT4_PLATFORM_WAIT_H
#define RPCRT4_PLATFORM_WAIT_H

#include "platform/ntdll.h"

/* Returns when *address may differ from `value`: callers look again. */
static inline void wait_while_equal(const int32_t *address, int32_t value)
{
    RtlWaitOnAddress(address, &value, sizeof(value), NULL);
}

/* The same, for so many microseconds at most. */
static inline void wait_while_equal_us(const int32_t *address, int32_t value, unsigned us)
{
    LARGE_INTEGER timeout = {.QuadPart = -10 * (LONGLONG)us};

    RtlWaitOnAddress(address, &value, sizeof(value), &timeout);
}

static inline void wake_all(const int32_t *address)
{
    RtlWakeAddressAll(address);
}

#endif
