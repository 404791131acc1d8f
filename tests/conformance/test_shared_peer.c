/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile peers of a local connection that goes on through shared memory (transport/shared.h): a client
 * played by hand, with the transport linked into this program, offers memory of every wrong kind,
 * scribbles over what both write, rings for nothing or not at all, and dies. That costs its own
 * connection, if anything; the server goes on serving others. */
#include "platform/thread.h"
#include "transport/shared.h"
#include "wire/pdu.h"
#include "wire/share.h"
#include "async_client.h"
#include "async_server.h"
#include "fake_server.h"

#define SHARE_CONTEXT 1
#define RAW_SYNC_ADD 10
#define VIEW_SIZE (512u << 10) /* less than all of the memory */

/* ---- a client ---- */

struct peer {
    struct transport_conn *conn;
    uint8_t token[TRANSPORT_SHARE_TOKEN];
};

static struct peer peer_open(const struct rpc_target *target)
{
    const struct transport_connect_args args = {.endpoint = target->endpoint, .timeout_ms = WAIT_MS};
    struct peer peer = {NULL};

    assert_int_equal(transport_connect(transport_find(target->protseq), &args, &peer.conn), ERROR_SUCCESS);
    assert_true(transport_share_offer(peer.conn, peer.token));
    return peer;
}

static void peer_close(struct peer *peer)
{
    transport_shutdown(peer->conn);
    transport_release(peer->conn);
}

struct sending {
    struct pool_op op;
    HANDLE ended;
    DWORD error;
};

static void send_ended(struct pool_op *op, DWORD error, DWORD bytes)
{
    struct sending *sending = (struct sending *)op;

    sending->error = error;
    SetEvent(sending->ended);
}

static DWORD peer_send(struct peer *peer, const void *data, size_t length)
{
    struct sending sending = {.op.done = send_ended, .ended = CreateEventW(NULL, TRUE, FALSE, NULL)};
    struct transport_buf buf = {data, length};
    DWORD bytes, error = transport_send(peer->conn, &buf, 1, &sending.op, &bytes);

    if (error == ERROR_IO_PENDING) {
        assert_int_equal(WaitForSingleObject(sending.ended, WAIT_MS), WAIT_OBJECT_0);
        error = sending.error;
    }
    CloseHandle(sending.ended);
    return error;
}

/* A PDU of less than 4 KiB; its length, 0 at the end. */
static unsigned peer_recv(struct peer *peer, uint8_t *pdu)
{
    unsigned length = 0;
    DWORD bytes, error;

    do {
        error = transport_recv_wait(peer->conn, pdu + length, 4096 - length, WAIT_MS, NULL, &bytes);
        assert_int_not_equal(error, ERROR_TIMEOUT);
        if (error || !bytes)
            return 0;
        length += bytes;
    } while (length < 16 || length < (pdu[8] | (unsigned)pdu[9] << 8));
    return length;
}

/* Binds, or alters the context, with the offer under that token. Has the server accepted it? */
static bool peer_offer(struct peer *peer, enum pdu_type type, const uint8_t token[TRANSPORT_SHARE_TOKEN])
{
    const RPC_CLIENT_INTERFACE *spec = async_test_v1_0_c_ifspec;
    struct wire_syntax abstract, share = share_syntax(token);
    struct pdu_context_offer offers[2] = {{0, .transfers = &wire_syntax_ndr20, .transfer_count = 1},
                                          {SHARE_CONTEXT, .transfers = &share, .transfer_count = 1}};
    struct pdu_bind_args args = {5840, 5840, 0, offers, 2};
    uint8_t pdu[4096];
    unsigned length;

    memcpy(&abstract, &spec->InterfaceId, sizeof(abstract));
    offers[0].abstract = offers[1].abstract = abstract;
    length = pdu_build_bind(pdu, sizeof(pdu), type, PFC_CONC_MPX, 1, &args, NULL);
    assert_int_equal(peer_send(peer, pdu, length), ERROR_SUCCESS);
    length = peer_recv(peer, pdu);
    assert_true(length > 48);
    assert_int_equal(pdu[2], type == PDU_BIND ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP);
    /* the second of the two results, which come last: 0 is acceptance */
    return !pdu[length - 24] && !pdu[length - 23];
}

