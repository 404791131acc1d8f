/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time-based UUIDs, version 1 of RFC 4122: a time stamp that grows with every UUID of the process,
 * a random clock sequence (so that two processes on one machine do not collide), and this machine's
 * node: the hardware address of a network adapter or, without one, a random number with the
 * multicast bit, which no adapter has. */
#include "platform/imports.h"
#include "platform/memory.h"
#include "platform/random.h"

/* From 1582-10-15, where UUID time begins, to 1601-01-01, where FILETIME does: 6653 days in 100
 * ns. */
#define FILETIME_TO_UUID (6653ull * 24 * 60 * 60 * 10000000)

#define NODE_LENGTH 6

struct node {
    bool is_local_only; /* random: unique on this machine only */
    unsigned char clock_sequence[2];
    unsigned char address[NODE_LENGTH];
};

static SRWLOCK lock = SRWLOCK_INIT; /* guards node and has_node */
static struct node node;
static bool has_node;
static volatile LONG64 last_time;

/* Is it an adapter's own address: not all zero, not a group's? */
static bool is_hardware_address(const IP_ADAPTER_ADDRESSES *adapter)
{
    static const unsigned char zero[NODE_LENGTH];

    return adapter->PhysicalAddressLength == NODE_LENGTH && !(adapter->PhysicalAddress[0] & 1) &&
           adapter->IfType != IF_TYPE_SOFTWARE_LOOPBACK &&
           memcmp(adapter->PhysicalAddress, zero, NODE_LENGTH);
}

/* The smallest one, so that the choice does not hang on the order of adapters. */
static bool find_hardware_address(unsigned char address[NODE_LENGTH])
{
    const ULONG flags = GAA_FLAG_SKIP_UNICAST | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
                        GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_SKIP_FRIENDLY_NAME;
    const struct imports_iphlpapi *iphlpapi = imports_iphlpapi();
    IP_ADAPTER_ADDRESSES *adapters = NULL;
    ULONG size = 16 * 1024, error = ERROR_BUFFER_OVERFLOW;
    bool found = false;

    /* Adapters may appear between two calls: ask again, but not for ever. */
    for (int tries = 0; iphlpapi && error == ERROR_BUFFER_OVERFLOW && tries < 4; tries++) {
        rpc_free(adapters);
        if (!(adapters = rpc_alloc(size)))
            return false;
        error = iphlpapi->GetAdaptersAddresses(AF_UNSPEC, flags, NULL, adapters, &size);
    }
    for (IP_ADAPTER_ADDRESSES *a = error ? NULL : adapters; a; a = a->Next) {
        if (is_hardware_address(a) &&
            (!found || memcmp(a->PhysicalAddress, address, NODE_LENGTH) < 0)) {
            memcpy(address, a->PhysicalAddress, NODE_LENGTH);
            found = true;
        }
    }
    rpc_free(adapters);
    return found;
}

/* Loads DLLs, and therefore runs without the lock: a thread in some DllMain may be waiting for
 * it. */
static bool make_node(struct node *made)
{
    if (!random_bytes(made->clock_sequence, sizeof(made->clock_sequence)) ||
        !random_bytes(made->address, sizeof(made->address)))
        return false;
    made->clock_sequence[0] = (made->clock_sequence[0] & 0x3f) | 0x80;
    made->address[0] |= 1;
    made->is_local_only = !find_hardware_address(made->address);
    return true;
}

/* The process's node; threads that make it at the same time agree on the first. */
static bool get_node(struct node *out)
{
    struct node made;
    bool found;

    AcquireSRWLockShared(&lock);
    found = has_node;
    *out = node;
    ReleaseSRWLockShared(&lock);
    if (found)
        return true;
    if (!make_node(&made))
        return false;
    AcquireSRWLockExclusive(&lock);
    if (!has_node) {
        node = made;
        has_node = true;
    }
    *out = node;
    ReleaseSRWLockExclusive(&lock);
    return true;
}

/* The present time, but later than any that was returned before. */
static ULONG64 next_time(void)
{
    FILETIME now;
    LONG64 time, last, seen = last_time;

    GetSystemTimePreciseAsFileTime(&now);
    do {
        last = seen;
        time = ((ULONG64)now.dwHighDateTime << 32 | now.dwLowDateTime) + FILETIME_TO_UUID;
        if (time <= last)
            time = last + 1;
        seen = InterlockedCompareExchange64(&last_time, time, last);
    } while (seen != last);
    return time;
}

/***********************************************************************
 *           UuidCreateSequential   (RPCRT4.@)
 *
 * Errors: RPC_S_UUID_LOCAL_ONLY (the UUID is good, but unique on this machine only),
 * RPC_S_OUT_OF_RESOURCES (the system gives no random numbers), RPC_S_INVALID_ARG.
 */
RPC_STATUS WINAPI UuidCreateSequential(UUID *uuid)
{
    struct node own;
    ULONG64 time;

    if (!uuid)
        return RPC_S_INVALID_ARG;
    if (!get_node(&own))
        return RPC_S_OUT_OF_RESOURCES;
    time = next_time();
    uuid->Data1 = (ULONG)time;
    uuid->Data2 = (USHORT)(time >> 32);
    uuid->Data3 = (USHORT)((time >> 48 & 0x0fff) | 0x1000);
    memcpy(uuid->Data4, own.clock_sequence, sizeof(own.clock_sequence));
    memcpy(uuid->Data4 + sizeof(own.clock_sequence), own.address, NODE_LENGTH);
    return own.is_local_only ? RPC_S_UUID_LOCAL_ONLY : RPC_S_OK;
}

/***********************************************************************
 *           I_UuidCreate   (RPCRT4.@)
 *
 * Undocumented; makes a sequential UUID (Wine's tests, rpc.c). It has an address of its own.
 */
RPC_STATUS WINAPI I_UuidCreate(UUID *uuid)
{
    return UuidCreateSequential(uuid);
}
