/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ncacn_ip_tcp: listening. One socket for each local address (0.0.0.0 and ::, if none is given),
 * all on one port, each with a few outstanding AcceptEx. */
#include "platform/memory.h"
#include "platform/trace.h"
#include "transport/resolve.h"
#include "transport/tcp.h"

#define SOCKETS_MAX 4
#define ACCEPTS_PER_SOCKET (LISTENER_ACCEPTS_MAX / SOCKETS_MAX)
#define DYNAMIC_PORT_TRIES 16
/* Fewer would make a burst of clients wait for TCP's retransmissions. */
#define BACKLOG_MIN 128
#define ADDRESS_SIZE (sizeof(SOCKADDR_STORAGE) + 16) /* what AcceptEx wants */

struct tcp_accept {
    struct accept base;
    SOCKET listening;
    int family;
    SOCKET accepted;
    char addresses[2 * ADDRESS_SIZE];
};

struct tcp_listener {
    struct transport_listener base;
    bool any_address;
    unsigned count;
    SOCKET sockets[SOCKETS_MAX];
    SOCKADDR_STORAGE addresses[SOCKETS_MAX];
    int address_lengths[SOCKETS_MAX];
    LPFN_ACCEPTEX accept_ex;
    struct tcp_accept accepts[SOCKETS_MAX * ACCEPTS_PER_SOCKET];
};

static inline struct tcp_listener *tcp_listener_of(struct transport_listener *listener)
{
    return CONTAINER_OF(listener, struct tcp_listener, base);
}

/* ---- accepting ---- */

static void discard(struct tcp_accept *accept)
{
    if (accept->accepted != INVALID_SOCKET)
        WINSOCK->closesocket(accept->accepted);
    accept->accepted = INVALID_SOCKET;
}

static DWORD tcp_post(struct accept *base)
{
    struct tcp_accept *accept = CONTAINER_OF(base, struct tcp_accept, base);
    LPFN_ACCEPTEX accept_ex = tcp_listener_of(base->listener)->accept_ex;
    DWORD error = ERROR_SUCCESS, bytes;

    discard(accept);
    accept->accepted = tcp_socket(WINSOCK, accept->family, &error);
    if (error)
        return error;
    memset(&base->op.overlapped, 0, sizeof(base->op.overlapped));
    if (accept_ex(accept->listening, accept->accepted, accept->addresses, 0, ADDRESS_SIZE,
                  ADDRESS_SIZE, &bytes, &base->op.overlapped))
        return ERROR_SUCCESS;
    return WINSOCK->WSAGetLastError();
}

static struct transport_conn *tcp_take(struct accept *base)
{
    struct tcp_accept *accept = CONTAINER_OF(base, struct tcp_accept, base);
    struct transport_conn *conn;
    DWORD error = ERROR_SUCCESS;

    if (WINSOCK->setsockopt(accept->accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                            (const char *)&accept->listening, sizeof(accept->listening)))
        error = WINSOCK->WSAGetLastError();
    if (!error)
        error = tcp_conn_create(accept->accepted, base->listener, &conn);
    if (error) {
        WARN("a connection is lost, error %lu", error);
        return NULL;
    }
    accept->accepted = INVALID_SOCKET;
    return conn;
}

/* ---- the listening sockets ---- */

static void close_sockets(struct tcp_listener *listener)
{
    for (unsigned i = 0; i < listener->count; i++) {
        if (listener->sockets[i] == INVALID_SOCKET)
            continue;
        CancelIoEx((HANDLE)listener->sockets[i], NULL);
        WINSOCK->closesocket(listener->sockets[i]);
        listener->sockets[i] = INVALID_SOCKET;
    }
}

static void tcp_close(struct transport_listener *base)
{
    close_sockets(tcp_listener_of(base));
}

static void tcp_destroy(struct transport_listener *base)
{
    struct tcp_listener *listener = tcp_listener_of(base);

    close_sockets(listener);
    for (unsigned i = 0; i < base->accept_count; i++)
        discard(CONTAINER_OF(base->accepts[i], struct tcp_accept, base));
    rpc_free(listener);
}

/* sin_port and sin6_port are at the same place. */
static USHORT *port_of(SOCKADDR_STORAGE *address)
{
    return &((SOCKADDR_IN *)address)->sin_port;
}

/* SO_EXCLUSIVEADDRUSE makes bind() fail with WSAEADDRINUSE or, under Wine, WSAEACCES where the port
 * is taken; else WSAEACCES stands for one of the privileged ports of Unix. */
