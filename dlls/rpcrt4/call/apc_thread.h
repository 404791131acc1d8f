/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads that APCs are queued to, as handles of ours: the owner of an RPC_ASYNC_STATE may close
 * his as soon as the call is submitted. To open and to close one is two requests to the system, so a
 * thread that has APCs queued to itself keeps its own as long as it lives; calls that outlive the
 * thread keep it from then on. */
#ifndef RPCRT4_CALL_APC_THREAD_H
#define RPCRT4_CALL_APC_THREAD_H

#include "platform/base.h"

struct apc_thread {
    LONG refs;
    HANDLE handle; /* THREAD_SET_CONTEXT */
};

/* `thread`: NULL or GetCurrentThread() for the calling one. Any other handle is opened anew each time:
 * its value does not say whether it still is the same thread's. NULL: it is no thread's, or there is
 * no memory. */
struct apc_thread *apc_thread_obtain(HANDLE thread);
void apc_thread_addref(struct apc_thread *thread);
/* Any thread; NULL is allowed. */
void apc_thread_release(struct apc_thread *thread);

#endif
