/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies and stubs of COM interfaces: the class object of a proxy DLL, the objects that it makes,
 * and what compiled proxies and stubs call around the NDR engine. The methods of an interface are
 * code that the compiler has made (MIDL -Os, widl), descriptions that are interpreted (-Oicf), or
 * those of another interface, its base, whose proxies and stubs another DLL makes (delegation). The
 * channel between proxy and stub is COM's. Like api/, the folder defines entry points and is called
 * by nobody below. Sources: rpcproxy.h, what MIDL and widl generate, and the SDK's pages on
 * IPSFactoryBuffer, IRpcProxyBuffer, IRpcStubBuffer and IRpcChannelBuffer. */
#ifndef RPCRT4_COM_COM_H
#define RPCRT4_COM_COM_H

#define COBJMACROS
#include "platform/base.h"

#include <objbase.h>
#include <rpcproxy.h>

/* Public, and missing in the toolchain's headers. */
int WINAPI RpcExceptionFilter(ULONG code);

/* When the DLL is loaded: tells the interpreters what they have to know of proxies. */
void com_init(void);

/* ---- methods ---- */

#define COM_MAX_METHODS 1024

/* Method `number` of a proxy whose methods are interpreted; the CInterfaceProxyHeader in front of
 * its table says how. */
void *com_stubless_method(unsigned int number);
/* Method `number` of a com_forwarder: calls the same one of its target. */
void *com_forwarding_method(unsigned int number);

/* An object whose methods are another one's. */
struct com_forwarder {
    void *const *table;
    void *other[3];
    void *target;
};

/* Fills in what the compiler has left to the runtime in the tables of a proxy DLL's file: once, or
 * again to the same effect. */
void com_complete_file(const ProxyFileInfo *file);
/* The same for the table of an interface that is described, and whose IUnknown is left open. */
void com_complete_methods(void **methods, unsigned int count);
/* The methods of a stub, but for Release. */
IRpcStubBufferVtbl com_stub_methods(bool delegated);

/* ---- proxies ---- */

struct com_interface {
    void *const *methods; /* in front of them is the IID */
    const IID *base;      /* where forwarding methods lead; NULL: nowhere */
};

/* The factory that makes proxies and stubs of an interface, wherever that is. What COM returns. */
HRESULT com_base_factory(const IID *iid, IPSFactoryBuffer **factory);
/* A new proxy, which holds a reference of `keeper` while it exists; outer may be NULL. Both results
 * hold a reference. E_OUTOFMEMORY, and why there is no proxy of the base. */
HRESULT com_proxy_create(IUnknown *keeper, IUnknown *outer, const struct com_interface *type,
                         IRpcProxyBuffer **proxy, void **object);

/* ---- stubs ---- */

/* A new stub for calls to `server`, which may be NULL; `base`: the interface whose stub its
 * NdrStubForwardingFunction entries lead to, NULL: none. E_OUTOFMEMORY, why the server does not
 * have the interface, and why there is no stub of the base. */
HRESULT com_stub_create(IPSFactoryBuffer *factory, const CInterfaceStubVtbl *type, const IID *base,
                        IUnknown *server, IRpcStubBuffer **stub);

/* The part of it that differs where there is a base (stub_base.c); the stub's table, count and
 * factory are the caller's to set. */
HRESULT com_delegating_stub_create(const CInterfaceStubVtbl *type, const IID *base,
                                   IUnknown *server, CStdStubBuffer **stub);
/* What a CStdStubBuffer's IRpcStubBuffer methods are where it delegates. */
HRESULT WINAPI com_delegating_connect(IRpcStubBuffer *This, IUnknown *pUnkServer);
void WINAPI com_delegating_disconnect(IRpcStubBuffer *This);
ULONG WINAPI com_delegating_count_refs(IRpcStubBuffer *This);

#endif
