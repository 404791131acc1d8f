/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces that are marshalled by their type library: CreateProxyFromTypeInfo and
 * CreateStubFromTypeInfo, joined by a channel that calls the stub at once; and between two
 * processes, as oleaut32 and COM use them. The test is its own server, when it is started with
 * "server" as its first argument; tests/interop/test_typelib.py starts servers and clients of
 * either architecture. */
#include "com_channel.h"

#include "stub_raised.h"
#include <rpcexcept.h>

#include "wine_module.h"

#include <initguid.h>
#include <ole2.h>

#include "typed.h"

HRESULT WINAPI CreateProxyFromTypeInfo(ITypeInfo *info, IUnknown *outer, REFIID iid,
                                       IRpcProxyBuffer **proxy, void **object);
HRESULT WINAPI CreateStubFromTypeInfo(ITypeInfo *info, REFIID iid, IUnknown *server,
                                      IRpcStubBuffer **stub);

/* ---- the server's object ---- */

struct object {
    IMoreTyped typed;
    IPlainTyped plain;
    LONG references;
    LONG value;
};

static struct object *of_typed(IMoreTyped *self)
{
    return (struct object *)((char *)self - offsetof(struct object, typed));
}

static HRESULT WINAPI typed_query_interface(IMoreTyped *self, REFIID iid, void **result)
{
    struct object *object = of_typed(self);

    *result = NULL;
    if (IsEqualIID(iid, &IID_IPlainTyped))
        *result = &object->plain;
    else if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IDispatch) ||
             IsEqualIID(iid, &IID_ITyped) || IsEqualIID(iid, &IID_IMoreTyped))
        *result = self;
    if (!*result)
        return E_NOINTERFACE;
    InterlockedIncrement(&object->references);
    return S_OK;
}

static ULONG WINAPI typed_add_ref(IMoreTyped *self)
{
    return InterlockedIncrement(&of_typed(self)->references);
}

static ULONG WINAPI typed_release(IMoreTyped *self)
{
    return InterlockedDecrement(&of_typed(self)->references);
}

static HRESULT WINAPI typed_get_type_info_count(IMoreTyped *self, UINT *count)
{
    *count = 77;
    return S_OK;
}

static HRESULT WINAPI typed_get_type_info(IMoreTyped *self, UINT which, LCID lcid, ITypeInfo **info)
{
    *info = NULL;
    return DISP_E_BADINDEX;
}

static HRESULT WINAPI typed_get_ids(IMoreTyped *self, REFIID iid, LPOLESTR *names, UINT count,
                                    LCID lcid, DISPID *ids)
{
    for (UINT i = 0; i < count; i++)
        ids[i] = (DISPID)wcslen(names[i]);
    return S_OK;
}

static HRESULT WINAPI typed_invoke(IMoreTyped *self, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                   DISPPARAMS *params, VARIANT *result, EXCEPINFO *info, UINT *arg)
{
    return DISP_E_MEMBERNOTFOUND;
}

static HRESULT WINAPI typed_add(IMoreTyped *self, LONG a, LONG b, LONG *sum)
{
    *sum = a + b;
    return *sum < 0 ? S_FALSE : S_OK;
}

static HRESULT WINAPI typed_join(IMoreTyped *self, BSTR a, BSTR b, BSTR *both)
{
    return VarBstrCat(a, b, both);
}

static HRESULT WINAPI typed_numbers(IMoreTyped *self, unsigned char c, short s, float f, double d,
                                    CURRENCY money, VARIANT_BOOL b, DATE when, double *sum)
{
    *sum = c + s + f + d + (double)money.int64 + b + when;
    return S_OK;
}

/* Doubles an integer; what was passed in and out becomes a string. */
static HRESULT WINAPI typed_twice(IMoreTyped *self, VARIANT v, VARIANT *changed, VARIANT *result)
{
    if (V_VT(&v) != VT_I4 || V_VT(changed) != VT_I4)
        return DISP_E_TYPEMISMATCH;
    V_VT(result) = VT_I4;
    V_I4(result) = 2 * V_I4(&v) + V_I4(changed);
    VariantClear(changed);
    V_VT(changed) = VT_BSTR;
    V_BSTR(changed) = SysAllocString(L"changed");
    return S_OK;
}

