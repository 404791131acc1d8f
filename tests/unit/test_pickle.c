/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of serialized types and procedures, and the streams that they stand in: octets spelled
 * out from [MS-RPCE] 2.2.6 and 2.2.7, and what is no such data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ndr/pickle_stream.h"
#include "unit/wire_test.h"

static const struct wire_syntax interface_id = {
    { 0x12345678, 0x1234, 0x5678, { 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4 } }, 1, 2
};

#define COMMON_V1     "01100800cccccccc"
#define COMMON_V1_BIG "01000800cccccccc"
#define INTERFACE     "78563412 3412 7856 9abcdef001020304 0100 0200"
#define INTERFACE_BIG "12345678 1234 5678 9abcdef001020304 00020001"
#define NDR20         "045d888a eb1c c911 9fe808002b104860 0200 0000"
#define NDR20_BIG     "8a885d04 1ceb 11c9 9fe808002b104860 00000002"
#define NDR64         "33057171 babe 3749 8319b5dbef9ccc36 0100 0000"
#define COMMON_V2     "02104000cccccccc cccccccccccccccccccccccccccccccc " NDR64 INTERFACE
#define PROC          "0101cccc " NDR20 INTERFACE "05000000 01000000 "

/* ---- memory for dynamic buffers ---- */

static unsigned blocks, allocations, fail_at, shift;

static void *NDR_CALLBACK test_allocate(size_t size)
{
    unsigned char *block;

    if (++allocations == fail_at)
        return NULL;
    if (posix_memalign((void **)&block, 16, size + 16))
        return NULL;
    blocks++;
    return block + shift;
}

static void NDR_CALLBACK test_release(void *block)
{
    blocks--;
    free((unsigned char *)block - shift);
}

static const struct pickle_memory memory = { test_allocate, test_release };

static void assert_octets(const unsigned char *got, size_t length, const char *hex)
{
    size_t expected_length;
    uint8_t *expected = wire_test_octets(hex, &expected_length);

    assert_int_equal(length, expected_length);
    assert_memory_equal(got, expected, length);
    free(expected);
}

/* An object of `length` octets of value `fill` into a stream. */
static uint32_t put_object(struct pickle_stream *s, uint32_t length, bool primitive, int fill)
{
    uint32_t size = pickle_object_size(s, length, primitive), status;
    uint32_t headers = pickle_headers_size(s, primitive);
    unsigned char *start;

    status = pickle_reserve(s, size, &memory, &start);
    if (status)
        return status;
    memset(start + headers, 0, size - headers);
    memset(start + headers, fill, length);
    pickle_put_headers(s, start, length, primitive, &interface_id);
    pickle_commit(s, size, &memory);
    return 0;
}

static uint64_t aligned[64];

static void begin_fixed(struct pickle_stream *s, enum pickle_action action, uint32_t size,
                        uint32_t *encoded)
{
    char *buffer = (char *)(((uintptr_t)aligned + 15) & ~(uintptr_t)15);

    memset(s, 0, sizeof(*s));
    assert_int_equal(pickle_set_buffer(s, PICKLE_FIXED_BUFFER, action, &buffer, size, encoded), 0);
}

/* ---- encoding ---- */

static void test_version_1(void **state)
{
    struct pickle_stream s;
    uint32_t encoded = 0;

    begin_fixed(&s, PICKLE_ENCODE, 72, &encoded);
    assert_int_equal(pickle_object_size(&s, 5, false), 8 + 8 + 8);
    assert_int_equal(put_object(&s, 5, false, 0x11), 0);
    assert_int_equal(encoded, 24);
    assert_int_equal(pickle_object_size(&s, 4, true), 8);
    assert_int_equal(put_object(&s, 4, true, 0x22), 0);
    assert_int_equal(put_object(&s, 8, false, 0x33), 0);
    assert_int_equal(put_object(&s, 0, false, 0), 0);
    assert_int_equal(encoded, 56);
    assert_octets(s.buffer, encoded,
                  COMMON_V1 "0800000000000000 1111111111000000"
                            "2222222200000000"
                            "0800000000000000 3333333333333333"
                            "0000000000000000");
    /* One octet too many for what is left. */
    assert_int_equal(put_object(&s, 9, false, 0), PICKLE_STATUS_INVALID_BUFFER);
    assert_int_equal(encoded, 56);
    assert_int_equal(put_object(&s, 8, false, 0x44), 0);
    assert_int_equal(encoded, 72);
}

