/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server learns of a client on the same machine, in a security callback and in a manager routine:
 * the same through shared memory as through the pipe alone. Clients are processes of their own. */
#include "rpc_fixture.h"
#include "auth_client.h"

#include <rpcdcep.h>
#include <sddl.h>

/* What mingw-w64's headers lack. */
RPC_STATUS WINAPI RpcServerRegisterIf3(RPC_IF_HANDLE, UUID *, RPC_MGR_EPV *, unsigned int, unsigned int, unsigned int,
                                       RPC_IF_CALLBACK_FN *, void *);
#define QUERY_CLIENT_PID 0x10

/* What is known of a client at one place. The process ids are compared apart. */
struct identity {
    RPC_STATUS pid_status, own_pid_status, attributes_status, auth_status, impersonate_status, string_status;
    ULONG protocol, local, level, service, auth_level, auth_service, token_level;
    WCHAR string[128], user[128];
};

struct place {
    struct identity identity;
    ULONG pid, own_pid, attributes_pid;
    LONG calls;
};

static struct place in_callback, in_manager;

static void inquire_pids(RPC_BINDING_HANDLE binding, struct place *place)
{
    RPC_CALL_ATTRIBUTES_V2_W attributes = {.Version = 2, .Flags = QUERY_CLIENT_PID};
    struct identity *identity = &place->identity;

    identity->pid_status = I_RpcBindingInqLocalClientPID(binding, &place->pid);
    identity->own_pid_status = I_RpcBindingInqLocalClientPID(NULL, &place->own_pid);
    identity->attributes_status = RpcServerInqCallAttributesW(binding, &attributes);
    identity->protocol = attributes.ProtocolSequence;
    identity->local = attributes.IsClientLocal;
    identity->level = attributes.AuthenticationLevel;
    identity->service = attributes.AuthenticationService;
    place->attributes_pid = (ULONG)(ULONG_PTR)attributes.ClientPID;
}

static void inquire_names(RPC_BINDING_HANDLE binding, struct identity *identity)
{
    RPC_AUTHZ_HANDLE client = NULL;
    RPC_WSTR string;

    identity->auth_status = RpcBindingInqAuthClientW(binding, &client, NULL, &identity->auth_level,
                                                     &identity->auth_service, NULL);
    if (!(identity->string_status = RpcBindingToStringBindingW(binding, &string))) {
        wcsncpy(identity->string, (WCHAR *)string, 127);
        RpcStringFreeW(&string);
    }
}

static void inquire_token(struct identity *identity)
{
    union {
        TOKEN_USER user;
        BYTE room[256];
    } data;
    WCHAR *sid;
    HANDLE token;
    DWORD size;

    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
        return;
    GetTokenInformation(token, TokenImpersonationLevel, &identity->token_level, sizeof(identity->token_level), &size);
    if (GetTokenInformation(token, TokenUser, &data, sizeof(data), &size) &&
        ConvertSidToStringSidW(data.user.User.Sid, &sid)) {
        wcsncpy(identity->user, sid, 127);
        LocalFree(sid);
    }
    CloseHandle(token);
}

static void inquire(RPC_BINDING_HANDLE binding, struct place *place)
{
    place->calls++;
    inquire_pids(binding, place);
    inquire_names(binding, &place->identity);
    place->identity.impersonate_status = RpcImpersonateClient(binding);
    if (place->identity.impersonate_status)
        return;
    inquire_token(&place->identity);
    RpcRevertToSelf();
}

/* ---- the server ---- */

static RPC_STATUS CALLBACK ask(RPC_IF_HANDLE interface_id, void *context)
{
    inquire(context, &in_callback);
    return RPC_S_OK;
}

void server_auth_who(handle_t binding, auth_facts *facts)
{
    memset(facts, 0, sizeof(*facts));
    inquire(binding, &in_manager);
}

long server_auth_impersonate(handle_t binding, long *level)
{
    *level = 0;
    return RPC_S_CANNOT_SUPPORT;
}

void server_auth_echo(handle_t binding, long size, byte *buffer)
{
}

long server_auth_contexts(handle_t binding)
{
    return 0;
}

long server_auth_authorize(handle_t binding, long impersonate, long *impersonated)
{
    *impersonated = 0;
    return RPC_S_CANNOT_SUPPORT;
}

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

static void register_server(void)
{
    RPC_STATUS status = RpcServerRegisterIf3(server_auth_test_v1_0_s_ifspec, NULL, NULL,
                                             RPC_IF_AUTOLISTEN | RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH | RPC_IF_SEC_NO_CACHE,
                                             RPC_C_LISTEN_MAX_CALLS_DEFAULT, (unsigned)-1, ask, NULL);

    assert_int_equal(status, RPC_S_OK);
}

/* ---- clients ---- */

static bool client(RPC_BINDING_HANDLE binding, LONG calls)
{
    auth_facts facts;

    for (LONG i = 0; i < calls; i++) {
        if (auth_ask(binding, &facts))
            return false;
    }
    return true;
}

static void learn(struct rpc_target *target, const WCHAR *shared_memory, LONG calls, struct place places[2])
{
    HANDLE process;
    ULONG pid;

    memset(&in_callback, 0, sizeof(in_callback));
    memset(&in_manager, 0, sizeof(in_manager));
    SetEnvironmentVariableW(L"RPCRT4_SHARED_MEMORY", shared_memory);
    process = rpc_client_start(target, calls);
    SetEnvironmentVariableW(L"RPCRT4_SHARED_MEMORY", NULL);
    pid = GetProcessId(process);
    rpc_client_kill(process);
    places[0] = in_callback;
    places[1] = in_manager;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(places[i].calls, calls);
        assert_int_equal(places[i].identity.pid_status, RPC_S_OK);
        assert_int_equal(places[i].pid, pid);
        assert_int_equal(places[i].identity.attributes_status, RPC_S_OK);
        assert_int_equal(places[i].attributes_pid, pid);
        if (!places[i].identity.own_pid_status)
            assert_int_equal(places[i].own_pid, pid);
    }
}

/* The first call is made when the connection has just changed to shared memory, the last one long after. */
static void test_same_both_ways(void **state)
{
    static const WCHAR *const protseqs[] = {L"ncalrpc", L"ncacn_np"};

    for (unsigned i = 0; i < 2; i++) {
        for (LONG calls = 1; calls <= 20; calls += 19) {
            struct rpc_target target = {.protseq = protseqs[i]};
            struct place shared[2], plain[2];

            rpc_fixture_listen(protseqs[i], target.endpoint, 64);
            learn(&target, L"1", calls, shared);
            learn(&target, L"0", calls, plain);
            for (unsigned place = 0; place < 2; place++)
                assert_memory_equal(&shared[place].identity, &plain[place].identity, sizeof(shared[place].identity));
            assert_int_equal(plain[1].identity.impersonate_status, RPC_S_OK);
            assert_true(plain[1].identity.user[0]);
            assert_int_equal(plain[1].identity.local, rcclLocal);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_same_both_ways),
    };
    static const struct rpc_suite suite = {
        .name = "test_local_identity",
        .register_server = register_server,
        .once = once,
        .once_count = ARRAYSIZE(once),
        .client = client,
    };

    return rpc_fixture_main(argc, argv, &suite);
}
