/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization handles, and what stubs do with them: format strings written by hand from the SDK's
 * "RPC NDR Format Strings", octets from [MS-RPCE] 2.2.6. Stubs that a compiler made are in
 * test_mes_stubs.c. */
#include "rpc_fixture.h"
#include <midles.h>
#include <ndrtypes.h>
#include <rpcndr.h>
#include "heap_blocks.h"
#include "stub_raised.h"

#define INTERFACE_ID \
    { \
        {0x12345678, 0x1234, 0x5678, {0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4}}, \
        { \
            1, 2 \
        } \
    }

static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = INTERFACE_ID,
};

/* 0, 2: FC_STRUCT of long and short (8 octets). 10: FC_UP to it. 14: FC_UP to a long. 18: FC_RP to
 * it. 22: FC_RP to FC_C_CSTRING. 26: FC_SMFARRAY of 5 chars. */
static const unsigned char types[] = {
    0,    0,                            /* 0 */
    0x15, 3,    8,    0, 8, 6, 0x3e, 0x5b, /* 2: FC_LONG FC_SHORT FC_STRUCTPAD2 FC_END */
    0x12, 0,    0xf6, 0xff,             /* 10 */
    0x12, 8,    8,    0x5c,             /* 14 */
    0x11, 8,    8,    0x5c,             /* 18 */
    0x11, 8,    0x22, 0x5c,             /* 22 */
    0x1d, 0,    5,    0, 2, 0x5b,       /* 26 */
};
#define T_STRUCT  (types + 2)
#define T_POINTER (types + 10)
#define T_LONG    (types + 14)
#define T_ARRAY   (types + 26)

struct pair {
    LONG number;
    SHORT small;
};

static unsigned live;

static void *__RPC_USER allocate(size_t size)
{
    live++;
    return HeapAlloc(GetProcessHeap(), 0, size);
}

static void __RPC_USER release(void *block)
{
    live--;
    HeapFree(GetProcessHeap(), 0, block);
}

static const MIDL_STUB_DESC desc = {
    .RpcInterfaceInformation = &client_interface,
    .pfnAllocate = allocate,
    .pfnFree = release,
    .pFormatTypes = types,
    .fCheckBounds = 1,
    .Version = 0x50002,
    .mFlags = 1,
};
static const MIDL_TYPE_PICKLING_INFO info = {0x33205054, 3, {0}};

static char buffer[256] __attribute__((aligned(16)));

static handle_t encoder(ULONG size, ULONG *encoded)
{
    handle_t handle = NULL;

    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer, size, encoded, &handle), RPC_S_OK);
    return handle;
}

static handle_t decoder(ULONG size)
{
    handle_t handle = NULL;

    assert_int_equal(MesDecodeBufferHandleCreate(buffer, size, &handle), RPC_S_OK);
    return handle;
}

static void free_handle(handle_t handle)
{
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
}

/* ---- handles ---- */

static void __RPC_API never_alloc(void *state, char **p, unsigned int *size)
{
    fail();
}

static void __RPC_API never_write(void *state, char *p, unsigned int size)
{
    fail();
}

