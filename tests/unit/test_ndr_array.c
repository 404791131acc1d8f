/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR arrays and strings, on images made by hand from C706 14.3.3 and 14.3.4. */
#include "unit/ndr_test.h"

/* ---- arrays whose counts are parameters ---- */

struct parameters {
    int64_t n; /* the first parameter */
    int64_t m;
};

static struct parameters parameters;

static void compare_1_2_3(const void *memory)
{
    const int16_t *a = memory;

    assert_int_equal(a[0], 1);
    assert_int_equal(a[1], 2);
    assert_int_equal(a[2], 3);
}

static void conformant(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), NDR_FC_SHORT,
        NDR_FC_END,
    };
    static const int16_t object[] = { 1, 2, 3 };
    static const struct ndr_vector v = {
        "conformant", format, object,
        (const unsigned char *)"\3\0\0\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\0\0\3\0\1\0\2\0\3", 10,
        compare_1_2_3, &parameters, false, false,
    };

    parameters.n = 3;
    check_vector(&v);
}

/* An element of eight bytes is aligned after the count; no element, no gap. */
static void alignment_of_elements(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 7, S(8), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), NDR_FC_HYPER,
        NDR_FC_END,
    };
    static const uint64_t one = 1;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&parameters;
    parameters.n = 1;
    ndr_test_send(&t, &one, format);
    assert_int_equal(ndr_test_used(&t), 16);
    assert_memory_equal(t.rpc.Buffer, "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16);
    parameters.n = 0;
    t.msg.Buffer = t.rpc.Buffer;
    ndr_marshal(&t.msg, (unsigned char *)&one, format);
    assert_int_equal(ndr_test_used(&t), 4);
    ndr_test_end(&t);
}

static void compare_1_2(const void *memory)
{
    const int16_t *a = memory;

    assert_int_equal(a[0], 1);
    assert_int_equal(a[1], 2);
}

static void conformant_varying(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CVARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(8), NDR_FC_SHORT, NDR_FC_END,
    };
    static const int16_t object[] = { 1, 2, 3 };
    static const struct ndr_vector v = {
        "conformant varying", format, object,
        (const unsigned char *)"\3\0\0\0\0\0\0\0\2\0\0\0\1\0\2\0",
        (const unsigned char *)"\0\0\0\3\0\0\0\0\0\0\0\2\0\1\0\2", 16, compare_1_2, &parameters,
        false, false,
    };

    parameters.n = 3;
    parameters.m = 2;
    check_vector(&v);
}

static void varying(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_SMVARRAY, 1, S(40), S(20), S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_FC_SHORT, NDR_FC_END,
    };
    static const unsigned char large[] = {
        NDR_FC_LGVARRAY, 1, L(200000), L(100000), S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0,
        S(0),
        NDR_FC_SHORT, NDR_FC_END,
    };
    static const int16_t object[20] = { 1, 2, 3 };
    struct ndr_vector v = {
        "varying", format, object,
        (const unsigned char *)"\0\0\0\0\3\0\0\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\0\0\0\0\0\0\3\0\1\0\2\0\3",
        14, compare_1_2_3, &parameters, false, false,
    };

    parameters.n = 3;
    check_vector(&v);
    v.format = large;
    check_vector(&v);
}

static void fixed(void **state)
{
    static const unsigned char small[] = { NDR_FC_SMFARRAY, 1, S(6), NDR_FC_SHORT, NDR_FC_END };
    static const unsigned char large[] = { NDR_FC_LGFARRAY, 1, L(6), NDR_FC_SHORT, NDR_FC_END };
    static const int16_t object[] = { 1, 2, 3 };
    struct ndr_vector v = {
        "fixed", small, object,
        (const unsigned char *)"\1\0\2\0\3\0", (const unsigned char *)"\0\1\0\2\0\3", 6,
        compare_1_2_3, NULL, false, false,
    };

    check_vector(&v);
    v.format = large;
    check_vector(&v);
}

