/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PDUs: octets written down from the declarations of C706 12.6.4 and [MS-RPCE] 2.2.2, in both
 * byte orders, read and (the little-endian ones) written; and the same octets truncated and
 * mutated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/wire_test.h"
#include "wire/feature.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* rpc_vers, rpc_vers_minor, PTYPE, pfc_flags; packed_drep; frag_length, auth_length; call_id */

/* max_xmit_frag, max_recv_frag, assoc_group_id; n_context_elem and reserved;
 * p_cont_id, n_transfer_syn, reserved; abstract_syntax; transfer_syntaxes */
#define BIND_LE \
    "05000b13 10000000 8800 0000 02000000" \
    "d016 d016 78563412 02000000" \
    "0000 01 00 00dbf1a4 47ca 6710 b31f00dd010662da 0300 0700" \
    "045d888a eb1c c911 9fe808002b104860 0200 0000" \
    "0100 02 00 00dbf1a4 47ca 6710 b31f00dd010662da 0300 0700" \
    "33057171 babe 3749 8319b5dbef9ccc36 0100 0000" \
    "2c1cb76c 1298 4045 0300000000000000 0100 0000"
#define BIND_BE \
    "05000b13 00000000 0088 0000 00000002" \
    "16d0 16d0 12345678 02000000" \
    "0000 01 00 a4f1db00 ca47 1067 b31f00dd010662da 0007 0003" \
    "8a885d04 1ceb 11c9 9fe808002b104860 0000 0002" \
    "0001 02 00 a4f1db00 ca47 1067 b31f00dd010662da 0007 0003" \
    "71710533 beba 4937 8319b5dbef9ccc36 0000 0001" \
    "6cb71c2c 9812 4540 0300000000000000 0000 0001"

/* max_xmit_frag, max_recv_frag, assoc_group_id; sec_addr: length, "135"; padding to 4;
 * n_results and reserved; result, reason, transfer_syntax */
#define BIND_ACK_LE \
    "05000c13 10000000 5400 0000 02000000" \
    "d016 b810 78563412 0400 31333500 0000" \
    "02000000" \
    "0000 0000 045d888a eb1c c911 9fe808002b104860 0200 0000" \
    "0300 0300 00000000 0000 0000 0000000000000000 0000 0000"
#define BIND_ACK_BE \
    "05000c13 00000000 0054 0000 00000002" \
    "16d0 10b8 12345678 0004 31333500 0000" \
    "02000000" \
    "0000 0000 8a885d04 1ceb 11c9 9fe808002b104860 0000 0002" \
    "0003 0003 00000000 0000 0000 0000000000000000 0000 0000"

/* an empty sec_addr, one rejected context */
#define ALTER_RESP_LE \
    "05000f03 10000000 3800 0000 09000000" \
    "d016 d016 01000000 0000 0000 01000000" \
    "0200 0100 00000000 0000 0000 0000000000000000 0000 0000"
#define ALTER_RESP_BE \
    "05000f03 00000000 0038 0000 00000009" \
    "16d0 16d0 00000001 0000 0000 01000000" \
    "0002 0001 00000000 0000 0000 0000000000000000 0000 0000"

/* provider_reject_reason; n_protocols, versions; padding */
#define BIND_NAK_LE "05000d03 10000000 1800 0000 02000000 0400 01 0500 000000"
#define BIND_NAK_BE "05000d03 00000000 0018 0000 00000002 0004 01 0500 000000"
/* ... Signature, BLOB */
#define BIND_NAK_EXTENDED_LE \
    "05000d03 10000000 2c00 0000 02000000 0000 01 0500 000000" \
    "20037490 d0fa d311 82d7009027b130ab 0a0b0c0d"
#define BIND_NAK_EXTENDED_BE \
    "05000d03 00000000 002c 0000 00000002 0000 01 0500 000000" \
    "90740320 fad0 11d3 82d7009027b130ab 0a0b0c0d"

/* alloc_hint, p_cont_id, opnum; stub data */
#define REQUEST_LE "05000003 10000000 1d00 0000 04000000 05000000 0100 0200 aabbccddee"
#define REQUEST_BE "05000003 00000000 001d 0000 00000004 00000005 0001 0002 aabbccddee"
/* ... object */
#define REQUEST_OBJECT_LE \
    "05000083 10000000 2d00 0000 04000000 05000000 0100 0200" \
    "efbeadde adde efbe 1021355689a0f48a aabbccddee"
#define REQUEST_OBJECT_BE \
    "05000083 00000000 002d 0000 00000004 00000005 0001 0002" \
    "deadbeef dead beef 1021355689a0f48a aabbccddee"
/* ... stub data, padding to 16; auth_type, auth_level, auth_pad_length, reserved,
 * auth_context_id; auth_value */
#define REQUEST_AUTH_LE \
    "05000003 10000000 3400 0400 04000000 05000000 0100 0200" \
    "aabbccddee 0000000000000000000000 0a060b00 44332211 01020304"
#define REQUEST_AUTH_BE \
    "05000003 00000000 0034 0004 00000004 00000005 0001 0002" \
    "aabbccddee 0000000000000000000000 0a060b00 11223344 01020304"

