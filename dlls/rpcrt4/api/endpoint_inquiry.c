/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking through endpoint maps: rpcdce.h's RpcMgmtEpEltInq… functions, after the Windows SDK's
 * page of each and C706's of rpc_mgmt_ep_elt_inq_begin(). */
#include "client/endpoint_inquiry.h"
#include "api/binding.h"
#include "api/strings.h"
#include "platform/memory.h"

static bool matches_interface(ULONG type)
{
    return type == RPC_C_EP_MATCH_BY_IF || type == RPC_C_EP_MATCH_BY_BOTH;
}

static bool matches_object(ULONG type)
{
    return type == RPC_C_EP_MATCH_BY_OBJ || type == RPC_C_EP_MATCH_BY_BOTH;
}

static RPC_STATUS make_query(ULONG type, const RPC_IF_ID *id, ULONG vers_option, const UUID *object,
                             struct endpoint_query *query)
{
    *query = (struct endpoint_query){.type = type, .vers_option = RPC_C_VERS_ALL};
    if (type > RPC_C_EP_MATCH_BY_BOTH)
        return RPC_S_INVALID_ARG;
    if (matches_interface(type)) {
        if (!id)
            return RPC_S_INVALID_ARG;
        if (vers_option < RPC_C_VERS_ALL || vers_option > RPC_C_VERS_UPTO)
            return RPC_S_INVALID_VERS_OPTION;
        memcpy(&query->iface, id, sizeof(query->iface));
        query->vers_option = vers_option;
    }
    if (matches_object(type) && object)
        query->object = *object;
    return RPC_S_OK;
}

/* The object UUID of the binding must be nil: C706. */
static RPC_STATUS begin_at(RPC_BINDING_HANDLE handle, const struct endpoint_query *query,
                           void **inquiry)
{
    static const UUID nil;
    struct binding *where;
    RPC_STATUS status = client_binding_of(handle, &where);
    bool has_object;

    if (status)
        return status;
    AcquireSRWLockShared(&where->lock);
    has_object = memcmp(&where->object_uuid, &nil, sizeof(nil)) != 0;
    ReleaseSRWLockShared(&where->lock);
    status = has_object ? EPT_S_CANT_PERFORM_OP : endpoint_inquiry_begin(where, query, inquiry);
    binding_release(where);
    return status;
}

/***********************************************************************
 *           RpcMgmtEpEltInqBegin   (RPCRT4.@)
 *
 * Begins to look through the endpoint map of the machine that ep_binding names, on its protocol
 * sequence (NULL: this machine's). vers_option and id count where type matches by interface, object
 * where it matches by object. RPC_S_INVALID_ARG, RPC_S_INVALID_VERS_OPTION, RPC_S_INVALID_BINDING,
 * RPC_S_WRONG_KIND_OF_BINDING, EPT_S_CANT_PERFORM_OP (ep_binding has an object UUID),
 * RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcMgmtEpEltInqBegin(RPC_BINDING_HANDLE ep_binding, ULONG type, RPC_IF_ID *id,
                                       ULONG vers_option, UUID *object, RPC_EP_INQ_HANDLE *inquiry)
{
    struct endpoint_query query;
    RPC_STATUS status;
    void *handle;

    if (!inquiry)
        return RPC_S_INVALID_ARG;
    *inquiry = NULL;
    status = make_query(type, id, vers_option, object, &query);
    if (status)
        return status;
    status = ep_binding ? begin_at(ep_binding, &query, &handle)
                        : endpoint_inquiry_begin(NULL, &query, &handle);
    if (!status)
        *inquiry = handle;
    return status;
}

static RPC_STATUS next_element(RPC_EP_INQ_HANDLE handle, bool wants_binding,
                               struct endpoint_element *element)
{
    struct endpoint_inquiry *inquiry = endpoint_inquiry_from_handle(handle);
    RPC_STATUS status;

    if (!inquiry)
        return RPC_S_INVALID_ARG;
    status = endpoint_inquiry_next(inquiry, wants_binding, element);
    endpoint_inquiry_release(inquiry);
    return status;
}

/***********************************************************************
 *           RpcMgmtEpEltInqNextA   (RPCRT4.@)
 *
 * The next element: RpcBindingFree and RpcStringFree free what comes with it; all but id may be
 * NULL. RPC_X_NO_MORE_ENTRIES, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY, EPT_S_CANT_PERFORM_OP (the
 * mapper does not let one look, as Wine's), RPC_S_SERVER_UNAVAILABLE, and what a call can fail
 * with.
 */
RPC_STATUS WINAPI RpcMgmtEpEltInqNextA(RPC_EP_INQ_HANDLE inquiry, RPC_IF_ID *id,
                                       RPC_BINDING_HANDLE *binding, UUID *object,
                                       RPC_CSTR *annotation)
{
    struct endpoint_element element;
    RPC_STATUS status;

    if (!id)
        return RPC_S_INVALID_ARG;
    status = next_element(inquiry, binding != NULL, &element);
    if (status)
        return status;
    memcpy(id, &element.iface, sizeof(*id));
    if (binding)
        *binding = element.binding->object.handle;
    if (object)
        *object = element.object;
    if (annotation)
        *annotation = element.annotation;
    else
        rpc_free(element.annotation);
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcMgmtEpEltInqNextW   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcMgmtEpEltInqNextW(RPC_EP_INQ_HANDLE inquiry, RPC_IF_ID *id,
                                       RPC_BINDING_HANDLE *binding, UUID *object,
                                       RPC_WSTR *annotation)
{
    RPC_CSTR ansi;
    RPC_STATUS status = RpcMgmtEpEltInqNextA(inquiry, id, binding, object,
                                             annotation ? &ansi : NULL);

    if (status || !annotation)
        return status;
    status = string_to_wide(ansi, annotation);
    rpc_free(ansi);
    if (status && binding)
        RpcBindingFree(binding);
    return status;
}

/***********************************************************************
 *           RpcMgmtEpEltInqDone   (RPCRT4.@)
 *
 * RPC_S_INVALID_ARG: it is no inquiry (any more).
 */
RPC_STATUS WINAPI RpcMgmtEpEltInqDone(RPC_EP_INQ_HANDLE *handle)
{
    struct endpoint_inquiry *inquiry = handle ? endpoint_inquiry_from_handle(*handle) : NULL;
    bool ended;

    if (!inquiry)
        return RPC_S_INVALID_ARG;
    ended = endpoint_inquiry_end(inquiry);
    endpoint_inquiry_release(inquiry);
    *handle = NULL;
    return ended ? RPC_S_OK : RPC_S_INVALID_ARG;
}
