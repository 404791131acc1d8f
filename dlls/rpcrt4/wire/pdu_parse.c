/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading connection-oriented PDUs. */
#include "wire/pdu.h"

#include <string.h>

#define DREP_LITTLE_ENDIAN 0x10
#define CONTEXT_FIXED      4  /* p_cont_id, n_transfer_syn, reserved; syntaxes follow */
#define RESULT_LENGTH      24 /* result, reason, transfer syntax */

const struct wire_uuid pdu_extended_error_signature = {
    0x90740320, 0xfad0, 0x11d3, { 0x82, 0xd7, 0x00, 0x90, 0x27, 0xb1, 0x30, 0xab }
};

/* Octets without variable parts; 0: not a connection-oriented PDU. */
static size_t minimum_length(const struct pdu_header *header)
{
    static const uint8_t lengths[] = {
        [PDU_REQUEST] = PDU_REQUEST_HEADER_LENGTH,
        [PDU_RESPONSE] = PDU_RESPONSE_HEADER_LENGTH,
        [PDU_FAULT] = PDU_FAULT_HEADER_LENGTH,
        [PDU_BIND] = 28,
        [PDU_BIND_ACK] = 32,
        [PDU_BIND_NAK] = 18,
        [PDU_ALTER_CONTEXT] = 28,
        [PDU_ALTER_CONTEXT_RESP] = 32,
        [PDU_AUTH3] = PDU_HEADER_LENGTH,
        [PDU_SHUTDOWN] = PDU_HEADER_LENGTH,
        [PDU_CO_CANCEL] = PDU_HEADER_LENGTH,
        [PDU_ORPHANED] = PDU_HEADER_LENGTH,
    };

    if (header->type >= sizeof(lengths))
        return 0;
    if (header->type == PDU_REQUEST && header->flags & PFC_OBJECT_UUID)
        return PDU_REQUEST_HEADER_LENGTH + PDU_OBJECT_LENGTH;
    return lengths[header->type];
}

size_t pdu_body_offset(const struct pdu_header *header)
{
    return minimum_length(header);
}

/* Integer order and character set, then floating-point format: C706 14.1 */
static bool drep_is_known(const uint8_t *drep)
{
    return drep[0] >> 4 <= 1 && (drep[0] & 15) <= 1 && drep[1] <= 3;
}

static void read_header(const uint8_t *p, struct pdu_header *header)
{
    bool big_endian = !(p[4] & DREP_LITTLE_ENDIAN);

    header->version_minor = p[1];
    header->type = p[2];
    header->flags = p[3];
    header->big_endian = big_endian;
    header->drep = wire_get_u32(p + 4, false);
    header->frag_length = wire_get_u16(p + 8, big_endian);
    header->auth_length = wire_get_u16(p + 10, big_endian);
    header->call_id = wire_get_u32(p + 12, big_endian);
}

enum pdu_result pdu_peek(const uint8_t *data, size_t have, size_t max_fragment,
                         struct pdu_header *header)
{
    size_t needed;

    if (have < PDU_HEADER_LENGTH)
        return PDU_NEED_MORE;
    read_header(data, header);
    if (data[0] != 5 || data[1] > 1)
        return PDU_BAD_VERSION;
    if (!drep_is_known(data + 4) || header->frag_length > max_fragment)
        return PDU_MALFORMED;

    needed = minimum_length(header);
    if (!needed)
        return header->type < PDU_BIND ? PDU_CONNECTIONLESS_TYPE : PDU_UNKNOWN_TYPE;
    if (header->auth_length)
        needed += PDU_AUTH_TRAILER_LENGTH + header->auth_length;
    return header->frag_length < needed ? PDU_MALFORMED : PDU_OK;
}

/* Reads the trailer, if there is one; *end is where what precedes it (padding included) ends.
 * pdu_peek() has seen to it that the trailer fits. */
static bool parse_auth(const uint8_t *fragment, const struct pdu_header *header,
                       struct pdu_auth *auth, size_t *end)
{
    const uint8_t *trailer;

    memset(auth, 0, sizeof(*auth));
    *end = header->frag_length;
    if (!header->auth_length)
        return true;

    *end -= PDU_AUTH_TRAILER_LENGTH + header->auth_length;
    trailer = fragment + *end;
    auth->present = true;
    auth->type = trailer[0];
    auth->level = trailer[1];
    auth->pad_length = trailer[2];
    auth->context_id = wire_get_u32(trailer + 4, header->big_endian);
    auth->trailer_offset = (uint16_t)*end;
    auth->value_length = header->auth_length;
    auth->value = trailer + PDU_AUTH_TRAILER_LENGTH;
    return auth->pad_length <= *end - minimum_length(header);
}

