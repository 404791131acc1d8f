/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding the endpoint of a partially bound binding (C706, Endpoint Selection): see
 * client/binding.h. */
#include "call/syntax.h"
#include "client/binding_tower.h"
#include "client/mapper.h"
#include "transport/own_address.h"

#define MAX_TOWERS 4 /* to choose from: the first that fits is taken */

/* The endpoint that the interface's own endpoint attribute gives for the binding's protocol
 * sequence. */
static bool endpoint_of_interface(const struct binding *binding, const RPC_CLIENT_INTERFACE *iface,
                                  WCHAR endpoint[ENDPOINT_CHARS])
{
    WCHAR protseq[ENDPOINT_CHARS];

    for (unsigned int i = 0; i < iface->RpcProtseqEndpointCount; i++) {
        const RPC_PROTSEQ_ENDPOINT *known = &iface->RpcProtseqEndpoint[i];

        if (MultiByteToWideChar(CP_ACP, 0, (const char *)known->RpcProtocolSequence, -1, protseq,
                                ENDPOINT_CHARS) &&
            !_wcsicmp(protseq, binding->transport->protseq))
            return MultiByteToWideChar(CP_ACP, 0, (const char *)known->Endpoint, -1, endpoint,
                                       ENDPOINT_CHARS) > 0;
    }
    return false;
}

/* ---- asking mappers ---- */

struct question {
    const struct binding *binding;
    struct epm_map_request request;
    WCHAR *endpoint; /* the answer, ENDPOINT_CHARS */
};

static RPC_STATUS read_answer(const struct question *question, struct stub_reader *r)
{
    struct epm_tower tower;
    struct epm_items items;

    if (!epm_decode_map(r, &items))
        return RPC_X_BAD_STUB_DATA;
    if (items.status)
        return mapper_status(items.status);
    while (epm_next_tower(&items, &tower)) {
        if (tower_endpoint(&tower, question->binding->transport, question->endpoint))
            return RPC_S_OK;
    }
    return EPT_S_NOT_REGISTERED;
}

static RPC_STATUS ask_once(const struct question *question, const struct mapper *mapper)
{
    struct own_reply reply;
    RPC_STATUS status = mapper_call(mapper, EPM_MAP, epm_encode_map, &question->request, &reply);

    if (status)
        return status;
    status = read_answer(question, &reply.data);
    own_reply_free(&reply);
    return status;
}

/* Servers that registered the object come first, then those that registered none. Wine's mapper
 * knows the former only. */
static RPC_STATUS ask(const struct question *question, const struct mapper *mapper)
{
    struct question without = *question;
    RPC_STATUS status = ask_once(question, mapper);

    if (status != EPT_S_NOT_REGISTERED ||
        wire_uuid_equal(&question->request.object, &wire_nil_uuid))
        return status;
    without.request.object = wire_nil_uuid;
    return ask_once(&without, mapper);
}

/* `where` NULL: this machine's */
static RPC_STATUS ask_mapper(const struct question *question, struct binding *where)
{
    struct mapper mapper;
    RPC_STATUS status = mapper_open(where, &mapper);

    if (status)
        return status;
    status = ask(question, &mapper);
    mapper_close(&mapper);
    return status;
}

/* This machine may have two maps: that of the system, which is asked over ncalrpc, and, on a port
 * of its own, that of a server of the host that Wine runs on. */
static RPC_STATUS ask_mappers(const struct question *question, struct binding *binding)
{
    RPC_STATUS status;

    if (!binding->transport->is_local && !is_own_address(binding->network_addr))
        return ask_mapper(question, binding);
    status = ask_mapper(question, NULL);
    if (!status || binding->transport->is_local)
        return status;
    return ask_mapper(question, binding) ? status : RPC_S_OK;
}

/* A server that offers the interface in this transfer syntax. */
static RPC_STATUS find_in_syntax(struct question *question, struct binding *binding,
                                 const RPC_CLIENT_INTERFACE *iface,
                                 const RPC_SYNTAX_IDENTIFIER *transfer)
{
    RPC_STATUS status = tower_of_binding(binding, false, wire_syntax_of(&iface->InterfaceId),
                                         wire_syntax_of(transfer), &question->request.tower);

    if (status)
        return status;
    status = ask_mappers(question, binding);
    tower_free(&question->request.tower);
    return status;
}

static RPC_STATUS find_in_map(struct binding *binding, const RPC_CLIENT_INTERFACE *iface,
                              WCHAR endpoint[ENDPOINT_CHARS])
{
    struct question question = {
        .binding = binding, .request.max_towers = MAX_TOWERS, .endpoint = endpoint};
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned count = interface_syntaxes((RPC_IF_HANDLE)iface, syntaxes);
    RPC_STATUS status = EPT_S_NOT_REGISTERED;

    AcquireSRWLockShared(&binding->lock);
    memcpy(&question.request.object, &binding->object_uuid, sizeof(question.request.object));
    ReleaseSRWLockShared(&binding->lock);
    for (unsigned i = 0; i < count && status == EPT_S_NOT_REGISTERED; i++)
        status = find_in_syntax(&question, binding, iface, syntaxes[i].id);
    return status;
}

RPC_STATUS binding_resolve(struct binding *binding, const RPC_CLIENT_INTERFACE *iface)
{
    WCHAR endpoint[ENDPOINT_CHARS];
    RPC_STATUS status = RPC_S_OK;

    if (binding_has_endpoint(binding))
        return RPC_S_OK;
    if (!endpoint_of_interface(binding, iface, endpoint))
        status = find_in_map(binding, iface, endpoint);
    return status ? status : binding_set_endpoint(binding, endpoint);
}
