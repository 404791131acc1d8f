/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stubs without an interpreter, written as a compiler's -Os mode does: the message and buffer
 * functions, and the context handle functions with guards. Source: rpcndr.h. */
#include "rpc_fixture.h"
#include <rpcndr.h>
#include "stub_raised.h"

enum procedure {
    P_OPEN,      /* ([in] long value, [out] context) */
    P_USE,       /* long ([in] context) */
    P_USE_OTHER, /* the same, of another interface */
    P_FAIL,      /* ([in] context): raises ERROR_NOT_READY */
    P_CLOSE,     /* ([in, out] context) */
    P_RUNDOWNS,  /* long () */
    P_CLIENT,    /* what the server knows of its client: a struct client */
    PROCEDURES
};

#define NDR20 \
    { \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, \
        { \
            2, 0 \
        } \
    }
#define TEST_INTERFACE \
    { \
        {0x6f1a4c10, 0x52a7, 0x4e6b, {0x9d, 0x0b, 0x2f, 0x6f, 0x1c, 0x7b, 0x5a, 0x12}}, \
        { \
            1, 0 \
        } \
    }

/* As COM's are: one function for all procedures. */
#define OLE_INTERFACE \
    { \
        {0x6f1a4c10, 0x52a7, 0x4e6b, {0x9d, 0x0b, 0x2f, 0x6f, 0x1c, 0x7b, 0x5a, 0x13}}, \
        { \
            0, 0 \
        } \
    }

struct client {
    RPC_STATUS by_thread, by_handle; /* of asking for its process */
    ULONG thread_pid, handle_pid;
};

/* ---- the server ---- */

static char guard, other_guard;
static volatile LONG rundowns;

static void __RPC_API run_down(void *context)
{
    InterlockedIncrement(&rundowns);
    free(context);
}

static void *get_reply(PRPC_MESSAGE msg, unsigned int length)
{
    RPC_STATUS status;

    msg->BufferLength = length;
    if ((status = I_RpcGetBuffer(msg)) != RPC_S_OK)
        RpcRaiseException(status);
    return msg->Buffer;
}

static void __RPC_STUB serve_open(PRPC_MESSAGE msg)
{
    LONG *value = malloc(sizeof(*value));
    NDR_SCONTEXT context =
        NDRSContextUnmarshall2(msg->Handle, NULL, msg->DataRepresentation, &guard, 0);

    *value = *(LONG *)msg->Buffer;
    *NDRSContextValue(context) = value;
    NDRSContextMarshall2(msg->Handle, context, get_reply(msg, cbNDRContext), run_down, &guard, 0);
}

static void serve_use(PRPC_MESSAGE msg, void *with)
{
    NDR_SCONTEXT context =
        NDRSContextUnmarshall2(msg->Handle, msg->Buffer, msg->DataRepresentation, with, 0);
    LONG value = **(LONG **)NDRSContextValue(context);

    *(LONG *)get_reply(msg, sizeof(LONG)) = value;
}

static void __RPC_STUB serve_use_own(PRPC_MESSAGE msg)
{
    serve_use(msg, &guard);
}

static void __RPC_STUB serve_use_other(PRPC_MESSAGE msg)
{
    serve_use(msg, &other_guard);
}

static void __RPC_STUB serve_fail(PRPC_MESSAGE msg)
{
    NDRSContextUnmarshall2(msg->Handle, msg->Buffer, msg->DataRepresentation, &guard, 0);
    RpcRaiseException(ERROR_NOT_READY);
}

static void __RPC_STUB serve_close(PRPC_MESSAGE msg)
{
    NDR_SCONTEXT context =
        NDRSContextUnmarshall2(msg->Handle, msg->Buffer, msg->DataRepresentation, &guard, 0);

    free(*NDRSContextValue(context));
    *NDRSContextValue(context) = NULL;
    NDRSContextMarshall2(msg->Handle, context, get_reply(msg, cbNDRContext), run_down, &guard, 0);
}

static void __RPC_STUB serve_rundowns(PRPC_MESSAGE msg)
{
    *(LONG *)get_reply(msg, sizeof(LONG)) = rundowns;
}

