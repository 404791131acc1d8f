/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handshakes of a client connection: bind and alter_context (C706 12.6.3.1, [MS-RPCE] 3.3.1.5).
 * */
#ifndef RPCRT4_CLIENT_NEGOTIATE_H
#define RPCRT4_CLIENT_NEGOTIATE_H

#include "client/connection.h"

/* For the connection's PDU handler: an answer to the handshake in progress. False: it breaks the
 * protocol. */
bool negotiation_answer(struct negotiation *negotiation, const struct pdu_header *header, const uint8_t *fragment);

#endif
