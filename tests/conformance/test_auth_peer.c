/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers that do not keep to what was agreed on: raw clients of our server, and fake servers of our
 * client, who know the tests' security package's tokens and signatures. The octets are those of C706
 * 12.6 and [MS-RPCE] 2.2.2.10, 2.2.2.11, 3.3.1.5.2. */
#include "auth_client.h"
#include "auth_server.h"
#include "fake_server.h"
#include "test_package.h"

enum { ALTER_CONTEXT = 14, ALTER_CONTEXT_RESP = 15, AUTH3 = 16 };
enum { KEY = 0x12345678, CONTEXT_ID = 0x00c0ffee, COUNT_CONTEXTS = 3 /* auth_contexts */ };
enum { NAK_TYPE_NOT_RECOGNIZED = 8, NAK_INVALID_CHECKSUM = 9 };

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value & 0xffff);
    put16(p + 2, value >> 16);
}

static uint32_t get32(const uint8_t *p)
{
    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned get16(const uint8_t *p)
{
    return p[0] | p[1] << 8;
}

/* ---- PDUs with a trailer ---- */

struct trailer {
    uint8_t type, level, pad;
    uint32_t context_id;
    const void *value;
    unsigned length;
};

/* Appends a trailer to a PDU of `length` octets, and corrects its header. */
static unsigned append_trailer(uint8_t *pdu, unsigned length, const struct trailer *trailer)
{
    uint8_t *p = pdu + length;

    p[0] = trailer->type;
    p[1] = trailer->level;
    p[2] = trailer->pad;
    p[3] = 0;
    put32(p + 4, trailer->context_id);
    memcpy(p + 8, trailer->value, trailer->length);
    length += 8 + trailer->length;
    put16(pdu + 8, length);
    put16(pdu + 10, trailer->length);
    return length;
}

static unsigned build_bind(uint8_t *pdu, unsigned type)
{
    const RPC_CLIENT_INTERFACE *spec = auth_test_v1_0_c_ifspec;

    memset(pdu, 0, 72);
    memcpy(pdu, (uint8_t[]){5, 0, (uint8_t)type, FAKE_FIRST | FAKE_LAST, 0x10, 0, 0, 0}, 8);
    put16(pdu + 8, 72);
    put32(pdu + 12, 1);
    put16(pdu + 16, 5840);
    put16(pdu + 18, 5840);
    pdu[24] = 1; /* presentation contexts */
    pdu[30] = 1; /* transfer syntaxes */
    memcpy(pdu + 32, &spec->InterfaceId, 20);
    memcpy(pdu + 52, &spec->TransferSyntax, 20);
    return 72;
}

static struct test_token make_token(unsigned leg, const char *password)
{
    struct test_token token = {TEST_MAGIC, leg, KEY, 0, "alice", ""};

    strcpy(token.password, password);
    return token;
}

/* A request without stub data, with a signature of that sequence number. */
static unsigned build_request(uint8_t *pdu, uint32_t call_id, uint32_t sequence)
{
    uint8_t signature[TEST_SIGNATURE];
    struct trailer trailer = {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 0, CONTEXT_ID, signature, TEST_SIGNATURE};

    memset(pdu, 0, 24);
    memcpy(pdu, (uint8_t[]){5, 0, FAKE_REQUEST, FAKE_FIRST | FAKE_LAST, 0x10, 0, 0, 0}, 8);
    put32(pdu + 12, call_id);
    put16(pdu + 22, COUNT_CONTEXTS);
    test_package_sign(KEY, false, sequence, NULL, 0, signature);
    return append_trailer(pdu, 24, &trailer);
}

/* ---- raw clients ---- */

static SOCKET connect_to(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    WCHAR endpoint[64];

    rpc_fixture_listen(L"ncacn_ip_tcp", endpoint, ARRAYSIZE(endpoint));
    address.sin_port = htons((u_short)wcstoul(endpoint, NULL, 10));
    assert_int_equal(connect(s, (struct sockaddr *)&address, sizeof(address)), 0);
    return s;
}

static void expect_end(SOCKET s)
{
    static struct fake_pdu pdu;

    assert_false(fake_recv(s, &pdu));
    closesocket(s);
}

static void expect_fault(SOCKET s, uint32_t call_id, uint32_t status)
{
    static struct fake_pdu pdu;

    assert_true(fake_recv(s, &pdu));
    assert_int_equal(pdu.type, FAKE_FAULT);
    assert_int_equal(pdu.call_id, call_id);
    assert_true(pdu.flags & FAKE_DID_NOT_EXECUTE);
    assert_int_equal(get32(pdu.bytes + 24), status);
    expect_end(s);
}

/* A bind with a token; the server's answer. */
static void bind_with(SOCKET s, const struct trailer *trailer, struct fake_pdu *answer)
{
    uint8_t pdu[1024];
    unsigned length = append_trailer(pdu, build_bind(pdu, FAKE_BIND), trailer);

    assert_true(fake_send(s, pdu, length));
    assert_true(fake_recv(s, answer));
}

static SOCKET bind_at(void **state, unsigned service, unsigned level)
{
    static struct fake_pdu answer;
    struct test_token token = make_token(0, TEST_PASSWORD);
    struct trailer trailer = {(uint8_t)service, (uint8_t)level, 0, CONTEXT_ID, &token, sizeof(token)};
    SOCKET s = connect_to(state);

    bind_with(s, &trailer, &answer);
    assert_int_equal(answer.type, FAKE_BIND_ACK);
    assert_int_equal(answer.flags & FAKE_PENDING_CANCEL, 0); /* header signing was not asked for */
    assert_int_equal(get16(answer.bytes + 10), sizeof(token));
    assert_memory_equal(answer.bytes + answer.length - sizeof(token) - 8,
                        ((uint8_t[]){(uint8_t)service, (uint8_t)level}), 2);
    assert_int_equal(get32(answer.bytes + answer.length - sizeof(token) - 4), CONTEXT_ID);
    return s;
}

static SOCKET bind_signed(void **state)
{
    return bind_at(state, TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
}

/* Header, stub data, padding, trailer, signature. */
static void expect_signed_response(SOCKET s, uint32_t call_id, uint32_t sequence)
{
    static struct fake_pdu pdu;
    uint8_t signature[TEST_SIGNATURE];

    assert_true(fake_recv(s, &pdu));
    assert_int_equal(pdu.type, FAKE_RESPONSE);
    assert_int_equal(pdu.call_id, call_id);
    assert_int_equal(pdu.length, 24 + 4 + 12 + 8 + TEST_SIGNATURE);
    assert_int_equal(get16(pdu.bytes + 10), TEST_SIGNATURE);
    assert_memory_equal(pdu.bytes + 40, ((uint8_t[]){TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 12, 0}), 4);
    assert_int_equal(get32(pdu.bytes + 44), CONTEXT_ID);
    test_package_sign(KEY, true, sequence, pdu.bytes + 24, 16, signature);
    assert_memory_equal(pdu.bytes + 48, signature, TEST_SIGNATURE);
}

static void test_a_signed_call(void **state)
{
    SOCKET s = bind_signed(state);
    uint8_t pdu[256];

    for (uint32_t i = 0; i < 3; i++) {
        assert_true(fake_send(s, pdu, build_request(pdu, 7 + i, i)));
        expect_signed_response(s, 7 + i, i);
    }
    closesocket(s);
}

static void test_an_unsigned_request(void **state)
{
    SOCKET s = bind_signed(state);
    uint8_t pdu[256];

    build_request(pdu, 2, 0);
    put16(pdu + 8, 24);
    put16(pdu + 10, 0);
    assert_true(fake_send(s, pdu, 24));
    expect_fault(s, 2, RPC_S_ACCESS_DENIED);
}

/* Whatever in the trailer is not the connection's. */
static void test_another_contexts_trailer(void **state)
{
    static const unsigned octets[] = {24, 25, 28, 29, 30, 31}; /* all but padding's length and what is reserved */

    for (unsigned i = 0; i < ARRAYSIZE(octets); i++) {
        SOCKET s = bind_signed(state);
        uint8_t pdu[256];
        unsigned length = build_request(pdu, 2, 0);

        pdu[octets[i]]++;
        assert_true(fake_send(s, pdu, length));
        expect_fault(s, 2, RPC_S_ACCESS_DENIED);
    }
}

static void test_an_altered_request(void **state)
{
    SOCKET s = bind_signed(state);
    uint8_t pdu[256];
    unsigned length = build_request(pdu, 2, 0);

    pdu[length - TEST_SIGNATURE + 5] ^= 1;
    assert_true(fake_send(s, pdu, length));
    expect_fault(s, 2, RPC_S_SEC_PKG_ERROR);
}

static void test_a_replayed_request(void **state)
{
    SOCKET s = bind_signed(state);
    uint8_t pdu[256];
    unsigned length = build_request(pdu, 2, 0);

    assert_true(fake_send(s, pdu, length));
    expect_signed_response(s, 2, 0);
    assert_true(fake_send(s, pdu, length));
    expect_fault(s, 2, RPC_S_SEC_PKG_ERROR);
}

/* More is sent after what is refused: one fault, and the end. */
static void test_more_after_a_refusal(void **state)
{
    SOCKET s = bind_signed(state);
    uint8_t pdus[2048];
    unsigned length = 0;

    for (uint32_t i = 0; i < 20; i++)
        length += build_request(pdus + length, 5 + i, 77);
    assert_true(fake_send(s, pdus, length));
    expect_fault(s, 5, RPC_S_SEC_PKG_ERROR);
}

static void test_a_request_too_early(void **state)
{
    SOCKET s = bind_at(state, TEST_THREE_LEGS, RPC_C_AUTHN_LEVEL_CONNECT);
    uint8_t pdu[256];

    build_request(pdu, 2, 0);
    put16(pdu + 8, 24);
    put16(pdu + 10, 0);
    assert_true(fake_send(s, pdu, 24));
    expect_fault(s, 2, RPC_S_ACCESS_DENIED);
}

/* auth3: a common header, four octets of padding, the trailer: [MS-RPCE] 2.2.2.10 */
static unsigned build_auth3(uint8_t *pdu, const struct trailer *trailer)
{
    memset(pdu, 0, 20);
    memcpy(pdu, (uint8_t[]){5, 0, AUTH3, FAKE_FIRST | FAKE_LAST, 0x10, 0, 0, 0}, 8);
    put32(pdu + 12, 1);
    return append_trailer(pdu, 20, trailer);
}

static void test_auth3(void **state)
{
    struct test_token token = make_token(2, TEST_PASSWORD);
    struct trailer trailer = {TEST_THREE_LEGS, RPC_C_AUTHN_LEVEL_CONNECT, 0, CONTEXT_ID, &token, sizeof(token)};
    static struct fake_pdu answer;
    uint8_t pdu[512];

    for (int good = 0; good < 2; good++) {
        SOCKET s = bind_at(state, TEST_THREE_LEGS, RPC_C_AUTHN_LEVEL_CONNECT);

        strcpy(token.password, good ? TEST_PASSWORD : "guessed");
        assert_true(fake_send(s, pdu, build_auth3(pdu, &trailer)));
        build_request(pdu, 2, 0);
        put16(pdu + 8, 24);
        put16(pdu + 10, 0);
        assert_true(fake_send(s, pdu, 24));
        if (good) {
            assert_true(fake_recv(s, &answer));
            assert_int_equal(answer.type, FAKE_RESPONSE);
            assert_int_equal(answer.length, 28);
            closesocket(s);
        } else {
            expect_fault(s, 2, RPC_S_ACCESS_DENIED);
        }
    }
}

static void test_auth3_out_of_place(void **state)
{
    struct test_token token = make_token(2, TEST_PASSWORD);
    struct trailer trailer = {TEST_THREE_LEGS, RPC_C_AUTHN_LEVEL_CONNECT, 0, CONTEXT_ID, &token, sizeof(token)};
    SOCKET s = connect_to(state);
    uint8_t pdu[512];

    assert_true(fake_send(s, pdu, build_auth3(pdu, &trailer)));
    expect_end(s);
}

static void test_authenticating_twice(void **state)
{
    struct test_token token = make_token(0, TEST_PASSWORD);
    struct trailer trailer = {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 0, CONTEXT_ID, &token, sizeof(token)};
    SOCKET s = bind_signed(state);
    uint8_t pdu[1024];

    assert_true(fake_send(s, pdu, append_trailer(pdu, build_bind(pdu, ALTER_CONTEXT), &trailer)));
    expect_fault(s, 1, RPC_S_ACCESS_DENIED);
}

static void test_binds_that_are_refused(void **state)
{
    static const struct {
        uint8_t service, level;
        const char *password;
        unsigned shortened, reason;
    } cases[] = {
        {TEST_UNREGISTERED, RPC_C_AUTHN_LEVEL_PKT, TEST_PASSWORD, 0, NAK_TYPE_NOT_RECOGNIZED},
        {250, RPC_C_AUTHN_LEVEL_PKT, TEST_PASSWORD, 0, NAK_TYPE_NOT_RECOGNIZED},
        {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_NONE, TEST_PASSWORD, 0, NAK_INVALID_CHECKSUM},
        {TEST_TWO_LEGS, 0, TEST_PASSWORD, 0, NAK_INVALID_CHECKSUM},
        {TEST_TWO_LEGS, 7, TEST_PASSWORD, 0, NAK_INVALID_CHECKSUM},
        {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT, "guessed", 0, NAK_INVALID_CHECKSUM},
        {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT, TEST_PASSWORD, 1, NAK_INVALID_CHECKSUM},
        {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT, TEST_PASSWORD, sizeof(struct test_token) - 1, NAK_INVALID_CHECKSUM},
    };
    static struct fake_pdu answer;

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct test_token token = make_token(0, cases[i].password);
        struct trailer trailer = {cases[i].service, cases[i].level, 0, CONTEXT_ID, &token,
                                  sizeof(token) - cases[i].shortened};
        SOCKET s = connect_to(state);

        bind_with(s, &trailer, &answer);
        assert_int_equal(answer.type, FAKE_BIND_NAK);
        assert_int_equal(get16(answer.bytes + 16), cases[i].reason);
        expect_end(s);
    }
}

/* The bind_nak for a client of that service, and its record. */
static void assert_refusal(void **state, uint8_t service, RPC_STATUS status, unsigned location)
{
    static struct fake_pdu answer;
    struct test_token token = make_token(0, "guessed");
    struct trailer trailer = {service, RPC_C_AUTHN_LEVEL_PKT, 0, CONTEXT_ID, &token, sizeof(token)};
    RPC_EXTENDED_ERROR_INFO info = {.Version = RPC_EEINFO_VERSION,
                                    .NumberOfParameters = MaxNumberOfEEInfoParams};
    SOCKET s = connect_to(state);
    RPC_ERROR_ENUM_HANDLE handle;

    bind_with(s, &trailer, &answer);
    assert_int_equal(answer.type, FAKE_BIND_NAK);
    if (!status) {
        assert_int_equal(answer.length, 24);
    } else {
        assert_true(answer.length > 40);
        assert_memory_equal(answer.bytes + 24, "\x20\x03\x74\x90\xd0\xfa\xd3\x11", 8);
        assert_memory_equal(answer.bytes + 32, "\x82\xd7\x00\x90\x27\xb1\x30\xab", 8);
        assert_int_equal(RpcErrorLoadErrorInfo(answer.bytes + 40, answer.length - 40, &handle), RPC_S_OK);
        assert_int_equal(RpcErrorGetNextRecord(&handle, FALSE, &info), RPC_S_OK);
        assert_int_equal(info.Status, status);
        assert_int_equal(info.DetectionLocation, location);
        assert_int_equal(info.GeneratingComponent, 3); /* the security provider */
        assert_int_equal(info.ProcessID, GetCurrentProcessId());
        RpcErrorEndEnumeration(&handle);
    }
    expect_end(s);
}

/* Error records go with a bind_nak, where they may leave the process: [MS-RPCE] 2.2.2.9. */
static void test_refusals_say_why(void **state)
{
    assert_refusal(state, TEST_UNREGISTERED, RPC_S_OK, 0);
    assert_int_equal(I_RpcTurnOnEEInfoPropagation(), RPC_S_OK);
    assert_refusal(state, TEST_UNREGISTERED, RPC_S_UNKNOWN_AUTHN_SERVICE, 60);
    assert_refusal(state, TEST_TWO_LEGS, RPC_S_ACCESS_DENIED, 73);
}

/* Lengths that cannot be: no answer, and the end. */
static void test_impossible_trailers(void **state)
{
    static const struct {
        unsigned at, value; /* of the header's auth_length, or the trailer's auth_pad_length */
    } cases[] = {{10, 65535}, {10, 33}, {10, 17}, {26, 255}, {26, 1}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        SOCKET s = bind_signed(state);
        uint8_t pdu[256];
        unsigned length = build_request(pdu, 2, 0);

        if (cases[i].at == 10)
            put16(pdu + 10, cases[i].value);
        else
            pdu[cases[i].at] = (uint8_t)cases[i].value;
        assert_true(fake_send(s, pdu, length));
        shutdown(s, SD_SEND);
        {
            static struct fake_pdu answer;

            while (fake_recv(s, &answer))
                assert_int_equal(answer.type, FAKE_FAULT);
        }
        closesocket(s);
    }
}

/* ---- fake servers ---- */

/* What such a server does wrong. */
enum mischief {
    NOTHING_WRONG,
    ACK_WITHOUT_TRAILER,
    ACK_OF_ANOTHER_CONTEXT,
    ACK_WITH_GARBAGE,
    RESPONSE_WITHOUT_TRAILER,
    RESPONSE_OF_ANOTHER_CONTEXT,
    RESPONSE_ALTERED,
    RESPONSE_OUT_OF_SEQUENCE,
    FAULT_WITHOUT_TRAILER,
    MISCHIEFS
};

static const RPC_STATUS outcomes[MISCHIEFS] = {
    [ACK_WITHOUT_TRAILER] = RPC_S_SEC_PKG_ERROR,      [ACK_OF_ANOTHER_CONTEXT] = RPC_S_PROTOCOL_ERROR,
    [ACK_WITH_GARBAGE] = RPC_S_SEC_PKG_ERROR,         [RESPONSE_WITHOUT_TRAILER] = RPC_S_ACCESS_DENIED,
    [RESPONSE_OF_ANOTHER_CONTEXT] = RPC_S_ACCESS_DENIED, [RESPONSE_ALTERED] = RPC_S_SEC_PKG_ERROR,
    [RESPONSE_OUT_OF_SEQUENCE] = RPC_S_SEC_PKG_ERROR, [FAULT_WITHOUT_TRAILER] = RPC_S_CANNOT_SUPPORT,
};

/* The client's token, from a trailer at the end of its PDU. */
static struct test_token token_of(const struct fake_pdu *pdu)
{
    struct test_token token;

    memcpy(&token, pdu->bytes + pdu->length - sizeof(token), sizeof(token));
    return token;
}

static bool answer_bind(SOCKET s, enum mischief mischief, const struct fake_pdu *bind)
{
    struct test_token token = make_token(1, TEST_PASSWORD);
    struct trailer trailer = {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 0, 0, &token, sizeof(token)};
    uint8_t ack[1024];
    unsigned length = fake_bind_ack(ack, bind);

    if (mischief == ACK_OF_ANOTHER_CONTEXT)
        trailer.context_id++;
    if (mischief == ACK_WITH_GARBAGE)
        token.leg = 9;
    if (mischief != ACK_WITHOUT_TRAILER)
        length = append_trailer(ack, length, &trailer);
    return fake_send(s, ack, length);
}

/* auth_contexts' answer: 16 octets, of which 12 are padding. */
static void answer_request(SOCKET s, enum mischief mischief, uint32_t key, uint32_t call_id)
{
    uint8_t signature[TEST_SIGNATURE], pdu[256], body[16] = {42};
    struct trailer trailer = {TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 12, 0, signature, TEST_SIGNATURE};
    unsigned length;

    if (mischief == FAULT_WITHOUT_TRAILER) {
        fake_send(s, pdu, fake_fault(pdu, FAKE_FIRST | FAKE_LAST, call_id, RPC_S_CANNOT_SUPPORT));
        return;
    }
    test_package_sign(key, true, mischief == RESPONSE_OUT_OF_SEQUENCE, body, sizeof(body), signature);
    length = fake_response(pdu, FAKE_FIRST | FAKE_LAST, call_id, 4, body,
                           mischief == RESPONSE_WITHOUT_TRAILER ? 4 : 16);
    if (mischief == RESPONSE_OF_ANOTHER_CONTEXT)
        trailer.context_id = 1;
    if (mischief != RESPONSE_WITHOUT_TRAILER)
        length = append_trailer(pdu, length, &trailer);
    if (mischief == RESPONSE_ALTERED)
        pdu[24]++;
    fake_send(s, pdu, length);
}

static void run_mischief(struct fake_server *server, SOCKET s)
{
    enum mischief mischief = (enum mischief)server->arg;
    static struct fake_pdu pdu;
    struct test_token token;

    if (!fake_recv(s, &pdu) || !answer_bind(s, mischief, &pdu))
        return;
    token = token_of(&pdu);
    if (fake_recv_request(s, &pdu)) {
        /* the client's signature is where it belongs */
        if (get16(pdu.bytes + 10) == TEST_SIGNATURE && pdu.length == 24 + 8 + TEST_SIGNATURE)
            InterlockedIncrement(&server->seen);
        answer_request(s, mischief, token.key, pdu.call_id);
    }
    fake_drain(s);
}

static void test_servers_that_cheat(void **state)
{
    for (unsigned mischief = 0; mischief < MISCHIEFS; mischief++) {
        struct fake_server server;
        RPC_BINDING_HANDLE binding;
        volatile RPC_STATUS status = RPC_S_OK;
        volatile LONG count = 0;

        fake_start(&server, run_mischief, mischief);
        binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
        assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, TEST_TWO_LEGS),
                         RPC_S_OK);
        RpcTryExcept {
            count = auth_contexts(binding);
        }
        RpcExcept(1) {
            status = RpcExceptionCode();
        }
        RpcEndExcept
        if (status != outcomes[mischief])
            fail_msg("mischief %u: status %ld, not %ld", mischief, status, outcomes[mischief]);
        assert_int_equal(count, mischief ? 0 : 42);
        assert_int_equal(server.seen, mischief == NOTHING_WRONG || mischief > ACK_WITH_GARBAGE);
        rpc_fixture_unbind(&binding);
        fake_stop(&server);
    }
}

