/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The management interface: see mgmt.h. */
#include "server/mgmt.h"
#include "call/statistics.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/auth_service.h"
#include "server/call.h"
#include "server/registry.h"

#define MAX_REQUEST 1024 /* octets of stub data; the longest that makes sense has 8 */

static RPC_MGMT_AUTHORIZATION_FN authorization;

void mgmt_set_authorization(RPC_MGMT_AUTHORIZATION_FN function)
{
    InterlockedExchangePointer((void **)&authorization, (void *)function);
}

/* ---- about this process ---- */

RPC_STATUS mgmt_if_ids(struct wire_syntax **result, unsigned *count)
{
    struct wire_syntax *ids = NULL;
    unsigned room = 0;

    while ((*count = registry_list(ids, room)) > room) {
        rpc_free(ids);
        room = *count;
        if (!(ids = rpc_alloc(room * sizeof(*ids))))
            return RPC_S_OUT_OF_MEMORY;
    }
    *result = ids;
    if (*count)
        return RPC_S_OK;
    rpc_free(ids);
    *result = NULL;
    return RPC_S_NO_INTERFACES;
}

void mgmt_statistics(uint32_t values[MGMT_STATISTICS])
{
    _Static_assert(MGMT_STATISTICS == STATISTICS, "what is counted is what is told");

    for (unsigned i = 0; i < STATISTICS; i++)
        values[i] = (uint32_t)__atomic_load_n(&statistics[i], __ATOMIC_RELAXED);
}

RPC_STATUS mgmt_princ_name(ULONG authn_service, char **name)
{
    const struct auth_service *service = auth_service_find(authn_service);
    int size;

    if (!service)
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    size = WideCharToMultiByte(CP_ACP, 0, service->principal, -1, NULL, 0, NULL, NULL);
    if (!(*name = rpc_alloc(size)))
        return RPC_S_OUT_OF_MEMORY;
    WideCharToMultiByte(CP_ACP, 0, service->principal, -1, *name, size, NULL, NULL);
    return RPC_S_OK;
}

/* ---- remote calls ---- */

static struct stub_reader request_of(const RPC_MESSAGE *msg)
{
    return (struct stub_reader){
        .data = msg->Buffer,
        .length = msg->BufferLength,
        .big_endian = !(msg->DataRepresentation & NDR_LITTLE_ENDIAN),
    };
}

static void refuse(RPC_MESSAGE *msg, uint32_t fault)
{
    server_call_fault(msg->ReservedForRuntime, fault, false);
}

static void answer(RPC_MESSAGE *msg, stub_encode_fn encode, const void *args)
{
    msg->BufferLength = (unsigned)encode(args, NULL, 0);
    if (server_call_get_buffer(msg->ReservedForRuntime, msg))
        refuse(msg, WIRE_NCA_S_FAULT_REMOTE_NO_MEMORY);
    else
        encode(args, msg->Buffer, msg->BufferLength);
}

/* RPC_S_OK, or what the client is told instead: Windows SDK, RPC_MGMT_AUTHORIZATION_FN. */
static RPC_STATUS authorize(const RPC_MESSAGE *msg, ULONG operation)
{
    RPC_MGMT_AUTHORIZATION_FN function = authorization;
    RPC_STATUS status = RPC_S_OK;
    bool allowed;

    if (function)
        allowed = function(msg->Handle, operation, &status);
    else
        allowed = operation != RPC_C_MGMT_STOP_SERVER_LISTEN;
    if (allowed)
        return RPC_S_OK;
    WARN("management operation %lu is not allowed", operation);
    return status ? status : RPC_S_ACCESS_DENIED;
}

static void __RPC_STUB inq_if_ids(PRPC_MESSAGE msg)
{
    struct mgmt_if_ids reply = {.status = authorize(msg, RPC_C_MGMT_INQ_IF_IDS)};
    struct wire_syntax *ids = NULL;

    /* "If the server is not listening, the function fails" (RpcMgmtInqIfIds). */
    if (!reply.status && !registry_is_open())
        reply.status = RPC_S_NOT_LISTENING;
    if (!reply.status)
        reply.status = mgmt_if_ids(&ids, &reply.count);
    reply.ids = ids;
    answer(msg, mgmt_encode_if_ids, &reply);
    rpc_free(ids);
}

