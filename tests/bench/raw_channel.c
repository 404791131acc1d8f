/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw_channel.h"
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common.h"

#define PIPE_CHUNK 65536

static struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((u_short)number(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void no_delay(SOCKET socket)
{
    BOOL on = TRUE;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof(on));
}

static struct channel accept_tcp(const char *port)
{
    struct sockaddr_in address = loopback(port);
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    struct channel channel = {0};

    check(!bind(listener, (struct sockaddr *)&address, sizeof(address)), "bind", WSAGetLastError());
    listen(listener, 1);
    ready();
    channel.socket = accept(listener, NULL, NULL);
    no_delay(channel.socket);
    return channel;
}

static struct channel connect_tcp(const char *port)
{
    struct sockaddr_in address = loopback(port);
    struct channel channel = {.socket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)};

    check(!connect(channel.socket, (struct sockaddr *)&address, sizeof(address)), "connect",
          WSAGetLastError());
    no_delay(channel.socket);
    return channel;
}

static struct channel accept_pipe(const char *path)
{
    struct channel channel = {0};

    channel.pipe = CreateNamedPipeA(path, PIPE_ACCESS_DUPLEX,
                                    PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, PIPE_CHUNK,
                                    PIPE_CHUNK, 0, NULL);
    check(channel.pipe != INVALID_HANDLE_VALUE, "CreateNamedPipe", GetLastError());
    ready();
    ConnectNamedPipe(channel.pipe, NULL);
    return channel;
}

static struct channel connect_pipe(const char *path)
{
    DWORD mode = PIPE_READMODE_MESSAGE;
    struct channel channel = {0};

    channel.pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    check(channel.pipe != INVALID_HANDLE_VALUE, "CreateFile", GetLastError());
    SetNamedPipeHandleState(channel.pipe, &mode, NULL, NULL);
    return channel;
}

static struct channel open_channel(const char *kind, const char *name,
                                   struct channel (*tcp)(const char *),
                                   struct channel (*pipe)(const char *))
{
    char path[MAX_PATH];
    WSADATA data;

    if (!strcmp(kind, "tcp")) {
        WSAStartup(MAKEWORD(2, 2), &data);
        return tcp(name);
    }
    check(!strcmp(kind, "pipe"), kind, 0);
    snprintf(path, sizeof(path), "\\\\.\\pipe\\%s", name);
    return pipe(path);
}

struct channel channel_accept(const char *kind, const char *name)
{
    return open_channel(kind, name, accept_tcp, accept_pipe);
}

struct channel channel_connect(const char *kind, const char *name)
{
    return open_channel(kind, name, connect_tcp, connect_pipe);
}

void channel_send(struct channel *channel, const void *data, long size)
{
    DWORD written;

    for (long sent = 0, done = 0; sent < size; sent += done) {
        const char *rest = (const char *)data + sent;

        if (!channel->pipe)
            done = send(channel->socket, rest, size - sent, 0);
        else
            done = WriteFile(channel->pipe, rest, min(size - sent, PIPE_CHUNK), &written, NULL) ?
                (long)written : 0;
        if (done <= 0)
            ExitProcess(0);
    }
}

void channel_receive(struct channel *channel, void *data, long size)
{
    DWORD count;

    for (long received = 0, done = 0; received < size; received += done) {
        char *rest = (char *)data + received;

        if (!channel->pipe)
            done = recv(channel->socket, rest, size - received, 0);
        else
            done = ReadFile(channel->pipe, rest, size - received, &count, NULL) ||
                GetLastError() == ERROR_MORE_DATA ? (long)count : 0;
        if (done <= 0)
            ExitProcess(0);
    }
}
