/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interface described by hand in NDR 2.0 and in NDR64, as MIDL's -protocol all describes it, and
 * its server. 64-bit only.
 *
 *     LONG add([in] LONG a, [in] LONG b, [out] LONG *sum);            returns the sum, too
 *     LONG length([in, string] const wchar_t *s, [in] hyper big, [out] hyper *twice);
 *     double scale([in] float f, [in] double d);                      f * d
 *     LONG reverse([in] LONG n, [in, size_is(n)] LONG v[], [out, size_is(n)] LONG w[]);  their sum
 *     LONG answer([in, unique] const wchar_t *s, [out] wchar_t **copy);  NULL for NULL
 *     LONG swap([in, out] PAIR *pair);
 *     LONG small([in] small a, [in] short b, [in, range(0, 10)] LONG c);  a + b + c
 *     LONG open([in] LONG value, [out] CONTEXT *context);
 *     LONG get([in] CONTEXT context);                                 without a handle of its own
 *     LONG close([in, out] CONTEXT *context);
 *     LONG raise([in] LONG code);
 *     LONG last([out] LONG *syntax, [out] LONG *length);              of the call before: 20 or 64,
 *                                                                     octets of its request
 *     LONG slow([in] LONG value, [out] LONG *twice);                  [async]
 *
 * Server interfaces: 7d0e52a4-19c3-4b8e-8a27-415c930bee00 (DCE), …01 (NDR64), …02 (ALL).
 */
#ifndef RPCRT4_TESTS_NDR64_STUBS_H
#define RPCRT4_TESTS_NDR64_STUBS_H

#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcasync.h>

enum ndr64_procedure {
    P_ADD,
    P_LENGTH,
    P_SCALE,
    P_REVERSE,
    P_ANSWER,
    P_SWAP,
    P_SMALL,
    P_OPEN,
    P_GET,
    P_CLOSE,
    P_RAISE,
    P_LAST,
    P_SLOW,
    PROCEDURES
};

/* MIDL's -protocol */
enum ndr64_protocol { DCE, NDR64, ALL, PROTOCOLS };

struct pair {
    hyper big;
    LONG a, b;
};

/* The server's interfaces, one of each protocol, in this process. Ends the program where that
 * fails. */
void ndr64_register_server(void);
/* Blocks that MIDL_user_allocate has given out in this process, and nobody has freed; contexts that
 * have been run down. */
extern volatile LONG ndr64_live_blocks, ndr64_rundowns;

/* A client's stub of that protocol for the server's interface of that one. */
MIDL_STUBLESS_PROXY_INFO *ndr64_client(enum ndr64_protocol client, enum ndr64_protocol server);
RPC_CLIENT_INTERFACE *ndr64_client_interface(enum ndr64_protocol client,
                                             enum ndr64_protocol server);

#endif
