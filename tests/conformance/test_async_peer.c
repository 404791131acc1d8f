/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that refuse, vanish or answer rubbish: each call ends once, with the documented status,
 * and is notified once (or raises when it is submitted, and is never notified). The servers are
 * scripts behind a TCP port. Sources: C706 chapter 12 and appendix E, [MS-RPCE] 2.2.2.5
 * and 3.1.1.5.5, the SDK documentation's RPC return values. */
#include "async_client.h"
#include "async_server.h"
#include "fake_server.h"

/* One call of async_add to the server: how it ended. */
static RPC_STATUS outcome(struct fake_server *server, struct async_call **call_out)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", server->endpoint);
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    RPC_STATUS status = call_add(call, binding, 1, 2);

    if (status == RPC_S_OK)
        status = call_finish(call);
    else
        assert_int_equal(call_notified(call), 0);
    if (status != RPC_S_OK)
        assert_int_equal(call->reply, UNTOUCHED);
    rpc_fixture_unbind(&binding);
    if (call_out)
        *call_out = call;
    else
        call_free(call);
    return status;
}

static void assert_outcome(fake_script script, uintptr_t arg, RPC_STATUS expected)
{
    struct fake_server server;
    RPC_STATUS status;

    fake_start(&server, script, arg);
    status = outcome(&server, NULL);
    fake_stop(&server);
    if (status != expected)
        fail_msg("case %lu: status %ld instead of %ld", (unsigned long)arg, status, expected);
}

/* The call must fail, with one of the two. */
static void assert_failure(fake_script script, uintptr_t arg, RPC_STATUS one, RPC_STATUS other)
{
    struct fake_server server;
    RPC_STATUS status;

    fake_start(&server, script, arg);
    status = outcome(&server, NULL);
    fake_stop(&server);
    if (status != one && status != other)
        fail_msg("case %lu: status %ld instead of %ld or %ld", (unsigned long)arg, status, one,
                 other);
}

/* ---- the bind ---- */

static void hang_up(struct fake_server *server, SOCKET s)
{
}

static void read_bind_and_hang_up(struct fake_server *server, SOCKET s)
{
    struct fake_pdu bind;

    fake_recv(s, &bind);
}

static void test_hangs_up_before_bind(void **state)
{
    assert_failure(hang_up, 0, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED_DNE);
    assert_failure(read_bind_and_hang_up, 0, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED_DNE);
}

static void send_bind_nak(struct fake_server *server, SOCKET s)
{
    uint8_t out[64], body[8] = {(uint8_t)server->arg, 0, 1, 5, 0};
    struct fake_pdu bind;

    if (fake_recv(s, &bind))
        fake_send(s, out, fake_build(out, FAKE_BIND_NAK, 3, bind.call_id, 0x10, body, 5));
    fake_drain(s);
}

static void test_bind_nak(void **state)
{
    assert_outcome(send_bind_nak, 0, RPC_S_CALL_FAILED_DNE);    /* reason_not_specified */
    assert_outcome(send_bind_nak, 1, RPC_S_SERVER_TOO_BUSY);    /* temporary_congestion */
    assert_outcome(send_bind_nak, 2, RPC_S_SERVER_TOO_BUSY);    /* local_limit_exceeded */
    assert_outcome(send_bind_nak, 4, RPC_S_PROTOCOL_ERROR);     /* protocol_version_not_supported */
    assert_outcome(send_bind_nak, 8,
                   RPC_S_UNKNOWN_AUTHN_SERVICE); /* authentication_type_not_recognized */
    assert_outcome(send_bind_nak, 9, RPC_S_ACCESS_DENIED);      /* invalid_checksum */
    assert_outcome(send_bind_nak, 77, RPC_S_CALL_FAILED_DNE);
}

/* ---- a bind_nak with error records: [MS-RPCE] 2.2.2.9 ---- */

static void *records;
static size_t records_length;

