/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Format strings of a type library's methods: see typed.h. */
#include "com/typed.h"
#include "stub/procedure.h"

#define PROCEDURE_FLAGS \
    (Oi_OBJECT_PROC | Oi_HAS_RPCFLAGS | Oi_OBJ_USE_V2_INTERPRETER | Oi_USE_NEW_INIT_ROUTINES)
#define STACK_SIZE_AT 8 /* in a procedure's format */
#define MAX_PARAMS 255
#define SERVER_ALLOC(octets) ((((octets) + 7) / 8) << 13)
#define SERVER_ALLOC_MAX (7 * 8)
#define MUST_SIZE_AND_FREE (PARAM_MUST_SIZE | PARAM_MUST_FREE)

/* Where the next argument is. */
struct stack {
    struct format_string *methods;
    struct format_string *types;
    unsigned int size;
};

static unsigned int stack_align(unsigned int size)
{
    return (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

/* A structure that no register holds is passed by reference. */
static unsigned int argument_size(const struct type_target *target)
{
#ifdef __x86_64__
    return sizeof(void *);
#else
    return stack_align(target->size);
#endif
}

static void put_param(struct stack *stack, unsigned int attributes, const struct type_target *type,
                      unsigned int size)
{
    if (type->kind == TYPE_BASE)
        attributes |= PARAM_BASETYPE | PARAM_MUST_SIZE;
    else
        attributes |= MUST_SIZE_AND_FREE;
    format_put16(stack->methods, attributes);
    format_put16(stack->methods, stack->size);
    format_put16(stack->methods, type->kind == TYPE_BASE ? type->base : type->format);
    stack->size += size;
}

/* Memory that the server's interpreter provides; where it is too much, the engine does. */
static unsigned int server_memory(unsigned int direction, unsigned int size)
{
    return direction == PARAM_OUT && size <= SERVER_ALLOC_MAX ? SERVER_ALLOC(size) : 0;
}

/* A [ref] pointer, as parameters are that are pointers: to something that its pointee's format
 * describes, or to a pointer. */
static void put_reference(struct stack *stack, unsigned int direction, const struct type *type)
{
    const struct type_target *to = &type->to;
    struct type_target pointer = {.kind = TYPE_POINTER, .format = stack->types->length};

    switch (to->kind) {
    case TYPE_BASE:
    case TYPE_OBJECT:
        put_param(stack, direction | PARAM_SIMPLE_REF | server_memory(direction, to->size), to,
                  sizeof(void *));
        break;
    case TYPE_ARRAY:
        put_param(stack, direction, to, sizeof(void *));
        break;
    default:
        format_put8(stack->types, FC_RP);
        format_put8(stack->types,
                    FC_POINTER_DEREF | (direction == PARAM_OUT ? FC_ALLOCED_ON_STACK : 0));
        format_put_offset(stack->types, to->format);
        put_param(stack, direction | server_memory(direction, sizeof(void *)), &pointer,
                  sizeof(void *));
    }
}

/* "If neither [in] nor [out] is specified, [in] is assumed" (MIDL's "in attribute"). */
static unsigned int direction_of(const PARAMDESC *desc)
{
    unsigned int direction = (desc->wParamFlags & PARAMFLAG_FIN ? PARAM_IN : 0) |
                             (desc->wParamFlags & PARAMFLAG_FOUT ? PARAM_OUT : 0);

    return direction ? direction : PARAM_IN;
}

static HRESULT add_param(struct stack *stack, ITypeInfo *info, const ELEMDESC *desc)
{
    struct type type;
    HRESULT hr = types_add(stack->types, info, &desc->tdesc, &type);

    if (FAILED(hr))
        return hr;
    switch (type.self.kind) {
    case TYPE_BASE:
        put_param(stack, PARAM_IN, &type.self, stack_align(type.self.size));
        break;
    case TYPE_OBJECT:
        put_param(stack, PARAM_IN | PARAM_BY_VALUE, &type.self, argument_size(&type.self));
        break;
    case TYPE_POINTER:
        put_reference(stack, direction_of(&desc->paramdesc), &type);
        break;
    case TYPE_ARRAY:
        put_param(stack, direction_of(&desc->paramdesc), &type.self, sizeof(void *));
        break;
    default:
        put_param(stack, PARAM_IN, &type.self, sizeof(void *));
    }
    return S_OK;
}

static HRESULT add_result(struct stack *stack, ITypeInfo *info, const FUNCDESC *desc)
{
    struct type type;
    HRESULT hr;

    if (desc->elemdescFunc.tdesc.vt == VT_VOID)
        return S_OK;
    hr = types_add(stack->types, info, &desc->elemdescFunc.tdesc, &type);
    if (SUCCEEDED(hr) && type.self.kind != TYPE_BASE)
        hr = DISP_E_BADVARTYPE;
    if (SUCCEEDED(hr))
        put_param(stack, PARAM_OUT | PARAM_RETURN, &type.self, stack_align(type.self.size));
    return hr;
}

static void put_header(struct format_string *methods, const FUNCDESC *desc, unsigned int number)
{
    bool returns = desc->elemdescFunc.tdesc.vt != VT_VOID;

    format_put8(methods, FC_AUTO_HANDLE);
    format_put8(methods, PROCEDURE_FLAGS);
    format_put16(methods, 0); /* RPC flags */
    format_put16(methods, 0);
    format_put16(methods, number);
    format_put16(methods, 0); /* the stack's size, to be filled in */
    format_put16(methods, 0); /* sizes that are known: none */
    format_put16(methods, 0);
    format_put8(methods, OI2_CLIENT_MUST_SIZE | OI2_SERVER_MUST_SIZE |
                             (returns ? OI2_HAS_RETURN : 0));
    format_put8(methods, desc->cParams + returns);
}

HRESULT method_add(struct format_string *methods, struct format_string *types, ITypeInfo *info,
                   const FUNCDESC *desc, unsigned int number, unsigned short *offset)
{
    struct stack stack = {methods, types, sizeof(void *)};
    unsigned int start = methods->length;
    HRESULT hr = S_OK;

    if (desc->callconv != CC_STDCALL || desc->cParams < 0 || desc->cParams >= MAX_PARAMS)
        return DISP_E_BADVARTYPE;
    *offset = (unsigned short)start;
    put_header(methods, desc, number);
    for (int i = 0; i < desc->cParams && SUCCEEDED(hr); i++)
        hr = add_param(&stack, info, &desc->lprgelemdescParam[i]);
    if (SUCCEEDED(hr))
        hr = add_result(&stack, info, desc);
    if (FAILED(hr) || FAILED(hr = methods->hr) || FAILED(hr = types->hr))
        return hr;
    methods->octets[start + STACK_SIZE_AT] = stack.size & 0xff;
    methods->octets[start + STACK_SIZE_AT + 1] = stack.size >> 8 & 0xff;
    return S_OK;
}
