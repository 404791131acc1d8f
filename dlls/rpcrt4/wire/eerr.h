/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended error information as it travels: a chain of error records, newest first, in the type
 * serialization (version 1: [MS-RPCE] 2.2.6) of [MS-EERR]'s ExtendedErrorInfo. Fault and bind_nak
 * PDUs carry it, and RpcErrorSaveErrorInfo makes it. */
#ifndef RPCRT4_WIRE_EERR_H
#define RPCRT4_WIRE_EERR_H

#include "wire/types.h"

#define EERR_MAX_PARAMS 4    /* [MS-EERR] 2.2.1.8 */
#define EERR_MAX_RECORDS 128 /* of a chain; ours: [MS-EERR] has no limit */
#define EERR_MAX_LENGTH 0x7fff /* of a text or blob, with its NUL: they are counted in a short */

/* ExtendedErrorParamTypesInternal: [MS-EERR] 2.2.1.4 */
enum eerr_type {
    EERR_ANSI = 1,
    EERR_UNICODE,
    EERR_LONG,
    EERR_SHORT,
    EERR_POINTER,
    EERR_NONE,
    EERR_BINARY,
};

struct eerr_param {
    enum eerr_type type;
    /* EERR_ANSI, EERR_UNICODE, EERR_BINARY: elements of data; a text's NUL, which is always there,
     * is one of them. */
    uint16_t length;
    union {
        const void *data;  /* const char *, const uint16_t *, const uint8_t * */
        uint64_t value;    /* EERR_LONG, EERR_SHORT: sign-extended; EERR_POINTER */
    };
};

/* Flags: records are missing between this one and the one before it, after it. [MS-EERR] 2.2.1.8 */
#define EERR_PREVIOUS_MISSING 1
#define EERR_NEXT_MISSING 2

struct eerr_record {
    struct eerr_record *next; /* its cause; NULL: the root error */
    const uint16_t *computer; /* NUL-terminated; NULL: the same as the record before */
    uint32_t process_id;
    uint64_t time;            /* 100 ns since 1601-01-01, UTC */
    uint32_t component;
    uint32_t status;
    uint16_t location;
    uint16_t flags;
    uint16_t param_count;
    struct eerr_param params[EERR_MAX_PARAMS];
};

/* A copy of *record and of what it points at (but not of `next`, which is NULL) in one allocation.
 * NULL when there is no memory. */
struct eerr_record *eerr_copy(const struct wire_allocator *allocator,
                              const struct eerr_record *record);
struct eerr_record *eerr_copy_chain(const struct wire_allocator *allocator,
                                    const struct eerr_record *head);
void eerr_free_chain(const struct wire_allocator *allocator, struct eerr_record *head);
unsigned eerr_count(const struct eerr_record *head);

/* Gives up a little of a chain: the record before the last while there are more than two, then all
 * texts, blobs and names (Windows SDK, "Reliability of Extended Error Information"). false when
 * there is nothing more to drop. */
bool eerr_drop_some(const struct wire_allocator *allocator, struct eerr_record *head);

/* Octets of the encoding. */
size_t eerr_encoded_length(const struct eerr_record *head);
/* Little-endian; buffer: eerr_encoded_length() octets. */
void eerr_encode(const struct eerr_record *head, uint8_t *buffer);

enum eerr_result {
    EERR_OK,
    EERR_INVALID,   /* any violation makes the whole decoding fail: [MS-EERR] 2.2.2.2 */
    EERR_NO_MEMORY,
};

/* Reads both byte orders. On failure *head is NULL. An encoding without a record gives EERR_OK
 * and NULL. Allocates for a record only after all of it has been seen. */
enum eerr_result eerr_decode(const struct wire_allocator *allocator, const uint8_t *data,
                             size_t length, struct eerr_record **head);

#endif
