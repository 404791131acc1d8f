/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the NDR engine share: a stub message with counting allocators, a check that
 * something raises, and vectors: a type, an object and its hand-made wire images in both byte
 * orders, put through every walker. */
#ifndef TESTS_UNIT_NDR_TEST_H
#define TESTS_UNIT_NDR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ndr/engine.h"
#include "ndr/format.h"
#include "ndr/format64.h"
#include "unit/native_platform.h"
#include "unit/ndr_format.h"

static int ndr_test_blocks __attribute__((unused)); /* allocated and not freed */
static int ndr_test_allocations __attribute__((unused));
static size_t ndr_test_largest __attribute__((unused)); /* block asked for */
static bool ndr_test_is_ndr64;                           /* messages are begun as NDR64 ones */

static void *ndr_test_allocate(size_t size)
{
    void *block = malloc(size);

    assert_non_null(block);
    memset(block, 0xa5, size);
    ndr_test_blocks++;
    ndr_test_allocations++;
    if (size > ndr_test_largest)
        ndr_test_largest = size;
    return block;
}

static void ndr_test_free(void *block)
{
    ndr_test_blocks--;
    free(block);
}

/* The status that `code` raises, or 0. */
#define RAISED(code) \
    __extension__({ \
        jmp_buf place_; \
        volatile uint32_t status_ = 0; \
        native_raised = &place_; \
        if (!setjmp(place_)) { \
            code; \
        } else { \
            status_ = native_raised_status; \
        } \
        native_raised = NULL; \
        (uint32_t)status_; \
    })

struct ndr_test {
    struct ndr_message msg;
    struct ndr_rpc_message rpc;
    struct ndr_stub_desc desc;
};

static void __attribute__((unused)) ndr_test_begin(struct ndr_test *t, bool client)
{
    memset(t, 0, sizeof(*t));
    t->msg.RpcMsg = &t->rpc;
    t->msg.StubDesc = &t->desc;
    t->msg.IsClient = client;
    t->msg.uFlags = ndr_test_is_ndr64 ? NDR_MESSAGE_NDR64 : 0;
    t->msg.pfnAllocate = ndr_test_allocate;
    t->msg.pfnFree = ndr_test_free;
}

/* A buffer to marshal into, exactly as large as the size pass says. Free it with ndr_test_end(). */
static void __attribute__((unused)) ndr_test_get_buffer(struct ndr_test *t)
{
    t->rpc.Buffer = malloc(t->msg.BufferLength ? t->msg.BufferLength : 1);
    memset(t->rpc.Buffer, 0xee, t->msg.BufferLength);
    t->msg.Buffer = t->rpc.Buffer;
}

/* Stub data to unmarshal, in a block of its own. */
static void __attribute__((unused))
ndr_test_receive(struct ndr_test *t, const void *wire, size_t length)
{
    unsigned char *buffer = malloc(length ? length : 1);

    if (length)
        memcpy(buffer, wire, length);
    free(t->rpc.Buffer);
    t->rpc.Buffer = buffer;
    t->msg.Buffer = t->msg.BufferStart = t->rpc.Buffer;
    t->msg.BufferEnd = t->msg.BufferStart + length;
}

static void __attribute__((unused)) ndr_test_end(struct ndr_test *t)
{
    ndr_release_allocations(&t->msg);
    ndr_correlation_end(&t->msg);
    ndr_full_pointers_free(t->msg.FullPtrXlatTables);
    free(t->rpc.Buffer);
}

static size_t __attribute__((unused)) ndr_test_used(const struct ndr_test *t)
{
    return (size_t)(t->msg.Buffer - (unsigned char *)t->rpc.Buffer);
}

/* Sizes and marshals; the buffer is t->rpc.Buffer. */
static void __attribute__((unused))
ndr_test_send(struct ndr_test *t, const void *memory, const unsigned char *format)
{
    ndr_buffer_size(&t->msg, (unsigned char *)memory, format);
    ndr_test_get_buffer(t);
    ndr_marshal(&t->msg, (unsigned char *)memory, format);
}

#define NDR_TEST_OUT_OF_LINE static uint32_t __attribute__((unused, noinline))

NDR_TEST_OUT_OF_LINE raised_unmarshal(struct ndr_test *t, unsigned char **memory,
                                      const unsigned char *format)
{
    return RAISED(ndr_unmarshal(&t->msg, memory, format, 0));
}

NDR_TEST_OUT_OF_LINE raised_marshal(struct ndr_test *t, const void *memory,
                                    const unsigned char *format)
{
    return RAISED(ndr_marshal(&t->msg, (unsigned char *)memory, format));
}

NDR_TEST_OUT_OF_LINE raised_size(struct ndr_test *t, const void *memory,
                                 const unsigned char *format)
{
    return RAISED(ndr_buffer_size(&t->msg, (unsigned char *)memory, format));
}

NDR_TEST_OUT_OF_LINE raised_memory_size(struct ndr_test *t, const unsigned char *format)
{
    return RAISED(ndr_memory_size(&t->msg, format));
}

NDR_TEST_OUT_OF_LINE raised_pass(struct ndr_test *t)
{
    return RAISED(ndr_correlation_pass(&t->msg));
}

/* ---- vectors ---- */

