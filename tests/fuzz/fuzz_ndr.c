/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unmarshalling of arbitrary stub data, for a set of types. Input: the number of the type, the byte order, the values of
 * two parameters, then the stub data. What is checked: ndr_fuzz.h. */
#include "fuzz/ndr_fuzz.h"

#include "ndr/user_marshal.h"

static const unsigned char scalars[] = {
    /* 0 */ NDR_FC_BOGUS_STRUCT, 7, S(64), S(0), S(0),
    NDR_FC_BYTE, NDR_FC_STRUCTPAD1 + 2, NDR_FC_ENUM16, NDR_FC_INT3264, NDR_FC_UINT3264,
    NDR_FC_HYPER, NDR_FC_WCHAR,
    NDR_FC_STRUCTPAD1 + 1, NDR_FC_FLOAT, NDR_FC_DOUBLE, NDR_FC_IGNORE, NDR_FC_EMBEDDED_COMPLEX, 0,
    S(6),
    NDR_FC_STRUCTPAD1 + 6, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    /* 27 */ NDR_FC_RANGE, NDR_FC_SMALL, L(-3), L(3),
};

static const unsigned char simple[] = {
    NDR_FC_STRUCT, 7, S(24),
    NDR_FC_SHORT, NDR_FC_SMALL, NDR_FC_ALIGNM4, NDR_FC_LONG, NDR_FC_LONG, NDR_FC_ALIGNM8,
    NDR_FC_HYPER, NDR_FC_END,
};

static const unsigned char hard[] = {
    NDR_FC_HARD_STRUCT, 3, S(12), L(0), S(8), S(10), S(0), S(0), NDR_FC_LONG, NDR_FC_LONG,
    NDR_FC_ENUM16, NDR_FC_END,
};

static const unsigned char conformant[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CSTRUCT, 3, S(4), S(-14), NDR_FC_LONG, NDR_FC_END,
    /* 18 */ NDR_FC_BOGUS_STRUCT, 7, S(16), S(-22), S(0),
    NDR_FC_HYPER, NDR_FC_ENUM16, NDR_FC_EMBEDDED_COMPLEX, 0, S(-20), NDR_FC_PAD, NDR_FC_END,
    /* 34 */ NDR_FC_UP, 0, S(-26), NDR_FC_UP, 0, S(-22),
};

static const unsigned char varying[] = {
    /* 0 */ NDR_FC_CVARRAY, 1, S(2), NDR_FC_LONG, 0, S(-8), NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT,
    NDR_FC_END,
    /* 14 */ NDR_FC_CVSTRUCT, 3, S(8), S(-18), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END,
};

static const unsigned char table[] = {
    /* 0 */ NDR_FC_BOGUS_ARRAY, 3, S(0), NDR_FC_LONG, 0, S(-8), L(0xffffffff),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    /* 18 */ NDR_FC_BOGUS_STRUCT, 3, S(8), S(-22), S(0), NDR_FC_LONG, NDR_FC_STRUCTPAD1 + 3,
    NDR_FC_PAD, NDR_FC_END,
};

/* A tree: struct { node *left; short *value; [string] char *name; node *right; } */
static const unsigned char node[] = {
    /* 0 */ NDR_FC_BOGUS_STRUCT, 3, S(32), S(0), S(8),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END,
    /* 14 */ NDR_FC_UP, 0, S(-16), NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_CSTRING, NDR_FC_PAD, NDR_FC_UP, 0, S(-28),
    /* 30 */ NDR_FC_UP, 0, S(-32),
};

#define LIST(kind, attributes) { \
    /* 0 */ NDR_FC_BOGUS_STRUCT, 3, S(16), S(0), S(6), \
    NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER, NDR_FC_END, \
    /* 12 */ kind, attributes, S(-14), \
    /* 16 */ kind, attributes, S(-18), \
}

