/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of format strings, little-endian, for tests and fuzz targets. */
#ifndef TESTS_UNIT_NDR_FORMAT_H
#define TESTS_UNIT_NDR_FORMAT_H

#include <stdint.h>

#define S(value) (unsigned char)((value) & 0xff), (unsigned char)((unsigned int)(value) >> 8 & 0xff)
#define L(value) S((uint32_t)(value) & 0xffff), S((uint32_t)(value) >> 16)

#endif
