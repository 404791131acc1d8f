/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects that the application's routines have made of what was on the wire (user_marshal,
 * transmit_as, interface pointers): only those routines know what they have allocated. They are
 * listed in msg->pUserMarshalList, so that a call that fails later gives them back. Without
 * ndr_correlation_begin(), which says that somebody will end the call, there is no list. */
#ifndef RPCRT4_NDR_MADE_H
#define RPCRT4_NDR_MADE_H

#include "ndr/hooks.h"

/* Lists an object of `size` bytes. If that cannot be, the object is freed and RPC_S_OUT_OF_MEMORY
 * is raised. */
void ndr_made_add(struct ndr_message *msg, const struct ndr_hooks *hooks, unsigned char *memory,
                  const unsigned char *format, uint32_t size);
uint32_t ndr_made_count(const struct ndr_message *msg);
/* Frees the objects listed since there were `count`, and zeroes them: they may be a caller's. */
void ndr_made_free_since(struct ndr_message *msg, uint32_t count);
/* They are the caller's now. */
void ndr_made_accept(struct ndr_message *msg);
/* Frees the list. */
void ndr_made_end(struct ndr_message *msg);

#endif
