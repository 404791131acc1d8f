/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a walk, its stack of deferred pointers, and what the walkers ask about types. */
#include "ndr/walk.h"

#include <stdlib.h>
#if defined(__i386__) || defined(__x86_64__)
#include <emmintrin.h>
#endif

const struct ndr_wire_rules ndr20_rules = { 4, 4 };
const struct ndr_wire_rules ndr64_rules = { 8, 8 };

/* A heap block of a walk, or a graph that is not in the cache; linked so that it can be freed by
 * whoever ends the call. */
struct ndr_pending {
    struct ndr_pending *next;
    struct ndr_graph *graph; /* NULL: a block */
    max_align_t data[];
};

static uint8_t increment_of(const struct ndr_message *msg)
{
    if (msg->uFlags & NDR_MESSAGE_NDR64)
        return NDR64_INCREMENT;
    if (!msg->fHasNewCorrDesc)
        return 0;
    return msg->CorrDespIncrement ? msg->CorrDespIncrement : 2;
}

void walk_begin(struct ndr_walk *w, struct ndr_message *msg)
{
    w->msg = msg;
    w->rules = msg->uFlags & NDR_MESSAGE_NDR64 ? &ndr64_rules : &ndr20_rules;
    w->pos = w->end = 0;
    w->sizing = w->converting = false;
    w->swap = (msg->uFlags & NDR_MESSAGE_BYTE_SWAPPED) != 0;
    w->foreign = msg->uFlags & NDR_MESSAGE_FOREIGN;
    w->client = msg->IsClient != 0;
    w->increment = increment_of(msg);
    w->base = NULL;
    w->hoisted = NULL;
    w->slack = NDR_MAX_SLACK;
    w->memory = 0;
    w->deferred = w->inline_deferred;
    w->deferred_count = 0;
    w->deferred_capacity = NDR_INLINE_DEFERRED;
    w->late = NULL;
    w->late_count = w->late_capacity = 0;
    w->outer_blocks = msg->pPointerQueueState;
    memset(w->memo, 0, sizeof(w->memo));
}

static void free_blocks(struct ndr_message *msg, struct ndr_pending *until)
{
    struct ndr_pending *block;

    while ((block = msg->pPointerQueueState) != until) {
        msg->pPointerQueueState = block->next;
        if (block->graph)
            ndr_graph_free(block->graph);
        free(block);
    }
}

void walk_end(struct ndr_walk *w)
{
    free_blocks(w->msg, w->outer_blocks);
}

void walk_fail(struct ndr_walk *w, uint32_t status)
{
    walk_end(w);
    ndr_raise(status);
}

void walk_abandon(struct ndr_message *msg)
{
    free_blocks(msg, NULL);
}

static struct ndr_pending *add_pending(struct ndr_walk *w, size_t size)
{
    struct ndr_pending *pending = malloc(sizeof(*pending) + size);

    if (!pending)
        return NULL;
    pending->graph = NULL;
    pending->next = w->msg->pPointerQueueState;
    w->msg->pPointerQueueState = pending;
    return pending;
}

void walk_own(struct ndr_walk *w, struct ndr_graph *graph)
{
    struct ndr_pending *pending = add_pending(w, 0);

    if (!pending) {
        ndr_graph_free(graph);
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    }
    pending->graph = graph;
}

void *walk_resize(struct ndr_walk *w, void *block, size_t size)
{
    struct ndr_pending **link = &w->msg->pPointerQueueState, *pending, *resized;

    if (size > SIZE_MAX - sizeof(*pending))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    if (!block) {
        pending = add_pending(w, size);
        if (!pending)
            walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
        return pending->data;
    }
    pending = (struct ndr_pending *)((char *)block - offsetof(struct ndr_pending, data));
    while (*link != pending)
        link = &(*link)->next;
    resized = realloc(pending, sizeof(*pending) + size);
    if (!resized)
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    *link = resized;
    return resized->data;
}

