/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies and stubs of COM interfaces whose code the compiler has made (MIDL -Os, widl): the class
 * object of a proxy DLL, the objects that it makes, and what the compiled proxies and stubs call
 * around the NDR engine. The channel between proxy and stub is COM's. Like api/, the folder defines
 * entry points and is called by nobody below. Sources: rpcproxy.h, and the SDK's pages on
 * IPSFactoryBuffer, IRpcProxyBuffer, IRpcStubBuffer and IRpcChannelBuffer. */
#ifndef RPCRT4_COM_COM_H
#define RPCRT4_COM_COM_H

#define COBJMACROS
#include "platform/base.h"

#include <objbase.h>
#include <rpcproxy.h>

/* Public, and missing in the toolchain's headers. */
int WINAPI RpcExceptionFilter(ULONG code);

/* A new proxy of an interface, `table` being the interface's methods; outer may be NULL. Both
 * results hold a reference. E_OUTOFMEMORY */
HRESULT com_proxy_create(IPSFactoryBuffer *factory, IUnknown *outer, void *const *table,
                         IRpcProxyBuffer **proxy, void **object);
/* A new stub for calls to `server`, which may be NULL. E_OUTOFMEMORY, or why the server does not
 * have the interface. */
HRESULT com_stub_create(IPSFactoryBuffer *factory, const CInterfaceStubVtbl *type, IUnknown *server,
                        IRpcStubBuffer **stub);

#endif
