/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ncacn_ip_tcp: connecting, and connections. Listening is in tcp_listener.c. */
#include "transport/tcp.h"
#include "platform/memory.h"
#include "transport/resolve.h"

/* For one address, where the caller sets no time-out: about what Windows' TCP takes to give up. */
#define CONNECT_TIMEOUT_MS 20000
/* One WSASend gets at most so much. */
#define SEND_BUFS 64
#define SEND_MAX (2u << 20)

/* ---- Winsock ---- */

static BOOL CALLBACK start_winsock(INIT_ONCE *once, void *parameter, void **context)
{
    const struct imports_ws2_32 *ws = imports_ws2_32();
    WSADATA data;
    int error;

    if (!ws)
        return FALSE;
    error = ws->WSAStartup(MAKEWORD(2, 2), &data);
    SetLastError(error);
    return !error;
}

const struct imports_ws2_32 *winsock(DWORD *error)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    if (InitOnceExecuteOnce(&once, start_winsock, NULL, NULL))
        return WINSOCK;
    *error = GetLastError();
    return NULL;
}

SOCKET tcp_socket(const struct imports_ws2_32 *ws, int family, DWORD *error)
{
    SOCKET socket = ws->WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);

    if (socket == INVALID_SOCKET)
        *error = ws->WSAGetLastError();
    return socket;
}

DWORD tcp_extension(const struct imports_ws2_32 *ws, SOCKET socket, const GUID *id, void *function)
{
    DWORD bytes;

    return ws->WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, (void *)id, sizeof(*id),
                        function, sizeof(void *), &bytes, NULL, NULL)
               ? (DWORD)ws->WSAGetLastError()
               : ERROR_SUCCESS;
}

bool tcp_address_text(const struct imports_ws2_32 *ws, const SOCKADDR *address, int length,
                      WCHAR *buffer, size_t chars)
{
    return !ws->GetNameInfoW(address, length, buffer, (DWORD)min(chars, MAXDWORD), NULL, 0,
                             NI_NUMERICHOST);
}

/* ---- a connection ---- */

static inline SOCKET socket_of(const struct transport_conn *conn)
{
    return (SOCKET)conn->handle;
}

static DWORD tcp_recv(struct transport_conn *conn, void *buffer, DWORD size, OVERLAPPED *overlapped,
                      DWORD *bytes)
{
    WSABUF buf = {size, buffer};
    DWORD flags = 0;

    return WINSOCK->WSARecv(socket_of(conn), &buf, 1, bytes, &flags, overlapped, NULL)
               ? (DWORD)WINSOCK->WSAGetLastError()
               : ERROR_SUCCESS;
}

/* Makes the socket non-blocking, if it is not already. */
static DWORD tcp_announce(struct transport_conn *conn, HANDLE event)
{
    return WINSOCK->WSAEventSelect(socket_of(conn), event, event ? FD_READ | FD_CLOSE : 0)
               ? (DWORD)WINSOCK->WSAGetLastError()
               : ERROR_SUCCESS;
}

static DWORD tcp_recv_now(struct transport_conn *conn, void *buffer, DWORD size, DWORD *bytes)
{
    int got = WINSOCK->recv(socket_of(conn), buffer, (int)min(size, INT_MAX), 0);
    DWORD error = got < 0 ? (DWORD)WINSOCK->WSAGetLastError() : ERROR_SUCCESS;

    *bytes = error ? 0 : (DWORD)got;
    return error == WSAEWOULDBLOCK ? ERROR_IO_PENDING : error;
}

static DWORD tcp_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count,
                      size_t offset, OVERLAPPED *overlapped, DWORD *bytes)
{
    WSABUF parts[SEND_BUFS];
    DWORD used = 0, error;
    size_t room = SEND_MAX;

    for (unsigned i = 0; i < count && used < SEND_BUFS && room; i++) {
        size_t length = bufs[i].length;

        if (offset >= length) {
            offset -= length;
            continue;
        }
        length = min(length - offset, room);
        parts[used].buf = (char *)bufs[i].data + offset;
        parts[used].len = (ULONG)length;
        used++;
        room -= length;
        offset = 0;
    }
    if (!WINSOCK->WSASend(socket_of(conn), parts, used, bytes, 0, overlapped, NULL))
        return ERROR_SUCCESS;
    error = WINSOCK->WSAGetLastError();
    return error == WSAEWOULDBLOCK ? ERROR_IO_PENDING : error;
}

