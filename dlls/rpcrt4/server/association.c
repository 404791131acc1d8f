/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Association groups: see association.h. C706 9.3.3, [MS-RPCE] 3.3.2.1.2. */
#include "server/association.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/call.h"

static SRWLOCK lock = SRWLOCK_INIT;
static struct list groups = {&groups, &groups};
static uint32_t last_group_id;
static void (*run_down)(void *slot);

void server_association_set_rundown(void (*rundown)(void *slot))
{
    run_down = rundown;
}

static struct server_association *find(const void *endpoint, uint32_t group_id)
{
    LIST_FOR_EACH(group, &groups, struct server_association, entry) {
        if (group->endpoint == endpoint && group->group_id == group_id)
            return group;
    }
    return NULL;
}

static uint32_t fresh_id(const void *endpoint)
{
    do
        last_group_id++;
    while (!last_group_id || find(endpoint, last_group_id));
    return last_group_id;
}

static struct server_association *make(const void *endpoint, const WCHAR *machine, uint32_t group_id)
{
    size_t size = (wcslen(machine) + 1) * sizeof(*machine);
    struct server_association *group = rpc_alloc_zero(sizeof(*group) + size);

    if (!group)
        return NULL;
    group->endpoint = endpoint;
    group->group_id = group_id;
    memcpy(group->machine, machine, size);
    InitializeSRWLock(&group->context_lock);
    list_append(&groups, &group->entry);
    return group;
}

struct server_association *server_association_find(const void *endpoint, const WCHAR *machine, uint32_t group_id)
{
    struct server_association *group;

    AcquireSRWLockExclusive(&lock);
    group = group_id ? find(endpoint, group_id) : NULL;
    if (group && wcscmp(group->machine, machine)) {
        group = NULL;
        group_id = 0;
    }
    if (!group)
        group = make(endpoint, machine, group_id ? group_id : fresh_id(endpoint));
    if (group)
        group->refs++;
    ReleaseSRWLockExclusive(&lock);
    return group;
}

void server_association_addref(struct server_association *group)
{
    AcquireSRWLockExclusive(&lock);
    group->refs++;
    ReleaseSRWLockExclusive(&lock);
}

void server_association_release(struct server_association *group)
{
    bool last;

    AcquireSRWLockExclusive(&lock);
    last = --group->refs == 0;
    if (last)
        list_remove(&group->entry);
    ReleaseSRWLockExclusive(&lock);
    if (!last)
        return;
    TRACE("association group %u ends", (unsigned)group->group_id);
    if (group->context_slot && run_down)
        run_down(group->context_slot);
    rpc_free(group);
}

void **server_call_context_slot(RPC_BINDING_HANDLE handle, SRWLOCK **context_lock)
{
    struct server_call *call = server_call_from_handle(handle);
    struct server_association *group;

    if (!call)
        return NULL;
    group = call->association;
    server_call_release(call); /* the caller's thread works for the call, which keeps it alive */
    *context_lock = &group->context_lock;
    return &group->context_slot;
}
