/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of NDR64 share: fragments of expressions as MIDL writes them, and vectors. */
#ifndef TESTS_UNIT_NDR64_TEST_H
#define TESTS_UNIT_NDR64_TEST_H

#include "unit/ndr_test.h"

#define FORMAT(fragment) ((const unsigned char *)&(fragment))
#define WIRE(bytes)      ((const unsigned char *)(bytes)), sizeof(bytes) - 1

/* The 8-byte counts and ids of literal wire images. */
#define Q0 "\0\0\0\0\0\0\0\0"
#define Q1 "\1\0\0\0\0\0\0\0"
#define Q2 "\2\0\0\0\0\0\0\0"
#define Q3 "\3\0\0\0\0\0\0\0"
#define Q4 "\4\0\0\0\0\0\0\0"
#define Q5 "\5\0\0\0\0\0\0\0"
/* Referent ids: the first, and those after it. */
#define ID0 "\0\0\2\0\0\0\0\0"
#define ID1 "\4\0\2\0\0\0\0\0"
#define ID2 "\x08\0\2\0\0\0\0\0"

/* An expression that is one variable, or what it points at. */
struct expr_var {
    uint32_t flags;
    struct ndr64_var var;
};
struct expr_deref {
    uint32_t flags;
    struct ndr64_operator oper;
    struct ndr64_var var;
};
#define EXPR_VAR(when, type, offset) { (when), { NDR64_TOKEN_VAR, (type), 0, (offset) } }
#define EXPR_DEREF(when, type, offset) \
    { (when), { NDR64_TOKEN_OPER, 5, (type), 0 }, { NDR64_TOKEN_VAR, FC64_INT64, 0, (offset) } }
#define EARLY NDR64_EXPRESSION_EARLY
#define LATE  0

struct ndr64_vector {
    const char *name;
    const unsigned char *format;
    const void *memory; /* as ndr_marshal takes it */
    const unsigned char *wire;
    size_t length;
    void (*compare)(const void *memory);
    void *stack;
    bool full;
};

/* NDR64 is little-endian: a message that says otherwise is refused. */
static void __attribute__((unused)) vector64_refuse_big(const struct ndr_vector *v)
{
    unsigned char *memory = NULL;
    struct ndr_test t;

    vector_begin(&t, v, false);
    ndr_set_representation(&t.msg, 0);
    ndr_test_receive(&t, v->little, v->length);
    assert_int_equal(raised_unmarshal(&t, &memory, v->format), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(raised_memory_size(&t, v->format), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
}

static void __attribute__((unused)) check_vector64(const struct ndr64_vector *v64)
{
    const struct ndr_vector v = {
        .name = v64->name,
        .format = v64->format,
        .memory = v64->memory,
        .little = v64->wire,
        .length = v64->length,
        .compare = v64->compare,
        .stack = v64->stack,
        .robust = true,
        .full = v64->full,
    };

    ndr_test_is_ndr64 = true;
    vector_marshal(&v);
    vector_overrun(&v);
    vector_skip(&v, false);
    vector_unmarshal(&v, false, false);
    vector_unmarshal(&v, true, false);
    vector_truncate(&v, false, false);
    vector_truncate(&v, true, false);
    vector64_refuse_big(&v);
    ndr_test_is_ndr64 = false;
}

/* What unmarshalling `wire` raises; nothing is left allocated. */
static uint32_t __attribute__((unused))
refused64(const unsigned char *format, const void *wire, size_t length, void *stack)
{
    int blocks = ndr_test_blocks;
    unsigned char *memory = NULL;
    struct ndr_test t;
    uint32_t status;

    ndr_test_is_ndr64 = true;
    ndr_test_begin(&t, false);
    t.msg.StackTop = stack;
    ndr_correlation_begin(&t.msg, true);
    ndr_test_receive(&t, wire, length);
    status = raised_unmarshal(&t, &memory, format);
    if (!status)
        status = raised_pass(&t);
    ndr_test_end(&t);
    ndr_test_is_ndr64 = false;
    assert_int_equal(ndr_test_blocks, blocks);
    return status;
}
#define REFUSED64(format, bytes, stack) refused64(format, bytes, sizeof(bytes) - 1, stack)

#endif
