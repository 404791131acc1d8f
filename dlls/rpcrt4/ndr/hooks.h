/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types that are marshalled by other routines than the walkers: context handles (stub/),
 * user_marshal, interface pointers. A module installs its routines once, before the first call; a
 * type without them raises RPC_S_CANNOT_SUPPORT.
 *
 * `memory` is the address of the object (of the context handle variable, of the user's type, of the
 * interface pointer). A routine reads and writes at msg->Buffer and moves it; buffer_size adds to
 * msg->BufferLength, which it finds (and keeps) as the position for alignment; unmarshal fills the
 * object that *memory points at, memory_size adds to msg->MemorySize. Types that are a pointer on
 * the wire (FC_IP; user_marshal of a pointer) have had their referent id read or written by the
 * walker: the routines are called, if it is not null, where the referent is. msg->Memory is the
 * structure that the object is a member of, or NULL.
 *
 * In an NDR64 message (NDR_MESSAGE_NDR64) `format` is the type's NDR64 fragment: of context handles
 * an NDR64_CONTEXT_HANDLE_FORMAT, of user_marshal an NDR64_USER_MARSHAL_FORMAT, of interface
 * pointers what their NDR64_POINTER_FORMAT points at, an NDR64_(CONSTANT_)IID_FORMAT, of pipes an
 * NDR64_(RANGE_)PIPE_FORMAT. The routines are found by the NDR 2.0 format character of the same
 * family; ndr/hook_format.h reads both kinds. Routines of the stub (aUserMarshalQuadruple, …) are
 * taken from msg->StubDesc, so whoever walks a message as NDR64 gives it a stub descriptor with
 * those of that transfer syntax. */
#ifndef RPCRT4_NDR_HOOKS_H
#define RPCRT4_NDR_HOOKS_H

#include "ndr/stubmsg.h"

struct ndr_hooks {
    void (*buffer_size)(struct ndr_message *msg, unsigned char *memory,
                        const unsigned char *format);
    void (*marshal)(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);
    void (*unmarshal)(struct ndr_message *msg, unsigned char **memory, const unsigned char *format,
                      unsigned char must_alloc);
    void (*memory_size)(struct ndr_message *msg, const unsigned char *format);
    /* Turns what is in the buffer to the machine's byte order, in place, and skips it. */
    void (*convert)(struct ndr_message *msg, const unsigned char *format);
    void (*free)(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);
    /* Only for types that may be a pointer on the wire: whether this object is a null pointer. */
    int (*is_null)(struct ndr_message *msg, unsigned char *memory, const unsigned char *format);
    /* The wire has a null pointer for the object; NULL: its memory is zeroed. */
    void (*unmarshal_null)(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format);
};

/* Installs the routines of the types of the family `fc` (NDR_FC_BIND_CONTEXT, …). */
void ndr_set_hooks(unsigned char fc, const struct ndr_hooks *hooks);
/* The routines installed for `fc`, or NULL. */
const struct ndr_hooks *ndr_hooks(unsigned char fc);

#endif
