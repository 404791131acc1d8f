/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the runtime knows about each thread: one TLS slot with a struct, made on first use and freed
 * when the thread ends. A layer above keeps something per thread by adding a field here. Except for
 * cancels, only the thread itself touches its state, so that no lock is needed. */
#ifndef RPCRT4_PLATFORM_THREAD_H
#define RPCRT4_PLATFORM_THREAD_H

#include "platform/base.h"
#include "platform/list.h"

/* A value that is released when the thread ends. */
struct thread_slot {
    void *value;
    void (*release)(void *value); /* on the ending thread, with no lock held; may be NULL */
};

struct thread_state {
    struct list entry; /* of all states: platform/thread.c's own */
    DWORD id;
    bool taken; /* the thread has it in its TLS slot; else another one has made it to cancel it */
    /* server/: the call that this thread dispatches; NULL outside a manager routine */
    RPC_BINDING_HANDLE server_call;
    LONG cancel_pending;  /* by RpcCancelThread; read it with thread_take_cancel() */
    HANDLE cancel_event;  /* NULL until thread_cancel_event() */
    LONG cancel_timeout;  /* RpcMgmtSetCancelTimeout, seconds; at first infinite */
    bool pool_worker;          /* transport/pool.c: this is one of its threads … */
    unsigned pool_block_depth; /* … and in so many pool_block_begin()s */
    struct poller *poller;     /* transport/poll.c: of those, a poller; or NULL */
    bool starting_mapper; /* client/mapper.c */
    struct thread_slot error_info; /* call/error_info.c: extended error information */
    struct thread_slot ss_memory;  /* stub/: RpcSsEnableAllocate's memory context */
    struct thread_slot turn;       /* transport/turn.c: it may have one */
    struct thread_slot apc_thread; /* call/apc_thread.c: a handle of the thread itself */
    struct context_holds *contexts; /* stub/: what the call holds that this thread dispatches */
};

/* DLL_PROCESS_ATTACH and DLL_PROCESS_DETACH. thread_init() fails when no TLS slot is free. */
bool thread_init(void);
void thread_exit(void);
/* DLL_THREAD_DETACH: releases what the ending thread holds. */
void thread_detach(void);

/* The calling thread's state, made on first use; NULL when there is no memory. */
struct thread_state *thread_get(void);
/* The same, but NULL when the thread has none yet. */
struct thread_state *thread_peek(void);

/* Marks thread `id` as cancelled and sets its cancel event; any thread may call it. False when
 * there is no memory. A cancel for a thread that makes no call waits for its next one. */
/* A timeout that is not NULL becomes its cancel_timeout. */
bool thread_cancel(DWORD id, const LONG *timeout);
/* Takes the calling thread's pending cancel away and says whether there was one. */
bool thread_take_cancel(void);
/* The calling thread's manual-reset cancel event, set while a cancel is pending: for the waits of a
 * call that can be cancelled. Made on first use; NULL when it cannot be. It belongs to the thread's
 * state: do not close it. */
HANDLE thread_cancel_event(void);

#endif