static HRESULT WINAPI typed_sum_array(IMoreTyped *self, SAFEARRAY *values, LONG *sum)
{
    LONG *data, count;
    HRESULT hr = SafeArrayGetUBound(values, 1, &count);

    *sum = 0;
    if (SUCCEEDED(hr))
        hr = SafeArrayAccessData(values, (void **)&data);
    if (FAILED(hr))
        return hr;
    for (LONG i = 0; i <= count; i++)
        *sum += data[i];
    return SafeArrayUnaccessData(values);
}

static HRESULT WINAPI typed_paint(IMoreTyped *self, colour c, colour *next)
{
    if (c != GREEN || *next != RED)
        return E_INVALIDARG;
    *next = BLUE;
    return S_OK;
}

static HRESULT WINAPI typed_same(IMoreTyped *self, ITyped *object, IDispatch *dispatch,
                                 IUnknown *unknown, ITyped **result)
{
    UINT count = 0;

    *result = object;
    if (!object)
        return S_FALSE;
    ITyped_AddRef(object);
    if (!dispatch || unknown)
        return E_INVALIDARG;
    return IDispatch_GetTypeInfoCount(dispatch, &count) == S_OK && count == 77 ? S_OK : E_FAIL;
}

static HRESULT WINAPI typed_change(IMoreTyped *self, thing *t, pair p)
{
    BSTR name = SysAllocString(L"new");

    if (t->kind != 3 || t->size != 2.5 || wcscmp(t->name, L"old") || t->id != 0x123456789abLL ||
        t->tag != 200 || V_VT(&t->any) != VT_R8 || V_R8(&t->any) != 0.5 || t->codes[2] != 9)
        return E_INVALIDARG;
    t->kind = 4;
    SysFreeString(t->name);
    t->name = name;
    t->codes[0] = p.a;
    t->codes[1] = p.b;
    V_VT(&t->any) = VT_BSTR;
    V_BSTR(&t->any) = SysAllocString(L"any");
    return S_OK;
}

static HRESULT WINAPI typed_get_value(IMoreTyped *self, LONG *v)
{
    *v = of_typed(self)->value;
    return S_OK;
}

static HRESULT WINAPI typed_put_value(IMoreTyped *self, LONG v)
{
    of_typed(self)->value = v;
    return S_OK;
}

static HRESULT WINAPI typed_refuse(IMoreTyped *self, LONG code, BSTR *never)
{
    *never = NULL;
    return code;
}

static HRESULT WINAPI typed_length(IMoreTyped *self, LPWSTR text, LONG *n)
{
    *n = text ? (LONG)wcslen(text) : -1;
    return S_OK;
}

static const IMoreTypedVtbl typed_methods = {
    typed_query_interface, typed_add_ref, typed_release, typed_get_type_info_count,
    typed_get_type_info,   typed_get_ids, typed_invoke,  typed_add,
    typed_join,            typed_numbers, typed_twice,   typed_sum_array,
    typed_paint,           typed_same,    typed_get_value, typed_put_value,
    typed_refuse,          typed_change,  typed_length,
};

static IMoreTyped *typed_of_plain(IPlainTyped *self)
{
    return &((struct object *)((char *)self - offsetof(struct object, plain)))->typed;
}

static HRESULT WINAPI plain_query_interface(IPlainTyped *self, REFIID iid, void **result)
{
    return typed_query_interface(typed_of_plain(self), iid, result);
}

static ULONG WINAPI plain_add_ref(IPlainTyped *self)
{
    return typed_add_ref(typed_of_plain(self));
}

static ULONG WINAPI plain_release(IPlainTyped *self)
{
    return typed_release(typed_of_plain(self));
}

