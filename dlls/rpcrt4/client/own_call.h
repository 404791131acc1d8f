/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that the runtime makes by itself: synchronous ones, to the management interface and the
 * endpoint mapper, with stub data that wire/ writes and reads (wire/stub_data.h says why). */
#ifndef RPCRT4_CLIENT_OWN_CALL_H
#define RPCRT4_CLIENT_OWN_CALL_H

#include "client/binding.h"
#include "wire/stub_data.h"

struct own_call {
    const struct wire_syntax *iface;
    unsigned opnum;
    stub_encode_fn encode; /* NULL: the request has no data */
    const void *args;
};

struct own_reply {
    struct client_call *call; /* referenced; owns the data */
    struct stub_reader data;
};

/* The call carries no object UUID, whatever the binding's is. On success the reply is the caller's,
 * for own_reply_free(). Otherwise what sending, the server's fault, or memory had to say. */
RPC_STATUS own_call(struct binding *binding, const struct own_call *what, struct own_reply *reply);
void own_reply_free(struct own_reply *reply);

#endif
