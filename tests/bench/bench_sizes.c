/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_sizes PROTSEQ ENDPOINT MS SIZE...: synchronous calls that send SIZE octets and get them
 * back, for about MS milliseconds each size. Prints {"name": "size", "size": …, "calls": …,
 * "mean_us": …, "median_us": …, "max_us": …}. */
#include "common.h"
#include "sizes.h"
#include "bench.h"

static void exchange(void *context, unsigned char *data, long size)
{
    bench_echo(context, size, data);
}

int main(int argc, char **argv)
{
    handle_t binding;

    check(argc >= 5, "usage: bench_sizes PROTSEQ ENDPOINT MS SIZE...", argc);
    binding = bind_to(argv[1], argv[2]);
    bench_empty(binding);
    measure_sizes(exchange, binding, number(argv[3]), argv + 4);
    RpcBindingFree(&binding);
    return 0;
}
