/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking through an endpoint map: see endpoint_inquiry.h. */
#include "client/endpoint_inquiry.h"
#include "client/binding_tower.h"
#include "client/mapper.h"
#include "platform/memory.h"

#define ELEMENTS_AT_ONCE 64

struct endpoint_inquiry {
    struct object object; /* OBJECT_ENUMERATION */
    struct mapper mapper;
    SRWLOCK lock; /* guards what follows, during calls to the mapper too */
    struct epm_lookup_request request; /* its handle says where the mapper is */
    bool asked; /* the mapper has given all that it has, or failed */
    bool has_reply;
    struct own_reply reply;
    struct epm_items items; /* in the reply */
    bool has_last; /* what the last entry was */
    struct wire_uuid last_object;
    struct tower last;
};

static void drop_reply(struct endpoint_inquiry *inquiry)
{
    if (inquiry->has_reply)
        own_reply_free(&inquiry->reply);
    inquiry->has_reply = false;
    inquiry->items.count = 0;
}

static void inquiry_destroy(struct object *object)
{
    struct endpoint_inquiry *inquiry = CONTAINER_OF(object, struct endpoint_inquiry, object);

    drop_reply(inquiry);
    mapper_close(&inquiry->mapper);
    rpc_free(inquiry);
}

RPC_STATUS endpoint_inquiry_begin(struct binding *where, const struct endpoint_query *query,
                                  void **handle)
{
    struct endpoint_inquiry *inquiry = rpc_alloc_zero(sizeof(*inquiry));
    RPC_STATUS status;

    if (!inquiry)
        return RPC_S_OUT_OF_MEMORY;
    status = mapper_open(where, &inquiry->mapper);
    if (status) {
        rpc_free(inquiry);
        return status;
    }
    object_init(&inquiry->object, OBJECT_ENUMERATION, inquiry_destroy);
    InitializeSRWLock(&inquiry->lock);
    inquiry->request.inquiry_type = query->type;
    inquiry->request.iface = query->iface;
    inquiry->request.vers_option = query->vers_option;
    memcpy(&inquiry->request.object, &query->object, sizeof(inquiry->request.object));
    inquiry->request.max_entries = ELEMENTS_AT_ONCE;
    if (handle_open(&inquiry->object)) {
        *handle = inquiry->object.handle;
        return RPC_S_OK;
    }
    object_release(&inquiry->object);
    return RPC_S_OUT_OF_MEMORY;
}

struct endpoint_inquiry *endpoint_inquiry_from_handle(void *handle)
{
    struct object *object = handle_ref(handle, OBJECT_ENUMERATION);

    return object ? CONTAINER_OF(object, struct endpoint_inquiry, object) : NULL;
}

void endpoint_inquiry_release(struct endpoint_inquiry *inquiry)
{
    object_release(&inquiry->object);
}

static bool is_none(const struct epm_handle *handle)
{
    return !handle->attributes && wire_uuid_equal(&handle->uuid, &wire_nil_uuid);
}

/* ---- elements ---- */

static RPC_STATUS call_lookup(struct endpoint_inquiry *inquiry)
{
    RPC_STATUS status = mapper_call(&inquiry->mapper, EPM_LOOKUP, epm_encode_lookup,
                                    &inquiry->request, &inquiry->reply);

    if (status)
        return status;
    inquiry->has_reply = true;
    if (!epm_decode_lookup(&inquiry->reply.data, &inquiry->items))
        return RPC_X_BAD_STUB_DATA;
    inquiry->request.handle = inquiry->items.handle;
    return mapper_status(inquiry->items.status);
}

/* Asks for the next elements. Afterwards there are some, or it was for the last time. */
static RPC_STATUS ask(struct endpoint_inquiry *inquiry)
{
    RPC_STATUS status;

    drop_reply(inquiry);
    status = call_lookup(inquiry);
    if (status)
        drop_reply(inquiry);
    inquiry->asked = status || !inquiry->items.count || is_none(&inquiry->request.handle);
    return status == EPT_S_NOT_REGISTERED ? RPC_S_OK : status;
}

