/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The offer of shared memory: see share.h. */
#include "wire/share.h"

#include <string.h>

#define SHARE_PREFIX 0x5a1fd3c7u
#define SHARE_MAJOR  0x5352u
#define SHARE_MINOR  1u

struct wire_syntax share_syntax(const uint8_t token[SHARE_TOKEN_LENGTH])
{
    struct wire_syntax syntax = {.uuid = {.data1 = SHARE_PREFIX}, .major = SHARE_MAJOR, .minor = SHARE_MINOR};

    syntax.uuid.data2 = wire_get_u16(token, false);
    syntax.uuid.data3 = wire_get_u16(token + 2, false);
    memcpy(syntax.uuid.data4, token + 4, sizeof(syntax.uuid.data4));
    return syntax;
}

bool share_syntax_parse(const struct wire_syntax *transfer, uint8_t token[SHARE_TOKEN_LENGTH])
{
    if (transfer->uuid.data1 != SHARE_PREFIX || transfer->major != SHARE_MAJOR || transfer->minor != SHARE_MINOR)
        return false;
    wire_put_u16(token, transfer->uuid.data2, false);
    wire_put_u16(token + 2, transfer->uuid.data3, false);
    memcpy(token + 4, transfer->uuid.data4, sizeof(transfer->uuid.data4));
    return true;
}
