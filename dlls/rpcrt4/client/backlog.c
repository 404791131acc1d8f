/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ended calls that are to be completed: see backlog.h. */
#include "client/backlog.h"

#define THREADS 64 /* a power of two */

struct backlog {
    int32_t count;
    bool shrinks;
};

static struct backlog backlogs[THREADS];

static struct backlog *backlog_of(uint32_t id)
{
    return &backlogs[id / 4 % THREADS]; /* ids are multiples of 4 */
}

void backlog_add(uint32_t id)
{
    __atomic_add_fetch(&backlog_of(id)->count, 1, __ATOMIC_RELAXED);
}

void backlog_remove(uint32_t id)
{
    __atomic_sub_fetch(&backlog_of(id)->count, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&backlog_of(id)->shrinks, true, __ATOMIC_RELAXED);
}

bool backlog_shrinks(uint32_t id, int32_t *count)
{
    struct backlog *backlog = backlog_of(id);
    bool shrinks = __atomic_load_n(&backlog->shrinks, __ATOMIC_RELAXED);

    __atomic_store_n(&backlog->shrinks, false, __ATOMIC_RELAXED);
    *count = __atomic_load_n(&backlog->count, __ATOMIC_RELAXED);
    return shrinks;
}
