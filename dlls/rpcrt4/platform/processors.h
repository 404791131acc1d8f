/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On how many processors the threads of this process may run, which may be fewer than the machine has. */
#ifndef RPCRT4_PLATFORM_PROCESSORS_H
#define RPCRT4_PLATFORM_PROCESSORS_H

#include "platform/base.h"

/* 1 at least. What a program says later, to SetProcessAffinityMask, is heeded by whoever asks again. */
static inline unsigned processors_usable(void)
{
    DWORD_PTR own, all;

    if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &all))
        return 1;
    return max(__builtin_popcountll(own), 1);
}

#endif
