/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bind-time feature negotiation: the transfer syntax that carries the bitmask. */
#include "wire/feature.h"

#include <string.h>

static const struct wire_syntax prefix = { { 0x6cb71c2c, 0x9812, 0x4540, { 0 } }, 1, 0 };

struct wire_syntax feature_syntax(uint16_t features)
{
    struct wire_syntax syntax = prefix;

    wire_put_u16(syntax.uuid.data4, features, false);
    return syntax;
}

bool feature_syntax_parse(const struct wire_syntax *transfer, uint16_t *features)
{
    if (memcmp(&transfer->uuid, &prefix.uuid, offsetof(struct wire_uuid, data4)))
        return false;
    if (transfer->major != prefix.major || transfer->minor != prefix.minor)
        return false;
    if (features)
        *features = wire_get_u16(transfer->uuid.data4, false);
    return true;
}
