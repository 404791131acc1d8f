/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets of the NDR engine do with an object. Beyond not crashing:
 * - what raises leaves nothing allocated;
 * - what unmarshals can be freed, and leaves nothing allocated;
 * - if it marshals again, that unmarshals, and marshals to the same bytes;
 * - data in the other byte order that unmarshals can be converted in place, and then unmarshals to
 *   the same. */
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
#include "unit/native_platform.h"

#define ROBUST 1 /* NDR 2.0: descriptors have flags */
#define NDR64  2 /* the format is a fragment */

struct target {
    const void *format;
    int flags;
    const struct ndr_stub_desc *desc;
};

static int blocks;

/* More than any input here needs, less than makes runs slow. */
#define MAX_BLOCK 65536

static void *allocate(size_t size)
{
    void *block = size <= MAX_BLOCK ? malloc(size) : NULL;

    if (block)
        blocks++;
    return block;
}

static void release(void *block)
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

static void pass_begin(struct pass *pass, const struct target *target, int64_t *stack, bool client)
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
    pass->msg.uFlags = target->flags & NDR64 ? NDR_MESSAGE_NDR64 : 0;
    ndr_correlation_begin(&pass->msg, true);
    pass->msg.FullPtrXlatTables = ndr_full_pointers_create(client);
}

static void pass_end(struct pass *pass)
{
    ndr_release_allocations(&pass->msg);
    ndr_correlation_end(&pass->msg);
    ndr_full_pointers_free(pass->msg.FullPtrXlatTables);
    free(pass->rpc.Buffer);
}

static void receive(struct pass *pass, const uint8_t *data, size_t size)
{
    pass->rpc.Buffer = malloc(size + 1);
    memcpy(pass->rpc.Buffer, data, size);
    pass->msg.Buffer = pass->msg.BufferStart = pass->rpc.Buffer;
    pass->msg.BufferEnd = pass->msg.BufferStart + size;
}

static bool unmarshal(struct pass *pass, unsigned char **memory, bool big)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_set_representation(&pass->msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
    ndr_unmarshal(&pass->msg, memory, pass->target->format, 0);
    ndr_correlation_pass(&pass->msg);
    return true;
}

static bool marshal(struct pass *pass, unsigned char *memory)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_buffer_size(&pass->msg, memory, pass->target->format);
    pass->rpc.Buffer = malloc(pass->msg.BufferLength);
    pass->msg.Buffer = pass->rpc.Buffer;
    ndr_marshal(&pass->msg, memory, pass->target->format);
    return true;
}

static bool convert(struct pass *pass)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return false;
    ndr_convert(&pass->msg, pass->target->format);
    return true;
}

static void skip(struct pass *pass, bool big)
{
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place))
        return;
    ndr_set_representation(&pass->msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
    ndr_memory_size(&pass->msg, pass->target->format);
}

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void give_back(struct pass *pass, unsigned char *memory)
{
    unsigned char fc = *(const unsigned char *)pass->target->format;

    ndr_accept_allocations(&pass->msg);
    ndr_free(&pass->msg, memory, pass->target->format);
    if (pass->target->flags & NDR64 ? fc >= FC64_RP && fc <= FC64_FP
                                    : fc >= NDR_FC_RP && fc <= NDR_FC_FP)
        return;
    if (memory && (memory < pass->msg.BufferStart || memory >= pass->msg.BufferEnd))
        release(memory);
}

/* What an object marshals to; NULL if it does not. */
static unsigned char *image_of(const struct target *target, int64_t *stack, unsigned char *memory,
                               size_t *length)
{
    unsigned char *image = NULL;
    struct pass pass;

    pass_begin(&pass, target, stack, true);
    if (marshal(&pass, memory)) {
        *length = (size_t)(pass.msg.Buffer - (unsigned char *)pass.rpc.Buffer);
        image = malloc(*length + 1);
        memcpy(image, pass.rpc.Buffer, *length);
    }
    pass_end(&pass);
    return image;
}

static void check_same(const struct target *target, int64_t *stack, const uint8_t *data,
                       size_t size, const unsigned char *image, size_t length, bool client)
{
    unsigned char *memory = NULL, *again;
    size_t length_again;
    struct pass pass;

    pass_begin(&pass, target, stack, client);
    receive(&pass, data, size);
    check(unmarshal(&pass, &memory, false));
    again = image_of(target, stack, memory, &length_again);
    check(again && length_again == length && !memcmp(again, image, length));
    free(again);
    give_back(&pass, memory);
    pass_end(&pass);
}

static void check_converted(const struct target *target, int64_t *stack, const uint8_t *data,
                            size_t size, const unsigned char *image, size_t length)
{
    struct pass pass;

    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    check(convert(&pass));
    check_same(target, stack, pass.rpc.Buffer, size, image, length, false);
    pass_end(&pass);
}

static void run(const struct target *target, int64_t *stack, bool big, const uint8_t *data,
                size_t size)
{
    unsigned char *memory = NULL, *image;
    struct pass pass;
    size_t length;

    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    if (unmarshal(&pass, &memory, big)) {
        image = image_of(target, stack, memory, &length);
        if (image) {
            check_same(target, stack, image, length, image, length, true);
            if (big)
                check_converted(target, stack, data, size, image, length);
        }
        free(image);
        give_back(&pass, memory);
    }
    pass_end(&pass);
    check(!blocks);
    pass_begin(&pass, target, stack, false);
    receive(&pass, data, size);
    skip(&pass, big);
    pass_end(&pass);
}

#endif
