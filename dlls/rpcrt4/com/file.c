/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of proxy DLLs: see com.h. The compiler leaves entries to the runtime: those of
 * interpreted methods are marked with -1, those of the base's methods are 0, and so are a stub's
 * own (rpcproxy.h: CStdStubBuffer_DELEGATING_METHODS). Release never is: it has to know the DLL's
 * class object. */
#include "com/com.h"

#define INTERPRETED ((void *)-1)

HRESULT WINAPI IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid, void **ppvObject);
ULONG WINAPI IUnknown_AddRef_Proxy(IUnknown *This);
ULONG WINAPI IUnknown_Release_Proxy(IUnknown *This);

/* Two DLLs' tables may share a page whose protection changes. */
static SRWLOCK lock;

static void *const unknown_methods[] = {IUnknown_QueryInterface_Proxy, IUnknown_AddRef_Proxy,
                                        IUnknown_Release_Proxy};

/* What is known of a table of methods. */
struct method_table {
    void **methods;
    unsigned int count;
    bool has_descriptions;
    bool delegated;
};

static void *method_of(const struct method_table *table, unsigned int number)
{
    void *marked = table->methods[number];

    if (number < ARRAY_LENGTH(unknown_methods))
        return marked && !table->delegated ? marked : unknown_methods[number];
    if (marked == INTERPRETED)
        return table->has_descriptions ? com_stubless_method(number) : marked;
    return marked ? marked : com_forwarding_method(number);
}

static bool has_gaps(void *const *methods, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        if (!methods[i] || methods[i] == INTERPRETED)
            return true;
    }
    return false;
}

static void complete_methods(const struct method_table *table)
{
    size_t size = table->count * sizeof(*table->methods);
    DWORD protection;

    if (table->count > COM_MAX_METHODS || !has_gaps(table->methods, table->count) ||
        !VirtualProtect(table->methods, size, PAGE_READWRITE, &protection))
        return;
    for (unsigned int i = 0; i < table->count; i++)
        table->methods[i] = method_of(table, i);
    VirtualProtect(table->methods, size, protection, &protection);
}

void com_complete_methods(void **methods, unsigned int count)
{
    const struct method_table table = {methods, count, true, false};

    for (unsigned int i = 0; i < count; i++)
        methods[i] = method_of(&table, i);
}

IRpcStubBufferVtbl com_stub_methods(bool delegated)
{
    return (IRpcStubBufferVtbl){
        CStdStubBuffer_QueryInterface,
        CStdStubBuffer_AddRef,
        NULL,
        delegated ? com_delegating_connect : CStdStubBuffer_Connect,
        delegated ? com_delegating_disconnect : CStdStubBuffer_Disconnect,
        CStdStubBuffer_Invoke,
        CStdStubBuffer_IsIIDSupported,
        delegated ? com_delegating_count_refs : CStdStubBuffer_CountRefs,
        CStdStubBuffer_DebugServerQueryInterface,
        CStdStubBuffer_DebugServerRelease,
    };
}

static void complete_stub(IRpcStubBufferVtbl *table, bool delegated)
{
    const IRpcStubBufferVtbl standard = com_stub_methods(delegated);
    void *const *from = (void *const *)&standard;
    void **to = (void **)table;
    size_t count = sizeof(standard) / sizeof(*to);
    DWORD protection;

    if (!has_gaps(to, count) ||
        !VirtualProtect(to, sizeof(standard), PAGE_READWRITE, &protection))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!to[i])
            to[i] = from[i];
    }
    VirtualProtect(to, sizeof(standard), protection, &protection);
}

static void complete_interface(const ProxyFileInfo *file, unsigned int index)
{
    const CInterfaceStubVtbl *stub = file->pStubVtblList[index];
    bool delegated = file->pDelegatedIIDs && file->pDelegatedIIDs[index];
    /* The header of files of version 1 lacks the descriptions. */
    bool is_new = file->TableVersion >= 2;
    void **header = (void **)file->pProxyVtblList[index];
    const struct method_table table = {header + (is_new ? 2 : 1), stub->header.DispatchTableCount,
                                       is_new && header[0], delegated};

    complete_methods(&table);
    complete_stub((IRpcStubBufferVtbl *)&stub->Vtbl, delegated);
}

void com_complete_file(const ProxyFileInfo *file)
{
    AcquireSRWLockExclusive(&lock);
    for (unsigned int i = 0; i < file->TableSize; i++) {
        if (file->pStubVtblList[i] && file->pProxyVtblList[i])
            complete_interface(file, i);
    }
    ReleaseSRWLockExclusive(&lock);
}
