/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a manager routine can ask and do about its call and its client. rpcasync.h, rpcdce.h,
 * rpcdcep.h; Windows SDK, the functions' pages. In all of them a NULL binding handle means the call
 * that the calling thread works for. Common errors: RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING for a client's handle, RPC_S_NO_CALL_ACTIVE. */
#include "api/binding.h"
#include "platform/trace.h"

#define ALL_NOTIFICATIONS ((DWORD)(RpcNotificationClientDisconnect | RpcNotificationCallCancel))

/* The bit of RPC_NOTIFICATIONS that stands for a subscription. */
static DWORD notification_bit(unsigned which)
{
    return which == SUBSCRIPTION_CANCEL ? RpcNotificationCallCancel : RpcNotificationClientDisconnect;
}

/* ---- subscriptions ---- */

static RPC_STATUS subscribe(struct server_call *call, DWORD notifications, RPC_NOTIFICATION_TYPES type,
                            const RPC_ASYNC_NOTIFICATION_INFO *info)
{
    RPC_ASYNC_STATE state = {.NotificationType = type};
    struct notification notification;
    RPC_STATUS status = RPC_S_OK;

    memcpy(&state.u, info, sizeof(state.u));
    for (unsigned which = 0; !status && which < SUBSCRIPTIONS; which++) {
        if (!(notifications & notification_bit(which)))
            continue;
        status = notification_capture(&notification, &state);
        notification.async = NULL;
        if (status)
            break;
        status = server_call_subscribe(call, which, &notification);
        if (status)
            notification_dispose(&notification);
    }
    return status;
}

/***********************************************************************
 *           RpcServerSubscribeForNotification   (RPCRT4.@)
 *
 * Tells the server, once each, of the client's disconnection and of a cancel, also of those that
 * came before. A callback gets the asynchronous handle of an asynchronous call, the binding handle
 * of a synchronous one, and the event. RPC_S_CANNOT_SUPPORT for other notifications,
 * RPC_S_INVALID_ARG for RpcNotificationTypeNone, RPC_S_ALREADY_REGISTERED for a second
 * subscription, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcServerSubscribeForNotification(RPC_BINDING_HANDLE binding, DWORD notifications,
                                                    RPC_NOTIFICATION_TYPES type, RPC_ASYNC_NOTIFICATION_INFO *info)
{
    struct server_call *call;
    RPC_STATUS status;

    if (!notifications || (notifications & ~ALL_NOTIFICATIONS))
        return RPC_S_CANNOT_SUPPORT;
    if (type == RpcNotificationTypeNone || !info)
        return RPC_S_INVALID_ARG;
    status = server_binding_of(binding, &call);
    if (status)
        return status;
    status = subscribe(call, notifications, type, info);
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           RpcServerUnsubscribeForNotification   (RPCRT4.@)
 *
 * *queued: how many notifications have been sent. RPC_S_CANNOT_SUPPORT, RPC_S_INVALID_ARG where
 * there is no subscription.
 */
RPC_STATUS WINAPI RpcServerUnsubscribeForNotification(RPC_BINDING_HANDLE binding, RPC_NOTIFICATIONS notification,
                                                      ULONG *queued)
{
    struct server_call *call;
    unsigned delivered = 0, all = 0;
    RPC_STATUS status;

    if (!notification || (notification & ~ALL_NOTIFICATIONS))
        return RPC_S_CANNOT_SUPPORT;
    status = server_binding_of(binding, &call);
    if (status)
        return status;
    for (unsigned which = 0; !status && which < SUBSCRIPTIONS; which++) {
        if (!(notification & notification_bit(which)))
            continue;
        status = server_call_unsubscribe(call, which, &delivered);
        all += delivered;
    }
    if (!status && queued)
        *queued = all;
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           I_RpcServerIsClientDisconnected   (RPCRT4.@)
 */
RPC_STATUS WINAPI I_RpcServerIsClientDisconnected(RPC_BINDING_HANDLE binding, BOOL *disconnected)
{
    struct server_call *call;
    RPC_STATUS status = server_binding_of(binding, &call);

    if (status)
        return status;
    *disconnected = server_call_client_is_gone(call);
    server_call_release(call);
    return RPC_S_OK;
}

/* ---- who the client is ---- */

/***********************************************************************
 *           I_RpcBindingInqLocalClientPID   (RPCRT4.@)
 *
 * RPC_S_CANNOT_SUPPORT on a transport that does not know its client's process; without a binding
 * handle, which stands for the thread's call, RPC_S_INVALID_BINDING on all but ncalrpc.
 */
RPC_STATUS WINAPI I_RpcBindingInqLocalClientPID(RPC_BINDING_HANDLE binding, ULONG *pid)
{
    struct server_call *call;
    RPC_STATUS status = server_binding_of(binding, &call);

    if (status)
        return status;
    if (!binding && call->conn->endpoint->transport->type != TRANSPORT_TYPE_LPC)
        status = RPC_S_INVALID_BINDING;
    else if (transport_client_pid(call->conn->link.conn, pid))
        status = RPC_S_CANNOT_SUPPORT;
    server_call_release(call);
    return status;
}

/***********************************************************************
 *           I_RpcBindingIsClientLocal   (RPCRT4.@)
 */
RPC_STATUS WINAPI I_RpcBindingIsClientLocal(RPC_BINDING_HANDLE binding, unsigned int *is_local)
{
    struct server_call *call;
    RPC_STATUS status = server_binding_of(binding, &call);

    if (status)
        return status;
    *is_local = call->conn->endpoint->transport->is_local;
    server_call_release(call);
    return RPC_S_OK;
}

/***********************************************************************
 *           I_RpcServerInqTransportType   (RPCRT4.@)
 *
 * TRANSPORT_TYPE_CN or TRANSPORT_TYPE_LPC of this thread's call.
 */
RPC_STATUS WINAPI I_RpcServerInqTransportType(unsigned int *type)
{
    struct server_call *call;
    RPC_STATUS status = server_binding_of(NULL, &call);

    if (status)
        return status;
    *type = call->conn->endpoint->transport->type;
    server_call_release(call);
    return RPC_S_OK;
}

/***********************************************************************
 *           I_RpcBindingInqTransportType   (RPCRT4.@)
 *
 * Of a client's or a server's handle.
 */
RPC_STATUS WINAPI I_RpcBindingInqTransportType(RPC_BINDING_HANDLE handle, unsigned int *type)
{
    struct object *object = handle_ref(handle, OBJECT_BINDING | OBJECT_SERVER_CALL);

    if (!object)
        return RPC_S_INVALID_BINDING;
    if (object->kind == OBJECT_BINDING)
        *type = CONTAINER_OF(object, struct binding, object)->transport->type;
    else
        *type = CONTAINER_OF(object, struct server_call, object)->conn->endpoint->transport->type;
    object_release(object);
    return RPC_S_OK;
}
