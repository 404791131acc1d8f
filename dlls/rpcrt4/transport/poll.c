/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pollers: see poll.h. */
#include "transport/poll.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "platform/wait.h"
#include "transport/spin.h"

#define HOT_MAX       32  /* connections that the looker looks at */
#define LISTENERS_MAX 2   /* so many go on listening after they have looked */
#define BATCH         16  /* connections that are taken out of the list at once */
#define TICK_US       200 /* of the stand-in: a looker that is kept that long, or twice that, is replaced */

/* One of the threads. What it does while it does not look: */
enum poller_part {
    LISTENER,
    STAND_IN,
    PARTS,
};

struct poller {
    uint32_t keeps; /* counts: odd while a callback keeps it (poll_block_begin()) */
};

#define REPLACED 0 /* a poller's `keeps`, when the stand-in has taken its place meanwhile */

static struct {
    SRWLOCK lock;
    HANDLE doorbell;
    uint8_t name[SHARED_NAME_LENGTH];
    struct list conns;
    unsigned total;
    unsigned cast[PARTS];    /* how many play each part, or are about to */
    unsigned reserve;        /* play none */
    unsigned called[PARTS];  /* of the reserve, which has not heard it yet */
    CONDITION_VARIABLE call; /* there is something in `called` */
    struct poller *looker;
    int32_t active; /* there is a looker: the stand-in waits for it */
    /* Referenced, and resting RING_AWAKE. Taken out by the looker alone, so that it may look at them
     * without the lock. */
    struct shared *hot[HOT_MAX];
    unsigned hot_count;
    struct spin spin;
} poll = {.lock = SRWLOCK_INIT, .call = CONDITION_VARIABLE_INIT, .conns = {&poll.conns, &poll.conns}};

/* ---- threads ---- */

static DWORD WINAPI listener_main(void *module);
static DWORD WINAPI stand_in_main(void *module);

static const LPTHREAD_START_ROUTINE mains[] = {[LISTENER] = listener_main, [STAND_IN] = stand_in_main};

/* Finds a poller for a part that nobody plays: one of the reserve, or a new thread. */
static DWORD cast(enum poller_part part)
{
    DWORD error = ERROR_SUCCESS;
    bool start = false;

    if (*(volatile unsigned *)&poll.cast[part])
        return ERROR_SUCCESS;
    AcquireSRWLockExclusive(&poll.lock);
    if (!poll.cast[part] && poll.reserve) {
        poll.reserve--;
        poll.cast[part]++;
        poll.called[part]++;
        WakeConditionVariable(&poll.call);
    } else if (!poll.cast[part] && poll.total < POOL_WORKERS_MAX) {
        start = true;
        poll.total++;
        poll.cast[part]++;
    } else if (!poll.cast[part]) {
        error = ERROR_MAX_THRDS_REACHED;
    }
    ReleaseSRWLockExclusive(&poll.lock);
    if (start && (error = pool_start_thread(mains[part]))) {
        AcquireSRWLockExclusive(&poll.lock);
        poll.total--;
        poll.cast[part]--;
        ReleaseSRWLockExclusive(&poll.lock);
    }
    return error;
}

/* The calling poller joins the reserve. False: it has not been needed for long. With the lock held. */
static bool wait_for_call(enum poller_part *part)
{
    bool in_time = true;

    poll.reserve++;
    for (;;) {
        for (*part = 0; *part < PARTS; ++*part) {
            if (poll.called[*part]) {
                poll.called[*part]--;
                return true;
            }
        }
        if (!in_time)
            break;
        in_time = SleepConditionVariableSRW(&poll.call, &poll.lock, pool_idle_ms, 0);
    }
    poll.reserve--;
    return false;
}

/* What the calling poller, which has looked, does next. False: it is not needed. */
static bool next_part(enum poller_part *part)
{
    bool needed = true;

    AcquireSRWLockExclusive(&poll.lock);
    if (!poll.cast[STAND_IN])
        poll.cast[*part = STAND_IN]++;
    else if (poll.cast[LISTENER] < LISTENERS_MAX)
        poll.cast[*part = LISTENER]++;
    else
        needed = wait_for_call(part);
    ReleaseSRWLockExclusive(&poll.lock);
    return needed;
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
    poll.hot[poll.hot_count] = shared;
    __atomic_store_n(&poll.hot_count, poll.hot_count + 1, __ATOMIC_RELEASE);
    return true;
}

static bool rest_hot(bool looked_at)
{
    bool ready = false;

    for (unsigned i = 0; i < poll.hot_count; i++)
        ready = shared_rest(poll.hot[i], looked_at) || ready;
    return ready;
}

/* ---- looking ---- */

static bool is_looker(const struct poller *poller)
{
    return *(struct poller *volatile *)&poll.looker == poller;
}

/* The looker does what is ready at the connections that it looks at. (A callback may keep it, and it
 * be replaced meanwhile: so it has references of its own.) */
static bool serve_hot(void)
{
    struct shared *ready[HOT_MAX];
    unsigned count = 0, hot = __atomic_load_n(&poll.hot_count, __ATOMIC_ACQUIRE);
    bool served = false;

    for (unsigned i = 0; i < hot; i++) {
        if (shared_is_ready(poll.hot[i])) {
            transport_addref(poll.hot[i]->conn);
            ready[count++] = poll.hot[i];
        }
    }
    for (unsigned i = 0; i < count; i++) {
        served = shared_progress(ready[i]) || served;
        transport_release(ready[i]->conn);
    }
    return served;
}

