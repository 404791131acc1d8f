/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pollers: see poll.h. */
#include "transport/poll.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "transport/monitor.h"
#include "transport/reserve.h"
#include "transport/spin_wait.h"

#define HOT_MAX       32  /* connections that the looker looks at */
#define LISTENERS_MAX 2   /* so many go on listening after they have looked */
#define BATCH         16  /* connections that are taken out of the list at once */
#define TICK_MOST_US  (8 * MONITOR_TICK_US)

/* One of the threads. What it begins with, or goes on with after it has looked: */
enum poller_part {
    LISTENER = 1, /* waits for the doorbell */
    SUCCESSOR,    /* has been called to look in the place of one who is kept */
};

struct poller {
    uint32_t keeps; /* counts: odd while a callback keeps it (poll_block_begin()) */
};

#define REPLACED 0 /* a poller's `keeps`, when another has taken its place meanwhile */

static struct {
    SRWLOCK lock;
    HANDLE doorbell;
    uint8_t name[SHARED_NAME_LENGTH];
    struct list conns;
    unsigned total, listeners; /* listeners: or about to be */
    struct reserve reserve;
    struct poller *looker;
    struct poller successor;             /* the looker until the one who is called takes over */
    const struct poller *watched_looker; /* when the monitor looked last */
    uint32_t watched_keeps;
    unsigned tick_us; /* the monitor's: how often it looks */
    /* Referenced, and resting RING_AWAKE. Taken out by the looker alone, so that it may look at them
     * without the lock. */
    struct shared *hot[HOT_MAX];
    unsigned hot_count;
    struct spin spin;
} poll = {.lock = SRWLOCK_INIT, .tick_us = MONITOR_TICK_US, .reserve = RESERVE_INIT(poll.reserve),
          .conns = {&poll.conns, &poll.conns}};

/* ---- threads ---- */

static DWORD WINAPI listener_main(void *module);
static DWORD WINAPI successor_main(void *module);

/* Finds a poller, of the reserve or a new one. True: it has been counted, and the caller has to start
 * it. With the lock held. */
static bool find_poller(enum poller_part part, DWORD *error)
{
    *error = ERROR_SUCCESS;
    if (reserve_call(&poll.reserve, part))
        return false;
    if (poll.total >= POOL_WORKERS_MAX) {
        *error = ERROR_MAX_THRDS_REACHED;
        return false;
    }
    poll.total++;
    return true;
}

static DWORD start_poller(LPTHREAD_START_ROUTINE main)
{
    DWORD error = pool_start_thread(main);

    if (error) {
        AcquireSRWLockExclusive(&poll.lock);
        poll.total--;
        ReleaseSRWLockExclusive(&poll.lock);
    }
    return error;
}

/* Sees to it that somebody hears the doorbell. */
static DWORD ensure_listener(void)
{
    DWORD error = ERROR_SUCCESS;
    bool start = false;

    if (*(volatile unsigned *)&poll.listeners)
        return ERROR_SUCCESS;
    AcquireSRWLockExclusive(&poll.lock);
    if (!poll.listeners) {
        start = find_poller(LISTENER, &error);
        poll.listeners += !error;
    }
    ReleaseSRWLockExclusive(&poll.lock);
    if (start && (error = start_poller(listener_main))) {
        AcquireSRWLockExclusive(&poll.lock);
        poll.listeners--;
        ReleaseSRWLockExclusive(&poll.lock);
    }
    return error;
}

/* What the calling poller, which has looked, does next; 0: it has not been needed for long. */
static enum poller_part next_part(void)
{
    enum poller_part part = LISTENER;

    AcquireSRWLockExclusive(&poll.lock);
    if (poll.listeners < LISTENERS_MAX)
        poll.listeners++;
    else
        part = reserve_wait(&poll.reserve, &poll.lock, pool_idle_ms);
    ReleaseSRWLockExclusive(&poll.lock);
    return part;
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

static bool is_flowing(void)
{
    unsigned hot = __atomic_load_n(&poll.hot_count, __ATOMIC_ACQUIRE);

    for (unsigned i = 0; i < hot; i++) {
        if (shared_is_flowing(poll.hot[i]))
            return true;
    }
    return false;
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
            poll.hot[i]->used = true;
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
            if ((!shared->warm && !shared_was_rung(shared)) || is_hot(shared) || !transport_try_addref(shared->conn))
                continue;
            shared->used = shared->used || !shared->warm;
            shared->warm = false;
            if (make_hot(shared))
                shared_rest(shared, true);
            ready[count++] = shared;
        }
        ReleaseSRWLockExclusive(&poll.lock);
        for (unsigned i = 0; i < count; i++) {
            shared_progress(ready[i]);
            transport_release(ready[i]->conn);
        }
    } while (count == BATCH);
}

/* The only connection that has been rung for, referenced; NULL if there is none or more, or somebody looks. */
static struct shared *find_lone(void)
{
    struct shared *found = NULL;
    unsigned count = 0;

