/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes on the wire: C706 14.3.10 (NDR 2.0), [MS-RPCE] 2.2.5.3.4.5 (NDR64). */
#include "unit/ndr_test.h"
#include "unit/ndr64_test.h"
#include "unit/ndr_pipe_test.h"

struct choice {
    int32_t which;
    int32_t value;
};
struct odd { /* longer in memory than in NDR 2.0 */
    int64_t x;
    char y;
};

/* ---- types ---- */

static const unsigned char octets20[] = { NDR_FC_BYTE, NDR_FC_PAD, NDR_FC_PIPE, 0, S(-4), S(1), S(1) };
static const unsigned char shorts20[] = { NDR_FC_SHORT, NDR_FC_PAD, NDR_FC_PIPE, 1, S(-4), S(2), S(2) };
static const unsigned char longs20[] = { NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, 3, S(-4), S(4), S(4) };
static const unsigned char hypers20[] = { NDR_FC_HYPER, NDR_FC_PAD, NDR_FC_PIPE, 7, S(-4), S(8), S(8) };
static const unsigned char odd20[] = {
    NDR_FC_BOGUS_STRUCT, 7, S(16), S(0), S(0), NDR_FC_HYPER, NDR_FC_CHAR, NDR_FC_STRUCTPAD7, NDR_FC_END,
    NDR_FC_PIPE, 7, S(-14), S(16), S(9),
};
static const unsigned char few_longs20[] = {
    NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, NDR_PIPE_HAS_RANGE | 3, S(-4), S(4), S(4), L(0), L(2),
};
static const unsigned char ranged20[] = {
    NDR_FC_RANGE, NDR_FC_LONG, L(1), L(5), NDR_FC_PIPE, 3, S(-12), S(4), S(4),
};

/* arms: 1 a long, 2 a short, else nothing */
static const unsigned char union20[] = {
    NDR_FC_ENCAPSULATED_UNION, 0x48, S(4), S(0x3000 | 2), L(1), S(0x8008), L(2), S(0x8006), S(0),
    NDR_FC_PIPE, 3, S(-22), S(8), S(8),
};

static const unsigned char byte64 = FC64_UINT8, long64 = FC64_INT32, hyper64 = FC64_INT64;
static const struct ndr64_pipe octets64 = { FC64_PIPE, NDR64_PIPE_BLOCK_COPY, 0, 0, &byte64, 1, 1, 0, 0 };
static const struct ndr64_pipe longs64 = { FC64_PIPE, NDR64_PIPE_BLOCK_COPY, 3, 0, &long64, 4, 4, 0, 0 };
static const struct ndr64_pipe hypers64 = { FC64_PIPE, NDR64_PIPE_BLOCK_COPY, 7, 0, &hyper64, 8, 8, 0, 0 };
static const struct ndr64_pipe few_longs64 = { FC64_PIPE, NDR64_PIPE_HAS_RANGE, 3, 0, &long64, 4, 4, 0, 2 };
static const struct ndr64_range from_1_to_5 = { FC64_RANGE, FC64_INT32, 0, 1, 5 };
static const struct ndr64_pipe ranged64 = { FC64_PIPE, 0, 3, 0, &from_1_to_5, 4, 4, 0, 0 };

/* ---- vectors ---- */

struct pipe_vector {
    const char *name;
    const void *format;
    bool ndr64;
    uint32_t element, skip; /* octets of an element in memory; octets of other stub data in front */
    const void *elements;
    uint32_t chunks[4]; /* how many elements; 0 ends it */
    const char *little, *big;
    size_t length;
};
#define BOTH(little, big) little, big, sizeof(little) - 1
#define LITTLE(little) little, NULL, sizeof(little) - 1

static const char text[] = "abcd";
static const int16_t shorts[] = { 0x1122, 0x3344, 0x5566 };
static const int32_t longs[] = { 0x11223344, 0x55667788, 5 };
static const int64_t hypers[] = { 0x0102030405060708, 9 };
static const struct odd odds[] = { { 0x0102030405060708, 'y' }, { 9, 'z' } };
static const struct choice choices[] = { { 1, 0x11223344 }, { 2, 0x5566 }, { 3, 0 } };
static const int32_t small_longs[] = { 1, 5, 3 };

