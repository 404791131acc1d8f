/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of auth.idl: see auth_server.h. */
#include "auth_server.h"
#include "async_server.h"
#include "auth.h"
#include "test_package.h"

#include <sddl.h>

/* What mingw-w64's headers lack. */
RPC_STATUS WINAPI RpcServerRegisterIf3(RPC_IF_HANDLE, UUID *, RPC_MGR_EPV *, unsigned int, unsigned int, unsigned int,
                                       RPC_IF_CALLBACK_FN *, void *);

static volatile LONG callbacks;

void auth_object_uuid(enum auth_object object, UUID *uuid)
{
    *uuid = (UUID){0x6f1a4c10, 0x52a7, 0x4e6b, {0x9d, 0x0b, 0x2f, 0x6f, 0x1c, 0x7b, 0x5b, (unsigned char)object}};
}

/* ---- manager routines ---- */

static void take_name(WCHAR *to, const WCHAR *name)
{
    if (name)
        wcsncpy(to, name, NAME_CHARS - 1);
}

void server_auth_who(handle_t binding, auth_facts *facts)
{
    RPC_CALL_ATTRIBUTES_V1_W attributes = {
        .Version = 1,
        .Flags = RPC_QUERY_CLIENT_PRINCIPAL_NAME,
        .ClientPrincipalNameBufferLength = sizeof(facts->attributes_client),
        .ClientPrincipalName = facts->attributes_client,
    };
    RPC_AUTHZ_HANDLE client = NULL;
    RPC_WSTR server = NULL;

    memset(facts, 0, sizeof(*facts));
    facts->service = facts->level = facts->authz = ~0u;
    facts->status = RpcBindingInqAuthClientW(binding, &client, &server, &facts->level, &facts->service, &facts->authz);
    take_name(facts->client, client);
    take_name(facts->server, server);
    if (server)
        RpcStringFreeW(&server);
    facts->attributes_status = RpcServerInqCallAttributesW(NULL, &attributes);
    facts->attributes_service = attributes.AuthenticationService;
    facts->attributes_level = attributes.AuthenticationLevel;
    facts->callbacks = callbacks;
}

long server_auth_impersonate(handle_t binding, long *level)
{
    SECURITY_IMPERSONATION_LEVEL token_level;
    RPC_STATUS status = RpcImpersonateClient(binding);
    DWORD size;
    HANDLE token;

    *level = -1;
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        if (GetTokenInformation(token, TokenImpersonationLevel, &token_level, sizeof(token_level), &size))
            *level = token_level;
        CloseHandle(token);
    }
    if (!status && RpcRevertToSelf())
        *level = -2;
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        CloseHandle(token);
        *level = -3;
    }
    return status;
}

long server_auth_authorize(handle_t binding, long impersonate, long *impersonated)
{
    const LUID nobody = {0, 0}, somebody = {1, 0};
    void *context = NULL;
    HANDLE token;
    RPC_STATUS status;

    *impersonated = 0;
    if (RpcGetAuthorizationContextForClient(binding, FALSE, &context, NULL, nobody, 0, NULL, &context) !=
            ERROR_INVALID_PARAMETER ||
        RpcGetAuthorizationContextForClient(binding, FALSE, NULL, NULL, somebody, 0, NULL, &context) !=
            ERROR_INVALID_PARAMETER ||
        RpcGetAuthorizationContextForClient(binding, FALSE, NULL, NULL, nobody, 1, NULL, &context) !=
            ERROR_INVALID_PARAMETER)
        return -1;
    status = RpcGetAuthorizationContextForClient(binding, impersonate, NULL, NULL, nobody, 0, NULL, &context);
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        *impersonated = 1;
        CloseHandle(token);
        RpcRevertToSelf();
    }
    if (status)
        return status;
    if (!context || RpcFreeAuthorizationContext(&context) || context ||
        RpcFreeAuthorizationContext(&context) != ERROR_INVALID_PARAMETER)
        return -2;
    return RPC_S_OK;
}

void server_auth_echo(handle_t binding, long size, byte *buffer)
{
    for (long i = 0; i < size; i++)
        buffer[i] ^= 0xff;
}

long server_auth_contexts(handle_t binding)
{
    return (long)test_package_contexts();
}

/* ---- registrations ---- */

static RPC_STATUS CALLBACK not_mallory(RPC_IF_HANDLE interface_id, void *context)
{
    RPC_AUTHZ_HANDLE client = NULL;

    InterlockedIncrement(&callbacks);
    if (RpcBindingInqAuthClientW(context, &client, NULL, NULL, NULL, NULL) == RPC_S_OK && client &&
        !wcscmp(client, L"mallory"))
        return ERROR_ACCESS_DENIED;
    return RPC_S_OK;
}

static void must(RPC_STATUS status, const char *what)
{
    if (status == RPC_S_OK)
        return;
    printf("%s: %ld\n", what, status);
    ExitProcess(2);
}

static void add(enum auth_object object, unsigned flags, RPC_IF_CALLBACK_FN *callback, const WCHAR *descriptor)
{
    PSECURITY_DESCRIPTOR binary = NULL;
    UUID uuid;

    auth_object_uuid(object, &uuid);
    if (descriptor &&
        !ConvertStringSecurityDescriptorToSecurityDescriptorW(descriptor, SDDL_REVISION_1, &binary, NULL))
        must(GetLastError(), "ConvertStringSecurityDescriptorToSecurityDescriptor");
    if (object != AUTH_OPEN)
        must(RpcObjectSetType(&uuid, &uuid), "RpcObjectSetType");
    must(RpcServerRegisterIf3(server_auth_test_v1_0_s_ifspec, object == AUTH_OPEN ? NULL : &uuid, NULL,
                              flags | RPC_IF_AUTOLISTEN, RPC_C_LISTEN_MAX_CALLS_DEFAULT, (unsigned)-1, callback,
                              binary),
         "RpcServerRegisterIf3");
    LocalFree(binary);
}

void auth_server_register(void)
{
    static const ULONG services[] = {TEST_TWO_LEGS, TEST_THREE_LEGS, TEST_FOUR_LEGS, TEST_BROKEN};

    for (unsigned i = 0; i < ARRAYSIZE(services); i++)
        must(RpcServerRegisterAuthInfoW((RPC_WSTR)SERVER_NAME, services[i], NULL, NULL), "RpcServerRegisterAuthInfo");
    add(AUTH_OPEN, 0, NULL, NULL);
    add(AUTH_SECURE_ONLY, RPC_IF_ALLOW_SECURE_ONLY, NULL, NULL);
    add(AUTH_CALLBACK, 0, not_mallory, NULL);
    add(AUTH_CALLBACK_ALWAYS, RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH | RPC_IF_SEC_NO_CACHE, not_mallory, NULL);
    add(AUTH_FOR_USERS, 0, NULL, L"D:(A;;GR;;;WD)(D;;GA;;;AN)");
    add(AUTH_FOR_NOBODY, 0, NULL, L"D:(D;;GA;;;WD)");
    async_server_register();
}
