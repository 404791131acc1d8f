/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A link's requests and responses under its security context. Control PDUs are sent as they are, as
 * Windows does; a fault may come with a signature, which then has to be right. */
#include "call/link.h"
#include "platform/memory.h"

const struct pdu_auth_room *link_auth_room(const struct link *link)
{
    const struct security_context *security = link->security;

    return security && security_context_protects(security) ? &security->room : NULL;
}

/* ---- sending ---- */

/* The fragment that begins in this buffer of the batch: is it one to be protected (its header is one
 * of link->headers, its stub data, if any, the next buffer)? */
static bool starts_protected(const struct link *link, unsigned index, struct pdu_header *header)
{
    const uint8_t *data = link->bufs[index].data;

    return data >= link->headers[0] && data < link->headers[LINK_BATCH_PDUS] &&
           pdu_peek(data, link->bufs[index].length, PDU_MAX_FRAGMENT, header) == PDU_OK;
}

static uint32_t stub_length(const struct link *link, unsigned index, const struct pdu_header *header)
{
    size_t trailer = PDU_AUTH_TRAILER_LENGTH + header->auth_length;

    return header->frag_length > link->bufs[index].length + trailer ? (uint32_t)link->bufs[index + 1].length : 0;
}

static size_t protected_size(const struct link *link, unsigned count)
{
    struct pdu_header header;
    size_t size = 0;

    for (unsigned i = 0; i < count; i++) {
        if (!starts_protected(link, i, &header))
            continue;
        size += header.frag_length;
        i += stub_length(link, i, &header) != 0;
    }
    return size;
}

/* Puts one fragment together, and protects it. */
static RPC_STATUS protect(struct link *link, unsigned index, uint32_t length, uint8_t *to, size_t total)
{
    const struct transport_buf *header = &link->bufs[index];
    size_t end = header->length + length;

    memcpy(to, header->data, header->length);
    if (length)
        memcpy(to + header->length, link->bufs[index + 1].data, length);
    pdu_build_auth_trailer(to + end, total - end, &link->security->room, length);
    return security_context_protect(link->security, to, total);
}

RPC_STATUS link_protect_batch(struct link *link, unsigned *count)
{
    RPC_STATUS status = RPC_S_OK;
    struct pdu_header header;
    unsigned from = 0, to = 0;
    uint8_t *next;
    size_t size;

    if (!link_auth_room(link) || !(size = protected_size(link, *count)))
        return RPC_S_OK;
    if (!(next = link->protected_batch = rpc_alloc(size)))
        return RPC_S_OUT_OF_MEMORY;
    while (from < *count && !status) {
        uint32_t length;

        if (!starts_protected(link, from, &header)) {
            link->bufs[to++] = link->bufs[from++];
            continue;
        }
        length = stub_length(link, from, &header);
        status = protect(link, from, length, next, header.frag_length);
        link->bufs[to++] = (struct transport_buf){next, header.frag_length};
        next += header.frag_length;
        from += length ? 2 : 1;
    }
    *count = to;
    return status;
}

/* ---- receiving ---- */

static bool has_to_be_protected(const struct pdu_header *header)
{
    return header->type == PDU_REQUEST || header->type == PDU_RESPONSE ||
           (header->type == PDU_FAULT && header->auth_length);
}

RPC_STATUS link_unprotect(struct link *link, const struct pdu_header *header, uint8_t *fragment)
{
    if (!has_to_be_protected(header))
        return RPC_S_OK;
    if (!link->security->established)
        return RPC_S_ACCESS_DENIED;
    if (!security_context_protects(link->security))
        return RPC_S_OK;
    return security_context_unprotect(link->security, header, fragment);
}
