/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of the management interface (C706 appendix Q, chapter 14): hand-made vectors in both
 * byte orders, and what is no such data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/wire_test.h"
#include "wire/mgmt.h"

static const struct wire_syntax ids[2] = {
    {{0x12345678, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}, 1, 3},
    {{0xa4f1db00, 0xca47, 0x1067, {0xb3, 0x1f, 0x00, 0xdd, 0x01, 0x06, 0x62, 0xda}}, 0x102, 0x304},
};

#define IDS_LITTLE                                                                                 \
    "00000200 02000000 02000000 01000200 02000200"                                                 \
    "78563412 1111 2222 0102030405060708 0100 0300"                                                \
    "00dbf1a4 47ca 6710 b31f00dd010662da 0201 0403"                                                \
    "00000000"
#define IDS_BIG                                                                                    \
    "00020000 00000002 00000002 00020001 00020002"                                                 \
    "12345678 1111 2222 0102030405060708 0001 0003"                                                \
    "a4f1db00 ca47 1067 b31f00dd010662da 0102 0304"                                                \
    "00000000"
#define STATS_LITTLE "03000000 03000000 05000000 04030201 00000080 00000000"
#define STATS_BIG "00000003 00000003 00000005 01020304 80000000 00000000"
#define NAME_LITTLE "08000000 00000000 04000000 666f6f00 00000000"
#define NAME_BIG "00000008 00000000 00000004 666f6f00 00000000"

static void assert_encodes(stub_encode_fn encode, const void *args, const char *hex)
{
    size_t length, needed = encode(args, NULL, 0);
    uint8_t *expected = wire_test_octets(hex, &length), *got = malloc(needed + 1);

    assert_int_equal(needed, length);
    assert_int_equal(encode(args, got, needed), length);
    assert_memory_equal(got, expected, length);
    /* What does not fit is not written. */
    for (size_t capacity = 0; capacity < length; capacity++) {
        uint8_t *less = malloc(capacity + !capacity);

        assert_int_equal(encode(args, less, capacity), length);
        free(less);
    }
    free(expected);
    free(got);
}

/* The octets, in a block of exactly their length. */
static uint8_t *reader_of(const char *hex, bool big_endian, struct stub_reader *r)
{
    size_t length;
    uint8_t *octets = wire_test_octets(hex, &length);

    *r = (struct stub_reader){.data = octets, .length = length, .big_endian = big_endian};
    return octets;
}

/* ---- requests ---- */

static void test_requests(void **state)
{
    const uint32_t four = 4;
    const struct mgmt_princ_name_request name = {10, 0x1000};
    struct mgmt_princ_name_request name_back;
    struct stub_reader r;
    uint32_t room;
    uint8_t *octets;

    assert_encodes(mgmt_encode_stats_request, &four, "04000000");
    assert_encodes(mgmt_encode_princ_name_request, &name, "0a000000 00100000");
    for (int big = 0; big < 2; big++) {
        octets = reader_of(big ? "00000004" : "04000000", big, &r);
        assert_true(mgmt_decode_stats_request(&r, &room));
        assert_int_equal(room, 4);
        free(octets);
        octets = reader_of(big ? "0000000a 00001000" : "0a000000 00100000", big, &r);
        assert_true(mgmt_decode_princ_name_request(&r, &name_back));
        assert_int_equal(name_back.authn_service, 10);
        assert_int_equal(name_back.room, 0x1000);
        free(octets);
    }
    octets = reader_of("0a0000", false, &r);
    assert_false(mgmt_decode_stats_request(&r, &room));
    free(octets);
    octets = reader_of("0a000000 001000", false, &r);
    assert_false(mgmt_decode_princ_name_request(&r, &name_back));
    free(octets);
}

/* ---- responses ---- */

static void test_encoded_responses(void **state)
{
    const struct mgmt_if_ids two = {ids, 2, 0}, none = {NULL, 0, 5};
    const struct mgmt_stats stats = {{5, 0x01020304, 0x80000000}, 3, 0}, no_stats = {{7}, 0, 5};
    const struct mgmt_listening yes = {0, true}, no = {1715, false};
    const struct mgmt_princ_name name = {"foo", 8, 0}, no_name = {"", 1, 1747};
    const uint32_t status = 5;

    assert_encodes(mgmt_encode_if_ids, &two, IDS_LITTLE);
    assert_encodes(mgmt_encode_if_ids, &none, "00000000 05000000");
    assert_encodes(mgmt_encode_stats, &stats, STATS_LITTLE);
    assert_encodes(mgmt_encode_stats, &no_stats, "00000000 00000000 05000000");
    assert_encodes(mgmt_encode_listening, &yes, "00000000 01000000");
    assert_encodes(mgmt_encode_listening, &no, "b3060000 00000000");
    assert_encodes(mgmt_encode_status, &status, "05000000");
    assert_encodes(mgmt_encode_princ_name, &name, NAME_LITTLE);
    assert_encodes(mgmt_encode_princ_name, &no_name,
                   "01000000 00000000 01000000 00000000 d3060000");
}

static void check_ids(const char *hex, bool big_endian)
{
    struct wire_syntax back[2];
    struct stub_reader r;
    uint32_t count, status = 1;
    uint8_t *octets = reader_of(hex, big_endian, &r);

    assert_true(mgmt_decode_if_ids(&r, back, 2, &count, &status));
    assert_int_equal(count, 2);
    assert_int_equal(status, 0);
    assert_true(wire_syntax_equal(&back[0], &ids[0]));
    assert_true(wire_syntax_equal(&back[1], &ids[1]));
    /* As many as there is room for. */
    r.at = 0;
    back[0] = back[1] = (struct wire_syntax){.major = 77};
    assert_true(mgmt_decode_if_ids(&r, back, 1, &count, &status));
    assert_int_equal(count, 2);
    assert_true(wire_syntax_equal(&back[0], &ids[0]));
    assert_int_equal(back[1].major, 77);
    free(octets);
}

