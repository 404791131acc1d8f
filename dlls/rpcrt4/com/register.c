/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxy DLLs in the registry: which class makes the proxies of an interface (HKCR\Interface\IID),
 * and which DLL has that class (HKCR\CLSID\CLSID). Sources: the SDK's "Registering the Proxy/Stub
 * DLL" and "Interface" keys; Wine's tests for the results. */
#include "com/com.h"
#include "platform/imports.h"
#include "wire/uuid.h"

#include <wchar.h>

#define KEY_CHARS 96 /* "Interface\{…}\ProxyStubClsid32" */
#define NAME_CHARS 256
#define GUID_CHARS (UUID_TEXT_LENGTH + 3)

static void format_guid(const GUID *guid, WCHAR text[GUID_CHARS])
{
    struct wire_uuid uuid;

    memcpy(&uuid, guid, sizeof(uuid));
    uuid_to_text(&uuid, text + 1);
    _wcsupr(text + 1);
    text[0] = '{';
    wcscpy(text + 1 + UUID_TEXT_LENGTH, L"}");
}

static HRESULT set_value(const WCHAR *key, const WCHAR *sub_key, const WCHAR *name,
                         const WCHAR *value)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    WCHAR path[KEY_CHARS];
    LSTATUS status;
    HKEY handle;

    if (!advapi32)
        return HRESULT_FROM_WIN32(GetLastError());
    _snwprintf(path, KEY_CHARS, L"%s%s", key, sub_key);
    status = advapi32->RegCreateKeyExW(HKEY_CLASSES_ROOT, path, 0, NULL, 0, KEY_WRITE, NULL,
                                       &handle, NULL);
    if (!status) {
        status = advapi32->RegSetValueExW(handle, name, 0, REG_SZ, (const BYTE *)value,
                                          (wcslen(value) + 1) * sizeof(WCHAR));
        advapi32->RegCloseKey(handle);
    }
    return HRESULT_FROM_WIN32(status);
}

static HRESULT delete_key(const WCHAR *key)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    LSTATUS status;

    if (!advapi32)
        return HRESULT_FROM_WIN32(GetLastError());
    status = advapi32->RegDeleteTreeW(HKEY_CLASSES_ROOT, key);
    return status == ERROR_FILE_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(status);
}

/* ---- interfaces ---- */

static void interface_key(const ProxyFileInfo *file, unsigned int index, WCHAR key[KEY_CHARS])
{
    WCHAR iid[GUID_CHARS];

    format_guid(file->pStubVtblList[index]->header.piid, iid);
    _snwprintf(key, KEY_CHARS, L"Interface\\%s", iid);
}

static HRESULT register_interface(const ProxyFileInfo *file, unsigned int index, const WCHAR *class)
{
    WCHAR key[KEY_CHARS], name[NAME_CHARS], methods[16];
    HRESULT hr;

    interface_key(file, index, key);
    if (!MultiByteToWideChar(CP_ACP, 0, file->pNamesArray[index], -1, name, NAME_CHARS))
        return HRESULT_FROM_WIN32(GetLastError());
    _snwprintf(methods, ARRAY_LENGTH(methods), L"%lu",
               file->pStubVtblList[index]->header.DispatchTableCount);
    hr = set_value(key, L"", NULL, name);
    if (SUCCEEDED(hr))
        hr = set_value(key, L"\\ProxyStubClsid32", NULL, class);
    if (SUCCEEDED(hr))
        hr = set_value(key, L"\\NumMethods", NULL, methods);
    return hr;
}

static HRESULT unregister_interface(const ProxyFileInfo *file, unsigned int index,
                                    const WCHAR *class)
{
    WCHAR key[KEY_CHARS];

    interface_key(file, index, key);
    return delete_key(key);
}

/* All of them, as far as it goes. */
static HRESULT for_each(const ProxyFileInfo **files, const WCHAR *class,
                        HRESULT (*function)(const ProxyFileInfo *file, unsigned int index,
                                            const WCHAR *class))
{
    HRESULT hr = S_OK;

    for (; *files && SUCCEEDED(hr); files++) {
        for (unsigned int i = 0; i < (*files)->TableSize && SUCCEEDED(hr); i++) {
            if ((*files)->pStubVtblList[i])
                hr = function(*files, i, class);
        }
    }
    return hr;
}

/* ---- the class ---- */

/* The class, by its own ID or that of the first interface. E_HANDLE, E_NOINTERFACE */
static HRESULT class_of(HMODULE dll, const ProxyFileInfo **files, const CLSID *clsid,
                        WCHAR class[GUID_CHARS])
{
    if (!dll)
        return E_HANDLE;
    if (!*files || !(*files)->TableSize || !(*files)->pStubVtblList[0])
        return E_NOINTERFACE;
    format_guid(clsid ? clsid : (*files)->pStubVtblList[0]->header.piid, class);
    return S_OK;
}

static HRESULT register_class(HMODULE dll, const WCHAR *class)
{
    WCHAR key[KEY_CHARS], path[MAX_PATH];
    DWORD length = GetModuleFileNameW(dll, path, MAX_PATH);
    HRESULT hr;

    if (!length || length >= MAX_PATH)
        return HRESULT_FROM_WIN32(length ? ERROR_FILENAME_EXCED_RANGE : GetLastError());
    _snwprintf(key, KEY_CHARS, L"CLSID\\%s", class);
    hr = set_value(key, L"", NULL, L"PSFactoryBuffer");
    if (SUCCEEDED(hr))
        hr = set_value(key, L"\\InProcServer32", NULL, path);
    if (SUCCEEDED(hr))
        hr = set_value(key, L"\\InProcServer32", L"ThreadingModel", L"Both");
    return hr;
}

/***********************************************************************
 *           NdrDllRegisterProxy   (RPCRT4.@)
 *
 * What a proxy DLL's DllRegisterServer does: enters its interfaces and its class, pclsid or, where
 * that is NULL, the IID of its first interface. E_HANDLE (no module), E_NOINTERFACE (no
 * interfaces), and what the registry returns.
 */
HRESULT RPC_ENTRY NdrDllRegisterProxy(HMODULE hDll, const ProxyFileInfo **pProxyFileList,
                                      const CLSID *pclsid)
{
    WCHAR class[GUID_CHARS];
    HRESULT hr = class_of(hDll, pProxyFileList, pclsid, class);

    if (SUCCEEDED(hr))
        hr = for_each(pProxyFileList, class, register_interface);
    return FAILED(hr) ? hr : register_class(hDll, class);
}

/***********************************************************************
 *           NdrDllUnregisterProxy   (RPCRT4.@)
 *
 * Takes away what NdrDllRegisterProxy has entered. The same errors; that something is not there is
 * none.
 */
HRESULT RPC_ENTRY NdrDllUnregisterProxy(HMODULE hDll, const ProxyFileInfo **pProxyFileList,
                                        const CLSID *pclsid)
{
    WCHAR class[GUID_CHARS], key[KEY_CHARS];
    HRESULT hr = class_of(hDll, pProxyFileList, pclsid, class);

    if (SUCCEEDED(hr))
        hr = for_each(pProxyFileList, class, unregister_interface);
    if (FAILED(hr))
        return hr;
    _snwprintf(key, KEY_CHARS, L"CLSID\\%s", class);
    return delete_key(key);
}
