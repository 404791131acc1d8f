/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of serialized types and procedures from strangers. Input: how the stream is read (bit 0:
 * incrementally, bits 1 to 3: a reader that gives so much less), what is asked of it (eight octets),
 * then the stream. What an object's octets are is asked of the NDR engine, for a tree with strings.
 * The octets of all objects, encoded again, decode to the same. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ndr/engine.h"
#include "ndr/format.h"
#include "ndr/pickle_stream.h"
#include "unit/native_platform.h"
#include "unit/ndr_format.h"

#define REQUIRE(condition)                                                 \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                       \
        }                                                                  \
    } while (0)

#define ASKS 8

/* struct { node *left; short *value; [string] char *name; node *right; } */
static const unsigned char tree[] = {
    /* 0 */ NDR_FC_BOGUS_STRUCT, 3, S(32), S(0), S(8),
    NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_POINTER, NDR_FC_PAD, NDR_FC_END,
    /* 14 */ NDR_FC_UP, 0, S(-16), NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_SHORT, NDR_FC_PAD,
    NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_C_CSTRING, NDR_FC_PAD, NDR_FC_UP, 0, S(-28),
};

/* ---- memory ---- */

static int blocks;

static void *allocate(size_t size)
{
    void *block = NULL;

    if (size > 65536 || posix_memalign(&block, 16, size + !size))
        return NULL;
    blocks++;
    return block;
}

static void release(void *block)
{
    blocks--;
    free(block);
}

static const struct pickle_memory memory = { allocate, release };

/* ---- a reader ---- */

struct reader {
    const uint8_t *data;
    size_t size;
    unsigned less;
    char *block; /* of exactly what was given last */
};

static void read_some(void *state, char **buffer, unsigned int *size)
{
    struct reader *reader = state;
    size_t given = *size < reader->size ? *size : reader->size;

    given = given > reader->less ? given - reader->less : 0;
    free(reader->block);
    REQUIRE(!posix_memalign((void **)&reader->block, 16, given + !given));
    memcpy(reader->block, reader->data, given);
    reader->data += given;
    reader->size -= given;
    *buffer = reader->block;
    *size = (unsigned int)given;
}

/* ---- objects ---- */

static void unmarshal(const struct pickle_data *data)
{
    struct ndr_rpc_message rpc = { .Buffer = data->start, .BufferLength = data->length };
    struct ndr_message msg = { .RpcMsg = &rpc,
                               .IsClient = 1,
                               .Buffer = data->start,
                               .BufferStart = data->start,
                               .BufferEnd = data->start + data->length,
                               .pfnAllocate = allocate,
                               .pfnFree = release };
    unsigned char *object = NULL;
    jmp_buf place;

    native_raised = &place;
    if (!setjmp(place)) {
        ndr_set_representation(&msg, data->big_endian ? 0 : NDR_REPRESENTATION_LOCAL);
        ndr_unmarshal(&msg, &object, tree + 14, 0);
        ndr_accept_allocations(&msg);
        ndr_free(&msg, object, tree + 14);
    }
    ndr_release_allocations(&msg);
    REQUIRE(!blocks);
}

/* What has been decoded, one after another. */
struct objects {
    uint32_t lengths[ASKS], primitive[ASKS], count;
    uint8_t *octets;
    size_t size;
};

static void keep(struct objects *objects, const struct pickle_data *data, uint32_t primitive)
{
    uint32_t length = primitive ? primitive : data->length;

    objects->octets = realloc(objects->octets, objects->size + length + 1);
    memcpy(objects->octets + objects->size, data->start, length);
    objects->size += length;
    objects->primitive[objects->count] = primitive;
    objects->lengths[objects->count++] = length;
}

static void ask(struct pickle_stream *s, uint8_t what, struct objects *objects)
{
    struct pickle_position former = s->at;
    uint32_t primitive = what & 4 ? 1u << (what >> 3 & 3) : 0, status;
    struct pickle_data data;

    switch (what & 3) {
    case 0:
        status = pickle_peek_procedure(s);
        break;
    case 1:
        status = pickle_next_procedure(s, &data);
        if (!status)
            unmarshal(&data);
        break;
    default:
        status = pickle_next_object(s, primitive, &data);
        if (!status) {
            REQUIRE(data.length >= primitive);
            keep(objects, &data, primitive);
            if (!data.ndr64)
                unmarshal(&data);
        }
        break;
    }
    if (status)
        s->at = former;
}

/* ---- and back ---- */

static void encode(struct pickle_stream *s, const struct objects *objects)
{
    const uint8_t *octets = objects->octets;

    for (uint32_t i = 0; i < objects->count; i++) {
        bool primitive = objects->primitive[i] != 0;
        uint32_t length = objects->lengths[i], size = pickle_object_size(s, length, primitive);
        uint32_t headers = pickle_headers_size(s, primitive);
        unsigned char *start;

        if (pickle_reserve(s, size, &memory, &start))
            return;
        memset(start, 0, size);
        pickle_put_headers(s, start, length, primitive, &wire_syntax_ndr20);
        memcpy(start + headers, octets, length);
        pickle_commit(s, size, &memory);
        octets += length;
    }
}

static void round_trip(const struct objects *objects, enum pickle_action action)
{
    struct pickle_stream s = { .size = 0 };
    const uint8_t *octets = objects->octets;
    char *buffer = NULL;
    uint32_t size = 0;

    REQUIRE(!pickle_set_buffer(&s, PICKLE_DYNAMIC_BUFFER, action, &buffer, 0, &size));
    encode(&s, objects);
    if (!buffer)
        return;
    REQUIRE(!pickle_set_buffer(&s, PICKLE_FIXED_BUFFER, PICKLE_DECODE, &buffer, size, NULL));
    for (uint32_t i = 0; i < objects->count && s.at.used < size; i++) {
        struct pickle_data data;

        REQUIRE(!pickle_next_object(&s, objects->primitive[i], &data));
        REQUIRE(data.length >= objects->lengths[i]);
        REQUIRE(!memcmp(data.start, octets, objects->lengths[i]));
        octets += objects->lengths[i];
    }
    release(buffer);
    REQUIRE(!blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct objects objects = { .count = 0 };
    struct pickle_stream s = { .size = 0 };
    struct reader reader;
    char *block = NULL;

    if (size < 1 + ASKS)
        return 0;
    reader = (struct reader){ data + 1 + ASKS, size - 1 - ASKS, data[0] >> 1 & 7, NULL };
    if (data[0] & 1) {
        REQUIRE(!pickle_set_incremental(&s, PICKLE_DECODE, &reader, NULL, NULL, read_some));
    } else {
        REQUIRE(!posix_memalign((void **)&block, 16, reader.size + !reader.size));
        memcpy(block, reader.data, reader.size);
        REQUIRE(!pickle_set_buffer(&s, PICKLE_FIXED_BUFFER, PICKLE_DECODE, &block,
                                   (uint32_t)reader.size, NULL));
    }
    for (unsigned i = 0; i < ASKS; i++)
        ask(&s, data[1 + i], &objects);
    round_trip(&objects, PICKLE_ENCODE);
    round_trip(&objects, PICKLE_ENCODE_NDR64);
    free(objects.octets);
    free(reader.block);
    free(block);
    return 0;
}
