/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Managing servers: this process, and others through their management interface. Sources: the SDK
 * documentation of RpcMgmtInqIfIds, RpcMgmtInqStats, RpcMgmtIsServerListening,
 * RpcMgmtStopServerListening, RpcMgmtInqServerPrincName, RpcMgmtSetAuthorizationFn,
 * RPC_MGMT_AUTHORIZATION_FN, RpcMgmtSetServerStackSize, RpcMgmtEnableIdleCleanup; C706 appendix Q.
 */
#include "fake_server.h"
#include "heap_blocks.h"

#include <malloc.h>
#include <rpcndr.h>

#define NDR_SYNTAX                                                                                 \
    {                                                                                              \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}},            \
        {                                                                                          \
            2, 0                                                                                   \
        }                                                                                          \
    }
#define MGMT_ID                                                                                    \
    {                                                                                              \
        0xafa8bd80, 0x7d8a, 0x11c9,                                                                \
        {                                                                                          \
            0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89                                         \
        }                                                                                          \
    }
#define LISTED_ID                                                                                  \
    {                                                                                              \
        0x2f1d8a30, 0x3c5e, 0x4b7a,                                                                \
        {                                                                                          \
            0x90, 1, 2, 3, 4, 5, 6, 7                                                              \
        }                                                                                          \
    }
#define AUTO_ID                                                                                    \
    {                                                                                              \
        0x2f1d8a31, 0x3c5e, 0x4b7a,                                                                \
        {                                                                                          \
            0x90, 1, 2, 3, 4, 5, 6, 7                                                              \
        }                                                                                          \
    }

static UUID typed_object = {0x2f1d8a50, 0x3c5e, 0x4b7a, {0x90, 1, 2, 3, 4, 5, 6, 7}};
static UUID type = {0x2f1d8a40, 0x3c5e, 0x4b7a, {0x90, 1, 2, 3, 4, 5, 6, 7}};
static RPC_CLIENT_INTERFACE mgmt = {
    .Length = sizeof(mgmt), .InterfaceId = {MGMT_ID, {1, 0}}, .TransferSyntax = NDR_SYNTAX};
static RPC_CLIENT_INTERFACE listed = {
    .Length = sizeof(listed), .InterfaceId = {LISTED_ID, {1, 3}}, .TransferSyntax = NDR_SYNTAX};

/* ---- the server ---- */

enum {
    PROC_NOTHING, /* just returns */
    PROC_HANDLES, /* answers with what RpcMgmt functions say to the call's own handle */
    PROC_MEET, /* returns when MEETING such calls have come */
    PROC_DEEP, /* needs DEEP octets of stack */
    PROCS
};

#define MEETING 6
#define DEEP (3u << 20)

static LONG meeting;
static HANDLE all_have_come;

static void reply(RPC_MESSAGE *message, const void *data, unsigned length)
{
    message->BufferLength = length;
    if (I_RpcGetBuffer(message) == RPC_S_OK && length)
        memcpy(message->Buffer, data, length);
}

static void __RPC_STUB do_nothing(PRPC_MESSAGE message)
{
    reply(message, NULL, 0);
}

static void __RPC_STUB do_handles(PRPC_MESSAGE message)
{
    RPC_IF_ID_VECTOR *ids;
    RPC_STATS_VECTOR *stats;
    RPC_CSTR name;
    ULONG statuses[] = {
        RpcMgmtIsServerListening(message->Handle),
        RpcMgmtStopServerListening(message->Handle),
        RpcMgmtInqIfIds(message->Handle, &ids),
        RpcMgmtInqStats(message->Handle, &stats),
        RpcMgmtInqServerPrincNameA(message->Handle, RPC_C_AUTHN_WINNT, &name),
    };

    reply(message, statuses, sizeof(statuses));
}

static void __RPC_STUB do_meet(PRPC_MESSAGE message)
{
    if (InterlockedIncrement(&meeting) == MEETING)
        SetEvent(all_have_come);
    WaitForSingleObject(all_have_come, WAIT_MS);
    reply(message, NULL, 0);
}

