/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls whose stubs know NDR64: every pair of clients and servers, synchronous and asynchronous,
 * over each protocol sequence; what NDR64 looks like on the wire; requests that no stub would
 * send. */
#include "rpc_fixture.h"

#ifdef __x86_64__

#include "fake_server.h"
#include "ndr64_stubs.h"
#include "stub_raised.h"

/* What a pair of protocols comes to: 20, 64, or 0 for no call. */
static const LONG agreed[PROTOCOLS][PROTOCOLS] = {
    [DCE] = {[DCE] = 20, [NDR64] = 0, [ALL] = 20},
    [NDR64] = {[DCE] = 0, [NDR64] = 64, [ALL] = 64},
    [ALL] = {[DCE] = 20, [NDR64] = 64, [ALL] = 64},
};
#define FOR_EACH_PAIR(client, server) \
    for (int client = 0; client < PROTOCOLS; client++) \
        for (int server = 0; server < PROTOCOLS; server++) \
            if (agreed[client][server])

#define CALL(info, number, ...) as_long(NdrClientCall3(info, number, NULL, __VA_ARGS__))

static LONG as_long(CLIENT_CALL_RETURN result)
{
    return (LONG)result.Simple;
}

/* What the server saw of the call before. */
static void check_last(MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding, LONG syntax,
                       LONG length20, LONG length64)
{
    LONG seen_syntax = 0, seen_length = 0;

    CALL(info, P_LAST, binding, &seen_syntax, &seen_length);
    assert_int_equal(seen_syntax, syntax);
    assert_int_equal(seen_length, syntax == 64 ? length64 : length20);
}

/* On connections of its own: RPC_C_OPT_UNIQUE_BINDING. */
static RPC_BINDING_HANDLE fresh_binding(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK);
    return binding;
}

static void check_types(MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding, LONG syntax)
{
    LONG sum = 0, reversed[3] = {0};
    LONG values[] = {10, 20, 33};
    struct pair pair = {1234567890123, 5, 6};
    hyper twice = 0;
    union {
        CLIENT_CALL_RETURN bits;
        double value;
    } product;

    assert_int_equal(CALL(info, P_ADD, binding, 40, 2, &sum), 42);
    assert_int_equal(sum, 42);
    check_last(info, binding, syntax, 8, 8);
    assert_int_equal(CALL(info, P_LENGTH, binding, L"ab", (hyper)0x123456789a, &twice), 2);
    assert_true(twice == 2 * (hyper)0x123456789a);
    check_last(info, binding, syntax, 12 + 6 + 6 + 8, 24 + 6 + 2 + 8);
    product.bits = NdrClientCall3(info, P_SCALE, NULL, binding, 1.5f, 4.0);
    assert_true(product.value == 6.0);
    check_last(info, binding, syntax, 4 + 4 + 8, 4 + 4 + 8);
    assert_int_equal(CALL(info, P_REVERSE, binding, 3, values, reversed), 63);
    assert_int_equal(reversed[0], 33);
    assert_int_equal(reversed[2], 10);
    check_last(info, binding, syntax, 4 + 4 + 12, 4 + 4 + 8 + 12);
    assert_int_equal(CALL(info, P_SWAP, binding, &pair), 0);
    assert_true(pair.big == -1234567890123 && pair.a == 6 && pair.b == 5);
    check_last(info, binding, syntax, 16, 16);
    assert_int_equal(CALL(info, P_SMALL, binding, -1, -2, 7), 4);
    check_last(info, binding, syntax, 1 + 1 + 2 + 4, 1 + 1 + 2 + 4);
}

static void check_strings(MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding, LONG syntax)
{
    wchar_t *copy = NULL;

    assert_int_equal(CALL(info, P_ANSWER, binding, L"question", &copy), 1);
    assert_memory_equal(copy, L"question", sizeof(L"question"));
    MIDL_user_free(copy);
    copy = NULL;
    check_last(info, binding, syntax, 4 + 12 + 18, 8 + 24 + 18);
    assert_int_equal(CALL(info, P_ANSWER, binding, NULL, &copy), 0);
    assert_null(copy);
    check_last(info, binding, syntax, 4, 8);
}