static void tcp_shutdown(struct transport_conn *conn)
{
    WINSOCK->shutdown(socket_of(conn), SD_BOTH);
}

/* Looks at the next byte without waiting for it. */
static bool tcp_is_dead(struct transport_conn *conn)
{
    char byte;
    int got = WINSOCK->recv(socket_of(conn), &byte, 1, MSG_PEEK);

    return got == 0 || (got < 0 && WINSOCK->WSAGetLastError() != WSAEWOULDBLOCK);
}

static bool tcp_peer_address(struct transport_conn *conn, WCHAR *buffer, size_t chars)
{
    SOCKADDR_STORAGE address;
    int length = sizeof(address);

    return !WINSOCK->getpeername(socket_of(conn), (SOCKADDR *)&address, &length)
           && tcp_address_text(WINSOCK, (SOCKADDR *)&address, length, buffer, chars);
}

static void tcp_set_keepalive(struct transport_conn *conn, bool on, DWORD interval_ms)
{
    struct tcp_keepalive {
        ULONG on, time_ms, interval_ms;
    } values = {on, interval_ms, interval_ms};
    DWORD bytes;

    WINSOCK->WSAIoctl(socket_of(conn), SIO_KEEPALIVE_VALS, &values, sizeof(values), NULL, 0, &bytes,
                      NULL, NULL);
}

static void tcp_destroy(struct transport_conn *conn)
{
    WINSOCK->closesocket(socket_of(conn));
    rpc_free(conn);
}

static const struct conn_ops tcp_conn_ops = {
    .recv = tcp_recv,
    .send = tcp_send,
    .announce = tcp_announce,
    .recv_now = tcp_recv_now,
    .shutdown = tcp_shutdown,
    .is_dead = tcp_is_dead,
    .peer_address = tcp_peer_address,
    .set_keepalive = tcp_set_keepalive,
    .destroy = tcp_destroy,
};

DWORD tcp_conn_create(SOCKET socket, struct transport_listener *listener,
                      struct transport_conn **conn)
{
    DWORD error = pool_attach((HANDLE)socket);
    u_long nonblocking = 1; /* which overlapped operations are not affected by */
    BOOL on = TRUE;
    struct transport_conn *tcp;

    if (error)
        return error;
    tcp = rpc_alloc_zero(sizeof(*tcp));
    if (!tcp)
        return ERROR_NOT_ENOUGH_MEMORY;
    WINSOCK->ioctlsocket(socket, FIONBIO, &nonblocking);
    WINSOCK->setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof(on));
    conn_init(tcp, &tcp_conn_ops, (HANDLE)socket, listener);
    *conn = tcp;
    return ERROR_SUCCESS;
}

/* ---- connecting ---- */

static LPFN_CONNECTEX connect_ex(const struct imports_ws2_32 *ws, SOCKET socket, DWORD *error)
{
    static LPFN_CONNECTEX function; /* one provider serves all TCP sockets */
    static const GUID id = WSAID_CONNECTEX;

    if (!function)
        *error = tcp_extension(ws, socket, &id, &function);
    return function;
}

static DWORD connect_socket(const struct imports_ws2_32 *ws, SOCKET socket, const ADDRINFOW *to,
                            HANDLE event, DWORD timeout_ms, HANDLE cancel)
{
    SOCKADDR_STORAGE any = {.ss_family = (short)to->ai_family};
    OVERLAPPED overlapped = {.hEvent = event_only(event)};
    DWORD error = ERROR_SUCCESS, bytes;
    LPFN_CONNECTEX connect = connect_ex(ws, socket, &error);

    if (!connect)
        return error;
    if (ws->bind(socket, (SOCKADDR *)&any, (int)to->ai_addrlen))
        return ws->WSAGetLastError();
    if (!connect(socket, to->ai_addr, (int)to->ai_addrlen, NULL, 0, NULL, &overlapped)) {
        error = ws->WSAGetLastError();
        if (error == ERROR_IO_PENDING)
            error = overlapped_wait((HANDLE)socket, &overlapped, event, timeout_ms, cancel, &bytes);
    }
    if (!error && ws->setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0))
        error = ws->WSAGetLastError();
    return error;
}

