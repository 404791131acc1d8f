/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What portable code takes from its platform, for native tests and fuzz targets. */
#ifndef TESTS_UNIT_NATIVE_PLATFORM_H
#define TESTS_UNIT_NATIVE_PLATFORM_H

#include <setjmp.h>
#include <stdint.h>

#include "wire/types.h"

/* Exact malloc() blocks, so that the address sanitizer sees every overrun, and accounts of them. */
extern const struct wire_allocator native_allocator;

struct native_memory {
    size_t in_use;       /* octets */
    size_t peak_request; /* the largest single allocation */
    unsigned fail_after; /* the how-manieth allocation from now fails; 0: none */
};
extern struct native_memory native_memory;

/* What ndr_raise() does: jumps there, with the status. Without a place to jump to it aborts. */
extern jmp_buf *native_raised;
extern uint32_t native_raised_status;

#endif
