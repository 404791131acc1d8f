/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoint maps: registering in Wine's, resolving with it, what becomes of both when the mapper is
 * not running, and mappers of other kinds (fake_mapper.c). Sources: the SDK documentation of
 * RpcEpRegister, RpcEpUnregister, RpcEpResolveBinding, RpcMgmtEpEltInqBegin, RpcMgmtEpUnregister;
 * C706 appendix O. */
#include "fake_mapper.h"
#include "heap_blocks.h"

#include <rpcndr.h>
#include <tlhelp32.h>

#define NDR_SYNTAX                                                                                 \
    {                                                                                              \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}},            \
        {                                                                                          \
            2, 0                                                                                   \
        }                                                                                          \
    }
#define NDR64_SYNTAX                                                                               \
    {                                                                                              \
        {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}},            \
        {                                                                                          \
            1, 0                                                                                   \
        }                                                                                          \
    }
#define OWN_ID                                                                                     \
    {                                                                                              \
        0x71b0f2c0, 0x5c1e, 0x4f0b,                                                                \
        {                                                                                          \
            0x80, 1, 2, 3, 4, 5, 6, 7                                                              \
        }                                                                                          \
    }
#define CHILDS_ID                                                                                  \
    {                                                                                              \
        0x71b0f2c1, 0x5c1e, 0x4f0b,                                                                \
        {                                                                                          \
            0x80, 1, 2, 3, 4, 5, 6, 7                                                              \
        }                                                                                          \
    }

static UUID object_a = {0x71b0f2d0, 0, 0, {1}};
static UUID object_b = {0x71b0f2d1, 0, 0, {1}};
static UUID object_c = {0x71b0f2d2, 0, 0, {1}};

static const WCHAR *const protseqs[] = {L"ncacn_ip_tcp", L"ncalrpc", L"ncacn_np"};

/* ---- the servers, of this process and of the child ---- */

/* Answers with the number of its process. */
static void __RPC_STUB do_tell_process(PRPC_MESSAGE message)
{
    ULONG process = GetCurrentProcessId();

    message->BufferLength = sizeof(process);
    if (I_RpcGetBuffer(message) == RPC_S_OK)
        memcpy(message->Buffer, &process, sizeof(process));
}

static RPC_DISPATCH_FUNCTION procs[] = {do_tell_process};
static RPC_DISPATCH_TABLE table = {1, procs, 0};
static RPC_SERVER_INTERFACE own_spec = {
    .Length = sizeof(own_spec),
    .InterfaceId = {OWN_ID, {1, 3}},
    .TransferSyntax = NDR_SYNTAX,
    .DispatchTable = &table,
};
static RPC_SERVER_INTERFACE childs_spec = {
    .Length = sizeof(childs_spec),
    .InterfaceId = {CHILDS_ID, {1, 3}},
    .TransferSyntax = NDR_SYNTAX,
    .DispatchTable = &table,
};

static RPC_BINDING_VECTOR *own_bindings(void)
{
    RPC_BINDING_VECTOR *vector = NULL;

    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++)
        assert_int_equal(RpcServerUseProtseqW((RPC_WSTR)protseqs[i], 10, NULL), RPC_S_OK);
    assert_int_equal(RpcServerInqBindings(&vector), RPC_S_OK);
    return vector;
}

/* In the child, which is the only one to offer its interface. */
static void register_server(void)
{
    RPC_BINDING_VECTOR *vector = own_bindings();

    if (RpcServerRegisterIfEx(&childs_spec, NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL) ||
        RpcEpRegisterA(&childs_spec, vector, NULL, (RPC_CSTR) "the child"))
        ExitProcess(2);
    RpcBindingVectorFree(&vector);
}

static void register_own(void)
{
    static bool registered;

    if (!registered)
        assert_int_equal(RpcServerRegisterIfEx(&own_spec, NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL),
                         RPC_S_OK);
    registered = true;
}

static RPC_STATUS ask_process(RPC_BINDING_HANDLE binding, RPC_SERVER_INTERFACE *iface,
                              ULONG *process)
{
    RPC_MESSAGE message = {
        .Handle = binding,
        .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
        .RpcInterfaceInformation = iface,
    };
    RPC_STATUS status = I_RpcGetBuffer(&message);

    assert_int_equal(status, RPC_S_OK);
    status = I_RpcSendReceive(&message);
    if (status)
        return status;
    assert_int_equal(message.BufferLength, sizeof(*process));
    memcpy(process, message.Buffer, sizeof(*process));
    assert_int_equal(I_RpcFreeBuffer(&message), RPC_S_OK);
    return RPC_S_OK;
}

/* ---- bindings ---- */

