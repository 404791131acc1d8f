/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COM interfaces: proxies and stubs as a compiler writes them (-Os), joined by a channel that calls
 * the stub at once; and interface pointers through the NDR engine with the real COM around it. */
#include "com_channel.h"

#include <rpcexcept.h>

#include <initguid.h>

#define FC_LONG 0x08

DEFINE_GUID(IID_ISquare, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x01);
DEFINE_GUID(IID_IMarked, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x02);
DEFINE_GUID(CLSID_Proxies, 0x5d2f4a10, 0x7b1c, 0x4b1e, 0x9a, 0x11, 0x21, 0x83, 0x07, 0x5c, 0x9e, 0x03);

/* ---- the interface and its server ---- */

typedef struct ISquare ISquare;
struct square_methods {
    HRESULT(WINAPI *QueryInterface)(ISquare *This, REFIID iid, void **object);
    ULONG(WINAPI *AddRef)(ISquare *This);
    ULONG(WINAPI *Release)(ISquare *This);
    HRESULT(WINAPI *square)(ISquare *This, LONG x, LONG *result);
};
struct ISquare {
    const struct square_methods *lpVtbl;
    LONG references;
};

static HRESULT WINAPI server_query_interface(ISquare *This, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISquare))
        return E_NOINTERFACE;
    InterlockedIncrement(&This->references);
    *object = This;
    return S_OK;
}

static ULONG WINAPI server_add_ref(ISquare *This)
{
    return InterlockedIncrement(&This->references);
}

static ULONG WINAPI server_release(ISquare *This)
{
    return InterlockedDecrement(&This->references);
}

static HRESULT WINAPI server_square(ISquare *This, LONG x, LONG *result)
{
    if (x < 0)
        RpcRaiseException(RPC_X_INVALID_BOUND);
    *result = x * x;
    return x > 1000 ? S_FALSE : S_OK;
}

static const struct square_methods server_methods = {
    server_query_interface, server_add_ref, server_release, server_square,
};

/* ---- what a compiler writes for it ---- */

static void *RPC_ENTRY allocate(size_t size)
{
    return malloc(size);
}

static void RPC_ENTRY release(void *block)
{
    free(block);
}

static const MIDL_STUB_DESC stub_desc = {
    .pfnAllocate = allocate, .pfnFree = release, .Version = 0x20000, .fCheckBounds = 1,
};

static HRESULT WINAPI square_proxy(ISquare *This, LONG x, LONG *result)
{
    MIDL_STUB_MESSAGE msg;
    RPC_MESSAGE rpc;
    volatile HRESULT hr = E_FAIL;
    HRESULT answer;

    RpcTryExcept {
        NdrProxyInitialize(This, &rpc, &msg, (PMIDL_STUB_DESC)&stub_desc, 3);
        RpcTryFinally {
            msg.BufferLength = 8;
            NdrProxyGetBuffer(This, &msg);
            NdrSimpleTypeMarshall(&msg, (unsigned char *)&x, FC_LONG);
            NdrProxySendReceive(This, &msg);
            NdrSimpleTypeUnmarshall(&msg, (unsigned char *)result, FC_LONG);
            NdrSimpleTypeUnmarshall(&msg, (unsigned char *)&answer, FC_LONG);
            hr = answer;
        }
        RpcFinally {
            NdrProxyFreeBuffer(This, &msg);
        }
        RpcEndFinally;
    }
    RpcExcept(msg.dwStubPhase != PROXY_SENDRECEIVE) {
        hr = NdrProxyErrorHandler(RpcExceptionCode());
    }
    RpcEndExcept;
    return hr;
}

