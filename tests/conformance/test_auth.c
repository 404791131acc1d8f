/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authenticated calls, with the tests' own security package, to a server in this process and in
 * another one. Sources: Windows SDK, RpcBindingSetAuthInfoEx, RpcBindingInqAuthInfoEx,
 * RpcServerRegisterAuthInfo, RpcBindingInqAuthClient, RpcServerRegisterIf3, Interface Registration
 * Flags; [MS-RPCE] 3.3.1.5.2. */
#include "async_client.h"
#include "auth_client.h"
#include "auth_server.h"
#include "test_package.h"
#include <authz.h>

static const ULONG services[] = {TEST_TWO_LEGS, TEST_THREE_LEGS, TEST_FOUR_LEGS};

/* Security contexts of the server's process (which is its clients', too, if they are in it), as a client
 * without authentication learns. */
static LONG contexts_of(void **state)
{
    RPC_BINDING_HANDLE plain = rpc_target_bind(rpc_fixture_target(state));
    LONG count = auth_count_contexts(plain);

    rpc_fixture_unbind(&plain);
    return count;
}

/* After every test: none is left, on either side. */
static int await_no_contexts(void **state)
{
    ULONGLONG end = GetTickCount64() + WAIT_MS;

    while ((contexts_of(state) || test_package_contexts()) && GetTickCount64() < end)
        Sleep(1);
    if (!contexts_of(state) && !test_package_contexts())
        return 0;
    print_error("contexts that are left: %ld there, %u here\n", contexts_of(state), test_package_contexts());
    return 1;
}

static bool is_ncalrpc(void **state)
{
    return !wcscmp(rpc_fixture_target(state)->protseq, L"ncalrpc");
}

/* ---- who the client is ---- */

static void assert_alice(RPC_BINDING_HANDLE binding, ULONG service, ULONG level)
{
    auth_facts facts;

    assert_int_equal(auth_ask(binding, &facts), RPC_S_OK);
    assert_int_equal(facts.status, RPC_S_OK);
    assert_int_equal(facts.service, service);
    assert_int_equal(facts.level, level);
    assert_int_equal(facts.authz, RPC_C_AUTHZ_NONE);
    assert_wide_equal(facts.client, L"alice");
    assert_wide_equal(facts.server, SERVER_NAME);
    assert_int_equal(facts.attributes_status, RPC_S_OK);
    assert_int_equal(facts.attributes_service, service);
    assert_int_equal(facts.attributes_level, level);
    assert_wide_equal(facts.attributes_client, L"alice");
}

static void test_the_server_knows_the_client(void **state)
{
    for (unsigned i = 0; i < ARRAYSIZE(services); i++) {
        for (ULONG level = RPC_C_AUTHN_LEVEL_CONNECT; level <= RPC_C_AUTHN_LEVEL_PKT_PRIVACY; level++) {
            RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

            assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, level, services[i]), RPC_S_OK);
            assert_alice(binding, services[i], level == RPC_C_AUTHN_LEVEL_CALL ? RPC_C_AUTHN_LEVEL_PKT : level);
            auth_check_echo(binding, 100);
            rpc_fixture_unbind(&binding);
        }
    }
}

static void test_a_copy_is_authenticated_too(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state)), copy;

    assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, TEST_THREE_LEGS),
                     RPC_S_OK);
    assert_int_equal(RpcBindingCopy(binding, &copy), RPC_S_OK);
    rpc_fixture_unbind(&binding);
    assert_alice(copy, TEST_THREE_LEGS, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    rpc_fixture_unbind(&copy);
}

