/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 arrays, on images made by hand from [MS-RPCE] 2.2.5.3.2 and C706 14.3.3 to 14.3.5. */
#include "unit/ndr64_test.h"

static const uint8_t int16_code = FC64_INT16, int32_code = FC64_INT32;
static const struct ndr64_string text_format = { FC64_CONF_CHAR_STRING, 0, 1 };

/* What the parameters are, as on a 64-bit stack. */
struct stack {
    int64_t size, length, first;
    int64_t *indirect;
};

static const struct expr_var size_is = EXPR_VAR(EARLY, FC64_INT32, 0);
static const struct expr_var late_size_is = EXPR_VAR(LATE, FC64_INT32, 0);
static const struct expr_var length_is = EXPR_VAR(LATE, FC64_INT32, 8);
static const struct expr_var first_is = EXPR_VAR(EARLY, FC64_INT32, 16);
static const struct expr_deref indirect_size_is = EXPR_DEREF(LATE, FC64_INT32, 24);

static void compare_two(const void *memory)
{
    assert_memory_equal(memory, "\1\0\0\0\2\0\0\0", 8);
}

/* ---- copied at once ---- */

static const struct ndr64_conf_array conf_format = { FC64_CONF_ARRAY, 3, 0, 0, 4, &size_is };
static const struct ndr64_conf_array indirect_format = { FC64_CONF_ARRAY, 3, 0, 0, 4,
                                                         &indirect_size_is };
static const struct ndr64_conf_array bytes_format = { FC64_CONF_ARRAY, 0, 0, 0, 1, &late_size_is };

static void compare_bytes(const void *memory)
{
    assert_memory_equal(memory, "ab", 2);
}

static void conformant(void **state)
{
    static const int32_t two[2] = { 1, 2 };
    static int64_t count = 2;
    static struct stack stack = { 2, 0, 0, &count };
    const struct ndr64_vector vectors[] = {
        { "conformant", FORMAT(conf_format), two, WIRE(Q2 "\1\0\0\0\2\0\0\0"), compare_two,
          &stack, false },
        { "indirect", FORMAT(indirect_format), two, WIRE(Q2 "\1\0\0\0\2\0\0\0"), compare_two,
          &stack, false },
        { "bytes", FORMAT(bytes_format), "ab", WIRE(Q2 "ab"), compare_bytes, &stack, false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
}

/* Counts that contradict the parameter, found at once or at the end; counts that no data backs. */
static void bad_counts(void **state)
{
    static int64_t count = 3;
    static struct stack stack = { 3, 0, 0, &count }, none = { 3, 0, 0, NULL };

    assert_int_equal(REFUSED64(FORMAT(conf_format), Q2 Q0, &stack), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(bytes_format), Q2 "ab", &stack), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(indirect_format), Q2 Q0, &stack), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(indirect_format), Q2 Q0, &none), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_format), "\xff\xff\xff\x7f\0\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_format), "\xff\xff\xff\xff\0\0\0\0" Q0, &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_format), "\3\0\0\0\1\0\0\0" Q0 Q0, &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_format), "\xff\xff\xff\xff\xff\xff\xff\xff" Q0, &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_true(ndr_test_largest < 1 << 20);
}

