/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that translate full pointers to referent ids and back (C706 14.3.11.2). */
#include "unit/ndr_test.h"

static uint32_t id_of(struct ndr_full_pointers *table, uintptr_t pointer, uint8_t state, bool done)
{
    uint32_t id;
    bool was_done;

    assert_true(ndr_full_pointers_by_pointer(table, (void *)pointer, state, &id, &was_done));
    assert_int_equal(was_done, done);
    return id;
}

static uintptr_t pointer_of(struct ndr_full_pointers *table, uint32_t id, uint8_t state, bool done)
{
    void *pointer;
    bool was_done;

    assert_true(ndr_full_pointers_by_id(table, id, state, &pointer, &was_done));
    assert_int_equal(was_done, done);
    return (uintptr_t)pointer;
}

static void ids_of_pointers(void **state)
{
    struct ndr_full_pointers *table = ndr_full_pointers_create(true);

    assert_int_equal(id_of(table, 0x1000, NDR_FULL_MARSHALLED, false), 1);
    assert_int_equal(id_of(table, 0x1000, NDR_FULL_MARSHALLED, true), 1);
    assert_int_equal(id_of(table, 0x2000, 0, false), 2);
    assert_int_equal(id_of(table, 0x2000, NDR_FULL_MARSHALLED, false), 2);
    /* each thing is done once, independently */
    assert_int_equal(id_of(table, 0x2000, NDR_FULL_FREED, false), 2);
    assert_int_equal(id_of(table, 0x2000, NDR_FULL_FREED, true), 2);
    /* the reply's ids are the request's */
    assert_int_equal(pointer_of(table, 2, NDR_FULL_UNMARSHALLED, false), 0x2000);
    ndr_full_pointers_free(table);
}

static void pointers_of_ids(void **state)
{
    struct ndr_full_pointers *table = ndr_full_pointers_create(false);

    assert_int_equal(pointer_of(table, 7, 0, false), 0);
    assert_int_equal(pointer_of(table, 7, NDR_FULL_UNMARSHALLED, false), 0);
    assert_true(ndr_full_pointers_insert(table, 7, (void *)0x7000));
    assert_int_equal(pointer_of(table, 7, NDR_FULL_UNMARSHALLED, true), 0x7000);
    assert_int_equal(id_of(table, 0x7000, NDR_FULL_MARSHALLED, false), 7);
    /* new pointers get ids that the peer has not used */
    assert_int_equal(id_of(table, 0x8000, NDR_FULL_MARSHALLED, false), 8);
    /* an id that is given another object */
    assert_true(ndr_full_pointers_insert(table, 7, (void *)0x9000));
    assert_int_equal(id_of(table, 0x9000, 0, false), 7);
    ndr_full_pointers_free(table);
}

/* The table of a transmitted type: what was done outside is known, what is done here is forgotten,
 * and no id is used twice. */
static void tables_inside_tables(void **state)
{
    struct ndr_full_pointers *table = ndr_full_pointers_create(true);

    id_of(table, 0x1000, NDR_FULL_MARSHALLED, false);
    id_of(table, 0x2000, 0, false);
    assert_true(ndr_full_pointers_insert(table, 9, (void *)0x9000));
    pointer_of(table, 9, NDR_FULL_UNMARSHALLED, false);
    table = ndr_full_pointers_enter(table, true);
    assert_int_equal(id_of(table, 0x1000, NDR_FULL_MARSHALLED, true), 1);
    assert_int_equal(id_of(table, 0x2000, NDR_FULL_MARSHALLED, false), 10);
    assert_int_equal(id_of(table, 0x2000, NDR_FULL_MARSHALLED, true), 10);
    assert_int_equal(pointer_of(table, 9, NDR_FULL_UNMARSHALLED, true), 0x9000);
    assert_true(ndr_full_pointers_has(table, 9, NDR_FULL_UNMARSHALLED));
    assert_int_equal(pointer_of(table, 2, NDR_FULL_UNMARSHALLED, false), 0);
    table = ndr_full_pointers_enter(table, false);
    assert_int_equal(id_of(table, 0x1000, NDR_FULL_MARSHALLED, false), 11);
    assert_int_equal(pointer_of(table, 9, NDR_FULL_UNMARSHALLED, false), 0);
    assert_false(ndr_full_pointers_has(table, 10, NDR_FULL_MARSHALLED));
    table = ndr_full_pointers_leave(ndr_full_pointers_leave(table));
    assert_int_equal(id_of(table, 0x2000, NDR_FULL_MARSHALLED, false), 2);
    assert_int_equal(id_of(table, 0x3000, 0, false), 12);
    assert_non_null(table = ndr_full_pointers_enter(table, true));
    ndr_full_pointers_free(table); /* with the one outside */
}

