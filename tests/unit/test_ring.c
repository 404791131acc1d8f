/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rings in shared memory: transport/ring.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/ring.h"

#define SIZE 64

struct pipe {
    struct ring_shared shared;
    struct ring_end writer, reader;
    uint8_t *data; /* of its own, so that a step too far is seen */
};

static struct pipe *pipe_new(uint32_t size)
{
    struct pipe *pipe = aligned_alloc(RING_LINE, sizeof(*pipe));

    assert_non_null(pipe);
    memset(pipe, 0, sizeof(*pipe));
    pipe->data = malloc(size);
    ring_init(&pipe->writer, &pipe->shared, pipe->data, size, true);
    ring_init(&pipe->reader, &pipe->shared, pipe->data, size, false);
    return pipe;
}

static void pipe_free(struct pipe *pipe)
{
    free(pipe->data);
    free(pipe);
}

/* ---- data ---- */

static void what_is_written_is_read_across_every_wrap(void **unused)
{
    struct pipe *pipe = pipe_new(SIZE);
    uint8_t out[SIZE + 1], in[SIZE + 1];

    for (unsigned i = 0; i < sizeof(out); i++)
        out[i] = (uint8_t)(i * 7 + 1);
    for (unsigned length = 0; length <= SIZE; length++) {
        for (unsigned round = 0; round < 3; round++) {
            assert_int_equal(ring_available(&pipe->reader), 0);
            assert_int_equal(ring_available(&pipe->writer), SIZE);
            assert_int_equal(ring_write(&pipe->writer, out, length), length);
            assert_int_equal(ring_available(&pipe->reader), length);
            memset(in, 0, sizeof(in));
            assert_int_equal(ring_read(&pipe->reader, in, sizeof(in)), length);
            assert_memory_equal(in, out, length);
        }
    }
    pipe_free(pipe);
}

static void only_what_fits_is_written_and_only_what_is_there_is_read(void **unused)
{
    struct pipe *pipe = pipe_new(SIZE);
    uint8_t data[2 * SIZE] = {0};

    assert_int_equal(ring_write(&pipe->writer, data, sizeof(data)), SIZE);
    assert_int_equal(ring_write(&pipe->writer, data, 1), 0);
    assert_int_equal(ring_read(&pipe->reader, data, 10), 10);
    assert_int_equal(ring_write(&pipe->writer, data, sizeof(data)), 10);
    assert_int_equal(ring_read(&pipe->reader, data, sizeof(data)), SIZE);
    assert_int_equal(ring_read(&pipe->reader, data, sizeof(data)), 0);
    pipe_free(pipe);
}

static void positions_may_pass_the_end_of_their_type(void **unused)
{
    struct pipe *pipe = pipe_new(SIZE);
    uint8_t out[48], in[48];

    pipe->shared.head = pipe->shared.tail = pipe->writer.position = pipe->reader.position = UINT32_MAX - 100;
    memset(out, 5, sizeof(out));
    for (int i = 0; i < 10; i++) {
        assert_int_equal(ring_write(&pipe->writer, out, sizeof(out)), sizeof(out));
        assert_int_equal(ring_read(&pipe->reader, in, sizeof(in)), sizeof(in));
        assert_memory_equal(in, out, sizeof(in));
    }
    pipe_free(pipe);
}

/* Long copies go another way than short ones: at every alignment, across the wrap, and in pieces. */
static void long_copies_are_the_same_octets(void **unused)
{
    enum { LARGE = 128 << 10, MOST = RING_PIECE * 3 + 77 };
    struct pipe *pipe = pipe_new(LARGE);
    uint8_t *out = malloc(MOST), *in = malloc(MOST);
    uint32_t length, turn = 0;

    for (unsigned i = 0; i < MOST; i++)
        out[i] = (uint8_t)(i * 31 + (i >> 8));
    for (length = 4000; length <= MOST; length += length < 4300 ? 1 : 7919, turn++) {
        assert_int_equal(ring_write(&pipe->writer, out, length), length);
        assert_int_equal(ring_available(&pipe->reader), length);
        memset(in, 0, MOST);
        assert_int_equal(ring_read(&pipe->reader, in + turn % 16, length - 16), length - 16);
        assert_memory_equal(in + turn % 16, out, length - 16);
        assert_int_equal(ring_read(&pipe->reader, in, MOST), 16);
        assert_memory_equal(in, out + length - 16, 16);
    }
    free(in);
    free(out);
    pipe_free(pipe);
}

