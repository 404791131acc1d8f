/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies: see com.h. A proxy is two objects in one: the IRpcProxyBuffer that COM connects to a
 * channel, and the interface, whose methods the compiler has made and whose IUnknown is the outer
 * object's. */
#include "com/com.h"
#include "stub/message.h"

struct proxy {
    IRpcProxyBuffer buffer;
    void *const *table; /* of the interface: its address is the interface pointer */
    LONG references;
    IUnknown *outer; /* not counted; the buffer itself where there is none */
    IPSFactoryBuffer *factory;
    SRWLOCK lock; /* of the channel */
    IRpcChannelBuffer *channel;
};

static struct proxy *proxy_of_buffer(IRpcProxyBuffer *buffer)
{
    return CONTAINER_OF(buffer, struct proxy, buffer);
}

static struct proxy *proxy_of_object(void *object)
{
    return CONTAINER_OF(object, struct proxy, table);
}

/* The IID is in front of the interface's methods. */
static const IID *iid_of_object(void *object)
{
    return (const IID *)proxy_of_object(object)->table[-1];
}

/* ---- IRpcProxyBuffer ---- */

static HRESULT WINAPI buffer_query_interface(IRpcProxyBuffer *buffer, REFIID iid, void **object)
{
    struct proxy *proxy = proxy_of_buffer(buffer);

    *object = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcProxyBuffer))
        *object = buffer;
    else if (IsEqualIID(iid, iid_of_object(&proxy->table)))
        *object = &proxy->table;
    else
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*object);
    return S_OK;
}

static ULONG WINAPI buffer_add_ref(IRpcProxyBuffer *buffer)
{
    return InterlockedIncrement(&proxy_of_buffer(buffer)->references);
}

/* A channel that is still there goes, too. */
static void WINAPI buffer_disconnect(IRpcProxyBuffer *buffer)
{
    struct proxy *proxy = proxy_of_buffer(buffer);
    IRpcChannelBuffer *channel;

    AcquireSRWLockExclusive(&proxy->lock);
    channel = proxy->channel;
    proxy->channel = NULL;
    ReleaseSRWLockExclusive(&proxy->lock);
    if (channel)
        IRpcChannelBuffer_Release(channel);
}

static ULONG WINAPI buffer_release(IRpcProxyBuffer *buffer)
{
    struct proxy *proxy = proxy_of_buffer(buffer);
    IPSFactoryBuffer *factory = proxy->factory;
    ULONG left = InterlockedDecrement(&proxy->references);

    if (left)
        return left;
    buffer_disconnect(buffer);
    free(proxy);
    IPSFactoryBuffer_Release(factory);
    return 0;
}

static HRESULT WINAPI buffer_connect(IRpcProxyBuffer *buffer, IRpcChannelBuffer *channel)
{
    struct proxy *proxy = proxy_of_buffer(buffer);
    IRpcChannelBuffer *old;

    IRpcChannelBuffer_AddRef(channel);
    AcquireSRWLockExclusive(&proxy->lock);
    old = proxy->channel;
    proxy->channel = channel;
    ReleaseSRWLockExclusive(&proxy->lock);
    if (old)
        IRpcChannelBuffer_Release(old);
    return S_OK;
}

static const IRpcProxyBufferVtbl buffer_methods = {
    buffer_query_interface, buffer_add_ref,    buffer_release,
    buffer_connect,         buffer_disconnect,
};

HRESULT com_proxy_create(IPSFactoryBuffer *factory, IUnknown *outer, void *const *table,
                         IRpcProxyBuffer **buffer, void **object)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));

    if (!proxy)
        return E_OUTOFMEMORY;
    proxy->buffer.lpVtbl = (IRpcProxyBufferVtbl *)&buffer_methods;
    proxy->table = table;
    proxy->references = 1;
    proxy->outer = outer ? outer : (IUnknown *)&proxy->buffer;
    proxy->factory = factory;
    IPSFactoryBuffer_AddRef(factory);
    IUnknown_AddRef(proxy->outer);
    *buffer = &proxy->buffer;
    *object = &proxy->table;
    return S_OK;
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

