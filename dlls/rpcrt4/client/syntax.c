/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The choice of a transfer syntax: see syntax.h. */
#include "client/syntax.h"
#include "client/call.h"
#include "platform/memory.h"

struct learned_syntax {
    struct list entry; /* association->learned */
    struct wire_syntax abstract, transfer;
};

unsigned client_offers(const RPC_CLIENT_INTERFACE *iface, struct wire_syntax offers[MAX_SYNTAXES])
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned count = client_interface_syntaxes(iface, syntaxes);

    for (unsigned i = 0; i < count; i++) {
        offers[i] = *wire_syntax_of(syntaxes[i].id);
        if (syntax_is_ndr64(syntaxes[i].id)) {
            offers[i] = offers[0];
            offers[0] = wire_syntax_ndr64;
        }
    }
    return count;
}

bool syntax_is_among(const struct wire_syntax *syntax, const struct wire_syntax *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (wire_syntax_equal(syntax, &list[i]))
            return true;
    }
    return false;
}

/* ---- what servers have answered ---- */

static struct learned_syntax *find_learned(struct association *association, const struct wire_syntax *abstract)
{
    LIST_FOR_EACH(learned, &association->learned, struct learned_syntax, entry) {
        if (wire_syntax_equal(&learned->abstract, abstract))
            return learned;
    }
    return NULL;
}

void association_learn_syntax(struct association *association, const struct wire_syntax *abstract,
                              const struct wire_syntax *transfer)
{
    struct learned_syntax *learned;

    AcquireSRWLockExclusive(&association->lock);
    learned = find_learned(association, abstract);
    if (!learned && (learned = rpc_alloc(sizeof(*learned)))) {
        learned->abstract = *abstract;
        list_append(&association->learned, &learned->entry);
    }
    if (learned) /* without memory for it, it is asked again */
        learned->transfer = *transfer;
    ReleaseSRWLockExclusive(&association->lock);
}

static void forget(struct learned_syntax *learned)
{
    list_remove(&learned->entry);
    rpc_free(learned);
}

void association_forget_syntax(struct association *association, const struct wire_syntax *abstract)
{
    struct learned_syntax *learned;

    AcquireSRWLockExclusive(&association->lock);
    if ((learned = find_learned(association, abstract)))
        forget(learned);
    ReleaseSRWLockExclusive(&association->lock);
}

void association_forget_syntaxes(struct association *association)
{
    while (!list_is_empty(&association->learned))
        forget(LIST_FIRST(&association->learned, struct learned_syntax, entry));
}

const struct wire_syntax *association_learned_syntax(struct association *association,
                                                     const struct wire_syntax *abstract)
{
    const struct learned_syntax *learned = find_learned(association, abstract);

    return learned ? &learned->transfer : NULL;
}

static bool recall(struct association *association, const struct wire_syntax *abstract, struct wire_syntax *transfer)
{
    const struct learned_syntax *learned;

    AcquireSRWLockShared(&association->lock);
    if ((learned = find_learned(association, abstract)))
        *transfer = learned->transfer;
    ReleaseSRWLockShared(&association->lock);
    return learned != NULL;
}

/* ---- choosing ---- */

/* The interface's own identifier of the syntax; NULL: it has none. */
static const RPC_SYNTAX_IDENTIFIER *own_identifier(const RPC_CLIENT_INTERFACE *iface,
                                                   const struct wire_syntax *transfer)
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    unsigned count = client_interface_syntaxes(iface, syntaxes);

    for (unsigned i = 0; i < count; i++) {
        if (wire_syntax_equal(wire_syntax_of(syntaxes[i].id), transfer))
            return syntaxes[i].id;
    }
    return NULL;
}

const RPC_SYNTAX_IDENTIFIER *client_known_syntax(struct binding *binding, const RPC_CLIENT_INTERFACE *iface)
{
    struct interface_syntax syntaxes[MAX_SYNTAXES];
    struct association *association;
    struct wire_syntax transfer;
    bool known;

    if (client_interface_syntaxes(iface, syntaxes) == 1)
        return syntaxes[0].id;
    if (!binding_has_endpoint(binding) || binding_get_association(binding, &association))
        return NULL;
    known = recall(association, (const struct wire_syntax *)&iface->InterfaceId, &transfer);
    association_release(association);
    return known ? own_identifier(iface, &transfer) : NULL;
}

RPC_STATUS client_negotiate_syntax(struct binding *binding, RPC_CLIENT_INTERFACE *iface,
                                   const RPC_SYNTAX_IDENTIFIER **syntax)
{
    struct client_call *call;
    RPC_STATUS status;

    if ((*syntax = client_known_syntax(binding, iface)))
        return RPC_S_OK;
    status = client_call_create_bind(binding, iface, &call);
    if (status)
        return status;
    status = client_call_bind(call);
    if (!status)
        *syntax = own_identifier(iface, &call->transfer);
    client_call_release(call);
    return status;
}
