/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answering bind and alter_context: C706 12.6.3.1 and 12.6.4, [MS-RPCE] 3.3.2.4 and 3.3.1.5.3. */
#include "call/error_info.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/authenticate.h"
#include "server/connection.h"
#include "server/registry.h"
#include "wire/feature.h"
#include "wire/share.h"

#define SUPPORTED_FEATURES FEATURE_KEEP_CONNECTION_ON_ORPHAN
#define NAK_LENGTH 40 /* of a bind_nak with error records, without them */
#define SMALLEST_FRAGMENT 64 /* of a peer that can be talked to: a header and a little data */

struct answer {
    struct pdu_bind_ack_args args;
    struct pdu_context_result results[255];
    struct security_token token;
};

static struct pdu_context_result refuse(enum pdu_context_reason reason)
{
    return (struct pdu_context_result){.result = PDU_CONTEXT_PROVIDER_REJECTION, .reason = reason};
}

/* Remembers an accepted presentation context; an id that is offered again is redefined. */
static bool add_context(struct server_conn *conn, const struct pdu_context *offer, const struct wire_syntax *transfer)
{
    struct server_context *context = NULL;
    bool added = true;

    AcquireSRWLockExclusive(&conn->lock);
    for (unsigned i = 0; i < conn->context_count; i++) {
        if (conn->contexts[i].id == offer->id)
            context = &conn->contexts[i];
    }
    if (!context && conn->context_count < SERVER_MAX_CONTEXTS)
        context = &conn->contexts[conn->context_count++];
    if (context)
        *context = (struct server_context){offer->id, offer->abstract, *transfer};
    else
        added = false;
    ReleaseSRWLockExclusive(&conn->lock);
    return added;
}

static bool is_feature_offer(const struct pdu_context *offer, struct pdu_context_result *result)
{
    struct wire_syntax transfer;
    uint16_t features;

    if (offer->transfer_count != 1)
        return false;
    transfer = pdu_context_transfer(offer, 0);
    if (!feature_syntax_parse(&transfer, &features))
        return false;
    *result = (struct pdu_context_result){.result = PDU_CONTEXT_NEGOTIATE_ACK, .reason = features & SUPPORTED_FEATURES};
    return true;
}

/* The offer to go on through shared memory. Once accepted, the answer is the last that leaves the old
 * way: a connection that has begun to work cannot change it any more. */
static bool is_share_offer(struct server_conn *conn, const struct pdu_context *offer, bool is_bind,
                           struct pdu_context_result *result)
{
    uint8_t token[SHARE_TOKEN_LENGTH];
    struct wire_syntax transfer;

    if (offer->transfer_count != 1)
        return false;
    transfer = pdu_context_transfer(offer, 0);
    if (!share_syntax_parse(&transfer, token))
        return false;
    *result = refuse(PDU_REASON_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED);
    if (is_bind && transport_share_accept(conn->link.conn, token))
        *result = (struct pdu_context_result){.result = PDU_CONTEXT_ACCEPTANCE, .transfer = transfer};
    return true;
}

/* Which of the transfer syntaxes that a context offers: NDR64 if that is among them, or else the
 * first that the interface speaks. False: none. */
static bool choose_transfer(const struct pdu_context *offer, struct wire_syntax *chosen)
{
    bool found = false;

    for (unsigned i = 0; i < offer->transfer_count; i++) {
        struct wire_syntax transfer = pdu_context_transfer(offer, i);

        if (!registry_speaks(&offer->abstract, &transfer))
            continue;
        if (!found || wire_syntax_equal(&transfer, &wire_syntax_ndr64))
            *chosen = transfer;
        found = true;
    }
    return found;
}

/* Does the client offer the interface in NDR64, too, and will get it? Then it gets nothing else:
 * NDR64 is preferred ([MS-RPCE] 3.3.1.5.6), and a client may take the first context that is
 * accepted. */
static bool is_outdone(const struct pdu_context *offer, const struct wire_syntax *transfer,
                       struct pdu_context_list others)
{
    struct pdu_context other;

