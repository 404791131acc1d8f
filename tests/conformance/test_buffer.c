/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call/buffer.h, from inside: that large blocks are used again, which, and that they are given back. */
#include "call/buffer.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include "heap_blocks.h"

#define SIZE (200u << 10) /* Wine's heap walk lists blocks of that size one by one */
#define KEPT 8
#define TINY 40
#define WAIT_MS 20000

static void forget_all(void)
{
    void *blocks[KEPT];
    unsigned count = 0;

    while (count < KEPT && ((blocks[count] = buffer_reuse(SIZE)) || (blocks[count] = buffer_reuse(4 * SIZE))))
        count++;
    for (unsigned i = 0; i < count; i++)
        HeapFree(GetProcessHeap(), 0, (char *)blocks[i] - 2 * sizeof(size_t));
}

static int tear_down(void **state)
{
    forget_all();
    return 0;
}

/* What was written is still there: it is the same memory, and nobody has cleared it. */
static void test_used_again(void **state)
{
    char *first = buffer_alloc(SIZE), *second;

    assert_non_null(first);
    memset(first, 'x', SIZE);
    assert_null(buffer_reuse(SIZE)); /* it is in use */
    buffer_free(first);
    second = buffer_alloc(SIZE - 1000);
    assert_ptr_equal(second, first);
    assert_int_equal(second[SIZE - 1001], 'x');
    assert_null(buffer_reuse(SIZE));
    buffer_free(second);
    second = buffer_reuse(SIZE);
    assert_ptr_equal(second, first);
    buffer_free(second);
}

static void test_only_what_fits(void **state)
{
    char *block = buffer_alloc(4 * SIZE);

    buffer_free(block);
    assert_null(buffer_reuse(5 * SIZE));
    assert_null(buffer_reuse(SIZE / 2)); /* much too large for that */
    assert_null(buffer_reuse(100));
    block = buffer_reuse(2 * SIZE);
    assert_non_null(block);
    buffer_free(block);
}

static void test_grows_within_what_it_has(void **state)
{
    char *block = buffer_alloc(4 * SIZE), *same;

    buffer_free(block);
    same = buffer_alloc(2 * SIZE);
    assert_ptr_equal(same, block);
    assert_ptr_equal(buffer_resize(same, 4 * SIZE), block);
    buffer_free(block);
}

static void test_small_ones_are_not_kept(void **state)
{
    unsigned before = heap_blocks();
    void *block = buffer_alloc(1000);

    buffer_free(block);
    assert_int_equal(heap_blocks(), before);
}

/* But the smallest are, which every call needs: two of them. */
static void test_smallest_are_used_again(void **state)
{
    void *blocks[3];
    unsigned used;

    for (int i = 0; i < 3; i++)
        assert_non_null(blocks[i] = buffer_alloc(TINY));
    used = heap_blocks();
    for (int i = 0; i < 3; i++)
        buffer_free(blocks[i]);
    assert_int_equal(heap_blocks(), used - 1);
    for (int i = 0; i < 2; i++) {
        blocks[i] = buffer_alloc(TINY);
        assert_int_equal(heap_blocks(), used - 1);
    }
    blocks[2] = buffer_alloc(TINY);
    assert_int_equal(heap_blocks(), used);
    for (int i = 0; i < 3; i++)
        buffer_free(blocks[i]);
}

/* More than the system keeps for itself after HeapFree() is gone from the address space. */
static void test_largest_are_not_kept(void **state)
{
    MEMORY_BASIC_INFORMATION info;
    char *block = buffer_alloc((4u << 20) + (256u << 10));

    assert_non_null(block);
    buffer_free(block);
    assert_int_equal(VirtualQuery(block, &info, sizeof(info)), sizeof(info));
    assert_int_equal(info.State, MEM_FREE);
    assert_null(buffer_reuse(4u << 20));
}

/* Not those of the thread that sees to what is kept. */
static unsigned large_blocks(void)
{
    PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
    unsigned count = 0;

    HeapLock(GetProcessHeap());
    while (HeapWalk(GetProcessHeap(), &entry))
        count += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) && entry.cbData >= SIZE;
    HeapUnlock(GetProcessHeap());
    return count;
}

/* So many are kept and no more, and those not for long. */
static void test_bound_and_end(void **state)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_MS;
    unsigned before = large_blocks();
    void *blocks[KEPT + 2];

    for (unsigned i = 0; i < ARRAYSIZE(blocks); i++)
        assert_non_null(blocks[i] = buffer_alloc(SIZE));
    assert_int_equal(large_blocks(), before + ARRAYSIZE(blocks));
    for (unsigned i = 0; i < ARRAYSIZE(blocks); i++)
        buffer_free(blocks[i]);
    assert_int_equal(large_blocks(), before + KEPT);
    while (large_blocks() > before && GetTickCount64() < deadline)
        Sleep(20);
    assert_int_equal(large_blocks(), before);
    assert_null(buffer_reuse(SIZE));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_used_again, tear_down),
        cmocka_unit_test_teardown(test_only_what_fits, tear_down),
        cmocka_unit_test_teardown(test_grows_within_what_it_has, tear_down),
        cmocka_unit_test_teardown(test_small_ones_are_not_kept, tear_down),
        cmocka_unit_test_teardown(test_smallest_are_used_again, tear_down),
        cmocka_unit_test_teardown(test_largest_are_not_kept, tear_down),
        cmocka_unit_test_teardown(test_bound_and_end, tear_down),
    };

    return cmocka_run_group_tests_name("test_buffer", tests, NULL, NULL);
}
