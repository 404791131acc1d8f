/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization handles. Sources: midles.h, and the SDK's "Serialization Handles" and
 * "Serialization Styles". */
#include "stub/pickling.h"

static RPC_STATUS create_incremental(enum pickle_action action, void *state, MIDL_ES_ALLOC alloc,
                                     MIDL_ES_WRITE write, MIDL_ES_READ read, handle_t *handle)
{
    struct pickle_stream stream = { .style = PICKLE_INCREMENTAL };
    RPC_STATUS status;

    if (!handle)
        return RPC_S_INVALID_ARG;
    status = pickle_set_incremental(&stream, action, state, alloc, write, read);
    return status ? status : pickling_create(&stream, handle);
}

static RPC_STATUS create_buffer(enum pickle_style style, enum pickle_action action, char **buffer,
                                ULONG size, ULONG *encoded_size, handle_t *handle)
{
    struct pickle_stream stream = { .style = style };
    RPC_STATUS status;

    if (!handle)
        return RPC_S_INVALID_ARG;
    status = pickle_set_buffer(&stream, style, action, buffer, size, (uint32_t *)encoded_size);
    return status ? status : pickling_create(&stream, handle);
}

/* A handle that encodes through the user's routines: AllocFn is asked for a buffer that is aligned
 * to 8 and large enough for one object or procedure, WriteFn gets it filled. RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_MEMORY */
RPC_STATUS RPC_ENTRY MesEncodeIncrementalHandleCreate(void *UserState, MIDL_ES_ALLOC AllocFn,
                                                      MIDL_ES_WRITE WriteFn, handle_t *pHandle)
{
    return create_incremental(PICKLE_ENCODE, UserState, AllocFn, WriteFn, NULL, pHandle);
}

/* A handle that decodes what ReadFn gives: as many octets as it is asked for, aligned to 8, valid
 * until the next time. RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY */
RPC_STATUS RPC_ENTRY MesDecodeIncrementalHandleCreate(void *UserState, MIDL_ES_READ ReadFn,
                                                      handle_t *pHandle)
{
    return create_incremental(PICKLE_DECODE, UserState, NULL, NULL, ReadFn, pHandle);
}

/* A handle that encodes into a buffer of the user's, which is aligned to 8; *pEncodedSize gets the
 * octets so far, after each object. RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY, RPC_X_INVALID_BUFFER
 * (misaligned) */
RPC_STATUS RPC_ENTRY MesEncodeFixedBufferHandleCreate(char *pBuffer, ULONG BufferSize,
                                                      ULONG *pEncodedSize, handle_t *pHandle)
{
    return create_buffer(PICKLE_FIXED_BUFFER, PICKLE_ENCODE, &pBuffer, BufferSize, pEncodedSize,
                         pHandle);
}

/* A handle that encodes into a buffer from the stub's allocator: *pBuffer and *pEncodedSize get it
 * and the octets so far, after each object; each time it is another buffer, and the former one is
 * freed. The last one is the caller's. RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY */
RPC_STATUS RPC_ENTRY MesEncodeDynBufferHandleCreate(char **pBuffer, ULONG *pEncodedSize,
                                                    handle_t *pHandle)
{
    return create_buffer(PICKLE_DYNAMIC_BUFFER, PICKLE_ENCODE, pBuffer, 0, pEncodedSize, pHandle);
}

/* A handle that decodes a buffer, which is aligned to 8 and stays the caller's. RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_MEMORY, RPC_X_INVALID_BUFFER (misaligned) */
RPC_STATUS RPC_ENTRY MesDecodeBufferHandleCreate(char *pBuffer, ULONG BufferSize,
                                                 handle_t *pHandle)
{
    return create_buffer(PICKLE_FIXED_BUFFER, PICKLE_DECODE, &pBuffer, BufferSize, NULL, pHandle);
}

/* ---- reuse ---- */

/* What is behind a handle of an incremental or a buffer style, with a reference for the caller; NULL
 * if it is none. */
static struct pickling *pickling_of(handle_t handle, bool incremental)
{
    struct pickling *pickling = pickling_from_handle(handle);

    if (pickling && (pickling->stream.style == PICKLE_INCREMENTAL) == incremental)
        return pickling;
    if (pickling)
        pickling_release(pickling);
    return NULL;
}