const struct ndr_type *walk_find_type(struct ndr_walk *w, const unsigned char *format)
{
    const struct ndr_type *base = ndr_single_type(format, w->increment);
    const struct ndr_graph *graph;
    bool owned;

    if (base)
        return base;
    graph = ndr_cache_find(format, w->increment, &owned);
    if (owned)
        walk_own(w, (struct ndr_graph *)graph);
    w->memo[((uintptr_t)format >> 1) % NDR_MEMO] = graph;
    return graph->root;
}

const struct ndr_hooks *walk_hooks(struct ndr_walk *w, const struct ndr_type *type)
{
    const struct ndr_hooks *hooks = ndr_hooks(type->fc);

    if (!hooks)
        walk_fail(w, NDR_STATUS_CANNOT_SUPPORT);
    w->msg->Memory = w->base;
    return hooks;
}

void walk_grow_stack(struct ndr_walk *w)
{
    bool is_inline = w->deferred == w->inline_deferred;
    struct ndr_pushed *larger;

    if (w->deferred_capacity > UINT32_MAX / 2 / sizeof(*larger))
        walk_fail(w, NDR_STATUS_OUT_OF_MEMORY);
    larger = walk_resize(w, is_inline ? NULL : w->deferred,
                         2 * w->deferred_capacity * sizeof(*larger));
    if (is_inline)
        memcpy(larger, w->inline_deferred, sizeof(w->inline_deferred));
    w->deferred = larger;
    w->deferred_capacity *= 2;
}

struct ndr_full_pointers *walk_full_pointers(struct ndr_walk *w)
{
    if (!w->msg->FullPtrXlatTables)
        walk_fail(w, NDR_STATUS_INTERNAL_ERROR);
    return w->msg->FullPtrXlatTables;
}

struct ndr_deferred *walk_defer(struct ndr_walk *w)
{
    return &walk_push(w, NULL)->one;
}

typedef uintptr_t __attribute__((may_alias)) ndr_word;

/* In words: compilers for i386 copy structures by an instruction that takes long to start. */
static void swap_entries(struct ndr_pushed *a, struct ndr_pushed *b)
{
    ndr_word *x = (ndr_word *)a, *y = (ndr_word *)b, word;
    size_t i;

    for (i = 0; i < sizeof(*a) / sizeof(word); i++) {
        word = x[i];
        x[i] = y[i];
        y[i] = word;
    }
}

void walk_turn_around(struct ndr_walk *w, uint32_t level)
{
    struct ndr_pushed *low = w->deferred + level, *high = w->deferred + w->deferred_count;

    for (; low + 1 < high; low++)
        swap_entries(low, --high);
}

struct ndr_referent_shape walk_shape(const struct ndr_type *pointee)
{
    struct ndr_referent_shape shape = { .type = pointee->format ? (const void *)pointee->format
                                                                : pointee };

    if (pointee->kind == NDR_KIND_STRING && pointee->string.conformant && !pointee->string.sized)
        shape.unit = pointee->string.unit;
    shape.plain = ndr_is_plain(pointee);
    shape.size = pointee->memory_size;
    return shape;
}

bool walk_find_arm(const struct ndr_type *choice, uint32_t tag, const struct ndr_type **arm)
{
    uint32_t i;

    *arm = choice->choice.default_arm;
    for (i = 0; i < choice->choice.arm_count; i++) {
        if (choice->choice.arms[i].value == tag) {
            *arm = choice->choice.arms[i].type;
            return true;
        }
    }
    return choice->choice.has_default;
}

const struct ndr_type *walk_arm(struct ndr_walk *w, const struct ndr_type *choice, uint32_t tag)
{
    const struct ndr_type *arm;

    if (!walk_find_arm(choice, tag, &arm))
        walk_fail(w, NDR_STATUS_INVALID_TAG);
    return arm;
}

#define LOAD(type) \
    do { \
        type value; \
        memcpy(&value, memory, sizeof(value)); \
        return (int64_t)value; \
    } while (0)

