/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translation of full pointers: one set of entries, found by pointer and by id through two hash
 * tables. Ids come from the peer as well, so they are hashed, never used as indexes. */
#include "ndr/full_pointer.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct entry {
    void *pointer;
    uint32_t id;
    uint32_t next_by_pointer, next_by_id; /* indexes of entries */
    uint8_t pointer_state, id_state;
    bool has_shape;
    struct ndr_referent_shape shape;
};

struct ndr_full_pointers {
    struct ndr_full_pointers *outer;
    bool sees_outer;
    struct entry *entries;
    uint32_t count, capacity; /* the hash tables have `capacity` buckets, a power of two */
    uint32_t *by_pointer, *by_id;
    uint32_t next_id;
};

/* A bucket. The table's address goes into it: a peer cannot choose ids that all fall into one. */
static uint32_t hash(const struct ndr_full_pointers *table, uint64_t key)
{
    uint64_t seed = (uintptr_t)table;

    key = (key ^ seed) * 0x9e3779b97f4a7c15u;
    key = (key ^ key >> 29 ^ seed) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(key >> 32) & (table->capacity - 1);
}

static void link_pointer(struct ndr_full_pointers *table, uint32_t index)
{
    uint32_t *bucket = &table->by_pointer[hash(table, (uintptr_t)table->entries[index].pointer)];

    table->entries[index].next_by_pointer = *bucket;
    *bucket = index;
}

static void link_id(struct ndr_full_pointers *table, uint32_t index)
{
    uint32_t *bucket = &table->by_id[hash(table, table->entries[index].id)];

    table->entries[index].next_by_id = *bucket;
    *bucket = index;
}

static bool resize(struct ndr_full_pointers *table, uint32_t capacity)
{
    struct entry *entries = realloc(table->entries, capacity * sizeof(*entries));
    uint32_t *buckets, i;

    if (!entries)
        return false;
    table->entries = entries;
    buckets = malloc(2 * (size_t)capacity * sizeof(*buckets));
    if (!buckets)
        return false;
    memset(buckets, 0xff, 2 * (size_t)capacity * sizeof(*buckets));
    free(table->by_pointer);
    table->by_pointer = buckets;
    table->by_id = buckets + capacity;
    table->capacity = capacity;
    for (i = 0; i < table->count; i++) {
        link_id(table, i);
        if (entries[i].pointer)
            link_pointer(table, i);
    }
    return true;
}

struct ndr_full_pointers *ndr_full_pointers_create(bool client)
{
    struct ndr_full_pointers *table = calloc(1, sizeof(*table));

    if (!table)
        return NULL;
    table->next_id = 1;
    if (!resize(table, 32)) {
        ndr_full_pointers_free(table);
        return NULL;
    }
    return table;
}

static void free_one(struct ndr_full_pointers *table)
{
    free(table->entries);
    free(table->by_pointer);
    free(table);
}

void ndr_full_pointers_free(struct ndr_full_pointers *table)
{
    struct ndr_full_pointers *outer;

    for (; table; table = outer) {
        outer = table->outer;
        free_one(table);
    }
}

struct ndr_full_pointers *ndr_full_pointers_enter(struct ndr_full_pointers *outer, bool sees_outer)
{
    struct ndr_full_pointers *table = ndr_full_pointers_create(false);

    if (!table)
        return NULL;
    table->outer = outer;
    table->sees_outer = sees_outer;
    table->next_id = outer->next_id;
    return table;
}

struct ndr_full_pointers *ndr_full_pointers_leave(struct ndr_full_pointers *table)
{
    struct ndr_full_pointers *outer = table->outer;

    outer->next_id = table->next_id;
    free_one(table);
    return outer;
}

static struct entry *find_pointer(const struct ndr_full_pointers *table, const void *pointer)
{
    uint32_t i;

    for (i = table->by_pointer[hash(table, (uintptr_t)pointer)]; i != NONE;
         i = table->entries[i].next_by_pointer)
        if (table->entries[i].pointer == pointer)
            return &table->entries[i];
    return NULL;
}

static struct entry *find_id(const struct ndr_full_pointers *table, uint32_t id)
{
    uint32_t i;

    for (i = table->by_id[hash(table, id)]; i != NONE; i = table->entries[i].next_by_id)
        if (table->entries[i].id == id)
            return &table->entries[i];
    return NULL;
}

