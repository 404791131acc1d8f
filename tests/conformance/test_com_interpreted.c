/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COM interfaces whose methods are descriptions (MIDL -Oicf), and interfaces that delegate to their
 * base's: the tables that a compiler writes, and what NdrDllGetClassObject makes of them. The
 * procedure format strings are laid out as the SDK's "RPC NDR Format Strings" says and as MIDL
 * generates them for the interface below; the requests on the wire are those of C706 14. Proxy and
 * stub are joined by a channel that calls the stub at once. */
#include "com_channel.h"

#include "stub_raised.h"
#include <rpcexcept.h>

#include <initguid.h>

DEFINE_GUID(IID_IMany, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x11);
DEFINE_GUID(IID_IMore, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x12);
DEFINE_GUID(CLSID_Many, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x13);

/* interface IMany : IUnknown
 * {
 *     HRESULT add(long a, long b, [out] long *sum);
 *     double mix(float f, double d, hyper h, float g, [out] double *sum);
 *     float half(float x);
 *     hyper wide(hyper x, short y);
 *     HRESULT refuse(long code, [out, string] wchar_t **never);
 *     void nothing();
 *     HRESULT pass([in] IStream *stream, [out] IStream **same);
 * }
 * interface IMore : IMany
 * {
 *     HRESULT negate([in, out] long *x);
 * } */
typedef struct IMore IMore;
struct methods {
    HRESULT(WINAPI *QueryInterface)(IMore *This, REFIID iid, void **object);
    ULONG(WINAPI *AddRef)(IMore *This);
    ULONG(WINAPI *Release)(IMore *This);
    HRESULT(WINAPI *add)(IMore *This, LONG a, LONG b, LONG *sum);
    double(WINAPI *mix)(IMore *This, float f, double d, LONGLONG h, float g, double *sum);
    float(WINAPI *half)(IMore *This, float x);
    LONGLONG(WINAPI *wide)(IMore *This, LONGLONG x, short y);
    HRESULT(WINAPI *refuse)(IMore *This, LONG code, WCHAR **never);
    void(WINAPI *nothing)(IMore *This);
    HRESULT(WINAPI *pass)(IMore *This, IStream *stream, IStream **same);
    HRESULT(WINAPI *negate)(IMore *This, LONG *x);
};
struct IMore {
    const struct methods *lpVtbl;
    LONG references;
    LONG nothings;
    bool knows_base;
};
#define MANY_METHODS 10
#define MORE_METHODS 11

/* ---- the server ---- */

static HRESULT WINAPI server_query_interface(IMore *This, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMore) &&
        (!IsEqualIID(iid, &IID_IMany) || !This->knows_base))
        return E_NOINTERFACE;
    InterlockedIncrement(&This->references);
    *object = This;
    return S_OK;
}

static ULONG WINAPI server_add_ref(IMore *This)
{
    return InterlockedIncrement(&This->references);
}

static ULONG WINAPI server_release(IMore *This)
{
    return InterlockedDecrement(&This->references);
}

static HRESULT WINAPI server_add(IMore *This, LONG a, LONG b, LONG *sum)
{
    *sum = a + b;
    return *sum < 0 ? S_FALSE : S_OK;
}

static double WINAPI server_mix(IMore *This, float f, double d, LONGLONG h, float g, double *sum)
{
    if (h < 0)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    *sum = f + d + h + g;
    return f * 1000 + d * 100 + h * 10 + g;
}

static float WINAPI server_half(IMore *This, float x)
{
    return x / 2;
}

static LONGLONG WINAPI server_wide(IMore *This, LONGLONG x, short y)
{
    return x + y;
}

static HRESULT WINAPI server_refuse(IMore *This, LONG code, WCHAR **never)
{
    *never = CoTaskMemAlloc(2 * sizeof(WCHAR));
    wcscpy(*never, L"x");
    if (code == 1)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    return code;
}

static void WINAPI server_nothing(IMore *This)
{
    This->nothings++;
}

