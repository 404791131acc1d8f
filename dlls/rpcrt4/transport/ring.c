/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings: see ring.h. */
#include "transport/ring.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What is at least so long goes past the writer's cache. */
#define PAST_THE_CACHE 4096
/* A promise that has been kept is renewed before it would seem to be one of what is yet to come. */
#define LONG_PAST (1 << 30)

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

/* Into shared memory. Storing into lines that the reader's processor still has in its cache, from the
 * last time round, takes several times as long as storing around all caches. */
static void copy_out(uint8_t *to, const uint8_t *from, size_t length)
{
#ifdef __SSE2__
    if (length >= PAST_THE_CACHE) {
        size_t head = -(uintptr_t)to & (RING_LINE - 1);

        memcpy(to, from, head);
        to += head, from += head, length -= head;
        for (; length >= RING_LINE; to += RING_LINE, from += RING_LINE, length -= RING_LINE) {
            for (unsigned i = 0; i < RING_LINE; i += sizeof(__m128i))
                _mm_stream_si128((__m128i *)(to + i), _mm_loadu_si128((const __m128i *)(from + i)));
        }
        _mm_sfence();
    }
#endif
    memcpy(to, from, length);
}

void ring_promise(struct ring_end *end, uint32_t length)
{
    end->promised = end->position + length;
    __atomic_store_n(&end->shared->promised, end->promised, __ATOMIC_RELEASE);
}

static uint32_t write_piece(struct ring_end *end, const uint8_t *data, size_t length)
{
    uint32_t total = clip(ring_available(end), length), first = contiguous(end, total);

    if (!total)
        return 0;
    copy_out(place(end), data, first);
    copy_out(end->data, data + first, total - first);
    end->position += total;
    if ((int32_t)(end->position - end->promised) > LONG_PAST)
        ring_promise(end, 0);
    __atomic_store_n(&end->shared->tail, end->position, __ATOMIC_RELEASE);
    return total;
}

static uint32_t read_piece(struct ring_end *end, uint8_t *buffer, size_t length)
{
    uint32_t total = clip(ring_available(end), length), first = contiguous(end, total);

    if (!total)
        return 0;
    memcpy(buffer, place(end), first);
    memcpy(buffer + first, end->data, total - first);
    end->position += total;
    __atomic_store_n(&end->shared->head, end->position, __ATOMIC_RELEASE);
    return total;
}

static size_t next_piece(size_t left)
{
    return left < RING_PIECE ? left : RING_PIECE;
}

uint32_t ring_write(struct ring_end *end, const void *data, size_t length)
{
    uint32_t done = 0, piece;

    do {
        piece = write_piece(end, (const uint8_t *)data + done, next_piece(length - done));
        done += piece;
    } while (piece && done < length);
    return done;
}

uint32_t ring_read(struct ring_end *end, void *buffer, size_t length)
{
    uint32_t done = 0, piece;

    do {
        piece = read_piece(end, (uint8_t *)buffer + done, next_piece(length - done));
        done += piece;
    } while (piece && done < length);
    return done;
}

bool ring_is_promised(const struct ring_end *end)
{
    return (int32_t)(__atomic_load_n(&end->shared->promised, __ATOMIC_ACQUIRE) - end->position) >= 0;
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
