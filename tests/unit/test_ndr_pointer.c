/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR pointers: C706 14.3.10 to 14.3.12, the SDK's "Pointers (RPC)" and its pages on pointers and
 * memory. */
#include "unit/ndr_test.h"

static const unsigned char ref_long[] = { NDR_FC_RP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD };
static const unsigned char unique_long[] = { NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG,
NDR_FC_PAD };
static const unsigned char full_long[] = { NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD };
static const unsigned char object_long[] = { NDR_FC_OP, NDR_SIMPLE_POINTER, NDR_FC_LONG,
NDR_FC_PAD };
/* a reference pointer to a unique pointer to a long */
static const unsigned char ref_unique_long[] = {
    NDR_FC_RP, NDR_POINTER_DEREF, S(2), NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
};

static void compare_7(const void *memory)
{
    assert_int_equal(*(const int32_t *)memory, 7);
}

static void compare_null(const void *memory)
{
    assert_null(memory);
}

static void compare_pointer_to_7(const void *memory)
{
    assert_int_equal(**(int32_t *const *)memory, 7);
}

static void compare_pointer_to_null(const void *memory)
{
    assert_null(*(int32_t *const *)memory);
}

static void kinds(void **state)
{
    static int32_t seven = 7;
    static int32_t *pointer = &seven, *null;
    static const struct ndr_vector vectors[] = {
        { "ref", ref_long, &seven, (const unsigned char *)"\7\0\0\0",
          (const unsigned char *)"\0\0\0\7", 4,
          compare_7, NULL, false, false },
        { "unique", unique_long, &seven, (const unsigned char *)"\0\0\2\0\7\0\0\0",
          (const unsigned char *)"\0\2\0\0\0\0\0\7", 8, compare_7, NULL, false, false },
        { "object", object_long, &seven, (const unsigned char *)"\0\0\2\0\7\0\0\0",
          (const unsigned char *)"\0\2\0\0\0\0\0\7", 8, compare_7, NULL, false, false },
        { "full", full_long, &seven, (const unsigned char *)"\1\0\0\0\7\0\0\0",
          (const unsigned char *)"\0\0\0\1\0\0\0\7", 8, compare_7, NULL, false, true },
        { "null", unique_long, NULL, (const unsigned char *)"\0\0\0\0",
          (const unsigned char *)"\0\0\0\0", 4,
          compare_null, NULL, false, false },
        { "full null", full_long, NULL, (const unsigned char *)"\0\0\0\0",
          (const unsigned char *)"\0\0\0\0", 4,
          compare_null, NULL, false, true },
        { "ref unique", ref_unique_long, &pointer, (const unsigned char *)"\0\0\2\0\7\0\0\0",
          (const unsigned char *)"\0\2\0\0\0\0\0\7", 8, compare_pointer_to_7, NULL, false, false },
        { "ref null", ref_unique_long, &null, (const unsigned char *)"\0\0\0\0",
          (const unsigned char *)"\0\0\0\0", 4,
          compare_pointer_to_null, NULL, false, false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector(&vectors[i]);
}

static void null_reference(void **state)
{
    static const unsigned char structure[] = {
        NDR_FC_BOGUS_STRUCT, 3, S(8), S(0), S(4), NDR_FC_POINTER, NDR_FC_END,
        NDR_FC_RP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
    };
    static const void *object[1];
    struct ndr_test t;

    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, NULL, ref_long), NDR_STATUS_NULL_REF_POINTER);
    assert_int_equal(raised_size(&t, object, structure), NDR_STATUS_NULL_REF_POINTER);
    t.msg.BufferLength = 64;
    ndr_test_get_buffer(&t);
    assert_int_equal(raised_marshal(&t, NULL, ref_long), NDR_STATUS_NULL_REF_POINTER);
    assert_int_equal(raised_marshal(&t, object, structure), NDR_STATUS_NULL_REF_POINTER);
    ndr_test_end(&t);
}

