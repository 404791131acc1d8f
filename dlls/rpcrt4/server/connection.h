/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server connections: binds, the requests that arrive, and in which order they are dispatched.
 *
 * The pool receives for a server connection from its first moment on. Complete requests queue up in
 * `ready` and are dispatched one after the other, in the order of arrival, the next one when the
 * manager routine has returned, or its client has given the call up: that is the causal order that
 * clients may rely on; an asynchronous manager routine returns at once. Cancels are seen whatever is
 * queued. `lock` guards lists and flags; nothing blocks under it. */
#ifndef RPCRT4_SERVER_CONNECTION_H
#define RPCRT4_SERVER_CONNECTION_H

#include "call/link.h"
#include "platform/base.h"
#include "server/association.h"
#include "server/endpoint.h"

#define SERVER_MAX_CONTEXTS 64 /* presentation contexts of one connection */
/* Security callbacks whose positive answer a connection remembers. */
#define SERVER_REMEMBERED 16

struct server_context {
    uint16_t id;
    struct wire_syntax abstract, transfer;
};

struct server_conn {
    struct link link;
    struct list entry;                /* endpoint->conns */
    struct server_endpoint *endpoint; /* referenced */
    bool multiplexed;
    bool bound;
    const struct auth_service *service; /* whose security context the link has */
    WCHAR *client_name; /* of a local client, once asked for: server/identity.c */
    bool refused; /* its security has failed: nothing more is heard */

    SRWLOCK lock;
    struct server_association *association; /* from the bind on; referenced */
    unsigned context_count;
    struct server_context contexts[SERVER_MAX_CONTEXTS];
    struct list calls; /* all that have not been answered */
    struct list ready; /* complete requests, in order */
    bool dispatching;  /* a thread works on `ready`, or is about to */
    struct server_call *running; /* the call that those in `ready` wait for */
    struct link_work dispatch_work;
    unsigned remembered_count;
    unsigned remembered[SERVER_REMEMBERED]; /* registrations (generation) that let this client in */
};

/* Takes over a new connection: the transport's accept callback. */
void server_conn_accept(void *endpoint, struct transport_conn *conn);
void server_conn_addref(struct server_conn *conn);
void server_conn_release(struct server_conn *conn);

/* Answers a bind or alter_context. False: the peer broke the protocol. server/bind.c */
bool server_conn_bind(struct server_conn *conn, const struct pdu_header *header, const uint8_t *fragment);
const struct server_context *server_conn_context(struct server_conn *conn, uint16_t id);

#endif
