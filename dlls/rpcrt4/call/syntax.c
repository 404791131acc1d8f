/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transfer syntaxes of a compiled interface: see syntax.h. */
#include "call/syntax.h"

static unsigned list_syntaxes(const MIDL_SYNTAX_INFO *info, ULONG_PTR count,
                              struct interface_syntax syntaxes[MAX_SYNTAXES])
{
    unsigned i;

    for (i = 0; i < count && i < MAX_SYNTAXES; i++)
        syntaxes[i] = (struct interface_syntax){&info[i].TransferSyntax, info[i].DispatchTable};
    return i;
}

unsigned client_interface_syntaxes(const RPC_CLIENT_INTERFACE *iface,
                                   struct interface_syntax syntaxes[MAX_SYNTAXES])
{
    const MIDL_STUBLESS_PROXY_INFO *info = iface->InterpreterInfo;

    if (iface->Flags & RPCFLG_HAS_MULTI_SYNTAXES && info && info->pSyntaxInfo && info->nCount)
        return list_syntaxes(info->pSyntaxInfo, info->nCount, syntaxes);
    syntaxes[0] = (struct interface_syntax){&iface->TransferSyntax, iface->DispatchTable};
    return 1;
}

unsigned server_interface_syntaxes(const RPC_SERVER_INTERFACE *iface,
                                   struct interface_syntax syntaxes[MAX_SYNTAXES])
{
    const MIDL_SERVER_INFO *info = iface->InterpreterInfo;

    if (iface->Flags & RPCFLG_HAS_MULTI_SYNTAXES && info && info->pSyntaxInfo && info->nCount)
        return list_syntaxes(info->pSyntaxInfo, info->nCount, syntaxes);
    syntaxes[0] = (struct interface_syntax){&iface->TransferSyntax, iface->DispatchTable};
    return 1;
}

unsigned interface_syntaxes(RPC_IF_HANDLE spec, struct interface_syntax syntaxes[MAX_SYNTAXES])
{
    const RPC_SERVER_INTERFACE *iface = spec; /* a client's begins alike */

    return iface->DispatchTable ? server_interface_syntaxes(iface, syntaxes)
                                : client_interface_syntaxes(spec, syntaxes);
}
