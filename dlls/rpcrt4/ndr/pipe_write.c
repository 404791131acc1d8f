/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks and elements being written: see pipe.h. */
#include <string.h>

#include "ndr/engine.h"
#include "ndr/pipe.h"

/* Elements are marshalled so many octets at a time. */
#define SCRATCH_SIZE (16u << 10)
/* Octets of elements that one chunk has at most: more become several. */
#define LARGEST_CHUNK (1u << 20)

static uint32_t send(struct ndr_pipes *pipes, const void *data, uint32_t length, enum ndr_pipe_part part)
{
    pipes->phase = (pipes->phase + length) & 7;
    return pipes->send(pipes, data, length, part);
}

static uint32_t put_padding(unsigned char *to, uint32_t at, uint32_t align)
{
    uint32_t padding = -at & (align - 1);

    memset(to, 0, padding);
    return padding;
}

/* A number at its place, padding before it. Returns their octets. */
static uint32_t put_number(const struct ndr_pipes *pipes, unsigned char *to, uint64_t number)
{
    uint32_t size = pipes->msg.uFlags & NDR_MESSAGE_NDR64 ? 8 : 4, padding = put_padding(to, pipes->phase, size);

    memcpy(to + padding, &number, size);
    return padding + size;
}

/* Of one element at any place; elements of 2^28 octets are refused when they are written. */
static uint64_t room_of_one(const struct ndr_pipe_type *type)
{
    return type->wire_align + 2 * (uint64_t)type->wire_size;
}

uint32_t ndr_pipe_scratch_size(const struct ndr_pipe_type *type)
{
    uint64_t size = 8 + room_of_one(type);

    if (type->is_image)
        return 0;
    return size < SCRATCH_SIZE ? SCRATCH_SIZE : size > INT32_MAX ? INT32_MAX : (uint32_t)size;
}

/* Marshals an element into the scratch buffer, which begins at a multiple of 8 of the stub data.
 * Returns where it ends. */
static uint32_t put_object(struct ndr_pipes *pipes, const struct ndr_pipe_type *type, unsigned char *object, uint32_t at)
{
    struct ndr_message *msg = &pipes->msg;

    pipes->rpc.Buffer = pipes->scratch;
    pipes->rpc.BufferLength = pipes->scratch_size;
    msg->BufferLength = pipes->scratch_size;
    msg->Buffer = pipes->scratch + at;
    ndr_marshal(msg, object, type->element);
    return (uint32_t)(msg->Buffer - pipes->scratch);
}

static uint32_t write_objects(struct ndr_pipes *pipes, const struct ndr_pipe_type *type, unsigned char *objects,
                              uint32_t count)
{
    uint64_t room = room_of_one(type);
    uint32_t status = 0, start, used;

    if (room + 8 > pipes->scratch_size)
        return NDR_STATUS_OUT_OF_MEMORY;
    while (!status && count) {
        start = used = pipes->phase;
        while (count && pipes->scratch_size - used >= room) {
            used = put_object(pipes, type, objects, used);
            objects += type->memory_size;
            count--;
        }
        status = send(pipes, pipes->scratch + start, used - start, NDR_PIPE_MORE);
    }
    return status;
}

static uint32_t write_elements(struct ndr_pipes *pipes, const struct ndr_pipe_type *type, unsigned char *elements,
                               uint32_t count)
{
    return type->is_image ? send(pipes, elements, count * type->wire_size, NDR_PIPE_MORE)
                          : write_objects(pipes, type, elements, count);
}

/* The chunk's end, with which it is all sent. */
static uint32_t close_chunk(struct ndr_pipes *pipes, uint32_t count, enum ndr_pipe_part part)
{
    unsigned char number[16];
    uint32_t length = 0;

    if (pipes->msg.uFlags & NDR_MESSAGE_NDR64)
        length = put_number(pipes, number, -(uint64_t)count);
    return send(pipes, number, length, part);
}

static uint32_t write_chunk(struct ndr_pipes *pipes, const struct ndr_pipe_type *type, unsigned char *elements,
                            uint32_t count, enum ndr_pipe_part part)
{
    unsigned char head[32];
    uint32_t length = put_number(pipes, head, count), status;

    if (count && type->is_image)
        length += put_padding(head + length, pipes->phase + length, type->wire_align);
    status = send(pipes, head, length, NDR_PIPE_MORE);
    if (!status && count)
        status = write_elements(pipes, type, elements, count);
    return status ? status : close_chunk(pipes, count, part);
}

uint32_t ndr_pipe_write(struct ndr_pipes *pipes, struct ndr_pipe *pipe, unsigned char *buffer, uint32_t count, bool last)
{
    uint32_t most = LARGEST_CHUNK / pipe->type.memory_size, part, status;

    if (!count) {
        pipe->written = true;
        return write_chunk(pipes, &pipe->type, NULL, 0, last ? NDR_PIPE_LAST : NDR_PIPE_CHUNK);
    }
    if (pipe->type.has_range && most > pipe->type.most)
        most = (uint32_t)pipe->type.most;
    most = most ? most : 1;
    do {
        part = count < most ? count : most;
        status = write_chunk(pipes, &pipe->type, buffer, part, NDR_PIPE_CHUNK);
        buffer += (size_t)part * pipe->type.memory_size;
        count -= part;
    } while (!status && count);
    return status;
}
