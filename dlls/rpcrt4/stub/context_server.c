/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles in the server: see context.h.
 *
 * A list and everything in it is guarded by the list's lock; `lists_lock`, which guards the list of
 * all lists, is taken before it. A context is referenced by its list while it is open and by each
 * hold; the list by its association and by each context. */
#include "stub/context.h"
#include "platform/memory.h"
#include "platform/seh.h"
#include "platform/thread.h"
#include "server/association.h"
#include "wire/types.h"

#define BUCKETS 64

struct context_list {
    struct list entry; /* in all_lists */
    SRWLOCK lock;
    CONDITION_VARIABLE changed; /* some context's readers, writer or closed */
    LONG refs;
    bool ended; /* the client is gone */
    struct list buckets[BUCKETS];
};

struct scontext {
    struct _NDR_SCONTEXT stub; /* what NDR_SCONTEXT points at; first */
    struct list entry;         /* in its bucket while it is open */
    struct context_list *list; /* NULL until it is opened */
    struct wire_uuid uuid;     /* nil until it is opened */
    NDR_RUNDOWN rundown;
    const void *owner;
    const void *guard;
    uint32_t type_id;
    LONG refs;
    bool open;
    bool closed; /* it was open */
    bool run_down; /* by its last holder, once it is closed */
    bool upgrading;
    bool writer;
    unsigned int readers;
    unsigned int writers_waiting;
};

struct context_hold {
    struct list entry;
    struct scontext *context;
    bool exclusive;
    bool created; /* this call has made it: nobody else can have it */
};

static SRWLOCK lists_lock = SRWLOCK_INIT;
static struct list all_lists = {&all_lists, &all_lists};
static bool never_serialize;

/* "No guard" has two spellings. */
static const void *guard_of(const struct context_type *type)
{
    return type->guard == RPC_CONTEXT_HANDLE_DEFAULT_GUARD ? NULL : type->guard;
}

static bool fits(const struct scontext *context, const struct context_type *type)
{
    return context->guard == guard_of(type) &&
           (!context->guard || context->type_id == type->type_id);
}

static struct scontext *from_stub(NDR_SCONTEXT stub)
{
    return CONTAINER_OF(stub, struct scontext, stub);
}

static void list_release(struct context_list *list)
{
    if (InterlockedDecrement(&list->refs) == 0)
        rpc_free(list);
}

static void scontext_release(struct scontext *context)
{
    if (InterlockedDecrement(&context->refs))
        return;
    if (context->list)
        list_release(context->list);
    rpc_free(context);
}

/* ---- lists ---- */

static struct context_list *list_create(void)
{
    struct context_list *list = rpc_alloc_zero(sizeof(*list));

    if (!list)
        return NULL;
    InitializeSRWLock(&list->lock);
    InitializeConditionVariable(&list->changed);
    list->refs = 1; /* the association's */
    for (unsigned int i = 0; i < BUCKETS; i++)
        list_init(&list->buckets[i]);
    AcquireSRWLockExclusive(&lists_lock);
    list_append(&all_lists, &list->entry);
    ReleaseSRWLockExclusive(&lists_lock);
    return list;
}

/* The list of the client that made the call, with a reference. Raises. */
static struct context_list *list_of_call(RPC_BINDING_HANDLE call)
{
    const struct thread_state *thread = thread_peek();
    struct context_list *list;
    SRWLOCK *lock;
    void **slot;

    if (!call && thread)
        call = thread->server_call;
    slot = call ? server_call_context_slot(call, &lock) : NULL;
    if (!slot)
        RpcRaiseException(RPC_X_SS_CONTEXT_MISMATCH);
    AcquireSRWLockExclusive(lock);
    if (!*slot)
        *slot = list_create();
    if ((list = *slot))
        InterlockedIncrement(&list->refs);
    ReleaseSRWLockExclusive(lock);
    if (!list)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return list;
}

static struct list *bucket_of(struct context_list *list, const struct wire_uuid *uuid)
{
    return &list->buckets[uuid->data1 % BUCKETS];
}

static struct scontext *list_find(struct context_list *list, const struct wire_uuid *uuid)
{
    LIST_FOR_EACH(context, bucket_of(list, uuid), struct scontext, entry) {
        if (wire_uuid_equal(&context->uuid, uuid))
            return context;
    }
    return NULL;
}

