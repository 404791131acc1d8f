/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which context handles fit where: plain ones everywhere, strict ones ([strict_context_handle]) in
 * the interface that made them, type-strict ones ([type_strict_context_handle]) there as their own
 * type. Format strings by hand: widl knows neither attribute. Sources: the SDK's "Strict and Type
 * Strict Context Handles" and "Handles" (RPC NDR format strings). */
#include "rpc_fixture.h"
#include <rpcndr.h>
#include "stub_raised.h"

enum type { PLAIN, STRICT_ONE, FIRST_TYPE, SECOND_TYPE, TYPES };
enum { INTERFACES = 2 };

/* ---- format strings ---- */

#define SHORT(value) (unsigned char)((value) & 0xff), (unsigned char)((value) >> 8)
#define LONG_VALUE(value) SHORT(value), 0, 0
#define SLOT(n) SHORT((n) * sizeof(void *))
#ifdef __x86_64__
#define EXTENSION 10, 0, SHORT(0), SHORT(0), SHORT(0), SHORT(0)
#else
#define EXTENSION 8, 0, SHORT(0), SHORT(0), SHORT(0)
#endif
#define LONG_FC 0x08
/* Procedure 2 * type: void ([in] long value, [out] context). The client's handle is implicit. */
#define OPEN(type, format) \
    0x32, 0x48, 0, 0, 0, 0, SHORT(2 * (type)), SLOT(2), SHORT(64), SHORT(64), 0x40, 2, EXTENSION, \
        SHORT(0x48), SLOT(0), LONG_FC, 0, SHORT(0x110), SLOT(1), SHORT(format)
/* Procedure 2 * type + 1: long ([in] context) */
#define USE(type, format) \
    0, 0x48, 0, 0, 0, 0, SHORT(2 * (type) + 1), SLOT(2), 0x30, 0x40, SLOT(0), 0, 0, SHORT(64), \
        SHORT(64), 0x44, 2, EXTENSION, SHORT(0x08), SLOT(0), SHORT(format), SHORT(0x70), SLOT(1), \
        LONG_FC, 0
#ifdef __x86_64__
enum { OPEN_SIZE = 10 + 6 + 10 + 12, USE_SIZE = OPEN_SIZE + 6 };
#else
enum { OPEN_SIZE = 10 + 6 + 8 + 12, USE_SIZE = OPEN_SIZE + 6 };
#endif
#define BOTH(type, out, in) OPEN(type, out), USE(type, in)
#define AT(type) (type) * (OPEN_SIZE + USE_SIZE), (type) * (OPEN_SIZE + USE_SIZE) + OPEN_SIZE

static const unsigned char types[] = {
    0, 0,
    /* 2 */ 0x30, 0xa0, 0, 0, /* via pointer, out */
    /* 6 */ 0x30, 0x41, 0, 0, /* in, not null */
    /* 10 */ 0x30, 0xa8, 0, 0, /* strict */
    /* 14 */ 0x30, 0x49, 0, 0,
    /* 18: a supplement: flags, type id 1 */ 0xb6, 0x30, SHORT(-10), LONG_VALUE(0), LONG_VALUE(1),
    /* 30 */ 0xb6, 0x30, SHORT(-18), LONG_VALUE(0), LONG_VALUE(1),
    /* 42: type id 2 */ 0xb6, 0x30, SHORT(-34), LONG_VALUE(0), LONG_VALUE(2),
    /* 54 */ 0xb6, 0x30, SHORT(-42), LONG_VALUE(0), LONG_VALUE(2),
};
static const unsigned char procedures[] = {
    BOTH(PLAIN, 2, 6), BOTH(STRICT_ONE, 10, 14), BOTH(FIRST_TYPE, 18, 30), BOTH(SECOND_TYPE, 42, 54),
};
static const unsigned short offsets[] = {AT(PLAIN), AT(STRICT_ONE), AT(FIRST_TYPE), AT(SECOND_TYPE)};

/* ---- the server ---- */

static LONG __cdecl server_open(LONG value, void **context)
{
    LONG *object = malloc(sizeof(*object));

    *object = value;
    *context = object;
    return 0;
}

static LONG __cdecl server_use(LONG *context)
{
    return *context;
}

static void __RPC_API run_down(void *context)
{
    free(context);
}

static void *__RPC_USER allocate(size_t size)
{
    return malloc(size);
}

static void __RPC_USER release(void *block)
{
    free(block);
}

