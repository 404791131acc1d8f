/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for data or room: see flow_waiter.h. */
#include "call/flow_waiter.h"
#include "transport/pool.h"

DWORD flow_waiter_begin(struct flow_waiter *waiter)
{
    if (!waiter->wake && !(waiter->wake = CreateEventW(NULL, FALSE, FALSE, NULL)))
        return GetLastError();
    waiter->waiting = true;
    return ERROR_SUCCESS;
}

DWORD flow_waiter_wait(struct flow_waiter *waiter, HANDLE cancel)
{
    HANDLE handles[] = {waiter->wake, cancel};
    DWORD wait;

    pool_block_begin();
    wait = WaitForMultipleObjects(cancel ? 2 : 1, handles, FALSE, INFINITE);
    pool_block_end();
    if (wait == WAIT_OBJECT_0)
        return ERROR_SUCCESS;
    return wait == WAIT_OBJECT_0 + 1 ? ERROR_CANCELLED : GetLastError();
}

void flow_waiter_tell(struct flow_waiter *waiter)
{
    if (waiter->waiting)
        SetEvent(waiter->wake);
    waiter->waiting = false;
}

void flow_waiter_free(struct flow_waiter *waiter)
{
    if (waiter->wake)
        CloseHandle(waiter->wake);
}