    if (wire_syntax_equal(transfer, &wire_syntax_ndr64) || !registry_speaks(&offer->abstract, &wire_syntax_ndr64))
        return false;
    while (pdu_next_context(&others, &other)) {
        for (unsigned i = 0; i < other.transfer_count; i++) {
            struct wire_syntax rival = pdu_context_transfer(&other, i);

            if (wire_syntax_equal(&other.abstract, &offer->abstract) && wire_syntax_equal(&rival, &wire_syntax_ndr64))
                return true;
        }
    }
    return false;
}

static struct pdu_context_result judge(struct server_conn *conn, const struct pdu_context *offer, bool is_bind,
                                       const struct pdu_context_list *all)
{
    struct pdu_context_result result;
    struct wire_syntax transfer;

    if (is_feature_offer(offer, &result) || is_share_offer(conn, offer, is_bind, &result))
        return result;
    if (!registry_knows(&offer->abstract))
        return refuse(PDU_REASON_ABSTRACT_SYNTAX_NOT_SUPPORTED);
    if (!choose_transfer(offer, &transfer) || is_outdone(offer, &transfer, *all))
        return refuse(PDU_REASON_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED);
    if (!add_context(conn, offer, &transfer))
        return refuse(PDU_REASON_LOCAL_LIMIT_EXCEEDED);
    return (struct pdu_context_result){.result = PDU_CONTEXT_ACCEPTANCE, .transfer = transfer};
}

