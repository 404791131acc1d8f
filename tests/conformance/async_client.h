/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client side of the asynchronous tests: the procedures of async.idl with exceptions turned into
 * their codes. */
#ifndef RPCRT4_TESTS_ASYNC_CLIENT_H
#define RPCRT4_TESTS_ASYNC_CLIENT_H

#include "async_call.h"
#include "async.h"

/* The procedures. RPC_S_OK, or the code of the exception that was raised. Those that hold take a
 * fresh token. */
RPC_STATUS call_hold(struct async_call *call, RPC_BINDING_HANDLE binding, LONG flags, LONG value);
RPC_STATUS call_add(struct async_call *call, RPC_BINDING_HANDLE binding, LONG a, LONG b);
RPC_STATUS call_raise(struct async_call *call, RPC_BINDING_HANDLE binding, LONG how, ULONG code);
RPC_STATUS call_sink(struct async_call *call, RPC_BINDING_HANDLE binding, LONG size, byte *buffer);

/* Synchronous ones: the answer, or (a test failure) the exception. */
LONG steer_add(RPC_BINDING_HANDLE binding, LONG a, LONG b);
void steer_await(RPC_BINDING_HANDLE binding, LONG token, LONG what);
LONG steer_release(RPC_BINDING_HANDLE binding, LONG token, LONG how, ULONG code);
LONG steer_release_all(RPC_BINDING_HANDLE binding, LONG first, LONG count, ULONG seed);
LONG steer_count(RPC_BINDING_HANDLE binding, LONG what, LONG argument);
/* Waits until a server's counter is `value`. */
void steer_await_count(RPC_BINDING_HANDLE binding, LONG what, LONG argument, LONG value);

LONG fresh_tokens(LONG count);

#endif
