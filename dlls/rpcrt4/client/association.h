/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Associations: what the binding handles of this process to one server endpoint share, and the pool
 * of connections through which their calls go.
 *
 * An association lives as long as a binding uses it (association_use), and closes its connections
 * with the last one: RPC_C_OPT_DONT_LINGER is how it always behaves. `lock` guards it, its
 * connections' fields and call lists, and the association-related fields of calls; nothing blocks
 * and no user code runs under it. */
#ifndef RPCRT4_CLIENT_ASSOCIATION_H
#define RPCRT4_CLIENT_ASSOCIATION_H

#include "platform/base.h"
#include "platform/list.h"
#include "transport/transport.h"
#include "wire/types.h"

/* Connections that asynchronous calls of one association use at most, each with any number of
 * calls; synchronous callers, being threads, have one each beside these. */
#define ASSOCIATION_ASYNC_CONNS 16
/* Connections that are kept although nobody uses them. */
#define ASSOCIATION_IDLE_CONNS 16

#define ASSOCIATION_CLEANUP_MS (5 * 60 * 1000)

struct client_conn;
struct client_call;

struct association {
    struct list entry; /* all associations, under the list's lock */
    LONG refs;
    LONG uses; /* binding handles; under the list's lock */
    const struct transport *transport;
    WCHAR *network_addr, *endpoint, *options;
    const void *unique; /* RPC_C_OPT_UNIQUE_BINDING: the only binding that may use it */

    SRWLOCK lock;
    CONDITION_VARIABLE opened; /* `opening` went down */
    struct list conns;
    struct list learned; /* transfer syntaxes that the server has chosen: client/syntax.c */
    uint32_t group_id; /* the server's assoc_group_id; 0 while no connection is bound */
    unsigned opening;  /* connections that are binding; where none is bound, one after the other */
    bool closed;       /* no binding uses it any more */
};

struct association_key {
    const struct transport *transport;
    const WCHAR *network_addr, *endpoint, *options;
    const void *unique;
};

/* Finds or makes; the caller gets one use of it. RPC_S_OUT_OF_MEMORY. */
RPC_STATUS association_find(const struct association_key *key, struct association **association);
void association_use(struct association *association);
void association_unuse(struct association *association);
void association_addref(struct association *association);
void association_release(struct association *association);

/* A connection for one synchronous call, exclusively: an idle one that is authenticated as the call
 * is to be, preferably one that knows the interface, or a new one in state CONN_OPENING, which the
 * caller opens. NULL: no memory. Referenced; give it back with association_put_exclusive(). */
struct client_conn *association_get_exclusive(struct association *association, const struct client_call *call,
                                              bool fresh);
void association_put_exclusive(struct client_conn *conn);

/* Closes idle connections now and again: now, and then whenever they have not been used for
 * ASSOCIATION_CLEANUP_MS. One of each association stays. RPC_S_OUT_OF_RESOURCES. */
RPC_STATUS association_enable_cleanup(void);

/* Puts an asynchronous call into the queue of the connection that its ordering asks for. False: no
 * memory. */
bool association_queue_call(struct association *association, struct client_call *call);

#endif
