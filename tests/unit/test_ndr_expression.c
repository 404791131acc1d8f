/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions in NDR 2.0's correlation descriptors, as MIDL writes them into stubs for both
 * transfer syntaxes (FC_EXPR, and a table of expressions that the stub descriptor points at). */
#include "unit/ndr_test.h"

#include "ndr/expression.h"

#define OPER(operation, type) NDR64_TOKEN_OPER, (operation), (type), 0
#define VAR(type, offset)     NDR64_TOKEN_VAR, (type), S(offset)
#define CONST32(value)        NDR64_TOKEN_CONST32, NDR_FC_LONG, S(0), L(value)

/* 0: *(long *)second + 1; 20: the long before the array, and 3. */
static const unsigned char tokens[] = {
    /* 0 */ OPER(NDR_OP_ADD, 0), OPER(NDR_OP_INDIRECTION, NDR_FC_LONG), VAR(NDR_FC_HYPER, 8),
    CONST32(1),
    /* 20 */ OPER(NDR_OP_AND, 0), VAR(NDR_FC_LONG, -4), CONST32(3),
    /* 36 */ OPER(0x2d, 0), VAR(NDR_FC_LONG, 0),
};
static const uint16_t offsets[] = { 0, 20, 36 };
static const struct ndr_expressions table = { offsets, tokens };

/* [size_is(*second + 1)] byte [] */
static const unsigned char parameter_array[] = {
    NDR_FC_CARRAY, 0, S(1), NDR_CORRELATION_TOP_LEVEL, NDR_FC_EXPR, S(0), S(0), NDR_FC_BYTE,
    NDR_FC_END,
};
/* struct { long count; [size_is(count & 3)] short []; } */
static const unsigned char structure[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_FIELD, NDR_FC_EXPR, S(1), S(0), NDR_FC_SHORT,
    NDR_FC_END,
    /* 12 */ NDR_FC_CSTRUCT, 3, S(4), S(-16), NDR_FC_LONG, NDR_FC_END,
};
static const unsigned char bad_array[] = {
    NDR_FC_CARRAY, 0, S(1), NDR_CORRELATION_TOP_LEVEL, NDR_FC_EXPR, S(2), S(0), NDR_FC_BYTE,
    NDR_FC_END,
};

struct stack {
    int64_t first;
    int32_t *second;
};

static void begin(struct ndr_test *t, bool client, void *stack)
{
    ndr_test_begin(t, client);
    t->msg.fHasNewCorrDesc = 1;
    t->msg.StackTop = stack;
    t->desc.Reserved5 = &table;
    ndr_correlation_begin(&t->msg, true);
}

static void parameters(void **state)
{
    int32_t three = 3;
    struct stack stack = { 0, &three }, null = { 0, NULL };
    unsigned char *memory = NULL;
    struct ndr_test t;

    begin(&t, true, &stack);
    ndr_test_send(&t, "abcd", parameter_array);
    assert_int_equal(ndr_test_used(&t), 8);
    assert_memory_equal(t.rpc.Buffer, "\4\0\0\0abcd", 8);
    t.msg.StackTop = (unsigned char *)&null;
    assert_int_equal(raised_size(&t, "abcd", parameter_array), NDR_STATUS_NULL_REF_POINTER);
    ndr_test_end(&t);
    begin(&t, false, &stack);
    ndr_test_receive(&t, "\4\0\0\0abcd", 8);
    ndr_unmarshal(&t.msg, &memory, parameter_array, 0);
    ndr_correlation_pass(&t.msg);
    assert_memory_equal(memory, "abcd", 4);
    ndr_test_receive(&t, "\3\0\0\0abc", 7);
    memory = NULL;
    ndr_unmarshal(&t.msg, &memory, parameter_array, 0);
    assert_int_equal(raised_pass(&t), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
}

static void fields(void **state)
{
    static const struct {
        int32_t count;
        int16_t numbers[2];
    } object = { 6, { 1, 2 } };
    unsigned char *memory = NULL;
    struct ndr_test t;

    begin(&t, true, NULL);
    ndr_test_send(&t, &object, structure + 12);
    assert_int_equal(ndr_test_used(&t), 12);
    assert_memory_equal(t.rpc.Buffer, "\2\0\0\0\6\0\0\0\1\0\2\0", 12);
    ndr_test_receive(&t, "\1\0\0\0\6\0\0\0\1\0", 10);
    assert_int_equal(raised_unmarshal(&t, &memory, structure + 12), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
}

/* No table, tokens that nobody writes. */
static void malformed(void **state)
{
    struct stack stack = { 0, NULL };
    struct ndr_expression nodes[NDR_EXPRESSION_NODES];
    unsigned char deep[4 * (NDR_EXPRESSION_NODES + 1)];
    static const unsigned char constant[] = { NDR64_TOKEN_NOOP, 2, CONST32(-5) };
    static const unsigned char filler[] = { NDR64_TOKEN_NOOP, 0, CONST32(-5) };
    static const unsigned char floating[] = { VAR(NDR_FC_DOUBLE, 0) };
    static const unsigned char cast[] = { OPER(NDR_OP_CAST, NDR_FC_FLOAT), CONST32(1) };
    static const unsigned char unknown[] = { 9, 0, 0, 0 };
    struct ndr_test t;
    size_t i;

    begin(&t, true, &stack);
    assert_int_equal(raised_size(&t, "a", bad_array), NDR_STATUS_INTERNAL_ERROR);
    t.desc.Reserved5 = NULL;
    assert_int_equal(raised_size(&t, "a", parameter_array), NDR_STATUS_INTERNAL_ERROR);
    ndr_test_end(&t);
    assert_true(ndr_expression_read(constant, nodes));
    assert_int_equal(nodes[0].value, -5);
    assert_false(ndr_expression_read(filler, nodes));
    assert_false(ndr_expression_read(floating, nodes));
    assert_false(ndr_expression_read(cast, nodes));
    assert_false(ndr_expression_read(unknown, nodes));
    for (i = 0; i < sizeof(deep); i += 4)
        memcpy(deep + i, (const unsigned char[]){ OPER(NDR_OP_NOT, 0) }, 4);
    assert_false(ndr_expression_read(deep, nodes));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),
        cmocka_unit_test(fields),
        cmocka_unit_test(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
