/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bind-time feature negotiation, [MS-RPCE] 3.3.1.5.3: the client proposes a presentation context
 * whose transfer syntax is 6cb71c2c-9812-4540-XXXX… v1.0, the X (data4) being a bitmask of the
 * features it knows; the server answers with PDU_CONTEXT_NEGOTIATE_ACK and, in the reason field,
 * those of them that it knows too. */
#ifndef RPCRT4_WIRE_FEATURE_H
#define RPCRT4_WIRE_FEATURE_H

#include "wire/types.h"

/* Bits of the first octet of the bitmask, [MS-RPCE] 2.2.2.14. */
#define FEATURE_SECURITY_CONTEXT_MULTIPLEXING 0x0001u
#define FEATURE_KEEP_CONNECTION_ON_ORPHAN     0x0002u

/* The transfer syntax that proposes `features`. */
struct wire_syntax feature_syntax(uint16_t features);
/* Is `transfer` such a proposal? If so, and features is not NULL, *features is the bitmask's
 * first 16 bits. */
bool feature_syntax_parse(const struct wire_syntax *transfer, uint16_t *features);

#endif
