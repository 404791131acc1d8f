/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR base types and [range]: C706 14.2, and the SDK's "Simple Types". */
#include "unit/ndr_test.h"

/* One scalar as a parameter. */
static void check_scalar(unsigned char fc, const void *memory, size_t memory_size,
                         const char *little, const char *big, size_t length)
{
    unsigned char format[2] = { fc, NDR_FC_PAD }, object[8] = { 0 }, *at = object;
    struct ndr_test t;
    int pass;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, memory, format);
    assert_int_equal(ndr_test_used(&t), length);
    assert_memory_equal(t.rpc.Buffer, little, length);
    for (pass = 0; pass < 2; pass++) {
        ndr_set_representation(&t.msg, pass ? 0 : NDR_REPRESENTATION_LOCAL);
        ndr_test_receive(&t, pass ? big : little, length);
        memset(object, 0x77, sizeof(object));
        ndr_unmarshal(&t.msg, &at, format, 0);
        assert_ptr_equal(at, object);
        assert_int_equal(ndr_test_used(&t), length);
        assert_memory_equal(object, memory, memory_size);
    }
    ndr_test_receive(&t, little, length - 1);
    assert_int_equal(RAISED(ndr_unmarshal(&t.msg, &at, format, 0)), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
}

static void base_types(void **state)
{
    static const uint8_t byte = 0xa5;
    static const uint16_t half = 0xa597;
    static const uint32_t word = 0xcafebabe;
    static const uint64_t wide = 0x0123456789abcdef;
    static const unsigned char bytes[] = { NDR_FC_BYTE, NDR_FC_CHAR, NDR_FC_SMALL, NDR_FC_USMALL };
    static const unsigned char halves[] = { NDR_FC_WCHAR, NDR_FC_SHORT, NDR_FC_USHORT };
    static const unsigned char words[] = { NDR_FC_LONG, NDR_FC_ULONG, NDR_FC_FLOAT, NDR_FC_ENUM32,
                                           NDR_FC_ERROR_STATUS_T };
    size_t i;

    for (i = 0; i < sizeof(bytes); i++)
        check_scalar(bytes[i], &byte, 1, "\xa5", "\xa5", 1);
    for (i = 0; i < sizeof(halves); i++)
        check_scalar(halves[i], &half, 2, "\x97\xa5", "\xa5\x97", 2);
    for (i = 0; i < sizeof(words); i++)
        check_scalar(words[i], &word, 4, "\xbe\xba\xfe\xca", "\xca\xfe\xba\xbe", 4);
    check_scalar(NDR_FC_HYPER, &wide, 8, "\xef\xcd\xab\x89\x67\x45\x23\x01",
                 "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
    check_scalar(NDR_FC_DOUBLE, &wide, 8, "\xef\xcd\xab\x89\x67\x45\x23\x01",
                 "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
}

static void types_that_change_size(void **state)
{
    static const int32_t choice = 0x7ffe;
    static const intptr_t negative = -2;
    static const uintptr_t large = 0xfffffffe;

    check_scalar(NDR_FC_ENUM16, &choice, 4, "\xfe\x7f", "\x7f\xfe", 2);
    check_scalar(NDR_FC_INT3264, &negative, sizeof(negative), "\xfe\xff\xff\xff",
                 "\xff\xff\xff\xfe", 4);
    check_scalar(NDR_FC_UINT3264, &large, sizeof(large), "\xfe\xff\xff\xff", "\xff\xff\xff\xfe", 4);
}

static void enum16_out_of_range(void **state)
{
    static const unsigned char format[] = { NDR_FC_ENUM16, NDR_FC_PAD };
    static const int32_t bad[] = { 0x8000, -1, 0x10000 };
    unsigned char object[4], *at = object;
    struct ndr_test t;
    size_t i;

    ndr_test_begin(&t, true);
    for (i = 0; i < 3; i++)
        assert_int_equal(RAISED(ndr_buffer_size(&t.msg, (unsigned char *)&bad[i], format)),
                         NDR_STATUS_ENUM_VALUE_OUT_OF_RANGE);
    ndr_test_receive(&t, "\x00\x80", 2);
    assert_int_equal(RAISED(ndr_unmarshal(&t.msg, &at, format, 0)),
                     NDR_STATUS_ENUM_VALUE_OUT_OF_RANGE);
    ndr_test_end(&t);
}

static uint32_t receive_ranged(const unsigned char *format, const char *wire, size_t length)
{
    unsigned char object[8], *at = object;
    struct ndr_test t;
    uint32_t status;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, wire, length);
    status = RAISED(ndr_unmarshal(&t.msg, &at, format, 0));
    ndr_test_end(&t);
    return status;
}

static void range(void **state)
{
    static const unsigned char from_minus_2_to_10[] = { NDR_FC_RANGE, NDR_FC_LONG, L(-2), L(10) };
    static const unsigned char above_2_gib[] = { NDR_FC_RANGE, NDR_FC_ULONG, L(0x80000000),
    L(0xfffffffe) };
    static const unsigned char small[] = { NDR_FC_RANGE, NDR_FC_SMALL, L(-1), L(1) };
    static const unsigned char choice[] = { NDR_FC_RANGE, NDR_FC_ENUM16, L(1), L(3) };

    assert_int_equal(receive_ranged(from_minus_2_to_10, "\xfe\xff\xff\xff", 4), 0);
    assert_int_equal(receive_ranged(from_minus_2_to_10, "\x0a\x00\x00\x00", 4), 0);
    assert_int_equal(receive_ranged(from_minus_2_to_10, "\xfd\xff\xff\xff", 4),
                     NDR_STATUS_INVALID_BOUND);
    assert_int_equal(receive_ranged(from_minus_2_to_10, "\x0b\x00\x00\x00", 4),
                     NDR_STATUS_INVALID_BOUND);
    assert_int_equal(receive_ranged(above_2_gib, "\x00\x00\x00\x80", 4), 0);
    assert_int_equal(receive_ranged(above_2_gib, "\xff\xff\xff\xff", 4), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(receive_ranged(above_2_gib, "\xff\xff\xff\x7f", 4), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(receive_ranged(small, "\xff", 1), 0);
    assert_int_equal(receive_ranged(small, "\xfe", 1), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(receive_ranged(choice, "\x03\x00", 2), 0);
    assert_int_equal(receive_ranged(choice, "\x00\x00", 2), NDR_STATUS_INVALID_BOUND);
}

/* The octets in an alignment gap are skipped when read, and zero when written. */
static void alignment_gaps(void **state)
{
    static const unsigned char byte[] = { NDR_FC_BYTE, NDR_FC_PAD }, hyper[] = { NDR_FC_HYPER,
    NDR_FC_PAD };
    static const uint8_t one = 1;
    static const uint64_t two = 2;
    unsigned char object[8], *at = object;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_buffer_size(&t.msg, (unsigned char *)&one, byte);
    ndr_buffer_size(&t.msg, (unsigned char *)&two, hyper);
    assert_true(t.msg.BufferLength >= 16);
    ndr_test_get_buffer(&t);
    ndr_marshal(&t.msg, (unsigned char *)&one, byte);
    ndr_marshal(&t.msg, (unsigned char *)&two, hyper);
    assert_int_equal(ndr_test_used(&t), 16);
    assert_memory_equal(t.rpc.Buffer, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16);
    ndr_test_receive(&t, "\1xxxxxxx\2\0\0\0\0\0\0\0", 16);
    ndr_unmarshal(&t.msg, &at, byte, 0);
    ndr_unmarshal(&t.msg, &at, hyper, 0);
    assert_memory_equal(object, &two, 8);
    ndr_test_end(&t);
}

/* What is sized from an even start fits wherever it turns out to begin. */
static void size_from_any_position(void **state)
{
    static const unsigned char byte[] = { NDR_FC_BYTE, NDR_FC_PAD }, hyper[] = { NDR_FC_HYPER,
    NDR_FC_PAD };
    static const uint64_t value = 0;
    struct ndr_test t;
    int i;

    ndr_test_begin(&t, true);
    for (i = 0; i < 100; i++)
        ndr_buffer_size(&t.msg, (unsigned char *)&value, hyper);
    t.msg.BufferLength += 100; /* bytes that the caller counts by itself */
    ndr_test_get_buffer(&t);
    for (i = 0; i < 100; i++) {
        ndr_marshal(&t.msg, (unsigned char *)&value, byte);
        ndr_marshal(&t.msg, (unsigned char *)&value, hyper);
    }
    ndr_test_end(&t);
}

static void representations(void **state)
{
    struct ndr_test t;

    ndr_test_begin(&t, false);
    assert_int_equal(RAISED(ndr_set_representation(&t.msg, 0x12)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_set_representation(&t.msg, 0x20)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_set_representation(&t.msg, 0x410)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_set_representation(&t.msg, 0x311)), 0); /* EBCDIC, IBM */
    assert_int_equal(t.msg.uFlags, NDR_MESSAGE_EBCDIC | NDR_MESSAGE_FLOAT_MASK);
    assert_int_equal(RAISED(ndr_set_representation(&t.msg, 0x10)), 0);
    assert_int_equal(t.msg.uFlags, 0);
    ndr_test_end(&t);
}

static void unknown_format(void **state)
{
    static const unsigned char unknown[] = { 0xee, 0 }, pipe[] = { NDR_FC_PIPE, 0 };
    static const unsigned char cs_array[] = { 0xba, 0 }, cs_tag[] = { 0xbb, 0 }; /* [cs_char] */
    unsigned char object[8], *at = object;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, "12345678", 8);
    assert_int_equal(RAISED(ndr_unmarshal(&t.msg, &at, unknown, 0)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_unmarshal(&t.msg, &at, pipe, 0)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_unmarshal(&t.msg, &at, cs_array, 0)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_unmarshal(&t.msg, &at, cs_tag, 0)), NDR_STATUS_CANNOT_SUPPORT);
    assert_int_equal(RAISED(ndr_buffer_size(&t.msg, object, cs_array)), NDR_STATUS_CANNOT_SUPPORT);
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_types),
        cmocka_unit_test(types_that_change_size),
        cmocka_unit_test(enum16_out_of_range),
        cmocka_unit_test(range),
        cmocka_unit_test(alignment_gaps),
        cmocka_unit_test(size_from_any_position),
        cmocka_unit_test(representations),
        cmocka_unit_test(unknown_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
