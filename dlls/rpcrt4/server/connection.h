/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server connections: binds, the requests that arrive, and in which order they are dispatched.
 *
 * The pool receives for a server connection from its first moment on. Complete requests queue up in
 * `ready` and are dispatched one after the other, in the order of arrival, the next one when the
 * manager routine has returned, or its client has given the call up: that is the causal order that
 * clients may rely on; an asynchronous manager routine returns at once. Cancels are seen whatever is
 * queued, as long as that is not too much: a client that sends without end, or does not read its
 * answers, is not heard, nor are its requests dispatched, until there is less. `lock` guards lists and
 * flags; nothing blocks under it. */
#ifndef RPCRT4_SERVER_CONNECTION_H
#define RPCRT4_SERVER_CONNECTION_H

#include "call/link.h"
#include "platform/base.h"
#include "server/association.h"
#include "server/endpoint.h"

#define SERVER_MAX_CONTEXTS 64 /* presentation contexts of one connection */
/* What a connection may hold of requests that wait for their turn, and of answers that have not left,
 * in octets; one more of each is let pass. */
#define SERVER_WAITING_MOST (16u << 20)
#define SERVER_UNSENT_MOST (4u << 20)
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
    struct list receiving; /* calls whose last fragment has not come */
    struct list calls;     /* the others that have not been answered */
    struct list ready;     /* complete requests, in order */
    bool dispatching;      /* a thread works on `ready`, or is about to */
    struct server_call *running; /* the call that those in `ready` wait for */
    struct link_work dispatch_work;
    struct pool_op dispatch_op; /* the same, elsewhere than in a PDU handler */
    size_t waiting, unsent;     /* octets, atomic; while one is too many, receiving is paused */
    unsigned remembered_count;
    unsigned remembered[SERVER_REMEMBERED]; /* registrations (generation) that let this client in */
};

/* Takes over a new connection: the transport's accept callback. */
void server_conn_accept(void *endpoint, struct transport_conn *conn);
void server_conn_addref(struct server_conn *conn);
void server_conn_release(struct server_conn *conn);

/* An answer of so many octets is about to be sent; it has left, or never will. */
void server_conn_answering(struct server_conn *conn, size_t octets);
void server_conn_answered(struct server_conn *conn, size_t octets);

/* Answers a bind or alter_context. False: the peer broke the protocol. server/bind.c */
bool server_conn_bind(struct server_conn *conn, const struct pdu_header *header, const uint8_t *fragment);
const struct server_context *server_conn_context(struct server_conn *conn, uint16_t id);

#endif