static const unsigned char full_list[] = LIST(NDR_FC_FP, 0);
static const unsigned char all_nodes_list[] = LIST(NDR_FC_UP, NDR_ALLOCATE_ALL_NODES);
static const unsigned char object_list[] = LIST(NDR_FC_OP, 0);

/* struct { full pointer to long; full pointer to struct of two longs; full pointer to string; long
 * ** } */
static const unsigned char full[] = {
    /* 0 */ NDR_FC_STRUCT, 3, S(8), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END,
    /* 8 */ NDR_FC_BOGUS_STRUCT, 3, S(32), S(0), S(8),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END,
    /* 22 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_FP, 0, S(-28),
    NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_C_CSTRING, NDR_FC_PAD, NDR_FC_FP, NDR_POINTER_DEREF, S(2),
    /* 38 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
};

static const unsigned char parameter_array[] = {
    NDR_FC_CARRAY, 7, S(8), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), NDR_FC_HYPER,
    NDR_FC_END,
};

static const unsigned char parameter_cvarray[] = {
    NDR_FC_CVARRAY, 1, S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
    NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(8), NDR_FC_SHORT, NDR_FC_END,
};

static const unsigned char varying_array[] = {
    NDR_FC_SMVARRAY, 1, S(40), S(20), S(2), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
    NDR_FC_SHORT, NDR_FC_END,
};

static const unsigned char two_dimensions[] = {
    /* 0 */ NDR_FC_BOGUS_ARRAY, 1, S(0), NDR_CORRELATION_TOP_LEVEL_MULTID | NDR_FC_LONG, 0, S(8),
    NDR_CORRELATION_TOP_LEVEL_MULTID | NDR_FC_LONG, 0, S(8), NDR_FC_ENUM16, NDR_FC_END,
    /* 14 */ NDR_FC_BOGUS_ARRAY, 1, S(0), NDR_CORRELATION_TOP_LEVEL_MULTID | NDR_FC_LONG, 0, S(0),
    L(0xffffffff),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-28), NDR_FC_PAD, NDR_FC_END,
};

static const unsigned char strings[] = {
    /* 0 */ NDR_FC_CSTRING, NDR_FC_PAD, S(4),
    /* 4 */ NDR_FC_BOGUS_ARRAY, 0, S(0), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0),
    L(0xffffffff),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-18), NDR_FC_PAD, NDR_FC_END,
    /* 22 */ NDR_FC_C_CSTRING, NDR_FC_PAD, NDR_FC_C_WSTRING, NDR_FC_PAD, NDR_FC_C_BSTRING,
    NDR_FC_PAD,
    /* 28 */ NDR_FC_C_WSTRING, NDR_FC_STRING_SIZED, NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0,
    S(0),
    /* 34 */ NDR_FC_WSTRING, NDR_FC_PAD, S(10), NDR_FC_C_SSTRING, 3, 0, 0, NDR_FC_SSTRING, 3, S(7),
};

static const unsigned char encapsulated[] = {
    NDR_FC_ENCAPSULATED_UNION, 0x80 | NDR_FC_LONG, S(8), S(4),
    L(1), S(0x8000 | NDR_FC_LONG), L(2), S(0x8000 | NDR_FC_ENUM16), L(-3), S(10), L(4), S(0),
    S(0xffff),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_WSTRING, NDR_FC_PAD,
};

static const unsigned char holder[] = {
    /* 0 */ NDR_FC_NON_ENCAPSULATED_UNION, NDR_FC_SHORT, NDR_FC_SHORT, 0, S(8), S(2),
    /* 8 */ S(8), S(0x7002), L(1), S(0x8000 | NDR_FC_SMALL), L(2), S(26), S(0x8000 | NDR_FC_SHORT),
    /* 26 */ NDR_FC_BOGUS_STRUCT, 7, S(16), S(0), S(0), NDR_FC_EMBEDDED_COMPLEX, 0, S(-36),
    NDR_FC_SHORT,
    NDR_FC_STRUCTPAD1 + 5, NDR_FC_PAD, NDR_FC_END, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_PAD,
    NDR_FC_PAD, NDR_FC_PAD,
    /* 48 */ NDR_FC_UP, 0, S(-24),
};

