/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stub data of whole procedures: parameters whose sizes and discriminants other parameters have, before or after them,
 * and full pointers that lead from one parameter to another. Input: the number of the procedure, the byte order, then the
 * stub data, which the server reads as the interpreters do. Beyond not crashing:
 * - what raises leaves nothing allocated;
 * - what unmarshals can be freed, and leaves nothing allocated;
 * - if it marshals again, that unmarshals at the server and at the client, and marshals to the same bytes. */
#include "fuzz/ndr_fuzz.h"

#define MAX_PARAMS 4
#define SLOT(number) S(8 * (number))
#define BY(fc) NDR_CORRELATION_TOP_LEVEL | (fc), 0

/* ([size_is(count)] short values[], long count, [size_is(max), length_is(count)] short part[], short max): sizes may come
 * after what they are of. */
static const unsigned char sizes[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), BY(NDR_FC_LONG), SLOT(1), NDR_FC_SHORT, NDR_FC_END,
    /* 10 */ NDR_FC_CVARRAY, 1, S(2), BY(NDR_FC_SHORT), SLOT(3), BY(NDR_FC_LONG), SLOT(1), NDR_FC_SHORT, NDR_FC_END,
};

/* The same, compiled with /robust: the first is known too late, the other early. */
static const unsigned char robust_sizes[] = {
    /* 0 */ NDR_FC_CARRAY, 1, S(2), BY(NDR_FC_LONG), SLOT(1), S(0), NDR_FC_SHORT, NDR_FC_END,
    /* 12 */ NDR_FC_CVARRAY, 1, S(2), BY(NDR_FC_SHORT), SLOT(3), S(0), BY(NDR_FC_LONG), SLOT(1), NDR_CORRELATION_EARLY, 0,
    NDR_FC_SHORT, NDR_FC_END,
};

/* typedef struct node { long value; [ptr] struct node *next; [ptr, string] char *name; } node;
 * ([ptr] node *first, [ptr] node *second, [ptr, string] char *name, [ptr] long *value) */
static const unsigned char shared[] = {
    /* 0 */ NDR_FC_BOGUS_STRUCT, 3, S(24), S(0), S(8), NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER, NDR_FC_POINTER,
    NDR_FC_PAD, NDR_FC_END,
    /* 14 */ NDR_FC_FP, 0, S(-16), NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_C_CSTRING, NDR_FC_PAD,
    /* 22 */ NDR_FC_FP, 0, S(-24),
    /* 26 */ NDR_FC_FP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
};

/* ([switch_is(kind)] union { case 1: long; case 2: [string] wchar_t *; default: ; } *choice, short kind,
 *  [ref, size_is(*count)] hyper *array, long *count) */
static const unsigned char choices[] = {
    /* 0 */ NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_WSTRING, NDR_FC_PAD,
    /* 4 */ NDR_FC_NON_ENCAPSULATED_UNION, NDR_FC_SHORT, BY(NDR_FC_SHORT), SLOT(1), S(2),
    /* 12 */ S(8), S(0x3002), L(1), S(0x8000 | NDR_FC_LONG), L(2), S(-26), S(0),
    /* 30 */ NDR_FC_RP, 0, S(-28),
    /* 34 */ NDR_FC_CARRAY, 7, S(8), NDR_CORRELATION_TOP_LEVEL | NDR_FC_LONG, NDR_FC_DEREFERENCE, SLOT(3), NDR_FC_HYPER,
    NDR_FC_END,
    /* 44 */ NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD,
};

static const unsigned char longs[] = { NDR_FC_LONG, NDR_FC_SHORT };

/* A parameter is an argument by value, or a pointer to what the format describes. */
struct param {
    const unsigned char *format;
    bool by_value;
};

static const struct procedure {
    struct param params[MAX_PARAMS];
    int flags;
} procedures[] = {
    { { { sizes, false }, { longs, true }, { sizes + 10, false }, { longs + 1, true } }, 0 },
    { { { robust_sizes, false }, { longs, true }, { robust_sizes + 12, false }, { longs + 1, true } }, ROBUST },
    { { { shared + 22, false }, { shared + 22, false }, { shared + 18, false }, { shared + 26, false } }, 0 },
    { { { choices + 30, false }, { longs + 1, true }, { choices + 34, false }, { choices + 44, false } }, 0 },
};

