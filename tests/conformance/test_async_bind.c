/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RpcBindingBind and RpcBindingUnbind, and the time limits of calls. Sources: the SDK documentation
 * of these functions, of RpcMgmtSetComTimeout, and "Preventing Client-side Hangs". */
#include "async_client.h"
#include "async_server.h"
#include "fake_server.h"

#define PROTSEQ_LRPC 3 /* the SDK's RPC_PROTSEQ_LRPC, which mingw's rpcdce.h lacks */

/* RpcBindingBind "supports only the ncalrpc protocol sequence", on handles of RpcBindingCreate. */
static RPC_BINDING_HANDLE create_fast_binding(const WCHAR *endpoint)
{
    RPC_BINDING_HANDLE_TEMPLATE template = {
        .Version = 1,
        .ProtocolSequence = PROTSEQ_LRPC,
        .StringEndpoint = (unsigned short *)endpoint,
    };
    RPC_BINDING_HANDLE_OPTIONS options = {.Version = 1,
                                          .ComTimeout = RPC_C_BINDING_DEFAULT_TIMEOUT};
    RPC_BINDING_HANDLE binding = NULL;

    assert_int_equal(RpcBindingCreateW(&template, NULL, &options, &binding), RPC_S_OK);
    assert_non_null(binding);
    return binding;
}

static const WCHAR *local_endpoint(void)
{
    static WCHAR endpoint[64];

    if (!endpoint[0])
        rpc_fixture_listen(L"ncalrpc", endpoint, ARRAYSIZE(endpoint));
    return endpoint;
}

/* RpcAsyncCompleteCall of a bind has no return value to store. */
static RPC_STATUS finish_bind(struct async_call *call)
{
    RPC_STATUS status;

    assert_true(call_wait(call, WAIT_MS));
    status = RpcAsyncCompleteCall(&call->state, NULL);
    assert_int_equal(call_notified(call), call_expected(call));
    assert_int_equal(call->wrong, 0);
    return status;
}

static void test_bind_asynchronously(void **state)
{
    static const RPC_NOTIFICATION_TYPES types[] = ALL_NOTIFICATION_TYPES;

    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        RPC_BINDING_HANDLE binding = create_fast_binding(local_endpoint());
        struct async_call *call = call_new(types[i]);

        assert_int_equal(RpcBindingBind(&call->state, binding, async_test_v1_0_c_ifspec), RPC_S_OK);
        assert_int_equal(finish_bind(call), RPC_S_OK);
        assert_int_equal(steer_add(binding, 4, 5), 9);
        call_reset(call);
        assert_int_equal(call_add(call, binding, 4, 5), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(RpcBindingUnbind(binding), RPC_S_OK);
        call_free(call);
        rpc_fixture_unbind(&binding);
    }
}

/* "A binding handle in the unbound state can be bound again and re-used to make calls." */
static void test_bind_and_unbind(void **state)
{
    RPC_BINDING_HANDLE binding = create_fast_binding(local_endpoint());

    for (LONG i = 0; i < 3; i++) {
        assert_int_equal(RpcBindingBind(NULL, binding, async_test_v1_0_c_ifspec), RPC_S_OK);
        assert_int_equal(steer_add(binding, i, 5), i + 5);
        assert_int_equal(RpcBindingUnbind(binding), RPC_S_OK);
    }
    rpc_fixture_unbind(&binding);
}

/* "If the call to RpcBindingBind fails, then … the caller can attempt to bind again … or it can
 * free the binding handle." */
