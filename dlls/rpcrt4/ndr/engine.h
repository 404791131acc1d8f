/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NDR engine's five walkers. `msg` is laid out as the SDK's MIDL_STUB_MESSAGE (ndr/stubmsg.h),
 * `format` points at a type's format string (NDR 2.0, rpcndr's FC_* codes), `memory` at the object
 * as the public Ndr…Marshall functions take it (for simple types and pointers: the address of / the
 * pointer itself as those are documented to).
 *
 * Any violation of the wire's rules or of a caller's contract leaves through ndr_raise(), which
 * does not return: in the DLL it raises an RPC exception, in native tests it jumps to the test. No
 * walker holds a resource that is not reachable from msg when it raises: what unmarshalling
 * allocated is on msg->pMemoryList until the caller accepts it, and ndr_release_allocations() frees
 * it. Called on any thread, with no lock held; may call user code (allocators, expression and
 * user_marshal routines).
 *
 * Raised: RPC_X_BAD_STUB_DATA (the wire breaks NDR's rules, or a buffer is too small),
 * RPC_X_INVALID_BOUND (a size or length that cannot be, a [range] violated), RPC_X_INVALID_TAG (a
 * union without an arm for its discriminant), RPC_X_ENUM_VALUE_OUT_OF_RANGE,
 * RPC_X_NULL_REF_POINTER, RPC_S_CANNOT_SUPPORT (a type without hooks), RPC_S_FP_OVERFLOW (a
 * number of another floating-point format), RPC_S_INTERNAL_ERROR (a format string that no compiler makes; a full
 * pointer without translation tables), RPC_S_OUT_OF_MEMORY. */
#ifndef RPCRT4_NDR_ENGINE_H
#define RPCRT4_NDR_ENGINE_H

#include "ndr/correlation.h"
#include "ndr/extent.h"
#include "ndr/full_pointer.h"
#include "ndr/hooks.h"
#include "ndr/memory.h"
#include "ndr/raise.h"
#include "ndr/stubmsg.h"
#include "ndr/types.h"

/* Adds to msg->BufferLength what marshalling will need at most, from whatever position. */
void ndr_buffer_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);
/* Where marshalling at `position` will end, both counted from a buffer's aligned start: exact, but
 * for user_marshal types, whose own routines say how much they need at most. */
uint32_t ndr_end_of(struct ndr_message *msg, unsigned char *memory, const unsigned char *format,
                    uint32_t position);
/* Writes at msg->Buffer and moves it; the buffer ends at msg->RpcMsg->Buffer + msg->BufferLength.
 * Returns NULL, as the public functions do. */
unsigned char *ndr_marshal(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format);
/* Reads at msg->Buffer, up to msg->BufferEnd. *memory (for a pointer: the pointer) is used if it is
 * not null, unless must_alloc; else it is set to new memory or, in the server, to a place in the
 * buffer. A client's non-null embedded pointers are used likewise; a server's memory must not hold
 * any that mean something. Returns NULL. */
unsigned char *ndr_unmarshal(struct ndr_message *msg, unsigned char **memory,
                             const unsigned char *format, unsigned char must_alloc);
/* Adds to msg->MemorySize the memory that the object at msg->Buffer will take, with everything that
 * it leads to, and skips it. Returns the sum. */
uint32_t ndr_memory_size(struct ndr_message *msg, const unsigned char *format);
/* Frees what an object leads to; of a pointer, its referent as well. Never what is in [BufferStart,
 * BufferEnd). Accept the allocations first. */
void ndr_free(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);

/* Turns the object at msg->Buffer from the sender's representation into ours, in place, and skips
 * it: for compiled (-Os) stubs, which read the buffer themselves. */
void ndr_convert(struct ndr_message *msg, const unsigned char *format);

/* Frees, through msg->pfnFree, what unmarshalling has allocated so far (after a violation), and
 * what walks held when an exception of user code ended them. */
void ndr_release_allocations(struct ndr_message *msg);
/* Unmarshalling succeeded: forget the list, the objects are the caller's. */
void ndr_accept_allocations(struct ndr_message *msg);

/* Byte order, character set and floating-point format of the whole stub data: sets up msg so that
 * the walkers read the sender's representation (DataRepresentation of the RPC message). Raises
 * RPC_S_CANNOT_SUPPORT if C706 has no such label. */
void ndr_set_representation(struct ndr_message *msg, uint32_t data_representation);

#endif
