/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients that are no runtime, one connection each: whose turn it is when a call has been orphaned, and
 * what a client costs that does not read, or sends without end, and in which association group it is.
 * Sources: C706 12.6.4 (orphaned, co_cancel), the SDK's "Causal Ordering of Asynchronous
 * Calls", [MS-RPCE] of the bind PDU's assoc_group_id. */
#include "async_server.h"
#include "raw_client.h"

/* ---- orphaned calls ---- */

static void open_bound(void **state, struct raw_client *client)
{
    struct rpc_target *target = rpc_fixture_target(state);

    raw_open(client, target->protseq, target->endpoint);
    raw_bind(client);
}

static void expect_sum(struct raw_client *client, uint32_t call_id, LONG sum)
{
    struct fake_pdu answer;

    assert_true(raw_recv(client, &answer));
    assert_int_equal(answer.type, FAKE_RESPONSE);
    assert_int_equal(answer.call_id, call_id);
    assert_int_equal(answer.length, 24 + 4);
    assert_memory_equal(answer.bytes + 24, &sum, 4);
}

/* The call that runs is orphaned: the one behind it, on the same connection, runs before the
 * manager routine has returned. */
static void test_orphan_hands_turn_on(void **state)
{
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    LONG token = fresh_tokens(1), numbers[2] = {4, 38};
    struct raw_client client;

    open_bound(state, &client);
    raw_request(&client, 10, RAW_SYNC_BLOCK, &token, 4);
    steer_await(steer, token, AWAIT_ARRIVED);
    raw_request(&client, 11, RAW_SYNC_ADD, numbers, 8);
    raw_about(&client, FAKE_ORPHANED, 10);
    expect_sum(&client, 11, 42);
    steer_await(steer, token, AWAIT_CANCELLED); /* it is still there, and not answered */
    assert_int_equal(steer_release(steer, token, RELEASE_COMPLETE, 0), RPC_S_OK);
    raw_request(&client, 12, RAW_SYNC_ADD, numbers, 8);
    expect_sum(&client, 12, 42);
    raw_close(&client);
    rpc_fixture_unbind(&steer);
}

/* The same where the request behind it comes after the orphan has been told. */
static void test_orphan_then_request(void **state)
{
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    LONG token = fresh_tokens(1), numbers[2] = {4, 38};
    struct raw_client client;

    open_bound(state, &client);
    raw_request(&client, 10, RAW_SYNC_BLOCK, &token, 4);
    steer_await(steer, token, AWAIT_ARRIVED);
    raw_about(&client, FAKE_ORPHANED, 10);
    steer_await(steer, token, AWAIT_CANCELLED);
    raw_request(&client, 11, RAW_SYNC_ADD, numbers, 8);
    expect_sum(&client, 11, 42);
    assert_int_equal(steer_release(steer, token, RELEASE_COMPLETE, 0), RPC_S_OK);
    raw_close(&client);
    rpc_fixture_unbind(&steer);
}

/* Of those behind it, one after the other; and each that is orphaned while it runs hands on. */
static void test_orphans_in_a_row(void **state)
{
    enum { ROW = 3 };
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    LONG first = fresh_tokens(ROW), token, numbers[2] = {4, 38};
    struct raw_client client;

    open_bound(state, &client);
    for (LONG i = 0; i < ROW; i++) {
        token = first + i;
        raw_request(&client, 10 + i, RAW_SYNC_BLOCK, &token, 4);
    }
    raw_request(&client, 10 + ROW, RAW_SYNC_ADD, numbers, 8);
    for (LONG i = 0; i < ROW; i++) {
        steer_await(steer, first + i, AWAIT_ARRIVED);
        raw_about(&client, FAKE_ORPHANED, 10 + i);
    }
    expect_sum(&client, 10 + ROW, 42);
    for (LONG i = 0; i < ROW; i++)
        assert_int_equal(steer_release(steer, first + i, RELEASE_COMPLETE, 0), RPC_S_OK);
    raw_close(&client);
    rpc_fixture_unbind(&steer);
}

/* A cancel is a wish, no more: the call goes on, and those behind it wait for it. */
static void test_cancel_keeps_turn(void **state)
{
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    LONG token = fresh_tokens(1), numbers[2] = {4, 38};
    struct raw_client client;
    struct fake_pdu answer;

    open_bound(state, &client);
    raw_request(&client, 10, RAW_SYNC_BLOCK, &token, 4);
    steer_await(steer, token, AWAIT_ARRIVED);
    raw_request(&client, 11, RAW_SYNC_ADD, numbers, 8);
    raw_about(&client, FAKE_CO_CANCEL, 10);
    steer_await(steer, token, AWAIT_CANCELLED);
    assert_int_equal(steer_release(steer, token, RELEASE_COMPLETE, 0), RPC_S_OK);
    assert_true(raw_recv(&client, &answer));
    assert_int_equal(answer.type, FAKE_RESPONSE);
    assert_int_equal(answer.call_id, 10);
    assert_memory_equal(answer.bytes + 24, "\1\0\0\0", 4);
    expect_sum(&client, 11, 42);
    raw_close(&client);
    rpc_fixture_unbind(&steer);
}

