/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats of types with hooks: see hook_format.h. */
#include "ndr/hook_format.h"

#include <string.h>

#include "ndr/format.h"
#include "ndr/format64.h"
#include "ndr/format_bytes.h"

static struct ndr_user_format user_format64(const unsigned char *format)
{
    struct ndr64_user_type type;
    struct ndr64_pointer pointer;
    struct ndr_user_format user = { 0 };

    memcpy(&type, format, sizeof(type));
    user.flags = type.Flags;
    user.routine = type.RoutineIndex;
    user.pointer = type.FormatCode == FC64_USER_MARSHAL && type.Flags & NDR_USER_MARSHAL_POINTER;
    user.alignment = (uint8_t)(type.TransmittedTypeWireAlignment + 1);
    user.memory_size = type.UserTypeMemorySize;
    user.wire_size = user.pointer ? 0 : type.TransmittedTypeBufferSize;
    user.transmitted = user.referent = type.TransmittedType;
    if (user.pointer && *user.transmitted >= FC64_RP && *user.transmitted <= FC64_FP) {
        memcpy(&pointer, user.transmitted, sizeof(pointer));
        user.referent = pointer.Pointee;
    }
    return user;
}

/* code, flags and alignment, index<2>, memory size<2>, wire size<2>, offset of the transmitted
 * type<2> */
static struct ndr_user_format user_format20(const unsigned char *format)
{
    struct ndr_user_format user = { 0 };

    user.flags = format[1];
    user.routine = format_u16(format + 2);
    user.pointer = *format == NDR_FC_USER_MARSHAL && format[1] & NDR_USER_MARSHAL_POINTER;
    user.alignment = (format[1] & 0x0f) + 1;
    user.memory_size = format_u16(format + 4);
    user.wire_size = user.pointer ? 0 : format_u16(format + 6);
    user.transmitted = user.referent = format + 8 + format_i16(format + 8);
    if (user.pointer) {
        user.referent += 2;
        if (!(user.referent[-1] & NDR_SIMPLE_POINTER))
            user.referent += format_i16(user.referent);
    }
    return user;
}

struct ndr_user_format ndr_user_format(const struct ndr_message *msg, const unsigned char *format)
{
    return msg->uFlags & NDR_MESSAGE_NDR64 ? user_format64(format) : user_format20(format);
}

static bool context_format64(const unsigned char *format, struct ndr_context_format *context)
{
    struct ndr64_supplement supplement;

    if (*format != FC64_SUPPLEMENT || format[1] != FC64_BIND_CONTEXT)
        return *format == FC64_BIND_CONTEXT;
    memcpy(&supplement, format, sizeof(supplement));
    *context = (struct ndr_context_format){ supplement.Type, true, supplement.CtxtID };
    return true;
}

bool ndr_context_format(const unsigned char *format, bool ndr64, struct ndr_context_format *context)
{
    *context = (struct ndr_context_format){ .handle = format };
    if (ndr64)
        return context_format64(format, context);
    if (*format != NDR_FC_SUPPLEMENT || format[1] != NDR_FC_BIND_CONTEXT)
        return *format == NDR_FC_BIND_CONTEXT;
    context->handle = format + 2 + format_i16(format + 2);
    context->typed = true;
    context->type_id = format_u32(format + 8);
    return true;
}

const unsigned char *ndr_interface_iid(const struct ndr_message *msg, const unsigned char *format,
                                       const unsigned char **descriptor)
{
    struct ndr64_iid iid;

    if (!(msg->uFlags & NDR_MESSAGE_NDR64)) {
        *descriptor = format + 2;
        return format[1] == NDR_FC_CONSTANT_IID ? format + 2 : NULL;
    }
    if (format[1] & NDR64_IID_CONSTANT)
        return format + offsetof(struct ndr64_constant_iid, Guid);
    memcpy(&iid, format, sizeof(iid));
    *descriptor = iid.IIDDescriptor;
    return NULL;
}
