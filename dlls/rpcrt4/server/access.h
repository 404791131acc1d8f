/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security descriptors of interfaces: RpcServerRegisterIf3. The Windows SDK does not say which right
 * a caller needs; here it is 1, which each generic right contains. */
#ifndef RPCRT4_SERVER_ACCESS_H
#define RPCRT4_SERVER_ACCESS_H

#include "platform/base.h"

/* A self-relative copy of a valid descriptor, with an owner and a group (the system) if it has none,
 * as access checks want it; for rpc_free(). NULL: no memory. */
SECURITY_DESCRIPTOR *access_copy_descriptor(SECURITY_DESCRIPTOR *descriptor);

/* May who has this impersonation token (TOKEN_QUERY) call? NULL: who is nobody, an anonymous client:
 * only what names the anonymous logon (S-1-5-7) grants something to him. */
bool access_is_granted(SECURITY_DESCRIPTOR *descriptor, HANDLE token);

#endif
