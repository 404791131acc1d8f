/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A TCP server that is no RPC runtime: each connection is given to a script that reads and writes
 * octets, so that it can answer in every wrong way. It knows just enough of C706 chapter 12 to
 * accept a bind and to build replies. */
#ifndef RPCRT4_TESTS_FAKE_SERVER_H
#define RPCRT4_TESTS_FAKE_SERVER_H

#include "rpc_fixture.h"

/* PDU types and flags (C706 12.6.3.1) */
enum {
    FAKE_REQUEST = 0,
    FAKE_RESPONSE = 2,
    FAKE_FAULT = 3,
    FAKE_BIND = 11,
    FAKE_BIND_ACK = 12,
    FAKE_BIND_NAK = 13,
    FAKE_SHUTDOWN = 17,
    FAKE_CO_CANCEL = 18,
    FAKE_ORPHANED = 19
};
enum {
    FAKE_FIRST = 1,
    FAKE_LAST = 2,
    FAKE_PENDING_CANCEL = 4,
    FAKE_CONC_MPX = 16,
    FAKE_DID_NOT_EXECUTE = 32
};

struct fake_pdu {
    uint8_t bytes[65536];
    unsigned type, flags, length;
    uint32_t call_id;
};

struct fake_server;
/* Runs on a thread of its own; the socket is closed when it returns. */
typedef void (*fake_script)(struct fake_server *server, SOCKET s);

struct fake_server {
    fake_script script;
    uintptr_t arg;          /* the script's */
    SOCKET listener;
    WCHAR endpoint[8];
    HANDLE stop;            /* set when the test is over: scripts that wait, wait for it too */
    HANDLE go;              /* for the test to steer its script with; auto-reset */
    HANDLE thread;
    volatile LONG connections, running;
    volatile LONG seen;     /* the script's to count in */
};

void fake_start(struct fake_server *server, fake_script script, uintptr_t arg);
/* Until it has closed the connections that there have been. */
void fake_await_closed(struct fake_server *server);
/* Ends all connections and the server. */
void fake_stop(struct fake_server *server);

/* Reads a whole PDU. False at the end of the connection. */
bool fake_recv(SOCKET s, struct fake_pdu *pdu);
/* Reads PDUs until a whole request has come (its last fragment). */
bool fake_recv_request(SOCKET s, struct fake_pdu *pdu);
/* Reads until the client closes. */
void fake_drain(SOCKET s);
bool fake_send(SOCKET s, const void *bytes, unsigned length);

/* Reads a bind and accepts it, multiplexing included; false if there was none. */
bool fake_accept_bind(SOCKET s);
/* Builds the bind_ack that accepts `bind`; its length. */
unsigned fake_bind_ack(uint8_t *out, const struct fake_pdu *bind);

/* Answers a bind whose contexts have one transfer syntax each: accepts NDR 2.0 if `ndr20`, and NDR64
 * if `ndr64`. */
bool fake_answer_bind(SOCKET s, const struct fake_pdu *bind, bool ndr20, bool ndr64);

/* A response or fault header and body; the length. `drep` 0x10: little-endian, 0: big-endian (the
 * header only). */
unsigned fake_build(uint8_t *out, unsigned type, unsigned flags, uint32_t call_id, uint8_t drep,
                    const void *body, unsigned length);
/* A response fragment with stub data. */
unsigned fake_response(uint8_t *out, unsigned flags, uint32_t call_id, uint32_t alloc_hint,
                       const void *stub, unsigned length);
unsigned fake_fault(uint8_t *out, unsigned flags, uint32_t call_id, uint32_t status);

#endif