static DWORD bind_error(DWORD error, USHORT network_port)
{
    if (error == WSAEADDRINUSE || (error == WSAEACCES && __builtin_bswap16(network_port) >= 1024))
        return ERROR_ALREADY_EXISTS;
    return error == WSAEACCES ? ERROR_ACCESS_DENIED : error;
}

static DWORD bind_and_listen(const struct imports_ws2_32 *ws, SOCKET socket,
                             SOCKADDR_STORAGE *address, int *length, unsigned backlog)
{
    BOOL on = TRUE;

    if (ws->setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on, sizeof(on)))
        return ws->WSAGetLastError();
    if (address->ss_family == AF_INET6
        && ws->setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&on, sizeof(on)))
        return ws->WSAGetLastError();
    if (ws->bind(socket, (SOCKADDR *)address, *length))
        return bind_error(ws->WSAGetLastError(), *port_of(address));
    if (ws->listen(socket, (int)min(max(backlog, BACKLOG_MIN), SOMAXCONN)))
        return bind_error(ws->WSAGetLastError(), *port_of(address));
    if (ws->getsockname(socket, (SOCKADDR *)address, length))
        return ws->WSAGetLastError();
    return pool_attach((HANDLE)socket);
}

/* Opens the listener's next socket, with the port of its first one, if there is one already. */
static DWORD open_socket(struct tcp_listener *listener, const ADDRINFOW *at, unsigned backlog)
{
    const struct imports_ws2_32 *ws = WINSOCK;
    static const GUID id = WSAID_ACCEPTEX;
    unsigned i = listener->count;
    SOCKADDR_STORAGE *address = &listener->addresses[i];
    DWORD error = ERROR_SUCCESS;
    SOCKET socket = tcp_socket(ws, at->ai_family, &error);

    if (error)
        return error;
    memcpy(address, at->ai_addr, at->ai_addrlen);
    listener->address_lengths[i] = (int)at->ai_addrlen;
    if (i)
        *port_of(address) = *port_of(&listener->addresses[0]);
    error = bind_and_listen(ws, socket, address, &listener->address_lengths[i], backlog);
    if (!error && !listener->accept_ex)
        error = tcp_extension(ws, socket, &id, &listener->accept_ex);
    if (error) {
        ws->closesocket(socket);
        return error;
    }
    listener->sockets[listener->count++] = socket;
    return ERROR_SUCCESS;
}

/* A machine may lack IPv6 (or IPv4), or have it in part: what can be listened at is enough. */
static bool is_missing_family(DWORD error)
{
    return error == WSAEAFNOSUPPORT || error == WSAEADDRNOTAVAIL || error == WSAEPROTONOSUPPORT
           || error == WSAESOCKTNOSUPPORT;
}

static DWORD open_sockets(struct tcp_listener *listener, const ADDRINFOW *addresses,
                          unsigned backlog)
{
    DWORD error, missing = WSAEADDRNOTAVAIL;

    for (const ADDRINFOW *a = addresses; a && listener->count < SOCKETS_MAX; a = a->ai_next) {
        error = open_socket(listener, a, backlog);
        if (is_missing_family(error)) {
            missing = error;
        } else if (error) {
            close_sockets(listener);
            listener->count = 0;
            return error;
        }
    }
    return listener->count ? ERROR_SUCCESS : missing;
}

static DWORD open_endpoint(struct tcp_listener *listener, const struct transport_listen_args *args)
{
    const WCHAR *port = args->endpoint ? args->endpoint : L"0";
    bool dynamic = !wcscmp(port, L"0");
    ADDRINFOW *addresses;
    DWORD error;

    if (!dynamic && !transport_endpoint_is_valid(&tcp_transport, port))
        return ERROR_INVALID_PARAMETER;
    listener->any_address = !args->network_addr || !args->network_addr[0];
    if (listener->any_address)
        error = resolve_any(WINSOCK, port, &addresses);
    else
        error = resolve(WINSOCK, args->network_addr, port, INFINITE, NULL, &addresses);
    if (error)
        return error;
    /* A dynamic port that is free for one address may be taken for the next. */
    for (unsigned tries = dynamic ? DYNAMIC_PORT_TRIES : 1; tries; tries--) {
        error = open_sockets(listener, addresses, args->backlog);
        if (error != ERROR_ALREADY_EXISTS)
            break;
    }
    WINSOCK->FreeAddrInfoW(addresses);
    return error;
}

/* ---- the addresses that clients can use ---- */

static bool has_family(const struct tcp_listener *listener, int family)
{
    for (unsigned i = 0; i < listener->count; i++) {
        if (listener->addresses[i].ss_family == family)
            return true;
    }
    return false;
}

