/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the soak program (soak_main.c): the server, the client's operations, and who runs them. */
#ifndef RPCRT4_TESTS_SOAK_PROGRAM_H
#define RPCRT4_TESTS_SOAK_PROGRAM_H

#include "conformance/async_call.h"
#include "soak.h"

/* A call that takes longer than this is lost. */
#define LOST_MS 20000
#define TARGETS_MAX 8
#define BIGGEST (1 << 20)

void soak_server_register(void);

/* ---- a client ---- */

/* A server, which may be killed and come back elsewhere. */
struct soak_target {
    bool mortal;
    WCHAR protseq[32], endpoint[64]; /* under soak_lock */
    LONG generation;                 /* of the endpoint */
};

struct soak_log {
    const char *what;
    LONG target, detail, status; /* status -1: it has not ended */
    ULONGLONG start, end;
};
#define LOG_LENGTH 16

/* A thread that does one thing after the other, as its own random numbers say. */
struct soak_worker {
    LONG number;
    HANDLE thread;
    uint64_t random;
    struct soak_target *target; /* of the operation that runs */
    LONG step;                  /* of that */
    RPC_BINDING_HANDLE binding;
    RPC_BINDING_HANDLE kept[TARGETS_MAX];
    LONG kept_generation[TARGETS_MAX];
    byte *buffer;
    LONG operations, succeeded, cancelled, failed;
    struct soak_log log[LOG_LENGTH];
};

extern SRWLOCK soak_lock;
extern struct soak_target soak_targets[TARGETS_MAX];
extern LONG soak_target_count, soak_client_number;
/* What has been asked of servers that are not mortal: calls that were dispatched once, for sure, and calls
 * that may have been. */
extern volatile LONG soak_must, soak_may;

/* Runs one operation. */
void soak_operation(struct soak_worker *worker);
uint32_t soak_random(struct soak_worker *worker, uint32_t below);
RPC_BINDING_HANDLE soak_bind(struct soak_target *target, LONG *generation);
/* Something is wrong: prints it, and what has been done lately, and ends the process. */
void soak_violation(struct soak_worker *worker, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* RPC_S_OK, or the code of the exception. */
#define SOAK_CAUGHT(statement) ({ \
    volatile RPC_STATUS caught_ = RPC_S_OK; \
    RpcTryExcept { statement; } \
    RpcExcept(1) { caught_ = RpcExceptionCode(); } \
    RpcEndExcept \
    caught_; \
})

#endif
