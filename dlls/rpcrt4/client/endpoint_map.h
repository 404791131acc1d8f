/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoint maps: which endpoints the servers of a machine have registered. Finding one is
 * client/resolve.c's. */
#ifndef RPCRT4_CLIENT_ENDPOINT_MAP_H
#define RPCRT4_CLIENT_ENDPOINT_MAP_H

#include "call/syntax.h"
#include "client/binding.h"

/* An interface in each of its transfer syntaxes, at each of some bindings, for each of some
 * objects. A map has an entry for each combination: [MS-RPCE] 2.2.1.2, C706 appendix L (the tower's
 * second floor is the transfer syntax). */
struct endpoint_map_entries {
    struct wire_syntax iface;
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned syntax_count;
    struct binding *const *bindings;
    unsigned binding_count;
    const UUID *objects;
    unsigned object_count;
    const char *annotation; /* shorter than EPM_ANNOTATION_MAX */
};

/* Adds them to this machine's map; `replace`: in place of those that differ in their endpoint only.
 * EPT_S_INVALID_ENTRY for a binding without an endpoint, RPC_S_STRING_TOO_LONG,
 * RPC_S_OUT_OF_MEMORY, RPC_S_OUT_OF_RESOURCES (too many), RPC_S_SERVER_UNAVAILABLE, and what the
 * mapper answers. */
RPC_STATUS endpoint_map_insert(const struct endpoint_map_entries *entries, bool replace);
/* Takes those away that are there; EPT_S_NOT_REGISTERED if none is. Otherwise as
 * endpoint_map_insert(). */
RPC_STATUS endpoint_map_delete(const struct endpoint_map_entries *entries);
/* Takes an element out of a machine's map, in every transfer syntax, whosever it is. `where` NULL:
 * this machine's; `object` NULL: of any. */
RPC_STATUS endpoint_map_remove(struct binding *where, const struct wire_syntax *iface,
                               struct binding *element, const UUID *object);

#endif
