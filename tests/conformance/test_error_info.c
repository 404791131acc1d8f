/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended error information: records added to the thread's chain, enumerated, saved and loaded
 * (Windows SDK, rpcasync.h). */
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
#include <cmocka.h>

#include "heap_blocks.h"

#define EEInfoGCApplication 1

static void add(ULONG status)
{
    RPC_EXTENDED_ERROR_INFO info = {.Version = RPC_EEINFO_VERSION, .Status = status};

    assert_int_equal(RpcErrorAddRecord(&info), RPC_S_OK);
}

/* A record with a parameter of each of four kinds. */
static RPC_EXTENDED_ERROR_INFO rich(void)
{
    RPC_EXTENDED_ERROR_INFO info = {
        .Version = RPC_EEINFO_VERSION, .Status = 0x80070005, .NumberOfParameters = 4};

    info.Parameters[0].ParameterType = eeptUnicodeString;
    info.Parameters[0].u.UnicodeString = (WCHAR *)L"C:\\missing";
    info.Parameters[1].ParameterType = eeptAnsiString;
    info.Parameters[1].u.AnsiString = (char *)"ansi";
    info.Parameters[2].ParameterType = eeptBinary;
    info.Parameters[2].u.BVal.Buffer = (void *)"\0\1\2";
    info.Parameters[2].u.BVal.Size = 3;
    info.Parameters[3].ParameterType = eeptPointerVal;
    info.Parameters[3].u.PVal = 0x1122334455667788;
    return info;
}

static void check_rich(const RPC_EXTENDED_ERROR_INFO *info)
{
    assert_int_equal(info->Version, RPC_EEINFO_VERSION);
    assert_null(info->ComputerName);
    assert_int_equal(info->ProcessID, GetCurrentProcessId());
    assert_int_equal(info->GeneratingComponent, EEInfoGCApplication);
    assert_int_equal(info->Status, 0x80070005);
    assert_int_equal(info->DetectionLocation, 0);
    assert_int_equal(info->Flags, 0);
    assert_int_equal(info->NumberOfParameters, 4);
    assert_int_equal(info->Parameters[0].ParameterType, eeptUnicodeString);
    assert_int_equal(lstrcmpW(info->Parameters[0].u.UnicodeString, L"C:\\missing"), 0);
    assert_int_equal(info->Parameters[1].ParameterType, eeptAnsiString);
    assert_string_equal(info->Parameters[1].u.AnsiString, "ansi");
    assert_int_equal(info->Parameters[2].ParameterType, eeptBinary);
    assert_int_equal(info->Parameters[2].u.BVal.Size, 3);
    assert_memory_equal(info->Parameters[2].u.BVal.Buffer, "\0\1\2", 3);
    assert_int_equal(info->Parameters[3].ParameterType, eeptPointerVal);
    assert_true(info->Parameters[3].u.PVal == 0x1122334455667788);
}

static RPC_EXTENDED_ERROR_INFO room_for(int parameters, USHORT flags)
{
    RPC_EXTENDED_ERROR_INFO info;

    memset(&info, 0xcc, sizeof(info));
    info.Version = RPC_EEINFO_VERSION;
    info.NumberOfParameters = parameters;
    info.Flags = flags;
    return info;
}

static RPC_ERROR_ENUM_HANDLE start(void)
{
    RPC_ERROR_ENUM_HANDLE handle;

    memset(&handle, 0xcc, sizeof(handle));
    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_OK);
    return handle;
}

static void assert_next(RPC_ERROR_ENUM_HANDLE *handle, ULONG status)
{
    RPC_EXTENDED_ERROR_INFO info = room_for(4, 0);

    assert_int_equal(RpcErrorGetNextRecord(handle, FALSE, &info), RPC_S_OK);
    assert_int_equal(info.Status, status);
}

static void assert_end(RPC_ERROR_ENUM_HANDLE *handle)
{
    RPC_EXTENDED_ERROR_INFO info = room_for(4, 0);

    assert_int_equal(RpcErrorGetNextRecord(handle, FALSE, &info), RPC_S_ENTRY_NOT_FOUND);
}

