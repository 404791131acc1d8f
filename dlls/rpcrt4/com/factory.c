/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class object of a proxy DLL: see com.h. Its memory is the DLL's own. */
#include "com/com.h"
#include "platform/imports.h"

/* An interface that a proxy DLL knows. */
struct entry {
    const ProxyFileInfo *file;
    unsigned int index;
};

static bool find_interface(const ProxyFileInfo **files, const IID *iid, struct entry *entry)
{
    for (; *files; files++) {
        for (unsigned int i = 0; i < (*files)->TableSize; i++) {
            const CInterfaceStubVtbl *stub = (*files)->pStubVtblList[i];

            if (stub && IsEqualIID(stub->header.piid, iid)) {
                *entry = (struct entry){*files, i};
                return true;
            }
        }
    }
    return false;
}

/* The interface whose methods are another DLL's; NULL: none. */
static const IID *base_of(const struct entry *entry)
{
    return entry->file->pDelegatedIIDs ? entry->file->pDelegatedIIDs[entry->index] : NULL;
}

/* The proxy's methods follow its header, which in files of version 2 has one more member. */
static void *const *proxy_table(const struct entry *entry)
{
    void *const *header = (void *const *)entry->file->pProxyVtblList[entry->index];

    return header + (entry->file->TableVersion >= 2 ? 2 : 1);
}

/* What the compiler has left to the runtime has been filled in, as far as it could be. */
static bool is_complete(void *const *table, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        if (!table[i] || table[i] == (void *)-1)
            return false;
    return true;
}

static HRESULT WINAPI factory_query_interface(IPSFactoryBuffer *factory, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPSFactoryBuffer))
        return E_NOINTERFACE;
    IPSFactoryBuffer_AddRef(factory);
    *object = factory;
    return S_OK;
}

static ULONG WINAPI factory_add_ref(IPSFactoryBuffer *factory)
{
    return InterlockedIncrement(&((CStdPSFactoryBuffer *)factory)->RefCount);
}

static ULONG WINAPI factory_release(IPSFactoryBuffer *factory)
{
    return InterlockedDecrement(&((CStdPSFactoryBuffer *)factory)->RefCount);
}

/* E_NOINTERFACE: the DLL has no such interface; E_NOTIMPL: it has too many methods, or ones that
 * nobody describes; and what com_proxy_create() returns. */
static HRESULT WINAPI factory_create_proxy(IPSFactoryBuffer *factory, IUnknown *outer, REFIID iid,
                                           IRpcProxyBuffer **proxy, void **object)
{
    struct com_interface type;
    struct entry entry;

    *proxy = NULL;
    *object = NULL;
    if (!find_interface(((CStdPSFactoryBuffer *)factory)->pProxyFileList, iid, &entry))
        return E_NOINTERFACE;
    type = (struct com_interface){proxy_table(&entry), base_of(&entry)};
    if (!is_complete(type.methods,
                     entry.file->pStubVtblList[entry.index]->header.DispatchTableCount))
        return E_NOTIMPL;
    return com_proxy_create((IUnknown *)factory, outer, &type, proxy, object);
}

/* The same, and whatever the server's QueryInterface returns. */
static HRESULT WINAPI factory_create_stub(IPSFactoryBuffer *factory, REFIID iid, IUnknown *server,
                                          IRpcStubBuffer **stub)
{
    const CInterfaceStubVtbl *type;
    struct entry entry;

    *stub = NULL;
    if (!find_interface(((CStdPSFactoryBuffer *)factory)->pProxyFileList, iid, &entry))
        return E_NOINTERFACE;
    type = entry.file->pStubVtblList[entry.index];
    if (!type->Vtbl.Release || (!type->header.pDispatchTable && !type->header.pServerInfo))
        return E_NOTIMPL;
    return com_stub_create(factory, type, base_of(&entry), server, stub);
}

static const IPSFactoryBufferVtbl factory_methods = {
    factory_query_interface, factory_add_ref,     factory_release,
    factory_create_proxy,    factory_create_stub,
};

/***********************************************************************
 *           NdrDllGetClassObject   (RPCRT4.@)
 *
 * What a proxy DLL's DllGetClassObject does: the class is the DLL's own (pclsid, which may be NULL)
 * or the IID of one of its interfaces. What the compiler has left open in the tables of methods is
 * filled in. CLASS_E_CLASSNOTAVAILABLE, E_NOINTERFACE
 */
HRESULT RPC_ENTRY NdrDllGetClassObject(REFCLSID rclsid, REFIID riid, void **ppv,
                                       const ProxyFileInfo **pProxyFileList, const CLSID *pclsid,
                                       CStdPSFactoryBuffer *pPSFactoryBuffer)
{
    struct entry entry;

    *ppv = NULL;
    if ((!pclsid || !IsEqualCLSID(rclsid, pclsid)) &&
        !find_interface(pProxyFileList, rclsid, &entry))
        return CLASS_E_CLASSNOTAVAILABLE;
    for (const ProxyFileInfo **file = pProxyFileList; *file; file++)
        com_complete_file(*file);
    pPSFactoryBuffer->pProxyFileList = pProxyFileList;
    pPSFactoryBuffer->lpVtbl = &factory_methods;
    return IPSFactoryBuffer_QueryInterface((IPSFactoryBuffer *)pPSFactoryBuffer, riid, ppv);
}

/***********************************************************************
 *           NdrDllCanUnloadNow   (RPCRT4.@)
 *
 * S_OK if no proxy or stub of the DLL is left, else S_FALSE.
 */
HRESULT RPC_ENTRY NdrDllCanUnloadNow(CStdPSFactoryBuffer *pPSFactoryBuffer)
{
    return pPSFactoryBuffer->RefCount ? S_FALSE : S_OK;
}

HRESULT com_base_factory(const IID *iid, IPSFactoryBuffer **factory)
{
    const struct imports_ole32 *ole32 = imports_ole32();
    CLSID class;
    HRESULT hr;

    if (!ole32)
        return HRESULT_FROM_WIN32(GetLastError());
    hr = ole32->CoGetPSClsid(iid, &class);
    return FAILED(hr) ? hr
                      : ole32->CoGetClassObject(&class, CLSCTX_INPROC_SERVER, NULL,
                                                &IID_IPSFactoryBuffer, (void **)factory);
}
