/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a client connection: see connection.h and negotiate.h. */
#include "client/negotiate.h"
#include "call/status.h"
#include "client/authenticate.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "wire/feature.h"
#include "wire/share.h"

#define BIND_CAPACITY 512
/* Never the ids of contexts that calls use. */
#define FEATURE_CONTEXT_ID 0xffff
#define SHARE_CONTEXT_ID   0xfffe

struct negotiation {
    struct client_conn *conn;
    const struct conn_open_args *args;
    bool is_bind;
    uint16_t context_id;    /* of the first offer, the others follow */
    unsigned offer_count;
    struct wire_syntax offers[MAX_SYNTAXES]; /* transfer syntaxes, one to a context */
    struct auth_legs legs;
    bool answered;
    RPC_STATUS status; /* of the first offer, unless another is accepted */
};

/* ---- the answer ---- */

static uint16_t usable_fragment(uint16_t offered)
{
    return offered < PDU_MIN_FRAGMENT ? PDU_MIN_FRAGMENT : offered;
}

/* What the server says of the whole connection. */
static void note_connection(struct client_conn *conn, const struct pdu_header *header, const struct pdu_bind_ack *ack)
{
    uint16_t limit = usable_fragment(ack->max_recv_frag);

    conn->link.max_xmit_frag = limit < LINK_MAX_FRAGMENT ? limit : LINK_MAX_FRAGMENT;
    conn->multiplexed = (header->flags & PFC_CONC_MPX) != 0;
    AcquireSRWLockExclusive(&conn->association->lock);
    conn->association->group_id = ack->assoc_group_id;
    conn->in_group = true;
    ReleaseSRWLockExclusive(&conn->association->lock);
}

static void note_context(struct negotiation *negotiation, unsigned offer, const struct pdu_context_result *result)
{
    struct client_conn *conn = negotiation->conn;
    struct conn_context *context = &conn->contexts[conn->context_count];
    RPC_STATUS status = status_from_context_result(result->result, result->reason);

    if (!offer || !status)
        negotiation->status = status;
    if (status)
        return;
    context->abstract = *negotiation->args->abstract;
    context->transfer = negotiation->offers[offer];
    context->id = (uint16_t)(negotiation->context_id + offer);
    AcquireSRWLockExclusive(&conn->association->lock);
    conn->context_count++;
    ReleaseSRWLockExclusive(&conn->association->lock);
}

/* The server has said whether it goes on through the memory that it was offered. */
static bool end_sharing_offer(struct client_conn *conn, bool accepted)
{
    if (accepted)
        return transport_share_begin(conn->link.conn);
    transport_share_withdraw(conn->link.conn);
    return true;
}

static bool handle_ack(struct negotiation *negotiation, const struct pdu_header *header, const uint8_t *fragment)
{
    struct pdu_context_result result;
    struct pdu_bind_ack ack;
    bool shares = false;

    if (pdu_parse_bind_ack(fragment, header, &ack) != PDU_OK || !pdu_next_context_result(&ack.results, &result))
        return false;
    if (!legs_note_answer(&negotiation->legs, header, &ack.auth))
        return false;
    if (negotiation->legs.count)
        return true; /* the first leg has brought the rest */
    if (negotiation->is_bind)
        note_connection(negotiation->conn, header, &ack);
    for (unsigned i = 0; !i || pdu_next_context_result(&ack.results, &result); i++) {
        if (i < negotiation->offer_count)
            note_context(negotiation, i, &result);
        else if (result.result == PDU_CONTEXT_NEGOTIATE_ACK)
            negotiation->conn->keeps_orphaned = (result.reason & FEATURE_KEEP_CONNECTION_ON_ORPHAN) != 0;
        else
            shares = result.result == PDU_CONTEXT_ACCEPTANCE;
    }
    return !negotiation->is_bind || end_sharing_offer(negotiation->conn, shares);
}

static void note_refusal(struct conn_refusal *refusal, const struct pdu_bind_nak *nak)
{
    rpc_free(refusal->error_info);
    *refusal = (struct conn_refusal){.present = true, .reason = (uint16_t)nak->reason};
    if (!nak->extended_error || !(refusal->error_info = rpc_alloc(nak->extended_error_length)))
        return;
    memcpy(refusal->error_info, nak->extended_error, nak->extended_error_length);
    refusal->error_info_length = nak->extended_error_length;
}

static bool handle_nak(struct negotiation *negotiation, const struct pdu_header *header, const uint8_t *fragment)
{
    struct pdu_bind_nak nak;

    if (pdu_parse_bind_nak(fragment, header, &nak) != PDU_OK)
        return false;
    negotiation->status = status_from_bind_nak(nak.reason);
    note_refusal(&negotiation->conn->refusal, &nak);
    return true;
}

static bool handle_refusal(struct negotiation *negotiation, const struct pdu_header *header, const uint8_t *fragment)
{
    struct pdu_fault fault;

    if (pdu_parse_fault(fragment, header, &fault) != PDU_OK)
        return false;
    negotiation->status = status_from_fault(fault.status);
    return true;
}

