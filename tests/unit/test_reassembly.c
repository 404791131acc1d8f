/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data from one end to the other: cut into fragments, sent as a stream of bytes, framed,
 * put together again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/native_platform.h"
#include "unit/wire_test.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_STUB 70000

static const struct pdu_auth_room auth_room = { 10, 6, 1, 16 };
static const struct wire_uuid object = { 1, 2, 3, { 4 } };
static uint8_t stub_data[MAX_STUB];

static int set_up(void **state)
{
    uint32_t random = 7;

    for (size_t i = 0; i < sizeof(stub_data); i++)
        stub_data[i] = (uint8_t)wire_test_random(&random);
    memset(&native_memory, 0, sizeof(native_memory));
    return 0;
}

static int check_memory(void **state)
{
    return native_memory.in_use ? -1 : 0;
}

/* ---- cutting ---- */

/* Every rule of fragmenter_init()'s comment. */
static void check_cut(uint32_t total, uint16_t max_xmit, unsigned header_length,
                      const struct pdu_auth_room *auth)
{
    struct fragmenter f;
    struct fragment fragment = { 0 };
    uint32_t offset = 0, unit = auth ? 16 : 8;

    assert_true(fragmenter_init(&f, total, max_xmit, header_length, auth));
    while (fragmenter_next(&f, &fragment)) {
        size_t length = header_length + fragment.length + pdu_auth_length(auth, fragment.length);

        assert_int_equal(fragment.offset, offset);
        assert_int_equal(fragment.first, !offset);
        assert_int_equal(fragment.last, offset + fragment.length == total);
        assert_true(length <= max_xmit);
        if (!fragment.last) {
            assert_int_equal(fragment.length % unit, 0);
            assert_true(length + unit > max_xmit);
        }
        offset += fragment.length;
    }
    assert_true(fragment.last);
    assert_int_equal(offset, total);
}

static void test_cut(void **state)
{
    static const uint16_t sizes[] = { 88, 1432, 4280, 5840, 65535 };
    static const unsigned headers[] = { PDU_REQUEST_HEADER_LENGTH,
                                        PDU_REQUEST_HEADER_LENGTH + PDU_OBJECT_LENGTH };

    for (unsigned i = 0; i < LENGTH(sizes) * LENGTH(headers); i++) {
        uint16_t size = sizes[i / 2];

        for (uint32_t total = 0; total < 200; total++) {
            check_cut(total, size, headers[i % 2], NULL);
            check_cut(total, size, headers[i % 2], &auth_room);
        }
        for (uint32_t total = 200; total <= MAX_STUB; total += 997) {
            check_cut(total, size, headers[i % 2], NULL);
            check_cut(total, size, headers[i % 2], &auth_room);
        }
        check_cut(UINT32_MAX, 65535, headers[i % 2], NULL);
    }
}

static void test_cut_refused(void **state)
{
    struct fragmenter f;

    assert_false(fragmenter_init(&f, 100, 0, 24, NULL));
    assert_false(fragmenter_init(&f, 100, 31, 24, NULL));
    assert_true(fragmenter_init(&f, 100, 32, 24, NULL));
    assert_false(fragmenter_init(&f, 100, 24 + 24 + 15, 24, &auth_room));
    assert_true(fragmenter_init(&f, 100, 24 + 24 + 16, 24, &auth_room));
}

/* ---- a whole call ---- */

struct bytes {
    uint8_t *data;
    size_t length;
};

/* The request's PDUs, one after the other. */
static struct bytes send_call(uint32_t total, uint16_t max_xmit, const struct pdu_auth_room *auth)
{
    size_t room = PDU_REQUEST_HEADER_LENGTH + PDU_OBJECT_LENGTH, capacity = 0;
    struct bytes stream = { NULL, 0 };
    struct fragmenter f;
    struct fragment piece;

    assert_true(fragmenter_init(&f, total, max_xmit, (unsigned)room, auth));
    while (fragmenter_next(&f, &piece)) {
        struct pdu_request_args args = {
            .flags = (piece.first ? PFC_FIRST_FRAG : 0) | (piece.last ? PFC_LAST_FRAG : 0),
            .call_id = 77,
            .alloc_hint = total - piece.offset,
            .object = &object,
        };
        size_t length;

        capacity += max_xmit;
        stream.data = realloc(stream.data, capacity);
        length = pdu_build_request_header(stream.data + stream.length, room, &args, piece.length,
                                          auth);
        assert_int_equal(length, room);
        stream.length += length;
        memcpy(stream.data + stream.length, stub_data + piece.offset, piece.length);
        stream.length += piece.length;
        length = pdu_auth_length(auth, piece.length);
        assert_int_equal(pdu_build_auth_trailer(stream.data + stream.length,
                                                capacity - stream.length, auth, piece.length),
                         length);
        stream.length += length;
    }
    return stream;
}

