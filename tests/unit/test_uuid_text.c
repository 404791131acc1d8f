/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs: text, order, hash; and the byte-order helpers and constants that everything in wire/
 * rests on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/feature.h"
#include "wire/share.h"
#include "wire/uuid.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct wire_uuid uuids[] = {
    { 0, 0, 0, { 0 } },
    { 0xdeadbeef, 0xdead, 0xbeef, { 0x10, 0x21, 0x35, 0x56, 0x89, 0xa0, 0xf4, 0x8a } },
    { 0xabadfeed, 0x49ff, 0xbead, { 0x8a, 0xf4, 0xa0, 0x89, 0x56, 0x35, 0x21, 0x10 } },
    { 0x93da375c, 0x1324, 0x1355, { 0x87, 0xff, 0x49, 0x44, 0x34, 0x44, 0x22, 0x19 } },
    { 0x11111111, 0x1111, 0x1111, { 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11 } },
    { 0, 1, 0, { 0 } },
    { 0, 0, 0, { 0, 0, 0, 0, 0, 0, 0, 1 } },
    { 1, 0, 0, { 0 } },
    { 0xffffffff, 0xffff, 0xffff, { 255, 255, 255, 255, 255, 255, 255, 255 } },
    { 0, 0, 0, { 1, 0 } },
    { 0, 0, 0, { 0, 1 } },
    { 0, 0, 0x8000, { 0 } },
    { 0x80000000, 0, 0, { 0 } },
};

static void test_to_text(void **state)
{
    uint16_t text[UUID_TEXT_LENGTH + 1];

    uuid_to_text(&uuids[1], text);
    assert_memory_equal(text, u"deadbeef-dead-beef-1021-355689a0f48a", sizeof(text));
    uuid_to_text(&uuids[0], text);
    assert_memory_equal(text, u"00000000-0000-0000-0000-000000000000", sizeof(text));
}

static void test_from_text(void **state)
{
    struct wire_uuid uuid;
    uint16_t text[UUID_TEXT_LENGTH + 1];

    assert_true(uuid_from_text(u"DEADBEEF-dead-BeEf-1021-355689A0F48a", 36, &uuid));
    assert_true(wire_uuid_equal(&uuid, &uuids[1]));
    for (unsigned i = 0; i < LENGTH(uuids); i++) {
        uuid_to_text(&uuids[i], text);
        assert_true(uuid_from_text(text, UUID_TEXT_LENGTH, &uuid));
        assert_true(wire_uuid_equal(&uuid, &uuids[i]));
    }
}

static void test_from_text_refused(void **state)
{
    static const uint16_t wrong[] = { 'g', 'G', '/', ':',   '@',   '`',
                                      '-', '0', ' ', 0, 0x130, 0xff10 };
    struct wire_uuid uuid = uuids[2];
    uint16_t text[UUID_TEXT_LENGTH + 2] = { 0 };

    for (unsigned i = 0; i < UUID_TEXT_LENGTH; i++) {
        for (unsigned j = 0; j < LENGTH(wrong); j++) {
            bool hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;

            if (wrong[j] == (hyphen_place ? '-' : '0'))
                continue;
            uuid_to_text(&uuids[1], text);
            text[i] = wrong[j];
            assert_false(uuid_from_text(text, UUID_TEXT_LENGTH, &uuid));
        }
    }
    uuid_to_text(&uuids[1], text);
    for (size_t length = 0; length < LENGTH(text); length++)
        assert_int_equal(uuid_from_text(text, length, &uuid), length == UUID_TEXT_LENGTH);
    assert_false(uuid_from_text(u"{deadbeef-dead-beef-1021-355689a0f48a}", 38, &uuid));
    assert_true(wire_uuid_equal(&uuid, &uuids[1]));
}

/* The order of the samples above, by index. */
static void test_compare(void **state)
{
    static const unsigned ascending[] = { 0, 6, 10, 9, 11, 5, 7, 4, 12, 3, 2, 1, 8 };

    for (unsigned i = 0; i < LENGTH(ascending); i++) {
        for (unsigned j = 0; j < LENGTH(ascending); j++) {
            int expected = i == j ? 0 : i < j ? -1 : 1;

            assert_int_equal(uuid_compare(&uuids[ascending[i]], &uuids[ascending[j]]), expected);
        }
    }
}

/* What Wine's UuidHash returns for the samples above. */
static void test_hash(void **state)
{
    static const uint16_t hashes[] = { 0,      0xbf63, 0x0e8f, 0xd6be, 0x00ee, 0x0bf3, 0x00fe,
                                       0x0fef, 0xfe01, 0x07f7, 0x06f8, 0x047b, 0x0679 };

    for (unsigned i = 0; i < LENGTH(uuids); i++)
        assert_int_equal(uuid_hash(&uuids[i]), hashes[i]);
}

