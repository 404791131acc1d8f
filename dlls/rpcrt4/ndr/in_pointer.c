/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The incoming walker: pointers, and whose memory their referents get. The client fills the memory
 * that its pointers already point at; the server points into the request's buffer where it can;
 * everything else is allocated ("Memory Allocation and Deallocation by Stubs" of the MIDL
 * documentation). */
#include "ndr/engine.h"
#include "ndr/in.h"
#include "ndr/memory.h"

void in_defer(struct ndr_walk *w, const struct ndr_type *type, unsigned char *cell,
              unsigned char *base, uint32_t id)
{
    struct ndr_deferred *deferred = walk_defer(w);

    deferred->type = type;
    deferred->cell = cell;
    deferred->base = base;
    deferred->id = id;
    deferred->slot = NULL;
    deferred->old = NULL;
    if (type->kind == NDR_KIND_POINTER) {
        /* The server's memory is new or nobody's: only the client's pointers mean something. */
        deferred->old = w->client ? load_pointer(cell) : NULL;
        store_pointer(cell, NULL);
    }
}

/* A full pointer's id: true if its referent follows, with p->old the memory for it, if that is
 * known. An id may stand for pointers of different types only where these can share an object. */
static bool in_full_id(struct ndr_walk *w, struct ndr_deferred *p, const struct ndr_type *pointee)
{
    struct ndr_full_pointers *table = walk_full_pointers(w);
    struct ndr_referent_shape shape = walk_shape(pointee);
    void *known;
    bool done;

    check_full_id(w, p->id);
    if (!ndr_full_pointers_by_id(table, p->id, NDR_FULL_UNMARSHALLED, &known, &done))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    if (!ndr_full_pointers_share(table, p->id, &shape) || (done && !known))
        walk_fail(w, NDR_STATUS_BAD_STUB_DATA);
    if (done)
        store_pointer(p->cell, known);
    else
        p->old = w->client ? known : NULL;
    return !done;
}

static bool is_null(const struct ndr_deferred *p)
{
    return !p->id && p->type->fc != NDR_FC_RP;
}

/* The memory that the referent gets if it is not the buffer's or new. In object interfaces the
 * client's old object is freed, as far as that can be done without the sizes that it had. */
static unsigned char *existing_memory(struct ndr_walk *w, const struct ndr_deferred *p,
                                      const struct ndr_type *pointee)
{
    if (!w->client)
        return p->type->pointer.attributes & NDR_ALLOCED_ON_STACK ? p->old : NULL;
    if (p->type->fc != NDR_FC_OP)
        return p->old;
    if (p->old && !pointee->has_pointers)
        w->msg->pfnFree(p->old);
    return NULL;
}

static void remember(struct ndr_walk *w, const struct ndr_deferred *p, unsigned char *memory)
{
    store_pointer(p->cell, memory);
    if (p->type->fc == NDR_FC_FP &&
        !ndr_full_pointers_insert(w->msg->FullPtrXlatTables, p->id, memory))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
}

/* From a pointer to the pointer that is its referent. */
static void step_to_pointee(struct ndr_walk *w, struct ndr_deferred *p, const struct ndr_type *pointee)
{
    unsigned char *memory;

    if (p->type->pointer.attributes & NDR_POINTER_DEREF) {
        memory = existing_memory(w, p, pointee);
        p->old = memory && w->client ? load_pointer(memory) : NULL;
        if (!memory)
            memory = in_allocate(w, pointee, sizeof(void *));
        else if (!w->client)
            store_pointer(memory, NULL);
        remember(w, p, memory);
        p->cell = memory;
    } else if (p->type->fc == NDR_FC_FP) {
        walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
    }
    p->type = pointee;
    if (pointee->fc != NDR_FC_RP)
        p->id = wire_pointer_id(w);
}

/* [byte_count]: the client's memory is for the object and all that it leads to. */
static void in_lent_memory(struct ndr_walk *w, struct ndr_deferred *p,
                           const struct ndr_type *pointee)
{
    uint32_t level = w->deferred_count;
    size_t size = correlation_count(w, p->type->pointer.byte_count, NULL);
    struct ndr_all_nodes nodes = { p->old, p->old + size, true, true };

    if (pointee->kind == NDR_KIND_POINTER)
        walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
    w->msg->pAllocAllNodesContext = &nodes;
    in_construct(w, pointee, NULL, false);
    in_referents(w, level);
    ndr_all_nodes_end(w->msg);
}

static void in_referent(struct ndr_walk *w, struct ndr_deferred *p, const struct ndr_type *pointee)
{
    uint8_t attributes = p->type->pointer.attributes;
    bool point = !w->client && p->type->fc != NDR_FC_OP && !(attributes & NDR_ALLOCATE_ALL_NODES);

    remember(w, p, in_construct(w, pointee, existing_memory(w, p, pointee), point));
}