/* first_is: the expression routine gives offset and length. */
static void NDR_CALLBACK from_2_to_3(struct ndr_message *msg)
{
    msg->Offset = 2;
    msg->MaxCount = 2;
}

static void varying_with_offset(void **state)
{
    static const ndr_expression_routine routines[] = { from_2_to_3 };
    static const unsigned char format[] = {
        NDR_FC_CVARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_CORRELATION_TOP_LEVEL, NDR_FC_CALLBACK, S(0), NDR_FC_SHORT, NDR_FC_END,
    };
    static const int16_t object[] = { 0, 1, 2, 3, 4 };
    static const unsigned char wire[] = "\5\0\0\0\2\0\0\0\2\0\0\0\2\0\3\0";
    int16_t received[5] = { 9, 9, 9, 9, 9 };
    unsigned char *memory = (unsigned char *)received;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.desc.apfnExprEval = routines;
    t.msg.StackTop = (unsigned char *)&parameters;
    parameters.n = 5;
    ndr_test_send(&t, object, format);
    assert_int_equal(ndr_test_used(&t), 16);
    assert_memory_equal(t.rpc.Buffer, wire, 16);
    ndr_test_receive(&t, wire, 16);
    ndr_unmarshal(&t.msg, &memory, format, 0);
    assert_int_equal(received[1], 9);
    assert_int_equal(received[2], 2);
    assert_int_equal(received[3], 3);
    assert_int_equal(received[4], 9);
    parameters.n = 3; /* 2 + 2 > 3 */
    assert_int_equal(raised_size(&t, object, format), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
}

/* ---- complex elements ---- */

static void compare_enums(const void *memory)
{
    const int32_t *a = memory;

    assert_int_equal(a[0], 1);
    assert_int_equal(a[1], 2);
    assert_int_equal(a[2], 3);
}

static void array_of_enum16(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_BOGUS_ARRAY, 1, S(0), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        L(0xffffffff),
        NDR_FC_ENUM16, NDR_FC_END,
    };
    static const int32_t object[] = { 1, 2, 3 };
    static const struct ndr_vector v = {
        "enum16[]", format, object,
        (const unsigned char *)"\3\0\0\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\0\0\3\0\1\0\2\0\3", 10,
        compare_enums, &parameters, false, false,
    };

    parameters.n = 3;
    check_vector(&v);
}

static void compare_fixed_pointers(const void *memory)
{
    int16_t *const *a = memory;

    assert_int_equal(*a[0], 7);
    assert_null(a[1]);
    assert_int_equal(*a[2], 8);
}

static void fixed_array_of_pointers(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_BOGUS_ARRAY, 3, S(3), L(0xffffffff), L(0xffffffff),
        NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    };
    static int16_t seven = 7, eight = 8;
    static int16_t *const object[] = { &seven, NULL, &eight };
    static const struct ndr_vector v = {
        "short *[3]", format, object,
        (const unsigned char *)"\0\0\2\0\0\0\0\0\4\0\2\0\7\0\x8\0",
        (const unsigned char *)"\0\2\0\0\0\0\0\0\0\2\0\4\0\7\0\x8", 16, compare_fixed_pointers,
        NULL, false, false,
    };

    check_vector(&v);
}

/* Two conformant dimensions: both counts come first, and the elements lie in rows of the second. */
static void compare_2_by_3(const void *memory)
{
    const int16_t *a = memory;
    int i;

    for (i = 0; i < 6; i++)
        assert_int_equal(a[i], i + 1);
}

static const unsigned char two_dimensions[] = {
    /* 0 */ NDR_FC_BOGUS_ARRAY, 1, S(0), NDR_CORRELATION_TOP_LEVEL_MULTID | NDR_FC_LONG, 0, S(8),
    L(0xffffffff),
    NDR_FC_SHORT, NDR_FC_END,
    /* 14 */ NDR_FC_BOGUS_ARRAY, 1, S(0), NDR_CORRELATION_TOP_LEVEL_MULTID | NDR_FC_LONG, 0, S(0),
    L(0xffffffff),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-28), NDR_FC_PAD, NDR_FC_END,
};

