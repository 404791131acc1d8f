/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Full pointers: the translation between pointers and the referent ids that stand for them during
 * one call (C706 14.3.11.2), so that aliases and cycles survive the wire. FULL_PTR_XLAT_TABLES of
 * the SDK is this, and opaque. */
#ifndef RPCRT4_NDR_FULL_POINTER_H
#define RPCRT4_NDR_FULL_POINTER_H

#include <stdbool.h>
#include <stdint.h>

struct ndr_full_pointers;

/* What has been done with a referent; each is done once. */
#define NDR_FULL_MARSHALLED   0x01
#define NDR_FULL_UNMARSHALLED 0x02
#define NDR_FULL_BUFFER_SIZED 0x04
#define NDR_FULL_MEMORY_SIZED 0x08
#define NDR_FULL_CONVERTED    0x10
#define NDR_FULL_FREED        0x20

/* What an object is, as far as two pointers of different types may share it. */
struct ndr_referent_shape {
    const void *type; /* identifies the type */
    uint8_t unit;     /* of a string's characters; 0 if it is none */
    bool plain;       /* only bytes, no pointers */
    uint32_t size;
};

/* NULL: no memory. */
struct ndr_full_pointers *ndr_full_pointers_create(bool client);
/* And the tables outside it. */
void ndr_full_pointers_free(struct ndr_full_pointers *table);

/* A table for objects that will be gone before the call ends: of a transmitted type. Its ids are
 * none of `outer`, nor will they be. An object that `outer` has done with can be shared from here
 * if `sees_outer`; nothing that is first met here can be from there. NULL: no memory. */
struct ndr_full_pointers *ndr_full_pointers_enter(struct ndr_full_pointers *outer, bool sees_outer);
/* Frees the table, and returns the one outside it. */
struct ndr_full_pointers *ndr_full_pointers_leave(struct ndr_full_pointers *table);

/* The id of a pointer, a new one if it has none; *done tells whether `state` was set before, and it
 * is set now. State 0 only asks. False: no memory. */
bool ndr_full_pointers_by_pointer(struct ndr_full_pointers *table, void *pointer, uint8_t state,
                                  uint32_t *id, bool *done);
/* The pointer of an id, or NULL if it is not known yet; likewise. */
bool ndr_full_pointers_by_id(struct ndr_full_pointers *table, uint32_t id, uint8_t state,
                             void **pointer, bool *done);
/* Whether any of `states` is set of an id. */
bool ndr_full_pointers_has(struct ndr_full_pointers *table, uint32_t id, uint8_t states);
/* The object of an id has been given memory. */
bool ndr_full_pointers_insert(struct ndr_full_pointers *table, uint32_t id, void *pointer);
/* Records the shape of an id's object, and says whether a pointer to that shape may share it. */
bool ndr_full_pointers_share(struct ndr_full_pointers *table, uint32_t id,
                             const struct ndr_referent_shape *shape);

#endif
