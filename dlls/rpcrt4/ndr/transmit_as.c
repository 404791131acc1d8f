/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [transmit_as] and [represent_as]: the application's routines turn the type that it sees (the
 * presented one) into another that is transmitted, and back ("Transmit_as and Represent_as",
 * "The transmit_as Attribute").
 *
 * What a transmitted type leads to follows it at once. It exists only while its object is walked:
 * its full pointers have a table of their own. */
#include "ndr/transmit_as.h"

#include "ndr/engine.h"
#include "ndr/format.h"
#include "ndr/hook_format.h"
#include "ndr/made.h"
#include "ndr/walk.h"

static const struct ndr_transmit_routines *routines_of(const struct ndr_message *msg,
                                                       const unsigned char *format)
{
    if (!msg->StubDesc->aXmitQuintuple)
        ndr_raise(NDR_STATUS_INTERNAL_ERROR);
    return &msg->StubDesc->aXmitQuintuple[ndr_user_format(msg, format).routine];
}

static const unsigned char *transmitted_format(const struct ndr_message *msg,
                                               const unsigned char *format)
{
    return ndr_user_format(msg, format).transmitted;
}

static void call(struct ndr_message *msg, ndr_transmit_routine routine, unsigned char *presented,
                 unsigned char *transmitted)
{
    msg->pPresentedType = presented;
    msg->pTransmitType = transmitted;
    routine(msg);
}

void ndr_transmitted_begin(struct ndr_message *msg, bool sees_outer)
{
    struct ndr_full_pointers *table;

    if (!msg->FullPtrXlatTables)
        return;
    table = ndr_full_pointers_enter(msg->FullPtrXlatTables, sees_outer);
    if (!table)
        ndr_raise(NDR_STATUS_OUT_OF_MEMORY);
    msg->FullPtrXlatTables = table;
}

void ndr_transmitted_end(struct ndr_message *msg)
{
    if (msg->FullPtrXlatTables)
        msg->FullPtrXlatTables = ndr_full_pointers_leave(msg->FullPtrXlatTables);
}

static void buffer_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    const struct ndr_transmit_routines *routines = routines_of(msg, format);
    struct ndr_user_format user = ndr_user_format(msg, format);
    unsigned char *transmitted;

    if (user.wire_size) {
        msg->BufferLength = (uint32_t)walk_align(msg->BufferLength, user.alignment);
        msg->BufferLength += user.wire_size;
        return;
    }
    call(msg, routines->pfnTranslateToXmit, memory, NULL);
    transmitted = msg->pTransmitType;
    ndr_transmitted_begin(msg, true);
    ndr_buffer_size(msg, transmitted, transmitted_format(msg, format));
    ndr_transmitted_end(msg);
    call(msg, routines->pfnFreeXmit, memory, transmitted);
}

static void marshal(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    const struct ndr_transmit_routines *routines = routines_of(msg, format);
    unsigned char *transmitted;

    call(msg, routines->pfnTranslateToXmit, memory, NULL);
    transmitted = msg->pTransmitType;
    ndr_transmitted_begin(msg, true);
    ndr_marshal(msg, transmitted, transmitted_format(msg, format));
    ndr_transmitted_end(msg);
    call(msg, routines->pfnFreeXmit, memory, transmitted);
}

/* The transmitted object is the engine's: in the buffer, or freed here. */
static void unmarshal(struct ndr_message *msg, unsigned char **memory, const unsigned char *format,
                      unsigned char must_alloc)
{
    const struct ndr_transmit_routines *routines = routines_of(msg, format);
    struct ndr_memory_block *mark = msg->pMemoryList;
    uint32_t made = ndr_made_count(msg);
    unsigned char *transmitted = NULL;

    ndr_transmitted_begin(msg, true);
    ndr_unmarshal(msg, &transmitted, transmitted_format(msg, format), 0);
    ndr_transmitted_end(msg);
    call(msg, routines->pfnTranslateFromXmit, *memory, transmitted);
    ndr_made_free_since(msg, made);
    ndr_release_since(msg, mark);
}

/* The memory of the presented object has been counted by what it is part of. */
static void memory_size(struct ndr_message *msg, const unsigned char *format)
{
    uint32_t size = msg->MemorySize;

    ndr_transmitted_begin(msg, true);
    ndr_memory_size(msg, transmitted_format(msg, format));
    ndr_transmitted_end(msg);
    msg->MemorySize = size;
}

static void convert(struct ndr_message *msg, const unsigned char *format)
{
    ndr_transmitted_begin(msg, true);
    ndr_convert(msg, transmitted_format(msg, format));
    ndr_transmitted_end(msg);
}

static void free_presented(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format)
{
    if (!msg->fDontCallFreeInst)
        call(msg, routines_of(msg, format)->pfnFreeInst, memory, NULL);
}

const struct ndr_hooks ndr_transmit_as_hooks = {
    .buffer_size = buffer_size,
    .marshal = marshal,
    .unmarshal = unmarshal,
    .memory_size = memory_size,
    .convert = convert,
    .free = free_presented,
};