static RPC_BINDING_HANDLE bind_to(const WCHAR *protseq, const WCHAR *address, const WCHAR *endpoint,
                                  UUID *object)
{
    RPC_BINDING_HANDLE binding = NULL;
    RPC_WSTR string;

    assert_int_equal(RpcStringBindingComposeW(NULL, (RPC_WSTR)protseq, (RPC_WSTR)address,
                                              (RPC_WSTR)endpoint, NULL, &string),
                     RPC_S_OK);
    assert_int_equal(RpcBindingFromStringBindingW(string, &binding), RPC_S_OK);
    RpcStringFreeW(&string);
    if (object)
        assert_int_equal(RpcBindingSetObject(binding, object), RPC_S_OK);
    return binding;
}

static void get_endpoint(RPC_BINDING_HANDLE binding, WCHAR endpoint[64])
{
    RPC_WSTR string, part;

    assert_int_equal(RpcBindingToStringBindingW(binding, &string), RPC_S_OK);
    assert_int_equal(RpcStringBindingParseW(string, NULL, NULL, NULL, &part, NULL), RPC_S_OK);
    assert_true(wcslen(part) < 64);
    wcscpy(endpoint, part);
    RpcStringFreeW(&part);
    RpcStringFreeW(&string);
}

/* The endpoint that is found; "" if it is not registered. */
static void resolve(const WCHAR *protseq, const WCHAR *address, UUID *object,
                    RPC_SERVER_INTERFACE *iface, WCHAR endpoint[64])
{
    RPC_BINDING_HANDLE binding = bind_to(protseq, address, NULL, object);
    RPC_STATUS status = RpcEpResolveBinding(binding, iface);

    endpoint[0] = 0;
    if (status != EPT_S_NOT_REGISTERED) {
        assert_int_equal(status, RPC_S_OK);
        get_endpoint(binding, endpoint);
        assert_true(endpoint[0]);
    }
    rpc_fixture_unbind(&binding);
}

static bool is_registered(UUID *object, RPC_SERVER_INTERFACE *iface)
{
    WCHAR endpoint[64];

    resolve(L"ncalrpc", NULL, object, iface, endpoint);
    return endpoint[0] != 0;
}

static bool resolves_to(UUID *object, const WCHAR *expected)
{
    WCHAR endpoint[64];

    resolve(L"ncalrpc", NULL, object, &own_spec, endpoint);
    return !wcscmp(endpoint, expected);
}

/* The same interface as MIDL's -protocol describes it. */
enum protocol { DCE, NDR64, ALL, PROTOCOLS };

static MIDL_SYNTAX_INFO syntaxes[] = {
    {.TransferSyntax = NDR_SYNTAX, .DispatchTable = &table},
    {.TransferSyntax = NDR64_SYNTAX, .DispatchTable = &table},
};
static const MIDL_SERVER_INFO in_all = {.nCount = 2, .pSyntaxInfo = syntaxes};
static const MIDL_SERVER_INFO in_ndr64 = {.nCount = 1, .pSyntaxInfo = syntaxes + 1};
static const MIDL_STUBLESS_PROXY_INFO client_in_all = {.nCount = 2, .pSyntaxInfo = syntaxes};

static RPC_SERVER_INTERFACE server_spec(enum protocol protocol)
{
    static const RPC_SYNTAX_IDENTIFIER ndr64 = NDR64_SYNTAX;
    RPC_SERVER_INTERFACE spec = own_spec;

    if (protocol == DCE)
        return spec;
    if (protocol == NDR64)
        spec.TransferSyntax = ndr64;
    spec.InterpreterInfo = protocol == NDR64 ? &in_ndr64 : &in_all;
    spec.Flags = RPCFLG_HAS_MULTI_SYNTAXES;
    return spec;
}

static RPC_CLIENT_INTERFACE client_spec(enum protocol protocol)
{
    RPC_SERVER_INTERFACE server = server_spec(protocol);
    RPC_CLIENT_INTERFACE spec = {.Length = sizeof(spec),
                                 .InterfaceId = server.InterfaceId,
                                 .TransferSyntax = server.TransferSyntax};

    if (protocol == ALL) {
        spec.InterpreterInfo = &client_in_all;
        spec.Flags = RPCFLG_HAS_MULTI_SYNTAXES;
    }
    return spec;
}

/* A vector of one handle. */
static RPC_BINDING_VECTOR *vector_of(RPC_BINDING_HANDLE binding)
{
    static RPC_BINDING_VECTOR vector;

    vector.Count = 1;
    vector.BindingH[0] = binding;
    return &vector;
}

static UUID_VECTOR *objects_of(UUID *a, UUID *b)
{
    static struct {
        ULONG count;
        UUID *uuids[2];
    } vector;

    vector.count = 2;
    vector.uuids[0] = a;
    vector.uuids[1] = b;
    return (UUID_VECTOR *)&vector;
}

/* ---- registering and resolving ---- */