/* A peer chooses its ids as it likes: the table grows with their number, not with their values. */
static void ids_of_an_enemy(void **state)
{
    static const uint32_t ids[] = { UINT32_MAX, UINT32_MAX - 1, 0x80000000, 1, 2 };
    struct ndr_full_pointers *table = ndr_full_pointers_create(false);
    size_t i;

    for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_true(ndr_full_pointers_insert(table, ids[i], (void *)(uintptr_t)(0x1000 * (i + 1))));
    for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_int_equal(pointer_of(table, ids[i], 0, false), 0x1000 * (i + 1));
    for (i = 0; i < 100; i++) {
        uint32_t id = id_of(table, 0x100000 + i, NDR_FULL_MARSHALLED, false);

        assert_int_not_equal(id, 0);
        assert_true(id > 2 && id < 0x80000000);
    }
    ndr_full_pointers_free(table);
}

static void many(void **state)
{
    struct ndr_full_pointers *table = ndr_full_pointers_create(true);
    uint32_t i;

    for (i = 0; i < 10000; i++)
        assert_int_equal(id_of(table, 0x1000 + 16 * (uintptr_t)i, NDR_FULL_MARSHALLED, false),
                         i + 1);
    for (i = 0; i < 10000; i++) {
        assert_int_equal(id_of(table, 0x1000 + 16 * (uintptr_t)i, NDR_FULL_MARSHALLED, true),
                         i + 1);
        assert_int_equal(pointer_of(table, i + 1, 0, false), 0x1000 + 16 * (uintptr_t)i);
    }
    ndr_full_pointers_free(table);
}

static void sharing(void **state)
{
    static const struct ndr_referent_shape large = { "large", 0, true, 100 },
                                           small = { "small", 0, true, 4 };
    static const struct ndr_referent_shape text = { "text", 1, false, 0 },
                                           same_text = { "other", 1, false, 0 };
    static const struct ndr_referent_shape wide_text = { "wide", 2, false, 0 },
                                           tree = { "tree", 0, false, 16 };
    struct ndr_full_pointers *table = ndr_full_pointers_create(false);
    uint32_t id;

    for (id = 1; id <= 4; id++)
        assert_true(ndr_full_pointers_insert(table, id, (void *)(uintptr_t)(0x1000 * id)));
    assert_true(ndr_full_pointers_share(table, 1, &large));
    assert_true(ndr_full_pointers_share(table, 1, &large));
    assert_true(ndr_full_pointers_share(table, 1, &small));
    assert_false(ndr_full_pointers_share(table, 1, &text));
    assert_false(ndr_full_pointers_share(table, 1, &tree));
    assert_true(ndr_full_pointers_share(table, 2, &small));
    assert_false(ndr_full_pointers_share(table, 2, &large));
    assert_true(ndr_full_pointers_share(table, 3, &text));
    assert_true(ndr_full_pointers_share(table, 3, &same_text));
    assert_false(ndr_full_pointers_share(table, 3, &wide_text));
    assert_false(ndr_full_pointers_share(table, 3, &small));
    assert_true(ndr_full_pointers_share(table, 4, &tree));
    assert_false(ndr_full_pointers_share(table, 4, &small));
    ndr_full_pointers_free(table);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_pointers),
        cmocka_unit_test(pointers_of_ids),
        cmocka_unit_test(ids_of_an_enemy), cmocka_unit_test(tables_inside_tables),
        cmocka_unit_test(many),
        cmocka_unit_test(sharing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
