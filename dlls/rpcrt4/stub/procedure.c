/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decoding of procedure format strings: see procedure.h. */
#include "stub/procedure.h"
#include "ndr/hook_format.h"

#define NEWEST_STUB_VERSION 0x60001

/* PARAM_ATTRIBUTES: ServerAllocSize, in units of 8 octets. */
#define SERVER_ALLOC_SHIFT 13
#define SERVER_ALLOC_MASK (7 << SERVER_ALLOC_SHIFT)

static uint32_t format_u32(const unsigned char *p)
{
    return format_u16(p) | (uint32_t)format_u16(p + 2) << 16;
}

/* "explicit_handle_description<>"; returns what follows it. */
static const unsigned char *decode_explicit_handle(struct stub_handle *handle,
                                                   const unsigned char *p)
{
    handle->is_parameter = true;
    handle->type = p[0];
    handle->flags = p[1];
    handle->offset = format_u16(p + 2);
    switch (handle->type) {
    case FC_BIND_PRIMITIVE:
        return p + 4;
    case FC_BIND_GENERIC:
        handle->size = p[1] & 0x0f;
        handle->flags = p[1] & 0xf0;
        handle->index = p[4];
        return p + 6;
    case FC_BIND_CONTEXT:
        return p + 6;
    }
    RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
}

/* The header that -Oi and -Oif share; returns what follows it. */
static const unsigned char *decode_header(struct stub_proc *proc, const MIDL_STUB_DESC *desc,
                                          const unsigned char *p)
{
    memset(proc, 0, offsetof(struct stub_proc, converted));
    if (desc->Version > NEWEST_STUB_VERSION)
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
    proc->desc = desc;
    proc->syntax = STUB_OICF;
    proc->handle.type = p[0];
    proc->oi_flags = p[1];
    p += 2;
    if (proc->oi_flags & Oi_HAS_RPCFLAGS) {
        proc->rpc_flags = format_u32(p);
        p += 4;
    }
    proc->number = format_u16(p);
    proc->stack_size = format_u16(p + 2);
    p += 4;
    return proc->handle.type ? p : decode_explicit_handle(&proc->handle, p);
}

void stub_proc_decode(struct stub_proc *proc, const MIDL_STUB_DESC *desc,
                      const unsigned char *format)
{
    const unsigned char *p = decode_header(proc, desc, format);

    proc->client_buffer_size = format_u16(p);
    proc->server_buffer_size = format_u16(p + 2);
    proc->oi2_flags = p[4];
    proc->param_count = p[5];
    p += 6;
    if (proc->oi2_flags & OI2_HAS_EXTENSIONS) {
        /* Its first octet is its size: a later compiler may append what we do not know. */
        proc->ext_flags = p[1];
        proc->notify_index = format_u16(p + 6);
        p += p[0];
    }
    proc->params = p;
}

static enum param_kind kind_of(const unsigned char *type)
{
    struct ndr_context_format context;

    if (ndr_context_format(type, false, &context))
        return PARAM_KIND_CONTEXT;
    switch (*type) {
    case FC_FLOAT:
        return PARAM_KIND_FLOAT;
    case FC_DOUBLE:
        return PARAM_KIND_DOUBLE;
    case FC_RANGE:
        return PARAM_KIND_RANGE;
    case FC_RP:
        return PARAM_KIND_REF_POINTER;
    case FC_UP:
    case FC_OP:
    case FC_FP:
    case FC_IP:
        return PARAM_KIND_POINTER;
    }
    return PARAM_KIND_OTHER;
}

static struct stub_param oicf_param(const struct stub_proc *proc, unsigned int index)
{
    const unsigned char *p = proc->params + index * PARAM_DESCRIPTOR_SIZE;
    uint16_t attributes = format_u16(p);
    struct stub_param param;

    param.attributes = attributes & ~SERVER_ALLOC_MASK;
    param.server_alloc = (attributes >> SERVER_ALLOC_SHIFT) * 8;
    param.offset = format_u16(p + 2);
    param.type =
        attributes & PARAM_BASETYPE ? p + 4 : proc->desc->pFormatTypes + format_u16(p + 4);
    param.kind = kind_of(param.type);
    return param;
}

struct stub_param stub_proc_param(const struct stub_proc *proc, unsigned int index)
{
    struct stub_param param =
        proc->syntax == STUB_NDR64 ? stub_ndr64_param(proc, index) : oicf_param(proc, index);

    if (param.attributes & PARAM_PIPE) {
        param.attributes &= ~PARAM_PIPE_IN; /* another bit of the compiler's */
        param.attributes |= (param.attributes & PARAM_IN ? PARAM_PIPE_IN : 0) |
                            (param.attributes & PARAM_OUT ? PARAM_PIPE_OUT : 0);
        param.attributes &= ~(PARAM_IN | PARAM_OUT);
    }
    return param;
}

