/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 under authentication: each level, with packages of two, three and four legs, over each
 * protocol sequence; requests of one fragment and of several; a second presentation context, for
 * which an authenticated connection is altered. */
#include "rpc_fixture.h"

#ifdef __x86_64__

#include "ndr64_stubs.h"
#include "stub_raised.h"
#include "test_package.h"

#define CALL(info, number, ...) as_long(NdrClientCall3(info, number, NULL, __VA_ARGS__))
enum { MANY = 5000 };

static LONG as_long(CLIENT_CALL_RETURN result)
{
    return (LONG)result.Simple;
}

static const ULONG services[] = {TEST_TWO_LEGS, TEST_THREE_LEGS, TEST_FOUR_LEGS};

static void register_server(void)
{
    ndr64_register_server();
    for (unsigned i = 0; i < ARRAYSIZE(services); i++)
        if (RpcServerRegisterAuthInfoW((RPC_WSTR)L"server", services[i], NULL, NULL) != RPC_S_OK)
            ExitProcess(2);
}

static RPC_BINDING_HANDLE authenticated(void **state, ULONG service, ULONG level, const WCHAR *password)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    SEC_WINNT_AUTH_IDENTITY_W identity = {
        .User = (unsigned short *)L"user",
        .UserLength = 4,
        .Password = (unsigned short *)password,
        .PasswordLength = (unsigned long)wcslen(password),
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };

    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, level, service, &identity, RPC_C_AUTHZ_NONE), RPC_S_OK);
    return binding;
}

/* The syntax of the call before, of `length` octets in NDR64. */
static void check_last(MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding, LONG syntax, LONG length)
{
    LONG seen_syntax = 0, seen_length = 0;

    CALL(info, P_LAST, binding, &seen_syntax, &seen_length);
    assert_int_equal(seen_syntax, syntax);
    if (syntax == 64)
        assert_int_equal(seen_length, length);
}

static void check_calls(MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding, LONG syntax)
{
    static LONG values[MANY], reversed[MANY];
    LONG sum = 0, expected = 0;
    wchar_t *copy = NULL;

    for (LONG i = 0; i < MANY; i++)
        expected += values[i] = 3 * i;
    assert_int_equal(CALL(info, P_ADD, binding, 40, 2, &sum), 42);
    assert_int_equal(sum, 42);
    check_last(info, binding, syntax, 8);
    assert_int_equal(CALL(info, P_SMALL, binding, -1, -2, 7), 4);
    assert_int_equal(CALL(info, P_REVERSE, binding, MANY, values, reversed), expected);
    assert_int_equal(reversed[0], values[MANY - 1]);
    check_last(info, binding, syntax, 4 + 4 + 8 + 4 * MANY);
    assert_int_equal(CALL(info, P_ANSWER, binding, L"question", &copy), 1);
    assert_memory_equal(copy, L"question", sizeof(L"question"));
    MIDL_user_free(copy);
    assert_int_equal(RAISED(CALL(info, P_RAISE, binding, 4711)), 4711);
}

static void test_every_level(void **state)
{
    for (unsigned i = 0; i < ARRAYSIZE(services); i++)
        for (ULONG level = RPC_C_AUTHN_LEVEL_CONNECT; level <= RPC_C_AUTHN_LEVEL_PKT_PRIVACY; level++) {
            RPC_BINDING_HANDLE binding = authenticated(state, services[i], level, L"" TEST_PASSWORD);

            check_calls(ndr64_client(ALL, ALL), binding, 64);
            check_calls(ndr64_client(NDR64, NDR64), binding, 64);
            check_calls(ndr64_client(DCE, DCE), binding, 20);
            rpc_fixture_unbind(&binding);
        }
}

static void test_wrong_password(void **state)
{
    RPC_BINDING_HANDLE binding = authenticated(state, TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, L"guessed");
    LONG sum;

    assert_int_equal(RAISED(CALL(ndr64_client(ALL, ALL), P_ADD, binding, 40, 2, &sum)), RPC_S_ACCESS_DENIED);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_level),
        cmocka_unit_test(test_wrong_password),
    };
    static const struct rpc_suite suite = {
        .name = "NDR64 under authentication",
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
