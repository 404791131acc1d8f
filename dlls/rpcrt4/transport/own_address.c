/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's own addresses: see own_address.h. */
#include "transport/own_address.h"
#include "platform/memory.h"
#include "transport/pipe.h"
#include "transport/tcp.h"

static bool is_loopback(const SOCKADDR *address)
{
    static const IN6_ADDR loopback = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};

    if (address->sa_family == AF_INET)
        return ((const SOCKADDR_IN *)address)->sin_addr.S_un.S_un_b.s_b1 == 127;
    return address->sa_family == AF_INET6 &&
           !memcmp(&((const SOCKADDR_IN6 *)address)->sin6_addr, &loopback, sizeof(loopback));
}

static bool is_same_host(const SOCKADDR *a, const SOCKADDR *b)
{
    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return !memcmp(&((const SOCKADDR_IN *)a)->sin_addr, &((const SOCKADDR_IN *)b)->sin_addr,
                       sizeof(IN_ADDR));
    return a->sa_family == AF_INET6 &&
           !memcmp(&((const SOCKADDR_IN6 *)a)->sin6_addr, &((const SOCKADDR_IN6 *)b)->sin6_addr,
                   sizeof(IN6_ADDR));
}

static bool is_adapters_address(const SOCKADDR *address)
{
    IP_ADAPTER_ADDRESSES *adapters = tcp_adapters();
    bool found = false;

    for (const IP_ADAPTER_ADDRESSES *a = adapters; a; a = a->Next) {
        for (const IP_ADAPTER_UNICAST_ADDRESS *u = a->FirstUnicastAddress; u; u = u->Next)
            found = found || is_same_host(u->Address.lpSockaddr, address);
    }
    rpc_free(adapters);
    return found;
}

bool is_own_address(const WCHAR *network_addr)
{
    const ADDRINFOW hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    const struct imports_ws2_32 *ws;
    ADDRINFOW *literal;
    DWORD error;
    bool own;

    if (pipe_address_is_local(network_addr))
        return true;
    if (!(ws = winsock(&error)) || ws->GetAddrInfoW(network_addr, NULL, &hints, &literal))
        return false;
    own = is_loopback(literal->ai_addr) || is_adapters_address(literal->ai_addr);
    ws->FreeAddrInfoW(literal);
    return own;
}
