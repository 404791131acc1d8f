/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What two processes need to answer each other through memory that they share: one message there
 * and one back, and both look for it all the time.
 *
 *   bench_shared serve NAME
 *   bench_shared call NAME COUNT      prints what bench_latency prints */
#include "common.h"
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

#define MESSAGE_SIZE 64 /* about what an empty call sends */
#define WARM_UP 1000
#define LOOKS 1000 /* before another thread is let run */
#define PATIENCE_MS 20000

/* A direction; the number of the latest message and the message are in cache lines of their own. */
struct direction {
    LONG volatile number __attribute__((aligned(64)));
    unsigned char message[MESSAGE_SIZE] __attribute__((aligned(64)));
};

struct memory {
    struct direction there, back;
};

static struct memory *map_memory(const char *name)
{
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                        sizeof(struct memory), name);
    struct memory *memory =
        section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*memory)) : NULL;

    check(memory != NULL, "MapViewOfFile", GetLastError());
    return memory;
}

static void put(struct direction *direction, const void *message, LONG number)
{
    memcpy(direction->message, message, MESSAGE_SIZE);
    __atomic_store_n(&direction->number, number, __ATOMIC_RELEASE);
}

static void get(struct direction *direction, void *message, LONG number)
{
    ULONGLONG end = 0;

    for (int looks = 1; __atomic_load_n(&direction->number, __ATOMIC_ACQUIRE) != number; looks++) {
        YieldProcessor();
        if (looks % LOOKS)
            continue;
        if (!end)
            end = GetTickCount64() + PATIENCE_MS;
        check(GetTickCount64() < end, "nobody answers", number);
        SwitchToThread();
    }
    memcpy(message, direction->message, MESSAGE_SIZE);
}

static void answer(struct memory *memory)
{
    unsigned char message[MESSAGE_SIZE];

    ready();
    for (LONG number = 1;; number++) {
        get(&memory->there, message, number);
        put(&memory->back, message, number);
    }
}

static void measure(struct memory *memory, long count)
{
    unsigned char message[MESSAGE_SIZE] = "x";
    double *durations = malloc(count * sizeof(*durations));
    unsigned long long cycles = 0, before, now;
    double start = 0, elapsed, scale;

    check(durations && count, "exchanges", count);
    before = __rdtsc();
    for (long i = -WARM_UP; i < count; i++) {
        if (!i) {
            start = seconds();
            before = cycles = __rdtsc();
        }
        put(&memory->there, message, i + WARM_UP + 1);
        get(&memory->back, message, i + WARM_UP + 1);
        now = __rdtsc();
        if (i >= 0)
            durations[i] = (double)(now - before);
        before = now;
    }
    elapsed = (seconds() - start) * 1e6;
    scale = elapsed / (double)(before - cycles);
    for (long i = 0; i < count; i++)
        durations[i] *= scale;
    print_number("mean_us", elapsed / (double)count);
    print_quantiles("quantiles_us", durations, count);
    free(durations);
}

int main(int argc, char **argv)
{
    check(argc >= 3, "usage: see the top of bench_shared.c", argc);
    if (!strcmp(argv[1], "serve"))
        answer(map_memory(argv[2]));
    check(argc == 4, "usage: see the top of bench_shared.c", argc);
    measure(map_memory(argv[2]), number(argv[3]));
    return 0;
}
