/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Object types: see object_type.h. Windows SDK, RpcObjectSetType, RpcObjectInqType,
 * RpcObjectSetInqFn. */
#include "server/object_type.h"
#include "platform/list.h"
#include "platform/memory.h"

struct object_type {
    struct list entry;
    UUID object, type;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct list types = {&types, &types};
static RPC_OBJECT_INQ_FN *inquiry;
static const UUID nil;

static bool is_nil(const UUID *uuid)
{
    return !uuid || !memcmp(uuid, &nil, sizeof(nil));
}

static struct object_type *find(const UUID *object)
{
    LIST_FOR_EACH(known, &types, struct object_type, entry) {
        if (!memcmp(&known->object, object, sizeof(*object)))
            return known;
    }
    return NULL;
}

/* With the lock held. */
static RPC_STATUS set(const UUID *object, const UUID *type)
{
    struct object_type *known = find(object);

    if (is_nil(type)) {
        if (!known)
            return RPC_S_OBJECT_NOT_FOUND;
        list_remove(&known->entry);
        rpc_free(known);
        return RPC_S_OK;
    }
    if (known)
        return RPC_S_ALREADY_REGISTERED;
    if (!(known = rpc_alloc(sizeof(*known))))
        return RPC_S_OUT_OF_MEMORY;
    known->object = *object;
    known->type = *type;
    list_append(&types, &known->entry);
    return RPC_S_OK;
}

RPC_STATUS object_type_set(const UUID *object, const UUID *type)
{
    RPC_STATUS status;

    if (is_nil(object))
        return RPC_S_INVALID_OBJECT;
    AcquireSRWLockExclusive(&lock);
    status = set(object, type);
    ReleaseSRWLockExclusive(&lock);
    return status;
}

RPC_STATUS object_type_inquire(const UUID *object, UUID *type)
{
    RPC_STATUS status = RPC_S_OBJECT_NOT_FOUND;
    struct object_type *known;
    RPC_OBJECT_INQ_FN *ask;

    *type = nil;
    AcquireSRWLockShared(&lock);
    ask = inquiry;
    if ((known = find(object))) {
        *type = known->type;
        status = RPC_S_OK;
    }
    ReleaseSRWLockShared(&lock);
    if (status && ask)
        ask((UUID *)object, type, &status);
    return status;
}

void object_type_of(const UUID *object, UUID *type)
{
    if (is_nil(object) || object_type_inquire(object, type))
        *type = nil;
}

void object_type_set_inquiry(RPC_OBJECT_INQ_FN *function)
{
    AcquireSRWLockExclusive(&lock);
    inquiry = function;
    ReleaseSRWLockExclusive(&lock);
}