/* Without RpcBindingSetAuthInfo, the system vouches for clients of ncalrpc only. */
static void test_without_authentication(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    auth_facts facts;

    assert_int_equal(auth_ask(binding, &facts), RPC_S_OK);
    if (is_ncalrpc(state)) {
        assert_int_equal(facts.status, RPC_S_OK);
        assert_int_equal(facts.service, RPC_C_AUTHN_WINNT);
        assert_int_equal(facts.level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
        assert_wide_equal(facts.attributes_client, facts.client);
        assert_non_null(wcschr(facts.client, '\\'));
    } else {
        assert_int_equal(facts.status, RPC_S_BINDING_HAS_NO_AUTH);
        assert_int_equal(facts.service, ~0u);
        assert_int_equal(facts.attributes_service, RPC_C_AUTHN_NONE);
        assert_int_equal(facts.attributes_level, RPC_C_AUTHN_LEVEL_NONE);
    }
    rpc_fixture_unbind(&binding);
}

static void test_settings_change_between_calls(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_STATUS none = is_ncalrpc(state) ? RPC_S_OK : RPC_S_BINDING_HAS_NO_AUTH;
    auth_facts facts;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(auth_ask(binding, &facts), RPC_S_OK);
        assert_int_equal(facts.status, none);
        assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, TEST_TWO_LEGS),
                         RPC_S_OK);
        assert_alice(binding, TEST_TWO_LEGS, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
        assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, TEST_FOUR_LEGS),
                         RPC_S_OK);
        assert_alice(binding, TEST_FOUR_LEGS, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
        assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, RPC_C_AUTHN_LEVEL_NONE, TEST_TWO_LEGS, NULL, 0),
                         RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

static void test_wrong_password(void **state)
{
    for (unsigned i = 0; i < ARRAYSIZE(services); i++) {
        RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
        struct async_call *call = call_new(RpcNotificationTypeEvent);
        auth_facts facts;

        assert_int_equal(auth_set(binding, "alice", "guessed", RPC_C_AUTHN_LEVEL_PKT_PRIVACY, services[i]), RPC_S_OK);
        assert_int_equal(auth_ask(binding, &facts), RPC_S_ACCESS_DENIED);
        assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_ACCESS_DENIED);
        call_free(call);
        rpc_fixture_unbind(&binding);
    }
}

static void test_what_cannot_be(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    auth_facts facts;

    /* a service that the server has not registered */
    assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_CONNECT, TEST_UNREGISTERED), RPC_S_OK);
    assert_int_equal(auth_ask(binding, &facts), RPC_S_UNKNOWN_AUTHN_SERVICE);
    /* a package that cannot sign */
    assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_CONNECT, TEST_BROKEN), RPC_S_OK);
    assert_alice(binding, TEST_BROKEN, RPC_C_AUTHN_LEVEL_CONNECT);
    assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, TEST_BROKEN), RPC_S_OK);
    assert_int_equal(auth_ask(binding, &facts), RPC_S_SEC_PKG_ERROR);
    /* a server that the package does not find */
    assert_int_equal(RpcBindingSetAuthInfoW(binding, (RPC_WSTR)L"nowhere", RPC_C_AUTHN_LEVEL_PKT, TEST_TWO_LEGS, NULL,
                                            RPC_C_AUTHZ_NONE),
                     RPC_S_OK);
    assert_int_equal(auth_ask(binding, &facts), RPC_S_SEC_PKG_ERROR);
    rpc_fixture_unbind(&binding);
}

/* ---- bodies ---- */

static void test_bodies_of_all_sizes(void **state)
{
    static const LONG sizes[] = {0, 1, 8, 15, 16, 17, 4000, 65000, 65535, 66000, 200001, 1 << 20};
    static const ULONG levels[] = {RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_AUTHN_LEVEL_PKT, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY,
                                   RPC_C_AUTHN_LEVEL_PKT_PRIVACY};

    for (unsigned i = 0; i < ARRAYSIZE(levels); i++) {
        RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

        assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, levels[i], TEST_THREE_LEGS), RPC_S_OK);
        for (unsigned j = 0; j < ARRAYSIZE(sizes); j++)
            auth_check_echo(binding, sizes[j]);
        rpc_fixture_unbind(&binding);
    }
}

/* ---- asynchronous calls ---- */

