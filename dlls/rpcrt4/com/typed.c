/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies and stubs of interfaces that a type library describes: see typed.h. What is made of the
 * description is kept as long as a proxy or a stub uses it. Source: rpcproxy.h's
 * CreateProxyFromTypeInfo and CreateStubFromTypeInfo ("[MS-OAUT]" for what is on the wire). */
#include "com/typed.h"

#include <ndrtypes.h>

#define UNKNOWN_METHODS 3
#define DISPATCH_METHODS 7
#define MAX_BASES 32 /* a type library may be wrong */

struct typed_interface {
    IUnknown keeper; /* what proxies and stubs hold */
    LONG references;
    IID iid;
    const IID *base; /* IID_IDispatch, or NULL */
    unsigned int method_count;
    struct format_string types, methods;
    unsigned short *offsets; /* by method, of its format; NO_METHOD: not described */
    void **proxy_table;      /* a CInterfaceProxyVtbl */
    PRPC_STUB_FUNCTION *stub_functions;
    CInterfaceStubVtbl stub_table;
    MIDL_STUB_DESC desc;
    MIDL_STUBLESS_PROXY_INFO proxy_info;
    MIDL_SERVER_INFO server_info;
};

#define PROXY_HEADER 2 /* pStublessProxyInfo, piid */
#define NO_METHOD 0xffff

/* ---- keeping it ---- */

static void typed_free(struct typed_interface *typed)
{
    free(typed->types.octets);
    free(typed->methods.octets);
    free(typed->offsets);
    free(typed->proxy_table);
    free(typed->stub_functions);
    free(typed);
}

