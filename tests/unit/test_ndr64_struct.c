/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 structures, on images made by hand from [MS-RPCE] 2.2.5.3.4 and C706 14.3.7; the fragments
 * have the shapes that MIDL gives to such types. */
#include "unit/ndr64_test.h"

#define MEMBER(code)       { (code), 0, 0, 0 }
#define MEMPAD(bytes)      { FC64_STRUCTPADN, 0, (bytes), 0 }
#define ALIGN(mask)        { FC64_BUFFER_ALIGN, (mask), 0, 0 }
#define REGION(mask, size) { FC64_STRUCT, (mask), (size), 0 }
#define END                { FC64_END, 0, 0, 0 }

static const uint8_t int32_code = FC64_INT32;
static const struct ndr64_string wide_string = { FC64_CONF_WCHAR_STRING, 0, 2 };

/* A structure in memory that is not zero where nobody wrote. */
#define FILLED(type, name) \
    type name; \
    memset(&name, 0xaa, sizeof(name))

/* ---- without pointers ---- */

struct flat {
    int32_t a;
    int16_t b, c;
};

static const struct ndr64_struct flat_format = { FC64_STRUCT, 3, 0, 0, sizeof(struct flat) };

static void compare_flat(const void *memory)
{
    assert_memory_equal(memory, "\1\0\0\0\2\0\3\0", 8);
}

static void flat(void **state)
{
    static const struct flat object = { 1, 2, 3 };
    const struct ndr64_vector v = {
        "flat", FORMAT(flat_format), &object, WIRE("\1\0\0\0\2\0\3\0"), compare_flat, NULL, false,
    };

    check_vector64(&v);
}

/* [MS-RPCE] 4.8: long, short, and a trailing gap of two bytes. */
struct with_pad {
    int32_t l;
    int16_t s;
};

static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[5];
} with_pad_format = {
    { { FC64_FORCED_BOGUS_STRUCT, 3, 2, 0, sizeof(struct with_pad) }, NULL, NULL, NULL },
    { MEMBER(FC64_INT32), MEMBER(FC64_INT16), MEMPAD(2), ALIGN(3), END },
};

static void compare_with_pad(const void *memory)
{
    const struct with_pad *object = memory;

    assert_int_equal(object->l, 0x11223344);
    assert_int_equal(object->s, 0x5566);
}

static void trailing_gap(void **state)
{
    FILLED(struct with_pad, object);
    const struct ndr64_vector v = {
        "trailing gap", FORMAT(with_pad_format), &object,
        WIRE("\x44\x33\x22\x11\x66\x55\0\0"), compare_with_pad, NULL, false,
    };

    object.l = 0x11223344;
    object.s = 0x5566;
    check_vector64(&v);
}

/* Gaps inside, a nested structure whose members were taken over, and bytes copied as a region:
 * HRESULT, then STDOBJREF, as in REMQIRESULT. */
struct nested {
    int32_t result;
    struct {
        uint32_t flags, references;
        uint64_t oxid, oid;
        uint8_t ipid[16];
    } reference;
};

static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[9];
} nested_format = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 2, 0, sizeof(struct nested) }, NULL, NULL, NULL },
    { MEMBER(FC64_INT32), MEMPAD(4), ALIGN(7), MEMBER(FC64_INT32), MEMBER(FC64_INT32),
      MEMBER(FC64_INT64), MEMBER(FC64_INT64), REGION(3, 16), END },
};

static void compare_nested(const void *memory)
{
    const struct nested *object = memory;

    assert_int_equal(object->result, 7);
    assert_int_equal(object->reference.references, 2);
    assert_int_equal(object->reference.oid, 4);
    assert_memory_equal(object->reference.ipid, "0123456789abcdef", 16);
}

static void nested(void **state)
{
    FILLED(struct nested, object);
    const struct ndr64_vector v = {
        "nested", FORMAT(nested_format), &object,
        WIRE("\7\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0" Q3 Q4 "0123456789abcdef"), compare_nested, NULL,
        false,
    };

    object.result = 7;
    object.reference.flags = 1;
    object.reference.references = 2;
    object.reference.oxid = 3;
    object.reference.oid = 4;
    memcpy(object.reference.ipid, "0123456789abcdef", 16);
    check_vector64(&v);
}