static void make_records(void)
{
    RPC_EXTENDED_ERROR_INFO info = {.Version = RPC_EEINFO_VERSION, .Status = 4711};
    RPC_ERROR_ENUM_HANDLE handle;

    RpcErrorClearInformation();
    assert_int_equal(RpcErrorAddRecord(&info), RPC_S_OK);
    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_OK);
    assert_int_equal(RpcErrorSaveErrorInfo(&handle, &records, &records_length), RPC_S_OK);
    RpcErrorEndEnumeration(&handle);
    RpcErrorClearInformation();
}

static void send_explained_nak(struct fake_server *server, SOCKET s)
{
    static const uint8_t signature[] = {0x20, 0x03, 0x74, 0x90, 0xd0, 0xfa, 0xd3, 0x11,
                                        0x82, 0xd7, 0x00, 0x90, 0x27, 0xb1, 0x30, 0xab};
    uint8_t out[2048], body[1024] = {(uint8_t)server->arg, 0, 1, 5, 0};
    struct fake_pdu bind;

    memcpy(body + 8, signature, sizeof(signature));
    memcpy(body + 24, records, records_length);
    if (fake_recv(s, &bind))
        fake_send(s, out, fake_build(out, FAKE_BIND_NAK, 3, bind.call_id, 0x10, body,
                                     24 + (unsigned)records_length));
    fake_drain(s);
}

/* Our record, with the server's reason, and as its cause the server's. */
static void assert_explained(RPC_STATUS status, LONG reason)
{
    RPC_EXTENDED_ERROR_INFO info = {.Version = RPC_EEINFO_VERSION,
                                    .NumberOfParameters = MaxNumberOfEEInfoParams};
    RPC_ERROR_ENUM_HANDLE handle;

    assert_int_equal(RpcErrorStartEnumeration(&handle), RPC_S_OK);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    assert_int_equal(info.Status, status);
    assert_int_equal(info.DetectionLocation, 701);
    assert_int_equal(info.Parameters[0].ParameterType, eeptLongVal);
    assert_int_equal(info.Parameters[0].u.LVal, reason);
    info.NumberOfParameters = MaxNumberOfEEInfoParams;
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
    assert_int_equal(info.Status, 4711);
    assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_ENTRY_NOT_FOUND);
    RpcErrorEndEnumeration(&handle);
    RpcErrorClearInformation();
}

static void test_explained_nak(void **state)
{
    struct fake_server server;
    RPC_MESSAGE msg = {0};
    RPC_BINDING_HANDLE binding;

    make_records();
    assert_outcome(send_explained_nak, 9, RPC_S_ACCESS_DENIED);
    assert_explained(RPC_S_ACCESS_DENIED, 9);
    fake_start(&server, send_explained_nak, 1);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    msg.Handle = binding;
    msg.RpcInterfaceInformation = async_test_v1_0_c_ifspec;
    assert_int_equal(I_RpcGetBuffer(&msg), RPC_S_OK);
    assert_int_equal(I_RpcSendReceive(&msg), RPC_S_SERVER_TOO_BUSY);
    assert_explained(RPC_S_SERVER_TOO_BUSY, 1);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
    assert_true(HeapFree(GetProcessHeap(), 0, records));
}

/* Result and reason of every context are the low and high word of the argument. */
static void reject_contexts(struct fake_server *server, SOCKET s)
{
    struct fake_pdu bind;
    uint8_t out[2048];
    unsigned length;

    if (!fake_recv(s, &bind))
        return;
    length = fake_bind_ack(out, &bind);
    for (unsigned at = 16 + 16 + 4; at < length; at += 24) {
        memset(out + at, 0, 24);
        out[at] = server->arg & 0xff;
        out[at + 2] = server->arg >> 16 & 0xff;
    }
    fake_send(s, out, length);
    fake_drain(s);
}

static void test_rejected_context(void **state)
{
    assert_outcome(reject_contexts, 2 | 1 << 16, RPC_S_UNKNOWN_IF);
    assert_outcome(reject_contexts, 2 | 2 << 16, RPC_S_UNSUPPORTED_TRANS_SYN);
    assert_outcome(reject_contexts, 2 | 3 << 16, RPC_S_SERVER_TOO_BUSY);
    assert_outcome(reject_contexts, 1, RPC_S_ACCESS_DENIED);
}

