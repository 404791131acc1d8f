/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device notifications: user32's RegisterDeviceNotification, which makes sechost listen to
 * plugplay.exe (a call that waits there for the next event). The device is none: the test sends the
 * event as a driver's process, winedevice.exe, sends it. */
#include "wine_module.h"

#include <dbt.h>
#include <initguid.h>
#include <rpc.h>
#include <rpcndr.h>

#include "plugplay.h"

DEFINE_GUID(CLASS_OURS, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x31);
DEFINE_GUID(CLASS_OTHER, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x32);

#define ARRIVED L"\\\\?\\rpcrt4-test#arrived"
#define REMOVED L"\\\\?\\rpcrt4-test#removed"

void __RPC_FAR *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void __RPC_FAR *block)
{
    free(block);
}

/* ---- what plugplay.exe is told ---- */

static union {
    DEV_BROADCAST_DEVICEINTERFACE_W event;
    unsigned char octets[256];
} data;

static void send_device_event(DWORD code, const GUID *class, const WCHAR *name)
{
    memset(&data, 0, sizeof(data));
    data.event.dbcc_size = offsetof(DEV_BROADCAST_DEVICEINTERFACE_W, dbcc_name) +
                           (DWORD)(wcslen(name) + 1) * sizeof(WCHAR);
    data.event.dbcc_devicetype = DBT_DEVTYP_DEVICEINTERFACE;
    data.event.dbcc_classguid = *class;
    wcscpy(data.event.dbcc_name, name);
    send_event(code, data.octets, data.event.dbcc_size);
}

/* ---- the window ---- */

static unsigned arrivals, removals, wrong;

static void take_event(WPARAM code, const DEV_BROADCAST_DEVICEINTERFACE_W *event)
{
    bool arrived = code == DBT_DEVICEARRIVAL && !wcscmp(event->dbcc_name, ARRIVED);
    bool removed = code == DBT_DEVICEREMOVECOMPLETE && !wcscmp(event->dbcc_name, REMOVED);

    if (event->dbcc_devicetype != DBT_DEVTYP_DEVICEINTERFACE ||
        memcmp(&event->dbcc_classguid, &CLASS_OURS, sizeof(GUID)) || (!arrived && !removed))
        wrong++;
    arrivals += arrived;
    removals += removed;
}

static LRESULT CALLBACK window_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message != WM_DEVICECHANGE)
        return DefWindowProcW(window, message, wparam, lparam);
    take_event(wparam, (const DEV_BROADCAST_DEVICEINTERFACE_W *)lparam);
    return TRUE;
}

static HWND create_window(void)
{
    const WNDCLASSW class = {.lpfnWndProc = window_proc, .lpszClassName = L"rpcrt4-test-devices"};

    RegisterClassW(&class);
    return CreateWindowW(class.lpszClassName, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
}

/* Handles what is sent to the window, for as long as nothing comes for that time. */
static void handle_messages(DWORD quiet)
{
    MSG message;

    while (MsgWaitForMultipleObjects(0, NULL, FALSE, quiet, QS_ALLINPUT) == WAIT_OBJECT_0) {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static HDEVNOTIFY listen_for(HWND window, const GUID *class)
{
    DEV_BROADCAST_DEVICEINTERFACE_W filter = {.dbcc_size = sizeof(filter),
                                              .dbcc_devicetype = DBT_DEVTYP_DEVICEINTERFACE,
                                              .dbcc_classguid = *class};

    return RegisterDeviceNotificationW(window, &filter, DEVICE_NOTIFY_WINDOW_HANDLE);
}

/* sechost begins to listen some time after it has been asked to. */
static void send_until_heard(void)
{
    DWORD start = GetTickCount();

    arrivals = 0;
    while (!arrivals && GetTickCount() - start < WAIT_MS) {
        send_device_event(DBT_DEVICEARRIVAL, &CLASS_OURS, ARRIVED);
        handle_messages(50);
    }
    assert_true(arrivals);
}

static void wait_for_removals(unsigned expected)
{
    DWORD start = GetTickCount();

    while (removals < expected && GetTickCount() - start < WAIT_MS)
        handle_messages(20);
    assert_int_equal(removals, expected);
}

static void test_window(void **state)
{
    HWND window = create_window();
    HDEVNOTIFY notification;

    assert_non_null(window);
    notification = listen_for(window, &CLASS_OURS);
    assert_non_null(notification);
    send_until_heard();
    /* Each event comes once, in its turn, and those of other classes do not come. */
    for (unsigned i = 0; i < 20; i++) {
        send_device_event(DBT_DEVICEARRIVAL, &CLASS_OTHER, ARRIVED);
        send_device_event(DBT_DEVICEREMOVECOMPLETE, &CLASS_OURS, REMOVED);
    }
    wait_for_removals(20);
    assert_int_equal(wrong, 0);
    assert_true(UnregisterDeviceNotification(notification));
    /* Somebody else's notification shows when the event has been delivered. */
    arrivals = 0;
    notification = listen_for(window, &CLASS_OTHER);
    assert_non_null(notification);
    for (DWORD start = GetTickCount(); !wrong && GetTickCount() - start < WAIT_MS;) {
        send_device_event(DBT_DEVICEREMOVECOMPLETE, &CLASS_OURS, REMOVED);
        send_device_event(DBT_DEVICEARRIVAL, &CLASS_OTHER, ARRIVED);
        handle_messages(50);
    }
    assert_true(wrong);
    assert_int_equal(removals, 20);
    assert_true(UnregisterDeviceNotification(notification));
    DestroyWindow(window);
}

static int start(void **state)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"PlugPlay", SERVICE_START | SERVICE_QUERY_STATUS);
    DWORD begin = GetTickCount();
    SERVICE_STATUS status;

    assert_true(wine_module_is_ours());
    assert_non_null(service);
    if (!StartServiceW(service, 0, NULL))
        assert_int_equal(GetLastError(), ERROR_SERVICE_ALREADY_RUNNING);
    do {
        assert_true(QueryServiceStatus(service, &status));
    } while (status.dwCurrentState != SERVICE_RUNNING && GetTickCount() - begin < WAIT_MS);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return RpcBindingFromStringBindingA((RPC_CSTR) "ncacn_np:[\\\\pipe\\\\wine_plugplay]",
                                        &plugplay_binding) != RPC_S_OK;
}

static int finish(void **state)
{
    return RpcBindingFree(&plugplay_binding) != RPC_S_OK;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),
    };

    return cmocka_run_group_tests(tests, start, finish);
}
