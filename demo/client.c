/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The demo's client: shows one property of asynchronous calls after the other, a line each, and
 * checks it. Usage: client PROTSEQ ENDPOINT [STEP]; without STEP all of them. The exit status is
 * the number of failures, or 100 if there is no such step. "client PROTSEQ ENDPOINT stop" ends the
 * server. */
#include <fcntl.h>
#include <io.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>
#include "rpcexcept.h"
#include "demo.h"

#define DELAY 150      /* ms until the server answers */
#define LIMIT 3000     /* ms after which a notification is missing */
#define ABORT_CODE 0x20001234

static RPC_BINDING_HANDLE binding;

/* What the running step has to say. */
static char report[160];

static int say(int ok, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(report, sizeof(report), format, args);
    va_end(args);
    return ok;
}

static const char *status_name(RPC_STATUS status)
{
    static char other[24];

    switch (status) {
    case RPC_S_OK: return "RPC_S_OK";
    case RPC_S_ASYNC_CALL_PENDING: return "RPC_S_ASYNC_CALL_PENDING";
    case RPC_S_CALL_CANCELLED: return "RPC_S_CALL_CANCELLED";
    case RPC_S_INVALID_ASYNC_HANDLE: return "RPC_S_INVALID_ASYNC_HANDLE";
    case RPC_S_CALL_FAILED: return "RPC_S_CALL_FAILED";
    case RPC_S_SERVER_UNAVAILABLE: return "RPC_S_SERVER_UNAVAILABLE";
    case RPC_X_BAD_STUB_DATA: return "RPC_X_BAD_STUB_DATA";
    default:
        snprintf(other, sizeof(other), (ULONG)status > 0xffff ? "%#lx" : "%lu", status);
        return other;
    }
}

static double now(void)
{
    LARGE_INTEGER count, frequency;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return 1000.0 * count.QuadPart / frequency.QuadPart;
}

/* ---- calls ---- */

struct call {
    RPC_ASYNC_STATE async;
    unsigned char text[32];
    LONG waited, reply;
    volatile LONG notified;
    DWORD thread;
    HANDLE object;
    HWND window;
};

