/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 format codes, and layout twins of the SDK's ndr64types.h for sources that include no
 * Windows header. Where NDR 2.0 has strings of bytes, MIDL writes NDR64 types as C structures
 * ("fragments") that point at one another. Members keep the SDK's names; api/ndr64_layout.c asserts
 * every offset. The codes are in no public header: they are those in the stubs that MIDL writes. */
#ifndef RPCRT4_NDR_FORMAT64_H
#define RPCRT4_NDR_FORMAT64_H

#include <stdint.h>

enum ndr64_fc {
    FC64_UINT8 = 0x01,
    FC64_INT8 = 0x02,
    FC64_UINT16 = 0x03,
    FC64_INT16 = 0x04,
    FC64_INT32 = 0x05,
    FC64_UINT32 = 0x06,
    FC64_INT64 = 0x07,
    FC64_UINT64 = 0x08,
    FC64_FLOAT32 = 0x0b,
    FC64_FLOAT64 = 0x0c,
    FC64_CHAR = 0x10,
    FC64_WCHAR = 0x11,
    FC64_IGNORE = 0x12,
    FC64_ERROR_STATUS_T = 0x13,
    FC64_POINTER = 0x14,
    FC64_RP = 0x20,
    FC64_UP = 0x21,
    FC64_OP = 0x22,
    FC64_FP = 0x23,
    FC64_IP = 0x24,
    FC64_STRUCT = 0x30,
    FC64_PSTRUCT = 0x31,
    FC64_CONF_STRUCT = 0x32,
    FC64_CONF_PSTRUCT = 0x33,
    FC64_BOGUS_STRUCT = 0x34,
    FC64_FORCED_BOGUS_STRUCT = 0x35,
    FC64_CONF_BOGUS_STRUCT = 0x36,
    FC64_FORCED_CONF_BOGUS_STRUCT = 0x37,
    FC64_FIX_ARRAY = 0x40,
    FC64_CONF_ARRAY = 0x41,
    FC64_VAR_ARRAY = 0x42,
    FC64_CONFVAR_ARRAY = 0x43,
    FC64_FIX_FORCED_BOGUS_ARRAY = 0x44,
    FC64_FIX_BOGUS_ARRAY = 0x45,
    FC64_FORCED_BOGUS_ARRAY = 0x46,
    FC64_BOGUS_ARRAY = 0x47,
    FC64_ENCAPSULATED_UNION = 0x50,
    FC64_NON_ENCAPSULATED_UNION = 0x51,
    FC64_CHAR_STRING = 0x60,
    FC64_WCHAR_STRING = 0x61,
    FC64_STRUCT_STRING = 0x62,
    FC64_CONF_CHAR_STRING = 0x63,
    FC64_CONF_WCHAR_STRING = 0x64,
    FC64_CONF_STRUCT_STRING = 0x65,
    FC64_BIND_CONTEXT = 0x70,
    FC64_BIND_GENERIC = 0x71,
    FC64_BIND_PRIMITIVE = 0x72,
    FC64_AUTO_HANDLE = 0x73,
    FC64_CALLBACK_HANDLE = 0x74,
    FC64_SUPPLEMENT = 0x75,
    FC64_NO_REPEAT = 0x80,
    FC64_FIXED_REPEAT = 0x81,
    FC64_VARIABLE_REPEAT = 0x82,
    FC64_STRUCTPADN = 0x90,
    FC64_EMBEDDED_COMPLEX = 0x91,
    FC64_BUFFER_ALIGN = 0x92,
    FC64_END = 0x93,
    FC64_TRANSMIT_AS = 0xa0,
    FC64_REPRESENT_AS = 0xa1,
    FC64_USER_MARSHAL = 0xa2,
    FC64_PIPE = 0xa3,
    FC64_RANGE = 0xa4,
};

/* Where an alignment is a mask (NDR64_ALIGNMENT): 0, 1, 3, 7. */
typedef uint8_t ndr64_alignment;

/* NDR64_RANGE_FORMAT */
struct ndr64_range {
    uint8_t FormatCode;
    uint8_t RangeType;
    uint16_t Reserved;
    int64_t MinValue __attribute__((aligned(8)));
    int64_t MaxValue;
};

/* NDR64_CONTEXT_HANDLE_FORMAT; the flags are NDR 2.0's. */
struct ndr64_context_handle {
    uint8_t FormatCode;
    uint8_t ContextFlags;
    uint8_t RundownRoutineIndex;
    uint8_t Ordinal;
};

/* NDR64_POINTER_FORMAT. Attributes as NDR 2.0's, and NDR64_POINTER_SETS_MARK. */
struct ndr64_pointer {
    uint8_t FormatCode;
    uint8_t Flags;
    uint16_t Reserved;
    const void *Pointee;
};
/* The structure that holds the pointer is what the pointee's expressions count from. */
#define NDR64_POINTER_SETS_MARK 0x20

