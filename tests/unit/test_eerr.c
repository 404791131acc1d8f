/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended error information on the wire: chains of error records encoded, decoded, shrunk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/native_platform.h"
#include "wire/eerr.h"

#define HEADERS 16

/* Three records: every type of parameter, a computer name, none, another one. Impacket's NDR lays
 * the records out like this, Wine's puts them and what they point at into this order. Headers:
 * [MS-RPCE] 2.2.6. */
static const uint8_t three_records[] = {
    0x01, 0x10, 0x08, 0x00, 0xcc, 0xcc, 0xcc, 0xcc, 0x18, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x02, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x02, 0x00, 0x01, 0x00, 0x01, 0x00,
    0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x02, 0x00, 0x44, 0x33, 0x22, 0x11, 0x00, 0x00, 0x00, 0x00,
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x02, 0x00, 0x00, 0x00, 0xba, 0x06, 0x00, 0x00,
    0x34, 0x12, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x0c, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02, 0x00, 0x02, 0x00, 0x00, 0x00,
    0x10, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x03, 0x00, 0xfe, 0xff, 0xff, 0xff,
    0x04, 0x00, 0x04, 0x00, 0xfd, 0xff, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x14, 0x00, 0x02, 0x00, 0x02, 0x00, 0x02, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,
    0x09, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x00, 0x05, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x07, 0x00, 0x07, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x18, 0x00, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00,
    0x02, 0x00, 0x00, 0x00, 0x20, 0x00, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x05, 0x00, 0x06, 0x00, 0x01, 0x00, 0x00, 0x00, 0x06, 0x00, 0x06, 0x00, 0x02, 0x00, 0x00, 0x00,
    0x51, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x50, 0x00, 0x43, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x61, 0x62, 0x63, 0x00,
    0x02, 0x00, 0x00, 0x00, 0x78, 0x00, 0x00, 0x00,
};

static const struct eerr_record third = {
    .computer = u"Q", .process_id = 1, .time = 2, .component = 3, .status = 4, .location = 5,
    .flags = 6, .param_count = 1, .params = { { .type = EERR_NONE } },
};
static const struct eerr_record second = {
    .next = (struct eerr_record *)&third, .process_id = 7, .time = 8, .component = 1, .status = 5,
    .location = 9, .flags = 3, .param_count = 2,
    .params = { { .type = EERR_POINTER, .value = 0x1122334455667788 },
                { .type = EERR_BINARY, .length = 3, .data = "\1\2\3" } },
};
static const struct eerr_record first = {
    .next = (struct eerr_record *)&second, .computer = u"PC", .process_id = 0x11223344,
    .time = 0x0102030405060708, .component = 2, .status = 1722, .location = 0x1234,
    .param_count = 4,
    .params = { { .type = EERR_ANSI, .length = 4, .data = "abc" },
                { .type = EERR_UNICODE, .length = 2, .data = u"x" },
                { .type = EERR_LONG, .value = (uint64_t)-2 },
                { .type = EERR_SHORT, .value = (uint64_t)-3 } },
};

static void assert_texts_equal(const uint16_t *a, const uint16_t *b)
{
    assert_int_equal(a == NULL, b == NULL);
    for (; a && *a; a++, b++)
        assert_int_equal(*a, *b);
    assert_true(!a || !*b);
}

static void assert_records_equal(const struct eerr_record *a, const struct eerr_record *b)
{
    assert_texts_equal(a->computer, b->computer);
    assert_int_equal(a->process_id, b->process_id);
    assert_true(a->time == b->time);
    assert_int_equal(a->component, b->component);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->location, b->location);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->param_count, b->param_count);
    for (unsigned i = 0; i < a->param_count; i++) {
        const struct eerr_param *p = &a->params[i], *q = &b->params[i];

        assert_int_equal(p->type, q->type);
        if (p->type == EERR_ANSI || p->type == EERR_BINARY || p->type == EERR_UNICODE) {
            assert_int_equal(p->length, q->length);
            assert_memory_equal(p->data, q->data, p->length * (p->type == EERR_UNICODE ? 2 : 1));
        } else if (p->type != EERR_NONE) {
            assert_true(p->value == q->value);
        }
    }
}

