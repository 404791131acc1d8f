/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections, on every protocol sequence: data, ends, time-outs, cancels, and what is left
 * afterwards. */
#include "platform/thread.h"
#include "transport_fixture.h"

/* ---- data ---- */

/* Sends back what comes, on the workers, until the end. */
struct echo {
    struct transport_conn *conn;
    struct pool_op recv_op, send_op;
    struct transport_buf buf;
    HANDLE ended;
    DWORD error;
    char buffer[MESSAGE_MAX];
};

static void echo_run(struct echo *echo)
{
    DWORD error, bytes;

    for (;;) {
        error =
            transport_recv(echo->conn, echo->buffer, sizeof(echo->buffer), &echo->recv_op, &bytes);
        if (error == ERROR_IO_PENDING)
            return;
        if (error || !bytes)
            break;
        echo->buf = (struct transport_buf){echo->buffer, bytes};
        error = transport_send(echo->conn, &echo->buf, 1, &echo->send_op, &bytes);
        if (error == ERROR_IO_PENDING)
            return;
        if (error)
            break;
    }
    echo->error = error;
    SetEvent(echo->ended);
}

static void echo_sent(struct pool_op *op, DWORD error, DWORD bytes)
{
    echo_run(CONTAINER_OF(op, struct echo, send_op));
}

static void echo_received(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct echo *echo = CONTAINER_OF(op, struct echo, recv_op);

    if (!error && bytes) {
        echo->buf = (struct transport_buf){echo->buffer, bytes};
        error = transport_send(echo->conn, &echo->buf, 1, &echo->send_op, &bytes);
        if (error != ERROR_IO_PENDING)
            echo_run(echo);
        return;
    }
    if (error == ERROR_RETRY) {
        echo_run(echo);
        return;
    }
    echo->error = error;
    SetEvent(echo->ended);
}

static struct echo *echo_start(struct transport_conn *conn)
{
    struct echo *echo = calloc(1, sizeof(*echo));

    echo->conn = conn;
    echo->recv_op.done = echo_received;
    echo->send_op.done = echo_sent;
    echo->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    echo_run(echo);
    return echo;
}

static void echo_end(struct echo *echo)
{
    assert_int_equal(WaitForSingleObject(echo->ended, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(echo->error, ERROR_SUCCESS);
    CloseHandle(echo->ended);
    free(echo);
}

struct sender {
    struct transport_conn *conn;
    const void *data;
    size_t length;
};

static DWORD WINAPI sender_main(void *arg)
{
    struct sender *sender = arg;

    return send_bytes(sender->conn, sender->data, sender->length);
}

/* Both directions at the same time. */
static void echo_one(struct transport_conn *conn, size_t length)
{
    unsigned char *out = malloc(length), *in = malloc(length);
    struct sender sender = {conn, out, length};
    HANDLE thread;
    DWORD error;

    fill_pattern(out, length, (unsigned)length);
    thread = CreateThread(NULL, 0, sender_main, &sender, 0, NULL);
    assert_int_equal(recv_bytes(conn, in, length), length);
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &error));
    assert_int_equal(error, ERROR_SUCCESS);
    assert_memory_equal(out, in, length);
    CloseHandle(thread);
    free(out);
    free(in);
}

static void test_echo(void **state)
{
    static const size_t sizes[] = {1, 2, 100, MESSAGE_MAX, 65536, 1000003, 8 << 20};
    struct pair pair;
    struct echo *echo;

    pair_open(&pair, transport_of(state));
    echo = echo_start(pair.peer);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
        echo_one(pair.client, sizes[i]);
    transport_release(pair.client);
    pair.client = NULL;
    echo_end(echo);
    pair_close(&pair);
}

