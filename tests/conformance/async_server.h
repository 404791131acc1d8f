/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of async.idl, which every asynchronous test program contains. */
#ifndef RPCRT4_TESTS_ASYNC_SERVER_H
#define RPCRT4_TESTS_ASYNC_SERVER_H

/* Registers the interface (calls are accepted without RpcServerListen). Ends the program where that
 * fails. */
void async_server_register(void);

#endif
