/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tracing through Wine's ntdll: see trace.h. The three functions and the channel's layout are
 * Wine's public debugging interface (wine/debug.h). */
#include "platform/trace.h"

#include <stdio.h>

struct channel {
    unsigned char flags;
    char name[15];
};

typedef unsigned char (__cdecl *get_channel_flags_fn)(struct channel *channel);
typedef int (__cdecl *header_fn)(enum trace_class class, struct channel *channel,
                                 const char *function);
typedef int (__cdecl *output_fn)(const char *text);
typedef const char *(__cdecl *strdup_fn)(const char *text);

unsigned char trace_flags = 0xff;

/* The set flag of bit 7 asks ntdll for the flags that WINEDEBUG gives. */
static struct channel channel = {0xff, "rpc"};
static header_fn wine_header;
static output_fn wine_output;
static strdup_fn wine_strdup;

/* Several threads may come here at once: all store the same values, the flags last. */
static void find_wine(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    get_channel_flags_fn get_flags = NULL;
    unsigned char flags = 0;

    if (ntdll) {
        get_flags =
            (get_channel_flags_fn)(void *)GetProcAddress(ntdll, "__wine_dbg_get_channel_flags");
        wine_header = (header_fn)(void *)GetProcAddress(ntdll, "__wine_dbg_header");
        wine_output = (output_fn)(void *)GetProcAddress(ntdll, "__wine_dbg_output");
        wine_strdup = (strdup_fn)(void *)GetProcAddress(ntdll, "__wine_dbg_strdup");
    }
    if (get_flags && wine_header && wine_output && wine_strdup)
        flags = get_flags(&channel) & 0x0f;
    __atomic_store_n(&trace_flags, flags, __ATOMIC_RELEASE);
}

void trace_print(enum trace_class class, const char *function, const char *format, ...)
{
    DWORD error = GetLastError();
    char line[1000];
    va_list args;
    int length;

    if (trace_flags & 0x80)
        find_wine();
    if (trace_flags & (1 << class)) {
        va_start(args, format);
        length = __mingw_vsnprintf(line, sizeof(line) - 1, format, args);
        va_end(args);
        if (length < 0 || length > (int)sizeof(line) - 2)
            length = strlen(line);
        strcpy(line + length, "\n");
        wine_header(class, &channel, function);
        wine_output(line);
    }
    SetLastError(error);
}

static const char *keep(const char *text)
{
    if (trace_flags & 0x80)
        find_wine();
    return wine_strdup ? wine_strdup(text) : "";
}

/* Shows one character in at most seven bytes; returns the new end. */
static char *put_char(char *p, unsigned c)
{
    if (c == '\n')
        return p + sprintf(p, "\\n");
    if (c == '"' || c == '\\')
        return p + sprintf(p, "\\%c", c);
    if (c >= 0x20 && c < 0x7f) {
        *p++ = c;
        return p;
    }
    return p + sprintf(p, "\\x%02x", c);
}

const char *trace_wide(const WCHAR *s)
{
    char text[320], *p = text;

    if (!((ULONG_PTR)s >> 16)) {
        sprintf(text, s ? "#%04x" : "(null)", (unsigned)(ULONG_PTR)s);
        return keep(text);
    }
    p += sprintf(p, "L\"");
    while (*s && p < text + sizeof(text) - 16)
        p = put_char(p, *s++);
    strcpy(p, *s ? "\"..." : "\"");
    return keep(text);
}

const char *trace_ansi(const void *string)
{
    const unsigned char *s = string;
    char text[320], *p = text;

    if (!((ULONG_PTR)s >> 16)) {
        sprintf(text, s ? "#%04x" : "(null)", (unsigned)(ULONG_PTR)s);
        return keep(text);
    }
    *p++ = '"';
    while (*s && p < text + sizeof(text) - 16)
        p = put_char(p, *s++);
    strcpy(p, *s ? "\"..." : "\"");
    return keep(text);
}

const char *trace_uuid(const UUID *uuid)
{
    char text[64];

    if (!((ULONG_PTR)uuid >> 16))
        sprintf(text, uuid ? "#%04x" : "(null)", (unsigned)(ULONG_PTR)uuid);
    else
        sprintf(text, "{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", uuid->Data1,
                uuid->Data2, uuid->Data3, uuid->Data4[0], uuid->Data4[1], uuid->Data4[2],
                uuid->Data4[3], uuid->Data4[4], uuid->Data4[5], uuid->Data4[6], uuid->Data4[7]);
    return keep(text);
}

