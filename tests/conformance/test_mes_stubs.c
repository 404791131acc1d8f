/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [encode] and [decode] types and procedures with the stubs that tools/widl-async makes. */
#include "rpc_fixture.h"
#include "heap_blocks.h"
#include "mes_stubs.h"
#include "stub_raised.h"

static LONG live;

/* The stubs' allocator; dynamic buffers are from it as well. */
void *__RPC_USER MIDL_user_allocate(size_t size)
{
    InterlockedIncrement(&live);
    return HeapAlloc(GetProcessHeap(), 0, size);
}

void __RPC_USER MIDL_user_free(void *block)
{
    InterlockedDecrement(&live);
    HeapFree(GetProcessHeap(), 0, block);
}

LONG server_sum(handle_t binding, pair *p)
{
    return p->a + p->b;
}

static char *encoded;
static ULONG encoded_size;

static handle_t encoder(void)
{
    handle_t handle = NULL;

    live = 0;
    assert_int_equal(MesEncodeDynBufferHandleCreate(&encoded, &encoded_size, &handle), RPC_S_OK);
    return handle;
}

/* The same handle, from the beginning of what it has encoded. */
static void turn(handle_t handle)
{
    assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, MES_DECODE, &encoded,
                                          encoded_size, NULL),
                     RPC_S_OK);
}

static void finish(handle_t handle)
{
    assert_int_equal(MesHandleFree(handle), RPC_S_OK);
    MIDL_user_free(encoded);
    assert_int_equal(live, 0);
}

/* ---- types ---- */

static void test_base_types(void **state)
{
    static const unsigned char expected[] = {
        1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc,
        0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0,    /* number */
        8, 7, 6, 5, 4, 3, 2, 1,                /* wide */
        0, 0, 0, 0, 0, 0, 0xf8, 0x3f,          /* real: 1.5 */
        2, 0, 0, 0, 0, 0, 0, 0,                /* color, 16 bits */
        1, 0, 0, 0, 0, 0, 0, 0,                /* direction, 32 bits */
        0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0,    /* machine_word, 32 bits */
    };
    number n = 0x11223344, n2 = 0;
    wide w = 0x0102030405060708, w2 = 0;
    real r = 1.5, r2 = 0;
    color c = BLUE, c2 = RED;
    direction d = SOUTH, d2 = NORTH;
    machine_word m = -2, m2 = 0;
    handle_t handle = encoder();

    assert_int_equal(number_AlignSize(handle, &n), 16);
    number_Encode(handle, &n);
    wide_Encode(handle, &w);
    real_Encode(handle, &r);
    color_Encode(handle, &c);
    direction_Encode(handle, &d);
    machine_word_Encode(handle, &m);
    assert_int_equal(encoded_size, sizeof(expected));
    assert_memory_equal(encoded, expected, sizeof(expected));
    turn(handle);
    number_Decode(handle, &n2);
    wide_Decode(handle, &w2);
    real_Decode(handle, &r2);
    color_Decode(handle, &c2);
    direction_Decode(handle, &d2);
    machine_word_Decode(handle, &m2);
    assert_true(n == n2 && w == w2 && r == r2 && c == c2 && d == d2 && m == m2);
    finish(handle);
}

static WCHAR first_name[] = L"first", second_name[] = L"second";

static void test_structures(void **state)
{
    mixed m = {'c', -2, 3, -4, 1.5f, 2.5, GREEN}, m2;
    node second = {2, second_name, NULL}, first = {1, first_name, &second}, read;
    handle_t handle = encoder();
    size_t size;

    memset(&m2, 0, sizeof(m2));
    memset(&read, 0, sizeof(read));
    mixed_Encode(handle, &m);
    size = node_AlignSize(handle, &first);
    assert_int_equal(size % 8, 0);
    size += encoded_size;
    node_Encode(handle, &first);
    assert_int_equal(encoded_size, size);
    turn(handle);
    mixed_Decode(handle, &m2);
    assert_true(m2.c == 'c' && m2.s == -2 && m2.l == 3 && m2.h == -4 && m2.f == 1.5f &&
                m2.d == 2.5 && m2.e == GREEN);
    node_Decode(handle, &read);
    assert_int_equal(read.value, 1);
    assert_true(!wcscmp(read.name, first_name));
    assert_non_null(read.next);
    assert_int_equal(read.next->value, 2);
    assert_true(!wcscmp(read.next->name, second_name));
    assert_null(read.next->next);
    node_Free(handle, &read);
    finish(handle);
}

