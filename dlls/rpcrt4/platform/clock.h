/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock for short times. Under Wine it costs a system call. */
#ifndef RPCRT4_PLATFORM_CLOCK_H
#define RPCRT4_PLATFORM_CLOCK_H

#include "platform/base.h"

/* Microseconds since some time in the past. */
static inline int64_t clock_us(void)
{
    static LARGE_INTEGER frequency; /* the same whoever asks for it */
    LARGE_INTEGER counter;

    if (!frequency.QuadPart)
        QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return counter.QuadPart / frequency.QuadPart * 1000000 +
           counter.QuadPart % frequency.QuadPart * 1000000 / frequency.QuadPart;
}

#endif
