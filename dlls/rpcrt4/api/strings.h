/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ANSI and wide strings: the runtime works on wide strings; every A function converts here. */
#ifndef RPCRT4_API_STRINGS_H
#define RPCRT4_API_STRINGS_H

#include "platform/base.h"

/* A copy of `s` in the other form (code page CP_ACP), to be freed with rpc_free() or, where it is
 * handed to the caller, with RpcStringFreeA/W. A NULL `s` gives a NULL copy and RPC_S_OK. Returns
 * RPC_S_OK or RPC_S_OUT_OF_MEMORY; on failure *out is NULL. */
RPC_STATUS string_to_wide(const unsigned char *s, WCHAR **out);
RPC_STATUS string_to_ansi(const WCHAR *s, unsigned char **out);

/* A copy in the same form, with the same allocator and errors. */
RPC_STATUS string_copy_wide(const WCHAR *s, WCHAR **out);
RPC_STATUS string_copy_ansi(const unsigned char *s, unsigned char **out);

#endif
