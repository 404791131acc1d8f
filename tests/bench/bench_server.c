/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench_server PROTSEQ ENDPOINT: the server of the programs beside it, until it is killed. */
#include "common.h"

int main(int argc, char **argv)
{
    check(argc == 3, "usage: bench_server PROTSEQ ENDPOINT", argc);
    serve(argv[1], argv[2]);
    return 0;
}
