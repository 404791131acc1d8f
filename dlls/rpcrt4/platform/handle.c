/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle table: see handle.h. A handle's value is  generation | index | 2  with 20 bits of
 * index above the two low bits; the generation fills what is left of a pointer and changes each
 * time a slot is used again. */
#include "platform/handle.h"
#include "platform/memory.h"

#define INDEX_BITS 20
#define INDEX_SHIFT 2
#define LOW_BITS 2u /* never a valid pointer's */
#define MAX_SLOTS (1u << INDEX_BITS)
#define NO_SLOT UINT32_MAX

struct slot {
    struct object *object; /* NULL: free */
    uintptr_t generation;
    uint32_t next_free;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct slot *slots;
static uint32_t slot_count;
static uint32_t first_free = NO_SLOT, last_free = NO_SLOT;

void object_init(struct object *object, enum object_kind kind, void (*destroy)(struct object *))
{
    object->refs = 1;
    object->kind = kind;
    object->handle = NULL;
    object->destroy = destroy;
}

void object_addref(struct object *object)
{
    InterlockedIncrement(&object->refs);
}

void object_release(struct object *object)
{
    if (InterlockedDecrement(&object->refs) == 0)
        object->destroy(object);
}

static void *make_handle(uint32_t index, uintptr_t generation)
{
    return (void *)((generation << (INDEX_BITS + INDEX_SHIFT)) | ((uintptr_t)index << INDEX_SHIFT) | LOW_BITS);
}

/* Freed slots are queued, so that a handle's value comes back as late as possible. */
static void push_free(uint32_t index)
{
    slots[index].next_free = NO_SLOT;
    if (last_free == NO_SLOT)
        first_free = index;
    else
        slots[last_free].next_free = index;
    last_free = index;
}

static uint32_t pop_free(void)
{
    uint32_t index = first_free;

    first_free = slots[index].next_free;
    if (first_free == NO_SLOT)
        last_free = NO_SLOT;
    return index;
}

static bool grow(void)
{
    uint32_t count = slot_count ? slot_count * 2 : 64;
    struct slot *bigger;

    if (count > MAX_SLOTS || !(bigger = rpc_realloc(slots, count * sizeof(*slots))))
        return false;
    slots = bigger;
    for (uint32_t i = slot_count; i < count; i++) {
        slots[i] = (struct slot){.generation = 1};
        push_free(i);
    }
    slot_count = count;
    return true;
}

bool handle_open(struct object *object)
{
    bool opened = false;

    AcquireSRWLockExclusive(&lock);
    if (first_free != NO_SLOT || grow()) {
        uint32_t index = pop_free();

        slots[index].object = object;
        object->handle = make_handle(index, slots[index].generation);
        opened = true;
    }
    ReleaseSRWLockExclusive(&lock);
    return opened;
}

/* The slot that `handle` names, or NULL. Called with the lock held. */
static struct slot *slot_of(const void *handle)
{
    uintptr_t value = (uintptr_t)handle;
    uint32_t index = (value >> INDEX_SHIFT) & (MAX_SLOTS - 1);

    if ((value & ((1u << INDEX_SHIFT) - 1)) != LOW_BITS || index >= slot_count || !slots[index].object ||
        slots[index].object->handle != handle)
        return NULL;
    return &slots[index];
}

struct object *handle_ref(const void *handle, unsigned kinds)
{
    struct object *object = NULL;
    struct slot *slot;

    AcquireSRWLockShared(&lock);
    slot = slot_of(handle);
    if (slot && (slot->object->kind & kinds)) {
        object = slot->object;
        object_addref(object);
    }
    ReleaseSRWLockShared(&lock);
    return object;
}

bool handle_close(struct object *object)
{
    struct slot *slot;

    AcquireSRWLockExclusive(&lock);
    slot = object->handle ? slot_of(object->handle) : NULL;
    if (slot) {
        slot->object = NULL;
        slot->generation++;
        object->handle = NULL;
        push_free((uint32_t)(slot - slots));
    }
    ReleaseSRWLockExclusive(&lock);
    return slot != NULL;
}