static void test_creation(void **state)
{
    handle_t handle = (handle_t)77;
    ULONG size = 0;
    char *dynamic = NULL;

    assert_int_equal(MesEncodeFixedBufferHandleCreate(NULL, 64, &size, &handle), RPC_S_INVALID_ARG);
    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer, 64, NULL, &handle),
                     RPC_S_INVALID_ARG);
    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer, 64, &size, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer + 4, 64, &size, &handle),
                     RPC_X_INVALID_BUFFER);
    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer + 4, 0, NULL, &handle),
                     RPC_X_INVALID_BUFFER);
    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer, 0, &size, &handle),
                     RPC_S_INVALID_ARG);
    assert_int_equal(MesEncodeDynBufferHandleCreate(NULL, &size, &handle), RPC_S_INVALID_ARG);
    assert_int_equal(MesEncodeDynBufferHandleCreate(&dynamic, NULL, &handle), RPC_S_INVALID_ARG);
    assert_int_equal(MesDecodeBufferHandleCreate(NULL, 64, &handle), RPC_S_INVALID_ARG);
    assert_int_equal(MesDecodeBufferHandleCreate(buffer + 1, 64, &handle), RPC_X_INVALID_BUFFER);
    assert_int_equal(MesEncodeIncrementalHandleCreate(NULL, NULL, never_write, &handle),
                     RPC_S_INVALID_ARG);
    assert_int_equal(MesEncodeIncrementalHandleCreate(NULL, never_alloc, NULL, &handle),
                     RPC_S_INVALID_ARG);
    assert_int_equal(MesDecodeIncrementalHandleCreate(NULL, NULL, &handle), RPC_S_INVALID_ARG);
    assert_int_equal(MesHandleFree(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(MesHandleFree((handle_t)buffer), RPC_S_INVALID_ARG);
    assert_ptr_equal(handle, (handle_t)77);
}

/* Neither a freed handle nor a binding handle is a serialization handle, nor the reverse. */
static void test_wrong_handles(void **state)
{
    unsigned char protseq[] = "ncalrpc", *string = NULL;
    handle_t handle, binding;
    RPC_SYNTAX_IDENTIFIER id;
    LONG value = 1;
    ULONG size = 0, number;
    char *p = buffer;

    handle = encoder(sizeof(buffer), &size);
    assert_int_equal(RpcBindingFree(&handle), RPC_S_INVALID_BINDING);
    free_handle(handle);
    assert_int_equal(RpcStringBindingComposeA(NULL, protseq, NULL, NULL, NULL, &string), RPC_S_OK);
    assert_int_equal(RpcBindingFromStringBindingA(string, &binding), RPC_S_OK);
    RpcStringFreeA(&string);
    for (int i = 0; i < 2; i++) {
        handle_t wrong = i ? binding : handle;

        assert_int_equal(MesHandleFree(wrong), RPC_S_INVALID_ARG);
        assert_int_equal(MesBufferHandleReset(wrong, MES_FIXED_BUFFER_HANDLE, MES_DECODE, &p, 8,
                                              NULL),
                         RPC_S_INVALID_ARG);
        assert_int_equal(MesIncrementalHandleReset(wrong, NULL, never_alloc, never_write, NULL,
                                                   MES_ENCODE),
                         RPC_S_INVALID_ARG);
        assert_int_equal(MesInqProcEncodingId(wrong, &id, &number), RPC_S_INVALID_ARG);
        assert_int_equal(RAISED(NdrMesSimpleTypeEncode(wrong, &desc, &value, 4)),
                         RPC_S_INVALID_ARG);
        assert_int_equal(RAISED(NdrMesTypeDecode2(wrong, &info, &desc, T_STRUCT, buffer)),
                         RPC_S_INVALID_ARG);
    }
    assert_int_equal(RpcBindingFree(&binding), RPC_S_OK);
}

/* ---- types, in fixed buffers ---- */

static const unsigned char two_objects[] = {
    1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc, /* common header */
    0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0,    /* a long */
    8, 0, 0, 0, 0, 0, 0, 0,                /* private header */
    7, 0, 0, 0, 9, 0, 0, 0,                /* a structure */
};

static void test_fixed(void **state)
{
    ULONG size = 0;
    handle_t handle = encoder(sizeof(buffer), &size);
    LONG number = 0x11223344, number_back = 0;
    struct pair pair = {7, 9}, back = {0, 0};

    memset(buffer, 0xee, sizeof(buffer));
    pair.small = 9;
    assert_int_equal(NdrMesSimpleTypeAlignSize(handle), 16);
    assert_int_equal(NdrMesTypeAlignSize2(handle, &info, &desc, T_STRUCT, &pair), 24);
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    assert_int_equal(size, 16);
    assert_int_equal(NdrMesSimpleTypeAlignSize(handle), 8);
    assert_int_equal(NdrMesTypeAlignSize2(handle, &info, &desc, T_STRUCT, &pair), 16);
    NdrMesTypeEncode2(handle, &info, &desc, T_STRUCT, &pair);
    assert_int_equal(size, sizeof(two_objects));
    free_handle(handle);
    /* What is between the members of a structure is not defined. */
    buffer[30] = buffer[31] = 0;
    assert_memory_equal(buffer, two_objects, sizeof(two_objects));
    assert_int_equal((unsigned char)buffer[32], 0xee);

    handle = decoder(size);
    NdrMesSimpleTypeDecode(handle, &number_back, 4);
    NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &back);
    assert_int_equal(number_back, number);
    assert_int_equal(back.number, 7);
    assert_int_equal(back.small, 9);
    assert_int_equal(RAISED(NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &back)),
                     RPC_X_INVALID_BUFFER);
    free_handle(handle);
}

