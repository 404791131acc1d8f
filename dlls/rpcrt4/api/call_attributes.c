/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RpcServerInqCallAttributes: rpcasync.h; Windows SDK, RPC_CALL_ATTRIBUTES_V1 to _V3. The A and W
 * forms have the same layout, and differ in the characters of the names. */
#include "api/binding.h"
#include "api/strings.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/identity.h"

#define QUERY_CALL_LOCAL_ADDRESS 0x08 /* RPC_QUERY_… flags that mingw-w64's rpcasync.h lacks */
#define QUERY_CLIENT_PID 0x10
#define QUERY_CLIENT_ID 0x80

/* A name into the caller's buffer of *length octets, which becomes what the name needs, or 0 where
 * there is none. ERROR_MORE_DATA: the buffer is too small. */
static RPC_STATUS put_name(const WCHAR *name, bool wide, void *buffer, ULONG *length)
{
    RPC_CSTR ansi = NULL;
    const void *data = name;
    ULONG needed = 0, room = *length;
    RPC_STATUS status = RPC_S_OK;

    if (name && !wide) {
        status = string_to_ansi(name, &ansi);
        data = ansi;
    }
    if (data)
        needed = wide ? (ULONG)(wcslen(data) + 1) * sizeof(WCHAR) : (ULONG)strlen(data) + 1;
    if (!status && needed > room)
        status = ERROR_MORE_DATA;
    if (!status && needed)
        memcpy(buffer, data, needed);
    *length = needed;
    rpc_free(ansi);
    return status;
}

static RPC_STATUS fill_v1(struct server_call *call, RPC_CALL_ATTRIBUTES_V1_W *attributes, bool wide)
{
    struct server_identity identity = {.service = RPC_C_AUTHN_NONE, .level = RPC_C_AUTHN_LEVEL_NONE};
    RPC_STATUS status = RPC_S_OK, client = RPC_S_OK;

    server_call_identity(call, &identity);
    if (attributes->Flags & RPC_QUERY_SERVER_PRINCIPAL_NAME)
        status = put_name(identity.server, wide, attributes->ServerPrincipalName,
                          &attributes->ServerPrincipalNameBufferLength);
    if (attributes->Flags & RPC_QUERY_CLIENT_PRINCIPAL_NAME)
        client = put_name(server_call_client_name(call), wide, attributes->ClientPrincipalName,
                          &attributes->ClientPrincipalNameBufferLength);
    attributes->AuthenticationLevel = identity.level;
    attributes->AuthenticationService = identity.service;
    attributes->NullSession = FALSE;
    return status ? status : client;
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

static RPC_STATUS inquire(RPC_BINDING_HANDLE binding, void *attributes, bool wide)
{
    const RPC_CALL_ATTRIBUTES_V1_W *head = attributes;
    struct server_call *call;
    RPC_STATUS status;

    if (!head || head->Version < 1 || head->Version > 3)
        return RPC_S_INVALID_ARG;
    status = server_binding_of(binding, &call);
    if (status)
        return status;
    status = fill_v1(call, attributes, wide);
    if (!status && head->Version >= 2)
        status = fill_v2(call, attributes);
    if (!status && head->Version == 3 && (head->Flags & QUERY_CLIENT_ID))
        status = RPC_S_CANNOT_SUPPORT;
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcServerInqCallAttributesW   (RPCRT4.@)
 *
 * attributes: of version 1, 2 or 3. The lengths of names are in octets, terminator included.
 * RPC_S_INVALID_ARG for another version, ERROR_MORE_DATA for a name's buffer that is too small,
 * RPC_S_CANNOT_SUPPORT for a local address, a client identifier, or the process of a client that is
 * not local; and what a server binding handle can be wrong with.
 */
RPC_STATUS WINAPI RpcServerInqCallAttributesW(RPC_BINDING_HANDLE binding, void *attributes)
{
    return inquire(binding, attributes, true);
}

/***********************************************************************
 *           RpcServerInqCallAttributesA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcServerInqCallAttributesA(RPC_BINDING_HANDLE binding, void *attributes)
{
    return inquire(binding, attributes, false);
}
