/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The protocol sequences, and how the system's error codes become RPC_S_*. */
#include "transport/internal.h"

#include <winsock2.h>

/* In the order in which RpcNetworkInqProtseqs reports them. */
static const struct transport *const transports[] = {
    &tcp_transport,
    &np_transport,
    &lrpc_transport,
};

const struct transport *transport_enum(unsigned index)
{
    return index < ARRAY_LENGTH(transports) ? transports[index] : NULL;
}

const struct transport *transport_find(const WCHAR *protseq)
{
    for (size_t i = 0; i < ARRAY_LENGTH(transports); i++) {
        if (!_wcsicmp(protseq, transports[i]->protseq))
            return transports[i];
    }
    return NULL;
}

bool transport_endpoint_is_valid(const struct transport *t, const WCHAR *endpoint)
{
    return t->ops->endpoint_is_valid(endpoint);
}

DWORD transport_connect(const struct transport *t, const struct transport_connect_args *args,
                        struct transport_conn **conn)
{
    DWORD error;

    if (!args->endpoint || !t->ops->endpoint_is_valid(args->endpoint))
        return ERROR_INVALID_PARAMETER;
    pool_block_begin();
    error = t->ops->connect(t, args, conn);
    pool_block_end();
    return error;
}

DWORD transport_listen(const struct transport *t, const struct transport_listen_args *args,
                       struct transport_listener **listener)
{
    return t->ops->listen(t, args, listener);
}

/* ---- errors ---- */

/* The errors that mean the same before and after a connection stands; `otherwise` for the rest.
 * Winsock's come both as WSAE… and as what the kernel's status codes are mapped to. */
static RPC_STATUS map_error(DWORD error, RPC_STATUS otherwise)
{
    switch (error) {
    case ERROR_SUCCESS:
        return RPC_S_OK;
    case ERROR_CANCELLED:
        return RPC_S_CALL_CANCELLED;
    case ERROR_ACCESS_DENIED:
    case WSAEACCES:
        return RPC_S_ACCESS_DENIED;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return RPC_S_OUT_OF_MEMORY;
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_QUOTA:
    case WSAENOBUFS:
    case WSAEMFILE:
        return RPC_S_OUT_OF_RESOURCES;
    default:
        return otherwise;
    }
}

RPC_STATUS transport_map_connect_error(DWORD error)
{
    switch (error) {
    case ERROR_PIPE_BUSY:
        return RPC_S_SERVER_TOO_BUSY;
    case ERROR_INVALID_PARAMETER:
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    case ERROR_BAD_ARGUMENTS:
        return RPC_S_INVALID_NETWORK_OPTIONS;
    default:
        return map_error(error, RPC_S_SERVER_UNAVAILABLE);
    }
}

RPC_STATUS transport_map_io_error(DWORD error)
{
    return map_error(error, RPC_S_CALL_FAILED);
}