/* alloc_hint, p_cont_id, cancel_count, reserved; stub data */
#define RESPONSE_LE "05000203 10000000 1c00 0000 04000000 04000000 0100 0200 aabbccdd"
#define RESPONSE_BE "05000203 00000000 001c 0000 00000004 00000004 0001 0200 aabbccdd"

/* alloc_hint, p_cont_id, cancel_count, reserved; status; reserved2 */
#define FAULT_LE "05000323 10000000 2000 0000 04000000 20000000 0100 01 00 0200011c 00000000"
#define FAULT_BE "05000323 00000000 0020 0000 00000004 00000020 0001 01 00 1c010002 00000000"
/* ... with the flag, and a BLOB of alloc_hint - 0x20 octets */
#define FAULT_EXTENDED_LE \
    "05000303 10000000 2400 0000 04000000 24000000 0100 00 01 05000000 00000000 0a0b0c0d"
#define FAULT_EXTENDED_BE \
    "05000303 00000000 0024 0000 00000004 00000024 0001 00 01 00000005 00000000 0a0b0c0d"

/* pad; sec_trailer; auth_value */
#define AUTH3_LE "05001003 10000000 2000 0400 02000000 00000000 0a020000 44332211 01020304"
#define AUTH3_BE "05001003 00000000 0020 0004 00000002 00000000 0a020000 11223344 01020304"

#define SHUTDOWN_LE "05001103 10000000 1000 0000 00000000"
#define SHUTDOWN_BE "05001103 00000000 0010 0000 00000000"
#define CO_CANCEL_LE "05001203 10000000 1000 0000 04000000"
#define CO_CANCEL_BE "05001203 00000000 0010 0000 00000004"
#define ORPHANED_LE "05001303 10000000 1000 0000 04000000"
#define ORPHANED_BE "05001303 00000000 0010 0000 00000004"

static const char *const samples[][2] = {
    { BIND_LE, BIND_BE },
    { BIND_ACK_LE, BIND_ACK_BE },
    { ALTER_RESP_LE, ALTER_RESP_BE },
    { BIND_NAK_LE, BIND_NAK_BE },
    { BIND_NAK_EXTENDED_LE, BIND_NAK_EXTENDED_BE },
    { REQUEST_LE, REQUEST_BE },
    { REQUEST_OBJECT_LE, REQUEST_OBJECT_BE },
    { REQUEST_AUTH_LE, REQUEST_AUTH_BE },
    { RESPONSE_LE, RESPONSE_BE },
    { FAULT_LE, FAULT_BE },
    { FAULT_EXTENDED_LE, FAULT_EXTENDED_BE },
    { AUTH3_LE, AUTH3_BE },
    { SHUTDOWN_LE, SHUTDOWN_BE },
    { CO_CANCEL_LE, CO_CANCEL_BE },
    { ORPHANED_LE, ORPHANED_BE },
};

static const struct wire_syntax mapi = {
    { 0xa4f1db00, 0xca47, 0x1067, { 0xb3, 0x1f, 0x00, 0xdd, 0x01, 0x06, 0x62, 0xda } }, 3, 7
};
static const struct wire_uuid object = {
    0xdeadbeef, 0xdead, 0xbeef, { 0x10, 0x21, 0x35, 0x56, 0x89, 0xa0, 0xf4, 0x8a }
};
static const uint8_t stub[] = { 0xaa, 0xbb, 0xcc, 0xdd, 0xee };
static const uint8_t blob[] = { 0x0a, 0x0b, 0x0c, 0x0d };
static const uint8_t auth_value[] = { 1, 2, 3, 4 };
static const struct pdu_auth_room auth_room = { 0x0a, 6, 0x11223344, sizeof(auth_value) };

/* Exactly allocated octets and their header, which must be good. */
static uint8_t *sample(const char *hex, struct pdu_header *header)
{
    size_t length;
    uint8_t *fragment = wire_test_octets(hex, &length);

    assert_int_equal(pdu_peek(fragment, length, PDU_MAX_FRAGMENT, header), PDU_OK);
    assert_int_equal(header->frag_length, length);
    return fragment;
}

/* Runs a check with both byte orders of a sample. */
static void both_orders(const char *little, const char *big,
                        void (*check)(const uint8_t *fragment, const struct pdu_header *header))
{
    const char *orders[] = { little, big };

    for (unsigned i = 0; i < 2; i++) {
        struct pdu_header header;
        uint8_t *fragment = sample(orders[i], &header);

        assert_int_equal(header.big_endian, i);
        assert_int_equal(header.drep, i ? 0 : PDU_DREP_LOCAL);
        check(fragment, &header);
        free(fragment);
    }
}

/* ---- header ---- */

static enum pdu_result peek(const char *hex, size_t max_fragment)
{
    struct pdu_header header;
    size_t length;
    uint8_t *data = wire_test_octets(hex, &length);
    enum pdu_result result = pdu_peek(data, length, max_fragment, &header);

    free(data);
    return result;
}

