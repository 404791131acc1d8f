/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization with stubs for both transfer syntaxes: descriptions written by hand as MIDL's
 * -protocol all lays them out, octets from [MS-RPCE] 2.2.7. */
#include "rpc_fixture.h"
#include <midles.h>
#include <ndrtypes.h>
#include <rpcndr.h>
#include <ndr64types.h>
#include "heap_blocks.h"
#include "stub_raised.h"

#ifdef __x86_64__

#define NDR20_ID \
    { \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60}}, \
        { \
            2, 0 \
        } \
    }
#define NDR64_ID \
    { \
        {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, \
        { \
            1, 0 \
        } \
    }

static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = {{0x12345678, 0x1234, 0x5678, {0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4}}, {1, 2}},
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

/* ---- struct pair { hyper wide; long number; }, and pointers to it; void f(handle_t, [in, out]
 * long *x) ---- */

struct pair {
    LONGLONG wide;
    LONG number;
};

static const unsigned char types[] = {
    0,    0,                               /* 0 */
    0x1a, 7, 16, 0, 0, 0, 0, 0,            /* 2: FC_BOGUS_STRUCT */
    0x0b, 8, 0x40, 0x5b,                   /* FC_HYPER FC_LONG FC_STRUCTPAD4 FC_END */
    0x12, 0, 0xf2, 0xff,                   /* 14: FC_UP to it */
};
static const ULONG type_offsets[] = {2, 14};

/* A structure that is the same in memory and on the wire but for its end. */
static const struct {
    NDR64_STRUCTURE_HEADER_FORMAT header;
} struct64 = {{0x30, 7, {0}, 0, 16}};
static const NDR64_POINTER_FORMAT pointer64 = {0x21, 0, 0, &struct64};
static const void *const type_addresses[] = {&struct64, &pointer64};
static const ULONG *type_tables[] = {type_offsets, (const ULONG *)type_addresses};

static const unsigned char procedures20[] = {
    0, ENCODE_IS_USED | DECODE_IS_USED, 0, 0, 16, 0, 0x32, 0, 0, 0, 0, 0, 0, 0, 0x40, 1,
    10, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    0x58, 1, 8, 0, 8, 0, /* in, out, base type, simple ref; FC_LONG */
};
static const unsigned short procedure_offsets[] = {0};

static const NDR64_FORMAT_CHAR long64 = 5;
static const struct {
    NDR64_PROC_FORMAT header;
    NDR64_BIND_AND_NOTIFY_EXTENSION extension;
    NDR64_PARAM_FORMAT parameter;
} procedure64 = {
    /* explicit handle; interpreted; IsEncode, IsDecode; HasOtherExtensions */
    {1 << 6 | 1 << 10 | 1 << 11 | 1 << 24, 16, 8, 8, 0, 0, 1, 8},
    {{0x72, 0, 0, 0, 0}, 0},
    {&long64,
     {.IsIn = 1, .IsOut = 1, .IsBasetype = 1, .IsSimpleRef = 1},
     0,
     8},
};
static const void *const procedure_addresses[] = {&procedure64};

static const MIDL_STUB_DESC desc = {
    .RpcInterfaceInformation = &client_interface,
    .pfnAllocate = allocate,
    .pfnFree = release,
    .pFormatTypes = types,
    .fCheckBounds = 1,
    .Version = 0x60001,
    .mFlags = 0x2000001,
};
static const MIDL_SYNTAX_INFO syntaxes[] = {
    {NDR20_ID, NULL, procedures20, procedure_offsets, types, NULL, 0, 0},
    {NDR64_ID, NULL, NULL, (const unsigned short *)procedure_addresses, NULL, NULL, 0, 0},
};
static const MIDL_STUBLESS_PROXY_INFO both = {
    &desc, procedures20, procedure_offsets, NULL, 2, (MIDL_SYNTAX_INFO *)syntaxes,
};
static const MIDL_STUBLESS_PROXY_INFO only_ndr20 = {
    &desc, procedures20, procedure_offsets, NULL, 1, (MIDL_SYNTAX_INFO *)syntaxes,
};
static const MIDL_TYPE_PICKLING_INFO info = {0x33205054, 3, {0}};

static char buffer[512] __attribute__((aligned(16)));

static handle_t encoder(MIDL_ES_CODE operation, ULONG *encoded)
{
    char *p = buffer;
    handle_t handle;

    memset(buffer, 0xee, sizeof(buffer));
    assert_int_equal(MesEncodeFixedBufferHandleCreate(buffer, sizeof(buffer), encoded, &handle),
                     RPC_S_OK);
    assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, operation, &p,
                                          sizeof(buffer), encoded),
                     RPC_S_OK);
    return handle;
}

