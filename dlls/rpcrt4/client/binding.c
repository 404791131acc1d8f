/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client binding handles: see binding.h. */
#include "client/binding.h"
#include "platform/memory.h"
#include "platform/trace.h"

/* What RPC_C_BINDING_DEFAULT_TIMEOUT stands for. */
#define DEFAULT_CONNECT_MS 30000

static WCHAR *copy_string(const WCHAR *s)
{
    size_t size = s ? (wcslen(s) + 1) * sizeof(*s) : sizeof(*s);
    WCHAR *copy = rpc_alloc(size);

    if (!copy)
        return NULL;
    if (s)
        memcpy(copy, s, size);
    else
        *copy = 0;
    return copy;
}

static void binding_destroy(struct object *object)
{
    struct binding *binding = CONTAINER_OF(object, struct binding, object);

    if (binding->association)
        association_unuse(binding->association);
    auth_info_release(binding->auth);
    rpc_free(binding->network_addr);
    rpc_free(binding->endpoint);
    rpc_free(binding->options);
    rpc_free(binding);
}

RPC_STATUS binding_create(const WCHAR *protseq, const WCHAR *network_addr, const WCHAR *endpoint, const WCHAR *options,
                          const UUID *object_uuid, struct binding **result)
{
    const struct transport *transport = transport_find(protseq);
    struct binding *binding;

    if (!transport)
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    if (endpoint && *endpoint && !transport_endpoint_is_valid(transport, endpoint))
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    if (!(binding = rpc_alloc_zero(sizeof(*binding))))
        return RPC_S_OUT_OF_MEMORY;
    object_init(&binding->object, OBJECT_BINDING, binding_destroy);
    InitializeSRWLock(&binding->lock);
    list_init(&binding->unresolved);
    binding->transport = transport;
    binding->com_timeout = RPC_C_BINDING_DEFAULT_TIMEOUT;
    if (object_uuid)
        binding->object_uuid = *object_uuid;
    binding->network_addr = copy_string(network_addr);
    binding->endpoint = copy_string(endpoint);
    binding->options = copy_string(options);
    if (!binding->network_addr || !binding->endpoint || !binding->options || !handle_open(&binding->object)) {
        object_release(&binding->object);
        return RPC_S_OUT_OF_MEMORY;
    }
    *result = binding;
    return RPC_S_OK;
}

RPC_STATUS binding_copy(struct binding *source, struct binding **copy)
{
    RPC_STATUS status;

    AcquireSRWLockShared(&source->lock);
    status = binding_create(source->transport->protseq, source->network_addr, source->endpoint, source->options,
                            &source->object_uuid, copy);
    if (!status) {
        (*copy)->endpoint_was_resolved = source->endpoint_was_resolved;
        (*copy)->com_timeout = source->com_timeout;
        memcpy((*copy)->option, source->option, sizeof(source->option));
        auth_info_addref(source->auth);
        (*copy)->auth = source->auth;
        if (source->association) {
            association_use(source->association);
            (*copy)->association = source->association;
        }
    }
    ReleaseSRWLockShared(&source->lock);
    return status;
}

struct binding *binding_from_handle(RPC_BINDING_HANDLE handle)
{
    struct object *object = handle_ref(handle, OBJECT_BINDING);

    return object ? CONTAINER_OF(object, struct binding, object) : NULL;
}

void binding_release(struct binding *binding)
{
    object_release(&binding->object);
}

void binding_leave(struct binding *binding)
{
    struct association *association;

    AcquireSRWLockExclusive(&binding->lock);
    association = binding->association;
    binding->association = NULL;
    ReleaseSRWLockExclusive(&binding->lock);
    if (association)
        association_unuse(association);
}

RPC_STATUS binding_reset(struct binding *binding)
{
    WCHAR *none = copy_string(NULL), *old;

    if (!none)
        return RPC_S_OUT_OF_MEMORY;
    AcquireSRWLockExclusive(&binding->lock);
    old = binding->endpoint;
    binding->endpoint = none;
    binding->endpoint_was_resolved = false;
    ReleaseSRWLockExclusive(&binding->lock);
    rpc_free(old);
    binding_leave(binding);
    return RPC_S_OK;
}

bool binding_has_endpoint(struct binding *binding)
{
    bool has;

    AcquireSRWLockShared(&binding->lock);
    has = *binding->endpoint != 0;
    ReleaseSRWLockShared(&binding->lock);
    return has;
}

RPC_STATUS binding_set_endpoint(struct binding *binding, const WCHAR *endpoint)
{
    WCHAR *copy;

    if (!transport_endpoint_is_valid(binding->transport, endpoint))
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    if (!(copy = copy_string(endpoint)))
        return RPC_S_OUT_OF_MEMORY;
    AcquireSRWLockExclusive(&binding->lock);
    if (!*binding->endpoint) {
        WCHAR *old = binding->endpoint;

        binding->endpoint = copy;
        binding->endpoint_was_resolved = true;
        copy = old;
    }
    ReleaseSRWLockExclusive(&binding->lock);
    rpc_free(copy);
    return RPC_S_OK;
}

RPC_STATUS binding_get_association(struct binding *binding, struct association **association)
{
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&binding->lock);
    if (!binding->association) {
        struct association_key key = {
            .transport = binding->transport,
            .network_addr = binding->network_addr,
            .endpoint = binding->endpoint,
            .options = binding->options,
            .unique = binding->option[RPC_C_OPT_UNIQUE_BINDING] ? binding : NULL,
        };

        status = association_find(&key, &binding->association);
    }
    if (!status) {
        association_addref(binding->association);
        *association = binding->association;
    }
    ReleaseSRWLockExclusive(&binding->lock);
    return status;
}

void binding_set_auth(struct binding *binding, struct auth_info *auth)
{
    struct auth_info *old;

    AcquireSRWLockExclusive(&binding->lock);
    old = binding->auth;
    binding->auth = auth;
    ReleaseSRWLockExclusive(&binding->lock);
    auth_info_release(old);
}

struct auth_info *binding_get_auth(struct binding *binding)
{
    struct auth_info *auth;

    AcquireSRWLockShared(&binding->lock);
    auth = binding->auth;
    auth_info_addref(auth);
    ReleaseSRWLockShared(&binding->lock);
    return auth;
}

DWORD binding_connect_timeout(struct binding *binding)
{
    ULONG timeout = binding->com_timeout;

    /* The values are relative ones (RpcMgmtSetComTimeout); RPC_C_BINDING_DEFAULT_TIMEOUT is in the middle. */
    if (timeout >= RPC_C_BINDING_INFINITE_TIMEOUT)
        return INFINITE;
    return DEFAULT_CONNECT_MS * (timeout + 1) / (RPC_C_BINDING_DEFAULT_TIMEOUT + 1);
}

DWORD binding_call_timeout(struct binding *binding)
{
    ULONG_PTR timeout = binding->option[RPC_C_OPT_CALL_TIMEOUT];

    return timeout && timeout < INFINITE ? (DWORD)timeout : INFINITE;
}

bool binding_is_noncausal(struct binding *binding)
{
    return binding->option[RPC_C_OPT_BINDING_NONCAUSAL] != 0;
}
