/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Layout twins of the SDK's MIDL_STUB_MESSAGE, MIDL_STUB_DESC and RPC_MESSAGE (rpcndr.h,
 * rpcdcep.h), for sources that include no Windows header. Members keep the SDK's names;
 * api/ndr_layout.c asserts every offset on both PE architectures. Members that the engine does not
 * use are opaque pointers. */
#ifndef RPCRT4_NDR_STUBMSG_H
#define RPCRT4_NDR_STUBMSG_H

#include <stddef.h>
#include <stdint.h>

/* Calling convention of the routines that stubs pass in. */
#ifdef _WIN32
#define NDR_CALLBACK __stdcall
#else
#define NDR_CALLBACK
#endif

struct ndr_message;
struct ndr_full_pointers;
struct ndr_pending;
struct ndr_all_nodes;
struct ndr_correlations;
struct ndr_memory_block;
struct ndr_made;

typedef void *(NDR_CALLBACK *ndr_allocate_routine)(size_t size);
typedef void (NDR_CALLBACK *ndr_free_routine)(void *block);
typedef void (NDR_CALLBACK *ndr_expression_routine)(struct ndr_message *msg);
typedef uint32_t (NDR_CALLBACK *ndr_user_size_routine)(uint32_t *flags, uint32_t size,
                                                       void *object);
typedef unsigned char *(NDR_CALLBACK *ndr_user_marshal_routine)(uint32_t *flags,
                                                                unsigned char *buffer,
                                                                void *object);
typedef void (NDR_CALLBACK *ndr_user_free_routine)(uint32_t *flags, void *object);

/* USER_MARSHAL_ROUTINE_QUADRUPLE */
struct ndr_user_routines {
    ndr_user_size_routine pfnBufferSize;
    ndr_user_marshal_routine pfnMarshall;
    ndr_user_marshal_routine pfnUnmarshall;
    ndr_user_free_routine pfnFree;
};

/* XMIT_ROUTINE_QUINTUPLE, of four: they find their objects in pPresentedType and pTransmitType. */
typedef void (NDR_CALLBACK *ndr_transmit_routine)(struct ndr_message *msg);
struct ndr_transmit_routines {
    ndr_transmit_routine pfnTranslateToXmit;
    ndr_transmit_routine pfnTranslateFromXmit;
    ndr_transmit_routine pfnFreeXmit;
    ndr_transmit_routine pfnFreeInst;
};

/* NDR_EXPR_DESC: the expressions that correlation descriptors of NDR 2.0 refer to by number, if the
 * stub was compiled for both transfer syntaxes. */
struct ndr_expressions {
    const uint16_t *pOffset;
    const unsigned char *pFormatExpr;
};

/* MIDL_STUB_DESC */
struct ndr_stub_desc {
    void *RpcInterfaceInformation;
    ndr_allocate_routine pfnAllocate;
    ndr_free_routine pfnFree;
    void *IMPLICIT_HANDLE_INFO;
    const void *apfnNdrRundownRoutines;
    const void *aGenericBindingRoutinePairs;
    const ndr_expression_routine *apfnExprEval;
    const struct ndr_transmit_routines *aXmitQuintuple;
    const unsigned char *pFormatTypes;
    int fCheckBounds;
    uint32_t Version;
    void *pMallocFreeStruct;
    int32_t MIDLVersion;
    const void *CommFaultOffsets;
    const struct ndr_user_routines *aUserMarshalQuadruple;
    const void *NotifyRoutineTable;
    uintptr_t mFlags;
    const void *CsRoutineTables;
    void *Reserved4;
    const struct ndr_expressions *Reserved5; /* pExprInfo in later SDKs */
};

/* RPC_MESSAGE */
struct ndr_rpc_message {
    void *Handle;
    uint32_t DataRepresentation;
    void *Buffer;
    unsigned int BufferLength;
    unsigned int ProcNum;
    void *TransferSyntax;
    void *RpcInterfaceInformation;
    void *ReservedForRuntime;
    void *ManagerEpv;
    void *ImportContext;
    uint32_t RpcFlags;
};

