/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection-oriented PDUs: C706 chapter 12.6 with the extensions of [MS-RPCE] 2.2.2.
 *
 * Reading: pdu_peek() judges the 16 bytes of the common header; pdu_parse_…() take a complete
 * fragment (h.frag_length bytes, header included) and fill structs whose pointers point into it.
 * Both byte orders; no alignment is assumed. Each returns PDU_OK or PDU_MALFORMED, and never
 * looks past the fragment.
 *
 * Writing: pdu_build_…() write into the caller's buffer, little-endian, version 5.0, and return
 * the number of bytes written, or 0 if they do not fit into `capacity` (or the PDU would be
 * longer than 65535 bytes). `auth` may be NULL; otherwise they leave room for the authentication
 * trailer: see struct pdu_auth_room. */
#ifndef RPCRT4_WIRE_PDU_H
#define RPCRT4_WIRE_PDU_H

#include "wire/types.h"

#define PDU_HEADER_LENGTH          16
#define PDU_REQUEST_HEADER_LENGTH  24 /* 40 with an object UUID */
#define PDU_OBJECT_LENGTH          16
#define PDU_RESPONSE_HEADER_LENGTH 24
#define PDU_FAULT_HEADER_LENGTH    32
#define PDU_AUTH_TRAILER_LENGTH    8  /* sec_trailer without its value */
#define PDU_MAX_FRAGMENT           65535
#define PDU_MIN_FRAGMENT           1432 /* MustRecvFragSize: everyone can receive it, C706 12.6.2 */

/* Little-endian integers, ASCII, IEEE floating point: C706 14.1 */
#define PDU_DREP_LOCAL 0x00000010u

enum pdu_type {
    PDU_REQUEST = 0,
    PDU_PING = 1,
    PDU_RESPONSE = 2,
    PDU_FAULT = 3,
    PDU_WORKING = 4,
    PDU_NOCALL = 5,
    PDU_REJECT = 6,
    PDU_ACK = 7,
    PDU_CL_CANCEL = 8,
    PDU_FACK = 9,
    PDU_CANCEL_ACK = 10,
    PDU_BIND = 11,
    PDU_BIND_ACK = 12,
    PDU_BIND_NAK = 13,
    PDU_ALTER_CONTEXT = 14,
    PDU_ALTER_CONTEXT_RESP = 15,
    PDU_AUTH3 = 16,
    PDU_SHUTDOWN = 17,
    PDU_CO_CANCEL = 18,
    PDU_ORPHANED = 19,
};

/* pfc_flags: C706 12.6.3.1, [MS-RPCE] 2.2.2.3. 0x04 has two names: in bind, alter_context and
 * their answers it is the second. */
#define PFC_FIRST_FRAG          0x01
#define PFC_LAST_FRAG           0x02
#define PFC_PENDING_CANCEL      0x04
#define PFC_SUPPORT_HEADER_SIGN 0x04
#define PFC_CONC_MPX            0x10
#define PFC_DID_NOT_EXECUTE     0x20
#define PFC_MAYBE               0x40
#define PFC_OBJECT_UUID         0x80

/* In the octet after a fault's cancel_count: [MS-RPCE] 2.2.2.8. */
#define PDU_FAULT_HAS_EXTENDED_ERROR 0x01
/* Precedes the BLOB of a bind_nak, 90740320-fad0-11d3-82d7-009027b130ab: [MS-RPCE] 2.2.1.1.2. */
extern const struct wire_uuid pdu_extended_error_signature;

enum pdu_result {
    PDU_OK,
    PDU_NEED_MORE,          /* no whole header (pdu_peek) or no whole fragment (pdu_stream) yet */
    PDU_MALFORMED,          /* close the connection */
    PDU_BAD_VERSION,        /* neither 5.0 nor 5.1 */
    PDU_CONNECTIONLESS_TYPE, /* a PDU type of the connectionless protocol only */
    PDU_UNKNOWN_TYPE,
};

