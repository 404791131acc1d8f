/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR 2.0 format characters and flags, as documented in the Windows SDK ("RPC NDR Format Strings").
 * The names are the SDK's with a prefix, so that a source may include ndrtypes.h as well. */
#ifndef RPCRT4_NDR_FORMAT_H
#define RPCRT4_NDR_FORMAT_H

enum ndr_fc {
    NDR_FC_ZERO = 0x00,
    NDR_FC_BYTE = 0x01,
    NDR_FC_CHAR = 0x02,
    NDR_FC_SMALL = 0x03,
    NDR_FC_USMALL = 0x04,
    NDR_FC_WCHAR = 0x05,
    NDR_FC_SHORT = 0x06,
    NDR_FC_USHORT = 0x07,
    NDR_FC_LONG = 0x08,
    NDR_FC_ULONG = 0x09,
    NDR_FC_FLOAT = 0x0a,
    NDR_FC_HYPER = 0x0b,
    NDR_FC_DOUBLE = 0x0c,
    NDR_FC_ENUM16 = 0x0d,
    NDR_FC_ENUM32 = 0x0e,
    NDR_FC_IGNORE = 0x0f,
    NDR_FC_ERROR_STATUS_T = 0x10,
    NDR_FC_RP = 0x11,
    NDR_FC_UP = 0x12,
    NDR_FC_OP = 0x13,
    NDR_FC_FP = 0x14,
    NDR_FC_STRUCT = 0x15,
    NDR_FC_PSTRUCT = 0x16,
    NDR_FC_CSTRUCT = 0x17,
    NDR_FC_CPSTRUCT = 0x18,
    NDR_FC_CVSTRUCT = 0x19,
    NDR_FC_BOGUS_STRUCT = 0x1a,
    NDR_FC_CARRAY = 0x1b,
    NDR_FC_CVARRAY = 0x1c,
    NDR_FC_SMFARRAY = 0x1d,
    NDR_FC_LGFARRAY = 0x1e,
    NDR_FC_SMVARRAY = 0x1f,
    NDR_FC_LGVARRAY = 0x20,
    NDR_FC_BOGUS_ARRAY = 0x21,
    NDR_FC_C_CSTRING = 0x22,
    NDR_FC_C_BSTRING = 0x23,
    NDR_FC_C_SSTRING = 0x24,
    NDR_FC_C_WSTRING = 0x25,
    NDR_FC_CSTRING = 0x26,
    NDR_FC_BSTRING = 0x27,
    NDR_FC_SSTRING = 0x28,
    NDR_FC_WSTRING = 0x29,
    NDR_FC_ENCAPSULATED_UNION = 0x2a,
    NDR_FC_NON_ENCAPSULATED_UNION = 0x2b,
    NDR_FC_BYTE_COUNT_POINTER = 0x2c,
    NDR_FC_TRANSMIT_AS = 0x2d,
    NDR_FC_REPRESENT_AS = 0x2e,
    NDR_FC_IP = 0x2f,
    NDR_FC_BIND_CONTEXT = 0x30,
    NDR_FC_BIND_GENERIC = 0x31,
    NDR_FC_BIND_PRIMITIVE = 0x32,
    NDR_FC_AUTO_HANDLE = 0x33,
    NDR_FC_CALLBACK_HANDLE = 0x34,
    NDR_FC_POINTER = 0x36,
    NDR_FC_ALIGNM2 = 0x37,
    NDR_FC_ALIGNM4 = 0x38,
    NDR_FC_ALIGNM8 = 0x39,
    NDR_FC_STRUCTPAD1 = 0x3d,
    NDR_FC_STRUCTPAD7 = 0x43,
    NDR_FC_STRING_SIZED = 0x44,
    NDR_FC_NO_REPEAT = 0x46,
    NDR_FC_FIXED_REPEAT = 0x47,
    NDR_FC_VARIABLE_REPEAT = 0x48,
    NDR_FC_FIXED_OFFSET = 0x49,
    NDR_FC_VARIABLE_OFFSET = 0x4a,
    NDR_FC_PP = 0x4b,
    NDR_FC_EMBEDDED_COMPLEX = 0x4c,
    NDR_FC_IN_PARAM = 0x4d,
    NDR_FC_IN_PARAM_BASETYPE = 0x4e,
    NDR_FC_IN_PARAM_NO_FREE_INST = 0x4f,
    NDR_FC_IN_OUT_PARAM = 0x50,
    NDR_FC_OUT_PARAM = 0x51,
    NDR_FC_RETURN_PARAM = 0x52,
    NDR_FC_RETURN_PARAM_BASETYPE = 0x53,
    NDR_FC_DEREFERENCE = 0x54,
    NDR_FC_DIV_2 = 0x55,
    NDR_FC_MULT_2 = 0x56,
    NDR_FC_ADD_1 = 0x57,
    NDR_FC_SUB_1 = 0x58,
    NDR_FC_CALLBACK = 0x59,
    NDR_FC_CONSTANT_IID = 0x5a,
    NDR_FC_END = 0x5b,
    NDR_FC_PAD = 0x5c,
    NDR_FC_EXPR = 0x5d,
    NDR_FC_HARD_STRUCT = 0xb1,
    NDR_FC_TRANSMIT_AS_PTR = 0xb2,
    NDR_FC_REPRESENT_AS_PTR = 0xb3,
    NDR_FC_USER_MARSHAL = 0xb4,
    NDR_FC_PIPE = 0xb5,
    NDR_FC_SUPPLEMENT = 0xb6, /* FC_BLKHOLE of older headers */
    NDR_FC_RANGE = 0xb7,
    NDR_FC_INT3264 = 0xb8,
    NDR_FC_UINT3264 = 0xb9,
};

