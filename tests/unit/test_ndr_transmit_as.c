/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [transmit_as] and [represent_as]: a list in the application, a counted array on the wire; and a
 * type that is transmitted as one of fixed size. */
#include "unit/ndr_test.h"

/* ---- [transmit_as(array)] list: typedef struct { long count; [size_is(count)] short values[]; } ---- */

struct node {
    struct node *next;
    int16_t value;
};

struct list {
    struct node *first;
};

struct array {
    int32_t count;
    int16_t values[];
};

static int translated, transmitted_objects, instances_freed;

static void NDR_CALLBACK list_to_xmit(struct ndr_message *msg)
{
    const struct list *list = (const struct list *)msg->pPresentedType;
    struct array *array = ndr_test_allocate(sizeof(*array) + 16 * sizeof(int16_t));
    const struct node *node;

    array->count = 0;
    for (node = list->first; node; node = node->next)
        array->values[array->count++] = node->value;
    msg->pTransmitType = (unsigned char *)array;
    transmitted_objects++;
}

static void NDR_CALLBACK list_from_xmit(struct ndr_message *msg)
{
    const struct array *array = (const struct array *)msg->pTransmitType;
    struct node **link = &((struct list *)msg->pPresentedType)->first;
    int32_t i;

    for (i = 0; i < array->count; i++, link = &(*link)->next) {
        *link = ndr_test_allocate(sizeof(**link));
        (*link)->value = array->values[i];
    }
    *link = NULL;
    translated++;
}

static void NDR_CALLBACK list_free_xmit(struct ndr_message *msg)
{
    ndr_test_free(msg->pTransmitType);
    transmitted_objects--;
}

static void NDR_CALLBACK list_free_inst(struct ndr_message *msg)
{
    struct node *node = ((struct list *)msg->pPresentedType)->first, *next;

    for (; node; node = next) {
        next = node->next;
        ndr_test_free(node);
    }
    instances_freed++;
}

/* ---- [represent_as(double)] long ---- */

static int32_t wire_number;

static void NDR_CALLBACK number_to_xmit(struct ndr_message *msg)
{
    double value;

    memcpy(&value, msg->pPresentedType, sizeof(value));
    wire_number = (int32_t)value;
    msg->pTransmitType = (unsigned char *)&wire_number;
}

static void NDR_CALLBACK number_from_xmit(struct ndr_message *msg)
{
    int32_t narrow;
    double value;

    memcpy(&narrow, msg->pTransmitType, sizeof(narrow));
    value = narrow;
    memcpy(msg->pPresentedType, &value, sizeof(value));
}

static void NDR_CALLBACK number_free(struct ndr_message *msg)
{
}

static const struct ndr_transmit_routines routines[] = {
    { list_to_xmit, list_from_xmit, list_free_xmit, list_free_inst },
    { number_to_xmit, number_from_xmit, number_free, number_free },
};

static const unsigned char format[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_FIELD | NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT,
    NDR_FC_END,
    /* 10: struct array */ NDR_FC_CSTRUCT, 3, S(4), S(-14), NDR_FC_LONG, NDR_FC_END,
    /* 18: list */ NDR_FC_TRANSMIT_AS, 3, S(0), S(8), S(0), S(-16),
    /* 28 */ NDR_FC_LONG, NDR_FC_PAD,
    /* 30: number */ NDR_FC_REPRESENT_AS, 3, S(1), S(8), S(4), S(-10),
    /* 40: struct { short; list; number; short } */ NDR_FC_BOGUS_STRUCT, 3, S(32), S(0), S(0),
    NDR_FC_SHORT, NDR_FC_EMBEDDED_COMPLEX, 6, S(-33), NDR_FC_EMBEDDED_COMPLEX, 0, S(-25),
    NDR_FC_SHORT, NDR_FC_STRUCTPAD1 + 5, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    /* 62: list * */ NDR_FC_UP, 0, S(-46),
    /* 66: list[2] */ NDR_FC_BOGUS_ARRAY, 3, S(2), L(-1), L(-1), NDR_FC_EMBEDDED_COMPLEX, 0, S(-62),
    NDR_FC_PAD, NDR_FC_END,
};
#define LIST   (format + 18)
#define NUMBER (format + 30)
#define HOLDER (format + 40)
#define LIST_P (format + 62)
#define LISTS  (format + 66)