static bool is_link_local(const SOCKADDR *address)
{
    const BYTE *bytes = ((const SOCKADDR_IN6 *)address)->sin6_addr.s6_addr;

    return address->sa_family == AF_INET6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/* The machine's addresses, as far as the listener serves their family: `index` counts those on the
 * loopback interface or, if not `loopback`, all others except link-local ones, which are of no use
 * on another machine. */
static bool machine_address(const struct tcp_listener *listener,
                            const IP_ADAPTER_ADDRESSES *adapters, bool loopback, unsigned index,
                            WCHAR *buffer, size_t chars)
{
    for (const IP_ADAPTER_ADDRESSES *a = adapters; a; a = a->Next) {
        if ((a->IfType == IF_TYPE_SOFTWARE_LOOPBACK) != loopback || a->OperStatus != IfOperStatusUp)
            continue;
        for (const IP_ADAPTER_UNICAST_ADDRESS *u = a->FirstUnicastAddress; u; u = u->Next) {
            const SOCKADDR *address = u->Address.lpSockaddr;

            if (has_family(listener, address->sa_family) && !is_link_local(address) && !index--)
                return tcp_address_text(WINSOCK, address, u->Address.iSockaddrLength, buffer,
                                        chars);
        }
    }
    return false;
}

IP_ADAPTER_ADDRESSES *tcp_adapters(void)
{
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    const struct imports_iphlpapi *iphlpapi = imports_iphlpapi();
    IP_ADAPTER_ADDRESSES *adapters = NULL;
    ULONG size = 16384, error = ERROR_BUFFER_OVERFLOW;

    for (int tries = 0; iphlpapi && error == ERROR_BUFFER_OVERFLOW && tries < 4; tries++) {
        rpc_free(adapters);
        adapters = rpc_alloc(size);
        if (!adapters)
            return NULL;
        error = iphlpapi->GetAdaptersAddresses(AF_UNSPEC, flags, NULL, adapters, &size);
    }
    if (!error)
        return adapters;
    rpc_free(adapters);
    return NULL;
}

static bool tcp_address(struct transport_listener *base, unsigned index, WCHAR *buffer,
                        size_t chars)
{
    struct tcp_listener *listener = tcp_listener_of(base);
    IP_ADAPTER_ADDRESSES *adapters;
    bool found;

    if (!listener->any_address)
        return index < listener->count
               && tcp_address_text(WINSOCK, (SOCKADDR *)&listener->addresses[index],
                                   listener->address_lengths[index], buffer, chars);
    adapters = tcp_adapters();
    found = machine_address(listener, adapters, false, index, buffer, chars);
    /* A machine without a network has itself. */
    if (!found && !machine_address(listener, adapters, false, 0, buffer, chars))
        found = machine_address(listener, adapters, true, index, buffer, chars);
    rpc_free(adapters);
    return found;
}

/* ---- a listener ---- */

static const struct listener_ops tcp_listener_ops = {
    .post = tcp_post,
    .take = tcp_take,
    .close = tcp_close,
    .address = tcp_address,
    .destroy = tcp_destroy,
};

static void add_accepts(struct tcp_listener *listener)
{
    for (unsigned i = 0; i < listener->count * ACCEPTS_PER_SOCKET; i++) {
        struct tcp_accept *accept = &listener->accepts[i];

        accept->listening = listener->sockets[i / ACCEPTS_PER_SOCKET];
        accept->family = listener->addresses[i / ACCEPTS_PER_SOCKET].ss_family;
        accept->accepted = INVALID_SOCKET;
        listener->base.accepts[listener->base.accept_count++] = &accept->base;
    }
}

static DWORD listener_open(struct tcp_listener *listener, const struct transport_listen_args *args)
{
    WCHAR port[8];
    DWORD error = open_endpoint(listener, args);

    if (error)
        return error;
    _itow(__builtin_bswap16(*port_of(&listener->addresses[0])), port, 10);
    return listener_init(&listener->base, &tcp_listener_ops, port, args);
}

DWORD tcp_listen(const struct transport *t, const struct transport_listen_args *args,
                 struct transport_listener **result)
{
    DWORD error = ERROR_SUCCESS;
    struct tcp_listener *listener;

    if (!winsock(&error))
        return error;
    listener = rpc_alloc_zero(sizeof(*listener));
    if (!listener)
        return ERROR_NOT_ENOUGH_MEMORY;
    error = listener_open(listener, args);
    if (error) {
        close_sockets(listener);
        rpc_free(listener);
        return error;
    }
    add_accepts(listener);
    *result = &listener->base;
    listener_start(&listener->base);
    return ERROR_SUCCESS;
}