/* A bind, rather than an alter_context or a later leg of the authentication. */
static bool is_first_bind(const struct negotiation *negotiation)
{
    return negotiation->is_bind && !negotiation->legs.count;
}

bool negotiation_answer(struct negotiation *negotiation, const struct pdu_header *header, const uint8_t *fragment)
{
    bool ok = false;

    if (negotiation->answered)
        return false;
    switch (header->type) {
    case PDU_BIND_ACK:
        ok = is_first_bind(negotiation) && handle_ack(negotiation, header, fragment);
        break;
    case PDU_ALTER_CONTEXT_RESP:
        ok = !is_first_bind(negotiation) && handle_ack(negotiation, header, fragment);
        break;
    case PDU_BIND_NAK:
        ok = is_first_bind(negotiation) && handle_nak(negotiation, header, fragment);
        break;
    case PDU_FAULT:
        ok = handle_refusal(negotiation, header, fragment);
        break;
    }
    negotiation->answered = ok;
    return ok;
}

/* ---- the question ---- */

/* The contexts of a bind or alter_context, and the syntaxes that they point at. */
struct proposal {
    struct wire_syntax feature, share;
    struct pdu_context_offer contexts[MAX_SYNTAXES + 2];
    unsigned count;
};

static void propose(struct proposal *proposal, uint16_t id, const struct wire_syntax *abstract,
                    const struct wire_syntax *transfer)
{
    proposal->contexts[proposal->count++] = (struct pdu_context_offer){id, *abstract, transfer, 1};
}

static void make_proposal(struct negotiation *negotiation, struct proposal *proposal)
{
    const struct wire_syntax *abstract = negotiation->args->abstract;
    uint8_t token[SHARE_TOKEN_LENGTH];

    proposal->count = 0;
    for (unsigned i = 0; i < negotiation->offer_count; i++)
        propose(proposal, (uint16_t)(negotiation->context_id + i), abstract, &negotiation->offers[i]);
    if (!is_first_bind(negotiation))
        return;
    proposal->feature = feature_syntax(FEATURE_KEEP_CONNECTION_ON_ORPHAN);
    propose(proposal, FEATURE_CONTEXT_ID, abstract, &proposal->feature);
    if (transport_share_offer(negotiation->conn->link.conn, token)) {
        proposal->share = share_syntax(token);
        propose(proposal, SHARE_CONTEXT_ID, abstract, &proposal->share);
    }
}

static bool send_offer(struct negotiation *negotiation)
{
    struct client_conn *conn = negotiation->conn;
    struct auth_legs *legs = &negotiation->legs;
    bool is_bind = is_first_bind(negotiation), sent;
    size_t capacity = BIND_CAPACITY + legs->token.length, length;
    uint8_t *pdu = rpc_alloc(capacity);
    struct pdu_bind_args args = {
        .max_xmit_frag = LINK_MAX_FRAGMENT,
        .max_recv_frag = LINK_MAX_FRAGMENT,
        .assoc_group_id = conn->association->group_id,
    };
    struct proposal proposal;

    if (!pdu)
        return false;
    make_proposal(negotiation, &proposal);
    args.contexts = proposal.contexts;
    args.context_count = proposal.count;
    length = pdu_build_bind(pdu, capacity, is_bind ? PDU_BIND : PDU_ALTER_CONTEXT,
                            (is_bind ? PFC_CONC_MPX : 0) | legs_flags(legs), conn->next_call_id++, &args,
                            legs_room(legs));
    legs_put_token(legs, pdu, length);
    sent = length && link_post_pdu(&conn->link, pdu, length, false);
    rpc_free(pdu);
    return sent;
}

static RPC_STATUS status_of_wait(struct client_conn *conn, DWORD error)
{
    if (error == ERROR_CANCELLED)
        return RPC_S_CALL_CANCELLED;
    if (error == ERROR_TIMEOUT)
        return RPC_S_SERVER_UNAVAILABLE;
    return conn->link.close_status == RPC_S_PROTOCOL_ERROR ? RPC_S_PROTOCOL_ERROR : RPC_S_CALL_FAILED_DNE;
}

/* What is not there yet is offered, the preferred syntax last: servers may know of no more than one
 * context, and that one should be NDR 2.0. */
static void prepare_offers(struct negotiation *negotiation)
{
    const struct client_conn *conn = negotiation->conn;
    const struct conn_open_args *args = negotiation->args;

    for (unsigned i = args->transfer_count; i--;) {
        if (conn_context_id(conn, args->abstract, &args->transfers[i]) < 0)
            negotiation->offers[negotiation->offer_count++] = args->transfers[i];
    }
    if (conn->context_count)
        negotiation->context_id = conn->contexts[conn->context_count - 1].id + 1;
}

/* One question and its answer. */
static RPC_STATUS ask(struct negotiation *negotiation)
{
    struct client_conn *conn = negotiation->conn;
    const struct conn_open_args *args = negotiation->args;
    DWORD error = ERROR_SUCCESS;

    negotiation->answered = false;
    conn->negotiation = negotiation;
    if (!send_offer(negotiation))
        error = ERROR_CONNECTION_ABORTED;
    while (!negotiation->answered && !error)
        error = link_recv_once(&conn->link, args->timeout_ms, args->cancel);
    conn->negotiation = NULL;
    if (negotiation->answered)
        return negotiation->status;
    negotiation->status = status_of_wait(conn, error);
    link_fail(&conn->link, negotiation->status);
    return negotiation->status;
}

