/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stubs: see com.h. A stub is a CStdStubBuffer, which rpcproxy.h shows to compiled stubs. */
#include "com/com.h"
#include "platform/seh.h"
#include "stub/channel.h"
#include "stub/message.h"
#include "stub/server.h"

static CStdStubBuffer *stub_of(IRpcStubBuffer *stub)
{
    return (CStdStubBuffer *)stub;
}

static const CInterfaceStubHeader *header_of(const IRpcStubBuffer *stub)
{
    return &CONTAINER_OF(stub->lpVtbl, const CInterfaceStubVtbl, Vtbl)->header;
}

static HRESULT create_plain(const CInterfaceStubVtbl *type, IUnknown *server,
                            CStdStubBuffer **stub)
{
    CStdStubBuffer *made = calloc(1, sizeof(*made));
    HRESULT hr = S_OK;

    if (!made)
        return E_OUTOFMEMORY;
    if (server)
        hr = IUnknown_QueryInterface(server, type->header.piid, (void **)&made->pvServerObject);
    if (FAILED(hr))
        free(made);
    else
        *stub = made;
    return hr;
}

HRESULT com_stub_create(IPSFactoryBuffer *factory, const CInterfaceStubVtbl *type, const IID *base,
                        IUnknown *server, IRpcStubBuffer **stub)
{
    CStdStubBuffer *made;
    HRESULT hr = base ? com_delegating_stub_create(type, base, server, &made)
                      : create_plain(type, server, &made);

    if (FAILED(hr))
        return hr;
    made->lpVtbl = &type->Vtbl;
    made->RefCount = 1;
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

static void call_method(IRpcStubBuffer *stub, IRpcChannelBuffer *channel, PRPC_MESSAGE rpc)
{
    const CInterfaceStubHeader *header = header_of(stub);
    DWORD phase = STUB_UNMARSHAL;

    if (header->pDispatchTable)
        header->pDispatchTable[rpc->ProcNum](stub, channel, rpc, &phase);
    else
        NdrStubCall2((struct IRpcStubBuffer *)stub, (struct IRpcChannelBuffer *)channel, rpc,
                     &phase);
}

/* Exceptions of the stub or the server become results, but for those that tell of a broken program
 * (RpcExceptionFilter). CO_E_OBJNOTCONNECTED, RPC_E_INVALIDMETHOD */
HRESULT WINAPI CStdStubBuffer_Invoke(IRpcStubBuffer *This, RPCOLEMESSAGE *pRpcMsg,
                                     IRpcChannelBuffer *pRpcChannelBuffer)
{
    volatile HRESULT hr = S_OK;

    if (!stub_of(This)->pvServerObject)
        return CO_E_OBJNOTCONNECTED;
    if (pRpcMsg->iMethod < 3 || pRpcMsg->iMethod >= header_of(This)->DispatchTableCount)
        return RPC_E_INVALIDMETHOD;
    RpcTryExcept {
        call_method(This, pRpcChannelBuffer, (PRPC_MESSAGE)pRpcMsg);
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode())) {
        hr = channel_result(RpcExceptionCode());
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
    struct ndr_message *msg = (struct ndr_message *)pStubMsg;

    stub_init_server(msg, pRpcMsg, pStubDescriptor);
    channel_serve(msg, pRpcChannelBuffer);
}

/***********************************************************************
 *           NdrStubGetBuffer   (RPCRT4.@)
 *
 * A buffer of pStubMsg->BufferLength octets for the reply. Raises what the channel returns.
 */
void RPC_ENTRY NdrStubGetBuffer(IRpcStubBuffer *This, IRpcChannelBuffer *pRpcChannelBuffer,
                                PMIDL_STUB_MESSAGE pStubMsg)
{
    channel_get_buffer((struct ndr_message *)pStubMsg, header_of(This)->piid);
}

/* ---- interpreted stubs ---- */

static void interpret(IRpcStubBuffer *stub, IRpcChannelBuffer *channel, PRPC_MESSAGE rpc,
                      ULONG *phase, enum server_style style)
{
    struct stub_method method;

    /* The interpreter also serves calls that are no COM calls. */
    if (!stub) {
        stub_server_call(rpc, style);
        return;
    }
    method = (struct stub_method){header_of(stub)->pServerInfo, stub_of(stub)->pvServerObject,
                                  channel, header_of(stub)->piid, phase};
    stub_server_method_call(rpc, &method, style);
}

/***********************************************************************
 *           NdrStubCall2   (RPCRT4.@)
 *
 * A call to the server of a stub whose methods are described by its CInterfaceStubHeader. Raises
 * what unmarshalling, the server and the channel raise. Always 0.
 */
LONG RPC_ENTRY NdrStubCall2(struct IRpcStubBuffer *pThis, struct IRpcChannelBuffer *pChannel,
                            PRPC_MESSAGE pRpcMsg, ULONG *pdwStubPhase)
{
    interpret((IRpcStubBuffer *)pThis, (IRpcChannelBuffer *)pChannel, pRpcMsg, pdwStubPhase,
              SERVER_OICF);
    return 0;
}

/***********************************************************************
 *           NdrStubCall   (RPCRT4.@)
 *
 * The same for stubs of MIDL -Oi.
 */
LONG RPC_ENTRY NdrStubCall(struct IRpcStubBuffer *pThis, struct IRpcChannelBuffer *pChannel,
                           PRPC_MESSAGE pRpcMsg, ULONG *pdwStubPhase)
{
    interpret((IRpcStubBuffer *)pThis, (IRpcChannelBuffer *)pChannel, pRpcMsg, pdwStubPhase,
              SERVER_OI);
    return 0;
}

#ifdef __x86_64__

/***********************************************************************
 *           NdrStubCall3   (RPCRT4.@)
 *
 * The same for stubs with several transfer syntaxes, of which COM's channels carry NDR 2.0.
 */
LONG RPC_ENTRY NdrStubCall3(struct IRpcStubBuffer *pThis, struct IRpcChannelBuffer *pChannel,
                            PRPC_MESSAGE pRpcMsg, ULONG *pdwStubPhase)
{
    interpret((IRpcStubBuffer *)pThis, (IRpcChannelBuffer *)pChannel, pRpcMsg, pdwStubPhase,
              pThis ? SERVER_OICF : SERVER_ANY);
    return 0;
}

#endif
