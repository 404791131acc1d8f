/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick runs (ndr/run.h): trees, lists and arrays of structures with strings, also mixed with what is walked otherwise.
 * The order of referents and ids is C706 14.3.12's. */
#include "unit/ndr_test.h"

/* FC_UP, its offset, or a simple pointer to a string without a size. */
#define UP(offset) NDR_FC_UP, 0, S(offset)
#define UP_WIDE    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_WSTRING, NDR_FC_PAD
#define UP_NARROW  NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_CSTRING, NDR_FC_PAD

/* ---- trees ---- */

struct node {
    int32_t value;
    struct node *left, *right;
};

static const unsigned char tree_format[] = {
    UP(2),
    /* 4 */ NDR_FC_BOGUS_STRUCT, 3, S(sizeof(struct node)), S(0), S(8), NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER,
    NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END, UP(-16), UP(-20),
};

static struct node leaf = { 3, NULL, NULL }, inner = { 2, NULL, &leaf }, other = { 4, NULL, NULL };
static struct node root = { 1, &inner, &other };

static void compare_tree(const void *memory)
{
    const struct node *node = memory;

    assert_int_equal(node->value, 1);
    assert_int_equal(node->left->value, 2);
    assert_null(node->left->left);
    assert_int_equal(node->left->right->value, 3);
    assert_null(node->left->right->left);
    assert_null(node->left->right->right);
    assert_int_equal(node->right->value, 4);
    assert_null(node->right->left);
    assert_null(node->right->right);
}

#define LITTLE(bytes) ((const unsigned char *)(bytes))

static void tree(void **state)
{
    const struct ndr_vector v = {
        .name = "tree", .format = tree_format, .memory = &root, .length = 52, .compare = compare_tree,
        .little = LITTLE("\0\0\2\0" "\1\0\0\0\4\0\2\0\x0c\0\2\0" "\2\0\0\0\0\0\0\0\x08\0\2\0"
                         "\3\0\0\0\0\0\0\0\0\0\0\0" "\4\0\0\0\0\0\0\0\0\0\0\0"),
        .big = LITTLE("\0\2\0\0" "\0\0\0\1\0\2\0\4\0\2\0\x0c" "\0\0\0\2\0\0\0\0\0\2\0\x08"
                      "\0\0\0\3\0\0\0\0\0\0\0\0" "\0\0\0\4\0\0\0\0\0\0\0\0"),
    };

    check_vector(&v);
}

/* Deeper than any machine stack, on both sides; every node is freed, whichever of its pointers are null. */
static void deep_tree(void **state)
{
    enum { DEPTH = 200002 };
    struct node *nodes = calloc(2 * DEPTH, sizeof(*nodes));
    int blocks = ndr_test_blocks, count = 0;
    unsigned char *memory = NULL;
    struct ndr_test t, u;

    for (int i = 0; i < DEPTH; i++) {
        nodes[2 * i].value = i;
        if (i % 3)
            nodes[2 * i].left = &nodes[2 * i + 1];
        if (i < DEPTH - 1)
            *(i % 2 && !nodes[2 * i].left ? &nodes[2 * i].left : &nodes[2 * i].right) = &nodes[2 * i + 2];
    }
    ndr_test_begin(&t, true);
    ndr_test_send(&t, nodes, tree_format);
    ndr_test_begin(&u, false);
    ndr_test_receive(&u, t.rpc.Buffer, ndr_test_used(&t));
    ndr_unmarshal(&u.msg, &memory, tree_format, 0);
    for (const struct node *node = (struct node *)memory; node; count++)
        node = node->right ? node->right : node->left;
    assert_int_equal(count, DEPTH);
    ndr_accept_allocations(&u.msg);
    ndr_free(&u.msg, memory, tree_format);
    assert_int_equal(ndr_test_blocks, blocks);
    ndr_test_end(&u);
    ndr_test_end(&t);
    free(nodes);
}

