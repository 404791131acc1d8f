/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compile-time proof that the NDR engine's layout twins are the SDK's structures, so that doors may
 * cast. */
#include "platform/base.h"

#include "ndr/stubmsg.h"

#define SAME_SIZE(twin, sdk) _Static_assert(sizeof(twin) == sizeof(sdk), "size of " #sdk)
#define SAME_AS(twin, a, sdk, b) \
    _Static_assert(offsetof(twin, a) == offsetof(sdk, b) && \
                   sizeof(((twin *)0)->a) == sizeof(((sdk *)0)->b), #b)
#define SAME(twin, sdk, member) SAME_AS(twin, member, sdk, member)

#define MESSAGE(member) SAME(struct ndr_message, MIDL_STUB_MESSAGE, member)

SAME_SIZE(struct ndr_message, MIDL_STUB_MESSAGE);
MESSAGE(RpcMsg);
MESSAGE(Buffer);
MESSAGE(BufferStart);
MESSAGE(BufferEnd);
MESSAGE(BufferMark);
MESSAGE(BufferLength);
MESSAGE(MemorySize);
MESSAGE(Memory);
MESSAGE(IsClient);
MESSAGE(uFlags2);
MESSAGE(ReuseBuffer);
MESSAGE(pAllocAllNodesContext);
MESSAGE(pPointerQueueState);
MESSAGE(IgnoreEmbeddedPointers);
MESSAGE(PointerBufferMark);
/* What today's SDK calls CorrDespIncrement is fBufferValid in the older header. */
SAME_AS(struct ndr_message, CorrDespIncrement, MIDL_STUB_MESSAGE, fBufferValid);
MESSAGE(uFlags);
MESSAGE(UniquePtrCount);
MESSAGE(MaxCount);
MESSAGE(Offset);
MESSAGE(ActualCount);
MESSAGE(pfnAllocate);
MESSAGE(pfnFree);
MESSAGE(StackTop);
MESSAGE(pPresentedType);
MESSAGE(pTransmitType);
MESSAGE(SavedHandle);
MESSAGE(StubDesc);
MESSAGE(FullPtrXlatTables);
MESSAGE(FullPtrRefId);
MESSAGE(PointerLength);
MESSAGE(dwDestContext);
MESSAGE(pvDestContext);
MESSAGE(SavedContextHandles);
MESSAGE(ParamNumber);
MESSAGE(pRpcChannelBuffer);
MESSAGE(pArrayInfo);
MESSAGE(SizePtrCountArray);
MESSAGE(SizePtrOffsetArray);
MESSAGE(SizePtrLengthArray);
MESSAGE(pArgQueue);
MESSAGE(dwStubPhase);
MESSAGE(LowStackMark);
MESSAGE(pAsyncMsg);
MESSAGE(pCorrInfo);
MESSAGE(pCorrMemory);
MESSAGE(pMemoryList);
MESSAGE(pCSInfo);
MESSAGE(ConformanceMark);
MESSAGE(VarianceMark);
MESSAGE(pContext);
SAME_AS(struct ndr_message, Reserved51_5, MIDL_STUB_MESSAGE, Reserved51_5);

#define DESC(member) SAME(struct ndr_stub_desc, MIDL_STUB_DESC, member)

SAME_SIZE(struct ndr_stub_desc, MIDL_STUB_DESC);
DESC(RpcInterfaceInformation);
DESC(pfnAllocate);
DESC(pfnFree);
DESC(IMPLICIT_HANDLE_INFO);
DESC(apfnNdrRundownRoutines);
DESC(aGenericBindingRoutinePairs);
DESC(apfnExprEval);
DESC(aXmitQuintuple);
DESC(pFormatTypes);
DESC(fCheckBounds);
DESC(Version);
DESC(pMallocFreeStruct);
DESC(MIDLVersion);
DESC(CommFaultOffsets);
DESC(aUserMarshalQuadruple);
DESC(NotifyRoutineTable);
DESC(mFlags);
DESC(CsRoutineTables);
DESC(Reserved4);
DESC(Reserved5);

#define RPC(member) SAME(struct ndr_rpc_message, RPC_MESSAGE, member)

SAME_SIZE(struct ndr_rpc_message, RPC_MESSAGE);
RPC(Handle);
RPC(DataRepresentation);
RPC(Buffer);
RPC(BufferLength);
RPC(ProcNum);
RPC(TransferSyntax);
RPC(RpcInterfaceInformation);
RPC(ReservedForRuntime);
RPC(ManagerEpv);
RPC(ImportContext);
RPC(RpcFlags);

SAME_SIZE(struct ndr_user_routines, USER_MARSHAL_ROUTINE_QUADRUPLE);