/* Every protocol sequence, by every address of this machine. */
static void test_resolve(void **state)
{
    RPC_BINDING_VECTOR *vector = own_bindings();
    WCHAR endpoint[64], expected[64];
    RPC_BINDING_HANDLE binding;

    assert_int_equal(RpcEpRegisterA(&own_spec, vector, NULL, (RPC_CSTR) "annotation"), RPC_S_OK);
    for (ULONG i = 0; i < vector->Count; i++) {
        get_endpoint(vector->BindingH[i], expected);
        assert_int_equal(RpcBindingCopy(vector->BindingH[i], &binding), RPC_S_OK);
        assert_int_equal(RpcBindingReset(binding), RPC_S_OK);
        assert_int_equal(RpcEpResolveBinding(binding, &own_spec), RPC_S_OK);
        get_endpoint(binding, endpoint);
        assert_int_equal(wcscmp(endpoint, expected), 0);
        rpc_fixture_unbind(&binding);
    }
    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        resolve(protseqs[i], NULL, NULL, &own_spec, endpoint);
        assert_true(endpoint[0]);
        resolve(protseqs[i], L"localhost", NULL, &own_spec, expected);
        assert_int_equal(wcscmp(endpoint, expected), 0);
    }
    resolve(L"ncacn_ip_tcp", L"127.0.0.1", NULL, &own_spec, endpoint);
    resolve(L"ncacn_ip_tcp", L"127.1.2.3", NULL, &own_spec, expected);
    assert_int_equal(wcscmp(endpoint, expected), 0);

    assert_int_equal(RpcEpUnregister(&own_spec, vector, NULL), RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&own_spec, vector, NULL), EPT_S_NOT_REGISTERED);
    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        resolve(protseqs[i], NULL, NULL, &own_spec, endpoint);
        assert_false(endpoint[0]);
    }
    RpcBindingVectorFree(&vector);
}

/* Partially bound handles are good for calls; the endpoint stays theirs until it is taken away. */
static void test_call(void **state)
{
    RPC_BINDING_VECTOR *vector = own_bindings();
    WCHAR endpoint[64];
    ULONG process;

    register_own();
    assert_int_equal(RpcEpRegisterA(&own_spec, vector, NULL, NULL), RPC_S_OK);
    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        RPC_BINDING_HANDLE binding = bind_to(protseqs[i], NULL, NULL, NULL);

        assert_int_equal(ask_process(binding, &own_spec, &process), RPC_S_OK);
        assert_int_equal(process, GetCurrentProcessId());
        get_endpoint(binding, endpoint);
        assert_true(endpoint[0]);
        assert_int_equal(RpcBindingReset(binding), RPC_S_OK);
        assert_int_equal(ask_process(binding, &own_spec, &process), RPC_S_OK);
        rpc_fixture_unbind(&binding);
    }
    assert_int_equal(RpcEpUnregister(&own_spec, vector, NULL), RPC_S_OK);
    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        RPC_BINDING_HANDLE binding = bind_to(protseqs[i], NULL, NULL, NULL);

        assert_int_equal(ask_process(binding, &own_spec, &process), EPT_S_NOT_REGISTERED);
        rpc_fixture_unbind(&binding);
    }
    RpcBindingVectorFree(&vector);
}

/* The asynchronous call waits for its endpoint elsewhere than in the thread that makes it. */
static void test_asynchronous_calls(void **state)
{
    RPC_BINDING_VECTOR *vector = own_bindings();
    RPC_BINDING_HANDLE binding = bind_to(L"ncacn_ip_tcp", NULL, NULL, NULL);
    RPC_ASYNC_STATE async[8];
    RPC_MESSAGE messages[8];

    register_own();
    assert_int_equal(RpcEpRegisterA(&own_spec, vector, NULL, NULL), RPC_S_OK);
    for (unsigned i = 0; i < 8; i++) {
        messages[i] = (RPC_MESSAGE){
            .Handle = binding,
            .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
            .RpcInterfaceInformation = &own_spec,
        };
        assert_int_equal(RpcAsyncInitializeHandle(&async[i], sizeof(async[i])), RPC_S_OK);
        async[i].NotificationType = RpcNotificationTypeEvent;
        async[i].u.hEvent = CreateEventW(NULL, FALSE, FALSE, NULL);
        assert_int_equal(I_RpcGetBuffer(&messages[i]), RPC_S_OK);
        assert_int_equal(I_RpcAsyncSetHandle(&messages[i], &async[i]), RPC_S_OK);
        assert_int_equal(I_RpcSend(&messages[i]), RPC_S_OK);
    }
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(WaitForSingleObject(async[i].u.hEvent, WAIT_MS), WAIT_OBJECT_0);
        assert_int_equal(I_RpcReceive(&messages[i], 0), RPC_S_OK);
        assert_int_equal(messages[i].BufferLength, sizeof(ULONG));
        assert_int_equal(I_RpcFreeBuffer(&messages[i]), RPC_S_OK);
        RpcAsyncCompleteCall(&async[i], NULL);
        CloseHandle(async[i].u.hEvent);
    }
    assert_int_equal(RpcEpUnregister(&own_spec, vector, NULL), RPC_S_OK);
    rpc_fixture_unbind(&binding);
    RpcBindingVectorFree(&vector);
}

