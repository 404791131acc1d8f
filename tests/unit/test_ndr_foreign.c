/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub data of senders whose characters are EBCDIC and whose floating-point numbers are not IEEE's:
 * C706 14.1 and 14.2. The numbers' octets are from the definitions of the formats. */
#include "unit/ndr_test.h"

#include "ndr/foreign.h"

enum { LITTLE = 0x10, BIG = 0, EBCDIC = 1, VAX = 0x100, CRAY = 0x200, IBM = 0x300 };

/* Received in the representation, then sent again; and converted in place. */
static void check_foreign(const unsigned char *format, uint32_t representation, const void *foreign,
                          const void *local, size_t length)
{
    unsigned char *memory = NULL;
    struct ndr_test t, back;
    int blocks = ndr_test_blocks;

    ndr_test_begin(&t, true);
    ndr_set_representation(&t.msg, representation);
    ndr_test_receive(&t, foreign, length);
    ndr_unmarshal(&t.msg, &memory, format, 0);
    assert_int_equal(ndr_test_used(&t), length);
    ndr_test_begin(&back, true);
    ndr_test_send(&back, memory, format);
    assert_int_equal(ndr_test_used(&back), length);
    assert_memory_equal(back.rpc.Buffer, local, length);
    ndr_test_end(&back);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, format);
    ndr_test_free(memory);
    ndr_test_receive(&t, foreign, length);
    ndr_memory_size(&t.msg, format);
    assert_int_equal(ndr_test_used(&t), length);
    assert_memory_equal(t.rpc.Buffer, foreign, length);
    t.msg.Buffer = t.msg.BufferStart;
    ndr_convert(&t.msg, format);
    assert_int_equal(ndr_test_used(&t), length);
    assert_memory_equal(t.rpc.Buffer, local, length);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, blocks);
}

/* ---- floating point ---- */

struct number {
    uint32_t representation;
    const char *octets;
    double value;
};

static const struct number singles[] = {
    { LITTLE | VAX, "\x80\x40\0\0", 1.0 },
    { LITTLE | VAX, "\x20\xc1\0\0", -2.5 },
    { LITTLE | VAX, "\x49\x41\xdb\x0f", 0x1.921fb6p1 }, /* pi */
    { LITTLE | VAX, "\x34\0\x78\x56", 0 },               /* exponent 0, whatever the fraction */
    { LITTLE | VAX, "\x80\0\0\0", 0x1p-128 },            /* the least of a VAX; subnormal here */
    { LITTLE | VAX, "\xff\x7f\xff\xff", 0x1.fffffep126 },
    { BIG | VAX, "\xc1\x20\0\0", -2.5 },
    { BIG | CRAY, "\x40\x01\x80\0", 1.0 },
    { BIG | CRAY, "\xc0\x02\xa0\0", -2.5 },
    { BIG | CRAY, "\x40\x02\x50\0", 1.25 }, /* not normalized */
    { BIG | CRAY, "\0\0\0\0", 0 },
    { BIG | CRAY, "\x3f\x00\x80\0", 0 }, /* 2^-257 */
    { LITTLE | CRAY, "\0\xa0\x02\xc0", -2.5 },
    { BIG | IBM, "\x41\x10\0\0", 1.0 },
    { BIG | IBM, "\xc2\x76\xa0\0", -118.625 },
    { BIG | IBM, "\x41\x32\x43\xf7", 0x1.921fb8p1 },
    { BIG | IBM, "\x20\xff\xff\xff", 0x1.fffffep-129 }, /* rounds up: a subnormal of fewer bits */
    { BIG | IBM, "\0\x10\0\0", 0 },                      /* 2^-260 */
    { LITTLE | IBM, "\0\xa0\x76\xc2", -118.625 },
};

static const struct number doubles[] = {
    { LITTLE | VAX, "\x10\x40\0\0\0\0\0\0", 1.0 },
    { LITTLE | VAX, "\x24\xc0\0\0\0\0\0\0", -2.5 },
    { LITTLE | VAX, "\x29\x40\xfb\x21\x44\x54\x18\x2d", 0x1.921fb54442d18p1 },
    { LITTLE | VAX, "\x10\0\0\0\0\0\0\0", 0x1p-1024 },
    { BIG | VAX, "\xc0\x24\0\0\0\0\0\0", -2.5 },
    { BIG | CRAY, "\x40\x01\x80\0\0\0\0\0", 1.0 },
    { BIG | CRAY, "\xc0\x02\xa0\0\0\0\0\0", -2.5 },
    { BIG | CRAY, "\x40\x02\xc9\x0f\xda\xa2\x21\x68", 0x1.921fb54442dp1 },
    { BIG | IBM, "\x41\x10\0\0\0\0\0\0", 1.0 },
    { BIG | IBM, "\x41\x32\x43\xf6\xa8\x88\x5a\x31", 0x1.921fb54442d18p1 }, /* a tie: to the even */
    { BIG | IBM, "\x41\x32\x43\xf6\xa8\x88\x5a\x33", 0x1.921fb54442d1ap1 },
    { BIG | IBM, "\0\x10\0\0\0\0\0\0", 0x1p-260 },
};

