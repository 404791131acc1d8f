/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a pipe's connection changes to shared memory, and what it leaves: see shared.h. */
#include "platform/memory.h"
#include "platform/ntdll.h"
#include "platform/random.h"
#include "platform/trace.h"
#include "transport/poll.h"

/* Of the layout below, and of what the two ends do with it. */
#define SHARED_VERSION 1
/* Octets under way in one direction: so much is written before a reader must have run. */
#define SHARED_RING (256u << 10)

/* What the two ends tell each other, besides what they send. */
struct shared_header {
    uint32_t version, ring_size, client_pid;
    struct shared_names {
        uint8_t event[SHARED_NAME_LENGTH], doorbell[SHARED_NAME_LENGTH];
    } client, server;
};

/* The memory, as either architecture sees it. Zero at first. */
struct shared_layout {
    struct shared_header header;
    struct ring_shared to_server, to_client;
    uint8_t to_server_data[SHARED_RING], to_client_data[SHARED_RING];
};

/* ---- named objects; the default descriptor lets in the user and the system ---- */

#define OBJECT_PATH_CHARS 64

static void object_path(const uint8_t *name, size_t length, WCHAR path[OBJECT_PATH_CHARS])
{
    static const WCHAR prefix[] = L"Global\\rpcrt4-", digits[] = L"0123456789abcdef";
    WCHAR *to = path + ARRAY_LENGTH(prefix) - 1;

    memcpy(path, prefix, sizeof(prefix));
    for (size_t i = 0; i < length; i++) {
        *to++ = digits[name[i] >> 4];
        *to++ = digits[name[i] & 15];
    }
    *to = 0;
}

HANDLE shared_create_event(uint8_t name[SHARED_NAME_LENGTH])
{
    WCHAR path[OBJECT_PATH_CHARS];

    if (!random_bytes(name, SHARED_NAME_LENGTH))
        return NULL;
    object_path(name, SHARED_NAME_LENGTH, path);
    return CreateEventW(NULL, FALSE, FALSE, path);
}

static HANDLE open_event(const uint8_t name[SHARED_NAME_LENGTH])
{
    WCHAR path[OBJECT_PATH_CHARS];

    object_path(name, SHARED_NAME_LENGTH, path);
    return OpenEventW(EVENT_MODIFY_STATE, FALSE, path);
}

/* ---- an end ---- */

static void watch_done(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct shared *shared = CONTAINER_OF(op, struct shared, watch);
    struct transport_conn *conn = shared->conn;

    shared->watching = false;
    InterlockedExchange(&shared->peer_gone, true);
    shared_end(shared);
    transport_release(conn);
}

/* Nothing arrives through the pipe any more: a read of it ends when the peer does. */
static void watch_pipe(struct shared *shared)
{
    DWORD bytes;

    shared->watch.done = watch_done;
    transport_addref(shared->conn);
    shared->watching = true; /* a reference more, for transport_release() */
    if (shared->conn->ops->recv(shared->conn, &shared->watched, 1, &shared->watch.overlapped, &bytes) !=
        ERROR_IO_PENDING)
        watch_done(&shared->watch, ERROR_SUCCESS, 0);
    else if (shared->conn->closed)
        CancelIoEx(shared->conn->handle, &shared->watch.overlapped);
}

void shared_end(struct shared *shared)
{
    if (shared->own_event)
        SetEvent(shared->own_event);
    shared_progress(shared);
}

static struct shared *shared_create(struct transport_conn *conn)
{
    struct shared *shared = rpc_alloc_zero(sizeof(*shared));

    if (!shared)
        return NULL;
    shared->conn = conn;
    InitializeSRWLock(&shared->lock);
    list_init(&shared->entry);
    return shared;
}

static void close_handle(HANDLE handle)
{
    if (handle)
        CloseHandle(handle);
}

void shared_free(struct shared *shared)
{
    if (!shared)
        return;
    poll_remove(shared);
    close_handle(shared->section);
    close_handle(shared->own_event);
    close_handle(shared->peer_event);
    close_handle(shared->peer_doorbell);
    if (shared->view)
        UnmapViewOfFile(shared->view);
    rpc_free(shared);
}

static bool map(struct shared *shared, bool is_client)
{
    struct shared_layout *layout =
        MapViewOfFile(shared->section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, sizeof(*layout));

    shared->view = layout;
    if (!layout)
        return false;
    ring_init(&shared->out, is_client ? &layout->to_server : &layout->to_client,
              is_client ? layout->to_server_data : layout->to_client_data, SHARED_RING, true);
    ring_init(&shared->in, is_client ? &layout->to_client : &layout->to_server,
              is_client ? layout->to_client_data : layout->to_server_data, SHARED_RING, false);
    return true;
}