/* "the same major version […] and a minor version greater than or equal" */
static void test_versions(void **state)
{
    RPC_BINDING_HANDLE server = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-versions", NULL);
    RPC_SERVER_INTERFACE iface = own_spec;

    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(server), NULL, NULL), RPC_S_OK);
    iface.InterfaceId.SyntaxVersion.MinorVersion = 2;
    assert_true(is_registered(NULL, &iface));
    iface.InterfaceId.SyntaxVersion.MinorVersion = 4;
    assert_false(is_registered(NULL, &iface));
    iface.InterfaceId.SyntaxVersion.MinorVersion = 3;
    iface.InterfaceId.SyntaxVersion.MajorVersion = 2;
    assert_false(is_registered(NULL, &iface));
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(server), NULL), RPC_S_OK);
    rpc_fixture_unbind(&server);
}

/* A server of the binding's object comes before those of no object. */
static void test_objects(void **state)
{
    RPC_BINDING_HANDLE some = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-some", NULL);
    RPC_BINDING_HANDLE any = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-any", NULL);

    assert_int_equal(
        RpcEpRegisterA(&own_spec, vector_of(some), objects_of(&object_a, &object_b), NULL),
        RPC_S_OK);
    assert_true(resolves_to(&object_a, L"rpcrt4-map-some"));
    assert_true(resolves_to(&object_b, L"rpcrt4-map-some"));
    assert_true(resolves_to(&object_c, L""));
    assert_true(resolves_to(NULL, L""));
    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(any), NULL, NULL), RPC_S_OK);
    assert_true(resolves_to(&object_a, L"rpcrt4-map-some"));
    assert_true(resolves_to(&object_c, L"rpcrt4-map-any"));
    assert_true(resolves_to(NULL, L"rpcrt4-map-any"));
    /* A NULL in the vector is none; one that is not registered does not keep the other. */
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(some), objects_of(NULL, &object_a)),
                     RPC_S_OK);
    assert_true(resolves_to(&object_a, L"rpcrt4-map-any"));
    assert_true(resolves_to(&object_b, L"rpcrt4-map-some"));
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(some), objects_of(&object_a, &object_b)),
                     RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(any), NULL), RPC_S_OK);
    assert_true(resolves_to(&object_b, L""));
    rpc_fixture_unbind(&some);
    rpc_fixture_unbind(&any);
}

/* "replaces the entry's endpoint with the provided binding handle's endpoint" (RpcEpRegister) */
static void test_replacing(void **state)
{
    RPC_BINDING_HANDLE one = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-one", NULL);
    RPC_BINDING_HANDLE two = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-two", NULL);

    assert_int_equal(RpcEpRegisterW(&own_spec, vector_of(one), NULL, L"wide"), RPC_S_OK);
    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(two), NULL, NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L"rpcrt4-map-two"));
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(one), NULL), EPT_S_NOT_REGISTERED);
    assert_int_equal(RpcEpRegisterNoReplaceA(&own_spec, vector_of(one), NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(two), NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L"rpcrt4-map-one"));
    assert_int_equal(RpcEpRegisterNoReplaceW(&own_spec, vector_of(two), NULL, L"wide"), RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(one), NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L"rpcrt4-map-two"));
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(two), NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L""));
    rpc_fixture_unbind(&one);
    rpc_fixture_unbind(&two);
}

/* "The string can be up to 64 characters long, including the null terminating character" */
static void test_annotations(void **state)
{
    RPC_BINDING_HANDLE server = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-annotated", NULL);
    unsigned char text[66];
    WCHAR wide[66];

    for (unsigned length = 0; length < 65; length++) {
        RPC_STATUS expected = length < 64 ? RPC_S_OK : RPC_S_STRING_TOO_LONG;

        memset(text, 'a', length);
        text[length] = 0;
        mbstowcs(wide, (char *)text, 66);
        assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(server), NULL, text), expected);
        assert_int_equal(RpcEpRegisterW(&own_spec, vector_of(server), NULL, wide), expected);
    }
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(server), NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L""));
    rpc_fixture_unbind(&server);
}

static void test_arguments(void **state)
{
    RPC_BINDING_HANDLE partial = bind_to(L"ncalrpc", NULL, NULL, NULL);
    RPC_BINDING_HANDLE bad = (RPC_BINDING_HANDLE)&object_a;
    RPC_BINDING_VECTOR empty = {0};

    assert_int_equal(RpcEpRegisterA(&own_spec, NULL, NULL, NULL), RPC_S_NO_BINDINGS);
    assert_int_equal(RpcEpRegisterA(&own_spec, &empty, NULL, NULL), RPC_S_NO_BINDINGS);
    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(NULL), NULL, NULL), RPC_S_NO_BINDINGS);
    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(bad), NULL, NULL), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(partial), NULL, NULL),
                     EPT_S_INVALID_ENTRY);
    assert_int_equal(RpcEpRegisterA(NULL, vector_of(partial), NULL, NULL), RPC_S_UNKNOWN_IF);
    assert_int_equal(RpcEpUnregister(&own_spec, NULL, NULL), RPC_S_NO_BINDINGS);
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(bad), NULL), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcEpResolveBinding(bad, &own_spec), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcEpResolveBinding(NULL, &own_spec), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcEpResolveBinding(partial, NULL), RPC_S_UNKNOWN_IF);
    rpc_fixture_unbind(&partial);
}