/* ---- with pointers ---- */

/* Without gaps: a pointer layout. The count is the pointer's, in the same structure. */
struct counted {
    uint32_t first, count;
    int32_t *numbers;
    uint16_t *name;
};

static const struct expr_var count_at_4 = EXPR_VAR(EARLY, FC64_UINT32, 4);
static const struct ndr64_conf_array numbers_format = { FC64_CONF_ARRAY, 3, 0, 0, 4, &count_at_4 };

struct instance {
    struct ndr64_no_repeat no_repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
};
#define INSTANCE(offset, code, flags, type) \
    { { FC64_NO_REPEAT, 0, 0, 0 }, { (offset), 0 }, { (code), (flags), 0, (type) } }

static const struct {
    struct ndr64_struct header;
    struct instance numbers, name;
    uint8_t end;
} counted_format = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, sizeof(struct counted) },
    INSTANCE(8, FC64_UP, NDR64_POINTER_SETS_MARK, &numbers_format),
    INSTANCE(16, FC64_UP, 0, &wide_string),
    FC64_END,
};

static void compare_counted(const void *memory)
{
    const struct counted *object = memory;

    assert_int_equal(object->first, 9);
    assert_int_equal(object->count, 2);
    assert_memory_equal(object->numbers, "\5\0\0\0\6\0\0\0", 8);
    assert_memory_equal(object->name, "A\0\0\0", 4);
}

static void compare_counted_null(const void *memory)
{
    const struct counted *object = memory;

    assert_int_equal(object->count, 2);
    assert_null(object->numbers);
    assert_null(object->name);
}

static void pointer_layout(void **state)
{
    static int32_t numbers[2] = { 5, 6 };
    static uint16_t name[] = { 'A', 0 };
    static struct counted object = { 9, 2, numbers, name }, empty = { 9, 2, NULL, NULL };
    const struct ndr64_vector vectors[] = {
        { "pointers", FORMAT(counted_format), &object,
          WIRE("\x09\0\0\0\2\0\0\0" ID0 ID1 Q2 "\5\0\0\0\6\0\0\0" Q2 Q0 Q2 "A\0\0\0"),
          compare_counted, NULL, false },
        { "null pointers", FORMAT(counted_format), &empty, WIRE("\x09\0\0\0\2\0\0\0" Q0 Q0),
          compare_counted_null, NULL, false },
    };

    check_vector64(&vectors[0]);
    check_vector64(&vectors[1]);
    /* The array says 3 where the structure says 2. */
    assert_int_equal(REFUSED64(FORMAT(counted_format),
                               "\x09\0\0\0\2\0\0\0" ID0 Q0 Q3 "\5\0\0\0\6\0\0\0\7\0\0\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* With a gap: IUM_UNICODE_STRING, counted in bytes, of two-byte characters; the expressions divide. */
struct unicode {
    uint16_t length, maximum;
    uint16_t *buffer;
};

struct expr_half {
    uint32_t flags;
    struct ndr64_operator oper;
    struct ndr64_var var;
    struct ndr64_const64 two;
};
#define EXPR_HALF(offset) \
    { EARLY, { NDR64_TOKEN_OPER, 0x11, 0, 0 }, { NDR64_TOKEN_VAR, FC64_UINT16, 0, (offset) }, \
      { NDR64_TOKEN_CONST64, FC64_INT64, 0, 2 } }

static const struct expr_half half_length = EXPR_HALF(0), half_maximum = EXPR_HALF(2);
static const struct ndr64_conf_var_array characters_format = {
    { FC64_CONFVAR_ARRAY, 1, 0, 0, 2, &half_maximum }, &half_length,
};
static const struct ndr64_pointer characters_pointer = { FC64_UP, NDR64_POINTER_SETS_MARK, 0,
                                                         &characters_format };
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[5];
} unicode_format = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, sizeof(struct unicode) }, NULL, NULL,
      &characters_pointer },
    { MEMBER(FC64_INT16), MEMBER(FC64_INT16), MEMPAD(4), MEMBER(FC64_POINTER), END },
};

