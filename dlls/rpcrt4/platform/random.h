/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system's random numbers. */
#ifndef RPCRT4_PLATFORM_RANDOM_H
#define RPCRT4_PLATFORM_RANDOM_H

#include "platform/base.h"

/* Cryptographically strong; any thread. False when the system gives none. */
bool random_bytes(void *buffer, size_t size);

#endif
