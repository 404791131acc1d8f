/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Ndr… functions as inline stubs call them: that each door leads to the engine with its
 * arguments and calling conventions intact, that errors are exceptions, and what only 32-bit stubs
 * have: structures and arrays that are copied at once with their pointers, which pointer layouts
 * describe. What types are on the wire is tested natively (tests/unit/test_ndr_*.c). Images are
 * made by hand from C706 chapter 14. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcexcept.h>
#include <cmocka.h>

#include "unit/ndr_format.h"

#define FC_CHAR   0x02
#define FC_SHORT  0x06
#define FC_LONG   0x08
#define FC_FLOAT  0x0a
#define FC_DOUBLE 0x0c
#define FC_UP     0x12
#define FC_SIMPLE 0x08
#define FC_END    0x5b
#define FC_PAD    0x5c

static LONG blocks;

static void *RPC_ENTRY allocate(size_t size)
{
    blocks++;
    return malloc(size);
}

static void RPC_ENTRY release(void *block)
{
    blocks--;
    free(block);
}

static void RPC_ENTRY twice_the_parameter(PMIDL_STUB_MESSAGE msg)
{
    msg->MaxCount = 2 * *(LONG *)msg->StackTop;
}

static const EXPR_EVAL expressions[] = { twice_the_parameter };

struct stub {
    MIDL_STUB_MESSAGE msg;
    MIDL_STUB_DESC desc;
    RPC_MESSAGE rpc;
    ULONGLONG buffer[32];
};

static void stub_begin(struct stub *stub, bool client)
{
    memset(stub, 0, sizeof(*stub));
    stub->desc.pfnAllocate = allocate;
    stub->desc.pfnFree = release;
    stub->desc.apfnExprEval = expressions;
    NdrClientInitializeNew(&stub->rpc, &stub->msg, &stub->desc, 0);
    stub->msg.IsClient = client;
    stub->rpc.Buffer = stub->buffer;
    stub->msg.Buffer = (unsigned char *)stub->buffer;
}

static void stub_receive(struct stub *stub, const void *wire, size_t length)
{
    memcpy(stub->buffer, wire, length);
    stub->msg.Buffer = stub->msg.BufferStart = (unsigned char *)stub->buffer;
    stub->msg.BufferEnd = stub->msg.Buffer + length;
}

static ULONG used(const struct stub *stub)
{
    return (ULONG)(stub->msg.Buffer - (unsigned char *)stub->buffer);
}

#define RAISED(code) \
    __extension__({ \
        volatile RPC_STATUS status_ = RPC_S_OK; \
        RpcTryExcept { code; } \
        RpcExcept(1) { status_ = RpcExceptionCode(); } \
        RpcEndExcept \
        status_; \
    })

typedef unsigned char *(RPC_ENTRY *marshall_door)(PMIDL_STUB_MESSAGE, unsigned char *,
                                                  PFORMAT_STRING);
typedef unsigned char *(RPC_ENTRY *unmarshall_door)(PMIDL_STUB_MESSAGE, unsigned char **,
                                                    PFORMAT_STRING, unsigned char);
typedef void(RPC_ENTRY *size_door)(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
typedef ULONG(RPC_ENTRY *memory_size_door)(PMIDL_STUB_MESSAGE, PFORMAT_STRING);
typedef void(RPC_ENTRY *free_door)(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);

struct doors {
    marshall_door marshall;
    unmarshall_door unmarshall;
    size_door size;
    memory_size_door memory_size;
    free_door free;
};

#define DOORS(family) { \
    Ndr##family##Marshall, Ndr##family##Unmarshall, Ndr##family##BufferSize, \
    Ndr##family##MemorySize, Ndr##family##Free, \
}

static const struct doors conformant_array = DOORS(ConformantArray);

