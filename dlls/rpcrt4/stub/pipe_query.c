/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which procedures have pipes: the server asks before a request is complete. */
#include "platform/seh.h"
#include "server/association.h"
#include "stub/pipe.h"
#include "stub/procedure.h"
#include "stub/syntax.h"

static bool describes_pipes(const MIDL_SERVER_INFO *info, unsigned opnum, const struct wire_syntax *transfer)
{
    struct stub_format format = stub_server_format(info, opnum, (const RPC_SYNTAX_IDENTIFIER *)transfer);
    struct stub_proc proc;

    stub_proc_decode_format(&proc, &format);
    return proc.oi2_flags & OI2_HAS_PIPES;
}

/* Of an interface that a program dispatches by itself, every procedure may. What cannot be decoded
 * is left to the dispatch. */
static bool has_pipes(const RPC_SERVER_INTERFACE *spec, unsigned opnum, const struct wire_syntax *transfer)
{
    volatile bool result = false;

    if (!spec->InterpreterInfo)
        return true;
    if (!spec->DispatchTable || opnum >= spec->DispatchTable->DispatchTableCount)
        return false;
    RpcTryExcept {
        result = describes_pipes(spec->InterpreterInfo, opnum, transfer);
    }
    RpcExcept(1) {
    }
    RpcEndExcept
    return result;
}

void pipe_init(void)
{
    server_call_set_pipe_query(has_pipes);
}
