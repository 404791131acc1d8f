/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data in pieces, without a stub: I_RpcSend and I_RpcReceive with RPC_BUFFER_PARTIAL,
 * RPC_BUFFER_EXTRA and RPC_BUFFER_COMPLETE, I_RpcReallocPipeBuffer, I_RpcFreePipeBuffer. */
#include "rpc_fixture.h"
#include <rpcdcep.h>
#include <rpcndr.h>

#define PIECE (64u << 10)
#define WANTED 1000

enum procedure {
    P_SUM,    /* octets, in pieces: how many, and their sum */
    P_SOURCE, /* a count: as many octets, in pieces */
    P_ECHO,   /* each piece back */
    P_REFUSE, /* takes the first piece, and raises */
    P_IGNORE, /* takes nothing, and answers */
    P_INITIALIZE, /* octets, in pieces, of which a stub asks for WANTED at once: how many it gets */
    P_STARTED, /* sets `started` at once, then takes all of the rest at once: its length */
    PROCEDURES
};

static HANDLE started;

static BYTE pattern(DWORD i)
{
    return (BYTE)(i * 7 + (i >> 11));
}

/* ---- the server ---- */

static void must(RPC_STATUS status)
{
    if (status)
        RpcRaiseException(status);
}

static void answer(RPC_MESSAGE *msg, const void *data, unsigned length)
{
    msg->RpcFlags = 0;
    msg->BufferLength = length;
    must(I_RpcGetBuffer(msg));
    memcpy(msg->Buffer, data, length);
}

/* The next piece; false at the end. The first one comes with the message. */
static bool next_piece(RPC_MESSAGE *msg)
{
    if (msg->RpcFlags & RPC_BUFFER_COMPLETE)
        return false;
    msg->RpcFlags = RPC_BUFFER_PARTIAL;
    must(I_RpcReceive(msg, 0));
    return true;
}

static void __RPC_API serve_sum(RPC_MESSAGE *msg)
{
    DWORD result[2] = {0};

    do {
        result[0] += msg->BufferLength;
        for (unsigned i = 0; i < msg->BufferLength; i++)
            result[1] += ((BYTE *)msg->Buffer)[i];
    } while (next_piece(msg));
    answer(msg, result, sizeof(result));
}

static void send_piece(RPC_MESSAGE *msg, const void *data, unsigned length)
{
    msg->RpcFlags = RPC_BUFFER_PARTIAL;
    msg->Buffer = (void *)data;
    msg->BufferLength = length;
    must(I_RpcSend(msg));
}

static void __RPC_API serve_source(RPC_MESSAGE *msg)
{
    static BYTE piece[PIECE];
    DWORD count = *(DWORD *)msg->Buffer;

    for (DWORD sent = 0, part; sent < count; sent += part) {
        part = min(count - sent, sizeof(piece));
        for (DWORD i = 0; i < part; i++)
            piece[i] = pattern(sent + i);
        send_piece(msg, piece, part);
    }
    answer(msg, "end.", 4);
}

static void __RPC_API serve_echo(RPC_MESSAGE *msg)
{
    bool more;

    do {
        RPC_MESSAGE reply = *msg;

        send_piece(&reply, msg->Buffer, msg->BufferLength);
    } while ((more = next_piece(msg)));
    answer(msg, NULL, 0);
}

static void __RPC_API serve_refuse(RPC_MESSAGE *msg)
{
    RpcRaiseException(0x20002000);
}

static void __RPC_API serve_ignore(RPC_MESSAGE *msg)
{
    answer(msg, "done", 4);
}

static void __RPC_API serve_started(RPC_MESSAGE *msg)
{
    DWORD length;

    if (started)
        SetEvent(started);
    msg->RpcFlags = RPC_BUFFER_EXTRA;
    must(I_RpcReceive(msg, 0));
    length = msg->BufferLength;
    for (DWORD i = 0; i < length; i++) {
        if (((BYTE *)msg->Buffer)[i] != pattern(i))
            length = ~0u;
    }
    answer(msg, &length, sizeof(length));
}

static void __RPC_API serve_initialize(RPC_MESSAGE *msg)
{
    static MIDL_STUB_DESC desc;
    MIDL_STUB_MESSAGE stub;
    DWORD result[2] = {0};

    NdrServerInitializePartial(msg, &stub, &desc, WANTED);
    result[0] = (DWORD)(stub.BufferEnd - stub.BufferStart);
    for (unsigned i = 0; i < result[0]; i++)
        result[1] += stub.Buffer[i] != pattern(i);
    answer(msg, result, sizeof(result));
}

