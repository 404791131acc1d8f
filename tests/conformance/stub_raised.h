/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RAISED(statement): the exception that a call raises. */
#ifndef RPCRT4_TESTS_STUB_RAISED_H
#define RPCRT4_TESTS_STUB_RAISED_H

/* The status that the statement raises, or RPC_S_OK. */
#define RAISED(statement) \
    ({ \
        volatile RPC_STATUS raised_ = RPC_S_OK; \
        RpcTryExcept { \
            statement; \
        } \
        RpcExcept(EXCEPTION_EXECUTE_HANDLER) { \
            raised_ = RpcExceptionCode(); \
        } \
        RpcEndExcept \
        raised_; \
    })

#endif
