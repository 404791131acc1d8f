/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a status code (rpcdce.h). */
#include "platform/base.h"

#define MESSAGE_FLAGS (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS)

/***********************************************************************
 *           DceErrorInqTextW   (RPCRT4.@)
 *
 * text: room for DCE_C_ERROR_STRING_LEN characters. A code that has no message, or one too long for
 * that, gives the text of RPC_S_NOT_RPC_ERROR and RPC_S_OK. Errors: RPC_S_INVALID_ARG (not even
 * that text is there, or there is no buffer).
 */
RPC_STATUS WINAPI DceErrorInqTextW(RPC_STATUS status, RPC_WSTR text)
{
    if (!text)
        return RPC_S_INVALID_ARG;
    if (FormatMessageW(MESSAGE_FLAGS, NULL, status, 0, text, DCE_C_ERROR_STRING_LEN, NULL) ||
        FormatMessageW(MESSAGE_FLAGS, NULL, RPC_S_NOT_RPC_ERROR, 0, text, DCE_C_ERROR_STRING_LEN,
                       NULL))
        return RPC_S_OK;
    text[0] = 0;
    return RPC_S_INVALID_ARG;
}

/***********************************************************************
 *           DceErrorInqTextA   (RPCRT4.@)
 */
RPC_STATUS WINAPI DceErrorInqTextA(RPC_STATUS status, RPC_CSTR text)
{
    WCHAR wide[DCE_C_ERROR_STRING_LEN];
    RPC_STATUS result = DceErrorInqTextW(status, wide);

    if (!text)
        return RPC_S_INVALID_ARG;
    text[0] = 0;
    /* In a code page of several bytes per character, 256 characters may be too many. */
    if (result == RPC_S_OK && !WideCharToMultiByte(CP_ACP, 0, wide, -1, (char *)text,
                                                   DCE_C_ERROR_STRING_LEN, NULL, NULL))
        text[DCE_C_ERROR_STRING_LEN - 1] = 0;
    return result;
}
