/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* native_tcp COUNT: a ping-pong of two native processes over a TCP connection on the loopback, 64
 * octets each way. Prints {"name": "mean_us", "value": …}, a round trip's. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE 64
#define WARM_UP 1000

static void check(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    _exit(1);
}

static double microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static void no_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* 0: the other end has gone. */
static int receive(int fd, char *data)
{
    size_t received = 0;

    while (received < SIZE) {
        ssize_t count = recv(fd, data + received, SIZE - received, 0);

        if (count <= 0)
            return 0;
        received += (size_t)count;
    }
    return 1;
}

static void echo(int listener)
{
    int fd = accept(listener, NULL, NULL);
    char data[SIZE];

    check(fd >= 0, "accept");
    no_delay(fd);
    while (receive(fd, data))
        check(send(fd, data, SIZE, 0) == SIZE, "send");
    _exit(0);
}

static void exchange(int fd, long count)
{
    char data[SIZE] = "x";

    for (long i = 0; i < count; i++) {
        check(send(fd, data, SIZE, 0) == SIZE, "send");
        check(receive(fd, data), "recv");
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    long count = argc == 2 ? atol(argv[1]) : 0;
    double start;
    pid_t child;

    check(count > 0, "usage: native_tcp COUNT");
    check(!bind(listener, (struct sockaddr *)&address, size), "bind");
    check(!listen(listener, 1), "listen");
    check(!getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    child = fork();
    check(child >= 0, "fork");
    if (!child) {
        close(fd);
        echo(listener);
    }
    check(!connect(fd, (struct sockaddr *)&address, size), "connect");
    no_delay(fd);
    exchange(fd, WARM_UP);
    start = microseconds();
    exchange(fd, count);
    printf("{\"name\": \"mean_us\", \"value\": %.6g}\n", (microseconds() - start) / (double)count);
    close(fd);
    waitpid(child, NULL, 0);
    return 0;
}