static handle_t decoder(ULONG size)
{
    handle_t handle;

    assert_int_equal(MesDecodeBufferHandleCreate(buffer, size, &handle), RPC_S_OK);
    return handle;
}

/* A long, a structure, a pointer to one. */
static const unsigned char version_2[] = {
    2, 0x10, 0x40, 0, 0xcc, 0xcc, 0xcc, 0xcc,
    0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
    0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49, 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36,
    1, 0, 0, 0,
    0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0x78, 0x56, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4,
    1, 0, 2, 0,
    16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    8, 7, 6, 5, 4, 3, 2, 1, 42, 0, 0, 0, 0, 0, 0, 0,
    32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 2, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1,
    42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

static void encode_all(handle_t handle)
{
    LONG number = 0x11223344;
    struct pair pair, *pointer = &pair;

    memset(&pair, 0, sizeof(pair));
    pair.wide = 0x0102030405060708;
    pair.number = 42;
    NdrMesSimpleTypeEncodeAll(handle, &both, &number, 4);
    NdrMesTypeEncode3(handle, &info, &both, type_tables, 0, &pair);
    NdrMesTypeEncode3(handle, &info, &both, type_tables, 1, &pointer);
}

static void decode_all(ULONG size)
{
    handle_t handle = decoder(size);
    struct pair pair = {0, 0}, *pointer = NULL;
    LONG number = 0;

    live = 0;
    NdrMesSimpleTypeDecodeAll(handle, &both, &number, 4);
    NdrMesTypeDecode3(handle, &info, &both, type_tables, 0, &pair);
    NdrMesTypeDecode3(handle, &info, &both, type_tables, 1, &pointer);
    assert_int_equal(number, 0x11223344);
    assert_true(pair.wide == 0x0102030405060708);
    assert_int_equal(pair.number, 42);
    assert_non_null(pointer);
    assert_true(pointer->wide == 0x0102030405060708);
    assert_int_equal(pointer->number, 42);
    assert_int_equal(live, 1);
    NdrMesTypeFree3(handle, &info, &both, type_tables, 1, &pointer);
    assert_int_equal(live, 0);
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
}

static void test_types(void **state)
{
    struct pair pair = {1, 2};
    ULONG size = 0;
    handle_t handle = encoder(MES_ENCODE_NDR64, &size);

    assert_int_equal(NdrMesSimpleTypeAlignSizeAll(handle, &both), 64 + 16 + 16);
    assert_int_equal(NdrMesTypeAlignSize3(handle, &info, &both, type_tables, 0, &pair),
                     64 + 16 + 16);
    encode_all(handle);
    assert_int_equal(NdrMesTypeAlignSize3(handle, &info, &both, type_tables, 0, &pair), 16 + 16);
    assert_int_equal(size, sizeof(version_2));
    assert_memory_equal(buffer, version_2, sizeof(version_2));
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
    decode_all(size);
}

/* The same stub, another operation: version 1. */
static void test_types_in_ndr20(void **state)
{
    ULONG size = 0;
    handle_t handle = encoder(MES_ENCODE, &size);

    encode_all(handle);
    assert_int_equal(size, 8 + 8 + 8 + 16 + 8 + 24);
    assert_int_equal(buffer[0], 1);
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
    decode_all(size);
}

static void test_other_syntax(void **state)
{
    struct pair pair = {1, 2};
    ULONG size = 0;
    handle_t handle = encoder(MES_ENCODE_NDR64, &size);

    assert_int_equal(
        RAISED(NdrMesTypeEncode3(handle, &info, &only_ndr20, type_tables, 0, &pair)),
        RPC_S_UNSUPPORTED_TRANS_SYN);
    assert_int_equal(RAISED(NdrMesTypeEncode2(handle, &info, &desc, types + 2, &pair)),
                     RPC_S_UNSUPPORTED_TRANS_SYN);
    NdrMesTypeEncode3(handle, &info, &both, type_tables, 0, &pair);
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
    handle = decoder(size);
    assert_int_equal(
        RAISED(NdrMesTypeDecode3(handle, &info, &only_ndr20, type_tables, 0, &pair)),
        RPC_S_UNSUPPORTED_TRANS_SYN);
    NdrMesTypeDecode3(handle, &info, &both, type_tables, 0, &pair);
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
}

static void test_alignment(void **state)
{
    char *p = buffer + 8;
    ULONG size = 0;
    handle_t handle = encoder(MES_ENCODE_NDR64, &size);

    assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, MES_ENCODE_NDR64, &p, 64,
                                          &size),
                     RPC_X_INVALID_BUFFER);
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
}

