/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the owner of an RPC_ASYNC_STATE learns of an event: the six notification types.
 *
 * Everything needed is copied from the caller's structure when the call is submitted, so that
 * delivering touches nothing of the caller's but the object to be notified. Handles in it stay the
 * caller's and are never closed. */
#ifndef RPCRT4_CALL_NOTIFY_H
#define RPCRT4_CALL_NOTIFY_H

#include "call/apc_thread.h"
#include "platform/base.h"

struct notification {
    RPC_NOTIFICATION_TYPES type;
    PRPC_ASYNC_STATE async;
    union {
        HANDLE event;
        struct {
            HANDLE port;
            DWORD bytes;
            DWORD_PTR key;
            OVERLAPPED *overlapped;
        } ioc;
        struct {
            HWND window;
            UINT message;
        } hwnd;
        struct {
            PFN_RPCNOTIFICATION_ROUTINE routine;
            struct apc_thread *thread; /* APC: referenced */
        } call;
    } u;
};

/* Reads type and parameters from `async`. RPC_S_INVALID_ARG for an unknown type, or one that lacks
 * its object. */
RPC_STATUS notification_capture(struct notification *notification, PRPC_ASYNC_STATE async);
/* Is it delivered by running user code on the delivering thread? Such a one is delivered after the
 * call's outcome is visible, all others before. */
bool notification_is_callback(const struct notification *notification);
/* Or by a request to the system? */
bool notification_is_signal(const struct notification *notification);
/* Delivers once. */
void notification_deliver(const struct notification *notification, RPC_ASYNC_EVENT event);
/* The same, for a thread that must not run user code: a callback runs on a worker. */
void notification_deliver_later(const struct notification *notification, RPC_ASYNC_EVENT event);
/* Gives back what capturing obtained. */
void notification_dispose(struct notification *notification);

#endif