static HRESULT WINAPI server_pass(IMore *This, IStream *stream, IStream **same)
{
    *same = stream;
    if (stream)
        IStream_AddRef(stream);
    return S_OK;
}

static HRESULT WINAPI server_negate(IMore *This, LONG *x)
{
    *x = -*x;
    return S_OK;
}

static const struct methods server_methods = {
    server_query_interface, server_add_ref, server_release, server_add,    server_mix, server_half,
    server_wide,            server_refuse,    server_nothing, server_pass, server_negate,
};

/* ---- what a compiler writes ---- */

#define WORD_(n) (n) & 0xff, (n) >> 8
#ifdef _WIN64
#define OFFSET(n64, n32) WORD_(n64)
#else
#define OFFSET(n64, n32) WORD_(n32)
#endif
/* FC_AUTO_HANDLE; Oi_OBJECT_PROC, Oi_HAS_RPCFLAGS, Oi_OBJ_USE_V2_INTERPRETER,
 * Oi_USE_NEW_INIT_ROUTINES; then, sizes being left to the interpreter, the -Oicf header */
#define PROCEDURE(number, n64, n32, oi2, count)                                                    \
    0x33, 0x6c, 0, 0, 0, 0, WORD_(number), OFFSET(n64, n32), WORD_(0), WORD_(0), 0x40 | (oi2),     \
        count, 8, 1, WORD_(0), WORD_(0), WORD_(0)
#define SERVER_SIZES 0x01
#define CLIENT_SIZES 0x02
#define RETURNS 0x04
#define IN_BASE(n64, n32, type) WORD_(0x49), OFFSET(n64, n32), type, 0
#define OUT_BASE(n64, n32, type) WORD_(0x2151), OFFSET(n64, n32), type, 0
#define RESULT(n64, n32, type) WORD_(0x71), OFFSET(n64, n32), type, 0
#define SHORT 0x06
#define LONG_ 0x08
#define FLOAT 0x0a
#define HYPER 0x0b
#define DOUBLE 0x0c

/* The types: [out, string] wchar_t **: FC_RP to FC_UP to FC_C_WSTRING; IStream *: FC_IP with an IID;
 * IStream **: FC_RP to it. */
#define TYPE_TEXT 2
#define TYPE_STREAM 10
#define TYPE_STREAM_OUT 28
static const unsigned char types[] = {
    0, 0,
    0x11, 0x14, WORD_(2),    /* FC_RP, allocated on stack, pointer deref: to +2 … */
    0x12, 0x08, 0x25, 0x5c,  /* FC_UP, simple: FC_C_WSTRING */
    0x2f, 0x5a, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46,
    0x11, 0x10, WORD_(-20 & 0xffff), /* FC_RP, pointer deref: 20 back from its offset */
};