static RPC_STATUS submit(struct call *call, LONG delay)
{
    RPC_STATUS status = RPC_S_OK;

    strcpy((char *)call->text, "asynchronous");
    call->waited = call->reply = -2;
    RpcTryExcept
    {
        reverse(&call->async, binding, delay, (LONG)strlen((char *)call->text), call->text,
                &call->waited);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static RPC_STATUS try_add(LONG a, LONG b, LONG *sum)
{
    RPC_STATUS status = RPC_S_OK;

    RpcTryExcept
    {
        *sum = add(binding, a, b);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static void RPC_ENTRY notified(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    struct call *call = async->UserInfo;

    call->thread = GetCurrentThreadId();
    InterlockedIncrement(&call->notified);
    if (call->object)
        SetEvent(call->object);
}

static void open_call(struct call *call, RPC_NOTIFICATION_TYPES type)
{
    memset(call, 0, sizeof(*call));
    RpcAsyncInitializeHandle(&call->async, sizeof(call->async));
    call->async.UserInfo = call;
    call->async.NotificationType = type;
    switch (type) {
    case RpcNotificationTypeEvent:
        call->async.u.hEvent = call->object = CreateEventW(NULL, FALSE, FALSE, NULL);
        break;
    case RpcNotificationTypeIoc:
        call->async.u.IOC.hIOPort = call->object =
            CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
        call->async.u.IOC.dwNumberOfBytesTransferred = 11;
        call->async.u.IOC.dwCompletionKey = 22;
        call->async.u.IOC.lpOverlapped = (OVERLAPPED *)call;
        break;
    case RpcNotificationTypeApc:
        call->async.u.APC.NotificationRoutine = notified;
        break;
    case RpcNotificationTypeHwnd:
        call->async.u.HWND.hWnd = call->window =
            CreateWindowExW(0, L"STATIC", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
        call->async.u.HWND.Msg = WM_APP;
        break;
    case RpcNotificationTypeCallback:
        call->object = CreateEventW(NULL, FALSE, FALSE, NULL);
        call->async.u.NotificationRoutine = notified;
        break;
    default:
        break;
    }
}

static void close_call(struct call *call)
{
    if (call->object)
        CloseHandle(call->object);
    if (call->window)
        DestroyWindow(call->window);
}

/* Did it answer with the text reversed and its vowels counted? */
static int answered(const struct call *call)
{
    return call->reply == 4 && !strcmp((const char *)call->text, "suonorhcnysa");
}

/* Waits for an event's signal, completes. */
static RPC_STATUS finish(struct call *call)
{
    WaitForSingleObject(call->object, LIMIT);
    return RpcAsyncCompleteCall(&call->async, &call->reply);
}

/* ---- steps ---- */

static int call_is_made(void)
{
    struct call call;
    double start = now(), submitted;
    RPC_STATUS status;
    int ok;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, DELAY);
    submitted = now() - start;
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    status = finish(&call);
    ok = status == RPC_S_OK && answered(&call) && submitted < DELAY / 2;
    say(ok, "back after %.1f ms; the server answers after %.0f ms", submitted, now() - start);
    close_call(&call);
    return ok;
}

static int call_is_pending(void)
{
    RPC_STATUS status, complete;
    struct call call;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, DELAY);
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    status = RpcAsyncGetCallStatus(&call.async);
    complete = RpcAsyncCompleteCall(&call.async, &call.reply);
    if (status != RPC_S_ASYNC_CALL_PENDING || complete != RPC_S_ASYNC_CALL_PENDING)
        return say(0, "%s, %s", status_name(status), status_name(complete));
    WaitForSingleObject(call.object, LIMIT);
    status = RpcAsyncGetCallStatus(&call.async);
    complete = RpcAsyncCompleteCall(&call.async, &call.reply);
    close_call(&call);
    return say(status == RPC_S_OK && complete == RPC_S_OK, "RPC_S_ASYNC_CALL_PENDING, at last %s",
               status_name(status));
}

static int synchronous_meanwhile(void)
{
    struct call call;
    RPC_STATUS status, meanwhile;
    double start;
    LONG sum = 0;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, DELAY);
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    start = now();
    status = try_add(2, 3, &sum);
    meanwhile = RpcAsyncGetCallStatus(&call.async);
    say(0, "add(2, 3) = %ld after %.1f ms, the other is pending", sum, now() - start);
    if (status != RPC_S_OK || sum != 5 || meanwhile != RPC_S_ASYNC_CALL_PENDING)
        return say(0, "add: %s, %ld; then the other: %s", status_name(status), sum,
                   status_name(meanwhile));
    status = finish(&call);
    close_call(&call);
    return status == RPC_S_OK;
}

/* Waits by the means of the type; what it says of it, NULL if nothing came. */
static const char *await(struct call *call, RPC_NOTIFICATION_TYPES type)
{
    ULONGLONG end = GetTickCount64() + LIMIT;
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = 0;
    MSG msg;

    switch (type) {
    case RpcNotificationTypeEvent:
        return WaitForSingleObject(call->object, LIMIT) ? NULL : "the event is signalled";
    case RpcNotificationTypeIoc:
        GetQueuedCompletionStatus(call->object, &bytes, &key, &overlapped, LIMIT);
        return bytes == 11 && key == 22 && overlapped == (OVERLAPPED *)call
                   ? "the packet has our three values"
                   : NULL;
    case RpcNotificationTypeApc:
        SleepEx(LIMIT, TRUE);
        return call->notified == 1 && call->thread == GetCurrentThreadId()
                   ? "the APC ran on the calling thread"
                   : NULL;
    case RpcNotificationTypeHwnd:
        MsgWaitForMultipleObjects(0, NULL, FALSE, LIMIT, QS_POSTMESSAGE);
        return PeekMessageW(&msg, call->window, WM_APP, WM_APP, PM_REMOVE) &&
                       msg.lParam == (LPARAM)&call->async
                   ? "the message has the call in lParam"
                   : NULL;
    case RpcNotificationTypeCallback:
        WaitForSingleObject(call->object, LIMIT);
        return call->notified == 1 ? "the callback ran on a worker thread" : NULL;
    default:
        while (RpcAsyncGetCallStatus(&call->async) == RPC_S_ASYNC_CALL_PENDING &&
               GetTickCount64() < end)
            Sleep(5);
        return "polled until no longer pending";
    }
}

static int notification(RPC_NOTIFICATION_TYPES type)
{
    struct call call;
    RPC_STATUS status;
    const char *how;
    int ok;

    open_call(&call, type);
    status = submit(&call, DELAY);
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    how = await(&call, type);
    status = RpcAsyncCompleteCall(&call.async, &call.reply);
    ok = how && status == RPC_S_OK && answered(&call);
    if (ok)
        say(1, "%s", how);
    else
        say(0, "%s; RpcAsyncCompleteCall: %s", how ? how : "not notified", status_name(status));
    close_call(&call);
    return ok;
}

static int notified_by_event(void) { return notification(RpcNotificationTypeEvent); }
static int notified_by_port(void) { return notification(RpcNotificationTypeIoc); }
static int notified_by_apc(void) { return notification(RpcNotificationTypeApc); }
static int notified_by_message(void) { return notification(RpcNotificationTypeHwnd); }
static int notified_by_callback(void) { return notification(RpcNotificationTypeCallback); }
static int not_notified(void) { return notification(RpcNotificationTypeNone); }

static int reply_and_data(void)
{
    struct call call;
    RPC_STATUS status;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, 0);
    if (status == RPC_S_OK)
        status = finish(&call);
    close_call(&call);
    if (status != RPC_S_OK)
        return say(0, "%s", status_name(status));
    return say(answered(&call) && call.waited >= 0, "returned %ld, [in, out] \"%s\", [out] %ld",
               call.reply, (char *)call.text, call.waited);
}

static int abortive_cancel(void)
{
    struct call call;
    RPC_STATUS status, after;
    double start;
    LONG sum = 0;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, 20 * DELAY);
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    start = now();
    status = RpcAsyncCancelCall(&call.async, TRUE);
    if (status != RPC_S_OK)
        return say(0, "RpcAsyncCancelCall: %s", status_name(status));
    status = finish(&call);
    start = now() - start;
    after = try_add(3, 4, &sum);
    close_call(&call);
    return say(status == RPC_S_CALL_CANCELLED && start < DELAY && after == RPC_S_OK && sum == 7,
               "%s after %.1f ms; the binding works", status_name(status), start);
}