static IRpcChannelBuffer *channel_of(struct proxy *proxy)
{
    IRpcChannelBuffer *channel;

    AcquireSRWLockShared(&proxy->lock);
    channel = proxy->channel;
    if (channel)
        IRpcChannelBuffer_AddRef(channel);
    ReleaseSRWLockShared(&proxy->lock);
    return channel;
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
    IRpcChannelBuffer *channel;
    HRESULT hr;

    memset(pRpcMsg, 0, sizeof(*pRpcMsg));
    stub_init_client(message(pStubMsg), pRpcMsg, pStubDescriptor, ProcNum);
    pRpcMsg->ProcNum = ProcNum;
    pStubMsg->dwStubPhase = PROXY_CALCSIZE;
    channel = channel_of(proxy_of_object(This));
    if (!channel)
        RpcRaiseException(RPC_E_DISCONNECTED);
    pStubMsg->pRpcChannelBuffer = channel;
    hr = IRpcChannelBuffer_GetDestCtx(channel, &pStubMsg->dwDestContext, &pStubMsg->pvDestContext);
    if (FAILED(hr))
        RpcRaiseException(hr);
}

/***********************************************************************
 *           NdrProxyGetBuffer   (RPCRT4.@)
 *
 * A buffer of pStubMsg->BufferLength octets. Raises what the channel returns.
 */
void RPC_ENTRY NdrProxyGetBuffer(void *This, PMIDL_STUB_MESSAGE pStubMsg)
{
    PRPC_MESSAGE rpc = pStubMsg->RpcMsg;
    HRESULT hr;

    pStubMsg->dwStubPhase = PROXY_GETBUFFER;
    rpc->BufferLength = pStubMsg->BufferLength;
    rpc->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    hr = IRpcChannelBuffer_GetBuffer(pStubMsg->pRpcChannelBuffer, (RPCOLEMESSAGE *)rpc,
                                     iid_of_object(This));
    if (FAILED(hr))
        RpcRaiseException(hr);
    pStubMsg->Buffer = rpc->Buffer;
    pStubMsg->fBufferValid = 1;
    pStubMsg->dwStubPhase = PROXY_MARSHAL;
}

/***********************************************************************
 *           NdrProxySendReceive   (RPCRT4.@)
 *
 * Sends what has been marshalled, and waits for the reply: pStubMsg->Buffer. Raises what the
 * channel returns.
 */
void RPC_ENTRY NdrProxySendReceive(void *This, MIDL_STUB_MESSAGE *pStubMsg)
{
    ULONG status;
    HRESULT hr;

    stub_end_marshalling(message(pStubMsg));
    pStubMsg->dwStubPhase = PROXY_SENDRECEIVE;
    hr = IRpcChannelBuffer_SendReceive(pStubMsg->pRpcChannelBuffer,
                                       (RPCOLEMESSAGE *)pStubMsg->RpcMsg, &status);
    /* The proxy does not catch what is raised while this phase lasts. */
    pStubMsg->dwStubPhase = PROXY_UNMARSHAL;
    if (FAILED(hr)) {
        pStubMsg->fBufferValid = 0;
        RpcRaiseException(hr);
    }
    stub_begin_reply(message(pStubMsg));
}

/***********************************************************************
 *           NdrProxyFreeBuffer   (RPCRT4.@)
 *
 * Ends a call, whether it got as far as having a buffer or not. The proxy may be gone.
 */
void RPC_ENTRY NdrProxyFreeBuffer(void *This, MIDL_STUB_MESSAGE *pStubMsg)
{
    IRpcChannelBuffer *channel = pStubMsg->pRpcChannelBuffer;

    if (!channel)
        return;
    if (pStubMsg->fBufferValid) {
        pStubMsg->fBufferValid = 0;
        IRpcChannelBuffer_FreeBuffer(channel, (RPCOLEMESSAGE *)pStubMsg->RpcMsg);
    }
    pStubMsg->pRpcChannelBuffer = NULL;
    IRpcChannelBuffer_Release(channel);
}

/***********************************************************************
 *           NdrProxyErrorHandler   (RPCRT4.@)
 *
 * The HRESULT that a method returns for an exception.
 */
HRESULT RPC_ENTRY NdrProxyErrorHandler(DWORD dwExceptionCode)
{
    return FAILED((HRESULT)dwExceptionCode) ? (HRESULT)dwExceptionCode
                                            : HRESULT_FROM_WIN32(dwExceptionCode);
}