/* One send of many parts, empty ones among them; on a stream more than one system call takes. */
static void test_gather(void **state)
{
    struct transport_buf bufs[200];
    unsigned char data[20000], back[20000];
    struct completion c;
    struct pair pair;
    size_t used = 0;
    DWORD bytes;

    pair_open(&pair, transport_of(state));
    fill_pattern(data, sizeof(data), 1);
    for (size_t i = 0; i < ARRAY_LENGTH(bufs); i++) {
        bufs[i] = (struct transport_buf){data + used, i % 7 ? i : 0};
        used += bufs[i].length;
    }
    assert_true(used <= sizeof(data));
    completion_init(&c);
    for (int round = 0; round < 3; round++) {
        completion_reset(&c);
        assert_int_equal(
            completion_wait(
                &c, transport_send(pair.client, bufs, ARRAY_LENGTH(bufs), &c.op, &bytes), &bytes),
            ERROR_SUCCESS);
        assert_int_equal(bytes, used);
        assert_int_equal(recv_bytes(pair.peer, back, used), used);
        assert_memory_equal(data, back, used);
    }
    /* nothing at all */
    completion_reset(&c);
    assert_int_equal(transport_send(pair.client, bufs, 0, &c.op, &bytes), ERROR_SUCCESS);
    assert_int_equal(bytes, 0);
    completion_free(&c);
    pair_close(&pair);
}