static void test_header(void **state)
{
    struct pdu_header header;
    uint8_t *fragment = sample(BIND_LE, &header);

    assert_int_equal(header.type, PDU_BIND);
    assert_int_equal(header.flags, PFC_FIRST_FRAG | PFC_LAST_FRAG | PFC_CONC_MPX);
    assert_int_equal(header.version_minor, 0);
    assert_int_equal(header.auth_length, 0);
    assert_int_equal(header.call_id, 2);
    free(fragment);

    assert_int_equal(peek("05011103 10000000 1000 0000 00000000", 65535), PDU_OK);
    /* EBCDIC, VAX floating point */
    assert_int_equal(peek("05001103 11010000 1000 0000 00000000", 65535), PDU_OK);
    assert_int_equal(peek("05001103 01030000 0010 0000 00000000", 65535), PDU_OK);
}

static void test_header_refused(void **state)
{
    assert_int_equal(peek("05021103 10000000 1000 0000 00000000", 65535), PDU_BAD_VERSION);
    assert_int_equal(peek("04000b03 10000000 1000 0000 00000000", 65535), PDU_BAD_VERSION);
    assert_int_equal(peek("05000103 10000000 1000 0000 00000000", 65535), PDU_CONNECTIONLESS_TYPE);
    assert_int_equal(peek("05000a03 10000000 1000 0000 00000000", 65535), PDU_CONNECTIONLESS_TYPE);
    assert_int_equal(peek("05001403 10000000 1000 0000 00000000", 65535), PDU_UNKNOWN_TYPE);
    assert_int_equal(peek("0500ff03 10000000 1000 0000 00000000", 65535), PDU_UNKNOWN_TYPE);
    /* byte order, character set, floating-point format */
    assert_int_equal(peek("05001103 20000000 1000 0000 00000000", 65535), PDU_MALFORMED);
    assert_int_equal(peek("05001103 12000000 1000 0000 00000000", 65535), PDU_MALFORMED);
    assert_int_equal(peek("05001103 10040000 1000 0000 00000000", 65535), PDU_MALFORMED);
    /* frag_length below the header, zero, above the maximum */
    assert_int_equal(peek("05001103 10000000 0f00 0000 00000000", 65535), PDU_MALFORMED);
    assert_int_equal(peek("05001103 10000000 0000 0000 00000000", 65535), PDU_MALFORMED);
    assert_int_equal(peek("05000003 10000000 d116 0000 00000000", 5840), PDU_MALFORMED);
    assert_int_equal(peek("05000003 10000000 d016 0000 00000000", 5840), PDU_OK);
    /* a request that has no room for its object */
    assert_int_equal(peek("05000083 10000000 2700 0000 00000000", 65535), PDU_MALFORMED);
    assert_int_equal(peek("05000083 10000000 2800 0000 00000000", 65535), PDU_OK);
    /* an auth_length that does not fit with its sec_trailer */
    assert_int_equal(peek("05000003 10000000 2800 0900 00000000", 65535), PDU_MALFORMED);
    assert_int_equal(peek("05000003 10000000 2800 0800 00000000", 65535), PDU_OK);
    assert_int_equal(peek("05000003 10000000 2800 ffff 00000000", 65535), PDU_MALFORMED);
}

/* ---- reading ---- */

static void check_bind(const uint8_t *fragment, const struct pdu_header *header)
{
    struct wire_syntax transfer;
    struct pdu_bind bind;
    struct pdu_context context;
    uint16_t features;

    assert_int_equal(pdu_parse_bind(fragment, header, &bind), PDU_OK);
    assert_int_equal(bind.max_xmit_frag, 5840);
    assert_int_equal(bind.max_recv_frag, 5840);
    assert_int_equal(bind.assoc_group_id, 0x12345678);
    assert_false(bind.auth.present);

    assert_true(pdu_next_context(&bind.contexts, &context));
    assert_int_equal(context.id, 0);
    assert_true(wire_syntax_equal(&context.abstract, &mapi));
    assert_int_equal(context.transfer_count, 1);
    transfer = pdu_context_transfer(&context, 0);
    assert_true(wire_syntax_equal(&transfer, &wire_syntax_ndr20));
    assert_false(feature_syntax_parse(&transfer, &features));

    assert_true(pdu_next_context(&bind.contexts, &context));
    assert_int_equal(context.id, 1);
    assert_true(wire_syntax_equal(&context.abstract, &mapi));
    assert_int_equal(context.transfer_count, 2);
    transfer = pdu_context_transfer(&context, 0);
    assert_true(wire_syntax_equal(&transfer, &wire_syntax_ndr64));
    transfer = pdu_context_transfer(&context, 1);
    assert_true(feature_syntax_parse(&transfer, &features));
    assert_int_equal(features, FEATURE_SECURITY_CONTEXT_MULTIPLEXING |
                                   FEATURE_KEEP_CONNECTION_ON_ORPHAN);
    assert_false(pdu_next_context(&bind.contexts, &context));
}

