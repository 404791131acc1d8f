/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime's own calls: see own_call.h. */
#include "client/own_call.h"
#include "client/call.h"

/* Integer representation in the first octet of the data representation label: C706 14.1. */
#define DREP_LITTLE_ENDIAN 0x10

static size_t encode(const struct own_call *what, uint8_t *buffer, size_t capacity)
{
    return what->encode ? what->encode(what->args, buffer, capacity) : 0;
}

RPC_STATUS own_call(struct binding *binding, const struct own_call *what, struct own_reply *reply)
{
    static const UUID no_object;
    RPC_CLIENT_INTERFACE iface = {.Length = sizeof(iface)};
    size_t length = encode(what, NULL, 0);
    struct client_call *call;
    RPC_MESSAGE msg = {
        .RpcInterfaceInformation = &iface, .ProcNum = what->opnum, .BufferLength = (ULONG)length};
    RPC_STATUS status;

    if (length > INT32_MAX)
        return RPC_S_OUT_OF_MEMORY;
    memcpy(&iface.InterfaceId, what->iface, sizeof(iface.InterfaceId));
    memcpy(&iface.TransferSyntax, &wire_syntax_ndr20, sizeof(iface.TransferSyntax));
    status = client_call_create(binding, &msg, &no_object, &call);
    if (status)
        return status;
    encode(what, call->request, length);
    call->request_length = (uint32_t)length;
    status = client_call_send_receive(call);
    if (status) {
        client_call_release(call);
        return status;
    }
    reply->call = call;
    reply->data = (struct stub_reader){
        .data = call->reply_buffer,
        .length = call->reply_length,
        .big_endian = !(call->reply_drep & DREP_LITTLE_ENDIAN),
    };
    return RPC_S_OK;
}

void own_reply_free(struct own_reply *reply)
{
    client_call_release(reply->call);
}
