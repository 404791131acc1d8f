/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connecting and listening: endpoints, addresses and options, what goes wrong with them, and what
 * it is called. */
#include "platform/imports.h"
#include "platform/thread.h"
#include "transport/pipe.h"
#include "transport_fixture.h"

#include <aclapi.h>

static const struct transport *find(const WCHAR *protseq)
{
    const struct transport *t = transport_find(protseq);

    assert_non_null(t);
    return t;
}

static DWORD connect_at(const struct transport *t, const WCHAR *network_addr, const WCHAR *endpoint,
                        DWORD timeout_ms, HANDLE cancel, struct transport_conn **conn)
{
    struct transport_connect_args args = {.network_addr = network_addr,
                                          .endpoint = endpoint,
                                          .timeout_ms = timeout_ms,
                                          .cancel = cancel};

    return transport_connect(t, &args, conn);
}

static DWORD WINAPI set_soon(void *event)
{
    Sleep(30);
    SetEvent(event);
    return 0;
}

/* A manual-reset event that another thread sets in a moment. */
static HANDLE cancel_soon(HANDLE *thread)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    *thread = CreateThread(NULL, 0, set_soon, event, 0, NULL);
    return event;
}

static void cancel_end(HANDLE event, HANDLE thread)
{
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(event);
}

/* ---- names ---- */

static void test_protocol_sequences(void **state)
{
    const struct transport *t;
    unsigned count = 0;

    while ((t = transport_enum(count))) {
        assert_ptr_equal(transport_find(t->protseq), t);
        count++;
    }
    assert_int_equal(count, 3);
    assert_ptr_equal(transport_find(L"NCACN_IP_TCP"), find(L"ncacn_ip_tcp"));
    assert_null(transport_find(L"ncacn_ip_tcp6"));
    assert_null(transport_find(L""));
    assert_int_equal(find(L"ncacn_ip_tcp")->tower_id, 0x07);
    assert_int_equal(find(L"ncacn_np")->tower_id, 0x0f);
    assert_int_equal(find(L"ncalrpc")->tower_id, 0x10);
    assert_int_equal(find(L"ncalrpc")->type, TRANSPORT_TYPE_LPC);
}

static void test_endpoint_forms(void **state)
{
    static const WCHAR *const good_ports[] = {L"1", L"135", L"65535", L"00135"};
    static const WCHAR *const bad_ports[] = {L"",   L"0",  L"65536", L"99999", L"000001",
                                             L"1a", L" 1", L"-1",    L"http"};
    static const WCHAR *const good_pipes[] = {L"\\pipe\\x", L"\\PIPE\\stove\\hat"};
    static const WCHAR *const bad_pipes[] = {L"",        L"\\pipe\\", L"\\pipe",
                                             L"pipe\\x", L"x",        L"\\\\.\\pipe\\x"};
    const struct transport *tcp = find(L"ncacn_ip_tcp"), *np = find(L"ncacn_np"),
                           *lrpc = find(L"ncalrpc");
    WCHAR longest[300];

    for (size_t i = 0; i < ARRAY_LENGTH(good_ports); i++)
        assert_true(transport_endpoint_is_valid(tcp, good_ports[i]));
    for (size_t i = 0; i < ARRAY_LENGTH(bad_ports); i++)
        assert_false(transport_endpoint_is_valid(tcp, bad_ports[i]));
    for (size_t i = 0; i < ARRAY_LENGTH(good_pipes); i++)
        assert_true(transport_endpoint_is_valid(np, good_pipes[i]));
    for (size_t i = 0; i < ARRAY_LENGTH(bad_pipes); i++)
        assert_false(transport_endpoint_is_valid(np, bad_pipes[i]));
    assert_true(transport_endpoint_is_valid(lrpc, L"LRPC-0123 x"));
    assert_false(transport_endpoint_is_valid(lrpc, L""));
    assert_false(transport_endpoint_is_valid(lrpc, L"\\\\"));
    assert_true(transport_endpoint_is_valid(lrpc, L"\\pipe\\OLE_0"));
    for (size_t i = 0; i < ARRAY_LENGTH(longest); i++)
        longest[i] = 'x';
    longest[256] = 0;
    assert_true(transport_endpoint_is_valid(lrpc, longest));
    longest[256] = 'x';
    longest[257] = 0;
    assert_false(transport_endpoint_is_valid(lrpc, longest));
}