struct pdu_header {
    uint8_t version_minor;
    uint8_t type;  /* enum pdu_type */
    uint8_t flags; /* PFC_* */
    bool big_endian;
    uint32_t drep; /* as in RPC_MESSAGE.DataRepresentation: first octet least significant */
    uint16_t frag_length;
    uint16_t auth_length; /* of the trailer's value; 0: no trailer */
    uint32_t call_id;
};

/* PDU_OK: a valid header of a known type whose frag_length is at least what the type (and its
 * trailer) needs and at most max_fragment. The header is filled for every result except
 * PDU_NEED_MORE (but is meaningless if PDU_MALFORMED). */
enum pdu_result pdu_peek(const uint8_t *data, size_t have, size_t max_fragment,
                         struct pdu_header *header);

/* The authentication trailer: sec_trailer of [MS-RPCE] 2.2.2.11. */
struct pdu_auth {
    bool present;
    uint8_t type;  /* RPC_C_AUTHN_* */
    uint8_t level; /* RPC_C_AUTHN_LEVEL_* */
    uint8_t pad_length; /* octets between the stub data and the trailer */
    uint32_t context_id;
    uint16_t trailer_offset; /* from the fragment's start; header signing covers all up to + 8 */
    uint16_t value_length;
    const uint8_t *value;
};

/* Where a fragment's own header ends and its body begins, which security providers treat
 * differently ([MS-RPCE] 3.3.1.5.2.2); for a header that pdu_peek() has accepted. The body, padding
 * included, ends at the trailer. */
size_t pdu_body_offset(const struct pdu_header *header);

/* Stub data: without padding and trailer. Sealed data is stub.length + auth.pad_length octets,
 * in place. */
struct pdu_stub {
    const uint8_t *data;
    uint32_t length;
};

/* ---- bind, alter_context ---- */

/* A list that has been checked as a whole; a copy of it can be walked as often as needed with
 * pdu_next_context(). */
struct pdu_context_list {
    const uint8_t *next;
    unsigned count; /* elements left */
    bool big_endian;
};

struct pdu_context {
    uint16_t id;
    struct wire_syntax abstract;
    unsigned transfer_count; /* 0..255 */
    const uint8_t *transfers;
    bool big_endian;
};

struct pdu_bind {
    uint16_t max_xmit_frag;
    uint16_t max_recv_frag;
    uint32_t assoc_group_id;
    struct pdu_context_list contexts;
    struct pdu_auth auth;
};

/* Bind and alter_context. */
enum pdu_result pdu_parse_bind(const uint8_t *fragment, const struct pdu_header *header,
                               struct pdu_bind *bind);
/* false at the end */
bool pdu_next_context(struct pdu_context_list *list, struct pdu_context *context);
/* index < context->transfer_count */
struct wire_syntax pdu_context_transfer(const struct pdu_context *context, unsigned index);

/* ---- bind_ack, alter_context_resp ---- */

/* p_cont_def_result_t: C706 12.6.3.1, [MS-RPCE] 2.2.2.4 */
enum pdu_context_outcome {
    PDU_CONTEXT_ACCEPTANCE = 0,
    PDU_CONTEXT_USER_REJECTION = 1,
    PDU_CONTEXT_PROVIDER_REJECTION = 2,
    PDU_CONTEXT_NEGOTIATE_ACK = 3, /* `reason` holds FEATURE_* bits */
};

/* p_provider_reason_t */
enum pdu_context_reason {
    PDU_REASON_NOT_SPECIFIED = 0,
    PDU_REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED = 1,
    PDU_REASON_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED = 2,
    PDU_REASON_LOCAL_LIMIT_EXCEEDED = 3,
};

struct pdu_context_result {
    uint16_t result; /* enum pdu_context_outcome, or a value not known */
    uint16_t reason; /* enum pdu_context_reason, or a value not known */
    struct wire_syntax transfer;
};

struct pdu_result_list {
    const uint8_t *next;
    unsigned count; /* elements left */
    bool big_endian;
};

struct pdu_bind_ack {
    uint16_t max_xmit_frag;
    uint16_t max_recv_frag;
    uint32_t assoc_group_id;
    const char *secondary_address; /* not necessarily NUL-terminated */
    uint16_t secondary_address_length; /* as sent: usually counts a NUL */
    struct pdu_result_list results;
    struct pdu_auth auth;
};