static void test_every_pair(void **state)
{
    FOR_EACH_PAIR(client, server) {
        MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
        RPC_BINDING_HANDLE binding = fresh_binding(state);

        check_types(info, binding, agreed[client][server]);
        check_strings(info, binding, agreed[client][server]);
        rpc_fixture_unbind(&binding);
    }
}

static void test_no_common_syntax(void **state)
{
    LONG sum;

    for (int client = 0; client < PROTOCOLS; client++) {
        for (int server = 0; server < PROTOCOLS; server++) {
            MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
            RPC_BINDING_HANDLE binding = fresh_binding(state);

            assert_int_equal(RAISED(CALL(info, P_ADD, binding, 1, 2, &sum)),
                             agreed[client][server] ? RPC_S_OK : RPC_S_UNSUPPORTED_TRANS_SYN);
            rpc_fixture_unbind(&binding);
        }
    }
}

/* Stubs of both kinds take turns on the same connections. */
static void test_both_on_a_connection(void **state)
{
    RPC_BINDING_HANDLE binding = fresh_binding(state);

    for (int i = 0; i < 2 * PROTOCOLS; i++) {
        enum ndr64_protocol client = i % PROTOCOLS;

        check_types(ndr64_client(client, ALL), binding, agreed[client][ALL]);
    }
    rpc_fixture_unbind(&binding);
}

static void test_contexts(void **state)
{
    FOR_EACH_PAIR(client, server) {
        MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
        RPC_BINDING_HANDLE binding = fresh_binding(state);
        void *context = NULL, *stale;

        assert_int_equal(CALL(info, P_OPEN, binding, 77, &context), 0);
        assert_non_null(context);
        assert_int_equal(CALL(info, P_GET, context), 77);
        check_last(info, binding, agreed[client][server], 20, 20);
        stale = context;
        assert_int_equal(CALL(info, P_CLOSE, &context), 77);
        assert_null(context);
        assert_int_equal(RAISED(CALL(info, P_GET, context)), RPC_X_SS_IN_NULL_CONTEXT);
        assert_int_equal(RAISED(CALL(info, P_GET, stale)), RPC_X_SS_CONTEXT_MISMATCH);
        rpc_fixture_unbind(&binding);
    }
}

/* A context that one stub opened is the other's, too: it belongs to the association. */
static void test_context_across_syntaxes(void **state)
{
    RPC_BINDING_HANDLE binding = fresh_binding(state);
    void *context = NULL;

    CALL(ndr64_client(DCE, ALL), P_OPEN, binding, 5, &context);
    assert_int_equal(CALL(ndr64_client(NDR64, ALL), P_GET, context), 5);
    assert_int_equal(CALL(ndr64_client(ALL, ALL), P_CLOSE, &context), 5);
    rpc_fixture_unbind(&binding);
}

static void test_exceptions(void **state)
{
    static const struct {
        LONG raised, seen;
    } codes[] = {
        {ERROR_FILE_NOT_FOUND, ERROR_FILE_NOT_FOUND},
        {RPC_X_BAD_STUB_DATA, RPC_X_BAD_STUB_DATA},
        {(LONG)EXCEPTION_ACCESS_VIOLATION, RPC_S_ADDRESS_ERROR},
        {0x1234, 0x1234},
    };

    FOR_EACH_PAIR(client, server) {
        MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
        RPC_BINDING_HANDLE binding = fresh_binding(state);
        LONG sum;

        for (size_t i = 0; i < ARRAYSIZE(codes); i++)
            assert_int_equal(RAISED(CALL(info, P_RAISE, binding, codes[i].raised)), codes[i].seen);
        assert_int_equal(CALL(info, P_ADD, binding, 1, 2, &sum), 3);
        rpc_fixture_unbind(&binding);
    }
}

