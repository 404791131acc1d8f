/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The procedures of auth.idl, with exceptions turned into their codes. */
#ifndef RPCRT4_TESTS_AUTH_CLIENT_H
#define RPCRT4_TESTS_AUTH_CLIENT_H

#include "rpc_fixture.h"
#include "auth.h"

/* RpcBindingSetAuthInfoW with an explicit identity. */
RPC_STATUS auth_set(RPC_BINDING_HANDLE binding, const char *user, const char *password, ULONG level, ULONG service);
RPC_STATUS auth_ask(RPC_BINDING_HANDLE binding, auth_facts *facts);
RPC_STATUS auth_try_impersonate(RPC_BINDING_HANDLE binding, LONG *level);
RPC_STATUS auth_try_authorize(RPC_BINDING_HANDLE binding, bool impersonate, LONG *impersonated);
LONG auth_count_contexts(RPC_BINDING_HANDLE binding);
/* Sends that many octets there and back, and checks them. */
void auth_check_echo(RPC_BINDING_HANDLE binding, LONG size);

#define assert_wide_equal(a, b)                                                                    \
    do {                                                                                           \
        if (wcscmp((const WCHAR *)(a), (const WCHAR *)(b)))                                        \
            fail_msg("\"%ls\" is not \"%ls\"", (const WCHAR *)(a), (const WCHAR *)(b));           \
    } while (0)

#endif