/* Fully bound handles stay what they are; an interface may name its endpoint itself. */
static void test_no_need_to_ask(void **state)
{
    RPC_PROTSEQ_ENDPOINT endpoints[] = {
        {(unsigned char *)"ncacn_np", (unsigned char *)"\\pipe\\its-own"},
        {(unsigned char *)"ncalrpc", (unsigned char *)"its-own"},
    };
    RPC_SERVER_INTERFACE iface = own_spec;
    RPC_BINDING_HANDLE full = bind_to(L"ncalrpc", NULL, L"given", NULL);
    WCHAR endpoint[64];

    assert_int_equal(RpcEpResolveBinding(full, &own_spec), RPC_S_OK);
    get_endpoint(full, endpoint);
    assert_int_equal(wcscmp(endpoint, L"given"), 0);
    rpc_fixture_unbind(&full);
    iface.RpcProtseqEndpointCount = 2;
    iface.RpcProtseqEndpoint = endpoints;
    resolve(L"ncalrpc", NULL, NULL, &iface, endpoint);
    assert_int_equal(wcscmp(endpoint, L"its-own"), 0);
    resolve(L"ncacn_np", NULL, NULL, &iface, endpoint);
    assert_int_equal(wcscmp(endpoint, L"\\pipe\\its-own"), 0);
    resolve(L"ncacn_ip_tcp", NULL, NULL, &iface, endpoint);
    assert_false(endpoint[0]);
}

/* A server in another process. */
static void test_child(void **state)
{
    struct rpc_child child;
    ULONG process;

    rpc_child_start(&child, L"ncalrpc");
    for (unsigned i = 0; i < ARRAYSIZE(protseqs); i++) {
        RPC_BINDING_HANDLE binding = bind_to(protseqs[i], NULL, NULL, NULL);

        assert_int_equal(ask_process(binding, &childs_spec, &process), RPC_S_OK);
        assert_int_equal(process, GetProcessId(child.process));
        rpc_fixture_unbind(&binding);
    }
    rpc_child_kill(&child);
}

static void register_resolve_unregister(RPC_BINDING_VECTOR *vector)
{
    assert_int_equal(RpcEpRegisterA(&own_spec, vector, NULL, NULL), RPC_S_OK);
    assert_true(is_registered(NULL, &own_spec));
    assert_int_equal(RpcEpUnregister(&own_spec, vector, NULL), RPC_S_OK);
    assert_false(is_registered(NULL, &own_spec));
}

static void test_nothing_is_left(void **state)
{
    RPC_BINDING_VECTOR *vector = own_bindings();
    unsigned handles;

    for (unsigned i = 0; i < 8; i++)
        register_resolve_unregister(vector);
    handles = count_handles();
    assert_leaves_nothing(register_resolve_unregister(vector));
    assert_true(count_handles() <= handles);
    RpcBindingVectorFree(&vector);
}

/* A client finds a server that has one of its transfer syntaxes, and no other. */
static void test_transfer_syntaxes(void **state)
{
    RPC_BINDING_HANDLE server = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-syntax", NULL);

    for (enum protocol s = DCE; s < PROTOCOLS; s++) {
        RPC_SERVER_INTERFACE spec = server_spec(s);

        assert_int_equal(RpcEpRegisterA(&spec, vector_of(server), NULL, NULL), RPC_S_OK);
        for (enum protocol c = DCE; c < PROTOCOLS; c++) {
            RPC_CLIENT_INTERFACE client = client_spec(c);
            RPC_BINDING_HANDLE binding = bind_to(L"ncalrpc", NULL, NULL, NULL);
            bool fits = s == c || s == ALL || c == ALL;

            assert_int_equal(RpcEpResolveBinding(binding, &client),
                             fits ? RPC_S_OK : EPT_S_NOT_REGISTERED);
            rpc_fixture_unbind(&binding);
        }
        assert_int_equal(RpcEpUnregister(&spec, vector_of(server), NULL), RPC_S_OK);
        assert_int_equal(RpcEpUnregister(&spec, vector_of(server), NULL), EPT_S_NOT_REGISTERED);
    }
    rpc_fixture_unbind(&server);
}

/* What was registered in one syntax only can be taken away by who has both. */
static void test_part_of_syntaxes(void **state)
{
    RPC_BINDING_HANDLE server = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-syntax", NULL);
    RPC_SERVER_INTERFACE all = server_spec(ALL), ndr64 = server_spec(NDR64);

    assert_int_equal(RpcEpRegisterA(&all, vector_of(server), NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&ndr64, vector_of(server), NULL), RPC_S_OK);
    assert_true(is_registered(NULL, &own_spec));
    assert_false(is_registered(NULL, &ndr64));
    assert_int_equal(RpcEpUnregister(&all, vector_of(server), NULL), RPC_S_OK);
    assert_false(is_registered(NULL, &own_spec));
    rpc_fixture_unbind(&server);
}