static const struct {
    RPC_STATUS status;
    const char *name;
} status_names[] = {
#define NAME(status) {status, #status}
    NAME(RPC_S_OK), NAME(RPC_S_ACCESS_DENIED), NAME(RPC_S_OUT_OF_MEMORY), NAME(RPC_S_INVALID_ARG),
    NAME(RPC_S_BUFFER_TOO_SMALL), NAME(RPC_S_OUT_OF_THREADS), NAME(RPC_S_ASYNC_CALL_PENDING),
    NAME(RPC_S_TIMEOUT), NAME(RPC_S_UNKNOWN_PRINCIPAL), NAME(RPC_S_INVALID_STRING_BINDING),
    NAME(RPC_S_WRONG_KIND_OF_BINDING), NAME(RPC_S_INVALID_BINDING),
    NAME(RPC_S_PROTSEQ_NOT_SUPPORTED), NAME(RPC_S_INVALID_RPC_PROTSEQ),
    NAME(RPC_S_INVALID_STRING_UUID), NAME(RPC_S_INVALID_ENDPOINT_FORMAT),
    NAME(RPC_S_INVALID_NET_ADDR), NAME(RPC_S_NO_ENDPOINT_FOUND), NAME(RPC_S_INVALID_TIMEOUT),
    NAME(RPC_S_OBJECT_NOT_FOUND), NAME(RPC_S_ALREADY_REGISTERED),
    NAME(RPC_S_TYPE_ALREADY_REGISTERED), NAME(RPC_S_ALREADY_LISTENING),
    NAME(RPC_S_NO_PROTSEQS_REGISTERED), NAME(RPC_S_NOT_LISTENING), NAME(RPC_S_UNKNOWN_MGR_TYPE),
    NAME(RPC_S_UNKNOWN_IF), NAME(RPC_S_NO_BINDINGS), NAME(RPC_S_NO_PROTSEQS),
    NAME(RPC_S_CANT_CREATE_ENDPOINT), NAME(RPC_S_OUT_OF_RESOURCES), NAME(RPC_S_SERVER_UNAVAILABLE),
    NAME(RPC_S_SERVER_TOO_BUSY), NAME(RPC_S_INVALID_NETWORK_OPTIONS), NAME(RPC_S_NO_CALL_ACTIVE),
    NAME(RPC_S_CALL_FAILED), NAME(RPC_S_CALL_FAILED_DNE), NAME(RPC_S_PROTOCOL_ERROR),
    NAME(RPC_S_PROXY_ACCESS_DENIED), NAME(RPC_S_UNSUPPORTED_TRANS_SYN),
    NAME(RPC_S_UNSUPPORTED_TYPE), NAME(RPC_S_INVALID_TAG), NAME(RPC_S_INVALID_BOUND),
    NAME(RPC_S_NO_ENTRY_NAME), NAME(RPC_S_INVALID_NAME_SYNTAX), NAME(RPC_S_UNSUPPORTED_NAME_SYNTAX),
    NAME(RPC_S_UUID_NO_ADDRESS), NAME(RPC_S_DUPLICATE_ENDPOINT), NAME(RPC_S_UNKNOWN_AUTHN_TYPE),
    NAME(RPC_S_MAX_CALLS_TOO_SMALL), NAME(RPC_S_STRING_TOO_LONG), NAME(RPC_S_PROTSEQ_NOT_FOUND),
    NAME(RPC_S_PROCNUM_OUT_OF_RANGE), NAME(RPC_S_BINDING_HAS_NO_AUTH),
    NAME(RPC_S_UNKNOWN_AUTHN_SERVICE), NAME(RPC_S_UNKNOWN_AUTHN_LEVEL),
    NAME(RPC_S_INVALID_AUTH_IDENTITY), NAME(RPC_S_UNKNOWN_AUTHZ_SERVICE), NAME(EPT_S_INVALID_ENTRY),
    NAME(EPT_S_CANT_PERFORM_OP), NAME(EPT_S_NOT_REGISTERED), NAME(RPC_S_NOTHING_TO_EXPORT),
    NAME(RPC_S_INCOMPLETE_NAME), NAME(RPC_S_INVALID_VERS_OPTION), NAME(RPC_S_NO_MORE_MEMBERS),
    NAME(RPC_S_NOT_ALL_OBJS_UNEXPORTED), NAME(RPC_S_INTERFACE_NOT_FOUND),
    NAME(RPC_S_ENTRY_ALREADY_EXISTS), NAME(RPC_S_ENTRY_NOT_FOUND),
    NAME(RPC_S_NAME_SERVICE_UNAVAILABLE), NAME(RPC_S_INVALID_NAF_ID), NAME(RPC_S_CANNOT_SUPPORT),
    NAME(RPC_S_NO_CONTEXT_AVAILABLE), NAME(RPC_S_INTERNAL_ERROR), NAME(RPC_S_ZERO_DIVIDE),
    NAME(RPC_S_ADDRESS_ERROR), NAME(RPC_S_FP_DIV_ZERO), NAME(RPC_S_FP_UNDERFLOW),
    NAME(RPC_S_FP_OVERFLOW), NAME(RPC_X_NO_MORE_ENTRIES), NAME(RPC_X_SS_CHAR_TRANS_OPEN_FAIL),
    NAME(RPC_X_SS_CHAR_TRANS_SHORT_FILE), NAME(RPC_X_SS_IN_NULL_CONTEXT),
    NAME(RPC_X_SS_CONTEXT_DAMAGED), NAME(RPC_X_SS_HANDLES_MISMATCH),
    NAME(RPC_X_SS_CANNOT_GET_CALL_HANDLE), NAME(RPC_X_NULL_REF_POINTER),
    NAME(RPC_X_ENUM_VALUE_OUT_OF_RANGE), NAME(RPC_X_BYTE_COUNT_TOO_SMALL),
    NAME(RPC_X_BAD_STUB_DATA), NAME(RPC_S_CALL_IN_PROGRESS), NAME(RPC_S_NO_MORE_BINDINGS),
    NAME(RPC_S_NO_INTERFACES), NAME(RPC_S_CALL_CANCELLED), NAME(RPC_S_BINDING_INCOMPLETE),
    NAME(RPC_S_COMM_FAILURE), NAME(RPC_S_UNSUPPORTED_AUTHN_LEVEL), NAME(RPC_S_NO_PRINC_NAME),
    NAME(RPC_S_NOT_RPC_ERROR), NAME(RPC_S_UUID_LOCAL_ONLY), NAME(RPC_S_SEC_PKG_ERROR),
    NAME(RPC_S_NOT_CANCELLED), NAME(RPC_X_INVALID_ES_ACTION), NAME(RPC_X_WRONG_ES_VERSION),
    NAME(RPC_X_WRONG_STUB_VERSION), NAME(RPC_X_INVALID_PIPE_OBJECT), NAME(RPC_X_WRONG_PIPE_ORDER),
    NAME(RPC_X_WRONG_PIPE_VERSION), NAME(RPC_S_COOKIE_AUTH_FAILED), NAME(RPC_S_DO_NOT_DISTURB),
    NAME(RPC_S_SYSTEM_HANDLE_COUNT_EXCEEDED), NAME(RPC_S_SYSTEM_HANDLE_TYPE_MISMATCH),
    NAME(RPC_S_GROUP_MEMBER_NOT_FOUND), NAME(EPT_S_CANT_CREATE), NAME(RPC_S_INVALID_OBJECT),
    NAME(RPC_S_SEND_INCOMPLETE), NAME(RPC_S_INVALID_ASYNC_HANDLE), NAME(RPC_S_INVALID_ASYNC_CALL),
    NAME(RPC_X_PIPE_CLOSED), NAME(RPC_X_PIPE_DISCIPLINE_ERROR), NAME(RPC_X_PIPE_EMPTY),
    NAME(RPC_S_ENTRY_TYPE_MISMATCH), NAME(RPC_S_NOT_ALL_OBJS_EXPORTED),
    NAME(RPC_S_INTERFACE_NOT_EXPORTED), NAME(RPC_S_PROFILE_NOT_ADDED),
    NAME(RPC_S_PRF_ELT_NOT_ADDED), NAME(RPC_S_PRF_ELT_NOT_REMOVED), NAME(RPC_S_GRP_ELT_NOT_ADDED),
    NAME(RPC_S_GRP_ELT_NOT_REMOVED),
#undef NAME
};

const char *trace_status(RPC_STATUS status)
{
    char text[16];

    for (size_t i = 0; i < ARRAY_LENGTH(status_names); i++) {
        if (status_names[i].status == status)
            return status_names[i].name;
    }
    sprintf(text, status >= 0 && status < 0x10000 ? "%ld" : "%08lx", status);
    return keep(text);
}