static struct entry *add(struct ndr_full_pointers *table, uint32_t id, void *pointer)
{
    struct entry *entry;

    if (table->count == table->capacity &&
        (table->capacity > UINT32_MAX / 4 / sizeof(*entry) || !resize(table, table->capacity * 2)))
        return NULL;
    entry = &table->entries[table->count];
    memset(entry, 0, sizeof(*entry));
    entry->id = id;
    entry->pointer = pointer;
    link_id(table, table->count);
    if (pointer)
        link_pointer(table, table->count);
    table->count++;
    if (id >= table->next_id && id != UINT32_MAX)
        table->next_id = id + 1;
    return entry;
}

static bool is_taken(const struct ndr_full_pointers *table, uint32_t id)
{
    for (; table; table = table->outer)
        if (find_id(table, id))
            return true;
    return false;
}

/* The next id that is not taken: a peer may have used any. */
static uint32_t new_id(struct ndr_full_pointers *table)
{
    while (!table->next_id || is_taken(table, table->next_id))
        table->next_id++;
    return table->next_id;
}

/* The table outside, if it can be asked from this one. */
static struct ndr_full_pointers *visible(const struct ndr_full_pointers *table)
{
    return table->sees_outer ? table->outer : NULL;
}

/* The entry outside of what `state` has been set of there. */
static struct entry *outer_pointer(const struct ndr_full_pointers *table, const void *pointer,
                                   uint8_t state)
{
    struct entry *entry = NULL;

    while (!entry && (table = visible(table)))
        entry = find_pointer(table, pointer);
    return entry && entry->pointer_state & state ? entry : NULL;
}

static struct entry *outer_id(const struct ndr_full_pointers *table, uint32_t id, uint8_t states)
{
    struct entry *entry = NULL;

    while (!entry && (table = visible(table)))
        entry = find_id(table, id);
    return entry && entry->id_state & states ? entry : NULL;
}

bool ndr_full_pointers_by_pointer(struct ndr_full_pointers *table, void *pointer, uint8_t state,
                                  uint32_t *id, bool *done)
{
    struct entry *entry = find_pointer(table, pointer);

    if (!entry)
        entry = outer_pointer(table, pointer, state);
    if (!entry)
        entry = add(table, new_id(table), pointer);
    if (!entry)
        return false;
    *id = entry->id;
    *done = (entry->pointer_state & state) != 0;
    entry->pointer_state |= state;
    return true;
}

bool ndr_full_pointers_by_id(struct ndr_full_pointers *table, uint32_t id, uint8_t state,
                             void **pointer, bool *done)
{
    struct entry *entry = find_id(table, id);

    if (!entry)
        entry = outer_id(table, id, state);
    if (!entry && state)
        entry = add(table, id, NULL);
    if (!entry && state)
        return false;
    *pointer = entry ? entry->pointer : NULL;
    *done = entry && (entry->id_state & state);
    if (entry)
        entry->id_state |= state;
    return true;
}

bool ndr_full_pointers_has(struct ndr_full_pointers *table, uint32_t id, uint8_t states)
{
    struct entry *entry = find_id(table, id);

    return entry ? entry->id_state & states : outer_id(table, id, states) != NULL;
}

bool ndr_full_pointers_insert(struct ndr_full_pointers *table, uint32_t id, void *pointer)
{
    struct entry *entry = find_id(table, id);

    if (!entry)
        return add(table, id, pointer) != NULL;
    if (entry->pointer == pointer || !pointer)
        return true;
    if (entry->pointer) {
        /* Seldom: an id that is given another object. The entry is unlinked by building the table
         * anew. */
        entry->pointer = pointer;
        return resize(table, table->capacity);
    }
    entry->pointer = pointer;
    link_pointer(table, (uint32_t)(entry - table->entries));
    return true;
}

bool ndr_full_pointers_share(struct ndr_full_pointers *table, uint32_t id,
                             const struct ndr_referent_shape *shape)
{
    struct entry *entry = find_id(table, id);

    while (!entry && (table = visible(table)))
        entry = find_id(table, id);
    if (!entry)
        return false;
    if (!entry->has_shape) {
        entry->has_shape = true;
        entry->shape = *shape;
        return true;
    }
    if (entry->shape.type == shape->type)
        return true;
    if (entry->shape.unit || shape->unit)
        return entry->shape.unit == shape->unit;
    return entry->shape.plain && shape->plain && shape->size <= entry->shape.size;
}
