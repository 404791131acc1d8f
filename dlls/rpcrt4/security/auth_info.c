/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's authentication settings: see auth_info.h. Windows SDK, RpcBindingSetAuthInfoEx,
 * SEC_WINNT_AUTH_IDENTITY, RPC_SECURITY_QOS. */
#include "security/auth_info.h"
#include "platform/memory.h"
#include "platform/trace.h"

/* ---- explicit identities ---- */

/* User, domain and password, as 16-bit characters. */
struct identity {
    SEC_WINNT_AUTH_IDENTITY_W wide;
    WCHAR *text[3];
};

/* Any of the four structures that can be behind the handle, as one. */
struct identity_parts {
    const void *text[3];
    ULONG length[3]; /* characters */
    ULONG flags;
};

static void read_identity(const void *handle, struct identity_parts *parts)
{
    const SEC_WINNT_AUTH_IDENTITY_EXW *extended = handle;
    const SEC_WINNT_AUTH_IDENTITY_W *plain = handle;

    if (extended->Version == SEC_WINNT_AUTH_IDENTITY_VERSION && extended->Length == sizeof(*extended)) {
        *parts = (struct identity_parts){{extended->User, extended->Domain, extended->Password},
                                         {extended->UserLength, extended->DomainLength, extended->PasswordLength},
                                         extended->Flags};
        return;
    }
    *parts = (struct identity_parts){{plain->User, plain->Domain, plain->Password},
                                     {plain->UserLength, plain->DomainLength, plain->PasswordLength},
                                     plain->Flags};
}

static void wipe(WCHAR *text)
{
    if (text)
        SecureZeroMemory(text, wcslen(text) * sizeof(*text));
    rpc_free(text);
}

static void identity_free(struct identity *identity)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(identity->text); i++)
        wipe(identity->text[i]);
}

#define LONGEST_PART 32767 /* characters: what a UNICODE_STRING holds */

/* A string of the identity, NUL-terminated; NULL for none. */
static RPC_STATUS copy_part(const void *text, ULONG length, bool is_wide, WCHAR **copy)
{
    int chars = (int)length;

    *copy = NULL;
    if (!text)
        return length ? RPC_S_INVALID_AUTH_IDENTITY : RPC_S_OK;
    if (length > LONGEST_PART)
        return RPC_S_INVALID_AUTH_IDENTITY;
    if (!is_wide && length)
        chars = MultiByteToWideChar(CP_ACP, 0, text, (int)length, NULL, 0);
    if (!(*copy = rpc_alloc_zero(((size_t)chars + 1) * sizeof(WCHAR))))
        return RPC_S_OUT_OF_MEMORY;
    if (is_wide)
        memcpy(*copy, text, length * sizeof(WCHAR));
    else if (length)
        MultiByteToWideChar(CP_ACP, 0, text, (int)length, *copy, chars);
    return RPC_S_OK;
}

static RPC_STATUS identity_copy(const void *handle, struct identity *identity)
{
    struct identity_parts parts;
    bool is_wide;
    RPC_STATUS status = RPC_S_OK;

    read_identity(handle, &parts);
    is_wide = parts.flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;
    if (!is_wide && !(parts.flags & SEC_WINNT_AUTH_IDENTITY_ANSI))
        return RPC_S_INVALID_AUTH_IDENTITY;
    for (unsigned i = 0; i < ARRAY_LENGTH(identity->text) && !status; i++)
        status = copy_part(parts.text[i], parts.length[i], is_wide, &identity->text[i]);
    if (status)
        return status;
    identity->wide = (SEC_WINNT_AUTH_IDENTITY_W){
        .User = identity->text[0],
        .UserLength = identity->text[0] ? wcslen(identity->text[0]) : 0,
        .Domain = identity->text[1],
        .DomainLength = identity->text[1] ? wcslen(identity->text[1]) : 0,
        .Password = identity->text[2],
        .PasswordLength = identity->text[2] ? wcslen(identity->text[2]) : 0,
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };
    return RPC_S_OK;
}

/* The structure behind the handle is the package's own affair, except where SDK's page of
 * RpcBindingSetAuthInfo says that it is a SEC_WINNT_AUTH_IDENTITY. */
static bool has_common_identity(ULONG service)
{
    return service == RPC_C_AUTHN_WINNT || service == RPC_C_AUTHN_GSS_NEGOTIATE ||
           service == RPC_C_AUTHN_GSS_KERBEROS || service == RPC_C_AUTHN_DIGEST;
}

/* ---- credentials ---- */

static RPC_STATUS acquire(struct auth_info *info, void *identity)
{
    const struct imports_secur32 *secur32 = imports_secur32();
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (!secur32)
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    status = secur32->AcquireCredentialsHandleW(NULL, info->package.name, SECPKG_CRED_OUTBOUND, NULL, identity, NULL,
                                                NULL, &info->credentials, &expiry);
    info->has_credentials = !status;
    return security_map_status(status);
}

