/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing connection-oriented PDUs: sizes are computed and checked first, then the octets are
 * written. */
#include "wire/pdu.h"

#include <string.h>

#define FIRST_AND_LAST (PFC_FIRST_FRAG | PFC_LAST_FRAG)
#define STUB_PADDING   16 /* of stub data before a trailer: [MS-RPCE] 2.2.2.11 */
#define BODY_PADDING   4  /* of anything else before a trailer: auth_verifier_co_t, C706 12.6.3.1 */

static size_t align(size_t length, size_t alignment)
{
    return (length + alignment - 1) & ~(alignment - 1);
}

static void put_u16(uint8_t *p, uint16_t value)
{
    wire_put_u16(p, value, false);
}

static void put_u32(uint8_t *p, uint32_t value)
{
    wire_put_u32(p, value, false);
}

static void put_header(uint8_t *p, enum pdu_type type, uint8_t flags, uint32_t call_id,
                       size_t frag_length, const struct pdu_auth_room *auth)
{
    p[0] = 5;
    p[1] = 0;
    p[2] = (uint8_t)type;
    p[3] = flags;
    put_u32(p + 4, PDU_DREP_LOCAL);
    put_u16(p + 8, (uint16_t)frag_length);
    put_u16(p + 10, auth ? auth->value_length : 0);
    put_u32(p + 12, call_id);
}

static void put_trailer(uint8_t *p, const struct pdu_auth_room *auth, size_t padding)
{
    memset(p, 0, padding + PDU_AUTH_TRAILER_LENGTH + auth->value_length);
    p += padding;
    p[0] = auth->type;
    p[1] = auth->level;
    p[2] = (uint8_t)padding;
    put_u32(p + 4, auth->context_id);
}

/* A PDU without stub data of `length` octets: writes its header and the trailer behind it, and
 * clears what lies between. Returns the length of the whole, 0 if it does not fit. */
static size_t frame(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                    uint32_t call_id, size_t length, const struct pdu_auth_room *auth)
{
    size_t padded = auth ? align(length, BODY_PADDING) : length;
    size_t total = padded + (auth ? PDU_AUTH_TRAILER_LENGTH + auth->value_length : 0);

    if (total > capacity || total > PDU_MAX_FRAGMENT)
        return 0;
    put_header(buffer, type, flags, call_id, total, auth);
    memset(buffer + PDU_HEADER_LENGTH, 0, length - PDU_HEADER_LENGTH);
    if (auth)
        put_trailer(buffer + length, auth, padded - length);
    return total;
}

size_t pdu_auth_length(const struct pdu_auth_room *auth, uint32_t stub_length)
{
    if (!auth)
        return 0;
    return -stub_length % STUB_PADDING + PDU_AUTH_TRAILER_LENGTH + auth->value_length;
}

size_t pdu_build_auth_trailer(uint8_t *buffer, size_t capacity, const struct pdu_auth_room *auth,
                              uint32_t stub_length)
{
    size_t length = pdu_auth_length(auth, stub_length);

    if (!length || length > capacity)
        return 0;
    put_trailer(buffer, auth, -stub_length % STUB_PADDING);
    return length;
}

/* ---- bind, alter_context and their answers ---- */

/* 0 if a count has no room in its octet */
static size_t context_list_length(const struct pdu_bind_args *args)
{
    size_t length = 4;

    if (args->context_count > 255)
        return 0;
    for (unsigned i = 0; i < args->context_count; i++) {
        unsigned count = args->contexts[i].transfer_count;

        if (count > 255)
            return 0;
        length += 4 + WIRE_SYNTAX_LENGTH + (size_t)count * WIRE_SYNTAX_LENGTH;
    }
    return length;
}

size_t pdu_build_bind(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                      uint32_t call_id, const struct pdu_bind_args *args,
                      const struct pdu_auth_room *auth)
{
    size_t list = context_list_length(args), total;
    uint8_t *p = buffer + 28;

    if (!list)
        return 0;
    total = frame(buffer, capacity, type, flags | FIRST_AND_LAST, call_id, 24 + list, auth);
    if (!total)
        return 0;

    put_u16(buffer + 16, args->max_xmit_frag);
    put_u16(buffer + 18, args->max_recv_frag);
    put_u32(buffer + 20, args->assoc_group_id);
    buffer[24] = (uint8_t)args->context_count;
    for (unsigned i = 0; i < args->context_count; i++) {
        const struct pdu_context_offer *offer = &args->contexts[i];

        put_u16(p, offer->id);
        p[2] = (uint8_t)offer->transfer_count;
        wire_put_syntax(p + 4, &offer->abstract, false);
        p += 4 + WIRE_SYNTAX_LENGTH;
        for (unsigned j = 0; j < offer->transfer_count; j++, p += WIRE_SYNTAX_LENGTH)
            wire_put_syntax(p, &offer->transfers[j], false);
    }
    return total;
}

