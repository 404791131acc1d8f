/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [transmit_as] and [represent_as]: hooks of the NDR engine. */
#ifndef RPCRT4_NDR_TRANSMIT_AS_H
#define RPCRT4_NDR_TRANSMIT_AS_H

#include <stdbool.h>

#include "ndr/hooks.h"

extern const struct ndr_hooks ndr_transmit_as_hooks;

/* The engine is entered again, for a type that its objects are transmitted as, and left. An
 * exception in between leaves a table inside another: both are freed with the call. `sees_outer`: a
 * full pointer may share an object with those of the call. Raises RPC_S_OUT_OF_MEMORY. */
void ndr_transmitted_begin(struct ndr_message *msg, bool sees_outer);
void ndr_transmitted_end(struct ndr_message *msg);

#endif