static int clear(void **state)
{
    RpcErrorClearInformation();
    return 0;
}

/* ---- enumerating ---- */

static void test_nothing(void **state)
{
    RPC_ERROR_ENUM_HANDLE handle;

    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_ENTRY_NOT_FOUND);
    assert_int_equal(RpcErrorEndEnumeration(&handle), RPC_S_INVALID_ARG);
    add(1);
    RpcErrorClearInformation();
    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_ENTRY_NOT_FOUND);
}

static void test_newest_first(void **state)
{
    RPC_ERROR_ENUM_HANDLE handle;
    int count = 0;

    add(1);
    add(2);
    add(3);
    handle = start();
    assert_int_equal(RpcErrorGetNumberOfRecords(&handle, &count), RPC_S_OK);
    assert_int_equal(count, 3);
    assert_next(&handle, 3);
    assert_next(&handle, 2);
    assert_int_equal(RpcErrorResetEnumeration(&handle), RPC_S_OK);
    assert_next(&handle, 3);
    assert_next(&handle, 2);
    assert_next(&handle, 1);
    assert_end(&handle);
    assert_end(&handle);
    assert_int_equal(RpcErrorGetNumberOfRecords(&handle, &count), RPC_S_OK);
    assert_int_equal(count, 3);
    assert_int_equal(RpcErrorEndEnumeration(&handle), RPC_S_OK);
    assert_int_equal(handle.Signature, 0);
}

static void test_snapshot(void **state)
{
    RPC_ERROR_ENUM_HANDLE first, second;

    add(1);
    first = start();
    add(2);
    second = start();
    RpcErrorClearInformation();
    assert_next(&first, 1);
    assert_next(&second, 2);
    assert_end(&first);
    assert_next(&second, 1);
    RpcErrorEndEnumeration(&first);
    RpcErrorEndEnumeration(&second);
}

static void test_record(void **state)
{
    RPC_EXTENDED_ERROR_INFO info = rich();
    RPC_ERROR_ENUM_HANDLE handle;

    assert_int_equal(RpcErrorAddRecord(&info), RPC_S_OK);
    handle = start();
    info = room_for(4, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    check_rich(&info);
    RpcErrorEndEnumeration(&handle);
}

static void test_time(void **state)
{
    RPC_ERROR_ENUM_HANDLE handle;
    RPC_EXTENDED_ERROR_INFO info;
    FILETIME before, after, time;
    SYSTEMTIME system;

    GetSystemTimeAsFileTime(&before);
    add(1);
    GetSystemTimeAsFileTime(&after);
    handle = start();
    info = room_for(0, EEInfoUseFileTime);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    time = info.u.FileTime;
    assert_true(CompareFileTime(&before, &time) <= 0 && CompareFileTime(&time, &after) <= 0);
    RpcErrorResetEnumeration(&handle);
    info = room_for(0, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    assert_true(FileTimeToSystemTime(&time, &system));
    assert_memory_equal(&info.u.SystemTime, &system, sizeof(system));
    RpcErrorEndEnumeration(&handle);
}

static void free_copies(RPC_EXTENDED_ERROR_INFO *info)
{
    HeapFree(GetProcessHeap(), 0, info->Parameters[0].u.UnicodeString);
    HeapFree(GetProcessHeap(), 0, info->Parameters[1].u.AnsiString);
    HeapFree(GetProcessHeap(), 0, info->Parameters[2].u.BVal.Buffer);
}

/* Copies outlive the enumeration and are the caller's. */
static void test_copies(void **state)
{
    RPC_EXTENDED_ERROR_INFO info = rich();
    RPC_ERROR_ENUM_HANDLE handle;

    RpcErrorAddRecord(&info);
    handle = start();
    info = room_for(4, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, TRUE, &info), RPC_S_OK);
    RpcErrorEndEnumeration(&handle);
    RpcErrorClearInformation();
    check_rich(&info);
    free_copies(&info);
    assert_leaves_nothing({
        info = rich();
        RpcErrorAddRecord(&info);
        handle = start();
        info = room_for(4, 0);
        RpcErrorGetNextRecord(&handle, TRUE, &info);
        free_copies(&info);
        RpcErrorEndEnumeration(&handle);
        RpcErrorClearInformation();
    });
}

static void test_too_little_room(void **state)
{
    RPC_EXTENDED_ERROR_INFO info = rich();
    RPC_ERROR_ENUM_HANDLE handle;

    RpcErrorAddRecord(&info);
    handle = start();
    for (int room = 0; room < 4; room++) {
        info = room_for(room, 0);
        assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_BUFFER_TOO_SMALL);
    }
    assert_next(&handle, 0x80070005); /* it is still there */
    RpcErrorEndEnumeration(&handle);
}

