/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits that look: see spin_wait.h. */
#include "transport/spin_wait.h"
#include "platform/clock.h"
#include "platform/processors.h"

static bool is_switched_off(void)
{
    static enum { UNKNOWN, ON, OFF } state; /* the same whoever asks for it */
    WCHAR value[2];
    bool off;

    if (state == UNKNOWN) {
        off = GetEnvironmentVariableW(L"RPCRT4_SPIN", value, ARRAY_LENGTH(value)) == 1 && value[0] == L'0';
        state = off || processors_usable() == 1 ? OFF : ON; /* who is waited for would need the same one */
    }
    return state == OFF;
}

void spin_wait_begin(struct spin_wait *wait, struct spin *spin, bool crowded)
{
    spin_begin(wait, spin, crowded);
    if (is_switched_off())
        wait->look = false;
}

bool spin_wait_step(struct spin_wait *wait)
{
    int64_t now = clock_us();
    enum spin_step step = spin_step(wait, now);

    if (step == SPIN_YIELD) {
        SwitchToThread();
        spin_yielded(wait, now, clock_us());
    }
    return step != SPIN_STOP;
}