static const unsigned char procedures[] = {
#define PROC_ADD 0
    PROCEDURE(3, 40, 20, CLIENT_SIZES | SERVER_SIZES | RETURNS, 4),
    IN_BASE(8, 4, LONG_), IN_BASE(16, 8, LONG_), OUT_BASE(24, 12, LONG_), RESULT(32, 16, LONG_),
#define PROC_MIX (PROC_ADD + 24 + 4 * 6)
    PROCEDURE(4, 56, 40, CLIENT_SIZES | SERVER_SIZES | RETURNS, 6),
    IN_BASE(8, 4, FLOAT), IN_BASE(16, 8, DOUBLE), IN_BASE(24, 16, HYPER), IN_BASE(32, 24, FLOAT),
    OUT_BASE(40, 28, DOUBLE), RESULT(48, 32, DOUBLE),
#define PROC_HALF (PROC_MIX + 24 + 6 * 6)
    PROCEDURE(5, 24, 12, CLIENT_SIZES | SERVER_SIZES | RETURNS, 2),
    IN_BASE(8, 4, FLOAT), RESULT(16, 8, FLOAT),
#define PROC_WIDE (PROC_HALF + 24 + 2 * 6)
    PROCEDURE(6, 32, 24, CLIENT_SIZES | SERVER_SIZES | RETURNS, 3),
    IN_BASE(8, 4, HYPER), IN_BASE(16, 12, SHORT), RESULT(24, 16, HYPER),
#define PROC_REFUSE (PROC_WIDE + 24 + 3 * 6)
    PROCEDURE(7, 32, 16, CLIENT_SIZES | SERVER_SIZES | RETURNS, 3),
    IN_BASE(8, 4, LONG_), WORD_(0x2013), OFFSET(16, 8), WORD_(TYPE_TEXT), RESULT(24, 12, LONG_),
#define PROC_NOTHING (PROC_REFUSE + 24 + 3 * 6)
    PROCEDURE(8, 8, 4, 0, 0),
#define PROC_PASS (PROC_NOTHING + 24)
    PROCEDURE(9, 32, 16, CLIENT_SIZES | SERVER_SIZES | RETURNS, 3),
    WORD_(0x0b), OFFSET(8, 4), WORD_(TYPE_STREAM),
    WORD_(0x13), OFFSET(16, 8), WORD_(TYPE_STREAM_OUT), RESULT(24, 12, LONG_),
#define PROC_NEGATE (PROC_PASS + 24 + 3 * 6)
    PROCEDURE(10, 24, 12, CLIENT_SIZES | SERVER_SIZES | RETURNS, 2),
    WORD_(0x159), OFFSET(8, 4), LONG_, 0, RESULT(16, 8, LONG_),
};

static const unsigned short offsets[] = {PROC_ADD,  PROC_MIX,     PROC_HALF, PROC_WIDE,
                                         PROC_REFUSE, PROC_NOTHING, PROC_PASS, PROC_NEGATE};

static void *RPC_ENTRY allocate(size_t size)
{
    return CoTaskMemAlloc(size);
}

static void RPC_ENTRY release(void *block)
{
    CoTaskMemFree(block);
}

static const MIDL_STUB_DESC stub_desc = {
    .pfnAllocate = allocate,
    .pfnFree = release,
    .pFormatTypes = types,
    .fCheckBounds = 1,
    .Version = 0x50002,
    .mFlags = 1,
};
static const MIDL_STUBLESS_PROXY_INFO proxy_info = {
    .pStubDesc = (PMIDL_STUB_DESC)&stub_desc,
    .ProcFormatString = procedures,
    .FormatStringOffset = offsets - 3,
};
static const MIDL_SERVER_INFO server_info = {
    .pStubDesc = (PMIDL_STUB_DESC)&stub_desc,
    .ProcString = procedures,
    .FmtStringOffset = offsets - 3,
};

#define INTERPRETED ((void *)(INT_PTR)-1)

struct proxy_table {
    const MIDL_STUBLESS_PROXY_INFO *info;
    const IID *iid;
    void *methods[MORE_METHODS];
};

HRESULT WINAPI IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid, void **ppvObject);
ULONG WINAPI IUnknown_AddRef_Proxy(IUnknown *This);
ULONG WINAPI IUnknown_Release_Proxy(IUnknown *This);

/* A method with code that calls the interpreter, as MIDL -Oic writes it. */
static HRESULT WINAPI __attribute__((noipa))
add_proxy(IMore *This, LONG a, LONG b, LONG *sum)
{
#ifdef _WIN64
    return (HRESULT)NdrClientCall2((PMIDL_STUB_DESC)&stub_desc, procedures + PROC_ADD, This, a, b,
                                   sum).Simple;
#else
    return (HRESULT)NdrClientCall2((PMIDL_STUB_DESC)&stub_desc, procedures + PROC_ADD, &This)
        .Simple;
#endif
}

static struct proxy_table many_table = {
    &proxy_info,
    &IID_IMany,
    {IUnknown_QueryInterface_Proxy, IUnknown_AddRef_Proxy, IUnknown_Release_Proxy, INTERPRETED,
     INTERPRETED, INTERPRETED, INTERPRETED, INTERPRETED, INTERPRETED, INTERPRETED},
};
/* In a constant section, as newer compilers put it. */
static const struct proxy_table more_table = {
    &proxy_info, &IID_IMore, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, INTERPRETED},
};

