/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sources of the decoders share. Nobody else includes this. */
#ifndef RPCRT4_NDR_DECODE_INTERNAL_H
#define RPCRT4_NDR_DECODE_INTERNAL_H

#include "ndr/decode.h"
#include "ndr/format.h"
#include "ndr/format_bytes.h"

#define MAX_EMBEDDING 100

struct decoder {
    struct ndr_graph *graph;
    uint8_t increment;
    uint8_t depth; /* of embedding */
};

/* decode_arena.c: a graph without nodes. */
struct ndr_graph *decode_new_graph(const unsigned char *format, uint8_t increment);
/* Memory that lives as long as the graph; zeroed. */
void *decode_allocate(struct decoder *d, size_t size);
/* Frees the graph and raises. */
void decode_fail(struct decoder *d, uint32_t status) __attribute__((noreturn));
/* Every descriptor is a span of format bytes; begin before what it refers to is decoded. */
uint32_t decode_span_begin(struct decoder *d, const unsigned char *start);
void decode_span_end(struct decoder *d, uint32_t index, const unsigned char *end);

/* decode.c: the type whose descriptor is at `format`. `mapped`: the pointers of its elements are in
 * the map of the structure that it is the conformant array of. */
const struct ndr_type *decode_type(struct decoder *d, const unsigned char *format, bool mapped);
/* A new node, most members set from the arguments. */
struct ndr_type *decode_node(struct decoder *d, enum ndr_kind kind, const unsigned char *format);
/* Size of the descriptor of an element or member that is described in place (a pointer, [range],
 * …). */
const struct ndr_type *decode_pointer(struct decoder *d, const unsigned char *format);
const struct ndr_correlation *decode_no_correlation(void);

/* decode_struct.c */
const struct ndr_type *decode_struct(struct decoder *d, const unsigned char *format);
const struct ndr_type *decode_hard_struct(struct decoder *d, const unsigned char *format);
/* What follows from the fields of a structure that is walked one by one. */
void decode_summarize_fields(struct ndr_type *type);
/* Makes an array or string the conformant end of a structure. Its counts precede the outermost
 * structure; its elements are walked by the innermost one that ends with it. */
void decode_end_with(struct decoder *d, struct ndr_type *type, const struct ndr_type *array);
/* decode_layout.c: sets type->layout of a structure whose fields are decoded, if it has one. */
void decode_layout(struct decoder *d, struct ndr_type *type);
/* decode_array.c */
const struct ndr_type *decode_array(struct decoder *d, const unsigned char *format, bool mapped);
/* A pointer map, if *format is at FC_PP; moves *format past it. */
const struct ndr_pointer_map *decode_pointer_map(struct decoder *d, const unsigned char **format,
                                                 uint32_t end_offset);
/* decode_union.c */
const struct ndr_type *decode_union(struct decoder *d, const unsigned char *format);
struct ndr_type *decode_union_arms(struct decoder *d, struct ndr_type *type,
                                   const unsigned char *format);

/* decode64.c: the NDR64 type whose fragment is at `format`. */
const struct ndr_type *decode64_type(struct decoder *d, const unsigned char *format);

#endif
