/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An asynchronous call with its RPC_ASYNC_STATE and its notification, of any of the six types, each
 * of which can be waited for and counted. */
#ifndef RPCRT4_TESTS_ASYNC_CALL_H
#define RPCRT4_TESTS_ASYNC_CALL_H

#include "rpc_fixture.h"

/* What no status of the runtime is: a reply or value that nobody has stored. */
#define UNTOUCHED 0x0badf00d

struct async_call {
    RPC_ASYNC_STATE state;   /* its UserInfo is this structure */
    RPC_NOTIFICATION_TYPES type;
    HANDLE object;           /* the event (auto-reset) or the port */
    HWND window;
    /* What the notifications so far were. */
    volatile LONG count;
    volatile LONG wrong;     /* those whose arguments were not the documented ones */
    DWORD thread;            /* where the last callback or APC ran */
    LONG value, reply;
    LONG token;
};

#define ALL_NOTIFICATION_TYPES                                                                     \
    {                                                                                              \
        RpcNotificationTypeNone, RpcNotificationTypeEvent, RpcNotificationTypeApc,                 \
            RpcNotificationTypeIoc, RpcNotificationTypeHwnd, RpcNotificationTypeCallback           \
    }
const char *notification_name(RPC_NOTIFICATION_TYPES type);

/* Allocates a call whose notification is ready; call_free() also fails the test if it was notified
 * after all was done. The structure stays valid when a test fails halfway: it is lost then. */
struct async_call *call_new(RPC_NOTIFICATION_TYPES type);
void call_free(struct async_call *call);
/* Makes the state ready for the next call. */
void call_reset(struct async_call *call);

/* Waits for the notification (for RpcNotificationTypeNone: until the call is no longer pending),
 * then takes all that are there. False after `timeout` milliseconds. */
bool call_wait(struct async_call *call, DWORD timeout);
/* Takes the notifications that are there now; how many there have been in all. */
LONG call_notified(struct async_call *call);
/* How many notifications an ended call must have had: 0 for RpcNotificationTypeNone, else 1. */
LONG call_expected(const struct async_call *call);

/* RpcAsyncCompleteCall after the notification: its status, after having checked that there was
 * exactly one. */
RPC_STATUS call_finish(struct async_call *call);

#endif
