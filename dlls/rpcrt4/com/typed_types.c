/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Format strings of a type library's types: see typed.h. */
#include "com/typed.h"
#include "platform/imports.h"

#include <ndrtypes.h>

#define MAX_DEPTH 32 /* of types within types: a type library may be wrong */
#define UNIQUE_ALIGNED_4 0x83

/* ---- format strings ---- */

void format_put(struct format_string *format, const void *octets, unsigned int count)
{
    unsigned int capacity = format->capacity ? format->capacity : 256;
    unsigned char *grown;

    while (capacity < format->length + count)
        capacity *= 2;
    if (FAILED(format->hr) || capacity > 0x8000) {
        format->hr = FAILED(format->hr) ? format->hr : DISP_E_OVERFLOW;
        return;
    }
    if (capacity != format->capacity) {
        grown = realloc(format->octets, capacity);
        if (!grown) {
            format->hr = E_OUTOFMEMORY;
            return;
        }
        format->octets = grown;
        format->capacity = capacity;
    }
    memcpy(format->octets + format->length, octets, count);
    format->length += count;
}

void format_put8(struct format_string *format, unsigned int value)
{
    format_put(format, &(unsigned char){(unsigned char)value}, 1);
}

void format_put16(struct format_string *format, unsigned int value)
{
    const unsigned char octets[] = {value & 0xff, value >> 8 & 0xff};

    format_put(format, octets, sizeof(octets));
}

void format_put_offset(struct format_string *format, unsigned int target)
{
    format_put16(format, target - format->length);
}

/* ---- what every string begins with ---- */

/* [user_marshal]: flags and alignment, routines, size in memory, on the wire (a pointer's), and the
 * wire type. */
#define USER_TYPE(routine, size, wire) \
    FC_USER_MARSHAL, UNIQUE_ALIGNED_4, routine, 0, (size) & 0xff, (size) >> 8, 0, 0, \
        (wire) & 0xff, (wire) >> 8 & 0xff

enum routine { ROUTINE_BSTR, ROUTINE_VARIANT, ROUTINE_SAFEARRAY, ROUTINE_COUNT };

/* Where they are in `common`. */
enum {
    AT_BSTR = 32,
    AT_VARIANT = AT_BSTR + 10,
    AT_SAFEARRAY = AT_VARIANT + 10,
    AT_WSTRING = AT_SAFEARRAY + 10,
    AT_STRING = AT_WSTRING + 4,
    AT_DECIMAL = AT_STRING + 4,
    AT_END = AT_DECIMAL + 10,
};

/* The wire type of a BSTR is [unique] FLAGGED_WORD_BLOB *: a structure of two longs, the second of
 * which counts the shorts that follow ([MS-OAUT] 2.2.23.2). Those of VARIANT and SAFEARRAY are
 * needed for senders with another byte order only, which COM does not have: FC_END makes the engine
 * refuse them. */
static const unsigned char common[] = {
    0, 0,
    FC_CARRAY, 1, 2, 0, 0x09, 0, 0xfc, 0xff, FC_SHORT, FC_END, /* at 2; size_is: the long before */
    FC_CSTRUCT, 3, 8, 0, 0xf2, 0xff, FC_LONG, FC_LONG, FC_PAD, FC_END, /* at 12 */
    FC_UP, 0, 0xf4, 0xff, /* at 22 */
    FC_UP, FC_SIMPLE_POINTER, FC_END, FC_PAD, /* at 26 */
    0, 0,
    USER_TYPE(ROUTINE_BSTR, sizeof(BSTR), 22 - (AT_BSTR + 8)),
    USER_TYPE(ROUTINE_VARIANT, sizeof(VARIANT), 26 - (AT_VARIANT + 8)),
    USER_TYPE(ROUTINE_SAFEARRAY, sizeof(SAFEARRAY *), 26 - (AT_SAFEARRAY + 8)),
    FC_UP, FC_SIMPLE_POINTER, FC_C_WSTRING, FC_PAD,
    FC_UP, FC_SIMPLE_POINTER, FC_C_CSTRING, FC_PAD,
    FC_STRUCT, 7, sizeof(DECIMAL), 0, FC_SHORT, FC_BYTE, FC_BYTE, FC_LONG, FC_HYPER, FC_END,
};

