/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls and their notifications: see the header. */
#include "async_call.h"

#define IOC_BYTES 0x1234567
#define IOC_KEY ((ULONG_PTR)0x7654321)
#define HWND_MESSAGE_ID (WM_APP + 77)

const char *notification_name(RPC_NOTIFICATION_TYPES type)
{
    static const char *const names[] = {"none", "event",          "APC",
                                        "port", "window message", "callback"};

    return names[type];
}

LONG call_expected(const struct async_call *call)
{
    return call->type != RpcNotificationTypeNone;
}

/* ---- notifications ---- */

static void RPC_ENTRY notification_routine(PRPC_ASYNC_STATE async, void *context,
                                           RPC_ASYNC_EVENT event)
{
    struct async_call *call = async->UserInfo;

    call->thread = GetCurrentThreadId();
    if (event != RpcCallComplete || context)
        InterlockedIncrement(&call->wrong);
    InterlockedIncrement(&call->count);
    if (call->object)
        SetEvent(call->object);
}

static void arm(struct async_call *call)
{
    RPC_ASYNC_NOTIFICATION_INFO *u = (RPC_ASYNC_NOTIFICATION_INFO *)&call->state.u;

    switch (call->type) {
    case RpcNotificationTypeNone:
        break;
    case RpcNotificationTypeEvent:
        u->hEvent = call->object;
        break;
    case RpcNotificationTypeApc:
        u->APC.NotificationRoutine = notification_routine;
        u->APC.hThread = NULL;
        break;
    case RpcNotificationTypeIoc:
        u->IOC.hIOPort = call->object;
        u->IOC.dwNumberOfBytesTransferred = IOC_BYTES;
        u->IOC.dwCompletionKey = IOC_KEY;
        u->IOC.lpOverlapped = (OVERLAPPED *)call;
        break;
    case RpcNotificationTypeHwnd:
        u->HWND.hWnd = call->window;
        u->HWND.Msg = HWND_MESSAGE_ID;
        break;
    case RpcNotificationTypeCallback:
        u->NotificationRoutine = notification_routine;
        break;
    }
}

void call_reset(struct async_call *call)
{
    memset(&call->state, 0xcc, sizeof(call->state));
    assert_int_equal(RpcAsyncInitializeHandle(&call->state, sizeof(call->state)), RPC_S_OK);
    call->state.UserInfo = call;
    call->state.NotificationType = call->type;
    arm(call);
    call->count = call->wrong = 0;
    call->thread = 0;
    call->value = call->reply = UNTOUCHED;
}

struct async_call *call_new(RPC_NOTIFICATION_TYPES type)
{
    struct async_call *call = calloc(1, sizeof(*call));

    call->type = type;
    if (type == RpcNotificationTypeEvent || type == RpcNotificationTypeCallback)
        call->object = CreateEventW(NULL, FALSE, FALSE, NULL);
    else if (type == RpcNotificationTypeIoc)
        call->object = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    else if (type == RpcNotificationTypeHwnd)
        call->window =
            CreateWindowExW(0, L"STATIC", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    if (type == RpcNotificationTypeHwnd)
        assert_non_null(call->window);
    call_reset(call);
    return call;
}

void call_free(struct async_call *call)
{
    LONG before = call->count;

    assert_int_equal(call_notified(call), before);
    if (call->object)
        assert_true(CloseHandle(call->object));
    if (call->window)
        DestroyWindow(call->window);
    free(call);
}

/* Waits for one packet of the port, and counts it. */
static bool take_packet(struct async_call *call, DWORD timeout)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key;
    DWORD bytes;

    if (!GetQueuedCompletionStatus(call->object, &bytes, &key, &overlapped, timeout) && !overlapped)
        return false;
    InterlockedIncrement(&call->count);
    if (bytes != IOC_BYTES || key != IOC_KEY || overlapped != (OVERLAPPED *)call)
        InterlockedIncrement(&call->wrong);
    return true;
}

static bool take_message(struct async_call *call, DWORD timeout)
{
    MSG msg;

    if (!PeekMessageW(&msg, call->window, HWND_MESSAGE_ID, HWND_MESSAGE_ID, PM_REMOVE)) {
        if (!timeout ||
            MsgWaitForMultipleObjects(0, NULL, FALSE, timeout, QS_POSTMESSAGE) != WAIT_OBJECT_0)
            return false;
        if (!PeekMessageW(&msg, call->window, HWND_MESSAGE_ID, HWND_MESSAGE_ID, PM_REMOVE))
            return false;
    }
    InterlockedIncrement(&call->count);
    /* RPC_ASYNC_NOTIFICATION_INFO (SDK documentation): wParam is zero, lParam points to the
     * asynchronous handle. */
    if (msg.wParam || msg.lParam != (LPARAM)&call->state)
        InterlockedIncrement(&call->wrong);
    return true;
}

static bool poll_status(struct async_call *call, DWORD timeout)
{
    ULONGLONG end = GetTickCount64() + timeout;

    while (RpcAsyncGetCallStatus(&call->state) == RPC_S_ASYNC_CALL_PENDING) {
        if (GetTickCount64() >= end)
            return false;
        Sleep(1);
    }
    return true;
}

static bool take_notification(struct async_call *call, DWORD timeout)
{
    LONG before = call->count;

    switch (call->type) {
    case RpcNotificationTypeNone:
        return timeout && poll_status(call, timeout);
    case RpcNotificationTypeEvent:
        if (WaitForSingleObject(call->object, timeout) != WAIT_OBJECT_0)
            return false;
        InterlockedIncrement(&call->count);
        return true;
    case RpcNotificationTypeApc:
        return SleepEx(timeout, TRUE) == WAIT_IO_COMPLETION && call->count != before;
    case RpcNotificationTypeIoc:
        return take_packet(call, timeout);
    case RpcNotificationTypeHwnd:
        return take_message(call, timeout);
    case RpcNotificationTypeCallback:
        return WaitForSingleObject(call->object, timeout) == WAIT_OBJECT_0;
    }
    return false;
}

bool call_wait(struct async_call *call, DWORD timeout)
{
    ULONGLONG now, end = GetTickCount64() + timeout;

    /* A wait for an APC or a message may end for another one's sake; and another call's may have run
     * this one's APC. */
    for (bool taken = call->type == RpcNotificationTypeApc && call->count; !taken; ) {
        taken = take_notification(call, timeout);
        now = GetTickCount64();
        if (!taken && now >= end)
            return false;
        timeout = now < end ? end - now : 0;
    }
    call_notified(call);
    return true;
}

LONG call_notified(struct async_call *call)
{
    while (take_notification(call, 0))
        ;
    return call->count;
}

RPC_STATUS call_finish(struct async_call *call)
{
    RPC_STATUS status;

    if (!call_wait(call, WAIT_MS))
        fail_msg("no notification (%s)", notification_name(call->type));
    status = RpcAsyncCompleteCall(&call->state, &call->reply);
    if (status == RPC_S_ASYNC_CALL_PENDING)
        fail_msg("pending after the notification (%s)", notification_name(call->type));
    assert_int_equal(call_notified(call), call_expected(call));
    assert_int_equal(call->wrong, 0);
    return status;
}
