/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reaching an endpoint mapper: this machine's over ncalrpc, started through the service control
 * manager if need be, or another machine's at the well-known endpoint of a protocol sequence. */
#ifndef RPCRT4_CLIENT_MAPPER_H
#define RPCRT4_CLIENT_MAPPER_H

#include "client/own_call.h"

struct mapper {
    struct binding *binding;
    bool is_local;
};

/* The one of the machine that the binding names, on the binding's protocol sequence; NULL: this
 * machine's. RPC_S_OUT_OF_MEMORY, RPC_S_PROTSEQ_NOT_SUPPORTED. */
RPC_STATUS mapper_open(struct binding *where, struct mapper *mapper);
void mapper_close(struct mapper *mapper);

/* A call to its interface. RPC_S_SERVER_UNAVAILABLE if there is none and none could be started. */
RPC_STATUS mapper_call(const struct mapper *mapper, unsigned opnum, stub_encode_fn encode,
                       const void *args, struct own_reply *reply);
/* The status that a mapper's answer carries, as the API returns it: mappers of other systems answer
 * with ept_s_*. */
RPC_STATUS mapper_status(uint32_t status);

#endif
