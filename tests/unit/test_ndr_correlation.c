/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Correlation descriptors: where a count comes from, every operator, and the checks of what a peer
 * sends against it. Source: "Correlation Descriptors" of the SDK's format string documentation. */
#include "unit/ndr_test.h"

#include "ndr/decode.h"

static const int16_t elements[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* The conformance that a descriptor yields: the count that marshalling writes; minus the status
 * that it raises. */
static int64_t count_of(const unsigned char *descriptor, void *stack,
                        const ndr_expression_routine *routines)
{
    unsigned char format[] = { NDR_FC_CARRAY, 1, S(2), descriptor[0], descriptor[1], descriptor[2],
    descriptor[3],
                               NDR_FC_SHORT, NDR_FC_END };
    struct ndr_test t;
    uint32_t status, count;

    ndr_test_begin(&t, true);
    t.msg.StackTop = stack;
    t.desc.apfnExprEval = routines;
    status = raised_size(&t, elements, format);
    if (status) {
        ndr_test_end(&t);
        return -(int64_t)status;
    }
    ndr_test_get_buffer(&t);
    ndr_marshal(&t.msg, (unsigned char *)elements, format);
    memcpy(&count, t.rpc.Buffer, 4);
    assert_int_equal(ndr_test_used(&t), 4 + 2 * count);
    ndr_test_end(&t);
    return count;
}

static void types_of_values(void **state)
{
    static const unsigned char types[] = { NDR_FC_SMALL, NDR_FC_USMALL, NDR_FC_SHORT,
    NDR_FC_USHORT, NDR_FC_LONG,
                                           NDR_FC_ULONG, NDR_FC_HYPER };
    int64_t stack[2] = { 0x7777, 5 };
    size_t i;

    for (i = 0; i < sizeof(types); i++) {
        unsigned char descriptor[] = { NDR_CORRELATION_TOP_LEVEL | types[i], 0, S(8) };

        assert_int_equal(count_of(descriptor, stack, NULL), 5);
    }
    stack[1] = -1;
    for (i = 0; i < sizeof(types); i += 2) {
        unsigned char descriptor[] = { NDR_CORRELATION_TOP_LEVEL | types[i], 0, S(8) };

        assert_int_equal(count_of(descriptor, stack, NULL), -NDR_STATUS_INVALID_BOUND);
    }
}

static void operators(void **state)
{
    int64_t stack[2] = { 5, 0 };
    int32_t pointee = 3;
    struct {
        int32_t *pointer;
    } pointers = { &pointee };
    unsigned char descriptor[] = { NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0) };

    descriptor[1] = NDR_FC_DIV_2;
    assert_int_equal(count_of(descriptor, stack, NULL), 2);
    descriptor[1] = NDR_FC_ADD_1;
    assert_int_equal(count_of(descriptor, stack, NULL), 6);
    descriptor[1] = NDR_FC_SUB_1;
    assert_int_equal(count_of(descriptor, stack, NULL), 4);
    stack[0] = 3;
    descriptor[1] = NDR_FC_MULT_2;
    assert_int_equal(count_of(descriptor, stack, NULL), 6);
    descriptor[1] = NDR_FC_DEREFERENCE;
    assert_int_equal(count_of(descriptor, &pointers, NULL), 3);
    pointers.pointer = NULL;
    assert_int_equal(count_of(descriptor, &pointers, NULL), -NDR_STATUS_NULL_REF_POINTER);
    descriptor[1] = 0x77;
    assert_int_equal(count_of(descriptor, stack, NULL), -NDR_STATUS_INTERNAL_ERROR);
    /* no wrap-around: -1 + 1 is 0, 0 - 1 is no count, and twice the largest long is no small one */
    stack[0] = -1;
    descriptor[1] = NDR_FC_ADD_1;
    assert_int_equal(count_of(descriptor, stack, NULL), 0);
    stack[0] = 0;
    descriptor[1] = NDR_FC_SUB_1;
    assert_int_equal(count_of(descriptor, stack, NULL), -NDR_STATUS_INVALID_BOUND);
    descriptor[0] = NDR_CORRELATION_TOP_LEVEL | NDR_FC_ULONG;
    descriptor[1] = NDR_FC_MULT_2;
    stack[0] = 0x80000001;
    assert_int_equal(count_of(descriptor, stack, NULL), -NDR_STATUS_INVALID_BOUND);
}