static void assert_chains_equal(const struct eerr_record *a, const struct eerr_record *b)
{
    assert_int_equal(eerr_count(a), eerr_count(b));
    for (; a; a = a->next, b = b->next)
        assert_records_equal(a, b);
}

static struct eerr_record *decode(const uint8_t *data, size_t length)
{
    uint8_t *exact = malloc(length + !length); /* the sanitizer sees what is read beyond it */
    struct eerr_record *head;

    memcpy(exact, data, length);
    assert_int_equal(eerr_decode(&native_allocator, exact, length, &head), EERR_OK);
    free(exact);
    return head;
}

static void assert_invalid(const uint8_t *data, size_t length)
{
    uint8_t *exact = malloc(length + !length);
    struct eerr_record *head = (void *)1;

    memcpy(exact, data, length);
    assert_int_equal(eerr_decode(&native_allocator, exact, length, &head), EERR_INVALID);
    assert_null(head);
    assert_int_equal(native_memory.in_use, 0);
    free(exact);
}

static uint8_t *encode(const struct eerr_record *head, size_t *length)
{
    uint8_t *data;

    *length = eerr_encoded_length(head);
    data = malloc(*length);
    eerr_encode(head, data);
    return data;
}

static void test_decode_of_another_encoder(void **state)
{
    struct eerr_record *head = decode(three_records, sizeof(three_records));

    assert_chains_equal(head, &first);
    eerr_free_chain(&native_allocator, head);
    assert_int_equal(native_memory.in_use, 0);
}

static void test_encode(void **state)
{
    size_t length;
    uint8_t *data = encode(&first, &length);

    assert_int_equal(length, sizeof(three_records));
    assert_memory_equal(data, three_records, length);
    free(data);
}

static void test_nothing(void **state)
{
    size_t length;
    uint8_t *data = encode(NULL, &length);

    assert_int_equal(length, HEADERS + 8);
    assert_null(decode(data, length));
    free(data);
}

/* Turns a record without pointers round: everything has its own size in it. */
static void test_big_endian(void **state)
{
    static const uint8_t big[] = {
        0x01, 0x00, 0x00, 0x08, 0xcc, 0xcc, 0xcc, 0xcc, 0x00, 0x00, 0x00, 0x58,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00,
        0x00, 0x02, 0x00, 0x04, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03,
        0x00, 0x00, 0x00, 0x05, 0x00, 0x09, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00,
        0x00, 0x04, 0x00, 0x04, 0xff, 0xfd, 0x00, 0x00, 0x00, 0x03, 0x00, 0x03,
        0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x02, 0x00, 0x50, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    };
    static const struct eerr_record record = {
        .computer = u"P", .process_id = 7, .time = 0x0000000100000002, .component = 3, .status = 5,
        .location = 9, .flags = 1, .param_count = 2,
        .params = { { .type = EERR_SHORT, .value = (uint64_t)-3 },
                    { .type = EERR_LONG, .value = 16 } },
    };
    struct eerr_record *head = decode(big, sizeof(big));

    assert_chains_equal(head, &record);
    eerr_free_chain(&native_allocator, head);
}

static void test_truncated(void **state)
{
    uint8_t data[sizeof(three_records)];

    for (size_t length = 0; length < sizeof(three_records); length++)
        assert_invalid(three_records, length);
    /* The same, with the length in the header telling the truth; the last 2 octets are padding. */
    memcpy(data, three_records, sizeof(data));
    for (size_t length = HEADERS; length < sizeof(data) - 2; length++) {
        wire_put_u32(data + 8, (uint32_t)(length - HEADERS), false);
        assert_invalid(data, length);
    }
}

