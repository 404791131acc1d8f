/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking another server's management interface (C706 appendix Q). All return what the server
 * answers (RPC_S_ACCESS_DENIED …), RPC_X_BAD_STUB_DATA for an answer that is none, RPC_S_UNKNOWN_IF
 * where the server has no such interface (Wine's built-in one), RPC_S_OUT_OF_MEMORY, and what a
 * call can fail with. */
#ifndef RPCRT4_CLIENT_MGMT_H
#define RPCRT4_CLIENT_MGMT_H

#include "client/binding.h"
#include "wire/mgmt.h"

/* *ids is for rpc_free(). RPC_S_NO_INTERFACES, RPC_S_NOT_LISTENING. */
RPC_STATUS mgmt_remote_if_ids(struct binding *binding, struct wire_syntax **ids, unsigned *count);
RPC_STATUS mgmt_remote_statistics(struct binding *binding, struct mgmt_stats *stats);
/* RPC_S_OK: it listens. RPC_S_NOT_LISTENING. */
RPC_STATUS mgmt_remote_is_listening(struct binding *binding);
RPC_STATUS mgmt_remote_stop_listening(struct binding *binding);
/* *name is for rpc_free(). RPC_S_UNKNOWN_AUTHN_SERVICE. */
RPC_STATUS mgmt_remote_princ_name(struct binding *binding, ULONG authn_service,
                                  unsigned char **name);

#endif
