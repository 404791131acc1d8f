/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process holds: handles, threads, connections. */
#include "rpc_fixture.h"

#include <iphlpapi.h>
#include <tlhelp32.h>
#include <winternl.h>

/* SystemExtendedHandleInformation, which the SDK headers do not declare. */
#define EXTENDED_HANDLE_INFORMATION ((SYSTEM_INFORMATION_CLASS)64)
struct handle_entry {
    void *object;
    ULONG_PTR process, handle;
    ULONG access;
    USHORT backtrace, type;
    ULONG attributes, reserved;
};
struct handle_table {
    ULONG_PTR count, reserved;
    struct handle_entry entries[];
};

unsigned count_handles(void)
{
    ULONG size = 1 << 18, needed;
    unsigned count = 0;
    NTSTATUS status;
    struct handle_table *table;

    do {
        size *= 2;
        table = malloc(size);
        assert_non_null(table);
        status = NtQuerySystemInformation(EXTENDED_HANDLE_INFORMATION, table, size, &needed);
        if (status)
            free(table);
    } while (status == (NTSTATUS)0xc0000004); /* STATUS_INFO_LENGTH_MISMATCH */
    assert_int_equal(status, 0);
    for (ULONG_PTR i = 0; i < table->count; i++)
        count += table->entries[i].process == GetCurrentProcessId();
    free(table);
    return count;
}

unsigned count_threads(void)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    unsigned count = 0;

    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return count;
}

static unsigned count_rows(int family, unsigned port)
{
    DWORD size = 0;
    unsigned count = 0;
    void *table = NULL;
    u_short local = htons((u_short)port);

    while (GetExtendedTcpTable(table, &size, FALSE, family, TCP_TABLE_OWNER_PID_ALL, 0) == ERROR_INSUFFICIENT_BUFFER)
        table = realloc(table, size);
    if (family == AF_INET) {
        MIB_TCPTABLE_OWNER_PID *v4 = table;

        for (DWORD i = 0; i < v4->dwNumEntries; i++)
            count += v4->table[i].dwLocalPort == local && v4->table[i].dwState == MIB_TCP_STATE_ESTAB;
    } else {
        MIB_TCP6TABLE_OWNER_PID *v6 = table;

        for (DWORD i = 0; i < v6->dwNumEntries; i++)
            count += v6->table[i].dwLocalPort == local && v6->table[i].dwState == MIB_TCP_STATE_ESTAB;
    }
    free(table);
    return count;
}

unsigned count_tcp_connections(unsigned port)
{
    return count_rows(AF_INET, port) + count_rows(AF_INET6, port);
}