static void single_precision(void **state)
{
    static const unsigned char format[] = { NDR_FC_STRUCT, 3, S(4), NDR_FC_FLOAT, NDR_FC_END };
    size_t i;

    for (i = 0; i < sizeof(singles) / sizeof(*singles); i++) {
        float value = (float)singles[i].value;

        check_foreign(format, singles[i].representation, singles[i].octets, &value, 4);
    }
}

static void double_precision(void **state)
{
    static const unsigned char format[] = { NDR_FC_STRUCT, 7, S(8), NDR_FC_DOUBLE, NDR_FC_END };
    size_t i;

    for (i = 0; i < sizeof(doubles) / sizeof(*doubles); i++)
        check_foreign(format, doubles[i].representation, doubles[i].octets, &doubles[i].value, 8);
}

static uint32_t unmarshal_float(uint32_t representation, const char *octets, bool convert)
{
    static const unsigned char format[] = { NDR_FC_FLOAT, NDR_FC_PAD };
    unsigned char object[4], *at = object;
    struct ndr_test t;
    uint32_t status;

    ndr_test_begin(&t, false);
    ndr_set_representation(&t.msg, representation);
    ndr_test_receive(&t, octets, 4);
    status = convert ? RAISED(ndr_convert(&t.msg, format))
                     : RAISED(ndr_unmarshal(&t.msg, &at, format, 0));
    ndr_test_end(&t);
    return status;
}

static void no_such_number(void **state)
{
    int convert;

    for (convert = 0; convert < 2; convert++) {
        assert_int_equal(unmarshal_float(LITTLE | VAX, "\0\x80\0\0", convert),
                         NDR_STATUS_BAD_STUB_DATA); /* a reserved operand */
        assert_int_equal(unmarshal_float(BIG | IBM, "\x7f\xff\xff\xff", convert),
                         NDR_STATUS_FP_OVERFLOW);
        assert_int_equal(unmarshal_float(BIG | IBM, "\x61\x10\0\0", convert),
                         NDR_STATUS_FP_OVERFLOW); /* 2^128 */
        assert_int_equal(unmarshal_float(BIG | IBM, "\x60\xff\xff\xff", convert), 0);
        assert_int_equal(unmarshal_float(BIG | CRAY, "\x5f\xff\x80\0", convert),
                         NDR_STATUS_FP_OVERFLOW);
    }
}

/* ---- characters ---- */

/* "Hi [1]\n": IBM-1047. */
#define HI "\xc8\x89\x40\xad\xf1\xbd\x25"

static void table_is_one_to_one(void **state)
{
    bool seen[256] = { false };
    int i;

    for (i = 0; i < 256; i++) {
        assert_false(seen[ndr_latin_of_ebcdic[i]]);
        seen[ndr_latin_of_ebcdic[i]] = true;
    }
    assert_int_equal(ndr_latin_of_ebcdic[0], 0);
    assert_memory_equal(ndr_latin_of_ebcdic + 0xf0, "0123456789", 10);
    assert_memory_equal(ndr_latin_of_ebcdic + 0xc1, "ABCDEFGHI", 9);
    assert_memory_equal(ndr_latin_of_ebcdic + 0xd1, "JKLMNOPQR", 9);
    assert_memory_equal(ndr_latin_of_ebcdic + 0xe2, "STUVWXYZ", 8);
}

static void strings(void **state)
{
    static const unsigned char characters[] = { NDR_FC_C_CSTRING, NDR_FC_PAD };
    static const unsigned char octets[] = { NDR_FC_C_BSTRING, NDR_FC_PAD };
    static const unsigned char wide[] = { NDR_FC_C_WSTRING, NDR_FC_PAD };
    static const char local[] = "\x8\0\0\0\0\0\0\0\x8\0\0\0Hi [1]\n";

    check_foreign(characters, LITTLE | EBCDIC, "\x8\0\0\0\0\0\0\0\x8\0\0\0" HI, local, 20);
    check_foreign(characters, BIG | EBCDIC, "\0\0\0\x8\0\0\0\0\0\0\0\x8" HI, local, 20);
    check_foreign(octets, BIG | EBCDIC, "\0\0\0\x8\0\0\0\0\0\0\0\x8Hi [1]\n", local, 20);
    check_foreign(wide, LITTLE | EBCDIC, "\2\0\0\0\0\0\0\0\2\0\0\0\xc8\0\0\0",
                  "\2\0\0\0\0\0\0\0\2\0\0\0\xc8\0\0\0", 16);
}

