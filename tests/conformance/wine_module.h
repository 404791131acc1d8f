/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests that go through Wine's own modules share. */
#ifndef RPCRT4_TESTS_WINE_MODULE_H
#define RPCRT4_TESTS_WINE_MODULE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <setjmp.h>
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#include <cmocka.h>

/* Bounds a single wait, in milliseconds: reached only when something is broken. */
#define WAIT_MS 30000

/* Is the rpcrt4.dll of this process ours? */
bool wine_module_is_ours(void);

/* Processes of this name that Wine's services start from now on have the DLL beside their program
 * (`ours`), or again what the prefix says. */
void wine_module_override(const WCHAR *program, bool ours);

/* The name of this program without its folder. */
const WCHAR *wine_module_program(void);

#endif
