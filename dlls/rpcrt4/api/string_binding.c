/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* String bindings for callers: composed and parsed (Windows SDK, "String Binding", rpcdce.h). */
#include "api/strings.h"
#include "platform/memory.h"
#include "platform/trace.h"
#include "wire/string_binding.h"

enum part { OBJECT, PROTSEQ, ADDRESS, ENDPOINT, OPTIONS, PARTS };

static RPC_STATUS status_of(enum string_binding_result result)
{
    switch (result) {
    case STRING_BINDING_OK:
        return RPC_S_OK;
    case STRING_BINDING_INVALID_UUID:
        return RPC_S_INVALID_STRING_UUID;
    default:
        return RPC_S_INVALID_STRING_BINDING;
    }
}

/***********************************************************************
 *           RpcStringBindingComposeW   (RPCRT4.@)
 *
 * Any part may be NULL. Characters with a meaning of their own are escaped. The result is freed
 * with RpcStringFree. Errors: RPC_S_INVALID_STRING_UUID, RPC_S_INVALID_ARG, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcStringBindingComposeW(RPC_WSTR object, RPC_WSTR protseq, RPC_WSTR address,
                                           RPC_WSTR endpoint, RPC_WSTR options, RPC_WSTR *binding)
{
    static const WCHAR empty[] = L"";
    const struct string_binding parts = {
        object, protseq ? protseq : empty, address ? address : empty, endpoint, options,
    };
    enum string_binding_result result;
    WCHAR *text;
    size_t length;

    if (!binding)
        return RPC_S_INVALID_ARG;
    *binding = NULL;
    result = string_binding_compose(&parts, NULL, 0, &length);
    if (result != STRING_BINDING_OK)
        return status_of(result);
    if (!(text = rpc_alloc((length + 1) * sizeof(*text))))
        return RPC_S_OUT_OF_MEMORY;
    string_binding_compose(&parts, text, length + 1, &length);
    TRACE("%s", trace_wide(text));
    *binding = text;
    return RPC_S_OK;
}

/***********************************************************************
 *           RpcStringBindingComposeA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcStringBindingComposeA(RPC_CSTR object, RPC_CSTR protseq, RPC_CSTR address,
                                           RPC_CSTR endpoint, RPC_CSTR options, RPC_CSTR *binding)
{
    const RPC_CSTR in[PARTS] = {object, protseq, address, endpoint, options};
    WCHAR *wide[PARTS] = {NULL}, *text = NULL;
    RPC_STATUS status = RPC_S_OK;

    if (!binding)
        return RPC_S_INVALID_ARG;
    *binding = NULL;
    for (int i = 0; i < PARTS && status == RPC_S_OK; i++)
        status = string_to_wide(in[i], &wide[i]);
    if (status == RPC_S_OK)
        status = RpcStringBindingComposeW(wide[OBJECT], wide[PROTSEQ], wide[ADDRESS],
                                          wide[ENDPOINT], wide[OPTIONS], &text);
    if (status == RPC_S_OK)
        status = string_to_ansi(text, binding);
    for (int i = 0; i < PARTS; i++)
        rpc_free(wide[i]);
    rpc_free(text);
    return status;
}

/* Copies each part that the caller asks for; on failure it gets none. */
static RPC_STATUS give_parts(const struct string_binding *parts, RPC_WSTR *out[PARTS])
{
    const WCHAR *const texts[PARTS] = {
        parts->object, parts->protseq, parts->address, parts->endpoint, parts->options,
    };
    RPC_STATUS status = RPC_S_OK;

    for (int i = 0; i < PARTS && status == RPC_S_OK; i++) {
        if (out[i])
            status = string_copy_wide(texts[i], out[i]);
    }
    for (int i = 0; i < PARTS && status != RPC_S_OK; i++) {
        if (out[i]) {
            rpc_free(*out[i]);
            *out[i] = NULL;
        }
    }
    return status;
}

/***********************************************************************
 *           RpcStringBindingParseW   (RPCRT4.@)
 *
 * Each result may be NULL if it is not wanted, and is freed with RpcStringFree; an absent part is
 * "". On failure the results are NULL. Errors: RPC_S_INVALID_STRING_BINDING,
 * RPC_S_INVALID_STRING_UUID, RPC_S_OUT_OF_MEMORY.
 */
RPC_STATUS WINAPI RpcStringBindingParseW(RPC_WSTR binding, RPC_WSTR *object, RPC_WSTR *protseq,
                                         RPC_WSTR *address, RPC_WSTR *endpoint, RPC_WSTR *options)
{
    RPC_WSTR *out[PARTS] = {object, protseq, address, endpoint, options};
    struct string_binding parts;
    RPC_STATUS status;
    size_t length;
    WCHAR *work;

    TRACE("%s", trace_wide(binding));
    for (int i = 0; i < PARTS; i++) {
        if (out[i])
            *out[i] = NULL;
    }
    if (!binding)
        return RPC_S_INVALID_STRING_BINDING;
    length = lstrlenW(binding);
    if (!(work = rpc_alloc(STRING_BINDING_WORK(length) * sizeof(*work))))
        return RPC_S_OUT_OF_MEMORY;
    status = status_of(string_binding_parse(binding, length, work, STRING_BINDING_WORK(length),
                                            &parts));
    if (status == RPC_S_OK)
        status = give_parts(&parts, out);
    rpc_free(work);
    return status;
}

/***********************************************************************
 *           RpcStringBindingParseA   (RPCRT4.@)
 */
RPC_STATUS WINAPI RpcStringBindingParseA(RPC_CSTR binding, RPC_CSTR *object, RPC_CSTR *protseq,
                                         RPC_CSTR *address, RPC_CSTR *endpoint, RPC_CSTR *options)
{
    RPC_CSTR *out[PARTS] = {object, protseq, address, endpoint, options};
    WCHAR *parts[PARTS] = {NULL}, *wide;
    RPC_STATUS status;

    for (int i = 0; i < PARTS; i++) {
        if (out[i])
            *out[i] = NULL;
    }
    status = string_to_wide(binding, &wide);
    if (status == RPC_S_OK)
        status = RpcStringBindingParseW(wide, &parts[OBJECT], &parts[PROTSEQ], &parts[ADDRESS],
                                        &parts[ENDPOINT], &parts[OPTIONS]);
    for (int i = 0; i < PARTS && status == RPC_S_OK; i++) {
        if (out[i])
            status = string_to_ansi(parts[i], out[i]);
    }
    for (int i = 0; i < PARTS; i++) {
        if (status != RPC_S_OK && out[i]) {
            rpc_free(*out[i]);
            *out[i] = NULL;
        }
        rpc_free(parts[i]);
    }
    rpc_free(wide);
    return status;
}
