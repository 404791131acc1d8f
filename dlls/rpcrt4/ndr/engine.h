/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NDR engine's five walkers. `msg` is laid out as the SDK's MIDL_STUB_MESSAGE (ndr/stubmsg.h), `format` points at a
 * type's format string (NDR 2.0, rpcndr's FC_* codes), `memory` at the object as the public Ndr…Marshall functions take
 * it (for simple types and pointers: the address of / the pointer itself as those are documented to).
 *
 * Any violation of the wire's rules or of a caller's contract leaves through ndr_raise(), which does not return: in the
 * DLL it raises an RPC exception, in native tests it jumps to the test. No walker holds a resource that is not
 * reachable from msg when it raises: what unmarshalling allocated is on msg->pMemoryList until the caller accepts it,
 * and ndr_release_allocations() frees it. Called on any thread, with no lock held; may call user code (allocators,
 * expression and user_marshal routines). */
#ifndef RPCRT4_NDR_ENGINE_H
#define RPCRT4_NDR_ENGINE_H

#include "ndr/stubmsg.h"

void ndr_buffer_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);
unsigned char *ndr_marshal(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);
unsigned char *ndr_unmarshal(struct ndr_message *msg, unsigned char **memory, const unsigned char *format,
                             unsigned char must_alloc);
uint32_t ndr_memory_size(struct ndr_message *msg, const unsigned char *format);
void ndr_free(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);

/* Frees, through msg->pfnFree, what unmarshalling has allocated so far (after a violation). */
void ndr_release_allocations(struct ndr_message *msg);
/* Unmarshalling succeeded: forget the list, the objects are the caller's. */
void ndr_accept_allocations(struct ndr_message *msg);

/* Byte order, character set and floating-point conversion of the whole stub data, as the procedure or type asks: sets up msg so
 * that the walkers read the sender's representation (DataRepresentation of the RPC message). */
void ndr_set_representation(struct ndr_message *msg, uint32_t data_representation);

#endif