static void conformant_dimensions(void **state)
{
    static const int16_t object[] = { 1, 2, 3, 4, 5, 6 };
    static const struct ndr_vector v = {
        "short[2][3]", two_dimensions + 14, object,
        (const unsigned char *)"\2\0\0\0\3\0\0\0\1\0\2\0\3\0\4\0\5\0\6\0",
        (const unsigned char *)"\0\0\0\2\0\0\0\3\0\1\0\2\0\3\0\4\0\5\0\6", 20, compare_2_by_3,
        &parameters, false, false,
    };

    parameters.n = 2;
    parameters.m = 3;
    check_vector(&v);
}

/* ---- strings ---- */

static void compare_hello(const void *memory)
{
    assert_string_equal(memory, "hello");
}

static void conformant_string(void **state)
{
    static const unsigned char format[] = { NDR_FC_C_CSTRING, NDR_FC_PAD };
    static const struct ndr_vector v = {
        "string", format, "hello",
        (const unsigned char *)"\6\0\0\0\0\0\0\0\6\0\0\0hello",
        (const unsigned char *)"\0\0\0\6\0\0\0\0\0\0\0\6hello",
        18, compare_hello, NULL, false, false,
    };

    check_vector(&v);
}

static void compare_wide(const void *memory)
{
    assert_memory_equal(memory, "h\0i\0\0\0", 6);
}

static void wide_string(void **state)
{
    static const unsigned char format[] = { NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_WSTRING,
    NDR_FC_PAD };
    static const uint16_t object[] = { 'h', 'i', 0 };
    static const struct ndr_vector v = {
        "wide string", format, object,
        (const unsigned char *)"\0\0\2\0\3\0\0\0\0\0\0\0\3\0\0\0h\0i\0\0\0",
        (const unsigned char *)"\0\2\0\0\0\0\0\3\0\0\0\0\0\0\0\3\0h\0i\0\0", 22, compare_wide,
        NULL, false, false,
    };

    check_vector(&v);
}

static void sized_string(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_C_CSTRING, NDR_FC_STRING_SIZED, NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
    };
    static const struct ndr_vector v = {
        "sized string", format, "hello",
        (const unsigned char *)"\x20\0\0\0\0\0\0\0\6\0\0\0hello",
        (const unsigned char *)"\0\0\0\x20\0\0\0\0\0\0\0\6hello",
        18, compare_hello, &parameters, false, false,
    };
    struct ndr_test t;

    parameters.n = 32;
    check_vector(&v);
    parameters.n = 5; /* no room for the terminator */
    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&parameters;
    assert_int_equal(raised_size(&t, "hello", format), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
}

static void fixed_string(void **state)
{
    static const unsigned char format[] = { NDR_FC_CSTRING, NDR_FC_PAD, S(10) };
    static const unsigned char bytes[] = { NDR_FC_BSTRING, NDR_FC_PAD, S(10) };
    static const char object[10] = "hello", unterminated[10] = "0123456789";
    struct ndr_vector v = {
        "fixed string", format, object,
        (const unsigned char *)"\0\0\0\0\6\0\0\0hello",
        (const unsigned char *)"\0\0\0\0\0\0\0\6hello", 14,
        compare_hello, NULL, false, false,
    };
    unsigned char own[10], *memory = own;
    struct ndr_test t;

    check_vector(&v);
    v.format = bytes;
    check_vector(&v);
    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, unterminated, format), NDR_STATUS_INVALID_BOUND);
    /* It is put where the caller has room, even with must_alloc. */
    ndr_test_receive(&t, v.little, v.length);
    ndr_unmarshal(&t.msg, &memory, format, 1);
    assert_ptr_equal(memory, own);
    ndr_test_end(&t);
}

static void compare_pairs(const void *memory)
{
    assert_memory_equal(memory, "a1b2\0\0", 6);
}

