/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* String bindings: [ObjectUuid@]ProtocolSequence:[NetworkAddress][[Endpoint][,Option=Value...]]
 * (Windows SDK, "String Binding"), as 16-bit code units. A backslash makes the character after
 * it an ordinary one. */
#ifndef RPCRT4_WIRE_STRING_BINDING_H
#define RPCRT4_WIRE_STRING_BINDING_H

#include "wire/types.h"

/* In brackets: the RPC_S_* that a caller of the RPC API gets. */
enum string_binding_result {
    STRING_BINDING_OK,
    STRING_BINDING_INVALID,                 /* RPC_S_INVALID_STRING_BINDING */
    STRING_BINDING_INVALID_UUID,            /* RPC_S_INVALID_STRING_UUID */
    STRING_BINDING_INVALID_PROTSEQ,         /* RPC_S_INVALID_RPC_PROTSEQ */
    STRING_BINDING_INVALID_NET_ADDR,        /* RPC_S_INVALID_NET_ADDR */
    STRING_BINDING_INVALID_ENDPOINT_FORMAT, /* RPC_S_INVALID_ENDPOINT_FORMAT */
    STRING_BINDING_INVALID_NETWORK_OPTIONS, /* RPC_S_INVALID_NETWORK_OPTIONS */
    STRING_BINDING_NO_SPACE,                /* the buffer is too small */
};

/* NUL-terminated, without escapes; absent parts are "" when parsed, NULL or "" to compose. */
struct string_binding {
    const uint16_t *object;   /* 36 characters, or "" */
    const uint16_t *protseq;
    const uint16_t *address;
    const uint16_t *endpoint; /* without "endpoint=" */
    const uint16_t *options;  /* "name=value[,name=value...]" without the endpoint option */
};

/* Code units of work space that parsing a string binding of `length` code units needs. */
#define STRING_BINDING_WORK(length) ((length) + 8)

/* text: `length` code units, no NUL needed. parts point into work (work_length >=
 * STRING_BINDING_WORK(length)). */
enum string_binding_result string_binding_parse(const uint16_t *text, size_t length, uint16_t *work, size_t work_length,
                                                struct string_binding *parts);

/* Writes the string binding, NUL-terminated, with every special character escaped. *length: its
 * length without NUL; with a NULL buffer (capacity 0) nothing is written. The parts are not
 * otherwise checked, except that an object must be a UUID. */
enum string_binding_result string_binding_compose(const struct string_binding *parts, uint16_t *buffer, size_t capacity,
                                                  size_t *length);

#endif
