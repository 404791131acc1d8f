/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binding handles as callers pass them: a client's binding or a server's call. */
#ifndef RPCRT4_API_BINDING_H
#define RPCRT4_API_BINDING_H

#include "client/binding.h"
#include "server/call.h"

/* The binding behind a client binding handle, referenced. RPC_S_INVALID_BINDING, or
 * RPC_S_WRONG_KIND_OF_BINDING for a server's. */
RPC_STATUS client_binding_of(RPC_BINDING_HANDLE handle, struct binding **binding);
/* The call behind a server binding handle (NULL: this thread's call), referenced.
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING for a client's, RPC_S_NO_CALL_ACTIVE. */
RPC_STATUS server_binding_of(RPC_BINDING_HANDLE handle, struct server_call **call);

#endif