static bool parse_stub(const uint8_t *fragment, const struct pdu_header *header,
                       struct pdu_auth *auth, struct pdu_stub *stub)
{
    size_t start = minimum_length(header), end;

    if (!parse_auth(fragment, header, auth, &end))
        return false;
    stub->data = fragment + start;
    stub->length = (uint32_t)(end - start - auth->pad_length);
    return true;
}

/* ---- bind, alter_context ---- */

static size_t context_length(const uint8_t *p)
{
    return CONTEXT_FIXED + WIRE_SYNTAX_LENGTH + (size_t)p[2] * WIRE_SYNTAX_LENGTH;
}

/* p_cont_list_t */
static bool parse_context_list(const uint8_t *p, const uint8_t *end, bool big_endian,
                               struct pdu_context_list *list)
{
    list->count = p[0];
    list->next = p + 4;
    list->big_endian = big_endian;

    p += 4;
    for (unsigned i = 0; i < list->count; i++) {
        if (end - p < CONTEXT_FIXED || (size_t)(end - p) < context_length(p))
            return false;
        p += context_length(p);
    }
    return true;
}

enum pdu_result pdu_parse_bind(const uint8_t *fragment, const struct pdu_header *header,
                               struct pdu_bind *bind)
{
    bool big_endian = header->big_endian;
    size_t end;

    bind->max_xmit_frag = wire_get_u16(fragment + 16, big_endian);
    bind->max_recv_frag = wire_get_u16(fragment + 18, big_endian);
    bind->assoc_group_id = wire_get_u32(fragment + 20, big_endian);
    if (!parse_auth(fragment, header, &bind->auth, &end))
        return PDU_MALFORMED;
    if (!parse_context_list(fragment + 24, fragment + end, big_endian, &bind->contexts))
        return PDU_MALFORMED;
    return PDU_OK;
}

bool pdu_next_context(struct pdu_context_list *list, struct pdu_context *context)
{
    const uint8_t *p = list->next;

    if (!list->count)
        return false;
    context->id = wire_get_u16(p, list->big_endian);
    context->transfer_count = p[2];
    wire_get_syntax(p + CONTEXT_FIXED, list->big_endian, &context->abstract);
    context->transfers = p + CONTEXT_FIXED + WIRE_SYNTAX_LENGTH;
    context->big_endian = list->big_endian;

    list->next = p + context_length(p);
    list->count--;
    return true;
}

struct wire_syntax pdu_context_transfer(const struct pdu_context *context, unsigned index)
{
    struct wire_syntax syntax;

    wire_get_syntax(context->transfers + (size_t)index * WIRE_SYNTAX_LENGTH, context->big_endian,
                    &syntax);
    return syntax;
}

/* ---- bind_ack, alter_context_resp ---- */

enum pdu_result pdu_parse_bind_ack(const uint8_t *fragment, const struct pdu_header *header,
                                   struct pdu_bind_ack *ack)
{
    bool big_endian = header->big_endian;
    size_t end, list;

    ack->max_xmit_frag = wire_get_u16(fragment + 16, big_endian);
    ack->max_recv_frag = wire_get_u16(fragment + 18, big_endian);
    ack->assoc_group_id = wire_get_u32(fragment + 20, big_endian);
    ack->secondary_address_length = wire_get_u16(fragment + 24, big_endian);
    ack->secondary_address = (const char *)fragment + 26;
    if (!parse_auth(fragment, header, &ack->auth, &end))
        return PDU_MALFORMED;

    /* The result list is aligned to 4 after the address. */
    list = (26 + (size_t)ack->secondary_address_length + 3) & ~(size_t)3;
    if (list + 4 > end)
        return PDU_MALFORMED;
    ack->results.count = fragment[list];
    ack->results.next = fragment + list + 4;
    ack->results.big_endian = big_endian;
    if ((end - list - 4) / RESULT_LENGTH < ack->results.count)
        return PDU_MALFORMED;
    return PDU_OK;
}

