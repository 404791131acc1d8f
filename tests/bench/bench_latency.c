/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_latency PROTSEQ ENDPOINT CALLS PAUSE_MS: how long an empty synchronous call takes, one
 * after the other or with a pause before each. Prints their mean and their quantiles, in µs. */
#include "common.h"
#include <stdlib.h>
#include <x86intrin.h>
#include "bench.h"

#define WARM_UP 200

/* Cycles, not the performance counter: one reading of that costs a good part of the fastest calls. */
struct reading {
    unsigned long long start, end;
};

static void call_often(handle_t binding, struct reading *readings, long calls, DWORD pause)
{
    for (long i = 0; i < calls; i++) {
        if (pause)
            Sleep(pause);
        readings[i].start = __rdtsc();
        bench_empty(binding);
        readings[i].end = __rdtsc();
    }
}

static void measure(handle_t binding, long calls, DWORD pause)
{
    struct reading *readings = calloc(calls, sizeof(*readings));
    double *durations = calloc(calls, sizeof(*durations));
    double start, elapsed, scale, sum = 0;
    unsigned long long cycles;

    check(readings && durations, "no memory", calls);
    start = seconds();
    cycles = __rdtsc();
    mark("begin");
    call_often(binding, readings, calls, pause);
    mark("end");
    elapsed = seconds() - start;
    scale = elapsed * 1e6 / (double)(__rdtsc() - cycles);
    for (long i = 0; i < calls; i++) {
        durations[i] = (double)(readings[i].end - readings[i].start) * scale;
        sum += durations[i];
    }
    print_number("mean_us", sum / (double)calls);
    print_quantiles("quantiles_us", durations, calls);
    free(readings);
    free(durations);
}

int main(int argc, char **argv)
{
    handle_t binding;
    DWORD pause;

    check(argc == 5, "usage: bench_latency PROTSEQ ENDPOINT CALLS PAUSE_MS", argc);
    binding = bind_to(argv[1], argv[2]);
    pause = number(argv[4]);
    for (int i = 0; i < (pause ? WARM_UP / 20 : WARM_UP); i++)
        bench_empty(binding);
    measure(binding, number(argv[3]), pause);
    RpcBindingFree(&binding);
    return 0;
}
