/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stubs of [encode] and [decode] types and procedures call that are for several transfer
 * syntaxes (MIDL's -protocol all and -protocol ndr64). 64-bit only. An encoding handle's operation
 * says which one is used (MES_ENCODE_NDR64), what is decoded says so itself. Sources: midles.h; the
 * tables of types are known from stubs that MIDL has made. They raise what stub/pickling.h says,
 * RPC_S_UNSUPPORTED_TRANS_SYN where the stub is not for that syntax. */
#include "stub/pickling.h"

#include <stdarg.h>

#include "call/syntax.h"
#include "stub/syntax.h"

#ifdef __x86_64__

/* ---- primitive types ---- */

size_t RPC_ENTRY NdrMesSimpleTypeAlignSizeAll(handle_t Handle,
                                              const MIDL_STUBLESS_PROXY_INFO *pProxyInfo)
{
    return NdrMesSimpleTypeAlignSize(Handle);
}

void RPC_ENTRY NdrMesSimpleTypeEncodeAll(handle_t Handle,
                                         const MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                         const void *pObject, short Size)
{
    NdrMesSimpleTypeEncode(Handle, pProxyInfo->pStubDesc, pObject, Size);
}

void RPC_ENTRY NdrMesSimpleTypeDecodeAll(handle_t Handle,
                                         const MIDL_STUBLESS_PROXY_INFO *pProxyInfo, void *pObject,
                                         short Size)
{
    NdrMesSimpleTypeDecode(Handle, pObject, Size);
}

/* ---- types ---- */

/* For each of the stub's syntaxes there is a table of types: offsets into its format string in NDR
 * 2.0, addresses of descriptions in NDR64. */
static struct pickling_type listed_type(const MIDL_TYPE_PICKLING_INFO *info,
                                        const MIDL_STUBLESS_PROXY_INFO *proxy,
                                        const ULONG **tables, ULONG index)
{
    struct pickling_type type = { .desc = proxy->pStubDesc };

    pickling_check_info(info);
    type.flags = info->Flags;
    for (ULONG_PTR i = 0; i < proxy->nCount; i++) {
        const MIDL_SYNTAX_INFO *syntax = &proxy->pSyntaxInfo[i];

        if (syntax_is_ndr64(&syntax->TransferSyntax)) {
            type.ndr64 = ((const unsigned char *const *)tables[i])[index];
            type.user64 = syntax->aUserMarshalQuadruple;
        } else {
            type.ndr20 = syntax->TypeString + tables[i][index];
        }
    }
    return type;
}

size_t RPC_ENTRY NdrMesTypeAlignSize3(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                                      const MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                      const ULONG **ArrTypeOffset, ULONG nTypeIndex,
                                      const void *pObject)
{
    struct pickling_type type = listed_type(pPicklingInfo, pProxyInfo, ArrTypeOffset, nTypeIndex);

    return pickling_type_size(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesTypeEncode3(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                                 const MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                 const ULONG **ArrTypeOffset, ULONG nTypeIndex,
                                 const void *pObject)
{
    struct pickling_type type = listed_type(pPicklingInfo, pProxyInfo, ArrTypeOffset, nTypeIndex);

    pickling_type_encode(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesTypeDecode3(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                                 const MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                 const ULONG **ArrTypeOffset, ULONG nTypeIndex, void *pObject)
{
    struct pickling_type type = listed_type(pPicklingInfo, pProxyInfo, ArrTypeOffset, nTypeIndex);

    pickling_type_decode(Handle, &type, pObject);
}

void RPC_ENTRY NdrMesTypeFree3(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                               const MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                               const ULONG **ArrTypeOffset, ULONG nTypeIndex, void *pObject)
{
    struct pickling_type type = listed_type(pPicklingInfo, pProxyInfo, ArrTypeOffset, nTypeIndex);

    pickling_type_free(Handle, &type, pObject);
}

/* ---- procedures ---- */

/* pReturnValue is where a value would go that no register can hold; there are none. */
CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrMesProcEncodeDecode3(handle_t Handle,
                                                         const MIDL_STUBLESS_PROXY_INFO *pProxyInfo,
                                                         ULONG nProcNum, void *pReturnValue, ...)
{
    struct pickling_procedure procedure = { .ndr20 = { .procedure = NULL } };
    CLIENT_CALL_RETURN result;
    va_list args;

    for (ULONG_PTR i = 0; i < pProxyInfo->nCount; i++) {
        const RPC_SYNTAX_IDENTIFIER *syntax = &pProxyInfo->pSyntaxInfo[i].TransferSyntax;

        *(syntax_is_ndr64(syntax) ? &procedure.ndr64 : &procedure.ndr20) =
            stub_client_format(pProxyInfo, nProcNum, syntax);
    }
    va_start(args, pReturnValue);
    result.Simple = (LONG_PTR)pickling_procedure(Handle, &procedure, (unsigned char *)args);
    va_end(args);
    return result;
}

#endif
