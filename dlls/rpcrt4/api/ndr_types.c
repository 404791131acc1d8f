/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doors to the NDR engine for each family of types. A stub that was compiled inline (-Os) calls the
 * one for its type; the engine finds out what the type is from its format string, so that all doors
 * lead to the same walkers.
 *
 * Of every family: …Marshall writes the object at pMemory into the buffer and returns NULL;
 * …Unmarshall reads one into *ppMemory, which it sets to new memory or into the buffer where there
 * is none, or if fMustAlloc, and returns NULL; …BufferSize adds to pStubMsg->BufferLength;
 * …MemorySize skips an object in the buffer, adds the memory that it would take to
 * pStubMsg->MemorySize, and returns that; …Free frees what the object leads to. They raise what
 * ndr/engine.h says. Sources: the SDK's "RPC NDR Engine" and "RPC NDR Format Strings", rpcndr.h. */
#include "platform/base.h"

#include "ndr/engine.h"
#include "ndr/format.h"

static struct ndr_message *message(PMIDL_STUB_MESSAGE msg)
{
    return (struct ndr_message *)msg;
}

#define DOORS_WITHOUT_FREE(family) \
    unsigned char *RPC_ENTRY Ndr##family##Marshall(PMIDL_STUB_MESSAGE pStubMsg, \
                                                   unsigned char *pMemory, PFORMAT_STRING pFormat) \
    { \
        return ndr_marshal(message(pStubMsg), pMemory, pFormat); \
    } \
    unsigned char *RPC_ENTRY Ndr##family##Unmarshall( \
        PMIDL_STUB_MESSAGE pStubMsg, unsigned char **ppMemory, PFORMAT_STRING pFormat, \
        unsigned char fMustAlloc) \
    { \
        return ndr_unmarshal(message(pStubMsg), ppMemory, pFormat, fMustAlloc); \
    } \
    void RPC_ENTRY Ndr##family##BufferSize(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory, \
                                           PFORMAT_STRING pFormat) \
    { \
        ndr_buffer_size(message(pStubMsg), pMemory, pFormat); \
    } \
    ULONG RPC_ENTRY Ndr##family##MemorySize(PMIDL_STUB_MESSAGE pStubMsg, PFORMAT_STRING pFormat) \
    { \
        return ndr_memory_size(message(pStubMsg), pFormat); \
    }

#define DOORS(family) \
    DOORS_WITHOUT_FREE(family) \
    void RPC_ENTRY Ndr##family##Free(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory, \
                                     PFORMAT_STRING pFormat) \
    { \
        ndr_free(message(pStubMsg), pMemory, pFormat); \
    }

/* pMemory is the pointer itself. */
DOORS(Pointer)
DOORS(SimpleStruct)
DOORS(ConformantStruct)
DOORS(ConformantVaryingStruct)
DOORS(ComplexStruct)
DOORS(FixedArray)
DOORS(ConformantArray)
DOORS(ConformantVaryingArray)
DOORS(VaryingArray)
DOORS(ComplexArray)
DOORS(EncapsulatedUnion)
DOORS(NonEncapsulatedUnion)
/* pMemory is the address of the user's type. */
DOORS(UserMarshal)
/* pMemory is the address of the presented type: [transmit_as], [represent_as]. */
DOORS(XmitOrRepAs)
/* pMemory is the interface pointer. */
DOORS(InterfacePointer)
DOORS_WITHOUT_FREE(ConformantString)
DOORS_WITHOUT_FREE(NonConformantString)

