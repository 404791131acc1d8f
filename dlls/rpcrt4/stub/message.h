/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stub messages and their buffers: what both interpreters and compiled (-Os) stubs do around the
 * NDR engine. The functions that the SDK declares for a MIDL_STUB_MESSAGE are thin doors to these
 * (api/ndr_calls.c). */
#ifndef RPCRT4_STUB_MESSAGE_H
#define RPCRT4_STUB_MESSAGE_H

#include "ndr/stubmsg.h"
#include "platform/base.h"

static inline RPC_MESSAGE *stub_rpc_message(const struct ndr_message *msg)
{
    return (RPC_MESSAGE *)msg->RpcMsg;
}

/* NdrClientInitializeNew, NdrServerInitializeNew: set what the SDK's functions set, and nothing
 * else. The server's message is one that the runtime has dispatched. */
void stub_init_client(struct ndr_message *msg, RPC_MESSAGE *rpc, const MIDL_STUB_DESC *desc,
                      unsigned int number);
void stub_init_server(struct ndr_message *msg, RPC_MESSAGE *rpc, const MIDL_STUB_DESC *desc);

/* A buffer for a request. Raises what I_RpcGetBuffer returns. */
unsigned char *stub_get_buffer(struct ndr_message *msg, uint32_t length,
                               RPC_BINDING_HANDLE binding);
/* A buffer for a reply, in the server, with and without a stub message. Raise likewise. */
void stub_get_reply(RPC_MESSAGE *rpc, uint32_t length);
unsigned char *stub_get_reply_buffer(struct ndr_message *msg, uint32_t length);
/* Says how much of the buffer has been filled: up to msg->Buffer. Raises RPC_X_BAD_STUB_DATA where
 * that is too much. */
void stub_end_marshalling(struct ndr_message *msg);
/* The reply is in the message: read it from its start. */
void stub_begin_reply(struct ndr_message *msg);
/* Sends what was marshalled up to `end`, and waits for the reply. Raises what I_RpcSendReceive
 * returns. */
void stub_send_receive(struct ndr_message *msg, unsigned char *end);
/* The client's buffer, if it has one. */
void stub_free_buffer(struct ndr_message *msg);

/* Skips padding, whose octets are zeroed (marshalling), and `size` octets, which are returned.
 * `align` is a power of two. Raises RPC_X_BAD_STUB_DATA where the buffer ends before. */
unsigned char *stub_put(struct ndr_message *msg, size_t align, size_t size);
unsigned char *stub_get(struct ndr_message *msg, size_t align, size_t size);
/* Adds as much to the size of the buffer to get. */
void stub_size(struct ndr_message *msg, size_t align, size_t size);

/* NdrMapCommAndFaultStatus: a status is a [comm_status] or a [fault_status]; the other one is 0. */
void stub_map_status(RPC_STATUS status, ULONG *comm, ULONG *fault);

#endif
