/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of a measurement: a server or a client, of remote calls or of the bare transport under them. tests/bench/run
 * starts two of these processes at a time and compares what the clients print: one "name value" a line.
 *
 *   bench_rpc serve PROTSEQ ENDPOINT     bench_rpc call PROTSEQ ENDPOINT [async]
 *   bench_rpc raw-serve tcp|pipe NAME    bench_rpc raw-call tcp|pipe NAME */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rpc.h>
#include <rpcasync.h>
#include "bench.h"

#define EMPTY_CALLS 2000
#define BIG_CALLS 30
#define BIG_SIZE (1 << 20)
#define OUTSTANDING 1000
#define ASYNC_ROUNDS 5
#define RAW_SIZE 64

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

static void check(int ok, const char *what, long status)
{
    if (ok)
        return;
    fprintf(stderr, "bench_rpc: %s: %ld\n", what, status);
    exit(1);
}

static double seconds(void)
{
    LARGE_INTEGER frequency, now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

static void ready(void)
{
    puts("ready");
    fflush(stdout);
}

/* ---- remote calls ---- */

void server_bench_empty(handle_t binding)
{
}

void server_bench_echo(handle_t binding, LONG size, byte *buffer)
{
}

void server_bench_async(PRPC_ASYNC_STATE async, handle_t binding)
{
    RpcAsyncCompleteCall(async, NULL);
}

static void serve(const char *protseq, const char *endpoint)
{
    RPC_STATUS status = RpcServerUseProtseqEpA((RPC_CSTR)protseq, 100, (RPC_CSTR)endpoint, NULL);

    check(!status, "RpcServerUseProtseqEp", status);
    status = RpcServerRegisterIf(server_bench_v1_0_s_ifspec, NULL, NULL);
    check(!status, "RpcServerRegisterIf", status);
    status = RpcServerListen(1, 10000, TRUE);
    check(!status, "RpcServerListen", status);
    ready();
    RpcMgmtWaitServerListen();
}

static handle_t bind_to(const char *protseq, const char *endpoint)
{
    RPC_CSTR text;
    handle_t binding;

    RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, NULL, (RPC_CSTR)endpoint, NULL, &text);
    check(!RpcBindingFromStringBindingA(text, &binding), "RpcBindingFromStringBinding", 0);
    RpcStringFreeA(&text);
    return binding;
}

static void measure_calls(handle_t binding)
{
    byte *buffer = calloc(1, BIG_SIZE);
    double start;

    for (int i = 0; i < 200; i++)
        bench_empty(binding);
    start = seconds();
    for (int i = 0; i < EMPTY_CALLS; i++)
        bench_empty(binding);
    printf("empty_us %.2f\n", (seconds() - start) * 1e6 / EMPTY_CALLS);
    bench_echo(binding, BIG_SIZE, buffer);
    start = seconds();
    for (int i = 0; i < BIG_CALLS; i++)
        bench_echo(binding, BIG_SIZE, buffer);
    printf("big_mbps %.2f\n", BIG_CALLS * 2.0 * BIG_SIZE / 1e6 / (seconds() - start));
    free(buffer);
}

/* OUTSTANDING calls are submitted, then completed as a completion port tells of them. */
static void measure_async(handle_t binding)
{
    static RPC_ASYNC_STATE states[OUTSTANDING];
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    double start = seconds();

    for (int round = 0; round < ASYNC_ROUNDS; round++) {
        for (int i = 0; i < OUTSTANDING; i++) {
            RpcAsyncInitializeHandle(&states[i], sizeof(states[i]));
            states[i].NotificationType = RpcNotificationTypeIoc;
            states[i].u.IOC.hIOPort = port;
            states[i].u.IOC.dwCompletionKey = (DWORD_PTR)&states[i];
            bench_async(&states[i], binding);
        }
        for (int i = 0; i < OUTSTANDING; i++) {
            OVERLAPPED *overlapped;
            ULONG_PTR state;
            DWORD bytes;

            check(GetQueuedCompletionStatus(port, &bytes, &state, &overlapped, 20000), "a notification is missing", i);
            check(!RpcAsyncCompleteCall((PRPC_ASYNC_STATE)state, NULL), "RpcAsyncCompleteCall", i);
        }
    }
    printf("async_us %.2f\n", (seconds() - start) * 1e6 / (ASYNC_ROUNDS * OUTSTANDING));
    CloseHandle(port);
}

static void call(const char *protseq, const char *endpoint, int async)
{
    handle_t binding = bind_to(protseq, endpoint);

    measure_calls(binding);
    if (async)
        measure_async(binding);
    RpcBindingFree(&binding);
}

/* ---- the bare transports ---- */

struct channel {
    SOCKET socket;
    HANDLE pipe; /* or NULL */
};

