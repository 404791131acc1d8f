/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unmarshalling of arbitrary stub data for arbitrary types. Input: the length of a part that is read as choices while a
 * type is made up, two parameters, the choices, then the stub data. The types are what a compiler could have written:
 * structures of all kinds of members, of pointers to each other and to themselves, and of arrays and unions that other
 * members speak of. What is checked: ndr_fuzz.h. */
#include "fuzz/ndr_fuzz.h"

#define MAX_FORMAT 4096
#define MAX_DEPTH 4
#define MAX_MEMBERS 8
#define MAX_RECURSION 16

/* A type that has been written. A base type has no format of its own. */
struct made {
    unsigned char fc;
    int at; /* in the format string */
    uint32_t size;
    uint8_t memory_align, wire_align;
};

/* Where the offset of the structure that a pointer is inside of belongs. */
struct fixup {
    int at, depth;
};

static struct maker {
    unsigned char format[MAX_FORMAT];
    int length;
    const uint8_t *choices, *end;
    int increment; /* of correlation descriptors */
    struct fixup fixups[MAX_RECURSION];
    int fixup_count;
} maker;

/* A number below `count`; 0 when there are no choices left. */
static unsigned int choose(unsigned int count)
{
    return maker.choices < maker.end ? *maker.choices++ % count : 0;
}

static void put(int byte)
{
    check(maker.length < MAX_FORMAT);
    maker.format[maker.length++] = (unsigned char)byte;
}

static void put16(int value)
{
    put(value & 0xff);
    put(value >> 8 & 0xff);
}

static void put32(uint32_t value)
{
    put16((int)(value & 0xffff));
    put16((int)(value >> 16));
}

static void patch16(int at, int value)
{
    maker.format[at] = (unsigned char)value;
    maker.format[at + 1] = (unsigned char)(value >> 8);
}

static void put_offset(int target)
{
    put16(target - maker.length);
}