static uint16_t smaller(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

/* Builds a bind_nak with the thread's error records, where these may travel. NULL: no memory. */
static uint8_t *build_nak(const struct pdu_bind *bind, uint32_t call_id, enum pdu_nak_reason reason, size_t *length)
{
    size_t info_length = 0, capacity;
    uint8_t *info = error_info_encode(bind->max_recv_frag - NAK_LENGTH, &info_length), *pdu;

    capacity = NAK_LENGTH + info_length;
    pdu = rpc_alloc(capacity);
    *length = pdu ? pdu_build_bind_nak(pdu, capacity, call_id, reason, info, (uint32_t)info_length) : 0;
    rpc_free(info);
    error_info_clear();
    return pdu;
}

static bool send_nak(struct server_conn *conn, const struct pdu_bind *bind, uint32_t call_id,
                     enum pdu_nak_reason reason)
{
    size_t length;
    uint8_t *pdu = build_nak(bind, call_id, reason, &length);
    bool sent = length && link_post_pdu(&conn->link, pdu, length, false);

    rpc_free(pdu);
    return sent;
}

/* The connection's own parameters, from its first bind. NULL group: no memory. */
static bool settle_connection(struct server_conn *conn, const struct pdu_header *header, const struct pdu_bind *bind)
{
    struct server_association *group;
    WCHAR machine[256] = L"";

    if (!conn->endpoint->transport->is_local)
        transport_peer_address(conn->link.conn, machine, ARRAY_LENGTH(machine));
    group = server_association_find(conn->endpoint, machine, bind->assoc_group_id);
    if (!group)
        return false;
    conn->link.max_xmit_frag = smaller(bind->max_recv_frag, LINK_MAX_FRAGMENT);
    conn->multiplexed = (header->flags & PFC_CONC_MPX) != 0;
    AcquireSRWLockExclusive(&conn->lock);
    conn->association = group;
    ReleaseSRWLockExclusive(&conn->lock);
    conn->bound = true;
    return true;
}

static bool send_ack(struct server_conn *conn, const struct pdu_header *header, const struct pdu_bind *bind,
                     struct answer *answer)
{
    bool is_bind = header->type == PDU_BIND;
    const char *secondary = transport_local_endpoint(conn->link.conn);
    size_t capacity = 256 + strlen(secondary) + answer->args.result_count * 24 + answer->token.length, length;
    struct pdu_auth_room room;
    uint8_t *pdu = rpc_alloc(capacity);
    bool sent;

    if (!pdu)
        return false;
    answer->args.max_xmit_frag = conn->link.max_xmit_frag;
    answer->args.max_recv_frag = smaller(bind->max_xmit_frag, LINK_MAX_FRAGMENT);
    answer->args.assoc_group_id = conn->association->group_id;
    answer->args.secondary_address = is_bind ? secondary : NULL;
    answer->args.results = answer->results;
    length = pdu_build_bind_ack(pdu, capacity, is_bind ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP,
                                (conn->multiplexed ? PFC_CONC_MPX : 0) | server_conn_auth_flags(conn),
                                header->call_id, &answer->args, server_conn_auth_room(conn, &answer->token, &room));
    if (length && answer->token.length)
        memcpy(pdu + length - answer->token.length, answer->token.data, answer->token.length);
    sent = length && link_post_pdu(&conn->link, pdu, length, false);
    rpc_free(pdu);
    return sent;
}

static void explain_refusal(const struct pdu_auth *auth, RPC_STATUS status)
{
    const struct eerr_param wanted[] = {error_param_long(auth->type), error_param_long(auth->level)};

    error_info_clear();
    if (status == RPC_S_UNKNOWN_AUTHN_SERVICE)
        error_info_add(ERROR_BY_SECURITY, status, ERROR_AT_NO_CREDENTIALS, ARRAY_LENGTH(wanted), wanted);
    else if (status == RPC_S_OUT_OF_MEMORY)
        error_info_add(ERROR_BY_RUNTIME, status, ERROR_AT_SERVER_MEMORY, 0, NULL);
    else
        error_info_add(ERROR_BY_SECURITY, status, ERROR_AT_ACCEPT, 0, NULL);
}

/* The client is not authenticated: [MS-RPCE] 3.3.1.5.2. The connection ends with it. */
static bool refuse_client(struct server_conn *conn, const struct pdu_header *header, const struct pdu_bind *bind,
                          RPC_STATUS status)
{
    enum pdu_nak_reason reason = PDU_NAK_INVALID_CHECKSUM;
    size_t length;
    uint8_t *pdu;
    bool sent;

    if (header->type != PDU_BIND)
        return server_conn_refuse(conn, header, status);
    explain_refusal(&bind->auth, status);
    if (status == RPC_S_UNKNOWN_AUTHN_SERVICE)
        reason = PDU_NAK_AUTHENTICATION_TYPE_NOT_RECOGNIZED;
    else if (status == RPC_S_OUT_OF_MEMORY)
        reason = PDU_NAK_LOCAL_LIMIT_EXCEEDED;
    pdu = build_nak(bind, header->call_id, reason, &length);
    conn->refused = true;
    sent = length && link_post_last_pdu(&conn->link, pdu, length, status);
    rpc_free(pdu);
    return sent;
}

bool server_conn_bind(struct server_conn *conn, const struct pdu_header *header, const uint8_t *fragment)
{
    struct answer answer = {0};
    struct pdu_context_list contexts;
    struct pdu_context offer;
    struct pdu_bind bind;
    RPC_STATUS status;
    bool sent;

    if (pdu_parse_bind(fragment, header, &bind) != PDU_OK || (header->type == PDU_BIND) == conn->bound)
        return false;
    if (bind.max_recv_frag < SMALLEST_FRAGMENT || !bind.contexts.count)
        return false;
    if (bind.auth.present && (status = server_conn_authenticate(conn, header, &bind.auth, &answer.token)))
        return refuse_client(conn, header, &bind, status);
    if (!conn->bound && !settle_connection(conn, header, &bind)) {
        rpc_free(answer.token.data);
        return send_nak(conn, &bind, header->call_id, PDU_NAK_LOCAL_LIMIT_EXCEEDED);
    }
    contexts = bind.contexts;
    while (pdu_next_context(&contexts, &offer))
        answer.results[answer.args.result_count++] = judge(conn, &offer, header->type == PDU_BIND, &bind.contexts);
    sent = send_ack(conn, header, &bind, &answer);
    rpc_free(answer.token.data);
    return sent;
}