static void check_bind_ack(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_bind_ack ack;
    struct pdu_context_result result;

    assert_int_equal(pdu_parse_bind_ack(fragment, header, &ack), PDU_OK);
    assert_int_equal(ack.max_xmit_frag, 5840);
    assert_int_equal(ack.max_recv_frag, 4280);
    assert_int_equal(ack.assoc_group_id, 0x12345678);
    assert_int_equal(ack.secondary_address_length, 4);
    assert_memory_equal(ack.secondary_address, "135", 4);

    assert_true(pdu_next_context_result(&ack.results, &result));
    assert_int_equal(result.result, PDU_CONTEXT_ACCEPTANCE);
    assert_int_equal(result.reason, 0);
    assert_true(wire_syntax_equal(&result.transfer, &wire_syntax_ndr20));
    assert_true(pdu_next_context_result(&ack.results, &result));
    assert_int_equal(result.result, PDU_CONTEXT_NEGOTIATE_ACK);
    assert_int_equal(result.reason, 3);
    assert_false(pdu_next_context_result(&ack.results, &result));
}

static void check_alter_resp(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_bind_ack ack;
    struct pdu_context_result result;

    assert_int_equal(header->type, PDU_ALTER_CONTEXT_RESP);
    assert_int_equal(pdu_parse_bind_ack(fragment, header, &ack), PDU_OK);
    assert_int_equal(ack.secondary_address_length, 0);
    assert_true(pdu_next_context_result(&ack.results, &result));
    assert_int_equal(result.result, PDU_CONTEXT_PROVIDER_REJECTION);
    assert_int_equal(result.reason, PDU_REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED);
    assert_false(pdu_next_context_result(&ack.results, &result));
}

static void check_bind_nak(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_bind_nak nak;

    assert_int_equal(pdu_parse_bind_nak(fragment, header, &nak), PDU_OK);
    assert_int_equal(nak.reason, PDU_NAK_PROTOCOL_VERSION_NOT_SUPPORTED);
    assert_int_equal(nak.version_count, 1);
    assert_memory_equal(nak.versions, "\5\0", 2);
    assert_null(nak.extended_error);
}

static void check_bind_nak_extended(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_bind_nak nak;

    assert_int_equal(pdu_parse_bind_nak(fragment, header, &nak), PDU_OK);
    assert_int_equal(nak.reason, PDU_NAK_REASON_NOT_SPECIFIED);
    assert_int_equal(nak.extended_error_length, sizeof(blob));
    assert_memory_equal(nak.extended_error, blob, sizeof(blob));
}

/* A trailer is its context's only if type, level and context id are. */
static void check_auth_is(const struct pdu_auth *auth)
{
    struct pdu_auth_room other = auth_room;
    struct pdu_auth none = { .present = false, .type = 0x0a, .level = 6, .context_id = 0x11223344 };

    assert_true(pdu_auth_is(auth, &other));
    other.value_length = 99; /* the provider's business */
    assert_true(pdu_auth_is(auth, &other));
    other.type++;
    assert_false(pdu_auth_is(auth, &other));
    other = auth_room;
    other.level--;
    assert_false(pdu_auth_is(auth, &other));
    other = auth_room;
    other.context_id++;
    assert_false(pdu_auth_is(auth, &other));
    assert_false(pdu_auth_is(&none, &auth_room));
}

static void check_request(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_request request;

    assert_int_equal(pdu_parse_request(fragment, header, &request), PDU_OK);
    assert_int_equal(header->call_id, 4);
    assert_int_equal(request.alloc_hint, 5);
    assert_int_equal(request.context_id, 1);
    assert_int_equal(request.opnum, 2);
    assert_int_equal(request.has_object, !!(header->flags & PFC_OBJECT_UUID));
    assert_true(wire_uuid_equal(&request.object, request.has_object ? &object : &wire_nil_uuid));
    assert_int_equal(request.stub.length, sizeof(stub));
    assert_memory_equal(request.stub.data, stub, sizeof(stub));
    assert_int_equal(request.auth.present, header->auth_length != 0);
    if (!request.auth.present)
        return;
    assert_int_equal(pdu_body_offset(header), 24);
    check_auth_is(&request.auth);
    assert_int_equal(request.auth.type, 0x0a);
    assert_int_equal(request.auth.level, 6);
    assert_int_equal(request.auth.pad_length, 11);
    assert_int_equal(request.auth.context_id, 0x11223344);
    assert_int_equal(request.auth.trailer_offset, 40);
    assert_int_equal(request.auth.value_length, sizeof(auth_value));
    assert_memory_equal(request.auth.value, auth_value, sizeof(auth_value));
}

static void check_response(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_response response;

    assert_int_equal(pdu_parse_response(fragment, header, &response), PDU_OK);
    assert_int_equal(response.alloc_hint, 4);
    assert_int_equal(response.context_id, 1);
    assert_int_equal(response.cancel_count, 2);
    assert_int_equal(response.stub.length, 4);
    assert_memory_equal(response.stub.data, stub, 4);
    assert_false(response.auth.present);
}

static void check_fault(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_fault fault;

    assert_true(header->flags & PFC_DID_NOT_EXECUTE);
    assert_int_equal(pdu_parse_fault(fragment, header, &fault), PDU_OK);
    assert_int_equal(fault.context_id, 1);
    assert_int_equal(fault.cancel_count, 1);
    assert_int_equal(fault.status, WIRE_NCA_S_OP_RNG_ERROR);
    assert_null(fault.extended_error);
}

