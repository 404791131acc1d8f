/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doors to what the NDR engine keeps for a whole call: correlation checks, full pointers, and the
 * conversion of a buffer from another representation. For stubs that were compiled inline (-Os). */
#include "platform/base.h"

#include "ndr/engine.h"
#include "ndr/format.h"

static struct ndr_message *message(PMIDL_STUB_MESSAGE msg)
{
    return (struct ndr_message *)msg;
}

/* ---- correlation ---- */

/* From here on the call's correlation descriptors are /robust ones. The stub's own memory for them
 * is not needed. RPC_S_OUT_OF_MEMORY */
void RPC_ENTRY NdrCorrelationInitialize(PMIDL_STUB_MESSAGE pStubMsg, void *pMemory, ULONG CacheSize,
                                        ULONG flags)
{
    message(pStubMsg)->fHasNewCorrDesc = 1;
    ndr_correlation_begin(message(pStubMsg), true);
}

/* All parameters have been unmarshalled. RPC_X_BAD_STUB_DATA if sizes and lengths contradict each
 * other. */
void RPC_ENTRY NdrCorrelationPass(PMIDL_STUB_MESSAGE pStubMsg)
{
    ndr_correlation_pass(message(pStubMsg));
}

void RPC_ENTRY NdrCorrelationFree(PMIDL_STUB_MESSAGE pStubMsg)
{
    ndr_correlation_end(message(pStubMsg));
}

/* ---- full pointers ---- */

static struct ndr_full_pointers *table_of(PFULL_PTR_XLAT_TABLES tables)
{
    return (struct ndr_full_pointers *)tables;
}

static void raise_unless(bool success)
{
    if (!success)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
}

/* RPC_S_OUT_OF_MEMORY */
PFULL_PTR_XLAT_TABLES RPC_ENTRY NdrFullPointerXlatInit(ULONG NumberOfPointers, XLAT_SIDE XlatSide)
{
    struct ndr_full_pointers *table = ndr_full_pointers_create(XlatSide == XLAT_CLIENT);

    raise_unless(table != NULL);
    return (PFULL_PTR_XLAT_TABLES)table;
}

void RPC_ENTRY NdrFullPointerXlatFree(PFULL_PTR_XLAT_TABLES pXlatTables)
{
    ndr_full_pointers_free(table_of(pXlatTables));
}

/* The id of a pointer, a new one if it has none; whether QueryType has been asked of it before. A
 * null pointer has id 0 and is always done. */
int RPC_ENTRY NdrFullPointerQueryPointer(PFULL_PTR_XLAT_TABLES pXlatTables, void *pPointer,
                                         unsigned char QueryType, ULONG *pRefId)
{
    uint32_t id = 0;
    bool done = true;

    if (pPointer)
        raise_unless(
            ndr_full_pointers_by_pointer(table_of(pXlatTables), pPointer, QueryType, &id, &done));
    *pRefId = id;
    return done;
}

/* The pointer of an id, or NULL, likewise. */
int RPC_ENTRY NdrFullPointerQueryRefId(PFULL_PTR_XLAT_TABLES pXlatTables, ULONG RefId,
                                       unsigned char QueryType, void **ppPointer)
{
    bool done = true;

    *ppPointer = NULL;
    if (RefId)
        raise_unless(
            ndr_full_pointers_by_id(table_of(pXlatTables), RefId, QueryType, ppPointer, &done));
    return done;
}

void RPC_ENTRY NdrFullPointerInsertRefId(PFULL_PTR_XLAT_TABLES pXlatTables, ULONG RefId,
                                         void *pPointer)
{
    raise_unless(ndr_full_pointers_insert(table_of(pXlatTables), RefId, pPointer));
}

/* Whether a pointer's object is to be freed now: the first time that this is asked. */
int RPC_ENTRY NdrFullPointerFree(PFULL_PTR_XLAT_TABLES pXlatTables, void *Pointer)
{
    uint32_t id;
    bool done = false;

    if (Pointer)
        raise_unless(ndr_full_pointers_by_pointer(table_of(pXlatTables), Pointer, NDR_FULL_FREED,
                                                  &id, &done));
    return !done;
}

