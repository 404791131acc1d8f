/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ncacn_np and ncalrpc: listening. A few instances of the pipe wait for clients at all times, so
 * that a burst of them finds it free; each becomes a connection, and another one takes its
 * place. */
#include "platform/memory.h"
#include "platform/ntdll.h"
#include "platform/trace.h"
#include "transport/pipe.h"

#define INSTANCES 4 /* that wait */
#define BUSY_CLIENT_MS 5000 /* how long a client that asks for the default waits for one (WaitNamedPipe) */
#define DYNAMIC_ENDPOINT_TRIES 16
/* What can be written before the other end reads. */
#define BUFFER_SIZE 65536

struct pipe_accept {
    struct accept base;
    HANDLE pipe; /* NULL while there is none; guarded by the listener's lock */
    bool used; /* it has waited once: if that failed, it is of no more use */
};

struct pipe_listener {
    struct transport_listener base;
    WCHAR path[PIPE_PATH_CHARS];
    SECURITY_DESCRIPTOR *descriptor; /* a self-relative copy, or NULL */
    struct pipe_accept accepts[INSTANCES];
};

static inline struct pipe_listener *pipe_listener_of(struct transport_listener *listener)
{
    return CONTAINER_OF(listener, struct pipe_listener, base);
}

/* ---- instances ---- */

/* Asked before an instance is made, which one of the other server's clients could connect to. */
static bool is_taken(const WCHAR *path)
{
    return WaitNamedPipeW(path, 1) || GetLastError() == ERROR_SEM_TIMEOUT;
}

/* Wine 8 lets FILE_FLAG_FIRST_PIPE_INSTANCE pass when there are other instances: count them. */
static bool is_only_instance(HANDLE pipe)
{
    DWORD instances;

    return !GetNamedPipeHandleStateW(pipe, NULL, &instances, NULL, NULL, NULL, 0) || instances <= 1;
}

static DWORD create_instance(struct pipe_listener *listener, bool first, HANDLE *result)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), listener->descriptor, FALSE};
    DWORD open_mode =
        PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0);
    HANDLE pipe =
        CreateNamedPipeW(listener->path, open_mode,
                         PIPE_TYPE_MESSAGE | PIPE_READMODE_BYTE | PIPE_WAIT,
                         PIPE_UNLIMITED_INSTANCES, BUFFER_SIZE, BUFFER_SIZE, BUSY_CLIENT_MS,
                         &attributes);
    DWORD error;

    if (pipe == INVALID_HANDLE_VALUE) {
        error = GetLastError();
        /* CreateNamedPipeW: ERROR_ACCESS_DENIED is what a second first instance gets. */
        return first && (error == ERROR_ACCESS_DENIED || error == ERROR_PIPE_BUSY)
                   ? ERROR_ALREADY_EXISTS
                   : error;
    }
    error = first && !is_only_instance(pipe) ? ERROR_ALREADY_EXISTS : pool_attach(pipe);
    if (error)
        CloseHandle(pipe);
    else
        *result = pipe;
    return error;
}

/* ---- accepting ---- */

static void discard(struct pipe_accept *accept)
{
    if (!accept->pipe)
        return;
    CancelIoEx(accept->pipe, NULL);
    CloseHandle(accept->pipe);
    accept->pipe = NULL;
}

static DWORD pipe_post(struct accept *base)
{
    struct pipe_accept *accept = CONTAINER_OF(base, struct pipe_accept, base);
    DWORD error;

    if (accept->used)
        discard(accept);
    accept->used = false;
    if (!accept->pipe) {
        error = create_instance(pipe_listener_of(base->listener), false, &accept->pipe);
        if (error)
            return error;
    }
    accept->used = true;
    memset(&base->op.overlapped, 0, sizeof(base->op.overlapped));
    if (ConnectNamedPipe(accept->pipe, &base->op.overlapped))
        return ERROR_SUCCESS;
    error = GetLastError();
    /* A client has been quicker, and may even have gone again (its connection will report that). */
    return error == ERROR_PIPE_CONNECTED || error == ERROR_NO_DATA ? ERROR_SUCCESS : error;
}