static void check_fault_extended(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_fault fault;

    assert_int_equal(pdu_parse_fault(fragment, header, &fault), PDU_OK);
    assert_int_equal(fault.status, WIRE_S_ACCESS_DENIED);
    assert_int_equal(fault.extended_error_length, sizeof(blob));
    assert_memory_equal(fault.extended_error, blob, sizeof(blob));
}

static void check_auth3(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_auth auth;

    assert_int_equal(pdu_parse_auth_only(fragment, header, &auth), PDU_OK);
    assert_true(auth.present);
    assert_int_equal(auth.level, 2);
    assert_int_equal(auth.trailer_offset, 20);
    assert_int_equal(auth.context_id, 0x11223344);
    assert_memory_equal(auth.value, auth_value, sizeof(auth_value));
}

static void check_header_only(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_auth auth;

    assert_int_equal(pdu_parse_auth_only(fragment, header, &auth), PDU_OK);
    assert_false(auth.present);
    assert_int_equal(header->call_id, header->type == PDU_SHUTDOWN ? 0 : 4);
}

static void test_parse(void **state)
{
    both_orders(BIND_LE, BIND_BE, check_bind);
    both_orders(BIND_ACK_LE, BIND_ACK_BE, check_bind_ack);
    both_orders(ALTER_RESP_LE, ALTER_RESP_BE, check_alter_resp);
    both_orders(BIND_NAK_LE, BIND_NAK_BE, check_bind_nak);
    both_orders(BIND_NAK_EXTENDED_LE, BIND_NAK_EXTENDED_BE, check_bind_nak_extended);
    both_orders(REQUEST_LE, REQUEST_BE, check_request);
    both_orders(REQUEST_OBJECT_LE, REQUEST_OBJECT_BE, check_request);
    both_orders(REQUEST_AUTH_LE, REQUEST_AUTH_BE, check_request);
    both_orders(RESPONSE_LE, RESPONSE_BE, check_response);
    both_orders(FAULT_LE, FAULT_BE, check_fault);
    both_orders(FAULT_EXTENDED_LE, FAULT_EXTENDED_BE, check_fault_extended);
    both_orders(AUTH3_LE, AUTH3_BE, check_auth3);
    both_orders(SHUTDOWN_LE, SHUTDOWN_BE, check_header_only);
    both_orders(CO_CANCEL_LE, CO_CANCEL_BE, check_header_only);
    both_orders(ORPHANED_LE, ORPHANED_BE, check_header_only);
}

static enum pdu_result parse(const char *hex)
{
    struct pdu_header header;
    uint8_t *fragment = sample(hex, &header);
    enum pdu_result result = wire_test_walk(fragment, &header);

    free(fragment);
    return result;
}

#define ACK "05000c03 10000000 2000 0000 02000000 d016d016 00000000"

static void test_parse_odd(void **state)
{
    struct pdu_header header;
    struct pdu_bind_nak nak;
    struct pdu_fault fault;
    uint8_t *fragment;

    /* no contexts: well-formed */
    assert_int_equal(parse("05000b03 10000000 1c00 0000 02000000 d016d016 00000000 00000000"),
                     PDU_OK);
    /* one context announced, none there */
    assert_int_equal(parse("05000b03 10000000 1c00 0000 02000000 d016d016 00000000 01000000"),
                     PDU_MALFORMED);
    /* a bind_nak without a version list, with one too long, with an unaligned signature */
    assert_int_equal(parse("05000d03 10000000 1200 0000 02000000 0200"), PDU_OK);
    assert_int_equal(parse("05000d03 10000000 1600 0000 02000000 0400 02 0500 05"), PDU_MALFORMED);
    fragment = sample("05000d03 10000000 2600 0000 02000000 0000 01 0500"
                      "20037490 d0fa d311 82d7009027b130ab 77", &header);
    assert_int_equal(pdu_parse_bind_nak(fragment, &header, &nak), PDU_OK);
    assert_int_equal(nak.extended_error_length, 1);
    assert_int_equal(*nak.extended_error, 0x77);
    free(fragment);
    fragment = sample("05000d03 10000000 2500 0000 02000000 0000 01 0500"
                      "20037490 d0fa d311 82d7009027b130ab", &header);
    assert_int_equal(pdu_parse_bind_nak(fragment, &header, &nak), PDU_OK);
    assert_non_null(nak.extended_error);
    assert_int_equal(nak.extended_error_length, 0);
    free(fragment);
    assert_int_equal(parse("05000d03 10000000 1500 0000 02000000 0400 01 0500"), PDU_OK);
    /* a secondary address that leaves no room for the results, one too many results */
    assert_int_equal(parse(ACK "0400 31333500 0000"), PDU_MALFORMED);
    assert_int_equal(parse(ACK "ffff 31333500 0000"), PDU_MALFORMED);
    assert_int_equal(parse(ACK "0000 0000 01000000"), PDU_MALFORMED);
    assert_int_equal(parse(ACK "0000 0000 00000000"), PDU_OK);
    /* more padding than there is stub data */
    assert_int_equal(parse("05000003 10000000 2500 0400 04000000 05000000 0100 0200"
                           "aa 0a060200 44332211 01020304"), PDU_MALFORMED);
    assert_int_equal(parse("05000003 10000000 2500 0400 04000000 05000000 0100 0200"
                           "aa 0a060100 44332211 01020304"), PDU_OK);
    assert_int_equal(parse("05000203 10000000 2500 0400 04000000 05000000 0100 0000"
                           "aa 0a060200 44332211 01020304"), PDU_MALFORMED);
    assert_int_equal(parse("05000b03 10000000 2800 0400 02000000 d016d016 00000000 00000000"
                           "0a060100 44332211 01020304"), PDU_MALFORMED);
    assert_int_equal(parse("05000303 10000000 2c00 0400 04000000 20000000 0100 0000 05000000"
                           "00000000 0a060100 44332211 01020304"), PDU_MALFORMED);
    assert_int_equal(parse("05000c03 10000000 2c00 0400 02000000 d016d016 00000000 0000 0000"
                           "00000000 0a060100 44332211 01020304"), PDU_MALFORMED);
    assert_int_equal(parse("05001203 10000000 1c00 0400 02000000 0a060100 44332211 01020304"),
                     PDU_MALFORMED);
    /* auth3 needs a trailer */
    assert_int_equal(parse("05001003 10000000 1400 0000 02000000 00000000"), PDU_MALFORMED);
    /* a flag that promises more extended error information than there is */
    fragment = sample("05000303 10000000 2400 0000 04000000 25000000 0100 00 01 05000000 00000000"
                      "0a0b0c0d", &header);
    assert_int_equal(pdu_parse_fault(fragment, &header, &fault), PDU_OK);
    assert_null(fault.extended_error);
    assert_int_equal(fault.status, WIRE_S_ACCESS_DENIED);
    free(fragment);
}

