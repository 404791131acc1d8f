/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tracing under Wine: WINEDEBUG=+rpc (or warn+rpc, err+rpc, fixme+rpc) prints lines such as
 *     0024:trace:rpc:RpcAsyncCompleteCall async 0x11fe40 -> RPC_S_ASYNC_CALL_PENDING
 * through Wine's ntdll, which is looked up at run time; where it is not (Windows), nothing is
 * printed. A channel class that is off costs one test of a flag. The format is printf's of C99
 * (%zu, %llx work), followed by a newline that the macro adds. */
#ifndef RPCRT4_PLATFORM_TRACE_H
#define RPCRT4_PLATFORM_TRACE_H

#include "platform/base.h"

enum trace_class {
    TRACE_CLASS_FIXME,
    TRACE_CLASS_ERR,
    TRACE_CLASS_WARN,
    TRACE_CLASS_TRACE,
};

/* Bit 1 << class is set where the class is on; all are until Wine has been asked. */
extern unsigned char trace_flags;

void trace_print(enum trace_class class, const char *function, const char *format, ...)
    __attribute__((format(gnu_printf, 3, 4), cold));

#define TRACE_IS_ON_(class) __builtin_expect(trace_flags & (1 << (class)), 0)
#define TRACE_(class, ...) \
    do { \
        if (TRACE_IS_ON_(class)) \
            trace_print(class, __func__, __VA_ARGS__); \
    } while (0)

#define TRACE(...) TRACE_(TRACE_CLASS_TRACE, __VA_ARGS__)
#define WARN(...) TRACE_(TRACE_CLASS_WARN, __VA_ARGS__)
#define ERR(...) TRACE_(TRACE_CLASS_ERR, __VA_ARGS__)
#define FIXME(...) TRACE_(TRACE_CLASS_FIXME, __VA_ARGS__)
/* For work that is done only to be traced (a hex dump). */
#define TRACE_IS_ON() TRACE_IS_ON_(TRACE_CLASS_TRACE)

/* Arguments for %s. The text stays valid for a while (Wine keeps a ring of such texts per thread),
 * but not for good; long ones are cut. NULL pointers and numbers that are no pointers are shown as
 * such. */
const char *trace_uuid(const UUID *uuid);
const char *trace_wide(const WCHAR *s);          /* L"…", escaped */
const char *trace_ansi(const void *s);           /* "…", escaped; char or unsigned char */
const char *trace_status(RPC_STATUS status);     /* "RPC_S_CALL_CANCELLED", or the number */

#endif
