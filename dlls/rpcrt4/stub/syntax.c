/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stub's description of a procedure: see syntax.h. */
#include "stub/syntax.h"
#include "call/syntax.h"
#include <ndr64types.h>

static struct stub_format ndr64_format(const MIDL_STUB_DESC *desc, const MIDL_SYNTAX_INFO *syntax,
                                       unsigned int number)
{
    /* MIDL casts the table of its NDR64 descriptions to that of NDR 2.0's offsets. */
    const FormatInfoRef *procedures = (const FormatInfoRef *)syntax->FmtStringOffset;

    return (struct stub_format){
        .desc = desc,
        .procedure = procedures[number],
        .syntax = STUB_NDR64,
        .number = (uint16_t)number,
        .user_routines = syntax->aUserMarshalQuadruple,
    };
}

static struct stub_format ndr20_format(const MIDL_STUB_DESC *desc, PFORMAT_STRING formats,
                                       const unsigned short *offsets, unsigned int number)
{
    return (struct stub_format){
        .desc = desc,
        .procedure = formats + offsets[number],
        .syntax = STUB_OICF,
        .number = (uint16_t)number,
    };
}

static struct stub_format listed_format(const MIDL_STUB_DESC *desc, const MIDL_SYNTAX_INFO *list,
                                        ULONG_PTR count, unsigned int number,
                                        const RPC_SYNTAX_IDENTIFIER *transfer)
{
    bool ndr64 = syntax_is_ndr64(transfer);

    for (ULONG_PTR i = 0; i < count; i++) {
        if (memcmp(&list[i].TransferSyntax, transfer, sizeof(*transfer)))
            continue;
        return ndr64 ? ndr64_format(desc, &list[i], number)
                     : ndr20_format(desc, list[i].ProcString, list[i].FmtStringOffset, number);
    }
    RpcRaiseException(RPC_S_UNSUPPORTED_TRANS_SYN);
}

static const RPC_SYNTAX_IDENTIFIER *find_syntax(const MIDL_STUBLESS_PROXY_INFO *info,
                                                const struct wire_syntax *wanted)
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned count = client_interface_syntaxes(info->pStubDesc->RpcInterfaceInformation, syntaxes);

    for (unsigned i = 0; i < count; i++) {
        if (wire_syntax_equal(wire_syntax_of(syntaxes[i].id), wanted))
            return syntaxes[i].id;
    }
    return NULL;
}

const RPC_SYNTAX_IDENTIFIER *stub_other_syntax(const MIDL_STUBLESS_PROXY_INFO *info, bool than_ndr64)
{
    return find_syntax(info, than_ndr64 ? &wire_syntax_ndr20 : &wire_syntax_ndr64);
}

const RPC_SYNTAX_IDENTIFIER *stub_preferred_syntax(const MIDL_STUBLESS_PROXY_INFO *info)
{
    const RPC_CLIENT_INTERFACE *iface = info->pStubDesc->RpcInterfaceInformation;
    const RPC_SYNTAX_IDENTIFIER *ndr64 = find_syntax(info, &wire_syntax_ndr64);

    return ndr64 ? ndr64 : &iface->TransferSyntax;
}

struct stub_format stub_client_format(const MIDL_STUBLESS_PROXY_INFO *info, unsigned int number,
                                      const RPC_SYNTAX_IDENTIFIER *transfer)
{
    if (info->pSyntaxInfo)
        return listed_format(info->pStubDesc, info->pSyntaxInfo, info->nCount, number, transfer);
    if (!info->ProcFormatString || syntax_is_ndr64(transfer))
        RpcRaiseException(RPC_S_UNSUPPORTED_TRANS_SYN);
    return ndr20_format(info->pStubDesc, info->ProcFormatString, info->FormatStringOffset, number);
}

struct stub_format stub_server_format(const MIDL_SERVER_INFO *info, unsigned int number,
                                      const RPC_SYNTAX_IDENTIFIER *transfer)
{
    if (info->pSyntaxInfo)
        return listed_format(info->pStubDesc, info->pSyntaxInfo, info->nCount, number, transfer);
    if (!info->ProcString || syntax_is_ndr64(transfer))
        RpcRaiseException(RPC_S_UNSUPPORTED_TRANS_SYN);
    return ndr20_format(info->pStubDesc, info->ProcString, info->FmtStringOffset, number);
}