static void __RPC_STUB serve_client(PRPC_MESSAGE msg)
{
    struct client client = {0};

    client.by_thread = I_RpcBindingInqLocalClientPID(NULL, &client.thread_pid);
    client.by_handle = I_RpcBindingInqLocalClientPID(msg->Handle, &client.handle_pid);
    memcpy(get_reply(msg, sizeof(client)), &client, sizeof(client));
}

static void __RPC_STUB serve_any(PRPC_MESSAGE msg)
{
    ULONG procedure = msg->ProcNum & ~RPC_FLAGS_VALID_BIT;

    *(ULONG *)get_reply(msg, sizeof(procedure)) = procedure;
}

static RPC_DISPATCH_FUNCTION dispatch[PROCEDURES + 1] = {
    serve_open,  serve_use_own,  serve_use_other, serve_fail,
    serve_close, serve_rundowns, serve_client,
};
static RPC_DISPATCH_FUNCTION ole_dispatch[] = {serve_any, NULL};
static RPC_DISPATCH_TABLE ole_dispatch_table = {1, ole_dispatch, 0};
static RPC_SERVER_INTERFACE ole_interface = {
    .Length = sizeof(RPC_SERVER_INTERFACE),
    .InterfaceId = OLE_INTERFACE,
    .TransferSyntax = NDR20,
    .DispatchTable = &ole_dispatch_table,
};
static RPC_DISPATCH_TABLE dispatch_table = {PROCEDURES, dispatch, 0};
static RPC_SERVER_INTERFACE server_interface = {
    .Length = sizeof(RPC_SERVER_INTERFACE),
    .InterfaceId = TEST_INTERFACE,
    .TransferSyntax = NDR20,
    .DispatchTable = &dispatch_table,
};

static void register_server(void)
{
    RPC_STATUS status = RpcServerRegisterIfEx(&server_interface, NULL, NULL, RPC_IF_AUTOLISTEN,
                                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL);

    if (status == RPC_S_OK)
        status = RpcServerRegisterIfEx(&ole_interface, NULL, NULL, RPC_IF_AUTOLISTEN | RPC_IF_OLE,
                                       RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL);
    if (status != RPC_S_OK) {
        printf("RpcServerRegisterIfEx: %ld\n", status);
        ExitProcess(2);
    }
}

/* ---- the client ---- */

static void *__RPC_API allocate(size_t size)
{
    return malloc(size);
}

static void __RPC_API release(void *p)
{
    free(p);
}

static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = TEST_INTERFACE,
    .TransferSyntax = NDR20,
};
static const MIDL_STUB_DESC desc = {
    .RpcInterfaceInformation = &client_interface,
    .pfnAllocate = allocate,
    .pfnFree = release,
    .Version = 0x50002,
};

static RPC_CLIENT_INTERFACE ole_client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = OLE_INTERFACE,
    .TransferSyntax = NDR20,
};
static const MIDL_STUB_DESC ole_desc = {
    .RpcInterfaceInformation = &ole_client_interface,
    .pfnAllocate = allocate,
    .pfnFree = release,
    .Version = 0x50002,
};

struct client_stub {
    MIDL_STUB_MESSAGE msg;
    RPC_MESSAGE rpc;
};

static void begin_call(struct client_stub *stub, enum procedure procedure,
                       RPC_BINDING_HANDLE binding, ULONG size)
{
    unsigned char *buffer;

    memset(stub, 0x55, sizeof(*stub));
    NdrClientInitializeNew(&stub->rpc, &stub->msg, &desc, procedure);
    stub->msg.BufferLength = size;
    buffer = NdrGetBuffer(&stub->msg, stub->msg.BufferLength, binding);
    assert_non_null(buffer);
    assert_ptr_equal(buffer, stub->msg.Buffer);
}

static void open_context(RPC_BINDING_HANDLE binding, LONG value, NDR_CCONTEXT *context)
{
    struct client_stub stub;

    begin_call(&stub, P_OPEN, binding, sizeof(value));
    *(LONG *)stub.msg.Buffer = value;
    NdrSendReceive(&stub.msg, stub.msg.Buffer + sizeof(value));
    NdrClientContextUnmarshall(&stub.msg, context, binding);
    NdrFreeBuffer(&stub.msg);
}

