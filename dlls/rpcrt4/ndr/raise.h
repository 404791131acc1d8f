/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the NDR engine reports an error, and the status codes that it uses (values of the SDK's
 * winerror.h). */
#ifndef RPCRT4_NDR_RAISE_H
#define RPCRT4_NDR_RAISE_H

#include <stdint.h>

#define NDR_STATUS_OUT_OF_MEMORY           14   /* RPC_S_OUT_OF_MEMORY */
#define NDR_STATUS_PENDING                 997  /* RPC_S_ASYNC_CALL_PENDING: pipe.h */
#define NDR_STATUS_INVALID_TAG             1733 /* RPC_X_INVALID_TAG: no arm of the union */
#define NDR_STATUS_INVALID_BOUND           1734 /* RPC_X_INVALID_BOUND: size, length, [range] */
#define NDR_STATUS_CANNOT_SUPPORT          1764 /* RPC_S_CANNOT_SUPPORT: a type, a representation */
#define NDR_STATUS_INTERNAL_ERROR          1766 /* RPC_S_INTERNAL_ERROR: no format string */
#define NDR_STATUS_FP_OVERFLOW             1771 /* RPC_S_FP_OVERFLOW: in a foreign format */
#define NDR_STATUS_NULL_REF_POINTER        1780 /* RPC_X_NULL_REF_POINTER */
#define NDR_STATUS_ENUM_VALUE_OUT_OF_RANGE 1781 /* RPC_X_ENUM_VALUE_OUT_OF_RANGE */
#define NDR_STATUS_BYTE_COUNT_TOO_SMALL    1782 /* RPC_X_BYTE_COUNT_TOO_SMALL */
#define NDR_STATUS_BAD_STUB_DATA           1783 /* RPC_X_BAD_STUB_DATA: no such data in NDR */
#define NDR_STATUS_WRONG_PIPE_VERSION      1832 /* RPC_X_WRONG_PIPE_VERSION: no format of a pipe */

/* Raises an RPC exception with that status; in native tests, jumps to the test. Does not return. */
void ndr_raise(uint32_t status) __attribute__((noreturn));

#endif