static RPC_DISPATCH_FUNCTION dispatch[PROCEDURES + 1] = {
    serve_sum, serve_source, serve_echo, serve_refuse, serve_ignore, serve_initialize, serve_started,
};
static RPC_DISPATCH_TABLE dispatch_table = {PROCEDURES, dispatch, 0};
#define NDR20 {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}
#define INTERFACE {{0x5a1b3c7e, 0x2d4f, 0x4e61, {0x97, 0x18, 0x3b, 0x5c, 0x7d, 0x9e, 0x1f, 0x40}}, {1, 0}}
static RPC_SERVER_INTERFACE server_interface = {
    .Length = sizeof(RPC_SERVER_INTERFACE),
    .InterfaceId = INTERFACE,
    .TransferSyntax = NDR20,
    .DispatchTable = &dispatch_table,
    .Flags = RPC_INTERFACE_HAS_PIPES,
};
static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = INTERFACE,
    .TransferSyntax = NDR20,
};

static void register_server(void)
{
    if (RpcServerRegisterIfEx(&server_interface, NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL))
        exit(1);
}

/* ---- the client ---- */

static void begin(RPC_MESSAGE *msg, RPC_BINDING_HANDLE binding, unsigned procedure, unsigned length)
{
    memset(msg, 0, sizeof(*msg));
    msg->Handle = binding;
    msg->ProcNum = procedure;
    msg->RpcInterfaceInformation = &client_interface;
    msg->DataRepresentation = 0x10;
    msg->BufferLength = length;
    assert_int_equal(I_RpcGetBuffer(msg), RPC_S_OK);
}

static void fill(BYTE *buffer, DWORD at, DWORD length)
{
    for (DWORD i = 0; i < length; i++)
        buffer[i] = pattern(at + i);
}

/* Sends `total` octets of the pattern in pieces; the status of the last I_RpcSend. */
static RPC_STATUS send_pattern(RPC_MESSAGE *msg, DWORD total, DWORD piece)
{
    BYTE *buffer = malloc(piece);
    RPC_STATUS status = RPC_S_OK;

    for (DWORD sent = 0, part; !status && sent < total; sent += part) {
        part = min(total - sent, piece);
        fill(buffer, sent, part);
        msg->Buffer = buffer;
        msg->BufferLength = part;
        msg->RpcFlags = RPC_BUFFER_PARTIAL;
        status = I_RpcSend(msg);
    }
    free(buffer);
    return status;
}

static RPC_STATUS receive_rest(RPC_MESSAGE *msg)
{
    RPC_STATUS status;

    msg->Buffer = NULL;
    msg->BufferLength = 0;
    msg->RpcFlags = 0;
    if ((status = I_RpcSend(msg)) == RPC_S_OK)
        status = I_RpcReceive(msg, 0);
    return status;
}

static DWORD pattern_sum(DWORD count)
{
    DWORD sum = 0;

    for (DWORD i = 0; i < count; i++)
        sum += pattern(i);
    return sum;
}