/* Answers the bind with a broken bind_ack, or with something else. */
static void break_bind_ack(struct fake_server *server, SOCKET s)
{
    struct fake_pdu bind;
    uint8_t out[2048];
    unsigned length;

    if (!fake_recv(s, &bind))
        return;
    length = fake_bind_ack(out, &bind);
    switch (server->arg) {
    case 0:
        memset(out, 0xff, length);
        break;
    case 1:
        out[0] = 4; /* rpc_vers */
        break;
    case 2:
        out[8] = 15; /* frag_length less than a header */
        break;
    case 3:
        out[16 + 16] = 255; /* n_results beyond the end */
        break;
    case 4:
        out[16 + 16] = 0; /* no results */
        break;
    case 5:
        out[16 + 8] = out[16 + 9] = 0xff; /* the secondary address beyond the end */
        break;
    case 6:
        out[2] = FAKE_RESPONSE;
        break;
    case 7:
        out[2] = 200;
        break;
    case 8:
        out[10] = 0xff; /* auth_length beyond the end */
        break;
    case 9:
        out[8] = 16; /* no body */
        length = 16;
        break;
    }
    fake_send(s, out, length);
    fake_drain(s);
}

static void test_broken_bind_ack(void **state)
{
    for (unsigned i = 0; i <= 9; i++)
        assert_outcome(break_bind_ack, i, RPC_S_PROTOCOL_ERROR);
}

static void truncate_bind_ack(struct fake_server *server, SOCKET s)
{
    struct fake_pdu bind;
    uint8_t out[2048];

    if (fake_recv(s, &bind)) {
        fake_bind_ack(out, &bind);
        fake_send(s, out, (unsigned)server->arg);
    }
}

static void test_truncated_bind_ack(void **state)
{
    for (unsigned length = 1; length < 60; length += 13)
        assert_failure(truncate_bind_ack, length, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED_DNE);
}

/* ---- the answer ---- */

/* The stub data of async_add's answer: sum and return value. */
static const uint8_t answer_stub[8] = {3, 0, 0, 0, 42, 0, 0, 0};

static void assert_answered(fake_script script, uintptr_t arg)
{
    struct fake_server server;
    struct async_call *call;
    RPC_STATUS status;

    fake_start(&server, script, arg);
    status = outcome(&server, &call);
    fake_stop(&server);
    if (status != RPC_S_OK)
        fail_msg("case %lu: status %ld", (unsigned long)arg, status);
    assert_int_equal(call->value, 3);
    assert_int_equal(call->reply, 42);
    call_free(call);
}

static void hang_up_after_request(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;

    if (fake_accept_bind(s))
        fake_recv_request(s, &request);
}

static void reset_after_request(struct fake_server *server, SOCKET s)
{
    struct linger hard = {1, 0};
    struct fake_pdu request;

    if (fake_accept_bind(s))
        fake_recv_request(s, &request);
    setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard));
}

static void test_vanishes_after_request(void **state)
{
    assert_outcome(hang_up_after_request, 0, RPC_S_CALL_FAILED);
    assert_outcome(reset_after_request, 0, RPC_S_CALL_FAILED);
}

static void send_fault(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;
    uint8_t out[64];

    if (fake_accept_bind(s) && fake_recv_request(s, &request))
        fake_send(s, out, fake_fault(out, 0, request.call_id, (uint32_t)server->arg));
    fake_drain(s);
}

