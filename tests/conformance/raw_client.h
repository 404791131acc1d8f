/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client that is no RPC runtime: one connection, TCP or pipe, on which the test sends and receives
 * PDUs as it likes. It multiplexes, and offers NDR 2.0 for async.idl's interface. */
#ifndef RPCRT4_TESTS_RAW_CLIENT_H
#define RPCRT4_TESTS_RAW_CLIENT_H

#include "async_client.h"
#include "fake_server.h"

/* async.idl's procedures by their numbers */
enum {
    RAW_ASYNC_HOLD = 2,
    RAW_ASYNC_FILL = 4,
    RAW_ASYNC_ORDER = 9,
    RAW_SYNC_ADD = 10,
    RAW_SYNC_BLOCK = 14,
};

struct raw_client {
    SOCKET s;      /* INVALID_SOCKET: a pipe */
    HANDLE pipe, event;
};

/* Connects; the test fails where that does not succeed. */
void raw_open(struct raw_client *client, const WCHAR *protseq, const WCHAR *endpoint);
/* The same over TCP, from that address of this machine's. */
void raw_open_from(struct raw_client *client, const WCHAR *endpoint, ULONG own);
/* The connection ends. */
void raw_close(struct raw_client *client);

/* Builds the bind. */
unsigned raw_build_bind(uint8_t *pdu);
/* Sends it, and takes the answer, which accepts. */
void raw_bind(struct raw_client *client);
/* The same, naming an association group; the one that the answer names. */
uint32_t raw_bind_to_group(struct raw_client *client, uint32_t group);

void raw_send(struct raw_client *client, const void *pdu, unsigned length);
/* Sends within that time; false: it does not go. (Nothing more can be sent then.) */
bool raw_try_send(struct raw_client *client, const void *pdu, unsigned length, DWORD timeout_ms);
/* A whole request; the stub data are at most 4 KiB. */
void raw_request(struct raw_client *client, uint32_t call_id, uint16_t opnum, const void *stub, unsigned length);
/* FAKE_CO_CANCEL or FAKE_ORPHANED */
void raw_about(struct raw_client *client, unsigned type, uint32_t call_id);
/* The next PDU. False: the connection has ended. No PDU within WAIT_MS fails the test. */
bool raw_recv(struct raw_client *client, struct fake_pdu *pdu);
/* Is there something to receive within that time? */
bool raw_has_data(struct raw_client *client, DWORD timeout_ms);

#endif