static void a_promise_holds_until_more_than_that_has_been_read(void **unused)
{
    struct pipe *pipe = pipe_new(SIZE);
    uint8_t data[SIZE] = {0};

    ring_promise(&pipe->writer, 40);
    assert_true(ring_is_promised(&pipe->reader));
    for (unsigned done = 0; done < 40; done += 20) {
        assert_int_equal(ring_write(&pipe->writer, data, 20), 20);
        assert_int_equal(ring_read(&pipe->reader, data, SIZE), 20);
        assert_true(ring_is_promised(&pipe->reader));
    }
    assert_int_equal(ring_write(&pipe->writer, data, 1), 1);
    assert_int_equal(ring_read(&pipe->reader, data, SIZE), 1);
    assert_false(ring_is_promised(&pipe->reader));
    pipe_free(pipe);
}

/* Positions go round: what was promised long ago must not seem to be ahead one day. */
static void an_old_promise_is_never_ahead(void **unused)
{
    enum { LARGE = 1 << 20 };
    struct pipe *pipe = pipe_new(LARGE);
    uint8_t *data = calloc(1, LARGE);

    ring_promise(&pipe->writer, 1);
    assert_int_equal(ring_write(&pipe->writer, data, 2), 2);
    assert_int_equal(ring_read(&pipe->reader, data, 2), 2);
    for (uint32_t step = 0; step < 20; step++) {
        uint32_t position = pipe->writer.position + (1u << 28);

        pipe->shared.head = pipe->shared.tail = pipe->writer.position = pipe->reader.position = position;
        assert_int_equal(ring_write(&pipe->writer, data, 1), 1);
        assert_int_equal(ring_read(&pipe->reader, data, 1), 1);
        assert_int_equal(ring_write(&pipe->writer, data, 1), 1);
        assert_int_equal(ring_read(&pipe->reader, data, 1), 1);
        assert_false(ring_is_promised(&pipe->reader));
    }
    free(data);
    pipe_free(pipe);
}

/* ---- hostile peers ---- */

/* Whatever the peer promises, no more is read than is there, and nothing breaks. */
static void a_promise_is_not_data(void **unused)
{
    static const uint32_t promises[] = {1, SIZE + 1, 0x7fffffff, 0x80000000, UINT32_MAX};
    uint8_t data[SIZE] = {0};

    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        struct pipe *pipe = pipe_new(SIZE);

        pipe->shared.promised = promises[i];
        assert_int_equal(ring_read(&pipe->reader, data, sizeof(data)), 0);
        assert_int_equal(ring_write(&pipe->writer, data, 5), 5);
        assert_int_equal(ring_read(&pipe->reader, data, sizeof(data)), 5);
        assert_false(pipe->reader.broken);
        pipe_free(pipe);
    }
}

static void an_impossible_tail_breaks_the_readers_end_for_good(void **unused)
{
    static const uint32_t tails[] = {SIZE + 1, 0x7fffffff, 0x80000000, UINT32_MAX};
    uint8_t data[SIZE];

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        struct pipe *pipe = pipe_new(SIZE);

        pipe->shared.tail = tails[i];
        assert_int_equal(ring_read(&pipe->reader, data, sizeof(data)), 0);
        assert_true(pipe->reader.broken);
        pipe->shared.tail = 1;
        assert_int_equal(ring_available(&pipe->reader), 0);
        pipe_free(pipe);
    }
}

static void an_impossible_head_breaks_the_writers_end_for_good(void **unused)
{
    static const uint32_t heads[] = {11, SIZE, UINT32_MAX - SIZE, UINT32_MAX - SIZE + 10};
    uint8_t data[SIZE] = {0};

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct pipe *pipe = pipe_new(SIZE);

        assert_int_equal(ring_write(&pipe->writer, data, 10), 10);
        pipe->shared.head = heads[i];
        assert_int_equal(ring_write(&pipe->writer, data, sizeof(data)), 0);
        assert_true(pipe->writer.broken);
        pipe->shared.head = 10;
        assert_int_equal(ring_available(&pipe->writer), 0);
        pipe_free(pipe);
    }
}

/* Each end looks only at its own position: what the peer writes over it changes nothing. */
static void an_ends_own_position_is_its_own(void **unused)
{
    struct pipe *pipe = pipe_new(SIZE);
    uint8_t data[4] = {1, 2, 3, 4}, in[4];

    assert_int_equal(ring_write(&pipe->writer, data, 4), 4);
    pipe->shared.head = 0x12345678;
    assert_int_equal(ring_read(&pipe->reader, in, 4), 4);
    assert_memory_equal(in, data, 4);
    assert_int_equal(pipe->shared.head, 4);
    pipe_free(pipe);
}

/* ---- waking ---- */

