/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a call's client is. On ncalrpc the system vouches for it; elsewhere the connection's security
 * context does, or nobody. A named pipe's client can be impersonated, but counts as not
 * authenticated: Windows SDK, RpcBindingInqAuthClient, RpcImpersonateClient. Any thread may call,
 * and none of this needs a lock; names and tokens may block. */
#ifndef RPCRT4_SERVER_IDENTITY_H
#define RPCRT4_SERVER_IDENTITY_H

#include "server/call.h"

bool server_call_is_authenticated(const struct server_call *call);

struct server_identity {
    ULONG service, level;
    const WCHAR *server; /* the name that the server has registered; NULL: none */
};
/* RPC_S_BINDING_HAS_NO_AUTH */
RPC_STATUS server_call_identity(struct server_call *call, struct server_identity *identity);
/* The client's principal name, the connection's own; NULL where it is not told. */
const WCHAR *server_call_client_name(struct server_call *call);

/* The calling thread takes the client's identity. RPC_S_NO_CONTEXT_AVAILABLE: it is not known */
RPC_STATUS server_call_impersonate(struct server_call *call);
RPC_STATUS server_call_revert(struct server_call *call);

/* The client's token, for TOKEN_QUERY, to be closed; NULL and RPC_S_NO_CONTEXT_AVAILABLE: who cannot
 * be impersonated has none. */
RPC_STATUS server_call_token(struct server_call *call, HANDLE *token);

#endif
