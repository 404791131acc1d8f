/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The I/O loop: one completion port and a small pool of worker threads for the whole process.
 *
 * Owns: the port, the threads, the timers. Every callback (`done`, timer) runs on a worker, with no
 * lock of the pool's held, and may call anything in this header. The number of threads that wait
 * for I/O follows the number of processors; a worker that is about to run code that may block (a
 * manager routine, a name look-up) says so with pool_block_begin(), and the pool sees to it that
 * another thread waits in the port meanwhile (up to POOL_WORKERS_MAX threads). Threads beyond that
 * number that are idle for long end; the DLL cannot be unloaded while one runs (each holds a
 * reference on the module). Nothing need be done, or is waited for, when the process ends. */
#ifndef RPCRT4_TRANSPORT_POOL_H
#define RPCRT4_TRANSPORT_POOL_H

#include "platform/base.h"
#include "platform/list.h"

#define POOL_WORKERS_MAX 4096

/* One outstanding operation or queued task. Its owner keeps it alive, and does not reuse it, until
 * `done` has been entered; `done` may free it. */
struct pool_op {
    OVERLAPPED overlapped; /* must stay the first member */
    void (*done)(struct pool_op *op, DWORD error, DWORD bytes);
};

/* Associates an overlapped handle (file, pipe or socket) with the port, in the mode in which an
 * operation that completes at once queues no completion (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS).
 * Starts the pool on first use. Returns a Win32 error code. */
DWORD pool_attach(HANDLE handle);

/* Runs op->done(op, ERROR_SUCCESS, 0) on a worker, soon. Returns ERROR_SUCCESS, or a Win32 error if
 * the port refused it (then `done` is not called). */
DWORD pool_queue(struct pool_op *op);

/* Brackets code on a worker that may block. Nestable; on a thread that is not a worker they do
 * nothing. */
void pool_block_begin(void);
void pool_block_end(void);
bool pool_is_worker(void);

/* One-shot timers, with a resolution of some milliseconds. Arming and disarming one makes no system
 * call, except to wake the timers' thread when the new one is due before all others. */
struct pool_timer {
    struct list entry;
    struct pool_op op; /* takes an expired timer to a worker */
    uint64_t due; /* ms, GetTickCount64 */
    bool armed;
    void (*fire)(struct pool_timer *timer);
};

void pool_timer_init(struct pool_timer *timer, void (*fire)(struct pool_timer *timer));
/* (Re)arms: `fire` runs once on a worker after `ms` milliseconds. Returns a Win32 error when the
 * timers' thread cannot be started; the timer is not armed then. */
DWORD pool_timer_set(struct pool_timer *timer, DWORD ms);
/* Disarms. True if it was armed: `fire` will not be called for that. False if it was not: never
 * set, cancelled before, or `fire` has been, or is about to be, called. Never waits. */
bool pool_timer_cancel(struct pool_timer *timer);

/* For the pool and the pollers: starts a thread with a reference on the module, which it is given and
 * ends with (FreeLibraryAndExitThread). A Win32 error. */
DWORD pool_start_thread(LPTHREAD_START_ROUTINE main);

/* For tests and the management interface: how many workers exist now. (The timers' thread, which
 * exists while timers are set, is not one.) */
unsigned pool_thread_count(void);
/* After how long a thread is idle: 15 s, unless a test shortens it before the pool starts. */
extern DWORD pool_idle_ms;
/* The stack, in octets, of the threads that are started from now on; 0: what the program's file
 * says. RpcMgmtSetServerStackSize */
extern SIZE_T pool_stack_size;

#endif
