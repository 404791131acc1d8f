/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unmarshalling of arbitrary stub data, for a set of types. Input: the number of the type, the byte
 * order, the values of two parameters, then the stub data. Beyond not crashing:
 * - what raises leaves nothing allocated;
 * - what unmarshals can be freed, and leaves nothing allocated;
 * - if it marshals again, that unmarshals, and marshals to the same bytes;
 * - data in the other byte order that unmarshals can be converted in place, and then unmarshals to
 *   the same. */
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ndr/engine.h"
#include "ndr/format.h"
#include "unit/native_platform.h"
#include "unit/ndr_format.h"

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

#define ROBUST 1 /* descriptors have flags */

static const struct target {
    const unsigned char *format;
    int flags;
} targets[] = {
    { scalars, 0 },
    { simple, 0 },
    { hard, 0 },
    { conformant + 10, 0 },
    { conformant + 18, 0 },
    { conformant + 34, 0 },
    { conformant + 38, 0 },
    { varying + 14, 0 },
    { table + 18, 0 },
    { node + 30, 0 },
    { full_list + 16, 0 },
    { all_nodes_list + 16, 0 },
    { object_list + 16, 0 },
    { full + 8, 0 },
    { parameter_array, 0 },
    { parameter_cvarray, 0 },
    { varying_array, 0 },
    { two_dimensions + 14, 0 },
    { strings + 4, 0 },
    { strings + 22, 0 },
    { strings + 24, 0 },
    { strings + 26, 0 },
    { strings + 28, 0 },
    { strings + 34, 0 },
    { strings + 38, 0 },
    { strings + 42, 0 },
    { encapsulated, 0 },
    { holder + 26, 0 },
    { sized + 30, 0 },
    { robust + 18, ROBUST },
    { robust + 40, ROBUST },
    { robust + 52, ROBUST },
    { robust + 64, ROBUST },
    { chain, 0 },
    { scalars + 27, 0 },
};

static int blocks;

/* More than any input here needs, less than makes runs slow. */
#define MAX_BLOCK 65536

static void *allocate(size_t size)
{
    void *block = size <= MAX_BLOCK ? malloc(size) : NULL;

    if (block)
        blocks++;
    return block;
}

static void release(void *block)
{
    blocks--;
    free(block);
}

static void NDR_CALLBACK half_of_first(struct ndr_message *msg)
{
    int64_t first;

    memcpy(&first, msg->StackTop, sizeof(first));
    msg->MaxCount = (uintptr_t)(first / 2);
}

static const ndr_expression_routine routines[] = { half_of_first };
static const struct ndr_stub_desc desc = { .apfnExprEval = routines };

/* One direction of a call. */
struct pass {
    struct ndr_message msg;
    struct ndr_rpc_message rpc;
    const struct target *target;
};

static void pass_begin(struct pass *pass, const struct target *target, int64_t *stack, bool client)
{
    memset(pass, 0, sizeof(*pass));
    pass->target = target;
    pass->msg.RpcMsg = &pass->rpc;
    pass->msg.StubDesc = &desc;
    pass->msg.IsClient = client;
    pass->msg.pfnAllocate = allocate;
    pass->msg.pfnFree = release;
    pass->msg.StackTop = (unsigned char *)stack;
    pass->msg.fHasNewCorrDesc = (target->flags & ROBUST) != 0;
    ndr_correlation_begin(&pass->msg, true);
    pass->msg.FullPtrXlatTables = ndr_full_pointers_create(client);
}

static void pass_end(struct pass *pass)
{
    ndr_release_allocations(&pass->msg);
    ndr_correlation_end(&pass->msg);
    ndr_full_pointers_free(pass->msg.FullPtrXlatTables);
    free(pass->rpc.Buffer);
}

