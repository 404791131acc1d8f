/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small services of the runtime: protocol sequences, interface identifiers, status codes as
 * NTSTATUS, mutexes, and exports that are not implemented. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>
#include <rpcndr.h>
#include <cmocka.h>

#include "heap_blocks.h"
#include "rpcexcept.h"

#define TEXT_A(s) ((RPC_CSTR)(s))
#define TEXT_W(s) ((RPC_WSTR)(s))

/* ---- protocol sequences ---- */

static void test_protseq_valid(void **state)
{
    static const struct {
        const WCHAR *protseq;
        RPC_STATUS status;
    } cases[] = {
        {L"ncacn_ip_tcp", RPC_S_OK},
        {L"ncacn_np", RPC_S_OK},
        {L"ncalrpc", RPC_S_OK},
        {L"ncacn_http", RPC_S_PROTSEQ_NOT_SUPPORTED},
        {L"ncadg_ip_udp", RPC_S_PROTSEQ_NOT_SUPPORTED},
        {L"foo", RPC_S_INVALID_RPC_PROTSEQ},
        {L"ncacn_ip_tcp:", RPC_S_INVALID_RPC_PROTSEQ},
        {L"", RPC_S_INVALID_RPC_PROTSEQ},
    };
    char ansi[32];

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        assert_int_equal(RpcNetworkIsProtseqValidW(TEXT_W(cases[i].protseq)), cases[i].status);
        WideCharToMultiByte(CP_ACP, 0, cases[i].protseq, -1, ansi, sizeof(ansi), NULL, NULL);
        assert_int_equal(RpcNetworkIsProtseqValidA(TEXT_A(ansi)), cases[i].status);
    }
    assert_int_equal(RpcNetworkIsProtseqValidW(NULL), RPC_S_INVALID_RPC_PROTSEQ);
    assert_int_equal(RpcNetworkIsProtseqValidA(NULL), RPC_S_INVALID_RPC_PROTSEQ);
    assert_leaves_nothing(RpcNetworkIsProtseqValidA(TEXT_A("ncalrpc")));
}

