/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state machine of a call: see state.h. */
#include "call/state.h"

static int32_t load(const int32_t *phase)
{
    return __atomic_load_n(phase, __ATOMIC_ACQUIRE);
}

static void store(int32_t *phase, int32_t value)
{
    __atomic_store_n(phase, value, __ATOMIC_RELEASE);
}

/* Moves from any phase below `limit` to `to`; false if it is at `limit` or beyond. */
static bool move_from_below(int32_t *phase, int32_t limit, int32_t to)
{
    int32_t now = load(phase);

    do {
        if (now >= limit)
            return false;
    } while (!__atomic_compare_exchange_n(phase, &now, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return true;
}

static bool move(int32_t *phase, int32_t from, int32_t to)
{
    return __atomic_compare_exchange_n(phase, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void call_state_init(struct call_state *state)
{
    store(&state->phase, CALL_IDLE);
}

enum call_phase call_state_phase(const struct call_state *state)
{
    return load(&state->phase);
}

bool call_state_has_ended(const struct call_state *state)
{
    return load(&state->phase) > CALL_ENDING;
}

bool call_state_advance(struct call_state *state, enum call_phase phase)
{
    return move_from_below(&state->phase, CALL_ENDING, phase);
}

bool call_state_begin_end(struct call_state *state)
{
    return move_from_below(&state->phase, CALL_ENDING, CALL_ENDING);
}

void call_state_end(struct call_state *state, enum call_phase outcome)
{
    store(&state->phase, outcome);
}

enum call_claim call_state_peek(const struct call_state *state)
{
    int32_t now = load(&state->phase);

    if (now < CALL_ENDING)
        return CLAIM_PENDING;
    if (now == CALL_ENDING)
        return CLAIM_ENDING;
    return now == CALL_COMPLETED ? CLAIM_GONE : CLAIM_TAKEN;
}

enum call_claim call_state_claim(struct call_state *state)
{
    enum call_claim claim = call_state_peek(state);

    if (claim == CLAIM_TAKEN && !move_from_below(&state->phase, CALL_COMPLETED, CALL_COMPLETED))
        claim = CLAIM_GONE;
    return claim;
}

void server_call_state_init(struct server_call_state *state)
{
    store(&state->phase, SERVER_CALL_RECEIVING);
}

enum server_phase server_call_state_phase(const struct server_call_state *state)
{
    return load(&state->phase);
}

bool server_call_state_dispatch(struct server_call_state *state)
{
    return move(&state->phase, SERVER_CALL_RECEIVING, SERVER_CALL_DISPATCHED);
}

bool server_call_state_drop(struct server_call_state *state)
{
    return move(&state->phase, SERVER_CALL_RECEIVING, SERVER_CALL_ANSWERING);
}

bool server_call_state_defer(struct server_call_state *state)
{
    return move(&state->phase, SERVER_CALL_DISPATCHED, SERVER_CALL_DEFERRED);
}

bool server_call_state_begin_answer(struct server_call_state *state)
{
    return move_from_below(&state->phase, SERVER_CALL_ANSWERING, SERVER_CALL_ANSWERING);
}

void server_call_state_answered(struct server_call_state *state)
{
    store(&state->phase, SERVER_CALL_ANSWERED);
}