/* ---- what is refused ---- */

static void test_handles(void **state)
{
    RPC_ERROR_ENUM_HANDLE handle = {0};
    RPC_EXTENDED_ERROR_INFO info = room_for(4, 0);
    void *blob;
    size_t size;
    int count;

    for (int round = 0; round < 2; round++) {
        assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_INVALID_ARG);
        assert_int_equal(RpcErrorResetEnumeration(&handle), RPC_S_INVALID_ARG);
        assert_int_equal(RpcErrorGetNumberOfRecords(&handle, &count), RPC_S_INVALID_ARG);
        assert_int_equal(RpcErrorSaveErrorInfo(&handle, &blob, &size), RPC_S_INVALID_ARG);
        assert_int_equal(RpcErrorEndEnumeration(&handle), RPC_S_INVALID_ARG);
        add(1);
        handle = start();
        RpcErrorEndEnumeration(&handle); /* and then once more */
    }
    assert_int_equal(RpcErrorStartEnumeration(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorGetNextRecord(NULL, FALSE, &info), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorResetEnumeration(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorGetNumberOfRecords(NULL, &count), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorEndEnumeration(NULL), RPC_S_INVALID_ARG);
    handle = start();
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorGetNumberOfRecords(&handle, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorSaveErrorInfo(&handle, NULL, &size), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorSaveErrorInfo(&handle, &blob, NULL), RPC_S_INVALID_ARG);
    RpcErrorEndEnumeration(&handle);
}

static void test_get_arguments(void **state)
{
    RPC_ERROR_ENUM_HANDLE handle;
    RPC_EXTENDED_ERROR_INFO info;

    add(1);
    handle = start();
    info = room_for(4, 0);
    info.Version = 2;
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_INVALID_ARG);
    info = room_for(-1, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_INVALID_ARG);
    info = room_for(5, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_INVALID_ARG);
    info = room_for(4, EEInfoNextRecordsMissing);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_INVALID_ARG);
    assert_next(&handle, 1);
    RpcErrorEndEnumeration(&handle);
}

#define REFUSED(change) \
    do { \
        RPC_EXTENDED_ERROR_INFO info = rich(); \
        change; \
        assert_int_equal(RpcErrorAddRecord(&info), RPC_S_INVALID_ARG); \
    } while (0)

