/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR unions, on images made by hand from C706 14.3.8. */
#include "unit/ndr_test.h"

/* ---- encapsulated ---- */

struct encapsulated {
    int32_t tag;
    union { /* aligned to 8 */
        int32_t number;
        int16_t *pointer;
    };
};

/* Cases 1: long, 2: float, -3: short *, 4: nothing; no default. */
static const unsigned char encapsulated_format[] = {
    NDR_FC_ENCAPSULATED_UNION, 0x80 | NDR_FC_LONG, S(8), S(4),
    L(1), S(0x8000 | NDR_FC_LONG), L(2), S(0x8000 | NDR_FC_FLOAT), L(-3), S(10), L(4), S(0),
    S(0xffff),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
};

static void compare_number(const void *memory)
{
    const struct encapsulated *u = memory;

    assert_int_equal(u->tag, 1);
    assert_int_equal(u->number, 0x11223344);
}

static void compare_pointer(const void *memory)
{
    const struct encapsulated *u = memory;

    assert_int_equal(u->tag, -3);
    assert_int_equal(*u->pointer, 5);
}

static void compare_nothing(const void *memory)
{
    assert_int_equal(*(const int32_t *)memory, 4);
}

static void encapsulated(void **state)
{
    static int16_t five = 5;
    static const struct encapsulated number = { .tag = 1, .number = 0x11223344 };
    static const struct encapsulated pointer = { .tag = -3, .pointer = &five };
    static const struct encapsulated nothing = { .tag = 4 };
    static const struct ndr_vector vectors[] = {
        { "number", encapsulated_format, &number, (const unsigned char *)"\1\0\0\0\x44\x33\x22\x11",
          (const unsigned char *)"\0\0\0\1\x11\x22\x33\x44", 8, compare_number, NULL, false,
          false },
        { "pointer", encapsulated_format, &pointer,
          (const unsigned char *)"\xfd\xff\xff\xff\0\0\2\0\5\0",
          (const unsigned char *)"\xff\xff\xff\xfd\0\2\0\0\0\5", 10, compare_pointer, NULL, false,
          false },
        { "nothing", encapsulated_format, &nothing, (const unsigned char *)"\4\0\0\0",
          (const unsigned char *)"\0\0\0\4",
          4, compare_nothing, NULL, false, false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector(&vectors[i]);
}

static void no_arm(void **state)
{
    static const struct encapsulated bad = { .tag = 99 };
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    assert_int_equal(raised_size(&t, &bad, encapsulated_format), NDR_STATUS_INVALID_TAG);
    ndr_test_receive(&t, "\x63\0\0\0\1\2\3\4", 8);
    assert_int_equal(raised_unmarshal(&t, &memory, encapsulated_format), NDR_STATUS_INVALID_TAG);
    ndr_test_receive(&t, "\x63\0\0\0\1\2\3\4", 8);
    assert_int_equal(raised_memory_size(&t, encapsulated_format), NDR_STATUS_INVALID_TAG);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* A reply with another arm never takes the old arm's bytes for a pointer. */
static void arm_changes(void **state)
{
    struct encapsulated object = { .tag = 1, .number = 0x11223344 };
    unsigned char *memory = (unsigned char *)&object;
    int16_t mine = 0;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_receive(&t, "\xfd\xff\xff\xff\0\0\2\0\5\0", 10);
    ndr_unmarshal(&t.msg, &memory, encapsulated_format, 0);
    compare_pointer(&object);
    ndr_test_receive(&t, "\xfd\xff\xff\xff\0\0\2\0\6\0", 10);
    object.pointer = &mine;
    ndr_unmarshal(&t.msg, &memory, encapsulated_format, 0);
    assert_ptr_equal(object.pointer, &mine);
    assert_int_equal(mine, 6);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* ---- nonencapsulated, in a structure, its switch_is before or behind it ---- */

struct holder {
    union {
        int8_t byte;
        int64_t wide;
    };
    int16_t tag;
};

/* Cases 1: small, 2: hyper, default: short, with the alignment of the largest arm. */
static const unsigned char holder_format[] = {
    /* 0 */ NDR_FC_NON_ENCAPSULATED_UNION, NDR_FC_SHORT, NDR_FC_SHORT, 0, S(8), S(2),
    /* 8 */ S(8), S(0x7002), L(1), S(0x8000 | NDR_FC_SMALL), L(2), S(0x8000 | NDR_FC_HYPER),
    S(0x8000 | NDR_FC_SHORT),
    /* 26 */ NDR_FC_BOGUS_STRUCT, 7, S(16), S(0), S(0), NDR_FC_EMBEDDED_COMPLEX, 0, S(-36),
    NDR_FC_SHORT,
    NDR_FC_STRUCTPAD1 + 5, NDR_FC_PAD, NDR_FC_END,
};

static void compare_byte(const void *memory)
{
    const struct holder *h = memory;

    assert_int_equal(h->tag, 1);
    assert_int_equal(h->byte, 0x55);
}

static void compare_wide(const void *memory)
{
    const struct holder *h = memory;

    assert_int_equal(h->tag, 2);
    assert_true(h->wide == 0x66);
}

static void compare_default(const void *memory)
{
    const struct holder *h = memory;

    assert_int_equal(h->tag, 77);
    assert_int_equal((int16_t)h->wide, 0x1234);
}

static void nonencapsulated(void **state)
{
    static const struct holder byte = { { .byte = 0x55 }, 1 }, wide = { { .wide = 0x66 }, 2 };
    static const struct holder other = { { .wide = 0x1234 }, 77 };
    static const struct ndr_vector vectors[] = {
        { "byte", holder_format + 26, &byte, (const unsigned char *)"\1\0\0\0\0\0\0\0\x55\0\1\0",
          (const unsigned char *)"\0\1\0\0\0\0\0\0\x55\0\0\1", 12, compare_byte, NULL, false,
          false },
        { "wide", holder_format + 26, &wide,
          (const unsigned char *)"\2\0\0\0\0\0\0\0\x66\0\0\0\0\0\0\0\2\0",
          (const unsigned char *)"\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\x66\0\2", 18, compare_wide, NULL,
          false, false },
        { "default", holder_format + 26, &other,
          (const unsigned char *)"\x4d\0\0\0\0\0\0\0\x34\x12\x4d\0",
          (const unsigned char *)"\0\x4d\0\0\0\0\0\0\x12\x34\0\x4d", 12, compare_default, NULL,
          false, false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector(&vectors[i]);
}

/* The discriminant says which arm was sent: a switch_is that says otherwise is refused. */
static void switch_is_contradicts(void **state)
{
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, "\1\0\0\0\0\0\0\0\x55\0\2\0", 12);
    assert_int_equal(raised_unmarshal(&t, &memory, holder_format + 26), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* A parameter whose switch_is is another parameter. */
static void parameter(void **state)
{
    static const unsigned char format[] = {
        /* 0 */ NDR_FC_NON_ENCAPSULATED_UNION, NDR_FC_ENUM16,
        NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), S(2),
        /* 8 */ S(8), S(1), L(1), S(0x8000 | NDR_FC_LONG), S(0xffff),
        /* 20 */ NDR_FC_UP, 0, S(-22),
    };
    static const int32_t object[2] = { 5 };
    int64_t stack = 1;
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&stack;
    ndr_test_send(&t, object, format + 20);
    assert_int_equal(ndr_test_used(&t), 12);
    assert_memory_equal(t.rpc.Buffer, "\0\0\2\0\1\0\0\0\5\0\0\0", 12);
    stack = 2;
    assert_int_equal(raised_size(&t, object, format + 20), NDR_STATUS_INVALID_TAG);
    ndr_test_receive(&t, "\0\0\2\0\1\0\0\0\5\0\0\0", 12);
    t.msg.IsClient = 0;
    ndr_correlation_begin(&t.msg, true);
    ndr_unmarshal(&t.msg, &memory, format + 20, 0);
    assert_int_equal(*(int32_t *)memory, 5);
    assert_int_equal(raised_pass(&t), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(encapsulated),
        cmocka_unit_test(no_arm),
        cmocka_unit_test(arm_changes),
        cmocka_unit_test(nonencapsulated),
        cmocka_unit_test(switch_is_contradicts),
        cmocka_unit_test(parameter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
