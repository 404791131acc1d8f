/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes: whatever octets arrive, in whatever pieces, reading ends, never beyond what is there, and does
 * not depend on the pieces; and what was read can be written, and is read again.
 *
 * Input: the type (its low four bits; 0x10: big-endian; 0x20: pieces are pending first), octets of
 * other stub data in front, the size of the pieces, elements taken at once; then the stub data. */
#include "ndr/format.h"
#include "ndr/format64.h"
#include "unit/ndr_format.h"
#include "unit/ndr_pipe_test.h"

#define PIPE(fc, size) (fc), NDR_FC_PAD, NDR_FC_PIPE, (size) - 1, S(-4), S(size), S(size)
static const unsigned char octets20[] = { PIPE(NDR_FC_BYTE, 1) };
static const unsigned char shorts20[] = { PIPE(NDR_FC_SHORT, 2) };
static const unsigned char longs20[] = { PIPE(NDR_FC_LONG, 4) };
static const unsigned char hypers20[] = { PIPE(NDR_FC_HYPER, 8) };
static const unsigned char odd20[] = {
    NDR_FC_BOGUS_STRUCT, 7, S(16), S(0), S(0), NDR_FC_HYPER, NDR_FC_CHAR, NDR_FC_STRUCTPAD7, NDR_FC_END,
    NDR_FC_PIPE, 7, S(-14), S(16), S(9),
};
static const unsigned char few20[] = {
    NDR_FC_LONG, NDR_FC_PAD, NDR_FC_PIPE, NDR_PIPE_HAS_RANGE | 3, S(-4), S(4), S(4), L(0), L(2),
};
static const unsigned char ranged20[] = {
    NDR_FC_RANGE, NDR_FC_LONG, L(-1), L(1 << 24), NDR_FC_PIPE, 3, S(-12), S(4), S(4),
};
/* a union whose arm the structure's first member selects: 1 a long, 2 a short, else nothing */
static const unsigned char union20[] = {
    NDR_FC_ENCAPSULATED_UNION, 0x48, S(4), S(0x3000 | 2), L(1), S(0x8008), L(2), S(0x8006), S(0),
    NDR_FC_PIPE, 3, S(-22), S(8), S(8),
};
static const unsigned char byte64 = FC64_UINT8, long64 = FC64_INT32, hyper64 = FC64_INT64;
static const struct ndr64_pipe octets64 = { FC64_PIPE, 0, 0, 0, &byte64, 1, 1, 0, 0 };
static const struct ndr64_pipe longs64 = { FC64_PIPE, 0, 3, 0, &long64, 4, 4, 0, 0 };
static const struct ndr64_pipe hypers64 = { FC64_PIPE, 0, 7, 0, &hyper64, 8, 8, 0, 0 };
static const struct ndr64_range range64 = { FC64_RANGE, FC64_INT32, 0, -1, 1 << 24 };
static const struct ndr64_pipe ranged64 = { FC64_PIPE, NDR64_PIPE_HAS_RANGE, 3, 0, &range64, 4, 4, 0, 5 };

static const struct {
    const void *format;
    bool ndr64;
} types[16] = {
    { octets20 + 2, false }, { shorts20 + 2, false }, { longs20 + 2, false },   { hypers20 + 2, false },
    { odd20 + 12, false },   { few20 + 2, false },    { ranged20 + 10, false }, { union20 + 20, false },
    { &octets64, true },     { &longs64, true },      { &hypers64, true },      { &ranged64, true },
    { octets20 + 2, false }, { longs20 + 2, false },  { odd20 + 12, false },    { &octets64, true },
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

struct result {
    unsigned char *elements;
    uint32_t total, memory_size, status;
};

static uint32_t read_once(struct pipe_peer *peer, struct ndr_pipe *pipe, unsigned char *buffer, uint32_t max,
                          uint32_t *count)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return native_raised_status;
    return ndr_pipe_read(&peer->pipes, pipe, buffer, max, !peer->hesitates, count);
}

