/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the formats of types with hooks say, whether they are NDR 2.0's or NDR64's: for the hooks'
 * routines, which get the format as it is. Flags, index of the rundown routine and ordinal of a
 * context handle are the same three bytes behind the format character in both. */
#ifndef RPCRT4_NDR_HOOK_FORMAT_H
#define RPCRT4_NDR_HOOK_FORMAT_H

#include <stdbool.h>

#include "ndr/stubmsg.h"

/* user_marshal, wire_marshal, transmit_as, represent_as */
struct ndr_user_format {
    uint8_t flags;        /* as in the format; NDR_USER_MARSHAL_… */
    uint16_t routine;     /* index of the routines in the stub descriptor's table */
    bool pointer;         /* user_marshal: a pointer on the wire */
    uint8_t alignment;    /* of the transmitted type on the wire */
    uint32_t memory_size; /* of the application's type */
    uint32_t wire_size;   /* of the transmitted type; 0: only the routines know */
    const unsigned char *transmitted; /* the transmitted type, a pointer's pointer included */
    const unsigned char *referent;    /* the same, without it */
};

struct ndr_user_format ndr_user_format(const struct ndr_message *msg, const unsigned char *format);

/* Of a context handle, as a parameter's type names it. */
struct ndr_context_format {
    const unsigned char *handle; /* FC_BIND_CONTEXT or FC64_BIND_CONTEXT */
    bool typed;                  /* [type_strict_context_handle]: type_id is the compiler's */
    uint32_t type_id;
};

/* Whether a parameter's type is a context handle, and which. */
bool ndr_context_format(const unsigned char *format, bool ndr64, struct ndr_context_format *context);

/* Of an interface pointer: its IID (16 bytes, not aligned), or NULL, and then *descriptor is the
 * correlation descriptor of a pointer to it (ndr_correlated_pointer, ndr/correlation.h). */
const unsigned char *ndr_interface_iid(const struct ndr_message *msg, const unsigned char *format,
                                       const unsigned char **descriptor);

#endif