static const struct pipe_vector vectors[] = {
    { "nothing", longs20 + 2, false, 4, 0, longs, { 0 }, BOTH("\0\0\0\0", "\0\0\0\0") },
    { "octets: counts are aligned", octets20 + 2, false, 1, 0, text, { 3, 1 },
      BOTH("\3\0\0\0abc\0\1\0\0\0d\0\0\0\0\0\0\0", "\0\0\0\3abc\0\0\0\0\1d\0\0\0\0\0\0\0") },
    { "octets behind others", octets20 + 2, false, 1, 5, text, { 4 },
      BOTH("\xee\xee\xee\xee\xee\0\0\0\4\0\0\0abcd\0\0\0\0", "\xee\xee\xee\xee\xee\0\0\0\0\0\0\4abcd\0\0\0\0") },
    { "shorts", shorts20 + 2, false, 2, 2, shorts, { 1, 2 },
      BOTH("\xee\xee\0\0\1\0\0\0\x22\x11\0\0\2\0\0\0\x44\x33\x66\x55\0\0\0\0",
           "\xee\xee\0\0\0\0\0\1\x11\x22\0\0\0\0\0\2\x33\x44\x55\x66\0\0\0\0") },
    { "longs", longs20 + 2, false, 4, 0, longs, { 2, 1 },
      BOTH("\2\0\0\0\x44\x33\x22\x11\x88\x77\x66\x55\1\0\0\0\5\0\0\0\0\0\0\0",
           "\0\0\0\2\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\1\0\0\0\5\0\0\0\0") },
    { "hypers: elements are aligned", hypers20 + 2, false, 8, 0, hypers, { 1, 1 },
      BOTH("\1\0\0\0\0\0\0\0\x08\7\6\5\4\3\2\1\1\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0",
           "\0\0\0\1\0\0\0\0\1\2\3\4\5\6\7\x08\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0\0") },
    { "hypers at once behind a count", hypers20 + 2, false, 8, 4, hypers, { 2 },
      BOTH("\xee\xee\xee\xee\2\0\0\0\x08\7\6\5\4\3\2\1\x09\0\0\0\0\0\0\0\0\0\0\0",
           "\xee\xee\xee\xee\0\0\0\2\1\2\3\4\5\6\7\x08\0\0\0\0\0\0\0\x09\0\0\0\0") },
    { "structures with a gap between them", odd20 + 12, false, 16, 0, odds, { 2 },
      BOTH("\2\0\0\0\0\0\0\0\x08\7\6\5\4\3\2\1y\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0z\0\0\0\0\0\0\0",
           "\0\0\0\2\0\0\0\0\1\2\3\4\5\6\7\x08y\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09z\0\0\0\0\0\0\0") },
    { "elements with a range", ranged20 + 10, false, 4, 0, small_longs, { 3 },
      BOTH("\3\0\0\0\1\0\0\0\5\0\0\0\3\0\0\0\0\0\0\0", "\0\0\0\3\0\0\0\1\0\0\0\5\0\0\0\3\0\0\0\0") },
    { "unions, the last without an arm", union20 + 20, false, 8, 0, choices, { 3 },
      BOTH("\3\0\0\0\1\0\0\0\x44\x33\x22\x11\2\0\0\0\x66\x55\0\0\3\0\0\0\0\0\0\0",
           "\0\0\0\3\0\0\0\1\x11\x22\x33\x44\0\0\0\2\x55\x66\0\0\0\0\0\3\0\0\0\0") },
    { "NDR64: nothing", &longs64, true, 4, 0, longs, { 0 }, LITTLE(Q0 Q0) },
    { "NDR64: octets", &octets64, true, 1, 3, text, { 3, 1 },
      LITTLE("\xee\xee\xee\0\0\0\0\0" Q3 "abc\0\0\0\0\0" "\xfd\xff\xff\xff\xff\xff\xff\xff" Q1 "d\0\0\0\0\0\0\0"
             "\xff\xff\xff\xff\xff\xff\xff\xff" Q0 Q0) },
    { "NDR64: longs", &longs64, true, 4, 0, longs, { 2, 1 },
      LITTLE(Q2 "\x44\x33\x22\x11\x88\x77\x66\x55" "\xfe\xff\xff\xff\xff\xff\xff\xff" Q1 "\5\0\0\0\0\0\0\0"
             "\xff\xff\xff\xff\xff\xff\xff\xff" Q0 Q0) },
    { "NDR64: hypers", &hypers64, true, 8, 0, hypers, { 2 },
      LITTLE(Q2 "\x08\7\6\5\4\3\2\1\x09\0\0\0\0\0\0\0" "\xfe\xff\xff\xff\xff\xff\xff\xff" Q0 Q0) },
    { "NDR64: elements with a range", &ranged64, true, 4, 0, small_longs, { 3 },
      LITTLE(Q3 "\1\0\0\0\5\0\0\0\3\0\0\0\0\0\0\0" "\xfd\xff\xff\xff\xff\xff\xff\xff" Q0 Q0) },
};

