/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transports: connections that carry a stream of bytes (PDUs are framed above), and listeners that
 * accept them; one `struct transport` per protocol sequence.
 *
 * A connection is reference-counted by its user and by each outstanding operation. At most one
 * receive and one send are outstanding on a connection at a time (its user sees to that). Every
 * started operation ends exactly once: transport_shutdown() makes all outstanding ones end soon
 * with ERROR_OPERATION_ABORTED or the transport's own error. Functions that return DWORD return
 * Win32 or Winsock error codes; transport_map_connect_error() and transport_map_io_error() are the
 * one place where these become RPC_S_*. A peer's orderly close is a receive of 0 bytes with
 * ERROR_SUCCESS on TCP and is reported so on pipes too. */
#ifndef RPCRT4_TRANSPORT_TRANSPORT_H
#define RPCRT4_TRANSPORT_TRANSPORT_H

#include "platform/base.h"
#include "transport/pool.h"

struct transport_conn;
struct transport_listener;

struct transport_buf {
    const void *data;
    size_t length;
};

/* Properties of a protocol sequence. */
struct transport {
    const WCHAR *protseq;      /* L"ncacn_ip_tcp" */
    /* C706 appendix I: protocol identifier of the transport floor: 0x07 TCP, 0x0f named pipe,
     * 0x10 ncalrpc … */
    unsigned char tower_id;
    unsigned type;             /* TRANSPORT_TYPE_CN or TRANSPORT_TYPE_LPC of rpcdcep.h */
    bool is_local;             /* both ends are on this machine, PID and impersonation are known */
    const struct transport_ops *ops;
};

/* NULL for an unknown or unsupported protocol sequence (compared without case). */
const struct transport *transport_find(const WCHAR *protseq);
/* index 0, 1, … ; NULL at the end: RpcNetworkInqProtseqs */
const struct transport *transport_enum(unsigned index);
/* Does `endpoint` have this transport's form (a port number 1..65535, "\pipe\name", an ALPC port
 * name)? */
bool transport_endpoint_is_valid(const struct transport *t, const WCHAR *endpoint);

/* ---- connecting (the calling thread may block in it: name look-up, connect, a busy pipe; on a
 * worker it says so itself, as transport_recv_wait() does) ---- */

struct transport_connect_args {
    /* NULL or "": this machine. Names and IPv4 and IPv6 literals for TCP; all addresses of a name
     * are tried. Pipes are of this machine only: ERROR_BAD_NETPATH for another one */
    const WCHAR *network_addr;
    const WCHAR *endpoint;        /* resolved, never empty */
    const WCHAR *network_options; /* NULL, or "security=…" as for string bindings; for pipes */
    DWORD timeout_ms;             /* INFINITE: the transport's own */
    HANDLE cancel; /* NULL, or a manual-reset event: when set, connect ends with ERROR_CANCELLED */
};
/* Errors: ERROR_INVALID_PARAMETER (the endpoint's form), ERROR_BAD_ARGUMENTS (the options),
 * ERROR_TIMEOUT, ERROR_PIPE_BUSY (a pipe stayed busy that long), ERROR_CANCELLED, and what the
 * system says. */
DWORD transport_connect(const struct transport *t, const struct transport_connect_args *args,
                        struct transport_conn **conn);

/* ---- listening ---- */

/* Called on a worker for each new connection; the callee owns the reference. Must not block. */
typedef void (*transport_accept_fn)(void *arg, struct transport_conn *conn);

struct transport_listen_args {
    const WCHAR *endpoint;     /* NULL (on TCP also "0"): a dynamic one is chosen */
    const WCHAR *network_addr; /* NULL: all interfaces */
    unsigned backlog;
    SECURITY_DESCRIPTOR *descriptor; /* NULL: the transport's default */
    transport_accept_fn accept;
    void *arg;
};
/* Errors: ERROR_ALREADY_EXISTS (the endpoint is taken), ERROR_INVALID_PARAMETER (its form) and what
 * the system says. */
DWORD transport_listen(const struct transport *t, const struct transport_listen_args *args,
                       struct transport_listener **listener);
const WCHAR *transport_listener_endpoint(struct transport_listener *listener);
/* Ends listening, waits for `accept` to return where it runs on another thread, and frees. It may
 * be called from within `accept`. The endpoint is free then; a pipe's, when its connections are
 * gone, too. */
void transport_listener_close(struct transport_listener *listener);
/* The network addresses that a client can use, as strings for a binding handle ("192.168.1.7",
 * "::1", the machine's name …): index 0, 1, …; false at the end. */