static const struct ndr_stub_desc desc;

/* A call at one end. */
struct call {
    struct pass pass;
    const struct procedure *procedure;
    int64_t stack[MAX_PARAMS];
};

static void call_begin(struct call *call, const struct procedure *procedure, bool client)
{
    struct target target = { NULL, procedure->flags, &desc };

    memset(call->stack, 0, sizeof(call->stack));
    call->procedure = procedure;
    pass_begin(&call->pass, &target, call->stack, client);
    call->pass.target = NULL;
}

static unsigned char *argument(struct call *call, int number)
{
    unsigned char *slot = (unsigned char *)&call->stack[number];

    return call->procedure->params[number].by_value ? slot : load_pointer(slot);
}

static bool unmarshal_call(struct call *call, bool big)
{
    volatile int i;
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_set_representation(&call->pass.msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
    for (i = 0; i < MAX_PARAMS; i++) {
        const struct param *param = &call->procedure->params[i];
        unsigned char *slot = (unsigned char *)&call->stack[i];

        ndr_unmarshal(&call->pass.msg, param->by_value ? &slot : (unsigned char **)slot, param->format, 0);
    }
    ndr_correlation_pass(&call->pass.msg);
    return true;
}

static bool marshal_call(struct call *call)
{
    volatile bool sized = false;
    volatile int i;
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place)) {
        check(!sized);
        return false;
    }
    for (i = 0; i < MAX_PARAMS; i++)
        ndr_buffer_size(&call->pass.msg, argument(call, i), call->procedure->params[i].format);
    call->pass.rpc.Buffer = malloc(call->pass.msg.BufferLength);
    call->pass.msg.Buffer = call->pass.rpc.Buffer;
    sized = true;
    for (i = 0; i < MAX_PARAMS; i++)
        ndr_marshal(&call->pass.msg, argument(call, i), call->procedure->params[i].format);
    return true;
}

static void free_arguments(struct call *call)
{
    struct ndr_message *msg = &call->pass.msg;
    int i;

    ndr_accept_allocations(msg);
    for (i = 0; i < MAX_PARAMS; i++) {
        const struct param *param = &call->procedure->params[i];
        unsigned char *memory = argument(call, i);

        if (param->by_value)
            continue;
        ndr_free(msg, memory, param->format);
        if (memory && *param->format > NDR_FC_FP && (memory < msg->BufferStart || memory >= msg->BufferEnd))
            release(memory);
    }
}

/* What the arguments of a call marshal to; NULL if they do not. */
static unsigned char *image_of_call(const struct call *from, size_t *length)
{
    unsigned char *image = NULL;
    struct call call;

    call_begin(&call, from->procedure, true);
    memcpy(call.stack, from->stack, sizeof(call.stack));
    if (marshal_call(&call)) {
        *length = used(&call.pass);
        image = malloc(*length + 1);
        memcpy(image, call.pass.rpc.Buffer, *length);
    }
    pass_end(&call.pass);
    return image;
}

static void check_same_call(const struct procedure *procedure, const unsigned char *image, size_t length, bool client)
{
    unsigned char *again;
    size_t length_again;
    struct call call;

    call_begin(&call, procedure, client);
    receive(&call.pass, image, length);
    check(unmarshal_call(&call, false));
    again = image_of_call(&call, &length_again);
    check(again && length_again == length && !memcmp(again, image, length));
    free(again);
    free_arguments(&call);
    pass_end(&call.pass);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct procedure *procedure;
    unsigned char *image;
    struct call call;
    size_t length;

    if (size < 2)
        return 0;
    procedure = &procedures[data[0] % (sizeof(procedures) / sizeof(procedures[0]))];
    call_begin(&call, procedure, false);
    receive(&call.pass, data + 2, size - 2);
    if (unmarshal_call(&call, data[1] & 1)) {
        image = image_of_call(&call, &length);
        if (image) {
            check_same_call(procedure, image, length, false);
            check_same_call(procedure, image, length, true);
        }
        free(image);
        free_arguments(&call);
    }
    pass_end(&call.pass);
    check(!blocks);
    return 0;
}