struct holder {
    int16_t before;
    struct list list;
    double number;
    int16_t after;
};

static void begin(struct ndr_test *t, bool client)
{
    ndr_test_begin(t, client);
    t->desc.aXmitQuintuple = routines;
    translated = transmitted_objects = instances_freed = 0;
}

static struct node three = { NULL, 3 }, two = { &three, 2 }, one = { &two, 1 };

static void check_list(const struct list *list, int16_t first, int count)
{
    const struct node *node = list->first;

    for (; count--; node = node->next)
        assert_int_equal(node->value, first++);
    assert_null(node);
}

/* The wire has the transmitted type: conformance, count, elements. */
static void parameter(void **state)
{
    static const unsigned char images[][14] = {
        { 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0 },
        { 0, 0, 0, 3, 0, 0, 0, 3, 0, 1, 0, 2, 0, 3 },
    };
    struct list list = { &one }, received;
    unsigned char *memory;
    struct ndr_test t;
    int big;

    begin(&t, true);
    ndr_test_send(&t, &list, LIST);
    assert_int_equal(ndr_test_used(&t), sizeof(images[0]));
    assert_memory_equal(t.rpc.Buffer, images[0], sizeof(images[0]));
    assert_int_equal(transmitted_objects, 0);
    for (big = 0; big < 2; big++) {
        memory = (unsigned char *)&received;
        ndr_set_representation(&t.msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
        ndr_test_receive(&t, images[big], sizeof(images[big]));
        ndr_unmarshal(&t.msg, &memory, LIST, 0);
        assert_int_equal(ndr_test_used(&t), sizeof(images[big]));
        check_list(&received, 1, 3);
        assert_int_equal(ndr_test_blocks, 3); /* only the list's */
        ndr_free(&t.msg, memory, LIST);
        assert_int_equal(ndr_test_blocks, 0);
    }
    ndr_test_end(&t);
}

static void fixed_size(void **state)
{
    double value = -7, received = 0;
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;

    begin(&t, true);
    wire_number = 0;
    ndr_buffer_size(&t.msg, (unsigned char *)&value, NUMBER);
    assert_int_equal(wire_number, 0); /* the size is known without asking */
    ndr_test_get_buffer(&t);
    ndr_marshal(&t.msg, (unsigned char *)&value, NUMBER);
    assert_int_equal(ndr_test_used(&t), 4);
    assert_memory_equal(t.rpc.Buffer, "\xf9\xff\xff\xff", 4);
    ndr_test_receive(&t, "\xf9\xff\xff\xff", 4);
    ndr_unmarshal(&t.msg, &memory, NUMBER, 0);
    assert_true(received == -7);
    ndr_test_end(&t);
}

static const unsigned char holder_wire[] = { 5, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0,
                                             2, 0, 3, 0, 9, 0, 0, 0, 6, 0 };

static void member(void **state)
{
    struct holder holder = { 5, { &two }, 9, 6 }, received;
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;

    begin(&t, false);
    ndr_test_send(&t, &holder, HOLDER);
    assert_int_equal(ndr_test_used(&t), sizeof(holder_wire));
    assert_memory_equal(t.rpc.Buffer, holder_wire, sizeof(holder_wire));
    ndr_test_receive(&t, holder_wire, sizeof(holder_wire));
    assert_int_equal(ndr_memory_size(&t.msg, HOLDER), sizeof(holder));
    assert_int_equal(ndr_test_used(&t), sizeof(holder_wire));
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, HOLDER, 0);
    assert_int_equal(received.before, 5);
    check_list(&received.list, 2, 2);
    assert_true(received.number == 9);
    assert_int_equal(received.after, 6);
    ndr_free(&t.msg, memory, HOLDER);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
}

static void converted(void **state)
{
    static const unsigned char big[] = { 0, 5, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2,
                                         0, 2, 0, 3, 0, 0, 0, 9, 0, 6 };
    struct ndr_test t;

    begin(&t, false);
    ndr_set_representation(&t.msg, 0);
    ndr_test_receive(&t, big, sizeof(big));
    ndr_convert(&t.msg, HOLDER);
    assert_int_equal(ndr_test_used(&t), sizeof(big));
    assert_memory_equal(t.rpc.Buffer, holder_wire, sizeof(holder_wire));
    ndr_test_end(&t);
}

