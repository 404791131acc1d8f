/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which transfer syntax a call is made in: NDR64 where both ends have it, else NDR 2.0; one end with
 * only one; a second one on a connection; what is remembered, and when it is forgotten. The
 * interfaces are described as MIDL's -protocol dce, ndr64 and all describe them, but their dispatch
 * functions only say in which syntax they were called. [MS-RPCE] 3.3.1.5.6; MIDL's "/protocol". */
#include "fake_server.h"
#include "rpc_fixture.h"
#include <rpcndr.h>
#include "stub_raised.h"

#define NDR20_ID \
    {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}
#define NDR64_ID \
    {{0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, {1, 0}}

enum protocol { DCE, NDR64, ALL, PROTOCOLS };

static const RPC_SYNTAX_IDENTIFIER ndr20 = NDR20_ID, ndr64 = NDR64_ID;

/* Which of the two tables of a server's interface was called. */
struct answer {
    LONG table;     /* 20 or 64 */
    LONG syntax_ok; /* and RPC_MESSAGE.TransferSyntax is the same */
};

/* ---- the server ---- */

static void answer(RPC_MESSAGE *msg, LONG table, const RPC_SYNTAX_IDENTIFIER *syntax)
{
    bool same = !memcmp(msg->TransferSyntax, syntax, sizeof(*syntax));

    msg->BufferLength = sizeof(struct answer);
    if (I_RpcGetBuffer(msg) == RPC_S_OK)
        *(struct answer *)msg->Buffer = (struct answer){table, same};
}

static void __RPC_STUB answer_ndr20(RPC_MESSAGE *msg)
{
    answer(msg, 20, &ndr20);
}

static void __RPC_STUB answer_ndr64(RPC_MESSAGE *msg)
{
    answer(msg, 64, &ndr64);
}

static RPC_DISPATCH_FUNCTION functions20[] = {answer_ndr20, NULL};
static RPC_DISPATCH_FUNCTION functions64[] = {answer_ndr64, answer_ndr64, NULL};
static RPC_DISPATCH_TABLE table20 = {1, functions20, 0};
static RPC_DISPATCH_TABLE table64 = {2, functions64, 0};
static MIDL_SYNTAX_INFO server_syntaxes[] = {
    {.TransferSyntax = NDR20_ID, .DispatchTable = &table20},
    {.TransferSyntax = NDR64_ID, .DispatchTable = &table64},
};
static const MIDL_SERVER_INFO server_all = {.nCount = 2, .pSyntaxInfo = server_syntaxes};
static const MIDL_SERVER_INFO server_ndr64 = {.nCount = 1, .pSyntaxInfo = server_syntaxes + 1};

static RPC_SYNTAX_IDENTIFIER interface_id(enum protocol server)
{
    RPC_SYNTAX_IDENTIFIER id = {
        {0x2c1f7b10, 0x8a4d, 0x4e0f, {0xb1, 0x55, 0x6e, 0x0d, 0x3a, 0x91, 0x77, 0x00}}, {1, 0}};

    id.SyntaxGUID.Data4[7] = (unsigned char)server;
    return id;
}

static RPC_SERVER_INTERFACE server_interfaces[PROTOCOLS] = {
    [DCE] = {.TransferSyntax = NDR20_ID, .DispatchTable = &table20},
    [NDR64] = {.TransferSyntax = NDR64_ID,
               .DispatchTable = &table64,
               .InterpreterInfo = &server_ndr64,
               .Flags = RPCFLG_HAS_MULTI_SYNTAXES},
    [ALL] = {.TransferSyntax = NDR20_ID,
             .DispatchTable = &table20,
             .InterpreterInfo = &server_all,
             .Flags = RPCFLG_HAS_MULTI_SYNTAXES},
};

static void register_server(void)
{
    for (int i = 0; i < PROTOCOLS; i++) {
        server_interfaces[i].Length = sizeof(RPC_SERVER_INTERFACE);
        server_interfaces[i].InterfaceId = interface_id(i);
        if (RpcServerRegisterIfEx(&server_interfaces[i], NULL, NULL, RPC_IF_AUTOLISTEN,
                                  RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL) != RPC_S_OK)
            ExitProcess(2);
    }
}

/* ---- the client ---- */

static MIDL_SYNTAX_INFO client_syntaxes[] = {{.TransferSyntax = NDR20_ID},
                                             {.TransferSyntax = NDR64_ID}};
static const MIDL_STUBLESS_PROXY_INFO client_all = {.nCount = 2, .pSyntaxInfo = client_syntaxes};

static RPC_CLIENT_INTERFACE client_interface(enum protocol client, enum protocol server)
{
    RPC_CLIENT_INTERFACE iface = {
        .Length = sizeof(iface),
        .InterfaceId = interface_id(server),
        .TransferSyntax = client == NDR64 ? ndr64 : ndr20,
        .InterpreterInfo = client == ALL ? &client_all : NULL,
        .Flags = client == ALL ? RPCFLG_HAS_MULTI_SYNTAXES : 0,
    };

    return iface;
}

/* Negotiates, and calls procedure 0. */
static RPC_STATUS call(RPC_BINDING_HANDLE binding, RPC_CLIENT_INTERFACE *iface, LONG *table)
{
    RPC_MESSAGE msg = {.Handle = binding,
                       .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
                       .RpcInterfaceInformation = iface};
    RPC_STATUS status = I_RpcNegotiateTransferSyntax(&msg);
    const struct answer *got;

    if (status == RPC_S_OK)
        status = I_RpcGetBuffer(&msg);
    if (status == RPC_S_OK)
        status = I_RpcSendReceive(&msg);
    if (status != RPC_S_OK)
        return status;
    got = msg.Buffer;
    assert_int_equal(msg.BufferLength, sizeof(*got));
    assert_true(got->syntax_ok);
    *table = got->table;
    I_RpcFreeBuffer(&msg);
    return RPC_S_OK;
}

/* A fresh connection for each: RPC_C_OPT_UNIQUE_BINDING. */
static RPC_BINDING_HANDLE fresh_binding(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK);
    return binding;
}

