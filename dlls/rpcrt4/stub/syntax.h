/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of its descriptions of a procedure a stub goes by: MIDL's -protocol dce, ndr64 or all.
 * Source: rpcndr.h. */
#ifndef RPCRT4_STUB_SYNTAX_H
#define RPCRT4_STUB_SYNTAX_H

#include "stub/procedure.h"

/* What a client's stub would like best. */
const RPC_SYNTAX_IDENTIFIER *stub_preferred_syntax(const MIDL_STUBLESS_PROXY_INFO *info);
/* The other one of NDR 2.0 and NDR64; NULL: the stub has none. */
const RPC_SYNTAX_IDENTIFIER *stub_other_syntax(const MIDL_STUBLESS_PROXY_INFO *info, bool than_ndr64);
/* A procedure of a client's stub in that transfer syntax. Raises RPC_S_UNSUPPORTED_TRANS_SYN. */
struct stub_format stub_client_format(const MIDL_STUBLESS_PROXY_INFO *info, unsigned int number,
                                      const RPC_SYNTAX_IDENTIFIER *transfer);
/* … of a server's. */
struct stub_format stub_server_format(const MIDL_SERVER_INFO *info, unsigned int number,
                                      const RPC_SYNTAX_IDENTIFIER *transfer);

#endif
