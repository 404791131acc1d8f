/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of the endpoint mapper's interface (C706 appendix O, chapter 14). Vectors marked so
 * were seen between Wine's built-in DLL and Wine's endpoint mapper; the others are hand-made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/wire_test.h"
#include "wire/epm.h"
#include "wire/tower.h"

#define NIL "00000000 0000 0000 0000000000000000"
#define NO_HANDLE "00000000" NIL
#define TCP_TOWER                                                                                  \
    "0500 1300 0d 78563412 1111 2222 0102030405060708 0100 0200 0300"                              \
    "1300 0d 045d888a eb1c c911 9fe808002b104860 0200 0200 0000"                                   \
    "0100 0b 0000 0100 07 0200 1234 0100 09 0400 7f000001"
#define LRPC_TOWER                                                                                 \
    "0400 1300 0d 78563412 1111 2222 0102030405060708 0100 0200 0300"                              \
    "1300 0d 045d888a eb1c c911 9fe808002b104860 0200 0200 0000"                                   \
    "0100 0c 0000 0100 10 0700 6c6f63616c3100"
/* Wine's mapper, one tower and two. */
#define MAP_ONE                                                                                    \
    NO_HANDLE "01000000 04000000 00000000 01000000 03000000 49000000 49000000" TCP_TOWER           \
              "000000 00000000"
#define MAP_TWO                                                                                    \
    NO_HANDLE "02000000 04000000 00000000 02000000 03000000 04000000"                              \
              "49000000 49000000" TCP_TOWER "000000"                                               \
              "49000000 49000000" TCP_TOWER "000000 00000000"
#define MAP_NONE NO_HANDLE "00000000 04000000 00000000 00000000 00000000"

static uint8_t *octets_of(const char *hex, struct stub_reader *r)
{
    size_t length;
    uint8_t *octets = wire_test_octets(hex, &length);

    *r = (struct stub_reader){.data = octets, .length = length};
    return octets;
}

static struct epm_tower tower_of(const char *hex)
{
    size_t length;
    uint8_t *octets = wire_test_octets(hex, &length);

    return (struct epm_tower){octets, (uint32_t)length};
}

/* ---- requests ---- */

static void assert_encodes(stub_encode_fn encode, const void *args, const char *hex)
{
    size_t length, needed = encode(args, NULL, 0);
    uint8_t *expected = wire_test_octets(hex, &length), *got = malloc(needed + 1);

    assert_int_equal(needed, length);
    assert_int_equal(encode(args, got, needed), length);
    assert_memory_equal(got, expected, length);
    free(expected);
    free(got);
}

static void test_update(void **state)
{
    struct epm_tower tcp = tower_of(TCP_TOWER), lrpc = tower_of(LRPC_TOWER);
    const struct epm_entry entries[2] = {
        {{0xabcdef, 1, 2, {3}}, tcp, "annot", 0},
        {{0}, lrpc, "", 0},
    };
    struct epm_update update = {entries, 2, true, EPM_LAYOUT_WINE};

    /* What Wine's mapper was seen to take: no octets for the pointers. */
    assert_encodes(epm_encode_insert, &update,
                   "02000000 02000000"
                   "efcdab00 0100 0200 0300000000000000 00000000 06000000 616e6e6f7400 0000" NIL
                   "00000000 01000000 00 000000"
                   "49000000 49000000" TCP_TOWER "000000"
                   "45000000 45000000" LRPC_TOWER "000000 01000000");
    update.replace = false;
    assert_encodes(epm_encode_delete, &update,
                   "02000000 02000000"
                   "efcdab00 0100 0200 0300000000000000 00000000 06000000 616e6e6f7400 0000" NIL
                   "00000000 01000000 00 000000"
                   "49000000 49000000" TCP_TOWER "000000"
                   "45000000 45000000" LRPC_TOWER);
    update.layout = EPM_LAYOUT_C706;
    assert_encodes(
        epm_encode_insert, &update,
        "02000000 02000000"
        "efcdab00 0100 0200 0300000000000000 00000200 00000000 06000000 616e6e6f7400 0000" NIL
        "01000200 00000000 01000000 00 000000"
        "49000000 49000000" TCP_TOWER "000000"
        "45000000 45000000" LRPC_TOWER "000000 00000000");
    free((void *)tcp.octets);
    free((void *)lrpc.octets);
}

