/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RpcSs… and RpcSm… memory functions. Source: the SDK's "RpcSs Memory Management Package" and
 * their reference pages. */
#include "rpc_fixture.h"
#include <rpcndr.h>
#include "stub_raised.h"

static void test_environment(void **state)
{
    RPC_STATUS status = 0x5555;
    char *p, *q;

    assert_null(RpcSmAllocate(10, &status));
    assert_int_equal(status, RPC_S_OUT_OF_MEMORY);
    assert_int_equal(RAISED(RpcSsAllocate(10)), RPC_S_OUT_OF_MEMORY);
    assert_int_equal(RpcSmEnableAllocate(), RPC_S_OK);
    assert_non_null(p = RpcSmAllocate(10, &status));
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal((uintptr_t)p % MEMORY_ALLOCATION_ALIGNMENT, 0);
    memset(p, 1, 10);
    assert_non_null(q = RpcSsAllocate(100000));
    memset(q, 2, 100000);
    assert_int_equal(RpcSmFree(p), RPC_S_OK);
    RpcSsFree(q);
    assert_null(RpcSmAllocate(SIZE_MAX, &status));
    assert_int_equal(status, RPC_S_OUT_OF_MEMORY);
    assert_int_equal(RpcSmDisableAllocate(), RPC_S_OK);
    assert_null(RpcSmAllocate(10, &status));
    assert_int_equal(RpcSmDisableAllocate(), RPC_S_OK);
}

static void test_nested(void **state)
{
    RPC_STATUS status;
    char *p;

    RpcSsEnableAllocate();
    p = RpcSsAllocate(10);
    RpcSsEnableAllocate();
    RpcSsDisableAllocate();
    strcpy(p, "still");
    assert_non_null(RpcSmAllocate(10, &status));
    assert_int_equal(RpcSmFree(p), RPC_S_OK);
    RpcSsDisableAllocate();
    assert_null(RpcSmAllocate(10, &status));
}

static void test_foreign_block(void **state)
{
    char blocks[256] = {0};

    assert_int_equal(RpcSmFree(blocks + 128), RPC_S_INVALID_ARG);
    RpcSsEnableAllocate();
    assert_int_equal(RpcSmFree(blocks + 128), RPC_S_INVALID_ARG);
    assert_int_equal(RpcSmFree(NULL), RPC_S_OK);
    RpcSsDisableAllocate();
}

static DWORD WINAPI use_environment(void *handle)
{
    RPC_STATUS status = 0x5555;
    void *p;

    if (RpcSmAllocate(1, &status) || RpcSsGetThreadHandle())
        return 1;
    if (RpcSmSetThreadHandle(handle) != RPC_S_OK || RpcSmGetThreadHandle(&status) != handle ||
        status)
        return 2;
    if (!(p = RpcSmAllocate(1, &status)) || RpcSmFree(p) || !RpcSmAllocate(1, &status))
        return 3;
    return 0;
}

static void test_shared_by_threads(void **state)
{
    DWORD result = 0x5555;
    HANDLE thread;

    RpcSsEnableAllocate();
    thread = CreateThread(NULL, 0, use_environment, RpcSsGetThreadHandle(), 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &result));
    assert_int_equal(result, 0);
    CloseHandle(thread);
    RpcSsDisableAllocate();
}

/* "A thread can also call RpcSmGetThreadHandle and RpcSmSetThreadHandle to save and restore its
 * memory-management environment." */