/* Takes all complete fragments; true after the last of the call. */
static bool receive_fragments(struct pdu_stream *stream, struct reassembly *r)
{
    struct pdu_header header;
    struct pdu_request request;
    enum pdu_result result;
    uint8_t *fragment;
    bool done = false;

    while ((result = pdu_stream_next(stream, &header, &fragment)) == PDU_OK) {
        enum reassembly_result verdict;

        assert_false(done);
        assert_int_equal(pdu_parse_request(fragment, &header, &request), PDU_OK);
        assert_true(wire_uuid_equal(&request.object, &object));
        verdict = reassembly_append(r, &header, request.alloc_hint, &request.stub);
        done = verdict == REASSEMBLY_DONE;
        assert_true(done || verdict == REASSEMBLY_MORE);
        assert_true(r->capacity <= 4 * r->length + 65536);
        assert_int_equal(request.auth.present, header.auth_length > 0);
    }
    assert_int_equal(result, PDU_NEED_MORE);
    assert_true(pdu_stream_wanted(stream) > 0);
    return done;
}

/* Receives `sent` in pieces of 1 to max_piece octets. */
static void receive_call(struct bytes sent, uint32_t total, uint32_t max_piece, uint32_t *random)
{
    struct pdu_stream stream;
    struct reassembly r;
    uint8_t *received;
    uint32_t length;
    size_t offset = 0;
    bool done = false;

    pdu_stream_init(&stream, &native_allocator, 256, PDU_MAX_FRAGMENT);
    reassembly_init(&r, &native_allocator, total);
    while (offset < sent.length) {
        size_t piece = wire_test_random(random) % max_piece + 1;
        size_t left = sent.length - offset;

        assert_false(done);
        piece = pdu_stream_feed(&stream, sent.data + offset, piece < left ? piece : left);
        assert_true(piece > 0);
        offset += piece;
        done = receive_fragments(&stream, &r);
    }
    assert_true(done);
    received = reassembly_take(&r, &length);
    assert_int_equal(length, total);
    assert_non_null(received);
    assert_memory_equal(received, stub_data, total);
    native_allocator.release(NULL, received);
    reassembly_discard(&r);
    pdu_stream_free(&stream);
}

static void test_round_trip(void **state)
{
    static const struct {
        uint32_t step;
        uint16_t max_xmit;
        uint32_t max_piece;
        const struct pdu_auth_room *auth;
    } runs[] = {
        { 1009, 88, 3000, NULL },
        { 997, 1432, 97, NULL },
        { 991, 5840, 70000, NULL },
        { 983, 65535, 70000, NULL },
        { 1019, 4280, 17, NULL },
        { 977, 5840, 5840, &auth_room },
        { 971, 65535, 9, &auth_room },
        { 1013, 1432, 70000, &auth_room },
    };
    uint32_t random = 99;

    for (unsigned i = 0; i < LENGTH(runs); i++) {
        for (uint32_t total = 0; total <= MAX_STUB; total += runs[i].step) {
            struct bytes sent = send_call(total, runs[i].max_xmit, runs[i].auth);

            receive_call(sent, total, runs[i].max_piece, &random);
            free(sent.data);
        }
    }
}

/* ---- reassembly ---- */

static enum reassembly_result append_from(struct reassembly *r, uint8_t flags, uint32_t call_id,
                                          uint32_t drep, uint32_t alloc_hint, uint32_t length)
{
    struct pdu_header header = { .flags = flags, .call_id = call_id, .drep = drep };
    struct pdu_stub stub = { stub_data, length };

    return reassembly_append(r, &header, alloc_hint, &stub);
}

static enum reassembly_result append(struct reassembly *r, uint8_t flags, uint32_t length)
{
    return append_from(r, flags, 1, PDU_DREP_LOCAL, 0, length);
}