/* What was sent in several pieces comes in one receive, and what was sent as one in several. */
static void test_pieces(void **state)
{
    unsigned char data[300], back[300];
    struct pair pair;
    DWORD bytes = 0, got = 0;

    pair_open(&pair, transport_of(state));
    fill_pattern(data, sizeof(data), 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(send_bytes(pair.peer, data + 100 * i, 100), ERROR_SUCCESS);
    while (got < sizeof(back)) {
        assert_int_equal(transport_recv_wait(pair.client, back + got, 170, WAIT_MS, NULL, &bytes),
                         ERROR_SUCCESS);
        got += bytes;
    }
    assert_true(bytes > 100); /* over the messages' boundaries; TCP delivered all of it before */
    assert_memory_equal(data, back, sizeof(data));
    assert_int_equal(send_bytes(pair.peer, data, sizeof(data)), ERROR_SUCCESS);
    for (got = 0; got < sizeof(back); got += bytes) {
        assert_int_equal(transport_recv_wait(pair.client, back + got, 7, WAIT_MS, NULL, &bytes),
                         ERROR_SUCCESS);
        assert_in_range(bytes, 1, 7);
    }
    assert_memory_equal(data, back, sizeof(data));
    assert_int_equal(transport_recv_wait(pair.client, back, 0, WAIT_MS, NULL, &bytes),
                     ERROR_INVALID_PARAMETER);
    pair_close(&pair);
}

/* ---- the end of a connection ---- */

/* The peer sends half of something and goes; both kinds of receive see the data, then the end,
 * again and again. */
static void test_peer_closes(void **state)
{
    struct pair pair;
    struct completion c;
    char buffer[100];
    DWORD bytes;

    completion_init(&c);
    for (int round = 0; round < 4; round++) {
        bool asynchronous = round & 1, server = round & 2;
        struct transport_conn **goes = server ? &pair.peer : &pair.client, *stays;
        DWORD error;

        pair_open(&pair, transport_of(state));
        stays = server ? pair.client : pair.peer;
        assert_false(transport_is_dead(stays));
        assert_int_equal(send_bytes(*goes, "half a", 6), ERROR_SUCCESS);
        transport_release(*goes);
        *goes = NULL;
        assert_int_equal(recv_bytes(stays, buffer, sizeof(buffer)), 6);
        assert_memory_equal(buffer, "half a", 6);
        for (int i = 0; i < 2; i++) {
            completion_reset(&c);
            if (asynchronous)
                error = completion_wait(
                    &c, transport_recv(stays, buffer, sizeof(buffer), &c.op, &bytes), &bytes);
            else
                error = transport_recv_wait(stays, buffer, sizeof(buffer), WAIT_MS, NULL, &bytes);
            assert_int_equal(error, ERROR_SUCCESS);
            assert_int_equal(bytes, 0);
        }
        assert_true(transport_is_dead(stays));
        pair_close(&pair);
    }
    completion_free(&c);
}

/* The peer goes while a receive waits. */
static void test_peer_closes_under_recv(void **state)
{
    struct completion c;
    struct pair pair;
    char buffer[100];
    DWORD bytes;

    completion_init(&c);
    pair_open(&pair, transport_of(state));
    assert_int_equal(transport_recv(pair.client, buffer, sizeof(buffer), &c.op, &bytes),
                     ERROR_IO_PENDING);
    transport_release(pair.peer);
    pair.peer = NULL;
    assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    assert_int_equal(bytes, 0);
    completion_free(&c);
    pair_close(&pair);
}

/* A send to a peer that does not read, and then goes, ends with an error. */
static void test_peer_closes_under_send(void **state)
{
    static char data[32 << 20];
    struct transport_buf buf = {data, sizeof(data)};
    struct completion c;
    struct pair pair;
    DWORD bytes, error;

    completion_init(&c);
    pair_open(&pair, transport_of(state));
    assert_int_equal(transport_send(pair.client, &buf, 1, &c.op, &bytes), ERROR_IO_PENDING);
    transport_release(pair.peer);
    pair.peer = NULL;
    error = completion_wait(&c, ERROR_IO_PENDING, &bytes);
    assert_int_equal(transport_map_io_error(error), RPC_S_CALL_FAILED);
    assert_int_equal(bytes, 0);
    completion_free(&c);
    pair_close(&pair);
}

/* Outstanding operations end exactly once; later ones fail. */
static void test_shutdown(void **state)
{
    static char data[32 << 20];
    struct transport_buf buf = {data, sizeof(data)};
    struct completion recv, send;
    struct pair pair;
    char buffer[100];
    DWORD bytes;

    completion_init(&recv);
    completion_init(&send);
    pair_open(&pair, transport_of(state));
    assert_false(transport_is_dead(pair.client)); /* asking leaves the connection as it was */
    assert_int_equal(transport_recv(pair.client, buffer, sizeof(buffer), &recv.op, &bytes),
                     ERROR_IO_PENDING);
    assert_int_equal(transport_send(pair.client, &buf, 1, &send.op, &bytes), ERROR_IO_PENDING);
    transport_shutdown(pair.client);
    transport_shutdown(pair.client);
    assert_int_equal(completion_wait(&recv, ERROR_IO_PENDING, &bytes), ERROR_OPERATION_ABORTED);
    assert_int_equal(completion_wait(&send, ERROR_IO_PENDING, &bytes), ERROR_OPERATION_ABORTED);
    assert_int_equal(transport_recv(pair.client, buffer, 1, &recv.op, &bytes),
                     ERROR_OPERATION_ABORTED);
    assert_int_equal(transport_send(pair.client, &buf, 1, &send.op, &bytes),
                     ERROR_OPERATION_ABORTED);
    assert_int_equal(transport_recv_wait(pair.client, buffer, 1, 0, NULL, &bytes),
                     ERROR_OPERATION_ABORTED);
    assert_true(transport_is_dead(pair.client));
    assert_int_equal(recv.calls, 1);
    assert_int_equal(send.calls, 1);
    completion_free(&recv);
    completion_free(&send);
    pair_close(&pair);
}

struct delayed {
    struct transport_conn *shut;
    HANDLE set;
    const char *send;
    struct transport_conn *to;
    DWORD delay_ms;
};

/* Does one thing to a connection that another thread waits on. */
static DWORD WINAPI delayed_main(void *arg)
{
    struct delayed *delayed = arg;

    Sleep(delayed->delay_ms);
    if (delayed->shut)
        transport_shutdown(delayed->shut);
    if (delayed->set)
        SetEvent(delayed->set);
    if (delayed->send)
        send_bytes(delayed->to, delayed->send, strlen(delayed->send));
    return 0;
}

static HANDLE delay(struct delayed *delayed)
{
    HANDLE thread = CreateThread(NULL, 0, delayed_main, delayed, 0, NULL);

    assert_non_null(thread);
    return thread;
}

static void join(HANDLE thread)
{
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
}

static void test_shutdown_under_recv_wait(void **state)
{
    struct pair pair;
    char buffer[100];
    HANDLE thread;
    DWORD bytes;

    for (DWORD ms = 0; ms < 4; ms++) {
        pair_open(&pair, transport_of(state));
        thread = delay(&(struct delayed){.shut = pair.peer, .delay_ms = ms});
        assert_int_equal(transport_recv_wait(pair.peer, buffer, sizeof(buffer), WAIT_MS, NULL,
                                             &bytes),
                         ERROR_OPERATION_ABORTED);
        join(thread);
        pair_close(&pair);
    }
}

/* ---- time-outs and cancels of a receive ---- */

static void test_recv_wait_timeout(void **state)
{
    uint64_t start = GetTickCount64();
    struct completion c;
    struct pair pair;
    char buffer[100];
    DWORD bytes;

    completion_init(&c);
    pair_open(&pair, transport_of(state));
    assert_false(transport_is_dead(pair.client));
    assert_int_equal(transport_recv_wait(pair.client, buffer, sizeof(buffer), 0, NULL, &bytes),
                     ERROR_TIMEOUT);
    assert_int_equal(transport_recv_wait(pair.client, buffer, sizeof(buffer), 50, NULL, &bytes),
                     ERROR_TIMEOUT);
    assert_true(GetTickCount64() - start >= 50);
    assert_int_equal(send_bytes(pair.peer, "late", 4), ERROR_SUCCESS);
    assert_int_equal(recv_bytes(pair.client, buffer, 4), 4);
    assert_memory_equal(buffer, "late", 4);
    /* then by the other kind of receive */
    assert_int_equal(transport_recv_wait(pair.client, buffer, sizeof(buffer), 1, NULL, &bytes),
                     ERROR_TIMEOUT);
    assert_int_equal(send_bytes(pair.peer, "later", 5), ERROR_SUCCESS);
    assert_int_equal(completion_wait(&c, transport_recv(pair.client, buffer, 100, &c.op, &bytes),
                                     &bytes),
                     ERROR_SUCCESS);
    assert_int_equal(bytes, 5);
    completion_free(&c);
    pair_close(&pair);
}

static void test_recv_wait_cancel(void **state)
{
    HANDLE cancel = CreateEventW(NULL, TRUE, TRUE, NULL), thread;
    struct pair pair;
    char buffer[100];
    DWORD bytes;

    pair_open(&pair, transport_of(state));
    assert_int_equal(transport_recv_wait(pair.client, buffer, 100, INFINITE, cancel, &bytes),
                     ERROR_CANCELLED);
    assert_int_equal(send_bytes(pair.peer, "data", 4), ERROR_SUCCESS);
    ResetEvent(cancel);
    assert_int_equal(transport_recv_wait(pair.client, buffer, 100, WAIT_MS, cancel, &bytes),
                     ERROR_SUCCESS);
    assert_int_equal(bytes, 4);
    thread = delay(&(struct delayed){.set = cancel, .delay_ms = 20});
    assert_int_equal(transport_recv_wait(pair.client, buffer, 100, WAIT_MS, cancel, &bytes),
                     ERROR_CANCELLED);
    join(thread);
    ResetEvent(cancel);
    thread = delay(&(struct delayed){.send = "more", .to = pair.peer, .delay_ms = 20});
    assert_int_equal(recv_bytes(pair.client, buffer, 4), 4);
    assert_memory_equal(buffer, "more", 4);
    join(thread);
    CloseHandle(cancel);
    pair_close(&pair);
}

#define RACE_NUMBERS 600

static DWORD WINAPI send_numbers(void *arg)
{
    for (uint32_t i = 0; i < RACE_NUMBERS; i++) {
        if (send_bytes(arg, &i, sizeof(i)))
            return 1;
    }
    return 0;
}

/* Receives that keep timing out and being cancelled lose nothing. */
static void test_recv_wait_race(void **state)
{
    HANDLE cancel = CreateEventW(NULL, TRUE, TRUE, NULL), thread;
    uint32_t numbers[64], expected = 0;
    size_t held = 0;
    struct pair pair;
    DWORD bytes, error;

    pair_open(&pair, transport_of(state));
    thread = CreateThread(NULL, 0, send_numbers, pair.peer, 0, NULL);
    for (unsigned turn = 0; expected < RACE_NUMBERS; turn++) {
        error = transport_recv_wait(pair.client, (char *)numbers + held,
                                    (DWORD)(sizeof(numbers) - held), turn % 3 ? 0 : 1,
                                    turn % 2 ? cancel : NULL, &bytes);
        if (error == ERROR_TIMEOUT || error == ERROR_CANCELLED)
            continue;
        assert_int_equal(error, ERROR_SUCCESS);
        assert_true(bytes);
        held += bytes;
        for (size_t i = 0; i < held / sizeof(*numbers); i++)
            assert_int_equal(numbers[i], expected++);
        memmove(numbers, (char *)numbers + held / sizeof(*numbers) * sizeof(*numbers),
                held % sizeof(*numbers));
        held %= sizeof(*numbers);
    }
    join(thread);
    CloseHandle(cancel);
    pair_close(&pair);
}

/* ---- who starts an operation may end ---- */

static DWORD WINAPI start_recv(void *arg)
{
    void **args = arg;
    struct completion *c = args[1];
    DWORD bytes;

    return transport_recv(args[0], args[2], 100, &c->op, &bytes);
}

/* A receive outlives the thread that started it. */
static void test_starting_thread_ends(void **state)
{
    struct completion c;
    char buffer[100];
    struct pair pair;
    DWORD bytes, started;
    HANDLE thread;

    completion_init(&c);
    pair_open(&pair, transport_of(state));
    thread = CreateThread(NULL, 0, start_recv, (void *[]){pair.client, &c, buffer}, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &started));
    CloseHandle(thread);
    assert_int_equal(started, ERROR_IO_PENDING);
    assert_int_equal(send_bytes(pair.peer, "hello", 5), ERROR_SUCCESS);
    assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_SUCCESS);
    assert_int_equal(bytes, 5);
    completion_free(&c);
    pair_close(&pair);
}

