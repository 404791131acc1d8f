/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ncacn_np and ncalrpc: what their names (pipe_name.c), connections (pipe.c) and listeners
 * (pipe_listener.c) share.
 *
 * ncalrpc is a named pipe in its own folder, \\.\pipe\lrpc\ENDPOINT, that carries
 * connection-oriented PDUs, as in Wine's built-in DLL; ncacn_np is the pipe itself, of this machine
 * only (there is no SMB redirector). Pipes are of the message type, because Wine's peers read in
 * message mode and expect a PDU in each message; we read bytes, so that one receive takes all PDUs
 * that are there and message boundaries do not matter. */
#ifndef RPCRT4_TRANSPORT_PIPE_H
#define RPCRT4_TRANSPORT_PIPE_H

#include "transport/internal.h"

#define PIPE_PATH_CHARS 300

bool np_endpoint_is_valid(const WCHAR *endpoint);
bool lrpc_endpoint_is_valid(const WCHAR *endpoint);
/* The path for CreateNamedPipeW and CreateFileW of a valid endpoint. */
void pipe_path(const struct transport *t, const WCHAR *endpoint, WCHAR path[PIPE_PATH_CHARS]);
/* Makes up an endpoint, of at most 63 characters. */
void pipe_dynamic_endpoint(const struct transport *t, WCHAR endpoint[64]);
/* Is this network address of a binding this machine? */
bool pipe_address_is_local(const WCHAR *network_addr);
/* The SECURITY_… flags for CreateFileW that network options ask for. ERROR_BAD_ARGUMENTS where they
 * are malformed. */
DWORD pipe_security_flags(const WCHAR *network_options, DWORD *flags);

/* A connection around a connected pipe that is attached to the pool; it belongs to the connection
 * if this succeeds. `listener` is NULL for the client's end. */
DWORD pipe_conn_create(HANDLE pipe, struct transport_listener *listener,
                       struct transport_conn **conn);
bool pipe_machine_name(WCHAR *buffer, size_t chars);
DWORD pipe_listen(const struct transport *t, const struct transport_listen_args *args,
                  struct transport_listener **listener);

#endif
