/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 unions and expressions, on images made by hand from C706 14.3.8. */
#include "unit/ndr64_test.h"

#include "ndr/expression.h"

static const uint8_t int16_code = FC64_INT16, int32_code = FC64_INT32, int64_code = FC64_INT64;
static const struct ndr64_pointer short_pointer = { FC64_UP, NDR_SIMPLE_POINTER, 0, &int16_code };

/* ---- encapsulated ---- */

struct encapsulated {
    uint32_t tag;
    union { /* aligned to 8 */
        int32_t number;
        int16_t *pointer;
    };
};

/* Cases 1: long, 2: short *, 3: nothing; no default. */
static const struct {
    struct ndr64_encapsulated_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[3];
    uint32_t no_default;
} encapsulated_format = {
    { FC64_ENCAPSULATED_UNION, 7, 0, FC64_UINT32, 8, sizeof(struct encapsulated), 0 },
    { 0, 7, 0, 3 },
    { { 1, &int32_code, 0 }, { 2, &short_pointer, 0 }, { 3, NULL, 0 } },
    NDR64_NO_DEFAULT,
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

    assert_int_equal(u->tag, 2);
    assert_int_equal(*u->pointer, 5);
}

static void compare_nothing(const void *memory)
{
    assert_int_equal(((const struct encapsulated *)memory)->tag, 3);
}

