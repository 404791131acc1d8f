/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptions of procedures: -Oif/-Oicf format strings, old -Oi ones, which are rewritten as -Oicf
 * ones, and NDR64's structures (procedure64.c). Everything above knows only what they have in
 * common. They are part of the program and trusted. Sources: the SDK's "RPC NDR Format Strings"
 * (Procedure Header Descriptor, Handles, The Header, Parameter Descriptors); ndr64types.h. */
#ifndef RPCRT4_STUB_PROCEDURE_H
#define RPCRT4_STUB_PROCEDURE_H

#include "platform/base.h"
#include <ndrtypes.h>

/* Bits of INTERPRETER_OPT_FLAGS */
enum {
    OI2_SERVER_MUST_SIZE = 0x01,
    OI2_CLIENT_MUST_SIZE = 0x02,
    OI2_HAS_RETURN = 0x04,
    OI2_HAS_PIPES = 0x08,
    OI2_HAS_EXTENSIONS = 0x40,
    OI2_HAS_ASYNC_HANDLE = 0x80,
};

/* Bits of INTERPRETER_OPT_FLAGS2 */
enum {
    EXT_HAS_NEW_CORR_DESC = 0x01,
    EXT_CLIENT_CORR_CHECK = 0x02,
    EXT_SERVER_CORR_CHECK = 0x04,
    EXT_HAS_NOTIFY = 0x08,
    EXT_HAS_NOTIFY2 = 0x10,
    EXT_HAS_RANGE_ON_CONFORMANCE = 0x40, /* MIDL 8's comment for it; the SDK's page ends before */
};

/* Bits of PARAM_ATTRIBUTES */
enum {
    PARAM_MUST_SIZE = 0x0001,
    PARAM_MUST_FREE = 0x0002,
    PARAM_PIPE = 0x0004,
    PARAM_IN = 0x0008,
    PARAM_OUT = 0x0010,
    PARAM_RETURN = 0x0020,
    PARAM_BASETYPE = 0x0040,
    PARAM_BY_VALUE = 0x0080,
    PARAM_SIMPLE_REF = 0x0100,
    PARAM_DONT_CALL_FREE_INST = 0x0200,
    PARAM_PARTIAL_IGNORE = 0x0800,
    /* Of a PARAM_PIPE, instead of PARAM_IN and PARAM_OUT: passes over other data skip it. */
    PARAM_PIPE_IN = 0x0400,
    PARAM_PIPE_OUT = 0x1000,
    PARAM_USE_CACHE = 0x8000, /* NDR64: the server's interpreter allocates what it points at */
};

/* What the interpreters themselves have to know of a parameter's type. */
enum param_kind {
    PARAM_KIND_OTHER,
    PARAM_KIND_FLOAT,
    PARAM_KIND_DOUBLE,
    PARAM_KIND_RANGE,
    PARAM_KIND_CONTEXT,
    PARAM_KIND_REF_POINTER,
    PARAM_KIND_POINTER, /* one that may be null */
};

enum stub_syntax {
    STUB_OI,    /* NDR 2.0, old parameter descriptors */
    STUB_OICF,  /* NDR 2.0 */
    STUB_NDR64,
};

/* Where a procedure is described. */
struct stub_format {
    const MIDL_STUB_DESC *desc;
    const void *procedure; /* its format string; NDR64_PROC_FORMAT for STUB_NDR64 */
    enum stub_syntax syntax;
    uint16_t number;       /* of the procedure; only STUB_NDR64 does not say it itself */
    /* STUB_NDR64 has its own [user_marshal] routines. */
    const USER_MARSHAL_ROUTINE_QUADRUPLE *user_routines;
};

/* Where a call's binding handle comes from. */
struct stub_handle {
    unsigned char type;  /* FC_BIND_…, FC_AUTO_HANDLE, FC_CALLBACK_HANDLE */
    bool is_parameter;   /* explicit: at `offset` of the argument stack; else in the descriptor */
    unsigned char flags; /* HANDLE_PARAM_IS_…; context: also NDR_CONTEXT_HANDLE_… */
    unsigned char size;  /* generic: of the user's type, octets */
    unsigned char index; /* generic: of its routines in aGenericBindingRoutinePairs */
    uint16_t offset;
};

/* The old interpreter never takes more parameters (MIDL, /Oi). */
#define OI_MAX_PARAMS 17
#define PARAM_DESCRIPTOR_SIZE 6

struct stub_proc {
    const MIDL_STUB_DESC *desc;
    enum stub_syntax syntax;
    const unsigned char *params; /* -Oicf descriptors; STUB_NDR64: NDR64_PARAM_FORMAT */
    struct stub_handle handle;
    unsigned char oi_flags;      /* Oi_… */
    unsigned char oi2_flags;     /* OI2_… */
    unsigned char ext_flags;     /* EXT_… */
    uint16_t param_count;
    uint32_t rpc_flags;
    uint16_t number;
    uint32_t stack_size;         /* of all parameters and the return value, octets */
    uint32_t client_buffer_size; /* what the compiler could compute of the request's size */
    uint32_t server_buffer_size; /* … of the reply's */
    uint16_t notify_index;
    unsigned char converted[OI_MAX_PARAMS * PARAM_DESCRIPTOR_SIZE];
};

struct stub_param {
    uint16_t attributes;       /* PARAM_… */
    uint16_t server_alloc;     /* octets that the server's interpreter allocates for it, or 0 */
    uint32_t offset;           /* on the argument stack, octets */
    enum param_kind kind;
    const unsigned char *type; /* its type's format; the referent's for PARAM_SIMPLE_REF */
};

static inline uint16_t format_u16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

/* Whatever the syntax. Raises what the functions below raise. */
void stub_proc_decode_format(struct stub_proc *proc, const struct stub_format *format);
/* Raises RPC_X_WRONG_STUB_VERSION for a stub newer than the engine. */
void stub_proc_decode(struct stub_proc *proc, const MIDL_STUB_DESC *desc,
                      const unsigned char *format);
/* The same for an -Oi procedure. Raises RPC_X_WRONG_STUB_VERSION also for what -Oi cannot
 * describe. */
void stub_proc_decode_oi(struct stub_proc *proc, const MIDL_STUB_DESC *desc,
                         const unsigned char *format);
/* procedure64.c; raises RPC_X_WRONG_STUB_VERSION for a handle that is none. */
void stub_proc_decode_ndr64(struct stub_proc *proc, const MIDL_STUB_DESC *desc, const void *format,
                            unsigned int number);
struct stub_param stub_ndr64_param(const struct stub_proc *proc, unsigned int index);
/* The type that a pointer type points at, NULL for another pointer; the type itself if it is no
 * pointer. */
const unsigned char *stub_ndr64_pointee(const unsigned char *type);

struct stub_param stub_proc_param(const struct stub_proc *proc, unsigned int index);
/* The return value, which is the last parameter; false if there is none. */
bool stub_proc_result(const struct stub_proc *proc, struct stub_param *result);

#endif