/* Sends one message after the other until one has to wait for others to be read, and ends. */
struct last_sends {
    struct transport_conn *conn;
    const unsigned char *data;
    struct completion *c;
    HANDLE sent;
    int linger;
    size_t total;
};
#define FIRST_SEND 65528
#define NEXT_SEND  14536

static DWORD WINAPI send_until_one_waits(void *arg)
{
    struct last_sends *s = arg;
    struct transport_buf buf = {s->data, FIRST_SEND};
    DWORD error, bytes;

    do {
        error = transport_send(s->conn, &buf, 1, &s->c->op, &bytes);
        s->total += buf.length;
        buf = (struct transport_buf){s->data + FIRST_SEND, NEXT_SEND};
    } while (!error);
    SetEvent(s->sent);
    for (volatile int i = 0; i < s->linger; i++)
        ;
    return error;
}

static void receive_and_compare(struct transport_conn *conn, const unsigned char *data, size_t total)
{
    static unsigned char back[FIRST_SEND];
    size_t length = FIRST_SEND;

    for (; total; total -= length, data += length == FIRST_SEND ? FIRST_SEND : 0, length = NEXT_SEND) {
        assert_int_equal(recv_bytes(conn, back, length), length);
        assert_memory_equal(data, back, length);
    }
}

/* … and so does a send, also where its end and the thread's come at the same moment. */
static void test_sending_thread_ends(void **state)
{
    static unsigned char data[FIRST_SEND + NEXT_SEND];
    struct last_sends sends = {.data = data, .sent = CreateEventW(NULL, FALSE, FALSE, NULL)};
    struct completion c;
    struct pair pair;
    HANDLE thread;
    DWORD bytes, started;

    fill_pattern(data, sizeof(data), 4);
    completion_init(&c);
    pair_open(&pair, transport_of(state));
    sends.conn = pair.peer;
    sends.c = &c;
    for (int round = 0; round < 200; round++) {
        completion_reset(&c);
        sends.total = 0;
        sends.linger = round * 2000;
        thread = CreateThread(NULL, 0, send_until_one_waits, &sends, 0, NULL);
        assert_int_equal(WaitForSingleObject(sends.sent, WAIT_MS), WAIT_OBJECT_0);
        receive_and_compare(pair.client, data, sends.total);
        assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(thread, &started));
        CloseHandle(thread);
        assert_int_equal(started, ERROR_IO_PENDING);
        assert_int_equal(completion_wait(&c, started, &bytes), ERROR_SUCCESS);
        assert_int_equal(bytes, sends.total == FIRST_SEND ? FIRST_SEND : NEXT_SEND);
    }
    completion_free(&c);
    pair_close(&pair);
    CloseHandle(sends.sent);
}