static uint32_t elements_of(const struct pipe_vector *v)
{
    return v->chunks[0] + v->chunks[1] + v->chunks[2];
}

static void open_pipe(struct pipe_peer *peer, struct ndr_pipe *pipe, const void *format, bool ndr64)
{
    peer_begin(peer, ndr64);
    memset(pipe, 0, sizeof(*pipe));
    ndr_pipe_type_decode(&pipe->type, &peer->call, format);
}

/* ---- writing ---- */

static void written(void **state)
{
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct pipe_vector *v = &vectors[i];
        unsigned char *elements = (unsigned char *)v->elements;
        struct pipe_peer peer;
        struct ndr_pipe pipe;
        unsigned n = 0;

        open_pipe(&peer, &pipe, v->format, v->ndr64);
        peer.pipes.phase = v->skip;
        peer.pipes.scratch_size = ndr_pipe_scratch_size(&pipe.type);
        peer.pipes.scratch = malloc(peer.pipes.scratch_size + 1);
        do {
            assert_int_equal(ndr_pipe_write(&peer.pipes, &pipe, elements, v->chunks[n], !v->chunks[n]), 0);
            elements += v->chunks[n] * v->element;
        } while (v->chunks[n++]);
        assert_int_equal(peer.ends, n);
        assert_true(pipe.written);
        assert_int_equal(peer.sent_length, v->length - v->skip);
        assert_memory_equal(peer.sent, v->little + v->skip, peer.sent_length);
        peer_end(&peer);
    }
}

/* No chunk is larger than its range, or than 2^20 octets. */
static void written_in_several_chunks(void **state)
{
    static int32_t many[(1 << 18) + 1];
    struct pipe_peer peer;
    struct ndr_pipe pipe;

    open_pipe(&peer, &pipe, few_longs20 + 2, false);
    assert_int_equal(ndr_pipe_write(&peer.pipes, &pipe, (unsigned char *)longs, 3, false), 0);
    assert_int_equal(peer.sent_length, 20);
    assert_memory_equal(peer.sent, "\2\0\0\0\x44\x33\x22\x11\x88\x77\x66\x55\1\0\0\0\5\0\0\0", 20);
    peer_end(&peer);

    open_pipe(&peer, &pipe, longs20 + 2, false);
    many[1 << 18] = 7;
    assert_int_equal(ndr_pipe_write(&peer.pipes, &pipe, (unsigned char *)many, (1 << 18) + 1, false), 0);
    assert_int_equal(peer.sent_length, 4 + (1 << 20) + 4 + 4);
    assert_memory_equal(peer.sent, "\0\0\4\0", 4);
    assert_memory_equal(peer.sent + 4 + (1 << 20), "\1\0\0\0\7\0\0\0", 8);
    peer_end(&peer);
}

/* ---- reading ---- */

/* Reads `max` elements at a time, up to the end or an error. */
static uint32_t read_all(struct pipe_peer *peer, struct ndr_pipe *pipe, uint32_t max, bool whole, unsigned char *elements,
                         uint32_t *total)
{
    unsigned char *object = malloc((size_t)max * pipe->type.memory_size);
    uint32_t count, status;

    *total = 0;
    do {
        status = RAISED({
            uint32_t returned = ndr_pipe_read(&peer->pipes, pipe, object, max, whole, &count);
            if (returned)
                ndr_raise(returned);
        });
        assert_true(status || count <= max);
        if (!status && count) {
            memcpy(elements + *total * pipe->type.memory_size, object, count * pipe->type.memory_size);
            *total += count;
        }
    } while (status == NDR_STATUS_PENDING || (!status && count));
    free(object);
    return status;
}