/* For procedures that take a context and return a number, or nothing. */
static LONG use_context(enum procedure procedure, NDR_CCONTEXT context)
{
    struct client_stub stub;
    LONG value;

    begin_call(&stub, procedure, NDRCContextBinding(context), cbNDRContext);
    RpcTryFinally {
        NdrClientContextMarshall(&stub.msg, context, TRUE);
        NdrSendReceive(&stub.msg, stub.msg.Buffer);
        value = *(LONG *)stub.msg.Buffer;
    }
    RpcFinally {
        NdrFreeBuffer(&stub.msg);
    }
    RpcEndFinally
    return value;
}

static void close_context(NDR_CCONTEXT *context)
{
    struct client_stub stub;

    begin_call(&stub, P_CLOSE, NDRCContextBinding(*context), cbNDRContext);
    NdrClientContextMarshall(&stub.msg, *context, TRUE);
    NdrSendReceive(&stub.msg, stub.msg.Buffer);
    NdrClientContextUnmarshall(&stub.msg, context, stub.rpc.Handle);
    NdrFreeBuffer(&stub.msg);
}

static LONG count_rundowns(RPC_BINDING_HANDLE binding)
{
    struct client_stub stub;
    LONG count;

    begin_call(&stub, P_RUNDOWNS, binding, 0);
    NdrSendReceive(&stub.msg, stub.msg.Buffer);
    count = *(LONG *)stub.msg.Buffer;
    NdrFreeBuffer(&stub.msg);
    return count;
}

/* ---- tests ---- */

static void test_context(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    NDR_CCONTEXT context = NULL;
    LONG before = count_rundowns(binding);

    open_context(binding, 12, &context);
    assert_non_null(context);
    /* more often than the server has threads: nothing holds it between calls */
    for (int i = 0; i < 50; i++)
        assert_int_equal(use_context(P_USE, context), 12);
    assert_int_equal(RAISED(use_context(P_FAIL, context)), ERROR_NOT_READY);
    assert_int_equal(use_context(P_USE, context), 12);
    close_context(&context);
    assert_null(context);
    assert_int_equal(count_rundowns(binding), before);
    rpc_fixture_unbind(&binding);
}

/* What a compiler writes where the interface has [comm_status] and [fault_status]: the exception is
 * handled, and the statuses are what the routine makes of it. */
static LONG use_with_status(enum procedure procedure, NDR_CCONTEXT context, ULONG *comm,
                            ULONG *fault)
{
    MIDL_STUB_MESSAGE msg;
    LONG value = 0;

    memset(&msg, 0, sizeof(msg));
    *comm = *fault = 0;
    RpcTryExcept {
        value = use_context(procedure, context);
    }
    RpcExcept(1) {
        if (NdrMapCommAndFaultStatus(&msg, comm, fault, RpcExceptionCode()) != RPC_S_OK)
            RpcRaiseException(RPC_S_INTERNAL_ERROR);
    }
    RpcEndExcept
    return value;
}

static void test_status(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    NDR_CCONTEXT context = NULL;
    ULONG comm, fault;

    open_context(binding, 12, &context);
    assert_int_equal(use_with_status(P_USE, context, &comm, &fault), 12);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, 0);
    use_with_status(P_FAIL, context, &comm, &fault);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, ERROR_NOT_READY);
    use_with_status(PROCEDURES, context, &comm, &fault);
    assert_int_equal(comm, RPC_S_PROCNUM_OUT_OF_RANGE);
    assert_int_equal(fault, 0);
    close_context(&context);
    rpc_fixture_unbind(&binding);
}

static void test_guard(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    NDR_CCONTEXT context = NULL;

    open_context(binding, 12, &context);
    assert_int_equal(RAISED(use_context(P_USE_OTHER, context)), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(use_context(P_USE, context), 12);
    close_context(&context);
    rpc_fixture_unbind(&binding);
}

static DWORD WINAPI use_from_thread(void *context)
{
    return use_context(P_USE, context);
}

static void test_from_threads(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    NDR_CCONTEXT context = NULL;
    HANDLE threads[8];

    open_context(binding, 34, &context);
    for (unsigned i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, use_from_thread, context, 0, NULL);
    assert_int_equal(WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, WAIT_MS),
                     WAIT_OBJECT_0);
    for (unsigned i = 0; i < ARRAYSIZE(threads); i++) {
        DWORD result = 0;

        GetExitCodeThread(threads[i], &result);
        assert_int_equal(result, 34);
        CloseHandle(threads[i]);
    }
    close_context(&context);
    rpc_fixture_unbind(&binding);
}

