/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The -Oicf interpreters end to end: arguments of every kind there and back, who allocates and who
 * frees, exceptions. Some procedures (those that return floating-point numbers) have compiled
 * stubs, so that the functions that these use are tested as well. Sources: the SDK's "RPC NDR
 * Engine" and "Pointers and Memory Allocation". */
#include "rpc_fixture.h"
#include "stub_calls.h"
#include "stub_raised.h"
#include "stub_server.h"

struct fixture {
    struct rpc_target *target;
    RPC_BINDING_HANDLE binding;
    LONG blocks; /* in the server, before */
};

/* Every test ends with as many blocks as it began with: in the server, and (what it frees itself)
 * in the client. */
static struct fixture begin(void **state)
{
    struct fixture f = {.target = rpc_fixture_target(state)};

    f.binding = rpc_target_bind(f.target);
    f.blocks = do_inquire(f.binding, LIVE_BLOCKS);
    return f;
}

static void end(struct fixture *f)
{
    assert_int_equal(do_inquire(f->binding, LIVE_BLOCKS), f->blocks);
    rpc_fixture_unbind(&f->binding);
}

/* ---- arguments ---- */

static void test_mixed_arguments(void **state)
{
    struct fixture f = begin(state);
    double sum = 0;

    assert_int_equal(do_mix(f.binding, -3, 2.5, 0.25f, 1LL << 40, -100, 8.5f, 123456, 1e10, &sum),
                     -3 * 1000 + 123456);
    assert_true(sum == -3 + 2.5 + 0.25 + 1099511627776.0 - 100 + 8.5 + 123456 + 1e10);
    assert_int_equal(do_many(f.binding, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 385);
    do_nothing(f.binding);
    end(&f);
}

static void test_return_values(void **state)
{
    struct fixture f = begin(state);

    assert_true(do_wide(f.binding, 0x100000001LL) == 0x300000003LL);
    assert_true(do_half(f.binding, 7.0) == 3.5);
    assert_true(do_third(f.binding, 4.5f) == 1.5f);
    assert_int_equal(do_both(f.binding, 1, 1), 1);
    assert_int_equal(do_both(f.binding, 1, 0), 0);
    end(&f);
}

/* ---- structures ---- */

static void test_structures(void **state)
{
    struct fixture f = begin(state);
    small_t small_one = {3, 4};
    big_t big = {5, 6.0, 7};

    assert_int_equal(do_by_value(f.binding, small_one, big), 30000 + 400 + 50 + 6 + 7);
    do_change(f.binding, &big, &small_one);
    assert_int_equal(big.a, -5);
    assert_true(big.b == 12.0);
    assert_true(big.c == 8);
    assert_int_equal(small_one.a, 5);
    assert_int_equal(small_one.b, 6);
    end(&f);
}

static void test_structure_with_pointers(void **state)
{
    struct fixture f = begin(state);
    LONG value = 21, local = stub_server_live_blocks();
    tree_t tree = {1, (char *)"name", &value}, copy;

    memset(&copy, 0, sizeof(copy));
    do_grow(f.binding, &tree, &copy);
    assert_int_equal(copy.n, 2);
    assert_string_equal(copy.name, "name");
    assert_int_equal(*copy.value, 42);
    MIDL_user_free(copy.name);
    MIDL_user_free(copy.value);
    tree.name = NULL;
    tree.value = NULL;
    do_grow(f.binding, &tree, &copy);
    assert_null(copy.name);
    assert_null(copy.value);
    assert_int_equal(stub_server_live_blocks(), local);
    end(&f);
}

/* What [out] pointers already point at is filled. */
static void test_memory_of_the_client(void **state)
{
    struct fixture f = begin(state);
    LONG value = 1, own_value = 0, own_values[3] = {0}, *p = &own_value, n = 1, *v = own_values;
    char own_name[20] = "at least as long";
    tree_t tree = {1, (char *)"name", &value}, copy = {0, own_name, &own_value};

    do_grow(f.binding, &tree, &copy);
    assert_ptr_equal(copy.name, own_name);
    assert_string_equal(own_name, "name");
    assert_ptr_equal(copy.value, &own_value);
    assert_int_equal(own_value, 2);
    do_make_array(f.binding, &n, &v);
    assert_ptr_equal(v, own_values);
    assert_int_equal(own_values[1], 101);
    do_refill(f.binding, &p);
    assert_ptr_equal(p, &own_value);
    assert_int_equal(own_value, 88);
    end(&f);
}

static void test_conformant_structures(void **state)
{
    struct fixture f = begin(state);
    counted_t *counted = malloc(FIELD_OFFSET(counted_t, v) + 3 * sizeof(LONG)), *made = NULL;

    counted->n = 3;
    counted->v[0] = 1;
    counted->v[1] = 20;
    counted->v[2] = 300;
    assert_int_equal(do_sum_counted(f.binding, counted), 321);
    free(counted);
    do_make_counted(f.binding, 5, &made);
    assert_int_equal(made->n, 5);
    assert_int_equal(made->v[4], 16);
    MIDL_user_free(made);
    end(&f);
}

/* ---- arrays and strings ---- */

static void test_arrays(void **state)
{
    struct fixture f = begin(state);
    LONG v[5] = {1, 20, 300, 4000, 50000}, w[4] = {0}, used = 0, n = 3, *made = NULL;
    short shorts[4] = {1, -2, 3, -4};

    assert_int_equal(do_sum_array(f.binding, 5, v), 54321);
    assert_int_equal(do_sum_array_first(f.binding, v, 5), 54321);
    assert_int_equal(do_sum_array(f.binding, 0, v), 0);
    do_reverse(f.binding, 5, v);
    assert_int_equal(v[0], 50000);
    assert_int_equal(v[4], 1);
    do_fill(f.binding, 5, v);
    for (int i = 0; i < 5; i++)
        assert_int_equal(v[i], i + 1);
    do_fixed(f.binding, shorts, w);
    assert_int_equal(w[3], -4000);
    do_varying(f.binding, 4, v, &used);
    assert_int_equal(used, 2);
    assert_int_equal(v[1], 6);
    assert_int_equal(v[2], 3);
    do_make_array(f.binding, &n, &made);
    assert_int_equal(n, 6);
    assert_int_equal(made[5], 105);
    MIDL_user_free(made);
    end(&f);
}

static void test_large_arrays(void **state)
{
    enum { COUNT = 300000 };
    struct fixture f = begin(state);
    LONG *v = malloc(COUNT * sizeof(*v)), sum = 0;

    do_fill(f.binding, COUNT, v);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(v[i], i + 1);
    for (int i = 0; i < COUNT; i++)
        sum += v[i];
    assert_int_equal(do_sum_array(f.binding, COUNT, v), sum);
    do_reverse(f.binding, COUNT, v);
    assert_int_equal(v[0], COUNT);
    free(v);
    end(&f);
}

static void test_array_of_structures(void **state)
{
    struct fixture f = begin(state);
    tree_t trees[3];

    memset(trees, 0, sizeof(trees));
    do_fill_trees(f.binding, 3, trees);
    assert_null(trees[0].name);
    assert_string_equal(trees[1].name, "odd");
    assert_int_equal(*trees[2].value, 20);
    for (int i = 0; i < 3; i++) {
        MIDL_user_free(trees[i].name);
        MIDL_user_free(trees[i].value);
    }
    end(&f);
}

#ifndef LEFT_BY_STRINGS
#define LEFT_BY_STRINGS 0
#endif

static void test_strings(void **state)
{
    struct fixture f = begin(state);
    greeting_t greeting = {NULL};
    char buffer[20], *returned;

    assert_int_equal(do_length(f.binding, L""), 0);
    assert_int_equal(do_length(f.binding, L"four"), 4);
    do_greet(f.binding, "you", &greeting);
    assert_string_equal(greeting.text, "hello, you");
    MIDL_user_free(greeting.text);
    memset(buffer, 0x55, sizeof(buffer));
    do_name(f.binding, sizeof(buffer), buffer);
    assert_string_equal(buffer, "a name");
    returned = do_returned_string(f.binding, 12);
    assert_string_equal(returned, "string 12");
    MIDL_user_free(returned);
    assert_null(do_returned_string(f.binding, 0));
    f.blocks += LEFT_BY_STRINGS;
    end(&f);
}

/* ---- pointers ---- */

static void test_unique_pointers(void **state)
{
    struct fixture f = begin(state);
    LONG value = 5, *p = NULL;

    assert_int_equal(do_is_null(f.binding, NULL), -1);
    assert_int_equal(do_is_null(f.binding, &value), 5);
    do_toggle(f.binding, NULL);
    do_toggle(f.binding, &value);
    assert_int_equal(value, 0);
    do_replace(f.binding, &p);
    assert_int_equal(*p, 77);
    MIDL_user_free(p);
    p = &value;
    do_replace(f.binding, &p);
    assert_null(p);
    end(&f);
}

static void test_full_pointers(void **state)
{
    struct fixture f = begin(state);
    LONG a = 3, b = 3;

    assert_int_equal(do_are_aliases(f.binding, &a, &a), 3);
    assert_int_equal(do_are_aliases(f.binding, &a, &b), 0);
    assert_int_equal(do_are_aliases(f.binding, NULL, NULL), 0);
    end(&f);
}

static void test_enumerations(void **state)
{
    struct fixture f = begin(state);
    colour_t colour = (colour_t)0x55555555;

    do_colours(f.binding, COLOUR_RED, &colour);
    assert_int_equal(colour, COLOUR_BLUE);
    assert_int_equal(RAISED(do_colours(f.binding, (colour_t)0x12345, &colour)),
                     RPC_X_ENUM_VALUE_OUT_OF_RANGE);
    end(&f);
}

/* ---- failures ---- */

/* What stubs of other kinds do otherwise; test_stub_calls_os.c and test_stub_calls_oi.c say so. */
#ifndef OUT_OF_RANGE
#define OUT_OF_RANGE RPC_X_INVALID_BOUND
#endif
#ifndef NULL_ARRAYS_PASS
#define NULL_ARRAYS_PASS 0
#endif

static void test_null_references(void **state)
{
    struct fixture f = begin(state);

    if (!NULL_ARRAYS_PASS) {
        assert_int_equal(RAISED(do_fill(f.binding, 1, NULL)), RPC_X_NULL_REF_POINTER);
        assert_int_equal(RAISED(do_sum_array(f.binding, 1, NULL)), RPC_X_NULL_REF_POINTER);
    }
    assert_int_equal(RAISED(do_length(f.binding, NULL)), RPC_X_NULL_REF_POINTER);
    assert_int_equal(RAISED(do_greet(f.binding, "you", NULL)), RPC_X_NULL_REF_POINTER);
    assert_int_equal(RAISED(do_change(f.binding, NULL, NULL)), RPC_X_NULL_REF_POINTER);
    end(&f);
}

static void test_invalid_binding(void **state)
{
    assert_int_equal(RAISED(do_nothing(NULL)), RPC_S_INVALID_BINDING);
    assert_int_equal(RAISED(do_nothing((handle_t)state)), RPC_S_INVALID_BINDING);
}

static void test_range(void **state)
{
    struct fixture f = begin(state);

    assert_int_equal(do_ranged(f.binding, 1), 1);
    assert_int_equal(do_ranged(f.binding, 10), 10);
    assert_int_equal(RAISED(do_ranged(f.binding, 11)), OUT_OF_RANGE);
    end(&f);
}

static void test_manager_raises(void **state)
{
    struct fixture f = begin(state);
    LONG *p = (LONG *)0x55;

    assert_int_equal(RAISED(do_fail(f.binding, ERROR_NOT_READY, &p)), ERROR_NOT_READY);
    assert_ptr_equal(p, 0x55);
    assert_int_equal(RAISED(do_fail(f.binding, RPC_S_CALL_CANCELLED, &p)), RPC_S_CALL_CANCELLED);
    do_nothing(f.binding);
    end(&f);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_mixed_arguments),
        cmocka_unit_test(test_return_values),
        cmocka_unit_test(test_structures),
        cmocka_unit_test(test_structure_with_pointers),
        cmocka_unit_test(test_memory_of_the_client),
        cmocka_unit_test(test_conformant_structures),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_large_arrays),
        cmocka_unit_test(test_array_of_structures),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_unique_pointers),
        cmocka_unit_test(test_full_pointers),
        cmocka_unit_test(test_enumerations),
        cmocka_unit_test(test_null_references),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_manager_raises),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_invalid_binding),
    };
    static const struct rpc_suite suite = {
        .name = "test_stub_calls",
        .register_server = stub_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