#define UNICODE_HEAD "\4\0\6\0\0\0\0\0" ID0

static void compare_unicode(const void *memory)
{
    const struct unicode *object = memory;

    assert_int_equal(object->length, 4);
    assert_int_equal(object->maximum, 6);
    assert_memory_equal(object->buffer, "h\0i\0", 4);
}

static void gaps_and_pointers(void **state)
{
    static uint16_t buffer[3] = { 'h', 'i', '!' };
    FILLED(struct unicode, object);
    const struct ndr64_vector v = {
        "unicode", FORMAT(unicode_format), &object, WIRE(UNICODE_HEAD Q3 Q0 Q2 "h\0i\0"),
        compare_unicode, NULL, false,
    };

    object.length = 4;
    object.maximum = 6;
    object.buffer = buffer;
    check_vector64(&v);
    /* Wrong maximum, wrong actual, more than the maximum, an offset where there is no first_is. */
    assert_int_equal(REFUSED64(FORMAT(unicode_format), UNICODE_HEAD Q4 Q0 Q2 "h\0i\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(unicode_format), UNICODE_HEAD Q3 Q0 Q1 "h\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(unicode_format), UNICODE_HEAD Q1 Q0 Q2 "h\0i\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(unicode_format), UNICODE_HEAD Q3 Q1 Q2 "h\0i\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* A list: the pointee is the structure itself. */
struct node {
    struct node *next;
    int64_t value;
};

static const struct node_format {
    struct ndr64_struct header;
    struct instance next;
    uint8_t end;
} node_format = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, sizeof(struct node) },
    INSTANCE(0, FC64_UP, 0, &node_format),
    FC64_END,
};

static void compare_list(const void *memory)
{
    const struct node *node = memory;

    assert_int_equal(node->value, 1);
    assert_int_equal(node->next->value, 2);
    assert_int_equal(node->next->next->value, 3);
    assert_null(node->next->next->next);
}

static void list(void **state)
{
    static struct node third = { NULL, 3 }, second = { &third, 2 }, first = { &second, 1 };
    const struct ndr64_vector v = {
        "list", FORMAT(node_format), &first, WIRE(ID0 Q1 ID1 Q2 Q0 Q3), compare_list, NULL, false,
    };

    check_vector64(&v);
}

/* A list longer than any machine stack, and an endless one in few bytes. */
static void long_list(void **state)
{
    enum { LENGTH = 200000 };
    uint64_t *wire = calloc(LENGTH, 16);
    struct node *node = NULL;
    struct ndr_test t;
    uint32_t i;

    for (i = 0; i < LENGTH; i++) {
        wire[2 * i] = i + 1 < LENGTH ? 0x20000 + 4 * i : 0;
        wire[2 * i + 1] = i;
    }
    ndr_test_is_ndr64 = true;
    ndr_test_begin(&t, true);
    ndr_test_receive(&t, wire, LENGTH * 16);
    ndr_unmarshal(&t.msg, (unsigned char **)&node, FORMAT(node_format), 0);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, (unsigned char *)node, FORMAT(node_format));
    ndr_test_free(node);
    ndr_test_end(&t);
    ndr_test_is_ndr64 = false;
    free(wire);
    assert_int_equal(ndr_test_blocks, 0);
    assert_int_equal(REFUSED64(FORMAT(node_format), ID0 Q0 ID0 Q0, NULL),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* ---- conformant ---- */

/* FLAGGED_WORD_BLOB */
struct blob {
    uint32_t flags, count;
    uint16_t data[3];
};

static const struct ndr64_conf_array words_format = { FC64_CONF_ARRAY, 1, 0, 0, 2, &count_at_4 };
static const struct ndr64_conf_struct blob_format = {
    { FC64_CONF_STRUCT, 3, NDR64_STRUCT_HAS_CONF_ARRAY, 0, 8 }, &words_format,
};

static void compare_blob(const void *memory)
{
    assert_memory_equal(memory, "\1\0\0\0\3\0\0\0a\0b\0c\0", 14);
}

static void conformant(void **state)
{
    static const struct blob object = { 1, 3, { 'a', 'b', 'c' } };
    const struct ndr64_vector v = {
        "blob", FORMAT(blob_format), &object, WIRE(Q3 "\1\0\0\0\3\0\0\0a\0b\0c\0"), compare_blob,
        NULL, false,
    };

    check_vector64(&v);
    assert_int_equal(REFUSED64(FORMAT(blob_format), Q2 "\1\0\0\0\3\0\0\0a\0b\0c\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(blob_format),
                               "\3\0\0\0\1\0\0\0" "\1\0\0\0\3\0\0\0a\0b\0c\0", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(blob_format),
                               "\xff\xff\xff\xff\0\0\0\0" "\1\0\0\0\xff\xff\xff\xff", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
}

/* FRS_RDC_FILEINFO: a region, a [range] member, an enumeration; and complex elements, each a
 * discriminant and a union. The fixed part is no multiple of its alignment, and nothing fills it
 * up. */
struct __attribute__((packed)) parameters {
    uint16_t choice;
    union {
        uint16_t number;
        uint8_t bytes[4];
    };
};
struct __attribute__((packed)) file_info {
    uint64_t size, estimate;
    uint32_t version;
    uint8_t levels;
    uint8_t pad[3];
    int32_t algorithm;
    struct parameters parameters[2];
};

static const uint8_t uint16_code = FC64_UINT16;
static const struct ndr64_struct four_bytes = { FC64_STRUCT, 0, 0, 0, 4 };
static const struct expr_var choice_at_0 = EXPR_VAR(EARLY, FC64_UINT16, 0);
static const struct {
    struct ndr64_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[2];
    uint32_t no_default;
} filter_format = {
    { FC64_NON_ENCAPSULATED_UNION, 1, 0, FC64_UINT16, 4, &choice_at_0, 0 },
    { 0, 1, 0, 2 },
    { { 0, &uint16_code, 0 }, { 1, &four_bytes, 0 } },
    NDR64_NO_DEFAULT,
};
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member choice;
    struct ndr64_embedded filter;
    struct ndr64_member end;
} parameters_format = {
    { { FC64_BOGUS_STRUCT, 1, 2, 0, sizeof(struct parameters) }, NULL, NULL, NULL },
    MEMBER(FC64_INT16),
    { FC64_EMBEDDED_COMPLEX, 0, 0, &filter_format },
    END,
};
static const struct expr_var levels_at_20 = EXPR_VAR(EARLY, FC64_INT8, 20);
static const struct ndr64_conf_var_bogus_array parameters_array = {
    { FC64_BOGUS_ARRAY, 1, 2, 1, 0, &parameters_format }, &levels_at_20, NULL, NULL,
};
static const struct ndr64_range levels_range = { FC64_RANGE, FC64_INT8, 0, 0, 8 };
static const struct {
    struct ndr64_conf_bogus_struct header;
    struct ndr64_member region;
    struct ndr64_embedded levels;
    struct ndr64_member rest[3];
} file_info_format = {
    { { { FC64_CONF_BOGUS_STRUCT, 7, 6, 1, 28 }, NULL, NULL, NULL }, &parameters_array },
    REGION(7, 20),
    { FC64_EMBEDDED_COMPLEX, 0, 0, &levels_range },
    { MEMPAD(3), MEMBER(FC64_INT32), END },
};

#define FILE_INFO "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0"

static void compare_file_info(const void *memory)
{
    const struct file_info *object = memory;

    assert_int_equal(object->estimate, 2);
    assert_int_equal(object->levels, 2);
    assert_int_equal(object->algorithm, 5);
    assert_int_equal(object->parameters[0].choice, 0);
    assert_int_equal(object->parameters[0].number, 0x1234);
    assert_int_equal(object->parameters[1].choice, 1);
    assert_memory_equal(object->parameters[1].bytes, "abcd", 4);
}

static void complex_conformant(void **state)
{
    FILLED(struct file_info, object);
    const struct ndr64_vector v = {
        "file info", FORMAT(file_info_format), &object,
        WIRE(Q2 FILE_INFO "\2\0\0\0\5\0\0\0" "\0\0\0\0\x34\x12" "\1\0\1\0" "abcd"),
        compare_file_info, NULL, false,
    };

    object.size = 1;
    object.estimate = 2;
    object.version = 3;
    object.levels = 2;
    object.algorithm = 5;
    object.parameters[0].choice = 0;
    object.parameters[0].number = 0x1234;
    object.parameters[1].choice = 1;
    memcpy(object.parameters[1].bytes, "abcd", 4);
    check_vector64(&v);
    /* A level out of range, a discriminant that contradicts the field, one without an arm. */
    assert_int_equal(REFUSED64(FORMAT(file_info_format), Q0 FILE_INFO "\x09\0\0\0\5\0\0\0", NULL),
                     NDR_STATUS_INVALID_BOUND);
    assert_int_equal(REFUSED64(FORMAT(file_info_format),
                               Q1 FILE_INFO "\1\0\0\0\5\0\0\0" "\0\0\1\0" "abcd", NULL),
                     NDR_STATUS_BAD_STUB_DATA);
    assert_int_equal(REFUSED64(FORMAT(file_info_format),
                               Q1 FILE_INFO "\1\0\0\0\5\0\0\0" "\2\0\2\0" "abcd", NULL),
                     NDR_STATUS_INVALID_TAG);
}

/* A conformant array of pointers, in the map of the structure. */
struct pointers {
    int64_t count;
    int32_t *numbers[2];
};

static const struct expr_var count64_at_0 = EXPR_VAR(EARLY, FC64_INT64, 0);
static const struct ndr64_conf_array pointer_array = { FC64_CONF_ARRAY, 7, 0, 0, 8,
                                                       &count64_at_0 };
static const struct {
    struct ndr64_conf_struct header;
    struct ndr64_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} pointers_format = {
    { { FC64_CONF_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO | NDR64_STRUCT_HAS_CONF_ARRAY, 0, 8 },
      &pointer_array },
    { FC64_VARIABLE_REPEAT, 0, 0, 8, 8, 1 },
    { 8, 0 },
    { FC64_UP, NDR_SIMPLE_POINTER, 0, &int32_code },
    FC64_END,
};

static void compare_pointers(const void *memory)
{
    const struct pointers *object = memory;

    assert_int_equal(*object->numbers[0], 5);
    assert_int_equal(*object->numbers[1], 6);
}

/* The same, with the layout in the array's own fragment, counted from its start. */
static const struct {
    struct ndr64_conf_array header;
    struct ndr64_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} own_layout = {
    { FC64_CONF_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 8, &count64_at_0 },
    { FC64_VARIABLE_REPEAT, 0, 0, 8, 0, 1 },
    { 0, 0 },
    { FC64_UP, NDR_SIMPLE_POINTER, 0, &int32_code },
    FC64_END,
};
static const struct ndr64_conf_struct own_layout_format = {
    { FC64_CONF_STRUCT, 7, NDR64_STRUCT_HAS_CONF_ARRAY, 0, 8 }, &own_layout,
};

static void conformant_pointers(void **state)
{
    static int32_t five = 5, six = 6;
    static const struct pointers object = { 2, { &five, &six } };
    struct ndr64_vector v = {
        "pointers", FORMAT(pointers_format), &object, WIRE(Q2 Q2 ID0 ID1 "\5\0\0\0\6\0\0\0"),
        compare_pointers, NULL, false,
    };

    check_vector64(&v);
    v.format = FORMAT(own_layout_format);
    check_vector64(&v);
}

/* An array of structures with pointers inside of a structure: offsets from the structure's start,
 * or, which is recognized, from the array's. The expressions count from the element. */
struct pair {
    int64_t count;
    int32_t *numbers;
};
struct pairs {
    int64_t before[2];
    struct pair pairs[2];
};

static const struct ndr64_conf_array pair_numbers = { FC64_CONF_ARRAY, 3, 0, 0, 4,
                                                      &count64_at_0 };
struct pairs_format {
    struct ndr64_struct header;
    struct ndr64_fixed_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
};
#define PAIRS_FORMAT(offset) \
    { \
        { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, sizeof(struct pairs) }, \
        { { FC64_FIXED_REPEAT, NDR64_REPEAT_SETS_MARK, 0, 16, 16, 1 }, 2, 0 }, { (offset), 0 }, \
        { FC64_UP, NDR64_POINTER_SETS_MARK, 0, &pair_numbers }, FC64_END, \
    }
static const struct pairs_format pairs_format = PAIRS_FORMAT(24), pairs_relative = PAIRS_FORMAT(8);

static void compare_pairs(const void *memory)
{
    const struct pairs *object = memory;

    assert_int_equal(object->pairs[0].numbers[0], 5);
    assert_memory_equal(object->pairs[1].numbers, "\6\0\0\0\7\0\0\0", 8);
}

static void repeated_pointers(void **state)
{
    static int32_t five = 5, six[2] = { 6, 7 };
    static const struct pairs object = { { 0, 1 }, { { 1, &five }, { 2, six } } };
    struct ndr64_vector v = {
        "pairs", FORMAT(pairs_format), &object,
        WIRE(Q0 Q1 Q1 ID0 Q2 ID1 Q1 "\5\0\0\0" "\0\0\0\0" Q2 "\6\0\0\0\7\0\0\0"), compare_pairs,
        NULL, false,
    };

    check_vector64(&v);
    v.format = FORMAT(pairs_relative);
    check_vector64(&v);
}

/* ---- what the decoder refuses ---- */

static void malformed(void **state)
{
    static const struct ndr64_struct bad_alignment = { FC64_STRUCT, 2, 0, 0, 4 };
    static const struct {
        struct ndr64_bogus_struct header;
        struct ndr64_member members[2];
    } no_pointers = {
        { { FC64_BOGUS_STRUCT, 7, 2, 0, 8 }, NULL, NULL, NULL }, { MEMBER(FC64_POINTER), END },
    }, bad_member = {
        { { FC64_BOGUS_STRUCT, 7, 2, 0, 8 }, NULL, NULL, NULL }, { MEMBER(0x7f), END },
    };
    static const struct ndr64_conf_struct no_array = { { FC64_CONF_STRUCT, 3, 4, 0, 4 }, NULL };
    static const struct ndr64_conf_struct fixed_array = { { FC64_CONF_STRUCT, 3, 4, 0, 4 },
                                                          &four_bytes };
    struct {
        struct ndr64_bogus_struct header;
        struct ndr64_embedded self;
        struct ndr64_member end;
    } endless = {
        { { FC64_BOGUS_STRUCT, 7, 2, 0, 8 }, NULL, NULL, NULL },
        { FC64_EMBEDDED_COMPLEX, 0, 0, &endless },
        END,
    };

    assert_int_equal(REFUSED64(FORMAT(bad_alignment), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(no_pointers), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(bad_member), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(no_array), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(fixed_array), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
    assert_int_equal(REFUSED64(FORMAT(endless), Q0, NULL), NDR_STATUS_INTERNAL_ERROR);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat),
        cmocka_unit_test(trailing_gap),
        cmocka_unit_test(nested),
        cmocka_unit_test(pointer_layout),
        cmocka_unit_test(gaps_and_pointers),
        cmocka_unit_test(list),
        cmocka_unit_test(long_list),
        cmocka_unit_test(conformant),
        cmocka_unit_test(complex_conformant),
        cmocka_unit_test(conformant_pointers),
        cmocka_unit_test(repeated_pointers),
        cmocka_unit_test(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
