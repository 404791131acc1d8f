/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Status codes as they travel in fault PDUs, and as the API returns them. */
#ifndef RPCRT4_CALL_STATUS_H
#define RPCRT4_CALL_STATUS_H

#include "platform/base.h"

/* The status that a caller gets for a fault PDU's; codes that are not nca_s_* are Win32 or RPC
 * codes already. */
RPC_STATUS status_from_fault(uint32_t fault);
/* The code to put into a fault PDU for an exception's or abort's code. [MS-RPCE] 3.1.1.5.5 lets it
 * travel as it is. */
uint32_t status_to_fault(RPC_STATUS status);
/* What a call that ends because of a rejected bind returns. */
RPC_STATUS status_from_bind_nak(unsigned reason);
RPC_STATUS status_from_context_result(unsigned result, unsigned reason);

#endif
