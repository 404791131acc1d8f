/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 scalars, [range], pointers and strings, on images made by hand from [MS-RPCE] 2.2.5 and
 * C706 chapter 14. */
#include "unit/ndr64_test.h"

/* ---- base types ---- */

struct base {
    uint8_t code;
    uint8_t size;
    const char *wire; /* of the value whose bytes they are */
};

static void base_types(void **state)
{
    static const struct base types[] = {
        { FC64_UINT8, 1, "\xfe" }, { FC64_INT8, 1, "\x80" },
        { FC64_CHAR, 1, "a" }, { FC64_UINT16, 2, "\x34\x12" },
        { FC64_INT16, 2, "\x01\x80" }, { FC64_WCHAR, 2, "\xac\x20" },
        { FC64_INT32, 4, "\x78\x56\x34\x92" }, { FC64_UINT32, 4, "\x78\x56\x34\x12" },
        { FC64_ERROR_STATUS_T, 4, "\x05\x00\x07\x80" },
        { FC64_FLOAT32, 4, "\x00\x00\x80\x3f" },
        { FC64_INT64, 8, "\xf0\xde\xbc\x9a\x78\x56\x34\x92" },
        { FC64_UINT64, 8, "\xf0\xde\xbc\x9a\x78\x56\x34\x12" },
        { FC64_FLOAT64, 8, "\x00\x00\x00\x00\x00\x00\xf0\x3f" },
    };
    size_t i;

    ndr_test_is_ndr64 = true;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        unsigned char value[8], *memory = value;
        struct ndr_test t;

        ndr_test_begin(&t, true);
        ndr_test_send(&t, types[i].wire, &types[i].code);
        assert_int_equal(ndr_test_used(&t), types[i].size);
        assert_memory_equal(t.rpc.Buffer, types[i].wire, types[i].size);
        /* Behind one other byte: the gap is that of the type's size. */
        free(t.rpc.Buffer);
        t.rpc.Buffer = calloc(1, 16);
        memcpy((char *)t.rpc.Buffer + types[i].size, types[i].wire, types[i].size);
        t.msg.BufferStart = t.rpc.Buffer;
        t.msg.Buffer = t.msg.BufferStart + 1;
        t.msg.BufferEnd = t.msg.BufferStart + 2 * types[i].size;
        ndr_unmarshal(&t.msg, &memory, &types[i].code, 0);
        assert_memory_equal(value, types[i].wire, types[i].size);
        assert_int_equal(ndr_test_used(&t), 2 * types[i].size);
        ndr_test_end(&t);
    }
    ndr_test_is_ndr64 = false;
}

/* 128-bit integers, 80-bit floats, and what is no code at all. */
static void unknown_codes(void **state)
{
    static const unsigned char codes[] = { 0x00, 0x09, 0x0e, 0x0f, 0x14, 0x1f, 0x25, 0x38,
                                           0x3c, 0x48, 0x52, 0x66, 0x80, 0x93, 0xa5, 0xff };
    size_t i;

    for (i = 0; i < sizeof(codes); i++)
        assert_int_equal(REFUSED64(&codes[i], "\0\0\0\0\0\0\0\0", NULL),
                         NDR_STATUS_CANNOT_SUPPORT);
}

static const struct ndr64_range one_to_ten = { FC64_RANGE, FC64_INT32, 0, 1, 10 };
static const struct ndr64_range far_range = { FC64_RANGE, FC64_INT64, 0, -5, 1ll << 40 };

static void compare_ten(const void *memory)
{
    assert_int_equal(*(const int32_t *)memory, 10);
}

static void compare_far(const void *memory)
{
    assert_true(*(const int64_t *)memory == 1ll << 40);
}

static void range(void **state)
{
    static const int32_t ten = 10;
    static const int64_t far_value = 1ll << 40;
    static const struct ndr64_vector vectors[] = {
        { "int32", FORMAT(one_to_ten), &ten, WIRE("\x0a\0\0\0"), compare_ten, NULL, false },
        { "int64", FORMAT(far_range), &far_value, WIRE("\0\0\0\0\0\1\0\0"), compare_far, NULL,
          false },
    };

    check_vector64(&vectors[0]);
    check_vector64(&vectors[1]);
    assert_int_equal(REFUSED64(FORMAT(one_to_ten), "\0\0\0\0", NULL), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED64(FORMAT(one_to_ten), "\x0b\0\0\0", NULL), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED64(FORMAT(far_range), "\1\0\0\0\0\1\0\0", NULL),
                     NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED64(FORMAT(far_range), "\xfa\xff\xff\xff\xff\xff\xff\xff", NULL),
                     NDR_STATUS_INVALID_BOUND);
}

