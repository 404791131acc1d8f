/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles end to end: opened, used, changed and closed, refused when stale or forged, run
 * down when the client goes. Sources: the SDK's "Context Handles", "Failure Semantics for Context
 * Handles". */
#include "rpc_fixture.h"
#include "stub_calls.h"
#include "stub_raised.h"
#include "stub_server.h"

static LONG contexts_of(RPC_BINDING_HANDLE binding)
{
    return do_inquire(binding, LIVE_CONTEXTS);
}

static void test_open_use_close(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    LONG before = contexts_of(binding);
    context_t context = (context_t)0x55, returned;

    do_open(binding, 12, &context);
    assert_non_null(context);
    returned = do_open_returned(binding, 34);
    assert_int_equal(contexts_of(binding), before + 2);
    assert_int_equal(do_use(context), 12);
    assert_int_equal(do_use(returned), 34);
    do_close(&context);
    assert_null(context);
    do_close(&returned);
    assert_int_equal(contexts_of(binding), before);
    rpc_fixture_unbind(&binding);
}

static void test_closed_handles(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    context_t context = (context_t)0x55, copy;

    do_open(binding, 0, &context); /* the server opens nothing */
    assert_null(context);
    assert_int_equal(RAISED(do_use(NULL)), RPC_X_SS_IN_NULL_CONTEXT);
    assert_int_equal(RAISED(do_use(&context)), RPC_X_SS_CONTEXT_MISMATCH);
    do_open(binding, 1, &context);
    copy = context;
    do_close(&context);
    assert_int_equal(RAISED(do_use(copy)), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(RpcSmDestroyClientContext(&copy), RPC_X_SS_CONTEXT_MISMATCH);
    rpc_fixture_unbind(&binding);
}

static void test_changed_context(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    LONG before = contexts_of(binding);
    context_t context, same;

    do_open(binding, 1, &context);
    same = context;
    do_move(&context, 2);
    assert_ptr_equal(context, same);
    assert_int_equal(do_use(context), 2);
    assert_int_equal(contexts_of(binding), before + 1);
    do_close(&context);
    assert_int_equal(contexts_of(binding), before);
    rpc_fixture_unbind(&binding);
}

/* A context handle is a binding of its own. */
static void test_binding_of_context(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state)), of_context = NULL;
    context_t context;

    do_open(binding, 5, &context);
    rpc_fixture_unbind(&binding);
    assert_int_equal(do_use(context), 5);
    assert_int_equal(RpcSsGetContextBinding(context, &of_context), RPC_S_OK);
    assert_ptr_equal(of_context, NDRCContextBinding(context));
    do_nothing(of_context);
    do_close(&context);
}

static void test_manager_fails(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    context_t context = (context_t)0x55;
    LONG before = contexts_of(binding);

    assert_int_equal(RAISED(do_open_and_fail(binding, &context)), ERROR_NOT_READY);
    assert_ptr_equal(context, 0x55);
    assert_int_equal(contexts_of(binding), before);
    rpc_fixture_unbind(&binding);
}

/* In a client process of its own. */
static bool open_many(RPC_BINDING_HANDLE binding, LONG count)
{
    context_t context;

    for (LONG i = 0; i < count; i++)
        do_open(binding, i + 1, &context);
    return true;
}

static void await_count(RPC_BINDING_HANDLE binding, LONG what, LONG count)
{
    ULONGLONG until = GetTickCount64() + WAIT_MS;

    while (do_inquire(binding, what) != count && GetTickCount64() < until)
        Sleep(1);
    assert_int_equal(do_inquire(binding, what), count);
}

/* The server runs down, on a thread of its own, what a client that is gone has left open. */
static void test_rundown(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);
    LONG before = contexts_of(binding), rundowns = do_inquire(binding, RUNDOWNS);
    HANDLE client = rpc_client_start(target, 100);

    assert_int_equal(contexts_of(binding), before + 100);
    rpc_client_kill(client);
    await_count(binding, LIVE_CONTEXTS, before);
    assert_int_equal(do_inquire(binding, RUNDOWNS), rundowns + 100);
    rpc_fixture_unbind(&binding);
}

/* What RpcSsDestroyClientContext forgets, the server keeps until the client's last binding to it is
 * gone. */
