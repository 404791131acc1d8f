/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs: made at random and in sequence, compared, spelled and read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <windows.h>
#include <rpc.h>
#include <cmocka.h>

#include "heap_blocks.h"

static UUID nil;
static UUID sample = {0xdeadbeef, 0xdead, 0xbeef, {0x10, 0x21, 0x35, 0x56, 0x89, 0xa0, 0xf4, 0x8a}};
static UUID larger = {0xdeadbeef, 0xdead, 0xbeef, {0x10, 0x21, 0x35, 0x56, 0x89, 0xa0, 0xf4, 0x8b}};
#define SAMPLE_TEXT "deadbeef-dead-beef-1021-355689a0f48a"

/* ---- random ---- */

/* Every bit that is not the version's or the variant's is sometimes 0 and sometimes 1. */
static void test_random(void **state)
{
    static const UUID always = {0, 0, 0x4000, {0x80}};
    static const UUID sometimes = {0xffffffff, 0xffff, 0x4fff,
                                   {0xbf, 255, 255, 255, 255, 255, 255, 255}};
    unsigned char ones[16], any[16] = {0};

    memset(ones, 0xff, sizeof(ones));
    for (unsigned i = 0; i < 500; i++) {
        UUID uuid;

        assert_int_equal(UuidCreate(&uuid), RPC_S_OK);
        for (unsigned j = 0; j < 16; j++) {
            ones[j] &= ((unsigned char *)&uuid)[j];
            any[j] |= ((unsigned char *)&uuid)[j];
        }
    }
    assert_memory_equal(ones, &always, 16);
    assert_memory_equal(any, &sometimes, 16);
    assert_int_equal(UuidCreate(NULL), RPC_S_INVALID_ARG);
}

/* ---- sequential ---- */

