/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Managing servers, this process and others: rpcdce.h's RpcMgmt… functions, after the Windows SDK's
 * page of each. A NULL binding stands for this process. Errors of all that take a binding:
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING (a server's), RPC_S_OUT_OF_MEMORY; of another
 * server: RPC_S_ACCESS_DENIED or what its authorization function says, RPC_S_UNKNOWN_IF (it has no
 * management interface), and what a call can fail with. */
#include "api/binding.h"
#include "api/strings.h"
#include "client/association.h"
#include "client/mgmt.h"
#include "platform/memory.h"
#include "server/mgmt.h"
#include "server/registry.h"
#include "transport/pool.h"

/* ---- interfaces ---- */

static RPC_STATUS inquire_if_ids(RPC_BINDING_HANDLE handle, struct wire_syntax **ids,
                                 unsigned *count)
{
    struct binding *binding;
    RPC_STATUS status;

    if (!handle)
        return mgmt_if_ids(ids, count);
    status = client_binding_of(handle, &binding);
    if (status)
        return status;
    status = mgmt_remote_if_ids(binding, ids, count);
    binding_release(binding);
    return status;
}

static RPC_IF_ID_VECTOR *make_vector(const struct wire_syntax *ids, unsigned count)
{
    RPC_IF_ID_VECTOR *vector = rpc_alloc(offsetof(RPC_IF_ID_VECTOR, IfId) +
                                         count * sizeof(vector->IfId[0]));
    RPC_IF_ID *id;

    if (!vector)
        return NULL;
    for (vector->Count = 0; vector->Count < count; vector->Count++) {
        if (!(id = rpc_alloc(sizeof(*id)))) {
            RpcIfIdVectorFree(&vector);
            return NULL;
        }
        memcpy(id, &ids[vector->Count], sizeof(*id));
        vector->IfId[vector->Count] = id;
    }
    return vector;
}

/***********************************************************************
 *           RpcMgmtInqIfIds   (RPCRT4.@)
 *
 * The interfaces that a server has registered, each once; RpcIfIdVectorFree frees the vector.
 * RPC_S_NO_INTERFACES; RPC_S_NOT_LISTENING: another server that lets no calls through.
 */
RPC_STATUS WINAPI RpcMgmtInqIfIds(RPC_BINDING_HANDLE handle, RPC_IF_ID_VECTOR **vector)
{
    struct wire_syntax *ids;
    unsigned count;
    RPC_STATUS status;

    if (!vector)
        return RPC_S_INVALID_ARG;
    *vector = NULL;
    status = inquire_if_ids(handle, &ids, &count);
    if (status)
        return status;
    *vector = make_vector(ids, count);
    rpc_free(ids);
    return *vector ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

/* ---- statistics ---- */

static RPC_STATUS inquire_stats(RPC_BINDING_HANDLE handle, struct mgmt_stats *stats)
{
    struct binding *binding;
    RPC_STATUS status;

    if (!handle) {
        stats->count = MGMT_STATISTICS;
        mgmt_statistics(stats->values);
        return RPC_S_OK;
    }
    status = client_binding_of(handle, &binding);
    if (status)
        return status;
    status = mgmt_remote_statistics(binding, stats);
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtInqStats   (RPCRT4.@)
 *
 * How many calls and packets a server has received and sent (RPC_C_STATS_*), modulo 2^32;
 * RpcMgmtStatsVectorFree frees the vector.
 */
RPC_STATUS WINAPI RpcMgmtInqStats(RPC_BINDING_HANDLE handle, RPC_STATS_VECTOR **vector)
{
    struct mgmt_stats stats;
    RPC_STATUS status;

    if (!vector)
        return RPC_S_INVALID_ARG;
    *vector = NULL;
    status = inquire_stats(handle, &stats);
    if (status)
        return status;
    *vector = rpc_alloc(offsetof(RPC_STATS_VECTOR, Stats) + MGMT_STATISTICS * sizeof(ULONG));
    if (!*vector)
        return RPC_S_OUT_OF_MEMORY;
    (*vector)->Count = stats.count;
    for (unsigned i = 0; i < stats.count; i++)
        (*vector)->Stats[i] = stats.values[i];
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcMgmtStatsVectorFree   (RPCRT4.@)
 *
 * RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcMgmtStatsVectorFree(RPC_STATS_VECTOR **vector)
{
    if (!vector)
        return RPC_S_INVALID_ARG;
    rpc_free(*vector);
    *vector = NULL;
    return RPC_S_OK;
}

/* ---- listening ---- */

/***********************************************************************
 *           RpcMgmtIsServerListening   (RPCRT4.@)
 *
 * RPC_S_OK: yes. RPC_S_NOT_LISTENING: there is a server, which does not.
 */
RPC_STATUS WINAPI RpcMgmtIsServerListening(RPC_BINDING_HANDLE handle)
{
    struct binding *binding;
    RPC_STATUS status;

    if (!handle)
        return registry_is_listening() ? RPC_S_OK : RPC_S_NOT_LISTENING;
    status = client_binding_of(handle, &binding);
    if (status)
        return status;
    status = mgmt_remote_is_listening(binding);
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtStopServerListening   (RPCRT4.@)
 *
 * Calls under way go on; RpcMgmtWaitServerListen and RpcServerListen wait for them.
 * RPC_S_NOT_LISTENING: it has never listened since such a wait.
 */
RPC_STATUS WINAPI RpcMgmtStopServerListening(RPC_BINDING_HANDLE handle)
{
    struct binding *binding;
    RPC_STATUS status;

    if (!handle)
        return registry_stop_listening();
    status = client_binding_of(handle, &binding);
    if (status)
        return status;
    status = mgmt_remote_stop_listening(binding);
    binding_release(binding);
    return status;
}

/* ---- principal names ---- */

/***********************************************************************
 *           RpcMgmtInqServerPrincNameA   (RPCRT4.@)
 *
 * The name that a server has registered with an authentication service; RpcStringFree frees it.
 * RPC_S_UNKNOWN_AUTHN_SERVICE: it has registered none.
 */
RPC_STATUS WINAPI RpcMgmtInqServerPrincNameA(RPC_BINDING_HANDLE handle, ULONG authn_service,
                                             RPC_CSTR *name)
{
    struct binding *binding;
    RPC_STATUS status;

    if (!name)
        return RPC_S_INVALID_ARG;
    *name = NULL;
    if (!handle)
        return mgmt_princ_name(authn_service, (char **)name);
    status = client_binding_of(handle, &binding);
    if (status)
        return status;
    status = mgmt_remote_princ_name(binding, authn_service, name);
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtInqServerPrincNameW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcMgmtInqServerPrincNameW(RPC_BINDING_HANDLE handle, ULONG authn_service,
                                             RPC_WSTR *name)
{
    RPC_CSTR ansi;
    RPC_STATUS status;

    if (!name)
        return RPC_S_INVALID_ARG;
    *name = NULL;
    status = RpcMgmtInqServerPrincNameA(handle, authn_service, &ansi);
    if (status)
        return status;
    status = string_to_wide(ansi, name);
    rpc_free(ansi);
    return status;
}

/* ---- settings ---- */

#define SMALLEST_STACK (256u << 10) /* what the runtime itself can do with */
#define LARGEST_STACK (1u << 30)

/***********************************************************************
 *           RpcMgmtSetAuthorizationFn   (RPCRT4.@)
 *
 * The function that decides on each remote call to this server's management interface; NULL: all
 * are allowed but RpcMgmtStopServerListening.
 */
RPC_STATUS WINAPI RpcMgmtSetAuthorizationFn(RPC_MGMT_AUTHORIZATION_FN function)
{
    mgmt_set_authorization(function);
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcMgmtSetServerStackSize   (RPCRT4.@)
 *
 * The stack, in octets, of the threads that are started for calls from now on; a very small one is
 * made larger. RPC_S_INVALID_ARG: more than 1 GiB.
 */
RPC_STATUS WINAPI RpcMgmtSetServerStackSize(ULONG size)
{
    if (size > LARGEST_STACK)
        return RPC_S_INVALID_ARG;
    pool_stack_size = size && size < SMALLEST_STACK ? SMALLEST_STACK : size;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcMgmtEnableIdleCleanup   (RPCRT4.@)
 *
 * From now on connections that this process's clients have not used for some minutes are closed,
 * except for one to each server, which keeps its context handles. RPC_S_OUT_OF_RESOURCES.
 */
RPC_STATUS WINAPI RpcMgmtEnableIdleCleanup(void)
{
    return association_enable_cleanup();
}