static void test_if_ids(void **state)
{
    struct wire_syntax back;
    struct stub_reader r;
    uint32_t count, status;
    uint8_t *octets;

    check_ids(IDS_LITTLE, false);
    check_ids(IDS_BIG, true);
    octets = reader_of("00000000 05000000", false, &r);
    assert_true(mgmt_decode_if_ids(&r, NULL, 0, &count, &status));
    assert_int_equal(count, 0);
    assert_int_equal(status, 5);
    free(octets);
    /* A NULL pointer in the vector stands for nothing. */
    octets = reader_of("00000200 02000000 02000000 00000000 02000200"
                       "78563412 1111 2222 0102030405060708 0100 0300 00000000",
                       false, &r);
    assert_true(mgmt_decode_if_ids(&r, &back, 1, &count, &status));
    assert_int_equal(count, 1);
    assert_true(wire_syntax_equal(&back, &ids[0]));
    free(octets);
}

static void test_other_responses(void **state)
{
    for (int big = 0; big < 2; big++) {
        struct mgmt_listening listening;
        struct mgmt_stats stats;
        struct stub_reader r;
        uint8_t *octets;
        const char *name;
        uint32_t status;
        size_t length;

        octets = reader_of(big ? STATS_BIG : STATS_LITTLE, big, &r);
        assert_true(mgmt_decode_stats(&r, &stats));
        assert_int_equal(stats.count, 3);
        assert_int_equal(stats.values[0], 5);
        assert_int_equal(stats.values[1], 0x01020304);
        assert_int_equal(stats.values[2], 0x80000000);
        assert_int_equal(stats.status, 0);
        free(octets);
        octets = reader_of(big ? "00000000 00000001" : "00000000 01000000", big, &r);
        assert_true(mgmt_decode_listening(&r, &listening));
        assert_true(listening.listening && !listening.status);
        free(octets);
        octets = reader_of(big ? "00000005" : "05000000", big, &r);
        assert_true(mgmt_decode_status(&r, &status));
        assert_int_equal(status, 5);
        free(octets);
        octets = reader_of(big ? NAME_BIG : NAME_LITTLE, big, &r);
        assert_true(mgmt_decode_princ_name(&r, &name, &length, &status));
        assert_int_equal(length, 3);
        assert_string_equal(name, "foo");
        free(octets);
    }
}

/* ---- what is none ---- */

static bool decode_ids(struct stub_reader *r)
{
    struct wire_syntax back[4];
    uint32_t count, status;

    return mgmt_decode_if_ids(r, back, 4, &count, &status);
}

static bool decode_stats(struct stub_reader *r)
{
    struct mgmt_stats stats;

    return mgmt_decode_stats(r, &stats);
}

static bool decode_name(struct stub_reader *r)
{
    const char *name;
    uint32_t status;
    size_t length;

    return mgmt_decode_princ_name(r, &name, &length, &status);
}

static void assert_invalid(bool (*decode)(struct stub_reader *), const char *hex)
{
    struct stub_reader r;
    uint8_t *octets = reader_of(hex, false, &r);

    assert_false(decode(&r));
    free(octets);
}

static void assert_every_part_invalid(bool (*decode)(struct stub_reader *), const char *hex)
{
    size_t length;
    uint8_t *octets = wire_test_octets(hex, &length);

    for (size_t i = 0; i < length; i++) {
        uint8_t *exact = malloc(i + !i);
        struct stub_reader r = {.data = exact, .length = i};

        memcpy(exact, octets, i);
        assert_false(decode(&r));
        free(exact);
    }
    free(octets);
}

static void test_invalid(void **state)
{
    assert_every_part_invalid(decode_ids, IDS_LITTLE);
    assert_every_part_invalid(decode_stats, STATS_LITTLE);
    assert_every_part_invalid(decode_name, NAME_LITTLE);
    /* More pointers than octets; counts that differ. */
    assert_invalid(decode_ids, "00000200 ffffffff ffffffff 00000000 00000000");
    assert_invalid(decode_ids, "00000200 00000040 00000040 00000000 00000000");
    assert_invalid(decode_ids, "00000200 01000000 00000000 00000000 00000000");
    /* More statistics than there are; than the array has. */
    assert_invalid(decode_stats, "05000000 05000000 01000000 01000000 01000000 01000000 01000000"
                                 "00000000");
    assert_invalid(decode_stats, "02000000 01000000 01000000 00000000");
    /* No terminator, one in the middle, no characters, an offset, longer than its array. */
    assert_invalid(decode_name, "08000000 00000000 04000000 666f6f6f 00000000");
    assert_invalid(decode_name, "08000000 00000000 04000000 66006f00 00000000");
    assert_invalid(decode_name, "08000000 00000000 00000000 00000000");
    assert_invalid(decode_name, "08000000 01000000 04000000 666f6f00 00000000");
    assert_invalid(decode_name, "03000000 00000000 04000000 666f6f00 00000000");
    assert_invalid(decode_name, "ffffffff 00000000 ffffffff 666f6f00 00000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_encoded_responses),
        cmocka_unit_test(test_if_ids),   cmocka_unit_test(test_other_responses),
        cmocka_unit_test(test_invalid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