static void who_moves_is_told_once_how_to_wake_the_other(void **unused)
{
    struct pipe *pipe = pipe_new(SIZE);

    assert_int_equal(ring_wake(&pipe->writer), RING_AWAKE);
    ring_sleep(&pipe->reader, RING_SLEEPS_ALONE);
    assert_int_equal(ring_wake(&pipe->reader), RING_AWAKE);
    assert_int_equal(ring_wake(&pipe->writer), RING_SLEEPS_ALONE);
    assert_int_equal(ring_wake(&pipe->writer), RING_AWAKE);
    ring_sleep(&pipe->writer, RING_SLEEPS_COMMONLY);
    assert_int_equal(ring_wake(&pipe->reader), RING_SLEEPS_COMMONLY);
    pipe->shared.reader_rest = 99;
    assert_int_equal(ring_wake(&pipe->writer), RING_AWAKE);
    pipe_free(pipe);
}

/* ---- two threads that sleep ---- */

#define STREAM (4u << 20)

struct sleeper {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool rung;
};

struct stream {
    struct pipe *pipe;
    struct sleeper writer, reader;
};

static void ring(struct sleeper *sleeper)
{
    pthread_mutex_lock(&sleeper->lock);
    sleeper->rung = true;
    pthread_cond_signal(&sleeper->changed);
    pthread_mutex_unlock(&sleeper->lock);
}

static void sleep_until_rung(struct sleeper *sleeper)
{
    pthread_mutex_lock(&sleeper->lock);
    while (!sleeper->rung)
        pthread_cond_wait(&sleeper->changed, &sleeper->lock);
    sleeper->rung = false;
    pthread_mutex_unlock(&sleeper->lock);
}

/* Every wake-up that is lost would end this in a hang. */
static void rest(struct ring_end *end, struct sleeper *sleeper)
{
    ring_sleep(end, RING_SLEEPS_ALONE);
    if (!ring_available(end))
        sleep_until_rung(sleeper);
    ring_sleep(end, RING_AWAKE);
}

static void *write_stream(void *arg)
{
    struct stream *stream = arg;
    uint32_t sent = 0, length;
    uint8_t piece[50];

    while (sent < STREAM) {
        for (unsigned i = 0; i < sizeof(piece); i++)
            piece[i] = (uint8_t)((sent + i) * 31);
        length = STREAM - sent < sizeof(piece) ? STREAM - sent : sizeof(piece);
        length = ring_write(&stream->pipe->writer, piece, length);
        sent += length;
        if (length && ring_wake(&stream->pipe->writer))
            ring(&stream->reader);
        if (!length)
            rest(&stream->pipe->writer, &stream->writer);
    }
    return NULL;
}

static void two_threads_that_sleep_lose_nothing(void **unused)
{
    struct stream stream = {.pipe = pipe_new(SIZE)};
    uint32_t got = 0, length;
    uint8_t piece[37];
    pthread_t thread;

    pthread_mutex_init(&stream.writer.lock, NULL);
    pthread_cond_init(&stream.writer.changed, NULL);
    pthread_mutex_init(&stream.reader.lock, NULL);
    pthread_cond_init(&stream.reader.changed, NULL);
    assert_int_equal(pthread_create(&thread, NULL, write_stream, &stream), 0);
    while (got < STREAM) {
        length = ring_read(&stream.pipe->reader, piece, sizeof(piece));
        for (unsigned i = 0; i < length; i++)
            assert_int_equal(piece[i], (uint8_t)((got + i) * 31));
        got += length;
        if (length && ring_wake(&stream.pipe->reader))
            ring(&stream.writer);
        if (!length)
            rest(&stream.pipe->reader, &stream.reader);
    }
    pthread_join(thread, NULL);
    assert_int_equal(ring_available(&stream.pipe->reader), 0);
    pipe_free(stream.pipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_across_every_wrap),
        cmocka_unit_test(only_what_fits_is_written_and_only_what_is_there_is_read),
        cmocka_unit_test(positions_may_pass_the_end_of_their_type),
        cmocka_unit_test(long_copies_are_the_same_octets),
        cmocka_unit_test(a_promise_holds_until_more_than_that_has_been_read),
        cmocka_unit_test(an_old_promise_is_never_ahead),
        cmocka_unit_test(a_promise_is_not_data),
        cmocka_unit_test(an_impossible_tail_breaks_the_readers_end_for_good),
        cmocka_unit_test(an_impossible_head_breaks_the_writers_end_for_good),
        cmocka_unit_test(an_ends_own_position_is_its_own),
        cmocka_unit_test(who_moves_is_told_once_how_to_wake_the_other),
        cmocka_unit_test(two_threads_that_sleep_lose_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
