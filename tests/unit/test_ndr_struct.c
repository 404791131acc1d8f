/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR structures, on images made by hand from C706 14.3.1, 14.3.6 and 14.3.12. Format strings are
 * those of 64-bit stubs, where a structure with pointers is complex. */
#include "unit/ndr_test.h"

/* ---- simple ---- */

struct simple {
    int16_t s;
    int8_t c;
    int32_t l[2];
    int64_t h;
};

static const unsigned char simple_format[] = {
    NDR_FC_STRUCT, 7, S(24),
    NDR_FC_SHORT, NDR_FC_SMALL, NDR_FC_ALIGNM4, NDR_FC_LONG, NDR_FC_LONG, NDR_FC_ALIGNM8,
    NDR_FC_HYPER, NDR_FC_END,
};

static const struct simple simple_object = { 0x1234, 0x56, { 0x11223344, -2 }, 0x0102030405060708 };

static void compare_simple(const void *memory)
{
    const struct simple *s = memory;

    assert_int_equal(s->s, 0x1234);
    assert_int_equal(s->c, 0x56);
    assert_int_equal(s->l[0], 0x11223344);
    assert_int_equal(s->l[1], -2);
    assert_true(s->h == 0x0102030405060708);
}

static void simple(void **state)
{
    static const struct ndr_vector v = {
        "simple", simple_format, &simple_object,
        (const unsigned char *)"\x34\x12\x56\0\x44\x33\x22\x11\xfe\xff\xff\xff\0\0\0\0"
                               "\x08\x07\x06\x05\x04\x03\x02\x01",
        (const unsigned char *)"\x12\x34\x56\0\x11\x22\x33\x44\xff\xff\xff\xfe\0\0\0\0"
                               "\x01\x02\x03\x04\x05\x06\x07\x08",
        24, compare_simple, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- fixed arrays inside ---- */

struct grid {
    int8_t tag;
    int16_t cell[2][3];
};

static const unsigned char grid_format[] = {
    /* 0 */ NDR_FC_SMFARRAY, 1, S(6), NDR_FC_SHORT, NDR_FC_END,
    /* 6 */ NDR_FC_SMFARRAY, 1, S(12), NDR_FC_EMBEDDED_COMPLEX, 0, S(-12), NDR_FC_PAD, NDR_FC_END,
    /* 16 */ NDR_FC_STRUCT, 1, S(14), NDR_FC_SMALL, NDR_FC_EMBEDDED_COMPLEX, 1, S(-17), NDR_FC_END,
};

static void compare_grid(const void *memory)
{
    const struct grid *g = memory;
    int i;

    assert_int_equal(g->tag, 9);
    for (i = 0; i < 6; i++)
        assert_int_equal(g->cell[i / 3][i % 3], i + 1);
}

static void fixed_arrays(void **state)
{
    static const struct grid object = { 9, { { 1, 2, 3 }, { 4, 5, 6 } } };
    static const struct ndr_vector v = {
        "grid", grid_format + 16, &object,
        (const unsigned char *)"\x09\0\1\0\2\0\3\0\4\0\5\0\6\0",
        (const unsigned char *)"\x09\0\0\1\0\2\0\3\0\4\0\5\0\6",
        14, compare_grid, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- complex: an enum16 and end padding, so that memory and wire differ ---- */

struct mixed {
    int32_t choice; /* enum16 */
    int8_t c;
    int16_t s1, s2;
    int64_t h;
    int8_t last;
};

static const unsigned char mixed_format[] = {
    NDR_FC_BOGUS_STRUCT, 7, S(32), S(0), S(0),
    NDR_FC_ENUM16, NDR_FC_SMALL, NDR_FC_ALIGNM2, NDR_FC_SHORT, NDR_FC_SHORT, NDR_FC_ALIGNM8,
    NDR_FC_HYPER,
    NDR_FC_SMALL, NDR_FC_STRUCTPAD7, NDR_FC_END,
};

static void compare_mixed(const void *memory)
{
    const struct mixed *m = memory;

    assert_int_equal(m->choice, 5);
    assert_int_equal(m->c, 6);
    assert_int_equal(m->s1, 7);
    assert_int_equal(m->s2, 8);
    assert_true(m->h == 9);
    assert_int_equal(m->last, 10);
}

static void complex_members(void **state)
{
    static const struct mixed object = { 5, 6, 7, 8, 9, 10 };
    static const struct ndr_vector v = {
        "mixed", mixed_format, &object,
        (const unsigned char *)"\5\0\6\0\7\0\x8\0\x9\0\0\0\0\0\0\0\xa",
        (const unsigned char *)"\0\5\6\0\0\7\0\x8\0\0\0\0\0\0\0\x9\xa",
        17, compare_mixed, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- pointers ---- */

struct pointers {
    int32_t n;
    int16_t *p;
    int8_t *q;
    int8_t *null;
};

static const unsigned char pointers_format[] = {
    NDR_FC_BOGUS_STRUCT, 3, S(32), S(0), S(8),
    NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_END,
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SMALL, NDR_FC_PAD,
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SMALL, NDR_FC_PAD,
};

static void compare_pointers(const void *memory)
{
    const struct pointers *s = memory;

    assert_int_equal(s->n, 1);
    assert_int_equal(*s->p, 0x203);
    assert_int_equal(*s->q, 4);
    assert_null(s->null);
}

static void embedded_pointers(void **state)
{
    static int16_t two = 0x203;
    static int8_t three = 4;
    static const struct pointers object = { 1, &two, &three, NULL };
    static const struct ndr_vector v = {
        "pointers", pointers_format, &object,
        (const unsigned char *)"\1\0\0\0\0\0\2\0\4\0\2\0\0\0\0\0\3\2\4",
        (const unsigned char *)"\0\0\0\1\0\2\0\0\0\2\0\4\0\0\0\0\2\3\4",
        19, compare_pointers, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- conformant ---- */

struct conformant {
    int32_t n;
    int16_t a[3];
};

static const unsigned char conformant_format[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CSTRUCT, 3, S(4), S(-14), NDR_FC_LONG, NDR_FC_END,
    /* 18: a pointer to it */ NDR_FC_UP, 0, S(-10),
};

static void compare_conformant(const void *memory)
{
    const struct conformant *c = memory;
    int i;

    assert_int_equal(c->n, 3);
    for (i = 0; i < 3; i++)
        assert_int_equal(c->a[i], i + 1);
}

static const struct conformant conformant_object = { 3, { 1, 2, 3 } };

static void conformant(void **state)
{
    static const struct ndr_vector v = {
        "conformant", conformant_format + 10, &conformant_object,
        (const unsigned char *)"\3\0\0\0\3\0\0\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\0\0\3\0\0\0\3\0\1\0\2\0\3",
        14, compare_conformant, NULL, false, false,
    };
    static const struct ndr_vector pointer = {
        "pointer to conformant", conformant_format + 18, &conformant_object,
        (const unsigned char *)"\0\0\2\0\3\0\0\0\3\0\0\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\2\0\0\0\0\0\3\0\0\0\3\0\1\0\2\0\3",
        18, compare_conformant, NULL, false, false,
    };

    check_vector(&v);
    check_vector(&pointer);
}

/* The count of an inner structure's array precedes the outermost structure, which is aligned after
 * it. */
struct outer {
    int64_t h;
    int32_t choice; /* enum16, which makes it complex */
    struct conformant inner;
};

static const unsigned char outer_format[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CSTRUCT, 3, S(4), S(-14), NDR_FC_LONG, NDR_FC_END,
    /* 18 */ NDR_FC_BOGUS_STRUCT, 7, S(16), S(-22), S(0),
    NDR_FC_HYPER, NDR_FC_ENUM16, NDR_FC_EMBEDDED_COMPLEX, 0, S(-20), NDR_FC_PAD, NDR_FC_END,
};

static void compare_outer(const void *memory)
{
    const struct outer *o = memory;

    assert_true(o->h == 0x55);
    assert_int_equal(o->choice, 0x66);
    compare_conformant(&o->inner);
}

static void nested_conformant(void **state)
{
    static const struct outer object = { 0x55, 0x66, { 3, { 1, 2, 3 } } };
    static const struct ndr_vector v = {
        "outer", outer_format + 18, &object,
        (const unsigned char *)"\3\0\0\0\0\0\0\0\x55\0\0\0\0\0\0\0\x66\0\0\0\3\0\0\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\x55\0\x66\0\0\0\0\0\3\0\1\0\2\0\3",
        30, compare_outer, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- conformant varying ---- */

struct varying {
    int32_t size, length;
    int16_t a[4];
};

static const unsigned char varying_format[] = {
    /* 0 */ NDR_FC_CVARRAY, 1, S(2), NDR_FC_LONG, 0, S(-8), NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT,
    NDR_FC_END,
    /* 14 */ NDR_FC_CVSTRUCT, 3, S(8), S(-18), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END,
};

static void compare_varying(const void *memory)
{
    const struct varying *v = memory;

    assert_int_equal(v->size, 4);
    assert_int_equal(v->length, 2);
    assert_int_equal(v->a[0], 7);
    assert_int_equal(v->a[1], 8);
}

static void conformant_varying(void **state)
{
    static const struct varying object = { 4, 2, { 7, 8, 99, 99 } };
    static const struct ndr_vector v = {
        "varying", varying_format + 14, &object,
        (const unsigned char *)"\4\0\0\0\4\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\7\0\x8\0",
        (const unsigned char *)"\0\0\0\4\0\0\0\4\0\0\0\2\0\0\0\0\0\0\0\2\0\7\0\x8",
        24, compare_varying, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- a complex structure with a conformant array of pointers ---- */

struct table {
    int32_t n;
    int16_t *entry[2];
};

static const unsigned char table_format[] = {
    /* 0 */ NDR_FC_BOGUS_ARRAY, 3, S(0), NDR_FC_LONG, 0, S(-8), L(0xffffffff),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    /* 18 */ NDR_FC_BOGUS_STRUCT, 3, S(8), S(-22), S(0), NDR_FC_LONG, NDR_FC_STRUCTPAD1 + 3,
    NDR_FC_PAD, NDR_FC_END,
};

static void compare_table(const void *memory)
{
    const struct table *t = memory;

    assert_int_equal(t->n, 2);
    assert_int_equal(*t->entry[0], 5);
    assert_int_equal(*t->entry[1], 6);
}

static void array_of_pointers(void **state)
{
    static int16_t five = 5, six = 6;
    static const struct table object = { 2, { &five, &six } };
    static const struct ndr_vector v = {
        "table", table_format + 18, &object,
        (const unsigned char *)"\2\0\0\0\2\0\0\0\0\0\2\0\4\0\2\0\5\0\6\0",
        (const unsigned char *)"\0\0\0\2\0\0\0\2\0\2\0\0\0\2\0\4\0\5\0\6",
        20, compare_table, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- referents of embedded pointers, depth first ---- */

struct leaf {
    int16_t *value;
};

struct tree {
    struct leaf *left;
    int16_t *own;
    struct leaf right;
};

static const unsigned char tree_format[] = {
    /* 0: leaf */ NDR_FC_BOGUS_STRUCT, 3, S(8), S(0), S(4), NDR_FC_POINTER, NDR_FC_END,
    /* 10 */ NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    /* 14: tree */ NDR_FC_BOGUS_STRUCT, 3, S(24), S(0), S(10),
    /* 22 */ NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_EMBEDDED_COMPLEX, 0, S(-26), NDR_FC_PAD,
    NDR_FC_END,
    /* 30 */ NDR_FC_UP, 0, S(-32), NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
};

static void compare_tree(const void *memory)
{
    const struct tree *t = memory;

    assert_int_equal(*t->left->value, 1);
    assert_int_equal(*t->own, 2);
    assert_int_equal(*t->right.value, 3);
}

static void order_of_referents(void **state)
{
    static int16_t one = 1, two = 2, three = 3;
    static struct leaf left = { &one };
    static const struct tree object = { &left, &two, { &three } };
    /* left, own, right.value; then *left, and at once *left->value; *own; *right.value. */
    static const struct ndr_vector v = {
        "tree", tree_format + 14, &object,
        (const unsigned char *)"\0\0\2\0\x8\0\2\0\xc\0\2\0\4\0\2\0\1\0\2\0\3\0",
        (const unsigned char *)"\0\2\0\0\0\2\0\x8\0\2\0\xc\0\2\0\4\0\1\0\2\0\3",
        22, compare_tree, NULL, false, false,
    };

    check_vector(&v);
}

/* ---- memory ---- */

/* The server leaves what needs no conversion in the buffer; must_alloc and the client allocate;
 * given memory is used. */
static void whose_memory(void **state)
{
    static const unsigned char wire[] = "\3\0\0\0\3\0\0\0\1\0\2\0\3\0";
    unsigned char *memory = NULL, own[16];
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, wire, 14);
    ndr_unmarshal(&t.msg, &memory, conformant_format + 10, 0);
    assert_ptr_equal(memory, t.msg.BufferStart + 4);
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, conformant_format + 10, 1);
    assert_true(memory < t.msg.BufferStart || memory >= t.msg.BufferEnd);
    compare_conformant(memory);
    t.msg.Buffer = t.msg.BufferStart;
    memory = own;
    ndr_unmarshal(&t.msg, &memory, conformant_format + 10, 0);
    assert_ptr_equal(memory, own);
    compare_conformant(memory);
    t.msg.Buffer = t.msg.BufferStart;
    t.msg.IsClient = 1;
    memory = NULL;
    ndr_unmarshal(&t.msg, &memory, conformant_format + 10, 0);
    assert_true(memory < t.msg.BufferStart || memory >= t.msg.BufferEnd);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* A client's embedded pointers keep what they point at; new ones are allocated. */
static void client_reuses_memory(void **state)
{
    static const unsigned char wire[] = "\0\0\2\0\x8\0\2\0\0\0\0\0\4\0\2\0\1\0\2\0";
    int16_t one = 0, two = 0, three = 33;
    struct leaf left = { &one };
    struct tree object = { &left, NULL, { &three } };
    unsigned char *memory = (unsigned char *)&object;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_receive(&t, wire, 20);
    ndr_unmarshal(&t.msg, &memory, tree_format + 14, 0);
    assert_ptr_equal(memory, &object);
    assert_ptr_equal(object.left, &left);
    assert_ptr_equal(left.value, &one);
    assert_int_equal(one, 1);
    assert_non_null(object.own);
    assert_int_equal(*object.own, 2);
    assert_null(object.right.value);
    (void)two;
    ndr_test_end(&t);
}

/* A misaligned object is no reason to fail. */
static void misaligned_memory(void **state)
{
    unsigned char storage[40], *object = storage + 1;
    struct ndr_test t;

    memcpy(object, &simple_object, sizeof(simple_object));
    ndr_test_begin(&t, true);
    ndr_test_send(&t, object, simple_format);
    ndr_test_receive(&t, t.rpc.Buffer, 24);
    ndr_unmarshal(&t.msg, &object, simple_format, 0);
    assert_memory_equal(storage + 1, &simple_object, sizeof(simple_object));
    ndr_test_end(&t);
}

/* ---- bytes that are no member's ---- */

/* struct padded { char a; long b; short c; } */
struct padded {
    char a;
    int32_t b;
    int16_t c;
};

static const unsigned char gaps_format[] = {
    /* 0: struct padded */ NDR_FC_STRUCT, 3, S(12), NDR_FC_CHAR, NDR_FC_ALIGNM4, NDR_FC_LONG,
    NDR_FC_SHORT, NDR_FC_STRUCTPAD1 + 1, NDR_FC_END,
    /* 10: padded[2] */ NDR_FC_SMFARRAY, 3, S(24), NDR_FC_EMBEDDED_COMPLEX, 0, S(-16), NDR_FC_PAD,
    NDR_FC_END,
    /* 20: struct { enum; struct padded; char; long; } */ NDR_FC_BOGUS_STRUCT, 3, S(24), S(0), S(0),
    NDR_FC_ENUM16, NDR_FC_EMBEDDED_COMPLEX, 0, S(-31), NDR_FC_CHAR, NDR_FC_ALIGNM4, NDR_FC_LONG,
    NDR_FC_PAD, NDR_FC_END,
    /* 38: padded[*] */ NDR_FC_CARRAY, 3, S(12), NDR_CORRELATION_CONSTANT, 0, S(2),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-48), NDR_FC_PAD, NDR_FC_END,
    /* 52: struct { char; long; conformant array } */ NDR_FC_CSTRUCT, 3, S(8), S(-18), NDR_FC_CHAR,
    NDR_FC_ALIGNM4, NDR_FC_LONG, NDR_FC_END,
    /* 62: packed, struct { char; long } */ NDR_FC_STRUCT, 0, S(5), NDR_FC_CHAR,
    NDR_FC_LONG, NDR_FC_END, NDR_FC_PAD,
};

static void check_gaps(const unsigned char *format, const void *object, const void *wire,
                       size_t length)
{
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, object, format);
    assert_int_equal(ndr_test_used(&t), length);
    assert_memory_equal(t.rpc.Buffer, wire, length);
    ndr_test_end(&t);
}

static void fill(struct padded *padded)
{
    memset(padded, 0xa5, sizeof(*padded));
    padded->a = 1;
    padded->b = 2;
    padded->c = 3;
}

#define PADDED_WIRE 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0

/* Old memory does not leave the process, whatever the walker copies at once. */
static void gaps_are_zero(void **state)
{
    static const unsigned char wire[] = { PADDED_WIRE, PADDED_WIRE };
    static const unsigned char complex_wire[] = { 9, 0, 0, 0, PADDED_WIRE, 7, 0, 0, 0, 8, 0, 0, 0 };
    static const unsigned char array_wire[] = { 2, 0, 0, 0, PADDED_WIRE, PADDED_WIRE };
    static const unsigned char conformant_wire[] = { 2, 0, 0, 0, 5, 0, 0, 0,
                                                     6, 0, 0, 0, PADDED_WIRE, PADDED_WIRE };
    struct padded two[2];
    struct {
        int32_t e;
        struct padded p;
        char c;
        int32_t l;
    } complex;
    struct {
        char c;
        int32_t l;
        struct padded p[2];
    } conformant;

    fill(&two[0]);
    fill(&two[1]);
    check_gaps(gaps_format, two, wire, 12);
    check_gaps(gaps_format + 10, two, wire, 24);
    check_gaps(gaps_format + 38, two, array_wire, sizeof(array_wire));
    memset(&complex, 0xa5, sizeof(complex));
    complex.e = 9;
    fill(&complex.p);
    complex.c = 7;
    complex.l = 8;
    check_gaps(gaps_format + 20, &complex, complex_wire, sizeof(complex_wire));
    memset(&conformant, 0xa5, sizeof(conformant));
    conformant.c = 5;
    conformant.l = 6;
    fill(&conformant.p[0]);
    fill(&conformant.p[1]);
    check_gaps(gaps_format + 52, &conformant, conformant_wire, sizeof(conformant_wire));
    check_gaps(gaps_format + 62, "\1\2\0\0\0", "\1\2\0\0\0", 5);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_are_zero),
        cmocka_unit_test(simple),
        cmocka_unit_test(fixed_arrays),
        cmocka_unit_test(complex_members),
        cmocka_unit_test(embedded_pointers),
        cmocka_unit_test(conformant),
        cmocka_unit_test(nested_conformant),
        cmocka_unit_test(conformant_varying),
        cmocka_unit_test(array_of_pointers),
        cmocka_unit_test(order_of_referents),
        cmocka_unit_test(whose_memory),
        cmocka_unit_test(client_reuses_memory),
        cmocka_unit_test(misaligned_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
