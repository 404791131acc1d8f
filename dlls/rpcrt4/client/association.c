/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Associations and their connection pool: see association.h. */
#include "client/association.h"
#include "client/call.h"
#include "client/connection.h"
#include "client/syntax.h"
#include "platform/memory.h"
#include "platform/trace.h"

static SRWLOCK list_lock = SRWLOCK_INIT;
static struct list associations = {&associations, &associations};

static WCHAR *copy_string(const WCHAR *s)
{
    size_t size = (wcslen(s) + 1) * sizeof(*s);
    WCHAR *copy = rpc_alloc(size);

    return copy ? memcpy(copy, s, size) : NULL;
}

static void association_free(struct association *association)
{
    association_forget_syntaxes(association);
    rpc_free(association->network_addr);
    rpc_free(association->endpoint);
    rpc_free(association->options);
    rpc_free(association);
}

static struct association *association_create(const struct association_key *key)
{
    struct association *association = rpc_alloc_zero(sizeof(*association));

    if (!association)
        return NULL;
    association->refs = 1;
    association->transport = key->transport;
    association->unique = key->unique;
    InitializeSRWLock(&association->lock);
    InitializeConditionVariable(&association->opened);
    list_init(&association->conns);
    list_init(&association->learned);
    association->network_addr = copy_string(key->network_addr);
    association->endpoint = copy_string(key->endpoint);
    association->options = copy_string(key->options);
    if (association->network_addr && association->endpoint && association->options)
        return association;
    association_free(association);
    return NULL;
}

static bool key_matches(const struct association_key *key, const struct association *association)
{
    return association->transport == key->transport && association->unique == key->unique &&
           !_wcsicmp(association->network_addr, key->network_addr) && !_wcsicmp(association->endpoint, key->endpoint) &&
           !_wcsicmp(association->options, key->options);
}

RPC_STATUS association_find(const struct association_key *key, struct association **result)
{
    struct association *found = NULL;

    AcquireSRWLockExclusive(&list_lock);
    LIST_FOR_EACH(association, &associations, struct association, entry) {
        if (key_matches(key, association)) {
            found = association;
            break;
        }
    }
    if (!found && (found = association_create(key)))
        list_append(&associations, &found->entry);
    if (found)
        found->uses++;
    ReleaseSRWLockExclusive(&list_lock);
    *result = found;
    return found ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

void association_use(struct association *association)
{
    AcquireSRWLockExclusive(&list_lock);
    association->uses++;
    ReleaseSRWLockExclusive(&list_lock);
}

/* Takes any connection that is still open. */
static struct client_conn *first_conn(struct association *association)
{
    struct client_conn *conn;

    AcquireSRWLockExclusive(&association->lock);
    association->closed = true;
    conn = LIST_FIRST(&association->conns, struct client_conn, entry);
    if (conn)
        conn_addref(conn);
    ReleaseSRWLockExclusive(&association->lock);
    return conn;
}

void association_unuse(struct association *association)
{
    struct client_conn *conn;
    bool last;

    AcquireSRWLockExclusive(&list_lock);
    last = --association->uses == 0;
    if (last)
        list_remove(&association->entry);
    ReleaseSRWLockExclusive(&list_lock);
    if (!last)
        return;
    while ((conn = first_conn(association))) {
        link_fail(&conn->link, RPC_S_CALL_FAILED);
        conn_release(conn);
    }
    association_release(association);
}

void association_addref(struct association *association)
{
    InterlockedIncrement(&association->refs);
}

void association_release(struct association *association)
{
    if (InterlockedDecrement(&association->refs) == 0)
        association_free(association);
}

/* ---- synchronous calls ---- */

static bool conn_is_idle(const struct client_conn *conn)
{
    return conn->state == CONN_OPEN && !conn->exclusive && !conn->active && list_is_empty(&conn->waiting);
}

/* How well an idle connection suits a synchronous call: it knows the interface; its receive role is
 * free. */
static int idle_rank(const struct client_conn *conn, const struct client_call *call)
{
    int rank = conn->link.role == LINK_ROLE_FREE;

    if (!auth_info_equal(conn->auth, call->auth))
        return 0;
    if (conn_context_id(conn, &call->abstract, &call->transfer) >= 0)
        return rank + 3;
    /* A new presentation context takes the receive role. */
    return rank && conn->context_count < CONN_MAX_CONTEXTS ? rank : 0;
}

static struct client_conn *best_idle_conn(struct association *association, const struct client_call *call)
{
    struct client_conn *best = NULL;
    int best_rank = 0;

    LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry) {
        int rank = conn_is_idle(conn) ? idle_rank(conn, call) : 0;

        if (rank > best_rank) {
            best = conn;
            best_rank = rank;
        }
    }
    return best;
}