static CStdPSFactoryBuffer factory;

static ULONG WINAPI many_release(IRpcStubBuffer *This)
{
    return NdrCStdStubBuffer_Release(This, (IPSFactoryBuffer *)&factory);
}

static ULONG WINAPI more_release(IRpcStubBuffer *This)
{
    return NdrCStdStubBuffer2_Release(This, (IPSFactoryBuffer *)&factory);
}

#define STUB_CALL_2 (PRPC_STUB_FUNCTION)(void *)NdrStubCall2
static const PRPC_STUB_FUNCTION more_functions[] = {
    NdrStubForwardingFunction, NdrStubForwardingFunction, NdrStubForwardingFunction,
    NdrStubForwardingFunction, NdrStubForwardingFunction, NdrStubForwardingFunction,
    NdrStubForwardingFunction, STUB_CALL_2};
static CInterfaceStubVtbl many_stub_table = {
    {&IID_IMany, &server_info, MANY_METHODS, NULL},
    {CStdStubBuffer_QueryInterface, CStdStubBuffer_AddRef, many_release, CStdStubBuffer_Connect,
     CStdStubBuffer_Disconnect, CStdStubBuffer_Invoke, CStdStubBuffer_IsIIDSupported,
     CStdStubBuffer_CountRefs, CStdStubBuffer_DebugServerQueryInterface,
     CStdStubBuffer_DebugServerRelease},
};
static CInterfaceStubVtbl more_stub_table = {
    {&IID_IMore, &server_info, MORE_METHODS, more_functions - 3},
    {0, 0, more_release, 0, 0, 0, 0, 0, 0, 0},
};
static const CInterfaceProxyVtbl *const proxies[] = {(const CInterfaceProxyVtbl *)&many_table,
                                                     (const CInterfaceProxyVtbl *)&more_table};
static const CInterfaceStubVtbl *const stubs[] = {&many_stub_table, &more_stub_table};
static const IID *bases[] = {NULL, &IID_IMany};
static const PCInterfaceName names[] = {"IMany", "IMore"};
static const ProxyFileInfo file = {
    .pProxyVtblList = (const PCInterfaceProxyVtblList *)proxies,
    .pStubVtblList = (const PCInterfaceStubVtblList *)stubs,
    .pNamesArray = names,
    .pDelegatedIIDs = bases,
    .TableSize = 2,
    .TableVersion = 2,
};
static const ProxyFileInfo *files[] = {&file, NULL};

/* ---- joining them ---- */

struct joined {
    IMore server;
    struct com_channel channel;
    IRpcProxyBuffer *proxy;
    IMore *object;
};

static IPSFactoryBuffer *class_object(void)
{
    IPSFactoryBuffer *object;

    assert_int_equal(NdrDllGetClassObject(&CLSID_Many, &IID_IPSFactoryBuffer, (void **)&object,
                                          files, &CLSID_Many, &factory),
                     S_OK);
    return object;
}

static void join(struct joined *j, const IID *iid)
{
    IPSFactoryBuffer *object = class_object();

    *j = (struct joined){.server = {.lpVtbl = &server_methods, .references = 1},
                         .channel = com_channel(iid == &IID_IMany ? iid : NULL)};
    j->server.knows_base = iid == &IID_IMany;
    assert_int_equal(IPSFactoryBuffer_CreateStub(object, iid, (IUnknown *)&j->server,
                                                 &j->channel.stub),
                     S_OK);
    assert_int_equal(IPSFactoryBuffer_CreateProxy(object, NULL, iid, &j->proxy,
                                                  (void **)&j->object),
                     S_OK);
    assert_int_equal(IRpcProxyBuffer_Connect(j->proxy, &j->channel.iface), S_OK);
    IPSFactoryBuffer_Release(object);
}

