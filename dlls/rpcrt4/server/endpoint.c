/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints: see endpoint.h. */
#include "server/endpoint.h"
#include "platform/memory.h"
#include "platform/ntdll.h"
#include "platform/trace.h"
#include "server/connection.h"
#include "server/mgmt.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct list endpoints = {&endpoints, &endpoints};

/* The protocol sequence's endpoint of that name; NULL: any of them. With the lock held. */
static struct server_endpoint *find(const struct transport *transport, const WCHAR *name)
{
    LIST_FOR_EACH(endpoint, &endpoints, struct server_endpoint, entry) {
        if (endpoint->transport == transport && (!name || !_wcsicmp(endpoint->name, name)))
            return endpoint;
    }
    return NULL;
}

static RPC_STATUS map_listen_error(DWORD error)
{
    switch (error) {
    case ERROR_ALREADY_EXISTS:
        return RPC_S_DUPLICATE_ENDPOINT;
    case ERROR_INVALID_PARAMETER:
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    case ERROR_ACCESS_DENIED:
        return RPC_S_ACCESS_DENIED;
    case ERROR_INVALID_SECURITY_DESCR:
        return RPC_S_INVALID_SECURITY_DESC;
    case ERROR_OUTOFMEMORY:
    case ERROR_NOT_ENOUGH_MEMORY:
        return RPC_S_OUT_OF_MEMORY;
    default:
        return RPC_S_CANT_CREATE_ENDPOINT;
    }
}

static RPC_STATUS open_endpoint(const struct transport *transport, const struct endpoint_args *args)
{
    struct server_endpoint *endpoint = rpc_alloc_zero(sizeof(*endpoint));
    struct transport_listen_args listen = {
        .endpoint = args->endpoint,
        .network_addr = args->network_addr,
        .backlog = args->max_calls,
        .descriptor = args->descriptor,
        .accept = server_conn_accept,
        .arg = endpoint,
    };
    DWORD error;

    if (!endpoint)
        return RPC_S_OUT_OF_MEMORY;
    endpoint->refs = 1;
    endpoint->transport = transport;
    error = transport_listen(transport, &listen, &endpoint->listener);
    if (error) {
        WARN("cannot listen on %s %s: error %lu", trace_wide(args->protseq), trace_wide(args->endpoint), error);
        rpc_free(endpoint);
        return map_listen_error(error);
    }
    endpoint->name = transport_listener_endpoint(endpoint->listener);
    list_append(&endpoints, &endpoint->entry);
    return RPC_S_OK;
}

RPC_STATUS endpoint_open(const struct endpoint_args *args)
{
    const struct transport *transport = transport_find(args->protseq);
    struct server_endpoint *known;
    RPC_STATUS status;

    if (!transport)
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    if (args->descriptor && !RtlValidSecurityDescriptor(args->descriptor))
        return RPC_S_INVALID_SECURITY_DESC;
    status = mgmt_offer();
    if (status)
        return status;
    AcquireSRWLockExclusive(&lock);
    known = find(transport, args->endpoint);
    if (known)
        status = args->endpoint ? RPC_S_DUPLICATE_ENDPOINT : RPC_S_OK;
    else
        status = open_endpoint(transport, args);
    ReleaseSRWLockExclusive(&lock);
    return status;
}

void endpoint_addref(struct server_endpoint *endpoint)
{
    InterlockedIncrement(&endpoint->refs);
}

void endpoint_release(struct server_endpoint *endpoint)
{
    if (InterlockedDecrement(&endpoint->refs))
        return;
    transport_listener_close(endpoint->listener);
    rpc_free(endpoint);
}

struct server_endpoint *endpoint_enum(unsigned index)
{
    struct server_endpoint *found = NULL;

    AcquireSRWLockShared(&lock);
    LIST_FOR_EACH(endpoint, &endpoints, struct server_endpoint, entry) {
        if (index--)
            continue;
        found = endpoint;
        endpoint_addref(found);
        break;
    }
    ReleaseSRWLockShared(&lock);
    return found;
}