static void test_saved(void **state)
{
    RPC_SS_THREAD_HANDLE saved, other;
    RPC_STATUS status = 0x5555;
    void *p;

    assert_null(RpcSmGetThreadHandle(&status));
    assert_int_equal(status, RPC_S_OK);
    RpcSsEnableAllocate();
    p = RpcSsAllocate(10);
    assert_non_null(saved = RpcSmGetThreadHandle(&status));
    RpcSsSetThreadHandle(NULL);
    assert_null(RpcSsGetThreadHandle());
    assert_null(RpcSmAllocate(10, &status));
    assert_int_equal(RpcSmFree(p), RPC_S_INVALID_ARG);
    assert_int_equal(RpcSmEnableAllocate(), RPC_S_OK);
    other = RpcSsGetThreadHandle();
    assert_ptr_not_equal(other, saved);
    assert_non_null(RpcSsAllocate(10));
    assert_int_equal(RpcSmDisableAllocate(), RPC_S_OK);
    assert_int_equal(RpcSmSetThreadHandle(saved), RPC_S_OK);
    assert_int_equal(RpcSmFree(p), RPC_S_OK);
    assert_non_null(RpcSsAllocate(10));
    RpcSsDisableAllocate();
    assert_null(RpcSsGetThreadHandle());
}

/* ---- the client's allocator ---- */

static int allocated, released;

static void *__RPC_API my_allocate(size_t size)
{
    allocated++;
    return malloc(size);
}

static void __RPC_API my_release(void *p)
{
    released++;
    free(p);
}

static void test_client_allocator(void **state)
{
    RPC_CLIENT_ALLOC *old_allocate = NULL, *mine;
    RPC_CLIENT_FREE *old_release = NULL, *my_free;
    void *p;

    allocated = released = 0;
    p = NdrRpcSmClientAllocate(10);
    NdrRpcSmClientFree(p);
    assert_int_equal(allocated, 0);
    assert_int_equal(RpcSmSwapClientAllocFree(my_allocate, my_release, &old_allocate, &old_release),
                     RPC_S_OK);
    p = NdrRpcSmClientAllocate(10);
    assert_int_equal(allocated, 1);
    assert_int_equal(RpcSmClientFree(p), RPC_S_OK);
    assert_int_equal(released, 1);
    RpcSsSwapClientAllocFree(old_allocate, old_release, &mine, &my_free);
    assert_ptr_equal(mine, my_allocate);
    assert_ptr_equal(my_free, my_release);
    p = NdrRpcSmClientAllocate(10);
    RpcSmClientFree(p);
    assert_int_equal(allocated, 1);
    assert_int_equal(released, 1);
    assert_int_equal(RpcSmSetClientAllocFree(NULL, my_release), RPC_S_INVALID_ARG);
    assert_int_equal(RpcSmSwapClientAllocFree(my_allocate, my_release, NULL, NULL),
                     RPC_S_INVALID_ARG);
    assert_int_equal(RAISED(RpcSsSetClientAllocFree(my_allocate, NULL)), RPC_S_INVALID_ARG);
}

static void test_message_allocators(void **state)
{
    MALLOC_FREE_STRUCT functions = {my_allocate, my_release};
    MIDL_STUB_DESC desc = {.pMallocFreeStruct = &functions};
    MIDL_STUB_MESSAGE msg = {.StubDesc = &desc};
    void *p;

    NdrRpcSsEnableAllocate(&msg);
    p = msg.pfnAllocate(10);
    assert_int_equal(RpcSmFree(p), RPC_S_OK);
    msg.pfnFree(msg.pfnAllocate(10));
    NdrRpcSsDisableAllocate(&msg);
    msg.pfnFree(msg.pfnAllocate(10));
    NdrRpcSmSetClientToOsf(&msg);
    msg.pfnFree(msg.pfnAllocate(10));
    p = NdrRpcSsDefaultAllocate(10);
    NdrRpcSsDefaultFree(p);
}

static void test_ole(void **state)
{
    char *p = NdrOleAllocate(10);

    assert_non_null(p);
    memset(p, 1, 10);
    NdrOleFree(p);
    NdrOleFree(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_foreign_block),
        cmocka_unit_test(test_shared_by_threads),
        cmocka_unit_test(test_saved),
        cmocka_unit_test(test_client_allocator),
        cmocka_unit_test(test_message_allocators),
        cmocka_unit_test(test_ole),
    };

    return cmocka_run_group_tests_name("test_stub_memory", tests, NULL, NULL);
}
