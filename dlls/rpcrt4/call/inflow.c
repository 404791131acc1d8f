/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arriving stub data: see inflow.h. */
#include "call/inflow.h"
#include "platform/memory.h"

/* Small fragments share a block of that size. */
#define LEAST_BLOCK 4096

void inflow_init(struct inflow *in, struct link *link, void (*ready)(struct inflow *in))
{
    memset(in, 0, sizeof(*in));
    InitializeSRWLock(&in->lock);
    list_init(&in->blocks);
    in->link = link;
    in->wanted = 1;
    in->ready = ready;
}

/* With the lock held. */
static void resume(struct inflow *in)
{
    if (in->paused)
        link_recv_resume(in->link);
    in->paused = false;
}

static void drop_blocks(struct inflow *in)
{
    while (!list_is_empty(&in->blocks)) {
        struct inflow_block *block = LIST_FIRST(&in->blocks, struct inflow_block, entry);

        list_remove(&block->entry);
        rpc_free(block);
    }
    in->queued = 0;
}

void inflow_destroy(struct inflow *in)
{
    resume(in);
    drop_blocks(in);
    flow_waiter_free(&in->waiter);
}

/* ---- the PDU handler's side ---- */

static struct inflow_block *new_block(size_t capacity)
{
    struct inflow_block *block = NULL;

    if (capacity <= UINT32_MAX - sizeof(*block))
        block = rpc_alloc(sizeof(*block) + capacity);
    if (!block)
        return NULL;
    list_init(&block->entry);
    block->length = 0;
    block->capacity = (uint32_t)capacity;
    return block;
}

static void add_octets(struct inflow_block *block, const void *data, size_t length)
{
    memcpy(block->data + block->length, data, length);
    block->length += (uint32_t)length;
}

static bool queue_octets(struct inflow *in, const void *data, size_t length)
{
    struct inflow_block *last = list_is_empty(&in->blocks)
                                    ? NULL : LIST_ENTRY_OF(in->blocks.prev, struct inflow_block, entry);

    if (!last || last->capacity - last->length < length) {
        last = new_block(length > LEAST_BLOCK ? length : LEAST_BLOCK);
        if (!last)
            return false;
        list_append(&in->blocks, &last->entry);
    }
    add_octets(last, data, length);
    in->queued += length;
    return true;
}

/* Tells the reader, if he waits and there is something. Returns whether `ready` has to be called,
 * without the lock. */
static bool tell(struct inflow *in)
{
    bool call;

    if (in->queued < in->wanted && !in->complete && !in->closed)
        return false;
    flow_waiter_tell(&in->waiter);
    call = in->armed;
    in->armed = false;
    return call;
}

static size_t high_water(const struct inflow *in)
{
    return in->wanted > INFLOW_HIGH ? in->wanted : INFLOW_HIGH;
}

bool inflow_append(struct inflow *in, const void *data, size_t length, bool last)
{
    bool ok = true, call;

    AcquireSRWLockExclusive(&in->lock);
    in->started = true;
    in->complete = in->complete || last;
    if (length && !in->discarding && !in->closed)
        ok = queue_octets(in, data, length);
    if (!ok) {
        in->closed = true;
        in->status = RPC_S_OUT_OF_MEMORY;
    }
    if (in->complete || in->closed) {
        resume(in);
    } else if (!in->paused && in->queued > high_water(in)) {
        in->paused = true;
        link_recv_pause(in->link);
    }
    call = tell(in);
    ReleaseSRWLockExclusive(&in->lock);
    if (call)
        in->ready(in);
    return ok;
}

void inflow_close(struct inflow *in, RPC_STATUS status)
{
    bool call = false;

    AcquireSRWLockExclusive(&in->lock);
    if (!in->closed && !in->complete) {
        in->closed = true;
        in->status = status;
        resume(in);
        call = tell(in);
    }
    ReleaseSRWLockExclusive(&in->lock);
    if (call)
        in->ready(in);
}

void inflow_discard(struct inflow *in)
{
    AcquireSRWLockExclusive(&in->lock);
    in->discarding = true;
    drop_blocks(in);
    resume(in);
    ReleaseSRWLockExclusive(&in->lock);
}

/* ---- the reader's side ---- */

/* Takes blocks until they hold `least` octets together, with `kept` before them. */
static struct inflow_block *join_blocks(struct inflow *in, const struct inflow_request *request, size_t least)
{
    struct inflow_block *first = LIST_FIRST(&in->blocks, struct inflow_block, entry), *joined;
    size_t total = 0;

    LIST_FOR_EACH(block, &in->blocks, struct inflow_block, entry) {
        if (total >= least)
            break;
        total += block->length;
    }
    if (!request->kept_length && first && first->length == total) {
        list_remove(&first->entry);
        in->queued -= total;
        return first;
    }
    if (total > UINT32_MAX - request->kept_length || !(joined = new_block(request->kept_length + total)))
        return NULL;
    add_octets(joined, request->kept, request->kept_length);
    while (joined->length < request->kept_length + total) {
        first = LIST_FIRST(&in->blocks, struct inflow_block, entry);
        add_octets(joined, first->data, first->length);
        in->queued -= first->length;
        list_remove(&first->entry);
        rpc_free(first);
    }
    return joined;
}

RPC_STATUS inflow_take(struct inflow *in, const struct inflow_request *request, struct inflow_block **block,
                       bool *complete)
{
    size_t least = request->all ? SIZE_MAX : request->least ? request->least : 1;
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&in->lock);
    in->wanted = least;
    if (in->queued < least && in->closed) {
        status = in->status;
    } else if (in->queued < least && !in->complete) {
        status = RPC_S_ASYNC_CALL_PENDING;
        in->armed = request->arm;
    } else if (!(*block = join_blocks(in, request, least))) {
        status = RPC_S_OUT_OF_MEMORY;
    }
    if (!status)
        in->wanted = 1;
    *complete = in->complete && !in->queued;
    if (status == RPC_S_ASYNC_CALL_PENDING || in->queued < INFLOW_HIGH / 2)
        resume(in);
    ReleaseSRWLockExclusive(&in->lock);
    return status;
}

DWORD inflow_wait(struct inflow *in, HANDLE cancel)
{
    DWORD error = ERROR_SUCCESS;
    bool waits;

    AcquireSRWLockExclusive(&in->lock);
    waits = in->queued < in->wanted && !in->complete && !in->closed;
    if (waits)
        error = flow_waiter_begin(&in->waiter);
    ReleaseSRWLockExclusive(&in->lock);
    return waits && !error ? flow_waiter_wait(&in->waiter, cancel) : error;
}