/* ---- pointers ---- */

static const uint8_t int16_code = FC64_INT16;
static const struct ndr64_pointer ref_int16 = { FC64_RP, NDR_SIMPLE_POINTER, 0, &int16_code };
static const struct ndr64_pointer unique_int16 = { FC64_UP, NDR_SIMPLE_POINTER, 0,
                                                   &int16_code };
static const struct ndr64_pointer full_int16 = { FC64_FP, NDR_SIMPLE_POINTER, 0, &int16_code };
static const struct ndr64_pointer object_int16 = { FC64_OP, NDR_SIMPLE_POINTER, 0,
                                                   &int16_code };
static const struct ndr64_pointer ref_unique = { FC64_RP, NDR_POINTER_DEREF, 0,
                                                 &unique_int16 };
static const struct ndr64_pointer unique_unique = { FC64_UP, NDR_POINTER_DEREF, 0,
                                                    &unique_int16 };

static void compare_int16(const void *memory)
{
    assert_int_equal(*(const int16_t *)memory, 0x1234);
}

static void compare_pointer(const void *memory)
{
    compare_int16(*(int16_t *const *)memory);
}

static void compare_null(const void *memory)
{
    assert_null(memory);
}

static void compare_pointer_to_null(const void *memory)
{
    assert_null(*(int16_t *const *)memory);
}

