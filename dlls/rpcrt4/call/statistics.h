/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What RpcMgmtInqStats tells: how many calls and packets this process has received and sent. They
 * wrap around, as its 32 bits do. */
#ifndef RPCRT4_CALL_STATISTICS_H
#define RPCRT4_CALL_STATISTICS_H

#include "platform/base.h"

enum statistic {
    STATISTIC_CALLS_IN = RPC_C_STATS_CALLS_IN,
    STATISTIC_CALLS_OUT = RPC_C_STATS_CALLS_OUT,
    STATISTIC_PACKETS_IN = RPC_C_STATS_PKTS_IN,
    STATISTIC_PACKETS_OUT = RPC_C_STATS_PKTS_OUT,
    STATISTICS
};

extern LONG statistics[STATISTICS];

static inline void statistics_add(enum statistic which, LONG count)
{
    __atomic_fetch_add(&statistics[which], count, __ATOMIC_RELAXED);
}

#endif
