/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUID text, order and hash. */
#include "wire/uuid.h"

#include <string.h>

static int hex_digit(uint16_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_hyphen_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_from_text(const uint16_t *text, size_t length, struct wire_uuid *uuid)
{
    uint8_t octets[16] = { 0 };
    size_t digits = 0;

    if (length != UUID_TEXT_LENGTH)
        return false;
    for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
        int digit = hex_digit(text[i]);

        if (is_hyphen_place(i)) {
            if (text[i] != '-')
                return false;
            continue;
        }
        if (digit < 0)
            return false;
        octets[digits / 2] = (uint8_t)(octets[digits / 2] << 4 | digit);
        digits++;
    }
    wire_get_uuid(octets, true, uuid);
    return true;
}

void uuid_to_text(const struct wire_uuid *uuid, uint16_t text[UUID_TEXT_LENGTH + 1])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t octets[16];
    size_t digits = 0;

    wire_put_uuid(octets, uuid, true);
    for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
        if (is_hyphen_place(i)) {
            text[i] = '-';
            continue;
        }
        text[i] = (uint8_t)hex[digits % 2 ? octets[digits / 2] & 15 : octets[digits / 2] >> 4];
        digits++;
    }
    text[UUID_TEXT_LENGTH] = 0;
}

int uuid_compare(const struct wire_uuid *a, const struct wire_uuid *b)
{
    uint8_t x[16], y[16];
    int order;

    /* Big-endian octets compare as the fields do. */
    wire_put_uuid(x, a, true);
    wire_put_uuid(y, b, true);
    order = memcmp(x, y, sizeof(x));
    return (order > 0) - (order < 0);
}

/* Fletcher's checksum of the octets as they lie in (little-endian) memory, with the sums kept in
 * signed 16 bits: what Wine's UuidHash is seen to return, wrap-around included. */
uint16_t uuid_hash(const struct wire_uuid *uuid)
{
    uint8_t octets[16];
    int16_t sum = 0, sum_of_sums = 0;
    int x, y;

    wire_put_uuid(octets, uuid, false);
    for (size_t i = 0; i < sizeof(octets); i++) {
        sum = (int16_t)(sum + octets[i]);
        sum_of_sums = (int16_t)(sum_of_sums + sum);
    }
    x = -sum_of_sums % 255;
    y = (sum_of_sums - sum) % 255;
    return (uint16_t)((y < 0 ? y + 255 : y) << 8 | (x < 0 ? x + 255 : x));
}

bool uuid_is_nil(const struct wire_uuid *uuid)
{
    return wire_uuid_equal(uuid, &wire_nil_uuid);
}