/* A [string] of structures of two bytes: it ends with one that is all zero. */
static void structure_string(void **state)
{
    static const unsigned char conformant_format[] = { NDR_FC_C_SSTRING, 2, 0, 0 };
    static const unsigned char fixed_format[] = { NDR_FC_SSTRING, 2, S(5) };
    static const char object[10] = "a1b2";
    static const struct ndr_vector conformant_v = {
        "pairs", conformant_format, object,
        (const unsigned char *)"\3\0\0\0\0\0\0\0\3\0\0\0a1b2\0\0",
        (const unsigned char *)"\0\0\0\3\0\0\0\0\0\0\0\3a1b2\0\0",
        18, compare_pairs, NULL, false, false,
    };
    static const struct ndr_vector fixed_v = {
        "fixed pairs", fixed_format, object,
        (const unsigned char *)"\0\0\0\0\3\0\0\0a1b2\0\0",
        (const unsigned char *)"\0\0\0\0\0\0\0\3a1b2\0\0",
        14, compare_pairs, NULL, false, false,
    };

    check_vector(&conformant_v);
    check_vector(&fixed_v);
}

static void compare_names(const void *memory)
{
    const char *a = memory;

    assert_string_equal(a, "ab");
    assert_string_equal(a + 4, "c");
}

/* An array of strings of at most four characters, each with its own offset and length. */
static void array_of_strings(void **state)
{
    static const unsigned char format[] = {
        /* 0 */ NDR_FC_CSTRING, NDR_FC_PAD, S(4),
        /* 4 */ NDR_FC_BOGUS_ARRAY, 0, S(0), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        L(0xffffffff),
        NDR_FC_EMBEDDED_COMPLEX, 0, S(-18), NDR_FC_PAD, NDR_FC_END,
    };
    static const char object[2][4] = { "ab", "c" };
    static const struct ndr_vector v = {
        "char[2][4]", format + 4, object,
        (const unsigned char *)"\2\0\0\0\0\0\0\0\3\0\0\0ab\0\0\0\0\0\0\2\0\0\0c\0",
        (const unsigned char *)"\0\0\0\2\0\0\0\0\0\0\0\3ab\0\0\0\0\0\0\0\0\0\2c\0", 26,
        compare_names, &parameters, false,
        false,
    };

    parameters.n = 2;
    check_vector(&v);
}

static uint32_t receive_string(const char *wire, size_t length, bool client, char *room)
{
    static const unsigned char format[] = { NDR_FC_C_CSTRING, NDR_FC_PAD };
    unsigned char *memory = (unsigned char *)room;
    struct ndr_test t;
    uint32_t status;

    ndr_test_begin(&t, client);
    ndr_test_receive(&t, wire, length);
    status = raised_unmarshal(&t, &memory, format);
    ndr_test_end(&t);
    return status;
}