/* An object through all doors of its family; *parameter is the call's only one. */
static void check_object(const struct doors *doors, const unsigned char *format, const void *object,
                         const char *wire, ULONG length, ULONG memory_size,
                         void (*compare)(const void *), LONG *parameter)
{
    unsigned char *memory = NULL;
    struct stub stub;
    ULONG i;

    stub_begin(&stub, true);
    stub.msg.StackTop = (unsigned char *)parameter;
    doors->size(&stub.msg, (unsigned char *)object, format);
    assert_true(stub.msg.BufferLength >= length && stub.msg.BufferLength < sizeof(stub.buffer));
    assert_null(doors->marshall(&stub.msg, (unsigned char *)object, format));
    assert_int_equal(used(&stub), length);
    assert_memory_equal(stub.buffer, wire, length);
    stub_receive(&stub, wire, length);
    assert_int_equal(doors->memory_size(&stub.msg, format), memory_size);
    assert_int_equal(stub.msg.MemorySize, memory_size);
    assert_int_equal(used(&stub), length);
    stub_receive(&stub, wire, length);
    assert_null(doors->unmarshall(&stub.msg, &memory, format, 1));
    assert_int_equal(used(&stub), length);
    compare(memory);
    doors->free(&stub.msg, memory, format);
    release(memory);
    assert_int_equal(blocks, 0);
    for (i = 0; i < length; i++) {
        stub_begin(&stub, false);
        stub.msg.StackTop = (unsigned char *)parameter;
        stub_receive(&stub, wire, i);
        assert_int_equal(RAISED(doors->memory_size(&stub.msg, format)), RPC_X_BAD_STUB_DATA);
    }
}

/* ---- on both architectures ---- */

static void compare_shorts(const void *memory)
{
    const short *a = memory;

    assert_int_equal(a[0], 1);
    assert_int_equal(a[3], 4);
}

static void callbacks(void **state)
{
    static const unsigned char format[] = { 0x1b, 1, S(2), 0x20, 0x59, S(0), FC_SHORT, FC_END };
    static const short object[] = { 1, 2, 3, 4 };
    LONG parameter = 2;

    check_object(&conformant_array, format, object, "\4\0\0\0\1\0\2\0\3\0\4\0", 12, 8,
                 compare_shorts, &parameter);
}

static void simple_types(void **state)
{
    LONG value = 0x12345678, received = 0;
    struct stub stub;

    stub_begin(&stub, true);
    stub.msg.BufferLength = 8;
    stub.msg.Buffer++;
    NdrSimpleTypeMarshall(&stub.msg, (unsigned char *)&value, FC_LONG);
    assert_int_equal(used(&stub), 8);
    stub.msg.Buffer -= 4;
    stub.msg.BufferEnd = stub.msg.Buffer + 4;
    NdrSimpleTypeUnmarshall(&stub.msg, (unsigned char *)&received, FC_LONG);
    assert_int_equal(received, value);
    assert_int_equal(
        RAISED(NdrSimpleTypeUnmarshall(&stub.msg, (unsigned char *)&received, FC_LONG)),
        RPC_X_BAD_STUB_DATA);
    assert_int_equal(RAISED(NdrSimpleTypeUnmarshall(&stub.msg, (unsigned char *)&received, 0x77)),
                     RPC_S_CANNOT_SUPPORT);
}

static void errors_are_exceptions(void **state)
{
    static const unsigned char reference[] = { 0x11, FC_SIMPLE, FC_LONG, FC_PAD };
    struct stub stub;

    stub_begin(&stub, true);
    assert_int_equal(RAISED(NdrPointerBufferSize(&stub.msg, NULL, reference)),
                     RPC_X_NULL_REF_POINTER);
}

/* A big-endian request, turned round for a stub that reads the buffer itself. */
static void conversion(void **state)
{
    static const unsigned char types[] = { 0x1b, 1, S(2), 0x20, 0, S(0), FC_SHORT, FC_END };
    static const unsigned char params[] = {
        S(0x48), S(0), FC_LONG, 0, S(0x10), S(8), S(0), S(0x0b), S(16), S(0), /* in; out only; in */
    };
    static const unsigned char old_params[] = { 0x4e, FC_LONG, 0x51, 1, S(0), 0x4d, 1, S(0),
    FC_END };
    static const char big[] = "\0\0\0\2\0\0\0\2\0\1\0\2", little[] = "\2\0\0\0\2\0\0\0\1\0\2\0";
    struct stub stub;
    int old;

    for (old = 0; old < 2; old++) {
        stub_begin(&stub, false);
        stub.desc.pFormatTypes = types;
        stub_receive(&stub, big, 12);
        stub.rpc.DataRepresentation = 0;
        if (old)
            NdrConvert(&stub.msg, old_params);
        else
            NdrConvert2(&stub.msg, params, 3);
        assert_int_equal(used(&stub), 0);
        assert_memory_equal(stub.buffer, little, 12);
        assert_int_equal(stub.rpc.DataRepresentation, NDR_LOCAL_DATA_REPRESENTATION);
        stub.rpc.DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION | 2; /* no character set */
        assert_int_equal(RAISED(NdrConvert2(&stub.msg, params, 3)), RPC_S_CANNOT_SUPPORT);
    }
}

