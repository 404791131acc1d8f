/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process holds: handles, memory, threads, connections. */
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

unsigned count_heap_blocks(void)
{
    PROCESS_HEAP_ENTRY entry = {0};
    unsigned count = 0;

    HeapLock(GetProcessHeap());
    while (HeapWalk(GetProcessHeap(), &entry))
        count += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
    HeapUnlock(GetProcessHeap());
    return count;
}

unsigned count_heap_bytes(void)
{
    PROCESS_HEAP_ENTRY entry = {0};
    unsigned bytes = 0;

    HeapLock(GetProcessHeap());
    while (HeapWalk(GetProcessHeap(), &entry))
        bytes += entry.wFlags & PROCESS_HEAP_ENTRY_BUSY ? entry.cbData : 0;
    HeapUnlock(GetProcessHeap());
    return bytes;
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

/* The rows of the IPv4 table for which `counts` is true. */
static unsigned count_rows(bool (*counts)(const MIB_TCPROW *row, u_short port), unsigned port)
{
    MIB_TCPTABLE *table = NULL;
    DWORD size = 0;
    unsigned count = 0;

    while (GetTcpTable(table, &size, FALSE) == ERROR_INSUFFICIENT_BUFFER)
        table = realloc(table, size += 64 * sizeof(table->table[0]));
    for (DWORD i = 0; i < table->dwNumEntries; i++)
        count += counts(&table->table[i], htons((u_short)port));
    free(table);
    return count;
}

static bool is_accepted(const MIB_TCPROW *row, u_short port)
{
    return row->dwLocalPort == port && row->dwState == MIB_TCP_STATE_ESTAB;
}

static bool is_open_at_client(const MIB_TCPROW *row, u_short port)
{
    return row->dwRemotePort == port &&
           (row->dwState == MIB_TCP_STATE_ESTAB || row->dwState == MIB_TCP_STATE_CLOSE_WAIT);
}

unsigned count_tcp_connections(unsigned port)
{
    return count_rows(is_accepted, port);
}

unsigned count_tcp_clients(unsigned port)
{
    return count_rows(is_open_at_client, port);
}