static void test_bad_arguments(void **state)
{
    FOR_EACH_PAIR(client, server) {
        MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
        RPC_BINDING_HANDLE binding = fresh_binding(state), none = NULL;
        LONG sum;

        assert_int_equal(RAISED(CALL(info, P_ADD, binding, 1, 2, NULL)), RPC_X_NULL_REF_POINTER);
        assert_int_equal(RAISED(CALL(info, P_LENGTH, binding, NULL, (hyper)1, &sum)),
                         RPC_X_NULL_REF_POINTER);
        assert_int_equal(RAISED(CALL(info, P_ADD, none, 1, 2, &sum)), RPC_S_INVALID_BINDING);
        assert_int_equal(RAISED(CALL(info, P_SMALL, binding, 1, 1, 11)), RPC_X_INVALID_BOUND);
        rpc_fixture_unbind(&binding);
    }
}

/* The first connection is a server's that takes NDR64, those after it are its successor's, who does
 * not. Each serves one call of P_ADD. */
static void one_call_each(struct fake_server *server, SOCKET s)
{
    static const LONG sums[] = {3, 3};
    struct fake_pdu *pdu = malloc(sizeof(*pdu));
    bool first = server->connections == 1;
    uint8_t out[64];

    if (pdu && fake_recv(s, pdu) && fake_answer_bind(s, pdu, !first, first) &&
        fake_recv_request(s, pdu)) {
        InterlockedIncrement(&server->seen);
        fake_send(s, out, fake_response(out, FAKE_FIRST | FAKE_LAST, pdu->call_id, sizeof(sums),
                                        sums, sizeof(sums)));
    }
    free(pdu);
}

/* What a server has answered is not true of the one that has taken its place: the call asks
 * again. */