static HRESULT WINAPI plain_negate(IPlainTyped *self, hyper *x)
{
    *x = -*x;
    return S_OK;
}

static LONG WINAPI plain_plain(IPlainTyped *self, LONG x)
{
    return x + 1;
}

static double WINAPI plain_wide(IPlainTyped *self, double x, float y)
{
    return x + y;
}

static const IPlainTypedVtbl plain_methods = {plain_query_interface, plain_add_ref, plain_release,
                                              plain_negate, plain_plain, plain_wide};

static struct object new_object(void)
{
    return (struct object){.typed = {(IMoreTypedVtbl *)&typed_methods},
                           .plain = {(IPlainTypedVtbl *)&plain_methods},
                           .references = 1};
}

/* ---- using it ---- */

static BSTR text(const WCHAR *s)
{
    static BSTR strings[16];
    static unsigned next;

    next = (next + 1) % ARRAYSIZE(strings);
    SysFreeString(strings[next]);
    return strings[next] = SysAllocString(s);
}

static void use_numbers(ITyped *object)
{
    CURRENCY money = {.int64 = 1000000000000LL};
    colour next = RED;
    LONG sum = 0;
    double total = 0;

    assert_int_equal(ITyped_add(object, 40, 2, &sum), S_OK);
    assert_int_equal(sum, 42);
    assert_int_equal(ITyped_add(object, -40, 2, &sum), S_FALSE);
    assert_int_equal(ITyped_numbers(object, 200, -5, 0.5f, 0.25, money, VARIANT_TRUE, 1000.125,
                                    &total),
                     S_OK);
    assert_true(total == 200 - 5 + 0.5 + 0.25 + 1e12 - 1 + 1000.125);
    assert_int_equal(ITyped_paint(object, GREEN, &next), S_OK);
    assert_int_equal(next, BLUE);
    assert_int_equal(ITyped_put_value(object, 13), S_OK);
    assert_int_equal(ITyped_get_value(object, &sum), S_OK);
    assert_int_equal(sum, 13);
}

static void use_automation_types(ITyped *object)
{
    VARIANT v, changed, result;
    SAFEARRAY *array = SafeArrayCreateVector(VT_I4, 0, 5);
    LONG sum = 0, *data;
    BSTR both = NULL;

    assert_int_equal(ITyped_join(object, text(L"one "), text(L"\x20ac"), &both), S_OK);
    assert_int_equal(wcscmp(both, L"one \x20ac"), 0);
    SysFreeString(both);
    V_VT(&v) = V_VT(&changed) = VT_I4;
    V_I4(&v) = 20;
    V_I4(&changed) = 2;
    VariantInit(&result);
    assert_int_equal(ITyped_twice(object, v, &changed, &result), S_OK);
    assert_int_equal(V_VT(&result), VT_I4);
    assert_int_equal(V_I4(&result), 42);
    assert_int_equal(V_VT(&changed), VT_BSTR);
    assert_int_equal(wcscmp(V_BSTR(&changed), L"changed"), 0);
    VariantClear(&changed);
    assert_int_equal(SafeArrayAccessData(array, (void **)&data), S_OK);
    for (int i = 0; i < 5; i++)
        data[i] = i * 10;
    SafeArrayUnaccessData(array);
    assert_int_equal(ITyped_sum_array(object, array, &sum), S_OK);
    assert_int_equal(sum, 100);
    SafeArrayDestroy(array);
}