_Static_assert(sizeof(common) == AT_END, "offsets are as they are said to be");

void types_begin(struct format_string *types)
{
    format_put(types, common, sizeof(common));
}

const USER_MARSHAL_ROUTINE_QUADRUPLE *types_routines(void)
{
    static USER_MARSHAL_ROUTINE_QUADRUPLE routines[ROUTINE_COUNT];
    const struct imports_oleaut32 *oleaut32 = imports_oleaut32();

    if (!oleaut32)
        return NULL;
#define ROUTINES(name) \
    { \
        (USER_MARSHAL_SIZING_ROUTINE)(void *)oleaut32->name##_UserSize, \
            (USER_MARSHAL_MARSHALLING_ROUTINE)(void *)oleaut32->name##_UserMarshal, \
            (USER_MARSHAL_UNMARSHALLING_ROUTINE)(void *)oleaut32->name##_UserUnmarshal, \
            (USER_MARSHAL_FREEING_ROUTINE)(void *)oleaut32->name##_UserFree \
    }
    routines[ROUTINE_BSTR] = (USER_MARSHAL_ROUTINE_QUADRUPLE)ROUTINES(BSTR);
    routines[ROUTINE_VARIANT] = (USER_MARSHAL_ROUTINE_QUADRUPLE)ROUTINES(VARIANT);
    routines[ROUTINE_SAFEARRAY] = (USER_MARSHAL_ROUTINE_QUADRUPLE)ROUTINES(LPSAFEARRAY);
#undef ROUTINES
    return routines;
}

/* ---- types without parts ---- */

static const struct plain_type {
    VARTYPE vt;
    enum type_kind kind;
    unsigned int format; /* TYPE_BASE: FC_… */
    unsigned int size, align;
} plain_types[] = {
    {VT_I1, TYPE_BASE, FC_CHAR, 1, 1},
    {VT_UI1, TYPE_BASE, FC_BYTE, 1, 1},
    {VT_I2, TYPE_BASE, FC_SHORT, 2, 2},
    {VT_UI2, TYPE_BASE, FC_USHORT, 2, 2},
    {VT_BOOL, TYPE_BASE, FC_SHORT, 2, 2},
    {VT_I4, TYPE_BASE, FC_LONG, 4, 4},
    {VT_UI4, TYPE_BASE, FC_ULONG, 4, 4},
    {VT_INT, TYPE_BASE, FC_LONG, 4, 4},
    {VT_UINT, TYPE_BASE, FC_ULONG, 4, 4},
    {VT_ERROR, TYPE_BASE, FC_LONG, 4, 4},
    {VT_HRESULT, TYPE_BASE, FC_LONG, 4, 4},
    {VT_R4, TYPE_BASE, FC_FLOAT, 4, 4},
    {VT_R8, TYPE_BASE, FC_DOUBLE, 8, 8},
    {VT_DATE, TYPE_BASE, FC_DOUBLE, 8, 8},
    {VT_I8, TYPE_BASE, FC_HYPER, 8, 8},
    {VT_UI8, TYPE_BASE, FC_HYPER, 8, 8},
    {VT_CY, TYPE_BASE, FC_HYPER, 8, 8},
    {VT_BSTR, TYPE_OBJECT, AT_BSTR, sizeof(BSTR), sizeof(BSTR)},
    {VT_VARIANT, TYPE_OBJECT, AT_VARIANT, sizeof(VARIANT), 8},
    {VT_SAFEARRAY, TYPE_OBJECT, AT_SAFEARRAY, sizeof(void *), sizeof(void *)},
    {VT_DECIMAL, TYPE_OBJECT, AT_DECIMAL, sizeof(DECIMAL), 8},
    {VT_LPWSTR, TYPE_STRING, AT_WSTRING, sizeof(void *), sizeof(void *)},
    {VT_LPSTR, TYPE_STRING, AT_STRING, sizeof(void *), sizeof(void *)},
};

