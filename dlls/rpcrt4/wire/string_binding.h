/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* String bindings: [ObjectUuid@]ProtocolSequence:[NetworkAddress][[Endpoint][,Option=Value...]]
 * (Windows SDK, "String Binding"), as 16-bit code units. A backslash makes the character after
 * it an ordinary one. */
#ifndef RPCRT4_WIRE_STRING_BINDING_H
#define RPCRT4_WIRE_STRING_BINDING_H

#include "wire/types.h"

/* The RPC_S_* that a caller of the RPC API gets: RPC_S_INVALID_STRING_BINDING and so on. Whether
 * protocol sequence, network address and endpoint mean something is for the transports to say. */
enum string_binding_result {
    STRING_BINDING_OK,
    STRING_BINDING_INVALID,                 /* RPC_S_INVALID_STRING_BINDING */
    STRING_BINDING_INVALID_UUID,            /* RPC_S_INVALID_STRING_UUID */
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
#define STRING_BINDING_WORK(length) (2 * ((length) + 1))

/* text: `length` code units, no NUL needed. parts point into work (work_length >=
 * STRING_BINDING_WORK(length)) or at constants. The bracketed part is items between commas:
 * "name=value" is an option, without regard to the case of its name; an item without '=' is the
 * endpoint and comes first, as does nothing at all ("[,Security=...]"); a second endpoint is an
 * error, a trailing comma none. An '@' after the colon belongs to the network address, as does a
 * second colon (IPv6). */
enum string_binding_result string_binding_parse(const uint16_t *text, size_t length, uint16_t *work,
                                                size_t work_length, struct string_binding *parts);

/* Writes the string binding, NUL-terminated, with special characters escaped so that
 * string_binding_parse() gives the parts again. *length: its length without NUL; with a NULL
 * buffer (capacity 0) nothing is written. The parts are not checked, except that an object must
 * be a UUID. */
enum string_binding_result string_binding_compose(const struct string_binding *parts,
                                                  uint16_t *buffer, size_t capacity,
                                                  size_t *length);

/* Finds an option (name in lower case, compared without case): *value is NULL if it is not
 * there, else `*length` code units within options. A second option of that name, or an item that
 * is no option, is STRING_BINDING_INVALID_NETWORK_OPTIONS. */
enum string_binding_result string_binding_find_option(const uint16_t *options, const char *name,
                                                      const uint16_t **value, size_t *length);

/* The Security option of ncacn_np and ncalrpc: one word of each of three sets, one space between
 * them. */
enum string_binding_security_level {
    STRING_BINDING_ANONYMOUS,      /* as SECURITY_IMPERSONATION_LEVEL */
    STRING_BINDING_IDENTIFICATION,
    STRING_BINDING_IMPERSONATION,
};

struct string_binding_security {
    bool present;
    enum string_binding_security_level level;
    bool dynamic;
    bool effective_only;
};

/* options may be NULL. Errors: STRING_BINDING_INVALID_NETWORK_OPTIONS. */
enum string_binding_result string_binding_parse_security(const uint16_t *options,
                                                         struct string_binding_security *security);

#endif