static void test_order(void **state)
{
    struct reassembly r;

    reassembly_init(&r, &native_allocator, 1000);
    assert_int_equal(append(&r, 0, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append(&r, PFC_LAST_FRAG, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 8), REASSEMBLY_MORE);
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append(&r, PFC_FIRST_FRAG | PFC_LAST_FRAG, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append_from(&r, 0, 2, PDU_DREP_LOCAL, 0, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append_from(&r, 0, 1, 0, 0, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append(&r, 0, 0), REASSEMBLY_MORE);
    assert_int_equal(append(&r, PFC_LAST_FRAG, 3), REASSEMBLY_DONE);
    assert_int_equal(append(&r, 0, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 8), REASSEMBLY_PROTOCOL_ERROR);
    assert_int_equal(r.length, 11);
    reassembly_discard(&r);
    reassembly_discard(&r);
}

static void test_limit(void **state)
{
    struct reassembly r;

    reassembly_init(&r, &native_allocator, 20);
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 21), REASSEMBLY_TOO_LONG);
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 16), REASSEMBLY_MORE);
    assert_int_equal(append(&r, 0, 5), REASSEMBLY_TOO_LONG);
    assert_int_equal(append(&r, PFC_LAST_FRAG, 4), REASSEMBLY_DONE);
    assert_true(r.capacity <= 20);
    reassembly_discard(&r);
}

/* An empty call is a buffer too. */
static void test_empty(void **state)
{
    struct reassembly r;
    uint32_t length;
    uint8_t *data;

    reassembly_init(&r, &native_allocator, 0);
    assert_int_equal(append(&r, PFC_FIRST_FRAG | PFC_LAST_FRAG, 0), REASSEMBLY_DONE);
    data = reassembly_take(&r, &length);
    assert_non_null(data);
    assert_int_equal(length, 0);
    native_allocator.release(NULL, data);
}

/* alloc_hint is trusted only as far as struct reassembly says; where it is right, one allocation
 * is enough. */
static void test_alloc_hint(void **state)
{
    struct reassembly r;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    assert_int_equal(append_from(&r, PFC_FIRST_FRAG, 1, 0, UINT32_MAX, 100), REASSEMBLY_MORE);
    assert_true(native_memory.peak_request <= 4 * 100 + 65536);
    assert_int_equal(append_from(&r, 0, 1, 0, UINT32_MAX, 70000), REASSEMBLY_MORE);
    assert_true(native_memory.peak_request <= 4 * 70100 + 65536);
    reassembly_discard(&r);

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    assert_int_equal(append_from(&r, PFC_FIRST_FRAG, 1, 0, 50000, 5000), REASSEMBLY_MORE);
    assert_int_equal(r.capacity, 50000);
    native_memory.fail_after = 1;
    assert_int_equal(append_from(&r, PFC_LAST_FRAG, 1, 0, 45000, 45000), REASSEMBLY_DONE);
    native_memory.fail_after = 0;
    reassembly_discard(&r);
}

/* Without a hint the buffer grows geometrically. */
static void test_growth(void **state)
{
    struct reassembly r;
    unsigned changes = 0;
    size_t capacity = 0;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    for (unsigned i = 0; i < 10000; i++) {
        assert_int_equal(append(&r, i ? 0 : PFC_FIRST_FRAG, 800), REASSEMBLY_MORE);
        changes += r.capacity != capacity;
        capacity = r.capacity;
        assert_true(capacity <= 2 * r.length);
    }
    assert_true(changes <= 15);
    reassembly_discard(&r);
}

static void test_no_memory(void **state)
{
    struct reassembly r;

    reassembly_init(&r, &native_allocator, 1000);
    native_memory.fail_after = 1;
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 8), REASSEMBLY_NO_MEMORY);
    assert_int_equal(append(&r, PFC_FIRST_FRAG, 8), REASSEMBLY_MORE);
    native_memory.fail_after = 1;
    assert_int_equal(append(&r, 0, 100), REASSEMBLY_NO_MEMORY);
    native_memory.fail_after = 0;
    assert_int_equal(r.length, 8);
    assert_memory_equal(r.buffer, stub_data, 8);
    reassembly_discard(&r);
}

/* ---- framing ---- */

static void feed_hex(struct pdu_stream *stream, const char *hex)
{
    size_t length;
    uint8_t *data = wire_test_octets(hex, &length);

    assert_int_equal(pdu_stream_feed(stream, data, length), length);
    free(data);
}

