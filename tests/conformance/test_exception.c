/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RpcRaiseException and RpcExceptionFilter, and that whatever include/rpcasync-extra.h declares is in
 * the DLL. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include "rpcexcept.h"
#include "rpcasync-extra.h"
#include <cmocka.h>

static void raised_exception(void **unused)
{
    EXCEPTION_RECORD record;

    memset(&record, 0, sizeof(record));
    RpcTryExcept {
        RpcRaiseException(RPC_S_CALL_FAILED);
    } RpcExcept((record = *RpcExceptionInformation()->ExceptionRecord, 1)) {
        assert_int_equal(RpcExceptionCode(), RPC_S_CALL_FAILED);
    } RpcEndExcept
    assert_int_equal(record.ExceptionCode, RPC_S_CALL_FAILED);
    assert_int_equal(record.ExceptionFlags & EXCEPTION_NONCONTINUABLE, EXCEPTION_NONCONTINUABLE);
    assert_int_equal(record.NumberParameters, 0);
}

static void filter(void **unused)
{
    static const ULONG fatal[] = {
        0x80000001, 0x80000002, 0x80000003, 0xc0000005, 0xc0000006, 0xc000001d, 0xc0000096, 0xc00000aa,
        0xc00000fd, 0xc0000194, 0xc0000235,
    }, harmless[] = {
        0, 1, 5, RPC_S_CALL_FAILED, RPC_X_BAD_STUB_DATA, 0x40000000, 0x80000004, 0xc0000004, 0xc0000008,
        0xc000001c, 0xc0000094, 0xe06d7363, 0xffffffff,
    };
    size_t i;

    for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        assert_int_equal(RpcExceptionFilter(fatal[i]), EXCEPTION_CONTINUE_SEARCH);
        assert_int_equal(I_RpcExceptionFilter(fatal[i]), EXCEPTION_CONTINUE_SEARCH);
    }
    for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        assert_int_equal(RpcExceptionFilter(harmless[i]), EXCEPTION_EXECUTE_HANDLER);
        assert_int_equal(I_RpcExceptionFilter(harmless[i]), EXCEPTION_EXECUTE_HANDLER);
    }
}

static void filter_in_a_block(void **unused)
{
    ULONG caught = 0, passed = 0;

    RpcTryExcept {
        RpcTryExcept {
            RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
        } RpcExcept(RpcExceptionFilter(RpcExceptionCode())) {
            caught = RpcExceptionCode();
        } RpcEndExcept
    } RpcExcept(EXCEPTION_EXECUTE_HANDLER) {
        passed = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(caught, 0);
    assert_int_equal(passed, EXCEPTION_ACCESS_VIOLATION);
}

/* Version 3 begins as version 2, so that the runtime can fill in both alike. */
static void call_attributes_layout(void **unused)
{
    assert_int_equal(offsetof(RPC_CALL_ATTRIBUTES_V3_W, InterfaceUuid),
                     offsetof(RPC_CALL_ATTRIBUTES_V2_W, InterfaceUuid));
    assert_int_equal(offsetof(RPC_CALL_ATTRIBUTES_V3_A, InterfaceUuid),
                     offsetof(RPC_CALL_ATTRIBUTES_V2_A, InterfaceUuid));
}

static void older_names(void **unused)
{
    RPC_ASYNC_STATE state;
    RPC_IF_HANDLE none = NULL;

    assert_int_equal(RpcInitializeAsyncHandle(&state, sizeof(state)), RPC_S_OK);
    assert_int_equal(RpcInitializeAsyncHandle(&state, 1), RPC_S_INVALID_ARG);
    state.NotificationType = RpcNotificationTypeNone;
    assert_int_equal(RpcGetAsyncCallStatus(&state), RpcAsyncGetCallStatus(&state));
    assert_int_equal(RpcCompleteAsyncCall(&state, NULL), RpcAsyncCompleteCall(&state, NULL));
    assert_int_equal(RpcCancelAsyncCall(&state, TRUE), RpcAsyncCancelCall(&state, TRUE));
    assert_int_equal(RpcAbortAsyncCall(&state, 5), RpcAsyncAbortCall(&state, 5));
    assert_int_equal(RpcRegisterAsyncInfo(&state), RpcAsyncRegisterInfo(&state));
    assert_ptr_not_equal(I_RpcSetAsyncHandle, NULL);
    assert_ptr_not_equal(I_RpcAbortAsyncCall, NULL);
    assert_int_not_equal(RpcServerRegisterIf3(none, NULL, NULL, 0, 1, 1, NULL, NULL), RPC_S_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raised_exception),
        cmocka_unit_test(filter),
        cmocka_unit_test(filter_in_a_block),
        cmocka_unit_test(call_attributes_layout),
        cmocka_unit_test(older_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
