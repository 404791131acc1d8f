/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Characters in EBCDIC and numbers of VAX, Cray and IBM System/370, from the definitions of the
 * formats (VAX Architecture Reference Manual, Cray-1 Hardware Reference Manual, IBM System/370
 * Principles of Operation; C706 14.2.5 says which of them NDR has). Integer arithmetic only: the
 * result does not depend on the machine's own floating point, or its rounding mode. */
#include "ndr/foreign.h"

#include <string.h>

#include "ndr/raise.h"

/* Code page IBM-1047, that of z/OS UNIX and its DCE: EBCDIC has many variants, C706 names none. For
 * letters, digits and most other characters of the portable character set they are the same. */
const unsigned char ndr_latin_of_ebcdic[256] = {
    0x00, 0x01, 0x02, 0x03, 0x9c, 0x09, 0x86, 0x7f, 0x97, 0x8d, 0x8e, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
    0x10, 0x11, 0x12, 0x13, 0x9d, 0x85, 0x08, 0x87, 0x18, 0x19, 0x92, 0x8f, 0x1c, 0x1d, 0x1e, 0x1f,
    0x80, 0x81, 0x82, 0x83, 0x84, 0x0a, 0x17, 0x1b, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x05, 0x06, 0x07,
    0x90, 0x91, 0x16, 0x93, 0x94, 0x95, 0x96, 0x04, 0x98, 0x99, 0x9a, 0x9b, 0x14, 0x15, 0x9e, 0x1a,
    0x20, 0xa0, 0xe2, 0xe4, 0xe0, 0xe1, 0xe3, 0xe5, 0xe7, 0xf1, 0xa2, 0x2e, 0x3c, 0x28, 0x2b, 0x7c,
    0x26, 0xe9, 0xea, 0xeb, 0xe8, 0xed, 0xee, 0xef, 0xec, 0xdf, 0x21, 0x24, 0x2a, 0x29, 0x3b, 0x5e,
    0x2d, 0x2f, 0xc2, 0xc4, 0xc0, 0xc1, 0xc3, 0xc5, 0xc7, 0xd1, 0xa6, 0x2c, 0x25, 0x5f, 0x3e, 0x3f,
    0xf8, 0xc9, 0xca, 0xcb, 0xc8, 0xcd, 0xce, 0xcf, 0xcc, 0x60, 0x3a, 0x23, 0x40, 0x27, 0x3d, 0x22,
    0xd8, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0xab, 0xbb, 0xf0, 0xfd, 0xfe, 0xb1,
    0xb0, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0xaa, 0xba, 0xe6, 0xb8, 0xc6, 0xa4,
    0xb5, 0x7e, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xa1, 0xbf, 0xd0, 0x5b, 0xde, 0xae,
    0xac, 0xa3, 0xa5, 0xb7, 0xa9, 0xa7, 0xb6, 0xbc, 0xbd, 0xbe, 0xdd, 0xa8, 0xaf, 0x5d, 0xb4, 0xd7,
    0x7b, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0xad, 0xf4, 0xf6, 0xf2, 0xf3, 0xf5,
    0x7d, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0xb9, 0xfb, 0xfc, 0xf9, 0xfa, 0xff,
    0x5c, 0xf7, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xb2, 0xd4, 0xd6, 0xd2, 0xd3, 0xd5,
    0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0xb3, 0xdb, 0xdc, 0xd9, 0xda, 0x9f,
};

/* How a format's bits are to be read. */
struct float_shape {
    int exponent_bits, bias;
    int radix_bits; /* of the exponent's base: 1, or 4 */
    bool hidden;    /* the fraction's first bit is 1, and not there */
};

/* The value is fraction * 2 ^ exponent. */
struct number {
    bool negative;
    uint64_t fraction;
    int exponent;
};