static void test_replaced_server(void **state)
{
    MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(ALL, ALL);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;
    LONG sum;

    fake_start(&server, one_call_each, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    for (int i = 0; i < 3; i++) {
        sum = 0;
        assert_int_equal(CALL(info, P_ADD, binding, 1, 2, &sum), 3);
        assert_int_equal(sum, 3);
        fake_await_closed(&server);
    }
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
    assert_int_equal(server.seen, 3);
}

/* ---- asynchronous calls ---- */

struct async {
    RPC_ASYNC_STATE state;
    LONG twice;
};

static void start(struct async *async, MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding,
                  LONG value)
{
    assert_int_equal(RpcAsyncInitializeHandle(&async->state, sizeof(async->state)), RPC_S_OK);
    async->state.NotificationType = RpcNotificationTypeEvent;
    async->state.u.hEvent = CreateEventW(NULL, FALSE, FALSE, NULL);
    async->twice = 0;
    Ndr64AsyncClientCall(info, P_SLOW, NULL, &async->state, binding, value, &async->twice);
}

static RPC_STATUS finish(struct async *async, LONG *reply)
{
    RPC_STATUS status;

    assert_int_equal(WaitForSingleObject(async->state.u.hEvent, WAIT_MS), WAIT_OBJECT_0);
    status = RpcAsyncCompleteCall(&async->state, reply);
    CloseHandle(async->state.u.hEvent);
    return status;
}

/* The server has not been asked before the first call, and the first ones are all under way before
 * it has answered. */
static void test_async_pairs(void **state)
{
    FOR_EACH_PAIR(client, server) {
        MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(client, server);
        RPC_BINDING_HANDLE binding = fresh_binding(state);
        struct async calls[20];
        LONG reply;

        for (int round = 0; round < 2; round++) {
            for (LONG i = 0; i < (LONG)ARRAYSIZE(calls); i++)
                start(&calls[i], info, binding, i);
            for (LONG i = 0; i < (LONG)ARRAYSIZE(calls); i++) {
                assert_int_equal(finish(&calls[i], &reply), RPC_S_OK);
                assert_int_equal(reply, -i);
                assert_int_equal(calls[i].twice, 2 * i);
            }
            check_last(info, binding, agreed[client][server], 4, 4);
        }
        rpc_fixture_unbind(&binding);
    }
}

/* A connection that an NDR 2.0 stub has bound does not keep another one from NDR64. */
static void test_async_after_ndr20(void **state)
{
    static const LONG expected[] = {[DCE] = 20, [ALL] = 64};

    for (int server = DCE; server <= ALL; server += ALL - DCE) {
        RPC_BINDING_HANDLE binding = fresh_binding(state);
        struct async call;
        LONG reply, sum;

        assert_int_equal(CALL(ndr64_client(DCE, server), P_ADD, binding, 1, 2, &sum), 3);
        for (int i = 0; i < 3; i++) {
            start(&call, ndr64_client(ALL, server), binding, 4);
            assert_int_equal(finish(&call, &reply), RPC_S_OK);
            assert_int_equal(reply, -4);
            check_last(ndr64_client(DCE, server), binding, expected[server], 4, 4);
        }
        rpc_fixture_unbind(&binding);
    }
}

static void test_async_no_common_syntax(void **state)
{
    static const enum ndr64_protocol pairs[][2] = {{DCE, NDR64}, {NDR64, DCE}};
    struct async call;
    LONG reply;

    for (size_t i = 0; i < ARRAYSIZE(pairs); i++) {
        RPC_BINDING_HANDLE binding = fresh_binding(state);

        start(&call, ndr64_client(pairs[i][0], pairs[i][1]), binding, 1);
        assert_int_equal(finish(&call, &reply), RPC_S_UNSUPPORTED_TRANS_SYN);
        rpc_fixture_unbind(&binding);
    }
}

/* Accepts a connection, and says nothing. */
static void silent(struct fake_server *server, SOCKET s)
{
    InterlockedIncrement(&server->seen);
    WaitForSingleObject(server->stop, WAIT_MS);
}

static void test_async_does_not_wait(void **state)
{
    RPC_BINDING_HANDLE binding;
    struct fake_server server;
    struct async call;
    LONG reply;

    fake_start(&server, silent, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    start(&call, ndr64_client(ALL, ALL), binding, 1);
    assert_int_equal(RpcAsyncGetCallStatus(&call.state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(RpcAsyncCancelCall(&call.state, TRUE), RPC_S_OK);
    assert_int_equal(finish(&call, &reply), RPC_S_CALL_CANCELLED);
    assert_int_equal(call.twice, 0);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
}

/* A server that is not there; bindings without an endpoint; arguments that cannot be marshalled: the
 * second request goes the way of the first. */
static void test_async_failures(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", L"1"), none = NULL;
    MIDL_STUBLESS_PROXY_INFO *info = ndr64_client(ALL, ALL);
    struct async call;
    LONG reply;

    start(&call, info, binding, 1);
    assert_int_equal(finish(&call, &reply), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(RpcAsyncInitializeHandle(&call.state, sizeof(call.state)), RPC_S_OK);
    assert_int_equal(
        RAISED(Ndr64AsyncClientCall(info, P_SLOW, NULL, &call.state, none, 1, &call.twice)),
        RPC_S_INVALID_BINDING);
    assert_int_equal(RAISED(Ndr64AsyncClientCall(info, P_SLOW, NULL, &call.state, binding, 1, NULL)),
                     RPC_X_NULL_REF_POINTER);
    call.state.NotificationType = 77;
    assert_int_equal(
        RAISED(Ndr64AsyncClientCall(info, P_SLOW, NULL, &call.state, binding, 1, &call.twice)),
        RPC_S_INVALID_ARG);
    rpc_fixture_unbind(&binding);
}

static unsigned blocks_after_rounds(void **state, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        RPC_BINDING_HANDLE binding = fresh_binding(state);
        struct async answered, cancelled;
        LONG reply;

        start(&cancelled, ndr64_client(ALL, i % PROTOCOLS), binding, 1);
        RpcAsyncCancelCall(&cancelled.state, TRUE);
        finish(&cancelled, &reply);
        start(&answered, ndr64_client(ALL, i % PROTOCOLS), binding, 2);
        assert_int_equal(finish(&answered, &reply), RPC_S_OK);
        rpc_fixture_unbind(&binding);
        test_async_failures(state);
    }
    return count_heap_blocks();
}

/* Whatever becomes of the two requests of a call, and of connections and what they have learned. What
 * is kept for the next call, and how many threads there are, varies: a leak is what grows always. */
static void test_async_leaves_nothing(void **state)
{
    unsigned before, after = blocks_after_rounds(state, 10);
    int tries = 0;

    do {
        before = after;
        after = blocks_after_rounds(state, 8);
    } while (after > before && ++tries < 10);
    assert_true(after <= before);
}

/* ---- on the wire ---- */

static uint8_t reply_bytes[256];

/* Sends these octets as the NDR64 request of a procedure. What the answer is long, in reply_bytes;
 * `status` receives what the call ends with. */
static unsigned send_raw(RPC_BINDING_HANDLE binding, unsigned procedure, const void *request,
                         unsigned length, RPC_STATUS *status)
{
    RPC_MESSAGE msg = {.Handle = binding,
                       .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
                       .ProcNum = procedure,
                       .BufferLength = length,
                       .RpcInterfaceInformation = ndr64_client_interface(NDR64, ALL)};
    unsigned got = 0;

    assert_int_equal(I_RpcGetBuffer(&msg), RPC_S_OK);
    memcpy(msg.Buffer, request, length);
    if ((*status = I_RpcSendReceive(&msg)) == RPC_S_OK) {
        got = msg.BufferLength;
        assert_true(got <= sizeof(reply_bytes));
        memcpy(reply_bytes, msg.Buffer, got);
    }
    I_RpcFreeBuffer(&msg);
    return got;
}

#define COUNT(n) n, 0, 0, 0, 0, 0, 0, 0 /* 8 octets: counts and referents in NDR64 */

/* [MS-RPCE] 2.2.5.3: maximum counts, offsets, actual counts and referents take 8 octets. */
static void test_wire_bytes(void **state)
{
    static const uint8_t reverse[] = {2, 0, 0, 0, 0, 0, 0, 0, COUNT(2), 7, 0, 0, 0, 9, 0, 0, 0};
    static const uint8_t reversed[] = {COUNT(2), 9, 0, 0, 0, 7, 0, 0, 0, 16, 0, 0, 0};
    static const uint8_t length[] = {COUNT(3), COUNT(0), COUNT(3), 'a', 0, 'b', 0, 0, 0, 0, 0,
                                     COUNT(21)};
    static const uint8_t lengthened[] = {COUNT(42), 2, 0, 0, 0};
    static const uint8_t answer[] = {COUNT(5), COUNT(2), COUNT(0), COUNT(2), 'x', 0, 0, 0};
    static const uint8_t answered[] = {COUNT(2), COUNT(0), COUNT(2), 'x', 0, 0, 0, 1, 0, 0, 0};
    RPC_BINDING_HANDLE binding = fresh_binding(state);
    RPC_STATUS status;
    unsigned got;

    got = send_raw(binding, P_REVERSE, reverse, sizeof(reverse), &status);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(got, sizeof(reversed));
    assert_memory_equal(reply_bytes, reversed, sizeof(reversed));
    got = send_raw(binding, P_LENGTH, length, sizeof(length), &status);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(got, sizeof(lengthened));
    assert_memory_equal(reply_bytes, lengthened, sizeof(lengthened));
    got = send_raw(binding, P_ANSWER, answer, sizeof(answer), &status);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(got, 8 + sizeof(answered));
    assert_memory_not_equal(reply_bytes, "\0\0\0\0\0\0\0\0", 8); /* any referent */
    assert_memory_equal(reply_bytes + 8, answered, sizeof(answered));
    rpc_fixture_unbind(&binding);
}

/* Each of these is refused with RPC_X_BAD_STUB_DATA, and leaves nothing behind. */
static void test_hostile_requests(void **state)
{
    static const uint8_t huge_count[] = {0xff, 0xff, 0xff, 0x7f, 0,    0,    0, 0,
                                         0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 1, 0, 0, 0};
    static const uint8_t count_beyond_32[] = {1, 0, 0, 0, 0, 0, 0, 0, 1, 0,
                                              0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
    static const uint8_t other_count[] = {2, 0, 0, 0, 0, 0, 0, 0, COUNT(3), 1, 0, 0, 0,
                                          2, 0, 0, 0, 3, 0, 0, 0};
    static const uint8_t unterminated[] = {COUNT(2), COUNT(0), COUNT(2), 'a', 0, 'b', 0,
                                           0, 0, 0, 0, COUNT(1)};
    static const uint8_t beyond_max[] = {COUNT(1), COUNT(0), COUNT(2), 'a', 0, 0, 0,
                                         0, 0, 0, 0, COUNT(1)};
    static const uint8_t with_offset[] = {COUNT(3), COUNT(1), COUNT(2), 'a', 0, 0, 0,
                                          0, 0, 0, 0, COUNT(1)};
    static const uint8_t out_of_range[] = {1, 0, 1, 0, 11, 0, 0, 0};
    static const uint8_t whole[] = {COUNT(5), COUNT(2), COUNT(0), COUNT(2), 'x', 0, 0, 0};
    static const uint8_t no_context[20] = {0};
    static const struct {
        unsigned procedure;
        const void *bytes;
        unsigned length;
    } requests[] = {
        {P_REVERSE, huge_count, sizeof(huge_count)},
        {P_REVERSE, count_beyond_32, sizeof(count_beyond_32)},
        {P_REVERSE, other_count, sizeof(other_count)},
        {P_LENGTH, unterminated, sizeof(unterminated)},
        {P_LENGTH, beyond_max, sizeof(beyond_max)},
        {P_LENGTH, with_offset, sizeof(with_offset)},
    };
    RPC_BINDING_HANDLE binding = fresh_binding(state);
    LONG blocks = ndr64_live_blocks, sum;
    RPC_STATUS status;

    for (size_t i = 0; i < ARRAYSIZE(requests); i++) {
        send_raw(binding, requests[i].procedure, requests[i].bytes, requests[i].length, &status);
        assert_int_equal(status, RPC_X_BAD_STUB_DATA);
    }
    for (unsigned length = 0; length < sizeof(whole); length++) {
        send_raw(binding, P_ANSWER, whole, length, &status);
        assert_int_equal(status, RPC_X_BAD_STUB_DATA);
    }
    send_raw(binding, P_SMALL, out_of_range, sizeof(out_of_range), &status);
    assert_int_equal(status, RPC_X_INVALID_BOUND);
    send_raw(binding, P_GET, no_context, sizeof(no_context), &status);
    assert_int_equal(status, RPC_X_SS_IN_NULL_CONTEXT);
    send_raw(binding, P_GET, no_context, sizeof(no_context) - 1, &status);
    assert_int_equal(status, RPC_X_BAD_STUB_DATA);
    assert_int_equal(CALL(ndr64_client(ALL, ALL), P_ADD, binding, 1, 2, &sum), 3);
    assert_int_equal(ndr64_live_blocks, blocks);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_no_common_syntax),
        cmocka_unit_test(test_both_on_a_connection),
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_context_across_syntaxes),
        cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_async_pairs),
        cmocka_unit_test(test_async_after_ndr20),
        cmocka_unit_test(test_async_no_common_syntax),
        cmocka_unit_test(test_async_leaves_nothing),
        cmocka_unit_test(test_wire_bytes),
        cmocka_unit_test(test_hostile_requests),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_replaced_server),
        cmocka_unit_test(test_async_does_not_wait),
        cmocka_unit_test(test_async_failures),
    };
    static const struct rpc_suite suite = {
        .name = "NDR64 calls",
        .register_server = ndr64_register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}

#else

static void test_only_on_64_bits(void **state)
{
    skip();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_on_64_bits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
