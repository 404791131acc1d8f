/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scalars in the representations that a sender may have and this machine has not: C706 14.2, as the
 * format label of a PDU (14.1) names them. */
#ifndef RPCRT4_NDR_FOREIGN_H
#define RPCRT4_NDR_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

/* Octet 1 of the format label. */
enum ndr_float_format {
    NDR_FLOAT_IEEE,
    NDR_FLOAT_VAX, /* F_floating, and G_floating for double precision */
    NDR_FLOAT_CRAY,
    NDR_FLOAT_IBM, /* hexadecimal: short and long */
};

/* The character of ISO 8859-1 that an EBCDIC character is. */
extern const unsigned char ndr_latin_of_ebcdic[256];

/* Turns one base type from the representation that `foreign` (NDR_MESSAGE_FOREIGN) tells into ours,
 * in place. Returns 0, or what ndr_localize_float() does. (localize.c) */
uint32_t ndr_localize_scalar(uint8_t fc, uint32_t size, uint8_t foreign, unsigned char *image);

/* Turns a floating-point number of 4 or 8 octets into IEEE's of this machine, in place: rounded to
 * nearest, to a subnormal or zero if it is too small. Returns 0, RPC_S_FP_OVERFLOW if it is too
 * large, RPC_X_BAD_STUB_DATA if it is no number (a VAX's reserved operand). */
uint32_t ndr_localize_float(unsigned char *image, uint32_t size, enum ndr_float_format format,
                            bool big_endian);

#endif
