/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One side of an interop test with stubs for NDR64: which DLL it runs on, and which its peer, is the
 * caller's choice. A PROTOCOL is MIDL's -protocol: dce, ndr64 or all.
 *
 *   ndr64_peer serve PROTSEQ ENDPOINT [PROTSEQ ENDPOINT]…  prints "ready", serves until it is killed
 *   ndr64_peer call PROTSEQ ENDPOINT CLIENT SERVER         calls of every kind; the transfer syntax
 *                                                          they were made in, 20 or 64, or "not ok …" */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>

#ifdef __x86_64__

#include "../conformance/ndr64_stubs.c" /* the stubs of both ends, made by hand */
#include "rpcexcept.h"

static int serve(int count, char **args)
{
    ndr64_register_server();
    for (int i = 0; i + 1 < count; i += 2) {
        if (RpcServerUseProtseqEpA((RPC_CSTR)args[i], RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                   (RPC_CSTR)args[i + 1], NULL))
            return 2;
    }
    printf("ready\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}

static enum ndr64_protocol protocol_of(const char *name)
{
    return !strcmp(name, "dce") ? DCE : !strcmp(name, "ndr64") ? NDR64 : ALL;
}

static handle_t bind_to(const char *protseq, const char *endpoint)
{
    handle_t binding = NULL;
    RPC_CSTR text;

    if (!RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, NULL, (RPC_CSTR)endpoint, NULL, &text))
        RpcBindingFromStringBindingA(text, &binding);
    return binding;
}

#define CALL(info, number, ...) as_long(NdrClientCall3(info, number, NULL, __VA_ARGS__))

static LONG as_long(CLIENT_CALL_RETURN result)
{
    return (LONG)result.Simple;
}

static const char *check_values(MIDL_STUBLESS_PROXY_INFO *info, handle_t binding)
{
    LONG values[] = {1, 2, 40}, reversed[3] = {0}, sum = 0;
    struct pair pair = {5, 6, 7};
    hyper twice = 0;

    if (CALL(info, P_ADD, binding, 40, 2, &sum) != 42 || sum != 42)
        return "add";
    if (CALL(info, P_LENGTH, binding, L"abcde", (hyper)1 << 40, &twice) != 5 ||
        twice != (hyper)1 << 41)
        return "length";
    if (CALL(info, P_REVERSE, binding, 3, values, reversed) != 43 || reversed[0] != 40)
        return "reverse";
    if (CALL(info, P_SWAP, binding, &pair) || pair.big != -5 || pair.a != 7 || pair.b != 6)
        return "swap";
    if (CALL(info, P_SMALL, binding, 1, -5, 10) != 6)
        return "small";
    return NULL;
}

static const char *check_objects(MIDL_STUBLESS_PROXY_INFO *info, handle_t binding)
{
    wchar_t *copy = NULL;
    void *context = NULL;

    if (CALL(info, P_ANSWER, binding, L"text", &copy) != 1 || !copy || wcscmp(copy, L"text"))
        return "answer";
    MIDL_user_free(copy);
    if (CALL(info, P_OPEN, binding, 9, &context) || !context)
        return "open";
    if (CALL(info, P_GET, context) != 9)
        return "get";
    return CALL(info, P_CLOSE, &context) == 9 && !context ? NULL : "close";
}

static LONG raised(MIDL_STUBLESS_PROXY_INFO *info, handle_t binding, LONG code)
{
    volatile LONG got = 0;

    RpcTryExcept {
        CALL(info, P_RAISE, binding, code);
    }
    RpcExcept(1) {
        got = RpcExceptionCode();
    }
    RpcEndExcept
    return got;
}

static int call(handle_t binding, enum ndr64_protocol client, enum ndr64_protocol server)
{
    MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
    const char *volatile failed = "a call";
    LONG syntax = 0, length;

    RpcTryExcept {
        failed = check_values(info, binding);
        if (!failed)
            failed = check_objects(info, binding);
        if (!failed && raised(info, binding, ERROR_FILE_NOT_FOUND) != ERROR_FILE_NOT_FOUND)
            failed = "raise";
        CALL(info, P_LAST, binding, &syntax, &length);
    }
    RpcExcept(1) {
        printf("raised %ld\n", (long)RpcExceptionCode());
    }
    RpcEndExcept
    if (failed)
        printf("not ok %s\n", failed);
    else
        printf("%ld\n", (long)syntax);
    return failed != NULL;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && !strcmp(argv[1], "serve"))
        return serve(argc - 2, argv + 2);
    if (argc == 6 && !strcmp(argv[1], "call"))
        return call(bind_to(argv[2], argv[3]), protocol_of(argv[4]), protocol_of(argv[5]));
    return 2;
}

#else

int main(void)
{
    return 2;
}

#endif
