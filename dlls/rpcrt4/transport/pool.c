/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The completion port and its workers. Timers are in timer.c.
 *
 * A worker is in one of three states: it waits in the port, it runs a callback, or it is blocked
 * (between pool_block_begin() and pool_block_end()). Whenever nobody waits any more, and fewer than
 * `base` workers are not blocked, one more is started. So there are at most `base` of them and one
 * for each blocked one.
 *
 * `base` is half the number of processors, and at most 4. Callbacks that do not block are short,
 * and under Wine nearly all of their time is the wineserver's, which is one thread; a second
 * waiting worker costs: the packets then go to the workers in turn, and each to another one than
 * the system has woken to receive the data (one more thread is woken, and 1.5 more requests are
 * made, for each packet: up to twice the time on a busy machine with two processors).
 *
 * One packet is taken at a time: under Wine GetQueuedCompletionStatusEx costs a request to the
 * wineserver more than GetQueuedCompletionStatus, and pays only where completions come in
 * bursts. */
#include "transport/pool.h"
#include "platform/thread.h"
#include "transport/poll.h"

#define BASE_MAX 4

DWORD pool_idle_ms = 15000;
SIZE_T pool_stack_size;

static struct {
    SRWLOCK lock;
    HANDLE port;
    unsigned base; /* as many are not blocked; more end when they have had nothing to do */
    unsigned total, waiting, blocked;
    /* Surplus workers: the smallest number that waited at any time of the current period were not
     * needed in it. */
    uint64_t period_start;
    unsigned least_waiting;
    unsigned to_retire;
} pool = {.lock = SRWLOCK_INIT};

/* ---- starting and ending workers ---- */

static DWORD WINAPI worker_main(void *module);

DWORD pool_start_thread(LPTHREAD_START_ROUTINE main)
{
    HMODULE module;
    HANDLE thread;
    DWORD error;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)main, &module))
        return GetLastError();
    thread = CreateThread(NULL, pool_stack_size, main, module, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) {
        CloseHandle(thread);
        return ERROR_SUCCESS;
    }
    error = GetLastError();
    FreeLibrary(module);
    return error;
}

/* Counts one more worker in where one is needed. Called with the lock held; the caller starts
 * it. */
static bool worker_is_needed(void)
{
    if (pool.waiting || pool.total - pool.blocked >= pool.base || pool.total >= POOL_WORKERS_MAX)
        return false;
    pool.total++;
    return true;
}

static DWORD worker_start_counted(void)
{
    DWORD error = pool_start_thread(worker_main);

    if (error) {
        AcquireSRWLockExclusive(&pool.lock);
        pool.total--;
        ReleaseSRWLockExclusive(&pool.lock);
    }
    return error;
}

/* Starts the pool with its first worker. */
static DWORD pool_start(void)
{
    DWORD error = ERROR_SUCCESS;
    SYSTEM_INFO info;
    bool first;

    if (*(volatile unsigned *)&pool.total)
        return ERROR_SUCCESS;
    AcquireSRWLockExclusive(&pool.lock);
    if (!pool.port) {
        GetSystemInfo(&info);
        pool.base = max(1, min(info.dwNumberOfProcessors / 2, BASE_MAX));
        pool.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
        if (!pool.port)
            error = GetLastError();
    }
    first = !error && !pool.total;
    if (first)
        pool.total = 1;
    ReleaseSRWLockExclusive(&pool.lock);
    return first ? worker_start_counted() : error;
}

/* ---- a worker ---- */

/* Called with the lock held: at the end of each period, how many have not been needed in it? */
static void review_period(void)
{
    uint64_t now = GetTickCount64();

    if (now - pool.period_start < pool_idle_ms)
        return;
    pool.to_retire = pool.least_waiting > pool.base ? pool.least_waiting - pool.base : 0;
    pool.least_waiting = pool.waiting;
    pool.period_start = now;
}

/* False: the calling worker is not needed any more, and is not counted any more. */
static bool wait_begin(DWORD *timeout)
{
    bool stay = true;

    AcquireSRWLockExclusive(&pool.lock);
    review_period();
    if (pool.to_retire && pool.waiting >= pool.base) {
        pool.to_retire--;
        pool.total--;
        stay = false;
    } else {
        pool.waiting++;
        *timeout = pool.waiting > pool.base ? pool_idle_ms : INFINITE;
    }
    ReleaseSRWLockExclusive(&pool.lock);
    return stay;
}

static void wait_end(bool got_work)
{
    bool more = false;

    AcquireSRWLockExclusive(&pool.lock);
    pool.waiting--;
    if (got_work) {
        pool.least_waiting = min(pool.least_waiting, pool.waiting);
        more = worker_is_needed();
    }
    ReleaseSRWLockExclusive(&pool.lock);
    if (more)
        worker_start_counted(); /* if it fails, the next packet tries again */
}

static void work(void)
{
    OVERLAPPED *overlapped;
    struct pool_op *op;
    ULONG_PTR key;
    DWORD timeout, error, bytes;

    while (wait_begin(&timeout)) {
        overlapped = NULL;
        error = ERROR_SUCCESS;
        if (!GetQueuedCompletionStatus(pool.port, &bytes, &key, &overlapped, timeout))
            error = GetLastError();
        wait_end(overlapped != NULL);
        if (overlapped) {
            op = CONTAINER_OF(overlapped, struct pool_op, overlapped);
            op->done(op, error, bytes);
        }
    }
}

static DWORD WINAPI worker_main(void *module)
{
    struct thread_state *state = thread_get();

    if (state) {
        state->pool_worker = true;
        work();
    } else {
        AcquireSRWLockExclusive(&pool.lock);
        pool.total--;
        ReleaseSRWLockExclusive(&pool.lock);
    }
    FreeLibraryAndExitThread(module, 0);
}

/* ---- the pool's users ---- */

DWORD pool_attach(HANDLE handle)
{
    DWORD error = pool_start();

    if (error)
        return error;
    if (!CreateIoCompletionPort(handle, pool.port, 0, 0))
        return GetLastError();
    if (!SetFileCompletionNotificationModes(handle, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
                                                        | FILE_SKIP_SET_EVENT_ON_HANDLE))
        return GetLastError();
    return ERROR_SUCCESS;
}

DWORD pool_queue(struct pool_op *op)
{
    DWORD error = pool_start();

    if (error)
        return error;
    return PostQueuedCompletionStatus(pool.port, 0, 0, &op->overlapped) ? ERROR_SUCCESS
                                                                        : GetLastError();
}

bool pool_is_worker(void)
{
    struct thread_state *state = thread_peek();

    return state && state->pool_worker;
}

void pool_block_begin(void)
{
    struct thread_state *state = thread_peek();
    bool more;

    if (!state || !state->pool_worker || state->pool_block_depth++)
        return;
    if (state->poller) {
        poll_block_begin(state->poller);
        return;
    }
    AcquireSRWLockExclusive(&pool.lock);
    pool.blocked++;
    more = worker_is_needed();
    ReleaseSRWLockExclusive(&pool.lock);
    if (more)
        worker_start_counted();
}

void pool_block_end(void)
{
    struct thread_state *state = thread_peek();

    if (!state || !state->pool_worker || --state->pool_block_depth)
        return;
    if (state->poller) {
        poll_block_end(state->poller);
        return;
    }
    AcquireSRWLockExclusive(&pool.lock);
    pool.blocked--;
    ReleaseSRWLockExclusive(&pool.lock);
}

unsigned pool_thread_count(void)
{
    return *(volatile unsigned *)&pool.total;
}
