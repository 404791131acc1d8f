/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The legs by which a client connection is authenticated while it binds: tokens that travel in the
 * trailers of bind and bind_ack, then of alter_context and its answer, or of a last auth3 that is
 * not answered. [MS-RPCE] 3.3.1.5.2. Used by the thread that opens the connection. */
#ifndef RPCRT4_CLIENT_AUTHENTICATE_H
#define RPCRT4_CLIENT_AUTHENTICATE_H

#include "call/link.h"

/* All zero: no authentication (any more). */
struct auth_legs {
    struct link *link;          /* whose security context is built */
    struct security_token token; /* to be sent with the next PDU */
    struct pdu_auth_room room;
    struct security_token answer; /* the server's, to the last one */
    unsigned count;               /* answered legs */
};

/* Makes the link's context and the first token, if `auth` is not NULL. What
 * security_context_step() can fail with. */
RPC_STATUS legs_begin(struct auth_legs *legs, struct link *link, struct auth_info *auth);
/* What the next PDU carries. */
uint8_t legs_flags(const struct auth_legs *legs);
const struct pdu_auth_room *legs_room(struct auth_legs *legs);
void legs_put_token(const struct auth_legs *legs, uint8_t *pdu, size_t length);
/* For the PDU handler: the trailer of the answer. False: it has nothing to do with this context, or
 * there is no memory. */
bool legs_note_answer(struct auth_legs *legs, const struct pdu_header *header, const struct pdu_auth *auth);
/* After an answer: makes the next token, and sends it itself (with that call id) if it is the last
 * one; *more: one has to be sent and answered. */
RPC_STATUS legs_next(struct auth_legs *legs, uint32_t call_id, bool *more);
void legs_end(struct auth_legs *legs);

#endif
