/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests that go through Wine's own modules share. See wine_module.h. */
#include "wine_module.h"

/* The product's name in the version resource tells ours. */
bool wine_module_is_ours(void)
{
    static const WCHAR name[] = L"rpcrt4-async";
    HMODULE module = LoadLibraryW(L"rpcrt4.dll"); /* sechost delays its import */
    HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(1), (const WCHAR *)RT_VERSION);
    const char *data = resource ? LockResource(LoadResource(module, resource)) : NULL;
    DWORD size = resource ? SizeofResource(module, resource) : 0;

    for (DWORD i = 0; data && i + sizeof(name) <= size; i++) {
        if (!memcmp(data + i, name, sizeof(name) - sizeof(WCHAR)))
            return true;
    }
    return false;
}

const WCHAR *wine_module_program(void)
{
    static WCHAR path[MAX_PATH];

    assert_in_range(GetModuleFileNameW(NULL, path, MAX_PATH), 1, MAX_PATH - 1);
    return wcsrchr(path, '\\') + 1;
}

void wine_module_override(const WCHAR *program, bool ours)
{
    static const WCHAR value[] = L"native";
    WCHAR name[512];
    HKEY key;

    _snwprintf(name, ARRAYSIZE(name), L"Software\\Wine\\AppDefaults\\%s\\DllOverrides", program);
    if (!ours) {
        RegDeleteKeyW(HKEY_CURRENT_USER, name);
        *wcsrchr(name, '\\') = 0;
        RegDeleteKeyW(HKEY_CURRENT_USER, name);
        return;
    }
    assert_int_equal(RegCreateKeyW(HKEY_CURRENT_USER, name, &key), ERROR_SUCCESS);
    assert_int_equal(
        RegSetValueExW(key, L"rpcrt4", 0, REG_SZ, (const BYTE *)value, sizeof(value)),
        ERROR_SUCCESS);
    RegCloseKey(key);
}