/* Characters and floating-point numbers as well. */
static void conversion_of_all_kinds(void **state)
{
    static const unsigned char params[] = { S(0x48), S(0), FC_CHAR, 0, S(0x48), S(8), FC_FLOAT, 0 };
    static const unsigned char old_params[] = { 0x4e, FC_CHAR, 0x4e, FC_FLOAT, FC_END };
    static const char ebcdic_vax[] = "\xc1\0\0\0\x80\x40\0\0", ours[] = "A\0\0\0\0\0\x80\x3f";
    struct stub stub;
    int old;

    for (old = 0; old < 2; old++) {
        stub_begin(&stub, false);
        stub_receive(&stub, ebcdic_vax, 8);
        stub.rpc.DataRepresentation = NDR_LITTLE_ENDIAN | NDR_EBCDIC_CHAR | NDR_VAX_FLOAT;
        if (old)
            NdrConvert(&stub.msg, old_params);
        else
            NdrConvert2(&stub.msg, params, 2);
        assert_memory_equal(stub.buffer, ours, 8);
        assert_int_equal(stub.rpc.DataRepresentation, NDR_LOCAL_DATA_REPRESENTATION);
        stub_receive(&stub, "\0\x80\0\0", 4); /* a reserved operand */
        stub.rpc.DataRepresentation = NDR_LITTLE_ENDIAN | NDR_VAX_FLOAT;
        assert_int_equal(RAISED(NdrConvert2(&stub.msg, params + 6, 1)), RPC_X_BAD_STUB_DATA);
    }
}

/* What the routines of user_marshal types call for their own base types. */
static void conversion_of_one(void **state)
{
    unsigned char buffer[16] __attribute__((aligned(8))) = { 0xc1 };
    ULONG flags = (ULONG)(NDR_BIG_ENDIAN | NDR_EBCDIC_CHAR | NDR_IBM_FLOAT) << 16;

    assert_ptr_equal(NdrUserMarshalSimpleTypeConvert(&flags, buffer, FC_CHAR), buffer + 1);
    assert_int_equal(*buffer, 'A');
    memcpy(buffer + 8, "\x41\x10\0\0\0\0\0\0", 8);
    assert_ptr_equal(NdrUserMarshalSimpleTypeConvert(&flags, buffer + 1, FC_DOUBLE), buffer + 16);
    assert_memory_equal(buffer + 8, "\0\0\0\0\0\0\xf0\x3f", 8);
    memcpy(buffer, "\x7f\xff\xff\xff", 4);
    assert_int_equal(RAISED(NdrUserMarshalSimpleTypeConvert(&flags, buffer, FC_FLOAT)),
                     RPC_S_FP_OVERFLOW);
    assert_int_equal(RAISED(NdrUserMarshalSimpleTypeConvert(&flags, buffer, 0x77)),
                     RPC_S_CANNOT_SUPPORT);
}

static void allocation_list(void **state)
{
    struct stub stub;
    void *a, *b;

    stub_begin(&stub, true);
    a = NdrAllocate(&stub.msg, 1);
    b = NdrAllocate(&stub.msg, 100);
    assert_int_equal(blocks, 2);
    assert_non_null(stub.msg.pMemoryList);
    memset(b, 0, 100);
    release(a);
    release(b);
}

/* ---- a list that is longer than the thread's stack ---- */

struct node {
    LONG value;
    struct node *next;
};

static const unsigned char list_format[] = {
#ifdef _WIN64
    0x1a, 3, S(16), S(0), S(6), FC_LONG, 0x39, 0x36, FC_END,
    FC_UP, 0, S(-14), FC_UP, 0, S(-18),
#else
    0x16, 3, S(8), 0x4b, FC_PAD, 0x46, FC_PAD, S(4), S(4), FC_UP, 0, S(-14), FC_END, FC_LONG,
    FC_LONG, FC_END,
    FC_UP, 0, S(-22),
#endif
};

/* Where in the format string the pointer to a node is described. */
#define LIST_POINTER (sizeof(void *) == 8 ? 16 : 20)

enum { list_length = 100000 };

