/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A COM channel for tests: see com_channel.h. */
#include "com_channel.h"

static struct com_channel *channel_of(IRpcChannelBuffer *iface)
{
    return (struct com_channel *)iface;
}

static HRESULT WINAPI channel_query_interface(IRpcChannelBuffer *This, REFIID iid, void **object)
{
    *object = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI channel_add_ref(IRpcChannelBuffer *This)
{
    return InterlockedIncrement(&channel_of(This)->references);
}

static ULONG WINAPI channel_release(IRpcChannelBuffer *This)
{
    return InterlockedDecrement(&channel_of(This)->references);
}

static HRESULT WINAPI channel_get_buffer(IRpcChannelBuffer *This, RPCOLEMESSAGE *msg, REFIID iid)
{
    channel_of(This)->iid = *iid;
    channel_of(This)->buffers++;
    msg->Buffer = malloc(msg->cbBuffer);
    return S_OK;
}

static HRESULT WINAPI channel_free_buffer(IRpcChannelBuffer *This, RPCOLEMESSAGE *msg)
{
    channel_of(This)->buffers--;
    free(msg->Buffer);
    return S_OK;
}

static HRESULT WINAPI channel_send_receive(IRpcChannelBuffer *This, RPCOLEMESSAGE *msg,
                                           ULONG *status)
{
    struct com_channel *channel = channel_of(This);
    RPCOLEMESSAGE call = *msg;
    HRESULT hr = channel->failure;

    assert_true(!channel->expected || IsEqualIID(&channel->iid, channel->expected));
    assert_int_equal(msg->dataRepresentation, NDR_LOCAL_DATA_REPRESENTATION);
    if (hr == S_OK)
        hr = IRpcStubBuffer_Invoke(channel->stub, &call, This);
    channel_free_buffer(This, msg);
    if (hr == S_OK)
        *msg = call;
    return hr;
}

static HRESULT WINAPI channel_get_dest_ctx(IRpcChannelBuffer *This, DWORD *context, void **pv)
{
    *context = MSHCTX_LOCAL;
    *pv = NULL;
    return S_OK;
}

static HRESULT WINAPI channel_is_connected(IRpcChannelBuffer *This)
{
    return S_OK;
}

static IRpcChannelBufferVtbl channel_methods = {
    channel_query_interface, channel_add_ref,     channel_release,      channel_get_buffer,
    channel_send_receive,    channel_free_buffer, channel_get_dest_ctx, channel_is_connected,
};

struct com_channel com_channel(const IID *expected)
{
    return (struct com_channel){
        .iface = {&channel_methods}, .references = 1, .expected = expected};
}
