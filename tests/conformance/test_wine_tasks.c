/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task scheduler, in a service: through netapi32 (atsvc) and through taskschd's objects, which
 * live in this process (ITaskSchedulerService). */
#define COBJMACROS
#include "wine_module.h"
#include <rpcexcept.h>

#include <initguid.h>
#include <lmaccess.h>
#include <lmapibuf.h>
#include <lmat.h>
#include <lmerr.h>
#include <ole2.h>
#include <taskschd.h>

#define APE_AT_ID_NOT_FOUND 3806 /* [MS-TSCH]; lmerr.h lacks it */
#define JOB_TIME (13 * 60 * 60 * 1000)
#define NOT_FOUND HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)

static const WCHAR task_xml[] =
    L"<?xml version=\"1.0\"?>\n"
    L"<Task xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\n"
    L"  <RegistrationInfo><Description>\x00fc \x20ac</Description></RegistrationInfo>\n"
    L"  <Settings><Enabled>false</Enabled></Settings>\n"
    L"  <Actions><Exec><Command>cmd.exe</Command></Exec></Actions>\n"
    L"</Task>\n";

/* ---- atsvc ---- */

static DWORD add_job(const WCHAR *command)
{
    AT_INFO job = {.JobTime = JOB_TIME,
                   .DaysOfMonth = 1,
                   .Flags = JOB_NONINTERACTIVE,
                   .Command = (WCHAR *)command};
    DWORD id = 0;

    assert_int_equal(NetScheduleJobAdd(NULL, (BYTE *)&job, &id), NERR_Success);
    return id;
}

/* The scheduler forgets a job for a moment when it notices the job's file. */
static bool enumerates(DWORD id, const WCHAR *command)
{
    DWORD start = GetTickCount(), count, total, resume;
    bool found = false;

    do {
        AT_ENUM *jobs = NULL; /* netapi32's stub would use what it points to */

        count = total = resume = 0;
        assert_int_equal(NetScheduleJobEnum(NULL, (BYTE **)&jobs, MAX_PREFERRED_LENGTH, &count,
                                            &total, &resume),
                         NERR_Success);
        assert_int_equal(count, total);
        for (DWORD i = 0; i < count; i++)
            found |= jobs[i].JobId == id && !wcscmp(jobs[i].Command, command);
        NetApiBufferFree(jobs);
    } while (!found && GetTickCount() - start < WAIT_MS);
    return found;
}

static AT_INFO *get_job(DWORD id)
{
    DWORD start = GetTickCount(), status;
    AT_INFO *info = NULL;

    do {
        status = NetScheduleJobGetInfo(NULL, id, (BYTE **)&info);
    } while (status == APE_AT_ID_NOT_FOUND && GetTickCount() - start < WAIT_MS);
    assert_int_equal(status, NERR_Success);
    return info;
}

static void delete_job(DWORD id)
{
    DWORD start = GetTickCount(), status;

    do {
        status = NetScheduleJobDel(NULL, id, id);
    } while (status == APE_AT_ID_NOT_FOUND && GetTickCount() - start < WAIT_MS);
    assert_int_equal(status, NERR_Success);
}

/* Wine's endpoint mapper forgets what has been registered with it when it is restarted, and its
 * scheduler, which cannot be stopped, registers once: then nobody can find it any more. */
static bool is_lost(void)
{
    DWORD start = GetTickCount(), count, total, resume = 0;
    volatile DWORD status;
    AT_ENUM *jobs = NULL;

    do {
        status = NERR_Success;
        RpcTryExcept {
            NetScheduleJobEnum(NULL, (BYTE **)&jobs, MAX_PREFERRED_LENGTH, &count, &total, &resume);
        }
        RpcExcept(1) {
            status = RpcExceptionCode();
            Sleep(20);
        }
        RpcEndExcept
    } while (status == EPT_S_NOT_REGISTERED && GetTickCount() - start < 1000);
    if (!status)
        NetApiBufferFree(jobs);
    return status == EPT_S_NOT_REGISTERED;
}

static void test_jobs(void **state)
{
    DWORD first, second;
    AT_INFO *info;

    if (is_lost())
        skip();
    first = add_job(L"cmd.exe /c echo one");
    second = add_job(L"cmd.exe /c echo \x20ac");
    assert_int_not_equal(first, second);
    assert_true(enumerates(second, L"cmd.exe /c echo \x20ac"));
    info = get_job(first);
    assert_int_equal(wcscmp(info->Command, L"cmd.exe /c echo one"), 0);
    NetApiBufferFree(info);
    delete_job(first);
    delete_job(second);
}

