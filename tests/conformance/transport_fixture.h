/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of transport/ share: a listener with a queue of what it has accepted, pairs of
 * connected ends, and operations that can be waited for. The transports are linked into the test
 * program itself. */
#ifndef RPCRT4_TESTS_TRANSPORT_FIXTURE_H
#define RPCRT4_TESTS_TRANSPORT_FIXTURE_H

#include "transport/transport.h"
#include "rpc_fixture.h" /* WAIT_MS, count_handles() */

#define MESSAGE_MAX 32768 /* one send on a message transport */

/* ---- operations ---- */

struct completion {
    struct pool_op op;
    HANDLE event; /* manual-reset */
    volatile LONG calls;
    DWORD error, bytes;
    bool on_worker;
};

void completion_init(struct completion *c);
void completion_reset(struct completion *c);
void completion_free(struct completion *c);
/* The result of an operation that returned `started`; completions of pending ones are waited
 * for. */
DWORD completion_wait(struct completion *c, DWORD started, DWORD *bytes);

/* ---- servers ---- */

#define SERVER_QUEUE 1024

struct server {
    const struct transport *transport;
    struct transport_listener *listener;
    SRWLOCK lock;
    HANDLE arrived; /* a semaphore: the queue's length */
    unsigned head, tail;
    struct transport_conn *queue[SERVER_QUEUE];
    bool called_off_worker;
};

/* endpoint and network_addr may be NULL. */
DWORD server_listen(struct server *server, const struct transport *t, const WCHAR *endpoint,
                    const WCHAR *network_addr);
/* At a dynamic endpoint; asserts success. */
void server_start(struct server *server, const struct transport *t);
/* The next connection, which is the caller's. */
struct transport_conn *server_accept(struct server *server);
/* Releases what is still queued. */
void server_stop(struct server *server);

DWORD connect_to(struct server *server, const WCHAR *network_addr, DWORD timeout_ms, HANDLE cancel,
                 struct transport_conn **conn);

/* ---- pairs ---- */

struct pair {
    struct server server;
    struct transport_conn *client, *peer; /* the two ends */
};

/* Whether pairs change to shared memory when they have been opened. */
extern bool pairs_share;
void pair_share(struct transport_conn *client, struct transport_conn *peer);
void pair_open(struct pair *pair, const struct transport *t);
void pair_close(struct pair *pair); /* ends that the test has released are NULL */

/* ---- sending and receiving on the calling thread ---- */

/* Split into messages where the transport wants that. */
DWORD send_bytes(struct transport_conn *conn, const void *data, size_t length);
/* Until `length` bytes are there, or the end; returns how many. */
size_t recv_bytes(struct transport_conn *conn, void *buffer, size_t length);
void fill_pattern(unsigned char *data, size_t length, unsigned seed);
/* The transport that the running test is for. */
const struct transport *transport_of(void **state);

/* Waits until this process has no more open handles than `before`: what is aborted ends on the
 * workers. */
void assert_handles(unsigned before);
/* Ends the program, with a message, when it takes longer than `seconds`. */
void watchdog_start(unsigned seconds);

#endif
