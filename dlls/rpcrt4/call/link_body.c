/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stub data of large fragments goes from the transport straight into its message's memory, where
 * receives cost little, so that their number does not matter, and nothing has to be verified first. That
 * memory belongs to the link meanwhile: its call may end. */
#include "call/link.h"
#include "call/statistics.h"
#include "platform/memory.h"

#define BODY_LEAST 8192 /* octets of a fragment; what is smaller mostly comes in one piece */
#define HEADERS_MOST (PDU_REQUEST_HEADER_LENGTH + PDU_OBJECT_LENGTH)

struct link_body {
    struct pdu_header header;
    struct link_lending lending;
    uint8_t *to;
    size_t left;
};

static size_t headers_length(const struct pdu_header *header)
{
    return header->flags & PFC_OBJECT_UUID ? HEADERS_MOST : PDU_REQUEST_HEADER_LENGTH;
}

/* Puts what is there of the stub data into its place. */
static void start(struct link_body *body, const uint8_t *fragment, size_t have)
{
    size_t there = have - (size_t)(body->lending.stub.data - fragment);

    memcpy(body->lending.to, body->lending.stub.data, there);
    body->to = body->lending.to + there;
    body->left = body->lending.stub.length - there;
}

void link_body_begin(struct link *link)
{
    struct pdu_header header;
    struct link_body *body;
    const uint8_t *fragment;
    size_t have;

    link->body_follows = false;
    if (!link->stream.prompt || !link->ops->lend || link->security)
        return;
    fragment = pdu_stream_partial(&link->stream, &header, &have);
    if (!fragment || header.frag_length < BODY_LEAST || header.auth_length || have < headers_length(&header) ||
        !(body = rpc_alloc(sizeof(*body))))
        return;
    body->header = header;
    if (!link->ops->lend(link, &header, fragment, &body->lending)) {
        rpc_free(body);
        return;
    }
    start(body, fragment, have);
    pdu_stream_take_partial(&link->stream);
    link->body = body;
}

uint8_t *link_reserve(struct link *link, bool waiting, size_t *room)
{
    uint8_t *buffer;

    if (link->body) {
        *room = link->body->left;
        return link->body->to;
    }
    link->stream.prompt = !transport_sends_dearly(link->conn);
    link->stream.initial = transport_recv_room(link->conn, waiting);
    buffer = pdu_stream_reserve(&link->stream, room);
    if (link->body_follows)
        *room = min(*room, HEADERS_MOST);
    return buffer;
}

bool link_body_commit(struct link *link, size_t bytes)
{
    struct link_body *body = link->body;
    bool ok;

    body->to += bytes;
    body->left -= bytes;
    if (body->left)
        return true;
    link->body = NULL;
    link->body_follows = !(body->header.flags & PFC_LAST_FRAG);
    statistics_add(STATISTIC_PACKETS_IN, 1);
    ok = link->ops->take_back(link, &body->header, &body->lending);
    reassembly_discard(&body->lending.data);
    rpc_free(body);
    return ok;
}

void link_body_free(struct link *link)
{
    if (!link->body)
        return;
    reassembly_discard(&link->body->lending.data);
    rpc_free(link->body);
}
