/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads without work: see reserve.h. */
#include "transport/reserve.h"
#include "platform/wait.h"

struct waiter {
    struct list entry;
    int32_t called; /* for what; 0: not yet */
};

int32_t reserve_wait(struct reserve *reserve, SRWLOCK *lock, DWORD ms)
{
    uint64_t end = GetTickCount64() + ms, now;
    struct waiter self = {.called = 0};

    list_append(&reserve->threads, &self.entry);
    reserve->count++;
    while (!self.called && (now = GetTickCount64()) < end) {
        ReleaseSRWLockExclusive(lock);
        wait_while_equal_us(&self.called, 0, (unsigned)min(end - now, 1000000) * 1000);
        AcquireSRWLockExclusive(lock);
    }
    if (!self.called) {
        list_remove(&self.entry);
        reserve->count--;
    }
    return self.called;
}

bool reserve_call(struct reserve *reserve, int32_t what)
{
    struct waiter *waiter;

    if (!reserve->count)
        return false;
    waiter = LIST_ENTRY_OF(reserve->threads.prev, struct waiter, entry);
    list_remove(&waiter->entry);
    reserve->count--;
    waiter->called = what;
    wake_all(&waiter->called);
    return true;
}