static const unsigned char sized[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER | NDR_FC_LONG, NDR_FC_DEREFERENCE,
    S(24),
    NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER | NDR_FC_SHORT, NDR_FC_MULT_2, S(32),
    NDR_FC_SHORT, NDR_FC_END,
    /* 20 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER | NDR_FC_SHORT, NDR_FC_SUB_1, S(32),
    NDR_FC_SHORT, NDR_FC_END,
    /* 30 */ NDR_FC_BOGUS_STRUCT, 3, S(40), S(0), S(12),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_SHORT,
    NDR_FC_STRUCTPAD1 + 5,
    NDR_FC_PAD, NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
    /* 48 */ NDR_FC_UP, 0, S(-50), NDR_FC_UP, 0, S(-44), NDR_FC_UP, 0, S(-38),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
};

/* /robust descriptors; one size is an expression. */
static const unsigned char robust[] = {
    /* 0 */ NDR_FC_CVARRAY, 1, S(2), NDR_FC_LONG, 0, S(-8), NDR_CORRELATION_EARLY, 0,
    NDR_FC_LONG, 0, S(-4), NDR_CORRELATION_EARLY, 0, NDR_FC_SHORT, NDR_FC_END,
    /* 18 */ NDR_FC_CVSTRUCT, 3, S(8), S(-22), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END,
    /* 28 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_POINTER | NDR_FC_LONG, NDR_FC_DEREFERENCE,
    S(16), 0, 0,
    NDR_FC_SHORT, NDR_FC_END,
    /* 40 */ NDR_FC_CARRAY, 3, S(4), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, 0, S(0), 0, 0,
    NDR_FC_LONG, NDR_FC_END,
    /* 52 */ NDR_FC_CARRAY, 0, S(1), NDR_CORRELATION_TOP_LEVEL, NDR_FC_CALLBACK, S(0),
    NDR_CORRELATION_EARLY, 0,
    NDR_FC_BYTE, NDR_FC_END,
    /* 64 */ NDR_FC_BOGUS_STRUCT, 3, S(32), S(0), S(8),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END,
    /* 78 */ NDR_FC_UP, 0, S(-52), NDR_FC_UP, 0, S(-44), NDR_FC_UP, NDR_SIMPLE_POINTER,
    NDR_FC_LONG, NDR_FC_PAD,
    NDR_FC_UP, 0, S(-40),
};

static const unsigned char chain[] = {
    NDR_FC_RP, NDR_POINTER_DEREF, S(2), NDR_FC_UP, NDR_POINTER_DEREF, S(2), NDR_FC_UP,
    NDR_POINTER_DEREF, S(2),
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_HYPER, NDR_FC_PAD,
};

/* ---- types with routines of the application ---- */

/* [transmit_as(array)] list: one linked in memory, typedef struct { long count; [size_is(count)] short values[]; } array;
 * [user_marshal(pair)]: a hyper in memory, two longs on the wire; [user_marshal] of a pointer to a long. */
static const unsigned char routed[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_FIELD | NDR_FC_LONG, 0, S(-4), NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CSTRUCT, 3, S(4), S(-14), NDR_FC_LONG, NDR_FC_END,
    /* 18 */ NDR_FC_TRANSMIT_AS, 3, S(0), S(8), S(0), S(-16),
    /* 28 */ NDR_FC_STRUCT, 3, S(8), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END,
    /* 36 */ NDR_FC_USER_MARSHAL, 3, S(0), S(8), S(8), S(-16),
    /* 46 */ NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
    /* 50 */ NDR_FC_USER_MARSHAL, NDR_USER_MARSHAL_POINTER | 3, S(1), S(8), S(4), S(-12),
    /* 60 */ NDR_FC_BOGUS_STRUCT, 7, S(32), S(0), S(0), NDR_FC_SHORT, NDR_FC_EMBEDDED_COMPLEX, 6, S(-53),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-39), NDR_FC_EMBEDDED_COMPLEX, 0, S(-29), NDR_FC_PAD, NDR_FC_END, NDR_FC_PAD,
    /* 84 */ NDR_FC_UP, 0, S(-26),
};