int64_t walk_integer(uint8_t fc, const void *memory)
{
    switch (fc) {
    case NDR_FC_SMALL:
        LOAD(int8_t);
    case NDR_FC_BYTE:
    case NDR_FC_CHAR:
    case NDR_FC_USMALL:
        LOAD(uint8_t);
    case NDR_FC_SHORT:
        LOAD(int16_t);
    case NDR_FC_WCHAR:
    case NDR_FC_USHORT:
        LOAD(uint16_t);
    case NDR_FC_LONG:
    case NDR_FC_ENUM16:
    case NDR_FC_ENUM32:
        LOAD(int32_t);
    case NDR_FC_HYPER:
        LOAD(int64_t);
    case NDR_FC_INT3264:
        LOAD(intptr_t);
    case NDR_FC_UINT3264:
        LOAD(uintptr_t);
    default:
        LOAD(uint32_t);
    }
}

uint64_t walk_stride(const struct ndr_type *array, const struct ndr_dimensions *dims,
                     unsigned int level)
{
    const struct ndr_type *element = array->array.element;

    if (!ndr_is_conformant(element))
        return array->array.element_size;
    if (element->kind == NDR_KIND_STRING)
        return (uint64_t)dims->max[level + 1] * element->string.unit;
    return dims->max[level + 1] * walk_stride(element, dims, level + 1);
}

uint64_t walk_memory_size(const struct ndr_type *type, const struct ndr_dimensions *dims)
{
    const struct ndr_type *array = walk_conformant(type);
    uint64_t size = type->memory_size;

    if (!array)
        return size;
    if (array->kind == NDR_KIND_STRING)
        return size + (uint64_t)dims->max[0] * array->string.unit;
    return size + dims->max[0] * walk_stride(array, dims, 0);
}

const struct ndr_type *walk_conformant(const struct ndr_type *type)
{
    if (type->kind == NDR_KIND_STRUCT)
        return type->structure.conformant;
    return ndr_is_conformant(type) ? type : NULL;
}

/* A place in memory or on the wire, if there is any. */
static unsigned char *place(unsigned char *start, size_t offset)
{
    return start ? start + offset : NULL;
}

void walk_clear_gaps(const struct ndr_type *type, unsigned char *image)
{
    uint32_t end = 0, i;

    if (!type->has_gaps)
        return;
    for (i = 0; type->kind == NDR_KIND_ARRAY && i < type->array.count; i++)
        walk_clear_gaps(type->array.element, image + (size_t)i * type->array.element_size);
    if (type->kind != NDR_KIND_STRUCT)
        return;
    for (i = 0; i < type->structure.field_count; i++) {
        const struct ndr_field *field = &type->structure.fields[i];

        if (field->offset > end)
            memset(image + end, 0, field->offset - end);
        walk_clear_gaps(field->type, image + field->offset);
        end = field->offset + field->type->memory_size;
    }
    if (end < type->memory_size)
        memset(image + end, 0, type->memory_size - end);
}

static void map_fixed_group(struct ndr_walk *w, const struct ndr_pointer_group *group,
                            const struct ndr_image *image, ndr_map_visitor visit)
{
    uint32_t i, j;

    for (i = 0; i < group->repeat; i++) {
        size_t step = (size_t)i * group->increment;

        for (j = 0; j < group->pointer_count; j++) {
            size_t offset = step + group->pointers[j].offset;

            visit(w, group->pointers[j].pointer, place(image->memory, offset),
                  group->keeps_base ? w->base
                                    : place(image->memory, step + group->array_offset),
                  place(image->wire, offset));
        }
    }
}

static void map_element_group(struct ndr_walk *w, const struct ndr_pointer_group *group,
                              const struct ndr_image *image, ndr_map_visitor visit)
{
    unsigned char *elements =
        place(image->memory, group->array_offset + (size_t)image->first * group->increment);
    uint32_t i, j;

    for (i = 0; i < image->count; i++) {
        size_t step = (size_t)i * group->increment;

        for (j = 0; j < group->pointer_count; j++) {
            size_t offset = step + (group->pointers[j].offset - group->array_offset);

            visit(w, group->pointers[j].pointer, place(elements, offset),
                  group->keeps_base ? w->base : place(elements, step),
                  place(image->elements_wire, offset));
        }
    }
}

