/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RpcServerInqCallAttributes: rpcasync.h; Windows SDK, RPC_CALL_ATTRIBUTES_V1 to _V3. The A and W
 * forms differ only in names that calls without authentication do not have. */
#include "api/binding.h"
#include "platform/trace.h"

#define QUERY_CALL_LOCAL_ADDRESS 0x08 /* RPC_QUERY_… flags that mingw-w64's rpcasync.h lacks */
#define QUERY_CLIENT_PID 0x10
#define QUERY_CLIENT_ID 0x80


static void fill_v1(RPC_CALL_ATTRIBUTES_V1_W *attributes)
{
    if (attributes->Flags & RPC_QUERY_SERVER_PRINCIPAL_NAME)
        attributes->ServerPrincipalNameBufferLength = 0;
    if (attributes->Flags & RPC_QUERY_CLIENT_PRINCIPAL_NAME)
        attributes->ClientPrincipalNameBufferLength = 0;
    attributes->AuthenticationLevel = RPC_C_AUTHN_LEVEL_NONE;
    attributes->AuthenticationService = RPC_C_AUTHN_NONE;
    attributes->NullSession = FALSE;
}

static ULONG protocol_sequence(const struct transport *transport)
{
    static const WCHAR *const names[] = {L"ncacn_ip_tcp", L"ncacn_np", L"ncalrpc"}; /* RPC_PROTSEQ_TCP, _NMP, _LRPC */

    for (unsigned i = 0; i < ARRAY_LENGTH(names); i++) {
        if (!wcscmp(transport->protseq, names[i]))
            return i + 1;
    }
    return 0;
}

static ULONG call_status(struct server_call *call)
{
    if (server_call_client_is_gone(call))
        return RPC_CALL_STATUS_DISCONNECTED;
    return server_call_is_cancelled(call) ? RPC_CALL_STATUS_CANCELLED : RPC_CALL_STATUS_IN_PROGRESS;
}

static RPC_STATUS fill_v2(struct server_call *call, RPC_CALL_ATTRIBUTES_V2_W *attributes)
{
    const struct transport *transport = call->conn->endpoint->transport;
    ULONG pid;

    attributes->KernelMode = FALSE;
    attributes->ProtocolSequence = protocol_sequence(transport);
    attributes->IsClientLocal = transport->is_local ? rcclLocal : rcclClientUnknownLocality;
    attributes->CallStatus = call_status(call);
    attributes->CallType = rctNormal;
    attributes->OpNum = call->opnum;
    memcpy(&attributes->InterfaceUuid, &call->abstract.uuid, sizeof(attributes->InterfaceUuid));
    if (attributes->Flags & QUERY_CLIENT_PID) {
        if (transport_client_pid(call->conn->link.conn, &pid))
            return RPC_S_CANNOT_SUPPORT;
        attributes->ClientPID = (HANDLE)(ULONG_PTR)pid;
    }
    return attributes->Flags & QUERY_CALL_LOCAL_ADDRESS ? RPC_S_CANNOT_SUPPORT : RPC_S_OK;
}

/***********************************************************************
 *           RpcServerInqCallAttributesW   (RPCRT4.@)
 *
 * attributes: of version 1, 2 or 3. RPC_S_INVALID_ARG for another, RPC_S_CANNOT_SUPPORT for a local
 * address, a client identifier, or the process of a client that is not local; and what a server
 * binding handle can be wrong with.
 */
RPC_STATUS WINAPI RpcServerInqCallAttributesW(RPC_BINDING_HANDLE binding, void *attributes)
{
    const RPC_CALL_ATTRIBUTES_V1_W *head = attributes;
    struct server_call *call;
    RPC_STATUS status;

    if (!head || head->Version < 1 || head->Version > 3)
        return RPC_S_INVALID_ARG;
    status = server_binding_of(binding, &call);
    if (status)
        return status;
    fill_v1(attributes);
    if (head->Version >= 2)
        status = fill_v2(call, attributes);
    if (!status && head->Version == 3 && (head->Flags & QUERY_CLIENT_ID))
        status = RPC_S_CANNOT_SUPPORT;
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcServerInqCallAttributesA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerInqCallAttributesA(RPC_BINDING_HANDLE binding, void *attributes)
{
    return RpcServerInqCallAttributesW(binding, attributes);
}