static uint32_t align_up(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static void put_correlation(int where, int fc, int operation, int offset)
{
    put(where | fc);
    put(operation);
    put16(offset);
    if (maker.increment >= 2)
        put16(choose(2) ? NDR_CORRELATION_EARLY : 0);
    if (maker.increment < 12)
        return;
    put16((int)choose(2)); /* is there a range? */
    put32(0);
    put32(choose(255));
}

static void put_no_correlation(void)
{
    int i;

    for (i = 0; i < 4; i++)
        put(0xff);
    for (i = 0; i < maker.increment; i++)
        put(0);
}

static struct made base_type(unsigned char fc)
{
    const struct ndr_type *type = ndr_base_type(fc);

    return (struct made){ fc, -1, type->memory_size, type->memory_align, type->wire_align };
}

static struct made make_base(void)
{
    static const unsigned char codes[] = {
        NDR_FC_LONG, NDR_FC_BYTE, NDR_FC_SHORT, NDR_FC_HYPER, NDR_FC_ENUM16, NDR_FC_DOUBLE, NDR_FC_WCHAR, NDR_FC_INT3264,
        NDR_FC_UINT3264, NDR_FC_ENUM32, NDR_FC_FLOAT, NDR_FC_USMALL, NDR_FC_ERROR_STATUS_T,
    };

    return base_type(codes[choose(sizeof(codes))]);
}

static struct made make_type(int depth);

/* A conformant array whose size is correlated as said. Its element's size is in `size`. */
static struct made make_array(struct made element, int where, int fc, int operation, int offset, bool varying)
{
    bool raw = element.at < 0 && element.fc != NDR_FC_ENUM16 && element.fc != NDR_FC_INT3264 &&
               element.fc != NDR_FC_UINT3264;
    struct made array = { NDR_FC_BOGUS_ARRAY, maker.length, element.size, element.memory_align, element.wire_align };

    put(raw ? varying ? NDR_FC_CVARRAY : NDR_FC_CARRAY : NDR_FC_BOGUS_ARRAY);
    put(element.wire_align - 1);
    put16(raw ? (int)element.size : 0);
    put_correlation(where, fc, operation, offset);
    if (varying)
        put_correlation(where, fc, operation, offset);
    else if (!raw)
        put_no_correlation();
    if (element.at < 0) {
        put(element.fc);
    } else {
        put(NDR_FC_EMBEDDED_COMPLEX);
        put(0);
        put_offset(element.at);
    }
    put(NDR_FC_END);
    if (maker.length & 1)
        put(NDR_FC_PAD);
    return array;
}

static struct made make_fixed_array(int depth)
{
    struct made element = depth < MAX_DEPTH ? make_type(depth + 1) : make_base(), array;
    bool raw = element.at < 0 && element.fc != NDR_FC_ENUM16 && element.fc != NDR_FC_INT3264 &&
               element.fc != NDR_FC_UINT3264;
    int count = 1 + (int)choose(3);

    array = (struct made){ NDR_FC_BOGUS_ARRAY, maker.length, element.size * (uint32_t)count, element.memory_align,
                           element.wire_align };
    put(raw ? NDR_FC_SMFARRAY : NDR_FC_BOGUS_ARRAY);
    put(element.wire_align - 1);
    put16(raw ? (int)array.size : count);
    if (!raw) {
        put_no_correlation();
        put_no_correlation();
    }
    if (element.at < 0) {
        put(element.fc);
    } else {
        put(NDR_FC_EMBEDDED_COMPLEX);
        put(0);
        put_offset(element.at);
    }
    put(NDR_FC_END);
    if (maker.length & 1)
        put(NDR_FC_PAD);
    return array;
}

static struct made make_range(void)
{
    static const unsigned char codes[] = { NDR_FC_LONG, NDR_FC_SMALL, NDR_FC_USHORT, NDR_FC_ENUM16 };
    struct made range = base_type(codes[choose(sizeof(codes))]);

    range.at = maker.length;
    put(NDR_FC_RANGE);
    put(range.fc);
    put32(choose(3));
    put32(100 + choose(100));
    return range;
}

static void put_arm(int position, struct made type)
{
    patch16(position, type.at < 0 ? 0x8000 | type.fc : type.at - position);
}

/* Memory size and number of arms, the arms, and the default. Their types are in `arms`; the last is the default's. */
static void put_arms(const struct made *arms, int count, uint32_t size, uint8_t alignment)
{
    int i, position;

    put16((int)size);
    put16((alignment - 1) << 12 | count);
    for (i = 0; i < count; i++) {
        put32((uint32_t)i);
        position = maker.length;
        put16(0);
        if (arms[i].size)
            put_arm(position, arms[i]);
    }
    position = maker.length;
    put16(0xffff);
    if (arms[count].size)
        put_arm(position, arms[count]);
}

static struct made make_arms(struct made *arms, int count, int depth)
{
    struct made all = { 0, -1, 0, 1, 1 };
    int i;

    for (i = 0; i <= count; i++) {
        arms[i] = (struct made){ 0, -1, 0, 1, 1 };
        if (choose(4))
            arms[i] = depth < MAX_DEPTH ? make_type(depth + 1) : make_base();
        if (arms[i].size > all.size)
            all.size = arms[i].size;
        if (arms[i].memory_align > all.memory_align)
            all.memory_align = arms[i].memory_align;
        if (arms[i].wire_align > all.wire_align)
            all.wire_align = arms[i].wire_align;
    }
    all.size = align_up(all.size, all.memory_align);
    return all;
}

static struct made make_encapsulated_union(int depth)
{
    int count = 1 + (int)choose(3);
    struct made arms[4], all = make_arms(arms, count, depth), made = { NDR_FC_ENCAPSULATED_UNION, maker.length, 0, 4, 4 };
    uint32_t offset = align_up(4, all.memory_align);

    put(NDR_FC_ENCAPSULATED_UNION);
    put((int)(offset << 4) | NDR_FC_LONG);
    put_arms(arms, count, all.size, all.wire_align);
    made.memory_align = all.memory_align > 4 ? all.memory_align : 4;
    made.wire_align = all.wire_align > 4 ? all.wire_align : 4;
    made.size = align_up(offset + all.size, made.memory_align);
    return made;
}

/* A union whose discriminant is a long, `back` bytes before it. The offset is patched when that is known. */
static struct made make_union(int depth, int *correlation)
{
    int count = 1 + (int)choose(3);
    struct made arms[4], all = make_arms(arms, count, depth), made = all;

    made.fc = NDR_FC_NON_ENCAPSULATED_UNION;
    made.at = maker.length;
    put(NDR_FC_NON_ENCAPSULATED_UNION);
    put(NDR_FC_LONG);
    *correlation = maker.length + 2;
    put_correlation(NDR_CORRELATION_FIELD, NDR_FC_LONG, 0, 0);
    put16(2);
    put_arms(arms, count, all.size, all.wire_align);
    if (made.wire_align < 4)
        made.wire_align = 4;
    return made;
}

/* ---- structures ---- */

struct member {
    struct made type;
    uint32_t offset;
    bool pointer;
    unsigned char kind; /* of the pointer */
    unsigned char simple; /* base type or string that it is to, or 0 */
    bool recursive;
};

static int find_long(const struct member *members, int count)
{
    int i;

    for (i = 0; i < count; i++)
        if (!members[i].pointer && members[i].type.at < 0 && members[i].type.fc == NDR_FC_LONG)
            return i;
    return -1;
}

static void make_pointer(struct member *members, int number, int depth)
{
    static const unsigned char kinds[] = { NDR_FC_UP, NDR_FC_FP, NDR_FC_OP, NDR_FC_RP };
    static const unsigned char simple[] = { NDR_FC_C_CSTRING, NDR_FC_C_WSTRING, NDR_FC_LONG, NDR_FC_HYPER, NDR_FC_ENUM16 };
    static const unsigned char operations[] = { 0, NDR_FC_MULT_2, NDR_FC_DIV_2, NDR_FC_ADD_1, NDR_FC_SUB_1 };
    struct member *member = &members[number];
    int size = find_long(members, number);

    member->pointer = true;
    member->kind = kinds[choose(sizeof(kinds))];
    switch (choose(4)) {
    case 0:
        member->simple = simple[choose(sizeof(simple))];
        break;
    case 1:
        /* A reference pointer to the structure that it is in could never be. */
        member->recursive = member->kind != NDR_FC_RP && depth < MAX_DEPTH;
        if (!member->recursive)
            member->simple = NDR_FC_SHORT;
        break;
    case 2:
        if (size >= 0) {
            struct made element = depth < MAX_DEPTH ? make_type(depth + 1) : make_base();
            bool varying = choose(3) == 2;

            member->type = make_array(element, NDR_CORRELATION_POINTER, NDR_FC_LONG,
                                      operations[choose(sizeof(operations))], (int)members[size].offset, varying);
            break;
        }
        /* fall through */
    default:
        if (depth < MAX_DEPTH)
            member->type = make_type(depth + 1);
        if (depth >= MAX_DEPTH || member->type.at < 0)
            member->simple = NDR_FC_BYTE;
        break;
    }
}

static void make_member(struct member *members, int number, uint32_t offset, int depth)
{
    struct member *member = &members[number];
    int discriminant = find_long(members, number), correlation;

    *member = (struct member){ .type = { .at = -1 } };
    switch (choose(6)) {
    case 0:
    case 1:
        make_pointer(members, number, depth);
        break;
    case 2:
        if (depth < MAX_DEPTH) {
            member->type = make_type(depth + 1);
            break;
        }
        /* fall through */
    case 3:
        if (discriminant >= 0 && depth < MAX_DEPTH) {
            member->type = make_union(depth, &correlation);
            member->offset = align_up(offset, member->type.memory_align);
            patch16(correlation, (int)members[discriminant].offset - (int)member->offset);
            return;
        }
        /* fall through */
    default:
        member->type = make_base();
        break;
    }
    member->offset = align_up(offset, member->pointer ? sizeof(void *) : member->type.memory_align);
}

static void put_members(const struct member *members, int count, uint32_t size)
{
    uint32_t offset = 0;
    int i;

    for (i = 0; i < count; i++) {
        if (members[i].offset > offset)
            put(NDR_FC_STRUCTPAD1 + (int)(members[i].offset - offset) - 1);
        if (members[i].pointer) {
            put(NDR_FC_POINTER);
        } else if (members[i].type.at < 0) {
            put(members[i].type.fc);
        } else {
            put(NDR_FC_EMBEDDED_COMPLEX);
            put(0);
            put_offset(members[i].type.at);
        }
        offset = members[i].offset + (members[i].pointer ? (uint32_t)sizeof(void *) : members[i].type.size);
    }
    if (size > offset)
        put(NDR_FC_STRUCTPAD1 + (int)(size - offset) - 1);
    put(NDR_FC_END);
    if (maker.length & 1)
        put(NDR_FC_PAD);
}

static void put_pointers(const struct member *members, int count, int depth)
{
    int i;

    for (i = 0; i < count; i++) {
        if (!members[i].pointer)
            continue;
        put(members[i].kind);
        if (members[i].simple) {
            put(NDR_SIMPLE_POINTER);
            put(members[i].simple);
            put(NDR_FC_PAD);
            continue;
        }
        put(0);
        if (members[i].recursive && maker.fixup_count < MAX_RECURSION)
            maker.fixups[maker.fixup_count++] = (struct fixup){ maker.length, (int)choose((unsigned int)depth + 1) };
        put_offset(members[i].recursive ? maker.length : members[i].type.at);
    }
}

/* Structures that are inside of others cannot end with a conformant array here. */
static struct made make_struct(int depth, bool may_be_conformant)
{
    struct made made = { NDR_FC_BOGUS_STRUCT, -1, 0, 1, 1 }, array = { .at = -1 };
    struct member members[MAX_MEMBERS];
    int count = 1 + (int)choose(MAX_MEMBERS), i, header, size;
    bool pointers = false;

    for (i = 0; i < count; i++) {
        uint8_t memory_align, wire_align;

        make_member(members, i, made.size, depth);
        pointers |= members[i].pointer;
        memory_align = members[i].pointer ? sizeof(void *) : members[i].type.memory_align;
        wire_align = members[i].pointer ? 4 : members[i].type.wire_align;
        made.size = members[i].offset + (members[i].pointer ? (uint32_t)sizeof(void *) : members[i].type.size);
        if (memory_align > made.memory_align)
            made.memory_align = memory_align;
        if (wire_align > made.wire_align)
            made.wire_align = wire_align;
    }
    made.size = align_up(made.size, made.memory_align);
    size = find_long(members, count);
    if (may_be_conformant && size >= 0 && choose(2)) {
        array = make_array(make_base(), NDR_CORRELATION_FIELD, NDR_FC_LONG, 0,
                           (int)members[size].offset - (int)made.size, false);
        /* Its elements begin where the structure ends. */
        if (array.memory_align > made.memory_align)
            array.at = -1;
    }
    made.at = maker.length;
    put(NDR_FC_BOGUS_STRUCT);
    put(made.wire_align - 1);
    put16((int)made.size);
    if (array.at >= 0)
        put_offset(array.at);
    else
        put16(0);
    header = maker.length;
    put16(0);
    put_members(members, count, made.size);
    if (pointers)
        patch16(header, maker.length - header);
    put_pointers(members, count, depth);
    return made;
}

/* Pointers to a structure that encloses the one that they are in. */
static void resolve(int depth, int at)
{
    int i;

    for (i = 0; i < maker.fixup_count; i++) {
        if (maker.fixups[i].depth == depth) {
            patch16(maker.fixups[i].at, at - maker.fixups[i].at);
            maker.fixups[i].depth = -1;
        }
    }
}

static struct made make_type(int depth)
{
    struct made made;

    /* The choices may be many; the format string has an end. */
    if (maker.length > MAX_FORMAT / 2)
        return make_base();
    switch (choose(5)) {
    case 0:
        return make_fixed_array(depth);
    case 1:
        return make_encapsulated_union(depth);
    case 2:
        return make_range();
    case 3:
        return make_base();
    default:
        made = make_struct(depth, false);
        resolve(depth, made.at);
        return made;
    }
}

/* The type of a parameter. Returns where it is. */
static int make_parameter(void)
{
    struct made made;
    int at;

    switch (choose(3)) {
    case 0:
        made = make_array(make_struct(1, false), NDR_CORRELATION_TOP_LEVEL, NDR_FC_LONG, 0, 0, false);
        resolve(1, made.at);
        break;
    default:
        made = make_struct(0, true);
        break;
    }
    resolve(0, made.at);
    if (!choose(2))
        return made.at;
    at = maker.length;
    put(choose(4) ? NDR_FC_UP : NDR_FC_RP);
    put(0);
    put_offset(made.at);
    return at;
}

static const struct ndr_stub_desc desc;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int increments[] = { 0, 2, 12 };
    struct target target = { .desc = &desc };
    int64_t stack[2];
    size_t choices;

    if (size < 3 || size - 3 < data[0])
        return 0;
    choices = data[0];
    stack[0] = data[1];
    stack[1] = 0;
    maker.length = maker.fixup_count = 0;
    maker.choices = data + 3;
    maker.end = maker.choices + choices;
    maker.increment = increments[data[2] >> 1 & 3 ? (data[2] >> 1 & 3) - 1 : 0];
    target.flags = maker.increment == 2 ? ROBUST : maker.increment == 12 ? ROBUST | RANGED : 0;
    target.format = maker.format + make_parameter();
    run(&target, stack, representation_of(data[2]), data + 3 + choices, size - 3 - choices);
    return 0;
}