    AcquireSRWLockExclusive(&poll.lock);
    LIST_FOR_EACH(shared, &poll.conns, struct shared, entry) {
        if (poll.looker || count > 1)
            break;
        if (!shared_was_rung(shared))
            continue;
        found = shared;
        count++;
    }
    if (count != 1 || !transport_try_addref(found->conn))
        found = NULL;
    if (found)
        found->used = found->warm = true;
    ReleaseSRWLockExclusive(&poll.lock);
    return found;
}

/* Does what is ready there before anybody looks: for what comes meanwhile peers ring and another poller
 * listens. So the monitor, whose waking takes as long as a good part of the call, is not needed. */
static void serve_lone(void)
{
    struct shared *lone = find_lone();

    if (!lone)
        return;
    shared_progress(lone);
    transport_release(lone->conn);
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
            count = poll.hot_count;
            memcpy(cold, poll.hot, sizeof(cold));
            for (unsigned i = 0; i < count; i++) {
                cold[i]->warm = cold[i]->used;
                cold[i]->used = false;
            }
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
        spin_wait_begin(&wait, is_flowing() ? &shared_flow_spin : &poll.spin, poll.hot_count > 1);
        do
            served = serve_hot();
        while (!served && is_looker(poller) && spin_wait_more(&wait));
        spin_end(&wait, served);
        if (!served)
            cool_down(poller, false);
    }
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

/* ---- a looker that is kept ---- */

static void succeed(struct poller *poller)
{
    AcquireSRWLockExclusive(&poll.lock);
    if (poll.looker == &poll.successor)
        poll.looker = poller;
    ReleaseSRWLockExclusive(&poll.lock);
}

/* Nobody can be found who looks: peers have to ring. */
static void give_up(struct poller *poller)
{
    if (!cool_down(poller, true))
        SetEvent(poll.doorbell);
}

/* Is the looker kept, by the same callback as when the monitor looked before? `busy`: it has at least run
 * callbacks since. With the lock held. */
static bool is_kept_long(uint32_t *keeps, bool *busy)
{
    bool same;

    *keeps = poll.looker ? __atomic_load_n(&poll.looker->keeps, __ATOMIC_ACQUIRE) : REPLACED;
    same = poll.looker == poll.watched_looker && *keeps == poll.watched_keeps;
    *busy = poll.looker && (!same || *keeps & 1);
    poll.watched_looker = poll.looker;
    poll.watched_keeps = *keeps;
    return same && *keeps & 1;
}

/* For the monitor: calls another looker for one who is kept long. As long as none is, it is looked at
 * less and less often. */
static unsigned poll_watch(void)
{
    DWORD error = ERROR_SUCCESS;
    bool start = false, busy;
    uint32_t keeps;

    AcquireSRWLockExclusive(&poll.lock);
    poll.tick_us = min(poll.tick_us + poll.tick_us / 4, TICK_MOST_US);
    if (is_kept_long(&keeps, &busy) && __atomic_compare_exchange_n(&poll.looker->keeps, &keeps, REPLACED, false,
                                                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        poll.looker = &poll.successor;
        poll.tick_us = MONITOR_TICK_US;
        start = find_poller(SUCCESSOR, &error);
    }
    ReleaseSRWLockExclusive(&poll.lock);
    if (start)
        error = start_poller(successor_main);
    if (error)
        give_up(&poll.successor);
    return busy ? poll.tick_us : 0;
}

/* ---- a poller ---- */

static void listen(struct poller *poller)
{
    WaitForSingleObject(poll.doorbell, INFINITE);
    AcquireSRWLockExclusive(&poll.lock);
    poll.listeners--;
    ReleaseSRWLockExclusive(&poll.lock);
    if (!ensure_listener())
        serve_lone();
    take_looking(poller);
    serve_all();
}

static void play(struct poller *poller, enum poller_part part)
{
    do {
        if (part == LISTENER)
            listen(poller);
        else
            succeed(poller);
        look(poller);
    } while ((part = next_part()));
}

static void run_poller(enum poller_part part)
{
    struct thread_state *state = thread_get();
    struct poller poller = {2};

    if (state) {
        state->pool_worker = true;
        state->poller = &poller;
        play(&poller, part);
    } else if (part == SUCCESSOR) {
        give_up(&poll.successor);
    }
    AcquireSRWLockExclusive(&poll.lock);
    poll.listeners -= !state && part == LISTENER;
    poll.total--;
    ReleaseSRWLockExclusive(&poll.lock);
}

static DWORD WINAPI listener_main(void *module)
{
    run_poller(LISTENER);
    FreeLibraryAndExitThread(module, 0);
}

static DWORD WINAPI successor_main(void *module)
{
    run_poller(SUCCESSOR);
    FreeLibraryAndExitThread(module, 0);
}

/* What this poller looks at, others may need: the monitor sees to that, or nobody looks. */
void poll_block_begin(struct poller *poller)
{
    ensure_listener();
    __atomic_add_fetch(&poller->keeps, 1, __ATOMIC_SEQ_CST);
    if (is_looker(poller) && !monitor_begin(TICK_MOST_US))
        give_up(poller);
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
    if (!poll.doorbell && (poll.doorbell = shared_create_event(poll.name)))
        monitor_add(poll_watch);
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
        shared_rest(shared, true);
    ReleaseSRWLockExclusive(&poll.lock);
    return !hot && shared_rest(shared, false);
}