/* MIDL_STUB_MESSAGE.
 *
 * What the engine needs of it: Buffer is where the next byte is read or written. Marshalling ends
 * at RpcMsg->Buffer + BufferLength, unmarshalling at BufferEnd; both buffers are aligned to 8.
 * BufferStart to BufferEnd is also the range of memory that freeing never gives to pfnFree, because
 * unmarshalling may have pointed there. */
struct ndr_message {
    struct ndr_rpc_message *RpcMsg;
    unsigned char *Buffer;
    unsigned char *BufferStart;
    unsigned char *BufferEnd;
    unsigned char *BufferMark;
    uint32_t BufferLength;
    uint32_t MemorySize;
    unsigned char *Memory;
    unsigned char IsClient;
    unsigned char Pad;
    uint16_t uFlags2;
    int ReuseBuffer;
    struct ndr_all_nodes *pAllocAllNodesContext;
    struct ndr_pending *pPointerQueueState;
    int IgnoreEmbeddedPointers;
    unsigned char *PointerBufferMark;
    unsigned char CorrDespIncrement; /* bytes of a correlation descriptor beyond 4: 0, 2 or 12 */
    unsigned char uFlags;            /* NDR_MESSAGE_… below */
    uint16_t UniquePtrCount;
    uintptr_t MaxCount;
    uint32_t Offset;
    uint32_t ActualCount;
    ndr_allocate_routine pfnAllocate;
    ndr_free_routine pfnFree;
    unsigned char *StackTop;
    unsigned char *pPresentedType;
    unsigned char *pTransmitType;
    void *SavedHandle;
    const struct ndr_stub_desc *StubDesc;
    struct ndr_full_pointers *FullPtrXlatTables;
    uint32_t FullPtrRefId;
    uint32_t PointerLength;
    unsigned int fInDontFree : 1;
    unsigned int fDontCallFreeInst : 1;
    unsigned int fInOnlyParam : 1;
    unsigned int fHasReturn : 1;
    unsigned int fHasExtensions : 1;
    unsigned int fHasNewCorrDesc : 1;
    unsigned int fIsIn : 1;
    unsigned int fIsOut : 1;
    unsigned int fIsOicf : 1;
    unsigned int fBufferValid : 1;
    unsigned int fHasMemoryValidateCallback : 1;
    unsigned int fInFree : 1;
    unsigned int fNeedMCCP : 1;
    int fUnused : 3;
    int fUnused2 : 16;
    uint32_t dwDestContext;
    void *pvDestContext;
    void *SavedContextHandles;
    int32_t ParamNumber;
    void *pRpcChannelBuffer;
    void *pArrayInfo;
    uint32_t *SizePtrCountArray;
    uint32_t *SizePtrOffsetArray;
    uint32_t *SizePtrLengthArray;
    void *pArgQueue;
    uint32_t dwStubPhase;
    void *LowStackMark;
    void *pAsyncMsg;
    struct ndr_correlations *pCorrInfo;
    unsigned char *pCorrMemory;
    struct ndr_memory_block *pMemoryList;
    void *pCSInfo;
    unsigned char *ConformanceMark;
    unsigned char *VarianceMark;
    intptr_t Unused;
    void *pContext;
    void *ContextHandleHash;
    struct ndr_made *pUserMarshalList;
    intptr_t Reserved51_3;
    intptr_t Reserved51_4;
    intptr_t Reserved51_5;
};

/* Bits of uFlags, which both NdrClientInitializeNew and NdrServerInitializeNew clear. */
#define NDR_MESSAGE_BYTE_SWAPPED 0x01 /* the sender's byte order is not ours */
#define NDR_MESSAGE_NDR64        0x02 /* formats are fragments, and the wire rules NDR64's */
#define NDR_MESSAGE_EBCDIC       0x04 /* the sender's characters */
#define NDR_MESSAGE_FLOAT_MASK   0x30 /* the sender's enum ndr_float_format */
#define NDR_MESSAGE_FLOAT_SHIFT  4
/* The sender's representation is not ours. */
#define NDR_MESSAGE_FOREIGN \
    (NDR_MESSAGE_BYTE_SWAPPED | NDR_MESSAGE_EBCDIC | NDR_MESSAGE_FLOAT_MASK)

#endif