struct worker_client {
    struct pool_op op;
    struct server *server;
    const WCHAR *network_addr;
    HANDLE done;
    DWORD error;
    char got[4];
};

static void worker_client_run(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct worker_client *c = CONTAINER_OF(op, struct worker_client, op);
    struct transport_conn *conn;

    c->error = connect_to(c->server, c->network_addr, WAIT_MS, NULL, &conn);
    if (!c->error) {
        c->error = transport_recv_wait(conn, c->got, sizeof(c->got), WAIT_MS, NULL, &bytes);
        transport_release(conn);
    }
    SetEvent(c->done);
}

/* Connecting (with a name to be looked up, too) and waiting on workers, on many at once, does not
 * keep the pool from accepting. */
static void test_on_workers(void **state)
{
    struct worker_client clients[12];
    struct server server;

    server_start(&server, transport_of(state));
    for (size_t i = 0; i < ARRAY_LENGTH(clients); i++) {
        clients[i] = (struct worker_client){.op = {.done = worker_client_run},
                                            .server = &server,
                                            .network_addr = i % 2 ? L"localhost" : NULL,
                                            .done = CreateEventW(NULL, TRUE, FALSE, NULL)};
        assert_int_equal(pool_queue(&clients[i].op), ERROR_SUCCESS);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(clients); i++) {
        struct transport_conn *peer = server_accept(&server);

        assert_int_equal(send_bytes(peer, "data", 4), ERROR_SUCCESS);
        transport_release(peer);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(clients); i++) {
        assert_int_equal(WaitForSingleObject(clients[i].done, WAIT_MS), WAIT_OBJECT_0);
        assert_int_equal(clients[i].error, ERROR_SUCCESS);
        assert_memory_equal(clients[i].got, "data", 4);
        CloseHandle(clients[i].done);
    }
    server_stop(&server);
}

