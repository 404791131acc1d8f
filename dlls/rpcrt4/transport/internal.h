/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the transports' own files share: the part of a connection and of a listener that is the same
 * for every protocol sequence (connection.c, listener.c), and what each of them supplies (tcp.c,
 * pipe.c). */
#ifndef RPCRT4_TRANSPORT_INTERNAL_H
#define RPCRT4_TRANSPORT_INTERNAL_H

#include "transport/transport.h"

#define LISTENER_ACCEPTS_MAX 8

extern const struct transport tcp_transport, np_transport, lrpc_transport;

struct pool_event;
struct shared;

struct transport_ops {
    bool (*endpoint_is_valid)(const WCHAR *endpoint);
    /* As transport_connect(), with a checked endpoint, and transport_listen(). */
    DWORD (*connect)(const struct transport *t, const struct transport_connect_args *args,
                     struct transport_conn **conn);
    DWORD (*listen)(const struct transport *t, const struct transport_listen_args *args,
                    struct transport_listener **listener);
};

/* ---- connections ---- */

struct conn_ops {
    bool message_mode;
    bool can_share; /* both ends are on this machine: it can go on through shared memory (shared.h) */
    /* Start an operation on conn->handle: ERROR_SUCCESS (done, *bytes is set; no packet),
     * ERROR_IO_PENDING or an error. `send` sends from the `offset`th byte on, as much as it thinks
     * fit; with overlapped NULL (not in message mode), what can be sent without waiting: then
     * ERROR_IO_PENDING says that this is nothing, and nothing has been started. */
    DWORD (*recv)(struct transport_conn *conn, void *buffer, DWORD size, OVERLAPPED *overlapped,
                  DWORD *bytes);
    DWORD (*send)(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count,
                  size_t offset, OVERLAPPED *overlapped, DWORD *bytes);
    /* Where the system announces by an event that there may be something to receive (ready.c); else NULL.
     * From now on `event` is set when something has come, or the end, since the last recv_now(), and if
     * there is something already; NULL: none is any more. */
    DWORD (*announce)(struct transport_conn *conn, HANDLE event);
    /* Then: without waiting; ERROR_IO_PENDING if there is nothing, ERROR_SUCCESS and 0 at the end. */
    DWORD (*recv_now)(struct transport_conn *conn, void *buffer, DWORD size, DWORD *bytes);
    /* NULL: cancelling what is outstanding is all there is to do */
    void (*shutdown)(struct transport_conn *conn);
    bool (*is_dead)(struct transport_conn *conn);
    DWORD (*impersonate)(struct transport_conn *conn);            /* NULL: ERROR_CANNOT_IMPERSONATE */
    DWORD (*client_pid)(struct transport_conn *conn, ULONG *pid); /* NULL: ERROR_NOT_SUPPORTED */
    bool (*peer_address)(struct transport_conn *conn, WCHAR *buffer, size_t chars);
    void (*set_keepalive)(struct transport_conn *conn, bool on, DWORD interval_ms); /* or NULL */
    void (*destroy)(struct transport_conn *conn); /* closes the handle and frees */
};

/* How a connection receives and sends: as the system does (connection.c), or through shared memory,
 * once it has changed to that (shared.c). Arguments and results are those of transport.h's functions;
 * sizes have been checked. */
struct conn_io {
    bool is_stream; /* even if the transport is one of messages */
    DWORD (*recv)(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes);
    DWORD (*recv_wait)(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                       DWORD *bytes);
    DWORD (*send)(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, size_t total,
                  struct pool_op *op, DWORD *bytes);
    bool (*is_dead)(struct transport_conn *conn);
};

struct transport_conn {
    const struct conn_ops *ops;
    const struct conn_io *io;
    struct transport_listener *listener; /* with a reference; NULL at the client's end */
    HANDLE handle;                       /* a socket or a pipe; it belongs to the pool's port */
    LONG refs;
    LONG closed;                         /* transport_shutdown() has been called */
    HANDLE wait_event;                   /* transport_recv_wait()'s; NULL until it is needed */
    struct shared *shared;               /* shared memory, if it has changed to that */
    struct shared *offered;              /* the same before the server has accepted it */
    struct {
        struct pool_op op;
        struct pool_op *user;
    } recv;
    struct {
        struct pool_event *event; /* the pool's, while it lends one */
        HANDLE announced;         /* the event that is set; NULL: none yet */
        void *buffer;             /* of the receive that waits for it */
        DWORD size;
        bool more;                /* the next receive need not wait: it is known to bring something */
        bool sure;                /* there was nothing to receive: what comes sets the event */
    } ready;
    struct {
        struct pool_op op;
        struct pool_op *user;
        const struct transport_buf *bufs;
        unsigned count;
        size_t total, sent;
    } send;
};

