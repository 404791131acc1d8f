/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bindings as protocol towers, and back: how endpoint maps write down where a server is. */
#ifndef RPCRT4_CLIENT_BINDING_TOWER_H
#define RPCRT4_CLIENT_BINDING_TOWER_H

#include "client/binding.h"
#include "wire/epm.h"
#include "wire/tower.h"

#define ENDPOINT_CHARS TOWER_TEXT_MAX

/* The tower of an interface at a binding, for tower_free(). Texts are in the system's ANSI code
 * page. EPT_S_INVALID_ENTRY where the binding has no endpoint although one is required,
 * RPC_S_STRING_TOO_LONG, RPC_S_OUT_OF_MEMORY, RPC_S_PROTSEQ_NOT_SUPPORTED. */
RPC_STATUS tower_of_binding(struct binding *binding, bool needs_endpoint,
                            const struct wire_syntax *iface, const struct wire_syntax *transfer,
                            struct epm_tower *tower);
void tower_free(struct epm_tower *tower);

/* The endpoint in a tower, if that is one for the transport and has one. */
bool tower_endpoint(const struct epm_tower *tower, const struct transport *transport,
                    WCHAR endpoint[ENDPOINT_CHARS]);
/* The interface in a tower and, unless `binding` is NULL, a new binding to what else it says.
 * EPT_S_INVALID_ENTRY, and what binding_create() returns. */
RPC_STATUS tower_to_binding(const struct epm_tower *tower, const UUID *object,
                            struct wire_syntax *iface, struct binding **binding);

#endif