static void test_fault_codes(void **state)
{
    static const struct {
        uint32_t fault;
        RPC_STATUS status;
    } cases[] = {
        {0x1c010002, RPC_S_PROCNUM_OUT_OF_RANGE}, /* nca_s_op_rng_error */
        {0x1c010003, RPC_S_UNKNOWN_IF},
        {0x1c01000b, RPC_S_PROTOCOL_ERROR},
        {0x1c010014, RPC_S_SERVER_TOO_BUSY},
        {0x1c010017, RPC_S_UNSUPPORTED_TYPE},
        {0x1c000001, RPC_S_ZERO_DIVIDE},
        {0x1c000002, RPC_S_ADDRESS_ERROR},
        {0x1c000003, RPC_S_FP_DIV_ZERO},
        {0x1c000007, RPC_S_INVALID_BOUND},
        {0x1c00000d, RPC_S_CALL_CANCELLED},
        {0x1c00001a, RPC_X_SS_CONTEXT_MISMATCH},
        {0x6f7, RPC_X_BAD_STUB_DATA}, /* nca_s_fault_ndr */
        {5, ERROR_ACCESS_DENIED},
        {0xc0000022, (RPC_STATUS)0xc0000022},
        {0xe0001234, (RPC_STATUS)0xe0001234},
        {0, RPC_S_CALL_FAILED}, /* a fault is never a success */
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++)
        assert_outcome(send_fault, cases[i].fault, cases[i].status);
}

/* Every stub octet in a fragment of its own, with a lie about the whole; then several in each. */
static void answer_in_fragments(struct fake_server *server, SOCKET s)
{
    static const uint32_t hints[] = {0, 8, 0xffffffff, 1};
    struct fake_pdu request;
    unsigned size = server->arg & 15, length = 0;
    uint8_t out[2048];

    if (!fake_accept_bind(s) || !fake_recv_request(s, &request))
        return;
    for (unsigned at = 0; at < sizeof(answer_stub); at += size) {
        unsigned part = at + size < sizeof(answer_stub) ? size : sizeof(answer_stub) - at;
        unsigned flags = (at ? 0 : FAKE_FIRST) | (at + part == sizeof(answer_stub) ? FAKE_LAST : 0);

        length += fake_response(out + length, flags, request.call_id, hints[server->arg >> 4],
                                answer_stub + at, part);
    }
    if (server->arg & 1) {
        fake_send(s, out, length);
    } else {
        /* octet by octet */
        for (unsigned i = 0; i < length; i++)
            fake_send(s, out + i, 1);
    }
    fake_drain(s);
}

static void test_fragments(void **state)
{
    for (unsigned hint = 0; hint < 4; hint++)
        for (unsigned size = 1; size <= 8; size += size < 3 ? 1 : 5)
            assert_answered(answer_in_fragments, hint << 4 | size);
}