/* The functions of stubs before MIDL 5: the same data. */
static void test_old_stubs(void **state)
{
    struct pair pair = {7, 9}, back = {0, 0};
    ULONG size = 0;
    handle_t handle = encoder(sizeof(buffer), &size);

    assert_int_equal(NdrMesTypeAlignSize(handle, &desc, T_STRUCT, &pair), 24);
    NdrMesTypeEncode(handle, &desc, T_STRUCT, &pair);
    assert_int_equal(size, 24);
    assert_memory_equal(buffer, two_objects, 8);
    assert_memory_equal(buffer + 8, two_objects + 16, 14);
    free_handle(handle);
    handle = decoder(size);
    NdrMesTypeDecode(handle, &desc, T_STRUCT, &back);
    assert_int_equal(back.number, 7);
    assert_int_equal(back.small, 9);
    free_handle(handle);
}

/* A type that is a pointer: its objects are pointers, and carry a referent id. */
static void test_pointers(void **state)
{
    static const unsigned char expected[] = {
        1,  0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x2a, 0, 0, 0,
        8, 0,    0, 0, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0,
    };
    LONG number = 42, *value = &number, *null = NULL, *back = NULL, *none = NULL;
    ULONG size = 0;
    handle_t handle = encoder(sizeof(buffer), &size);

    NdrMesTypeEncode2(handle, &info, &desc, T_LONG, &value);
    NdrMesTypeEncode2(handle, &info, &desc, T_LONG, &null);
    assert_int_equal(size, sizeof(expected));
    assert_memory_equal(buffer, expected, sizeof(expected));
    free_handle(handle);

    live = 0;
    handle = decoder(size);
    NdrMesTypeDecode2(handle, &info, &desc, T_LONG, &back);
    NdrMesTypeDecode2(handle, &info, &desc, T_LONG, &none);
    assert_non_null(back);
    assert_int_equal(*back, 42);
    assert_null(none);
    assert_int_equal(live, 1);
    NdrMesTypeFree2(handle, &info, &desc, T_LONG, &back);
    assert_int_equal(live, 0);
    free_handle(handle);
}

static void test_arrays(void **state)
{
    char text[5] = "abcd", back[5] = "";
    ULONG size = 0;
    handle_t handle = encoder(sizeof(buffer), &size);

    NdrMesTypeEncode2(handle, &info, &desc, T_ARRAY, text);
    assert_int_equal(size, 24);
    assert_memory_equal(buffer + 16, "abcd\0\0\0", 8);
    free_handle(handle);
    handle = decoder(size);
    NdrMesTypeDecode2(handle, &info, &desc, T_ARRAY, back);
    assert_string_equal(back, "abcd");
    free_handle(handle);
}

static void test_big_endian(void **state)
{
    static const unsigned char big[] = {
        1, 0, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0,
        0, 0, 0, 8, 0,    0,    0,    0,    0,    0,    0,    7,    0, 9, 0, 0,
        1, 2, 3, 4, 5,    6,    7,    8,
    };
    struct pair back = {0, 0};
    LONG number = 0;
    LONGLONG wide = 0;
    handle_t handle;

    memcpy(buffer, big, sizeof(big));
    handle = decoder(sizeof(big));
    NdrMesSimpleTypeDecode(handle, &number, 4);
    NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &back);
    NdrMesSimpleTypeDecode(handle, &wide, 8);
    assert_int_equal(number, 0x11223344);
    assert_int_equal(back.number, 7);
    assert_int_equal(back.small, 9);
    assert_true(wide == 0x0102030405060708);
    free_handle(handle);
}