static bool peer_bind(struct peer *peer, const uint8_t token[TRANSPORT_SHARE_TOKEN])
{
    return peer_offer(peer, PDU_BIND, token);
}

/* A connection that has changed to shared memory. */
static struct peer peer_share(const struct rpc_target *target)
{
    struct peer peer = peer_open(target);

    assert_true(peer_bind(&peer, peer.token));
    assert_true(transport_share_begin(peer.conn));
    return peer;
}

static unsigned build_add(uint8_t *pdu, LONG a, LONG b)
{
    uint8_t body[16] = {8, 0, 0, 0, 0, 0, RAW_SYNC_ADD, 0};

    memcpy(body + 8, &a, 4);
    memcpy(body + 12, &b, 4);
    return fake_build(pdu, FAKE_REQUEST, FAKE_FIRST | FAKE_LAST, 5, 0x10, body, sizeof(body));
}

static void assert_adds(struct peer *peer)
{
    uint8_t pdu[4096];
    LONG sum = 42;

    assert_int_equal(peer_send(peer, pdu, build_add(pdu, 40, 2)), ERROR_SUCCESS);
    assert_int_equal(peer_recv(peer, pdu), 28);
    assert_memory_equal(pdu + 24, &sum, 4);
}

/* ---- what the server is to be like afterwards ---- */

static void assert_serves(const struct rpc_target *target)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);

    for (LONG i = 0; i < 5; i++)
        assert_int_equal(steer_add(binding, i, 3), i + 3);
    rpc_fixture_unbind(&binding);
}

/* The server has ended the connection. */
static void assert_ended(struct peer *peer)
{
    uint8_t pdu[4096];

    while (peer_recv(peer, pdu))
        ;
}

static const struct rpc_target *local_target(void **state)
{
    const struct rpc_target *target = rpc_fixture_target(state);

    return wcscmp(target->protseq, L"ncacn_ip_tcp") ? target : NULL;
}

/* ---- offers ---- */

static void test_accepted(void **state)
{
    const struct rpc_target *target = local_target(state);
    struct peer peer;

    if (!target)
        return;
    peer = peer_share(target);
    for (int i = 0; i < 10; i++)
        assert_adds(&peer);
    peer_close(&peer);
}

/* What is in the memory is not what it must be: the offer is refused, and the pipe goes on. */
static void test_wrong_header(void **state)
{
    static const struct {
        unsigned offset, length;
    } wrong[] = {{0, 4}, {4, 4}, {8, 4}, {12, 16}, {28, 16}}; /* version, size, process, event, doorbell */
    const struct rpc_target *target = local_target(state);

    for (unsigned i = 0; target && i < ARRAYSIZE(wrong); i++) {
        struct peer peer = peer_open(target);

        for (unsigned n = 0; n < wrong[i].length; n++)
            ((uint8_t *)peer.conn->offered->view)[wrong[i].offset + n] ^= 0xa5;
        assert_false(peer_bind(&peer, peer.token));
        transport_share_withdraw(peer.conn);
        assert_adds(&peer);
        peer_close(&peer);
    }
}

/* A name that nothing has. */
static void test_unknown_token(void **state)
{
    const struct rpc_target *target = local_target(state);
    uint8_t token[TRANSPORT_SHARE_TOKEN] = "no such name";
    struct peer peer;

    if (!target)
        return;
    peer = peer_open(target);
    assert_false(peer_bind(&peer, token));
    transport_share_withdraw(peer.conn);
    assert_adds(&peer);
    peer_close(&peer);
}

