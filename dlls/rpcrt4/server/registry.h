/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's registry: interfaces with their managers, and whether the server listens.
 *
 * Process-wide. One lock guards it; it is never held while user code runs. A call that is
 * dispatched holds its interface, so that RpcServerUnregisterIf can wait for it. */
#ifndef RPCRT4_SERVER_REGISTRY_H
#define RPCRT4_SERVER_REGISTRY_H

#include "platform/base.h"
#include "platform/list.h"
#include "wire/types.h"

struct server_interface {
    struct list entry;
    LONG refs;
    RPC_SERVER_INTERFACE *spec; /* the caller's, alive until it has been unregistered */
    struct wire_syntax id;
    UUID manager_type;
    RPC_MGR_EPV *manager;       /* NULL: the stub's own */
    unsigned flags;             /* RPC_IF_* */
    unsigned max_calls;
    unsigned max_rpc_size;
    RPC_IF_CALLBACK_FN *callback;
    SECURITY_DESCRIPTOR *descriptor; /* who may call; self-relative; NULL: everybody */
    unsigned active;            /* dispatched calls that have not been answered */
    bool is_awaited;            /* somebody waits until there are none of them */
    bool is_own;                /* the runtime's own: not listed, and for every object */
    unsigned generation;        /* changes with each registration: security results are remembered per registration */
};

struct registration {
    RPC_SERVER_INTERFACE *spec;
    const UUID *manager_type; /* NULL: nil */
    RPC_MGR_EPV *manager;
    unsigned flags, max_calls, max_rpc_size;
    RPC_IF_CALLBACK_FN *callback;
    SECURITY_DESCRIPTOR *descriptor; /* valid; copied */
    bool is_own;
};

/* RPC_S_TYPE_ALREADY_REGISTERED, RPC_S_OUT_OF_MEMORY, RPC_S_INVALID_ARG */
RPC_STATUS registry_add(const struct registration *registration);
/* spec NULL: all that are not auto-listen; manager_type NULL: of all types. Waits for active calls
 * if `wait`. RPC_S_UNKNOWN_IF, RPC_S_UNKNOWN_MGR_TYPE */
RPC_STATUS registry_remove(RPC_SERVER_INTERFACE *spec, const UUID *manager_type, bool wait);

/* RpcServerInqIf: RPC_S_UNKNOWN_IF, RPC_S_UNKNOWN_MGR_TYPE */
RPC_STATUS registry_manager(RPC_SERVER_INTERFACE *spec, const UUID *manager_type, RPC_MGR_EPV **manager);

/* Is an interface registered under which a client that wants `wanted` can be served (same UUID and
 * major version, minor version at least)? */
bool registry_knows(const struct wire_syntax *wanted);
/* Does it speak the transfer syntax? */
bool registry_speaks(const struct wire_syntax *wanted, const struct wire_syntax *transfer);
/* Which dispatch table serves calls in that transfer syntax; NULL: none. */
RPC_DISPATCH_TABLE *registry_dispatch_table(const struct server_interface *iface,
                                            const struct wire_syntax *transfer);
/* The registration that serves a call for that object, referenced, with its active count gone up.
 * RPC_S_UNKNOWN_IF, RPC_S_UNSUPPORTED_TYPE, RPC_S_SERVER_TOO_BUSY, RPC_S_NOT_LISTENING */
RPC_STATUS registry_begin_call(const struct wire_syntax *wanted, const UUID *object, struct server_interface **iface);
/* The call has been answered. */
void registry_end_call(struct server_interface *iface);
/* The limit for a request's stub data, whoever serves it. */
uint32_t registry_max_rpc_size(const struct wire_syntax *wanted);
/* The identifiers of the interfaces that have been registered: the first `room` of them go to
 * `ids`. Returns how many there are. */
unsigned registry_list(struct wire_syntax *ids, unsigned room);
/* Can calls other than to the runtime's own interfaces come in: does the server listen, or an
 * interface by itself? */
bool registry_is_open(void);

/* RpcServerListen and RpcMgmtStopServerListening. RPC_S_ALREADY_LISTENING,
 * RPC_S_NO_PROTSEQS_REGISTERED (by the caller), RPC_S_NOT_LISTENING */
RPC_STATUS registry_listen(unsigned max_calls);
RPC_STATUS registry_stop_listening(void);
/* Waits until listening has been stopped and all calls have been answered. */
RPC_STATUS registry_wait_listen(void);
bool registry_is_listening(void);

#endif