static void test_nil(void **state)
{
    for (unsigned i = 0; i < LENGTH(uuids); i++)
        assert_int_equal(uuid_is_nil(&uuids[i]), i == 0);
}

static void test_byte_order(void **state)
{
    uint8_t octets[6] = { 0x55, 1, 2, 3, 4, 0x55 };

    assert_int_equal(wire_get_u16(octets + 1, false), 0x0201);
    assert_int_equal(wire_get_u16(octets + 1, true), 0x0102);
    assert_int_equal(wire_get_u32(octets + 1, false), 0x04030201);
    assert_int_equal(wire_get_u32(octets + 1, true), 0x01020304);
    wire_put_u32(octets + 1, 0xf1f2f3f4, false);
    assert_memory_equal(octets, "\x55\xf4\xf3\xf2\xf1\x55", 6);
    wire_put_u32(octets + 1, 0xf1f2f3f4, true);
    assert_memory_equal(octets, "\x55\xf1\xf2\xf3\xf4\x55", 6);
    wire_put_u16(octets + 1, 0xa1a2, false);
    assert_memory_equal(octets, "\x55\xa2\xa1\xf3\xf4\x55", 6);
    wire_put_u16(octets + 1, 0xa1a2, true);
    assert_memory_equal(octets, "\x55\xa1\xa2\xf3\xf4\x55", 6);
    assert_int_equal(wire_get_u32((const uint8_t *)"\xff\xff\xff\xff", true), UINT32_MAX);
}

static void check_syntax(const struct wire_syntax *syntax, const uint16_t *text, uint16_t major)
{
    struct wire_uuid uuid;

    assert_true(uuid_from_text(text, UUID_TEXT_LENGTH, &uuid));
    assert_true(wire_uuid_equal(&uuid, &syntax->uuid));
    assert_int_equal(syntax->major, major);
    assert_int_equal(syntax->minor, 0);
}

static void test_syntaxes(void **state)
{
    struct wire_syntax syntax;
    uint16_t features = 0xffff;

    check_syntax(&wire_syntax_ndr20, u"8a885d04-1ceb-11c9-9fe8-08002b104860", 2);
    check_syntax(&wire_syntax_ndr64, u"71710533-beba-4937-8319-b5dbef9ccc36", 1);

    syntax = feature_syntax(FEATURE_SECURITY_CONTEXT_MULTIPLEXING |
                            FEATURE_KEEP_CONNECTION_ON_ORPHAN);
    check_syntax(&syntax, u"6cb71c2c-9812-4540-0300-000000000000", 1);
    assert_true(feature_syntax_parse(&syntax, &features));
    assert_int_equal(features, 3);
    assert_true(feature_syntax_parse(&syntax, NULL));
    syntax.uuid.data4[1] = 0x80;
    syntax.uuid.data4[7] = 0xff;
    assert_true(feature_syntax_parse(&syntax, &features));
    assert_int_equal(features, 0x8003);
    syntax.minor = 1;
    assert_false(feature_syntax_parse(&syntax, &features));
    syntax = feature_syntax(3);
    syntax.uuid.data3 ^= 1;
    assert_false(feature_syntax_parse(&syntax, &features));
    assert_false(feature_syntax_parse(&wire_syntax_ndr64, &features));
}

static void test_share_syntax(void **state)
{
    static const uint8_t token[SHARE_TOKEN_LENGTH] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    struct wire_syntax syntax = share_syntax(token);
    uint8_t found[SHARE_TOKEN_LENGTH];
    uint16_t features;

    assert_true(share_syntax_parse(&syntax, found));
    assert_memory_equal(found, token, sizeof(token));
    assert_false(feature_syntax_parse(&syntax, &features));
    syntax.minor++;
    assert_false(share_syntax_parse(&syntax, found));
    syntax = feature_syntax(3);
    assert_false(share_syntax_parse(&syntax, found));
    assert_false(share_syntax_parse(&wire_syntax_ndr20, found));
    assert_false(share_syntax_parse(&wire_syntax_ndr64, found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_text),    cmocka_unit_test(test_from_text),
        cmocka_unit_test(test_from_text_refused), cmocka_unit_test(test_compare),
        cmocka_unit_test(test_hash),       cmocka_unit_test(test_nil),
        cmocka_unit_test(test_byte_order), cmocka_unit_test(test_syntaxes),
        cmocka_unit_test(test_share_syntax),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
