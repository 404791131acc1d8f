/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The local transport: a connection of a pipe (ncalrpc, or ncacn_np on this machine) whose two ends
 * are ours goes on through memory that both processes share, one ring (ring.h) for each direction.
 * The pipe stays open: it says when the peer is gone, and who it is.
 *
 * How it comes about: the client makes the memory, under a name that nobody can guess, and offers it
 * within its bind; the server that understands the offer opens it (and it has no name any more from
 * then on), receives from it at once, and sends its answer to the bind as the last message through
 * the pipe. A peer that does not understand, or cannot, answers otherwise, and all stays as it was.
 *
 * How an end waits: a thread that waits for itself (transport_recv_wait()) looks for a while, if that
 * has paid lately (spin.h), and then sleeps on an event of the connection. For all other receives of
 * the process the pollers look (poll.h).
 *
 * Everything in the shared memory can be written by the peer at any time: see ring.h. What else is in
 * it, names and a process id, is copied once and checked then. Memory that a peer could take away again
 * (pages that are only reserved, a file's) is refused. */
#ifndef RPCRT4_TRANSPORT_SHARED_H
#define RPCRT4_TRANSPORT_SHARED_H

#include "platform/list.h"
#include "transport/internal.h"
#include "transport/ring.h"
#include "transport/spin.h"

#define SHARED_NAME_LENGTH 16 /* octets of a random name */

struct shared {
    struct transport_conn *conn;
    HANDLE section;                    /* until both ends have it */
    void *view;
    struct ring_end in, out;
    HANDLE own_event;                  /* of the thread that waits for itself */
    HANDLE peer_event, peer_doorbell;
    LONG peer_gone;       /* the pipe has ended */
    struct pool_op watch; /* waits for that, with a reference on the connection … */
    bool watching;        /* … while this is set */
    char watched;         /* nothing ever arrives here */

    uint64_t last_heard;  /* GetTickCount64: when something was received */
    bool has_rung;        /* the reader at the other end, since this end last waited for itself */

    SRWLOCK lock; /* guards the rings and what follows */
    bool looked_at; /* a poller looks at it: it need not be told what is outstanding */
    struct {
        struct pool_op *op; /* the user's; NULL: none is outstanding */
        uint32_t serial; /* of the latest */
        void *buffer;
        DWORD size;
    } recv;
    struct {
        struct pool_op *op;
        uint32_t serial;
        const struct transport_buf *bufs;
        unsigned count, index;
        size_t offset; /* into bufs[index] */
        DWORD total;
    } send;
    /* poll.c's */
    struct list entry;
    bool used; /* since it has been looked at */
    bool warm; /* used until the looking ended: it is looked at again with the others */
};

/* What transport.h does with a connection that has changed to shared memory. */
extern const struct conn_io shared_io;
/* The same, but for the next send, after which it is shared_io. */
extern const struct conn_io shared_answer_io;

/* The connection has been shut down, or its pipe has ended: what is outstanding ends. Any thread. */
void shared_end(struct shared *shared);
void shared_free(struct shared *shared);
/* Does the peer, which receives, sleep? */
bool shared_peer_sleeps(struct shared *shared);

/* An auto-reset event under a new random name; NULL: none can be made. */
HANDLE shared_create_event(uint8_t name[SHARED_NAME_LENGTH]);

/* For the pollers. Is there something for shared_progress() to do? */
bool shared_is_ready(struct shared *shared);
/* The account of all waits in the middle of a message. */
extern struct spin shared_flow_spin;
/* Is it in the middle of a message? Then what is waited for comes soon. */
bool shared_is_flowing(const struct shared *shared);
/* Has the peer rung for it, too, or would have? */
bool shared_was_rung(struct shared *shared);
/* Does what can be done of the outstanding operations, and ends those that are complete: calls their
 * `done`. The others rest as poll_rest() says. True if it ended one. */
bool shared_progress(struct shared *shared);
/* Whether a poller looks at it from now on, or the peer has to ring. True: there is something to do
 * at once. */
bool shared_rest(struct shared *shared, bool looked_at);

#endif
