/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server calls whose stub data travels piece by piece (pipes).
 *
 * A request of a procedure with pipes is dispatched with its first fragment, in its turn among the
 * requests of its connection, if it has more than one; what follows waits in `in` (call/inflow.h)
 * until the stub takes it. While too much waits, the connection is not read: later requests on it,
 * cancels and the client's leaving are noticed after that. The answer, too, may be sent in pieces.
 * Which procedures these are, the stubs know (server_call_set_pipe_query(), server/association.h). */
#ifndef RPCRT4_SERVER_STREAM_H
#define RPCRT4_SERVER_STREAM_H

#include "call/inflow.h"
#include "call/notifier.h"
#include "call/outflow.h"
#include "server/call.h"

struct server_stream {
    struct server_call *call;
    struct inflow in;
    struct outflow out;
    struct notifier notifier;
    struct notification captured; /* as the RPC_ASYNC_STATE had it the last time */
    bool is_captured;
    LONG notify_send;
    struct inflow_block *first;   /* what the manager routine's arguments may point into */
    struct inflow_block *current; /* what the RPC_MESSAGE's buffer is, if it is not `first` */
};

/* Is the call, of which the first of several fragments has arrived, one of these? Then it has a
 * stream now, unless there is no memory. On the receiving thread. */
bool server_stream_begin(struct server_call *call);
/* The other end of the call's connection has sent a fragment of it. False: no memory. */
bool server_stream_append(struct server_call *call, const struct pdu_header *header, const struct pdu_stub *stub);
/* What is there of the request, for the dispatch. RPC_S_OUT_OF_MEMORY. */
RPC_STATUS server_stream_first(struct server_call *call, RPC_MESSAGE *msg);

/* Of a reply. */
RPC_STATUS server_stream_write(struct server_call *call, const void *data, size_t length, enum outflow_write how,
                               bool async);
RPC_STATUS server_stream_read(struct server_call *call, const struct inflow_request *request, bool async,
                              struct inflow_block **block, bool *complete);

/* Has a part of the answer been sent? Then the rest is sent that way. */
bool server_stream_is_answering(struct server_call *call);
/* The call has been answered: nothing is read, written or notified any more. */
void server_stream_finish(struct server_stream *stream);
/* The client is gone. */
void server_stream_abort(struct server_stream *stream);
void server_stream_destroy(struct server_stream *stream);

#endif