/* Initializes a zeroed connection around an overlapped handle that is attached to the pool.
 * `listener` may be NULL. */
void conn_init(struct transport_conn *conn, const struct conn_ops *ops, HANDLE handle,
               struct transport_listener *listener);

static inline bool conn_is_closed(const struct transport_conn *conn)
{
    return __atomic_load_n(&conn->closed, __ATOMIC_SEQ_CST);
}

/* The transports' various ways of saying that the peer, or this end, has closed the connection. */
DWORD conn_recv_result(struct transport_conn *conn, DWORD error, DWORD *bytes);

/* conn_io's recv and send as the system does them. */
DWORD conn_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes);
DWORD conn_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, size_t total,
                struct pool_op *op, DWORD *bytes);

/* How transports receive that announce what has come: ready.c. */
extern const struct conn_io ready_io;
/* The connection has been closed: nobody waits any longer. */
void ready_wake(struct transport_conn *conn);
/* It is about to be freed. */
void ready_end(struct transport_conn *conn);

/* A reference, unless the last one has gone. */
bool transport_try_addref(struct transport_conn *conn);

/* Makes an operation that is started with overlapped->hEvent = event_only(event) signal the event
 * alone and queue no packet: GetQueuedCompletionStatus, lpOverlapped, in the Windows SDK. */
static inline HANDLE event_only(HANDLE event)
{
    return (HANDLE)((ULONG_PTR)event | 1);
}

/* Waits for the end of such an operation, and cancels it after timeout_ms or when `cancel` (may be
 * NULL) is set. An operation that ends by itself meanwhile wins. Returns its error and sets *bytes,
 * or ERROR_TIMEOUT, ERROR_CANCELLED; in any case it has ended. */
DWORD overlapped_wait(HANDLE handle, OVERLAPPED *overlapped, HANDLE event, DWORD timeout_ms,
                      HANDLE cancel, DWORD *bytes);

/* ---- listeners ---- */

/* One outstanding wait for a connection. */
struct accept {
    struct pool_op op;
    struct pool_timer retry;
    struct transport_listener *listener;
};

struct listener_ops {
    /* Starts waiting for a connection: ERROR_IO_PENDING, ERROR_SUCCESS (there is one; no packet) or
     * an error. The accept may hold what is left of a wait that failed. Called with the listener's
     * lock held. */
    DWORD (*post)(struct accept *accept);
    /* After a wait has ended well: the connection, or NULL. */
    struct transport_conn *(*take)(struct accept *accept);
    /* Makes all waits end, and frees the endpoint. Called once, with the listener's lock held. */
    void (*close)(struct transport_listener *listener);
    bool (*address)(struct transport_listener *listener, unsigned index, WCHAR *buffer,
                    size_t chars);
    /* Frees the transport's part and the listener itself; nothing is outstanding. */
    void (*destroy)(struct transport_listener *listener);
};

struct transport_listener {
    const struct listener_ops *ops;
    LONG refs; /* the creator's, each accept's and each connection's */
    SRWLOCK lock;
    bool closing;
    struct list callbacks; /* that run now */
    CONDITION_VARIABLE callback_ended;
    transport_accept_fn callback;
    void *arg;
    WCHAR *endpoint;
    char *ascii_endpoint;
    unsigned accept_count;
    struct accept *accepts[LISTENER_ACCEPTS_MAX]; /* the transport's */
};

/* Initializes the common part of a zeroed listener, with the creator's reference. Nothing is held
 * if it fails. */
DWORD listener_init(struct transport_listener *listener, const struct listener_ops *ops,
                    const WCHAR *endpoint, const struct transport_listen_args *args);
/* Starts the accepts; they go on until the listener is closed. */
void listener_start(struct transport_listener *listener);
void listener_addref(struct transport_listener *listener);
void listener_release(struct transport_listener *listener);

/* ---- bits ---- */

/* A deadline `timeout_ms` from now, and what is left until one, in ms. */
static inline uint64_t deadline_after(DWORD timeout_ms)
{
    return GetTickCount64() + timeout_ms;
}

static inline DWORD deadline_left(uint64_t deadline)
{
    uint64_t now = GetTickCount64();

    return now < deadline ? (DWORD)(deadline - now) : 0;
}

#endif
