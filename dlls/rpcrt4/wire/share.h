/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The offer of shared memory (transport/shared.h), in the form of bind-time feature negotiation: a
 * presentation context whose transfer syntax is this project's own, 5a1fd3c7-… v21330.1, the rest of
 * the UUID being the token by which the server finds the memory. A server that accepts that context
 * goes on there; any other refuses it as it refuses every transfer syntax that it does not know. */
#ifndef RPCRT4_WIRE_SHARE_H
#define RPCRT4_WIRE_SHARE_H

#include "wire/types.h"

#define SHARE_TOKEN_LENGTH 12

struct wire_syntax share_syntax(const uint8_t token[SHARE_TOKEN_LENGTH]);
/* Is `transfer` such an offer? */
bool share_syntax_parse(const struct wire_syntax *transfer, uint8_t token[SHARE_TOKEN_LENGTH]);

#endif