/* Run last: what the connections of all the others held is given back. */
static void test_no_contexts_are_left(void **state)
{
    ULONGLONG end = GetTickCount64() + WAIT_MS;

    while (test_package_contexts() && GetTickCount64() < end)
        Sleep(1);
    assert_int_equal(test_package_contexts(), 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_a_signed_call),
        cmocka_unit_test(test_an_unsigned_request),
        cmocka_unit_test(test_another_contexts_trailer),
        cmocka_unit_test(test_an_altered_request),
        cmocka_unit_test(test_a_replayed_request),
        cmocka_unit_test(test_more_after_a_refusal),
        cmocka_unit_test(test_a_request_too_early),
        cmocka_unit_test(test_auth3),
        cmocka_unit_test(test_auth3_out_of_place),
        cmocka_unit_test(test_authenticating_twice),
        cmocka_unit_test(test_binds_that_are_refused),
        cmocka_unit_test(test_impossible_trailers),
        cmocka_unit_test(test_servers_that_cheat),
        cmocka_unit_test(test_refusals_say_why),
        cmocka_unit_test(test_no_contexts_are_left),
    };
    static const struct rpc_suite suite = {
        .name = "authentication and its enemies",
        .register_server = auth_server_register,
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    if (!test_package_install()) {
        printf("the security package cannot be installed\n");
        return 1;
    }
    return rpc_fixture_main(argc, argv, &suite);
}
