/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests and fuzz targets of pipes share: stub data that arrives in pieces, each in a block of its
 * own, and stub data that is sent. */
#ifndef TESTS_UNIT_NDR_PIPE_TEST_H
#define TESTS_UNIT_NDR_PIPE_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ndr/engine.h"
#include "ndr/pipe.h"
#include "unit/native_platform.h"

struct pipe_peer {
    struct ndr_pipes pipes;
    struct ndr_message call;
    struct ndr_rpc_message rpc;
    struct ndr_stub_desc desc;
    /* what arrives */
    const uint8_t *data;
    size_t size, given, piece; /* octets; so many at a time */
    bool hesitates, ready;     /* each piece is pending once, before it is there */
    unsigned asked;            /* with `arm` */
    unsigned char *block;
    /* what has been sent */
    uint8_t *sent;
    size_t sent_length;
    unsigned ends; /* chunks, and the last one of the stub data */
};

static inline uint32_t peer_more(struct ndr_pipes *pipes, uint32_t missing, bool arm)
{
    struct pipe_peer *peer = (struct pipe_peer *)((char *)pipes - offsetof(struct pipe_peer, pipes));
    uint32_t kept = ndr_pipes_kept(pipes);
    size_t there = (size_t)(pipes->end - pipes->pos) + kept, more = missing > peer->piece ? missing : peer->piece;
    unsigned char *block;

    peer->asked += arm;
    if (more > peer->size - peer->given)
        more = peer->size - peer->given;
    if (!more)
        return NDR_STATUS_BAD_STUB_DATA;
    peer->ready = !peer->ready;
    if (peer->hesitates && peer->ready)
        return NDR_STATUS_PENDING;
    block = malloc(there + more);
    if (there)
        memcpy(block, pipes->pos - kept, there);
    memcpy(block + there, peer->data + peer->given, more);
    peer->given += more;
    pipes->base = block;
    pipes->pos = block + kept;
    pipes->end = block + there + more;
    free(peer->block);
    peer->block = block;
    return 0;
}

static inline uint32_t peer_send(struct ndr_pipes *pipes, const void *data, uint32_t length, enum ndr_pipe_part part)
{
    struct pipe_peer *peer = (struct pipe_peer *)((char *)pipes - offsetof(struct pipe_peer, pipes));

    peer->sent = realloc(peer->sent, peer->sent_length + length + 1);
    if (length)
        memcpy(peer->sent + peer->sent_length, data, length);
    peer->sent_length += length;
    peer->ends += part != NDR_PIPE_MORE;
    return 0;
}

static inline void peer_begin(struct pipe_peer *peer, bool ndr64)
{
    memset(peer, 0, sizeof(*peer));
    peer->call.RpcMsg = &peer->rpc;
    peer->call.StubDesc = &peer->desc;
    peer->call.uFlags = ndr64 ? NDR_MESSAGE_NDR64 : 0;
    peer->call.pfnAllocate = malloc;
    peer->call.pfnFree = free;
    peer->rpc.DataRepresentation = NDR_REPRESENTATION_LOCAL;
    ndr_pipes_init(&peer->pipes, &peer->call);
    peer->pipes.more = peer_more;
    peer->pipes.send = peer_send;
}

/* `skip` octets of stub data come before the first pipe's. */
static inline void peer_receive(struct pipe_peer *peer, const void *data, size_t size, size_t skip, size_t piece)
{
    peer->data = data;
    peer->size = size;
    peer->piece = piece;
    peer->block = malloc(skip + 1);
    memcpy(peer->block, data, skip);
    peer->given = skip;
    peer->pipes.base = peer->block;
    peer->pipes.pos = peer->pipes.end = peer->block + skip;
}

static inline void peer_end(struct pipe_peer *peer)
{
    ndr_pipes_end(&peer->pipes);
    free(peer->block);
    free(peer->sent);
    free(peer->pipes.scratch);
}

#endif