/* ---- conversion ---- */

#define PARAM_SIZE 6 /* of an -Oif parameter descriptor: attributes<2>, stack offset<2>, type<2> \
                      */
#define PARAM_IN        0x0008
#define PARAM_OUT       0x0010
#define PARAM_BASE_TYPE 0x0040

static uint16_t format_u16(const unsigned char *format)
{
    return (uint16_t)(format[0] | format[1] << 8);
}

/* Whether the buffer has to be converted. RPC_S_CANNOT_SUPPORT for a representation that C706 does
 * not know. */
static bool is_foreign(struct ndr_message *msg)
{
    ndr_set_representation(msg, msg->RpcMsg->DataRepresentation);
    return msg->uFlags & NDR_MESSAGE_FOREIGN;
}

static void converted(struct ndr_message *msg, unsigned char *start)
{
    msg->Buffer = start;
    msg->RpcMsg->DataRepresentation = NDR_REPRESENTATION_LOCAL;
    ndr_set_representation(msg, NDR_REPRESENTATION_LOCAL);
}

/* Turns the parameters that are in the buffer into our representation (byte order, characters,
 * floating-point numbers), in place; pFormat is at their -Oif
 * descriptors. What a client receives are [out] parameters and the return value, what a server
 * receives are [in] parameters. Raises what unmarshalling them would. */
void RPC_ENTRY NdrConvert2(PMIDL_STUB_MESSAGE pStubMsg, PFORMAT_STRING pFormat, LONG NumberParams)
{
    struct ndr_message *msg = message(pStubMsg);
    unsigned char *start = msg->Buffer;
    uint16_t attributes, wanted = msg->IsClient ? PARAM_OUT : PARAM_IN;

    if (!is_foreign(msg))
        return;
    for (; NumberParams > 0; NumberParams--, pFormat += PARAM_SIZE) {
        attributes = format_u16(pFormat);
        if (!(attributes & wanted))
            continue;
        if (attributes & PARAM_BASE_TYPE)
            ndr_convert(msg, pFormat + 4);
        else
            ndr_convert(msg, msg->StubDesc->pFormatTypes + format_u16(pFormat + 4));
    }
    converted(msg, start);
}

/* One of the old descriptors: a base type's is direction<1>, type<1>, another's direction<1>, stack
 * size<1>, type<2>. */
static PFORMAT_STRING convert_old_param(struct ndr_message *msg, PFORMAT_STRING format)
{
    bool in = *format <= NDR_FC_IN_OUT_PARAM, out = *format >= NDR_FC_IN_OUT_PARAM;
    bool wanted = msg->IsClient ? out : in;

    if (*format == NDR_FC_IN_PARAM_BASETYPE || *format == NDR_FC_RETURN_PARAM_BASETYPE) {
        if (wanted)
            ndr_convert(msg, format + 1);
        return format + 2;
    }
    if (wanted)
        ndr_convert(msg, msg->StubDesc->pFormatTypes + format_u16(format + 2));
    return format + 4;
}

/* The same for the descriptors of old stubs, which end with FC_END or after the return value. */
void RPC_ENTRY NdrConvert(PMIDL_STUB_MESSAGE pStubMsg, PFORMAT_STRING pFormat)
{
    struct ndr_message *msg = message(pStubMsg);
    unsigned char *start = msg->Buffer;
    bool last = false;

    if (!is_foreign(msg))
        return;
    while (!last && *pFormat >= NDR_FC_IN_PARAM && *pFormat <= NDR_FC_RETURN_PARAM_BASETYPE) {
        last = *pFormat >= NDR_FC_RETURN_PARAM;
        pFormat = convert_old_param(msg, pFormat);
    }
    converted(msg, start);
}