/* Each of these makes the whole decoding fail. */
static void test_violations(void **state)
{
    static const struct {
        uint16_t at;
        uint8_t value;
        const char *what;
    } cases[] = {
        { 0, 2, "serialization version" },
        { 1, 1, "endianness" },
        { 2, 16, "header length" },
        { HEADERS + 4, 3, "count of parameters in front" },
        { HEADERS + 52, 5, "too many parameters" },
        { HEADERS + 12, 3, "name type" },
        { HEADERS + 14, 2, "name type twice" },
        { HEADERS + 56, 8, "parameter type" },
        { HEADERS + 56, 0, "parameter type" },
        { HEADERS + 58, 2, "parameter type twice" },
        { HEADERS + 61, 0x80, "negative length" },
        { HEADERS + 60, 5, "length unlike the count of elements" },
        { HEADERS + 253, 1, "count of elements" },
        { HEADERS + 255, 0x80, "count of elements beyond the end" },
    };
    uint8_t data[sizeof(three_records)];

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        memcpy(data, three_records, sizeof(data));
        assert_int_not_equal(data[cases[i].at], cases[i].value);
        data[cases[i].at] = cases[i].value;
        print_message("%s\n", cases[i].what);
        assert_invalid(data, sizeof(data));
    }
}

/* A text that has no NUL of its own gets one; a null pointer is no name. */
static void test_texts_get_their_nul(void **state)
{
    struct eerr_record *head;
    uint8_t data[sizeof(three_records)];

    memcpy(data, three_records, sizeof(data));
    data[HEADERS + 271] = 'd';                               /* "abc" */
    data[HEADERS + 278] = 'y';                               /* u"x" */
    wire_put_u32(data + HEADERS + 20, 0, false);             /* "PC" … */
    memmove(data + HEADERS + 252, data + HEADERS + 264, 16); /* … is not there */
    head = decode(data, sizeof(data));
    assert_null(head->computer);
    assert_int_equal(head->params[0].length, 5);
    assert_string_equal(head->params[0].data, "abcd");
    assert_int_equal(head->params[1].length, 3);
    assert_memory_equal(head->params[1].data, u"xy", 6);
    eerr_free_chain(&native_allocator, head);
}

static struct eerr_record *chain_of(unsigned count)
{
    struct eerr_record *head = NULL;

    while (count) {
        struct eerr_record record = third, *copy;

        record.status = count--;
        copy = eerr_copy(&native_allocator, &record);
        copy->next = head;
        head = copy;
    }
    return head;
}

static void test_longest_chain(void **state)
{
    struct eerr_record *chain = chain_of(EERR_MAX_RECORDS), *head;
    size_t length;
    uint8_t *data = encode(chain, &length);

    head = decode(data, length);
    assert_chains_equal(head, chain);
    free(data);
    eerr_free_chain(&native_allocator, chain);
    eerr_free_chain(&native_allocator, head);
}

/* Records that all have a next one: a chain is limited, whatever else the data holds. */
static void endless_chain(unsigned count, uint8_t **data, size_t *length)
{
    enum { RECORD = 48 }; /* a count, padding, 38 octets, padding */

    *length = HEADERS + 4 + count * RECORD;
    *data = calloc(1, *length);
    memcpy(*data, three_records, HEADERS);
    wire_put_u32(*data + 8, (uint32_t)(*length - HEADERS), false);
    wire_put_u32(*data + HEADERS, 1, false);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *record = *data + HEADERS + 4 + i * RECORD;

        wire_put_u32(record + 4, i < count - 1, false);
        wire_put_u32(record + 8, 0x00020002, false);
    }
}

