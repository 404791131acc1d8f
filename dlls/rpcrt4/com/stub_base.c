/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stubs that delegate: see com.h. The stub of the base interface calls, as its server, an object in
 * front of the CStdStubBuffer that forwards to the stub's own server: the server may not answer to
 * the base's IID. */
#include "com/com.h"

struct delegating_stub {
    void *const *table; /* with what follows, a com_forwarder: the base's server */
    IRpcStubBuffer *base;
    CStdStubBuffer stub;
    const IID *base_iid;
};

_Static_assert(offsetof(struct delegating_stub, stub.pvServerObject) ==
                   offsetof(struct com_forwarder, target),
               "it forwards to the stub's server");

static struct delegating_stub *delegating_stub_of(IRpcStubBuffer *stub)
{
    return CONTAINER_OF((CStdStubBuffer *)stub, struct delegating_stub, stub);
}

/* ---- the base's server: lives as long as the stub, which releases the base's stub ---- */

static IUnknown *server_of(struct delegating_stub *stub)
{
    return (IUnknown *)&stub->table;
}

static HRESULT WINAPI forwarder_query_interface(IUnknown *This, REFIID iid, void **object)
{
    struct delegating_stub *stub = CONTAINER_OF(This, struct delegating_stub, table);

    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, stub->base_iid))
        return IUnknown_QueryInterface(stub->stub.pvServerObject, iid, object);
    *object = This;
    return S_OK;
}

static ULONG WINAPI forwarder_add_ref(IUnknown *This)
{
    return 2;
}

static ULONG WINAPI forwarder_release(IUnknown *This)
{
    return 1;
}

/* Threads may fill it at the same time, with the same. */
static void *const *forwarder_table(void)
{
    static void *table[COM_MAX_METHODS];

    if (__atomic_load_n(&table[0], __ATOMIC_ACQUIRE))
        return table;
    for (unsigned int i = 3; i < COM_MAX_METHODS; i++)
        table[i] = com_forwarding_method(i);
    table[1] = forwarder_add_ref;
    table[2] = forwarder_release;
    __atomic_store_n(&table[0], (void *)forwarder_query_interface, __ATOMIC_RELEASE);
    return table;
}

/* ---- making one ---- */

static HRESULT create_base(struct delegating_stub *stub)
{
    IPSFactoryBuffer *factory;
    HRESULT hr = com_base_factory(stub->base_iid, &factory);

    if (FAILED(hr))
        return hr;
    hr = IPSFactoryBuffer_CreateStub(factory, stub->base_iid,
                                     stub->stub.pvServerObject ? server_of(stub) : NULL,
                                     &stub->base);
    IPSFactoryBuffer_Release(factory);
    return hr;
}

HRESULT com_delegating_stub_create(const CInterfaceStubVtbl *type, const IID *base,
                                   IUnknown *server, CStdStubBuffer **result)
{
    struct delegating_stub *stub = calloc(1, sizeof(*stub));
    HRESULT hr = S_OK;

    if (!stub)
        return E_OUTOFMEMORY;
    stub->table = forwarder_table();
    stub->base_iid = base;
    if (server)
        hr = IUnknown_QueryInterface(server, type->header.piid,
                                     (void **)&stub->stub.pvServerObject);
    if (SUCCEEDED(hr)) {
        hr = create_base(stub);
        if (FAILED(hr) && stub->stub.pvServerObject)
            IUnknown_Release(stub->stub.pvServerObject);
    }
    if (FAILED(hr))
        free(stub);
    else
        *result = &stub->stub;
    return hr;
}

/* ---- IRpcStubBuffer ---- */

HRESULT WINAPI com_delegating_connect(IRpcStubBuffer *This, IUnknown *pUnkServer)
{
    struct delegating_stub *stub = delegating_stub_of(This);
    HRESULT hr = CStdStubBuffer_Connect(This, pUnkServer);

    return FAILED(hr) ? hr : IRpcStubBuffer_Connect(stub->base, server_of(stub));
}

void WINAPI com_delegating_disconnect(IRpcStubBuffer *This)
{
    IRpcStubBuffer_Disconnect(delegating_stub_of(This)->base);
    CStdStubBuffer_Disconnect(This);
}

ULONG WINAPI com_delegating_count_refs(IRpcStubBuffer *This)
{
    IRpcStubBuffer *base = delegating_stub_of(This)->base;

    return CStdStubBuffer_CountRefs(This) + IRpcStubBuffer_CountRefs(base);
}

/***********************************************************************
 *           NdrCStdStubBuffer2_Release   (RPCRT4.@)
 *
 * What a proxy DLL's CStdStubBuffer2_Release does: NdrCStdStubBuffer_Release for a stub that
 * delegates.
 */
ULONG WINAPI NdrCStdStubBuffer2_Release(IRpcStubBuffer *This, IPSFactoryBuffer *pPSF)
{
    struct delegating_stub *stub = delegating_stub_of(This);
    ULONG left = InterlockedDecrement(&stub->stub.RefCount);

    if (left)
        return left;
    IRpcStubBuffer_Release(stub->base);
    CStdStubBuffer_Disconnect(This);
    free(stub);
    if (pPSF)
        IPSFactoryBuffer_Release(pPSF);
    return 0;
}

/***********************************************************************
 *           NdrStubForwardingFunction   (RPCRT4.@)
 *
 * The entry of a dispatch table for a method of the base. Raises what the base's stub returns where
 * that is a failure.
 */
void __RPC_STUB NdrStubForwardingFunction(IRpcStubBuffer *This, IRpcChannelBuffer *pChannel,
                                          PRPC_MESSAGE pmsg, DWORD *pdwStubPhase)
{
    HRESULT hr = IRpcStubBuffer_Invoke(delegating_stub_of(This)->base, (RPCOLEMESSAGE *)pmsg,
                                       pChannel);

    if (FAILED(hr))
        RpcRaiseException(hr);
}
