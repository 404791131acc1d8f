/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state machine of a call: call/state.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>

#include <cmocka.h>

#include "call/state.h"

static void a_call_goes_forward_and_back_to_binding_until_it_ends(void **unused)
{
    struct call_state state;

    call_state_init(&state);
    assert_int_equal(call_state_phase(&state), CALL_IDLE);
    assert_true(call_state_advance(&state, CALL_BINDING));
    assert_true(call_state_advance(&state, CALL_SENDING));
    assert_true(call_state_advance(&state, CALL_BINDING)); /* its connection died unused */
    assert_true(call_state_advance(&state, CALL_SENDING));
    assert_true(call_state_advance(&state, CALL_SENT));
    assert_false(call_state_has_ended(&state));
    assert_int_equal(call_state_claim(&state), CLAIM_PENDING);
    assert_int_equal(call_state_peek(&state), CLAIM_PENDING);
}

static void every_outcome_is_claimed_once(void **unused)
{
    static const enum call_phase outcomes[] = {CALL_REPLIED, CALL_FAULTED, CALL_CANCELLED, CALL_FAILED};
    static const enum call_phase starts[] = {CALL_IDLE, CALL_BINDING, CALL_SENDING, CALL_SENT};

    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            struct call_state state;

            call_state_init(&state);
            call_state_advance(&state, starts[j]);
            assert_true(call_state_begin_end(&state));
            assert_int_equal(call_state_claim(&state), CLAIM_ENDING);
            assert_false(call_state_has_ended(&state));
            call_state_end(&state, outcomes[i]);
            assert_true(call_state_has_ended(&state));
            assert_int_equal(call_state_phase(&state), outcomes[i]);
            assert_int_equal(call_state_peek(&state), CLAIM_TAKEN);
            assert_int_equal(call_state_claim(&state), CLAIM_TAKEN);
            assert_int_equal(call_state_claim(&state), CLAIM_GONE);
            assert_int_equal(call_state_peek(&state), CLAIM_GONE);
        }
    }
}

static void an_ended_call_changes_no_more(void **unused)
{
    struct call_state state;

    call_state_init(&state);
    assert_true(call_state_begin_end(&state));
    assert_false(call_state_begin_end(&state));
    assert_false(call_state_advance(&state, CALL_SENT));
    call_state_end(&state, CALL_CANCELLED);
    assert_false(call_state_begin_end(&state));
    assert_false(call_state_advance(&state, CALL_BINDING));
    assert_int_equal(call_state_phase(&state), CALL_CANCELLED);
}

static void a_server_call_is_answered_once(void **unused)
{
    struct server_call_state state;

    server_call_state_init(&state);
    assert_false(server_call_state_defer(&state));
    assert_true(server_call_state_dispatch(&state));
    assert_false(server_call_state_dispatch(&state));
    assert_true(server_call_state_defer(&state));
    assert_true(server_call_state_begin_answer(&state));
    assert_false(server_call_state_begin_answer(&state));
    server_call_state_answered(&state);
    assert_int_equal(server_call_state_phase(&state), SERVER_CALL_ANSWERED);
    assert_false(server_call_state_begin_answer(&state));
}

static void a_server_call_may_be_answered_before_its_manager_returns(void **unused)
{
    struct server_call_state state;

    server_call_state_init(&state);
    assert_true(server_call_state_dispatch(&state));
    assert_true(server_call_state_begin_answer(&state));
    server_call_state_answered(&state);
    assert_false(server_call_state_defer(&state));
}

static void an_orphaned_call_is_not_dispatched(void **unused)
{
    struct server_call_state state;

    server_call_state_init(&state);
    assert_true(server_call_state_drop(&state));
    assert_false(server_call_state_dispatch(&state));
    assert_false(server_call_state_begin_answer(&state));
}

static void the_answer_of_a_dispatched_call_is_its_managers(void **unused)
{
    struct server_call_state state;

    server_call_state_init(&state);
    assert_true(server_call_state_dispatch(&state));
    assert_false(server_call_state_drop(&state));
    assert_true(server_call_state_begin_answer(&state));
}

/* ---- races ---- */

#define ROUNDS 2000
#define THREADS 4

static struct call_state race;
static pthread_barrier_t barrier;
static int winners, claims;

static void *race_for_the_end(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&barrier);
        if (call_state_begin_end(&race)) {
            __atomic_add_fetch(&winners, 1, __ATOMIC_RELAXED);
            call_state_end(&race, CALL_REPLIED);
        }
        while (!call_state_has_ended(&race))
            ;
        if (call_state_claim(&race) == CLAIM_TAKEN)
            __atomic_add_fetch(&claims, 1, __ATOMIC_RELAXED);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            call_state_init(&race);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void one_of_many_threads_ends_and_one_completes(void **unused)
{
    pthread_t threads[THREADS];

    call_state_init(&race);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, race_for_the_end, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    assert_int_equal(winners, ROUNDS);
    assert_int_equal(claims, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_goes_forward_and_back_to_binding_until_it_ends),
        cmocka_unit_test(every_outcome_is_claimed_once),
        cmocka_unit_test(an_ended_call_changes_no_more),
        cmocka_unit_test(a_server_call_is_answered_once),
        cmocka_unit_test(a_server_call_may_be_answered_before_its_manager_returns),
        cmocka_unit_test(an_orphaned_call_is_not_dispatched),
        cmocka_unit_test(the_answer_of_a_dispatched_call_is_its_managers),
        cmocka_unit_test(one_of_many_threads_ends_and_one_completes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
