/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of test_stub_calls.c with inline stubs (-Os). widl's turn any violation of a range into
 * RPC_X_BAD_STUB_DATA and do not look for null arrays; one string per call of test_strings() is
 * left in the server, whatever the DLL. */
#include <winerror.h>

#define OUT_OF_RANGE      RPC_X_BAD_STUB_DATA
#define NULL_ARRAYS_PASS  1
#define LEFT_BY_STRINGS   1
#include "test_stub_calls.c"