/* What has been orphaned before its turn never runs. */
static void test_orphan_before_turn(void **state)
{
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    LONG token = fresh_tokens(1), numbers[2] = {4, 38}, orders[2] = {77, -1}, taken[1];
    struct raw_client client;

    sync_order_taken(steer, 1, taken);
    open_bound(state, &client);
    raw_request(&client, 10, RAW_SYNC_BLOCK, &token, 4);
    steer_await(steer, token, AWAIT_ARRIVED);
    raw_request(&client, 11, RAW_ASYNC_ORDER, orders, 8);
    raw_about(&client, FAKE_ORPHANED, 11);
    raw_request(&client, 12, RAW_SYNC_ADD, numbers, 8);
    raw_about(&client, FAKE_ORPHANED, 10);
    expect_sum(&client, 12, 42);
    assert_int_equal(sync_order_taken(steer, 1, taken), 0);
    assert_int_equal(steer_release(steer, token, RELEASE_COMPLETE, 0), RPC_S_OK);
    raw_close(&client);
    rpc_fixture_unbind(&steer);
}

/* ---- clients that do not read, or send without end ---- */

/* The most that the server's process has allocated within that time. */
static LONG most_octets(RPC_BINDING_HANDLE steer, DWORD ms)
{
    ULONGLONG end = GetTickCount64() + ms;
    LONG most = 0;

    do {
        LONG now = steer_count(steer, COUNT_HEAP_BYTES, 0);

        most = max(most, now);
        Sleep(10);
    } while (GetTickCount64() < end);
    return most;
}

static void expect_filled(struct raw_client *client, uint32_t call_id, LONG size)
{
    struct fake_pdu *answer = malloc(sizeof(*answer));
    LONG got = 0;

    do {
        assert_true(raw_recv(client, answer));
        assert_int_equal(answer->type, FAKE_RESPONSE);
        assert_int_equal(answer->call_id, call_id);
        got += answer->length - 24;
    } while (!(answer->flags & FAKE_LAST));
    assert_in_range(got, size, size + 64);
    free(answer);
}

/* Of answers that the client does not read, the server keeps some, and makes no more until he does. */
static void test_client_reads_nothing(void **state)
{
    enum { CALLS = 48, SIZE = 1 << 20, MOST = 16 << 20 };
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    LONG arguments[2] = {1, SIZE}, before;
    struct raw_client client;

    open_bound(state, &client);
    before = steer_count(steer, COUNT_HEAP_BYTES, 0);
    for (LONG i = 0; i < CALLS; i++)
        raw_request(&client, 10 + i, RAW_ASYNC_FILL, arguments, 8);
    before = most_octets(steer, 100) - before;
    if (before > MOST)
        fail_msg("the server keeps %ld octets", before);
    for (LONG i = 0; i < CALLS; i++)
        expect_filled(&client, 10 + i, SIZE);
    raw_close(&client);
    rpc_fixture_unbind(&steer);
}

/* And it may go without having read. */
static void test_client_goes_without_reading(void **state)
{
    enum { CALLS = 48, SIZE = 1 << 20, LEFT = 1 << 20 };
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    LONG arguments[2] = {1, SIZE}, before, more;
    struct raw_client client;

    before = steer_count(steer, COUNT_HEAP_BYTES, 0);
    open_bound(state, &client);
    for (LONG i = 0; i < CALLS; i++)
        raw_request(&client, 10 + i, RAW_ASYNC_FILL, arguments, 8);
    raw_close(&client);
    while ((more = steer_count(steer, COUNT_HEAP_BYTES, 0) - before) > LEFT && GetTickCount64() < end)
        Sleep(5);
    assert_true(more <= LEFT);
    rpc_fixture_unbind(&steer);
}

