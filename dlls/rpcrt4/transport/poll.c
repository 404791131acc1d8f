/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pollers: see poll.h. */
#include "transport/poll.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "transport/spin.h"

#define HOT_MAX      32 /* connections that the looking poller looks at */
#define WAITING_MAX  2  /* pollers that wait for the doorbell for long */
#define BATCH        16 /* connections that are taken out of the list at once */

/* One of the threads; who it is, is all there is to know of it. */
struct poller {
    DWORD thread;
};

/* Connections in `hot` are referenced, and say RING_AWAKE while there is a looker. */
static struct {
    SRWLOCK lock;
    HANDLE doorbell;
    uint8_t name[SHARED_NAME_LENGTH];
    struct list conns;
    unsigned total, waiting;
    struct poller *looker;
    struct shared *hot[HOT_MAX];
    unsigned hot_count;
    struct spin spin;
} poll = {.lock = SRWLOCK_INIT, .conns = {&poll.conns, &poll.conns}};

/* ---- threads ---- */

static DWORD WINAPI poller_main(void *module);

static DWORD poller_start(void)
{
    HMODULE module;
    HANDLE thread;
    DWORD error;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)&poll, &module))
        return GetLastError();
    thread = CreateThread(NULL, pool_stack_size, poller_main, module, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) {
        CloseHandle(thread);
        return ERROR_SUCCESS;
    }
    error = GetLastError();
    FreeLibrary(module);
    return error;
}

/* Sees to it that somebody hears the doorbell. A poller that has just been started is counted as
 * waiting. */
static DWORD ensure_listener(void)
{
    DWORD error = ERROR_SUCCESS;
    bool start;

    if (*(volatile unsigned *)&poll.waiting)
        return ERROR_SUCCESS;
    AcquireSRWLockExclusive(&poll.lock);
    start = !poll.waiting && poll.total < POOL_WORKERS_MAX;
    if (start) {
        poll.total++;
        poll.waiting++;
    }
    ReleaseSRWLockExclusive(&poll.lock);
    if (start && (error = poller_start())) {
        AcquireSRWLockExclusive(&poll.lock);
        poll.total--;
        poll.waiting--;
        ReleaseSRWLockExclusive(&poll.lock);
    }
    return error;
}

/* ---- the set that is looked at; with the lock held ---- */

static bool is_hot(const struct shared *shared)
{
    for (unsigned i = 0; i < poll.hot_count; i++) {
        if (poll.hot[i] == shared)
            return true;
    }
    return false;
}

/* False: there is nobody who looks, or no room. */
static bool make_hot(struct shared *shared)
{
    if (!poll.looker)
        return false;
    if (is_hot(shared))
        return true;
    if (poll.hot_count == HOT_MAX)
        return false;
    transport_addref(shared->conn);
    poll.hot[poll.hot_count++] = shared;
    return true;
}

/* All of them rest like that; true if one is ready. */
static bool rest_hot(enum ring_rest rest)
{
    bool ready = false;

    for (unsigned i = 0; i < poll.hot_count; i++)
        ready = shared_rest(poll.hot[i], rest) || ready;
    return ready;
}

/* ---- looking ---- */

/* Does what is ready at the connections that are looked at. */
static bool serve_hot(void)
{
    struct shared *ready[HOT_MAX];
    unsigned count = 0;
    bool served = false;

    AcquireSRWLockExclusive(&poll.lock);
    for (unsigned i = 0; i < poll.hot_count; i++) {
        if (shared_is_ready(poll.hot[i])) {
            transport_addref(poll.hot[i]->conn);
            ready[count++] = poll.hot[i];
        }
    }
    ReleaseSRWLockExclusive(&poll.lock);
    for (unsigned i = 0; i < count; i++) {
        served = shared_progress(ready[i]) || served;
        transport_release(ready[i]->conn);
    }
    return served;
}

static bool is_looker(const struct poller *poller)
{
    return *(struct poller *volatile *)&poll.looker == poller;
}

/* Does what is ready at all connections, and looks at those further on, if somebody looks. */
static void serve_all(void)
{
    struct shared *ready[BATCH];
    unsigned count;

    do {
        count = 0;
        AcquireSRWLockExclusive(&poll.lock);
        LIST_FOR_EACH(shared, &poll.conns, struct shared, entry) {
            if (count == BATCH)
                break;
            if ((!shared_is_ready(shared) && !shared_was_rung(shared)) || is_hot(shared) ||
                !transport_try_addref(shared->conn))
                continue;
            make_hot(shared);
            ready[count++] = shared;
        }
        ReleaseSRWLockExclusive(&poll.lock);
        for (unsigned i = 0; i < count; i++) {
            shared_progress(ready[i]);
            transport_release(ready[i]->conn);
        }
    } while (count == BATCH);
}

/* Nobody looks any more: peers have to ring again. False: one of them has something after all, and
 * the calling poller goes on looking. */