static void constants(void **state)
{
    static const unsigned char five[] = { NDR_CORRELATION_CONSTANT, 0, S(5) };
    static const unsigned char large[] = { NDR_CORRELATION_CONSTANT, 1, S(2), NDR_FC_PAD };

    assert_int_equal(count_of(five, NULL, NULL), 5);
    assert_int_equal(ndr_decode_correlation(large, 0).offset, 0x10002);
}

static unsigned char *seen_stack_top;

static void NDR_CALLBACK never(struct ndr_message *msg)
{
    fail();
}

static void NDR_CALLBACK four(struct ndr_message *msg)
{
    seen_stack_top = msg->StackTop;
    msg->MaxCount = 4;
}

static void callbacks(void **state)
{
    static const ndr_expression_routine routines[] = { never, four };
    static const unsigned char descriptor[] = { NDR_CORRELATION_TOP_LEVEL, NDR_FC_CALLBACK, S(1) };
    int64_t stack = 0;

    assert_int_equal(count_of(descriptor, &stack, routines), 4);
    assert_ptr_equal(seen_stack_top, &stack);
    assert_int_equal(count_of(descriptor, &stack, NULL), -NDR_STATUS_INTERNAL_ERROR);
}

/* An inline stub puts the counts into the message itself. */
static void counts_of_inline_stubs(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CVARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), NDR_FC_SHORT, NDR_FC_END,
    };
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.MaxCount = 5;
    t.msg.Offset = 1;
    t.msg.ActualCount = 2;
    ndr_test_send(&t, elements, format);
    assert_int_equal(ndr_test_used(&t), 16);
    assert_memory_equal(t.rpc.Buffer, "\5\0\0\0\1\0\0\0\2\0\0\0\2\0\3\0", 16);
    ndr_test_end(&t);
}

/* ---- fields of structures ---- */

/* struct { [size_is(*pn)] short *a; [size_is(n * 2)] short *b; [size_is(expression)] short *c; long
 * *pn; short n; } */
struct sized {
    int16_t *a, *b, *c;
    int32_t *pn;
    int16_t n;
};

static const unsigned char sized_format[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER | NDR_FC_LONG, NDR_FC_DEREFERENCE,
    S(24),
    NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER | NDR_FC_SHORT, NDR_FC_MULT_2, S(32),
    NDR_FC_SHORT, NDR_FC_END,
    /* 20 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER, NDR_FC_CALLBACK, S(1), NDR_FC_SHORT,
    NDR_FC_END,
    /* 30 */ NDR_FC_BOGUS_STRUCT, 3, S(40), S(0), S(12),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_SHORT,
    NDR_FC_STRUCTPAD1 + 5,
    NDR_FC_PAD, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    /* 48 */ NDR_FC_UP, 0, S(-50), NDR_FC_UP, 0, S(-44), NDR_FC_UP, 0, S(-38),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
};

