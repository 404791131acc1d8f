/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_idle PROTSEQ ENDPOINT BINDINGS: so many bindings, each of which has made a call, and then
 * nothing. Stops at a checkpoint with one of them and with all. */
#include "common.h"
#include <stdlib.h>
#include <string.h>
#include "bench.h"

int main(int argc, char **argv)
{
    handle_t *bindings;
    long count;

    check(argc == 4, "usage: bench_idle PROTSEQ ENDPOINT BINDINGS", argc);
    count = number(argv[3]);
    bindings = malloc(count * sizeof(*bindings));
    check(bindings && count, "bindings", count);
    /* The application's own memory, in use before the first checkpoint. */
    memset(bindings, 1, count * sizeof(*bindings));
    for (long i = 0; i < count; i++) {
        bindings[i] = bind_to(argv[1], argv[2]);
        bench_empty(bindings[i]);
        if (!i)
            checkpoint("bindings", 1);
    }
    checkpoint("bindings", count);
    for (long i = 0; i < count; i++)
        RpcBindingFree(&bindings[i]);
    free(bindings);
    return 0;
}
