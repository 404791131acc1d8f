/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization handles, and what types and procedures share: see pickling.h. */
#include "stub/pickling.h"
#include "platform/memory.h"

/* ---- handles ---- */

static void pickling_destroy(struct object *object)
{
    rpc_free(CONTAINER_OF(object, struct pickling, object));
}

struct pickling *pickling_from_handle(handle_t handle)
{
    struct object *object = handle_ref(handle, OBJECT_PICKLING);

    return object ? CONTAINER_OF(object, struct pickling, object) : NULL;
}

struct pickling *pickling_get(handle_t handle)
{
    struct pickling *pickling = pickling_from_handle(handle);

    if (!pickling)
        RpcRaiseException(RPC_S_INVALID_ARG);
    return pickling;
}

void pickling_release(struct pickling *pickling)
{
    object_release(&pickling->object);
}

RPC_STATUS pickling_create(const struct pickle_stream *stream, handle_t *handle)
{
    struct pickling *pickling = rpc_alloc_zero(sizeof(*pickling));

    if (!pickling)
        return RPC_S_OUT_OF_MEMORY;
    object_init(&pickling->object, OBJECT_PICKLING, pickling_destroy);
    pickling->stream = *stream;
    if (!handle_open(&pickling->object)) {
        pickling_release(pickling);
        return RPC_S_OUT_OF_MEMORY;
    }
    *handle = pickling->object.handle;
    return RPC_S_OK;
}

/* ---- messages ---- */

void pickling_check(uint32_t status)
{
    if (status)
        RpcRaiseException(status);
}

static void set_buffer(struct ndr_message *msg, RPC_MESSAGE *rpc, unsigned char *start,
                       uint32_t length)
{
    rpc->Buffer = start;
    rpc->BufferLength = msg->BufferLength = length;
    msg->Buffer = msg->BufferStart = start;
    msg->BufferEnd = start + length;
}

void pickling_write(struct ndr_message *msg, RPC_MESSAGE *rpc, unsigned char *start,
                    uint32_t length)
{
    set_buffer(msg, rpc, start, length);
}

void pickling_read(struct ndr_message *msg, RPC_MESSAGE *rpc, const struct pickle_data *data)
{
    rpc->DataRepresentation =
        data->big_endian ? NDR_BIG_ENDIAN : (ULONG)NDR_LOCAL_DATA_REPRESENTATION;
    set_buffer(msg, rpc, data->start, data->length);
    ndr_set_representation(msg, rpc->DataRepresentation);
}

uint32_t pickling_finish(struct ndr_message *msg, uint32_t unit)
{
    uint32_t used = (uint32_t)(msg->Buffer - msg->BufferStart);

    memset(msg->Buffer, 0, msg->BufferEnd - msg->Buffer);
    return (used + unit - 1) & ~(unit - 1);
}

struct pickle_memory pickling_memory(const struct ndr_message *msg)
{
    return (struct pickle_memory){ msg->pfnAllocate, msg->pfnFree };
}

struct wire_syntax pickling_interface(const MIDL_STUB_DESC *desc)
{
    const RPC_CLIENT_INTERFACE *client = desc->RpcInterfaceInformation;
    struct wire_syntax id = { .major = 0 };

    if (client)
        memcpy(&id, &client->InterfaceId, sizeof(id));
    return id;
}
