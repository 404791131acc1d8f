/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the stubs of [encode] and [decode] types and procedures call. Sources: midles.h; which
 * arguments a compiler passes is known from stubs that MIDL has made. They raise what
 * stub/pickling.h says. */
#include "stub/pickling.h"

#include <stdarg.h>

/* ---- primitive types ---- */

/* A type of that many octets. RPC_S_INVALID_ARG if there is none. */
static struct pickling_type primitive_type(const MIDL_STUB_DESC *desc, short size)
{
    if (size != 1 && size != 2 && size != 4 && size != 8)
        RpcRaiseException(RPC_S_INVALID_ARG);
    return (struct pickling_type){ .desc = desc, .primitive = (uint32_t)size };
}

/* What the next primitive object will take, of any size. */
size_t RPC_ENTRY NdrMesSimpleTypeAlignSize(handle_t Handle)
{
    struct pickling_type type = primitive_type(NULL, 8);

    return pickling_type_size(Handle, &type, &type);
}

void RPC_ENTRY NdrMesSimpleTypeEncode(handle_t Handle, const MIDL_STUB_DESC *pStubDesc,
                                      const void *pObject, short Size)
{
    struct pickling_type type = primitive_type(pStubDesc, Size);

    pickling_type_encode(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesSimpleTypeDecode(handle_t Handle, void *pObject, short Size)
{
    struct pickling_type type = primitive_type(NULL, Size);

    pickling_type_decode(Handle, &type, pObject);
}

/* ---- types ---- */

static struct pickling_type old_type(const MIDL_STUB_DESC *desc, PFORMAT_STRING format)
{
    return (struct pickling_type){ .desc = desc, .ndr20 = format };
}

static struct pickling_type new_type(const MIDL_TYPE_PICKLING_INFO *info,
                                     const MIDL_STUB_DESC *desc, PFORMAT_STRING format)
{
    pickling_check_info(info);
    return (struct pickling_type){ .desc = desc, .ndr20 = format, .flags = info->Flags };
}

/* What encoding the object will take with this handle: headers and padding included. */
size_t RPC_ENTRY NdrMesTypeAlignSize(handle_t Handle, const MIDL_STUB_DESC *pStubDesc,
                                     PFORMAT_STRING pFormatString, const void *pObject)
{
    struct pickling_type type = old_type(pStubDesc, pFormatString);

    return pickling_type_size(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesTypeEncode(handle_t Handle, const MIDL_STUB_DESC *pStubDesc,
                                PFORMAT_STRING pFormatString, const void *pObject)
{
    struct pickling_type type = old_type(pStubDesc, pFormatString);

    pickling_type_encode(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesTypeDecode(handle_t Handle, const MIDL_STUB_DESC *pStubDesc,
                                PFORMAT_STRING pFormatString, void *pObject)
{
    struct pickling_type type = old_type(pStubDesc, pFormatString);

    pickling_type_decode(Handle, &type, pObject);
}

size_t RPC_ENTRY NdrMesTypeAlignSize2(handle_t Handle,
                                      const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                                      const MIDL_STUB_DESC *pStubDesc,
                                      PFORMAT_STRING pFormatString, const void *pObject)
{
    struct pickling_type type = new_type(pPicklingInfo, pStubDesc, pFormatString);

    return pickling_type_size(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesTypeEncode2(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                                 const MIDL_STUB_DESC *pStubDesc, PFORMAT_STRING pFormatString,
                                 const void *pObject)
{
    struct pickling_type type = new_type(pPicklingInfo, pStubDesc, pFormatString);

    pickling_type_encode(Handle, &type, (void *)pObject);
}

void RPC_ENTRY NdrMesTypeDecode2(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                                 const MIDL_STUB_DESC *pStubDesc, PFORMAT_STRING pFormatString,
                                 void *pObject)
{
    struct pickling_type type = new_type(pPicklingInfo, pStubDesc, pFormatString);

    pickling_type_decode(Handle, &type, pObject);
}

/* Frees what decoding has allocated. */
void RPC_ENTRY NdrMesTypeFree2(handle_t Handle, const MIDL_TYPE_PICKLING_INFO *pPicklingInfo,
                               const MIDL_STUB_DESC *pStubDesc, PFORMAT_STRING pFormatString,
                               void *pObject)
{
    struct pickling_type type = new_type(pPicklingInfo, pStubDesc, pFormatString);

    pickling_type_free(Handle, &type, pObject);
}

/* ---- procedures ---- */

static CLIENT_CALL_RETURN procedure(handle_t handle, const MIDL_STUB_DESC *desc,
                                    PFORMAT_STRING format, enum stub_syntax syntax,
                                    unsigned char *args)
{
    struct pickling_procedure formats = { .ndr20 = { desc, format, syntax, 0, NULL } };
    CLIENT_CALL_RETURN result;

    result.Simple = (LONG_PTR)pickling_procedure(handle, &formats, args);
    return result;
}

/* The argument stack: on i386 the stub passes the address of its first argument. */
#ifdef __x86_64__
#define ARGUMENTS(args) ((unsigned char *)(args))
#else
#define ARGUMENTS(args) va_arg(args, unsigned char *)
#endif

/* Of -Oi stubs. */
void RPC_VAR_ENTRY NdrMesProcEncodeDecode(handle_t Handle, const MIDL_STUB_DESC *pStubDesc,
                                          PFORMAT_STRING pFormatString, ...)
{
    va_list args;

    va_start(args, pFormatString);
    procedure(Handle, pStubDesc, pFormatString, STUB_OI, ARGUMENTS(args));
    va_end(args);
}

/* Of -Oicf stubs. */
CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrMesProcEncodeDecode2(handle_t Handle,
                                                         const MIDL_STUB_DESC *pStubDesc,
                                                         PFORMAT_STRING pFormatString, ...)
{
    CLIENT_CALL_RETURN result;
    va_list args;

    va_start(args, pFormatString);
    result = procedure(Handle, pStubDesc, pFormatString, STUB_OICF, ARGUMENTS(args));
    va_end(args);
    return result;
}

#ifdef __i386__

CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrMesProcEncodeDecode4(handle_t Handle,
                                                         const MIDL_STUB_DESC *pStubDesc,
                                                         PFORMAT_STRING pFormatString, ...);

/* The same; the stub passes its arguments themselves. */
CLIENT_CALL_RETURN RPC_VAR_ENTRY NdrMesProcEncodeDecode4(handle_t Handle,
                                                         const MIDL_STUB_DESC *pStubDesc,
                                                         PFORMAT_STRING pFormatString, ...)
{
    CLIENT_CALL_RETURN result;
    va_list args;

    va_start(args, pFormatString);
    result = procedure(Handle, pStubDesc, pFormatString, STUB_OICF, (unsigned char *)args);
    va_end(args);
    return result;
}

#endif
