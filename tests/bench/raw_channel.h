/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare transports: a TCP connection on the loopback, or a message-mode named pipe, used in the
 * plainest way. */
#ifndef BENCH_RAW_CHANNEL_H
#define BENCH_RAW_CHANNEL_H

#include <winsock2.h>
#include <windows.h>

struct channel {
    SOCKET socket;
    HANDLE pipe; /* or NULL */
};

/* `kind`: "tcp" or "pipe"; `name`: a port or a pipe's name. The server's end says ready() when it
 * listens. */
struct channel channel_accept(const char *kind, const char *name);
struct channel channel_connect(const char *kind, const char *name);

/* The process ends when the other end has gone. */
void channel_send(struct channel *channel, const void *data, long size);
void channel_receive(struct channel *channel, void *data, long size);

#endif
