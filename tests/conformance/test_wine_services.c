/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service control manager: a client (Wine's sechost) and a service, both on our DLL. The test
 * is its own service, when it is started with "service" as its first argument. */
#include "wine_module.h"

#include <winsvc.h>

#define CONTROL_ANSWER 200
#define SPECIFIC_ERROR 77

static WCHAR service_name[64];

/* ---- the service ---- */

static SERVICE_STATUS_HANDLE status_handle;
static SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
                                .dwControlsAccepted = SERVICE_ACCEPT_STOP |
                                                      SERVICE_ACCEPT_PAUSE_CONTINUE};
static HANDLE stop_event;

static void report(DWORD state)
{
    status.dwCurrentState = state;
    SetServiceStatus(status_handle, &status);
}

static DWORD WINAPI handle_control(DWORD control, DWORD type, void *data, void *context)
{
    switch (control) {
    case SERVICE_CONTROL_STOP:
        SetEvent(stop_event);
        return NO_ERROR;
    case SERVICE_CONTROL_PAUSE:
        report(SERVICE_PAUSED);
        return NO_ERROR;
    case SERVICE_CONTROL_CONTINUE:
        report(SERVICE_RUNNING);
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    case CONTROL_ANSWER:
        /* Nothing else is free to carry an answer. */
        status.dwWaitHint++;
        report(status.dwCurrentState);
        return NO_ERROR;
    }
    return ERROR_CALL_NOT_IMPLEMENTED;
}

/* Tells its number of arguments, and whether it runs on our DLL. */
static void WINAPI service_main(DWORD argc, WCHAR **argv)
{
    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    status_handle = RegisterServiceCtrlHandlerExW(argv[0], handle_control, NULL);
    report(SERVICE_START_PENDING);
    status.dwCheckPoint = wine_module_is_ours();
    status.dwWaitHint = 1000 * argc;
    report(SERVICE_RUNNING);
    WaitForSingleObject(stop_event, INFINITE);
    status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = SPECIFIC_ERROR;
    report(SERVICE_STOPPED);
}

static int run_service(void)
{
    static WCHAR nobody[] = L"";
    SERVICE_TABLE_ENTRYW table[] = {{nobody, service_main}, {NULL, NULL}};

    return !StartServiceCtrlDispatcherW(table);
}

/* ---- the client ---- */

static SC_HANDLE open_manager(DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, access);

    assert_non_null(manager);
    return manager;
}

struct created {
    SC_HANDLE manager, service;
};

static int create_service(void **state)
{
    WCHAR path[MAX_PATH], command[MAX_PATH + 16];
    static struct created c;

    assert_in_range(GetModuleFileNameW(NULL, path, MAX_PATH), 1, MAX_PATH - 1);
    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" service", path);
    c.manager = open_manager(SC_MANAGER_ALL_ACCESS);
    c.service = CreateServiceW(c.manager, service_name, service_name,
                               SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START,
                               SERVICE_ERROR_NORMAL, command, NULL, NULL, L"PlugPlay\0RpcSs\0",
                               NULL, NULL);
    assert_non_null(c.service);
    *state = &c;
    return 0;
}

/* A deleted service lasts as long as handles: its process' own is run down when the process ends. */
static int delete_service(void **state)
{
    struct created *c = *state;
    DWORD start = GetTickCount();
    SERVICE_STATUS got;
    SC_HANDLE again;

    ControlService(c->service, SERVICE_CONTROL_STOP, &got); /* after a failure */
    assert_true(DeleteService(c->service));
    assert_true(CloseServiceHandle(c->service));
    while ((again = OpenServiceW(c->manager, service_name, GENERIC_READ)) &&
           GetTickCount() - start < WAIT_MS) {
        assert_true(CloseServiceHandle(again));
        Sleep(5);
    }
    assert_null(again);
    assert_int_equal(GetLastError(), ERROR_SERVICE_DOES_NOT_EXIST);
    assert_true(CloseServiceHandle(c->manager));
    return 0;
}

static SERVICE_STATUS_PROCESS query(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS result;
    DWORD needed;

    assert_true(QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&result,
                                     sizeof(result), &needed));
    return result;
}

static void wait_for_state(SC_HANDLE service, DWORD state)
{
    DWORD start = GetTickCount();

    while (query(service).dwCurrentState != state && GetTickCount() - start < WAIT_MS)
        Sleep(5);
    assert_int_equal(query(service).dwCurrentState, state);
}

static void start_service(SC_HANDLE service, DWORD argc, const WCHAR **argv)
{
    assert_true(StartServiceW(service, argc, argv));
    wait_for_state(service, SERVICE_RUNNING);
}

static void stop_service(SC_HANDLE service)
{
    SERVICE_STATUS got;

    assert_true(ControlService(service, SERVICE_CONTROL_STOP, &got));
    wait_for_state(service, SERVICE_STOPPED);
}

static void fails(bool result, DWORD error)
{
    assert_false(result);
    assert_int_equal(GetLastError(), error);
}

