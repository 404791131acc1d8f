/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements and chunks: see pipe.h. */
#include "ndr/engine.h"
#include "platform/memory.h"
#include "platform/seh.h"
#include "stub/pipe.h"

#define SCRATCH_SIZE (16u << 10)
/* Octets of elements that one chunk has at most: more become several. */
#define LARGEST_CHUNK (1u << 20)

/* ---- reading ---- */

/* Makes sure that so many octets are there, padding first: `pos` is at the octet behind it. */
static RPC_STATUS want(struct stub_pipes *set, uint32_t align, uint32_t size, bool arm)
{
    uint32_t padding = -(uint32_t)(set->pos - set->base) & (align - 1), need = padding + size;
    size_t kept, left = set->end - set->pos;
    RPC_STATUS status;

    while (left < need) {
        if (set->rpc.RpcFlags & RPC_BUFFER_COMPLETE)
            return RPC_X_BAD_STUB_DATA;
        kept = (set->pos - set->base) & ~(size_t)7;
        set->rpc.Buffer = (void *)(set->base + kept);
        set->rpc.BufferLength = (unsigned int)(set->end - set->base - kept);
        set->rpc.RpcFlags &= ~(RPC_BUFFER_NONOTIFY | RPC_BUFFER_COMPLETE);
        set->rpc.RpcFlags |= RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA | (arm ? 0 : RPC_BUFFER_NONOTIFY);
        if ((status = I_RpcReceive(&set->rpc, (unsigned int)(need - left))))
            return status;
        set->pos = (unsigned char *)set->rpc.Buffer + ((set->pos - set->base) & 7);
        set->base = set->rpc.Buffer;
        set->end = set->base + set->rpc.BufferLength;
        ndr_set_representation(&set->call->msg, set->rpc.DataRepresentation);
        left = set->end - set->pos;
    }
    set->pos += padding;
    return RPC_S_OK;
}

static uint64_t swap64(uint64_t value, uint32_t size)
{
    return size == 8 ? __builtin_bswap64(value) : __builtin_bswap32((uint32_t)value);
}

static RPC_STATUS read_number(struct stub_pipes *set, bool arm, uint64_t *number)
{
    uint32_t size = set->ndr64 ? 8 : 4;
    RPC_STATUS status = want(set, size, size, arm);

    if (status)
        return status;
    *number = 0;
    memcpy(number, set->pos, size);
    if (set->call->msg.uFlags & NDR_MESSAGE_BYTE_SWAPPED)
        *number = swap64(*number, size);
    set->pos += size;
    return RPC_S_OK;
}

/* NDR64: behind a chunk's elements is the negative of their number. */
static RPC_STATUS end_chunk(struct stub_pipe *pipe, bool arm)
{
    uint64_t number;
    RPC_STATUS status;

    if (!pipe->set->ndr64 || (!pipe->chunk && !pipe->ended))
        return RPC_S_OK;
    if ((status = read_number(pipe->set, arm, &number)))
        return status;
    if (number != -pipe->chunk)
        return RPC_X_BAD_STUB_DATA;
    pipe->chunk = 0;
    return RPC_S_OK;
}

/* Goes on to the next chunk, when all elements of this one have been taken. */
static RPC_STATUS next_chunk(struct stub_pipe *pipe, bool arm)
{
    uint64_t count;
    RPC_STATUS status = end_chunk(pipe, arm);

    if (!status)
        status = read_number(pipe->set, arm, &count);
    if (status)
        return status;
    if (count > (pipe->set->ndr64 ? INT32_MAX : UINT32_MAX))
        return RPC_X_BAD_STUB_DATA;
    if (pipe->type.has_range && count > pipe->type.most)
        return RPC_X_INVALID_BOUND;
    pipe->chunk = pipe->left = count;
    pipe->ended = !count;
    return RPC_S_OK;
}

/* The last chunk's own end, which has no elements before it. */
static RPC_STATUS finish_pipe(struct stub_pipe *pipe, bool arm)
{
    RPC_STATUS status = pipe->drained ? RPC_S_OK : end_chunk(pipe, arm);

    if (!status)
        pipe->drained = true;
    return status;
}