static void fields(void **state)
{
    static const ndr_expression_routine routines[] = { never, four };
    static const unsigned char wire[] = "\0\0\2\0\4\0\2\0\x8\0\2\0\xc\0\2\0\1\0\0\0"
                                        "\3\0\0\0\1\0\2\0\3\0\0\0"
                                        "\2\0\0\0\1\0\2\0"
                                        "\4\0\0\0\1\0\2\0\3\0\4\0"
                                        "\3\0\0\0";
    unsigned char changed[sizeof(wire)], *memory = NULL;
    int32_t three = 3;
    struct sized object = { (int16_t *)elements, (int16_t *)elements, (int16_t *)elements, &three,
    1 };
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.desc.apfnExprEval = routines;
    ndr_test_send(&t, &object, sized_format + 30);
    assert_int_equal(ndr_test_used(&t), sizeof(wire) - 1);
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire) - 1);
    assert_ptr_equal(seen_stack_top, &object);
    ndr_test_receive(&t, wire, sizeof(wire) - 1);
    t.msg.IsClient = 0;
    ndr_unmarshal(&t.msg, &memory, sized_format + 30, 0);
    assert_int_equal(*((struct sized *)memory)->pn, 3);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, sized_format + 30);
    ndr_test_free(memory);
    assert_int_equal(ndr_test_blocks, 0);

    /* n * 2 is not what came; nor is *pn, which comes last of all */
    memcpy(changed, wire, sizeof(wire));
    changed[16] = 2;
    memory = NULL;
    ndr_test_receive(&t, changed, sizeof(wire) - 1);
    assert_int_equal(raised_unmarshal(&t, &memory, sized_format + 30), NDR_STATUS_BAD_STUB_DATA);
    memcpy(changed, wire, sizeof(wire));
    changed[sizeof(wire) - 5] = 4;
    memory = NULL;
    ndr_test_receive(&t, changed, sizeof(wire) - 1);
    assert_int_equal(raised_unmarshal(&t, &memory, sized_format + 30), NDR_STATUS_BAD_STUB_DATA);
    changed[sizeof(wire) - 5] = 2;
    memory = NULL;
    assert_int_equal(raised_unmarshal(&t, &memory, sized_format + 30), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
}

/* ---- /robust descriptors ---- */

struct robust_case {
    unsigned char flags;
    int64_t parameter;   /* what the other parameter turns out to be */
    uint32_t now, later; /* statuses of unmarshalling, and of the check at the end */
};

static void robust(void **state)
{
    static const struct robust_case cases[] = {
        { NDR_CORRELATION_EARLY, 3, 0, 0 },
        { NDR_CORRELATION_EARLY, 2, NDR_STATUS_BAD_STUB_DATA, 0 },
        { NDR_CORRELATION_EARLY, 4, NDR_STATUS_BAD_STUB_DATA, 0 },
        { 0, 3, 0, 0 },
        { 0, 2, 0, NDR_STATUS_BAD_STUB_DATA },
        { 0, 4, 0, NDR_STATUS_BAD_STUB_DATA },
        { NDR_CORRELATION_EARLY | NDR_CORRELATION_DONT_CHECK, 2, 0, 0 },
        { NDR_CORRELATION_SPLIT, 2, 0, 0 },
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const unsigned char format[] = {
            NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
            cases[i].flags, 0,
            NDR_FC_SHORT, NDR_FC_END,
        };
        int64_t stack = cases[i].parameter;
        unsigned char *memory = NULL;
        struct ndr_test t;

        ndr_test_begin(&t, false);
        t.msg.StackTop = (unsigned char *)&stack;
        t.msg.fHasNewCorrDesc = 1;
        ndr_correlation_begin(&t.msg, true);
        assert_int_equal(t.msg.CorrDespIncrement, 2);
        ndr_test_receive(&t, "\3\0\0\0\1\0\2\0\3\0", 10);
        assert_int_equal(raised_unmarshal(&t, &memory, format), cases[i].now);
        if (!cases[i].now)
            assert_int_equal(raised_pass(&t), cases[i].later);
        ndr_test_end(&t);
    }
}

/* Stubs compiled without the check carry the descriptors all the same. */
static void robust_unchecked(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_CORRELATION_EARLY, 0,
        NDR_FC_SHORT, NDR_FC_END,
    };
    unsigned char *memory = NULL;
    int64_t stack = 2;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    t.msg.StackTop = (unsigned char *)&stack;
    t.msg.fHasNewCorrDesc = 1;
    ndr_correlation_begin(&t.msg, false);
    ndr_test_receive(&t, "\3\0\0\0\1\0\2\0\3\0", 10);
    assert_int_equal(raised_unmarshal(&t, &memory, format), 0);
    assert_int_equal(raised_pass(&t), 0);
    ndr_test_end(&t);
}

