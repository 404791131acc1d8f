/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of wire/ and its fuzz target share. */
#ifndef TESTS_UNIT_WIRE_TEST_H
#define TESTS_UNIT_WIRE_TEST_H

#include <stdlib.h>
#include <string.h>

#include "wire/fragment.h"

/* A malloc() block of exactly the octets that `hex` spells (white space between them is
 * skipped). */
static inline uint8_t *wire_test_octets(const char *hex, size_t *length)
{
    uint8_t *octets = malloc(strlen(hex) / 2 + 1), *exact;
    unsigned digits = 0;

    for (; *hex; hex++) {
        unsigned value;

        if (*hex == ' ')
            continue;
        value = *hex <= '9' ? (unsigned)(*hex - '0') : (unsigned)(*hex - 'a' + 10);
        octets[digits / 2] = (uint8_t)(digits % 2 ? octets[digits / 2] << 4 | value : value);
        digits++;
    }
    *length = digits / 2;
    exact = malloc(*length ? *length : 1);
    memcpy(exact, octets, *length);
    free(octets);
    return exact;
}

/* A generator of repeatable numbers (xorshift32). */
static inline uint32_t wire_test_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Reads the octets. */
static inline void wire_test_touch(const void *data, size_t length)
{
    const uint8_t *p = data;
    uint8_t sum = 0;

    while (length--)
        sum ^= *p++;
    __asm__ volatile("" : : "r"(sum));
}

static inline void wire_test_touch_auth(const struct pdu_auth *auth)
{
    wire_test_touch(auth->value, auth->value_length);
}

static inline enum pdu_result wire_test_walk_bind(const uint8_t *fragment,
                                                  const struct pdu_header *header)
{
    struct pdu_bind bind;
    struct pdu_context context;
    enum pdu_result result = pdu_parse_bind(fragment, header, &bind);

    while (result == PDU_OK && pdu_next_context(&bind.contexts, &context))
        for (unsigned i = 0; i < context.transfer_count; i++)
            pdu_context_transfer(&context, i);
    if (result == PDU_OK)
        wire_test_touch_auth(&bind.auth);
    return result;
}

static inline enum pdu_result wire_test_walk_bind_ack(const uint8_t *fragment,
                                                      const struct pdu_header *header)
{
    struct pdu_bind_ack ack;
    struct pdu_context_result context;
    enum pdu_result result = pdu_parse_bind_ack(fragment, header, &ack);

    if (result != PDU_OK)
        return result;
    wire_test_touch(ack.secondary_address, ack.secondary_address_length);
    while (pdu_next_context_result(&ack.results, &context))
        ;
    wire_test_touch_auth(&ack.auth);
    return result;
}

static inline enum pdu_result wire_test_walk_bind_nak(const uint8_t *fragment,
                                                      const struct pdu_header *header)
{
    struct pdu_bind_nak nak;
    enum pdu_result result = pdu_parse_bind_nak(fragment, header, &nak);

    if (result != PDU_OK)
        return result;
    wire_test_touch(nak.versions, nak.version_count * 2);
    wire_test_touch(nak.extended_error, nak.extended_error_length);
    return result;
}

static inline enum pdu_result wire_test_walk_call(const uint8_t *fragment,
                                                  const struct pdu_header *header)
{
    union {
        struct pdu_request request;
        struct pdu_response response;
        struct pdu_fault fault;
    } pdu;
    const struct pdu_stub *stub = &pdu.request.stub;
    const struct pdu_auth *auth = &pdu.request.auth;
    enum pdu_result result;

    if (header->type == PDU_FAULT) {
        result = pdu_parse_fault(fragment, header, &pdu.fault);
        if (result == PDU_OK) {
            wire_test_touch(pdu.fault.extended_error, pdu.fault.extended_error_length);
            wire_test_touch_auth(&pdu.fault.auth);
        }
        return result;
    }
    if (header->type == PDU_RESPONSE) {
        stub = &pdu.response.stub;
        auth = &pdu.response.auth;
        result = pdu_parse_response(fragment, header, &pdu.response);
    } else {
        result = pdu_parse_request(fragment, header, &pdu.request);
    }
    if (result == PDU_OK) {
        wire_test_touch(stub->data, stub->length + auth->pad_length);
        wire_test_touch_auth(auth);
    }
    return result;
}

/* Parses a complete fragment of any type and reads every octet that the parser points at. */
static inline enum pdu_result wire_test_walk(const uint8_t *fragment,
                                             const struct pdu_header *header)
{
    struct pdu_auth auth;
    enum pdu_result result;

    switch (header->type) {
    case PDU_REQUEST:
    case PDU_RESPONSE:
    case PDU_FAULT:
        return wire_test_walk_call(fragment, header);
    case PDU_BIND:
    case PDU_ALTER_CONTEXT:
        return wire_test_walk_bind(fragment, header);
    case PDU_BIND_ACK:
    case PDU_ALTER_CONTEXT_RESP:
        return wire_test_walk_bind_ack(fragment, header);
    case PDU_BIND_NAK:
        return wire_test_walk_bind_nak(fragment, header);
    default:
        result = pdu_parse_auth_only(fragment, header, &auth);
        if (result == PDU_OK)
            wire_test_touch_auth(&auth);
        return result;
    }
}

#endif