static void read_complex(struct stub_pipes *set, const struct pipe_type *type, unsigned char *object)
{
    struct ndr_message *msg = &set->call->msg;
    unsigned char *buffer = msg->Buffer, *start = msg->BufferStart, *end = msg->BufferEnd;

    msg->BufferStart = (unsigned char *)set->base;
    msg->Buffer = (unsigned char *)set->pos;
    msg->BufferEnd = (unsigned char *)set->end;
    RpcTryFinally {
        ndr_unmarshal(msg, &object, type->element, 0);
        ndr_accept_allocations(msg);
        set->pos = msg->Buffer;
    }
    RpcFinally {
        msg->Buffer = buffer;
        msg->BufferStart = start;
        msg->BufferEnd = end;
    }
    RpcEndFinally
}

static bool can_copy(const struct stub_pipes *set, const struct pipe_type *type)
{
    return type->is_image &&
           !(set->call->msg.uFlags & NDR_MESSAGE_FOREIGN);
}

/* Takes elements of the current chunk: as many as are there. */
static RPC_STATUS read_elements(struct stub_pipe *pipe, unsigned char *buffer, uint32_t max,
                                bool arm, uint32_t *count)
{
    const struct pipe_type *type = &pipe->type;
    struct stub_pipes *set = pipe->set;
    RPC_STATUS status = want(set, type->wire_align, type->wire_size, arm);
    size_t there;

    if (status)
        return status;
    *count = 1;
    if (can_copy(set, type)) {
        there = (set->end - set->pos) / type->wire_size;
        *count = max < pipe->left ? max : (uint32_t)pipe->left;
        *count = there < *count ? (uint32_t)there : *count;
        memcpy(buffer, set->pos, (size_t)*count * type->memory_size);
        set->pos += (size_t)*count * type->wire_size;
    } else {
        memset(buffer, 0, type->memory_size);
        read_complex(set, type, buffer);
    }
    pipe->left -= *count;
    return RPC_S_OK;
}

RPC_STATUS pipe_read(struct stub_pipe *pipe, unsigned char *buffer, uint32_t max, bool whole,
                     uint32_t *count)
{
    RPC_STATUS status = RPC_S_OK;
    uint32_t part;

    *count = 0;
    while (!status && *count < max && !pipe->ended) {
        bool arm = whole || !*count;

        if (!pipe->left) {
            status = next_chunk(pipe, arm);
            continue;
        }
        status = read_elements(pipe, buffer + (size_t)*count * pipe->type.memory_size, max - *count,
                               arm, &part);
        if (!status)
            *count += part;
    }
    if (status == RPC_S_ASYNC_CALL_PENDING && *count)
        return RPC_S_OK;
    if (!status && !*count && pipe->ended)
        status = finish_pipe(pipe, true);
    return status;
}

/* ---- writing ---- */

static RPC_STATUS send(struct stub_pipes *set, const void *data, uint32_t length, unsigned int flags)
{
    RPC_MESSAGE rpc = set->rpc;

    rpc.Buffer = (void *)data;
    rpc.BufferLength = length;
    rpc.RpcFlags &= ~(RPC_BUFFER_COMPLETE | RPC_BUFFER_EXTRA);
    rpc.RpcFlags |= RPC_BUFFER_PARTIAL | flags;
    set->phase = (set->phase + length) & 7;
    return I_RpcSend(&rpc);
}

/* A number at its place: octets before it included. Returns their count. */
static uint32_t put_number(const struct stub_pipes *set, unsigned char *to, uint64_t number)
{
    uint32_t size = set->ndr64 ? 8 : 4, padding = -set->phase & (size - 1);

    memset(to, 0, padding);
    memcpy(to + padding, &number, size);
    return padding + size;
}

static uint32_t put_padding(unsigned char *to, uint32_t at, uint32_t align)
{
    uint32_t padding = -at & (align - 1);

    memset(to, 0, padding);
    return padding;
}

