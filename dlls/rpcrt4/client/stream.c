/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client calls in pieces: see stream.h. */
#include "client/stream.h"
#include "client/connection.h"
#include "platform/memory.h"
#include "platform/thread.h"

enum {
    END_REPLIED = 1, /* the last fragment is here */
    END_READ = 2,    /* the reader wants the rest */
    ENDS = END_REPLIED | END_READ,
};

static void in_ready(struct inflow *in)
{
    notifier_post(&CONTAINER_OF(in, struct client_stream, in)->notifier, RpcReceiveComplete);
}

static void out_sent(struct outflow *out)
{
    struct client_stream *stream = CONTAINER_OF(out, struct client_stream, out);

    if (outflow_is_gone(out))
        call_state_advance(&stream->call->state, CALL_SENT);
    if (InterlockedExchange(&stream->notify_send, false))
        notifier_post(&stream->notifier, RpcSendComplete);
}

RPC_STATUS client_stream_create(struct client_call *call)
{
    struct client_stream *stream = rpc_alloc_zero(sizeof(*stream));

    if (!stream)
        return RPC_S_OUT_OF_MEMORY;
    stream->call = call;
    inflow_init(&stream->in, NULL, in_ready);
    outflow_init(&stream->out, &call->object, out_sent);
    notifier_init(&stream->notifier, &call->object);
    if (call->async)
        notifier_set(&stream->notifier, &call->notification);
    call->stream = stream;
    return RPC_S_OK;
}

void client_stream_destroy(struct client_stream *stream)
{
    inflow_destroy(&stream->in);
    outflow_destroy(&stream->out);
    rpc_free(stream->current);
    rpc_free(stream);
}

/* ---- the connection's side ---- */

void client_stream_open(struct client_stream *stream, struct link *link, const struct link_message *pattern)
{
    stream->in.link = link;
    outflow_open(&stream->out, link, pattern);
}

RPC_STATUS client_stream_append(struct client_stream *stream, const struct pdu_header *header, const struct pdu_stub *stub)
{
    struct client_call *call = stream->call;
    bool first = header->flags & PFC_FIRST_FRAG;

    if (first == stream->in.started || (!first && header->drep != call->reply_drep))
        return RPC_S_PROTOCOL_ERROR;
    call->reply_drep = header->drep;
    return inflow_append(&stream->in, stub->data, stub->length, header->flags & PFC_LAST_FRAG) ? RPC_S_OK
                                                                                               : RPC_S_OUT_OF_MEMORY;
}

/* One of the two has happened: are both now? */
static bool note_end(struct client_stream *stream, LONG end)
{
    LONG before = InterlockedOr(&stream->ends, end);

    return before != ENDS && (before | end) == ENDS;
}

bool client_stream_replied(struct client_stream *stream)
{
    if (!outflow_is_gone(&stream->out))
        outflow_close(&stream->out, RPC_S_OK); /* the server does not want the rest */
    return note_end(stream, END_REPLIED);
}

void client_stream_close(struct client_stream *stream, RPC_STATUS status)
{
    outflow_close(&stream->out, status ? status : RPC_X_PIPE_CLOSED);
    if (status)
        inflow_close(&stream->in, status);
}

/* ---- the message's side ---- */

/* The calling thread was cancelled: the server is told; when RpcMgmtSetCancelTimeout's time is over
 * the call ends. */
static void forward_cancel(struct client_call *call)
{
    struct thread_state *thread = thread_get();

    thread_take_cancel();
    client_call_cancel(call, false);
    if (thread && thread->cancel_timeout != RPC_C_CANCEL_INFINITE_TIMEOUT)
        client_call_cancel_later(call, thread->cancel_timeout > 0 ? thread->cancel_timeout * 1000u : 0);
}

/* What came of a wait; anything but RPC_S_OK ends the call. */
static RPC_STATUS waited(struct client_call *call, DWORD error)
{
    if (error == ERROR_CANCELLED)
        forward_cancel(call);
    else if (error)
        return RPC_S_OUT_OF_RESOURCES;
    return RPC_S_OK;
}

static RPC_STATUS wait_for_room(struct client_stream *stream)
{
    RPC_STATUS status = RPC_S_OK;

    while (!status && !outflow_room(&stream->out))
        status = waited(stream->call, outflow_wait(&stream->out, thread_cancel_event()));
    return status;
}

/* A cancel from before the request's first part follows it now. */
static RPC_STATUS write_part(struct client_stream *stream, const void *data, size_t length, enum outflow_write how)
{
    RPC_STATUS status = outflow_write(&stream->out, data, length, how);

    if (stream->call->cancel_requested && !stream->call->cancel_sent)
        client_call_cancel(stream->call, false);
    return status;
}

RPC_STATUS client_stream_write(struct client_stream *stream, const void *data, size_t length, enum outflow_write how,
                               bool notify)
{
    const uint8_t *p = data;
    RPC_STATUS status;
    size_t part;

    if (stream->call->async) {
        if (notify)
            InterlockedExchange(&stream->notify_send, true);
        return write_part(stream, data, length, how);
    }
    do {
        if ((status = wait_for_room(stream)))
            return status;
        part = outflow_room(&stream->out);
        part = part < length ? part : length;
        status = write_part(stream, p, part, part < length ? OUTFLOW_PART : how);
        p += part;
        length -= part;
    } while (!status && length);
    return status;
}

static RPC_STATUS take(struct client_stream *stream, const struct inflow_request *request, bool *complete)
{
    struct inflow_block *block;
    RPC_STATUS status = inflow_take(&stream->in, request, &block, complete);

    if (status)
        return status;
    rpc_free(stream->current);
    stream->current = block;
    return RPC_S_OK;
}

RPC_STATUS client_stream_read(struct client_stream *stream, const struct inflow_request *request, bool *complete)
{
    struct client_call *call = stream->call;
    RPC_STATUS status, waiting = RPC_S_OK;

    if (request->all && note_end(stream, END_READ))
        client_call_finish(call, CALL_REPLIED, RPC_S_OK, CALL_END_ELSEWHERE);
    do {
        if (call_state_phase(&call->state) == CALL_CANCELLED)
            return call->status;
        status = take(stream, request, complete);
        if (status == RPC_S_ASYNC_CALL_PENDING && !call->async)
            waiting = waited(call, inflow_wait(&stream->in, thread_cancel_event()));
    } while (!waiting && status == RPC_S_ASYNC_CALL_PENDING && !call->async);
    /* Nobody will ask for the rest: it has been taken. */
    if (!status && *complete && !call->stub && note_end(stream, END_READ))
        client_call_finish(call, CALL_REPLIED, RPC_S_OK, CALL_END_ELSEWHERE);
    return waiting ? waiting : status;
}
