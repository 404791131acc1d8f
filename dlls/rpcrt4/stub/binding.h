/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which binding handle a client's call uses: one of its arguments, a variable of the stub, or what
 * a generic handle's routine makes of either. Source: the SDK's "Handles" (RPC NDR Format Strings)
 * and "handle attribute" (MIDL). */
#ifndef RPCRT4_STUB_BINDING_H
#define RPCRT4_STUB_BINDING_H

#include "platform/base.h"
#include "stub/procedure.h"

struct stub_binding {
    RPC_BINDING_HANDLE handle;
    GENERIC_UNBIND_ROUTINE unbind; /* NULL: nothing to undo */
    void *generic;                 /* the generic handle's value */
};

/* Calls a generic handle's bind routine. Raises RPC_S_INVALID_BINDING where that fails, or the only
 * handle is an [out] context; RPC_S_NAME_SERVICE_UNAVAILABLE for an automatic handle that has not
 * been set (there is no name service to find a server), RPC_S_NO_CALL_ACTIVE for a callback handle
 * outside a call, and what context_client_binding() raises. */
void stub_bind(struct stub_binding *binding, const struct stub_proc *proc,
               const unsigned char *args);
/* Calls the unbind routine, once; harmless where nothing was bound. */
void stub_unbind(struct stub_binding *binding);

#endif
