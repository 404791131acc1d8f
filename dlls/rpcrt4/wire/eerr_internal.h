/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What eerr.c and eerr_decode.c share. */
#ifndef RPCRT4_WIRE_EERR_INTERNAL_H
#define RPCRT4_WIRE_EERR_INTERNAL_H

#include "wire/eerr.h"

/* Type serialization, version 1: a common type header, then a private header: [MS-RPCE] 2.2.6.1,
 * 2.2.6.2 */
#define EERR_SERIALIZATION_VERSION 1
#define EERR_BIG_ENDIAN 0x00
#define EERR_LITTLE_ENDIAN 0x10
#define EERR_COMMON_HEADER_LENGTH 8
#define EERR_HEADERS_LENGTH 16

#define EERR_FIRST_REFERENT 0x00020000

/* EEComputerNamePresent: [MS-EERR] 2.2.1.6 */
#define EERR_COMPUTER_PRESENT 1
#define EERR_COMPUTER_NOT_PRESENT 2

/* Is it a short with a pointer? */
static inline bool eerr_has_data(enum eerr_type type)
{
    return type == EERR_ANSI || type == EERR_UNICODE || type == EERR_BINARY;
}

#endif
