/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that accept a bind and then do not read, or not for long, played by hand with the transport
 * linked into this program: over TCP, pipes, and shared memory. Whatever a client has to send waits; its
 * calls end by their time-outs and cancels all the same, and memory does not grow without bound. */
#include "platform/thread.h"
#include "transport_fixture.h"
#include "wire/pdu.h"
#include "wire/share.h"
#include "async_client.h"

enum { LARGE = 16 << 20, SOON_MS = 3000 };

/* ---- a deaf server ---- */

struct way {
    const WCHAR *protseq;
    bool shares; /* takes the offer of shared memory */
    const char *name;
};

static const struct way ways[] = {
    {L"ncacn_ip_tcp", false, "TCP"},
    {L"ncalrpc", false, "ncalrpc, pipe"},
    {L"ncalrpc", true, "ncalrpc, shared memory"},
    {L"ncacn_np", false, "ncacn_np, pipe"},
    {L"ncacn_np", true, "ncacn_np, shared memory"},
};

struct deaf {
    struct server server;
    bool shares, answers;
    struct transport_conn *conn;
    HANDLE thread, bound;
};

/* The whole PDU, of less than 64 KiB; false at the end of the connection. */
static bool read_pdu(struct transport_conn *conn, uint8_t *pdu, struct pdu_header *header)
{
    size_t length = 16, got = 0;
    DWORD bytes;

    while (got < length) {
        if (transport_recv_wait(conn, pdu + got, (DWORD)(length - got), WAIT_MS, NULL, &bytes) || !bytes)
            return false;
        got += bytes;
        if (got >= 16)
            length = pdu[8] | (unsigned)pdu[9] << 8;
    }
    return pdu_peek(pdu, got, PDU_MAX_FRAGMENT, header) == PDU_OK;
}

static struct pdu_context_result judge(struct deaf *deaf, const struct pdu_context *offer)
{
    struct wire_syntax transfer = pdu_context_transfer(offer, 0);
    uint8_t token[SHARE_TOKEN_LENGTH];

    if (wire_syntax_equal(&transfer, &wire_syntax_ndr20) ||
        (deaf->shares && share_syntax_parse(&transfer, token) && transport_share_accept(deaf->conn, token)))
        return (struct pdu_context_result){.result = PDU_CONTEXT_ACCEPTANCE, .transfer = transfer};
    return (struct pdu_context_result){.result = PDU_CONTEXT_PROVIDER_REJECTION,
                                       .reason = PDU_REASON_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED};
}

static bool answer_bind(struct deaf *deaf)
{
    struct pdu_bind_ack_args args = {.max_xmit_frag = 5840, .max_recv_frag = 5840, .assoc_group_id = 7,
                                     .secondary_address = "1"};
    struct pdu_context_result results[8];
    struct pdu_context context;
    struct pdu_header header;
    struct pdu_bind bind;
    uint8_t pdu[4096];
    size_t length;

    if (!read_pdu(deaf->conn, pdu, &header) || pdu_parse_bind(pdu, &header, &bind) != PDU_OK)
        return false;
    while (args.result_count < 8 && pdu_next_context(&bind.contexts, &context))
        results[args.result_count++] = judge(deaf, &context);
    args.results = results;
    length = pdu_build_bind_ack(pdu, sizeof(pdu), PDU_BIND_ACK, PFC_CONC_MPX, header.call_id, &args, NULL);
    return send_bytes(deaf->conn, pdu, length) == ERROR_SUCCESS;
}

static DWORD WINAPI serve(void *arg)
{
    struct deaf *deaf = arg;

    deaf->conn = server_accept(&deaf->server);
    if (deaf->answers && !answer_bind(deaf))
        return 1;
    SetEvent(deaf->bound);
    return 0;
}

static RPC_BINDING_HANDLE deaf_start(struct deaf *deaf, const struct way *way, bool answers)
{
    memset(deaf, 0, sizeof(*deaf));
    deaf->shares = way->shares;
    deaf->answers = answers;
    deaf->bound = CreateEventW(NULL, TRUE, FALSE, NULL);
    server_start(&deaf->server, transport_find(way->protseq));
    deaf->thread = CreateThread(NULL, 0, serve, deaf, 0, NULL);
    return rpc_fixture_bind(way->protseq, transport_listener_endpoint(deaf->server.listener));
}

static void deaf_stop(struct deaf *deaf, RPC_BINDING_HANDLE *binding)
{
    DWORD result = 1;

    assert_int_equal(WaitForSingleObject(deaf->thread, WAIT_MS), WAIT_OBJECT_0);
    GetExitCodeThread(deaf->thread, &result);
    assert_int_equal(result, 0);
    CloseHandle(deaf->thread);
    CloseHandle(deaf->bound);
    rpc_fixture_unbind(binding);
    transport_release(deaf->conn);
    server_stop(&deaf->server);
}

/* ---- clients ---- */

static const struct way *way_of(void **state)
{
    return *state;
}

