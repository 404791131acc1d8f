/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serializes for other implementations, and reads what they have serialized, in hexadecimal:
 *   mes_peer encode-type           a record, and none
 *   mes_peer decode-type HEX
 *   mes_peer encode-procedure      a procedure with a long, a string and a hyper, by -Oi descriptors
 *   mes_peer decode-procedure HEX */
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <midles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rpcexcept.h"
#include "mes.h"

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *block)
{
    free(block);
}

static unsigned char octets[4096] __attribute__((aligned(16)));
static unsigned int octet_count, octets_read;

static void print_octets(void)
{
    for (unsigned int i = 0; i < octet_count; i++)
        printf("%02x", octets[i]);
    printf("\n");
}

static void read_octets(const char *hex)
{
    unsigned int value;

    for (; sscanf(hex, "%2x", &value) == 1 && octet_count < sizeof(octets); hex += 2)
        octets[octet_count++] = (unsigned char)value;
}

/* ---- types ---- */

static void check(RPC_STATUS status)
{
    if (status)
        RpcRaiseException(status);
}

static void encode_type(void)
{
    static WCHAR name[] = L"price \x20ac";
    static char text[] = "tail";
    short values[] = {1, -2, 3};
    tail rest = {text, -7};
    record first = {1, 0x0102030405060708, name, 3, values, &rest};
    record_pointer one = &first, none = NULL;
    ULONG size;
    handle_t handle;

    check(MesEncodeFixedBufferHandleCreate((char *)octets, sizeof(octets), &size, &handle));
    record_pointer_Encode(handle, &one);
    record_pointer_Encode(handle, &none);
    octet_count = size;
    MesHandleFree(handle);
    print_octets();
}

static void print_record(const record *r)
{
    printf("%ld %lld ", (long)r->number, (long long)r->wide);
    for (const WCHAR *p = r->name; p && *p; p++)
        printf("%04x", *p);
    for (LONG i = 0; r->values && i < r->count; i++)
        printf(" %d", r->values[i]);
    if (r->rest)
        printf(" %s %d", r->rest->text, r->rest->number);
    printf("\n");
}

static void decode_type(void)
{
    record_pointer read = NULL;
    handle_t handle;

    check(MesDecodeBufferHandleCreate((char *)octets, octet_count, &handle));
    record_pointer_Decode(handle, &read);
    print_record(read);
    record_pointer_Free(handle, &read);
    MesHandleFree(handle);
}

/* ---- procedures: incremental handles, which all DLLs know ---- */

static void __RPC_API give(void *state, char **buffer, unsigned int *size)
{
    (void)state;
    *buffer = (char *)octets + octet_count;
    octet_count += *size; /* what is written is as much; the built-in DLL says less */
}

static void __RPC_API written(void *state, char *buffer, unsigned int size)
{
    (void)state, (void)buffer, (void)size;
}

static void __RPC_API get(void *state, char **buffer, unsigned int *size)
{
    unsigned int left = octet_count - octets_read;

    (void)state;
    *buffer = (char *)octets + octets_read;
    *size = *size < left ? *size : left;
    octets_read += *size;
}

static const unsigned char types[] = {
    0, 0, 0x11, 8, 8, 0x5c, 0x11, 8, 0x22, 0x5c, 0x11, 8, 0x0b, 0x5c,
};
static const unsigned char procedure[] = {
    0, 0x30, 3, 0, 4 * sizeof(void *), 0, 0x32, 0, 0, 0, /* [encode, decode], explicit handle */
    0x4e, 0x0f,                                          /* FC_IGNORE */
    0x50, sizeof(void *) / 4, 2, 0, 0x50, sizeof(void *) / 4, 6, 0, 0x50, sizeof(void *) / 4, 10, 0,
    0x5b, 0x5c,
};
static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = {{0x12345678, 0x1234, 0x5678, {0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4}}, {1, 2}},
    .TransferSyntax = {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60}},
                       {2, 0}},
};
static const MIDL_STUB_DESC desc = {
    .RpcInterfaceInformation = &client_interface,
    .pfnAllocate = MIDL_user_allocate,
    .pfnFree = MIDL_user_free,
    .pFormatTypes = types,
    .fCheckBounds = 1,
    .Version = 0x10001,
};

static void __attribute__((noipa)) serialize(handle_t handle, LONG *number, char *text,
                                             LONGLONG *wide)
{
#ifdef __x86_64__
    NdrMesProcEncodeDecode(handle, &desc, procedure, handle, number, text, wide);
#else
    (void)number, (void)text, (void)wide;
    NdrMesProcEncodeDecode(handle, &desc, procedure, &handle);
#endif
}

static void encode_procedure(void)
{
    char text[] = "hello";
    LONG number = 0x11223344;
    LONGLONG wide = 0x0102030405060708;
    handle_t handle;

    check(MesEncodeIncrementalHandleCreate(NULL, give, written, &handle));
    serialize(handle, &number, text, &wide);
    serialize(handle, &number, text, &wide);
    MesHandleFree(handle);
    print_octets();
}

static void decode_procedure(void)
{
    handle_t handle;

    check(MesDecodeIncrementalHandleCreate(NULL, get, &handle));
    for (int i = 0; i < 2; i++) {
        char text[] = "-----";
        LONG number = 0;
        LONGLONG wide = 0;

        serialize(handle, &number, text, &wide);
        printf("%lx %s %llx\n", (long)number, text, (long long)wide);
    }
    MesHandleFree(handle);
}

static void run(int argc, char **argv)
{
    if (argc > 2)
        read_octets(argv[2]);
    if (!strcmp(argv[1], "encode-type"))
        encode_type();
    else if (!strcmp(argv[1], "decode-type"))
        decode_type();
    else if (!strcmp(argv[1], "encode-procedure"))
        encode_procedure();
    else if (!strcmp(argv[1], "decode-procedure"))
        decode_procedure();
}

int main(int argc, char **argv)
{
    volatile int status = argc < 2;

    RpcTryExcept {
        if (!status)
            run(argc, argv);
    }
    RpcExcept(EXCEPTION_EXECUTE_HANDLER) {
        printf("raised %lu\n", (unsigned long)RpcExceptionCode());
        status = 1;
    }
    RpcEndExcept
    return status;
}