/* Outstanding operations keep the connection: its user may let it go after transport_shutdown(). */
static void test_release_while_outstanding(void **state)
{
    struct completion c;
    struct pair pair;
    char buffer[100];
    DWORD bytes;

    completion_init(&c);
    for (int i = 0; i < 20; i++) {
        pair_open(&pair, transport_of(state));
        completion_reset(&c);
        assert_int_equal(transport_recv(pair.peer, buffer, 100, &c.op, &bytes), ERROR_IO_PENDING);
        transport_shutdown(pair.peer);
        transport_release(pair.peer);
        pair.peer = NULL;
        assert_int_equal(completion_wait(&c, ERROR_IO_PENDING, &bytes), ERROR_OPERATION_ABORTED);
        assert_int_equal(recv_bytes(pair.client, buffer, 1), 0);
        pair_close(&pair);
    }
    completion_free(&c);
}

/* ---- what a connection knows ---- */

static void test_attributes(void **state)
{
    const struct transport *t = transport_of(state);
    bool tcp = t->type == TRANSPORT_TYPE_CN && !t->is_local;
    WCHAR address[64], name[64];
    DWORD size = ARRAY_LENGTH(name);
    struct pair pair;
    char buffer[8], endpoint[64];
    ULONG pid = 0;

    pair_open(&pair, t);
    assert_int_equal(transport_is_message_mode(pair.client), !tcp && !pairs_share);
    snprintf(endpoint, sizeof(endpoint), "%ls", transport_listener_endpoint(pair.server.listener));
    assert_string_equal(transport_local_endpoint(pair.peer), endpoint);
    assert_string_equal(transport_local_endpoint(pair.client), "");
    assert_true(GetComputerNameW(name, &size));
    assert_true(transport_peer_address(pair.peer, address, ARRAY_LENGTH(address)));
    assert_int_equal(wcscmp(address, tcp ? L"127.0.0.1" : name), 0);
    assert_false(transport_peer_address(pair.peer, address, 2));

    send_bytes(pair.client, "x", 1);
    assert_int_equal(recv_bytes(pair.peer, buffer, 1), 1);
    if (tcp) {
        assert_int_equal(transport_client_pid(pair.peer, &pid), ERROR_NOT_SUPPORTED);
        assert_int_equal(transport_impersonate(pair.peer), ERROR_CANNOT_IMPERSONATE);
    } else {
        assert_int_equal(transport_client_pid(pair.peer, &pid), ERROR_SUCCESS);
        assert_int_equal(pid, GetCurrentProcessId());
        assert_int_equal(transport_impersonate(pair.peer), ERROR_SUCCESS);
        assert_true(RevertToSelf());
        assert_int_equal(transport_client_pid(pair.client, &pid), ERROR_NOT_SUPPORTED);
        assert_int_equal(transport_impersonate(pair.client), ERROR_CANNOT_IMPERSONATE);
    }
    transport_set_keepalive(pair.client, true, 5000);
    transport_set_keepalive(pair.client, false, 0);
    assert_false(transport_is_dead(pair.client));
    pair_close(&pair);
}