static void use_structures(IMoreTyped *object)
{
    thing t = {.kind = 3, .size = 2.5, .id = 0x123456789abLL, .tag = 200, .codes = {7, 8, 9}};
    pair p = {-1, -2};
    LONG length = 0;

    t.name = SysAllocString(L"old");
    V_VT(&t.any) = VT_R8;
    V_R8(&t.any) = 0.5;
    assert_int_equal(IMoreTyped_change(object, &t, p), S_OK);
    assert_int_equal(t.kind, 4);
    assert_true(t.size == 2.5 && t.id == 0x123456789abLL && t.tag == 200);
    assert_int_equal(wcscmp(t.name, L"new"), 0);
    assert_int_equal(V_VT(&t.any), VT_BSTR);
    assert_int_equal(wcscmp(V_BSTR(&t.any), L"any"), 0);
    assert_int_equal(t.codes[0], -1);
    assert_int_equal(t.codes[1], -2);
    assert_int_equal(t.codes[2], 9);
    SysFreeString(t.name);
    VariantClear(&t.any);
    assert_int_equal(IMoreTyped_length(object, (WCHAR *)L"four", &length), S_OK);
    assert_int_equal(length, 4);
    assert_int_equal(IMoreTyped_length(object, NULL, &length), S_OK);
    assert_int_equal(length, -1);
}

static void use_failures(ITyped *object)
{
    BSTR never = (BSTR)1;

    assert_int_equal(ITyped_refuse(object, E_ABORT, &never), E_ABORT);
    assert_null(never);
}

/* Its IDispatch is that of oleaut32's own proxy. */
static void use_dispatch(ITyped *object)
{
    LPOLESTR name = (LPOLESTR)L"five5";
    UINT count = 0;
    DISPID id = 0;

    assert_int_equal(ITyped_GetTypeInfoCount(object, &count), S_OK);
    assert_int_equal(count, 77);
    assert_int_equal(ITyped_GetIDsOfNames(object, &IID_NULL, &name, 1, 0, &id), S_OK);
    assert_int_equal(id, 5);
}

static void use_plain(IPlainTyped *object)
{
    hyper x = 0x123456789abLL;

    assert_int_equal(IPlainTyped_negate(object, &x), S_OK);
    assert_true(x == -0x123456789abLL);
    assert_int_equal(IPlainTyped_plain(object, 41), 42);
    assert_true(IPlainTyped_wide(object, 1.5, 0.25f) == 1.75);
}

/* ---- joined directly ---- */

static ITypeLib *load_library(REGKIND kind)
{
    WCHAR path[MAX_PATH];
    ITypeLib *library = NULL;

    assert_in_range(GetModuleFileNameW(NULL, path, MAX_PATH), 1, MAX_PATH - 1);
    wcscpy(wcsrchr(path, '\\') + 1, L"typed.tlb");
    assert_int_equal(LoadTypeLibEx(path, kind, &library), S_OK);
    return library;
}

static ITypeInfo *describe(const IID *iid)
{
    ITypeLib *library = load_library(REGKIND_NONE);
    ITypeInfo *info;

    assert_int_equal(ITypeLib_GetTypeInfoOfGuid(library, iid, &info), S_OK);
    ITypeLib_Release(library);
    return info;
}

struct joined {
    struct object server;
    struct com_channel channel;
    IRpcProxyBuffer *proxy;
    void *object;
};

static void join(struct joined *j, const IID *iid)
{
    ITypeInfo *info = describe(iid);

    *j = (struct joined){.server = new_object(), .channel = com_channel(NULL)};
    assert_int_equal(CreateStubFromTypeInfo(info, iid, (IUnknown *)&j->server.typed,
                                            &j->channel.stub),
                     S_OK);
    assert_int_equal(CreateProxyFromTypeInfo(info, NULL, iid, &j->proxy, &j->object), S_OK);
    assert_int_equal(IRpcProxyBuffer_Connect(j->proxy, &j->channel.iface), S_OK);
    ITypeInfo_Release(info);
}

static void part(struct joined *j)
{
    assert_int_equal(j->channel.buffers, 0);
    assert_int_equal(IUnknown_Release((IUnknown *)j->object), 1);
    assert_int_equal(IRpcProxyBuffer_Release(j->proxy), 0);
    assert_int_equal(j->channel.references, 1);
    assert_int_equal(IRpcStubBuffer_Release(j->channel.stub), 0);
    assert_int_equal(j->server.references, 1);
}