size_t pdu_build_bind_ack(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                          uint32_t call_id, const struct pdu_bind_ack_args *args,
                          const struct pdu_auth_room *auth)
{
    size_t address = args->secondary_address ? strlen(args->secondary_address) + 1 : 0;
    size_t list, total;
    uint8_t *p;

    if (address > PDU_MAX_FRAGMENT || args->result_count > 255)
        return 0;
    list = align(26 + address, 4);
    total = frame(buffer, capacity, type, flags | FIRST_AND_LAST, call_id,
                  list + 4 + (size_t)args->result_count * (4 + WIRE_SYNTAX_LENGTH), auth);
    if (!total)
        return 0;

    put_u16(buffer + 16, args->max_xmit_frag);
    put_u16(buffer + 18, args->max_recv_frag);
    put_u32(buffer + 20, args->assoc_group_id);
    put_u16(buffer + 24, (uint16_t)address);
    if (address)
        memcpy(buffer + 26, args->secondary_address, address);
    buffer[list] = (uint8_t)args->result_count;
    p = buffer + list + 4;
    for (unsigned i = 0; i < args->result_count; i++, p += 4 + WIRE_SYNTAX_LENGTH) {
        put_u16(p, args->results[i].result);
        put_u16(p + 2, args->results[i].reason);
        wire_put_syntax(p + 4, &args->results[i].transfer, false);
    }
    return total;
}

size_t pdu_build_bind_nak(uint8_t *buffer, size_t capacity, uint32_t call_id,
                          enum pdu_nak_reason reason, const uint8_t *extended_error,
                          uint32_t extended_error_length)
{
    size_t length = 24, total;

    if (extended_error_length > PDU_MAX_FRAGMENT)
        return 0;
    if (extended_error)
        length += sizeof(struct wire_uuid) + extended_error_length;
    total = frame(buffer, capacity, PDU_BIND_NAK, FIRST_AND_LAST, call_id, length, NULL);
    if (!total)
        return 0;

    put_u16(buffer + 16, (uint16_t)reason);
    buffer[18] = 1;
    buffer[19] = 5;
    if (extended_error) {
        wire_put_uuid(buffer + 24, &pdu_extended_error_signature, false);
        memcpy(buffer + 40, extended_error, extended_error_length);
    }
    return total;
}

/* ---- request, response, fault ---- */

/* The common header of a request or response whose own header is `header_length` octets long. */
static bool frame_stub(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                       uint32_t call_id, size_t header_length, uint32_t stub_length,
                       const struct pdu_auth_room *auth)
{
    size_t total;

    if (header_length > capacity || stub_length > PDU_MAX_FRAGMENT)
        return false;
    total = header_length + stub_length + pdu_auth_length(auth, stub_length);
    if (total > PDU_MAX_FRAGMENT)
        return false;
    put_header(buffer, type, flags, call_id, total, auth);
    return true;
}

size_t pdu_build_request_header(uint8_t *buffer, size_t capacity,
                                const struct pdu_request_args *args, uint32_t stub_length,
                                const struct pdu_auth_room *auth)
{
    size_t length = PDU_REQUEST_HEADER_LENGTH + (args->object ? PDU_OBJECT_LENGTH : 0);
    uint8_t flags = args->flags;

    flags = args->object ? flags | PFC_OBJECT_UUID : flags & ~PFC_OBJECT_UUID;
    if (!frame_stub(buffer, capacity, PDU_REQUEST, flags, args->call_id, length, stub_length, auth))
        return 0;
    put_u32(buffer + 16, args->alloc_hint);
    put_u16(buffer + 20, args->context_id);
    put_u16(buffer + 22, args->opnum);
    if (args->object)
        wire_put_uuid(buffer + PDU_REQUEST_HEADER_LENGTH, args->object, false);
    return length;
}

size_t pdu_build_response_header(uint8_t *buffer, size_t capacity,
                                 const struct pdu_response_args *args, uint32_t stub_length,
                                 const struct pdu_auth_room *auth)
{
    if (!frame_stub(buffer, capacity, PDU_RESPONSE, args->flags, args->call_id,
                    PDU_RESPONSE_HEADER_LENGTH, stub_length, auth))
        return 0;
    put_u32(buffer + 16, args->alloc_hint);
    put_u16(buffer + 20, args->context_id);
    buffer[22] = args->cancel_count;
    buffer[23] = 0;
    return PDU_RESPONSE_HEADER_LENGTH;
}

size_t pdu_build_fault(uint8_t *buffer, size_t capacity, const struct pdu_fault_args *args,
                       const struct pdu_auth_room *auth)
{
    uint32_t blob = args->extended_error ? args->extended_error_length : 0;
    size_t total;

    if (blob > PDU_MAX_FRAGMENT)
        return 0;
    total = frame(buffer, capacity, PDU_FAULT, args->flags | FIRST_AND_LAST, args->call_id,
                  PDU_FAULT_HEADER_LENGTH + (size_t)blob, auth);
    if (!total)
        return 0;
    put_u32(buffer + 16, PDU_FAULT_HEADER_LENGTH + blob);
    put_u16(buffer + 20, args->context_id);
    buffer[22] = args->cancel_count;
    buffer[23] = blob ? PDU_FAULT_HAS_EXTENDED_ERROR : 0;
    put_u32(buffer + 24, args->status);
    if (blob)
        memcpy(buffer + PDU_FAULT_HEADER_LENGTH, args->extended_error, blob);
    return total;
}

size_t pdu_build_auth_only(uint8_t *buffer, size_t capacity, enum pdu_type type, uint8_t flags,
                           uint32_t call_id, const struct pdu_auth_room *auth)
{
    /* auth3 has four octets of padding before its trailer. */
    size_t length = PDU_HEADER_LENGTH + (type == PDU_AUTH3 ? 4 : 0);

    if ((type == PDU_AUTH3 && !auth) || (type == PDU_SHUTDOWN && auth))
        return 0;
    return frame(buffer, capacity, type, flags | FIRST_AND_LAST, call_id, length, auth);
}