/* Bind_ack and alter_context_resp. */
enum pdu_result pdu_parse_bind_ack(const uint8_t *fragment, const struct pdu_header *header,
                                   struct pdu_bind_ack *ack);
/* false at the end */
bool pdu_next_context_result(struct pdu_result_list *list, struct pdu_context_result *result);

/* ---- bind_nak ---- */

/* C706 12.6.3.1 p_reject_reason_t, [MS-RPCE] 2.2.2.5 */
enum pdu_nak_reason {
    PDU_NAK_REASON_NOT_SPECIFIED = 0,
    PDU_NAK_TEMPORARY_CONGESTION = 1,
    PDU_NAK_LOCAL_LIMIT_EXCEEDED = 2,
    PDU_NAK_CALLED_PADDR_UNKNOWN = 3,
    PDU_NAK_PROTOCOL_VERSION_NOT_SUPPORTED = 4,
    PDU_NAK_DEFAULT_CONTEXT_NOT_SUPPORTED = 5,
    PDU_NAK_USER_DATA_NOT_READABLE = 6,
    PDU_NAK_NO_PSAP_AVAILABLE = 7,
    PDU_NAK_AUTHENTICATION_TYPE_NOT_RECOGNIZED = 8,
    PDU_NAK_INVALID_CHECKSUM = 9,
};

struct pdu_bind_nak {
    uint16_t reason; /* enum pdu_nak_reason, or a value not known */
    unsigned version_count; /* versions the server supports, 0 if not said */
    const uint8_t *versions; /* version_count pairs of octets: major, minor */
    const uint8_t *extended_error; /* NULL, or an [MS-EERR] BLOB: [MS-RPCE] 2.2.2.9 */
    uint32_t extended_error_length;
};

enum pdu_result pdu_parse_bind_nak(const uint8_t *fragment, const struct pdu_header *header,
                                   struct pdu_bind_nak *nak);

/* ---- request, response, fault ---- */

struct pdu_request {
    uint32_t alloc_hint; /* a hint: may be anything */
    uint16_t context_id;
    uint16_t opnum;
    bool has_object;
    struct wire_uuid object; /* nil without one */
    struct pdu_stub stub;
    struct pdu_auth auth;
};

struct pdu_response {
    uint32_t alloc_hint;
    uint16_t context_id;
    uint8_t cancel_count;
    struct pdu_stub stub;
    struct pdu_auth auth;
};

struct pdu_fault {
    uint32_t alloc_hint;
    uint16_t context_id;
    uint8_t cancel_count;
    uint32_t status; /* enum wire_status, or any other Win32 or RPC status */
    const uint8_t *extended_error; /* NULL, or an [MS-EERR] BLOB: [MS-RPCE] 2.2.2.8 */
    uint32_t extended_error_length;
    struct pdu_auth auth;
};

enum pdu_result pdu_parse_request(const uint8_t *fragment, const struct pdu_header *header,
                                  struct pdu_request *request);
enum pdu_result pdu_parse_response(const uint8_t *fragment, const struct pdu_header *header,
                                   struct pdu_response *response);
enum pdu_result pdu_parse_fault(const uint8_t *fragment, const struct pdu_header *header,
                                struct pdu_fault *fault);

/* ---- auth3, co_cancel, orphaned, shutdown: nothing but the header and perhaps a trailer ---- */

/* The trailer of these, or of any other PDU. auth3 ([MS-RPCE] 2.2.2.10) without a trailer is malformed. */
enum pdu_result pdu_parse_auth_only(const uint8_t *fragment, const struct pdu_header *header,
                                    struct pdu_auth *auth);

/* ---- building ---- */

/* What to leave room for. The builders of PDUs without stub data write padding, sec_trailer and
 * value_length zeros at the end of the PDU; the caller overwrites the last value_length bytes. */
struct pdu_auth_room {
    uint8_t type;
    uint8_t level;
    uint32_t context_id;
    uint16_t value_length; /* > 0 */
};

/* Does a trailer belong to the security context whose trailers say what `expected` says? */
static inline bool pdu_auth_is(const struct pdu_auth *auth, const struct pdu_auth_room *expected)
{
    return auth->present && auth->type == expected->type && auth->level == expected->level &&
           auth->context_id == expected->context_id;
}

