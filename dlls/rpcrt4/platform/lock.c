/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks: waiting and waking. See lock.h. */
#include "platform/ntdll.h"

/* Until the word is not what it was when it said that somebody waits. */
static void wait_for_change(uint32_t *word, uint32_t seen)
{
    uint32_t waiting = seen | LOCK_WAITERS;

    if (seen == waiting || __atomic_compare_exchange_n(word, &seen, waiting, false, __ATOMIC_RELAXED,
                                                       __ATOMIC_RELAXED))
        RtlWaitOnAddress(word, &waiting, sizeof(waiting), NULL);
}

void lock_wait_alone(uint32_t *word)
{
    uint32_t seen;

    for (;;) {
        seen = __atomic_load_n(word, __ATOMIC_RELAXED);
        if (seen & ~LOCK_WAITERS)
            wait_for_change(word, seen);
        else if (__atomic_compare_exchange_n(word, &seen, seen | LOCK_ALONE, false, __ATOMIC_ACQUIRE,
                                             __ATOMIC_RELAXED))
            return;
    }
}

void lock_wait_shared(uint32_t *word)
{
    uint32_t seen;

    for (;;) {
        seen = __atomic_load_n(word, __ATOMIC_RELAXED);
        if (seen & ~LOCK_WAITERS && seen & (LOCK_ALONE | LOCK_WAITERS))
            wait_for_change(word, seen);
        else if (__atomic_compare_exchange_n(word, &seen, seen + 1, false, __ATOMIC_ACQUIRE,
                                             __ATOMIC_RELAXED))
            return;
    }
}

void lock_wake(uint32_t *word)
{
    RtlWakeAddressAll(word);
}

void lock_wake_if_free(uint32_t *word)
{
    uint32_t seen = LOCK_WAITERS;

    /* Else somebody has it again, and wakes them. */
    if (__atomic_compare_exchange_n(word, &seen, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        RtlWakeAddressAll(word);
}

/* ---- condition variables: a count of signals ---- */

BOOL lock_sleep(CONDITION_VARIABLE *condition, SRWLOCK *lock, DWORD ms, ULONG flags)
{
    uint32_t *count = (uint32_t *)condition, seen = __atomic_load_n(count, __ATOMIC_RELAXED);
    LARGE_INTEGER timeout = { .QuadPart = -10000LL * ms };
    LONG status;

    lock_release(lock);
    status = RtlWaitOnAddress(count, &seen, sizeof(seen), ms == INFINITE ? NULL : &timeout);
    lock_acquire(lock);
    if (status == (LONG)STATUS_TIMEOUT)
        SetLastError(ERROR_TIMEOUT);
    return status != (LONG)STATUS_TIMEOUT;
}

void lock_signal(CONDITION_VARIABLE *condition, BOOL all)
{
    __atomic_add_fetch((uint32_t *)condition, 1, __ATOMIC_RELEASE);
    if (all)
        RtlWakeAddressAll(condition);
    else
        RtlWakeAddressSingle(condition);
}