static void test_add_arguments(void **state)
{
    static char too_long[0x8000 + 1];
    RPC_ERROR_ENUM_HANDLE handle;

    memset(too_long, 'x', sizeof(too_long) - 1);
    REFUSED(info.Version = 0);
    REFUSED(info.Version = 2);
    REFUSED(info.ComputerName = (WCHAR *)L"x");
    REFUSED(info.ProcessID = 1);
    REFUSED(info.GeneratingComponent = 1);
    REFUSED(info.DetectionLocation = 1);
    REFUSED(info.NumberOfParameters = -1);
    REFUSED(info.NumberOfParameters = 5);
    REFUSED(info.Parameters[3].ParameterType = (ExtendedErrorParamTypes)0);
    REFUSED(info.Parameters[3].ParameterType = (ExtendedErrorParamTypes)8);
    REFUSED(info.Parameters[1].u.AnsiString = too_long);
    REFUSED(info.Parameters[2].u.BVal.Size = -1);
    REFUSED(info.Parameters[2].u.BVal.Buffer = NULL);
    assert_int_equal(RpcErrorAddRecord(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_ENTRY_NOT_FOUND);
}

/* A text of the greatest length there is, none, and no blob. */
static void test_add_edges(void **state)
{
    static char longest[0x7fff];
    RPC_EXTENDED_ERROR_INFO info = rich();
    RPC_ERROR_ENUM_HANDLE handle;

    memset(longest, 'x', sizeof(longest) - 1);
    info.Parameters[0].u.UnicodeString = NULL;
    info.Parameters[1].u.AnsiString = longest;
    info.Parameters[2].u.BVal.Buffer = NULL;
    info.Parameters[2].u.BVal.Size = 0;
    info.Parameters[3].ParameterType = eeptShortVal;
    info.Parameters[3].u.SVal = -5;
    assert_int_equal(RpcErrorAddRecord(&info), RPC_S_OK);
    handle = start();
    info = room_for(4, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    assert_int_equal(info.Parameters[0].ParameterType, eeptNone);
    assert_string_equal(info.Parameters[1].u.AnsiString, longest);
    assert_int_equal(info.Parameters[2].ParameterType, eeptNone);
    assert_int_equal(info.Parameters[3].u.SVal, -5);
    RpcErrorEndEnumeration(&handle);
}

/* A program that never clears its records: the first and the newest ones stay. */
static void test_many(void **state)
{
    enum { LIMIT = 128, MANY = 1000 };
    RPC_EXTENDED_ERROR_INFO info = room_for(4, 0);
    RPC_ERROR_ENUM_HANDLE handle;
    int count;

    for (ULONG i = 1; i <= MANY; i++)
        add(i);
    handle = start();
    RpcErrorGetNumberOfRecords(&handle, &count);
    assert_int_equal(count, LIMIT);
    for (ULONG i = 0; i < LIMIT - 2; i++)
        assert_next(&handle, MANY - i);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    assert_int_equal(info.Flags, EEInfoNextRecordsMissing);
    info = room_for(4, 0);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    assert_int_equal(info.Flags, EEInfoPreviousRecordsMissing);
    assert_int_equal(info.Status, 1);
    assert_end(&handle);
    RpcErrorEndEnumeration(&handle);
}

/* ---- saving ---- */

static void test_save_and_load(void **state)
{
    RPC_EXTENDED_ERROR_INFO info = rich();
    RPC_ERROR_ENUM_HANDLE handle, loaded;
    void *blob = NULL, *again = NULL;
    size_t size = 0, size_again = 0;

    add(1);
    RpcErrorAddRecord(&info);
    handle = start();
    assert_next(&handle, 0x80070005);
    assert_int_equal(RpcErrorSaveErrorInfo(&handle, &blob, &size), RPC_S_OK);
    assert_next(&handle, 1); /* the position stays */
    RpcErrorEndEnumeration(&handle);
    RpcErrorClearInformation();

    assert_int_equal(RpcErrorLoadErrorInfo(blob, size, &loaded), RPC_S_OK);
    info = room_for(4, 0);
    assert_int_equal(RpcErrorGetNextRecord(&loaded, FALSE, &info), RPC_S_OK);
    check_rich(&info);
    assert_next(&loaded, 1);
    assert_end(&loaded);
    assert_int_equal(RpcErrorSaveErrorInfo(&loaded, &again, &size_again), RPC_S_OK);
    assert_int_equal(size_again, size);
    assert_memory_equal(again, blob, size);
    RpcErrorEndEnumeration(&loaded);
    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_ENTRY_NOT_FOUND);
    assert_true(HeapFree(GetProcessHeap(), 0, again));
    assert_true(HeapFree(GetProcessHeap(), 0, blob));
}

static void test_load_rubbish(void **state)
{
    static unsigned char rubbish[64] = {1, 0x10, 8};
    RPC_ERROR_ENUM_HANDLE handle, loaded;
    unsigned char *blob = NULL;
    size_t size = 0;

    add(1);
    handle = start();
    RpcErrorSaveErrorInfo(&handle, (void **)&blob, &size);
    RpcErrorEndEnumeration(&handle);
    for (size_t length = 0; length < size; length++) {
        assert_int_equal(RpcErrorLoadErrorInfo(blob, length, &loaded), RPC_X_BAD_STUB_DATA);
        assert_int_equal(RpcErrorEndEnumeration(&loaded), RPC_S_INVALID_ARG);
    }
    /* One octet that is not what it was: refused, or another record; nothing worse. */
    for (size_t i = 0; i < size; i++) {
        blob[i] ^= 0xff;
        if (RpcErrorLoadErrorInfo(blob, size, &loaded) == RPC_S_OK)
            assert_int_equal(RpcErrorEndEnumeration(&loaded), RPC_S_OK);
        blob[i] ^= 0xff;
    }
    assert_leaves_nothing(RpcErrorLoadErrorInfo(blob, size - 1, &loaded));
    HeapFree(GetProcessHeap(), 0, blob);

    assert_int_equal(RpcErrorLoadErrorInfo(rubbish, sizeof(rubbish), &loaded), RPC_X_BAD_STUB_DATA);
    rubbish[8] = 8; /* an encoding of no records */
    assert_int_equal(RpcErrorLoadErrorInfo(rubbish, sizeof(rubbish), &loaded),
                     RPC_S_ENTRY_NOT_FOUND);
    assert_int_equal(RpcErrorLoadErrorInfo(NULL, 64, &loaded), RPC_S_INVALID_ARG);
    assert_int_equal(RpcErrorLoadErrorInfo(rubbish, sizeof(rubbish), NULL), RPC_S_INVALID_ARG);
}

/* ---- threads ---- */

static DWORD WINAPI thread_of_its_own(void *arg)
{
    RPC_EXTENDED_ERROR_INFO info = {.Version = RPC_EEINFO_VERSION, .Status = 7};
    RPC_ERROR_ENUM_HANDLE *snapshot = arg, handle;

    if (RpcErrorStartEnumeration(&handle) != RPC_S_ENTRY_NOT_FOUND)
        return 1;
    if (RpcErrorAddRecord(&info) != RPC_S_OK) /* left behind: it goes with the thread */
        return 2;
    info = room_for(4, 0);
    if (RpcErrorGetNextRecord(snapshot, FALSE, &info) != RPC_S_OK || info.Status != 1)
        return 3;
    return RpcErrorEndEnumeration(snapshot);
}

/* Each thread has its own records; a snapshot may be used in another one. */
static void run_thread(void)
{
    RPC_ERROR_ENUM_HANDLE handle = start();
    DWORD result = 1;
    HANDLE thread = CreateThread(NULL, 0, thread_of_its_own, &handle, 0, NULL);

    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &result);
    CloseHandle(thread);
    assert_int_equal(result, 0);
}

static void test_threads(void **state)
{
    RPC_ERROR_ENUM_HANDLE handle;

    add(1);
    assert_leaves_nothing(run_thread());
    handle = start();
    assert_next(&handle, 1);
    assert_end(&handle);
    RpcErrorEndEnumeration(&handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing, clear),
        cmocka_unit_test_teardown(test_newest_first, clear),
        cmocka_unit_test_teardown(test_snapshot, clear),
        cmocka_unit_test_teardown(test_record, clear),
        cmocka_unit_test_teardown(test_time, clear),
        cmocka_unit_test_teardown(test_copies, clear),
        cmocka_unit_test_teardown(test_too_little_room, clear),
        cmocka_unit_test_teardown(test_handles, clear),
        cmocka_unit_test_teardown(test_get_arguments, clear),
        cmocka_unit_test_teardown(test_add_arguments, clear),
        cmocka_unit_test_teardown(test_add_edges, clear),
        cmocka_unit_test_teardown(test_many, clear),
        cmocka_unit_test_teardown(test_save_and_load, clear),
        cmocka_unit_test_teardown(test_load_rubbish, clear),
        cmocka_unit_test_teardown(test_threads, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