static void test_too_long_a_chain(void **state)
{
    size_t length;
    uint8_t *data;
    struct eerr_record *head;

    endless_chain(EERR_MAX_RECORDS, &data, &length);
    head = decode(data, length);
    assert_int_equal(eerr_count(head), EERR_MAX_RECORDS);
    eerr_free_chain(&native_allocator, head);
    free(data);
    endless_chain(EERR_MAX_RECORDS + 1, &data, &length);
    assert_invalid(data, length);
    free(data);
}

static void test_copy(void **state)
{
    struct eerr_record *copy = eerr_copy_chain(&native_allocator, &first);

    assert_chains_equal(copy, &first);
    assert_ptr_not_equal(copy->computer, first.computer);
    assert_ptr_not_equal(copy->params[0].data, first.params[0].data);
    eerr_free_chain(&native_allocator, copy);
    assert_null(eerr_copy_chain(&native_allocator, NULL));
}

static void test_no_memory(void **state)
{
    struct eerr_record *head;

    for (unsigned i = 1; i <= 3; i++) {
        native_memory.fail_after = i;
        assert_int_equal(
            eerr_decode(&native_allocator, three_records, sizeof(three_records), &head),
            EERR_NO_MEMORY);
        assert_null(head);
        native_memory.fail_after = i;
        assert_null(eerr_copy_chain(&native_allocator, &first));
        assert_int_equal(native_memory.fail_after, 0);
        assert_int_equal(native_memory.in_use, 0);
    }
}

static void test_drop(void **state)
{
    struct eerr_record *head = chain_of(4);
    size_t length = eerr_encoded_length(head);

    assert_true(eerr_drop_some(&native_allocator, head));
    assert_int_equal(eerr_count(head), 3);
    assert_int_equal(head->next->status, 2);
    assert_int_equal(head->next->flags, third.flags | EERR_NEXT_MISSING);
    assert_int_equal(head->next->next->status, 4);
    assert_int_equal(head->next->next->flags, third.flags | EERR_PREVIOUS_MISSING);
    assert_true(eerr_drop_some(&native_allocator, head));
    assert_int_equal(head->next->status, 4);
    assert_true(eerr_encoded_length(head) < length);
    length = eerr_encoded_length(head);
    assert_true(eerr_drop_some(&native_allocator, head)); /* the names */
    assert_null(head->computer);
    assert_true(eerr_encoded_length(head) < length);
    assert_false(eerr_drop_some(&native_allocator, head));
    assert_int_equal(eerr_count(head), 2);
    eerr_free_chain(&native_allocator, head);

    head = eerr_copy(&native_allocator, &first);
    assert_true(eerr_drop_some(&native_allocator, head));
    assert_int_equal(head->params[0].type, EERR_NONE);
    assert_int_equal(head->params[1].type, EERR_NONE);
    assert_int_equal(head->params[2].type, EERR_LONG);
    eerr_free_chain(&native_allocator, head);
    assert_false(eerr_drop_some(&native_allocator, NULL));
}

static int no_memory_is_left(void **state)
{
    native_memory.fail_after = 0;
    return native_memory.in_use != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_decode_of_another_encoder, no_memory_is_left),
        cmocka_unit_test_teardown(test_encode, no_memory_is_left),
        cmocka_unit_test_teardown(test_nothing, no_memory_is_left),
        cmocka_unit_test_teardown(test_big_endian, no_memory_is_left),
        cmocka_unit_test_teardown(test_truncated, no_memory_is_left),
        cmocka_unit_test_teardown(test_violations, no_memory_is_left),
        cmocka_unit_test_teardown(test_texts_get_their_nul, no_memory_is_left),
        cmocka_unit_test_teardown(test_longest_chain, no_memory_is_left),
        cmocka_unit_test_teardown(test_too_long_a_chain, no_memory_is_left),
        cmocka_unit_test_teardown(test_copy, no_memory_is_left),
        cmocka_unit_test_teardown(test_no_memory, no_memory_is_left),
        cmocka_unit_test_teardown(test_drop, no_memory_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