static void test_asynchronous_calls(void **state)
{
    enum { CALLS = 40, SIZE = 70000 };
    struct async_call *calls[CALLS];
    byte *buffers[CALLS];

    for (unsigned i = 0; i < ARRAYSIZE(services); i++) {
        RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

        assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, services[i]),
                         RPC_S_OK);
        for (LONG j = 0; j < CALLS; j++) {
            calls[j] = call_new(RpcNotificationTypeEvent);
            buffers[j] = calloc(1, SIZE);
            if (j % 8)
                assert_int_equal(call_add(calls[j], binding, j, 1), RPC_S_OK);
            else
                assert_int_equal(call_sink(calls[j], binding, SIZE, buffers[j]), RPC_S_OK);
        }
        for (LONG j = 0; j < CALLS; j++) {
            assert_int_equal(call_finish(calls[j]), RPC_S_OK);
            if (j % 8)
                assert_int_equal(calls[j]->value, j + 1);
            call_free(calls[j]);
            free(buffers[j]);
        }
        rpc_fixture_unbind(&binding);
    }
}

static void test_cancelling(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, TEST_FOUR_LEGS), RPC_S_OK);
    /* the server is asked, and answers */
    assert_int_equal(call_hold(call, binding, HOLD_WATCH_CANCEL, 5), RPC_S_OK);
    steer_await(binding, call->token, AWAIT_ARRIVED);
    assert_int_equal(RpcAsyncCancelCall(&call->state, FALSE), RPC_S_OK);
    steer_await(binding, call->token, AWAIT_CANCEL_TOLD);
    assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 77), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_OK);
    /* the call ends at once */
    call_reset(call);
    assert_int_equal(call_hold(call, binding, HOLD_WATCH_CANCEL, 5), RPC_S_OK);
    steer_await(binding, call->token, AWAIT_ARRIVED);
    assert_int_equal(RpcAsyncCancelCall(&call->state, TRUE), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
    steer_await(binding, call->token, AWAIT_CANCEL_TOLD);
    steer_release(binding, call->token, RELEASE_COMPLETE, 1);
    auth_check_echo(binding, 1000);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* ---- who may call ---- */

/* The status of a call to an object: without authentication, and as some user. */
static RPC_STATUS try_object(void **state, enum auth_object object, const char *user)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    auth_facts facts;
    RPC_STATUS status;
    UUID uuid;

    auth_object_uuid(object, &uuid);
    assert_int_equal(RpcBindingSetObject(binding, &uuid), RPC_S_OK);
    if (user)
        assert_int_equal(auth_set(binding, user, TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, TEST_TWO_LEGS),
                         RPC_S_OK);
    status = auth_ask(binding, &facts);
    rpc_fixture_unbind(&binding);
    return status;
}

static void test_secure_only(void **state)
{
    RPC_STATUS unknown = is_ncalrpc(state) ? RPC_S_OK : RPC_S_ACCESS_DENIED;

    assert_int_equal(try_object(state, AUTH_SECURE_ONLY, NULL), unknown);
    assert_int_equal(try_object(state, AUTH_SECURE_ONLY, "alice"), RPC_S_OK);
}

static void test_security_callbacks(void **state)
{
    RPC_STATUS unknown = is_ncalrpc(state) ? RPC_S_OK : RPC_S_ACCESS_DENIED;

    assert_int_equal(try_object(state, AUTH_CALLBACK, NULL), unknown);
    assert_int_equal(try_object(state, AUTH_CALLBACK, "alice"), RPC_S_OK);
    assert_int_equal(try_object(state, AUTH_CALLBACK, "mallory"), RPC_S_ACCESS_DENIED);
    assert_int_equal(try_object(state, AUTH_CALLBACK_ALWAYS, NULL), RPC_S_OK);
    assert_int_equal(try_object(state, AUTH_CALLBACK_ALWAYS, "mallory"), RPC_S_ACCESS_DENIED);
}

/* How often the callback is asked about two calls over one connection. */
static LONG callbacks_of_two(void **state, enum auth_object object)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    auth_facts first, second;
    UUID uuid;

    auth_object_uuid(object, &uuid);
    assert_int_equal(RpcBindingSetObject(binding, &uuid), RPC_S_OK);
    assert_int_equal(auth_set(binding, "alice", TEST_PASSWORD, RPC_C_AUTHN_LEVEL_PKT, TEST_TWO_LEGS), RPC_S_OK);
    assert_int_equal(auth_ask(binding, &first), RPC_S_OK);
    assert_int_equal(auth_ask(binding, &second), RPC_S_OK);
    rpc_fixture_unbind(&binding);
    return second.callbacks - first.callbacks;
}