/* The root of an [allocate(all_nodes)] tree: one block for all that it leads to. */
static bool begin_all_nodes(struct ndr_walk *w, const struct ndr_deferred *p,
                            const struct ndr_type *pointee)
{
    if (!(p->type->pointer.attributes & NDR_ALLOCATE_ALL_NODES) || w->msg->pAllocAllNodesContext ||
        p->old)
        return false;
    if (!ndr_all_nodes_begin(w->msg, (size_t)scan_referent_size(w, pointee)))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    return true;
}

void in_pointer(struct ndr_walk *w, struct ndr_deferred *p)
{
    uint32_t level = w->deferred_count;
    const struct ndr_type *pointee;
    bool all_nodes = false;

    for (;;) {
        if (is_null(p)) {
            store_pointer(p->cell, NULL);
            break;
        }
        pointee = walk_pointee(w, p->type);
        if (p->type->fc == NDR_FC_FP && !in_full_id(w, p, pointee))
            break;
        if (p->type->pointer.byte_count && w->client && p->old) {
            in_lent_memory(w, p, pointee);
            break;
        }
        all_nodes |= begin_all_nodes(w, p, pointee);
        if (pointee->kind != NDR_KIND_POINTER) {
            in_referent(w, p, pointee);
            break;
        }
        step_to_pointee(w, p, pointee);
    }
    if (all_nodes) {
        in_referents(w, level);
        ndr_all_nodes_end(w->msg);
    }
}

static void in_deferred_hook(struct ndr_walk *w, const struct ndr_deferred *deferred)
{
    const struct ndr_hooks *hooks = walk_hooks(w, deferred->type);
    unsigned char *memory = deferred->cell;

    if (deferred->old)
        store_pointer(memory, deferred->old);
    if (!deferred->id) {
        if (hooks->unmarshal_null)
            hooks->unmarshal_null(w->msg, memory, deferred->type->format);
        else
            memset(memory, 0, deferred->type->memory_size);
        return;
    }
    in_hook(w, deferred->type, memory);
}

/* What in_defer does, for a pointer of a run. */
static void next_pointer(struct ndr_walk *w, struct ndr_deferred *pointer)
{
    walk_next_pointer(w, pointer);
    if (!pointer->slot)
        return;
    pointer->id = wire_id_at(w, pointer->slot);
    pointer->old = w->client ? load_pointer(pointer->cell) : NULL;
}

void in_referents(struct ndr_walk *w, uint32_t level)
{
    struct ndr_deferred pointer;
    uint32_t before;

    walk_reverse(w, level);
    for (;;) {
        if (!w->foreign)
            in_runs(w, level);
        if (w->deferred_count == level)
            break;
        next_pointer(w, &pointer);
        before = w->deferred_count;
        w->base = pointer.base;
        if (pointer.type->kind == NDR_KIND_HOOK)
            in_deferred_hook(w, &pointer);
        else if (is_null(&pointer))
            store_pointer(pointer.cell, NULL);
        else
            in_pointer(w, &pointer);
        walk_reverse(w, before);
    }
}

void in_top_pointer(struct ndr_walk *w, const struct ndr_type *type, unsigned char **memory)
{
    struct ndr_deferred p = { .type = type, .cell = (unsigned char *)memory, .old = *memory };

    if (type->fc != NDR_FC_RP)
        p.id = wire_pointer_id(w);
    in_pointer(w, &p);
}

unsigned char *ndr_unmarshal(struct ndr_message *msg, unsigned char **memory,
                             const unsigned char *format, unsigned char must_alloc)
{
    const struct ndr_type *type;
    struct ndr_walk w;
    bool keep;

    wire_begin(&w, msg);
    type = walk_type(&w, format);
    if (type->kind == NDR_KIND_POINTER) {
        in_top_pointer(&w, type, memory);
    } else if (type->fc == NDR_FC_IP) {
        in_object(&w, type, (unsigned char *)memory);
    } else if (type->kind != NDR_KIND_NOTHING) {
        /* A fixed string is put where the caller has room for it, whatever must_alloc says, as
         * Windows does. */
        keep = !must_alloc || (type->kind == NDR_KIND_STRING && !type->string.conformant);
        *memory = in_construct(&w, type, keep ? *memory : NULL,
                               !must_alloc && !*memory && !w.client);
    }
    in_referents(&w, 0);
    correlation_finish(&w);
    msg->Buffer = (unsigned char *)w.pos;
    walk_end(&w);
    return NULL;
}
