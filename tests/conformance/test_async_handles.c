/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accounting: after thousands of calls, cancels, aborts and dead peers, client and server have as
 * many handles open, and as much memory allocated, as before. */
#include "async_client.h"
#include "async_server.h"
#include "fake_server.h"

static const RPC_NOTIFICATION_TYPES types[] = ALL_NOTIFICATION_TYPES;

/* ---- rounds of calls ---- */

/* One call of each notification type that ends in each way: reply, fault, abortive cancel,
 * nonabortive cancel. */
static void round_of_calls(RPC_BINDING_HANDLE binding, struct async_call **calls, LONG round)
{
    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        struct async_call *call = calls[i];

        call_reset(call);
        assert_int_equal(call_add(call, binding, round, 1), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        call_reset(call);
        assert_int_equal(call_raise(call, binding, round % 3, 0x20001000), RPC_S_OK);
        assert_int_equal(call_finish(call), 0x20001000);
        call_reset(call);
        assert_int_equal(call_hold(call, binding, round & 1 ? HOLD_WATCH_CANCEL : 0, 1), RPC_S_OK);
        steer_await(binding, call->token, AWAIT_ARRIVED);
        assert_int_equal(RpcAsyncCancelCall(&call->state, round & 1), RPC_S_OK);
        if (round & 1)
            assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
        steer_release(binding, call->token, RELEASE_COMPLETE, 2);
        if (!(round & 1))
            assert_int_equal(call_finish(call), RPC_S_OK);
    }
}

static void rounds(struct rpc_target *target, LONG count)
{
    struct async_call *calls[ARRAYSIZE(types)];
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);

    for (unsigned i = 0; i < ARRAYSIZE(types); i++)
        calls[i] = call_new(types[i]);
    for (LONG round = 0; round < count; round++)
        round_of_calls(binding, calls, round);
    for (unsigned i = 0; i < ARRAYSIZE(types); i++)
        call_free(calls[i]);
    rpc_fixture_unbind(&binding);
}

/* ---- counting ---- */

/* The runtime keeps some connections and threads for the next call, and how many that are depends
 * on how calls happened to overlap. A leak is what grows with every batch of calls: the count must
 * stop growing. */
#define BATCHES 8
#define SETTLE_MS 300

struct account {
    RPC_BINDING_HANDLE server; /* NULL: this process is counted */
    LONG handles, blocks;
};

static void count(struct account *account)
{
    if (account->server) {
        account->handles = steer_count(account->server, COUNT_HANDLES, 0);
        account->blocks = steer_count(account->server, COUNT_HEAP_BLOCKS, 0);
    } else {
        account->handles = count_handles();
        account->blocks = count_heap_blocks();
    }
}

static void open_account(struct account *account, RPC_BINDING_HANDLE server)
{
    account->server = server;
    count(account);
}

/* Is there no more than after the last batch (once connections that are being closed are gone)? */
static bool is_steady(struct account *account)
{
    ULONGLONG end = GetTickCount64() + SETTLE_MS;
    struct account before = *account;
    bool more;

    do {
        count(account);
        more = account->handles > before.handles || account->blocks > before.blocks;
        if (more)
            Sleep(5);
    } while (more && GetTickCount64() < end);
    return !more;
}

static void fail_growing(const char *who, const struct account *account)
{
    fail_msg("%s: still growing: %ld handles, %ld blocks of memory", who, account->handles,
             account->blocks);
}

/* The bindings are made anew for each batch, and so are connections and objects. */
static void test_calls(void **state)
{
    enum { WARM = 4, ROUNDS = 12 };
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE steer = rpc_target_bind(target);
    struct account client, server;
    bool client_steady = false, server_steady = false;

    rounds(target, WARM);
    open_account(&client, NULL);
    open_account(&server, steer);
    for (unsigned i = 0; i < BATCHES && !(client_steady && server_steady); i++) {
        rounds(target, ROUNDS);
        client_steady = is_steady(&client) || client_steady;
        server_steady = is_steady(&server) || server_steady;
    }
    if (!client_steady)
        fail_growing("client", &client);
    if (!server_steady)
        fail_growing("server", &server);
    rpc_fixture_unbind(&steer);
}

/* ---- threads that come and go ---- */

enum { THREADS = 20, CALLS = 50 };

struct apc_caller {
    RPC_BINDING_HANDLE binding;
    struct async_call *held, *calls[CALLS];
    LONG good;
};

/* Calls that are notified by APC, and one that is still outstanding when the thread ends. */
static DWORD WINAPI call_with_apcs(void *arg)
{
    struct apc_caller *caller = arg;

    for (LONG i = 0; i < CALLS; i++)
        caller->good += !call_add(caller->calls[i], caller->binding, i, 1);
    caller->good += !call_hold(caller->held, caller->binding, 0, 1);
    for (LONG i = 0; i < CALLS; i++)
        caller->good += call_wait(caller->calls[i], WAIT_MS) && caller->calls[i]->count == 1 &&
                        !RpcAsyncCompleteCall(&caller->calls[i]->state, NULL);
    return 0;
}

