/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call in the making, and the passes over its parameters that the client's and the server's
 * interpreter share. Used by one thread at a time.
 *
 * Where the walkers want an object, a parameter's slot on the argument stack either is that object,
 * or points at it: base types and structures that fit (x86_64: into the slot; i386: always) are
 * there themselves. */
#ifndef RPCRT4_STUB_CALL_H
#define RPCRT4_STUB_CALL_H

#include "ndr/engine.h"
#include "platform/base.h"
#include "stub/context.h"
#include "stub/procedure.h"

struct stub_call {
    struct ndr_message msg;
    RPC_MESSAGE *rpc;
    struct stub_proc proc;
    MIDL_STUB_DESC desc; /* used where the syntax has routines of its own: stub_call_desc() */
    unsigned char *args; /* the argument stack; also msg.StackTop */
    uint64_t result;     /* the return value, as its type is laid out in memory */

    /* server only */
    struct context_holds *holds;
    NDR_SCONTEXT *contexts; /* by parameter */
};

/* The stub description for the call's message. */
const MIDL_STUB_DESC *stub_call_desc(struct stub_call *call, const struct stub_format *format);
/* Prepares what all passes need, after `msg`, `proc` and `args` have been set: correlation checks
 * and full pointers as the procedure asks. Raises. stub_call_end() undoes it, in any state, and
 * frees what unmarshalling has allocated and nobody has accepted. */
void stub_call_begin(struct stub_call *call);
void stub_call_end(struct stub_call *call);

/* Raises RPC_X_WRONG_STUB_VERSION where the description is not of a COM method although the call is
 * one, or the other way round. */
void stub_call_check(const struct stub_call *call, bool is_method);
static inline bool stub_call_is_method(const struct stub_call *call)
{
    return call->proc.oi_flags & Oi_OBJECT_PROC;
}

static inline bool param_is_context(const struct stub_param *param)
{
    return !(param->attributes & PARAM_BASETYPE) && param->kind == PARAM_KIND_CONTEXT;
}

/* widl describes a primitive handle parameter as a FC_LONG, and its clients send four octets for
 * it, which mean nothing. */
bool param_is_handle(const struct stub_call *call, const struct stub_param *param);
/* The slot, or the place of the return value. */
unsigned char *param_slot(struct stub_call *call, const struct stub_param *param);
/* True if the slot is itself the object. */
bool param_is_inline(struct stub_call *call, const struct stub_param *param);
/* What ndr_marshal() and its kin take. */
unsigned char *param_object(struct stub_call *call, const struct stub_param *param);
/* Octets that the object behind the slot occupies, as far as the arguments so far tell. */
uint32_t param_object_size(struct stub_call *call, const struct stub_param *param);

/* … that a pointer of that type points at; of an object of that type, where it is none. */
uint32_t stub_pointee_size(struct ndr_message *msg, const unsigned char *type);
/* Octets of a return value. */
uint32_t stub_result_size(struct stub_call *call, const struct stub_param *param);

/* One pass each over the parameters of a direction (PARAM_IN or PARAM_OUT; a return value is
 * PARAM_OUT). Sizing adds to msg.BufferLength, marshalling writes at msg.Buffer. Raise. */
void stub_size_params(struct stub_call *call, unsigned int direction);
void stub_marshal_params(struct stub_call *call, unsigned int direction);

/* Context handle parameters; unmarshalling also finds out about new ones. Raise. */
/* HANDLE_PARAM_… and NDR_CONTEXT_HANDLE_… of the parameter's type. */
unsigned char context_param_flags(const struct stub_call *call, const struct stub_param *param);
void context_param_marshal(struct stub_call *call, const struct stub_param *param,
                           unsigned int index);
void context_param_unmarshal(struct stub_call *call, const struct stub_param *param,
                             unsigned int index);
/* Server: a context for an [out] parameter or return value, and what the manager routine has
 * returned for the latter. */
void context_param_new(struct stub_call *call, const struct stub_param *param, unsigned int index);
void context_param_returned(struct stub_call *call);

#endif
