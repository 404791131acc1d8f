/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks and elements being read: see pipe.h. */
#include <string.h>

#include "ndr/engine.h"
#include "ndr/pipe.h"

void ndr_pipes_init(struct ndr_pipes *pipes, const struct ndr_message *call)
{
    pipes->rpc = (struct ndr_rpc_message){.DataRepresentation = call->RpcMsg->DataRepresentation};
    pipes->msg = (struct ndr_message){
        .RpcMsg = &pipes->rpc,
        .StubDesc = call->StubDesc,
        .IsClient = call->IsClient,
        .uFlags = call->uFlags,
        .CorrDespIncrement = call->CorrDespIncrement,
        .pfnAllocate = call->pfnAllocate,
        .pfnFree = call->pfnFree,
        .fHasExtensions = call->fHasExtensions,
        .fHasNewCorrDesc = call->fHasNewCorrDesc,
        .fIsOicf = call->fIsOicf,
    };
    ndr_correlation_begin(&pipes->msg, true);
}

void ndr_pipes_end(struct ndr_pipes *pipes)
{
    ndr_release_allocations(&pipes->msg);
    ndr_correlation_end(&pipes->msg);
}

void ndr_pipes_set_representation(struct ndr_pipes *pipes, uint32_t representation)
{
    pipes->rpc.DataRepresentation = representation;
    ndr_set_representation(&pipes->msg, representation);
}

uint32_t ndr_pipes_kept(const struct ndr_pipes *pipes)
{
    return (uint32_t)(pipes->pos - pipes->base) & 7;
}

static bool is_ndr64(const struct ndr_pipes *pipes)
{
    return pipes->msg.uFlags & NDR_MESSAGE_NDR64;
}

static bool is_swapped(const struct ndr_pipes *pipes)
{
    return pipes->msg.uFlags & NDR_MESSAGE_BYTE_SWAPPED;
}

/* Makes sure that so many octets are there, padding first: `pos` is at the octet behind it. */
static uint32_t want(struct ndr_pipes *pipes, uint32_t align, uint32_t size, bool arm)
{
    uint32_t padding = -(uint32_t)(pipes->pos - pipes->base) & (align - 1), status;
    uint64_t need = (uint64_t)padding + size, left = (uint64_t)(pipes->end - pipes->pos);

    while (left < need) {
        if (need - left > INT32_MAX)
            return NDR_STATUS_OUT_OF_MEMORY;
        if ((status = pipes->more(pipes, (uint32_t)(need - left), arm)))
            return status;
        left = (uint64_t)(pipes->end - pipes->pos);
    }
    pipes->pos += padding;
    return 0;
}

static uint32_t read_number(struct ndr_pipes *pipes, bool arm, uint64_t *number)
{
    uint32_t size = is_ndr64(pipes) ? 8 : 4, status = want(pipes, size, size, arm), half;

    if (status)
        return status;
    if (size == 8 && is_swapped(pipes))
        return NDR_STATUS_BAD_STUB_DATA; /* NDR64 is little-endian: [MS-RPCE] 2.2.5 */
    if (size == 8) {
        memcpy(number, pipes->pos, size);
    } else {
        memcpy(&half, pipes->pos, size);
        *number = is_swapped(pipes) ? __builtin_bswap32(half) : half;
    }
    pipes->pos += size;
    return 0;
}

/* NDR64: behind a chunk's elements is the negative of their number. */
static uint32_t end_chunk(struct ndr_pipes *pipes, struct ndr_pipe *pipe, bool arm)
{
    uint64_t number;
    uint32_t status;

    if (!is_ndr64(pipes) || (!pipe->chunk && !pipe->ended))
        return 0;
    if ((status = read_number(pipes, arm, &number)))
        return status;
    if (number != -pipe->chunk)
        return NDR_STATUS_BAD_STUB_DATA;
    pipe->chunk = 0;
    return 0;
}

