/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Type nodes: what the walkers know of a type, whichever kind of format string described it. Nodes
 * are made by a decoder (ndr/decode.h), are immutable from then on, and are shared by all threads.
 *
 * "raw" is the fast path: the memory image and the wire image (in the machine's own byte order) are
 * the same bytes, so that a walker copies memory_size bytes at once. Pointers inside a raw image
 * are listed in a pointer map. */
#ifndef RPCRT4_NDR_TYPES_H
#define RPCRT4_NDR_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Dimensions of one array, a string's own length included. */
#define NDR_MAX_DIMENSIONS 16

enum ndr_kind {
    NDR_KIND_BASE,    /* a scalar, the same in memory and on the wire */
    NDR_KIND_ENUM16,  /* an int in memory, 16 bits on the wire */
    NDR_KIND_INT3264, /* as wide as a pointer in memory, 32 bits on the wire; only on 64 bits */
    NDR_KIND_RANGE,   /* an integer with [range] */
    NDR_KIND_IGNORED, /* an [ignore] pointer: a place holder on the wire, never followed */
    NDR_KIND_NOTHING, /* a primitive handle: not on the wire at all */
    NDR_KIND_POINTER,
    NDR_KIND_STRUCT,
    NDR_KIND_ARRAY,
    NDR_KIND_STRING,
    NDR_KIND_UNION,
    NDR_KIND_HOOK, /* walked by routines of another module (ndr/hooks.h) */
};

struct ndr_expression;

/* A value that another field or parameter, or a routine of the stub, provides: size_is, length_is,
 * switch_is. */
struct ndr_correlation {
    bool present;
    bool has_range;    /* low and high bound the value; also of one that is not present */
    uint8_t where;     /* NDR_CORRELATION_FIELD … */
    uint8_t operation; /* 0, or NDR_FC_DEREFERENCE … NDR_FC_CALLBACK */
    uint8_t value_fc;  /* type of the value in memory */
    uint8_t flags;     /* NDR_CORRELATION_EARLY … */
    int32_t offset;    /* bytes from the base; the index of a callback; the constant itself */
    int64_t low, high;
    const struct ndr_expression *expression; /* where operation is NDR_EXPRESSION */
    const struct ndr_correlation *first;     /* NDR64: of a variance, its first_is; or NULL */
};

/* A part of a layout; offsets are from its start. */
struct ndr_part {
    uint32_t memory, wire;
    enum ndr_kind kind; /* the type's; of everything that is plain, BASE */
    uint32_t size;      /* in memory */
    const struct ndr_type *type;
};

struct ndr_pointer_place {
    uint32_t memory, wire;
    uint32_t base; /* the structure that it is a member of */
    const struct ndr_type *pointer;
};

/* The flat view of a structure that always takes the same bytes on the wire: what to copy, and
 * where its pointers are. That of a raw structure does not say what its bytes mean, so that it is of
 * no use where they have to be swapped. Walkers check the bounds once for all of it, even for all elements of an
 * array, and take note of all pointers at once. */
struct ndr_layout {
    uint32_t wire_size;
    uint32_t wire_stride; /* from one such structure to the next */
    bool has_gaps; /* some bytes on the wire are alignment gaps */
    bool quick;    /* all of its pointers are, and they are at most NDR_MAX_QUICK */
    uint32_t part_count, pointer_count;
    const struct ndr_part *parts;
    const struct ndr_pointer_place *pointers;
};

/* Bits of a run's `pending`. */
#define NDR_MAX_QUICK 32

/* Pointers inside raw images: one group is `pointer_count` pointers repeated `repeat` times. */
struct ndr_pointer_slot {
    int32_t offset; /* from the start of the structure or array, in memory as on the wire */
    const struct ndr_type *pointer;
};

struct ndr_pointer_group {
    bool variable;   /* repeated once per transmitted element of the conformant or varying array */
    bool keeps_base; /* the pointees' correlations do not count from the element */
    uint32_t repeat; /* of a group that is not variable */
    uint32_t increment;   /* bytes between repetitions */
    int32_t array_offset; /* of the array whose elements hold the pointers */
    uint32_t pointer_count;
    struct ndr_pointer_slot *pointers;
};

struct ndr_pointer_map {
    uint32_t count;
    struct ndr_pointer_group *groups;
};

struct ndr_field {
    uint32_t offset;
    const struct ndr_type *type;
};

struct ndr_arm {
    uint32_t value;
    const struct ndr_type *type; /* NULL: an empty arm */
};

struct ndr_type {
    enum ndr_kind kind;
    uint8_t fc;
    uint8_t wire_align;
    uint8_t memory_align;
    bool raw;
    bool has_gaps;        /* raw, but some bytes of the image are no member's */
    bool has_pointers;    /* some of it is deferred, or is freed separately from it */
    uint32_t memory_size; /* of the part whose size is fixed */
    uint32_t wire_least;  /* bytes that the least of these takes on the wire */
    const unsigned char *format;
    const struct ndr_layout *layout; /* of a structure, or NULL */
    union {
        struct {
            const struct ndr_type *base;
            int64_t low, high;
        } range;
        struct {
            uint8_t attributes;
            const struct ndr_type *pointee; /* NULL: to be looked up by the next member */
            const unsigned char *pointee_format;
            const struct ndr_correlation *byte_count; /* of [byte_count]; else NULL */
            /* A unique pointer without special attributes to a structure, or to a string that
             * nothing but its terminator gives a length: the pointee's correlations, if any, do
             * not count from what holds the pointer. */
            bool quick;
        } pointer;
        struct {
            uint32_t field_count;
            struct ndr_field *fields;
            /* The array or string whose counts precede the whole structure, or NULL; and the same,
             * if it is this structure that holds it, and not its last field. */
            const struct ndr_type *conformant, *tail;
            const struct ndr_pointer_map *pointers;
        } structure;
        struct {
            const struct ndr_type *element;
            uint32_t element_size; /* in memory; 0: an array of conformant arrays */
            uint32_t count;        /* of elements, unless conformant */
            struct ndr_correlation conformance;
            struct ndr_correlation variance;
            const struct ndr_pointer_map *pointers;
            bool raw_elements; /* copied at once; their pointers, if any, are in a map */
        } array;
        struct {
            uint8_t unit; /* bytes of a character */
            bool conformant;
            bool sized;
            uint32_t count; /* characters, the terminator included, unless conformant */
            struct ndr_correlation conformance;
        } string;
        struct {
            const struct ndr_type *discriminant;
            uint8_t arm_align;
            uint32_t arm_offset; /* encapsulated: from the discriminant to the arms in memory */
            struct ndr_correlation switch_is; /* not encapsulated */
            uint32_t arm_count;
            struct ndr_arm *arms;
            bool has_default;
            const struct ndr_type *default_arm;
        } choice;
        struct {
            bool pointer; /* on the wire a referent id here, the rest deferred */
        } hook;
    };
};

/* The node of a base type, or NULL if fc is none; fc is NDR 2.0's, or NDR64's. */
const struct ndr_type *ndr_base_type(unsigned char fc);
const struct ndr_type *ndr64_base_type(unsigned char fc);

static inline bool ndr_is_conformant(const struct ndr_type *type)
{
    return (type->kind == NDR_KIND_ARRAY && type->array.conformance.present) ||
           (type->kind == NDR_KIND_STRING && type->string.conformant);
}

/* Whether an object is bytes and nothing else. */
static inline bool ndr_is_plain(const struct ndr_type *type)
{
    return type->raw && !type->has_pointers &&
           !(type->kind == NDR_KIND_STRUCT && type->structure.conformant);
}

#endif