static void check_elements(const struct pipe_vector *v, const unsigned char *read)
{
    for (uint32_t i = 0; i < elements_of(v); i++) {
        const struct odd *odd = (const void *)(read + i * v->element);

        if (v->elements == odds)
            assert_true(odd->x == odds[i].x && odd->y == odds[i].y);
        else
            assert_memory_equal(read + i * v->element, (const char *)v->elements + i * v->element, v->element);
    }
}

static void read_in_pieces(const struct pipe_vector *v, bool big, size_t piece, uint32_t max, bool whole)
{
    unsigned char read[256];
    struct pipe_peer peer;
    struct ndr_pipe pipe;
    uint32_t total;

    open_pipe(&peer, &pipe, v->format, v->ndr64);
    ndr_pipes_set_representation(&peer.pipes, big ? 0 : NDR_REPRESENTATION_LOCAL);
    peer_receive(&peer, big ? v->big : v->little, v->length, v->skip, piece);
    peer.hesitates = !whole;
    assert_int_equal(read_all(&peer, &pipe, max, whole, read, &total), 0);
    assert_int_equal(total, elements_of(v));
    check_elements(v, read);
    assert_true(pipe.drained);
    assert_int_equal(peer.pipes.pos - peer.pipes.end, 0);
    assert_int_equal(peer.given, v->length);
    peer_end(&peer);
}

static void arrived(void **state)
{
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct pipe_vector *v = &vectors[i];

        for (size_t piece = 1; piece <= v->length; piece++) {
            for (uint32_t max = 1; max <= 4; max++) {
                for (int whole = 0; whole < 2; whole++) {
                    read_in_pieces(v, false, piece, max, whole);
                    if (v->big)
                        read_in_pieces(v, true, piece, max, whole);
                }
            }
        }
    }
}

/* Stub data that ends before the pipe does. */
static void cut_off(void **state)
{
    unsigned char read[256];

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct pipe_vector *v = &vectors[i];

        for (size_t length = v->skip; length < v->length; length++) {
            struct pipe_peer peer;
            struct ndr_pipe pipe;
            uint32_t total;

            open_pipe(&peer, &pipe, v->format, v->ndr64);
            peer_receive(&peer, v->little, length, v->skip, 3);
            assert_int_equal(read_all(&peer, &pipe, 2, true, read, &total), NDR_STATUS_BAD_STUB_DATA);
            assert_true(total <= elements_of(v));
            peer_end(&peer);
        }
    }
}

