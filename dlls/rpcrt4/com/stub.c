/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stubs: see com.h. A stub is a CStdStubBuffer, which rpcproxy.h shows to compiled stubs. */
#include "com/com.h"
#include "platform/seh.h"
#include "stub/message.h"

static CStdStubBuffer *stub_of(IRpcStubBuffer *stub)
{
    return (CStdStubBuffer *)stub;
}

static const CInterfaceStubHeader *header_of(const IRpcStubBuffer *stub)
{
    return &CONTAINER_OF(stub->lpVtbl, const CInterfaceStubVtbl, Vtbl)->header;
}

HRESULT com_stub_create(IPSFactoryBuffer *factory, const CInterfaceStubVtbl *type, IUnknown *server,
                        IRpcStubBuffer **stub)
{
    CStdStubBuffer *made = calloc(1, sizeof(*made));
    HRESULT hr = S_OK;

    if (!made)
        return E_OUTOFMEMORY;
    made->lpVtbl = &type->Vtbl;
    made->RefCount = 1;
    if (server)
        hr = IUnknown_QueryInterface(server, type->header.piid, (void **)&made->pvServerObject);
    if (FAILED(hr)) {
        free(made);
        return hr;
    }
    made->pPSFactory = factory;
    IPSFactoryBuffer_AddRef(factory);
    *stub = (IRpcStubBuffer *)made;
    return S_OK;
}

/* ---- IRpcStubBuffer: the entries of compiled tables ---- */

HRESULT WINAPI CStdStubBuffer_QueryInterface(IRpcStubBuffer *This, REFIID riid, void **ppvObject)
{
    *ppvObject = NULL;
    if (!IsEqualIID(riid, &IID_IUnknown) && !IsEqualIID(riid, &IID_IRpcStubBuffer))
        return E_NOINTERFACE;
    IRpcStubBuffer_AddRef(This);
    *ppvObject = This;
    return S_OK;
}

ULONG WINAPI CStdStubBuffer_AddRef(IRpcStubBuffer *This)
{
    return InterlockedIncrement(&stub_of(This)->RefCount);
}

static void set_server(IRpcStubBuffer *stub, IUnknown *server)
{
    IUnknown *old = InterlockedExchangePointer((void **)&stub_of(stub)->pvServerObject, server);

    if (old)
        IUnknown_Release(old);
}

/***********************************************************************
 *           NdrCStdStubBuffer_Release   (RPCRT4.@)
 *
 * What a proxy DLL's CStdStubBuffer_Release does; pPSF is the DLL's class object. A
 * server that is still connected is released: Wine's COM, unlike Windows', relies on it.
 */
ULONG WINAPI NdrCStdStubBuffer_Release(IRpcStubBuffer *This, IPSFactoryBuffer *pPSF)
{
    ULONG left = InterlockedDecrement(&stub_of(This)->RefCount);

    if (left)
        return left;
    set_server(This, NULL);
    free(stub_of(This));
    if (pPSF)
        IPSFactoryBuffer_Release(pPSF);
    return 0;
}

/* The server that calls go to from now on; none, if it does not have the stub's interface. */
HRESULT WINAPI CStdStubBuffer_Connect(IRpcStubBuffer *This, IUnknown *pUnkServer)
{
    IUnknown *server = NULL;
    HRESULT hr = IUnknown_QueryInterface(pUnkServer, header_of(This)->piid, (void **)&server);

    set_server(This, server);
    return hr;
}

void WINAPI CStdStubBuffer_Disconnect(IRpcStubBuffer *This)
{
    set_server(This, NULL);
}

/* Exceptions of the stub or the server become results, but for those that tell of a broken program
 * (RpcExceptionFilter). CO_E_OBJNOTCONNECTED, RPC_E_INVALIDMETHOD */
HRESULT WINAPI CStdStubBuffer_Invoke(IRpcStubBuffer *This, RPCOLEMESSAGE *pRpcMsg,
                                     IRpcChannelBuffer *pRpcChannelBuffer)
{
    const CInterfaceStubHeader *header = header_of(This);
    volatile HRESULT hr = S_OK;
    DWORD phase = STUB_UNMARSHAL;

    if (!stub_of(This)->pvServerObject)
        return CO_E_OBJNOTCONNECTED;
    if (pRpcMsg->iMethod < 3 || pRpcMsg->iMethod >= header->DispatchTableCount)
        return RPC_E_INVALIDMETHOD;
    RpcTryExcept {
        header->pDispatchTable[pRpcMsg->iMethod](This, pRpcChannelBuffer, (PRPC_MESSAGE)pRpcMsg,
                                                 &phase);
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode())) {
        hr = NdrProxyErrorHandler(RpcExceptionCode());
    }
    RpcEndExcept;
    return hr;
}

IRpcStubBuffer *WINAPI CStdStubBuffer_IsIIDSupported(IRpcStubBuffer *This, REFIID riid)
{
    return IsEqualIID(riid, header_of(This)->piid) ? This : NULL;
}

/* References that the stub has on its server. */
ULONG WINAPI CStdStubBuffer_CountRefs(IRpcStubBuffer *This)
{
    return stub_of(This)->pvServerObject ? 1 : 0;
}

/* CO_E_OBJNOTCONNECTED */
HRESULT WINAPI CStdStubBuffer_DebugServerQueryInterface(IRpcStubBuffer *This, void **ppv)
{
    *ppv = stub_of(This)->pvServerObject;
    return *ppv ? S_OK : CO_E_OBJNOTCONNECTED;
}

void WINAPI CStdStubBuffer_DebugServerRelease(IRpcStubBuffer *This, void *pv)
{
}

/* ---- what compiled stubs call ---- */

/***********************************************************************
 *           NdrStubInitialize   (RPCRT4.@)
 *
 * Raises what the channel returns.
 */
void RPC_ENTRY NdrStubInitialize(PRPC_MESSAGE pRpcMsg, PMIDL_STUB_MESSAGE pStubMsg,
                                 PMIDL_STUB_DESC pStubDescriptor,
                                 IRpcChannelBuffer *pRpcChannelBuffer)
{
    HRESULT hr;

    stub_init_server((struct ndr_message *)pStubMsg, pRpcMsg, pStubDescriptor);
    pStubMsg->pRpcChannelBuffer = pRpcChannelBuffer;
    hr = IRpcChannelBuffer_GetDestCtx(pRpcChannelBuffer, &pStubMsg->dwDestContext,
                                      &pStubMsg->pvDestContext);
    if (FAILED(hr))
        RpcRaiseException(hr);
}

/***********************************************************************
 *           NdrStubGetBuffer   (RPCRT4.@)
 *
 * A buffer of pStubMsg->BufferLength octets for the reply. Raises what the channel returns.
 */
void RPC_ENTRY NdrStubGetBuffer(IRpcStubBuffer *This, IRpcChannelBuffer *pRpcChannelBuffer,
                                PMIDL_STUB_MESSAGE pStubMsg)
{
    PRPC_MESSAGE rpc = pStubMsg->RpcMsg;
    HRESULT hr;

    rpc->BufferLength = pStubMsg->BufferLength;
    rpc->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    hr = IRpcChannelBuffer_GetBuffer(pRpcChannelBuffer, (RPCOLEMESSAGE *)rpc,
                                     header_of(This)->piid);
    if (FAILED(hr))
        RpcRaiseException(hr);
    pStubMsg->Buffer = rpc->Buffer;
}