static DWORD CALLBACK walk_long_list(void *argument)
{
    struct stub *stub = argument;
    ULONG *wire = malloc(4 + 8 * list_length), i;
    unsigned char *memory = NULL;
    struct node *node;

    for (i = 0; i < list_length; i++) {
        wire[2 * i] = i + 1;
        wire[2 * i + 1] = i;
    }
    wire[2 * i] = 0;
    stub->msg.Buffer = stub->msg.BufferStart = (unsigned char *)wire;
    stub->msg.BufferEnd = stub->msg.Buffer + 4 + 8 * list_length;
    NdrPointerUnmarshall(&stub->msg, &memory, list_format + LIST_POINTER, 0);
    for (node = (struct node *)memory, i = 0; node && node->value == (LONG)i; node = node->next)
        i++;
    stub->msg.BufferLength = 0;
    NdrPointerBufferSize(&stub->msg, memory, list_format + LIST_POINTER);
    NdrPointerFree(&stub->msg, memory, list_format + LIST_POINTER);
    free(wire);
    return i;
}

static void long_list(void **state)
{
    struct stub stub;
    DWORD result;
    HANDLE thread;

    stub_begin(&stub, true);
    thread = CreateThread(NULL, 65536, walk_long_list, &stub, STACK_SIZE_PARAM_IS_A_RESERVATION,
                          NULL);
    assert_int_equal(WaitForSingleObject(thread, 60000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &result);
    CloseHandle(thread);
    assert_int_equal(result, list_length);
    assert_int_equal(stub.msg.BufferLength >= 4 + 8 * list_length, 1);
    assert_int_equal(blocks, 0);
}

/* ---- pointer layouts ---- */

#ifndef _WIN64

static const struct doors simple_struct = DOORS(SimpleStruct);
static const struct doors conformant_struct = DOORS(ConformantStruct);
static const struct doors conformant_varying_struct = DOORS(ConformantVaryingStruct);
static const struct doors fixed_array = DOORS(FixedArray);

static short one = 1, two = 2, three = 3;

/* pointer_instance: offsets in memory and in the buffer, and a unique pointer to a short */
#define INSTANCE(offset) S(offset), S(offset), FC_UP, FC_SIMPLE, FC_SHORT, FC_PAD

struct pointers {
    LONG n;
    short *a, *null, *b;
};

static void compare_pointers(const void *memory)
{
    const struct pointers *p = memory;

    assert_int_equal(p->n, 9);
    assert_int_equal(*p->a, 1);
    assert_null(p->null);
    assert_int_equal(*p->b, 2);
}

static void no_repeat(void **state)
{
    static const unsigned char format[] = {
        0x16, 3, S(16), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(4), 0x46, FC_PAD, INSTANCE(8), 0x46,
        FC_PAD, INSTANCE(12),
        FC_END, FC_LONG, FC_LONG, FC_LONG, FC_LONG, FC_END,
    };
    static const unsigned char from_the_end[] = {
        0x16, 3, S(16), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(-12), 0x46, FC_PAD, INSTANCE(-8),
        0x46, FC_PAD, INSTANCE(-4),
        FC_END, FC_LONG, FC_LONG, FC_LONG, FC_LONG, FC_END,
    };
    static const char wire[] = "\x9\0\0\0\0\0\2\0\0\0\0\0\4\0\2\0\1\0\2\0";
    struct pointers object = { 9, &one, NULL, &two };

    check_object(&simple_struct, format, &object, wire, 20, 22, compare_pointers, NULL);
    check_object(&simple_struct, from_the_end, &object, wire, 20, 22, compare_pointers, NULL);
}

static void compare_three(const void *memory)
{
    short *const *a = memory;

    assert_int_equal(*a[0], 1);
    assert_int_equal(*a[1], 2);
    assert_int_equal(*a[2], 3);
}

static void fixed_repeat(void **state)
{
    static const unsigned char format[] = {
        0x1d, 3, S(12), 0x4b, FC_PAD, 0x47, FC_PAD, S(3), S(4), S(0), S(1), INSTANCE(0), FC_END,
        FC_LONG, FC_END,
    };
    short *object[] = { &one, &two, &three };

    check_object(&fixed_array, format, object, "\0\0\2\0\4\0\2\0\x8\0\2\0\1\0\2\0\3\0", 18, 22,
                 compare_three, NULL);
}

static void variable_repeat(void **state)
{
    static const unsigned char format[] = {
        0x1b, 3, S(4), 0x28, 0, S(0), 0x4b, FC_PAD, 0x48, 0x49, S(4), S(0), S(1), INSTANCE(0),
        FC_END, FC_LONG, FC_END,
    };
    short *object[] = { &one, &two, &three };
    LONG parameter = 3;

    check_object(&conformant_array, format, object, "\3\0\0\0\0\0\2\0\4\0\2\0\x8\0\2\0\1\0\2\0\3\0",
                 22, 22, compare_three, &parameter);
}

struct conformant {
    short *own;
    LONG n;
    struct {
        LONG l;
        short *p;
    } a[2];
};

static void compare_conformant(const void *memory)
{
    const struct conformant *c = memory;

    assert_int_equal(*c->own, 1);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->a[0].l, 7);
    assert_int_equal(*c->a[0].p, 2);
    assert_int_equal(c->a[1].l, 8);
    assert_int_equal(*c->a[1].p, 3);
}