static void test_buffers(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct client_stub stub;

    begin_call(&stub, P_RUNDOWNS, binding, 100);
    assert_int_equal((uintptr_t)stub.msg.Buffer % MEMORY_ALLOCATION_ALIGNMENT, 0);
    NdrFreeBuffer(&stub.msg);
    /* what they were, as on Windows */
    assert_ptr_equal(stub.rpc.Buffer, stub.msg.Buffer);
    assert_int_equal(stub.rpc.BufferLength, 100);
    assert_int_equal(stub.msg.fBufferValid, 0);
    NdrFreeBuffer(&stub.msg); /* harmless */
    /* more than the buffer holds */
    begin_call(&stub, P_RUNDOWNS, binding, 8);
    assert_int_equal(RAISED(NdrSendReceive(&stub.msg, stub.msg.Buffer + 9)), RPC_X_BAD_STUB_DATA);
    NdrFreeBuffer(&stub.msg);
    assert_int_equal(RAISED(NdrNsGetBuffer(&stub.msg, 8, NULL)), RPC_S_NAME_SERVICE_UNAVAILABLE);
    rpc_fixture_unbind(&binding);
    assert_int_equal(RAISED(NdrGetBuffer(&stub.msg, 8, NULL)), RPC_S_INVALID_BINDING);
}

/* On ncalrpc a manager routine needs no handle to ask for its client. */
static void test_client(void **state)
{
    const struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);
    bool lpc = !wcscmp(target->protseq, L"ncalrpc"), tcp = !wcscmp(target->protseq, L"ncacn_ip_tcp");
    struct client_stub stub;
    struct client client;

    begin_call(&stub, P_CLIENT, binding, 0);
    NdrSendReceive(&stub.msg, stub.msg.Buffer);
    assert_int_equal(stub.rpc.BufferLength, sizeof(client));
    memcpy(&client, stub.msg.Buffer, sizeof(client));
    NdrFreeBuffer(&stub.msg);
    assert_int_equal(client.by_thread, lpc ? RPC_S_OK : RPC_S_INVALID_BINDING);
    assert_int_equal(client.thread_pid, lpc ? GetCurrentProcessId() : 0);
    assert_int_equal(client.by_handle, tcp ? RPC_S_CANNOT_SUPPORT : RPC_S_OK);
    assert_int_equal(client.handle_pid, tcp ? 0 : GetCurrentProcessId());
    rpc_fixture_unbind(&binding);
}

static void test_ole_interface(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct client_stub stub;

    for (unsigned int procedure = 0; procedure < 300; procedure += 13) {
        NdrClientInitializeNew(&stub.rpc, &stub.msg, (PMIDL_STUB_DESC)&ole_desc, procedure);
        NdrGetBuffer(&stub.msg, 0, binding);
        NdrSendReceive(&stub.msg, stub.msg.Buffer);
        assert_int_equal(*(ULONG *)stub.msg.Buffer, procedure);
        NdrFreeBuffer(&stub.msg);
    }
    begin_call(&stub, PROCEDURES, binding, 0);
    assert_int_equal(RAISED(NdrSendReceive(&stub.msg, stub.msg.Buffer)),
                     RPC_S_PROCNUM_OUT_OF_RANGE);
    NdrFreeBuffer(&stub.msg);
    rpc_fixture_unbind(&binding);
}

static void test_null_context(void **state)
{
    unsigned char wire[cbNDRContext], zero[cbNDRContext] = {0};

    memset(wire, 0x55, sizeof(wire));
    NDRCContextMarshall(NULL, wire);
    assert_memory_equal(wire, zero, sizeof(wire));
    assert_int_equal(RAISED(NDRCContextMarshall(wire, wire)), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(RAISED(NDRCContextBinding(NULL)), RPC_X_SS_IN_NULL_CONTEXT);
    /* outside a call */
    assert_int_equal(
        RAISED(NDRSContextUnmarshall(memset(wire, 1, sizeof(wire)), NDR_LOCAL_DATA_REPRESENTATION)),
        RPC_X_SS_CONTEXT_MISMATCH);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_from_threads),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_ole_interface),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_null_context),
    };
    static const struct rpc_suite suite = {
        .name = "test_stub_compiled",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