/* What cannot be sent. */
static void bad_parameters(void **state)
{
    static const struct ndr64_conf_var_array varying = {
        { FC64_CONFVAR_ARRAY, 3, 0, 0, 4, &size_is }, &length_is,
    };
    static const int32_t two[2] = { 1, 2 };
    struct stack negative = { -1, 0, 0, NULL }, longer = { 2, 3, 0, NULL };
    struct ndr_test t;

    ndr_test_is_ndr64 = true;
    ndr_test_begin(&t, true);
    t.msg.StackTop = (unsigned char *)&negative;
    assert_int_equal(raised_size(&t, two, FORMAT(conf_format)), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(raised_size(&t, two, FORMAT(indirect_format)), NDR_STATUS_NULL_REF_POINTER);
    t.msg.StackTop = (unsigned char *)&longer;
    assert_int_equal(raised_size(&t, two, FORMAT(varying)), NDR_STATUS_INVALID_BOUND);
    ndr_test_end(&t);
    ndr_test_is_ndr64 = false;
}

/* [range] on the parameter that a size is. */
static const struct {
    uint32_t flags;
    struct ndr64_range range;
    struct ndr64_var var;
} ranged_size = {
    NDR64_EXPRESSION_RANGE, { FC64_RANGE, FC64_INT32, 0, 1, 2 },
    { NDR64_TOKEN_VAR, FC64_INT32, 0, 0 },
};
static const struct ndr64_conf_array ranged_format = { FC64_CONF_ARRAY, 3, 0, 0, 4,
                                                       &ranged_size };

static void ranged(void **state)
{
    static const int32_t two[2] = { 1, 2 };
    static struct stack stack = { 2, 0, 0, NULL }, three = { 3, 0, 0, NULL };
    const struct ndr64_vector v = {
        "ranged", FORMAT(ranged_format), two, WIRE(Q2 "\1\0\0\0\2\0\0\0"), compare_two, &stack,
        false,
    };

    check_vector64(&v);
    assert_int_equal(REFUSED64(FORMAT(ranged_format), Q3 Q0 Q0, &three), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED64(FORMAT(ranged_format), Q0, &three), NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED64(FORMAT(ranged_format), "\xff\xff\xff\xff\0\0\0\0" Q0, &three),
                     NDR_STATUS_BAD_STUB_DATA);
}

static const struct ndr64_conf_var_array conf_var_format = {
    { FC64_CONFVAR_ARRAY, 3, 0, 0, 4, &size_is }, &length_is,
};
static const struct ndr64_var_array var_format = { FC64_VAR_ARRAY, 3, 0, 0, 16, 4, &length_is };

static void varying(void **state)
{
    static const int32_t four[4] = { 1, 2, 3, 4 };
    static struct stack stack = { 4, 2, 0, NULL };
    const struct ndr64_vector vectors[] = {
        { "conformant varying", FORMAT(conf_var_format), four,
          WIRE(Q4 Q0 Q2 "\1\0\0\0\2\0\0\0"), compare_two, &stack, false },
        { "varying", FORMAT(var_format), four, WIRE(Q0 Q2 "\1\0\0\0\2\0\0\0"), compare_two, &stack,
          false },
    };

    check_vector64(&vectors[0]);
    check_vector64(&vectors[1]);
    assert_int_equal(REFUSED64(FORMAT(var_format), Q0 Q5 Q0 Q0 Q0, &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(var_format), Q0 Q1 "\1\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(var_format), Q1 Q2 Q0, &stack), NDR_STATUS_BAD_STUB_DATA);
    /* Room for more than is sent, but not for anything. */
    assert_int_equal(REFUSED64(FORMAT(conf_var_format),
                               "\xff\xff\xff\x3f\0\0\0\0" Q0 Q2 "\1\0\0\0\2\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(conf_var_format), Q4 Q4 Q1 "\1\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* A fixed array, whose pointers are in a layout. */
static const struct {
    struct ndr64_fix_array header;
    struct ndr64_fixed_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} fixed_pointers = {
    { FC64_FIX_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 24 },
    { { FC64_FIXED_REPEAT, 0, 0, 8, 0, 1 }, 3, 0 },
    { 0, 0 },
    { FC64_UP, NDR_SIMPLE_POINTER, 0, &int16_code },
    FC64_END,
};
static const struct ndr64_fix_array fixed_format = { FC64_FIX_ARRAY, 3, 0, 0, 8 };

static void compare_three(const void *memory)
{
    int16_t *const *pointers = memory;

    assert_int_equal(*pointers[0], 1);
    assert_null(pointers[1]);
    assert_int_equal(*pointers[2], 3);
}

static void fixed(void **state)
{
    static int16_t one = 1, three = 3;
    static int16_t *const pointers[3] = { &one, NULL, &three };
    static const int32_t two[2] = { 1, 2 };
    const struct ndr64_vector vectors[] = {
        { "fixed", FORMAT(fixed_format), two, WIRE("\1\0\0\0\2\0\0\0"), compare_two, NULL, false },
        { "pointers", FORMAT(fixed_pointers), pointers, WIRE(ID0 Q0 ID1 "\1\0\3\0"),
          compare_three, NULL, false },
    };

    check_vector64(&vectors[0]);
    check_vector64(&vectors[1]);
}

/* The elements are structures of bytes and pointers: conformant, varying, fixed. */
struct pair {
    int64_t count;
    int32_t *numbers;
};

static const struct expr_var count_at_0 = EXPR_VAR(EARLY, FC64_INT64, 0);
static const struct ndr64_conf_array numbers_format = { FC64_CONF_ARRAY, 3, 0, 0, 4,
                                                        &count_at_0 };
#define PAIRS_FORMAT(header_type, header, code) \
    static const struct { \
        struct header_type array; \
        struct ndr64_repeat repeat; \
        struct ndr64_pointer_instance at; \
        struct ndr64_pointer pointer; \
        uint8_t end; \
    } code = { \
        header, { FC64_VARIABLE_REPEAT, NDR64_REPEAT_SETS_MARK, 0, 16, 0, 1 }, { 8, 0 }, \
        { FC64_UP, NDR64_POINTER_SETS_MARK, 0, &numbers_format }, FC64_END, \
    }
#define HEADER(...) { __VA_ARGS__ }
PAIRS_FORMAT(ndr64_conf_array,
             HEADER(FC64_CONF_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 16, &size_is), conf_pairs);
PAIRS_FORMAT(ndr64_var_array,
             HEADER(FC64_VAR_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 48, 16, &length_is),
             var_pairs);
static const struct {
    struct ndr64_fix_array array;
    struct ndr64_fixed_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} fixed_pairs = {
    { FC64_FIX_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 32 },
    { { FC64_FIXED_REPEAT, NDR64_REPEAT_SETS_MARK, 0, 16, 0, 1 }, 2, 0 },
    { 8, 0 },
    { FC64_UP, NDR64_POINTER_SETS_MARK, 0, &numbers_format },
    FC64_END,
};

#define PAIRS Q1 ID0 Q2 ID1 Q1 "\5\0\0\0" "\0\0\0\0" Q2 "\6\0\0\0\7\0\0\0"

static void compare_pairs(const void *memory)
{
    const struct pair *pairs = memory;

    assert_int_equal(pairs[0].numbers[0], 5);
    assert_memory_equal(pairs[1].numbers, "\6\0\0\0\7\0\0\0", 8);
}

static void structures(void **state)
{
    static int32_t five = 5, six[2] = { 6, 7 };
    static const struct pair pairs[3] = { { 1, &five }, { 2, six } };
    static struct stack stack = { 2, 2, 0, NULL };
    const struct ndr64_vector vectors[] = {
        { "conformant", FORMAT(conf_pairs), pairs, WIRE(Q2 PAIRS), compare_pairs, &stack, false },
        { "varying", FORMAT(var_pairs), pairs, WIRE(Q0 Q2 PAIRS), compare_pairs, &stack, false },
        { "fixed", FORMAT(fixed_pairs), pairs, WIRE(PAIRS), compare_pairs, NULL, false },
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
    assert_int_equal(REFUSED64(FORMAT(conf_pairs),
                               Q2 Q2 ID0 Q2 ID1 Q1 "\5\0\0\0" "\0\0\0\0" Q2
                               "\6\0\0\0\7\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* [size_is(size,)] short **: pointers whose pointees would count from the parameters, too. */
static const struct ndr64_conf_array row_format = { FC64_CONF_ARRAY, 1, 0, 0, 2, &length_is };
static const struct {
    struct ndr64_conf_array header;
    struct ndr64_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} rows_format = {
    { FC64_CONF_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 8, &size_is },
    { FC64_VARIABLE_REPEAT, 0, 0, 8, 0, 1 },
    { 0, 0 },
    { FC64_UP, 0, 0, &row_format },
    FC64_END,
};
static const struct ndr64_pointer row_pointer = { FC64_UP, 0, 0, &row_format };
static const struct ndr64_conf_var_bogus_array complex_rows_format = {
    { FC64_BOGUS_ARRAY, 7, 2, 1, 0, &row_pointer }, &size_is, NULL, NULL,
};

static void compare_rows(const void *memory)
{
    int16_t *const *rows = memory;

    assert_memory_equal(rows[0], "\1\0\2\0\3\0", 6);
    assert_memory_equal(rows[1], "\4\0\5\0\6\0", 6);
}

static void pointers_to_arrays(void **state)
{
    static int16_t first[3] = { 1, 2, 3 }, second[3] = { 4, 5, 6 };
    static int16_t *const rows[2] = { first, second };
    static struct stack stack = { 2, 3, 0, NULL };
    struct ndr64_vector v = {
        "rows", FORMAT(rows_format), rows,
        WIRE(Q2 ID0 ID1 Q3 "\1\0\2\0\3\0" "\0\0" Q3 "\4\0\5\0\6\0"), compare_rows, &stack, false,
    };

    check_vector64(&v);
    v.format = FORMAT(complex_rows_format);
    check_vector64(&v);
    assert_int_equal(REFUSED64(FORMAT(rows_format),
                               Q2 ID0 ID1 Q2 "\1\0\2\0" "\0\0\0\0" Q3 "\4\0\5\0\6\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* ---- complex ---- */

/* Elements with a gap, which is not sent, and a pointer. */
struct entry {
    int32_t number;
    char *name;
    uint8_t last;
};

static const struct ndr64_pointer name_pointer = { FC64_UP, 0, 0, &text_format };
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[7];
} entry_format = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, sizeof(struct entry) }, NULL, NULL, &name_pointer },
    { { FC64_INT32, 0, 0, 0 }, { FC64_STRUCTPADN, 0, 4, 0 }, { FC64_POINTER, 0, 0, 0 },
      { FC64_UINT8, 0, 0, 0 }, { FC64_STRUCTPADN, 0, 7, 0 }, { FC64_BUFFER_ALIGN, 7, 0, 0 },
      { FC64_END, 0, 0, 0 } },
};
static const struct ndr64_conf_var_bogus_array entries_format = {
    { FC64_FORCED_BOGUS_ARRAY, 7, 2, 1, 0, &entry_format }, &size_is, NULL, NULL,
};
static const struct ndr64_bogus_array two_entries_format = {
    FC64_FIX_FORCED_BOGUS_ARRAY, 7, 2, 1, 2, &entry_format,
};
static const struct ndr64_conf_var_bogus_array some_entries_format = {
    { FC64_FORCED_BOGUS_ARRAY, 7, 2, 1, 0, &entry_format }, &size_is, &length_is, &first_is,
};

#define ENTRY_1 "\1\0\0\0\0\0\0\0" ID0 "\x11\0\0\0\0\0\0\0"
#define ENTRY_2 "\2\0\0\0\0\0\0\0" ID1 "\x22\0\0\0\0\0\0\0"
#define NAME_1  Q2 Q0 Q2 "a\0" "\0\0\0\0\0\0"
#define NAME_2  Q2 Q0 Q2 "b\0"

static void compare_entries(const void *memory)
{
    const struct entry *entries = memory;

    assert_int_equal(entries[0].number, 1);
    assert_string_equal(entries[0].name, "a");
    assert_int_equal(entries[0].last, 0x11);
    assert_int_equal(entries[1].number, 2);
    assert_string_equal(entries[1].name, "b");
    assert_int_equal(entries[1].last, 0x22);
}

static void compare_some_entries(const void *memory)
{
    compare_entries((const struct entry *)memory + 1);
}

static void complex_elements(void **state)
{
    static struct stack stack = { 2, 2, 0, NULL }, inside = { 4, 2, 1, NULL };
    struct entry entries[4];
    const struct ndr64_vector vectors[] = {
        { "conformant", FORMAT(entries_format), entries + 1,
          WIRE(Q2 ENTRY_1 ENTRY_2 NAME_1 NAME_2), compare_entries, &stack, false },
        { "fixed", FORMAT(two_entries_format), entries + 1, WIRE(ENTRY_1 ENTRY_2 NAME_1 NAME_2),
          compare_entries, NULL, false },
        { "first_is", FORMAT(some_entries_format), entries,
          WIRE(Q4 Q1 Q2 ENTRY_1 ENTRY_2 NAME_1 NAME_2), compare_some_entries, &inside, false },
    };
    size_t i;

    memset(entries, 0xaa, sizeof(entries));
    for (i = 1; i < 3; i++) {
        entries[i].number = (int32_t)i;
        entries[i].name = i == 1 ? "a" : "b";
        entries[i].last = (uint8_t)(0x11 * i);
    }
    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check_vector64(&vectors[i]);
    /* An offset that is not first_is. */
    assert_int_equal(REFUSED64(FORMAT(some_entries_format),
                               Q4 Q2 Q2 ENTRY_1 ENTRY_2 NAME_1 NAME_2, &inside),
                     NDR_STATUS_BAD_STUB_DATA);
    /* 2^28 entries of 24 bytes, in none. */
    assert_int_equal(REFUSED64(FORMAT(entries_format), "\0\0\0\x10\0\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* In a structure, varying by one of its members: as in the shape that MIDL gives to
 * { long a, b, count; [length_is(count)] entry entries[3]; }, first_is is the constant 0. */
struct control {
    int32_t a, b, count;
    struct entry entries[3];
};

static const struct expr_var count_at_8 = EXPR_VAR(EARLY, FC64_INT32, 8);
static const struct {
    uint32_t flags;
    struct ndr64_noop filler;
    struct ndr64_const64 zero;
} zero_first = { EARLY, { NDR64_TOKEN_NOOP, 4, 0 }, { NDR64_TOKEN_CONST64, FC64_INT64, 0, 0 } };
static const struct ndr64_conf_var_bogus_array three_entries = {
    { FC64_FORCED_BOGUS_ARRAY, 7, 2, 1, 3, &entry_format }, NULL, &count_at_8, &zero_first,
};
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member region, pad;
    struct ndr64_embedded entries;
    struct ndr64_member end;
} control_format = {
    { { FC64_BOGUS_STRUCT, 7, 2, 0, sizeof(struct control) }, NULL, NULL, NULL },
    { FC64_STRUCT, 3, 12, 0 },
    { FC64_STRUCTPADN, 0, 4, 0 },
    { FC64_EMBEDDED_COMPLEX, 0, 0, &three_entries },
    { FC64_END, 0, 0, 0 },
};

#define CONTROL "\1\0\0\0\2\0\0\0\2\0\0\0\0\0\0\0"

static void compare_control(const void *memory)
{
    const struct control *object = memory;

    assert_int_equal(object->count, 2);
    compare_entries(object->entries);
}

static void varying_member(void **state)
{
    struct control object;
    const struct ndr64_vector v = {
        "control", FORMAT(control_format), &object,
        WIRE(CONTROL Q0 Q2 ENTRY_1 ENTRY_2 NAME_1 NAME_2), compare_control, NULL, false,
    };
    size_t i;

    memset(&object, 0xaa, sizeof(object));
    object.a = 1;
    object.b = object.count = 2;
    for (i = 0; i < 2; i++) {
        object.entries[i].number = (int32_t)i + 1;
        object.entries[i].name = i ? "b" : "a";
        object.entries[i].last = (uint8_t)(0x11 * (i + 1));
    }
    check_vector64(&v);
    assert_int_equal(REFUSED64(FORMAT(control_format), CONTROL Q1 Q2 ENTRY_1 ENTRY_2 NAME_1 NAME_2,
                               NULL), NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(control_format), CONTROL Q0 Q1 ENTRY_1 NAME_1, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(control_format), CONTROL Q0 Q4 ENTRY_1 ENTRY_2 ENTRY_1 ENTRY_2
                               NAME_1 NAME_2 NAME_1 NAME_2, NULL), NDR_STATUS_BAD_STUB_DATA);
}

/* Elements without gaps or pointers are copied. */
static const struct ndr64_struct pair_format = { FC64_STRUCT, 3, 0, 0, 8 };
static const struct ndr64_conf_var_bogus_array pairs_format = {
    { FC64_BOGUS_ARRAY, 3, 2, 1, 0, &pair_format }, &size_is, NULL, NULL,
};

static void raw_elements(void **state)
{
    static const int32_t pair[2] = { 1, 2 };
    static struct stack stack = { 1, 0, 0, NULL };
    const struct ndr64_vector v = {
        "pairs", FORMAT(pairs_format), pair, WIRE(Q1 "\1\0\0\0\2\0\0\0"), compare_two, &stack,
        false,
    };

    check_vector64(&v);
}

/* ---- several dimensions ---- */

/* short a[size][length], both conformant: first both counts, then the rows. */
static const struct expr_var second_size = EXPR_VAR(EARLY, FC64_INT32, 8);
static const struct ndr64_conf_var_bogus_array inner_format = {
    { FC64_BOGUS_ARRAY, 1, 2, 1, 0, &int16_code }, &second_size, NULL, NULL,
};
static const struct ndr64_conf_var_bogus_array matrix_format = {
    { FC64_BOGUS_ARRAY, 1, 6, 2, 0, &inner_format }, &size_is, NULL, NULL,
};
/* The same, fixed. */
static const struct ndr64_bogus_array fixed_row = { FC64_FIX_BOGUS_ARRAY, 1, 2, 1, 3,
                                                    &int16_code };
static const struct ndr64_bogus_array fixed_matrix = { FC64_FIX_BOGUS_ARRAY, 1, 6, 2, 2,
                                                       &fixed_row };

static void compare_matrix(const void *memory)
{
    assert_memory_equal(memory, "\1\0\2\0\3\0\4\0\5\0\6\0", 12);
}

static void dimensions(void **state)
{
    static const int16_t matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
    static struct stack stack = { 2, 3, 0, NULL };
    const struct ndr64_vector vectors[] = {
        { "conformant", FORMAT(matrix_format), matrix, WIRE(Q2 Q3 "\1\0\2\0\3\0\4\0\5\0\6\0"),
          compare_matrix, &stack, false },
        { "fixed", FORMAT(fixed_matrix), matrix, WIRE("\1\0\2\0\3\0\4\0\5\0\6\0"), compare_matrix,
          NULL, false },
    };

    check_vector64(&vectors[0]);
    check_vector64(&vectors[1]);
    /* 65536 x 65536 and 2^32 rows of nothing. */
    assert_int_equal(REFUSED64(FORMAT(matrix_format),
                               "\0\0\1\0\0\0\0\0" "\0\0\1\0\0\0\0\0", &stack),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(matrix_format), "\xff\xff\xff\xff\0\0\0\0" Q0, &stack),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* [string, size_is(size, length)] char a[][]: strings of one room each. */
static const struct ndr64_sized_string sized_text = {
    { FC64_CONF_CHAR_STRING, NDR64_STRING_IS_SIZED, 1 }, &second_size,
};
static const struct ndr64_conf_var_bogus_array strings_format = {
    { FC64_BOGUS_ARRAY, 0, 2 | 8, 1, 0, &sized_text }, &size_is, NULL, NULL,
};

static void compare_strings(const void *memory)
{
    assert_string_equal((const char *)memory, "ab");
    assert_string_equal((const char *)memory + 4, "c");
}

static void array_of_strings(void **state)
{
    static const char strings[2][4] = { "ab", "c" };
    static struct stack stack = { 2, 4, 0, NULL };
    const struct ndr64_vector v = {
        "strings", FORMAT(strings_format), strings,
        WIRE(Q2 Q4 Q0 Q3 "ab\0" "\0\0\0\0\0" Q0 Q2 "c\0"), compare_strings, &stack, false,
    };

    check_vector64(&v);
}

/* ---- what the decoder refuses ---- */

static void malformed(void **state)
{
    static const struct ndr64_conf_array no_size = { FC64_CONF_ARRAY, 3, 0, 0, 4, NULL };
    static const struct ndr64_conf_array empty = { FC64_CONF_ARRAY, 3, 0, 0, 0, &size_is };
    static const struct ndr64_bogus_array no_element = { FC64_FIX_BOGUS_ARRAY, 3, 2, 1, 2, NULL };
    static const struct ndr64_bogus_array huge = { FC64_FIX_BOGUS_ARRAY, 3, 2, 1, 0x40000000,
                                                   &int32_code };
    static const struct ndr64_conf_var_bogus_array no_length = {
        { FC64_BOGUS_ARRAY, 3, 2, 1, 2, &int32_code }, &size_is, NULL, &first_is,
    };
    static const struct {
        struct ndr64_fix_array header;
        uint8_t layout;
    } bad_layout = { { FC64_FIX_ARRAY, 3, NDR64_ARRAY_HAS_POINTER_INFO, 0, 8 }, FC64_STRUCTPADN };
    static struct stack stack = { 2, 0, 0, NULL };

    assert_int_equal(REFUSED64(FORMAT(no_size), Q0 Q0, &stack), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(empty), Q0 Q0, &stack), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(no_element), Q0 Q0, &stack), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(huge), Q0 Q0, &stack), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(no_length), Q0 Q0, &stack), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(bad_layout), Q0 Q0, &stack), NDR_STATUS_INTERNAL_ERROR);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(conformant),
        cmocka_unit_test(bad_counts),
        cmocka_unit_test(bad_parameters),
        cmocka_unit_test(ranged),
        cmocka_unit_test(varying),
        cmocka_unit_test(fixed),
        cmocka_unit_test(structures),
        cmocka_unit_test(pointers_to_arrays),
        cmocka_unit_test(complex_elements),
        cmocka_unit_test(varying_member),
        cmocka_unit_test(raw_elements),
        cmocka_unit_test(dimensions),
        cmocka_unit_test(array_of_strings),
        cmocka_unit_test(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