/* Every beginning of good data. */
static void test_truncated(void **state)
{
    struct pair *pointer = NULL;
    LONG number;

    live = 0;
    for (unsigned size = 0; size < sizeof(version_2) - 8; size++) {
        handle_t handle;
        RPC_STATUS raised;

        memcpy(buffer, version_2, sizeof(version_2));
        handle = decoder(size);
        raised = RAISED({
            NdrMesSimpleTypeDecodeAll(handle, &both, &number, 4);
            NdrMesTypeDecode3(handle, &info, &both, type_tables, 1, &pointer);
            NdrMesTypeDecode3(handle, &info, &both, type_tables, 1, &pointer);
        });
        if (raised != RPC_X_INVALID_BUFFER && raised != RPC_X_BAD_STUB_DATA)
            fail_msg("%u octets: %ld", size, raised);
        assert_null(pointer);
        assert_int_equal(live, 0);
        MesHandleFree(handle);
    }
}

static void test_procedures(void **state)
{
    for (int ndr64 = 0; ndr64 < 2; ndr64++) {
        const unsigned char *syntax =
            (const unsigned char *)&syntaxes[ndr64].TransferSyntax;
        LONG number = 0x11223344, back = 0;
        RPC_SYNTAX_IDENTIFIER id;
        ULONG size = 0, index = 77;
        handle_t handle = encoder(ndr64 ? MES_ENCODE_NDR64 : MES_ENCODE, &size);

        NdrMesProcEncodeDecode3(handle, &both, 0, NULL, handle, &number);
        assert_int_equal(size, 64);
        assert_memory_equal(buffer + 4, syntax, 20);
        assert_memory_equal(buffer + 56, "\x44\x33\x22\x11\0\0\0\0", 8);
        assert_int_equal(MesHandleFree(handle), RPC_S_OK);
        handle = decoder(size);
        assert_int_equal(MesInqProcEncodingId(handle, &id, &index), RPC_S_OK);
        assert_int_equal(index, 0);
        if (ndr64)
            assert_int_equal(RAISED(NdrMesProcEncodeDecode3(handle, &only_ndr20, 0, NULL, handle,
                                                            &back)),
                             RPC_S_UNSUPPORTED_TRANS_SYN);
        NdrMesProcEncodeDecode3(handle, &both, 0, NULL, handle, &back);
        assert_int_equal(back, number);
        assert_int_equal(MesHandleFree(handle), RPC_S_OK);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_types),     cmocka_unit_test(test_types_in_ndr20),
    cmocka_unit_test(test_other_syntax), cmocka_unit_test(test_alignment),
    cmocka_unit_test(test_truncated), cmocka_unit_test(test_procedures),
};

#else

static void test_none(void **state)
{
    skip(); /* the functions are 64-bit only */
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(test_none)};

#endif

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