static void test_protseq_vector(void **state)
{
    static const char *const names[] = {"ncacn_ip_tcp", "ncacn_np", "ncalrpc"};
    RPC_PROTSEQ_VECTORA *ansi = NULL;
    RPC_PROTSEQ_VECTORW *wide = NULL;
    char text[32];

    assert_int_equal(RpcNetworkInqProtseqsA(&ansi), RPC_S_OK);
    assert_int_equal(RpcNetworkInqProtseqsW(&wide), RPC_S_OK);
    assert_int_equal(ansi->Count, ARRAYSIZE(names));
    assert_int_equal(wide->Count, ARRAYSIZE(names));
    for (unsigned i = 0; i < ARRAYSIZE(names); i++) {
        bool found = false;

        for (unsigned j = 0; j < ansi->Count; j++)
            found |= !strcmp((char *)ansi->Protseq[j], names[i]);
        assert_true(found);
        WideCharToMultiByte(CP_ACP, 0, wide->Protseq[i], -1, text, sizeof(text), NULL, NULL);
        assert_string_equal(text, (char *)ansi->Protseq[i]);
    }
    assert_int_equal(RpcProtseqVectorFreeA(&ansi), RPC_S_OK);
    assert_null(ansi);
    assert_int_equal(RpcProtseqVectorFreeW(&wide), RPC_S_OK);
    assert_null(wide);
    assert_int_equal(RpcProtseqVectorFreeA(&ansi), RPC_S_OK);
    assert_int_equal(RpcProtseqVectorFreeW(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcNetworkInqProtseqsA(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcNetworkInqProtseqsW(NULL), RPC_S_INVALID_ARG);
    assert_leaves_nothing({
        RpcNetworkInqProtseqsA(&ansi);
        RpcNetworkInqProtseqsW(&wide);
        RpcProtseqVectorFreeA(&ansi);
        RpcProtseqVectorFreeW(&wide);
    });
}

/* ---- interfaces ---- */

static void test_if_inq_id(void **state)
{
    RPC_SERVER_INTERFACE server = {
        .Length = sizeof(server),
        .InterfaceId = {{0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, {11, 12}},
    };
    RPC_CLIENT_INTERFACE client = {.Length = sizeof(client), .InterfaceId = server.InterfaceId};
    RPC_IF_ID id;

    assert_int_equal(RpcIfInqId(&server, &id), RPC_S_OK);
    assert_memory_equal(&id.Uuid, &server.InterfaceId.SyntaxGUID, sizeof(UUID));
    assert_int_equal(id.VersMajor, 11);
    assert_int_equal(id.VersMinor, 12);
    memset(&id, 0, sizeof(id));
    assert_int_equal(RpcIfInqId(&client, &id), RPC_S_OK);
    assert_int_equal(id.VersMinor, 12);
    assert_int_equal(RpcIfInqId(NULL, &id), RPC_S_INVALID_ARG);
    assert_int_equal(RpcIfInqId(&server, NULL), RPC_S_INVALID_ARG);
}

static RPC_IF_ID_VECTOR *if_id_vector(void)
{
    RPC_IF_ID_VECTOR *vector = I_RpcAllocate(sizeof(*vector) + sizeof(RPC_IF_ID *));

    vector->Count = 2;
    vector->IfId[0] = I_RpcAllocate(sizeof(RPC_IF_ID));
    vector->IfId[1] = NULL;
    return vector;
}

static void test_if_id_vector(void **state)
{
    RPC_IF_ID_VECTOR *vector = if_id_vector();

    assert_int_equal(RpcIfIdVectorFree(&vector), RPC_S_OK);
    assert_null(vector);
    assert_int_equal(RpcIfIdVectorFree(&vector), RPC_S_OK);
    assert_int_equal(RpcIfIdVectorFree(NULL), RPC_S_INVALID_ARG);
    assert_leaves_nothing({
        vector = if_id_vector();
        RpcIfIdVectorFree(&vector);
    });
}

/* ---- status codes ---- */

static void test_map_status(void **state)
{
    static const struct {
        RPC_STATUS status;
        ULONG nt;
    } cases[] = {
        {RPC_S_OK, 0},
        {ERROR_ACCESS_DENIED, 0xc0000022},
        {ERROR_INVALID_HANDLE, 0xc0030005},
        {ERROR_OUTOFMEMORY, 0xc0000017},
        {ERROR_NOACCESS, 0xc0000005},
        {RPC_S_INVALID_STRING_BINDING, 0xc0020001},
        {RPC_S_SERVER_UNAVAILABLE, 0xc0020017},
        {RPC_S_CALL_FAILED, 0xc002001b},
        {RPC_S_CALL_CANCELLED, 0xc0020050},
        {RPC_S_INVALID_ASYNC_HANDLE, 0xc0020062},
        {RPC_S_INVALID_ASYNC_CALL, 0xc0020063},
        {RPC_X_BAD_STUB_DATA, 0xc003000c},
        {RPC_X_PIPE_EMPTY, 0xc0030061},
        {EPT_S_NOT_REGISTERED, 0xc0020036},
        {RPC_S_ASYNC_CALL_PENDING, 0xc0000001},
        {9999, 0xc0000001},
        {-1, 0xc0000001},
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++)
        assert_int_equal((ULONG)I_RpcMapWin32Status(cases[i].status), cases[i].nt);
}

/* ---- mutexes ---- */

#define THREADS 4
#define TIMES 2000

static I_RPC_MUTEX mutex;
static volatile LONG counter;

static DWORD WINAPI count_up(void *arg)
{
    for (unsigned i = 0; i < TIMES; i++) {
        I_RpcRequestMutex(&mutex);
        counter = counter + 1;
        I_RpcClearMutex(mutex);
    }
    return 0;
}

/* All of them make it, one of them wins, and they exclude each other; a thread may enter it
 * twice. */
static void test_mutex(void **state)
{
    HANDLE threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, count_up, NULL, 0, NULL);
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    for (unsigned i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
    assert_int_equal(counter, THREADS * TIMES);
    I_RpcRequestMutex(&mutex);
    I_RpcRequestMutex(&mutex);
    I_RpcClearMutex(mutex);
    I_RpcClearMutex(mutex);
    I_RpcDeleteMutex(mutex);
    assert_leaves_nothing({
        mutex = NULL;
        I_RpcRequestMutex(&mutex);
        I_RpcClearMutex(mutex);
        I_RpcDeleteMutex(mutex);
    });
}

/* ---- and the rest ---- */

static void test_no_current_call(void **state)
{
    assert_null(I_RpcGetCurrentCallHandle());
}

static void test_pause(void **state)
{
    ULONGLONG start = GetTickCount64();

    I_RpcPauseExecution(30);
    assert_true(GetTickCount64() - start >= 15);
}

static void test_default_protect_level(void **state)
{
    ULONG level = 77;

    assert_int_equal(RpcMgmtInqDefaultProtectLevel(RPC_C_AUTHN_NONE, &level), RPC_S_OK);
    assert_int_equal(level, RPC_C_AUTHN_LEVEL_NONE);
    assert_int_equal(RpcMgmtInqDefaultProtectLevel(12345, &level), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcMgmtInqDefaultProtectLevel(RPC_C_AUTHN_NONE, NULL), RPC_S_INVALID_ARG);
}

static FARPROC export(const char *name)
{
    FARPROC function = GetProcAddress(GetModuleHandleW(L"rpcrt4.dll"), name);

    assert_non_null(function);
    return function;
}

static void test_wide_strings(void **state)
{
    ULONG(WINAPI *length)(const WCHAR *) = (void *)export("MIDL_wchar_strlen");
    void(WINAPI *copy)(void *, const WCHAR *) = (void *)export("MIDL_wchar_strcpy");
    WCHAR target[8];

    assert_int_equal(length(L""), 0);
    assert_int_equal(length(L"abc"), 3);
    copy(target, L"abc");
    assert_memory_equal(target, L"abc", 4 * sizeof(WCHAR));
}

/* An export that is not implemented says so. */
static void test_not_implemented(void **state)
{
    RPC_STATUS(WINAPI *stub)(void *) = (void *)export("I_RpcServerStartListening");
    void(WINAPI *raiser)(void *, void *) = (void *)export("char_from_ndr");
    volatile ULONG raised = 0;

    assert_int_equal(stub(NULL), RPC_S_CANNOT_SUPPORT);
    RpcTryExcept
    {
        raiser(NULL, NULL);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept;
    assert_int_equal(raised, RPC_S_CANNOT_SUPPORT);
}

/* NDR exports whose contract is nowhere public: docs/compatibility.md says why each. */
static void test_no_public_contract(void **state)
{
    static const struct {
        const char *name;
        int arguments;
    } exports[] = {
        {"NdrGetSimpleTypeBufferAlignment", 1}, {"NdrGetTypeFlags", 1},
        {"RpcUserFree", 2}, {"NdrOutInit", 3}, {"NdrUnmarshallBasetypeInline", 3},
        {"NdrpMemoryIncrement", 3}, {"NdrServerMarshall", 4}, {"NdrServerUnmarshall", 6},
    };
    volatile ULONG raised;

    for (size_t i = 0; i < ARRAYSIZE(exports); i++) {
        void *function = (void *)export(exports[i].name);

        raised = 0;
        RpcTryExcept
        {
            switch (exports[i].arguments) {
            case 1:
                ((void(WINAPI *)(ULONG_PTR))function)(0);
                break;
            case 2:
                ((void(WINAPI *)(void *, void *))function)(NULL, NULL);
                break;
            case 3:
                ((void(WINAPI *)(void *, void *, void *))function)(NULL, NULL, NULL);
                break;
            case 4:
                ((void(WINAPI *)(void *, void *, void *, void *))function)(NULL, NULL, NULL, NULL);
                break;
            default:
                ((void(WINAPI *)(void *, void *, void *, void *, void *, void *))function)(
                    NULL, NULL, NULL, NULL, NULL, NULL);
            }
        }
        RpcExcept(1)
        {
            raised = RpcExceptionCode();
        }
        RpcEndExcept;
        assert_int_equal(raised, RPC_S_CANNOT_SUPPORT);
    }
#ifdef __x86_64__
    RPC_STATUS(WINAPI * fix)(void *) = (void *)export("I_RpcFixTransferSyntax");

    assert_int_equal(fix(NULL), RPC_S_CANNOT_SUPPORT);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protseq_valid),
        cmocka_unit_test(test_protseq_vector),
        cmocka_unit_test(test_if_inq_id),
        cmocka_unit_test(test_if_id_vector),
        cmocka_unit_test(test_map_status),
        cmocka_unit_test(test_mutex),
        cmocka_unit_test(test_no_current_call),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_default_protect_level),
        cmocka_unit_test(test_wide_strings),
        cmocka_unit_test(test_not_implemented),
        cmocka_unit_test(test_no_public_contract),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
