/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's interpreters: a procedure's description and an argument stack in, one call out. */
#ifndef RPCRT4_STUB_CLIENT_H
#define RPCRT4_STUB_CLIENT_H

#include "platform/base.h"
#include "stub/binding.h"
#include "stub/call.h"
#include "stub/memory.h"
#include "stub/pipe.h"

struct stub_client {
    struct stub_call call;
    RPC_MESSAGE rpc;
    struct stub_binding binding;
    const MIDL_STUBLESS_PROXY_INFO *info; /* the procedure in all its syntaxes; NULL: it has one */
    bool is_async;
    bool checked;       /* the arguments; done once, whatever the syntax */
    bool negotiated;    /* the server has been asked for the syntax, or has been before */
    struct stub_pipes *pipes; /* or NULL */
    bool unmarshalling; /* [out] parameters are being written; COM calls: or will have to be */
    bool prototyped;    /* floats are arguments of a function that declares them */
};

/* NdrClientCall and NdrClientCall2: makes the call (also a COM call, whose proxy is the first
 * argument) that `format` describes with the arguments at
 * `args`, and returns its return value. Raises what is not mapped to a [comm_status] or
 * [fault_status] parameter. */
uint64_t stub_client_call(const struct stub_format *format, unsigned char *args);
/* NdrAsyncClientCall: submits the call; the first argument is the PRPC_ASYNC_STATE. Raises where it
 * is not submitted. */
void stub_client_async_call(const struct stub_format *format, const unsigned char *args);
/* NdrClientCall3 and Ndr64AsyncClientCall: the same in whichever of the stub's transfer syntaxes the
 * server takes, preferably NDR64. */
uint64_t stub_client_call_any(const MIDL_STUBLESS_PROXY_INFO *info, unsigned int number,
                              unsigned char *args);
void stub_client_async_call_any(const MIDL_STUBLESS_PROXY_INFO *info, unsigned int number,
                                const unsigned char *args);

/* What a method of a COM interface, whose proxy's is interpreted, returns to its caller. */
enum { STUB_RETURNS_INTEGER, STUB_RETURNS_FLOAT, STUB_RETURNS_DOUBLE };

struct stub_method_result {
    uint64_t value;
    uint32_t args_size; /* of the arguments on the stack, octets */
    uint32_t floating;  /* STUB_RETURNS_… */
};

/* Method `number` of the proxy that is the first argument. x86_64: `floats` are the registers xmm0
 * to xmm3, where an argument that is a float or a double may be in place of its slot. Raises what
 * is no HRESULT of a method that returns one. */
struct stub_method_result stub_client_method_call(const MIDL_STUBLESS_PROXY_INFO *info,
                                                  unsigned int number, unsigned char *args,
                                                  const double *floats);

/* ---- what both are made of ---- */

/* Decodes the procedure; `args` has to live as long as the call. Raises. From then on
 * stub_client_end() is needed. */
void stub_client_begin(struct stub_client *client, const struct stub_format *format,
                       unsigned char *args);
/* Binds, chooses the syntax (an asynchronous call that would have to ask for it keeps the preferred
 * one, and is not `negotiated`), gets a buffer and marshals. Raises. */
void stub_client_marshal(struct stub_client *client);
/* Unmarshals the reply that is in the message. Raises. */
void stub_client_unmarshal(struct stub_client *client);
/* Frees everything that is not the caller's: in any state, once. */
void stub_client_end(struct stub_client *client);

/* Is it a status (rather than, say, an access violation of the caller's making), and has the
 * procedure a place for it? */
bool stub_client_keeps_status(const struct stub_client *client, RPC_STATUS status);
/* Stores it there: as the return value, or in parameters. */
void stub_client_store_status(struct stub_client *client, RPC_STATUS status);

/* client_params.c: null [ref] pointers are refused; [out] parameters are unmarshalled, into the
 * memory that their pointers point at where these are not null; where that has failed, what was
 * allocated is freed, and so [out] pointers are cleared (as far as their number does not depend on
 * what has been unmarshalled). */
void stub_client_check_params(struct stub_client *client);
void stub_client_unmarshal_params(struct stub_client *client);
void stub_client_clear_params(struct stub_client *client);
/* NdrClearOutParameters */
void stub_client_clear_object(struct ndr_message *msg, const unsigned char *type, void *object);

#endif
