/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmark programs share. Each of them measures one thing and prints JSON, an object a
 * line: {"name": …, "value": …}, which tests/bench/run reads. A failure is a line on stderr and
 * exit status 1. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>

void check(int ok, const char *what, long status);

/* Since some point in time. */
double seconds(void);

/* Tells tests/bench/run that clients can come. */
void ready(void);

void print_number(const char *name, double value);

/* Of `count` durations: the quantiles, as {"name": …, "value": [[percent, µs], …]}. Sorts
 * `durations`. */
void print_quantiles(const char *name, double *durations, size_t count);

double quantile(const double *sorted, size_t count, double percent);
void sort_numbers(double *numbers, size_t count);

/* Stops until tests/bench/run has looked at the processes from outside. */
void checkpoint(const char *name, long value);

/* Leaves a trace in the wineserver's log, where that is kept: what lies between "begin" and "end"
 * is counted. */
void mark(const char *name);

handle_t bind_to(const char *protseq, const char *endpoint);

/* The number in text, or exits. */
long number(const char *text);

/* The server's end: registers the interface and listens; returns when that ends. */
void serve(const char *protseq, const char *endpoint);

#endif
