/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which transfer syntax a client uses where its interface has several: NDR64 where the server
 * takes it, too ([MS-RPCE] 3.3.1.5.6). What a server has answered is remembered by its association,
 * for as long as that has a connection. */
#ifndef RPCRT4_CLIENT_SYNTAX_H
#define RPCRT4_CLIENT_SYNTAX_H

#include "call/syntax.h"
#include "client/association.h"
#include "client/binding.h"

/* The syntaxes of the interface, the preferred one first. How many: at least one. */
unsigned client_offers(const RPC_CLIENT_INTERFACE *iface, struct wire_syntax offers[MAX_SYNTAXES]);
bool syntax_is_among(const struct wire_syntax *syntax, const struct wire_syntax *list, unsigned count);

/* The one that calls of the interface use; *syntax is in the interface's description. Blocks: the
 * first time it connects and binds to the interface. Errors: as for a call. */
RPC_STATUS client_negotiate_syntax(struct binding *binding, RPC_CLIENT_INTERFACE *iface,
                                   const RPC_SYNTAX_IDENTIFIER **syntax);
/* The same as far as it is known, without asking: NULL if it is not. */
const RPC_SYNTAX_IDENTIFIER *client_known_syntax(struct binding *binding, const RPC_CLIENT_INTERFACE *iface);

/* The server has accepted the interface in this syntax when it was offered all that the client has;
 * it refuses the interface in the syntax that was remembered; with the association's lock held: all
 * connections are gone, and what is there next may be another server. */
void association_learn_syntax(struct association *association, const struct wire_syntax *abstract,
                              const struct wire_syntax *transfer);
void association_forget_syntax(struct association *association, const struct wire_syntax *abstract);
void association_forget_syntaxes(struct association *association);
/* With the association's lock held: what it has learned of the interface, or NULL. */
const struct wire_syntax *association_learned_syntax(struct association *association,
                                                     const struct wire_syntax *abstract);

#endif
