/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identifiers of interfaces (Windows SDK, rpcdce.h). */
#include "call/syntax.h"
#include "platform/memory.h"

/***********************************************************************
 *           RpcIfInqId   (RPCRT4.@)
 *
 * The UUID and version of a stub's interface specification. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcIfInqId(RPC_IF_HANDLE spec, RPC_IF_ID *id)
{
    /* Client and server specifications begin alike. */
    const RPC_CLIENT_INTERFACE *iface = spec;

    if (!iface || !id)
        return RPC_S_INVALID_ARG;
    id->Uuid = iface->InterfaceId.SyntaxGUID;
    id->VersMajor = iface->InterfaceId.SyntaxVersion.MajorVersion;
    id->VersMinor = iface->InterfaceId.SyntaxVersion.MinorVersion;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcIfIdVectorFree   (RPCRT4.@)
 *
 * Frees *vector, which may be NULL, and sets it to NULL. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcIfIdVectorFree(RPC_IF_ID_VECTOR **vector)
{
    if (!vector)
        return RPC_S_INVALID_ARG;
    for (unsigned long i = 0; *vector && i < (*vector)->Count; i++)
        rpc_free((*vector)->IfId[i]);
    rpc_free(*vector);
    *vector = NULL;
    return RPC_S_OK;
}

static RPC_TRANSFER_SYNTAX as_transfer_syntax(const RPC_SYNTAX_IDENTIFIER *id)
{
    return (RPC_TRANSFER_SYNTAX){id->SyntaxGUID, id->SyntaxVersion.MajorVersion, id->SyntaxVersion.MinorVersion};
}

/***********************************************************************
 *           I_RpcIfInqTransferSyntaxes   (RPCRT4.@)
 *
 * The transfer syntaxes of an interface specification: *count of them, into an array with room for
 * `size`. RPC_S_INVALID_ARG;
 * ERROR_INSUFFICIENT_BUFFER, when *count says how many there are. rpcdcep.h.
 */
RPC_STATUS WINAPI I_RpcIfInqTransferSyntaxes(RPC_IF_HANDLE spec, RPC_TRANSFER_SYNTAX *list, unsigned size,
                                             unsigned *count)
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];

    if (!spec || !count || (size && !list))
        return RPC_S_INVALID_ARG;
    *count = interface_syntaxes(spec, syntaxes);
    if (*count > size)
        return ERROR_INSUFFICIENT_BUFFER;
    for (unsigned i = 0; i < *count; i++)
        list[i] = as_transfer_syntax(syntaxes[i].id);
    return RPC_S_OK;
}
