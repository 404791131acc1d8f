/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of stub_calls.idl, for the test programs that contain it. */
#ifndef RPCRT4_TESTS_STUB_SERVER_H
#define RPCRT4_TESTS_STUB_SERVER_H

/* Registers the interface (calls are accepted without RpcServerListen). Ends the program where that
 * fails. */
void stub_server_register(void);
/* Blocks that MIDL_user_allocate has given out in this process, and nobody has freed. */
LONG stub_server_live_blocks(void);

#endif
