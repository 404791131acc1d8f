/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the NDR engine raises in the DLL. */
#include "platform/base.h"

#include "ndr/raise.h"

void ndr_raise(uint32_t status)
{
    RpcRaiseException((RPC_STATUS)status);
    __builtin_unreachable();
}
