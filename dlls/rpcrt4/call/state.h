/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state machine of a call: atomic transitions only, so that whoever comes first of reply,
 * fault, cancel, time-out and lost connection wins, and everybody else learns that he lost.
 * Portable; waiting and waking are the caller's.
 *
 *   client:  Idle → Binding → Sending → Sent → [Ending] → Replied | Faulted | Cancelled | Failed → Completed
 *   server:  Receiving → Dispatched → Deferred → Answering → Answered
 *
 * Ending is the short time in which the winner stores the outcome and notifies: it is not over yet
 * for a poller (who waits for it to pass), and already over for every other ender. */
#ifndef RPCRT4_CALL_STATE_H
#define RPCRT4_CALL_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum call_phase {
    CALL_IDLE,
    CALL_BINDING,
    CALL_SENDING,
    CALL_SENT,
    CALL_ENDING,
    CALL_REPLIED,
    CALL_FAULTED,
    CALL_CANCELLED,
    CALL_FAILED,
    CALL_COMPLETED,
};

struct call_state {
    int32_t phase; /* enum call_phase; the address that waiters watch */
};

enum call_claim {
    CLAIM_PENDING, /* the call has not ended */
    CLAIM_ENDING,  /* it is ending at this moment: wait for `phase` to change, and ask again */
    CLAIM_TAKEN,   /* the caller, and nobody else, completes it */
    CLAIM_GONE,    /* somebody else has completed it */
};

void call_state_init(struct call_state *state);
enum call_phase call_state_phase(const struct call_state *state);
/* Has it ended, its outcome readable? */
bool call_state_has_ended(const struct call_state *state);

/* Idle, Binding, Sending, Sent: forward to `phase`. False, and nothing changes, if the call is
 * ending or has ended. A call that goes back to Binding because its connection died unused is moved
 * back here too. */
bool call_state_advance(struct call_state *state, enum call_phase phase);
/* From any phase before Ending to Ending: true for exactly one caller, who then calls
 * call_state_end(). */
bool call_state_begin_end(struct call_state *state);
/* Ending → outcome (Replied, Faulted, Cancelled or Failed). Returns after the outcome is visible to
 * everybody. */
void call_state_end(struct call_state *state, enum call_phase outcome);
/* outcome → Completed, for exactly one caller. */
enum call_claim call_state_claim(struct call_state *state);
/* The same question without taking it. */
enum call_claim call_state_peek(const struct call_state *state);

enum server_phase {
    SERVER_CALL_RECEIVING,
    SERVER_CALL_DISPATCHED, /* the manager routine runs */
    SERVER_CALL_DEFERRED,   /* it has returned, and will answer later */
    SERVER_CALL_ANSWERING,
    SERVER_CALL_ANSWERED,
};

struct server_call_state {
    int32_t phase; /* enum server_phase */
};

void server_call_state_init(struct server_call_state *state);
enum server_phase server_call_state_phase(const struct server_call_state *state);
/* Receiving → Dispatched. False if the call was orphaned or its connection lost before (then it is
 * Answered). */
bool server_call_state_dispatch(struct server_call_state *state);
/* Receiving → Answering: true for a call that is not going to be dispatched, and whoever asked answers it. */
bool server_call_state_drop(struct server_call_state *state);
/* Dispatched → Deferred. False if it has been answered meanwhile, on this thread or another. */
bool server_call_state_defer(struct server_call_state *state);
/* Any phase before Answering → Answering: true for exactly one caller, who answers. */
bool server_call_state_begin_answer(struct server_call_state *state);
void server_call_state_answered(struct server_call_state *state);

#endif
