/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structured exceptions inside the DLL: RpcTryExcept, RpcExcept, RpcEndExcept, RpcTryFinally,
 * RpcFinally, RpcEndFinally, RpcExceptionCode(), RpcExceptionInformation() and
 * RpcAbnormalTermination() as include/rpcexcept.h defines them. Read the list of differences there
 * before use. */
#ifndef RPCRT4_PLATFORM_SEH_H
#define RPCRT4_PLATFORM_SEH_H

#include "platform/base.h"
#include "rpcexcept.h"

#endif
