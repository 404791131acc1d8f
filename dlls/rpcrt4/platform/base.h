/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every Windows-side source of the DLL starts from: the SDK headers, and a few words that they
 * lack. Portable sources (wire/, ndr/) never include this. */
#ifndef RPCRT4_PLATFORM_BASE_H
#define RPCRT4_PLATFORM_BASE_H

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* The DLL defines what the SDK headers would import. */
#define RPCRTAPI
#define _RPCRT4_
#include <windows.h>
#include <rpc.h>
#include <rpcdcep.h>
#include <rpcndr.h>
#include <rpcasync.h>

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#include "platform/lock.h"

#endif