/* ---- hostile octets ---- */

static bool is_exact(const struct pdu_header *header)
{
    return header->type == PDU_BIND || header->type == PDU_BIND_ACK ||
           header->type == PDU_ALTER_CONTEXT_RESP;
}

/* `length` octets of a sample, in a block of that size; claimed: frag_length says so too. */
static void check_truncated(const uint8_t *fragment, const struct pdu_header *header, size_t length,
                            bool claimed)
{
    uint8_t *cut = malloc(length ? length : 1);
    struct pdu_header cut_header;
    enum pdu_result result;

    memcpy(cut, fragment, length);
    if (claimed && length >= PDU_HEADER_LENGTH)
        wire_put_u16(cut + 8, (uint16_t)length, header->big_endian);
    result = pdu_peek(cut, length, PDU_MAX_FRAGMENT, &cut_header);
    if (length < PDU_HEADER_LENGTH) {
        assert_int_equal(result, PDU_NEED_MORE);
    } else if (claimed) {
        if (result == PDU_OK)
            result = wire_test_walk(cut, &cut_header);
        if (is_exact(header))
            assert_int_equal(result, PDU_MALFORMED);
        else
            assert_true(result == PDU_OK || result == PDU_MALFORMED);
    } else {
        assert_int_equal(result, PDU_OK);
    }
    free(cut);
}

static void test_truncated(void **state)
{
    for (unsigned i = 0; i < LENGTH(samples) * 2; i++) {
        struct pdu_header header;
        uint8_t *fragment = sample(samples[i / 2][i % 2], &header);

        for (size_t length = 0; length < header.frag_length; length++) {
            check_truncated(fragment, &header, length, true);
            check_truncated(fragment, &header, length, false);
        }
        free(fragment);
    }
}

static void test_mutated(void **state)
{
    uint32_t random = 20240229;

    for (unsigned i = 0; i < LENGTH(samples) * 2 * 1000; i++) {
        struct pdu_header header;
        uint8_t *fragment = sample(samples[i % LENGTH(samples)][i / LENGTH(samples) % 2], &header);
        size_t length = header.frag_length;

        for (unsigned j = wire_test_random(&random) % 4 + 1; j; j--)
            fragment[wire_test_random(&random) % length] = (uint8_t)wire_test_random(&random);
        if (pdu_peek(fragment, length, length, &header) == PDU_OK) {
            enum pdu_result result = wire_test_walk(fragment, &header);

            assert_true(result == PDU_OK || result == PDU_MALFORMED);
        }
        free(fragment);
    }
}

/* ---- writing ---- */

typedef size_t (*build_fn)(uint8_t *buffer, size_t capacity);

/* What `build` writes is `hex`, and it refuses any smaller buffer. */
static void check_build(const char *hex, build_fn build)
{
    size_t length;
    uint8_t *expected = wire_test_octets(hex, &length);

    for (size_t capacity = 0; capacity <= length; capacity++) {
        uint8_t *buffer = malloc(capacity ? capacity : 1);

        memset(buffer, 0xa5, capacity);
        assert_int_equal(build(buffer, capacity), capacity < length ? 0 : length);
        if (capacity == length)
            assert_memory_equal(buffer, expected, length);
        free(buffer);
    }
    free(expected);
}

static size_t build_bind(uint8_t *buffer, size_t capacity)
{
    struct wire_syntax transfers[] = { wire_syntax_ndr64, feature_syntax(3) };
    struct pdu_context_offer offers[] = {
        { 0, mapi, &wire_syntax_ndr20, 1 },
        { 1, mapi, transfers, 2 },
    };
    struct pdu_bind_args args = { 5840, 5840, 0x12345678, offers, 2 };

    return pdu_build_bind(buffer, capacity, PDU_BIND, PFC_CONC_MPX, 2, &args, NULL);
}