static void test_errors(void **state)
{
    MIDL_TYPE_PICKLING_INFO newer = {0x34205054, 3, {0}};
    struct pair pair = {7, 9};
    ULONG size = 0;
    handle_t handle = encoder(24, &size);
    LONG number = 0;

    assert_int_equal(RAISED(NdrMesSimpleTypeEncode(handle, &desc, &number, 3)), RPC_S_INVALID_ARG);
    assert_int_equal(RAISED(NdrMesSimpleTypeEncode(handle, &desc, NULL, 4)),
                     RPC_X_NULL_REF_POINTER);
    assert_int_equal(RAISED(NdrMesTypeEncode2(handle, &newer, &desc, T_STRUCT, &pair)),
                     RPC_X_WRONG_ES_VERSION);
    assert_int_equal(RAISED(NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &pair)),
                     RPC_X_INVALID_ES_ACTION);
    assert_int_equal(RAISED(NdrMesSimpleTypeDecode(handle, &number, 4)), RPC_X_INVALID_ES_ACTION);
    NdrMesTypeEncode2(handle, &info, &desc, T_STRUCT, &pair);
    assert_int_equal(size, 24);
    assert_int_equal(RAISED(NdrMesSimpleTypeEncode(handle, &desc, &number, 4)),
                     RPC_X_INVALID_BUFFER);
    assert_int_equal(size, 24);
    free_handle(handle);
    handle = decoder(24);
    assert_int_equal(RAISED(NdrMesTypeEncode2(handle, &info, &desc, T_STRUCT, &pair)),
                     RPC_X_INVALID_ES_ACTION);
    /* A failure leaves the handle where it was. */
    assert_int_equal(RAISED(NdrMesSimpleTypeDecode(handle, NULL, 4)), RPC_X_NULL_REF_POINTER);
    buffer[0] = 9;
    assert_int_equal(RAISED(NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &pair)),
                     RPC_X_WRONG_ES_VERSION);
    buffer[0] = 1;
    NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &pair);
    free_handle(handle);
}

/* What a failed decoding has allocated is freed, and the object does not point there. */
static void test_failed_decoding(void **state)
{
    static const unsigned char cut[] = {
        1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 7, 0, 0, 0,
    };
    struct pair own = {1, 2}, *pointer = NULL;
    handle_t handle;

    memcpy(buffer, cut, sizeof(cut));
    live = 0;
    handle = decoder(sizeof(cut));
    assert_int_equal(RAISED(NdrMesTypeDecode2(handle, &info, &desc, T_POINTER, &pointer)),
                     RPC_X_BAD_STUB_DATA);
    assert_null(pointer);
    pointer = &own;
    assert_int_equal(RAISED(NdrMesTypeDecode2(handle, &info, &desc, T_POINTER, &pointer)),
                     RPC_X_BAD_STUB_DATA);
    assert_ptr_equal(pointer, &own);
    assert_int_equal(live, 0);
    free_handle(handle);
}

/* ---- dynamic buffers, reuse ---- */

static void test_dynamic(void **state)
{
    LONG number = 0x11223344;
    struct pair pair = {7, 9};
    char *dynamic = NULL, *p;
    ULONG size = 0;
    handle_t handle;

    live = 0;
    assert_int_equal(MesEncodeDynBufferHandleCreate(&dynamic, &size, &handle), RPC_S_OK);
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    assert_int_equal(size, 16);
    assert_int_equal(live, 1);
    NdrMesTypeEncode2(handle, &info, &desc, T_STRUCT, &pair);
    assert_int_equal(size, sizeof(two_objects));
    assert_memory_equal(dynamic, two_objects, 30);
    assert_int_equal(live, 1);
    release(dynamic);

    /* The handle again, for another buffer, then to decode it, then for a fixed one. */
    assert_int_equal(MesBufferHandleReset(handle, MES_DYNAMIC_BUFFER_HANDLE, MES_ENCODE, &dynamic,
                                          0, &size),
                     RPC_S_OK);
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    assert_int_equal(size, 16);
    assert_memory_equal(dynamic, two_objects, 16);
    number = 0;
    assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, MES_DECODE, &dynamic,
                                          size, NULL),
                     RPC_S_OK);
    NdrMesSimpleTypeDecode(handle, &number, 4);
    assert_int_equal(number, 0x11223344);
    release(dynamic);
    assert_int_equal(live, 0);
    p = buffer;
    assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, MES_ENCODE, &p,
                                          sizeof(buffer), &size),
                     RPC_S_OK);
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    assert_memory_equal(buffer, two_objects, 16);
    p++;
    assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, MES_ENCODE, &p, 8,
                                          &size),
                     RPC_X_INVALID_BUFFER);
    assert_int_equal(MesBufferHandleReset(handle, MES_INCREMENTAL_HANDLE, MES_ENCODE, &p, 8, &size),
                     RPC_S_INVALID_ARG);
    assert_int_equal(MesIncrementalHandleReset(handle, NULL, never_alloc, never_write, NULL,
                                               MES_ENCODE),
                     RPC_S_INVALID_ARG);
    free_handle(handle);
}

