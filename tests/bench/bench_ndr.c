/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marshalling without a transport: what a compiled stub does with one object (size, marshal; then, as the server,
 * unmarshal, free), through the public primitives, and the interpreter's part of a call without parameters.
 * tests/bench/run-ndr runs it on each DLL and compares what it prints, a line for each object:
 *
 *   name size_us marshal_us unmarshal_us free_us bytes hash */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rpc.h>
#include <rpcndr.h>
#include "bench_ndr.h"

#define ARRAY_SIZE_BYTES (1 << 20)
#define RECORDS 100000
#define NODES 100000
#define NULL_CALLS 20000
/* Each measurement is the least of this many. */
#define ROUNDS 15

/* The application's memory. A heap would take more time than the engines that are compared: blocks are cut off one piece,
 * which is taken back as a whole. */
static unsigned char arena[32 << 20];
static size_t arena_used;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    void *block = arena + arena_used;

    size = (size + 15) & ~(size_t)15;
    if (size > sizeof(arena) - arena_used)
        return NULL;
    arena_used += size;
    return block;
}

void __RPC_USER MIDL_user_free(void *memory)
{
}

void server_take_bytes(handle_t binding, LONG count, byte bytes[])
{
}

void server_take_longs(handle_t binding, LONG count, LONG longs[])
{
}

void server_take_records(handle_t binding, LONG count, record records[])
{
}

void server_take_tree(handle_t binding, node *root)
{
}

void server_take_nothing(handle_t binding)
{
}

static void check(int ok, const char *what, long status)
{
    if (ok)
        return;
    fprintf(stderr, "bench_ndr: %s: %ld\n", what, status);
    exit(1);
}

static double microseconds(void)
{
    LARGE_INTEGER frequency, now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return 1e6 * (double)now.QuadPart / (double)frequency.QuadPart;
}

/* ---- types ---- */

/* The primitives for one type. */
struct family {
    unsigned char fc;
    void (RPC_ENTRY *buffer_size)(PMIDL_STUB_MESSAGE msg, unsigned char *memory, PFORMAT_STRING format);
    unsigned char *(RPC_ENTRY *marshal)(PMIDL_STUB_MESSAGE msg, unsigned char *memory, PFORMAT_STRING format);
    unsigned char *(RPC_ENTRY *unmarshal)(PMIDL_STUB_MESSAGE msg, unsigned char **memory, PFORMAT_STRING format,
                                          unsigned char must_alloc);
    void (RPC_ENTRY *free)(PMIDL_STUB_MESSAGE msg, unsigned char *memory, PFORMAT_STRING format);
};

#define FAMILY(fc, name) { fc, Ndr##name##BufferSize, Ndr##name##Marshall, Ndr##name##Unmarshall, Ndr##name##Free }

static const struct family families[] = {
    FAMILY(0x12, Pointer), /* FC_UP */
    FAMILY(0x1b, ConformantArray), /* FC_CARRAY */
    FAMILY(0x21, ComplexArray), /* FC_BOGUS_ARRAY */
};

static const struct family *family_of(PFORMAT_STRING format)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (families[i].fc == *format)
            return &families[i];
    check(0, "no primitives for the type", *format);
    return NULL;
}

static const MIDL_SERVER_INFO *server_info(void)
{
    return ((const RPC_SERVER_INTERFACE *)server_bench_ndr_v1_0_s_ifspec)->InterpreterInfo;
}

/* The type of a procedure's last parameter. Its descriptor (flags<2>, stack offset<2>, type offset<2>) is the last of
 * the procedure's format string. */
static PFORMAT_STRING type_of_last_parameter(unsigned int procedure)
{
    const MIDL_SERVER_INFO *info = server_info();
    PFORMAT_STRING end = info->ProcString + info->FmtStringOffset[procedure + 1];

    return info->pStubDesc->pFormatTypes + (end[-2] | end[-1] << 8);
}

/* ---- measuring ---- */

/* An object as a procedure's arguments have it. */
struct object {
    const char *name;
    unsigned int procedure;
    LONG count;
    void *memory;
};

