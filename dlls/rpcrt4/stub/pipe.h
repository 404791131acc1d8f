/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pipes of one call, on either side.
 *
 * On the wire (C706 14.3.10 and 14.5) the request's other stub data comes first, then the [in] pipes
 * in the order of the parameters; in the reply the [out] pipes come first. What a pipe consists of is
 * ndr/pipe.h's.
 *
 * Where bytes wait: nowhere here but for what lies in the block that was received last, and in an
 * element that is split between two. Sending and receiving are I_RpcSend and I_RpcReceive with
 * partial buffers; call/outflow.h and call/inflow.h have the queues and their bounds. Who writes
 * and who reads: a synchronous client's stub, in loops around the application's pull and push; in
 * all other cases the application, which calls stub_pipe_pull() and stub_pipe_push() through the
 * pointers in its pipe structure. `state` there is a handle, not an address: a pipe that is used
 * after its call is told from one that lives.
 *
 * One at a time may use the pipes of a call: `lock`, which also keeps the call's end away. */
#ifndef RPCRT4_STUB_PIPE_H
#define RPCRT4_STUB_PIPE_H

#include "ndr/pipe.h"
#include "platform/base.h"
#include "platform/handle.h"
#include "stub/arena.h"
#include "stub/call.h"

/* What MIDL makes of `typedef pipe T NAME`. An asynchronous call's functions return RPC_STATUS, and
 * it has no alloc. */
struct pipe_functions {
    RPC_STATUS(__RPC_USER *pull)(char *state, void *buffer, ULONG max, ULONG *count);
    RPC_STATUS(__RPC_USER *push)(char *state, void *buffer, ULONG count);
    void(__RPC_USER *alloc)(char *state, ULONG size, void **buffer, ULONG *allocated); /* octets */
    char *state;
};

struct stub_pipes;

struct stub_pipe {
    struct object object; /* OBJECT_PIPE; a reference of it is one of the set */
    struct stub_pipes *set;
    struct ndr_pipe ndr;
    bool is_in, is_out;
    struct pipe_functions *functions; /* client: the application's structure */
    /* the direction in which this end reads, and the one in which it writes */
    bool reads, writes;
};

struct stub_pipes {
    SRWLOCK lock;
    LONG refs;
    struct stub_call *call;
    RPC_MESSAGE rpc; /* a copy for what travels in pieces */
    struct ndr_pipes data;
    bool async, closed;
    RPC_STATUS failure; /* what all that follows fails with */
    bool has_rest; /* client: what is there is all of the reply's other data */
    unsigned int count;
    struct stub_pipe pipes[];
};

/* DLL_PROCESS_ATTACH */
void pipe_init(void);

/* ---- the set ---- */

/* NULL for a procedure without pipes. Server: makes the structures that the manager routine gets,
 * in the arena or on the stack. Asynchronous client: fills in those of the application. Raises. */
struct stub_pipes *stub_pipes_create(struct stub_call *call, struct stub_arena *arena, bool async);
/* Nobody pulls or pushes any more. */
void stub_pipes_seal(struct stub_pipes *set);
/* The same, and frees it (with the last who still holds a pipe). NULL is allowed. */
void stub_pipes_close(struct stub_pipes *set);
/* Server, before marshalling: raises RPC_X_PIPE_DISCIPLINE_ERROR unless all have been used up. */
void stub_pipes_check_done(struct stub_pipes *set);
bool stub_pipes_have(const struct stub_pipes *set, bool in);
/* The first pipe, in order, that this end has still to read (write); NULL. */
struct stub_pipe *stub_pipes_unread(struct stub_pipes *set);
struct stub_pipe *stub_pipes_unwritten(struct stub_pipes *set);

/* What the pointers in pipe structures lead to. A synchronous call's raise their errors. */
RPC_STATUS __RPC_USER stub_pipe_pull(char *state, void *buffer, ULONG max, ULONG *count);
RPC_STATUS __RPC_USER stub_pipe_push(char *state, void *buffer, ULONG count);

/* ---- pipe_data.c: with the lock held; errors are returned or raised (ndr/pipe.h) ---- */

void pipe_data_init(struct stub_pipes *set);
void pipe_data_end(struct stub_pipes *set);
/* set->rpc's buffer is what is there now, and is read from that place on. */
void pipe_data_received(struct stub_pipes *set, uint32_t at);
/* RPC_S_ASYNC_CALL_PENDING: nothing is there yet. */
RPC_STATUS pipe_read(struct stub_pipe *pipe, void *buffer, uint32_t max, bool whole, uint32_t *count);
RPC_STATUS pipe_write(struct stub_pipe *pipe, void *buffer, uint32_t count, bool last);

/* ---- client_pipe.c ---- */

/* Sends the request that is marshalled in call->rpc, feeds and drains the pipes, and receives the
 * rest of the reply. Raises. */
void stub_pipes_exchange(struct stub_pipes *set);
/* Asynchronous: the request is about to be sent; as a part, or whole. */
void stub_pipes_begin(struct stub_pipes *set);
/* … all pipes are done with: the rest of the reply is wanted, if it is not here already. */
RPC_STATUS stub_pipes_want_rest(struct stub_pipes *set, bool notify);
/* The rest becomes the message's buffer; then msg->Buffer is where it begins. */
void stub_pipes_give_rest(struct stub_pipes *set);

/* ---- server_pipe.c ---- */

struct stub_server;

/* stub_server_unmarshal() of a procedure with pipes: waits until the other parameters are there; the
 * pipes begin behind them. */
void stub_pipes_unmarshal(struct stub_server *server, void *first);

#endif
