/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Per-thread state: see thread.h. */
#include "platform/thread.h"
#include "platform/memory.h"
#include <winternl.h>

static DWORD tls_index = TLS_OUT_OF_INDEXES;
/* All states, and a thread's cancel fields, are guarded by `lock`: one thread cancels another. */
static SRWLOCK lock = SRWLOCK_INIT;
static struct list states = {&states, &states};

bool thread_init(void)
{
    tls_index = TlsAlloc();
    return tls_index != TLS_OUT_OF_INDEXES;
}

static void state_free(struct thread_state *state)
{
    struct thread_slot *slots[] = {&state->error_info, &state->ss_memory, &state->turn, &state->apc_thread};

    for (size_t i = 0; i < ARRAY_LENGTH(slots); i++) {
        if (slots[i]->value && slots[i]->release)
            slots[i]->release(slots[i]->value);
    }
    if (state->cancel_event)
        CloseHandle(state->cancel_event);
    rpc_free(state);
}

static struct thread_state *state_find(DWORD id)
{
    LIST_FOR_EACH(state, &states, struct thread_state, entry) {
        if (state->id == id)
            return state;
    }
    return NULL;
}

/* The state of thread `id`, made if it has none. Called with the lock held. */
static struct thread_state *state_obtain(DWORD id)
{
    struct thread_state *state = state_find(id);

    if (!state && (state = rpc_alloc_zero(sizeof(*state)))) {
        state->id = id;
        state->cancel_timeout = RPC_C_CANCEL_INFINITE_TIMEOUT;
        list_append(&states, &state->entry);
    }
    return state;
}

void thread_detach(void)
{
    DWORD error = GetLastError();
    struct thread_state *state;

    /* A thread that never made a call has a state if another one cancelled it. */
    AcquireSRWLockExclusive(&lock);
    state = list_is_empty(&states) ? NULL : thread_peek();
    if (!state)
        state = state_find(GetCurrentThreadId());
    if (state)
        list_remove(&state->entry);
    ReleaseSRWLockExclusive(&lock);
    if (state) {
        state_free(state);
        TlsSetValue(tls_index, NULL);
    }
    SetLastError(error);
}

void thread_exit(void)
{
    struct list all;

    list_init(&all);
    AcquireSRWLockExclusive(&lock);
    list_splice(&all, &states);
    ReleaseSRWLockExclusive(&lock);
    LIST_FOR_EACH_SAFE(state, &all, struct thread_state, entry)
        state_free(state);
    TlsFree(tls_index);
    tls_index = TLS_OUT_OF_INDEXES;
}

/* A call asks for it a dozen times: where the slot is one of the first, it is read as winternl.h
 * describes it. (TlsGetValue() changes the last error.) */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds" /* GCC 12 takes an offset in a segment for an address */
struct thread_state *thread_peek(void)
{
    const TEB *teb = NtCurrentTeb();
    struct thread_state *state;
    DWORD error;

    if (tls_index < ARRAYSIZE(teb->TlsSlots))
        return teb->TlsSlots[tls_index];
    error = GetLastError();
    state = TlsGetValue(tls_index);
    SetLastError(error);
    return state;
}
#pragma GCC diagnostic pop

/* The calling thread's, as which it is known from now on. One that another thread has had is a
 * terminated one's, which had the same id and could not give it back. */
static struct thread_state *state_take(struct thread_state **stale)
{
    DWORD id = GetCurrentThreadId();
    struct thread_state *state = state_find(id);

    *stale = state && state->taken ? state : NULL;
    if (*stale)
        list_remove(&state->entry);
    state = state_obtain(id);
    if (state)
        state->taken = true;
    return state;
}

struct thread_state *thread_get(void)
{
    struct thread_state *state = thread_peek(), *stale;

    if (state)
        return state;
    AcquireSRWLockExclusive(&lock);
    state = state_take(&stale);
    ReleaseSRWLockExclusive(&lock);
    if (stale)
        state_free(stale);
    if (state)
        TlsSetValue(tls_index, state);
    return state;
}

bool thread_cancel(DWORD id, const LONG *timeout)
{
    struct thread_state *state;

    AcquireSRWLockExclusive(&lock);
    state = state_obtain(id);
    if (state) {
        state->cancel_pending = 1;
        if (timeout)
            state->cancel_timeout = *timeout;
        if (state->cancel_event)
            SetEvent(state->cancel_event);
    }
    ReleaseSRWLockExclusive(&lock);
    return state != NULL;
}

bool thread_take_cancel(void)
{
    struct thread_state *state = thread_peek();
    bool cancelled = false;

    /* Without a state of its own, the thread may still have one that thread_cancel() has made for
     * it. */
    if (!state && !(state = thread_get()))
        return false;
    if (!__atomic_load_n(&state->cancel_pending, __ATOMIC_RELAXED))
        return false;
    AcquireSRWLockExclusive(&lock);
    cancelled = state->cancel_pending;
    state->cancel_pending = 0;
    if (state->cancel_event)
        ResetEvent(state->cancel_event);
    ReleaseSRWLockExclusive(&lock);
    return cancelled;
}

HANDLE thread_cancel_event(void)
{
    struct thread_state *state = thread_get();

    if (!state)
        return NULL;
    AcquireSRWLockExclusive(&lock);
    if (!state->cancel_event)
        state->cancel_event = CreateEventW(NULL, TRUE, state->cancel_pending, NULL);
    ReleaseSRWLockExclusive(&lock);
    return state->cancel_event;
}
