/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs if Wine can run programs of this architecture. */
#include <stdio.h>

int main(void)
{
    puts("probe: ok");
    return 0;
}