static void test_callbacks_are_remembered(void **state)
{
    assert_int_equal(callbacks_of_two(state, AUTH_CALLBACK), 0);
    assert_int_equal(callbacks_of_two(state, AUTH_CALLBACK_ALWAYS), 1);
}

static void test_security_descriptors(void **state)
{
    bool is_tcp = !wcscmp(rpc_fixture_target(state)->protseq, L"ncacn_ip_tcp");

    /* Clients of pipes have a token without authentication, too. */
    assert_int_equal(try_object(state, AUTH_FOR_USERS, NULL), is_tcp ? RPC_S_ACCESS_DENIED : RPC_S_OK);
    assert_int_equal(try_object(state, AUTH_FOR_USERS, "alice"), RPC_S_OK);
    assert_int_equal(try_object(state, AUTH_FOR_NOBODY, NULL), RPC_S_ACCESS_DENIED);
    assert_int_equal(try_object(state, AUTH_FOR_NOBODY, "alice"), RPC_S_ACCESS_DENIED);
}

static void test_impersonation(void **state)
{
    RPC_SECURITY_QOS qos = {RPC_C_SECURITY_QOS_VERSION, RPC_C_QOS_CAPABILITIES_DEFAULT, RPC_C_QOS_IDENTITY_STATIC,
                            RPC_C_IMP_LEVEL_IMPERSONATE};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    bool is_tcp = !wcscmp(rpc_fixture_target(state)->protseq, L"ncacn_ip_tcp");
    LONG level;

    assert_int_equal(auth_try_impersonate(binding, &level), is_tcp ? RPC_S_NO_CONTEXT_AVAILABLE : RPC_S_OK);
    assert_int_equal(RpcBindingSetAuthInfoExW(binding, NULL, RPC_C_AUTHN_LEVEL_PKT, TEST_TWO_LEGS, NULL, 0, &qos),
                     RPC_S_OK);
    assert_int_equal(auth_try_impersonate(binding, &level), RPC_S_OK);
    assert_int_equal(level, SecurityImpersonation);
    qos.ImpersonationType = RPC_C_IMP_LEVEL_IDENTIFY;
    assert_int_equal(RpcBindingSetAuthInfoExW(binding, NULL, RPC_C_AUTHN_LEVEL_PKT, TEST_TWO_LEGS, NULL, 0, &qos),
                     RPC_S_OK);
    assert_int_equal(auth_try_impersonate(binding, &level), RPC_S_OK);
    assert_int_equal(level, SecurityIdentification);
    rpc_fixture_unbind(&binding);
}

/* What authz.dll itself makes of a token: Wine 8's has no contexts, and says so. */
static RPC_STATUS authz_status(void)
{
    AUTHZ_RESOURCE_MANAGER_HANDLE manager;
    AUTHZ_CLIENT_CONTEXT_HANDLE context;
    RPC_STATUS status = RPC_S_OK;
    LUID nobody = {0, 0};
    HANDLE token;

    if (!AuthzInitializeResourceManager(AUTHZ_RM_FLAG_NO_AUDIT, NULL, NULL, NULL, NULL, &manager))
        return GetLastError();
    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    if (!AuthzInitializeContextFromToken(0, token, manager, NULL, nobody, NULL, &context))
        status = GetLastError();
    else
        AuthzFreeContext(context);
    CloseHandle(token);
    AuthzFreeResourceManager(manager);
    return status;
}