/* Memory that would do, but offered where calls are already under way. */
static void test_too_late(void **state)
{
    const struct rpc_target *target = local_target(state);
    uint8_t token[TRANSPORT_SHARE_TOKEN] = "no such name";
    struct peer peer;

    if (!target)
        return;
    peer = peer_open(target);
    assert_false(peer_bind(&peer, token));
    assert_adds(&peer);
    assert_false(peer_offer(&peer, PDU_ALTER_CONTEXT, peer.token));
    transport_share_withdraw(peer.conn);
    assert_adds(&peer);
    peer_close(&peer);
}

/* Offers a section of the caller's, which begins like a good one. */
static void offer_section(const struct rpc_target *target, HANDLE file, DWORD flags, DWORD size)
{
    uint8_t token[TRANSPORT_SHARE_TOKEN] = "shared-peer";
    struct peer peer = peer_open(target);
    WCHAR name[64] = L"Global\\rpcrt4-", *to = name + wcslen(name);
    HANDLE section;
    void *view;

    for (unsigned i = 0; i < sizeof(token); i++, to += 2)
        _snwprintf(to, 3, L"%02x", token[i]);
    section = CreateFileMappingW(file, NULL, PAGE_READWRITE | flags, 0, size, name);
    assert_non_null(section);
    view = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
    assert_non_null(view);
    if (flags & SEC_RESERVE)
        assert_non_null(VirtualAlloc(view, 4096, MEM_COMMIT, PAGE_READWRITE));
    memcpy(view, peer.conn->offered->view, 128);
    assert_false(peer_bind(&peer, token));
    transport_share_withdraw(peer.conn);
    assert_adds(&peer);
    peer_close(&peer);
    UnmapViewOfFile(view);
    CloseHandle(section);
}

/* Memory that is too short, whose pages are not there, or that a file can take away. */
static void test_wrong_memory(void **state)
{
    const struct rpc_target *target = local_target(state);
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    HANDLE file;

    if (!target)
        return;
    offer_section(target, INVALID_HANDLE_VALUE, SEC_COMMIT, 4096);
    offer_section(target, INVALID_HANDLE_VALUE, SEC_RESERVE, 1 << 20);
    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"rpc", 0, path);
    file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    offer_section(target, file, SEC_COMMIT, 1 << 20);
    CloseHandle(file);
    assert_serves(target);
}

/* ---- scribbling ---- */

enum attack {
    TAIL_AHEAD,      /* by more than there is room for */
    TAIL_FAR_AHEAD,
    TAIL_BACK,
    TAIL_OVER_ZEROS, /* as if something had been written */
    HEAD_AHEAD,      /* more has been read than was written */
    HEAD_BACK,
    ATTACKS
};

static void attack_with(struct peer *peer, enum attack attack)
{
    struct shared *shared = peer->conn->shared;
    volatile uint32_t *tail = &shared->out.shared->tail, *head = &shared->in.shared->head;
    uint8_t pdu[64];
    unsigned length = build_add(pdu, 1, 2);

    switch (attack) {
    case TAIL_AHEAD:
        *tail = shared->out.position + shared->out.size + 1;
        break;
    case TAIL_FAR_AHEAD:
        *tail = shared->out.position + 0x80000000u;
        break;
    case TAIL_BACK:
        *tail = shared->out.position - 1;
        break;
    case TAIL_OVER_ZEROS:
        *tail = shared->out.position + 1000;
        break;
    case HEAD_AHEAD:
        *head = shared->in.position + 1;
        peer_send(peer, pdu, length); /* the answer meets it */
        break;
    default:
        *head = shared->in.position - shared->in.size - 1;
        peer_send(peer, pdu, length);
        break;
    }
    SetEvent(shared->peer_doorbell);
}

static void test_impossible_positions(void **state)
{
    const struct rpc_target *target = local_target(state);

    for (enum attack attack = 0; target && attack < ATTACKS; attack++) {
        struct peer peer = peer_share(target);

        assert_adds(&peer);
        attack_with(&peer, attack);
        assert_ended(&peer);
        assert_serves(target);
        peer_close(&peer);
    }
}

