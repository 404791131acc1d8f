/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Protocol towers: C706 appendix L (structure) and appendix I (identifiers), [MS-RPCE] 2.2.1.2
 * for the Microsoft ones. A tower is the octet string of a twr_t, without its length. */
#ifndef RPCRT4_WIRE_TOWER_H
#define RPCRT4_WIRE_TOWER_H

#include "wire/types.h"

enum tower_protseq {
    TOWER_NCACN_IP_TCP,
    TOWER_NCACN_NP,
    TOWER_NCALRPC,
    TOWER_NCACN_HTTP,
    TOWER_NCADG_IP_UDP,
    TOWER_PROTSEQ_COUNT
};

/* The protocol sequence's name ("ncacn_ip_tcp"). */
const char *tower_protseq_name(enum tower_protseq protseq);
/* Compares without case; false: not one of these. */
bool tower_protseq_find(const char *name, enum tower_protseq *protseq);

#define TOWER_TEXT_MAX 512

struct tower {
    struct wire_syntax iface; /* "interface" is a macro in the SDK headers */
    struct wire_syntax transfer;
    enum tower_protseq protseq;
    char endpoint[TOWER_TEXT_MAX]; /* NUL-terminated; "0" or "" if none is known yet */
    char address[TOWER_TEXT_MAX];  /* NUL-terminated; "" if the tower has none */
};

enum tower_result {
    TOWER_OK,
    TOWER_MALFORMED,        /* wrong lengths, a floor missing, a text not NUL-terminated */
    TOWER_UNKNOWN_PROTOCOL, /* well-formed, but none of enum tower_protseq */
    TOWER_TOO_LONG,         /* a text of TOWER_TEXT_MAX or more */
    TOWER_BAD_ENDPOINT,     /* not a port number */
    TOWER_NO_SPACE,         /* capacity is too small */
};

enum tower_result tower_decode(const uint8_t *data, size_t length, struct tower *tower);

/* endpoint: a decimal port, a pipe name, an ncalrpc name; NULL or "" for none. address: NULL or
 * "" for none; over IP everything but a dotted quad is written as 0.0.0.0. *length: octets
 * written; with a NULL buffer (capacity 0): octets needed, and TOWER_OK. */
enum tower_result tower_encode(const struct wire_syntax *iface, const struct wire_syntax *transfer,
                               enum tower_protseq protseq, const char *endpoint,
                               const char *address, uint8_t *buffer, size_t capacity,
                               size_t *length);

#endif