void walk_map_fixed(struct ndr_walk *w, const struct ndr_pointer_map *map,
                    const struct ndr_image *image, ndr_map_visitor visit)
{
    uint32_t i;

    for (i = 0; map && i < map->count; i++)
        if (!map->groups[i].variable)
            map_fixed_group(w, &map->groups[i], image, visit);
}

void walk_map_elements(struct ndr_walk *w, const struct ndr_pointer_map *map,
                       const struct ndr_image *image, ndr_map_visitor visit)
{
    uint32_t i;

    for (i = 0; map && i < map->count; i++)
        if (map->groups[i].variable)
            map_element_group(w, &map->groups[i], image, visit);
}

/* The highest bit of each zero character of a word; of characters behind the first one, perhaps more
 * than that. */
static uintptr_t zero_characters(uintptr_t word, uint8_t unit)
{
    uintptr_t ones = UINTPTR_MAX / (unit == 1 ? 0xff : 0xffff);

    return (word - ones) & ~word & ones << (8 * unit - 1);
}

/* Whole words are read. What is behind the terminator in its word is on the same page. */
static __attribute__((no_sanitize("address"))) uint64_t
length_by_words(const unsigned char *string, uint8_t unit, uint64_t max)
{
    uintptr_t start = (uintptr_t)string, at = start & ~(sizeof(uintptr_t) - 1), word, zeros;
    uint64_t length;

    word = *(const ndr_word *)at | (((uintptr_t)1 << 8 * (start - at)) - 1);
    while (!(zeros = zero_characters(word, unit))) {
        at += sizeof(word);
        if ((at - start) >> (unit - 1) >= max)
            return 0;
        word = *(const ndr_word *)at;
    }
    length = ((at + (unsigned int)__builtin_ctzll(zeros) / 8 - start) >> (unit - 1)) + 1;
    return length <= max ? length : 0;
}

#if defined(__i386__) || defined(__x86_64__)

/* The bytes of 16 that belong to a zero character, a bit each. */
static inline __attribute__((target("sse2"))) unsigned int zero_bytes(__m128i block, uint8_t unit)
{
    __m128i zero = _mm_setzero_si128();

    return (unsigned int)_mm_movemask_epi8(unit == 1 ? _mm_cmpeq_epi8(block, zero)
                                                     : _mm_cmpeq_epi16(block, zero));
}

/* The same by blocks of 16 bytes, where the processor can. */
static __attribute__((no_sanitize("address"), target("sse2"))) uint64_t
length_by_blocks(const unsigned char *string, uint8_t unit, uint64_t max)
{
    uintptr_t start = (uintptr_t)string, at = start & ~(uintptr_t)15;
    unsigned int zeros = zero_bytes(*(const __m128i *)at, unit) >> (start - at) << (start - at);
    uint64_t length;

    while (!zeros) {
        at += 16;
        if ((at - start) >> (unit - 1) >= max)
            return 0;
        zeros = zero_bytes(*(const __m128i *)at, unit);
    }
    length = ((at + (unsigned int)__builtin_ctz(zeros) - start) >> (unit - 1)) + 1;
    return length <= max ? length : 0;
}

static inline bool has_blocks(void)
{
#ifdef __SSE2__
    return true;
#else
    return __builtin_cpu_supports("sse2");
#endif
}

#else

#define length_by_blocks length_by_words

static inline bool has_blocks(void)
{
    return false;
}

#endif

uint64_t walk_string_length(const unsigned char *string, uint8_t unit, uint64_t max)
{
    static const unsigned char terminator[256];
    uint64_t length;

    if (max && (unit == 1 || (unit == 2 && !((uintptr_t)string & 1))))
        return has_blocks() ? length_by_blocks(string, unit, max)
                            : length_by_words(string, unit, max);
    for (length = 0; length < max; length++)
        if (!memcmp(string + length * unit, terminator, unit))
            return length + 1;
    return 0;
}
