/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading DLLs on first use: see imports.h. They stay loaded. */
#include "platform/imports.h"

struct library {
    const WCHAR *dll;
    const char *const *names;
    size_t count;
    FARPROC *functions; /* the table, filled in this order */
    volatile LONG ready;
};

/* Threads may do this at the same time: they store the same values. */
static bool library_load(struct library *library)
{
    HMODULE module = LoadLibraryExW(library->dll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

    if (!module)
        return false;
    for (size_t i = 0; i < library->count; i++) {
        FARPROC function = GetProcAddress(module, library->names[i]);

        if (!function) {
            DWORD error = GetLastError();

            FreeLibrary(module);
            SetLastError(error);
            return false;
        }
        library->functions[i] = function;
    }
    if (InterlockedExchange(&library->ready, true))
        FreeLibrary(module); /* another thread has loaded it too */
    return true;
}

static inline bool library_is_ready(struct library *library)
{
    return __atomic_load_n(&library->ready, __ATOMIC_ACQUIRE) || library_load(library);
}

#define NAME(function) #function,
#define IMPORTS_DEFINE(name, LIST) \
    const struct imports_##name *imports_##name(void) \
    { \
        static struct imports_##name table; \
        static const char *const names[] = {LIST(NAME)}; \
        static struct library library = {L"" #name ".dll", names, ARRAY_LENGTH(names), \
                                         (FARPROC *)&table, 0}; \
        return library_is_ready(&library) ? &table : NULL; \
    }

IMPORTS_DEFINE(ws2_32, IMPORTS_WS2_32)
IMPORTS_DEFINE(authz, IMPORTS_AUTHZ)
IMPORTS_DEFINE(iphlpapi, IMPORTS_IPHLPAPI)
IMPORTS_DEFINE(advapi32, IMPORTS_ADVAPI32)
IMPORTS_DEFINE(user32, IMPORTS_USER32)
IMPORTS_DEFINE(ole32, IMPORTS_OLE32)
IMPORTS_DEFINE(oleaut32, IMPORTS_OLEAUT32)
IMPORTS_DEFINE(secur32, IMPORTS_SECUR32)