struct client_conn *association_get_exclusive(struct association *association, const struct client_call *call,
                                              bool fresh)
{
    struct client_conn *conn;
    bool dead;

    for (;;) {
        AcquireSRWLockExclusive(&association->lock);
        conn = fresh ? NULL : best_idle_conn(association, call);
        if (!conn)
            conn = conn_create(association, call->auth);
        if (conn) {
            conn->exclusive = true;
            conn->unused = false;
            conn_addref(conn);
        }
        dead = conn && conn->state == CONN_OPEN;
        ReleaseSRWLockExclusive(&association->lock);
        /* Where the pool receives, a loss would have been noticed already. */
        dead = dead && conn->link.role == LINK_ROLE_FREE && transport_is_dead(conn->link.conn);
        if (!dead)
            return conn;
        link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
        conn_release(conn);
    }
}

static unsigned count_idle(struct association *association)
{
    unsigned count = 0;

    LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry)
        count += conn_is_idle(conn);
    return count;
}

void association_put_exclusive(struct client_conn *conn)
{
    struct association *association = conn->association;
    bool surplus;

    AcquireSRWLockExclusive(&association->lock);
    conn->exclusive = false;
    surplus = conn->state == CONN_OPEN && count_idle(association) > ASSOCIATION_IDLE_CONNS;
    if (surplus)
        conn->state = CONN_DEAD;
    ReleaseSRWLockExclusive(&association->lock);
    if (surplus || conn->state == CONN_OPENING)
        link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
    conn_release(conn);
}

/* ---- asynchronous calls ---- */

/* Whichever of the syntaxes that a connection is being opened for it will get: can the call use
 * it? */
static bool takes_any_wanted(const struct client_conn *conn, const struct client_call *call)
{
    for (unsigned i = 0; i < conn->wanted_count; i++) {
        if (!syntax_is_among(&conn->wanted_transfers[i], call->offers, call->offer_count))
            return false;
    }
    return true;
}

/* A call that has been marshalled in two syntaxes takes no connection that has the second one alone,
 * unless the server has been asked for the first: else it never would be. */
static const struct wire_syntax *wanted_syntax(const struct client_conn *conn, const struct client_call *call)
{
    const struct wire_syntax *learned = association_learned_syntax(conn->association, &call->abstract);

    return learned && syntax_is_among(learned, call->offers, call->offer_count) ? learned : &call->offers[0];
}

static bool serves_async(const struct client_conn *conn, const struct client_call *call)
{
    if (conn->state == CONN_DEAD || conn->exclusive || !auth_info_equal(conn->auth, call->auth))
        return false;
    if (conn->state == CONN_OPEN)
        return conn_context_id(conn, &call->abstract, wanted_syntax(conn, call)) >= 0;
    return wire_syntax_equal(&conn->wanted_abstract, &call->abstract) && takes_any_wanted(conn, call);
}

static unsigned conn_load(const struct client_conn *conn)
{
    unsigned load = conn->active;

    LIST_FOR_EACH(call, &conn->waiting, struct client_call, entry)
        load++;
    return load;
}

struct choice {
    struct client_conn *owned; /* where earlier calls of the same binding and thread are in flight */
    struct client_conn *idle;
    struct client_conn *least;
    struct client_conn *dead;  /* an idle one that the server has closed unnoticed */
    unsigned least_load;
    unsigned count; /* of connections that serve asynchronous calls */
};

/* Nobody has been receiving on it: has the server closed it meanwhile? */
static bool has_died_idle(const struct client_conn *conn)
{
    return conn_is_idle(conn) && conn->link.role == LINK_ROLE_FREE && transport_is_dead(conn->link.conn);
}

static void consider(struct choice *choice, struct client_conn *conn, const struct client_call *call)
{
    unsigned load = conn_load(conn);

    if (has_died_idle(conn)) {
        choice->dead = conn;
        return;
    }
    choice->count++;
    if (load && conn->owner == call->binding && conn->owner_thread == call->thread)
        choice->owned = conn;
    if (!load && conn->state == CONN_OPEN)
        choice->idle = conn;
    if (!choice->least || load < choice->least_load) {
        choice->least = conn;
        choice->least_load = load;
    }
}

static struct client_conn *choose_conn(struct association *association, const struct client_call *call, bool causal,
                                       bool *created, struct client_conn **dead)
{
    struct choice choice = {0};

    LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry) {
        if (serves_async(conn, call))
            consider(&choice, conn, call);
    }
    if ((*dead = choice.dead)) {
        conn_addref(choice.dead);
        choice.dead->state = CONN_DEAD;
    }
    *created = false;
    if (causal && choice.owned)
        return choice.owned;
    if (choice.idle)
        return choice.idle;
    if (choice.count >= ASSOCIATION_ASYNC_CONNS)
        return choice.least;
    choice.idle = conn_create(association, call->auth);
    *created = choice.idle != NULL;
    return choice.idle ? choice.idle : choice.least;
}