static bool cool_down(struct poller *poller)
{
    struct shared *cold[HOT_MAX];
    unsigned count = 0;

    AcquireSRWLockExclusive(&poll.lock);
    if (poll.looker == poller && !rest_hot(RING_SLEEPS_COMMONLY)) {
        poll.looker = NULL;
        count = poll.hot_count;
        memcpy(cold, poll.hot, sizeof(cold));
        poll.hot_count = 0;
    } else if (poll.looker == poller) {
        rest_hot(RING_AWAKE);
    }
    ReleaseSRWLockExclusive(&poll.lock);
    for (unsigned i = 0; i < count; i++)
        transport_release(cold[i]->conn);
    return !is_looker(poller);
}

static void look(struct poller *poller)
{
    struct spin_wait wait;
    bool served;

    do {
        do {
            spin_begin(&wait, &poll.spin);
            while (!(served = serve_hot()) && is_looker(poller) && spin_more(&wait))
                ;
            spin_end(&wait, served);
        } while (served && is_looker(poller));
    } while (!cool_down(poller));
}

static bool take_looking(struct poller *poller)
{
    bool taken;

    AcquireSRWLockExclusive(&poll.lock);
    taken = !poll.looker;
    if (taken)
        poll.looker = poller;
    ReleaseSRWLockExclusive(&poll.lock);
    return taken;
}

/* ---- a poller ---- */

/* False: the calling poller, not counted as waiting any more, is not needed. */
static bool wait_for_doorbell(void)
{
    bool rung, stays;
    DWORD timeout;

    do {
        timeout = *(volatile unsigned *)&poll.waiting > WAITING_MAX ? pool_idle_ms : INFINITE;
        rung = WaitForSingleObject(poll.doorbell, timeout) == WAIT_OBJECT_0;
        AcquireSRWLockExclusive(&poll.lock);
        stays = !rung && poll.waiting <= WAITING_MAX;
        poll.waiting -= !stays;
        ReleaseSRWLockExclusive(&poll.lock);
    } while (stays);
    if (rung)
        ensure_listener();
    return rung;
}

static void poll_loop(struct poller *poller)
{
    bool looks;

    while (wait_for_doorbell()) {
        looks = take_looking(poller);
        serve_all();
        if (looks || is_looker(poller))
            look(poller);
        AcquireSRWLockExclusive(&poll.lock);
        poll.waiting++;
        ReleaseSRWLockExclusive(&poll.lock);
    }
}

static DWORD WINAPI poller_main(void *module)
{
    struct thread_state *state = thread_get();
    struct poller poller = {GetCurrentThreadId()};

    if (state) {
        state->pool_worker = true;
        state->poller = &poller;
        poll_loop(&poller);
    } else {
        AcquireSRWLockExclusive(&poll.lock);
        poll.waiting--;
        ReleaseSRWLockExclusive(&poll.lock);
    }
    AcquireSRWLockExclusive(&poll.lock);
    poll.total--;
    ReleaseSRWLockExclusive(&poll.lock);
    FreeLibraryAndExitThread(module, 0);
}

/* Others may need what this poller looked at. */
void poll_block_begin(struct poller *poller)
{
    bool ready = false;

    ensure_listener();
    AcquireSRWLockExclusive(&poll.lock);
    if (poll.looker == poller) {
        poll.looker = NULL;
        ready = rest_hot(RING_BUSY);
    }
    ReleaseSRWLockExclusive(&poll.lock);
    if (ready)
        SetEvent(poll.doorbell);
}

void poll_block_end(struct poller *poller)
{
    AcquireSRWLockExclusive(&poll.lock);
    if (!poll.looker) {
        poll.looker = poller;
        rest_hot(RING_AWAKE);
    }
    ReleaseSRWLockExclusive(&poll.lock);
}

/* ---- connections ---- */

const uint8_t *poll_doorbell(void)
{
    const uint8_t *name;

    AcquireSRWLockExclusive(&poll.lock);
    if (!poll.doorbell)
        poll.doorbell = shared_create_event(poll.name);
    name = poll.doorbell ? poll.name : NULL;
    ReleaseSRWLockExclusive(&poll.lock);
    return name;
}

DWORD poll_add(struct shared *shared)
{
    DWORD error = ensure_listener();

    if (error)
        return error;
    AcquireSRWLockExclusive(&poll.lock);
    list_append(&poll.conns, &shared->entry);
    ReleaseSRWLockExclusive(&poll.lock);
    return ERROR_SUCCESS;
}

void poll_remove(struct shared *shared)
{
    AcquireSRWLockExclusive(&poll.lock);
    list_remove(&shared->entry);
    ReleaseSRWLockExclusive(&poll.lock);
}

bool poll_rest(struct shared *shared)
{
    bool hot;

    AcquireSRWLockExclusive(&poll.lock);
    hot = make_hot(shared);
    if (hot)
        shared_rest(shared, RING_AWAKE);
    ReleaseSRWLockExclusive(&poll.lock);
    return !hot && shared_rest(shared, RING_SLEEPS_COMMONLY);
}