static HRESULT WINAPI keeper_query_interface(IUnknown *This, REFIID iid, void **object)
{
    *object = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI keeper_add_ref(IUnknown *This)
{
    return InterlockedIncrement(&CONTAINER_OF(This, struct typed_interface, keeper)->references);
}

static ULONG WINAPI keeper_release(IUnknown *This)
{
    struct typed_interface *typed = CONTAINER_OF(This, struct typed_interface, keeper);
    ULONG left = InterlockedDecrement(&typed->references);

    if (!left)
        typed_free(typed);
    return left;
}

static const IUnknownVtbl keeper_methods = {keeper_query_interface, keeper_add_ref,
                                            keeper_release};

/* ---- what the type library says ---- */

static HRESULT add_methods(struct typed_interface *typed, ITypeInfo *info, const TYPEATTR *attr)
{
    HRESULT hr = S_OK;

    for (unsigned int i = 0; i < attr->cFuncs && SUCCEEDED(hr); i++) {
        unsigned int number;
        FUNCDESC *func;

        if (FAILED(hr = ITypeInfo_GetFuncDesc(info, i, &func)))
            return hr;
        number = func->oVft / sizeof(void *);
        if (func->oVft < 0 || number < UNKNOWN_METHODS || number >= typed->method_count)
            hr = TYPE_E_INVALIDSTATE;
        else
            hr = method_add(&typed->methods, &typed->types, info, func, number,
                            &typed->offsets[number]);
        ITypeInfo_ReleaseFuncDesc(info, func);
    }
    return hr;
}

static HRESULT add_interface(struct typed_interface *typed, ITypeInfo *info, unsigned int depth);

static HRESULT add_base(struct typed_interface *typed, ITypeInfo *info, unsigned int depth)
{
    ITypeInfo *base;
    HREFTYPE type;
    HRESULT hr = ITypeInfo_GetRefTypeOfImplType(info, 0, &type);

    if (SUCCEEDED(hr))
        hr = ITypeInfo_GetRefTypeInfo(info, type, &base);
    if (FAILED(hr))
        return hr;
    hr = add_interface(typed, base, depth + 1);
    ITypeInfo_Release(base);
    return hr;
}

/* Its methods, and those of its bases up to IUnknown or IDispatch. */
static HRESULT add_interface(struct typed_interface *typed, ITypeInfo *info, unsigned int depth)
{
    TYPEATTR *attr;
    HRESULT hr = ITypeInfo_GetTypeAttr(info, &attr);

    if (FAILED(hr))
        return hr;
    if (IsEqualIID(&attr->guid, &IID_IDispatch)) {
        typed->base = &IID_IDispatch;
    } else if (!IsEqualIID(&attr->guid, &IID_IUnknown)) {
        if (depth >= MAX_BASES || attr->typekind != TKIND_INTERFACE)
            hr = TYPE_E_WRONGTYPEKIND;
        if (SUCCEEDED(hr))
            hr = add_methods(typed, info, attr);
        if (SUCCEEDED(hr) && attr->cImplTypes)
            hr = add_base(typed, info, depth);
    }
    ITypeInfo_ReleaseTypeAttr(info, attr);
    return hr;
}

/* A dual interface's description as a dispinterface leads to that as an interface with methods. */
static HRESULT find_methods(ITypeInfo *info, ITypeInfo **found)
{
    HRESULT hr = S_OK;
    HREFTYPE type;
    TYPEATTR *attr;
    TYPEKIND kind;

    if (FAILED(hr = ITypeInfo_GetTypeAttr(info, &attr)))
        return hr;
    kind = attr->typekind;
    ITypeInfo_ReleaseTypeAttr(info, attr);
    if (kind != TKIND_DISPATCH) {
        ITypeInfo_AddRef(info);
        *found = info;
        return S_OK;
    }
    hr = ITypeInfo_GetRefTypeOfImplType(info, -1, &type);
    return FAILED(hr) ? hr : ITypeInfo_GetRefTypeInfo(info, type, found);
}

/* ---- what is made of it ---- */

static ULONG WINAPI release_plain(IRpcStubBuffer *This)
{
    return NdrCStdStubBuffer_Release(This, ((CStdStubBuffer *)This)->pPSFactory);
}

static ULONG WINAPI release_delegating(IRpcStubBuffer *This)
{
    return NdrCStdStubBuffer2_Release(This, ((CStdStubBuffer *)This)->pPSFactory);
}

/* Entries are NULL where the compiler's would lead to the base. */
static HRESULT fill_tables(struct typed_interface *typed)
{
    unsigned int first = typed->base ? DISPATCH_METHODS : UNKNOWN_METHODS;
    void **methods = typed->proxy_table + PROXY_HEADER;

    typed->proxy_table[0] = &typed->proxy_info;
    typed->proxy_table[1] = &typed->iid;
    for (unsigned int i = UNKNOWN_METHODS; i < typed->method_count; i++) {
        bool own = i >= first;

        if (own && typed->offsets[i] == NO_METHOD)
            return TYPE_E_INVALIDSTATE;
        methods[i] = own ? (void *)-1 : NULL;
        typed->stub_functions[i] =
            own ? (PRPC_STUB_FUNCTION)(void *)NdrStubCall2 : NdrStubForwardingFunction;
    }
    com_complete_methods(methods, typed->method_count);
    typed->stub_table.header = (CInterfaceStubHeader){&typed->iid, &typed->server_info,
                                                      typed->method_count, typed->stub_functions};
    typed->stub_table.Vtbl = com_stub_methods(typed->base != NULL);
    typed->stub_table.Vtbl.Release = typed->base ? release_delegating : release_plain;
    return S_OK;
}

static void fill_descriptions(struct typed_interface *typed,
                              const USER_MARSHAL_ROUTINE_QUADRUPLE *routines)
{
    typed->desc.pfnAllocate = NdrOleAllocate;
    typed->desc.pfnFree = NdrOleFree;
    typed->desc.pFormatTypes = typed->types.octets;
    typed->desc.fCheckBounds = 1;
    typed->desc.Version = 0x20000;
    typed->desc.aUserMarshalQuadruple = routines;
    typed->desc.mFlags = 1;
    typed->proxy_info.pStubDesc = &typed->desc;
    typed->proxy_info.ProcFormatString = typed->methods.octets;
    typed->proxy_info.FormatStringOffset = typed->offsets;
    typed->server_info.pStubDesc = &typed->desc;
    typed->server_info.ProcString = typed->methods.octets;
    typed->server_info.FmtStringOffset = typed->offsets;
}

static HRESULT allocate(struct typed_interface *typed, unsigned int method_count)
{
    if (method_count < UNKNOWN_METHODS || method_count > COM_MAX_METHODS)
        return TYPE_E_INVALIDSTATE;
    typed->method_count = method_count;
    typed->offsets = malloc(method_count * sizeof(*typed->offsets));
    typed->proxy_table = calloc(PROXY_HEADER + method_count, sizeof(*typed->proxy_table));
    typed->stub_functions = calloc(method_count, sizeof(*typed->stub_functions));
    if (!typed->offsets || !typed->proxy_table || !typed->stub_functions)
        return E_OUTOFMEMORY;
    memset(typed->offsets, 0xff, method_count * sizeof(*typed->offsets));
    return S_OK;
}

static HRESULT build(struct typed_interface *typed, ITypeInfo *info)
{
    const USER_MARSHAL_ROUTINE_QUADRUPLE *routines = types_routines();
    unsigned int method_count;
    TYPEATTR *attr;
    HRESULT hr;

    if (!routines)
        return HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(hr = ITypeInfo_GetTypeAttr(info, &attr)))
        return hr;
    method_count = attr->cbSizeVft / sizeof(void *);
    ITypeInfo_ReleaseTypeAttr(info, attr);
    if (FAILED(hr = allocate(typed, method_count)))
        return hr;
    types_begin(&typed->types);
    if (FAILED(hr = add_interface(typed, info, 0)))
        return hr;
    fill_descriptions(typed, routines);
    return fill_tables(typed);
}

