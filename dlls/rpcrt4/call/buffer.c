/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data's memory: see buffer.h. */
#include "call/buffer.h"
#include "platform/spare.h"
#include "transport/pool.h"

#define SMALL      48           /* octets: as much as an empty call needs, and more */
#define KEPT_LEAST (64u << 10) /* blocks between these two are the heap's business */
#define KEPT_MOST  ((4u << 20) + KEPT_LEAST)
#define KEPT_COUNT 8
#define KEPT_MS    1000

struct block {
    size_t capacity; /* of what follows */
    size_t unused;   /* so that that is aligned as the heap aligns */
};

static struct spare small_blocks;

static void forget_old(struct pool_timer *timer);

static struct {
    SRWLOCK lock;
    struct {
        struct block *block;
        bool old; /* not used since the timer was set */
    } kept[KEPT_COUNT];
    struct pool_timer timer;
    bool timer_set;
} buffers = {.lock = SRWLOCK_INIT};

/* ---- what is kept ---- */

/* A kept block that fits, but is not much too large. */
static struct block *take_kept(size_t size)
{
    struct block *found = NULL;

    AcquireSRWLockExclusive(&buffers.lock);
    for (unsigned i = 0; i < KEPT_COUNT && !found; i++) {
        struct block *block = buffers.kept[i].block;

        if (block && block->capacity >= size && block->capacity / 4 <= size) {
            found = block;
            buffers.kept[i].block = NULL;
        }
    }
    ReleaseSRWLockExclusive(&buffers.lock);
    return found;
}

/* With the lock held. */
static void set_timer(void)
{
    if (!buffers.timer.fire)
        pool_timer_init(&buffers.timer, forget_old);
    buffers.timer_set = !pool_timer_set(&buffers.timer, KEPT_MS);
}

/* Where another block can be kept: a free place, or that of the smallest. With the lock held. */
static unsigned place_to_keep(void)
{
    unsigned best = 0;

    for (unsigned i = 0; i < KEPT_COUNT; i++) {
        if (!buffers.kept[i].block)
            return i;
        if (buffers.kept[i].block->capacity < buffers.kept[best].block->capacity)
            best = i;
    }
    return best;
}

/* What has to be freed: nothing, a smaller one, or the block itself. */
static struct block *keep(struct block *block)
{
    struct block *freed = block;
    unsigned i;

    AcquireSRWLockExclusive(&buffers.lock);
    if (!buffers.timer_set)
        set_timer();
    i = place_to_keep();
    if (buffers.timer_set && (!buffers.kept[i].block || buffers.kept[i].block->capacity < block->capacity)) {
        freed = buffers.kept[i].block;
        buffers.kept[i].block = block;
        buffers.kept[i].old = false;
    }
    ReleaseSRWLockExclusive(&buffers.lock);
    return freed;
}

static void forget_old(struct pool_timer *timer)
{
    struct block *old[KEPT_COUNT] = {NULL};
    bool left = false;

    AcquireSRWLockExclusive(&buffers.lock);
    for (unsigned i = 0; i < KEPT_COUNT; i++) {
        if (buffers.kept[i].old) {
            old[i] = buffers.kept[i].block;
            buffers.kept[i].block = NULL;
        }
        buffers.kept[i].old = buffers.kept[i].block != NULL;
        left = left || buffers.kept[i].old;
    }
    buffers.timer_set = false;
    if (left)
        set_timer();
    ReleaseSRWLockExclusive(&buffers.lock);
    for (unsigned i = 0; i < KEPT_COUNT; i++)
        rpc_free(old[i]);
}

/* ---- for everybody ---- */

void *buffer_alloc(size_t size)
{
    struct block *block;
    size_t capacity = size;

    if (size > SIZE_MAX - sizeof(*block) - KEPT_LEAST)
        return NULL;
    if (size >= KEPT_LEAST) {
        if ((block = take_kept(size)))
            return block + 1;
        capacity = (size + KEPT_LEAST - 1) & ~(size_t)(KEPT_LEAST - 1);
    }
    if (size <= SMALL) {
        capacity = SMALL;
        block = spare_alloc(&small_blocks, sizeof(*block) + SMALL);
    } else {
        block = rpc_alloc(sizeof(*block) + capacity);
    }
    if (!block)
        return NULL;
    block->capacity = capacity;
    return block + 1;
}

void *buffer_reuse(size_t size)
{
    struct block *block = size >= KEPT_LEAST ? take_kept(size) : NULL;

    return block ? block + 1 : NULL;
}

void *buffer_resize(void *buffer, size_t size)
{
    struct block *block = buffer ? (struct block *)buffer - 1 : NULL;
    void *resized;

    if (block && size <= block->capacity && size >= block->capacity / 4)
        return buffer;
    resized = buffer_alloc(size);
    if (resized && block) {
        memcpy(resized, buffer, min(size, block->capacity));
        buffer_free(buffer);
    }
    return resized;
}

void buffer_free(void *buffer)
{
    struct block *block = buffer ? (struct block *)buffer - 1 : NULL;

    if (block && block->capacity >= KEPT_LEAST && block->capacity <= KEPT_MOST)
        block = keep(block);
    if (block && block->capacity == SMALL)
        spare_free(&small_blocks, block);
    else
        rpc_free(block);
}

static void *allocate(void *context, size_t size)
{
    return buffer_alloc(size);
}

static void *reuse(void *context, size_t size)
{
    return buffer_reuse(size);
}

static void release(void *context, void *memory)
{
    buffer_free(memory);
}

const struct wire_allocator buffer_allocator = {allocate, release, NULL, reuse};