/* Until the end or an error; the elements before that. */
static void read_all(struct pipe_peer *peer, struct ndr_pipe *pipe, uint32_t max, struct result *result)
{
    uint32_t size = pipe->type.memory_size, count = 0;
    unsigned char *buffer = malloc((size_t)max * size);

    memset(result, 0, sizeof(*result));
    result->memory_size = size;
    for (;;) {
        memset(buffer, 0, (size_t)max * size);
        result->status = read_once(peer, pipe, buffer, max, &count);
        if (result->status == NDR_STATUS_PENDING)
            continue;
        if (result->status || !count)
            break;
        require(count <= max);
        result->elements = realloc(result->elements, (size_t)(result->total + count) * size);
        memcpy(result->elements + (size_t)result->total * size, buffer, (size_t)count * size);
        result->total += count;
    }
    free(buffer);
}

static bool read_type(const uint8_t *head, const uint8_t *data, size_t size, size_t piece, uint32_t max,
                      struct result *result)
{
    unsigned type = head[0] & 15;
    struct ndr_pipe pipe = { .ended = false };
    struct pipe_peer peer;
    size_t skip = head[1] & 7;

    peer_begin(&peer, types[type].ndr64);
    ndr_pipe_type_decode(&pipe.type, &peer.call, types[type].format);
    ndr_pipes_set_representation(&peer.pipes, head[0] & 0x10 ? 0 : NDR_REPRESENTATION_LOCAL);
    peer_receive(&peer, data, size, skip < size ? skip : size, piece);
    peer.hesitates = head[0] & 0x20;
    read_all(&peer, &pipe, max, result);
    require(result->status || pipe.drained);
    peer_end(&peer);
    return !result->status;
}

/* Written, and read again. */
static void round_trip(const uint8_t *head, const struct result *result)
{
    unsigned type = head[0] & 15;
    struct ndr_pipe pipe = { .ended = false };
    struct pipe_peer writer, reader;
    struct result again;
    jmp_buf place;

    peer_begin(&writer, types[type].ndr64);
    ndr_pipe_type_decode(&pipe.type, &writer.call, types[type].format);
    writer.pipes.scratch_size = ndr_pipe_scratch_size(&pipe.type);
    writer.pipes.scratch = malloc(writer.pipes.scratch_size + 1);
    native_raised = &place;
    require(!setjmp(place));
    if (result->total)
        require(!ndr_pipe_write(&writer.pipes, &pipe, result->elements, result->total, false));
    require(!ndr_pipe_write(&writer.pipes, &pipe, NULL, 0, true));
    require(pipe.written);

    memset(&pipe, 0, sizeof(pipe));
    peer_begin(&reader, types[type].ndr64);
    ndr_pipe_type_decode(&pipe.type, &reader.call, types[type].format);
    peer_receive(&reader, writer.sent, writer.sent_length, 0, 1 + head[2]);
    read_all(&reader, &pipe, 1 + (head[3] & 63), &again);
    require(!again.status && again.total == result->total && reader.given == reader.size);
    require(!again.total || !memcmp(again.elements, result->elements, (size_t)again.total * again.memory_size));
    free(again.elements);
    peer_end(&reader);
    peer_end(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result pieces, whole;

    if (size < 4)
        return 0;
    if (read_type(data, data + 4, size - 4, 1 + data[2], 1 + (data[3] & 63), &pieces))
        round_trip(data, &pieces);
    read_type(data, data + 4, size - 4, size, 1 + (data[3] & 63), &whole);
    require(whole.status == pieces.status);
    if (!whole.status)
        require(whole.total == pieces.total &&
                (!whole.total || !memcmp(whole.elements, pieces.elements, (size_t)whole.total * whole.memory_size)));
    free(pieces.elements);
    free(whole.elements);
    return 0;
}
