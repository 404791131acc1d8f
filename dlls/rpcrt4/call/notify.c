/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion notifications: see notify.h. */
#include "call/notify.h"
#include "platform/imports.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "transport/pool.h"

/* The APC's own copy: the call may be gone when it runs. */
struct apc {
    PFN_RPCNOTIFICATION_ROUTINE routine;
    PRPC_ASYNC_STATE async;
    RPC_ASYNC_EVENT event;
};

RPC_STATUS notification_capture(struct notification *notification, PRPC_ASYNC_STATE async)
{
    notification->type = async->NotificationType;
    notification->async = async;
    switch (async->NotificationType) {
    case RpcNotificationTypeNone:
        return RPC_S_OK;
    case RpcNotificationTypeEvent:
        notification->u.event = async->u.hEvent;
        return async->u.hEvent ? RPC_S_OK : RPC_S_INVALID_ARG;
    case RpcNotificationTypeApc:
        notification->u.call.routine = async->u.APC.NotificationRoutine;
        if (!async->u.APC.NotificationRoutine)
            return RPC_S_INVALID_ARG;
        notification->u.call.thread = apc_thread_obtain(async->u.APC.hThread);
        return notification->u.call.thread ? RPC_S_OK : RPC_S_INVALID_ARG;
    case RpcNotificationTypeIoc:
        notification->u.ioc.port = async->u.IOC.hIOPort;
        notification->u.ioc.bytes = async->u.IOC.dwNumberOfBytesTransferred;
        notification->u.ioc.key = async->u.IOC.dwCompletionKey;
        notification->u.ioc.overlapped = async->u.IOC.lpOverlapped;
        return async->u.IOC.hIOPort ? RPC_S_OK : RPC_S_INVALID_ARG;
    case RpcNotificationTypeHwnd:
        notification->u.hwnd.window = async->u.HWND.hWnd;
        notification->u.hwnd.message = async->u.HWND.Msg;
        return async->u.HWND.hWnd ? RPC_S_OK : RPC_S_INVALID_ARG;
    case RpcNotificationTypeCallback:
        notification->u.call.routine = async->u.NotificationRoutine;
        notification->u.call.thread = NULL;
        return async->u.NotificationRoutine ? RPC_S_OK : RPC_S_INVALID_ARG;
    }
    return RPC_S_INVALID_ARG;
}

bool notification_is_callback(const struct notification *notification)
{
    return notification->type == RpcNotificationTypeCallback;
}

bool notification_is_signal(const struct notification *notification)
{
    return notification->type != RpcNotificationTypeNone && !notification_is_callback(notification);
}

static void CALLBACK run_apc(ULONG_PTR param)
{
    struct apc apc = *(struct apc *)param;

    rpc_free((void *)param);
    apc.routine(apc.async, NULL, apc.event);
}

static bool queue_apc(const struct notification *notification, RPC_ASYNC_EVENT event)
{
    struct apc *apc = rpc_alloc(sizeof(*apc));

    if (!apc)
        return false;
    *apc = (struct apc){notification->u.call.routine, notification->async, event};
    if (QueueUserAPC(run_apc, notification->u.call.thread->handle, (ULONG_PTR)apc))
        return true;
    rpc_free(apc);
    return false;
}

static bool post_message(const struct notification *notification, RPC_ASYNC_EVENT event)
{
    const struct imports_user32 *user32 = imports_user32();

    return user32 && user32->PostMessageW(notification->u.hwnd.window, notification->u.hwnd.message, event,
                                          (LPARAM)notification->async);
}

void notification_deliver(const struct notification *notification, RPC_ASYNC_EVENT event)
{
    bool delivered = true;

    switch (notification->type) {
    case RpcNotificationTypeNone:
        break;
    case RpcNotificationTypeEvent:
        delivered = SetEvent(notification->u.event);
        break;
    case RpcNotificationTypeApc:
        delivered = queue_apc(notification, event);
        break;
    case RpcNotificationTypeIoc:
        delivered = PostQueuedCompletionStatus(notification->u.ioc.port, notification->u.ioc.bytes,
                                               notification->u.ioc.key, notification->u.ioc.overlapped);
        break;
    case RpcNotificationTypeHwnd:
        delivered = post_message(notification, event);
        break;
    case RpcNotificationTypeCallback:
        pool_block_begin();
        notification->u.call.routine(notification->async, NULL, event);
        pool_block_end();
        break;
    }
    if (!delivered)
        WARN("call of async %p ended, but its notification (type %d) failed: error %lu", notification->async,
             notification->type, GetLastError());
}

/* A callback on its way to a worker. */
struct later {
    struct pool_op op;
    struct notification notification;
    RPC_ASYNC_EVENT event;
};

static void run_later(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct later *later = CONTAINER_OF(op, struct later, op);

    notification_deliver(&later->notification, later->event);
    rpc_free(later);
}

void notification_deliver_later(const struct notification *notification, RPC_ASYNC_EVENT event)
{
    struct later *later = NULL;

    if (notification_is_callback(notification))
        later = rpc_alloc_zero(sizeof(*later));
    if (later) {
        later->op.done = run_later;
        later->notification = *notification;
        later->event = event;
        if (pool_queue(&later->op) == ERROR_SUCCESS)
            return;
        rpc_free(later);
    }
    notification_deliver(notification, event);
}

void notification_dispose(struct notification *notification)
{
    if (notification->type == RpcNotificationTypeApc)
        apc_thread_release(notification->u.call.thread);
}
