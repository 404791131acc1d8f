/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host name look-ups: see resolve.h. One that must end early runs on a worker, and the caller
 * leaves it there. */
#include "transport/resolve.h"
#include "platform/memory.h"
#include "transport/pool.h"

#define PORT_CHARS 6 /* "65535" */

struct lookup {
    struct pool_op op;
    LONG refs; /* the caller's and the worker's */
    const struct imports_ws2_32 *ws;
    HANDLE ended;
    DWORD error;
    ADDRINFOW *addresses;
    WCHAR port[PORT_CHARS];
    WCHAR host[];
};

static DWORD look_up(const struct imports_ws2_32 *ws, const WCHAR *host, const WCHAR *port,
                     int flags, ADDRINFOW **addresses)
{
    ADDRINFOW hints = {.ai_flags = flags,
                       .ai_family = AF_UNSPEC,
                       .ai_socktype = SOCK_STREAM,
                       .ai_protocol = IPPROTO_TCP};

    *addresses = NULL;
    return ws->GetAddrInfoW(host, port, &hints, addresses);
}

static void lookup_release(struct lookup *lookup)
{
    if (InterlockedDecrement(&lookup->refs))
        return;
    if (lookup->addresses)
        lookup->ws->FreeAddrInfoW(lookup->addresses);
    if (lookup->ended)
        CloseHandle(lookup->ended);
    rpc_free(lookup);
}

static void lookup_run(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct lookup *lookup = CONTAINER_OF(op, struct lookup, op);

    pool_block_begin();
    lookup->error =
        look_up(lookup->ws, lookup->host, lookup->port, AI_NUMERICSERV, &lookup->addresses);
    pool_block_end();
    SetEvent(lookup->ended);
    lookup_release(lookup);
}

static struct lookup *lookup_start(const struct imports_ws2_32 *ws, const WCHAR *host,
                                   const WCHAR *port)
{
    size_t host_size = (wcslen(host) + 1) * sizeof(*host);
    struct lookup *lookup = rpc_alloc_zero(sizeof(*lookup) + host_size);

    if (!lookup)
        return NULL;
    lookup->refs = 2;
    lookup->ws = ws;
    lookup->op.done = lookup_run;
    memcpy(lookup->host, host, host_size);
    lstrcpynW(lookup->port, port, PORT_CHARS);
    lookup->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (lookup->ended && pool_queue(&lookup->op) == ERROR_SUCCESS)
        return lookup;
    lookup->refs = 1;
    lookup_release(lookup);
    return NULL;
}

static DWORD look_up_until(const struct imports_ws2_32 *ws, const WCHAR *host, const WCHAR *port,
                           DWORD timeout_ms, HANDLE cancel, ADDRINFOW **addresses)
{
    struct lookup *lookup = lookup_start(ws, host, port);
    HANDLE handles[2];
    DWORD error;

    if (!lookup)
        return ERROR_NOT_ENOUGH_MEMORY;
    handles[0] = lookup->ended;
    handles[1] = cancel;
    switch (WaitForMultipleObjects(cancel ? 2 : 1, handles, FALSE, timeout_ms)) {
    case WAIT_OBJECT_0:
        error = lookup->error;
        *addresses = lookup->addresses;
        lookup->addresses = NULL;
        break;
    case WAIT_OBJECT_0 + 1:
        error = ERROR_CANCELLED;
        break;
    case WAIT_TIMEOUT:
        error = ERROR_TIMEOUT;
        break;
    default:
        error = GetLastError();
        break;
    }
    lookup_release(lookup);
    return error;
}

DWORD resolve(const struct imports_ws2_32 *ws, const WCHAR *host, const WCHAR *port,
              DWORD timeout_ms, HANDLE cancel, ADDRINFOW **addresses)
{
    if (look_up(ws, host, port, AI_NUMERICHOST | AI_NUMERICSERV, addresses) == ERROR_SUCCESS)
        return ERROR_SUCCESS;
    if (timeout_ms == INFINITE && !cancel)
        return look_up(ws, host, port, AI_NUMERICSERV, addresses);
    return look_up_until(ws, host, port, timeout_ms, cancel, addresses);
}

DWORD resolve_any(const struct imports_ws2_32 *ws, const WCHAR *port, ADDRINFOW **addresses)
{
    return look_up(ws, NULL, port, AI_PASSIVE | AI_NUMERICSERV, addresses);
}
