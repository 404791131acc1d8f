/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces that a type library describes: their methods are turned into the format strings that
 * MIDL would write for them (the SDK's "RPC NDR Format Strings"; oaidl.idl for what a type library
 * can say), and interpreted like any other. */
#ifndef RPCRT4_COM_TYPED_H
#define RPCRT4_COM_TYPED_H

#include "com/com.h"

#include <oleauto.h>

/* A format string that grows. Once something has failed, `hr` says so and nothing is added. */
struct format_string {
    unsigned char *octets;
    unsigned int length, capacity;
    HRESULT hr; /* E_OUTOFMEMORY; DISP_E_OVERFLOW: too long for 16-bit offsets */
};

void format_put(struct format_string *format, const void *octets, unsigned int count);
void format_put8(struct format_string *format, unsigned int value);
void format_put16(struct format_string *format, unsigned int value);
/* The distance from here to `target`, as pointers and embedded types have it. */
void format_put_offset(struct format_string *format, unsigned int target);

enum type_kind {
    TYPE_BASE,      /* an integer, a float */
    TYPE_OBJECT,    /* a structure, or a type that oleaut32 marshals: passed by value */
    TYPE_INTERFACE, /* a pointer to one */
    TYPE_STRING,    /* a pointer to characters */
    TYPE_POINTER,
    TYPE_ARRAY,     /* of fixed size */
};

struct type_target {
    enum type_kind kind;
    unsigned char base;  /* TYPE_BASE: FC_… */
    unsigned int format; /* others: where it is described */
    unsigned int size;   /* octets in memory */
};

struct type {
    struct type_target self;
    unsigned int align;
    struct type_target to; /* TYPE_POINTER: what is behind it */
};

/* Types that every string begins with. */
void types_begin(struct format_string *types);
/* Describes a type, which may refer to others of the type library. DISP_E_BADVARTYPE for what
 * cannot be marshalled, and what the type library returns. */
HRESULT types_add(struct format_string *types, ITypeInfo *info, const TYPEDESC *desc,
                  struct type *type);
/* oleaut32's routines, in the order that the types name them; NULL: it cannot be loaded. */
const USER_MARSHAL_ROUTINE_QUADRUPLE *types_routines(void);

/* Describes a method, and says where: *offset. As types_add(). */
HRESULT method_add(struct format_string *methods, struct format_string *types, ITypeInfo *info,
                   const FUNCDESC *desc, unsigned int number, unsigned short *offset);

#endif
