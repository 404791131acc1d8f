/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transport that costs nothing, in place of transport/'s own (bench_overhead.c): what one end sends is handed to the
 * other end on the same thread, within the send. One connection in each direction of time: the client sends, and finds the
 * answer when it receives. */
#include <stdlib.h>
#include <string.h>
#include "transport/internal.h"
#include "transport/monitor.h"
#include "transport/own_address.h"
#include "transport/poll.h"

#define INBOX_SIZE 65536

/* One end. */
struct end {
    struct transport_conn conn;
    struct end *peer;
    uint8_t inbox[INBOX_SIZE];
    size_t used;
    struct pool_op *op; /* of the outstanding receive, or NULL */
    void *buffer;
    DWORD size;
};

static struct transport_listener the_listener;

static struct end *end_of(struct transport_conn *conn)
{
    return CONTAINER_OF(conn, struct end, conn);
}

static DWORD take(struct end *end, void *buffer, DWORD size)
{
    DWORD bytes = end->used < size ? (DWORD)end->used : size;

    memcpy(buffer, end->inbox, bytes);
    end->used -= bytes;
    memmove(end->inbox, end->inbox + bytes, end->used);
    return bytes;
}

/* ---- what the runtime calls for each call ---- */

DWORD transport_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, struct pool_op *op,
                     DWORD *bytes)
{
    struct end *to = end_of(conn)->peer;
    struct pool_op *receive = to->op;

    *bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        if (bufs[i].length > INBOX_SIZE - to->used)
            return ERROR_INSUFFICIENT_BUFFER;
        memcpy(to->inbox + to->used, bufs[i].data, bufs[i].length);
        to->used += bufs[i].length;
        *bytes += (DWORD)bufs[i].length;
    }
    to->op = NULL;
    if (receive)
        receive->done(receive, ERROR_SUCCESS, take(to, to->buffer, to->size));
    return ERROR_SUCCESS;
}

DWORD transport_recv(struct transport_conn *conn, void *buffer, DWORD size, struct pool_op *op, DWORD *bytes)
{
    struct end *end = end_of(conn);

    if (end->used) {
        *bytes = take(end, buffer, size);
        return ERROR_SUCCESS;
    }
    end->op = op;
    end->buffer = buffer;
    end->size = size;
    return ERROR_IO_PENDING;
}

DWORD transport_recv_wait(struct transport_conn *conn, void *buffer, DWORD size, DWORD timeout_ms, HANDLE cancel,
                          DWORD *bytes)
{
    if (!end_of(conn)->used)
        return ERROR_TIMEOUT; /* nobody else is going to send */
    *bytes = take(end_of(conn), buffer, size);
    return ERROR_SUCCESS;
}

void transport_settle(struct transport_conn *conn)
{
}

bool transport_is_dead(struct transport_conn *conn)
{
    return false;
}

bool transport_sends_dearly(struct transport_conn *conn)
{
    return false;
}

bool transport_must_wake(struct transport_conn *conn)
{
    return false;
}

size_t transport_recv_room(struct transport_conn *conn, bool waiting)
{
    return TRANSPORT_ROOM_LITTLE;
}

bool transport_is_message_mode(struct transport_conn *conn)
{
    return true;
}

/* ---- connecting ---- */

static bool any_endpoint(const WCHAR *endpoint)
{
    return true;
}

static DWORD listen_here(const struct transport *t, const struct transport_listen_args *args,
                         struct transport_listener **listener)
{
    the_listener.callback = args->accept;
    the_listener.arg = args->arg;
    *listener = &the_listener;
    return ERROR_SUCCESS;
}

static DWORD connect_here(const struct transport *t, const struct transport_connect_args *args,
                          struct transport_conn **conn)
{
    struct end *ends = calloc(2, sizeof(*ends));

    if (!ends)
        return ERROR_NOT_ENOUGH_MEMORY;
    ends[0].peer = &ends[1];
    ends[1].peer = &ends[0];
    *conn = &ends[0].conn;
    the_listener.callback(the_listener.arg, &ends[1].conn);
    return ERROR_SUCCESS;
}

static const struct transport_ops ops = { any_endpoint, connect_here, listen_here };
const struct transport tcp_transport = { L"ncacn_ip_tcp", 0x07, TRANSPORT_TYPE_CN, false, &ops };
const struct transport np_transport = { L"ncacn_np", 0x0f, TRANSPORT_TYPE_CN, true, &ops };
const struct transport lrpc_transport = { L"ncalrpc", 0x10, TRANSPORT_TYPE_LPC, true, &ops };

/* ---- what this program has no use for ---- */

void transport_addref(struct transport_conn *conn)
{
}

void transport_release(struct transport_conn *conn)
{
}

void transport_shutdown(struct transport_conn *conn)
{
}

const WCHAR *transport_listener_endpoint(struct transport_listener *listener)
{
    return L"overhead";
}

void transport_listener_close(struct transport_listener *listener)
{
}

bool transport_listener_address(struct transport_listener *listener, unsigned index, WCHAR *buffer, size_t chars)
{
    return false;
}

bool transport_share_offer(struct transport_conn *conn, uint8_t token[TRANSPORT_SHARE_TOKEN])
{
    return false;
}

bool transport_share_accept(struct transport_conn *conn, const uint8_t token[TRANSPORT_SHARE_TOKEN])
{
    return false;
}

bool transport_share_begin(struct transport_conn *conn)
{
    return false;
}

void transport_share_withdraw(struct transport_conn *conn)
{
}

DWORD transport_impersonate(struct transport_conn *conn)
{
    return ERROR_CANNOT_IMPERSONATE;
}

DWORD transport_client_pid(struct transport_conn *conn, ULONG *pid)
{
    return ERROR_NOT_SUPPORTED;
}

bool transport_peer_address(struct transport_conn *conn, WCHAR *buffer, size_t chars)
{
    return false;
}

const char *transport_local_endpoint(struct transport_conn *conn)
{
    return "overhead";
}

void transport_set_keepalive(struct transport_conn *conn, bool on, DWORD interval_ms)
{
}

void poll_block_begin(struct poller *poller)
{
}

void poll_block_end(struct poller *poller)
{
}

bool poll_watch(void)
{
    return false;
}

bool is_own_address(const WCHAR *network_addr)
{
    return true;
}