static size_t build_bind_auth(uint8_t *buffer, size_t capacity)
{
    struct pdu_context_offer offer = { 0, mapi, &wire_syntax_ndr20, 1 };
    struct pdu_bind_args args = { 5840, 5840, 0, &offer, 1 };

    return pdu_build_bind(buffer, capacity, PDU_ALTER_CONTEXT, 0, 2, &args, &auth_room);
}

static const struct pdu_context_result results[] = {
    { PDU_CONTEXT_ACCEPTANCE, 0, { { 0x8a885d04, 0x1ceb, 0x11c9,
                                   { 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 } }, 2, 0 } },
    { PDU_CONTEXT_NEGOTIATE_ACK, 3, { { 0 } , 0, 0 } },
    { PDU_CONTEXT_PROVIDER_REJECTION, PDU_REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED, { { 0 }, 0, 0 } },
};

static size_t build_bind_ack(uint8_t *buffer, size_t capacity)
{
    struct pdu_bind_ack_args args = { 5840, 4280, 0x12345678, "135", results, 2 };

    return pdu_build_bind_ack(buffer, capacity, PDU_BIND_ACK, PFC_CONC_MPX, 2, &args, NULL);
}

static size_t build_alter_resp(uint8_t *buffer, size_t capacity)
{
    struct pdu_bind_ack_args args = { 5840, 5840, 1, NULL, results + 2, 1 };

    return pdu_build_bind_ack(buffer, capacity, PDU_ALTER_CONTEXT_RESP, 0, 9, &args, NULL);
}

static size_t build_bind_nak(uint8_t *buffer, size_t capacity)
{
    return pdu_build_bind_nak(buffer, capacity, 2, PDU_NAK_PROTOCOL_VERSION_NOT_SUPPORTED, NULL, 0);
}

static size_t build_bind_nak_extended(uint8_t *buffer, size_t capacity)
{
    return pdu_build_bind_nak(buffer, capacity, 2, PDU_NAK_REASON_NOT_SPECIFIED, blob,
                              sizeof(blob));
}

/* Header, stub data and trailer in one buffer. */
static size_t build_whole_request(uint8_t *buffer, size_t capacity, const struct wire_uuid *uuid,
                                  const struct pdu_auth_room *auth)
{
    struct pdu_request_args args = { PFC_FIRST_FRAG | PFC_LAST_FRAG, 4, 5, 1, 2, uuid };
    size_t length = pdu_build_request_header(buffer, capacity, &args, sizeof(stub), auth), trailer;

    if (!length || capacity - length < sizeof(stub))
        return 0;
    memcpy(buffer + length, stub, sizeof(stub));
    length += sizeof(stub);
    if (!auth)
        return length;
    trailer = pdu_build_auth_trailer(buffer + length, capacity - length, auth, sizeof(stub));
    if (!trailer)
        return 0;
    length += trailer;
    memcpy(buffer + length - auth->value_length, auth_value, auth->value_length);
    return length;
}

static size_t build_request(uint8_t *buffer, size_t capacity)
{
    return build_whole_request(buffer, capacity, NULL, NULL);
}

static size_t build_request_object(uint8_t *buffer, size_t capacity)
{
    return build_whole_request(buffer, capacity, &object, NULL);
}

static size_t build_request_auth(uint8_t *buffer, size_t capacity)
{
    return build_whole_request(buffer, capacity, NULL, &auth_room);
}

static size_t build_response(uint8_t *buffer, size_t capacity)
{
    struct pdu_response_args args = { PFC_FIRST_FRAG | PFC_LAST_FRAG, 4, 4, 1, 2 };
    size_t length = pdu_build_response_header(buffer, capacity, &args, 4, NULL);

    if (!length || capacity - length < 4)
        return 0;
    memcpy(buffer + length, stub, 4);
    return length + 4;
}

static size_t build_fault(uint8_t *buffer, size_t capacity)
{
    struct pdu_fault_args args = { PFC_DID_NOT_EXECUTE, 4, 1, 1, WIRE_NCA_S_OP_RNG_ERROR, NULL, 0 };

    return pdu_build_fault(buffer, capacity, &args, NULL);
}

static size_t build_fault_extended(uint8_t *buffer, size_t capacity)
{
    struct pdu_fault_args args = { 0, 4, 1, 0, WIRE_S_ACCESS_DENIED, blob, sizeof(blob) };

    return pdu_build_fault(buffer, capacity, &args, NULL);
}

static size_t build_auth3(uint8_t *buffer, size_t capacity)
{
    struct pdu_auth_room room = { 0x0a, 2, 0x11223344, sizeof(auth_value) };
    size_t length = pdu_build_auth_only(buffer, capacity, PDU_AUTH3, 0, 2, &room);

    if (length)
        memcpy(buffer + length - sizeof(auth_value), auth_value, sizeof(auth_value));
    return length;
}