static void test_pointers(void **state)
{
    node second = {2, NULL, NULL}, first = {1, first_name, &second};
    node_list list = &first, empty = NULL, list2 = NULL, empty2 = NULL;
    char hello[] = "hello";
    text t = hello, t2 = NULL;
    counted_pointer cp = malloc(sizeof(*cp) + 3 * sizeof(short)), cp2 = NULL;
    handle_t handle = encoder();

    cp->count = 3;
    cp->values[0] = 7, cp->values[1] = 8, cp->values[2] = 9;
    node_list_Encode(handle, &list);
    node_list_Encode(handle, &empty);
    text_Encode(handle, &t);
    counted_pointer_Encode(handle, &cp);
    turn(handle);
    node_list_Decode(handle, &list2);
    node_list_Decode(handle, &empty2);
    text_Decode(handle, &t2);
    counted_pointer_Decode(handle, &cp2);
    assert_non_null(list2);
    assert_int_equal(list2->next->value, 2);
    assert_null(empty2);
    assert_string_equal(t2, "hello");
    assert_int_equal(cp2->count, 3);
    assert_memory_equal(cp2->values, cp->values, 3 * sizeof(short));
    node_list_Free(handle, &list2);
    text_Free(handle, &t2);
    counted_pointer_Free(handle, &cp2);
    free(cp);
    finish(handle);
}

static void test_arrays_and_unions(void **state)
{
    fixed f = {1, 2, 3, 4}, f2 = {0};
    char one[] = "one", two[] = "two";
    text texts[] = {one, two};
    lines l = {2, texts}, l2 = {0, NULL};
    node n = {5, NULL, NULL};
    choice pointer = {.kind = 2, .u = {.n = &n}}, none = {.kind = 9}, c2;
    handle_t handle = encoder();

    fixed_Encode(handle, &f);
    lines_Encode(handle, &l);
    choice_Encode(handle, &pointer);
    choice_Encode(handle, &none);
    turn(handle);
    fixed_Decode(handle, &f2);
    assert_memory_equal(f, f2, sizeof(f));
    lines_Decode(handle, &l2);
    assert_int_equal(l2.count, 2);
    assert_string_equal(l2.lines[0], "one");
    assert_string_equal(l2.lines[1], "two");
    lines_Free(handle, &l2);
    memset(&c2, 0, sizeof(c2));
    choice_Decode(handle, &c2);
    assert_int_equal(c2.kind, 2);
    assert_int_equal(c2.u.n->value, 5);
    choice_Free(handle, &c2);
    memset(&c2, 0, sizeof(c2));
    choice_Decode(handle, &c2);
    assert_int_equal(c2.kind, 9);
    finish(handle);
}

static void test_implicit_handle(void **state)
{
    point p = {3, -4}, p2 = {0, 0}, p3 = {0, 0};

    mes_handle = encoder();
    assert_int_equal(point_AlignSize(&p), 8 + 8 + 8);
    point_Encode(&p);
    keep(&p);
    turn(mes_handle);
    point_Decode(&p2);
    keep(&p3);
    assert_memory_equal(&p, &p2, sizeof(p));
    assert_memory_equal(&p, &p3, sizeof(p));
    finish(mes_handle);
}

/* ---- procedures ---- */

static void test_procedures(void **state)
{
    number n = 5, n2 = 0;
    char s[32] = "text", s2[32] = "";
    node second = {2, second_name, NULL}, first = {1, first_name, &second}, read;
    RPC_SYNTAX_IDENTIFIER id;
    ULONG procedure = 77;
    handle_t handle = encoder();

    memset(&read, 0, sizeof(read));
    both(handle, &n, s, &first);
    both(handle, &n, s, &second);
    assert_int_equal(encoded_size % 8, 0);
    turn(handle);
    assert_int_equal(MesInqProcEncodingId(handle, &id, &procedure), RPC_S_OK);
    assert_int_equal(procedure, 0);
    assert_int_equal(id.SyntaxVersion.MinorVersion, 3);
    both(handle, &n2, s2, &read);
    assert_int_equal(n2, 5);
    assert_string_equal(s2, "text");
    assert_true(!wcscmp(read.next->name, second_name));
    node_Free(handle, &read);
    memset(&read, 0, sizeof(read));
    both(handle, &n2, s2, &read);
    assert_int_equal(read.value, 2);
    node_Free(handle, &read);
    finish(handle);
}

/* What one procedure stores another may load, if its parameters begin alike; its return value is
 * one of them. */
