/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of serialized types and procedures: see pickle.h. */
#include "wire/pickle.h"

#include <string.h>

#define FILLER 0xcc

/* The integer representation is the upper four bits in a type's header, the lower in a
 * procedure's. */
#define TYPE_LITTLE_ENDIAN 0x10
#define TYPE_BIG_ENDIAN    0x00
#define PROC_LITTLE_ENDIAN 0x01
#define PROC_BIG_ENDIAN    0x00

void pickle_put_common(uint8_t *p, const struct pickle_common *header)
{
    uint32_t length = pickle_common_length(header->version);

    memset(p, FILLER, length);
    p[0] = header->version;
    p[1] = TYPE_LITTLE_ENDIAN;
    wire_put_u16(p + 2, (uint16_t)length, false);
    if (header->version == 2) {
        wire_put_syntax(p + 24, &header->transfer_syntax, false);
        wire_put_syntax(p + 44, &header->interface_id, false);
    }
}

void pickle_put_private(uint8_t *p, uint8_t version, uint32_t length)
{
    memset(p, 0, pickle_private_length(version));
    wire_put_u32(p, length, false);
}

void pickle_put_proc(uint8_t *p, const struct pickle_proc *header)
{
    p[0] = 1;
    p[1] = PROC_LITTLE_ENDIAN;
    p[2] = p[3] = FILLER;
    wire_put_syntax(p + 4, &header->transfer_syntax, false);
    wire_put_syntax(p + 24, &header->interface_id, false);
    wire_put_u32(p + 44, header->number, false);
    wire_put_u32(p + 48, 1, false);
    wire_put_u32(p + 52, header->length, false);
}

/* "This common type header MUST be presented by using little-endian format" ([MS-RPCE] 2.2.6.1);
 * some who send big-endian data write all of it big-endian. */
static bool has_length(const uint8_t *p, uint16_t length, bool big_endian)
{
    return wire_get_u16(p + 2, false) == length ||
           (big_endian && wire_get_u16(p + 2, true) == length);
}

uint32_t pickle_common_length_of(const uint8_t *p)
{
    bool big_endian = p[1] == TYPE_BIG_ENDIAN;

    if (p[1] != TYPE_LITTLE_ENDIAN && !big_endian)
        return 0;
    if (p[0] == 1 && has_length(p, PICKLE_COMMON_V1_LENGTH, big_endian))
        return PICKLE_COMMON_V1_LENGTH;
    if (p[0] == 2 && !big_endian && has_length(p, PICKLE_COMMON_V2_LENGTH, false))
        return PICKLE_COMMON_V2_LENGTH;
    return 0;
}

bool pickle_get_common(const uint8_t *p, struct pickle_common *header)
{
    if (!pickle_common_length_of(p))
        return false;
    memset(header, 0, sizeof(*header));
    header->version = p[0];
    header->big_endian = p[1] == TYPE_BIG_ENDIAN;
    header->transfer_syntax = wire_syntax_ndr20;
    if (header->version == 2) {
        wire_get_syntax(p + 24, false, &header->transfer_syntax);
        wire_get_syntax(p + 44, false, &header->interface_id);
    }
    return true;
}

bool pickle_get_proc(const uint8_t *p, struct pickle_proc *header)
{
    if (p[0] != 1 || (p[1] != PROC_LITTLE_ENDIAN && p[1] != PROC_BIG_ENDIAN))
        return false;
    if (pickle_common_length_of(p)) /* a type's, big-endian */
        return false;
    header->big_endian = p[1] == PROC_BIG_ENDIAN;
    wire_get_syntax(p + 4, header->big_endian, &header->transfer_syntax);
    wire_get_syntax(p + 24, header->big_endian, &header->interface_id);
    header->number = wire_get_u32(p + 44, header->big_endian);
    header->length = wire_get_u32(p + 52, header->big_endian);
    return true;
}

uint32_t pickle_get_private(const uint8_t *p, bool big_endian)
{
    return wire_get_u32(p, big_endian);
}
