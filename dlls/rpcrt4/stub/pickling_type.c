/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization of types: see pickling.h. */
#include "ndr/correlation.h"
#include "ndr/extent.h"
#include "ndr/full_pointer.h"
#include "platform/memory.h"
#include "platform/seh.h"
#include "stub/message.h"
#include "stub/pickling.h"

enum {
    FC64_RP = 0x20,
    FC64_UP = 0x21,
    FC64_OP = 0x22,
    FC64_FP = 0x23,
};

#define PICKLING_INFO_VERSION 0x33205054 /* 'TP 3' */

/* Bits of MIDL_TYPE_PICKLING_FLAGS */
enum {
    PICKLING_OICF = 0x1,
    PICKLING_HAS_NEW_CORR_DESC = 0x2,
};

/* One object on its way into or out of a stream. */
struct type_walk {
    struct ndr_message msg;
    RPC_MESSAGE rpc;
    struct pickling *pickling;
    MIDL_STUB_DESC desc; /* with the routines of NDR64 */
    const struct pickling_type *type;
    const unsigned char *format; /* in the transfer syntax that has been chosen */
    void *object;
    struct pickle_position former; /* put back if the walk fails */
    void *saved;                   /* the object's octets, likewise */
    uint32_t saved_size;
    bool done;
};

void pickling_check_info(const MIDL_TYPE_PICKLING_INFO *info)
{
    if (!info || info->Version != PICKLING_INFO_VERSION)
        RpcRaiseException(RPC_X_WRONG_ES_VERSION);
}

static void begin(struct type_walk *walk, handle_t handle, const struct pickling_type *type,
                  void *object)
{
    if (!object)
        RpcRaiseException(RPC_X_NULL_REF_POINTER);
    memset(walk, 0, sizeof(*walk));
    walk->type = type;
    walk->object = object;
    walk->pickling = pickling_get(handle);
    walk->former = walk->pickling->stream.at;
    if (type->desc)
        stub_init_client(&walk->msg, &walk->rpc, type->desc, 0);
    walk->msg.RpcMsg = (struct ndr_rpc_message *)&walk->rpc;
    walk->msg.fIsOicf = (type->flags & PICKLING_OICF) != 0;
    walk->msg.fHasNewCorrDesc = (type->flags & PICKLING_HAS_NEW_CORR_DESC) != 0;
}

static bool is_primitive(const struct type_walk *walk)
{
    return walk->type->primitive != 0;
}

static void use_ndr64_routines(struct type_walk *walk)
{
    if (!walk->type->user64)
        return;
    walk->desc = *walk->type->desc;
    walk->desc.aUserMarshalQuadruple = walk->type->user64;
    walk->msg.StubDesc = (const struct ndr_stub_desc *)&walk->desc;
}

/* Chooses the syntax, and makes what its walkers need that has to be freed. Raises
 * RPC_S_UNSUPPORTED_TRANS_SYN. */
static void prepare(struct type_walk *walk, bool ndr64)
{
    if (is_primitive(walk))
        return;
    walk->format = ndr64 ? walk->type->ndr64 : walk->type->ndr20;
    if (!walk->format)
        RpcRaiseException(RPC_S_UNSUPPORTED_TRANS_SYN);
    if (ndr64) {
        walk->msg.uFlags |= NDR_MESSAGE_NDR64;
        use_ndr64_routines(walk);
    }
    ndr_correlation_begin(&walk->msg, walk->msg.fHasNewCorrDesc);
    walk->msg.FullPtrXlatTables = ndr_full_pointers_create(true);
    if (!walk->msg.FullPtrXlatTables)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
}

static bool encodes_ndr64(const struct type_walk *walk)
{
    return walk->pickling->stream.action == PICKLE_ENCODE_NDR64;
}

static void end(struct type_walk *walk)
{
    if (!is_primitive(walk)) {
        ndr_release_allocations(&walk->msg);
        ndr_correlation_end(&walk->msg);
        if (walk->msg.FullPtrXlatTables)
            ndr_full_pointers_free(walk->msg.FullPtrXlatTables);
    }
    if (!walk->done && walk->saved)
        memcpy(walk->object, walk->saved, walk->saved_size);
    if (!walk->done)
        walk->pickling->stream.at = walk->former;
    rpc_free(walk->saved);
    pickling_release(walk->pickling);
}

static bool is_pointer(const struct type_walk *walk)
{
    bool ndr64 = (walk->msg.uFlags & NDR_MESSAGE_NDR64) != 0;

    switch (walk->format[0]) {
    case FC_RP:
    case FC_UP:
    case FC_OP:
    case FC_FP:
        return !ndr64;
    case FC64_RP:
    case FC64_UP:
    case FC64_OP:
    case FC64_FP:
        return ndr64;
    }
    return false;
}

/* What the walkers take: a pointer is given as itself. */
static unsigned char *walker_object(const struct type_walk *walk)
{
    return is_pointer(walk) ? *(unsigned char **)walk->object : walk->object;
}

/* ---- encoding ---- */

static uint32_t object_length(struct type_walk *walk)
{
    if (is_primitive(walk))
        return walk->type->primitive;
    return ndr_end_of(&walk->msg, walker_object(walk), walk->format, 0);
}

