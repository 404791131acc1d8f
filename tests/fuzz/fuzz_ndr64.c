/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unmarshalling of arbitrary stub data as NDR64, for a set of types. Input: the number of the type,
 * not used<1>, the values of two parameters, then the stub data. */
#include "fuzz/ndr_fuzz.h"

#define EARLY NDR64_EXPRESSION_EARLY

#define MEMBER(code)       { (code), 0, 0, 0 }
#define MEMPAD(bytes)      { FC64_STRUCTPADN, 0, (bytes), 0 }
#define ALIGN(mask)        { FC64_BUFFER_ALIGN, (mask), 0, 0 }
#define REGION(mask, size) { FC64_STRUCT, (mask), (size), 0 }
#define END                { FC64_END, 0, 0, 0 }
#define EMBEDDED(type)     { FC64_EMBEDDED_COMPLEX, 0, 0, (type) }

struct variable {
    uint32_t flags;
    struct ndr64_var var;
};
struct dereference {
    uint32_t flags;
    struct ndr64_operator oper;
    struct ndr64_var var;
};
struct ranged {
    uint32_t flags;
    struct ndr64_range range;
    struct ndr64_var var;
};
struct computed {
    uint32_t flags;
    struct ndr64_operator oper;
    struct ndr64_var var;
    struct ndr64_const64 constant;
};

#define VAR(when, code, offset) { (when), { NDR64_TOKEN_VAR, (code), 0, (offset) } }
#define COMPUTED(when, operation, code, offset, value) \
    { (when), { NDR64_TOKEN_OPER, (operation), 0, 0 }, { NDR64_TOKEN_VAR, (code), 0, (offset) }, \
      { NDR64_TOKEN_CONST64, FC64_INT64, 0, (value) } }

/* Of parameters, and of the members of structures: both are numbers at the start. */
static const struct variable first = VAR(EARLY, FC64_INT32, 0), second = VAR(0, FC64_INT32, 8);
static const struct variable at_4 = VAR(EARLY, FC64_INT32, 4), late_at_8 = VAR(0, FC64_INT16, 8);
static const struct variable tag_at_0 = VAR(EARLY, FC64_INT16, 0);
static const struct ranged small_first = {
    NDR64_EXPRESSION_RANGE, { FC64_RANGE, FC64_INT32, 0, 0, 40 },
    { NDR64_TOKEN_VAR, FC64_INT32, 0, 0 },
};
static const struct computed half_first = COMPUTED(EARLY, 0x11, FC64_UINT16, 0, 2);
static const struct computed half_second = COMPUTED(EARLY, 0x11, FC64_UINT16, 2, 2);
static const struct computed less_one = COMPUTED(0, 0x0f, FC64_INT16, 16, 1);
static const struct dereference behind_8 = {
    0, { NDR64_TOKEN_OPER, 0x05, FC64_INT32, 0 }, { NDR64_TOKEN_VAR, FC64_INT64, 0, 8 },
};

static const uint8_t int16_code = FC64_INT16, int32_code = FC64_INT32, int64_code = FC64_INT64;

/* ---- scalars and strings ---- */

static const struct ndr64_range small_range = { FC64_RANGE, FC64_INT8, 0, -3, 3 };
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member a[10];
    struct ndr64_embedded range;
    struct ndr64_member end[3];
} scalars = {
    { { FC64_BOGUS_STRUCT, 7, 2, 0, 56 }, NULL, NULL, NULL },
    { MEMBER(FC64_UINT8), MEMPAD(3), MEMBER(FC64_INT32), MEMBER(FC64_INT64), MEMBER(FC64_WCHAR),
      MEMPAD(2), MEMBER(FC64_FLOAT32), MEMBER(FC64_FLOAT64), REGION(3, 12), MEMPAD(4) },
    EMBEDDED(&small_range),
    { MEMPAD(7), ALIGN(7), END },
};
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[3];
} ignored = {
    { { FC64_BOGUS_STRUCT, 7, 2, 0, 16 }, NULL, NULL, NULL },
    { MEMBER(FC64_IGNORE), MEMBER(FC64_INT64), END },
};
static const struct ndr64_struct raw = { FC64_STRUCT, 7, 0, 0, 24 };
static const struct ndr64_string chars = { FC64_CONF_CHAR_STRING, 0, 1 };
static const struct ndr64_string wchars = { FC64_CONF_WCHAR_STRING, 0, 2 };
static const struct ndr64_string triples = { FC64_CONF_STRUCT_STRING, 0, 3 };
static const struct ndr64_fixed_string fixed_chars = { { FC64_CHAR_STRING, 0, 1 }, 4 };
static const struct ndr64_fixed_string fixed_wchars = { { FC64_WCHAR_STRING, 0, 2 }, 10 };
static const struct ndr64_sized_string sized_wchars = {
    { FC64_CONF_WCHAR_STRING, NDR64_STRING_IS_SIZED, 2 }, &first,
};