static void call_on_threads(RPC_BINDING_HANDLE binding)
{
    struct apc_caller caller = {.binding = binding, .held = call_new(RpcNotificationTypeApc)};

    for (unsigned i = 0; i < CALLS; i++)
        caller.calls[i] = call_new(RpcNotificationTypeApc);
    for (unsigned n = 0; n < THREADS; n++) {
        HANDLE thread = CreateThread(NULL, 0, call_with_apcs, &caller, 0, NULL);

        assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
        CloseHandle(thread);
        assert_int_equal(caller.good, 2 * CALLS + 1);
        steer_release(binding, caller.held->token, RELEASE_COMPLETE, 2);
        while (RpcAsyncCompleteCall(&caller.held->state, NULL) == RPC_S_ASYNC_CALL_PENDING)
            Sleep(1);
        caller.good = 0;
        call_reset(caller.held);
        for (unsigned i = 0; i < CALLS; i++)
            call_reset(caller.calls[i]);
    }
    call_free(caller.held);
    for (unsigned i = 0; i < CALLS; i++)
        call_free(caller.calls[i]);
}

static void test_threads(void **state)
{
    struct rpc_child child;
    RPC_BINDING_HANDLE binding;
    struct account client;
    bool steady = false;

    rpc_child_start(&child, L"ncalrpc");
    binding = rpc_fixture_bind(L"ncalrpc", child.endpoint);
    call_on_threads(binding);
    open_account(&client, NULL);
    for (unsigned i = 0; i < BATCHES && !steady; i++) {
        call_on_threads(binding);
        steady = is_steady(&client);
    }
    if (!steady)
        fail_growing("client", &client);
    rpc_fixture_unbind(&binding);
    rpc_child_kill(&child);
}

/* ---- dead peers ---- */

/* A held call of each notification type, then the server is killed. */
static void outlive_server(const WCHAR *protseq)
{
    struct async_call *calls[ARRAYSIZE(types)];
    struct rpc_child child;
    RPC_BINDING_HANDLE binding;

    rpc_child_start(&child, protseq);
    binding = rpc_fixture_bind(protseq, child.endpoint);
    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        calls[i] = call_new(types[i]);
        assert_int_equal(call_hold(calls[i], binding, 0, 1), RPC_S_OK);
        steer_await(binding, calls[i]->token, AWAIT_ARRIVED);
    }
    rpc_child_kill(&child);
    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        assert_int_equal(call_finish(calls[i]), RPC_S_CALL_FAILED);
        call_free(calls[i]);
    }
    rpc_fixture_unbind(&binding);
}

static void test_dead_servers(void **state)
{
    static const WCHAR *const protseqs[] = {L"ncacn_ip_tcp", L"ncalrpc", L"ncacn_np"};

    for (unsigned i = 0; i < 3; i++) {
        struct account client;
        bool steady = false;

        outlive_server(protseqs[i]);
        open_account(&client, NULL);
        for (unsigned n = 0; n < BATCHES && !steady; n++) {
            outlive_server(protseqs[i]);
            steady = is_steady(&client);
        }
        if (!steady)
            fail_growing("client", &client);
    }
}

/* Takes the request and hangs up. */
static void hang_up(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;

    if (fake_accept_bind(s))
        fake_recv_request(s, &request);
}

static void calls_to_deaf_server(struct fake_server *server, unsigned count)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", server->endpoint);
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (unsigned i = 0; i < count; i++) {
        call_reset(call);
        assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_CALL_FAILED);
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

static void calls_to_nobody(unsigned count)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (unsigned i = 0; i < count; i++) {
        RPC_BINDING_HANDLE binding =
            rpc_fixture_bind(i & 1 ? L"ncalrpc" : L"ncacn_np",
                             i & 1 ? L"rpcrt4-test-nobody" : L"\\pipe\\rpcrt4-test-nobody");

        call_reset(call);
        if (call_add(call, binding, 1, 2) == RPC_S_OK)
            assert_int_equal(call_finish(call), RPC_S_SERVER_UNAVAILABLE);
        rpc_fixture_unbind(&binding);
    }
    call_free(call);
}

static void test_lost_connections(void **state)
{
    struct fake_server server;
    struct account client;
    bool steady = false;

    fake_start(&server, hang_up, 0);
    calls_to_deaf_server(&server, 5);
    calls_to_nobody(4);
    open_account(&client, NULL);
    for (unsigned i = 0; i < BATCHES && !steady; i++) {
        calls_to_deaf_server(&server, 50);
        calls_to_nobody(20);
        steady = is_steady(&client);
    }
    fake_stop(&server);
    if (!steady)
        fail_growing("client", &client);
}

/* ---- dead clients ---- */

static bool client(RPC_BINDING_HANDLE binding, LONG token)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    async_hold(&call->state, binding, token, HOLD_WATCH_DISCONNECT, &call->value);
    return true;
}

static void outlive_client(struct rpc_target *target, RPC_BINDING_HANDLE steer)
{
    LONG token = fresh_tokens(1);
    HANDLE process = rpc_client_start(target, token);

    steer_await(steer, token, AWAIT_ARRIVED);
    rpc_client_kill(process);
    steer_await(steer, token, AWAIT_CLIENT_GONE);
    steer_release(steer, token, RELEASE_COMPLETE, 1);
}

static void test_dead_clients(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE steer = rpc_target_bind(target);
    struct account server;
    bool steady = false;

    outlive_client(target, steer);
    open_account(&server, steer);
    for (unsigned i = 0; i < BATCHES && !steady; i++) {
        outlive_client(target, steer);
        steady = is_steady(&server);
    }
    if (!steady)
        fail_growing("server", &server);
    rpc_fixture_unbind(&steer);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_dead_clients),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_dead_servers),
        cmocka_unit_test(test_lost_connections),
        cmocka_unit_test(test_threads),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_handles",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
        .client = client,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