static void part(struct joined *j)
{
    assert_int_equal(j->channel.buffers, 0);
    assert_int_equal(j->object->lpVtbl->Release(j->object), 1);
    assert_int_equal(IRpcProxyBuffer_Release(j->proxy), 0);
    assert_int_equal(j->channel.references, 1);
    assert_int_equal(IRpcStubBuffer_Release(j->channel.stub), 0);
    assert_int_equal(j->server.references, 1);
}

/* ---- the tests ---- */

static void use_base(struct joined *j)
{
    const struct methods *methods = j->object->lpVtbl;
    IMore *object = j->object;
    double exact = 0;
    LONG sum = 0;

    assert_int_equal(methods->add(object, 40, 2, &sum), S_OK);
    assert_int_equal(sum, 42);
    assert_int_equal(methods->add(object, -40, 2, &sum), S_FALSE);
    assert_int_equal(sum, -38);
    assert_true(methods->mix(object, 1.5f, 2.25, 3, 4.5f, &exact) == 1500 + 225 + 30 + 4.5);
    assert_true(exact == 11.25);
    assert_true(methods->half(object, 5.0f) == 2.5f);
    assert_true(methods->wide(object, 0x123456789abcLL, -2) == 0x123456789abaLL);
    methods->nothing(object);
    methods->nothing(object);
    assert_int_equal(j->server.nothings, 2);
}

static void test_interpreted(void **state)
{
    struct joined j;

    join(&j, &IID_IMany);
    use_base(&j);
    part(&j);
}

/* A caller who has registers to lose finds them as they were: many calls in one expression. */
static void test_stack(void **state)
{
    struct joined j;
    LONGLONG total = 0;

    join(&j, &IID_IMany);
    for (int i = 0; i < 100; i++)
        total += j.object->lpVtbl->wide(j.object, i, 1) + j.object->lpVtbl->wide(j.object, -i, 2) +
                 (LONGLONG)j.object->lpVtbl->half(j.object, 4.0f);
    assert_true(total == 500);
    part(&j);
}

static void test_code_that_interprets(void **state)
{
    struct joined j;
    LONG sum = 0;

    join(&j, &IID_IMany);
    assert_int_equal(add_proxy(j.object, 1, 2, &sum), S_OK);
    assert_int_equal(sum, 3);
    part(&j);
}

/* A failed call leaves no garbage in [out] parameters, whichever side it failed on. A method that
 * returns no HRESULT raises. */
