/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of the pipe tests. */
#ifndef RPCRT4_TESTS_PIPE_SERVER_H
#define RPCRT4_TESTS_PIPE_SERVER_H

#include "rpc_fixture.h"
#include "pipe.h"

/* What pipe_misuse does. */
enum misuse {
    MISUSE_NOTHING,       /* it drains, pushes one number, and returns */
    MISUSE_LEAVE_IN,      /* it returns without draining */
    MISUSE_LEAVE_OUT,     /* … without the last push */
    MISUSE_PUSH_EARLY,    /* it pushes before it has drained */
    MISUSE_PULL_EMPTY,    /* it pulls after the end; `seen`: what that raised */
    MISUSE_PUSH_CLOSED,   /* it pushes after the end */
    MISUSE_PULL_OUT,      /* it pulls an [out] pipe */
    MISUSE_RAISE,         /* it raises MISUSE_CODE after the first pull */
    MISUSE_RAISE_OUT,     /* … after a push */
    MISUSE_HANG,          /* it pulls once, and raises MISUSE_CODE when it has been cancelled */
    MISUSE_HANG_OUT,      /* … it drains and pushes before */
};
#define MISUSE_SLOWLY 0x100 /* … it is so slow in doing that that the client does not wait */
#define MISUSE_CODE 0x20003000

/* Options of async_pipe_negate. */
enum {
    NEGATE_LEAVE = 1, /* complete without having pushed */
};
/* … and how the server is to learn of its pipes' events: an RPC_NOTIFICATION_TYPES */
#define NEGATE_NOTIFIED(type) ((type) << 8)

void pipe_server_register(void);
/* Asynchronous calls: how many there are, an event (automatic) whenever one has begun or ended, and what the last one
 * that failed has failed with. */
extern volatile LONG pipe_server_calls;
extern HANDLE pipe_server_changed;
extern volatile RPC_STATUS pipe_server_failure;

#endif
