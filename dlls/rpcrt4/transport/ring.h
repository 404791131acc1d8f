/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stream of octets from one process to another through shared memory: one writer, one reader, no
 * system call.
 *
 * The peer may be hostile and can write anywhere in the shared memory at any time. So each end keeps
 * its own position to itself, takes the peer's out of the shared memory once per operation, and
 * believes it only if it is possible; octets are copied out once and looked at only then. What a
 * scribbling peer gets is a ring that is broken, or octets of its own making.
 *
 * An end that is going to sleep says so (ring_sleep()) and looks again before it does; the other
 * one, after it has moved, asks whether it has to wake it (ring_wake()). Both are full barriers, so
 * that one of the two sees what the other did. */
#ifndef RPCRT4_TRANSPORT_RING_H
#define RPCRT4_TRANSPORT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_LINE 64 /* octets of a cache line: what the two ends write is not in the same one */
#define RING_PIECE (32u << 10) /* so much is copied before the other end may have it */

/* How an end that has nothing to do wants to be told of something new. */
enum ring_rest {
    RING_AWAKE,           /* it looks by itself */
    RING_SLEEPS_ALONE,    /* ring the event of this connection */
    RING_SLEEPS_COMMONLY, /* ring the doorbell of its process */
};

/* The shared memory of one direction, besides the octets. All zero at first. */
struct ring_shared {
    _Alignas(RING_LINE) uint32_t tail; /* the writer's: octets written so far, modulo 2^32 */
    uint32_t writer_rest;              /* enum ring_rest; cleared by whoever rings */
    uint32_t promised;                 /* the writer is about to write up to there */
    _Alignas(RING_LINE) uint32_t head; /* the reader's: octets read */
    uint32_t reader_rest;
};

/* One end. Used by one thread at a time. */
struct ring_end {
    struct ring_shared *shared;
    uint8_t *data;
    uint32_t size;     /* a power of two, at most 2^31 */
    uint32_t position; /* this end's own head or tail */
    uint32_t promised; /* the writer's */
    bool is_writer;
    bool broken;       /* the peer's position was impossible; for good */
};

void ring_init(struct ring_end *end, struct ring_shared *shared, void *data, uint32_t size, bool is_writer);

/* What can be written, or read, now: 0 of a broken ring. */
uint32_t ring_available(struct ring_end *end);
/* Write, or read, as much of `length` as is possible now, and return that. The other end can go on
 * with what has been copied so far. */
uint32_t ring_write(struct ring_end *end, const void *data, size_t length);
uint32_t ring_read(struct ring_end *end, void *buffer, size_t length);

/* The writer: `length` octets are going to be written as soon as there is room for them. */
void ring_promise(struct ring_end *end, uint32_t length);
/* The reader: has nothing been read that was not promised, since the latest promise? Then this is the
 * middle of something long, or its very end. The peer's word: good for nothing but to decide how to
 * wait. */
bool ring_is_promised(const struct ring_end *end);

/* Says how this end rests from now on. After anything but RING_AWAKE, look at ring_available()
 * before resting. */
void ring_sleep(struct ring_end *end, enum ring_rest rest);
/* After writing or reading: how the peer is to be woken, RING_AWAKE if it need not be. The one who
 * is told to ring must: the peer's word is cleared. */
enum ring_rest ring_wake(struct ring_end *end);

#endif