/* ---- what is left ---- */

static void exchange(struct server *server)
{
    struct transport_conn *client, *peer;
    char buffer[8];

    assert_int_equal(connect_to(server, NULL, INFINITE, NULL, &client), ERROR_SUCCESS);
    peer = server_accept(server);
    if (pairs_share)
        pair_share(client, peer);
    send_bytes(client, "ping", 4);
    assert_int_equal(recv_bytes(peer, buffer, 4), 4);
    transport_release(peer);
    assert_int_equal(recv_bytes(client, buffer, 1), 0);
    transport_release(client);
}

/* A thousand connections, one after the other, leave nothing open; nor does a listener. */
static void test_handles(void **state)
{
    struct server server;
    unsigned before;

    server_start(&server, transport_of(state));
    exchange(&server);
    server_stop(&server);
    before = count_handles();
    server_start(&server, transport_of(state));
    for (int i = 0; i < 1000; i++)
        exchange(&server);
    server_stop(&server);
    assert_handles(before);
}

/* Many at the same time. */
static void test_many_connections(void **state)
{
    enum { COUNT = 300 };
    static struct transport_conn *clients[COUNT], *peers[COUNT];
    struct transport_conn *peer;
    struct server server;
    uint32_t number;
    bool seen[COUNT] = {false};

    server_start(&server, transport_of(state));
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(connect_to(&server, NULL, INFINITE, NULL, &clients[i]), ERROR_SUCCESS);
        send_bytes(clients[i], &i, sizeof(i));
    }
    for (int i = 0; i < COUNT; i++) {
        peer = server_accept(&server);
        assert_int_equal(recv_bytes(peer, &number, sizeof(number)), sizeof(number));
        assert_in_range(number, 0, COUNT - 1);
        assert_false(seen[number]);
        seen[number] = true;
        peers[number] = peer;
        send_bytes(peer, &number, sizeof(number));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(recv_bytes(clients[i], &number, sizeof(number)), sizeof(number));
        assert_int_equal(number, i);
        if (pairs_share)
            pair_share(clients[i], peers[i]);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        send_bytes(clients[i], &i, sizeof(i));
        assert_int_equal(recv_bytes(peers[i], &number, sizeof(number)), sizeof(number));
        assert_int_equal(number, i);
        transport_release(clients[i]);
        transport_release(peers[i]);
    }
    server_stop(&server);
}

/* ---- many that wait ---- */

/* The peer goes with data unread, which makes TCP reset the connection, behind the last that it sent. */
static void test_peer_resets(void **state)
{
    for (int round = 0; round < 3; round++) {
        uint64_t end = GetTickCount64() + WAIT_MS;
        struct completion c;
        struct pair pair;
        char buffer[100];
        DWORD bytes = 0, error = ERROR_SUCCESS;

        completion_init(&c);
        pair_open(&pair, transport_of(state));
        assert_int_equal(send_bytes(pair.client, "unread", 6), ERROR_SUCCESS);
        assert_int_equal(send_bytes(pair.peer, "half a", 6), ERROR_SUCCESS);
        transport_release(pair.peer);
        pair.peer = NULL;
        Sleep(5); /* it has come, most probably */
        assert_int_equal(recv_bytes(pair.client, buffer, 6), 6);
        if (round == 0)
            error = transport_recv_wait(pair.client, buffer, sizeof(buffer), WAIT_MS, NULL, &bytes);
        else if (round == 1)
            error = completion_wait(
                &c, transport_recv(pair.client, buffer, sizeof(buffer), &c.op, &bytes), &bytes);
        while (round == 2 && !transport_is_dead(pair.client) && GetTickCount64() < end)
            Sleep(1);
        assert_int_not_equal(error, ERROR_TIMEOUT);
        assert_true(error || !bytes);
        assert_true(transport_is_dead(pair.client));
        completion_free(&c);
        pair_close(&pair);
    }
}