/* ---- tests ---- */

static void test_enumeration(void **state)
{
    SC_HANDLE manager = open_manager(SC_MANAGER_ENUMERATE_SERVICE);
    ENUM_SERVICE_STATUS_PROCESSW *services;
    DWORD needed = 0, count = 0, more;
    bool found = false;

    fails(EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                                NULL, 0, &needed, &count, NULL, NULL),
          ERROR_MORE_DATA);
    assert_int_equal(count, 0);
    assert_in_range(needed, 10 * sizeof(*services), 1 << 20);
    services = malloc(needed);
    assert_true(EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32,
                                      SERVICE_STATE_ALL, (BYTE *)services, needed, &more, &count,
                                      NULL, NULL));
    assert_in_range(count, 5, 500);
    for (DWORD i = 0; i < count; i++) {
        if (!_wcsicmp(services[i].lpServiceName, L"PlugPlay")) {
            found = true;
            assert_int_equal(wcscmp(services[i].lpDisplayName, L"Plug and Play Service"), 0);
            assert_int_equal(services[i].ServiceStatusProcess.dwCurrentState, SERVICE_RUNNING);
        }
    }
    assert_true(found);
    free(services);
    assert_true(CloseServiceHandle(manager));
}

/* Wine's service control manager keeps them, and does not tell. */
static void assert_dependencies(const WCHAR *names, DWORD size)
{
    DWORD got = 64;
    WCHAR key[128];
    BYTE data[64];

    _snwprintf(key, ARRAYSIZE(key), L"System\\CurrentControlSet\\Services\\%s", service_name);
    assert_int_equal(RegGetValueW(HKEY_LOCAL_MACHINE, key, L"DependOnService", RRF_RT_REG_MULTI_SZ,
                                  NULL, data, &got),
                     ERROR_SUCCESS);
    assert_int_equal(got, size);
    assert_memory_equal(data, names, size);
}

static void test_configuration(void **state)
{
    struct created *c = *state;
    SC_HANDLE service = c->service;
    SERVICE_DESCRIPTIONW description = {(WCHAR *)L"Answers a few controls"};
    QUERY_SERVICE_CONFIGW *config = malloc(8192);
    WCHAR display[128];
    DWORD needed, length = ARRAYSIZE(display);

    fails(QueryServiceConfigW(service, config, 0, &needed), ERROR_INSUFFICIENT_BUFFER);
    assert_true(QueryServiceConfigW(service, config, 8192, &needed));
    assert_int_equal(config->dwStartType, SERVICE_DEMAND_START);
    assert_non_null(wcsstr(config->lpBinaryPathName, L".exe\" service"));
    assert_dependencies(L"PlugPlay\0RpcSs\0", 16 * sizeof(WCHAR));
    assert_true(ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_DISABLED,
                                     SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                                     L"Another name"));
    assert_true(QueryServiceConfigW(service, config, 8192, &needed));
    assert_int_equal(config->dwStartType, SERVICE_DISABLED);
    assert_int_equal(wcscmp(config->lpDisplayName, L"Another name"), 0);
    fails(StartServiceW(service, 0, NULL), ERROR_SERVICE_DISABLED);
    assert_true(GetServiceDisplayNameW(c->manager, service_name, display, &length));
    assert_int_equal(wcscmp(display, L"Another name"), 0);
    assert_true(ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description));
    assert_true(QueryServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, (BYTE *)config, 8192,
                                     &needed));
    assert_int_equal(wcscmp(((SERVICE_DESCRIPTIONW *)config)->lpDescription,
                            L"Answers a few controls"),
                     0);
    free(config);
}

static void test_service_on_our_dll(void **state)
{
    struct created *c = *state;
    SC_HANDLE service = c->service;
    const WCHAR *arguments[] = {L"one", L"two words", L"\x20ac"};
    SERVICE_STATUS got;

    start_service(service, ARRAYSIZE(arguments), arguments);
    assert_int_equal(query(service).dwCheckPoint, 1); /* ours */
    assert_int_equal(query(service).dwWaitHint, 4000);
    assert_int_not_equal(query(service).dwProcessId, 0);
    fails(StartServiceW(service, 0, NULL), ERROR_SERVICE_ALREADY_RUNNING);
    assert_true(ControlService(service, SERVICE_CONTROL_PAUSE, &got));
    assert_int_equal(query(service).dwCurrentState, SERVICE_PAUSED);
    assert_true(ControlService(service, SERVICE_CONTROL_CONTINUE, &got));
    assert_true(ControlService(service, SERVICE_CONTROL_INTERROGATE, &got));
    assert_int_equal(got.dwCurrentState, SERVICE_RUNNING);
    assert_true(ControlService(service, CONTROL_ANSWER, &got));
    assert_int_equal(query(service).dwWaitHint, 4001);
    stop_service(service);
    assert_int_equal(query(service).dwWin32ExitCode, ERROR_SERVICE_SPECIFIC_ERROR);
    assert_int_equal(query(service).dwServiceSpecificExitCode, SPECIFIC_ERROR);
    fails(ControlService(service, SERVICE_CONTROL_INTERROGATE, &got), ERROR_SERVICE_NOT_ACTIVE);
}

