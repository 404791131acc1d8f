/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server calls in pieces: see stream.h. */
#include "server/stream.h"
#include "platform/memory.h"

static bool (*has_pipes)(const RPC_SERVER_INTERFACE *spec, unsigned opnum, const struct wire_syntax *transfer);

void server_call_set_pipe_query(bool (*query)(const RPC_SERVER_INTERFACE *spec, unsigned opnum,
                                              const struct wire_syntax *transfer))
{
    has_pipes = query;
}

static void in_ready(struct inflow *in)
{
    notifier_post(&CONTAINER_OF(in, struct server_stream, in)->notifier, RpcReceiveComplete);
}

static void out_sent(struct outflow *out)
{
    struct server_stream *stream = CONTAINER_OF(out, struct server_stream, out);

    if (InterlockedExchange(&stream->notify_send, false))
        notifier_post(&stream->notifier, RpcSendComplete);
}

static struct server_stream *create(struct server_call *call)
{
    struct server_stream *stream = rpc_alloc_zero(sizeof(*stream));

    if (!stream)
        return NULL;
    stream->call = call;
    inflow_init(&stream->in, &call->conn->link, in_ready);
    outflow_init(&stream->out, &call->object, out_sent);
    notifier_init(&stream->notifier, &call->object);
    return stream;
}

void server_stream_destroy(struct server_stream *stream)
{
    inflow_destroy(&stream->in);
    outflow_destroy(&stream->out);
    if (stream->is_captured)
        notification_dispose(&stream->captured);
    rpc_free(stream->first);
    rpc_free(stream->current);
    rpc_free(stream);
}

/* ---- the request ---- */

bool server_stream_begin(struct server_call *call)
{
    struct server_interface *iface;
    bool pipes;

    if (!has_pipes || registry_begin_call(&call->abstract, &call->object_uuid, &iface))
        return false;
    pipes = iface->spec->Flags & RPC_INTERFACE_HAS_PIPES && has_pipes(iface->spec, call->opnum, &call->transfer);
    registry_end_call(iface);
    if (pipes)
        call->stream = create(call);
    return call->stream != NULL;
}

bool server_stream_append(struct server_call *call, const struct pdu_header *header, const struct pdu_stub *stub)
{
    call->request_drep = header->drep;
    return inflow_append(&call->stream->in, stub->data, stub->length, header->flags & PFC_LAST_FRAG);
}

RPC_STATUS server_stream_first(struct server_call *call, RPC_MESSAGE *msg)
{
    const struct inflow_request request = {.least = 1};
    bool complete = false;
    RPC_STATUS status = inflow_take(&call->stream->in, &request, &call->stream->first, &complete);

    if (status && status != RPC_S_ASYNC_CALL_PENDING)
        return status;
    msg->Buffer = status ? NULL : call->stream->first->data;
    msg->BufferLength = status ? 0 : call->stream->first->length;
    msg->RpcFlags = complete ? RPC_BUFFER_COMPLETE : RPC_BUFFER_PARTIAL;
    return RPC_S_OK;
}

/* Where the asynchronous call's owner wants to be told now: the structure is his until he completes
 * the call. */
static void capture(struct server_stream *stream)
{
    struct server_call *call = stream->call;
    struct notification captured;
    bool ok = false;

    AcquireSRWLockShared(&call->lock);
    if (call->async)
        ok = notification_capture(&captured, call->async) == RPC_S_OK;
    ReleaseSRWLockShared(&call->lock);
    if (!ok)
        return;
    notifier_set(&stream->notifier, &captured);
    if (stream->is_captured)
        notification_dispose(&stream->captured);
    stream->captured = captured;
    stream->is_captured = true;
}

/* What an asynchronous stub took before may still be pointed into; see I_RpcReceive. */
static void store_block(struct server_stream *stream, const struct inflow_request *request, struct inflow_block *block)
{
    struct inflow_block **place = &stream->current;

    if (stream->first && request->kept == stream->first->data && request->kept_length == stream->first->length)
        place = &stream->first;
    else if (!stream->first && !stream->current)
        place = &stream->first;
    rpc_free(*place);
    *place = block;
}

