/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Custom actions of wine_installer's package: a DLL. Each works on the installation through calls to
 * the installer's process (msi.dll's remote handles). */
#include <stdio.h>
#include <windows.h>
#include <msi.h>
#include <msiquery.h>

#define RESULT_KEY L"Software\\rpcrt4-tests"

static UINT report(const WCHAR *name, const WCHAR *value)
{
    DWORD size = (DWORD)(wcslen(value) + 1) * sizeof(WCHAR);
    HKEY key;

    if (RegCreateKeyW(HKEY_CURRENT_USER, RESULT_KEY, &key))
        return ERROR_INSTALL_FAILURE;
    RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, size);
    RegCloseKey(key);
    return ERROR_SUCCESS;
}

/* The rows of a table of the package, one after another. */
static UINT read_table(MSIHANDLE install, WCHAR *text, size_t chars)
{
    MSIHANDLE database = MsiGetActiveDatabase(install), view, record;
    UINT error = MsiDatabaseOpenViewW(database, L"SELECT `Text` FROM `Words` ORDER BY `Number`",
                                      &view);

    text[0] = 0;
    if (error)
        return error;
    error = MsiViewExecute(view, 0);
    while (!error && !(error = MsiViewFetch(view, &record))) {
        size_t length = wcslen(text);
        DWORD left = (DWORD)(chars - length);

        error = MsiRecordGetStringW(record, 1, text + length, &left);
        MsiCloseHandle(record);
    }
    MsiCloseHandle(view);
    MsiCloseHandle(database);
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

/* Reads a property that the user gave and a table, and leaves both in another property. */
UINT __stdcall first_action(MSIHANDLE install)
{
    WCHAR given[64], words[64], both[128];
    DWORD size = ARRAYSIZE(given);
    UINT error = MsiGetPropertyW(install, L"GIVEN", given, &size);

    if (!error)
        error = read_table(install, words, ARRAYSIZE(words));
    if (error)
        return error;
    _snwprintf(both, ARRAYSIZE(both), L"%s %s", given, words);
    return MsiSetPropertyW(install, L"MADE", both);
}

UINT __stdcall second_action(MSIHANDLE install)
{
    WCHAR made[128];
    DWORD size = ARRAYSIZE(made);
    UINT error = MsiGetPropertyW(install, L"MADE", made, &size);

    if (error)
        return error;
    if (MsiEvaluateConditionW(install, L"GIVEN = \"2\"") != MSICONDITION_FALSE)
        return ERROR_INSTALL_FAILURE;
    return report(L"action", made);
}
