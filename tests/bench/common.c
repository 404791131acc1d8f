/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"
#include <stdio.h>
#include <stdlib.h>

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

void check(int ok, const char *what, long status)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s: %ld\n", what, status);
    exit(1);
}

double seconds(void)
{
    LARGE_INTEGER frequency, now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

void ready(void)
{
    puts("ready");
    fflush(stdout);
}

void print_number(const char *name, double value)
{
    printf("{\"name\": \"%s\", \"value\": %.9g}\n", name, value);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void sort_numbers(double *numbers, size_t count)
{
    qsort(numbers, count, sizeof(*numbers), compare);
}

/* The least number that so many percent do not exceed. */
double quantile(const double *sorted, size_t count, double percent)
{
    size_t rank = (size_t)(percent / 100 * (double)count + 0.999999);

    return sorted[rank ? (rank < count ? rank : count) - 1 : 0];
}

void print_quantiles(const char *name, double *durations, size_t count)
{
    static const double percents[] = {0,  1,  5,  10, 20, 30, 40,   50,   60,
                                      70, 80, 90, 95, 98, 99, 99.5, 99.9, 100};

    sort_numbers(durations, count);
    printf("{\"name\": \"%s\", \"value\": [", name);
    for (size_t i = 0; i < ARRAYSIZE(percents); i++)
        printf("%s[%g, %.6g]", i ? ", " : "", percents[i], quantile(durations, count, percents[i]));
    puts("]}");
}

void checkpoint(const char *name, long value)
{
    char line[16];

    printf("{\"name\": \"checkpoint\", \"value\": [\"%s\", %ld]}\n", name, value);
    fflush(stdout);
    check(fgets(line, sizeof(line), stdin) != NULL, "nobody answers at a checkpoint", 0);
}

void mark(const char *name)
{
    char path[64];
    HANDLE event;

    snprintf(path, sizeof(path), "rpcrt4-bench-%s", name);
    event = OpenEventA(SYNCHRONIZE, FALSE, path); /* there is none: it is the request that counts */
    if (event)
        CloseHandle(event);
}

handle_t bind_to(const char *protseq, const char *endpoint)
{
    RPC_CSTR text;
    handle_t binding;
    RPC_STATUS status;

    status = RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, NULL, (RPC_CSTR)endpoint, NULL, &text);
    check(!status, "RpcStringBindingCompose", status);
    status = RpcBindingFromStringBindingA(text, &binding);
    check(!status, "RpcBindingFromStringBinding", status);
    RpcStringFreeA(&text);
    return binding;
}

long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);

    check(*text && !*end && value >= 0, text, value);
    return value;
}