/* NDR64_CONSTANT_IID_FORMAT, and NDR64_IID_FORMAT */
struct ndr64_constant_iid {
    uint8_t FormatCode;
    uint8_t Flags;
    uint16_t Reserved;
    uint8_t Guid[16] __attribute__((aligned(4)));
};
struct ndr64_iid {
    uint8_t FormatCode;
    uint8_t Flags;
    uint16_t Reserved;
    const void *IIDDescriptor;
};
#define NDR64_IID_CONSTANT 0x01

/* NDR64_NO_REPEAT_FORMAT */
struct ndr64_no_repeat {
    uint8_t FormatCode;
    uint8_t Flags;
    uint16_t Reserved1;
    uint32_t Reserved2;
};

/* NDR64_POINTER_INSTANCE_HEADER_FORMAT */
struct ndr64_pointer_instance {
    uint32_t Offset;
    uint32_t Reserved;
};

/* NDR64_REPEAT_FORMAT, and NDR64_FIXED_REPEAT_FORMAT */
struct ndr64_repeat {
    uint8_t FormatCode;
    uint8_t Flags;
    uint16_t Reserved;
    uint32_t Increment;
    uint32_t OffsetToArray;
    uint32_t NumberOfPointers;
};
struct ndr64_fixed_repeat {
    struct ndr64_repeat RepeatFormat;
    uint32_t Iterations;
    uint32_t Reserved;
};
#define NDR64_REPEAT_SETS_MARK 0x01

/* NDR64_STRUCTURE_HEADER_FORMAT and its larger kin */
struct ndr64_struct {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t Reserve;
    uint32_t MemorySize;
};
struct ndr64_conf_struct {
    struct ndr64_struct Header;
    const void *ArrayDescription;
};
struct ndr64_bogus_struct {
    struct ndr64_struct Header;
    const void *OriginalMemberLayout;
    const void *OriginalPointerLayout;
    const void *PointerLayout;
};
struct ndr64_conf_bogus_struct {
    struct ndr64_bogus_struct Bogus;
    const void *ConfArrayDescription;
};
#define NDR64_STRUCT_HAS_POINTER_INFO 0x01
#define NDR64_STRUCT_HAS_CONF_ARRAY   0x04

/* Members of a complex structure: NDR64_SIMPLE_MEMBER_FORMAT, NDR64_MEMPAD_FORMAT,
 * NDR64_BUFFER_ALIGN_FORMAT and NDR64_SIMPLE_REGION_FORMAT (FC64_STRUCT: bytes that are copied). */
struct ndr64_member {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint16_t Size; /* MemPad, RegionSize */
    uint32_t Reserved;
};
/* NDR64_EMBEDDED_COMPLEX_FORMAT */
struct ndr64_embedded {
    uint8_t FormatCode;
    uint8_t Reserve1;
    uint16_t Reserve2;
    const void *Type;
};

/* NDR64_ENCAPSULATED_UNION; MemorySize is that of the discriminant and the arms. */
struct ndr64_encapsulated_union {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t SwitchType;
    uint32_t MemoryOffset;
    uint32_t MemorySize;
    uint32_t Reserved;
};
/* NDR64_NON_ENCAPSULATED_UNION */
struct ndr64_union {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t SwitchType;
    uint32_t MemorySize;
    const void *Switch;
    uint32_t Reserved;
};
/* NDR64_UNION_ARM_SELECTOR; its arms follow, and then the default arm: NDR64_NO_DEFAULT (32 bits),
 * or a type, 0 for an empty one. */
struct ndr64_arm_selector {
    uint8_t Reserved1;
    ndr64_alignment Alignment;
    uint16_t Reserved2;
    uint32_t Arms;
};
/* NDR64_UNION_ARM */
struct ndr64_arm {
    int64_t CaseValue __attribute__((aligned(8)));
    const void *Type;
    uint32_t Reserved;
};
#define NDR64_NO_DEFAULT 0xffffffffu