/* Every object has a private header, primitive ones too; units of 16 octets. */
static void test_version_2(void **state)
{
    struct pickle_stream s;
    uint32_t encoded = 0;

    begin_fixed(&s, PICKLE_ENCODE_NDR64, 256, &encoded);
    assert_int_equal(put_object(&s, 4, true, 0x22), 0);
    assert_int_equal(put_object(&s, 17, false, 0x33), 0);
    assert_octets(s.buffer, encoded,
                  COMMON_V2 "10000000000000000000000000000000"
                            "22222222000000000000000000000000"
                            "20000000000000000000000000000000"
                            "33333333333333333333333333333333"
                            "33000000000000000000000000000000");
}

static void test_procedure_header(void **state)
{
    struct pickle_proc header = { .transfer_syntax = wire_syntax_ndr20,
                                  .interface_id = interface_id,
                                  .number = 5,
                                  .length = 0x18 };
    uint8_t octets[PICKLE_PROC_LENGTH];

    pickle_put_proc(octets, &header);
    assert_octets(octets, sizeof(octets), PROC "18000000");
}

static void test_dynamic(void **state)
{
    struct pickle_stream s = { 0 };
    uint32_t encoded = 0;
    char *result = NULL, *first;
    unsigned char *start;

    blocks = allocations = fail_at = shift = 0;
    assert_int_equal(
        pickle_set_buffer(&s, PICKLE_DYNAMIC_BUFFER, PICKLE_ENCODE, &result, 0, &encoded), 0);
    assert_int_equal(put_object(&s, 4, true, 0x22), 0);
    assert_octets((unsigned char *)result, encoded, COMMON_V1 "2222222200000000");
    first = result;
    /* Given up: as before. */
    assert_int_equal(pickle_reserve(&s, 32, &memory, &start), 0);
    assert_int_equal(blocks, 2);
    pickle_abandon(&s, &memory);
    assert_int_equal(blocks, 1);
    assert_ptr_equal(result, first);
    assert_int_equal(put_object(&s, 8, true, 0x33), 0);
    assert_octets((unsigned char *)result, encoded,
                  COMMON_V1 "2222222200000000 3333333333333333");
    assert_int_equal(blocks, 1);
    fail_at = allocations + 1;
    assert_int_equal(put_object(&s, 8, true, 0x33), PICKLE_STATUS_OUT_OF_MEMORY);
    assert_int_equal(encoded, 24);
    test_release(result);
    assert_int_equal(blocks, 0);
}

static void test_misaligned_allocator(void **state)
{
    struct pickle_stream s = { 0 };
    uint32_t encoded = 0;
    char *result = NULL;

    blocks = allocations = fail_at = 0;
    shift = 4;
    assert_int_equal(
        pickle_set_buffer(&s, PICKLE_DYNAMIC_BUFFER, PICKLE_ENCODE, &result, 0, &encoded), 0);
    assert_int_equal(put_object(&s, 4, true, 0x22), PICKLE_STATUS_INVALID_BUFFER);
    assert_int_equal(blocks, 0);
    assert_null(result);
    shift = 0;
}

/* ---- incremental streams ---- */

static struct {
    unsigned char *data; /* exact blocks, so that the sanitizer sees overruns */
    size_t length, at;
    unsigned shift, less;
    unsigned char *block;
    unsigned writes;
} user;

static void give_block(unsigned int size)
{
    free(user.block);
    if (posix_memalign((void **)&user.block, 16, size + 16))
        abort();
}

static void NDR_CALLBACK user_alloc(void *state, char **buffer, unsigned int *size)
{
    assert_ptr_equal(state, &user);
    give_block(*size);
    *buffer = (char *)user.block + user.shift;
    *size -= user.less;
}

static void NDR_CALLBACK user_write(void *state, char *buffer, unsigned int size)
{
    assert_ptr_equal(state, &user);
    user.data = realloc(user.data, user.length + size);
    memcpy(user.data + user.length, buffer, size);
    user.length += size;
    user.writes++;
}

static void NDR_CALLBACK user_read(void *state, char **buffer, unsigned int *size)
{
    size_t left = user.length - user.at;

    assert_ptr_equal(state, &user);
    give_block(*size);
    if (*size > left)
        *size = (unsigned int)left;
    memcpy(user.block + user.shift, user.data + user.at, *size);
    *buffer = (char *)user.block + user.shift;
    user.at += *size;
}