static uint32_t stream_length(struct type_walk *walk, uint32_t length)
{
    uint32_t size = pickle_object_size(&walk->pickling->stream, length, is_primitive(walk));

    if (!size)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return size;
}

size_t pickling_type_size(handle_t handle, const struct pickling_type *type, void *object)
{
    struct type_walk walk;
    size_t size = 0;

    begin(&walk, handle, type, object);
    RpcTryFinally {
        prepare(&walk, encodes_ndr64(&walk));
        size = stream_length(&walk, object_length(&walk));
    }
    RpcFinally {
        end(&walk);
    }
    RpcEndFinally
    return size;
}

/* Returns the octets that are to be committed. */
static uint32_t fill(struct type_walk *walk, unsigned char *start, uint32_t size)
{
    struct pickle_stream *stream = &walk->pickling->stream;
    uint32_t headers = pickle_headers_size(stream, is_primitive(walk)), length;
    struct wire_syntax interface_id = pickling_interface(walk->type->desc);

    pickling_write(&walk->msg, &walk->rpc, start + headers, size - headers);
    if (is_primitive(walk)) {
        memcpy(walk->msg.Buffer, walk->object, walk->type->primitive);
        walk->msg.Buffer += walk->type->primitive;
    } else {
        ndr_marshal(&walk->msg, walker_object(walk), walk->format);
    }
    length = pickling_finish(&walk->msg, pickle_unit(pickle_version(stream)));
    pickle_put_headers(stream, start, length, is_primitive(walk), &interface_id);
    return headers + length;
}

static void encode(struct type_walk *walk)
{
    struct pickle_stream *stream = &walk->pickling->stream;
    struct pickle_memory memory = pickling_memory(&walk->msg);
    unsigned char *start;
    uint32_t size;

    if (!pickle_encodes(stream))
        RpcRaiseException(RPC_X_INVALID_ES_ACTION);
    prepare(walk, encodes_ndr64(walk));
    size = stream_length(walk, object_length(walk));
    pickling_check(pickle_reserve(stream, size, &memory, &start));
    size = fill(walk, start, size);
    pickle_commit(stream, size, &memory);
    walk->done = true;
}

void pickling_type_encode(handle_t handle, const struct pickling_type *type, void *object)
{
    struct type_walk walk;
    struct pickle_memory memory;

    begin(&walk, handle, type, object);
    memory = pickling_memory(&walk.msg);
    RpcTryFinally {
        encode(&walk);
    }
    RpcFinally {
        pickle_abandon(&walk.pickling->stream, &memory);
        end(&walk);
    }
    RpcEndFinally
}

/* ---- decoding ---- */

/* If the walk fails, what it has allocated is freed, so that nothing may point there: the object's
 * own octets are kept. Of an object whose size only the data tells they cannot be. */
static void save(struct type_walk *walk)
{
    const unsigned char *format = walk->format;

    if (is_pointer(walk))
        walk->saved_size = sizeof(void *);
    else if (ndr_has_pointers(&walk->msg, format) && ndr_has_fixed_size(&walk->msg, format))
        walk->saved_size = ndr_object_size(&walk->msg, format);
    if (!walk->saved_size)
        return;
    walk->saved = rpc_alloc(walk->saved_size);
    if (!walk->saved)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    memcpy(walk->saved, walk->object, walk->saved_size);
}

static void unmarshal(struct type_walk *walk, const struct pickle_data *data)
{
    unsigned char *object = walk->object;

    save(walk);
    pickling_read(&walk->msg, &walk->rpc, data);
    ndr_unmarshal(&walk->msg, is_pointer(walk) ? walk->object : &object, walk->format, 0);
    ndr_correlation_pass(&walk->msg);
    ndr_accept_allocations(&walk->msg);
}

static void read_primitive(struct type_walk *walk, const struct pickle_data *data)
{
    unsigned char *object = walk->object;
    uint32_t size = walk->type->primitive;

    for (uint32_t i = 0; i < size; i++)
        object[i] = data->start[data->big_endian ? size - 1 - i : i];
}

static void decode(struct type_walk *walk)
{
    struct pickle_stream *stream = &walk->pickling->stream;
    struct pickle_data data;

    if (pickle_encodes(stream))
        RpcRaiseException(RPC_X_INVALID_ES_ACTION);
    pickling_check(pickle_next_object(stream, walk->type->primitive, &data));
    prepare(walk, data.ndr64);
    if (is_primitive(walk))
        read_primitive(walk, &data);
    else
        unmarshal(walk, &data);
    walk->done = true;
}

void pickling_type_decode(handle_t handle, const struct pickling_type *type, void *object)
{
    struct type_walk walk;

    begin(&walk, handle, type, object);
    RpcTryFinally {
        decode(&walk);
    }
    RpcFinally {
        end(&walk);
    }
    RpcEndFinally
}

void pickling_type_free(handle_t handle, const struct pickling_type *type, void *object)
{
    struct type_walk walk;

    begin(&walk, handle, type, object);
    RpcTryFinally {
        prepare(&walk, !type->ndr20);
        ndr_free(&walk.msg, walker_object(&walk), walk.format);
    }
    RpcFinally {
        end(&walk);
    }
    RpcEndFinally
}