static void send_all(struct channel *channel, const char *data, int size)
{
    DWORD written;

    for (int sent = 0; sent < size;) {
        int chunk = channel->pipe ? (size - sent < 65536 ? size - sent : 65536) : size - sent, done = 0;

        if (!channel->pipe)
            done = send(channel->socket, data + sent, chunk, 0);
        else if (WriteFile(channel->pipe, data + sent, chunk, &written, NULL))
            done = (int)written;
        if (done <= 0)
            ExitProcess(0); /* the other end has gone */
        sent += done;
    }
}

static void receive_all(struct channel *channel, char *data, int size)
{
    DWORD count;

    for (int received = 0; received < size;) {
        int done = 0;

        if (!channel->pipe)
            done = recv(channel->socket, data + received, size - received, 0);
        else if (ReadFile(channel->pipe, data + received, size - received, &count, NULL) ||
                 GetLastError() == ERROR_MORE_DATA)
            done = (int)count;
        if (done <= 0)
            ExitProcess(0);
        received += done;
    }
}

static struct channel accept_tcp(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    check(!bind(listener, (struct sockaddr *)&address, sizeof(address)), "bind", WSAGetLastError());
    listen(listener, 1);
    ready();
    return (struct channel){.socket = accept(listener, NULL, NULL)};
}

static struct channel accept_pipe(const char *name)
{
    char path[MAX_PATH];
    HANDLE pipe;

    snprintf(path, sizeof(path), "\\\\.\\pipe\\%s", name);
    pipe = CreateNamedPipeA(path, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 65536, 65536, 0, NULL);
    check(pipe != INVALID_HANDLE_VALUE, "CreateNamedPipe", GetLastError());
    ready();
    ConnectNamedPipe(pipe, NULL);
    return (struct channel){.pipe = pipe};
}

static struct channel connect_tcp(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct channel channel = {.socket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)};

    check(!connect(channel.socket, (struct sockaddr *)&address, sizeof(address)), "connect", WSAGetLastError());
    return channel;
}

static struct channel connect_pipe(const char *name)
{
    DWORD mode = PIPE_READMODE_MESSAGE;
    char path[MAX_PATH];
    struct channel channel = {0};

    snprintf(path, sizeof(path), "\\\\.\\pipe\\%s", name);
    channel.pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    check(channel.pipe != INVALID_HANDLE_VALUE, "CreateFile", GetLastError());
    SetNamedPipeHandleState(channel.pipe, &mode, NULL, NULL);
    return channel;
}

static void no_delay(struct channel *channel)
{
    BOOL on = TRUE;

    if (!channel->pipe)
        setsockopt(channel->socket, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof(on));
}

/* Each message is a length, then as many octets; it is sent back. */
static void raw_serve(struct channel channel)
{
    char *data = malloc(BIG_SIZE);
    int size;

    no_delay(&channel);
    for (;;) {
        receive_all(&channel, (char *)&size, sizeof(size));
        for (;;) {
            receive_all(&channel, data, size);
            if (data[0] == 'e')
                break;
            send_all(&channel, data, size);
        }
    }
}

static void raw_measure(struct channel *channel, char *data, int size, int count)
{
    memset(data, 'p', size);
    send_all(channel, (char *)&size, sizeof(size));
    for (int i = 0; i < count; i++) {
        send_all(channel, data, size);
        receive_all(channel, data, size);
    }
    data[0] = 'e';
    send_all(channel, data, size);
}

static void raw_call(struct channel channel)
{
    char *data = malloc(BIG_SIZE);
    double start;

    no_delay(&channel);
    raw_measure(&channel, data, RAW_SIZE, 200);
    start = seconds();
    raw_measure(&channel, data, RAW_SIZE, EMPTY_CALLS);
    printf("empty_us %.2f\n", (seconds() - start) * 1e6 / EMPTY_CALLS);
    start = seconds();
    raw_measure(&channel, data, BIG_SIZE, BIG_CALLS);
    printf("big_mbps %.2f\n", BIG_CALLS * 2.0 * BIG_SIZE / 1e6 / (seconds() - start));
    free(data);
}

int main(int argc, char **argv)
{
    WSADATA data;

    check(argc >= 4, "usage: see the top of bench_rpc.c", argc);
    WSAStartup(MAKEWORD(2, 2), &data);
    if (!strcmp(argv[1], "serve"))
        serve(argv[2], argv[3]);
    else if (!strcmp(argv[1], "call"))
        call(argv[2], argv[3], argc > 4);
    else if (!strcmp(argv[1], "raw-serve"))
        raw_serve(!strcmp(argv[2], "tcp") ? accept_tcp(argv[3]) : accept_pipe(argv[3]));
    else
        raw_call(!strcmp(argv[2], "tcp") ? connect_tcp(argv[3]) : connect_pipe(argv[3]));
    return 0;
}