/* What is read without being part of the pipes has the bound of any other request. */
static bool is_too_long(struct server_call *call, const struct inflow_request *request)
{
    return request->kept_length > call->reassembly.limit;
}

RPC_STATUS server_stream_read(struct server_call *call, const struct inflow_request *request, bool async,
                              struct inflow_block **block, bool *complete)
{
    struct server_stream *stream = call->stream;
    RPC_STATUS status;

    if (!stream)
        return RPC_S_INVALID_ARG;
    if (is_too_long(call, request))
        return RPC_S_ACCESS_DENIED;
    if (async && request->arm)
        capture(stream);
    while ((status = inflow_take(&stream->in, request, block, complete)) == RPC_S_ASYNC_CALL_PENDING && !async) {
        if (inflow_wait(&stream->in, NULL))
            return RPC_S_OUT_OF_RESOURCES;
    }
    if (!status)
        store_block(stream, request, *block);
    return status;
}

/* ---- the answer ---- */

/* The stream of a call whose request came as a whole. */
static struct server_stream *ensure_stream(struct server_call *call)
{
    struct server_stream *stream = call->stream ? NULL : create(call), *unused = stream;

    AcquireSRWLockExclusive(&call->lock);
    if (!call->stream && stream) {
        call->stream = stream;
        unused = NULL;
        if (call->client_gone)
            outflow_close(&stream->out, RPC_S_CALL_FAILED);
    }
    stream = call->stream;
    ReleaseSRWLockExclusive(&call->lock);
    if (unused)
        server_stream_destroy(unused);
    return stream;
}

static RPC_STATUS wait_and_write(struct outflow *out, const uint8_t *data, size_t length, enum outflow_write how)
{
    RPC_STATUS status;
    size_t part;

    do {
        while (!(part = outflow_room(out))) {
            if (outflow_wait(out, NULL))
                return RPC_S_OUT_OF_RESOURCES;
        }
        part = part < length ? part : length;
        status = outflow_write(out, data, part, part < length ? OUTFLOW_PART : how);
        data += part;
        length -= part;
    } while (!status && length);
    return status;
}

static bool wants_send_complete(struct server_call *call)
{
    bool wants;

    AcquireSRWLockShared(&call->lock);
    wants = call->async && call->async->Flags & RPC_C_NOTIFY_ON_SEND_COMPLETE;
    ReleaseSRWLockShared(&call->lock);
    return wants;
}

RPC_STATUS server_stream_write(struct server_call *call, const void *data, size_t length, enum outflow_write how,
                               bool async)
{
    const struct link_message pattern = {
        .kind = LINK_RESPONSE,
        .header.response = {.call_id = call->call_id, .context_id = call->context_id},
    };
    struct server_stream *stream = ensure_stream(call);

    if (!stream)
        return RPC_S_OUT_OF_MEMORY;
    if (server_call_state_phase(&call->state) >= SERVER_CALL_ANSWERING)
        return RPC_S_INVALID_ASYNC_CALL;
    if (call->maybe)
        return RPC_S_OK;
    if (!outflow_is_open(&stream->out))
        outflow_open(&stream->out, &call->conn->link, &pattern);
    if (!async)
        return wait_and_write(&stream->out, data, length, how);
    if (wants_send_complete(call)) {
        capture(stream);
        InterlockedExchange(&stream->notify_send, true);
    }
    return outflow_write(&stream->out, data, length, how);
}

bool server_stream_is_answering(struct server_call *call)
{
    return call->stream && outflow_is_open(&call->stream->out);
}

void server_stream_finish(struct server_stream *stream)
{
    notifier_close(&stream->notifier);
    inflow_discard(&stream->in);
}

void server_stream_abort(struct server_stream *stream)
{
    outflow_close(&stream->out, RPC_S_CALL_FAILED);
    out_sent(&stream->out); /* who waits for that is told to try again */
    inflow_close(&stream->in, RPC_S_CALL_FAILED);
}
