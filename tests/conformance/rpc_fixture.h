/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every test program that makes remote calls shares: servers on each protocol sequence, in
 * this process and in a child (the same program, started with "server" as its first argument),
 * bindings to them, a watchdog that ends a program whose test hangs, and the counters that tell
 * whether anything leaks. */
#ifndef RPCRT4_TESTS_RPC_FIXTURE_H
#define RPCRT4_TESTS_RPC_FIXTURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <winsock2.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>
#include "rpcexcept.h"
#include <cmocka.h>

/* Bounds a single wait, in milliseconds: reached only when something is broken. */
#define WAIT_MS 10000

/* A server in a process of its own. */
struct rpc_child {
    HANDLE process, stop;
    WCHAR endpoint[64];
};

/* Where the calls of a test go. */
struct rpc_target {
    const WCHAR *protseq;
    const char *name;
    bool in_child;
    bool running;
    WCHAR endpoint[64];
    struct rpc_child child;
};

struct rpc_suite {
    const char *name;
    void (*register_server)(void);          /* in whichever process the server runs */
    const struct CMUnitTest *each, *once;   /* run for each target; run once, without one */
    size_t each_count, once_count;
    /* in a process of rpc_client_start(): makes calls */
    bool (*client)(RPC_BINDING_HANDLE binding, LONG argument);
};

/* main() of a test program. An argument is a pattern that selects tests ("test_cancel*",
 * "*(ncalrpc)"). */
int rpc_fixture_main(int argc, char **argv, const struct rpc_suite *suite);

/* The target of the running test (NULL in one that runs once). */
struct rpc_target *rpc_fixture_target(void **state);

/* A new fully bound handle; the test fails where there is none. */
RPC_BINDING_HANDLE rpc_fixture_bind(const WCHAR *protseq, const WCHAR *endpoint);
RPC_BINDING_HANDLE rpc_target_bind(const struct rpc_target *target);
void rpc_fixture_unbind(RPC_BINDING_HANDLE *binding);

/* A server of one's own, to be killed or stopped. Starting waits until it listens. */
void rpc_child_start(struct rpc_child *child, const WCHAR *protseq);
void rpc_child_kill(struct rpc_child *child);

/* A client process. Starting waits until the suite's `client` has returned in it; it lives on until
 * it is killed. */
HANDLE rpc_client_start(const struct rpc_target *target, LONG argument);
void rpc_client_kill(HANDLE client);

/* A local server on another endpoint than the target's; endpoint receives it. */
void rpc_fixture_listen(const WCHAR *protseq, WCHAR *endpoint, size_t chars);

/* Counters of this process. GetProcessHandleCount is no use here: Wine 8 answers 0. */
unsigned count_handles(void);
unsigned count_heap_blocks(void); /* allocated ones of the process heap, which malloc uses too */
unsigned count_heap_bytes(void);  /* in them */
unsigned count_threads(void);
/* TCP connections over IPv4 to the server on `port`: those that it has accepted and not closed, and
 * those that clients have not closed. */
unsigned count_tcp_connections(unsigned port);
unsigned count_tcp_clients(unsigned port);

/* The port of a TCP endpoint. */
unsigned rpc_target_port(const struct rpc_target *target);

#endif