/* ---- without a mapper ---- */

/* Ends Wine's mapper; services.exe notices. */
static void kill_mapper(void)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0), process;

    for (BOOL more = Process32FirstW(snapshot, &entry); more;
         more = Process32NextW(snapshot, &entry)) {
        if (_wcsicmp(entry.szExeFile, L"rpcss.exe"))
            continue;
        process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, entry.th32ProcessID);
        if (!process)
            continue;
        TerminateProcess(process, 0);
        WaitForSingleObject(process, WAIT_MS);
        CloseHandle(process);
    }
    CloseHandle(snapshot);
}

/* It is started when it is needed; its map is empty then. */
static void test_mapper_is_started(void **state)
{
    RPC_BINDING_HANDLE server = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-restart", NULL);

    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(server), NULL, NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L"rpcrt4-map-restart"));
    kill_mapper();
    assert_true(resolves_to(NULL, L""));
    kill_mapper();
    assert_int_equal(RpcEpRegisterA(&own_spec, vector_of(server), NULL, NULL), RPC_S_OK);
    assert_true(resolves_to(NULL, L"rpcrt4-map-restart"));
    assert_int_equal(RpcEpUnregister(&own_spec, vector_of(server), NULL), RPC_S_OK);
    rpc_fixture_unbind(&server);
}

static DWORD WINAPI resolve_on_thread(void *arg)
{
    RPC_BINDING_HANDLE binding = bind_to(L"ncalrpc", NULL, NULL, NULL);
    RPC_STATUS status = RpcEpResolveBinding(binding, &own_spec);

    RpcBindingFree(&binding);
    return status;
}

static void test_mapper_is_started_once(void **state)
{
    HANDLE threads[8];

    kill_mapper();
    for (unsigned i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, resolve_on_thread, NULL, 0, NULL);
    for (unsigned i = 0; i < ARRAYSIZE(threads); i++) {
        DWORD status = 0;

        assert_int_equal(WaitForSingleObject(threads[i], 4 * WAIT_MS), WAIT_OBJECT_0);
        GetExitCodeThread(threads[i], &status);
        assert_int_equal(status, EPT_S_NOT_REGISTERED);
        CloseHandle(threads[i]);
    }
}

/* ---- looking through a map ---- */

static void test_inquiry_arguments(void **state)
{
    RPC_BINDING_HANDLE where = bind_to(L"ncalrpc", NULL, NULL, &object_a);
    RPC_EP_INQ_HANDLE inquiry = (RPC_EP_INQ_HANDLE)1;
    RPC_IF_ID id = {OWN_ID, 1, 3};

    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, NULL),
                     RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, 4, NULL, 0, NULL, &inquiry), RPC_S_INVALID_ARG);
    assert_null(inquiry);
    assert_int_equal(
        RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_IF, NULL, RPC_C_VERS_ALL, NULL, &inquiry),
        RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_BOTH, &id, 0, NULL, &inquiry),
                     RPC_S_INVALID_VERS_OPTION);
    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_IF, &id, 6, NULL, &inquiry),
                     RPC_S_INVALID_VERS_OPTION);
    assert_int_equal(RpcMgmtEpEltInqBegin(where, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                     EPT_S_CANT_PERFORM_OP);
    assert_int_equal(
        RpcMgmtEpEltInqBegin((RPC_BINDING_HANDLE)&id, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
        RPC_S_INVALID_BINDING);
    assert_int_equal(RpcMgmtEpEltInqNextA((RPC_EP_INQ_HANDLE)&id, &id, NULL, NULL, NULL),
                     RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqNextW(NULL, &id, NULL, NULL, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqDone(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                     RPC_S_OK);
    assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, NULL, NULL, NULL, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
    assert_null(inquiry);
    rpc_fixture_unbind(&where);
}

/* Wine's mapper lets nobody look, nor take away what is not his; it says so. */
static void test_wines_mapper(void **state)
{
    RPC_BINDING_HANDLE element = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-element", NULL);
    RPC_EP_INQ_HANDLE inquiry;
    RPC_IF_ID id = {OWN_ID, 1, 3};

    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                     RPC_S_OK);
    assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL), EPT_S_CANT_PERFORM_OP);
    assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL), RPC_X_NO_MORE_ENTRIES);
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
    assert_int_equal(RpcMgmtEpUnregister(NULL, &id, element, NULL), EPT_S_CANT_PERFORM_OP);
    assert_int_equal(RpcMgmtEpUnregister(NULL, NULL, element, NULL), RPC_S_UNKNOWN_IF);
    assert_int_equal(RpcMgmtEpUnregister(NULL, &id, NULL, NULL), RPC_S_INVALID_BINDING);
    rpc_fixture_unbind(&element);
}

/* ---- mappers of other kinds ---- */