static void __RPC_STUB square_stub(IRpcStubBuffer *This, IRpcChannelBuffer *channel,
                                   PRPC_MESSAGE rpc, DWORD *phase)
{
    ISquare *server = (ISquare *)((CStdStubBuffer *)This)->pvServerObject;
    MIDL_STUB_MESSAGE msg;
    LONG x, result = 0;
    HRESULT hr;

    NdrStubInitialize(rpc, &msg, (PMIDL_STUB_DESC)&stub_desc, channel);
    NdrSimpleTypeUnmarshall(&msg, (unsigned char *)&x, FC_LONG);
    *phase = STUB_CALL_SERVER;
    hr = server->lpVtbl->square(server, x, &result);
    *phase = STUB_MARSHAL;
    msg.BufferLength = 8;
    NdrStubGetBuffer(This, channel, &msg);
    NdrSimpleTypeMarshall(&msg, (unsigned char *)&result, FC_LONG);
    NdrSimpleTypeMarshall(&msg, (unsigned char *)&hr, FC_LONG);
    rpc->BufferLength = (unsigned int)(msg.Buffer - (unsigned char *)rpc->Buffer);
}

HRESULT WINAPI IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid, void **ppvObject);
ULONG WINAPI IUnknown_AddRef_Proxy(IUnknown *This);
ULONG WINAPI IUnknown_Release_Proxy(IUnknown *This);

static CStdPSFactoryBuffer factory;

static ULONG WINAPI stub_release(IRpcStubBuffer *This)
{
    return NdrCStdStubBuffer_Release(This, (IPSFactoryBuffer *)&factory);
}

#define STUB_METHODS \
    { \
        CStdStubBuffer_QueryInterface, CStdStubBuffer_AddRef, stub_release, \
            CStdStubBuffer_Connect, CStdStubBuffer_Disconnect, CStdStubBuffer_Invoke, \
            CStdStubBuffer_IsIIDSupported, CStdStubBuffer_CountRefs, \
            CStdStubBuffer_DebugServerQueryInterface, CStdStubBuffer_DebugServerRelease \
    }

/* ISquare, and an interface with an interpreted method that nothing describes. */
static CINTERFACE_PROXY_VTABLE(4) square_table = {
    { &IID_ISquare },
    { IUnknown_QueryInterface_Proxy, IUnknown_AddRef_Proxy, IUnknown_Release_Proxy, square_proxy },
};
static CINTERFACE_PROXY_VTABLE(4) marked_table = {
    { &IID_IMarked },
    { IUnknown_QueryInterface_Proxy, IUnknown_AddRef_Proxy, IUnknown_Release_Proxy, (void *)-1 },
};
static const PRPC_STUB_FUNCTION square_functions[] = { square_stub };
static const CInterfaceStubVtbl square_stub_table = {
    { &IID_ISquare, NULL, 4, square_functions - 3 },
    STUB_METHODS,
};
static const CInterfaceStubVtbl marked_stub_table = {
    { &IID_IMarked, NULL, 4, NULL },
    STUB_METHODS,
};
static const CInterfaceProxyVtbl *const proxies[] = {
    (const CInterfaceProxyVtbl *)&square_table,
    (const CInterfaceProxyVtbl *)&marked_table,
    NULL,
};
static const CInterfaceStubVtbl *const stubs[] = { &square_stub_table, &marked_stub_table, NULL };
static const ProxyFileInfo file = {
    .pProxyVtblList = (const PCInterfaceProxyVtblList *)proxies,
    .pStubVtblList = (const PCInterfaceStubVtblList *)stubs,
    .TableSize = 2,
    .TableVersion = 1,
};
static const ProxyFileInfo *files[] = { &file, NULL };

/* ---- the tests ---- */

static HRESULT class_object(const CLSID *clsid, const CLSID *own, IPSFactoryBuffer **object)
{
    return NdrDllGetClassObject(clsid, &IID_IPSFactoryBuffer, (void **)object, files, own,
                                &factory);
}

