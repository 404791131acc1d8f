/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One side of a test of the endpoint map: which DLL it runs on, and which its peer, is the caller's
 * choice.
 *
 *   map_peer serve              registers dynamic endpoints of every protocol sequence, prints
 * "ready" and its number, serves until it is killed map_peer unserve            the same, but
 * unregisters them again before "ready" map_peer find PROTSEQ [ADDRESS] finds the server, prints
 * its number or the error map_peer listening PROTSEQ [ADDRESS] finds it, prints what
 * RpcMgmtIsServerListening returns */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>

static void __RPC_STUB do_tell_process(PRPC_MESSAGE message)
{
    ULONG process = GetCurrentProcessId();

    message->BufferLength = sizeof(process);
    if (I_RpcGetBuffer(message) == RPC_S_OK)
        memcpy(message->Buffer, &process, sizeof(process));
}

static RPC_DISPATCH_FUNCTION procs[] = {do_tell_process};
static RPC_DISPATCH_TABLE table = {1, procs, 0};
/* Client and server specifications begin alike. */
static RPC_SERVER_INTERFACE spec = {
    .Length = sizeof(spec),
    .InterfaceId = {{0x36c1f0a4, 0x7b52, 0x4d0e, {0x9a, 1, 2, 3, 4, 5, 6, 7}}, {1, 0}},
    .TransferSyntax =
        {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}},
    .DispatchTable = &table,
};

static void must(const char *what, RPC_STATUS status)
{
    if (status == RPC_S_OK)
        return;
    printf("%s: %ld\n", what, status);
    exit(1);
}

static void serve(BOOL unregister)
{
    RPC_BINDING_VECTOR *vector;

    must("ncacn_ip_tcp", RpcServerUseProtseqA((RPC_CSTR) "ncacn_ip_tcp", 10, NULL));
    must("ncalrpc", RpcServerUseProtseqA((RPC_CSTR) "ncalrpc", 10, NULL));
    must("ncacn_np", RpcServerUseProtseqA((RPC_CSTR) "ncacn_np", 10, NULL));
    must("RpcServerRegisterIf", RpcServerRegisterIf(&spec, NULL, NULL));
    must("RpcServerInqBindings", RpcServerInqBindings(&vector));
    must("RpcEpRegister", RpcEpRegisterA(&spec, vector, NULL, (RPC_CSTR) "map_peer"));
    if (unregister)
        must("RpcEpUnregister", RpcEpUnregister(&spec, vector, NULL));
    must("RpcServerListen", RpcServerListen(1, 10, TRUE));
    printf("ready %lu\n", GetCurrentProcessId());
    fflush(stdout);
    Sleep(INFINITE);
}

static RPC_BINDING_HANDLE find(const char *protseq, const char *address)
{
    RPC_BINDING_HANDLE binding;
    RPC_CSTR string;

    must("RpcStringBindingCompose",
         RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, (RPC_CSTR)address, NULL, NULL, &string));
    must("RpcBindingFromStringBinding", RpcBindingFromStringBindingA(string, &binding));
    must("RpcEpResolveBinding", RpcEpResolveBinding(binding, &spec));
    return binding;
}

static void ask(RPC_BINDING_HANDLE binding)
{
    RPC_MESSAGE message = {
        .Handle = binding,
        .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
        .RpcInterfaceInformation = &spec,
    };
    ULONG process;

    must("I_RpcGetBuffer", I_RpcGetBuffer(&message));
    must("I_RpcSendReceive", I_RpcSendReceive(&message));
    memcpy(&process, message.Buffer, sizeof(process));
    printf("%lu\n", process);
}

int main(int argc, char **argv)
{
    if (argc == 2 && (!strcmp(argv[1], "serve") || !strcmp(argv[1], "unserve")))
        serve(argv[1][0] == 'u');
    else if (argc >= 3 && !strcmp(argv[1], "find"))
        ask(find(argv[2], argv[3]));
    else if (argc >= 3 && !strcmp(argv[1], "listening"))
        printf("%ld\n", RpcMgmtIsServerListening(find(argv[2], argv[3])));
    else
        return 2;
    return 0;
}
