/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many ended calls a thread has to complete: client/backlog.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/backlog.h"

static void it_shrinks_when_a_call_has_been_completed_since_one_was_made(void **unused)
{
    int32_t count;

    assert_false(backlog_shrinks(4, &count));
    assert_int_equal(count, 0);
    backlog_add(4);
    backlog_add(4);
    backlog_add(4);
    assert_false(backlog_shrinks(4, &count));
    assert_int_equal(count, 3);
    backlog_remove(4);
    assert_true(backlog_shrinks(4, &count));
    assert_int_equal(count, 2);
    assert_false(backlog_shrinks(4, &count));
    backlog_remove(4);
    backlog_remove(4);
    assert_true(backlog_shrinks(4, &count));
    assert_int_equal(count, 0);
    assert_false(backlog_shrinks(4, &count));
}

static void neighbours_have_their_own(void **unused)
{
    int32_t count;

    backlog_add(0x100);
    backlog_remove(0x104);
    assert_false(backlog_shrinks(0x100, &count));
    assert_int_equal(count, 1);
    assert_true(backlog_shrinks(0x104, &count));
    backlog_remove(0x100);
    backlog_add(0x104);
}

static void every_id_has_a_place(void **unused)
{
    int32_t count;

    for (uint32_t id = 3; id < UINT32_MAX - 0x1000001; id += 0x1000001) {
        backlog_add(id);
        backlog_remove(id);
        assert_true(backlog_shrinks(id, &count));
        assert_int_equal(count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shrinks_when_a_call_has_been_completed_since_one_was_made),
        cmocka_unit_test(neighbours_have_their_own),
        cmocka_unit_test(every_id_has_a_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