static void pointers(void **state)
{
    static int16_t value = 0x1234, *pointer = &value, *null;
    const struct ndr64_vector vectors[] = {
        { "ref", FORMAT(ref_int16), &value, WIRE("\x34\x12"), compare_int16, NULL, false },
        { "unique", FORMAT(unique_int16), &value, WIRE(ID0 "\x34\x12"), compare_int16, NULL,
          false },
        { "object", FORMAT(object_int16), &value, WIRE(ID0 "\x34\x12"), compare_int16, NULL,
          false },
        { "null", FORMAT(unique_int16), NULL, WIRE(Q0), compare_null, NULL, false },
        { "full", FORMAT(full_int16), &value, WIRE(Q1 "\x34\x12"), compare_int16, NULL, true },
        { "null full", FORMAT(full_int16), NULL, WIRE(Q0), compare_null, NULL, true },
        { "ref to unique", FORMAT(ref_unique), &pointer, WIRE(ID0 "\x34\x12"), compare_pointer,
          NULL, false },
        { "ref to null", FORMAT(ref_unique), &null, WIRE(Q0), compare_pointer_to_null, NULL,
          false },
        { "unique to unique", FORMAT(unique_unique), &pointer, WIRE(ID0 ID1 "\x34\x12"),
          compare_pointer, NULL, false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
}

/* A peer may choose 64-bit ids for pointers that are not full ones. */
static void wide_ids(void **state)
{
    int16_t *memory = NULL;
    struct ndr_test t;

    ndr_test_is_ndr64 = true;
    ndr_test_begin(&t, false);
    ndr_test_receive(&t, "\0\0\0\0\1\0\0\0\x34\x12", 10);
    ndr_unmarshal(&t.msg, (unsigned char **)&memory, FORMAT(unique_int16), 0);
    assert_int_equal(*memory, 0x1234);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(false);
    ndr_test_receive(&t, "\0\0\0\0\1\0\0\0\x34\x12", 10);
    assert_int_equal(raised_unmarshal(&t, (unsigned char **)&memory, FORMAT(full_int16)),
                     NDR_STATUS_BAD_STUB_DATA);
    ndr_test_receive(&t, "\0\0\0\0\1\0\0\0\x34\x12", 10);
    assert_int_equal(raised_memory_size(&t, FORMAT(full_int16)), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
    ndr_test_is_ndr64 = false;
}

static void null_reference(void **state)
{
    struct ndr_test t;

    ndr_test_is_ndr64 = true;
    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, NULL, FORMAT(ref_int16)), NDR_STATUS_NULL_REF_POINTER);
    ndr_test_end(&t);
    ndr_test_is_ndr64 = false;
}

/* ---- strings ---- */

static const struct ndr64_string conf_char = { FC64_CONF_CHAR_STRING, 0, 1 };
static const struct ndr64_string conf_wchar = { FC64_CONF_WCHAR_STRING, 0, 2 };
static const struct ndr64_string conf_struct = { FC64_CONF_STRUCT_STRING, 0, 3 };
static const struct ndr64_fixed_string fixed_wchar = { { FC64_WCHAR_STRING, 0, 2 }, 10 };
static const struct ndr64_fixed_string fixed_char = { { FC64_CHAR_STRING, 0, 1 }, 5 };
static const struct ndr64_fixed_string fixed_struct = { { FC64_STRUCT_STRING, 0, 3 }, 9 };
static const struct expr_var first_parameter = EXPR_VAR(EARLY, FC64_INT32, 0);
static const struct ndr64_sized_string sized_wchar = {
    { FC64_CONF_WCHAR_STRING, NDR64_STRING_IS_SIZED, 2 }, &first_parameter,
};

static void compare_char(const void *memory)
{
    assert_string_equal(memory, "abc");
}

static void compare_wchar(const void *memory)
{
    assert_memory_equal(memory, "h\0i\0\0\0", 6);
}

static void compare_struct(const void *memory)
{
    assert_memory_equal(memory, "\1\2\3\0\0\0", 6);
}

static void strings(void **state)
{
    static struct {
        int32_t size;
    } stack = { 5 };
    static const unsigned char wide[12] = "h\0i\0\0\0", triples[9] = "\1\2\3\0\0\0";
    const struct ndr64_vector vectors[] = {
        { "conf char", FORMAT(conf_char), "abc", WIRE(Q4 Q0 Q4 "abc\0"), compare_char, NULL,
          false },
        { "conf wchar", FORMAT(conf_wchar), wide, WIRE(Q3 Q0 Q3 "h\0i\0\0\0"), compare_wchar, NULL,
          false },
        { "conf struct", FORMAT(conf_struct), triples, WIRE(Q2 Q0 Q2 "\1\2\3\0\0\0"),
          compare_struct, NULL, false },
        { "char", FORMAT(fixed_char), "abc\0", WIRE(Q0 Q4 "abc\0"), compare_char, NULL, false },
        { "wchar", FORMAT(fixed_wchar), wide, WIRE(Q0 Q3 "h\0i\0\0\0"), compare_wchar, NULL,
          false },
        { "struct", FORMAT(fixed_struct), triples, WIRE(Q0 Q2 "\1\2\3\0\0\0"), compare_struct,
          NULL, false },
        { "sized", FORMAT(sized_wchar), wide, WIRE(Q5 Q0 Q3 "h\0i\0\0\0"), compare_wchar, &stack,
          false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
}

static void bad_strings(void **state)
{
    static struct {
        int32_t size;
    } stack = { 5 };
    /* No terminator; an offset; more characters than room; none; counts beyond 32 bits; a size that
     * is not the parameter's. */
    assert_int_equal(REFUSED64(FORMAT(conf_char), Q3 Q0 Q3 "abc", NULL), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_char), Q4 Q1 Q3 "bc\0", NULL), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_char), Q3 Q0 Q4 "abc\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_char), Q4 Q0 Q0, NULL), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_char), Q4 Q0 "\4\0\0\0\1\0\0\0" "abc\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_char), "\4\0\0\0\1\0\0\0" Q0 Q4 "abc\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(fixed_char), Q0 "\6\0\0\0\0\0\0\0" "abcde\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(sized_wchar), Q4 Q0 Q3 "h\0i\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(sized_wchar),
                               "\xff\xff\xff\xff\0\0\0\0" Q0 Q3 "h\0i\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_types),
        cmocka_unit_test(unknown_codes),
        cmocka_unit_test(range),
        cmocka_unit_test(pointers),
        cmocka_unit_test(wide_ids),
        cmocka_unit_test(null_reference),
        cmocka_unit_test(strings),
        cmocka_unit_test(bad_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
