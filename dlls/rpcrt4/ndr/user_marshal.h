/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [user_marshal] and [wire_marshal]: the hooks, and what the application's routines get. */
#ifndef RPCRT4_NDR_USER_MARSHAL_H
#define RPCRT4_NDR_USER_MARSHAL_H

#include "ndr/engine.h"

/* USER_MARSHAL_CB_TYPE */
#define NDR_USER_BUFFER_SIZE 0
#define NDR_USER_MARSHAL     1
#define NDR_USER_UNMARSHAL   2
#define NDR_USER_FREE        3

/* USER_MARSHAL_CB_SIGNATURE */
#define NDR_USER_CALL_SIGNATURE 0x55535243u

/* USER_MARSHAL_CB: the routines get the address of Flags (destination context, and the data
 * representation in the upper half), and may ask for the rest through NdrGetUserMarshalInfo. */
struct ndr_user_call {
    uint32_t Flags;
    struct ndr_message *pStubMsg;
    const unsigned char *pReserve;
    uint32_t Signature;
    uint32_t CBType;
    const unsigned char *pFormat;
    const unsigned char *pTypeFormat;
};

struct ndr_user_call ndr_user_call_begin(struct ndr_message *msg, const unsigned char *format,
                                         uint32_t kind);

extern const struct ndr_hooks ndr_user_marshal_hooks;

#endif
