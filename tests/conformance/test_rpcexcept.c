/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* include/rpcexcept.h: the same cases compiled at three optimization levels, from three source
 * files of one program, which share one list of active blocks per thread. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "rpcexcept_help.h"

extern const struct CMUnitTest rpcexcept_O0[CASE_COUNT], rpcexcept_O2[CASE_COUNT],
    rpcexcept_O3[CASE_COUNT];

#define RUN(cases) _cmocka_run_group_tests(#cases, (cases), CASE_COUNT, NULL, NULL)

int main(void)
{
    return RUN(rpcexcept_O0) + RUN(rpcexcept_O2) + RUN(rpcexcept_O3);
}
