/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_signal KIND MS: one thread signals objects (event, port, apc), at most WINDOW ahead of
 * another, which waits for each: bench_async without the calls. Prints {"name":
 * "signals_per_second", "value": …}. */
#include "common.h"
#include "notify.h"

#define WINDOW 1000

static struct slot *slots;
static LONG volatile consumed, stop;

static DWORD WINAPI signal_all(void *unused)
{
    for (LONG signalled = 0; !stop; signalled++) {
        LONG now;

        while (signalled - (now = consumed) >= WINDOW && !stop)
            WaitOnAddress(&consumed, &now, sizeof(now), 100);
        notify_signal(&slots[signalled % WINDOW]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    double start, elapsed;
    HANDLE thread;

    check(argc == 3, "usage: bench_signal KIND MS", argc);
    slots = notify_slots(notify_kind_of(argv[1]), WINDOW);
    thread = CreateThread(NULL, 0, signal_all, NULL, 0, NULL);
    start = seconds();
    do {
        notify_next(&slots[consumed % WINDOW], 1);
        if (InterlockedIncrement(&consumed) % (WINDOW / 2) == 0)
            WakeByAddressSingle((void *)&consumed);
        elapsed = seconds() - start;
    } while (elapsed * 1000 < (double)number(argv[2]));
    print_number("signals_per_second", (double)consumed / elapsed);
    stop = 1;
    WakeByAddressSingle((void *)&consumed);
    WaitForSingleObject(thread, INFINITE);
    return 0;
}
