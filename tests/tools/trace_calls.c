/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls a function that is traced, for tests/tools/trace. */
#include <stdio.h>
#include <windows.h>
#include <rpc.h>

int main(void)
{
    RPC_WSTR binding = NULL;

    SetLastError(4711);
    if (RpcStringBindingComposeW(NULL, (RPC_WSTR)L"ncalrpc", NULL, (RPC_WSTR)L"a\"b\n\u20ac", NULL,
                                 &binding))
        return 1;
    printf("last error %lu\n", GetLastError());
    RpcStringFreeW(&binding);
    return 0;
}
