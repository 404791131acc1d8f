/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare transport under calls, tcp or pipe:
 *
 *   bench_raw serve tcp|pipe NAME
 *   bench_raw latency tcp|pipe NAME COUNT      exchanges of 64 octets; prints what bench_latency prints
 *   bench_raw sizes tcp|pipe NAME MS SIZE...   prints what bench_sizes prints */
#include "raw_channel.h"
#include <stdlib.h>
#include <string.h>
#include "common.h"
#include "sizes.h"

#define EMPTY_SIZE 64 /* about what an empty call sends */
#define WARM_UP 200
#define SIZE_MAX_SERVED ((16 << 20) + 1)

/* The server knows what it is to receive, so that it need not look twice: first comes a size, then
 * messages of that size, which are sent back, but for one that begins with 'e'; then comes another
 * size. */
static void echo(struct channel *channel)
{
    char *data = malloc(SIZE_MAX_SERVED);
    long size;

    check(data != NULL, "no memory", 0);
    for (;;) {
        channel_receive(channel, &size, sizeof(size));
        check(size > 0 && size <= SIZE_MAX_SERVED, "size", size);
        for (;;) {
            channel_receive(channel, data, size);
            if (data[0] == 'e')
                break;
            channel_send(channel, data, size);
        }
    }
}

struct client {
    struct channel channel;
    long size; /* that the server expects; 0: none yet */
};

static void expect(struct client *client, long size)
{
    if (client->size) {
        unsigned char *last = calloc(1, client->size);

        check(last != NULL, "no memory", client->size);
        last[0] = 'e';
        channel_send(&client->channel, last, client->size);
        free(last);
    }
    channel_send(&client->channel, &size, sizeof(size));
    client->size = size;
}

static void exchange(void *context, unsigned char *data, long size)
{
    struct client *client = context;

    if (client->size != size)
        expect(client, size);
    channel_send(&client->channel, data, size);
    channel_receive(&client->channel, data, size);
}

static void measure_latency(struct client *client, long count)
{
    double *durations = malloc(count * sizeof(*durations));
    unsigned char data[EMPTY_SIZE] = "x";
    double start, before, now;

    check(durations && count, "exchanges", count);
    for (int i = 0; i < WARM_UP; i++)
        exchange(client, data, sizeof(data));
    mark("begin");
    before = start = seconds();
    for (long i = 0; i < count; i++) {
        exchange(client, data, sizeof(data));
        now = seconds();
        durations[i] = (now - before) * 1e6;
        before = now;
    }
    mark("end");
    print_number("mean_us", (before - start) * 1e6 / (double)count);
    print_quantiles("quantiles_us", durations, count);
    free(durations);
}

int main(int argc, char **argv)
{
    struct client client = {.size = 0};

    check(argc >= 4, "usage: see the top of bench_raw.c", argc);
    if (!strcmp(argv[1], "serve")) {
        client.channel = channel_accept(argv[2], argv[3]);
        echo(&client.channel);
    }
    check(argc >= 5, "usage: see the top of bench_raw.c", argc);
    client.channel = channel_connect(argv[2], argv[3]);
    if (!strcmp(argv[1], "latency"))
        measure_latency(&client, number(argv[4]));
    else
        measure_sizes(exchange, &client, number(argv[4]), argv + 5);
    return 0;
}
