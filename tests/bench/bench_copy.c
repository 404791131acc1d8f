/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_copy MS SIZE...: what an exchange costs that is nothing but one memcpy for each direction.
 * Prints what bench_sizes prints. */
#include "common.h"
#include "sizes.h"
#include <stdlib.h>
#include <string.h>

static void exchange(void *context, unsigned char *data, long size)
{
    memcpy(context, data, size);
    __asm__ volatile("" : : "r"(data), "r"(context) : "memory");
    memcpy(data, context, size);
    __asm__ volatile("" : : "r"(data), "r"(context) : "memory");
}

int main(int argc, char **argv)
{
    long most = 1;
    void *other;

    check(argc >= 3, "usage: bench_copy MS SIZE...", argc);
    for (int i = 2; i < argc; i++)
        most = max(most, number(argv[i]));
    other = malloc(most);
    check(other != NULL, "no memory", most);
    measure_sizes(exchange, other, number(argv[1]), argv + 2);
    free(other);
    return 0;
}
