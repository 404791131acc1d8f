/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks and condition variables inside the process, by the SDK's names and with its rules (SRWLOCK: not
 * recursive; CONDITION_VARIABLE: callers look again), but not its implementation: Wine's takes some
 * 45 ns to acquire a lock that nobody holds and 20 to release it, and an empty call acquires forty.
 * These are one atomic instruction each where nobody has to wait, and ntdll's RtlWaitOnAddress where
 * somebody has. All that is zero is free, as SRWLOCK_INIT is. Only this module's sources may use a
 * lock that they use. */
#ifndef RPCRT4_PLATFORM_LOCK_H
#define RPCRT4_PLATFORM_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* A lock's word: how many share it, or that somebody has it alone; and that there are threads which
 * wait, and which are all woken when it is free. Once one waits, nobody else shares it. */
#define LOCK_ALONE   0x80000000u
#define LOCK_WAITERS 0x40000000u

/* lock.c: what is seldom needed. */
void lock_wait_alone(uint32_t *word);
void lock_wait_shared(uint32_t *word);
void lock_wake(uint32_t *word);
void lock_wake_if_free(uint32_t *word);
BOOL lock_sleep(CONDITION_VARIABLE *condition, SRWLOCK *lock, DWORD ms, ULONG flags);
void lock_signal(CONDITION_VARIABLE *condition, BOOL all);

static inline void lock_init(SRWLOCK *lock)
{
    lock->Ptr = NULL;
}

static inline uint32_t *lock_word(SRWLOCK *lock)
{
    return (uint32_t *)lock;
}

static inline BOOLEAN lock_try(SRWLOCK *lock)
{
    uint32_t unlocked = 0;

    return __atomic_compare_exchange_n(lock_word(lock), &unlocked, LOCK_ALONE, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline void lock_acquire(SRWLOCK *lock)
{
    if (!lock_try(lock))
        lock_wait_alone(lock_word(lock));
}

static inline void lock_release(SRWLOCK *lock)
{
    if (__atomic_exchange_n(lock_word(lock), 0, __ATOMIC_RELEASE) & LOCK_WAITERS)
        lock_wake(lock_word(lock));
}

static inline void lock_acquire_shared(SRWLOCK *lock)
{
    uint32_t word = __atomic_load_n(lock_word(lock), __ATOMIC_RELAXED);

    if (word & (LOCK_ALONE | LOCK_WAITERS) ||
        !__atomic_compare_exchange_n(lock_word(lock), &word, word + 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        lock_wait_shared(lock_word(lock));
}

static inline void lock_release_shared(SRWLOCK *lock)
{
    if (__atomic_sub_fetch(lock_word(lock), 1, __ATOMIC_RELEASE) == LOCK_WAITERS)
        lock_wake_if_free(lock_word(lock));
}

#define InitializeSRWLock             lock_init
#define AcquireSRWLockExclusive       lock_acquire
#define ReleaseSRWLockExclusive       lock_release
#define TryAcquireSRWLockExclusive    lock_try
#define AcquireSRWLockShared          lock_acquire_shared
#define ReleaseSRWLockShared          lock_release_shared
#define SleepConditionVariableSRW     lock_sleep
#define WakeAllConditionVariable(c)   lock_signal((c), TRUE)
#define WakeConditionVariable(c)      lock_signal((c), FALSE)

#endif
