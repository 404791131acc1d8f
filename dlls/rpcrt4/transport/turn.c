/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns: see turn.h. */
#include "transport/turn.h"
#include "platform/clock.h"
#include "platform/list.h"
#include "platform/processors.h"
#include "platform/thread.h"
#include "platform/wait.h"

#define PLACES_MAX 15
#define TURN_US    500
/* Of brief waits one in so many looks at the clock, which takes as long as a tenth of a call. */
#define BRIEF_MAX 16
/* Between two of its waits a thread that makes calls is for so many rounds at most. */
#define BETWEEN_ROUNDS 100

struct place {
    DWORD thread;   /* whose turn it is; 0: nobody's */
    bool waits;
    uint32_t begun; /* counts its waits */
    int64_t until;  /* then it goes to another one; 0: nobody has asked for it */
    unsigned brief; /* waits in a row without a look at the clock */
};

struct candidate {
    struct list entry;
    DWORD thread;
    int32_t called;
};

unsigned turn_places;

static struct {
    SRWLOCK lock;
    struct list queue;
    unsigned queued;
    LONG asleep;
    struct place places[PLACES_MAX];
} turns = {.lock = SRWLOCK_INIT, .queue = {&turns.queue, &turns.queue}};

/* ---- with the lock held ---- */

static struct place *place_of(DWORD thread)
{
    for (unsigned i = 0; i < turn_places; i++) {
        if (turns.places[i].thread == thread)
            return &turns.places[i];
    }
    return NULL;
}

static bool take(DWORD thread)
{
    struct place *place = place_of(thread);

    if (!place && (place = place_of(0)))
        place->thread = thread;
    if (!place)
        return false;
    place->waits = true;
    place->begun++;
    return true;
}

static void queue(struct candidate *candidate)
{
    int64_t until = clock_us() + TURN_US;

    list_append(&turns.queue, &candidate->entry);
    turns.queued++;
    for (unsigned i = 0; i < turn_places; i++) {
        if (!turns.places[i].until)
            turns.places[i].until = until;
    }
}

static void give(struct place *place, struct candidate *candidate)
{
    list_remove(&candidate->entry);
    turns.queued--;
    place->thread = candidate->thread;
    place->waits = true;
    place->begun++;
    place->until = turns.queued ? clock_us() + TURN_US : 0;
    candidate->called = true;
}

static void vacate(struct place *place)
{
    struct candidate *next = LIST_FIRST(&turns.queue, struct candidate, entry);

    place->thread = 0;
    place->until = 0;
    if (!next)
        return;
    give(place, next);
    wake_all(&next->called);
}

/* The thread ends. */
static void leave(void *value)
{
    struct place *place;

    AcquireSRWLockExclusive(&turns.lock);
    place = place_of(GetCurrentThreadId());
    if (place)
        vacate(place);
    ReleaseSRWLockExclusive(&turns.lock);
}

/* ---- waiting for a turn ---- */

static void count_begun(uint32_t *begun)
{
    for (unsigned i = 0; i < turn_places; i++)
        begun[i] = __atomic_load_n(&turns.places[i].begun, __ATOMIC_RELAXED);
}

/* Is it the turn of one who has made no call since `begun`, or who does not get a processor? */
static bool take_over(struct candidate *candidate, const uint32_t *begun)
{
    int64_t now = clock_us();

    AcquireSRWLockExclusive(&turns.lock);
    for (unsigned i = 0; i < turn_places && !candidate->called; i++) {
        struct place *place = &turns.places[i];

        if (place->begun == begun[i] && (!place->waits || (place->until && now > place->until + TURN_US)))
            give(place, candidate);
    }
    ReleaseSRWLockExclusive(&turns.lock);
    return candidate->called;
}

static void leave_at_end(void)
{
    struct thread_state *state = thread_get();

    if (state)
        state->turn = (struct thread_slot){&turns, leave};
}

/* before: so many have their turn before. Whoever is called earlier than that is woken; the first one has to find
 * out itself if nobody goes on, and it alone: those that are woken in vain keep the one whose turn it is from its
 * processor. */
static void wait_for_turn(struct candidate *candidate, unsigned before)
{
    unsigned us = TURN_US * 2 + before * TURN_US * 3 / 2;
    uint32_t begun[PLACES_MAX];

    count_begun(begun);
    for (unsigned round = 0; round < BETWEEN_ROUNDS; round++)
        YieldProcessor();
    leave_at_end();
    while (!take_over(candidate, begun)) {
        count_begun(begun);
        wait_while_equal_us(&candidate->called, false, us);
    }
}

void turn_begin(void)
{
    struct candidate self = {.thread = GetCurrentThreadId()};
    unsigned before;
    bool taken;

    if (!turn_places)
        turn_places = min(max(processors_usable(), 2) - 1, PLACES_MAX); /* one is for those who answer */
    AcquireSRWLockExclusive(&turns.lock);
    taken = take(self.thread);
    before = turns.queued;
    if (!taken)
        queue(&self);
    ReleaseSRWLockExclusive(&turns.lock);
    if (!taken)
        wait_for_turn(&self, before);
}

bool turn_is_wanted(void)
{
    return __atomic_load_n(&turns.queued, __ATOMIC_RELAXED) || __atomic_load_n(&turns.asleep, __ATOMIC_RELAXED);
}

/* Has another thread been waiting for long enough? */
static bool is_over(struct place *place, bool brief)
{
    if (!place->until || (brief && ++place->brief < BRIEF_MAX))
        return false;
    place->brief = 0;
    return clock_us() >= place->until;
}

void turn_end(bool found, bool brief)
{
    struct place *place;

    AcquireSRWLockExclusive(&turns.lock);
    place = place_of(GetCurrentThreadId());
    if (place) {
        place->waits = false;
        if (!found || is_over(place, brief))
            vacate(place);
    }
    ReleaseSRWLockExclusive(&turns.lock);
}

void turn_sleep_begin(void)
{
    InterlockedIncrement(&turns.asleep);
}

void turn_sleep_end(void)
{
    InterlockedDecrement(&turns.asleep);
}