static void NDR_CALLBACK user_none(void *state, char **buffer, unsigned int *size)
{
}

static void free_user(void)
{
    free(user.data);
    free(user.block);
    memset(&user, 0, sizeof(user));
}

static void test_incremental(void **state)
{
    struct pickle_stream s = { 0 };
    struct pickle_data data;

    assert_int_equal(
        pickle_set_incremental(&s, PICKLE_ENCODE, &user, user_alloc, user_write, NULL), 0);
    assert_int_equal(put_object(&s, 3, false, 0x11), 0);
    assert_int_equal(put_object(&s, 2, true, 0x22), 0);
    assert_int_equal(user.writes, 2);
    assert_octets(user.data, user.length,
                  COMMON_V1 "0800000000000000 1111110000000000 2222000000000000");
    user.less = 8;
    assert_int_equal(put_object(&s, 2, true, 0x22), PICKLE_STATUS_INVALID_BUFFER);
    user.less = 0;
    user.shift = 4;
    assert_int_equal(put_object(&s, 2, true, 0x22), PICKLE_STATUS_INVALID_BUFFER);
    user.shift = 0;
    s.alloc = user_none;
    assert_int_equal(put_object(&s, 2, true, 0x22), PICKLE_STATUS_OUT_OF_MEMORY);

    assert_int_equal(pickle_set_incremental(&s, PICKLE_DECODE, &user, NULL, NULL, user_read), 0);
    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_octets(data.start, data.length, "1111110000000000");
    assert_int_equal(pickle_next_object(&s, 2, &data), 0);
    assert_octets(data.start, data.length, "2222000000000000");
    assert_int_equal(pickle_next_object(&s, 2, &data), PICKLE_STATUS_INVALID_BUFFER);
    s.read = user_none;
    assert_int_equal(pickle_next_object(&s, 2, &data), PICKLE_STATUS_INVALID_BUFFER);
    free_user();
}

/* ---- decoding ---- */

/* A stream over a copy of the octets in a block of exactly their length. */
static unsigned char *begin_decode(struct pickle_stream *s, const char *hex)
{
    size_t length;
    uint8_t *octets = wire_test_octets(hex, &length);
    char *block;

    assert_int_equal(posix_memalign((void **)&block, 16, length + !length), 0);
    memcpy(block, octets, length);
    free(octets);
    memset(s, 0, sizeof(*s));
    assert_int_equal(pickle_set_buffer(s, PICKLE_FIXED_BUFFER, PICKLE_DECODE, &block,
                                       (uint32_t)length, NULL),
                     0);
    return (unsigned char *)block;
}

static void test_decode(void **state)
{
    struct pickle_stream s;
    struct pickle_data data;
    unsigned char *block = begin_decode(
        &s, COMMON_V1 "08000000ffffffff 1111111111000000 2222222200000000 00000000 00000000");

    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_false(data.big_endian || data.ndr64);
    assert_octets(data.start, data.length, "1111111111000000");
    assert_int_equal(pickle_next_object(&s, 4, &data), 0);
    assert_octets(data.start, data.length, "2222222200000000");
    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_int_equal(data.length, 0);
    assert_int_equal(pickle_next_object(&s, 0, &data), PICKLE_STATUS_INVALID_BUFFER);
    free(block);
}

/* Big-endian data: the common header is little-endian all the same, but not everybody's. */
static void test_decode_big_endian(void **state)
{
    static const char *const streams[] = {
        COMMON_V1_BIG "0000000800000000 1111111111000000",
        "01000008cccccccc 0000000800000000 1111111111000000",
    };
    struct pickle_stream s;
    struct pickle_data data;

    for (unsigned i = 0; i < 2; i++) {
        unsigned char *block = begin_decode(&s, streams[i]);

        assert_int_equal(pickle_next_object(&s, 0, &data), 0);
        assert_true(data.big_endian);
        assert_octets(data.start, data.length, "1111111111000000");
        free(block);
    }
}