static void test_bind_to_nobody(void **state)
{
    RPC_BINDING_HANDLE binding = create_fast_binding(L"rpcrt4-test-nobody");
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    for (unsigned round = 0; round < 2; round++) {
        RPC_STATUS status;

        assert_int_equal(RpcBindingBind(NULL, binding, async_test_v1_0_c_ifspec),
                         RPC_S_SERVER_UNAVAILABLE);
        call_reset(call);
        status = RpcBindingBind(&call->state, binding, async_test_v1_0_c_ifspec);
        if (status == RPC_S_OK)
            status = finish_bind(call);
        else
            assert_int_equal(call_notified(call), 0);
        assert_int_equal(status, RPC_S_SERVER_UNAVAILABLE);
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

static void test_bind_invalid(void **state)
{
    RPC_BINDING_HANDLE binding = create_fast_binding(local_endpoint());
    RPC_ASYNC_STATE zeroed = {0};

    assert_int_equal(RpcBindingBind(NULL, NULL, async_test_v1_0_c_ifspec), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingUnbind(NULL), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingBind(&zeroed, binding, async_test_v1_0_c_ifspec),
                     RPC_S_INVALID_ASYNC_HANDLE);
    rpc_fixture_unbind(&binding);
}

/* ---- time limits ---- */

/* Accepts the bind and the request, and answers nothing. */
static void answer_never(struct fake_server *server, SOCKET s)
{
    struct fake_pdu request;

    if (fake_accept_bind(s) && fake_recv_request(s, &request))
        fake_drain(s);
}

/* "If the timer expires, the call is automatically canceled and completes with
 * RPC_S_CALL_CANCELLED." */
static void test_call_timeout(void **state)
{
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    volatile RPC_STATUS status = RPC_S_OK;
    RPC_BINDING_HANDLE binding;
    struct fake_server server;
    ULONGLONG start;

    fake_start(&server, answer_never, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    start = GetTickCount64();
    assert_int_equal(call_add(call, binding, 1, 2), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_CALL_CANCELLED);
    assert_true(GetTickCount64() - start >= 80);
    RpcTryExcept
    {
        sync_add(binding, 1, 2);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    assert_int_equal(status, RPC_S_CALL_CANCELLED);
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
    call_free(call);
}

/* A call that is answered in time is left alone, and the limit is each call's own. */
static void test_call_in_time(void **state)
{
    WCHAR endpoint[64];
    RPC_BINDING_HANDLE binding;
    struct async_call *call = call_new(RpcNotificationTypeEvent);

    rpc_fixture_listen(L"ncacn_ip_tcp", endpoint, ARRAYSIZE(endpoint));
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", endpoint);
    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, WAIT_MS), RPC_S_OK);
    for (LONG i = 0; i < 10; i++) {
        call_reset(call);
        assert_int_equal(call_add(call, binding, i, 2), RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
    }
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* The communication time-out is no limit on a call: the server is there. */
static void test_com_timeout(void **state)
{
    WCHAR endpoint[64];
    RPC_BINDING_HANDLE binding;
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    unsigned timeout = 99;

    rpc_fixture_listen(L"ncacn_ip_tcp", endpoint, ARRAYSIZE(endpoint));
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", endpoint);
    assert_int_equal(RpcMgmtInqComTimeout(binding, &timeout), RPC_S_OK);
    assert_int_equal(timeout, RPC_C_BINDING_DEFAULT_TIMEOUT);
    assert_int_equal(RpcMgmtSetComTimeout(binding, RPC_C_BINDING_INFINITE_TIMEOUT + 1),
                     RPC_S_INVALID_TIMEOUT);
    assert_int_equal(RpcMgmtSetComTimeout(binding, RPC_C_BINDING_MIN_TIMEOUT), RPC_S_OK);
    assert_int_equal(RpcMgmtInqComTimeout(binding, &timeout), RPC_S_OK);
    assert_int_equal(timeout, RPC_C_BINDING_MIN_TIMEOUT);
    assert_int_equal(call_hold(call, binding, 0, 1), RPC_S_OK);
    steer_await(binding, call->token, AWAIT_ARRIVED);
    assert_int_equal(RpcAsyncGetCallStatus(&call->state), RPC_S_ASYNC_CALL_PENDING);
    assert_int_equal(steer_release(binding, call->token, RELEASE_COMPLETE, 2), RPC_S_OK);
    assert_int_equal(call_finish(call), RPC_S_OK);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_bind_asynchronously),
        cmocka_unit_test(test_bind_and_unbind),
        cmocka_unit_test(test_bind_to_nobody),
        cmocka_unit_test(test_bind_invalid),
        cmocka_unit_test(test_call_timeout),
        cmocka_unit_test(test_call_in_time),
        cmocka_unit_test(test_com_timeout),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_bind",
        .register_server = async_server_register,
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
