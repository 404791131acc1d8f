/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_async PROTSEQ ENDPOINT KIND MS WINDOW...: one thread keeps up to WINDOW asynchronous calls
 * outstanding for about MS milliseconds, learns of their ends by KIND (callback, event, port,
 * apc), completes them and makes new ones. Prints {"name": "async", "window": …,
 * "calls_per_second": …} for each WINDOW. */
#include "common.h"
#include "notify.h"
#include <stdio.h>
#include <stdlib.h>
#include "bench.h"

static void submit(struct slot *slot, handle_t binding)
{
    notify_arm(slot);
    bench_async(&slot->state, binding);
}

static void complete(struct slot *slot)
{
    RPC_STATUS status = RpcAsyncCompleteCall(&slot->state, NULL);

    check(!status, "RpcAsyncCompleteCall", status);
}

/* The slots in the order in which their calls were made. */
struct order {
    struct slot **slots;
    long size, first, count;
};

static void append(struct order *order, struct slot *slot)
{
    order->slots[(order->first + order->count++) % order->size] = slot;
}

/* Where notifications come in another order, the oldest is never asked for. */
static struct slot *wait_for_one(struct order *order, long window)
{
    long batch = order->count < window / 2 ? order->count : window / 2;
    struct slot *slot = notify_next(order->slots[order->first], batch ? batch : 1);

    order->first = (order->first + 1) % order->size;
    order->count--;
    return slot;
}

static long call_for(handle_t binding, struct slot *slots, struct order *order, ULONGLONG ms)
{
    ULONGLONG end = GetTickCount64() + ms;
    long calls = 0, window = order->size;

    for (long i = 0; i < window; i++) {
        submit(&slots[i], binding);
        append(order, &slots[i]);
    }
    while (order->count) {
        struct slot *slot = wait_for_one(order, window);

        complete(slot);
        calls++;
        if (GetTickCount64() < end) {
            submit(slot, binding);
            append(order, slot);
        }
    }
    return calls;
}

static void measure(handle_t binding, enum notify_kind kind, ULONGLONG ms, long window)
{
    struct slot *slots = notify_slots(kind, window);
    struct order order = {.slots = calloc(window, sizeof(*order.slots)), .size = window};
    double start;
    long calls;

    check(order.slots && window, "window", window);
    start = seconds();
    mark("begin");
    calls = call_for(binding, slots, &order, ms);
    mark("end");
    printf("{\"name\": \"async\", \"window\": %ld, \"calls\": %ld, \"calls_per_second\": %.6g}\n",
           window, calls, (double)calls / (seconds() - start));
    fflush(stdout);
    free(order.slots);
    notify_free(slots, window);
}

int main(int argc, char **argv)
{
    handle_t binding;
    enum notify_kind kind;

    check(argc >= 6, "usage: bench_async PROTSEQ ENDPOINT KIND MS WINDOW...", argc);
    binding = bind_to(argv[1], argv[2]);
    kind = notify_kind_of(argv[3]);
    for (int i = 0; i < 50; i++)
        bench_empty(binding);
    for (int i = 5; i < argc; i++)
        measure(binding, kind, number(argv[4]), number(argv[i]));
    RpcBindingFree(&binding);
    return 0;
}
