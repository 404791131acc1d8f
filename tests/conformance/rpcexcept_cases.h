/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cases of test_rpcexcept.c. Each file that includes this compiles them at another
 * optimization level, and names the table that holds them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rpcexcept.h"
#include "rpcexcept_help.h"

#define NOINLINE static __attribute__((noinline))

/* ---- catching ---- */

static void body_without_exception(void **state)
{
    int ran = 0, caught = 0;

    RpcTryExcept {
        ran++;
    } RpcExcept(1) {
        caught++;
    } RpcEndExcept
    assert_int_equal(ran, 1);
    assert_int_equal(caught, 0);
}

static void code_in_filter_and_block(void **state)
{
    unsigned long in_filter = 0, in_block = 0;

    RpcTryExcept {
        raise_code(0x6be);
        fail();
    } RpcExcept((in_filter = RpcExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        in_block = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(in_filter, 0x6be);
    assert_int_equal(in_block, 0x6be);
}

static void macros_are_statements(void **state)
{
    int caught = 0, i;

    for (i = 0; i < 2; i++)
        if (i == 0)
            RpcTryExcept
                raise_code(1);
            RpcExcept(1)
                caught |= 1;
            RpcEndExcept
        else
            RpcTryExcept raise_code(2);
            RpcExcept(RpcExceptionCode() == 2) caught |= 2;
            RpcEndExcept
    assert_int_equal(caught, 3);
}

NOINLINE int filter_record(EXCEPTION_POINTERS *pointers, EXCEPTION_RECORD *copy, int verdict)
{
    *copy = *pointers->ExceptionRecord;
    return pointers->ContextRecord ? verdict : -2;
}

/* A declined exception reaches the outer filter unchanged, and before anything has been unwound. */
static void declined_exception_passes_unchanged(void **state)
{
    EXCEPTION_RECORD inner, outer;
    int unwound = 0, unwound_at_filter = -1, wrong = 0;

    memset(&inner, 0, sizeof(inner));
    memset(&outer, 1, sizeof(outer));
    RpcTryExcept {
        RpcTryFinally {
            RpcTryExcept {
                raise_with_parameters(0xe0001234, 0x11, 0x22);
            } RpcExcept(filter_record(RpcExceptionInformation(), &inner,
                                    EXCEPTION_CONTINUE_SEARCH)) {
                wrong = 1;
            } RpcEndExcept
        } RpcFinally {
            unwound = 1;
        } RpcEndFinally
    } RpcExcept((unwound_at_filter = unwound,
                 filter_record(RpcExceptionInformation(), &outer, EXCEPTION_EXECUTE_HANDLER))) {
        assert_int_equal(RpcExceptionCode(), 0xe0001234);
    } RpcEndExcept
    assert_int_equal(wrong, 0);
    assert_int_equal(unwound_at_filter, 0);
    assert_int_equal(unwound, 1);
    assert_int_equal(outer.NumberParameters, 2);
    assert_int_equal(outer.ExceptionInformation[0], 0x11);
    assert_int_equal(outer.ExceptionInformation[1], 0x22);
    assert_ptr_equal(outer.ExceptionAddress, inner.ExceptionAddress);
    assert_int_equal(outer.ExceptionFlags & ~0x10, inner.ExceptionFlags & ~0x10);
}

static void continued_execution(void **state)
{
    int asked = 0, after = 0;

    RpcTryExcept {
        raise_continuable(0xe0000001);
        after = 1;
    } RpcExcept((asked++, EXCEPTION_CONTINUE_EXECUTION)) {
        fail();
    } RpcEndExcept
    assert_int_equal(asked, 1);
    assert_int_equal(after, 1);
}

static void hardware_exceptions(void **state)
{
    volatile int reached = 0;
    unsigned long code[3] = { 0, 0, 0 };

    RpcTryExcept {
        reached = 1;
        *(volatile int *)null_pointer() = 1;
        reached = 2;
    } RpcExcept(RpcExceptionCode() == EXCEPTION_ACCESS_VIOLATION) {
        code[0] = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code[0], EXCEPTION_ACCESS_VIOLATION);
    assert_int_equal(reached, 1);
    RpcTryExcept {
        divide(1, 0);
    } RpcExcept(1) {
        code[1] = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code[1], EXCEPTION_INT_DIVIDE_BY_ZERO);
    RpcTryExcept {
        memcpy(null_pointer(), code, sizeof(code));
    } RpcExcept(1) {
        code[2] = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code[2], EXCEPTION_ACCESS_VIOLATION);
}

/* ---- nesting ---- */

static void nested_in_one_function(void **state)
{
    int trail = 0;

    RpcTryExcept {
        RpcTryExcept {
            RpcTryExcept {
                raise_code(1);
            } RpcExcept(RpcExceptionCode() == 1) {
                trail = trail * 10 + 1;
                raise_code(2);
            } RpcEndExcept
            fail();
        } RpcExcept(RpcExceptionCode() == 1) {
            fail();
        } RpcEndExcept
        fail();
    } RpcExcept(1) {
        trail = trail * 10 + RpcExceptionCode();
        RpcTryExcept {
            raise_code(RpcExceptionCode() + 5);
        } RpcExcept(1) {
            trail = trail * 10 + RpcExceptionCode();
        } RpcEndExcept
        trail = trail * 10 + RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(trail, 1272);
}

NOINLINE int rethrow(unsigned long code)
{
    RpcTryExcept {
        raise_code(code);
    } RpcExcept(1) {
        raise_code(RpcExceptionCode());
    } RpcEndExcept
    return 0;
}

NOINLINE int decline(unsigned long code)
{
    RpcTryExcept {
        return rethrow(code);
    } RpcExcept(0) {
        return -1;
    } RpcEndExcept
    return -2;
}

static void raised_again_in_called_function(void **state)
{
    unsigned long code = 0;

    RpcTryExcept {
        decline(0x6f7);
    } RpcExcept(1) {
        code = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code, 0x6f7);
}

/* The function that is examined has no active block, its caller has one. */
NOINLINE void inactive_then_raise(void)
{
    RpcTryExcept {
        touch();
    } RpcExcept(1) {
        touch();
    } RpcEndExcept
    raise_code(3);
}

static void inactive_block_does_not_catch(void **state)
{
    int caught = 0;

    RpcTryExcept {
        inactive_then_raise();
    } RpcExcept(1) {
        caught = 1;
    } RpcEndExcept
    assert_int_equal(caught, 1);
}

/* ---- leaving a body ---- */

NOINLINE int leave(int how)
{
    int i, result = 0;

    for (i = 0; i < 3; i++) {
        result++;
        RpcTryExcept {
            if (how == 1)
                return 100 + result;
            if (how == 2)
                break;
            if (how == 3)
                continue;
            if (how == 4)
                goto out;
            result += 10;
        } RpcExcept(1) {
            return -1;
        } RpcEndExcept
        result += 100;
    }
out:
    raise_code(how);
    return result;
}

static void body_left_by_jump(void **state)
{
    int how;
    volatile int caught = 0;

    assert_int_equal(leave(1), 101);
    for (how = 2; how <= 5; how++) {
        RpcTryExcept {
            leave(how);
            fail();
        } RpcExcept(RpcExceptionCode() == (unsigned long)how) {
            caught++;
        } RpcEndExcept
    }
    assert_int_equal(caught, 4);
}

NOINLINE int leave_except_block(int how)
{
    int i, result = 0;

    for (i = 0; i < 3; i++) {
        RpcTryExcept {
            raise_code(1);
        } RpcExcept(1) {
            result++;
            if (how == 1)
                return result;
            if (how == 2)
                break;
            if (how == 3)
                continue;
        } RpcEndExcept
        result += 10;
    }
    return result;
}

static void except_block_left_by_jump(void **state)
{
    assert_int_equal(leave_except_block(0), 33);
    assert_int_equal(leave_except_block(1), 1);
    assert_int_equal(leave_except_block(2), 1);
    assert_int_equal(leave_except_block(3), 3);
}

/* ---- finally ---- */

NOINLINE int with_finally(int how, int *ran, int *abnormal)
{
    int i;

    *ran = 0;
    for (i = 0; i < 2; i++) {
        RpcTryFinally {
            if (how == 1)
                return many_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
            if (how == 2)
                break;
            if (how == 3)
                continue;
            if (how == 4)
                goto out;
            if (how == 5)
                raise_code(5);
        } RpcFinally {
            *ran += many_arguments(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            *abnormal = RpcAbnormalTermination() != 0;
        } RpcEndFinally
    }
out:
    return -how;
}

static void finally_runs_however_the_body_ends(void **state)
{
    static const struct { int how, result, ran, abnormal; } cases[] = {
        { 0, 0, 2, 0 }, { 1, 650, 1, 1 }, { 2, -2, 1, 1 }, { 3, -3, 2, 1 }, { 4, -4, 1, 1 },
    };
    size_t i;
    int ran = 0, abnormal = -1;
    volatile int caught = 0;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(with_finally(cases[i].how, &ran, &abnormal), cases[i].result);
        assert_int_equal(ran, cases[i].ran);
        assert_int_equal(abnormal, cases[i].abnormal);
    }
    RpcTryExcept {
        with_finally(5, &ran, &abnormal);
    } RpcExcept(1) {
        caught = 1;
    } RpcEndExcept
    assert_int_equal(caught, 1);
    assert_int_equal(ran, 1);
    assert_int_equal(abnormal, 1);
}

/* The returned value and the finally block's own locals must not share memory. */
NOINLINE int64_t return_through_finally(int64_t a, int64_t b, int64_t c, int64_t d)
{
    int64_t e = mix(a, b), f = mix(b, c), g = mix(c, d);

    RpcTryFinally {
        return mix(e, mix(f, mix(g, a)));
    } RpcFinally {
        int64_t t = mix(a, 1), u = mix(b, 2), v = mix(c, 3), w = mix(d, 4), x = mix(e, 5);
        int64_t y = mix(f, 6), z = mix(g, 7), p = mix(t, u), q = mix(v, w), r = mix(x, y);
        int64_t s = mix(z, p);
        consume(mix(mix(mix(t, u), mix(v, w)), mix(mix(x, y), mix(mix(z, p), mix(q, mix(r, s))))));
    } RpcEndFinally
    return 0;
}

static void returned_value_survives_finally(void **state)
{
    int64_t a = 3, b = 5, c = 7, d = 11;

    assert_true(return_through_finally(a, b, c, d) ==
                mix(mix(a, b), mix(mix(b, c), mix(mix(c, d), a))));
}

NOINLINE void finally_at_depth(int depth, int *trail, int *count)
{
    RpcTryFinally {
        if (depth)
            finally_at_depth(depth - 1, trail, count);
        else
            raise_code(9);
    } RpcFinally {
        trail[(*count)++] = depth;
    } RpcEndFinally
}

static void finally_blocks_run_inside_out(void **state)
{
    enum { DEPTH = 50 };
    int trail[DEPTH + 1], count = 0, i, at_filter = -1;

    RpcTryExcept {
        finally_at_depth(DEPTH, trail, &count);
    } RpcExcept((at_filter = count, 1)) {
        assert_int_equal(RpcExceptionCode(), 9);
    } RpcEndExcept
    assert_int_equal(at_filter, 0);
    assert_int_equal(count, DEPTH + 1);
    for (i = 0; i <= DEPTH; i++)
        assert_int_equal(trail[i], i);
}

NOINLINE void finally_raises(unsigned long first, unsigned long second)
{
    RpcTryFinally {
        raise_code(first);
    } RpcFinally {
        raise_code(second);
    } RpcEndFinally
}

/* Catches what a finally block raises during the unwinding for an exception that it has declined
 * itself. */
NOINLINE unsigned long between(void)
{
    RpcTryExcept {
        finally_raises(1, 2);
    } RpcExcept(RpcExceptionCode() == 2) {
        return RpcExceptionCode();
    } RpcEndExcept
    return 0;
}

static void exception_in_finally_replaces_the_first(void **state)
{
    unsigned long code = 0, middle = 0;

    RpcTryExcept {
        finally_raises(1, 2);
    } RpcExcept(1) {
        code = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code, 2);

    code = 0;
    RpcTryExcept {
        middle = between();
        raise_code(3);
    } RpcExcept(1) {
        code = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(middle, 2);
    assert_int_equal(code, 3);
}

NOINLINE int block_in_finally(int *inner)
{
    RpcTryFinally {
        raise_code(1);
    } RpcFinally {
        RpcTryExcept {
            raise_code(2);
        } RpcExcept(1) {
            *inner = RpcExceptionCode();
        } RpcEndExcept
        RpcTryFinally {
            touch();
        } RpcFinally {
            *inner += 10 * (1 + RpcAbnormalTermination());
        } RpcEndFinally
    } RpcEndFinally
    return 0;
}

static void blocks_within_a_finally_block(void **state)
{
    int inner = 0;
    unsigned long code = 0;

    RpcTryExcept {
        block_in_finally(&inner);
    } RpcExcept(1) {
        code = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(inner, 12);
    assert_int_equal(code, 1);
}

/* Declines the first exception, and catches what the finally block raises instead, from within a
 * block that declines that. */
NOINLINE int outer_of_finally(void)
{
    RpcTryExcept {
        RpcTryFinally {
            raise_code(1);
        } RpcFinally {
            RpcTryExcept {
                raise_code(2);
            } RpcExcept(RpcExceptionCode() == 3) {
                return 3;
            } RpcEndExcept
        } RpcEndFinally
    } RpcExcept(RpcExceptionCode() == 2) {
        return 2;
    } RpcEndExcept
    return 0;
}

static void block_around_a_finally_block(void **state)
{
    volatile int i, caught = 0;

    for (i = 0; i < 10; i++) {
        RpcTryExcept {
            assert_int_equal(outer_of_finally(), 2);
            raise_code(4);
        } RpcExcept(1) {
            caught += RpcExceptionCode() == 4;
        } RpcEndExcept
    }
    assert_int_equal(caught, 10);
}

/* As with __finally, return in a finally block ends the unwinding. */
NOINLINE int finally_returns(int raise)
{
    RpcTryFinally {
        if (raise)
            raise_code(1);
    } RpcFinally {
        return 7;
    } RpcEndFinally
    return 8;
}

static void finally_block_may_return(void **state)
{
    int i, sum = 0;
    volatile int caught = 0;

    for (i = 0; i < 100; i++) {
        RpcTryExcept {
            sum += finally_returns(i & 1);
        } RpcExcept(1) {
            fail();
        } RpcEndExcept
    }
    assert_int_equal(sum, 700);
    RpcTryExcept {
        raise_code(1);
    } RpcExcept(1) {
        caught = 1;
    } RpcEndExcept
    assert_int_equal(caught, 1);
}

/* ---- the function's own state ---- */

/* Not volatile: the value as of the last call before the exception. */
NOINLINE int locals(int start)
{
    int a = start, b = start * 2, c = 0;
    double d = start;

    RpcTryExcept {
        a = plus_one(a);
        b += a;
        d += 0.5;
        touch();
        c = 5;
        raise_code(1);
        a = b = c = -1000;
    } RpcExcept(1) {
        a += 100;
    } RpcEndExcept
    return a + b + c + (int)(d * 2);
}

static void locals_keep_their_values(void **state)
{
    assert_int_equal(locals(10), 111 + 31 + 5 + 21);
}

NOINLINE int large_frame(int n)
{
    char big[65536], vla[n];
    int result = 0;

    memset(big, 1, sizeof(big));
    memset(vla, 2, n);
    RpcTryExcept {
        char inner[n * 2];
        memset(inner, 3, sizeof(inner));
        consume(inner[n]);
        raise_code(big[n] + vla[n - 1] + inner[n]);
    } RpcExcept(RpcExceptionCode() == (unsigned long)(big[1] + vla[0] + 3)) {
        result = big[65535] + vla[n - 1];
    } RpcEndExcept
    return result;
}

static void large_and_variable_frames(void **state)
{
    assert_int_equal(large_frame(5000), 3);
    assert_int_equal(large_frame(1), 3);
}

NOINLINE double preserved(double a, double b, int64_t c)
{
    double x = a * 2, y = b * 3, z = a + b;
    int64_t i = mix(c, 1), j = mix(c, 2), k = mix(c, 3);

    catch_one();
    return x + y + z + (double)(i + j + k - mix(c, 1) - mix(c, 2) - mix(c, 3));
}

static void caller_registers_are_preserved(void **state)
{
    assert_true(preserved(1.5, 2.5, 99) == 3.0 + 7.5 + 4.0);
}

NOINLINE uintptr_t stack_depth(void)
{
    return (uintptr_t)__builtin_frame_address(0);
}

static void nothing_leaks(void **state)
{
    enum { ROUNDS = 20000 };
    uintptr_t before = 0, after = 0;
    volatile int i, caught = 0, finished = 0;

    for (i = 0; i < ROUNDS; i++) {
        if (i == 10)
            before = stack_depth();
        RpcTryExcept {
            RpcTryFinally {
                if (i % 4 == 0)
                    raise_code(i);
                if (i % 4 == 1)
                    continue;
            } RpcFinally {
                finished++;
            } RpcEndFinally
        } RpcExcept(RpcExceptionCode() == (unsigned long)i) {
            caught++;
        } RpcEndExcept
        after = stack_depth();
    }
    assert_int_equal(caught, ROUNDS / 4);
    assert_int_equal(finished, ROUNDS);
    assert_true(before == after);
}

NOINLINE __attribute__((cold)) void cold_raise(unsigned long code)
{
    raise_code(code);
}

/* The raising branch is cold; were it split off, its code would belong to another function of
 * the unwinder's. */
NOINLINE int cold_branch(int argument)
{
    int i, result = 0;

    for (i = 0; i < argument; i++) {
        RpcTryExcept {
            if (plus_one(i) == 3)
                cold_raise(4);
        } RpcExcept(1) {
            result = RpcExceptionCode();
        } RpcEndExcept
    }
    return result;
}

static void cold_code_is_covered(void **state)
{
    assert_int_equal(cold_branch(5), 4);
}

/* ---- through other code ---- */

static int __cdecl raise_while_comparing(const void *a, const void *b)
{
    raise_code(0x77);
    return 0;
}

NOINLINE void sort_with_finally(int *ran)
{
    int array[4] = { 4, 3, 2, 1 };

    RpcTryFinally {
        qsort(array, 4, sizeof(array[0]), raise_while_comparing);
    } RpcFinally {
        (*ran)++;
    } RpcEndFinally
}

static void through_another_dll(void **state)
{
    int ran = 0;
    unsigned long code = 0;

    RpcTryExcept {
        sort_with_finally(&ran);
    } RpcExcept(1) {
        code = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code, 0x77);
    assert_int_equal(ran, 1);
}

static jmp_buf jump;

NOINLINE void jump_with_finally(int *ran)
{
    RpcTryExcept {
        RpcTryFinally {
            longjmp(jump, 5);
        } RpcFinally {
            (*ran)++;
        } RpcEndFinally
    } RpcExcept(1) {
        *ran = -1000;
    } RpcEndExcept
}

NOINLINE int catch_jump(int *ran)
{
    int result = setjmp(jump);

    if (result == 0)
        jump_with_finally(ran);
    return result;
}

static void longjmp_unwinds(void **state)
{
    volatile int caught = 0;
    int i, ran = 0;

    for (i = 0; i < 100; i++)
        assert_int_equal(catch_jump(&ran), 5);
    assert_int_equal(ran, 100);
    RpcTryExcept {
        raise_code(1);
    } RpcExcept(1) {
        caught = 1;
    } RpcEndExcept
    assert_int_equal(caught, 1);
}

static void rpc_exceptions(void **state)
{
    unsigned long code = 0;
    DWORD flags = 0;

    RpcTryExcept {
        RpcRaiseException(RPC_S_SERVER_UNAVAILABLE);
    } RpcExcept((flags = RpcExceptionInformation()->ExceptionRecord->ExceptionFlags, 1)) {
        code = RpcExceptionCode();
    } RpcEndExcept
    assert_int_equal(code, RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(flags & EXCEPTION_NONCONTINUABLE, EXCEPTION_NONCONTINUABLE);
}

/* ---- threads and fibers ---- */

static DWORD WINAPI catch_many(void *argument)
{
    volatile DWORD i, caught = 0;

    for (i = 0; i < 2000; i++) {
        RpcTryExcept {
            RpcTryFinally {
                raise_code(i);
            } RpcFinally {
                caught++;
            } RpcEndFinally
        } RpcExcept(RpcExceptionCode() == i) {
            caught++;
        } RpcEndExcept
    }
    return caught;
}

static void threads_do_not_meet(void **state)
{
    HANDLE threads[6];
    DWORD caught;
    int i;

    for (i = 0; i < 6; i++)
        assert_non_null(threads[i] = CreateThread(NULL, 0, catch_many, NULL, 0, NULL));
    for (i = 0; i < 6; i++) {
        assert_int_equal(WaitForSingleObject(threads[i], 60000), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(threads[i], &caught));
        assert_int_equal(caught, 4000);
        CloseHandle(threads[i]);
    }
}

struct fibers {
    void *main, *other;
    int caught;
};

static void WINAPI other_fiber(void *argument)
{
    struct fibers *fibers = argument;

    RpcTryExcept {
        SwitchToFiber(fibers->main);
        raise_code(2);
    } RpcExcept(RpcExceptionCode() == 2) {
        fibers->caught++;
    } RpcEndExcept
    SwitchToFiber(fibers->main);
}

static void fibers_interleave(void **state)
{
    struct fibers fibers = { NULL, NULL, 0 };

    assert_non_null(fibers.main = ConvertThreadToFiber(NULL));
    assert_non_null(fibers.other = CreateFiber(0, other_fiber, &fibers));
    RpcTryExcept {
        SwitchToFiber(fibers.other); /* which returns from within its body */
        raise_code(1);
    } RpcExcept(RpcExceptionCode() == 1) {
        fibers.caught++;
    } RpcEndExcept
    SwitchToFiber(fibers.other);
    assert_int_equal(fibers.caught, 2);
    DeleteFiber(fibers.other);
    assert_true(ConvertFiberToThread());
}

const struct CMUnitTest CASES[CASE_COUNT] = {
    cmocka_unit_test(body_without_exception),
    cmocka_unit_test(code_in_filter_and_block),
    cmocka_unit_test(macros_are_statements),
    cmocka_unit_test(declined_exception_passes_unchanged),
    cmocka_unit_test(continued_execution),
    cmocka_unit_test(hardware_exceptions),
    cmocka_unit_test(nested_in_one_function),
    cmocka_unit_test(raised_again_in_called_function),
    cmocka_unit_test(inactive_block_does_not_catch),
    cmocka_unit_test(body_left_by_jump),
    cmocka_unit_test(except_block_left_by_jump),
    cmocka_unit_test(finally_runs_however_the_body_ends),
    cmocka_unit_test(returned_value_survives_finally),
    cmocka_unit_test(finally_blocks_run_inside_out),
    cmocka_unit_test(exception_in_finally_replaces_the_first),
    cmocka_unit_test(blocks_within_a_finally_block),
    cmocka_unit_test(block_around_a_finally_block),
    cmocka_unit_test(finally_block_may_return),
    cmocka_unit_test(locals_keep_their_values),
    cmocka_unit_test(large_and_variable_frames),
    cmocka_unit_test(caller_registers_are_preserved),
    cmocka_unit_test(nothing_leaks),
    cmocka_unit_test(cold_code_is_covered),
    cmocka_unit_test(through_another_dll),
    cmocka_unit_test(longjmp_unwinds),
    cmocka_unit_test(rpc_exceptions),
    cmocka_unit_test(threads_do_not_meet),
    cmocka_unit_test(fibers_interleave),
};