/* Authz contexts: who can be impersonated has one. */
static void test_authorization_contexts(void **state)
{
    RPC_SECURITY_QOS qos = {RPC_C_SECURITY_QOS_VERSION, RPC_C_QOS_CAPABILITIES_DEFAULT, RPC_C_QOS_IDENTITY_STATIC,
                            RPC_C_IMP_LEVEL_IMPERSONATE};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    bool is_tcp = !wcscmp(rpc_fixture_target(state)->protseq, L"ncacn_ip_tcp");
    RPC_STATUS expected = authz_status();
    LUID nobody = {0, 0};
    LONG impersonated = -1;
    void *context;

    assert_int_equal(RpcGetAuthorizationContextForClient(NULL, FALSE, NULL, NULL, nobody, 0, NULL, &context),
                     RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(RpcGetAuthorizationContextForClient(binding, FALSE, NULL, NULL, nobody, 0, NULL, &context),
                     RPC_S_WRONG_KIND_OF_BINDING);
    assert_int_equal(auth_try_authorize(binding, true, &impersonated), is_tcp ? RPC_S_NO_CONTEXT_AVAILABLE : expected);
    assert_int_equal(impersonated, !is_tcp && !expected);
    assert_int_equal(RpcBindingSetAuthInfoExW(binding, NULL, RPC_C_AUTHN_LEVEL_PKT, TEST_TWO_LEGS, NULL, 0, &qos),
                     RPC_S_OK);
    assert_int_equal(auth_try_authorize(binding, false, &impersonated), expected);
    assert_int_equal(impersonated, 0);
    assert_int_equal(auth_try_authorize(binding, true, &impersonated), expected);
    assert_int_equal(impersonated, !expected);
    rpc_fixture_unbind(&binding);
}

/* ---- connections ---- */

/* Bindings with equal settings and nobody's explicit identity share connections, and no others do. */
static void test_who_shares_connections(void **state)
{
    static const struct {
        const WCHAR *principal;
        const char *user;
        ULONG level;
        LONG contexts; /* after a call of this one */
    } steps[] = {
        {L"x", NULL, RPC_C_AUTHN_LEVEL_PKT, 1},     {L"x", NULL, RPC_C_AUTHN_LEVEL_PKT, 1},
        {L"y", NULL, RPC_C_AUTHN_LEVEL_PKT, 2},     {L"x", NULL, RPC_C_AUTHN_LEVEL_CONNECT, 3},
        {NULL, "alice", RPC_C_AUTHN_LEVEL_PKT, 4},  {NULL, "alice", RPC_C_AUTHN_LEVEL_PKT, 5},
    };
    LONG ends = rpc_fixture_target(state)->in_child ? 1 : 2;
    RPC_BINDING_HANDLE bindings[ARRAYSIZE(steps)];
    auth_facts facts;

    for (unsigned i = 0; i < ARRAYSIZE(steps); i++) {
        bindings[i] = rpc_target_bind(rpc_fixture_target(state));
        if (steps[i].user)
            assert_int_equal(auth_set(bindings[i], steps[i].user, TEST_PASSWORD, steps[i].level, TEST_TWO_LEGS),
                             RPC_S_OK);
        else
            assert_int_equal(RpcBindingSetAuthInfoW(bindings[i], (RPC_WSTR)steps[i].principal, steps[i].level,
                                                    TEST_TWO_LEGS, NULL, 0),
                             RPC_S_OK);
        assert_int_equal(auth_ask(bindings[i], &facts), RPC_S_OK);
        assert_int_equal(contexts_of(state), steps[i].contexts * ends);
    }
    for (unsigned i = 0; i < ARRAYSIZE(steps); i++)
        rpc_fixture_unbind(&bindings[i]);
}

static void test_nothing_is_left(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    unsigned credentials = test_package_credentials(), blocks = 0;

    for (int i = 0; i < 20; i++) {
        RPC_BINDING_HANDLE binding = rpc_target_bind(target);
        auth_facts facts;

        if (i == 10)
            blocks = count_heap_blocks();
        assert_int_equal(auth_set(binding, "alice", i % 2 ? TEST_PASSWORD : "wrong", RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                  services[i % 3]),
                         RPC_S_OK);
        assert_int_equal(auth_ask(binding, &facts), i % 2 ? RPC_S_OK : RPC_S_ACCESS_DENIED);
        rpc_fixture_unbind(&binding);
    }
    assert_int_equal(test_package_credentials(), credentials);
    if (target->in_child)
        assert_true(count_heap_blocks() < blocks + 10);
}

/* ---- settings, without a call ---- */

static void test_inquiring(void **state)
{
    static const RPC_SECURITY_QOS qos = {2, RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH, RPC_C_QOS_IDENTITY_DYNAMIC,
                                         RPC_C_IMP_LEVEL_DELEGATE};
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", L"1");
    RPC_AUTH_IDENTITY_HANDLE identity;
    RPC_SECURITY_QOS told;
    ULONG level, service, authz;
    RPC_WSTR principal;
    RPC_CSTR ansi;

    assert_int_equal(RpcBindingInqAuthInfoW(binding, NULL, NULL, NULL, NULL, NULL), RPC_S_BINDING_HAS_NO_AUTH);
    assert_int_equal(RpcBindingSetAuthInfoExW(binding, (RPC_WSTR)L"host/x", RPC_C_AUTHN_LEVEL_CALL, TEST_TWO_LEGS, NULL,
                                              RPC_C_AUTHZ_DCE, (RPC_SECURITY_QOS *)&qos),
                     RPC_S_OK);
    assert_int_equal(RpcBindingInqAuthInfoExW(binding, &principal, &level, &service, &identity, &authz, 1, &told),
                     RPC_S_OK);
    assert_wide_equal(principal, L"host/x");
    RpcStringFreeW(&principal);
    assert_int_equal(level, RPC_C_AUTHN_LEVEL_PKT);
    assert_int_equal(service, TEST_TWO_LEGS);
    assert_null(identity);
    assert_int_equal(authz, RPC_C_AUTHZ_DCE);
    assert_int_equal(told.Version, 1);
    assert_int_equal(told.Capabilities, RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH);
    assert_int_equal(told.IdentityTracking, RPC_C_QOS_IDENTITY_DYNAMIC);
    assert_int_equal(told.ImpersonationType, RPC_C_IMP_LEVEL_DELEGATE);
    assert_int_equal(RpcBindingInqAuthInfoA(binding, &ansi, NULL, NULL, NULL, NULL), RPC_S_OK);
    assert_string_equal((char *)ansi, "host/x");
    RpcStringFreeA(&ansi);
    assert_int_equal(RpcBindingInqAuthInfoExW(binding, NULL, NULL, NULL, NULL, NULL, 9, &told), RPC_S_INVALID_ARG);
    assert_int_equal(RpcBindingSetAuthInfoA(binding, NULL, RPC_C_AUTHN_LEVEL_PKT, RPC_C_AUTHN_NONE, NULL, 0), RPC_S_OK);
    assert_int_equal(RpcBindingInqAuthInfoW(binding, NULL, NULL, NULL, NULL, NULL), RPC_S_BINDING_HAS_NO_AUTH);
    rpc_fixture_unbind(&binding);
}

static void test_bad_settings(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", L"1"), none = NULL;
    RPC_SECURITY_QOS qos = {99, 0, 0, 0};

    assert_int_equal(RpcBindingSetAuthInfoW(none, NULL, 2, TEST_TWO_LEGS, NULL, 0), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, 7, TEST_TWO_LEGS, NULL, 0), RPC_S_UNKNOWN_AUTHN_LEVEL);
    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, 2, 250, NULL, 0), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcBindingSetAuthInfoExW(binding, NULL, 2, TEST_TWO_LEGS, NULL, 0, &qos), RPC_S_INVALID_ARG);
    qos.Version = 1;
    qos.ImpersonationType = 5;
    assert_int_equal(RpcBindingSetAuthInfoExW(binding, NULL, 2, TEST_TWO_LEGS, NULL, 0, &qos), RPC_S_INVALID_ARG);
    assert_int_equal(RpcBindingInqAuthInfoW(binding, NULL, NULL, NULL, NULL, NULL), RPC_S_BINDING_HAS_NO_AUTH);
    rpc_fixture_unbind(&binding);
}

