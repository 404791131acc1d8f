/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes of authenticated calls: each fragment is signed or sealed, in the order in which it leaves. */
#include "pipe_server.h"
#include "test_package.h"

static const ULONG services[] = {TEST_TWO_LEGS, TEST_THREE_LEGS, TEST_FOUR_LEGS};

static RPC_BINDING_HANDLE bind_as_alice(void **state, ULONG service, ULONG level)
{
    static WCHAR user[] = L"alice", password[] = L"" TEST_PASSWORD;
    SEC_WINNT_AUTH_IDENTITY_W identity = {
        .User = (unsigned short *)user,
        .UserLength = (unsigned long)wcslen(user),
        .Password = (unsigned short *)password,
        .PasswordLength = (unsigned long)wcslen(password),
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, level, service, &identity, RPC_C_AUTHZ_NONE), RPC_S_OK);
    return binding;
}

/* ---- synchronous ---- */

struct ends {
    LONG next, give, got, wrong, sign;
    LONG buffer[20000];
};

static void __RPC_USER pull_longs(char *state, LONG *buffer, ULONG max, ULONG *count)
{
    struct ends *ends = (struct ends *)state;

    *count = min((ULONG)ends->give, min(max, 7001));
    for (ULONG i = 0; i < *count; i++)
        buffer[i] = ends->next++;
    ends->give -= *count;
}

static void __RPC_USER push_longs(char *state, LONG *buffer, ULONG count)
{
    struct ends *ends = (struct ends *)state;

    for (ULONG i = 0; i < count; i++)
        ends->wrong += buffer[i] != ends->sign * ends->got++;
}

static void __RPC_USER alloc_longs(char *state, ULONG size, LONG **buffer, ULONG *allocated)
{
    *buffer = ((struct ends *)state)->buffer;
    *allocated = sizeof(((struct ends *)state)->buffer);
}

static LONG_PIPE longs(struct ends *ends, LONG give, LONG sign)
{
    ends->next = ends->got = ends->wrong = 0;
    ends->give = give;
    ends->sign = sign;
    return (LONG_PIPE){pull_longs, push_longs, alloc_longs, (char *)ends};
}

static void check_synchronous(RPC_BINDING_HANDLE binding)
{
    struct ends *ends = calloc(1, sizeof(*ends));
    LONG_PIPE pipe = longs(ends, 100000, 1);
    hyper sum = 0;
    LONG tag = 0;
    char end;

    assert_int_equal(pipe_sum(binding, 8, pipe, &sum, &tag), 100000);
    assert_true(sum == 100000ll * 99999 / 2 && tag == 8);
    pipe = longs(ends, 10000, -1);
    assert_int_equal(pipe_negate(binding, &pipe), 10000);
    assert_true(ends->got == 10000 && !ends->wrong);
    pipe = longs(ends, 0, 1);
    assert_int_equal(pipe_source(binding, 0, 100000, 3333, &pipe, &end), 100000);
    assert_true(ends->got == 100000 && !ends->wrong);
    free(ends);
}

/* ---- asynchronous ---- */

static void check_asynchronous(RPC_BINDING_HANDLE binding)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    LONG buffer[2000], got = 0, wrong = 0, result = 0;
    ASYNC_LONG_PIPE pipe;
    RPC_ASYNC_STATE async;
    RPC_STATUS status;
    ULONG count;

    RpcAsyncInitializeHandle(&async, sizeof(async));
    async.NotificationType = RpcNotificationTypeEvent;
    async.u.hEvent = event;
    async_pipe_negate(&async, binding, NEGATE_NOTIFIED(RpcNotificationTypeEvent), &pipe);
    for (LONG part = 0; part < 6; part++) {
        for (LONG i = 0; i < 2000; i++)
            buffer[i] = part * 2000 + i;
        assert_int_equal(pipe.push(pipe.state, buffer, 2000), RPC_S_OK);
    }
    assert_int_equal(pipe.push(pipe.state, buffer, 0), RPC_S_OK);
    do {
        while ((status = pipe.pull(pipe.state, buffer, 2000, &count)) == RPC_S_ASYNC_CALL_PENDING)
            assert_int_equal(WaitForSingleObject(event, WAIT_MS), WAIT_OBJECT_0);
        assert_int_equal(status, RPC_S_OK);
        for (ULONG i = 0; i < count; i++)
            wrong += buffer[i] != -got++;
    } while (count);
    while ((status = RpcAsyncCompleteCall(&async, &result)) == RPC_S_ASYNC_CALL_PENDING)
        assert_int_equal(WaitForSingleObject(event, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(result, 12000);
    assert_true(got == 12000 && !wrong);
    CloseHandle(event);
}

static void test_levels(void **state)
{
    for (unsigned i = 0; i < ARRAYSIZE(services); i++) {
        for (ULONG level = RPC_C_AUTHN_LEVEL_CONNECT; level <= RPC_C_AUTHN_LEVEL_PKT_PRIVACY; level++) {
            RPC_BINDING_HANDLE binding = bind_as_alice(state, services[i], level);

            check_synchronous(binding);
            check_asynchronous(binding);
            rpc_fixture_unbind(&binding);
        }
    }
}

static void register_server(void)
{
    pipe_server_register();
    for (unsigned i = 0; i < ARRAYSIZE(services); i++) {
        if (RpcServerRegisterAuthInfoW((RPC_WSTR)L"pipes", services[i], NULL, NULL))
            exit(1);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_levels),
    };
    static const struct rpc_suite suite = {
        .name = "test_pipe_auth",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
    };

    if (!test_package_install()) {
        printf("the security package cannot be installed\n");
        return 1;
    }
    return rpc_fixture_main(argc, argv, &suite);
}