static void test_stream_wanted(void **state)
{
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment;

    pdu_stream_init(&stream, &native_allocator, 64, PDU_MAX_FRAGMENT);
    assert_int_equal(pdu_stream_wanted(&stream), 16);
    feed_hex(&stream, "05001003 10000000 2000 0400 0200");
    assert_int_equal(pdu_stream_wanted(&stream), 2);
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_NEED_MORE);
    feed_hex(&stream, "0000");
    assert_int_equal(pdu_stream_wanted(&stream), 16);
    feed_hex(&stream, "00000000 0a020000 44332211 01020304 0500");
    assert_int_equal(pdu_stream_wanted(&stream), 0);
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_int_equal(header.frag_length, 32);
    assert_int_equal(fragment[31], 4);
    assert_int_equal(pdu_stream_wanted(&stream), 14);
    pdu_stream_free(&stream);
}

/* Several PDUs from one receive, in place. */
static void test_stream_many(void **state)
{
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment, *room;
    size_t size;

    pdu_stream_init(&stream, &native_allocator, 8192, PDU_MAX_FRAGMENT);
    room = pdu_stream_reserve(&stream, &size);
    assert_int_equal(size, 8192);
    for (unsigned i = 0; i < 512; i++)
        assert_int_equal(pdu_build_auth_only(room + i * 16, 16, PDU_CO_CANCEL, 0, i, NULL), 16);
    pdu_stream_commit(&stream, 8192);
    for (unsigned i = 0; i < 512; i++) {
        assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
        assert_ptr_equal(fragment, room + i * 16);
        assert_int_equal(header.call_id, i);
    }
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_NEED_MORE);
    assert_ptr_equal(pdu_stream_reserve(&stream, &size), room);
    assert_int_equal(size, 8192);
    pdu_stream_free(&stream);
}

/* The buffer grows to what a believable header announces, and not before the header is there. */
static void test_stream_growth(void **state)
{
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment;
    size_t size;

    pdu_stream_init(&stream, &native_allocator, 32, PDU_MAX_FRAGMENT);
    feed_hex(&stream, "05000003 10000000 ffff 0000 040000");
    assert_int_equal(stream.capacity, 32);
    feed_hex(&stream, "00");
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(stream.capacity, 65535);
    assert_int_equal(size, 65535 - 16);
    memset(stream.buffer + 16, 0, size);
    pdu_stream_commit(&stream, size);
    assert_int_equal(pdu_stream_feed(&stream, "", 1), 0);
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_int_equal(header.frag_length, 65535);
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, 32);
    pdu_stream_free(&stream);
}

/* Within a message of large fragments much is received at once; after it the buffer is small again. */
static void test_stream_ahead(void **state)
{
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment;
    size_t size;

    pdu_stream_init(&stream, &native_allocator, 32, 256);
    feed_hex(&stream, "05000001 10000000 3000 0000 04000000 00000000 00000000 00000000 00000000");
    feed_hex(&stream, "00000000 00000000 00000000 00000000");
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, PDU_STREAM_AHEAD * 256);
    feed_hex(&stream, "05000002 10000000 3000 0000 04000000 00000000 00000000 00000000 00000000");
    feed_hex(&stream, "00000000 00000000 00000000 00000000");
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_int_equal(fragment[3], PFC_LAST_FRAG);
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, 32);
    pdu_stream_free(&stream);
}

/* Where the owner wants much at once, a receive that has filled the buffer within a large message makes more
 * room for the next, up to a bound. */
static void test_stream_filled(void **state)
{
    enum { LARGEST = 256, LEAST = PDU_STREAM_AHEAD * LARGEST, MOST = PDU_STREAM_AHEAD_MOST * LARGEST };
    static const uint8_t first[16] = {5, 0, 0, PFC_FIRST_FRAG, 0x10, 0, 0, 0, 0x00, 0x01, 0, 0, 4};
    static const size_t expected[2][4] = {{256, LEAST, LEAST, LEAST}, {512, LEAST, MOST, MOST}};
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment, *room;
    size_t size;

    for (unsigned much = 0; much < 2; much++) {
        pdu_stream_init(&stream, &native_allocator, 32, LARGEST);
        assert_int_equal(pdu_stream_feed(&stream, first, sizeof(first)), sizeof(first));
        stream.initial = much ? 512 : 32;
        for (unsigned receives = 0; receives < 4; receives++) {
            room = pdu_stream_reserve(&stream, &size);
            assert_non_null(room);
            assert_int_equal(stream.capacity, expected[much][receives]);
            for (size_t i = 0; i < size; i++) { /* fragments of LARGEST octets */
                size_t at = (stream.end + i - stream.start) % LARGEST;

                room[i] = at < sizeof(first) ? first[at] : 0;
            }
            pdu_stream_commit(&stream, size);
            while (pdu_stream_next(&stream, &header, &fragment) == PDU_OK)
                assert_int_equal(header.frag_length, LARGEST);
        }
        pdu_stream_free(&stream);
    }
}

