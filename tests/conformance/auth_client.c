/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calling auth.idl's server: see auth_client.h. */
#include "auth_client.h"

RPC_STATUS auth_set(RPC_BINDING_HANDLE binding, const char *user, const char *password, ULONG level, ULONG service)
{
    WCHAR wide_user[64], wide_password[64];
    SEC_WINNT_AUTH_IDENTITY_W identity = {
        .User = (unsigned short *)wide_user,
        .UserLength = (unsigned long)mbstowcs(wide_user, user, 64),
        .Password = (unsigned short *)wide_password,
        .PasswordLength = (unsigned long)mbstowcs(wide_password, password, 64),
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };

    return RpcBindingSetAuthInfoW(binding, NULL, level, service, &identity, RPC_C_AUTHZ_NONE);
}

RPC_STATUS auth_ask(RPC_BINDING_HANDLE binding, auth_facts *facts)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept {
        auth_who(binding, facts);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

RPC_STATUS auth_try_impersonate(RPC_BINDING_HANDLE binding, LONG *level)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept {
        status = auth_impersonate(binding, level);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

RPC_STATUS auth_try_authorize(RPC_BINDING_HANDLE binding, bool impersonate, LONG *impersonated)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept {
        status = auth_authorize(binding, impersonate, impersonated);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

LONG auth_count_contexts(RPC_BINDING_HANDLE binding)
{
    volatile LONG count = -1;

    RpcTryExcept {
        count = auth_contexts(binding);
    }
    RpcExcept(1) {
        count = -1;
    }
    RpcEndExcept
    return count;
}

void auth_check_echo(RPC_BINDING_HANDLE binding, LONG size)
{
    byte *buffer = malloc(size + 1);
    volatile RPC_STATUS status = RPC_S_OK;

    for (LONG i = 0; i < size; i++)
        buffer[i] = (byte)(i * 7 + (i >> 8));
    RpcTryExcept {
        auth_echo(binding, size, buffer);
    }
    RpcExcept(1) {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status)
        fail_msg("an echo of %ld octets: status %ld", size, status);
    for (LONG i = 0; i < size; i++) {
        if (buffer[i] != (byte)~(i * 7 + (i >> 8)))
            fail_msg("octet %ld of %ld is wrong", i, size);
    }
    free(buffer);
}