struct ndr_vector {
    const char *name;
    const unsigned char *format;
    const void *memory; /* as ndr_marshal takes it */
    const unsigned char *little, *big;
    size_t length;
    void (*compare)(const void *memory); /* asserts that this is the object */
    void *stack;                         /* msg->StackTop, or NULL */
    bool robust;
    bool full; /* has full pointers */
};

static void __attribute__((unused))
vector_begin(struct ndr_test *t, const struct ndr_vector *v, bool client)
{
    ndr_test_begin(t, client);
    t->msg.StackTop = v->stack;
    t->msg.fHasNewCorrDesc = v->robust;
    if (v->robust)
        ndr_correlation_begin(&t->msg, true);
    if (v->full)
        t->msg.FullPtrXlatTables = ndr_full_pointers_create(client);
}

static bool vector_is_pointer(const struct ndr_vector *v)
{
    if (ndr_test_is_ndr64)
        return *v->format >= FC64_RP && *v->format <= FC64_FP;
    return *v->format >= NDR_FC_RP && *v->format <= NDR_FC_FP;
}

static void __attribute__((unused)) vector_marshal(const struct ndr_vector *v)
{
    struct ndr_test t;

    vector_begin(&t, v, true);
    ndr_test_send(&t, v->memory, v->format);
    assert_int_equal(ndr_test_used(&t), v->length);
    assert_memory_equal(t.rpc.Buffer, v->little, v->length);
    ndr_test_end(&t);
}

static void __attribute__((unused))
vector_unmarshal(const struct ndr_vector *v, bool client, bool big)
{
    unsigned char *memory = NULL;
    int blocks = ndr_test_blocks;
    struct ndr_test t;

    vector_begin(&t, v, client);
    if (big)
        ndr_set_representation(&t.msg, 0);
    ndr_test_receive(&t, big ? v->big : v->little, v->length);
    ndr_unmarshal(&t.msg, &memory, v->format, 0);
    assert_int_equal(ndr_test_used(&t), v->length);
    ndr_correlation_pass(&t.msg);
    v->compare(memory);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, v->format);
    /* Freeing leaves a construct that is no pointer's referent alone. */
    if (memory && (memory < t.msg.BufferStart || memory >= t.msg.BufferEnd) &&
        !vector_is_pointer(v))
        ndr_test_free(memory);
    assert_int_equal(ndr_test_blocks, blocks);
    ndr_test_end(&t);
}

static void __attribute__((unused)) vector_skip(const struct ndr_vector *v, bool big)
{
    struct ndr_test t;

    vector_begin(&t, v, false);
    if (big)
        ndr_set_representation(&t.msg, 0);
    ndr_test_receive(&t, big ? v->big : v->little, v->length);
    ndr_memory_size(&t.msg, v->format);
    assert_int_equal(ndr_test_used(&t), v->length);
    ndr_test_end(&t);
}

static void __attribute__((unused)) vector_convert(const struct ndr_vector *v)
{
    struct ndr_test t;

    vector_begin(&t, v, false);
    ndr_set_representation(&t.msg, 0);
    ndr_test_receive(&t, v->big, v->length);
    ndr_convert(&t.msg, v->format);
    assert_int_equal(ndr_test_used(&t), v->length);
    assert_memory_equal(t.rpc.Buffer, v->little, v->length);
    ndr_test_end(&t);
}

/* Every shorter buffer is refused, and nothing is lost. */
static void __attribute__((unused))
vector_truncate(const struct ndr_vector *v, bool client, bool big)
{
    int blocks = ndr_test_blocks;
    size_t length;

    for (length = 0; length < v->length; length++) {
        unsigned char *memory = NULL;
        struct ndr_test t;

        vector_begin(&t, v, client);
        if (big)
            ndr_set_representation(&t.msg, 0);
        ndr_test_receive(&t, big ? v->big : v->little, length);
        assert_int_equal(raised_unmarshal(&t, &memory, v->format), NDR_STATUS_BAD_STUB_DATA);
        ndr_test_end(&t);
        vector_begin(&t, v, client);
        ndr_test_receive(&t, v->little, length);
        assert_int_equal(raised_memory_size(&t, v->format), NDR_STATUS_BAD_STUB_DATA);
        ndr_test_end(&t);
        assert_int_equal(ndr_test_blocks, blocks);
    }
}

/* No buffer that is too small is overrun. */
static void __attribute__((unused)) vector_overrun(const struct ndr_vector *v)
{
    uint32_t length;

    for (length = 0; length < v->length; length++) {
        struct ndr_test t;

        vector_begin(&t, v, true);
        t.msg.BufferLength = length;
        ndr_test_get_buffer(&t);
        assert_int_equal(raised_marshal(&t, v->memory, v->format), NDR_STATUS_BAD_STUB_DATA);
        ndr_test_end(&t);
    }
}

static void __attribute__((unused)) check_vector(const struct ndr_vector *v)
{
    bool client;

    vector_marshal(v);
    vector_overrun(v);
    vector_skip(v, false);
    vector_skip(v, true);
    vector_convert(v);
    for (client = false;; client = true) {
        vector_unmarshal(v, client, false);
        vector_unmarshal(v, client, true);
        vector_truncate(v, client, false);
        vector_truncate(v, client, true);
        if (client)
            break;
    }
}

#endif
