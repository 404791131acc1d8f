/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking up a host's addresses, with a time-out and a cancel event, which GetAddrInfoW does not
 * have. */
#ifndef RPCRT4_TRANSPORT_RESOLVE_H
#define RPCRT4_TRANSPORT_RESOLVE_H

#include "platform/imports.h"

/* The stream addresses of `host` (a name or an IPv4 or IPv6 literal) with port `port` (decimal):
 * *addresses is to be freed with FreeAddrInfoW. Winsock has been started. timeout_ms may be
 * INFINITE, `cancel` NULL. Returns what GetAddrInfoW does, ERROR_TIMEOUT, ERROR_CANCELLED or
 * ERROR_NOT_ENOUGH_MEMORY. */
DWORD resolve(const struct imports_ws2_32 *ws, const WCHAR *host, const WCHAR *port,
              DWORD timeout_ms, HANDLE cancel, ADDRINFOW **addresses);
/* The wildcard addresses of each address family, to listen at. */
DWORD resolve_any(const struct imports_ws2_32 *ws, const WCHAR *port, ADDRINFOW **addresses);

#endif
