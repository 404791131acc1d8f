/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server calls, from the first fragment of the request to the last octet of the answer.
 *
 * References: the connection's list (until the call is answered or its connection is lost), the
 * thread that dispatches, the asynchronous handle, the message in the link's queue. The call's
 * handle is its server binding handle: it ends when the call has been answered and its dispatch
 * function has returned. */
#ifndef RPCRT4_SERVER_CALL_H
#define RPCRT4_SERVER_CALL_H

#include "call/async.h"
#include "call/link.h"
#include "call/notify.h"
#include "call/state.h"
#include "platform/handle.h"
#include "server/connection.h"
#include "server/registry.h"

struct server_stream;

enum server_subscription {
    SUBSCRIPTION_DISCONNECT,
    SUBSCRIPTION_CANCEL,
    SUBSCRIPTIONS,
};

struct subscription {
    unsigned delivered; /* what RpcServerUnsubscribeForNotification tells */
    struct notification notification;
};

struct server_call {
    struct object object; /* OBJECT_SERVER_CALL */
    struct server_call_state state;
    struct server_conn *conn;               /* referenced */
    struct server_association *association; /* referenced */
    struct server_interface *iface;         /* from dispatch on; counted as active until answered */
    RPC_DISPATCH_FUNCTION dispatch;         /* of the procedure, in the call's transfer syntax */
    struct list entry;                      /* conn->receiving or conn->calls */
    struct list ready_entry;                /* conn->ready */
    bool listed;
    bool queued;                            /* it is, was or never will be in `ready` */
    LONG handle_holds;                      /* the answer and the dispatch: the handle ends with the last of them */
    uint32_t call_id;
    struct wire_syntax abstract, transfer;
    uint16_t context_id;
    uint16_t opnum;
    bool maybe;
    UUID object_uuid;
    uint32_t refusal; /* a fault to answer with once the request is complete; its data is not kept */
    struct reassembly reassembly;
    uint8_t *request; /* all of it; NULL where it comes in pieces */
    uint32_t request_length;
    uint32_t request_drep;
    struct server_stream *stream; /* server/stream.h: its stub data travels in pieces; else NULL */

    uint8_t *reply; /* rpc_alloc; I_RpcGetBuffer's */
    struct link_message message;

    /* asynchronous */
    PRPC_ASYNC_STATE async; /* the stub's; cleared when it is taken by the one who completes */
    struct async_stub *stub;
    bool was_async; /* it will be answered by RpcAsyncCompleteCall or RpcAsyncAbortCall */

    SRWLOCK lock; /* guards what follows */
    bool cancelled;   /* co_cancel or orphaned has arrived */
    bool client_gone; /* orphaned, or the connection was lost */
    struct subscription *subscriptions[SUBSCRIPTIONS]; /* NULL: there is none */
};

/* Called by the connection with its lock held; NULL: no memory. */
struct server_call *server_call_create(struct server_conn *conn, const struct pdu_header *header,
                                       const struct pdu_request *request, const struct server_context *context);
void server_call_addref(struct server_call *call);
void server_call_release(struct server_call *call);
/* By server binding handle, or NULL for the call of this thread; referenced. NULL: no call. */
struct server_call *server_call_from_handle(RPC_BINDING_HANDLE handle);
struct server_call *server_call_from_async(PRPC_ASYNC_STATE async);

/* The call needs its handle for one reason less. */
void server_call_unhold(struct server_call *call);

/* Runs the manager routine, on a worker, and answers unless the call is asynchronous.
 * server/dispatch.c */
void server_call_dispatch(struct server_call *call);

/* I_RpcGetBuffer on a server call: a buffer for the answer. */
RPC_STATUS server_call_get_buffer(struct server_call *call, RPC_MESSAGE *msg);
/* Answers: with `length` octets of call->reply, or with a fault. Whoever is first: RPC_S_OK.
 * RPC_S_CALL_FAILED: the client is gone. RPC_S_INVALID_ASYNC_CALL: it has been answered. */
RPC_STATUS server_call_answer(struct server_call *call, uint32_t length);
RPC_STATUS server_call_fault(struct server_call *call, uint32_t fault, bool did_not_execute);
/* The client waits for nothing: unless the manager routine has been called, or is about to be, it will not
 * be, and the call is over. */
void server_call_drop(struct server_call *call);

/* The client cancelled, orphaned the call, or its connection was lost. */
void server_call_cancel(struct server_call *call);
void server_call_orphan(struct server_call *call);
bool server_call_is_cancelled(struct server_call *call);
bool server_call_client_is_gone(struct server_call *call);

RPC_STATUS server_call_subscribe(struct server_call *call, enum server_subscription which,
                                 const struct notification *notification);
RPC_STATUS server_call_unsubscribe(struct server_call *call, enum server_subscription which, unsigned *delivered);

RPC_STATUS server_call_set_async(struct server_call *call, PRPC_ASYNC_STATE async, struct async_stub *stub);
/* Takes the stub for completing or aborting, once. False: somebody else did. */
bool server_call_take_async(struct server_call *call, struct async_stub **stub);

#endif
