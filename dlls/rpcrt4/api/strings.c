/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conversions between ANSI and wide strings: see strings.h. */
#include "api/strings.h"
#include "platform/memory.h"

RPC_STATUS string_to_wide(const unsigned char *s, WCHAR **out)
{
    int chars;

    *out = NULL;
    if (!s)
        return RPC_S_OK;
    chars = MultiByteToWideChar(CP_ACP, 0, (const char *)s, -1, NULL, 0);
    if (chars <= 0 || !(*out = rpc_alloc((size_t)chars * sizeof(WCHAR))))
        return RPC_S_OUT_OF_MEMORY;
    MultiByteToWideChar(CP_ACP, 0, (const char *)s, -1, *out, chars);
    return RPC_S_OK;
}

RPC_STATUS string_to_ansi(const WCHAR *s, unsigned char **out)
{
    int bytes;

    *out = NULL;
    if (!s)
        return RPC_S_OK;
    bytes = WideCharToMultiByte(CP_ACP, 0, s, -1, NULL, 0, NULL, NULL);
    if (bytes <= 0 || !(*out = rpc_alloc(bytes)))
        return RPC_S_OUT_OF_MEMORY;
    WideCharToMultiByte(CP_ACP, 0, s, -1, (char *)*out, bytes, NULL, NULL);
    return RPC_S_OK;
}

RPC_STATUS string_copy_wide(const WCHAR *s, WCHAR **out)
{
    size_t size;

    *out = NULL;
    if (!s)
        return RPC_S_OK;
    size = (lstrlenW(s) + 1) * sizeof(WCHAR);
    if (!(*out = rpc_alloc(size)))
        return RPC_S_OUT_OF_MEMORY;
    memcpy(*out, s, size);
    return RPC_S_OK;
}

RPC_STATUS string_copy_ansi(const unsigned char *s, unsigned char **out)
{
    size_t size;

    *out = NULL;
    if (!s)
        return RPC_S_OK;
    size = strlen((const char *)s) + 1;
    if (!(*out = rpc_alloc(size)))
        return RPC_S_OUT_OF_MEMORY;
    memcpy(*out, s, size);
    return RPC_S_OK;
}