/* ---- incremental handles ---- */

static struct {
    unsigned written, read, allocs, writes;
    RPC_STATUS raise;
} user;

static void __RPC_API user_alloc(void *state, char **p, unsigned int *size)
{
    assert_ptr_equal(state, &user);
    user.allocs++;
    if (user.raise)
        RpcRaiseException(user.raise);
    *p = buffer + user.written;
}

static void __RPC_API user_write(void *state, char *p, unsigned int size)
{
    assert_ptr_equal(state, &user);
    assert_ptr_equal(p, buffer + user.written);
    user.writes++;
    user.written += size;
}

static void __RPC_API user_read(void *state, char **p, unsigned int *size)
{
    assert_ptr_equal(state, &user);
    if (user.raise)
        RpcRaiseException(user.raise);
    *p = buffer + user.read;
    if (*size > user.written - user.read)
        *size = user.written - user.read;
    user.read += *size;
}

static void test_incremental(void **state)
{
    LONG number = 0x11223344;
    struct pair pair = {7, 9};
    handle_t handle;

    memset(&user, 0, sizeof(user));
    assert_int_equal(MesEncodeIncrementalHandleCreate(&user, user_alloc, user_write, &handle),
                     RPC_S_OK);
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    NdrMesTypeEncode2(handle, &info, &desc, T_STRUCT, &pair);
    assert_int_equal(user.written, sizeof(two_objects));
    assert_memory_equal(buffer, two_objects, 30);
    assert_int_equal(user.allocs, 2);
    assert_int_equal(user.writes, 2);
    assert_int_equal(MesIncrementalHandleReset(handle, NULL, NULL, NULL, NULL, MES_DECODE),
                     RPC_S_INVALID_ARG);
    assert_int_equal(MesIncrementalHandleReset(handle, NULL, NULL, NULL, user_read, MES_DECODE),
                     RPC_S_OK);
    number = 0;
    memset(&pair, 0, sizeof(pair));
    NdrMesSimpleTypeDecode(handle, &number, 4);
    NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &pair);
    assert_int_equal(number, 0x11223344);
    assert_int_equal(pair.number, 7);
    assert_int_equal(pair.small, 9);
    assert_int_equal(RAISED(NdrMesSimpleTypeDecode(handle, &number, 4)), RPC_X_INVALID_BUFFER);
    /* From the beginning, with the routines that it knows. */
    user.written = 0;
    assert_int_equal(MesIncrementalHandleReset(handle, NULL, NULL, NULL, NULL, MES_ENCODE),
                     RPC_S_OK);
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    assert_int_equal(user.written, 16);
    free_handle(handle);
}

/* An exception of a user's routine comes through, and nothing is lost. */
static void test_raising_routines(void **state)
{
    LONG number = 5;
    handle_t handle;

    memset(&user, 0, sizeof(user));
    assert_int_equal(MesEncodeIncrementalHandleCreate(&user, user_alloc, user_write, &handle),
                     RPC_S_OK);
    user.raise = ERROR_DISK_FULL;
    assert_leaves_nothing(
        assert_int_equal(RAISED(NdrMesSimpleTypeEncode(handle, &desc, &number, 4)),
                         ERROR_DISK_FULL));
    user.raise = 0;
    NdrMesSimpleTypeEncode(handle, &desc, &number, 4);
    assert_int_equal(user.written, 16);
    free_handle(handle);
    assert_int_equal(MesDecodeIncrementalHandleCreate(&user, user_read, &handle), RPC_S_OK);
    user.raise = ERROR_HANDLE_EOF;
    assert_int_equal(RAISED(NdrMesSimpleTypeDecode(handle, &number, 4)), ERROR_HANDLE_EOF);
    user.raise = 0;
    NdrMesSimpleTypeDecode(handle, &number, 4);
    free_handle(handle);
}

/* ---- procedures ---- */