static struct type type_from(enum type_kind kind, unsigned int format, unsigned int size,
                             unsigned int align)
{
    struct type type = {.self = {.kind = kind, .size = size}, .align = align};

    if (kind == TYPE_BASE)
        type.self.base = (unsigned char)format;
    else
        type.self.format = format;
    return type;
}

static HRESULT add_plain(VARTYPE vt, struct type *type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(plain_types); i++) {
        const struct plain_type *plain = &plain_types[i];

        if (plain->vt != vt)
            continue;
        *type = type_from(plain->kind, plain->format, plain->size, plain->align);
        return S_OK;
    }
    return DISP_E_BADVARTYPE;
}

static HRESULT add_interface(struct format_string *types, const IID *iid, struct type *type)
{
    *type = type_from(TYPE_INTERFACE, types->length, sizeof(void *), sizeof(void *));
    format_put8(types, FC_IP);
    format_put8(types, FC_CONSTANT_IID);
    format_put(types, iid, sizeof(*iid));
    return types->hr;
}

/* ---- types with parts ---- */

static HRESULT add_type(struct format_string *types, ITypeInfo *info, const TYPEDESC *desc,
                        unsigned int depth, struct type *type);

/* A [unique] pointer's four octets, here. */
static void put_pointer(struct format_string *types, const struct type_target *to)
{
    bool is_pointer = to->kind == TYPE_INTERFACE || to->kind == TYPE_POINTER ||
                      to->kind == TYPE_STRING;

    format_put8(types, FC_UP);
    if (to->kind == TYPE_BASE) {
        format_put8(types, FC_SIMPLE_POINTER);
        format_put8(types, to->base);
        format_put8(types, FC_PAD);
    } else {
        format_put8(types, is_pointer ? FC_POINTER_DEREF : 0);
        format_put_offset(types, to->format);
    }
}

static HRESULT add_pointer(struct format_string *types, const struct type_target *to,
                           struct type *type)
{
    *type = type_from(TYPE_POINTER, types->length, sizeof(void *), sizeof(void *));
    type->to = *to;
    put_pointer(types, to);
    return types->hr;
}

/* Elements of base types only. */
static HRESULT add_array(struct format_string *types, ITypeInfo *info, const ARRAYDESC *desc,
                         unsigned int depth, struct type *type)
{
    struct type element;
    uint64_t size;
    HRESULT hr = add_type(types, info, &desc->tdescElem, depth, &element);

    if (FAILED(hr))
        return hr;
    size = element.self.size;
    for (USHORT i = 0; i < desc->cDims; i++) {
        size *= desc->rgbounds[i].cElements;
        if (!size || size > UINT16_MAX)
            return DISP_E_BADVARTYPE;
    }
    if (element.self.kind != TYPE_BASE)
        return DISP_E_BADVARTYPE;
    *type = type_from(TYPE_ARRAY, types->length, (unsigned int)size, element.align);
    format_put8(types, FC_SMFARRAY);
    format_put8(types, element.align - 1);
    format_put16(types, (unsigned int)size);
    format_put8(types, element.self.base);
    format_put8(types, FC_END);
    return types->hr;
}

/* ---- structures ---- */

#define MAX_MEMBERS 256

struct members {
    struct type types[MAX_MEMBERS];
    unsigned int count;
    unsigned int size, align; /* so far */
};

static unsigned int padding(unsigned int offset, unsigned int align)
{
    return -offset & (align - 1);
}

/* What a member needs, before the structure itself is described. */
static HRESULT collect_members(struct format_string *types, ITypeInfo *info, const TYPEATTR *attr,
                               unsigned int depth, struct members *members)
{
    HRESULT hr = S_OK;

    if (attr->cVars > MAX_MEMBERS)
        return DISP_E_OVERFLOW;
    members->count = attr->cVars;
    members->align = 1;
    for (unsigned int i = 0; i < members->count && SUCCEEDED(hr); i++) {
        struct type *type = &members->types[i];
        VARDESC *var;

        if (FAILED(hr = ITypeInfo_GetVarDesc(info, i, &var)))
            return hr;
        hr = add_type(types, info, &var->elemdescVar.tdesc, depth, type);
        ITypeInfo_ReleaseVarDesc(info, var);
        if (SUCCEEDED(hr) && type->align > members->align)
            members->align = type->align;
    }
    return hr;
}