/* What a synchronous call of any size says. */
static RPC_STATUS call_sync(RPC_BINDING_HANDLE binding, unsigned size)
{
    RPC_MESSAGE message = {.Handle = binding, .DataRepresentation = 0x10, .BufferLength = size, .ProcNum = 1,
                           .RpcInterfaceInformation = async_test_v1_0_c_ifspec};
    RPC_STATUS status = I_RpcGetBuffer(&message);

    if (status)
        return status;
    memset(message.Buffer, 0, size);
    status = I_RpcSendReceive(&message);
    if (!status)
        I_RpcFreeBuffer(&message);
    return status;
}

static struct async_call *start_large(RPC_BINDING_HANDLE binding)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    byte *buffer = calloc(1, LARGE);

    assert_int_equal(call_sink(call, binding, LARGE, buffer), RPC_S_OK);
    free(buffer);
    return call;
}

static void assert_ends_soon(struct async_call *call, ULONGLONG start, RPC_STATUS status)
{
    assert_int_equal(call_finish(call), status);
    assert_in_range(GetTickCount64() - start, 0, SOON_MS);
    call_free(call);
}

/* Waits until there is no more than that. */
static void assert_memory(unsigned most)
{
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    unsigned now;

    while ((now = count_heap_bytes()) > most && GetTickCount64() < end)
        Sleep(5);
    assert_in_range(now, 0, most);
}

static void test_sync_times_out(void **state)
{
    static const unsigned sizes[] = {16, LARGE};
    unsigned before = count_heap_bytes();

    for (unsigned i = 0; i < ARRAYSIZE(sizes); i++) {
        struct deaf deaf;
        RPC_BINDING_HANDLE binding = deaf_start(&deaf, way_of(state), true);
        ULONGLONG start = GetTickCount64();

        assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
        assert_int_equal(call_sync(binding, sizes[i]), RPC_S_CALL_CANCELLED);
        assert_in_range(GetTickCount64() - start, 90, SOON_MS);
        deaf_stop(&deaf, &binding);
    }
    assert_memory(before + LARGE / 4);
}

static void test_async_times_out(void **state)
{
    unsigned before = count_heap_bytes();
    struct deaf deaf;
    RPC_BINDING_HANDLE binding = deaf_start(&deaf, way_of(state), true);
    ULONGLONG start = GetTickCount64();

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    assert_ends_soon(start_large(binding), start, RPC_S_CALL_CANCELLED);
    deaf_stop(&deaf, &binding);
    assert_memory(before + LARGE / 4);
}

