/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcexcept.h"
#include "rpcexcept_help.h"

static volatile int64_t sink;

void raise_code(unsigned long code)
{
    RaiseException(code, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

void raise_continuable(unsigned long code)
{
    RaiseException(code, 0, 0, NULL);
}

void raise_with_parameters(unsigned long code, uintptr_t first, uintptr_t second)
{
    ULONG_PTR parameters[2] = { first, second };

    RaiseException(code, 0, 2, parameters);
}

/* noipa, for with -flto the compiler would see what it takes for undefined behaviour. */
__attribute__((noipa)) void *null_pointer(void)
{
    return NULL;
}

__attribute__((noipa)) int divide(int a, int b)
{
    return a / b;
}

int plus_one(int a)
{
    return a + 1;
}

int64_t mix(int64_t a, int64_t b)
{
    return a * 31 + b * 17 + 1;
}

int many_arguments(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k,
                   int l)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k
        + 12 * l;
}

void consume(int64_t value)
{
    sink += value;
}

void touch(void)
{
    sink++;
}

void catch_one(void)
{
    RpcTryExcept {
        RpcTryFinally {
            raise_code(1);
        } RpcFinally {
            sink = mix(sink, 3);
        } RpcEndFinally
    } RpcExcept(mix(RpcExceptionCode(), sink) != 0) {
        sink = many_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    } RpcEndExcept
}