/* The procedure's stack, from which the array's size is read. */
struct arguments {
    void *binding;
    union {
        void *slot;
        LONG count;
    } second;
};

enum { SIZING, MARSHALLING, UNMARSHALLING, FREEING, PHASES };

struct pass {
    MIDL_STUB_MESSAGE msg;
    RPC_MESSAGE rpc;
    struct arguments args;
    PFORMAT_STRING format;
    const struct family *family;
    double times[PHASES];
};

static void pass_init(struct pass *pass, const struct object *object)
{
    memset(pass, 0, sizeof(*pass));
    pass->args.second.count = object->count;
    pass->format = type_of_last_parameter(object->procedure);
    pass->family = family_of(pass->format);
}

/* Returns the number of bytes marshalled. */
static ULONG give(struct pass *pass, const struct object *object, unsigned char **buffer)
{
    MIDL_STUB_MESSAGE *msg = &pass->msg;
    double start = microseconds();

    NdrClientInitializeNew(&pass->rpc, msg, (PMIDL_STUB_DESC)server_info()->pStubDesc, object->procedure);
    msg->StackTop = (unsigned char *)&pass->args;
    msg->BufferLength = 0;
    pass->family->buffer_size(msg, object->memory, pass->format);
    pass->times[SIZING] = microseconds() - start;
    if (!*buffer)
        *buffer = malloc(msg->BufferLength);
    memset(*buffer, 0, msg->BufferLength);
    pass->rpc.Buffer = msg->Buffer = *buffer;
    pass->rpc.BufferLength = msg->BufferLength;
    start = microseconds();
    pass->family->marshal(msg, object->memory, pass->format);
    pass->times[MARSHALLING] = microseconds() - start;
    return (ULONG)(msg->Buffer - *buffer);
}

static void take(struct pass *pass, unsigned char *buffer, ULONG length)
{
    MIDL_STUB_MESSAGE *msg = &pass->msg;
    unsigned char *memory = NULL;
    double start;

    memset(msg, 0, sizeof(*msg));
    arena_used = 0;
    pass->rpc.Buffer = buffer;
    pass->rpc.BufferLength = length;
    start = microseconds();
    NdrServerInitializeNew(&pass->rpc, msg, (PMIDL_STUB_DESC)server_info()->pStubDesc);
    msg->StackTop = (unsigned char *)&pass->args;
    pass->family->unmarshal(msg, &memory, pass->format, 0);
    pass->times[UNMARSHALLING] = microseconds() - start;
    check(msg->Buffer == buffer + length, "not all was read", 0);
    start = microseconds();
    pass->family->free(msg, memory, pass->format);
    if (pass->family->fc != 0x12 && (memory < msg->BufferStart || memory >= msg->BufferEnd))
        msg->pfnFree(memory);
    pass->times[FREEING] = microseconds() - start;
}

