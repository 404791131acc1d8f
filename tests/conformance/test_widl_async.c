/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tools/widl-async makes of widl_async.idl, at both ends of a call: every kind of argument
 * and binding handle of asynchronous procedures, and of synchronous ones where widl alone would
 * not do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <rpc.h>
#include <rpcasync.h>
#include "rpcexcept.h"
#include "stub_raised.h"
#include "widl_async.h"
#include <cmocka.h>

#define WAIT_MS 10000

static RPC_BINDING_HANDLE binding;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

/* ---- the server ---- */

static words copy_text(const WCHAR *text)
{
    size_t size = (wcslen(text) + 1) * sizeof(WCHAR);
    words copy = midl_user_allocate(size);

    memcpy(copy, text, size);
    return copy;
}

static void complete(PRPC_ASYNC_STATE state, void *reply)
{
    RpcAsyncCompleteCall(state, reply);
}

void server_a_float(PRPC_ASYNC_STATE state, handle_t h, float a, double b, float c, float d)
{
    float reply = a + 10 * (float)b + 100 * c + 1000 * d;

    complete(state, &reply);
}

void server_a_double(PRPC_ASYNC_STATE state, handle_t h, double a, LONG b, float *c)
{
    double reply = a / b;

    *c += 0.25f;
    complete(state, &reply);
}

void server_a_hyper(PRPC_ASYNC_STATE state, handle_t h, hyper a, hyper *b, small c)
{
    hyper reply = a * c;

    *b -= a;
    complete(state, &reply);
}

void server_a_small_types(PRPC_ASYNC_STATE state, handle_t h, small a, byte b, short c, boolean d,
                          wchar_t e)
{
    LONG reply = a + b + c + d + e;

    complete(state, &reply);
}

void server_a_text(PRPC_ASYNC_STATE state, LONG count, const wchar_t *text, handle_t h,
                   wchar_t **reversed)
{
    words reply = copy_text(text);

    *reversed = copy_text(text);
    _wcsrev(*reversed);
    reply[count] = 0;
    complete(state, &reply);
}

void server_a_sum(PRPC_ASYNC_STATE state, handle_t h, LONG rows, LONG columns, LONG *values,
                  LONG size, hyper *sums)
{
    LONG i;

    for (i = 0; i < rows * columns; i++)
        sums[i / columns] += values[i];
    complete(state, NULL);
}

void server_a_record(PRPC_ASYNC_STATE state, handle_t h, record value, record *more, record *result)
{
    result->a = value.a + (more ? more->a : 0);
    result->b = value.b + (more ? more->b : 0);
    result->text = copy_text(more ? more->text : value.text);
    complete(state, NULL);
}

void server_a_open(PRPC_ASYNC_STATE state, handle_t h, LONG start, counter *result)
{
    LONG *count = malloc(sizeof(*count));

    *count = start;
    *result = count;
    complete(state, NULL);
}

void server_a_count(PRPC_ASYNC_STATE state, LONG step, counter which, counter *other)
{
    LONG reply = *(LONG *)which += step;

    *(LONG *)*other -= step;
    reply = reply * 1000 + *(LONG *)*other;
    complete(state, &reply);
}

void server_a_close(PRPC_ASYNC_STATE state, counter *which)
{
    free(*which);
    *which = NULL;
    complete(state, NULL);
}

void __RPC_USER counter_rundown(counter which)
{
    free(which);
}

float server_s_float(handle_t h, float a, double b)
{
    return a - (float)b;
}

LONG server_s_add(handle_t h, LONG a, LONG b)
{
    return a + b;
}

words server_s_text(handle_t h, const wchar_t *text)
{
    return copy_text(text);
}

void server_s_status(handle_t h, ULONG raise, error_status_t *status)
{
    *status = 0;
    if (raise)
        RpcRaiseException(raise);
}

error_status_t server_s_result(handle_t h, ULONG raise)
{
    if (raise)
        RpcRaiseException(raise);
    return 0;
}

static volatile LONG notified, flagged[2];

LONG server_s_noted(handle_t h, LONG number)
{
    return number + notified; /* not yet */
}

void __RPC_USER server_s_noted_notify(void)
{
    InterlockedIncrement(&notified);
}

LONG server_s_flagged(handle_t h, LONG number)
{
    if (number == 10)
        RpcRaiseException(1234);
    return number;
}

void __RPC_USER server_s_flagged_notify_flag(boolean called)
{
    InterlockedIncrement(&flagged[called]);
}

void server_a_flagged(PRPC_ASYNC_STATE state, handle_t h, LONG number)
{
    complete(state, &number);
}

