/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client calls whose stub data travels piece by piece (pipes; I_RpcSend and I_RpcReceive with
 * RPC_BUFFER_PARTIAL), synchronous and asynchronous ones alike.
 *
 * Such a call is submitted as an asynchronous one, and has a connection for itself, for which the
 * pool receives: while one side does not read, nobody else waits. A synchronous caller waits for
 * room (call/outflow.h) and for data (call/inflow.h). It ends well when two things have happened:
 * the last fragment of the reply has arrived, and the reader has said that he wants all of the rest
 * at once, which he does when the last pipe is drained. */
#ifndef RPCRT4_CLIENT_STREAM_H
#define RPCRT4_CLIENT_STREAM_H

#include "call/inflow.h"
#include "call/notifier.h"
#include "call/outflow.h"
#include "client/call.h"

struct client_stream {
    struct client_call *call;
    struct inflow in;
    struct outflow out;
    struct notifier notifier;
    LONG notify_send; /* RpcSendComplete is due when everything written has left */
    LONG ends;        /* which of the two things have happened */
    struct inflow_block *current; /* what the RPC_MESSAGE's buffer is */
};

/* Before the call is submitted. RPC_S_OUT_OF_MEMORY. */
RPC_STATUS client_stream_create(struct client_call *call);
void client_stream_destroy(struct client_stream *stream);

/* ---- the connection's side ---- */

/* The call is sent over that link from now on: client/connection.c, under its lock. */
void client_stream_open(struct client_stream *stream, struct link *link, const struct link_message *pattern);
/* A fragment of the reply. RPC_S_PROTOCOL_ERROR, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS client_stream_append(struct client_stream *stream, const struct pdu_header *header, const struct pdu_stub *stub);
/* The last fragment has arrived: does the call end with that? What the request still lacks is
 * dropped. */
bool client_stream_replied(struct client_stream *stream);
/* The call has ended. */
void client_stream_close(struct client_stream *stream, RPC_STATUS status);

/* ---- the message's side ---- */

/* Copies and sends; a synchronous caller waits. notify: an asynchronous one wants RpcSendComplete. */
RPC_STATUS client_stream_write(struct client_stream *stream, const void *data, size_t length, enum outflow_write how,
                               bool notify);
/* The next part of the reply, or (request->all) the rest of it; it stays the stream's. A
 * synchronous caller waits; for an asynchronous one RPC_S_ASYNC_CALL_PENDING. */
RPC_STATUS client_stream_read(struct client_stream *stream, const struct inflow_request *request, bool *complete);

#endif