/* void f([in] handle_t, [in, out] long *x, [in, out, string] char *s), -Oicf */
static const unsigned char oicf[] = {
    0, ENCODE_IS_USED | DECODE_IS_USED, 3, 0, 3 * sizeof(void *), 0, /* header */
    0x32, 0, 0, 0,                                                   /* the handle */
    0, 0, 0, 0, 0x47, 2,                                             /* must size, 2 parameters */
    10, 1, 0, 0, 0, 0, 0, 0, 0, 0,                                   /* extensions */
    0x58, 1, sizeof(void *), 0, 8, 0,         /* in, out, base type, simple ref; FC_LONG */
    0x1b, 1, 2 * sizeof(void *), 0, 24, 0,    /* must size, must free, in, out, simple ref */
};
/* the same, -Oi */
static const unsigned char oi[] = {
    0, ENCODE_IS_USED | DECODE_IS_USED, 3, 0, 3 * sizeof(void *), 0,
    0x32, 0, 0, 0,
    0x4e, 0x0f,                               /* FC_IN_PARAM_BASETYPE FC_IGNORE */
    0x50, sizeof(void *) / 4, 18, 0,          /* FC_IN_OUT_PARAM */
    0x50, sizeof(void *) / 4, 22, 0,
    0x5b, 0x5c,
};

/* As stubs of their own: on i386 the arguments are found behind the first one. */
static void __attribute__((noipa)) call_oicf(handle_t handle, LONG *x, char *s)
{
#ifdef __x86_64__
    NdrMesProcEncodeDecode2(handle, &desc, oicf, handle, x, s);
#else
    NdrMesProcEncodeDecode2(handle, &desc, oicf, &handle);
#endif
}

static void __attribute__((noipa)) call_oi(handle_t handle, LONG *x, char *s)
{
#ifdef __x86_64__
    NdrMesProcEncodeDecode(handle, &desc, oi, handle, x, s);
#else
    NdrMesProcEncodeDecode(handle, &desc, oi, &handle);
#endif
}

/* As Wine 8's own DLL writes it, but for the padding. */
static const unsigned char procedure[] = {
    0x01, 0x01, 0xcc, 0xcc,
    0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60,
    2, 0, 0, 0,
    0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0x78, 0x56, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4,
    1, 0, 2, 0,
    3, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0,
    0x44, 0x33, 0x22, 0x11, 6, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0,
};

static void check_procedure(void (*call)(handle_t handle, LONG *x, char *s))
{
    char text[] = "hello", back[] = "-----";
    LONG number = 0x11223344, number_back = 0;
    RPC_SYNTAX_IDENTIFIER id;
    ULONG size = 0, index = 77;
    handle_t handle = encoder(sizeof(buffer), &size);

    memset(buffer, 0xee, sizeof(buffer));
    assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_X_INVALID_ES_ACTION);
    call(handle, &number, text);
    assert_int_equal(size, sizeof(procedure));
    assert_memory_equal(buffer, procedure, sizeof(procedure));
    assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_S_OK);
    assert_int_equal(index, 3);
    assert_memory_equal(&id, &client_interface.InterfaceId, sizeof(id));
    assert_int_equal(RAISED(call(handle, &number, NULL)), RPC_X_NULL_REF_POINTER);
    call(handle, &number, text);
    assert_int_equal(size, 2 * sizeof(procedure));
    assert_memory_equal(buffer + sizeof(procedure), procedure, sizeof(procedure));
    free_handle(handle);

    handle = decoder(size);
    index = 77;
    memset(&id, 0, sizeof(id));
    assert_int_equal(MesInqProcEncodingId(handle, NULL, &index), RPC_S_INVALID_ARG);
    assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_S_OK);
    assert_int_equal(index, 3);
    assert_memory_equal(&id, &client_interface.InterfaceId, sizeof(id));
    for (int i = 0; i < 2; i++) {
        number_back = 0;
        memset(back, '-', 5);
        call(handle, &number_back, back);
        assert_int_equal(number_back, number);
        assert_string_equal(back, "hello");
    }
    assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_X_INVALID_BUFFER);
    assert_int_equal(RAISED(call(handle, &number_back, back)), RPC_X_INVALID_BUFFER);
    free_handle(handle);
}

static void test_procedures(void **state)
{
    check_procedure(call_oicf);
    check_procedure(call_oi);
}

