/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The management interface (C706 appendix Q), which every server offers at each of its endpoints,
 * and what this process has to say for itself, whoever asks. Whether calls to other interfaces are
 * let through makes no difference to it. */
#ifndef RPCRT4_SERVER_MGMT_H
#define RPCRT4_SERVER_MGMT_H

#include "platform/base.h"
#include "wire/mgmt.h"

/* Offers the interface: called whenever an endpoint is opened. RPC_S_OUT_OF_MEMORY. */
RPC_STATUS mgmt_offer(void);

/* Who may call what; NULL: all but stopping the server, for everybody. The function is called with
 * no lock held, on the thread of the call that it judges. */
void mgmt_set_authorization(RPC_MGMT_AUTHORIZATION_FN function);

/* The registered interfaces, for rpc_free(). RPC_S_NO_INTERFACES, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS mgmt_if_ids(struct wire_syntax **ids, unsigned *count);
void mgmt_statistics(uint32_t values[MGMT_STATISTICS]);
/* The principal name that the server has registered with the authentication service, for rpc_free().
 * RPC_S_UNKNOWN_AUTHN_SERVICE: it has registered none; RPC_S_OUT_OF_MEMORY. */
RPC_STATUS mgmt_princ_name(ULONG authn_service, char **name);

#endif
