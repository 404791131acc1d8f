/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_threads PROTSEQ ENDPOINT MS THREADS...: so many threads make empty synchronous calls
 * through one binding for MS milliseconds. Prints {"name": "threads", "threads": …,
 * "calls_per_second": …, "median_us": …, "p99_us": …, "least": …, "most": …} for each of THREADS,
 * where least and most are the calls of one thread. */
#include "common.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>
#include "bench.h"

#define THREADS_MAX 64
#define READINGS_MAX 100000 /* per thread; calls beyond that are counted, but not timed */

static struct caller {
    HANDLE thread;
    double *cycles;
    long calls;
} callers[THREADS_MAX];

static handle_t binding;
static HANDLE begin; /* an event */
static LONG volatile prepared, stop;

static DWORD WINAPI call_until_stopped(void *argument)
{
    struct caller *caller = argument;

    bench_empty(binding); /* it has a connection then */
    InterlockedIncrement(&prepared);
    WaitForSingleObject(begin, INFINITE);
    while (!stop) {
        unsigned long long start = __rdtsc();

        bench_empty(binding);
        if (caller->calls < READINGS_MAX)
            caller->cycles[caller->calls] = (double)(__rdtsc() - start);
        caller->calls++;
    }
    return 0;
}

static void start_callers(long count)
{
    prepared = stop = 0;
    ResetEvent(begin);
    for (long i = 0; i < count; i++) {
        callers[i].calls = 0;
        callers[i].cycles = malloc(READINGS_MAX * sizeof(double));
        check(callers[i].cycles != NULL, "no memory", i);
        callers[i].thread = CreateThread(NULL, 0, call_until_stopped, &callers[i], 0, NULL);
    }
    while (prepared < count)
        Sleep(1);
}

static void stop_callers(long count)
{
    stop = 1;
    for (long i = 0; i < count; i++) {
        WaitForSingleObject(callers[i].thread, INFINITE);
        CloseHandle(callers[i].thread);
    }
}

static void print_callers(long count, double elapsed, double cycles_per_us)
{
    long total = 0, least = callers[0].calls, most = 0;
    size_t readings = 0;
    double *all;

    for (long i = 0; i < count; i++) {
        total += callers[i].calls;
        least = min(least, callers[i].calls);
        most = max(most, callers[i].calls);
        readings += min(callers[i].calls, READINGS_MAX);
    }
    all = malloc(readings * sizeof(*all));
    check(all && readings, "no calls", (long)readings);
    readings = 0;
    for (long i = 0; i < count; i++) {
        size_t own = min(callers[i].calls, READINGS_MAX);

        memcpy(all + readings, callers[i].cycles, own * sizeof(*all));
        readings += own;
        free(callers[i].cycles);
    }
    sort_numbers(all, readings);
    printf("{\"name\": \"threads\", \"threads\": %ld, \"calls_per_second\": %.6g, "
           "\"median_us\": %.6g, \"p99_us\": %.6g, \"least\": %ld, \"most\": %ld}\n", count,
           (double)total / elapsed, quantile(all, readings, 50) / cycles_per_us,
           quantile(all, readings, 99) / cycles_per_us, least, most);
    fflush(stdout);
    free(all);
}

static void measure(long count, DWORD ms)
{
    unsigned long long cycles;
    double start, elapsed;

    check(count >= 1 && count <= THREADS_MAX, "threads", count);
    start_callers(count);
    start = seconds();
    cycles = __rdtsc();
    SetEvent(begin);
    Sleep(ms);
    stop_callers(count);
    elapsed = seconds() - start;
    print_callers(count, elapsed, (double)(__rdtsc() - cycles) / (elapsed * 1e6));
}

int main(int argc, char **argv)
{
    check(argc >= 5, "usage: bench_threads PROTSEQ ENDPOINT MS THREADS...", argc);
    binding = bind_to(argv[1], argv[2]);
    begin = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (int i = 4; i < argc; i++)
        measure(number(argv[i]), number(argv[3]));
    RpcBindingFree(&binding);
    return 0;
}
