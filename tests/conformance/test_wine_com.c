/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COM between apartments and between processes: Wine's combase and ole32 call through our DLL, find
 * each other through rpcss, and use their own proxies of IStream. The test is its own server, when
 * it is started with "server" as its first argument. */
#define COBJMACROS
#include "wine_module.h"

#include <ole2.h>

static const char message[] = "through another apartment";

static IStream *new_stream(void)
{
    IStream *stream;

    return SUCCEEDED(CreateStreamOnHGlobal(NULL, TRUE, &stream)) ? stream : NULL;
}

/* Does a stream keep what is written to it? */
static HRESULT use_stream(IStream *stream)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    char buffer[sizeof(message)] = {0};
    STATSTG status;
    ULONG done = 0;
    HRESULT hr = IStream_Write(stream, message, sizeof(message), &done);

    if (SUCCEEDED(hr) && done != sizeof(message))
        return E_UNEXPECTED;
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = IStream_Read(stream, buffer, sizeof(buffer), &done);
    if (SUCCEEDED(hr))
        hr = IStream_Stat(stream, &status, STATFLAG_NONAME);
    if (FAILED(hr))
        return hr;
    return !memcmp(buffer, message, sizeof(message)) && status.cbSize.QuadPart == sizeof(message)
               ? S_OK
               : E_UNEXPECTED;
}

/* ---- the server process ---- */

static HRESULT WINAPI factory_query_interface(IClassFactory *self, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *object = self;
    return S_OK;
}

static ULONG WINAPI factory_add_ref(IClassFactory *self)
{
    return 2;
}

static ULONG WINAPI factory_release(IClassFactory *self)
{
    return 1;
}

static HRESULT WINAPI factory_create(IClassFactory *self, IUnknown *outer, REFIID iid,
                                     void **object)
{
    IStream *stream = new_stream();
    HRESULT hr;

    *object = NULL;
    if (outer || !stream)
        return outer ? CLASS_E_NOAGGREGATION : E_OUTOFMEMORY;
    hr = IStream_QueryInterface(stream, iid, object);
    IStream_Release(stream);
    return hr;
}

static HRESULT WINAPI factory_lock(IClassFactory *self, BOOL lock)
{
    return S_OK;
}

static IMoniker *stream_moniker(const WCHAR *name)
{
    IMoniker *moniker = NULL;

    CreateItemMoniker(L"!", name, &moniker);
    return moniker;
}

static HRESULT register_running(const WCHAR *name, DWORD *cookie)
{
    IMoniker *moniker = stream_moniker(name);
    IStream *stream = new_stream();
    IRunningObjectTable *table;
    HRESULT hr = GetRunningObjectTable(0, &table);

    if (FAILED(hr))
        return hr;
    hr = IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, (IUnknown *)stream,
                                      moniker, cookie);
    IRunningObjectTable_Release(table);
    IStream_Release(stream);
    IMoniker_Release(moniker);
    return hr;
}

/* Serves until it is killed; the event says when it is ready, or the exit status why it is not. All
 * that it has is named by the text of its class's CLSID: rpcss would still send clients to a server
 * of the same class that has been killed. */
static int serve(const char *name)
{
    static const IClassFactoryVtbl methods = {factory_query_interface, factory_add_ref,
                                              factory_release, factory_create, factory_lock};
    static IClassFactory factory = {(IClassFactoryVtbl *)&methods};
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, name);
    DWORD cookie;
    CLSID clsid;
    WCHAR wide[64];
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    _snwprintf(wide, ARRAYSIZE(wide), L"%hs", name);
    if (SUCCEEDED(hr))
        hr = CLSIDFromString(wide, &clsid);
    if (SUCCEEDED(hr))
        hr = CoRegisterClassObject(&clsid, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                                   REGCLS_MULTIPLEUSE, &cookie);
    if (SUCCEEDED(hr))
        hr = register_running(wide, &cookie);
    if (FAILED(hr))
        return hr;
    SetEvent(ready);
    Sleep(INFINITE);
    return 0;
}

/* ---- the client ---- */

static HANDLE server;
static WCHAR server_name[64];
static CLSID clsid_streams;

