/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the numbers of format strings, which are little-endian and not aligned. */
#ifndef RPCRT4_NDR_FORMAT_BYTES_H
#define RPCRT4_NDR_FORMAT_BYTES_H

#include <stdint.h>

static inline uint16_t format_u16(const unsigned char *format)
{
    return (uint16_t)(format[0] | format[1] << 8);
}

static inline int16_t format_i16(const unsigned char *format)
{
    return (int16_t)format_u16(format);
}

static inline uint32_t format_u32(const unsigned char *format)
{
    return format_u16(format) | (uint32_t)format_u16(format + 2) << 16;
}

static inline uint32_t format_align(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

#endif
