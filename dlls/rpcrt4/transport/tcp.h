/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ncacn_ip_tcp: what its connections (tcp.c) and listeners (tcp_listener.c) share. */
#ifndef RPCRT4_TRANSPORT_TCP_H
#define RPCRT4_TRANSPORT_TCP_H

#include "platform/imports.h"
#include "transport/internal.h"

#include <mswsock.h>

/* Winsock, loaded and started on first use; NULL and *error when it cannot be. */
const struct imports_ws2_32 *winsock(DWORD *error);
/* The same where it has been started for sure: a socket exists. */
#define WINSOCK imports_ws2_32()

/* An overlapped, non-inheritable stream socket; INVALID_SOCKET and *error. */
SOCKET tcp_socket(const struct imports_ws2_32 *ws, int family, DWORD *error);
/* An extension function (AcceptEx, ConnectEx) of the socket's provider. */
DWORD tcp_extension(const struct imports_ws2_32 *ws, SOCKET socket, const GUID *id, void *function);
/* A connection around a connected socket, which belongs to it if this succeeds. `listener` may be
 * NULL. */
DWORD tcp_conn_create(SOCKET socket, struct transport_listener *listener,
                      struct transport_conn **conn);
/* "127.0.0.1", "fe80::1%2": the address without the port. */
bool tcp_address_text(const struct imports_ws2_32 *ws, const SOCKADDR *address, int length,
                      WCHAR *buffer, size_t chars);
/* The machine's network interfaces with their addresses, for rpc_free(); NULL where they are not to
 * be had. */
IP_ADAPTER_ADDRESSES *tcp_adapters(void);
DWORD tcp_listen(const struct transport *t, const struct transport_listen_args *args,
                 struct transport_listener **listener);

#endif