/* The owner changes how much room there is while nothing has come: an empty buffer follows that, in both
 * directions, one with something in it does not; what counts as a large fragment stays. */
static void test_stream_initial(void **state)
{
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment;
    size_t size;

    pdu_stream_init(&stream, &native_allocator, 64, 256);
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, 64);
    stream.initial = 512;
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, 512);
    feed_hex(&stream, "05001203 10000000 1000 0000 04000000 05001203");
    stream.initial = 64;
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(stream.capacity, 512);
    pdu_stream_trim(&stream);
    assert_int_equal(stream.capacity, 512);
    feed_hex(&stream, "10000000 1000 0000 05000000");
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_int_equal(header.call_id, 5);
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, 64);
    pdu_stream_trim(&stream); /* not larger than at first */
    assert_int_equal(stream.capacity, 64);
    stream.initial = 512;
    assert_non_null(pdu_stream_reserve(&stream, &size));
    pdu_stream_trim(&stream);
    assert_int_equal(stream.capacity, 0);
    pdu_stream_free(&stream);
}

/* What has arrived behind a fragment counts for what alloc_hint may get. */
static void test_reassembly_behind(void **state)
{
    static const uint8_t octets[1000];
    const struct pdu_stub stub = {.data = octets, .length = sizeof(octets)};
    const struct pdu_header header = {.flags = PFC_FIRST_FRAG};
    struct reassembly r;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    r.behind = 99000;
    assert_int_equal(reassembly_append(&r, &header, 300000, &stub), REASSEMBLY_MORE);
    assert_int_equal(r.capacity, 300000);
    reassembly_discard(&r);
    reassembly_init(&r, &native_allocator, UINT32_MAX);
    r.behind = 99000;
    assert_int_equal(reassembly_append(&r, &header, 500000, &stub), REASSEMBLY_MORE);
    assert_int_equal(r.capacity, 4 * 100000 + 65536);
    reassembly_discard(&r);
}

/* Receives `received` octets of PDUs of 16 octets into a buffer of 64, and takes `taken` PDUs. */
static void start_stream(struct pdu_stream *stream, size_t received, unsigned taken)
{
    struct pdu_header header;
    uint8_t *fragment, pdus[64];

    for (unsigned i = 0; i < 4; i++)
        pdu_build_auth_only(pdus + i * 16, 16, PDU_CO_CANCEL, 0, i, NULL);
    pdu_stream_init(stream, &native_allocator, 64, PDU_MAX_FRAGMENT);
    assert_int_equal(pdu_stream_feed(stream, pdus, received), received);
    while (taken--)
        assert_int_equal(pdu_stream_next(stream, &header, &fragment), PDU_OK);
}

/* What is left of a receive moves to the front only if there is little room behind it, or too
 * little. */
static void test_stream_compaction(void **state)
{
    struct pdu_stream stream;
    struct pdu_header header;
    uint8_t *fragment;
    size_t size;

    start_stream(&stream, 60, 3);
    assert_ptr_equal(pdu_stream_reserve(&stream, &size), stream.buffer + 12);
    assert_int_equal(size, 52);
    pdu_stream_free(&stream);

    start_stream(&stream, 20, 1);
    assert_ptr_equal(pdu_stream_reserve(&stream, &size), stream.buffer + 20);
    assert_int_equal(size, 44);
    pdu_stream_free(&stream);

    start_stream(&stream, 16, 1);
    assert_ptr_equal(pdu_stream_reserve(&stream, &size), stream.buffer);
    assert_int_equal(size, 64);
    pdu_stream_free(&stream);

    /* 16 of 60 octets, behind a PDU that has been taken */
    pdu_stream_init(&stream, &native_allocator, 64, PDU_MAX_FRAGMENT);
    feed_hex(&stream, "05001203 10000000 1000 0000 04000000 05000003 10000000 3c00 0000 04000000");
    assert_int_equal(pdu_stream_next(&stream, &header, &fragment), PDU_OK);
    assert_ptr_equal(pdu_stream_reserve(&stream, &size), stream.buffer + 16);
    assert_int_equal(size, 48);
    assert_int_equal(stream.capacity, 64);
    assert_int_equal(pdu_stream_wanted(&stream), 44);
    pdu_stream_free(&stream);
}