/* Closes an open context; under the list's lock. The caller gets the list's reference to it. */
static void close_locked(struct scontext *context)
{
    list_remove(&context->entry);
    context->open = false;
    context->closed = true;
    WakeAllConditionVariable(&context->list->changed);
}

static bool is_held(const struct scontext *context)
{
    return context->writer || context->readers;
}

/* A rundown routine that raises is none of our callers' business. */
static void run_down(struct scontext *context)
{
    if (!context->rundown || !context->stub.userContext)
        return;
    RpcTryExcept {
        context->rundown(context->stub.userContext);
    }
    RpcExcept(EXCEPTION_EXECUTE_HANDLER) {
    }
    RpcEndExcept
}

/* Closes the contexts that `owner` has made (NULL: all), and puts those that the caller has to run
 * down, and then to release, on `victims`. */
static void list_close(struct context_list *list, const void *owner, struct list *victims)
{
    AcquireSRWLockExclusive(&list->lock);
    for (unsigned int i = 0; i < BUCKETS; i++) {
        LIST_FOR_EACH_SAFE(context, &list->buckets[i], struct scontext, entry) {
            if (owner && context->owner != owner)
                continue;
            close_locked(context);
            context->run_down = is_held(context);
            if (!context->run_down)
                list_append(victims, &context->entry);
            else
                scontext_release(context);
        }
    }
    ReleaseSRWLockExclusive(&list->lock);
}

static void run_down_all(struct list *victims)
{
    LIST_FOR_EACH_SAFE(context, victims, struct scontext, entry) {
        list_remove(&context->entry);
        run_down(context);
        scontext_release(context);
    }
}

static void list_rundown(void *slot)
{
    struct context_list *list = slot;
    struct list victims;

    list_init(&victims);
    AcquireSRWLockExclusive(&lists_lock);
    list_remove(&list->entry);
    ReleaseSRWLockExclusive(&lists_lock);
    AcquireSRWLockExclusive(&list->lock);
    list->ended = true;
    ReleaseSRWLockExclusive(&list->lock);
    list_close(list, NULL, &victims);
    list_release(list);
    run_down_all(&victims);
}

void context_rundown_interface(const void *owner)
{
    struct list victims;

    list_init(&victims);
    AcquireSRWLockShared(&lists_lock);
    LIST_FOR_EACH(list, &all_lists, struct context_list, entry)
        list_close(list, owner, &victims);
    ReleaseSRWLockShared(&lists_lock);
    run_down_all(&victims);
}

/* ---- holding ---- */

/* Waits, under the list's lock, until the calling thread may have the context. False: it has been
 * closed meanwhile. */
static bool acquire(struct scontext *context, bool exclusive)
{
    struct context_list *list = context->list;

    if (exclusive) {
        context->writers_waiting++;
        while (!context->closed && is_held(context))
            SleepConditionVariableSRW(&list->changed, &list->lock, INFINITE, 0);
        context->writers_waiting--;
        context->writer = !context->closed;
    } else {
        while (!context->closed && (context->writer || context->writers_waiting))
            SleepConditionVariableSRW(&list->changed, &list->lock, INFINITE, 0);
        context->readers += !context->closed;
    }
    return !context->closed;
}

/* Under the list's lock. */
static void let_go(struct scontext *context, bool exclusive)
{
    if (exclusive)
        context->writer = false;
    else
        context->readers--;
    WakeAllConditionVariable(&context->list->changed);
}

void context_holds_init(struct context_holds *holds)
{
    list_init(&holds->list);
}

struct context_holds *context_holds_enter(struct context_holds *holds)
{
    struct thread_state *thread = thread_get();
    struct context_holds *former;

    if (!thread)
        return NULL;
    former = thread->contexts;
    thread->contexts = holds;
    return former;
}

struct context_holds *context_holds_of_thread(void)
{
    struct thread_state *thread = thread_peek();

    if (!thread || !thread->server_call)
        RpcRaiseException(RPC_X_SS_CONTEXT_MISMATCH);
    if (!thread->contexts && (thread->contexts = rpc_alloc(sizeof(*thread->contexts))))
        context_holds_init(thread->contexts);
    if (!thread->contexts)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return thread->contexts;
}

static struct context_hold *find_hold(struct context_holds *holds, const struct scontext *context)
{
    LIST_FOR_EACH(hold, &holds->list, struct context_hold, entry) {
        if (hold->context == context)
            return hold;
    }
    return NULL;
}

