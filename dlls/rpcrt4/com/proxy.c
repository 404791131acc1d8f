/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies: see com.h. A proxy is two objects in one: the IRpcProxyBuffer that COM connects to a
 * channel, and the interface, whose IUnknown is the outer object's. One that delegates has a proxy
 * of its base interface, too, connected to the same channel. */
#include "com/com.h"
#include "stub/channel.h"
#include "stub/message.h"

struct proxy {
    IRpcProxyBuffer buffer;
    struct com_forwarder object; /* the interface; its target is the base's proxy */
    LONG references;
    IUnknown *outer; /* not counted; the buffer itself where there is none */
    IUnknown *keeper;
    IRpcProxyBuffer *base; /* NULL: none */
    SRWLOCK lock; /* of the channel */
    IRpcChannelBuffer *channel;
};

static struct proxy *proxy_of_buffer(IRpcProxyBuffer *buffer)
{
    return CONTAINER_OF(buffer, struct proxy, buffer);
}

static struct proxy *proxy_of_object(void *object)
{
    return CONTAINER_OF(object, struct proxy, object);
}

/* ---- IRpcProxyBuffer ---- */

static HRESULT WINAPI buffer_query_interface(IRpcProxyBuffer *buffer, REFIID iid, void **object)
{
    struct proxy *proxy = proxy_of_buffer(buffer);

    *object = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcProxyBuffer))
        *object = buffer;
    else if (IsEqualIID(iid, channel_iid_of_proxy(&proxy->object)))
        *object = &proxy->object;
    else
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*object);
    return S_OK;
}

static ULONG WINAPI buffer_add_ref(IRpcProxyBuffer *buffer)
{
    return InterlockedIncrement(&proxy_of_buffer(buffer)->references);
}

static void set_channel(struct proxy *proxy, IRpcChannelBuffer *channel)
{
    IRpcChannelBuffer *old;

    if (channel)
        IRpcChannelBuffer_AddRef(channel);
    AcquireSRWLockExclusive(&proxy->lock);
    old = proxy->channel;
    proxy->channel = channel;
    ReleaseSRWLockExclusive(&proxy->lock);
    if (old)
        IRpcChannelBuffer_Release(old);
}

static void WINAPI buffer_disconnect(IRpcProxyBuffer *buffer)
{
    struct proxy *proxy = proxy_of_buffer(buffer);

    set_channel(proxy, NULL);
    if (proxy->base)
        IRpcProxyBuffer_Disconnect(proxy->base);
}

/* A channel that is still there goes, too. */
static ULONG WINAPI buffer_release(IRpcProxyBuffer *buffer)
{
    struct proxy *proxy = proxy_of_buffer(buffer);
    IUnknown *keeper = proxy->keeper;
    ULONG left = InterlockedDecrement(&proxy->references);

    if (left)
        return left;
    buffer_disconnect(buffer);
    if (proxy->base)
        IRpcProxyBuffer_Release(proxy->base);
    free(proxy);
    IUnknown_Release(keeper);
    return 0;
}

static HRESULT WINAPI buffer_connect(IRpcProxyBuffer *buffer, IRpcChannelBuffer *channel)
{
    struct proxy *proxy = proxy_of_buffer(buffer);
    HRESULT hr = S_OK;

    if (proxy->base)
        hr = IRpcProxyBuffer_Connect(proxy->base, channel);
    if (SUCCEEDED(hr))
        set_channel(proxy, channel);
    return hr;
}

static const IRpcProxyBufferVtbl buffer_methods = {
    buffer_query_interface, buffer_add_ref,    buffer_release,
    buffer_connect,         buffer_disconnect,
};

/* Both are one object, the outer one, so that the base's interface needs no reference on it of its
 * own. */
static HRESULT create_base(struct proxy *proxy, const IID *iid)
{
    IPSFactoryBuffer *factory;
    void *object;
    HRESULT hr = com_base_factory(iid, &factory);

    if (FAILED(hr))
        return hr;
    hr = IPSFactoryBuffer_CreateProxy(factory, proxy->outer, iid, &proxy->base, &object);
    IPSFactoryBuffer_Release(factory);
    if (FAILED(hr))
        return hr;
    proxy->object.target = object;
    IUnknown_Release((IUnknown *)object);
    return S_OK;
}

