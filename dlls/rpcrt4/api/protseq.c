/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which protocol sequences there are (Windows SDK, rpcdce.h). */
#include "api/strings.h"
#include "platform/memory.h"
#include "transport/transport.h"

/* Those of the Windows SDK's "Protocol Sequence Constants" that this runtime has no transport for:
 * names that are right, but not of this machine. */
static bool is_known(const WCHAR *protseq)
{
    static const WCHAR *const names[] = {
        L"ncacn_at_dsp", L"ncacn_dnet_nsp", L"ncacn_http",    L"ncacn_nb_ipx", L"ncacn_nb_nb",
        L"ncacn_nb_tcp", L"ncacn_spx",      L"ncacn_vns_spp", L"ncadg_ip_udp", L"ncadg_ipx",
        L"ncadg_mq",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (!_wcsicmp(protseq, names[i]))
            return true;
    }
    return false;
}

/***********************************************************************
 *           RpcNetworkIsProtseqValidW   (RPCRT4.@)
 *
 * RPC_S_OK, RPC_S_PROTSEQ_NOT_SUPPORTED (one of Windows' other protocol sequences),
 * RPC_S_INVALID_RPC_PROTSEQ.
 */
RPC_STATUS WINAPI RpcNetworkIsProtseqValidW(RPC_WSTR protseq)
{
    if (!protseq)
        return RPC_S_INVALID_RPC_PROTSEQ;
    if (transport_find(protseq))
        return RPC_S_OK;
    return is_known(protseq) ? RPC_S_PROTSEQ_NOT_SUPPORTED : RPC_S_INVALID_RPC_PROTSEQ;
}

/***********************************************************************
 *           RpcNetworkIsProtseqValidA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcNetworkIsProtseqValidA(RPC_CSTR protseq)
{
    WCHAR *wide;
    RPC_STATUS status = string_to_wide(protseq, &wide);

    if (status == RPC_S_OK)
        status = RpcNetworkIsProtseqValidW(wide);
    rpc_free(wide);
    return status;
}

static unsigned count_protseqs(void)
{
    unsigned count = 0;

    while (transport_enum(count))
        count++;
    return count;
}

/***********************************************************************
 *           RpcNetworkInqProtseqsW   (RPCRT4.@)
 *
 * All supported protocol sequences, to be freed with RpcProtseqVectorFree. Errors:
 * RPC_S_OUT_OF_MEMORY, RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcNetworkInqProtseqsW(RPC_PROTSEQ_VECTORW **vector)
{
    unsigned count = count_protseqs();
    RPC_STATUS status;

    if (!vector)
        return RPC_S_INVALID_ARG;
    *vector = rpc_alloc_zero(offsetof(RPC_PROTSEQ_VECTORW, Protseq) +
                             count * sizeof((*vector)->Protseq[0]));
    status = *vector ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
    for (unsigned i = 0; i < count && status == RPC_S_OK; i++) {
        status = string_copy_wide(transport_enum(i)->protseq, &(*vector)->Protseq[i]);
        (*vector)->Count = i + 1;
    }
    if (status != RPC_S_OK && *vector)
        RpcProtseqVectorFreeW(vector);
    return status;
}

/***********************************************************************
 *           RpcNetworkInqProtseqsA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcNetworkInqProtseqsA(RPC_PROTSEQ_VECTORA **vector)
{
    unsigned count = count_protseqs();
    RPC_STATUS status;

    if (!vector)
        return RPC_S_INVALID_ARG;
    *vector = rpc_alloc_zero(offsetof(RPC_PROTSEQ_VECTORA, Protseq) +
                             count * sizeof((*vector)->Protseq[0]));
    status = *vector ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
    for (unsigned i = 0; i < count && status == RPC_S_OK; i++) {
        status = string_to_ansi(transport_enum(i)->protseq, &(*vector)->Protseq[i]);
        (*vector)->Count = i + 1;
    }
    if (status != RPC_S_OK && *vector)
        RpcProtseqVectorFreeA(vector);
    return status;
}

/***********************************************************************
 *           RpcProtseqVectorFreeW   (RPCRT4.@)
 *
 * Frees *vector, which may be NULL, and sets it to NULL. Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI RpcProtseqVectorFreeW(RPC_PROTSEQ_VECTORW **vector)
{
    if (!vector)
        return RPC_S_INVALID_ARG;
    for (unsigned i = 0; *vector && i < (*vector)->Count; i++)
        rpc_free((*vector)->Protseq[i]);
    rpc_free(*vector);
    *vector = NULL;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcProtseqVectorFreeA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcProtseqVectorFreeA(RPC_PROTSEQ_VECTORA **vector)
{
    /* The two kinds of vector differ in what the strings hold. */
    return RpcProtseqVectorFreeW((RPC_PROTSEQ_VECTORW **)vector);
}
