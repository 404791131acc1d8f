/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers and return values of asynchronous calls: valid after completion, whatever their size, and
 * never touched again. Sources: the SDK documentation's "Receiving the Asynchronous Reply" and
 * "Making the Asynchronous Call". */
#include "async_client.h"
#include "async_server.h"

static const LONG sizes[] = {0, 1, 4096, 1 << 20, 8 << 20};
#define SIZES (ARRAYSIZE(sizes))

static byte pattern(LONG i)
{
    return (byte)(i * 13 + (i >> 8));
}

static byte *new_buffer(LONG size)
{
    byte *buffer = malloc(size + 1);

    for (LONG i = 0; i < size; i++)
        buffer[i] = pattern(i);
    buffer[size] = 0xee; /* guards the end */
    return buffer;
}

static void submit(RPC_STATUS *status, void (*procedure)(PRPC_ASYNC_STATE, handle_t, LONG, byte *),
                   struct async_call *call, RPC_BINDING_HANDLE binding, LONG size, byte *buffer)
{
    volatile RPC_STATUS raised = RPC_S_OK;

    RpcTryExcept
    {
        procedure(&call->state, binding, size, buffer);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    *status = raised;
}

static void test_in_out(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned n = 0; n < SIZES; n++) {
        struct async_call *call = call_new(RpcNotificationTypeEvent);
        byte *buffer = new_buffer(sizes[n]);
        LONG wrong = 0;
        RPC_STATUS status;

        submit(&status, async_echo, call, binding, sizes[n], buffer);
        assert_int_equal(status, RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->reply, sizes[n]);
        for (LONG i = 0; i < sizes[n]; i++)
            wrong += buffer[i] != (pattern(i) ^ 0x5a);
        assert_int_equal(wrong, 0);
        assert_int_equal(buffer[sizes[n]], 0xee);
        free(buffer);
        call_free(call);
    }
    rpc_fixture_unbind(&binding);
}

static void fill(PRPC_ASYNC_STATE async, handle_t binding, LONG size, byte *buffer)
{
    async_fill(async, binding, 3, size, buffer);
}

static void test_out(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned n = 0; n < SIZES; n++) {
        struct async_call *call = call_new(RpcNotificationTypeEvent);
        byte *buffer = new_buffer(sizes[n]);
        LONG wrong = 0;
        RPC_STATUS status;

        submit(&status, fill, call, binding, sizes[n], buffer);
        assert_int_equal(status, RPC_S_OK);
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->reply, 3);
        for (LONG i = 0; i < sizes[n]; i++)
            wrong += buffer[i] != (byte)(3 + i * 7);
        assert_int_equal(wrong, 0);
        assert_int_equal(buffer[sizes[n]], 0xee);
        free(buffer);
        call_free(call);
    }
    rpc_fixture_unbind(&binding);
}

static void test_in(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned n = 0; n < SIZES; n++) {
        struct async_call *call = call_new(RpcNotificationTypeEvent);
        byte *buffer = new_buffer(sizes[n]);
        ULONG sum = 0;

        for (LONG i = 0; i < sizes[n]; i++)
            sum = sum * 31 + buffer[i];
        assert_int_equal(call_sink(call, binding, sizes[n], buffer), RPC_S_OK);
        free(buffer); /* [in] buffers are the caller's again when the stub returns */
        assert_int_equal(call_finish(call), RPC_S_OK);
        assert_int_equal(call->reply, (LONG)sum);
        call_free(call);
    }
    rpc_fixture_unbind(&binding);
}

/* Sixteen large calls at once, each with its own contents. */
static void test_many_large(void **state)
{
    enum { CALLS = 16, SIZE = 1 << 19 };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *calls[CALLS];
    byte *buffers[CALLS];

    for (LONG n = 0; n < CALLS; n++) {
        RPC_STATUS status;

        calls[n] = call_new(RpcNotificationTypeEvent);
        buffers[n] = malloc(SIZE);
        memset(buffers[n], n, SIZE);
        submit(&status, async_echo, calls[n], binding, SIZE, buffers[n]);
        assert_int_equal(status, RPC_S_OK);
    }
    for (LONG n = 0; n < CALLS; n++) {
        LONG wrong = 0;

        assert_int_equal(call_finish(calls[n]), RPC_S_OK);
        for (LONG i = 0; i < SIZE; i++)
            wrong += buffers[n][i] != (byte)(n ^ 0x5a);
        assert_int_equal(wrong, 0);
        free(buffers[n]);
        call_free(calls[n]);
    }
    rpc_fixture_unbind(&binding);
}

