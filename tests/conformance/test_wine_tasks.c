/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task scheduler, in a service: through netapi32 (atsvc) and through taskschd's objects, which
 * live in this process (ITaskSchedulerService). */
#define COBJMACROS
#include "wine_module.h"

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

/* The scheduler forgets a job for a moment when it notices the job's file, and now and then, while
 * it is starting, for good. */
#define LOST_MS 3000

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
    } while (!found && GetTickCount() - start < LOST_MS);
    return found;
}

static bool tells(DWORD id, const WCHAR *command)
{
    DWORD start = GetTickCount(), status;
    AT_INFO *info = NULL;

    do {
        status = NetScheduleJobGetInfo(NULL, id, (BYTE **)&info);
    } while (status == APE_AT_ID_NOT_FOUND && GetTickCount() - start < LOST_MS);
    if (status == APE_AT_ID_NOT_FOUND)
        return false;
    assert_int_equal(status, NERR_Success);
    assert_int_equal(wcscmp(info->Command, command), 0);
    NetApiBufferFree(info);
    return true;
}

static bool delete_job(DWORD id)
{
    DWORD start = GetTickCount(), status;

    do {
        status = NetScheduleJobDel(NULL, id, id);
    } while (status == APE_AT_ID_NOT_FOUND && GetTickCount() - start < LOST_MS);
    if (status != APE_AT_ID_NOT_FOUND)
        assert_int_equal(status, NERR_Success);
    return status == NERR_Success;
}

/* False: the scheduler has lost a job. */
static bool keeps_jobs(void)
{
    DWORD first = add_job(L"cmd.exe /c echo one");
    DWORD second = add_job(L"cmd.exe /c echo \x20ac");
    bool kept;

    assert_int_not_equal(first, second);
    kept = enumerates(second, L"cmd.exe /c echo \x20ac") && tells(first, L"cmd.exe /c echo one");
    kept &= delete_job(first);
    kept &= delete_job(second);
    return kept;
}

static void test_jobs(void **state)
{
    bool kept = false;

    for (int i = 0; i < 5 && !kept; i++)
        kept = keeps_jobs();
    assert_true(kept);
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

static SERVICE_STATUS_PROCESS query(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    DWORD size;

    assert_true(QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status,
                                     sizeof(status), &size));
    return status;
}

/* The service cannot be stopped; services.exe notices the end of its process when asked to start
 * it. */
static void end_scheduler(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status = query(service);
    HANDLE process;

    if (status.dwCurrentState != SERVICE_RUNNING)
        return;
    process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, status.dwProcessId);
    assert_non_null(process);
    TerminateProcess(process, 0);
    assert_int_equal(WaitForSingleObject(process, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(process);
}

/* netapi32 does not start the service. One that already runs may be out of reach: it registers with
 * the endpoint mapper once, and Wine's keeps its map in memory, so that a mapper which has been
 * restarted since (as test_endpoint_map does) does not know the scheduler. */
static void start_scheduler(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"Schedule", SERVICE_START | SERVICE_QUERY_STATUS);

    DWORD start;

    assert_non_null(service);
    end_scheduler(service);
    assert_true(StartServiceW(service, 0, NULL));
    start = GetTickCount();
    while (query(service).dwCurrentState != SERVICE_RUNNING && GetTickCount() - start < WAIT_MS)
        Sleep(5);
    assert_int_equal(query(service).dwCurrentState, SERVICE_RUNNING);
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
