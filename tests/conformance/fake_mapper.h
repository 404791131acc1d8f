/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An endpoint mapper in the test program itself, which lays its data out as C706 appendix O does,
 * lets one look through its map, and gives wrong answers when told to. */
#ifndef RPCRT4_TESTS_FAKE_MAPPER_H
#define RPCRT4_TESTS_FAKE_MAPPER_H

#include "rpc_fixture.h"

enum fake_answer {
    FAKE_ELEMENTS, /* what the constants below say */
    FAKE_SYNTAXES, /* element 0 in NDR 2.0, the same in NDR64, and element 2 in NDR64 */
    FAKE_NOTHING,
    FAKE_ENDLESS, /* nothing, and that there is more */
    FAKE_SHORT,
    FAKE_TOO_MANY, /* more elements than octets */
    FAKE_STATUS,
    FAKE_DCE_STATUS,
    FAKE_FAULT,
    FAKE_LAST_WRONG = FAKE_FAULT
};

/* The map: element N is of interface FAKE_ELEMENT_ID + N v4.5, at port FAKE_PORT + N of 10.0.0.1,
 * of object FAKE_OBJECT + N, and is annotated "element N". */
#define FAKE_ELEMENT_COUNT 3
#define FAKE_ELEMENT_UNKNOWN 1 /* one of ncadg_ip_udp */
#define FAKE_ELEMENT_ID 0x5000
#define FAKE_OBJECT 0x6000
#define FAKE_PORT 7000ul

/* What it has been asked since it was reset. */
struct fake_mapper {
    LONG lookups, frees, removals;
    ULONG inquiry_type, vers_option;
    UUID object; /* the last one */
    RPC_SYNTAX_IDENTIFIER iface; /* to look for */
    ULONG entries; /* of the last insert or delete … */
    char annotation[64], endpoint[64]; /* … the last one's */
};
extern struct fake_mapper fake_mapper;

/* False where the endpoint cannot be had. */
bool fake_mapper_open(const WCHAR *protseq, const WCHAR *endpoint);
void fake_mapper_reset(enum fake_answer answer);
/* What looking for the first element returns with that answer. */
RPC_STATUS fake_mapper_expected(enum fake_answer answer);

#endif