static void structures(void **state)
{
    static const unsigned char raw[] = {
        /* 0: char name[4] */ NDR_FC_SMFARRAY, 0, S(4), NDR_FC_CHAR, NDR_FC_END,
        /* 6: byte id[2] */ NDR_FC_SMFARRAY, 0, S(2), NDR_FC_BYTE, NDR_FC_END,
        /* 12 */ NDR_FC_STRUCT, 7, S(24), NDR_FC_CHAR, NDR_FC_SMALL, NDR_FC_SHORT,
        NDR_FC_EMBEDDED_COMPLEX, 0, S(-21), NDR_FC_DOUBLE, NDR_FC_FLOAT,
        NDR_FC_EMBEDDED_COMPLEX, 0, S(-21), NDR_FC_SHORT, NDR_FC_END,
    };
    static const unsigned char complex_format[] = {
        NDR_FC_BOGUS_STRUCT, 3, S(12), S(0), S(0),
        NDR_FC_ENUM16, NDR_FC_FLOAT, NDR_FC_CHAR, NDR_FC_BYTE, NDR_FC_STRUCTPAD1 + 1, NDR_FC_END,
    };

    check_foreign(raw + 12, BIG | EBCDIC | IBM,
                  "\xc1\xc1\x12\x34\x95\x81\x94\x85\x41\x10\0\0\0\0\0\0\xc2\x76\xa0\0\xc1\xc2\1\2",
                  "A\xc1\x34\x12name\0\0\0\0\0\0\xf0\x3f\0\x40\xed\xc2\xc1\xc2\2\1", 24);
    check_foreign(complex_format, LITTLE | EBCDIC | VAX, "\7\0\0\0\x20\xc1\0\0\xc1\xc1",
                  "\7\0\0\0\0\0\x20\xc0\x41\xc1", 10);
}

static void arrays(void **state)
{
    static const unsigned char characters[] = {
        NDR_FC_SMFARRAY, 0, S(3), NDR_FC_CHAR, NDR_FC_END,
    };
    static const unsigned char reals[] = {
        NDR_FC_SMFARRAY, 3, S(8), NDR_FC_FLOAT, NDR_FC_END,
    };

    check_foreign(characters, LITTLE | EBCDIC, "\x81\x82\x83", "abc", 3);
    check_foreign(reals, LITTLE | VAX, "\x80\x40\0\0\x20\xc1\0\0", "\0\0\x80\x3f\0\0\x20\xc0", 8);
}

/* A conformant array of characters behind a pointer; the pointer's id is no character. */
static void pointed_to(void **state)
{
    static const unsigned char format[] = {
        /* 0 */ NDR_FC_CARRAY, 0, S(1), NDR_CORRELATION_CONSTANT, 0, S(3), NDR_FC_CHAR, NDR_FC_END,
        /* 10 */ NDR_FC_BOGUS_STRUCT, 3, S(16), S(0), S(6), NDR_FC_CHAR, NDR_FC_ALIGNM8,
        NDR_FC_POINTER, NDR_FC_END, /* 22 */ NDR_FC_UP, 0, S(-24),
    };

    check_foreign(format + 10, BIG | EBCDIC,
                  "\xe7\0\0\0\0\2\0\0\0\0\0\3\x81\x82\x83",
                  "X\0\0\0\0\0\2\0\3\0\0\0abc", 15);
}

/* The discriminant is a character, and has to be known to find the arm. */
static void union_of_characters(void **state)
{
    static const unsigned char format[] = {
        NDR_FC_ENCAPSULATED_UNION, 0x40 | NDR_FC_CHAR, S(4), S(0x3002),
        L('f'), S(0x8000 | NDR_FC_FLOAT), L('c'), S(0x8000 | NDR_FC_CHAR), S(0xffff),
    };

    check_foreign(format, LITTLE | EBCDIC | VAX, "\x86\0\0\0\x80\x40\0\0",
                  "f\0\0\0\0\0\x80\x3f", 8);
    check_foreign(format, LITTLE | EBCDIC, "\x83\0\0\0\xc1", "c\0\0\0A", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_precision),     cmocka_unit_test(double_precision),
        cmocka_unit_test(no_such_number),       cmocka_unit_test(table_is_one_to_one),
        cmocka_unit_test(strings),              cmocka_unit_test(structures),
        cmocka_unit_test(arrays),               cmocka_unit_test(pointed_to),
        cmocka_unit_test(union_of_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
