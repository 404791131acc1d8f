/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exchanges of messages of several sizes, whatever carries them. */
#ifndef BENCH_SIZES_H
#define BENCH_SIZES_H

/* Sends size octets of data and receives as many into it. */
typedef void exchange_fn(void *context, unsigned char *data, long size);

/* `sizes`: texts, ended by NULL. For each, exchanges for about `ms` milliseconds (once at least,
 * and once before) and prints {"name": "size", "size": …, "calls": …, "mean_us": …, "median_us":
 * …, "max_us": …}. */
void measure_sizes(exchange_fn *exchange, void *context, long ms, char **sizes);

#endif