static void reserve_scratch(struct stub_pipes *set, uint32_t size)
{
    unsigned char *grown;

    if (size <= set->scratch_size)
        return;
    size = size < SCRATCH_SIZE ? SCRATCH_SIZE : size;
    grown = rpc_realloc(set->scratch, size);
    if (!grown)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    set->scratch = grown;
    set->scratch_size = size;
}

/* Marshals elements into the scratch buffer, from `used` on; it begins at a multiple of 8 of the
 * stub data. */
static uint32_t put_complex(struct stub_pipes *set, const struct pipe_type *type,
                            unsigned char *object, uint32_t used)
{
    struct ndr_message *msg = &set->call->msg;
    struct ndr_rpc_message *outer = msg->RpcMsg, rpc = {0};
    unsigned char *buffer = msg->Buffer;
    uint32_t length = msg->BufferLength;
    volatile uint32_t end = used;

    rpc.Buffer = set->scratch;
    rpc.BufferLength = set->scratch_size;
    msg->RpcMsg = &rpc;
    msg->BufferLength = set->scratch_size;
    msg->Buffer = set->scratch + used;
    RpcTryFinally {
        ndr_marshal(msg, object, type->element);
        end = (uint32_t)(msg->Buffer - set->scratch);
    }
    RpcFinally {
        msg->RpcMsg = outer;
        msg->Buffer = buffer;
        msg->BufferLength = length;
    }
    RpcEndFinally
    return end;
}

static RPC_STATUS write_complex(struct stub_pipe *pipe, unsigned char *objects, uint32_t count)
{
    const struct pipe_type *type = &pipe->type;
    struct stub_pipes *set = pipe->set;
    uint32_t room = 8 + type->wire_align + 2 * type->wire_size, start, used;
    RPC_STATUS status = RPC_S_OK;

    reserve_scratch(set, room);
    while (!status && count) {
        start = used = set->phase;
        while (count && set->scratch_size - used >= room - 8) {
            used = put_complex(set, type, objects, used);
            objects += type->memory_size;
            count--;
        }
        status = send(set, set->scratch + start, used - start, RPC_BUFFER_EXTRA);
    }
    return status;
}

/* The chunk's end, and the flags that send it all. */
static RPC_STATUS close_chunk(struct stub_pipes *set, uint32_t count, unsigned int flags)
{
    unsigned char number[16];
    uint32_t length = 0;

    if (set->ndr64)
        length = put_number(set, number, -(uint64_t)count);
    return send(set, number, length, flags);
}

static RPC_STATUS write_chunk(struct stub_pipe *pipe, unsigned char *buffer, uint32_t count,
                              unsigned int flags)
{
    const struct pipe_type *type = &pipe->type;
    struct stub_pipes *set = pipe->set;
    unsigned char head[32];
    uint32_t length = put_number(set, head, count);
    RPC_STATUS status;

    if (count && type->is_image)
        length += put_padding(head + length, set->phase + length, type->wire_align);
    status = send(set, head, length, RPC_BUFFER_EXTRA);
    if (!status && count && type->is_image)
        status = send(set, buffer, count * type->wire_size, RPC_BUFFER_EXTRA);
    else if (!status && count)
        status = write_complex(pipe, buffer, count);
    return status ? status : close_chunk(set, count, flags);
}

RPC_STATUS pipe_write(struct stub_pipe *pipe, unsigned char *buffer, uint32_t count, bool last)
{
    uint32_t most = LARGEST_CHUNK / pipe->type.memory_size, part;
    RPC_STATUS status;

    if (!count) {
        pipe->written = true;
        return write_chunk(pipe, NULL, 0, last ? RPC_BUFFER_COMPLETE : 0);
    }
    if (pipe->type.has_range && most > pipe->type.most)
        most = (uint32_t)pipe->type.most;
    most = most ? most : 1;
    do {
        part = count < most ? count : most;
        status = write_chunk(pipe, buffer, part, 0);
        buffer += (size_t)part * pipe->type.memory_size;
        count -= part;
    } while (!status && count);
    return status;
}