static void test_questions(void **state)
{
    struct epm_tower tcp = tower_of(TCP_TOWER);
    const struct epm_map_request map = {{0xabcdef, 1, 2, {3}}, tcp, {5, {1, 2, 3, {4}}}, 4};
    const struct epm_lookup_request lookup = {
        2, {0xabcdef, 1, 2, {3}}, {{0x12345678, 1, 2, {3}}, 4, 5}, 3, {0}, 64};
    const struct epm_handle handle = {5, {1, 2, 3, {4}}};
    const struct epm_mgmt_delete_request remove = {true, {0xabcdef, 1, 2, {3}}, tcp};

    assert_encodes(epm_encode_map, &map,
                   "01000000 efcdab00 0100 0200 0300000000000000"
                   "02000000 49000000 49000000" TCP_TOWER "000000"
                   "05000000 01000000 0200 0300 0400000000000000 04000000");
    assert_encodes(epm_encode_lookup, &lookup,
                   "02000000 01000000 efcdab00 0100 0200 0300000000000000"
                   "02000000 78563412 0100 0200 0300000000000000 0400 0500 03000000" NO_HANDLE
                   "40000000");
    assert_encodes(epm_encode_handle_free, &handle, "05000000 01000000 0200 0300 0400000000000000");
    assert_encodes(epm_encode_mgmt_delete, &remove,
                   "01000000 01000000 efcdab00 0100 0200 0300000000000000"
                   "02000000 49000000 49000000" TCP_TOWER);
    free((void *)tcp.octets);
}

/* ---- answers ---- */

static void assert_tcp_tower(const struct epm_tower *tower)
{
    struct tower decoded;

    assert_int_equal(tower->length, 0x49);
    assert_int_equal(tower_decode(tower->octets, tower->length, &decoded), TOWER_OK);
    assert_string_equal(decoded.endpoint, "4660");
}

static void test_map(void **state)
{
    const char *const answers[] = {MAP_NONE, MAP_ONE, MAP_TWO};

    for (unsigned n = 0; n < 3; n++) {
        struct stub_reader r;
        struct epm_items items;
        struct epm_tower tower;
        uint8_t *octets = octets_of(answers[n], &r);

        assert_true(epm_decode_map(&r, &items));
        assert_int_equal(items.status, 0);
        assert_int_equal(items.count, n);
        for (unsigned i = 0; i < n; i++) {
            assert_true(epm_next_tower(&items, &tower));
            assert_tcp_tower(&tower);
        }
        assert_false(epm_next_tower(&items, &tower));
        free(octets);
    }
}

/* A NULL tower among others, a context handle, a status; big-endian. */
static void test_map_big_endian(void **state)
{
    struct stub_reader r;
    struct epm_items items;
    struct epm_tower tower;
    uint8_t *octets = octets_of("00000005 11223344 5566 7788 0102030405060708"
                                "00000002 00000004 00000000 00000002 00000000 00020000"
                                "00000003 00000002 abcd 0000 16c9a0d6",
                                &r);

    r.big_endian = true;
    assert_true(epm_decode_map(&r, &items));
    assert_int_equal(items.status, 0x16c9a0d6);
    assert_int_equal(items.handle.attributes, 5);
    assert_int_equal(items.handle.uuid.data1, 0x11223344);
    assert_int_equal(items.handle.uuid.data3, 0x7788);
    assert_true(epm_next_tower(&items, &tower));
    assert_null(tower.octets);
    assert_true(epm_next_tower(&items, &tower));
    assert_int_equal(tower.length, 2);
    assert_memory_equal(tower.octets, "\xab\xcd", 2);
    assert_false(epm_next_tower(&items, &tower));
    free(octets);
}

#define LOOKUP                                                                                     \
    "05000000 44332211 6655 8877 0102030405060708"                                                 \
    "02000000 40000000 00000000 02000000"                                                          \
    "efcdab00 0100 0200 0300000000000000 00000200 00000000 06000000 616e6e6f7400 0000" NIL         \
    "01000200 00000000 01000000 00 000000"                                                         \
    "49000000 49000000" TCP_TOWER "000000"                                                         \
    "45000000 45000000" LRPC_TOWER "000000 00000000"

