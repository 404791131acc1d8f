/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One side of an interop test: which DLL it runs on, and which its peer, is the caller's choice.
 *
 *   interop_peer serve PROTSEQ ENDPOINT [PROTSEQ ENDPOINT]…   prints "ready", serves until do_stop
 *   interop_peer call PROTSEQ ENDPOINT [plain] [SERVICE LEVEL [USER PASSWORD]]
 *                                                             makes every kind of call, authenticated if a service is
 *                                                             given; "ok NAME" or "not ok NAME" for each
 *   interop_peer install                                      the tests' security package, for later processes
 *   interop_peer stop PROTSEQ ENDPOINT                        calls do_stop */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>
#include "rpcexcept.h"
#include "interop.h"
#include "conformance/test_package.h"

static const UUID object = {0x11223344, 0x5566, 0x7788, {1, 2, 3, 4, 5, 6, 7, 8}};

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

/* ---- the server ---- */

void server_do_nothing(handle_t binding)
{
}

LONG server_do_sum(handle_t binding, LONG count, LONG *values)
{
    LONG sum = 0;

    for (LONG i = 0; i < count; i++)
        sum += values[i];
    return sum;
}

hyper server_do_mix(handle_t binding, small a, short b, LONG c, hyper d, float e, double f, double *product)
{
    *product = (double)e * f;
    return a + b + c + d;
}

void server_do_reverse(handle_t binding, WCHAR *text, WCHAR **reversed)
{
    size_t length = wcslen(text);

    *reversed = MIDL_user_allocate((length + 1) * sizeof(WCHAR));
    for (size_t i = 0; i < length; i++)
        (*reversed)[i] = text[length - 1 - i];
    (*reversed)[length] = 0;
}

void server_do_echo(handle_t binding, LONG size, byte *buffer)
{
    for (LONG i = 0; i < size; i++)
        buffer[i] ^= 0xff;
}

void server_do_records(handle_t binding, LONG count, record *records)
{
    for (LONG i = 0; i < count; i++) {
        records[i].id++;
        records[i].real /= 2;
        if (records[i].name)
            records[i].name[0] = '*';
    }
}

void server_do_padded(handle_t binding, LONG count, padded *records)
{
    for (LONG i = 0; i < count; i++) {
        records[i].id++;
        records[i].big = -records[i].big;
        records[i].small_one *= 2;
        records[i].real /= 2;
        if (records[i].name)
            records[i].name[0] = '*';
    }
}

LONG server_do_list(handle_t binding, node *list)
{
    LONG sum = 0;

    for (; list; list = list->next)
        sum = sum * 10 + list->value;
    return sum;
}

LONG server_do_choose(handle_t binding, choice *value)
{
    switch (value->kind) {
    case 1:
        return value->arm.number;
    case 2:
        return (LONG)wcslen(value->arm.text);
    default:
        return -1;
    }
}

void server_do_raise(handle_t binding, ULONG code)
{
    RpcRaiseException(code);
}

void server_do_open(handle_t binding, LONG start, counter_handle *counter)
{
    LONG *value = malloc(sizeof(*value));

    *value = start;
    *counter = value;
}

LONG server_do_count(counter_handle counter)
{
    return ++*(LONG *)counter;
}

void server_do_close(counter_handle *counter)
{
    free(*counter);
    *counter = NULL;
}

void __RPC_USER counter_handle_rundown(counter_handle counter)
{
    free(counter);
}

void server_do_object(handle_t binding, GUID *uuid)
{
    RpcBindingInqObject(binding, uuid);
}

void server_do_stop(handle_t binding)
{
    RpcMgmtStopServerListening(NULL);
}

