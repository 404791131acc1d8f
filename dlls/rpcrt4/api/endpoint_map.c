/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registering endpoints in endpoint maps, and resolving bindings with them: rpcdce.h's RpcEp…
 * functions and RpcMgmtEpUnregister, after the Windows SDK's page of each. Looking through a map is
 * api/endpoint_inquiry.c's. */
#include "client/endpoint_map.h"
#include "api/binding.h"
#include "api/strings.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "wire/epm.h"

/* Counts come from callers. */
static void *alloc_array(ULONG count, size_t size)
{
    return count <= INT32_MAX / size ? rpc_alloc_zero(count * size) : NULL;
}

/* ---- what to register ---- */

static void release_bindings(struct binding **bindings, unsigned count)
{
    while (count)
        binding_release(bindings[--count]);
    rpc_free(bindings);
}

/* The vector's handles; NULL ones are left out. */
static RPC_STATUS collect_bindings(const RPC_BINDING_VECTOR *vector, struct binding ***result,
                                   unsigned *count)
{
    struct binding **bindings;
    RPC_STATUS status = RPC_S_OK;

    *count = 0;
    if (!vector || !vector->Count)
        return RPC_S_NO_BINDINGS;
    if (!(bindings = alloc_array(vector->Count, sizeof(*bindings))))
        return RPC_S_OUT_OF_MEMORY;
    for (ULONG i = 0; !status && i < vector->Count; i++) {
        if (!vector->BindingH[i])
            continue;
        status = client_binding_of(vector->BindingH[i], &bindings[*count]);
        if (!status)
            ++*count;
    }
    if (!status && !*count)
        status = RPC_S_NO_BINDINGS;
    if (status)
        release_bindings(bindings, *count);
    *result = bindings;
    return status;
}

/* The vector's UUIDs; the nil one if there is none. For rpc_free(). */
static UUID *collect_objects(const UUID_VECTOR *vector, unsigned *count)
{
    ULONG room = vector && vector->Count ? vector->Count : 1;
    UUID *objects = alloc_array(room, sizeof(*objects));

    *count = 0;
    if (!objects)
        return NULL;
    for (ULONG i = 0; vector && i < vector->Count; i++) {
        if (vector->Uuid[i])
            objects[(*count)++] = *vector->Uuid[i];
    }
    if (!*count)
        *count = 1;
    return objects;
}

enum change {
    CHANGE_REPLACE,
    CHANGE_ADD,
    CHANGE_DELETE,
};

static RPC_STATUS apply(const struct endpoint_map_entries *entries, enum change change)
{
    if (change == CHANGE_DELETE)
        return endpoint_map_delete(entries);
    return endpoint_map_insert(entries, change == CHANGE_REPLACE);
}

static RPC_STATUS change_map(RPC_IF_HANDLE spec, const RPC_BINDING_VECTOR *vector,
                             const UUID_VECTOR *uuids, RPC_CSTR annotation, enum change change)
{
    const RPC_SERVER_INTERFACE *iface = spec; /* a client's begins alike */
    struct endpoint_map_entries entries = {.annotation = annotation ? (const char *)annotation
                                                                    : ""};
    struct binding **bindings;
    UUID *objects;
    RPC_STATUS status;

    if (!iface)
        return RPC_S_UNKNOWN_IF;
    if (strlen(entries.annotation) >= EPM_ANNOTATION_MAX)
        return RPC_S_STRING_TOO_LONG;
    memcpy(&entries.iface, &iface->InterfaceId, sizeof(entries.iface));
    entries.syntax_count = interface_syntaxes(spec, entries.syntaxes);
    status = collect_bindings(vector, &bindings, &entries.binding_count);
    if (status)
        return status;
    entries.bindings = bindings;
    entries.objects = objects = collect_objects(uuids, &entries.object_count);
    status = objects ? apply(&entries, change) : RPC_S_OUT_OF_MEMORY;
    TRACE("%s v%u.%u, %u bindings, %u objects: %s", trace_uuid(&iface->InterfaceId.SyntaxGUID),
          entries.iface.major, entries.iface.minor, entries.binding_count, entries.object_count,
          trace_status(status));
    rpc_free(objects);
    release_bindings(bindings, entries.binding_count);
    return status;
}

static RPC_STATUS change_map_wide(RPC_IF_HANDLE spec, const RPC_BINDING_VECTOR *vector,
                                  const UUID_VECTOR *uuids, RPC_WSTR annotation, enum change change)
{
    unsigned char *ansi;
    RPC_STATUS status = string_to_ansi(annotation, &ansi);

    if (!status)
        status = change_map(spec, vector, uuids, ansi, change);
    rpc_free(ansi);
    return status;
}

