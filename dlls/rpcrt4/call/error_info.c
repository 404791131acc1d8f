/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calling thread's chain of error records: see error_info.h. */
#include "call/error_info.h"
#include "call/link.h"
#include "platform/memory.h"
#include "platform/thread.h"
#include "platform/trace.h"

static LONG propagation;

static void release_chain(void *value)
{
    eerr_free_chain(&link_allocator, value);
}

/* NULL: no memory for the thread's state. */
static struct thread_slot *slot_get(void)
{
    struct thread_state *thread = thread_get();

    if (!thread)
        return NULL;
    thread->error_info.release = release_chain;
    return &thread->error_info;
}

void error_info_clear(void)
{
    struct thread_state *thread = thread_peek();

    if (thread && thread->error_info.value) {
        release_chain(thread->error_info.value);
        thread->error_info.value = NULL;
    }
}

const struct eerr_record *error_info_chain(void)
{
    struct thread_state *thread = thread_peek();

    return thread ? thread->error_info.value : NULL;
}

/* A program that never clears its chain does not use ever more memory. */
static void limit_chain(struct eerr_record *head)
{
    while (eerr_count(head) > EERR_MAX_RECORDS)
        eerr_drop_some(&link_allocator, head);
}

bool error_info_add(enum error_component component, RPC_STATUS status, uint16_t location,
                    unsigned count, const struct eerr_param *params)
{
    struct eerr_record record = {
        .process_id = GetCurrentProcessId(),
        .component = component,
        .status = status,
        .location = location,
        .param_count = (uint16_t)count,
    };
    DWORD error = GetLastError();
    struct eerr_record *copy = NULL;
    struct thread_slot *slot = slot_get();
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    record.time = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    if (count)
        memcpy(record.params, params, count * sizeof(*params));
    if (slot && (copy = eerr_copy(&link_allocator, &record))) {
        copy->next = slot->value;
        slot->value = copy;
        limit_chain(copy);
    }
    TRACE("component %u, status %s, location %u", component, trace_status(status), location);
    SetLastError(error);
    return copy != NULL;
}

bool error_info_propagates(void)
{
    return propagation;
}

void error_info_turn_on_propagation(void)
{
    InterlockedExchange(&propagation, true);
}

/* A copy of the thread's chain whose newest record names this computer. */
static struct eerr_record *copy_to_send(void)
{
    WCHAR name[MAX_COMPUTERNAME_LENGTH + 256];
    DWORD chars = ARRAY_LENGTH(name);
    struct eerr_record *head, *named, newest;

    head = eerr_copy_chain(&link_allocator, error_info_chain());
    if (!head || head->computer || !GetComputerNameExW(ComputerNameDnsHostname, name, &chars))
        return head;
    newest = *head;
    newest.computer = name;
    named = eerr_copy(&link_allocator, &newest);
    if (!named)
        return head;
    named->next = head->next;
    head->next = NULL;
    eerr_free_chain(&link_allocator, head);
    return named;
}

uint8_t *error_info_encode(size_t limit, size_t *length)
{
    struct eerr_record *head;
    uint8_t *data = NULL;
    bool fits;

    if (!error_info_propagates() || !error_info_chain() || !(head = copy_to_send()))
        return NULL;
    do {
        *length = eerr_encoded_length(head);
        fits = *length <= limit;
    } while (!fits && eerr_drop_some(&link_allocator, head));
    if (fits && (data = rpc_alloc(*length)))
        eerr_encode(head, data);
    eerr_free_chain(&link_allocator, head);
    return data;
}

void error_info_append(const uint8_t *data, size_t length)
{
    struct thread_slot *slot = slot_get();
    struct eerr_record *cause, *last;
    enum eerr_result result;

    if (!slot)
        return;
    result = eerr_decode(&link_allocator, data, length, &cause);
    if (result != EERR_OK)
        WARN("%zu octets of error information: %s", length,
             result == EERR_INVALID ? "not valid" : "no memory");
    if (!cause)
        return;
    if (!slot->value) {
        slot->value = cause;
        return;
    }
    for (last = slot->value; last->next; last = last->next)
        ;
    last->next = cause;
    limit_chain(slot->value);
}