static void put_padding(struct format_string *types, unsigned int count)
{
    if (count)
        format_put8(types, FC_STRUCTPAD1 + count - 1);
}

/* The member at the next offset. */
static void put_member(struct format_string *types, struct members *members,
                       const struct type *member)
{
    unsigned int gap = padding(members->size, member->align);

    members->size += gap + member->self.size;
    switch (member->self.kind) {
    case TYPE_BASE:
        put_padding(types, gap);
        format_put8(types, member->self.base);
        break;
    case TYPE_POINTER:
    case TYPE_STRING:
        put_padding(types, gap);
        format_put8(types, FC_POINTER);
        break;
    default:
        format_put8(types, FC_EMBEDDED_COMPLEX);
        format_put8(types, gap);
        format_put_offset(types, member->self.format);
    }
}

static unsigned int structure_size(const struct members *members)
{
    unsigned int size = 0;

    for (unsigned int i = 0; i < members->count; i++) {
        const struct type *member = &members->types[i];

        size += padding(size, member->align) + member->self.size;
    }
    return size + padding(size, members->align);
}

/* "FC_BOGUS_STRUCT alignment memory_size<2> offset_to_conformant_array<2> offset_to_pointers<2>
 * members FC_END, pointers". */
static void put_structure(struct format_string *types, struct members *members)
{
    unsigned int pointers, start = types->length;

    format_put8(types, FC_BOGUS_STRUCT);
    format_put8(types, members->align - 1);
    format_put16(types, structure_size(members));
    format_put16(types, 0);
    pointers = types->length;
    format_put16(types, 0);
    for (unsigned int i = 0; i < members->count; i++)
        put_member(types, members, &members->types[i]);
    put_padding(types, padding(members->size, members->align));
    if (!((types->length - start) & 1))
        format_put8(types, FC_PAD);
    format_put8(types, FC_END);
    if (SUCCEEDED(types->hr)) {
        types->octets[pointers] = (types->length - pointers) & 0xff;
        types->octets[pointers + 1] = (types->length - pointers) >> 8 & 0xff;
    }
    for (unsigned int i = 0; i < members->count; i++) {
        const struct type *member = &members->types[i];

        if (member->self.kind == TYPE_POINTER)
            put_pointer(types, &member->to);
        if (member->self.kind == TYPE_STRING)
            format_put(types, common + member->self.format, 4);
    }
}

static HRESULT add_structure(struct format_string *types, ITypeInfo *info, const TYPEATTR *attr,
                             unsigned int depth, struct type *type)
{
    struct members *members = calloc(1, sizeof(*members));
    HRESULT hr;

    if (!members)
        return E_OUTOFMEMORY;
    hr = collect_members(types, info, attr, depth, members);
    if (SUCCEEDED(hr) && structure_size(members) > UINT16_MAX)
        hr = DISP_E_OVERFLOW;
    if (SUCCEEDED(hr)) {
        *type = type_from(TYPE_OBJECT, types->length, structure_size(members), members->align);
        put_structure(types, members);
        hr = types->hr;
    }
    free(members);
    return hr;
}

/* ---- types of the type library ---- */

/* The IID of the interface that objects of a class have by default. */
static HRESULT default_interface(ITypeInfo *info, const TYPEATTR *attr, IID *iid)
{
    for (unsigned int i = 0; i < attr->cImplTypes; i++) {
        ITypeInfo *found;
        TYPEATTR *found_attr;
        HREFTYPE type;
        INT flags;

        if (FAILED(ITypeInfo_GetImplTypeFlags(info, i, &flags)) ||
            (flags & (IMPLTYPEFLAG_FDEFAULT | IMPLTYPEFLAG_FSOURCE)) != IMPLTYPEFLAG_FDEFAULT ||
            FAILED(ITypeInfo_GetRefTypeOfImplType(info, i, &type)) ||
            FAILED(ITypeInfo_GetRefTypeInfo(info, type, &found)))
            continue;
        if (SUCCEEDED(ITypeInfo_GetTypeAttr(found, &found_attr))) {
            *iid = found_attr->guid;
            ITypeInfo_ReleaseTypeAttr(found, found_attr);
            ITypeInfo_Release(found);
            return S_OK;
        }
        ITypeInfo_Release(found);
    }
    return DISP_E_BADVARTYPE;
}