/* NDR64_ARRAY_ELEMENT_INFO */
struct ndr64_element_info {
    uint32_t ElementMemSize;
    const void *Element;
};
/* NDR64_FIX_ARRAY_HEADER_FORMAT */
struct ndr64_fix_array {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t Reserved;
    uint32_t TotalSize;
};
/* NDR64_CONF_ARRAY_HEADER_FORMAT */
struct ndr64_conf_array {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t Reserved;
    uint32_t ElementSize;
    const void *ConfDescriptor;
};
/* NDR64_CONF_VAR_ARRAY_HEADER_FORMAT */
struct ndr64_conf_var_array {
    struct ndr64_conf_array Conf;
    const void *VarDescriptor;
};
/* NDR64_VAR_ARRAY_HEADER_FORMAT */
struct ndr64_var_array {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t Reserved;
    uint32_t TotalSize;
    uint32_t ElementSize;
    const void *VarDescriptor;
};
/* NDR64_BOGUS_ARRAY_HEADER_FORMAT, and NDR64_CONF_VAR_BOGUS_ARRAY_HEADER_FORMAT */
struct ndr64_bogus_array {
    uint8_t FormatCode;
    ndr64_alignment Alignment;
    uint8_t Flags;
    uint8_t NumberDims;
    uint32_t NumberElements;
    const void *Element;
};
struct ndr64_conf_var_bogus_array {
    struct ndr64_bogus_array FixedArrayFormat;
    const void *ConfDescription;
    const void *VarDescription;
    const void *OffsetDescription;
};
#define NDR64_ARRAY_HAS_POINTER_INFO 0x01

/* NDR64_STRING_HEADER_FORMAT and those that begin with it */
struct ndr64_string {
    uint8_t FormatCode;
    uint8_t Flags;
    uint16_t ElementSize;
};
struct ndr64_fixed_string {
    struct ndr64_string Header;
    uint32_t TotalSize; /* bytes */
};
struct ndr64_sized_string {
    struct ndr64_string Header;
    const void *SizeDescription;
};
#define NDR64_STRING_IS_SIZED 0x01

/* An expression fragment: flags<4>, then, if NDR64_EXPRESSION_RANGE, an NDR64_RANGE_FORMAT, then
 * the tokens in prefix order. Constants of 64 bits are aligned to 8. */
#define NDR64_EXPRESSION_EARLY 0x01 /* comes before what it describes */
#define NDR64_EXPRESSION_SPLIT 0x02
#define NDR64_EXPRESSION_RANGE 0x04

/* EXPR_TOKEN */
enum ndr64_token {
    NDR64_TOKEN_ILLEGAL = 0,
    NDR64_TOKEN_CONST32 = 1,
    NDR64_TOKEN_CONST64 = 2,
    NDR64_TOKEN_VAR = 3,
    NDR64_TOKEN_OPER = 4,
    NDR64_TOKEN_NOOP = 5,
};
/* NDR64_EXPR_OPERATOR */
struct ndr64_operator {
    uint8_t ExprType;
    uint8_t Operator;
    uint8_t CastType;
    uint8_t Reserved;
};
/* NDR64_EXPR_CONST32, NDR64_EXPR_CONST64 */
struct ndr64_const32 {
    uint8_t ExprType;
    uint8_t Reserved;
    uint16_t Reserved1;
    uint32_t ConstValue;
};
struct ndr64_const64 {
    uint8_t ExprType;
    uint8_t Reserved;
    uint16_t Reserved1;
    int64_t ConstValue __attribute__((aligned(8)));
};
/* NDR64_EXPR_VAR */
struct ndr64_var {
    uint8_t ExprType;
    uint8_t VarType;
    uint16_t Reserved;
    uint32_t Offset;
};
/* NDR64_EXPR_NOOP: fills a gap of Size bytes, itself included. */
struct ndr64_noop {
    uint8_t ExprType;
    uint8_t Size;
    uint16_t Reserved;
};

/* NDR64_TRANSMIT_AS_FORMAT, NDR64_REPRESENT_AS_FORMAT and NDR64_USER_MARSHAL_FORMAT, which are laid
 * out alike */
struct ndr64_user_type {
    uint8_t FormatCode;
    uint8_t Flags; /* of user_marshal: as NDR 2.0's; the lower five bits are no alignment here */
    uint16_t RoutineIndex;
    uint16_t TransmittedTypeWireAlignment; /* a mask */
    uint16_t MemoryAlignment;
    uint32_t UserTypeMemorySize;
    uint32_t TransmittedTypeBufferSize;
    const void *TransmittedType;
};

/* NDR64_PIPE_FORMAT, and NDR64_RANGE_PIPE_FORMAT, which has the last two members as well */
struct ndr64_pipe {
    uint8_t FormatCode;
    uint8_t Flags;
    ndr64_alignment Alignment;
    uint8_t Reserved;
    const void *Type;
    uint32_t MemorySize;
    uint32_t BufferSize;
    uint32_t MinValue;
    uint32_t MaxValue;
};
#define NDR64_PIPE_HAS_RANGE  0x20
#define NDR64_PIPE_BLOCK_COPY 0x40

/* A type-strict context handle. */
struct ndr64_supplement {
    uint8_t FormatCode;
    uint8_t RealFormatCode;
    uint16_t Reserved;
    const void *Type;
    uint32_t CtxtFlags;
    uint32_t CtxtID;
};

#endif