static struct transport_conn *pipe_take(struct accept *base)
{
    struct pipe_accept *accept = CONTAINER_OF(base, struct pipe_accept, base);
    struct transport_conn *conn = NULL;

    AcquireSRWLockExclusive(&base->listener->lock);
    if (accept->pipe && pipe_conn_create(accept->pipe, base->listener, &conn) == ERROR_SUCCESS)
        accept->pipe = NULL;
    ReleaseSRWLockExclusive(&base->listener->lock);
    return conn;
}

/* ---- a listener ---- */

static void pipe_close(struct transport_listener *base)
{
    for (unsigned i = 0; i < base->accept_count; i++)
        discard(CONTAINER_OF(base->accepts[i], struct pipe_accept, base));
}

static void pipe_destroy(struct transport_listener *base)
{
    struct pipe_listener *listener = pipe_listener_of(base);

    rpc_free(listener->descriptor);
    rpc_free(listener);
}

static bool pipe_address(struct transport_listener *base, unsigned index, WCHAR *buffer,
                         size_t chars)
{
    return index == 0 && pipe_machine_name(buffer, chars);
}

static const struct listener_ops pipe_listener_ops = {
    .post = pipe_post,
    .take = pipe_take,
    .close = pipe_close,
    .address = pipe_address,
    .destroy = pipe_destroy,
};

static DWORD copy_descriptor(SECURITY_DESCRIPTOR *from, SECURITY_DESCRIPTOR **copy)
{
    ULONG length;

    *copy = NULL;
    if (!from)
        return ERROR_SUCCESS;
    length = RtlLengthSecurityDescriptor(from);
    *copy = rpc_alloc(length);
    if (!*copy)
        return ERROR_NOT_ENOUGH_MEMORY;
    return RtlMakeSelfRelativeSD(from, *copy, &length) < 0 ? ERROR_INVALID_SECURITY_DESCR
                                                           : ERROR_SUCCESS;
}

/* Creates the first instance; where the endpoint is dynamic, makes one up and stores it in
 * `endpoint`. */
static DWORD open_endpoint(const struct transport *t, struct pipe_listener *listener,
                           const WCHAR *wanted, WCHAR endpoint[64])
{
    DWORD error = ERROR_ALREADY_EXISTS;

    for (unsigned tries = wanted ? 1 : DYNAMIC_ENDPOINT_TRIES;
         tries && error == ERROR_ALREADY_EXISTS; tries--) {
        if (!wanted)
            pipe_dynamic_endpoint(t, endpoint);
        pipe_path(t, wanted ? wanted : endpoint, listener->path);
        error = is_taken(listener->path)
                    ? ERROR_ALREADY_EXISTS
                    : create_instance(listener, true, &listener->accepts[0].pipe);
    }
    return error;
}

static DWORD listener_open(const struct transport *t, struct pipe_listener *listener,
                           const struct transport_listen_args *args)
{
    WCHAR dynamic[64];
    DWORD error;

    if (args->endpoint && !transport_endpoint_is_valid(t, args->endpoint))
        return ERROR_INVALID_PARAMETER;
    error = copy_descriptor(args->descriptor, &listener->descriptor);
    if (error)
        return error;
    error = open_endpoint(t, listener, args->endpoint, dynamic);
    if (error)
        return error;
    return listener_init(&listener->base, &pipe_listener_ops,
                         args->endpoint ? args->endpoint : dynamic, args);
}

DWORD pipe_listen(const struct transport *t, const struct transport_listen_args *args,
                  struct transport_listener **result)
{
    struct pipe_listener *listener = rpc_alloc_zero(sizeof(*listener));
    DWORD error;

    if (!listener)
        return ERROR_NOT_ENOUGH_MEMORY;
    error = listener_open(t, listener, args);
    if (error) {
        discard(&listener->accepts[0]);
        pipe_destroy(&listener->base);
        return error;
    }
    for (unsigned i = 0; i < INSTANCES; i++)
        listener->base.accepts[listener->base.accept_count++] = &listener->accepts[i].base;
    *result = &listener->base;
    listener_start(&listener->base);
    return ERROR_SUCCESS;
}
