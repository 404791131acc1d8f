/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify.h"
#include "common.h"
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 20000
#define QUEUE_SIZE 16384 /* more than slots; a power of 2 */

static struct {
    enum notify_kind kind;
    HANDLE port, thread;
} target;

/* Slots that a callback or an APC has been run for. */
static struct {
    struct slot *volatile slots[QUEUE_SIZE];
    LONG volatile reserved; /* by those who put */
    LONG volatile count;    /* so many have been put */
    LONG volatile wake_at;  /* at this count the waiting thread wants to be woken */
    LONG taken;
} queue;

enum notify_kind notify_kind_of(const char *name)
{
    static const char *const names[] = {"callback", "event", "port", "apc"};

    for (int i = 0; i < (int)ARRAYSIZE(names); i++)
        if (!strcmp(name, names[i]))
            return i;
    check(0, name, 0);
    return 0;
}

struct slot *notify_slots(enum notify_kind kind, long count)
{
    struct slot *slots = calloc(count, sizeof(*slots));

    check(slots && count < QUEUE_SIZE, "slots", count);
    target.kind = kind;
    if (kind == NOTIFY_PORT)
        target.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (kind == NOTIFY_APC)
        target.thread = OpenThread(THREAD_SET_CONTEXT, FALSE, GetCurrentThreadId());
    for (long i = 0; kind == NOTIFY_EVENT && i < count; i++) {
        slots[i].event = CreateEventA(NULL, FALSE, FALSE, NULL);
        check(slots[i].event != NULL, "CreateEvent", GetLastError());
    }
    return slots;
}

void notify_free(struct slot *slots, long count)
{
    for (long i = 0; target.kind == NOTIFY_EVENT && i < count; i++)
        CloseHandle(slots[i].event);
    if (target.kind == NOTIFY_PORT)
        CloseHandle(target.port);
    if (target.kind == NOTIFY_APC)
        CloseHandle(target.thread);
    free(slots);
}

/* ---- the end that signals ---- */

static void put(struct slot *slot)
{
    queue.slots[(InterlockedIncrement(&queue.reserved) - 1) & (QUEUE_SIZE - 1)] = slot;
    if (InterlockedIncrement(&queue.count) == queue.wake_at)
        WakeByAddressSingle((void *)&queue.count);
}

static void RPC_ENTRY on_call_end(PRPC_ASYNC_STATE async, void *context, RPC_ASYNC_EVENT event)
{
    put((struct slot *)async);
}

static void CALLBACK on_apc(ULONG_PTR slot)
{
    put((struct slot *)slot);
}

void notify_signal(struct slot *slot)
{
    if (target.kind == NOTIFY_EVENT)
        SetEvent(slot->event);
    else if (target.kind == NOTIFY_PORT)
        PostQueuedCompletionStatus(target.port, 0, (ULONG_PTR)slot, NULL);
    else
        QueueUserAPC(on_apc, target.thread, (ULONG_PTR)slot);
}

/* ---- the end that waits ---- */

void notify_arm(struct slot *slot)
{
    RPC_STATUS status = RpcAsyncInitializeHandle(&slot->state, sizeof(slot->state));

    check(!status, "RpcAsyncInitializeHandle", status);
    switch (target.kind) {
    case NOTIFY_EVENT:
        slot->state.NotificationType = RpcNotificationTypeEvent;
        slot->state.u.hEvent = slot->event;
        break;
    case NOTIFY_PORT:
        slot->state.NotificationType = RpcNotificationTypeIoc;
        slot->state.u.IOC.hIOPort = target.port;
        slot->state.u.IOC.dwCompletionKey = (DWORD_PTR)slot;
        break;
    case NOTIFY_APC:
        slot->state.NotificationType = RpcNotificationTypeApc;
        slot->state.u.APC.NotificationRoutine = on_call_end;
        break;
    case NOTIFY_CALLBACK:
        slot->state.NotificationType = RpcNotificationTypeCallback;
        slot->state.u.NotificationRoutine = on_call_end;
    }
}

/* Those that fill the queue write its count after they have read where to wake; a change in
 * between ends the wait. */
static void wait_for_count(LONG wanted)
{
    LONG now;

    while ((now = queue.count) - wanted < 0) {
        queue.wake_at = wanted;
        MemoryBarrier();
        if (queue.count == now)
            check(WaitOnAddress(&queue.count, &now, sizeof(now), PATIENCE_MS),
                  "a notification is missing", now);
    }
}

static struct slot *take(void)
{
    struct slot *volatile *place = &queue.slots[queue.taken++ & (QUEUE_SIZE - 1)];
    struct slot *slot;

    while (!(slot = *place)) /* another thread is about to fill it */
        SwitchToThread();
    *place = NULL;
    return slot;
}

static struct slot *next_from_port(void)
{
    OVERLAPPED *overlapped;
    ULONG_PTR slot;
    DWORD bytes;

    check(GetQueuedCompletionStatus(target.port, &bytes, &slot, &overlapped, PATIENCE_MS),
          "a notification is missing", GetLastError());
    return (struct slot *)slot;
}

struct slot *notify_next(struct slot *oldest, long batch)
{
    switch (target.kind) {
    case NOTIFY_PORT:
        return next_from_port();
    case NOTIFY_EVENT:
        check(WaitForSingleObject(oldest->event, PATIENCE_MS) == WAIT_OBJECT_0,
              "a notification is missing", 0);
        return oldest;
    case NOTIFY_APC:
        while (queue.count == queue.taken)
            check(SleepEx(PATIENCE_MS, TRUE) == WAIT_IO_COMPLETION, "a notification is missing", 0);
        return take();
    default:
        if (queue.count == queue.taken)
            wait_for_count(queue.taken + batch);
        return take();
    }
}
