/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What widl never writes: procedure format strings made by hand, as MIDL makes them. Handles of all
 * kinds, [comm_status] and [fault_status], [notify], thunks, several transfer syntaxes, old -Oi
 * stubs. Source: the SDK's "RPC NDR Format Strings". */
#include "rpc_fixture.h"
#include <rpcndr.h>
#include "stub_raised.h"

static volatile LONG allocated, released;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    InterlockedIncrement(&allocated);
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *ptr)
{
    InterlockedIncrement(&released);
    free(ptr);
}

/* ---- format strings ---- */

#define SHORT(value) (unsigned char)((value) & 0xff), (unsigned char)((value) >> 8)
#define SLOT(n) SHORT((n) * sizeof(void *))
#ifdef __x86_64__
#define EXTENSION(flags, notify) 10, (flags), SHORT(0), SHORT(0), SHORT(notify), SHORT(0)
#else
#define EXTENSION(flags, notify) 8, (flags), SHORT(0), SHORT(0), SHORT(notify)
#endif
/* Handle type 0: `handle` describes the parameter. */
#define HEADER(handle_type, oi_flags, number, slots) \
    (handle_type), 0x48 | (oi_flags), 0, 0, 0, 0, SHORT(number), SLOT(slots)
#define SIZES(oi2_flags, params, flags, notify) \
    SHORT(64), SHORT(64), 0x40 | (oi2_flags), (params), EXTENSION(flags, notify)
#define PARAM(attributes, slot, fc) SHORT(attributes), SLOT(slot), (fc), 0

enum {
    BY_GENERIC = 0x31,
    BY_PRIMITIVE = 0x32,
    BY_AUTOMATIC = 0x33,
    BY_CALLBACK = 0x34,
    LONG_FC = 0x08
};
enum {
    COMM_OR_FAULT = 0x20,
    RPCSS_ALLOCATE = 0x02,
    HAS_RETURN = 0x04,
    HAS_ASYNC = 0x80,
    NOTIFY = 0x08,
    NOTIFY2 = 0x10
};
enum { ROBUST = 0x01, SERVER_CHECK = 0x04, RANGED = 0x40 };
enum { IN_LONG = 0x48, OUT_LONG = 0x2150, RETURNED = 0x70 };
enum { PARTIAL_ARRAY = 0x081b, IN_REF = 0x010b, IN_OUT_REF = 0x011b };

/* P_RAISE raises a positive code. */
enum procedure {
    P_RAISE,    /* long (long code, [out] long *, [out] long *): raises it, or returns it thrice */
    P_NEGATE,   /* long (long value) */
    P_NOTIFIED, /* likewise, with a [notify] routine */
    P_FLAGGED,  /* likewise, with a [notify_flag] routine */
    P_THUNKED,  /* likewise, through a thunk */
    P_ALLOCATE, /* likewise; allocates with RpcSmAllocate */
    P_COUNT,    /* long (long n, [size_is(n)] long v[]), n from 0 to 10: n */
    P_PARTIAL,  /* long (long n, [in, out, unique, partial_ignore, size_is(n)] long *v): v[i] += i */
    P_TRANSMIT, /* long ([in] t *x, [in, out] t *y), t a double transmitted as a long: y -= x */
    P_OLD,      /* long (long value), -Oi */
    P_ASYNC_ALLOCATE, /* as P_ALLOCATE, asynchronous: half of it in another thread */
    P_NO_MEMORY,      /* as P_ALLOCATE, where stubs do not enable the RpcSm allocator: 0 */
    PROCEDURES
};

/* Offsets into `types`. */
enum {
    SMALL_STRUCT = 2,
    LARGE_STRUCT = 8,
    POINTER_TO_POINTER = 16,
    ARRAY = 24,
    RANGED_ARRAY = 36,
    ARRAY_POINTER = 58,
    TRANSMITTED = 76,
    LONG_ON_STACK = 86,
};
static const unsigned char types[] = {
    0, 0,
    /* 2 */ 0x15, 3, SHORT(4), LONG_FC, 0x5b,
    /* 8 */ 0x15, 3, SHORT(12), LONG_FC, LONG_FC, LONG_FC, 0x5b,
    /* 16 */ 0x11, 0x14, SHORT(2), 0x12, 0x08, LONG_FC, 0x5c,
    /* 24 */ 0x1b, 3, SHORT(4), 0x28, 0, SLOT(0), 1, 0, LONG_FC, 0x5b,
    /* 36 */ 0x1b, 3, SHORT(4), 0x28, 0, SLOT(0), 1, 0,
    1, 0, 0, 0, 0, 0, 10, 0, 0, 0, LONG_FC, 0x5b,
    /* 58 */ 0x12, 0, SHORT(2),
    /* 62 */ 0x1b, 3, SHORT(4), 0x28, 0, SLOT(0), 1, 0, LONG_FC, 0x5b,
    /* 74 */ LONG_FC, 0x5c,
    /* 76 */ 0x2d, 3, SHORT(0), SHORT(8), SHORT(0), SHORT(-10),
    /* 86 */ 0x11, 0x0c, LONG_FC, 0x5c, /* a reference pointer, on the server's stack */
};

