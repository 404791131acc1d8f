/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking through an endpoint map, element by element. Any thread; threads that ask the same
 * inquiry wait for each other. */
#ifndef RPCRT4_CLIENT_ENDPOINT_INQUIRY_H
#define RPCRT4_CLIENT_ENDPOINT_INQUIRY_H

#include "client/binding.h"
#include "wire/types.h"

struct endpoint_query {
    uint32_t type; /* RPC_C_EP_* */
    struct wire_syntax iface; /* of the types that match by it */
    uint32_t vers_option; /* RPC_C_VERS_* */
    UUID object; /* of the types that match by it */
};

struct endpoint_inquiry;

/* Begins; nobody is asked yet. `where` NULL: this machine's map. On success the inquiry has a
 * handle. RPC_S_OUT_OF_MEMORY, RPC_S_PROTSEQ_NOT_SUPPORTED. */
RPC_STATUS endpoint_inquiry_begin(struct binding *where, const struct endpoint_query *query,
                                  void **handle);
/* The inquiry behind a handle, referenced; NULL if it is none. */
struct endpoint_inquiry *endpoint_inquiry_from_handle(void *handle);
void endpoint_inquiry_release(struct endpoint_inquiry *inquiry);

struct endpoint_element {
    struct wire_syntax iface;
    UUID object;
    struct binding *binding; /* has a handle; NULL: none was wanted */
    unsigned char *annotation; /* for rpc_free() */
};

/* RPC_X_NO_MORE_ENTRIES, RPC_S_OUT_OF_MEMORY (the element is passed over), EPT_S_CANT_PERFORM_OP
 * (the mapper cannot be asked, as Wine's), RPC_S_SERVER_UNAVAILABLE, and what a call can fail with.
 * Elements that this runtime can make no binding of are passed over if one is wanted. */
RPC_STATUS endpoint_inquiry_next(struct endpoint_inquiry *inquiry, bool wants_binding,
                                 struct endpoint_element *element);
/* Ends it: its handle is none any more, and the mapper forgets it. False: somebody else did. */
bool endpoint_inquiry_end(struct endpoint_inquiry *inquiry);

#endif