/* The client's own nodes are filled, missing ones are made, and superfluous ones are forgotten. */
static void existing_nodes(void **state)
{
    struct node mine_leaf = { 33, NULL, NULL }, mine_left = { 22, &mine_leaf, NULL };
    struct node mine = { 11, &mine_left, NULL };
    unsigned char *memory = (unsigned char *)&mine;
    struct ndr_test t, u;

    ndr_test_begin(&t, false);
    ndr_test_send(&t, &root, tree_format);
    ndr_test_begin(&u, true);
    ndr_test_receive(&u, t.rpc.Buffer, ndr_test_used(&t));
    ndr_unmarshal(&u.msg, &memory, tree_format, 0);
    assert_ptr_equal(memory, &mine);
    assert_ptr_equal(mine.left, &mine_left);
    compare_tree(&mine);
    ndr_test_end(&u);
    ndr_test_end(&t);
}

/* ---- arrays of structures with strings ---- */

struct entry {
    int32_t number;
    uint16_t *wide;
    char *narrow;
};

/* Of two, which is the parameter on the stack. */
static const unsigned char entries_format[] = {
    NDR_FC_BOGUS_ARRAY, 3, S(0), 0x20 | NDR_FC_LONG, 0, S(0), L(0xffffffff), NDR_FC_EMBEDDED_COMPLEX, 0, S(4),
    NDR_FC_PAD, NDR_FC_END,
    /* 18 */ NDR_FC_BOGUS_STRUCT, 3, S(sizeof(struct entry)), S(0), S(8), NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER,
    NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END, UP_WIDE, UP_NARROW,
};

static void compare_entries(const void *memory)
{
    const struct entry *entries = memory;

    assert_int_equal(entries[0].number, 1);
    assert_null(entries[0].wide);
    assert_string_equal(entries[0].narrow, "abc");
    assert_int_equal(entries[1].number, 2);
    assert_memory_equal(entries[1].wide, "d\0\0", 4);
    assert_null(entries[1].narrow);
}

static void entries(void **state)
{
    static uint16_t wide[] = { 'd', 0 };
    static char narrow[] = "abc";
    static const struct entry two[] = { { 1, NULL, narrow }, { 2, wide, NULL } };
    static int64_t count = 2;
    const struct ndr_vector v = {
        .name = "entries", .format = entries_format, .memory = two, .length = 60, .compare = compare_entries,
        .stack = &count,
        .little = LITTLE("\2\0\0\0" "\1\0\0\0\0\0\0\0\0\0\2\0" "\2\0\0\0\4\0\2\0\0\0\0\0"
                         "\4\0\0\0\0\0\0\0\4\0\0\0abc\0" "\2\0\0\0\0\0\0\0\2\0\0\0d\0\0\0"),
        .big = LITTLE("\0\0\0\2" "\0\0\0\1\0\0\0\0\0\2\0\0" "\0\0\0\2\0\2\0\4\0\0\0\0"
                      "\0\0\0\4\0\0\0\0\0\0\0\4abc\0" "\0\0\0\2\0\0\0\0\0\0\0\2\0d\0\0"),
    };

    check_vector(&v);
}

static uint32_t refused_entry(const char *string, size_t length)
{
    char wire[64] = "\1\0\0\0" "\1\0\0\0\0\0\0\0\0\0\2\0";
    int64_t count = 1;
    unsigned char *memory = NULL;
    int blocks = ndr_test_blocks;
    struct ndr_test t;
    uint32_t status;

    memcpy(wire + 16, string, length);
    ndr_test_begin(&t, false);
    t.msg.StackTop = (unsigned char *)&count;
    ndr_test_receive(&t, wire, 16 + length);
    status = raised_unmarshal(&t, &memory, entries_format);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, blocks);
    return status;
}
#define REFUSED_ENTRY(string) refused_entry(string, sizeof(string) - 1)

