/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles, both sides. On the wire one is 20 octets: attributes (0) and a UUID, all zero
 * for a closed one (C706 14.3.11, ndr_context_handle).
 *
 * Client: a context handle is an object with the wire representation and a binding handle of its
 * own.
 *
 * Server: each client's contexts are in a list that belongs to its association; when that ends,
 * what is still open is run down. A call *holds* the contexts that it was given, exclusively unless
 * the stub says otherwise, until its reply has been marshalled; a context that is held when it has
 * to be run down is run down by its last holder. No lock is held while a rundown routine runs.
 * Semantics: the SDK's "Failure Semantics for Context Handles" and "Multithreaded Clients and
 * Context Handles".
 *
 * Functions that say so raise: RPC_X_SS_CONTEXT_MISMATCH for a handle that is none (any more),
 * RPC_X_SS_IN_NULL_CONTEXT for a closed one where an open one is needed, RPC_S_OUT_OF_MEMORY. */
#ifndef RPCRT4_STUB_CONTEXT_H
#define RPCRT4_STUB_CONTEXT_H

#include "platform/base.h"
#include "platform/list.h"

/* ---- client ---- */

/* The binding that a call with this context uses; it stays the context's. RPC_S_OK,
 * RPC_X_SS_CONTEXT_MISMATCH, RPC_X_SS_IN_NULL_CONTEXT. */
RPC_STATUS context_client_get_binding(NDR_CCONTEXT context, RPC_BINDING_HANDLE *binding);
/* The same, but raises. */
RPC_BINDING_HANDLE context_client_binding(NDR_CCONTEXT context);
/* NULL is written as a closed handle. Raises. */
void context_client_marshal(NDR_CCONTEXT context, unsigned char wire[cbNDRContext]);
/* Makes *context what the server says: opens, changes or closes it. Raises; *context is unchanged
 * then. */
void context_client_unmarshal(NDR_CCONTEXT *context, RPC_BINDING_HANDLE binding,
                              const unsigned char wire[cbNDRContext], ULONG representation);
/* RpcSmDestroyClientContext: forgets the context without telling the server. RPC_S_OK or
 * RPC_X_SS_CONTEXT_MISMATCH. */
RPC_STATUS context_client_destroy(NDR_CCONTEXT *context);

/* ---- server ---- */

/* What one call holds. */
struct context_holds {
    struct list list;
};

/* How a stub describes a context handle parameter. */
struct context_type {
    const void *owner; /* the RPC_SERVER_INTERFACE; NULL: unknown */
    const void *guard; /* it fits a context made with the same one; DEFAULT_GUARD, NULL: none */
    uint32_t type_id;  /* and, if there is a guard, the same of these */
    bool shared;       /* let other calls use the context meanwhile */
    bool not_null;     /* refuse a closed one */
};

/* As FC_BIND_CONTEXT describes it; `owner`: the RPC_SERVER_INTERFACE. A strict handle's type id is
 * 0, a type-strict one's the compiler's ("type_strict_context_handle attribute"). Raises
 * RPC_X_WRONG_STUB_VERSION if the format is no context handle's. */
struct context_type context_type_of_format(const RPC_SERVER_INTERFACE *owner,
                                           const unsigned char *format, bool ndr64);

void context_holds_init(struct context_holds *holds);
/* Makes `holds` those of the call that this thread dispatches, for RpcSsContextLock…; returns the
 * former ones. */
struct context_holds *context_holds_enter(struct context_holds *holds);
/* The holds of the call that this thread dispatches for a stub that keeps none itself (-Os), made
 * on first use. Raises, also outside a call. */
struct context_holds *context_holds_of_thread(void);

/* A context that is not open yet: for [out] parameters and return values. Raises. */
NDR_SCONTEXT context_server_new(struct context_holds *holds, const struct context_type *type);
/* The client's context, held, or a new one if the handle is closed. `call`: the server's binding
 * handle, NULL for the one of this thread. Waits for other holders. Raises. */
NDR_SCONTEXT context_server_unmarshal(struct context_holds *holds, RPC_BINDING_HANDLE call,
                                      const unsigned char wire[cbNDRContext], ULONG representation,
                                      const struct context_type *type);
/* Opens, keeps or closes the context, as its user value says, and writes its handle. Raises. */
void context_server_marshal(struct context_holds *holds, RPC_BINDING_HANDLE call,
                            NDR_SCONTEXT context, unsigned char wire[cbNDRContext],
                            NDR_RUNDOWN rundown);

enum context_outcome {
    CONTEXT_CALL_DONE,        /* the reply has been marshalled, or is not for contexts */
    CONTEXT_MANAGER_FAILED,   /* what the manager routine made is its own to clean up */
    CONTEXT_MARSHAL_FAILED,   /* what it made will never reach the client: run it down */
};
/* Lets go of all contexts, running down what has to be. */
void context_holds_release(struct context_holds *holds, enum context_outcome outcome);

/* RpcSsContextLockExclusive and …Shared. `user`: the user's value or its address. RPC_S_OK;
 * RPC_X_SS_CONTEXT_MISMATCH; ERROR_MORE_WRITES when another call is waiting to become the exclusive
 * user. */
RPC_STATUS context_lock_exclusive(const void *user);
RPC_STATUS context_lock_shared(const void *user);
/* From now on every context of the process is shared. */
void context_dont_serialize(void);

/* Sets the routine that runs a context down where no marshalling comes to do it. */
void context_set_rundown(NDR_SCONTEXT context, NDR_RUNDOWN rundown);

/* When the DLL is loaded: makes the end of an association run down what its client left open, on a
 * worker thread and without locks; and the end of a dispatch release what context_holds_of_thread()
 * holds. */
void context_init(void);
/* RpcServerUnregisterIfEx: closes and runs down all clients' contexts that this
 * RPC_SERVER_INTERFACE has made. */
void context_rundown_interface(const void *owner);

#endif
