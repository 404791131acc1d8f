/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects made by the application's routines: see made.h. */
#include "ndr/made.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ndr/raise.h"

struct made_object {
    const struct ndr_hooks *hooks;
    unsigned char *memory;
    const unsigned char *format;
    uint32_t size;
    uint8_t flags; /* of the message: what syntax the format is of */
};

struct ndr_made {
    uint32_t count, capacity;
    struct made_object objects[];
};

static void free_object(struct ndr_message *msg, const struct made_object *object)
{
    uint8_t flags = msg->uFlags;
    bool keep = msg->fDontCallFreeInst; /* what the manager routine would have freed */

    if (!object->hooks->free)
        return;
    msg->uFlags = object->flags;
    msg->fDontCallFreeInst = false;
    object->hooks->free(msg, object->memory, object->format);
    msg->uFlags = flags;
    msg->fDontCallFreeInst = keep;
    memset(object->memory, 0, object->size);
}

void ndr_made_add(struct ndr_message *msg, const struct ndr_hooks *hooks, unsigned char *memory,
                  const unsigned char *format, uint32_t size)
{
    struct made_object object = { hooks, memory, format, size, msg->uFlags };
    struct ndr_made *made = msg->pUserMarshalList;
    uint32_t capacity;

    if (!msg->pCorrInfo)
        return;
    if (!made || made->count == made->capacity) {
        capacity = made ? made->capacity * 2 : 8;
        made = realloc(made, sizeof(*made) + (size_t)capacity * sizeof(object));
        if (!made) {
            free_object(msg, &object);
            ndr_raise(NDR_STATUS_OUT_OF_MEMORY);
        }
        made->count = msg->pUserMarshalList ? made->count : 0;
        made->capacity = capacity;
        msg->pUserMarshalList = made;
    }
    made->objects[made->count++] = object;
}

uint32_t ndr_made_count(const struct ndr_message *msg)
{
    return msg->pUserMarshalList ? msg->pUserMarshalList->count : 0;
}

void ndr_made_free_since(struct ndr_message *msg, uint32_t count)
{
    struct ndr_made *made = msg->pUserMarshalList;

    while (made && made->count > count)
        free_object(msg, &made->objects[--made->count]);
}

void ndr_made_accept(struct ndr_message *msg)
{
    if (msg->pUserMarshalList)
        msg->pUserMarshalList->count = 0;
}

void ndr_made_end(struct ndr_message *msg)
{
    free(msg->pUserMarshalList);
    msg->pUserMarshalList = NULL;
}