static RPC_STATUS negotiate(struct client_conn *conn, const struct conn_open_args *args, bool is_bind)
{
    struct negotiation negotiation = {.conn = conn, .args = args, .is_bind = is_bind};
    bool more = true;
    RPC_STATUS status;

    prepare_offers(&negotiation);
    if (conn->context_count + negotiation.offer_count > CONN_MAX_CONTEXTS)
        return RPC_S_CALL_FAILED_DNE;
    status = is_bind ? legs_begin(&negotiation.legs, &conn->link, conn->auth) : RPC_S_OK;
    while (!status && more) {
        status = ask(&negotiation);
        if (!status)
            status = legs_next(&negotiation.legs, conn->next_call_id, &more);
    }
    legs_end(&negotiation.legs);
    return status;
}

/* ---- opening ---- */

static RPC_STATUS connect_link(struct client_conn *conn, const struct conn_open_args *args)
{
    struct association *association = conn->association;
    struct transport_connect_args connect = {
        .network_addr = association->network_addr,
        .endpoint = association->endpoint,
        .network_options = association->options,
        .timeout_ms = args->timeout_ms,
        .cancel = args->cancel,
    };
    struct transport_conn *transport_conn;
    DWORD error = transport_connect(association->transport, &connect, &transport_conn);

    if (error)
        return transport_map_connect_error(error);
    link_attach(&conn->link, transport_conn);
    return RPC_S_OK;
}

/* The first bind brings the group id that all others must carry: while one is under way, the others
 * wait. (So does the first one after the group has ended at the server, with its last connection.) */
static void begin_bind(struct association *association)
{
    AcquireSRWLockExclusive(&association->lock);
    while (!association->group_id && association->opening)
        SleepConditionVariableSRW(&association->opened, &association->lock, INFINITE, 0);
    association->opening++;
    ReleaseSRWLockExclusive(&association->lock);
}

static void end_bind(struct association *association)
{
    AcquireSRWLockExclusive(&association->lock);
    association->opening--;
    ReleaseSRWLockExclusive(&association->lock);
    WakeAllConditionVariable(&association->opened);
}

static RPC_STATUS connect_and_bind(struct client_conn *conn, const struct conn_open_args *args)
{
    RPC_STATUS status = connect_link(conn, args);

    if (status)
        return status;
    begin_bind(conn->association);
    status = negotiate(conn, args, true);
    end_bind(conn->association);
    if (status)
        return status;
    AcquireSRWLockExclusive(&conn->association->lock);
    if (conn->state == CONN_OPENING)
        conn->state = CONN_OPEN;
    else
        status = RPC_S_CALL_FAILED_DNE;
    ReleaseSRWLockExclusive(&conn->association->lock);
    return status;
}

RPC_STATUS conn_open(struct client_conn *conn, const struct conn_open_args *args)
{
    const struct conn_context *chosen = NULL;
    RPC_STATUS status = RPC_S_OK;

    if (conn->state == CONN_OPENING)
        status = connect_and_bind(conn, args);
    else if (conn_context_id(conn, args->abstract, &args->transfers[0]) < 0)
        status = negotiate(conn, args, false);
    if (!status || conn->state == CONN_OPEN)
        chosen = conn_find_context(conn, args->abstract, args->transfers, args->transfer_count);
    if (chosen && args->transfer_count > 1)
        association_learn_syntax(conn->association, args->abstract, &chosen->transfer);
    else if (status == RPC_S_UNSUPPORTED_TRANS_SYN)
        association_forget_syntax(conn->association, args->abstract);
    return chosen ? RPC_S_OK : status;
}

static void open_on_worker(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct client_conn *conn = CONTAINER_OF(op, struct client_conn, open_op);
    struct conn_open_args args = {&conn->wanted_abstract, conn->wanted_transfers, conn->wanted_count,
                                  conn->open_timeout, NULL};
    RPC_STATUS status = RPC_S_CALL_FAILED_DNE;

    if (link_recv_try_hold(&conn->link)) {
        pool_block_begin();
        status = conn_open(conn, &args);
        pool_block_end();
        link_recv_drop(&conn->link);
    }
    if (status) {
        link_fail(&conn->link, status);
    } else {
        AcquireSRWLockExclusive(&conn->association->lock);
        conn_flush(conn);
        ReleaseSRWLockExclusive(&conn->association->lock);
        conn_flushed(conn);
        link_recv_start(&conn->link);
    }
    conn_release(conn);
}

void conn_open_async(struct client_conn *conn, DWORD timeout_ms)
{
    conn->open_timeout = timeout_ms;
    conn->open_op.done = open_on_worker;
    conn_addref(conn);
    if (pool_queue(&conn->open_op)) {
        link_fail(&conn->link, RPC_S_OUT_OF_RESOURCES);
        conn_release(conn);
    }
}
