/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which type an object UUID has, and so which manager serves its calls: RpcObjectSetType and
 * RpcObjectSetInqFn. */
#ifndef RPCRT4_SERVER_OBJECT_TYPE_H
#define RPCRT4_SERVER_OBJECT_TYPE_H

#include "platform/base.h"

/* A nil (or NULL) type takes the object's away. RPC_S_ALREADY_REGISTERED, RPC_S_INVALID_OBJECT,
 * RPC_S_OUT_OF_MEMORY */
RPC_STATUS object_type_set(const UUID *object, const UUID *type);
/* RpcObjectInqType: RPC_S_OBJECT_NOT_FOUND, and nil. May call the inquiry function. */
RPC_STATUS object_type_inquire(const UUID *object, UUID *type);
/* The type that selects the manager of a call: nil for the nil object and for unknown ones. */
void object_type_of(const UUID *object, UUID *type);
void object_type_set_inquiry(RPC_OBJECT_INQ_FN *function);

#endif