/* All that is shared changes all the time, while the server uses it. */
static void test_scribbling(void **state)
{
    const struct rpc_target *target = local_target(state);
    uint32_t random = 4711;

    for (unsigned round = 0; target && round < 10; round++) {
        struct peer peer = peer_share(target);
        struct shared *shared = peer.conn->shared;
        uint32_t *words = shared->view;

        for (unsigned i = 0; i < 20000; i++) {
            random = random * 1664525 + 1013904223;
            /* mostly what comes first: names, positions, and how the ends rest */
            words[(random >> 8) % (i % 4 ? 100 : VIEW_SIZE / 4)] = random ^ random >> 16;
            if (i % 500 == 0)
                SetEvent(shared->peer_doorbell);
        }
        assert_serves(target);
        peer_close(&peer);
    }
}

/* Requests of which only a part ever comes, and rubbish. */
static void test_broken_requests(void **state)
{
    const struct rpc_target *target = local_target(state);
    uint8_t pdu[64], rubbish[256];
    struct peer peer;

    if (!target)
        return;
    peer = peer_share(target);
    peer_send(&peer, pdu, build_add(pdu, 1, 2) - 1);
    assert_serves(target);
    peer_close(&peer);
    peer = peer_share(target);
    memset(rubbish, 0xee, sizeof(rubbish));
    peer_send(&peer, rubbish, sizeof(rubbish));
    assert_ended(&peer);
    assert_serves(target);
    peer_close(&peer);
}

/* ---- fragments that the server receives straight into their place ---- */

#define LARGE_STUB 60000 /* of each fragment */

/* A fragment of a request to add; what follows the two numbers is not looked at. */
static unsigned build_large(uint8_t *pdu, unsigned flags, uint32_t call_id, unsigned length)
{
    static uint8_t body[8 + LARGE_STUB];
    LONG numbers[] = {40, 2};

    memset(body, 0, sizeof(body));
    memset(body, 0xff, 4); /* alloc_hint: nothing to rely on */
    body[6] = RAW_SYNC_ADD;
    if (flags & FAKE_FIRST)
        memcpy(body + 8, numbers, sizeof(numbers));
    return fake_build(pdu, FAKE_REQUEST, flags, call_id, 0x10, body, 8 + length);
}

static void assert_answered(struct peer *peer)
{
    uint8_t pdu[4096];
    LONG sum = 42;

    assert_int_equal(peer_recv(peer, pdu), 28);
    assert_memory_equal(pdu + 24, &sum, 4);
}

static void test_large_fragments(void **state)
{
    static uint8_t pdus[3][16 + 8 + LARGE_STUB];
    const struct rpc_target *target = local_target(state);
    unsigned length = sizeof(pdus[0]);
    struct peer peer;

    if (!target)
        return;
    peer = peer_share(target);
    for (unsigned at = 1; at < length; at += at < 60 ? 1 : 9973) { /* the second one comes in two parts */
        build_large(pdus[0], FAKE_FIRST, 5, LARGE_STUB);
        build_large(pdus[1], 0, 5, LARGE_STUB);
        build_large(pdus[2], FAKE_LAST, 5, LARGE_STUB);
        assert_int_equal(peer_send(&peer, pdus, length + at), ERROR_SUCCESS);
        assert_int_equal(peer_send(&peer, pdus[1] + at, 2 * length - at), ERROR_SUCCESS);
        assert_answered(&peer);
    }
    assert_adds(&peer);
    peer_close(&peer);
}

/* The peer goes in the middle of one; orphans the call before one; sends one of no call, or of none that
 * has begun, or the first of one twice. */
