/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Correlation checks over a whole call: what size_is, length_is and switch_is say of a parameter
 * may come after it. */
#ifndef RPCRT4_NDR_CORRELATION_H
#define RPCRT4_NDR_CORRELATION_H

#include <stdbool.h>

#include "ndr/stubmsg.h"

/* Before a call's parameters are unmarshalled, whatever the age of its descriptors: without it,
 * what depends on another parameter is only checked where a /robust descriptor says that it can be
 * at once. Set msg->fHasNewCorrDesc first if the descriptors are /robust ones (and
 * msg->CorrDespIncrement to 12 if they carry ranges); `check`: whether such are to be checked, as
 * older ones always are. Raises RPC_S_OUT_OF_MEMORY. */
void ndr_correlation_begin(struct ndr_message *msg, bool check);
/* All parameters have been unmarshalled: compares what could not be compared before. Raises
 * RPC_X_BAD_STUB_DATA. */
void ndr_correlation_pass(struct ndr_message *msg);
/* Frees what ndr_correlation_begin() made; also where it was not called, or twice. */
void ndr_correlation_end(struct ndr_message *msg);
/* iid_is: the pointer that a correlation descriptor of an object yields, or NULL; msg->Memory is
 * the structure around the object. */
const void *ndr_correlated_pointer(struct ndr_message *msg, unsigned char *object,
                                   const unsigned char *descriptor);

#endif