/* These have no prototypes in the toolchain's headers. */
unsigned char *RPC_ENTRY NdrHardStructMarshall(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
unsigned char *RPC_ENTRY NdrHardStructUnmarshall(PMIDL_STUB_MESSAGE, unsigned char **,
                                                 PFORMAT_STRING, unsigned char);
void RPC_ENTRY NdrHardStructBufferSize(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
ULONG RPC_ENTRY NdrHardStructMemorySize(PMIDL_STUB_MESSAGE, PFORMAT_STRING);
void RPC_ENTRY NdrHardStructFree(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
DOORS(HardStruct)

/* The same for a type of any family. */
unsigned char *RPC_ENTRY NdrTypeMarshall(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
unsigned char *RPC_ENTRY NdrTypeUnmarshall(PMIDL_STUB_MESSAGE, unsigned char **, PFORMAT_STRING,
                                           unsigned char);
void RPC_ENTRY NdrTypeSize(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);
void RPC_ENTRY NdrTypeFree(PMIDL_STUB_MESSAGE, unsigned char *, PFORMAT_STRING);

unsigned char *RPC_ENTRY NdrTypeMarshall(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                                         PFORMAT_STRING pFormat)
{
    return ndr_marshal(message(pStubMsg), pMemory, pFormat);
}

unsigned char *RPC_ENTRY NdrTypeUnmarshall(PMIDL_STUB_MESSAGE pStubMsg, unsigned char **ppMemory,
                                           PFORMAT_STRING pFormat, unsigned char fMustAlloc)
{
    return ndr_unmarshal(message(pStubMsg), ppMemory, pFormat, fMustAlloc);
}

void RPC_ENTRY NdrTypeSize(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                           PFORMAT_STRING pFormat)
{
    ndr_buffer_size(message(pStubMsg), pMemory, pFormat);
}

void RPC_ENTRY NdrTypeFree(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                           PFORMAT_STRING pFormat)
{
    ndr_free(message(pStubMsg), pMemory, pFormat);
}

/* [byte_count], pMemory being the pointer: RPC_X_BYTE_COUNT_TOO_SMALL if the client's memory is. */
unsigned char *RPC_ENTRY NdrByteCountPointerMarshall(PMIDL_STUB_MESSAGE pStubMsg,
                                                     unsigned char *pMemory,
                                                     PFORMAT_STRING pFormat)
{
    return ndr_marshal(message(pStubMsg), pMemory, pFormat);
}

unsigned char *RPC_ENTRY NdrByteCountPointerUnmarshall(PMIDL_STUB_MESSAGE pStubMsg,
                                                       unsigned char **ppMemory,
                                                       PFORMAT_STRING pFormat,
                                                       unsigned char fMustAlloc)
{
    return ndr_unmarshal(message(pStubMsg), ppMemory, pFormat, fMustAlloc);
}

void RPC_ENTRY NdrByteCountPointerBufferSize(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                                             PFORMAT_STRING pFormat)
{
    ndr_buffer_size(message(pStubMsg), pMemory, pFormat);
}

void RPC_ENTRY NdrByteCountPointerFree(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                                       PFORMAT_STRING pFormat)
{
    ndr_free(message(pStubMsg), pMemory, pFormat);
}

/* An integer whose value has to be in a range: RPC_X_INVALID_BOUND. */
unsigned char *RPC_ENTRY NdrRangeUnmarshall(PMIDL_STUB_MESSAGE pStubMsg, unsigned char **ppMemory,
                                            PFORMAT_STRING pFormat, unsigned char fMustAlloc)
{
    return ndr_unmarshal(message(pStubMsg), ppMemory, pFormat, fMustAlloc);
}

/* ---- base types: pMemory is the address of the value, FormatChar its type ---- */

#define CHARACTER(fc) [fc] = { fc, NDR_FC_PAD }

static const unsigned char characters[][2] = {
    CHARACTER(NDR_FC_BYTE),           CHARACTER(NDR_FC_CHAR),    CHARACTER(NDR_FC_SMALL),
    CHARACTER(NDR_FC_USMALL),         CHARACTER(NDR_FC_WCHAR),   CHARACTER(NDR_FC_SHORT),
    CHARACTER(NDR_FC_USHORT),         CHARACTER(NDR_FC_LONG),    CHARACTER(NDR_FC_ULONG),
    CHARACTER(NDR_FC_FLOAT),          CHARACTER(NDR_FC_HYPER),   CHARACTER(NDR_FC_DOUBLE),
    CHARACTER(NDR_FC_ENUM16),         CHARACTER(NDR_FC_ENUM32),  CHARACTER(NDR_FC_IGNORE),
    CHARACTER(NDR_FC_ERROR_STATUS_T), CHARACTER(NDR_FC_INT3264), CHARACTER(NDR_FC_UINT3264),
};

/* A format string of one character. RPC_S_CANNOT_SUPPORT if it is no base type's. */
static const unsigned char *format_of(unsigned char fc)
{
    if (fc >= ARRAY_LENGTH(characters) || !characters[fc][0])
        RpcRaiseException(RPC_S_CANNOT_SUPPORT);
    return characters[fc];
}

void RPC_ENTRY NdrSimpleTypeMarshall(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                                     unsigned char FormatChar)
{
    ndr_marshal(message(pStubMsg), pMemory, format_of(FormatChar));
}

void RPC_ENTRY NdrSimpleTypeUnmarshall(PMIDL_STUB_MESSAGE pStubMsg, unsigned char *pMemory,
                                       unsigned char FormatChar)
{
    ndr_unmarshal(message(pStubMsg), &pMemory, format_of(FormatChar), 0);
}

unsigned char RPC_ENTRY NdrGetSimpleTypeBufferSize(unsigned char FormatChar);
unsigned char RPC_ENTRY NdrGetSimpleTypeMemorySize(unsigned char FormatChar);

/* The bytes of a base type on the wire, and in memory. RPC_S_CANNOT_SUPPORT */
unsigned char RPC_ENTRY NdrGetSimpleTypeBufferSize(unsigned char FormatChar)
{
    return (unsigned char)ndr_base_type(*format_of(FormatChar))->wire_least;
}

unsigned char RPC_ENTRY NdrGetSimpleTypeMemorySize(unsigned char FormatChar)
{
    return (unsigned char)ndr_base_type(*format_of(FormatChar))->memory_size;
}

/* ---- memory ---- */

void RPC_ENTRY NDRcopy(void *pTarget, void *pSource, unsigned int size);

/* What rpcndr.h's macros for arrays of octets call. */
void RPC_ENTRY NDRcopy(void *pTarget, void *pSource, unsigned int size)
{
    memmove(pTarget, pSource, size);
}

/* Memory from the stub's allocator that is freed if the call fails. RPC_S_OUT_OF_MEMORY */
void *RPC_ENTRY NdrAllocate(PMIDL_STUB_MESSAGE pStubMsg, size_t Len)
{
    void *block = ndr_allocate(message(pStubMsg), Len, 8);

    if (!block)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return block;
}