/* ---- the task service ---- */

static BSTR text(const WCHAR *s)
{
    static BSTR strings[16];
    static unsigned next;

    next = (next + 1) % ARRAYSIZE(strings);
    SysFreeString(strings[next]);
    return strings[next] = SysAllocString(s);
}

static ITaskService *connect_to_service(void)
{
    ITaskService *service;
    VARIANT empty;

    VariantInit(&empty);
    assert_int_equal(CoCreateInstance(&CLSID_TaskScheduler, NULL, CLSCTX_INPROC_SERVER,
                                      &IID_ITaskService, (void **)&service),
                     S_OK);
    assert_int_equal(ITaskService_Connect(service, empty, empty, empty, empty), S_OK);
    return service;
}

static ITaskFolder *create_folder(ITaskService *service, const WCHAR *name)
{
    ITaskFolder *root, *folder;
    VARIANT empty;

    VariantInit(&empty);
    assert_int_equal(ITaskService_GetFolder(service, text(L"\\"), &root), S_OK);
    assert_int_equal(ITaskFolder_CreateFolder(root, text(name), empty, &folder), S_OK);
    ITaskFolder_Release(root);
    return folder;
}

static void register_task(ITaskFolder *folder, const WCHAR *name)
{
    IRegisteredTask *task;
    VARIANT empty;

    VariantInit(&empty);
    assert_int_equal(ITaskFolder_RegisterTask(folder, text(name), text(task_xml), TASK_CREATE,
                                              empty, empty, TASK_LOGON_NONE, empty, &task),
                     S_OK);
    IRegisteredTask_Release(task);
}

static void delete_folder(ITaskService *service, const WCHAR *name)
{
    ITaskFolder *root, *gone;

    assert_int_equal(ITaskService_GetFolder(service, text(L"\\"), &root), S_OK);
    assert_int_equal(ITaskFolder_DeleteFolder(root, text(name), 0), S_OK);
    assert_int_equal(ITaskFolder_GetFolder(root, text(name), &gone),
                     HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    ITaskFolder_Release(root);
}

static void test_tasks(void **state)
{
    ITaskService *service;
    ITaskFolder *folder;
    IRegisteredTask *task;
    BSTR xml;
    WCHAR name[64];

    if (is_lost())
        skip();
    service = connect_to_service();
    /* A run that failed leaves its own behind. */
    _snwprintf(name, ARRAYSIZE(name), L"rpcrt4-test-%lx-%lx", GetCurrentProcessId(),
               GetTickCount());
    folder = create_folder(service, name);
    register_task(folder, L"one");
    register_task(folder, L"two");
    assert_int_equal(ITaskFolder_GetTask(folder, text(L"two"), &task), S_OK);
    assert_int_equal(IRegisteredTask_get_Xml(task, &xml), S_OK);
    assert_non_null(wcsstr(xml, L"\x00fc \x20ac"));
    SysFreeString(xml);
    IRegisteredTask_Release(task);
    assert_int_equal(ITaskFolder_GetTask(folder, text(L"three"), &task), NOT_FOUND);
    assert_int_equal(ITaskFolder_DeleteTask(folder, text(L"one"), 0), S_OK);
    assert_int_equal(ITaskFolder_DeleteTask(folder, text(L"two"), 0), S_OK);
    ITaskFolder_Release(folder);
    delete_folder(service, name);
    ITaskService_Release(service);
}

/* netapi32 does not start the service. */
static void start_scheduler(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"Schedule", SERVICE_START | SERVICE_QUERY_STATUS);
    DWORD start = GetTickCount();
    SERVICE_STATUS status;

    assert_non_null(service);
    if (!StartServiceW(service, 0, NULL))
        assert_int_equal(GetLastError(), ERROR_SERVICE_ALREADY_RUNNING);
    do {
        Sleep(5);
        assert_true(QueryServiceStatus(service, &status));
    } while (status.dwCurrentState != SERVICE_RUNNING && GetTickCount() - start < WAIT_MS);
    assert_int_equal(status.dwCurrentState, SERVICE_RUNNING);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
}

static int start(void **state)
{
    assert_true(wine_module_is_ours());
    start_scheduler();
    return CoInitializeEx(NULL, COINIT_MULTITHREADED) != S_OK;
}

static int finish(void **state)
{
    CoUninitialize();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_tasks),
    };

    return cmocka_run_group_tests(tests, start, finish);
}