static void factory_object(void **state)
{
    IPSFactoryBuffer *object = (IPSFactoryBuffer *)1;
    IUnknown *unknown;

    assert_int_equal(class_object(&IID_IDispatch, &CLSID_Proxies, &object),
                     CLASS_E_CLASSNOTAVAILABLE);
    assert_null(object);
    assert_int_equal(class_object(&CLSID_Proxies, NULL, &object), CLASS_E_CLASSNOTAVAILABLE);
    assert_int_equal(class_object(&IID_ISquare, NULL, &object), S_OK);
    assert_int_equal(NdrDllCanUnloadNow(&factory), S_FALSE);
    assert_int_equal(IPSFactoryBuffer_Release(object), 0);
    assert_int_equal(NdrDllCanUnloadNow(&factory), S_OK);
    assert_int_equal(class_object(&CLSID_Proxies, &CLSID_Proxies, &object), S_OK);
    assert_ptr_equal(object, &factory);
    assert_int_equal(IPSFactoryBuffer_QueryInterface(object, &IID_IClassFactory, (void **)&unknown),
                     E_NOINTERFACE);
    assert_null(unknown);
    IPSFactoryBuffer_Release(object);
}

/* What the factory does not know, or cannot make. */
static void refused(void **state)
{
    ISquare server = { &server_methods, 1 };
    IPSFactoryBuffer *object;
    IRpcProxyBuffer *proxy;
    IRpcStubBuffer *stub;
    void *iface;

    assert_int_equal(class_object(&CLSID_Proxies, &CLSID_Proxies, &object), S_OK);
    assert_int_equal(
        IPSFactoryBuffer_CreateProxy(object, NULL, &IID_IDispatch, &proxy, &iface), E_NOINTERFACE);
    assert_null(proxy);
    assert_int_equal(IPSFactoryBuffer_CreateProxy(object, NULL, &IID_IMarked, &proxy, &iface),
                     E_NOTIMPL);
    assert_null(proxy);
    assert_int_equal(
        IPSFactoryBuffer_CreateStub(object, &IID_IDispatch, (IUnknown *)&server, &stub),
        E_NOINTERFACE);
    assert_int_equal(IPSFactoryBuffer_CreateStub(object, &IID_IMarked, (IUnknown *)&server, &stub),
                     E_NOTIMPL);
    assert_null(stub);
    assert_int_equal(server.references, 1);
    assert_int_equal(IPSFactoryBuffer_Release(object), 0);
}

struct joined {
    ISquare server;
    struct com_channel channel;
    IPSFactoryBuffer *factory;
    IRpcProxyBuffer *proxy;
    ISquare *object;
};

static void join(struct joined *j)
{
    *j = (struct joined){ .server = { &server_methods, 1 },
                          .channel = com_channel(&IID_ISquare) };
    assert_int_equal(class_object(&CLSID_Proxies, &CLSID_Proxies, &j->factory), S_OK);
    assert_int_equal(IPSFactoryBuffer_CreateStub(j->factory, &IID_ISquare, (IUnknown *)&j->server,
                                                 &j->channel.stub),
                     S_OK);
    assert_int_equal(IPSFactoryBuffer_CreateProxy(j->factory, NULL, &IID_ISquare, &j->proxy,
                                                  (void **)&j->object),
                     S_OK);
    assert_int_equal(IRpcProxyBuffer_Connect(j->proxy, &j->channel.iface), S_OK);
}

static void part(struct joined *j)
{
    assert_int_equal(j->channel.buffers, 0);
    assert_int_equal(j->object->lpVtbl->Release(j->object), 1);
    assert_int_equal(IRpcProxyBuffer_Release(j->proxy), 0);
    assert_int_equal(j->channel.references, 1);
    assert_int_equal(IRpcStubBuffer_Release(j->channel.stub), 0);
    assert_int_equal(j->server.references, 1);
    assert_int_equal(IPSFactoryBuffer_Release(j->factory), 0);
}

static void calls(void **state)
{
    struct joined j;
    LONG result = 0;

    join(&j);
    assert_int_equal(j.object->lpVtbl->square(j.object, 12, &result), S_OK);
    assert_int_equal(result, 144);
    assert_int_equal(j.object->lpVtbl->square(j.object, 1001, &result), S_FALSE);
    assert_int_equal(result, 1002001);
    part(&j);
}

