/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's side of a connection's authentication: the tokens in the trailers of bind,
 * alter_context and auth3, and what becomes of a client that fails. [MS-RPCE] 3.3.1.5.2. Used by the
 * thread that receives. */
#ifndef RPCRT4_SERVER_AUTHENTICATE_H
#define RPCRT4_SERVER_AUTHENTICATE_H

#include "server/connection.h"

/* Takes the token of a trailer; the first one makes the link's context. *answer: what to send back
 * (for rpc_free()), if its length is not 0. May block. RPC_S_UNKNOWN_AUTHN_SERVICE: it has not been
 * registered; RPC_S_UNSUPPORTED_AUTHN_LEVEL; RPC_S_ACCESS_DENIED: not this client; RPC_S_SEC_PKG_ERROR,
 * RPC_S_OUT_OF_MEMORY */
RPC_STATUS server_conn_authenticate(struct server_conn *conn, const struct pdu_header *header,
                                    const struct pdu_auth *auth, struct security_token *answer);
/* The flag that an answer to a bind or alter_context carries, and what it leaves room for (NULL: no
 * token). */
uint8_t server_conn_auth_flags(const struct server_conn *conn);
const struct pdu_auth_room *server_conn_auth_room(const struct server_conn *conn, const struct security_token *answer,
                                                  struct pdu_auth_room *room);
/* The last leg, which is not answered: who fails in it is told when he calls. False: the peer broke
 * the protocol. */
bool server_conn_auth3(struct server_conn *conn, const struct pdu_header *header, const uint8_t *fragment);

/* Answers a PDU that the connection's security refuses with a fault, and lets the connection end
 * after it. True unless there is no memory for that. */
bool server_conn_refuse(struct server_conn *conn, const struct pdu_header *header, RPC_STATUS status);

#endif
