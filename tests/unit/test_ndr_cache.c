/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cache of decoded types: an address may come to hold another format string, as when a library
 * is unloaded and another is mapped in its place. */
#include "unit/ndr_test.h"

#include <pthread.h>
#include <sys/mman.h>

#include "ndr/decode.h"

static size_t marshalled_size(const unsigned char *format, const void *object)
{
    struct ndr_test t;
    size_t used;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, object, format);
    used = ndr_test_used(&t);
    ndr_test_end(&t);
    return used;
}

static void contents_change(void **state)
{
    static const int64_t object[16];
    static unsigned char format[] = { NDR_FC_STRUCT, 3, S(8), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_PAD,
    NDR_FC_END };
    int i;

    for (i = 0; i < 20; i++) {
        format[2] = (unsigned char)(4 * (1 + i % 13));
        assert_int_equal(marshalled_size(format, object), format[2]);
    }
}

/* What is embedded, or pointed at, may change as well. */
static void embedded_contents_change(void **state)
{
    static unsigned char format[] = {
        /* 0 */ NDR_FC_STRUCT, 3, S(4), NDR_FC_LONG, NDR_FC_END,
        /* 6 */ NDR_FC_BOGUS_STRUCT, 3, S(16), S(0), S(0), NDR_FC_EMBEDDED_COMPLEX, 0, S(-16),
        NDR_FC_ENUM16,
        NDR_FC_PAD, NDR_FC_PAD, NDR_FC_END,
        /* 22 */ NDR_FC_UP, 0, S(-24),
    };
    static const int32_t object[4] = { 1, 2, 3, 4 };

    assert_int_equal(marshalled_size(format + 6, object), 6);
    assert_int_equal(marshalled_size(format + 22, object), 8);
    format[2] = 8;
    assert_int_equal(marshalled_size(format + 6, object), 10);
    assert_int_equal(marshalled_size(format + 22, object), 12);
    format[2] = 4;
    assert_int_equal(marshalled_size(format + 6, object), 6);
    assert_int_equal(marshalled_size(format + 22, object), 8);
}

/* A shorter string at the end of the mapping: nothing behind it is read. */
static void shorter_at_end_of_mapping(void **state)
{
    static const unsigned char longer[] = {
        NDR_FC_STRUCT, 3, S(12), NDR_FC_LONG, NDR_FC_LONG, NDR_FC_LONG, NDR_FC_END,
    };
    static const unsigned char shorter[] = { NDR_FC_STRUCT, 3, S(4), NDR_FC_LONG, NDR_FC_END };
    static const int32_t object[3];
    unsigned char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                                0);
    unsigned char *format = pages + 4096 - sizeof(shorter);

    assert_ptr_not_equal(pages, MAP_FAILED);
    memcpy(format, longer, sizeof(longer));
    assert_int_equal(marshalled_size(format, object), 12);
    memcpy(format, shorter, sizeof(shorter));
    munmap(pages + 4096, 4096);
    assert_int_equal(marshalled_size(format, object), 4);
    munmap(pages, 4096);
}

/* A graph that is not in the cache is freed though a type that it leads to cannot be decoded. */
static void uncached_graph_of_failed_walk(void **state)
{
    static unsigned char format[] = {
        NDR_FC_BOGUS_STRUCT, 7, S(16), S(0), S(6), NDR_FC_LONG, NDR_FC_ALIGNM8, NDR_FC_POINTER, NDR_FC_END,
        NDR_FC_UP, 0, S(2), NDR_FC_STRUCT, 3, S(4), 0x77, NDR_FC_END,
    };
    void *object[2] = { NULL, object };
    struct ndr_test t;
    int contents;

    for (contents = 0; contents < 8; contents++) {
        format[1] = contents & 1 ? 3 : 7;
        format[8] = contents & 6 ? NDR_FC_ULONG - (contents >> 1) : NDR_FC_LONG;
        ndr_test_begin(&t, true);
        assert_int_equal(raised_size(&t, object, format), NDR_STATUS_INTERNAL_ERROR);
        ndr_test_end(&t);
    }
}

/* One address with and without flags in its correlation descriptors. */
static void age_of_descriptors(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_CARRAY, 1, S(2), NDR_CORRELATION_CONSTANT, 0, S(2), NDR_FC_SHORT, NDR_FC_END,
        NDR_FC_BYTE, NDR_FC_END, /* the element, where the descriptor is longer by two */
    };
    bool owned;

    assert_int_equal(ndr_cache_find(format, 0, &owned)->root->array.element->fc, NDR_FC_SHORT);
    assert_int_equal(ndr_cache_find(format, 2, &owned)->root->array.element->fc, NDR_FC_BYTE);
    assert_int_equal(ndr_cache_find(format, 0, &owned)->root->array.element->fc, NDR_FC_SHORT);
}

static unsigned char shared_format[64][8];

static void *find_all(void *result)
{
    size_t i;
    bool owned;

    for (i = 0; i < 64; i++) {
        const struct ndr_graph *graph = ndr_cache_find(shared_format[i], 0, &owned);

        if (owned || graph->root->memory_size != 4 * (i + 1))
            return result;
    }
    return NULL;
}

static void many_threads(void **state)
{
    pthread_t threads[8];
    void *result;
    size_t i;

    for (i = 0; i < 64; i++) {
        const unsigned char format[8] = { NDR_FC_STRUCT, 3, S(4 * (i + 1)), NDR_FC_LONG,
        NDR_FC_END };

        memcpy(shared_format[i], format, sizeof(format));
    }
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, find_all, shared_format), 0);
    for (i = 0; i < 8; i++) {
        pthread_join(threads[i], &result);
        assert_null(result);
    }
}

static void malformed(void **state)
{
    static const unsigned char pointer_map_on_64_bit[] = {
        NDR_FC_PSTRUCT, 3, S(4), NDR_FC_PP, NDR_FC_PAD, NDR_FC_NO_REPEAT, NDR_FC_PAD, S(0), S(0),
        NDR_FC_UP, NDR_SIMPLE_POINTER, NDR_FC_LONG, NDR_FC_PAD, NDR_FC_END, NDR_FC_LONG,
        NDR_FC_PAD, NDR_FC_END,
    };
    static const unsigned char unknown_member[] = { NDR_FC_STRUCT, 3, S(4), 0x77, NDR_FC_END };
    /* a structure that contains itself */
    static const unsigned char endless[] = {
        NDR_FC_STRUCT, 3, S(4), NDR_FC_EMBEDDED_COMPLEX, 0, S(-6), NDR_FC_PAD, NDR_FC_END,
    };

    if (sizeof(void *) == 8)
        assert_int_equal(RAISED(ndr_decode(pointer_map_on_64_bit, 0)), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(RAISED(ndr_decode(unknown_member, 0)), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(RAISED(ndr_decode(endless, 0)), NDR_STATUS_INTERNAL_ERROR);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_change),
        cmocka_unit_test(embedded_contents_change),
        cmocka_unit_test(shorter_at_end_of_mapping),
        cmocka_unit_test(uncached_graph_of_failed_walk),
        cmocka_unit_test(age_of_descriptors),
        cmocka_unit_test(many_threads),
        cmocka_unit_test(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
