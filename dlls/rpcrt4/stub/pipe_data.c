/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the octets of pipes come from and go to: I_RpcReceive and I_RpcSend with partial buffers. See
 * pipe.h. */
#include "platform/memory.h"
#include "stub/pipe.h"

static struct stub_pipes *set_of(struct ndr_pipes *data)
{
    return CONTAINER_OF(data, struct stub_pipes, data);
}

static uint32_t more(struct ndr_pipes *data, uint32_t missing, bool arm)
{
    struct stub_pipes *set = set_of(data);
    uint32_t kept = ndr_pipes_kept(data);
    RPC_STATUS status;

    if (set->rpc.RpcFlags & RPC_BUFFER_COMPLETE)
        return RPC_X_BAD_STUB_DATA;
    set->rpc.Buffer = (void *)(data->pos - kept);
    set->rpc.BufferLength = (unsigned int)(data->end - data->pos) + kept;
    set->rpc.RpcFlags &= ~(RPC_BUFFER_NONOTIFY | RPC_BUFFER_COMPLETE);
    set->rpc.RpcFlags |= RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA | (arm ? 0 : RPC_BUFFER_NONOTIFY);
    if ((status = I_RpcReceive(&set->rpc, missing)))
        return status;
    pipe_data_received(set, kept);
    return RPC_S_OK;
}

static uint32_t send(struct ndr_pipes *data, const void *octets, uint32_t length, enum ndr_pipe_part part)
{
    RPC_MESSAGE rpc = set_of(data)->rpc;

    rpc.Buffer = (void *)octets;
    rpc.BufferLength = length;
    rpc.RpcFlags &= ~(RPC_BUFFER_COMPLETE | RPC_BUFFER_EXTRA);
    rpc.RpcFlags |= RPC_BUFFER_PARTIAL | (part == NDR_PIPE_MORE ? RPC_BUFFER_EXTRA : 0) |
                    (part == NDR_PIPE_LAST ? RPC_BUFFER_COMPLETE : 0);
    return I_RpcSend(&rpc);
}

void pipe_data_init(struct stub_pipes *set)
{
    ndr_pipes_init(&set->data, &set->call->msg);
    set->data.more = more;
    set->data.send = send;
}

void pipe_data_end(struct stub_pipes *set)
{
    ndr_pipes_end(&set->data);
    rpc_free(set->data.scratch);
}

void pipe_data_received(struct stub_pipes *set, uint32_t at)
{
    struct ndr_pipes *data = &set->data;

    data->base = set->rpc.Buffer;
    data->pos = data->base + at;
    data->end = data->base + set->rpc.BufferLength;
    ndr_pipes_set_representation(data, set->rpc.DataRepresentation);
}

RPC_STATUS pipe_read(struct stub_pipe *pipe, void *buffer, uint32_t max, bool whole, uint32_t *count)
{
    return ndr_pipe_read(&pipe->set->data, &pipe->ndr, buffer, max, whole, count);
}

RPC_STATUS pipe_write(struct stub_pipe *pipe, void *buffer, uint32_t count, bool last)
{
    struct ndr_pipes *data = &pipe->set->data;
    uint32_t size = count ? ndr_pipe_scratch_size(&pipe->ndr.type) : 0;
    unsigned char *scratch;

    if (size > data->scratch_size) {
        if (!(scratch = rpc_realloc(data->scratch, size)))
            return RPC_S_OUT_OF_MEMORY;
        data->scratch = scratch;
        data->scratch_size = size;
    }
    return ndr_pipe_write(data, &pipe->ndr, buffer, count, last);
}
