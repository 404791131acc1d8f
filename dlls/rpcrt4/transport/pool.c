/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The completion port and its workers. Timers are in timer.c, the events that workers wait for as well
 * in pool_event.c.
 *
 * A worker waits in the port, runs a callback, is blocked (between pool_block_begin() and
 * pool_block_end()), or is in the reserve. `base` of them wait in the port when there is nothing to
 * do. When nobody does, and fewer than `base` are not blocked, one more is needed: the monitor sees
 * to that if it lasts, so that short manager routines cost nothing.
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
#include "transport/monitor.h"
#include "transport/poll.h"
#include "transport/pool_event.h"
#include "transport/reserve.h"

#define BASE_MAX 4

DWORD pool_idle_ms = 15000;
SIZE_T pool_stack_size;

static struct {
    SRWLOCK lock;
    HANDLE port;
    unsigned base; /* as many wait in the port */
    unsigned total, waiting, blocked;
    struct reserve reserve;
    unsigned packets, watched_packets; /* counts; and what it was when the monitor looked last */
    unsigned events; /* so many are waited for beside the port … */
    unsigned stale;  /* … but by these of the waiting workers, who began before */
} pool = {.lock = SRWLOCK_INIT, .reserve = RESERVE_INIT(pool.reserve)};

static unsigned pool_watch(void);

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

/* Nobody waits in the port, or will soon. With the lock held. */
static bool worker_is_needed(void)
{
    return !pool.waiting && pool.total - pool.reserve.count - pool.blocked < pool.base;
}

/* Finds one more worker: true if it has been counted, and the caller has to start it. With the lock
 * held. */
static bool find_worker(void)
{
    if (reserve_call(&pool.reserve, true) || pool.total >= POOL_WORKERS_MAX)
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
        if (pool.port)
            monitor_add(pool_watch);
        else
            error = GetLastError();
    }
    first = !error && !pool.total;
    if (first)
        pool.total = 1;
    ReleaseSRWLockExclusive(&pool.lock);
    return first ? worker_start_counted() : error;
}

/* ---- a worker ---- */

struct work {
    struct pool_op *op; /* NULL: there is none after all */
    DWORD error, bytes;
};

/* False: the calling worker has not been needed for long, and is not counted any more. */
static bool wait_begin(unsigned *events)
{
    bool stays = true;

    AcquireSRWLockExclusive(&pool.lock);
    if (pool.waiting >= pool.base)
        stays = reserve_wait(&pool.reserve, &pool.lock, pool_idle_ms);
    pool.waiting += stays;
    pool.total -= !stays;
    *events = pool.events;
    ReleaseSRWLockExclusive(&pool.lock);
    return stays;
}

/* An empty packet makes a worker wait anew. */
static void wake_stale(void)
{
    PostQueuedCompletionStatus(pool.port, 0, 0, NULL);
}

static void wait_end(unsigned events, bool for_nothing)
{
    bool start, wake;

    AcquireSRWLockExclusive(&pool.lock);
    pool.waiting--;
    pool.packets++;
    if (events != pool.events)
        pool.stale--;
    wake = for_nothing && pool.stale;
    start = worker_is_needed() && find_worker();
    ReleaseSRWLockExclusive(&pool.lock);
    if (wake)
        wake_stale();
    if (start)
        worker_start_counted(); /* if it fails, the next packet tries again */
}

static void take_packet(struct work *work, DWORD timeout_ms)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key;

    work->error = ERROR_SUCCESS;
    if (!GetQueuedCompletionStatus(pool.port, &work->bytes, &key, &overlapped, timeout_ms))
        work->error = GetLastError();
    work->op = overlapped ? CONTAINER_OF(overlapped, struct pool_op, overlapped) : NULL;
}

/* Waits for a packet or one of so many events. Whose `turn` it is, the port's (0) or an event's (1 …),
 * comes first, so that none has to wait for ever. */
static void wait_for_work(unsigned events, unsigned *turn, struct work *work)
{
    HANDLE handles[1 + POOL_EVENTS_MAX];
    unsigned count = events + 1, which;
    DWORD found;

    if (!events) {
        take_packet(work, INFINITE);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        which = (*turn + i) % count;
        handles[i] = which ? pool_event_at(which - 1) : pool.port;
    }
    found = WaitForMultipleObjects(count, handles, FALSE, INFINITE);
    which = (*turn + found - WAIT_OBJECT_0) % count;
    *turn = which + 1;
    *work = (struct work){.op = NULL};
    if (which)
        work->op = pool_event_fired(which - 1);
    else
        take_packet(work, 0);
}

static void work(void)
{
    unsigned events, turn = 0;
    struct work work;

    while (wait_begin(&events)) {
        wait_for_work(events, &turn, &work);
        wait_end(events, !work.op);
        if (work.op)
            work.op->done(work.op, work.error, work.bytes);
    }
}

/* For the monitor: brings in a worker where none has waited since it looked before. */
static unsigned pool_watch(void)
{
    bool needed, start = false;

    AcquireSRWLockExclusive(&pool.lock);
    needed = worker_is_needed();
    if (needed && pool.packets == pool.watched_packets)
        start = find_worker();
    pool.watched_packets = pool.packets;
    ReleaseSRWLockExclusive(&pool.lock);
    if (start)
        worker_start_counted();
    return needed ? MONITOR_TICK_US : 0;
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

DWORD pool_post(struct pool_op *op, DWORD bytes)
{
    DWORD error = pool_start();

    if (error)
        return error;
    return PostQueuedCompletionStatus(pool.port, bytes, 0, &op->overlapped) ? ERROR_SUCCESS
                                                                            : GetLastError();
}

DWORD pool_queue(struct pool_op *op)
{
    return pool_post(op, 0);
}

void pool_events_grew(unsigned count)
{
    bool wake;

    AcquireSRWLockExclusive(&pool.lock);
    pool.events = count;
    pool.stale = pool.waiting;
    wake = pool.stale;
    ReleaseSRWLockExclusive(&pool.lock);
    if (wake)
        wake_stale();
}

bool pool_is_worker(void)
{
    struct thread_state *state = thread_peek();

    return state && state->pool_worker;
}

void pool_block_begin(void)
{
    struct thread_state *state = thread_peek();
    bool needed, start;

    if (!state || !state->pool_worker || state->pool_block_depth++)
        return;
    if (state->poller) {
        poll_block_begin(state->poller);
        return;
    }
    AcquireSRWLockExclusive(&pool.lock);
    pool.blocked++;
    needed = worker_is_needed();
    ReleaseSRWLockExclusive(&pool.lock);
    if (!needed || monitor_begin(MONITOR_TICK_US))
        return;
    AcquireSRWLockExclusive(&pool.lock);
    start = worker_is_needed() && find_worker();
    ReleaseSRWLockExclusive(&pool.lock);
    if (start)
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