NDR_SCONTEXT context_server_new(struct context_holds *holds, const struct context_type *type)
{
    struct scontext *context = rpc_alloc_zero(sizeof(*context));
    struct context_hold *hold = rpc_alloc_zero(sizeof(*hold));

    if (!context || !hold) {
        rpc_free(context);
        rpc_free(hold);
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    }
    context->refs = 1;
    context->owner = type->owner;
    context->guard = guard_of(type);
    context->type_id = type->type_id;
    list_init(&context->entry);
    hold->context = context;
    hold->created = true;
    list_append(&holds->list, &hold->entry);
    return &context->stub;
}

/* Finds and holds the context; NULL if there is no such one. A call that is given the same one
 * twice holds it once. */
static struct scontext *hold_context(struct context_holds *holds, struct context_list *list,
                                     const struct wire_uuid *uuid, const struct context_type *type)
{
    struct context_hold *hold = rpc_alloc_zero(sizeof(*hold));
    struct scontext *context;

    if (!hold)
        return NULL;
    AcquireSRWLockExclusive(&list->lock);
    context = list_find(list, uuid);
    if (context && !fits(context, type))
        context = NULL;
    if (context && !find_hold(holds, context)) {
        InterlockedIncrement(&context->refs);
        hold->context = context;
        hold->exclusive = !type->shared && !never_serialize;
        if (!acquire(context, hold->exclusive)) {
            scontext_release(context);
            context = NULL;
        } else {
            list_append(&holds->list, &hold->entry);
            hold = NULL;
        }
    }
    ReleaseSRWLockExclusive(&list->lock);
    rpc_free(hold);
    return context;
}

NDR_SCONTEXT context_server_unmarshal(struct context_holds *holds, RPC_BINDING_HANDLE call,
                                      const unsigned char wire[cbNDRContext], ULONG representation,
                                      const struct context_type *type)
{
    bool big_endian = (representation & NDR_INT_REP_MASK) == NDR_BIG_ENDIAN;
    struct scontext *context;
    struct context_list *list;
    struct wire_uuid uuid;

    wire_get_uuid(wire + 4, big_endian, &uuid);
    if (wire_uuid_equal(&uuid, &wire_nil_uuid)) {
        if (type->not_null)
            RpcRaiseException(RPC_X_SS_IN_NULL_CONTEXT);
        return context_server_new(holds, type);
    }
    list = list_of_call(call);
    context = hold_context(holds, list, &uuid, type);
    list_release(list);
    if (!context)
        RpcRaiseException(RPC_X_SS_CONTEXT_MISMATCH);
    return &context->stub;
}

/* ---- marshalling ---- */

/* Puts a new context on the client's list. If the client is gone, its last holder will run it down.
 * Raises. */
static void open_context(struct scontext *context, RPC_BINDING_HANDLE call, NDR_RUNDOWN rundown)
{
    struct context_list *list = list_of_call(call);
    RPC_STATUS status = UuidCreate((UUID *)&context->uuid);

    if (status != RPC_S_OK && status != RPC_S_UUID_LOCAL_ONLY) {
        context->uuid = wire_nil_uuid;
        list_release(list);
        RpcRaiseException(status);
    }
    AcquireSRWLockExclusive(&list->lock);
    context->list = list;
    context->rundown = rundown;
    context->writer = true; /* until this call is done */
    context->closed = context->run_down = list->ended;
    context->open = !list->ended;
    if (context->open) {
        InterlockedIncrement(&context->refs);
        list_append(bucket_of(list, &context->uuid), &context->entry);
    }
    ReleaseSRWLockExclusive(&list->lock);
}

/* The user has closed the context. */
static void close_context(struct scontext *context)
{
    bool was_open;

    if (!context->list)
        return;
    AcquireSRWLockExclusive(&context->list->lock);
    was_open = context->open;
    if (was_open)
        close_locked(context);
    ReleaseSRWLockExclusive(&context->list->lock);
    if (was_open)
        scontext_release(context); /* the holder has another reference */
}

void context_server_marshal(struct context_holds *holds, RPC_BINDING_HANDLE call, NDR_SCONTEXT stub,
                            unsigned char wire[cbNDRContext], NDR_RUNDOWN rundown)
{
    struct scontext *context = from_stub(stub);
    struct context_hold *hold = find_hold(holds, context);

    memset(wire, 0, cbNDRContext);
    if (!hold)
        RpcRaiseException(RPC_X_SS_CONTEXT_MISMATCH);
    if (!stub->userContext) {
        close_context(context);
    } else {
        if (!context->list) {
            open_context(context, call, rundown);
            hold->exclusive = true;
        }
        wire_put_uuid(wire + 4, &context->uuid, false);
    }
}