/* PDUs that are not this call's, or of no use, before its answer. */
static void answer_after_noise(struct fake_server *server, SOCKET s)
{
    static const uint8_t wrong[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    struct fake_pdu request;
    unsigned length = 0;
    uint8_t out[512];

    if (!fake_accept_bind(s) || !fake_recv_request(s, &request))
        return;
    switch (server->arg) {
    case 0: /* another call's answer */
        length = fake_response(out, 3, request.call_id + 1000, 8, wrong, 8);
        break;
    case 1: /* another call's fault */
        length = fake_fault(out, 0, request.call_id + 1000, 5);
        break;
    case 2: /* a first fragment of another call's, then its last */
        length = fake_response(out, FAKE_FIRST, request.call_id + 1000, 8, wrong, 4);
        length += fake_response(out + length, FAKE_LAST, request.call_id + 1000, 8, wrong, 4);
        break;
    }
    length += fake_response(out + length, 3, request.call_id, 8, answer_stub, 8);
    /* and once more */
    length += fake_response(out + length, 3, request.call_id, 8, wrong, 8);
    fake_send(s, out, length);
    fake_drain(s);
}

static void test_forged_and_duplicate(void **state)
{
    for (unsigned i = 0; i <= 2; i++)
        assert_answered(answer_after_noise, i);
}

static void answer_wrongly(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;
    uint8_t out[2048];
    unsigned length;

    if (!fake_accept_bind(s) || !fake_recv_request(s, &request))
        return;
    length = fake_response(out, 3, request.call_id, 8, answer_stub, 8);
    switch (server->arg) {
    case 0:
        memset(out, 0xff, length);
        break;
    case 1:
        memset(out, 0, length);
        break;
    case 2:
        out[0] = 4; /* rpc_vers */
        break;
    case 3:
        out[1] = 77; /* rpc_vers_minor */
        break;
    case 4:
        out[8] = 16; /* a response without its own header */
        length = 16;
        break;
    case 5:
        out[8] = 0; /* frag_length 0 */
        break;
    case 6:
        out[2] = FAKE_REQUEST;
        break;
    case 7:
        out[2] = 99;
        break;
    case 8:
        out[10] = 8; /* an auth trailer where there is no security */
        break;
    case 9:
        out[10] = out[11] = 0xff; /* auth_length beyond the fragment */
        break;
    case 10:
        out[3] = FAKE_LAST; /* no first fragment */
        break;
    case 11:
        length = fake_response(out, FAKE_FIRST, request.call_id, 16, answer_stub, 8);
        length += fake_response(out + length, FAKE_FIRST | FAKE_LAST, request.call_id, 16,
                                answer_stub, 8);
        break; /* two first fragments */
    case 12:
        out[4] = 0x77; /* data representation of no machine */
        break;
    }
    fake_send(s, out, length);
    fake_drain(s);
}

static void test_protocol_errors(void **state)
{
    for (unsigned i = 0; i <= 12; i++)
        assert_failure(answer_wrongly, i, RPC_S_PROTOCOL_ERROR, RPC_S_CALL_FAILED);
}

static void truncate_answer(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;
    uint8_t out[256];

    if (fake_accept_bind(s) && fake_recv_request(s, &request)) {
        fake_response(out, 3, request.call_id, 8, answer_stub, 8);
        fake_send(s, out, (unsigned)server->arg);
    }
}

static void test_truncated_answer(void **state)
{
    for (unsigned length = 1; length < 32; length += 6)
        assert_outcome(truncate_answer, length, RPC_S_CALL_FAILED);
}

/* Less stub data than the procedure has parameters. */
static void answer_too_little(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;
    uint8_t out[256];

    if (fake_accept_bind(s) && fake_recv_request(s, &request))
        fake_send(s, out,
                  fake_response(out, 3, request.call_id, 8, answer_stub, (unsigned)server->arg));
    fake_drain(s);
}

static void test_bad_stub_data(void **state)
{
    for (unsigned length = 0; length < 8; length++)
        assert_outcome(answer_too_little, length, RPC_X_BAD_STUB_DATA);
}

/* A big-endian server. */
static void answer_big_endian(struct fake_server *server, SOCKET s)
{
    static const uint8_t body[16] = {0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 42};
    struct fake_pdu request;
    uint8_t out[64];

    if (fake_accept_bind(s) && fake_recv_request(s, &request))
        fake_send(s, out,
                  fake_build(out, FAKE_RESPONSE, 3, request.call_id, 0, body, sizeof(body)));
    fake_drain(s);
}

static void test_big_endian(void **state)
{
    assert_answered(answer_big_endian, 0);
}

/* ---- a large request ---- */

#define LARGE (16 << 20)

/* Answers with a fault after the first fragment, and reads no more. */
static void fault_early(struct fake_server *server, SOCKET s)
{
    HANDLE waits[2] = {server->go, server->stop};
    struct fake_pdu request;
    uint8_t out[64];

    if (fake_accept_bind(s) && fake_recv(s, &request))
        fake_send(s, out, fake_fault(out, FAKE_DID_NOT_EXECUTE, request.call_id, 0x1c010014));
    WaitForMultipleObjects(2, waits, FALSE, WAIT_MS);
}

static void test_early_fault(void **state)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    byte *buffer = calloc(1, LARGE);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;

    fake_start(&server, fault_early, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(call_sink(call, binding, LARGE, buffer), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_SERVER_TOO_BUSY);
    SetEvent(server.go);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
    free(buffer);
    call_free(call);
}

/* Closes the connection while the request is being sent. */
static void close_early(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;

    if (fake_accept_bind(s))
        fake_recv(s, &request);
}

static void test_vanishes_during_request(void **state)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    byte *buffer = calloc(1, LARGE);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;
    RPC_STATUS status;

    fake_start(&server, close_early, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(call_sink(call, binding, LARGE, buffer), RPC_S_OK);
    status = call_finish(call);
    assert_true(status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
    free(buffer);
    call_free(call);
}

/* ---- a server that comes back ---- */

/* Answers one call on each connection, then closes it. */
static void answer_once(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;
    uint8_t out[64];

    if (fake_accept_bind(s) && fake_recv_request(s, &request))
        fake_send(s, out, fake_response(out, 3, request.call_id, 8, answer_stub, 8));
    WaitForSingleObject(server->go, WAIT_MS);
}

/* Waits until the client has noticed. (A call that is made before may fail: nobody can tell whether
 * it was executed.) */
static void await_client_closed(struct fake_server *server)
{
    ULONGLONG end = GetTickCount64() + WAIT_MS;

    while ((server->running || count_tcp_clients(wcstoul(server->endpoint, NULL, 10))) &&
           GetTickCount64() < end)
        Sleep(1);
}

/* A connection that died while nobody used it is replaced; no call fails because of it. */
static void test_dead_idle_connection(void **state)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;

    fake_start(&server, answer_once, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    for (LONG round = 1; round <= 5; round++) {
        call_reset(call);
        assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->reply, 42);
        SetEvent(server.go);
        await_client_closed(&server);
        assert_int_equal(server.connections, round);
    }
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
    call_free(call);
}

enum { HANGS_UP, IN_PIECES, RESETS };

/* Answers one synchronous call, hangs up behind that, and has then hung up when the test goes on. */
static void answer_and_hang_up(struct fake_server *server, SOCKET s)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    struct fake_pdu request;
    unsigned length;
    uint8_t out[64];
    LONG sum = 3;

    if (!fake_accept_bind(s) || !fake_recv_request(s, &request))
        return;
    length = fake_response(out, 3, request.call_id, 4, &sum, 4);
    if (server->arg == RESETS)
        setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof(reset));
    if (server->arg != IN_PIECES)
        fake_send(s, out, length);
    for (unsigned i = 0; server->arg == IN_PIECES && i < length; i++)
        fake_send(s, out + i, 1);
}

