/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sizes.h"
#include "common.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 10000

static void measure_size(exchange_fn *exchange, void *context, long ms, long size)
{
    static double durations[CALLS_MAX];
    unsigned char *data = malloc(size ? size : 1);
    double start, now, before;
    long calls = 0;

    check(data != NULL, "no memory", size);
    memset(data, 'x', size);
    exchange(context, data, size);
    mark("begin");
    before = start = seconds();
    do {
        exchange(context, data, size);
        now = seconds();
        durations[calls++] = (now - before) * 1e6;
        before = now;
    } while (now < start + ms * 1e-3 && calls < CALLS_MAX);
    mark("end");
    sort_numbers(durations, calls);
    printf("{\"name\": \"size\", \"size\": %ld, \"calls\": %ld, \"mean_us\": %.6g, "
           "\"median_us\": %.6g, \"max_us\": %.6g}\n", size, calls,
           (now - start) * 1e6 / (double)calls, quantile(durations, calls, 50), durations[calls - 1]);
    fflush(stdout);
    free(data);
}

void measure_sizes(exchange_fn *exchange, void *context, long ms, char **sizes)
{
    for (; *sizes; sizes++)
        measure_size(exchange, context, ms, number(*sizes));
}