/* Of requests behind one that takes long, the server keeps some; then the client's sends wait. */
static void test_client_sends_without_end(void **state)
{
    enum { SIZE = 60000, MOST = 32 << 20 };
    RPC_BINDING_HANDLE steer = rpc_target_bind(rpc_fixture_target(state));
    uint8_t *pdu = calloc(1, 24 + SIZE), *body = calloc(1, 8 + SIZE);
    LONG token = fresh_tokens(1), sent = 0;
    struct raw_client client;
    unsigned length;

    open_bound(state, &client);
    raw_request(&client, 10, RAW_SYNC_BLOCK, &token, 4);
    steer_await(steer, token, AWAIT_ARRIVED);
    body[6] = RAW_SYNC_ADD;
    length = fake_build(pdu, FAKE_REQUEST, FAKE_FIRST | FAKE_LAST, 11, 0x10, body, 8 + SIZE);
    for (uint32_t id = 11; sent < MOST; id++, sent += SIZE) {
        memcpy(pdu + 12, &id, 4);
        if (!raw_try_send(&client, pdu, length, 300))
            break;
    }
    assert_in_range(sent, 1 << 20, MOST - 1);
    assert_int_equal(steer_release(steer, token, RELEASE_COMPLETE, 0), RPC_S_OK);
    raw_close(&client);
    assert_int_equal(steer_add(steer, 1, 2), 3);
    rpc_fixture_unbind(&steer);
    free(pdu);
    free(body);
}

/* ---- small pieces ---- */

/* Each octet of a request by itself, several times on one connection. */
static void test_octet_by_octet(void **state)
{
    LONG numbers[2] = {4, 38};
    uint8_t pdu[64], body[16] = {8, 0, 0, 0, 0, 0, RAW_SYNC_ADD};
    struct raw_client client;
    unsigned length;

    memcpy(body + 8, numbers, sizeof(numbers));
    open_bound(state, &client);
    if (client.s == INVALID_SOCKET) {
        raw_close(&client);
        return; /* a message is whole */
    }
    for (uint32_t call_id = 10; call_id < 15; call_id++) {
        length = fake_build(pdu, FAKE_REQUEST, FAKE_FIRST | FAKE_LAST, call_id, 0x10, body, sizeof(body));
        for (unsigned i = 0; i < length; i++)
            raw_send(&client, pdu + i, 1);
        expect_sum(&client, call_id, 42);
    }
    raw_close(&client);
}

/* ---- association groups ---- */

enum { GROUPED = 6, FORGOTTEN_GROUP = 0x7000000 };

/* Who names a group is in it. One that the server has forgotten exists again, for all who name it: they were on their
 * way when it ended. */
static void test_groups(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    struct raw_client clients[GROUPED];
    uint32_t group;

    for (unsigned i = 0; i < GROUPED; i++)
        raw_open(&clients[i], target->protseq, target->endpoint);
    group = raw_bind_to_group(&clients[0], 0);
    assert_int_not_equal(group, 0);
    assert_int_equal(raw_bind_to_group(&clients[1], group), group);
    assert_int_not_equal(raw_bind_to_group(&clients[2], 0), group);
    assert_int_equal(raw_bind_to_group(&clients[3], FORGOTTEN_GROUP), FORGOTTEN_GROUP);
    assert_int_equal(raw_bind_to_group(&clients[4], FORGOTTEN_GROUP), FORGOTTEN_GROUP);
    raw_close(&clients[0]);
    assert_int_equal(raw_bind_to_group(&clients[5], group), group);
    for (unsigned i = 1; i < GROUPED; i++)
        raw_close(&clients[i]);
}

/* Nobody joins the group of another machine, which for a server is another address. */
static void test_group_of_another(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    struct raw_client owner, other, again;
    uint32_t group, others;

    if (wcscmp(target->protseq, L"ncacn_ip_tcp"))
        return; /* all clients are on this machine */
    raw_open(&owner, target->protseq, target->endpoint);
    raw_open_from(&other, target->endpoint, INADDR_LOOPBACK + 1);
    raw_open_from(&again, target->endpoint, INADDR_LOOPBACK + 1);
    group = raw_bind_to_group(&owner, 0);
    others = raw_bind_to_group(&other, group);
    assert_int_not_equal(others, group);
    assert_int_equal(raw_bind_to_group(&again, others), others);
    raw_close(&owner);
    raw_close(&other);
    raw_close(&again);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_orphan_hands_turn_on),
        cmocka_unit_test(test_orphan_then_request),
        cmocka_unit_test(test_orphans_in_a_row),
        cmocka_unit_test(test_cancel_keeps_turn),
        cmocka_unit_test(test_orphan_before_turn),
        cmocka_unit_test(test_client_reads_nothing),
        cmocka_unit_test(test_client_goes_without_reading),
        cmocka_unit_test(test_client_sends_without_end),
        cmocka_unit_test(test_octet_by_octet),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_group_of_another),
    };
    static const struct rpc_suite suite = {
        .name = "test_raw_client",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