static RPC_STATUS next_entry(struct endpoint_inquiry *inquiry, struct epm_entry *entry)
{
    RPC_STATUS status = RPC_S_OK;

    if (!inquiry->items.count && !inquiry->asked)
        status = ask(inquiry);
    if (status)
        return status;
    return epm_next_entry(&inquiry->items, entry) ? RPC_S_OK : RPC_X_NO_MORE_ENTRIES;
}

static bool differs_in_syntax_only(const struct tower *a, const struct tower *b)
{
    return a->protseq == b->protseq && wire_syntax_equal(&a->iface, &b->iface) &&
           !wire_syntax_equal(&a->transfer, &b->transfer) && !strcmp(a->endpoint, b->endpoint) &&
           !strcmp(a->address, b->address);
}

/* Servers register an endpoint once for each transfer syntax, one after the other; an element does
 * not tell the syntax. */
static bool repeats_last(struct endpoint_inquiry *inquiry, const struct epm_entry *entry)
{
    struct tower tower;
    bool known = entry->tower.octets &&
                 tower_decode(entry->tower.octets, entry->tower.length, &tower) == TOWER_OK;
    bool repeats = known && inquiry->has_last &&
                   wire_uuid_equal(&entry->object, &inquiry->last_object) &&
                   differs_in_syntax_only(&tower, &inquiry->last);

    inquiry->has_last = known;
    inquiry->last_object = entry->object;
    if (known)
        inquiry->last = tower;
    return repeats;
}

static RPC_STATUS make_element(const struct epm_entry *entry, bool wants_binding,
                               struct endpoint_element *element)
{
    RPC_STATUS status;

    memset(element, 0, sizeof(*element));
    memcpy(&element->object, &entry->object, sizeof(element->object));
    if (!(element->annotation = rpc_alloc(entry->annotation_length + 1)))
        return RPC_S_OUT_OF_MEMORY;
    memcpy(element->annotation, entry->annotation, entry->annotation_length + 1);
    status = tower_to_binding(&entry->tower, &element->object, &element->iface,
                              wants_binding ? &element->binding : NULL);
    if (status)
        rpc_free(element->annotation);
    return status;
}

/* True: *status says what has become of the inquiry. False: an element has been passed over. */
static bool try_next(struct endpoint_inquiry *inquiry, bool wants_binding,
                     struct endpoint_element *element, RPC_STATUS *status)
{
    struct epm_entry entry;

    *status = next_entry(inquiry, &entry);
    if (*status)
        return true;
    if (repeats_last(inquiry, &entry))
        return false;
    *status = make_element(&entry, wants_binding, element);
    return !*status || *status == RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS endpoint_inquiry_next(struct endpoint_inquiry *inquiry, bool wants_binding,
                                 struct endpoint_element *element)
{
    RPC_STATUS status;

    AcquireSRWLockExclusive(&inquiry->lock);
    while (!try_next(inquiry, wants_binding, element, &status))
        ;
    ReleaseSRWLockExclusive(&inquiry->lock);
    return status;
}

bool endpoint_inquiry_end(struct endpoint_inquiry *inquiry)
{
    struct own_reply reply;

    if (!handle_close(&inquiry->object))
        return false;
    AcquireSRWLockExclusive(&inquiry->lock);
    if (!is_none(&inquiry->request.handle) &&
        !mapper_call(&inquiry->mapper, EPM_LOOKUP_HANDLE_FREE, epm_encode_handle_free,
                     &inquiry->request.handle, &reply))
        own_reply_free(&reply);
    inquiry->request.handle = (struct epm_handle){0};
    inquiry->asked = true;
    drop_reply(inquiry);
    ReleaseSRWLockExclusive(&inquiry->lock);
    endpoint_inquiry_release(inquiry);
    return true;
}
