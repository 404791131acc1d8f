/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registered authentication services: see auth_service.h. */
#include "server/auth_service.h"
#include "platform/memory.h"
#include "platform/trace.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct auth_service *services;

static WCHAR *copy_name(const WCHAR *name)
{
    size_t size = (wcslen(name) + 1) * sizeof(WCHAR);
    WCHAR *copy = rpc_alloc(size);

    return copy ? memcpy(copy, name, size) : NULL;
}

RPC_STATUS auth_service_default_name(ULONG service, WCHAR **name)
{
    const struct imports_secur32 *secur32 = imports_secur32();
    struct security_package package;
    ULONG chars = 0;

    /* "The default" has no name of its own. */
    if (service == RPC_C_AUTHN_DEFAULT || security_package_find(service, &package))
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    secur32->GetUserNameExW(NameSamCompatible, NULL, &chars);
    if (!(*name = rpc_alloc_zero((chars + 1) * sizeof(WCHAR))))
        return RPC_S_OUT_OF_MEMORY;
    if (secur32->GetUserNameExW(NameSamCompatible, *name, &chars))
        return RPC_S_OK;
    rpc_free(*name);
    return RPC_S_UNKNOWN_AUTHN_SERVICE;
}

static void destroy(struct auth_service *entry, bool has_credentials)
{
    if (has_credentials)
        imports_secur32()->FreeCredentialsHandle(&entry->credentials);
    rpc_free(entry->principal);
    rpc_free(entry);
}

static RPC_STATUS fill(struct auth_service *entry, const WCHAR *principal, ULONG service,
                       RPC_AUTH_KEY_RETRIEVAL_FN get_key, void *arg)
{
    RPC_STATUS status = security_package_find(service, &entry->package);
    SECURITY_STATUS acquired;
    TimeStamp expiry;

    if (status)
        return status;
    if (principal)
        entry->principal = copy_name(principal);
    else
        status = auth_service_default_name(entry->package.service, &entry->principal);
    if (status || !entry->principal)
        return status ? status : RPC_S_OUT_OF_MEMORY;
    acquired = imports_secur32()->AcquireCredentialsHandleW(NULL, entry->package.name, SECPKG_CRED_INBOUND, NULL, NULL,
                                                            (SEC_GET_KEY_FN)get_key, arg, &entry->credentials, &expiry);
    return acquired ? security_map_status(acquired) : RPC_S_OK;
}

/* Appends it, unless it is there already. */
static bool append(struct auth_service *entry)
{
    struct auth_service **last = &services;
    bool is_new = true;

    AcquireSRWLockExclusive(&lock);
    for (; *last; last = &(*last)->next) {
        if ((*last)->package.service == entry->package.service && !wcscmp((*last)->principal, entry->principal))
            is_new = false;
    }
    if (is_new)
        *last = entry;
    ReleaseSRWLockExclusive(&lock);
    return is_new;
}

RPC_STATUS auth_service_register(const WCHAR *principal, ULONG service, RPC_AUTH_KEY_RETRIEVAL_FN get_key, void *arg)
{
    struct auth_service *entry = rpc_alloc_zero(sizeof(*entry));
    RPC_STATUS status;

    if (!entry)
        return RPC_S_OUT_OF_MEMORY;
    status = fill(entry, principal, service, get_key, arg);
    if (status)
        destroy(entry, false);
    else if (!append(entry))
        destroy(entry, true);
    return status;
}

const struct auth_service *auth_service_find(ULONG service)
{
    const struct auth_service *entry;

    AcquireSRWLockShared(&lock);
    for (entry = services; entry && entry->package.service != service; entry = entry->next)
        ;
    ReleaseSRWLockShared(&lock);
    return entry;
}
