/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets of the NDR engine share: a counting allocator, and the properties that stub data of any type must
 * have, whatever its bytes:
 * - what raises leaves nothing allocated, and has not asked for much more memory than there are bytes;
 * - what unmarshals can be freed, and leaves nothing allocated;
 * - its memory size is what the client's unmarshalling allocates, and takes the same bytes of the buffer;
 * - if it marshals again, it fits the size that was computed, unmarshals, and marshals to the same bytes;
 * - data in the other byte order that unmarshals can be converted in place, and then unmarshals to the same. */
#ifndef TESTS_FUZZ_NDR_FUZZ_H
#define TESTS_FUZZ_NDR_FUZZ_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ndr/engine.h"
#include "ndr/format.h"
#include "ndr/format64.h"
#include "ndr/walk.h"
#include "unit/native_platform.h"
#include "unit/ndr_format.h"

#define ROBUST     1 /* descriptors have flags */
#define NDR64      2 /* the format is a fragment */
#define OWN_MEMORY 4 /* not all that is allocated is counted in the memory size: the application's routines allocate */
#define RANGED     8 /* descriptors have flags and ranges */

struct target {
    const void *format;
    int flags;
    const struct ndr_stub_desc *desc;
};

static int blocks;
static size_t allocated, allowed; /* bytes that one pass has asked for; and that a block of it may have */

/* What the engine adds to each block. */
#define LINK_SIZE 24

/* More than any input here needs, less than makes runs slow. */
#define MAX_BLOCK 65536

static inline void check(bool condition)
{
    if (!condition)
        abort();
}

static inline void *allocate(size_t size)
{
    void *block = size <= MAX_BLOCK ? malloc(size) : NULL;

    check(size <= allowed);
    allocated += size - LINK_SIZE;
    if (block)
        blocks++;
    return block;
}

static inline void release(void *block)
{
    blocks--;
    free(block);
}

/* One direction of a call. */
struct pass {
    struct ndr_message msg;
    struct ndr_rpc_message rpc;
    const struct target *target;
};

static inline void pass_begin(struct pass *pass, const struct target *target, int64_t *stack, bool client)
{
    memset(pass, 0, sizeof(*pass));
    pass->target = target;
    pass->msg.RpcMsg = &pass->rpc;
    pass->msg.StubDesc = target->desc;
    pass->msg.IsClient = client;
    pass->msg.pfnAllocate = allocate;
    pass->msg.pfnFree = release;
    pass->msg.StackTop = (unsigned char *)stack;
    pass->msg.fHasNewCorrDesc = (target->flags & ROBUST) != 0;
    if (target->flags & RANGED)
        pass->msg.CorrDespIncrement = 12;
    if (target->flags & NDR64)
        pass->msg.uFlags |= NDR_MESSAGE_NDR64;
    ndr_correlation_begin(&pass->msg, true);
    pass->msg.FullPtrXlatTables = ndr_full_pointers_create(client);
    allocated = 0;
}

static inline void pass_end(struct pass *pass)
{
    ndr_release_allocations(&pass->msg);
    ndr_correlation_end(&pass->msg);
    ndr_full_pointers_free(pass->msg.FullPtrXlatTables);
    free(pass->rpc.Buffer);
}

static inline void receive(struct pass *pass, const uint8_t *data, size_t size)
{
    pass->rpc.Buffer = malloc(size + 1);
    memcpy(pass->rpc.Buffer, data, size);
    pass->msg.Buffer = pass->msg.BufferStart = pass->rpc.Buffer;
    pass->msg.BufferEnd = pass->msg.BufferStart + size;
    allowed = NDR_MAX_SLACK + 64 * size;
}

static inline size_t used(const struct pass *pass)
{
    return (size_t)(pass->msg.Buffer - (unsigned char *)pass->rpc.Buffer);
}

static inline bool unmarshal(struct pass *pass, unsigned char **memory, uint32_t representation)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_set_representation(&pass->msg, representation);
    ndr_unmarshal(&pass->msg, memory, pass->target->format, 0);
    ndr_correlation_pass(&pass->msg);
    return true;
}

static inline bool marshal(struct pass *pass, unsigned char *memory)
{
    volatile bool sized = false;
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place)) {
        check(!sized);
        return false;
    }
    ndr_buffer_size(&pass->msg, memory, pass->target->format);
    pass->rpc.Buffer = malloc(pass->msg.BufferLength);
    pass->msg.Buffer = pass->rpc.Buffer;
    sized = true;
    ndr_marshal(&pass->msg, memory, pass->target->format);
    check(used(pass) <= pass->msg.BufferLength);
    return true;
}