#define CALLERS 4
#define CALLER_PAIRS 6 /* so all of them are more than the pool has events */

struct caller {
    struct pair *pairs;
    unsigned rounds;
};

static DWORD WINAPI caller_main(void *arg)
{
    struct caller *caller = arg;
    unsigned wrong = 0;

    for (uint32_t i = 0; i < caller->rounds; i++) {
        struct transport_conn *conn = caller->pairs[i % CALLER_PAIRS].client;
        uint32_t answer = 0;

        send_bytes(conn, &i, sizeof(i));
        wrong += recv_bytes(conn, &answer, sizeof(answer)) != sizeof(answer) || answer != i;
    }
    return wrong;
}

static void call_all(struct caller *callers)
{
    HANDLE threads[CALLERS];
    DWORD wrong;

    for (unsigned i = 0; i < CALLERS; i++)
        threads[i] = CreateThread(NULL, 0, caller_main, &callers[i], 0, NULL);
    assert_int_equal(WaitForMultipleObjects(CALLERS, threads, TRUE, WAIT_MS), WAIT_OBJECT_0);
    for (unsigned i = 0; i < CALLERS; i++) {
        assert_true(GetExitCodeThread(threads[i], &wrong));
        assert_int_equal(wrong, 0);
        CloseHandle(threads[i]);
    }
}

/* Short exchanges over many connections, from several threads, after a pause again: each answer comes,
 * whichever way its request was waited for. */
static void test_many_short(void **state)
{
    static struct pair pairs[CALLERS * CALLER_PAIRS];
    static struct echo *echoes[ARRAY_LENGTH(pairs)];
    struct caller callers[CALLERS];

    for (unsigned i = 0; i < ARRAY_LENGTH(pairs); i++) {
        pair_open(&pairs[i], transport_of(state));
        echoes[i] = echo_start(pairs[i].peer);
    }
    for (unsigned i = 0; i < CALLERS; i++)
        callers[i] = (struct caller){&pairs[i * CALLER_PAIRS], 150};
    call_all(callers);
    Sleep(550); /* then they may lose their events to each other */
    call_all(callers);
    for (unsigned i = 0; i < ARRAY_LENGTH(pairs); i++) {
        transport_release(pairs[i].client);
        pairs[i].client = NULL;
        echo_end(echoes[i]);
        pair_close(&pairs[i]);
    }
}

#define EACH(t, test) {#test, test, NULL, NULL, (void *)t}

static int test_all(const struct transport *t, const char *how)
{
    const struct CMUnitTest tests[] = {
        EACH(t, test_echo),
        EACH(t, test_gather),
        EACH(t, test_pieces),
        EACH(t, test_peer_closes),
        EACH(t, test_peer_closes_under_recv),
        EACH(t, test_peer_closes_under_send),
        EACH(t, test_shutdown),
        EACH(t, test_shutdown_under_recv_wait),
        EACH(t, test_recv_wait_timeout),
        EACH(t, test_recv_wait_cancel),
        EACH(t, test_recv_wait_race),
        EACH(t, test_starting_thread_ends),
        EACH(t, test_sending_thread_ends),
        EACH(t, test_on_workers),
        EACH(t, test_release_while_outstanding),
        EACH(t, test_attributes),
        EACH(t, test_handles),
        EACH(t, test_many_connections),
        EACH(t, test_peer_resets),
        EACH(t, test_many_short),
    };
    char name[64];

    snprintf(name, sizeof(name), "transport %ls%s", t->protseq, how);
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    const struct transport *t;
    int failed = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    watchdog_start(300);
    thread_init();
    for (unsigned i = 0; (t = transport_enum(i)); i++)
        failed += test_all(t, "");
    pairs_share = true;
    for (unsigned i = 0; (t = transport_enum(i)); i++) {
        if (t->is_local)
            failed += test_all(t, ", shared memory");
    }
    return failed;
}