/* Pointer attributes ("Pointers (RPC)"). */
#define NDR_ALLOCATE_ALL_NODES 0x01
#define NDR_DONT_FREE          0x02
#define NDR_ALLOCED_ON_STACK   0x04
#define NDR_SIMPLE_POINTER     0x08
#define NDR_POINTER_DEREF      0x10

/* Flags of an FC_PIPE (ndrtypes.h). */
#define NDR_PIPE_BIG       0x80
#define NDR_PIPE_OBJECT    0x40
#define NDR_PIPE_HAS_RANGE 0x20

/* Where a correlated value is found: the upper nibble of a correlation descriptor's first byte. */
#define NDR_CORRELATION_FIELD            0x00
#define NDR_CORRELATION_POINTER          0x10
#define NDR_CORRELATION_TOP_LEVEL        0x20
#define NDR_CORRELATION_CONSTANT         0x40
#define NDR_CORRELATION_TOP_LEVEL_MULTID 0x80
/* No format string has this: NDR64's expressions count from the innermost structure that holds what
 * they describe, or the pointer to it; from the parameters where there is none. */
#define NDR_CORRELATION_MARK 0x30
/* Nor this, as an operation: the value is an expression's (ndr/expression.h). */
#define NDR_EXPRESSION 0xff

/* Flags of a robust correlation descriptor (NDR_CORRELATION_FLAGS). */
#define NDR_CORRELATION_EARLY      0x01
#define NDR_CORRELATION_SPLIT      0x02
#define NDR_CORRELATION_IID_IS     0x04
#define NDR_CORRELATION_DONT_CHECK 0x08

/* user_marshal flags. */
#define NDR_USER_MARSHAL_UNIQUE  0x80
#define NDR_USER_MARSHAL_REF     0x40
#define NDR_USER_MARSHAL_POINTER 0xc0

/* Data representation labels (C706 chapter 14; the runtime's 32-bit form of them). */
#define NDR_REPRESENTATION_CHAR_MASK     0x0000000fu
#define NDR_REPRESENTATION_INT_MASK      0x000000f0u
#define NDR_REPRESENTATION_FLOAT_MASK    0x0000ff00u
#define NDR_REPRESENTATION_EBCDIC        0x00000001u
#define NDR_REPRESENTATION_LITTLE_ENDIAN 0x00000010u
#define NDR_REPRESENTATION_LOCAL         0x00000010u

#endif