static inline bool convert(struct pass *pass, uint32_t representation)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_set_representation(&pass->msg, representation);
    ndr_convert(&pass->msg, pass->target->format);
    return true;
}

static inline bool skip(struct pass *pass, uint32_t representation)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_set_representation(&pass->msg, representation);
    ndr_memory_size(&pass->msg, pass->target->format);
    return true;
}

static inline void give_back(struct pass *pass, unsigned char *memory)
{
    unsigned char fc = *(const unsigned char *)pass->target->format;
    bool pointer = pass->target->flags & NDR64 ? fc >= FC64_RP && fc <= FC64_FP : fc >= NDR_FC_RP && fc <= NDR_FC_FP;

    ndr_accept_allocations(&pass->msg);
    ndr_free(&pass->msg, memory, pass->target->format);
    if (!pointer && memory && (memory < pass->msg.BufferStart || memory >= pass->msg.BufferEnd))
        release(memory);
}

/* What an object marshals to; NULL if it does not. */
static inline unsigned char *image_of(const struct target *target, int64_t *stack, unsigned char *memory, size_t *length)
{
    unsigned char *image = NULL;
    struct pass pass;

    pass_begin(&pass, target, stack, true);
    if (marshal(&pass, memory)) {
        *length = used(&pass);
        image = malloc(*length + 1);
        memcpy(image, pass.rpc.Buffer, *length);
    }
    pass_end(&pass);
    return image;
}

/* The client, which never points into the buffer, allocates what the memory size says, each block a multiple of eight
 * bytes. */
static inline void check_memory_size(const struct target *target, int64_t *stack, const uint8_t *data, size_t size,
                                     uint32_t representation)
{
    unsigned char *memory = NULL;
    struct pass pass;
    size_t sum, length;
    bool good;

    pass_begin(&pass, target, stack, true);
    receive(&pass, data, size);
    good = unmarshal(&pass, &memory, representation);
    sum = allocated;
    length = used(&pass);
    if (good)
        give_back(&pass, memory);
    pass_end(&pass);
    pass_begin(&pass, target, stack, true);
    receive(&pass, data, size);
    check(skip(&pass, representation) || !good);
    check(!good || used(&pass) == length);
    check(!good || target->flags & OWN_MEMORY || walk_align(pass.msg.MemorySize, 8) == sum);
    pass_end(&pass);
}

/* The object unmarshals, and is the one that `image` is of. */
static inline void check_same(const struct target *target, int64_t *stack, const uint8_t *data, size_t size,
                              const unsigned char *image, size_t length, bool client)
{
    unsigned char *memory = NULL, *again;
    size_t length_again;
    struct pass pass;

    pass_begin(&pass, target, stack, client);
    receive(&pass, data, size);
    check(unmarshal(&pass, &memory, NDR_REPRESENTATION_LOCAL));
    again = image_of(target, stack, memory, &length_again);
    check(again && length_again == length && !memcmp(again, image, length));
    free(again);
    give_back(&pass, memory);
    pass_end(&pass);
}

static inline void check_converted(const struct target *target, int64_t *stack, const uint8_t *data, size_t size,
                                   uint32_t representation, const unsigned char *image, size_t length)
{
    struct pass pass;

    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    check(convert(&pass, representation));
    check_same(target, stack, pass.rpc.Buffer, size, image, length, false);
    pass_end(&pass);
}

/* What a sender's format label may be, from one octet of the input. */
static inline uint32_t representation_of(uint8_t choice)
{
    return (choice & 1 ? 0 : NDR_REPRESENTATION_LITTLE_ENDIAN) | (choice & 2 ? NDR_REPRESENTATION_EBCDIC : 0) |
           (choice & 12) << 6;
}

/* All properties of one input. */
static inline void run(const struct target *target, int64_t *stack, uint32_t representation, const uint8_t *data,
                       size_t size)
{
    unsigned char *memory = NULL, *image;
    struct pass pass;
    size_t length;

    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    if (unmarshal(&pass, &memory, representation)) {
        image = image_of(target, stack, memory, &length);
        if (image) {
            check_same(target, stack, image, length, image, length, true);
            if (representation != NDR_REPRESENTATION_LOCAL)
                check_converted(target, stack, data, size, representation, image, length);
        }
        free(image);
        give_back(&pass, memory);
    }
    pass_end(&pass);
    check(!blocks);
    check_memory_size(target, stack, data, size, representation);
    check(!blocks);
}

#endif