static void test_directions(void **state)
{
    number n = 0;
    handle_t handle = encoder();

    assert_int_equal(RAISED(load(handle, &n)), RPC_X_INVALID_ES_ACTION);
    store(handle, 5, BLUE, L"name");
    turn(handle);
    assert_int_equal(RAISED(store(handle, 5, BLUE, L"name")), RPC_X_INVALID_ES_ACTION);
    assert_int_equal(load(handle, &n), 2); /* the color, and its padding */
    assert_int_equal(n, 5);
    finish(handle);
}

static void test_status(void **state)
{
    number n = 5;
    handle_t handle = encoder();

    assert_int_equal(tell(handle, &n), RPC_S_OK);
    turn(handle);
    n = 0;
    assert_int_equal(tell(handle, &n), RPC_S_OK);
    assert_int_equal(n, 5);
    assert_int_equal(tell(handle, &n), RPC_X_INVALID_BUFFER);
    encoded[0] = 7;
    turn(handle);
    assert_int_equal(tell(handle, &n), RPC_X_WRONG_ES_VERSION);
    finish(handle);
}

/* ---- a remote interface in the same file ---- */

static void test_remote(void **state)
{
    unsigned char protseq[] = "ncalrpc", endpoint[] = "test_mes_stubs", *string = NULL;
    pair p = {3, 4}, p2 = {0, 0};
    handle_t handle, binding;

    assert_int_equal(RpcServerUseProtseqEpA(protseq, 1, endpoint, NULL), RPC_S_OK);
    assert_int_equal(RpcServerRegisterIfEx(server_mes_remote_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                                           1, NULL),
                     RPC_S_OK);
    assert_int_equal(RpcStringBindingComposeA(NULL, protseq, NULL, endpoint, NULL, &string),
                     RPC_S_OK);
    assert_int_equal(RpcBindingFromStringBindingA(string, &binding), RPC_S_OK);
    RpcStringFreeA(&string);
    assert_int_equal(sum(binding, &p), 7);
    handle = encoder();
    pair_Encode(handle, &p);
    turn(handle);
    pair_Decode(handle, &p2);
    assert_memory_equal(&p, &p2, sizeof(p));
    finish(handle);
    assert_int_equal(RpcBindingFree(&binding), RPC_S_OK);
    assert_int_equal(RpcServerUnregisterIf(server_mes_remote_v1_0_s_ifspec, NULL, TRUE), RPC_S_OK);
}

/* ---- hostile data ---- */

/* Every octet of good data changed in several ways: an exception or not, nothing is lost, nothing
 * breaks. */
static void test_mutations(void **state)
{
    static const unsigned char masks[] = {0x01, 0x80, 0xff, 0x10};
    node second = {2, second_name, NULL}, first = {1, first_name, &second}, read;
    char one[] = "one", two[] = "two";
    text texts[] = {one, two};
    lines l = {2, texts}, l2;
    unsigned failed = 0;
    handle_t handle = encoder();

    node_Encode(handle, &first);
    lines_Encode(handle, &l);
    for (ULONG i = 0; i < encoded_size * sizeof(masks); i++) {
        RPC_STATUS raised;

        encoded[i / sizeof(masks)] ^= masks[i % sizeof(masks)];
        turn(handle);
        memset(&read, 0, sizeof(read));
        memset(&l2, 0, sizeof(l2));
        raised = RAISED({
            node_Decode(handle, &read);
            lines_Decode(handle, &l2);
        });
        failed += raised != RPC_S_OK;
        assert_int_not_equal(raised, EXCEPTION_ACCESS_VIOLATION);
        node_Free(handle, &read);
        lines_Free(handle, &l2);
        assert_int_equal(live, 1);
        encoded[i / sizeof(masks)] ^= masks[i % sizeof(masks)];
    }
    assert_in_range(failed, encoded_size, encoded_size * sizeof(masks));
    finish(handle);
}

static void test_truncations(void **state)
{
    node second = {2, second_name, NULL}, first = {1, first_name, &second}, read;
    handle_t handle = encoder();

    node_Encode(handle, &first);
    for (ULONG size = 0; size + 8 < encoded_size; size++) {
        RPC_STATUS raised;

        memset(&read, 0, sizeof(read));
        assert_int_equal(MesBufferHandleReset(handle, MES_FIXED_BUFFER_HANDLE, MES_DECODE, &encoded,
                                              size, NULL),
                         RPC_S_OK);
        raised = RAISED(node_Decode(handle, &read));
        assert_int_equal(raised, RPC_X_INVALID_BUFFER);
        assert_null(read.next);
        assert_int_equal(live, 1);
    }
    finish(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_types),
        cmocka_unit_test(test_structures),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_arrays_and_unions),
        cmocka_unit_test(test_implicit_handle),
        cmocka_unit_test(test_procedures),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_remote),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_truncations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