static void referent_ids(void **state)
{
    int32_t value = 7;
    struct ndr_test t;
    int i;

    ndr_test_begin(&t, true);
    for (i = 0; i < 3; i++)
        ndr_buffer_size(&t.msg, (unsigned char *)&value, unique_long);
    ndr_test_get_buffer(&t);
    for (i = 0; i < 3; i++)
        ndr_marshal(&t.msg, (unsigned char *)&value, unique_long);
    assert_memory_equal(t.rpc.Buffer, "\0\0\2\0\7\0\0\0\4\0\2\0\7\0\0\0\x8\0\2\0\7\0\0\0", 24);
    ndr_test_end(&t);
}

/* ---- memory ---- */

/* The server points into the buffer at what is the same there, and ignores what pointers were. */
static void server_memory(void **state)
{
    static const unsigned char unique_enum[] = { NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_ENUM16,
    NDR_FC_PAD };
    static const unsigned char on_stack[] = {
        NDR_FC_RP, NDR_POINTER_DEREF | NDR_ALLOCED_ON_STACK, S(2), NDR_FC_UP, NDR_SIMPLE_POINTER,
        NDR_FC_LONG, NDR_FC_PAD,
    };
    unsigned char *memory = (unsigned char *)(uintptr_t)0xdead,
                  *cell = (unsigned char *)(uintptr_t)0xbeef;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_receive(&t, "\0\0\2\0\7\0\0\0", 8);
    ndr_unmarshal(&t.msg, &memory, unique_long, 0);
    assert_ptr_equal(memory, t.msg.BufferStart + 4);
    assert_int_equal(ndr_test_blocks, 0);
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, unique_enum, 0);
    assert_true(memory < t.msg.BufferStart || memory >= t.msg.BufferEnd);
    assert_int_equal(ndr_test_blocks, 1);
    /* a place on the interpreter's stack is used, whatever is in it */
    t.msg.Buffer = t.msg.BufferStart;
    memory = (unsigned char *)&cell;
    ndr_unmarshal(&t.msg, &memory, on_stack, 0);
    assert_ptr_equal(memory, &cell);
    assert_ptr_equal(cell, t.msg.BufferStart + 4);
    /* converted data cannot stay where it came */
    t.msg.Buffer = t.msg.BufferStart;
    ndr_set_representation(&t.msg, 0);
    ndr_unmarshal(&t.msg, &memory, unique_long, 0);
    assert_true(memory < t.msg.BufferStart || memory >= t.msg.BufferEnd);
    assert_int_equal(*(int32_t *)memory, 0x07000000);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void client_memory(void **state)
{
    unsigned char *memory, *cell;
    int32_t value = 0;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_receive(&t, "\0\0\2\0\7\0\0\0", 8);
    memory = (unsigned char *)&value;
    ndr_unmarshal(&t.msg, &memory, unique_long, 1); /* pointers do not care for must_alloc */
    assert_ptr_equal(memory, &value);
    assert_int_equal(value, 7);
    memory = NULL;
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, unique_long, 0);
    assert_int_equal(ndr_test_blocks, 1);
    compare_7(memory);
    cell = NULL;
    memory = (unsigned char *)&cell;
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, ref_unique_long, 0);
    assert_ptr_equal(memory, &cell);
    compare_7(cell);
    /* a null reply sets the pointer to null; the old object is the caller's */
    memory = (unsigned char *)&value;
    ndr_test_receive(&t, "\0\0\0\0", 4);
    ndr_unmarshal(&t.msg, &memory, unique_long, 0);
    assert_null(memory);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* In object interfaces the old object is freed. */
static void client_object_memory(void **state)
{
    unsigned char *memory = ndr_test_allocate(4);
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_receive(&t, "\0\0\2\0\7\0\0\0", 8);
    ndr_unmarshal(&t.msg, &memory, object_long, 0);
    assert_int_equal(ndr_test_blocks, 1);
    compare_7(memory);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void freeing(void **state)
{
    static const unsigned char dont_free[] = { NDR_FC_UP, NDR_SIMPLE_POINTER | NDR_DONT_FREE,
    NDR_FC_LONG, NDR_FC_PAD };
    static const unsigned char on_stack[] = {
        NDR_FC_RP, NDR_POINTER_DEREF | NDR_ALLOCED_ON_STACK, S(2), NDR_FC_UP, NDR_SIMPLE_POINTER,
        NDR_FC_LONG, NDR_FC_PAD,
    };
    unsigned char buffer[8], *cell;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    t.msg.BufferStart = buffer;
    t.msg.BufferEnd = buffer + sizeof(buffer);
    ndr_free(&t.msg, ndr_test_allocate(4), unique_long);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_free(&t.msg, NULL, unique_long);
    ndr_free(&t.msg, buffer + 4, unique_long);
    ndr_free(&t.msg, buffer, dont_free);
    cell = ndr_test_allocate(4);
    ndr_free(&t.msg, cell, dont_free);
    assert_int_equal(ndr_test_blocks, 1);
    ndr_free(&t.msg, (unsigned char *)&cell, on_stack);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
}

/* ---- a list ---- */

struct node {
    int32_t value;
    struct node *next;
};

#define NODE(kind, attributes) { \
    /* 0 */ NDR_FC_BOGUS_STRUCT, 3, S(16), S(0), S(6), \
    NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER, NDR_FC_END, \
    /* 12 */ kind, attributes, S(-14), \
    /* 16 */ kind, attributes, S(-18), \
}