/* The next call takes another connection, and succeeds, whoever waits for its reply. */
static void test_hangs_up_after_answer(void **state)
{
    RPC_BINDING_HANDLE binding;
    struct fake_server server;

    for (uintptr_t how = HANGS_UP; how <= RESETS; how++) {
        fake_start(&server, answer_and_hang_up, how);
        binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
        for (LONG round = 1; round <= 5; round++) {
            assert_int_equal(steer_add(binding, 1, 2), 3);
            fake_await_closed(&server);
            assert_int_equal(server.connections, round);
        }
        rpc_fixture_unbind(&binding);
        fake_stop(&server);
    }
}

/* ---- association groups ---- */

enum { OLD_GROUP = 0x12345, NEW_GROUP = 0x999, EARLY_MS = 50 };

struct grouping {
    LONG named[3];  /* the group that each connection's bind names */
    HANDLE bind[3]; /* its bind is there */
    HANDLE end;     /* for the first connection to end */
    bool early;     /* the third one's bind came before the second one's was answered */
};

static bool has_data(SOCKET s, unsigned ms)
{
    struct timeval limit = {.tv_usec = ms * 1000};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &limit) == 1;
}

/* The first connection is bound, and ends without an answer; the second one's bind, under way at that time, is answered
 * with another group as soon as the third one has had time to send its own. */
static void change_group(struct fake_server *server, SOCKET s)
{
    struct grouping *grouping = (struct grouping *)server->arg;
    LONG index = InterlockedIncrement(&server->seen) - 1;
    struct fake_pdu pdu;
    uint8_t out[2048];
    unsigned length;

    if (index == 2) {
        grouping->early = has_data(s, EARLY_MS);
        SetEvent(server->go);
    }
    if (index > 2 || !fake_recv(s, &pdu))
        return;
    memcpy(&grouping->named[index], pdu.bytes + 20, 4);
    SetEvent(grouping->bind[index]);
    if (index == 1)
        WaitForSingleObject(server->go, WAIT_MS);
    length = fake_bind_ack(out, &pdu);
    if (index)
        memcpy(out + 20, &(LONG){NEW_GROUP}, 4);
    if (!fake_send(s, out, length) || !fake_recv_request(s, &pdu))
        return;
    if (index)
        fake_send(s, out, fake_response(out, 3, pdu.call_id, 8, answer_stub, 8));
    WaitForSingleObject(index ? server->stop : grouping->end, WAIT_MS);
}