static const SERVER_ROUTINE managers[] = {
    (SERVER_ROUTINE)server_open, (SERVER_ROUTINE)server_use, (SERVER_ROUTINE)server_open,
    (SERVER_ROUTINE)server_use,  (SERVER_ROUTINE)server_open, (SERVER_ROUTINE)server_use,
    (SERVER_ROUTINE)server_open, (SERVER_ROUTINE)server_use,
};
static const NDR_RUNDOWN rundowns[] = {run_down};
static RPC_DISPATCH_FUNCTION dispatch[2 * TYPES + 1] = {
    NdrServerCall2, NdrServerCall2, NdrServerCall2, NdrServerCall2,
    NdrServerCall2, NdrServerCall2, NdrServerCall2, NdrServerCall2,
};
static RPC_DISPATCH_TABLE dispatch_table = {2 * TYPES, dispatch, 0};
static RPC_SERVER_INTERFACE server_interfaces[INTERFACES];
static RPC_CLIENT_INTERFACE client_interfaces[INTERFACES];
static MIDL_STUB_DESC server_descs[INTERFACES], client_descs[INTERFACES];
static MIDL_SERVER_INFO server_infos[INTERFACES];
static handle_t implicit_handle;

#define NDR20 {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}
#define INTERFACE(n) {{0x6f1a4c10, 0x52a7, 0x4e6b, {0x9d, 0x0b, 0x2f, 0x6f, 0x1c, 0x7b, 0x5b, n}}, {1, 0}}

static void describe(int i)
{
    server_interfaces[i] = (RPC_SERVER_INTERFACE){
        .Length = sizeof(RPC_SERVER_INTERFACE),
        .InterfaceId = INTERFACE(i),
        .TransferSyntax = NDR20,
        .DispatchTable = &dispatch_table,
        .InterpreterInfo = &server_infos[i],
    };
    client_interfaces[i] = (RPC_CLIENT_INTERFACE){
        .Length = sizeof(RPC_CLIENT_INTERFACE),
        .InterfaceId = INTERFACE(i),
        .TransferSyntax = NDR20,
    };
    server_descs[i] = (MIDL_STUB_DESC){
        .RpcInterfaceInformation = &server_interfaces[i],
        .pfnAllocate = allocate,
        .pfnFree = release,
        .apfnNdrRundownRoutines = rundowns,
        .pFormatTypes = types,
        .Version = 0x60001,
    };
    client_descs[i] = server_descs[i];
    client_descs[i].RpcInterfaceInformation = &client_interfaces[i];
    client_descs[i].IMPLICIT_HANDLE_INFO.pPrimitiveHandle = &implicit_handle;
    server_infos[i] = (MIDL_SERVER_INFO){
        .pStubDesc = &server_descs[i],
        .DispatchTable = managers,
        .ProcString = procedures,
        .FmtStringOffset = offsets,
    };
}

static void describe_all(void)
{
    for (int i = 0; i < INTERFACES; i++)
        describe(i);
}

static void register_server(void)
{
    describe_all();
    for (int i = 0; i < INTERFACES; i++)
        if (RpcServerRegisterIfEx(&server_interfaces[i], NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL))
            ExitProcess(2);
}

/* ---- the client ---- */

#ifdef __x86_64__
#define CALL(desc, format, ...) NdrClientCall2(desc, format, __VA_ARGS__).Simple
#else
#define CALL(desc, format, ...) \
    ({ \
        void *arguments_[] = {__VA_ARGS__}; \
        NdrClientCall2(desc, format, arguments_).Simple; \
    })
#endif

static NDR_CCONTEXT open_context(int where, enum type type)
{
    NDR_CCONTEXT context = NULL;

    (void)CALL(&client_descs[where], procedures + offsets[2 * type], (void *)(LONG_PTR)(10 + type),
               &context);
    assert_non_null(context);
    return context;
}

/* The status of using it as that type. */
static RPC_STATUS use_context(int where, enum type type, NDR_CCONTEXT context, LONG *value)
{
    return RAISED(*value = (LONG)CALL(&client_descs[where],
                                      procedures + offsets[2 * type + 1], context));
}

static bool fit(int made_in, enum type made, int used_in, enum type used)
{
    if (made == PLAIN || used == PLAIN)
        return made == used;
    return made_in == used_in && made == used;
}

static void test_types(void **state)
{
    implicit_handle = rpc_target_bind(rpc_fixture_target(state));
    for (enum type made = PLAIN; made < TYPES; made++) {
        NDR_CCONTEXT context = open_context(0, made);

        for (int where = 0; where < INTERFACES; where++)
            for (enum type used = PLAIN; used < TYPES; used++) {
                LONG value = 0;
                bool good = fit(0, made, where, used);

                assert_int_equal(use_context(where, used, context, &value),
                                 good ? RPC_S_OK : RPC_X_SS_CONTEXT_MISMATCH);
                assert_int_equal(value, good ? 10 + made : 0);
            }
        RpcSsDestroyClientContext(&context);
    }
    rpc_fixture_unbind(&implicit_handle);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_types),
    };
    static const struct rpc_suite suite = {
        .name = "test_context_types",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
    };

    describe_all();
    return rpc_fixture_main(argc, argv, &suite);
}
