/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs for callers: making, comparing and spelling them (Windows SDK, rpcdce.h; C706 appendix A).
 * A NULL UUID stands for the nil one wherever a function takes one. */
#include "api/strings.h"
#include "platform/imports.h"
#include "platform/memory.h"
#include "platform/random.h"
#include "wire/uuid.h"

static struct wire_uuid to_wire(const UUID *uuid)
{
    struct wire_uuid wire = wire_nil_uuid;

    if (uuid)
        memcpy(&wire, uuid, sizeof(wire));
    return wire;
}

static void set_status(RPC_STATUS *status)
{
    if (status)
        *status = RPC_S_OK;
}

/***********************************************************************
 *           UuidCreateNil   (RPCRT4.@)
 *
 * Errors: RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI UuidCreateNil(UUID *uuid)
{
    if (!uuid)
        return RPC_S_INVALID_ARG;
    memset(uuid, 0, sizeof(*uuid));
    return RPC_S_OK;
}

/***********************************************************************
 *           UuidCreate   (RPCRT4.@)
 *
 * A random UUID: version 4 of RFC 4122, which Windows makes since 2000. Errors: RPC_S_INVALID_ARG,
 * RPC_S_OUT_OF_RESOURCES (the system gives no random numbers).
 */
RPC_STATUS WINAPI UuidCreate(UUID *uuid)
{
    UUID made;

    if (!uuid)
        return RPC_S_INVALID_ARG;
    if (!random_bytes(&made, sizeof(made)))
        return RPC_S_OUT_OF_RESOURCES;
    made.Data3 = (made.Data3 & 0x0fff) | 0x4000;
    made.Data4[0] = (made.Data4[0] & 0x3f) | 0x80;
    *uuid = made;
    return RPC_S_OK;
}

/***********************************************************************
 *           UuidCompare   (RPCRT4.@)
 *
 * -1, 0 or 1. *status (may be NULL) is always RPC_S_OK.
 */
int WINAPI UuidCompare(UUID *a, UUID *b, RPC_STATUS *status)
{
    struct wire_uuid wire_a = to_wire(a), wire_b = to_wire(b);

    set_status(status);
    return uuid_compare(&wire_a, &wire_b);
}

/***********************************************************************
 *           UuidEqual   (RPCRT4.@)
 */
int WINAPI UuidEqual(UUID *a, UUID *b, RPC_STATUS *status)
{
    return UuidCompare(a, b, status) == 0;
}

/***********************************************************************
 *           UuidIsNil   (RPCRT4.@)
 */
int WINAPI UuidIsNil(UUID *uuid, RPC_STATUS *status)
{
    struct wire_uuid wire = to_wire(uuid);

    set_status(status);
    return uuid_is_nil(&wire);
}

/***********************************************************************
 *           UuidHash   (RPCRT4.@)
 */
unsigned short WINAPI UuidHash(UUID *uuid, RPC_STATUS *status)
{
    struct wire_uuid wire = to_wire(uuid);

    set_status(status);
    return uuid_hash(&wire);
}

/***********************************************************************
 *           UuidFromStringW   (RPCRT4.@)
 *
 * A NULL string is the nil UUID (C706 appendix A). Errors: RPC_S_INVALID_STRING_UUID, and *uuid
 * stays as it is; RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI UuidFromStringW(RPC_WSTR string, UUID *uuid)
{
    struct wire_uuid wire;
    size_t length = 0;

    if (!string)
        return UuidCreateNil(uuid);
    while (length <= UUID_TEXT_LENGTH && string[length])
        length++;
    if (!uuid_from_text(string, length, &wire))
        return RPC_S_INVALID_STRING_UUID;
    if (!uuid)
        return RPC_S_INVALID_ARG;
    memcpy(uuid, &wire, sizeof(*uuid));
    return RPC_S_OK;
}

/***********************************************************************
 *           UuidFromStringA   (RPCRT4.@)
 */
RPC_STATUS WINAPI UuidFromStringA(RPC_CSTR string, UUID *uuid)
{
    WCHAR wide[UUID_TEXT_LENGTH + 2];
    size_t i;

    if (!string)
        return UuidCreateNil(uuid);
    /* One character more than a UUID has is enough to refuse the text; so is a NUL. */
    for (i = 0; i < ARRAY_LENGTH(wide) - 1 && string[i]; i++)
        wide[i] = string[i];
    wide[i] = 0;
    return UuidFromStringW(wide, uuid);
}

/***********************************************************************
 *           UuidToStringW   (RPCRT4.@)
 *
 * In lower case, to be freed with RpcStringFree. Errors: RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI UuidToStringW(UUID *uuid, RPC_WSTR *string)
{
    struct wire_uuid wire = to_wire(uuid);
    WCHAR text[UUID_TEXT_LENGTH + 1];

    if (!string)
        return RPC_S_INVALID_ARG;
    uuid_to_text(&wire, text);
    return string_copy_wide(text, string);
}

/***********************************************************************
 *           UuidToStringA   (RPCRT4.@)
 */
RPC_STATUS WINAPI UuidToStringA(UUID *uuid, RPC_CSTR *string)
{
    struct wire_uuid wire = to_wire(uuid);
    WCHAR text[UUID_TEXT_LENGTH + 1];

    if (!string)
        return RPC_S_INVALID_ARG;
    uuid_to_text(&wire, text);
    return string_to_ansi(text, string);
}