static void __RPC_STUB do_deep(PRPC_MESSAGE message)
{
    volatile char *deep = _alloca(DEEP);

    for (unsigned i = DEEP; i; i -= 1024)
        deep[i - 1] = 1;
    reply(message, NULL, 0);
}

static RPC_DISPATCH_FUNCTION procs[PROCS] = {do_nothing, do_handles, do_meet, do_deep};
static RPC_DISPATCH_TABLE table = {PROCS, procs, 0};
static RPC_SERVER_INTERFACE listed_spec = {
    .Length = sizeof(listed_spec),
    .InterfaceId = {LISTED_ID, {1, 3}},
    .TransferSyntax = NDR_SYNTAX,
    .DispatchTable = &table,
};
static RPC_SERVER_INTERFACE auto_spec = {
    .Length = sizeof(auto_spec),
    .InterfaceId = {AUTO_ID, {2, 0}},
    .TransferSyntax = NDR_SYNTAX,
    .DispatchTable = &table,
};

static void open_endpoint(WCHAR *endpoint)
{
    static LONG serial;

    _snwprintf(endpoint, 64, L"rpcrt4-mgmt-%lx-%lx", GetCurrentProcessId(),
               InterlockedIncrement(&serial));
    assert_int_equal(
        RpcServerUseProtseqEpW(L"ncalrpc", RPC_C_PROTSEQ_MAX_REQS_DEFAULT, endpoint, NULL),
        RPC_S_OK);
}

/* An interface twice, with two types, and one that listens by itself. */
static void register_server(void)
{
    WCHAR endpoint[64];

    open_endpoint(endpoint);
    if (RpcObjectSetType(&typed_object, &type) || RpcServerRegisterIf(&listed_spec, NULL, NULL) ||
        RpcServerRegisterIf(&listed_spec, &type, NULL) ||
        RpcServerRegisterIfEx(&auto_spec, NULL, NULL, RPC_IF_AUTOLISTEN,
                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL) ||
        RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE))
        ExitProcess(2);
}

/* ---- calls without stubs ---- */

static RPC_STATUS call(RPC_BINDING_HANDLE binding, RPC_CLIENT_INTERFACE *iface, unsigned proc,
                       const void *request, unsigned length, void *answer, unsigned *answer_length)
{
    RPC_MESSAGE message = {
        .Handle = binding,
        .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
        .BufferLength = length,
        .ProcNum = proc,
        .RpcInterfaceInformation = iface,
    };
    RPC_STATUS status = I_RpcGetBuffer(&message);

    assert_int_equal(status, RPC_S_OK);
    if (length)
        memcpy(message.Buffer, request, length);
    status = I_RpcSendReceive(&message);
    if (status)
        return status;
    if (answer) {
        *answer_length = min(*answer_length, message.BufferLength);
        memcpy(answer, message.Buffer, *answer_length);
    }
    assert_int_equal(I_RpcFreeBuffer(&message), RPC_S_OK);
    return RPC_S_OK;
}

static RPC_STATUS call_listed(RPC_BINDING_HANDLE binding, unsigned proc)
{
    return call(binding, &listed, proc, NULL, 0, NULL, NULL);
}

/* ---- on every protocol sequence, in this process and in another ---- */

