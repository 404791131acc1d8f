/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to look and when to yield: transport/spin.h, with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "transport/spin.h"

#define START 1000000

static int64_t now;

/* A wait of at most `us`, a burst a microsecond; returns how long it has looked. */
static int64_t look_for(struct spin *spin, bool crowded, int64_t us, int64_t yield_us, unsigned *yields)
{
    struct spin_wait wait;
    int64_t begin = now, from;
    enum spin_step step;

    *yields = 0;
    spin_begin(&wait, spin, crowded);
    while (wait.look && now - begin < us) {
        now++;
        step = spin_step(&wait, now);
        if (step == SPIN_STOP)
            break;
        if (step == SPIN_YIELD) {
            (*yields)++;
            from = now;
            now += yield_us;
            spin_yielded(&wait, from, now);
        }
    }
    spin_end(&wait, now - begin >= us);
    return now - begin;
}

static void looks_for_a_while_and_does_not_yield_alone(void **state)
{
    struct spin spin = {0};
    unsigned yields;
    int64_t looked;

    now = START;
    looked = look_for(&spin, false, 1000000, 1, &yields);
    assert_in_range(looked, 50, 200);
    assert_int_equal(yields, 0);
}

static void what_has_not_paid_is_tried_now_and_then(void **state)
{
    struct spin spin = {0};
    unsigned yields, looked = 0;

    now = START;
    look_for(&spin, false, 1000000, 1, &yields);
    for (int i = 0; i < 320; i++)
        looked += look_for(&spin, false, 1000000, 1, &yields) > 0;
    assert_in_range(looked, 5, 20);
    while (!look_for(&spin, false, 5, 1, &yields))
        continue;
    assert_true(spin.credit >= 0); /* it has paid: from now on it is always tried */
    assert_int_equal(look_for(&spin, false, 5, 1, &yields), 5);
}

static void one_failure_after_many_successes_changes_little(void **state)
{
    struct spin spin = {0};
    unsigned yields;

    now = START;
    for (int i = 0; i < 100; i++)
        look_for(&spin, false, 5, 1, &yields);
    look_for(&spin, false, 1000000, 1, &yields);
    assert_true(spin.credit >= 0);
}

static void in_a_crowd_it_is_patient_and_yields(void **state)
{
    struct spin spin = {0};
    unsigned yields;
    int64_t looked;

    now = START;
    assert_int_equal(look_for(&spin, true, 10, 1, &yields), 10);
    assert_int_equal(yields, 0); /* not in a short wait */
    looked = look_for(&spin, true, 1000000, 1, &yields);
    assert_in_range(looked, 1000, 5000);
    assert_in_range(yields, 50, 500);
}

static void a_late_yield_may_be_an_accident(void **state)
{
    struct spin spin = {0};
    unsigned yields;

    now = START;
    look_for(&spin, true, 2000, 1000, &yields);
    assert_true(yields >= 1);
    assert_int_equal(spin.no_yield, 0);
}

static void busy_processes_are_paid_a_small_part_of_the_time(void **state)
{
    struct spin spin = {.credit = 8};
    int64_t lost = 0, begin = START;
    unsigned yields;

    now = START;
    while (now - begin < 10000000) {
        spin.credit = 8;
        look_for(&spin, true, 50, 3000, &yields);
        lost += 3000 * (int64_t)yields;
        now += 100;
    }
    assert_true(lost > 0);
    assert_true(lost < (now - begin) / 20);
}

static void yields_that_overlap_are_counted_once(void **state)
{
    struct spin spin = {0};
    struct spin_wait waits[16];

    for (int i = 0; i < 16; i++)
        spin_begin(&waits[i], &spin, true);
    for (int i = 0; i < 16; i++)
        spin_yielded(&waits[i], START, START + 2000 + i);
    assert_int_equal(spin.lost, 2000);
    assert_int_equal(spin.no_yield, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_for_a_while_and_does_not_yield_alone),
        cmocka_unit_test(what_has_not_paid_is_tried_now_and_then),
        cmocka_unit_test(one_failure_after_many_successes_changes_little),
        cmocka_unit_test(in_a_crowd_it_is_patient_and_yields),
        cmocka_unit_test(a_late_yield_may_be_an_accident),
        cmocka_unit_test(busy_processes_are_paid_a_small_part_of_the_time),
        cmocka_unit_test(yields_that_overlap_are_counted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