static void pointer_and_array(void **state)
{
    static const unsigned char wire[] = { 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0 };
    static const unsigned char array_wire[] = { 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0,
                                                0, 0, 0, 0, 0, 0, 0, 0 };
    struct list list = { &three }, *received = NULL;
    struct list lists[2] = { { &three }, { NULL } };
    unsigned char *memory = NULL;
    struct ndr_test t;

    begin(&t, true);
    ndr_test_send(&t, &list, LIST_P);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    ndr_test_receive(&t, wire, sizeof(wire));
    ndr_unmarshal(&t.msg, (unsigned char **)&received, LIST_P, 0);
    check_list(received, 3, 1);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, (unsigned char *)received, LIST_P);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
    begin(&t, true);
    ndr_test_send(&t, lists, LISTS);
    assert_int_equal(ndr_test_used(&t), sizeof(array_wire));
    assert_memory_equal(t.rpc.Buffer, array_wire, sizeof(array_wire));
    ndr_test_receive(&t, array_wire, sizeof(array_wire));
    ndr_unmarshal(&t.msg, &memory, LISTS, 0);
    check_list((struct list *)memory, 3, 1);
    check_list((struct list *)memory + 1, 0, 0);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, LISTS);
    ndr_test_free(memory);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
}

/* PARAM_DONT_CALL_FREE_INST */
static void kept_instance(void **state)
{
    struct list list = { &one };
    struct ndr_test t;

    begin(&t, false);
    t.msg.fDontCallFreeInst = 1;
    ndr_free(&t.msg, (unsigned char *)&list, LIST);
    assert_int_equal(instances_freed, 0);
    ndr_test_end(&t);
}

static void truncated(void **state)
{
    static const unsigned char wire[] = { 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0 };
    struct list received = { NULL };
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;
    size_t length;

    for (length = 0; length < sizeof(wire); length++) {
        begin(&t, length % 2);
        ndr_test_receive(&t, wire, length);
        assert_int_equal(raised_unmarshal(&t, &memory, LIST), NDR_STATUS_BAD_STUB_DATA);
        assert_int_equal(translated, 0);
        ndr_test_end(&t);
        assert_int_equal(ndr_test_blocks, 0);
    }
}

/* ---- full pointers in a transmitted type: share the objects of each, and of the call before ---- */

/* [transmit_as(pair)] int32_t: two aliases of a new object, and of what `outer` points at. */
struct pair {
    int16_t *a, *b, *outer;
};

struct full_holder {
    int16_t *first;
    int32_t values[2]; /* presented as numbers, transmitted as pairs */
    int16_t *last;
};

static int16_t *shared;
static struct pair sent_pair;

static void NDR_CALLBACK pair_to_xmit(struct ndr_message *msg)
{
    static int16_t value; /* the same place for every object: ids are not to be */

    value = (int16_t)*(int32_t *)msg->pPresentedType;
    sent_pair = (struct pair){ &value, &value, shared };
    msg->pTransmitType = (unsigned char *)&sent_pair;
}

static void NDR_CALLBACK pair_from_xmit(struct ndr_message *msg)
{
    const struct pair *pair = (const struct pair *)msg->pTransmitType;

    assert_ptr_equal(pair->a, pair->b);
    assert_ptr_not_equal(pair->a, pair->outer);
    assert_true(!pair->outer || *pair->outer == 5);
    *(int32_t *)msg->pPresentedType = *pair->a;
    translated++;
}

static const struct ndr_transmit_routines pair_routines[] = {
    { pair_to_xmit, pair_from_xmit, number_free, number_free },
};