static void test_lookup(void **state)
{
    struct stub_reader r;
    struct epm_items items;
    struct epm_entry entry;
    struct tower decoded;
    uint8_t *octets = octets_of(LOOKUP, &r);

    assert_true(epm_decode_lookup(&r, &items));
    assert_int_equal(items.status, 0);
    assert_int_equal(items.handle.uuid.data1, 0x11223344);
    assert_true(epm_next_entry(&items, &entry));
    assert_int_equal(entry.object.data1, 0xabcdef);
    assert_int_equal(entry.annotation_length, 5);
    assert_string_equal(entry.annotation, "annot");
    assert_tcp_tower(&entry.tower);
    assert_true(epm_next_entry(&items, &entry));
    assert_true(wire_uuid_equal(&entry.object, &wire_nil_uuid));
    assert_string_equal(entry.annotation, "");
    assert_int_equal(tower_decode(entry.tower.octets, entry.tower.length, &decoded), TOWER_OK);
    assert_string_equal(decoded.endpoint, "local1");
    assert_false(epm_next_entry(&items, &entry));
    free(octets);
}

static void test_statuses(void **state)
{
    struct epm_handle handle;
    struct stub_reader r;
    uint32_t status;
    uint8_t *octets = octets_of("d9060000", &r);

    assert_true(epm_decode_status(&r, &status));
    assert_int_equal(status, 1753);
    assert_false(epm_decode_status(&r, &status));
    free(octets);
    octets = octets_of(NO_HANDLE "d8060000", &r);
    assert_true(epm_decode_handle_free(&r, &handle, &status));
    assert_int_equal(status, 1752);
    assert_int_equal(handle.attributes, 0);
    free(octets);
}

/* ---- what is none ---- */

static void assert_invalid(const char *hex, bool lookup)
{
    struct stub_reader r;
    struct epm_items items;
    uint8_t *octets = octets_of(hex, &r);

    assert_false(lookup ? epm_decode_lookup(&r, &items) : epm_decode_map(&r, &items));
    free(octets);
}

static void assert_every_part_invalid(const char *hex, bool lookup)
{
    size_t length;
    uint8_t *octets = wire_test_octets(hex, &length);

    for (size_t i = 0; i < length; i++) {
        uint8_t *exact = malloc(i + !i);
        struct stub_reader r = {.data = exact, .length = i};
        struct epm_items items;

        memcpy(exact, octets, i);
        assert_false(lookup ? epm_decode_lookup(&r, &items) : epm_decode_map(&r, &items));
        free(exact);
    }
    free(octets);
}

static void test_invalid(void **state)
{
    assert_every_part_invalid(MAP_TWO, false);
    assert_every_part_invalid(LOOKUP, true);
    /* More towers than there is room for, or than data; an offset; counts that differ. */
    assert_invalid(NO_HANDLE "05000000 04000000 00000000 05000000 00000000 00000000 00000000"
                             "00000000 00000000 00000000",
                   false);
    assert_invalid(NO_HANDLE "ffffffff ffffffff 00000000 ffffffff 00000000", false);
    assert_invalid(NO_HANDLE "00000040 ffffffff 00000000 00000040 00000000", false);
    assert_invalid(NO_HANDLE "01000000 04000000 01000000 01000000 00000000 00000000", false);
    assert_invalid(NO_HANDLE "02000000 04000000 00000000 01000000 00000000 00000000", false);
    /* A tower that is longer than its array, or than the data. */
    assert_invalid(NO_HANDLE "01000000 04000000 00000000 01000000 03000000 01000000 02000000"
                             "abcd 0000 00000000",
                   false);
    assert_invalid(NO_HANDLE "01000000 04000000 00000000 01000000 03000000 ffffffff ffffffff"
                             "abcd 0000 00000000",
                   false);
    /* An annotation without end. */
    assert_invalid(NO_HANDLE "01000000 04000000 00000000 01000000" NIL "00000000"
                             "00000000 04000000 61626364 00000000",
                   true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update),  cmocka_unit_test(test_questions),
        cmocka_unit_test(test_map),     cmocka_unit_test(test_map_big_endian),
        cmocka_unit_test(test_lookup),  cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_invalid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