static void test_bad_endpoint(void **state)
{
    static const WCHAR *const bad[] = {L"65536", L"nopipe", L"\\"};
    struct transport_conn *conn;
    struct server server;

    for (unsigned i = 0; i < ARRAY_LENGTH(bad); i++) {
        const struct transport *t = transport_enum(i);

        assert_int_equal(server_listen(&server, t, bad[i], NULL), ERROR_INVALID_PARAMETER);
        assert_int_equal(connect_at(t, NULL, bad[i], INFINITE, NULL, &conn),
                         ERROR_INVALID_PARAMETER);
    }
    assert_int_equal(connect_at(find(L"ncacn_ip_tcp"), NULL, L"0", INFINITE, NULL, &conn),
                     ERROR_INVALID_PARAMETER);
}

static void test_error_codes(void **state)
{
    static const struct {
        DWORD error;
        RPC_STATUS connect, io;
    } cases[] = {
        {ERROR_SUCCESS, RPC_S_OK, RPC_S_OK},
        {WSAECONNREFUSED, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {ERROR_CONNECTION_REFUSED, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {ERROR_FILE_NOT_FOUND, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {ERROR_BAD_NETPATH, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {WSAHOST_NOT_FOUND, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {ERROR_TIMEOUT, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {ERROR_PIPE_BUSY, RPC_S_SERVER_TOO_BUSY, RPC_S_CALL_FAILED},
        {ERROR_NETNAME_DELETED, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
        {ERROR_ACCESS_DENIED, RPC_S_ACCESS_DENIED, RPC_S_ACCESS_DENIED},
        {ERROR_CANCELLED, RPC_S_CALL_CANCELLED, RPC_S_CALL_CANCELLED},
        {ERROR_NOT_ENOUGH_MEMORY, RPC_S_OUT_OF_MEMORY, RPC_S_OUT_OF_MEMORY},
        {WSAENOBUFS, RPC_S_OUT_OF_RESOURCES, RPC_S_OUT_OF_RESOURCES},
        {ERROR_INVALID_PARAMETER, RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_CALL_FAILED},
        {ERROR_BAD_ARGUMENTS, RPC_S_INVALID_NETWORK_OPTIONS, RPC_S_CALL_FAILED},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(transport_map_connect_error(cases[i].error), cases[i].connect);
        assert_int_equal(transport_map_io_error(cases[i].error), cases[i].io);
    }
}

/* ---- on every protocol sequence ---- */

/* Nobody listens there (any more). */
static void test_refused(void **state)
{
    struct transport_conn *conn;
    struct server server;
    WCHAR endpoint[64];
    DWORD error;

    server_start(&server, transport_of(state));
    lstrcpynW(endpoint, transport_listener_endpoint(server.listener), ARRAY_LENGTH(endpoint));
    server_stop(&server);
    error = connect_at(transport_of(state), NULL, endpoint, INFINITE, NULL, &conn);
    assert_int_equal(transport_map_connect_error(error), RPC_S_SERVER_UNAVAILABLE);
    error = connect_at(transport_of(state), NULL, endpoint, 1000, NULL, &conn);
    assert_int_equal(transport_map_connect_error(error), RPC_S_SERVER_UNAVAILABLE);
}

/* A taken endpoint is refused, and free again as soon as the listener is closed; a pipe's, as soon
 * as the connections are, too: they are instances of it. */
static void test_endpoint_taken(void **state)
{
    struct server second;
    WCHAR endpoint[64];
    struct pair pair;

    pair_open(&pair, transport_of(state));
    lstrcpynW(endpoint, transport_listener_endpoint(pair.server.listener), ARRAY_LENGTH(endpoint));
    for (int i = 0; i < 3; i++)
        assert_int_equal(server_listen(&second, transport_of(state), endpoint, NULL),
                         ERROR_ALREADY_EXISTS);
    /* the attempts have not hurt the first one */
    transport_release(pair.client);
    transport_release(pair.peer);
    assert_int_equal(connect_to(&pair.server, NULL, INFINITE, NULL, &pair.client), ERROR_SUCCESS);
    pair.peer = server_accept(&pair.server);
    if (transport_is_message_mode(pair.peer)) {
        transport_release(pair.peer);
        pair.peer = NULL;
    }
    server_stop(&pair.server);
    assert_int_equal(server_listen(&pair.server, transport_of(state), endpoint, NULL),
                     ERROR_SUCCESS);
    assert_int_equal(wcscmp(transport_listener_endpoint(pair.server.listener), endpoint), 0);
    pair_close(&pair);
}

#define BURST_THREADS 8
#define BURST_EACH 12

static DWORD WINAPI burst_client(void *arg)
{
    struct transport_conn *conns[BURST_EACH];
    DWORD failed = 0;

    for (int i = 0; i < BURST_EACH; i++)
        failed += connect_to(arg, NULL, INFINITE, NULL, &conns[i]) != ERROR_SUCCESS;
    for (int i = 0; i < BURST_EACH && !failed; i++)
        transport_release(conns[i]);
    return failed;
}

static void test_burst(void **state)
{
    HANDLE threads[BURST_THREADS];
    struct server server;
    DWORD failed;

    server_start(&server, transport_of(state));
    for (int i = 0; i < BURST_THREADS; i++)
        threads[i] = CreateThread(NULL, 0, burst_client, &server, 0, NULL);
    for (int i = 0; i < BURST_THREADS * BURST_EACH; i++)
        transport_release(server_accept(&server));
    for (int i = 0; i < BURST_THREADS; i++) {
        assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(threads[i], &failed));
        assert_int_equal(failed, 0);
        CloseHandle(threads[i]);
    }
    server_stop(&server);
}

/* Clients that go at once, before anybody looks, do not disturb the others. */
static void test_hasty_clients(void **state)
{
    struct transport_conn *client;
    struct server server;
    char byte;

    server_start(&server, transport_of(state));
    for (int i = 0; i < 30; i++) {
        assert_int_equal(connect_to(&server, NULL, INFINITE, NULL, &client), ERROR_SUCCESS);
        transport_release(client);
    }
    assert_int_equal(connect_to(&server, NULL, INFINITE, NULL, &client), ERROR_SUCCESS);
    send_bytes(client, "!", 1);
    for (;;) {
        struct transport_conn *peer = server_accept(&server);
        size_t got = recv_bytes(peer, &byte, 1);

        transport_release(peer);
        if (got)
            break;
    }
    assert_int_equal(byte, '!');
    transport_release(client);
    server_stop(&server);
}

struct closer {
    struct transport_listener *listener;
    HANDLE entered, leave, closed;
    bool close_inside;
    volatile LONG running;
};

static void accept_and_wait(void *arg, struct transport_conn *conn)
{
    struct closer *closer = arg;

    closer->running = true;
    transport_release(conn);
    SetEvent(closer->entered);
    if (closer->close_inside)
        transport_listener_close(closer->listener);
    WaitForSingleObject(closer->leave, WAIT_MS);
    closer->running = false;
    SetEvent(closer->closed);
}

static DWORD WINAPI leave_soon(void *event)
{
    Sleep(20);
    SetEvent(event);
    return 0;
}

/* Closing waits for a running callback, unless that is what closes. */
static void test_close_and_callback(void **state)
{
    const struct transport *t = transport_of(state);
    struct transport_conn *client;
    HANDLE thread;

    for (int inside = 0; inside < 2; inside++) {
        struct closer closer = {.close_inside = inside,
                                .entered = CreateEventW(NULL, TRUE, FALSE, NULL),
                                .leave = CreateEventW(NULL, TRUE, FALSE, NULL),
                                .closed = CreateEventW(NULL, TRUE, FALSE, NULL)};
        struct transport_listen_args args = {.accept = accept_and_wait, .arg = &closer};

        assert_int_equal(transport_listen(t, &args, &closer.listener), ERROR_SUCCESS);
        assert_int_equal(connect_at(t, NULL, transport_listener_endpoint(closer.listener), INFINITE,
                                    NULL, &client),
                         ERROR_SUCCESS);
        assert_int_equal(WaitForSingleObject(closer.entered, WAIT_MS), WAIT_OBJECT_0);
        thread = CreateThread(NULL, 0, leave_soon, closer.leave, 0, NULL);
        if (!inside) {
            transport_listener_close(closer.listener);
            assert_false(closer.running);
        }
        assert_int_equal(WaitForSingleObject(closer.closed, WAIT_MS), WAIT_OBJECT_0);
        cancel_end(closer.leave, thread);
        transport_release(client);
        CloseHandle(closer.entered);
        CloseHandle(closer.closed);
    }
}

/* Dynamic endpoints differ and are valid; many listeners leave nothing behind. */
static void test_dynamic_endpoints(void **state)
{
    struct server a, b;
    unsigned before = 0;

    for (int i = 0; i < 50; i++) {
        server_start(&a, transport_of(state));
        server_start(&b, transport_of(state));
        assert_true(
            transport_endpoint_is_valid(a.transport, transport_listener_endpoint(a.listener)));
        assert_int_not_equal(wcscmp(transport_listener_endpoint(a.listener),
                                    transport_listener_endpoint(b.listener)),
                             0);
        server_stop(&a);
        server_stop(&b);
        if (i == 4)
            before = count_handles();
    }
    assert_handles(before + 8); /* those whose accepts had not ended at that moment */
}

static void test_listener_addresses(void **state)
{
    struct server server;
    struct transport_conn *client;
    WCHAR address[256];
    unsigned count;

    server_start(&server, transport_of(state));
    for (count = 0;
         transport_listener_address(server.listener, count, address, ARRAY_LENGTH(address));
         count++) {
        assert_true(count < 256);
        assert_int_equal(connect_to(&server, address, INFINITE, NULL, &client), ERROR_SUCCESS);
        transport_release(client);
    }
    assert_true(count > 0);
    server_stop(&server);
}

/* ---- TCP ---- */

static void test_tcp_addresses(void **state)
{
    static const WCHAR *const addresses[] = {L"127.0.0.1", L"::1", L"localhost", L"", NULL};
    struct transport_conn *client, *peer;
    struct server server;
    WCHAR text[64];

    server_start(&server, find(L"ncacn_ip_tcp"));
    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        assert_int_equal(connect_to(&server, addresses[i], i & 1 ? INFINITE : WAIT_MS, NULL,
                                    &client),
                         ERROR_SUCCESS);
        peer = server_accept(&server);
        assert_true(transport_peer_address(peer, text, ARRAY_LENGTH(text)));
        if (i < 2)
            assert_int_equal(wcscmp(text, addresses[i]), 0);
        assert_int_equal(send_bytes(client, "x", 1), ERROR_SUCCESS);
        assert_int_equal(recv_bytes(peer, text, 1), 1);
        transport_release(client);
        transport_release(peer);
    }
    server_stop(&server);
}

/* "0" is a dynamic port, too; a listener at one address is not at the others. */
static void test_tcp_one_address(void **state)
{
    const struct transport *t = find(L"ncacn_ip_tcp");
    static const WCHAR *const addresses[] = {L"127.0.0.1", L"::1"};
    struct transport_conn *client;
    struct server server;
    WCHAR text[64];

    for (int i = 0; i < 2; i++) {
        assert_int_equal(server_listen(&server, t, L"0", addresses[i]), ERROR_SUCCESS);
        assert_true(transport_listener_address(server.listener, 0, text, ARRAY_LENGTH(text)));
        assert_int_equal(wcscmp(text, addresses[i]), 0);
        assert_false(transport_listener_address(server.listener, 1, text, ARRAY_LENGTH(text)));
        assert_int_equal(connect_to(&server, addresses[i], INFINITE, NULL, &client), ERROR_SUCCESS);
        transport_release(client);
        assert_int_equal(transport_map_connect_error(
                             connect_to(&server, addresses[!i], INFINITE, NULL, &client)),
                         RPC_S_SERVER_UNAVAILABLE);
        /* no address: the client tries both */
        assert_int_equal(connect_to(&server, NULL, INFINITE, NULL, &client), ERROR_SUCCESS);
        transport_release(client);
        server_stop(&server);
    }
    /* not this machine's */
    assert_int_not_equal(server_listen(&server, t, NULL, L"192.0.2.1"), ERROR_SUCCESS);
}

/* A port that is taken for IPv6 alone is taken. */
static void test_tcp_taken_for_one_version(void **state)
{
    const struct transport *t = find(L"ncacn_ip_tcp");
    static const WCHAR *const any[] = {L"::", L"0.0.0.0"};
    struct server server, second;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(server_listen(&server, t, NULL, any[i]), ERROR_SUCCESS);
        assert_int_equal(server_listen(&second, t, transport_listener_endpoint(server.listener),
                                       NULL),
                         ERROR_ALREADY_EXISTS);
        server_stop(&server);
    }
}

/* A listener of plain Winsock that accepts nothing, and whose queue is full: further connects are
 * left unanswered. */
struct deaf {
    SOCKET listening;
    struct transport_conn *queued[64];
    unsigned count;
    WCHAR port[8];
};

static void deaf_open(struct deaf *deaf)
{
    const struct imports_ws2_32 *ws = imports_ws2_32();
    SOCKADDR_IN address = {.sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f};
    int length = sizeof(address);
    DWORD error = ERROR_SUCCESS;

    memset(deaf, 0, sizeof(*deaf));
    deaf->listening = ws->WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    assert_int_equal(ws->bind(deaf->listening, (SOCKADDR *)&address, sizeof(address)), 0);
    assert_int_equal(ws->listen(deaf->listening, 1), 0);
    assert_int_equal(ws->getsockname(deaf->listening, (SOCKADDR *)&address, &length), 0);
    _itow(__builtin_bswap16(address.sin_port), deaf->port, 10);
    while (!error && deaf->count < ARRAY_LENGTH(deaf->queued)) {
        error = connect_at(find(L"ncacn_ip_tcp"), L"127.0.0.1", deaf->port, 200, NULL,
                           &deaf->queued[deaf->count]);
        if (!error)
            deaf->count++;
    }
    assert_int_equal(error, ERROR_TIMEOUT);
}

static void deaf_close(struct deaf *deaf)
{
    while (deaf->count)
        transport_release(deaf->queued[--deaf->count]);
    imports_ws2_32()->closesocket(deaf->listening);
}

static void test_tcp_connect_timeout_and_cancel(void **state)
{
    const struct transport *t = find(L"ncacn_ip_tcp");
    struct transport_conn *conn;
    struct deaf deaf;
    HANDLE cancel, thread;
    uint64_t start;

    deaf_open(&deaf);
    start = GetTickCount64();
    assert_int_equal(connect_at(t, NULL, deaf.port, 60, NULL, &conn), ERROR_TIMEOUT);
    assert_in_range(GetTickCount64() - start, 59, WAIT_MS);
    cancel = cancel_soon(&thread);
    assert_int_equal(connect_at(t, NULL, deaf.port, INFINITE, cancel, &conn), ERROR_CANCELLED);
    assert_int_equal(connect_at(t, L"127.0.0.1", deaf.port, WAIT_MS, cancel, &conn),
                     ERROR_CANCELLED);
    cancel_end(cancel, thread);
    deaf_close(&deaf);
}

/* A name that nobody has; looking it up may take the resolver long, but not the caller. */
static void test_tcp_unknown_host(void **state)
{
    const struct transport *t = find(L"ncacn_ip_tcp");
    struct transport_conn *conn;
    HANDLE cancel = CreateEventW(NULL, TRUE, TRUE, NULL);
    uint64_t start = GetTickCount64();
    DWORD error = connect_at(t, L"no-such-host.invalid", L"135", 300, NULL, &conn);

    assert_int_equal(transport_map_connect_error(error), RPC_S_SERVER_UNAVAILABLE);
    assert_true(GetTickCount64() - start < WAIT_MS);
    error = connect_at(t, L"no-such-host.invalid", L"135", INFINITE, cancel, &conn);
    assert_true(error == ERROR_CANCELLED
                || transport_map_connect_error(error) == RPC_S_SERVER_UNAVAILABLE);
    CloseHandle(cancel);
}

/* ---- pipes ---- */

static void test_pipe_addresses(void **state)
{
    static const WCHAR *const local[] = {NULL, L"", L".", L"LocalHost", L"\\\\.", L"127.0.0.1"};
    WCHAR name[70] = L"\\\\";
    DWORD size = ARRAY_LENGTH(name) - 2;
    struct transport_conn *client;
    struct server server;

    assert_true(GetComputerNameW(name + 2, &size));
    for (unsigned i = 1; i < 3; i++) {
        server_start(&server, transport_enum(i));
        for (size_t j = 0; j < ARRAY_LENGTH(local); j++) {
            assert_int_equal(connect_to(&server, local[j], INFINITE, NULL, &client), ERROR_SUCCESS);
            transport_release(client);
        }
        assert_int_equal(connect_to(&server, name, INFINITE, NULL, &client), ERROR_SUCCESS);
        transport_release(client);
        assert_int_equal(connect_to(&server, name + 2, INFINITE, NULL, &client), ERROR_SUCCESS);
        transport_release(client);
        assert_int_equal(connect_to(&server, L"\\\\no-such-host", INFINITE, NULL, &client),
                         ERROR_BAD_NETPATH);
        server_stop(&server);
    }
}

static void test_pipe_options(void **state)
{
    static const struct {
        const WCHAR *options;
        DWORD flags; /* 0: malformed */
    } cases[] = {
        {NULL, SECURITY_IMPERSONATION | SECURITY_CONTEXT_TRACKING},
        {L"", SECURITY_IMPERSONATION | SECURITY_CONTEXT_TRACKING},
        {L"security=identification dynamic true",
         SECURITY_IDENTIFICATION | SECURITY_CONTEXT_TRACKING | SECURITY_EFFECTIVE_ONLY},
        {L"Security=Impersonation Static False", SECURITY_IMPERSONATION},
        {L"SECURITY=ANONYMOUS STATIC TRUE", SECURITY_ANONYMOUS | SECURITY_EFFECTIVE_ONLY},
        {L"security=delegation dynamic false", SECURITY_DELEGATION | SECURITY_CONTEXT_TRACKING},
        {L"security=", 0},
        {L"security=identification", 0},
        {L"security=identification dynamic", 0},
        {L"security=identification dynamic  true", 0},
        {L"security=identification anonymous true", 0},
        {L"security=identification dynamic true true", 0},
        {L"security=identificatio dynamic true", 0},
        {L"security", 0},
        {L"other=1", 0},
    };
    struct transport_conn *conn;
    DWORD flags, error;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct transport_connect_args args = {
            .endpoint = L"nobody", .timeout_ms = INFINITE, .network_options = cases[i].options};

        error = pipe_security_flags(cases[i].options, &flags);
        if (i < 2 || cases[i].flags) {
            assert_int_equal(error, ERROR_SUCCESS);
            assert_int_equal(flags, cases[i].flags | SECURITY_SQOS_PRESENT);
            assert_int_equal(transport_connect(find(L"ncalrpc"), &args, &conn),
                             ERROR_FILE_NOT_FOUND);
        } else {
            assert_int_equal(error, ERROR_BAD_ARGUMENTS);
            assert_int_equal(transport_connect(find(L"ncalrpc"), &args, &conn),
                             ERROR_BAD_ARGUMENTS);
        }
    }
}

/* A pipe whose only instance is taken: the client waits for it. */
static void test_pipe_busy(void **state)
{
    HANDLE pipe =
        CreateNamedPipeW(L"\\\\.\\pipe\\rpcrt4-busy", PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                         PIPE_TYPE_MESSAGE, 1, 1024, 1024, 0, NULL);
    const struct transport *t = find(L"ncacn_np");
    struct transport_conn *first, *second;
    HANDLE cancel, thread;
    DWORD error;

    assert_ptr_not_equal(pipe, INVALID_HANDLE_VALUE);
    assert_int_equal(connect_at(t, NULL, L"\\pipe\\rpcrt4-busy", INFINITE, NULL, &first),
                     ERROR_SUCCESS);
    error = connect_at(t, NULL, L"\\pipe\\rpcrt4-busy", 60, NULL, &second);
    assert_int_equal(error, ERROR_PIPE_BUSY);
    cancel = cancel_soon(&thread);
    assert_int_equal(connect_at(t, NULL, L"\\pipe\\rpcrt4-busy", INFINITE, cancel, &second),
                     ERROR_CANCELLED);
    cancel_end(cancel, thread);
    transport_release(first);
    CloseHandle(pipe);
}

#define RECONNECTIONS 40

/* Between the moments in which they are free, everybody gets one of the few instances at last. */
static DWORD WINAPI reconnect_often(void *arg)
{
    struct transport_conn *conn;

    for (int i = 0; i < RECONNECTIONS; i++) {
        if (connect_to(arg, NULL, WAIT_MS, NULL, &conn))
            return 1;
        transport_release(conn);
    }
    return 0;
}

static void test_pipe_contention(void **state)
{
    struct server server;
    HANDLE threads[6];
    DWORD failed;

    server_start(&server, find(L"ncalrpc"));
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        threads[i] = CreateThread(NULL, 0, reconnect_often, &server, 0, NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(threads[i], &failed));
        assert_int_equal(failed, 0);
        CloseHandle(threads[i]);
    }
    server_stop(&server);
}

static volatile bool stop_listening;

static DWORD WINAPI listen_in_vain(void *arg)
{
    const struct server *server = arg;
    struct server second;
    DWORD failed = 0;

    while (!stop_listening)
        failed += server_listen(&second, server->transport,
                                transport_listener_endpoint(server->listener),
                                NULL) != ERROR_ALREADY_EXISTS;
    return failed;
}

/* Whoever tries to listen where another one does takes none of its clients. */
static void test_pipe_taken(void **state)
{
    HANDLE threads[7];
    struct server server;
    DWORD failed;

    server_start(&server, find(L"ncalrpc"));
    stop_listening = false;
    threads[0] = CreateThread(NULL, 0, listen_in_vain, &server, 0, NULL);
    for (size_t i = 1; i < ARRAY_LENGTH(threads); i++)
        threads[i] = CreateThread(NULL, 0, reconnect_often, &server, 0, NULL);
    for (size_t i = 0; i < (ARRAY_LENGTH(threads) - 1) * RECONNECTIONS; i++)
        transport_release(server_accept(&server));
    stop_listening = true;
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        assert_int_equal(WaitForSingleObject(threads[i], WAIT_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(threads[i], &failed));
        assert_int_equal(failed, 0);
        CloseHandle(threads[i]);
    }
    server_stop(&server);
}

/* What Wine's built-in DLL expects of its peers: a message for each send, read in message mode. */
static void test_pipe_messages(void **state)
{
    struct transport_buf bufs[] = {{"head", 4}, {"body", 4}};
    DWORD mode = PIPE_READMODE_MESSAGE, got;
    struct transport_conn *peer;
    struct completion c;
    struct server server;
    WCHAR path[128];
    char buffer[100];
    HANDLE pipe;

    server_start(&server, find(L"ncalrpc"));
    _snwprintf(path, ARRAY_LENGTH(path), L"\\\\.\\pipe\\lrpc\\%s",
               transport_listener_endpoint(server.listener));
    pipe = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(pipe, INVALID_HANDLE_VALUE);
    assert_true(SetNamedPipeHandleState(pipe, &mode, NULL, NULL));
    peer = server_accept(&server);
    completion_init(&c);
    for (int i = 0; i < 2; i++) {
        completion_reset(&c);
        assert_int_equal(completion_wait(&c, transport_send(peer, bufs, 2, &c.op, &got), &got),
                         ERROR_SUCCESS);
    }
    assert_true(ReadFile(pipe, buffer, sizeof(buffer), &got, NULL));
    assert_int_equal(got, 8);
    assert_memory_equal(buffer, "headbody", 8);
    assert_false(ReadFile(pipe, buffer, 3, &got, NULL));
    assert_int_equal(GetLastError(), ERROR_MORE_DATA);
    completion_free(&c);
    CloseHandle(pipe);
    transport_release(peer);
    server_stop(&server);
}

static void release_accepted(void *arg, struct transport_conn *conn)
{
    transport_release(conn);
}

/* An empty DACL arrives at the pipe. (Wine does not enforce it.) */
/* Wine's combase listens on such names; the pipe is the built-in DLL's. */
static void test_lrpc_backslashes(void **state)
{
    static const WCHAR endpoint[] = L"\\pipe\\rpcrt4-backslashes";
    struct transport_conn *client;
    struct server server;
    HANDLE pipe;

    assert_int_equal(server_listen(&server, find(L"ncalrpc"), endpoint, NULL), ERROR_SUCCESS);
    assert_int_equal(connect_to(&server, NULL, INFINITE, NULL, &client), ERROR_SUCCESS);
    transport_release(server_accept(&server));
    transport_release(client);
    pipe = CreateFileW(L"\\\\.\\pipe\\lrpc\\pipe\\rpcrt4-backslashes", GENERIC_READ, 0, NULL,
                       OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(pipe, INVALID_HANDLE_VALUE);
    transport_release(server_accept(&server));
    CloseHandle(pipe);
    server_stop(&server);
}

static void test_pipe_descriptor(void **state)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL empty, *dacl = NULL;
    char store[512];
    BOOL present = FALSE, defaulted;
    DWORD size;
    struct transport_listen_args args = {.descriptor = &descriptor,
                                         .endpoint = L"\\pipe\\rpcrt4-descriptor",
                                         .accept = release_accepted};
    struct transport_listener *listener;
    HANDLE pipe;

    assert_true(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    assert_true(InitializeAcl(&empty, sizeof(empty), ACL_REVISION));
    assert_true(SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE));
    assert_int_equal(transport_listen(find(L"ncacn_np"), &args, &listener), ERROR_SUCCESS);
    memset(&descriptor, 0xff, sizeof(descriptor)); /* it was copied */
    pipe = CreateFileW(L"\\\\.\\pipe\\rpcrt4-descriptor", READ_CONTROL, 0, NULL, OPEN_EXISTING, 0,
                       NULL);
    if (pipe == INVALID_HANDLE_VALUE) {
        assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
    } else {
        assert_true(
            GetKernelObjectSecurity(pipe, DACL_SECURITY_INFORMATION, store, sizeof(store), &size));
        assert_true(GetSecurityDescriptorDacl(store, &present, &dacl, &defaulted));
        assert_true(present);
        assert_non_null(dacl);
        assert_int_equal(dacl->AceCount, 0);
        CloseHandle(pipe);
    }
    transport_listener_close(listener);
}

#define EACH(t, test) {#test, test, NULL, NULL, (void *)t}

int main(void)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_protocol_sequences),
        cmocka_unit_test(test_endpoint_forms),
        cmocka_unit_test(test_bad_endpoint),
        cmocka_unit_test(test_error_codes),
        cmocka_unit_test(test_tcp_addresses),
        cmocka_unit_test(test_tcp_one_address),
        cmocka_unit_test(test_tcp_taken_for_one_version),
        cmocka_unit_test(test_tcp_connect_timeout_and_cancel),
        cmocka_unit_test(test_pipe_addresses),
        cmocka_unit_test(test_pipe_options),
        cmocka_unit_test(test_pipe_busy),
        cmocka_unit_test(test_pipe_contention),
        cmocka_unit_test(test_pipe_taken),
        cmocka_unit_test(test_pipe_messages),
        cmocka_unit_test(test_lrpc_backslashes),
        cmocka_unit_test(test_pipe_descriptor),
        cmocka_unit_test(test_tcp_unknown_host),
    };
    const struct transport *t;
    int failed = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    watchdog_start(120);
    thread_init();
    for (unsigned i = 0; (t = transport_enum(i)); i++) {
        const struct CMUnitTest each[] = {
            EACH(t, test_refused),
            EACH(t, test_endpoint_taken),
            EACH(t, test_burst),
            EACH(t, test_hasty_clients),
            EACH(t, test_close_and_callback),
            EACH(t, test_dynamic_endpoints),
            EACH(t, test_listener_addresses),
        };
        char name[64];

        snprintf(name, sizeof(name), "listening %ls", t->protseq);
        failed += cmocka_run_group_tests_name(name, each, NULL, NULL);
    }
    return failed + cmocka_run_group_tests_name("connecting and listening", once, NULL, NULL);
}
