/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authenticating a client connection: see authenticate.h. */
#include "client/authenticate.h"
#include "platform/memory.h"
#include "platform/trace.h"

#define MAX_LEGS 16 /* far more than any package needs */

static void drop(struct security_token *token)
{
    rpc_free(token->data);
    *token = (struct security_token){0};
}

RPC_STATUS legs_begin(struct auth_legs *legs, struct link *link, struct auth_info *auth)
{
    RPC_STATUS status;

    if (!auth)
        return RPC_S_OK;
    if (!(link->security = security_context_create_client(auth)))
        return RPC_S_OUT_OF_MEMORY;
    legs->link = link;
    status = security_context_step(link->security, NULL, 0, &legs->token);
    return !status && !legs->token.length ? RPC_S_SEC_PKG_ERROR : status;
}

uint8_t legs_flags(const struct auth_legs *legs)
{
    return legs->link && !legs->count ? PFC_SUPPORT_HEADER_SIGN : 0;
}

const struct pdu_auth_room *legs_room(struct auth_legs *legs)
{
    if (!legs->token.length)
        return NULL;
    legs->room = legs->link->security->room;
    legs->room.value_length = (uint16_t)legs->token.length;
    return &legs->room;
}

void legs_put_token(const struct auth_legs *legs, uint8_t *pdu, size_t length)
{
    if (length && legs->token.length)
        memcpy(pdu + length - legs->token.length, legs->token.data, legs->token.length);
}

bool legs_note_answer(struct auth_legs *legs, const struct pdu_header *header, const struct pdu_auth *auth)
{
    struct security_context *security;

    if (!legs->link)
        return !auth->present;
    security = legs->link->security;
    if (!legs->count)
        security->header_signing = header->flags & PFC_SUPPORT_HEADER_SIGN;
    if (!auth->present)
        return true;
    if (!pdu_auth_is(auth, &security->room) || !(legs->answer.data = rpc_alloc(auth->value_length)))
        return false;
    memcpy(legs->answer.data, auth->value, auth->value_length);
    legs->answer.length = auth->value_length;
    return true;
}

/* The context stands for this side, but the server has not got its last token. */
static RPC_STATUS send_last(struct auth_legs *legs, uint32_t call_id)
{
    size_t capacity = PDU_HEADER_LENGTH + 4 + PDU_AUTH_TRAILER_LENGTH + legs->token.length, length;
    uint8_t *pdu = rpc_alloc(capacity);
    bool sent;

    if (!pdu)
        return RPC_S_OUT_OF_MEMORY;
    length = pdu_build_auth_only(pdu, capacity, PDU_AUTH3, 0, call_id, legs_room(legs));
    legs_put_token(legs, pdu, length);
    sent = length && link_post_pdu(legs->link, pdu, length, false);
    rpc_free(pdu);
    return sent ? RPC_S_OK : RPC_S_CALL_FAILED_DNE;
}

RPC_STATUS legs_next(struct auth_legs *legs, uint32_t call_id, bool *more)
{
    struct security_context *security;
    RPC_STATUS status;

    *more = false;
    if (!legs->link)
        return RPC_S_OK;
    security = legs->link->security;
    drop(&legs->token);
    if (security->established && !legs->answer.length)
        return RPC_S_OK;
    /* A server that does not answer a token does not authenticate: nothing must be sent to it. */
    if (!legs->answer.length || ++legs->count > MAX_LEGS)
        return RPC_S_SEC_PKG_ERROR;
    status = security_context_step(security, legs->answer.data, legs->answer.length, &legs->token);
    drop(&legs->answer);
    if (status)
        return status;
    if (security->established)
        return legs->token.length ? send_last(legs, call_id) : RPC_S_OK;
    *more = legs->token.length != 0;
    return *more ? RPC_S_OK : RPC_S_SEC_PKG_ERROR;
}

void legs_end(struct auth_legs *legs)
{
    drop(&legs->token);
    drop(&legs->answer);
}
