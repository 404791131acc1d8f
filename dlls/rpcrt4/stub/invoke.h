/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calling a manager routine with an argument stack that was built at run time: the only
 * machine-dependent code. */
#ifndef RPCRT4_STUB_INVOKE_H
#define RPCRT4_STUB_INVOKE_H

#include "platform/base.h"

/* Every argument occupies a multiple of this on the stack. */
#define STUB_SLOT_SIZE sizeof(void *)

/* Calls `routine` with the `size` octets at `stack` (a multiple of STUB_SLOT_SIZE; x86_64: at least
 * four slots, of which the first four are loaded into the integer and the floating-point registers
 * alike). Works for cdecl and stdcall routines. Returns what a routine that returns an integer or a
 * pointer left (rax, or edx:eax). */
uint64_t stub_invoke(SERVER_ROUTINE routine, const void *stack, size_t size);
/* The same for a routine that returns a float or a double. */
float stub_invoke_float(SERVER_ROUTINE routine, const void *stack, size_t size);
double stub_invoke_double(SERVER_ROUTINE routine, const void *stack, size_t size);

#endif
