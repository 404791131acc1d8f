/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and options of pipe endpoints: "String Binding" and "Using Transport-Level Security on the
 * Client" in the Windows SDK's RPC documentation. */
#include "transport/pipe.h"

#include <stdio.h>

#define ENDPOINT_CHARS_MAX 256

static const WCHAR pipe_prefix[] = L"\\pipe\\";
static const WCHAR lrpc_prefix[] = L"\\\\.\\pipe\\lrpc\\";

static bool starts_with(const WCHAR *s, const WCHAR *prefix)
{
    return !_wcsnicmp(s, prefix, wcslen(prefix));
}

/* The endpoint, as far as an endpoint is ever long, without its doubled backslashes. Those that
 * Wine's built-in DLL makes up have some ("\\pipe\\0000002c.000"), and it opens them all the
 * same. */
static void single_backslashes(const WCHAR *endpoint, WCHAR single[ENDPOINT_CHARS_MAX + 1])
{
    size_t length = 0;

    for (WCHAR last = 0; *endpoint && length < ENDPOINT_CHARS_MAX; last = *endpoint++) {
        if (*endpoint != '\\' || last != '\\')
            single[length++] = *endpoint;
    }
    single[length] = 0;
}

/* "\pipe\" and a name, which may have parts of its own. */
bool np_endpoint_is_valid(const WCHAR *endpoint)
{
    WCHAR single[ENDPOINT_CHARS_MAX + 1];

    if (wcslen(endpoint) > ENDPOINT_CHARS_MAX)
        return false;
    single_backslashes(endpoint, single);
    return starts_with(single, pipe_prefix) && single[wcslen(pipe_prefix)];
}

/* Any name. Wine's combase listens on "\pipe\OLE_...". */
bool lrpc_endpoint_is_valid(const WCHAR *endpoint)
{
    return endpoint[wcsspn(endpoint, L"\\")] && wcslen(endpoint) <= ENDPOINT_CHARS_MAX;
}

void pipe_path(const struct transport *t, const WCHAR *endpoint, WCHAR path[PIPE_PATH_CHARS])
{
    WCHAR single[ENDPOINT_CHARS_MAX + 1];

    single_backslashes(endpoint, single);
    _snwprintf(path, PIPE_PATH_CHARS, L"%s%s", t == &np_transport ? L"\\\\." : lrpc_prefix,
               single);
}

/* Unique among the processes and moments of this machine; the pipe file system has the last
 * word. */
void pipe_dynamic_endpoint(const struct transport *t, WCHAR endpoint[64])
{
    static LONG count;
    LARGE_INTEGER now;
    unsigned long high, low;

    QueryPerformanceCounter(&now);
    high = GetCurrentProcessId();
    low = (unsigned long)(now.QuadPart * 2654435761u) + (unsigned long)InterlockedIncrement(&count);
    _snwprintf(endpoint, 64, t == &np_transport ? L"\\pipe\\%08lx.%08lx" : L"LRPC-%08lx%08lx", high,
               low);
}

/* ---- network addresses ---- */

bool pipe_machine_name(WCHAR *buffer, size_t chars)
{
    DWORD size = (DWORD)min(chars, MAXDWORD);

    return GetComputerNameW(buffer, &size);
}

static bool is_computer_name(const WCHAR *name)
{
    static const COMPUTER_NAME_FORMAT formats[] = {ComputerNameNetBIOS, ComputerNameDnsHostname,
                                                   ComputerNameDnsFullyQualified};
    WCHAR own[256];
    DWORD size;

    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        size = ARRAY_LENGTH(own);
        if (GetComputerNameExW(formats[i], own, &size) && !_wcsicmp(name, own))
            return true;
    }
    return false;
}

bool pipe_address_is_local(const WCHAR *network_addr)
{
    static const WCHAR *const names[] = {L"", L".", L"localhost", L"127.0.0.1", L"::1"};

    if (!network_addr)
        return true;
    if (starts_with(network_addr, L"\\\\"))
        network_addr += 2;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (!_wcsicmp(network_addr, names[i]))
            return true;
    }
    return is_computer_name(network_addr);
}

/* ---- network options ---- */

struct security_word {
    const WCHAR *word;
    unsigned set; /* one word of each set is to be given */
    DWORD flags;
};

static const struct security_word security_words[] = {
    {L"anonymous", 0, SECURITY_ANONYMOUS},
    {L"identification", 0, SECURITY_IDENTIFICATION},
    {L"impersonation", 0, SECURITY_IMPERSONATION},
    {L"delegation", 0, SECURITY_DELEGATION},
    {L"static", 1, 0},
    {L"dynamic", 1, SECURITY_CONTEXT_TRACKING},
    {L"true", 2, SECURITY_EFFECTIVE_ONLY},
    {L"false", 2, 0},
};

static const struct security_word *find_word(const WCHAR *s, size_t length)
{
    for (size_t i = 0; i < ARRAY_LENGTH(security_words); i++) {
        const WCHAR *word = security_words[i].word;

        if (wcslen(word) == length && !_wcsnicmp(s, word, length))
            return &security_words[i];
    }
    return NULL;
}

DWORD pipe_security_flags(const WCHAR *network_options, DWORD *flags)
{
    static const WCHAR option[] = L"security=";
    const struct security_word *word;
    unsigned seen = 0;
    size_t length;

    *flags = SECURITY_SQOS_PRESENT;
    if (!network_options || !network_options[0]) {
        *flags |= SECURITY_IMPERSONATION | SECURITY_CONTEXT_TRACKING;
        return ERROR_SUCCESS;
    }
    if (!starts_with(network_options, option))
        return ERROR_BAD_ARGUMENTS;
    for (const WCHAR *p = network_options + wcslen(option); *p; p += length) {
        length = wcscspn(p, L" ");
        word = find_word(p, length);
        if (!word || seen & (1u << word->set))
            return ERROR_BAD_ARGUMENTS;
        seen |= 1u << word->set;
        *flags |= word->flags;
        if (p[length])
            length++;
    }
    return seen == 7 ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}
