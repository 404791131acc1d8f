/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a client's calls are to be authenticated: what RpcBindingSetAuthInfoEx was told, with the
 * credentials that it acquired at that moment. Immutable and reference-counted: the binding, its
 * copies, and the calls and connections that use it share one. */
#ifndef RPCRT4_SECURITY_AUTH_INFO_H
#define RPCRT4_SECURITY_AUTH_INFO_H

#include "security/package.h"

struct auth_info {
    LONG refs;
    struct security_package package;
    ULONG level; /* at least RPC_C_AUTHN_LEVEL_CONNECT */
    ULONG authz;
    WCHAR *principal; /* NULL: any */
    RPC_AUTH_IDENTITY_HANDLE identity; /* the caller's, to be told on request; never looked at again */
    RPC_SECURITY_QOS qos;              /* the members of version 1 */
    LUID logon;                        /* whose credentials they are, if there is no identity */
    bool has_credentials;
    CredHandle credentials;
};

struct auth_info_args {
    const WCHAR *principal;
    ULONG level, service, authz;
    RPC_AUTH_IDENTITY_HANDLE identity;
    const RPC_SECURITY_QOS *qos; /* NULL: the defaults */
    bool is_local_call; /* ncalrpc: the system vouches for the client, unless it gives an identity */
};

/* Acquires the credentials; may block. RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_UNKNOWN_AUTHN_LEVEL,
 * RPC_S_INVALID_AUTH_IDENTITY, RPC_S_SEC_PKG_ERROR, RPC_S_INVALID_ARG (qos), RPC_S_OUT_OF_MEMORY */
RPC_STATUS auth_info_create(const struct auth_info_args *args, struct auth_info **info);
/* NULL is allowed for all of these. */
void auth_info_addref(struct auth_info *info);
void auth_info_release(struct auth_info *info);

/* May a call of one go over a connection of the other? Explicit identities are not compared, since
 * no password is kept: only bindings copied from each other share those. */
bool auth_info_alike(const struct auth_info *a, const struct auth_info *b);
static inline bool auth_info_equal(const struct auth_info *a, const struct auth_info *b)
{
    return a == b || auth_info_alike(a, b);
}

#endif