static void test_dual(void **state)
{
    struct joined j;

    join(&j, &IID_IMoreTyped);
    use_numbers(j.object);
    use_automation_types(j.object);
    use_structures(j.object);
    use_failures(j.object);
    use_dispatch(j.object);
    assert_int_equal(ITyped_add((ITyped *)j.object, 1, 2, NULL),
                     HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
    part(&j);
}

static void test_plain(void **state)
{
    struct joined j;

    join(&j, &IID_IPlainTyped);
    use_plain(j.object);
    part(&j);
}

/* C706 14, and [MS-OAUT] 2.2.23 for the BSTR: a user-defined pointer to a FLAGGED_WORD_BLOB. */
static void test_wire(void **state)
{
    static const unsigned char blob[] = {2, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 'h', 0, 'i', 0};
    RPCOLEMESSAGE msg = {.dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION, .iMethod = 7};
    LONG numbers[] = {40, 2};
    unsigned char strings[40] = {'U', 's', 'e', 'r'}, *p = strings;
    struct joined j;

    join(&j, &IID_ITyped);
    msg.Buffer = numbers;
    msg.cbBuffer = sizeof(numbers);
    assert_int_equal(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface), S_OK);
    assert_int_equal(msg.cbBuffer, 8);
    assert_int_equal(((LONG *)msg.Buffer)[0], 42);
    assert_int_equal(((LONG *)msg.Buffer)[1], S_OK);
    free(msg.Buffer);
    j.channel.buffers--;
    for (int i = 0; i < 2; i++, p += 20) {
        memcpy(p, "User", 4);
        memcpy(p + 4, blob, sizeof(blob));
    }
    msg.Buffer = strings;
    msg.cbBuffer = sizeof(strings);
    msg.iMethod = 8;
    assert_int_equal(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface), S_OK);
    p = msg.Buffer;
    assert_int_equal(msg.cbBuffer, 4 + 12 + 8 + 4);
    assert_memory_equal(p + 4, "\4\0\0\0\10\0\0\0\4\0\0\0h\0i\0h\0i\0\0\0\0\0", 24);
    free(msg.Buffer);
    j.channel.buffers--;
    msg.Buffer = strings;
    msg.cbBuffer = 30;
    assert_true(FAILED(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface)));
    part(&j);
}

static void test_refused(void **state)
{
    struct object server = new_object();
    ITypeInfo *info = describe(&IID_IUntyped);
    IRpcProxyBuffer *proxy = (IRpcProxyBuffer *)1;
    IRpcStubBuffer *stub = (IRpcStubBuffer *)1;
    void *object = (void *)1;

    assert_int_equal(CreateProxyFromTypeInfo(info, NULL, &IID_IUntyped, &proxy, &object),
                     DISP_E_BADVARTYPE);
    assert_null(proxy);
    assert_null(object);
    assert_int_equal(CreateStubFromTypeInfo(info, &IID_IUntyped, (IUnknown *)&server.typed, &stub),
                     DISP_E_BADVARTYPE);
    assert_null(stub);
    ITypeInfo_Release(info);
    info = describe(&IID_ITyped);
    assert_int_equal(CreateStubFromTypeInfo(info, &IID_IUntyped, (IUnknown *)&server.typed, &stub),
                     E_NOINTERFACE);
    ITypeInfo_Release(info);
    assert_int_equal(server.references, 1);
}

/* ---- between processes ---- */

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
    static struct object served;

    *object = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (!served.references)
        served = new_object();
    return IMoreTyped_QueryInterface(&served.typed, iid, object);
}

static HRESULT WINAPI factory_lock(IClassFactory *self, BOOL lock)
{
    return S_OK;
}

