/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces and the listening state: see registry.h. Object types are server/object_type.c's. */
#include "server/registry.h"
#include "call/syntax.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "server/access.h"
#include "server/object_type.h"

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT; /* what registry_remove() or registry_wait_listen() waits for */
static struct list interfaces = {&interfaces, &interfaces};
static unsigned generation;
static bool listening, was_listening;
static unsigned listen_max_calls;
static unsigned listen_active; /* calls of interfaces that are not auto-listen */

static void release(struct server_interface *iface)
{
    if (InterlockedDecrement(&iface->refs))
        return;
    rpc_free(iface->descriptor);
    rpc_free(iface);
}

static bool is_same_interface(const struct server_interface *iface, const struct wire_syntax *id)
{
    return wire_syntax_equal(&iface->id, id);
}

static bool serves(const struct server_interface *iface, const struct wire_syntax *wanted)
{
    return wire_uuid_equal(&iface->id.uuid, &wanted->uuid) && iface->id.major == wanted->major &&
           iface->id.minor >= wanted->minor;
}

static bool is_type(const struct server_interface *iface, const UUID *type)
{
    static const UUID nil;

    return !memcmp(&iface->manager_type, type ? type : &nil, sizeof(UUID));
}

static struct server_interface *find(const struct wire_syntax *id, const UUID *type)
{
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry) {
        if (is_same_interface(iface, id) && is_type(iface, type))
            return iface;
    }
    return NULL;
}

static struct server_interface *make(const struct registration *registration)
{
    struct server_interface *iface = rpc_alloc_zero(sizeof(*iface));

    if (iface && registration->descriptor && !(iface->descriptor = access_copy_descriptor(registration->descriptor))) {
        rpc_free(iface);
        iface = NULL;
    }
    if (!iface)
        return NULL;
    iface->refs = 1;
    iface->spec = registration->spec;
    memcpy(&iface->id, &registration->spec->InterfaceId, sizeof(iface->id));
    if (registration->manager_type)
        iface->manager_type = *registration->manager_type;
    iface->manager = registration->manager;
    iface->flags = registration->flags;
    iface->max_calls = registration->max_calls;
    iface->max_rpc_size = registration->max_rpc_size;
    iface->callback = registration->callback;
    iface->is_own = registration->is_own;
    return iface;
}

RPC_STATUS registry_add(const struct registration *registration)
{
    struct server_interface *iface;
    RPC_STATUS status = RPC_S_OK;

    if (!registration->spec || registration->spec->Length < sizeof(*registration->spec))
        return RPC_S_INVALID_ARG;
    if (!(iface = make(registration)))
        return RPC_S_OUT_OF_MEMORY;
    AcquireSRWLockExclusive(&lock);
    if (find(&iface->id, &iface->manager_type)) {
        status = RPC_S_TYPE_ALREADY_REGISTERED;
    } else {
        iface->generation = ++generation;
        list_append(&interfaces, &iface->entry);
    }
    ReleaseSRWLockExclusive(&lock);
    if (status)
        release(iface);
    return status;
}

static bool is_to_be_removed(const struct server_interface *iface, RPC_SERVER_INTERFACE *spec, const UUID *type)
{
    struct wire_syntax id;

    if (iface->is_own)
        return false;
    if (!spec)
        return !(iface->flags & RPC_IF_AUTOLISTEN);
    memcpy(&id, &spec->InterfaceId, sizeof(id));
    return is_same_interface(iface, &id) && (!type || is_type(iface, type));
}

static bool any_active(const struct list *removed)
{
    LIST_FOR_EACH(iface, removed, struct server_interface, entry) {
        if (iface->active)
            return true;
    }
    return false;
}

RPC_STATUS registry_remove(RPC_SERVER_INTERFACE *spec, const UUID *type, bool wait)
{
    struct list removed;
    RPC_STATUS status = RPC_S_OK;

    list_init(&removed);
    AcquireSRWLockExclusive(&lock);
    LIST_FOR_EACH_SAFE(iface, &interfaces, struct server_interface, entry) {
        if (!is_to_be_removed(iface, spec, type))
            continue;
        list_remove(&iface->entry);
        list_append(&removed, &iface->entry);
        iface->is_awaited = wait;
    }
    if (list_is_empty(&removed) && spec)
        status = type ? RPC_S_UNKNOWN_MGR_TYPE : RPC_S_UNKNOWN_IF;
    while (wait && any_active(&removed))
        SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
    ReleaseSRWLockExclusive(&lock);
    while (!list_is_empty(&removed)) {
        struct server_interface *iface = LIST_FIRST(&removed, struct server_interface, entry);

        list_remove(&iface->entry);
        release(iface);
    }
    return status;
}

RPC_STATUS registry_manager(RPC_SERVER_INTERFACE *spec, const UUID *type, RPC_MGR_EPV **manager)
{
    RPC_STATUS status = RPC_S_UNKNOWN_IF;
    struct wire_syntax id;

    memcpy(&id, &spec->InterfaceId, sizeof(id));
    AcquireSRWLockShared(&lock);
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry) {
        if (!is_same_interface(iface, &id))
            continue;
        status = RPC_S_UNKNOWN_MGR_TYPE;
        if (is_type(iface, type)) {
            *manager = iface->manager ? iface->manager : iface->spec->DefaultManagerEpv;
            status = RPC_S_OK;
            break;
        }
    }
    ReleaseSRWLockShared(&lock);
    return status;
}

bool registry_knows(const struct wire_syntax *wanted)
{
    bool known = false;

    AcquireSRWLockShared(&lock);
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry)
        known = known || serves(iface, wanted);
    ReleaseSRWLockShared(&lock);
    return known;
}