static void test_decode_version_2(void **state)
{
    struct pickle_stream s;
    struct pickle_data data;
    unsigned char *block =
        begin_decode(&s, COMMON_V2 "10000000000000000000000000000000"
                                   "22222222000000000000000000000000"
                                   "10000000000000000000000000000000"
                                   "33000000000000000000000000000000");

    assert_int_equal(pickle_next_object(&s, 4, &data), 0);
    assert_true(data.ndr64);
    assert_octets(data.start, data.length, "22222222000000000000000000000000");
    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_octets(data.start, data.length, "33000000000000000000000000000000");
    free(block);
    block = begin_decode(&s, "02104000cccccccc cccccccccccccccccccccccccccccccc " NDR20 INTERFACE
                             "10000000000000000000000000000000"
                             "22222222000000000000000000000000");
    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_false(data.ndr64);
    free(block);
}

/* The length need not count the padding, and the last one's need not be there. */
static void test_decode_unpadded(void **state)
{
    struct pickle_stream s;
    struct pickle_data data;
    unsigned char *block =
        begin_decode(&s, COMMON_V1 "0500000000000000 1111111111fafafa 0600000000000000 222222222222");

    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_octets(data.start, data.length, "1111111111fafafa");
    assert_int_equal(pickle_next_object(&s, 0, &data), 0);
    assert_octets(data.start, data.length, "222222222222");
    free(block);
}

static void test_decode_procedure(void **state)
{
    static const char *const streams[] = {
        PROC "05000000 1111111111000000" PROC "00000000",
        "0100cccc " NDR20_BIG INTERFACE_BIG "00000005 00000001 00000005 1111111111000000" PROC
        "00000000",
    };
    struct pickle_stream s;
    struct pickle_data data;

    for (unsigned i = 0; i < 2; i++) {
        unsigned char *block = begin_decode(&s, streams[i]);

        assert_int_equal(pickle_peek_procedure(&s), 0);
        assert_int_equal(pickle_peek_procedure(&s), 0);
        assert_int_equal(s.at.procedure.number, 5);
        assert_true(wire_syntax_equal(&s.at.procedure.interface_id, &interface_id));
        assert_int_equal(pickle_next_procedure(&s, &data), 0);
        assert_int_equal(data.big_endian, i);
        assert_octets(data.start, data.length, "1111111111000000");
        assert_int_equal(pickle_next_procedure(&s, &data), 0);
        assert_int_equal(data.length, 0);
        assert_int_equal(pickle_next_procedure(&s, &data), PICKLE_STATUS_INVALID_BUFFER);
        free(block);
    }
}

/* ---- hostile data ---- */

struct hostile {
    const char *hex;
    uint32_t primitive, status;
};

