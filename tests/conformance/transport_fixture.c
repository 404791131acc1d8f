/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See transport_fixture.h. */
#include "transport_fixture.h"

bool pairs_share;

/* ---- operations ---- */

static void completion_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct completion *c = CONTAINER_OF(op, struct completion, op);

    c->error = error;
    c->bytes = bytes;
    c->on_worker = pool_is_worker() || pairs_share; /* or on the thread that receives */
    InterlockedIncrement(&c->calls);
    SetEvent(c->event);
}

void completion_init(struct completion *c)
{
    memset(c, 0, sizeof(*c));
    c->op.done = completion_done;
    c->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(c->event);
}

void completion_reset(struct completion *c)
{
    ResetEvent(c->event);
    c->calls = 0;
}

void completion_free(struct completion *c)
{
    CloseHandle(c->event);
}

DWORD completion_wait(struct completion *c, DWORD started, DWORD *bytes)
{
    if (started != ERROR_IO_PENDING) {
        assert_int_equal(c->calls, 0);
        return started;
    }
    assert_int_equal(WaitForSingleObject(c->event, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(c->calls, 1);
    assert_true(c->on_worker);
    *bytes = c->bytes;
    return c->error;
}

/* ---- servers ---- */

static void server_accepted(void *arg, struct transport_conn *conn)
{
    struct server *server = arg;

    AcquireSRWLockExclusive(&server->lock);
    server->called_off_worker |= !pool_is_worker();
    server->queue[server->tail++ % SERVER_QUEUE] = conn;
    ReleaseSRWLockExclusive(&server->lock);
    ReleaseSemaphore(server->arrived, 1, NULL);
}

DWORD server_listen(struct server *server, const struct transport *t, const WCHAR *endpoint,
                    const WCHAR *network_addr)
{
    struct transport_listen_args args = {.endpoint = endpoint,
                                         .network_addr = network_addr,
                                         .backlog = 10,
                                         .accept = server_accepted,
                                         .arg = server};
    DWORD error;

    memset(server, 0, sizeof(*server));
    server->transport = t;
    InitializeSRWLock(&server->lock);
    server->arrived = CreateSemaphoreW(NULL, 0, MAXLONG, NULL);
    assert_non_null(server->arrived);
    error = transport_listen(t, &args, &server->listener);
    if (error)
        CloseHandle(server->arrived);
    return error;
}

void server_start(struct server *server, const struct transport *t)
{
    assert_int_equal(server_listen(server, t, NULL, NULL), ERROR_SUCCESS);
}

struct transport_conn *server_accept(struct server *server)
{
    struct transport_conn *conn;

    assert_int_equal(WaitForSingleObject(server->arrived, WAIT_MS), WAIT_OBJECT_0);
    AcquireSRWLockExclusive(&server->lock);
    conn = server->queue[server->head++ % SERVER_QUEUE];
    ReleaseSRWLockExclusive(&server->lock);
    return conn;
}

void server_stop(struct server *server)
{
    transport_listener_close(server->listener);
    while (server->head != server->tail)
        transport_release(server->queue[server->head++ % SERVER_QUEUE]);
    CloseHandle(server->arrived);
    assert_false(server->called_off_worker);
}

DWORD connect_to(struct server *server, const WCHAR *network_addr, DWORD timeout_ms, HANDLE cancel,
                 struct transport_conn **conn)
{
    struct transport_connect_args args = {.network_addr = network_addr,
                                          .endpoint = transport_listener_endpoint(server->listener),
                                          .timeout_ms = timeout_ms,
                                          .cancel = cancel};

    return transport_connect(server->transport, &args, conn);
}

/* ---- pairs ---- */

/* As a bind and its answer do it. */
void pair_share(struct transport_conn *client, struct transport_conn *peer)
{
    uint8_t token[TRANSPORT_SHARE_TOKEN];
    char answer;

    assert_true(transport_share_offer(client, token));
    assert_true(transport_share_accept(peer, token));
    assert_int_equal(send_bytes(peer, "a", 1), ERROR_SUCCESS);
    assert_int_equal(recv_bytes(client, &answer, 1), 1);
    assert_true(transport_share_begin(client));
}

void pair_open(struct pair *pair, const struct transport *t)
{
    server_start(&pair->server, t);
    assert_int_equal(connect_to(&pair->server, NULL, INFINITE, NULL, &pair->client), ERROR_SUCCESS);
    pair->peer = server_accept(&pair->server);
    if (pairs_share)
        pair_share(pair->client, pair->peer);
}

void pair_close(struct pair *pair)
{
    if (pair->client)
        transport_release(pair->client);
    if (pair->peer)
        transport_release(pair->peer);
    server_stop(&pair->server);
}

/* ---- sending and receiving ---- */

DWORD send_bytes(struct transport_conn *conn, const void *data, size_t length)
{
    size_t most = transport_is_message_mode(conn) ? MESSAGE_MAX : length;
    const char *next = data;
    struct completion c;
    DWORD error = ERROR_SUCCESS, bytes = 0;

    completion_init(&c);
    for (size_t left = length; left && !error; left -= bytes, next += bytes) {
        struct transport_buf buf = {next, min(left, most)};

        completion_reset(&c);
        error = completion_wait(&c, transport_send(conn, &buf, 1, &c.op, &bytes), &bytes);
        if (!error)
            assert_int_equal(bytes, buf.length);
    }
    completion_free(&c);
    return error;
}

size_t recv_bytes(struct transport_conn *conn, void *buffer, size_t length)
{
    size_t got = 0;
    DWORD bytes;

    while (got < length) {
        assert_int_equal(transport_recv_wait(conn, (char *)buffer + got, (DWORD)(length - got),
                                             WAIT_MS, NULL, &bytes),
                         ERROR_SUCCESS);
        if (!bytes)
            break;
        got += bytes;
    }
    return got;
}

void fill_pattern(unsigned char *data, size_t length, unsigned seed)
{
    uint32_t x = seed * 2654435761u + 1;

    for (size_t i = 0; i < length; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (unsigned char)(x >> 24);
    }
}

const struct transport *transport_of(void **state)
{
    return *state;
}

void assert_handles(unsigned before)
{
    unsigned now;

    for (uint64_t end = GetTickCount64() + WAIT_MS;
         (now = count_handles()) > before && GetTickCount64() < end;)
        Sleep(1);
    assert_in_range(now, 1, before);
}

static DWORD WINAPI watchdog(void *seconds)
{
    Sleep((DWORD)(ULONG_PTR)seconds * 1000);
    fprintf(stderr, "the test program hangs\n");
    TerminateProcess(GetCurrentProcess(), 99);
    return 0;
}

void watchdog_start(unsigned seconds)
{
    CloseHandle(CreateThread(NULL, 0, watchdog, (void *)(ULONG_PTR)seconds, 0, NULL));
}
