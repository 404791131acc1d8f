/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [transmit_as] and [represent_as]: hooks of the NDR engine. */
#ifndef RPCRT4_NDR_TRANSMIT_AS_H
#define RPCRT4_NDR_TRANSMIT_AS_H

#include "ndr/hooks.h"

extern const struct ndr_hooks ndr_transmit_as_hooks;

#endif