static void test_hostile_types(void **state)
{
    static const struct hostile cases[] = {
        { "", 0, PICKLE_STATUS_INVALID_BUFFER },
        { "01100800cccccc", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1, 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "08000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "0800000000000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "0900000000000000 1111111111111111", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "ffffffff00000000 1111111111111111", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "f9ffffff00000000 1111111111111111", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "f0ffff7f00000000 1111111111111111", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V1 "112233", 4, PICKLE_STATUS_INVALID_BUFFER },
        { "00100800cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "03100800cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "01110800cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "01100900cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "01100008cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "02100800cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "02004000cccccccc 0000000000000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
        { "02104000cccccccc 0000000000000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { "02104000cccccccc cccccccccccccccccccccccccccccccc " INTERFACE INTERFACE, 0,
          PICKLE_STATUS_UNSUPPORTED_TRANS_SYN },
        { COMMON_V2 "0800000000000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { COMMON_V2 "02000000000000000000000000000000 2222", 4, PICKLE_STATUS_INVALID_BUFFER },
        { PROC "00000000", 0, PICKLE_STATUS_WRONG_ES_VERSION },
    };
    struct pickle_stream s;
    struct pickle_data data;

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char *block = begin_decode(&s, cases[i].hex);

        if (pickle_next_object(&s, cases[i].primitive, &data) != cases[i].status)
            fail_msg("%s", cases[i].hex);
        free(block);
    }
}

static void test_hostile_procedures(void **state)
{
    static const struct hostile cases[] = {
        { "", 0, PICKLE_STATUS_INVALID_BUFFER },
        { PROC "000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { PROC "01000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { PROC "ffffffff 0000000000000000", 0, PICKLE_STATUS_INVALID_BUFFER },
        { "0201cccc " NDR20 INTERFACE "05000000 01000000 00000000", 0,
          PICKLE_STATUS_WRONG_ES_VERSION },
        { "0110cccc " NDR20 INTERFACE "05000000 01000000 00000000", 0,
          PICKLE_STATUS_WRONG_ES_VERSION },
        { "01000800 " NDR20 INTERFACE "05000000 01000000 00000000", 0,
          PICKLE_STATUS_WRONG_ES_VERSION },
        { "0101cccc " INTERFACE INTERFACE "05000000 01000000 00000000", 0,
          PICKLE_STATUS_UNSUPPORTED_TRANS_SYN },
        { "0100cccc " NDR20 INTERFACE "05000000 01000000 00000000", 0,
          PICKLE_STATUS_UNSUPPORTED_TRANS_SYN },
    };
    struct pickle_stream s;
    struct pickle_data data;

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char *block = begin_decode(&s, cases[i].hex);

        if (pickle_next_procedure(&s, &data) != cases[i].status)
            fail_msg("%s", cases[i].hex);
        free(block);
    }
}

/* Version 2 needs more alignment than the buffer was known to have. */
static void test_version_2_alignment(void **state)
{
    size_t length;
    uint8_t *octets = wire_test_octets(COMMON_V2 "10000000000000000000000000000000"
                                                 "22222222000000000000000000000000",
                                       &length);
    struct pickle_stream s = { 0 };
    struct pickle_data data;
    char *block = NULL, *buffer;

    assert_int_equal(posix_memalign((void **)&block, 16, length + 8), 0);
    buffer = block + 8;
    memcpy(buffer, octets, length);
    free(octets);
    assert_int_equal(pickle_set_buffer(&s, PICKLE_FIXED_BUFFER, PICKLE_DECODE, &buffer,
                                       (uint32_t)length, NULL),
                     0);
    assert_int_equal(pickle_next_object(&s, 0, &data), PICKLE_STATUS_INVALID_BUFFER);
    free(block);
}

static void test_arguments(void **state)
{
    struct pickle_stream s = { .size = 77 };
    char *buffer = (char *)(((uintptr_t)aligned + 15) & ~(uintptr_t)15), *none = NULL,
         *odd = buffer + 4, *eight = buffer + 8;
    uint32_t encoded;

#define SET(...) pickle_set_buffer(&s, __VA_ARGS__)
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_ENCODE, NULL, 8, &encoded), 87);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_ENCODE, &none, 8, &encoded), 87);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_ENCODE, &buffer, 8, NULL), 87);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_DECODE, &none, 8, NULL), 87);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, 3, &buffer, 8, &encoded), 87);
    assert_int_equal(SET(PICKLE_INCREMENTAL, PICKLE_ENCODE, &buffer, 8, &encoded), 87);
    assert_int_equal(SET(3, PICKLE_ENCODE, &buffer, 8, &encoded), 87);
    assert_int_equal(SET(PICKLE_DYNAMIC_BUFFER, PICKLE_ENCODE, NULL, 8, &encoded), 87);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_ENCODE, &odd, 8, &encoded), 1784);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_DECODE, &odd, 8, NULL), 1784);
    assert_int_equal(SET(PICKLE_FIXED_BUFFER, PICKLE_ENCODE_NDR64, &eight, 8, &encoded), 1784);
    assert_int_equal(pickle_set_incremental(&s, PICKLE_ENCODE, NULL, user_alloc, NULL, NULL), 87);
    assert_int_equal(pickle_set_incremental(&s, PICKLE_ENCODE, NULL, NULL, user_write, NULL), 87);
    assert_int_equal(
        pickle_set_incremental(&s, PICKLE_DECODE, NULL, user_alloc, user_write, NULL), 87);
    assert_int_equal(
        pickle_set_incremental(&s, 3, NULL, user_alloc, user_write, user_read), 87);
    assert_int_equal(s.size, 77); /* untouched */
    assert_int_equal(pickle_object_size(&s, 0x7ffffff0, false), 0);
    assert_int_equal(pickle_object_size(&s, UINT32_MAX, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_procedure_header),
        cmocka_unit_test(test_dynamic),
        cmocka_unit_test(test_misaligned_allocator),
        cmocka_unit_test(test_incremental),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_decode_big_endian),
        cmocka_unit_test(test_decode_version_2),
        cmocka_unit_test(test_decode_unpadded),
        cmocka_unit_test(test_decode_procedure),
        cmocka_unit_test(test_hostile_types),
        cmocka_unit_test(test_hostile_procedures),
        cmocka_unit_test(test_version_2_alignment),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
