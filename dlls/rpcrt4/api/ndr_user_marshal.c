/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the routines of [user_marshal] and [wire_marshal] types may call. Sources: the SDK's pages
 * on NdrGetUserMarshalInfo and on the <type>_UserMarshal routines, rpcndr.h. */
#include "platform/base.h"

#include "ndr/engine.h"
#include "ndr/foreign.h"
#include "ndr/user_marshal.h"

_Static_assert(sizeof(struct ndr_user_call) == sizeof(USER_MARSHAL_CB), "size of USER_MARSHAL_CB");
_Static_assert(offsetof(struct ndr_user_call, pTypeFormat) ==
                   offsetof(USER_MARSHAL_CB, pTypeFormat),
               "pTypeFormat");

/* Where the routine reads or writes, and how much of the buffer is left there. */
static RPC_STATUS describe_buffer(const struct ndr_message *msg, NDR_USER_MARSHAL_INFO_LEVEL1 *info)
{
    const unsigned char *start = msg->RpcMsg->Buffer;

    if (msg->Buffer < start || (size_t)(msg->Buffer - start) > msg->RpcMsg->BufferLength)
        return ERROR_INVALID_USER_BUFFER;
    info->Buffer = msg->Buffer;
    info->BufferSize = msg->RpcMsg->BufferLength - (ULONG)(msg->Buffer - start);
    return RPC_S_OK;
}

/* The state of the call that a routine serves; pFlags is what it was given. Level 1 is the only
 * one. RPC_S_INVALID_ARG, ERROR_INVALID_USER_BUFFER (the position is not in the buffer) */
RPC_STATUS RPC_ENTRY NdrGetUserMarshalInfo(ULONG *pFlags, ULONG InformationLevel,
                                           NDR_USER_MARSHAL_INFO *pMarshalInfo)
{
    const struct ndr_user_call *call = CONTAINER_OF(pFlags, struct ndr_user_call, Flags);
    NDR_USER_MARSHAL_INFO_LEVEL1 info = { 0 };
    RPC_STATUS status = RPC_S_OK;

    if (!pFlags || !pMarshalInfo || InformationLevel != 1 ||
        call->Signature != NDR_USER_CALL_SIGNATURE)
        return RPC_S_INVALID_ARG;
    if (call->CBType == NDR_USER_MARSHAL || call->CBType == NDR_USER_UNMARSHAL)
        status = describe_buffer(call->pStubMsg, &info);
    if (status != RPC_S_OK)
        return status;
    info.pfnAllocate = call->pStubMsg->pfnAllocate;
    info.pfnFree = call->pStubMsg->pfnFree;
    info.pRpcChannelBuffer = call->pStubMsg->pRpcChannelBuffer;
    pMarshalInfo->InformationLevel = 1;
    pMarshalInfo->Level1 = info;
    return RPC_S_OK;
}

/* Turns one base type at pBuffer (behind its alignment gap) into our representation, if *pFlags says
 * that the sender's is another; returns what is behind it. RPC_S_CANNOT_SUPPORT, RPC_S_FP_OVERFLOW,
 * RPC_X_BAD_STUB_DATA */
unsigned char *RPC_ENTRY NdrUserMarshalSimpleTypeConvert(ULONG *pFlags, unsigned char *pBuffer,
                                                         unsigned char FormatChar)
{
    const struct ndr_type *type = ndr_base_type(FormatChar);
    struct ndr_message msg = { 0 };
    uint32_t status;

    if (!type)
        RpcRaiseException(RPC_S_CANNOT_SUPPORT);
    ndr_set_representation(&msg, *pFlags >> 16);
    pBuffer = (unsigned char *)(((uintptr_t)pBuffer + type->wire_align - 1) &
                                ~(uintptr_t)(type->wire_align - 1));
    status = ndr_localize_scalar(type->fc, type->wire_least, msg.uFlags, pBuffer);
    if (status)
        RpcRaiseException((RPC_STATUS)status);
    return pBuffer + type->wire_least;
}