static void encapsulated(void **state)
{
    static int16_t five = 5;
    static const struct encapsulated number = { .tag = 1, .number = 0x11223344 };
    static const struct encapsulated pointer = { .tag = 2, .pointer = &five };
    static const struct encapsulated nothing = { .tag = 3 };
    const struct ndr64_vector vectors[] = {
        { "number", FORMAT(encapsulated_format), &number, WIRE(Q1 "\x44\x33\x22\x11"),
          compare_number, NULL, false },
        { "pointer", FORMAT(encapsulated_format), &pointer, WIRE(Q2 ID0 "\5\0"), compare_pointer,
          NULL, false },
        { "nothing", FORMAT(encapsulated_format), &nothing, WIRE(Q3), compare_nothing, NULL,
          false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
    assert_int_equal(REFUSED64(FORMAT(encapsulated_format), Q4 Q0, NULL), NDR_STATUS_INVALID_TAG);
    assert_int_equal(REFUSED64(FORMAT(encapsulated_format), "\1\0\0\x80\0\0\0\0" Q0, NULL),
                     NDR_STATUS_INVALID_TAG);
}

/* ---- not encapsulated ---- */

/* { short tag; [switch_is(tag)] union { case -3: hyper; default: long; } }: MIDL adds what fills
 * the structure up behind the union. */
struct holder {
    int16_t tag;
    union { /* aligned to 8 */
        int32_t number;
        int64_t large;
    };
};

static const struct expr_var tag_at_0 = EXPR_VAR(EARLY, FC64_INT16, 0);

struct default_union {
    struct ndr64_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[1];
    const void *default_arm;
};
static const struct default_union default_format = {
    { FC64_NON_ENCAPSULATED_UNION, 7, 0, FC64_INT16, 8, &tag_at_0, 0 },
    { 0, 7, 0, 1 },
    { { -3, &int64_code, 0 } },
    &int32_code,
};
static const struct default_union empty_default_format = {
    { FC64_NON_ENCAPSULATED_UNION, 7, 0, FC64_INT16, 8, &tag_at_0, 0 },
    { 0, 7, 0, 1 },
    { { -3, &int64_code, 0 } },
    NULL,
};

struct holder_format {
    struct ndr64_bogus_struct header;
    struct ndr64_member tag, pad;
    struct ndr64_embedded contents;
    struct ndr64_member fill, end;
};
#define HOLDER_FORMAT(contents) \
    { \
        { { FC64_BOGUS_STRUCT, 7, 2, 0, sizeof(struct holder) }, NULL, NULL, NULL }, \
        { FC64_INT16, 0, 0, 0 }, { FC64_STRUCTPADN, 0, 6, 0 }, \
        { FC64_EMBEDDED_COMPLEX, 0, 0, (contents) }, { FC64_BUFFER_ALIGN, 7, 0, 0 }, \
        { FC64_END, 0, 0, 0 } \
    }
static const struct holder_format holder_format = HOLDER_FORMAT(&default_format);
static const struct holder_format empty_holder_format = HOLDER_FORMAT(&empty_default_format);

static void compare_default(const void *memory)
{
    const struct holder *object = memory;

    assert_int_equal(object->tag, 7);
    assert_int_equal(object->number, 0x11223344);
}

static void compare_large(const void *memory)
{
    const struct holder *object = memory;

    assert_int_equal(object->tag, -3);
    assert_true(object->large == 0x1122334455667788);
}

static void compare_empty(const void *memory)
{
    assert_int_equal(((const struct holder *)memory)->tag, 7);
}

#define TAG7 "\7\0\0\0\0\0\0\0"
#define TAG_3 "\xfd\xff\0\0\0\0\0\0"

static void switch_is(void **state)
{
    struct holder number, large;
    const struct ndr64_vector vectors[] = {
        { "default", FORMAT(holder_format), &number, WIRE(TAG7 TAG7 "\x44\x33\x22\x11\0\0\0\0"),
          compare_default, NULL, false },
        { "negative", FORMAT(holder_format), &large,
          WIRE(TAG_3 TAG_3 "\x88\x77\x66\x55\x44\x33\x22\x11"), compare_large, NULL, false },
        { "empty default", FORMAT(empty_holder_format), &number, WIRE(TAG7 TAG7), compare_empty,
          NULL, false },
    };
    size_t i;

    memset(&number, 0xaa, sizeof(number));
    number.tag = 7;
    number.number = 0x11223344;
    memset(&large, 0xaa, sizeof(large));
    large.tag = -3;
    large.large = 0x1122334455667788;
    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
    /* The union's own discriminant is another one. */
    assert_int_equal(REFUSED64(FORMAT(holder_format), TAG7 TAG_3 Q0, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* A parameter, whose discriminant is another parameter, known later. */
static const struct expr_var late_parameter = EXPR_VAR(LATE, FC64_INT16, 8);
static const struct {
    struct ndr64_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[1];
    uint32_t no_default;
} parameter_format = {
    { FC64_NON_ENCAPSULATED_UNION, 3, 0, FC64_INT16, 4, &late_parameter, 0 },
    { 0, 3, 0, 1 },
    { { 1, &int32_code, 0 } },
    NDR64_NO_DEFAULT,
};

static void compare_one(const void *memory)
{
    assert_int_equal(*(const int32_t *)memory, 5);
}

static void parameter(void **state)
{
    static const int32_t five = 5;
    static int64_t stack[2] = { 0, 1 }, other[2] = { 0, 2 };
    const struct ndr64_vector v = {
        "parameter", FORMAT(parameter_format), &five, WIRE("\1\0\0\0\5\0\0\0"), compare_one, stack,
        false,
    };

    check_vector64(&v);
    assert_int_equal(REFUSED64(FORMAT(parameter_format), "\1\0\0\0\5\0\0\0", other),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* ---- expressions ---- */

static const struct ndr_expression *constant(int64_t value)
{
    static struct ndr_expression pool[64];
    static unsigned int next;
    struct ndr_expression *node = &pool[next++ % 64];

    *node = (struct ndr_expression){ .token = NDR64_TOKEN_CONST64, .value = value };
    return node;
}

static int64_t of_two(uint8_t operation, int64_t left, int64_t right)
{
    struct ndr_expression node = { .token = NDR64_TOKEN_OPER, .operation = operation };
    int64_t value;

    node.left = constant(left);
    node.right = constant(right);
    assert_int_equal(ndr_expression_value(&node, NULL, &value), NDR_EXPRESSION_KNOWN);
    return value;
}

static int64_t of_one(uint8_t operation, uint8_t value_fc, int64_t operand)
{
    struct ndr_expression node = {
        .token = NDR64_TOKEN_OPER, .operation = operation, .value_fc = value_fc,
    };
    int64_t value;

    node.left = constant(operand);
    assert_int_equal(ndr_expression_value(&node, NULL, &value), NDR_EXPRESSION_KNOWN);
    return value;
}

static void operators(void **state)
{
    static const int32_t minus_one = -1;

    assert_int_equal(of_one(NDR_OP_PLUS_SIGN, 0, 5), 5);
    assert_int_equal(of_one(NDR_OP_MINUS_SIGN, 0, 5), -5);
    assert_int_equal(of_one(NDR_OP_NOT, 0, 5), 0);
    assert_int_equal(of_one(NDR_OP_COMPLEMENT, 0, 5), ~5ll);
    assert_int_equal(of_one(NDR_OP_CAST, NDR_FC_USHORT, 0x12345), 0x2345);
    assert_int_equal(of_one(NDR_OP_CAST, NDR_FC_SMALL, 0xff), -1);
    assert_int_equal(of_one(NDR_OP_INDIRECTION, NDR_FC_LONG, (intptr_t)&minus_one), -1);
    assert_int_equal(of_two(NDR_OP_ADD, 7, 3), 10);
    assert_int_equal(of_two(NDR_OP_SUBTRACT, 7, 3), 4);
    assert_int_equal(of_two(NDR_OP_MULTIPLY, 7, 3), 21);
    assert_int_equal(of_two(NDR_OP_DIVIDE, 7, 3), 2);
    assert_int_equal(of_two(NDR_OP_MODULO, 7, 3), 1);
    assert_int_equal(of_two(NDR_OP_LEFT_SHIFT, 7, 3), 56);
    assert_int_equal(of_two(NDR_OP_RIGHT_SHIFT, 7, 1), 3);
    assert_int_equal(of_two(NDR_OP_LESS, 7, 3), 0);
    assert_int_equal(of_two(NDR_OP_LESS_EQUAL, 3, 3), 1);
    assert_int_equal(of_two(NDR_OP_GREATER_EQUAL, 3, 3), 1);
    assert_int_equal(of_two(NDR_OP_GREATER, 7, 3), 1);
    assert_int_equal(of_two(NDR_OP_EQUAL, 7, 3), 0);
    assert_int_equal(of_two(NDR_OP_NOT_EQUAL, 7, 3), 1);
    assert_int_equal(of_two(NDR_OP_AND, 6, 3), 2);
    assert_int_equal(of_two(NDR_OP_OR, 6, 3), 7);
    assert_int_equal(of_two(NDR_OP_XOR, 6, 3), 5);
    assert_int_equal(of_two(NDR_OP_LOGICAL_AND, 6, 0), 0);
    assert_int_equal(of_two(NDR_OP_LOGICAL_AND, 6, 3), 1);
    assert_int_equal(of_two(NDR_OP_LOGICAL_OR, 0, 0), 0);
    assert_int_equal(of_two(NDR_OP_LOGICAL_OR, 6, 0), 1);
}

static void no_results(void **state)
{
    static const struct {
        uint8_t operation;
        int64_t left, right;
    } cases[] = {
        { NDR_OP_DIVIDE, 1, 0 }, { NDR_OP_MODULO, 1, 0 }, { NDR_OP_DIVIDE, INT64_MIN, -1 },
        { NDR_OP_MODULO, INT64_MIN, -1 }, { NDR_OP_ADD, INT64_MAX, 1 },
        { NDR_OP_SUBTRACT, INT64_MIN, 1 }, { NDR_OP_MULTIPLY, INT64_MAX, 2 },
        { NDR_OP_LEFT_SHIFT, 1, 63 }, { NDR_OP_LEFT_SHIFT, 1, -1 }, { NDR_OP_LEFT_SHIFT, -1, 1 },
        { NDR_OP_RIGHT_SHIFT, 1, 64 },
    };
    struct ndr_expression node = { .token = NDR64_TOKEN_OPER };
    int64_t value;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        node.operation = cases[i].operation;
        node.left = constant(cases[i].left);
        node.right = constant(cases[i].right);
        assert_int_equal(ndr_expression_value(&node, NULL, &value), NDR_EXPRESSION_INVALID);
    }
    node = (struct ndr_expression){ .token = NDR64_TOKEN_OPER, .operation = NDR_OP_MINUS_SIGN };
    node.left = constant(INT64_MIN);
    assert_int_equal(ndr_expression_value(&node, NULL, &value), NDR_EXPRESSION_INVALID);
    node.operation = NDR_OP_INDIRECTION;
    node.left = constant(0);
    assert_int_equal(ndr_expression_value(&node, NULL, &value), NDR_EXPRESSION_UNKNOWN);
}

/* Programs as MIDL writes them: (a + *b) * 2, and *b + 5, with a filler before the constant. */
static const struct {
    uint32_t flags;
    struct ndr64_operator times, plus;
    struct ndr64_var a;
    struct ndr64_operator star;
    struct ndr64_var b;
    struct ndr64_const64 two;
} program = {
    EARLY,
    { NDR64_TOKEN_OPER, NDR_OP_MULTIPLY, 0, 0 },
    { NDR64_TOKEN_OPER, NDR_OP_ADD, 0, 0 },
    { NDR64_TOKEN_VAR, FC64_INT32, 0, 0 },
    { NDR64_TOKEN_OPER, NDR_OP_INDIRECTION, FC64_INT16, 0 },
    { NDR64_TOKEN_VAR, FC64_INT64, 0, 8 },
    { NDR64_TOKEN_CONST64, FC64_INT64, 0, 2 },
};
static const struct {
    uint32_t flags;
    struct ndr64_operator plus, star;
    struct ndr64_var b;
    struct ndr64_noop filler;
    struct ndr64_const64 five;
} filled_program = {
    EARLY,
    { NDR64_TOKEN_OPER, NDR_OP_ADD, 0, 0 },
    { NDR64_TOKEN_OPER, NDR_OP_INDIRECTION, FC64_INT16, 0 },
    { NDR64_TOKEN_VAR, FC64_INT64, 0, 8 },
    { NDR64_TOKEN_NOOP, 4, 0 },
    { NDR64_TOKEN_CONST64, FC64_INT64, 0, 5 },
};
static const struct ndr64_conf_array computed_format = { FC64_CONF_ARRAY, 0, 0, 0, 1, &program };
static const struct ndr64_conf_array filled_format = { FC64_CONF_ARRAY, 0, 0, 0, 1,
                                                       &filled_program };

static void compare_eight(const void *memory)
{
    assert_memory_equal(memory, "abcdefgh", 8);
}

static void programs(void **state)
{
    static int16_t three = 3;
    static struct {
        int64_t a;
        int16_t *b;
    } stack = { 1, &three }, null = { 1, NULL };
    struct ndr64_vector v = {
        "program", FORMAT(computed_format), "abcdefgh", WIRE("\x08\0\0\0\0\0\0\0" "abcdefgh"),
        compare_eight, &stack, false,
    };
    struct ndr_test t;

    check_vector64(&v);
    v.format = FORMAT(filled_format);
    check_vector64(&v);
    assert_int_equal(REFUSED64(FORMAT(computed_format), "\7\0\0\0\0\0\0\0" "abcdefg", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    ndr_test_is_ndr64 = true;
    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&null;
    assert_int_equal(raised_size(&t, "abcdefgh", FORMAT(computed_format)),
                     NDR_STATUS_NULL_REF_POINTER);
    ndr_test_end(&t);
    ndr_test_is_ndr64 = false;
}

/* 32-bit constants, and programs that no compiler writes. */
static const struct {
    uint32_t flags;
    struct ndr64_const32 two;
} two_format = { EARLY, { NDR64_TOKEN_CONST32, 0, 0, 2 } };

static void constants(void **state)
{
    static const struct ndr64_conf_array array = { FC64_CONF_ARRAY, 0, 0, 0, 1, &two_format };

    assert_int_equal(REFUSED64(FORMAT(array), Q2 "ab", NULL), 0);
    assert_int_equal(REFUSED64(FORMAT(array), Q1 "a", NULL), NDR_STATUS_BAD_STUB_DATA);
}

static void malformed(void **state)
{
    static const struct expr_deref unknown = {
        EARLY, { NDR64_TOKEN_OPER, 0x2d, FC64_INT32, 0 }, { NDR64_TOKEN_VAR, FC64_INT64, 0, 0 },
    };
    static const struct expr_deref no_type = {
        EARLY, { NDR64_TOKEN_OPER, 0x05, 0, 0 }, { NDR64_TOKEN_VAR, FC64_INT64, 0, 0 },
    };
    static const struct expr_var floating = EXPR_VAR(EARLY, FC64_FLOAT32, 0);
    static const struct expr_var flags = EXPR_VAR(0x80, FC64_INT32, 0);
    static const struct expr_var token = { EARLY, { 9, FC64_INT32, 0, 0 } };
    struct {
        uint32_t flags;
        struct ndr64_operator deep[40];
    } nested;
    struct ndr64_conf_array array = { FC64_CONF_ARRAY, 0, 0, 0, 1, NULL };
    static const struct {
        const void *expression;
        uint32_t status;
    } cases[] = {
        { &unknown, NDR_STATUS_CANNOT_SUPPORT }, { &no_type, NDR_STATUS_INTERNAL_ERROR },
        { &floating, NDR_STATUS_INTERNAL_ERROR }, { &flags, NDR_STATUS_CANNOT_SUPPORT },
        { &token, NDR_STATUS_INTERNAL_ERROR },
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        array.ConfDescriptor = cases[i].expression;
        assert_int_equal(REFUSED64(FORMAT(array), Q0, NULL), cases[i].status);
    }
    nested.flags = EARLY;
    for (i = 0; i < 40; i++)
        nested.deep[i] = (struct ndr64_operator){ NDR64_TOKEN_OPER, NDR_OP_NOT, 0, 0 };
    array.ConfDescriptor = &nested;
    assert_int_equal(REFUSED64(FORMAT(array), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(encapsulated),
        cmocka_unit_test(switch_is),
        cmocka_unit_test(parameter),
        cmocka_unit_test(operators),
        cmocka_unit_test(no_results),
        cmocka_unit_test(programs),
        cmocka_unit_test(constants),
        cmocka_unit_test(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