static void conformant_structure(void **state)
{
    static const unsigned char format[] = {
        /* 0: element */ 0x16, 3, S(8), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(4), FC_END, FC_LONG,
        FC_LONG, FC_END,
        /* 20 */ 0x1b, 3, S(8), FC_LONG, 0, S(-4), 0x4c, 0, S(-30), FC_PAD, FC_END,
        /* 34 */ 0x18, 3, S(8), S(-18), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(0),
        0x48, 0x49, S(8), S(8), S(1), INSTANCE(12), FC_END, FC_LONG, FC_LONG, FC_END,
    };
    struct conformant object = { &one, 2, { { 7, &two }, { 8, &three } } };

    check_object(&conformant_struct, format + 34, &object,
                 "\2\0\0\0\0\0\2\0\2\0\0\0\7\0\0\0\4\0\2\0\x8\0\0\0\x8\0\2\0\1\0\2\0\3\0", 34, 34,
                 compare_conformant, NULL);
}

struct varying {
    LONG size, length;
    short *a[3];
};

static void compare_varying(const void *memory)
{
    const struct varying *v = memory;

    assert_int_equal(v->size, 3);
    assert_int_equal(v->length, 2);
    assert_int_equal(*v->a[0], 1);
    assert_int_equal(*v->a[1], 2);
    assert_null(v->a[2]);
}

static void conformant_varying_structure(void **state)
{
    static const unsigned char format[] = {
        /* 0 */ 0x1c, 3, S(4), FC_LONG, 0, S(-8), FC_LONG, 0, S(-4), FC_LONG, FC_END,
        /* 14 */ 0x19, 3, S(8), S(-18), 0x4b, FC_PAD, 0x48, 0x4a, S(4), S(8), S(1), INSTANCE(8),
        FC_END,
        FC_LONG, FC_LONG, FC_END,
    };
    struct varying object = { 3, 2, { &one, &two, NULL } };

    check_object(&conformant_varying_struct, format + 14, &object,
                 "\3\0\0\0\3\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\0\0\2\0\4\0\2\0\1\0\2\0", 32, 26,
                 compare_varying, NULL);
}

/* A big-endian image: converted in place, as an inline stub asks for it, and while it is
 * unmarshalled. */
static void big_endian(void **state)
{
    static const unsigned char format[] = {
        /* 0: element */ 0x16, 3, S(8), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(4), FC_END, FC_LONG,
        FC_LONG, FC_END,
        /* 20 */ 0x1b, 3, S(8), FC_LONG, 0, S(-4), 0x4c, 0, S(-30), FC_PAD, FC_END,
        /* 34 */ 0x18, 3, S(8), S(-18), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(0),
        0x48, 0x49, S(8), S(8), S(1), INSTANCE(12), FC_END, FC_LONG, FC_LONG, FC_END,
    };
    static const unsigned char param[] = { S(8), S(0), S(34) };
    static const char wire[] =
        "\0\0\0\2\0\2\0\0\0\0\0\2\0\0\0\7\0\2\0\4\0\0\0\x8\0\2\0\x8\0\1\0\2\0\3";
    struct stub stub;
    int convert;

    for (convert = 0; convert < 2; convert++) {
        unsigned char *memory = NULL;

        stub_begin(&stub, false);
        stub.desc.pFormatTypes = format;
        stub_receive(&stub, wire, 34);
        stub.rpc.DataRepresentation = 0;
        if (convert)
            NdrConvert2(&stub.msg, param, 1);
        else
            stub.msg.uFlags = 1; /* NDR_MESSAGE_BYTE_SWAPPED: what the interpreters set */
        NdrConformantStructUnmarshall(&stub.msg, &memory, format + 34, 0);
        assert_int_equal(used(&stub), 34);
        compare_conformant(memory);
        NdrConformantStructFree(&stub.msg, memory, format + 34);
        if (!convert)
            release(memory);
        assert_int_equal(blocks, 0);
    }
}