/* What the peer can ring this end with, and this end the peer. */
static bool make_names(struct shared *shared, struct shared_names *names)
{
    const uint8_t *doorbell = poll_doorbell();

    shared->own_event = shared_create_event(names->event);
    if (!doorbell || !shared->own_event)
        return false;
    memcpy(names->doorbell, doorbell, SHARED_NAME_LENGTH);
    return true;
}

static bool open_names(struct shared *shared, const struct shared_names *names)
{
    struct shared_names copy = *(const volatile struct shared_names *)names;

    shared->peer_event = open_event(copy.event);
    shared->peer_doorbell = open_event(copy.doorbell);
    return shared->peer_event && shared->peer_doorbell;
}

/* ---- the client ---- */

static bool fill_offer(struct shared *shared)
{
    struct shared_header *header = shared->view;

    header->version = SHARED_VERSION;
    header->ring_size = SHARED_RING;
    header->client_pid = GetCurrentProcessId();
    return make_names(shared, &header->client);
}

/* RPCRT4_SHARED_MEMORY=0 in the environment of the process, when it offers for the first time: not. */
static bool is_switched_off(void)
{
    static enum { UNKNOWN, ON, OFF } state; /* the same whoever finds out */
    WCHAR value[4];

    if (state == UNKNOWN) {
        state = GetEnvironmentVariableW(L"RPCRT4_SHARED_MEMORY", value, ARRAY_LENGTH(value)) == 1 && value[0] == L'0'
                    ? OFF
                    : ON;
    }
    return state == OFF;
}

bool transport_share_offer(struct transport_conn *conn, uint8_t token[TRANSPORT_SHARE_TOKEN])
{
    WCHAR path[OBJECT_PATH_CHARS];
    struct shared *shared;

    if (!conn->ops->can_share || conn->shared || is_switched_off() || !random_bytes(token, TRANSPORT_SHARE_TOKEN))
        return false;
    shared = shared_create(conn);
    if (!shared)
        return false;
    object_path(token, TRANSPORT_SHARE_TOKEN, path);
    shared->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                         sizeof(struct shared_layout), path);
    if (!shared->section || GetLastError() == ERROR_ALREADY_EXISTS || !map(shared, true) || !fill_offer(shared)) {
        shared_free(shared);
        return false;
    }
    conn->offered = shared;
    return true;
}

void transport_share_withdraw(struct transport_conn *conn)
{
    shared_free(conn->offered);
    conn->offered = NULL;
}

/* Both ends, when all is there. */
static bool begin(struct transport_conn *conn, struct shared *shared, const struct conn_io *io)
{
    if (poll_add(shared))
        return false;
    CloseHandle(shared->section); /* and with the last handle its name is gone */
    shared->section = NULL;
    conn->shared = shared;
    conn->io = io;
    watch_pipe(shared);
    return true;
}

bool transport_share_begin(struct transport_conn *conn)
{
    struct shared *shared = conn->offered;

    if (!shared || !open_names(shared, &((struct shared_header *)shared->view)->server) ||
        !begin(conn, shared, &shared_io))
        return false;
    conn->offered = NULL;
    return true;
}

/* ---- the server ---- */

/* Memory that is there, and stays: pages that have only been reserved, or are a file's, which can be
 * cut short, would end this process when they are touched. */
static bool is_plain_memory(HANDLE section)
{
    struct section_basic_information info;

    return !NtQuerySection(section, 0, &info, sizeof(info), NULL) && info.attributes & SEC_COMMIT &&
           !(info.attributes & (SEC_FILE | SEC_RESERVE)) && info.size.QuadPart >= (LONGLONG)sizeof(struct shared_layout);
}

static bool check_offer(struct shared *shared, struct transport_conn *conn)
{
    struct shared_header copy = *(const volatile struct shared_header *)shared->view;
    ULONG pid;

    return copy.version == SHARED_VERSION && copy.ring_size == SHARED_RING && !transport_client_pid(conn, &pid) &&
           copy.client_pid == pid;
}

bool transport_share_accept(struct transport_conn *conn, const uint8_t token[TRANSPORT_SHARE_TOKEN])
{
    WCHAR path[OBJECT_PATH_CHARS];
    struct shared_header *header;
    struct shared *shared;

    if (!conn->ops->can_share || conn->shared || !(shared = shared_create(conn)))
        return false;
    object_path(token, TRANSPORT_SHARE_TOKEN, path);
    shared->section = OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE | SECTION_QUERY, FALSE, path);
    if (shared->section && is_plain_memory(shared->section) && map(shared, false) && check_offer(shared, conn)) {
        header = shared->view;
        if (open_names(shared, &header->client) && make_names(shared, &header->server) && begin(conn, shared, &shared_answer_io))
            return true;
    }
    shared_free(shared);
    return false;
}