static void test_every_pair(void **state)
{
    static const LONG expected[PROTOCOLS][PROTOCOLS] = {
        [DCE] = {[DCE] = 20, [NDR64] = 0, [ALL] = 20},
        [NDR64] = {[DCE] = 0, [NDR64] = 64, [ALL] = 64},
        [ALL] = {[DCE] = 20, [NDR64] = 64, [ALL] = 64},
    };

    for (int client = 0; client < PROTOCOLS; client++) {
        for (int server = 0; server < PROTOCOLS; server++) {
            RPC_CLIENT_INTERFACE iface = client_interface(client, server);
            RPC_BINDING_HANDLE binding = fresh_binding(state);
            LONG table = 0;

            assert_int_equal(call(binding, &iface, &table),
                             expected[client][server] ? RPC_S_OK : RPC_S_UNSUPPORTED_TRANS_SYN);
            assert_int_equal(table, expected[client][server]);
            if (table) {
                assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
                assert_int_equal(table, expected[client][server]);
            }
            rpc_fixture_unbind(&binding);
        }
    }
}

/* alter_context adds what the bind has not brought, in either order. */
static void test_second_syntax(void **state)
{
    static const enum protocol orders[][3] = {
        {DCE, NDR64, ALL}, {NDR64, DCE, ALL}, {ALL, DCE, NDR64}, {DCE, ALL, NDR64}};
    static const LONG expected[PROTOCOLS] = {[DCE] = 20, [NDR64] = 64, [ALL] = 64};

    for (size_t i = 0; i < ARRAYSIZE(orders); i++) {
        RPC_BINDING_HANDLE binding = fresh_binding(state);

        for (size_t j = 0; j < ARRAYSIZE(orders[i]); j++) {
            RPC_CLIENT_INTERFACE iface = client_interface(orders[i][j], ALL);
            LONG table = 0;

            assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
            assert_int_equal(table, expected[orders[i][j]]);
        }
        rpc_fixture_unbind(&binding);
    }
}

/* A refusal is no reason to close a connection that serves another interface. */
static void test_refused_beside(void **state)
{
    RPC_CLIENT_INTERFACE good = client_interface(ALL, ALL), bad = client_interface(NDR64, DCE);
    RPC_BINDING_HANDLE binding = fresh_binding(state);
    LONG table = 0;

    assert_int_equal(call(binding, &good, &table), RPC_S_OK);
    for (int i = 0; i < 40; i++)
        assert_int_equal(call(binding, &bad, &table), RPC_S_UNSUPPORTED_TRANS_SYN);
    assert_int_equal(call(binding, &good, &table), RPC_S_OK);
    assert_int_equal(table, 64);
    rpc_fixture_unbind(&binding);
}

