/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The channel that takes a binding's place where the call is one of a COM interface: what compiled
 * proxies and stubs and the interpreters do around the NDR engine. Sources: rpcproxy.h, and the
 * SDK's page on IRpcChannelBuffer. All raise what the channel returns. */
#ifndef RPCRT4_STUB_CHANNEL_H
#define RPCRT4_STUB_CHANNEL_H

#include "ndr/stubmsg.h"
#include "platform/base.h"

#include <objbase.h>

/* A reference of the channel that a proxy is connected to; NULL if it is not. Proxies are com/'s,
 * which says how, once. */
typedef IRpcChannelBuffer *(*channel_of_proxy_fn)(void *proxy);
void channel_init(channel_of_proxy_fn of_proxy);

/* The proxy's interface: its IID is in front of its methods (rpcproxy.h, CInterfaceProxyVtbl). */
const IID *channel_iid_of_proxy(void *proxy);

/* Client: the message holds the channel until channel_close(), whatever becomes of the proxy.
 * Raises RPC_E_DISCONNECTED. */
void channel_open(struct ndr_message *msg, void *proxy);
/* Server: the channel of the call. */
void channel_serve(struct ndr_message *msg, IRpcChannelBuffer *channel);

/* A buffer of msg->BufferLength octets, for a request or a reply. */
void channel_get_buffer(struct ndr_message *msg, const IID *iid);
/* Sends what has been marshalled, and waits for the reply, which can be read then. While that lasts
 * the phase is PROXY_SENDRECEIVE: what is raised meanwhile is not the proxy's to catch. */
void channel_send_receive(struct ndr_message *msg);
/* Harmless where there is no channel or buffer. */
void channel_close(struct ndr_message *msg);

/* The HRESULT that a method returns for an exception. */
HRESULT channel_result(DWORD exception);

#endif
