/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of serialized types and procedures ("pickles", "encodings").
 *
 * Types are as [MS-RPCE] 2.2.6 (version 1) and 2.2.7 (version 2) say: one common header per stream,
 * then for each object a private header with the length of what follows, all of it in units of 8
 * octets (version 2: 16). In version 1 a primitive type has no private header.
 *
 * Procedures have one header each, of which no document speaks. It is the one that Wine 8's own DLL
 * writes and reads: version 1, byte order (1 little-endian, 0 big-endian: as the integer
 * representation of C706 14.1), transfer syntax, interface, procedure number, a number that is
 * always 1 and that nobody reads, length of the stub data. The length there is of the padded data;
 * Windows has not been compared. */
#ifndef RPCRT4_WIRE_PICKLE_H
#define RPCRT4_WIRE_PICKLE_H

#include "wire/types.h"

#define PICKLE_COMMON_V1_LENGTH  8
#define PICKLE_COMMON_V2_LENGTH  64
#define PICKLE_PRIVATE_V1_LENGTH 8
#define PICKLE_PRIVATE_V2_LENGTH 16
#define PICKLE_PROC_LENGTH       56

#define PICKLE_MAX_HEADER PICKLE_COMMON_V2_LENGTH
/* No object is longer. */
#define PICKLE_MAX_LENGTH 0x7ffffff0u

struct pickle_common {
    uint8_t version; /* 1 or 2 */
    bool big_endian;
    struct wire_syntax transfer_syntax, interface_id; /* version 2 only */
};

struct pickle_proc {
    bool big_endian;
    struct wire_syntax transfer_syntax, interface_id;
    uint32_t number;
    uint32_t length; /* of the stub data that follows, octets */
};

/* Units of alignment and padding; lengths of headers. */
static inline uint32_t pickle_unit(uint8_t version)
{
    return version == 2 ? 16 : 8;
}

static inline uint32_t pickle_common_length(uint8_t version)
{
    return version == 2 ? PICKLE_COMMON_V2_LENGTH : PICKLE_COMMON_V1_LENGTH;
}

static inline uint32_t pickle_private_length(uint8_t version)
{
    return version == 2 ? PICKLE_PRIVATE_V2_LENGTH : PICKLE_PRIVATE_V1_LENGTH;
}

/* They write pickle_common_length(), pickle_private_length() and PICKLE_PROC_LENGTH octets. */
void pickle_put_common(uint8_t *p, const struct pickle_common *header);
void pickle_put_private(uint8_t *p, uint8_t version, uint32_t length);
void pickle_put_proc(uint8_t *p, const struct pickle_proc *header);

/* How long the common header is that begins with these 8 octets; 0 if it is none. */
uint32_t pickle_common_length_of(const uint8_t *p);
/* False if it is no such header, of no version that is known. */
bool pickle_get_common(const uint8_t *p, struct pickle_common *header);
bool pickle_get_proc(const uint8_t *p, struct pickle_proc *header);
uint32_t pickle_get_private(const uint8_t *p, bool big_endian);

#endif