bool transport_listener_address(struct transport_listener *listener, unsigned index, WCHAR *buffer,
                                size_t chars);

/* ---- a connection ---- */

void transport_addref(struct transport_conn *conn);
void transport_release(struct transport_conn *conn); /* the last one closes */

/* Start an operation. ERROR_SUCCESS: it is complete, *bytes is set, `done` is not called.
 * ERROR_IO_PENDING: `done` is called exactly once, on a worker or, for a send, on a thread that waits
 * in transport_recv_wait() on the same connection. Anything else: it failed, `done` is
 * not called. A send is always complete or failed: never partial. The array `bufs`, the buffers and
 * `op` stay valid until it has ended. A send of more than 4 GiB - 1, or a receive into 0 bytes, is
 * ERROR_INVALID_PARAMETER. A receive may end with ERROR_RETRY: nothing has come, and it has to be started
 * again, with as much room as transport_recv_room() says then. */
DWORD transport_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count,
                     struct pool_op *op, DWORD *bytes);
DWORD transport_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op,
                     DWORD *bytes);

/* How much room, in octets, the next receive is to have when nothing has come yet: TRANSPORT_ROOM_LITTLE, a few small
 * messages, where it may wait for long for one of many connections. `waiting`: it is transport_recv_wait(). */
#define TRANSPORT_ROOM_LITTLE 8192
size_t transport_recv_room(struct transport_conn *conn, bool waiting);

/* Receives on the calling thread, without a thread hop. ERROR_TIMEOUT after timeout_ms without
 * data; ERROR_CANCELLED when `cancel` (NULL or a manual-reset event) is set. No data is lost by
 * either: a later receive gets it, and data that comes in that very moment is returned with
 * ERROR_SUCCESS. */
DWORD transport_recv_wait(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms,
                          HANDLE cancel, DWORD *bytes);

/* ---- local connections through shared memory (shared.h) ---- */

#define TRANSPORT_SHARE_TOKEN 12 /* octets */

/* The client, before it sends its bind, the first time: whether the connection can go on through
 * shared memory, and the token by which the server finds it. */
bool transport_share_offer(struct transport_conn *conn, uint8_t token[TRANSPORT_SHARE_TOKEN]);
/* The server, before it answers, while nothing is outstanding: false if it cannot. Otherwise the next
 * send still goes the old way, and all else the new one. */
bool transport_share_accept(struct transport_conn *conn, const uint8_t token[TRANSPORT_SHARE_TOKEN]);
/* The client, when the server has accepted, while nothing is outstanding. False: the connection is
 * lost. */
bool transport_share_begin(struct transport_conn *conn);
/* The client, when it has not. */
void transport_share_withdraw(struct transport_conn *conn);

/* Aborts the connection: outstanding operations end, later ones fail. Any thread, any number of
 * times. Never blocks. */
void transport_shutdown(struct transport_conn *conn);
/* Is the peer known to be gone (used on idle pooled connections, cheap)? */
bool transport_is_dead(struct transport_conn *conn);

/* Can one send carry several PDUs (a byte stream), or must each PDU be a message of its own, as
 * Wine's built-in DLL expects on pipes? transport_send() on a message transport is called with
 * exactly one PDU. */
bool transport_is_message_mode(struct transport_conn *conn);

/* Is a send a matter of requests to the system, so that it pays to put several messages into one? */
bool transport_sends_dearly(struct transport_conn *conn);
/* Does the peer sleep, so that the next send has to wake it? Changes at any time. */
bool transport_must_wake(struct transport_conn *conn);

/* Server side. */
/* On the calling thread; ERROR_CANNOT_IMPERSONATE where there is no identity. */
DWORD transport_impersonate(struct transport_conn *conn);
DWORD transport_client_pid(struct transport_conn *conn, ULONG *pid); /* ERROR_NOT_SUPPORTED on TCP */
/* "127.0.0.1"; the machine's name on local ones. */
bool transport_peer_address(struct transport_conn *conn, WCHAR *buffer, size_t chars);
/* The endpoint string for the bind_ack's secondary address (port, pipe name), ASCII. */
const char *transport_local_endpoint(struct transport_conn *conn);

/* Keep-alive (RpcMgmtSetComTimeout); does nothing on transports that have none. */
void transport_set_keepalive(struct transport_conn *conn, bool on, DWORD interval_ms);

RPC_STATUS transport_map_connect_error(DWORD error); /* refused, no route, no such pipe … */
RPC_STATUS transport_map_io_error(DWORD error);      /* after the connection stood */

#endif
