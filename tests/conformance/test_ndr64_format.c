/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What NDR64's procedure descriptions can say beyond parameters: handles of all kinds,
 * [comm_status] and [fault_status], [notify], the RpcSm allocator, [user_marshal] routines of the
 * syntax's own. Structures made by hand, as MIDL writes them (ndr64types.h). */
#include "rpc_fixture.h"

#ifdef __x86_64__

#include <rpcndr.h>
#include <ndr64types.h>
#include "stub_raised.h"

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *ptr)
{
    free(ptr);
}

#define NDR20_ID \
    {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}
#define NDR64_ID \
    {{0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, {1, 0}}
#define INTERFACE_ID \
    {{0x94c0d1e7, 0x6b52, 0x4f38, {0xa4, 0x0c, 0x12, 0x8e, 0x77, 0x5d, 0x30, 0x09}}, {1, 0}}

enum procedure {
    P_NEGATE,   /* LONG (LONG value) */
    P_NOTIFIED, /* likewise, with a [notify] routine */
    P_ALLOCATE, /* likewise; allocates with RpcSmAllocate */
    P_RAISE,    /* LONG (LONG code, [out] LONG *, [out] LONG *): raises it */
    P_MIRROR,   /* LONG ([user_marshal] LONG value) */
    PROCEDURES
};

/* ---- descriptions ---- */

/* Bits of NDR64_PROC_FLAGS */
enum {
    IMPLICIT_GENERIC = 1,
    IMPLICIT_PRIMITIVE = 2,
    BY_AUTOMATIC = 3,
    BY_CALLBACK = 4,
    NO_HANDLE = 5,
    INTERPRETED = 1 << 6,
    RPCSM = 1 << 13,
    HANDLES_EXCEPTIONS = 1 << 15,
    CLIENT_SIZES = 1 << 18,
    RETURNS = 1 << 19,
    NOTIFY = 1 << 23,
    EXTENSION = 1 << 24,
};
struct param {
    const void *type;
    uint16_t attributes, reserved;
    uint32_t stack_offset;
};
#define PARAM(type, attributes, slot) {type, attributes, 0, (slot) * 8}
enum { IN_LONG = 0xc8, OUT_LONG = 0x8150, RESULT = 0xf0, IN_USER = 0x8b };

static const uint8_t int32 = 0x05;

/* With an explicit handle or a [notify] routine. */
struct extended {
    NDR64_PROC_FORMAT header;
    NDR64_BIND_AND_NOTIFY_EXTENSION extension;
    struct param params[4];
};
/* Without either. */
struct plain {
    NDR64_PROC_FORMAT header;
    struct param params[4];
};
#define HEADER(flags, slots, request, params, extension) \
    {INTERPRETED | RETURNS | (flags), (slots) * 8, request, 24, 0, 0, params, extension}
#define NEGATE_PARAMS(slot) {PARAM(&int32, IN_LONG, slot), PARAM(&int32, RESULT, slot + 1)}
#define PLAIN_NEGATE(flags) {HEADER(flags, 2, 8, 2, 0), NEGATE_PARAMS(0)}

static const NDR64_USER_MARSHAL_FORMAT mirrored = {0xa2, 0, 0, 3, 3, 4, 4, &int32};
static const struct plain negate = PLAIN_NEGATE(IMPLICIT_PRIMITIVE);
static const struct plain allocate = PLAIN_NEGATE(IMPLICIT_PRIMITIVE | RPCSM);
static const struct extended notified = {
    HEADER(IMPLICIT_PRIMITIVE | NOTIFY | EXTENSION, 2, 8, 2, 8), {{0}, 1}, NEGATE_PARAMS(0)};
static const struct plain raise_it = {
    HEADER(IMPLICIT_PRIMITIVE | HANDLES_EXCEPTIONS, 4, 8, 4, 0),
    {PARAM(&int32, IN_LONG, 0), PARAM(&int32, OUT_LONG, 1), PARAM(&int32, OUT_LONG, 2),
     PARAM(&int32, RESULT, 3)}};
static const struct plain mirror = {
    HEADER(IMPLICIT_PRIMITIVE | CLIENT_SIZES, 2, 0, 2, 0),
    {PARAM(&mirrored, IN_USER, 0), PARAM(&int32, RESULT, 1)}};
static const FormatInfoRef procedures[PROCEDURES] = {&negate, &notified, &allocate, &raise_it,
                                                     &mirror};

/* [user_marshal]: on the wire, the complement. */
static volatile LONG marshalled, unmarshalled, foreign;

static ULONG __RPC_USER mirror_size(ULONG *flags, ULONG size, void *object)
{
    return ((size + 3) & ~3u) + 4;
}

static unsigned char *__RPC_USER mirror_marshal(ULONG *flags, unsigned char *buffer, void *object)
{
    InterlockedIncrement(&marshalled);
    *(LONG *)buffer = ~*(LONG *)object;
    return buffer + 4;
}

static unsigned char *__RPC_USER mirror_unmarshal(ULONG *flags, unsigned char *buffer, void *object)
{
    InterlockedIncrement(&unmarshalled);
    *(LONG *)object = ~*(LONG *)buffer;
    return buffer + 4;
}

static void __RPC_USER mirror_free(ULONG *flags, void *object)
{
}

static ULONG __RPC_USER ndr20_size(ULONG *flags, ULONG size, void *object)
{
    InterlockedIncrement(&foreign);
    return size + 64;
}

static unsigned char *__RPC_USER ndr20_marshal(ULONG *flags, unsigned char *buffer, void *object)
{
    InterlockedIncrement(&foreign);
    return buffer;
}

static const USER_MARSHAL_ROUTINE_QUADRUPLE ndr64_routines[] = {
    {mirror_size, mirror_marshal, mirror_unmarshal, mirror_free}};
static const USER_MARSHAL_ROUTINE_QUADRUPLE ndr20_routines[] = {
    {ndr20_size, ndr20_marshal, ndr20_marshal, mirror_free}};

static MIDL_SYNTAX_INFO syntax = {.TransferSyntax = NDR64_ID,
                                  .FmtStringOffset = (const unsigned short *)procedures,
                                  .aUserMarshalQuadruple = ndr64_routines};

/* ---- the server ---- */

static volatile LONG notified_count[2];

static void __RPC_API count_notified(boolean flag)
{
    InterlockedIncrement(&notified_count[flag != 0]);
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

static LONG __cdecl server_raise(LONG code, LONG *comm, LONG *fault)
{
    *comm = *fault = code;
    if (code > 0)
        RpcRaiseException(code);
    return code;
}

static const NDR_NOTIFY_ROUTINE notify_routines[] = {
    NULL, (NDR_NOTIFY_ROUTINE)(void *)count_notified};
static const SERVER_ROUTINE managers[PROCEDURES] = {
    (SERVER_ROUTINE)server_negate, (SERVER_ROUTINE)server_negate, (SERVER_ROUTINE)server_allocate,
    (SERVER_ROUTINE)server_raise, (SERVER_ROUTINE)server_negate};
static RPC_DISPATCH_FUNCTION functions[] = {NdrServerCallNdr64, NdrServerCallNdr64,
                                            NdrServerCallNdr64, NdrServerCallNdr64,
                                            NdrServerCallNdr64, NULL};
static RPC_DISPATCH_TABLE table = {PROCEDURES, functions, 0};
static RPC_SERVER_INTERFACE server_interface;
static MIDL_STUB_DESC server_desc = {
    .RpcInterfaceInformation = &server_interface,
    .pfnAllocate = MIDL_user_allocate,
    .pfnFree = MIDL_user_free,
    .Version = 0x60001,
    .aUserMarshalQuadruple = ndr20_routines,
    .NotifyRoutineTable = notify_routines,
};
static MIDL_SERVER_INFO server_info = {
    .pStubDesc = &server_desc, .DispatchTable = managers, .nCount = 1, .pSyntaxInfo = &syntax};
static RPC_SERVER_INTERFACE server_interface = {
    .Length = sizeof(RPC_SERVER_INTERFACE),
    .InterfaceId = INTERFACE_ID,
    .TransferSyntax = NDR64_ID,
    .DispatchTable = &table,
    .InterpreterInfo = &server_info,
    .Flags = RPCFLG_HAS_MULTI_SYNTAXES,
};

static void register_server(void)
{
    syntax.DispatchTable = &table;
    if (RpcServerRegisterIfEx(&server_interface, NULL, NULL, RPC_IF_AUTOLISTEN,
                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL) != RPC_S_OK)
        ExitProcess(2);
}

/* ---- the client ---- */

static RPC_BINDING_HANDLE implicit_handle, automatic_handle;
static RPC_CLIENT_INTERFACE client_interface = {
    .Length = sizeof(RPC_CLIENT_INTERFACE), .InterfaceId = INTERFACE_ID, .TransferSyntax = NDR64_ID};
static volatile LONG binds, unbinds;
static uint64_t bound_value;

static handle_t __RPC_API generic_bind(void *value)
{
    InterlockedIncrement(&binds);
    bound_value = (uint64_t)(uintptr_t)value;
    return implicit_handle;
}

static void __RPC_API generic_unbind(void *value, unsigned char *binding)
{
    if ((uint64_t)(uintptr_t)value == bound_value && binding == implicit_handle)
        InterlockedIncrement(&unbinds);
}

static const GENERIC_BINDING_ROUTINE_PAIR generic_routines[] = {
    {NULL, NULL},
    {(GENERIC_BINDING_ROUTINE)generic_bind, (GENERIC_UNBIND_ROUTINE)generic_unbind}};

/* A stub that has the given description of each procedure; its description of the interface. */
struct stub {
    MIDL_STUB_DESC desc;
    const void *formats[PROCEDURES];
    MIDL_SYNTAX_INFO syntax;
    MIDL_STUBLESS_PROXY_INFO info;
};

static MIDL_STUBLESS_PROXY_INFO *make_stub(struct stub *stub, enum procedure number,
                                           const void *format)
{
    *stub = (struct stub){
        .desc = {.RpcInterfaceInformation = &client_interface,
                 .pfnAllocate = MIDL_user_allocate,
                 .pfnFree = MIDL_user_free,
                 .aGenericBindingRoutinePairs = generic_routines,
                 .Version = 0x60001,
                 .aUserMarshalQuadruple = ndr20_routines},
        .syntax = {.TransferSyntax = NDR64_ID, .aUserMarshalQuadruple = ndr64_routines},
    };
    stub->desc.IMPLICIT_HANDLE_INFO.pPrimitiveHandle = &implicit_handle;
    stub->formats[number] = format;
    stub->syntax.FmtStringOffset = (const unsigned short *)stub->formats;
    stub->info = (MIDL_STUBLESS_PROXY_INFO){
        .pStubDesc = &stub->desc, .nCount = 1, .pSyntaxInfo = &stub->syntax};
    return &stub->info;
}

static LONG call(MIDL_STUBLESS_PROXY_INFO *info, ULONG number, void *first, LONG second)
{
    return (LONG)NdrClientCall3(info, number, NULL, first, second).Simple;
}

#define NEGATED(info, value) call(info, P_NEGATE, (void *)(LONG_PTR)(value), 0)

static void test_implicit_handle(void **state)
{
    struct stub stub;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    assert_int_equal(NEGATED(make_stub(&stub, P_NEGATE, &negate), 5), -5);
    rpc_fixture_unbind(&implicit_handle);
    assert_int_equal(RAISED(NEGATED(&stub.info, 5)), RPC_S_INVALID_BINDING);
}

static void test_explicit_handle(void **state)
{
    static const struct extended by_value = {
        HEADER(EXTENSION, 3, 8, 2, 8), {{0x72, 0, 0, 0, 0}, 0}, NEGATE_PARAMS(1)};
    static const struct extended by_pointer = {
        HEADER(EXTENSION, 3, 8, 2, 8), {{0x72, 0x80, 0, 0, 0}, 0}, NEGATE_PARAMS(1)};
    static const struct extended unknown = {
        HEADER(EXTENSION, 3, 8, 2, 8), {{0x7f, 0, 0, 0, 0}, 0}, NEGATE_PARAMS(1)};
    static const struct plain missing = {HEADER(0, 3, 8, 2, 0), NEGATE_PARAMS(1)};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct stub stub;

    assert_int_equal(call(make_stub(&stub, P_NEGATE, &by_value), P_NEGATE, binding, 6), -6);
    assert_int_equal(call(make_stub(&stub, P_NEGATE, &by_pointer), P_NEGATE, &binding, 7), -7);
    assert_int_equal(RAISED(call(&stub.info, P_NEGATE, NULL, 7)), RPC_X_NULL_REF_POINTER);
    make_stub(&stub, P_NEGATE, &unknown);
    assert_int_equal(RAISED(call(&stub.info, P_NEGATE, binding, 8)), RPC_X_WRONG_STUB_VERSION);
    make_stub(&stub, P_NEGATE, &missing);
    assert_int_equal(RAISED(call(&stub.info, P_NEGATE, binding, 8)), RPC_X_WRONG_STUB_VERSION);
    rpc_fixture_unbind(&binding);
}

static void test_generic_handle(void **state)
{
    static const struct extended explicit = {
        HEADER(EXTENSION, 3, 8, 2, 8), {{0x71, 0, 0, 1, 8}, 0}, NEGATE_PARAMS(1)};
    static const struct plain implicit = PLAIN_NEGATE(IMPLICIT_GENERIC);
    uint64_t object = 0x1122334455667788;
    GENERIC_BINDING_INFO info = {&object, 8, (GENERIC_BINDING_ROUTINE)generic_bind,
                                 (GENERIC_UNBIND_ROUTINE)generic_unbind};
    struct stub stub;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    binds = unbinds = 0;
    make_stub(&stub, P_NEGATE, &explicit);
    assert_int_equal(call(&stub.info, P_NEGATE, (void *)(uintptr_t)0xaabbccddee, 9), -9);
    assert_true(bound_value == 0xaabbccddee);
    make_stub(&stub, P_NEGATE, &implicit);
    stub.desc.IMPLICIT_HANDLE_INFO.pGenericBindingInfo = &info;
    assert_int_equal(NEGATED(&stub.info, 10), -10);
    assert_true(bound_value == object);
    assert_int_equal(binds, 2);
    assert_int_equal(unbinds, 2);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_other_handles(void **state)
{
    static const struct plain automatic = PLAIN_NEGATE(BY_AUTOMATIC);
    static const struct plain callback = PLAIN_NEGATE(BY_CALLBACK);
    static const struct plain none = PLAIN_NEGATE(NO_HANDLE);
    struct stub stub;

    automatic_handle = rpc_target_bind(rpc_fixture_target(state));
    make_stub(&stub, P_NEGATE, &automatic);
    stub.desc.IMPLICIT_HANDLE_INFO.pAutoHandle = &automatic_handle;
    assert_int_equal(NEGATED(&stub.info, 11), -11);
    rpc_fixture_unbind(&automatic_handle);
    assert_int_equal(RAISED(NEGATED(&stub.info, 11)), RPC_S_NAME_SERVICE_UNAVAILABLE);
    assert_int_equal(RAISED(NEGATED(make_stub(&stub, P_NEGATE, &callback), 12)),
                     RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(RAISED(NEGATED(make_stub(&stub, P_NEGATE, &none), 12)),
                     RPC_X_WRONG_STUB_VERSION);
}

/* The table of [comm_status] and [fault_status] parameters is one for both syntaxes. */
static void test_status_parameters(void **state)
{
    static const COMM_FAULT_OFFSETS offsets[PROCEDURES] = {[P_RAISE] = {8, 16}};
    MIDL_STUBLESS_PROXY_INFO *info;
    LONG comm = 1, fault = 1;
    struct stub stub;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    info = make_stub(&stub, P_RAISE, &raise_it);
    stub.desc.CommFaultOffsets = offsets;
    assert_int_equal(
        (LONG)NdrClientCall3(info, P_RAISE, NULL, (LONG_PTR)-3, &comm, &fault).Simple, -3);
    assert_int_equal(comm, -3);
    NdrClientCall3(info, P_RAISE, NULL, (LONG_PTR)ERROR_FILE_NOT_FOUND, &comm, &fault);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, ERROR_FILE_NOT_FOUND);
    NdrClientCall3(info, P_RAISE, NULL, (LONG_PTR)RPC_S_SERVER_TOO_BUSY, &comm, &fault);
    assert_int_equal(comm, RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(fault, 0);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_memory_environment(void **state)
{
    struct stub stub;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    make_stub(&stub, P_ALLOCATE, &allocate);
    assert_int_equal(call(&stub.info, P_ALLOCATE, (void *)13, 0), -13);
    rpc_fixture_unbind(&implicit_handle);
}

/* NDR64's own routines, not those of NDR 2.0 that the stub description holds. */
static void test_user_marshal(void **state)
{
    struct stub stub;

    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    marshalled = foreign = 0;
    make_stub(&stub, P_MIRROR, &mirror);
    assert_int_equal(call(&stub.info, P_MIRROR, (void *)14, 0), -14);
    assert_int_equal(marshalled, 1);
    assert_int_equal(foreign, 0);
    rpc_fixture_unbind(&implicit_handle);
}

static void test_notify(void **state)
{
    static const struct plain empty = {HEADER(IMPLICIT_PRIMITIVE, 1, 0, 1, 0),
                                       {PARAM(&int32, RESULT, 0)}};
    WCHAR endpoint[64];
    struct stub stub;

    /* in this process, where the counters are */
    rpc_fixture_listen(L"ncalrpc", endpoint, ARRAYSIZE(endpoint));
    implicit_handle = rpc_fixture_bind(L"ncalrpc", endpoint);
    notified_count[0] = notified_count[1] = 0;
    make_stub(&stub, P_NOTIFIED, &negate);
    assert_int_equal(call(&stub.info, P_NOTIFIED, (void *)15, 0), -15);
    assert_int_equal(notified_count[1], 1);
    make_stub(&stub, P_NOTIFIED, &empty); /* sends no argument */
    assert_int_equal(RAISED(call(&stub.info, P_NOTIFIED, NULL, 0)), RPC_X_BAD_STUB_DATA);
    assert_int_equal(notified_count[0], 1);
    assert_int_equal(notified_count[1], 1);
    rpc_fixture_unbind(&implicit_handle);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_implicit_handle),    cmocka_unit_test(test_explicit_handle),
        cmocka_unit_test(test_generic_handle),     cmocka_unit_test(test_other_handles),
        cmocka_unit_test(test_status_parameters),  cmocka_unit_test(test_memory_environment),
        cmocka_unit_test(test_user_marshal),
    };
    static const struct CMUnitTest once[] = {cmocka_unit_test(test_notify)};
    static const struct rpc_suite suite = {
        .name = "NDR64 procedure descriptions",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

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