/* FNV-1a */
static unsigned long long hash(const unsigned char *bytes, ULONG length)
{
    unsigned long long hash = 0xcbf29ce484222325u;

    for (ULONG i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static void measure(const struct object *object)
{
    double least[PHASES] = { 0 };
    unsigned char *buffer = NULL;
    unsigned long long digest = 0;
    ULONG length = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct pass pass;

        pass_init(&pass, object);
        length = give(&pass, object, &buffer);
        if (!round)
            digest = hash(buffer, length);
        take(&pass, buffer, length);
        for (int phase = 0; phase < PHASES; phase++)
            if (!round || pass.times[phase] < least[phase])
                least[phase] = pass.times[phase];
    }
    free(buffer);
    printf("%s %.1f %.1f %.1f %.1f %lu %016llx\n", object->name, least[SIZING], least[MARSHALLING], least[UNMARSHALLING],
           least[FREEING], length, digest);
    fflush(stdout);
}

/* ---- objects ---- */

static void *bytes(void)
{
    unsigned char *array = malloc(ARRAY_SIZE_BYTES);

    for (int i = 0; i < ARRAY_SIZE_BYTES; i++)
        array[i] = (unsigned char)(i * 7 + (i >> 8));
    return array;
}

static record *records(void)
{
    record *array = calloc(RECORDS, sizeof(*array));

    for (int i = 0; i < RECORDS; i++) {
        array[i].id = 1000000007LL * i;
        array[i].weight = i / 3.0;
        array[i].count = i;
        array[i].colour = i % 3;
        array[i].kind = (short)i;
        array[i].name = malloc(32 * sizeof(wchar_t));
        swprintf(array[i].name, 32, L"the name of record %d", i);
        array[i].comment = i % 4 ? malloc(48) : NULL;
        if (array[i].comment)
            snprintf((char *)array[i].comment, 48, "a comment of %d%.*s", i, i % 16, "................");
    }
    return array;
}

/* A tree of `count` nodes, its left side the larger by at most one. */
static node *tree(int count)
{
    node *root;

    if (!count)
        return NULL;
    root = malloc(sizeof(*root));
    root->key = count;
    root->value = -count;
    root->left = tree(count / 2);
    root->right = tree(count - 1 - count / 2);
    return root;
}

/* ---- the call without parameters ---- */

/* Runs in a real call, in place of the interpreter: it is called for this one's message again and again. */
static void __RPC_STUB dispatch(PRPC_MESSAGE message)
{
    const unsigned int rounds = ROUNDS;
    double least = 0;

    for (unsigned int round = 0; round < rounds; round++) {
        double start = microseconds(), time;

        for (int i = 0; i < NULL_CALLS; i++) {
            RPC_MESSAGE rpc = *message;

            NdrServerCall2(&rpc);
            if (i < NULL_CALLS - 1)
                I_RpcFreeBuffer(&rpc);
            else if (round == rounds - 1)
                *message = rpc;
        }
        time = (microseconds() - start) / NULL_CALLS;
        if (!round || time < least)
            least = time;
    }
    printf("null 0 0 %.4f 0 0 0\n", least);
    fflush(stdout);
}

static void measure_null_call(void)
{
    RPC_SERVER_INTERFACE served = *(const RPC_SERVER_INTERFACE *)server_bench_ndr_v1_0_s_ifspec;
    RPC_DISPATCH_FUNCTION routines[] = { dispatch, dispatch, dispatch, dispatch, dispatch, NULL };
    RPC_DISPATCH_TABLE table = { 5, routines, 0 };
    handle_t binding;
    RPC_STATUS status;
    char endpoint[40];
    RPC_CSTR string;

    served.DispatchTable = &table;
    snprintf(endpoint, sizeof(endpoint), "rpcrt4-bench-ndr-%lu", GetCurrentProcessId());
    status = RpcServerUseProtseqEpA((RPC_CSTR)"ncalrpc", 10, (RPC_CSTR)endpoint, NULL);
    check(!status, "RpcServerUseProtseqEp", status);
    status = RpcServerRegisterIf(&served, NULL, NULL);
    check(!status, "RpcServerRegisterIf", status);
    status = RpcServerListen(1, 10, TRUE);
    check(!status, "RpcServerListen", status);
    status = RpcStringBindingComposeA(NULL, (RPC_CSTR)"ncalrpc", NULL, (RPC_CSTR)endpoint, NULL, &string);
    check(!status, "RpcStringBindingCompose", status);
    status = RpcBindingFromStringBindingA(string, &binding);
    check(!status, "RpcBindingFromStringBinding", status);
    take_nothing(binding);
}

int main(int argc, char **argv)
{
    struct object objects[] = {
        { "bytes", 0, ARRAY_SIZE_BYTES, bytes() },
        { "longs", 1, ARRAY_SIZE_BYTES / sizeof(LONG), bytes() },
        { "records", 2, RECORDS, records() },
        { "tree", 3, 0, tree(NODES) },
    };

    if (argc > 1) /* only a trial whether programs like this one run */
        return 0;
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
        measure(&objects[i]);
    measure_null_call();
    ExitProcess(0);
}