static void test_scalars(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct async_call *call = call_new(RpcNotificationTypeEvent);
    double number = 1.25;
    hyper negated = 0;

    async_wide(&call->state, binding, 0x123456789abcdef0, &number, &negated);
    assert_int_equal(call_finish(call), RPC_S_OK);
    assert_int_equal(call->reply, 8);
    assert_true(number == 2.5);
    assert_true(negated == -0x123456789abcdef0);
    call_reset(call);
    async_nothing(&call->state, binding);
    assert_true(call_wait(call, WAIT_MS));
    assert_int_equal(RpcAsyncCompleteCall(&call->state, NULL), RPC_S_OK);
    call_free(call);
    rpc_fixture_unbind(&binding);
}

/* ---- nothing is touched after completion ---- */

/* One page for each call: the state, then an [in, out] buffer. */
struct page {
    RPC_ASYNC_STATE state;
    byte buffer[512];
};

/* How the call of round `i` ends. */
static RPC_STATUS submit_page(struct page *page, RPC_BINDING_HANDLE binding, HANDLE event,
                              unsigned i)
{
    volatile RPC_STATUS raised = RPC_S_OK;

    RpcAsyncInitializeHandle(&page->state, sizeof(page->state));
    page->state.NotificationType = RpcNotificationTypeEvent;
    page->state.u.hEvent = event;
    memset(page->buffer, i, sizeof(page->buffer));
    RpcTryExcept
    {
        if (i % 4 == 3)
            async_raise(&page->state, binding, RAISE_ABORT_LATER, 0x20004000);
        else
            async_echo(&page->state, binding, sizeof(page->buffer), page->buffer);
        if (i % 4 == 2)
            RpcAsyncCancelCall(&page->state, TRUE);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    return raised;
}

static void assert_outcome(unsigned i, RPC_STATUS status)
{
    /* A cancel may come too late. */
    if (i % 4 == 2 && status == RPC_S_CALL_CANCELLED)
        return;
    assert_int_equal(status, i % 4 == 3 ? 0x20004000 : RPC_S_OK);
}

/* The event is closed at once, its number used again for another one, which must stay unsignalled;
 * state and buffers are overwritten and made inaccessible: a later access ends the program. */
static void test_untouched(void **state)
{
    enum { ROUNDS = 400, PAGE = 4096 };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    char *arena = VirtualAlloc(NULL, ROUNDS * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HANDLE *successors = calloc(ROUNDS, sizeof(*successors));

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct page *page = (struct page *)(arena + i * PAGE);
        HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
        RPC_STATUS status;
        DWORD old;
        LONG reply;

        assert_int_equal(submit_page(page, binding, event, i), RPC_S_OK);
        assert_int_equal(WaitForSingleObject(event, WAIT_MS), WAIT_OBJECT_0);
        status = RpcAsyncCompleteCall(&page->state, &reply);
        CloseHandle(event);
        successors[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
        memset(page, 0xdd, PAGE);
        assert_true(VirtualProtect(page, PAGE, PAGE_NOACCESS, &old));
        assert_outcome(i, status);
    }
    assert_int_equal(steer_add(binding, 1, 2), 3);
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(WaitForSingleObject(successors[i], 0), WAIT_TIMEOUT);
        CloseHandle(successors[i]);
    }
    free(successors);
    VirtualFree(arena, 0, MEM_RELEASE);
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_in_out),
        cmocka_unit_test(test_out),
        cmocka_unit_test(test_in),
        cmocka_unit_test(test_many_large),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_untouched),
    };
    static const struct rpc_suite suite = {
        .name = "test_async_buffers",
        .register_server = async_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