static const unsigned char full_format[] = {
    /* 0 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    /* 4: struct pair */ NDR_FC_BOGUS_STRUCT, 3, S(3 * sizeof(void *)), S(0), S(6),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_END,
    /* 16 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    /* 28: int32_t */ NDR_FC_TRANSMIT_AS, 3, S(0), S(4), S(0), S(-32),
    /* 38: struct full_holder */ NDR_FC_BOGUS_STRUCT, 3, S(3 * sizeof(void *)), S(0), S(14),
    NDR_FC_POINTER, NDR_FC_EMBEDDED_COMPLEX, 0, S(-21), NDR_FC_EMBEDDED_COMPLEX, 0, S(-25),
    NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END,
    /* 58 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
};
#define FULL_POINTER (full_format)
#define FULL_PAIR    (full_format + 28)
#define FULL_HOLDER  (full_format + 38)

static void begin_full(struct ndr_test *t, bool client)
{
    begin(t, client);
    t->desc.aXmitQuintuple = pair_routines;
    t->msg.FullPtrXlatTables = ndr_full_pointers_create(client);
}

/* Two transmitted objects between aliases that share an object. */
static void full_pointers_within(void **state)
{
    static const unsigned char wire[] = {
        3, 0, 0, 0,                                     /* first; 1 and 2 were used while sizing */
        4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, /* a pair, and its object */
        5, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, /* another */
        3, 0, 0, 0, 5, 0,                               /* last, and its object */
    };
    int16_t five = 5;
    struct full_holder sent = { &five, { 7, 8 }, &five }, received = { NULL };
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;

    shared = NULL;
    begin_full(&t, true);
    ndr_test_send(&t, &sent, FULL_HOLDER);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    ndr_test_end(&t);
    begin_full(&t, false);
    ndr_test_receive(&t, wire, sizeof(wire));
    ndr_memory_size(&t.msg, FULL_HOLDER);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, &memory, FULL_HOLDER, 0);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_int_equal(translated, 2);
    assert_int_equal(received.values[0], 7);
    assert_int_equal(received.values[1], 8);
    assert_int_equal(*received.first, 5);
    assert_ptr_equal(received.first, received.last);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* A parameter's object, and a transmitted type that leads to it. */
static void full_pointers_before(void **state)
{
    static const unsigned char wire[] = {
        1, 0, 0, 0, 5, 0, 0, 0,                   /* the parameter */
        3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, /* the pair: its third pointer */
    };
    static const unsigned char forged[] = {
        2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, /* a pair's object … */
        2, 0, 0, 0,                                     /* … is not there any more */
    };
    int16_t five = 5, *received = NULL;
    unsigned char *memory = NULL;
    int32_t nine = 9, number = 0;
    struct ndr_test t;

    shared = &five;
    begin_full(&t, true);
    ndr_buffer_size(&t.msg, (unsigned char *)&five, FULL_POINTER);
    ndr_buffer_size(&t.msg, (unsigned char *)&nine, FULL_PAIR);
    ndr_test_get_buffer(&t);
    ndr_marshal(&t.msg, (unsigned char *)&five, FULL_POINTER);
    ndr_marshal(&t.msg, (unsigned char *)&nine, FULL_PAIR);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    ndr_test_end(&t);
    begin_full(&t, false);
    ndr_test_receive(&t, wire, sizeof(wire));
    ndr_unmarshal(&t.msg, (unsigned char **)&received, FULL_POINTER, 0);
    memory = (unsigned char *)&number;
    ndr_unmarshal(&t.msg, &memory, FULL_PAIR, 0);
    assert_int_equal(number, 9);
    ndr_test_receive(&t, forged, sizeof(forged));
    ndr_unmarshal(&t.msg, &memory, FULL_PAIR, 0);
    received = NULL;
    assert_int_equal(raised_unmarshal(&t, (unsigned char **)&received, FULL_POINTER),
                     NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* What raises inside leaves nothing behind. */
static void full_pointers_cut_off(void **state)
{
    static const unsigned char wire[] = { 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7 };
    int32_t number = 0;
    unsigned char *memory = (unsigned char *)&number;
    struct ndr_test t;

    begin_full(&t, true);
    ndr_test_receive(&t, wire, sizeof(wire));
    assert_int_equal(raised_unmarshal(&t, &memory, FULL_PAIR), NDR_STATUS_BAD_STUB_DATA);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void no_routines(void **state)
{
    struct list list = { &one };
    struct ndr_test t;

    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, &list, LIST), NDR_STATUS_INTERNAL_ERROR);
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameter),     cmocka_unit_test(fixed_size),
        cmocka_unit_test(member),        cmocka_unit_test(converted),
        cmocka_unit_test(kept_instance), cmocka_unit_test(pointer_and_array),
        cmocka_unit_test(truncated),     cmocka_unit_test(full_pointers_within),
        cmocka_unit_test(full_pointers_before), cmocka_unit_test(full_pointers_cut_off),
        cmocka_unit_test(no_routines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
