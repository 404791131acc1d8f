/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A COM channel for tests, which calls the stub at once. */
#ifndef RPCRT4_TESTS_COM_CHANNEL_H
#define RPCRT4_TESTS_COM_CHANNEL_H

#define COBJMACROS
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <windows.h>
#include <objbase.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcproxy.h>
#include <cmocka.h>

struct com_channel {
    IRpcChannelBuffer iface;
    LONG references;
    IRpcStubBuffer *stub;
    LONG buffers; /* not freed */
    HRESULT failure; /* what sending returns, instead of calling the stub */
    IID iid; /* of the last buffer */
    const IID *expected; /* what it has to be; NULL: any */
};

struct com_channel com_channel(const IID *expected);

#endif