struct notified {
    SERVICE_NOTIFYW base;
    unsigned times;
};

static void CALLBACK notify(void *arg)
{
    ((struct notified *)arg)->times++;
}

/* The client waits in a call that the server answers when the state changes; other calls go on
 * meanwhile. */
static void test_notification(void **state)
{
    struct created *c = *state;
    SC_HANDLE service = c->service;
    struct notified n = {.base = {.dwVersion = SERVICE_NOTIFY_STATUS_CHANGE,
                                  .pfnNotifyCallback = notify,
                                  .pContext = &n}};

    assert_int_equal(NotifyServiceStatusChangeW(service, SERVICE_NOTIFY_RUNNING, &n.base),
                     ERROR_SUCCESS);
    assert_int_equal(SleepEx(0, TRUE), 0);
    start_service(service, 0, NULL);
    assert_int_equal(SleepEx(WAIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(n.times, 1);
    assert_int_equal(n.base.dwNotificationStatus, ERROR_SUCCESS);
    assert_int_equal(n.base.ServiceStatus.dwCurrentState, SERVICE_RUNNING);
    assert_int_equal(NotifyServiceStatusChangeW(service, SERVICE_NOTIFY_STOPPED, &n.base),
                     ERROR_SUCCESS);
    stop_service(service);
    assert_int_equal(SleepEx(WAIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(n.times, 2);
    assert_int_equal(n.base.ServiceStatus.dwCurrentState, SERVICE_STOPPED);
}

static void test_killed_service(void **state)
{
    struct created *c = *state;
    SC_HANDLE service = c->service;
    SERVICE_STATUS got;
    HANDLE process;
    DWORD killed;

    start_service(service, 0, NULL);
    killed = query(service).dwProcessId;
    process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, killed);
    assert_non_null(process);
    assert_true(TerminateProcess(process, 3));
    assert_int_equal(WaitForSingleObject(process, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(process);
    assert_false(ControlService(service, CONTROL_ANSWER, &got));
    start_service(service, 0, NULL);
    assert_int_not_equal(query(service).dwProcessId, killed);
    stop_service(service);
}

static void test_errors(void **state)
{
    SC_HANDLE manager = open_manager(SC_MANAGER_CONNECT);
    SERVICE_STATUS got;

    fails(OpenServiceW(manager, L"no such service", GENERIC_READ), ERROR_SERVICE_DOES_NOT_EXIST);
    fails(OpenServiceW(manager, NULL, GENERIC_READ), ERROR_INVALID_ADDRESS);
    fails(CreateServiceW(manager, service_name, NULL, 0, SERVICE_WIN32_OWN_PROCESS,
                         SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, L"x.exe", NULL, NULL, NULL,
                         NULL, NULL),
          ERROR_ACCESS_DENIED);
    fails(QueryServiceStatus(manager, &got), ERROR_INVALID_HANDLE);
    assert_true(CloseServiceHandle(manager));
    fails(CloseServiceHandle(NULL), ERROR_INVALID_HANDLE);
}

static DWORD WINAPI look_often(void *arg)
{
    DWORD failed = 0;

    for (int i = 0; i < 25; i++) {
        SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
        SC_HANDLE service;
        SERVICE_STATUS got;

        service = manager ? OpenServiceW(manager, L"PlugPlay", SERVICE_QUERY_STATUS) : NULL;
        failed += !service || !QueryServiceStatus(service, &got) ||
                  got.dwCurrentState != SERVICE_RUNNING;
        failed += service && !CloseServiceHandle(service);
        failed += manager && !CloseServiceHandle(manager);
    }
    return failed;
}

static void test_many_at_once(void **state)
{
    HANDLE threads[8];
    DWORD failed;

    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, look_often, NULL, 0, NULL);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(threads[i], &failed));
        assert_int_equal(failed, 0);
        CloseHandle(threads[i]);
    }
}

static int start(void **state)
{
    assert_true(wine_module_is_ours());
    wine_module_override(wine_module_program(), true);
    return 0;
}

static int finish(void **state)
{
    wine_module_override(wine_module_program(), false);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enumeration),
        cmocka_unit_test_setup_teardown(test_configuration, create_service, delete_service),
        cmocka_unit_test_setup_teardown(test_service_on_our_dll, create_service, delete_service),
        cmocka_unit_test_setup_teardown(test_notification, create_service, delete_service),
        cmocka_unit_test_setup_teardown(test_killed_service, create_service, delete_service),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_many_at_once),
    };

    if (argc > 1 && !strcmp(argv[1], "service"))
        return run_service();
    _snwprintf(service_name, ARRAYSIZE(service_name), L"rpcrt4-test-%lx-%lx", GetCurrentProcessId(),
               GetTickCount());
    return cmocka_run_group_tests(tests, start, finish);
}