static void bad_strings(void **state)
{
    char room[] = "1234567";

    assert_int_equal(receive_string("\3\0\0\0\0\0\0\0\3\0\0\0ab\0", 15, false, NULL), 0);
    /* more room than characters; an offset; more characters than room; no terminator; no character
     * at all */
    assert_int_equal(receive_string("\xff\xff\xff\xff\0\0\0\0\3\0\0\0ab\0", 15, false, NULL), 0);
    assert_int_equal(receive_string("\3\0\0\0\1\0\0\0\2\0\0\0b\0", 14, false, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(receive_string("\2\0\0\0\0\0\0\0\3\0\0\0ab\0", 15, false, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(receive_string("\3\0\0\0\0\0\0\0\3\0\0\0abc", 15, false, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(receive_string("\0\0\0\0\0\0\0\0\0\0\0\0", 12, false, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    /* A reply may not be longer than the string that the caller has there. */
    assert_int_equal(receive_string("\x8\0\0\0\0\0\0\0\x8\0\0\0abcdefg\0", 20, true, room), 0);
    assert_string_equal(room, "abcdefg");
    assert_int_equal(receive_string("\x9\0\0\0\0\0\0\0\x9\0\0\0abcdefgh\0", 21, true, room),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* ---- counts that lie ---- */

static uint32_t receive_array(const unsigned char *format, const char *wire, size_t length,
                              int64_t n, int64_t m)
{
    struct parameters stack = { n, m };
    unsigned char *memory = NULL;
    struct ndr_test t;
    uint32_t status;

    ndr_test_largest = 0;
    ndr_test_begin(&t, false);
    t.msg.StackTop = (unsigned char *)&stack;
    ndr_test_receive(&t, wire, length);
    status = raised_unmarshal(&t, &memory, format);
    if (status)
        assert_true(ndr_test_largest < 100);
    ndr_test_end(&t);
    return status;
}

static void hostile_counts(void **state)
{
    static const unsigned char enums[] = {
        NDR_FC_BOGUS_ARRAY, 1, S(0), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        L(0xffffffff),
        NDR_FC_ENUM16, NDR_FC_END,
    };
    static const unsigned char cvarray[] = {
        NDR_FC_CVARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(8), NDR_FC_SHORT, NDR_FC_END,
    };

    /* four billion elements in a hundred bytes */
    char wire[100] = "\xff\xff\xff\xff";

    assert_int_equal(receive_array(enums, wire, 100, -1, 0), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(
        receive_array(two_dimensions + 14, "\0\0\1\0\0\0\1\0\0\0\0\0", 12, 65536, 65536),
        NDR_STATUS_BAD_STUB_DATA);
    /* no elements in rows, but four billion rows */
    assert_int_equal(receive_array(two_dimensions + 14, "\xff\xff\xff\xff\0\0\0\0", 8, -1, 0),
                     NDR_STATUS_BAD_STUB_DATA);
    /* room for two billion, of which none is there; offsets and lengths beyond the room */
    assert_int_equal(receive_array(cvarray, "\xff\xff\xff\x7f\0\0\0\0\0\0\0\0", 12, 0x7fffffff, 0),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(receive_array(cvarray, "\0\0\1\0\0\0\0\0\0\0\0\0", 12, 65536, 0), 0);
    assert_int_equal(receive_array(cvarray, "\2\0\0\0\1\0\0\0\2\0\0\0\1\0\2\0", 16, 2, 2),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(receive_array(cvarray, "\2\0\0\0\xff\xff\xff\xff\2\0\0\0\1\0\2\0", 16, 2, 2),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(receive_array(cvarray, "\2\0\0\0\0\0\0\0\3\0\0\0\1\0\2\0\3\0", 18, 2, 3),
                     NDR_STATUS_BAD_STUB_DATA);
}

static void bad_counts_of_the_caller(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), NDR_FC_SHORT,
        NDR_FC_END,
    };
    static const int16_t object[] = { 1 };
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&parameters;
    parameters.n = -1;
    assert_int_equal(raised_size(&t, object, format), NDR_STATUS_INVALID_BOUND);
    parameters.n = 0x7fffffff; /* larger than any buffer */
    assert_int_equal(raised_size(&t, object, format), NDR_STATUS_INVALID_BOUND);
    parameters.n = 1;
    assert_int_equal(raised_size(&t, NULL, format), NDR_STATUS_NULL_REF_POINTER);
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(conformant),
        cmocka_unit_test(alignment_of_elements),
        cmocka_unit_test(conformant_varying),
        cmocka_unit_test(varying),
        cmocka_unit_test(fixed),
        cmocka_unit_test(varying_with_offset),
        cmocka_unit_test(array_of_enum16),
        cmocka_unit_test(fixed_array_of_pointers),
        cmocka_unit_test(conformant_dimensions),
        cmocka_unit_test(conformant_string),
        cmocka_unit_test(wide_string),
        cmocka_unit_test(sized_string),
        cmocka_unit_test(fixed_string),
        cmocka_unit_test(structure_string),
        cmocka_unit_test(array_of_strings),
        cmocka_unit_test(bad_strings),
        cmocka_unit_test(hostile_counts),
        cmocka_unit_test(bad_counts_of_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