struct listed {
    struct listed *next;
    int16_t value;
};

struct counted {
    int32_t count;
    int16_t values[];
};

static void NDR_CALLBACK list_to_xmit(struct ndr_message *msg)
{
    const struct listed *first = load_pointer(msg->pPresentedType), *node;
    struct counted *array;
    int32_t count = 0;

    for (node = first; node; node = node->next)
        count++;
    array = malloc(sizeof(*array) + (size_t)count * sizeof(array->values[0]));
    array->count = 0;
    for (node = first; node; node = node->next)
        array->values[array->count++] = node->value;
    msg->pTransmitType = (unsigned char *)array;
}

static void NDR_CALLBACK list_from_xmit(struct ndr_message *msg)
{
    const struct counted *array = (const struct counted *)msg->pTransmitType;
    struct listed *first = NULL, *node;
    int32_t i;

    for (i = array->count - 1; i >= 0; i--) {
        node = malloc(sizeof(*node));
        node->next = first;
        node->value = array->values[i];
        first = node;
    }
    store_pointer(msg->pPresentedType, first);
}

static void NDR_CALLBACK list_free_xmit(struct ndr_message *msg)
{
    free(msg->pTransmitType);
}

static void NDR_CALLBACK list_free(struct ndr_message *msg)
{
    struct listed *node = load_pointer(msg->pPresentedType), *next;

    for (; node; node = next) {
        next = node->next;
        free(node);
    }
}

/* [transmit_as(aliases)] struct alias: two full pointers, between those of the structure around them. */
static const unsigned char aliased[] = {
    /* 0: struct aliases */ NDR_FC_BOGUS_STRUCT, 3, S(16), S(0), S(6), NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_PAD,
    NDR_FC_END,
    /* 12 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG,
    NDR_FC_PAD,
    /* 20 */ NDR_FC_TRANSMIT_AS, 3, S(1), S(8), S(0), S(-28),
    /* 30 */ NDR_FC_BOGUS_STRUCT, 7, S(32), S(0), S(14), NDR_FC_POINTER, NDR_FC_EMBEDDED_COMPLEX, 0, S(-21),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-25), NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END,
    /* 50 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG,
    NDR_FC_PAD,
};

struct alias {
    int32_t value;
    uint32_t kind; /* 0: both are null; 1: the second is; 2: the same object; 3: another */
};

struct aliases {
    int32_t *first, *second;
};

static void NDR_CALLBACK alias_to_xmit(struct ndr_message *msg)
{
    static int32_t values[2];
    static struct aliases aliases;
    struct alias alias;

    memcpy(&alias, msg->pPresentedType, sizeof(alias));
    values[0] = values[1] = alias.value;
    aliases.first = alias.kind ? &values[0] : NULL;
    aliases.second = alias.kind < 2 ? NULL : &values[alias.kind - 2];
    msg->pTransmitType = (unsigned char *)&aliases;
}

static void NDR_CALLBACK alias_from_xmit(struct ndr_message *msg)
{
    const struct aliases *aliases = (const struct aliases *)msg->pTransmitType;
    struct alias alias = { 0, 0 };

    if (aliases->first) {
        alias.value = *aliases->first;
        alias.kind = !aliases->second ? 1 : aliases->second == aliases->first ? 2 : 3;
    }
    memcpy(msg->pPresentedType, &alias, sizeof(alias));
}

static void NDR_CALLBACK alias_free(struct ndr_message *msg)
{
}

static const struct ndr_transmit_routines transmit_routines[] = {
    { list_to_xmit, list_from_xmit, list_free_xmit, list_free },
    { alias_to_xmit, alias_from_xmit, alias_free, alias_free },
};