HRESULT com_proxy_create(IUnknown *keeper, IUnknown *outer, const struct com_interface *type,
                         IRpcProxyBuffer **buffer, void **object)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));
    HRESULT hr = S_OK;

    if (!proxy)
        return E_OUTOFMEMORY;
    proxy->buffer.lpVtbl = (IRpcProxyBufferVtbl *)&buffer_methods;
    proxy->object.table = type->methods;
    proxy->references = 1;
    proxy->outer = outer ? outer : (IUnknown *)&proxy->buffer;
    if (type->base)
        hr = create_base(proxy, type->base);
    if (FAILED(hr)) {
        free(proxy);
        return hr;
    }
    proxy->keeper = keeper;
    IUnknown_AddRef(keeper);
    IUnknown_AddRef(proxy->outer);
    *buffer = &proxy->buffer;
    *object = &proxy->object;
    return S_OK;
}

static IRpcChannelBuffer *channel_of_proxy(void *object)
{
    struct proxy *proxy = proxy_of_object(object);
    IRpcChannelBuffer *channel;

    AcquireSRWLockShared(&proxy->lock);
    channel = proxy->channel;
    if (channel)
        IRpcChannelBuffer_AddRef(channel);
    ReleaseSRWLockShared(&proxy->lock);
    return channel;
}

void com_init(void)
{
    channel_init(channel_of_proxy);
}

/* ---- the interface's IUnknown ---- */

/***********************************************************************
 *           IUnknown_QueryInterface_Proxy   (RPCRT4.@)
 *
 * The first three methods of every proxy: the outer object's.
 */
HRESULT WINAPI IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid, void **ppvObject)
{
    return IUnknown_QueryInterface(proxy_of_object(This)->outer, riid, ppvObject);
}

ULONG WINAPI IUnknown_AddRef_Proxy(IUnknown *This)
{
    return IUnknown_AddRef(proxy_of_object(This)->outer);
}

ULONG WINAPI IUnknown_Release_Proxy(IUnknown *This)
{
    return IUnknown_Release(proxy_of_object(This)->outer);
}

/* ---- what compiled methods call ---- */

static struct ndr_message *message(PMIDL_STUB_MESSAGE msg)
{
    return (struct ndr_message *)msg;
}

/***********************************************************************
 *           NdrProxyInitialize   (RPCRT4.@)
 *
 * Begins a call. The message holds the channel until NdrProxyFreeBuffer, whatever becomes of the
 * proxy. Raises RPC_E_DISCONNECTED, and what the channel returns.
 */
void RPC_ENTRY NdrProxyInitialize(void *This, PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                  PMIDL_STUB_DESC pStubDescriptor, unsigned int ProcNum)
{
    memset(pRpcMsg, 0, sizeof(*pRpcMsg));
    stub_init_client(message(pStubMsg), pRpcMsg, pStubDescriptor, ProcNum);
    channel_open(message(pStubMsg), This);
}

/***********************************************************************
 *           NdrProxyGetBuffer   (RPCRT4.@)
 *
 * A buffer of pStubMsg->BufferLength octets. Raises what the channel returns.
 */
void RPC_ENTRY NdrProxyGetBuffer(void *This, PMIDL_STUB_MESSAGE pStubMsg)
{
    channel_get_buffer(message(pStubMsg), channel_iid_of_proxy(This));
}

/***********************************************************************
 *           NdrProxySendReceive   (RPCRT4.@)
 *
 * Sends what has been marshalled, and waits for the reply: pStubMsg->Buffer. Raises what the
 * channel returns.
 */
void RPC_ENTRY NdrProxySendReceive(void *This, MIDL_STUB_MESSAGE *pStubMsg)
{
    channel_send_receive(message(pStubMsg));
}

/***********************************************************************
 *           NdrProxyFreeBuffer   (RPCRT4.@)
 *
 * Ends a call, whether it got as far as having a buffer or not. The proxy may be gone.
 */
void RPC_ENTRY NdrProxyFreeBuffer(void *This, MIDL_STUB_MESSAGE *pStubMsg)
{
    channel_close(message(pStubMsg));
}

/***********************************************************************
 *           NdrProxyErrorHandler   (RPCRT4.@)
 *
 * The HRESULT that a method returns for an exception.
 */
HRESULT RPC_ENTRY NdrProxyErrorHandler(DWORD dwExceptionCode)
{
    return channel_result(dwExceptionCode);
}
