/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ncacn_np and ncalrpc: connecting, and connections. See pipe.h. */
#include "transport/pipe.h"
#include "platform/imports.h"
#include "platform/memory.h"

/* How long a client waits for a free instance of a pipe, if its caller sets no time-out. */
#define CONNECT_TIMEOUT_MS 10000
/* WaitNamedPipeW cannot be cancelled: so long is the cancel event not looked at. */
#define BUSY_WAIT_MS 20

/* ---- a connection ---- */

struct pipe_conn {
    struct transport_conn base;
    void *message; /* where the parts of a message are put together */
    size_t message_size;
};

static DWORD pipe_recv(struct transport_conn *conn, void *buffer, DWORD size,
                       OVERLAPPED *overlapped, DWORD *bytes)
{
    return ReadFile(conn->handle, buffer, size, bytes, overlapped) ? ERROR_SUCCESS : GetLastError();
}

static void *gather(struct pipe_conn *pipe, const struct transport_buf *bufs, unsigned count,
                    size_t total)
{
    char *to;

    if (total > pipe->message_size) {
        rpc_free(pipe->message);
        pipe->message = rpc_alloc(total);
        pipe->message_size = pipe->message ? total : 0;
    }
    to = pipe->message;
    for (unsigned i = 0; to && i < count; i++) {
        memcpy(to, bufs[i].data, bufs[i].length);
        to += bufs[i].length;
    }
    return pipe->message;
}

/* A message is written as a whole: `offset` is 0. */
static DWORD pipe_send(struct transport_conn *conn, const struct transport_buf *bufs,
                       unsigned count, size_t offset, OVERLAPPED *overlapped, DWORD *bytes)
{
    struct pipe_conn *pipe = CONTAINER_OF(conn, struct pipe_conn, base);
    size_t total = conn->send.total;
    const char *message = bufs[0].data;

    if (count > 1)
        message = gather(pipe, bufs, count, total);
    if (!message)
        return ERROR_NOT_ENOUGH_MEMORY;
    return WriteFile(conn->handle, message, (DWORD)total, bytes, overlapped) ? ERROR_SUCCESS : GetLastError();
}

static bool pipe_is_dead(struct transport_conn *conn)
{
    return !PeekNamedPipe(conn->handle, NULL, 0, NULL, NULL, NULL);
}

static DWORD pipe_impersonate(struct transport_conn *conn)
{
    const struct imports_advapi32 *advapi32 = conn->listener ? imports_advapi32() : NULL;

    if (!advapi32)
        return ERROR_CANNOT_IMPERSONATE;
    return advapi32->ImpersonateNamedPipeClient(conn->handle) ? ERROR_SUCCESS : GetLastError();
}

static DWORD pipe_client_pid(struct transport_conn *conn, ULONG *pid)
{
    if (!conn->listener)
        return ERROR_NOT_SUPPORTED;
    return GetNamedPipeClientProcessId(conn->handle, pid) ? ERROR_SUCCESS : GetLastError();
}

static bool pipe_peer_address(struct transport_conn *conn, WCHAR *buffer, size_t chars)
{
    return pipe_machine_name(buffer, chars);
}

static void pipe_destroy(struct transport_conn *conn)
{
    struct pipe_conn *pipe = CONTAINER_OF(conn, struct pipe_conn, base);

    CloseHandle(conn->handle);
    rpc_free(pipe->message);
    rpc_free(pipe);
}

static const struct conn_ops pipe_conn_ops = {
    .message_mode = true,
    .can_share = true,
    .recv = pipe_recv,
    .send = pipe_send,
    .is_dead = pipe_is_dead,
    .impersonate = pipe_impersonate,
    .client_pid = pipe_client_pid,
    .peer_address = pipe_peer_address,
    .destroy = pipe_destroy,
};

DWORD pipe_conn_create(HANDLE handle, struct transport_listener *listener,
                       struct transport_conn **conn)
{
    struct pipe_conn *pipe = rpc_alloc_zero(sizeof(*pipe));

    if (!pipe)
        return ERROR_NOT_ENOUGH_MEMORY;
    conn_init(&pipe->base, &pipe_conn_ops, handle, listener);
    *conn = &pipe->base;
    return ERROR_SUCCESS;
}

/* ---- connecting ---- */

/* Opens the pipe, and waits while all of its instances are busy. */
static DWORD open_pipe(const WCHAR *path, DWORD flags, uint64_t deadline, HANDLE cancel,
                       HANDLE *pipe)
{
    DWORD error, left;

    for (;;) {
        *pipe =
            CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, flags, NULL);
        if (*pipe != INVALID_HANDLE_VALUE)
            return ERROR_SUCCESS;
        error = GetLastError();
        left = deadline_left(deadline);
        if (error != ERROR_PIPE_BUSY || !left)
            return error;
        if (cancel && WaitForSingleObject(cancel, 0) == WAIT_OBJECT_0)
            return ERROR_CANCELLED;
        if (!WaitNamedPipeW(path, min(left, BUSY_WAIT_MS)) && GetLastError() != ERROR_SEM_TIMEOUT)
            return GetLastError();
    }
}

static DWORD pipe_connect(const struct transport *t, const struct transport_connect_args *args,
                          struct transport_conn **conn)
{
    uint64_t deadline =
        deadline_after(args->timeout_ms == INFINITE ? CONNECT_TIMEOUT_MS : args->timeout_ms);
    WCHAR path[PIPE_PATH_CHARS];
    HANDLE pipe;
    DWORD error, flags;

    if (!pipe_address_is_local(args->network_addr))
        return ERROR_BAD_NETPATH;
    error = pipe_security_flags(args->network_options, &flags);
    if (error)
        return error;
    pipe_path(t, args->endpoint, path);
    error = open_pipe(path, flags | FILE_FLAG_OVERLAPPED, deadline, args->cancel, &pipe);
    if (error)
        return error;
    error = pool_attach(pipe);
    if (!error)
        error = pipe_conn_create(pipe, NULL, conn);
    if (error)
        CloseHandle(pipe);
    return error;
}

static const struct transport_ops np_ops = {
    .endpoint_is_valid = np_endpoint_is_valid,
    .connect = pipe_connect,
    .listen = pipe_listen,
};

static const struct transport_ops lrpc_ops = {
    .endpoint_is_valid = lrpc_endpoint_is_valid,
    .connect = pipe_connect,
    .listen = pipe_listen,
};

const struct transport np_transport = {
    .protseq = L"ncacn_np",
    .tower_id = 0x0f,
    .type = TRANSPORT_TYPE_CN,
    .is_local = true,
    .ops = &np_ops,
};

const struct transport lrpc_transport = {
    .protseq = L"ncalrpc",
    .tower_id = 0x10,
    .type = TRANSPORT_TYPE_LPC,
    .is_local = true,
    .ops = &lrpc_ops,
};