/* At the well-known port, where this process may open it and nobody else has. */
static RPC_BINDING_HANDLE bind_fake_mapper(void)
{
    if (!fake_mapper_open(L"ncacn_ip_tcp", L"135"))
        skip();
    return bind_to(L"ncacn_ip_tcp", L"127.0.0.1", NULL, NULL);
}

static void check_next(RPC_EP_INQ_HANDLE inquiry, ULONG number)
{
    RPC_BINDING_HANDLE binding;
    RPC_WSTR annotation;
    RPC_CSTR string;
    RPC_IF_ID id;
    UUID object;
    char expected[64];

    assert_int_equal(RpcMgmtEpEltInqNextW(inquiry, &id, &binding, &object, &annotation), RPC_S_OK);
    assert_int_equal(id.Uuid.Data1, FAKE_ELEMENT_ID + number);
    assert_int_equal(id.VersMajor, 4);
    assert_int_equal(id.VersMinor, 5);
    assert_int_equal(object.Data1, FAKE_OBJECT + number);
    _snprintf(expected, 64, "element %lu", number);
    for (unsigned i = 0; i <= strlen(expected); i++)
        assert_int_equal(annotation[i], expected[i]);
    RpcBindingSetObject(binding, NULL);
    assert_int_equal(RpcBindingToStringBindingA(binding, &string), RPC_S_OK);
    _snprintf(expected, 64, "ncacn_ip_tcp:10.0.0.1[%lu]", FAKE_PORT + number);
    assert_string_equal((char *)string, expected);
    RpcStringFreeA(&string);
    RpcStringFreeW(&annotation);
    rpc_fixture_unbind(&binding);
}

/* Elements come in portions; one that no binding can be made of is passed over, unless none is
 * wanted. */
static void test_inquiry(void **state)
{
    RPC_BINDING_HANDLE where = bind_fake_mapper();
    RPC_EP_INQ_HANDLE inquiry;
    RPC_IF_ID id;
    ULONG count = 0;

    fake_mapper_reset(FAKE_ELEMENTS);
    assert_int_equal(RpcMgmtEpEltInqBegin(where, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                     RPC_S_OK);
    for (ULONG i = 0; i < FAKE_ELEMENT_COUNT; i++) {
        if (i != FAKE_ELEMENT_UNKNOWN)
            check_next(inquiry, i);
    }
    assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL), RPC_X_NO_MORE_ENTRIES);
    assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL), RPC_X_NO_MORE_ENTRIES);
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
    assert_int_equal(fake_mapper.lookups, 2);
    assert_int_equal(fake_mapper.frees, 0);

    assert_int_equal(RpcMgmtEpEltInqBegin(where, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                     RPC_S_OK);
    while (RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL) == RPC_S_OK)
        assert_int_equal(id.Uuid.Data1, FAKE_ELEMENT_ID + count++);
    assert_int_equal(count, FAKE_ELEMENT_COUNT);
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
    rpc_fixture_unbind(&where);
}

/* Endpoints are registered once for each transfer syntax; as elements they are one. */
static void test_inquiry_of_syntaxes(void **state)
{
    RPC_BINDING_HANDLE where = bind_fake_mapper();
    RPC_EP_INQ_HANDLE inquiry;
    RPC_IF_ID id;

    fake_mapper_reset(FAKE_SYNTAXES);
    assert_int_equal(RpcMgmtEpEltInqBegin(where, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                     RPC_S_OK);
    check_next(inquiry, 0);
    check_next(inquiry, 2);
    assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL), RPC_X_NO_MORE_ENTRIES);
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
    rpc_fixture_unbind(&where);
}

/* What is asked, and that the mapper is told of an early end. */
static void test_inquiry_ends_early(void **state)
{
    RPC_BINDING_HANDLE where = bind_fake_mapper();
    RPC_IF_ID id = {OWN_ID, 1, 3};
    RPC_EP_INQ_HANDLE inquiry, copy;

    fake_mapper_reset(FAKE_ELEMENTS);
    assert_int_equal(RpcMgmtEpEltInqBegin(where, RPC_C_EP_MATCH_BY_BOTH, &id, RPC_C_VERS_EXACT,
                                          &object_a, &inquiry),
                     RPC_S_OK);
    assert_int_equal(fake_mapper.lookups, 0);
    check_next(inquiry, 0);
    assert_int_equal(fake_mapper.lookups, 1);
    assert_int_equal(fake_mapper.inquiry_type, RPC_C_EP_MATCH_BY_BOTH);
    assert_int_equal(fake_mapper.vers_option, RPC_C_VERS_EXACT);
    assert_memory_equal(&fake_mapper.object, &object_a, sizeof(UUID));
    assert_memory_equal(&fake_mapper.iface, &own_spec.InterfaceId, sizeof(RPC_SYNTAX_IDENTIFIER));
    copy = inquiry;
    assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
    assert_int_equal(fake_mapper.frees, 1);
    assert_int_equal(RpcMgmtEpEltInqDone(&copy), RPC_S_INVALID_ARG);
    rpc_fixture_unbind(&where);
}