static DWORD connect_address(const struct imports_ws2_32 *ws, const ADDRINFOW *to, DWORD timeout_ms,
                             HANDLE cancel, struct transport_conn **conn)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    DWORD error = ERROR_SUCCESS;
    SOCKET socket;

    if (!event)
        return GetLastError();
    socket = tcp_socket(ws, to->ai_family, &error);
    if (!error)
        error = connect_socket(ws, socket, to, event, timeout_ms, cancel);
    if (!error)
        error = tcp_conn_create(socket, NULL, conn);
    if (!error) {
        (*conn)->wait_event = event;
        return ERROR_SUCCESS;
    }
    if (socket != INVALID_SOCKET)
        ws->closesocket(socket);
    CloseHandle(event);
    return error;
}

/* Each address gets its share of the time that is left. */
static DWORD connect_host(const struct imports_ws2_32 *ws, const WCHAR *host,
                          const struct transport_connect_args *args, uint64_t deadline,
                          struct transport_conn **conn)
{
    bool limited = args->timeout_ms != INFINITE;
    ADDRINFOW *addresses;
    DWORD left = 0, timeout = CONNECT_TIMEOUT_MS;
    DWORD error = resolve(ws, host, args->endpoint, limited ? deadline_left(deadline) : INFINITE,
                          args->cancel, &addresses);

    if (error)
        return error;
    for (ADDRINFOW *a = addresses; a; a = a->ai_next)
        left++;
    error = WSAHOST_NOT_FOUND;
    for (ADDRINFOW *a = addresses; a; a = a->ai_next) {
        if (limited)
            timeout = deadline_left(deadline) / left;
        left--;
        error = connect_address(ws, a, timeout, args->cancel, conn);
        if (error == ERROR_SUCCESS || error == ERROR_CANCELLED)
            break;
    }
    ws->FreeAddrInfoW(addresses);
    return error;
}

static DWORD tcp_connect(const struct transport *t, const struct transport_connect_args *args,
                         struct transport_conn **conn)
{
    uint64_t deadline = deadline_after(args->timeout_ms);
    DWORD error = ERROR_SUCCESS, error6;
    const struct imports_ws2_32 *ws = winsock(&error);

    if (!ws)
        return error;
    if (args->network_addr && args->network_addr[0])
        return connect_host(ws, args->network_addr, args, deadline, conn);
    /* This machine: our listeners and Wine's are there for both versions, and always for this
     * one. */
    error = connect_host(ws, L"127.0.0.1", args, deadline, conn);
    if (error == ERROR_SUCCESS || error == ERROR_CANCELLED || error == ERROR_TIMEOUT)
        return error;
    error6 = connect_host(ws, L"::1", args, deadline, conn);
    return error6 == ERROR_SUCCESS || error6 == ERROR_CANCELLED ? error6 : error;
}

/* A port number, 1 to 65535, in decimal. */
static bool tcp_endpoint_is_valid(const WCHAR *endpoint)
{
    unsigned port = 0;

    for (size_t i = 0; endpoint[i]; i++) {
        if (i == 5 || endpoint[i] < '0' || endpoint[i] > '9')
            return false;
        port = port * 10 + (endpoint[i] - '0');
    }
    return port && port <= 65535;
}

static const struct transport_ops tcp_ops = {
    .endpoint_is_valid = tcp_endpoint_is_valid,
    .connect = tcp_connect,
    .listen = tcp_listen,
};

const struct transport tcp_transport = {
    .protseq = L"ncacn_ip_tcp",
    .tower_id = 0x07,
    .type = TRANSPORT_TYPE_CN,
    .is_local = false,
    .ops = &tcp_ops,
};