static void test_stream_refused(void **state)
{
    static const struct {
        const char *header;
        enum pdu_result result;
    } cases[] = {
        { "47455420 2f204854 5450 2f31 2e310d0a", PDU_BAD_VERSION },
        { "05000003 10000000 1700 0000 04000000", PDU_MALFORMED },
        { "05000003 10000000 d116 0000 04000000", PDU_MALFORMED },
        { "05000403 10000000 1800 0000 04000000", PDU_CONNECTIONLESS_TYPE },
        { "05001503 10000000 1800 0000 04000000", PDU_UNKNOWN_TYPE },
    };

    for (unsigned i = 0; i < LENGTH(cases); i++) {
        struct pdu_stream stream;
        struct pdu_header header;
        uint8_t *fragment = NULL;

        pdu_stream_init(&stream, &native_allocator, 32, 5840);
        feed_hex(&stream, cases[i].header);
        assert_int_equal(pdu_stream_wanted(&stream), 0);
        assert_int_equal(pdu_stream_next(&stream, &header, &fragment), cases[i].result);
        assert_int_equal(pdu_stream_next(&stream, &header, &fragment), cases[i].result);
        assert_null(fragment);
        assert_int_equal(stream.capacity, 32);
        pdu_stream_free(&stream);
    }
}

static void test_stream_no_memory(void **state)
{
    struct pdu_stream stream;
    size_t size;

    pdu_stream_init(&stream, &native_allocator, 32, PDU_MAX_FRAGMENT);
    native_memory.fail_after = 1;
    assert_null(pdu_stream_reserve(&stream, &size));
    native_memory.fail_after = 1;
    assert_int_equal(pdu_stream_feed(&stream, "", 1), 0);
    feed_hex(&stream, "05000003 10000000 2100 0000 04000000");
    native_memory.fail_after = 1;
    assert_null(pdu_stream_reserve(&stream, &size));
    native_memory.fail_after = 0;
    assert_non_null(pdu_stream_reserve(&stream, &size));
    assert_int_equal(size, 17);
    pdu_stream_free(&stream);
}

/* ---- straight into its place ---- */

static const struct pdu_header first_header = { .flags = PFC_FIRST_FRAG, .call_id = 5 },
                               middle_header = { .call_id = 5 }, last_header = { .flags = PFC_LAST_FRAG, .call_id = 5 };

static void test_reserve(void **state)
{
    struct reassembly r;
    uint8_t *to, *received;
    uint32_t length;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    to = reassembly_reserve(&r, &first_header, 1000, 400);
    assert_non_null(to);
    assert_int_equal(r.length, 0);
    memcpy(to, stub_data, 400);
    assert_int_equal(reassembly_commit(&r, &first_header, 400), REASSEMBLY_MORE);
    to = reassembly_reserve(&r, &last_header, 600, 600);
    assert_non_null(to);
    memcpy(to, stub_data + 400, 600);
    assert_int_equal(reassembly_commit(&r, &last_header, 600), REASSEMBLY_DONE);
    received = reassembly_take(&r, &length);
    assert_int_equal(length, 1000);
    assert_memory_equal(received, stub_data, 1000);
    native_allocator.release(NULL, received);
}

/* What is only announced is not what has arrived: neither a fragment's length nor alloc_hint gets more
 * than the bound. */
static void test_reserve_bound(void **state)
{
    struct reassembly r;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    assert_non_null(reassembly_reserve(&r, &first_header, UINT32_MAX, 65000));
    assert_true(native_memory.peak_request <= 65536);
    reassembly_commit(&r, &first_header, 65000);
    for (unsigned i = 2; i < 40; i++) {
        assert_non_null(reassembly_reserve(&r, &middle_header, UINT32_MAX, 65000));
        assert_true(r.capacity <= 4 * r.length + 65536);
        reassembly_commit(&r, &middle_header, 65000);
    }
    reassembly_discard(&r);
}

