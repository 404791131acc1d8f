/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client binding handles: what a caller said about a server, and the association that its calls
 * use.
 *
 * Owns the strings and options; shares the association. Any thread may call; `lock` guards every
 * field that RpcBinding… functions can change, and is never held while something blocks or runs
 * user code. */
#ifndef RPCRT4_CLIENT_BINDING_H
#define RPCRT4_CLIENT_BINDING_H

#include "client/association.h"
#include "platform/base.h"
#include "platform/handle.h"
#include "security/auth_info.h"
#include "transport/transport.h"

#define BINDING_OPTIONS 24 /* indices of RpcBindingSetOption: RPC_C_OPT_* */

struct binding {
    struct object object; /* OBJECT_BINDING */
    const struct transport *transport;

    SRWLOCK lock;
    UUID object_uuid;
    WCHAR *network_addr; /* these three are never NULL */
    WCHAR *endpoint;     /* "": to be resolved */
    WCHAR *options;
    bool endpoint_was_resolved; /* not the caller's: RpcBindingReset takes it away */
    ULONG com_timeout;
    ULONG_PTR option[BINDING_OPTIONS];
    struct auth_info *auth; /* NULL: calls are not authenticated */
    struct association *association; /* NULL until the first call */
    struct list unresolved; /* asynchronous calls that wait for the endpoint, in order: client/call.c */
    bool resolving;
};

/* Parts may be NULL for absent. Errors: RPC_S_INVALID_RPC_PROTSEQ, RPC_S_PROTSEQ_NOT_SUPPORTED,
 * RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_OUT_OF_MEMORY. On success the binding has a handle. */
RPC_STATUS binding_create(const WCHAR *protseq, const WCHAR *network_addr, const WCHAR *endpoint, const WCHAR *options,
                          const UUID *object_uuid, struct binding **binding);
/* Another binding handle to the same server, with the same options, on the same association. */
RPC_STATUS binding_copy(struct binding *source, struct binding **copy);
/* The binding behind a handle, referenced; NULL if it is none. */
struct binding *binding_from_handle(RPC_BINDING_HANDLE handle);
void binding_release(struct binding *binding);

/* RpcBindingReset: forgets the endpoint and the association. */
RPC_STATUS binding_reset(struct binding *binding);
/* RpcBindingUnbind: leaves the association, until the next call. */
void binding_leave(struct binding *binding);
bool binding_has_endpoint(struct binding *binding);
/* Gives a partially bound binding its endpoint; nothing happens if it has one. */
RPC_STATUS binding_set_endpoint(struct binding *binding, const WCHAR *endpoint);
/* The association for the binding's calls, made or found; the binding keeps its use of it, the
 * caller gets a reference. */
RPC_STATUS binding_get_association(struct binding *binding, struct association **association);
/* How later calls are authenticated: takes over the reference; NULL: not at all. */
void binding_set_auth(struct binding *binding, struct auth_info *auth);
/* Referenced, or NULL. */
struct auth_info *binding_get_auth(struct binding *binding);
/* How long connecting may take, from RpcMgmtSetComTimeout. ms, or INFINITE. */
DWORD binding_connect_timeout(struct binding *binding);
/* RPC_C_OPT_CALL_TIMEOUT: ms, or INFINITE where it was not set. */
DWORD binding_call_timeout(struct binding *binding);
bool binding_is_noncausal(struct binding *binding);

/* Finds the endpoint of a partially bound binding: in the interface's own list, then in the
 * endpoint map of the server's machine, with calls of its own; may block. EPT_S_NOT_REGISTERED,
 * RPC_S_SERVER_UNAVAILABLE (no endpoint mapper), RPC_S_INVALID_ENDPOINT_FORMAT,
 * RPC_S_OUT_OF_MEMORY, and what a call can fail with. client/resolve.c */
RPC_STATUS binding_resolve(struct binding *binding, const RPC_CLIENT_INTERFACE *iface);

#endif
