/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authenticating clients: see authenticate.h. */
#include "server/authenticate.h"
#include "call/status.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/auth_service.h"

/* RPC_C_AUTHN_WINNT need not be registered for ncalrpc. */
static const struct auth_service *find_service(const struct server_conn *conn, ULONG service)
{
    const struct auth_service *found = auth_service_find(service);

    if (found || service != RPC_C_AUTHN_WINNT || conn->endpoint->transport->type != TRANSPORT_TYPE_LPC)
        return found;
    if (auth_service_register(NULL, service, NULL, NULL))
        return NULL;
    return auth_service_find(service);
}

static RPC_STATUS begin(struct server_conn *conn, const struct pdu_header *header, const struct pdu_auth *auth)
{
    const struct auth_service *service = find_service(conn, auth->type);
    struct security_context *context;
    RPC_STATUS status;

    if (!service)
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    status = security_context_create_server(auth, &service->credentials, service->package.max_token, &context);
    if (status)
        return status;
    context->header_signing = header->flags & PFC_SUPPORT_HEADER_SIGN;
    conn->service = service;
    conn->link.security = context;
    return RPC_S_OK;
}

RPC_STATUS server_conn_authenticate(struct server_conn *conn, const struct pdu_header *header,
                                    const struct pdu_auth *auth, struct security_token *answer)
{
    struct security_context *context;
    RPC_STATUS status;

    if (!conn->link.security) {
        status = begin(conn, header, auth);
        if (status)
            return status;
    }
    context = conn->link.security;
    if (!pdu_auth_is(auth, &context->room) || context->established)
        return RPC_S_ACCESS_DENIED;
    pool_block_begin();
    status = security_context_step(context, auth->value, auth->value_length, answer);
    pool_block_end();
    if (!status && context->established)
        TRACE("connection %p: authenticated, service %u, level %u", conn, context->room.type, context->room.level);
    return status;
}

uint8_t server_conn_auth_flags(const struct server_conn *conn)
{
    return conn->link.security && conn->link.security->header_signing ? PFC_SUPPORT_HEADER_SIGN : 0;
}

const struct pdu_auth_room *server_conn_auth_room(const struct server_conn *conn, const struct security_token *answer,
                                                  struct pdu_auth_room *room)
{
    if (!answer->length)
        return NULL;
    *room = conn->link.security->room;
    room->value_length = (uint16_t)answer->length;
    return room;
}

bool server_conn_auth3(struct server_conn *conn, const struct pdu_header *header, const uint8_t *fragment)
{
    struct security_token answer;
    struct pdu_auth auth;
    RPC_STATUS status;

    if (!conn->link.security || pdu_parse_auth_only(fragment, header, &auth) != PDU_OK)
        return false;
    status = server_conn_authenticate(conn, header, &auth, &answer);
    if (!status)
        rpc_free(answer.data);
    else
        WARN("connection %p: the client is not authenticated: %s", conn, trace_status(status));
    return true;
}

bool server_conn_refuse(struct server_conn *conn, const struct pdu_header *header, RPC_STATUS status)
{
    const struct pdu_fault_args fault = {
        .flags = PFC_DID_NOT_EXECUTE,
        .call_id = header->call_id,
        .status = status_to_fault(status),
    };
    uint8_t pdu[PDU_FAULT_HEADER_LENGTH];
    size_t length = pdu_build_fault(pdu, sizeof(pdu), &fault, NULL);

    if (conn->refused)
        return true;
    WARN("connection %p: refused with %s", conn, trace_status(status));
    conn->refused = true;
    return link_post_last_pdu(&conn->link, pdu, length, status);
}