static void test_listening(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

static bool has_id(const RPC_IF_ID_VECTOR *vector, const RPC_SYNTAX_IDENTIFIER *id)
{
    unsigned found = 0;

    for (unsigned long i = 0; i < vector->Count; i++)
        found += !memcmp(&vector->IfId[i]->Uuid, &id->SyntaxGUID, sizeof(UUID)) &&
                 vector->IfId[i]->VersMajor == id->SyntaxVersion.MajorVersion &&
                 vector->IfId[i]->VersMinor == id->SyntaxVersion.MinorVersion;
    return found == 1;
}

/* Each interface once; the management interface itself is none of them. */
static void check_ids(RPC_BINDING_HANDLE binding)
{
    RPC_IF_ID_VECTOR *vector = NULL;

    assert_int_equal(RpcMgmtInqIfIds(binding, &vector), RPC_S_OK);
    assert_int_equal(vector->Count, 2);
    assert_true(has_id(vector, &listed_spec.InterfaceId));
    assert_true(has_id(vector, &auto_spec.InterfaceId));
    assert_int_equal(RpcIfIdVectorFree(&vector), RPC_S_OK);
    assert_null(vector);
}

static void test_if_ids(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);

    check_ids(binding);
    if (!target->in_child)
        check_ids(NULL);
    rpc_fixture_unbind(&binding);
}

static void get_stats(RPC_BINDING_HANDLE binding, ULONG stats[4])
{
    RPC_STATS_VECTOR *vector = NULL;

    assert_int_equal(RpcMgmtInqStats(binding, &vector), RPC_S_OK);
    assert_int_equal(vector->Count, 4);
    memcpy(stats, vector->Stats, 4 * sizeof(ULONG));
    assert_int_equal(RpcMgmtStatsVectorFree(&vector), RPC_S_OK);
    assert_null(vector);
}

/* A request and a response for each call, counted where they are sent and where they arrive. Asking
 * is a call, too. */
static void test_stats(void **state)
{
    struct rpc_target *target = rpc_fixture_target(state);
    RPC_BINDING_HANDLE binding = rpc_target_bind(target);
    unsigned sides = target->in_child ? 1 : 2;
    ULONG before[4], after[4], own_before[4], own_after[4];

    assert_int_equal(call_listed(binding, PROC_NOTHING), RPC_S_OK);
    get_stats(binding, before);
    get_stats(NULL, own_before);
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_listed(binding, PROC_NOTHING), RPC_S_OK);
    get_stats(NULL, own_after);
    get_stats(binding, after);
    assert_int_equal(after[RPC_C_STATS_CALLS_IN] - before[RPC_C_STATS_CALLS_IN], 11);
    assert_int_equal(after[RPC_C_STATS_CALLS_OUT] - before[RPC_C_STATS_CALLS_OUT],
                     11 * (sides - 1));
    assert_int_equal(after[RPC_C_STATS_PKTS_IN] - before[RPC_C_STATS_PKTS_IN], 11 * sides);
    assert_int_equal(after[RPC_C_STATS_PKTS_OUT] - before[RPC_C_STATS_PKTS_OUT], 11 * sides);
    assert_int_equal(own_after[RPC_C_STATS_CALLS_OUT] - own_before[RPC_C_STATS_CALLS_OUT], 10);
    assert_int_equal(own_after[RPC_C_STATS_CALLS_IN] - own_before[RPC_C_STATS_CALLS_IN],
                     10 * (sides - 1));
    rpc_fixture_unbind(&binding);
}

