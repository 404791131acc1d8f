/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of the remote management interface, afa8bd80-7d8a-11c9-bef4-08002b102989 v1.0: C706
 * appendix Q. Requests and responses, each written by one side and read by the other. Statuses are
 * RPC_S_* numbers, as Windows sends them. */
#ifndef RPCRT4_WIRE_MGMT_H
#define RPCRT4_WIRE_MGMT_H

#include "wire/stub_data.h"

extern const struct wire_syntax mgmt_syntax;

enum mgmt_opnum {
    MGMT_INQ_IF_IDS,
    MGMT_INQ_STATS,
    MGMT_IS_SERVER_LISTENING,
    MGMT_STOP_SERVER_LISTENING,
    MGMT_INQ_PRINC_NAME,
    MGMT_OPNUM_COUNT
};

#define MGMT_STATISTICS 4 /* RPC_C_STATS_CALLS_IN, CALLS_OUT, PKTS_IN, PKTS_OUT */

/* ---- requests; inq_if_ids, is_server_listening and stop_server_listening have no data ---- */

struct mgmt_princ_name_request {
    uint32_t authn_service;
    uint32_t room; /* for the name, in characters with the terminator */
};

/* args: const uint32_t *, how many statistics there is room for */
size_t mgmt_encode_stats_request(const void *args, uint8_t *buffer, size_t capacity);
/* args: const struct mgmt_princ_name_request * */
size_t mgmt_encode_princ_name_request(const void *args, uint8_t *buffer, size_t capacity);
bool mgmt_decode_stats_request(struct stub_reader *r, uint32_t *room);
bool mgmt_decode_princ_name_request(struct stub_reader *r, struct mgmt_princ_name_request *request);

/* ---- responses ---- */

struct mgmt_if_ids {
    const struct wire_syntax *ids; /* NULL: no vector */
    uint32_t count;
    uint32_t status;
};

struct mgmt_stats {
    uint32_t values[MGMT_STATISTICS];
    uint32_t count; /* of them, <= MGMT_STATISTICS */
    uint32_t status;
};

struct mgmt_listening {
    uint32_t status;
    bool listening;
};

struct mgmt_princ_name {
    const char *name;
    uint32_t room; /* the request's */
    uint32_t status;
};

/* args: a pointer to the struct; mgmt_encode_status: const uint32_t * (stop_server_listening) */
size_t mgmt_encode_if_ids(const void *args, uint8_t *buffer, size_t capacity);
size_t mgmt_encode_stats(const void *args, uint8_t *buffer, size_t capacity);
size_t mgmt_encode_listening(const void *args, uint8_t *buffer, size_t capacity);
size_t mgmt_encode_status(const void *args, uint8_t *buffer, size_t capacity);
size_t mgmt_encode_princ_name(const void *args, uint8_t *buffer, size_t capacity);

/* False: not a response of that kind. Writes the first `room` identifiers to `ids`; *count is how
 * many there are, which is never more than the data has room for. */
bool mgmt_decode_if_ids(struct stub_reader *r, struct wire_syntax *ids, uint32_t room,
                        uint32_t *count, uint32_t *status);
bool mgmt_decode_stats(struct stub_reader *r, struct mgmt_stats *stats);
bool mgmt_decode_listening(struct stub_reader *r, struct mgmt_listening *listening);
bool mgmt_decode_status(struct stub_reader *r, uint32_t *status);
/* *name points into the data and has *length characters before its terminator. */
bool mgmt_decode_princ_name(struct stub_reader *r, const char **name, size_t *length,
                            uint32_t *status);

#endif