/* What has nothing yet asks to be told; what has something does not. */
static void asks_once(void **state)
{
    const struct pipe_vector *v = &vectors[4];
    unsigned char object[8];
    struct pipe_peer peer;
    struct ndr_pipe pipe;
    uint32_t count;

    open_pipe(&peer, &pipe, v->format, false);
    peer_receive(&peer, v->little, v->length, 0, 8);
    peer.hesitates = true;
    assert_int_equal(ndr_pipe_read(&peer.pipes, &pipe, object, 2, false, &count), NDR_STATUS_PENDING);
    assert_int_equal(peer.asked, 1);
    assert_int_equal(ndr_pipe_read(&peer.pipes, &pipe, object, 2, false, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(peer.asked, 2);
    peer_end(&peer);
}

static uint32_t refused(const void *format, bool ndr64, const void *wire, size_t length)
{
    unsigned char read[64];
    struct pipe_peer peer;
    struct ndr_pipe pipe;
    uint32_t total, status;

    open_pipe(&peer, &pipe, format, ndr64);
    peer_receive(&peer, wire, length, 0, length);
    status = read_all(&peer, &pipe, 4, true, read, &total);
    peer_end(&peer);
    return status;
}
#define REFUSED(format, ndr64, bytes) refused(format, ndr64, bytes, sizeof(bytes) - 1)

static void hostile_counts(void **state)
{
    assert_int_equal(REFUSED(longs20 + 2, false, "\xff\xff\xff\xff\1\0\0\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED(longs20 + 2, false, "\0\0\0\x80\1\0\0\0\0\0\0\0"), NDR_STATUS_BAD_STUB_DATA);
    /* beyond the pipe's range, at once */
    assert_int_equal(REFUSED(few_longs20 + 2, false, "\3\0\0\0"), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED(few_longs20 + 2, false, "\2\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0"), 0);
    assert_int_equal(REFUSED(&few_longs64, true, Q3), NDR_STATUS_INVALID_BOUND);
    /* an element beyond its own */
    assert_int_equal(REFUSED(ranged20 + 10, false, "\1\0\0\0\6\0\0\0\0\0\0\0"), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED(&ranged64, true, Q1 "\0\0\0\0\0\0\0\0" "\xff\xff\xff\xff\xff\xff\xff\xff" Q0 Q0),
                     NDR_STATUS_INVALID_BOUND);
    /* NDR64: more than 2^31 - 1; a wrong end, of a chunk and of the pipe */
    assert_int_equal(REFUSED(&longs64, true, "\0\0\0\x80\0\0\0\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED(&longs64, true, "\xff\xff\xff\x7f\0\0\0\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED(&longs64, true, "\xff\xff\xff\xff\xff\xff\xff\xff"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED(&longs64, true, Q1 "\5\0\0\0\0\0\0\0" "\xfe\xff\xff\xff\xff\xff\xff\xff" Q0 Q0),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED(&longs64, true, Q1 "\5\0\0\0\0\0\0\0" Q1 Q0 Q0), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED(&longs64, true, Q0 Q1), NDR_STATUS_BAD_STUB_DATA);
}

/* NDR64 is little-endian: [MS-RPCE] 2.2.5. */
static void big_endian_ndr64(void **state)
{
    unsigned char read[4];
    struct pipe_peer peer;
    struct ndr_pipe pipe;
    uint32_t total;

    open_pipe(&peer, &pipe, &octets64, true);
    ndr_pipes_set_representation(&peer.pipes, 0);
    peer_receive(&peer, Q0 Q0, 16, 0, 16);
    assert_int_equal(read_all(&peer, &pipe, 4, true, read, &total), NDR_STATUS_BAD_STUB_DATA);
    peer_end(&peer);
}

static uint32_t decode(const void *format, bool ndr64)
{
    struct ndr_pipe_type type;
    struct pipe_peer peer;
    uint32_t status;

    peer_begin(&peer, ndr64);
    status = RAISED(ndr_pipe_type_decode(&type, &peer.call, format));
    peer_end(&peer);
    return status;
}

static void formats(void **state)
{
    static const unsigned char object_pipe[] = { NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, NDR_PIPE_OBJECT, S(-4), S(4), S(4) };
    static const unsigned char empty[] = { NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, 3, S(-4), S(0), S(0) };
    static const unsigned char wrong_size[] = { NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, 3, S(-4), S(8), S(4) };
    static const unsigned char large[] = {
        NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, NDR_PIPE_BIG | NDR_PIPE_HAS_RANGE | 3, S(-4), L(4), L(4), L(0), L(77),
    };
    struct ndr_pipe pipe;
    struct pipe_peer peer;

    assert_int_equal(decode(longs20, false), NDR_STATUS_WRONG_PIPE_VERSION);
    assert_int_equal(decode(object_pipe + 2, false), NDR_STATUS_WRONG_PIPE_VERSION);
    assert_int_equal(decode(empty + 2, false), NDR_STATUS_WRONG_PIPE_VERSION);
    assert_int_equal(decode(wrong_size + 2, false), NDR_STATUS_WRONG_PIPE_VERSION);
    assert_int_equal(decode(&from_1_to_5, true), NDR_STATUS_WRONG_PIPE_VERSION);
    open_pipe(&peer, &pipe, large + 2, false);
    assert_true(pipe.type.is_image && pipe.type.has_range && pipe.type.most == 77 && pipe.type.memory_size == 4);
    peer_end(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written),
        cmocka_unit_test(written_in_several_chunks),
        cmocka_unit_test(arrived),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(asks_once),
        cmocka_unit_test(hostile_counts),
        cmocka_unit_test(big_endian_ndr64),
        cmocka_unit_test(formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