static const unsigned char unique_node[] = NODE(NDR_FC_UP, 0);
static const unsigned char full_node[] = NODE(NDR_FC_FP, 0);
static const unsigned char all_nodes_node[] = NODE(NDR_FC_UP, NDR_ALLOCATE_ALL_NODES);

static struct node *make_list(uint32_t length)
{
    struct node *nodes = calloc(length, sizeof(*nodes));
    uint32_t i;

    for (i = 0; i < length; i++) {
        nodes[i].value = (int32_t)i;
        nodes[i].next = i + 1 < length ? &nodes[i + 1] : NULL;
    }
    return nodes;
}

static void assert_list(const struct node *list, uint32_t length)
{
    uint32_t i;

    for (i = 0; i < length; i++, list = list->next)
        assert_int_equal(list->value, i);
    assert_null(list);
}

/* Longer than any thread's stack would take if each node were a call. */
static void long_list(void **state)
{
    enum { length = 100000 };
    struct node *list = make_list(length);
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, list, unique_node + 16);
    assert_int_equal(ndr_test_used(&t), 4 + 8 * length);
    ndr_test_receive(&t, t.rpc.Buffer, 4 + 8 * length);
    assert_true(ndr_memory_size(&t.msg, unique_node + 16) == 16 * length);
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, unique_node + 16, 0);
    assert_list((struct node *)memory, length);
    assert_int_equal(ndr_test_blocks, length);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, unique_node + 16);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
    free(list);
}

static void all_nodes(void **state)
{
    struct node *list = make_list(5);
    unsigned char *memory = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    ndr_test_send(&t, list, all_nodes_node + 16);
    ndr_test_receive(&t, t.rpc.Buffer, 44);
    ndr_unmarshal(&t.msg, &memory, all_nodes_node + 16, 0);
    assert_list((struct node *)memory, 5);
    assert_int_equal(ndr_test_blocks, 1);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, all_nodes_node + 16);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
    free(list);
}

/* ---- full pointers ---- */

static void aliases(void **state)
{
    int32_t value = 7;
    unsigned char *a = NULL, *b = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(true);
    ndr_buffer_size(&t.msg, (unsigned char *)&value, full_long);
    ndr_buffer_size(&t.msg, (unsigned char *)&value, full_long);
    ndr_test_get_buffer(&t);
    ndr_marshal(&t.msg, (unsigned char *)&value, full_long);
    ndr_marshal(&t.msg, (unsigned char *)&value, full_long);
    assert_int_equal(ndr_test_used(&t), 12);
    assert_memory_equal(t.rpc.Buffer, "\1\0\0\0\7\0\0\0\1\0\0\0", 12);
    ndr_full_pointers_free(t.msg.FullPtrXlatTables);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(false);
    t.msg.IsClient = 0;
    ndr_test_receive(&t, t.rpc.Buffer, 12);
    ndr_unmarshal(&t.msg, &a, full_long, 0);
    ndr_unmarshal(&t.msg, &b, full_long, 0);
    assert_ptr_equal(a, b);
    compare_7(a);
    ndr_test_end(&t);
}