static int serve(int count, char **endpoints)
{
    RPC_STATUS status = 0;

    for (int i = 0; !status && i + 1 < count; i += 2)
        status = RpcServerUseProtseqEpA((RPC_CSTR)endpoints[i], 100, (RPC_CSTR)endpoints[i + 1], NULL);
    if (!status)
        status = RpcServerRegisterIf(server_interop_v1_0_s_ifspec, NULL, NULL);
    for (ULONG service = TEST_TWO_LEGS; service <= TEST_FOUR_LEGS; service++)
        RpcServerRegisterAuthInfoA((RPC_CSTR)"interop", service, NULL, NULL); /* if it has been installed */
    if (!status)
        status = RpcServerListen(1, 100, TRUE);
    if (status) {
        fprintf(stderr, "cannot serve: %ld\n", status);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    RpcMgmtWaitServerListen();
    return 0;
}

/* ---- the client ---- */

static bool failed;

static void report(const char *name, bool ok)
{
    printf("%s %s\n", ok ? "ok" : "not ok", name);
    failed = failed || !ok;
}

static bool check_sum(handle_t binding)
{
    LONG values[1000], sum = 0;

    for (LONG i = 0; i < 1000; i++)
        sum += values[i] = i * 7 - 300;
    return client_do_sum(binding, 1000, values) == sum && client_do_sum(binding, 0, values) == 0;
}

static bool check_mix(handle_t binding)
{
    double product;

    return client_do_mix(binding, -5, -1000, 100000, 0x123456789abcLL, 1.5f, -2.25, &product) ==
               -5 - 1000 + 100000 + 0x123456789abcLL &&
           product == -3.375;
}

static bool check_reverse(handle_t binding)
{
    WCHAR *reversed = NULL;
    bool ok;

    client_do_reverse(binding, (WCHAR *)L"\x3b1\x3b2\x3b3 abc", &reversed);
    ok = reversed && !wcscmp(reversed, L"cba \x3b3\x3b2\x3b1");
    free(reversed);
    return ok;
}

static bool echo(handle_t binding, LONG size)
{
    byte *buffer = malloc(size + 1);
    bool ok = true;

    for (LONG i = 0; i < size; i++)
        buffer[i] = (byte)(i * 31 + i / 251);
    client_do_echo(binding, size, buffer);
    for (LONG i = 0; ok && i < size; i++)
        ok = buffer[i] == (byte)~(i * 31 + i / 251);
    free(buffer);
    return ok;
}

/* Sizes around those of fragments of Wine's built-in DLL (5840) and ours (65528). */
static bool check_echo(handle_t binding)
{
    static const LONG sizes[] = {0, 1, 7, 5800, 5816, 5817, 5840, 11632, 65496, 65504, 65505, 65528, 200000, 3000001};
    bool ok = true;

    for (size_t i = 0; ok && i < sizeof(sizes) / sizeof(sizes[0]); i++)
        ok = echo(binding, sizes[i]);
    return ok;
}

static bool check_records(handle_t binding)
{
    record records[3] = {{1, 1.5f, NULL}, {2, -3, NULL}, {3, 0, NULL}};
    bool ok;

    records[0].name = (char *)_strdup("first");
    records[2].name = (char *)_strdup("x");
    client_do_records(binding, 3, records);
    ok = records[0].id == 2 && records[0].real == 0.75f && !strcmp((char *)records[0].name, "*irst") &&
         records[1].id == 3 && records[1].real == -1.5f && !records[1].name && !strcmp((char *)records[2].name, "*");
    free(records[0].name);
    free(records[2].name);
    return ok;
}

static bool check_padded(handle_t binding)
{
    padded records[2] = {{1, 1LL << 40, 3, 1.5, NULL}, {2, -5, -4, -3, NULL}};
    bool ok;

    records[0].name = (char *)_strdup("first");
    client_do_padded(binding, 2, records);
    ok = records[0].id == 2 && records[0].big == -(1LL << 40) && records[0].small_one == 6 && records[0].real == 0.75 &&
         !strcmp((char *)records[0].name, "*irst") && records[1].id == 3 && records[1].big == 5 && !records[1].name;
    free(records[0].name);
    return ok;
}

static bool check_list(handle_t binding)
{
    node third = {3, NULL}, second = {2, &third}, first = {1, &second};

    return client_do_list(binding, &first) == 123 && client_do_list(binding, NULL) == 0;
}

static bool check_choose(handle_t binding)
{
    choice value = {.kind = 1, .arm.number = 77};
    bool ok = client_do_choose(binding, &value) == 77;

    value.kind = 9;
    return ok && client_do_choose(binding, &value) == -1;
}

static bool check_choose_text(handle_t binding)
{
    choice value = {.kind = 2, .arm.text = (WCHAR *)L"four"};

    return client_do_choose(binding, &value) == 4;
}

static RPC_STATUS raise(handle_t binding, ULONG code)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept {
        client_do_raise(binding, code);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static bool check_raise(handle_t binding)
{
    return raise(binding, 4711) == 4711 && raise(binding, RPC_S_ACCESS_DENIED) == RPC_S_ACCESS_DENIED &&
           raise(binding, 0xc0ffee01) == (RPC_STATUS)0xc0ffee01 && client_do_sum(binding, 0, (LONG *)&binding) == 0;
}

static bool check_context(handle_t binding)
{
    counter_handle counter = NULL, other = NULL;
    bool ok;

    client_do_open(binding, 10, &counter);
    client_do_open(binding, 100, &other);
    ok = counter && other && client_do_count(counter) == 11 && client_do_count(other) == 101 &&
         client_do_count(counter) == 12;
    client_do_close(&counter);
    client_do_close(&other);
    return ok && !counter && !other;
}

static bool check_object(handle_t binding)
{
    GUID got;

    RpcBindingSetObject(binding, (UUID *)&object);
    client_do_object(binding, &got);
    RpcBindingSetObject(binding, NULL);
    return !memcmp(&got, &object, sizeof(got));
}

static bool check_nothing(handle_t binding)
{
    for (int i = 0; i < 100; i++)
        client_do_nothing(binding);
    return true;
}

static DWORD WINAPI call_in_thread(void *binding)
{
    return check_echo(binding) && check_sum(binding) && check_context(binding);
}

static bool check_threads(handle_t binding)
{
    HANDLE threads[8];
    bool ok = true;
    DWORD result;

    for (int i = 0; i < 8; i++)
        threads[i] = CreateThread(NULL, 0, call_in_thread, binding, 0, NULL);
    for (int i = 0; i < 8; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        ok = GetExitCodeThread(threads[i], &result) && result && ok;
        CloseHandle(threads[i]);
    }
    return ok;
}

static void run(const char *name, bool (*check)(handle_t), handle_t binding)
{
    volatile bool ok = false;

    RpcTryExcept {
        ok = check(binding);
    }
    RpcExcept(1) {
        printf("# %s raised %ld\n", name, (long)RpcExceptionCode());
    }
    RpcEndExcept
    report(name, ok);
}

static handle_t bind_to(const char *protseq, const char *endpoint)
{
    handle_t binding = NULL;
    RPC_CSTR text;

    if (!RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, NULL, (RPC_CSTR)endpoint, NULL, &text))
        RpcBindingFromStringBindingA(text, &binding);
    return binding;
}

static int call(handle_t binding, bool plain)
{
    run("empty calls", check_nothing, binding);
    run("arrays", check_sum, binding);
    run("numbers of every kind", check_mix, binding);
    run("strings", check_reverse, binding);
    run("fragments", check_echo, binding);
    run("structures with strings", check_records, binding);
    run("linked structures", check_list, binding);
    run("unions", check_choose, binding);
    run("faults", check_raise, binding);
    run("context handles", check_context, binding);
    if (!plain) {
        /* Wine 8's built-in DLL gets these wrong, also with itself. Eight threads over TCP: its server now and then leaves
         * a call unanswered, and its client raises ERROR_INVALID_HANDLE. It does not align the members of a complex
         * structure on the wire (C706 14.3.1), raises RPC_X_BAD_STUB_DATA for an embedded union's string, and faults on
         * an [out] structure that the server allocates. */
        run("eight threads", check_threads, binding);
        run("padded structures", check_padded, binding);
        run("unions with strings", check_choose_text, binding);
        run("object UUIDs", check_object, binding);
    }
    RpcBindingFree(&binding);
    return failed;
}

/* With the words SERVICE LEVEL [USER PASSWORD]. */
static bool authenticate(handle_t binding, int words, char **word)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    SEC_WINNT_AUTH_IDENTITY_W wide = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    ULONG service = strtoul(word[0], NULL, 10), level = strtoul(word[1], NULL, 10);
    WCHAR text[2][64];
    void *who = NULL;
    RPC_STATUS status;

    if (words >= 4) {
        identity.User = (unsigned char *)word[2];
        identity.UserLength = strlen(word[2]);
        identity.Password = (unsigned char *)word[3];
        identity.PasswordLength = strlen(word[3]);
        wide.User = (unsigned short *)text[0];
        wide.UserLength = mbstowcs(text[0], word[2], 64);
        wide.Password = (unsigned short *)text[1];
        wide.PasswordLength = mbstowcs(text[1], word[3], 64);
        /* the tests' package knows one form only */
        who = service == RPC_C_AUTHN_WINNT ? (void *)&identity : (void *)&wide;
    }
    status = RpcBindingSetAuthInfoA(binding, NULL, level, service, who, RPC_C_AUTHZ_NONE);
    if (status)
        printf("# RpcBindingSetAuthInfo: %ld\n", status);
    return !status;
}

static int call_main(int argc, char **argv)
{
    handle_t binding = bind_to(argv[0], argv[1]);
    bool plain = argc > 2 && !strcmp(argv[2], "plain");
    int words = argc - 2 - plain;

    if (words >= 2 && !authenticate(binding, words, argv + argc - words))
        return 3;
    return call(binding, plain);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "install"))
        return !test_package_install();
    if (argc >= 4 && !strcmp(argv[1], "serve"))
        return serve(argc - 2, argv + 2);
    if (argc >= 4 && !strcmp(argv[1], "call"))
        return call_main(argc - 2, argv + 2);
    if (argc != 4)
        return 2;
    client_do_stop(bind_to(argv[2], argv[3]));
    return 0;
}
