/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security packages: the SSPI providers that do the cryptography, one for each authentication
 * service (RPC_C_AUTHN_*, which is a package's wRPCID). secur32 is loaded on first use. */
#ifndef RPCRT4_SECURITY_PACKAGE_H
#define RPCRT4_SECURITY_PACKAGE_H

#include "platform/imports.h"

struct security_package {
    ULONG service;
    WCHAR name[128];
    uint32_t max_token; /* octets, as much as a PDU can carry at most */
};

/* service: RPC_C_AUTHN_DEFAULT stands for RPC_C_AUTHN_WINNT. RPC_S_UNKNOWN_AUTHN_SERVICE: there is
 * no such package; RPC_S_OUT_OF_MEMORY. May block. */
RPC_STATUS security_package_find(ULONG service, struct security_package *package);

/* Is it an authentication service's level that can be asked for? What RPC_C_AUTHN_LEVEL_DEFAULT
 * means, and that connection-oriented protocols sign each PDU where each call was asked for (Windows
 * SDK, Authentication-Level Constants), has been put in its place. RPC_S_UNKNOWN_AUTHN_LEVEL */
RPC_STATUS security_level(ULONG service, ULONG asked, ULONG *level);

/* RPC_S_* for a failure of a package. */
RPC_STATUS security_map_status(SECURITY_STATUS status);

#endif