static void test_wrong_answers(void **state)
{
    RPC_BINDING_HANDLE where = bind_fake_mapper();
    RPC_EP_INQ_HANDLE inquiry;
    RPC_IF_ID id;

    for (int answer = FAKE_NOTHING; answer <= FAKE_LAST_WRONG; answer++) {
        WCHAR endpoint[64];
        RPC_STATUS status;

        fake_mapper_reset(answer);
        assert_int_equal(RpcMgmtEpEltInqBegin(where, RPC_C_EP_ALL_ELTS, NULL, 0, NULL, &inquiry),
                         RPC_S_OK);
        status = RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL);
        assert_int_equal(status, fake_mapper_expected(answer));
        assert_int_equal(RpcMgmtEpEltInqNextA(inquiry, &id, NULL, NULL, NULL),
                         RPC_X_NO_MORE_ENTRIES);
        assert_int_equal(fake_mapper.lookups, 1);
        assert_int_equal(RpcMgmtEpEltInqDone(&inquiry), RPC_S_OK);
        /* This machine's own map does not know it, and this mapper is of no help. */
        resolve(L"ncacn_ip_tcp", L"127.0.0.1", NULL, &own_spec, endpoint);
        assert_false(endpoint[0]);
    }
    rpc_fixture_unbind(&where);
}

/* What Wine's mapper does not know, one of the host system may. */
static void test_hosts_mapper(void **state)
{
    RPC_BINDING_HANDLE where = bind_fake_mapper();
    WCHAR endpoint[64];
    RPC_IF_ID id = {OWN_ID, 1, 3};

    fake_mapper_reset(FAKE_ELEMENTS);
    resolve(L"ncacn_ip_tcp", L"127.0.0.1", &object_a, &own_spec, endpoint);
    assert_int_equal(wcstoul(endpoint, NULL, 10), FAKE_PORT);
    assert_memory_equal(&fake_mapper.object, &object_a, sizeof(UUID));
    /* Other protocol sequences have none. */
    assert_false(is_registered(NULL, &own_spec));
    assert_int_equal(RpcMgmtEpUnregister(where, &id, where, &object_b), EPT_S_NOT_REGISTERED);
    assert_int_equal(fake_mapper.removals, 2); /* one in each transfer syntax */
    assert_memory_equal(&fake_mapper.object, &object_b, sizeof(UUID));
    rpc_fixture_unbind(&where);
}

/* In a process of its own, which takes the mapper's place: entries as C706 lays them out. */
static bool client(RPC_BINDING_HANDLE unused, LONG argument)
{
    RPC_BINDING_HANDLE server = bind_to(L"ncalrpc", NULL, L"rpcrt4-map-c706", NULL);

    for (int i = 0; i < 100 && !fake_mapper_open(L"ncalrpc", L"epmapper"); i++)
        kill_mapper();
    fake_mapper_reset(FAKE_ELEMENTS);
    if (RpcEpRegisterA(&own_spec, vector_of(server), objects_of(&object_a, &object_b),
                       (RPC_CSTR) "an annotation") ||
        fake_mapper.entries != 2 || strcmp(fake_mapper.annotation, "an annotation") ||
        strcmp(fake_mapper.endpoint, "rpcrt4-map-c706") ||
        memcmp(&fake_mapper.object, &object_b, sizeof(UUID)))
        return false;
    fake_mapper.entries = 0;
    return RpcEpUnregister(&own_spec, vector_of(server), NULL) == RPC_S_OK &&
           fake_mapper.entries == 1 && !strcmp(fake_mapper.endpoint, "rpcrt4-map-c706");
}

static void test_standard_layout(void **state)
{
    static const struct rpc_target nobody = {.protseq = L"ncalrpc", .endpoint = L"-"};

    rpc_client_kill(rpc_client_start(&nobody, 0));
    /* One that was started meanwhile has not got its endpoint. */
    kill_mapper();
    assert_false(is_registered(NULL, &own_spec));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_asynchronous_calls),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_replacing),
        cmocka_unit_test(test_annotations),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_no_need_to_ask),
        cmocka_unit_test(test_child),
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_transfer_syntaxes),
        cmocka_unit_test(test_part_of_syntaxes),
        cmocka_unit_test(test_mapper_is_started),
        cmocka_unit_test(test_mapper_is_started_once),
        cmocka_unit_test(test_inquiry_arguments),
        cmocka_unit_test(test_wines_mapper),
        cmocka_unit_test(test_inquiry),
        cmocka_unit_test(test_inquiry_of_syntaxes),
        cmocka_unit_test(test_inquiry_ends_early),
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_hosts_mapper),
        cmocka_unit_test(test_standard_layout),
    };
    static const struct rpc_suite suite = {
        .name = "test_endpoint_map",
        .register_server = register_server,
        .once = once,
        .once_count = ARRAYSIZE(once),
        .client = client,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
