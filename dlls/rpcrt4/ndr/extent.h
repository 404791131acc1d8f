/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How large an object is that does not exist yet: what an [out] parameter needs in memory, and of
 * what kind it is. */
#ifndef RPCRT4_NDR_EXTENT_H
#define RPCRT4_NDR_EXTENT_H

#include <stdbool.h>

#include "ndr/stubmsg.h"

/* Bytes in memory of an object of that type (a base type's format may be its format character
 * alone), or of the memory behind a [byte_count] pointer; counts of a conformant array come from
 * the call's other parameters, at msg->StackTop.
 * Raises RPC_X_INVALID_BOUND for an impossible count, RPC_S_OUT_OF_MEMORY for more than 2 GiB,
 * RPC_S_INTERNAL_ERROR where only the object itself could tell. */
uint32_t ndr_object_size(struct ndr_message *msg, const unsigned char *format);
/* Whether such an object may hold pointers, and whether all objects of that type are of the same
 * size. */
bool ndr_has_pointers(struct ndr_message *msg, const unsigned char *format);
bool ndr_has_fixed_size(struct ndr_message *msg, const unsigned char *format);
/* Whether such an object is the same octets in memory and on the wire, in the machine's byte order,
 * and nothing else; *wire_align: what it is aligned to on the wire. */
bool ndr_is_image(struct ndr_message *msg, const unsigned char *format, uint32_t *wire_align);

#endif