/***********************************************************************
 *           RpcEpRegisterA   (RPCRT4.@)
 *
 * Adds an interface's endpoints to this machine's endpoint map, in place of those that differ in
 * their endpoint only: every binding with every object (uuids NULL: none). annotation, which may be
 * NULL, has less than 64 characters. RPC_S_NO_BINDINGS, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, EPT_S_INVALID_ENTRY (a binding without an endpoint),
 * RPC_S_STRING_TOO_LONG, RPC_S_UNKNOWN_IF, RPC_S_OUT_OF_MEMORY, RPC_S_SERVER_UNAVAILABLE (no
 * mapper), and what the mapper answers.
 */
RPC_STATUS WINAPI RpcEpRegisterA(RPC_IF_HANDLE spec, RPC_BINDING_VECTOR *bindings,
                                 UUID_VECTOR *uuids, RPC_CSTR annotation)
{
    return change_map(spec, bindings, uuids, annotation, CHANGE_REPLACE);
}

/***********************************************************************
 *           RpcEpRegisterW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcEpRegisterW(RPC_IF_HANDLE spec, RPC_BINDING_VECTOR *bindings,
                                 UUID_VECTOR *uuids, RPC_WSTR annotation)
{
    return change_map_wide(spec, bindings, uuids, annotation, CHANGE_REPLACE);
}

/***********************************************************************
 *           RpcEpRegisterNoReplaceA   (RPCRT4.@)
 *
 * As RpcEpRegisterA, beside what is there.
 */
RPC_STATUS WINAPI RpcEpRegisterNoReplaceA(RPC_IF_HANDLE spec, RPC_BINDING_VECTOR *bindings,
                                          UUID_VECTOR *uuids, RPC_CSTR annotation)
{
    return change_map(spec, bindings, uuids, annotation, CHANGE_ADD);
}

/***********************************************************************
 *           RpcEpRegisterNoReplaceW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcEpRegisterNoReplaceW(RPC_IF_HANDLE spec, RPC_BINDING_VECTOR *bindings,
                                          UUID_VECTOR *uuids, RPC_WSTR annotation)
{
    return change_map_wide(spec, bindings, uuids, annotation, CHANGE_ADD);
}

/***********************************************************************
 *           RpcEpUnregister   (RPCRT4.@)
 *
 * Takes away what RpcEpRegister has added. EPT_S_NOT_REGISTERED if nothing of it is there;
 * otherwise as RpcEpRegisterA.
 */
RPC_STATUS WINAPI RpcEpUnregister(RPC_IF_HANDLE spec, RPC_BINDING_VECTOR *bindings,
                                  UUID_VECTOR *uuids)
{
    return change_map(spec, bindings, uuids, NULL, CHANGE_DELETE);
}

/***********************************************************************
 *           RpcEpResolveBinding   (RPCRT4.@)
 *
 * Makes a partially bound handle a fully bound one: with the interface's own endpoint for its
 * protocol sequence, or one that the server's machine has in its endpoint map.
 * RPC_S_INVALID_BINDING, RPC_S_WRONG_KIND_OF_BINDING, RPC_S_UNKNOWN_IF (spec is NULL),
 * EPT_S_NOT_REGISTERED, RPC_S_SERVER_UNAVAILABLE (no mapper), and what a call can fail with.
 */
RPC_STATUS WINAPI RpcEpResolveBinding(RPC_BINDING_HANDLE handle, RPC_IF_HANDLE spec)
{
    struct binding *binding;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    status = spec ? binding_resolve(binding, spec) : RPC_S_UNKNOWN_IF;
    TRACE("%p: %s", handle, trace_status(status));
    binding_release(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtEpUnregister   (RPCRT4.@)
 *
 * Takes an element out of the endpoint map of the machine that ep_binding names (NULL: this one),
 * whichever server it belongs to. object NULL: the nil UUID's or anybody's. RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, RPC_S_UNKNOWN_IF, EPT_S_NOT_REGISTERED, EPT_S_CANT_PERFORM_OP (the
 * mapper does not let one do that, as Wine's), RPC_S_SERVER_UNAVAILABLE.
 */
RPC_STATUS WINAPI RpcMgmtEpUnregister(RPC_BINDING_HANDLE ep_binding, RPC_IF_ID *id,
                                      RPC_BINDING_HANDLE handle, UUID *object)
{
    struct binding *where = NULL, *binding;
    struct wire_syntax iface;
    RPC_STATUS status = client_binding_of(handle, &binding);

    if (status)
        return status;
    if (!id)
        status = RPC_S_UNKNOWN_IF;
    if (!status && ep_binding)
        status = client_binding_of(ep_binding, &where);
    if (!status) {
        memcpy(&iface, id, sizeof(iface));
        status = endpoint_map_remove(where, &iface, binding, object);
    }
    if (where)
        binding_release(where);
    binding_release(binding);
    return status;
}
