/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings: see ring.h. */
#include "transport/ring.h"

#include <string.h>

void ring_init(struct ring_end *end, struct ring_shared *shared, void *data, uint32_t size, bool is_writer)
{
    memset(end, 0, sizeof(*end));
    end->shared = shared;
    end->data = data;
    end->size = size;
    end->is_writer = is_writer;
}

uint32_t ring_available(struct ring_end *end)
{
    uint32_t *peer = end->is_writer ? &end->shared->head : &end->shared->tail;
    uint32_t position = __atomic_load_n(peer, __ATOMIC_ACQUIRE);
    uint32_t unread = end->is_writer ? end->position - position : position - end->position;

    if (unread > end->size)
        end->broken = true;
    if (end->broken)
        return 0;
    return end->is_writer ? end->size - unread : unread;
}

/* Where `length` octets from the end's position on are: all of them, or up to the wrap. */
static uint32_t contiguous(const struct ring_end *end, uint32_t length)
{
    uint32_t left = end->size - (end->position & (end->size - 1));

    return length < left ? length : left;
}

static uint8_t *place(const struct ring_end *end)
{
    return end->data + (end->position & (end->size - 1));
}

static uint32_t clip(uint32_t available, size_t length)
{
    return length < available ? (uint32_t)length : available;
}

uint32_t ring_write(struct ring_end *end, const void *data, size_t length)
{
    uint32_t total = clip(ring_available(end), length), first = contiguous(end, total);

    if (!total)
        return 0;
    memcpy(place(end), data, first);
    memcpy(end->data, (const uint8_t *)data + first, total - first);
    end->position += total;
    __atomic_store_n(&end->shared->tail, end->position, __ATOMIC_RELEASE);
    return total;
}

uint32_t ring_read(struct ring_end *end, void *buffer, size_t length)
{
    uint32_t total = clip(ring_available(end), length), first = contiguous(end, total);

    if (!total)
        return 0;
    memcpy(buffer, place(end), first);
    memcpy((uint8_t *)buffer + first, end->data, total - first);
    end->position += total;
    __atomic_store_n(&end->shared->head, end->position, __ATOMIC_RELEASE);
    return total;
}

void ring_sleep(struct ring_end *end, enum ring_rest rest)
{
    uint32_t *word = end->is_writer ? &end->shared->writer_rest : &end->shared->reader_rest;

    if (__atomic_load_n(word, __ATOMIC_RELAXED) == rest)
        return;
    __atomic_store_n(word, rest, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

enum ring_rest ring_wake(struct ring_end *end)
{
    uint32_t *word = end->is_writer ? &end->shared->reader_rest : &end->shared->writer_rest;
    uint32_t rest;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    rest = __atomic_load_n(word, __ATOMIC_RELAXED);
    if (rest == RING_AWAKE)
        return RING_AWAKE;
    rest = __atomic_exchange_n(word, RING_AWAKE, __ATOMIC_SEQ_CST);
    return rest <= RING_SLEEPS_COMMONLY ? rest : RING_AWAKE;
}