/* Each syntax has its own dispatch table: NDR64's has one procedure more. */
static void test_own_dispatch_table(void **state)
{
    static const struct {
        enum protocol client;
        RPC_STATUS status;
    } cases[] = {{DCE, RPC_S_PROCNUM_OUT_OF_RANGE}, {ALL, RPC_S_OK}};

    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        RPC_CLIENT_INTERFACE iface = client_interface(cases[i].client, ALL);
        RPC_BINDING_HANDLE binding = fresh_binding(state);
        RPC_MESSAGE msg = {.Handle = binding, .RpcInterfaceInformation = &iface, .ProcNum = 1};

        assert_int_equal(I_RpcNegotiateTransferSyntax(&msg), RPC_S_OK);
        assert_int_equal(I_RpcGetBuffer(&msg), RPC_S_OK);
        assert_int_equal(I_RpcSendReceive(&msg), cases[i].status);
        I_RpcFreeBuffer(&msg);
        rpc_fixture_unbind(&binding);
    }
}

/* What was negotiated for one call does not bind the next; and a message that was never negotiated
 * is one of the interface's first syntax. */
static void test_without_negotiation(void **state)
{
    RPC_CLIENT_INTERFACE iface = client_interface(ALL, ALL);
    RPC_BINDING_HANDLE binding = fresh_binding(state);
    RPC_MESSAGE msg = {.Handle = binding,
                       .RpcInterfaceInformation = &iface,
                       .TransferSyntax = (RPC_SYNTAX_IDENTIFIER *)(LONG_PTR)-16};
    LONG table = 0;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(I_RpcGetBuffer(&msg), RPC_S_OK);
        assert_memory_equal(msg.TransferSyntax, &ndr20, sizeof(ndr20));
        assert_int_equal(I_RpcSendReceive(&msg), RPC_S_OK);
        assert_int_equal(((struct answer *)msg.Buffer)->table, 20);
        I_RpcFreeBuffer(&msg);
        assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
        assert_int_equal(table, 64);
        msg.BufferLength = 0;
        msg.TransferSyntax = NULL;
    }
    rpc_fixture_unbind(&binding);
}

/* RpcBindingBind offers all that the interface has; the calls after that ask nobody. */
static void test_bind_beforehand(void **state)
{
    RPC_CLIENT_INTERFACE iface = client_interface(ALL, ALL);
    RPC_BINDING_HANDLE binding = fresh_binding(state);
    LONG table = 0;

    assert_int_equal(RpcBindingBind(NULL, binding, &iface), RPC_S_OK);
    assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
    assert_int_equal(table, 64);
    rpc_fixture_unbind(&binding);
}

static void test_negotiation_errors(void **state)
{
    RPC_CLIENT_INTERFACE iface = client_interface(ALL, ALL);
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", L"1"), none = NULL;
    RPC_MESSAGE msg = {.Handle = none, .RpcInterfaceInformation = &iface};

    assert_int_equal(I_RpcNegotiateTransferSyntax(&msg), RPC_S_INVALID_BINDING);
    msg.Handle = binding;
    assert_int_equal(I_RpcNegotiateTransferSyntax(&msg), RPC_S_SERVER_UNAVAILABLE);
    assert_null(msg.TransferSyntax);
    msg.RpcInterfaceInformation = NULL;
    assert_int_equal(I_RpcNegotiateTransferSyntax(&msg), RPC_S_INTERFACE_NOT_FOUND);
    rpc_fixture_unbind(&binding);
}