static const unsigned char server_format[] = {
    /* 0 */
    HEADER(BY_PRIMITIVE, 0, P_RAISE, 4),
    SIZES(HAS_RETURN, 4, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(OUT_LONG, 1, LONG_FC),
    PARAM(OUT_LONG, 2, LONG_FC),
    PARAM(RETURNED, 3, LONG_FC),
#define HEADER_SIZE (10 + 6 + 6 + sizeof(void *) / 4 * 2)
#define SIMPLE_SIZE (HEADER_SIZE + 2 * 6)
    HEADER(BY_PRIMITIVE, 0, P_NEGATE, 2),
    SIZES(HAS_RETURN, 2, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_NOTIFIED, 2),
    SIZES(HAS_RETURN, 2, NOTIFY, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_FLAGGED, 2),
    SIZES(HAS_RETURN, 2, NOTIFY2, 1),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_THUNKED, 2),
    SIZES(HAS_RETURN, 2, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
    HEADER(BY_PRIMITIVE, RPCSS_ALLOCATE, P_ALLOCATE, 2),
    SIZES(HAS_RETURN, 2, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_COUNT, 3),
    SIZES(HAS_RETURN, 3, ROBUST | SERVER_CHECK | RANGED, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    SHORT(0x10b), SLOT(1), SHORT(RANGED_ARRAY),
    PARAM(RETURNED, 2, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_PARTIAL, 3),
    SIZES(HAS_RETURN, 3, ROBUST | SERVER_CHECK, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    SHORT(PARTIAL_ARRAY), SLOT(1), SHORT(ARRAY_POINTER),
    PARAM(RETURNED, 2, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_TRANSMIT, 3),
    SIZES(HAS_RETURN, 3, 0, 0),
    SHORT(IN_REF), SLOT(0), SHORT(TRANSMITTED),
    SHORT(IN_OUT_REF), SLOT(1), SHORT(TRANSMITTED),
    PARAM(RETURNED, 2, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_OLD, 2),
    0x4e,
    LONG_FC,
    0x53,
    LONG_FC,
#define OLD_SIZE (10 + 4)
    HEADER(BY_PRIMITIVE, RPCSS_ALLOCATE, P_ASYNC_ALLOCATE, 3),
    SIZES(HAS_RETURN | HAS_ASYNC, 2, 0, 0),
    PARAM(IN_LONG, 1, LONG_FC),
    PARAM(RETURNED, 2, LONG_FC),
    HEADER(BY_PRIMITIVE, 0, P_NO_MEMORY, 2),
    SIZES(HAS_RETURN, 2, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
};
enum { RAISE_SIZE = HEADER_SIZE + 4 * 6, COUNT_SIZE = HEADER_SIZE + 3 * 6 };
static const unsigned short server_offsets[PROCEDURES] = {
    0,
    RAISE_SIZE,
    RAISE_SIZE + SIMPLE_SIZE,
    RAISE_SIZE + 2 * SIMPLE_SIZE,
    RAISE_SIZE + 3 * SIMPLE_SIZE,
    RAISE_SIZE + 4 * SIMPLE_SIZE,
    RAISE_SIZE + 5 * SIMPLE_SIZE,
    RAISE_SIZE + 5 * SIMPLE_SIZE + COUNT_SIZE,
    RAISE_SIZE + 5 * SIMPLE_SIZE + 2 * COUNT_SIZE,
    RAISE_SIZE + 5 * SIMPLE_SIZE + 3 * COUNT_SIZE,
    RAISE_SIZE + 5 * SIMPLE_SIZE + 3 * COUNT_SIZE + OLD_SIZE,
    RAISE_SIZE + 6 * SIMPLE_SIZE + 3 * COUNT_SIZE + OLD_SIZE,
};

/* ---- the server ---- */

static volatile LONG notified, flagged[2];

static void __RPC_API count_notified(void)
{
    InterlockedIncrement(&notified);
}

static void __RPC_API count_flagged(boolean flag)
{
    InterlockedIncrement(&flagged[flag != 0]);
}

static LONG __cdecl server_raise(LONG code, LONG *comm, LONG *fault)
{
    *comm = *fault = code;
    if (code > 0)
        RpcRaiseException(code);
    return code;
}

static LONG __cdecl server_negate(LONG value)
{
    return -value;
}

static LONG __cdecl server_allocate(LONG value)
{
    RPC_STATUS status;
    LONG *p = RpcSmAllocate(sizeof(*p), &status);

    if (status != RPC_S_OK)
        return 0;
    *p = -value;
    return *p;
}

/* What the other thread needs to go on with a call. */
struct half_done {
    PRPC_ASYNC_STATE async;
    RPC_SS_THREAD_HANDLE memory;
    LONG *value;
};

static DWORD WINAPI allocate_more(void *argument)
{
    struct half_done half = *(struct half_done *)argument;
    RPC_STATUS status;
    LONG *result;

    if (RpcSmAllocate(1, &status)) /* this thread has no environment yet */
        ExitProcess(3);
    RpcSmSetThreadHandle(half.memory);
    if ((result = RpcSmAllocate(sizeof(*result), &status)))
        *result = -*half.value;
    RpcAsyncCompleteCall(half.async, result);
    RpcSmSetThreadHandle(NULL);
    return 0;
}

static void __cdecl server_async_allocate(PRPC_ASYNC_STATE async, LONG value)
{
    RPC_STATUS status;
    struct half_done *half = RpcSmAllocate(sizeof(*half), &status);

    if (half) {
        half->async = async;
        half->memory = RpcSmGetThreadHandle(&status);
        half->value = RpcSmAllocate(sizeof(*half->value), &status);
        *half->value = value;
    }
    if (!half || !QueueUserWorkItem(allocate_more, half, WT_EXECUTEDEFAULT))
        RpcAsyncAbortCall(async, RPC_S_OUT_OF_MEMORY);
}

static LONG __cdecl server_count(LONG n, LONG *v)
{
    return n;
}

static LONG __cdecl server_partial(LONG n, LONG *v)
{
    for (LONG i = 0; v && i < n; i++)
        v[i] += i;
    return v != NULL;
}

static LONG __cdecl server_transmit(const double *x, double *y)
{
    *y -= *x;
    return (LONG)*x;
}

/* ---- [transmit_as(long)] double ---- */

static volatile LONG transmitted, instances_freed;

static void __RPC_USER to_xmit(PMIDL_STUB_MESSAGE msg)
{
    LONG *value = MIDL_user_allocate(sizeof(*value));

    *value = (LONG) * (double *)msg->pPresentedType;
    msg->pTransmitType = (unsigned char *)value;
    InterlockedIncrement(&transmitted);
}

static void __RPC_USER from_xmit(PMIDL_STUB_MESSAGE msg)
{
    *(double *)msg->pPresentedType = *(LONG *)msg->pTransmitType;
}

static void __RPC_USER free_xmit(PMIDL_STUB_MESSAGE msg)
{
    MIDL_user_free(msg->pTransmitType);
}

static void __RPC_USER free_inst(PMIDL_STUB_MESSAGE msg)
{
    InterlockedIncrement(&instances_freed);
}

static const XMIT_ROUTINE_QUINTUPLE transmit_routines[] = {
    {to_xmit, from_xmit, free_xmit, free_inst},
};

static void __RPC_API thunk(PMIDL_STUB_MESSAGE msg)
{
    LONG_PTR *stack = (LONG_PTR *)msg->StackTop;

    stack[1] = 10 * (LONG)stack[0];
}

static const NDR_NOTIFY_ROUTINE notify_routines[] = {count_notified,
                                                     (NDR_NOTIFY_ROUTINE)count_flagged};
static const SERVER_ROUTINE managers[PROCEDURES] = {
    (SERVER_ROUTINE)server_raise,  (SERVER_ROUTINE)server_negate, (SERVER_ROUTINE)server_negate,
    (SERVER_ROUTINE)server_negate, (SERVER_ROUTINE)server_negate, (SERVER_ROUTINE)server_allocate,
    (SERVER_ROUTINE)server_count,  (SERVER_ROUTINE)server_partial,
    (SERVER_ROUTINE)server_transmit, (SERVER_ROUTINE)server_negate,
    (SERVER_ROUTINE)(void *)server_async_allocate, (SERVER_ROUTINE)server_allocate,
};
static const STUB_THUNK thunks[PROCEDURES] = {[P_THUNKED] = thunk};

#define NDR20 \
    { \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, \
        { \
            2, 0 \
        } \
    }
#define NDR64 \
    { \
        {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, \
        { \
            1, 0 \
        } \
    }
#define TEST_INTERFACE \
    { \
        {0x6f1a4c10, 0x52a7, 0x4e6b, {0x9d, 0x0b, 0x2f, 0x6f, 0x1c, 0x7b, 0x5a, 0x11}}, \
        { \
            1, 0 \
        } \
    }

static RPC_SERVER_INTERFACE server_interface;
static const MIDL_STUB_DESC server_desc = {
    .RpcInterfaceInformation = &server_interface,
    .pfnAllocate = MIDL_user_allocate,
    .pfnFree = MIDL_user_free,
    .pFormatTypes = types,
    .aXmitQuintuple = transmit_routines,
    .Version = 0x50002,
    .NotifyRoutineTable = notify_routines,
};
static MIDL_SERVER_INFO server_info = {
    &server_desc, managers, server_format, server_offsets, thunks, NULL, 0, NULL};
static RPC_DISPATCH_FUNCTION dispatch[PROCEDURES + 1] = {
    NdrServerCall2, NdrServerCall2, NdrServerCall2, NdrServerCall2, NdrServerCall2,
    NdrServerCall2, NdrServerCall2, NdrServerCall2, NdrServerCall2, NdrServerCall,
    NdrAsyncServerCall, NdrServerCall2,
};
static RPC_DISPATCH_TABLE dispatch_table = {PROCEDURES, dispatch, 0};
static RPC_SERVER_INTERFACE server_interface = {
    .Length = sizeof(RPC_SERVER_INTERFACE),
    .InterfaceId = TEST_INTERFACE,
    .TransferSyntax = NDR20,
    .DispatchTable = &dispatch_table,
    .InterpreterInfo = &server_info,
};

static void register_server(void)
{
    RPC_STATUS status = RpcServerRegisterIfEx(&server_interface, NULL, NULL, RPC_IF_AUTOLISTEN,
                                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL);

    if (status != RPC_S_OK) {
        printf("RpcServerRegisterIfEx: %ld\n", status);
        ExitProcess(2);
    }
}

/* ---- the client ---- */

static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE),
    .InterfaceId = TEST_INTERFACE,
    .TransferSyntax = NDR20,
};
static handle_t implicit_handle;

static MIDL_STUB_DESC client_desc(void)
{
    MIDL_STUB_DESC desc = {
        .RpcInterfaceInformation = &client_interface,
        .pfnAllocate = MIDL_user_allocate,
        .pfnFree = MIDL_user_free,
        .IMPLICIT_HANDLE_INFO = {.pPrimitiveHandle = &implicit_handle},
        .pFormatTypes = types,
        .aXmitQuintuple = transmit_routines,
        .Version = 0x50002,
    };

    return desc;
}

/* On i386 a stub passes the address of its arguments. */
#ifdef __x86_64__
#define CALL(desc, format, first, ...) NdrClientCall2(desc, format, first, ##__VA_ARGS__).Simple
#else
#define CALL(desc, format, first, ...) \
    ({ \
        void *arguments_[] = {(void *)(first), ##__VA_ARGS__}; \
        NdrClientCall2(desc, format, arguments_).Simple; \
    })
#endif

static LONG negate(const MIDL_STUB_DESC *desc, const unsigned char *format, LONG_PTR value)
{
    return (LONG)CALL(desc, format, value);
}

static const unsigned char negate_implicit[] = {
    HEADER(BY_PRIMITIVE, 0, P_NEGATE, 2),
    SIZES(HAS_RETURN, 2, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(RETURNED, 1, LONG_FC),
};

static void test_implicit_handle(void **state)
{
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(negate(&desc, negate_implicit, 5), -5);
    rpc_fixture_unbind(&implicit_handle);
    assert_int_equal(RAISED(negate(&desc, negate_implicit, 5)), RPC_S_INVALID_BINDING);
}

static void test_handle_by_pointer(void **state)
{
    static const unsigned char format[] = {
        HEADER(0, 0, P_NEGATE, 3),
        BY_PRIMITIVE,
        0x80,
        SLOT(1),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 2, LONG_FC),
    };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    MIDL_STUB_DESC desc = client_desc();

    assert_int_equal((LONG)CALL(&desc, format, (LONG_PTR)6, &binding), -6);
    rpc_fixture_unbind(&binding);
}

static void test_automatic_handle(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_AUTOMATIC, 0, P_NEGATE, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = NULL;
    assert_int_equal(RAISED(negate(&desc, format, 5)), RPC_S_NAME_SERVICE_UNAVAILABLE);
    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(negate(&desc, format, 5), -5);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_callback_handle(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_CALLBACK, 0, P_NEGATE, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();

    assert_int_equal(RAISED(negate(&desc, format, 5)), RPC_S_NO_CALL_ACTIVE);
}

/* ---- generic handles ---- */

static struct rpc_target *generic_target;
static int bound, unbound;

static void *__RPC_API generic_bind(void *value)
{
    if (value != (void *)0x77)
        return NULL;
    bound++;
    return rpc_target_bind(generic_target);
}

static void __RPC_API generic_unbind(void *value, unsigned char *binding)
{
    RPC_BINDING_HANDLE handle = (RPC_BINDING_HANDLE)binding;

    assert_ptr_equal(value, (void *)0x77);
    unbound++;
    rpc_fixture_unbind(&handle);
}

static void assert_bound(int times)
{
    assert_int_equal(bound, times);
    assert_int_equal(unbound, times);
}

static void test_generic_handle(void **state)
{
    static const unsigned char negate_format[] = {
        HEADER(0, 0, P_NEGATE, 3),
        BY_GENERIC,
        sizeof(void *),
        SLOT(1),
        0,
        0x5c,
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 2, LONG_FC),
    };
    static const unsigned char raise_format[] = {
        HEADER(0, 0, P_RAISE, 3),
        BY_GENERIC,
        sizeof(void *),
        SLOT(1),
        0,
        0x5c,
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 2, LONG_FC),
    };
    static const GENERIC_BINDING_ROUTINE_PAIR pair = {generic_bind, generic_unbind};
    MIDL_STUB_DESC desc = client_desc();

    desc.aGenericBindingRoutinePairs = &pair;
    generic_target = rpc_fixture_target(state);
    bound = unbound = 0;
    assert_int_equal((LONG)CALL(&desc, negate_format, (LONG_PTR)7, (void *)0x77), -7);
    assert_bound(1);
    assert_int_equal(
        RAISED((void)CALL(&desc, raise_format, (LONG_PTR)ERROR_NOT_READY, (void *)0x77)),
        ERROR_NOT_READY);
    assert_bound(2);
    assert_int_equal(RAISED((void)CALL(&desc, negate_format, (LONG_PTR)7, (void *)0x78)),
                     RPC_S_INVALID_BINDING);
    assert_bound(2);
}

static void test_implicit_generic_handle(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_GENERIC, 0, P_NEGATE, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    unsigned char object = 0x77;
    GENERIC_BINDING_INFO info = {&object, sizeof(object), generic_bind, generic_unbind};
    MIDL_STUB_DESC desc = client_desc();

    desc.IMPLICIT_HANDLE_INFO.pGenericBindingInfo = &info;
    generic_target = rpc_fixture_target(state);
    bound = unbound = 0;
    assert_int_equal(negate(&desc, format, 8), -8);
    assert_bound(1);
}

/* ---- [comm_status], [fault_status] ---- */

static const unsigned char raise_status[] = {
    HEADER(BY_PRIMITIVE, COMM_OR_FAULT, P_RAISE, 4),
    SIZES(HAS_RETURN, 4, 0, 0),
    PARAM(IN_LONG, 0, LONG_FC),
    PARAM(OUT_LONG, 1, LONG_FC),
    PARAM(OUT_LONG, 2, LONG_FC),
    PARAM(RETURNED, 3, LONG_FC),
};

static LONG call_raise(short comm_offset, short fault_offset, LONG_PTR code, LONG *comm,
                       LONG *fault)
{
    COMM_FAULT_OFFSETS offsets = {comm_offset, fault_offset}; /* of procedure 0 */
    MIDL_STUB_DESC desc = client_desc();

    desc.CommFaultOffsets = &offsets;
    *comm = *fault = 0x5555;
    return (LONG)CALL(&desc, raise_status, code, comm, fault);
}

static void test_status_parameters(void **state)
{
    const short first = sizeof(void *), second = 2 * sizeof(void *);
    LONG comm, fault;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    call_raise(first, second, 0, &comm, &fault);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, 0);
    call_raise(first, second, ERROR_NOT_READY, &comm, &fault);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, ERROR_NOT_READY);
    call_raise(first, second, RPC_S_SERVER_TOO_BUSY, &comm, &fault);
    assert_int_equal(comm, RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(fault, 0);
    call_raise(first, first, ERROR_NOT_READY, &comm, &fault);
    assert_int_equal(comm, ERROR_NOT_READY);
    rpc_fixture_unbind(&implicit_handle);
    call_raise(first, second, 0, &comm, &fault);
    assert_int_equal(comm, RPC_S_INVALID_BINDING);
}

static void test_status_results(void **state)
{
    LONG comm, fault;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(call_raise(-1, -1, 0, &comm, &fault), 0);
    assert_int_equal(call_raise(-1, -1, ERROR_NOT_READY, &comm, &fault), ERROR_NOT_READY);
    assert_int_equal(call_raise(-1, -2, RPC_S_SERVER_TOO_BUSY, &comm, &fault),
                     RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(RAISED(call_raise(-1, -2, ERROR_NOT_READY, &comm, &fault)), ERROR_NOT_READY);
    assert_int_equal(call_raise(-2, -1, ERROR_NOT_READY, &comm, &fault), ERROR_NOT_READY);
    assert_int_equal(RAISED(call_raise(-2, -1, RPC_S_SERVER_TOO_BUSY, &comm, &fault)),
                     RPC_S_SERVER_TOO_BUSY);
    rpc_fixture_unbind(&implicit_handle);
}

/* ---- descriptors with ranges ---- */

static void test_ranges(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_COUNT, 3),
        SIZES(HAS_RETURN, 3, ROBUST, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        SHORT(0x10b), SLOT(1), SHORT(ARRAY),
        PARAM(RETURNED, 2, LONG_FC),
    };
    static const unsigned char ranged_format[] = {
        HEADER(BY_PRIMITIVE, 0, P_COUNT, 3),
        SIZES(HAS_RETURN, 3, ROBUST | RANGED, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        SHORT(0x10b), SLOT(1), SHORT(RANGED_ARRAY),
        PARAM(RETURNED, 2, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();
    LONG v[11] = {0};

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal((LONG)CALL(&desc, format, (LONG_PTR)10, v), 10);
    assert_int_equal((LONG)CALL(&desc, ranged_format, (LONG_PTR)10, v), 10);
    assert_int_equal(RAISED((void)CALL(&desc, format, (LONG_PTR)11, v)), RPC_X_INVALID_BOUND);
    rpc_fixture_unbind(&implicit_handle); /* the client refuses it before it needs a binding */
    assert_int_equal(RAISED((void)CALL(&desc, ranged_format, (LONG_PTR)11, v)),
                     RPC_X_INVALID_BOUND);
}

/* ---- optional results, and types that are transmitted as others ---- */

/* What the client has there is not sent: the server gets zeros, as many as the other argument
 * says. */
static void test_partial_ignore(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_PARTIAL, 3),
        SIZES(HAS_RETURN, 3, ROBUST, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        SHORT(PARTIAL_ARRAY), SLOT(1), SHORT(ARRAY_POINTER),
        PARAM(RETURNED, 2, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();
    LONG v[] = {77, 77, 77}, before = allocated - released;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal((LONG)CALL(&desc, format, (LONG_PTR)3, v), 1);
    assert_int_equal(v[0], 0);
    assert_int_equal(v[1], 1);
    assert_int_equal(v[2], 2);
    assert_int_equal((LONG)CALL(&desc, format, (LONG_PTR)3, NULL), 0);
    assert_int_equal(RAISED((void)CALL(&desc, format, (LONG_PTR)-1, v)), RPC_X_INVALID_BOUND);
    rpc_fixture_unbind(&implicit_handle);
    assert_int_equal(allocated - released, before);
}

static void test_transmit_as(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_TRANSMIT, 3),
        SIZES(HAS_RETURN, 3, 0, 0),
        SHORT(IN_REF), SLOT(0), SHORT(TRANSMITTED),
        SHORT(IN_OUT_REF), SLOT(1), SHORT(TRANSMITTED),
        PARAM(RETURNED, 2, LONG_FC),
    };
    const struct rpc_target *target = rpc_fixture_target(state);
    LONG before = allocated - released, freed = instances_freed, sent = transmitted;
    MIDL_STUB_DESC desc = client_desc();
    double x = 5, y = 12;

    implicit_handle = rpc_target_bind(target);
    assert_int_equal((LONG)CALL(&desc, format, &x, &y), 5);
    assert_true(y == 7);
    /* to be sized and to be marshalled, by the client twice, by a server here once */
    assert_int_equal(transmitted - sent, target->in_child ? 4 : 6);
    assert_int_equal(instances_freed - freed, target->in_child ? 0 : 2);
    assert_int_equal(allocated - released, before);
    rpc_fixture_unbind(&implicit_handle);
}

/* ---- replies that end too soon ---- */

static void test_short_reply(void **state)
{
    static const unsigned char format[] = {
        /* long p(long, [out] long **); the reply ends before the hyper that it is taken for */
        HEADER(BY_PRIMITIVE, 0, P_RAISE, 4),
        SIZES(HAS_RETURN, 3, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        SHORT(0x2012),
        SLOT(1),
        SHORT(POINTER_TO_POINTER),
        PARAM(RETURNED, 2, 0x0b),
    };
    MIDL_STUB_DESC desc = client_desc();
    LONG *p = NULL, before = allocated - released;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(RAISED((void)CALL(&desc, format, (LONG_PTR)-5, &p)), RPC_X_BAD_STUB_DATA);
    assert_null(p);
    assert_int_equal(allocated - released, before);
    assert_int_equal(negate(&desc, negate_implicit, 5), -5);
    rpc_fixture_unbind(&implicit_handle);
}

/* ---- what the server does around a call ---- */

static void test_notify(void **state)
{
    static const unsigned char notified_format[] = {
        HEADER(BY_PRIMITIVE, 0, P_NOTIFIED, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    static const unsigned char flagged_format[] = {
        HEADER(BY_PRIMITIVE, 0, P_FLAGGED, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    static const unsigned char empty_format[] = {
        /* sends no argument */
        HEADER(BY_PRIMITIVE, 0, P_FLAGGED, 1),
        SIZES(HAS_RETURN, 1, 0, 0),
        PARAM(RETURNED, 0, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();
    WCHAR endpoint[64];

    /* in this process, where the counters are */
    rpc_fixture_listen(L"ncalrpc", endpoint, ARRAYSIZE(endpoint));
    implicit_handle = rpc_fixture_bind(L"ncalrpc", endpoint);
    notified = flagged[0] = flagged[1] = 0;
    assert_int_equal(negate(&desc, notified_format, 1), -1);
    assert_int_equal(notified, 1);
    assert_int_equal(negate(&desc, flagged_format, 1), -1);
    assert_int_equal(flagged[1], 1);
    assert_int_equal(RAISED(negate(&desc, empty_format, 1)), RPC_X_BAD_STUB_DATA);
    assert_int_equal(flagged[0], 1);
    assert_int_equal(flagged[1], 1);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_thunk(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_THUNKED, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(negate(&desc, format, 9), 90);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_memory_environment(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_ALLOCATE, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(negate(&desc, format, 13), -13);
    rpc_fixture_unbind(&implicit_handle);
}

/* An asynchronous call has an environment of its own, which goes with it from thread to thread, and
 * is none of the thread that the call began on. */
static void test_memory_of_asynchronous_calls(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_ASYNC_ALLOCATE, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    static const unsigned char not_enabled[] = {
        HEADER(BY_PRIMITIVE, 0, P_NO_MEMORY, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        PARAM(RETURNED, 1, LONG_FC),
    };
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    for (int i = 1; i < 20; i++) {
        assert_int_equal(negate(&desc, format, i), -i);
        assert_int_equal(negate(&desc, not_enabled, i), 0);
    }
    rpc_fixture_unbind(&implicit_handle);
}

/* ---- kinds of stubs ---- */

/* A structure is returned as a number of the same size would be. */
static void test_returned_structure(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, 0, P_NEGATE, 2),
        SIZES(HAS_RETURN, 2, 0, 0),
        PARAM(IN_LONG, 0, LONG_FC),
        SHORT(0xb2),
        SLOT(1),
        SHORT(SMALL_STRUCT),
    };
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(negate(&desc, format, 14), -14);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_refused(void **state)
{
    static const unsigned char struct_format[] = {
        HEADER(BY_PRIMITIVE, 0, P_NEGATE, 1),
        SIZES(HAS_RETURN, 1, 0, 0),
        SHORT(0xb2),
        SLOT(0),
        SHORT(LARGE_STRUCT),
    };
    MIDL_STUB_DESC desc = client_desc();

    assert_int_equal(RAISED(negate(&desc, struct_format, 0)), RPC_S_CANNOT_SUPPORT);
    desc.Version = 0x70000;
    assert_int_equal(RAISED(negate(&desc, negate_implicit, 0)), RPC_X_WRONG_STUB_VERSION);
}

#ifdef __x86_64__

/* An interface compiled for NDR64 and NDR 2.0: the format strings that count are those of NDR 2.0's
 * syntax. */
static void test_several_syntaxes(void **state)
{
    static const unsigned short offsets[PROCEDURES] = {0};
    MIDL_SYNTAX_INFO syntaxes[] = {
        {.TransferSyntax = NDR64},
        {.TransferSyntax = NDR20,
         .ProcString = negate_implicit,
         .FmtStringOffset = offsets,
         .TypeString = types},
    };
    MIDL_STUB_DESC desc = client_desc();
    MIDL_STUBLESS_PROXY_INFO info = {&desc, NULL, NULL, NULL, ARRAYSIZE(syntaxes), syntaxes};

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal((LONG)NdrClientCall3(&info, P_NEGATE, NULL, (LONG_PTR)11).Simple, -11);
    info.nCount = 1;
    assert_int_equal(RAISED(NdrClientCall3(&info, P_NEGATE, NULL, (LONG_PTR)11)),
                     RPC_S_UNSUPPORTED_TRANS_SYN);
    rpc_fixture_unbind(&implicit_handle);
}

#else

static void test_old_stub(void **state)
{
    static const unsigned char format[] = {HEADER(BY_PRIMITIVE, 0, P_OLD, 2), 0x4e, LONG_FC, 0x53,
                                           LONG_FC};
    void *arguments[] = {(void *)12};
    MIDL_STUB_DESC desc = client_desc();

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(NdrClientCall(&desc, format, arguments).Simple, -12);
    rpc_fixture_unbind(&implicit_handle);
}

/* [comm_status] and [fault_status] of -Oi: the same flag of the header, the same table. */
static void test_old_status(void **state)
{
    static const unsigned char format[] = {
        HEADER(BY_PRIMITIVE, COMM_OR_FAULT, P_RAISE, 4),
        0x4e, LONG_FC, 0x51, 1, SHORT(LONG_ON_STACK), 0x51, 1, SHORT(LONG_ON_STACK), 0x53, LONG_FC,
    };
    COMM_FAULT_OFFSETS offsets = {sizeof(void *), 2 * sizeof(void *)};
    MIDL_STUB_DESC desc = client_desc();
    LONG comm = 0x5555, fault = 0x5555;
    void *arguments[] = {(void *)ERROR_NOT_READY, &comm, &fault};

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(RAISED(NdrClientCall(&desc, format, arguments)), ERROR_NOT_READY);
    desc.CommFaultOffsets = &offsets;
    NdrClientCall(&desc, format, arguments);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, ERROR_NOT_READY);
    arguments[0] = (void *)RPC_S_SERVER_TOO_BUSY;
    NdrClientCall(&desc, format, arguments);
    assert_int_equal(comm, RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(fault, 0);
    arguments[0] = NULL;
    assert_int_equal(NdrClientCall(&desc, format, arguments).Simple, 0);
    assert_int_equal(comm, 0);
    offsets.CommOffset = -1;
    offsets.FaultOffset = -2;
    arguments[0] = (void *)RPC_S_SERVER_TOO_BUSY;
    assert_int_equal(NdrClientCall(&desc, format, arguments).Simple, RPC_S_SERVER_TOO_BUSY);
    rpc_fixture_unbind(&implicit_handle);
}

#endif

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_implicit_handle),
        cmocka_unit_test(test_handle_by_pointer),
        cmocka_unit_test(test_automatic_handle),
        cmocka_unit_test(test_generic_handle),
        cmocka_unit_test(test_implicit_generic_handle),
        cmocka_unit_test(test_status_parameters),
        cmocka_unit_test(test_status_results),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_partial_ignore),
        cmocka_unit_test(test_transmit_as),
        cmocka_unit_test(test_short_reply),
        cmocka_unit_test(test_thunk),
        cmocka_unit_test(test_memory_environment),
        cmocka_unit_test(test_memory_of_asynchronous_calls),
        cmocka_unit_test(test_returned_structure),
#ifdef __x86_64__
        cmocka_unit_test(test_several_syntaxes),
#else
        cmocka_unit_test(test_old_stub),
        cmocka_unit_test(test_old_status),
#endif
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_callback_handle),
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_refused),
    };
    static const struct rpc_suite suite = {
        .name = "test_stub_format",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