static void test_reserve_refused(void **state)
{
    static const struct pdu_header other = { .call_id = 6 };
    struct reassembly r;

    reassembly_init(&r, &native_allocator, 1000);
    assert_null(reassembly_reserve(&r, &middle_header, 0, 10)); /* nothing has begun */
    assert_null(reassembly_reserve(&r, &first_header, 0, 1001));
    assert_null(reassembly_reserve(&r, &first_header, 0, UINT32_MAX));
    assert_non_null(reassembly_reserve(&r, &first_header, 0, 990));
    reassembly_commit(&r, &first_header, 990);
    assert_null(reassembly_reserve(&r, &other, 0, 10));
    assert_null(reassembly_reserve(&r, &last_header, 0, 11));
    assert_int_equal(r.length, 990);
    reassembly_discard(&r);
    reassembly_init(&r, &native_allocator, 1000);
    native_memory.fail_after = 1;
    assert_null(reassembly_reserve(&r, &first_header, 0, 10));
    assert_false(r.started);
}

/* While it is lent, nothing can be done to what was left; and it is given back once. */
static void test_lend(void **state)
{
    const struct pdu_stub stub = { stub_data, 10 };
    struct reassembly r, lent;
    uint8_t *to;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    assert_int_equal(reassembly_append(&r, &first_header, 0, &stub), REASSEMBLY_MORE);
    to = reassembly_reserve(&r, &last_header, 0, 10);
    reassembly_lend(&r, &lent);
    assert_null(reassembly_reserve(&r, &last_header, 0, 10));
    assert_int_equal(reassembly_append(&r, &last_header, 0, &stub), REASSEMBLY_PROTOCOL_ERROR);
    reassembly_discard(&r);
    memcpy(to, stub_data + 10, 10);
    assert_true(reassembly_return(&r, &lent));
    reassembly_discard(&lent); /* nothing is left there */
    assert_int_equal(reassembly_commit(&r, &last_header, 10), REASSEMBLY_DONE);
    assert_memory_equal(r.buffer, stub_data, 20);
    reassembly_discard(&r);
}

/* Its call has begun anew meanwhile. */
static void test_lent_in_vain(void **state)
{
    const struct pdu_stub stub = { stub_data, 10 };
    struct reassembly r, lent;

    reassembly_init(&r, &native_allocator, UINT32_MAX);
    reassembly_append(&r, &first_header, 0, &stub);
    reassembly_lend(&r, &lent);
    reassembly_init(&r, &native_allocator, UINT32_MAX);
    assert_false(reassembly_return(&r, &lent));
    assert_int_equal(lent.length, 10);
    reassembly_discard(&lent);
    assert_int_equal(reassembly_append(&r, &first_header, 0, &stub), REASSEMBLY_MORE);
    reassembly_discard(&r);
}

static void test_stream_partial(void **state)
{
    struct bytes sent = send_call(500, 600, NULL);
    struct pdu_stream stream;
    struct pdu_header header;
    size_t have;

    pdu_stream_init(&stream, &native_allocator, 256, PDU_MAX_FRAGMENT);
    assert_null(pdu_stream_partial(&stream, &header, &have));
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(pdu_stream_feed(&stream, sent.data + i, 1), 1);
        assert_int_equal(pdu_stream_partial(&stream, &header, &have) != NULL, i + 1 >= PDU_HEADER_LENGTH);
        assert_int_equal(have, i + 1);
    }
    assert_int_equal(header.frag_length, sent.length);
    assert_memory_equal(pdu_stream_partial(&stream, &header, &have), sent.data, 100);
    pdu_stream_take_partial(&stream);
    assert_null(pdu_stream_partial(&stream, &header, &have));
    assert_int_equal(pdu_stream_wanted(&stream), PDU_HEADER_LENGTH);
    assert_int_equal(pdu_stream_feed(&stream, sent.data, 256), 256); /* another one */
    assert_int_equal(pdu_stream_feed(&stream, sent.data + 256, sent.length - 256), sent.length - 256);
    assert_null(pdu_stream_partial(&stream, &header, &have)); /* it is complete */
    pdu_stream_free(&stream);
    free(sent.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cut, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_cut_refused, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_order, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_limit, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_empty, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_alloc_hint, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_growth, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_no_memory, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_reserve, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_reserve_bound, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_reserve_refused, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_lend, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_lent_in_vain, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_partial, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_wanted, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_many, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_growth, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_ahead, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_filled, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_initial, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_reassembly_behind, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_compaction, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_refused, set_up, check_memory),
        cmocka_unit_test_setup_teardown(test_stream_no_memory, set_up, check_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
