/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transfer syntaxes of a compiled interface: one, or as many as its interpreter information
 * lists (MIDL's -protocol all). rpcdcep.h, rpcndr.h. */
#ifndef RPCRT4_CALL_SYNTAX_H
#define RPCRT4_CALL_SYNTAX_H

#include "platform/base.h"
#include "wire/types.h"

#define MAX_SYNTAXES 4 /* of one interface; MIDL knows two. Others are ignored */

struct interface_syntax {
    const RPC_SYNTAX_IDENTIFIER *id; /* in the interface's own description */
    RPC_DISPATCH_TABLE *dispatch_table;
};

/* How many there are: at least one. */
unsigned client_interface_syntaxes(const RPC_CLIENT_INTERFACE *iface,
                                   struct interface_syntax syntaxes[MAX_SYNTAXES]);
unsigned server_interface_syntaxes(const RPC_SERVER_INTERFACE *iface,
                                   struct interface_syntax syntaxes[MAX_SYNTAXES]);
/* Of either kind of specification: one with a dispatch table is a server's. */
unsigned interface_syntaxes(RPC_IF_HANDLE spec, struct interface_syntax syntaxes[MAX_SYNTAXES]);

static inline const struct wire_syntax *wire_syntax_of(const RPC_SYNTAX_IDENTIFIER *id)
{
    _Static_assert(sizeof(*id) == sizeof(struct wire_syntax), "the same layout");

    return (const struct wire_syntax *)id;
}

static inline bool syntax_is_ndr64(const RPC_SYNTAX_IDENTIFIER *id)
{
    return wire_syntax_equal(wire_syntax_of(id), &wire_syntax_ndr64);
}

#endif