static int nonabortive_cancel(void)
{
    struct call call;
    RPC_STATUS status;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, 15 * DELAY);
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    Sleep(DELAY); /* let it arrive */
    status = RpcAsyncCancelCall(&call.async, FALSE);
    if (status != RPC_S_OK)
        return say(0, "RpcAsyncCancelCall: %s", status_name(status));
    status = finish(&call);
    close_call(&call);
    return say(status == RPC_S_OK && call.reply == -1,
               "%s; the server learned of it after %ld ms, and gave in", status_name(status),
               call.waited);
}

static int server_aborts(void)
{
    RPC_STATUS status = RPC_S_OK;
    struct call call;

    open_call(&call, RpcNotificationTypeEvent);
    RpcTryExcept
    {
        fail(&call.async, binding, 0, ABORT_CODE);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status != RPC_S_OK)
        return say(0, "raised %s", status_name(status));
    status = finish(&call);
    close_call(&call);
    return say(status == ABORT_CODE, "RpcAsyncCompleteCall returns the server's code, %s",
               status_name(status));
}

/* Wine 8's GetProcessHandleCount answers 0: count them one by one. */
static unsigned count_handles(void)
{
    unsigned count = 0;
    DWORD flags;

    for (ULONG_PTR handle = 4; handle < 4 * 1024; handle += 4)
        count += GetHandleInformation((HANDLE)handle, &flags) != 0;
    return count;
}

