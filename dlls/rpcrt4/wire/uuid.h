/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs as text, their order and their hash: what UuidToString, UuidFromString, UuidCompare,
 * UuidHash and UuidIsNil do, without allocation and NULL arguments. Texts are 16-bit code units. */
#ifndef RPCRT4_WIRE_UUID_H
#define RPCRT4_WIRE_UUID_H

#include "wire/types.h"

#define UUID_TEXT_LENGTH 36 /* 8-4-4-4-12 hexadecimal digits: C706 appendix A */

/* Exactly 36 code units, either case; false (and *uuid untouched) for anything else. */
bool uuid_from_text(const uint16_t *text, size_t length, struct wire_uuid *uuid);
/* Lower case, NUL-terminated. */
void uuid_to_text(const struct wire_uuid *uuid, uint16_t text[UUID_TEXT_LENGTH + 1]);
/* -1, 0 or 1: field by field, most significant first: C706 appendix A, uuid_compare. */
int uuid_compare(const struct wire_uuid *a, const struct wire_uuid *b);
uint16_t uuid_hash(const struct wire_uuid *uuid);
bool uuid_is_nil(const struct wire_uuid *uuid);

#endif