static struct float_shape shape_of(enum ndr_float_format format, uint32_t size)
{
    switch (format) {
    case NDR_FLOAT_VAX:
        return size == 4 ? (struct float_shape){ 8, 128, 1, true }
                         : (struct float_shape){ 11, 1024, 1, true };
    case NDR_FLOAT_CRAY: /* in 4 octets the first half of a word */
        return (struct float_shape){ 15, 16384, 1, false };
    default:
        return (struct float_shape){ 7, 64, 4, false };
    }
}

/* The number's bits, the sign first. What is little-endian on a VAX are its 16-bit words: the first
 * of them has the sign and the exponent. */
static uint64_t load_bits(const unsigned char *image, uint32_t size, bool words, bool big_endian)
{
    uint64_t bits = 0;
    uint32_t i;

    for (i = 0; i < size; i++)
        bits = bits << 8 | image[big_endian ? i : words ? i ^ 1 : size - 1 - i];
    return bits;
}

static uint64_t low_bits(uint64_t bits, int count)
{
    return bits & ((UINT64_C(1) << count) - 1);
}

/* A number of the shape; false: a reserved operand. */
static bool unpack(uint64_t bits, uint32_t size, const struct float_shape *shape,
                   struct number *number)
{
    int width = 8 * (int)size, fraction_bits = width - 1 - shape->exponent_bits;
    int exponent = (int)low_bits(bits >> fraction_bits, shape->exponent_bits);

    number->negative = bits >> (width - 1) & 1;
    number->fraction = low_bits(bits, fraction_bits);
    number->exponent = (exponent - shape->bias) * shape->radix_bits - fraction_bits;
    if (!shape->hidden)
        return true;
    if (!exponent) {
        number->fraction = 0;
        return !number->negative;
    }
    number->fraction |= UINT64_C(1) << fraction_bits;
    number->exponent--;
    return true;
}

/* fraction / 2 ^ shift, to the nearest, of two to the even. */
static uint64_t round_off(uint64_t fraction, int shift)
{
    uint64_t half, rest;

    if (shift <= 0)
        return fraction << -shift;
    if (shift > 64)
        return 0;
    half = UINT64_C(1) << (shift - 1);
    rest = shift == 64 ? fraction : low_bits(fraction, shift);
    fraction = shift == 64 ? 0 : fraction >> shift;
    return fraction + (rest > half || (rest == half && fraction & 1));
}

/* The bits of IEEE's number of `precision` bits and least exponent `least`; false: it is too large.
 */
static bool pack(const struct number *number, int precision, int least, uint64_t *bits)
{
    int top, most = 1 - least;

    *bits = 0;
    if (!number->fraction)
        return true;
    top = 63 - __builtin_clzll(number->fraction) + number->exponent;
    if (top > most)
        return false;
    if (top < least)
        top = least;
    *bits = round_off(number->fraction, top - (precision - 1) - number->exponent);
    *bits += (uint64_t)(top - least) << (precision - 1);
    return *bits < (uint64_t)(most - least + 2) << (precision - 1);
}

uint32_t ndr_localize_float(unsigned char *image, uint32_t size, enum ndr_float_format format,
                            bool big_endian)
{
    struct float_shape shape = shape_of(format, size);
    struct number number = { 0 };
    uint64_t bits = load_bits(image, size, format == NDR_FLOAT_VAX, big_endian), wide;
    uint32_t narrow;

    if (format != NDR_FLOAT_IEEE) {
        if (!unpack(bits, size, &shape, &number))
            return NDR_STATUS_BAD_STUB_DATA;
        if (!pack(&number, size == 4 ? 24 : 53, size == 4 ? -126 : -1022, &bits))
            return NDR_STATUS_FP_OVERFLOW;
        bits |= (uint64_t)number.negative << (8 * size - 1);
    }
    narrow = (uint32_t)bits;
    wide = bits;
    memcpy(image, size == 4 ? (void *)&narrow : (void *)&wide, size);
    return 0;
}