static void failures(void **state)
{
    struct joined j;
    LONG result;

    join(&j);
    assert_int_equal(j.object->lpVtbl->square(j.object, -1, &result),
                     HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    j.channel.failure = RPC_E_SERVER_DIED;
    assert_int_equal(j.object->lpVtbl->square(j.object, 1, &result), RPC_E_SERVER_DIED);
    j.channel.failure = S_OK;
    IRpcStubBuffer_Disconnect(j.channel.stub);
    assert_int_equal(j.server.references, 1);
    assert_int_equal(IRpcStubBuffer_CountRefs(j.channel.stub), 0);
    assert_int_equal(j.object->lpVtbl->square(j.object, 1, &result), CO_E_OBJNOTCONNECTED);
    assert_int_equal(IRpcStubBuffer_Connect(j.channel.stub, (IUnknown *)&j.server), S_OK);
    assert_int_equal(IRpcStubBuffer_CountRefs(j.channel.stub), 1);
    assert_int_equal(j.object->lpVtbl->square(j.object, 3, &result), S_OK);
    assert_int_equal(result, 9);
    IRpcProxyBuffer_Disconnect(j.proxy);
    assert_int_equal(j.channel.references, 1);
    assert_int_equal(j.object->lpVtbl->square(j.object, 1, &result), RPC_E_DISCONNECTED);
    part(&j);
}

static void invalid_methods(void **state)
{
    RPCOLEMESSAGE msg = { .dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION };
    struct joined j;

    join(&j);
    for (msg.iMethod = 0; msg.iMethod < 6; msg.iMethod++)
        if (msg.iMethod != 3)
            assert_int_equal(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface),
                             RPC_E_INVALIDMETHOD);
    msg.iMethod = 3; /* no parameter there */
    assert_int_equal(IRpcStubBuffer_Invoke(j.channel.stub, &msg, &j.channel.iface),
                     HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    part(&j);
}

/* A proxy is part of another object: its IUnknown is that one's. */
static void aggregated(void **state)
{
    ISquare outer = { &server_methods, 1 };
    struct joined j;
    ISquare *inner;
    IRpcProxyBuffer *proxy;
    void *found;

    join(&j);
    assert_int_equal(IPSFactoryBuffer_CreateProxy(j.factory, (IUnknown *)&outer, &IID_ISquare,
                                                  &proxy, (void **)&inner),
                     S_OK);
    assert_int_equal(outer.references, 2);
    assert_int_equal(inner->lpVtbl->QueryInterface(inner, &IID_IUnknown, &found), S_OK);
    assert_ptr_equal(found, &outer);
    assert_int_equal(inner->lpVtbl->AddRef(inner), 4);
    assert_int_equal(inner->lpVtbl->Release(inner), 3);
    assert_int_equal(IRpcProxyBuffer_QueryInterface(proxy, &IID_ISquare, &found), S_OK);
    assert_ptr_equal(found, inner);
    assert_int_equal(IRpcProxyBuffer_QueryInterface(proxy, &IID_IDispatch, &found), E_NOINTERFACE);
    assert_int_equal(outer.references, 4);
    assert_int_equal(IRpcProxyBuffer_Release(proxy), 0);
    part(&j);
}

/* ---- interface pointers, with COM ---- */

static const unsigned char stream_format[] = {
    0x2f, 0x5a, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46, /* IID_IStream */
};

struct message {
    MIDL_STUB_MESSAGE msg;
    RPC_MESSAGE rpc;
    unsigned char *buffer;
};

static void send_pointer(struct message *m, void *object)
{
    memset(m, 0, sizeof(*m));
    NdrClientInitializeNew(&m->rpc, &m->msg, (PMIDL_STUB_DESC)&stub_desc, 0);
    NdrInterfacePointerBufferSize(&m->msg, object, stream_format);
    m->buffer = malloc(m->msg.BufferLength);
    m->rpc.Buffer = m->msg.Buffer = m->buffer;
    NdrInterfacePointerMarshall(&m->msg, object, stream_format);
    m->rpc.BufferLength = (unsigned int)(m->msg.Buffer - m->buffer);
    assert_true(m->rpc.BufferLength <= m->msg.BufferLength);
}

static DWORD receive_pointer(struct message *m, ULONG length, IStream **stream)
{
    volatile DWORD code = 0;

    m->rpc.BufferLength = length;
    NdrServerInitializeNew(&m->rpc, &m->msg, (PMIDL_STUB_DESC)&stub_desc);
    RpcTryExcept {
        NdrInterfacePointerUnmarshall(&m->msg, (unsigned char **)stream, stream_format, 0);
    }
    RpcExcept(1) {
        code = RpcExceptionCode();
    }
    RpcEndExcept;
    return code;
}

/* [MS-DCOM] 2.2.14: conformance and size, then the OBJREF with its signature. */
static void interface_pointer(void **state)
{
    IStream *stream, *received = NULL;
    struct message m;
    ULONG *words, length;

    assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_int_equal(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    send_pointer(&m, stream);
    words = (ULONG *)m.buffer;
    assert_int_not_equal(words[0], 0);
    assert_int_equal(words[1], m.rpc.BufferLength - 12);
    assert_int_equal(words[2], words[1]);
    assert_int_equal(words[3], 0x574f454d); /* MEOW */
    assert_memory_equal(&words[5], &IID_IStream, sizeof(IID));
    length = m.rpc.BufferLength;
    assert_int_equal(receive_pointer(&m, 0, &received), RPC_X_BAD_STUB_DATA);
    assert_int_equal(receive_pointer(&m, 10, &received), RPC_X_BAD_STUB_DATA);
    assert_int_equal(receive_pointer(&m, length - 1, &received), RPC_X_BAD_STUB_DATA);
    words[2]++;
    assert_int_equal(receive_pointer(&m, length, &received), RPC_X_BAD_STUB_DATA);
    words[2]--;
    assert_int_equal(receive_pointer(&m, length, &received), 0);
    assert_ptr_equal(received, stream); /* the apartment is the same */
    assert_int_equal(IStream_Release(received), 1);
    assert_int_equal(IStream_Release(stream), 0);
    free(m.buffer);
    CoUninitialize();
}

static void null_interface_pointer(void **state)
{
    IStream *received = (IStream *)1;
    struct message m;

    send_pointer(&m, NULL);
    assert_int_equal(m.rpc.BufferLength, 4);
    assert_int_equal(*(ULONG *)m.buffer, 0);
    assert_int_equal(receive_pointer(&m, 4, &received), 0);
    assert_null(received);
    free(m.buffer);
}

/* In another apartment the pointer is a proxy's: calls go through COM's channel and this DLL. */
static DWORD WINAPI other_apartment(void *arg)
{
    struct message *m = arg;
    IStream *received = NULL;
    STATSTG stat;
    DWORD code;
    HRESULT hr;

    if (CoInitializeEx(NULL, COINIT_APARTMENTTHREADED) != S_OK)
        return 1;
    code = receive_pointer(m, m->rpc.BufferLength, &received);
    if (!code) {
        hr = IStream_Stat(received, &stat, STATFLAG_NONAME);
        code = hr != S_OK ? (DWORD)hr : stat.cbSize.LowPart != 5;
        IStream_Release(received);
    }
    CoUninitialize();
    return code;
}

static void proxy_of_system(void **state)
{
    DWORD code = 1;
    IStream *stream;
    struct message m;
    HANDLE thread;

    assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_int_equal(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    assert_int_equal(IStream_Write(stream, "bytes", 5, NULL), S_OK);
    send_pointer(&m, stream);
    thread = CreateThread(NULL, 0, other_apartment, &m, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, 30000), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &code));
    assert_int_equal(code, 0);
    CloseHandle(thread);
    assert_int_equal(IStream_Release(stream), 0);
    free(m.buffer);
    CoUninitialize();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(factory_object),
        cmocka_unit_test(refused),
        cmocka_unit_test(calls),
        cmocka_unit_test(failures),
        cmocka_unit_test(invalid_methods),
        cmocka_unit_test(aggregated),
        cmocka_unit_test(interface_pointer),
        cmocka_unit_test(null_interface_pointer),
        cmocka_unit_test(proxy_of_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