/* ---- pointers ---- */

static const struct ndr64_pointer unique_short = { FC64_UP, NDR_SIMPLE_POINTER, 0, &int16_code };
static const struct ndr64_pointer unique_text = { FC64_UP, NDR_SIMPLE_POINTER, 0, &chars };
static const struct ndr64_pointer link_2 = { FC64_UP, NDR_POINTER_DEREF, 0, &unique_short };
static const struct ndr64_pointer link_1 = { FC64_UP, NDR_POINTER_DEREF, 0, &link_2 };
static const struct ndr64_pointer chain = { FC64_RP, NDR_POINTER_DEREF, 0, &link_1 };

struct instance {
    struct ndr64_no_repeat no_repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
};
#define INSTANCE(offset, code, flags, type) \
    { { FC64_NO_REPEAT, 0, 0, 0 }, { (offset), 0 }, { (code), (flags), 0, (type) } }

/* A tree: struct { node *left; short *value; [string] char *name; node *right; } */
static const struct tree {
    struct ndr64_struct header;
    struct instance pointers[4];
    uint8_t end;
} tree = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, 32 },
    { INSTANCE(0, FC64_UP, 0, &tree), INSTANCE(8, FC64_UP, NDR_SIMPLE_POINTER, &int16_code),
      INSTANCE(16, FC64_UP, 0, &chars), INSTANCE(24, FC64_UP, 0, &tree) },
    FC64_END,
};
static const struct ndr64_pointer tree_pointer = { FC64_UP, 0, 0, &tree };

/* struct { long value; node *next; }: a gap. */
struct list {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[4];
    struct ndr64_pointer next;
};
#define LIST(name, code, attributes) \
    static const struct list name = { \
        { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, 16 }, NULL, NULL, &name.next }, \
        { MEMBER(FC64_INT32), MEMPAD(4), MEMBER(FC64_POINTER), END }, \
        { (code), (attributes), 0, &name }, \
    }
LIST(full_list, FC64_FP, 0);
LIST(all_nodes_list, FC64_UP, NDR_ALLOCATE_ALL_NODES);
LIST(object_list, FC64_OP, 0);

/* Full pointers to different types. */
static const struct ndr64_struct two_longs = { FC64_STRUCT, 3, 0, 0, 8 };
static const struct ndr64_pointer full_long = { FC64_FP, NDR_SIMPLE_POINTER, 0, &int32_code };
static const struct {
    struct ndr64_struct header;
    struct instance pointers[4];
    uint8_t end;
} full = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, 32 },
    { INSTANCE(0, FC64_FP, NDR_SIMPLE_POINTER, &int32_code), INSTANCE(8, FC64_FP, 0, &two_longs),
      INSTANCE(16, FC64_FP, 0, &chars), INSTANCE(24, FC64_FP, NDR_POINTER_DEREF, &full_long) },
    FC64_END,
};

/* ---- structures ---- */

