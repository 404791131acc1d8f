/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client connections: opening (connect, bind, alter_context), and the traffic of calls over one.
 *
 * A connection serves either one synchronous call at a time (`exclusive`), whose thread receives
 * for itself, or one whose stub data travels in pieces (client/stream.h; `exclusive`, too, but the
 * pool receives), or any number of asynchronous ones, for which the pool receives. Where both sides
 * offered PFC_CONC_MPX calls are pipelined; elsewhere the next one is sent when the one before has
 * been answered. Fields are guarded by the association's lock unless said otherwise. */
#ifndef RPCRT4_CLIENT_CONNECTION_H
#define RPCRT4_CLIENT_CONNECTION_H

#include "call/link.h"
#include "client/association.h"
#include "client/call.h"
#include "client/syntax.h"

#define CONN_CALL_BUCKETS 64 /* a power of two: calls in flight, by call_id */
#define CONN_MAX_CONTEXTS 16 /* presentation contexts of one connection */

enum conn_state {
    CONN_OPENING,
    CONN_OPEN,
    CONN_DEAD, /* no new calls */
};

struct conn_context {
    struct wire_syntax abstract, transfer;
    uint16_t id;
};

/* What a bind_nak said; of the thread that receives, and unchanged once the connection is dead. */
struct conn_refusal {
    bool present;
    uint16_t reason;     /* provider_reject_reason */
    uint8_t *error_info; /* encoded error records, or NULL; rpc_alloc */
    size_t error_info_length;
};

struct client_conn {
    struct link link;
    struct association *association; /* referenced */
    struct list entry;               /* association->conns, until dead */
    struct auth_info *auth;          /* referenced; NULL: not authenticated. Never changes */
    enum conn_state state;
    bool exclusive;
    bool doomed;         /* a call has left it whose request is not complete: no other can follow */
    bool unused;         /* since the last clean-up: association_enable_cleanup() */
    bool was_used;       /* a call has been answered on it: a loss may be the server's idle time-out */
    bool multiplexed;    /* PFC_CONC_MPX on both sides */
    bool keeps_orphaned; /* the server knows FEATURE_KEEP_CONNECTION_ON_ORPHAN */
    bool in_group;       /* it has been bound: the server has the association's group as long as it has this */
    unsigned context_count;
    struct conn_context contexts[CONN_MAX_CONTEXTS];
    uint32_t next_call_id;
    unsigned active;      /* calls in `calls` */
    uint64_t burst_tick;  /* GetTickCount64, and … */
    unsigned burst;       /* … how many calls have been sent since that changed */
    struct list calls[CONN_CALL_BUCKETS];
    struct list waiting;  /* calls not yet sent, in order */
    struct list bound;    /* bind_only calls whose turn has come, to be ended without the lock */
    const void *owner;    /* causal ordering: the binding, and … */
    DWORD owner_thread;   /* … the thread whose calls are in flight here */
    /* what a connection for asynchronous calls is opened for, the preferred transfer syntax first */
    struct wire_syntax wanted_abstract, wanted_transfers[MAX_SYNTAXES];
    unsigned wanted_count;
    struct conn_refusal refusal;
    struct negotiation *negotiation; /* the bind or alter_context in progress; of the thread that receives */
    struct pool_op open_op;
    DWORD open_timeout;
};

/* A connection in state CONN_OPENING, in the association's list, to be authenticated as `auth` says.
 * NULL: no memory. Called with the association's lock held. */
struct client_conn *conn_create(struct association *association, struct auth_info *auth);
void conn_addref(struct client_conn *conn);
void conn_release(struct client_conn *conn);

struct negotiation;

struct conn_open_args {
    const struct wire_syntax *abstract;
    const struct wire_syntax *transfers; /* the preferred one first */
    unsigned transfer_count;
    DWORD timeout_ms;
    HANDLE cancel;
};

/* Connects if need be and makes the server accept the interface in the preferred syntax, or, where it
 * refuses that, in another. On the calling thread, which holds
 * the receive role, and blocks. The connection stays usable for others if only the interface is
 * refused. */
RPC_STATUS conn_open(struct client_conn *conn, const struct conn_open_args *args);
/* The connection's server has refused it, perhaps: then the call learns why. */
void conn_tell_refusal(const struct client_conn *conn, struct client_call *call);
/* Opens it on a worker and then sends its waiting calls; failure ends them. */
void conn_open_async(struct client_conn *conn, DWORD timeout_ms);

/* The context of the first of these transfer syntaxes that has one. NULL: the server has not (yet)
 * accepted any of them here. */
const struct conn_context *conn_find_context(const struct client_conn *conn, const struct wire_syntax *abstract,
                                             const struct wire_syntax *transfers, unsigned transfer_count);
/* -1: the server has not (yet) accepted it here. */
int conn_context_id(const struct client_conn *conn, const struct wire_syntax *abstract, const struct wire_syntax *transfer);

/* With the lock held: moves waiting calls that may go to the link's queue. Then, without it,
 * conn_flushed(). */
void conn_flush(struct client_conn *conn);
void conn_flushed(struct client_conn *conn);
/* The same for the thread that has submitted a call. */
void conn_submitted(struct client_conn *conn, const struct client_call *call);
/* Sends one call of the exclusive owner. */
RPC_STATUS conn_send_exclusive(struct client_conn *conn, struct client_call *call);

/* Asks the server to cancel the call: co_cancel. Nothing happens if the call has left the
 * connection. */
void conn_cancel_call(struct client_conn *conn, struct client_call *call);
/* Gives the call up: takes it off the connection and tells the server (orphaned), or closes a
 * connection that could not carry another call after that. True if it was there: then the caller
 * ends the call, and the list's reference is his. */
bool conn_abandon_call(struct client_conn *conn, struct client_call *call);

#endif
