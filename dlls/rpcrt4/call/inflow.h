/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data that arrives while its call is in progress (pipes; RPC_BUFFER_PARTIAL): a queue between
 * the PDU handler, which appends what fragments carry, and one reader, who takes blocks.
 *
 * Bound: when more than INFLOW_HIGH octets wait (or what the reader asked for at once, if that is
 * more), the link's receiving is paused, so that the peer's sending comes to a halt; it goes on
 * when less than half of that is left. Reader: a thread that waits (inflow_wait), or one that asks
 * (inflow_take) and is called back (`ready`) when there is something.
 *
 * Any thread may call any of these; `ready` is called with no lock held. */
#ifndef RPCRT4_CALL_INFLOW_H
#define RPCRT4_CALL_INFLOW_H

#include "call/flow_waiter.h"
#include "call/link.h"
#include "platform/base.h"
#include "platform/list.h"

#define INFLOW_HIGH (256u << 10)

struct inflow_block {
    struct list entry;
    uint32_t length, capacity;
    uint8_t data[] __attribute__((aligned(8))); /* as the heap aligns */
};

struct inflow {
    SRWLOCK lock;
    struct link *link; /* it outlives the call */
    struct list blocks;
    size_t queued;     /* octets in `blocks` */
    size_t wanted;     /* by the reader, at once */
    bool started, complete; /* the first fragment, the last one, has arrived */
    bool paused;
    bool discarding;   /* nobody will read any more */
    bool closed;       /* what is queued is still read, then comes `status` */
    bool armed;        /* call `ready` once there is something to take */
    RPC_STATUS status;
    struct flow_waiter waiter;
    void (*ready)(struct inflow *in);
};

void inflow_init(struct inflow *in, struct link *link, void (*ready)(struct inflow *in));
/* Frees what is left; nobody uses it any more. */
void inflow_destroy(struct inflow *in);

/* Appends what one fragment brought. False: no memory, and it is closed with that. */
bool inflow_append(struct inflow *in, const void *data, size_t length, bool last);
/* Nothing more will come, for that reason (not RPC_S_OK). */
void inflow_close(struct inflow *in, RPC_STATUS status);
/* What is there, and what comes, is dropped: the reader does not care any more. */
void inflow_discard(struct inflow *in);

struct inflow_request {
    const void *kept;     /* what the block shall begin with: octets taken before, or NULL */
    uint32_t kept_length;
    size_t least;         /* octets wanted beyond these, unless it ends before; 0 counts as 1 */
    bool all;             /* wait for the end instead, and take everything */
    bool arm;             /* call `ready` if it is not there yet */
};

/* RPC_S_OK: *block is the caller's, to be freed with rpc_free() (empty only at the end); *complete:
 * nothing follows it. RPC_S_ASYNC_CALL_PENDING: not there yet. Else why it will not come. */
RPC_STATUS inflow_take(struct inflow *in, const struct inflow_request *request, struct inflow_block **block,
                       bool *complete);
/* After RPC_S_ASYNC_CALL_PENDING: waits until asking again is worth while. ERROR_SUCCESS,
 * ERROR_CANCELLED (`cancel`, may be NULL, was signalled), or the error of the wait. */
DWORD inflow_wait(struct inflow *in, HANDLE cancel);

#endif
