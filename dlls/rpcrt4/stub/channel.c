/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of COM interfaces: see channel.h. */
#define COBJMACROS
#include "stub/channel.h"
#include "stub/message.h"

#include <rpcproxy.h>

static channel_of_proxy_fn channel_of_proxy;

void channel_init(channel_of_proxy_fn of_proxy)
{
    channel_of_proxy = of_proxy;
}

const IID *channel_iid_of_proxy(void *proxy)
{
    return (*(const IID *const **)proxy)[-1];
}

static void set_channel(struct ndr_message *msg, IRpcChannelBuffer *channel)
{
    DWORD context;
    HRESULT hr;

    msg->pRpcChannelBuffer = (void *)channel;
    hr = IRpcChannelBuffer_GetDestCtx(channel, &context, &msg->pvDestContext);
    if (FAILED(hr))
        RpcRaiseException(hr);
    msg->dwDestContext = context;
}

static IRpcChannelBuffer *channel_of(const struct ndr_message *msg)
{
    return (IRpcChannelBuffer *)msg->pRpcChannelBuffer;
}

void channel_open(struct ndr_message *msg, void *proxy)
{
    IRpcChannelBuffer *channel = channel_of_proxy(proxy);
    RPC_MESSAGE *rpc = stub_rpc_message(msg);

    rpc->ProcNum &= ~(unsigned int)RPC_FLAGS_VALID_BIT; /* a channel's message has no flags */
    msg->dwStubPhase = PROXY_CALCSIZE;
    if (!channel)
        RpcRaiseException(RPC_E_DISCONNECTED);
    set_channel(msg, channel);
}

void channel_serve(struct ndr_message *msg, IRpcChannelBuffer *channel)
{
    set_channel(msg, channel);
}

void channel_get_buffer(struct ndr_message *msg, const IID *iid)
{
    RPC_MESSAGE *rpc = stub_rpc_message(msg);
    HRESULT hr;

    if (msg->IsClient)
        msg->dwStubPhase = PROXY_GETBUFFER;
    rpc->BufferLength = msg->BufferLength;
    rpc->DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    hr = IRpcChannelBuffer_GetBuffer(channel_of(msg), (RPCOLEMESSAGE *)rpc, iid);
    if (FAILED(hr))
        RpcRaiseException(hr);
    msg->Buffer = rpc->Buffer;
    if (!msg->IsClient)
        return;
    msg->fBufferValid = 1;
    msg->dwStubPhase = PROXY_MARSHAL;
}

void channel_send_receive(struct ndr_message *msg)
{
    ULONG status;
    HRESULT hr;

    stub_end_marshalling(msg);
    msg->dwStubPhase = PROXY_SENDRECEIVE;
    hr = IRpcChannelBuffer_SendReceive(channel_of(msg), (RPCOLEMESSAGE *)msg->RpcMsg, &status);
    msg->dwStubPhase = PROXY_UNMARSHAL;
    if (FAILED(hr)) {
        msg->fBufferValid = 0;
        RpcRaiseException(hr);
    }
    stub_begin_reply(msg);
}

void channel_close(struct ndr_message *msg)
{
    IRpcChannelBuffer *channel = channel_of(msg);

    if (!channel)
        return;
    if (msg->fBufferValid) {
        msg->fBufferValid = 0;
        IRpcChannelBuffer_FreeBuffer(channel, (RPCOLEMESSAGE *)msg->RpcMsg);
    }
    msg->pRpcChannelBuffer = NULL;
    IRpcChannelBuffer_Release(channel);
}

HRESULT channel_result(DWORD exception)
{
    return FAILED((HRESULT)exception) ? (HRESULT)exception : HRESULT_FROM_WIN32(exception);
}
