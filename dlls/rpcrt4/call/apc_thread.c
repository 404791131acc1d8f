/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that APCs go to: see apc_thread.h. */
#include "call/apc_thread.h"
#include "platform/memory.h"
#include "platform/thread.h"

static struct apc_thread *open_thread(HANDLE thread)
{
    HANDLE process = GetCurrentProcess();
    struct apc_thread *opened = rpc_alloc(sizeof(*opened));

    if (!opened)
        return NULL;
    opened->refs = 1;
    if (DuplicateHandle(process, thread, process, &opened->handle, THREAD_SET_CONTEXT, FALSE, 0))
        return opened;
    rpc_free(opened);
    return NULL;
}

static void release(void *thread)
{
    apc_thread_release(thread);
}

static struct apc_thread *calling_thread(void)
{
    struct thread_state *state = thread_get();

    if (!state)
        return NULL;
    if (!state->apc_thread.value) {
        state->apc_thread.release = release;
        state->apc_thread.value = open_thread(GetCurrentThread());
    }
    if (state->apc_thread.value)
        apc_thread_addref(state->apc_thread.value);
    return state->apc_thread.value;
}

struct apc_thread *apc_thread_obtain(HANDLE thread)
{
    return !thread || thread == GetCurrentThread() ? calling_thread() : open_thread(thread);
}

void apc_thread_addref(struct apc_thread *thread)
{
    InterlockedIncrement(&thread->refs);
}

void apc_thread_release(struct apc_thread *thread)
{
    if (!thread || InterlockedDecrement(&thread->refs))
        return;
    CloseHandle(thread->handle);
    rpc_free(thread);
}