/* NTLM's structure is the runtime's business; the check needs no NTLM. */
static void test_bad_identities(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W identity = {.User = (unsigned short *)L"u", .UserLength = 1, .Flags = 0};
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncacn_ip_tcp", L"1");
    ULONG level;

    if (RpcMgmtInqDefaultProtectLevel(RPC_C_AUTHN_WINNT, &level) == RPC_S_UNKNOWN_AUTHN_SERVICE) {
        rpc_fixture_unbind(&binding);
        skip();
    }
    assert_int_equal(level, RPC_C_AUTHN_LEVEL_CONNECT);
    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, 2, RPC_C_AUTHN_WINNT, &identity, 0),
                     RPC_S_INVALID_AUTH_IDENTITY);
    identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    identity.PasswordLength = 3;
    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, 2, RPC_C_AUTHN_WINNT, &identity, 0),
                     RPC_S_INVALID_AUTH_IDENTITY);
    identity.PasswordLength = 0;
    assert_int_equal(RpcBindingSetAuthInfoW(binding, NULL, 2, RPC_C_AUTHN_DEFAULT, &identity, 0), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

static void test_what_the_server_registers(void **state)
{
    WCHAR endpoint[64];
    RPC_WSTR name;
    RPC_CSTR ansi;
    ULONG level;

    rpc_fixture_listen(L"ncalrpc", endpoint, ARRAYSIZE(endpoint)); /* the first registration counts */
    assert_int_equal(RpcServerRegisterAuthInfoW(NULL, 250, NULL, NULL), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcServerRegisterAuthInfoA((RPC_CSTR)"another name", TEST_TWO_LEGS, NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcServerRegisterAuthInfoA((RPC_CSTR)"another name", TEST_TWO_LEGS, NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcServerInqDefaultPrincNameW(250, &name), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcServerInqDefaultPrincNameW(TEST_TWO_LEGS, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcServerInqDefaultPrincNameW(TEST_TWO_LEGS, &name), RPC_S_OK);
    assert_non_null(wcschr(name, '\\'));
    RpcStringFreeW(&name);
    assert_int_equal(RpcServerInqDefaultPrincNameA(TEST_TWO_LEGS, &ansi), RPC_S_OK);
    RpcStringFreeA(&ansi);
    assert_int_equal(RpcMgmtInqServerPrincNameA(NULL, TEST_UNREGISTERED, &ansi), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcMgmtInqDefaultProtectLevel(TEST_TWO_LEGS, &level), RPC_S_OK);
    assert_int_equal(level, RPC_C_AUTHN_LEVEL_CONNECT);
}

static void test_the_registered_name_is_told(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_WSTR name;

    assert_int_equal(RpcMgmtInqServerPrincNameW(binding, TEST_FOUR_LEGS, &name), RPC_S_OK);
    assert_wide_equal(name, SERVER_NAME);
    RpcStringFreeW(&name);
    assert_int_equal(RpcMgmtInqServerPrincNameW(binding, TEST_UNREGISTERED, &name), RPC_S_UNKNOWN_AUTHN_SERVICE);
    rpc_fixture_unbind(&binding);
}

#define EACH(test) cmocka_unit_test_teardown(test, await_no_contexts)

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        EACH(test_the_server_knows_the_client),
        EACH(test_a_copy_is_authenticated_too),
        EACH(test_without_authentication),
        EACH(test_settings_change_between_calls),
        EACH(test_wrong_password),
        EACH(test_what_cannot_be),
        EACH(test_bodies_of_all_sizes),
        EACH(test_asynchronous_calls),
        EACH(test_cancelling),
        EACH(test_secure_only),
        EACH(test_security_callbacks),
        EACH(test_callbacks_are_remembered),
        EACH(test_security_descriptors),
        EACH(test_impersonation),
        EACH(test_authorization_contexts),
        EACH(test_who_shares_connections),
        EACH(test_nothing_is_left),
        EACH(test_the_registered_name_is_told),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_inquiring),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_bad_identities),
        cmocka_unit_test(test_what_the_server_registers),
    };
    static const struct rpc_suite suite = {
        .name = "authentication",
        .register_server = auth_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    if (!test_package_install()) {
        printf("the security package cannot be installed\n");
        return 1;
    }
    return rpc_fixture_main(argc, argv, &suite);
}