void context_set_rundown(NDR_SCONTEXT stub, NDR_RUNDOWN rundown)
{
    struct scontext *context = from_stub(stub);

    if (!context->list)
        context->rundown = rundown;
}

/* ---- the end of a call ---- */

static void release_hold(struct context_hold *hold, enum context_outcome outcome)
{
    struct scontext *context = hold->context;
    bool rundown;

    if (!context->stub.userContext)
        close_context(context);
    if (!context->list) { /* never opened */
        rundown = outcome == CONTEXT_MARSHAL_FAILED;
    } else {
        if (hold->created && outcome != CONTEXT_CALL_DONE) {
            close_context(context);
            context->run_down = true;
        }
        AcquireSRWLockExclusive(&context->list->lock);
        let_go(context, hold->exclusive);
        rundown = context->run_down && !is_held(context);
        if (rundown)
            context->run_down = false;
        ReleaseSRWLockExclusive(&context->list->lock);
    }
    if (rundown)
        run_down(context);
    scontext_release(context);
    rpc_free(hold);
}

void context_holds_release(struct context_holds *holds, enum context_outcome outcome)
{
    struct thread_state *thread = thread_peek();

    if (thread && thread->contexts == holds)
        thread->contexts = NULL;
    LIST_FOR_EACH_SAFE(hold, &holds->list, struct context_hold, entry) {
        list_remove(&hold->entry);
        release_hold(hold, outcome);
    }
}

/* After the dispatch function of a stub without an interpreter. */
static void release_holds_of_thread(bool raised)
{
    struct thread_state *thread = thread_peek();
    struct context_holds *holds = thread ? thread->contexts : NULL;

    if (!holds)
        return;
    thread->contexts = NULL;
    context_holds_release(holds, raised ? CONTEXT_MANAGER_FAILED : CONTEXT_CALL_DONE);
    rpc_free(holds);
}

void context_init(void)
{
    server_association_set_rundown(list_rundown);
    server_call_set_release_contexts(release_holds_of_thread);
}

/* ---- changing how a context is held ---- */

static struct context_hold *find_hold_of_user(const void *user)
{
    const struct thread_state *thread = thread_peek();

    if (!thread || !thread->contexts || !user)
        return NULL;
    LIST_FOR_EACH(hold, &thread->contexts->list, struct context_hold, entry) {
        const struct scontext *context = hold->context;

        if (user == &context->stub.userContext || user == context->stub.userContext)
            return hold;
    }
    return NULL;
}

RPC_STATUS context_lock_exclusive(const void *user)
{
    struct context_hold *hold = find_hold_of_user(user);
    struct scontext *context = hold ? hold->context : NULL;
    RPC_STATUS status = RPC_S_OK;

    if (!hold)
        return RPC_X_SS_CONTEXT_MISMATCH;
    if (hold->created || hold->exclusive)
        return RPC_S_OK;
    AcquireSRWLockExclusive(&context->list->lock);
    if (context->upgrading) {
        status = ERROR_MORE_WRITES;
    } else {
        context->upgrading = true;
        context->writers_waiting++;
        while (context->readers > 1)
            SleepConditionVariableSRW(&context->list->changed, &context->list->lock, INFINITE, 0);
        context->writers_waiting--;
        context->upgrading = false;
        context->readers = 0;
        context->writer = hold->exclusive = true;
    }
    ReleaseSRWLockExclusive(&context->list->lock);
    return status;
}

RPC_STATUS context_lock_shared(const void *user)
{
    struct context_hold *hold = find_hold_of_user(user);
    struct scontext *context = hold ? hold->context : NULL;

    if (!hold)
        return RPC_X_SS_CONTEXT_MISMATCH;
    if (hold->created || !hold->exclusive)
        return RPC_S_OK;
    AcquireSRWLockExclusive(&context->list->lock);
    context->writer = hold->exclusive = false;
    context->readers++;
    WakeAllConditionVariable(&context->list->changed);
    ReleaseSRWLockExclusive(&context->list->lock);
    return RPC_S_OK;
}

void context_dont_serialize(void)
{
    never_serialize = true;
}