static void receive(struct pass *pass, const uint8_t *data, size_t size)
{
    pass->rpc.Buffer = malloc(size + 1);
    memcpy(pass->rpc.Buffer, data, size);
    pass->msg.Buffer = pass->msg.BufferStart = pass->rpc.Buffer;
    pass->msg.BufferEnd = pass->msg.BufferStart + size;
}

static bool unmarshal(struct pass *pass, unsigned char **memory, bool big)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_set_representation(&pass->msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
    ndr_unmarshal(&pass->msg, memory, pass->target->format, 0);
    ndr_correlation_pass(&pass->msg);
    return true;
}

static bool marshal(struct pass *pass, unsigned char *memory)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_buffer_size(&pass->msg, memory, pass->target->format);
    pass->rpc.Buffer = malloc(pass->msg.BufferLength);
    pass->msg.Buffer = pass->rpc.Buffer;
    ndr_marshal(&pass->msg, memory, pass->target->format);
    return true;
}

static bool convert(struct pass *pass)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_convert(&pass->msg, pass->target->format);
    return true;
}

static void skip(struct pass *pass, bool big)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return;
    ndr_set_representation(&pass->msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
    ndr_memory_size(&pass->msg, pass->target->format);
}

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void give_back(struct pass *pass, unsigned char *memory)
{
    unsigned char fc = pass->target->format[0];

    ndr_accept_allocations(&pass->msg);
    ndr_free(&pass->msg, memory, pass->target->format);
    if (fc >= NDR_FC_RP && fc <= NDR_FC_FP)
        return;
    if (memory && (memory < pass->msg.BufferStart || memory >= pass->msg.BufferEnd))
        release(memory);
}

/* What an object marshals to; NULL if it does not. */
static unsigned char *image_of(const struct target *target, int64_t *stack, unsigned char *memory,
                               size_t *length)
{
    unsigned char *image = NULL;
    struct pass pass;

    pass_begin(&pass, target, stack, true);
    if (marshal(&pass, memory)) {
        *length = (size_t)(pass.msg.Buffer - (unsigned char *)pass.rpc.Buffer);
        image = malloc(*length + 1);
        memcpy(image, pass.rpc.Buffer, *length);
    }
    pass_end(&pass);
    return image;
}

static void check_same(const struct target *target, int64_t *stack, const uint8_t *data,
                       size_t size, const unsigned char *image, size_t length, bool client)
{
    unsigned char *memory = NULL, *again;
    size_t length_again;
    struct pass pass;

    pass_begin(&pass, target, stack, client);
    receive(&pass, data, size);
    check(unmarshal(&pass, &memory, false));
    again = image_of(target, stack, memory, &length_again);
    check(again && length_again == length && !memcmp(again, image, length));
    free(again);
    give_back(&pass, memory);
    pass_end(&pass);
}

static void check_converted(const struct target *target, int64_t *stack, const uint8_t *data,
                            size_t size, const unsigned char *image, size_t length)
{
    struct pass pass;

    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    check(convert(&pass));
    check_same(target, stack, pass.rpc.Buffer, size, image, length, false);
    pass_end(&pass);
}

static void run(const struct target *target, int64_t *stack, bool big, const uint8_t *data,
                size_t size)
{
    unsigned char *memory = NULL, *image;
    struct pass pass;
    size_t length;

    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    if (unmarshal(&pass, &memory, big)) {
        image = image_of(target, stack, memory, &length);
        if (image) {
            check_same(target, stack, image, length, image, length, true);
            if (big)
                check_converted(target, stack, data, size, image, length);
        }
        free(image);
        give_back(&pass, memory);
    }
    pass_end(&pass);
    check(!blocks);
    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    skip(&pass, big);
    pass_end(&pass);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t stack[2];

    if (size < 4)
        return 0;
    stack[0] = (int8_t)data[2];
    stack[1] = (int8_t)data[3];
    run(&targets[data[0] % (sizeof(targets) / sizeof(targets[0]))], stack, data[1] & 1, data + 4,
        size - 4);
    return 0;
}