/* A server's structure stays in the buffer, and its pointers get what they point at in place of
 * their ids. */
static void in_the_buffer(void **state)
{
    static const unsigned char format[] = {
        0x16, 3, S(8), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(4), FC_END, FC_LONG, FC_LONG, FC_END,
    };
    unsigned char *memory = NULL;
    struct stub stub;

    stub_begin(&stub, false);
    stub_receive(&stub, "\x9\0\0\0\1\0\0\0\5\0", 10);
    NdrSimpleStructUnmarshall(&stub.msg, &memory, format, 0);
    assert_ptr_equal(memory, stub.buffer);
    assert_ptr_equal(*(short **)(memory + 4), memory + 8);
    NdrSimpleStructFree(&stub.msg, memory, format);
    assert_int_equal(blocks, 0);
}

struct chain {
    LONG value;
    struct chain *next;
};

/* A list through a unique pointer: each link stays where it is. */
static const unsigned char link_format[] = {
    FC_UP, 0, S(2),
    0x16, 3, S(8), 0x4b, FC_PAD, 0x46, FC_PAD, S(4), S(4), FC_UP, 0, S(-14), FC_END, FC_LONG, FC_LONG, FC_END,
};

static void list_in_the_buffer(void **state)
{
    static const char wire[] = "\0\0\2\0" "\1\0\0\0\4\0\2\0" "\2\0\0\0\x8\0\2\0" "\3\0\0\0\0\0\0\0";
    unsigned char *memory = NULL;
    const struct chain *chain;
    struct stub stub;

    stub_begin(&stub, false);
    stub_receive(&stub, wire, sizeof(wire) - 1);
    NdrPointerUnmarshall(&stub.msg, &memory, link_format, 0);
    assert_int_equal(blocks, 0);
    chain = (const struct chain *)memory;
    assert_ptr_equal(chain, (unsigned char *)stub.buffer + 4);
    assert_ptr_equal(chain->next, chain + 1);
    assert_ptr_equal(chain->next->next, chain + 2);
    assert_null(chain->next->next->next);
    assert_int_equal(chain[2].value, 3);
    NdrPointerFree(&stub.msg, memory, link_format);
    assert_int_equal(blocks, 0);
}

/* Inline stubs free what there is when the rest is refused: no id may be left where they see a
 * pointer. */
static void refused_in_the_buffer(void **state)
{
    static const char wire[] = "\0\0\2\0" "\1\0\0\0\4\0\2\0" "\2\0\0\0\x8\0\2\0" "\3\0";
    unsigned char *memory = NULL;
    const struct chain *chain;
    struct stub stub;

    stub_begin(&stub, false);
    stub_receive(&stub, wire, sizeof(wire) - 1);
    assert_int_equal(RAISED(NdrPointerUnmarshall(&stub.msg, &memory, link_format, 0)),
                     RPC_X_BAD_STUB_DATA);
    chain = (const struct chain *)((unsigned char *)stub.buffer + 4);
    assert_true(!chain->next || chain->next == chain + 1);
    assert_null(chain[1].next);
    NdrPointerFree(&stub.msg, memory, link_format);
    assert_int_equal(blocks, 0);
}

/* A client's pointers keep the memory that they point at; the image is copied over them. */
static void client_keeps_memory(void **state)
{
    static const unsigned char format[] = {
        0x16, 3, S(8), 0x4b, FC_PAD, 0x46, FC_PAD, INSTANCE(4), FC_END, FC_LONG, FC_LONG, FC_END,
    };
    struct { LONG n; short *p; } object = { 0 };
    unsigned char *memory = (unsigned char *)&object;
    struct stub stub;
    short mine = 0;

    object.p = &mine;
    stub_begin(&stub, true);
    stub_receive(&stub, "\x9\0\0\0\1\0\0\0\5\0", 10);
    NdrSimpleStructUnmarshall(&stub.msg, &memory, format, 0);
    assert_ptr_equal(object.p, &mine);
    assert_int_equal(mine, 5);
    assert_int_equal(object.n, 9);
}