/* A call whose event is closed, and whose memory is overwritten, in the next statement. */
static RPC_STATUS call_and_forget(BOOL cancel)
{
    struct call call;
    RPC_STATUS status;

    open_call(&call, RpcNotificationTypeEvent);
    status = submit(&call, 0);
    if (status == RPC_S_OK && cancel)
        RpcAsyncCancelCall(&call.async, TRUE);
    if (status == RPC_S_OK)
        status = finish(&call);
    CloseHandle(call.object);
    memset(&call, 0xdd, sizeof(call));
    return status == RPC_S_CALL_CANCELLED && cancel ? RPC_S_OK : status;
}

static int handles_are_closed(void)
{
    enum { WARM = 20, CALLS = 200 };
    unsigned before = 0, after;

    for (unsigned i = 0; i < WARM + CALLS; i++) {
        RPC_STATUS status = call_and_forget(i & 1);

        if (status != RPC_S_OK)
            return say(0, "call %u: %s", i, status_name(status));
        if (i == WARM)
            before = count_handles();
    }
    after = count_handles();
    return say(after <= before, "%u calls, CloseHandle at once: %u handles, then %u", CALLS, before,
               after);
}

static const struct {
    const char *name;
    int (*run)(void);
} steps[] = {
    {"call made", call_is_made},
    {"status", call_is_pending},
    {"synchronous call meanwhile", synchronous_meanwhile},
    {"notified by event", notified_by_event},
    {"notified by completion port", notified_by_port},
    {"notified by APC", notified_by_apc},
    {"notified by window message", notified_by_message},
    {"notified by callback", notified_by_callback},
    {"no notification", not_notified},
    {"reply and [out] data", reply_and_data},
    {"abortive cancel", abortive_cancel},
    {"nonabortive cancel", nonabortive_cancel},
    {"server's abort", server_aborts},
    {"handles", handles_are_closed},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* A line: name, result, time, report. The name is out before the step, which may never return. */
static int run_step(unsigned i)
{
    double start = now();
    int ok;

    printf("  %-28s ", steps[i].name);
    fflush(stdout);
    ok = steps[i].run();
    printf("%-5s %6.0f ms  %s\n", ok ? "ok" : "WRONG", now() - start, report);
    fflush(stdout);
    return ok;
}

static int bind_to(const char *protseq, const char *endpoint)
{
    RPC_CSTR string;
    RPC_STATUS status;

    status =
        RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, NULL, (RPC_CSTR)endpoint, NULL, &string);
    if (status == RPC_S_OK)
        status = RpcBindingFromStringBindingA(string, &binding);
    if (status != RPC_S_OK)
        printf("no binding: %s\n", status_name(status));
    return status == RPC_S_OK;
}

int main(int argc, char **argv)
{
    int failures = 0;
    unsigned step;

    _setmode(_fileno(stdout), _O_BINARY);
    if (argc < 3 || !bind_to(argv[1], argv[2]))
        return 99;
    if (argc > 3 && !strcmp(argv[3], "stop")) {
        RpcTryExcept
        {
            stop(binding);
        }
        RpcExcept(1)
        {
            failures = 1;
        }
        RpcEndExcept
        return failures;
    }
    if (argc > 3) {
        step = atoi(argv[3]);
        return step < STEPS ? !run_step(step) : 100;
    }
    for (step = 0; step < STEPS; step++)
        failures += !run_step(step);
    RpcBindingFree(&binding);
    return failures;
}

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}