/* The interface's entry for a transfer syntax. False: it does not speak it. */
static bool find_syntax(const struct server_interface *iface, const struct wire_syntax *transfer,
                        struct interface_syntax *found)
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned count = server_interface_syntaxes(iface->spec, syntaxes);

    for (unsigned i = 0; i < count; i++) {
        if (wire_syntax_equal(wire_syntax_of(syntaxes[i].id), transfer)) {
            *found = syntaxes[i];
            return true;
        }
    }
    return false;
}

RPC_DISPATCH_TABLE *registry_dispatch_table(const struct server_interface *iface, const struct wire_syntax *transfer)
{
    struct interface_syntax syntax;

    return find_syntax(iface, transfer, &syntax) ? syntax.dispatch_table : NULL;
}

bool registry_speaks(const struct wire_syntax *wanted, const struct wire_syntax *transfer)
{
    struct interface_syntax syntax;
    bool speaks = false;

    AcquireSRWLockShared(&lock);
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry)
        speaks = speaks || (serves(iface, wanted) && find_syntax(iface, transfer, &syntax));
    ReleaseSRWLockShared(&lock);
    return speaks;
}

/* The registration of the object's type. With the lock held. */
static RPC_STATUS choose(const struct wire_syntax *wanted, const UUID *type, struct server_interface **chosen)
{
    bool known = false;

    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry) {
        if (!serves(iface, wanted))
            continue;
        known = true;
        if (iface->is_own || is_type(iface, type)) {
            *chosen = iface;
            return RPC_S_OK;
        }
    }
    return known ? RPC_S_UNSUPPORTED_TYPE : RPC_S_UNKNOWN_IF;
}

/* Is there room for one more call? With the lock held. */
static RPC_STATUS admit(const struct server_interface *iface)
{
    if (iface->flags & RPC_IF_AUTOLISTEN)
        return iface->active < iface->max_calls ? RPC_S_OK : RPC_S_SERVER_TOO_BUSY;
    if (!listening)
        return RPC_S_NOT_LISTENING;
    return listen_active < listen_max_calls ? RPC_S_OK : RPC_S_SERVER_TOO_BUSY;
}

RPC_STATUS registry_begin_call(const struct wire_syntax *wanted, const UUID *object, struct server_interface **result)
{
    struct server_interface *iface = NULL;
    RPC_STATUS status;
    UUID type;

    object_type_of(object, &type);
    AcquireSRWLockExclusive(&lock);
    status = choose(wanted, &type, &iface);
    if (!status)
        status = admit(iface);
    if (!status) {
        iface->refs++;
        iface->active++;
        if (!(iface->flags & RPC_IF_AUTOLISTEN))
            listen_active++;
    }
    ReleaseSRWLockExclusive(&lock);
    *result = iface;
    return status;
}

void registry_end_call(struct server_interface *iface)
{
    bool awaited;

    AcquireSRWLockExclusive(&lock);
    iface->active--;
    if (!(iface->flags & RPC_IF_AUTOLISTEN))
        listen_active--;
    awaited = (iface->is_awaited && !iface->active) || (!listening && !listen_active);
    ReleaseSRWLockExclusive(&lock);
    if (awaited)
        WakeAllConditionVariable(&changed);
    release(iface);
}

uint32_t registry_max_rpc_size(const struct wire_syntax *wanted)
{
    uint32_t most = 0;

    AcquireSRWLockShared(&lock);
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry) {
        if (serves(iface, wanted) && iface->max_rpc_size > most)
            most = iface->max_rpc_size;
    }
    ReleaseSRWLockShared(&lock);
    return most;
}

/* An interface is registered once for each type. */
static bool is_listed(const struct server_interface *iface)
{
    LIST_FOR_EACH(earlier, &interfaces, struct server_interface, entry) {
        if (earlier == iface)
            break;
        if (is_same_interface(earlier, &iface->id))
            return true;
    }
    return iface->is_own;
}

unsigned registry_list(struct wire_syntax *ids, unsigned room)
{
    unsigned count = 0;

    AcquireSRWLockShared(&lock);
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry) {
        if (is_listed(iface))
            continue;
        if (count < room)
            ids[count] = iface->id;
        count++;
    }
    ReleaseSRWLockShared(&lock);
    return count;
}

/* ---- listening ---- */

RPC_STATUS registry_listen(unsigned max_calls)
{
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&lock);
    if (listening) {
        status = RPC_S_ALREADY_LISTENING;
    } else {
        listening = was_listening = true;
        listen_max_calls = max_calls;
    }
    ReleaseSRWLockExclusive(&lock);
    return status;
}

RPC_STATUS registry_stop_listening(void)
{
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&lock);
    if (!was_listening)
        status = RPC_S_NOT_LISTENING;
    listening = false;
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&changed);
    return status;
}

RPC_STATUS registry_wait_listen(void)
{
    RPC_STATUS status = RPC_S_OK;

    AcquireSRWLockExclusive(&lock);
    if (!was_listening)
        status = RPC_S_NOT_LISTENING;
    while (!status && (listening || listen_active))
        SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
    if (!status)
        was_listening = false;
    ReleaseSRWLockExclusive(&lock);
    return status;
}

bool registry_is_listening(void)
{
    return listening;
}

bool registry_is_open(void)
{
    bool open;

    AcquireSRWLockShared(&lock);
    open = listening;
    LIST_FOR_EACH(iface, &interfaces, struct server_interface, entry)
        open = open || (!iface->is_own && (iface->flags & RPC_IF_AUTOLISTEN));
    ReleaseSRWLockShared(&lock);
    return open;
}
