/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints on which this process listens: one listener each. They stay for the life of the
 * process. */
#ifndef RPCRT4_SERVER_ENDPOINT_H
#define RPCRT4_SERVER_ENDPOINT_H

#include "platform/base.h"
#include "platform/list.h"
#include "transport/transport.h"

struct server_endpoint {
    struct list entry;
    LONG refs;
    const struct transport *transport;
    struct transport_listener *listener;
    const WCHAR *name; /* the listener's endpoint */
};

struct endpoint_args {
    const WCHAR *protseq;
    const WCHAR *endpoint;     /* NULL: any will do */
    const WCHAR *network_addr; /* NULL: all */
    unsigned max_calls;
    void *descriptor;          /* PSECURITY_DESCRIPTOR or NULL */
};

/* RPC_S_PROTSEQ_NOT_SUPPORTED, RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_DUPLICATE_ENDPOINT,
 * RPC_S_INVALID_SECURITY_DESC, RPC_S_CANT_CREATE_ENDPOINT, RPC_S_OUT_OF_MEMORY. No endpoint is made
 * up for a protocol sequence that has one already. */
RPC_STATUS endpoint_open(const struct endpoint_args *args);
void endpoint_addref(struct server_endpoint *endpoint);
void endpoint_release(struct server_endpoint *endpoint);
/* index 0, 1, …, referenced; NULL at the end. */
struct server_endpoint *endpoint_enum(unsigned index);

#endif