static int start_server(void **state)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], command[MAX_PATH + 100];
    PROCESS_INFORMATION process;
    HANDLE either[2];

    assert_int_equal(CoCreateGuid(&clsid_streams), S_OK);
    assert_int_equal(StringFromGUID2(&clsid_streams, server_name, ARRAYSIZE(server_name)), 39);
    assert_in_range(GetModuleFileNameW(NULL, path, MAX_PATH), 1, MAX_PATH - 1);
    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" server %s", path, server_name);
    either[0] = CreateEventW(NULL, TRUE, FALSE, server_name);
    assert_true(
        CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    server = either[1] = process.hProcess;
    assert_int_equal(WaitForMultipleObjects(2, either, FALSE, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(either[0]);
    return 0;
}

static int kill_server(void **state)
{
    TerminateProcess(server, 0);
    assert_int_equal(WaitForSingleObject(server, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(server);
    return 0;
}

static DWORD WINAPI use_marshalled(void *arg)
{
    IStream *stream;
    HRESULT hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);

    if (SUCCEEDED(hr))
        hr = CoGetInterfaceAndReleaseStream(arg, &IID_IStream, (void **)&stream);
    if (SUCCEEDED(hr)) {
        hr = use_stream(stream);
        IStream_Release(stream);
    }
    CoUninitialize();
    return hr;
}

static void test_apartments(void **state)
{
    IStream *stream = new_stream(), *marshalled;
    DWORD result;
    HANDLE thread;

    assert_int_equal(CoMarshalInterThreadInterfaceInStream(&IID_IStream, (IUnknown *)stream,
                                                           &marshalled),
                     S_OK);
    thread = CreateThread(NULL, 0, use_marshalled, marshalled, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &result));
    CloseHandle(thread);
    assert_int_equal(result, S_OK);
    IStream_Release(stream);
}

static void test_local_server(void **state)
{
    IClassFactory *factory;
    IStream *streams[3];
    IDispatch *dispatch;

    assert_int_equal(CoGetClassObject(&clsid_streams, CLSCTX_LOCAL_SERVER, NULL,
                                      &IID_IClassFactory, (void **)&factory),
                     S_OK);
    for (size_t i = 0; i < ARRAYSIZE(streams); i++)
        assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IStream,
                                                      (void **)&streams[i]),
                         S_OK);
    for (size_t i = 0; i < ARRAYSIZE(streams); i++) {
        assert_int_equal(use_stream(streams[i]), S_OK);
        IStream_Release(streams[i]);
    }
    assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IDispatch,
                                                  (void **)&dispatch),
                     E_NOINTERFACE);
    IClassFactory_Release(factory);
}

static void test_killed_server(void **state)
{
    IStream *stream;
    HRESULT hr;

    assert_int_equal(CoCreateInstance(&clsid_streams, NULL, CLSCTX_LOCAL_SERVER, &IID_IStream,
                                      (void **)&stream),
                     S_OK);
    assert_true(TerminateProcess(server, 0));
    assert_int_equal(WaitForSingleObject(server, WAIT_MS), WAIT_OBJECT_0);
    hr = use_stream(stream);
    assert_true(FAILED(hr));
    assert_int_equal(HRESULT_FACILITY(hr), FACILITY_WIN32);
    IStream_Release(stream);
}

static void test_running_object(void **state)
{
    IMoniker *moniker = stream_moniker(server_name);
    IRunningObjectTable *table;
    IUnknown *object;
    IStream *stream;

    assert_int_equal(GetRunningObjectTable(0, &table), S_OK);
    assert_int_equal(IRunningObjectTable_IsRunning(table, moniker), S_OK);
    assert_int_equal(IRunningObjectTable_GetObject(table, moniker, &object), S_OK);
    assert_int_equal(IUnknown_QueryInterface(object, &IID_IStream, (void **)&stream), S_OK);
    assert_int_equal(use_stream(stream), S_OK);
    IStream_Release(stream);
    IUnknown_Release(object);
    IMoniker_Release(moniker);
    moniker = stream_moniker(L"rpcrt4-test: nothing has this name");
    assert_int_equal(IRunningObjectTable_IsRunning(table, moniker), S_FALSE);
    assert_int_equal(IRunningObjectTable_GetObject(table, moniker, &object), MK_E_UNAVAILABLE);
    IMoniker_Release(moniker);
    IRunningObjectTable_Release(table);
}

static void test_own_running_object(void **state)
{
    static const WCHAR name[] = L"rpcrt4-test: own";
    IMoniker *moniker = stream_moniker(name);
    IRunningObjectTable *table;
    IEnumMoniker *names;
    IMoniker *one;
    DWORD cookie;
    unsigned found = 0;

    assert_int_equal(register_running(name, &cookie), S_OK);
    assert_int_equal(GetRunningObjectTable(0, &table), S_OK);
    assert_int_equal(IRunningObjectTable_EnumRunning(table, &names), S_OK);
    for (; IEnumMoniker_Next(names, 1, &one, NULL) == S_OK; IMoniker_Release(one))
        found += IMoniker_IsEqual(one, moniker) == S_OK;
    assert_int_equal(found, 1);
    IEnumMoniker_Release(names);
    assert_int_equal(IRunningObjectTable_Revoke(table, cookie), S_OK);
    assert_int_equal(IRunningObjectTable_IsRunning(table, moniker), S_FALSE);
    IRunningObjectTable_Release(table);
    IMoniker_Release(moniker);
}

static int start(void **state)
{
    assert_true(wine_module_is_ours());
    return CoInitializeEx(NULL, COINIT_MULTITHREADED) != S_OK;
}

static int finish(void **state)
{
    CoUninitialize();
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apartments),
        cmocka_unit_test_setup_teardown(test_local_server, start_server, kill_server),
        cmocka_unit_test_setup_teardown(test_killed_server, start_server, kill_server),
        cmocka_unit_test_setup_teardown(test_running_object, start_server, kill_server),
        cmocka_unit_test(test_own_running_object),
    };

    if (argc > 2 && !strcmp(argv[1], "server"))
        return serve(argv[2]);
    return cmocka_run_group_tests(tests, start, finish);
}
