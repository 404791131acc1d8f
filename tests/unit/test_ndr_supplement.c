/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types with a supplement, as MIDL emits them for Windows Vista and later: bounds of a string's
 * size, and the type ids of context handles. */
#include "unit/ndr_test.h"

#include "ndr/hook_format.h"

static const unsigned char format[] = {
    /* 0 */ NDR_FC_C_WSTRING, NDR_FC_PAD,
    /* 2: [range(2, 4)] */ NDR_FC_SUPPLEMENT, NDR_FC_C_WSTRING, S(-4), L(2), L(4),
    /* 14 */ NDR_FC_UP, 0, S(-14),
    /* 18: [size_is(5)] */ NDR_FC_C_CSTRING, NDR_FC_STRING_SIZED, NDR_CORRELATION_CONSTANT, 0, S(5),
    /* 24: and [range(1, 4)] */ NDR_FC_SUPPLEMENT, NDR_FC_C_CSTRING, S(-8), L(1), L(4),
    /* 36: struct { char *; } */ NDR_FC_BOGUS_STRUCT, 3, S(sizeof(void *)), S(0), S(4),
    NDR_FC_POINTER, NDR_FC_END, /* 46 */ NDR_FC_UP, 0, S(6), NDR_FC_PAD, NDR_FC_PAD,
    /* 52 */ NDR_FC_C_CSTRING, NDR_FC_PAD,
    /* 54: [range(0, 3)] */ NDR_FC_SUPPLEMENT, NDR_FC_C_CSTRING, S(-4), L(0), L(3),
};
#define RANGED  (format + 2)
#define POINTER (format + 14)
#define SIZED   (format + 24)
#define MEMBER  (format + 36)

/* The size counts the terminator. */
static void strings(void **state)
{
    static const uint16_t good[] = { 'a', 'b', 'c', 0 }, small[] = { 0 },
                          large[] = { 'a', 'b', 'c', 'd', 0 };
    static const unsigned char wire[] = { 4, 0, 0, 0, 0, 0,   0, 0,   4, 0,   0, 0,
                                          'a', 0, 'b', 0, 'c', 0, 0, 0 };
    static const unsigned char roomy[] = { 5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 0, 0 };
    struct ndr_test t;
    unsigned char *memory = NULL;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, good, RANGED);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    assert_int_equal(raised_size(&t, small, RANGED), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(raised_size(&t, large, POINTER), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
    ndr_test_begin(&t, false);
    ndr_test_receive(&t, wire, sizeof(wire));
    ndr_unmarshal(&t.msg, &memory, RANGED, 0);
    assert_memory_equal(memory, good, sizeof(good));
    ndr_test_receive(&t, roomy, sizeof(roomy));
    memory = NULL;
    assert_int_equal(raised_unmarshal(&t, &memory, RANGED), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void sized_string(void **state)
{
    static const unsigned char wire[] = { 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    assert_int_equal(raised_size(&t, "", SIZED), NDR_STATUS_INVALID_BOUND);
    ndr_test_receive(&t, wire, sizeof(wire));
    assert_int_equal(raised_unmarshal(&t, &memory, SIZED), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static const char *load_string(const unsigned char *cell)
{
    const char *string;

    memcpy(&string, cell, sizeof(string));
    return string;
}

static void string_of_a_member(void **state)
{
    static const unsigned char good[] = { 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 0 };
    static const unsigned char large[] = { 1, 0, 0, 0, 4, 0, 0, 0, 0,   0,   0,   0,
                                           4, 0, 0, 0, 'a', 'b', 'c', 0 };
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, good, sizeof(good));
    ndr_unmarshal(&t.msg, &memory, MEMBER, 0);
    assert_string_equal(load_string(memory), "ab");
    ndr_release_allocations(&t.msg);
    ndr_test_receive(&t, large, sizeof(large));
    memory = NULL;
    assert_int_equal(raised_unmarshal(&t, &memory, MEMBER), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void malformed(void **state)
{
    static const unsigned char other[] = { NDR_FC_C_CSTRING, NDR_FC_PAD, NDR_FC_SUPPLEMENT,
                                           NDR_FC_C_WSTRING, S(-4), L(2), L(4) };
    static const unsigned char number[] = { NDR_FC_LONG, NDR_FC_PAD, NDR_FC_SUPPLEMENT,
                                            NDR_FC_LONG, S(-4), L(2), L(4) };
    struct ndr_test t;

    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, "", other + 2), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(raised_size(&t, "", number + 2), NDR_STATUS_CANNOT_SUPPORT);
    ndr_test_end(&t);
}

static void context_handles(void **state)
{
    static const unsigned char types[] = { NDR_FC_BIND_CONTEXT, 0x48, 3, 0, NDR_FC_SUPPLEMENT,
                                           NDR_FC_BIND_CONTEXT, S(-6), L(0), L(77) };
    static const struct ndr64_context_handle handle = { FC64_BIND_CONTEXT, 0x48, 3, 0 };
    static const struct ndr64_supplement strict = { FC64_SUPPLEMENT, FC64_BIND_CONTEXT, 0, &handle,
                                                    0, 78 };
    struct ndr_context_format context;

    assert_true(ndr_context_format(types, false, &context));
    assert_ptr_equal(context.handle, types);
    assert_false(context.typed);
    assert_true(ndr_context_format(types + 4, false, &context));
    assert_ptr_equal(context.handle, types);
    assert_true(context.typed);
    assert_int_equal(context.type_id, 77);
    assert_false(ndr_context_format(RANGED, false, &context));
    assert_true(ndr_context_format((const unsigned char *)&handle, true, &context));
    assert_false(context.typed);
    assert_true(ndr_context_format((const unsigned char *)&strict, true, &context));
    assert_ptr_equal(context.handle, &handle);
    assert_int_equal(context.type_id, 78);
}

/* "Context handles cannot be array elements, structure members, or union members" (the SDK's
 * "context_handle attribute"). */
static void member_context_handle(void **state)
{
    static const unsigned char type[] = {
        NDR_FC_BIND_CONTEXT, 0x48, 0, 0,
        NDR_FC_BOGUS_STRUCT, 3, S(sizeof(void *)), S(0), S(0), NDR_FC_EMBEDDED_COMPLEX, 0, S(-14),
        NDR_FC_END, NDR_FC_PAD,
    };
    static const unsigned char wire[20] = { 0 };
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, wire, sizeof(wire));
    assert_int_equal(raised_unmarshal(&t, &memory, type + 4), NDR_STATUS_CANNOT_SUPPORT);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),         cmocka_unit_test(sized_string),
        cmocka_unit_test(string_of_a_member), cmocka_unit_test(malformed),
        cmocka_unit_test(context_handles), cmocka_unit_test(member_context_handle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
