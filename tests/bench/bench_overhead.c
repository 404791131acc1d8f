/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_overhead [CALLS]: what an empty -Oicf call takes, client and server together, without the transport: the whole
 * runtime is linked into this program, over a transport that hands the bytes to the server on the client's own thread
 * (loopback.c). Prints, as the other benchmarks do, "overhead_us": the mean of the best of many short rounds. */
#include "platform/base.h"
#include <ndrtypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 300
#define CALLS 1000

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

/* What widl makes of
 *   interface bench_overhead { void nothing([in] handle_t binding); } */
#define SLOT sizeof(void *)

static const unsigned char procedure[] = {
    0x00, 0x48, 0, 0, 0, 0, 0, 0, SLOT, 0,  /* explicit handle; procedure 0, its stack */
    0x32, 0x00, 0, 0, 0, 0, 0, 0,           /* FC_BIND_PRIMITIVE at 0; buffer sizes */
    0x40, 0x00, 0x08 + (SLOT == 8 ? 2 : 0), 0x00, 0, 0, 0, 0, 0, 0, 0, 0, /* extensions, no parameters */
};
static const unsigned char types[] = { 0, 0 };
static const unsigned short offsets[] = { 0 };

/* What a stub passes on: on x86_64 its arguments, on i386 where they are. */
#ifdef _WIN64
#define ARGUMENTS(first) (first)
#else
#define ARGUMENTS(first) (&(first))
#endif

static long served;

static void server_nothing(handle_t binding)
{
    served++;
}

static void *__RPC_USER allocate(size_t size)
{
    return malloc(size);
}

static void __RPC_USER release(void *memory)
{
    free(memory);
}

#define IDENTITY \
    { { 0x6f1a4c10, 0x52a7, 0x4e6b, { 0x9d, 0x0b, 0x2f, 0x6f, 0x1c, 0x7b, 0x5a, 0x22 } }, { 1, 0 } }
#define NDR20 \
    { { 0x8a885d04, 0x1ceb, 0x11c9, { 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 } }, { 2, 0 } }

static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(client_interface), .InterfaceId = IDENTITY, .TransferSyntax = NDR20,
};
static const MIDL_STUB_DESC client_desc = {
    .RpcInterfaceInformation = &client_interface, .pfnAllocate = allocate, .pfnFree = release, .pFormatTypes = types,
    .fCheckBounds = 1, .Version = 0x50002, .MIDLVersion = 0x50200ca, .mFlags = 1,
};

static RPC_DISPATCH_FUNCTION functions[] = { NdrServerCall2, NULL };
static RPC_DISPATCH_TABLE table = { 1, functions, 0 };
static const SERVER_ROUTINE managers[] = { (void *)server_nothing };
static const MIDL_SERVER_INFO server_info;
static RPC_SERVER_INTERFACE server_interface = {
    .Length = sizeof(server_interface), .InterfaceId = IDENTITY, .TransferSyntax = NDR20, .DispatchTable = &table,
    .InterpreterInfo = &server_info,
};
static const MIDL_STUB_DESC server_desc = {
    .RpcInterfaceInformation = &server_interface, .pfnAllocate = allocate, .pfnFree = release, .pFormatTypes = types,
    .fCheckBounds = 1, .Version = 0x50002, .MIDLVersion = 0x50200ca, .mFlags = 1,
};
static const MIDL_SERVER_INFO server_info = {
    .pStubDesc = &server_desc, .DispatchTable = managers, .ProcString = procedure, .FmtStringOffset = offsets,
};

static void check(int ok, const char *what, long status)
{
    if (ok)
        return;
    fprintf(stderr, "bench_overhead: %s: %ld\n", what, status);
    exit(1);
}

static double microseconds(void)
{
    LARGE_INTEGER frequency, now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return 1e6 * (double)now.QuadPart / (double)frequency.QuadPart;
}

static handle_t connect_to_server(void)
{
    handle_t binding;
    RPC_STATUS status;

    status = RpcServerUseProtseqEpA((RPC_CSTR)"ncalrpc", 10, (RPC_CSTR)"overhead", NULL);
    check(!status, "RpcServerUseProtseqEp", status);
    status = RpcServerRegisterIf(&server_interface, NULL, NULL);
    check(!status, "RpcServerRegisterIf", status);
    status = RpcServerListen(1, 10, TRUE);
    check(!status, "RpcServerListen", status);
    status = RpcBindingFromStringBindingA((RPC_CSTR)"ncalrpc:[overhead]", &binding);
    check(!status, "RpcBindingFromStringBinding", status);
    return binding;
}

int main(int argc, char **argv)
{
    long calls = argc > 1 ? atol(argv[1]) : CALLS;
    double least = 0, start, time;
    handle_t binding;

    check(DllMain(NULL, DLL_PROCESS_ATTACH, NULL), "DllMain", 0);
    binding = connect_to_server();
    for (int round = 0; round < ROUNDS; round++) {
        start = microseconds();
        for (long i = 0; i < calls; i++)
            NdrClientCall2((PMIDL_STUB_DESC)&client_desc, (PFORMAT_STRING)procedure, ARGUMENTS(binding));
        time = (microseconds() - start) / (double)calls;
        if (!round || time < least)
            least = time;
    }
    check(served == ROUNDS * calls, "calls served", served);
    printf("{\"name\": \"overhead_us\", \"value\": %.3f}\n", least);
    fflush(stdout);
    ExitProcess(0);
}