/* Older descriptors do not say when a value is known: parameters are compared at the end. */
static void old_descriptors(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_FC_SHORT, NDR_FC_END,
    };
    unsigned char *memory = NULL;
    int64_t stack = 2;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    t.msg.StackTop = (unsigned char *)&stack;
    ndr_correlation_begin(&t.msg, false);
    assert_int_equal(t.msg.CorrDespIncrement, 0);
    ndr_test_receive(&t, "\3\0\0\0\1\0\2\0\3\0", 10);
    assert_int_equal(raised_unmarshal(&t, &memory, format), 0);
    assert_int_equal(raised_pass(&t), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
}

/* Descriptors of newer compilers have a [range] of the count behind the flags. */
static void range_of_counts(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        NDR_CORRELATION_EARLY, 0,
        1, 0, L(1), L(4), NDR_FC_SHORT, NDR_FC_END,
    };
    unsigned char *memory = NULL;
    int64_t stack = 5;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    t.msg.StackTop = (unsigned char *)&stack;
    t.msg.fHasNewCorrDesc = 1;
    t.msg.CorrDespIncrement = 12;
    ndr_correlation_begin(&t.msg, true);
    assert_int_equal(raised_size(&t, elements, format), NDR_STATUS_INVALID_BOUND);
    ndr_test_receive(&t, "\5\0\0\0\1\0\2\0\3\0\4\0\5\0", 14);
    assert_int_equal(raised_unmarshal(&t, &memory, format), NDR_STATUS_INVALID_BOUND);
    stack = 3;
    ndr_test_receive(&t, "\3\0\0\0\1\0\2\0\3\0", 10);
    assert_int_equal(raised_unmarshal(&t, &memory, format), 0);
    ndr_test_end(&t);
}

/* A constant size holds whatever the descriptor's age: the caller has no more room. */
static void constant_size(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_CONSTANT, 0, S(2), NDR_FC_SHORT, NDR_FC_END,
    };
    int16_t room[2];
    unsigned char *memory = (unsigned char *)room;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_receive(&t, "\3\0\0\0\1\0\2\0\3\0", 10);
    assert_int_equal(raised_unmarshal(&t, &memory, format), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_receive(&t, "\2\0\0\0\1\0\2\0", 8);
    assert_int_equal(raised_unmarshal(&t, &memory, format), 0);
    assert_int_equal(room[1], 2);
    ndr_test_end(&t);
}

/* ---- sizes of objects to be made ---- */

static void object_sizes(void **state)
{
    static const unsigned char conformant[] = {
        NDR_FC_CARRAY, 3, S(4), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), NDR_FC_LONG,
        NDR_FC_END,
    };
    static const unsigned char pointer[] = { NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG,
    NDR_FC_PAD };
    static const unsigned char fixed[] = { NDR_FC_SMFARRAY, 3, S(12), NDR_FC_LONG, NDR_FC_END };
    volatile int64_t stack = 5;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    t.msg.StackTop = (unsigned char *)&stack;
    assert_int_equal(ndr_object_size(&t.msg, conformant), 20);
    assert_int_equal(ndr_object_size(&t.msg, fixed), 12);
    assert_int_equal(ndr_object_size(&t.msg, pointer), sizeof(void *));
    stack = -1;
    assert_int_equal(RAISED(ndr_object_size(&t.msg, conformant)), NDR_STATUS_INVALID_BOUND);
    stack = INT32_MAX;
    assert_int_equal(RAISED(ndr_object_size(&t.msg, conformant)), NDR_STATUS_OUT_OF_MEMORY);
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_of_values),
        cmocka_unit_test(operators),
        cmocka_unit_test(constants),
        cmocka_unit_test(callbacks),
        cmocka_unit_test(counts_of_inline_stubs),
        cmocka_unit_test(fields),
        cmocka_unit_test(robust),
        cmocka_unit_test(robust_unchecked),
        cmocka_unit_test(old_descriptors),
        cmocka_unit_test(range_of_counts),
        cmocka_unit_test(constant_size),
        cmocka_unit_test(object_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