/* Does what is ready, or has been rung for, at all other connections, and lets the looker look at
 * those further on. */
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
            if (!shared_was_rung(shared) || is_hot(shared) || !transport_try_addref(shared->conn))
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

/* Ends looking: peers have to ring again. False: one of them has something after all, and the calling
 * poller, unless it must end, goes on. */
static bool cool_down(struct poller *poller, bool must)
{
    struct shared *cold[HOT_MAX];
    unsigned count = 0;
    bool ready = false;

    AcquireSRWLockExclusive(&poll.lock);
    if (poll.looker == poller) {
        ready = rest_hot(false);
        if (ready && !must) {
            rest_hot(true);
        } else {
            poll.looker = NULL;
            poll.active = false;
            count = poll.hot_count;
            memcpy(cold, poll.hot, sizeof(cold));
            poll.hot_count = 0;
        }
    }
    ReleaseSRWLockExclusive(&poll.lock);
    for (unsigned i = 0; i < count; i++)
        transport_release(cold[i]->conn);
    return !ready;
}

static void look(struct poller *poller)
{
    struct spin_wait wait;
    bool served;

    while (is_looker(poller)) {
        spin_begin(&wait, &poll.spin);
        do
            served = serve_hot();
        while (!served && is_looker(poller) && spin_more(&wait));
        spin_end(&wait, served);
        if (!served)
            cool_down(poller, false);
    }
}

static bool take_looking(struct poller *poller)
{
    bool taken;

    if (cast(STAND_IN))
        return false;
    AcquireSRWLockExclusive(&poll.lock);
    taken = !poll.looker;
    if (taken) {
        poll.looker = poller;
        poll.active = true;
    }
    ReleaseSRWLockExclusive(&poll.lock);
    if (taken)
        wake_all(&poll.active);
    return taken;
}

/* ---- the stand-in ---- */

/* Takes the place of a looker that the same callback has kept since the last tick. */
static bool take_over(struct poller *poller, const struct poller **looker, uint32_t *keeps)
{
    struct poller *kept;
    uint32_t now = REPLACED;
    bool taken;

    AcquireSRWLockExclusive(&poll.lock);
    kept = poll.looker;
    if (kept)
        now = __atomic_load_n(&kept->keeps, __ATOMIC_ACQUIRE);
    taken = now & 1 && now == *keeps && kept == *looker &&
            __atomic_compare_exchange_n(&kept->keeps, &now, REPLACED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    if (taken) {
        poll.looker = poller;
        poll.cast[STAND_IN]--;
    }
    ReleaseSRWLockExclusive(&poll.lock);
    *looker = kept;
    *keeps = now;
    return taken;
}

/* Waits until it is needed, and looks from then on. */
static void stand_in(struct poller *poller)
{
    const struct poller *looker = NULL;
    uint32_t keeps = REPLACED;

    do {
        wait_while_equal(&poll.active, false);
        wait_while_equal_us(&poll.active, true, TICK_US);
    } while (!take_over(poller, &looker, &keeps));
    cast(STAND_IN); /* if that fails, poll_block_begin() tries again */
}

/* ---- a poller ---- */

static void listen(struct poller *poller)
{
    WaitForSingleObject(poll.doorbell, INFINITE);
    AcquireSRWLockExclusive(&poll.lock);
    poll.cast[LISTENER]--;
    ReleaseSRWLockExclusive(&poll.lock);
    cast(LISTENER);
    take_looking(poller);
    serve_all();
}

static void play(struct poller *poller, enum poller_part part)
{
    do {
        if (part == STAND_IN)
            stand_in(poller);
        else
            listen(poller);
        look(poller);
    } while (next_part(&part));
}

static void run_poller(enum poller_part part)
{
    struct thread_state *state = thread_get();
    struct poller poller = {2};

    if (state) {
        state->pool_worker = true;
        state->poller = &poller;
        play(&poller, part);
    }
    AcquireSRWLockExclusive(&poll.lock);
    if (!state)
        poll.cast[part]--;
    poll.total--;
    ReleaseSRWLockExclusive(&poll.lock);
}

static DWORD WINAPI listener_main(void *module)
{
    run_poller(LISTENER);
    FreeLibraryAndExitThread(module, 0);
}

static DWORD WINAPI stand_in_main(void *module)
{
    run_poller(STAND_IN);
    FreeLibraryAndExitThread(module, 0);
}

/* What this poller looks at, others may need: the stand-in sees to that, or nobody looks. */
void poll_block_begin(struct poller *poller)
{
    cast(LISTENER);
    if (is_looker(poller) && cast(STAND_IN) && !cool_down(poller, true))
        SetEvent(poll.doorbell);
    __atomic_add_fetch(&poller->keeps, 1, __ATOMIC_RELEASE);
}

void poll_block_end(struct poller *poller)
{
    uint32_t keeps = __atomic_load_n(&poller->keeps, __ATOMIC_RELAXED), next = keeps + 1 ? keeps + 1 : 2;

    if (keeps != REPLACED && __atomic_compare_exchange_n(&poller->keeps, &keeps, next, false, __ATOMIC_ACQ_REL,
                                                         __ATOMIC_RELAXED))
        return;
    AcquireSRWLockExclusive(&poll.lock); /* until the one who takes over has done so */
    poller->keeps = 2;
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
    DWORD error = cast(LISTENER);

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
        shared_rest(shared, true);
    ReleaseSRWLockExclusive(&poll.lock);
    return !hot && shared_rest(shared, false);
}