#endif

/* ---- without prototypes in the toolchain's headers ---- */

unsigned char *RPC_ENTRY NdrTypeMarshall(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
unsigned char *RPC_ENTRY NdrTypeUnmarshall(PMIDL_STUB_MESSAGE, unsigned char **, PFORMAT_STRING,
                                           unsigned char);
void RPC_ENTRY NdrTypeSize(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
void RPC_ENTRY NdrTypeFree(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
void RPC_ENTRY NDRcopy(void *pTarget, void *pSource, unsigned int size);

static void type_doors(void **state)
{
    static const unsigned char format[] = { FC_UP, FC_SIMPLE, FC_LONG, FC_PAD };
    LONG value = 0x12345678, *received = NULL, before = blocks;
    struct stub stub;

    stub_begin(&stub, true);
    NdrTypeSize(&stub.msg, (unsigned char *)&value, format);
    assert_true(stub.msg.BufferLength >= 8);
    NdrTypeMarshall(&stub.msg, (unsigned char *)&value, format);
    assert_int_equal(used(&stub), 8);
    assert_memory_equal(stub.buffer, "\0\0\2\0\x78\x56\x34\x12", 8);
    stub_receive(&stub, "\0\0\2\0\x78\x56\x34\x12", 8);
    NdrTypeUnmarshall(&stub.msg, (unsigned char **)&received, format, 0);
    assert_int_equal(*received, 0x12345678);
    NdrTypeFree(&stub.msg, (unsigned char *)received, format);
    assert_int_equal(blocks, before);
    NDRcopy(&value, "abcd", 4);
    assert_memory_equal(&value, "abcd", 4);
}

static void partial_ignore_doors(void **state)
{
    static const unsigned char format[] = { FC_UP, FC_SIMPLE, FC_LONG, FC_PAD };
    LONG value = 7, before = blocks;
    void *received;
    struct stub stub;

    stub_begin(&stub, true);
    stub.msg.BufferLength = 1;
    NdrPartialIgnoreClientBufferSize(&stub.msg, &value);
    assert_int_equal(stub.msg.BufferLength, 8);
    NdrPartialIgnoreClientMarshall(&stub.msg, &value);
    NdrPartialIgnoreClientMarshall(&stub.msg, NULL);
    assert_memory_equal(stub.buffer, "\0\0\2\0\0\0\0\0", 8);
    assert_int_equal(RAISED(NdrPartialIgnoreClientMarshall(&stub.msg, NULL)), RPC_X_BAD_STUB_DATA);
    stub_receive(&stub, "\1\0\0\0\0\0\0\0", 8);
    NdrPartialIgnoreServerUnmarshall(&stub.msg, &received);
    NdrPartialIgnoreServerInitialize(&stub.msg, &received, format);
    assert_int_equal(*(LONG *)received, 0);
    NdrPointerFree(&stub.msg, received, format);
    assert_int_equal(blocks, before);
    NdrPartialIgnoreServerUnmarshall(&stub.msg, &received);
    NdrPartialIgnoreServerInitialize(&stub.msg, &received, format);
    assert_null(received);
    assert_int_equal(RAISED(NdrPartialIgnoreServerUnmarshall(&stub.msg, &received)),
                     RPC_X_BAD_STUB_DATA);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks),
        cmocka_unit_test(simple_types),
        cmocka_unit_test(errors_are_exceptions),
        cmocka_unit_test(conversion),
        cmocka_unit_test(conversion_of_all_kinds),
        cmocka_unit_test(conversion_of_one),
        cmocka_unit_test(allocation_list),
        cmocka_unit_test(long_list),
        cmocka_unit_test(type_doors),
        cmocka_unit_test(partial_ignore_doors),
#ifndef _WIN64
        cmocka_unit_test(no_repeat),
        cmocka_unit_test(fixed_repeat),
        cmocka_unit_test(variable_repeat),
        cmocka_unit_test(conformant_structure),
        cmocka_unit_test(conformant_varying_structure),
        cmocka_unit_test(big_endian),
        cmocka_unit_test(in_the_buffer),
        cmocka_unit_test(list_in_the_buffer),
        cmocka_unit_test(refused_in_the_buffer),
        cmocka_unit_test(client_keeps_memory),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