/* Serves until it is killed; the event, which has the text of the class's CLSID as its name, says
 * when it is ready, and so does the output. */
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
    if (FAILED(hr))
        return hr;
    /* Each architecture has its own. */
    ITypeLib_Release(load_library(REGKIND_REGISTER));
    SetEvent(ready);
    printf("ready\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}

struct server {
    HANDLE process;
    CLSID clsid;
};

static int start_server(void **state)
{
    static struct server server;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], name[64], command[MAX_PATH + 100];
    PROCESS_INFORMATION process;
    HANDLE either[2];

    *state = &server;
    assert_int_equal(CoCreateGuid(&server.clsid), S_OK);
    assert_int_equal(StringFromGUID2(&server.clsid, name, ARRAYSIZE(name)), 39);
    assert_in_range(GetModuleFileNameW(NULL, path, MAX_PATH), 1, MAX_PATH - 1);
    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" server %s", path, name);
    either[0] = CreateEventW(NULL, TRUE, FALSE, name);
    assert_true(
        CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    server.process = either[1] = process.hProcess;
    assert_int_equal(WaitForMultipleObjects(2, either, FALSE, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(either[0]);
    return 0;
}

static int kill_server(void **state)
{
    struct server *server = *state;

    TerminateProcess(server->process, 0);
    assert_int_equal(WaitForSingleObject(server->process, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(server->process);
    return 0;
}

/* An object of this process goes there, is called from there, and comes back. */
static void pass_object(ITyped *object)
{
    struct object own = new_object();
    ITyped *mine = (ITyped *)&own.typed, *result = NULL;

    assert_int_equal(ITyped_same(object, mine, (IDispatch *)mine, NULL, &result), S_OK);
    assert_ptr_equal(result, mine);
    ITyped_Release(result);
    assert_int_equal(ITyped_same(object, NULL, NULL, NULL, &result), S_FALSE);
    assert_null(result);
}

/* What Wine 8's own DLL can marshal, too. */
static void test_common(void **state)
{
    struct server *server = *state;
    ITyped *object;
    IPlainTyped *plain;

    assert_int_equal(CoCreateInstance(&server->clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_ITyped,
                                      (void **)&object),
                     S_OK);
    use_numbers(object);
    use_automation_types(object);
    use_failures(object);
    use_dispatch(object);
    pass_object(object);
    assert_int_equal(ITyped_QueryInterface(object, &IID_IPlainTyped, (void **)&plain), S_OK);
    use_plain(plain);
    IPlainTyped_Release(plain);
    assert_int_equal(ITyped_Release(object), 0);
}

static void test_more(void **state)
{
    struct server *server = *state;
    IMoreTyped *object;

    assert_int_equal(CoCreateInstance(&server->clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IMoreTyped,
                                      (void **)&object),
                     S_OK);
    use_structures(object);
    use_numbers((ITyped *)object);
    assert_int_equal(IMoreTyped_Release(object), 0);
}

static int start(void **state)
{
    assert_true(wine_module_is_ours());
    ITypeLib_Release(load_library(REGKIND_REGISTER));
    return CoInitializeEx(NULL, COINIT_MULTITHREADED) != S_OK;
}

/* A server of the other architecture has registered its own, too. */
static int finish(void **state)
{
    CoUninitialize();
    UnRegisterTypeLib(&LIBID_TypedTest, 1, 0, 0, SYS_WIN64);
    UnRegisterTypeLib(&LIBID_TypedTest, 1, 0, 0, SYS_WIN32);
    return 0;
}

/* A server that somebody else has started. */
static int use_server(const char *name)
{
    static struct server server;
    static const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(test_common, &server)};
    WCHAR wide[64];

    _snwprintf(wide, ARRAYSIZE(wide), L"%hs", name);
    if (CLSIDFromString(wide, &server.clsid) != S_OK)
        return 1;
    return cmocka_run_group_tests(tests, start, finish);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dual),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_refused),
        cmocka_unit_test_setup_teardown(test_common, start_server, kill_server),
        cmocka_unit_test_setup_teardown(test_more, start_server, kill_server),
    };

    if (argc > 2)
        return (strcmp(argv[1], "server") ? use_server : serve)(argv[2]);
    return cmocka_run_group_tests(tests, start, finish);
}