static void test_big_endian_procedure(void **state)
{
    static const unsigned char big[] = {
        0x01, 0x00, 0xcc, 0xcc,
        0x8a, 0x88, 0x5d, 0x04, 0x1c, 0xeb, 0x11, 0xc9, 0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60,
        0, 0, 0, 2,
        0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4,
        0, 2, 0, 1,
        0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 22,
        0x11, 0x22, 0x33, 0x44, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 6, 'h', 'e', 'l', 'l', 'o', 0,
    };
    RPC_SYNTAX_IDENTIFIER id;
    char back[] = "-----";
    ULONG index = 77;
    LONG number = 0;
    handle_t handle;

    memcpy(buffer, big, sizeof(big));
    handle = decoder(sizeof(big));
    assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_S_OK);
    assert_int_equal(index, 3);
    assert_memory_equal(&id, &client_interface.InterfaceId, sizeof(id));
    call_oicf(handle, &number, back);
    assert_int_equal(number, 0x11223344);
    assert_string_equal(back, "hello");
    free_handle(handle);
}

/* Single octets of a good encoding changed, and all its beginnings. */
static void test_hostile_procedures(void **state)
{
    static const struct {
        unsigned offset, value;
        RPC_STATUS status;
    } cases[] = {
        {0, 2, RPC_X_WRONG_ES_VERSION},       {1, 0x10, RPC_X_WRONG_ES_VERSION},
        {4, 5, RPC_S_UNSUPPORTED_TRANS_SYN},  {52, 25, RPC_X_INVALID_BUFFER},
        {55, 0xff, RPC_X_INVALID_BUFFER},     {52, 3, RPC_X_BAD_STUB_DATA},
        {60, 0x80, RPC_S_OK},                 {68, 0x80, RPC_X_BAD_STUB_DATA},
        {77, 'x', RPC_X_BAD_STUB_DATA},       {64, 1, RPC_X_BAD_STUB_DATA},
    };
    char back[] = "-----";
    LONG number;
    handle_t handle;

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        RPC_STATUS raised;

        memcpy(buffer, procedure, sizeof(procedure));
        buffer[cases[i].offset] = (char)cases[i].value;
        handle = decoder(sizeof(procedure));
        raised = RAISED(call_oicf(handle, &number, back));
        if (raised != cases[i].status)
            fail_msg("offset %u, value %u: %ld", cases[i].offset, cases[i].value, raised);
        free_handle(handle);
    }
    memcpy(buffer, procedure, sizeof(procedure));
    for (unsigned size = 0; size < sizeof(procedure); size++) {
        handle = decoder(size);
        assert_int_equal(RAISED(call_oicf(handle, &number, back)), RPC_X_INVALID_BUFFER);
        free_handle(handle);
    }
}

/* A type's encoding is not a procedure's, and the reverse. */
static void test_mixed_up(void **state)
{
    RPC_SYNTAX_IDENTIFIER id;
    struct pair pair;
    ULONG index;
    handle_t handle;

    memset(buffer, 0, sizeof(buffer));
    memcpy(buffer, two_objects, sizeof(two_objects));
    handle = decoder(sizeof(buffer));
    assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_X_WRONG_ES_VERSION);
    NdrMesSimpleTypeDecode(handle, &index, 4); /* still at the beginning */
    free_handle(handle);
    memcpy(buffer, procedure, sizeof(procedure));
    handle = decoder(sizeof(buffer));
    assert_int_equal(RAISED(NdrMesTypeDecode2(handle, &info, &desc, T_STRUCT, &pair)),
                     RPC_X_WRONG_ES_VERSION);
    free_handle(handle);
}

static void test_leaves_nothing(void **state)
{
    LONG number = 42, *value = &number, *back;
    char text[] = "hello";
    ULONG size;
    handle_t handle;

    assert_leaves_nothing({
        handle = encoder(sizeof(buffer), &size);
        NdrMesTypeEncode2(handle, &info, &desc, T_LONG, &value);
        call_oicf(handle, &number, text);
        free_handle(handle);
        handle = decoder(size);
        back = NULL;
        NdrMesTypeDecode2(handle, &info, &desc, T_LONG, &back);
        NdrMesTypeFree2(handle, &info, &desc, T_LONG, &back);
        call_oicf(handle, &number, text);
        free_handle(handle);
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creation),
        cmocka_unit_test(test_wrong_handles),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_old_stubs),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_big_endian),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_failed_decoding),
        cmocka_unit_test(test_dynamic),
        cmocka_unit_test(test_incremental),
        cmocka_unit_test(test_raising_routines),
        cmocka_unit_test(test_procedures),
        cmocka_unit_test(test_big_endian_procedure),
        cmocka_unit_test(test_hostile_procedures),
        cmocka_unit_test(test_mixed_up),
        cmocka_unit_test(test_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
