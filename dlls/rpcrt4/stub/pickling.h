/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serialization of types and procedures ([encode], [decode]): the engine's walkers, and the
 * client's interpreter, over a stream (ndr/pickle_stream.h) instead of a call. Sources: the SDK's
 * "Serialization Services", [MS-RPCE] 2.2.6 and 2.2.7.
 *
 * What is raised: RPC_S_INVALID_ARG for what is no serialization handle; RPC_X_INVALID_ES_ACTION
 * for encoding with a decoding handle and the reverse, or a procedure that cannot;
 * RPC_X_INVALID_BUFFER for a buffer that is too small or misaligned, or data that ends too soon;
 * RPC_X_WRONG_ES_VERSION for data that does not begin as such data do; RPC_S_UNSUPPORTED_TRANS_SYN;
 * RPC_S_OUT_OF_MEMORY; RPC_X_NULL_REF_POINTER; and what the walkers raise (ndr/engine.h). After an
 * exception the handle is where it was before, as far as that depends on it and not on a user's
 * routine that has been called. */
#ifndef RPCRT4_STUB_PICKLING_H
#define RPCRT4_STUB_PICKLING_H

#include "ndr/engine.h"
#include "ndr/pickle_stream.h"
#include "platform/base.h"
#include "platform/handle.h"
#include "stub/client.h"

#include <midles.h>

struct pickling {
    struct object object; /* OBJECT_PICKLING */
    struct pickle_stream stream;
};

/* The object behind a handle, with a reference for the caller; NULL if it is no such handle. */
struct pickling *pickling_from_handle(handle_t handle);
/* The same; raises RPC_S_INVALID_ARG. */
struct pickling *pickling_get(handle_t handle);
void pickling_release(struct pickling *pickling);
/* A handle for a stream. RPC_S_OK or RPC_S_OUT_OF_MEMORY */
RPC_STATUS pickling_create(const struct pickle_stream *stream, handle_t *handle);

/* A type as a stub describes it, in one or both transfer syntaxes. */
struct pickling_type {
    const MIDL_STUB_DESC *desc;
    const unsigned char *ndr20, *ndr64; /* NULL: not in that one */
    const USER_MARSHAL_ROUTINE_QUADRUPLE *user64; /* NDR64's own [user_marshal] routines, or NULL */
    uint32_t flags;                               /* MIDL_TYPE_PICKLING_FLAGS */
    uint32_t primitive; /* of that many octets, without a description; 0: it is constructed */
};

/* Raises RPC_X_WRONG_ES_VERSION for a stub newer than the engine. */
void pickling_check_info(const MIDL_TYPE_PICKLING_INFO *info);
/* `object` is the address of an object of the type; of a pointer, if the type is one. */
size_t pickling_type_size(handle_t handle, const struct pickling_type *type, void *object);
void pickling_type_encode(handle_t handle, const struct pickling_type *type, void *object);
/* Embedded pointers of the object that are not null are used as in a client's [in, out] parameter.
 * After an exception the object's own octets are as before. */
void pickling_type_decode(handle_t handle, const struct pickling_type *type, void *object);
/* Frees what decoding allocated, of a pointer its referent as well. */
void pickling_type_free(handle_t handle, const struct pickling_type *type, void *object);

/* A procedure likewise: `procedure` of a format is NULL where it is not in that syntax. */
struct pickling_procedure {
    struct stub_format ndr20, ndr64;
};

/* An [encode] or [decode] procedure: its [in] parameters are encoded, its [out] parameters are
 * decoded, depending on the handle. Its return value is decoded where the procedure is only a
 * [decode] one; a procedure that can also encode has no place for it in what it encodes. Returns
 * the return value. Raises what is not mapped to a [comm_status] or [fault_status] parameter. */
uint64_t pickling_procedure(handle_t handle, const struct pickling_procedure *procedure,
                            unsigned char *args);

/* The walkers over a message without a call; the data's byte order is that of the machine until
 * pickling_read() says otherwise. */
void pickling_write(struct ndr_message *msg, RPC_MESSAGE *rpc, unsigned char *start,
                    uint32_t length);
void pickling_read(struct ndr_message *msg, RPC_MESSAGE *rpc, const struct pickle_data *data);
/* Zeroes what has not been written. Returns how much has been, in a multiple of units. */
uint32_t pickling_finish(struct ndr_message *msg, uint32_t unit);
void pickling_check(uint32_t status);
struct pickle_memory pickling_memory(const struct ndr_message *msg);
struct wire_syntax pickling_interface(const MIDL_STUB_DESC *desc);

#endif