/* Two parameters of one type, in a ring. */
static void cycle(void **state)
{
    struct node *ring = make_list(3);
    unsigned char *memory = NULL;
    struct node *node;
    struct ndr_test t;

    ring[2].next = ring;
    ndr_test_begin(&t, true);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(true);
    ndr_test_send(&t, ring, full_node + 16);
    assert_int_equal(ndr_test_used(&t), 28);
    assert_memory_equal(t.rpc.Buffer, "\1\0\0\0\0\0\0\0\2\0\0\0\1\0\0\0\3\0\0\0\2\0\0\0\1\0\0\0",
                        28);
    ndr_full_pointers_free(t.msg.FullPtrXlatTables);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(false);
    t.msg.IsClient = 0;
    ndr_test_receive(&t, t.rpc.Buffer, 28);
    assert_int_equal(ndr_memory_size(&t.msg, full_node + 16), 48);
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, full_node + 16, 0);
    node = (struct node *)memory;
    assert_ptr_equal(node->next->next->next, node);
    assert_int_equal(ndr_test_blocks, 3);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, full_node + 16);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
    free(ring);
}

/* The reply's ids are those of the request: what they stand for is filled in place. */
static void reply_to_full_pointers(void **state)
{
    int32_t value = 7;
    unsigned char *a = (unsigned char *)&value, *b = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(true);
    ndr_test_send(&t, &value, full_long);
    ndr_test_receive(&t, "\1\0\0\0\x8\0\0\0\1\0\0\0", 12);
    ndr_unmarshal(&t.msg, &a, full_long, 0);
    ndr_unmarshal(&t.msg, &b, full_long, 0);
    assert_ptr_equal(a, &value);
    assert_ptr_equal(b, &value);
    assert_int_equal(value, 8);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* An id that a peer uses for objects of two types does not make one pass for the other. */
static void hostile_ids(void **state)
{
    static const unsigned char full_large[] = {
        /* 0 */ NDR_FC_STRUCT, 3, S(8), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END,
        /* 8 */ NDR_FC_FP, 0, S(-10),
    };
    unsigned char *a = NULL, *b = NULL;
    struct ndr_test t;

    ndr_test_begin(&t, false);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(false);
    ndr_test_receive(&t, "\xff\xff\xff\xff\7\0\0\0\xff\xff\xff\xff", 12);
    ndr_unmarshal(&t.msg, &a, full_long, 0);
    assert_int_equal(raised_unmarshal(&t, &b, full_large + 8), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);

    /* the other way round is harmless: the first member of a structure */
    ndr_test_begin(&t, false);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(false);
    ndr_test_receive(&t, "\2\0\0\0\7\0\0\0\x8\0\0\0\2\0\0\0", 16);
    ndr_unmarshal(&t.msg, &a, full_large + 8, 0);
    ndr_unmarshal(&t.msg, &b, full_long, 0);
    assert_ptr_equal(a, b);
    ndr_test_end(&t);

    /* a reply may not name the client's small object where a large one is expected */
    ndr_test_begin(&t, true);
    t.msg.FullPtrXlatTables = ndr_full_pointers_create(true);
    ndr_test_send(&t, "\7\0\0", full_long);
    ndr_test_receive(&t, "\1\0\0\0\7\0\0\0\x8\0\0\0", 12);
    b = NULL;
    assert_int_equal(raised_unmarshal(&t, &b, full_large + 8), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void no_tables(void **state)
{
    int32_t value = 7;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, &value, full_long), NDR_STATUS_INTERNAL_ERROR);
    ndr_test_end(&t);
}

/* ---- failing allocators ---- */

static int allocations_left;

static void *failing_allocate(size_t size)
{
    return allocations_left-- > 0 ? ndr_test_allocate(size) : NULL;
}

static void *raising_allocate(size_t size)
{
    if (allocations_left-- <= 0)
        ndr_raise(1234);
    return ndr_test_allocate(size);
}

/* Wherever memory ends, everything is given back; also what the walk itself held when the allocator
 * raised. */
static void out_of_memory(void **state)
{
    struct node *list = make_list(100);
    struct ndr_test t;
    int i, pass;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < 100; i += 7) {
            unsigned char *memory = NULL;

            ndr_test_begin(&t, true);
            t.msg.pfnAllocate = pass ? raising_allocate : failing_allocate;
            ndr_test_send(&t, list, unique_node + 16);
            ndr_test_receive(&t, t.rpc.Buffer, 804);
            allocations_left = i;
            assert_int_equal(raised_unmarshal(&t, &memory, unique_node + 16),
                             pass ? 1234 : NDR_STATUS_OUT_OF_MEMORY);
            assert_int_equal(ndr_test_blocks, i);
            ndr_test_end(&t);
            assert_int_equal(ndr_test_blocks, 0);
        }
    }
    free(list);
}