/* Nobody has registered any. */
static void test_princ_name(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    RPC_CSTR name = (RPC_CSTR) "unchanged";
    RPC_WSTR wide = L"unchanged";

    assert_int_equal(RpcMgmtInqServerPrincNameA(binding, RPC_C_AUTHN_WINNT, &name),
                     RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_null(name);
    assert_int_equal(RpcMgmtInqServerPrincNameW(binding, RPC_C_AUTHN_WINNT, &wide),
                     RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_null(wide);
    rpc_fixture_unbind(&binding);
}

/* "RpcMgmtStopServerListening: Disabled" (RpcMgmtSetAuthorizationFn, default authorizations) */
static void test_stop_is_denied(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RpcMgmtStopServerListening(binding), RPC_S_ACCESS_DENIED);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_OK);
    assert_int_equal(call_listed(binding, PROC_NOTHING), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* Managing has nothing to do with objects: ours are not sent, and those of others do not matter. */
static void test_object(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    ULONG answer[2];
    unsigned length = sizeof(answer);

    assert_int_equal(RpcBindingSetObject(binding, &typed_object), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_OK);
    check_ids(binding);
    assert_int_equal(call(binding, &mgmt, 2, NULL, 0, answer, &length), RPC_S_OK);
    assert_int_equal(length, sizeof(answer));
    assert_int_equal(answer[0], RPC_S_OK);
    assert_int_equal(answer[1], TRUE);
    rpc_fixture_unbind(&binding);
}

/* The handle of a call that comes in is of the wrong kind. */
static void test_servers_handle(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    ULONG statuses[5];
    unsigned length = sizeof(statuses);

    assert_int_equal(call(binding, &listed, PROC_HANDLES, NULL, 0, statuses, &length), RPC_S_OK);
    assert_int_equal(length, sizeof(statuses));
    for (int i = 0; i < 5; i++)
        assert_int_equal(statuses[i], RPC_S_WRONG_KIND_OF_BINDING);
    rpc_fixture_unbind(&binding);
}

/* What no client of the interface sends. */
static void test_malformed_requests(void **state)
{
    static const ULONG name_without_room[] = {RPC_C_AUTHN_WINNT, 0};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    static const ULONG many = 0xffffffff;
    ULONG answer[7];
    unsigned length = sizeof(answer);

    assert_int_equal(call(binding, &mgmt, 1, NULL, 0, NULL, NULL), RPC_X_BAD_STUB_DATA);
    assert_int_equal(call(binding, &mgmt, 1, "\1\0\0", 3, NULL, NULL), RPC_X_BAD_STUB_DATA);
    assert_int_equal(call(binding, &mgmt, 4, name_without_room, 4, NULL, NULL),
                     RPC_X_BAD_STUB_DATA);
    assert_int_equal(call(binding, &mgmt, 4, name_without_room, 8, NULL, NULL),
                     RPC_X_BAD_STUB_DATA);
    assert_int_equal(call(binding, &mgmt, 5, NULL, 0, NULL, NULL), RPC_S_PROCNUM_OUT_OF_RANGE);
    /* As many statistics as there are. */
    assert_int_equal(call(binding, &mgmt, 1, &many, 4, answer, &length), RPC_S_OK);
    assert_int_equal(length, sizeof(answer));
    assert_int_equal(answer[0], 4);
    assert_int_equal(answer[1], 4);
    assert_int_equal(answer[6], RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* ---- once: these come first, when there is no server yet ---- */

static void test_no_server(void **state)
{
    RPC_IF_ID_VECTOR *ids = (void *)1;
    RPC_CSTR name = (void *)1;
    ULONG stats[4];

    assert_int_equal(RpcMgmtIsServerListening(NULL), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtStopServerListening(NULL), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtInqIfIds(NULL, &ids), RPC_S_NO_INTERFACES);
    assert_null(ids);
    assert_int_equal(RpcMgmtInqServerPrincNameA(NULL, RPC_C_AUTHN_WINNT, &name),
                     RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_null(name);
    get_stats(NULL, stats);
    for (int i = 0; i < 4; i++)
        assert_int_equal(stats[i], 0);
}

static void test_arguments(void **state)
{
    RPC_BINDING_HANDLE bad = (RPC_BINDING_HANDLE)&type;
    RPC_IF_ID_VECTOR *ids;
    RPC_STATS_VECTOR *stats;
    RPC_WSTR wide;

    assert_int_equal(RpcMgmtIsServerListening(bad), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcMgmtStopServerListening(bad), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcMgmtInqIfIds(bad, &ids), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcMgmtInqStats(bad, &stats), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcMgmtInqServerPrincNameW(bad, RPC_C_AUTHN_WINNT, &wide),
                     RPC_S_INVALID_BINDING);
    assert_int_equal(RpcMgmtInqIfIds(NULL, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtInqStats(NULL, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtStatsVectorFree(NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtInqServerPrincNameA(NULL, 0, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtInqServerPrincNameW(NULL, 0, NULL), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtSetServerStackSize(0xffffffff), RPC_S_INVALID_ARG);
    stats = NULL;
    assert_int_equal(RpcMgmtStatsVectorFree(&stats), RPC_S_OK);
}

static void test_unreachable(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncalrpc", L"rpcrt4-mgmt-nobody");
    RPC_IF_ID_VECTOR *ids;

    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(RpcMgmtInqIfIds(binding, &ids), RPC_S_SERVER_UNAVAILABLE);
    rpc_fixture_unbind(&binding);
}

/* An endpoint is enough to be asked. "If the server is not listening, the function fails"
 * (RpcMgmtInqIfIds), unless an interface listens by itself. */
static void test_not_listening(void **state)
{
    RPC_IF_ID_VECTOR *ids = NULL;
    RPC_BINDING_HANDLE binding;
    WCHAR endpoint[64];
    ULONG stats[4];

    open_endpoint(endpoint);
    binding = rpc_fixture_bind(L"ncalrpc", endpoint);
    assert_int_equal(RpcServerRegisterIf(&listed_spec, NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtInqIfIds(binding, &ids), RPC_S_NOT_LISTENING);
    assert_null(ids);
    assert_int_equal(RpcMgmtInqIfIds(NULL, &ids), RPC_S_OK);
    assert_int_equal(ids->Count, 1);
    RpcIfIdVectorFree(&ids);
    get_stats(binding, stats);
    assert_int_equal(RpcServerRegisterIfEx(&auto_spec, NULL, NULL, RPC_IF_AUTOLISTEN, 10, NULL),
                     RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
    check_ids(binding);
    /* All but those that listen by themselves, and the runtime's own. */
    assert_int_equal(RpcServerUnregisterIf(NULL, NULL, TRUE), RPC_S_OK);
    assert_int_equal(RpcServerUnregisterIf(&mgmt, NULL, TRUE), RPC_S_UNKNOWN_IF);
    assert_int_equal(RpcServerUnregisterIf(&auto_spec, NULL, TRUE), RPC_S_OK);
    assert_int_equal(RpcMgmtInqIfIds(NULL, &ids), RPC_S_NO_INTERFACES);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
    rpc_fixture_unbind(&binding);
}

/* ---- authorization ---- */

static struct {
    int allow;
    RPC_STATUS status;
    ULONG asked; /* a bit for each operation */
    RPC_STATUS handle_status;
} judge;

static int __stdcall authorize(RPC_BINDING_HANDLE client, ULONG operation, RPC_STATUS *status)
{
    RPC_CSTR string;

    judge.asked |= 1u << operation;
    judge.handle_status = RpcBindingToStringBindingA(client, &string);
    if (!judge.handle_status)
        RpcStringFreeA(&string);
    *status = judge.status;
    return judge.allow;
}

static void check_refusal(RPC_BINDING_HANDLE binding, RPC_STATUS expected)
{
    RPC_STATS_VECTOR *stats;
    RPC_IF_ID_VECTOR *ids;
    RPC_CSTR name;

    judge.asked = 0;
    assert_int_equal(RpcMgmtIsServerListening(binding), expected);
    assert_int_equal(RpcMgmtInqIfIds(binding, &ids), expected);
    assert_int_equal(RpcMgmtInqStats(binding, &stats), expected);
    assert_int_equal(RpcMgmtInqServerPrincNameA(binding, RPC_C_AUTHN_WINNT, &name), expected);
    assert_int_equal(RpcMgmtStopServerListening(binding), expected);
    assert_int_equal(judge.asked, 0x1f);
    assert_int_equal(judge.handle_status, RPC_S_OK);
}

/* "If Status is either 0 or RPC_S_OK, the Status value RPC_S_ACCESS_DENIED is returned to the
 * client […] any other value for Status […] is returned" (RPC_MGMT_AUTHORIZATION_FN) */
static void test_authorization(void **state)
{
    RPC_BINDING_HANDLE binding;
    WCHAR endpoint[64];
    ULONG stats[4];

    open_endpoint(endpoint);
    binding = rpc_fixture_bind(L"ncalrpc", endpoint);
    assert_int_equal(RpcServerListen(1, 10, TRUE), RPC_S_OK);
    assert_int_equal(RpcMgmtSetAuthorizationFn(authorize), RPC_S_OK);
    judge.allow = FALSE;
    check_refusal(binding, RPC_S_ACCESS_DENIED);
    judge.status = RPC_S_SERVER_TOO_BUSY;
    check_refusal(binding, RPC_S_SERVER_TOO_BUSY);
    /* The status counts for nothing where the answer is yes. */
    judge.allow = TRUE;
    get_stats(binding, stats);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_OK);
    assert_int_equal(RpcMgmtStopServerListening(binding), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtIsServerListening(NULL), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtWaitServerListen(), RPC_S_OK);
    assert_int_equal(RpcMgmtStopServerListening(binding), RPC_S_NOT_LISTENING);
    /* This process itself is not asked. */
    judge.allow = FALSE;
    judge.asked = 0;
    get_stats(NULL, stats);
    assert_int_equal(judge.asked, 0);
    assert_int_equal(RpcMgmtSetAuthorizationFn(NULL), RPC_S_OK);
    assert_int_equal(RpcMgmtStopServerListening(binding), RPC_S_ACCESS_DENIED);
    rpc_fixture_unbind(&binding);
}

/* ---- servers that answer wrongly ---- */

static const struct {
    const char *stub;
    unsigned length;
} rubbish[] = {
    {"", 0},
    {"\0", 1},
    {"\0\0\2\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 16}, /* interfaces without end */
    {"\x09\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0", 16}, /* nine statistics */
    {"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\x61\0\0\0", 16}, /* a name without end */
};

#define FAKE_OBJECT 0x80 /* PFC_OBJECT_UUID */

static void answer_rubbish(struct fake_server *server, SOCKET s)
{
    struct fake_pdu *pdu = malloc(sizeof(*pdu));
    uint8_t out[128];

    if (fake_accept_bind(s)) {
        while (fake_recv_request(s, pdu)) {
            if (pdu->flags & FAKE_OBJECT)
                InterlockedIncrement(&server->seen);
            fake_send(s, out,
                      fake_response(out, FAKE_FIRST | FAKE_LAST, pdu->call_id,
                                    rubbish[server->arg].length, rubbish[server->arg].stub,
                                    rubbish[server->arg].length));
        }
    }
    free(pdu);
}

static void test_rubbish(void **state)
{
    static struct fake_server server;
    RPC_BINDING_HANDLE binding;

    fake_start(&server, answer_rubbish, 0);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", server.endpoint);
    assert_int_equal(RpcBindingSetObject(binding, &typed_object), RPC_S_OK);
    for (unsigned i = 0; i < ARRAYSIZE(rubbish); i++) {
        RPC_STATS_VECTOR *stats = NULL;
        RPC_IF_ID_VECTOR *ids = NULL;
        RPC_CSTR name = NULL;

        server.arg = i;
        assert_int_not_equal(RpcMgmtInqIfIds(binding, &ids), RPC_S_OK);
        assert_null(ids);
        assert_int_equal(RpcMgmtInqStats(binding, &stats), RPC_X_BAD_STUB_DATA);
        assert_null(stats);
        assert_int_equal(RpcMgmtInqServerPrincNameA(binding, 0, &name), RPC_X_BAD_STUB_DATA);
        assert_null(name);
        if (rubbish[i].length < 4)
            assert_int_equal(RpcMgmtStopServerListening(binding), RPC_X_BAD_STUB_DATA);
        if (rubbish[i].length < 8)
            assert_int_equal(RpcMgmtIsServerListening(binding), RPC_X_BAD_STUB_DATA);
    }
    assert_int_equal(server.seen, 0); /* our object is of no concern to it */
    rpc_fixture_unbind(&binding);
    fake_stop(&server);
}

static void manage(const WCHAR *endpoint)
{
    RPC_BINDING_HANDLE binding = rpc_fixture_bind(L"ncalrpc", endpoint);
    RPC_IF_ID_VECTOR *ids;
    RPC_CSTR name;
    ULONG stats[4];

    assert_int_equal(RpcMgmtIsServerListening(binding), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtInqIfIds(binding, &ids), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtInqServerPrincNameA(binding, 0, &name), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcMgmtStopServerListening(binding), RPC_S_ACCESS_DENIED);
    get_stats(binding, stats);
    rpc_fixture_unbind(&binding);
}

static void test_nothing_is_left(void **state)
{
    WCHAR endpoint[64];

    open_endpoint(endpoint);
    for (int i = 0; i < 8; i++)
        manage(endpoint);
    assert_leaves_nothing(manage(endpoint));
}

/* ---- who waits for the end of calls ---- */

#define UNDISTURBED_CALLS 100000 /* or as many as can be made in UNDISTURBED_FOR_MS: a plain pipe is slow */
#define UNDISTURBED_FOR_MS 1000
#define UNDISTURBED_MS 30 /* of a processor's time; a wake-up for each call takes three times that */

static DWORD WINAPI wait_for_listening(void *unused)
{
    return RpcMgmtWaitServerListen();
}

static DWORD WINAPI unregister_listed(void *unused)
{
    return RpcServerUnregisterIf(&listed_spec, NULL, TRUE);
}

static DWORD WINAPI meet(void *binding)
{
    return call_listed(binding, PROC_MEET);
}

static void check_thread(HANDLE thread, RPC_STATUS expected)
{
    DWORD status = ~0u;

    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &status);
    assert_int_equal(status, expected);
    CloseHandle(thread);
}

static ULONGLONG processor_ms(HANDLE thread)
{
    ULARGE_INTEGER kernel, user;
    FILETIME created, ended;

    assert_true(GetThreadTimes(thread, &created, &ended, (FILETIME *)&kernel, (FILETIME *)&user));
    return (kernel.QuadPart + user.QuadPart) / 10000;
}

/* A server's main thread waits for ever as a rule: calls that come and go do not wake it. */
static void test_wait_is_undisturbed(void **state)
{
    ULONGLONG end = GetTickCount64() + UNDISTURBED_FOR_MS;
    RPC_BINDING_HANDLE binding;
    WCHAR endpoint[64];
    HANDLE waiting;

    open_endpoint(endpoint);
    binding = rpc_fixture_bind(L"ncalrpc", endpoint);
    assert_int_equal(RpcServerRegisterIf(&listed_spec, NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcServerListen(1, 10, TRUE), RPC_S_OK);
    waiting = CreateThread(NULL, 0, wait_for_listening, NULL, 0, NULL);
    for (int i = 0; i < UNDISTURBED_CALLS && GetTickCount64() < end; i++)
        assert_int_equal(call_listed(binding, PROC_NOTHING), RPC_S_OK);
    assert_true(processor_ms(waiting) < UNDISTURBED_MS);
    assert_int_equal(WaitForSingleObject(waiting, 0), WAIT_TIMEOUT);
    assert_int_equal(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    check_thread(waiting, RPC_S_OK);
    assert_int_equal(RpcServerUnregisterIf(&listed_spec, NULL, TRUE), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* "waits for all calls to complete" (RpcMgmtWaitServerListen, RpcServerUnregisterIf) */
static void test_wait_ends_with_the_last_call(void **state)
{
    RPC_BINDING_HANDLE binding;
    HANDLE waiting, unregistering, calling;
    WCHAR endpoint[64];

    open_endpoint(endpoint);
    binding = rpc_fixture_bind(L"ncalrpc", endpoint);
    all_have_come = CreateEventW(NULL, TRUE, FALSE, NULL);
    meeting = 0;
    assert_int_equal(RpcServerRegisterIf(&listed_spec, NULL, NULL), RPC_S_OK);
    assert_int_equal(RpcServerListen(1, 10, TRUE), RPC_S_OK);
    calling = CreateThread(NULL, 0, meet, binding, 0, NULL);
    while (!*(volatile LONG *)&meeting)
        Sleep(1);
    assert_int_equal(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    waiting = CreateThread(NULL, 0, wait_for_listening, NULL, 0, NULL);
    unregistering = CreateThread(NULL, 0, unregister_listed, NULL, 0, NULL);
    assert_int_equal(WaitForSingleObject(waiting, 20), WAIT_TIMEOUT);
    assert_int_equal(WaitForSingleObject(unregistering, 0), WAIT_TIMEOUT);
    SetEvent(all_have_come);
    check_thread(calling, RPC_S_OK);
    check_thread(waiting, RPC_S_OK);
    check_thread(unregistering, RPC_S_OK);
    CloseHandle(all_have_come);
    meeting = 0;
    rpc_fixture_unbind(&binding);
}

/* ---- settings ---- */

/* MEETING calls at once need as many connections; of those that are idle afterwards one stays. The
 * last of those that come once: from here on there is a server. */
static void test_idle_cleanup(void **state)
{
    RPC_BINDING_HANDLE binding;
    HANDLE threads[MEETING];
    WCHAR endpoint[64];
    unsigned port;

    rpc_fixture_listen(L"ncacn_ip_tcp", endpoint, 64);
    port = wcstoul(endpoint, NULL, 10);
    binding = rpc_fixture_bind(L"ncacn_ip_tcp", endpoint);
    all_have_come = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < MEETING; i++)
        threads[i] = CreateThread(NULL, 0, meet, binding, 0, NULL);
    for (int i = 0; i < MEETING; i++)
        check_thread(threads[i], RPC_S_OK);
    CloseHandle(all_have_come);
    assert_int_equal(count_tcp_connections(port), MEETING);
    assert_int_equal(RpcMgmtEnableIdleCleanup(), RPC_S_OK);
    for (int i = 0; i < 1000 && count_tcp_connections(port) > 1; i++)
        Sleep(1);
    assert_int_equal(count_tcp_connections(port), 1);
    assert_int_equal(call_listed(binding, PROC_NOTHING), RPC_S_OK);
    assert_int_equal(count_tcp_connections(port), 1);
    assert_int_equal(RpcMgmtEnableIdleCleanup(), RPC_S_OK);
    rpc_fixture_unbind(&binding);
}

/* In a process of its own, whose threads have not been started yet. */
static bool client(RPC_BINDING_HANDLE binding, LONG argument)
{
    WCHAR endpoint[64];

    if (RpcMgmtSetServerStackSize(DEEP + (1u << 20)))
        return false;
    open_endpoint(endpoint);
    if (RpcServerRegisterIfEx(&listed_spec, NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL))
        return false;
    return call_listed(rpc_fixture_bind(L"ncalrpc", endpoint), PROC_DEEP) == RPC_S_OK;
}

static void test_stack_size(void **state)
{
    static const struct rpc_target nobody = {.protseq = L"ncalrpc", .endpoint = L"-"};

    rpc_client_kill(rpc_client_start(&nobody, 0));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_listening),      cmocka_unit_test(test_if_ids),
        cmocka_unit_test(test_stats),          cmocka_unit_test(test_princ_name),
        cmocka_unit_test(test_stop_is_denied), cmocka_unit_test(test_object),
        cmocka_unit_test(test_servers_handle), cmocka_unit_test(test_malformed_requests),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_no_server),       cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_unreachable),     cmocka_unit_test(test_not_listening),
        cmocka_unit_test(test_authorization),   cmocka_unit_test(test_rubbish),
        cmocka_unit_test(test_nothing_is_left), cmocka_unit_test(test_stack_size),
        cmocka_unit_test(test_wait_is_undisturbed), cmocka_unit_test(test_wait_ends_with_the_last_call),
        cmocka_unit_test(test_idle_cleanup),
    };
    static const struct rpc_suite suite = {
        .name = "test_mgmt",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
        .client = client,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
