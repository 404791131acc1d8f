/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of test_stub_calls.c with old interpreted stubs (-Oi), whose descriptors have no ranges.
 * On x86_64 there are none: widl makes -Oicf ones. */
#ifdef __i386__
#define OUT_OF_RANGE RPC_S_OK
#endif
#include "test_stub_calls.c"