bool pdu_next_context_result(struct pdu_result_list *list, struct pdu_context_result *result)
{
    if (!list->count)
        return false;
    result->result = wire_get_u16(list->next, list->big_endian);
    result->reason = wire_get_u16(list->next + 2, list->big_endian);
    wire_get_syntax(list->next + 4, list->big_endian, &result->transfer);
    list->next += RESULT_LENGTH;
    list->count--;
    return true;
}

/* ---- bind_nak ---- */

static bool is_signature(const uint8_t *fragment, const struct pdu_header *header, size_t offset)
{
    struct wire_uuid uuid;

    if (offset + sizeof(uuid) > header->frag_length)
        return false;
    wire_get_uuid(fragment + offset, header->big_endian, &uuid);
    return wire_uuid_equal(&uuid, &pdu_extended_error_signature);
}

enum pdu_result pdu_parse_bind_nak(const uint8_t *fragment, const struct pdu_header *header,
                                   struct pdu_bind_nak *nak)
{
    size_t end = 18, aligned;

    memset(nak, 0, sizeof(*nak));
    nak->reason = wire_get_u16(fragment + 16, header->big_endian);
    if (header->frag_length == end)
        return PDU_OK;

    nak->version_count = fragment[end++];
    nak->versions = fragment + end;
    if ((size_t)(header->frag_length - end) / 2 < nak->version_count)
        return PDU_MALFORMED;
    end += nak->version_count * 2;

    /* [MS-RPCE] puts the signature right after the list, its structure declaration aligns it:
     * either is read. */
    aligned = (end + 3) & ~(size_t)3;
    if (is_signature(fragment, header, aligned))
        end = aligned;
    else if (!is_signature(fragment, header, end))
        return PDU_OK;
    nak->extended_error = fragment + end + sizeof(struct wire_uuid);
    nak->extended_error_length = (uint32_t)(header->frag_length - end - sizeof(struct wire_uuid));
    return PDU_OK;
}

/* ---- request, response, fault ---- */

enum pdu_result pdu_parse_request(const uint8_t *fragment, const struct pdu_header *header,
                                  struct pdu_request *request)
{
    bool big_endian = header->big_endian;

    request->alloc_hint = wire_get_u32(fragment + 16, big_endian);
    request->context_id = wire_get_u16(fragment + 20, big_endian);
    request->opnum = wire_get_u16(fragment + 22, big_endian);
    request->has_object = header->flags & PFC_OBJECT_UUID;
    request->object = wire_nil_uuid;
    if (request->has_object)
        wire_get_uuid(fragment + PDU_REQUEST_HEADER_LENGTH, big_endian, &request->object);
    return parse_stub(fragment, header, &request->auth, &request->stub) ? PDU_OK : PDU_MALFORMED;
}

enum pdu_result pdu_parse_response(const uint8_t *fragment, const struct pdu_header *header,
                                   struct pdu_response *response)
{
    response->alloc_hint = wire_get_u32(fragment + 16, header->big_endian);
    response->context_id = wire_get_u16(fragment + 20, header->big_endian);
    response->cancel_count = fragment[22];
    return parse_stub(fragment, header, &response->auth, &response->stub) ? PDU_OK : PDU_MALFORMED;
}

enum pdu_result pdu_parse_fault(const uint8_t *fragment, const struct pdu_header *header,
                                struct pdu_fault *fault)
{
    struct pdu_stub blob;
    uint32_t length;

    memset(fault, 0, sizeof(*fault));
    fault->alloc_hint = wire_get_u32(fragment + 16, header->big_endian);
    fault->context_id = wire_get_u16(fragment + 20, header->big_endian);
    fault->cancel_count = fragment[22];
    fault->status = wire_get_u32(fragment + 24, header->big_endian);
    if (!parse_stub(fragment, header, &fault->auth, &blob))
        return PDU_MALFORMED;

    length = fault->alloc_hint - PDU_FAULT_HEADER_LENGTH;
    if (fragment[23] & PDU_FAULT_HAS_EXTENDED_ERROR &&
        fault->alloc_hint > PDU_FAULT_HEADER_LENGTH && length <= blob.length) {
        fault->extended_error = blob.data;
        fault->extended_error_length = length;
    }
    return PDU_OK;
}

enum pdu_result pdu_parse_auth_only(const uint8_t *fragment, const struct pdu_header *header,
                                    struct pdu_auth *auth)
{
    size_t end;

    if (!parse_auth(fragment, header, auth, &end))
        return PDU_MALFORMED;
    return header->type == PDU_AUTH3 && !auth->present ? PDU_MALFORMED : PDU_OK;
}