/* Pieces of all sizes, among them such as leave octets over that do not fill a unit. */
static void test_request_in_pieces(void **state)
{
    static const struct {
        DWORD total, piece;
    } cases[] = {{0, 1}, {1, 1}, {15, 1}, {16, 16}, {1000, 7}, {100000, 333}, {1 << 20, 1 << 20}, {3000000, 65519}};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_MESSAGE msg;

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        begin(&msg, binding, P_SUM, 0);
        assert_int_equal(send_pattern(&msg, cases[i].total, cases[i].piece), RPC_S_OK);
        assert_int_equal(receive_rest(&msg), RPC_S_OK);
        assert_int_equal(msg.BufferLength, 8);
        assert_int_equal(((DWORD *)msg.Buffer)[0], cases[i].total);
        assert_int_equal(((DWORD *)msg.Buffer)[1], pattern_sum(cases[i].total));
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

/* A server stub's first buffer holds what the stub asks for, though the first piece is shorter. */
static void test_stub_begins(void **state)
{
    static const DWORD totals[] = {0, 10, WANTED, 200000};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_MESSAGE msg;
    DWORD *result;

    for (unsigned i = 0; i < ARRAYSIZE(totals); i++) {
        begin(&msg, binding, P_INITIALIZE, 0);
        assert_int_equal(send_pattern(&msg, totals[i], 7), RPC_S_OK);
        assert_int_equal(receive_rest(&msg), RPC_S_OK);
        result = msg.Buffer;
        assert_true(result[0] >= min(totals[i], WANTED) && result[0] <= totals[i]);
        assert_int_equal(result[1], 0);
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

static void request_source(RPC_MESSAGE *msg, RPC_BINDING_HANDLE binding, DWORD count)
{
    begin(msg, binding, P_SOURCE, 4);
    *(DWORD *)msg->Buffer = count;
    msg->RpcFlags = RPC_BUFFER_PARTIAL | RPC_BUFFER_COMPLETE;
    assert_int_equal(I_RpcSend(msg), RPC_S_OK);
}

static void test_reply_in_pieces(void **state)
{
    static const DWORD counts[] = {0, 1, 17, 70000, 3000001};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    DWORD total, wrong;
    RPC_MESSAGE msg;

    for (unsigned n = 0; n < ARRAYSIZE(counts); n++) {
        request_source(&msg, binding, counts[n]);
        total = wrong = 0;
        do {
            msg.RpcFlags = RPC_BUFFER_PARTIAL;
            assert_int_equal(I_RpcReceive(&msg, 0), RPC_S_OK);
            for (unsigned i = 0; i < msg.BufferLength; i++, total++)
                wrong += total < counts[n] && ((BYTE *)msg.Buffer)[i] != pattern(total);
        } while (!(msg.RpcFlags & RPC_BUFFER_COMPLETE));
        assert_int_equal(wrong, 0);
        assert_int_equal(total, counts[n] + 4);
        assert_int_equal(I_RpcFreePipeBuffer(&msg), RPC_S_OK);
        assert_null(msg.Buffer);
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

/* RPC_BUFFER_EXTRA keeps what is there; `size` asks for so much at once. */
static void test_extra(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    unsigned before = 0, wrong = 0;
    RPC_MESSAGE msg;

    request_source(&msg, binding, 400000);
    msg.RpcFlags = RPC_BUFFER_PARTIAL;
    assert_int_equal(I_RpcReceive(&msg, 300000), RPC_S_OK);
    assert_true(msg.BufferLength >= 300000);
    while (!(msg.RpcFlags & RPC_BUFFER_COMPLETE)) {
        before = msg.BufferLength;
        msg.RpcFlags = RPC_BUFFER_PARTIAL | RPC_BUFFER_EXTRA;
        assert_int_equal(I_RpcReceive(&msg, 1000), RPC_S_OK);
        assert_true(msg.BufferLength >= before + 1000 || msg.RpcFlags & RPC_BUFFER_COMPLETE);
    }
    assert_int_equal(msg.BufferLength, 400004);
    for (unsigned i = 0; i < 400000; i++)
        wrong += ((BYTE *)msg.Buffer)[i] != pattern(i);
    assert_int_equal(wrong, 0);
    assert_memory_equal((BYTE *)msg.Buffer + 400000, "end.", 4);
    assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

#ifdef __x86_64__

/* Exported, but in no header. */
unsigned char *RPC_ENTRY NdrGetPipeBuffer(PMIDL_STUB_MESSAGE msg, ULONG length, RPC_BINDING_HANDLE binding);
void RPC_ENTRY NdrGetPartialBuffer(PMIDL_STUB_MESSAGE msg);

static void *__RPC_USER allocate(size_t size)
{
    return malloc(size);
}

/* The buffers of a stub: what has been read may go, what has not stays. */
static void test_stub_buffers(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    MIDL_STUB_DESC desc = {
        .RpcInterfaceInformation = &client_interface, .pfnAllocate = allocate, .pfnFree = free};
    MIDL_STUB_MESSAGE stub;
    RPC_MESSAGE msg = {0};
    unsigned total = 0, wrong = 0;

    NdrClientInitializeNew(&msg, &stub, &desc, P_SOURCE);
    *(DWORD *)NdrGetPipeBuffer(&stub, 4, binding) = 300000;
    msg.RpcFlags = RPC_BUFFER_PARTIAL | RPC_BUFFER_COMPLETE;
    assert_int_equal(I_RpcSend(&msg), RPC_S_OK);
    msg.RpcFlags = 0;
    stub.BufferStart = stub.Buffer = stub.BufferEnd = NULL;
    while (!(msg.RpcFlags & RPC_BUFFER_COMPLETE)) {
        NdrGetPartialBuffer(&stub);
        for (; stub.BufferEnd - stub.Buffer > 4; total++)
            wrong += *stub.Buffer++ != pattern(total);
    }
    assert_int_equal(total, 300000);
    assert_int_equal(wrong, 0);
    assert_memory_equal(stub.Buffer, "end.", 4);
    NdrFreeBuffer(&stub);
    rpc_fixture_unbind(&binding);
}

#endif

static void test_both_ways(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    BYTE expected[4096];
    RPC_MESSAGE msg;

    fill(expected, 0, sizeof(expected));
    begin(&msg, binding, P_ECHO, 0);
    assert_int_equal(send_pattern(&msg, sizeof(expected), 16), RPC_S_OK);
    msg.RpcFlags = RPC_BUFFER_PARTIAL; /* the server has sent before the request was complete */
    assert_int_equal(I_RpcReceive(&msg, sizeof(expected)), RPC_S_OK);
    assert_memory_equal(msg.Buffer, expected, sizeof(expected));
    assert_int_equal(receive_rest(&msg), RPC_S_OK);
    assert_int_equal(msg.BufferLength, 0);
    assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* The buffer of I_RpcGetBuffer grows, and keeps what it holds. */
static void test_resize(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_MESSAGE msg;

    begin(&msg, binding, P_SUM, 4);
    memset(msg.Buffer, 1, 4);
    assert_int_equal(I_RpcReallocPipeBuffer(&msg, 1000), RPC_S_OK);
    assert_int_equal(msg.BufferLength, 1000);
    memset((BYTE *)msg.Buffer + 4, 2, 996);
    assert_int_equal(I_RpcSendReceive(&msg), RPC_S_OK);
    assert_int_equal(((DWORD *)msg.Buffer)[0], 1000);
    assert_int_equal(((DWORD *)msg.Buffer)[1], 4 + 2 * 996);
    assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    assert_int_equal(I_RpcReallocPipeBuffer(&msg, 4), RPC_S_INVALID_BINDING);
    assert_int_equal(I_RpcFreePipeBuffer(&msg), RPC_S_INVALID_BINDING);
    rpc_fixture_unbind(&binding);
}

/* The server ends the call while the client sends: the client learns it and stops. */
static void test_fault_while_sending(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_MESSAGE msg;

    begin(&msg, binding, P_REFUSE, 0);
    assert_int_equal(send_pattern(&msg, 64 << 20, PIECE), 0x20002000);
    assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    begin(&msg, binding, P_SUM, 0);
    assert_int_equal(send_pattern(&msg, 100, 50), RPC_S_OK);
    assert_int_equal(receive_rest(&msg), RPC_S_OK);
    assert_int_equal(((DWORD *)msg.Buffer)[0], 100);
    assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* An answer that comes before the request is complete is one; the rest of the request is dropped. */
static void test_early_answer(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_MESSAGE msg;

    for (unsigned round = 0; round < 3; round++) {
        begin(&msg, binding, P_IGNORE, 0);
        assert_int_equal(send_pattern(&msg, 4 << 20, PIECE), RPC_S_OK);
        assert_int_equal(receive_rest(&msg), RPC_S_OK);
        assert_int_equal(msg.BufferLength, 4);
        assert_memory_equal(msg.Buffer, "done", 4);
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

/* Freed in the middle: the call is given up, and the next one works. */
static void test_given_up(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_MESSAGE msg;

    for (unsigned round = 0; round < 5; round++) {
        begin(&msg, binding, P_SUM, 0);
        assert_int_equal(send_pattern(&msg, 100000, PIECE), RPC_S_OK);
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
        request_source(&msg, binding, 8 << 20);
        msg.RpcFlags = RPC_BUFFER_PARTIAL;
        assert_int_equal(I_RpcReceive(&msg, 100), RPC_S_OK);
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    }
    begin(&msg, binding, P_SUM, 3);
    memset(msg.Buffer, 1, 3);
    assert_int_equal(I_RpcSendReceive(&msg), RPC_S_OK);
    assert_int_equal(((DWORD *)msg.Buffer)[1], 3);
    assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* The dispatch function runs with the first fragment; the rest follows when the client likes. */
static void test_dispatched_early(void **state)
{
    static const WCHAR *protseqs[] = {L"ncalrpc", L"ncacn_np", L"ncacn_ip_tcp"};
    BYTE first[64];
    RPC_MESSAGE msg;

    started = CreateEventW(NULL, FALSE, FALSE, NULL);
    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        RPC_BINDING_HANDLE binding;
        WCHAR endpoint[64];

        rpc_fixture_listen(protseqs[i], endpoint, ARRAYSIZE(endpoint));
        binding = rpc_fixture_bind(protseqs[i], endpoint);
        begin(&msg, binding, P_STARTED, 0);
        fill(first, 0, sizeof(first));
        msg.Buffer = first;
        msg.BufferLength = sizeof(first);
        msg.RpcFlags = RPC_BUFFER_PARTIAL;
        assert_int_equal(I_RpcSend(&msg), RPC_S_OK);
        assert_int_equal(WaitForSingleObject(started, WAIT_MS), WAIT_OBJECT_0);
        assert_int_equal(receive_rest(&msg), RPC_S_OK);
        assert_int_equal(*(DWORD *)msg.Buffer, sizeof(first));
        assert_int_equal(I_RpcFreeBuffer(&msg), RPC_S_OK);
        rpc_fixture_unbind(&binding);
    }
    CloseHandle(started);
    started = NULL;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_request_in_pieces),
        cmocka_unit_test(test_stub_begins),
        cmocka_unit_test(test_reply_in_pieces),
        cmocka_unit_test(test_extra),
#ifdef __x86_64__
        cmocka_unit_test(test_stub_buffers),
#endif
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_fault_while_sending),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_given_up),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_dispatched_early),
    };
    static const struct rpc_suite suite = {
        .name = "test_partial",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