static size_t build_shutdown(uint8_t *buffer, size_t capacity)
{
    return pdu_build_auth_only(buffer, capacity, PDU_SHUTDOWN, 0, 0, NULL);
}

static size_t build_co_cancel(uint8_t *buffer, size_t capacity)
{
    return pdu_build_auth_only(buffer, capacity, PDU_CO_CANCEL, 0, 4, NULL);
}

static size_t build_orphaned(uint8_t *buffer, size_t capacity)
{
    return pdu_build_auth_only(buffer, capacity, PDU_ORPHANED, 0, 4, NULL);
}

static void test_build(void **state)
{
    check_build(BIND_LE, build_bind);
    check_build("05000e03 10000000 5400 0400 02000000 d016 d016 00000000 01000000"
                "0000 01 00 00dbf1a4 47ca 6710 b31f00dd010662da 0300 0700"
                "045d888a eb1c c911 9fe808002b104860 0200 0000"
                "0a060000 44332211 00000000", build_bind_auth);
    check_build(BIND_ACK_LE, build_bind_ack);
    check_build(ALTER_RESP_LE, build_alter_resp);
    check_build(BIND_NAK_LE, build_bind_nak);
    check_build(BIND_NAK_EXTENDED_LE, build_bind_nak_extended);
    check_build(REQUEST_LE, build_request);
    check_build(REQUEST_OBJECT_LE, build_request_object);
    check_build(REQUEST_AUTH_LE, build_request_auth);
    check_build(RESPONSE_LE, build_response);
    check_build(FAULT_LE, build_fault);
    check_build(FAULT_EXTENDED_LE, build_fault_extended);
    check_build(AUTH3_LE, build_auth3);
    check_build(SHUTDOWN_LE, build_shutdown);
    check_build(CO_CANCEL_LE, build_co_cancel);
    check_build(ORPHANED_LE, build_orphaned);
}

/* What has no representation is refused, however large the buffer. */
static void test_build_refused(void **state)
{
    static uint8_t buffer[PDU_MAX_FRAGMENT * 2];
    static struct wire_syntax transfers[255];
    static struct pdu_context_offer offers[256];
    static const struct pdu_context_result many_results[255];
    struct pdu_bind_args bind = { 5840, 5840, 0, offers, 256 };
    struct pdu_request_args request = { 0 };
    struct pdu_fault_args fault = { .extended_error = buffer, .extended_error_length = UINT32_MAX };
    struct pdu_bind_ack_args ack = { 5840, 5840, 0, NULL, NULL, 256 };

    assert_int_equal(pdu_build_bind(buffer, sizeof(buffer), PDU_BIND, 0, 1, &bind, NULL), 0);
    bind.context_count = 255;
    assert_int_equal(pdu_build_bind(buffer, sizeof(buffer), PDU_BIND, 0, 1, &bind, NULL),
                     28 + 255 * 24);
    bind.context_count = 1;
    offers[0].transfer_count = 256;
    assert_int_equal(pdu_build_bind(buffer, sizeof(buffer), PDU_BIND, 0, 1, &bind, NULL), 0);
    bind.context_count = 13;
    for (unsigned i = 0; i < 13; i++)
        offers[i] = (struct pdu_context_offer){ .transfers = transfers, .transfer_count = 255 };
    assert_int_equal(pdu_build_bind(buffer, sizeof(buffer), PDU_BIND, 0, 1, &bind, NULL), 0);
    bind.context_count = 12;
    assert_int_equal(pdu_build_bind(buffer, sizeof(buffer), PDU_BIND, 0, 1, &bind, NULL),
                     28 + 12 * (24 + 255 * 20));
    assert_int_equal(pdu_build_bind_ack(buffer, sizeof(buffer), PDU_BIND_ACK, 0, 1, &ack, NULL), 0);
    ack.results = many_results;
    ack.result_count = 255;
    assert_int_equal(pdu_build_bind_ack(buffer, sizeof(buffer), PDU_BIND_ACK, 0, 1, &ack, NULL),
                     32 + 255 * 24);

    assert_int_equal(pdu_build_request_header(buffer, sizeof(buffer), &request, 65535 - 24, NULL),
                     24);
    assert_int_equal(pdu_build_request_header(buffer, sizeof(buffer), &request, 65535 - 23, NULL),
                     0);
    assert_int_equal(pdu_build_request_header(buffer, sizeof(buffer), &request, UINT32_MAX, NULL),
                     0);
    assert_int_equal(pdu_build_fault(buffer, sizeof(buffer), &fault, NULL), 0);
    assert_int_equal(pdu_build_bind_nak(buffer, sizeof(buffer), 1, 0, buffer, UINT32_MAX), 0);
    assert_int_equal(pdu_build_auth_only(buffer, sizeof(buffer), PDU_AUTH3, 0, 1, NULL), 0);
    assert_int_equal(pdu_build_auth_only(buffer, sizeof(buffer), PDU_SHUTDOWN, 0, 1, &auth_room),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),        cmocka_unit_test(test_header_refused),
        cmocka_unit_test(test_parse),         cmocka_unit_test(test_parse_odd),
        cmocka_unit_test(test_truncated),     cmocka_unit_test(test_mutated),
        cmocka_unit_test(test_build),         cmocka_unit_test(test_build_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
