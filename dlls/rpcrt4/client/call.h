/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client calls, from I_RpcGetBuffer to the last reference.
 *
 * References: the RPC_MESSAGE's owner (until I_RpcFreeBuffer or a failure), the asynchronous handle
 * (until the call is completed), the connection's lists, the message in the link's queue. The call
 * ends once (call/state.h): the winner of client_call_finish() stores status and notifies. */
#ifndef RPCRT4_CLIENT_CALL_H
#define RPCRT4_CLIENT_CALL_H

#include "call/async.h"
#include "call/link.h"
#include "call/notify.h"
#include "call/state.h"
#include "call/syntax.h"
#include "client/binding.h"
#include "platform/handle.h"

struct client_conn;
struct client_stream;

struct call_request {
    uint8_t *data; /* rpc_alloc */
    uint32_t length;
};

struct client_call {
    struct object object; /* OBJECT_CLIENT_CALL; it has a handle once it is asynchronous */
    struct call_state state;
    RPC_STATUS status; /* readable once the state has ended */
    struct binding *binding; /* referenced */
    struct auth_info *auth; /* referenced; NULL: the call is not authenticated */
    RPC_CLIENT_INTERFACE *iface;
    struct wire_syntax abstract, transfer;
    /* Where the server has not been asked yet: the syntaxes that the call can be made in, the
     * preferred one first, and its request in the other one than `transfer`. */
    struct wire_syntax offers[MAX_SYNTAXES];
    unsigned offer_count;
    struct call_request other;
    struct wire_uuid object_uuid;
    bool has_object;
    bool bind_only; /* RpcBindingBind: over when its connection is open */
    bool maybe;     /* [maybe]: no answer is waited for */
    bool idempotent;
    bool retried;
    uint16_t opnum;
    struct client_stream *stream; /* client/stream.h: its stub data travels in pieces; else NULL */
    uint8_t *request; /* rpc_alloc */
    uint32_t request_length;
    struct link_message message;

    /* under the association's lock */
    struct association *association; /* referenced, from the first attempt on */
    struct client_conn *conn;        /* referenced while the call is on its lists */
    struct list entry;               /* conn->calls, conn->waiting or binding->unresolved */
    bool waiting;                    /* which of the first two */
    bool cancel_requested;           /* nonabortive, before the request was sent */
    bool cancel_sent;
    DWORD thread;                    /* the submitter: causal order is per binding and thread */

    /* of the thread that receives, then of whoever completes */
    uint32_t call_id;
    struct reassembly reply;
    uint8_t *reply_buffer; /* rpc_alloc; the RPC_MESSAGE's once taken */
    uint32_t reply_length;
    uint32_t reply_drep;
    uint8_t *error_info; /* what a fault or bind_nak carried: encoded error records, or NULL */
    size_t error_info_length;
    bool refused;        /* by a bind_nak, for this reason */
    uint16_t refusal_reason;

    struct link *receiving;  /* in a PDU handler: the link that the call's end came over */

    uint64_t deadline; /* of a synchronous call: GetTickCount64; 0: none */
    HANDLE wake; /* a synchronous caller that another thread receives for: set when the call ends */

    /* asynchronous */
    PRPC_ASYNC_STATE async;
    struct async_stub *stub;
    struct notification notification;
    bool in_backlog; /* client/backlog.h */
    struct pool_timer timer;
    bool timer_set;
    struct link_work notify_work; /* a callback, from the receiving thread … */
    struct pool_op notify_op;     /* … or from elsewhere */
};

RPC_STATUS client_call_create(struct binding *binding, RPC_MESSAGE *msg, const UUID *object_uuid,
                              struct client_call **call);
RPC_STATUS client_call_create_bind(struct binding *binding, RPC_CLIENT_INTERFACE *iface, struct client_call **call);
void client_call_addref(struct client_call *call);
void client_call_release(struct client_call *call);

/* Sends the request and waits for the answer on the calling thread. RPC_S_OK: reply_buffer is
 * there. */
RPC_STATUS client_call_send_receive(struct client_call *call);

/* Opens a connection for the call's interface, in whichever of its syntaxes, and leaves it to later
 * calls. call->transfer then is the syntax that the server has accepted. */
RPC_STATUS client_call_bind(struct client_call *call);

/* Gives the call the same request in a second transfer syntax: the request of `other`, which has not
 * been submitted. The call is sent in its own syntax where the server takes it, or else in that
 * one. */
void client_call_add_syntax(struct client_call *call, struct client_call *other);
/* With the association's lock held: the call is about to be sent in that one of its syntaxes. */
void client_call_settle_syntax(struct client_call *call, const struct wire_syntax *transfer);

/* Makes it an asynchronous call of `async`: captures the notification and opens its handle. See
 * async_attach(). */
RPC_STATUS client_call_set_async(struct client_call *call, PRPC_ASYNC_STATE async, struct async_stub *stub);
/* Submits an asynchronous call, or one with a stream; never waits for the server. Anything but
 * RPC_S_OK: nothing was submitted, nothing will be notified. */
RPC_STATUS client_call_submit(struct client_call *call);
/* RpcAsyncCancelCall. */
RPC_STATUS client_call_cancel(struct client_call *call, bool abortive);
/* The same, abortively, after so many ms, or when its time is over, whichever is first. */
void client_call_cancel_later(struct client_call *call, DWORD ms);
/* Gives a call up whose owner drops it before it was submitted. */
void client_call_drop_async(struct client_call *call);

/* The calling thread gets the failed call's extended error information: the server's, if it sent
 * some, and a record of the failure itself. */
void client_call_explain(struct client_call *call, RPC_STATUS status);

enum call_end_place {
    CALL_END_RECEIVING, /* in a PDU handler: callbacks run after receiving goes on */
    CALL_END_ELSEWHERE,
};
/* The call is over. True for the one who ended it. The call is off its connection's lists, or its
 * caller takes it off. */
bool client_call_finish(struct client_call *call, enum call_phase outcome, RPC_STATUS status, enum call_end_place place);

#endif