/* An incremental handle at its beginning, for any operation; what is NULL is as before.
 * RPC_S_INVALID_ARG also where a routine is missing that the operation needs. */
RPC_STATUS RPC_ENTRY MesIncrementalHandleReset(handle_t Handle, void *UserState,
                                               MIDL_ES_ALLOC AllocFn, MIDL_ES_WRITE WriteFn,
                                               MIDL_ES_READ ReadFn, MIDL_ES_CODE Operation)
{
    struct pickling *pickling = pickling_of(Handle, true);
    struct pickle_stream *stream;
    RPC_STATUS status;

    if (!pickling)
        return RPC_S_INVALID_ARG;
    stream = &pickling->stream;
    status = pickle_set_incremental(stream, (enum pickle_action)Operation,
                                    UserState ? UserState : stream->state,
                                    AllocFn ? AllocFn : stream->alloc,
                                    WriteFn ? WriteFn : stream->write,
                                    ReadFn ? ReadFn : stream->read);
    pickling_release(pickling);
    return status;
}

/* A handle of one of the buffer styles at its beginning, for any operation. *pBuffer is the buffer
 * (dynamic style: gets it, where the operation is an encoding one); MES_ENCODE_NDR64 needs one
 * aligned to 16. RPC_S_INVALID_ARG, RPC_X_INVALID_BUFFER (misaligned) */
RPC_STATUS RPC_ENTRY MesBufferHandleReset(handle_t Handle, ULONG HandleStyle,
                                          MIDL_ES_CODE Operation, char **pBuffer,
                                          ULONG BufferSize, ULONG *pEncodedSize)
{
    struct pickling *pickling = pickling_of(Handle, false);
    RPC_STATUS status;

    if (!pickling)
        return RPC_S_INVALID_ARG;
    status = pickle_set_buffer(&pickling->stream, (enum pickle_style)HandleStyle,
                               (enum pickle_action)Operation, pBuffer, BufferSize,
                               (uint32_t *)pEncodedSize);
    pickling_release(pickling);
    return status;
}

/* The handle's own memory; buffers are the user's. RPC_S_INVALID_ARG for what is no handle. */
RPC_STATUS RPC_ENTRY MesHandleFree(handle_t Handle)
{
    struct pickling *pickling = pickling_from_handle(Handle);
    bool closed;

    if (!pickling)
        return RPC_S_INVALID_ARG;
    closed = handle_close(&pickling->object);
    if (closed)
        pickling_release(pickling); /* the handle's creator's */
    pickling_release(pickling);
    return closed ? RPC_S_OK : RPC_S_INVALID_ARG;
}

/* ---- which procedure ---- */

static RPC_STATUS identify(struct pickle_stream *stream)
{
    struct pickle_position former = stream->at;
    RPC_STATUS status;

    if (pickle_encodes(stream))
        return stream->at.named ? RPC_S_OK : RPC_X_INVALID_ES_ACTION;
    status = pickle_peek_procedure(stream);
    if (status)
        stream->at = former;
    return status;
}

/* The interface and number of the procedure that has been encoded last, or that is to be decoded
 * next (for which an incremental handle's header is read now). RPC_S_INVALID_ARG,
 * RPC_X_INVALID_ES_ACTION (nothing encoded yet), RPC_X_WRONG_ES_VERSION (no procedure's encoding),
 * RPC_S_UNSUPPORTED_TRANS_SYN, RPC_X_INVALID_BUFFER (which the SDK's page calls
 * RPC_X_SS_INVALID_BUFFER) */
RPC_STATUS RPC_ENTRY MesInqProcEncodingId(handle_t Handle, PRPC_SYNTAX_IDENTIFIER pInterfaceId,
                                          ULONG *pProcNum)
{
    struct pickling *pickling = pickling_from_handle(Handle);
    RPC_STATUS status;

    if (!pickling)
        return RPC_S_INVALID_ARG;
    status = pInterfaceId && pProcNum ? identify(&pickling->stream) : RPC_S_INVALID_ARG;
    if (!status) {
        memcpy(pInterfaceId, &pickling->stream.at.procedure.interface_id, sizeof(*pInterfaceId));
        *pProcNum = pickling->stream.at.procedure.number;
    }
    pickling_release(pickling);
    return status;
}