static void bad_strings(void **state)
{
    /* no terminator; empty; beyond its maximum; an offset; beyond the buffer; counts that would wrap */
    assert_int_equal(REFUSED_ENTRY("\2\0\0\0\0\0\0\0\2\0\0\0ab"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED_ENTRY("\0\0\0\0\0\0\0\0\0\0\0\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED_ENTRY("\1\0\0\0\0\0\0\0\2\0\0\0a\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED_ENTRY("\2\0\0\0\1\0\0\0\1\0\0\0\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED_ENTRY("\4\0\0\0\0\0\0\0\4\0\0\0a\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED_ENTRY("\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff" "a\0"), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED_ENTRY("\2\0\0\0\0\0\0\0\2\0\0\0a\0"), 0);
}

/* ---- mixed with structures whose pointers need more care ---- */

struct numbers {
    int32_t count;
    int32_t *numbers;
    struct owner *back;
};

struct owner {
    struct numbers *first, *second;
    char *name;
};

static const unsigned char owner_format[] = {
    UP(2),
    /* 4: owner */ NDR_FC_BOGUS_STRUCT, 3, S(sizeof(struct owner)), S(0), S(8), NDR_FC_POINTER, NDR_FC_POINTER,
    NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END, UP(10), UP(6), UP_NARROW,
    /* 30: numbers */ NDR_FC_BOGUS_STRUCT, 3, S(sizeof(struct numbers)), S(0), S(8), NDR_FC_LONG, NDR_FC_ALIGNM8,
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END, UP(6), UP(-46),
    /* 52 */ NDR_FC_CARRAY, 3, S(4), 0x10 | NDR_FC_LONG, 0, S(0), NDR_FC_LONG, NDR_FC_END,
};

static void compare_owner(const void *memory)
{
    const struct owner *owner = memory;

    assert_int_equal(owner->first->count, 1);
    assert_int_equal(owner->first->numbers[0], 7);
    assert_string_equal(owner->first->back->name, "in");
    assert_null(owner->first->back->first);
    assert_int_equal(owner->second->count, 2);
    assert_int_equal(owner->second->numbers[1], 9);
    assert_null(owner->second->back);
    assert_string_equal(owner->name, "out");
}

static void mixed(void **state)
{
    static int32_t seven[] = { 7 }, more[] = { 8, 9 };
    static char in[] = "in", out[] = "out";
    static struct owner inside = { NULL, NULL, in };
    static struct numbers first = { 1, seven, &inside }, second = { 2, more, NULL };
    static const struct owner owner = { &first, &second, out };
    const struct ndr_vector v = {
        .name = "mixed", .format = owner_format, .memory = &owner, .length = 104, .compare = compare_owner,
        .little = LITTLE("\0\0\2\0" "\4\0\2\0\x14\0\2\0\x1c\0\2\0"
                         "\1\0\0\0\x08\0\2\0\x0c\0\2\0" "\1\0\0\0\7\0\0\0"
                         "\0\0\0\0\0\0\0\0\x10\0\2\0" "\3\0\0\0\0\0\0\0\3\0\0\0in\0\0"
                         "\2\0\0\0\x18\0\2\0\0\0\0\0" "\2\0\0\0\x08\0\0\0\x09\0\0\0"
                         "\4\0\0\0\0\0\0\0\4\0\0\0out\0"),
        .big = LITTLE("\0\2\0\0" "\0\2\0\4\0\2\0\x14\0\2\0\x1c"
                      "\0\0\0\1\0\2\0\x08\0\2\0\x0c" "\0\0\0\1\0\0\0\7"
                      "\0\0\0\0\0\0\0\0\0\2\0\x10" "\0\0\0\3\0\0\0\0\0\0\0\3in\0\0"
                      "\0\0\0\2\0\2\0\x18\0\0\0\0" "\0\0\0\2\0\0\0\x08\0\0\0\x09"
                      "\0\0\0\4\0\0\0\0\0\0\0\4out\0"),
    };

    check_vector(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree),
        cmocka_unit_test(deep_tree),
        cmocka_unit_test(existing_nodes),
        cmocka_unit_test(entries),
        cmocka_unit_test(bad_strings),
        cmocka_unit_test(mixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