/* A connection for a call whose stub data travels in pieces, which has it for itself: an idle one, best one for
 * which the pool receives already, or a new one. */
static struct client_conn *choose_own_conn(struct association *association, const struct client_call *call,
                                           bool *created, struct client_conn **dead)
{
    struct client_conn *found = NULL;

    *dead = NULL;
    LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry) {
        if (!conn_is_idle(conn) || conn_context_id(conn, &call->abstract, &call->transfer) < 0 ||
            !auth_info_equal(conn->auth, call->auth))
            continue;
        if (has_died_idle(conn))
            *dead = conn;
        else if (!found || conn->link.role == LINK_ROLE_POOL)
            found = conn;
    }
    if (*dead) {
        conn_addref(*dead);
        (*dead)->state = CONN_DEAD;
    }
    *created = !found;
    if (!found)
        found = conn_create(association, call->auth);
    if (found)
        found->exclusive = true;
    return found;
}

/* Appends the call to the connection's queue. With the lock held. */
static void queue_on_conn(struct client_conn *conn, struct client_call *call, bool causal)
{
    if (causal) {
        conn->owner = call->binding;
        conn->owner_thread = call->thread;
    }
    conn->unused = false;
    conn_addref(conn);
    client_call_addref(call);
    call->conn = conn;
    call->waiting = true;
    list_append(&conn->waiting, &call->entry);
    conn_flush(conn);
}

bool association_queue_call(struct association *association, struct client_call *call)
{
    bool causal = !call->stream && !binding_is_noncausal(call->binding), created, open = false;
    struct client_conn *conn, *dead;

    AcquireSRWLockExclusive(&association->lock);
    conn = call->stream ? choose_own_conn(association, call, &created, &dead)
                        : choose_conn(association, call, causal, &created, &dead);
    if (conn) {
        conn_addref(conn);
        if (created) {
            conn->wanted_abstract = call->abstract;
            memcpy(conn->wanted_transfers, call->offers, sizeof(conn->wanted_transfers));
            conn->wanted_count = call->offer_count;
        }
        queue_on_conn(conn, call, causal);
        open = conn->state == CONN_OPEN;
    }
    ReleaseSRWLockExclusive(&association->lock);
    if (dead) {
        link_fail(&dead->link, RPC_S_CALL_FAILED_DNE);
        conn_release(dead);
    }
    if (!conn)
        return false;
    if (created)
        conn_open_async(conn, binding_connect_timeout(call->binding));
    if (open) {
        conn_submitted(conn, call);
        link_recv_start(&conn->link);
    }
    conn_release(conn);
    return true;
}

/* ---- cleaning up ---- */

/* Takes an idle connection that has not been used since the last time and is not the only open one,
 * referenced. If there is none, those that are left are marked for the next time. */
static struct client_conn *take_unused(struct association *association)
{
    struct client_conn *found = NULL;
    unsigned open = 0;

    AcquireSRWLockExclusive(&association->lock);
    LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry) {
        open += conn->state == CONN_OPEN;
        if (conn->unused && conn_is_idle(conn))
            found = conn;
    }
    if (found && open > 1) {
        found->state = CONN_DEAD;
        conn_addref(found);
    } else {
        found = NULL;
        LIST_FOR_EACH(conn, &association->conns, struct client_conn, entry)
            conn->unused = true;
    }
    ReleaseSRWLockExclusive(&association->lock);
    return found;
}

/* The association that comes `index`-th now, referenced. */
static struct association *nth_association(unsigned index)
{
    struct association *found = NULL;

    AcquireSRWLockShared(&list_lock);
    LIST_FOR_EACH(association, &associations, struct association, entry) {
        if (index--)
            continue;
        found = association;
        association_addref(found);
        break;
    }
    ReleaseSRWLockShared(&list_lock);
    return found;
}

static void clean_up(void)
{
    struct association *association;
    struct client_conn *conn;

    for (unsigned i = 0; (association = nth_association(i)); i++) {
        while ((conn = take_unused(association))) {
            TRACE("connection %p was idle", conn);
            link_fail(&conn->link, RPC_S_CALL_FAILED_DNE);
            conn_release(conn);
        }
        association_release(association);
    }
}

static void cleanup_due(struct pool_timer *timer)
{
    clean_up();
    pool_timer_set(timer, ASSOCIATION_CLEANUP_MS);
}

RPC_STATUS association_enable_cleanup(void)
{
    static struct pool_timer timer;
    static LONG enabled;

    clean_up(); /* marks … */
    clean_up(); /* … and closes */
    if (InterlockedExchange(&enabled, true))
        return RPC_S_OK;
    pool_timer_init(&timer, cleanup_due);
    if (!pool_timer_set(&timer, ASSOCIATION_CLEANUP_MS))
        return RPC_S_OK;
    InterlockedExchange(&enabled, false);
    return RPC_S_OUT_OF_RESOURCES;
}