static void test_inquire(void **state)
{
    RPC_CLIENT_INTERFACE client = client_interface(ALL, ALL);
    RPC_TRANSFER_SYNTAX list[3];
    unsigned count = 0;

    assert_int_equal(I_RpcIfInqTransferSyntaxes(&server_interfaces[ALL], list, 3, &count), RPC_S_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(&list[0].Uuid, &ndr20.SyntaxGUID, sizeof(UUID));
    assert_int_equal(list[0].VersMajor, 2);
    assert_memory_equal(&list[1].Uuid, &ndr64.SyntaxGUID, sizeof(UUID));
    assert_int_equal(list[1].VersMajor, 1);
    assert_int_equal(list[1].VersMinor, 0);
    count = 0;
    assert_int_equal(I_RpcIfInqTransferSyntaxes(&client, list, 1, &count), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(count, 2);
    assert_int_equal(I_RpcIfInqTransferSyntaxes(&server_interfaces[DCE], list, 1, &count), RPC_S_OK);
    assert_int_equal(count, 1);
    assert_int_equal(I_RpcIfInqTransferSyntaxes(NULL, list, 1, &count), RPC_S_INVALID_ARG);
    assert_int_equal(I_RpcIfInqTransferSyntaxes(&client, list, 1, NULL), RPC_S_INVALID_ARG);
}

/* ---- on the wire ---- */

#define CONTEXTS_AT 24 /* in a bind: n_context_elem and what follows */

/* Answers one request with which syntax its context was accepted for. */
static void answer_request(SOCKET s, struct fake_pdu *pdu, unsigned ndr64_context)
{
    struct answer reply = {0, true};
    uint8_t out[64];

    if (!fake_recv_request(s, pdu))
        return;
    reply.table = pdu->bytes[20] == ndr64_context ? 64 : 20;
    fake_send(s, out, fake_response(out, FAKE_FIRST | FAKE_LAST, pdu->call_id, 8, &reply, 8));
}

static uint8_t first_bind[512];

/* Takes what `server->arg` says (1: NDR 2.0, 2: NDR64) for the first connection, and NDR 2.0 for
 * those after that; serves one call each. */
static void one_call_each(struct fake_server *server, SOCKET s)
{
    unsigned takes = server->connections == 1 ? server->arg : 1;
    struct fake_pdu *pdu = malloc(sizeof(*pdu));

    if (pdu && fake_recv(s, pdu) && pdu->type == FAKE_BIND) {
        if (server->connections == 1)
            memcpy(first_bind, pdu->bytes, sizeof(first_bind));
        if (fake_answer_bind(s, pdu, takes & 1, takes & 2)) {
            /* our contexts are numbered in the order of the offers: NDR64 is the second, or alone */
            answer_request(s, pdu, pdu->bytes[CONTEXTS_AT] == 3 ? 1 : 0x7f);
        }
    }
    free(pdu);
}

/* NDR 2.0, NDR64 and the features are offered in contexts of their own; whatever the server takes of
 * the first two is used, and NDR64 if it takes both. */
static void test_offer_bytes(void **state)
{
    static const struct {
        unsigned takes;
        LONG table;
    } cases[] = {{1, 20}, {2, 64}, {3, 64}};
    RPC_CLIENT_INTERFACE iface = client_interface(ALL, ALL);
    const uint8_t *contexts = first_bind + CONTEXTS_AT;

    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        struct fake_server server;
        RPC_BINDING_HANDLE binding;
        LONG table = 0;

        fake_start(&server, one_call_each, cases[i].takes);
        binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
        assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
        assert_int_equal(table, cases[i].table);
        rpc_fixture_unbind(&binding);
        fake_stop(&server);
        assert_int_equal(contexts[0], 3);
        for (int j = 0; j < 3; j++) {
            const uint8_t *context = contexts + 4 + j * 44;

            assert_int_equal(context[2], 1); /* transfer syntaxes */
            assert_memory_equal(context + 4, &iface.InterfaceId, 20);
        }
        assert_memory_equal(contexts + 4, "\0\0", 2);
        assert_memory_equal(contexts + 4 + 24, &ndr20, 20);
        assert_memory_equal(contexts + 4 + 44, "\1\0", 2);
        assert_memory_equal(contexts + 4 + 44 + 24, &ndr64, 20);
        assert_memory_equal(contexts + 4 + 88 + 24, "\x2c\x1c\xb7\x6c\x12\x98\x40\x45", 8);
    }
}

/* An answer is worth something as long as there is a connection. */
static void test_forgotten(void **state)
{
    RPC_CLIENT_INTERFACE iface = client_interface(ALL, ALL);
    RPC_BINDING_HANDLE binding;
    struct fake_server server;
    LONG table = 0;

    fake_start(&server, one_call_each, 2);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
    assert_int_equal(table, 64);
    /* The server has closed; the next one does not know NDR64 any more. The first attempt may find
     * that out only when it has chosen. */
    if (call(binding, &iface, &table) != RPC_S_OK)
        assert_int_equal(call(binding, &iface, &table), RPC_S_OK);
    assert_int_equal(table, 20);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_pair),         cmocka_unit_test(test_second_syntax),
        cmocka_unit_test(test_refused_beside),     cmocka_unit_test(test_own_dispatch_table),
        cmocka_unit_test(test_without_negotiation), cmocka_unit_test(test_bind_beforehand),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_negotiation_errors),
        cmocka_unit_test(test_inquire),
        cmocka_unit_test(test_offer_bytes),
        cmocka_unit_test(test_forgotten),
    };
    static const struct rpc_suite suite = {
        .name = "transfer syntax",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
