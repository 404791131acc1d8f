/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [in, out, unique, partial_ignore] parameters: the request only says whether the pointer is null;
 * the manager routine gets an object of zeros; the reply is as of any unique pointer. Source: the
 * MIDL documentation, "partial_ignore attribute". */
#ifndef RPCRT4_STUB_PARTIAL_IGNORE_H
#define RPCRT4_STUB_PARTIAL_IGNORE_H

#include <stdbool.h>

#include "ndr/stubmsg.h"

/* The client's passes: a referent id. Raise RPC_X_BAD_STUB_DATA where the buffer is too small. */
void partial_ignore_size(struct ndr_message *msg);
void partial_ignore_marshal(struct ndr_message *msg, const void *pointer);
/* The server's: whether there is a pointer, then, when all other parameters have been read, the
 * object for it, whose size may depend on them; `type` is the pointer's. Raise RPC_X_BAD_STUB_DATA,
 * RPC_S_OUT_OF_MEMORY, and what ndr_object_size() does. */
bool partial_ignore_unmarshal(struct ndr_message *msg);
void *partial_ignore_object(struct ndr_message *msg, const unsigned char *type);

#endif