/* The one whose request fills what there is room for, and those behind it, the last one first. */
static void test_cancel(void **state)
{
    enum { BEHIND = 20 };
    unsigned before = count_heap_bytes();
    struct async_call *calls[BEHIND], *large;
    struct deaf deaf;
    RPC_BINDING_HANDLE binding = deaf_start(&deaf, way_of(state), true);
    ULONGLONG start;

    large = start_large(binding);
    for (LONG i = 0; i < BEHIND; i++) {
        calls[i] = call_new(RpcNotificationTypeEvent);
        assert_int_equal(call_add(calls[i], binding, i, 1), RPC_S_OK);
    }
    assert_int_equal(WaitForSingleObject(deaf.bound, WAIT_MS), WAIT_OBJECT_0);
    for (LONG i = BEHIND; i--;) {
        start = GetTickCount64();
        assert_int_equal(RpcAsyncCancelCall(&calls[i]->state, TRUE), RPC_S_OK);
        assert_ends_soon(calls[i], start, RPC_S_CALL_CANCELLED);
    }
    start = GetTickCount64();
    assert_int_equal(RpcAsyncCancelCall(&large->state, FALSE), RPC_S_OK);
    assert_int_equal(RpcAsyncGetCallStatus(&large->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(RpcAsyncCancelCall(&large->state, TRUE), RPC_S_OK);
    assert_ends_soon(large, start, RPC_S_CALL_CANCELLED);
    deaf_stop(&deaf, &binding);
    assert_memory(before + LARGE / 4);
}

/* A request cannot be sent because the server does not read; when it does, the cancel comes before
 * what is left of the request. */
static void cancel_overtakes(const struct way *way, bool begun)
{
    struct deaf deaf;
    RPC_BINDING_HANDLE binding = deaf_start(&deaf, way, true);
    struct async_call *large = start_large(binding);
    uint8_t *pdu = malloc(65536);
    struct pdu_header header = {0};
    size_t before = 0;

    assert_int_equal(WaitForSingleObject(deaf.bound, WAIT_MS), WAIT_OBJECT_0);
    if (begun)
        assert_true(read_pdu(deaf.conn, pdu, &header));
    assert_int_equal(RpcAsyncCancelCall(&large->state, FALSE), RPC_S_OK);
    while (header.type != PDU_CO_CANCEL && read_pdu(deaf.conn, pdu, &header))
        before += header.frag_length;
    assert_int_equal(header.type, PDU_CO_CANCEL);
    assert_in_range(before, 0, LARGE - 1);
    assert_int_equal(RpcAsyncCancelCall(&large->state, TRUE), RPC_S_OK);
    assert_ends_soon(large, GetTickCount64(), RPC_S_CALL_CANCELLED);
    free(pdu);
    deaf_stop(&deaf, &binding);
}

static void test_cancel_overtakes(void **state)
{
    cancel_overtakes(way_of(state), true);
}

/* The same, perhaps before anything of the request has been sent. */
static void test_cancel_at_once_overtakes(void **state)
{
    cancel_overtakes(way_of(state), false);
}

struct blocked {
    RPC_BINDING_HANDLE binding;
    RPC_STATUS status;
};

static DWORD WINAPI block(void *arg)
{
    struct blocked *blocked = arg;

    blocked->status = call_sync(blocked->binding, LARGE);
    return 0;
}

/* RpcCancelThreadEx, with a synchronous call that cannot be sent. */
static void test_cancel_thread(void **state)
{
    struct deaf deaf;
    struct blocked blocked = {deaf_start(&deaf, way_of(state), true), RPC_S_OK};
    HANDLE thread = CreateThread(NULL, 0, block, &blocked, 0, NULL);

    assert_int_equal(WaitForSingleObject(deaf.bound, WAIT_MS), WAIT_OBJECT_0);
    Sleep(20);
    assert_int_equal(RpcCancelThreadEx(thread, 0), RPC_S_OK);
    assert_int_equal(WaitForSingleObject(thread, SOON_MS), WAIT_OBJECT_0);
    assert_int_equal(blocked.status, RPC_S_CALL_CANCELLED);
    CloseHandle(thread);
    deaf_stop(&deaf, &blocked.binding);
}

/* Thousands of calls that do not get through: each costs what its request does, and all end. */
static void test_many(void **state)
{
    enum { CALLS = 2000, EACH = 8192 };
    unsigned before = count_heap_bytes();
    struct async_call **calls = calloc(CALLS, sizeof(*calls));
    struct deaf deaf;
    RPC_BINDING_HANDLE binding = deaf_start(&deaf, way_of(state), true);
    byte *buffer = calloc(1, EACH);

    for (unsigned i = 0; i < CALLS; i++) {
        calls[i] = call_new(RpcNotificationTypeNone);
        assert_int_equal(call_sink(calls[i], binding, EACH, buffer), RPC_S_OK);
    }
    assert_in_range(count_heap_bytes() - before, 0, CALLS * (EACH + 4096));
    for (unsigned i = 0; i < CALLS; i++) {
        assert_int_equal(RpcAsyncCancelCall(&calls[i]->state, TRUE), RPC_S_OK);
        assert_int_equal(call_finish(calls[i]), RPC_S_CALL_CANCELLED);
        call_free(calls[i]);
    }
    free(buffer);
    free(calls);
    deaf_stop(&deaf, &binding);
    assert_memory(before + (1 << 20));
}

/* It does not even answer the bind. */
static void test_mute(void **state)
{
    struct deaf deaf;
    RPC_BINDING_HANDLE binding = deaf_start(&deaf, way_of(state), false);
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    ULONGLONG start = GetTickCount64();

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
    assert_ends_soon(call, start, RPC_S_CALL_CANCELLED);
    deaf_stop(&deaf, &binding);
}

static void test_mute_sync(void **state)
{
    struct deaf deaf;
    RPC_BINDING_HANDLE binding = deaf_start(&deaf, way_of(state), false);
    ULONGLONG start = GetTickCount64();

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    assert_int_equal(call_sync(binding, 16), RPC_S_CALL_CANCELLED);
    assert_in_range(GetTickCount64() - start, 90, SOON_MS);
    deaf_stop(&deaf, &binding);
}

static int test_all(const struct way *way)
{
    struct CMUnitTest tests[] = {
        {"test_sync_times_out", test_sync_times_out, NULL, NULL, (void *)way},
        {"test_async_times_out", test_async_times_out, NULL, NULL, (void *)way},
        {"test_cancel", test_cancel, NULL, NULL, (void *)way},
        {"test_cancel_overtakes", test_cancel_overtakes, NULL, NULL, (void *)way},
        {"test_cancel_at_once_overtakes", test_cancel_at_once_overtakes, NULL, NULL, (void *)way},
        {"test_cancel_thread", test_cancel_thread, NULL, NULL, (void *)way},
        {"test_many", test_many, NULL, NULL, (void *)way},
        {"test_mute", test_mute, NULL, NULL, (void *)way},
        {"test_mute_sync", test_mute_sync, NULL, NULL, (void *)way},
    };

    return cmocka_run_group_tests_name(way->name, tests, NULL, NULL);
}

int main(void)
{
    WSADATA winsock;
    int failed = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    watchdog_start(60);
    thread_init();
    if (WSAStartup(MAKEWORD(2, 2), &winsock))
        return 2;
    for (unsigned i = 0; i < ARRAYSIZE(ways); i++)
        failed += test_all(&ways[i]);
    return failed;
}