/* A wide fan of pointers, so that the stack of deferred pointers grows beyond its first place. */
static void many_pointers(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_BOGUS_ARRAY, 3, S(0), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
        L(0xffffffff),
        NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    };
    int32_t values[1000], *pointers[1000];
    int64_t count = 1000;
    unsigned char *memory = NULL;
    struct ndr_test t;
    int i;

    for (i = 0; i < 1000; i++) {
        values[i] = i;
        pointers[i] = &values[i];
    }
    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&count;
    ndr_test_send(&t, pointers, format);
    assert_int_equal(ndr_test_used(&t), 8004);
    ndr_test_receive(&t, t.rpc.Buffer, 8004);
    ndr_unmarshal(&t.msg, &memory, format, 0);
    for (i = 0; i < 1000; i++)
        assert_int_equal(*((int32_t **)memory)[i], i);
    t.msg.pfnAllocate = raising_allocate;
    allocations_left = 500;
    t.msg.Buffer = t.msg.BufferStart;
    memory = NULL;
    assert_int_equal(raised_unmarshal(&t, &memory, format), 1234);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* ---- [byte_count] ---- */

struct chain {
    struct chain *next;
    int32_t value;
};

/* struct chain { struct chain *next; long value; }, in memory of as many bytes as the call's first
 * parameter says */
static const unsigned char byte_count[] = {
    /* 0 */ NDR_FC_BYTE_COUNT_POINTER, NDR_FC_PAD, NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
    /* 6 */ NDR_FC_BOGUS_STRUCT, 3, S(16), S(0), S(6), NDR_FC_POINTER, NDR_FC_LONG,
    NDR_FC_STRUCTPAD1 + 3, NDR_FC_END,
    /* 18: pointer layout */ NDR_FC_UP, 0, S(-14),
};

static void lent_memory(void **state)
{
    static const unsigned char wire[] = { 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0 };
    struct chain two = { NULL, 2 }, one = { &two, 1 }, room[3] = { { NULL, 0 } };
    unsigned char *memory = (unsigned char *)room;
    int64_t parameter = sizeof(room);
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&parameter;
    ndr_test_send(&t, &one, byte_count);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    assert_int_equal(ndr_object_size(&t.msg, byte_count), sizeof(room));
    for (parameter = sizeof(room); parameter >= 0; parameter--) {
        ndr_test_receive(&t, wire, sizeof(wire));
        memset(room, 0xa5, sizeof(room));
        if (parameter < (int64_t)(2 * sizeof(*room))) {
            assert_int_equal(raised_unmarshal(&t, &memory, byte_count),
                             NDR_STATUS_BYTE_COUNT_TOO_SMALL);
            ndr_release_allocations(&t.msg);
            continue;
        }
        ndr_unmarshal(&t.msg, &memory, byte_count, 0);
        assert_ptr_equal(memory, room);
        assert_int_equal(room[0].value, 1);
        assert_ptr_equal(room[0].next, &room[1]);
        assert_int_equal(room[1].value, 2);
        assert_null(room[1].next);
        assert_int_equal(((unsigned char *)room)[2 * sizeof(*room)], 0xa5);
    }
    assert_int_equal(ndr_test_allocations, 0);
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lent_memory),
        cmocka_unit_test(kinds),
        cmocka_unit_test(null_reference),
        cmocka_unit_test(referent_ids),
        cmocka_unit_test(server_memory),
        cmocka_unit_test(client_memory),
        cmocka_unit_test(client_object_memory),
        cmocka_unit_test(freeing),
        cmocka_unit_test(long_list),
        cmocka_unit_test(all_nodes),
        cmocka_unit_test(aliases),
        cmocka_unit_test(cycle),
        cmocka_unit_test(reply_to_full_pointers),
        cmocka_unit_test(hostile_ids),
        cmocka_unit_test(no_tables),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(many_pointers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