static uint32_t NDR_CALLBACK copied_size(uint32_t *flags, uint32_t size, void *object)
{
    return size + 4;
}

static unsigned char *NDR_CALLBACK pair_copy_out(uint32_t *flags, unsigned char *buffer, void *object)
{
    memcpy(buffer, object, 8);
    return buffer + 8;
}

static unsigned char *NDR_CALLBACK pair_copy_in(uint32_t *flags, unsigned char *buffer, void *object)
{
    memcpy(object, buffer, 8);
    return buffer + 8;
}

static unsigned char *NDR_CALLBACK number_copy_out(uint32_t *flags, unsigned char *buffer, void *object)
{
    memcpy(buffer, object, 4);
    return buffer + 4;
}

/* The engine does not know how much a routine reads. */
static unsigned char *NDR_CALLBACK number_copy_in(uint32_t *flags, unsigned char *buffer, void *object)
{
    struct ndr_user_call *call = (struct ndr_user_call *)flags;

    if (call->pStubMsg->BufferEnd - buffer < 4)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    memset(object, 0, 8);
    memcpy(object, buffer, 4);
    return buffer + 4;
}

static void NDR_CALLBACK nothing_to_free(uint32_t *flags, void *object)
{
}

static const struct ndr_user_routines user_routines[] = {
    { copied_size, pair_copy_out, pair_copy_in, nothing_to_free },
    { copied_size, number_copy_out, number_copy_in, nothing_to_free },
};

static void NDR_CALLBACK half_of_first(struct ndr_message *msg)
{
    int64_t first;

    memcpy(&first, msg->StackTop, sizeof(first));
    msg->MaxCount = (uintptr_t)(first / 2);
}

static const ndr_expression_routine routines[] = { half_of_first };
static const struct ndr_stub_desc desc = {
    .apfnExprEval = routines,
    .aXmitQuintuple = transmit_routines,
    .aUserMarshalQuadruple = user_routines,
};

static const struct target targets[] = {
    { scalars, 0, &desc },
    { simple, 0, &desc },
    { hard, 0, &desc },
    { conformant + 10, 0, &desc },
    { conformant + 18, 0, &desc },
    { conformant + 34, 0, &desc },
    { conformant + 38, 0, &desc },
    { varying + 14, 0, &desc },
    { table + 18, 0, &desc },
    { node + 30, 0, &desc },
    { full_list + 16, 0, &desc },
    { all_nodes_list + 16, OWN_MEMORY, &desc }, /* one block, with a head */
    { object_list + 16, 0, &desc },
    { full + 8, 0, &desc },
    { parameter_array, 0, &desc },
    { parameter_cvarray, 0, &desc },
    { varying_array, 0, &desc },
    { two_dimensions + 14, 0, &desc },
    { strings + 4, 0, &desc },
    { strings + 22, 0, &desc },
    { strings + 24, 0, &desc },
    { strings + 26, 0, &desc },
    { strings + 28, 0, &desc },
    { strings + 34, 0, &desc },
    { strings + 38, 0, &desc },
    { strings + 42, 0, &desc },
    { encapsulated, 0, &desc },
    { holder + 26, 0, &desc },
    { sized + 30, 0, &desc },
    { robust + 18, ROBUST, &desc },
    { robust + 40, ROBUST, &desc },
    { robust + 52, ROBUST, &desc },
    { robust + 64, ROBUST, &desc },
    { chain, 0, &desc },
    { scalars + 27, 0, &desc },
    { routed + 60, OWN_MEMORY, &desc },
    { routed + 84, OWN_MEMORY, &desc },
    { aliased + 30, OWN_MEMORY, &desc },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t stack[2];

    if (size < 4)
        return 0;
    stack[0] = (int8_t)data[2];
    stack[1] = (int8_t)data[3];
    run(&targets[data[0] % (sizeof(targets) / sizeof(targets[0]))], stack, representation_of(data[1]), data + 4,
        size - 4);
    return 0;
}
