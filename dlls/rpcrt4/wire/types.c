/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Well-known syntaxes; UUIDs and syntax identifiers in PDUs. */
#include "wire/types.h"

#include <string.h>

const struct wire_uuid wire_nil_uuid;

const struct wire_syntax wire_syntax_ndr20 = {
    { 0x8a885d04, 0x1ceb, 0x11c9, { 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 } }, 2, 0
};

const struct wire_syntax wire_syntax_ndr64 = {
    { 0x71710533, 0xbeba, 0x4937, { 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 } }, 1, 0
};

bool wire_uuid_equal(const struct wire_uuid *a, const struct wire_uuid *b)
{
    return !memcmp(a, b, sizeof(*a));
}

bool wire_syntax_equal(const struct wire_syntax *a, const struct wire_syntax *b)
{
    return !memcmp(a, b, sizeof(*a));
}

void wire_get_uuid(const uint8_t *p, bool big_endian, struct wire_uuid *uuid)
{
    uuid->data1 = wire_get_u32(p, big_endian);
    uuid->data2 = wire_get_u16(p + 4, big_endian);
    uuid->data3 = wire_get_u16(p + 6, big_endian);
    memcpy(uuid->data4, p + 8, sizeof(uuid->data4));
}

void wire_put_uuid(uint8_t *p, const struct wire_uuid *uuid, bool big_endian)
{
    wire_put_u32(p, uuid->data1, big_endian);
    wire_put_u16(p + 4, uuid->data2, big_endian);
    wire_put_u16(p + 6, uuid->data3, big_endian);
    memcpy(p + 8, uuid->data4, sizeof(uuid->data4));
}

void wire_get_syntax(const uint8_t *p, bool big_endian, struct wire_syntax *syntax)
{
    uint32_t version = wire_get_u32(p + 16, big_endian);

    wire_get_uuid(p, big_endian, &syntax->uuid);
    syntax->major = (uint16_t)version;
    syntax->minor = (uint16_t)(version >> 16);
}

void wire_put_syntax(uint8_t *p, const struct wire_syntax *syntax, bool big_endian)
{
    wire_put_uuid(p, &syntax->uuid, big_endian);
    wire_put_u32(p + 16, syntax->major | (uint32_t)syntax->minor << 16, big_endian);
}