static HRESULT typed_create(ITypeInfo *info, REFIID iid, struct typed_interface **result)
{
    struct typed_interface *typed = calloc(1, sizeof(*typed));
    ITypeInfo *methods;
    HRESULT hr;

    if (!typed)
        return E_OUTOFMEMORY;
    typed->keeper.lpVtbl = (IUnknownVtbl *)&keeper_methods;
    typed->references = 1;
    typed->iid = *iid;
    hr = find_methods(info, &methods);
    if (SUCCEEDED(hr)) {
        hr = build(typed, methods);
        ITypeInfo_Release(methods);
    }
    if (FAILED(hr))
        typed_free(typed);
    else
        *result = typed;
    return hr;
}

/***********************************************************************
 *           CreateProxyFromTypeInfo   (RPCRT4.@)
 *
 * A proxy of the interface that a type library describes, of riid. What cannot be marshalled:
 * DISP_E_BADVARTYPE; a description that contradicts itself: TYPE_E_INVALIDSTATE,
 * TYPE_E_WRONGTYPEKIND; and what the type library, and for IDispatch COM, return.
 */
HRESULT WINAPI CreateProxyFromTypeInfo(ITypeInfo *pTypeInfo, IUnknown *pUnkOuter, REFIID riid,
                                       IRpcProxyBuffer **ppProxy, void **ppv)
{
    struct typed_interface *typed;
    struct com_interface type;
    HRESULT hr;

    *ppProxy = NULL;
    *ppv = NULL;
    hr = typed_create(pTypeInfo, riid, &typed);
    if (FAILED(hr))
        return hr;
    type = (struct com_interface){typed->proxy_table + PROXY_HEADER, typed->base};
    hr = com_proxy_create(&typed->keeper, pUnkOuter, &type, ppProxy, ppv);
    IUnknown_Release(&typed->keeper);
    return hr;
}

/***********************************************************************
 *           CreateStubFromTypeInfo   (RPCRT4.@)
 *
 * A stub of the same. The same errors, and what the server's QueryInterface returns.
 */
HRESULT WINAPI CreateStubFromTypeInfo(ITypeInfo *pTypeInfo, REFIID riid, IUnknown *pUnkServer,
                                      IRpcStubBuffer **ppStub)
{
    struct typed_interface *typed;
    HRESULT hr;

    *ppStub = NULL;
    hr = typed_create(pTypeInfo, riid, &typed);
    if (FAILED(hr))
        return hr;
    hr = com_stub_create((IPSFactoryBuffer *)&typed->keeper, &typed->stub_table, typed->base,
                         pUnkServer, ppStub);
    IUnknown_Release(&typed->keeper);
    return hr;
}