static const struct ndr64_conf_var_array characters = {
    { FC64_CONFVAR_ARRAY, 1, 0, 0, 2, &half_second }, &half_first,
};
static const struct ndr64_pointer characters_pointer = { FC64_UP, NDR64_POINTER_SETS_MARK, 0,
                                                         &characters };
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[5];
} unicode = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, 16 }, NULL, NULL, &characters_pointer },
    { MEMBER(FC64_INT16), MEMBER(FC64_INT16), MEMPAD(4), MEMBER(FC64_POINTER), END },
};
/* Sizes behind pointers, and after them. */
static const struct ndr64_conf_array by_pointer = { FC64_CONF_ARRAY, 1, 0, 0, 2, &behind_8 };
static const struct ndr64_conf_array by_expression = { FC64_CONF_ARRAY, 1, 0, 0, 2, &less_one };
static const struct ndr64_pointer sized_pointers[3] = {
    { FC64_UP, NDR64_POINTER_SETS_MARK, 0, &by_pointer },
    { FC64_UP, NDR_SIMPLE_POINTER, 0, &int32_code },
    { FC64_UP, NDR64_POINTER_SETS_MARK, 0, &by_expression },
};
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[7];
} sized = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, 32 }, NULL, NULL, sized_pointers },
    { MEMBER(FC64_POINTER), MEMBER(FC64_POINTER), MEMBER(FC64_INT16), MEMPAD(6),
      MEMBER(FC64_POINTER), ALIGN(7), END },
};
static const struct ndr64_conf_array words = { FC64_CONF_ARRAY, 1, 0, 0, 2, &at_4 };
static const struct ndr64_conf_struct blob = {
    { FC64_CONF_STRUCT, 3, NDR64_STRUCT_HAS_CONF_ARRAY, 0, 8 }, &words,
};
static const struct ndr64_conf_array longs = { FC64_CONF_ARRAY, 7, 0, 0, 8, &first };
static const struct {
    struct ndr64_conf_struct header;
    struct ndr64_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} pointers = {
    { { FC64_CONF_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO | NDR64_STRUCT_HAS_CONF_ARRAY, 0, 8 },
      &longs },
    { FC64_VARIABLE_REPEAT, 0, 0, 8, 8, 1 },
    { 8, 0 },
    { FC64_UP, NDR_SIMPLE_POINTER, 0, &chars },
    FC64_END,
};
static const struct {
    struct ndr64_struct header;
    struct ndr64_fixed_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} pairs = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, 48 },
    { { FC64_FIXED_REPEAT, NDR64_REPEAT_SETS_MARK, 0, 16, 16, 1 }, 2, 0 },
    { 24, 0 },
    { FC64_UP, NDR64_POINTER_SETS_MARK, 0, &longs },
    FC64_END,
};

/* ---- unions ---- */

static const struct {
    struct ndr64_encapsulated_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[4];
    uint32_t no_default;
} encapsulated = {
    { FC64_ENCAPSULATED_UNION, 7, 0, FC64_INT32, 8, 16, 0 },
    { 0, 7, 0, 4 },
    { { 1, &int32_code, 0 }, { -3, &unique_text, 0 }, { 4, NULL, 0 }, { 5, &int64_code, 0 } },
    NDR64_NO_DEFAULT,
};
static const struct {
    struct ndr64_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[2];
    const void *default_arm;
} switched = {
    { FC64_NON_ENCAPSULATED_UNION, 7, 0, FC64_INT16, 8, &tag_at_0, 0 },
    { 0, 7, 0, 2 },
    { { 1, &int16_code, 0 }, { 2, &unique_text, 0 } },
    &int64_code,
};
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member tag[2];
    struct ndr64_embedded contents;
    struct ndr64_member end[2];
} holder = {
    { { FC64_BOGUS_STRUCT, 7, 2, 0, 16 }, NULL, NULL, NULL },
    { MEMBER(FC64_INT16), MEMPAD(6) },
    EMBEDDED(&switched),
    { ALIGN(7), END },
};
static const struct {
    struct ndr64_union header;
    struct ndr64_arm_selector selector;
    struct ndr64_arm arms[1];
    uint32_t no_default;
} late = {
    { FC64_NON_ENCAPSULATED_UNION, 3, 0, FC64_INT16, 4, &late_at_8, 0 },
    { 0, 3, 0, 1 },
    { { 1, &int32_code, 0 } },
    NDR64_NO_DEFAULT,
};
static const struct ndr64_conf_var_bogus_array holders = {
    { FC64_BOGUS_ARRAY, 7, 2, 1, 0, &holder }, &first, NULL, NULL,
};
/* struct { long; long count; holder [count]; } */
static const struct ndr64_conf_var_bogus_array counted_holders = {
    { FC64_BOGUS_ARRAY, 7, 2, 1, 0, &holder }, &at_4, NULL, NULL,
};
static const struct {
    struct ndr64_conf_bogus_struct header;
    struct ndr64_member members[3];
} complex_tail = {
    { { { FC64_CONF_BOGUS_STRUCT, 7, 6, 1, 8 }, NULL, NULL, NULL }, &counted_holders },
    { MEMBER(FC64_INT32), MEMBER(FC64_INT32), END },
};

/* ---- arrays ---- */

