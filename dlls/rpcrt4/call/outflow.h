/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data that leaves while its call is in progress (pipes; RPC_BUFFER_PARTIAL): the writer's
 * octets are copied into `pending`; when the link has taken the message before, all of that goes to
 * it as the next one. So small writes to an idle connection leave at once, and those to a busy one
 * together. All fragments but the last carry multiples of 16 octets (C706 12.6.2 asks for 8, a
 * security trailer for 16); what is left over waits for more, or for the end.
 *
 * Bound: a writer that can wait (outflow_wait) never finds more than OUTFLOW_LIMIT octets of room;
 * one that cannot (an asynchronous push) is told when everything has left (`sent`), and is refused
 * OUTFLOW_MOST octets. Any thread may call any of these; `sent` is called with no lock held. */
#ifndef RPCRT4_CALL_OUTFLOW_H
#define RPCRT4_CALL_OUTFLOW_H

#include "call/flow_waiter.h"
#include "call/link.h"
#include "platform/base.h"
#include "platform/handle.h"

#define OUTFLOW_LIMIT (256u << 10)
#define OUTFLOW_MOST (1u << 30)

struct outflow {
    SRWLOCK lock;
    struct object *owner; /* referenced while a message is on its way */
    struct link *link;    /* NULL until outflow_open(); it outlives the call */
    struct link_message message;
    uint8_t *flight, *pending; /* what `message` carries; what will be next */
    size_t flight_capacity, pending_capacity, pending_length;
    bool started; /* the link has been given a part of it … */
    bool gone;    /* … and the last one */
    bool ended;   /* nothing more will be written */
    bool sending, closed;
    RPC_STATUS status;
    struct flow_waiter waiter;
    void (*sent)(struct outflow *out);
};

void outflow_init(struct outflow *out, struct object *owner, void (*sent)(struct outflow *out));
/* Nobody uses it any more, and nothing is on its way. */
void outflow_destroy(struct outflow *out);

/* From here on it leaves through that link, in messages like `pattern` (kind, header, flags). Queues
 * what has been written; then link_pump(), without locks. Lock order: it may be called with a lock
 * of the layer above. */
void outflow_open(struct outflow *out, struct link *link, const struct link_message *pattern);
bool outflow_is_open(struct outflow *out);

enum outflow_write {
    OUTFLOW_CORKED, /* more is written at once: do not send yet */
    OUTFLOW_PART,
    OUTFLOW_LAST,
};

/* Copies it all. RPC_S_OUT_OF_MEMORY, or why it was closed. */
RPC_STATUS outflow_write(struct outflow *out, const void *data, size_t length, enum outflow_write how);
/* How many octets a writer that can wait may write now. */
size_t outflow_room(struct outflow *out);
/* Waits until there is room, or it is closed. ERROR_SUCCESS, ERROR_CANCELLED, or the wait's error. */
DWORD outflow_wait(struct outflow *out, HANDLE cancel);
/* Nothing more leaves; writers get that status (RPC_S_OK: what they write is dropped). The first
 * one counts. */
void outflow_close(struct outflow *out, RPC_STATUS status);
/* The same, also for what the link has been given; what does the peer have of it? */
enum link_stop outflow_stop(struct outflow *out, RPC_STATUS status);
/* Has the link been given all of it? Then another call's messages may follow. */
bool outflow_is_gone(struct outflow *out);
bool outflow_has_started(struct outflow *out);

#endif