static void test_failures(void **state)
{
    struct joined j;
    WCHAR *text = (WCHAR *)1;
    double sum;

    join(&j, &IID_IMany);
    assert_int_equal(j.object->lpVtbl->refuse(j.object, 1, &text),
                     HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    assert_null(text);
    text = (WCHAR *)1;
    assert_int_equal(j.object->lpVtbl->refuse(j.object, E_ABORT, &text), E_ABORT);
    assert_int_equal(wcscmp(text, L"x"), 0);
    CoTaskMemFree(text);
    j.channel.failure = RPC_E_SERVER_DIED;
    text = (WCHAR *)1;
    assert_int_equal(j.object->lpVtbl->refuse(j.object, 0, &text), RPC_E_SERVER_DIED);
    assert_null(text);
    assert_int_equal(RAISED(j.object->lpVtbl->nothing(j.object)), RPC_E_SERVER_DIED);
    assert_int_equal(RAISED(j.object->lpVtbl->mix(j.object, 0, 0, 0, 0, &sum)), RPC_E_SERVER_DIED);
    j.channel.failure = S_OK;
    assert_int_equal(RAISED(j.object->lpVtbl->mix(j.object, 0, 0, -1, 0, &sum)),
                     HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    assert_int_equal(j.object->lpVtbl->add(j.object, 1, 2, NULL),
                     HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
    IRpcStubBuffer_Disconnect(j.channel.stub);
    assert_int_equal(j.object->lpVtbl->add(j.object, 1, 2, &j.server.nothings),
                     CO_E_OBJNOTCONNECTED);
    IRpcProxyBuffer_Disconnect(j.proxy);
    text = (WCHAR *)1;
    assert_int_equal(j.object->lpVtbl->refuse(j.object, 0, &text), RPC_E_DISCONNECTED);
    assert_null(text);
    assert_int_equal(IRpcStubBuffer_Connect(j.channel.stub, (IUnknown *)&j.server), S_OK);
    part(&j);
}

static void test_interface_pointers(void **state)
{
    struct joined j;
    IStream *stream, *same = NULL;

    assert_int_equal(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    join(&j, &IID_IMany);
    assert_int_equal(j.object->lpVtbl->pass(j.object, stream, &same), S_OK);
    assert_ptr_equal(same, stream);
    assert_int_equal(IStream_Release(same), 1);
    assert_int_equal(j.object->lpVtbl->pass(j.object, NULL, &same), S_OK);
    assert_null(same);
    part(&j);
    assert_int_equal(IStream_Release(stream), 0);
}

/* C706 14: what is sent is the [in] parameters; what comes back, the [out] ones and the result. */
static void test_wire(void **state)
{
    LONG request[] = {7, 8};
    RPCOLEMESSAGE msg = {.dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
                         .Buffer = request,
                         .cbBuffer = sizeof(request),
                         .iMethod = 3};
    const LONG *reply;
    struct joined j;

    join(&j, &IID_IMany);
    assert_int_equal(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface), S_OK);
    assert_int_equal(msg.cbBuffer, 8);
    reply = msg.Buffer;
    assert_int_equal(reply[0], 15);
    assert_int_equal(reply[1], S_OK);
    free(msg.Buffer);
    j.channel.buffers--;
    msg.Buffer = request;
    msg.cbBuffer = 7;
    assert_int_equal(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface),
                     HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    part(&j);
}

/* ---- delegation ---- */

struct registered {
    DWORD cookie;
};

/* COM finds the base's factory as it finds any. */
static int register_base(void **state)
{
    static struct registered registered;
    IPSFactoryBuffer *object = class_object();

    *state = &registered;
    if (CoRegisterClassObject(&CLSID_Many, (IUnknown *)object, CLSCTX_INPROC_SERVER,
                              REGCLS_MULTIPLEUSE, &registered.cookie) != S_OK ||
        CoRegisterPSClsid(&IID_IMany, &CLSID_Many) != S_OK)
        return 1;
    IPSFactoryBuffer_Release(object);
    return 0;
}

static int unregister_base(void **state)
{
    return CoRevokeClassObject(((struct registered *)*state)->cookie);
}

/* The server does not know the base's IID: it is called as what it is. */
static void test_delegated(void **state)
{
    struct joined j;
    LONG x = 5;
    void *found;

    join(&j, &IID_IMore);
    use_base(&j);
    assert_int_equal(j.object->lpVtbl->negate(j.object, &x), S_OK);
    assert_int_equal(x, -5);
    assert_int_equal(IRpcProxyBuffer_QueryInterface(j.proxy, &IID_IMore, &found), S_OK);
    assert_ptr_equal(found, j.object);
    j.object->lpVtbl->Release(j.object);
    part(&j);
}

static void test_delegated_connections(void **state)
{
    IMore other = {.lpVtbl = &server_methods, .references = 1};
    struct joined j;
    LONG sum;

    join(&j, &IID_IMore);
    assert_int_equal(IRpcStubBuffer_CountRefs(j.channel.stub), 2);
    assert_int_equal(IRpcStubBuffer_Connect(j.channel.stub, (IUnknown *)&other), S_OK);
    assert_int_equal(j.server.references, 1);
    j.object->lpVtbl->nothing(j.object);
    assert_int_equal(other.nothings, 1);
    IRpcStubBuffer_Disconnect(j.channel.stub);
    assert_int_equal(other.references, 1);
    assert_int_equal(IRpcStubBuffer_CountRefs(j.channel.stub), 0);
    assert_int_equal(j.object->lpVtbl->add(j.object, 1, 2, &sum), CO_E_OBJNOTCONNECTED);
    assert_int_equal(IRpcStubBuffer_Connect(j.channel.stub, (IUnknown *)&j.server), S_OK);
    IRpcProxyBuffer_Disconnect(j.proxy);
    assert_int_equal(j.object->lpVtbl->add(j.object, 1, 2, &sum), RPC_E_DISCONNECTED);
    part(&j);
}

/* ---- the registry ---- */

static LSTATUS get_value(const WCHAR *key, const WCHAR *name, WCHAR value[MAX_PATH])
{
    DWORD size = MAX_PATH * sizeof(WCHAR);

    return RegGetValueW(HKEY_CLASSES_ROOT, key, name, RRF_RT_REG_SZ, NULL, value, &size);
}

static void assert_value(const WCHAR *key, const WCHAR *name, const WCHAR *expected)
{
    WCHAR value[MAX_PATH];

    assert_int_equal(get_value(key, name, value), ERROR_SUCCESS);
    assert_int_equal(wcscmp(value, expected), 0);
}

#define MANY_KEY L"Interface\\{5D2F4A10-7B1C-4B1E-9A11-2183075C9E11}"
#define MORE_KEY L"Interface\\{5D2F4A10-7B1C-4B1E-9A11-2183075C9E12}"
#define CLASS L"{5D2F4A10-7B1C-4B1E-9A11-2183075C9E13}"

static void test_registration(void **state)
{
    const ProxyFileInfo *none[] = {NULL};
    HMODULE self = GetModuleHandleW(NULL);
    WCHAR value[MAX_PATH], path[MAX_PATH];

    assert_int_equal(NdrDllRegisterProxy(NULL, files, &CLSID_Many), E_HANDLE);
    assert_int_equal(NdrDllRegisterProxy(self, none, &CLSID_Many), E_NOINTERFACE);
    assert_int_equal(NdrDllRegisterProxy(self, files, &CLSID_Many), S_OK);
    GetModuleFileNameW(self, path, MAX_PATH);
    assert_value(MANY_KEY, NULL, L"IMany");
    assert_value(MORE_KEY, NULL, L"IMore");
    assert_value(MORE_KEY L"\\ProxyStubClsid32", NULL, CLASS);
    assert_value(MORE_KEY L"\\NumMethods", NULL, L"11");
    assert_value(L"CLSID\\" CLASS L"\\InProcServer32", NULL, path);
    assert_value(L"CLSID\\" CLASS L"\\InProcServer32", L"ThreadingModel", L"Both");
    assert_int_equal(NdrDllUnregisterProxy(self, files, &CLSID_Many), S_OK);
    assert_int_equal(get_value(MANY_KEY, NULL, value), ERROR_FILE_NOT_FOUND);
    assert_int_equal(get_value(L"CLSID\\" CLASS, NULL, value), ERROR_FILE_NOT_FOUND);
    assert_int_equal(NdrDllUnregisterProxy(self, files, &CLSID_Many), S_OK);
    /* Without a class of its own: that of the first interface's IID. */
    assert_int_equal(NdrDllRegisterProxy(self, files, NULL), S_OK);
    assert_value(MORE_KEY L"\\ProxyStubClsid32", NULL, L"{5D2F4A10-7B1C-4B1E-9A11-2183075C9E11}");
    assert_int_equal(NdrDllUnregisterProxy(self, files, NULL), S_OK);
}

static int start(void **state)
{
    return CoInitializeEx(NULL, COINIT_MULTITHREADED) != S_OK;
}

static int finish(void **state)
{
    CoUninitialize();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpreted),
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_code_that_interprets),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_interface_pointers),
        cmocka_unit_test(test_wire),
        cmocka_unit_test_setup_teardown(test_delegated, register_base, unregister_base),
        cmocka_unit_test_setup_teardown(test_delegated_connections, register_base,
                                        unregister_base),
        cmocka_unit_test(test_registration),
    };

    return cmocka_run_group_tests(tests, start, finish);
}