static RPC_STATUS acquire_for(struct auth_info *info, RPC_AUTH_IDENTITY_HANDLE handle)
{
    struct identity identity = {0};
    RPC_STATUS status;

    if (!handle || !has_common_identity(info->package.service))
        return acquire(info, handle);
    status = identity_copy(handle, &identity);
    if (!status)
        status = acquire(info, &identity.wide);
    identity_free(&identity);
    return status;
}

/* Who is logged on: the thread, if it impersonates somebody, else the process. */
static bool current_logon(LUID *logon)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    TOKEN_STATISTICS statistics;
    DWORD size;
    HANDLE token;
    bool ok;

    if (!advapi32)
        return false;
    if (!advapi32->OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token) &&
        !advapi32->OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    ok = advapi32->GetTokenInformation(token, TokenStatistics, &statistics, sizeof(statistics), &size);
    if (ok)
        *logon = statistics.AuthenticationId;
    CloseHandle(token);
    return ok;
}

/* ---- the object ---- */

static void set_qos(struct auth_info *info, const RPC_SECURITY_QOS *qos)
{
    info->qos = (RPC_SECURITY_QOS){
        .Version = RPC_C_SECURITY_QOS_VERSION,
        .Capabilities = qos ? qos->Capabilities : RPC_C_QOS_CAPABILITIES_DEFAULT,
        .IdentityTracking = qos ? qos->IdentityTracking : RPC_C_QOS_IDENTITY_STATIC,
        .ImpersonationType = qos ? qos->ImpersonationType : RPC_C_IMP_LEVEL_DEFAULT,
    };
}

static bool qos_is_valid(const RPC_SECURITY_QOS *qos)
{
    return !qos || (qos->Version >= 1 && qos->Version <= 5 && qos->ImpersonationType <= RPC_C_IMP_LEVEL_DELEGATE &&
                    qos->IdentityTracking <= RPC_C_QOS_IDENTITY_DYNAMIC);
}

static RPC_STATUS find_package(const struct auth_info_args *args, struct auth_info *info)
{
    ULONG service = args->service == RPC_C_AUTHN_DEFAULT ? RPC_C_AUTHN_WINNT : args->service;

    if (!args->is_local_call || args->identity || service != RPC_C_AUTHN_WINNT)
        return security_package_find(service, &info->package);
    info->package.service = service; /* no package has a part in it */
    return RPC_S_OK;
}

static RPC_STATUS fill(struct auth_info *info, const struct auth_info_args *args)
{
    RPC_STATUS status = find_package(args, info);

    if (!status)
        status = security_level(info->package.service, args->level, &info->level);
    if (!status && info->package.name[0])
        status = acquire_for(info, args->identity);
    if (status)
        return status;
    if (args->principal) {
        size_t size = (wcslen(args->principal) + 1) * sizeof(WCHAR);

        if (!(info->principal = rpc_alloc(size)))
            return RPC_S_OUT_OF_MEMORY;
        memcpy(info->principal, args->principal, size);
    }
    info->authz = args->authz;
    info->identity = args->identity;
    set_qos(info, args->qos);
    return args->identity || current_logon(&info->logon) ? RPC_S_OK : RPC_S_SEC_PKG_ERROR;
}

RPC_STATUS auth_info_create(const struct auth_info_args *args, struct auth_info **result)
{
    struct auth_info *info;
    RPC_STATUS status;

    if (!qos_is_valid(args->qos))
        return RPC_S_INVALID_ARG;
    if (!(info = rpc_alloc_zero(sizeof(*info))))
        return RPC_S_OUT_OF_MEMORY;
    info->refs = 1;
    status = fill(info, args);
    if (status)
        auth_info_release(info);
    else
        *result = info;
    return status;
}

void auth_info_addref(struct auth_info *info)
{
    if (info)
        InterlockedIncrement(&info->refs);
}

void auth_info_release(struct auth_info *info)
{
    if (!info || InterlockedDecrement(&info->refs))
        return;
    if (info->has_credentials)
        imports_secur32()->FreeCredentialsHandle(&info->credentials);
    rpc_free(info->principal);
    rpc_free(info);
}

static bool same_text(const WCHAR *a, const WCHAR *b)
{
    return a && b ? !wcscmp(a, b) : a == b;
}

bool auth_info_alike(const struct auth_info *a, const struct auth_info *b)
{
    if (!a || !b || a->identity || b->identity)
        return false;
    return a->package.service == b->package.service && a->level == b->level &&
           !memcmp(&a->logon, &b->logon, sizeof(a->logon)) && !memcmp(&a->qos, &b->qos, sizeof(a->qos)) &&
           same_text(a->principal, b->principal);
}