static ULONGLONG ticks(FILETIME time)
{
    return (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static ULONGLONG time_of(const UUID *uuid)
{
    return (ULONGLONG)(uuid->Data3 & 0x0fff) << 48 | (ULONGLONG)uuid->Data2 << 32 | uuid->Data1;
}

static void test_sequential(void **state)
{
    const ULONGLONG epochs = 0x146bf33e42c000; /* 1582-10-15 to 1601-01-01 */
    FILETIME before, after;
    RPC_STATUS status, first_status;
    UUID first, uuid;

    GetSystemTimeAsFileTime(&before);
    first_status = UuidCreateSequential(&first);
    GetSystemTimeAsFileTime(&after);
    assert_int_equal(first.Data3 >> 12, 1);
    assert_int_equal(first.Data4[0] >> 6, 2);
    if (first_status == RPC_S_OK) {
        assert_false(first.Data4[2] & 1);
    } else {
        assert_int_equal(first_status, RPC_S_UUID_LOCAL_ONLY);
        assert_true(first.Data4[2] & 1);
    }
    /* The two clocks may differ by a tick. */
    assert_true(time_of(&first) + 200000 >= ticks(before) + epochs);
    assert_true(time_of(&first) <= ticks(after) + epochs + 200000);
    for (unsigned i = 0; i < 1000; i++) {
        status = i & 1 ? I_UuidCreate(&uuid) : UuidCreateSequential(&uuid);
        assert_int_equal(status, first_status);
        assert_int_equal(uuid.Data3 >> 12, 1);
        assert_memory_equal(uuid.Data4, first.Data4, 8);
        assert_true(time_of(&uuid) > time_of(&first));
        first = uuid;
    }
    assert_int_equal(UuidCreateSequential(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(I_UuidCreate(NULL), RPC_S_INVALID_ARG);
    assert_ptr_not_equal(UuidCreateSequential, I_UuidCreate);
}

#define THREADS 4
#define PER_THREAD 2000

static DWORD WINAPI make_many(void *arg)
{
    UUID *uuids = arg;

    for (unsigned i = 0; i < PER_THREAD; i++)
        UuidCreateSequential(&uuids[i]);
    return 0;
}

static int compare_times(const void *a, const void *b)
{
    ULONGLONG x = time_of(a), y = time_of(b);

    return x < y ? -1 : x > y;
}

/* All of them have another time, and each thread sees it grow. */
static void test_sequential_threads(void **state)
{
    static UUID uuids[THREADS * PER_THREAD];
    HANDLE threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, make_many, &uuids[i * PER_THREAD], 0, NULL);
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    for (unsigned i = 0; i < THREADS; i++) {
        CloseHandle(threads[i]);
        for (unsigned j = 1; j < PER_THREAD; j++)
            assert_true(time_of(&uuids[i * PER_THREAD + j - 1]) <
                        time_of(&uuids[i * PER_THREAD + j]));
    }
    qsort(uuids, THREADS * PER_THREAD, sizeof(UUID), compare_times);
    for (unsigned i = 1; i < THREADS * PER_THREAD; i++) {
        assert_true(time_of(&uuids[i - 1]) < time_of(&uuids[i]));
        assert_memory_equal(uuids[i].Data4, uuids[0].Data4, 8);
    }
}

/* ---- comparing ---- */

static void test_compare(void **state)
{
    RPC_STATUS status;

    status = 77;
    assert_int_equal(UuidCompare(&sample, &larger, &status), -1);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(UuidCompare(&larger, &sample, &status), 1);
    assert_int_equal(UuidCompare(&sample, &sample, &status), 0);
    assert_int_equal(UuidCompare(NULL, &sample, NULL), -1);
    assert_int_equal(UuidCompare(&sample, NULL, &status), 1);
    assert_int_equal(UuidCompare(&nil, NULL, &status), 0);
    status = 77;
    assert_false(UuidEqual(&sample, &larger, &status));
    assert_int_equal(status, RPC_S_OK);
    assert_true(UuidEqual(&sample, &sample, NULL));
    assert_true(UuidEqual(NULL, &nil, &status));
    status = 77;
    assert_true(UuidIsNil(&nil, &status));
    assert_int_equal(status, RPC_S_OK);
    assert_true(UuidIsNil(NULL, NULL));
    assert_false(UuidIsNil(&sample, &status));
    status = 77;
    assert_int_equal(UuidHash(&sample, &status), 0xbf63);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(UuidHash(NULL, NULL), UuidHash(&nil, &status));
}

static void test_nil(void **state)
{
    UUID uuid = sample;

    assert_int_equal(UuidCreateNil(&uuid), RPC_S_OK);
    assert_memory_equal(&uuid, &nil, sizeof(nil));
    assert_int_equal(UuidCreateNil(NULL), RPC_S_INVALID_ARG);
}

/* ---- spelling ---- */

static void test_to_string(void **state)
{
    RPC_CSTR ansi = NULL;
    RPC_WSTR wide = NULL;

    assert_int_equal(UuidToStringA(&sample, &ansi), RPC_S_OK);
    assert_string_equal((char *)ansi, SAMPLE_TEXT);
    assert_int_equal(RpcStringFreeA(&ansi), RPC_S_OK);
    assert_int_equal(UuidToStringW(&sample, &wide), RPC_S_OK);
    assert_int_equal(lstrcmpW(wide, L"" SAMPLE_TEXT), 0);
    assert_int_equal(RpcStringFreeW(&wide), RPC_S_OK);
    assert_int_equal(UuidToStringA(NULL, &ansi), RPC_S_OK);
    assert_string_equal((char *)ansi, "00000000-0000-0000-0000-000000000000");
    RpcStringFreeA(&ansi);
    assert_int_equal(UuidToStringA(&sample, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(UuidToStringW(&sample, NULL), RPC_S_INVALID_ARG);
    assert_leaves_nothing({
        UuidToStringA(&sample, &ansi);
        RpcStringFreeA(&ansi);
        UuidToStringW(&sample, &wide);
        RpcStringFreeW(&wide);
    });
}

static void test_from_string(void **state)
{
    UUID uuid;

    assert_int_equal(UuidFromStringA((RPC_CSTR) "DEADbeef-dead-beef-1021-355689A0F48a", &uuid),
                     RPC_S_OK);
    assert_memory_equal(&uuid, &sample, sizeof(uuid));
    assert_int_equal(UuidFromStringW((RPC_WSTR)L"DEADbeef-dead-beef-1021-355689A0F48b", &uuid),
                     RPC_S_OK);
    assert_memory_equal(&uuid, &larger, sizeof(uuid));
    assert_int_equal(UuidFromStringA(NULL, &uuid), RPC_S_OK);
    assert_memory_equal(&uuid, &nil, sizeof(uuid));
    uuid = sample;
    assert_int_equal(UuidFromStringW(NULL, &uuid), RPC_S_OK);
    assert_memory_equal(&uuid, &nil, sizeof(uuid));
    assert_int_equal(UuidFromStringA((RPC_CSTR)SAMPLE_TEXT, NULL), RPC_S_INVALID_ARG);
}

static void test_from_wrong_string(void **state)
{
    static const char *const wrong[] = {
        "", "deadbeef", SAMPLE_TEXT "0", SAMPLE_TEXT " ", "{" SAMPLE_TEXT "}", " " SAMPLE_TEXT,
        "deadbeefdeadbeef1021355689a0f48a", "deadbeef-dead-beef-1021-355689a0f48",
        "\xde\xad\xbe\xef",
    };
    char text[] = SAMPLE_TEXT;
    WCHAR wide[64];
    UUID uuid = larger;

    for (unsigned i = 0; i < ARRAYSIZE(wrong); i++) {
        assert_int_equal(UuidFromStringA((RPC_CSTR)wrong[i], &uuid), RPC_S_INVALID_STRING_UUID);
        MultiByteToWideChar(CP_ACP, 0, wrong[i], -1, wide, ARRAYSIZE(wide));
        assert_int_equal(UuidFromStringW((RPC_WSTR)wide, &uuid), RPC_S_INVALID_STRING_UUID);
    }
    for (unsigned i = 0; i < 36; i++) {
        char c = text[i];

        text[i] = 'g';
        assert_int_equal(UuidFromStringA((RPC_CSTR)text, &uuid), RPC_S_INVALID_STRING_UUID);
        text[i] = c;
    }
    /* A character whose low octet alone would be a digit. */
    wcscpy(wide, L"" SAMPLE_TEXT);
    wide[0] += 0x100;
    assert_int_equal(UuidFromStringW((RPC_WSTR)wide, &uuid), RPC_S_INVALID_STRING_UUID);
    assert_memory_equal(&uuid, &larger, sizeof(uuid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_sequential),
        cmocka_unit_test(test_sequential_threads),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_nil),
        cmocka_unit_test(test_to_string),
        cmocka_unit_test(test_from_string),
        cmocka_unit_test(test_from_wrong_string),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
