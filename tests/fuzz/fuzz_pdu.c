/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything in wire/ that reads octets from strangers. The input is a stream of PDUs, received
 * in pieces whose sizes its last four octets choose; it is then taken as a tower and as a string
 * binding, too. */
#include <stdio.h>

#include "unit/native_platform.h"
#include "unit/wire_test.h"
#include "wire/string_binding.h"
#include "wire/tower.h"

#define REQUIRE(condition)                                                 \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                       \
        }                                                                  \
    } while (0)

#define STREAM_INITIAL 64

/* The stub data of requests and responses; whatever the peer does wrong, the next call begins
 * anew. */
static void reassemble(struct reassembly *r, const struct pdu_header *header, uint32_t alloc_hint,
                       const struct pdu_stub *stub)
{
    enum reassembly_result result = reassembly_append(r, header, alloc_hint, stub);

    REQUIRE(r->capacity <= 4 * r->length + 65536);
    REQUIRE(r->length <= r->limit);
    if (result == REASSEMBLY_MORE)
        return;
    if (result == REASSEMBLY_DONE) {
        uint32_t length;
        uint8_t *data = reassembly_take(r, &length);

        wire_test_touch(data, length);
        native_allocator.release(NULL, data);
    }
    reassembly_discard(r);
    reassembly_init(r, &native_allocator, 1 << 12);
}

/* The parts of a fragment that a security provider is given: header, body, trailer and value are all
 * of it, in this order, and the padding is part of the body. */
static void divide(const uint8_t *fragment, const struct pdu_header *header)
{
    struct pdu_auth_room room;
    struct pdu_auth auth;

    if (pdu_parse_auth_only(fragment, header, &auth) != PDU_OK)
        return;
    room = (struct pdu_auth_room){auth.type, auth.level, auth.context_id, auth.value_length};
    REQUIRE(pdu_auth_is(&auth, &room) == auth.present);
    if (!auth.present)
        return;
    REQUIRE(pdu_body_offset(header) + auth.pad_length <= auth.trailer_offset);
    REQUIRE(auth.value == fragment + auth.trailer_offset + PDU_AUTH_TRAILER_LENGTH);
    REQUIRE(auth.value + auth.value_length == fragment + header->frag_length);
    wire_test_touch(fragment, auth.trailer_offset);
    wire_test_touch(auth.value, auth.value_length);
}

static void take_fragment(const uint8_t *fragment, const struct pdu_header *header,
                          struct reassembly *r)
{
    /* A block of its own, so that the sanitizer sees what is read beyond it. */
    uint8_t *copy = malloc(header->frag_length);
    struct pdu_request request;
    struct pdu_response response;

    memcpy(copy, fragment, header->frag_length);
    divide(copy, header);
    if (wire_test_walk(copy, header) == PDU_OK) {
        if (header->type == PDU_REQUEST) {
            pdu_parse_request(copy, header, &request);
            reassemble(r, header, request.alloc_hint, &request.stub);
        } else if (header->type == PDU_RESPONSE) {
            pdu_parse_response(copy, header, &response);
            reassemble(r, header, response.alloc_hint, &response.stub);
        }
    }
    free(copy);
}

static void receive_stream(const uint8_t *data, size_t size, uint32_t random)
{
    struct pdu_stream stream;
    struct reassembly r;
    size_t taken = 0, fed = 0;
    enum pdu_result result = PDU_NEED_MORE;

    pdu_stream_init(&stream, &native_allocator, STREAM_INITIAL, PDU_MAX_FRAGMENT);
    reassembly_init(&r, &native_allocator, 1 << 12);
    while (fed < size && result == PDU_NEED_MORE) {
        size_t piece = wire_test_random(&random) % (random % 3 ? 16 : 4096) + 1;
        struct pdu_header header;
        uint8_t *fragment;

        piece = pdu_stream_feed(&stream, data + fed, piece < size - fed ? piece : size - fed);
        REQUIRE(piece > 0);
        fed += piece;
        while ((result = pdu_stream_next(&stream, &header, &fragment)) == PDU_OK) {
            REQUIRE(!memcmp(fragment, data + taken, header.frag_length));
            taken += header.frag_length;
            take_fragment(fragment, &header, &r);
        }
        REQUIRE((pdu_stream_wanted(&stream) > 0) == (result == PDU_NEED_MORE));
        REQUIRE(stream.capacity <= PDU_STREAM_AHEAD_MOST * PDU_MAX_FRAGMENT);
    }
    reassembly_discard(&r);
    pdu_stream_free(&stream);
    REQUIRE(!native_memory.in_use);
}

/* What can be read can be written, and is then read as the same. */
static void read_tower(const uint8_t *data, size_t size)
{
    static uint8_t buffer[3 * TOWER_TEXT_MAX];
    static struct tower tower, again;
    size_t length;

    if (tower_decode(data, size, &tower) != TOWER_OK)
        return;
    REQUIRE(tower_encode(&tower.iface, &tower.transfer, tower.protseq, tower.endpoint,
                         tower.address, buffer, sizeof(buffer), &length) == TOWER_OK);
    REQUIRE(tower_decode(buffer, length, &again) == TOWER_OK);
    REQUIRE(wire_syntax_equal(&tower.iface, &again.iface));
    REQUIRE(wire_syntax_equal(&tower.transfer, &again.transfer));
    REQUIRE(tower.protseq == again.protseq);
    REQUIRE(!strcmp(tower.endpoint, again.endpoint));
    REQUIRE(!strcmp(tower.address, again.address));
}

static void check_same_text(const uint16_t *a, const uint16_t *b)
{
    while (*a && *a == *b)
        a++, b++;
    REQUIRE(*a == *b);
}

static void compose_again(const struct string_binding *parts)
{
    size_t length, work_length;
    struct string_binding again;
    uint16_t *text, *work;

    REQUIRE(string_binding_compose(parts, NULL, 0, &length) == STRING_BINDING_OK);
    work_length = STRING_BINDING_WORK(length);
    text = malloc((length + 1) * sizeof(*text));
    work = malloc(work_length * sizeof(*work));
    REQUIRE(string_binding_compose(parts, text, length + 1, &length) == STRING_BINDING_OK);
    REQUIRE(!text[length]);
    /* Options lose their escapes: one that holds a comma does not come back. */
    if (string_binding_parse(text, length, work, work_length, &again) == STRING_BINDING_OK) {
        check_same_text(parts->object, again.object);
        check_same_text(parts->protseq, again.protseq);
        check_same_text(parts->address, again.address);
        check_same_text(parts->endpoint, again.endpoint);
    } else {
        REQUIRE(*parts->options);
    }
    free(text);
    free(work);
}

static void read_string_binding(const uint8_t *data, size_t size)
{
    size_t length = size / 2, work_length = STRING_BINDING_WORK(length);
    uint16_t *text = malloc(size ? size : 1), *work = malloc(work_length * sizeof(*work));
    struct string_binding_security security;
    struct string_binding parts;

    for (size_t i = 0; i < length; i++)
        text[i] = wire_get_u16(data + 2 * i, false);
    if (string_binding_parse(text, length, work, work_length, &parts) == STRING_BINDING_OK) {
        string_binding_parse_security(parts.options, &security);
        compose_again(&parts);
    }
    free(text);
    free(work);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t random = size < 4 ? 1 : wire_get_u32(data + size - 4, false) | 1;

    receive_stream(data, size < 4 ? size : size - 4, random);
    read_tower(data, size);
    read_string_binding(data, size);
    return 0;
}
