/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients' identities: see identity.h. */
#include "server/identity.h"
#include "platform/imports.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/auth_service.h"

static bool is_vouched_for(const struct server_call *call)
{
    return call->conn->endpoint->transport->type == TRANSPORT_TYPE_LPC;
}

static struct security_context *context_of(const struct server_call *call)
{
    struct security_context *context = call->conn->link.security;

    return context && context->established ? context : NULL;
}

bool server_call_is_authenticated(const struct server_call *call)
{
    return is_vouched_for(call) || context_of(call);
}

/* ---- impersonation ---- */

static RPC_STATUS impersonate_peer(struct server_call *call)
{
    DWORD error = transport_impersonate(call->conn->link.conn);

    if (error)
        WARN("cannot impersonate: error %lu", error);
    return error ? RPC_S_NO_CONTEXT_AVAILABLE : RPC_S_OK;
}

RPC_STATUS server_call_impersonate(struct server_call *call)
{
    struct security_context *context = context_of(call);

    return context ? security_context_impersonate(context) : impersonate_peer(call);
}

RPC_STATUS server_call_revert(struct server_call *call)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    struct security_context *context = context_of(call);

    if (context)
        return security_context_revert(context);
    return advapi32 && advapi32->RevertToSelf() ? RPC_S_OK : RPC_S_NO_CONTEXT_AVAILABLE;
}

/* The token that the thread has got by impersonating. */
static HANDLE thread_token(const struct imports_advapi32 *advapi32, DWORD access)
{
    HANDLE token;

    return advapi32->OpenThreadToken(GetCurrentThread(), access, TRUE, &token) ? token : NULL;
}

RPC_STATUS server_call_token(struct server_call *call, HANDLE *token)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    RPC_STATUS status;
    HANDLE old;

    *token = NULL;
    if (!advapi32)
        return RPC_S_NO_CONTEXT_AVAILABLE;
    old = thread_token(advapi32, TOKEN_IMPERSONATE);
    status = server_call_impersonate(call);
    if (!status) {
        *token = thread_token(advapi32, TOKEN_QUERY);
        server_call_revert(call);
    }
    if (old) {
        advapi32->SetThreadToken(NULL, old);
        CloseHandle(old);
    }
    return *token ? RPC_S_OK : RPC_S_NO_CONTEXT_AVAILABLE;
}

/* ---- names ---- */

/* DOMAIN\user, for rpc_free(); NULL where that is not to be found out. */
static WCHAR *name_of_sid(PSID sid)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    WCHAR user[257], domain[257], *name;
    DWORD user_chars = ARRAY_LENGTH(user), domain_chars = ARRAY_LENGTH(domain);
    SID_NAME_USE use;

    if (!advapi32->LookupAccountSidW(NULL, sid, user, &user_chars, domain, &domain_chars, &use))
        return NULL;
    if (!(name = rpc_alloc((wcslen(domain) + wcslen(user) + 2) * sizeof(WCHAR))))
        return NULL;
    lstrcpyW(name, domain);
    if (*domain)
        lstrcatW(name, L"\\");
    lstrcatW(name, user);
    return name;
}

static WCHAR *name_of_token(HANDLE token)
{
    union {
        TOKEN_USER user;
        uint8_t room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info;
    DWORD size;

    if (!imports_advapi32()->GetTokenInformation(token, TokenUser, &info, sizeof(info), &size))
        return NULL;
    return name_of_sid(info.user.User.Sid);
}

/* The name of who is at the other end of a local connection; found out once. */
static const WCHAR *peer_name(struct server_call *call)
{
    struct server_conn *conn = call->conn;
    WCHAR *name = conn->client_name, *first;
    HANDLE token;

    if (name || server_call_token(call, &token))
        return name;
    name = name_of_token(token);
    CloseHandle(token);
    first = InterlockedCompareExchangePointer((void **)&conn->client_name, name, NULL);
    if (!first)
        return name;
    rpc_free(name);
    return first;
}

/* The system's own authentication on ncalrpc: RpcServerRegisterAuthInfo is not needed for it. */
static struct server_identity peer_identity(void)
{
    const struct auth_service *service = auth_service_find(RPC_C_AUTHN_WINNT);

    return (struct server_identity){
        .service = RPC_C_AUTHN_WINNT,
        .level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
        .server = service ? service->principal : NULL,
    };
}

RPC_STATUS server_call_identity(struct server_call *call, struct server_identity *identity)
{
    struct security_context *context = context_of(call);

    if (!context && !is_vouched_for(call))
        return RPC_S_BINDING_HAS_NO_AUTH;
    if (!context) {
        *identity = peer_identity();
        return RPC_S_OK;
    }
    *identity = (struct server_identity){
        .service = context->room.type,
        .level = context->room.level,
        .server = call->conn->service->principal,
    };
    return RPC_S_OK;
}

const WCHAR *server_call_client_name(struct server_call *call)
{
    struct security_context *context = context_of(call);

    if (context)
        return security_context_name(context);
    return is_vouched_for(call) ? peer_name(call) : NULL;
}