static void test_large_fragments_in_vain(void **state)
{
    static uint8_t first[16 + 8 + LARGE_STUB], second[16 + 8 + LARGE_STUB];
    const struct rpc_target *target = local_target(state);
    unsigned length = sizeof(first);
    uint8_t orphaned[16];
    struct peer peer;

    if (!target)
        return;
    build_large(first, FAKE_FIRST, 5, LARGE_STUB);
    build_large(second, 0, 5, LARGE_STUB);
    peer = peer_share(target);
    peer_send(&peer, first, length);
    peer_send(&peer, second, 1000);
    peer_close(&peer);
    assert_serves(target);

    peer = peer_share(target);
    peer_send(&peer, first, length);
    peer_send(&peer, second, length);
    peer_send(&peer, orphaned, fake_build(orphaned, PDU_ORPHANED, FAKE_FIRST | FAKE_LAST, 5, 0x10, NULL, 0));
    peer_send(&peer, second, length);
    build_large(second, FAKE_LAST, 77, LARGE_STUB);
    peer_send(&peer, second, length);
    assert_adds(&peer);
    peer_send(&peer, first, length);
    peer_send(&peer, first, length);
    assert_ended(&peer);
    peer_close(&peer);
    assert_serves(target);
}

/* ---- bells ---- */

/* Rings for nothing; and says of itself that it rests in ways that there are not. */
static void test_bells(void **state)
{
    const struct rpc_target *target = local_target(state);
    struct peer peer;

    if (!target)
        return;
    peer = peer_share(target);
    for (unsigned i = 0; i < 2000; i++) {
        SetEvent(peer.conn->shared->peer_doorbell);
        if (i % 500 == 0)
            assert_serves(target);
    }
    peer.conn->shared->in.shared->reader_rest = 0xdeadbeef;
    peer.conn->shared->out.shared->writer_rest = 0xdeadbeef;
    assert_adds(&peer);
    peer_close(&peer);
    assert_serves(target);
}

/* Fills its ring, is not heard, and goes. */
static void test_never_reads(void **state)
{
    const struct rpc_target *target = local_target(state);
    uint8_t pdu[64];
    struct peer peer;
    unsigned length = build_add(pdu, 1, 2);

    if (!target)
        return;
    peer = peer_share(target);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(peer_send(&peer, pdu, length), ERROR_SUCCESS);
    assert_serves(target);
    peer_close(&peer);
    assert_serves(target);
}

/* ---- death ---- */

/* In another process, which is killed then: argument is an attack, or none. */
static bool hostile_client(RPC_BINDING_HANDLE binding, LONG argument)
{
    struct rpc_target target = {.protseq = L"ncalrpc"};
    RPC_WSTR string, endpoint;
    struct peer peer;

    thread_init();
    if (RpcBindingToStringBindingW(binding, &string) ||
        RpcStringBindingParseW(string, NULL, NULL, NULL, &endpoint, NULL))
        return false;
    wcscpy(target.endpoint, (WCHAR *)endpoint);
    peer = peer_share(&target);
    assert_adds(&peer);
    if (argument % 2)
        attack_with(&peer, TAIL_OVER_ZEROS);
    return true;
}

static void test_dies(void **state)
{
    const struct rpc_target *target = rpc_fixture_target(state);

    if (wcscmp(target->protseq, L"ncalrpc"))
        return;
    for (LONG i = 0; i < 2; i++) {
        HANDLE client = rpc_client_start(target, i);

        rpc_client_kill(client);
        assert_serves(target);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_accepted),       cmocka_unit_test(test_wrong_header),
        cmocka_unit_test(test_unknown_token),  cmocka_unit_test(test_wrong_memory),
        cmocka_unit_test(test_too_late),
        cmocka_unit_test(test_impossible_positions), cmocka_unit_test(test_scribbling),
        cmocka_unit_test(test_broken_requests), cmocka_unit_test(test_bells),
        cmocka_unit_test(test_never_reads),    cmocka_unit_test(test_dies),
        cmocka_unit_test(test_large_fragments), cmocka_unit_test(test_large_fragments_in_vain),
    };
    static const struct rpc_suite suite = {
        .name = "test_shared_peer",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .client = hostile_client,
    };

    thread_init();
    return rpc_fixture_main(argc, argv, &suite);
}