static const struct ndr64_conf_array ranged_array = { FC64_CONF_ARRAY, 3, 0, 0, 4, &small_first };
static const struct ndr64_conf_var_array conf_var = {
    { FC64_CONFVAR_ARRAY, 3, 0, 0, 4, &first }, &second,
};
static const struct ndr64_var_array varying = { FC64_VAR_ARRAY, 1, 0, 0, 40, 2, &second };
static const struct {
    struct ndr64_fix_array header;
    struct ndr64_fixed_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} fixed = {
    { FC64_FIX_ARRAY, 7, NDR64_ARRAY_HAS_POINTER_INFO, 0, 24 },
    { { FC64_FIXED_REPEAT, 0, 0, 8, 0, 1 }, 3, 0 },
    { 0, 0 },
    { FC64_UP, NDR_SIMPLE_POINTER, 0, &int16_code },
    FC64_END,
};
static const struct ndr64_conf_array row = { FC64_CONF_ARRAY, 1, 0, 0, 2, &second };
static const struct ndr64_pointer row_pointer = { FC64_UP, 0, 0, &row };
static const struct ndr64_conf_var_bogus_array rows = {
    { FC64_BOGUS_ARRAY, 7, 2, 1, 0, &row_pointer }, &first, NULL, NULL,
};
static const struct ndr64_pointer entry_pointers[2] = {
    { FC64_UP, 0, 0, &chars }, { FC64_UP, NDR_SIMPLE_POINTER, 0, &int32_code },
};
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[7];
} entry = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, 24 }, NULL, NULL, entry_pointers },
    { MEMBER(FC64_INT32), MEMPAD(4), MEMBER(FC64_POINTER), MEMBER(FC64_POINTER), ALIGN(7), END },
};
static const struct ndr64_conf_var_bogus_array entries = {
    { FC64_FORCED_BOGUS_ARRAY, 7, 2, 1, 0, &entry }, &first, NULL, NULL,
};
static const struct ndr64_conf_var_bogus_array some_entries = {
    { FC64_FORCED_BOGUS_ARRAY, 7, 2, 1, 20, &entry }, NULL, &first, &second,
};
static const struct ndr64_bogus_array two_entries = { FC64_FIX_FORCED_BOGUS_ARRAY, 7, 2, 1, 2,
                                                      &entry };
static const struct ndr64_conf_var_bogus_array trees = {
    { FC64_BOGUS_ARRAY, 7, 2, 1, 0, &tree }, &first, NULL, NULL,
};
static const struct ndr64_conf_var_bogus_array inner = {
    { FC64_BOGUS_ARRAY, 1, 2, 1, 0, &small_range }, &second, &second, NULL,
};
static const struct ndr64_conf_var_bogus_array matrix = {
    { FC64_BOGUS_ARRAY, 1, 6, 2, 0, &inner }, &first, NULL, NULL,
};
static const struct ndr64_sized_string sized_text = {
    { FC64_CONF_CHAR_STRING, NDR64_STRING_IS_SIZED, 1 }, &second,
};
static const struct ndr64_conf_var_bogus_array texts = {
    { FC64_BOGUS_ARRAY, 0, 2 | 8, 1, 0, &sized_text }, &first, NULL, NULL,
};
static const struct ndr64_conf_var_bogus_array fixed_texts = {
    { FC64_BOGUS_ARRAY, 0, 2 | 8, 1, 0, &fixed_chars }, &first, NULL, NULL,
};

static const struct ndr_stub_desc desc = { 0 };

#define TARGET(fragment) { &(fragment), NDR64, &desc }
static const struct target targets[] = {
    TARGET(scalars), TARGET(ignored), TARGET(raw), TARGET(small_range), TARGET(chars),
    TARGET(wchars), TARGET(triples), TARGET(fixed_chars), TARGET(fixed_wchars),
    TARGET(sized_wchars), TARGET(chain), TARGET(tree_pointer), TARGET(full_list),
    { &all_nodes_list.next, NDR64 | OWN_MEMORY, &desc }, TARGET(object_list.next), TARGET(full), TARGET(unicode),
    TARGET(sized), TARGET(blob), TARGET(pointers), TARGET(pairs), TARGET(encapsulated),
    TARGET(holder), TARGET(late), TARGET(holders), TARGET(complex_tail), TARGET(longs),
    TARGET(ranged_array), TARGET(conf_var), TARGET(varying), TARGET(fixed), TARGET(rows),
    TARGET(entries), TARGET(some_entries), TARGET(two_entries), TARGET(trees), TARGET(matrix),
    TARGET(texts), TARGET(fixed_texts),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t stack[2];

    if (size < 4)
        return 0;
    stack[0] = (int8_t)data[2];
    stack[1] = (int8_t)data[3];
    run(&targets[data[0] % (sizeof(targets) / sizeof(targets[0]))], stack, NDR_REPRESENTATION_LOCAL, data + 4,
        size - 4);
    return 0;
}