static void __RPC_STUB inq_stats(PRPC_MESSAGE msg)
{
    struct mgmt_stats reply = {.status = authorize(msg, RPC_C_MGMT_INQ_STATS)};
    struct stub_reader request = request_of(msg);
    uint32_t room;

    if (!mgmt_decode_stats_request(&request, &room)) {
        refuse(msg, WIRE_X_BAD_STUB_DATA);
        return;
    }
    if (!reply.status) {
        mgmt_statistics(reply.values);
        reply.count = room < MGMT_STATISTICS ? room : MGMT_STATISTICS;
    }
    answer(msg, mgmt_encode_stats, &reply);
}

static void __RPC_STUB is_server_listening(PRPC_MESSAGE msg)
{
    struct mgmt_listening reply = {.status = authorize(msg, RPC_C_MGMT_IS_SERVER_LISTEN)};

    if (!reply.status) {
        reply.listening = registry_is_listening();
        reply.status = reply.listening ? RPC_S_OK : RPC_S_NOT_LISTENING;
    }
    answer(msg, mgmt_encode_listening, &reply);
}

static void __RPC_STUB stop_server_listening(PRPC_MESSAGE msg)
{
    uint32_t status = authorize(msg, RPC_C_MGMT_STOP_SERVER_LISTEN);

    if (!status)
        status = registry_stop_listening();
    answer(msg, mgmt_encode_status, &status);
}

static void __RPC_STUB inq_princ_name(PRPC_MESSAGE msg)
{
    struct mgmt_princ_name reply = {.status = authorize(msg, RPC_C_MGMT_INQ_PRINC_NAME),
                                    .name = ""};
    struct stub_reader reader = request_of(msg);
    struct mgmt_princ_name_request request;
    char *name = NULL;

    /* A string needs room for its terminator. */
    if (!mgmt_decode_princ_name_request(&reader, &request) || !request.room) {
        refuse(msg, WIRE_X_BAD_STUB_DATA);
        return;
    }
    reply.room = request.room;
    if (!reply.status)
        reply.status = mgmt_princ_name(request.authn_service, &name);
    if (name && strlen(name) < request.room)
        reply.name = name;
    else if (name)
        reply.status = RPC_S_STRING_TOO_LONG;
    answer(msg, mgmt_encode_princ_name, &reply);
    rpc_free(name);
}

/* ---- offering it ---- */

static RPC_DISPATCH_FUNCTION functions[MGMT_OPNUM_COUNT] = {
    [MGMT_INQ_IF_IDS] = inq_if_ids,
    [MGMT_INQ_STATS] = inq_stats,
    [MGMT_IS_SERVER_LISTENING] = is_server_listening,
    [MGMT_STOP_SERVER_LISTENING] = stop_server_listening,
    [MGMT_INQ_PRINC_NAME] = inq_princ_name,
};
static RPC_DISPATCH_TABLE dispatch_table = {MGMT_OPNUM_COUNT, functions, 0};
static RPC_SERVER_INTERFACE spec = {.Length = sizeof(spec), .DispatchTable = &dispatch_table};

RPC_STATUS mgmt_offer(void)
{
    static const struct registration registration = {
        .spec = &spec,
        .flags = RPC_IF_AUTOLISTEN,
        .max_calls = RPC_C_LISTEN_MAX_CALLS_DEFAULT,
        .max_rpc_size = MAX_REQUEST,
        .is_own = true,
    };
    static SRWLOCK lock = SRWLOCK_INIT;
    static bool offered;
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&lock);
    if (!offered) {
        memcpy(&spec.InterfaceId, &mgmt_syntax, sizeof(spec.InterfaceId));
        memcpy(&spec.TransferSyntax, &wire_syntax_ndr20, sizeof(spec.TransferSyntax));
        status = registry_add(&registration);
        /* A program may have registered one of its own. */
        offered = !status || status == RPC_S_TYPE_ALREADY_REGISTERED;
    }
    ReleaseSRWLockExclusive(&lock);
    return offered ? RPC_S_OK : status;
}
