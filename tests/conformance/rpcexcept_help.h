/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What test_rpcexcept.c's cases call in another source file, so that the compiler sees nothing
 * of it. */
#ifndef RPCRT4_TESTS_RPCEXCEPT_HELP_H
#define RPCRT4_TESTS_RPCEXCEPT_HELP_H

#include <stdint.h>

enum { CASE_COUNT = 28 };

void raise_code(unsigned long code); /* not continuable */
void raise_continuable(unsigned long code);
void raise_with_parameters(unsigned long code, uintptr_t first, uintptr_t second);
void *null_pointer(void);
int divide(int a, int b);
int plus_one(int a);
int64_t mix(int64_t a, int64_t b);
int many_arguments(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k,
                   int l);
void consume(int64_t value);
void touch(void);
void catch_one(void); /* raises and catches, changing every register it may */

#endif
