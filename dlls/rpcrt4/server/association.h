/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Association groups, as the server sees them: a client process's connections to one endpoint, and
 * what belongs to all of them: its context handles. A group lives while a connection or an
 * unanswered call of it does; then its contexts are run down. */
#ifndef RPCRT4_SERVER_ASSOCIATION_H
#define RPCRT4_SERVER_ASSOCIATION_H

#include "platform/base.h"
#include "platform/list.h"
#include "wire/types.h"

struct server_association {
    struct list entry;
    LONG refs;
    uint32_t group_id;
    const void *endpoint; /* group ids of different endpoints are different things */
    SRWLOCK context_lock; /* guards the slot's content */
    void *context_slot;   /* stub/context.c's list of the client's context handles */
    WCHAR machine[];      /* the client's network address; "": this machine */
};

/* The group that a bind names, referenced; a new one for id 0. An id that is not known (any more) is
 * that of the new one: more than one connection may have been under way when the last one of the
 * group ended, and they belong together. Nobody joins another machine's group: he gets one of his own
 * ([MS-RPCE] of the bind PDU's assoc_group_id). NULL: no memory. */
struct server_association *server_association_find(const void *endpoint, const WCHAR *machine, uint32_t group_id);
void server_association_addref(struct server_association *association);
/* The last one runs the contexts down, on this thread, without locks: it may be called on workers
 * only. */
void server_association_release(struct server_association *association);

/* The slot of the association of a server call (its binding handle), and the lock that guards it;
 * alive as long as the call is. NULL if the handle is no server call. */
void **server_call_context_slot(RPC_BINDING_HANDLE server_call, SRWLOCK **lock);

/* What runs down a slot that is not NULL: set once, when the DLL is loaded. */
void server_association_set_rundown(void (*rundown)(void *slot));
/* What is called when a dispatch function has returned (or raised), on its thread, to let go of the
 * context handles that a stub without an interpreter got: set likewise. */
void server_call_set_release_contexts(void (*release)(bool raised));
/* … which procedures of an interface with RPC_INTERFACE_HAS_PIPES are dispatched before all of their
 * request is there: server/stream.h. */
void server_call_set_pipe_query(bool (*has_pipes)(const RPC_SERVER_INTERFACE *spec, unsigned opnum,
                                                  const struct wire_syntax *transfer));

#endif
