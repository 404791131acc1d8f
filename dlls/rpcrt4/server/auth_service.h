/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The authentication services that this process offers its clients: RpcServerRegisterAuthInfo.
 * Process-wide, until the process ends; one lock guards the list, and nothing blocks under it. */
#ifndef RPCRT4_SERVER_AUTH_SERVICE_H
#define RPCRT4_SERVER_AUTH_SERVICE_H

#include "security/package.h"

struct auth_service {
    struct auth_service *next;
    struct security_package package;
    CredHandle credentials;
    WCHAR *principal; /* never NULL */
};

/* principal: NULL for the process's own name. A service may have several; the first one counts. May
 * block. RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_SEC_PKG_ERROR, RPC_S_OUT_OF_MEMORY */
RPC_STATUS auth_service_register(const WCHAR *principal, ULONG service, RPC_AUTH_KEY_RETRIEVAL_FN get_key, void *arg);
/* The first one of that service; it lives on. NULL: there is none. */
const struct auth_service *auth_service_find(ULONG service);
/* The name under which a server is known to the service if it says no other: the user's, for all
 * packages there are. For rpc_free(). RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_OUT_OF_MEMORY */
RPC_STATUS auth_service_default_name(ULONG service, WCHAR **name);

#endif