void __RPC_USER server_a_flagged_notify_flag(boolean called)
{
    InterlockedIncrement(&flagged[called]);
}

void server_a_implicit(PRPC_ASYNC_STATE state, LONG a, LONG b)
{
    LONG reply = a * b;

    complete(state, &reply);
}

LONG server_s_implicit(LONG a, LONG b)
{
    return a - b;
}

void server_a_added(PRPC_ASYNC_STATE state, handle_t h, LONG a, LONG b)
{
    LONG reply = h ? a + 2 * b : 0;

    complete(state, &reply);
}

LONG server_s_added(handle_t h, LONG a, LONG b)
{
    return h ? a - 2 * b : 0;
}

/* ---- the client ---- */

static void start(RPC_ASYNC_STATE *state)
{
    assert_int_equal(RpcAsyncInitializeHandle(state, sizeof(*state)), RPC_S_OK);
    state->NotificationType = RpcNotificationTypeEvent;
    assert_non_null(state->u.hEvent = CreateEventW(NULL, FALSE, FALSE, NULL));
}

static void finish(RPC_ASYNC_STATE *state, void *reply)
{
    assert_int_equal(WaitForSingleObject(state->u.hEvent, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(RpcAsyncCompleteCall(state, reply), RPC_S_OK);
    CloseHandle(state->u.hEvent);
}

static void floating_point(void **unused)
{
    RPC_ASYNC_STATE state;
    float single = 0, c = 3.5f;
    double reply = 0;

    start(&state);
    a_float(&state, binding, 1.5f, 2.5, 3.5f, 4.5f);
    finish(&state, &single);
    assert_true(single == 1.5f + 25 + 350 + 4500);

    start(&state);
    a_double(&state, binding, 7, 2, &c);
    finish(&state, &reply);
    assert_true(reply == 3.5);
    assert_true(c == 3.75f);

    assert_true(s_float(binding, 5.5f, 2.25) == 3.25f);
}

static void integers(void **unused)
{
    RPC_ASYNC_STATE state;
    hyper reply = 0, b = 0x123456789abcdef0;
    LONG sum = 0;

    start(&state);
    a_hyper(&state, binding, 0x100000001, &b, -3);
    finish(&state, &reply);
    assert_true(reply == -0x300000003);
    assert_true(b == 0x123456779abcdeef);

    start(&state);
    a_small_types(&state, binding, -1, 200, -3000, TRUE, 40000);
    finish(&state, &sum);
    assert_int_equal(sum, -1 + 200 - 3000 + 1 + 40000);

    assert_int_equal(s_add(binding, 40, 2), 42);
}

static void strings(void **unused)
{
    RPC_ASYNC_STATE state;
    wchar_t *reversed = NULL;
    words reply = NULL;

    start(&state);
    a_text(&state, 3, L"upside down", binding, &reversed);
    finish(&state, &reply);
    assert_int_equal(wcscmp(reply, L"ups"), 0);
    assert_int_equal(wcscmp(reversed, L"nwod edispu"), 0);
    midl_user_free(reply);
    midl_user_free(reversed);

    reply = s_text(binding, L"as it was");
    assert_int_equal(wcscmp(reply, L"as it was"), 0);
    midl_user_free(reply);
}

static void arrays(void **unused)
{
    RPC_ASYNC_STATE state;
    LONG values[6] = { 1, 2, 3, 4, 5, 6 };
    hyper sums[4] = { 100, 200, 300, 400 };

    start(&state);
    a_sum(&state, binding, 2, 3, values, 4, sums);
    finish(&state, NULL);
    assert_true(sums[0] == 106 && sums[1] == 215 && sums[2] == 300 && sums[3] == 400);
}

static void structures(void **unused)
{
    RPC_ASYNC_STATE state;
    WCHAR one[] = L"one", two[] = L"two";
    record value = { 1, 0.5, one }, more = { 2, 0.25, two }, result = { 0, 0, NULL };

    start(&state);
    a_record(&state, binding, value, &more, &result);
    finish(&state, NULL);
    assert_int_equal(result.a, 3);
    assert_true(result.b == 0.75);
    assert_int_equal(wcscmp(result.text, L"two"), 0);
    midl_user_free(result.text);

    result.text = NULL;
    start(&state);
    a_record(&state, binding, value, NULL, &result);
    finish(&state, NULL);
    assert_int_equal(wcscmp(result.text, L"one"), 0);
    midl_user_free(result.text);
}

static counter open_counter(LONG first)
{
    RPC_ASYNC_STATE state;
    counter result = NULL;

    start(&state);
    a_open(&state, binding, first, &result);
    finish(&state, NULL);
    assert_non_null(result);
    return result;
}

static void close_counter(counter which)
{
    RPC_ASYNC_STATE state;

    start(&state);
    a_close(&state, &which);
    finish(&state, NULL);
    assert_null(which);
}

static void context_handles(void **unused)
{
    RPC_ASYNC_STATE state;
    counter a = open_counter(10), b = open_counter(100), before = b;
    LONG reply = 0;

    start(&state);
    a_count(&state, 7, a, &b);
    finish(&state, &reply);
    assert_int_equal(reply, 17093);
    assert_ptr_equal(b, before);
    close_counter(a);
    close_counter(b);
}

static void other_binding_handles(void **unused)
{
    RPC_ASYNC_STATE state;
    LONG reply = 0;

    widl_implicit_binding = binding;
    start(&state);
    a_implicit(&state, 6, 7);
    finish(&state, &reply);
    assert_int_equal(reply, 42);
    assert_int_equal(s_implicit(50, 8), 42);

    start(&state);
    a_added(&state, binding, 20, 11);
    finish(&state, &reply);
    assert_int_equal(reply, 42);
    assert_int_equal(s_added(binding, 64, 11), 42);
}

static void statuses(void **unused)
{
    error_status_t status = 77;

    s_status(binding, 0, &status);
    assert_int_equal(status, 0);
    s_status(binding, 1234, &status);
    assert_int_equal(status, 1234);
    assert_int_equal(s_result(binding, 0), 0);
    assert_int_equal(s_result(binding, 1234), 1234);
}

/* The reply may arrive before the routine has been called. */
static LONG reached(volatile LONG *count, LONG wanted)
{
    for (int i = 0; i < 500 && *count < wanted; i++)
        Sleep(10);
    return *count;
}

static void notifications(void **unused)
{
    RPC_ASYNC_STATE state;
    LONG reply = 0;

    assert_int_equal(s_noted(binding, 5), 5);
    assert_int_equal(reached(&notified, 1), 1);
    assert_int_equal(RAISED(s_noted(binding, 11)), RPC_X_INVALID_BOUND);
    assert_int_equal(reached(&notified, 2), 2);

    assert_int_equal(s_flagged(binding, 5), 5);
    assert_int_equal(reached(&flagged[TRUE], 1), 1);
    assert_int_equal(RAISED(s_flagged(binding, 10)), 1234);
    assert_int_equal(reached(&flagged[TRUE], 2), 2);
    assert_int_equal(RAISED(s_flagged(binding, 11)), RPC_X_INVALID_BOUND);
    assert_int_equal(reached(&flagged[FALSE], 1), 1);

    start(&state);
    a_flagged(&state, binding, 7);
    finish(&state, &reply);
    assert_int_equal(reply, 7);
    assert_int_equal(reached(&flagged[TRUE], 3), 3);
    assert_int_equal(flagged[FALSE], 1);
}

static int serve(void **unused)
{
    static WCHAR protseq[] = L"ncalrpc";
    WCHAR endpoint[40], *string;

    swprintf(endpoint, 40, L"widl_async_%lu", GetCurrentProcessId());
    if (RpcServerUseProtseqEpW(protseq, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, endpoint, NULL)
        || RpcServerRegisterIf(server_widl_explicit_v1_0_s_ifspec, NULL, NULL)
        || RpcServerRegisterIf(server_widl_implicit_v1_0_s_ifspec, NULL, NULL)
        || RpcServerRegisterIf(server_widl_added_v1_0_s_ifspec, NULL, NULL)
        || RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE)
        || RpcStringBindingComposeW(NULL, protseq, NULL, endpoint, NULL, &string)
        || RpcBindingFromStringBindingW(string, &binding))
        return 1;
    return RpcStringFreeW(&string);
}

static int stop(void **unused)
{
    return RpcBindingFree(&binding) || RpcMgmtStopServerListening(NULL) || RpcMgmtWaitServerListen()
        || RpcServerUnregisterIf(NULL, NULL, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floating_point),
        cmocka_unit_test(integers),
        cmocka_unit_test(strings),
        cmocka_unit_test(arrays),
        cmocka_unit_test(structures),
        cmocka_unit_test(context_handles),
        cmocka_unit_test(other_binding_handles),
        cmocka_unit_test(statuses),
        cmocka_unit_test(notifications),
    };

    return cmocka_run_group_tests(tests, serve, stop);
}
