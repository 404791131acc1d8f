/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls to management interfaces: see mgmt.h. */
#include "client/mgmt.h"
#include "client/own_call.h"
#include "platform/memory.h"

#define PRINC_NAME_ROOM 4096

static RPC_STATUS call(struct binding *binding, unsigned opnum, stub_encode_fn encode,
                       const void *args, struct own_reply *reply)
{
    const struct own_call what = {&mgmt_syntax, opnum, encode, args};

    return own_call(binding, &what, reply);
}

static RPC_STATUS read_if_ids(struct stub_reader *data, struct wire_syntax **ids, unsigned *count)
{
    struct stub_reader again = *data;
    uint32_t status;

    if (!mgmt_decode_if_ids(data, NULL, 0, count, &status))
        return RPC_X_BAD_STUB_DATA;
    if (status)
        return (RPC_STATUS)status;
    if (!*count)
        return RPC_S_NO_INTERFACES;
    if (!(*ids = rpc_alloc(*count * sizeof(**ids))))
        return RPC_S_OUT_OF_MEMORY;
    mgmt_decode_if_ids(&again, *ids, *count, count, &status);
    return RPC_S_OK;
}

RPC_STATUS mgmt_remote_if_ids(struct binding *binding, struct wire_syntax **ids, unsigned *count)
{
    struct own_reply reply;
    RPC_STATUS status = call(binding, MGMT_INQ_IF_IDS, NULL, NULL, &reply);

    if (status)
        return status;
    status = read_if_ids(&reply.data, ids, count);
    own_reply_free(&reply);
    return status;
}

RPC_STATUS mgmt_remote_statistics(struct binding *binding, struct mgmt_stats *stats)
{
    static const uint32_t room = MGMT_STATISTICS;
    struct own_reply reply;
    RPC_STATUS status = call(binding, MGMT_INQ_STATS, mgmt_encode_stats_request, &room, &reply);

    if (status)
        return status;
    status = mgmt_decode_stats(&reply.data, stats) ? (RPC_STATUS)stats->status
                                                   : RPC_X_BAD_STUB_DATA;
    own_reply_free(&reply);
    return status;
}

RPC_STATUS mgmt_remote_is_listening(struct binding *binding)
{
    struct mgmt_listening answer;
    struct own_reply reply;
    RPC_STATUS status = call(binding, MGMT_IS_SERVER_LISTENING, NULL, NULL, &reply);

    /* Wine's built-in servers have no management interface; but one that does not listen answers no
     * bind, not even to refuse the interface. */
    if (status == RPC_S_UNKNOWN_IF)
        return RPC_S_OK;
    if (status)
        return status;
    if (!mgmt_decode_listening(&reply.data, &answer))
        status = RPC_X_BAD_STUB_DATA;
    else if (answer.status || !answer.listening)
        status = answer.status ? (RPC_STATUS)answer.status : RPC_S_NOT_LISTENING;
    own_reply_free(&reply);
    return status;
}

RPC_STATUS mgmt_remote_stop_listening(struct binding *binding)
{
    struct own_reply reply;
    uint32_t answer;
    RPC_STATUS status = call(binding, MGMT_STOP_SERVER_LISTENING, NULL, NULL, &reply);

    if (status)
        return status;
    status = mgmt_decode_status(&reply.data, &answer) ? (RPC_STATUS)answer : RPC_X_BAD_STUB_DATA;
    own_reply_free(&reply);
    return status;
}

static RPC_STATUS read_princ_name(struct stub_reader *data, unsigned char **name)
{
    const char *text;
    uint32_t status;
    size_t length;

    if (!mgmt_decode_princ_name(data, &text, &length, &status))
        return RPC_X_BAD_STUB_DATA;
    if (status)
        return (RPC_STATUS)status;
    if (!(*name = rpc_alloc(length + 1)))
        return RPC_S_OUT_OF_MEMORY;
    memcpy(*name, text, length + 1);
    return RPC_S_OK;
}

RPC_STATUS mgmt_remote_princ_name(struct binding *binding, ULONG authn_service,
                                  unsigned char **name)
{
    const struct mgmt_princ_name_request request = {authn_service, PRINC_NAME_ROOM};
    struct own_reply reply;
    RPC_STATUS status = call(binding, MGMT_INQ_PRINC_NAME, mgmt_encode_princ_name_request, &request,
                             &reply);

    if (status)
        return status;
    status = read_princ_name(&reply.data, name);
    own_reply_free(&reply);
    return status;
}
