/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security packages: see package.h. */
#include "security/package.h"
#include "platform/trace.h"
#include "wire/pdu.h"

/* Beside a token, a PDU has a header, its body and the trailer's head. */
#define LARGEST_TOKEN (PDU_MAX_FRAGMENT - 4096)

static bool take(const SecPkgInfoW *info, struct security_package *package)
{
    if (info->wRPCID != package->service || lstrlenW(info->Name) >= (int)ARRAY_LENGTH(package->name))
        return false;
    lstrcpyW(package->name, info->Name);
    package->max_token = info->cbMaxToken < LARGEST_TOKEN ? info->cbMaxToken : LARGEST_TOKEN;
    return true;
}

RPC_STATUS security_package_find(ULONG service, struct security_package *package)
{
    const struct imports_secur32 *secur32 = imports_secur32();
    SecPkgInfoW *packages;
    bool found = false;
    ULONG count;

    package->service = service == RPC_C_AUTHN_DEFAULT ? RPC_C_AUTHN_WINNT : service;
    if (!secur32 || secur32->EnumerateSecurityPackagesW(&count, &packages))
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    for (ULONG i = 0; i < count && !found; i++)
        found = take(&packages[i], package);
    secur32->FreeContextBuffer(packages);
    return found ? RPC_S_OK : RPC_S_UNKNOWN_AUTHN_SERVICE;
}

RPC_STATUS security_level(ULONG service, ULONG asked, ULONG *level)
{
    if (asked > RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        return RPC_S_UNKNOWN_AUTHN_LEVEL;
    *level = asked;
    if (asked == RPC_C_AUTHN_LEVEL_DEFAULT)
        *level = service == RPC_C_AUTHN_GSS_SCHANNEL ? RPC_C_AUTHN_LEVEL_PKT_PRIVACY : RPC_C_AUTHN_LEVEL_CONNECT;
    else if (asked == RPC_C_AUTHN_LEVEL_CALL)
        *level = RPC_C_AUTHN_LEVEL_PKT;
    return RPC_S_OK;
}

RPC_STATUS security_map_status(SECURITY_STATUS status)
{
    TRACE("security package: %08lx", (unsigned long)status);
    switch (status) {
    case SEC_E_OK:
        return RPC_S_OK;
    case SEC_E_INSUFFICIENT_MEMORY:
        return RPC_S_OUT_OF_MEMORY;
    case SEC_E_SECPKG_NOT_FOUND:
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    case SEC_E_UNKNOWN_CREDENTIALS:
    case SEC_E_NO_CREDENTIALS:
        return RPC_S_INVALID_AUTH_IDENTITY;
    case SEC_E_LOGON_DENIED:
        return RPC_S_ACCESS_DENIED;
    default:
        return RPC_S_SEC_PKG_ERROR;
    }
}
