/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which network addresses are this machine's own. */
#ifndef RPCRT4_TRANSPORT_OWN_ADDRESS_H
#define RPCRT4_TRANSPORT_OWN_ADDRESS_H

#include "platform/base.h"

/* NULL, "", the machine's names, "localhost", a loopback address, or an address of one of its
 * network interfaces. No name service is asked. Any thread. */
bool is_own_address(const WCHAR *network_addr);

#endif