/* A type that the library describes elsewhere. */
struct reference {
    ITypeInfo *info;
    TYPEATTR *attr;
};

static HRESULT open_reference(ITypeInfo *info, HREFTYPE type, struct reference *reference)
{
    HRESULT hr = ITypeInfo_GetRefTypeInfo(info, type, &reference->info);

    if (FAILED(hr))
        return hr;
    hr = ITypeInfo_GetTypeAttr(reference->info, &reference->attr);
    if (FAILED(hr))
        ITypeInfo_Release(reference->info);
    return hr;
}

static void close_reference(struct reference *reference)
{
    ITypeInfo_ReleaseTypeAttr(reference->info, reference->attr);
    ITypeInfo_Release(reference->info);
}

/* The IID, if the type is an interface by whatever name. */
static HRESULT find_interface(ITypeInfo *info, const TYPEDESC *desc, unsigned int depth, IID *iid)
{
    struct reference reference;
    HRESULT hr = DISP_E_BADVARTYPE;

    if (desc->vt != VT_USERDEFINED || depth >= MAX_DEPTH ||
        FAILED(open_reference(info, desc->hreftype, &reference)))
        return hr;
    switch (reference.attr->typekind) {
    case TKIND_INTERFACE:
    case TKIND_DISPATCH:
        *iid = reference.attr->guid;
        hr = S_OK;
        break;
    case TKIND_COCLASS:
        hr = default_interface(reference.info, reference.attr, iid);
        break;
    case TKIND_ALIAS:
        hr = find_interface(reference.info, &reference.attr->tdescAlias, depth + 1, iid);
        break;
    default:
        break;
    }
    close_reference(&reference);
    return hr;
}

static HRESULT add_reference(struct format_string *types, ITypeInfo *info, HREFTYPE type_id,
                             unsigned int depth, struct type *type)
{
    struct reference reference;
    HRESULT hr = open_reference(info, type_id, &reference);

    if (FAILED(hr))
        return hr;
    switch (reference.attr->typekind) {
    case TKIND_ENUM:
        hr = add_plain(VT_I4, type);
        break;
    case TKIND_ALIAS:
        hr = add_type(types, reference.info, &reference.attr->tdescAlias, depth, type);
        break;
    case TKIND_RECORD:
        hr = add_structure(types, reference.info, reference.attr, depth, type);
        break;
    default:
        hr = DISP_E_BADVARTYPE;
    }
    close_reference(&reference);
    return hr;
}

static HRESULT add_behind_pointer(struct format_string *types, ITypeInfo *info,
                                  const TYPEDESC *desc, unsigned int depth, struct type *type)
{
    struct type to;
    HRESULT hr;
    IID iid;

    if (SUCCEEDED(find_interface(info, desc, depth, &iid)))
        return add_interface(types, &iid, type);
    hr = add_type(types, info, desc, depth, &to);
    return FAILED(hr) ? hr : add_pointer(types, &to.self, type);
}

static HRESULT add_type(struct format_string *types, ITypeInfo *info, const TYPEDESC *desc,
                        unsigned int depth, struct type *type)
{
    if (depth >= MAX_DEPTH)
        return DISP_E_BADVARTYPE;
    switch (desc->vt) {
    case VT_USERDEFINED:
        return add_reference(types, info, desc->hreftype, depth + 1, type);
    case VT_PTR:
        return add_behind_pointer(types, info, desc->lptdesc, depth + 1, type);
    case VT_CARRAY:
        return add_array(types, info, desc->lpadesc, depth + 1, type);
    case VT_UNKNOWN:
        return add_interface(types, &IID_IUnknown, type);
    case VT_DISPATCH:
        return add_interface(types, &IID_IDispatch, type);
    default:
        return add_plain(desc->vt, type);
    }
}

HRESULT types_add(struct format_string *types, ITypeInfo *info, const TYPEDESC *desc,
                  struct type *type)
{
    return add_type(types, info, desc, 0, type);
}