/* Goes on to the next chunk, when all elements of this one have been taken. */
static uint32_t next_chunk(struct ndr_pipes *pipes, struct ndr_pipe *pipe, bool arm)
{
    uint32_t status = end_chunk(pipes, pipe, arm);
    uint64_t count;

    if (!status)
        status = read_number(pipes, arm, &count);
    if (status)
        return status;
    if (count > (is_ndr64(pipes) ? INT32_MAX : UINT32_MAX))
        return NDR_STATUS_BAD_STUB_DATA;
    if (pipe->type.has_range && count > pipe->type.most)
        return NDR_STATUS_INVALID_BOUND;
    pipe->chunk = pipe->left = count;
    pipe->ended = !count;
    return 0;
}

/* The last chunk's own end, which has no elements before it. */
static uint32_t finish(struct ndr_pipes *pipes, struct ndr_pipe *pipe)
{
    uint32_t status = pipe->drained ? 0 : end_chunk(pipes, pipe, true);

    if (!status)
        pipe->drained = true;
    return status;
}

static void read_object(struct ndr_pipes *pipes, const struct ndr_pipe_type *type, unsigned char *object)
{
    struct ndr_message *msg = &pipes->msg;

    memset(object, 0, type->memory_size);
    msg->BufferStart = (unsigned char *)pipes->base;
    msg->Buffer = (unsigned char *)pipes->pos;
    msg->BufferEnd = (unsigned char *)pipes->end;
    ndr_unmarshal(msg, &object, type->element, 0);
    ndr_correlation_pass(msg);
    ndr_accept_allocations(msg);
    pipes->pos = msg->Buffer;
}

static bool can_copy(const struct ndr_pipes *pipes, const struct ndr_pipe_type *type)
{
    uint8_t foreign = pipes->msg.uFlags & NDR_MESSAGE_FOREIGN;

    return type->is_image && (!foreign || (type->wire_size == 1 && foreign == NDR_MESSAGE_BYTE_SWAPPED));
}

/* Takes elements of the current chunk: as many as are there. */
static uint32_t read_elements(struct ndr_pipes *pipes, struct ndr_pipe *pipe, unsigned char *buffer, uint32_t max,
                              bool arm, uint32_t *count)
{
    const struct ndr_pipe_type *type = &pipe->type;
    uint32_t status = want(pipes, type->wire_align, type->wire_size, arm);
    bool is_image = can_copy(pipes, type);
    size_t there;

    /* wire_size is the most that one takes; of a union, a short arm may be the last that comes. */
    if (status && (status != NDR_STATUS_BAD_STUB_DATA || is_image))
        return status;
    *count = 1;
    if (is_image) {
        there = (size_t)(pipes->end - pipes->pos) / type->wire_size;
        *count = max < pipe->left ? max : (uint32_t)pipe->left;
        *count = there < *count ? (uint32_t)there : *count;
        memcpy(buffer, pipes->pos, (size_t)*count * type->memory_size);
        pipes->pos += (size_t)*count * type->wire_size;
    } else {
        read_object(pipes, type, buffer);
    }
    pipe->left -= *count;
    return 0;
}

uint32_t ndr_pipe_read(struct ndr_pipes *pipes, struct ndr_pipe *pipe, unsigned char *buffer, uint32_t max, bool whole,
                       uint32_t *count)
{
    uint32_t status = 0, part;

    *count = 0;
    while (!status && *count < max && !pipe->ended) {
        bool arm = whole || !*count;

        if (!pipe->left) {
            status = next_chunk(pipes, pipe, arm);
            continue;
        }
        status = read_elements(pipes, pipe, buffer + (size_t)*count * pipe->type.memory_size, max - *count, arm, &part);
        if (!status)
            *count += part;
    }
    if (status == NDR_STATUS_PENDING && *count)
        return 0;
    if (!status && !*count && pipe->ended)
        status = finish(pipes, pipe);
    return status;
}