/* A group ends with its last bound connection. The next one that is bound brings another, and the others wait for it:
 * else each might be given one of its own, and what belongs to a group, context handles, could not be found again. */
static void test_group_ends(void **state)
{
    struct grouping grouping = {.end = CreateEventW(NULL, FALSE, FALSE, NULL)};
    struct async_call *calls[3];
    RPC_BINDING_HANDLE bindings[3];
    struct fake_server server;

    for (unsigned i = 0; i < 3; i++)
        grouping.bind[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
    fake_start(&server, change_group, (uintptr_t)&grouping);
    for (unsigned i = 0; i < 3; i++) {
        bindings[i] = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
        calls[i] = call_new(RpcNotificationTypeEvent);
        assert_int_equal(call_add(calls[i], bindings[i], 1, 2), RPC_S_OK);
        assert_int_equal(WaitForSingleObject(grouping.bind[i], WAIT_MS), WAIT_OBJECT_0);
        if (i != 1)
            continue;
        SetEvent(grouping.end);
        assert_int_equal(call_finish(calls[0]), RPC_S_CALL_FAILED);
    }
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(call_finish(calls[i]), RPC_S_OK);
    assert_int_equal(grouping.named[0], 0);
    assert_int_equal(grouping.named[1], OLD_GROUP);
    assert_false(grouping.early);
    assert_int_equal(grouping.named[2], NEW_GROUP);
    for (unsigned i = 0; i < 3; i++) {
        rpc_fixture_unbind(&bindings[i]);
        call_free(calls[i]);
        CloseHandle(grouping.bind[i]);
    }
    fake_stop(&server);
    CloseHandle(grouping.end);
}

static void call_after_death(const WCHAR *protseq)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    struct rpc_child child;
    RPC_BINDING_HANDLE binding;
    RPC_STATUS status;

    rpc_child_start(&child, protseq);
    binding = rpc_fixture_bind(protseq, child.endpoint);
    assert_int_equal(steer_add(binding, 1, 2), 3);
    rpc_child_kill(&child);
    status = call_add(call, binding, 1, 2);
    if (status == RPC_S_OK)
        status = call_finish(call);
    else
        assert_int_equal(call_notified(call), 0);
    assert_int_equal(status, RPC_S_SERVER_UNAVAILABLE);
    rpc_fixture_unbind(&binding);
    call_free(call);
}

static void test_call_after_death(void **state)
{
    call_after_death(L"ncacn_ip_tcp");
    call_after_death(L"ncalrpc");
    call_after_death(L"ncacn_np");
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_hangs_up_before_bind),
        cmocka_unit_test(test_bind_nak),
        cmocka_unit_test(test_explained_nak),
        cmocka_unit_test(test_rejected_context),
        cmocka_unit_test(test_broken_bind_ack),
        cmocka_unit_test(test_truncated_bind_ack),
        cmocka_unit_test(test_vanishes_after_request),
        cmocka_unit_test(test_fault_codes),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_forged_and_duplicate),
        cmocka_unit_test(test_protocol_errors),
        cmocka_unit_test(test_truncated_answer),
        cmocka_unit_test(test_bad_stub_data),
        cmocka_unit_test(test_big_endian),
        cmocka_unit_test(test_early_fault),
        cmocka_unit_test(test_vanishes_during_request),
        cmocka_unit_test(test_dead_idle_connection),
        cmocka_unit_test(test_hangs_up_after_answer),
        cmocka_unit_test(test_group_ends),
        cmocka_unit_test(test_call_after_death),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_peer",
        .register_server = async_server_register,
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