/* Octets that follow `stub_length` octets of stub data: padding to 16 ([MS-RPCE] 2.2.2.11),
 * sec_trailer and value. 0 if auth is NULL. */
size_t pdu_auth_length(const struct pdu_auth_room *auth, uint32_t stub_length);
/* Writes these (the value as zeros) for a request or response, to be sent after its stub data. */
size_t pdu_build_auth_trailer(uint8_t *buffer, size_t capacity, const struct pdu_auth_room *auth,
                              uint32_t stub_length);

struct pdu_context_offer {
    uint16_t id;
    struct wire_syntax abstract;
    const struct wire_syntax *transfers;
    unsigned transfer_count; /* 1..255 */
};

struct pdu_bind_args {
    uint16_t max_xmit_frag;
    uint16_t max_recv_frag;
    uint32_t assoc_group_id;
    const struct pdu_context_offer *contexts;
    unsigned context_count; /* 1..255 */
};

struct pdu_bind_ack_args {
    uint16_t max_xmit_frag;
    uint16_t max_recv_frag;
    uint32_t assoc_group_id;
    const char *secondary_address; /* NUL-terminated; NULL in an alter_context_resp */
    const struct pdu_context_result *results;
    unsigned result_count; /* 1..255 */
};

/* type: PDU_BIND or PDU_ALTER_CONTEXT. flags: those besides first and last fragment, which are
 * always set. */
size_t pdu_build_bind(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                      uint32_t call_id, const struct pdu_bind_args *args,
                      const struct pdu_auth_room *auth);
/* type: PDU_BIND_ACK or PDU_ALTER_CONTEXT_RESP */
size_t pdu_build_bind_ack(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                          uint32_t call_id, const struct pdu_bind_ack_args *args,
                          const struct pdu_auth_room *auth);
/* Says that version 5.0 is supported. extended_error: NULL or an [MS-EERR] BLOB. */
size_t pdu_build_bind_nak(uint8_t *buffer, size_t capacity, uint32_t call_id,
                          enum pdu_nak_reason reason, const uint8_t *extended_error,
                          uint32_t extended_error_length);

struct pdu_request_args {
    uint8_t flags;       /* PFC_FIRST_FRAG and the like; PFC_OBJECT_UUID follows from object */
    uint32_t call_id;
    uint32_t alloc_hint; /* octets of stub data from this fragment to the end of the call */
    uint16_t context_id;
    uint16_t opnum;
    const struct wire_uuid *object; /* NULL: none */
};

struct pdu_response_args {
    uint8_t flags;
    uint32_t call_id;
    uint32_t alloc_hint;
    uint16_t context_id;
    uint8_t cancel_count;
};

struct pdu_fault_args {
    uint8_t flags;    /* PFC_DID_NOT_EXECUTE or 0; first and last fragment are always set */
    uint32_t call_id;
    uint16_t context_id;
    uint8_t cancel_count;
    uint32_t status;
    const uint8_t *extended_error; /* NULL, or an [MS-EERR] BLOB */
    uint32_t extended_error_length;
};

/* These two write the header only: stub_length octets of stub data and, with auth, what
 * pdu_build_auth_trailer() writes follow. */
size_t pdu_build_request_header(uint8_t *buffer, size_t capacity,
                                const struct pdu_request_args *args, uint32_t stub_length,
                                const struct pdu_auth_room *auth);
size_t pdu_build_response_header(uint8_t *buffer, size_t capacity,
                                 const struct pdu_response_args *args, uint32_t stub_length,
                                 const struct pdu_auth_room *auth);
size_t pdu_build_fault(uint8_t *buffer, size_t capacity, const struct pdu_fault_args *args,
                       const struct pdu_auth_room *auth);
/* type: PDU_AUTH3 (auth needed), PDU_SHUTDOWN (no auth), PDU_CO_CANCEL or PDU_ORPHANED. flags:
 * besides first and last. */
size_t pdu_build_auth_only(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                           uint32_t call_id, const struct pdu_auth_room *auth);

#endif
