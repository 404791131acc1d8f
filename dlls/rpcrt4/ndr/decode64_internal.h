/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sources of the NDR64 decoder share. Nobody else includes this. */
#ifndef RPCRT4_NDR_DECODE64_INTERNAL_H
#define RPCRT4_NDR_DECODE64_INTERNAL_H

#include <string.h>

#include "ndr/decode_internal.h"
#include "ndr/format64.h"
#include "ndr/raise.h"

/* Copies a piece of a fragment out, and notes that the graph was made from it. */
void decode64_read(struct decoder *d, void *piece, const unsigned char *format, size_t size);

/* Bytes that an alignment mask stands for. Fails if it is none. */
uint8_t decode64_alignment(struct decoder *d, unsigned int mask);
/* A node of a fragment, by the NDR 2.0 format character of the same family. */
struct ndr_type *decode64_node(struct decoder *d, enum ndr_kind kind, uint8_t fc,
                               const unsigned char *format);
/* Bytes that are copied as they are. */
struct ndr_type *decode64_blob(struct decoder *d, const unsigned char *format, uint32_t size,
                               uint8_t alignment);

/* decode64.c: a pointer, or an interface pointer; `format` may be part of a pointer layout. */
const struct ndr_type *decode64_pointer(struct decoder *d, const unsigned char *format);
/* decode64_expression.c; a null fragment: there is no correlation. */
struct ndr_correlation decode64_correlation(struct decoder *d, const void *fragment);
/* decode64_struct.c */
const struct ndr_type *decode64_struct(struct decoder *d, const unsigned char *format);
/* decode64_pointers.c: the pointers of a raw image that begins `size` bytes before its array, if it
 * has one. */
struct ndr_pointer_map *decode64_pointer_map(struct decoder *d, const unsigned char *format);
/* Turns a raw structure into fields: the pointers of its map, and the bytes between them. False if
 * the map is more than that, or pointers are not aligned. */
bool decode64_fields(struct decoder *d, struct ndr_type *type);
/* Adds the groups of a map, `offset` bytes further on; NULL maps are empty ones. */
struct ndr_pointer_map *decode64_join_maps(struct decoder *d, const struct ndr_pointer_map *a,
                                           const struct ndr_pointer_map *b, uint32_t offset);
/* decode64_array.c */
const struct ndr_type *decode64_array(struct decoder *d, const unsigned char *format);
/* decode64_union.c */
const struct ndr_type *decode64_union(struct decoder *d, const unsigned char *format);

#endif