bool stub_proc_result(const struct stub_proc *proc, struct stub_param *result)
{
    if (!proc->param_count)
        return false;
    *result = stub_proc_param(proc, proc->param_count - 1);
    return result->attributes & PARAM_RETURN;
}

/* ---- -Oi ---- */

static bool is_passed_by_value(unsigned char type)
{
    switch (type) {
    case FC_STRUCT:
    case FC_PSTRUCT:
    case FC_CSTRUCT:
    case FC_CPSTRUCT:
    case FC_CVSTRUCT:
    case FC_BOGUS_STRUCT:
    case FC_ENCAPSULATED_UNION:
    case FC_NON_ENCAPSULATED_UNION:
    case FC_TRANSMIT_AS:
    case FC_REPRESENT_AS:
    case FC_USER_MARSHAL:
        return true;
    }
    return false;
}

/* Attributes that an -Oicf compiler would have given; 0: no parameter descriptor, the list ends. */
static uint16_t oi_attributes(unsigned char direction, unsigned char type)
{
    uint16_t common =
        PARAM_MUST_SIZE | PARAM_MUST_FREE | (is_passed_by_value(type) ? PARAM_BY_VALUE : 0);

    switch (direction) {
    case FC_IN_PARAM_BASETYPE:
        return PARAM_MUST_SIZE | PARAM_IN | PARAM_BASETYPE;
    case FC_RETURN_PARAM_BASETYPE:
        return PARAM_MUST_SIZE | PARAM_OUT | PARAM_RETURN | PARAM_BASETYPE;
    case FC_IN_PARAM:
        return common | PARAM_IN;
    case FC_IN_PARAM_NO_FREE_INST:
        return common | PARAM_IN | PARAM_DONT_CALL_FREE_INST;
    case FC_IN_OUT_PARAM:
        return common | PARAM_IN | PARAM_OUT;
    case FC_OUT_PARAM:
        return common | PARAM_OUT;
    case FC_RETURN_PARAM:
        return common | PARAM_OUT | PARAM_RETURN;
    }
    return 0;
}

static void put_u16(unsigned char *p, uint16_t value)
{
    p[0] = value & 0xff;
    p[1] = value >> 8;
}

/* Rewrites the descriptor at p as the next -Oicf one, and returns what follows it; NULL at the end
 * of the list. */
static const unsigned char *convert_oi_param(struct stub_proc *proc, const unsigned char *p,
                                             uint16_t *stack)
{
    unsigned char *to = proc->converted + proc->param_count * PARAM_DESCRIPTOR_SIZE;
    bool base = *p == FC_IN_PARAM_BASETYPE || *p == FC_RETURN_PARAM_BASETYPE;
    uint16_t attributes =
        oi_attributes(*p, base ? p[1] : proc->desc->pFormatTypes[format_u16(p + 2)]);
    uint16_t size;

    if (!attributes)
        return NULL;
    if (base &&
        p[1] == FC_IGNORE) { /* a primitive handle: a slot on the stack, nothing to marshal */
        *stack += sizeof(void *);
        return p + 2;
    }
    if (proc->param_count++ == OI_MAX_PARAMS)
        RpcRaiseException(RPC_X_WRONG_STUB_VERSION);
    put_u16(to, attributes);
    put_u16(to + 2, *stack);
    if (base) {
        size = p[1] == FC_HYPER || p[1] == FC_DOUBLE ? 8 : sizeof(void *);
        to[4] = p[1];
        to[5] = 0;
    } else {
        size = p[1] * sizeof(int);
        memcpy(to + 4, p + 2, 2);
    }
    *stack += (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    return attributes & PARAM_RETURN ? NULL : p + (base ? 2 : 4);
}

void stub_proc_decode_oi(struct stub_proc *proc, const MIDL_STUB_DESC *desc,
                         const unsigned char *format)
{
    const unsigned char *p = decode_header(proc, desc, format);
    uint16_t stack = proc->oi_flags & Oi_OBJECT_PROC ? sizeof(void *) : 0;

    proc->oi2_flags = OI2_CLIENT_MUST_SIZE | OI2_SERVER_MUST_SIZE;
    proc->params = proc->converted;
    while (p)
        p = convert_oi_param(proc, p, &stack);
}

void stub_proc_decode_format(struct stub_proc *proc, const struct stub_format *format)
{
    switch (format->syntax) {
    case STUB_OI:
        stub_proc_decode_oi(proc, format->desc, format->procedure);
        break;
    case STUB_OICF:
        stub_proc_decode(proc, format->desc, format->procedure);
        break;
    case STUB_NDR64:
        stub_proc_decode_ndr64(proc, format->desc, format->procedure, format->number);
        break;
    }
}