static void test_destroyed_context(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);
    LONG before = contexts_of(binding);
    context_t context, kept;

    do_open(binding, 1, &context);
    do_open(binding, 2, &kept);
    RpcSsDestroyClientContext(&context);
    assert_null(context);
    assert_int_equal(RAISED(RpcSsDestroyClientContext(&context)), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(RpcSmDestroyClientContext(&context), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(contexts_of(binding), before + 2);
    assert_int_equal(do_use(kept), 2);
    do_close(&kept);
    rpc_fixture_unbind(&binding);
    binding = rpc_target_bind(target);
    await_count(binding, LIVE_CONTEXTS, before);
    rpc_fixture_unbind(&binding);
}

static void test_unregistered_interface(void **state)
{
    RPC_BINDING_HANDLE binding;
    context_t context;
    WCHAR endpoint[64];
    LONG before;

    rpc_fixture_listen(L"ncalrpc", endpoint, ARRAYSIZE(endpoint));
    binding = rpc_fixture_bind(L"ncalrpc", endpoint);
    before = contexts_of(binding);
    do_open(binding, 1, &context);
    assert_int_equal(RpcServerUnregisterIfEx(server_stub_calls_v1_0_s_ifspec, NULL, TRUE),
                     RPC_S_OK);
    assert_int_equal(RAISED(do_use(context)), RPC_S_UNKNOWN_IF);
    stub_server_register();
    assert_int_equal(contexts_of(binding), before);
    assert_int_equal(RAISED(do_use(context)), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(RpcSmDestroyClientContext(&context), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* ---- several calls with one context ---- */

enum { THREADS = 4, ROUNDS = 50, CALLS = 10 };

struct user {
    context_t context;
    LONG (__cdecl *busy)(context_t c, LONG rounds);
    LONG (__cdecl *meet)(context_t c);
    volatile LONG result; /* asserting is for the main thread */
};

static DWORD WINAPI use_busily(void *argument)
{
    struct user *user = argument;

    RpcTryExcept {
        for (int i = 0; i < CALLS && user->result <= 1; i++)
            user->result = user->busy(user->context, ROUNDS);
    }
    RpcExcept(EXCEPTION_EXECUTE_HANDLER) {
        user->result = RpcExceptionCode();
    }
    RpcEndExcept
    return 0;
}

static DWORD WINAPI use_and_meet(void *argument)
{
    struct user *user = argument;

    RpcTryExcept {
        user->result = user->meet(user->context);
    }
    RpcExcept(EXCEPTION_EXECUTE_HANDLER) {
        user->result = RpcExceptionCode();
    }
    RpcEndExcept
    return 0;
}

static void join_users(HANDLE *threads, unsigned count)
{
    assert_int_equal(WaitForMultipleObjects(count, threads, TRUE, 2 * WAIT_MS), WAIT_OBJECT_0);
    for (unsigned i = 0; i < count; i++)
        CloseHandle(threads[i]);
}

static HANDLE start_user(struct user *user, LPTHREAD_START_ROUTINE function)
{
    return CreateThread(NULL, 0, function, user, 0, NULL);
}

static void run_busy_users(struct user *users)
{
    HANDLE threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start_user(&users[i], use_busily);
    join_users(threads, THREADS);
}

static void test_serialized(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct user users[THREADS] = {{0}};
    context_t context;

    do_open(binding, 1, &context);
    for (int i = 0; i < THREADS; i++)
        users[i] = (struct user){.context = context, .busy = do_busy};
    run_busy_users(users);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(users[i].result, 1);
    do_close(&context);
    rpc_fixture_unbind(&binding);
}

/* The first user comes in, shared or as the only user who then becomes a shared one; the second one
 * meets him. */
static void test_shared(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    LONG (__cdecl *const first[])(context_t) = {do_meet, do_meet_downgraded};
    context_t context;

    do_open(binding, 1, &context);
    for (unsigned i = 0; i < ARRAYSIZE(first); i++) {
        struct user users[2] = {{.context = context, .meet = first[i]},
                                {.context = context, .meet = do_meet}};
        HANDLE threads[2];

        threads[0] = start_user(&users[0], use_and_meet);
        await_count(binding, WAITING_TO_MEET, 1);
        threads[1] = start_user(&users[1], use_and_meet);
        join_users(threads, 2);
        assert_int_equal(users[0].result, 1);
        assert_int_equal(users[1].result, 1);
    }
    do_close(&context);
    rpc_fixture_unbind(&binding);
}

/* Of several calls that want to become the only user, one does; it has to wait for the others,
 * which are refused. */
static void test_upgraded(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct user users[THREADS] = {{0}};
    context_t context;

    do_open(binding, 1, &context);
    assert_int_equal(do_busy_upgraded(context, 1), 1);
    for (int i = 0; i < THREADS; i++)
        users[i] = (struct user){.context = context, .busy = do_busy_upgraded};
    run_busy_users(users);
    for (int i = 0; i < THREADS; i++)
        assert_true(users[i].result == 1 || users[i].result == ERROR_MORE_WRITES);
    assert_int_equal(do_busy_upgraded(context, 1), 1);
    do_close(&context);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_open_use_close),
        cmocka_unit_test(test_closed_handles),
        cmocka_unit_test(test_changed_context),
        cmocka_unit_test(test_binding_of_context),
        cmocka_unit_test(test_manager_fails),
        cmocka_unit_test(test_rundown),
        cmocka_unit_test(test_destroyed_context),
        cmocka_unit_test(test_serialized),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_upgraded),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_unregistered_interface),
    };
    static const struct rpc_suite suite = {
        .name = "test_stub_contexts",
        .register_server = stub_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
        .client = open_many,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
